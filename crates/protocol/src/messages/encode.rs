use super::{
    CALL, DOCUMENT, FORMAT, IMAGE, LEGACY_FORMAT, MESSAGE, METADATA, OUTPUT_CONFIG, REQUEST, SOURCE, TEXT, THINKING,
    TOOL, TOOL_CHOICE, WEB_SEARCH,
};
use crate::envelope::is_sealed;
use crate::table::Scope;
use crate::writer::{Encoding, FirstTwo, Indexed, first_two, message_owner, tool_owner};
use std::borrow::Cow;
use switchback_ir::{
    Feature, JsonSchema, Key, Media, Message, OutputFormat, Owner, Part, PartKind, Place, Protocol, RawJson, Request,
    Role, Shape, Slot, TargetFacts, Tool, ToolCall, ToolChoice, ToolKind, ToolResult,
};

#[expect(clippy::wildcard_enum_match_arm, reason = "a key that is spelled alike everywhere needs no line here")]
pub(crate) fn spell<'v>(key: Key, value: &'v RawJson<'_>) -> Option<Cow<'v, str>> {
    match key {
        Key::Stop if value.as_text().is_some() => Some(Cow::Owned(format!("[{}]", value.as_str()))),
        // `none` is written as `thinking: {type: disabled}`.
        Key::Effort if is_none(value) => None,
        Key::CacheBreakpoint => Some(Cow::Borrowed(r#"{"type":"ephemeral"}"#)),
        _ => Some(Cow::Borrowed(value.as_str())),
    }
}

fn is_none(effort: &RawJson<'_>) -> bool {
    effort.as_text().is_some_and(|text| text == *"none")
}

impl<'e, 'a> Encoding<'e, 'a> {
    /// Writes a request body.
    pub(crate) fn messages(mut self) {
        let request: &'e Request<'a> = self.request;
        self.json.begin_object();
        if let Some(model) = &request.model {
            self.json.key("model");
            self.json.text(&model.value);
        }
        let leading = self.leading_system();
        self.block_system(request.messages.get(..leading).unwrap_or(&[]));
        self.turns(leading);
        // What most requests do not have stands apart, and is asked for before it is called.
        if !request.tools.is_empty() {
            self.block_tools();
        }
        if request.tool_choice.is_some() || self.fields.option(Key::ParallelToolCalls).is_some() {
            self.block_choice();
        }
        if request.output_format.is_some() || self.may_have(Owner::Request, &OUTPUT_CONFIG) {
            self.output_config();
        }
        self.thinking();
        self.leaf_object(Owner::Request, "metadata", &METADATA);
        self.leaves(Owner::Request, &REQUEST);
        self.max_tokens();
        self.json.end_object();
    }

    /// How many of the first messages go into `system`.
    fn leading_system(&self) -> usize {
        if !self.own {
            return self.request.leading_instructions();
        }
        usize::from(self.request.messages.first().is_some_and(|message| message.slot == Slot::Instructions))
    }

    fn block_system(&mut self, messages: &'e [Message]) {
        let parts = self.carried_where(messages, |part| !is_sealed(part));
        let first_two = first_two(parts.clone());
        if first_two.0.is_none() {
            return;
        }
        let shape = match messages {
            [message] => message.shape,
            _ => Shape::Parts,
        };
        self.json.key("system");
        self.blocks(shape, first_two, parts);
    }

    fn turns(&mut self, from: usize) {
        let request: &'e Request<'a> = self.request;
        self.json.constant(r#""messages":["#);
        self.sealed_turns(request.messages.get(..from).unwrap_or(&[]));
        for run in request.runs() {
            let run = run.start.max(from)..run.end;
            let Some(messages @ [first, ..]) = request.messages.get(run.clone()) else { continue };
            let begins = match first.role {
                Role::System | Role::Developer => r#"{"role":"system""#,
                Role::User | Role::Tool => r#"{"role":"user""#,
                Role::Assistant => r#"{"role":"assistant""#,
                Role::Unknown => {
                    self.opaque_blocks(first);
                    continue;
                }
            };
            self.turn(begins, run.start, messages);
        }
        self.json.end_array();
    }

    /// Sealed reasoning that stands among the first instructions has no place in `system`.
    fn sealed_turns(&mut self, messages: &'e [Message]) {
        for message in messages {
            if self.request.parts_of(message).any(|(_, part)| is_sealed(part)) {
                self.sealed_turn(message);
            }
        }
    }

    #[inline(never)]
    fn sealed_turn(&mut self, message: &'e Message) {
        let parts = self.carried_parts(message).filter(|(_, part)| is_sealed(part));
        let first_two = first_two(parts.clone());
        if first_two.0.is_some() {
            self.json.constant(r#"{"role":"assistant","content":"#);
            self.blocks(Shape::Parts, first_two, parts);
            self.json.end_object();
        }
    }

    #[inline(never)]
    fn opaque_blocks(&mut self, message: &Message) {
        for (_, part) in self.carried_parts(message) {
            self.raw_block(part);
        }
    }

    /// Writes messages as one, which `begins` with its role.
    fn turn(&mut self, begins: &'static str, first: usize, messages: &'e [Message]) {
        let parts = self.carried_of(messages);
        let first_two = first_two(parts.clone());
        let empty = first_two.0.is_none();
        if empty && !self.own {
            return;
        }
        let shape = match messages {
            [message] => message.shape,
            _ => Shape::Parts,
        };
        self.json.constant(begins);
        if shape != Shape::Absent || !empty {
            self.json.key("content");
            self.blocks(shape, first_two, parts);
        }
        for offset in 0..messages.len() {
            self.leaves(message_owner(first + offset), &MESSAGE);
        }
        self.json.end_object();
    }

    /// Writes a content; `first_two` of its parts tell whether it is a bare text.
    pub(crate) fn blocks(
        &mut self,
        shape: Shape,
        (first, second): FirstTwo<'e, 'a>,
        parts: impl Iterator<Item = Indexed<'e, 'a>>,
    ) {
        match (shape, first, second) {
            (Shape::Null, None, _) => return self.json.constant("null"),
            (Shape::Text, None, _) => return self.json.word(""),
            (Shape::Text, Some((_, Part { kind: PartKind::Text(text), .. })), None) => return self.json.text(text),
            _ => {}
        }
        self.json.begin_array();
        for (index, part) in parts {
            self.block(index, part);
        }
        self.json.end_array();
    }

    #[inline(never)]
    fn block(&mut self, index: u32, part: &'e Part<'a>) {
        if matches!(part.kind, PartKind::Opaque(_)) {
            return self.raw_block(part);
        }
        self.json.begin_object();
        self.json.key("type");
        let scope = match &part.kind {
            PartKind::Text(text) | PartKind::Refusal { text, .. } => {
                self.json.word("text");
                self.json.key("text");
                self.json.text(text);
                &TEXT
            }
            PartKind::Image(media) => self.source_block(index, "image", media, &IMAGE),
            PartKind::File(media) => self.source_block(index, "document", media, &DOCUMENT),
            PartKind::ToolCall(call) => self.tool_use(index, call),
            PartKind::ToolResult(result) => self.result_block(index, result),
            // Audio is not carried, and the opaque is written as it came.
            PartKind::Audio { .. } | PartKind::Opaque(_) => &TEXT,
        };
        self.part_leaves(index, scope, Feature::CacheBreakpoint);
        self.json.end_object();
    }

    fn raw_block(&mut self, part: &Part<'_>) {
        if let PartKind::Opaque(opaque) = &part.kind {
            self.opaque(opaque);
        }
    }

    fn source_block(
        &mut self,
        index: u32,
        kind: &'static str,
        media: &Media<'_>,
        scope: &'static Scope,
    ) -> &'static Scope {
        self.json.plain(kind);
        self.json.key("source");
        self.json.begin_object();
        self.json.key("type");
        match media {
            Media::Base64 { media_type, data } => {
                self.json.word("base64");
                self.json.key("media_type");
                self.json.text(media_type);
                self.json.key("data");
                self.json.text(data);
            }
            Media::Text(text) => {
                self.json.word("text");
                self.json.key("media_type");
                self.json.word("text/plain");
                self.json.key("data");
                self.json.text(text);
            }
            Media::FileId(id) => {
                self.json.word("file");
                self.json.key("file_id");
                match id.for_protocol(Protocol::Messages) {
                    Some(id) => self.json.text(id),
                    None => self.json.word(""),
                }
            }
            Media::Content(raw) => {
                self.json.word("content");
                self.json.key("content");
                match raw.for_protocol(Protocol::Messages) {
                    Some(raw) => self.json.raw(raw),
                    None => self.json.constant("[]"),
                }
            }
            // What is no plain URL is not carried here from another protocol.
            Media::Url(url) | Media::DataUrl(url) | Media::Bare(url) => {
                self.json.word("url");
                self.json.key("url");
                self.json.text(url);
            }
        }
        self.leaves(Owner::Part(index), &SOURCE);
        self.json.end_object();
        scope
    }

    fn tool_use(&mut self, index: u32, call: &ToolCall<'_>) -> &'static Scope {
        self.json.word("tool_use");
        self.json.key("id");
        self.call_id(call.id.as_ref().map(|id| &id.value), index, index);
        self.json.key("name");
        self.tool_name(&call.name);
        self.json.key("input");
        self.json_input(call);
        &CALL
    }

    fn result_block(&mut self, index: u32, result: &ToolResult<'_>) -> &'static Scope {
        self.json.word("tool_result");
        self.json.key("tool_use_id");
        let call = self.answered_call(index);
        self.call_id(result.call_id.as_ref().map(|id| &id.value), call, index);
        let parts = self.carried_children(index);
        if result.shape != Shape::Absent {
            let shape = if result.shape == Shape::Null && !self.own { Shape::Text } else { result.shape };
            self.json.key("content");
            self.blocks(shape, first_two(parts.clone()), parts);
        }
        &CALL
    }

    #[inline(never)]
    fn block_tools(&mut self) {
        let mut tools = self.carried_tools().peekable();
        if tools.peek().is_none() {
            return;
        }
        self.json.key("tools");
        self.json.begin_array();
        for (index, tool) in tools {
            self.block_tool(index, tool);
        }
        self.json.end_array();
    }

    fn block_tool(&mut self, index: usize, tool: &Tool<'_>) {
        match &tool.kind {
            ToolKind::Hosted { raw, .. } => {
                if let Some(raw) = raw.for_protocol(Protocol::Messages) {
                    return self.json.raw(raw);
                }
                // Of the foreign ones only a web search is carried: in the version that every model takes.
                self.json.begin_object();
                self.json.key("type");
                self.json.word("web_search_20250305");
                self.json.key("name");
                self.json.word("web_search");
                self.leaves(tool_owner(index), &WEB_SEARCH);
                self.json.end_object();
            }
            ToolKind::Custom { .. } => {}
            ToolKind::Function { parameters, .. } => {
                self.json.begin_object();
                self.tool_names(tool);
                if let Some(parameters) = parameters {
                    self.json.key("input_schema");
                    self.json.raw(&parameters.value);
                } else if !self.own {
                    self.json.key("input_schema");
                    self.json.constant(r#"{"type":"object"}"#);
                }
                self.leaves(tool_owner(index), &TOOL);
                self.json.end_object();
            }
        }
    }

    #[inline(never)]
    fn block_choice(&mut self) {
        let request: &'e Request<'a> = self.request;
        let choice = self.carried_choice();
        let parallel = self
            .fields
            .option(Key::ParallelToolCalls)
            .filter(|field| self.own || request.feature_of(field).is_some_and(|feature| self.carries(feature)));
        if let Some(ToolChoice::Hosted(raw)) = choice {
            if let Some(raw) = raw.for_protocol(Protocol::Messages) {
                self.json.key("tool_choice");
                self.json.raw(raw);
            }
            return;
        }
        if choice.is_none() && parallel.is_none() {
            return;
        }
        self.json.key("tool_choice");
        self.json.begin_object();
        self.json.key("type");
        match choice {
            Some(ToolChoice::None) => self.json.word("none"),
            Some(ToolChoice::Required) => self.json.word("any"),
            Some(ToolChoice::Function(name)) => {
                self.json.word("tool");
                self.json.key("name");
                self.tool_name(name);
            }
            // The rest is not carried; the model decides.
            Some(ToolChoice::Auto | ToolChoice::Custom(_) | ToolChoice::Allowed { .. } | ToolChoice::Hosted(_))
            | None => self.json.word("auto"),
        }
        if let Some(allowed) = parallel.and_then(|field| field.value.as_bool()) {
            self.json.key("disable_parallel_tool_use");
            self.json.bool(!allowed);
        }
        self.leaves(Owner::Request, &TOOL_CHOICE);
        self.json.end_object();
    }

    #[inline(never)]
    fn output_config(&mut self) {
        let format = self.request.output_format.as_ref();
        let schema = match format.map(|format| &format.value) {
            Some(OutputFormat::JsonSchema(schema)) => Some(schema),
            _ => None,
        };
        let other = match format.map(|format| &format.value) {
            Some(OutputFormat::Other(raw)) if self.own => Some(raw),
            _ => None,
        };
        let legacy = self.own && schema.is_some_and(|schema| schema.legacy);
        if let (Some(schema), true) = (schema, legacy) {
            self.json.key("output_format");
            self.block_schema(schema, &LEGACY_FORMAT);
        }
        let schema = schema.filter(|_| !legacy);
        if schema.is_none() && other.is_none() && !self.has_leaves(Owner::Request, &OUTPUT_CONFIG) {
            return;
        }
        self.json.key("output_config");
        self.json.begin_object();
        if let Some(schema) = schema {
            self.json.key("format");
            self.block_schema(schema, &FORMAT);
        }
        if let Some(raw) = other {
            self.json.key("format");
            self.json.raw(raw);
        }
        self.leaves(Owner::Request, &OUTPUT_CONFIG);
        self.json.end_object();
    }

    fn block_schema(&mut self, schema: &JsonSchema<'_>, scope: &'static Scope) {
        self.json.begin_object();
        self.json.key("type");
        self.json.word("json_schema");
        // The name is left to its note; Messages has no place for it, and residue of its own.
        if self.own {
            self.named_schema(schema);
        }
        if let Some(body) = &schema.schema {
            self.json.key("schema");
            self.json.raw(&body.value);
        } else if !self.own {
            self.json.key("schema");
            self.json.constant("{}");
        }
        self.leaves(Owner::Request, scope);
        self.json.end_object();
    }

    fn named_schema(&mut self, schema: &JsonSchema<'_>) {
        for (key, text) in [("name", &schema.name), ("description", &schema.description)] {
            if let Some(text) = text {
                self.json.plain_key(key);
                self.json.text(&text.value);
            }
        }
        if let Some(strict) = &schema.strict {
            self.json.key("strict");
            self.json.bool(strict.value);
        }
    }

    fn thinking(&mut self) {
        let off = |field: &switchback_ir::Field<'_>| !self.own && is_none(&field.value);
        if self.fields.option(Key::Effort).is_some_and(off) {
            self.json.key("thinking");
            return self.json.constant(r#"{"type":"disabled"}"#);
        }
        self.leaf_object(Owner::Request, "thinking", &THINKING);
    }

    /// Messages requires a limit.
    fn max_tokens(&mut self) {
        let limited = [Key::MaxOutputTokens, Key::LegacyMaxTokens];
        if self.own || limited.into_iter().any(|key| self.fields.option(key).is_some()) {
            return;
        }
        self.json.key("max_tokens");
        self.json.number(self.facts.max_tokens.unwrap_or(TargetFacts::DEFAULT_MAX_TOKENS));
        let detail = "a limit on the answer's length, which the target requires";
        self.ledger.synthesise(Feature::MaxOutputTokens, Place::ROOT, Some("/max_tokens"), detail);
    }
}
