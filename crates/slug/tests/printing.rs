//! Printing across dialects: hand-written cases, and the law over the real catalogs.
#![allow(clippy::expect_used, clippy::panic, reason = "tests fail by panicking")]
#![allow(clippy::wildcard_enum_match_arm, reason = "a test names the cases that it counts")]

mod shared;

use std::collections::BTreeMap;

use proptest::prelude::*;
use shared::{Names, catalog, rows};
use switchback_slug::{
    Beside, Dialect, Kind, ModelNames, NoSpelling, Provider, ProviderRef, Slug, aliases, family, parse, print_in,
};

fn describe(result: Result<switchback_slug::Printed, NoSpelling>) -> String {
    match result {
        Ok(printed) => {
            let verified = if printed.verified { " verified" } else { "" };
            let beside: Vec<String> = printed.beside.iter().map(|beside| format!("{beside:?}")).collect();
            format!("{}{verified} [{}]", printed.text, beside.join(", "))
        }
        Err(error) => format!("error: {error}"),
    }
}

/// Each line: source dialect, string, target dialect, result.
fn check(cases: &'static str, names: Option<&dyn ModelNames>) {
    let mut wrong = Vec::new();
    for line in cases.lines().filter(|line| !line.starts_with('#') && !line.is_empty()) {
        let cells: Vec<&str> = line.split('\t').collect();
        let [from, text, to, expected @ ..] = cells.as_slice() else { panic!("four cells: {line}") };
        let (from, to): (Dialect, Dialect) = (from.parse().expect("a dialect"), to.parse().expect("a dialect"));
        let found = describe(print_in(&parse(from, text), to, names));
        if *expected != [found.as_str()] {
            wrong.push(format!("{from}\t{text}\t{to}\t{found}"));
        }
    }
    assert!(wrong.is_empty(), "printed otherwise:\n{}", wrong.join("\n"));
}

#[test]
fn strings_print_as_listed_without_a_catalog() {
    check(include_str!("printing/by_rule.tsv"), None);
}

#[test]
fn strings_print_as_listed_with_a_catalog() {
    let Some(models) = catalog("models-dev.json") else { return };
    check(include_str!("printing/by_catalog.tsv"), Some(&Names::new(&rows(&models))));
}

/// The law, checked from outside: what was printed reads back as the same provider and model, or the provider stands
/// beside the string.
fn assert_faithful(slug: &Slug<'_>, target: Dialect, names: Option<&dyn ModelNames>) -> Result<bool, NoSpelling> {
    let printed = print_in(slug, target, names)?;
    let back = parse(target, &printed.text);
    if slug.dialect() == target {
        assert_eq!(printed.text, slug.input());
        return Ok(printed.verified);
    }
    if let (Kind::Model(_), Kind::Model(_)) = (slug.kind(), back.kind()) {
        let elsewhere = printed.beside.iter().find_map(|beside| match beside {
            Beside::Provider(name) => aliases::resolve(target, name),
            _ => None,
        });
        let asked = slug.provider().map(|segment| segment.resolve().expect("what prints has a known provider"));
        let read = back.provider().and_then(ProviderRef::resolve).or(elsewhere);
        // A bare string may mean a provider by its dialect's rule; then the target names it.
        assert!(asked == read || asked.is_none(), "{} -> {}", slug.input(), printed.text);
        assert_eq!(family(slug.model()), family(back.model()), "{} -> {}", slug.input(), printed.text);
    } else {
        assert_eq!(slug.kind() == Kind::Auto, back.kind() == Kind::Auto);
    }
    Ok(printed.verified)
}

#[test]
fn printing_into_a_dialect_keeps_provider_and_model_or_says_why_not() {
    let Some(models) = catalog("models-dev.json") else { return };
    let rows = rows(&models);
    let names = Names::new(&rows);
    let mut counts: BTreeMap<(Dialect, &str), usize> = BTreeMap::new();
    // Every third row keeps the test short and reaches every host.
    for row in rows.iter().step_by(3) {
        let provider = aliases::resolve(aliases::System::ModelsDev, row.host).expect("every host has a row");
        let Some(spelling) = aliases::spelling(Dialect::LiteLlm, &provider, None) else { continue };
        let text = format!("{spelling}/{}", row.id);
        let slug = parse(Dialect::LiteLlm, &text);
        for target in Dialect::ALL {
            assert_faithful(&slug, target, None).ok();
            let outcome = match assert_faithful(&slug, target, Some(&names)) {
                Ok(true) => "verified",
                Ok(false) => "by rule",
                Err(NoSpelling::NoProvider { .. }) => "no provider",
                Err(NoSpelling::Ambiguous { .. }) => "ambiguous",
                Err(NoSpelling::NoAuthor { .. }) => "no author",
                Err(_) => "other",
            };
            *counts.entry((target, outcome)).or_default() += 1;
        }
    }
    for ((target, outcome), count) in &counts {
        println!("{target}: {outcome} {count}");
    }
    assert!(counts.keys().all(|(_, outcome)| *outcome != "ambiguous" && *outcome != "other"));
}

fn model() -> impl Strategy<Value = String> {
    let known = prop::sample::select(
        &[
            "gpt-4o",
            "claude-haiku-4-5",
            "us.anthropic.claude-haiku-4-5-20251001-v1:0",
            "claude-3-7-sonnet@20250219",
            "meta-llama/Meta-Llama-3.1-8B-Instruct-Turbo",
            "accounts/fireworks/models/glm-4p5",
            "ft:gpt-4o:org::id",
            "llama3:8b",
            "@cf/meta/llama-3-8b-instruct",
            "deepseek.v3.2",
            "my-deployment",
            "gemini-2.5-flash",
            "openai/gpt-4o",
        ][..],
    );
    prop_oneof![4 => known.prop_map(str::to_owned), 1 => "[A-Za-z0-9@:._/-]{1,16}"]
}

proptest! {
    #[test]
    fn printing_never_changes_what_is_meant(
        from in prop::sample::select(&Dialect::ALL[..]), to in prop::sample::select(&Dialect::ALL[..]),
        index in any::<prop::sample::Index>(), model in model(), bare in any::<bool>(),
    ) {
        let known: Vec<_> = aliases::spellings(from).collect();
        let text = match (bare || known.is_empty(), from) {
            (true, _) => model,
            (_, Dialect::HeliconeHosted) => format!("{model}/{}", index.get(&known).0),
            (_, Dialect::Portkey) => format!("@{}/{model}", index.get(&known).0),
            (_, Dialect::TensorZero) => format!("{}::{model}", index.get(&known).0),
            _ => format!("{}/{model}", index.get(&known).0),
        };
        let _ = assert_faithful(&parse(from, &text), to, None);
    }
}

#[test]
fn a_provider_that_the_target_lacks_is_named() {
    let slug = parse(Dialect::LiteLlm, "vertex_ai/gemini-2.5-flash");
    for target in Dialect::ALL {
        let found = print_in(&slug, target, None);
        match aliases::spelling(target, &Provider::VERTEX, Some("gemini")) {
            Some(_) => assert!(found.is_ok(), "{target}: {found:?}"),
            None => assert_eq!(found, Err(NoSpelling::NoProvider { provider: Provider::VERTEX, target })),
        }
    }
}
