use super::{
    CALL, FILE, FORMAT, MESSAGE, PART, REASONING, REQUEST, STREAM_OPTIONS, TEXT, TOOL, WEB_FILTERS, WEB_SEARCH,
};
use crate::envelope::is_sealed;
use crate::writer::{Encoding, Indexed, first_two, message_owner, tool_owner};
use switchback_ir::{
    AllowedTool, CallKind, CustomFormat, Feature, JsonSchema, Key, Media, Message, OutputFormat, Owner, Part, PartKind,
    Place, Protocol, Request, Role, Shape, Slot, Text, Tool, ToolCall, ToolChoice, ToolInput, ToolKind, ToolResult,
};

impl<'e, 'a> Encoding<'e, 'a> {
    /// Writes a request body.
    pub(crate) fn responses(mut self) {
        self.json.begin_object();
        if let Some(model) = &self.request.model {
            self.json.key("model");
            self.json.text(&model.value);
        }
        let instructed = self.response_instructions();
        self.response_input(usize::from(instructed));
        self.response_options();
        self.leaves(Owner::Request, &REQUEST);
        self.response_store();
        self.json.end_object();
    }

    /// Writes `instructions`, if there are any; says whether it did.
    pub(crate) fn response_instructions(&mut self) -> bool {
        let instructions = self.instructions();
        if let Some((text, _)) = instructions {
            self.json.key("instructions");
            self.json.text(text);
        }
        instructions.is_some()
    }

    /// Writes the members of a request that are more than leaves.
    pub(crate) fn response_options(&mut self) {
        // What most requests do not have stands apart, and is asked for before it is called.
        if !self.request.tools.is_empty() {
            self.response_tools();
        }
        if self.request.tool_choice.is_some() {
            self.response_choice();
        }
        if self.request.output_format.is_some() || self.may_have(Owner::Request, &TEXT) {
            self.response_text_options();
        }
        self.leaf_object(Owner::Request, "reasoning", &REASONING);
        self.response_include();
        self.leaf_object(Owner::Request, "stream_options", &STREAM_OPTIONS);
    }

    /// The text of the first message, if it is written as `instructions`: a lone leading system text that needs no
    /// place for anything else.
    fn instructions(&self) -> Option<(&'e Text<'a>, u32)> {
        let request: &'e Request<'a> = self.request;
        let message = request.messages.first()?;
        let mut parts = request.parts_of(message);
        let (Some((index, part)), None) = (parts.next(), parts.next()) else { return None };
        let PartKind::Text(text) = &part.kind else { return None };
        let lone = || {
            message.role == Role::System
                && self.fields.of(message_owner(0)).is_empty()
                && self.fields.of(Owner::Part(index)).is_empty()
                && request.leading_instructions() == 1
        };
        let written = if self.own { message.slot == Slot::Instructions } else { lone() };
        written.then_some((text, index))
    }

    fn response_input(&mut self, from: usize) {
        let request: &'e Request<'a> = self.request;
        let messages = request.messages.get(from..).unwrap_or(&[]);
        if let ([message], true) = (messages, self.own)
            && message.slot == Slot::Input
            && let Some((_, Part { kind: PartKind::Text(text), .. })) = request.parts_of(message).next()
        {
            self.json.key("input");
            return self.json.text(text);
        }
        if self.own && messages.is_empty() {
            return;
        }
        self.json.key("input");
        self.json.begin_array();
        for (offset, message) in messages.iter().enumerate() {
            self.response_message(from + offset, message);
        }
        self.json.end_array();
    }

    pub(crate) fn response_message(&mut self, index: usize, message: &'e Message) {
        let parts = self.carried_parts(message);
        let lost = message.part_count > 0 && parts.clone().next().is_none();
        match message.role {
            _ if lost => {}
            Role::Unknown => self.response_opaque(parts),
            Role::System => self.response_item(index, Role::System, message.shape, parts),
            Role::Developer => self.response_item(index, Role::Developer, message.shape, parts),
            Role::User => self.response_user(index, message.shape, parts),
            Role::Assistant if self.own => self.response_own_assistant(index, message, parts),
            Role::Assistant => self.response_assistant(index, parts),
            Role::Tool => self.response_results(parts),
        }
    }

    #[inline(never)]
    fn response_opaque(&mut self, parts: impl Iterator<Item = Indexed<'e, 'a>>) {
        for (_, part) in parts {
            if let PartKind::Opaque(opaque) = &part.kind {
                self.opaque(opaque);
            }
        }
    }

    /// A user turn in order: runs of content are message items, results are items of their own.
    fn response_user(&mut self, index: usize, shape: Shape, parts: impl Iterator<Item = Indexed<'e, 'a>> + Clone) {
        let is_result = |part: &Indexed<'_, '_>| matches!(part.1.kind, PartKind::ToolResult(_));
        if !parts.clone().any(|part| is_result(&part)) {
            return self.response_item(index, Role::User, shape, parts);
        }
        let mut rest = parts;
        while let Some(first) = rest.clone().next() {
            let run = rest.clone().take_while(|part| is_result(part) == is_result(&first));
            rest.nth(run.clone().count() - 1);
            if is_result(&first) {
                self.response_results(run);
            } else {
                self.response_item(index, Role::User, Shape::Parts, run);
            }
        }
    }

    #[inline(never)]
    fn response_own_assistant(
        &mut self,
        index: usize,
        message: &Message,
        parts: impl Iterator<Item = Indexed<'e, 'a>> + Clone,
    ) {
        if message.role_place != Place::NONE {
            return self.response_item(index, Role::Assistant, message.shape, parts);
        }
        // Only message items have a role; calls and sealed items stand alone.
        let mut ahead = parts.clone();
        match (ahead.next(), ahead.next()) {
            (Some((call, part)), None) if matches!(part.kind, PartKind::ToolCall(_)) => self.response_call(call, part),
            _ => self.response_opaque(parts),
        }
    }

    /// An assistant turn of another protocol: each text is a message of its own, so that the vendor's types hold.
    #[inline(never)]
    fn response_assistant(&mut self, index: usize, parts: impl Iterator<Item = Indexed<'e, 'a>> + Clone) {
        if parts.clone().next().is_none() {
            self.response_item(index, Role::Assistant, Shape::Null, std::iter::empty());
        }
        for (at, part) in parts {
            let one = std::iter::once((at, part));
            match &part.kind {
                _ if is_sealed(part) => self.response_opaque(one),
                PartKind::ToolCall(_) => self.response_call(at, part),
                PartKind::Text(_) => self.response_item(index, Role::Assistant, Shape::Text, one),
                PartKind::Refusal { .. }
                | PartKind::Image(_)
                | PartKind::File(_)
                | PartKind::Audio { .. }
                | PartKind::ToolResult(_)
                | PartKind::Opaque(_) => self.response_item(index, Role::Assistant, Shape::Parts, one),
            }
        }
    }

    fn response_item(
        &mut self,
        index: usize,
        role: Role,
        shape: Shape,
        parts: impl Iterator<Item = Indexed<'e, 'a>> + Clone,
    ) {
        let (begins, usual) = match role {
            Role::System => (r#"{"role":"system""#, "input_text"),
            Role::Developer => (r#"{"role":"developer""#, "input_text"),
            Role::User | Role::Tool | Role::Unknown => (r#"{"role":"user""#, "input_text"),
            Role::Assistant => (r#"{"role":"assistant""#, "output_text"),
        };
        self.json.constant(begins);
        self.response_content("content", shape, parts, usual);
        self.leaves(message_owner(index), &MESSAGE);
        self.json.end_object();
    }

    fn response_content(
        &mut self,
        member: &str,
        shape: Shape,
        parts: impl Iterator<Item = Indexed<'e, 'a>> + Clone,
        usual: &'static str,
    ) {
        let (first, second) = first_two(parts.clone());
        if self.own && shape == Shape::Absent && first.is_none() {
            return;
        }
        self.json.plain_key(member);
        match (shape, first, second) {
            (Shape::Null, None, _) if self.own => return self.json.constant("null"),
            (Shape::Absent | Shape::Null, None, _) => return self.json.word(""),
            (Shape::Text, Some((_, Part { kind: PartKind::Text(text), .. })), None) => return self.json.text(text),
            _ => {}
        }
        self.json.begin_array();
        for (index, part) in parts {
            self.response_part(index, part, usual);
        }
        self.json.end_array();
    }

    #[inline(never)]
    fn response_part(&mut self, index: u32, part: &'e Part<'a>, usual: &'static str) {
        let breakpoint =
            if usual == "output_text" { Feature::CacheBreakpointAssistant } else { Feature::CacheBreakpoint };
        if matches!(part.kind, PartKind::Opaque(_)) {
            return self.response_opaque(std::iter::once((index, part)));
        }
        self.json.begin_object();
        let scope = match &part.kind {
            PartKind::Text(text) => {
                self.response_type(index, usual);
                self.json.key("text");
                self.json.text(text);
                &PART
            }
            PartKind::Refusal { text, .. } => {
                self.response_type(index, "refusal");
                self.json.key("refusal");
                self.json.text(text);
                &PART
            }
            PartKind::Image(media) => {
                self.response_type(index, "input_image");
                self.response_media(media, "image_url", "image_url");
                if !self.own && self.request.field(Owner::Part(index), Key::ImageDetail).is_none() {
                    // The documented default, which the vendor's types require to be written.
                    self.json.key("detail");
                    self.json.word("auto");
                }
                &PART
            }
            PartKind::File(media) => {
                self.response_type(index, "input_file");
                self.response_media(media, "file_url", "file_data");
                self.file_name(index, media, part.place);
                &FILE
            }
            // Items of their own, or as they came; audio is not carried.
            PartKind::Audio { .. } | PartKind::ToolCall(_) | PartKind::ToolResult(_) | PartKind::Opaque(_) => &PART,
        };
        self.part_leaves(index, scope, breakpoint);
        self.json.end_object();
    }

    /// The part's type, unless the source's own spelling of it is among the leaves.
    fn response_type(&mut self, index: u32, usual: &'static str) {
        let blank = |field: &switchback_ir::Field<'_>| matches!(&field.name, switchback_ir::Name::Blank(name) if *name == *"type");
        if !self.own || !self.fields.of(Owner::Part(index)).iter().any(blank) {
            self.json.key("type");
            self.json.plain(usual);
        }
    }

    fn response_media(&mut self, media: &Media<'_>, url: &str, bytes: &str) {
        match media {
            Media::FileId(id) => {
                if let Some(id) = id.for_protocol(Protocol::Responses) {
                    self.json.key("file_id");
                    self.json.text(id);
                }
            }
            Media::Url(_) => {
                self.json.plain_key(url);
                self.media_url(media);
            }
            Media::Base64 { .. } | Media::DataUrl(_) | Media::Bare(_) | Media::Text(_) | Media::Content(_) => {
                self.json.plain_key(bytes);
                self.media_url(media);
            }
        }
    }

    fn response_call(&mut self, index: u32, part: &Part<'_>) {
        let PartKind::ToolCall(call) = &part.kind else { return };
        self.json.begin_object();
        self.json.key("type");
        self.json.plain(if matches!(call.input, ToolInput::Custom(_)) { "custom_tool_call" } else { "function_call" });
        self.response_called(index, call);
        self.leaves(Owner::Part(index), &CALL);
        self.json.end_object();
    }

    fn response_called(&mut self, index: u32, call: &ToolCall<'_>) {
        self.json.key("call_id");
        self.call_id(call.id.as_ref().map(|id| &id.value), index, index);
        self.json.key("name");
        self.tool_name(&call.name);
        self.json.plain_key(if matches!(call.input, ToolInput::Custom(_)) { "input" } else { "arguments" });
        self.encoded_input(&call.input);
    }

    #[inline(never)]
    fn response_results(&mut self, parts: impl Iterator<Item = Indexed<'e, 'a>>) {
        for (index, part) in parts {
            if let PartKind::ToolResult(result) = &part.kind {
                self.response_result(index, result);
            }
        }
    }

    fn response_result(&mut self, index: u32, result: &ToolResult<'_>) {
        let custom = result.kind == CallKind::Custom;
        self.json.begin_object();
        self.json.key("type");
        self.json.plain(if custom { "custom_tool_call_output" } else { "function_call_output" });
        if result.call_id.is_some() || !self.own {
            self.json.key("call_id");
            let call = self.answered_call(index);
            self.call_id(result.call_id.as_ref().map(|id| &id.value), call, index);
        }
        let parts = self.carried_children(index);
        let shape = if !self.own && parts.clone().next().is_none() { Shape::Null } else { result.shape };
        self.response_content("output", shape, parts, "input_text");
        self.leaves(Owner::Part(index), &CALL);
        self.json.end_object();
    }

    #[inline(never)]
    fn response_tools(&mut self) {
        let mut tools = self.carried_tools().peekable();
        if tools.peek().is_none() {
            return;
        }
        self.json.key("tools");
        self.json.begin_array();
        for (index, tool) in tools {
            self.response_tool(index, tool);
        }
        self.json.end_array();
    }

    fn response_tool(&mut self, index: usize, tool: &'e Tool<'a>) {
        let owner = tool_owner(index);
        if let ToolKind::Hosted { raw, .. } = &tool.kind {
            if let Some(raw) = raw.for_protocol(Protocol::Responses) {
                return self.json.raw(raw);
            }
            // Of the foreign ones only a web search is carried.
            self.json.begin_object();
            self.json.key("type");
            self.json.word("web_search");
            self.leaf_object(owner, "filters", &WEB_FILTERS);
            self.leaves(owner, &WEB_SEARCH);
            return self.json.end_object();
        }
        self.json.begin_object();
        self.json.key("type");
        match &tool.kind {
            ToolKind::Function { parameters, .. } => {
                self.json.word("function");
                self.tool_names(tool);
                if let Some(parameters) = parameters {
                    self.json.key("parameters");
                    self.json.raw(&parameters.value);
                } else if !self.own {
                    self.json.key("parameters");
                    self.json.constant(r#"{"type":"object","properties":{}}"#);
                }
                // Responses tries to make a tool strict unless told not to; the other protocols do not.
                let strict = self.request.field(owner, Key::Strict);
                let lost = |field: &switchback_ir::Field<'_>| {
                    self.request.feature_of(field).is_some_and(|feature| !self.carries(feature))
                };
                if !self.own && strict.is_none_or(lost) {
                    self.json.key("strict");
                    self.json.bool(false);
                }
            }
            ToolKind::Custom { format } => {
                self.json.word("custom");
                self.tool_names(tool);
                if let Some(format) = format {
                    self.response_custom_format(&format.value);
                }
            }
            ToolKind::Hosted { .. } => {}
        }
        self.leaves(owner, &TOOL);
        self.json.end_object();
    }

    fn response_custom_format(&mut self, format: &CustomFormat<'_>) {
        match format {
            CustomFormat::Text => {
                self.json.key("format");
                self.json.constant(r#"{"type":"text"}"#);
            }
            CustomFormat::Grammar { syntax, definition } => {
                self.json.key("format");
                self.json.begin_object();
                self.json.key("type");
                self.json.word("grammar");
                self.json.key("syntax");
                self.json.text(syntax);
                self.json.key("definition");
                self.json.text(definition);
                self.json.end_object();
            }
            CustomFormat::Other(raw) => {
                if let Some(raw) = raw.for_protocol(Protocol::Responses) {
                    self.json.key("format");
                    self.json.raw(raw);
                }
            }
        }
    }

    #[inline(never)]
    fn response_choice(&mut self) {
        let Some(choice) = self.carried_choice() else { return };
        self.json.key("tool_choice");
        match choice {
            ToolChoice::Auto => self.json.word("auto"),
            ToolChoice::None => self.json.word("none"),
            ToolChoice::Required => self.json.word("required"),
            ToolChoice::Function(name) => self.response_choice_of("function", name),
            ToolChoice::Custom(name) => self.response_choice_of("custom", name),
            ToolChoice::Allowed { required, tools } => self.response_allowed(*required, tools),
            ToolChoice::Hosted(raw) => {
                if let Some(raw) = raw.for_protocol(Protocol::Responses) {
                    self.json.raw(raw);
                }
            }
        }
    }

    fn response_choice_of(&mut self, kind: &'static str, name: &Text<'_>) {
        self.json.begin_object();
        self.json.key("type");
        self.json.plain(kind);
        self.json.key("name");
        self.tool_name(name);
        self.json.end_object();
    }

    fn response_allowed(&mut self, required: bool, tools: &[AllowedTool<'_>]) {
        self.json.begin_object();
        self.json.key("type");
        self.json.word("allowed_tools");
        self.json.key("mode");
        self.json.plain(if required { "required" } else { "auto" });
        self.json.key("tools");
        self.json.begin_array();
        for tool in tools {
            match tool {
                AllowedTool::Function(name) => self.response_choice_of("function", name),
                AllowedTool::Custom(name) => self.response_choice_of("custom", name),
                AllowedTool::Hosted(raw) => {
                    if let Some(raw) = raw.for_protocol(Protocol::Responses) {
                        self.json.raw(raw);
                    }
                }
            }
        }
        self.json.end_array();
        self.json.end_object();
    }

    #[inline(never)]
    fn response_text_options(&mut self) {
        let format = self.request.output_format.as_ref();
        let format = format.filter(|format| self.own || !matches!(format.value, OutputFormat::Other(_)));
        if format.is_none() && !self.has_leaves(Owner::Request, &TEXT) {
            return;
        }
        self.json.key("text");
        self.json.begin_object();
        if let Some(format) = format {
            self.json.key("format");
            self.response_format(&format.value, format.place);
        }
        self.leaves(Owner::Request, &TEXT);
        self.json.end_object();
    }

    fn response_format(&mut self, format: &OutputFormat<'_>, place: Place) {
        if let OutputFormat::Other(raw) = format {
            return self.json.raw(raw);
        }
        self.json.begin_object();
        self.json.key("type");
        match format {
            OutputFormat::Text => self.json.word("text"),
            OutputFormat::JsonObject => self.json.word("json_object"),
            OutputFormat::JsonSchema(schema) => self.response_schema(schema, place),
            OutputFormat::Other(_) => {}
        }
        self.leaves(Owner::Request, &FORMAT);
        self.json.end_object();
    }

    fn response_schema(&mut self, schema: &JsonSchema<'_>, place: Place) {
        self.json.word("json_schema");
        self.schema_members(schema, place, "/text/format/name");
    }

    fn response_include(&mut self) {
        let request: &'e Request<'a> = self.request;
        let include = || request.fields_of(Owner::Request).iter().filter(|field| field.key() == Some(Key::Include));
        let own = self.own && include().next().is_some();
        let logprobs = !self.own && self.carries(Feature::Logprobs) && self.wants_logprobs();
        if !own && !logprobs {
            return;
        }
        self.json.key("include");
        self.json.begin_array();
        if own {
            for field in include() {
                self.json.raw(&field.value);
            }
        } else {
            self.json.word("message.output_text.logprobs");
        }
        self.json.end_array();
    }

    /// Responses stores by default; the other protocols do not, so their requests must say so.
    fn response_store(&mut self) {
        if !self.own && self.fields.option(Key::Store).is_none() {
            self.json.key("store");
            self.json.bool(false);
            let detail = "`store: false`, the default of the source's protocol";
            self.ledger.synthesise(Feature::StoreOff, Place::ROOT, Some("/store"), detail);
        }
    }
}
