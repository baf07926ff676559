//! What is simulated: a TOML file.

use serde::Deserialize;

use crate::conversation::Conversations;
use crate::error::ScenarioError;

/// Providers, traffic, what befalls them, and what is expected of the gate. Times are in seconds from the start.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Scenario {
    /// A short name.
    pub name: String,
    /// What it is about, for people.
    pub about: String,
    /// How long it lasts.
    pub seconds: u64,
    /// How many seeds are run, from 1 up.
    #[serde(default = "default::seeds")]
    pub seeds: u64,
    /// Who is called, in order of preference.
    pub providers: Vec<Provider>,
    /// Shares of the traffic by model; every provider has every model.
    #[serde(default = "default::models")]
    pub models: Vec<f64>,
    /// Features that requests use.
    #[serde(default)]
    pub features: Vec<Feature>,
    /// Whom a request is sent to at most. Two: a first choice and one fallback.
    #[serde(default = "default::attempts")]
    pub attempts: usize,
    /// Requests a second, a Poisson process; at most 500.
    #[serde(default = "default::rate")]
    pub rate: f64,
    /// When requests come, in milliseconds from the start, instead of a Poisson process.
    #[serde(default)]
    pub recorded: Vec<u64>,
    /// What befalls the providers.
    #[serde(default, rename = "phase")]
    pub phases: Vec<Phase>,
    /// From when to when something is wrong, for the figures; else from the first phase to the last.
    #[serde(default)]
    pub incident: Option<(u64, u64)>,
    /// Replicas of the gateway; each request comes to any of them.
    #[serde(default = "default::replicas")]
    pub replicas: u64,
    /// How replicas tell each other.
    #[serde(default)]
    pub merge: Option<Merge>,
    /// `balanced` or `calm`.
    #[serde(default)]
    pub sensitivity: Sensitivity,
    /// Rules to compare with.
    #[serde(default)]
    pub against: Vec<Naive>,
    /// Conversations instead of single requests: `rate`, `recorded`, `models`, `features`, `merge` and `against` are then of no
    /// account.
    #[serde(default)]
    pub conversations: Option<Conversations>,
    /// What changes from run to run; one run without a change when there is none.
    #[serde(default, rename = "variant")]
    pub variants: Vec<Variant>,
}

/// One provider.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Provider {
    /// Its name.
    pub name: String,
    /// The share of calls that succeed when nothing is wrong.
    #[serde(default = "default::success")]
    pub success: f64,
    /// How long a call takes, at the median; half to twice that.
    #[serde(default = "default::latency")]
    pub latency_ms: u64,
    /// Its limit.
    #[serde(default)]
    pub limit: Option<Limit>,
}

/// A token bucket: what comes too fast is answered with 429.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Limit {
    /// Calls a second.
    pub per_second: f64,
    /// Calls at once.
    pub burst: f64,
    /// What a 429 says to wait.
    #[serde(default)]
    pub retry_after_ms: Option<u64>,
}

/// A feature that some requests use.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Feature {
    /// Its number, from 1 to 15.
    pub number: u8,
    /// The share of requests that use it.
    pub share: f64,
}

/// Something that befalls providers.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Phase {
    /// Whom; all when empty.
    #[serde(default)]
    pub providers: Vec<String>,
    /// From when.
    pub from: u64,
    /// Until when.
    pub to: u64,
    /// The share of calls that succeed meanwhile.
    pub success: f64,
    /// Where that grows or falls to by the end.
    #[serde(default)]
    pub success_at_end: Option<f64>,
    /// Only that many seconds of every `period`.
    #[serde(default)]
    pub lasts: Option<u64>,
    /// After how long it comes again.
    #[serde(default)]
    pub period: Option<u64>,
    /// Only calls that use this feature; they come back broken.
    #[serde(default)]
    pub feature: Option<u8>,
}

/// How replicas exchange what they know.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Merge {
    /// How often each tells the others.
    pub every_ms: u64,
    /// How long a message may be under way; each takes a time of its own, so that they overtake each other.
    #[serde(default)]
    pub delay_ms: u64,
    /// The share of messages that get lost.
    #[serde(default)]
    pub loss: f64,
    /// By how much the replicas' clocks may be ahead.
    #[serde(default)]
    pub skew_ms: u64,
    /// How often a replica is started anew, one after the other.
    #[serde(default)]
    pub restart_every_s: Option<u64>,
}

/// How quickly the gate acts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(clippy::exhaustive_enums, reason = "the presets of the gate")]
pub enum Sensitivity {
    /// Three scales.
    #[default]
    Balanced,
    /// Two scales.
    Calm,
}

/// A rule that others use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(clippy::exhaustive_enums, reason = "the rules that are built")]
pub enum Naive {
    /// Out while fewer than 90 % of 20 or more calls within 60 s succeeded.
    Raw,
    /// An exponential average with weight 0.3, out below 0.9 for 3 s, 6 s, 9 s …
    Ewma,
    /// Out for 5 s when more than half of five or more calls of the calendar minute failed, and at each 429: `LiteLLM`.
    Minute,
}

/// A change for one run.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Variant {
    /// Its name.
    pub name: String,
    /// Another rate.
    #[serde(default)]
    pub rate: Option<f64>,
    /// Another success of the first provider when nothing is wrong.
    #[serde(default)]
    pub success: Option<f64>,
    /// Another length.
    #[serde(default)]
    pub seconds: Option<u64>,
    /// Another number of seeds.
    #[serde(default)]
    pub seeds: Option<u64>,
    /// Another number of replicas.
    #[serde(default)]
    pub replicas: Option<u64>,
    /// Another exchange; without one replicas keep to themselves.
    #[serde(default)]
    pub merge: Option<Merge>,
    /// Another sensitivity.
    #[serde(default)]
    pub sensitivity: Option<Sensitivity>,
    /// Other conversations, in full: what is left out is the default.
    #[serde(default)]
    pub conversations: Option<Conversations>,
    /// Without the rules to compare with.
    #[serde(default)]
    pub alone: bool,
    /// What must come out, of the gate alone.
    #[serde(default, rename = "expect")]
    pub expectations: Vec<Expectation>,
}

/// A bound on a figure.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Expectation {
    /// Which figure.
    pub metric: crate::tally::Metric,
    /// Of all seeds: `median`, `p95`, `mean` or `max`.
    pub stat: crate::tally::Stat,
    /// At most that.
    #[serde(default)]
    pub at_most: Option<f64>,
    /// At least that.
    #[serde(default)]
    pub at_least: Option<f64>,
    /// The bounds are multiples of what that variant came to.
    #[serde(default)]
    pub times: Option<String>,
    /// The bounds are multiples of what that rule came to, in the same variant.
    #[serde(default)]
    pub times_rule: Option<String>,
}

impl Phase {
    /// A provider that answers nothing, in seconds.
    pub(crate) fn outage(provider: &str, from: u64, to: u64) -> Self {
        Self {
            providers: vec![provider.to_owned()],
            from,
            to,
            success: 0.0,
            success_at_end: None,
            lasts: None,
            period: None,
            feature: None,
        }
    }
}

impl Scenario {
    /// Reads a scenario.
    ///
    /// # Errors
    /// When it is no TOML, a field is unknown or missing, or a value makes no sense.
    pub fn parse(text: &str) -> Result<Self, ScenarioError> {
        let mut scenario: Self = toml::from_str(text).map_err(|error| ScenarioError::new(error.to_string()))?;
        scenario.validate()?;
        if scenario.variants.is_empty() {
            scenario.variants.push(Variant { name: "as it is".to_owned(), ..Variant::default() });
        }
        Ok(scenario)
    }

    /// The scenario with a variant's changes.
    pub(crate) fn varied(&self, variant: &Variant) -> Self {
        let mut varied = self.clone();
        varied.rate = variant.rate.unwrap_or(self.rate);
        varied.seconds = variant.seconds.unwrap_or(self.seconds);
        varied.seeds = variant.seeds.unwrap_or(self.seeds);
        varied.replicas = variant.replicas.unwrap_or(self.replicas);
        varied.merge = variant.merge.or(self.merge);
        varied.conversations = variant.conversations.clone().or_else(|| self.conversations.clone());
        varied.sensitivity = variant.sensitivity.unwrap_or(self.sensitivity);
        if let (Some(success), Some(first)) = (variant.success, varied.providers.first_mut()) {
            first.success = success;
        }
        varied
    }

    /// From when to when something is wrong, in seconds.
    pub(crate) fn incident(&self) -> (u64, u64) {
        let from = self.phases.iter().map(|phase| phase.from).min();
        let to = self.phases.iter().map(|phase| phase.to).max();
        self.incident.or_else(|| from.zip(to)).unwrap_or((0, self.seconds))
    }

    fn validate(&self) -> Result<(), ScenarioError> {
        let fail = |what: String| Err(ScenarioError::new(what));
        if self.providers.is_empty() || self.models.is_empty() {
            return fail("no providers, or no models".to_owned());
        }
        let conversations =
            self.variants.iter().filter_map(|variant| variant.conversations.as_ref()).chain(&self.conversations);
        for conversations in conversations {
            conversations.validate().map_err(ScenarioError::new)?;
        }
        if self.providers.len() > 64 {
            return fail(format!("{} providers, expected at most 64", self.providers.len()));
        }
        let rates = self.variants.iter().filter_map(|variant| variant.rate).chain([self.rate]);
        if let Some(rate) = rates.into_iter().find(|rate| !(0.0..=500.0).contains(rate)) {
            return fail(format!("a rate of {rate}, expected 0 to 500 a second"));
        }
        for phase in &self.phases {
            if phase.from >= phase.to {
                return fail(format!("a phase from {} to {}", phase.from, phase.to));
            }
            let known = |name: &&String| self.providers.iter().all(|provider| provider.name != **name);
            if let Some(name) = phase.providers.iter().find(known) {
                return fail(format!("a phase of `{name}`, which is no provider"));
            }
        }
        for expectation in self.variants.iter().flat_map(|variant| &variant.expectations) {
            if let Some(name) = &expectation.times
                && self.variants.iter().all(|variant| variant.name != *name)
            {
                return fail(format!("a multiple of `{name}`, which is no variant"));
            }
        }
        Ok(())
    }
}

mod default {
    pub(super) fn seeds() -> u64 {
        15
    }
    pub(super) fn models() -> Vec<f64> {
        vec![1.0]
    }
    pub(super) fn attempts() -> usize {
        2
    }
    pub(super) fn rate() -> f64 {
        1.0
    }
    pub(super) fn replicas() -> u64 {
        1
    }
    pub(super) fn success() -> f64 {
        0.995
    }
    pub(super) fn latency() -> u64 {
        200
    }
}
