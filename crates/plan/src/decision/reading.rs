//! What a decision read of the outside, on its way in and out of a record.

use std::cell::RefCell;
use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use switchback_catalog::EndpointId;
use switchback_ir::{Feature, FeatureSet};
use switchback_units::{Millis, Ratio, Timestamp, Tokens};

use crate::policy::{Metric, Rewrite};
use crate::{Affinity, Demand, Inputs, Latency, Metrics, Rewriter, Uptime, Warmth};

/// What was read of one endpoint. What is not here was not known.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Read {
    /// Success rates by the features that were asked about.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    uptime: Vec<Rate>,
    #[serde(skip_serializing_if = "Option::is_none")]
    blocked_until: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    latency_ms: Option<Millis>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cached_tokens: Option<Tokens>,
    #[serde(skip_serializing_if = "Option::is_none")]
    warmth: Option<Warmth>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    metrics: BTreeMap<Metric, Exact>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Rate {
    #[serde(with = "names")]
    features: FeatureSet,
    rate: Exact,
}

/// A number as its decimal text, so that it comes back to the bit from whatever reads JSON.
#[derive(Clone, Copy, Debug)]
struct Exact(f64);

impl PartialEq for Exact {
    fn eq(&self, other: &Self) -> bool {
        self.0.to_bits() == other.0.to_bits()
    }
}

impl Serialize for Exact {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Exact {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map(Self).map_err(de::Error::custom)
    }
}

/// Features by name.
mod names {
    use super::{Deserialize, Deserializer, Feature, FeatureSet, Serializer, de};
    use crate::policy::feature;

    pub(super) fn serialize<S: Serializer>(features: &FeatureSet, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(features.iter().map(Feature::name))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<FeatureSet, D::Error> {
        let names = Vec::<String>::deserialize(deserializer)?;
        names.iter().map(|name| feature(name).map_err(de::Error::custom)).collect()
    }
}

/// What the request needed after the rewrites of a route.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Rewritten {
    rewrites: Vec<Rewrite>,
    /// None when they made it unreadable.
    demand: Option<Demand>,
}

impl Rewritten {
    /// Takes out what stands where prompts do, and names it.
    pub(super) fn withhold(&mut self) -> Vec<String> {
        let Some(demand) = self.demand.take() else { return Vec::new() };
        let (demand, withheld) = demand.without_prompts();
        self.demand = Some(demand);
        withheld
    }
}

/// Hands on what the planner asks for, and keeps what it was told.
pub(super) struct Recorder<'a> {
    inputs: &'a Inputs<'a>,
    read: RefCell<BTreeMap<EndpointId, Read>>,
    rewritten: RefCell<Vec<Rewritten>>,
}

impl<'a> Recorder<'a> {
    pub(super) const fn new(inputs: &'a Inputs<'a>) -> Self {
        Self { inputs, read: RefCell::new(BTreeMap::new()), rewritten: RefCell::new(Vec::new()) }
    }

    pub(super) fn into_read(self) -> (BTreeMap<EndpointId, Read>, Vec<Rewritten>) {
        (self.read.into_inner(), self.rewritten.into_inner())
    }

    /// Keeps a value that is known.
    fn keep<T>(&self, endpoint: EndpointId, value: Option<T>, keep: impl FnOnce(&mut Read, &T)) -> Option<T> {
        if let Some(value) = &value {
            keep(self.read.borrow_mut().entry(endpoint).or_default(), value);
        }
        value
    }
}

impl Uptime for Recorder<'_> {
    fn success_rate(&self, endpoint: EndpointId, features: FeatureSet, now: Timestamp) -> Option<Ratio> {
        let rate = self.inputs.signals.uptime.success_rate(endpoint, features, now);
        self.keep(endpoint, rate, |read, rate| {
            if !read.uptime.iter().any(|known| known.features == features) {
                read.uptime.push(Rate { features, rate: Exact(rate.get()) });
            }
        })
    }

    fn blocked_until(&self, endpoint: EndpointId, now: Timestamp) -> Option<Timestamp> {
        let until = self.inputs.signals.uptime.blocked_until(endpoint, now);
        self.keep(endpoint, until, |read, until| read.blocked_until = Some(*until))
    }
}

impl Latency for Recorder<'_> {
    fn first_token(&self, endpoint: EndpointId, now: Timestamp) -> Option<Millis> {
        let latency = self.inputs.signals.latency.first_token(endpoint, now);
        self.keep(endpoint, latency, |read, latency| read.latency_ms = Some(*latency))
    }
}

impl Affinity for Recorder<'_> {
    fn cached_tokens(&self, endpoint: EndpointId, now: Timestamp) -> Option<Tokens> {
        let cached = self.inputs.signals.affinity.cached_tokens(endpoint, now);
        self.keep(endpoint, cached, |read, cached| read.cached_tokens = Some(*cached))
    }

    fn warmth(&self, endpoint: EndpointId, now: Timestamp) -> Option<Warmth> {
        let warmth = self.inputs.signals.affinity.warmth(endpoint, now);
        self.keep(endpoint, warmth, |read, warmth| read.warmth = Some(warmth.clone()))
    }
}

impl Metrics for Recorder<'_> {
    fn metric(&self, endpoint: EndpointId, metric: Metric, now: Timestamp) -> Option<f64> {
        let value = self.inputs.signals.metrics.metric(endpoint, metric, now);
        self.keep(endpoint, value, |read, value| {
            read.metrics.insert(metric, Exact(*value));
        })
    }
}

impl Rewriter for Recorder<'_> {
    fn rewritten(&self, rewrites: &[&Rewrite]) -> Option<Demand> {
        let demand = self.inputs.rewriter.and_then(|rewriter| rewriter.rewritten(rewrites));
        let rewrites: Vec<Rewrite> = rewrites.iter().map(|rewrite| (*rewrite).clone()).collect();
        let mut rewritten = self.rewritten.borrow_mut();
        if !rewritten.iter().any(|known| known.rewrites == rewrites) {
            rewritten.push(Rewritten { rewrites, demand: demand.clone() });
        }
        demand
    }
}

/// Signals as they were read.
pub(super) struct Recorded<'r>(pub(super) &'r BTreeMap<EndpointId, Read>);

impl Uptime for Recorded<'_> {
    fn success_rate(&self, endpoint: EndpointId, features: FeatureSet, _: Timestamp) -> Option<Ratio> {
        let known = self.0.get(&endpoint)?.uptime.iter().find(|known| known.features == features)?;
        Ratio::new(known.rate.0).ok()
    }

    fn blocked_until(&self, endpoint: EndpointId, _: Timestamp) -> Option<Timestamp> {
        self.0.get(&endpoint)?.blocked_until
    }
}

impl Latency for Recorded<'_> {
    fn first_token(&self, endpoint: EndpointId, _: Timestamp) -> Option<Millis> {
        self.0.get(&endpoint)?.latency_ms
    }
}

impl Affinity for Recorded<'_> {
    fn cached_tokens(&self, endpoint: EndpointId, _: Timestamp) -> Option<Tokens> {
        self.0.get(&endpoint)?.cached_tokens
    }

    fn warmth(&self, endpoint: EndpointId, _: Timestamp) -> Option<Warmth> {
        self.0.get(&endpoint)?.warmth.clone()
    }
}

impl Metrics for Recorded<'_> {
    fn metric(&self, endpoint: EndpointId, metric: Metric, _: Timestamp) -> Option<f64> {
        self.0.get(&endpoint)?.metrics.get(&metric).map(|value| value.0)
    }
}

/// What rewrites came to.
pub(super) struct RewrittenBefore<'r>(pub(super) &'r [Rewritten]);

impl Rewriter for RewrittenBefore<'_> {
    fn rewritten(&self, rewrites: &[&Rewrite]) -> Option<Demand> {
        let same = |known: &&Rewritten| known.rewrites.iter().eq(rewrites.iter().copied());
        self.0.iter().find(same)?.demand.clone()
    }
}
