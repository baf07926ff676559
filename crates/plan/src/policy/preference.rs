//! What is preferred and assumed: the small tables of a policy.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use switchback_units::{Millis, Money, Ratio};

use crate::Triggers;
use crate::policy::Subject;

/// What a provider before a model means.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[expect(clippy::exhaustive_enums, reason = "the two readings that gateways have")]
pub enum Prefix {
    /// That provider and no other.
    #[default]
    Pin,
    /// That provider first, then the others of the model.
    Start,
}

/// When a request is given up, whatever is left to try. The planner carries it; the cursor keeps it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[non_exhaustive]
pub struct GiveUp {
    /// After so many tries, retries among them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after_attempts: Option<u32>,
    /// After that time: no try begins later.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after_ms: Option<Millis>,
}

/// Whether and by what a conversation stays where its prompt is cached.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[non_exhaustive]
pub struct AffinityUse {
    /// Whether what a prompt cache is believed to hold counts. Default true.
    pub on: bool,
    /// What tells one conversation from another: the first that the request has. Empty for the order of
    /// `docs/affinity.md`.
    pub key: Vec<Subject>,
}

impl Default for AffinityUse {
    fn default() -> Self {
        Self { on: true, key: Vec::new() }
    }
}

/// When an endpoint that fails is left alone, across requests. The planner only carries it: cooldowns are kept by
/// whoever records outcomes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[non_exhaustive]
pub struct Cooldown {
    /// How many failures within the window start it; 0 for no cooldowns. Default 0: the gate is enough.
    pub failures: u32,
    /// The time in which they are counted. Default one minute.
    pub within_ms: Millis,
    /// How long it lasts, unless the answer names a longer time. Default 30 s.
    pub for_ms: Millis,
    /// The failures that count. Default those of the provider and the account.
    pub on: Triggers,
}

impl Default for Cooldown {
    fn default() -> Self {
        Self { failures: 0, within_ms: Millis::from_secs(60), for_ms: Millis::from_secs(30), on: Triggers::default() }
    }
}

/// What the default score weighs: everything in money, so that no term depends on the other candidates.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[non_exhaustive]
pub struct Weights {
    /// The share of the expected cost that counts, from 0 to 1. Default 1.
    pub cost: Ratio,
    /// What a second of waiting for the first token is worth, in dollars. Default 0.001.
    pub second: Money,
    /// What a failed attempt is worth, in dollars. Default 0.05.
    pub failure: Money,
}

impl Default for Weights {
    fn default() -> Self {
        Self {
            cost: Ratio::ONE,
            second: Money::from_pico_dollars(1_000_000_000),
            failure: Money::from_pico_dollars(50_000_000_000),
        }
    }
}

/// What is taken for true where nothing was measured or said. The same for every endpoint, so that it decides nothing
/// among those of which nothing is known.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[non_exhaustive]
pub struct Assume {
    /// The time to the first token. Default 1,000 ms.
    pub latency_ms: Millis,
    /// The success rate. Default 0.99.
    pub uptime: Ratio,
    /// The length of an answer, where the request's limit is not lower. Default 500 tokens.
    pub output_tokens: u64,
}

impl Default for Assume {
    fn default() -> Self {
        Self { latency_ms: Millis::new(1_000), uptime: Ratio::clamped(0.99), output_tokens: 500 }
    }
}

/// The uptime gate: endpoints that fail too often are left out, unless nothing else is left.
///
/// The threshold stays when the gate is switched off, so that a policy can switch it without knowing it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[non_exhaustive]
pub struct Gate {
    /// Whether the gate is there. Default true.
    pub on: bool,
    /// The success rate below which an endpoint is left out. Default 0.9.
    pub below: Ratio,
}

impl Gate {
    /// No gate.
    #[must_use]
    pub fn off() -> Self {
        Self { on: false, ..Self::default() }
    }

    /// A gate at that success rate.
    pub const fn at(below: Ratio) -> Self {
        Self { on: true, below }
    }

    /// Whether an endpoint with that success rate is left out.
    pub fn closes_on(self, success_rate: Ratio) -> bool {
        self.on && success_rate < self.below
    }
}

impl Default for Gate {
    fn default() -> Self {
        Self { on: true, below: Ratio::clamped(0.9) }
    }
}

/// What to do about a feature of which no source says whether the endpoint has it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[expect(clippy::exhaustive_enums, reason = "the two answers to a three-valued question")]
pub enum Unknown {
    /// Try it, after the endpoints that are known to have it and before degrading; the plan shows it.
    #[default]
    Allow,
    /// Take it for a no.
    Deny,
}
