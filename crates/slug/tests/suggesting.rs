//! "Did you mean".
#![allow(clippy::indexing_slicing, reason = "tests fail by panicking")]

use switchback_slug::{Why, suggest};

const KNOWN: [&str; 14] = [
    "ai-studio/gemini-3.5-flash",
    "anthropic/claude-haiku-4-5",
    "azure/gpt-4o",
    "bedrock/claude-haiku-4-5",
    "bedrock/llama-3-8b-instruct",
    "claude-haiku-4-5",
    "claude-opus-4-6",
    "gemini-3.5-flash",
    "gpt-4o",
    "gpt-4o-mini",
    "llama-3-8b-instruct",
    "openai/gpt-4o",
    "openai/gpt-4o-mini",
    "vertex/gemini-3.5-flash",
];

fn found(input: &str) -> Vec<(&'static str, Why)> {
    suggest(input, KNOWN, 3).into_iter().map(|suggestion| (suggestion.candidate, suggestion.why)).collect()
}

#[test]
fn an_author_leads_to_its_own_providers() {
    assert_eq!(
        found("google/gemini-3.5-flash"),
        [
            ("ai-studio/gemini-3.5-flash", Why::Author),
            ("vertex/gemini-3.5-flash", Why::Author),
            ("gemini-3.5-flash", Why::SameModel)
        ]
    );
    // Meta has no API here: whoever serves the model.
    assert_eq!(
        found("meta/llama-3-8b-instruct"),
        [("llama-3-8b-instruct", Why::SameModel), ("bedrock/llama-3-8b-instruct", Why::SameModel)]
    );
}

#[test]
fn separators_and_other_spellings_do_not_hide_a_model() {
    assert_eq!(found("claude_haiku_4.5")[0], ("claude-haiku-4-5", Why::Separators));
    assert_eq!(found("OpenAI/GPT-4o")[0], ("openai/gpt-4o", Why::Separators));
    assert_eq!(found("us.anthropic.claude-haiku-4-5-20251001-v1:0")[0].1, Why::SameModel);
    assert_eq!(found("claude-4.5-haiku")[0], ("claude-haiku-4-5", Why::SameModel));
}

#[test]
fn a_slip_of_the_keyboard_is_near() {
    assert_eq!(found("claude-haku-4-5")[0], ("claude-haiku-4-5", Why::Spelling));
    assert_eq!(found("openia/gpt-4o")[0].0, "openai/gpt-4o");
    assert_eq!(found("gtp-4o")[0], ("gpt-4o", Why::Spelling));
}

#[test]
fn what_is_far_off_is_not_suggested() {
    assert_eq!(found("redact-v1"), []);
    assert_eq!(found(""), []);
}

#[test]
fn the_order_of_candidates_does_not_show() {
    let mut turned = KNOWN;
    turned.reverse();
    for input in ["gpt4o", "google/gemini-3.5-flash", "claude-haiku-4-6"] {
        assert_eq!(suggest(input, KNOWN, 5), suggest(input, turned, 5), "{input}");
    }
}
