//! `switchback convert`: bodies to standard output, ledgers where they were asked for, and what the exit status says.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::disallowed_methods,
    clippy::indexing_slicing,
    reason = "tests fail by panicking, and read what was written"
)]

mod support;

use serde_json::{Value, json};
use support::{example, file, switchback, with_input};

fn losses(path: &str) -> Value {
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

#[test]
fn a_body_is_translated_and_what_it_loses_is_listed() {
    let to = file("seed-losses.json", "");
    let arguments =
        ["convert", "--from", "chat", "--to", "messages", "--losses", &to, &example("requests/chat-tools.json")];
    let run = switchback(&arguments).expect(0);
    let body = run.json();
    assert_eq!(body["max_tokens"], 400);
    assert_eq!(
        body["system"][0]["text"].as_str().or_else(|| body["system"].as_str()),
        Some("You are a travel desk. Answer briefly.")
    );
    assert_eq!(body["tools"][0]["name"], "find_trains");
    assert_eq!(run.err, "", "the ledger is in the file");
    let seed = losses(&to).as_array().unwrap().iter().find(|line| line["feature"] == "seed").cloned().unwrap();
    assert_eq!(
        (&seed["path"], &seed["action"], &seed["severity"]),
        (&json!("/seed"), &json!("dropped"), &json!("preferred"))
    );
    assert!(seed["detail"].is_string());
}

#[test]
fn without_a_file_the_ledger_is_a_table_on_standard_error() {
    let run =
        switchback(&["convert", "--from", "chat", "--to", "messages", &example("requests/chat-tools.json")]).expect(0);
    assert!(run.err.starts_with("PATH"), "{}", run.err);
    assert!(run.err.contains("/seed"), "{}", run.err);
}

#[test]
fn within_one_protocol_nothing_changes_and_the_ledger_is_empty() {
    for (protocol, name) in [("chat", "chat-tools"), ("messages", "messages-image"), ("responses", "responses-schema")]
    {
        let path = example(&format!("requests/{name}.json"));
        let to = file(&format!("{name}-losses.json"), "");
        let run = switchback(&["convert", "--from", protocol, "--to", protocol, "--losses", &to, &path]).expect(0);
        let source: Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
        assert_eq!(run.json(), source);
        assert_eq!(losses(&to), json!([]));
        assert_eq!(run.err, "");
    }
}

#[test]
fn strict_prints_no_body_when_something_is_lost() {
    let path = example("requests/chat-tools.json");
    let run = switchback(&["convert", "--strict", "--from", "chat", "--to", "messages", &path]).expect(1);
    assert_eq!(run.out, "");
    assert!(run.err.contains("/seed") && run.err.contains("refused: `--strict` forbids"), "{}", run.err);
    switchback(&["convert", "--strict", "--from", "chat", "--to", "chat", &path]).expect(0);
}

#[test]
fn a_refusal_prints_no_body_and_says_what_was_refused() {
    let to = file("refused.json", "");
    let body = r#"{"model":"m","input":"go on","previous_response_id":"resp_1"}"#;
    let run = with_input(&["convert", "--from", "responses", "--to", "chat", "--losses", &to], body).expect(1);
    assert_eq!(run.out, "");
    assert!(run.err.contains("refused: chat cannot say this request"), "{}", run.err);
    let lines = losses(&to);
    let line = lines.as_array().unwrap().iter().find(|line| line["action"] == "refused").unwrap();
    assert_eq!((&line["path"], &line["feature"]), (&json!("/previous_response_id"), &json!("previous_response")));
}

#[test]
fn the_limit_for_messages_comes_from_the_flag_the_facts_or_the_default() {
    let body = r#"{"model":"m","messages":[{"role":"user","content":"hi"}]}"#;
    let facts = file("facts.json", r#"{"max_tokens": 777, "mid_conversation_system": true}"#);
    let limit = |more: &[&str]| {
        let arguments = [&["convert", "--from", "chat", "--to", "messages"], more].concat();
        with_input(&arguments, body).expect(0).json()["max_tokens"].as_u64().unwrap()
    };
    assert_eq!(limit(&[]), 4096);
    assert_eq!(limit(&["--target", &facts]), 777);
    assert_eq!(limit(&["--target", &facts, "--max-tokens", "55"]), 55);
}

#[test]
fn what_surrounds_a_body_and_what_the_way_back_needs_are_written_where_asked() {
    let body = file(
        "speed.json",
        r#"{"model":"claude","max_tokens":9,"messages":[],"speed":"fast","stop_sequences":["END"],
            "tools":[{"name":"files.read","input_schema":{"type":"object"}}]}"#,
    );
    let headers = file("headers.json", r#"{"Anthropic-Beta":["context-1m-2025-08-07","a,b"],"x-request-id":"7"}"#);
    let (around, kept) = (file("around.json", ""), file("context.json", ""));
    let read = |path: &str| -> Value { serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap() };
    let own =
        ["convert", "--from", "messages", "--to", "messages", "--headers", &headers, "--surroundings", &around, &body];
    switchback(&own).expect(0);
    assert_eq!(
        read(&around),
        json!({"method": "POST", "path": "/v1/messages", "headers": {
            "content-type": "application/json",
            "anthropic-version": "2023-06-01",
            "anthropic-beta": "context-1m-2025-08-07,a,b,fast-mode-2026-02-01",
        }})
    );

    let to = file("beta-losses.json", "");
    let across = ["convert", "--from", "messages", "--to", "chat", "--headers", &headers, "--surroundings", &around];
    let run = switchback(&[&across[..], &["--save-context", &kept, "--losses", &to, &body]].concat()).expect(0);
    assert_eq!(read(&around)["path"], "/v1/chat/completions");
    let betas = losses(&to).as_array().unwrap().iter().filter(|line| line["feature"] == "beta_header").count();
    assert_eq!(betas, 3);
    let context = read(&kept);
    assert_eq!((&context["client"], &context["stop_sequences"]), (&json!("messages"), &json!(["END"])));
    assert_eq!(context["tool_names"][0]["client"], "files.read");
    assert_eq!(context["tool_names"][0]["upstream"], run.json()["tools"][0]["function"]["name"]);
}

#[test]
fn facts_about_the_target_overrule_the_table() {
    let body = file(
        "facts-body.json",
        r#"{"model":"m","max_tokens":20,"temperature":1.2,"messages":[{"role":"user","content":"x"}],
            "tools":[{"name":"a_rather_long_name_for_a_tool","strict":true,"input_schema":{"type":"object"}}]}"#,
    );
    let facts = file(
        "target-facts.json",
        r#"{"min_output_tokens":32,"temperature_maximum":1,"strict_schemas":false,"tool_name_length":24}"#,
    );
    let to = file("facts-losses.json", "");
    let run =
        switchback(&["convert", "--from", "messages", "--to", "chat", "--target", &facts, "--losses", &to, &body]);
    let sent = run.expect(0).json();
    assert_eq!((&sent["max_completion_tokens"], &sent["temperature"]), (&json!(32), &Value::Null));
    assert_ne!(sent["tools"][0]["function"]["strict"], true);
    assert_eq!(sent["tools"][0]["function"]["name"].as_str().unwrap().len(), 24);
    let lines = losses(&to);
    let said =
        |line: &Value| (line["feature"].as_str().unwrap().to_owned(), line["action"].as_str().unwrap().to_owned());
    let seen: Vec<_> = lines.as_array().unwrap().iter().map(said).collect();
    for (feature, action) in [
        ("max_output_tokens_small", "degraded"),
        ("temperature_above_one", "dropped"),
        ("tool_name", "noted"),
        ("strict_tools", "degraded"),
    ] {
        assert!(seen.contains(&(feature.to_owned(), action.to_owned())), "{feature} in {seen:?}");
    }

    let odd = file("odd-facts.json", r#"{"temperature":1}"#);
    let run = switchback(&["convert", "--from", "messages", "--to", "chat", "--target", &odd, &body]).expect(2);
    assert!(run.err.contains("unknown field `temperature`, expected one of `call_id_length`"), "{}", run.err);
}

#[test]
fn an_error_body_is_translated_by_the_table_of_types() {
    let body = r#"{"error":{"message":"slow down","type":"tokens","param":null,"code":"rate_limit_exceeded"}}"#;
    let to = file("error-losses.json", "");
    let arguments = ["convert", "--kind", "error", "--from", "chat", "--to", "messages", "--losses", &to];
    let run = with_input(&arguments, body).expect(0);
    let error = json!({"type": "rate_limit_error", "message": "slow down"});
    assert_eq!(run.json(), json!({"type": "error", "error": error, "request_id": null}));
    let paths: Vec<_> = losses(&to).as_array().unwrap().iter().map(|line| line["path"].clone()).collect();
    assert_eq!(paths, ["/error/type", "/error/code"]);
}

#[test]
fn a_page_is_an_error_too_and_the_status_tells_what_it_is() {
    let page = "<html><title>Service Unavailable</title></html>";
    let arguments = ["convert", "--kind", "error", "--status", "503", "--from", "chat", "--to", "messages"];
    let run = with_input(&arguments, page).expect(0);
    assert_eq!(run.json()["error"]["type"], "overloaded_error");
    assert_eq!(run.json()["error"]["message"], page);
    let strict = with_input(&[&arguments[..], &["--strict"]].concat(), page).expect(0);
    assert_eq!(strict.json(), run.json(), "only its shape is noted");
}

const ANSWER: &str = r#"{"id":"msg_1","type":"message","role":"assistant","model":"claude-x","content":[
    {"type":"thinking","thinking":"hm","signature":"c2ln"},
    {"type":"tool_use","id":"toolu_1","name":"patch","input":{"input":"*** Begin"}}],
    "stop_reason":"tool_use","stop_sequence":null,
    "usage":{"input_tokens":3,"cache_read_input_tokens":100,"output_tokens":5}}"#;

#[test]
fn a_response_comes_back_to_its_client() {
    let request = r#"{"model":"my-model","input":"go","temperature":0.50,"tools":[{"type":"custom","name":"patch"}]}"#;
    let (context, to) = (file("answer-context.json", ""), file("answer-losses.json", ""));
    let from = ["convert", "--from", "responses", "--to", "chat", "--save-context", &context];
    with_input(&from, request).expect(0);
    let arguments = [
        "convert",
        "--kind",
        "response",
        "--from",
        "messages",
        "--to",
        "responses",
        "--context",
        &context,
        "--losses",
        &to,
        "--now",
        "1763683200000",
    ];
    let run = with_input(&[&arguments[..], &["--shown-model", "requested"]].concat(), ANSWER).expect(0);
    let body = run.json();
    assert_eq!((&body["model"], &body["created_at"]), (&json!("my-model"), &json!(1_763_683_200)));
    assert!(run.out.contains(r#""temperature":0.50"#), "what was asked comes back as it was: {}", run.out);
    let call = &body["output"][1];
    assert_eq!((&call["type"], &call["input"]), (&json!("custom_tool_call"), &json!("*** Begin")));
    assert_eq!(body["usage"]["input_tokens"], 103);
    let said: Vec<_> = losses(&to).as_array().unwrap().iter().map(|line| line["feature"].clone()).collect();
    assert_eq!(said, ["reasoning_replay", "usage_absent"]);

    let run = with_input(&[&arguments[..], &["--shown-model", "resolved=anthropic/claude-x"]].concat(), ANSWER);
    assert_eq!(run.expect(0).json()["model"], "anthropic/claude-x");
    let run = with_input(&[&arguments[..], &["--strict"]].concat(), ANSWER).expect(1);
    assert_eq!(run.out, "");
    let other = ["convert", "--kind", "response", "--from", "messages", "--to", "chat", "--context", &context];
    let run = with_input(&other, ANSWER).expect(2);
    assert!(run.err.contains("`--context` is of a client that speaks responses, and `--to` is chat"), "{}", run.err);
}

#[test]
fn a_response_without_an_id_gets_one_from_the_seed_and_a_failed_one_is_refused() {
    let arguments = ["convert", "--kind", "response", "--from", "responses", "--to", "chat"];
    let run = with_input(&[&arguments[..], &["--id-seed", "255"]].concat(), r#"{"status":"completed","output":[]}"#);
    assert_eq!(run.expect(0).json()["id"], "chatcmpl-00000000000000ff");
    let failed = r#"{"id":"resp_1","status":"failed","error":{"code":"server_error","message":"no"},"output":[]}"#;
    let run = with_input(&arguments, failed).expect(1);
    assert_eq!(run.out, "");
    assert!(run.err.contains("refused: chat cannot say this response"), "{}", run.err);
    assert!(run.err.contains("failed_response"), "{}", run.err);
    with_input(&arguments, r#"{"id":"resp_1"}"#).expect(2);
}

#[test]
fn a_file_that_only_requests_have_is_not_asked_for_in_silence() {
    let save = file("no-context.json", "");
    let run = with_input(
        &["convert", "--kind", "response", "--from", "chat", "--to", "chat", "--save-context", &save],
        r#"{"id":"c"}"#,
    )
    .expect(2);
    assert!(run.err.contains("`--save-context` is about requests, and `--kind` is response"), "{}", run.err);
}

const STREAM: &str = concat!(
    "data: {\"id\":\"c\",\"created\":1,\"model\":\"m\",\"system_fingerprint\":\"f\",",
    "\"choices\":[{\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":\"hi\"}}]}\n\n",
    "data: {\"id\":\"c\",\"created\":1,\"model\":\"m\",\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n",
    "data: [DONE]\n\n",
);

#[test]
fn a_stream_is_translated_and_a_cut_one_is_an_error_for_the_client() {
    let to = file("stream-losses.json", "");
    let convert = ["convert", "--kind", "stream", "--from", "chat", "--to", "messages", "--losses", &to];
    let run = with_input(&convert, STREAM).expect(0);
    assert!(run.out.starts_with("event: message_start\n") && run.out.ends_with("{\"type\":\"message_stop\"}\n\n"));
    assert!(run.out.contains(r#""delta":{"type":"text_delta","text":"hi"}"#), "{}", run.out);
    let lines = losses(&to);
    let lost: Vec<_> = lines.as_array().unwrap().iter().map(|line| (&line["feature"], &line["path"])).collect();
    assert_eq!(lost[..2], [(&json!("creation_time"), &json!("/0")), (&json!("fingerprint"), &json!("/0"))]);

    let strict = with_input(&[&convert[..], &["--strict"]].concat(), STREAM).expect(1);
    assert_eq!(strict.out, "");

    let cut = STREAM.split_once("data: {\"id\":\"c\",\"created\":1,\"model\":\"m\",\"choices\"").unwrap().0;
    std::fs::write(&to, "").unwrap();
    let run = with_input(&convert, cut).expect(1);
    assert_eq!(losses(&to)[0]["feature"], "creation_time", "what was lost before it was cut");
    assert!(run.out.contains("event: error\n") && !run.out.contains("message_stop"), "{}", run.out);
    assert!(run.err.contains("ended before the answer was complete"), "{}", run.err);

    let own = with_input(&["convert", "--kind", "stream", "--from", "chat", "--to", "chat"], STREAM).expect(0);
    assert_eq!(
        own.out,
        STREAM.replace("\"id\":\"c\",\"created\":1,\"model\":\"m\"", "\"model\":\"m\",\"id\":\"c\",\"created\":1")
    );
}
