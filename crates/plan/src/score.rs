use std::cmp::Ordering;

use serde::Serialize;
use switchback_units::{Millis, Money, Ratio};

use crate::{Assume, Cost, Warmth, Weights};

/// The default score of an endpoint: what a request is expected to cost there in money, waiting and failures, in
/// dollars. Lower is better.
///
/// ```text
/// score = cost weight × expected cost + price of a second × time to first token + price of a failure × (1 − uptime)
///       − what it is worth that the conversation stays
/// ```
///
/// Every term is absolute: it depends on the endpoint and the request and on no other candidate, so removing a
/// candidate never changes the order of the rest. `docs/planning.md` has a worked example.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[non_exhaustive]
pub struct Score {
    /// The weighted expected cost; `None` when the price is unknown.
    pub cost: Option<Money>,
    /// What the expected wait for the first token is worth.
    pub latency: Money,
    /// What the expected failures are worth.
    pub failure: Money,
    /// What it is worth that the conversation stays where it belongs: taken off the rest, of which it never makes less
    /// than nothing.
    pub stay: Money,
}

/// What the planner read or assumed of an endpoint's health.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[non_exhaustive]
pub struct Health {
    /// The measured success rate; `None` when too little was seen.
    pub uptime: Option<Ratio>,
    /// The measured time to the first token; `None` when too little was seen.
    pub latency_ms: Option<Millis>,
}

impl Health {
    /// The success rate to count with.
    pub fn success_rate(&self, assume: &Assume) -> Ratio {
        self.uptime.unwrap_or(assume.uptime)
    }

    /// The time to the first token to count with.
    pub fn first_token(&self, assume: &Assume) -> Millis {
        self.latency_ms.unwrap_or(assume.latency_ms)
    }
}

impl Score {
    pub(crate) fn new(
        cost: Option<Cost>,
        health: Health,
        warmth: Option<&Warmth>,
        weights: &Weights,
        assume: &Assume,
    ) -> Self {
        let saved = warmth.map_or(Millis::ZERO, |warmth| warmth.saves_ms);
        Self {
            cost: cost.map(|cost| cost.expected.share(weights.cost)),
            latency: per_second(weights.second, health.first_token(assume).saturating_sub(saved)),
            failure: weights.failure.share(health.success_rate(assume).complement()),
            stay: warmth.map_or(Money::ZERO, |warmth| warmth.stay.share(weights.cost)),
        }
    }

    /// What waiting and failures are worth together.
    pub fn burden(&self) -> Money {
        self.latency.saturating_add(self.failure)
    }

    /// The sum of all terms; `None` when the price is unknown.
    pub fn total(&self) -> Option<Money> {
        self.cost.map(|cost| cost.saturating_add(self.burden()).saturating_sub(self.stay))
    }

    /// Best first: known totals by their amount, then those of unknown price by the rest. An unknown price is a place
    /// in the order and never a number.
    pub fn order(&self, other: &Self) -> Ordering {
        self.place().cmp(&other.place())
    }

    /// Whether the price is unknown, and then the amount to compare by: the total, or what is known of it.
    pub(crate) fn place(&self) -> (bool, Money) {
        let known = self.cost.unwrap_or(Money::ZERO);
        (self.cost.is_none(), known.saturating_add(self.burden()).saturating_sub(self.stay))
    }
}

/// An amount per second for a span, rounded down to a pico-dollar.
fn per_second(amount: Money, span: Millis) -> Money {
    amount.saturating_mul(span.get()).part_of(1_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn score(cost: Option<u128>, uptime: f64, latency: u64) -> Score {
        let cost = cost.map(Money::from_pico_dollars).map(|expected| Cost { low: expected, expected, high: None });
        let health = Health { uptime: Ratio::new(uptime).ok(), latency_ms: Some(Millis::new(latency)) };
        Score::new(cost, health, None, &Weights::default(), &Assume::default())
    }

    /// The example of `docs/planning.md`.
    #[test]
    fn the_worked_example_holds() {
        let score = score(Some(4_250_000_000), 0.98, 800);
        assert_eq!(score.cost.map(|cost| cost.to_string()).as_deref(), Some("$0.00425"));
        assert_eq!((score.latency.to_string(), score.failure.to_string()), ("$0.0008".into(), "$0.001".into()));
        assert_eq!(score.total().map(|total| total.to_string()).as_deref(), Some("$0.00605"));
        let other = self::score(Some(2_125_000_000), 0.9, 200);
        assert_eq!(other.total().map(|total| total.to_string()).as_deref(), Some("$0.007325"));
        assert_eq!(score.order(&other), Ordering::Less);
    }

    #[test]
    fn an_unknown_price_comes_after_every_known_one_and_is_still_ordered() {
        let dear = score(Some(u128::MAX / 2), 0.5, 10_000);
        let unknown = score(None, 0.99, 100);
        assert_eq!(dear.order(&unknown), Ordering::Less);
        assert_eq!(unknown.order(&score(None, 0.99, 101)), Ordering::Less);
        assert_eq!(unknown.total(), None);
    }

    #[test]
    fn what_was_not_measured_is_assumed() {
        let assume = Assume::default();
        let nothing = Health { uptime: None, latency_ms: None };
        let average = Health { uptime: Some(assume.uptime), latency_ms: Some(assume.latency_ms) };
        let score = |health| Score::new(None, health, None, &Weights::default(), &assume);
        assert_eq!(score(nothing), score(average));
    }
}
