use super::{
    CALL, DOCUMENT, FORMAT, IMAGE, LEGACY_FORMAT, MESSAGE, METADATA, OUTPUT_CONFIG, REQUEST, SOURCE, TEXT, THINKING,
    TOOL, TOOL_CHOICE, WEB_SEARCH, block_feature,
};
use crate::growth::make_room;
use crate::media::{is_media_type, url_media};
use crate::reader::{Reader, Result, hosted_feature, string};
use crate::table::Scope;
use crate::tagged::Entered;
use switchback_ir::json::Kind;
use switchback_ir::{
    At, CallKind, Feature, Field, Key, Media, Name, Native, OutputFormat, Owner, PartKind, Place, Protocol, RawJson,
    Role, Slot, Text, Tool, ToolCall, ToolChoice, ToolInput, ToolKind,
};

/// Reads a request body.
pub(crate) fn decode(reader: &mut Reader<'_>) -> Result<()> {
    let (mut messages, mut legacy_format) = (false, None);
    let mut members = reader.cursor.open_object()?;
    while let Some(name) = reader.cursor.next_key(&mut members)? {
        match &*name.word() {
            "model" => {
                reader.refuse_second(reader.request.model.is_some(), "model")?;
                reader.request.model = Some(reader.text()?);
            }
            "messages" => {
                reader.refuse_second(messages, "messages")?;
                messages = true;
                reader.turns()?;
            }
            "system" => reader.system()?,
            "tools" => reader.block_tools()?,
            "tool_choice" => reader.block_choice()?,
            "thinking" => reader.options("thinking", &THINKING)?,
            "metadata" => reader.options("metadata", &METADATA)?,
            "output_config" => reader.output_config()?,
            "output_format" => {
                reader.refuse_second(legacy_format.is_some(), "output_format")?;
                legacy_format = Some(reader.cursor);
                reader.cursor.raw()?;
            }
            _ => reader.leaf(&REQUEST, Owner::Request, &name)?,
        }
    }
    if let Some(cursor) = legacy_format {
        // Read last, since it stands only where the newer place is empty.
        let end = std::mem::replace(&mut reader.cursor, cursor);
        reader.legacy_format()?;
        reader.cursor = end;
    }
    if !messages {
        return Err(reader.missing("messages", Place::ROOT));
    }
    Ok(())
}

impl<'a> Reader<'a> {
    fn system(&mut self) -> Result<()> {
        if self.blank("", Owner::Request, "system")? {
            return Ok(());
        }
        let seen = self.request.messages.iter().any(|message| message.slot == Slot::Instructions);
        self.refuse_second(seen, "system")?;
        let mut message = self.begin_message(Role::System)?;
        (message.shape, message.content_place) = self.content(Self::inner_block)?;
        message.slot = Slot::Instructions;
        self.end_first_message(message);
        Ok(())
    }

    fn turns(&mut self) -> Result<()> {
        let mut elements = self.cursor.open_array()?;
        while self.cursor.next_element(&mut elements)? {
            let (role, entered) = self.tagged("role")?;
            match role.as_ref().map(Text::word).as_deref() {
                Some("user") => self.turn(Role::User, entered)?,
                Some("assistant") => self.turn(Role::Assistant, entered)?,
                Some("system") => self.turn(Role::System, entered)?,
                Some(_) => self.back(&entered).opaque_message(Role::Unknown, Feature::UnknownRole)?,
                None => {
                    let place = entered.place;
                    self.enter(entered)?;
                    return Err(self.missing("role", place));
                }
            }
        }
        Ok(())
    }

    fn turn(&mut self, role: Role, entered: Entered) -> Result<()> {
        let owner = self.message_owner();
        let mut message = self.begin_entered(role, &entered)?;
        message.role_place = entered.tag_place;
        let mut members = self.enter(entered)?;
        while let Some(name) = self.cursor.next_key(&mut members)? {
            match &*name.word() {
                "role" => self.role_member(&mut message)?,
                "content" => {
                    self.refuse_second(message.content_place != Place::NONE, "content")?;
                    let block = match role {
                        Role::Assistant => Self::block,
                        Role::User => Self::user_block,
                        Role::System | Role::Developer | Role::Tool | Role::Unknown => Self::inner_block,
                    };
                    (message.shape, message.content_place) = self.content(block)?;
                }
                _ => self.leaf(&MESSAGE, owner, &name)?,
            }
        }
        self.end_message(message);
        Ok(())
    }

    /// A block of an assistant turn, which holds calls and no results.
    pub(crate) fn block(&mut self) -> Result<()> {
        let (kind, entered) = self.tagged("type")?;
        match kind.as_ref().map(Text::word).as_deref() {
            Some("tool_use") => self.tool_use(entered),
            Some("tool_result") => self.back(&entered).opaque(Feature::UnknownPart),
            kind => self.plain_block(kind, entered),
        }
    }

    /// A block that stands anywhere.
    fn plain_block(&mut self, kind: Option<&str>, entered: Entered) -> Result<()> {
        match kind {
            Some("text") => self.text_part(&TEXT, "text", false, entered),
            Some("image") => self.back(&entered).source_block(&IMAGE, PartKind::Image),
            Some("document") => self.back(&entered).source_block(&DOCUMENT, PartKind::File),
            kind => self.back(&entered).opaque(block_feature(kind.unwrap_or(""))),
        }
    }

    /// A block of a user turn, which holds results and no calls.
    #[inline(never)]
    fn user_block(&mut self) -> Result<()> {
        let (kind, entered) = self.tagged("type")?;
        match kind.as_ref().map(Text::word).as_deref() {
            Some("tool_result") => self.result_block(entered),
            Some("tool_use") => self.back(&entered).opaque(Feature::UnknownPart),
            kind => self.plain_block(kind, entered),
        }
    }

    /// A block within a result or within instructions, which hold no calls and results.
    #[inline(never)]
    fn inner_block(&mut self) -> Result<()> {
        let (kind, entered) = self.tagged("type")?;
        match kind.as_ref().map(Text::word).as_deref() {
            Some("tool_use" | "tool_result") => self.back(&entered).opaque(Feature::UnknownPart),
            kind => self.plain_block(kind, entered),
        }
    }

    /// An image or a document. A source that the tables do not know makes the block opaque.
    fn source_block(&mut self, scope: &'static Scope, kind: fn(Media<'a>) -> PartKind<'a>) -> Result<()> {
        let source = match self.cursor.look_ahead("source")? {
            Some(ahead) => ahead.look_ahead("type")?,
            None => None,
        };
        let source = source.and_then(|mut tag| tag.string().ok());
        let member = match source.as_ref().map(Text::word).as_deref() {
            Some(tag @ ("base64" | "text")) if self.source_is_text(tag)? => "data",
            Some("url") if self.source_is_url()? => "url",
            Some("file") => "file_id",
            Some("content") => "content",
            _ => return self.opaque(Feature::UnknownPart),
        };
        let place = self.cursor.place();
        let owner = Owner::Part(self.request.next_part());
        let mut media = None;
        let mut members = self.cursor.open_object()?;
        while let Some(name) = self.cursor.next_key(&mut members)? {
            match &*name.word() {
                "type" => {
                    self.cursor.raw()?;
                }
                "source" => {
                    let value = self.source(owner, member)?;
                    self.once(&mut media, "source", value)?;
                }
                _ => self.leaf(scope, owner, &name)?,
            }
        }
        let media = media.ok_or_else(|| self.missing("source", place))?;
        self.part(place, || kind(media))?;
        Ok(())
    }

    /// Whether the source's URL is one that leads somewhere, or a `data:` URL of the usual form.
    fn source_is_url(&self) -> Result<bool> {
        let Some(source) = self.cursor.look_ahead("source")? else { return Ok(false) };
        let url = source.look_ahead("url")?.and_then(|mut value| value.string().ok());
        Ok(url.is_none_or(|url| !matches!(url_media(url), Media::DataUrl(_))))
    }

    /// Whether the source says what its data is: base64 needs a media type, and text is only `text/plain`.
    fn source_is_text(&self, tag: &str) -> Result<bool> {
        let Some(source) = self.cursor.look_ahead("source")? else { return Ok(false) };
        let media_type = source.look_ahead("media_type")?.and_then(|mut value| value.string().ok());
        let says = |media_type: &Text<'_>| match tag {
            "base64" => is_media_type(media_type),
            _ => *media_type == *"text/plain",
        };
        Ok(media_type.as_ref().is_some_and(says))
    }

    fn source(&mut self, owner: Owner, member: &'static str) -> Result<Media<'a>> {
        let place = self.cursor.place();
        let (mut tag, mut media_type, mut value) = (None, None, None);
        let mut members = self.cursor.open_object()?;
        while let Some(name) = self.cursor.next_key(&mut members)? {
            match &*name.word() {
                "type" => {
                    let text = self.cursor.string()?;
                    self.once(&mut tag, "type", text)?;
                }
                "media_type" if member == "data" => {
                    let text = self.cursor.string()?;
                    self.once(&mut media_type, "media_type", text)?;
                }
                word if word == member && member == "content" => {
                    let raw = Native::new(Protocol::Messages, self.cursor.raw()?);
                    self.once(&mut value, member, Media::Content(raw))?;
                }
                word if word == member => {
                    let text = self.cursor.string()?;
                    self.once(&mut value, member, Media::Url(text))?;
                }
                _ => self.leaf(&SOURCE, owner, &name)?,
            }
        }
        let value = value.ok_or_else(|| self.missing(member, place))?;
        Ok(match (member, value, media_type) {
            ("data", Media::Url(text), _) if tag.is_some_and(|tag| tag == *"text") => Media::Text(text),
            ("data", Media::Url(data), Some(media_type)) => Media::Base64 { media_type, data },
            ("file_id", Media::Url(id), _) => Media::FileId(Native::new(Protocol::Messages, id)),
            (_, media, _) => media,
        })
    }

    #[inline(never)]
    fn tool_use(&mut self, entered: Entered) -> Result<()> {
        let place = entered.place;
        let owner = Owner::Part(self.request.next_part());
        let (mut id, mut called, mut input) = (None, None, None);
        let mut members = self.enter(entered)?;
        while let Some(name) = self.cursor.next_key(&mut members)? {
            match &*name.word() {
                "type" => {
                    self.cursor.raw()?;
                }
                "id" => {
                    let text = self.text()?;
                    self.once(&mut id, "id", text)?;
                }
                "name" => {
                    let text = self.text()?;
                    self.once(&mut called, "name", text)?;
                }
                "input" => {
                    let place = self.cursor.place();
                    let value = self.cursor.raw_of(Kind::Object, "an object")?;
                    self.once(&mut input, "input", At { value, place })?;
                }
                _ => self.leaf(&CALL, owner, &name)?,
            }
        }
        let id = Some(id.ok_or_else(|| self.missing("id", place))?);
        let name = called.ok_or_else(|| self.missing("name", place))?;
        let input = input.ok_or_else(|| self.missing("input", place))?;
        let (name, name_place, input_place) = (name.value, name.place, input.place);
        let input = ToolInput::Json(input.value);
        self.part(place, || {
            PartKind::ToolCall(ToolCall { id, legacy: false, tagged: true, name, name_place, input, input_place })
        })?;
        Ok(())
    }

    fn result_block(&mut self, entered: Entered) -> Result<()> {
        let place = entered.place;
        let index = self.tool_result(CallKind::Function, place)?;
        let mut members = self.enter(entered)?;
        while let Some(name) = self.cursor.next_key(&mut members)? {
            match &*name.word() {
                "type" => {
                    self.cursor.raw()?;
                }
                "tool_use_id" => self.result_call_id(index, "tool_use_id")?,
                "content" => self.result_content(index, "content", Self::inner_block)?,
                _ => self.leaf(&CALL, Owner::Part(index), &name)?,
            }
        }
        if self.result_mut(index).is_some_and(|result| result.call_id.is_none()) {
            return Err(self.missing("tool_use_id", place));
        }
        self.close_part(index);
        Ok(())
    }

    #[inline(never)]
    fn block_tools(&mut self) -> Result<()> {
        if self.blank("", Owner::Request, "tools")? {
            return Ok(());
        }
        self.refuse_second(!self.request.tools.is_empty(), "tools")?;
        let mut elements = self.cursor.open_array()?;
        while self.cursor.next_element(&mut elements)? {
            self.node()?;
            let tool = match self.attempt(Self::block_tool) {
                Some(tool) => tool,
                None => self.typed_tool()?,
            };
            make_room(&mut self.request.tools, |tool| tool.place, &self.cursor);
            self.request.tools.push(tool);
        }
        Ok(())
    }

    /// A tool by what its type says. It is not asked for first, since most tools have none, and it would be looked for
    /// to the end of their schema.
    fn typed_tool(&mut self) -> Result<Tool<'a>> {
        let kind = self.tag("type")?;
        let place = self.cursor.place();
        match kind.as_ref().map(Text::word).as_deref() {
            None | Some("custom") => self.block_tool()?.ok_or_else(|| self.missing("name", place)),
            Some(kind) if kind.starts_with("web_search") => self.web_search(&WEB_SEARCH, None),
            Some(kind) => self.hosted(hosted_feature(kind)),
        }
    }

    /// A function; nothing where the first `type` says that it is none.
    fn block_tool(&mut self) -> Result<Option<Tool<'a>>> {
        let place = self.cursor.place();
        let owner = Owner::Tool(u32::try_from(self.request.tools.len()).unwrap_or(u32::MAX));
        let (mut called, mut description, mut parameters, mut typed) = (None, None, None, false);
        let mut members = self.cursor.open_object()?;
        while let Some(name) = self.cursor.next_key(&mut members)? {
            let kind = self.cursor.peek()?;
            match (&*name.word(), kind) {
                ("name", _) => {
                    let text = self.text()?;
                    self.once(&mut called, "name", text)?;
                }
                ("description", Kind::String) => {
                    let text = self.text()?;
                    self.once(&mut description, "description", text)?;
                }
                ("input_schema", _) => {
                    let place = self.cursor.place();
                    let value = self.cursor.raw_of(Kind::Object, "an object")?;
                    self.once(&mut parameters, "input_schema", At { value, place })?;
                }
                ("type", Kind::String | Kind::Null) => {
                    let custom = kind == Kind::Null || string(self.cursor).is_some_and(|kind| kind == *"custom");
                    if !custom && !typed {
                        return Ok(None);
                    }
                    typed = true;
                    self.residue("", owner, name.clone(), true)?;
                }
                ("description", Kind::Null) => self.residue("", owner, name.clone(), true)?,
                (word, _) => {
                    typed |= word == "type";
                    self.leaf(&TOOL, owner, &name)?;
                }
            }
        }
        let name = called.ok_or_else(|| self.missing("name", place))?;
        let kind = ToolKind::Function { parameters, legacy: false };
        Ok(Some(Tool { kind, name: Some(name), description, place }))
    }

    #[inline(never)]
    fn block_choice(&mut self) -> Result<()> {
        if self.blank("", Owner::Request, "tool_choice")? {
            return Ok(());
        }
        self.refuse_second(self.request.tool_choice.is_some(), "tool_choice")?;
        let tag = self.tag("type")?;
        let name = self.tag("name")?;
        let value = match tag.as_ref().map(Text::word).as_deref() {
            Some("auto") => ToolChoice::Auto,
            Some("any") => ToolChoice::Required,
            Some("none") => ToolChoice::None,
            Some("tool") if let Some(name) = name => ToolChoice::Function(name),
            _ => {
                let place = self.cursor.place();
                let raw = self.cursor.raw_of(Kind::Object, "an object")?;
                let value = ToolChoice::Hosted(Native::new(Protocol::Messages, raw));
                self.request.tool_choice = Some(At { value, place });
                return Ok(());
            }
        };
        let named = matches!(value, ToolChoice::Function(_));
        self.request.tool_choice = Some(At { value, place: self.cursor.place() });
        self.choice_members(named)
    }

    fn choice_members(&mut self, named: bool) -> Result<()> {
        let mut members = self.cursor.open_object()?;
        while let Some(name) = self.cursor.next_key(&mut members)? {
            match &*name.word() {
                "type" => {
                    self.cursor.raw()?;
                }
                "name" if named => {
                    self.cursor.raw()?;
                }
                "disable_parallel_tool_use" if self.cursor.peek()? == Kind::Bool => {
                    self.refuse_second(self.request.fields.iter().any(is_parallel), "disable_parallel_tool_use")?;
                    let place = self.cursor.place();
                    let value = RawJson::bool(!self.cursor.bool()?);
                    let name = Name::Known { key: Key::ParallelToolCalls, wire: "disable_parallel_tool_use" };
                    self.push(|| Field { owner: Owner::Request, object: "parallel_tool_use", name, value, place })?;
                }
                _ => self.leaf(&TOOL_CHOICE, Owner::Request, &name)?,
            }
        }
        Ok(())
    }

    #[inline(never)]
    fn output_config(&mut self) -> Result<()> {
        if self.blank("", Owner::Request, "output_config")? {
            return Ok(());
        }
        let mut members = self.cursor.open_object()?;
        while let Some(name) = self.cursor.next_key(&mut members)? {
            if name == *"format" {
                if !self.blank(OUTPUT_CONFIG.object, Owner::Request, "format")? {
                    self.block_format(&FORMAT, false)?;
                }
            } else {
                self.leaf(&OUTPUT_CONFIG, Owner::Request, &name)?;
            }
        }
        Ok(())
    }

    /// The older place of the format; residue beside the newer one, or where it is no schema.
    #[inline(never)]
    fn legacy_format(&mut self) -> Result<()> {
        if self.blank("", Owner::Request, "output_format")? {
            return Ok(());
        }
        let schema = self.tag("type")?.is_some_and(|tag| tag == *"json_schema");
        if schema && self.request.output_format.is_none() {
            return self.block_format(&LEGACY_FORMAT, true);
        }
        self.residue("", Owner::Request, Text::from("output_format"), false)
    }

    fn block_format(&mut self, scope: &'static Scope, legacy: bool) -> Result<()> {
        self.refuse_second(self.request.output_format.is_some(), "format")?;
        let place = self.cursor.place();
        let tag = self.tag("type")?;
        let value = if tag.is_some_and(|tag| tag == *"json_schema") {
            let mut schema = self.json_schema(scope)?;
            schema.legacy = legacy;
            OutputFormat::JsonSchema(schema)
        } else {
            OutputFormat::Other(self.cursor.raw_of(Kind::Object, "an object")?)
        };
        self.request.output_format = Some(At { value, place });
        Ok(())
    }
}

fn is_parallel(field: &Field<'_>) -> bool {
    field.key() == Some(Key::ParallelToolCalls)
}
