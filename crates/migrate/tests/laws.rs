//! The laws of sanitizing, over requests made of every name that the tables know and some that they do not.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests fail by panicking"
)]

use proptest::prelude::*;
use switchback_migrate::{Incoming, Sanitized, Sanitizer, System};

/// What no part of an answer may show, but where it was.
const SECRET: &str = "sk-Qx7secretvalueQx7";

const HEADERS: &[&str] = &[
    "Authorization",
    "X-Litellm-Api-Key",
    "x-litellm-key",
    "x-litellm-timeout",
    "x-litellm-stream-timeout",
    "x-litellm-num-retries",
    "x-litellm-tags",
    "x-litellm-spend-logs-metadata",
    "x-litellm-new-thing",
    "anthropic-beta",
    "openai-organization",
    "x-portkey-api-key",
    "x-portkey-provider",
    "x-portkey-virtual-key",
    "x-portkey-config",
    "x-portkey-trace-id",
    "x-portkey-metadata",
    "x-portkey-cache-namespace",
    "x-portkey-request-timeout",
    "x-portkey-custom-host",
    "x-portkey-azure-resource-name",
    "x-portkey-azure-deployment-id",
    "x-portkey-azure-model-name",
    "x-portkey-vertex-region",
    "x-portkey-aws-secret-access-key",
    "x-portkey-aws-region",
    "x-portkey-anything",
    "Helicone-Auth",
    "Helicone-Target-URL",
    "Helicone-Session-Id",
    "Helicone-Property-Team",
    "Helicone-Fallbacks",
    "Helicone-Cache-Seed",
    "Helicone-Retry-Enabled",
    "helicone-retry-num",
    "Helicone-RateLimit-Policy",
    "Helicone-Token-Limit-Exception-Handler",
    "Helicone-Request-Id",
    "Helicone-Posthog-Key",
    "Cache-Control",
    "tensorzero-otlp-traces-extra-header-x",
    "tensorzero-x",
    "x-no-fallback",
    "x-session-id",
    "HTTP-Referer",
    "Content-Type",
    "X-Mine",
    "X-Request-Id",
];

const PARAMETERS: &[&str] = &[
    "fallbacks",
    "context_window_fallbacks",
    "num_retries",
    "timeout",
    "disable_fallbacks",
    "metadata",
    "user_config",
    "drop_params",
    "tensorzero::episode_id",
    "tensorzero::variant_name",
    "tensorzero::params",
    "tensorzero::credentials",
    "tensorzero::extra_body",
    "tensorzero::provider_tools",
    "tensorzero::unheard_of",
    "temperature",
    "messages",
    "prompt_cache_key",
    "x-mine",
    "stream",
];

const VALUES: &[&str] = &[
    "1",
    "0.5",
    "true",
    "null",
    "\"a,b\"",
    "[\"gpt-4o\", {\"model\": \"claude\"}]",
    "[{\"gpt-4o\": [\"x\"]}]",
    "{\"tags\": [\"t\"], \"mine\": 1 }",
    "{\"chat_completion\": {\"temperature\": 0.10}}",
    "[{\"pointer\": \"/seed\", \"value\": 7}]",
    "[{\"tool\": {\"type\": \"web_search\"}}]",
    "{ \"nested\" : [ 1 , 2 ] }",
    "\"sk-Qx7secretvalueQx7\"",
    "{\"openai\": \"sk-Qx7secretvalueQx7\"}",
];

const TEXTS: &[&str] = &[
    "Bearer sk-Qx7secretvalueQx7",
    "sk-Qx7secretvalueQx7",
    "sk-cn-v1-mine",
    "30",
    "openai",
    "@openai-prod",
    "bedrock",
    "us-east-1",
    "a,b",
    "{\"a\":\"b\"}",
    "https://api.openai.com/v1",
    "fallback",
    "truncate",
    "application/json",
    "true",
    "pc-1234",
    "gpt-4o",
    "[{\"target-url\":\"https://api.openai.com\",\"headers\":{\"Authorization\":\"sk-Qx7secretvalueQx7\"},\"onCodes\":[429]},{\"target-url\":\"https://api.anthropic.com\"}]",
];

const MODELS: &[&str] = &[
    "gpt-4o",
    "openai/gpt-4o",
    "azure/my-deployment",
    "azure/eu/gpt-4o-2024-08-06",
    "bedrock/us.anthropic.claude-3-5-haiku-20241022-v1:0",
    "bedrock/converse/meta.llama3-1-70b-instruct-v1:0",
    "vertex_ai/claude-3-7-sonnet@20250219",
    "gemini/gemini-3-flash-preview",
    "a,b",
    "together_ai/meta-llama/Meta-Llama-3.1-8B-Instruct-Turbo",
    "openrouter/anthropic/claude-3.5-sonnet:beta",
    "ollama/llama3:8b",
    "*",
    "openai/*",
    "@openai-prod/gpt-4o",
    "@openai/gpt-4o",
    "@bedrock/global.anthropic.claude-sonnet-4-6",
    "@workers-ai/@cf/meta/llama-3.2-3b-instruct",
    "gpt-4o/azure/eu-deployment",
    "!openai,gpt-4o-mini",
    "gpt-4o/azure,claude-4.5-sonnet/anthropic",
    "llama-3.1-8b-instruct",
    "auto",
    "tensorzero::model_name::openai::gpt-4o",
    "tensorzero::function_name::draft",
    "anthropic::claude-haiku-4-5",
    "fireworks::accounts/fireworks/models/x",
    "gcp_vertex_gemini::projects/p/locations/r/publishers/google/models/m",
    "anthropic/claude-haiku-4.5",
    "deepseek/deepseek-r1:free",
    "openrouter/auto",
    "~anthropic/claude-opus-latest",
    "aws-bedrock/claude-haiku-4-5:global",
    "dynamic/mine",
    "",
    "/",
    "a/b/c",
    "@",
    "a::b",
    "!",
    ",",
];

const PATHS: &[&str] = &[
    "/chat/completions",
    "/v1/chat/completions",
    "/openai/v1/chat/completions",
    "/api/v1/responses?x=1",
    "/inference",
    "/feedback",
    "/mine/x",
    "https://oai.helicone.ai/v1/chat/completions",
    "http://localhost:4000",
    "/router/prod/chat/completions",
    "",
    "/",
    "?",
    "://",
];

#[derive(Clone, Debug)]
struct Request {
    headers: Vec<(String, String)>,
    path: Option<String>,
    body: String,
}

fn request() -> impl Strategy<Value = Request> {
    let header = (prop::sample::select(HEADERS), prop::sample::select(TEXTS));
    let member = (prop::sample::select(PARAMETERS), prop::sample::select(VALUES));
    let model = prop::option::of(prop::sample::select(MODELS));
    let space = prop::sample::select(&["", " ", "\n  "][..]);
    let path = prop::option::of(prop::sample::select(PATHS));
    (prop::collection::vec(header, 0..6), prop::collection::vec(member, 0..6), model, space, path).prop_map(
        |(headers, members, model, space, path)| {
            let headers = headers.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
            let mut seen = Vec::new();
            let mut parts: Vec<String> = Vec::new();
            for (key, value) in members {
                if !seen.contains(&key) {
                    seen.push(key);
                    parts.push(format!("{space}\"{key}\":{space}{value}"));
                }
            }
            parts.extend(model.map(|model| format!("{space}\"model\":{space}\"{model}\"")));
            Request { headers, path: path.map(str::to_owned), body: format!("{{{}{space}}}", parts.join(",")) }
        },
    )
}

fn system() -> impl Strategy<Value = System> {
    prop::sample::select(&System::ALL[..])
}

fn sanitize(system: System, request: &Request) -> Sanitized {
    let headers: Vec<(&str, &str)> =
        request.headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let incoming = Incoming { headers: &headers, path: request.path.as_deref(), body: request.body.as_bytes() };
    Sanitizer::new(system).sanitize(&incoming).unwrap()
}

fn again(sanitized: &Sanitized) -> Request {
    let body = String::from_utf8(sanitized.body.clone()).unwrap();
    Request { headers: sanitized.headers.clone(), path: sanitized.path.clone(), body }
}

proptest! {
    #[test]
    fn sanitizing_twice_equals_once(system in system(), request in request()) {
        let once = again(&sanitize(system, &request));
        let twice = again(&sanitize(system, &once));
        prop_assert_eq!((&once.headers, &once.path, &once.body), (&twice.headers, &twice.path, &twice.body));
    }

    #[test]
    fn every_removed_item_has_exactly_one_entry(system in system(), request in request()) {
        let sanitized = sanitize(system, &request);
        let entries = |path: &str| sanitized.ledger.entries().iter().filter(|entry| entry.path == path).count();
        for name in HEADERS {
            let given = request.headers.iter().filter(|(known, _)| known == name).count();
            let kept = sanitized.headers.iter().filter(|(known, _)| known == name).count();
            let noted = entries(&format!("/headers/{name}"));
            prop_assert!(noted <= given && noted >= given.saturating_sub(kept), "{} {} {} {}", name, given, kept, noted);
        }
        let body: serde_json::Value = serde_json::from_slice(&sanitized.body).unwrap();
        let before: serde_json::Value = serde_json::from_str(&request.body).unwrap();
        for name in PARAMETERS {
            let is_gone = before.get(name).is_some() && body.get(name).is_none();
            prop_assert_eq!(entries(&format!("/body/{name}")), usize::from(is_gone), "{}", name);
        }
    }

    #[test]
    fn no_foreign_prefix_survives(system in system(), request in request()) {
        let sanitized = sanitize(system, &request);
        for (name, _) in &sanitized.headers {
            let name = name.to_ascii_lowercase();
            prop_assert!(!["x-litellm-", "x-portkey-", "helicone-", "tensorzero"].iter().any(|prefix| name.starts_with(prefix)), "{}", name);
        }
        if system == System::TensorZero {
            prop_assert!(!again(&sanitized).body.contains("tensorzero::"));
        }
    }

    #[test]
    fn no_secret_is_shown_but_where_it_was(system in system(), request in request()) {
        let sanitized = sanitize(system, &request);
        let shown = format!("{:?} {:?} {:?}", sanitized.ledger, sanitized.wishes, sanitized.retired);
        prop_assert!(!shown.contains("Qx7secret"), "{}", shown);
        let count = |text: &str| text.matches(SECRET).count();
        let before = count(&request.body) + request.headers.iter().map(|(_, value)| count(value)).sum::<usize>();
        prop_assert!(count(&again(&sanitized).body) <= before);
    }

    #[test]
    fn a_request_with_nothing_foreign_comes_back_as_it_was(system in system(), members in prop::collection::vec(prop::sample::select(VALUES), 0..5)) {
        let parts: Vec<String> = members.iter().enumerate().map(|(at, value)| format!("\t\"own{at}\" : {value} ")).collect();
        let request = Request { headers: vec![("X-Mine".to_owned(), "1".to_owned())], path: None, body: format!(" {{{}}}\n", parts.join(",")) };
        let sanitized = sanitize(system, &request);
        prop_assert_eq!(again(&sanitized).body, request.body);
        prop_assert!(sanitized.ledger.entries().is_empty());
    }
}
