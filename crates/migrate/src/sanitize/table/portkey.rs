use super::{Action, Part, RetryPart, Rule, Wished, dead, grave, key, lost, with};
use crate::Concept::{
    Affinity, Attribution, Cache, Chain, Credential, Endpoint, Guardrail, Model, Observability, Operation,
};
use crate::Concept::{Retry, Rewrite, Timeout};
use crate::Fidelity::{Approximate, Exact};

const IN_THE_SLUG: &str = "the model string names the provider: `provider/model`";
const OWNED: &str = "drop it: the gateway owns the upstream credentials";

pub(super) const HEADERS: &[Rule] = &[
    key("authorization"),
    key("x-api-key"),
    key("x-portkey-api-key"),
    with(
        "x-portkey-provider",
        Action::Slug(Part::Provider),
        Model,
        Exact,
        "the provider, or a stored integration",
        IN_THE_SLUG,
    ),
    with(
        "x-portkey-virtual-key",
        Action::Slug(Part::Provider),
        Model,
        Exact,
        "a stored credential, which fixes the provider",
        IN_THE_SLUG,
    ),
    with(
        "x-portkey-config",
        Action::Policy(Wished::Config),
        Chain,
        Exact,
        "a Config: routing, retries, caching",
        "Concentrate has no Config: each part is on by default or a parameter of the body",
    ),
    with(
        "x-portkey-trace-id",
        Action::Rename("X-Request-Id"),
        Observability,
        Exact,
        "an id to find the call by",
        "send `X-Request-Id`, or nothing: an id comes back",
    ),
    with(
        "x-portkey-metadata",
        Action::Policy(Wished::Metadata),
        Attribution,
        Approximate,
        "labels of the call, which Configs can route by; for figures nothing reads them",
        "hand it to the planner as the caller's metadata; for figures issue a key per user, team or environment",
    ),
    lost(
        "x-portkey-cache-force-refresh",
        Cache,
        "asks again although an answer is stored",
        "no answers are stored: caching is the providers' own",
    ),
    with(
        "x-portkey-cache-namespace",
        Action::Body("prompt_cache_key"),
        Affinity,
        Approximate,
        "keeps stored answers apart; here it seeds the providers' prompt caches",
        "body parameter `prompt_cache_key`",
    ),
    with(
        "x-portkey-request-timeout",
        Action::Policy(Wished::TimeoutMillis),
        Timeout,
        Exact,
        "milliseconds for the whole answer",
        "also set the HTTP client's own timeout, such as the OpenAI SDK's `timeout`",
    ),
    lost(
        "x-portkey-forward-headers",
        Credential,
        "headers to pass on to the upstream",
        "not supported: there is no passing through of upstream credentials",
    ),
    dead(
        "x-portkey-sensitive-headers",
        Credential,
        "headers to keep out of the logs",
        "not applicable: nothing is passed through",
    ),
    dead(
        "x-portkey-strict-open-ai-compliance",
        Rewrite,
        "leaves out fields beyond OpenAI's",
        "drop it: what comes back is the client's own protocol",
    ),
    dead("x-portkey-fetch-integrated-models", Operation, "lists the workspace's models", "ask `GET /v1/models`"),
    grave(lost(
        "x-portkey-custom-host",
        Endpoint,
        "the address of a model of one's own",
        "not supported at Concentrate: call it directly; here add it to the catalog with its `base_url`",
    )),
    dead("x-portkey-azure-resource-name", Endpoint, "the Azure resource", "ask for `azure/<model>`"),
    with(
        "x-portkey-azure-deployment-id",
        Action::Slug(Part::Deployment("azure-openai")),
        Model,
        Approximate,
        "the Azure deployment",
        "ask for `azure/<model>`: which model a deployment serves is known to you alone",
    ),
    dead("x-portkey-azure-api-version", Endpoint, "the version of Azure's API", "ask for `azure/<model>`"),
    with(
        "x-portkey-azure-model-name",
        Action::Slug(Part::Model("azure-openai")),
        Model,
        Exact,
        "the model behind the Azure deployment",
        "ask for `azure/<model>`",
    ),
    dead("x-portkey-azure-*", Endpoint, "a setting of Azure", "ask for `azure/<model>`"),
    with(
        "x-portkey-vertex-project-id",
        Action::Slug(Part::Served("vertex")),
        Model,
        Exact,
        "the Google Cloud project",
        "ask for `vertex/<model>`",
    ),
    with(
        "x-portkey-vertex-region",
        Action::Slug(Part::Region("vertex")),
        Model,
        Exact,
        "where Vertex runs the model",
        "ask for `vertex/<model>`; here: `require.regions`",
    ),
    with(
        "x-portkey-vertex-*",
        Action::Slug(Part::Served("vertex")),
        Endpoint,
        Exact,
        "a setting of Vertex",
        "ask for `vertex/<model>`",
    ),
    aws_key("x-portkey-aws-access-key-id"),
    aws_key("x-portkey-aws-secret-access-key"),
    aws_key("x-portkey-aws-session-token"),
    with(
        "x-portkey-aws-region",
        Action::Slug(Part::Region("bedrock")),
        Model,
        Exact,
        "where Bedrock runs the model",
        "ask for `bedrock/<model>`; here: `require.regions`",
    ),
    with(
        "x-portkey-aws-bedrock-model",
        Action::Slug(Part::Model("bedrock")),
        Model,
        Exact,
        "the model at Bedrock",
        "ask for `bedrock/<model>`",
    ),
    lost("x-portkey-aws-s3-bucket", Operation, "where batches are kept", "set batches up with the provider"),
    with(
        "x-portkey-aws-*",
        Action::Slug(Part::Served("bedrock")),
        Endpoint,
        Exact,
        "a setting of AWS",
        "ask for `bedrock/<model>`",
    ),
    grave(lost(
        "x-portkey-default-input-guardrails",
        Guardrail,
        "checks of what goes in",
        "set guardrails up at the gateway (Concentrate: Guardrails & Redaction)",
    )),
    grave(lost(
        "x-portkey-default-output-guardrails",
        Guardrail,
        "checks of what comes out",
        "set guardrails up at the gateway (Concentrate: Guardrails & Redaction)",
    )),
    dead(
        "x-portkey-mode",
        Operation,
        "the old switch between single calls, loadbalance and fallback",
        "write a policy",
    ),
    with(
        "x-portkey-retry-count",
        Action::Policy(Wished::Retry(RetryPart::Count)),
        Retry,
        Exact,
        "how often a call is tried again",
        "Concentrate: drop it, failover is automatic",
    ),
    with(
        "x-portkey-provider-model",
        Action::Strip,
        Model,
        Approximate,
        "the provider's own name for the model",
        "let the body's `model` name it",
    ),
    lost("x-portkey-cache", Cache, "rules for stored answers", "no answers are stored: caching is the providers' own"),
];

pub(super) const BODY: &[Rule] = &[];

/// A part of a credential of AWS, which tells that Bedrock serves the model.
const fn aws_key(name: &'static str) -> Rule {
    with(name, Action::Slug(Part::Served("bedrock")), Credential, Approximate, "an AWS credential", OWNED)
}
