use super::{Action, RetryPart, Rule, Wished, dead, key, lost, with};
use crate::Concept::{
    Attribution, Cache, Chain, Condition, Credential, Observability, Operation, Require, Retry, Timeout,
};
use crate::Concept::{Endpoint, Rewrite};
use crate::Fidelity::{Approximate, Exact};

const CLIENT_TIMEOUT: &str = "also set the HTTP client's own timeout, such as the OpenAI SDK's `timeout`";
const KEY_PER_USER: &str = "issue a key per user, team or customer: figures roll up by key";
const MANAGED: &str = "on Messages the version is managed for you; send the header only to a vendor's own API";

pub(super) const HEADERS: &[Rule] = &[
    key("authorization"),
    key("x-api-key"),
    key("x-litellm-api-key"),
    key("x-litellm-key"),
    with(
        "x-litellm-timeout",
        Action::Policy(Wished::TimeoutSeconds),
        Timeout,
        Exact,
        "seconds for the whole answer",
        CLIENT_TIMEOUT,
    ),
    with(
        "x-litellm-stream-timeout",
        Action::Policy(Wished::FirstTokenSeconds),
        Timeout,
        Approximate,
        "seconds for a streamed answer, from chunk to chunk; here it limits the first token",
        CLIENT_TIMEOUT,
    ),
    with(
        "x-litellm-num-retries",
        Action::Policy(Wished::Retry(RetryPart::Count)),
        Retry,
        Exact,
        "how often a call is tried again",
        "Concentrate has no retries per request: there drop it, failover along the chain is automatic",
    ),
    with(
        "x-litellm-max-retries",
        Action::Policy(Wished::Retry(RetryPart::Count)),
        Retry,
        Exact,
        "how often a call is tried again",
        "Concentrate has no retries per request: there drop it, failover along the chain is automatic",
    ),
    with(
        "x-litellm-tags",
        Action::Policy(Wished::Tags),
        Condition,
        Approximate,
        "tags that choose tagged deployments and label spend; here conditions of a policy may read them",
        "hand the tags to the planner as the caller's; where nothing reads them, issue a key per condition",
    ),
    lost("x-litellm-spend-logs-metadata", Attribution, "labels of the spend log", KEY_PER_USER),
    lost("x-litellm-customer-id", Attribution, "the customer that a call is billed to", KEY_PER_USER),
    lost("x-litellm-end-user-id", Attribution, "the user that a call is billed to", KEY_PER_USER),
    super::grave(lost(
        "x-litellm-enable-message-redaction",
        Observability,
        "keeps prompts out of the logs of this call",
        "switch request logging off for the key (Zero Data Retention is a setting of keys); this is not taken for a demand on providers",
    )),
    lost(
        "x-litellm-disable-callbacks",
        Observability,
        "switches logging callbacks off for this call",
        "switch request logging off for the key",
    ),
    lost(
        "x-litellm-priority",
        Operation,
        "the place in the proxy's queue",
        "there is no queue; order calls in the application",
    ),
    with("anthropic-version", Action::Keep, Operation, Exact, "the version of Messages", MANAGED),
    with(
        "anthropic-beta",
        Action::Keep,
        Operation,
        Approximate,
        "features in preview that the request may depend on",
        "Concentrate handles the header; elsewhere check that each feature is one that the target has",
    ),
    dead(
        "openai-organization",
        Credential,
        "the upstream account's organisation",
        "drop it: the gateway owns the upstream account",
    ),
];

pub(super) const BODY: &[Rule] = &[
    with(
        "fallbacks",
        Action::Policy(Wished::Fallbacks),
        Chain,
        Exact,
        "models to go on to",
        "Concentrate: `routing.model.fallbacks`",
    ),
    with(
        "context_window_fallbacks",
        Action::Policy(Wished::OverflowFallbacks),
        Chain,
        Exact,
        "models to go on to when the prompt is too long",
        "Concentrate: `routing.model.fallbacks`, for any failure",
    ),
    with(
        "content_policy_fallbacks",
        Action::Policy(Wished::ContentFallbacks),
        Chain,
        Exact,
        "models to go on to when content was refused",
        "Concentrate: `routing.model.fallbacks`, for any failure",
    ),
    with(
        "num_retries",
        Action::Policy(Wished::Retry(RetryPart::Count)),
        Retry,
        Exact,
        "how often a call is tried again",
        "Concentrate: drop it, failover is automatic",
    ),
    with(
        "timeout",
        Action::Policy(Wished::TimeoutSeconds),
        Timeout,
        Exact,
        "seconds for the whole answer",
        CLIENT_TIMEOUT,
    ),
    with(
        "stream_timeout",
        Action::Policy(Wished::FirstTokenSeconds),
        Timeout,
        Approximate,
        "seconds for a streamed answer, from chunk to chunk; here it limits the first token",
        CLIENT_TIMEOUT,
    ),
    with(
        "disable_fallbacks",
        Action::Policy(Wished::NoFallbacks),
        Chain,
        Exact,
        "whether to go on after a failure",
        "here: a policy without a chain",
    ),
    with(
        "allowed_model_region",
        Action::Policy(Wished::Region),
        Require,
        Exact,
        "where inference may run",
        "here: `require.regions`",
    ),
    with("metadata", Action::Members(METADATA), Attribution, Exact, "labels", "stays, but for what is the proxy's own"),
    dead("mock_testing_fallbacks", Operation, "makes the first attempt fail, for tests", "drop it"),
    dead("mock_response", Operation, "answers without a model, for tests", "drop it, and mock in the client"),
    lost(
        "user_config",
        Endpoint,
        "a router of the request's own, with credentials",
        "write it as a policy: `switchback migrate litellm`",
    ),
    lost("priority", Operation, "the place in the proxy's queue", "there is no queue; order calls in the application"),
    lost(
        "cache",
        Cache,
        "rules for stored answers",
        "no answers are stored; prompts are cached by providers, `prompt_cache_key` seeds that",
    ),
    with(
        "drop_params",
        Action::Strip,
        Rewrite,
        Approximate,
        "leaves out parameters that the model does not take",
        "here: degradation, on by default, with a ledger of what it left out",
    ),
];

/// Members of `metadata` that are the proxy's own.
const METADATA: &[Rule] = &[
    with(
        "tags",
        Action::Policy(Wished::Tags),
        Condition,
        Approximate,
        "tags that choose tagged deployments and label spend; here conditions of a policy may read them",
        "hand the tags to the planner as the caller's; where nothing reads them, issue a key per condition",
    ),
    lost("spend_logs_metadata", Attribution, "labels of the spend log", KEY_PER_USER),
];
