use serde::Serialize;

use crate::System;

/// What a reader of the other gateway's answers, or a user of its dashboard, does instead.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Advice {
    /// What it is about.
    pub kind: AdviceKind,
    /// What was there: a header or field of answers, a surface, a concept.
    pub was: &'static str,
    /// What takes its place.
    pub now: &'static str,
}

/// What advice is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum AdviceKind {
    /// A header or field of answers that code must stop reading.
    Answer,
    /// A part of the other gateway's dashboard or interface.
    Surface,
    /// How it is called: SDK parameters, addresses.
    Client,
}

/// What the other gateway's answers and surfaces are replaced by, from the migration guides (2026-10) and the systems'
/// documentation.
///
/// ```
/// use switchback_migrate::{AdviceKind, System, advice};
///
/// let call_id = advice(System::LiteLlm).iter().find(|advice| advice.was == "x-litellm-call-id").expect("it is listed");
/// assert_eq!((call_id.kind, call_id.now), (AdviceKind::Answer, "`X-Request-Id`, an id of the gateway's own for each request"));
/// ```
pub const fn advice(system: System) -> &'static [Advice] {
    match system {
        System::LiteLlm => LITELLM,
        System::Portkey => PORTKEY,
        System::Helicone => HELICONE,
        System::TensorZero => TENSORZERO,
        System::LlmGateway => LLMGATEWAY,
        System::OpenRouter => OPENROUTER,
        System::Concentrate => &[],
    }
}

const fn answer(was: &'static str, now: &'static str) -> Advice {
    Advice { kind: AdviceKind::Answer, was, now }
}

const fn surface(was: &'static str, now: &'static str) -> Advice {
    Advice { kind: AdviceKind::Surface, was, now }
}

const fn client(was: &'static str, now: &'static str) -> Advice {
    Advice { kind: AdviceKind::Client, was, now }
}

const REQUEST_ID: &str = "`X-Request-Id`, an id of the gateway's own for each request";
const ROUTE: &str =
    "no header: which model and provider answered is recorded for each request; here the plan's endpoint says it";
const ATTEMPTS: &str = "no header: going on is automatic; here the record of the attempts says what was tried";
const COST: &str = "no header: cost is recorded for each request and summed up by key, team and organisation";
const LATENCY: &str = "no header: latency is recorded for each request";
const RATE_LIMITS: &str = "the standard `X-RateLimit-*` headers";
const CACHED: &str = "`usage.prompt_tokens_details.cached_tokens` of the body, where the provider reports it";
const LOGS: &str = "a log of each request in the dashboard";
const ROLL_UP: &str = "sums by key, team and organisation";
const KEY_EACH: &str = "a key for each user, team or environment: figures roll up by key";
const TREE: &str = "`previous_response_id` of Responses, which links requests into a tree";
const LIMITS: &str = "limits of rate and spend for each key, in the dashboard";
const NOTHING: &str = "nothing does it today; keep a tool of your own";

const LITELLM: &[Advice] = &[
    answer("x-litellm-call-id", REQUEST_ID),
    answer("x-litellm-response-cost", COST),
    answer("x-litellm-key-spend", COST),
    answer("x-litellm-model-id", ROUTE),
    answer("x-litellm-model-group", ROUTE),
    answer("x-litellm-model-api-base", ROUTE),
    answer("x-litellm-model-region", ROUTE),
    answer("x-litellm-attempted-retries", ATTEMPTS),
    answer("x-litellm-attempted-fallbacks", ATTEMPTS),
    answer("x-litellm-max-fallbacks", ATTEMPTS),
    answer("x-litellm-response-duration-ms", LATENCY),
    answer("x-litellm-overhead-duration-ms", LATENCY),
    answer("x-litellm-version", "not applicable: there is no proxy to have a version"),
    answer("x-ratelimit-*", RATE_LIMITS),
    answer("llm_provider-*", "not passed on: what providers say is recorded for each request"),
    surface("spend logs", LOGS),
    surface("spend by x-litellm-spend-logs-metadata", ROLL_UP),
    surface("spend by tag (x-litellm-tags)", ROLL_UP),
    surface("spend by customer (x-litellm-customer-id)", "a key for each customer: spend rolls up by key"),
    surface("budgets per key, user and team", "spend limits for each key and team, in the dashboard"),
    surface(
        "success_callback, failure_callback",
        "dashboards that are built in; there is no logging integration to wire up",
    ),
    surface("virtual keys (/key/generate)", "keys made in the dashboard: organisation, team, developer"),
    surface("spend history", "does not move: export it from the proxy's Postgres before it is shut down"),
    client("base URL without /v1", "a base URL that ends in `/v1`"),
    client(
        "litellm.completion() of the Python SDK",
        "the OpenAI SDK's `chat.completions.create` against the new base URL",
    ),
];

const PORTKEY: &[Advice] = &[
    answer("x-portkey-trace-id", REQUEST_ID),
    answer("x-portkey-cache-status", CACHED),
    answer("x-portkey-provider", ROUTE),
    answer("x-portkey-last-used-option-index", ROUTE),
    answer("x-portkey-retry-attempt-count", ATTEMPTS),
    answer("rate-limit headers", RATE_LIMITS),
    surface("logs", LOGS),
    surface("traces", TREE),
    surface("metadata filters", KEY_EACH),
    surface("feedback API", NOTHING),
    surface("analytics", ROLL_UP),
    surface("rate limit and usage limit policies", LIMITS),
    surface("audit logs", "audit logs in the dashboard"),
    surface("log exports", "exports in the dashboard"),
    surface("workspace", "a team of the organisation"),
    surface("virtual key, provider integration", "not exposed: the gateway owns the credentials"),
    surface("config", "parameters of each request; here a policy"),
    surface("API key", "a key of a developer, team or organisation"),
    surface("user, user invite, workspace member", "members of the organisation and its teams, in the dashboard"),
    surface("SCIM workspace mappings", "a part of enterprise plans"),
    surface("prompts, partials, labels, collections", NOTHING),
    surface("guardrails", "Guardrails & Redaction"),
    surface("secret references", "not applicable: the gateway owns the credentials"),
    surface("log history", "does not move: export it through the Admin API before the workspace is shut down"),
    client("api_key", "the OpenAI SDK's `api_key`"),
    client("virtual_key", "drop it: the gateway owns the credentials"),
    client("config", "drop it: settings are parameters of the body; here a policy"),
    client("provider", "drop it: the model string names the provider"),
    client("trace_id", "drop it, or send `X-Request-Id`"),
    client("metadata", "drop it: figures roll up by key"),
    client("cache_force_refresh", "drop it: no answers are stored"),
    client("cache_namespace", "body parameter `prompt_cache_key`"),
    client("custom_host", "not supported: call it directly"),
    client("forward_headers", "not supported"),
];

const HELICONE: &[Advice] = &[
    answer("Helicone-Id", REQUEST_ID),
    answer("Helicone-Cache", CACHED),
    answer("Helicone-Cache-Bucket-Idx", "nothing: no answers are stored in buckets"),
    answer("Helicone-Fallback-Index", ROUTE),
    answer("Helicone-RateLimit-Limit", RATE_LIMITS),
    answer("Helicone-RateLimit-Remaining", RATE_LIMITS),
    answer("Helicone-RateLimit-Policy", RATE_LIMITS),
    answer("helicone-provider", ROUTE),
    answer("helicone-provider-req-id", ROUTE),
    surface("requests log", LOGS),
    surface("users, user-id breakdown", KEY_EACH),
    surface("properties drilldown", NOTHING),
    surface("sessions trace view", TREE),
    surface("cache hit rate", "reported for each request where the provider caches"),
    surface("cost dashboard", ROLL_UP),
    surface("rate-limit policies", LIMITS),
    surface("alerts on Helicone-Cache or Helicone-Fallback-Index", "alerts of the dashboard: answers do not say it"),
    surface("log history", "does not move: export it before the account is closed"),
];

const TENSORZERO: &[Advice] = &[
    answer("episode_id", TREE),
    answer("tensorzero_cost", "no field: cost is recorded for each request"),
    answer("tensorzero_raw_response", "no field: answers come in one form, reasoning and usage within it"),
    answer("tensorzero_raw_usage", "no field: answers come in one form, reasoning and usage within it"),
    answer("tensorzero_extra_content", "no field: answers come in one form, reasoning and usage within it"),
    answer("request or trace id", REQUEST_ID),
    answer("rate-limit headers", RATE_LIMITS),
    surface("function", "the model itself, called directly; its prompt moves into the application"),
    surface("variant", "a pinned model, `provider/model`, with its parameters in the body"),
    surface(
        "variant sampling",
        "Concentrate has no splits: choose in the application, or a key for each arm; here a split of the policy",
    ),
    surface(
        "variant fallbacks",
        "`routing.model.fallbacks`, `routing.provider.fallbacks`, or `auto`; here a chain of the policy",
    ),
    surface("episode", TREE),
    surface("feedback API", NOTHING),
    surface("cache_options", "caching is the providers' own; `prompt_cache_key` seeds it"),
    surface(
        "provider fallbacks of a model",
        "`routing.model.fallbacks`, `routing.provider.fallbacks`; here a chain of the policy",
    ),
    surface("inference observability", LOGS),
    surface("tensorzero_cost, usage tracking", ROLL_UP),
    surface("filtering by tags", ROLL_UP),
    surface("OTLP trace export", "nothing passes it through: export from a tracing layer of your own"),
    surface("feedback, evaluations, experiments", NOTHING),
    surface("rate limits by api_key_public_id", LIMITS),
    surface("history", "does not move: take a copy of ClickHouse before the gateway is torn down"),
    client("/inference", "`/v1/responses`"),
    client("/openai/v1/chat/completions", "`/v1/chat/completions`"),
    client("/batch_inference", NOTHING),
    client("/feedback", NOTHING),
];

const LLMGATEWAY: &[Advice] = &[
    answer("metadata.routing", ATTEMPTS),
    answer("routingMetadata of the log", "the plan: every candidate with its score, and why the others were left out"),
    surface("activity log", LOGS),
    surface("dynamic routes, their versions and rollback", "a policy: keep its versions where configuration is kept"),
    surface("compliance policy", "`require` of the policy, and `terms` of each credential's scope"),
    surface("provider keys, IAM rules", "credential scopes, and rules of organisation, team, developer and key"),
    client("model `dynamic/<name>`", "the policy's route: any model string, or the group that a branch became"),
    client("base URL https://api.llmgateway.io/v1", "the new gateway's base URL, which ends in `/v1`"),
];

const OPENROUTER: &[Advice] = &[
    answer("openrouter_metadata", "the plan: every endpoint, attempted or left out, and why"),
    answer("provider", ROUTE),
    surface("activity, generations", LOGS),
    surface("applications by HTTP-Referer and X-Title", KEY_EACH),
    surface("account data policy, allowed and ignored providers", "`require`, `allow` and `deny` of the policy"),
    client("base URL https://openrouter.ai/api/v1", "a base URL that ends in `/v1`, without `/api` before it"),
];
