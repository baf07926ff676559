//! A whole response as a stream of its protocol, in pieces and orders that vendors allow.

use crate::Source;
use serde_json::{Map, Value, json};
use switchback_ir::Protocol;

/// A stream that amounts to `response`, cut into pieces by `entropy`; nothing for a body that is no complete answer.
pub fn unfold(protocol: Protocol, response: &Value, entropy: &[u8]) -> Option<Vec<u8>> {
    let mut stream = Unfolding { source: Source::new(entropy), out: Vec::new(), number: 0 };
    match protocol {
        Protocol::Chat => stream.chat(response)?,
        Protocol::Responses => stream.responses(response)?,
        Protocol::Messages => stream.messages(response)?,
    }
    Some(stream.out)
}

struct Unfolding<'s> {
    source: Source<'s>,
    out: Vec<u8>,
    number: u64,
}

impl Unfolding<'_> {
    fn put(&mut self, name: &str, event: &Value) {
        let name = if name.is_empty() { String::new() } else { format!("event: {name}\n") };
        self.out.extend_from_slice(format!("{name}data: {event}\n\n").as_bytes());
    }

    /// The text in one or more pieces, cut between characters.
    fn pieces(&mut self, text: &str) -> Vec<String> {
        let mut pieces = vec![String::new()];
        for letter in text.chars() {
            if self.source.one_in(3) {
                pieces.push(String::new());
            }
            pieces.last_mut().unwrap().push(letter);
        }
        pieces.retain(|piece| !piece.is_empty());
        pieces
    }

    fn messages(&mut self, response: &Value) -> Option<()> {
        let content = response.get("content")?.as_array()?;
        response.get("stop_reason")?.as_str().filter(|reason| !reason.is_empty())?;
        let usage = response.get("usage")?.as_object()?;
        let late = ["stop_reason", "stop_sequence", "stop_details", "container"];
        let mut start = response.as_object()?.clone();
        start.extend([("content".to_owned(), json!([])), ("stop_reason".to_owned(), Value::Null)]);
        start.extend([("stop_sequence".to_owned(), Value::Null)]);
        let delta: Map<String, Value> =
            late.iter().filter_map(|name| Some(((*name).to_owned(), response.get(*name)?.clone()))).collect();
        self.put("message_start", &json!({"type": "message_start", "message": start}));
        for (index, block) in content.iter().enumerate() {
            if self.source.one_in(4) {
                self.put("ping", &json!({"type": "ping"}));
            }
            self.message_block(index, block.as_object()?);
        }
        self.put("message_delta", &json!({"type": "message_delta", "delta": delta, "usage": usage}));
        self.put("message_stop", &json!({"type": "message_stop"}));
        Some(())
    }

    fn message_block(&mut self, index: usize, block: &Map<String, Value>) {
        let mut start = block.clone();
        let mut deltas = Vec::new();
        for (member, kind) in [("text", "text_delta"), ("thinking", "thinking_delta"), ("signature", "signature_delta")]
        {
            let told = block.get("type").and_then(Value::as_str);
            let fits = told == Some(member) || told == Some("thinking") && member == "signature";
            if let Some(text) = block.get(member).and_then(Value::as_str).filter(|_| fits) {
                start.insert(member.to_owned(), json!(""));
                deltas.extend(self.pieces(text).iter().map(|piece| json!({"type": kind, member: piece})));
            }
        }
        if let Some(input) = block.get("input").filter(|input| input.is_object()) {
            start.insert("input".to_owned(), json!({}));
            let pieces = self.pieces(&input.to_string());
            deltas.extend(pieces.iter().map(|piece| json!({"type": "input_json_delta", "partial_json": piece})));
        }
        if block.get("type") == Some(&json!("text"))
            && let Some(citations) = block.get("citations").and_then(Value::as_array)
        {
            start.insert("citations".to_owned(), json!([]));
            deltas.extend(citations.iter().map(|one| json!({"type": "citations_delta", "citation": one})));
        }
        self.put(
            "content_block_start",
            &json!({"type": "content_block_start", "index": index, "content_block": start}),
        );
        for delta in deltas {
            self.put("content_block_delta", &json!({"type": "content_block_delta", "index": index, "delta": delta}));
        }
        self.put("content_block_stop", &json!({"type": "content_block_stop", "index": index}));
    }

    fn chat(&mut self, response: &Value) -> Option<()> {
        let mut head = response.as_object()?.clone();
        let (choices, usage) = (head.remove("choices")?, head.remove("usage"));
        head.insert("object".to_owned(), json!("chat.completion.chunk"));
        let mut ends = Vec::new();
        let mut deltas: Vec<Vec<Value>> = Vec::new();
        for (at, choice) in choices.as_array()?.iter().enumerate() {
            let index = choice.get("index")?.as_u64().filter(|index| *index == at as u64)?;
            choice.get("finish_reason")?.as_str().filter(|reason| !reason.is_empty())?;
            let mut end = choice.as_object()?.clone();
            let message = end.remove("message")?;
            end.insert("delta".to_owned(), json!({}));
            ends.push(Value::Object(end));
            let choice = |delta: Value| json!({"index": index, "delta": delta, "finish_reason": null});
            deltas.push(self.chat_deltas(message.as_object()?)?.into_iter().map(choice).collect());
        }
        // The choices come interleaved, each in its own order.
        while deltas.iter().any(|left| !left.is_empty()) {
            let at = self.source.below(deltas.len());
            let at = if deltas[at].is_empty() { deltas.iter().position(|left| !left.is_empty())? } else { at };
            let delta = deltas[at].remove(0);
            self.chunk(&head, vec![delta], None);
        }
        for end in ends {
            self.chunk(&head, vec![end], None);
        }
        if let Some(usage) = usage {
            self.chunk(&head, vec![], Some(usage));
        }
        self.out.extend_from_slice(b"data: [DONE]\n\n");
        Some(())
    }

    fn chunk(&mut self, head: &Map<String, Value>, choices: Vec<Value>, usage: Option<Value>) {
        let mut chunk = head.clone();
        chunk.insert("choices".to_owned(), Value::Array(choices));
        chunk.extend(usage.map(|usage| ("usage".to_owned(), usage)));
        self.put("", &Value::Object(chunk));
    }

    /// The deltas of a message: its text first, then the pieces of its calls, interleaved.
    fn chat_deltas(&mut self, message: &Map<String, Value>) -> Option<Vec<Value>> {
        let mut deltas = vec![json!({"role": message.get("role")?})];
        let mut calls: Vec<Vec<Value>> = Vec::new();
        for (name, value) in message {
            match (name.as_str(), value) {
                ("role", _) => {}
                ("tool_calls", Value::Array(all)) => {
                    for (index, call) in all.iter().enumerate() {
                        calls.push(self.call_pieces(index, call)?);
                    }
                }
                (_, Value::String(text)) => deltas.extend(self.pieces(text).iter().map(|piece| json!({name: piece}))),
                _ => deltas.push(json!({name: value})),
            }
        }
        // A call begins after those before it have begun.
        for call in &mut calls {
            deltas.push(json!({"tool_calls": [call.remove(0)]}));
            if self.source.one_in(2) && !call.is_empty() {
                deltas.push(json!({"tool_calls": [call.remove(0)]}));
            }
        }
        while calls.iter().any(|left| !left.is_empty()) {
            let from = self.source.below(calls.len());
            let pieces: Vec<Value> =
                calls.iter_mut().skip(from).filter(|left| !left.is_empty()).map(|left| left.remove(0)).collect();
            if !pieces.is_empty() {
                deltas.push(json!({"tool_calls": pieces}));
            }
        }
        Some(deltas)
    }

    fn call_pieces(&mut self, index: usize, call: &Value) -> Option<Vec<Value>> {
        let (object, member) =
            if call.get("custom").is_some() { ("custom", "input") } else { ("function", "arguments") };
        let text = call.get(object)?.get(member)?.as_str()?.to_owned();
        let mut first = call.clone();
        first["index"] = json!(index);
        first[object][member] = json!("");
        let pieces = self.pieces(&text);
        Some(
            std::iter::once(first)
                .chain(pieces.iter().map(|piece| json!({"index": index, object: {member: piece}})))
                .collect(),
        )
    }

    fn event(&mut self, mut event: Value) {
        event["sequence_number"] = json!(self.number);
        self.number += 1;
        let name = event["type"].as_str().unwrap().to_owned();
        self.put(&name, &event);
    }

    fn responses(&mut self, response: &Value) -> Option<()> {
        let status = response.get("status")?.as_str().filter(|status| matches!(*status, "completed" | "incomplete"))?;
        let output = response.get("output")?.as_array()?;
        response.get("error").is_none_or(Value::is_null).then_some(())?;
        let mut begun = response.clone();
        begun["status"] = json!("in_progress");
        begun["output"] = json!([]);
        begun["usage"] = Value::Null;
        self.event(json!({"type": "response.created", "response": begun}));
        self.event(json!({"type": "response.in_progress", "response": begun}));
        for (index, item) in output.iter().enumerate() {
            let kind = item.get("type")?.as_str()?;
            let list = if kind == "reasoning" { "summary" } else { "content" };
            let mut added = item.clone();
            for (member, empty) in [(list, json!([])), ("arguments", json!("")), ("input", json!(""))] {
                if item.get(member).is_some()
                    && matches!(kind, "message" | "reasoning" | "function_call" | "custom_tool_call")
                {
                    added[member] = empty;
                }
            }
            self.event(json!({"type": "response.output_item.added", "output_index": index, "item": added}));
            self.item(index, kind, item);
            self.event(json!({"type": "response.output_item.done", "output_index": index, "item": item}));
        }
        self.event(json!({"type": format!("response.{status}"), "response": response}));
        Some(())
    }

    fn item(&mut self, index: usize, kind: &str, item: &Value) {
        let place = json!({"item_id": item["id"], "output_index": index});
        match kind {
            "function_call" => self.texts("response.function_call_arguments", "arguments", &place, &item["arguments"]),
            "custom_tool_call" => self.texts("response.custom_tool_call_input", "input", &place, &item["input"]),
            "message" | "reasoning" => {
                let (list, number) =
                    if kind == "reasoning" { ("summary", "summary_index") } else { ("content", "content_index") };
                for (at, part) in item[list].as_array().into_iter().flatten().enumerate() {
                    let (event, member) = match part["type"].as_str() {
                        Some("output_text") => ("response.output_text", "text"),
                        Some("refusal") => ("response.refusal", "refusal"),
                        Some("summary_text") => ("response.reasoning_summary_text", "text"),
                        _ => continue,
                    };
                    let mut place = place.clone();
                    place[number] = json!(at);
                    let around =
                        if kind == "reasoning" { "response.reasoning_summary_part" } else { "response.content_part" };
                    let mut empty = part.clone();
                    empty[member] = json!("");
                    self.placed(&format!("{around}.added"), &place, "part", &empty);
                    self.texts(event, member, &place, &part[member]);
                    self.placed(&format!("{around}.done"), &place, "part", part);
                }
            }
            _ => {}
        }
    }

    fn texts(&mut self, event: &str, member: &str, place: &Value, text: &Value) {
        for piece in self.pieces(text.as_str().unwrap_or_default()) {
            self.placed(&format!("{event}.delta"), place, "delta", &json!(piece));
        }
        self.placed(&format!("{event}.done"), place, member, text);
    }

    fn placed(&mut self, kind: &str, place: &Value, member: &str, value: &Value) {
        let mut event = place.clone();
        event["type"] = json!(kind);
        event[member] = value.clone();
        self.event(event);
    }
}
