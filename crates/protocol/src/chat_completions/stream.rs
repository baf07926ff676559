//! Streams of Chat Completions, read: `data:` chunks, the last of them `[DONE]`.

use super::{CALL_DELTA, CALL_DELTA_CUSTOM, CALL_DELTA_FUNCTION, CHOICE, CHUNK, DELTA, DELTA_CALL};
use crate::reader::{Reader, Result};
use crate::reply::Reply;
use crate::sse::Printer;
use crate::stream::{Emit, Known, Texts, seconds, tell_uses};
use crate::writer::{Carried, Encoding, message_owner, spell_openai};
use switchback_ir::json::{Cursor, Kind};
use switchback_ir::{
    Block, Event, Feature, Field, Key, Ledger, Limits, Name, Owner, PartKind, Place, Protocol, RawJson, Request, Role,
    Start, Step, StopReason, TargetFacts, Text, Usage,
};

/// The payload that ends a stream.
pub(crate) const DONE: &str = "[DONE]";

/// What holds the text of a delta.
pub(crate) const TEXTS: Texts = &[
    ("delta", "content"),
    ("delta", "refusal"),
    ("delta", "reasoning_content"),
    ("delta", "reasoning"),
    ("delta", "reasoning_text"),
    ("delta/function_call", "arguments"),
    ("function", "arguments"),
    ("custom", "input"),
];

/// Reads a chunk into `tables`, which are empty.
pub(crate) fn decode_event<'a>(data: &'a str, tables: Request<'a>, limits: &Limits) -> Result<Event<'a>> {
    if data.trim() == DONE {
        return Ok(Event { plain: Some(data), body: tables, ..Event::default() });
    }
    let mut reader = Reader::with_tables(Protocol::Chat, Cursor::new(data.as_bytes(), limits)?, tables, limits);
    let mut members = reader.cursor.open_object()?;
    while let Some(name) = reader.cursor.next_key(&mut members)? {
        match &*name.word() {
            "model" => reader.response_model()?,
            "choices" => reader.chunk_choices()?,
            _ => reader.leaf(&CHUNK, Owner::Request, &name)?,
        }
    }
    reader.end()?;
    Ok(Event { body: reader.request, ..Event::default() })
}

impl Reader<'_> {
    fn chunk_choices(&mut self) -> Result<()> {
        if self.blank(CHUNK.object, Owner::Request, "choices")? {
            return Ok(());
        }
        self.refuse_second(!self.request.messages.is_empty(), "choices")?;
        let mut elements = self.cursor.open_array()?;
        while self.cursor.next_element(&mut elements)? {
            let owner = self.message_owner();
            let mut message = self.begin_message(Role::Assistant)?;
            let mut members = self.cursor.open_object()?;
            while let Some(name) = self.cursor.next_key(&mut members)? {
                if name == *"delta" {
                    if !self.blank(CHOICE.object, owner, "delta")? {
                        self.refuse_second(message.content_place != Place::NONE, "delta")?;
                        message.content_place = self.cursor.place();
                        self.delta(owner)?;
                    }
                } else {
                    self.leaf(&CHOICE, owner, &name)?;
                }
            }
            self.end_message(message);
        }
        Ok(())
    }

    fn delta(&mut self, owner: Owner) -> Result<()> {
        let mut members = self.cursor.open_object()?;
        while let Some(name) = self.cursor.next_key(&mut members)? {
            match &*name.word() {
                "tool_calls" => {
                    if !self.blank(DELTA.object, owner, "tool_calls")? {
                        let mut elements = self.cursor.open_array()?;
                        while self.cursor.next_element(&mut elements)? {
                            self.call_delta()?;
                        }
                    }
                }
                "function_call" => {
                    if !self.blank(DELTA.object, owner, "function_call")? {
                        self.leaf_members(&DELTA_CALL, owner)?;
                    }
                }
                _ => self.leaf(&DELTA, owner, &name)?,
            }
        }
        Ok(())
    }

    fn call_delta(&mut self) -> Result<()> {
        let place = self.cursor.place();
        let owner = Owner::Part(self.request.next_part());
        let mut members = self.cursor.open_object()?;
        while let Some(name) = self.cursor.next_key(&mut members)? {
            let scope = match &*name.word() {
                "function" => &CALL_DELTA_FUNCTION,
                "custom" => &CALL_DELTA_CUSTOM,
                _ => {
                    self.leaf(&CALL_DELTA, owner, &name)?;
                    continue;
                }
            };
            if !self.blank(CALL_DELTA.object, owner, scope.object)? {
                self.leaf_members(scope, owner)?;
            }
        }
        // Its pieces are leaves; the part is there for them to belong to.
        self.part(place, || PartKind::Text(Text::from("")))?;
        Ok(())
    }
}

/// Takes usage that the client did not ask for out of a chunk; whether the chunk was only about it.
pub(crate) fn hide_usage(event: &mut Event<'_>) -> bool {
    let is_usage = |field: &Field<'_>| {
        let named = match &field.name {
            Name::Known { wire, .. } => *wire == "usage",
            Name::Blank(name) => *name == *"usage",
            Name::Unknown(_) => false,
        };
        named && field.owner == Owner::Request && field.object.is_empty()
    };
    let told = event.body.fields.iter().any(|field| is_usage(field) && !field.value.is_null());
    event.body.fields.retain(|field| !is_usage(field));
    told && event.body.messages.is_empty()
}

/// Writes a chunk within the protocol.
pub(crate) fn encode_own_event(event: &Event<'_>, reply: &Reply<'_>, out: &mut Vec<u8>, ledger: &mut Ledger) {
    let mut printer = Printer::new(out);
    if let Some(plain) = event.plain {
        return printer.frame(event.name, plain.as_bytes());
    }
    printer.begin(event.name);
    let facts = TargetFacts::default();
    let carried = Carried::of(&event.body, Protocol::Chat, &facts);
    let mut encoding = Encoding::new(&event.body, &carried, &facts, printer.payload(), ledger, spell_openai);
    encoding.json.begin_object();
    encoding.response_head(&CHUNK, reply);
    if !event.body.messages.is_empty() {
        encoding.json.key("choices");
        encoding.json.begin_array();
        for (index, message) in event.body.messages.iter().enumerate() {
            encoding.json.begin_object();
            encoding.leaves(message_owner(index), &CHOICE);
            if message.content_place != Place::NONE {
                encoding.json.key("delta");
                encoding.own_delta(index);
            }
            encoding.json.end_object();
        }
        encoding.json.end_array();
    }
    encoding.json.end_object();
    printer.end();
}

impl Encoding<'_, '_> {
    fn own_delta(&mut self, index: usize) {
        self.json.begin_object();
        self.leaves(message_owner(index), &DELTA);
        self.leaf_object(message_owner(index), "function_call", &DELTA_CALL);
        let Some(message) = self.request.messages.get(index) else { return self.json.end_object() };
        if message.part_count > 0 {
            self.json.key("tool_calls");
            self.json.begin_array();
            for part in message.first_part..message.first_part.saturating_add(message.part_count) {
                self.json.begin_object();
                self.leaves(Owner::Part(part), &CALL_DELTA);
                self.leaf_object(Owner::Part(part), "function", &CALL_DELTA_FUNCTION);
                self.leaf_object(Owner::Part(part), "custom", &CALL_DELTA_CUSTOM);
                self.json.end_object();
            }
            self.json.end_array();
        }
        self.json.end_object();
    }
}

/// What a stream of chunks has said so far.
#[derive(Debug, Default)]
pub(crate) struct Interpreter {
    started: bool,
    open: Option<(u32, Known)>,
    calls: Vec<OpenCall>,
    blocks: u32,
    /// The member that reasoning comes in.
    reasoning: Option<&'static str>,
    finished: bool,
}

#[derive(Debug)]
struct OpenCall {
    index: u64,
    id: String,
    block: u32,
}

impl Interpreter {
    /// Tells what `event` says.
    pub(crate) fn interpret(
        &mut self,
        event: &Event<'_>,
        emit: &mut Emit<'_>,
    ) -> std::result::Result<(), &'static str> {
        if event.plain.is_some() {
            if !self.finished {
                return Err("`[DONE]` before `finish_reason`");
            }
            emit(Step::End);
            return Ok(());
        }
        if let Some(error) = event.member("", "error").filter(|error| !error.is_null()) {
            emit(Step::Failed { raw: error.clone() });
            return Ok(());
        }
        // Some hosts begin with a chunk about the prompt, which does not name the answer yet.
        let named = event.member("", "id").and_then(RawJson::as_text).is_some_and(|id| !id.is_empty());
        if !self.started && (named || !event.body.messages.is_empty()) {
            self.started = true;
            emit(Step::Start(Start {
                id: event.member("", "id").and_then(RawJson::as_text),
                model: event.body.model.as_ref().map(|model| model.value.clone()),
                created: event.member("", "created").and_then(seconds),
                tier: event.member("", "service_tier").and_then(RawJson::as_text),
            }));
            Self::head(event, emit);
        }
        let is_extra = |owner| {
            let index = event.member_of(owner, "choice", "index").and_then(|field| field.value.as_u64());
            index.unwrap_or(0) != 0
        };
        for (ordinal, message) in (0..).zip(&event.body.messages) {
            let owner = Owner::Message(ordinal);
            if is_extra(owner) {
                emit(Step::Lost { feature: Feature::ExtraChoice, place: message.place });
                continue;
            }
            let (before, finished) = (self.blocks, self.finished);
            self.choice(event, owner, message.first_part..message.first_part + message.part_count, emit)?;
            if finished && self.blocks > before {
                return Err("content after `finish_reason`");
            }
        }
        if let Some(usage) = event.member("", "usage").filter(|usage| usage.kind() == Kind::Object) {
            emit(Step::Usage(Usage::read(Protocol::Chat, usage)));
            Self::head(event, emit);
        }
        Self::lost(event, is_extra, emit);
        Ok(())
    }

    pub(crate) fn is_finished(&self) -> bool {
        self.finished
    }

    /// What the chunk has beside the answer's text; `extra` are the messages of other choices than the first.
    fn lost(event: &Event<'_>, is_extra: impl Fn(Owner) -> bool, emit: &mut Emit<'_>) {
        for field in &event.body.fields {
            let mut lost = |feature| {
                if !is_extra(field.owner) {
                    emit(Step::Lost { feature, place: field.place });
                }
            };
            match &field.name {
                Name::Unknown(_) if !field.value.is_null() => lost(Feature::UnknownField),
                Name::Known { wire: "system_fingerprint", .. } => lost(Feature::Fingerprint),
                Name::Known { wire: "audio", .. } => lost(Feature::AudioOutput),
                Name::Known { wire: "logprobs", .. } => {
                    let has = |name| field.value.member(name).is_some_and(|(list, _)| !list.is_null());
                    if has("content") {
                        lost(Feature::ResponseLogprobs);
                    }
                    if has("refusal") {
                        lost(Feature::RefusalLogprobs);
                    }
                }
                Name::Known { .. } | Name::Blank(_) | Name::Unknown(_) => {}
            }
        }
    }

    /// What the members beside the choices say that not every protocol has.
    fn head(event: &Event<'_>, emit: &mut Emit<'_>) {
        tell_uses(Protocol::Chat, Place::ROOT, emit, |json| {
            json.begin_object();
            for name in ["created", "service_tier", "usage"] {
                if let Some(value) = event.member("", name) {
                    json.key(name);
                    json.raw(value);
                }
            }
            json.key("choices");
            json.constant("[]");
            json.end_object();
        });
    }

    /// The pages that a text cites.
    fn cite(&mut self, event: &Event<'_>, owner: Owner, emit: &mut Emit<'_>) {
        let Some(field) = event.member_of(owner, "delta", "annotations") else { return };
        let (list, place) = (&field.value, field.place);
        tell_uses(Protocol::Chat, place, emit, |json| {
            json.begin_object();
            json.key("choices");
            json.begin_array();
            json.begin_object();
            json.key("message");
            json.begin_object();
            json.key("content");
            json.str(".");
            json.key("annotations");
            json.raw(list);
            json.end_object();
            json.end_object();
            json.end_array();
            json.end_object();
        });
        let mut cursor = Cursor::of(list.as_str());
        let Ok(mut elements) = cursor.open_array() else { return };
        while let Ok(true) = cursor.next_element(&mut elements) {
            let Ok(raw) = cursor.raw() else { return };
            let block = self.block(Known::Text, emit);
            emit(Step::Citation { block, raw });
        }
    }

    fn choice(
        &mut self,
        event: &Event<'_>,
        owner: Owner,
        calls: std::ops::Range<u32>,
        emit: &mut Emit<'_>,
    ) -> std::result::Result<(), &'static str> {
        let fields = event.body.fields_of(owner);
        let leaf = |object: &str, name: &str| fields.iter().find(|field| field.is(object, name));
        let member = |name: &str| leaf("delta", name).map(|field| &field.value);
        let said = |name: &str| member(name).and_then(RawJson::as_text).filter(|text| !text.is_empty());
        self.reason(event, owner, emit);
        if let Some(text) = said("content") {
            self.say(Known::Text, text, emit);
        } else if let Some(list) = member("content").filter(|content| content.kind() == Kind::Array) {
            self.parts(list, emit);
        }
        if let Some(text) = said("refusal") {
            self.say(Known::Refusal, text, emit);
        }
        let logprobs = leaf("choice", "logprobs").and_then(|field| field.value.member("content"));
        if let Some((list, _)) = logprobs.filter(|(list, _)| list.kind() == Kind::Array && !list.is_empty_container()) {
            let block = self.block(Known::Text, emit);
            emit(Step::Logprobs { block, raw: list });
        }
        self.cite(event, owner, emit);
        let legacy = |name: &str| leaf("delta/function_call", name);
        if legacy("name").is_some() || legacy("arguments").is_some() {
            let text = |name: &str| legacy(name).and_then(|field| text_of(&field.value));
            emit(Step::Lost { feature: Feature::LegacyFunctions, place: Place::ROOT });
            self.call(Piece { index: 0, id: None, name: text("name"), text: text("arguments"), custom: false }, emit)?;
        }
        for (position, part) in (0_u64..).zip(calls) {
            let fields = event.body.fields_of(Owner::Part(part));
            let leaf = |object: &str, name: &str| fields.iter().find(|field| field.is(object, name));
            let member = |object: &str, name: &str| leaf(object, name).map(|field| &field.value);
            let word = |object: &str, name: &str| member(object, name).and_then(text_of);
            let custom = member("custom", "name").or_else(|| member("custom", "input")).is_some();
            let (object, input) = if custom { ("custom", "input") } else { ("function", "arguments") };
            self.call(
                Piece {
                    index: member("", "index").and_then(RawJson::as_u64).unwrap_or(position),
                    id: word("", "id").filter(|id| !id.is_empty()),
                    name: word(object, "name"),
                    text: word(object, input),
                    custom,
                },
                emit,
            )?;
        }
        let told = leaf("choice", "finish_reason");
        // Some hosts write an empty one until there is one.
        if let Some((reason, place)) =
            told.and_then(|field| Some((field.value.as_text().filter(|reason| !reason.is_empty())?, field.place)))
        {
            self.close_all(emit);
            self.finished = true;
            let reason = StopReason::of_chat(&reason.word());
            if reason == StopReason::Other {
                emit(Step::Lost { feature: Feature::StopReasonOther, place });
            }
            emit(Step::Finish { reason, sequence: None });
        }
        Ok(())
    }

    fn say(&mut self, known: Known, text: Text<'_>, emit: &mut Emit<'_>) {
        let block = self.block(known, emit);
        emit(Step::Delta { block, text });
    }

    /// A content that some hosts send as parts: text, and thinking that is itself a list of texts.
    fn parts(&mut self, list: &RawJson<'_>, emit: &mut Emit<'_>) {
        list.elements(|part, _| {
            let kind = part.member("type").and_then(|(kind, _)| kind.as_text().map(Text::into_owned));
            let member = |name: &str| part.member(name).map(|(value, _)| value);
            match kind.as_ref().map(Text::word).as_deref() {
                Some("text") => {
                    if let Some(text) = member("text").as_ref().and_then(RawJson::as_text).filter(|t| !t.is_empty()) {
                        self.say(Known::Text, text, emit);
                    }
                }
                Some("thinking") => {
                    if let Some(thinking) = member("thinking") {
                        thinking.elements(|piece, _| {
                            let text = piece.member("text").and_then(|(text, _)| text.as_text().map(Text::into_owned));
                            if let Some(text) = text.filter(|text| !text.is_empty()) {
                                self.say(Known::Reasoning, text, emit);
                            }
                        });
                    }
                }
                _ => emit(Step::Lost { feature: Feature::UnknownPart, place: Place::ROOT }),
            }
        });
    }

    /// Reasoning in an extension: hosts write the same in several members, of which the first that says something counts.
    fn reason(&mut self, event: &Event<'_>, owner: Owner, emit: &mut Emit<'_>) {
        let fields = event.body.fields_of(owner).iter();
        for field in fields.filter(|field| field.object == "delta" && field.key() == Some(Key::ReasoningText)) {
            let Name::Known { wire, .. } = field.name else { continue };
            let first = self.reasoning.map_or_else(|| field.is_reasoning_text(), |member| member == wire);
            let feature = if first { Feature::ReasoningExtension } else { Feature::ReasoningExtensionOther };
            let says = !field.value.as_text().is_some_and(|text| text.is_empty());
            if first || says {
                emit(Step::Lost { feature, place: field.place });
            }
            if let Some(text) = field.value.as_text().filter(|text| first && !text.is_empty()) {
                self.reasoning = Some(wire);
                self.say(Known::Reasoning, text, emit);
            }
        }
    }

    /// The block of text of this kind, begun where another kind was open.
    fn block(&mut self, known: Known, emit: &mut Emit<'_>) -> u32 {
        if let Some((block, open)) = self.open {
            if open == known {
                return block;
            }
            emit(Step::Close { block });
        }
        let block = self.next();
        self.open = Some((block, known));
        emit(Step::Open { block, kind: known.block() });
        block
    }

    fn next(&mut self) -> u32 {
        let block = self.blocks;
        self.blocks = self.blocks.saturating_add(1);
        block
    }

    /// A piece of a call: of the one with its index, unless it names another id.
    fn call(&mut self, piece: Piece<'_>, emit: &mut Emit<'_>) -> std::result::Result<(), &'static str> {
        let same = |call: &&OpenCall| {
            let other = piece.id.as_ref().is_some_and(|id| !call.id.is_empty() && *id != *call.id);
            call.index == piece.index && !other
        };
        let known = self.calls.iter().rev().find(same).map(|call| call.block);
        let block = match known {
            Some(block) => block,
            None => self.open_call(&piece, emit)?,
        };
        if let Some(text) = piece.text.filter(|text| !text.is_empty()) {
            emit(Step::Delta { block, text });
        }
        Ok(())
    }

    fn open_call(&mut self, piece: &Piece<'_>, emit: &mut Emit<'_>) -> std::result::Result<u32, &'static str> {
        let name = piece.name.clone().filter(|name| !name.is_empty()).ok_or("a call without a name")?;
        if let Some((block, _)) = self.open.take() {
            emit(Step::Close { block });
        }
        let block = self.next();
        let id = piece.id.as_ref().map(|id| id.word().into_owned()).unwrap_or_default();
        self.calls.push(OpenCall { index: piece.index, id, block });
        emit(Step::Open { block, kind: Block::Call { id: piece.id.clone(), name, custom: piece.custom } });
        Ok(block)
    }

    fn close_all(&mut self, emit: &mut Emit<'_>) {
        if let Some((block, _)) = self.open.take() {
            emit(Step::Close { block });
        }
        for call in self.calls.drain(..) {
            emit(Step::Close { block: call.block });
        }
    }
}

/// A text, or the JSON of the arguments that some hosts do not write as a text.
fn text_of<'v>(value: &'v RawJson<'_>) -> Option<Text<'v>> {
    if value.kind() == Kind::Object { Some(Text::new(value.as_str())) } else { value.as_text() }
}

/// What a delta says of a call.
struct Piece<'s> {
    index: u64,
    id: Option<Text<'s>>,
    name: Option<Text<'s>>,
    text: Option<Text<'s>>,
    custom: bool,
}
