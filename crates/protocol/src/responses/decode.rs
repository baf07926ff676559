use super::{
    CALL, FILE, FORMAT, MESSAGE, PART, REASONING, REQUEST, STREAM_OPTIONS, TEXT, TOOL, WEB_FILTERS, WEB_SEARCH,
    item_feature,
};
use crate::growth::make_room;
use crate::media::{data_media, url_media};
use crate::reader::{Reader, Result, allowed_tools, exact, hosted_feature, string};
use crate::table::Scope;
use crate::tagged::Entered;
use switchback_ir::json::{Cursor, Kind};
use switchback_ir::{
    AllowedTool, At, CallKind, CustomFormat, Feature, Field, Key, Media, Name, Native, OutputFormat, Owner, PartKind,
    Place, Protocol, Role, Shape, Slot, Text, Tool, ToolCall, ToolChoice, ToolInput, ToolKind,
};

/// Reads a request body.
pub(crate) fn decode(reader: &mut Reader<'_>) -> Result<()> {
    let mut input = false;
    let mut members = reader.cursor.open_object()?;
    while let Some(name) = reader.cursor.next_key(&mut members)? {
        match &*name.word() {
            "model" => {
                reader.refuse_second(reader.request.model.is_some(), "model")?;
                reader.request.model = Some(reader.text()?);
            }
            "input" => {
                reader.refuse_second(input, "input")?;
                input = true;
                reader.input()?;
            }
            _ => reader.request_member(&name)?,
        }
    }
    Ok(())
}

impl<'a> Reader<'a> {
    /// A member of a request, or of a response that repeats it.
    pub(crate) fn request_member(&mut self, name: &Text<'a>) -> Result<()> {
        match &*name.word() {
            "instructions" => self.instructions(),
            "tools" => self.response_tools(),
            "tool_choice" => self.response_choice(),
            "text" => self.text_options(),
            "reasoning" => self.options("reasoning", &REASONING),
            "stream_options" => self.options("stream_options", &STREAM_OPTIONS),
            "include" => self.include(),
            _ => self.leaf(&REQUEST, Owner::Request, name),
        }
    }

    /// The first message, wherever it stands. What is no string is residue, as in requests that responses echo.
    #[inline(never)]
    fn instructions(&mut self) -> Result<()> {
        match self.cursor.peek()? {
            Kind::String => {
                let seen = self.request.messages.iter().any(|message| message.slot == Slot::Instructions);
                self.refuse_second(seen, "instructions")?;
                let mut message = self.begin_message(Role::System)?;
                (message.shape, message.content_place) = self.content(Self::input_part)?;
                message.slot = Slot::Instructions;
                self.end_first_message(message);
                Ok(())
            }
            Kind::Null => self.residue("", Owner::Request, Text::from("instructions"), true),
            Kind::Array => self.residue("", Owner::Request, Text::from("instructions"), false),
            Kind::Bool | Kind::Number | Kind::Object => Err(self.cursor.type_fault("a string")),
        }
    }

    fn input(&mut self) -> Result<()> {
        match self.cursor.peek()? {
            Kind::String => {
                let mut message = self.begin_message(Role::User)?;
                (message.shape, message.content_place) = self.content(Self::input_part)?;
                message.slot = Slot::Input;
                self.end_message(message);
                Ok(())
            }
            Kind::Null => self.residue("", Owner::Request, Text::from("input"), true),
            Kind::Array => {
                if self.blank("", Owner::Request, "input")? {
                    return Ok(());
                }
                let mut elements = self.cursor.open_array()?;
                while self.cursor.next_element(&mut elements)? {
                    self.item()?;
                }
                Ok(())
            }
            Kind::Bool | Kind::Number | Kind::Object => Err(self.cursor.type_fault("a string or an array of items")),
        }
    }

    pub(crate) fn item(&mut self) -> Result<()> {
        let start = self.cursor;
        let (kind, entered) = match self.leading_of(|name| matches!(&*name.word(), "type" | "role"))? {
            Some((name, kind, entered)) if name == *"type" => (Some(kind), entered),
            first => {
                // A message that begins with its role and has no type. Its type is not asked for first, since it would
                // be looked for to the end of its content; where one comes up after all, nothing is read.
                if let Some((_, role, entered)) = first
                    && let Some(role) = role_of(&role.word())
                    && self.attempt(|reader| reader.message_item(role, entered, false)).is_some()
                {
                    return Ok(());
                }
                self.cursor = start;
                (self.tag("type")?, self.untagged())
            }
        };
        let kind = kind.as_ref().map(Text::word);
        match kind.as_deref() {
            Some("function_call") => self.call_item("arguments", entered),
            Some("custom_tool_call") => self.call_item("input", entered),
            Some("function_call_output") => self.result_item(CallKind::Function, entered),
            Some("custom_tool_call_output") => self.result_item(CallKind::Custom, entered),
            kind => self.other_item(kind, entered),
        }
    }

    /// An item of a kind that is told by its role, or not at all.
    #[inline(never)]
    fn other_item(&mut self, kind: Option<&str>, mut entered: Entered) -> Result<()> {
        // Of other items the role is not asked for: they have none, and it would be looked for to their end.
        let tells = matches!(kind, Some("message") | None);
        let role = if tells { self.following("role", &mut entered)? } else { None };
        self.back(&entered);
        match (kind, role.and_then(|role| role_of(&role.word()))) {
            (Some("message") | None, Some(role)) => {
                let entered = self.untagged();
                self.message_item(role, entered, true).map(drop)
            }
            (Some(kind), _) => {
                let feature = item_feature(kind);
                let turn = matches!(feature, Feature::ReasoningReplay | Feature::ServerToolItem);
                self.opaque_message(if turn { Role::Assistant } else { Role::Unknown }, feature)
            }
            (None, None) => {
                let reference = self.cursor.look_ahead("id")?.is_some();
                let feature = if reference { Feature::ItemReference } else { Feature::UnknownRole };
                if self.cursor.peek()? != Kind::Object {
                    return Err(self.cursor.type_fault("an item, which is an object"));
                }
                self.opaque_message(Role::Unknown, feature)
            }
        }
    }

    /// A message; nothing if it is not known to be one (`typed`), and its first type says that it is none.
    fn message_item(&mut self, role: Role, entered: Entered, mut typed: bool) -> Result<Option<()>> {
        let owner = self.message_owner();
        let mut message = self.begin_entered(role, &entered)?;
        message.role_place = entered.tag_place;
        let mut members = self.enter(entered)?;
        while let Some(name) = self.cursor.next_key(&mut members)? {
            match &*name.word() {
                "role" => self.role_member(&mut message)?,
                "type" => {
                    let kind = string(self.cursor);
                    let usual = kind.as_ref().is_some_and(|kind| *kind == *"message");
                    if !typed && !usual && kind.is_some() {
                        return Ok(None);
                    }
                    typed = true;
                    self.residue("", owner, name.clone(), usual)?;
                }
                "content" => {
                    self.refuse_second(message.content_place != Place::NONE, "content")?;
                    let part = if role == Role::Assistant { Self::output_part } else { Self::input_part };
                    (message.shape, message.content_place) = self.content(part)?;
                }
                _ => self.leaf(&MESSAGE, owner, &name)?,
            }
        }
        self.end_message(message);
        Ok(Some(()))
    }

    fn input_part(&mut self) -> Result<()> {
        self.response_part("input_text")
    }

    fn output_part(&mut self) -> Result<()> {
        self.response_part("output_text")
    }

    /// A content part; `usual` is the type of a text that needs not be remembered.
    #[inline(never)]
    fn response_part(&mut self, usual: &str) -> Result<()> {
        let (kind, entered) = self.tagged("type")?;
        match kind.as_ref().map(Text::word).as_deref() {
            Some(kind @ ("input_text" | "output_text" | "text")) => {
                self.text_part(&PART, "text", kind != usual, entered)
            }
            Some("refusal") => self.text_part(&PART, "refusal", false, entered),
            Some("input_image") => self.input_media(&PART, "image_url", entered),
            Some("input_file") => self.input_media(&FILE, "file_data", entered),
            _ => self.back(&entered).opaque(Feature::UnknownPart),
        }
    }

    /// An image or a file: one of the members that hold its bytes, and leaves.
    fn input_media(&mut self, scope: &'static Scope, bytes: &'static str, entered: Entered) -> Result<()> {
        let place = entered.place;
        let owner = Owner::Part(self.request.next_part());
        // An image's member in a file part, or the other way round, is none that this part knows.
        let image = bytes == "image_url";
        let holds = |name: &str| match name {
            "image_url" => image,
            "file_url" | "file_data" => !image,
            _ => name == "file_id",
        };
        let mut media = None;
        let mut members = self.enter(entered)?;
        while let Some(name) = self.cursor.next_key(&mut members)? {
            let held = self.cursor.peek()? != Kind::Null;
            match &*name.word() {
                "type" => {
                    self.cursor.raw()?;
                }
                word if holds(word) && held => {
                    let value = self.held_media(word)?;
                    self.once(&mut media, "image_url`, `file_url`, `file_data` or `file_id", value)?;
                }
                word if holds(word) => self.residue("", owner, name.clone(), true)?,
                _ => self.leaf(scope, owner, &name)?,
            }
        }
        let media = media.ok_or_else(|| self.missing(bytes, place))?;
        self.part(place, || if image { PartKind::Image(media) } else { PartKind::File(media) })?;
        Ok(())
    }

    fn held_media(&mut self, member: &str) -> Result<Media<'a>> {
        let text = self.cursor.string()?;
        Ok(match member {
            "file_id" => Media::FileId(Native::new(Protocol::Responses, text)),
            "file_data" => data_media(text),
            // A file's URL is never taken for its bytes, whatever scheme it has.
            "file_url" => Media::Url(text),
            _ => url_media(text),
        })
    }

    /// A call item; `input` names the member that holds what the tool gets.
    #[inline(never)]
    fn call_item(&mut self, input: &'static str, entered: Entered) -> Result<()> {
        let message = self.begin_entered(Role::Assistant, &entered)?;
        let place = entered.place;
        let owner = Owner::Part(self.request.next_part());
        let (mut id, mut called, mut text) = (None, None, None);
        let mut members = self.enter(entered)?;
        while let Some(name) = self.cursor.next_key(&mut members)? {
            match &*name.word() {
                "type" => {
                    self.cursor.raw()?;
                }
                "call_id" => {
                    let value = self.text()?;
                    self.once(&mut id, "call_id", value)?;
                }
                "name" => {
                    let value = self.text()?;
                    self.once(&mut called, "name", value)?;
                }
                word if word == input => {
                    let value = self.text()?;
                    self.once(&mut text, input, value)?;
                }
                _ => self.leaf(&CALL, owner, &name)?,
            }
        }
        let name = called.ok_or_else(|| self.missing("name", place))?;
        let text = text.ok_or_else(|| self.missing(input, place))?;
        let id = Some(id.ok_or_else(|| self.missing("call_id", place))?);
        let (name, name_place, input_place) = (name.value, name.place, text.place);
        let input = if input == "input" { ToolInput::Custom(text.value) } else { ToolInput::Encoded(text.value) };
        self.part(place, || {
            PartKind::ToolCall(ToolCall { id, legacy: false, tagged: true, name, name_place, input, input_place })
        })?;
        self.end_message(message);
        Ok(())
    }

    #[inline(never)]
    fn result_item(&mut self, kind: CallKind, entered: Entered) -> Result<()> {
        let mut message = self.begin_entered(Role::Tool, &entered)?;
        message.shape = Shape::Parts;
        let index = self.tool_result(kind, entered.place)?;
        let mut members = self.enter(entered)?;
        while let Some(name) = self.cursor.next_key(&mut members)? {
            match &*name.word() {
                "type" => {
                    self.cursor.raw()?;
                }
                "call_id" if self.cursor.peek()? == Kind::String => self.result_call_id(index, "call_id")?,
                "output" => self.result_content(index, "output", Self::input_part)?,
                _ => self.leaf(&CALL, Owner::Part(index), &name)?,
            }
        }
        self.close_part(index);
        self.end_message(message);
        Ok(())
    }

    #[inline(never)]
    fn response_tools(&mut self) -> Result<()> {
        if self.blank("", Owner::Request, "tools")? {
            return Ok(());
        }
        self.refuse_second(!self.request.tools.is_empty(), "tools")?;
        let mut elements = self.cursor.open_array()?;
        while self.cursor.next_element(&mut elements)? {
            self.node()?;
            let (kind, entered) = self.tagged("type")?;
            let tool = match kind.as_ref().map(Text::word).as_deref() {
                Some("function") => self.response_tool(false, entered)?,
                Some("custom") => self.response_tool(true, entered)?,
                Some(kind) if kind.starts_with("web_search") => {
                    self.back(&entered).web_search(&WEB_SEARCH, Some(&WEB_FILTERS))?
                }
                kind => self.back(&entered).hosted(hosted_feature(kind.unwrap_or("")))?,
            };
            make_room(&mut self.request.tools, |tool| tool.place, &self.cursor);
            self.request.tools.push(tool);
        }
        Ok(())
    }

    fn response_tool(&mut self, custom: bool, entered: Entered) -> Result<Tool<'a>> {
        let place = entered.place;
        let owner = Owner::Tool(u32::try_from(self.request.tools.len()).unwrap_or(u32::MAX));
        let (mut called, mut description, mut parameters, mut format) = (None, None, None, None);
        let mut members = self.enter(entered)?;
        while let Some(name) = self.cursor.next_key(&mut members)? {
            let kind = self.cursor.peek()?;
            match (&*name.word(), kind) {
                ("type", _) => {
                    self.cursor.raw()?;
                }
                ("name", _) => {
                    let text = self.text()?;
                    self.once(&mut called, "name", text)?;
                }
                ("description", Kind::String) => {
                    let text = self.text()?;
                    self.once(&mut description, "description", text)?;
                }
                ("parameters", Kind::Object) if !custom => {
                    let raw = self.raw_at()?;
                    self.once(&mut parameters, "parameters", raw)?;
                }
                ("format", Kind::Object) if custom => {
                    let value = self.response_custom_format()?;
                    self.once(&mut format, "format", value)?;
                }
                ("description" | "parameters" | "format", Kind::Null) => {
                    self.residue("", owner, name.clone(), true)?;
                }
                _ => self.leaf(&TOOL, owner, &name)?,
            }
        }
        let name = called.ok_or_else(|| self.missing("name", place))?;
        let kind = if custom { ToolKind::Custom { format } } else { ToolKind::Function { parameters, legacy: false } };
        Ok(Tool { kind, name: Some(name), description, place })
    }

    /// `{"type":"text"}`, or `{"type":"grammar","syntax":…,"definition":…}`; anything else is kept as it came.
    fn response_custom_format(&mut self) -> Result<At<CustomFormat<'a>>> {
        let cursor = self.cursor;
        let raw = self.raw_at()?;
        let text = exact(cursor, ["type"]).and_then(|[kind]| string(kind)).filter(|kind| *kind == *"text");
        let grammar = || {
            let [kind, syntax, definition] = exact(cursor, ["type", "syntax", "definition"])?;
            (string(kind)? == *"grammar").then_some(())?;
            Some(CustomFormat::Grammar { syntax: string(syntax)?, definition: string(definition)? })
        };
        let value = match text {
            Some(_) => CustomFormat::Text,
            None => grammar().unwrap_or_else(|| CustomFormat::Other(Native::new(Protocol::Responses, raw.value))),
        };
        Ok(At { value, place: raw.place })
    }

    #[inline(never)]
    fn response_choice(&mut self) -> Result<()> {
        if self.blank("", Owner::Request, "tool_choice")? {
            return Ok(());
        }
        self.refuse_second(self.request.tool_choice.is_some(), "tool_choice")?;
        let cursor = self.cursor;
        let raw = self.raw_at()?;
        let value = match (raw.value.kind(), string(cursor)) {
            (_, Some(word)) if word == *"auto" => Some(ToolChoice::Auto),
            (_, Some(word)) if word == *"none" => Some(ToolChoice::None),
            (_, Some(word)) if word == *"required" => Some(ToolChoice::Required),
            (Kind::Object, _) => object_choice(cursor),
            (Kind::String, _) => None,
            _ => return Err({ cursor }.type_fault("a string or an object")),
        };
        let value = value.unwrap_or_else(|| ToolChoice::Hosted(Native::new(Protocol::Responses, raw.value)));
        self.request.tool_choice = Some(At { value, place: raw.place });
        Ok(())
    }

    #[inline(never)]
    fn text_options(&mut self) -> Result<()> {
        if self.blank("", Owner::Request, "text")? {
            return Ok(());
        }
        let mut members = self.cursor.open_object()?;
        while let Some(name) = self.cursor.next_key(&mut members)? {
            if name == *"format" {
                self.text_format()?;
            } else {
                self.leaf(&TEXT, Owner::Request, &name)?;
            }
        }
        Ok(())
    }

    fn text_format(&mut self) -> Result<()> {
        if self.blank(TEXT.object, Owner::Request, "format")? {
            return Ok(());
        }
        self.refuse_second(self.request.output_format.is_some(), "format")?;
        let place = self.cursor.place();
        let kind = self.tag("type")?;
        let value = match kind.as_ref().map(Text::word).as_deref() {
            Some("text") => self.plain_format(&FORMAT, OutputFormat::Text)?,
            Some("json_object") => self.plain_format(&FORMAT, OutputFormat::JsonObject)?,
            Some("json_schema") => OutputFormat::JsonSchema(self.json_schema(&FORMAT)?),
            _ => OutputFormat::Other(self.cursor.raw_of(Kind::Object, "an object")?),
        };
        self.request.output_format = Some(At { value, place });
        Ok(())
    }

    #[inline(never)]
    fn include(&mut self) -> Result<()> {
        if self.blank("", Owner::Request, "include")? {
            return Ok(());
        }
        self.refuse_second(self.request.fields.iter().any(|field| field.key() == Some(Key::Include)), "include")?;
        let mut elements = self.cursor.open_array()?;
        while self.cursor.next_element(&mut elements)? {
            let place = self.cursor.place();
            let value = self.cursor.raw_of(Kind::String, "a string")?;
            let name = Name::Known { key: Key::Include, wire: "include" };
            self.push(|| Field { owner: Owner::Request, object: "include", name, value, place })?;
        }
        Ok(())
    }
}

fn role_of(word: &str) -> Option<Role> {
    match word {
        "user" => Some(Role::User),
        "assistant" => Some(Role::Assistant),
        "system" => Some(Role::System),
        "developer" => Some(Role::Developer),
        _ => None,
    }
}

/// A choice written as an object; nothing where it holds more than the tables know.
fn object_choice(cursor: Cursor<'_>) -> Option<ToolChoice<'_>> {
    if let Some([kind, mode, tools]) = exact(cursor, ["type", "mode", "tools"]) {
        (string(kind)? == *"allowed_tools").then_some(())?;
        return allowed_tools(mode, tools, |tool| {
            named(tool, "function")
                .map(AllowedTool::Function)
                .or_else(|| named(tool, "custom").map(AllowedTool::Custom))
        });
    }
    named(cursor, "function").map(ToolChoice::Function).or_else(|| named(cursor, "custom").map(ToolChoice::Custom))
}

/// The name in `{"type": member, "name": …}`.
fn named<'a>(cursor: Cursor<'a>, member: &str) -> Option<Text<'a>> {
    let [kind, name] = exact(cursor, ["type", "name"])?;
    (string(kind)? == *member).then(|| string(name))?
}
