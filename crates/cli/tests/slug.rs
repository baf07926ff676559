//! `switchback slug`.
#![allow(
    clippy::panic,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    reason = "tests fail by panicking"
)]

mod support;

use support::switchback;

#[test]
fn each_string_is_one_object() {
    let run = switchback(&["slug", "--json", "aws/claude-haiku-4-5", "auto", "gpt-4o-2024-08-06"]).expect(0);
    let lines = run.json();
    assert_eq!(lines.as_array().unwrap().len(), 3);
    let first = &lines[0];
    assert_eq!((first["provider"].as_str(), first["provider_segment"].as_str()), (Some("bedrock"), Some("aws")));
    assert_eq!(
        (first["model"].as_str(), first["family"].as_str()),
        (Some("claude-haiku-4-5"), Some("claude-haiku-4-5"))
    );
    assert_eq!(lines[1]["kind"], "auto");
    assert_eq!((lines[2]["family"].as_str(), lines[2]["version"].as_str()), (Some("gpt-4o"), Some("2024-08-06")));
}

#[test]
fn a_dialect_is_named_and_a_chain_is_taken_apart() {
    let run = switchback(&["slug", "--json", "--dialect", "helicone", "!openai,gpt-4o-mini/azure"]).expect(0);
    let line = &run.json()[0];
    assert_eq!((line["kind"].as_str(), line["dialect"].as_str()), (Some("chain"), Some("helicone")));
    assert_eq!(
        (line["entries"][0]["kind"].as_str(), line["entries"][1]["model"].as_str()),
        (Some("ignore"), Some("gpt-4o-mini"))
    );
}

#[test]
fn printing_in_another_dialect_gives_the_string_or_the_reason() {
    let run = switchback(&["slug", "--json", "--dialect", "litellm", "--to", "portkey", "vertex_ai/gemini-2.5-flash"])
        .expect(0);
    assert_eq!(run.json()[0]["output"], "@vertex-ai/gemini-2.5-flash");
    let run = switchback(&["slug", "--json", "--to", "litellm", "auto"]).expect(1);
    assert_eq!(run.json()[0]["error"], "litellm has no `auto`");
}

#[test]
fn a_table_is_for_people() {
    let run = switchback(&["slug", "bedrock/claude-haiku-4-5", "nobody/model"]).expect(0);
    assert!(run.out.starts_with("INPUT"), "{}", run.out);
    assert!(run.out.contains("nobody?"), "an unknown provider is marked: {}", run.out);
}
