//! The one order of attempts.

use std::cmp::Reverse;

use switchback_capability::Cost as Degradation;
use switchback_catalog::Endpoint;
use switchback_units::{Ratio, Timestamp};

use crate::filter::{Admission, Case};
use crate::naming::VersionMatch;
use crate::policy::{Effective, Order, rising};
use crate::{Attempt, Excluded, Reason, Score, Selector};

/// The endpoints that can be tried, in the order of their canonical texts. Attempts are large: they stay where they are
/// until their places are known.
#[derive(Debug)]
pub(crate) struct Eligible {
    attempts: Vec<Attempt>,
    /// Of those that are still to be tried.
    pub(crate) standings: Vec<Standing>,
}

/// What the place of an attempt depends on. But for `relative`, nothing of it depends on another candidate.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Standing {
    /// Where the attempt is.
    at: usize,
    /// Whether a soft constraint keeps it out: it is tried when nothing else is left.
    pub(crate) is_unwell: bool,
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

impl Eligible {
    pub(crate) fn with_capacity(count: usize) -> Self {
        Self { attempts: Vec::with_capacity(count), standings: Vec::with_capacity(count) }
    }

    /// Adds an endpoint that meets every hard constraint, with the other legs that admit it.
    #[inline]
    pub(crate) fn push(&mut self, case: Case<'_>, admission: Admission<'_>, also: Vec<usize>) {
        let Admission { protocol, credentials, verdict, cached, cost } = admission;
        let Case { view, endpoint } = case;
        let (settings, named) = (&view.leg.settings, view.named);
        let (health, warmth) = (case.health(), case.warmth());
        let version_untold = named.is_some_and(|named| named.version_of(endpoint) == VersionMatch::Untold);
        let despite = case.health_reason(health);
        self.standings.push(Standing {
            at: self.attempts.len(),
            is_unwell: despite.is_some(),
            grade: Grade {
                rank: view.leg.rank,
                degradation: verdict.cost().unwrap_or(Degradation::ZERO),
                elsewhere: named.is_some_and(|named| named.other_provider(endpoint).is_some()),
                ordered: place_in_order(settings.order, endpoint),
                unmet: case.unmet(),
                unverified: version_untold || !verdict.unverified().is_empty(),
            },
            metric: case.sorted_by(),
            relative: 0.0,
            indirection: [
                view.inputs.demand.origin().is_some_and(|origin| origin != protocol),
                !endpoint.is_first_party(),
                named.is_some_and(|named| !named.is_spelled(endpoint)),
            ],
        });
        let owned = |ids: Vec<&str>| ids.into_iter().map(str::to_owned).collect();
        self.attempts.push(Attempt {
            score: Score::new(cost, health, warmth.as_deref(), settings.weights, settings.assume),
            endpoint: endpoint.clone(),
            credentials: if credentials.is_empty() { Vec::new() } else { owned(credentials) },
            leg: view.index,
            stateless: view.forgets,
            protocol,
            verdict,
            version_untold,
            also,
            cost,
            cached,
            warmth,
            health,
            despite,
        });
    }

    /// The attempt of a standing.
    #[inline]
    pub(crate) fn attempt(&self, standing: &Standing) -> Option<&Attempt> {
        self.attempts.get(standing.at)
    }

    /// The attempts at these places, in their order.
    pub(crate) fn into_attempts(self, places: &[Place]) -> Vec<Attempt> {
        let Self { mut attempts, standings } = self;
        // Where each of them goes: those without a place behind the others, where they are cut off.
        let mut targets = vec![usize::MAX; attempts.len()];
        let tried = places.iter().filter_map(|place| Some(place.of(&standings)?.at));
        for (target, at) in tried.enumerate() {
            if let Some(slot) = targets.get_mut(at) {
                *slot = target;
            }
        }
        let behind = targets.iter_mut().filter(|target| **target == usize::MAX);
        for (target, place) in behind.zip(places.len()..) {
            *target = place;
        }
        for at in 0..attempts.len() {
            // Each swap brings one of them where it goes.
            while let Some(target) = targets.get(at).copied().filter(|target| *target != at) {
                attempts.swap(at, target);
                targets.swap(at, target);
            }
        }
        attempts.truncate(places.len());
        attempts
    }
}

impl Attempt {
    /// What stands in its place when it is not tried.
    pub(crate) fn left_out(&self, reason: Reason) -> Excluded {
        Excluded { endpoint: self.endpoint.clone(), reason }
    }

    /// The legs that admit it.
    pub(crate) fn legs(&self) -> impl Iterator<Item = usize> {
        std::iter::once(self.leg).chain(self.also.iter().copied())
    }

    /// How hard its soft constraint is: those that fail least come first, then those that are asked again soonest.
    pub(crate) const fn severity(&self) -> (u8, Option<Reverse<Ratio>>, Option<Timestamp>) {
        match &self.despite {
            None => (0, None, None),
            Some(Reason::GatedByUptime { uptime, .. }) => (1, Some(Reverse(*uptime)), None),
            Some(Reason::CoolingDown { until }) => (2, None, Some(*until)),
            Some(_) => (3, None, None),
        }
    }
}

/// What a rank sorts by. What is unknown stays behind what is known, in whichever direction.
fn sorted_by(settings: &Effective<'_>, standing: &Standing, attempt: &Attempt) -> Amount {
    let sort = settings.sort;
    let turned = |amount: u128| if sort.reverse { !amount } else { amount };
    match sort.by {
        Order::Score => {
            let (is_unknown, amount) = attempt.score.place();
            (is_unknown, turned(amount.pico_dollars()))
        }
        Order::Cost => match attempt.cost {
            Some(cost) => (false, turned(cost.expected.pico_dollars())),
            None => (true, 0),
        },
        Order::Metric(metric) => match standing.metric {
            Some(value) => (false, turned(u128::from(metric.place(value)))),
            None => (true, 0),
        },
        Order::LlmGateway | Order::InverseSquarePrice => {
            (!standing.relative.is_finite(), turned(u128::from(rising(standing.relative))))
        }
    }
}

/// Whether it is unknown, and how much it is.
type Amount = (bool, u128);

/// The place of an attempt, as one number that is sorted by: from its highest bit on 31 bits for the number of its grade
/// among the grades that there are, one for whether what its rank sorts by is unknown, 64 for how much that is, or all of
/// them set where it is more, and 32 for which of the standings it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Place(u128);

impl Place {
    const GRADE: u32 = 97;
    const UNKNOWN: u32 = 96;
    const AMOUNT: u32 = 32;

    fn new((is_unknown, amount): Amount, at: u32) -> Self {
        let amount = u64::try_from(amount).unwrap_or(u64::MAX);
        Self(u128::from(is_unknown) << Self::UNKNOWN | u128::from(amount) << Self::AMOUNT | u128::from(at))
    }

    fn in_grade(self, number: u32) -> Self {
        Self(self.0 | u128::from(number) << Self::GRADE)
    }

    pub(crate) fn of(self, standings: &[Standing]) -> Option<&Standing> {
        standings.get(usize::try_from(self.0 & u128::from(u32::MAX)).ok()?)
    }

    /// Whether another is of the same grade.
    pub(crate) const fn is_graded_as(self, other: Self) -> bool {
        self.0 >> Self::GRADE == other.0 >> Self::GRADE
    }

    /// Whether nothing but which of the standings it is tells another from it.
    const fn is_alike(self, other: Self) -> bool {
        self.0 >> Self::AMOUNT == other.0 >> Self::AMOUNT
    }
}

/// The order of attempts: what decides, in this order, is the place in the chain, how much the request is degraded,
/// whether the endpoint is where a route starts, the policy's `order`, how many preferences it does not meet, whether
/// every feature is known to be there, the `sort`, the default score, whether the request stays in its protocol, whether
/// the provider makes its models itself, whether the id stays in its spelling, and the endpoint's canonical text.
pub(crate) fn order(eligible: &Eligible, ranks: &[Effective<'_>]) -> Vec<Place> {
    let standings = &eligible.standings;
    let amount = |standing: &Standing| {
        let settings = ranks.get(standing.grade.rank)?;
        Some(sorted_by(settings, standing, eligible.attempt(standing)?))
    };
    let place = |(standing, at): (&Standing, u32)| Place::new(amount(standing).unwrap_or_default(), at);
    let mut places: Vec<Place> = standings.iter().zip(0..).map(place).collect();
    number_grades(&mut places, standings);
    places.sort_unstable();
    // What decides between two that are alike, but for their places among the candidates.
    let rest = |place: &Place| {
        let standing = place.of(standings)?;
        Some((amount(standing), eligible.attempt(standing)?.score.place(), standing.indirection))
    };
    for alike in places.chunk_by_mut(|a, b| a.is_alike(*b)).filter(|alike| alike.len() > 1) {
        alike.sort_by_cached_key(rest);
    }
    places
}

/// Numbers the grades that there are, most often one, so that each is compared once.
fn number_grades(places: &mut [Place], standings: &[Standing]) {
    if !standings.windows(2).any(|pair| matches!(pair, [a, b] if a.grade != b.grade)) {
        return;
    }
    let grade = |place: &Place| place.of(standings).map(|standing| &standing.grade);
    places.sort_unstable_by(|a, b| grade(a).cmp(&grade(b)));
    let (mut number, mut last) = (0, places.first().copied());
    for place in places {
        number += u32::from(last.is_some_and(|last| grade(&last) != grade(place)));
        last = Some(*place);
        *place = place.in_grade(number);
    }
}

/// The place of the first entry of an `order` that names the endpoint; behind all entries of any order if none does, for
/// legs of one rank may have different orders.
fn place_in_order(order: &[Selector], endpoint: &Endpoint) -> usize {
    order.iter().position(|selector| selector.names(endpoint)).unwrap_or(usize::MAX)
}
