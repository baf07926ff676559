use super::{id, logprobs, tokens};
use crate::Source;
use serde_json::{Value, json};

pub(super) fn answer(s: &mut Source<'_>) -> Value {
    let mut choices = vec![choice(s, 0)];
    if s.one_in(8) {
        choices.push(choice(s, 1));
    }
    let tiers = ["auto", "default", "flex", "scale", "priority", "future", "standard"];
    let members = vec![
        ("id", id(s, "chatcmpl-1")),
        ("object", Some(json!("chat.completion"))),
        ("created", s.maybe(1, |s| s.of(&[json!(1_763_683_200), json!(0), json!("now")]))),
        ("model", (!s.one_in(16)).then(|| s.name())),
        ("choices", Some(Value::from(choices))),
        ("usage", s.maybe(1, usage)),
        ("service_tier", s.maybe(3, |s| s.of(&tiers).into())),
        ("system_fingerprint", s.maybe(3, |_| json!("fp_1"))),
        ("moderation", s.maybe(16, |_| json!({"results": []}))),
        ("metadata", s.maybe(16, |_| json!({"a": "b"}))),
        ("prompt_filter_results", s.maybe(12, |_| json!([{"prompt_index": 0}]))),
    ];
    s.object(members)
}

fn choice(s: &mut Source<'_>, index: u32) -> Value {
    let finish = ["stop", "length", "tool_calls", "content_filter", "function_call", "future"];
    let probabilities = s.maybe(6, |s| {
        let members = vec![("content", Some(logprobs(s))), ("refusal", s.maybe(4, logprobs))];
        s.object(members)
    });
    let members = vec![
        ("index", Some(json!(index))),
        // A filter of some hosts leaves it out.
        ("message", (!s.one_in(24)).then(|| message(s))),
        ("finish_reason", s.maybe(1, |s| s.of(&finish).into())),
        ("logprobs", probabilities),
        ("content_filter_results", s.maybe(8, |_| json!({"hate": {"filtered": false}}))),
        ("stop_reason", s.maybe(16, |_| json!("END"))),
    ];
    s.object(members)
}

fn message(s: &mut Source<'_>) -> Value {
    let content = match s.below(8) {
        0 => Some(Value::Null),
        1 => None,
        2 => Some(Value::from(s.list(3, |s| json!({"type": "text", "text": s.text()})))),
        _ => Some(s.text()),
    };
    let details = json!([{"type": "reasoning.encrypted", "data": "x"}]);
    let members = vec![
        ("role", (!s.one_in(16)).then(|| json!("assistant"))),
        ("content", content),
        ("refusal", s.maybe(6, Source::text)),
        ("annotations", s.maybe(5, |s| Value::from(s.list(3, annotation)))),
        ("tool_calls", s.maybe(2, |s| Value::from(s.list(3, call)))),
        ("function_call", s.maybe(24, |_| json!({"name": "alpha", "arguments": "{\"a\":1}"}))),
        ("audio", s.maybe(24, |_| json!({"id": "audio_1", "data": "", "expires_at": 1, "transcript": "t"}))),
        ("reasoning_content", s.maybe(8, Source::text)),
        ("reasoning", s.maybe(16, Source::text)),
        ("reasoning_details", s.maybe(16, |_| details)),
        ("name", s.maybe(24, Source::name)),
    ];
    let mut message = s.object(members);
    if message.get("tool_calls").is_some_and(|calls| !calls.is_null()) {
        // The older call beside the newer ones has no order among them, and nobody sends both.
        message.as_object_mut().unwrap().shift_remove("function_call");
    }
    message
}

fn annotation(s: &mut Source<'_>) -> Value {
    let page = vec![
        ("start_index", Some(json!(0))),
        ("end_index", Some(json!(s.below(4)))),
        ("url", Some(json!("https://example.com/a"))),
        ("title", Some(s.text())),
    ];
    let page = s.object(page);
    s.of(&[
        json!({"type": "url_citation", "url_citation": page}),
        json!({"type": "url_citation", "url_citation": page}),
        json!({"type": "file_citation", "file_citation": {"file_id": "f"}}),
        json!({"type": "url_citation"}),
    ])
}

fn call(s: &mut Source<'_>) -> Value {
    let id = s.maybe(1, |s| s.of(&["call_1", "call_2", "toolu_3"]).into());
    if s.one_in(6) {
        return s.object(vec![
            ("id", id),
            ("type", Some(json!("custom"))),
            ("custom", Some(json!({"name": "patch", "input": "*** Begin\n"}))),
        ]);
    }
    let arguments = s.of(&["{}", "{\"city\": \"Łódź\\n\", \"n\": 1.50}", "", "{\"cut\": ", "[1]"]);
    let called = vec![("name", Some(s.name())), ("arguments", Some(json!(arguments)))];
    let function = s.object(called);
    s.object(vec![("id", id), ("type", Some(json!("function"))), ("function", Some(function))])
}

fn usage(s: &mut Source<'_>) -> Value {
    let (input, output) = (s.below(200), s.below(200));
    let total = if s.one_in(8) { 1000 } else { input + output };
    let prompt = vec![
        ("cached_tokens", s.maybe(2, tokens)),
        ("cache_write_tokens", s.maybe(3, tokens)),
        ("audio_tokens", s.maybe(3, tokens)),
    ];
    let prompt = s.object(prompt);
    let completion = vec![
        ("reasoning_tokens", s.maybe(2, tokens)),
        ("accepted_prediction_tokens", s.maybe(3, tokens)),
        ("rejected_prediction_tokens", s.maybe(3, tokens)),
    ];
    let completion = s.object(completion);
    let members = vec![
        ("prompt_tokens", (!s.one_in(16)).then(|| json!(input))),
        ("completion_tokens", (!s.one_in(16)).then(|| json!(output))),
        ("total_tokens", s.maybe(1, |_| json!(total))),
        ("prompt_tokens_details", s.maybe(2, |_| prompt)),
        ("completion_tokens_details", s.maybe(2, |_| completion)),
        ("queue_time", s.maybe(16, |_| json!(0.25))),
    ];
    s.object(members)
}
