//! `docs/errors.md` is what the tables say. Rewrite it with `SWITCHBACK_BLESS=1 cargo test -p switchback --test errors_doc`.
#![allow(clippy::unwrap_used, clippy::disallowed_methods, reason = "a test that reads and writes a document")]

use std::fmt::Write as _;
use switchback::Case;
use switchback::ir::{ErrorClass, Protocol};
use switchback::protocol::errors::{error_code, error_status, error_types, rules};

const HEAD: &str = "# Errors

Generated from the tables in `crates/ir/src/error_class.rs`, `crates/protocol/src/errors/` and
`crates/engine/src/client_error.rs`, and checked against them by `crates/engine/tests/errors_doc.rs`.

An upstream's error is sorted into a **class** (`classify`), which failover, availability and the client's error are decided
by; its body crosses protocols through the IR (`decode_error`, `encode_error`), and its rate-limit headers are read into
counts and times (`RateLimits`). What a client gets when nothing answered is one line of the last table (`ClientError::of`).

## Classes

*same*: the same endpoint may be asked again, after the wait that the answer asks for. *other*: another endpoint may serve the
request as it is. *whose*: only what is the provider's counts against an endpoint's availability.

| class | whose | same | other | type in Messages, status | type in Chat and Responses, status, `code` | what it is |
|---|---|---|---|---|---|---|
";

const TYPES: &str = "
## Types and statuses

One table, read in both directions; a type of a body that stands in it becomes the other column's word. `invalid_request_error`
says little in Chat and Responses, so there the class decides, and so it does for credit that is used up, whatever it is called.
Between protocols a status stays what it is, except that 529 and 503 are the same.

| Messages | status | Chat and Responses | status |
|---|---|---|---|
";

const RULES: &str = "
## How an error is sorted

From top to bottom; the first rule whose every condition is met decides, and its name is the evidence. *word*: a `type`, `code`,
`status` or exception name anywhere in the body, or `x-amzn-errortype`. *wording*: a part of any message in the body, bodies
within messages included. An error without a status (an event of a stream) meets any status where a rule has words or wording.
A `request_rate` whose headers say that only tokens ran out is `rate_limit_tokens`.

| rule | class | status | words | wording | about |
|---|---|---|---|---|---|
";

const CLIENTS: &str = "
## What a client gets

No word of an upstream's is in it. What is the operator's to mend (a credential, credit, permission) is a failure of the
gateway, so an upstream's 401 never reaches a client. The body's `code` in Chat and Responses is the class's, which clients
know; where the class has none, it is the first column.

| case | class | status | when |
|---|---|---|---|
";

fn document() -> String {
    let mut out = HEAD.to_owned();
    for class in ErrorClass::ALL {
        let row = |protocol| format!("`{}`, {}", class_type(class, protocol), error_status(class, protocol));
        let code = error_code(class).map_or(String::new(), |code| format!(", `{code}`"));
        let (messages, openai) = (row(Protocol::Messages), row(Protocol::Chat));
        let (party, about) = (class.party().code(), class.about());
        let (same, other) = (yes(class.retries_same()), yes(class.tries_other()));
        writeln!(out, "| `{class}` | {party} | {same} | {other} | {messages} | {openai}{code} | {about} |").unwrap();
    }
    out.push_str(TYPES);
    for row in error_types() {
        let (messages, openai) = (row.messages, row.openai);
        writeln!(out, "| `{messages}` | {} | `{openai}` | {} |", row.messages_status, row.openai_status).unwrap();
    }
    out.push_str(RULES);
    for rule in rules() {
        let range = |(from, to): &(u16, u16)| if from == to { from.to_string() } else { format!("{from}–{to}") };
        let status = rule.status.iter().map(range).collect::<Vec<_>>().join(", ");
        let list = |texts: &[&str]| texts.iter().map(|text| format!("`{text}`")).collect::<Vec<_>>().join(" ");
        let (words, phrases) = (list(rule.words), list(rule.phrases));
        writeln!(out, "| `{}` | `{}` | {status} | {words} | {phrases} | {} |", rule.name, rule.class, rule.about)
            .unwrap();
    }
    out.push_str(CLIENTS);
    for case in Case::ALL {
        let status = if case.status() == 0 { "see there".to_owned() } else { case.status().to_string() };
        writeln!(out, "| `{}` | `{}` | {status} | {} |", case.code(), case.class(), case.when()).unwrap();
    }
    out
}

fn class_type(class: ErrorClass, protocol: Protocol) -> &'static str {
    switchback::protocol::errors::error_type(class, protocol)
}

fn yes(answer: bool) -> &'static str {
    if answer { "yes" } else { "no" }
}

#[test]
fn the_document_says_what_the_tables_say() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/errors.md");
    if std::env::var_os("SWITCHBACK_BLESS").is_some() {
        std::fs::write(path, document()).unwrap();
    }
    let written = std::fs::read_to_string(path).unwrap_or_default();
    assert!(written == document(), "docs/errors.md is stale: rewrite it as the head of this test says");
}
