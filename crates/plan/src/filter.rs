//! Which constraints an endpoint does not meet, in the order of [`crate::Constraint`].

use std::borrow::Cow;

use switchback_capability::{self as capability, Cause, Degradation, Ownership, Support, Verdict, match_offer};
use switchback_catalog::{Endpoint, PriceKind};
use switchback_ir::{Feature, Protocol};
use switchback_units::{Millis, Money, Ratio, Tokens};

use crate::inventory::{Access, MissingFact};
use crate::legs::{Goal, Planned, Rulebook};
use crate::naming::{NamedModel, Target, VersionMatch};
use crate::policy::{Metric, Order, Prefix, Quantity, Threshold, Unknown};
use crate::reason::LimitPassed;
use crate::{Caller, Cost, Demand, Health, Inputs, Reason, Scope, Warmth, owner_id, retention};

/// A leg with what its checks look at, whichever the endpoint.
pub(crate) struct LegView<'a> {
    pub(crate) inputs: &'a Inputs<'a>,
    pub(crate) leg: &'a Planned<'a>,
    /// The leg's place in the plan.
    pub(crate) index: usize,
    /// What the request needs on this leg.
    pub(crate) demand: &'a Demand,
    levels: &'a [Rulebook<'a>],
    /// Whether there are rules to look at: most often there are none.
    has_rules: bool,
    /// Whether there are those or somebody counts what the caller has left.
    has_bounds: bool,
    /// Whether the provider must keep nothing of the request.
    pub(crate) forgets: bool,
    pub(crate) named: Option<&'a NamedModel>,
}

impl<'a> LegView<'a> {
    pub(crate) fn new(
        inputs: &'a Inputs<'a>,
        levels: &'a [Rulebook<'a>],
        (index, leg): (usize, &'a Planned<'a>),
        demand: &'a Demand,
    ) -> Self {
        let books = || leg.books.iter().chain(levels);
        let named = match leg.goal.naming().map(|naming| &naming.target) {
            Some(Target::Model(named)) => Some(named),
            Some(Target::Auto) | None => None,
        };
        let forgets = books().any(|book| book.rules.require.zero_retention);
        let has_rules = books().next().is_some();
        let has_bounds = has_rules || !inputs.caller.levels.is_empty();
        Self { inputs, leg, index, demand, levels, has_rules, has_bounds, forgets, named }
    }

    pub(crate) const fn case(&'a self, endpoint: &'a Endpoint) -> Case<'a> {
        Case { view: self, endpoint }
    }

    /// Why its endpoints are left out where nothing before it failed in a way that leads here.
    pub(crate) fn untriggered(&self) -> Reason {
        Reason::NotTriggered { on: self.leg.on.to_string() }
    }

    /// The rulebooks of the policy and its routes, then those of the caller's levels.
    fn books(&self) -> impl Iterator<Item = &'a Rulebook<'a>> {
        self.leg.books.iter().chain(self.levels)
    }
}

/// An endpoint as one leg names it, with all that the checks look at.
#[derive(Clone, Copy)]
pub(crate) struct Case<'a> {
    pub(crate) view: &'a LegView<'a>,
    pub(crate) endpoint: &'a Endpoint,
}

/// That an endpoint meets every hard constraint, and what was found out on the way.
pub(crate) struct Admission<'a> {
    pub(crate) protocol: Protocol,
    pub(crate) credentials: Vec<&'a str>,
    pub(crate) verdict: Verdict,
    pub(crate) cached: Option<Tokens>,
    pub(crate) cost: Option<Cost>,
}

/// The rulebooks of the caller's levels.
pub(crate) fn rulebooks(caller: &Caller) -> Vec<Rulebook<'_>> {
    let levels = caller.levels.iter().filter(|level| !level.rules.is_empty());
    levels.map(|level| Rulebook { level: Cow::Borrowed(&level.name), rules: &level.rules }).collect()
}

/// A check puts every reason that it finds into the list.
type Check = fn(&Case<'_>, &mut Vec<Reason>);

/// Everything that is decided without matching features, in the order of the constraints.
static CHECKS: [Check; 7] = [operation, naming, tier, pool, access, lists, facts];

/// Those of them that look at anything but rules.
static WITHOUT_RULES: [Check; 5] = [operation, naming, tier, pool, access];

impl<'a> Case<'a> {
    /// Whether the endpoint meets every hard constraint.
    pub(crate) fn is_admitted(&self) -> bool {
        self.admission().is_ok()
    }

    /// Why the endpoint is not tried, where it is not: health included.
    pub(crate) fn failure(&self) -> Option<Reason> {
        self.admission().err().or_else(|| self.health_reason(self.health()))
    }

    /// What was found out of an endpoint that meets every hard constraint, or the first that it does not meet. Health is
    /// left to [`Self::health_reason`], since it yields when nothing else is left.
    #[inline]
    pub(crate) fn admission(&self) -> Result<Admission<'a>, Reason> {
        let mut reasons = Vec::new();
        self.check(&mut reasons, true);
        settle(&mut reasons)?;
        let credentials = self.credentials().unwrap_or_else(|lacks| {
            reasons = lacks;
            Vec::new()
        });
        settle(&mut reasons)?;
        let protocol = self.endpoint.protocol().ok_or(Reason::NoSupportedProtocol)?;
        let (credentials, verdict) = self.best_owners(protocol, credentials);
        self.features(protocol, &verdict, credentials.first().copied(), &mut reasons);
        let cached = self.cached();
        let cost = self.cost(cached);
        self.budget(cost, &mut reasons);
        self.limits(&mut reasons);
        settle(&mut reasons)?;
        Ok(Admission { protocol, credentials, verdict, cached, cost })
    }

    /// Everything that is decided without matching features, in the order of the constraints: all that fails, or what
    /// fails first.
    #[inline]
    fn check(&self, reasons: &mut Vec<Reason>, first: bool) {
        let checks: &[Check] = if self.view.has_rules { &CHECKS } else { &WITHOUT_RULES };
        for check in checks {
            check(self, reasons);
            if first && !reasons.is_empty() {
                return;
            }
        }
    }

    /// Every hard constraint that the endpoint does not meet: what would have to be relaxed to use it. Health yields by
    /// itself.
    pub(crate) fn failures(&self) -> Vec<Reason> {
        let mut reasons = Vec::new();
        self.check(&mut reasons, false);
        let credentials = self.credentials().unwrap_or_else(|lacks| {
            reasons.extend(lacks);
            Vec::new()
        });
        if let Some(protocol) = self.endpoint.protocol() {
            let (credentials, verdict) = self.best_owners(protocol, credentials);
            self.features(protocol, &verdict, credentials.first().copied(), &mut reasons);
        }
        self.budget(self.cost(self.cached()), &mut reasons);
        self.limits(&mut reasons);
        reasons.sort_by_key(Reason::constraint);
        reasons
    }

    /// The soft constraint that the endpoint does not meet: it is cooling down, or it fails too often.
    pub(crate) fn health_reason(&self, health: Health) -> Option<Reason> {
        let (signals, now) = (self.view.inputs.signals, self.view.inputs.now);
        if let Some(until) = signals.uptime.blocked_until(self.endpoint.id(), now).filter(|until| *until > now) {
            return Some(Reason::CoolingDown { until });
        }
        let gate = self.view.leg.settings.gate;
        let uptime = health.uptime.filter(|uptime| gate.closes_on(*uptime))?;
        Some(Reason::GatedByUptime { uptime, gate: gate.below })
    }

    fn books(&self) -> impl Iterator<Item = &'a Rulebook<'a>> {
        self.view.books()
    }

    const fn named(&self) -> Option<&'a NamedModel> {
        self.view.named
    }

    /// Whether the leg names the endpoint's provider.
    fn is_pinned(&self) -> bool {
        match &self.view.leg.goal {
            Goal::Model(_) => self
                .named()
                .is_some_and(|named| named.provider.is_some() && named.other_provider(self.endpoint).is_none()),
            Goal::Pool(pool) => {
                pool.iter().any(|selector| selector.parts().0.is_some() && selector.names(self.endpoint))
            }
        }
    }

    /// What was measured, where it is one number; what is assumed where nothing was.
    pub(crate) fn metric(&self, metric: Metric) -> Option<f64> {
        let read = self.view.inputs.signals.metrics.metric(self.endpoint.id(), metric, self.view.inputs.now);
        read.or_else(|| {
            if metric == Metric::of(Quantity::Latency) {
                self.health().latency_ms.map(millis)
            } else if metric == Metric::of(Quantity::Uptime) {
                self.health().uptime.map(Ratio::get)
            } else {
                None
            }
        })
    }

    /// What the rank's sort looks at, where it is a measurement.
    pub(crate) fn sorted_by(&self) -> Option<f64> {
        let settings = &self.view.leg.settings;
        let Order::Metric(metric) = self.view.leg.sort.by else { return None };
        let assumed = [
            (Metric::of(Quantity::Latency), millis(settings.assume.latency_ms)),
            (Metric::of(Quantity::Uptime), settings.assume.uptime.get()),
        ];
        let assumed = || assumed.into_iter().find(|(known, _)| *known == metric).map(|(_, value)| value);
        self.metric(metric).or_else(assumed)
    }

    fn is_beyond(&self, threshold: &Threshold) -> Option<f64> {
        let is_meant = threshold.of.is_empty() || threshold.of.iter().any(|selector| selector.names(self.endpoint));
        if !is_meant {
            return None;
        }
        self.metric(threshold.metric).filter(|value| !threshold.admits(*value))
    }

    /// How many preferences it does not meet.
    pub(crate) fn unmet(&self) -> usize {
        self.view.leg.settings.prefer.iter().filter(|threshold| self.is_beyond(threshold).is_some()).count()
    }

    fn limits(&self, reasons: &mut Vec<Reason>) {
        if !self.view.has_bounds {
            return;
        }
        for book in self.books() {
            for threshold in &book.rules.limit {
                if let Some(value) = self.is_beyond(threshold) {
                    let limit = LimitPassed { metric: threshold.metric.to_string(), value };
                    reasons.push(Reason::OverLimit { level: book.level.clone().into_owned(), limit });
                }
            }
        }
        for level in &self.view.inputs.caller.levels {
            let asked = self.view.demand.input().lower.get();
            let left = [("requests", level.requests_left, 1), ("tokens", level.tokens_left, asked)];
            for (what, left, asked) in left {
                if let Some(value) = left.filter(|left| *left < asked) {
                    let limit = LimitPassed { metric: format!("{what} left"), value: count(value) };
                    reasons.push(Reason::OverLimit { level: level.name.clone(), limit });
                }
            }
        }
    }

    /// The ids of the scopes that reach the endpoint and satisfy every level's data rules; none without an inventory.
    /// Else what the way that comes nearest lacks.
    fn credentials(&self) -> Result<Vec<&'a str>, Vec<Reason>> {
        if self.view.inputs.inventory.is_none() && !self.view.has_rules {
            return Ok(Vec::new());
        }
        let scopes = self.view.inputs.inventory.into_iter().flat_map(|inventory| inventory.reaching(self.endpoint));
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
        for book in self.books() {
            let level = || book.level.clone().into_owned();
            reasons.extend(access.missing(&book.rules.require).map(|fact| match fact {
                MissingFact::ZeroRetention(known) => Reason::RetentionNotExcluded { level: level(), known },
                MissingFact::NoTraining(known) => Reason::TrainingNotExcluded { level: level(), known },
                MissingFact::Region => {
                    Reason::RegionNotAllowed { level: level(), regions: book.rules.require.regions.clone() }
                }
                MissingFact::Attribute(attribute) => Reason::AttributeMissing { level: level(), attribute },
            }));
        }
        reasons.sort_by_key(Reason::constraint);
        reasons
    }

    fn capability_policy(&self) -> capability::Policy {
        let settings = &self.view.leg.settings;
        let unknown = match settings.unknown {
            Unknown::Allow => capability::Unknown::Allow,
            Unknown::Deny => capability::Unknown::Reject,
        };
        let degradation = if settings.degrade.on { Degradation::KeepRequired } else { Degradation::Never };
        capability::Policy::default().unknown(unknown).degradation(degradation)
    }

    /// The credentials that hold most of the state that the request refers to, and the verdict with them.
    fn best_owners(&self, protocol: Protocol, credentials: Vec<&'a str>) -> (Vec<&'a str>, Verdict) {
        let policy = self.capability_policy();
        let first = self.verdict(protocol, policy, credentials.first().copied());
        if credentials.len() < 2 || self.view.inputs.ownership.is_none_or(Ownership::is_empty) {
            return (credentials, first);
        }
        let judged = credentials.into_iter().map(|scope| (scope, self.verdict(protocol, policy, Some(scope))));
        let judged: Vec<(&str, Verdict)> = judged.collect();
        let place = |verdict: &Verdict| (matches!(verdict, Verdict::Impossible { .. }), verdict.rank());
        let best = judged.iter().map(|(_, verdict)| verdict).min_by_key(|verdict| place(verdict)).cloned();
        let best = best.unwrap_or(first);
        let ids = judged.iter().filter(|(_, verdict)| *verdict == best).map(|(scope, _)| *scope).collect();
        (ids, best)
    }

    /// How the endpoint fits when it is asked with that credential.
    fn verdict(&self, protocol: Protocol, policy: capability::Policy, scope: Option<&str>) -> Verdict {
        let (demand, offer) = (self.view.demand, self.endpoint.offer());
        let changed = match (self.view.forgets, self.view.inputs.ownership.filter(|owned| !owned.is_empty())) {
            (false, None) => None,
            (true, None) => Some(retention::without(offer)),
            (forgets, Some(ownership)) => {
                let offer = if forgets { &retention::without(offer) } else { offer };
                Some(ownership.seen_from(owner_id(self.endpoint.provider(), scope), offer))
            }
        };
        let offer = changed.as_ref().unwrap_or(offer);
        match_offer(demand.requirements(), demand.origin(), protocol, offer, policy)
    }

    fn features(&self, protocol: Protocol, verdict: &Verdict, scope: Option<&str>, reasons: &mut Vec<Reason>) {
        let Verdict::Impossible { reasons: found } = verdict else { return };
        let willing = || self.capability_policy().degradation(Degradation::KeepRequired);
        let degraded = || self.verdict(protocol, willing(), scope);
        if !self.view.leg.settings.degrade.on
            && let Verdict::Degraded { steps, .. } = degraded()
            && let Some(first) = steps.first()
        {
            reasons.push(Reason::DegradationOff { steps: steps.len(), first: first.feature });
            return;
        }
        reasons.extend(found.iter().map(reason_of));
        reasons.sort_by_key(Reason::constraint);
    }

    fn cost(&self, cached: Option<Tokens>) -> Option<Cost> {
        Cost::of(self.endpoint, self.view.demand, self.view.leg.settings.assume, cached.unwrap_or(Tokens::ZERO))
    }

    pub(crate) fn warmth(&self) -> Option<Box<Warmth>> {
        if !self.view.leg.settings.affinity.on {
            return None;
        }
        self.view.inputs.signals.affinity.warmth(self.endpoint.id(), self.view.inputs.now).map(Box::new)
    }

    fn cached(&self) -> Option<Tokens> {
        if !self.view.leg.settings.affinity.on {
            return None;
        }
        self.view.inputs.signals.affinity.cached_tokens(self.endpoint.id(), self.view.inputs.now)
    }

    fn budget(&self, cost: Option<Cost>, reasons: &mut Vec<Reason>) {
        if !self.view.has_bounds {
            return;
        }
        for book in self.books() {
            let level = || book.level.clone().into_owned();
            for (line, ceiling) in &book.rules.require.max_price {
                let (line, ceiling) = (*line, *ceiling);
                match self.list_price(line) {
                    None => reasons.push(Reason::PriceUnknown { level: level() }),
                    Some(price) if price > ceiling => {
                        reasons.push(Reason::PriceTooHigh { level: level(), line, price, ceiling });
                    }
                    Some(_) => {}
                }
            }
        }
        for level in &self.view.inputs.caller.levels {
            let Some(left) = level.budget else { continue };
            let name = || level.name.clone();
            match cost {
                None => reasons.push(Reason::PriceUnknown { level: name() }),
                Some(cost) if cost.low > left => {
                    reasons.push(Reason::OverBudget { level: name(), cost: cost.low, left });
                }
                Some(_) => {}
            }
        }
        reasons.sort_by_key(Reason::constraint);
    }

    /// In dollars per million tokens, or per unit where the line counts something else.
    fn list_price(&self, line: PriceKind) -> Option<Money> {
        let price = self.endpoint.prices().rate(line, self.view.demand.expected_input())?;
        Some(price * if line.is_per_token() { 1_000_000 } else { 1 })
    }

    pub(crate) fn health(&self) -> Health {
        let (signals, id, now) = (self.view.inputs.signals, self.endpoint.id(), self.view.inputs.now);
        let features = self.view.demand.requirements().features();
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
    if *case.view.leg.settings.prefix == Prefix::Pin
        && let Some(wanted) = named.other_provider(case.endpoint)
    {
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
    if tier.is_standard() && !case.view.has_rules {
        return;
    }
    let lists = || case.books().filter(|book| !book.rules.require.tiers.is_empty());
    let is_in = |book: &Rulebook<'_>| book.rules.require.tiers.iter().any(|allowed| allowed == tier.as_str());
    if lists().next().is_none() && !tier.is_standard() && !case.view.demand.asks_for_tier(tier.as_str()) {
        reasons.push(Reason::TierNotRequested(tier.clone()));
    }
    let outside = lists().filter(|book| !is_in(book));
    reasons.extend(
        outside.map(|book| Reason::TierNotAllowed { level: book.level.clone().into_owned(), tier: tier.clone() }),
    );
}

fn pool(case: &Case<'_>, reasons: &mut Vec<Reason>) {
    let is_auto = case.view.leg.goal.naming().is_some_and(|naming| naming.target == Target::Auto);
    if is_auto && !in_pool(case) {
        reasons.push(Reason::NotInPool);
    }
    if !case.is_pinned() && !case.view.leg.settings.unmetered && !case.endpoint.is_metered_chat() {
        reasons.push(Reason::NotMetered(case.endpoint.billing()));
    }
}

/// Whether `auto` may choose the endpoint: the policy's pool says so, or, where that has none, the catalog's.
fn in_pool(case: &Case<'_>) -> bool {
    let (policy, endpoint) = (case.view.inputs.policy, case.endpoint);
    if policy.auto.is_empty() {
        return case.view.inputs.catalog.preferences().auto().iter().any(|family| family == endpoint.family());
    }
    policy.auto.iter().any(|entry| entry.names(endpoint))
}

/// What the catalog must say of an endpoint, whatever the request uses.
fn facts(case: &Case<'_>, reasons: &mut Vec<Reason>) {
    for book in case.books() {
        let lacks = |feature: &&Feature| case.endpoint.offer().support(**feature) != Support::Yes;
        let lacking = book.rules.require.features.iter().find(lacks);
        let level = || book.level.clone().into_owned();
        reasons.extend(lacking.map(|feature| Reason::FeatureNotProven { level: level(), feature: *feature }));
    }
}

fn access(case: &Case<'_>, reasons: &mut Vec<Reason>) {
    let reached = |inventory: &crate::Inventory| -> bool {
        let mut scopes = inventory.reaching(case.endpoint);
        let first: Option<&Scope> = scopes.next();
        first.is_some()
    };
    if case.view.inputs.inventory.is_some_and(|inventory| !reached(inventory)) {
        reasons.push(Reason::NoCredential);
    }
}

fn lists(case: &Case<'_>, reasons: &mut Vec<Reason>) {
    for book in case.books() {
        let allow = &book.rules.allow;
        if !allow.is_empty() && !allow.iter().any(|selector| selector.names(case.endpoint)) {
            reasons.push(Reason::NotAllowed { level: book.level.clone().into_owned() });
        }
    }
    for book in case.books() {
        let denied = book.rules.deny.iter().filter(|selector| selector.names(case.endpoint));
        let level = || book.level.clone().into_owned();
        reasons.extend(denied.map(|selector| Reason::Denied { level: level(), selector: selector.to_string() }));
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

#[expect(clippy::cast_precision_loss, reason = "spans and counts are far below 2^53")]
pub(crate) fn count(count: u64) -> f64 {
    count as f64
}

pub(crate) fn millis(span: Millis) -> f64 {
    count(span.get())
}
