//! The laws of streams, asked of bytes that may be no stream at all, and of events in any order.

use serde_json::{Value, json};
use switchback_ir::{Protocol, RequestContext};
use switchback_protocol::{Reply, law};
use switchback_testkit::{Ending, Source, naive_frames, order};

/// No bytes panic a transcoder; every split ends alike, and so does one that remembers no event; nothing is written before
/// the commitment or after an error; and what another protocol's client gets is in order, and ends as the transcoder says.
pub fn laws(from: Protocol, input: &[u8]) {
    let (sizes, stream) = input.split_at(input.len().min(4));
    let sizes: Vec<usize> = sizes.iter().map(|size| usize::from(*size)).collect();
    for to in Protocol::ALL {
        let mut context = RequestContext::new(to);
        context.stream_usage = true;
        let reply = Reply::new(&context).created_at(1);
        let there =
            law::stream_split(from, &reply, stream, &sizes).unwrap_or_else(|broken| panic!("{from} → {to}: {broken}"));
        law::stream_memory(from, &reply, stream, &sizes).unwrap_or_else(|broken| panic!("{from} → {to}: {broken}"));
        // The automaton's own reader holds no unpaired surrogate.
        let reads = |data: &[u8]| data == b"[DONE]" || serde_json::from_slice::<Value>(data).is_ok();
        if from == to || !naive_frames(&there.bytes).0.iter().all(|frame| reads(&frame.data)) {
            continue;
        }
        let expected = match &there.end {
            Ok(_) => Ending::Success,
            // What came after the answer is the upstream's failure alone.
            Err(_) if there.complete => Ending::Success,
            Err(_) if there.bytes.is_empty() => Ending::Open,
            Err(_) => Ending::Error,
        };
        let found = order(to, &there.bytes);
        assert_eq!(found, Ok(expected), "{from} → {to}: {}", String::from_utf8_lossy(&there.bytes));
    }
}

/// Events that a stream of a protocol may hold, in an order that the bytes choose; mostly one that is allowed.
pub fn events(input: &[u8]) -> (Protocol, Vec<u8>) {
    let mut source = Source::new(input);
    let protocol = source.of(&Protocol::ALL);
    let mut made =
        Events { protocol, source, out: input.get(..4).unwrap_or(&[1, 2, 3, 4]).to_vec(), index: 0, number: 0 };
    made.begin();
    for _ in 0..made.source.below(12) {
        made.block();
    }
    if !made.source.one_in(8) {
        made.end();
    }
    (protocol, made.out)
}

struct Events<'s> {
    protocol: Protocol,
    source: Source<'s>,
    out: Vec<u8>,
    index: u64,
    number: u64,
}

impl Events<'_> {
    /// Writes an event, now and then twice or not at all.
    fn put(&mut self, mut event: Value) {
        let times = if self.source.one_in(60) { self.source.of(&[0, 2]) } else { 1 };
        for _ in 0..times {
            let name = event["type"].as_str().unwrap_or_default().to_owned();
            if self.protocol == Protocol::Responses {
                event["sequence_number"] = json!(self.number);
                self.number += 1;
            }
            let line = if name.is_empty() {
                format!("data: {event}\n\n")
            } else {
                format!("event: {name}\ndata: {event}\n\n")
            };
            self.out.extend_from_slice(line.as_bytes());
        }
    }

    fn chunk(&mut self, delta: &Value, finish: Option<&str>) {
        self.put(json!({"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "m",
            "choices": [{"index": 0, "delta": delta, "finish_reason": finish}]}));
    }

    fn begin(&mut self) {
        match self.protocol {
            Protocol::Chat => self.chunk(&json!({"role": "assistant", "content": ""}), None),
            Protocol::Responses => self.put(json!({"type": "response.created", "response": {"id": "r", "model": "m", "status": "in_progress", "output": []}})),
            Protocol::Messages => self.put(json!({"type": "message_start", "message": {"id": "m", "type": "message", "role": "assistant", "model": "m",
                "content": [], "stop_reason": null, "stop_sequence": null, "usage": {"input_tokens": 1, "output_tokens": 1}}})),
        }
    }

    fn block(&mut self) {
        match self.protocol {
            Protocol::Chat => self.chat_piece(),
            Protocol::Responses => self.item(),
            Protocol::Messages => self.message_block(),
        }
    }

    fn chat_piece(&mut self) {
        let text = self.source.text();
        let delta = match self.source.below(6) {
            0 | 1 => json!({"content": text}),
            2 => json!({"reasoning_content": text}),
            3 => json!({"refusal": text}),
            _ => {
                let pieces = self.source.list(3, |source| {
                    let index = source.below(3);
                    let name = source.one_in(3).then(|| source.name());
                    json!({"index": index, "id": name.as_ref().map(|_| format!("call_{index}")),
                        "function": {"name": name, "arguments": source.of(&["", "{\"a\":", "1}", "\\"])}})
                });
                json!({"tool_calls": pieces})
            }
        };
        self.chunk(&delta, None);
    }

    fn message_block(&mut self) {
        let index = self.index;
        self.index += 1;
        let (block, kind, member) = self.source.of(&[
            (json!({"type": "text", "text": ""}), "text_delta", "text"),
            (json!({"type": "thinking", "thinking": "", "signature": ""}), "thinking_delta", "thinking"),
            (json!({"type": "tool_use", "id": "t", "name": "f", "input": {}}), "input_json_delta", "partial_json"),
            (json!({"type": "redacted_thinking", "data": "x"}), "signature_delta", "signature"),
        ]);
        self.put(json!({"type": "content_block_start", "index": index, "content_block": block}));
        for _ in 0..self.source.below(4) {
            let text = self.source.text();
            self.put(json!({"type": "content_block_delta", "index": index, "delta": {"type": kind, member: text}}));
        }
        self.put(json!({"type": "content_block_stop", "index": index}));
        if self.source.one_in(6) {
            self.put(json!({"type": "ping"}));
        }
    }

    fn item(&mut self) {
        let index = self.index;
        self.index += 1;
        let (item, event, member) = self.source.of(&[
            (json!({"type": "message", "id": "i", "role": "assistant", "content": []}), "response.output_text", "text"),
            (json!({"type": "message", "id": "i", "role": "assistant", "content": []}), "response.refusal", "refusal"),
            (json!({"type": "reasoning", "id": "i", "summary": []}), "response.reasoning_summary_text", "text"),
            (
                json!({"type": "function_call", "id": "i", "call_id": "c", "name": "f", "arguments": ""}),
                "response.function_call_arguments",
                "arguments",
            ),
            (
                json!({"type": "custom_tool_call", "id": "i", "call_id": "c", "name": "f", "input": ""}),
                "response.custom_tool_call_input",
                "input",
            ),
            (json!({"type": "web_search_call", "id": "i"}), "response.web_search_call.searching", "x"),
        ]);
        self.put(json!({"type": "response.output_item.added", "output_index": index, "item": item}));
        for _ in 0..self.source.below(4) {
            let text = self.source.text();
            self.put(json!({"type": format!("{event}.delta"), "item_id": "i", "output_index": index, "content_index": 0, "summary_index": 0, "delta": text}));
        }
        let text = self.source.text();
        if self.source.one_in(2) {
            self.put(json!({"type": format!("{event}.done"), "item_id": "i", "output_index": index, "content_index": 0, "summary_index": 0, member: text}));
        }
        self.put(json!({"type": "response.output_item.done", "output_index": index, "item": item}));
    }

    fn end(&mut self) {
        match self.protocol {
            Protocol::Chat => {
                let finish = self.source.of(&["stop", "length", "tool_calls", "content_filter", "odd"]);
                self.chunk(&json!({}), Some(finish));
                if self.source.one_in(2) {
                    self.put(json!({"id": "c", "object": "chat.completion.chunk", "choices": [], "usage": {"prompt_tokens": 3, "completion_tokens": 1}}));
                }
                self.out.extend_from_slice(b"data: [DONE]\n\n");
            }
            Protocol::Responses => {
                let status = self.source.of(&["completed", "incomplete", "failed"]);
                self.put(json!({"type": format!("response.{status}"), "response": {"id": "r", "model": "m", "status": status, "output": []}}));
            }
            Protocol::Messages => {
                let stop = self.source.of(&["end_turn", "max_tokens", "tool_use", "refusal", "pause_turn", "odd"]);
                self.put(json!({"type": "message_delta", "delta": {"stop_reason": stop, "stop_sequence": null}, "usage": {"output_tokens": 5}}));
                self.put(json!({"type": "message_stop"}));
            }
        }
    }
}
