use std::collections::BTreeMap;

use switchback_catalog::{Catalog, Endpoint};
use switchback_units::Timestamp;

use crate::filter::{Case, Rulebook, rulebooks};
use crate::order::Ranked;
use crate::plan::Body;
use crate::refusal::minimal_relaxations;
use crate::suggest::{near_providers, suggestions};
use crate::{
    Attempt, Caller, Demand, Excluded, Inventory, Naming, Note, Plan, Policy, Reason, Refusal, Signals, Target,
};

/// Everything that a plan depends on.
#[derive(Clone, Copy, Debug)]
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
    /// The seed of whatever is left to chance. No rule of this version draws on it.
    pub seed: u64,
}

/// The candidates of a plan: each endpoint once, with the model strings that name it, ordered by canonical text.
type Candidates<'a> = BTreeMap<&'a str, (&'a Endpoint, Vec<usize>)>;

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
/// });
/// let providers: Vec<_> = plan.attempts().iter().map(|attempt| attempt.endpoint.provider()).collect();
/// assert!(providers.contains(&"openai"));
/// ```
pub fn plan(inputs: &Inputs<'_>) -> Plan {
    let models = models(inputs);
    let levels = rulebooks(inputs);
    let candidates = candidates(&models, inputs.catalog);
    let mut notes = notes(inputs, &models);
    let Sorted { mut attempts, excluded } = sort_out(inputs, &models, &levels, &candidates);
    if attempts.iter().any(|ranked| ranked.despite.is_some()) {
        attempts.sort_by(|a, b| a.order_of_last_resort(b, inputs.policy));
        notes.push(Note::LastResort);
    } else {
        attempts.sort_by(|a, b| a.order(b, inputs.policy));
    }
    let refusal = attempts.is_empty().then(|| refusal(inputs, &models, &levels, &candidates));
    let body = Body {
        schema: Plan::SCHEMA,
        protocol: inputs.demand.origin(),
        sort: inputs.policy.sort,
        now: inputs.now,
        seed: inputs.seed,
        catalog: inputs.catalog.sources().to_vec(),
        attempts: attempts.into_iter().map(attempt).collect(),
        excluded,
        others: inputs.catalog.endpoints().len().saturating_sub(candidates.len()),
        notes,
        refusal,
        models,
    };
    Plan { body }
}

/// The request's model and the policy's fallbacks, each string once.
fn models(inputs: &Inputs<'_>) -> Vec<Naming> {
    let fallbacks = inputs.policy.fallback.iter().map(String::as_str);
    let mut models: Vec<Naming> = Vec::new();
    for text in inputs.demand.model().into_iter().chain(fallbacks) {
        if !models.iter().any(|naming| naming.text == text) {
            models.push(Naming::read(text, inputs.catalog));
        }
    }
    models
}

fn candidates<'a>(models: &[Naming], catalog: &'a Catalog) -> Candidates<'a> {
    let mut candidates = Candidates::new();
    for (step, naming) in models.iter().enumerate() {
        for endpoint in naming.endpoints(catalog) {
            let (_, steps) = candidates.entry(endpoint.canonical()).or_insert_with(|| (endpoint, Vec::new()));
            if steps.last() != Some(&step) {
                steps.push(step);
            }
        }
    }
    candidates
}

fn notes(inputs: &Inputs<'_>, models: &[Naming]) -> Vec<Note> {
    let mut notes = Vec::new();
    if inputs.inventory.is_none() {
        notes.push(Note::AccessUnverified);
    }
    for naming in models {
        let Target::Model(named) = &naming.target else { continue };
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
        if naming.endpoints(inputs.catalog).is_empty() {
            let suggestions = suggestions(&naming.text, inputs.catalog);
            notes.push(Note::UnknownModel { model: naming.text.clone(), suggestions });
        }
    }
    notes
}

/// Candidates, told apart.
struct Sorted<'a> {
    attempts: Vec<Ranked<'a>>,
    excluded: Vec<Excluded>,
}

fn sort_out<'a>(
    inputs: &'a Inputs<'a>,
    models: &'a [Naming],
    levels: &'a [Rulebook<'a>],
    candidates: &Candidates<'a>,
) -> Sorted<'a> {
    let mut sorted = Sorted { attempts: Vec::new(), excluded: Vec::new() };
    let mut unwell: Vec<(Ranked<'a>, Reason)> = Vec::new();
    for (endpoint, steps) in candidates.values() {
        match first_fit(inputs, models, levels, endpoint, steps) {
            Ok((ranked, None)) => sorted.attempts.push(ranked),
            Ok((ranked, Some(reason))) => unwell.push((ranked, reason)),
            Err(reason) => sorted.excluded.push(Excluded { endpoint: (*endpoint).clone(), reason }),
        }
    }
    if sorted.attempts.is_empty() {
        sorted.attempts = unwell.into_iter().map(|(ranked, reason)| ranked.despite(reason)).collect();
    } else {
        let excluded = unwell.into_iter();
        sorted.excluded.extend(excluded.map(|(ranked, reason)| Excluded { endpoint: ranked.endpoint.clone(), reason }));
        sorted.excluded.sort_by(|a, b| a.endpoint.canonical().cmp(b.endpoint.canonical()));
    }
    sorted
}

/// The endpoint as the first model string that admits it names it, with the soft constraint that it does not meet;
/// else the reason why the first string that names it does not.
fn first_fit<'a>(
    inputs: &'a Inputs<'a>,
    models: &'a [Naming],
    levels: &'a [Rulebook<'a>],
    endpoint: &'a Endpoint,
    steps: &[usize],
) -> Result<(Ranked<'a>, Option<Reason>), Reason> {
    let mut first = None;
    for step in steps.iter().copied() {
        let Some(naming) = models.get(step) else { continue };
        let case = Case { inputs, levels, naming, endpoint };
        match case.fit() {
            Ok(fit) => return Ok((Ranked::new(inputs, step, naming, endpoint, fit), case.health_reason())),
            Err(reason) => first = first.or(Some(reason)),
        }
    }
    // Every candidate is named by a string, so there is a reason.
    Err(first.unwrap_or(Reason::NotInPool))
}

fn attempt(ranked: Ranked<'_>) -> Attempt {
    let fit = ranked.fit;
    Attempt {
        endpoint: ranked.endpoint.clone(),
        protocol: fit.protocol,
        verdict: fit.verdict,
        version_untold: fit.version_untold,
        credentials: fit.credentials.into_iter().map(str::to_owned).collect(),
        step: ranked.step,
        cost: fit.cost,
        cached: fit.cached,
        warmth: fit.warmth,
        health: fit.health,
        score: ranked.score,
        despite: ranked.despite,
    }
}

fn refusal(inputs: &Inputs<'_>, models: &[Naming], levels: &[Rulebook<'_>], candidates: &Candidates<'_>) -> Refusal {
    if inputs.catalog.endpoints().is_empty() {
        return Refusal::EmptyCatalog;
    }
    let Some(first) = models.first() else { return Refusal::NoModel };
    if candidates.is_empty() {
        let suggestions = suggestions(&first.text, inputs.catalog);
        return Refusal::UnknownModel { model: first.text.clone(), suggestions };
    }
    let named = candidates.values().flat_map(|(endpoint, steps)| {
        let namings = steps.iter().filter_map(|step| models.get(*step));
        namings.map(move |naming| {
            let case = Case { inputs, levels, naming, endpoint };
            (endpoint.canonical(), case.failures())
        })
    });
    Refusal::NothingEligible { relax: minimal_relaxations(named) }
}
