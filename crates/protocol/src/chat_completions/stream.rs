//! Streams of Chat Completions: `data:` chunks, the last of them `[DONE]`.

use super::{CALL_DELTA, CALL_DELTA_CUSTOM, CALL_DELTA_FUNCTION, CHOICE, CHUNK, DELTA, DELTA_CALL};
use crate::reader::{Reader, Result};
use crate::reply::{Reply, citations, tier_name, write_call_id, write_citation, write_name, write_openai_usage};
use crate::sse::Printer;
use crate::stream::{Emit, Known, Opening, Unwrapping, seconds};
use crate::writer::{Encoding, message_owner, spell_openai};
use switchback_ir::json::{Cursor, Kind, Writer};
use switchback_ir::{
    Block, Event, Feature, Ledger, Limits, Owner, PartKind, Place, Protocol, RawJson, Request, Role, Start, Step,
    StopReason, TargetFacts, Text, Usage,
};

/// The payload that ends a stream.
pub(crate) const DONE: &str = "[DONE]";

/// Reads a chunk into `tables`, which are empty.
pub(crate) fn decode_event<'a>(data: &'a str, tables: Request<'a>, limits: &Limits) -> Result<Event<'a>> {
    if data.trim() == DONE {
        return Ok(Event { plain: Some(data), body: tables, ..Event::default() });
    }
    let mut reader = Reader::with_tables(Protocol::Chat, data.as_bytes(), tables, limits)?;
    let mut members = reader.cursor.open_object()?;
    while let Some(name) = reader.cursor.next_key(&mut members)? {
        match &*name.word() {
            "model" => reader.response_model()?,
            "choices" => reader.chunk_choices()?,
            _ => reader.leaf(&CHUNK, Owner::Request, name.clone())?,
        }
    }
    Ok(Event { body: reader.finish()?, ..Event::default() })
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
                    self.leaf(&CHOICE, owner, name)?;
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
                _ => self.leaf(&DELTA, owner, name.clone())?,
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
                    self.leaf(&CALL_DELTA, owner, name)?;
                    continue;
                }
            };
            if !self.blank(CALL_DELTA.object, owner, scope.object)? {
                self.leaf_members(scope, owner)?;
            }
        }
        // Its pieces are leaves; the part is there for them to belong to.
        self.part(PartKind::Text(Text::from("")), place)?;
        Ok(())
    }
}

/// Writes a chunk within the protocol. Usage that the client did not ask for is left out, with the chunk that is only
/// about it.
pub(crate) fn encode_own_event(event: &Event<'_>, reply: &Reply<'_>, out: &mut Vec<u8>, ledger: &mut Ledger) {
    let mut printer = Printer::new(out);
    if let Some(plain) = event.plain {
        return printer.frame(event.name, plain.as_bytes());
    }
    let hides = !reply.context.stream_usage;
    if hides && event.body.messages.is_empty() && event.member("", "usage").is_some() {
        return;
    }
    printer.begin(event.name);
    let facts = TargetFacts::default();
    let mut encoding = Encoding::new(&event.body, Protocol::Chat, &facts, printer.payload(), ledger, spell_openai);
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
            self.close_all(emit);
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
        }
        for (ordinal, message) in (0..).zip(&event.body.messages) {
            let owner = Owner::Message(ordinal);
            let index = event.member_of(owner, "choice", "index").and_then(|field| field.value.as_u64());
            if index.unwrap_or(0) == 0 {
                let before = self.blocks;
                let finished = self.finished;
                self.choice(event, owner, message.first_part..message.first_part + message.part_count, emit);
                if finished && self.blocks > before {
                    return Err("content after `finish_reason`");
                }
            } else {
                emit(Step::Lost { feature: Feature::ExtraChoice, place: message.place });
            }
        }
        if let Some(usage) = event.member("", "usage").filter(|usage| usage.kind() == Kind::Object) {
            emit(Step::Usage(Usage::read(Protocol::Chat, usage)));
        }
        Self::lost(event, emit);
        Ok(())
    }

    pub(crate) fn is_finished(&self) -> bool {
        self.finished
    }

    fn lost(event: &Event<'_>, emit: &mut Emit<'_>) {
        for field in &event.body.fields {
            let feature = match &field.name {
                switchback_ir::Name::Unknown(_) if !field.value.is_null() => Feature::UnknownField,
                switchback_ir::Name::Known { wire: "system_fingerprint", .. } => Feature::Fingerprint,
                switchback_ir::Name::Known { wire: "audio", .. } => Feature::AudioOutput,
                switchback_ir::Name::Known { .. } | switchback_ir::Name::Blank(_) | switchback_ir::Name::Unknown(_) => {
                    continue;
                }
            };
            emit(Step::Lost { feature, place: field.place });
        }
    }

    fn choice(&mut self, event: &Event<'_>, owner: Owner, calls: std::ops::Range<u32>, emit: &mut Emit<'_>) {
        let member = |name: &str| event.member_of(owner, "delta", name).map(|field| &field.value);
        let said = |name: &str| member(name).and_then(RawJson::as_text).filter(|text| !text.is_empty());
        // Some hosts write the same reasoning under both names.
        if let Some(text) = said("reasoning_content").or_else(|| said("reasoning")) {
            self.say(Known::Reasoning, text, emit);
        }
        if let Some(text) = said("content") {
            self.say(Known::Text, text, emit);
        } else if let Some(list) = member("content").filter(|content| content.kind() == Kind::Array) {
            self.parts(list, emit);
        }
        if let Some(text) = said("refusal") {
            self.say(Known::Refusal, text, emit);
        }
        let logprobs = event.member_of(owner, "choice", "logprobs").and_then(|field| field.value.member("content"));
        if let Some((list, _)) = logprobs.filter(|(list, _)| list.kind() == Kind::Array && !list.is_empty_container()) {
            let block = self.block(Known::Text, emit);
            emit(Step::Logprobs { block, raw: list });
        }
        let legacy = |name: &str| event.member_of(owner, "delta/function_call", name);
        if legacy("name").is_some() || legacy("arguments").is_some() {
            let text = |name: &str| legacy(name).and_then(|field| text_of(&field.value));
            self.call(Piece { index: 0, id: None, name: text("name"), text: text("arguments"), custom: false }, emit);
        }
        for (position, part) in (0_u64..).zip(calls) {
            let owner = Owner::Part(part);
            let member = |object: &str, name: &str| event.member_of(owner, object, name).map(|field| &field.value);
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
            );
        }
        let told = event.member_of(owner, "choice", "finish_reason");
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
    }

    fn say(&mut self, known: Known, text: Text<'_>, emit: &mut Emit<'_>) {
        let block = self.block(known, emit);
        emit(Step::Delta { block, text });
    }

    /// A content that some hosts send as parts: text, and thinking that is itself a list of texts.
    fn parts(&mut self, list: &RawJson<'_>, emit: &mut Emit<'_>) {
        elements(list, &mut |part| {
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
                        elements(&thinking, &mut |piece| {
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
    fn call(&mut self, piece: Piece<'_>, emit: &mut Emit<'_>) {
        let same = |call: &&OpenCall| {
            let other = piece.id.as_ref().is_some_and(|id| !call.id.is_empty() && *id != *call.id);
            call.index == piece.index && !other
        };
        let known = self.calls.iter().rev().find(same).map(|call| call.block);
        let block = known.unwrap_or_else(|| {
            if let Some((block, _)) = self.open.take() {
                emit(Step::Close { block });
            }
            let block = self.next();
            let id = piece.id.as_ref().map(|id| id.word().into_owned()).unwrap_or_default();
            self.calls.push(OpenCall { index: piece.index, id, block });
            let name = piece.name.clone().unwrap_or_else(|| Text::from(""));
            emit(Step::Open { block, kind: Block::Call { id: piece.id.clone(), name, custom: piece.custom } });
            block
        });
        if let Some(text) = piece.text.filter(|text| !text.is_empty()) {
            emit(Step::Delta { block, text });
        }
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

/// Calls `visit` with each element of a list; nothing for any other value.
fn elements(list: &RawJson<'_>, visit: &mut dyn FnMut(&RawJson<'_>)) {
    let mut cursor = Cursor::of(list.as_str());
    let Ok(mut elements) = cursor.open_array() else { return };
    while let Ok(true) = cursor.next_element(&mut elements) {
        let Ok(element) = cursor.raw() else { return };
        visit(&element);
    }
}

/// What a delta says of a call.
struct Piece<'s> {
    index: u64,
    id: Option<Text<'s>>,
    name: Option<Text<'s>>,
    text: Option<Text<'s>>,
    custom: bool,
}

/// Writes a stream for a client of this protocol.
#[derive(Debug, Default)]
pub(crate) struct Encoder {
    opening: Opening,
    /// The member that each open block of text goes into; none where this client does not get it.
    texts: Vec<(u32, Option<&'static str>)>,
    /// Characters of the answer's text so far, and of its open block.
    characters: u64,
    before: u64,
    cited: Vec<RawJson<'static>>,
    calls: Vec<CallOut>,
    usage: Usage,
    told_usage: bool,
    reason: Option<StopReason>,
    refused: bool,
}

#[derive(Debug)]
struct CallOut {
    block: u32,
    index: u64,
    unwrapping: Option<Unwrapping>,
    custom: bool,
}

impl Encoder {
    /// Writes what a step becomes.
    pub(crate) fn step(
        &mut self,
        step: &Step<'_>,
        reply: &Reply<'_>,
        out: &mut Vec<u8>,
    ) -> std::result::Result<(), &'static str> {
        match step {
            Step::Start(start) => {
                self.opening = Opening::of(start, reply);
                self.chunk(out, |json| {
                    json.begin_object();
                    json.key("role");
                    json.str("assistant");
                    json.key("content");
                    json.str("");
                    json.end_object();
                });
            }
            Step::Open { block, kind: Block::Call { id, name, custom } } => {
                self.open_call(*block, id.as_ref(), name, *custom, reply, out);
            }
            Step::Open { block, kind: Block::Text } => {
                self.before = self.characters;
                self.texts.push((*block, Some("content")));
            }
            Step::Open { block, kind: Block::Refusal } => {
                self.refused = true;
                self.texts.push((*block, Some("refusal")));
            }
            Step::Open { block, kind: Block::Reasoning } => {
                self.texts.push((*block, reply.reasoning_extension.then_some("reasoning_content")));
            }
            Step::Citation { raw, .. } => self.cited.push(raw.clone().into_owned()),
            Step::Logprobs { raw, .. } => self.opening.logprobs_chunk(out, raw),
            Step::Lost { .. } | Step::Failed { .. } => {}
            Step::Delta { block, text } => return self.delta(*block, text, out),
            Step::Close { block } => self.close(*block, out),
            Step::Tier(tier) => self.opening.tier = Some(tier.word().into_owned()),
            Step::Usage(usage) => {
                self.usage = self.usage.updated(*usage);
                self.told_usage = true;
            }
            Step::Finish { reason, .. } => self.reason = Some(*reason),
            Step::End => self.end(reply, out),
        }
        Ok(())
    }

    fn open_call(
        &mut self,
        block: u32,
        id: Option<&Text<'_>>,
        name: &Text<'_>,
        custom: bool,
        reply: &Reply<'_>,
        out: &mut Vec<u8>,
    ) {
        let index = self.calls.len() as u64;
        let wrapped = !custom && crate::reply::is_wrapped(reply.context, name);
        let custom = custom || wrapped;
        self.calls.push(CallOut { block, index, custom, unwrapping: wrapped.then(Unwrapping::default) });
        self.chunk(out, |json| {
            call_delta(json, index, |json| {
                json.key("id");
                write_call_id(json, reply.context, id, block);
                // The vendor's types have only functions in a stream (2026-11-21); the member tells a custom tool.
                if !custom {
                    json.key("type");
                    json.str("function");
                }
                json.key(if custom { "custom" } else { "function" });
                json.begin_object();
                json.key("name");
                write_name(json, reply.context, name);
                json.key(if custom { "input" } else { "arguments" });
                json.str("");
                json.end_object();
            });
        });
    }

    fn delta(&mut self, block: u32, text: &Text<'_>, out: &mut Vec<u8>) -> std::result::Result<(), &'static str> {
        if let Some((_, member)) = self.texts.iter().find(|(open, _)| *open == block) {
            if let Some(member) = *member {
                if member == "content" {
                    self.characters += text.char_count();
                }
                self.chunk(out, |json| {
                    json.begin_object();
                    json.key(member);
                    json.text(text);
                    json.end_object();
                });
            }
            return Ok(());
        }
        let Some(call) = self.calls.iter_mut().find(|call| call.block == block) else {
            return Ok(());
        };
        if let Some(unwrapping) = &mut call.unwrapping {
            return unwrapping.push(text);
        }
        let (index, custom) = (call.index, call.custom);
        self.chunk(out, |json| call_piece(json, index, custom, text));
        Ok(())
    }

    fn close(&mut self, block: u32, out: &mut Vec<u8>) {
        self.texts.retain(|(open, _)| *open != block);
        if !self.cited.is_empty() {
            self.annotations(out);
        }
        let call = self.calls.iter_mut().find(|call| call.block == block);
        if let Some((index, unwrapping)) = call.and_then(|call| Some((call.index, call.unwrapping.take()?))) {
            let input = unwrapping.finish();
            self.chunk(out, |json| call_piece(json, index, true, &input));
        }
    }

    /// What the text that has just ended cites.
    fn annotations(&mut self, out: &mut Vec<u8>) {
        let cited = std::mem::take(&mut self.cited);
        let (before, length) = (self.before, self.characters - self.before);
        self.chunk(out, |json| {
            json.begin_object();
            json.key("annotations");
            json.begin_array();
            for raw in &cited {
                let one = format!("[{}]", raw.as_str());
                let found = RawJson::parse(&one).map(|one| citations(&one)).unwrap_or_default();
                for citation in found {
                    json.begin_object();
                    json.key("type");
                    json.str("url_citation");
                    json.key("url_citation");
                    json.begin_object();
                    write_citation(json, &citation, before, length);
                    json.end_object();
                    json.end_object();
                }
            }
            json.end_array();
            json.end_object();
        });
    }

    fn end(&mut self, reply: &Reply<'_>, out: &mut Vec<u8>) {
        let reason = crate::reply::effective_reason(self.reason, !self.calls.is_empty(), self.refused);
        let finish = if reason == StopReason::Refusal && self.refused { "stop" } else { reason.chat() };
        self.opening.chunk(out, Some(finish), |json| {
            json.begin_object();
            json.end_object();
        });
        if self.told_usage && reply.context.stream_usage {
            let usage = self.usage;
            self.opening.usage_chunk(out, &usage);
        }
        Printer::new(out).frame("", DONE.as_bytes());
    }

    fn chunk(&self, out: &mut Vec<u8>, delta: impl FnOnce(&mut Writer<'_>)) {
        self.opening.chunk(out, None, delta);
    }
}

fn call_delta(json: &mut Writer<'_>, index: u64, members: impl FnOnce(&mut Writer<'_>)) {
    json.begin_object();
    json.key("tool_calls");
    json.begin_array();
    json.begin_object();
    json.key("index");
    json.number(index);
    members(json);
    json.end_object();
    json.end_array();
    json.end_object();
}

fn call_piece(json: &mut Writer<'_>, index: u64, custom: bool, text: &Text<'_>) {
    let (kind, member) = if custom { ("custom", "input") } else { ("function", "arguments") };
    call_delta(json, index, |json| {
        json.key(kind);
        json.begin_object();
        json.key(member);
        json.text(text);
        json.end_object();
    });
}

impl Opening {
    /// Writes a chunk of the one choice.
    fn chunk(&self, out: &mut Vec<u8>, finish: Option<&str>, delta: impl FnOnce(&mut Writer<'_>)) {
        self.frame(out, |json| {
            json.key("choices");
            json.begin_array();
            json.begin_object();
            json.key("index");
            json.number(0);
            json.key("delta");
            delta(json);
            json.key("finish_reason");
            match finish {
                Some(reason) => json.str(reason),
                None => json.constant("null"),
            }
            json.end_object();
            json.end_array();
        });
    }

    fn logprobs_chunk(&self, out: &mut Vec<u8>, list: &RawJson<'_>) {
        self.frame(out, |json| {
            json.key("choices");
            json.begin_array();
            json.begin_object();
            json.key("index");
            json.number(0);
            json.key("delta");
            json.constant("{}");
            json.key("logprobs");
            json.begin_object();
            json.key("content");
            json.raw(list);
            json.key("refusal");
            json.constant("null");
            json.end_object();
            json.key("finish_reason");
            json.constant("null");
            json.end_object();
            json.end_array();
        });
    }

    fn usage_chunk(&self, out: &mut Vec<u8>, usage: &Usage) {
        self.frame(out, |json| {
            json.key("choices");
            json.constant("[]");
            json.key("usage");
            write_openai_usage(json, usage, Protocol::Chat);
        });
    }

    fn frame(&self, out: &mut Vec<u8>, members: impl FnOnce(&mut Writer<'_>)) {
        let mut printer = Printer::new(out);
        printer.begin("");
        let mut json = Writer::new(printer.payload());
        json.begin_object();
        json.key("id");
        json.str(&self.id);
        json.key("object");
        json.str("chat.completion.chunk");
        json.key("created");
        json.number(self.created);
        json.key("model");
        json.str(&self.model);
        if let Some(tier) = self.tier.as_deref().and_then(|tier| tier_name(tier, Protocol::Chat)) {
            json.key("service_tier");
            json.str(tier);
        }
        members(&mut json);
        json.end_object();
        printer.end();
    }
}
