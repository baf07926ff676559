//! Streams of Messages: named events around one message, its blocks one after another.

use super::response::write_stop;
use super::{DELTA, EVENT};
use crate::reader::{Reader, Result};
use crate::reply::{Reply, write_call_id, write_messages_usage, write_name};
use crate::sse::Printer;
use crate::stream::{BOUND, Emit, Known, Opening, TOO_MUCH, encode_snapshot, tell_uses};
use crate::writer::Encoding;
use switchback_ir::json::{Kind, Writer};
use switchback_ir::{
    At, Block, Event, Feature, Key, Ledger, Limits, Name, Owner, Place, Protocol, RawJson, Request, Start, Step,
    StopReason, TargetFacts, Text, Usage,
};

/// Reads an event into `tables`, which are empty.
pub(crate) fn decode_event<'a>(
    name: &'a str,
    data: &'a str,
    tables: Request<'a>,
    limits: &Limits,
) -> Result<Event<'a>> {
    let mut reader = Reader::with_tables(Protocol::Messages, data.as_bytes(), tables, limits)?;
    let mut snapshot = None;
    let mut members = reader.cursor.open_object()?;
    while let Some(name) = reader.cursor.next_key(&mut members)? {
        match &*name.word() {
            "message" if reader.cursor.peek()? == Kind::Object => {
                let place = reader.cursor.place();
                let value = reader.cursor.raw()?;
                reader.once(&mut snapshot, "message", At { value, place })?;
            }
            "delta" => {
                if !reader.blank(EVENT.object, Owner::Request, "delta")? {
                    reader.leaf_members(&DELTA, Owner::Request)?;
                }
            }
            _ => reader.leaf(&EVENT, Owner::Request, name.clone())?,
        }
    }
    Ok(Event { name, body: reader.finish()?, snapshot, plain: None })
}

/// Writes an event within the protocol.
pub(crate) fn encode_own_event(event: &Event<'_>, reply: &Reply<'_>, out: &mut Vec<u8>, ledger: &mut Ledger) {
    let facts = TargetFacts::default();
    let mut printer = Printer::new(out);
    printer.begin(event.name);
    let mut encoding =
        Encoding::new(&event.body, Protocol::Messages, &facts, printer.payload(), ledger, super::encode::spell);
    encoding.json.begin_object();
    encoding.leaves(Owner::Request, &EVENT);
    encoding.leaf_object(Owner::Request, "delta", &DELTA);
    if let Some(snapshot) = &event.snapshot {
        encoding.json.key("message");
        encode_snapshot(&mut encoding.json, Protocol::Messages, &snapshot.value, reply);
    }
    encoding.json.end_object();
    printer.end();
}

/// What a stream has said so far.
#[derive(Debug, Default)]
pub(crate) struct Interpreter {
    state: State,
    /// How many blocks there were, those that no other protocol has included.
    indices: u64,
    blocks: u32,
    texted: bool,
    called: bool,
    finished: bool,
}

/// Where in the order of events a stream is.
#[derive(Debug, Default)]
enum State {
    #[default]
    BeforeStart,
    /// No block is open.
    Between,
    /// A block is open; `block` is none for one that no other protocol has.
    Within {
        index: u64,
        block: Option<u32>,
    },
    /// The reason to stop has been told.
    Stopped,
    Ended,
}

impl Interpreter {
    pub(crate) fn is_finished(&self) -> bool {
        self.finished
    }

    /// Tells what `event` says.
    pub(crate) fn interpret(
        &mut self,
        event: &Event<'_>,
        emit: &mut Emit<'_>,
    ) -> std::result::Result<(), &'static str> {
        let kind = event.member("", "type").and_then(RawJson::as_text);
        let kind = kind.as_ref().map(Text::word).unwrap_or_default();
        match (&*kind, &self.state) {
            ("ping", _) => {}
            ("error", _) => {
                if let Some(error) = event.member("", "error") {
                    emit(Step::Failed { raw: error.clone() });
                }
            }
            ("message_start", State::BeforeStart) => {
                self.state = State::Between;
                start(event, emit);
            }
            ("content_block_start", State::Between) => self.open(event, emit)?,
            ("content_block_delta", State::Within { .. }) => self.delta(event, emit)?,
            ("content_block_stop", State::Within { .. }) => self.close(event, emit)?,
            ("message_delta", State::Between | State::Stopped) => {
                self.state = State::Stopped;
                self.stop(event, emit);
            }
            ("message_stop", State::Stopped) => {
                self.state = State::Ended;
                emit(Step::End);
            }
            ("message_start", _) => return Err("a second `message_start`"),
            ("content_block_start", _) => {
                return Err("`content_block_start` while a block is open or before the start");
            }
            ("content_block_delta", _) => return Err("`content_block_delta` without an open block"),
            ("content_block_stop", _) => return Err("`content_block_stop` without an open block"),
            ("message_delta", _) => return Err("`message_delta` while a block is open or before the start"),
            ("message_stop", _) => return Err("`message_stop` before `message_delta`"),
            _ => emit(Step::Lost { feature: Feature::UnknownEvent, place: Place::ROOT }),
        }
        Ok(())
    }

    fn open(&mut self, event: &Event<'_>, emit: &mut Emit<'_>) -> std::result::Result<(), &'static str> {
        let index = event.member("", "index").and_then(RawJson::as_u64).unwrap_or_default();
        if index != self.indices {
            return Err("`content_block_start` out of the order of `index`");
        }
        self.indices += 1;
        let block = event.member("", "content_block");
        let member = |name: &str| block.and_then(|block| block.member(name)).map(|(value, _)| value.into_owned());
        let text = |name: &str| member(name).and_then(|value| value.as_text().map(Text::into_owned));
        let kind = text("type");
        let number = self.blocks;
        let (opened, given) = match kind.as_ref().map(Text::word).as_deref() {
            Some("text") => (Some(Block::Text), text("text")),
            Some("thinking") => (Some(Block::Reasoning), text("thinking")),
            Some("tool_use") => {
                let given = member("input").filter(|input| !input.is_empty_container() && !input.is_null());
                let name = text("name").unwrap_or_else(|| Text::from(""));
                let call = Block::Call { id: text("id"), name, custom: false };
                (Some(call), given.map(|input| Text::new(input.as_str().to_owned())))
            }
            _ => (None, None),
        };
        let place = event.member_of(Owner::Request, "", "content_block").map_or(Place::ROOT, |field| field.place);
        self.state = State::Within { index, block: opened.is_some().then_some(number) };
        if let Some(block) = block {
            tell_content(place, emit, |json| json.raw(block));
        }
        let Some(opened) = opened else { return Ok(()) };
        self.order(&opened, place, emit);
        self.blocks = self.blocks.saturating_add(1);
        emit(Step::Open { block: number, kind: opened });
        if let Some(text) = given.filter(|text| !text.is_empty()) {
            emit(Step::Delta { block: number, text });
        }
        Ok(())
    }

    /// Text that is not the first, and text after a call: not every protocol tells where it stood.
    fn order(&mut self, opened: &Block<'_>, place: Place, emit: &mut Emit<'_>) {
        let mut lost = |feature| emit(Step::Lost { feature, place });
        match opened {
            Block::Call { .. } => self.called = true,
            Block::Text => {
                if self.called {
                    lost(Feature::ToolCallOrder);
                }
                if std::mem::replace(&mut self.texted, true) {
                    lost(Feature::OutputBoundaries);
                }
            }
            Block::Refusal | Block::Reasoning => {}
        }
    }

    fn delta(&mut self, event: &Event<'_>, emit: &mut Emit<'_>) -> std::result::Result<(), &'static str> {
        let State::Within { index, block } = &self.state else { return Ok(()) };
        if event.member("", "index").and_then(RawJson::as_u64) != Some(*index) {
            return Err("`content_block_delta` of a block that is not open");
        }
        let text = |name: &str| event.member("delta", name).and_then(RawJson::as_text);
        let place = event.member_of(Owner::Request, "delta", "type").map_or(Place::ROOT, |field| field.place);
        let Some(block) = *block else { return Ok(()) };
        let kind = text("type");
        let said = match kind.as_ref().map(Text::word).as_deref() {
            Some("text_delta") => text("text"),
            Some("thinking_delta") => {
                emit(Step::Lost { feature: Feature::ReasoningShown, place });
                text("thinking")
            }
            Some("input_json_delta") => text("partial_json"),
            Some("citations_delta") => {
                if let Some(raw) = event.member("delta", "citation") {
                    tell_content(place, emit, |json| {
                        json.begin_object();
                        json.key("type");
                        json.str("text");
                        json.key("text");
                        json.str(".");
                        json.key("citations");
                        json.begin_array();
                        json.raw(raw);
                        json.end_array();
                        json.end_object();
                    });
                    emit(Step::Citation { block, raw: raw.clone() });
                }
                None
            }
            Some("signature_delta") => {
                emit(Step::Lost { feature: Feature::ReasoningReplay, place });
                None
            }
            _ => {
                emit(Step::Lost { feature: Feature::UnknownEvent, place });
                None
            }
        };
        if let Some(text) = said.filter(|text| !text.is_empty()) {
            emit(Step::Delta { block, text });
        }
        Ok(())
    }

    fn close(&mut self, event: &Event<'_>, emit: &mut Emit<'_>) -> std::result::Result<(), &'static str> {
        let State::Within { index, block } = self.state else { return Ok(()) };
        if event.member("", "index").and_then(RawJson::as_u64) != Some(index) {
            return Err("`content_block_stop` of a block that is not open");
        }
        self.state = State::Between;
        if let Some(block) = block {
            emit(Step::Close { block });
        }
        Ok(())
    }

    fn stop(&mut self, event: &Event<'_>, emit: &mut Emit<'_>) {
        if let Some(usage) = event.member("", "usage").filter(|usage| usage.kind() == Kind::Object) {
            emit(Step::Usage(Usage::read(Protocol::Messages, usage)));
        }
        tell_uses(Protocol::Messages, Place::ROOT, emit, |json| {
            json.begin_object();
            json.key("content");
            json.constant("[]");
            let fields = event.body.fields_of(Owner::Request).iter();
            for field in fields.filter(|field| field.object == "delta" || field.key() != Some(Key::EventMember)) {
                match &field.name {
                    Name::Known { wire, .. } => json.key(wire),
                    Name::Blank(name) | Name::Unknown(name) => json.key_text(name),
                }
                json.raw(&field.value);
            }
            json.end_object();
        });
        let Some(reason) = event.member("delta", "stop_reason").and_then(RawJson::as_text) else { return };
        self.finished = true;
        let explanation = event.member("delta", "stop_details").and_then(|details| details.member("explanation"));
        if let Some(text) = explanation.as_ref().and_then(|(text, _)| text.as_text()) {
            let block = self.blocks;
            self.blocks = self.blocks.saturating_add(1);
            emit(Step::Open { block, kind: Block::Refusal });
            emit(Step::Delta { block, text: text.clone() });
            emit(Step::Close { block });
        }
        let reason = StopReason::of_messages(&reason.word());
        emit(Step::Finish { reason, sequence: event.member("delta", "stop_sequence").and_then(RawJson::as_text) });
    }
}

fn start(event: &Event<'_>, emit: &mut Emit<'_>) {
    let member = |name: &str| event.snapshot.as_ref().and_then(|message| message.value.member(name));
    let (id, model, usage) = (member("id"), member("model"), member("usage"));
    let tier = usage.as_ref().and_then(|(usage, _)| usage.member("service_tier"));
    let text = |value: &Option<(RawJson<'_>, usize)>| {
        value.as_ref().and_then(|(value, _)| value.as_text().map(Text::into_owned))
    };
    emit(Step::Start(Start { id: text(&id), model: text(&model), created: None, tier: text(&tier) }));
    if let Some(message) = &event.snapshot {
        tell_uses(Protocol::Messages, message.place, emit, |json| json.raw(&message.value));
    }
    if let Some((usage, _)) = usage {
        let usage = Usage::read(Protocol::Messages, &usage);
        // The output of an answer that begins is a placeholder.
        emit(Step::Usage(Usage { output: None, ..usage }));
    }
}

/// Tells which features the block that `write` writes uses.
fn tell_content(place: Place, emit: &mut Emit<'_>, write: impl FnOnce(&mut Writer<'_>)) {
    tell_uses(Protocol::Messages, place, emit, |json| {
        json.begin_object();
        json.key("content");
        json.begin_array();
        write(json);
        json.end_array();
        json.end_object();
    });
}

/// Writes a stream for a client of this protocol: one block at a time, so that what comes of another one waits.
#[derive(Debug, Default)]
pub(crate) struct Encoder {
    opening: Opening,
    index: u64,
    active: Option<Active>,
    waiting: Vec<Waiting>,
    waiting_bytes: usize,
    refusal: Vec<u8>,
    refused: bool,
    refusals: Vec<u32>,
    calls: bool,
    usage: Usage,
    finish: Option<StopReason>,
}

#[derive(Debug)]
struct Active {
    block: u32,
    known: Known,
    /// Whether nothing of it has been said yet.
    empty: bool,
}

/// A block that came while another one was open.
#[derive(Debug)]
struct Waiting {
    block: u32,
    known: Known,
    id: Option<Text<'static>>,
    name: Option<Text<'static>>,
    /// Escaped text that has come of it.
    text: Vec<u8>,
    closed: bool,
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
                self.start(out);
            }
            Step::Open { block, kind: Block::Refusal } => {
                self.refused = true;
                self.refusals.push(*block);
            }
            Step::Open { block, kind } => self.open(*block, kind, reply, out),
            Step::Delta { block, text } => return self.delta(*block, text, out),
            Step::Close { block } => self.close(*block, reply, out),
            Step::Usage(usage) => self.usage = self.usage.updated(*usage),
            Step::Finish { reason, .. } => self.finish = Some(*reason),
            Step::End => self.end(reply, out),
            Step::Tier(_) | Step::Citation { .. } | Step::Logprobs { .. } | Step::Lost { .. } | Step::Failed { .. } => {
            }
        }
        Ok(())
    }

    fn start(&self, out: &mut Vec<u8>) {
        frame(out, "message_start", |json| {
            json.key("message");
            json.begin_object();
            json.key("id");
            json.str(&self.opening.id);
            json.key("type");
            json.str("message");
            json.key("role");
            json.str("assistant");
            json.key("model");
            json.str(&self.opening.model);
            json.key("content");
            json.constant("[]");
            json.key("stop_reason");
            json.constant("null");
            json.key("stop_sequence");
            json.constant("null");
            json.key("usage");
            // Not known before the end where the upstream speaks another protocol; `message_delta` has all of it.
            write_messages_usage(json, &Usage::default());
            json.end_object();
        });
    }

    fn open(&mut self, block: u32, kind: &Block<'_>, reply: &Reply<'_>, out: &mut Vec<u8>) {
        let (known, id, name) = match kind {
            Block::Text | Block::Refusal => (Known::Text, None, None),
            Block::Reasoning => (Known::Reasoning, None, None),
            Block::Call { id, name, custom } => {
                self.calls = true;
                (if *custom { Known::Custom } else { Known::Call }, id.clone(), Some(name.clone()))
            }
        };
        if self.active.is_some() {
            self.waiting.push(Waiting {
                block,
                known,
                id: id.map(Text::into_owned),
                name: name.map(Text::into_owned),
                text: Vec::new(),
                closed: false,
            });
            return;
        }
        self.active = Some(Active { block, known, empty: true });
        // A text begins with its first words: an empty block says nothing, and is not taken back.
        if !known.is_said() {
            self.begin(block, known, id.as_ref(), name.as_ref(), reply, out);
        }
    }

    fn begin(
        &self,
        block: u32,
        known: Known,
        id: Option<&Text<'_>>,
        name: Option<&Text<'_>>,
        reply: &Reply<'_>,
        out: &mut Vec<u8>,
    ) {
        frame(out, "content_block_start", |json| {
            json.key("index");
            json.number(self.index);
            json.key("content_block");
            json.begin_object();
            json.key("type");
            match known {
                Known::Text | Known::Refusal => {
                    json.str("text");
                    json.key("text");
                    json.str("");
                }
                Known::Reasoning => {
                    json.str("thinking");
                    json.key("thinking");
                    json.str("");
                    json.key("signature");
                    json.str("");
                }
                Known::Call | Known::Custom => {
                    json.str("tool_use");
                    json.key("id");
                    write_call_id(json, reply.context, id, block);
                    json.key("name");
                    match name {
                        Some(name) => write_name(json, reply.context, name),
                        None => json.str(""),
                    }
                    json.key("input");
                    json.constant("{}");
                }
            }
            json.end_object();
        });
    }

    fn delta(&mut self, block: u32, text: &Text<'_>, out: &mut Vec<u8>) -> std::result::Result<(), &'static str> {
        if self.refusals.contains(&block) {
            text.write_content(&mut self.refusal);
            return within(self.refusal.len());
        }
        let Some(active) = self.active.as_mut().filter(|active| active.block == block) else {
            let Some(waiting) = self.waiting.iter_mut().find(|waiting| waiting.block == block) else { return Ok(()) };
            let before = waiting.text.len();
            text.write_content(&mut waiting.text);
            self.waiting_bytes += waiting.text.len() - before;
            return within(self.waiting_bytes);
        };
        let (known, first) = (active.known, std::mem::replace(&mut active.empty, false));
        if first && known.is_said() {
            begin_said(self.index, known, out);
        }
        write_delta(self.index, known, first, out, |out| text.write_content(out));
        Ok(())
    }

    fn close(&mut self, block: u32, reply: &Reply<'_>, out: &mut Vec<u8>) {
        if let Some(waiting) = self.waiting.iter_mut().find(|waiting| waiting.block == block) {
            waiting.closed = true;
            return;
        }
        let Some(active) = self.active.take_if(|active| active.block == block) else { return };
        self.end_block(&active, out);
        // What waited comes now, up to the first block that is still open.
        while self.active.is_none() && !self.waiting.is_empty() {
            let waiting = self.waiting.remove(0);
            self.waiting_bytes = self.waiting_bytes.saturating_sub(waiting.text.len());
            let known = waiting.known;
            let active = Active { block: waiting.block, known, empty: waiting.text.is_empty() };
            if !known.is_said() || !waiting.text.is_empty() {
                self.begin(waiting.block, known, waiting.id.as_ref(), waiting.name.as_ref(), reply, out);
            }
            if !waiting.text.is_empty() {
                write_delta(self.index, known, true, out, |out| out.extend_from_slice(&waiting.text));
            }
            if waiting.closed {
                self.end_block(&active, out);
            } else {
                self.active = Some(active);
            }
        }
    }

    fn end_block(&mut self, active: &Active, out: &mut Vec<u8>) {
        if active.empty && active.known.is_said() {
            return;
        }
        if active.known == Known::Custom {
            let end: &[u8] = if active.empty { br#"{\"input\":\"\"}"# } else { br#"\"}"# };
            write_delta(self.index, Known::Call, false, out, |out| out.extend_from_slice(end));
        }
        frame(out, "content_block_stop", |json| {
            json.key("index");
            json.number(self.index);
        });
        self.index += 1;
    }

    fn end(&mut self, reply: &Reply<'_>, out: &mut Vec<u8>) {
        if let Some(block) = self.active.as_ref().map(|active| active.block) {
            self.waiting.iter_mut().for_each(|waiting| waiting.closed = true);
            self.close(block, reply, out);
        }
        let reason = crate::reply::effective_reason(self.finish, self.calls, self.refused);
        let refusal = String::from_utf8(std::mem::take(&mut self.refusal)).unwrap_or_default();
        let usage = self.usage;
        frame(out, "message_delta", |json| {
            json.key("delta");
            json.begin_object();
            write_stop(json, reason, &escaped(&refusal));
            json.end_object();
            json.key("usage");
            write_messages_usage(json, &usage);
        });
        frame(out, "message_stop", |_| {});
    }
}

/// The text whose escaped content this is.
fn escaped(content: &str) -> Vec<Text<'static>> {
    if content.is_empty() {
        return Vec::new();
    }
    let quoted = format!("\"{content}\"");
    RawJson::parse(&quoted).ok().and_then(|raw| raw.as_text().map(Text::into_owned)).into_iter().collect()
}

fn within(bytes: usize) -> std::result::Result<(), &'static str> {
    if bytes <= BOUND { Ok(()) } else { Err(TOO_MUCH) }
}

fn begin_said(index: u64, known: Known, out: &mut Vec<u8>) {
    frame(out, "content_block_start", |json| {
        json.key("index");
        json.number(index);
        json.key("content_block");
        json.constant(if known == Known::Reasoning {
            r#"{"type":"thinking","thinking":"","signature":""}"#
        } else {
            r#"{"type":"text","text":""}"#
        });
    });
}

/// Writes a piece of a block. The input of a custom tool becomes the one member of an object.
fn write_delta(index: u64, known: Known, first: bool, out: &mut Vec<u8>, content: impl FnOnce(&mut Vec<u8>)) {
    let (kind, member) = match known {
        Known::Text | Known::Refusal => ("text_delta", "text"),
        Known::Reasoning => ("thinking_delta", "thinking"),
        Known::Call | Known::Custom => ("input_json_delta", "partial_json"),
    };
    frame(out, "content_block_delta", |json| {
        json.key("index");
        json.number(index);
        json.key("delta");
        json.begin_object();
        json.key("type");
        json.str(kind);
        json.key(member);
        if known == Known::Custom {
            // One more layer of escaping: it is text within JSON within a string.
            let mut text = Vec::new();
            content(&mut text);
            let text = String::from_utf8(text).unwrap_or_default();
            json.string(|out| {
                if first {
                    out.extend_from_slice(br#"{\"input\":\""#);
                }
                switchback_ir::json::escape_into(&text, out);
            });
        } else {
            json.string(content);
        }
        json.end_object();
    });
}

fn frame(out: &mut Vec<u8>, kind: &str, members: impl FnOnce(&mut Writer<'_>)) {
    let mut printer = Printer::new(out);
    printer.begin(kind);
    let mut json = Writer::new(printer.payload());
    json.begin_object();
    json.key("type");
    json.str(kind);
    members(&mut json);
    json.end_object();
    printer.end();
}
