//! The order of events in a stream, checked the plain way over a whole stream: rows 87 to 89 of the mapping.

use crate::{NaiveFrame, naive_frames};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use switchback_ir::Protocol;

/// How a stream in good order ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// With exactly one terminal, which is no error.
    Success,
    /// With exactly one error, and nothing after it.
    Error,
    /// Not at all.
    Open,
}

/// Checks a stream as a client of `protocol` gets it: the order of its events, its indices and numbers, that nothing
/// follows its end, and for Responses that what is repeated is what was said.
pub fn order(protocol: Protocol, stream: &[u8]) -> Result<Ending, String> {
    let (frames, cut) = naive_frames(stream);
    if let Some(cut) = cut {
        return Err(format!("an event without an end: {cut:?}"));
    }
    let mut automaton = Automaton { ending: Ending::Open, ..Automaton::new(protocol) };
    for (at, frame) in frames.iter().enumerate() {
        automaton.frame(frame).map_err(|why| format!("event {at}: {why}: {}", String::from_utf8_lossy(&frame.data)))?;
    }
    Ok(automaton.ending)
}

struct Automaton {
    protocol: Protocol,
    ending: Ending,
    started: bool,
    /// Chat: choices whose finish has come. Messages: whether `message_delta` has come.
    finished: Vec<u64>,
    used: bool,
    /// Messages: the open block and its type. Responses: nothing.
    open: Option<(u64, String)>,
    blocks: u64,
    calls: BTreeMap<(u64, u64), bool>,
    sequence: u64,
    items: Vec<Item>,
}

/// An item of Responses: as it was added, its open part, and as it was when it was done.
#[derive(Default)]
struct Item {
    id: Value,
    kind: String,
    parts: u64,
    open: Option<(u64, String)>,
    text: String,
    texts: Vec<String>,
    said: Option<String>,
    done: Option<Value>,
}

type Step = Result<(), String>;

fn ensure(holds: bool, why: &str) -> Step {
    if holds { Ok(()) } else { Err(why.to_owned()) }
}

fn text<'v>(value: &'v Value, pointer: &str) -> &'v str {
    value.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}

fn number(value: &Value, pointer: &str) -> Result<u64, String> {
    value.pointer(pointer).and_then(Value::as_u64).ok_or_else(|| format!("no number at {pointer}"))
}

impl Automaton {
    fn new(protocol: Protocol) -> Self {
        Self {
            protocol,
            ending: Ending::Open,
            started: false,
            finished: Vec::new(),
            used: false,
            open: None,
            blocks: 0,
            calls: BTreeMap::new(),
            sequence: 0,
            items: Vec::new(),
        }
    }

    fn frame(&mut self, frame: &NaiveFrame) -> Step {
        ensure(self.ending == Ending::Open, "an event after the end")?;
        let data = std::str::from_utf8(&frame.data).map_err(|error| error.to_string())?;
        if data == "[DONE]" {
            ensure(self.protocol == Protocol::Chat, "a mark of another protocol")?;
            ensure(self.finished.contains(&0), "[DONE] before finish_reason")?;
            self.ending = Ending::Success;
            return Ok(());
        }
        let event: Value = serde_json::from_str(data).map_err(|error| error.to_string())?;
        let is_error = match self.protocol {
            Protocol::Chat => event.get("error").is_some_and(|error| !error.is_null()),
            Protocol::Responses => matches!(text(&event, "/type"), "error" | "response.failed"),
            Protocol::Messages => text(&event, "/type") == "error",
        };
        if self.protocol != Protocol::Chat {
            ensure(frame.name == text(&event, "/type"), "a name that is not its type")?;
        }
        if is_error {
            self.ending = Ending::Error;
            return Ok(());
        }
        match self.protocol {
            Protocol::Chat => self.chunk(&event),
            Protocol::Responses => self.response(&event),
            Protocol::Messages => self.message(&event),
        }
    }

    fn chunk(&mut self, chunk: &Value) -> Step {
        ensure(text(chunk, "/object") == "chat.completion.chunk", "no chunk")?;
        ensure(!self.used, "a chunk after usage")?;
        let choices = chunk.get("choices").and_then(Value::as_array).ok_or("no choices")?;
        if choices.is_empty() {
            ensure(self.finished.contains(&0), "a chunk about usage before finish_reason")?;
            ensure(chunk.get("usage").is_some_and(Value::is_object), "no choices and no usage")?;
            self.used = true;
            return Ok(());
        }
        for choice in choices {
            let index = number(choice, "/index")?;
            ensure(!self.finished.contains(&index), "more of a choice after its finish_reason")?;
            let delta = choice.get("delta").and_then(Value::as_object).ok_or("no delta")?;
            let first = !std::mem::replace(&mut self.started, true);
            ensure(!first || delta.get("role") == Some(&json!("assistant")), "the first chunk has no role")?;
            for call in delta.get("tool_calls").and_then(Value::as_array).into_iter().flatten() {
                let at = number(call, "/index")?;
                let begins = !self.calls.contains_key(&(index, at));
                ensure(!begins || at == self.calls.len() as u64, "call indices with gaps")?;
                let named = !text(call, "/id").is_empty()
                    && (!text(call, "/function/name").is_empty() || !text(call, "/custom/name").is_empty());
                ensure(begins == named, "a call is named in its first piece and in no other")?;
                self.calls.insert((index, at), true);
            }
            if !choice.get("finish_reason").is_none_or(Value::is_null) {
                self.finished.push(index);
            }
        }
        Ok(())
    }

    fn message(&mut self, event: &Value) -> Step {
        let kind = text(event, "/type");
        ensure(self.started || matches!(kind, "message_start" | "ping"), "an event before message_start")?;
        match kind {
            "ping" => Ok(()),
            "message_start" => {
                ensure(event.pointer("/message/content") == Some(&json!([])), "a message that begins with content")?;
                ensure(event.pointer("/message/stop_reason") == Some(&Value::Null), "a message that begins stopped")?;
                ensure(!std::mem::replace(&mut self.started, true), "a second message_start")
            }
            "content_block_start" => {
                ensure(self.open.is_none(), "two blocks open")?;
                ensure(self.finished.is_empty(), "a block after message_delta")?;
                ensure(number(event, "/index")? == self.blocks, "an index that does not follow")?;
                self.open = Some((self.blocks, text(event, "/content_block/type").to_owned()));
                self.blocks += 1;
                Ok(())
            }
            "content_block_delta" => {
                let (index, block) = self.open.as_ref().ok_or("a delta of no open block")?;
                ensure(number(event, "/index")? == *index, "a delta of another block")?;
                let fits = match text(event, "/delta/type") {
                    "text_delta" | "citations_delta" => block == "text",
                    "thinking_delta" | "signature_delta" => block == "thinking",
                    "input_json_delta" => block.ends_with("tool_use"),
                    _ => true,
                };
                ensure(fits, "a delta of another kind than its block")
            }
            "content_block_stop" => {
                let (index, _) = self.open.take().ok_or("a stop of no open block")?;
                ensure(number(event, "/index")? == index, "a stop of another block")
            }
            "message_delta" => {
                ensure(self.open.is_none(), "message_delta while a block is open")?;
                ensure(self.finished.is_empty(), "a second message_delta")?;
                ensure(event.pointer("/usage/output_tokens").is_some(), "message_delta without usage")?;
                ensure(!text(event, "/delta/stop_reason").is_empty(), "message_delta without stop_reason")?;
                self.finished.push(0);
                Ok(())
            }
            "message_stop" => {
                ensure(!self.finished.is_empty(), "message_stop before message_delta")?;
                self.ending = Ending::Success;
                Ok(())
            }
            other => Err(format!("an event of no known type, {other}")),
        }
    }

    fn response(&mut self, event: &Value) -> Step {
        let kind = text(event, "/type").strip_prefix("response.").ok_or("no event of a response")?;
        ensure(number(event, "/sequence_number")? == self.sequence, "a sequence_number that does not follow")?;
        self.sequence += 1;
        match (kind, self.sequence) {
            ("created", 1) | ("in_progress" | "queued", 2..) => Ok(()),
            ("created", _) => Err("a second response.created".to_owned()),
            (_, 1) => Err("an event before response.created".to_owned()),
            ("completed" | "incomplete", _) => self.terminal(event, kind),
            ("output_item.added", _) => {
                ensure(number(event, "/output_index")? == self.items.len() as u64, "an output_index with a gap")?;
                let kind = text(event, "/item/type").to_owned();
                self.items.push(Item { id: event["item"]["id"].clone(), kind, ..Item::default() });
                Ok(())
            }
            _ => self.item_event(event, kind),
        }
    }

    fn item_event(&mut self, event: &Value, kind: &str) -> Step {
        let index = usize::try_from(number(event, "/output_index")?).map_err(|error| error.to_string())?;
        let item = self.items.get_mut(index).ok_or("an event of an item that was not added")?;
        ensure(item.done.is_none(), "an event of an item that is done")?;
        if kind == "output_item.done" {
            ensure(event["item"]["id"] == item.id, "another id at the end of an item")?;
            ensure(item.open.is_none(), "an item done while a part is open")?;
            item.done = Some(event["item"].clone());
            return item.repeats();
        }
        ensure(event["item_id"] == item.id, "an item_id of another item")?;
        item.event(event, kind)
    }

    fn terminal(&mut self, event: &Value, kind: &str) -> Step {
        ensure(text(event, "/response/status") == kind, "a status that is not the event's")?;
        let output = event.pointer("/response/output").and_then(Value::as_array).ok_or("no output")?;
        let done: Option<Vec<Value>> = self.items.iter().map(|item| item.done.clone()).collect();
        ensure(done.as_ref() == Some(output), "an output that is not the items")?;
        self.ending = Ending::Success;
        Ok(())
    }
}

impl Item {
    /// An event of the item, whose name is `kind` without `response.`.
    fn event(&mut self, event: &Value, kind: &str) -> Step {
        let (channel, part) = match kind.split_once('.').unwrap_or((kind, "")) {
            ("content_part" | "output_text" | "refusal" | "reasoning_text", _) => ("content", "/content_index"),
            ("reasoning_summary_part" | "reasoning_summary_text", _) => ("summary", "/summary_index"),
            ("function_call_arguments" | "custom_tool_call_input", _) => ("", ""),
            // The provider's own tools say how far they are.
            _ => return Ok(()),
        };
        let part = if part.is_empty() { 0 } else { number(event, part)? };
        match kind {
            "content_part.added" | "reasoning_summary_part.added" => {
                ensure(self.open.is_none(), "two parts open")?;
                ensure(part == self.parts, "a part with a gap")?;
                self.parts += 1;
                self.open = Some((part, channel.to_owned()));
                self.text.clear();
                self.said = None;
                Ok(())
            }
            "content_part.done" | "reasoning_summary_part.done" => {
                ensure(self.open.take() == Some((part, channel.to_owned())), "the end of a part that is not open")?;
                let whole = event.pointer("/part/text").or_else(|| event.pointer("/part/refusal"));
                ensure(whole == Some(&json!(self.text)), "a part that is not what was said")?;
                ensure(self.said.as_ref() == Some(&self.text), "a part without its done text")?;
                self.texts.push(self.text.clone());
                Ok(())
            }
            "output_text.annotation.added" => Ok(()),
            _ if matches!(kind.split_once('.'), Some((_, "delta"))) => {
                ensure(channel.is_empty() || self.open.as_ref().is_some_and(|open| open.0 == part), "no part is open")?;
                ensure(self.said.is_none(), "a delta after the text was done")?;
                self.text.push_str(text(event, "/delta"));
                Ok(())
            }
            _ if matches!(kind.split_once('.'), Some((_, "done"))) => {
                let member = ["text", "refusal", "arguments", "input"].iter().find_map(|name| event.get(*name));
                let whole = member.and_then(Value::as_str).ok_or("a done without its text")?;
                // Nothing is said of an empty object.
                let same = whole == self.text || (self.text.is_empty() && whole == "{}");
                ensure(same, "a done text that is not what was said")?;
                ensure(self.said.replace(self.text.clone()).is_none(), "a second done")
            }
            other => Err(format!("an event of no known type, {other}")),
        }
    }

    /// Whether the item that is done says what its events said.
    fn repeats(&self) -> Step {
        let done = self.done.as_ref().unwrap();
        let whole = match self.kind.as_str() {
            "message" => done["content"].as_array(),
            "reasoning" => {
                done["summary"].as_array().filter(|list| !list.is_empty()).or_else(|| done["content"].as_array())
            }
            "function_call" | "custom_tool_call" => {
                ensure(self.said.is_some(), "a call without its done text")?;
                let member = if self.kind == "function_call" { "arguments" } else { "input" };
                let whole = text(done, &format!("/{member}"));
                return ensure(whole == self.text || self.text.is_empty() && whole == "{}", "a call that was not said");
            }
            _ => return Ok(()),
        };
        let part =
            |part: &Value| part.get("text").or_else(|| part.get("refusal")).and_then(Value::as_str).map(str::to_owned);
        let whole: Vec<String> = whole.into_iter().flatten().filter_map(part).collect();
        let said: Vec<String> =
            self.texts.iter().filter(|text| self.kind == "message" || !text.is_empty()).cloned().collect();
        ensure(whole == said, "an item that is not what was said")
    }
}
