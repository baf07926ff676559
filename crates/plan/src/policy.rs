use serde::{Deserialize, Deserializer, Serialize, de};
use switchback_units::{Millis, Money, Ratio};

use crate::{Require, Rules, Selector};

/// Where requests may go and what is preferred: plain data, written as TOML or JSON by the schema of these fields.
///
/// The default is what `docs/planning.md` recommends: full matches first, degradation on, an uptime gate at 90 %, the
/// default score. Unknown keys are errors.
///
/// ```
/// use switchback_plan::{Policy, Sort};
///
/// let policy: Policy = serde_json::from_str(r#"{"sort": "cost", "deny": ["deepseek"], "gate": {"on": false}}"#)?;
/// assert_eq!(policy.sort, Sort::Cost);
/// assert!(policy.degrade && !policy.gate.on);
/// assert!(serde_json::from_str::<Policy>(r#"{"sorted": "cost"}"#).is_err());
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[non_exhaustive]
pub struct Policy {
    /// The version of this schema: 1.
    #[serde(deserialize_with = "schema")]
    pub schema: u32,
    /// The only endpoints that may be used; empty for all.
    pub allow: Vec<Selector>,
    /// Endpoints that may not be used.
    pub deny: Vec<Selector>,
    /// What must be known of an endpoint.
    pub require: Require,
    /// Endpoints to try before all others of the same model, in this order. Comes after "full before degraded" and
    /// before everything else; what no entry names comes last.
    pub order: Vec<Selector>,
    /// What decides among endpoints that fit equally well.
    pub sort: Sort,
    /// What the default score weighs.
    pub weights: Weights,
    /// What is taken for true where nothing was measured or said.
    pub assume: Assume,
    /// Whether endpoints that fail too often are left out.
    pub gate: Gate,
    /// Whether a request may be degraded where no endpoint takes it as it is. Default true.
    pub degrade: bool,
    /// What to do about a feature of which no source says whether the endpoint has it.
    pub unknown: Unknown,
    /// Models to go on to, in order, when the request's own has no endpoint left: `model`, `provider/model`, `auto`.
    pub fallback: Vec<String>,
    /// The endpoints that `auto` chooses from; empty for the catalog's own pool.
    pub auto: Vec<Selector>,
    /// Whether endpoints that are not paid by use (plans, trials, unknown) may serve a model that no provider was
    /// named for. Default false; a named provider is taken at its word.
    pub unmetered: bool,
}

impl Policy {
    /// The version of the schema that this release writes.
    pub const SCHEMA: u32 = 1;

    /// The policy's own hard constraints, in the form that every other level has too.
    pub fn rules(&self) -> Rules {
        Rules { allow: self.allow.clone(), deny: self.deny.clone(), require: self.require.clone() }
    }
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            schema: Self::SCHEMA,
            allow: Vec::new(),
            deny: Vec::new(),
            require: Require::default(),
            order: Vec::new(),
            sort: Sort::default(),
            weights: Weights::default(),
            assume: Assume::default(),
            gate: Gate::default(),
            degrade: true,
            unknown: Unknown::default(),
            fallback: Vec::new(),
            auto: Vec::new(),
            unmetered: false,
        }
    }
}

/// What decides among endpoints that fit equally well. Whatever it is, the default score decides among equals, and
/// the endpoints' canonical texts among those.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(clippy::exhaustive_enums, reason = "a new way to sort should stop the build of every planner")]
pub enum Sort {
    /// The default score, lowest first: what a request is expected to cost in money, waiting and failures.
    #[default]
    Score,
    /// The expected cost, lowest first; unknown prices after known ones.
    Cost,
    /// The time to the first token, shortest first.
    Latency,
    /// The success rate, highest first.
    Uptime,
}

impl Sort {
    /// `score`, `cost`, `latency` or `uptime`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Score => "score",
            Self::Cost => "cost",
            Self::Latency => "latency",
            Self::Uptime => "uptime",
        }
    }
}

/// What the default score weighs: everything in money, so that no term depends on the other candidates.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
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
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
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
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
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
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(clippy::exhaustive_enums, reason = "the two answers to a three-valued question")]
pub enum Unknown {
    /// Try it, after the endpoints that are known to have it and before degrading; the plan shows it.
    #[default]
    Allow,
    /// Take it for a no.
    Deny,
}

fn schema<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u32, D::Error> {
    let found = u32::deserialize(deserializer)?;
    if found == Policy::SCHEMA {
        return Ok(found);
    }
    Err(de::Error::custom(format!("schema version {found} is unknown, expected {}", Policy::SCHEMA)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str) -> Result<Policy, String> {
        serde_json::from_str(json).map_err(|error| error.to_string())
    }

    #[test]
    fn the_empty_policy_is_the_default_and_writes_back_as_itself() {
        let policy = read("{}").unwrap();
        assert_eq!(policy, Policy::default());
        let json = serde_json::to_string(&policy).unwrap();
        assert_eq!(read(&json).unwrap(), policy);
    }

    #[test]
    fn the_gate_keeps_its_threshold_when_it_is_off() {
        let gate = read(r#"{"gate": {"on": false, "below": 0.75}}"#).unwrap().gate;
        assert_eq!((gate.on, gate.below), (false, Ratio::clamped(0.75)));
        assert!(!gate.closes_on(Ratio::ZERO) && Gate::at(gate.below).closes_on(Ratio::ZERO));
        assert!(!Gate::default().closes_on(Ratio::clamped(0.9)), "the threshold itself passes");
    }

    #[test]
    fn mistakes_are_named_with_what_was_expected() {
        let error = read(r#"{"sorts": "cost"}"#).unwrap_err();
        assert!(error.contains("unknown field `sorts`") && error.contains("`sort`"), "{error}");
        let error = read(r#"{"sort": "price"}"#).unwrap_err();
        assert!(error.contains("unknown variant `price`") && error.contains("`cost`"), "{error}");
        let error = read(r#"{"schema": 2}"#).unwrap_err();
        assert!(error.contains("schema version 2 is unknown, expected 1"), "{error}");
        let error = read(r#"{"allow": ["/x"]}"#).unwrap_err();
        assert!(error.contains("expected `provider`, `provider/model` or `*/model`, found `/x`"), "{error}");
    }
}
