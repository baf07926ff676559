//! Inputs of gateways that are targets themselves: bodies are read as they are, only headers need a word.

use super::{Action, Rule, Wished, key, lost, with};
use crate::Concept::{Affinity, Attribution, Observability, Pin};
use crate::Fidelity::Exact;

const SESSION: &str = "here: the caller's actor, which affinity is kept by";

pub(super) const LLMGATEWAY_HEADERS: &[Rule] = &[
    key("authorization"),
    with(
        "x-no-fallback",
        Action::Policy(Wished::NoFallbacks),
        Pin,
        Exact,
        "pins the provider",
        "here: a policy that allows that provider alone",
    ),
    with("x-session-id", Action::Policy(Wished::Session), Affinity, Exact, "what a conversation is known by", SESSION),
    with(
        "x-session-affinity",
        Action::Policy(Wished::Session),
        Affinity,
        Exact,
        "what a conversation is known by",
        SESSION,
    ),
    with("session_id", Action::Policy(Wished::Session), Affinity, Exact, "what a conversation is known by", SESSION),
    with("session-id", Action::Policy(Wished::Session), Affinity, Exact, "what a conversation is known by", SESSION),
    lost("x-llmgateway-*", Attribution, "a label of the call", "hand it to the planner as the caller's metadata"),
];

pub(super) const OPENROUTER_HEADERS: &[Rule] = &[
    key("authorization"),
    lost("http-referer", Attribution, "the site that the call is counted for", "issue a key per site"),
    lost("x-title", Attribution, "the application that the call is counted for", "issue a key per application"),
    with("x-session-id", Action::Policy(Wished::Session), Affinity, Exact, "what a conversation is known by", SESSION),
    lost(
        "x-openrouter-metadata",
        Observability,
        "adds the routing to the answer",
        "read the plan: it says what was chosen and what was left out, and why",
    ),
    with(
        "x-anthropic-beta",
        Action::Rename("anthropic-beta"),
        Attribution,
        Exact,
        "features in preview",
        "the header's own name is `anthropic-beta`",
    ),
];
