//! The one order of attempts.

use std::cmp::{Ordering, Reverse};

use switchback_capability::Cost as Degradation;
use switchback_catalog::{Catalog, Endpoint};

use crate::filter::Fit;
use crate::naming::{Naming, Target};
use crate::{Inputs, Policy, Reason, Score, Sort};

/// An endpoint that can be tried, with everything that its place depends on: nothing of it depends on another
/// candidate.
#[derive(Clone, Debug)]
pub(crate) struct Ranked<'a> {
    pub(crate) endpoint: &'a Endpoint,
    pub(crate) fit: Fit<'a>,
    pub(crate) score: Score,
    /// Which model string named it: 0 for the request's own, then the fallbacks.
    pub(crate) step: usize,
    /// The soft constraint that it does not meet, for attempts of last resort.
    pub(crate) despite: Option<Reason>,
    degradation: Degradation,
    preferred: usize,
    unverified: bool,
    /// What stands between the request and the model, where nothing else tells two endpoints apart: whether the request
    /// has to be translated, whether somebody else's models are served, whether the id is spelled otherwise.
    indirection: [bool; 3],
}

impl<'a> Ranked<'a> {
    pub(crate) fn new(inputs: &Inputs<'_>, step: usize, naming: &Naming, endpoint: &'a Endpoint, fit: Fit<'a>) -> Self {
        let policy = inputs.policy;
        let respelled = match &naming.target {
            Target::Auto => false,
            Target::Model(named) => !named.is_spelled(endpoint),
        };
        Self {
            score: Score::new(fit.cost, fit.health, fit.warmth.as_ref(), policy),
            degradation: fit.verdict.cost().unwrap_or(Degradation::ZERO),
            preferred: place_in_order(policy, endpoint),
            unverified: fit.version_untold || !fit.verdict.unverified().is_empty(),
            indirection: [
                inputs.demand.origin().is_some_and(|origin| origin != fit.protocol),
                !is_first_party(inputs.catalog, endpoint),
                respelled,
            ],
            despite: None,
            endpoint,
            step,
            fit,
        }
    }

    /// The same endpoint, to be tried although it does not meet a soft constraint.
    pub(crate) fn despite(self, reason: Reason) -> Self {
        Self { despite: Some(reason), ..self }
    }

    /// The order of attempts: what decides, in this order, is the model string that named the endpoint, how much the
    /// request is degraded, the policy's `order`, whether every feature is known to be there, the policy's `sort`, the
    /// default score, whether the request stays in its protocol, whether the provider makes its models itself, whether
    /// the id stays in its spelling, and the endpoint's canonical text.
    pub(crate) fn order(&self, other: &Self, policy: &Policy) -> Ordering {
        (self.step, self.degradation, self.preferred, self.unverified)
            .cmp(&(other.step, other.degradation, other.preferred, other.unverified))
            .then_with(|| self.by_sort(other, policy))
            .then_with(|| self.score.order(&other.score))
            .then_with(|| self.indirection.cmp(&other.indirection))
            .then_with(|| self.endpoint.canonical().cmp(other.endpoint.canonical()))
    }

    /// The order of last resorts: those that fail least, then those that are asked again soonest.
    pub(crate) fn order_of_last_resort(&self, other: &Self, policy: &Policy) -> Ordering {
        let severity = |ranked: &Self| match &ranked.despite {
            None => (0, None, None),
            Some(Reason::GatedByUptime { uptime, .. }) => (1, Some(Reverse(*uptime)), None),
            Some(Reason::CoolingDown { until }) => (2, None, Some(*until)),
            Some(_) => (3, None, None),
        };
        severity(self).cmp(&severity(other)).then_with(|| self.order(other, policy))
    }

    fn by_sort(&self, other: &Self, policy: &Policy) -> Ordering {
        let assume = &policy.assume;
        match policy.sort {
            Sort::Score => Ordering::Equal,
            Sort::Cost => {
                let cost = |ranked: &Self| ranked.fit.cost.map(|cost| cost.expected);
                cost(self).is_none().cmp(&cost(other).is_none()).then_with(|| cost(self).cmp(&cost(other)))
            }
            Sort::Latency => self.fit.health.first_token(assume).cmp(&other.fit.health.first_token(assume)),
            Sort::Uptime => other.fit.health.success_rate(assume).cmp(&self.fit.health.success_rate(assume)),
        }
    }
}

fn is_first_party(catalog: &Catalog, endpoint: &Endpoint) -> bool {
    catalog.providers().provider(endpoint.provider()).is_some_and(|provider| provider.first_party)
}

/// The place of the first entry of the policy's `order` that names the endpoint; behind all entries if none does.
fn place_in_order(policy: &Policy, endpoint: &Endpoint) -> usize {
    policy.order.iter().position(|selector| selector.names(endpoint)).unwrap_or(policy.order.len())
}
