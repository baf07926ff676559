//! `docs/mapping.md` is what the tables say. Rewrite it with `SWITCHBACK_BLESS=1 cargo test -p switchback-protocol --test mapping`.
#![allow(clippy::unwrap_used, clippy::disallowed_methods, reason = "a test that reads and writes a document")]

use std::collections::BTreeSet;
use std::fmt::Write as _;
use switchback_ir::{Expression, Feature, Protocol, StopReason, Usage};
use switchback_protocol::{WireField, betas, fields, response_fields};

const HEAD: &str = "# What each feature becomes in each protocol

Generated from the tables in `crates/ir/src/feature.rs` and `crates/protocol/src/*/mod.rs`, and checked against them by
`crates/protocol/tests/mapping.rs`. Sources: the vendors' Python SDK types `openai` 3.54.0 and `anthropic` 2.12.0 and
their API references, read 2026-11-21. Where these types and older references disagree, the types win: Messages no
longer lists `temperature` and `top_p`, which older models still take, so they are kept and `noted`; the filters of a web
search in Responses have no blocked domains, which are reported; and no type asks that the user speaks first in Messages,
so an assistant's first turn travels as it is.

A request that stays in its own protocol loses nothing, whatever this table says. In another one:

- **native**: carried with its meaning, no ledger entry
- **noted**: carried, or made good outside the body, with its meaning at risk
- **dropped**: left out and reported; `switchback-capability` may first put a nearer meaning in its place
  ([degradation.md](degradation.md))
- **refused**: no body is made

Facts about a target overrule the table (`TargetFacts`; `convert --target FACTS.json`): `mid_conversation_system` (row 4),
`tool_name_length` and `call_id_length` (rows 21, 35), `envelopes` (rows 48 to 50), `strict_schemas` (rows 20, 53),
`temperature_maximum` (row 56), `min_output_tokens` and `max_tokens` (row 61). A name or id that the target does not take is
replaced and kept in the context of the way back, so it is `noted` only where that happens.

## Features

";

fn document() -> String {
    let mut out = HEAD.to_owned();
    out.push_str("| feature | row | importance | Chat | Responses | Messages | what it is | how to lose nothing |\n");
    out.push_str("|---|---|---|---|---|---|---|---|\n");
    for feature in Feature::ALL {
        let word = |protocol| match feature.expression(protocol) {
            Expression::Native => "native",
            Expression::Noted => "noted",
            Expression::Dropped => "dropped",
            Expression::Refused => "refused",
        };
        let [chat, responses, messages] = Protocol::ALL.map(word);
        let (name, row, importance) = (feature.name(), feature.mapping_row(), feature.importance().name());
        let (about, avoid) = (feature.about(), feature.avoid());
        writeln!(out, "| `{name}` | {row} | {importance} | {chat} | {responses} | {messages} | {about} | {avoid} |")
            .unwrap();
    }
    for protocol in Protocol::ALL {
        write!(out, "\n## Leaves of {protocol}\n\nMessages, parts, tools, choices and formats have types of their own; these are the single values.\n\n").unwrap();
        leaves(&mut out, fields(protocol));
    }
    responses(&mut out);
    out.push_str("\n## Headers of Messages\n\nWhat of a body needs a feature in beta, and so goes out with it in `anthropic-beta`; `anthropic-version` is `2023-06-01`\nwhere the client names none. Read 2026-11-21.\n\n| feature | needed by | also under | source |\n|---|---|---|---|\n");
    for beta in betas() {
        let others = beta.others.iter().map(|other| format!("`{other}`")).collect::<Vec<_>>().join(", ");
        writeln!(out, "| `{}` | {} | {others} | {} |", beta.name, beta.needed_by(), beta.source).unwrap();
    }
    out
}

fn leaves(out: &mut String, fields: Vec<WireField>) {
    out.push_str("| wire object | wire name | IR key |\n|---|---|---|\n");
    let mut seen = BTreeSet::new();
    for field in fields {
        let line = format!("| {} | `{}` | `{:?}` |", field.object, field.name, field.key);
        if seen.insert(line.clone()) {
            writeln!(out, "{line}").unwrap();
        }
    }
}

const RESPONSES: &str = "
## Responses: their leaves

The types `ChatCompletion` and `Response` of `openai` 3.54.0 and `Message` of `anthropic` 2.12.0, read 2026-11-21, with what
recorded traffic has besides. Messages, items and parts have the leaves of requests, and so has what a Responses answer
repeats of its request, which is no loss elsewhere: it comes back from the request's context.
";

const STOP: &str = "
### Why an answer stopped

What an encoder writes for each reason. The word that came stays beside it; one that the target cannot tell from another
is reported (`stop_sequence_matched`, `context_window_exceeded`, `pause_turn`, `unfinished_response`, `stop_reason_other`),
and a failed answer is refused. Calls and refusals in the answer win over an ordinary end: Messages says `tool_use` if
and only if there is a call, and a refusal with its text is `stop` and `completed` in the other two.

| reason | Chat `finish_reason` | Responses `status`, `incomplete_details.reason` | Messages `stop_reason` |
|---|---|---|---|
";

const USAGE: &str = "
### Token counts

Chat and Responses count the tokens of the prompt cache within the input, Messages beside it. A count that is absent stays
absent, except where the target requires one (`usage_absent`, synthesised).

| count | Chat | Responses | Messages |
|---|---|---|---|
";

fn responses(out: &mut String) {
    out.push_str(RESPONSES);
    for protocol in Protocol::ALL {
        write!(out, "\n### A response of {protocol}\n\n").unwrap();
        leaves(out, response_fields(protocol));
    }
    out.push_str(STOP);
    for reason in StopReason::ALL {
        let (status, why) = reason.responses();
        let why = why.map(|why| format!(", `{why}`")).unwrap_or_default();
        writeln!(out, "| `{reason:?}` | `{}` | `{status}`{why} | `{}` |", reason.chat(), reason.messages()).unwrap();
    }
    out.push_str(USAGE);
    let [chat, responses, messages] = Protocol::ALL.map(Usage::paths);
    for ((chat, responses), messages) in chat.into_iter().zip(responses).zip(messages) {
        let [chat_path, responses_path, messages_path] = [chat, responses, messages].map(|(_, path)| path.join("."));
        writeln!(out, "| {} | `{chat_path}` | `{responses_path}` | `{messages_path}` |", chat.0).unwrap();
    }
}

#[test]
fn the_document_says_what_the_tables_say() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/mapping.md");
    if std::env::var_os("SWITCHBACK_BLESS").is_some() {
        std::fs::write(path, document()).unwrap();
    }
    let written = std::fs::read_to_string(path).unwrap_or_default();
    assert!(written == document(), "docs/mapping.md is stale: rewrite it as the head of this test says");
}
