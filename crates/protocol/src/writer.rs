//! What the three encoders have in common: leaves under the target's names, and residue under the source's.

use crate::envelope;
use crate::names::{Names, UNCHANGED};
use crate::reply::{Reply, ShownModel};
use crate::table::{Row, Scope};
use std::borrow::Cow;
use switchback_ir::json::{Writer, escape_into};
use switchback_ir::{
    Action, CallKind, Expression, Feature, FeatureSet, Field, JsonSchema, Key, Ledger, Media, Message, Name, Opaque,
    OwnedFields, Owner, Part, PartKind, Parts, Place, Protocol, RawJson, Request, TargetFacts, Text, Tool, ToolCall,
    ToolChoice, ToolInput, ToolKind,
};

/// An encoding in progress.
#[derive(Debug)]
pub(crate) struct Encoding<'e, 'a> {
    pub(crate) request: &'e Request<'a>,
    pub(crate) fields: OwnedFields<'e, 'a>,
    pub(crate) json: Writer<'e>,
    pub(crate) ledger: &'e mut Ledger,
    pub(crate) facts: &'e TargetFacts,
    /// Whether the request came from the protocol that it is written in.
    pub(crate) own: bool,
    target: Protocol,
    carried: &'e Carried,
    /// How the target writes values that it does not write as they came.
    spell: Spell,
    /// What goes under another name.
    pub(crate) names: &'e Names,
}

/// What a target carries of a request: all of it within the request's own protocol. Asked for every part, and so pointed
/// at instead of copied.
#[derive(Debug)]
pub(crate) struct Carried {
    own: bool,
    target: Protocol,
    features: FeatureSet,
}

impl Carried {
    pub(crate) fn of(request: &Request<'_>, target: Protocol, facts: &TargetFacts) -> Self {
        Self { own: request.origin == Some(target), target, features: facts.carried(target, request) }
    }

    #[inline]
    fn contains(&self, feature: Feature) -> bool {
        self.own || self.features.contains(feature)
    }

    /// Whether the target carries a part.
    fn keeps(&self, part: &Part<'_>) -> bool {
        let target = self.target;
        let feature = match &part.kind {
            _ if self.own => return true,
            // Only noted where it is left out: it says nothing.
            PartKind::Text(text) if text.is_empty() => {
                return Feature::EmptyText.expression(target) == Expression::Native;
            }
            PartKind::Refusal { .. } => Feature::Refusal,
            PartKind::Image(media) => media.image_feature(),
            PartKind::File(media) => media.file_feature(),
            PartKind::Audio { .. } => Feature::AudioInput,
            PartKind::ToolCall(call) if matches!(call.input, ToolInput::Custom(_)) => Feature::CustomToolCall,
            PartKind::ToolResult(result) if result.kind == CallKind::Custom => Feature::CustomToolCall,
            PartKind::Text(_) | PartKind::ToolCall(_) | PartKind::ToolResult(_) => return true,
            PartKind::Opaque(opaque) => {
                return opaque.raw.for_protocol(target).is_some()
                    || (envelope::is_sealing(opaque.feature) && self.contains(opaque.feature));
            }
        };
        self.contains(feature)
    }
}

/// A leaf's value in the target, where it is not the value that came: `None` leaves the leaf out.
pub(crate) type Spell = for<'v> fn(Key, &'v RawJson<'_>) -> Option<Cow<'v, str>>;

/// How the two `OpenAI` protocols write what they do not write as Messages does.
#[expect(clippy::unnecessary_wraps, reason = "the type of every spelling")]
#[expect(clippy::wildcard_enum_match_arm, reason = "a key that is spelled alike everywhere needs no line here")]
pub(crate) fn spell_openai<'v>(key: Key, value: &'v RawJson<'_>) -> Option<Cow<'v, str>> {
    Some(match key {
        Key::Thinking => Cow::Borrowed("\"none\""),
        Key::CacheBreakpoint | Key::CacheControl => Cow::Borrowed(r#"{"mode":"explicit"}"#),
        _ => Cow::Borrowed(value.as_str()),
    })
}

/// A part with its index in the table.
pub(crate) type Indexed<'e, 'a> = (u32, &'e Part<'a>);

/// The first part of a content and the second: what tells whether it is one text.
pub(crate) type FirstTwo<'e, 'a> = (Option<Indexed<'e, 'a>>, Option<Indexed<'e, 'a>>);

pub(crate) fn first_two<'e, 'a>(mut parts: impl Iterator<Item = Indexed<'e, 'a>>) -> FirstTwo<'e, 'a> {
    let first = parts.next();
    (first, first.and_then(|_| parts.next()))
}

impl<'e, 'a> Encoding<'e, 'a> {
    /// An encoding in which every name goes as it is, unless `names` are set.
    pub(crate) fn new(
        request: &'e Request<'a>,
        carried: &'e Carried,
        facts: &'e TargetFacts,
        out: &'e mut Vec<u8>,
        ledger: &'e mut Ledger,
        spell: Spell,
    ) -> Self {
        let Carried { own, target, .. } = *carried;
        let fields = request.owned_fields();
        Self { request, fields, json: Writer::new(out), ledger, facts, own, target, carried, spell, names: &UNCHANGED }
    }

    /// The model and the id of a response as the client is to see them, and the response's own leaves.
    pub(crate) fn response_head(&mut self, scope: &'static Scope, reply: &Reply<'_>) {
        let upstream = self.request.model.as_ref().map(|model| &model.value);
        let shown = match reply.model {
            ShownModel::Upstream => None,
            ShownModel::Requested | ShownModel::Resolved(_) => reply.model_name(upstream),
        };
        if let Some(name) = &shown {
            self.json.key("model");
            self.json.str(name);
        } else if let Some(model) = upstream {
            self.json.key("model");
            self.json.text(model);
        }
        if let Some(id) = reply.id {
            self.json.key("id");
            self.json.str(id);
        }
        for field in self.fields.of(Owner::Request) {
            let replaced = match &field.name {
                Name::Known { key, .. } => *key == Key::ResponseId && reply.id.is_some(),
                // A model or an id that is `null`.
                Name::Blank(name) => *name == *"model" && shown.is_some() || *name == *"id" && reply.id.is_some(),
                Name::Unknown(_) => false,
            };
            if !replaced {
                self.leaf(field, scope);
            }
        }
    }

    /// Whether the target carries `feature` of this request.
    pub(crate) fn carries(&self, feature: Feature) -> bool {
        self.carried.contains(feature)
    }

    /// Whether [`Encoding::leaves`] would write anything.
    pub(crate) fn has_leaves(&self, owner: Owner, scope: &'static Scope) -> bool {
        self.may_have(owner, scope) && self.fields.of(owner).iter().any(|field| self.writes(field, scope))
    }

    /// Whether any field of `owner` could be one of `scope`: told by keys alone, since most objects have none.
    #[inline]
    pub(crate) fn may_have(&self, owner: Owner, scope: &'static Scope) -> bool {
        self.own || owner != Owner::Request || self.fields.keys() & scope.keys != 0
    }

    /// Writes the leaves of `owner` that belong into the object of `scope`.
    #[inline]
    pub(crate) fn leaves(&mut self, owner: Owner, scope: &'static Scope) {
        if self.may_have(owner, scope) {
            self.each_leaf(owner, scope);
        }
    }

    fn each_leaf(&mut self, owner: Owner, scope: &'static Scope) {
        for field in self.fields.of(owner) {
            self.leaf(field, scope);
        }
    }

    /// Writes an object of leaves as member `name`, if there are any.
    #[inline]
    pub(crate) fn leaf_object(&mut self, owner: Owner, name: &'static str, scope: &'static Scope) {
        if self.may_have(owner, scope) {
            self.some_leaf_object(owner, name, scope);
        }
    }

    fn some_leaf_object(&mut self, owner: Owner, name: &'static str, scope: &'static Scope) {
        if self.has_leaves(owner, scope) {
            self.json.plain_key(name);
            self.json.begin_object();
            self.each_leaf(owner, scope);
            self.json.end_object();
        }
    }

    /// Whether a field goes as it came, into the object that it came in.
    fn stays(&self, field: &Field<'_>) -> bool {
        self.own && !matches!(field.name, Name::Known { wire: "", .. })
    }

    fn writes(&self, field: &Field<'_>, scope: &'static Scope) -> bool {
        if self.stays(field) {
            // `Include` is a list that its encoder gathers; it stands in no scope.
            return field.object == scope.object && field.key() != Some(Key::Include);
        }
        self.row(field, scope).is_some() && self.spelled(field).is_some()
    }

    /// The row of a field in `scope`, if the target carries it. Asked in this order since most stand in another scope.
    fn row(&self, field: &Field<'_>, scope: &'static Scope) -> Option<&'static Row> {
        let row = scope.keyed(field.key()?)?;
        let carried = self.own || self.request.feature_of(field).is_none_or(|feature| self.carries(feature));
        carried.then_some(row)
    }

    fn spelled<'v>(&self, field: &'v Field<'_>) -> Option<Cow<'v, str>> {
        (self.spell)(field.key()?, &field.value)
    }

    /// Writes a field, if it belongs into the object of `scope`.
    fn leaf(&mut self, field: &Field<'_>, scope: &'static Scope) {
        if !self.stays(field) {
            if let Some(row) = self.row(field, scope) {
                self.leaf_as(field, row);
            }
        } else if self.writes(field, scope) {
            match &field.name {
                Name::Blank(name) | Name::Unknown(name) => self.json.key_text(name),
                Name::Known { wire, .. } => self.json.plain_key(wire),
            }
            self.json.raw(&field.value);
        }
    }

    /// Writes a field as `row` of the target.
    fn leaf_as(&mut self, field: &Field<'_>, row: &'static Row) {
        if row.key == Key::ToolResultName {
            if let Some(name) = field.value.as_text() {
                self.json.plain_key(row.name);
                self.tool_name(&name);
            }
        } else if let Some(value) = self.spelled(field) {
            self.json.plain_key(row.name);
            self.json.checked(&value);
        }
    }

    /// The part leaves of a foreign or own request; breakpoints have places of their own.
    pub(crate) fn part_leaves(&mut self, index: u32, scope: &'static Scope, breakpoint: Feature) {
        for field in self.fields.of(Owner::Part(index)) {
            match field.key() {
                Some(Key::CacheBreakpoint | Key::CacheControl) if !self.carries(breakpoint) => {}
                Some(key @ (Key::CacheBreakpoint | Key::CacheControl)) if !self.own => {
                    // The extension stands for the breakpoint where there is no other.
                    let stands = key == Key::CacheBreakpoint
                        || self.fields.field(Owner::Part(index), Key::CacheBreakpoint).is_none();
                    if let Some(row) = scope.keyed(key).filter(|_| stands) {
                        self.leaf_as(field, row);
                    }
                }
                _ => self.leaf(field, scope),
            }
        }
    }

    /// The parts of a message that the target carries.
    pub(crate) fn carried_parts(
        &self,
        message: &Message,
    ) -> impl Iterator<Item = Indexed<'e, 'a>> + Clone + use<'e, 'a> {
        let (request, carried): (&'e Request<'a>, &'e Carried) = (self.request, self.carried);
        request.parts_of(message).filter(|(_, part)| carried.keeps(part))
    }

    /// The parts of several messages that the target carries.
    pub(crate) fn carried_of(
        &self,
        messages: &'e [Message],
    ) -> impl Iterator<Item = Indexed<'e, 'a>> + Clone + use<'e, 'a> {
        self.carried_where(messages, |_| true)
    }

    /// Those of the parts of several messages that the target carries and that are `wanted`.
    pub(crate) fn carried_where<F: Fn(&Part<'a>) -> bool + Copy>(
        &self,
        messages: &'e [Message],
        wanted: F,
    ) -> impl Iterator<Item = Indexed<'e, 'a>> + Clone + use<'e, 'a, F> {
        let (request, carried): (&'e Request<'a>, &'e Carried) = (self.request, self.carried);
        let (mut rest, mut parts) = (messages.iter(), None::<Parts<'e, 'a>>);
        std::iter::from_fn(move || {
            loop {
                match parts.as_mut().and_then(Iterator::next) {
                    Some(part) if wanted(part.1) && carried.keeps(part.1) => return Some(part),
                    Some(_) => {}
                    None => parts = Some(request.parts_of(rest.next()?)),
                }
            }
        })
    }

    /// The children of a tool result that the target carries.
    pub(crate) fn carried_children(&self, index: u32) -> impl Iterator<Item = Indexed<'e, 'a>> + Clone + use<'e, 'a> {
        let (request, carried): (&'e Request<'a>, &'e Carried) = (self.request, self.carried);
        let fits = |part: &Part<'_>| {
            (carried.contains(Feature::ToolResultImage) || !matches!(part.kind, PartKind::Image(_)))
                && (carried.contains(Feature::ToolResultFile) || !matches!(part.kind, PartKind::File(_)))
        };
        request.children(index).filter(move |(_, part)| carried.keeps(part) && fits(part))
    }

    /// The tools that the target carries, with their indices.
    pub(crate) fn carried_tools(&self) -> impl Iterator<Item = (usize, &'e Tool<'a>)> + Clone + use<'e, 'a> {
        let (request, carried): (&'e Request<'a>, &'e Carried) = (self.request, self.carried);
        request.tools.iter().enumerate().filter(|(_, tool)| match &tool.kind {
            ToolKind::Function { .. } => true,
            ToolKind::Custom { .. } => carried.contains(Feature::CustomTool),
            ToolKind::Hosted { raw, feature } => {
                let shared = *feature == Feature::WebSearchTool && carried.contains(*feature);
                raw.for_protocol(carried.target).is_some() || shared
            }
        })
    }

    /// The id of a call, or a synthetic one where it has none; the same for the call and for its result, which is the
    /// part at `part`. What came as a legacy function never has one, which its own feature says.
    pub(crate) fn call_id(&mut self, id: Option<&Text<'_>>, ordinal: u32, part: u32) {
        if let Some(id) = id {
            return match self.names.call_id(id) {
                Some(upstream) => self.json.str(upstream),
                None => self.json.text(id),
            };
        }
        self.json.string(|out| out.extend_from_slice(format!("call_{ordinal}").as_bytes()));
        let legacy = |part: &&Part<'_>| {
            part.as_call().is_some_and(|call| call.legacy)
                || part.as_result().is_some_and(|result| result.kind == CallKind::Legacy)
        };
        if let Some(part) = self.request.part(part).filter(|part| !legacy(part)) {
            let detail = "an id for the call, which the target requires";
            self.ledger.synthesise(Feature::CallId, part.place, None, detail);
        }
    }

    /// Writes a tool's input as a JSON string that holds JSON.
    pub(crate) fn encoded_input(&mut self, input: &ToolInput<'_>) {
        match input {
            ToolInput::Encoded(text) if text.is_empty() && !self.own => self.json.word("{}"),
            ToolInput::Encoded(text) | ToolInput::Custom(text) => self.json.text(text),
            // Some hosts of Chat write the arguments themselves, and get them back so.
            ToolInput::Json(raw) if self.own => self.json.raw(raw),
            ToolInput::Json(raw) => self.json.string(|out| escape_into(raw.as_str(), out)),
        }
    }

    /// Writes a call's input as a JSON object. Text that is none is refused here, where it is read anyway.
    pub(crate) fn json_input(&mut self, call: &ToolCall<'_>) {
        match &call.input {
            ToolInput::Json(raw) => self.json.raw(raw),
            ToolInput::Encoded(text) => {
                if !self.json.object_in(text) {
                    self.ledger.record(Action::Refused, Feature::InvalidArguments, call.input_place);
                }
            }
            // Calls of custom tools are not carried.
            ToolInput::Custom(_) => self.json.constant("{}"),
        }
    }

    /// Writes media as a URL, base64 as a `data:` URL.
    pub(crate) fn media_url(&mut self, media: &Media<'_>) {
        match media {
            Media::Url(text) | Media::DataUrl(text) | Media::Bare(text) | Media::Text(text) => self.json.text(text),
            Media::Base64 { media_type, data } => self.json.string(|out| {
                out.extend_from_slice(b"data:");
                media_type.write_content(out);
                out.extend_from_slice(b";base64,");
                data.write_content(out);
            }),
            Media::FileId(_) | Media::Content(_) => self.json.word(""),
        }
    }

    /// The tool choice, if the target carries it.
    pub(crate) fn carried_choice(&self) -> Option<&'e ToolChoice<'a>> {
        let request: &'e Request<'a> = self.request;
        let carried = self.own || request.tool_choice_feature().is_none_or(|feature| self.carries(feature));
        request.tool_choice.as_ref().filter(|_| carried).map(|choice| &choice.value)
    }

    /// Writes what only its own protocol can read, if that is the target, and sealed reasoning in an envelope.
    pub(crate) fn opaque(&mut self, opaque: &Opaque<'_>) {
        if let Some(raw) = opaque.raw.for_protocol(self.target) {
            self.json.raw(raw);
        } else if let Some(object) = envelope::object(opaque, self.target) {
            self.json.checked(&object);
        }
    }

    /// Writes the name of a tool as the target takes it.
    pub(crate) fn tool_name(&mut self, name: &Text<'_>) {
        match self.names.tool_name(name) {
            Some(upstream) => self.json.str(upstream),
            None => self.json.text(name),
        }
    }

    /// Writes a tool's name and description.
    pub(crate) fn tool_names(&mut self, tool: &Tool<'_>) {
        if let Some(name) = &tool.name {
            self.json.key("name");
            self.tool_name(&name.value);
        }
        if let Some(description) = &tool.description {
            self.json.key("description");
            self.json.text(&description.value);
        }
    }

    /// Writes the members of a response schema as both `OpenAI` protocols have them, with a name where there is none.
    pub(crate) fn schema_members(&mut self, schema: &JsonSchema<'_>, place: Place, name: &'static str) {
        if schema.name.is_some() || !self.own {
            self.json.key("name");
            if let Some(given) = &schema.name {
                self.json.text(&given.value);
            } else {
                self.json.word("response");
                let detail = "a name for the response schema, which the target requires";
                self.ledger.synthesise(Feature::JsonSchemaName, place, Some(name), detail);
            }
        }
        if let Some(description) = &schema.description {
            self.json.key("description");
            self.json.text(&description.value);
        }
        if let Some(body) = &schema.schema {
            self.json.key("schema");
            self.json.raw(&body.value);
        }
        if let Some(strict) =
            schema.strict.as_ref().filter(|strict| !strict.value || self.carries(Feature::JsonSchemaStrict))
        {
            self.json.key("strict");
            self.json.bool(strict.value);
        }
    }

    /// A document's name for a target that requires one, where the source has none.
    pub(crate) fn file_name(&mut self, index: u32, media: &Media<'_>, place: Place) {
        let name = match media {
            Media::Base64 { media_type, .. } if *media_type == *"application/pdf" => "document.pdf",
            Media::Base64 { media_type, .. } if *media_type == *"text/plain" => "document.txt",
            Media::Base64 { .. } | Media::DataUrl(_) | Media::Bare(_) => "document",
            Media::Url(_) | Media::FileId(_) | Media::Text(_) | Media::Content(_) => return,
        };
        if !self.own && self.request.field(Owner::Part(index), Key::FileName).is_none() {
            self.json.key("filename");
            self.json.str(name);
            self.ledger.synthesise(Feature::FileName, place, None, "a file name, which the target requires");
        }
    }

    /// Whether log probabilities are asked for, however the source writes it.
    pub(crate) fn wants_logprobs(&self) -> bool {
        self.fields.of(Owner::Request).iter().any(|field| match field.key() {
            Some(Key::Logprobs) => field.value.as_bool() == Some(true),
            Some(Key::Include) => self.request.feature_of(field) == Some(Feature::Logprobs),
            _ => false,
        })
    }

    /// The index of the call that a result without an id answers: the last call without one before it.
    ///
    /// Looks back a bounded way, so that a hostile history stays linear.
    pub(crate) fn answered_call(&self, result: u32) -> u32 {
        let nameless = |index: &u32| matches!(self.request.part(*index), Some(Part { kind: PartKind::ToolCall(call), .. }) if call.id.is_none());
        (result.saturating_sub(64)..result).rev().find(nameless).unwrap_or(result)
    }
}

pub(crate) fn message_owner(index: usize) -> Owner {
    Owner::Message(u32::try_from(index).unwrap_or(u32::MAX))
}

pub(crate) fn tool_owner(index: usize) -> Owner {
    Owner::Tool(u32::try_from(index).unwrap_or(u32::MAX))
}
