//! The one order of attempts.

use std::cmp::{Ordering, Reverse};

use switchback_capability::{Cost as Degradation, Verdict};
use switchback_catalog::Endpoint;
use switchback_ir::Protocol;
use switchback_units::{Ratio, Timestamp, Tokens};

use crate::filter::{Admission, Case};
use crate::naming::VersionMatch;
use crate::policy::{Effective, Order, rising};
use crate::{Attempt, Cost, Health, Reason, Score, Selector, Warmth};

/// An endpoint that can be tried, with everything that its place depends on. But for `relative`, nothing of it depends
/// on another candidate.
#[derive(Debug)]
pub(crate) struct Ranked<'a> {
    pub(crate) endpoint: &'a Endpoint,
    /// Which leg named it, by its place in the plan.
    pub(crate) leg: usize,
    /// The other legs that admit it.
    pub(crate) also: Vec<usize>,
    protocol: Protocol,
    verdict: Verdict,
    /// Whether the version asked for is one that the endpoint's id does not tell.
    version_untold: bool,
    credentials: Vec<&'a str>,
    pub(crate) cost: Option<Cost>,
    pub(crate) cached: Option<Tokens>,
    warmth: Option<Box<Warmth>>,
    pub(crate) health: Health,
    score: Score,
    /// Whether the provider must keep nothing of the request.
    stateless: bool,
    /// The soft constraint that it does not meet: it is tried when nothing else is left.
    pub(crate) despite: Option<Reason>,
    pub(crate) grade: Grade,
    /// What its rank sorts by, where that is a measurement and somebody measured it.
    metric: Option<f64>,
    /// Its place by a preset that compares candidates, lowest first; 0 for every other sort.
    pub(crate) relative: f64,
    /// What stands between the request and the model, where nothing else tells two endpoints apart: whether the request
    /// has to be translated, whether somebody else's models are served, whether the id is spelled otherwise.
    indirection: [bool; 3],
}

/// What comes before any sort; what decides is compared from the first field to the last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Grade {
    /// The place in the chain.
    pub(crate) rank: usize,
    degradation: Degradation,
    /// Whether it is elsewhere than where the route starts.
    elsewhere: bool,
    /// The place in the policy's `order`.
    ordered: usize,
    /// How many preferences it does not meet.
    unmet: usize,
    /// Whether something that it needs is not known to be there.
    unverified: bool,
}

impl<'a> Ranked<'a> {
    #[inline]
    pub(crate) fn new(case: Case<'a>, admission: Admission<'a>) -> Self {
        let Admission { protocol, credentials, verdict, cached, cost } = admission;
        let Case { view, endpoint } = case;
        let (settings, named) = (&view.leg.settings, view.named);
        let (health, warmth) = (case.health(), case.warmth());
        let version_untold = named.is_some_and(|named| named.version_of(endpoint) == VersionMatch::Untold);
        Self {
            grade: Grade {
                rank: view.leg.rank,
                degradation: verdict.cost().unwrap_or(Degradation::ZERO),
                elsewhere: named.is_some_and(|named| named.other_provider(endpoint).is_some()),
                ordered: place_in_order(settings.order, endpoint),
                unmet: case.unmet(),
                unverified: version_untold || !verdict.unverified().is_empty(),
            },
            indirection: [
                view.inputs.demand.origin().is_some_and(|origin| origin != protocol),
                !endpoint.is_first_party(),
                named.is_some_and(|named| !named.is_spelled(endpoint)),
            ],
            score: Score::new(cost, health, warmth.as_deref(), settings.weights, settings.assume),
            despite: case.health_reason(health),
            metric: case.sorted_by(),
            relative: 0.0,
            leg: view.index,
            also: Vec::new(),
            stateless: view.forgets,
            endpoint,
            protocol,
            verdict,
            version_untold,
            credentials,
            cost,
            cached,
            warmth,
            health,
        }
    }

    /// The legs that admit it.
    pub(crate) fn legs(&self) -> impl Iterator<Item = usize> {
        std::iter::once(self.leg).chain(self.also.iter().copied())
    }

    /// How hard its soft constraint is: those that fail least come first, then those that are asked again soonest.
    pub(crate) fn severity(&self) -> (u8, Option<Reverse<Ratio>>, Option<Timestamp>) {
        match &self.despite {
            None => (0, None, None),
            Some(Reason::GatedByUptime { uptime, .. }) => (1, Some(Reverse(*uptime)), None),
            Some(Reason::CoolingDown { until }) => (2, None, Some(*until)),
            Some(_) => (3, None, None),
        }
    }

    /// The attempt that it becomes.
    pub(crate) fn attempt(&mut self) -> Attempt {
        Attempt {
            endpoint: self.endpoint.clone(),
            protocol: self.protocol,
            verdict: std::mem::replace(&mut self.verdict, Verdict::Impossible { reasons: Vec::new() }),
            version_untold: self.version_untold,
            credentials: self.credentials.iter().map(|id| (*id).to_owned()).collect(),
            leg: self.leg,
            also: std::mem::take(&mut self.also),
            cost: self.cost,
            cached: self.cached,
            warmth: self.warmth.take(),
            health: self.health,
            score: self.score,
            stateless: self.stateless,
            despite: self.despite.take(),
        }
    }

    /// What its rank sorts by. What is unknown stays behind what is known, in whichever direction.
    fn sorted_by(&self, settings: &Effective<'_>) -> Amount {
        let sort = settings.sort;
        let turned = |amount: u128| if sort.reverse { !amount } else { amount };
        match sort.by {
            Order::Score => {
                let (is_unknown, amount) = self.score.place();
                (is_unknown, turned(amount.pico_dollars()))
            }
            Order::Cost => match self.cost {
                Some(cost) => (false, turned(cost.expected.pico_dollars())),
                None => (true, 0),
            },
            Order::Metric(metric) => match self.metric {
                Some(value) => (false, turned(u128::from(metric.place(value)))),
                None => (true, 0),
            },
            Order::LlmGateway | Order::InverseSquarePrice => {
                (!self.relative.is_finite(), turned(u128::from(rising(self.relative))))
            }
        }
    }

    /// What decides between two whose rank sorts them alike; nothing but their places among the candidates, which are in
    /// the order of their canonical texts, is left after it.
    fn behind_the_sort(&self, other: &Self) -> Ordering {
        let rest = |ranked: &Self| (ranked.score.place(), ranked.indirection);
        rest(self).cmp(&rest(other))
    }
}

/// Whether it is unknown, and how much it is.
type Amount = (bool, u128);

/// The place of an attempt. Compact, since attempts are large and would be moved over and over.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place {
    /// The place of its grade among the grades that there are.
    pub(crate) grade: u32,
    /// Its place among the candidates.
    pub(crate) at: u32,
    sort: Amount,
}

impl Place {
    pub(crate) fn of<'r, 'a>(self, ranked: &'r [Ranked<'a>]) -> Option<&'r Ranked<'a>> {
        ranked.get(usize::try_from(self.at).ok()?)
    }
}

/// The order of attempts: what decides, in this order, is the place in the chain, how much the request is degraded,
/// whether the endpoint is where a route starts, the policy's `order`, how many preferences it does not meet, whether
/// every feature is known to be there, the `sort`, the default score, whether the request stays in its protocol, whether
/// the provider makes its models itself, whether the id stays in its spelling, and the endpoint's canonical text.
pub(crate) fn order(ranked: &[Ranked<'_>], ranks: &[Effective<'_>]) -> Vec<Place> {
    let sort = |ranked: &Ranked<'_>| ranks.get(ranked.grade.rank).map_or((false, 0), |rank| ranked.sorted_by(rank));
    let numbered = ranked.iter().zip(0..);
    let mut places: Vec<Place> = numbered.map(|(ranked, at)| Place { grade: 0, at, sort: sort(ranked) }).collect();
    number_grades(&mut places, ranked);
    places.sort_unstable_by(|a, b| {
        let alike = || Some(a.of(ranked)?.behind_the_sort(b.of(ranked)?));
        (a.grade, a.sort)
            .cmp(&(b.grade, b.sort))
            .then_with(|| alike().unwrap_or(Ordering::Equal))
            .then_with(|| a.at.cmp(&b.at))
    });
    places
}

/// Numbers the grades that there are, most often one, so that each is compared once.
fn number_grades(places: &mut [Place], ranked: &[Ranked<'_>]) {
    let grade = |place: &Place| place.of(ranked).map(|ranked| &ranked.grade);
    let is_above = |pair: &[Place]| matches!(pair, [a, b] if grade(a) != grade(b));
    if !places.windows(2).any(is_above) {
        return;
    }
    places.sort_unstable_by(|a, b| grade(a).cmp(&grade(b)));
    let (mut number, mut last) = (0, places.first().copied());
    for place in places {
        number += u32::from(last.is_some_and(|last| grade(&last) != grade(place)));
        place.grade = number;
        last = Some(*place);
    }
}

/// The place of the first entry of an `order` that names the endpoint; behind all entries of any order if none does, for
/// legs of one rank may have different orders.
fn place_in_order(order: &[Selector], endpoint: &Endpoint) -> usize {
    order.iter().position(|selector| selector.names(endpoint)).unwrap_or(usize::MAX)
}
