//! What becomes of each header and body parameter: one table a system, from the migration guides and the systems' own
//! documentation as of 2026-10.

mod helicone;
mod litellm;
mod portkey;
mod targets;
mod tensorzero;

use switchback_ir::Importance;

use crate::{Concept, Fidelity, System};

/// What to do about one header or parameter.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rule {
    /// Its name in small letters; with `*` at the end every name that begins so.
    pub(crate) name: &'static str,
    pub(crate) action: Action,
    pub(crate) concept: Concept,
    pub(crate) fidelity: Fidelity,
    pub(crate) severity: Importance,
    /// What it did where it was.
    pub(crate) meaning: &'static str,
    /// What to do instead, or what does it here.
    pub(crate) instead: &'static str,
}

/// What happens to a header or parameter.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Action {
    /// It is taken out.
    Strip,
    /// It is taken out unless it is the target's own key.
    Key,
    /// It stays, and is remarked on.
    Keep,
    /// A header gets another name.
    Rename(&'static str),
    /// The value becomes a parameter of the body.
    Body(&'static str),
    /// It is taken out and read into the policy.
    Policy(Wished),
    /// It is taken out and goes into the model string.
    Slug(Part),
    /// Every member of the value becomes a parameter of the body (TensorZero's `params`, by kind of function).
    Unfold,
    /// Edits of the upstream's body, by JSON Pointer: those that reach a parameter of the request become one.
    ExtraBody,
    /// The vendors' own tools: web search becomes a tool of the request.
    ProviderTools,
    /// Only members of the value are foreign, by the table of its own.
    Members(&'static [Rule]),
}

/// Which wish a header or parameter holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wished {
    /// Seconds.
    TimeoutSeconds,
    /// Seconds to the first token.
    FirstTokenSeconds,
    /// Milliseconds.
    TimeoutMillis,
    /// A part of how the same route is tried again.
    Retry(RetryPart),
    /// Models to go on to on any failure.
    Fallbacks,
    /// Models to go on to when the context is too long.
    OverflowFallbacks,
    /// Models to go on to when content was refused.
    ContentFallbacks,
    /// `true` forbids going on.
    NoFallbacks,
    /// Tags, as a list or separated by commas.
    Tags,
    /// Where inference may run.
    Region,
    /// Helicone's list of targets.
    HeliconeTargets,
    /// Helicone's handling of prompts that are too long.
    TokenLimit,
    /// A Portkey Config.
    Config,
    /// Labels as an object, which routes may be chosen by.
    Metadata,
    /// TensorZero's variant.
    Variant,
    /// What a conversation is known by.
    Session,
}

/// Which part of a retry a header or parameter holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RetryPart {
    /// How often.
    Count,
    /// `true` switches retries on, with the vendor's default.
    On,
    /// The factor of growing waits.
    Factor,
    /// The first wait in milliseconds.
    Least,
    /// The longest wait in milliseconds.
    Most,
}

/// Which part of a model string a header holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    /// A provider or an integration's name.
    Provider,
    /// This provider, whatever the value is.
    Served(&'static str),
    /// This provider; the value is its model.
    Model(&'static str),
    /// This provider; the value is a deployment whose model nobody else knows.
    Deployment(&'static str),
    /// This provider; the value is where it runs.
    Region(&'static str),
    /// The URL of a provider.
    Url,
}

/// The tables of one system.
pub(crate) struct Tables {
    pub(crate) headers: &'static [Rule],
    pub(crate) body: &'static [Rule],
}

pub(crate) const fn tables(system: System) -> Tables {
    let (headers, body): (&[Rule], &[Rule]) = match system {
        System::LiteLlm => (litellm::HEADERS, litellm::BODY),
        System::Portkey => (portkey::HEADERS, portkey::BODY),
        System::Helicone => (helicone::HEADERS, &[]),
        System::TensorZero => (tensorzero::HEADERS, tensorzero::BODY),
        System::LlmGateway => (targets::LLMGATEWAY_HEADERS, &[]),
        System::Concentrate => (&[], &[]),
        System::OpenRouter => (targets::OPENROUTER_HEADERS, &[]),
    };
    Tables { headers, body }
}

/// Members of TensorZero's own requests, which are read one by one when such a request is turned.
pub(crate) const TENSORZERO_NATIVE: &[Rule] = tensorzero::NATIVE;

/// For parameters of TensorZero that no table knows.
pub(crate) const UNKNOWN_TENSORZERO: Rule = lost(
    "tensorzero::*",
    Concept::Unknown,
    "a parameter of TensorZero, with no entry in its table",
    "look up what it did; nothing here reads it",
);

/// Beginnings of header names that are some gateway's own.
pub(crate) const FOREIGN: &[(&str, &str)] =
    &[("x-litellm-", "LiteLLM"), ("x-portkey-", "Portkey"), ("helicone-", "Helicone"), ("tensorzero", "TensorZero")];

/// The rule for a name: its own, else the one with the longest beginning.
pub(crate) fn find<'r>(rules: &'r [Rule], name: &str) -> Option<&'r Rule> {
    let name = name.to_ascii_lowercase();
    let own = rules.iter().find(|rule| rule.name == name);
    own.or_else(|| {
        let begins = |rule: &&Rule| rule.name.strip_suffix('*').is_some_and(|prefix| name.starts_with(prefix));
        rules.iter().filter(begins).max_by_key(|rule| rule.name.len())
    })
}

/// Taken out; nothing does it here.
const fn lost(name: &'static str, concept: Concept, meaning: &'static str, instead: &'static str) -> Rule {
    let (action, fidelity, severity) = (Action::Strip, Fidelity::None, Importance::Preferred);
    Rule { name, action, concept, fidelity, severity, meaning, instead }
}

/// Taken out, and not missed: it concerned the other gateway alone.
const fn dead(name: &'static str, concept: Concept, meaning: &'static str, instead: &'static str) -> Rule {
    let (action, fidelity, severity) = (Action::Strip, Fidelity::None, Importance::Cosmetic);
    Rule { name, action, concept, fidelity, severity, meaning, instead }
}

/// The key of the other gateway.
const fn key(name: &'static str) -> Rule {
    Rule {
        name,
        action: Action::Key,
        concept: Concept::Credential,
        fidelity: Fidelity::Approximate,
        severity: Importance::Cosmetic,
        meaning: "the other gateway's key, or an upstream's",
        instead: "send `Authorization: Bearer` with the new gateway's key (Concentrate: `sk-cn-v1-…`)",
    }
}

const fn with(
    name: &'static str,
    action: Action,
    concept: Concept,
    fidelity: Fidelity,
    meaning: &'static str,
    instead: &'static str,
) -> Rule {
    let severity = match fidelity {
        Fidelity::Exact => Importance::Cosmetic,
        Fidelity::Approximate | Fidelity::None | Fidelity::Ambiguous => Importance::Preferred,
    };
    Rule { name, action, concept, fidelity, severity, meaning, instead }
}

/// The same rule, where what is lost changes what happens to data or where a request goes.
const fn grave(rule: Rule) -> Rule {
    Rule { severity: Importance::Required, ..rule }
}
