use super::{id, tokens};
use crate::Source;
use serde_json::{Value, json};

pub(super) fn answer(s: &mut Source<'_>) -> Value {
    let reasons = [
        "end_turn",
        "end_turn",
        "max_tokens",
        "tool_use",
        "stop_sequence",
        "pause_turn",
        "refusal",
        "model_context_window_exceeded",
        "future",
    ];
    let details = [
        json!({"type": "refusal", "category": null, "explanation": "no"}),
        json!({"type": "refusal", "category": "cyber", "explanation": null}),
    ];
    let edits = json!({"applied_edits": [{"type": "clear_tool_uses_20250919"}]});
    let members = vec![
        ("id", id(s, "msg_1")),
        ("type", Some(json!("message"))),
        ("role", Some(json!("assistant"))),
        ("model", (!s.one_in(16)).then(|| s.name())),
        ("content", Some(Value::from(s.list(5, block)))),
        ("stop_reason", s.maybe(1, |s| s.of(&reasons).into())),
        ("stop_sequence", s.maybe(6, |_| json!("END"))),
        ("stop_details", s.maybe(6, |s| s.of(&details))),
        ("usage", s.maybe(1, usage)),
        ("container", s.maybe(12, |_| json!({"id": "container_1", "expires_at": "2026-11-21T00:00:00Z"}))),
        ("context_management", s.maybe(12, |_| edits)),
        ("diagnostics", s.maybe(16, |_| json!({"x": 1}))),
    ];
    s.object(members)
}

fn block(s: &mut Source<'_>) -> Value {
    match s.below(12) {
        0..=4 => {
            let members = vec![
                ("type", Some(json!("text"))),
                ("text", Some(s.text())),
                ("citations", s.maybe(3, |s| Value::from(s.list(2, citation)))),
            ];
            s.object(members)
        }
        5..=7 => {
            let members = vec![
                ("type", Some(json!("tool_use"))),
                ("id", Some(s.of(&["toolu_1", "toolu_2"]).into())),
                ("name", Some(s.name())),
                ("input", Some(s.any_object(2))),
                ("caller", s.maybe(12, |_| json!({"type": "direct"}))),
            ];
            s.object(members)
        }
        8 | 9 => s.of(&[
            json!({"type": "thinking", "thinking": "hm\n", "signature": "sig=="}),
            json!({"type": "thinking", "thinking": "", "signature": "sig=="}),
            json!({"type": "thinking", "thinking": "hm", "signature": ""}),
            json!({"type": "redacted_thinking", "data": "gAAA"}),
        ]),
        _ => s.of(&[
            json!({"type": "server_tool_use", "id": "srvtoolu_1", "name": "web_search", "input": {"query": "q"}}),
            json!({"type": "web_search_tool_result", "tool_use_id": "srvtoolu_1", "content": []}),
            json!({"type": "future_block", "x": 1}),
        ]),
    }
}

fn citation(s: &mut Source<'_>) -> Value {
    let page = vec![
        ("type", Some(json!("web_search_result_location"))),
        ("url", Some(json!("https://example.com/a"))),
        ("title", s.maybe(1, Source::text)),
        ("cited_text", Some(json!("quoted"))),
        ("encrypted_index", Some(json!("Eo8B"))),
    ];
    let page = s.object(page);
    let place = json!({"type": "char_location", "cited_text": "c", "document_index": 0, "document_title": null,
        "start_char_index": 0, "end_char_index": 1});
    s.of(&[page.clone(), page, place])
}

fn usage(s: &mut Source<'_>) -> Value {
    let split = json!({"ephemeral_5m_input_tokens": tokens(s), "ephemeral_1h_input_tokens": 0});
    let members = vec![
        ("input_tokens", (!s.one_in(16)).then(|| tokens(s))),
        ("output_tokens", (!s.one_in(16)).then(|| tokens(s))),
        ("cache_read_input_tokens", s.maybe(2, tokens)),
        ("cache_creation_input_tokens", s.maybe(2, tokens)),
        ("cache_creation", s.maybe(3, |_| split)),
        ("output_tokens_details", s.maybe(3, |s| json!({"thinking_tokens": tokens(s)}))),
        ("server_tool_use", s.maybe(4, |s| json!({"web_search_requests": tokens(s)}))),
        ("service_tier", s.maybe(2, |s| s.of(&["standard", "priority", "batch", "future"]).into())),
        ("inference_geo", s.maybe(8, |_| json!("not_available"))),
    ];
    s.object(members)
}
