use super::{id, logprobs, tokens};
use crate::Source;
use serde_json::{Value, json};

pub(super) fn answer(s: &mut Source<'_>) -> Value {
    let (status, details) = s.of(&[
        ("completed", Value::Null),
        ("completed", Value::Null),
        ("completed", Value::Null),
        ("incomplete", json!({"reason": "max_output_tokens"})),
        ("incomplete", json!({"reason": "content_filter"})),
        ("incomplete", json!({"reason": "future"})),
        ("in_progress", Value::Null),
        ("cancelled", Value::Null),
        ("failed", Value::Null),
        ("future", Value::Null),
    ]);
    let error = json!({"code": "server_error", "message": "no"});
    let instructions = [json!("Be brief."), json!([{"role": "system", "content": "x"}])];
    let members = vec![
        ("id", id(s, "resp_1")),
        ("object", Some(json!("response"))),
        ("created_at", s.maybe(1, |s| s.of(&[json!(1_763_683_200), json!(1_763_683_200.5)]))),
        ("status", Some(json!(status))),
        ("error", Some(if status == "failed" { error } else { Value::Null })),
        ("incomplete_details", Some(details)),
        ("model", (!s.one_in(16)).then(|| s.name())),
        ("output", Some(Value::from(s.list(5, item)))),
        ("usage", s.maybe(1, usage)),
        ("instructions", s.maybe(4, |s| s.of(&instructions))),
        ("metadata", s.maybe(3, |s| s.of(&[json!({}), json!({"a": "b"})]))),
        ("parallel_tool_calls", s.maybe(2, Source::bool)),
        ("temperature", s.maybe(2, Source::number)),
        ("top_p", s.maybe(2, Source::number)),
        ("tool_choice", s.maybe(2, |s| s.of(&[json!("auto"), json!("required")]))),
        (
            "tools",
            s.maybe(2, |s| {
                s.of(&[json!([]), json!([{"type": "web_search"}]), json!([{"type": "custom", "name": "patch"}])])
            }),
        ),
        ("text", s.maybe(3, |_| json!({"format": {"type": "text"}, "verbosity": "low"}))),
        ("reasoning", s.maybe(3, |_| json!({"effort": "low", "summary": null}))),
        ("service_tier", s.maybe(3, |s| s.of(&["auto", "default", "flex", "priority", "future"]).into())),
        ("truncation", s.maybe(4, |_| json!("disabled"))),
        ("store", s.maybe(4, Source::bool)),
        ("previous_response_id", s.maybe(6, |_| json!("resp_0"))),
        ("completed_at", s.maybe(4, |_| json!(1_763_683_201))),
        ("billing", s.maybe(8, |_| json!({"payer": "developer"}))),
        ("moderation", s.maybe(16, |_| json!({"results": []}))),
        ("output_text", s.maybe(12, |_| json!("a copy"))),
    ];
    s.object(members)
}

fn item(s: &mut Source<'_>) -> Value {
    match s.below(10) {
        0..=3 => message(s),
        4 | 5 => call(s),
        6 | 7 => reasoning(s),
        _ => s.of(&[
            json!({"type": "web_search_call", "id": "ws_1", "status": "completed", "action": {"type": "search", "query": "q"}}),
            json!({"type": "future_item", "id": "x_1"}),
            json!({"type": "image_generation_call", "id": "ig_1", "status": "completed", "result": "aGk="}),
        ]),
    }
}

fn item_id(s: &mut Source<'_>, prefix: &str) -> Option<Value> {
    s.maybe(1, |s| s.of(&[json!(format!("{prefix}_a")), json!(format!("{prefix}_1_0"))]))
}

fn status(s: &mut Source<'_>) -> Option<Value> {
    s.maybe(1, |s| s.of(&["completed", "completed", "incomplete", "in_progress"]).into())
}

fn message(s: &mut Source<'_>) -> Value {
    let members = vec![
        ("type", Some(json!("message"))),
        ("id", item_id(s, "msg")),
        ("role", Some(json!("assistant"))),
        ("status", status(s)),
        ("content", Some(Value::from(s.list(3, part)))),
        ("phase", s.maybe(8, |_| json!("final_answer"))),
    ];
    s.object(members)
}

fn part(s: &mut Source<'_>) -> Value {
    match s.below(8) {
        0 => json!({"type": "refusal", "refusal": "no"}),
        1 => json!({"type": "future_part", "x": 1}),
        _ => {
            let members = vec![
                ("type", Some(json!("output_text"))),
                ("text", Some(s.text())),
                ("annotations", Some(Value::from(s.list(2, annotation)))),
                ("logprobs", s.maybe(3, logprobs)),
            ];
            s.object(members)
        }
    }
}

fn annotation(s: &mut Source<'_>) -> Value {
    let page = vec![
        ("type", Some(json!("url_citation"))),
        ("start_index", Some(json!(0))),
        ("end_index", Some(json!(s.below(4)))),
        ("url", Some(json!("https://example.com/a"))),
        ("title", Some(s.text())),
    ];
    let page = s.object(page);
    s.of(&[page.clone(), page, json!({"type": "file_citation", "file_id": "f", "filename": "n", "index": 0})])
}

fn call(s: &mut Source<'_>) -> Value {
    if s.one_in(4) {
        let members = vec![
            ("type", Some(json!("custom_tool_call"))),
            ("id", item_id(s, "ctc")),
            ("call_id", Some(json!("call_9"))),
            ("name", Some(json!("patch"))),
            ("input", Some(json!("*** Begin\n"))),
        ];
        return s.object(members);
    }
    let arguments = s.of(&["{}", "{\"city\": \"Łódź\\n\", \"n\": 1.50}", "", "{\"cut\": "]);
    let members = vec![
        ("type", Some(json!("function_call"))),
        ("id", item_id(s, "fc")),
        ("call_id", Some(s.of(&["call_1", "call_2"]).into())),
        ("name", Some(s.name())),
        ("arguments", Some(json!(arguments))),
        ("status", status(s)),
        ("caller", s.maybe(16, |_| json!({"type": "direct"}))),
    ];
    s.object(members)
}

fn reasoning(s: &mut Source<'_>) -> Value {
    let text = |kind: &'static str| move |s: &mut Source<'_>| json!({"type": kind, "text": s.text()});
    let members = vec![
        ("type", Some(json!("reasoning"))),
        ("id", item_id(s, "rs")),
        ("summary", Some(Value::from(s.list(2, text("summary_text"))))),
        ("content", s.maybe(4, |s| Value::from(s.list(2, text("reasoning_text"))))),
        ("encrypted_content", s.maybe(3, |_| json!("gAAA"))),
        ("status", s.maybe(4, |_| json!("completed"))),
    ];
    s.object(members)
}

fn usage(s: &mut Source<'_>) -> Value {
    let (input, output) = (s.below(200), s.below(200));
    let total = if s.one_in(8) { 1000 } else { input + output };
    let read = vec![
        ("cached_tokens", Some(tokens(s))),
        ("cache_write_tokens", s.maybe(2, tokens)),
        ("audio_tokens", s.maybe(8, tokens)),
    ];
    let read = s.object(read);
    let written = vec![("reasoning_tokens", s.maybe(1, tokens))];
    let written = s.object(written);
    let members = vec![
        ("input_tokens", (!s.one_in(24)).then(|| json!(input))),
        ("input_tokens_details", Some(read)),
        ("output_tokens", Some(json!(output))),
        ("output_tokens_details", Some(written)),
        ("total_tokens", Some(json!(total))),
    ];
    s.object(members)
}
