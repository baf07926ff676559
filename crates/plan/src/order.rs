//! The one order of attempts.

use std::cmp::{Ordering, Reverse};

use switchback_capability::Cost as Degradation;
use switchback_catalog::{Catalog, Endpoint};

use crate::filter::Fit;
use crate::legs::Planned;
use crate::policy::{Effective, Order};
use crate::{Inputs, Reason, Score, Selector, Target};

/// An endpoint that can be tried, with everything that its place depends on. But for `relative`, nothing of it depends
/// on another candidate.
#[derive(Clone, Debug)]
pub(crate) struct Ranked<'a> {
    pub(crate) endpoint: &'a Endpoint,
    pub(crate) fit: Fit<'a>,
    pub(crate) score: Score,
    /// Which leg named it, by its place in the plan.
    pub(crate) leg: usize,
    /// The other legs that admit it.
    pub(crate) also: Vec<usize>,
    pub(crate) rank: usize,
    /// The soft constraint that it does not meet, for attempts of last resort.
    pub(crate) despite: Option<Reason>,
    /// Its place by a preset that compares candidates, lowest first; 0 for every other sort.
    pub(crate) relative: f64,
    degradation: Degradation,
    preferred: (bool, usize),
    unverified: bool,
    /// What stands between the request and the model, where nothing else tells two endpoints apart: whether the request
    /// has to be translated, whether somebody else's models are served, whether the id is spelled otherwise.
    indirection: [bool; 3],
}

impl<'a> Ranked<'a> {
    pub(crate) fn new(
        inputs: &Inputs<'_>,
        index: usize,
        leg: &Planned<'_>,
        endpoint: &'a Endpoint,
        fit: Fit<'a>,
        also: Vec<usize>,
    ) -> Self {
        let settings = &leg.settings;
        let named = match leg.goal.naming().map(|naming| &naming.target) {
            Some(Target::Model(named)) => Some(named),
            Some(Target::Auto) | None => None,
        };
        let elsewhere = named.is_some_and(|named| named.other_provider(endpoint).is_some());
        Self {
            score: Score::new(fit.cost, fit.health, fit.warmth.as_ref(), settings.weights, settings.assume),
            degradation: fit.verdict.cost().unwrap_or(Degradation::ZERO),
            preferred: (elsewhere, place_in_order(settings.order, endpoint)),
            unverified: fit.version_untold || !fit.verdict.unverified().is_empty(),
            indirection: [
                inputs.demand.origin().is_some_and(|origin| origin != fit.protocol),
                !is_first_party(inputs.catalog, endpoint),
                named.is_some_and(|named| !named.is_spelled(endpoint)),
            ],
            despite: None,
            relative: 0.0,
            rank: leg.rank,
            leg: index,
            also,
            endpoint,
            fit,
        }
    }

    /// The same endpoint, to be tried although it does not meet a soft constraint.
    pub(crate) fn despite(self, reason: Reason) -> Self {
        Self { despite: Some(reason), ..self }
    }

    /// What comes before any sort.
    pub(crate) fn grade(&self) -> (usize, Degradation, (bool, usize), usize, bool) {
        (self.rank, self.degradation, self.preferred, self.fit.unmet, self.unverified)
    }

    /// Whether only the sort tells the two apart.
    pub(crate) fn is_as_good_as(&self, other: &Self) -> bool {
        self.grade() == other.grade()
    }

    /// The order of attempts: what decides, in this order, is the place in the chain, how much the request is degraded,
    /// whether the endpoint is where a route starts, the policy's `order`, how many preferences it does not meet,
    /// whether every feature is known to be there, the `sort`, the default score, whether the request stays in its
    /// protocol, whether the provider makes its models itself, whether the id stays in its spelling, and the endpoint's
    /// canonical text.
    pub(crate) fn order(&self, other: &Self, ranks: &[Effective<'_>]) -> Ordering {
        self.grade()
            .cmp(&other.grade())
            .then_with(|| ranks.get(self.rank).map_or(Ordering::Equal, |settings| self.by_sort(other, settings)))
            .then_with(|| self.score.order(&other.score))
            .then_with(|| self.indirection.cmp(&other.indirection))
            .then_with(|| self.endpoint.canonical().cmp(other.endpoint.canonical()))
    }

    /// The order of last resorts: those that fail least, then those that are asked again soonest.
    pub(crate) fn order_of_last_resort(&self, other: &Self, ranks: &[Effective<'_>]) -> Ordering {
        let severity = |ranked: &Self| match &ranked.despite {
            None => (0, None, None),
            Some(Reason::GatedByUptime { uptime, .. }) => (1, Some(Reverse(*uptime)), None),
            Some(Reason::CoolingDown { until }) => (2, None, Some(*until)),
            Some(_) => (3, None, None),
        };
        severity(self).cmp(&severity(other)).then_with(|| self.order(other, ranks))
    }

    fn by_sort(&self, other: &Self, settings: &Effective<'_>) -> Ordering {
        let sort = settings.sort;
        // What is unknown stays behind what is known, in whichever direction.
        let known_first = |ours: bool, theirs: bool| theirs.cmp(&ours);
        let turned = |order: Ordering| if sort.reverse { order.reverse() } else { order };
        match sort.by {
            Order::Score => {
                let total = |ranked: &Self| ranked.score.total();
                known_first(total(self).is_some(), total(other).is_some())
                    .then_with(|| turned(self.score.order(&other.score)))
            }
            Order::Cost => {
                let cost = |ranked: &Self| ranked.fit.cost.map(|cost| cost.expected);
                known_first(cost(self).is_some(), cost(other).is_some())
                    .then_with(|| turned(cost(self).cmp(&cost(other))))
            }
            Order::Metric(metric) => match (self.fit.metric, other.fit.metric) {
                (Some(ours), Some(theirs)) => turned(metric.better_first(ours, theirs)),
                (ours, theirs) => known_first(ours.is_some(), theirs.is_some()),
            },
            Order::LlmGateway | Order::InverseSquarePrice => turned(self.relative.total_cmp(&other.relative)),
        }
    }
}

fn is_first_party(catalog: &Catalog, endpoint: &Endpoint) -> bool {
    catalog.providers().provider(endpoint.provider()).is_some_and(|provider| provider.first_party)
}

/// The place of the first entry of an `order` that names the endpoint; behind all entries of any order if none does, for
/// legs of one rank may have different orders.
fn place_in_order(order: &[Selector], endpoint: &Endpoint) -> usize {
    order.iter().position(|selector| selector.names(endpoint)).unwrap_or(usize::MAX)
}
