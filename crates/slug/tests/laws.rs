//! The laws of model strings, over generated strings.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests fail by panicking")]

use proptest::prelude::*;
use switchback_slug::{Dialect, Kind, ModelId, Pattern, aliases, parse};

fn dialect() -> impl Strategy<Value = Dialect> {
    prop::sample::select(&Dialect::ALL[..])
}

/// Pieces that the grammars give a meaning to, so that random strings reach their rare corners.
const PIECES: &[&str] = &[
    "auto",
    "custom",
    "dynamic/",
    "openai",
    "azure",
    "bedrock",
    "vertex_ai",
    "aws-bedrock",
    "alibaba",
    "anthropic",
    "anthropic.",
    "us.",
    "us-gov.",
    "meta.",
    "claude-haiku-4-5",
    "gpt-4o",
    "llama3-1-8b-instruct",
    "-20251001",
    "-2024-08-06",
    "-v1:0",
    "-1:0",
    "-v2",
    "@20251001",
    "@default",
    "@cf/",
    "hf:",
    "ft:",
    ":org::id",
    ":free",
    ":nitro",
    "[1m]",
    "-latest",
    "*",
    "~",
    "!",
    "@",
    "/",
    "::",
    ":",
    ",",
    ".",
    "-",
    " ",
    "tensorzero::model_name::",
    "tensorzero::function_name::",
    "::variant_name::",
    "::provider_name::",
    "responses::",
    "converse/",
    "us-east-1/",
    "6-month-commitment/",
    "hd/",
    "1024-x-1024/",
    "50-steps/",
    "max-x-max/",
    "arn:aws:bedrock:us-east-1:1:inference-profile/",
    "projects/p/locations/l/",
    "accounts/fireworks/models/",
    ":cn-beijing",
    ":global",
    "é",
    "4",
    "0613",
    "openrouter/auto",
];

fn slug_text() -> impl Strategy<Value = String> {
    let piece = prop_oneof![4 => prop::sample::select(PIECES).prop_map(str::to_owned), 1 => "[a-z0-9./:@-]{1,6}", 1 => any::<String>()];
    prop::collection::vec(piece, 0..7).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn printing_gives_the_input_back(dialect in dialect(), text in slug_text()) {
        let slug = parse(dialect, &text);
        prop_assert_eq!(slug.to_string(), text.as_str());
        prop_assert_eq!(slug.input(), text.as_str());
    }

    #[test]
    fn parsing_what_was_printed_gives_the_same_slug(dialect in dialect(), text in slug_text()) {
        let slug = parse(dialect, &text);
        let printed = slug.to_string();
        prop_assert_eq!(parse(dialect, &printed), slug);
        for entry in slug.entries() {
            prop_assert_eq!(entry.to_string(), entry.input());
        }
    }

    #[test]
    fn every_part_is_a_slice_of_the_input(dialect in dialect(), text in slug_text()) {
        let slug = parse(dialect, &text);
        let inside = |part: &str| text.as_bytes().as_ptr_range().contains(&part.as_ptr()) || part.is_empty();
        let provider = slug.provider().map(switchback_slug::ProviderRef::as_str);
        for part in [provider, slug.author(), Some(slug.model()), slug.region(), slug.variant(), slug.version()] {
            prop_assert!(part.is_none_or(inside), "{:?} of {}", part, text);
        }
    }

    #[test]
    fn a_model_id_prints_back(text in slug_text()) {
        prop_assert_eq!(ModelId::parse(&text).to_string(), text);
    }

    #[test]
    fn a_version_never_eats_a_family_number(
        head in "(claude|gpt|grok|gemini)-(haiku|opus|flash)", numbers in "(-[0-9]{1,2}){1,3}", vendor in any::<bool>(),
    ) {
        let name = format!("{head}{numbers}");
        let (text, revision) = if vendor { (format!("anthropic.{name}-v1:0"), Some("v1:0")) } else { (name.clone(), None) };
        let id = ModelId::parse(&text);
        prop_assert_eq!((id.name(), id.version(), id.revision()), (name.as_str(), None, revision));
    }

    #[test]
    fn provider_names_match_whole_segments_only(index in any::<prop::sample::Index>(), tail in "[a-z0-9_-]{1,8}") {
        for dialect in Dialect::ALL {
            let known: Vec<_> = aliases::spellings(dialect).collect();
            let (spelling, provider) = index.get(&known).clone();
            prop_assert_eq!(aliases::resolve(dialect, spelling), Some(provider));
            let longer = format!("{spelling}{tail}");
            let is_known = known.iter().any(|(name, _)| *name == longer);
            prop_assert_eq!(aliases::resolve(dialect, &longer).is_some(), is_known);
        }
    }

    #[test]
    fn a_wildcard_matches_what_its_captures_make(stars in prop::collection::vec("[a-z/.]{0,4}", 1..4), fills in prop::collection::vec("[a-z/.]{0,4}", 3)) {
        let pattern = stars.join("*");
        let name = Pattern::new(&pattern).substitute(&fills.iter().map(String::as_str).collect::<Vec<_>>());
        let captures = Pattern::new(&pattern).captures(&name).expect("a pattern matches what it made");
        prop_assert_eq!(captures.len(), stars.len() - 1);
        prop_assert!(name.starts_with(&Pattern::new(&pattern).substitute(&captures)));
    }
}

#[test]
fn generated_strings_reach_every_kind() {
    use proptest::{strategy::ValueTree, test_runner::TestRunner};
    let mut runner = TestRunner::deterministic();
    let mut seen = [0_usize; 9];
    for _ in 0..6_000 {
        let (dialect, text) = (dialect(), slug_text()).new_tree(&mut runner).unwrap().current();
        let index = match parse(dialect, &text).kind() {
            Kind::Auto => 0,
            Kind::Custom => 1,
            Kind::Dynamic { .. } => 2,
            Kind::Model(_) => 3,
            Kind::Wildcard(_) => 4,
            Kind::Chain => 5,
            Kind::Batch => 6,
            Kind::Ignore { .. } => 7,
            Kind::Function { .. } => 8,
        };
        seen[index] += 1;
    }
    assert!(seen.iter().all(|count| *count > 0), "{seen:?}");
}
