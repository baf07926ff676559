use serde::{Deserialize, Serialize};
use switchback_catalog::EndpointId;
use switchback_ir::ErrorClass;
use switchback_units::{Timestamp, Tokens};

use crate::{Attempt, Plan, Reason, Retry, Timeouts, Triggers};

/// Where one request may go and under which rules: what a [`Cursor`](crate::Cursor) walks. Plain data that outlives the
/// plan and the catalog it was made from.
///
/// ```
/// use switchback_catalog::EndpointId;
/// use switchback_plan::{Itinerary, Leg, Stop, Triggers};
///
/// let (small, large) = (EndpointId::from(1), EndpointId::from(2));
/// let mut itinerary = Itinerary::default();
/// itinerary.legs = vec![Leg::default(), Leg::default().on(Triggers::read(["context_overflow"])?)];
/// itinerary.stops = vec![Stop::new(small), Stop::new(large).in_leg(1)];
/// assert_eq!(itinerary.leg_of(&itinerary.stops[1]).on.to_string(), "context_overflow");
/// # Ok::<(), switchback_plan::UnreadableTrigger>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[non_exhaustive]
pub struct Itinerary {
    /// The rules that stops share.
    pub legs: Vec<Leg>,
    /// The endpoints, in order.
    pub stops: Vec<Stop>,
    /// From then on no attempt starts; one that is under way is cut by its timeouts, which end there.
    pub deadline: Option<Timestamp>,
    /// How many attempts there may be in all, retries included. `None` for no limit beside the stops' own.
    pub max_attempts: Option<u32>,
    /// What the jitter of the waits is drawn from.
    pub seed: u64,
}

/// The rules of some of the stops.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[non_exhaustive]
pub struct Leg {
    /// Legs of one rank are one stretch of the way: between their stops `failover` leads. `None` for a stretch of its
    /// own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rank: Option<u32>,
    /// The failures that lead here from a stop of another leg. That a stop is cooling down is such a failure too, an
    /// [`Overloaded`](switchback_ir::ErrorClass::Overloaded) one.
    pub on: Triggers,
    /// The failures that lead from one of its stops to another.
    pub failover: Triggers,
    /// When and how often one of its stops is asked again.
    pub retry: Retry,
    /// How long an attempt may take.
    pub timeouts: Timeouts,
}

/// One endpoint on the way.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Stop {
    /// The endpoint.
    pub endpoint: EndpointId,
    /// Which of the itinerary's legs it belongs to; where there is no such leg the default rules hold.
    #[serde(default)]
    pub leg: usize,
    /// Other legs whose triggers lead to it as well.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub also: Vec<usize>,
    /// Who serves it. A credential that one stop of a provider refuses is of no use at its others.
    #[serde(default)]
    pub provider: String,
    /// The ids of the credentials that may be used, in order; empty for the one that the embedder has.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub credentials: Vec<String>,
    /// Until then it is left alone: others come first, and it is waited for when none is left.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not_before: Option<Timestamp>,
    /// Its context window, where known: what overflowed one is not sent to another that is no larger.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub window: Option<Tokens>,
}

impl Itinerary {
    /// The rules of a stop.
    pub fn leg_of(&self, stop: &Stop) -> &Leg {
        self.leg(stop.leg)
    }

    fn leg(&self, index: usize) -> &Leg {
        self.legs.get(index).unwrap_or(&DEFAULT_LEG)
    }

    /// Whether a failure of one stop leads to another: within a stretch by the leg's `failover`, into another by the
    /// `on` of the stop's leg or of another leg that it belongs to as well.
    pub(crate) fn leads(&self, from: &Stop, to: &Stop, class: ErrorClass, status: Option<u16>) -> bool {
        let (left, entered) = (self.leg_of(from), self.leg_of(to));
        if from.leg == to.leg || (left.rank.is_some() && left.rank == entered.rank) {
            return entered.failover.matches(class, status);
        }
        std::iter::once(&to.leg).chain(&to.also).any(|leg| self.leg(*leg).on.matches(class, status))
    }
}

static DEFAULT_LEG: std::sync::LazyLock<Leg> = std::sync::LazyLock::new(Leg::default);

impl Leg {
    /// The same, entered on those failures.
    #[must_use]
    pub fn on(self, on: Triggers) -> Self {
        Self { on, ..self }
    }

    /// The same, with those failures leading from one of its stops to another.
    #[must_use]
    pub fn failover(self, failover: Triggers) -> Self {
        Self { failover, ..self }
    }

    /// The same with those retries.
    #[must_use]
    pub fn retry(self, retry: Retry) -> Self {
        Self { retry, ..self }
    }

    /// The same with those limits of time.
    #[must_use]
    pub fn timeouts(self, timeouts: Timeouts) -> Self {
        Self { timeouts, ..self }
    }
}

impl Stop {
    /// A stop of the first leg at an endpoint of which nothing else is known.
    pub const fn new(endpoint: EndpointId) -> Self {
        Self {
            endpoint,
            leg: 0,
            also: Vec::new(),
            provider: String::new(),
            credentials: Vec::new(),
            not_before: None,
            window: None,
        }
    }

    /// The same in that leg.
    #[must_use]
    pub fn in_leg(self, leg: usize) -> Self {
        Self { leg, ..self }
    }

    /// The same with those credentials of that provider.
    #[must_use]
    pub fn with_credentials(self, provider: &str, credentials: &[&str]) -> Self {
        let credentials = credentials.iter().map(|id| (*id).to_owned()).collect();
        Self { provider: provider.to_owned(), credentials, ..self }
    }

    /// The same, left alone until then.
    #[must_use]
    pub fn not_before(self, at: Timestamp) -> Self {
        Self { not_before: Some(at), ..self }
    }

    /// The same with that context window.
    #[must_use]
    pub fn with_window(self, window: Tokens) -> Self {
        Self { window: Some(window), ..self }
    }

    /// The credentials to try in order, the embedder's own being `None`.
    pub(crate) fn keys(&self) -> impl Iterator<Item = Option<&str>> {
        let own = self.credentials.is_empty().then_some(None);
        self.credentials.iter().map(|id| Some(id.as_str())).chain(own)
    }
}

impl From<&Attempt> for Stop {
    fn from(attempt: &Attempt) -> Self {
        Self {
            endpoint: attempt.id(),
            leg: attempt.leg,
            also: attempt.also.clone(),
            provider: attempt.endpoint.provider().to_owned(),
            credentials: attempt.credentials.clone(),
            not_before: match attempt.despite {
                Some(Reason::CoolingDown { until }) => Some(until),
                _ => None,
            },
            window: attempt.endpoint.row().context_window,
        }
    }
}

impl From<&Plan> for Itinerary {
    /// The plan's attempts under the rules of their legs, with the plan's seed, given up when the plan says so.
    fn from(plan: &Plan) -> Self {
        let give_up = plan.give_up();
        Self {
            legs: plan.legs().iter().map(|leg| leg.rules.clone()).collect(),
            stops: plan.attempts().iter().map(Stop::from).collect(),
            deadline: give_up.after_ms.map(|span| plan.now().saturating_add(span)),
            max_attempts: give_up.after_attempts,
            seed: plan.seed(),
        }
    }
}
