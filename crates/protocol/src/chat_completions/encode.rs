use super::{
    AUDIO, CALL, CALL_CUSTOM, CALL_FUNCTION, CUSTOM, FILE, FORMAT, FUNCTION, IMAGE, MESSAGE, PART, REQUEST, RESULT,
    SCHEMA, STREAM_OPTIONS, TOOL,
};
use crate::envelope::is_sealed;
use crate::writer::{Encoding, FirstTwo, Indexed, first_two, message_owner, tool_owner};
use switchback_ir::{
    AllowedTool, At, CallKind, CustomFormat, Feature, JsonSchema, Key, Media, Message, OutputFormat, Owner, Part,
    PartKind, Place, Protocol, Request, Role, Shape, Text, Tool, ToolCall, ToolChoice, ToolInput, ToolKind, ToolResult,
};

impl<'e, 'a> Encoding<'e, 'a> {
    /// Writes a request body.
    pub(crate) fn chat(mut self) {
        self.json.begin_object();
        if let Some(model) = &self.request.model {
            self.json.key("model");
            self.json.text(&model.value);
        }
        self.chat_messages();
        // What most requests do not have stands apart, and is asked for before it is called.
        if !self.request.tools.is_empty() {
            self.chat_tools();
        }
        if self.request.tool_choice.is_some() {
            self.chat_tool_choice();
        }
        if let Some(format) = &self.request.output_format {
            self.chat_format(format);
        }
        self.leaves(Owner::Request, &REQUEST);
        self.chat_logprobs();
        self.chat_stream_options();
        self.json.end_object();
    }

    fn chat_messages(&mut self) {
        self.json.constant(r#""messages":["#);
        let request: &'e Request<'a> = self.request;
        for run in request.runs() {
            let messages = request.messages.get(run.clone()).unwrap_or(&[]);
            match messages {
                [message] => self.chat_message(run.start, message),
                _ if self.own || messages.iter().all(|message| message.role != Role::Assistant) => {
                    for (offset, message) in messages.iter().enumerate() {
                        self.chat_message(run.start + offset, message);
                    }
                }
                _ => self.chat_assistant(run.start, messages, true),
            }
        }
        self.json.end_array();
    }

    fn chat_message(&mut self, index: usize, message: &'e Message) {
        match message.role {
            Role::System => self.chat_plain(index, message, r#"{"role":"system""#),
            Role::Developer => self.chat_plain(index, message, r#"{"role":"developer""#),
            Role::User => {
                self.chat_results(message);
                self.chat_plain(index, message, r#"{"role":"user""#);
            }
            Role::Assistant => self.chat_assistant(index, std::slice::from_ref(message), true),
            Role::Tool => self.chat_results(message),
            Role::Unknown => self.chat_opaque(message),
        }
    }

    #[inline(never)]
    fn chat_opaque(&mut self, message: &Message) {
        for (_, part) in self.carried_parts(message) {
            self.chat_raw(part);
        }
    }

    fn chat_raw(&mut self, part: &Part<'_>) {
        if let PartKind::Opaque(opaque) = &part.kind {
            self.opaque(opaque);
        }
    }

    /// A message of content parts only, which `begins` with its role; left out where the target carries none of them.
    fn chat_plain(&mut self, index: usize, message: &'e Message, begins: &'static str) {
        let parts = self.carried_parts(message).filter(is_content);
        let first_two = first_two(parts.clone());
        if message.part_count > 0 && !self.own && first_two.0.is_none() {
            return;
        }
        self.json.constant(begins);
        self.chat_content(message.shape, first_two, parts, Feature::CacheBreakpoint);
        self.leaves(message_owner(index), &MESSAGE);
        self.json.end_object();
    }

    fn chat_content(
        &mut self,
        shape: Shape,
        first_two: FirstTwo<'e, 'a>,
        parts: impl Iterator<Item = Indexed<'e, 'a>> + Clone,
        breakpoint: Feature,
    ) {
        let (first, second) = first_two;
        if shape == Shape::Absent && first.is_none() {
            return;
        }
        self.json.key("content");
        match (shape, first, second) {
            (Shape::Null, None, _) => return self.json.constant("null"),
            (Shape::Text, Some((_, Part { kind: PartKind::Text(text), .. })), None) => return self.json.text(text),
            _ => {}
        }
        self.json.begin_array();
        for (index, part) in parts {
            self.chat_part(index, part, breakpoint);
        }
        self.json.end_array();
    }

    #[inline(never)]
    fn chat_part(&mut self, index: u32, part: &Part<'_>, breakpoint: Feature) {
        if matches!(part.kind, PartKind::Opaque(_)) {
            return self.chat_raw(part);
        }
        self.json.begin_object();
        self.json.key("type");
        match &part.kind {
            PartKind::Text(text) => {
                self.json.word("text");
                self.json.key("text");
                self.json.text(text);
            }
            PartKind::Refusal { text, .. } => {
                self.json.word("refusal");
                self.json.key("refusal");
                self.json.text(text);
            }
            PartKind::Image(media) => {
                self.json.word("image_url");
                self.json.key("image_url");
                self.json.begin_object();
                self.json.key("url");
                self.media_url(media);
                self.leaves(Owner::Part(index), &IMAGE);
                self.json.end_object();
            }
            PartKind::File(media) => self.chat_file(index, media, part.place),
            PartKind::Audio { data, format } => {
                self.json.word("input_audio");
                self.json.key("input_audio");
                self.json.begin_object();
                self.json.key("data");
                self.json.text(data);
                self.json.key("format");
                self.json.text(format);
                self.leaves(Owner::Part(index), &AUDIO);
                self.json.end_object();
            }
            // Written as members of the message, or as they came.
            PartKind::ToolCall(_) | PartKind::ToolResult(_) | PartKind::Opaque(_) => {}
        }
        self.part_leaves(index, &PART, breakpoint);
        self.json.end_object();
    }

    fn chat_file(&mut self, index: u32, media: &Media<'_>, place: Place) {
        self.json.word("file");
        self.json.key("file");
        self.json.begin_object();
        if let Media::FileId(id) = media {
            self.json.key("file_id");
            if let Some(id) = id.for_protocol(Protocol::Chat) {
                self.json.text(id);
            }
        } else {
            self.json.key("file_data");
            self.media_url(media);
        }
        self.leaves(Owner::Part(index), &FILE);
        self.file_name(index, media, place);
        self.json.end_object();
    }

    /// One assistant message out of a run of messages or items; some hosts' responses leave its role out.
    #[inline(never)]
    pub(crate) fn chat_assistant(&mut self, first: usize, messages: &'e [Message], role: bool) {
        let parts = self.carried_of(messages);
        let content = parts.clone().filter(is_content);
        let beside = parts.clone().filter(|(_, part)| matches!(part.kind, PartKind::Refusal { beside: true, .. }));
        let calls = parts.clone().filter_map(|(index, part)| part.as_call().map(|call| (index, call)));
        let mut sealed = parts.clone().filter(|(_, part)| is_sealed(part)).peekable();
        let empty = messages.iter().all(|message| message.part_count == 0);
        let says = |(_, part): &Indexed<'_, '_>| !matches!(part.kind, PartKind::ToolResult(_));
        if !self.own && !empty && !parts.clone().any(|part| says(&part)) {
            return;
        }
        self.json.begin_object();
        if role {
            self.json.key("role");
            self.json.word("assistant");
        }
        let mut ahead = content.clone();
        let (first_content, more) = (ahead.next(), ahead.next().is_some());
        let shape = match messages {
            [message] => message.shape,
            _ if first_content.is_some_and(|(_, part)| matches!(part.kind, PartKind::Text(_))) && !more => Shape::Text,
            _ => Shape::Parts,
        };
        if first_content.is_some() || self.own || empty {
            self.chat_content(shape, first_two(content.clone()), content, Feature::CacheBreakpointAssistant);
        }
        for (_, part) in beside {
            if let PartKind::Refusal { text, .. } = &part.kind {
                self.json.key("refusal");
                self.json.text(text);
            }
        }
        self.chat_calls(calls);
        if sealed.peek().is_some() {
            self.json.key("reasoning_details");
            self.json.begin_array();
            for (_, part) in sealed {
                self.chat_raw(part);
            }
            self.json.end_array();
        }
        for offset in 0..messages.len() {
            self.leaves(message_owner(first + offset), &MESSAGE);
        }
        self.json.end_object();
    }

    fn chat_calls(&mut self, calls: impl Iterator<Item = (u32, &'e ToolCall<'a>)> + Clone) {
        let own = self.own;
        let legacy = move |call: &ToolCall<'_>| own && call.legacy;
        let mut new = calls.clone().filter(|(_, call)| !legacy(call)).peekable();
        if new.peek().is_some() {
            self.json.key("tool_calls");
            self.json.begin_array();
            for (index, call) in new {
                self.chat_call(index, call);
            }
            self.json.end_array();
        }
        for (index, call) in calls.filter(|(_, call)| legacy(call)) {
            self.json.key("function_call");
            self.chat_called(index, call);
        }
    }

    fn chat_call(&mut self, index: u32, call: &ToolCall<'_>) {
        self.json.begin_object();
        if call.id.is_some() || !self.own {
            self.json.key("id");
            self.call_id(call.id.as_ref().map(|id| &id.value), index, index);
        }
        let custom = matches!(call.input, ToolInput::Custom(_));
        if call.tagged || !self.own {
            self.json.key("type");
            self.json.plain(if custom { "custom" } else { "function" });
        }
        if let ToolInput::Custom(input) = &call.input {
            self.json.key("custom");
            self.json.begin_object();
            self.json.key("name");
            self.tool_name(&call.name);
            self.json.key("input");
            self.json.text(input);
            self.leaves(Owner::Part(index), &CALL_CUSTOM);
            self.json.end_object();
        } else {
            self.json.key("function");
            self.chat_called(index, call);
        }
        self.leaves(Owner::Part(index), &CALL);
        self.json.end_object();
    }

    fn chat_called(&mut self, index: u32, call: &ToolCall<'_>) {
        self.json.begin_object();
        self.json.key("name");
        self.tool_name(&call.name);
        self.json.key("arguments");
        self.encoded_input(&call.input);
        self.leaves(Owner::Part(index), &CALL_FUNCTION);
        self.json.end_object();
    }

    #[inline(never)]
    fn chat_results(&mut self, message: &Message) {
        for (index, part) in self.carried_parts(message) {
            if let PartKind::ToolResult(result) = &part.kind {
                self.chat_result(index, result);
            }
        }
    }

    fn chat_result(&mut self, index: u32, result: &ToolResult<'_>) {
        let legacy = self.own && result.kind == CallKind::Legacy;
        self.json.begin_object();
        self.json.key("role");
        self.json.plain(if legacy { "function" } else { "tool" });
        if result.call_id.is_some() || !self.own {
            self.json.key("tool_call_id");
            let call = self.answered_call(index);
            self.call_id(result.call_id.as_ref().map(|id| &id.value), call, index);
        }
        let parts = self.carried_children(index);
        let first_two = first_two(parts.clone());
        match (result.shape, first_two.0) {
            (Shape::Absent | Shape::Null | Shape::Parts, None) if !self.own => {
                self.json.key("content");
                self.json.word("");
            }
            (Shape::Parts, None) => {
                self.json.key("content");
                self.json.constant("[]");
            }
            (shape, _) => self.chat_content(shape, first_two, parts, Feature::CacheBreakpoint),
        }
        self.leaves(Owner::Part(index), &RESULT);
        self.json.end_object();
    }

    #[inline(never)]
    fn chat_tools(&mut self) {
        let own = self.own;
        let legacy = move |tool: &Tool<'_>| own && matches!(tool.kind, ToolKind::Function { legacy: true, .. });
        let listed = self.carried_tools();
        let mut new = listed.clone().filter(|(_, tool)| !legacy(tool)).peekable();
        let mut old = listed.filter(|(_, tool)| legacy(tool)).peekable();
        if new.peek().is_some() {
            self.json.key("tools");
            self.json.begin_array();
            for (index, tool) in new {
                self.chat_tool(index, tool);
            }
            self.json.end_array();
        }
        if old.peek().is_some() {
            self.json.key("functions");
            self.json.begin_array();
            for (index, tool) in old {
                self.chat_function(tool_owner(index), tool);
            }
            self.json.end_array();
        }
    }

    fn chat_tool(&mut self, index: usize, tool: &Tool<'_>) {
        let owner = tool_owner(index);
        if let ToolKind::Hosted { raw, .. } = &tool.kind {
            if let Some(raw) = raw.for_protocol(Protocol::Chat) {
                self.json.raw(raw);
            }
            return;
        }
        self.json.begin_object();
        self.json.key("type");
        if let ToolKind::Custom { format } = &tool.kind {
            self.json.word("custom");
            self.json.key("custom");
            self.chat_custom(owner, tool, format.as_ref().map(|at| &at.value));
        } else {
            self.json.word("function");
            self.json.key("function");
            self.chat_function(owner, tool);
        }
        self.leaves(owner, &TOOL);
        self.json.end_object();
    }

    fn chat_function(&mut self, owner: Owner, tool: &Tool<'_>) {
        self.json.begin_object();
        self.tool_names(tool);
        if let ToolKind::Function { parameters: Some(parameters), .. } = &tool.kind {
            self.json.key("parameters");
            self.json.raw(&parameters.value);
        }
        self.leaves(owner, &FUNCTION);
        self.json.end_object();
    }

    fn chat_custom(&mut self, owner: Owner, tool: &Tool<'_>, format: Option<&CustomFormat<'_>>) {
        self.json.begin_object();
        self.tool_names(tool);
        match format {
            None => {}
            Some(CustomFormat::Text) => {
                self.json.key("format");
                self.json.constant(r#"{"type":"text"}"#);
            }
            Some(CustomFormat::Grammar { syntax, definition }) => {
                self.json.key("format");
                self.json.begin_object();
                self.json.key("type");
                self.json.word("grammar");
                self.json.key("grammar");
                self.json.begin_object();
                self.json.key("syntax");
                self.json.text(syntax);
                self.json.key("definition");
                self.json.text(definition);
                self.json.end_object();
                self.json.end_object();
            }
            Some(CustomFormat::Other(raw)) => {
                if let Some(raw) = raw.for_protocol(Protocol::Chat) {
                    self.json.key("format");
                    self.json.raw(raw);
                }
            }
        }
        self.leaves(owner, &CUSTOM);
        self.json.end_object();
    }

    #[inline(never)]
    fn chat_tool_choice(&mut self) {
        let Some(choice) = self.carried_choice() else { return };
        let legacy = self.own
            && self.request.tools.iter().all(|tool| matches!(tool.kind, ToolKind::Function { legacy: true, .. }))
            && !self.request.tools.is_empty();
        self.json.plain_key(if legacy { "function_call" } else { "tool_choice" });
        match choice {
            ToolChoice::Auto => self.json.word("auto"),
            ToolChoice::None => self.json.word("none"),
            ToolChoice::Required => self.json.word("required"),
            ToolChoice::Function(name) if legacy => {
                self.json.begin_object();
                self.json.key("name");
                self.json.text(name);
                self.json.end_object();
            }
            ToolChoice::Function(name) => self.chat_choice_of("function", name),
            ToolChoice::Custom(name) => self.chat_choice_of("custom", name),
            ToolChoice::Allowed { required, tools } => self.chat_allowed(*required, tools),
            ToolChoice::Hosted(raw) => {
                if let Some(raw) = raw.for_protocol(Protocol::Chat) {
                    self.json.raw(raw);
                }
            }
        }
    }

    fn chat_choice_of(&mut self, kind: &'static str, name: &Text<'_>) {
        self.json.begin_object();
        self.json.key("type");
        self.json.plain(kind);
        self.json.plain_key(kind);
        self.json.begin_object();
        self.json.key("name");
        self.tool_name(name);
        self.json.end_object();
        self.json.end_object();
    }

    fn chat_allowed(&mut self, required: bool, tools: &[AllowedTool<'_>]) {
        self.json.begin_object();
        self.json.key("type");
        self.json.word("allowed_tools");
        self.json.key("allowed_tools");
        self.json.begin_object();
        self.json.key("mode");
        self.json.plain(if required { "required" } else { "auto" });
        self.json.key("tools");
        self.json.begin_array();
        for tool in tools {
            match tool {
                AllowedTool::Function(name) => self.chat_choice_of("function", name),
                AllowedTool::Custom(name) => self.chat_choice_of("custom", name),
                AllowedTool::Hosted(raw) => {
                    if let Some(raw) = raw.for_protocol(Protocol::Chat) {
                        self.json.raw(raw);
                    }
                }
            }
        }
        self.json.end_array();
        self.json.end_object();
        self.json.end_object();
    }

    #[inline(never)]
    fn chat_format(&mut self, format: &At<OutputFormat<'_>>) {
        match &format.value {
            OutputFormat::Other(raw) if self.own => {
                self.json.key("response_format");
                self.json.raw(raw);
            }
            OutputFormat::Other(_) => {}
            OutputFormat::Text => self.chat_plain_format("text"),
            OutputFormat::JsonObject => self.chat_plain_format("json_object"),
            OutputFormat::JsonSchema(schema) => self.chat_schema(schema, format.place),
        }
    }

    fn chat_plain_format(&mut self, kind: &'static str) {
        self.json.key("response_format");
        self.json.begin_object();
        self.json.key("type");
        self.json.plain(kind);
        self.leaves(Owner::Request, &FORMAT);
        self.json.end_object();
    }

    fn chat_schema(&mut self, schema: &JsonSchema<'_>, place: Place) {
        self.json.key("response_format");
        self.json.begin_object();
        self.json.key("type");
        self.json.word("json_schema");
        self.json.key("json_schema");
        self.json.begin_object();
        self.schema_members(schema, place, "/response_format/json_schema/name");
        self.leaves(Owner::Request, &SCHEMA);
        self.json.end_object();
        self.leaves(Owner::Request, &FORMAT);
        self.json.end_object();
    }

    /// Log probabilities that Responses asks for by `include`.
    fn chat_logprobs(&mut self) {
        if !self.own && self.fields.option(Key::Logprobs).is_none() && self.wants_logprobs() {
            self.json.key("logprobs");
            self.json.bool(true);
        }
    }

    /// A foreign client expects usage at the end of a stream; Chat sends it only when asked.
    fn chat_stream_options(&mut self) {
        let streams = self.fields.option(Key::Stream);
        let asks = !self.own && streams.is_some_and(|stream| stream.value.as_bool() == Some(true));
        if !asks {
            return self.leaf_object(Owner::Request, "stream_options", &STREAM_OPTIONS);
        }
        self.json.key("stream_options");
        self.json.begin_object();
        self.leaves(Owner::Request, &STREAM_OPTIONS);
        if self.fields.option(Key::StreamUsage).is_none() {
            self.json.key("include_usage");
            self.json.bool(true);
            let detail = "usage at the end of the stream, which the source's protocol always sends";
            let target = "/stream_options/include_usage";
            self.ledger.synthesise(Feature::StreamUsage, Place::ROOT, Some(target), detail);
        }
        self.json.end_object();
    }
}

/// Whether a part is of a message's content, and not of a member beside it.
fn is_content((_, part): &Indexed<'_, '_>) -> bool {
    let beside =
        matches!(part.kind, PartKind::ToolCall(_) | PartKind::ToolResult(_) | PartKind::Refusal { beside: true, .. });
    !beside && !is_sealed(part)
}
