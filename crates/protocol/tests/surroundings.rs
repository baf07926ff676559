//! What surrounds a body, and the headers that come with one.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests fail by panicking")]

use proptest::prelude::*;
use switchback_ir::{Feature, Key, Ledger, Limits, Owner, Protocol, RawJson, Request, TargetFacts};
use switchback_protocol::{betas, decode, encode, losses, surroundings, with_headers};
use switchback_testkit::bodies;

fn request<'a>(body: &'a str, headers: &[(&'static str, &'static str)]) -> Request<'a> {
    with_headers(decode(Protocol::Messages, body.as_bytes(), &Limits::default()).unwrap(), headers.iter().copied())
}

fn sent(body: &str, headers: &[(&'static str, &'static str)]) -> Option<String> {
    surroundings(&request(body, headers), Protocol::Messages).header("anthropic-beta").map(str::to_owned)
}

fn body(members: &str) -> String {
    format!(r#"{{"model":"m","max_tokens":9,"messages":[]{members}}}"#)
}

#[test]
fn each_protocol_has_its_path_and_only_messages_its_version() {
    let source = body("");
    for (target, path) in [
        (Protocol::Chat, "/v1/chat/completions"),
        (Protocol::Responses, "/v1/responses"),
        (Protocol::Messages, "/v1/messages"),
    ] {
        let around = surroundings(&request(&source, &[("anthropic-version", "2026-10-21")]), target);
        assert_eq!((around.method, around.path), ("POST", path));
        assert_eq!(around.header("content-type"), Some("application/json"));
        let version = (target == Protocol::Messages).then_some("2026-10-21");
        assert_eq!(around.header("anthropic-version"), version);
        assert_eq!(around.header("anthropic-beta"), None);
    }
}

#[test]
fn a_body_is_sent_with_the_features_that_it_needs() {
    let block =
        |block: &str| format!(r#"{{"model":"m","max_tokens":9,"messages":[{{"role":"system","content":[{block}]}}]}}"#);
    let cases = [
        (body(r#","mcp_servers":[{"type":"url","url":"u","name":"n"}]"#), "mcp-client-2025-11-20"),
        (body(r#","tools":[{"type":"mcp_toolset","mcp_server_name":"n"}]"#), "mcp-client-2025-11-20"),
        (
            body(
                r#","context_management":{"edits":[{"type":"clear_tool_uses_20250919"},{"type":"compact_20260112"}]}"#,
            ),
            "context-management-2025-06-27,compact-2026-01-12",
        ),
        (body(r#","compaction":{"type":"enabled"}"#), "compact-2026-09-04"),
        (body(r#","tools":[{"type":"computer_20250124","name":"computer"}]"#), "computer-use-2025-01-24"),
        (body(r#","tools":[{"type":"text_editor_20241022","name":"e"}]"#), "computer-use-2024-10-22"),
        (body(r#","output_format":{"type":"json_schema","schema":{}}"#), "structured-outputs-2025-11-13"),
        (body(r#","output_config":{"task_budget":{"type":"tokens","total":9}}"#), "task-budgets-2026-03-13"),
        (body(r#","speed":"fast","thread":{"type":"create"}"#), "message-threads-2026-08-12,fast-mode-2026-02-01"),
        (
            block(r#"{"type":"tool_addition","tool":{"type":"tool_definition","definition":{}}}"#),
            "mid-conversation-tool-changes-2026-07-01,inline-tools-2026-09-15",
        ),
        (
            r#"{"model":"m","max_tokens":9,"messages":[{"role":"system","content":"x","clear_at":"never"}]}"#
                .to_owned(),
            "mid-conversation-system-clear-at-2026-08-21",
        ),
    ];
    for (source, expected) in cases {
        assert_eq!(sent(&source, &[]).as_deref(), Some(expected), "{source}");
    }
}

#[test]
fn what_is_out_of_beta_needs_no_header() {
    for members in [
        "",
        r#","tools":[{"type":"computer_toolset_20260801"},{"type":"code_execution_20250825","name":"c"}]"#,
        r#","container":{"skills":[{"type":"anthropic","skill_id":"pdf"}]},"speed":null"#,
        r#","output_config":{"format":{"type":"json_schema","schema":{}}}"#,
        r#","cache_control":{"type":"ephemeral","ttl":"1h"}"#,
    ] {
        assert_eq!(sent(&body(members), &[]), None, "{members}");
    }
}

#[test]
fn what_the_client_asks_for_goes_on_within_messages_and_is_reported_across() {
    let source = body(r#","speed":"fast","mcp_servers":[{"type":"url","url":"u","name":"n"}]"#);
    let headers = [
        ("Anthropic-Beta", "context-1m-2025-08-07, mcp-client-2025-04-04"),
        ("anthropic-beta", "context-1m-2025-08-07,,future-2027-01-01"),
        ("x-api-key", "secret"),
    ];
    assert_eq!(
        sent(&source, &headers).unwrap(),
        "context-1m-2025-08-07,mcp-client-2025-04-04,future-2027-01-01,fast-mode-2026-02-01",
        "an older version that was asked for stays, and each is sent once",
    );
    let request = request(&source, &headers);
    let count = |ledger: &Ledger| ledger.entries().iter().filter(|entry| entry.feature == Feature::BetaHeader).count();
    for target in [Protocol::Chat, Protocol::Responses] {
        assert_eq!(
            count(&losses(&request, target, &TargetFacts::default())),
            2,
            "the MCP client goes with its servers"
        );
        let around = surroundings(&request, target);
        assert_eq!(around.headers, [("content-type", "application/json".to_owned())]);
    }
    assert_eq!(count(&losses(&request, Protocol::Messages, &TargetFacts::default())), 0);
}

#[test]
fn headers_say_nothing_of_a_body_that_is_not_of_messages() {
    let plain = decode(Protocol::Chat, br#"{"messages":[]}"#, &Limits::default()).unwrap();
    assert_eq!(with_headers(plain.clone(), [("anthropic-beta", "x")]), plain);
}

#[test]
fn a_request_made_in_code_is_sent_with_what_it_needs() {
    let mut request = Request::new("claude");
    request.set(Owner::Request, Key::Speed, RawJson::string("fast"));
    assert_eq!(surroundings(&request, Protocol::Messages).header("anthropic-beta"), Some("fast-mode-2026-02-01"));
    assert_eq!(surroundings(&request, Protocol::Chat).header("anthropic-beta"), None);
}

proptest! {
    #[test]
    fn headers_never_reach_a_body(body in bodies(Protocol::Messages), beta in prop::sample::select(betas())) {
        let plain = decode(Protocol::Messages, &body, &Limits::default()).unwrap();
        let headed = with_headers(plain.clone(), [("anthropic-beta", beta.name), ("anthropic-version", "2026-10-21")]);
        let again = with_headers(headed.clone(), [("anthropic-beta", beta.name)]);
        prop_assert_eq!(&again, &headed, "what is said twice is said once");
        for target in Protocol::ALL {
            let (mut bare, mut with) = (Vec::new(), Vec::new());
            let facts = TargetFacts::default();
            let encoded = (encode(&plain, target, &facts, &mut bare).is_ok(), encode(&headed, target, &facts, &mut with).is_ok());
            prop_assert_eq!(encoded.0, encoded.1);
            prop_assert_eq!(&bare, &with);
        }
        let around = surroundings(&headed, Protocol::Messages);
        prop_assert!(around.header("anthropic-beta").unwrap().split(',').any(|sent| sent == beta.name));
    }
}
