//! Streams of Messages, read: named events around one message, its blocks one after another.

use super::{DELTA, EVENT};
use crate::reader::{Reader, Result};
use crate::reply::Reply;
use crate::sse::Printer;
use crate::stream::{Emit, Texts, encode_snapshot, tell_uses};
use crate::writer::{Carried, Encoding};
use switchback_ir::json::{Cursor, Kind, Writer};
use switchback_ir::{
    At, Block, Event, Feature, Key, Ledger, Limits, Name, Owner, Place, Protocol, RawJson, Request, Start, Step,
    StopReason, TargetFacts, Text, Usage,
};

/// What holds the text of a delta.
pub(crate) const TEXTS: Texts = &[("delta", "text"), ("delta", "thinking"), ("delta", "partial_json")];

/// Reads an event into `tables`, which are empty.
pub(crate) fn decode_event<'a>(
    name: &'a str,
    data: &'a str,
    tables: Request<'a>,
    limits: &Limits,
) -> Result<Event<'a>> {
    let mut reader = Reader::with_tables(Protocol::Messages, Cursor::new(data.as_bytes(), limits)?, tables, limits);
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
            _ => reader.leaf(&EVENT, Owner::Request, &name)?,
        }
    }
    reader.end()?;
    Ok(Event { name, body: reader.request, snapshot, plain: None })
}

/// Writes an event within the protocol.
pub(crate) fn encode_own_event(event: &Event<'_>, reply: &Reply<'_>, out: &mut Vec<u8>, ledger: &mut Ledger) {
    let facts = TargetFacts::default();
    let mut printer = Printer::new(out);
    printer.begin(event.name);
    let carried = Carried::of(&event.body, Protocol::Messages, &facts);
    let mut encoding = Encoding::new(&event.body, &carried, &facts, printer.payload(), ledger, super::encode::spell);
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
                let said = |name: &str| text(name).filter(|text| !text.is_empty());
                let name = said("name").ok_or("a `tool_use` block without a name")?;
                let call = Block::Call { id: said("id"), name, custom: false };
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
