//! What is exact is exact in every configuration that has it: the keys of the mapping of the reference, section 3.5.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests fail by panicking"
)]

mod support;

use switchback_catalog::Catalog;
use switchback_migrate::{Entry, Fidelity, Import, SourceFile, System};

/// Keys by their system; `*` stands for one step of a pointer.
const EXACT: &[(System, &str)] = &[
    (System::LiteLlm, "/model_list/*/model_name"),
    (System::LiteLlm, "/model_list/*/litellm_params/tags"),
    (System::LiteLlm, "/model_list/*/litellm_params/timeout"),
    (System::LiteLlm, "/model_list/*/litellm_params/stream_timeout"),
    (System::LiteLlm, "/*/fallbacks/*/*/*"),
    (System::LiteLlm, "/*/context_window_fallbacks/*/*/*"),
    (System::LiteLlm, "/*/content_policy_fallbacks/*/*/*"),
    (System::LiteLlm, "/*/default_fallbacks"),
    (System::LiteLlm, "/*/num_retries"),
    (System::LiteLlm, "/*/allowed_fails"),
    (System::LiteLlm, "/*/cooldown_time"),
    (System::LiteLlm, "/*/request_timeout"),
    (System::LiteLlm, "/router_settings/enable_pre_call_checks"),
    (System::LiteLlm, "/router_settings/enable_tag_filtering"),
    (System::LiteLlm, "/router_settings/model_group_alias/*"),
    (System::LiteLlm, "/router_settings/retry_policy/TimeoutErrorRetries"),
    (System::LiteLlm, "/router_settings/provider_budget_config/*"),
    (System::LiteLlm, "/model_list/*/litellm_params/cooldown_time"),
    (System::LiteLlm, "/model_list/*/litellm_params/max_budget"),
    (System::Portkey, "**/strategy/mode"),
    (System::Portkey, "/strategy/conditions/*/then"),
    (System::Portkey, "/strategy/default"),
    (System::Portkey, "**/strategy/on_status_codes"),
    (System::Portkey, "**/strategy/sticky/hash_fields"),
    (System::Portkey, "**/weight"),
    (System::Portkey, "**/retry/attempts"),
    (System::Portkey, "**/retry/on_status_codes"),
    (System::Portkey, "**/request_timeout"),
    (System::Portkey, "**/cb_config/failure_threshold"),
    (System::Portkey, "**/cb_config/cooldown_interval"),
    (System::Helicone, "**/weight"),
    (System::Helicone, "/default-model-mapping/*/*"),
    (System::Helicone, "/routers/*/model-mappings/*/*"),
    (System::Helicone, "/discover/monitor/health/ratio"),
    (System::TensorZero, "/models/*/routing/*"),
    (System::TensorZero, "/functions/*/experimentation/candidate_variants/*"),
    (System::TensorZero, "/functions/*/experimentation/fallback_variants/*"),
    (System::TensorZero, "/functions/*/variants/*/retries/*"),
    (System::TensorZero, "/functions/*/variants/*/weight"),
    (System::TensorZero, "/models/*/timeouts/*/*"),
    (System::Concentrate, "/routing/provider/sort"),
    (System::Concentrate, "/routing/provider/interval"),
    (System::Concentrate, "/routing/model/fallbacks"),
    (System::LlmGateway, "/model"),
    (System::LlmGateway, "/service_tier"),
    (System::LlmGateway, "/nodes/*/conditions/*/op"),
    (System::LlmGateway, "/nodes/*/splits/*/weight"),
    (System::LlmGateway, "/nodes/*/providers/*"),
    (System::LlmGateway, "/providerCompliancePolicy/*"),
    (System::OpenRouter, "/provider/order"),
    (System::OpenRouter, "/provider/allow_fallbacks"),
    (System::OpenRouter, "/provider/only"),
    (System::OpenRouter, "/provider/ignore"),
    (System::OpenRouter, "/provider/sort"),
    (System::OpenRouter, "/provider/preferred_max_latency"),
    (System::OpenRouter, "/provider/preferred_min_throughput"),
    (System::OpenRouter, "/provider/max_price/prompt"),
    (System::OpenRouter, "/provider/quantizations"),
    (System::OpenRouter, "/provider/zdr"),
    (System::OpenRouter, "/provider/require_parameters"),
    (System::OpenRouter, "/models"),
];

/// Configurations that are wrong where they stand, so that the key does nothing there either.
const BROKEN: &[(&str, &str)] = &[
    // The parameters stand beside `litellm_params`.
    ("docs-011-docs-proxy-reliability.yaml", "/model_list/*/model_name"),
    // No parameters at all.
    ("langfuse_config.yaml", "/model_list/*/model_name"),
    // `load-balance`, which the code does not know.
    ("16-integrations-agents-agno-ai.json", "**/strategy/mode"),
];

fn matches(pattern: &str, path: &str) -> bool {
    let path: Vec<&str> = path.split('/').skip(1).collect();
    let (open, pattern) = pattern.strip_prefix("**").map_or((false, pattern), |rest| (true, rest));
    let pattern: Vec<&str> = pattern.split('/').skip(1).collect();
    let fits = |path: &[&str]| {
        path.len() == pattern.len() && pattern.iter().zip(path).all(|(wanted, step)| *wanted == "*" || wanted == step)
    };
    if open { path.len() >= pattern.len() && fits(&path[path.len() - pattern.len()..]) } else { fits(&path) }
}

/// A key with several notes is exact where one of them is: `retry.attempts` is, and the statuses that nobody wrote beside
/// it have two readings.
fn is_exact(entries: &[&Entry]) -> bool {
    entries.iter().any(|entry| entry.fidelity == Fidelity::Exact)
}

#[test]
fn keys_that_are_called_exact_are_exact_in_every_configuration() {
    let catalog = Catalog::embedded();
    let mut found = 0;
    for config in support::configs() {
        let files = [SourceFile { name: &config.name, text: &config.text }];
        let ledger = Import::new(config.system).read(&files, &catalog).unwrap().ledger;
        for (_, pattern) in EXACT.iter().filter(|(system, _)| *system == config.system) {
            for entry in ledger.entries().iter().filter(|entry| matches(pattern, &entry.path)) {
                let of_key: Vec<&Entry> = ledger.entries().iter().filter(|other| other.path == entry.path).collect();
                let is_broken = BROKEN.iter().any(|(name, broken)| *name == config.name && broken == pattern);
                assert_eq!(is_exact(&of_key), !is_broken, "{} {} {}", config.name, entry.path, entry.detail);
                found += 1;
            }
        }
    }
    println!("{found} exact keys");
}

/// Configurations that have every key of the list.
const SAMPLES: [(System, &str); 9] = [
        (
            System::LiteLlm,
            "model_list:
  - {model_name: a, litellm_params: {model: openai/gpt-4o, tags: [x], timeout: 1, stream_timeout: 1, cooldown_time: 1, max_budget: 1, budget_duration: 30d}}
router_settings: {fallbacks: [{a: [b]}], context_window_fallbacks: [{a: [b]}], content_policy_fallbacks: [{a: [b]}],
  default_fallbacks: [b], num_retries: 1, allowed_fails: 1, cooldown_time: 1, request_timeout: 1,
  enable_pre_call_checks: true, enable_tag_filtering: true, model_group_alias: {c: a},
  optional_pre_call_checks: [prompt_caching], retry_policy: {TimeoutErrorRetries: 1},
  provider_budget_config: {openai: {budget_limit: 1, time_period: 1d}}}",
        ),
        (
            System::Portkey,
            r#"{"strategy":{"mode":"fallback","on_status_codes":[429]},"request_timeout":1,"targets":[{"strategy":{"mode":"loadbalance",
            "sticky":{"hash_fields":["metadata.u"]}},"targets":[{"provider":"openai","weight":1,"retry":{"attempts":1,"on_status_codes":[429]},
            "cb_config":{"failure_threshold":3,"cooldown_interval":30000}}]}]}"#,
        ),
        (
            System::Portkey,
            r#"{"strategy":{"mode":"conditional","conditions":[{"query":{"metadata.a":"x"},"then":"one"}],"default":"one"},
            "targets":[{"name":"one","provider":"openai"}]}"#,
        ),
        (
            System::Concentrate,
            r#"{"model":"gpt-4o","routing":{"provider":{"sort":"latency","interval":"1 hour"},"model":{"fallbacks":["auto"]}}}"#,
        ),
        (System::LlmGateway, r#"{"model":"openai/gpt-4o","service_tier":"flex"}"#),
        (
            System::LlmGateway,
            r#"{"providerCompliancePolicy":{"enabled":true,"requireSoc2":true},"entry":"a","nodes":[{"id":"a","type":"conditional",
            "conditions":[{"field":{"source":"header","path":"x"},"op":"exists","next":"m"}],"else":"s"},
            {"id":"s","type":"percentage","splits":[{"weight":1,"next":"m"}]},{"id":"m","type":"model","model":"gpt-4o","providers":["openai"]}]}"#,
        ),
        (
            System::OpenRouter,
            r#"{"model":"openai/gpt-4o","models":["openai/gpt-4.1"],"provider":{"order":["openai"],"allow_fallbacks":true,"only":["openai"],
            "ignore":["azure"],"sort":"price","preferred_max_latency":2,"preferred_min_throughput":10,"max_price":{"prompt":1},
            "quantizations":["fp8"],"zdr":true,"require_parameters":true}}"#,
        ),
        (
            System::Helicone,
            "default-model-mapping: {a: [openai/gpt-4o]}
routers: {r: {model-mappings: {b: [openai/gpt-4o]}, load-balance: {chat: {strategy: weighted, providers: [{provider: openai, weight: '1'}]}}}}
discover: {monitor: {health: {ratio: 0.1}}}",
        ),
        (
            System::TensorZero,
            r#"
[models.m]
routing = ["a"]
timeouts = { non_streaming = { total_ms = 1 }, streaming = { ttft_ms = 1 } }
[models.m.providers.a]
type = "openai"
model_name = "gpt-4o"
[functions.f.variants.v]
type = "chat_completion"
model = "m"
retries = { num_retries = 1, max_delay_s = 1 }
[functions.f.experimentation]
type = "static"
candidate_variants = { v = 1.0 }
fallback_variants = ["v"]
[functions.g.variants.v]
type = "chat_completion"
model = "m"
weight = 1
"#,
        ),
    ];

/// Every pattern is met by a configuration made for it, so that none is exact by never being looked at.
#[test]
fn every_exact_key_is_met() {
    let catalog = Catalog::embedded();
    let mut met: Vec<&str> = Vec::new();
    for (system, text) in SAMPLES {
        let ledger = Import::new(system).read(&[SourceFile { name: "sample", text }], &catalog).unwrap().ledger;
        for (_, pattern) in EXACT.iter().filter(|(wanted, _)| *wanted == system) {
            let found: Vec<&Entry> = ledger.entries().iter().filter(|entry| matches(pattern, &entry.path)).collect();
            assert!(found.is_empty() || is_exact(&found), "{system} {pattern}: {found:?}");
            met.extend((!found.is_empty()).then_some(*pattern));
        }
    }
    for (system, pattern) in EXACT {
        assert!(met.contains(pattern), "{system} {pattern} is in no sample");
    }
}
