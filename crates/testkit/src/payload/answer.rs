use super::Words;
use serde_json::{Value, json};
use switchback_ir::Protocol;

/// A kind of answer that gateways carry.
#[derive(Debug)]
pub struct Answer {
    /// Part of the benches' ids.
    pub name: &'static str,
    text: usize,
    /// How many calls of tools it makes.
    pub calls: usize,
}

/// A short text, an agent's 20 KB with tool calls, a text of 500 KB.
pub const ANSWERS: &[Answer] = &[
    Answer { name: "text_300", text: 300, calls: 0 },
    Answer { name: "calls_20k", text: 1_000, calls: 24 },
    Answer { name: "text_500k", text: 500_000, calls: 0 },
];

impl Answer {
    /// The body in a protocol.
    pub fn body(&self, protocol: Protocol) -> Vec<u8> {
        let mut words = Words::new(9);
        let text = words.prose(self.text);
        let calls: Vec<(String, Value)> = (0..self.calls)
            .map(|call| (format!("call_{call:06}"), json!({"path": "src/a.rs", "text": words.code(600)})))
            .collect();
        let body = match protocol {
            Protocol::Chat => chat_answer(&text, &calls),
            Protocol::Responses => responses_answer(&text, &calls),
            Protocol::Messages => messages_answer(&text, &calls),
        };
        body.to_string().into_bytes()
    }
}

fn chat_answer(text: &str, calls: &[(String, Value)]) -> Value {
    let mut message = json!({"role": "assistant", "content": text, "refusal": null});
    if !calls.is_empty() {
        let call = |(id, input): &(String, Value)| json!({"id": id, "type": "function", "function": {"name": "edit_0", "arguments": input.to_string()}});
        let calls = calls.iter().map(call).collect();
        message.as_object_mut().unwrap().insert("tool_calls".to_owned(), calls);
    }
    let finish = if calls.is_empty() { "stop" } else { "tool_calls" };
    json!({"id": "chatcmpl-1", "object": "chat.completion", "created": 1_763_683_200, "model": "gpt-5",
        "choices": [{"index": 0, "message": message, "logprobs": null, "finish_reason": finish}],
        "usage": {"prompt_tokens": 900, "completion_tokens": 80, "total_tokens": 980}})
}

fn responses_answer(text: &str, calls: &[(String, Value)]) -> Value {
    let mut output = vec![json!({"type": "message", "role": "assistant", "status": "completed",
        "content": [{"type": "output_text", "text": text, "annotations": []}]})];
    output.extend(calls.iter().map(|(id, input)| {
        json!({"type": "function_call", "call_id": id, "name": "edit_0", "arguments": input.to_string(), "status": "completed"})
    }));
    json!({"id": "resp_1", "object": "response", "created_at": 1_763_683_200, "status": "completed", "model": "gpt-5",
        "output": output, "parallel_tool_calls": true, "tool_choice": "auto", "tools": [],
        "usage": {"input_tokens": 900, "input_tokens_details": {"cached_tokens": 0, "cache_write_tokens": 0}, "output_tokens": 80,
            "output_tokens_details": {"reasoning_tokens": 0}, "total_tokens": 980}})
}

fn messages_answer(text: &str, calls: &[(String, Value)]) -> Value {
    let mut content = vec![json!({"type": "text", "text": text})];
    content.extend(
        calls.iter().map(|(id, input)| json!({"type": "tool_use", "id": id, "name": "edit_0", "input": input})),
    );
    let stop = if calls.is_empty() { "end_turn" } else { "tool_use" };
    json!({"id": "msg_1", "type": "message", "role": "assistant", "model": "claude-haiku-4-5", "content": content,
        "stop_reason": stop, "stop_sequence": null, "usage": {"input_tokens": 900, "output_tokens": 80}})
}
