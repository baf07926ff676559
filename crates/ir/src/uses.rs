//! The one walk that says what a request uses, read by the encoders' ledger and by capability matching alike.

use crate::field::OwnedFields;
use crate::json::{Cursor, Kind};
use crate::{
    At, CallKind, CustomFormat, Feature, Field, Key, Media, Message, Name, NameRule, OutputFormat, Part, PartKind,
    Place, Protocol, Request, Role, Shape, Slot, Tool, ToolCall, ToolInput, ToolKind,
};
use crate::{FeatureSet, Owner, Text};
use std::ops::Range;

/// A feature that a request uses, and where.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Use {
    /// What is used.
    pub feature: Feature,
    /// The value that asks for it.
    pub place: Place,
}

impl Request<'_> {
    /// Calls `visit` for every use of a feature, part by part; the same feature may come many times.
    ///
    /// Whether a use is a loss depends on the target only: see [`Feature::expression`]. Cost: one pass over the
    /// tables, and one scan of tool arguments that are encoded text.
    ///
    /// ```
    /// use switchback_ir::{Feature, Key, Owner, RawJson, Request};
    /// let mut request = Request::new("gpt-5");
    /// request.set(Owner::Request, Key::Seed, RawJson::number(7));
    /// let mut seen = Vec::new();
    /// request.uses(&mut |used| seen.push(used.feature));
    /// assert_eq!(seen, [Feature::Seed]);
    /// ```
    pub fn uses(&self, visit: &mut dyn FnMut(Use)) {
        self.uses_among(FeatureSet::EVERY, visit);
    }

    /// As [`uses`](Self::uses), for the features in `wanted` alone: what is not asked for is not looked for.
    pub fn uses_among(&self, wanted: FeatureSet, visit: &mut dyn FnMut(Use)) {
        Walk { request: self, fields: self.owned_fields(), wanted, scratch: Vec::new(), visit }.walk();
    }

    /// The features that the request uses, without places.
    pub fn features(&self) -> FeatureSet {
        let mut set = FeatureSet::EMPTY;
        self.uses(&mut |used| set.insert(used.feature));
        set
    }

    /// The feature that a field of the request, of a message or of a tool stands for, if it asks for anything.
    pub fn feature_of(&self, field: &Field<'_>) -> Option<Feature> {
        match &field.name {
            Name::Unknown(_) if field.value.is_null() => None,
            Name::Unknown(_) => Some(Feature::UnknownField),
            Name::Blank(_) => None,
            Name::Known { key, .. } => self.option_feature(*key, field),
        }
    }

    /// The runs of messages that a protocol without items writes as one message each, as index ranges.
    ///
    /// Items of Responses that belong to one assistant turn (its text, its calls) are one run; a text after a text
    /// begins a new one, and so does everything that is no assistant item. Consecutive tool results are one run.
    pub fn runs(&self) -> impl Iterator<Item = Range<usize>> {
        let (mut end, mut last) = (0, Last::Start);
        std::iter::from_fn(move || {
            let start = end;
            while let Some(message) = self.messages.get(end) {
                let (joins, next) = self.joins(message, last);
                if end > start && !joins {
                    break;
                }
                (end, last) = (end + 1, next);
            }
            (start < end).then_some(start..end)
        })
    }

    /// Whether `message` continues a run that ended with `last`, and what it ends with itself.
    fn joins(&self, message: &Message, last: Last) -> (bool, Last) {
        let items = self.origin == Some(Protocol::Responses);
        match message.role {
            Role::Tool => (last == Last::Result, Last::Result),
            Role::Assistant if items => {
                let carried = |part: &Part<'_>| !matches!(part.kind, PartKind::Opaque(_));
                let mut parts = self.parts_of(message).map(|(_, part)| part).filter(|part| carried(part));
                let Some(first) = parts.next() else {
                    let open = matches!(last, Last::Text | Last::Call);
                    return (open, if open { last } else { Last::Other });
                };
                let kind_of = |part: &Part<'_>| {
                    if matches!(part.kind, PartKind::ToolCall(_)) { Last::Call } else { Last::Text }
                };
                let begins = kind_of(first);
                let joins = last == Last::Call || (last == Last::Text && begins == Last::Call);
                (joins, parts.last().map_or(begins, kind_of))
            }
            Role::System | Role::Developer | Role::User | Role::Assistant | Role::Unknown => (false, Last::Other),
        }
    }
}

/// What the message before ended with.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Last {
    Start,
    Text,
    Call,
    Result,
    Other,
}

struct Walk<'r, 'a, 'v> {
    request: &'r Request<'a>,
    fields: OwnedFields<'r, 'a>,
    wanted: FeatureSet,
    /// Room for arguments without their escapes.
    scratch: Vec<u8>,
    visit: &'v mut dyn FnMut(Use),
}

impl Walk<'_, '_, '_> {
    fn walk(&mut self) {
        self.absent_options();
        for field in self.fields.of(Owner::Request) {
            self.option(field);
        }
        if let Some(format) = &self.request.output_format {
            self.format(format);
        }
        for (index, tool) in self.request.tools.iter().enumerate() {
            self.tool(index, tool);
        }
        self.tool_choice();
        let leading = self.leading();
        for (index, message) in self.request.messages.iter().enumerate() {
            self.message(index, message, &leading);
        }
        let is_call = |part: &Part<'_>| matches!(part.kind, PartKind::ToolCall(_));
        if self.wanted.contains(Feature::ToolCallOrder) && self.request.parts.iter().any(is_call) {
            self.call_order();
        }
        if self.wanted.contains(Feature::ToolName) || self.wanted.contains(Feature::CallId) {
            self.names();
        }
    }

    #[inline(never)]
    fn names(&mut self) {
        self.request.names(&mut |used, text| {
            if self.wanted.contains(used.feature) && !NameRule::EVERYWHERE.takes(text) {
                (self.visit)(used);
            }
        });
    }

    /// From the first instructions to the last of those before the first turn; all messages where nobody asks.
    fn leading(&self) -> Range<usize> {
        if !self.wanted.contains(Feature::MidConversationSystem) && !self.wanted.contains(Feature::SystemBoundaries) {
            return 0..usize::MAX;
        }
        let instructs = |message: &Message| matches!(message.role, Role::System | Role::Developer);
        let first = self.request.messages.iter().position(instructs).unwrap_or(0);
        first..self.request.leading_instructions()
    }

    #[inline]
    fn uses(&mut self, feature: Feature, place: Place) {
        if self.wanted.contains(feature) {
            (self.visit)(Use { feature, place });
        }
    }

    /// Defaults that differ between protocols, so that leaving a field out says something.
    fn absent_options(&mut self) {
        let (origin, fields) = (self.request.origin, self.fields);
        if origin == Some(Protocol::Responses) && fields.option(Key::Store).is_none() {
            self.uses(Feature::StoreByDefault, Place::ROOT);
        }
        let streams = fields.option(Key::Stream).and_then(|field| field.value.as_bool()) == Some(true);
        if origin == Some(Protocol::Chat) && streams && fields.option(Key::StreamUsage).is_none() {
            self.uses(Feature::StreamUsageOff, Place::ROOT);
        }
    }

    fn option(&mut self, field: &Field<'_>) {
        if let Some(feature) = self.request.feature_of(field) {
            self.uses(feature, field.place);
        }
        if field.key() == Some(Key::CacheBreakpoint) {
            self.cache_ttl(field);
        }
    }

    /// What a breakpoint says beside that it is one.
    #[inline(never)]
    fn cache_ttl(&mut self, field: &Field<'_>) {
        let text = field.value.as_str();
        let mut cursor = Cursor::of(text);
        let Ok(mut members) = cursor.open_object() else { return };
        while let Ok(Some(name)) = cursor.next_key(&mut members) {
            let place = field.place.forward(cursor.place().offset().unwrap_or(0));
            let Ok(value) = cursor.raw() else { return };
            match &*name.word() {
                "mode" | "type" => {}
                _ if value.is_null() => {}
                "ttl" => self.uses(Feature::CacheTtl, place),
                _ => self.uses(Feature::UnknownField, place),
            }
        }
    }

    #[inline(never)]
    fn format(&mut self, format: &At<OutputFormat<'_>>) {
        match &format.value {
            OutputFormat::Text => {}
            OutputFormat::JsonObject => self.uses(Feature::JsonObject, format.place),
            OutputFormat::Other(_) => self.uses(Feature::OutputFormatOther, format.place),
            OutputFormat::JsonSchema(schema) => {
                self.uses(Feature::JsonSchema, format.place);
                if let Some(name) = &schema.name {
                    self.uses(Feature::JsonSchemaName, name.place);
                }
                if let Some(description) = &schema.description {
                    self.uses(Feature::JsonSchemaDescription, description.place);
                }
                if let Some(strict) = &schema.strict {
                    let feature = if strict.value { Feature::JsonSchemaStrict } else { Feature::JsonSchemaLoose };
                    self.uses(feature, strict.place);
                } else if self.request.origin == Some(Protocol::Messages) {
                    self.uses(Feature::JsonSchemaStrictByDefault, format.place);
                }
            }
        }
    }

    #[inline(never)]
    fn tool(&mut self, index: usize, tool: &Tool<'_>) {
        let fields = self.fields.of(Owner::Tool(u32::try_from(index).unwrap_or(u32::MAX)));
        match &tool.kind {
            ToolKind::Function { legacy, .. } => {
                self.uses(if *legacy { Feature::LegacyFunctions } else { Feature::Tools }, tool.place);
                let strict = fields.iter().any(|field| field.key() == Some(Key::Strict));
                if self.request.origin == Some(Protocol::Responses) && !strict {
                    self.uses(Feature::StrictByDefault, tool.place);
                }
            }
            ToolKind::Custom { format } => {
                self.uses(Feature::CustomTool, tool.place);
                if let Some(format) = format
                    && matches!(format.value, CustomFormat::Other(_))
                {
                    self.uses(Feature::UnknownField, format.place);
                }
            }
            ToolKind::Hosted { feature, .. } => self.uses(*feature, tool.place),
        }
        for field in fields {
            self.option(field);
        }
    }

    fn tool_choice(&mut self) {
        if let (Some(choice), Some(feature)) = (&self.request.tool_choice, self.request.tool_choice_feature()) {
            self.uses(feature, choice.place);
        }
    }

    fn message(&mut self, index: usize, message: &Message, leading: &Range<usize>) {
        self.role(index, message, leading);
        let owner = Owner::Message(u32::try_from(index).unwrap_or(u32::MAX));
        for field in self.fields.of(owner) {
            self.option(field);
        }
        self.text_boundaries(index, message);
        self.result_order(message);
        for (at, part) in self.request.parts_of(message) {
            self.part(at, part, message, None);
        }
        if message.part_count == 0 && message.role != Role::Unknown {
            self.uses(Feature::EmptyText, message.place);
        }
    }

    fn role(&mut self, index: usize, message: &Message, leading: &Range<usize>) {
        let last = index + 1 == self.request.messages.len();
        match message.role {
            Role::System | Role::Developer => {
                self.uses(Feature::SystemText, message.place);
                if message.role == Role::Developer {
                    self.uses(Feature::DeveloperRole, message.role_place);
                }
                if index >= leading.end {
                    self.uses(Feature::MidConversationSystem, message.place);
                } else if index > leading.start {
                    self.uses(Feature::SystemBoundaries, message.place);
                }
            }
            Role::Assistant if last && self.speaks(message) => self.uses(Feature::Prefill, message.place),
            Role::User | Role::Assistant | Role::Tool | Role::Unknown => {}
        }
    }

    /// Whether an assistant message ends in text that could be continued.
    fn speaks(&self, message: &Message) -> bool {
        self.request.parts_of(message).last().is_some_and(|(_, part)| matches!(part.kind, PartKind::Text(_)))
    }

    fn calls(&self, message: &Message) -> bool {
        self.request.parts_of(message).any(|(_, part)| matches!(part.kind, PartKind::ToolCall(_)))
    }

    fn text_boundaries(&mut self, index: usize, message: &Message) {
        if message.role != Role::Assistant {
            return;
        }
        let is_text = |part: &Part<'_>| matches!(part.kind, PartKind::Text(_) | PartKind::Refusal { .. });
        let request = self.request;
        for (_, part) in request.parts_of(message).filter(|(_, part)| is_text(part)).skip(1) {
            self.uses(Feature::AssistantTextBoundaries, part.place);
        }
        let before = index.checked_sub(1).and_then(|before| request.messages.get(before));
        if before.is_some_and(|before| before.role == Role::Assistant) {
            self.uses(Feature::TurnBoundaries, message.place);
        }
    }

    /// Content before a tool result in one message comes after it where results are messages of their own.
    fn result_order(&mut self, message: &Message) {
        if message.role != Role::User || !self.wanted.contains(Feature::ToolResultOrder) {
            return;
        }
        let is_result = |part: &Part<'_>| matches!(part.kind, PartKind::ToolResult(_));
        let request = self.request;
        let mut parts = request.parts_of(message).skip_while(|(_, part)| is_result(part));
        if parts.any(|(_, part)| is_result(part)) {
            for (_, part) in request.parts_of(message) {
                self.uses(Feature::ToolResultOrder, part.place);
            }
        }
    }

    /// Text after a tool call in one run: every part from the first call on changes its place in Chat.
    #[inline(never)]
    fn call_order(&mut self) {
        let request = self.request;
        for run in request.runs() {
            let parts = || {
                let messages = request.messages.get(run.clone()).unwrap_or(&[]);
                messages.iter().filter(|message| message.role == Role::Assistant).flat_map(|m| request.parts_of(m))
            };
            let is_call = |part: &Part<'_>| matches!(part.kind, PartKind::ToolCall(_));
            let from_call = || parts().skip_while(move |(_, part)| !is_call(part));
            if from_call().any(|(_, part)| !is_call(part) && !matches!(part.kind, PartKind::Opaque(_))) {
                for (_, part) in from_call() {
                    self.uses(Feature::ToolCallOrder, part.place);
                }
            }
        }
    }

    fn part(&mut self, at: u32, part: &Part<'_>, message: &Message, result: Option<Shape>) {
        match &part.kind {
            PartKind::Text(text) => {
                let beside_calls =
                    message.role == Role::Assistant && message.shape == Shape::Text && self.calls(message);
                let excused = result == Some(Shape::Text) || beside_calls;
                if text.is_empty() && !excused {
                    let whole = message.shape == Shape::Text && message.slot == Slot::List && result.is_none();
                    self.uses(Feature::EmptyText, if whole { message.place } else { part.place });
                }
            }
            PartKind::Refusal { .. } => self.uses(Feature::Refusal, part.place),
            PartKind::Image(media) => self.image(media, part.place, result),
            PartKind::File(media) => self.file(media, part.place, result),
            PartKind::Audio { .. } => self.uses(Feature::AudioInput, part.place),
            PartKind::ToolCall(call) => self.tool_call(call, part.place),
            PartKind::ToolResult(answer) => {
                let feature = match answer.kind {
                    CallKind::Legacy => Feature::LegacyFunctions,
                    CallKind::Custom => Feature::CustomToolCall,
                    CallKind::Function => Feature::ToolCalls,
                };
                self.uses(feature, part.place);
                for (child_at, child) in self.request.children(at) {
                    self.part(child_at, child, message, Some(answer.shape));
                }
            }
            PartKind::Opaque(opaque) => self.uses(opaque.feature, part.place),
        }
        self.absent_name(at, part);
        for field in self.fields.of(Owner::Part(at)) {
            self.part_field(field, part, message);
        }
    }

    /// The two `OpenAI` protocols ask for the name of a document in the body; Messages does not.
    fn absent_name(&mut self, at: u32, part: &Part<'_>) {
        let bytes = matches!(part.kind, PartKind::File(Media::Base64 { .. } | Media::DataUrl(_) | Media::Bare(_)));
        if bytes
            && self.request.origin != Some(Protocol::Messages)
            && self.request.field(Owner::Part(at), Key::FileName).is_none()
        {
            self.uses(Feature::FileNameAbsent, part.place);
        }
    }

    #[inline(never)]
    fn part_field(&mut self, field: &Field<'_>, part: &Part<'_>, message: &Message) {
        if field.key() == Some(Key::CacheControl) {
            self.uses(Feature::CacheControlExtension, field.place);
        } else if field.key() != Some(Key::CacheBreakpoint) {
            return self.option(field);
        }
        let feature = match part.kind {
            PartKind::Text(_) | PartKind::Image(_) | PartKind::File(_) if message.role == Role::Assistant => {
                Feature::CacheBreakpointAssistant
            }
            PartKind::Text(_) | PartKind::Image(_) | PartKind::File(_) => Feature::CacheBreakpoint,
            PartKind::Refusal { .. }
            | PartKind::Audio { .. }
            | PartKind::ToolCall(_)
            | PartKind::ToolResult(_)
            | PartKind::Opaque(_) => Feature::CacheBreakpointPlace,
        };
        self.uses(feature, field.place);
        if field.key() == Some(Key::CacheBreakpoint) {
            self.cache_ttl(field);
        }
    }

    fn image(&mut self, media: &Media<'_>, place: Place, result: Option<Shape>) {
        if result.is_some() {
            self.uses(Feature::ToolResultImage, place);
        }
        self.uses(media.image_feature(), place);
    }

    fn file(&mut self, media: &Media<'_>, place: Place, result: Option<Shape>) {
        if result.is_some() {
            self.uses(Feature::ToolResultFile, place);
        }
        self.uses(media.file_feature(), place);
    }

    #[inline(never)]
    fn tool_call(&mut self, call: &ToolCall<'_>, place: Place) {
        match &call.input {
            ToolInput::Custom(_) => return self.uses(Feature::CustomToolCall, place),
            ToolInput::Encoded(text)
                if self.wanted.contains(Feature::InvalidArguments) && !is_object(text, &mut self.scratch) =>
            {
                self.uses(Feature::InvalidArguments, call.input_place);
            }
            ToolInput::Encoded(_) | ToolInput::Json(_) => {}
        }
        self.uses(if call.legacy { Feature::LegacyFunctions } else { Feature::ToolCalls }, place);
    }
}

/// Whether argument text is one JSON object; no text at all stands for an object without members. What is escaped is
/// unescaped into `scratch`.
pub(crate) fn is_object(arguments: &Text<'_>, scratch: &mut Vec<u8>) -> bool {
    if let Some(text) = arguments.as_plain() {
        return is_object_text(text);
    }
    scratch.clear();
    scratch.reserve(arguments.stored_len());
    // Text that is no characters is no argument of anything, and nobody's to repair.
    !arguments.write_characters(scratch) || simdutf8::basic::from_utf8(scratch).is_ok_and(is_object_text)
}

fn is_object_text(arguments: &str) -> bool {
    let mut cursor = Cursor::of(arguments);
    let object = cursor.peek() == Ok(Kind::Object) && cursor.raw().is_ok() && cursor.finish().is_ok();
    object || arguments.trim().is_empty()
}
