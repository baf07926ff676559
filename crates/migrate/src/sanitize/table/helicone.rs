use super::{Action, Part, RetryPart, Rule, Wished, dead, grave, key, lost, with};
use crate::Concept::{
    Affinity, Attribution, Cache, CatalogFact, Chain, Content, Guardrail, Model, Observability, Rate,
};
use crate::Concept::{Retry, Rewrite};
use crate::Fidelity::{Approximate, Exact};

const BY_SLUG: &str = "not needed: requests are routed by model string";
const KEY_PER_USER: &str = "issue a key per user, team or organisation: figures roll up by key";
const TREE: &str = "link calls with `previous_response_id` of Responses";
const NATIVE_CACHE: &str = "no answers are stored: prompts are cached by providers, with `cache_control` lifetimes of 5m and 1h at Anthropic and Bedrock";
const FAILOVER: &str = "Concentrate: drop it; failover along the chain is automatic, behind an uptime gate of 90 %";
const GUARDS: &str = "set guardrails up at the gateway (Concentrate: Guardrails & Redaction), or call the provider's moderation endpoint";
const LOGGING: &str = "switch request logging off for the key or organisation";

pub(super) const HEADERS: &[Rule] = &[
    key("authorization"),
    key("x-api-key"),
    key("helicone-auth"),
    with("helicone-target-url", Action::Slug(Part::Url), Model, Exact, "where the call goes", BY_SLUG),
    with("helicone-openai-api-base", Action::Slug(Part::Url), Model, Exact, "where the call goes", BY_SLUG),
    lost("helicone-user-id", Attribution, "who the call is counted for", KEY_PER_USER),
    with(
        "helicone-session-id",
        Action::Policy(Wished::Session),
        Affinity,
        Approximate,
        "joins calls in a trace; here it may keep a conversation at one provider",
        TREE,
    ),
    lost("helicone-session-path", Observability, "the step of a trace", TREE),
    lost("helicone-session-name", Observability, "the name of a trace", TREE),
    lost(
        "helicone-property-*",
        Attribution,
        "a label to filter by",
        "nothing does it today: keep it in logs of your own",
    ),
    lost(
        "helicone-prompt-id",
        Content,
        "joins versions of a prompt",
        "nothing does it today: keep it in logs of your own",
    ),
    dead(
        "helicone-model-override",
        CatalogFact,
        "the model that cost is computed for",
        "not needed: cost is that of the resolved model",
    ),
    with(
        "helicone-fallbacks",
        Action::Policy(Wished::HeliconeTargets),
        Chain,
        Exact,
        "targets to go on to, by status codes",
        "Concentrate: `routing.model.fallbacks`, `routing.provider.fallbacks`, or `auto`",
    ),
    lost("helicone-cache-enabled", Cache, "stores answers", NATIVE_CACHE),
    with("cache-control", Action::Strip, Cache, crate::Fidelity::None, "how long answers are stored", NATIVE_CACHE),
    lost(
        "helicone-cache-bucket-max-size",
        Cache,
        "how many answers are stored for one prompt",
        "not applicable: no answers are stored",
    ),
    with(
        "helicone-cache-seed",
        Action::Body("prompt_cache_key"),
        Affinity,
        Approximate,
        "keeps stored answers apart; here it seeds the providers' prompt caches",
        "body parameter `prompt_cache_key`",
    ),
    with(
        "helicone-retry-enabled",
        Action::Policy(Wished::Retry(RetryPart::On)),
        Retry,
        Exact,
        "tries a call again",
        FAILOVER,
    ),
    with(
        "helicone-retry-num",
        Action::Policy(Wished::Retry(RetryPart::Count)),
        Retry,
        Exact,
        "how often a call is tried again",
        FAILOVER,
    ),
    with(
        "helicone-retry-factor",
        Action::Policy(Wished::Retry(RetryPart::Factor)),
        Retry,
        Exact,
        "by how much waits grow",
        FAILOVER,
    ),
    with(
        "helicone-retry-min-timeout",
        Action::Policy(Wished::Retry(RetryPart::Least)),
        Retry,
        Exact,
        "the first wait",
        FAILOVER,
    ),
    with(
        "helicone-retry-max-timeout",
        Action::Policy(Wished::Retry(RetryPart::Most)),
        Retry,
        Exact,
        "the longest wait",
        FAILOVER,
    ),
    lost("helicone-ratelimit-policy", Rate, "a limit of calls or cents in a time", "set rate and spend limits per key"),
    with(
        "helicone-token-limit-exception-handler",
        Action::Policy(Wished::TokenLimit),
        Chain,
        Approximate,
        "what happens to a prompt that is too long",
        "handle it in the application, or let `auto` pick a model with room",
    ),
    grave(lost("helicone-moderations-enabled", Guardrail, "asks a moderation model first", GUARDS)),
    grave(lost("helicone-llm-security-enabled", Guardrail, "looks for attacks in the prompt", GUARDS)),
    grave(lost("helicone-omit-request", Observability, "keeps the prompt out of the log", LOGGING)),
    grave(lost("helicone-omit-response", Observability, "keeps the answer out of the log", LOGGING)),
    dead(
        "helicone-posthog-key",
        Observability,
        "sends events to PostHog",
        "not built in: export from the dashboard or the request log",
    ),
    dead(
        "helicone-posthog-host",
        Observability,
        "sends events to PostHog",
        "not built in: export from the dashboard or the request log",
    ),
    dead(
        "helicone-posthog-*",
        Observability,
        "sends events to PostHog",
        "not built in: export from the dashboard or the request log",
    ),
    dead(
        "helicone-stream-force-format",
        Rewrite,
        "forces the form of streamed answers",
        "not needed: streams come in the client's own protocol",
    ),
    with(
        "helicone-request-id",
        Action::Rename("X-Request-Id"),
        Observability,
        Exact,
        "an id to find the call by",
        "send `X-Request-Id`; an id comes back too",
    ),
];
