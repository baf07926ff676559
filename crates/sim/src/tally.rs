//! What a run came to.

use serde::{Deserialize, Serialize};

/// A figure of one run. Of the first provider, unless it says otherwise.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(clippy::exhaustive_enums, reason = "each has a column and a definition")]
pub enum Metric {
    /// How often an endpoint of the provider went out, by endpoint, replica and day.
    EjectionsPerDay,
    /// How often it went out, by replica.
    Ejections,
    /// Seconds from when something went wrong to the first replica that put it out; infinite if none did.
    SecondsToEject,
    /// Failed calls in that time, of the replica that saw the most.
    CallsToEject,
    /// 1 if no replica put it out, else 0.
    Missed,
    /// Calls that failed or were throttled in all of the run.
    Wasted,
    /// The same as a share of all requests of the run.
    WastedOfAll,
    /// The same while something was wrong, as a share of the requests in that time.
    WastedShare,
    /// Requests, of all providers, that failed while something was wrong.
    UserFailures,
    /// Seconds from when all was well again to when no replica kept it out.
    SecondsToReadmit,
    /// The same to when it had its whole share everywhere.
    SecondsToWhole,
    /// Calls that got through while something was wrong, as a share of what its limit allows.
    ServedShare,
    /// How often it went out or in, by minute and replica, while something was wrong.
    ChangesPerMinute,
    /// Endpoints of any provider that were still out 30 s after all was well again, all replicas together.
    OutAfter30s,
    /// Requests that there was no candidate for.
    NothingToTry,
    /// The share of requests that used a feature and went to the provider while something was wrong.
    FeatureShare,
    /// The share of requests that used no feature and went to the provider while something was wrong.
    PlainShare,
    /// Of conversations: what an input token cost, in list prices of the cheapest provider.
    Cost,
    /// Of conversations: what was saved against random choice, as a share of what is saved by knowing every cache.
    SavedShare,
    /// Of conversations: input tokens that were read from caches, of all.
    CachedShare,
    /// Of conversations: the requests of the provider with the most, in fair shares.
    MaxShare,
    /// Of conversations: calls that left a provider with more than 1.25 times its share of all in flight, of all requests.
    OverBound,
    /// Of conversations: probes that carried one with something warm.
    WarmProbes,
    /// Of conversations: turns that nobody answered.
    Failed,
    /// Of conversations: answers that were expected to read the first provider's cache, from when it holds nothing until it is
    /// not counted on, in the replica with the most.
    AnswersToDistrust,
    /// Of conversations: the share of requests that went to the first provider from ten minutes after its cache stopped to
    /// hold anything.
    LateShare,
}

impl Metric {
    /// Those of conversations.
    pub const CONVERSATIONS: [Self; 9] = [
        Self::Cost,
        Self::SavedShare,
        Self::CachedShare,
        Self::MaxShare,
        Self::OverBound,
        Self::WarmProbes,
        Self::Failed,
        Self::AnswersToDistrust,
        Self::LateShare,
    ];

    /// Those of the gate, in the order of the table.
    pub const GATE: [Self; 17] = [
        Self::EjectionsPerDay,
        Self::Ejections,
        Self::SecondsToEject,
        Self::CallsToEject,
        Self::Missed,
        Self::Wasted,
        Self::WastedOfAll,
        Self::WastedShare,
        Self::UserFailures,
        Self::SecondsToReadmit,
        Self::SecondsToWhole,
        Self::ServedShare,
        Self::ChangesPerMinute,
        Self::OutAfter30s,
        Self::NothingToTry,
        Self::FeatureShare,
        Self::PlainShare,
    ];

    /// Its name in scenarios.
    pub const fn name(self) -> &'static str {
        match self {
            Self::EjectionsPerDay => "ejections_per_day",
            Self::Ejections => "ejections",
            Self::SecondsToEject => "seconds_to_eject",
            Self::CallsToEject => "calls_to_eject",
            Self::Missed => "missed",
            Self::Wasted => "wasted",
            Self::WastedOfAll => "wasted_of_all",
            Self::WastedShare => "wasted_share",
            Self::UserFailures => "user_failures",
            Self::SecondsToReadmit => "seconds_to_readmit",
            Self::SecondsToWhole => "seconds_to_whole",
            Self::ServedShare => "served_share",
            Self::ChangesPerMinute => "changes_per_minute",
            Self::OutAfter30s => "out_after30s",
            Self::NothingToTry => "nothing_to_try",
            Self::FeatureShare => "feature_share",
            Self::PlainShare => "plain_share",
            Self::Cost => "cost",
            Self::SavedShare => "saved_share",
            Self::CachedShare => "cached_share",
            Self::MaxShare => "max_share",
            Self::OverBound => "over_bound",
            Self::WarmProbes => "warm_probes",
            Self::Failed => "failed",
            Self::AnswersToDistrust => "answers_to_distrust",
            Self::LateShare => "late_share",
        }
    }
}

/// What is taken of the figures of all seeds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(clippy::exhaustive_enums, reason = "what a report has")]
pub enum Stat {
    /// The middle one, or the mean of the two.
    Median,
    /// By nearest rank.
    P95,
    /// The mean.
    Mean,
    /// The greatest.
    Max,
}

/// One figure over all seeds. What is infinite never came about.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Figure {
    /// The middle one.
    #[serde(serialize_with = "finite")]
    pub median: f64,
    /// By nearest rank.
    #[serde(serialize_with = "finite")]
    pub p95: f64,
    /// The mean.
    #[serde(serialize_with = "finite")]
    pub mean: f64,
    /// The greatest.
    #[serde(serialize_with = "finite")]
    pub max: f64,
}

/// JSON has no infinity: null.
#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for it")]
fn finite<S: serde::Serializer>(value: &f64, serializer: S) -> Result<S::Ok, S::Error> {
    if value.is_finite() { serializer.serialize_f64(*value) } else { serializer.serialize_none() }
}

impl Figure {
    #[expect(clippy::cast_precision_loss, reason = "a handful of seeds")]
    pub(crate) fn of(mut values: Vec<f64>) -> Self {
        values.sort_by(f64::total_cmp);
        let count = values.len();
        let at = |index: usize| values.get(index.min(count.saturating_sub(1))).copied().unwrap_or(f64::NAN);
        let (low, high) = (at(count.saturating_sub(1) / 2), at(count / 2));
        Self {
            median: if low.is_finite() && high.is_finite() { f64::midpoint(low, high) } else { high },
            p95: at((count * 95).div_ceil(100).saturating_sub(1)),
            mean: values.iter().sum::<f64>() / count.max(1) as f64,
            max: at(count),
        }
    }

    /// One of the four.
    pub const fn stat(&self, stat: Stat) -> f64 {
        match stat {
            Stat::Median => self.median,
            Stat::P95 => self.p95,
            Stat::Mean => self.mean,
            Stat::Max => self.max,
        }
    }
}

/// Counts of one run.
#[derive(Clone, Debug)]
pub(crate) struct Tally {
    pub(crate) replicas: u64,
    pub(crate) seconds: u64,
    pub(crate) keys: u64,
    /// In milliseconds.
    pub(crate) incident: (u64, u64),
    pub(crate) limit_per_second: f64,
    pub(crate) requests: u64,
    pub(crate) incident_requests: u64,
    pub(crate) incident_user_failures: u64,
    pub(crate) wasted: u64,
    pub(crate) incident_wasted: u64,
    pub(crate) incident_served: u64,
    pub(crate) incident_changes: u64,
    pub(crate) ejections: u64,
    pub(crate) first_ejection: Option<u64>,
    /// By replica, until the first ejection there.
    pub(crate) failed_before: Vec<(u64, bool)>,
    pub(crate) readmitted: Option<u64>,
    pub(crate) whole: Option<u64>,
    pub(crate) out_after_30s: u64,
    pub(crate) nothing_to_try: u64,
    /// Requests while something was wrong, with and without a feature, and how many of each went to the first provider.
    pub(crate) featured: (u64, u64),
    pub(crate) plain: (u64, u64),
}

impl Tally {
    pub(crate) fn in_incident(&self, now: u64) -> bool {
        (self.incident.0..self.incident.1).contains(&now)
    }

    #[expect(clippy::cast_precision_loss, reason = "counts of a simulation")]
    pub(crate) fn value(&self, metric: Metric) -> Option<f64> {
        let share = |part: u64, whole: f64| if whole > 0.0 { part as f64 / whole } else { 0.0 };
        let seconds =
            |at: Option<u64>, from: u64| at.map_or(f64::INFINITY, |at| (at.saturating_sub(from)) as f64 / 1e3);
        let incident_seconds = (self.incident.1 - self.incident.0) as f64 / 1e3;
        Some(match metric {
            Metric::EjectionsPerDay => {
                self.ejections as f64 / (self.replicas * self.keys) as f64 / (self.seconds as f64 / 86_400.0)
            }
            Metric::Ejections => self.ejections as f64 / self.replicas as f64,
            Metric::SecondsToEject => seconds(self.first_ejection, self.incident.0),
            Metric::CallsToEject => self.failed_before.iter().map(|(failed, _)| *failed).max().unwrap_or(0) as f64,
            Metric::Missed => f64::from(u8::from(self.first_ejection.is_none())),
            Metric::Wasted => self.wasted as f64,
            Metric::WastedOfAll => share(self.wasted, self.requests as f64),
            Metric::WastedShare => share(self.incident_wasted, self.incident_requests as f64),
            Metric::UserFailures => self.incident_user_failures as f64,
            Metric::SecondsToReadmit => seconds(self.readmitted, self.incident.1),
            Metric::SecondsToWhole => seconds(self.whole, self.incident.1),
            Metric::ServedShare => share(self.incident_served, self.limit_per_second * incident_seconds),
            Metric::ChangesPerMinute => share(self.incident_changes, incident_seconds / 60.0 * self.replicas as f64),
            Metric::OutAfter30s => self.out_after_30s as f64,
            Metric::NothingToTry => self.nothing_to_try as f64,
            Metric::FeatureShare => share(self.featured.1, self.featured.0 as f64),
            Metric::PlainShare => share(self.plain.1, self.plain.0 as f64),
            Metric::Cost
            | Metric::SavedShare
            | Metric::CachedShare
            | Metric::MaxShare
            | Metric::OverBound
            | Metric::WarmProbes
            | Metric::Failed
            | Metric::AnswersToDistrust
            | Metric::LateShare => return None,
        })
    }
}
