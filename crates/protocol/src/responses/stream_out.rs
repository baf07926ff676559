//! Streams of Responses, written for a client of another upstream's answer.

use super::response::{open_message_item, write_echo, write_status};
use crate::reply::{Reply, citations, effective_reason, tier_name, write_call_id, write_citation, write_name};
use crate::sse::Printer;
use crate::stream::{BOUND, Gap, Known, Opening, Pattern, TOO_MUCH, Unwrapping};
use crate::usage::write_responses_usage;
use switchback_ir::json::{Writer, escape_into};
use switchback_ir::{Block, Protocol, RawJson, Step, StopReason, Text, Usage, made_item_id};

/// Writes a stream. It keeps the text of the answer, since the protocol repeats it in every `done` and at the end.
#[derive(Debug, Default)]
pub(crate) struct Encoder {
    opening: Opening,
    sequence: u64,
    items: u64,
    /// The finished items, in the order in which they began, as JSON.
    output: Vec<Option<Vec<u8>>>,
    bytes: usize,
    message: Option<Message>,
    blocks: Vec<Open>,
    /// Blocks of reasoning that have said nothing yet: without a word there is no item.
    silent: Vec<u32>,
    usage: Usage,
    told_usage: bool,
    calls: bool,
    refused: bool,
    finish: Option<StopReason>,
    /// A delta of the block `pieced`, which had one last.
    piece: Pattern,
    pieced: Option<u32>,
}

/// The message item that takes texts and refusals until something else comes.
#[derive(Debug)]
struct Message {
    item: u64,
    id: String,
    parts: u64,
    /// The finished parts as JSON, joined by commas.
    content: Vec<u8>,
}

#[derive(Debug)]
struct Open {
    block: u32,
    known: Known,
    item: u64,
    id: String,
    part: u64,
    /// Escaped text that has come.
    text: Vec<u8>,
    characters: u64,
    call_id: Vec<u8>,
    name: Vec<u8>,
    unwrapping: Option<Unwrapping>,
    cited: Vec<RawJson<'static>>,
    logprobs: Vec<u8>,
}

impl Encoder {
    /// Writes what a step becomes.
    pub(crate) fn step(&mut self, step: &Step<'_>, reply: &Reply<'_>, out: &mut Vec<u8>) -> Result<(), &'static str> {
        match step {
            Step::Start(start) => {
                self.opening = Opening::of(start, reply);
                for kind in ["response.created", "response.in_progress"] {
                    self.snapshot(kind, "in_progress", None, reply, out);
                }
            }
            Step::Open { block, kind } => self.open(*block, kind, reply, out),
            Step::Delta { block, text } => return self.delta(*block, text, out),
            Step::Citation { block, raw } => {
                if let Some(open) = self.blocks.iter_mut().find(|open| open.block == *block) {
                    self.bytes += raw.as_str().len();
                    open.cited.push(raw.clone().into_owned());
                }
            }
            Step::Logprobs { block, raw } => {
                if let Some(open) = self.blocks.iter_mut().find(|open| open.block == *block) {
                    join(&mut open.logprobs, raw);
                    self.bytes += raw.as_str().len();
                }
            }
            Step::Close { block } => self.close(*block, out),
            Step::Tier(tier) => self.opening.tier = Some(tier.word().into_owned()),
            Step::Usage(usage) => {
                self.usage = self.usage.updated(*usage);
                self.told_usage = true;
            }
            Step::Finish { reason, .. } => self.finish = Some(*reason),
            Step::End => self.end(reply, out),
            Step::Lost { .. } | Step::Failed { .. } => {}
        }
        if self.bytes <= BOUND { Ok(()) } else { Err(TOO_MUCH) }
    }

    /// The number of the next event.
    pub(crate) const fn sequence(&self) -> u64 {
        self.sequence
    }

    /// Forgets how a delta is written.
    pub(crate) fn forget(&mut self) {
        self.pieced = None;
    }

    fn event(&mut self, kind: &str, out: &mut Vec<u8>, members: impl FnOnce(&mut Writer<'_>)) {
        let sequence = self.sequence;
        self.sequence += 1;
        frame(out, kind, |json| json.number(sequence), members);
    }

    fn snapshot(
        &mut self,
        kind: &str,
        status: &'static str,
        incomplete: Option<&'static str>,
        reply: &Reply<'_>,
        out: &mut Vec<u8>,
    ) {
        let opening = std::mem::take(&mut self.opening);
        let output = std::mem::take(&mut self.output);
        let usage = self.told_usage.then_some(self.usage).filter(|_| status != "in_progress");
        self.event(kind, out, |json| {
            json.key("response");
            json.begin_object();
            json.key("id");
            json.str(&opening.id);
            json.key("object");
            json.str("response");
            json.key("created_at");
            json.number(opening.created);
            json.key("model");
            json.str(&opening.model);
            write_status(json, status, incomplete);
            json.key("output");
            json.begin_array();
            for item in output.iter().flatten() {
                json.checked(&String::from_utf8_lossy(item));
            }
            json.end_array();
            write_echo(json, reply.context);
            let tier = opening.tier.as_deref().and_then(|tier| tier_name(tier, Protocol::Responses));
            if let Some(tier) = tier {
                json.key("service_tier");
                json.str(tier);
            }
            json.key("usage");
            match usage {
                Some(usage) => write_responses_usage(json, &usage),
                None => json.constant("null"),
            }
            json.end_object();
        });
        self.opening = opening;
        self.output = output;
    }

    fn new_item(&mut self) -> u64 {
        let item = self.items;
        self.items += 1;
        self.output.push(None);
        item
    }

    fn open(&mut self, block: u32, kind: &Block<'_>, reply: &Reply<'_>, out: &mut Vec<u8>) {
        match kind {
            Block::Text => self.open_text(block, Known::Text, out),
            Block::Refusal => {
                self.refused = true;
                self.open_text(block, Known::Refusal, out);
            }
            Block::Reasoning => self.silent.push(block),
            Block::Call { id, name, custom } => self.open_call(block, id.as_ref(), name, *custom, reply, out),
        }
    }

    fn open_text(&mut self, block: u32, known: Known, out: &mut Vec<u8>) {
        if self.message.is_none() {
            let item = self.new_item();
            let id = made_item_id("msg", &self.opening.id, usize::try_from(item).unwrap_or(usize::MAX));
            self.event("response.output_item.added", out, |json| {
                json.key("output_index");
                json.number(item);
                json.key("item");
                message_item(json, &id, "in_progress", b"");
            });
            self.message = Some(Message { item, id, parts: 0, content: Vec::new() });
        }
        let Some(message) = self.message.as_mut() else { return };
        let (item, id, part) = (message.item, message.id.clone(), message.parts);
        message.parts += 1;
        let open = Open { item, part, ..Open::new(block, known, id) };
        self.event("response.content_part.added", out, |json| {
            place(json, &open);
            json.key("part");
            text_part(json, &open);
        });
        self.blocks.push(open);
    }

    fn open_reasoning(&mut self, block: u32, out: &mut Vec<u8>) {
        self.end_message(false, out);
        let item = self.new_item();
        let id = made_item_id("rs", &self.opening.id, usize::try_from(item).unwrap_or(usize::MAX));
        let open = Open { item, ..Open::new(block, Known::Reasoning, id) };
        self.event("response.output_item.added", out, |json| {
            json.key("output_index");
            json.number(item);
            json.key("item");
            reasoning_item(json, &open, false);
        });
        self.event("response.reasoning_summary_part.added", out, |json| {
            summary_place(json, &open);
            json.key("part");
            summary_part(json, &open);
        });
        self.blocks.push(open);
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
        self.calls = true;
        self.end_message(false, out);
        let wrapped = !custom && crate::reply::is_wrapped(reply.context, name);
        let known = if custom || wrapped { Known::Custom } else { Known::Call };
        let item = self.new_item();
        let prefix = if known == Known::Custom { "ctc" } else { "fc" };
        let item_name = made_item_id(prefix, &self.opening.id, usize::try_from(item).unwrap_or(usize::MAX));
        let mut open = Open { item, ..Open::new(block, known, item_name) };
        write_call_id(&mut Writer::new(&mut open.call_id), reply.context, id, block);
        write_name(&mut Writer::new(&mut open.name), reply.context, name);
        open.unwrapping = wrapped.then(Unwrapping::default);
        self.event("response.output_item.added", out, |json| {
            json.key("output_index");
            json.number(item);
            json.key("item");
            call_item(json, &open, "in_progress");
        });
        self.blocks.push(open);
    }

    fn delta(&mut self, block: u32, text: &Text<'_>, out: &mut Vec<u8>) -> Result<(), &'static str> {
        if let Some(at) = self.silent.iter().position(|silent| *silent == block) {
            self.silent.swap_remove(at);
            self.open_reasoning(block, out);
        }
        let Some(at) = self.blocks.iter().position(|open| open.block == block) else { return Ok(()) };
        self.bytes += text.stored_len();
        if self.bytes > BOUND {
            return Err(TOO_MUCH);
        }
        if let Some(unwrapping) = self.blocks.get_mut(at).and_then(|open| open.unwrapping.as_mut()) {
            return unwrapping.push(text);
        }
        self.delta_at(at, text, out);
        Ok(())
    }

    /// Writes a delta of a block, of which all but the number and the text is the same each time.
    fn delta_at(&mut self, at: usize, text: &Text<'_>, out: &mut Vec<u8>) {
        let Some(open) = self.blocks.get_mut(at) else { return };
        text.write_content(&mut open.text);
        open.characters += text.char_count();
        if self.pieced != Some(open.block) {
            write_piece(&mut self.piece, open);
            self.pieced = Some(open.block);
        }
        let sequence = self.sequence;
        self.sequence += 1;
        self.piece.write(out, |gap, out| match gap {
            Gap::Number => Writer::new(out).number(sequence),
            Gap::Text | Gap::Padding => text.write_content(out),
        });
    }

    fn close(&mut self, block: u32, out: &mut Vec<u8>) {
        self.silent.retain(|silent| *silent != block);
        let Some(at) = self.blocks.iter().position(|open| open.block == block) else { return };
        if let Some(unwrapping) = self.blocks.get_mut(at).and_then(|open| open.unwrapping.take()) {
            self.delta_at(at, &unwrapping.finish(), out);
        }
        let mut open = self.blocks.swap_remove(at);
        match open.known {
            Known::Text | Known::Refusal => self.close_text(&open, out),
            Known::Reasoning => self.close_reasoning(&open, out),
            Known::Call | Known::Custom => self.close_call(&mut open, out),
        }
    }

    fn close_text(&mut self, open: &Open, out: &mut Vec<u8>) {
        for (index, citation) in (0_u64..).zip(cited(open)) {
            self.event("response.output_text.annotation.added", out, |json| {
                place(json, open);
                json.key("annotation_index");
                json.number(index);
                json.key("annotation");
                json.checked(&String::from_utf8_lossy(&citation));
            });
        }
        let (kind, member) = match open.known {
            Known::Refusal => ("response.refusal.done", "refusal"),
            Known::Text | Known::Reasoning | Known::Call | Known::Custom => ("response.output_text.done", "text"),
        };
        self.event(kind, out, |json| {
            place(json, open);
            json.key(member);
            escaped(json, &open.text);
            if open.known == Known::Text {
                json.key("logprobs");
                list(json, &open.logprobs);
            }
        });
        self.event("response.content_part.done", out, |json| {
            place(json, open);
            json.key("part");
            text_part(json, open);
        });
        if let Some(message) = self.message.as_mut() {
            if !message.content.is_empty() {
                message.content.push(b',');
            }
            text_part(&mut Writer::new(&mut message.content), open);
        }
    }

    fn close_reasoning(&mut self, open: &Open, out: &mut Vec<u8>) {
        self.event("response.reasoning_summary_text.done", out, |json| {
            summary_place(json, open);
            json.key("text");
            escaped(json, &open.text);
        });
        self.event("response.reasoning_summary_part.done", out, |json| {
            summary_place(json, open);
            json.key("part");
            summary_part(json, open);
        });
        let mut item = Vec::new();
        reasoning_item(&mut Writer::new(&mut item), open, true);
        self.end_item(open.item, item, out);
    }

    fn close_call(&mut self, open: &mut Open, out: &mut Vec<u8>) {
        let (kind, member) = if open.known == Known::Custom {
            ("response.custom_tool_call_input.done", "input")
        } else {
            ("response.function_call_arguments.done", "arguments")
        };
        if open.known == Known::Call && open.text.is_empty() {
            open.text.extend_from_slice(b"{}");
        }
        self.event(kind, out, |json| {
            block_place(json, open);
            json.key(member);
            escaped(json, &open.text);
        });
        let mut item = Vec::new();
        call_item(&mut Writer::new(&mut item), open, "completed");
        self.end_item(open.item, item, out);
    }

    fn end_message(&mut self, incomplete: bool, out: &mut Vec<u8>) {
        let Some(message) = self.message.take() else { return };
        let mut item = Vec::new();
        let status = if incomplete { "incomplete" } else { "completed" };
        message_item(&mut Writer::new(&mut item), &message.id, status, &message.content);
        self.end_item(message.item, item, out);
    }

    fn end_item(&mut self, index: u64, item: Vec<u8>, out: &mut Vec<u8>) {
        self.event("response.output_item.done", out, |json| {
            json.key("output_index");
            json.number(index);
            json.key("item");
            json.checked(&String::from_utf8_lossy(&item));
        });
        if let Some(slot) = usize::try_from(index).ok().and_then(|index| self.output.get_mut(index)) {
            *slot = Some(item);
        }
    }

    fn end(&mut self, reply: &Reply<'_>, out: &mut Vec<u8>) {
        let open: Vec<u32> = self.blocks.iter().map(|open| open.block).collect();
        for block in open {
            self.close(block, out);
        }
        let reason = effective_reason(self.finish, self.calls, self.refused);
        let (status, incomplete) =
            if reason == StopReason::Refusal && self.refused { ("completed", None) } else { reason.responses() };
        self.end_message(status == "incomplete", out);
        let kind = if status == "incomplete" { "response.incomplete" } else { "response.completed" };
        self.snapshot(kind, status, incomplete, reply, out);
    }
}

impl Open {
    fn new(block: u32, known: Known, id: String) -> Self {
        Self {
            block,
            known,
            item: 0,
            id,
            part: 0,
            text: Vec::new(),
            characters: 0,
            call_id: Vec::new(),
            name: Vec::new(),
            unwrapping: None,
            cited: Vec::new(),
            logprobs: Vec::new(),
        }
    }
}

/// Writes an event; `number` writes its number.
fn frame(out: &mut Vec<u8>, kind: &str, number: impl FnOnce(&mut Writer<'_>), members: impl FnOnce(&mut Writer<'_>)) {
    let mut printer = Printer::new(out);
    printer.begin(kind);
    let mut json = Writer::new(printer.payload());
    json.begin_object();
    json.key("type");
    json.str(kind);
    json.key("sequence_number");
    number(&mut json);
    members(&mut json);
    json.end_object();
    printer.end();
}

/// Makes `piece` the deltas of a block.
fn write_piece(piece: &mut Pattern, open: &Open) {
    let kind = match open.known {
        Known::Text => "response.output_text.delta",
        Known::Refusal => "response.refusal.delta",
        Known::Reasoning => "response.reasoning_summary_text.delta",
        Known::Call => "response.function_call_arguments.delta",
        Known::Custom => "response.custom_tool_call_input.delta",
    };
    let (mut number, mut text) = (0, 0);
    let count = |json: &mut Writer<'_>| {
        json.constant("");
        number = json.written();
    };
    frame(piece.anew(), kind, count, |json| {
        block_place(json, open);
        json.key("delta");
        json.string(|out| text = out.len());
        if open.known == Known::Text {
            json.key("logprobs");
            json.constant("[]");
        }
    });
    piece.gap(Gap::Number, number);
    piece.gap(Gap::Text, text);
}

fn block_place(json: &mut Writer<'_>, open: &Open) {
    match open.known {
        Known::Text | Known::Refusal => place(json, open),
        Known::Reasoning => summary_place(json, open),
        Known::Call | Known::Custom => item_place(json, open),
    }
}

fn item_place(json: &mut Writer<'_>, open: &Open) {
    json.key("item_id");
    json.str(&open.id);
    json.key("output_index");
    json.number(open.item);
}

fn place(json: &mut Writer<'_>, open: &Open) {
    item_place(json, open);
    json.key("content_index");
    json.number(open.part);
}

fn summary_place(json: &mut Writer<'_>, open: &Open) {
    item_place(json, open);
    json.key("summary_index");
    json.number(0);
}

fn escaped(json: &mut Writer<'_>, content: &[u8]) {
    json.string(|out| out.extend_from_slice(content));
}

fn list(json: &mut Writer<'_>, elements: &[u8]) {
    json.begin_array();
    if !elements.is_empty() {
        json.checked(&String::from_utf8_lossy(elements));
    }
    json.end_array();
}

/// Appends the elements of `more` to a list without its brackets.
fn join(elements: &mut Vec<u8>, more: &RawJson<'_>) {
    let inner = more.as_str().trim().strip_prefix('[').and_then(|more| more.strip_suffix(']')).map(str::trim);
    let Some(inner) = inner.filter(|inner| !inner.is_empty()) else { return };
    if !elements.is_empty() {
        elements.push(b',');
    }
    elements.extend_from_slice(inner.as_bytes());
}

/// The citations of a text as its annotations.
fn cited(open: &Open) -> Vec<Vec<u8>> {
    let mut all = Vec::new();
    for raw in &open.cited {
        let one = format!("[{}]", raw.as_str());
        let Ok(one) = RawJson::parse(&one) else { continue };
        for citation in citations(&one) {
            let mut annotation = Vec::new();
            let mut json = Writer::new(&mut annotation);
            json.begin_object();
            json.key("type");
            json.str("url_citation");
            write_citation(&mut json, &citation, 0, open.characters);
            json.end_object();
            all.push(annotation);
        }
    }
    all
}

fn text_part(json: &mut Writer<'_>, open: &Open) {
    json.begin_object();
    json.key("type");
    if open.known == Known::Refusal {
        json.str("refusal");
        json.key("refusal");
        escaped(json, &open.text);
        return json.end_object();
    }
    json.str("output_text");
    json.key("text");
    escaped(json, &open.text);
    json.key("annotations");
    json.begin_array();
    for citation in cited(open) {
        json.checked(&String::from_utf8_lossy(&citation));
    }
    json.end_array();
    json.key("logprobs");
    list(json, &open.logprobs);
    json.end_object();
}

fn message_item(json: &mut Writer<'_>, id: &str, status: &'static str, content: &[u8]) {
    open_message_item(json, |out| escape_into(id, out), status);
    if !content.is_empty() {
        json.checked(&String::from_utf8_lossy(content));
    }
    json.end_array();
    json.end_object();
}

fn summary_part(json: &mut Writer<'_>, open: &Open) {
    json.begin_object();
    json.key("type");
    json.str("summary_text");
    json.key("text");
    escaped(json, &open.text);
    json.end_object();
}

fn reasoning_item(json: &mut Writer<'_>, open: &Open, whole: bool) {
    json.begin_object();
    json.key("id");
    json.str(&open.id);
    json.key("type");
    json.str("reasoning");
    json.key("summary");
    json.begin_array();
    if whole && !open.text.is_empty() {
        summary_part(json, open);
    }
    json.end_array();
    json.end_object();
}

fn call_item(json: &mut Writer<'_>, open: &Open, status: &str) {
    let custom = open.known == Known::Custom;
    json.begin_object();
    json.key("id");
    json.str(&open.id);
    json.key("type");
    json.str(if custom { "custom_tool_call" } else { "function_call" });
    json.key("status");
    json.str(status);
    json.key("call_id");
    json.checked(&String::from_utf8_lossy(&open.call_id));
    json.key("name");
    json.checked(&String::from_utf8_lossy(&open.name));
    json.plain_key(if custom { "input" } else { "arguments" });
    escaped(json, &open.text);
    json.end_object();
}
