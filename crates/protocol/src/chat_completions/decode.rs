use super::{AUDIO, CALL, CALL_CUSTOM, CALL_FUNCTION, FILE, IMAGE, MESSAGE, PART, REQUEST, RESULT, STREAM_OPTIONS};
use crate::envelope;
use crate::media::{data_media, url_media};
use crate::reader::{Reader, Result, string};
use crate::tagged::Entered;
use switchback_ir::json::Kind;
use switchback_ir::{
    CallKind, Feature, Field, Media, Name, Native, Owner, Part, PartKind, Place, Protocol, Role, Shape, Text, ToolCall,
    ToolInput,
};

/// Sound in a vendors' extension, by where its bytes are: at a URL, in the body, at the provider.
const AUDIO_SOURCES: [Feature; 3] = [Feature::AudioUrl, Feature::AudioInput, Feature::UnknownPart];
/// A video likewise.
const VIDEO_SOURCES: [Feature; 3] = [Feature::VideoUrl, Feature::VideoBase64, Feature::VideoFileId];

/// Reads a request body.
pub(crate) fn decode(reader: &mut Reader<'_>) -> Result<()> {
    let mut messages = false;
    let (mut choice, mut legacy_choice) = (None, None);
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
                reader.messages()?;
            }
            "tools" => reader.tools("tools")?,
            "functions" => reader.tools("functions")?,
            "tool_choice" => {
                choice = Some(reader.cursor);
                reader.tool_choice()?;
            }
            "function_call" => {
                reader.refuse_second(legacy_choice.is_some(), "function_call")?;
                legacy_choice = Some(reader.cursor);
                reader.cursor.raw()?;
            }
            "response_format" => reader.response_format()?,
            "stream_options" => reader.options("stream_options", &STREAM_OPTIONS)?,
            _ => reader.leaf(&REQUEST, Owner::Request, &name)?,
        }
    }
    if let Some(cursor) = choice.filter(|_| reader.only_legacy_tools() && reader.request.tool_choice.is_some()) {
        // A choice of the newer kind among older functions chooses nothing.
        reader.request.tool_choice = None;
        reader.residue_at(cursor, "tool_choice")?;
    }
    if let Some(cursor) = legacy_choice {
        reader.legacy_choice(cursor)?;
    }
    if !messages {
        return Err(reader.missing("messages", Place::ROOT));
    }
    reader.custom_results();
    Ok(())
}

/// The members of a message that give it parts, in the order of the IR, wherever they stand in the source.
#[derive(Clone, Copy)]
enum Member {
    Sealed,
    Content,
    Refusal,
    ToolCalls,
    FunctionCall,
}

/// How many parts each of them gave, once it was read.
#[derive(Default)]
struct Given([Option<u32>; 5]);

impl Given {
    fn slot(&mut self, member: Member) -> &mut Option<u32> {
        let Self([sealed, content, refusal, tool_calls, function_call]) = self;
        match member {
            Member::Sealed => sealed,
            Member::Content => content,
            Member::Refusal => refusal,
            Member::ToolCalls => tool_calls,
            Member::FunctionCall => function_call,
        }
    }

    /// How many parts those gave that come after `member`.
    fn behind(&self, member: Member) -> u32 {
        self.0.iter().skip(member as usize + 1).flatten().sum()
    }
}

impl<'a> Reader<'a> {
    fn messages(&mut self) -> Result<()> {
        let mut elements = self.cursor.open_array()?;
        while self.cursor.next_element(&mut elements)? {
            let (role, entered) = self.tagged("role")?;
            match role.as_ref().map(Text::word).as_deref() {
                Some("system") => self.message(Role::System, entered)?,
                Some("developer") => self.message(Role::Developer, entered)?,
                Some("user") => self.message(Role::User, entered)?,
                Some("assistant") => self.message(Role::Assistant, entered)?,
                Some("tool") => self.result_message(CallKind::Function, entered)?,
                Some("function") => self.result_message(CallKind::Legacy, entered)?,
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

    pub(crate) fn message(&mut self, role: Role, entered: Entered) -> Result<()> {
        let owner = self.message_owner();
        let mut message = self.begin_entered(role, &entered)?;
        message.role_place = entered.tag_place;
        let mut given = Given::default();
        let mut members = self.enter(entered)?;
        while let Some(name) = self.cursor.next_key(&mut members)? {
            let assistant = role == Role::Assistant;
            match &*name.word() {
                "role" => self.role_member(&mut message)?,
                "content" => {
                    self.refuse_second(message.content_place != Place::NONE, "content")?;
                    let read = |reader: &mut Self| reader.content(Self::content_part);
                    (message.shape, message.content_place) = self.give(&mut given, Member::Content, read)?;
                }
                "reasoning_details" if assistant && self.all_envelopes()? => {
                    self.give_once(&mut given, owner, "reasoning_details", Member::Sealed, Self::sealed)?;
                }
                "refusal" if assistant => {
                    self.give_once(&mut given, owner, "refusal", Member::Refusal, Self::refusal)?;
                }
                "tool_calls" if assistant => {
                    self.give_once(&mut given, owner, "tool_calls", Member::ToolCalls, Self::tool_calls)?;
                }
                "function_call" if assistant => {
                    self.give_once(&mut given, owner, "function_call", Member::FunctionCall, Self::function_call)?;
                }
                _ => self.leaf(&MESSAGE, owner, &name)?,
            }
        }
        self.end_message(message);
        Ok(())
    }

    /// Reads a member that gives parts, and puts them where they belong among those that were given before.
    fn give<T>(&mut self, given: &mut Given, member: Member, read: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
        let before = self.request.next_part();
        let value = read(self)?;
        let count = self.request.next_part().saturating_sub(before);
        *given.slot(member) = Some(count);
        self.bring_forward(count, given.behind(member));
        Ok(value)
    }

    /// As `give`, for a member that may say nothing, and then is kept as blank.
    #[inline(never)]
    fn give_once(
        &mut self,
        given: &mut Given,
        owner: Owner,
        name: &'static str,
        member: Member,
        read: impl FnOnce(&mut Self) -> Result<()>,
    ) -> Result<()> {
        if self.blank("", owner, name)? {
            return Ok(());
        }
        self.refuse_second(given.slot(member).is_some(), name)?;
        self.give(given, member, read)
    }

    #[inline(never)]
    fn refusal(&mut self) -> Result<()> {
        let text = self.text()?;
        self.part(text.place, || PartKind::Refusal { text: text.value, beside: true })?;
        Ok(())
    }

    #[inline(never)]
    fn tool_calls(&mut self) -> Result<()> {
        let mut elements = self.cursor.open_array()?;
        while self.cursor.next_element(&mut elements)? {
            self.tool_call()?;
        }
        Ok(())
    }

    #[inline(never)]
    fn function_call(&mut self) -> Result<()> {
        let place = self.cursor.place();
        let owner = Owner::Part(self.request.next_part());
        let call = self.called(owner, true)?;
        self.part(place, || PartKind::ToolCall(call))?;
        Ok(())
    }

    /// Whether a list holds envelopes of sealed reasoning and nothing else.
    #[inline(never)]
    fn all_envelopes(&self) -> Result<bool> {
        let mut cursor = self.cursor;
        if cursor.peek()? != Kind::Array {
            return Ok(false);
        }
        let (mut elements, mut some) = (cursor.open_array()?, false);
        while cursor.next_element(&mut elements)? {
            if envelope::feature(Protocol::Chat, &cursor.raw()?).is_none() {
                return Ok(false);
            }
            some = true;
        }
        Ok(some)
    }

    /// Envelopes, which come before everything else of their message.
    #[inline(never)]
    fn sealed(&mut self) -> Result<()> {
        let mut elements = self.cursor.open_array()?;
        while self.cursor.next_element(&mut elements)? {
            self.opaque(Feature::ReasoningReplay)?;
        }
        Ok(())
    }

    #[inline(never)]
    fn content_part(&mut self) -> Result<()> {
        let (kind, entered) = self.tagged("type")?;
        let kind = kind.as_ref().map(Text::word);
        match kind.as_deref() {
            Some("text") => self.text_part(&PART, "text", false, entered),
            Some("refusal") => self.text_part(&PART, "refusal", false, entered),
            kind => self.back(&entered).other_part(kind),
        }
    }

    #[inline(never)]
    fn other_part(&mut self, kind: Option<&str>) -> Result<()> {
        match kind {
            Some("image_url") if self.is_object("image_url")? => self.media_part("image_url"),
            Some("input_audio") if self.is_object("input_audio")? => self.media_part("input_audio"),
            Some("file") if self.is_object("file")? => self.media_part("file"),
            Some("audio_url") => self.opaque(self.clip("audio_url", AUDIO_SOURCES)),
            Some("video_url") => self.opaque(self.clip("video_url", VIDEO_SOURCES)),
            _ => self.opaque(Feature::UnknownPart),
        }
    }

    /// What a part of a vendors' extension stands for, by where its bytes are: at a URL, in the body, at the provider.
    fn clip(&self, member: &str, [url, bytes, held]: [Feature; 3]) -> Feature {
        let Ok(Some(source)) = self.cursor.look_ahead(member) else { return Feature::UnknownPart };
        let inner = source.look_ahead("url").ok().flatten();
        match string(inner.unwrap_or(source)).map(url_media) {
            None => Feature::UnknownPart,
            Some(Media::Url(text))
                if ["http://", "https://"].iter().any(|scheme| text.between(scheme, "").is_some()) =>
            {
                url
            }
            Some(Media::Url(_)) => held,
            Some(_) => bytes,
        }
    }

    pub(super) fn is_object(&self, name: &str) -> Result<bool> {
        let ahead = self.cursor.look_ahead(name)?;
        Ok(ahead.is_some_and(|ahead| ahead.peek() == Ok(Kind::Object)))
    }

    /// A part whose content is an object of the part's own name.
    fn media_part(&mut self, member: &'static str) -> Result<()> {
        let place = self.cursor.place();
        let owner = Owner::Part(self.request.next_part());
        let mut kind = None;
        let mut members = self.cursor.open_object()?;
        while let Some(name) = self.cursor.next_key(&mut members)? {
            match &*name.word() {
                "type" => {
                    self.cursor.raw()?;
                }
                word if word == member => {
                    let value = match member {
                        "image_url" => self.image(owner)?,
                        "file" => self.file(owner)?,
                        _ => self.audio(owner)?,
                    };
                    self.once(&mut kind, member, value)?;
                }
                _ => self.leaf(&PART, owner, &name)?,
            }
        }
        let kind = kind.ok_or_else(|| self.missing(member, place))?;
        self.part(place, || kind)?;
        Ok(())
    }

    fn image(&mut self, owner: Owner) -> Result<PartKind<'a>> {
        let place = self.cursor.place();
        let mut media = None;
        let mut members = self.cursor.open_object()?;
        while let Some(name) = self.cursor.next_key(&mut members)? {
            if name == *"url" {
                let url = self.cursor.string()?;
                self.once(&mut media, "url", url_media(url))?;
            } else {
                self.leaf(&IMAGE, owner, &name)?;
            }
        }
        media.map(PartKind::Image).ok_or_else(|| self.missing("url", place))
    }

    fn file(&mut self, owner: Owner) -> Result<PartKind<'a>> {
        let place = self.cursor.place();
        let mut media = None;
        let mut members = self.cursor.open_object()?;
        while let Some(name) = self.cursor.next_key(&mut members)? {
            match &*name.word() {
                "file_data" => {
                    let data = self.cursor.string()?;
                    self.once(&mut media, "file_data", data_media(data))?;
                }
                "file_id" => {
                    let id = self.cursor.string()?;
                    self.once(&mut media, "file_id", Media::FileId(Native::new(Protocol::Chat, id)))?;
                }
                _ => self.leaf(&FILE, owner, &name)?,
            }
        }
        media.map(PartKind::File).ok_or_else(|| self.missing("file_data", place))
    }

    fn audio(&mut self, owner: Owner) -> Result<PartKind<'a>> {
        let place = self.cursor.place();
        let (mut data, mut format) = (None, None);
        let mut members = self.cursor.open_object()?;
        while let Some(name) = self.cursor.next_key(&mut members)? {
            match &*name.word() {
                "data" => {
                    let text = self.cursor.string()?;
                    self.once(&mut data, "data", text)?;
                }
                "format" => {
                    let text = self.cursor.string()?;
                    self.once(&mut format, "format", text)?;
                }
                _ => self.leaf(&AUDIO, owner, &name)?,
            }
        }
        let data = data.ok_or_else(|| self.missing("data", place))?;
        let format = format.ok_or_else(|| self.missing("format", place))?;
        Ok(PartKind::Audio { data, format })
    }

    fn tool_call(&mut self) -> Result<()> {
        let place = self.cursor.place();
        let owner = Owner::Part(self.request.next_part());
        let (mut id, mut tag, mut call) = (None, None, None);
        let mut members = self.cursor.open_object()?;
        while let Some(name) = self.cursor.next_key(&mut members)? {
            match &*name.word() {
                "id" if self.cursor.peek()? == Kind::String => {
                    let text = self.text()?;
                    self.once(&mut id, "id", text)?;
                }
                "type" => {
                    let (place, cursor) = (self.cursor.place(), self.cursor);
                    let text = self.cursor.string()?;
                    self.once(&mut tag, "type", (text, cursor, place))?;
                }
                "function" => {
                    let value = self.called(owner, false)?;
                    self.once(&mut call, "function", value)?;
                }
                "custom" => {
                    let value = self.called_custom(owner)?;
                    self.once(&mut call, "custom", value)?;
                }
                _ => self.leaf(&CALL, owner, &name)?,
            }
        }
        let mut call = call.ok_or_else(|| self.missing("function", place))?;
        call.id = id;
        let usual = if matches!(call.input, ToolInput::Custom(_)) { "custom" } else { "function" };
        match tag {
            Some((text, ..)) if text == *usual => {}
            Some((_, mut cursor, place)) => {
                // The member beside it says what the call is; the word is kept for its own protocol.
                call.tagged = false;
                let name = Name::Blank(Text::from("type"));
                let value = cursor.raw()?;
                self.push(|| Field { owner, object: "", name, value, place })?;
            }
            None => call.tagged = false,
        }
        self.part(place, || PartKind::ToolCall(call))?;
        Ok(())
    }

    fn called(&mut self, owner: Owner, legacy: bool) -> Result<ToolCall<'a>> {
        let place = self.cursor.place();
        let (mut called, mut arguments) = (None, None);
        let mut members = self.cursor.open_object()?;
        while let Some(name) = self.cursor.next_key(&mut members)? {
            match &*name.word() {
                "name" => {
                    let text = self.text()?;
                    self.once(&mut called, "name", text)?;
                }
                "arguments" => {
                    let place = self.cursor.place();
                    // Some hosts write the arguments themselves, and not their text.
                    let value = if self.cursor.peek()? == Kind::Object {
                        ToolInput::Json(self.cursor.raw()?)
                    } else {
                        ToolInput::Encoded(self.cursor.string()?)
                    };
                    self.once(&mut arguments, "arguments", (value, place))?;
                }
                _ => self.leaf(&CALL_FUNCTION, owner, &name)?,
            }
        }
        let name = called.ok_or_else(|| self.missing("name", place))?;
        let (input, input_place) = arguments.ok_or_else(|| self.missing("arguments", place))?;
        let (name, name_place) = (name.value, name.place);
        Ok(ToolCall { id: None, legacy, tagged: true, name, name_place, input, input_place })
    }

    fn called_custom(&mut self, owner: Owner) -> Result<ToolCall<'a>> {
        let place = self.cursor.place();
        let (mut called, mut input) = (None, None);
        let mut members = self.cursor.open_object()?;
        while let Some(name) = self.cursor.next_key(&mut members)? {
            match &*name.word() {
                "name" => {
                    let text = self.text()?;
                    self.once(&mut called, "name", text)?;
                }
                "input" => {
                    let text = self.text()?;
                    self.once(&mut input, "input", text)?;
                }
                _ => self.leaf(&CALL_CUSTOM, owner, &name)?,
            }
        }
        let name = called.ok_or_else(|| self.missing("name", place))?;
        let input = input.ok_or_else(|| self.missing("input", place))?;
        let (name, name_place, input_place) = (name.value, name.place, input.place);
        let input = ToolInput::Custom(input.value);
        Ok(ToolCall { id: None, legacy: false, tagged: true, name, name_place, input, input_place })
    }

    #[inline(never)]
    fn result_message(&mut self, kind: CallKind, entered: Entered) -> Result<()> {
        let mut message = self.begin_entered(Role::Tool, &entered)?;
        (message.shape, message.role_place) = (Shape::Parts, entered.tag_place);
        let index = self.tool_result(kind, entered.place)?;
        let owner = Owner::Part(index);
        let mut members = self.enter(entered)?;
        while let Some(name) = self.cursor.next_key(&mut members)? {
            match &*name.word() {
                "role" => self.role_member(&mut message)?,
                "tool_call_id" => self.result_call_id(index, "tool_call_id")?,
                "content" => self.result_content(index, "content", Self::content_part)?,
                _ => self.leaf(&RESULT, owner, &name)?,
            }
        }
        self.close_part(index);
        self.end_message(message);
        Ok(())
    }

    /// Marks the results that answer calls of custom tools, which their messages do not say.
    fn custom_results(&mut self) {
        let custom = |call: &&ToolCall<'_>| matches!(call.input, ToolInput::Custom(_));
        let calls = self.request.parts.iter().filter_map(Part::as_call).filter(custom);
        let ids: Vec<Text<'a>> = calls.filter_map(|call| call.id.as_ref().map(|id| id.value.clone())).collect();
        if !ids.is_empty() {
            self.results_of(ids);
        }
    }

    #[inline(never)]
    fn results_of(&mut self, mut ids: Vec<Text<'a>>) {
        ids.sort_by(|a, b| a.word().cmp(&b.word()));
        for part in &mut self.request.parts {
            if let PartKind::ToolResult(result) = &mut part.kind
                && let Some(id) = &result.call_id
                && ids.binary_search_by(|call| call.word().cmp(&id.value.word())).is_ok()
            {
                result.kind = CallKind::Custom;
            }
        }
    }
}
