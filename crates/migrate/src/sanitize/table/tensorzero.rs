use super::{Action, Rule, Wished, dead, grave, key, lost, with};
use crate::Concept::{Affinity, Attribution, Cache, Credential, Experiment, Observability, Operation, Pin, Rewrite};
use crate::Fidelity::{Approximate, Exact};

const NO_TELEMETRY: &str = "nothing does it: export traces from your own tracing layer";

pub(super) const HEADERS: &[Rule] = &[
    key("authorization"),
    lost("tensorzero-otlp-traces-extra-*", Observability, "adds to exported traces", NO_TELEMETRY),
];

macro_rules! parameters {
    ($prefix:literal) => {
        &[
            lost(concat!($prefix, "episode_id"), Affinity, "joins the calls of one task", "link calls with `previous_response_id` of Responses"),
            with(concat!($prefix, "variant_name"), Action::Policy(Wished::Variant), Pin, Approximate, "one variant of the function", "name its model: `provider/model`; splits and chains are policy"),
            lost(concat!($prefix, "cache_options"), Cache, "stores answers", "no answers are stored and there is no age to set: prompts are cached by providers; `prompt_cache_key` seeds that"),
            with(concat!($prefix, "credentials"), Action::Strip, Credential, Approximate, "the caller's own upstream credentials", "drop it: the gateway owns the upstream credentials"),
            lost(concat!($prefix, "tags"), Attribution, "labels of the call", "issue a key per user, team or organisation: figures roll up by key"),
            lost(concat!($prefix, "namespace"), Experiment, "which experiment a call belongs to", "choose in the application; here a condition of the policy may read metadata"),
            with(concat!($prefix, "params"), Action::Unfold, Rewrite, Exact, "parameters of the model", "pass them directly in the body"),
            with(concat!($prefix, "extra_body"), Action::ExtraBody, Rewrite, Approximate, "edits of the upstream's body", "pass the fields directly in the body"),
            lost(concat!($prefix, "extra_headers"), Rewrite, "headers for the upstream", "not applicable: the gateway makes the upstream request"),
            with(concat!($prefix, "provider_tools"), Action::ProviderTools, Rewrite, Approximate, "vendors' own tools", "use `tools`; web search is one of Responses' tools"),
            grave(lost(concat!($prefix, "dryrun"), Observability, "answers without storing the call", "switch request logging off for the key (Zero Data Retention)")),
            dead(concat!($prefix, "include_raw_response"), Observability, "adds the upstream's own answer", "drop it: answers come in one form"),
            dead(concat!($prefix, "include_raw_usage"), Observability, "adds the upstream's own usage", "drop it: answers come in one form"),
            dead(concat!($prefix, "include_original_response"), Observability, "adds the upstream's own answer", "drop it: answers come in one form"),
            dead(concat!($prefix, "deny_unknown_fields"), Operation, "refuses fields that are not known", "drop it: nothing toggles this"),
            dead(concat!($prefix, "internal"), Operation, "marks a call of TensorZero's own", "drop it"),
        ]
    };
}

pub(super) const BODY: &[Rule] = parameters!("tensorzero::");

/// The same at the native endpoint, where the names have no prefix.
pub(super) const NATIVE: &[Rule] = parameters!("");
