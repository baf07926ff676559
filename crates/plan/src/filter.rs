//! Whether an endpoint may be tried, and what is found out of it on the way.

use std::borrow::Cow;

use switchback_capability::{self as capability, Degradation, Matcher, Verdict};
use switchback_catalog::{Endpoint, PriceKind};
use switchback_ir::Protocol;
use switchback_units::{Millis, Money, Ratio, Tokens};

use crate::checks::{check, missing};
use crate::inventory::{Access, MissingFact};
use crate::legs::{Goal, Planned, Rulebook};
use crate::naming::{NamedModel, Target};
use crate::policy::{Effective, Metric, Order, Quantity, Threshold, Unknown};
use crate::reason::LimitPassed;
use crate::{Caller, Cost, Demand, Health, Inputs, Reason, Warmth, owner_id, retention};

/// A leg with what its checks look at, whichever the endpoint.
pub(crate) struct LegView<'a> {
    pub(crate) inputs: &'a Inputs<'a>,
    pub(crate) leg: &'a Planned<'a>,
    /// The leg's place in the plan.
    pub(crate) index: usize,
    /// What the request needs on this leg.
    pub(crate) demand: &'a Demand,
    /// What that is against the offers of endpoints.
    matcher: Matcher<'a>,
    levels: &'a [Rulebook<'a>],
    /// Whether there are rules to look at: most often there are none.
    pub(crate) has_rules: bool,
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
        let matcher = Matcher::new(demand.requirements(), demand.origin(), capability_policy(&leg.settings));
        Self { inputs, leg, index, demand, matcher, levels, has_rules, has_bounds, forgets, named }
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

fn capability_policy(settings: &Effective<'_>) -> capability::Policy {
    let unknown = match settings.unknown {
        Unknown::Allow => capability::Unknown::Allow,
        Unknown::Deny => capability::Unknown::Reject,
    };
    let degradation = if settings.degrade.on { Degradation::KeepRequired } else { Degradation::Never };
    capability::Policy::default().unknown(unknown).degradation(degradation)
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
        check(self, &mut reasons, true);
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

    /// Every hard constraint that the endpoint does not meet: what would have to be relaxed to use it. Health yields by
    /// itself.
    pub(crate) fn failures(&self) -> Vec<Reason> {
        let mut reasons = Vec::new();
        check(self, &mut reasons, false);
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

    pub(crate) fn books(&self) -> impl Iterator<Item = &'a Rulebook<'a>> {
        self.view.books()
    }

    pub(crate) const fn named(&self) -> Option<&'a NamedModel> {
        self.view.named
    }

    /// Whether the leg names the endpoint's provider.
    pub(crate) fn is_pinned(&self) -> bool {
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

    /// The credentials that hold most of the state that the request refers to, and the verdict with them.
    #[inline]
    fn best_owners(&self, protocol: Protocol, credentials: Vec<&'a str>) -> (Vec<&'a str>, Verdict) {
        if !self.view.forgets && !self.has_owners() {
            return (credentials, self.view.matcher.verdict(protocol, self.endpoint.offer()));
        }
        let first = self.verdict(&self.view.matcher, protocol, credentials.first().copied());
        if credentials.len() < 2 || !self.has_owners() {
            return (credentials, first);
        }
        let verdict = |scope| (scope, self.verdict(&self.view.matcher, protocol, Some(scope)));
        let judged: Vec<(&str, Verdict)> = credentials.into_iter().map(verdict).collect();
        let place = |verdict: &Verdict| (matches!(verdict, Verdict::Impossible { .. }), verdict.rank());
        let best = judged.iter().map(|(_, verdict)| verdict).min_by_key(|verdict| place(verdict)).cloned();
        let best = best.unwrap_or(first);
        let ids = judged.iter().filter(|(_, verdict)| *verdict == best).map(|(scope, _)| *scope).collect();
        (ids, best)
    }

    /// Whether somebody looked up who holds the state that the request refers to, and it refers to any.
    fn has_owners(&self) -> bool {
        self.view.inputs.ownership.is_some_and(|owned| !owned.is_empty())
    }

    /// How the endpoint fits when it is asked with that credential, where something of its offer depends on the request.
    fn verdict(&self, matcher: &Matcher<'_>, protocol: Protocol, scope: Option<&str>) -> Verdict {
        let mut offer = *self.endpoint.offer();
        if self.view.forgets {
            offer = retention::without(&offer);
        }
        if let Some(ownership) = self.view.inputs.ownership.filter(|owned| !owned.is_empty()) {
            offer = ownership.seen_from(owner_id(self.endpoint.provider(), scope), &offer);
        }
        matcher.verdict(protocol, &offer)
    }

    fn features(&self, protocol: Protocol, verdict: &Verdict, scope: Option<&str>, reasons: &mut Vec<Reason>) {
        let Verdict::Impossible { reasons: found } = verdict else { return };
        let settings = &self.view.leg.settings;
        let degraded = || {
            let willing = capability_policy(settings).degradation(Degradation::KeepRequired);
            let demand = self.view.demand;
            self.verdict(&Matcher::new(demand.requirements(), demand.origin(), willing), protocol, scope)
        };
        if !settings.degrade.on
            && let Verdict::Degraded { steps, .. } = degraded()
            && let Some(first) = steps.first()
        {
            reasons.push(Reason::DegradationOff { steps: steps.len(), first: first.feature });
            return;
        }
        reasons.extend(found.iter().map(missing));
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

#[expect(clippy::cast_precision_loss, reason = "spans and counts are far below 2^53")]
pub(crate) fn count(count: u64) -> f64 {
    count as f64
}

pub(crate) fn millis(span: Millis) -> f64 {
    count(span.get())
}
