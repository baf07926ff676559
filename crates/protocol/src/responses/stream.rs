//! Streams of Responses, read: named events around items and their parts, each event with its place in them.

use super::{EVENT, item_feature};
use crate::reader::{Reader, Result};
use crate::reply::Reply;
use crate::sse::Printer;
use crate::stream::{Emit, Known, Texts, encode_snapshot, seconds, tell_uses};
use crate::writer::{Carried, Encoding, spell_openai};
use switchback_ir::json::{Cursor, Kind};
use switchback_ir::{
    At, Block, Event, Feature, Ledger, Limits, Owner, Place, Protocol, RawJson, Request, Start, Step, StopReason,
    TargetFacts, Text, Usage,
};

/// What holds the text of a delta. Not the whole texts, which say something only where no delta came.
pub(crate) const TEXTS: Texts = &[("", "delta")];

/// Reads an event into `tables`, which are empty.
pub(crate) fn decode_event<'a>(
    name: &'a str,
    data: &'a str,
    tables: Request<'a>,
    limits: &Limits,
) -> Result<Event<'a>> {
    let mut reader = Reader::with_tables(Protocol::Responses, Cursor::new(data.as_bytes(), limits)?, tables, limits);
    let mut snapshot = None;
    let mut members = reader.cursor.open_object()?;
    while let Some(name) = reader.cursor.next_key(&mut members)? {
        if name == *"response" && reader.cursor.peek()? == Kind::Object {
            let place = reader.cursor.place();
            let value = reader.cursor.raw()?;
            reader.once(&mut snapshot, "response", At { value, place })?;
        } else {
            reader.leaf(&EVENT, Owner::Request, &name)?;
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
    let carried = Carried::of(&event.body, Protocol::Responses, &facts);
    let mut encoding = Encoding::new(&event.body, &carried, &facts, printer.payload(), ledger, spell_openai);
    encoding.json.begin_object();
    encoding.leaves(Owner::Request, &EVENT);
    if let Some(snapshot) = &event.snapshot {
        encoding.json.key("response");
        encode_snapshot(&mut encoding.json, Protocol::Responses, &snapshot.value, reply);
    }
    encoding.json.end_object();
    printer.end();
}

/// What a stream has said so far.
#[derive(Debug, Default)]
pub(crate) struct Interpreter {
    started: bool,
    finished: bool,
    items: Vec<Item>,
    /// How many items have been added.
    added: u64,
    blocks: u32,
    /// The number of the event that comes next, once one had a number.
    sequence: Option<u64>,
}

/// An item that was added and is not done.
#[derive(Debug)]
struct Item {
    index: u64,
    /// Its blocks: the parts of a message, the one block of a call or of reasoning.
    open: Vec<OpenBlock>,
    /// Whether any block of it was opened.
    said: bool,
}

#[derive(Debug)]
struct OpenBlock {
    part: u64,
    block: u32,
    known: Known,
    /// Whether a delta has come; else the whole text comes when it is done.
    streamed: bool,
    /// Parts of a summary that have come before.
    parts: u32,
}

/// What an event of this type does, as far as another protocol can say it.
enum Does {
    Nothing,
    Starts,
    Ends,
    AddsItem,
    EndsItem,
    AddsPart,
    AddsSummary,
    EndsPart,
    /// A piece of a block of this kind.
    Delta(Known),
    /// The whole of a block, under this member.
    Done(Known, &'static str),
    Cites,
    Fails,
    Unknown,
}

fn does(kind: &str) -> Does {
    match kind {
        "response.created" => Does::Starts,
        "response.in_progress" | "response.queued" | "response.reasoning_summary_part.done" | "keepalive" => {
            Does::Nothing
        }
        "response.completed" | "response.incomplete" | "response.failed" => Does::Ends,
        "response.output_item.added" => Does::AddsItem,
        "response.output_item.done" => Does::EndsItem,
        "response.content_part.added" => Does::AddsPart,
        "response.content_part.done" => Does::EndsPart,
        "response.reasoning_summary_part.added" => Does::AddsSummary,
        "response.output_text.delta" => Does::Delta(Known::Text),
        "response.output_text.done" => Does::Done(Known::Text, "text"),
        "response.refusal.delta" => Does::Delta(Known::Refusal),
        "response.refusal.done" => Does::Done(Known::Refusal, "refusal"),
        "response.reasoning_summary_text.delta" | "response.reasoning_text.delta" => Does::Delta(Known::Reasoning),
        "response.reasoning_summary_text.done" | "response.reasoning_text.done" => Does::Done(Known::Reasoning, "text"),
        "response.function_call_arguments.delta" => Does::Delta(Known::Call),
        "response.function_call_arguments.done" => Does::Done(Known::Call, "arguments"),
        "response.custom_tool_call_input.delta" => Does::Delta(Known::Custom),
        "response.custom_tool_call_input.done" => Does::Done(Known::Custom, "input"),
        "response.output_text.annotation.added" => Does::Cites,
        "error" => Does::Fails,
        _ if PROGRESS.iter().any(|prefix| kind.starts_with(prefix)) => Does::Nothing,
        _ => Does::Unknown,
    }
}

/// How events about the work of the provider's own tools begin; their items are reported when they are added.
const PROGRESS: &[&str] = &[
    "response.code_interpreter_call",
    "response.file_search_call.",
    "response.image_generation_call.",
    "response.mcp_call",
    "response.mcp_list_tools.",
    "response.web_search_call.",
    "response.computer_call.",
    "response.local_shell_call",
    "response.shell_call",
    "response.apply_patch_call",
];

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
        let does = does(&kind);
        self.counted(event)?;
        if !self.started && !matches!(does, Does::Starts | Does::Fails | Does::Nothing | Does::Unknown) {
            return Err("an event before `response.created`");
        }
        match does {
            Does::Nothing => {}
            Does::Starts if self.started => return Err("a second `response.created`"),
            Does::Starts => self.start(event, emit),
            Does::Ends => self.end(event, &kind, emit),
            Does::AddsItem => self.add_item(event, emit)?,
            Does::EndsItem => self.end_item(event, emit)?,
            Does::AddsPart => self.add_part(event, emit)?,
            Does::AddsSummary => self.add_summary(event, emit)?,
            Does::EndsPart => self.end_part(event, emit)?,
            Does::Delta(known) => self.delta(event, known, emit)?,
            Does::Done(known, member) => self.done(event, known, member, emit)?,
            Does::Cites => self.cite(event, emit)?,
            Does::Fails => {
                let raw = event.member("", "error").cloned().unwrap_or_else(|| flat_error(event));
                emit(Step::Failed { raw });
            }
            Does::Unknown => emit(Step::Lost { feature: Feature::UnknownEvent, place: Place::ROOT }),
        }
        Ok(())
    }

    /// Events are numbered one after another; some hosts leave the numbers out.
    fn counted(&mut self, event: &Event<'_>) -> std::result::Result<(), &'static str> {
        let Some(number) = event.member("", "sequence_number").and_then(RawJson::as_u64) else { return Ok(()) };
        if self.sequence.is_some_and(|next| next != number) {
            return Err("a `sequence_number` that does not follow the one before");
        }
        self.sequence = number.checked_add(1);
        Ok(())
    }

    /// Whether an event of this number may come next, which has then come.
    pub(crate) fn follows(&mut self, number: u64) -> bool {
        let follows = self.sequence == Some(number);
        if follows {
            self.sequence = number.checked_add(1);
        }
        follows
    }

    fn start(&mut self, event: &Event<'_>, emit: &mut Emit<'_>) {
        self.started = true;
        let member = |name: &str| event.snapshot.as_ref().and_then(|response| response.value.member(name));
        let text = |name: &str| member(name).and_then(|(value, _)| value.as_text().map(Text::into_owned));
        let created = member("created_at").and_then(|(value, _)| seconds(&value));
        // The tier is told at the end: at the beginning it is the one that was asked for.
        emit(Step::Start(Start { id: text("id"), model: text("model"), created, tier: None }));
    }

    fn end(&mut self, event: &Event<'_>, kind: &str, emit: &mut Emit<'_>) {
        let member = |name: &str| event.snapshot.as_ref().and_then(|response| response.value.member(name));
        let status = member("status").and_then(|(status, _)| status.as_text().map(|text| text.word().into_owned()));
        let status = status.unwrap_or_default();
        let error = member("error").filter(|(error, _)| !error.is_null()).map(|(error, _)| error.into_owned());
        if error.is_some() || status == "failed" || kind == "response.failed" {
            return emit(Step::Failed { raw: error.unwrap_or_else(unexplained) });
        }
        for item in std::mem::take(&mut self.items) {
            for open in item.open {
                emit(Step::Close { block: open.block });
            }
        }
        if let Some(tier) = member("service_tier").as_ref().and_then(|(tier, _)| tier.as_text()) {
            emit(Step::Tier(tier));
        }
        if let Some((usage, _)) = member("usage").filter(|(usage, _)| usage.kind() == Kind::Object) {
            emit(Step::Usage(Usage::read(Protocol::Responses, &usage)));
        }
        let details = member("incomplete_details").map(|(details, _)| details.into_owned());
        let why = details.as_ref().and_then(|details| details.member("reason"));
        let why = why.and_then(|(why, _)| why.as_text().map(|text| text.word().into_owned())).unwrap_or_default();
        let reason = StopReason::of_responses(&status, &why);
        let place = event.snapshot.as_ref().map_or(Place::ROOT, |snapshot| snapshot.place);
        if let Some(snapshot) = &event.snapshot {
            tell_uses(Protocol::Responses, place, emit, |json| json.raw(&snapshot.value));
        }
        self.finished = true;
        emit(Step::Finish { reason, sequence: None });
        emit(Step::End);
    }

    fn add_item(&mut self, event: &Event<'_>, emit: &mut Emit<'_>) -> std::result::Result<(), &'static str> {
        let index = number(event, "output_index");
        if index != self.added {
            return Err("`response.output_item.added` out of the order of `output_index`");
        }
        self.added += 1;
        self.items.push(Item { index, open: Vec::new(), said: false });
        let item = event.member("", "item");
        let text = |name: &str| {
            item.and_then(|item| item.member(name)).and_then(|(value, _)| value.as_text().map(Text::into_owned))
        };
        let kind = text("type");
        let kind = kind.as_ref().map(Text::word).unwrap_or_default();
        match &*kind {
            "function_call" | "custom_tool_call" => {
                let custom = kind == "custom_tool_call";
                let said = |name: &str| text(name).filter(|text| !text.is_empty());
                let name = said("name").ok_or("a call without a name")?;
                let kind = Block::Call { id: said("call_id"), name, custom };
                self.open(index, 0, if custom { Known::Custom } else { Known::Call }, kind, emit);
            }
            "message" | "reasoning" => {}
            other => {
                let place = event.member_of(Owner::Request, "", "item").map_or(Place::ROOT, |field| field.place);
                emit(Step::Lost { feature: item_feature(other), place });
            }
        }
        Ok(())
    }

    fn end_item(&mut self, event: &Event<'_>, emit: &mut Emit<'_>) -> std::result::Result<(), &'static str> {
        let index = number(event, "output_index");
        let Some(at) = self.items.iter().position(|item| item.index == index) else {
            return Err("`response.output_item.done` of an item that was not added");
        };
        let raw = event.member("", "item");
        let item = self.items.swap_remove(at);
        let member = |name: &str| raw.and_then(|item| item.member(name)).map(|(value, _)| value);
        for open in &item.open {
            let whole = match open.known {
                Known::Call => member("arguments"),
                Known::Custom => member("input"),
                Known::Text | Known::Refusal | Known::Reasoning => None,
            };
            let whole = whole.filter(|_| !open.streamed);
            if let Some(text) = whole.as_ref().and_then(RawJson::as_text).filter(|text| !text.is_empty()) {
                emit(Step::Delta { block: open.block, text });
            }
            emit(Step::Close { block: open.block });
        }
        if !item.said {
            self.say_whole(raw, emit);
        }
        let sealed = member("encrypted_content").is_some_and(|sealed| !sealed.is_null());
        if sealed {
            let place = event.member_of(Owner::Request, "", "item").map_or(Place::ROOT, |field| field.place);
            emit(Step::Lost { feature: Feature::ReasoningReplay, place });
        }
        Ok(())
    }

    /// What an item says that came without any event between its beginning and its end.
    fn say_whole(&mut self, item: Option<&RawJson<'_>>, emit: &mut Emit<'_>) {
        let Some(item) = item else { return };
        for (list, reasoning) in [("summary", true), ("content", false)] {
            let Some((list, _)) = item.member(list) else { continue };
            let mut cursor = Cursor::of(list.as_str());
            let Ok(mut elements) = cursor.open_array() else { continue };
            while let Ok(true) = cursor.next_element(&mut elements) {
                let Ok(part) = cursor.raw() else { break };
                let known = if reasoning { Some(Known::Reasoning) } else { part_kind(&part) };
                let (Some(known), Some((text, _))) = (known, part.member("text").or_else(|| part.member("refusal")))
                else {
                    continue;
                };
                if let Some(text) = text.as_text().filter(|text| !text.is_empty()) {
                    let block = self.next();
                    emit(Step::Open { block, kind: known.block() });
                    emit(Step::Delta { block, text });
                    emit(Step::Close { block });
                }
            }
        }
    }

    fn add_part(&mut self, event: &Event<'_>, emit: &mut Emit<'_>) -> std::result::Result<(), &'static str> {
        let (index, part) = (number(event, "output_index"), number(event, "content_index"));
        self.item(index)?;
        match event.member("", "part").and_then(part_kind) {
            Some(Known::Reasoning) => self.add_summary(event, emit)?,
            Some(known) => self.open(index, part, known, known.block(), emit),
            None => {
                let place = event.member_of(Owner::Request, "", "part").map_or(Place::ROOT, |field| field.place);
                emit(Step::Lost { feature: Feature::UnknownPart, place });
            }
        }
        Ok(())
    }

    /// All that an item of reasoning shows is one block; its parts are paragraphs.
    fn add_summary(&mut self, event: &Event<'_>, emit: &mut Emit<'_>) -> std::result::Result<(), &'static str> {
        let index = number(event, "output_index");
        let item = self.item(index)?;
        if let Some(open) = item.open.first_mut() {
            open.parts += 1;
            open.streamed = false;
            let block = open.block;
            emit(Step::Delta { block, text: Text::from("\n\n") });
            return Ok(());
        }
        self.open(index, 0, Known::Reasoning, Block::Reasoning, emit);
        Ok(())
    }

    fn end_part(&mut self, event: &Event<'_>, emit: &mut Emit<'_>) -> std::result::Result<(), &'static str> {
        let (index, part) = (number(event, "output_index"), number(event, "content_index"));
        let item = self.item(index)?;
        let ends = |open: &OpenBlock| open.part == part && matches!(open.known, Known::Text | Known::Refusal);
        if let Some(at) = item.open.iter().position(ends) {
            let open = item.open.swap_remove(at);
            emit(Step::Close { block: open.block });
        }
        Ok(())
    }

    fn delta(&mut self, event: &Event<'_>, known: Known, emit: &mut Emit<'_>) -> std::result::Result<(), &'static str> {
        let block = self.block(event, known, emit)?;
        block.streamed = true;
        let block = block.block;
        if let Some(text) = event.member("", "delta").and_then(RawJson::as_text).filter(|text| !text.is_empty()) {
            emit(Step::Delta { block, text });
        }
        if let Some(list) = event.member("", "logprobs").filter(|list| !list.is_empty_container() && !list.is_null()) {
            emit(Step::Logprobs { block, raw: list.clone() });
        }
        Ok(())
    }

    fn done(
        &mut self,
        event: &Event<'_>,
        known: Known,
        member: &str,
        emit: &mut Emit<'_>,
    ) -> std::result::Result<(), &'static str> {
        let block = self.block(event, known, emit)?;
        if !std::mem::replace(&mut block.streamed, true) {
            let block = block.block;
            if let Some(text) = event.member("", member).and_then(RawJson::as_text).filter(|text| !text.is_empty()) {
                emit(Step::Delta { block, text });
            }
        }
        Ok(())
    }

    fn cite(&mut self, event: &Event<'_>, emit: &mut Emit<'_>) -> std::result::Result<(), &'static str> {
        let block = self.block(event, Known::Text, emit)?.block;
        if let Some(raw) = event.member("", "annotation") {
            emit(Step::Citation { block, raw: raw.clone() });
        }
        Ok(())
    }

    /// The block that an event speaks of; some hosts leave out the event that begins a part.
    fn block(
        &mut self,
        event: &Event<'_>,
        known: Known,
        emit: &mut Emit<'_>,
    ) -> std::result::Result<&mut OpenBlock, &'static str> {
        let index = number(event, "output_index");
        let part = if matches!(known, Known::Text | Known::Refusal) { number(event, "content_index") } else { 0 };
        self.item(index)?;
        let is_it = |open: &OpenBlock| open.part == part && open.known == known;
        if !self.item(index)?.open.iter().any(is_it) {
            if matches!(known, Known::Call | Known::Custom) {
                return Err("arguments of an item that is no call");
            }
            self.open(index, part, known, known.block(), emit);
        }
        self.item(index)?.open.iter_mut().find(|open| is_it(open)).ok_or("an event of an item that was not added")
    }

    fn item(&mut self, index: u64) -> std::result::Result<&mut Item, &'static str> {
        self.items.iter_mut().find(|item| item.index == index).ok_or("an event of an item that was not added")
    }

    fn open(&mut self, index: u64, part: u64, known: Known, kind: Block<'_>, emit: &mut Emit<'_>) {
        let block = self.next();
        if let Some(item) = self.items.iter_mut().find(|item| item.index == index) {
            item.said = true;
            item.open.push(OpenBlock { part, block, known, streamed: false, parts: 0 });
        }
        emit(Step::Open { block, kind });
    }

    fn next(&mut self) -> u32 {
        let block = self.blocks;
        self.blocks = self.blocks.saturating_add(1);
        block
    }
}

fn number(event: &Event<'_>, name: &str) -> u64 {
    event.member("", name).and_then(RawJson::as_u64).unwrap_or_default()
}

/// What a part of an item is, if another protocol has it.
fn part_kind(part: &RawJson<'_>) -> Option<Known> {
    let (kind, _) = part.member("type")?;
    match &*kind.as_text()?.word() {
        "output_text" | "text" => Some(Known::Text),
        "refusal" => Some(Known::Refusal),
        "reasoning_text" | "summary_text" => Some(Known::Reasoning),
        _ => None,
    }
}

/// The error of a response that failed and does not say why.
fn unexplained() -> RawJson<'static> {
    RawJson::parse(r#"{"code":"server_error","message":"the response failed"}"#).unwrap_or_else(|_| RawJson::string(""))
}

/// An `error` event, whose members stand in the event itself, as an object.
fn flat_error(event: &Event<'_>) -> RawJson<'static> {
    let mut out = Vec::new();
    let mut json = switchback_ir::json::Writer::new(&mut out);
    json.begin_object();
    for name in ["code", "message", "param"] {
        if let Some(value) = event.member("", name) {
            json.key(name);
            json.raw(value);
        }
    }
    json.end_object();
    let text = String::from_utf8(out).unwrap_or_default();
    RawJson::parse(&text).map_or_else(|_| RawJson::string(""), RawJson::into_owned)
}
