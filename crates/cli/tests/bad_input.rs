//! Whatever is wrong with the input: exit status 2, an error that says where, and never a panic.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "tests fail by panicking, and write the files that they run on"
)]

mod support;

use support::{Run, example, file, switchback, with_input};

fn fails(run: Run, expected: &[&str]) {
    let run = run.expect(2);
    assert_eq!(run.out, "", "nothing on standard output");
    assert!(run.err.starts_with("error: "), "{}", run.err);
    assert!(!run.err.contains("panicked"), "{}", run.err);
    for text in expected {
        assert!(run.err.contains(text), "`{text}` is missing in: {}", run.err);
    }
}

#[test]
fn a_file_that_is_not_there() {
    fails(switchback(&["plan", "/no/such/file.json"]), &["/no/such/file.json: cannot be read: No such file"]);
    fails(switchback(&["convert", "--from", "chat", "--to", "messages", "/no/such"]), &["/no/such: cannot be read"]);
    fails(switchback(&["audit", "/no/such"]), &["/no/such: cannot be read"]);
    fails(switchback(&["plan", env!("CARGO_MANIFEST_DIR")]), &["cannot be read"]);
}

#[test]
fn malformed_json_names_the_byte() {
    fails(with_input(&["plan", "-"], r#"{"model": "gpt-5", "messages": ["#), &["standard input: ", "at byte 32"]);
    fails(with_input(&["convert", "--from", "chat", "--to", "messages"], "not json"), &["at byte 0"]);
    fails(with_input(&["plan", "-"], ""), &["standard input: "]);
    fails(with_input(&["convert", "--from", "chat", "--to", "chat"], "\u{1f600}"), &["standard input: "]);
}

#[test]
fn a_wrong_type_names_the_pointer_and_how_the_protocol_was_told() {
    let body = r#"{"model":"gpt-5","messages":[{"role":"user","content":7}]}"#;
    fails(
        with_input(&["plan", "-"], body),
        &[
            "standard input: /messages/0/content: expected a string",
            "found a number",
            "hint:",
            "it was read as chat because",
        ],
    );
    let run = with_input(&["convert", "--from", "chat", "--to", "messages"], body);
    fails(run, &["/messages/0/content: expected a string"]);
}

#[test]
fn an_unknown_protocol_dialect_or_time_names_what_is_known() {
    let request = example("requests/chat-tools.json");
    fails(switchback(&["plan", "--protocol", "openai", &request]), &["unknown protocol `openai`; expected `chat`"]);
    fails(switchback(&["convert", "--from", "chta", "--to", "chat"]), &["unknown protocol `chta`"]);
    fails(
        switchback(&["slug", "--dialect", "openruter", "x"]),
        &["unknown dialect `openruter`, expected one of native"],
    );
    fails(switchback(&["plan", "--now", "yesterday", &request]), &["invalid value 'yesterday' for '--now <T>'"]);
    fails(switchback(&["plna", &request]), &["unrecognized subcommand 'plna'", "plan"]);
    fails(switchback(&["plan", "--jsno", &request]), &["unexpected argument '--jsno'", "--json"]);
}

#[test]
fn a_policy_with_a_mistake_names_the_place_and_what_was_expected() {
    let request = example("requests/chat-tools.json");
    let policy = |name: &str, text: &str| switchback(&["plan", "--policy", &file(name, text), &request]);
    fails(
        policy("key.toml", "sortt = \"cost\"\n"),
        &["key.toml: ", "line 1", "unknown key `sortt`", "did you mean `sort`?"],
    );
    fails(policy("value.toml", "sort = \"price\"\n"), &["unreadable metric `price`", "cost"]);
    fails(policy("syntax.toml", "sort = \n"), &["syntax.toml: ", "line 1"]);
    fails(policy("key.json", r#"{"gate": {"of": true}}"#), &["key.json: unknown field `of`", "line 1 column"]);
    let expected = "expected `provider`, `provider@region`, `provider/model` or `*/model`, with `#scope` or without";
    fails(policy("selector.json", r#"{"allow": ["/x"]}"#), &[expected]);
    fails(policy("schema.json", r#"{"schema": 9}"#), &["schema version 9 of a policy is unknown, expected 1"]);
}

#[test]
fn a_state_or_facts_with_a_mistake_name_the_place() {
    let request = example("requests/chat-tools.json");
    let state = file("state.json", r#"{"inventry": {}}"#);
    fails(switchback(&["plan", "--state", &state, &request]), &["state.json: unknown field `inventry`", "`inventory`"]);
    let state = file("uptime.json", r#"{"signals": {"x": {"uptime": 1.5}}}"#);
    fails(switchback(&["plan", "--state", &state, &request]), &["expected a finite number from 0 to 1"]);
    let facts = file("wrong-facts.json", r#"{"max_tokens": "many"}"#);
    let run = switchback(&["convert", "--from", "chat", "--to", "messages", "--target", &facts, &request]);
    fails(run, &["wrong-facts.json: invalid type: string \"many\""]);
}

#[test]
fn a_catalog_that_is_none_names_the_line() {
    let request = example("requests/chat-tools.json");
    let none = file("none.tsv", "hello\n");
    fails(switchback(&["plan", "--catalog", &none, &request]), &["none.tsv: line 1"]);
    let public = file("public.json", "{\"openai\": {}}");
    fails(switchback(&["catalog", "list", "--catalog", &public]), &["line 1", "hint:", "switchback catalog import"]);
    fails(switchback(&["catalog", "import", "models.dev:1:2026-05-21:/no/such"]), &["/no/such: cannot be read"]);
    fails(switchback(&["catalog", "import", "portkey:1:2026-05-21:x"]), &["unknown catalog `portkey`"]);
    let wrong = file("models.json", "[]");
    let run = switchback(&["catalog", "import", &format!("models.dev:1:2026-05-21:{wrong}")]);
    fails(run, &["models.json: "]);
}

#[test]
fn an_audit_without_requests_says_so() {
    let folder = support::folder("no-requests");
    std::fs::write(folder.join("x.json"), r#"{"hello": 1}"#).unwrap();
    let run = switchback(&["audit", &folder.display().to_string()]).expect(2);
    assert!(run.err.contains("no request, response or stream among 1 files"), "{}", run.err);
}
