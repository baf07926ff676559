//! What a run of conversations came to.

use crate::tally::Metric;

/// Counts of one run.
#[derive(Clone, Debug, Default)]
pub(crate) struct Spent {
    /// In millionths of the cheapest list price of a token.
    pub(crate) cost: u64,
    pub(crate) input: u64,
    pub(crate) read: u64,
    pub(crate) requests: u64,
    pub(crate) by_provider: Vec<u64>,
    /// Calls that left a provider with more in flight than its share allows.
    pub(crate) over_bound: u64,
    /// Probes that carried a conversation with something warm.
    pub(crate) warm_probes: u64,
    pub(crate) failed: u64,
    /// By replica: answers of a provider whose cache holds nothing, until it was no longer counted on.
    pub(crate) until_distrusted: Vec<(u64, bool)>,
    /// Requests from ten minutes after a cache stopped to hold, and those of them that went there.
    pub(crate) late: (u64, u64),
}

impl Spent {
    /// A figure; `random` and `perfect` are what the same traffic cost by these rules.
    #[expect(clippy::cast_precision_loss, reason = "counts of a simulation")]
    pub(crate) fn value(&self, metric: Metric, random: &Self, perfect: &Self) -> Option<f64> {
        let share = |part: u64, whole: u64| if whole > 0 { part as f64 / whole as f64 } else { 0.0 };
        let cost = |spent: &Self| share(spent.cost, spent.input) / 1e6;
        let fair = share(self.requests, u64::try_from(self.by_provider.len()).unwrap_or(1));
        Some(match metric {
            Metric::Cost => cost(self),
            Metric::SavedShare => (cost(random) - cost(self)) / (cost(random) - cost(perfect)).max(1e-9),
            Metric::CachedShare => share(self.read, self.input),
            Metric::MaxShare => self.by_provider.iter().max().map_or(0.0, |most| *most as f64 / fair.max(1.0)),
            Metric::OverBound => share(self.over_bound, self.requests),
            Metric::WarmProbes => self.warm_probes as f64,
            Metric::Failed => self.failed as f64,
            Metric::AnswersToDistrust => {
                let worst = self.until_distrusted.iter();
                worst.map(|(answers, over)| if *over { *answers as f64 } else { f64::INFINITY }).fold(0.0, f64::max)
            }
            Metric::LateShare => share(self.late.1, self.late.0),
            Metric::EjectionsPerDay
            | Metric::Ejections
            | Metric::SecondsToEject
            | Metric::CallsToEject
            | Metric::Missed
            | Metric::Wasted
            | Metric::WastedOfAll
            | Metric::WastedShare
            | Metric::UserFailures
            | Metric::SecondsToReadmit
            | Metric::SecondsToWhole
            | Metric::ServedShare
            | Metric::ChangesPerMinute
            | Metric::OutAfter30s
            | Metric::NothingToTry
            | Metric::FeatureShare
            | Metric::PlainShare => return None,
        })
    }
}
