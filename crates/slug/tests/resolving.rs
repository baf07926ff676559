//! What strings mean, with the models.dev catalog as the source of names.
#![allow(clippy::expect_used, clippy::indexing_slicing, reason = "tests fail by panicking")]

mod shared;

use shared::{Names, catalog, rows};
use switchback_slug::{Confidence, Dialect, Evidence, Family, ModelNames, Provider, parse, resolve};

/// A catalog of two rows.
struct Two;

impl ModelNames for Two {
    fn ids(&self, family: &Family, provider: &Provider) -> Vec<&str> {
        match (family.as_str(), provider.as_str()) {
            ("deepseek-v4-flash", "deepseek") => vec!["deepseek-v4-flash"],
            ("llama-3-1-8b-instruct", "groq") => vec!["llama-3.1-8b-instant"],
            ("gpt-4o", "openai") => vec!["gpt-4o", "gpt-4o-2024-05-13", "gpt-4o-2024-08-06"],
            _ => Vec::new(),
        }
    }

    fn providers(&self, family: &Family) -> Vec<Provider> {
        match family.as_str() {
            "deepseek-v4-flash" => vec![Provider::DEEPSEEK],
            "llama-3-1-8b-instruct" => vec![Provider::GROQ],
            "gpt-4o" => vec![Provider::OPENAI],
            _ => Vec::new(),
        }
    }
}

#[test]
fn a_short_date_is_confirmed_by_the_catalog() {
    let found = resolve(&parse(Dialect::Native, "deepseek-v4-flash-0423"), &Two);
    assert_eq!(found.family.expect("a family").as_str(), "deepseek-v4-flash");
    assert!(found.evidence.contains(&Evidence::ShortDate));
    assert_eq!(found.confidence, Confidence::Likely);
}

#[test]
fn an_instructed_model_is_found_under_its_bare_name() {
    let found = resolve(&parse(Dialect::Native, "groq/llama-3.1-8b"), &Two);
    assert!(found.evidence.contains(&Evidence::Instructed));
    assert_eq!(found.models.len(), 0, "native has no provider of that name");
    let found = resolve(&parse(Dialect::Native, "llama-3.1-8b"), &Two);
    assert_eq!(found.models[0].id, "llama-3.1-8b-instant");
}

#[test]
fn the_same_version_comes_first() {
    let ids = |text| {
        let found = resolve(&parse(Dialect::Native, text), &Two);
        found.models.into_iter().map(|listing| listing.id).collect::<Vec<_>>()
    };
    assert_eq!(ids("openai/gpt-4o")[0], "gpt-4o");
    assert_eq!(ids("openai/gpt-4o-2024-08-06"), ["gpt-4o-2024-08-06", "gpt-4o", "gpt-4o-2024-05-13"]);
    assert_eq!(ids("openai/gpt-4o-20240513")[0], "gpt-4o-2024-05-13");
}

#[test]
fn an_author_in_a_providers_place_is_named() {
    let found = resolve(&parse(Dialect::Native, "google/gpt-4o"), &Two);
    let unknown = Evidence::UnknownProvider { segment: "google".to_owned(), author: Some("google") };
    assert_eq!(found.evidence[0], unknown);
    assert_eq!((found.provider, found.confidence), (None, Confidence::Unknown));
}

#[test]
fn what_names_no_model_resolves_to_none() {
    for (dialect, text) in [
        (Dialect::Native, "auto"),
        (Dialect::HeliconeHosted, "gpt-4o/azure,gpt-4o/openai"),
        (Dialect::TensorZero, "tensorzero::function_name::f"),
        (Dialect::LiteLlm, "openai/*"),
    ] {
        let found = resolve(&parse(dialect, text), &Two);
        assert_eq!((found.family, found.evidence.last()), (None, Some(&Evidence::NoModel)), "{text}");
    }
}

#[test]
fn real_strings_resolve_in_a_real_catalog() {
    let Some(models) = catalog("models-dev.json") else { return };
    let names = Names::new(&rows(&models));
    for (dialect, text, provider, first, confidence) in [
        (
            Dialect::Native,
            "aws/claude-haiku-4-5",
            "bedrock",
            "anthropic.claude-haiku-4-5-20251001-v1:0",
            Confidence::Certain,
        ),
        (
            Dialect::LlmGateway,
            "aws-bedrock/claude-haiku-4-5:us",
            "bedrock",
            "us.anthropic.claude-haiku-4-5-20251001-v1:0",
            Confidence::Certain,
        ),
        (Dialect::LiteLlm, "gpt-4o-2024-08-06", "openai", "gpt-4o-2024-08-06", Confidence::Likely),
        (Dialect::LiteLlm, "gemini-2.5-flash", "vertex", "gemini-2.5-flash", Confidence::Likely),
        (
            Dialect::LiteLlm,
            "us.anthropic.claude-haiku-4-5-20251001-v1:0",
            "bedrock",
            "us.anthropic.claude-haiku-4-5-20251001-v1:0",
            Confidence::Likely,
        ),
        (
            Dialect::Portkey,
            "@fireworks-ai/accounts/fireworks/models/glm-4p7",
            "fireworks",
            "accounts/fireworks/models/glm-4p7",
            Confidence::Likely,
        ),
        (
            Dialect::HeliconeHosted,
            "claude-4.5-haiku/vertex",
            "vertex",
            "claude-haiku-4-5@20251001",
            Confidence::Certain,
        ),
        (Dialect::TensorZero, "openai::responses::gpt-5-codex", "openai", "gpt-5-codex", Confidence::Certain),
        (Dialect::Bifrost, "vertex/gemini-2.5-pro", "vertex", "gemini-2.5-pro", Confidence::Certain),
    ] {
        let found = resolve(&parse(dialect, text), &names);
        assert_eq!(found.provider.map(|provider| provider.to_string()).as_deref(), Some(provider), "{text}");
        assert_eq!(found.models.first().map(|listing| listing.id.as_str()), Some(first), "{text}");
        assert_eq!(found.confidence, confidence, "{text}");
    }
    let everywhere = resolve(&parse(Dialect::OpenRouter, "anthropic/claude-haiku-4.5"), &names);
    let providers: Vec<&str> = everywhere.models.iter().map(|listing| listing.provider.as_str()).collect();
    for provider in ["anthropic", "bedrock", "vertex", "openrouter"] {
        assert!(providers.contains(&provider), "{provider}");
    }
}
