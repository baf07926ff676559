//! Streams of Messages, written for a client of another upstream's answer.

use super::response::write_stop;
use crate::reply::{Reply, effective_reason, write_call_id, write_name};
use crate::sse::Printer;
use crate::stream::{BOUND, Gap, Known, Opening, Pattern, TOO_MUCH};
use crate::usage::write_messages_usage;
use std::borrow::Cow;
use switchback_ir::json::{Writer, escape_into};
use switchback_ir::{Block, RawJson, Step, StopReason, Text, Usage};

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
    /// A delta of the block of the index `pieced`, which had one last.
    piece: Pattern,
    pieced: Option<u64>,
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
    pub(crate) fn step(&mut self, step: &Step<'_>, reply: &Reply<'_>, out: &mut Vec<u8>) -> Result<(), &'static str> {
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

    /// Forgets how a delta is written.
    pub(crate) fn forget(&mut self) {
        self.pieced = None;
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

    fn delta(&mut self, block: u32, text: &Text<'_>, out: &mut Vec<u8>) -> Result<(), &'static str> {
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
        self.piece(known, out, |out| {
            if known == Known::Custom {
                write_wrapped(first, &content(text), out);
            } else {
                text.write_content(out);
            }
        });
        Ok(())
    }

    /// Writes a delta of the open block, of which all but the text is the same each time.
    fn piece(&mut self, known: Known, out: &mut Vec<u8>, content: impl Fn(&mut Vec<u8>)) {
        if self.pieced != Some(self.index) {
            let (kind, member) = match known {
                Known::Text | Known::Refusal => ("text_delta", "text"),
                Known::Reasoning => ("thinking_delta", "thinking"),
                Known::Call | Known::Custom => ("input_json_delta", "partial_json"),
            };
            let mut at = 0;
            frame(self.piece.anew(), "content_block_delta", |json| {
                json.key("index");
                json.number(self.index);
                json.key("delta");
                json.begin_object();
                json.key("type");
                json.str(kind);
                json.key(member);
                json.string(|out| at = out.len());
                json.end_object();
            });
            self.piece.gap(Gap::Text, at);
            self.pieced = Some(self.index);
        }
        self.piece.write(out, |_, out| content(out));
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
                self.piece(known, out, |out| {
                    if known == Known::Custom {
                        write_wrapped(true, &String::from_utf8_lossy(&waiting.text), out);
                    } else {
                        out.extend_from_slice(&waiting.text);
                    }
                });
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
            self.piece(Known::Custom, out, |out| out.extend_from_slice(end));
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
        let reason = effective_reason(self.finish, self.calls, self.refused);
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

fn within(bytes: usize) -> Result<(), &'static str> {
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

/// The escaped content of a text.
fn content<'t>(text: &'t Text<'_>) -> Cow<'t, str> {
    text.as_read().map_or_else(
        || {
            let mut content = Vec::new();
            text.write_content(&mut content);
            Cow::Owned(String::from_utf8(content).unwrap_or_default())
        },
        Cow::Borrowed,
    )
}

/// Writes the input of a custom tool as the one member of an object: text within JSON within a string, one more layer of
/// escapes.
fn write_wrapped(first: bool, content: &str, out: &mut Vec<u8>) {
    if first {
        out.extend_from_slice(br#"{\"input\":\""#);
    }
    escape_into(content, out);
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
