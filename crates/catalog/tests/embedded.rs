//! What the embedded catalog promises.
#![allow(clippy::unwrap_used, reason = "tests fail by panicking")]

use std::collections::BTreeSet;

use switchback_capability::{Effort, Support, TemperatureRange};
use switchback_catalog::{
    Billing, Capability, Catalog, Endpoint, FindingKind, Framing, ModelList, ModelPlace, Operation, PriceKind,
    Providers, lint,
};
use switchback_ir::{Feature, Protocol, Temperature};
use switchback_slug::{Dialect, ModelNames, Provider, family, parse};
use switchback_units::Millis;

const MAJOR: [&str; 30] = [
    "anthropic",
    "azure-foundry",
    "azure-openai",
    "baseten",
    "bedrock",
    "cerebras",
    "cloudflare",
    "cohere",
    "dashscope",
    "deepinfra",
    "deepseek",
    "fireworks",
    "github-models",
    "google-ai-studio",
    "groq",
    "huggingface",
    "minimax",
    "mistral",
    "moonshot",
    "nebius",
    "novita",
    "nvidia",
    "openai",
    "openrouter",
    "perplexity",
    "together",
    "vertex",
    "xai",
    "zai",
    "zai-coding-plan",
];

#[test]
fn the_major_providers_are_there() {
    let catalog = Catalog::embedded();
    assert!(catalog.endpoints().len() >= 500);
    for provider in MAJOR {
        assert!(!catalog.by_provider(provider).is_empty(), "{provider}");
    }
    let names: Vec<_> = catalog.sources().iter().map(|source| source.name.as_str()).collect();
    assert_eq!(names, ["vendor-docs", "models.dev", "litellm"]);
}

/// What vendors' pages state of families is in the offers of their endpoints, and of nobody else's.
#[test]
fn statements_are_in_the_offers_that_they_are_about() {
    let catalog = Catalog::embedded();
    let offer = |provider: &str, protocol: Protocol, family: &str| {
        let of = |endpoint: &&Endpoint| endpoint.provider() == provider && endpoint.protocol() == Some(protocol);
        *catalog.by_family(family).find(of).unwrap().offer()
    };
    let claude = offer("anthropic", Protocol::Messages, "claude-opus-4-5");
    assert_eq!(claude.temperatures(), TemperatureRange::new(0, 1_000));
    assert_eq!((claude.effort_limit(), claude.cache_ttl_limit()), (Some(Effort::High), Some(Millis::new(3_600_000))));
    let chat = offer("openai", Protocol::Chat, "gpt-5-mini");
    assert_eq!((chat.tool_limit(), chat.support(Feature::ReasoningOff)), (Some(128), Support::No));
    assert_eq!(chat.support(Feature::MaxOutputTokensSmall), Support::Yes);
    let responses = offer("openai", Protocol::Responses, "gpt-5-1");
    assert_eq!((responses.tool_limit(), responses.support(Feature::ReasoningEffortMinimal)), (None, Support::No));
    let facts = responses.target_facts();
    assert_eq!((facts.min_output_tokens, facts.temperature_maximum), (Some(16), Temperature::new(2.0)));
    assert_eq!(offer("openrouter", Protocol::Chat, "gpt-5-mini").tool_limit(), None);
    for statement in catalog.providers().statements() {
        let about = |endpoint: &Endpoint| {
            let protocol = endpoint.protocol();
            protocol.is_some_and(|protocol| statement.is_about(endpoint.provider(), protocol, endpoint.family()))
        };
        assert!(catalog.endpoints().iter().any(about), "of nobody: {}", statement.source);
    }
}

#[test]
fn plans_and_trials_never_count_as_the_cheapest() {
    let catalog = Catalog::embedded();
    for model in ["gpt-4o", "glm-4-7"] {
        let all: Vec<_> = catalog.by_family(model).collect();
        assert!(all.iter().any(|endpoint| endpoint.billing() != Billing::Metered), "{model} has a plan or trial row");
        let routable = all.iter().filter(|endpoint| endpoint.is_routable());
        let prices = routable.map(|endpoint| endpoint.prices().base.rate(PriceKind::Input));
        assert!(prices.clone().count() > 2);
        assert!(prices.flatten().all(|rate| rate.pico_dollars() > 0), "{model}");
    }
    for endpoint in catalog.endpoints().iter().filter(|endpoint| endpoint.is_routable()) {
        assert!(!endpoint.prices().base.is_free(), "{}", endpoint.canonical());
    }
}

#[test]
fn other_operations_are_there_and_speak_no_protocol() {
    let catalog = Catalog::embedded();
    let embedding: Vec<_> = catalog.by_upstream_id("text-embedding-3-small").collect();
    assert!(!embedding.is_empty());
    assert!(embedding.iter().all(|e| e.operation() == Operation::Embedding && e.protocol().is_none()));
}

#[test]
fn hosts_say_what_they_want_beside_the_body() {
    let providers = Providers::embedded();
    let bedrock = providers.host("bedrock", Protocol::Messages, "us.anthropic.claude-haiku-4-5-20251001-v1:0").unwrap();
    assert_eq!((bedrock.model, bedrock.framing), (ModelPlace::Path, Framing::AwsEventStream));
    assert_eq!(bedrock.body_set, [("anthropic_version".to_owned(), "\"bedrock-2023-05-31\"".to_owned())]);
    assert!(bedrock.body_remove.contains(&"model".to_owned()));
    let vertex = providers.host("vertex", Protocol::Chat, "gemini-2.5-flash").unwrap();
    assert_eq!(vertex.model_text, "google/{model}");
    let anthropic = providers.host("anthropic", Protocol::Messages, "claude-haiku-4-5").unwrap();
    assert_eq!(anthropic.headers, [("anthropic-version".to_owned(), "2023-06-01".to_owned())]);
    assert!(providers.host("openai", Protocol::Chat, "o1-pro").is_none());
    assert!(providers.host("openai", Protocol::Responses, "o1-pro").is_some());
    for host in providers.iter().flat_map(|provider| &provider.hosts) {
        assert!(host.base_url.starts_with("https://") && host.path.starts_with('/') && !host.source.is_empty());
        assert!(host.yes.intersection(host.no).is_empty() || !host.no.is_empty());
        assert_eq!(host.model == ModelPlace::Path, host.path.contains("{model}"));
    }
}

#[test]
fn offers_join_what_the_model_and_the_host_can_do() {
    let catalog = Catalog::embedded();
    let offer = |provider: &str, id: &str, protocol: Protocol| {
        let found = catalog
            .by_upstream_id(id)
            .find(|e| e.provider() == provider && e.protocol() == Some(protocol) && e.tier().is_standard());
        *found.unwrap().offer()
    };
    let nano = offer("openai", "gpt-5-nano", Protocol::Chat);
    assert_eq!(nano.support(Feature::Tools), Support::Yes);
    assert_eq!(nano.support(Feature::JsonSchema), Support::Yes);
    assert_eq!(nano.support(Feature::ReasoningEffort), Support::Yes);
    // A reasoning model that takes no temperature takes no top_p either: recorded as an error.
    assert_eq!((nano.support(Feature::Temperature), nano.support(Feature::TopP)), (Support::No, Support::No));
    let turbo = offer("openai", "gpt-3.5-turbo", Protocol::Chat);
    assert_eq!((turbo.support(Feature::Tools), turbo.support(Feature::ImageUrl)), (Support::Yes, Support::No));
    let image = |provider, id| offer(provider, id, Protocol::Messages).support(Feature::ImageUrl);
    assert_eq!(image("anthropic", "claude-sonnet-4-5-20250929"), Support::Yes);
    assert_eq!(image("bedrock", "anthropic.claude-sonnet-4-5-20250929-v1:0"), Support::No);
    let groq = offer("groq", "llama-3.3-70b-versatile", Protocol::Chat);
    assert_eq!((groq.support(Feature::Logprobs), groq.support(Feature::Streaming)), (Support::No, Support::Yes));
    assert_eq!(groq.support(Feature::Verbosity), Support::Unknown);
}

#[test]
fn every_listed_string_reaches_an_endpoint_that_the_caller_can() {
    let catalog = Catalog::embedded();
    for wanted in [&["anthropic", "openai"][..], &["bedrock", "groq"], &["vertex", "azure-openai", "xai"], &[]] {
        let can = |endpoint: &Endpoint| wanted.contains(&endpoint.provider());
        let list = ModelList::new(&catalog, can);
        let ids: BTreeSet<_> = list.entries().iter().map(|entry| entry.id.as_str()).collect();
        assert_eq!(ids.len(), list.entries().len(), "no string twice");
        for entry in list.entries().iter().filter(|entry| entry.id != "auto") {
            let slug = parse(Dialect::Native, &entry.id);
            let by_id = |segment: &str| catalog.by_provider(segment).first().map(|e| Provider::from(e.provider()));
            let provider =
                slug.provider().map(|segment| segment.resolve().or_else(|| by_id(segment.as_str())).unwrap());
            let reaches = catalog.by_family(family(slug.model()).as_str()).any(|endpoint| {
                let named = provider.as_ref().is_none_or(|provider| provider.as_str() == endpoint.provider());
                named && endpoint.is_routable() && can(endpoint)
            });
            assert!(reaches, "{} reaches nothing", entry.id);
        }
        for endpoint in catalog.endpoints().iter().filter(|e| e.is_routable() && can(e)) {
            let named = list.entries().iter().any(|entry| family(&entry.id).as_str() == endpoint.family());
            assert!(named, "{} is in no string", endpoint.canonical());
        }
    }
}

#[test]
fn lists_have_the_shape_of_the_api_that_the_caller_speaks() {
    let catalog = Catalog::embedded();
    let list = ModelList::new(&catalog, |endpoint| endpoint.provider() == "anthropic");
    let openai: serde_json::Value = serde_json::from_str(&list.to_json(Protocol::Chat)).unwrap();
    assert_eq!(openai["object"], "list");
    let haiku = openai["data"].as_array().unwrap().iter().find(|m| m["id"] == "claude-haiku-4-5").unwrap();
    assert_eq!((&haiku["object"], &haiku["owned_by"]), (&"model".into(), &"anthropic".into()));
    assert_eq!(haiku["created"], 1_760_486_400);
    let anthropic: serde_json::Value = serde_json::from_str(&list.to_json(Protocol::Messages)).unwrap();
    assert_eq!((&anthropic["has_more"], &anthropic["first_id"]), (&false.into(), &"auto".into()));
    let haiku = anthropic["data"].as_array().unwrap().iter().find(|m| m["id"] == "claude-haiku-4-5").unwrap();
    assert_eq!((&haiku["type"], &haiku["created_at"]), (&"model".into(), &"2025-10-15T00:00:00Z".into()));
    let empty = ModelList::new(&catalog, |_| false);
    assert_eq!(empty.to_json(Protocol::Responses), r#"{"object":"list","data":[]}"#);
}

#[test]
fn opinions_are_about_models_that_exist() {
    let catalog = Catalog::embedded();
    let kinds = [FindingKind::EmptyPool, FindingKind::UnusedTier, FindingKind::DanglingAlias, FindingKind::StaleFamily];
    let findings: Vec<_> = lint(&catalog, None).into_iter().filter(|finding| kinds.contains(&finding.kind)).collect();
    assert_eq!(findings, []);
    for family in catalog.preferences().auto() {
        let sellers: BTreeSet<_> =
            catalog.by_family(family).filter(|e| e.is_routable()).map(Endpoint::provider).collect();
        assert!(sellers.len() >= 2, "{family} is sold by {sellers:?}");
        assert!(catalog.by_family(family).any(|e| e.row().capabilities.support(Capability::Tools) == Support::Yes));
    }
}

#[test]
fn lint_finds_what_is_odd() {
    let text = "switchback-catalog\t1\nprovider\tlab\n\
        row\tone\tOne\tctx=10\tout=20\tprice=input 1.00,output 2000.00,cache_read 2.00\tdeprecated=2026-01-01\n\
        row\ttwo\t\tapi=chat\tfamily=other\nalias\tthree\tnothing\n";
    let catalog = Catalog::parse(text).unwrap();
    let findings = lint(&catalog, Some("2026-11-21".parse().unwrap()));
    let found: BTreeSet<_> = findings.iter().map(|finding| (finding.kind, finding.place.as_str())).collect();
    for expected in [
        (FindingKind::NoPrice, "lab/two"),
        (FindingKind::OddPrice, "lab/one"),
        (FindingKind::OddLimit, "lab/one"),
        (FindingKind::NoProtocol, "lab/one"),
        (FindingKind::Withdrawn, "lab/one"),
        (FindingKind::StaleFamily, "lab/two"),
        (FindingKind::DanglingAlias, "three"),
    ] {
        assert!(found.contains(&expected), "{expected:?} not in {found:?}");
    }
}

#[test]
fn the_catalog_answers_what_slugs_ask() {
    let catalog = Catalog::embedded();
    let haiku = family("claude-haiku-4-5");
    let ids = catalog.ids(&haiku, &Provider::ANTHROPIC);
    assert_eq!(ids.first(), Some(&"claude-haiku-4-5"));
    assert!(ids.contains(&"claude-haiku-4-5-20251001"));
    let providers = ModelNames::providers(&catalog, &haiku);
    assert!(providers.contains(&Provider::BEDROCK) && providers.contains(&Provider::VERTEX));
    assert!(catalog.lists(&Provider::OPENAI, "gpt-4o-2024-08-06"));
    assert!(!catalog.lists(&Provider::OPENAI, "gpt-4o-2024-08-07"));
}

#[test]
fn everything_can_cross_threads() {
    fn check<T: Send + Sync>() {}
    check::<Catalog>();
    check::<Endpoint>();
    check::<Providers>();
    check::<ModelList>();
}
