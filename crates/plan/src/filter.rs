//! Which constraints an endpoint does not meet, in the order of [`crate::Constraint`].

use switchback_capability::{self as capability, Cause, Degradation, Verdict, match_offer};
use switchback_catalog::Endpoint;
use switchback_ir::Protocol;
use switchback_units::{Ratio, Tokens};

use crate::inventory::{Access, MissingFact};
use crate::naming::{NamedModel, Naming, Target, VersionMatch};
use crate::{Cost, Health, Inputs, Reason, Rules, Scope, Unknown, Warmth};

/// An endpoint as one model string names it, with all that the checks look at.
pub(crate) struct Case<'a> {
    pub(crate) inputs: &'a Inputs<'a>,
    pub(crate) levels: &'a [Rulebook<'a>],
    pub(crate) naming: &'a Naming,
    pub(crate) endpoint: &'a Endpoint,
}

/// The constraints of the policy or of one level of the caller.
pub(crate) struct Rulebook<'a> {
    pub(crate) level: &'a str,
    pub(crate) rules: Rules,
}

/// What an endpoint that met every hard constraint is worth.
#[derive(Clone, Debug)]
pub(crate) struct Fit<'a> {
    pub(crate) protocol: Protocol,
    pub(crate) verdict: Verdict,
    /// Whether the version asked for is one that the endpoint's id does not tell.
    pub(crate) version_untold: bool,
    pub(crate) credentials: Vec<&'a str>,
    pub(crate) cost: Option<Cost>,
    pub(crate) health: Health,
    pub(crate) cached: Option<Tokens>,
    pub(crate) warmth: Option<Warmth>,
}

/// The policy's rulebook, then those of the caller's levels.
pub(crate) fn rulebooks<'a>(inputs: &Inputs<'a>) -> Vec<Rulebook<'a>> {
    let policy = Rulebook { level: "policy", rules: inputs.policy.rules() };
    let levels = inputs.caller.levels.iter();
    let levels = levels.map(|level| Rulebook { level: &level.name, rules: level.rules.clone() });
    std::iter::once(policy).chain(levels).collect()
}

/// A check puts every reason that it finds into the list.
type Check = fn(&Case<'_>, &mut Vec<Reason>);

/// Everything that is decided without matching features, in the order of the constraints.
const CHECKS: [Check; 6] = [operation, naming, tier, pool, access, lists];

impl<'a> Case<'a> {
    /// What the endpoint is worth, or the first hard constraint that it does not meet. Health is left to
    /// [`Self::health_reason`], since it yields when nothing else is left.
    pub(crate) fn fit(&self) -> Result<Fit<'a>, Reason> {
        let mut reasons = Vec::new();
        for check in CHECKS {
            check(self, &mut reasons);
            settle(&mut reasons)?;
        }
        let credentials = self.credentials().unwrap_or_else(|lacks| {
            reasons = lacks;
            Vec::new()
        });
        settle(&mut reasons)?;
        let protocol = self.endpoint.protocol().ok_or(Reason::NoSupportedProtocol)?;
        let verdict = self.verdict(protocol, self.capability_policy());
        self.features(protocol, &verdict, &mut reasons);
        let cost = self.cost();
        self.budget(cost, &mut reasons);
        settle(&mut reasons)?;
        Ok(Fit {
            protocol,
            verdict,
            version_untold: self.named().is_some_and(|named| named.version_of(self.endpoint) == VersionMatch::Untold),
            credentials,
            cost,
            health: self.health(),
            cached: self.cached(),
            warmth: self.inputs.signals.affinity.warmth(self.endpoint.id(), self.inputs.now),
        })
    }

    /// Every hard constraint that the endpoint does not meet: what would have to be relaxed to use it. Health yields by
    /// itself.
    pub(crate) fn failures(&self) -> Vec<Reason> {
        let mut reasons = Vec::new();
        for check in CHECKS {
            check(self, &mut reasons);
        }
        if let Err(lacks) = self.credentials() {
            reasons.extend(lacks);
        }
        if let Some(protocol) = self.endpoint.protocol() {
            self.features(protocol, &self.verdict(protocol, self.capability_policy()), &mut reasons);
        }
        self.budget(self.cost(), &mut reasons);
        reasons.sort_by_key(Reason::constraint);
        reasons
    }

    /// The soft constraint that the endpoint does not meet: it is cooling down, or it fails too often.
    pub(crate) fn health_reason(&self) -> Option<Reason> {
        let (signals, now) = (self.inputs.signals, self.inputs.now);
        if let Some(until) = signals.uptime.blocked_until(self.endpoint.id(), now).filter(|until| *until > now) {
            return Some(Reason::CoolingDown { until });
        }
        let gate = self.inputs.policy.gate;
        let uptime = self.health().uptime.filter(|uptime| gate.closes_on(*uptime))?;
        Some(Reason::GatedByUptime { uptime, gate: gate.below })
    }

    fn named(&self) -> Option<&'a NamedModel> {
        match &self.naming.target {
            Target::Auto => None,
            Target::Model(named) => Some(named),
        }
    }

    /// Whether the model string names the provider.
    fn is_pinned(&self) -> bool {
        self.named().is_some_and(|named| named.provider.is_some())
    }

    /// The ids of the scopes that reach the endpoint and satisfy every level's data rules; none without an inventory.
    /// Else what the way that comes nearest lacks.
    fn credentials(&self) -> Result<Vec<&'a str>, Vec<Reason>> {
        let scopes = self.inputs.inventory.into_iter().flat_map(|inventory| inventory.reaching(self.endpoint));
        let (mut ids, mut nearest): (Vec<&str>, Option<Vec<Reason>>) = (Vec::new(), None);
        for scope in scopes {
            let lacks = self.data_rules(Access::new(self.endpoint, Some(scope)));
            if lacks.is_empty() {
                ids.push(&scope.id);
            } else if nearest.as_ref().is_none_or(|nearest| lacks.len() < nearest.len()) {
                nearest = Some(lacks);
            }
        }
        if !ids.is_empty() {
            return Ok(ids);
        }
        // Reached by nobody, which `access` has said, or no inventory: the bare endpoint is judged all the same.
        let lacks = nearest.unwrap_or_else(|| self.data_rules(Access::new(self.endpoint, None)));
        if lacks.is_empty() { Ok(ids) } else { Err(lacks) }
    }

    /// The data rules of every level that are not known to hold on this way to the endpoint.
    fn data_rules(&self, access: Access<'_>) -> Vec<Reason> {
        let mut reasons = Vec::new();
        for book in self.levels {
            let level = || book.level.to_owned();
            reasons.extend(access.missing(&book.rules.require).map(|fact| match fact {
                MissingFact::ZeroRetention(known) => Reason::RetentionNotExcluded { level: level(), known },
                MissingFact::NoTraining(known) => Reason::TrainingNotExcluded { level: level(), known },
                MissingFact::Region => {
                    Reason::RegionNotAllowed { level: level(), regions: book.rules.require.regions.clone() }
                }
            }));
        }
        reasons.sort_by_key(Reason::constraint);
        reasons
    }

    fn capability_policy(&self) -> capability::Policy {
        let policy = self.inputs.policy;
        let unknown = match policy.unknown {
            Unknown::Allow => capability::Unknown::Allow,
            Unknown::Deny => capability::Unknown::Reject,
        };
        let degradation = if policy.degrade { Degradation::KeepRequired } else { Degradation::Never };
        capability::Policy::default().unknown(unknown).degradation(degradation)
    }

    fn verdict(&self, protocol: Protocol, policy: capability::Policy) -> Verdict {
        let demand = self.inputs.demand;
        match_offer(demand.requirements(), demand.origin(), protocol, self.endpoint.offer(), policy)
    }

    fn features(&self, protocol: Protocol, verdict: &Verdict, reasons: &mut Vec<Reason>) {
        let Verdict::Impossible { reasons: found } = verdict else { return };
        let degraded = || self.verdict(protocol, self.capability_policy().degradation(Degradation::KeepRequired));
        if !self.inputs.policy.degrade
            && let Verdict::Degraded { steps, .. } = degraded()
            && let Some(first) = steps.first()
        {
            reasons.push(Reason::DegradationOff { steps: steps.len(), first: first.feature });
            return;
        }
        reasons.extend(found.iter().map(reason_of));
        reasons.sort_by_key(Reason::constraint);
    }

    fn cost(&self) -> Option<Cost> {
        let cached = self.cached().unwrap_or(Tokens::ZERO);
        Cost::of(self.endpoint, self.inputs.demand, &self.inputs.policy.assume, cached)
    }

    fn cached(&self) -> Option<Tokens> {
        self.inputs.signals.affinity.cached_tokens(self.endpoint.id(), self.inputs.now)
    }

    fn budget(&self, cost: Option<Cost>, reasons: &mut Vec<Reason>) {
        for level in &self.inputs.caller.levels {
            let (Some(left), level) = (level.budget, level.name.clone()) else { continue };
            match cost {
                None => reasons.push(Reason::PriceUnknown { level }),
                Some(cost) if cost.low > left => reasons.push(Reason::OverBudget { level, cost: cost.low, left }),
                Some(_) => {}
            }
        }
        reasons.sort_by_key(Reason::constraint);
    }

    fn health(&self) -> Health {
        let (signals, id, now) = (self.inputs.signals, self.endpoint.id(), self.inputs.now);
        let features = self.inputs.demand.requirements().features();
        let uptime: Option<Ratio> = signals.uptime.success_rate(id, features, now);
        Health { uptime, latency_ms: signals.latency.first_token(id, now) }
    }
}

/// The first of the reasons, if there is one.
fn settle(reasons: &mut Vec<Reason>) -> Result<(), Reason> {
    if reasons.is_empty() { Ok(()) } else { Err(reasons.swap_remove(0)) }
}

fn operation(case: &Case<'_>, reasons: &mut Vec<Reason>) {
    let operation = case.endpoint.operation();
    if operation != switchback_catalog::Operation::Chat {
        reasons.push(Reason::UnsupportedOperation(operation));
    } else if case.endpoint.protocol().is_none() {
        reasons.push(Reason::NoSupportedProtocol);
    }
}

fn naming(case: &Case<'_>, reasons: &mut Vec<Reason>) {
    let Some(named) = case.named() else { return };
    if let Some(wanted) = named.other_provider(case.endpoint) {
        reasons.push(Reason::OtherProvider { wanted: wanted.to_owned() });
    }
    if let Some(wanted) = &named.version
        && named.version_of(case.endpoint) == VersionMatch::Other
    {
        reasons.push(Reason::OtherVersion { wanted: wanted.clone() });
    }
    if let Some(wanted) = &named.region
        && !named.is_spelled(case.endpoint)
        && case.endpoint.region() != Some(wanted)
    {
        reasons.push(Reason::OtherRegion { wanted: wanted.clone() });
    }
}

/// An endpoint of the standard tier serves a request for another one if it takes the field: that is a feature.
fn tier(case: &Case<'_>, reasons: &mut Vec<Reason>) {
    let tier = case.endpoint.tier();
    if !tier.is_standard() && !case.inputs.demand.asks_for_tier(tier.as_str()) {
        reasons.push(Reason::TierNotRequested(tier.clone()));
    }
}

fn pool(case: &Case<'_>, reasons: &mut Vec<Reason>) {
    let policy = case.inputs.policy;
    if case.named().is_none() && !in_pool(case) {
        reasons.push(Reason::NotInPool);
    }
    if !case.is_pinned() && !policy.unmetered && !case.endpoint.is_metered_chat() {
        reasons.push(Reason::NotMetered(case.endpoint.billing()));
    }
}

/// Whether `auto` may choose the endpoint: the policy's pool says so, or, where that has none, the catalog's.
fn in_pool(case: &Case<'_>) -> bool {
    let (policy, endpoint) = (case.inputs.policy, case.endpoint);
    if policy.auto.is_empty() {
        return case.inputs.catalog.preferences().auto().iter().any(|family| family == endpoint.family());
    }
    policy.auto.iter().any(|entry| entry.names(endpoint))
}

fn access(case: &Case<'_>, reasons: &mut Vec<Reason>) {
    let reached = |inventory: &crate::Inventory| -> bool {
        let mut scopes = inventory.reaching(case.endpoint);
        let first: Option<&Scope> = scopes.next();
        first.is_some()
    };
    if case.inputs.inventory.is_some_and(|inventory| !reached(inventory)) {
        reasons.push(Reason::NoCredential);
    }
}

fn lists(case: &Case<'_>, reasons: &mut Vec<Reason>) {
    for book in case.levels {
        let allow = &book.rules.allow;
        if !allow.is_empty() && !allow.iter().any(|selector| selector.names(case.endpoint)) {
            reasons.push(Reason::NotAllowed { level: book.level.to_owned() });
        }
    }
    for book in case.levels {
        let denied = book.rules.deny.iter().filter(|selector| selector.names(case.endpoint));
        reasons.extend(
            denied.map(|selector| Reason::Denied { level: book.level.to_owned(), selector: selector.to_string() }),
        );
    }
}

fn reason_of(reason: &capability::Reason) -> Reason {
    match *reason {
        capability::Reason::Feature { feature, cause: Cause::Unverified, .. } => Reason::FeatureUnverified(feature),
        capability::Reason::Feature { feature, cause, .. } => Reason::FeatureMissing { feature, cause },
        capability::Reason::InputTooLong { lower, limit } => Reason::ContextTooSmall { needs: lower, limit },
        capability::Reason::OutputTooLong { asked, limit } => Reason::OutputTooLong { asked, limit },
    }
}
