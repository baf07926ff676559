use serde::{Deserialize, Serialize};
use switchback_catalog::{Bill, Source, SourceIndex};
use switchback_plan::Cost;
use switchback_units::Money;

use super::AttemptRecord;

/// What a request cost, apart by who got something for it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Costs {
    /// The attempt that the client has its whole answer from.
    pub answer: Sum,
    /// Every other one: those that failed, and an answer that was cut.
    pub failed: Sum,
    /// All of them.
    pub total: Sum,
}

/// A sum of which not every part may be known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(clippy::exhaustive_structs, reason = "a sum and what is known of it")]
pub struct Sum {
    /// The sum, in dollars; `None` when a part is unknown.
    pub total: Option<Money>,
    /// What is known of it.
    pub known: Money,
}

/// What an attempt was expected to cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Predicted {
    /// The least.
    pub low: Money,
    /// The expectation.
    pub expected: Money,
    /// The most; `None` when there was no bound.
    pub high: Option<Money>,
}

/// Where a cost lies in the interval that was predicted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(clippy::exhaustive_enums, reason = "below, within, above, or nobody knows")]
pub enum Against {
    /// Cheaper than the least that was predicted.
    Below,
    /// Within.
    Within,
    /// Dearer than the most that was predicted.
    Above,
    /// The cost or the prediction is unknown.
    Unknown,
}

/// One version of a source of prices.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct PriceSource {
    /// The number that the lines of bills give.
    pub source: SourceIndex,
    /// Its name, such as `models.dev`.
    pub name: String,
    /// The version, as its publisher counts.
    pub version: String,
    /// The day that the prices are of.
    pub date: String,
}

impl Costs {
    pub(super) fn of(attempts: &[AttemptRecord]) -> Self {
        let sum = |is_in: &dyn Fn(&AttemptRecord) -> bool| Sum::of(attempts.iter().filter(|attempt| is_in(attempt)));
        Self {
            answer: sum(&AttemptRecord::is_answer),
            failed: sum(&|attempt| !attempt.is_answer()),
            total: sum(&|_| true),
        }
    }
}

impl Sum {
    fn of<'r>(attempts: impl Iterator<Item = &'r AttemptRecord> + Clone) -> Self {
        Self {
            total: attempts.clone().map(|attempt| attempt.bill.as_ref()?.total()).sum(),
            known: attempts.filter_map(|attempt| Some(attempt.bill.as_ref()?.known())).sum(),
        }
    }
}

impl Default for Sum {
    /// Nothing, and that is known.
    fn default() -> Self {
        Self { total: Some(Money::ZERO), known: Money::ZERO }
    }
}

impl Against {
    pub(super) fn of(cost: Option<Money>, predicted: Option<Predicted>) -> Self {
        match cost.zip(predicted) {
            None => Self::Unknown,
            Some((cost, predicted)) if cost < predicted.low => Self::Below,
            Some((cost, predicted)) if predicted.high.is_some_and(|high| cost > high) => Self::Above,
            Some(_) => Self::Within,
        }
    }
}

impl From<Cost> for Predicted {
    fn from(Cost { low, expected, high }: Cost) -> Self {
        Self { low, expected, high }
    }
}

/// The sources of the prices in the bills, ordered by number.
pub(super) fn sources(sources: &[Source], attempts: &[AttemptRecord]) -> Vec<PriceSource> {
    let lines = attempts.iter().filter_map(|attempt| attempt.bill.as_ref()).flat_map(Bill::lines);
    let mut used: Vec<SourceIndex> = lines.filter_map(|line| line.source).collect();
    used.sort_unstable();
    used.dedup();
    let known = used.into_iter().filter_map(|index| Some((index, sources.get(usize::from(index))?)));
    known
        .map(|(source, known)| PriceSource {
            source,
            name: known.name.clone(),
            version: known.version.clone(),
            date: known.date.to_string(),
        })
        .collect()
}
