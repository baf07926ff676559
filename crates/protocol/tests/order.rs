//! The member that tells what an object is may stand anywhere in it: what is read is the same.
#![allow(clippy::unwrap_used, reason = "tests fail by panicking")]

use serde_json::Value;
use switchback_ir::{Limits, Protocol, TargetFacts};
use switchback_protocol::{decode, encode};

/// Bodies that differ in the order of members alone.
const SAME: &[(Protocol, &str, &str)] = &[
    (
        Protocol::Chat,
        r#"{"model":"m","messages":[{"role":"user","content":[{"type":"text","text":"x"}]}]}"#,
        r#"{"model":"m","messages":[{"content":[{"text":"x","type":"text"}],"role":"user"}]}"#,
    ),
    (
        Protocol::Chat,
        r#"{"model":"m","messages":[{"role":"tool","tool_call_id":"c","content":"x"}]}"#,
        r#"{"model":"m","messages":[{"tool_call_id":"c","content":"x","role":"tool"}]}"#,
    ),
    (
        Protocol::Responses,
        r#"{"model":"m","input":[{"type":"message","role":"user","content":"x"}]}"#,
        r#"{"model":"m","input":[{"role":"user","content":"x","type":"message"}]}"#,
    ),
    (
        Protocol::Responses,
        r#"{"model":"m","input":[{"role":"user","content":"x"}]}"#,
        r#"{"model":"m","input":[{"content":"x","role":"user"}]}"#,
    ),
    (
        Protocol::Responses,
        r#"{"model":"m","input":[{"type":"function_call","role":"user","content":7,"call_id":"c","name":"f","arguments":"{}"}]}"#,
        r#"{"model":"m","input":[{"role":"user","content":7,"call_id":"c","name":"f","arguments":"{}","type":"function_call"}]}"#,
    ),
    (
        Protocol::Responses,
        r#"{"model":"m","input":[{"type":"reasoning","role":"user","content":[{"type":"input_text","text":"x"}]}]}"#,
        r#"{"model":"m","input":[{"role":"user","content":[{"type":"input_text","text":"x"}],"type":"reasoning"}]}"#,
    ),
    (
        Protocol::Messages,
        r#"{"model":"m","max_tokens":20,"messages":[],"tools":[{"type":"custom","name":"f","input_schema":{}}]}"#,
        r#"{"model":"m","max_tokens":20,"messages":[],"tools":[{"name":"f","input_schema":{},"type":"custom"}]}"#,
    ),
    (
        Protocol::Messages,
        r#"{"model":"m","max_tokens":20,"messages":[],"tools":[{"type":"web_search_20250305","name":"web_search","max_uses":2}]}"#,
        r#"{"model":"m","max_tokens":20,"messages":[],"tools":[{"name":"web_search","max_uses":2,"type":"web_search_20250305"}]}"#,
    ),
    (
        Protocol::Messages,
        r#"{"model":"m","max_tokens":20,"messages":[],"tools":[{"type":"bash_20250124","name":"bash","input_schema":7}]}"#,
        r#"{"model":"m","max_tokens":20,"messages":[],"tools":[{"name":"bash","input_schema":7,"type":"bash_20250124"}]}"#,
    ),
    (
        Protocol::Messages,
        r#"{"model":"m","max_tokens":20,"messages":[{"role":"user","content":[{"type":"tool_result","tool_use_id":"c"}]}]}"#,
        r#"{"model":"m","max_tokens":20,"messages":[{"content":[{"tool_use_id":"c","type":"tool_result"}],"role":"user"}]}"#,
    ),
];

#[test]
fn a_kind_that_stands_last_is_the_same_kind() {
    for (from, first, last) in SAME {
        for to in Protocol::ALL {
            assert_eq!(converted(*from, first, to), converted(*from, last, to), "{from} to {to}: {last}");
        }
    }
}

/// The body in another protocol, and the names of what was lost.
fn converted(from: Protocol, body: &str, to: Protocol) -> Result<(Value, Vec<&'static str>), Vec<&'static str>> {
    let request = decode(from, body.as_bytes(), &Limits::default()).unwrap();
    let mut out = Vec::new();
    let names = |ledger: switchback_ir::Ledger| {
        let mut names: Vec<_> = ledger.entries().iter().map(|entry| entry.feature.name()).collect();
        names.sort_unstable();
        names
    };
    match encode(&request, to, &TargetFacts::default(), &mut out) {
        Ok(ledger) => Ok((serde_json::from_slice(&out).unwrap(), names(ledger))),
        Err(ledger) => Err(names(ledger)),
    }
}

#[test]
fn what_is_wrong_is_named_where_it_stands() {
    for (from, body, path) in [
        (Protocol::Responses, r#"{"model":"m","input":[{"role":"user","content":7}]}"#, "/input/0/content"),
        (
            Protocol::Responses,
            r#"{"model":"m","input":[{"role":"user","content":"x","content":"y"}]}"#,
            "/input/0/content",
        ),
        (Protocol::Messages, r#"{"messages":[],"tools":[{"name":"f","input_schema":7}]}"#, "/tools/0/input_schema"),
        (Protocol::Messages, r#"{"messages":[],"tools":[{"input_schema":{}}]}"#, "/tools/0"),
    ] {
        let error = decode(from, body.as_bytes(), &Limits::default()).unwrap_err();
        assert_eq!(error.path(), path, "{error}");
    }
}
