use std::collections::BTreeSet;

use switchback_capability::{Ownership, Profile};
use switchback_catalog::{Catalog, Endpoint};
use switchback_ir::ErrorClass;
use switchback_units::{Timestamp, Tokens};
use xxhash_rust::xxh3::xxh3_64_with_seed;

use crate::filter::{LegView, rulebooks};
use crate::legs::{Legs, Planned, Rulebook, legs};
use crate::order::{Eligible, Place, Standing, order};
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
    /// Whether to leave out what explains: notes about names, and excluded endpoints but for those that fail too often,
    /// which somebody has to try again. Attempts and refusals are the same.
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
        // As many as most models have.
        let mut named: Vec<Named<'a>> = Vec::with_capacity(32);
        for (leg, planned) in legs.iter().enumerate() {
            planned.goal.each_endpoint(catalog, &mut |endpoint| named.push(Named { endpoint, leg }));
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

    /// As what a leg that has nothing to try has failed: one class for each of its endpoints, and "not found" where it
    /// names none.
    fn failures_of(&self, view: &LegView<'_>) -> Vec<ErrorClass> {
        if !self.has(view.index) {
            return vec![ErrorClass::NotFound];
        }
        let named = self.named.iter().filter(|named| named.leg == view.index);
        named.filter_map(|named| Some(view.case(named.endpoint).failure()?.class())).collect()
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
    let view = |at: (usize, _)| LegView::new(inputs, &levels, at, demands.get(at.0, inputs));
    let views: Vec<LegView<'_>> = legs.iter().enumerate().map(view).collect();
    let scene = Scene { inputs, legs: &views, ranks: &ranks };
    let candidates = Candidates::of(&legs, inputs.catalog);
    let mut notes = if inputs.lean { Vec::new() } else { notes(inputs, &legs, &candidates) };
    notes.extend(cut.then_some(Note::RoutesCut));
    let unreadable = demands.unreadable.iter().filter_map(|index| legs.get(*index));
    notes.extend(unreadable.map(|leg| Note::NotRewritten { leg: leg.path.clone().into_owned() }));
    notes.extend(inputs.overlay.into_iter().flat_map(|overlay| overlay.notes.iter().cloned()));
    let Sorted { mut eligible, excluded, reached } = scene.sort_out(&candidates);
    let is_last_resort = eligible.standings.iter().any(|standing| standing.is_unwell);
    if !is_last_resort {
        preset::place(&mut eligible, &scene);
    }
    let mut places = order(&eligible, &ranks);
    if is_last_resort {
        scene.order_last_resorts(&mut places, &eligible);
        notes.push(Note::LastResort);
    } else {
        notes.extend(explore(&mut places, &eligible, &scene));
    }
    let refusal = places.is_empty().then(|| scene.refusal(&candidates, &reached));
    let attempts = eligible.into_attempts(&places);
    let body = Body {
        schema: Plan::SCHEMA,
        protocol: inputs.demand.origin(),
        policy: inputs.policy.version.clone(),
        now: inputs.now,
        seed: inputs.seed,
        catalog: inputs.catalog.shared_sources(),
        give_up,
        attempts,
        excluded,
        others: inputs.catalog.endpoints().len().saturating_sub(candidates.count),
        notes,
        refusal,
        sort: ranks.first().map_or_else(Sort::default, |settings| *settings.sort),
        legs: legs.into_iter().map(Planned::into_leg).collect(),
    };
    Plan { body }
}

/// What the request needs on the legs where that is not what it needs anyway, by leg.
struct Demands {
    own: Vec<(usize, Demand)>,
    /// The legs whose rewrites make a body that cannot be read.
    unreadable: Vec<usize>,
}

impl Demands {
    fn new(inputs: &Inputs<'_>, legs: &[Planned<'_>], levels: &[Rulebook<'_>]) -> Self {
        let mut demands = Self { own: Vec::new(), unreadable: Vec::new() };
        for (index, leg) in legs.iter().enumerate() {
            let rewriter = inputs.rewriter.filter(|_| !leg.rewrites.is_empty());
            let rewritten = rewriter.map(|rewriter| rewriter.rewritten(&leg.rewrites));
            demands.unreadable.extend(matches!(rewritten, Some(None)).then_some(index));
            let own = changed_demand(inputs, leg, levels, rewritten.flatten());
            demands.own.extend(own.map(|demand| (index, demand)));
        }
        demands
    }

    fn get<'d>(&'d self, leg: usize, inputs: &'d Inputs<'_>) -> &'d Demand {
        let own = self.own.binary_search_by_key(&leg, |(index, _)| *index).ok().and_then(|at| self.own.get(at));
        own.map_or(inputs.demand, |(_, demand)| demand)
    }
}

/// What the request needs on a leg, where that is not what it needs anyway: after the leg's rewrites, under its
/// profile, without what zero retention turns off.
fn changed_demand(
    inputs: &Inputs<'_>,
    leg: &Planned<'_>,
    levels: &[Rulebook<'_>],
    rewritten: Option<Demand>,
) -> Option<Demand> {
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
fn explore(places: &mut [Place], eligible: &Eligible, scene: &Scene<'_>) -> Option<Note> {
    let first = *places.first()?;
    let share = scene.ranks.get(first.of(&eligible.standings)?.grade.rank)?.explore;
    let drawn = xxh3_64_with_seed(b"explore", scene.inputs.seed);
    if drawn % 1_000_000_000 >= u64::from(share.to_billionths()) {
        return None;
    }
    let alike = places.iter().take_while(|place| place.is_graded_as(first)).count();
    let attempts = || eligible.standings.iter().filter_map(|standing| eligible.attempt(standing));
    if alike < 2 || attempts().any(|attempt| attempt.cached.is_some_and(|cached| cached > Tokens::ZERO)) {
        return None;
    }
    let others = u64::try_from(alike.saturating_sub(1)).unwrap_or(1);
    let chosen = usize::try_from(1 + (drawn / 1_000_000_000) % others).unwrap_or(1);
    places.get_mut(..=chosen)?.rotate_right(1);
    let endpoint = &eligible.attempt(places.first()?.of(&eligible.standings)?)?.endpoint;
    Some(Note::Explored { endpoint: endpoint.canonical().to_owned() })
}

/// Candidates, told apart.
struct Sorted {
    eligible: Eligible,
    excluded: Vec<Excluded>,
    /// The legs that were come to before there was something to try.
    reached: BTreeSet<usize>,
}

/// Everything that a candidate is judged by.
#[derive(Clone, Copy)]
pub(crate) struct Scene<'a> {
    pub(crate) inputs: &'a Inputs<'a>,
    legs: &'a [LegView<'a>],
    pub(crate) ranks: &'a [Effective<'a>],
}

impl<'a> Scene<'a> {
    fn sort_out(&self, candidates: &Candidates<'a>) -> Sorted {
        let eligible = Eligible::with_capacity(candidates.count);
        let mut sorted = Sorted { eligible, excluded: Vec::new(), reached: BTreeSet::new() };
        for named in candidates.each() {
            let Some(Named { endpoint, .. }) = named.first() else { continue };
            match self.first_fit(endpoint, named, &mut sorted.eligible) {
                Ok(()) => {}
                Err(_) if self.inputs.lean => {}
                Err(reason) => sorted.excluded.push(Excluded { endpoint: (*endpoint).clone(), reason }),
            }
        }
        // Health yields where nothing else is left that may be tried.
        let unwell: Vec<Standing> = sorted.eligible.standings.extract_if(.., |standing| standing.is_unwell).collect();
        self.leave_untriggered(&mut sorted, candidates);
        if sorted.eligible.standings.is_empty() {
            sorted.eligible.standings = unwell;
            self.leave_untriggered(&mut sorted, candidates);
        } else {
            let attempts = unwell.iter().filter_map(|standing| sorted.eligible.attempt(standing));
            let leave = |attempt: &Attempt| Some(attempt.left_out(attempt.despite.clone()?));
            sorted.excluded.extend(attempts.filter_map(leave));
        }
        if self.inputs.lean {
            sorted.excluded.retain(|excluded| matches!(excluded.reason, Reason::GatedByUptime { .. }));
        }
        sorted.excluded.sort_by(|a, b| a.endpoint.canonical().cmp(b.endpoint.canonical()));
        sorted
    }

    /// Where the first routes have nothing to try, the next is taken as if they had failed: by the reasons why they
    /// have nothing. A route that waits for another kind of failure stays out, and what it lacks is no failure.
    fn leave_untriggered(&self, sorted: &mut Sorted, candidates: &Candidates<'a>) {
        let Some(last) = self.legs.last().map(|view| view.leg.rank) else { return };
        let Sorted { eligible, excluded, reached } = sorted;
        let mut failures: BTreeSet<ErrorClass> = BTreeSet::new();
        for rank in 0..=last {
            let leads = |leg: &Planned<'_>| rank == 0 || failures.iter().any(|class| leg.on.matches(*class, None));
            let is_led_to = |index: usize| self.legs.get(index).is_some_and(|view| leads(view.leg));
            let mut standings = std::mem::take(&mut eligible.standings);
            let stays = |standing: &Standing| {
                let leads = |attempt: &Attempt| attempt.legs().any(is_led_to);
                rank == 0 || standing.grade.rank != rank || eligible.attempt(standing).is_some_and(leads)
            };
            let out: Vec<Standing> = standings.extract_if(.., |standing| !stays(standing)).collect();
            eligible.standings = standings;
            let attempts = out.iter().filter_map(|standing| eligible.attempt(standing));
            excluded.extend(attempts.filter_map(|attempt| {
                let view = self.legs.get(attempt.leg)?;
                Some(attempt.left_out(view.untriggered()))
            }));
            if eligible.standings.iter().any(|standing| standing.grade.rank <= rank) {
                return;
            }
            let taken: Vec<&LegView<'_>> =
                self.legs.iter().filter(|view| view.leg.rank == rank && leads(view.leg)).collect();
            reached.extend(taken.iter().map(|view| view.index));
            failures.extend(taken.into_iter().flat_map(|view| candidates.failures_of(view)));
        }
    }

    /// Puts those that fail least first, then those that are asked again soonest: of the first place in the chain, and
    /// of places that the failures of the unwell lead to.
    fn order_last_resorts(&self, places: &mut [Place], eligible: &Eligible) {
        let first = eligible.standings.iter().map(|standing| standing.grade.rank).min();
        let key = |place: &Place| {
            let standing = place.of(&eligible.standings)?;
            let attempt = eligible.attempt(standing)?;
            let waits = Some(standing.grade.rank) != first && !self.follows_the_unwell(attempt);
            Some((waits, attempt.severity()))
        };
        places.sort_by_cached_key(key);
    }

    /// Whether the failures that unwell endpoints foretell lead to an attempt.
    fn follows_the_unwell(&self, attempt: &Attempt) -> bool {
        let mut legs = attempt.legs().filter_map(|index| self.legs.get(index));
        legs.any(|view| view.leg.on.matches(ErrorClass::Overloaded, None))
    }

    /// Adds the endpoint on the first leg that admits it; else gives the reason why the first leg that names it does not.
    fn first_fit(&self, endpoint: &'a Endpoint, legs: &[Named<'a>], eligible: &mut Eligible) -> Result<(), Reason> {
        let mut first = None;
        for (at, named) in legs.iter().enumerate() {
            let Some(view) = self.legs.get(named.leg) else { continue };
            let case = view.case(endpoint);
            match case.admission() {
                Ok(admission) => {
                    let rest = legs.get(at.saturating_add(1)..).unwrap_or_default();
                    eligible.push(case, admission, self.also(view, endpoint, rest));
                    return Ok(());
                }
                Err(reason) => first = first.or(Some(reason)),
            }
        }
        // Every candidate is named by a leg, so there is a reason.
        Err(first.unwrap_or(Reason::NotInPool))
    }

    /// The other legs that admit it and that other failures lead to.
    fn also(&self, view: &LegView<'_>, endpoint: &'a Endpoint, rest: &[Named<'a>]) -> Vec<usize> {
        let others = rest.iter().filter_map(|named| self.legs.get(named.leg));
        let others = others.filter(|other| other.leg.on != view.leg.on && other.case(endpoint).is_admitted());
        others.map(|other| other.index).collect()
    }

    fn refusal(&self, candidates: &Candidates<'a>, reached: &BTreeSet<usize>) -> Refusal {
        let catalog = self.inputs.catalog;
        if catalog.endpoints().is_empty() {
            return Refusal::EmptyCatalog;
        }
        let Some(first) = self.legs.first() else {
            let names_none = self.inputs.demand.model().is_none();
            return if names_none { Refusal::NoModel } else { Refusal::NoRoute };
        };
        if candidates.count == 0 {
            let model = first.leg.goal.text();
            let suggestions = suggestions(&model, catalog);
            return Refusal::UnknownModel { model, suggestions };
        }
        let named = candidates.named.iter().filter_map(|Named { endpoint, leg }| {
            let view = self.legs.get(*leg)?;
            let mut failures = view.case(endpoint).failures();
            if !reached.contains(leg) {
                failures.push(view.untriggered());
            }
            Some((endpoint.canonical(), failures))
        });
        Refusal::NothingEligible { relax: minimal_relaxations(named) }
    }
}
