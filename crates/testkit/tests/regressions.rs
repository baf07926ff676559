//! One body for each thing that broke on the whole way (decode, degrade, encode), with the symptom.
#![allow(
    clippy::unwrap_used,
    unreachable_pub,
    reason = "tests fail by panicking, and share a module with the fuzz targets"
)]

#[path = "../../../fuzz/src/fitted.rs"]
mod fitted;

use fitted::fitted;
use switchback_ir::{Protocol, TargetFacts};
use switchback_protocol::law;

/// The ledger of a conversion that breaks no law, as `path feature action`.
fn lines(from: Protocol, to: Protocol, body: &str) -> Vec<String> {
    law::loss(from, to, body.as_bytes(), &fitted).unwrap();
    let made = fitted(from, to, &TargetFacts::default(), body.as_bytes()).unwrap();
    made.lines.iter().map(|line| format!("{} {} {}", line.path, line.feature, line.action)).collect()
}

#[test]
fn instructions_behind_a_search_of_the_provider_became_the_users_words_unreported() {
    let body = r#"{"model":"m","store":false,"max_output_tokens":64,"input":[
        {"type":"web_search_call","id":"ws_1","status":"completed"},{"role":"system","content":"rules"},
        {"role":"user","content":"x"},{"role":"system","content":"later"}]}"#;
    let expected =
        ["/store store_off noted", "/input/0 server_tool_item dropped", "/input/3 mid_conversation_system degraded"];
    assert_eq!(lines(Protocol::Responses, Protocol::Messages, body), expected);
}

#[test]
fn a_document_of_blocks_beside_one_of_text_was_rewritten_unreported() {
    let body = r#"{"model":"m","max_tokens":64,"messages":[{"role":"user","content":[
        {"type":"document","source":{"type":"text","media_type":"text/plain","data":"a"}},
        {"type":"document","source":{"type":"content","content":[{"type":"text","text":"b"}]}}]}]}"#;
    let expected = ["/messages/0/content/0 file_text degraded", "/messages/0/content/1 file_content degraded"];
    assert_eq!(lines(Protocol::Messages, Protocol::Chat, body), expected);
}

#[test]
fn tools_that_a_choice_does_not_allow_left_the_list_unreported() {
    let function = |name: &str| format!(r#"{{"type":"function","function":{{"name":"{name}","parameters":{{}}}}}}"#);
    let choice = |name: &str| {
        format!(
            r#"{{"type":"allowed_tools","allowed_tools":{{"mode":"auto","tools":[{{"type":"function","function":{{"name":"{name}"}}}}]}}}}"#
        )
    };
    let body = |allowed: &str| {
        format!(
            r#"{{"model":"m","messages":[],"max_tokens":64,"tools":[{},{}],"tool_choice":{},"parallel_tool_calls":false}}"#,
            function("f"),
            function("g"),
            choice(allowed)
        )
    };
    let degraded = |path: &str| format!("{path} tool_choice_allowed degraded");
    let seen = lines(Protocol::Chat, Protocol::Messages, &body("f"));
    assert_eq!(seen, [degraded("/tools/1"), degraded("/tool_choice")]);
    // None is left, and with the last of them goes what is said of their calls.
    let seen = lines(Protocol::Chat, Protocol::Messages, &body("h"));
    let limit = "/parallel_tool_calls parallel_tool_calls_off dropped".to_owned();
    assert_eq!(seen, [degraded("/tools/0"), degraded("/tools/1"), degraded("/tool_choice"), limit]);
}

#[test]
fn a_choice_of_any_custom_tool_was_reported_and_stood_there_unchanged() {
    let body = r#"{"model":"m","messages":[],"max_tokens":64,"tools":[{"type":"custom","custom":{"name":"patch"}}],
        "tool_choice":"required"}"#;
    assert_eq!(lines(Protocol::Chat, Protocol::Messages, body), ["/tools/0 custom_tool degraded"]);
}

#[test]
fn a_choice_without_tools_beside_a_custom_call_went_away_unreported() {
    let body = r#"{"model":"m","max_output_tokens":64,"store":false,"input":[
        {"type":"custom_tool_call","call_id":"c","name":"patch","input":"x"},
        {"type":"custom_tool_call_output","call_id":"c","output":"y"}],
        "tool_choice":{"type":"allowed_tools","mode":"auto","tools":[{"type":"function","name":"f"}]}}"#;
    let expected = [
        "/store store_off noted",
        "/input/0 custom_tool_call degraded",
        "/input/1 custom_tool_call degraded",
        "/tool_choice tool_choice_without_tools dropped",
    ];
    assert_eq!(lines(Protocol::Responses, Protocol::Messages, body), expected);
}
