//! What was measured of endpoints, as the planner asks for it. The planner keeps none of it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use switchback_catalog::EndpointId;
use switchback_ir::FeatureSet;
use switchback_units::{Millis, Money, Ratio, Timestamp, Tokens};

use crate::policy::Metric;

/// How often an endpoint answers, and whether it is to be left alone for now.
pub trait Uptime {
    /// The share of requests with these features that succeed; `None` when too little was seen.
    fn success_rate(&self, endpoint: EndpointId, features: FeatureSet, now: Timestamp) -> Option<Ratio>;

    /// Until when the endpoint is not to be asked; `None`, or a time that has passed, when it may be.
    fn blocked_until(&self, endpoint: EndpointId, now: Timestamp) -> Option<Timestamp>;

    /// How an endpoint came back that was out; `None` where it never was. The planner does not ask: whoever says where
    /// conversations belong does.
    fn recovery(&self, _: EndpointId, _: FeatureSet, _: Timestamp) -> Option<Recovery> {
        None
    }
}

/// An endpoint that was out, and may be asked again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "made by whoever measures; a new field should stop its build")]
pub struct Recovery {
    /// When it went out.
    pub since: Timestamp,
    /// Parts in a thousand of its traffic that it should have for now, at most 1000.
    pub permille: u16,
}

/// How fast an endpoint answers.
pub trait Latency {
    /// The time to the first token; `None` when too little was seen.
    fn first_token(&self, endpoint: EndpointId, now: Timestamp) -> Option<Millis>;
}

/// What an endpoint's prompt cache is expected to hold of this request.
pub trait Affinity {
    /// How many of the request's input tokens are expected to be read from the cache. Only ever reorders: it brings
    /// nothing back that was excluded.
    fn cached_tokens(&self, endpoint: EndpointId, now: Timestamp) -> Option<Tokens>;

    /// Why they are expected there, and what they are worth; `None` when there is nothing to say.
    fn warmth(&self, _: EndpointId, _: Timestamp) -> Option<Warmth> {
        None
    }
}

/// What is believed of an endpoint's prompt cache, and what follows from it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[expect(clippy::exhaustive_structs, reason = "made by whoever measures; a new field should stop its build")]
pub struct Warmth {
    /// When an answer last said so; `None` where that follows only from where the conversation belongs.
    pub since: Option<Timestamp>,
    /// Until when the provider keeps it, unless it is read again.
    pub until: Option<Timestamp>,
    /// The money that is saved, against the same endpoint with a cold cache.
    pub saves: Money,
    /// The same of the time to the first token; taken off what was measured.
    pub saves_ms: Millis,
    /// What it is worth that the conversation stays where it belongs; taken off the score.
    pub stay: Money,
    /// The `prompt_cache_key` to send there instead of the client's; `None` where none is to be sent.
    pub cache_key: Option<CacheKey>,
}

/// A `prompt_cache_key` that goes upstream.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(clippy::exhaustive_structs, reason = "a text with its reason, nothing to add")]
pub struct CacheKey {
    /// The key: a keyed hash, nothing that the client wrote.
    pub key: String,
    /// What it was made of, in words.
    pub why: String,
}

/// Whatever else is measured of an endpoint and a policy may name.
pub trait Metrics {
    /// The value, in the unit of its [`Quantity`](crate::Quantity); `None` when nobody measured it in that way.
    fn metric(&self, endpoint: EndpointId, metric: Metric, now: Timestamp) -> Option<f64>;
}

/// The four sources of signals. The default knows nothing, and then nothing measured decides.
#[derive(Clone, Copy)]
pub struct Signals<'a> {
    /// Success rates and cooldowns.
    pub uptime: &'a dyn Uptime,
    /// Times to the first token.
    pub latency: &'a dyn Latency,
    /// Prompt caches.
    pub affinity: &'a dyn Affinity,
    /// Everything else.
    pub metrics: &'a dyn Metrics,
}

impl<'a> Signals<'a> {
    /// All four from one source.
    pub const fn of<S: Uptime + Latency + Affinity + Metrics>(source: &'a S) -> Self {
        Self { uptime: source, latency: source, affinity: source, metrics: source }
    }
}

impl Default for Signals<'_> {
    fn default() -> Self {
        Self::of(&Unmeasured)
    }
}

impl std::fmt::Debug for Signals<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Signals")
    }
}

/// The neutral source: nothing was measured.
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub struct Unmeasured;

impl Uptime for Unmeasured {
    fn success_rate(&self, _: EndpointId, _: FeatureSet, _: Timestamp) -> Option<Ratio> {
        None
    }

    fn blocked_until(&self, _: EndpointId, _: Timestamp) -> Option<Timestamp> {
        None
    }
}

impl Latency for Unmeasured {
    fn first_token(&self, _: EndpointId, _: Timestamp) -> Option<Millis> {
        None
    }
}

impl Affinity for Unmeasured {
    fn cached_tokens(&self, _: EndpointId, _: Timestamp) -> Option<Tokens> {
        None
    }
}

impl Metrics for Unmeasured {
    fn metric(&self, _: EndpointId, _: Metric, _: Timestamp) -> Option<f64> {
        None
    }
}

/// Signals as a table: for tests, replays and the command line's state file.
///
/// ```
/// use switchback_catalog::EndpointId;
/// use switchback_plan::{Latency, Readings};
/// use switchback_units::{Millis, Timestamp};
///
/// let openai = "openai gpt-4o chat - standard -";
/// let readings: Readings = serde_json::from_str(&format!(r#"{{"{openai}": {{"latency_ms": 420}}}}"#))?;
/// let now = Timestamp::from_millis(0);
/// assert_eq!(readings.first_token(EndpointId::of(openai), now), Some(Millis::new(420)));
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Readings {
    by_endpoint: BTreeMap<EndpointId, Reading>,
}

/// What is known of one endpoint; what is left out is unknown.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Reading {
    /// The share of requests that succeed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub uptime: Option<Ratio>,
    /// The time to the first token.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub latency_ms: Option<Millis>,
    /// Until when it is not to be asked, in milliseconds since the Unix epoch.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub blocked_until: Option<Timestamp>,
    /// Input tokens expected to be read from its prompt cache.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cached_tokens: Option<Tokens>,
    /// Why, and what they are worth.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub warmth: Option<Warmth>,
    /// Other measurements by their text, such as `throughput.p50@5m`.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub metrics: BTreeMap<Metric, f64>,
}

impl Readings {
    /// Sets what is known of an endpoint.
    pub fn set(&mut self, endpoint: EndpointId, reading: Reading) {
        self.by_endpoint.insert(endpoint, reading);
    }

    /// The endpoints of which something is known, in rising order.
    pub fn endpoints(&self) -> impl Iterator<Item = EndpointId> {
        self.by_endpoint.keys().copied()
    }

    /// What is known of an endpoint.
    pub fn of(&self, endpoint: EndpointId) -> Reading {
        self.by_endpoint.get(&endpoint).cloned().unwrap_or_default()
    }
}

impl Metrics for Readings {
    fn metric(&self, endpoint: EndpointId, metric: Metric, _: Timestamp) -> Option<f64> {
        self.by_endpoint.get(&endpoint)?.metrics.get(&metric).copied()
    }
}

impl Uptime for Readings {
    fn success_rate(&self, endpoint: EndpointId, _: FeatureSet, _: Timestamp) -> Option<Ratio> {
        self.by_endpoint.get(&endpoint)?.uptime
    }

    fn blocked_until(&self, endpoint: EndpointId, _: Timestamp) -> Option<Timestamp> {
        self.by_endpoint.get(&endpoint)?.blocked_until
    }
}

impl Latency for Readings {
    fn first_token(&self, endpoint: EndpointId, _: Timestamp) -> Option<Millis> {
        self.by_endpoint.get(&endpoint)?.latency_ms
    }
}

impl Affinity for Readings {
    fn cached_tokens(&self, endpoint: EndpointId, _: Timestamp) -> Option<Tokens> {
        self.by_endpoint.get(&endpoint)?.cached_tokens
    }

    fn warmth(&self, endpoint: EndpointId, _: Timestamp) -> Option<Warmth> {
        self.by_endpoint.get(&endpoint)?.warmth.clone()
    }
}

impl<'de> Deserialize<'de> for Readings {
    /// An object: each key is an endpoint's id or its canonical text.
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let written = BTreeMap::<String, Reading>::deserialize(deserializer)?;
        let id = |key: &str| key.parse().unwrap_or_else(|_| EndpointId::of(key));
        Ok(Self { by_endpoint: written.into_iter().map(|(key, reading)| (id(&key), reading)).collect() })
    }
}
