//! Streams of Chat Completions, written for a client of another upstream's answer.

use super::stream::DONE;
use crate::reply::{
    Reply, citations, effective_reason, is_wrapped, tier_name, write_call_id, write_citation, write_name,
};
use crate::sse::Printer;
use crate::stream::{BOUND, Gap, Opening, Pattern, TOO_MUCH, Unwrapping};
use crate::usage::write_chat_usage;
use switchback_ir::json::Writer;
use switchback_ir::{Block, Protocol, RawJson, Step, StopReason, Text, Usage};

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
    cited_bytes: usize,
    /// The annotations of the texts that have ended, as JSON joined by commas: clients take them in one piece.
    annotations: Vec<u8>,
    /// Whether the chunk of the role is still to come.
    begins: bool,
    calls: Vec<CallOut>,
    /// A chunk with a piece of the block that had one last; none once another chunk would be written for it.
    piece: Pattern,
    pieced: Option<u32>,
    usage: Usage,
    told_usage: bool,
    reason: Option<StopReason>,
    refused: bool,
}

#[derive(Debug)]
struct CallOut {
    block: u32,
    index: u64,
    /// Whether none of its arguments has come.
    empty: bool,
    unwrapping: Option<Unwrapping>,
    custom: bool,
}

impl Encoder {
    /// Writes what a step becomes.
    pub(crate) fn step(&mut self, step: &Step<'_>, reply: &Reply<'_>, out: &mut Vec<u8>) -> Result<(), &'static str> {
        if matches!(step, Step::Open { .. } | Step::Logprobs { .. } | Step::End) && std::mem::take(&mut self.begins) {
            self.begin(matches!(step, Step::Open { kind: Block::Call { .. } | Block::Refusal, .. }), out);
        }
        match step {
            Step::Start(start) => {
                self.opening = Opening::of(start, reply);
                self.forget();
                self.begins = true;
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
            Step::Citation { raw, .. } => {
                self.cited_bytes += raw.as_str().len();
                if self.cited_bytes > BOUND {
                    return Err(TOO_MUCH);
                }
                self.cited.push(raw.clone().into_owned());
            }
            Step::Logprobs { raw, .. } => self.opening.logprobs_chunk(out, raw),
            Step::Lost { .. } | Step::Failed { .. } => {}
            Step::Delta { block, text } => return self.delta(*block, text, out),
            Step::Close { block } => self.close(*block, out),
            Step::Tier(tier) => {
                self.opening.tier = Some(tier.word().into_owned());
                self.forget();
            }
            Step::Usage(usage) => {
                self.usage = self.usage.updated(*usage);
                self.told_usage = true;
            }
            Step::Finish { reason, .. } => self.reason = Some(*reason),
            Step::End => self.end(reply, out),
        }
        Ok(())
    }

    /// Forgets how a piece is written.
    pub(crate) fn forget(&mut self) {
        self.pieced = None;
    }

    /// The chunk of the role: a message that begins without text has `null` as its content.
    fn begin(&self, textless: bool, out: &mut Vec<u8>) {
        self.chunk(out, |json| {
            json.begin_object();
            json.key("role");
            json.str("assistant");
            json.key("content");
            if textless {
                json.constant("null");
            } else {
                json.str("");
            }
            json.end_object();
        });
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
        let wrapped = !custom && is_wrapped(reply.context, name);
        let custom = custom || wrapped;
        let unwrapping = wrapped.then(Unwrapping::default);
        self.calls.push(CallOut { block, index, empty: true, custom, unwrapping });
        self.chunk(out, |json| {
            call_delta(json, index, |json| {
                json.key("id");
                write_call_id(json, reply.context, id, block);
                // The vendor's types have only functions in a stream (2026-11-21); the member tells a custom tool.
                if !custom {
                    json.key("type");
                    json.str("function");
                }
                json.plain_key(if custom { "custom" } else { "function" });
                json.begin_object();
                json.key("name");
                write_name(json, reply.context, name);
                json.plain_key(if custom { "input" } else { "arguments" });
                json.str("");
                json.end_object();
            });
        });
    }

    fn delta(&mut self, block: u32, text: &Text<'_>, out: &mut Vec<u8>) -> Result<(), &'static str> {
        if let Some((_, member)) = self.texts.iter().find(|(open, _)| *open == block) {
            if let Some(member) = *member {
                if member == "content" {
                    self.characters += text.char_count();
                }
                self.piece(block, Member::Text(member), text, out);
            }
            return Ok(());
        }
        let Some(call) = self.calls.iter_mut().find(|call| call.block == block) else {
            return Ok(());
        };
        if let Some(unwrapping) = &mut call.unwrapping {
            return unwrapping.push(text);
        }
        call.empty = false;
        let (index, custom) = (call.index, call.custom);
        self.piece(block, Member::Input { index, custom }, text, out);
        Ok(())
    }

    /// Writes a chunk with a piece of a block, of which all but the text is the same each time.
    fn piece(&mut self, block: u32, member: Member, text: &Text<'_>, out: &mut Vec<u8>) {
        if self.pieced != Some(block) {
            let mut at = 0;
            self.opening.chunk(self.piece.anew(), None, |json| {
                member.write(json, |json| {
                    json.string(|out| at = out.len());
                });
            });
            self.piece.gap(Gap::Text, at);
            self.pieced = Some(block);
        }
        self.piece.write(out, |_, out| text.write_content(out));
    }

    fn close(&mut self, block: u32, out: &mut Vec<u8>) {
        self.texts.retain(|(open, _)| *open != block);
        if !self.cited.is_empty() {
            self.annotate();
        }
        let Some(call) = self.calls.iter_mut().find(|call| call.block == block) else { return };
        let (index, custom) = (call.index, call.custom);
        // No arguments are no JSON; clients parse what they get.
        let nothing = std::mem::replace(&mut call.empty, false) && !custom;
        let input = call.unwrapping.take().map(Unwrapping::finish).or_else(|| nothing.then(|| Text::from("{}")));
        if let Some(input) = input {
            self.piece(block, Member::Input { index, custom }, &input, out);
        }
    }

    /// What the text that has just ended cites.
    fn annotate(&mut self) {
        let (before, length) = (self.before, self.characters - self.before);
        for raw in std::mem::take(&mut self.cited) {
            let one = format!("[{}]", raw.as_str());
            for citation in RawJson::parse(&one).map(|one| citations(&one)).unwrap_or_default() {
                if !self.annotations.is_empty() {
                    self.annotations.push(b',');
                }
                let mut json = Writer::new(&mut self.annotations);
                json.begin_object();
                json.key("type");
                json.str("url_citation");
                json.key("url_citation");
                json.begin_object();
                write_citation(&mut json, &citation, before, length);
                json.end_object();
                json.end_object();
            }
        }
    }

    fn end(&mut self, reply: &Reply<'_>, out: &mut Vec<u8>) {
        let reason = effective_reason(self.reason, !self.calls.is_empty(), self.refused);
        let finish = if reason == StopReason::Refusal && self.refused { "stop" } else { reason.chat() };
        if !self.annotations.is_empty() {
            let list = format!(r#"{{"annotations":[{}]}}"#, String::from_utf8_lossy(&self.annotations));
            self.chunk(out, |json| json.checked(&list));
        }
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

/// Where in a delta the text of a block goes.
#[derive(Clone, Copy, Debug)]
enum Member {
    Text(&'static str),
    Input { index: u64, custom: bool },
}

impl Member {
    fn write(self, json: &mut Writer<'_>, text: impl FnOnce(&mut Writer<'_>)) {
        match self {
            Self::Text(member) => {
                json.begin_object();
                json.key(member);
                text(json);
                json.end_object();
            }
            Self::Input { index, custom } => {
                let (kind, member) = if custom { ("custom", "input") } else { ("function", "arguments") };
                call_delta(json, index, |json| {
                    json.key(kind);
                    json.begin_object();
                    json.key(member);
                    text(json);
                    json.end_object();
                });
            }
        }
    }
}

impl Opening {
    /// Writes a chunk with a delta.
    fn chunk(&self, out: &mut Vec<u8>, finish: Option<&str>, delta: impl FnOnce(&mut Writer<'_>)) {
        self.choice(out, |json| {
            delta(json);
            json.key("finish_reason");
            match finish {
                Some(reason) => json.str(reason),
                None => json.constant("null"),
            }
        });
    }

    fn logprobs_chunk(&self, out: &mut Vec<u8>, list: &RawJson<'_>) {
        self.choice(out, |json| {
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
        });
    }

    /// Writes a chunk of the one choice, from the value of its `delta` on.
    fn choice(&self, out: &mut Vec<u8>, delta: impl FnOnce(&mut Writer<'_>)) {
        self.frame(out, |json| {
            json.key("choices");
            json.begin_array();
            json.begin_object();
            json.key("index");
            json.number(0);
            json.key("delta");
            delta(json);
            json.end_object();
            json.end_array();
        });
    }

    fn usage_chunk(&self, out: &mut Vec<u8>, usage: &Usage) {
        self.frame(out, |json| {
            json.key("choices");
            json.constant("[]");
            json.key("usage");
            write_chat_usage(json, usage);
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
