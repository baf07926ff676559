use std::collections::BTreeSet;

use switchback_capability::{Ownership, Profile};
use switchback_catalog::{Catalog, Endpoint};
use switchback_ir::ErrorClass;
use switchback_units::{Timestamp, Tokens};
use xxhash_rust::xxh3::xxh3_64_with_seed;

use crate::filter::{Case, rulebooks};
use crate::legs::{Legs, Planned, Rulebook, legs};
use crate::order::Ranked;
use crate::plan::Body;
use crate::policy::{Effective, Facts, Overlay, Rewrite};
use crate::refusal::minimal_relaxations;
use crate::suggest::{near_providers, suggestions};
use crate::{
    Attempt, Caller, Demand, Excluded, Inventory, Note, Plan, Policy, Reason, Refusal, Signals, Sort, Target, note,
    preset, retention,
};

/// Everything that a plan depends on.
#[derive(Clone, Copy)]
#[expect(clippy::exhaustive_structs, reason = "a new input should stop the build of every caller")]
pub struct Inputs<'a> {
    /// What the request asks for.
    pub demand: &'a Demand,
    /// The endpoints that exist.
    pub catalog: &'a Catalog,
    /// Where requests may go and what is preferred.
    pub policy: &'a Policy,
    /// The credentials that exist; `None` when the caller does not say, and then access is unverified.
    pub inventory: Option<&'a Inventory>,
    /// Who asks.
    pub caller: &'a Caller,
    /// What was measured.
    pub signals: Signals<'a>,
    /// The time.
    pub now: Timestamp,
    /// The seed of whatever is left to chance: splits without a key, exploration, drawn presets, backoff.
    pub seed: u64,
    /// What the request says about its own routing.
    pub overlay: Option<&'a Overlay>,
    /// What the request needs once a route has rewritten it; without one, rewrites change nothing about what it needs.
    pub rewriter: Option<&'a dyn Rewriter>,
    /// Who holds the state that the request refers to; only they may serve it. `None` where nobody looked it up, and then
    /// every endpoint that can hold such state may.
    pub ownership: Option<&'a Ownership>,
    /// Whether to leave out what explains: excluded endpoints and notes about names. Attempts and refusals are the same.
    pub lean: bool,
}

impl std::fmt::Debug for Inputs<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Inputs").field("model", &self.demand.model()).field("now", &self.now).finish_non_exhaustive()
    }
}

/// Says what a request needs after rewrites: somebody who has the request.
pub trait Rewriter {
    /// What it needs after these, in this order; `None` when they make it unreadable.
    fn rewritten(&self, rewrites: &[&Rewrite]) -> Option<Demand>;
}

/// The candidates of a plan, ordered by canonical text: each endpoint with the legs that name it.
struct Candidates<'a> {
    named: Vec<Named<'a>>,
    count: usize,
}

/// That a leg names an endpoint.
#[derive(Clone, Copy)]
struct Named<'a> {
    endpoint: &'a Endpoint,
    leg: usize,
}

impl<'a> Candidates<'a> {
    fn of(legs: &[Planned<'_>], catalog: &'a Catalog) -> Self {
        let mut named: Vec<Named<'a>> = Vec::new();
        for (leg, planned) in legs.iter().enumerate() {
            named.extend(planned.goal.endpoints(catalog).into_iter().map(|endpoint| Named { endpoint, leg }));
        }
        // A catalog keeps its endpoints in one piece, in the order of their canonical texts.
        let place = |named: &Named<'_>| (std::ptr::from_ref(named.endpoint).addr(), named.leg);
        named.sort_unstable_by_key(place);
        named.dedup_by_key(|named| place(named));
        let count = named.chunk_by(same).count();
        Self { named, count }
    }

    /// Each endpoint with its legs, in their order.
    fn each(&self) -> impl Iterator<Item = &[Named<'a>]> {
        self.named.chunk_by(same)
    }

    /// Whether a leg names any.
    fn has(&self, leg: usize) -> bool {
        self.named.iter().any(|named| named.leg == leg)
    }
}

fn same(a: &Named<'_>, b: &Named<'_>) -> bool {
    std::ptr::eq(a.endpoint, b.endpoint)
}

/// Decides where a request goes: which endpoints can serve it, in which order, and why not the others.
///
/// Pure: the same inputs give the same plan, byte for byte. Cost: one look-up per model string and one match per
/// endpoint of the models that they name; for `auto`, one per endpoint of the catalog.
///
/// ```
/// use switchback_catalog::Catalog;
/// use switchback_ir::{Protocol, Request, Role, Shape, Text};
/// use switchback_plan::{Caller, Demand, Inputs, Policy, Signals, plan};
/// use switchback_units::Timestamp;
///
/// let mut request = Request::new("gpt-4o-mini");
/// request.origin = Some(Protocol::Chat);
/// request.push_message(Role::User, Shape::Text, [Text::from("hello").into()]);
///
/// let plan = plan(&Inputs {
///     demand: &Demand::of(&request),
///     catalog: &Catalog::embedded(),
///     policy: &Policy::default(),
///     inventory: None,
///     caller: &Caller::default(),
///     signals: Signals::default(),
///     now: Timestamp::from_millis(1_795_000_000_000),
///     seed: 0,
///     overlay: None,
///     rewriter: None,
///     ownership: None,
///     lean: false,
/// });
/// let providers: Vec<_> = plan.attempts().iter().map(|attempt| attempt.endpoint.provider()).collect();
/// assert!(providers.contains(&"openai"));
/// ```
pub fn plan(inputs: &Inputs<'_>) -> Plan {
    let facts = Facts { demand: inputs.demand, caller: inputs.caller };
    let Legs { planned: legs, ranks, give_up, cut } =
        legs(inputs.policy, inputs.overlay, inputs.catalog, facts, inputs.seed);
    let levels = rulebooks(inputs.caller);
    let demands = Demands::new(inputs, &legs, &levels);
    let scene = Scene { inputs, legs: &legs, ranks: &ranks, levels: &levels, demands: &demands };
    let candidates = Candidates::of(&legs, inputs.catalog);
    let mut notes = if inputs.lean { Vec::new() } else { notes(inputs, &legs, &candidates) };
    notes.extend(cut.then_some(Note::RoutesCut));
    notes.extend(inputs.overlay.into_iter().flat_map(|overlay| overlay.notes.iter().cloned()));
    let Sorted { attempts: mut ranked, excluded } = scene.sort_out(&candidates);
    let is_last_resort = ranked.iter().any(|ranked| ranked.despite.is_some());
    if !is_last_resort {
        preset::place(&mut ranked, &scene);
    }
    // What is sorted is references: an attempt is large, and would be moved over and over.
    let mut attempts: Vec<&Ranked<'_>> = ranked.iter().collect();
    if is_last_resort {
        let first = attempts.iter().map(|ranked| ranked.rank).min();
        let waits = |ranked: &Ranked<'_>| Some(ranked.rank) != first && !scene.follows_the_unwell(ranked);
        attempts.sort_by(|a, b| waits(a).cmp(&waits(b)).then_with(|| a.order_of_last_resort(b, &ranks)));
        notes.push(Note::LastResort);
    } else {
        attempts.sort_by(|a, b| a.order(b, &ranks));
        notes.extend(explore(&mut attempts, &scene));
    }
    let refusal = attempts.is_empty().then(|| scene.refusal(&candidates));
    let body = Body {
        schema: Plan::SCHEMA,
        protocol: inputs.demand.origin(),
        policy: inputs.policy.version.clone(),
        now: inputs.now,
        seed: inputs.seed,
        catalog: inputs.catalog.shared_sources(),
        give_up,
        attempts: attempts.into_iter().map(attempt).collect(),
        excluded,
        others: inputs.catalog.endpoints().len().saturating_sub(candidates.count),
        notes,
        refusal,
        sort: ranks.first().map_or_else(Sort::default, |settings| *settings.sort),
        legs: legs.iter().map(Planned::leg).collect(),
    };
    Plan { body }
}

/// What the request needs on each leg: most often the same on all.
struct Demands {
    /// Where a leg's own stand, by leg; `None` for the request's.
    of_leg: Vec<Option<usize>>,
    own: Vec<Demand>,
}

impl Demands {
    fn new(inputs: &Inputs<'_>, legs: &[Planned<'_>], levels: &[Rulebook<'_>]) -> Self {
        let mut demands = Self { of_leg: Vec::with_capacity(legs.len()), own: Vec::new() };
        for leg in legs {
            let own = demands.own.len();
            let changed = changed_demand(inputs, leg, levels);
            demands.of_leg.push(changed.is_some().then_some(own));
            demands.own.extend(changed);
        }
        demands
    }

    fn get<'d>(&'d self, leg: usize, inputs: &'d Inputs<'_>) -> &'d Demand {
        let own = self.of_leg.get(leg).copied().flatten().and_then(|at| self.own.get(at));
        own.unwrap_or(inputs.demand)
    }
}

/// What the request needs on a leg, where that is not what it needs anyway: after the leg's rewrites, under its
/// profile, without what zero retention turns off.
fn changed_demand(inputs: &Inputs<'_>, leg: &Planned<'_>, levels: &[Rulebook<'_>]) -> Option<Demand> {
    let rewriter = inputs.rewriter.filter(|_| !leg.rewrites.is_empty());
    let rewritten = rewriter.and_then(|rewriter| rewriter.rewritten(&leg.rewrites));
    let degrade = leg.settings.degrade;
    let is_read_otherwise = degrade.profile != Profile::default() || !degrade.required.is_empty();
    let forgets = leg.books.iter().chain(levels).any(|book| book.rules.require.zero_retention);
    if rewritten.is_none() && !is_read_otherwise && !forgets {
        return None;
    }
    let demand = rewritten.unwrap_or_else(|| inputs.demand.clone());
    let mut needs = degrade.profile.read(demand.requirements().clone());
    if forgets {
        needs = retention::unstored(needs);
    }
    let required = degrade.required.iter().filter(|feature| needs.features().contains(**feature)).copied();
    needs = needs.clone().require(required);
    Some(demand.with_requirements(needs))
}

fn notes(inputs: &Inputs<'_>, legs: &[Planned<'_>], candidates: &Candidates<'_>) -> Vec<Note> {
    let mut notes = Vec::new();
    if inputs.inventory.is_none() {
        notes.push(Note::AccessUnverified);
    }
    notes.extend(note::stale(inputs.catalog, inputs.now));
    for (index, leg) in legs.iter().enumerate() {
        let Some(naming) = leg.goal.naming() else { continue };
        let Target::Model(named) = &naming.target else { continue };
        let before = notes.len();
        match &named.provider {
            None => {
                let author = naming.text.split_once('/').map(|(segment, _)| segment.to_owned());
                notes.extend(author.map(|segment| Note::NotAProvider { segment }));
            }
            Some(provider) if inputs.catalog.by_provider(provider).is_empty() => {
                let suggestions = near_providers(provider, inputs.catalog);
                notes.push(Note::UnknownProvider { provider: provider.clone(), suggestions });
            }
            Some(_) => {}
        }
        if !candidates.has(index) {
            let suggestions = suggestions(&naming.text, inputs.catalog);
            notes.push(Note::UnknownModel { model: naming.text.clone(), suggestions });
        }
        let fresh = notes.split_off(before);
        for note in fresh {
            if !notes.contains(&note) {
                notes.push(note);
            }
        }
    }
    notes
}

/// Moves another of the eligible endpoints to the front for a share of the requests, so that something is known of all.
/// A conversation that is warm somewhere is never used for it.
fn explore(attempts: &mut [&Ranked<'_>], scene: &Scene<'_>) -> Option<Note> {
    if attempts.iter().any(|ranked| ranked.fit.cached.is_some_and(|cached| cached > Tokens::ZERO)) {
        return None;
    }
    let first = attempts.first()?;
    let share = scene.ranks.get(first.rank)?.explore;
    let alike = attempts.iter().take_while(|ranked| ranked.is_as_good_as(first)).count();
    let drawn = xxh3_64_with_seed(b"explore", scene.inputs.seed);
    if alike < 2 || drawn % 1_000_000_000 >= u64::from(share.to_billionths()) {
        return None;
    }
    let others = u64::try_from(alike.saturating_sub(1)).unwrap_or(1);
    let chosen = usize::try_from(1 + (drawn / 1_000_000_000) % others).unwrap_or(1);
    attempts.get_mut(..=chosen)?.rotate_right(1);
    Some(Note::Explored { endpoint: attempts.first()?.endpoint.canonical().to_owned() })
}

/// Candidates, told apart.
struct Sorted<'a> {
    attempts: Vec<Ranked<'a>>,
    excluded: Vec<Excluded>,
}

/// Everything that a candidate is judged by.
#[derive(Clone, Copy)]
pub(crate) struct Scene<'a> {
    pub(crate) inputs: &'a Inputs<'a>,
    pub(crate) legs: &'a [Planned<'a>],
    pub(crate) ranks: &'a [Effective<'a>],
    levels: &'a [Rulebook<'a>],
    demands: &'a Demands,
}

impl<'a> Scene<'a> {
    fn case(&self, index: usize, leg: &'a Planned<'a>, endpoint: &'a Endpoint) -> Case<'a> {
        let demand = self.demands.get(index, self.inputs);
        Case { inputs: self.inputs, levels: self.levels, leg, demand, endpoint }
    }

    fn sort_out(&self, candidates: &Candidates<'a>) -> Sorted<'a> {
        let mut sorted = Sorted { attempts: Vec::new(), excluded: Vec::new() };
        let mut unwell: Vec<(Ranked<'a>, Reason)> = Vec::new();
        sorted.attempts.reserve(candidates.count);
        for named in candidates.each() {
            let Some(Named { endpoint, .. }) = named.first() else { continue };
            match self.first_fit(endpoint, named) {
                Ok((ranked, None)) => sorted.attempts.push(ranked),
                Ok((ranked, Some(reason))) => unwell.push((ranked, reason)),
                // What a chain goes on by are the reasons of what came before.
                Err(_) if self.inputs.lean && self.ranks.len() < 2 => {}
                Err(reason) => sorted.excluded.push(Excluded { endpoint: (*endpoint).clone(), reason }),
            }
        }
        if sorted.attempts.is_empty() {
            sorted.attempts = unwell.into_iter().map(|(ranked, reason)| ranked.despite(reason)).collect();
        } else {
            let excluded = unwell.into_iter();
            let leave = |(ranked, reason): (Ranked<'a>, Reason)| Excluded { endpoint: ranked.endpoint.clone(), reason };
            sorted.excluded.extend(excluded.map(leave));
        }
        self.leave_untriggered(&mut sorted, candidates);
        if self.inputs.lean {
            sorted.excluded.clear();
        }
        sorted.excluded.sort_by(|a, b| a.endpoint.canonical().cmp(b.endpoint.canonical()));
        sorted
    }

    /// Where the first routes have nothing to try, the next is taken as if they had failed: by the reasons why they
    /// have nothing. A route that waits for another kind of failure stays out, and what it lacks is no failure.
    fn leave_untriggered(&self, sorted: &mut Sorted<'a>, candidates: &Candidates<'a>) {
        let Some(last) = self.legs.last().map(|leg| leg.rank) else { return };
        let mut failures: BTreeSet<ErrorClass> = BTreeSet::new();
        for rank in 0..=last {
            let leads = |leg: &Planned<'_>| rank == 0 || failures.iter().any(|class| leg.on.matches(*class, None));
            let reached = |index: &usize| self.legs.get(*index).is_some_and(leads);
            let (stay, leave): (Vec<_>, Vec<_>) =
                std::mem::take(&mut sorted.attempts).into_iter().partition(|ranked| {
                    ranked.rank != rank || std::iter::once(&ranked.leg).chain(&ranked.also).any(reached)
                });
            sorted.attempts = stay;
            sorted.excluded.extend(leave.into_iter().map(|ranked| {
                let on = self.legs.get(ranked.leg).map(|leg| leg.on.to_string()).unwrap_or_default();
                Excluded { endpoint: ranked.endpoint.clone(), reason: Reason::NotTriggered { on } }
            }));
            if sorted.attempts.iter().any(|ranked| ranked.rank <= rank) {
                return;
            }
            let taken = self.legs.iter().enumerate().filter(|(_, leg)| leg.rank == rank && leads(leg));
            let found: Vec<ErrorClass> =
                taken.flat_map(|(index, leg)| self.failures_of(index, leg, candidates)).collect();
            failures.extend(found);
        }
    }

    /// As what a leg that has nothing to try has failed: one class for each of its endpoints, and "not found" where it
    /// names none.
    fn failures_of(&self, index: usize, leg: &'a Planned<'a>, candidates: &Candidates<'a>) -> Vec<ErrorClass> {
        if !candidates.has(index) {
            return vec![ErrorClass::NotFound];
        }
        let named = candidates.named.iter().filter(|named| named.leg == index);
        let classes = named.filter_map(|named| {
            let case = self.case(index, leg, named.endpoint);
            case.fit().err().or_else(|| case.health_reason()).map(|reason| reason.class())
        });
        classes.collect()
    }

    /// Whether the failures that unwell endpoints foretell lead to an attempt.
    fn follows_the_unwell(&self, ranked: &Ranked<'_>) -> bool {
        let mut legs = std::iter::once(&ranked.leg).chain(&ranked.also).filter_map(|index| self.legs.get(*index));
        legs.any(|leg| leg.on.matches(ErrorClass::Overloaded, None))
    }

    /// The endpoint on the first leg that admits it, with the soft constraint that it does not meet; else the reason
    /// why the first leg that names it does not.
    fn first_fit(&self, endpoint: &'a Endpoint, legs: &[Named<'a>]) -> Result<(Ranked<'a>, Option<Reason>), Reason> {
        let mut first = None;
        for (at, Named { leg: index, .. }) in legs.iter().copied().enumerate() {
            let Some(leg) = self.legs.get(index) else { continue };
            let case = self.case(index, leg, endpoint);
            match case.fit() {
                Ok(fit) => {
                    let rest = legs.get(at.saturating_add(1)..).unwrap_or_default();
                    let also = self.also(leg, endpoint, rest);
                    return Ok((Ranked::new(self.inputs, index, leg, endpoint, fit, also), case.health_reason()));
                }
                Err(reason) => first = first.or(Some(reason)),
            }
        }
        // Every candidate is named by a leg, so there is a reason.
        Err(first.unwrap_or(Reason::NotInPool))
    }

    /// The other legs that admit it and that other failures lead to.
    fn also(&self, leg: &Planned<'_>, endpoint: &'a Endpoint, rest: &[Named<'a>]) -> Vec<usize> {
        let other = |index: &usize| {
            let other = self.legs.get(*index).filter(|other| other.on != leg.on);
            other.is_some_and(|other| self.case(*index, other, endpoint).fit().is_ok())
        };
        rest.iter().map(|named| named.leg).filter(other).collect()
    }

    fn refusal(&self, candidates: &Candidates<'a>) -> Refusal {
        let catalog = self.inputs.catalog;
        if catalog.endpoints().is_empty() {
            return Refusal::EmptyCatalog;
        }
        let Some(first) = self.legs.first() else {
            let names_none = self.inputs.demand.model().is_none();
            return if names_none { Refusal::NoModel } else { Refusal::NoRoute };
        };
        if candidates.count == 0 {
            let model = first.goal.text();
            let suggestions = suggestions(&model, catalog);
            return Refusal::UnknownModel { model, suggestions };
        }
        let named = candidates.named.iter().filter_map(|Named { endpoint, leg }| {
            let planned = self.legs.get(*leg)?;
            Some((endpoint.canonical(), self.case(*leg, planned, endpoint).failures()))
        });
        Refusal::NothingEligible { relax: minimal_relaxations(named) }
    }
}

fn attempt(ranked: &Ranked<'_>) -> Attempt {
    let fit = &ranked.fit;
    Attempt {
        endpoint: ranked.endpoint.clone(),
        protocol: fit.protocol,
        verdict: fit.verdict.clone(),
        version_untold: fit.version_untold,
        credentials: fit.credentials.iter().map(|id| (*id).to_owned()).collect(),
        leg: ranked.leg,
        also: ranked.also.clone(),
        cost: fit.cost,
        cached: fit.cached,
        warmth: fit.warmth.clone(),
        health: fit.health,
        score: ranked.score,
        stateless: fit.stateless,
        despite: ranked.despite.clone(),
    }
}
