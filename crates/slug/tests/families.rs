//! Hand-listed classes of spellings and pairs of different models.
#![allow(clippy::panic, reason = "tests fail by panicking")]

use proptest::prelude::*;
use switchback_slug::{Family, family};

fn lines(text: &'static str) -> impl Iterator<Item = &'static str> {
    text.lines().filter(|line| !line.starts_with('#') && !line.is_empty())
}

#[test]
fn one_key_joins_the_spellings_of_one_model() {
    let classes: Vec<Vec<&str>> =
        lines(include_str!("families/classes.txt")).map(|line| line.split(' ').collect()).collect();
    assert!(classes.len() >= 60, "{} classes", classes.len());
    let mut broken = Vec::new();
    for class in &classes {
        let mut keys: Vec<Family> = class.iter().map(|spelling| family(spelling)).collect();
        keys.sort_unstable();
        keys.dedup();
        if keys.len() > 1 {
            broken.push((class, keys));
        }
    }
    assert!(broken.is_empty(), "{} of {} classes fall apart: {broken:#?}", broken.len(), classes.len());
}

#[test]
fn classes_do_not_join_each_other() {
    let mut keys: Vec<Family> =
        lines(include_str!("families/classes.txt")).filter_map(|line| line.split(' ').next()).map(family).collect();
    let count = keys.len();
    keys.sort_unstable();
    keys.dedup();
    assert_eq!(keys.len(), count, "two classes share a key");
}

#[test]
fn different_models_have_different_keys() {
    let pairs: Vec<(&str, &str)> =
        lines(include_str!("families/different.txt")).filter_map(|line| line.split_once(' ')).collect();
    assert!(pairs.len() >= 200, "{} pairs", pairs.len());
    let joined: Vec<_> = pairs.iter().filter(|(a, b)| family(a) == family(b)).collect();
    assert!(joined.is_empty(), "{} of {} pairs are joined: {joined:?}", joined.len(), pairs.len());
}

#[test]
fn a_hostile_name_costs_little() {
    for piece in ["meta-llama-", "fp8-", "claude-4-", "2025-01-01-", "a", "/", "é", "-v1:0", "k2-instruct-"] {
        let name = piece.repeat(200_000);
        assert_eq!(family(&name).as_str(), name);
        let longest = piece.repeat(512 / piece.len());
        let key = family(&longest);
        assert_eq!(family(key.as_str()), key);
    }
}

/// Names built from the pieces that the rules look at.
fn name() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        4 => prop::sample::select(&[
            "claude", "gpt", "llama", "gemini", "deepseek", "mistral", "qwen", "kimi", "k2", "glm", "anthropic", "meta-llama",
            "zai-org", "haiku", "pro", "chat", "coder", "instruct", "turbo", "instant", "free", "fp8", "fast", "latest", "it",
            "v1", "v2", "v3", "m25", "0", "4", "5", "41", "35", "70b", "a22b", "001", "0613", "07", "09", "2024", "20251001", "2025",
            "preview", "maas", "open", "nemo", "1",
        ][..]).prop_map(str::to_owned),
        1 => "[a-z0-9]{1,5}",
    ];
    let separator = prop::sample::select(&["-", "-", "-", ".", "/", "_", ":", "@", "p", ""][..]);
    prop::collection::vec((piece, separator), 1..9)
        .prop_map(|pieces| pieces.into_iter().map(|(piece, separator)| piece + separator).collect())
}

proptest! {
    #[test]
    fn a_key_is_its_own_key(name in prop_oneof![4 => name(), 1 => any::<String>()]) {
        let key = family(&name);
        prop_assert_eq!(family(key.as_str()), key, "{}", name);
    }

    #[test]
    fn case_and_separators_do_not_count(name in "[a-z]{1,8}(-[a-z0-9]{1,6}){0,4}") {
        let key = family(&name);
        prop_assert_eq!(&family(&name.to_uppercase()), &key);
        prop_assert_eq!(&family(&name.replace('-', "_")), &key);
        prop_assert_eq!(&family(&format!("{name}[1m]")), &key);
    }

    #[test]
    fn family_numbers_tell_models_apart(tier in "haiku|sonnet|opus", major in 1..10_u8, minor in 1..10_u8, other in 1..10_u8) {
        let name = format!("claude-{tier}-{major}-{minor}");
        prop_assert_eq!(family(&format!("us.anthropic.{name}-20251001-v1:0")), family(&name));
        prop_assert_eq!(family(&name) == family(&format!("claude-{tier}-{major}-{other}")), minor == other);
        prop_assert_ne!(family(&name), family(&format!("claude-{tier}-{major}")));
    }
}
