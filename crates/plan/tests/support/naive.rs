//! The planner as plainly as it can be written: look at every endpoint of the catalog, ask one question after the
//! other, sort by one long tuple. Slow, and without a word of explanation beyond the code.

use std::cmp::Reverse;

use switchback_capability::{Degradation, Policy as MatchPolicy, Reason as MatchReason, Support, Verdict, match_offer};
use switchback_catalog::{Endpoint, Operation, Preferences, PriceKind};
use switchback_ir::{ErrorClass, Feature, FeatureSet};
use switchback_plan::{
    Attempt, Demand, Level, Metric, Plan, Prefix, Require, Rules, Selector, Sort, Threshold, Triggers, Unknown, Warmth,
};
use switchback_slug::{Dialect, ModelId, aliases, family};
use switchback_units::{Money, Ratio, Tokens};

use super::tree::{Asked, Goal, Knobs, Leg, Place, places};
use super::world::{NOW, World};

#[derive(Debug, PartialEq, Eq)]
pub struct Outcome {
    /// Canonical texts in order, each with the path of the route that it is an attempt of.
    pub attempts: Vec<(String, String)>,
    /// Canonical texts with the first code, ordered by text.
    pub excluded: Vec<(String, &'static str)>,
}

impl Outcome {
    pub fn of(plan: &Plan) -> Self {
        let path = |attempt: &Attempt| plan.legs()[attempt.leg].path.clone();
        let attempts = plan.attempts().iter().map(|attempt| (attempt.endpoint.canonical().to_owned(), path(attempt)));
        let excluded = plan.excluded().iter().map(|out| (out.endpoint.canonical().to_owned(), out.reason.code()));
        Self { attempts: attempts.collect(), excluded: excluded.collect() }
    }
}

/// What a leg looks for: a model string taken apart by hand, or a pool.
struct Wanted {
    auto: bool,
    provider: Option<String>,
    model: String,
    pool: Option<Vec<Selector>>,
}

/// A leg with its place, its sort and what it looks for.
struct Step {
    place: usize,
    sort: Sort,
    leg: Leg,
    wanted: Wanted,
}

/// An endpoint that may be tried: its key, the leg that admits it, the triggers of every leg that does, and why it is
/// unwell.
struct Candidate {
    key: Key,
    step: usize,
    on: Vec<Triggers>,
    ill: Option<&'static str>,
}

pub fn outcome(world: &World) -> Outcome {
    let catalog = world.catalog();
    let demand = Demand::of(&world.request);
    let steps = steps(world, &demand);
    let mut candidates = Vec::new();
    let mut excluded = Vec::new();
    for endpoint in catalog.endpoints() {
        let naming: Vec<usize> = (0..steps.len()).filter(|at| names(&steps[*at].wanted, endpoint)).collect();
        let admitting: Vec<usize> =
            naming.iter().copied().filter(|at| codes(world, &demand, &steps[*at], endpoint).is_empty()).collect();
        match (admitting.first(), naming.first()) {
            (Some(first), _) => candidates.push(Candidate {
                key: key(world, &demand, &steps[*first], endpoint),
                step: *first,
                on: admitting.iter().map(|at| steps[*at].leg.on.clone()).collect(),
                ill: ill(world, &steps[*first].leg.knobs, endpoint),
            }),
            (None, Some(first)) => {
                excluded.push((endpoint.canonical().to_owned(), codes(world, &demand, &steps[*first], endpoint)[0]));
            }
            (None, None) => {}
        }
    }
    // Health yields when there is nothing else, and nothing else ever does.
    let (well, unwell): (Vec<_>, Vec<_>) = candidates.into_iter().partition(|candidate| candidate.ill.is_none());
    let mut tried = leave_untriggered(world, &demand, &steps, well, &mut excluded);
    let is_last_resort = tried.is_empty();
    if is_last_resort {
        tried = leave_untriggered(world, &demand, &steps, unwell, &mut excluded);
    } else {
        excluded.extend(unwell.iter().map(|left| (left.key.10.clone(), left.ill.unwrap())));
    }
    excluded.sort();
    if is_last_resort {
        let first = tried.iter().map(|candidate| candidate.key.0).min();
        tried.sort_by_key(|candidate| {
            let led_to = candidate.on.iter().any(|on| on.matches(ErrorClass::Overloaded, None));
            let waits = Some(candidate.key.0) != first && !led_to;
            (waits, despair(world, &candidate.key.10), candidate.key.clone())
        });
    } else {
        tried.sort_by_key(|candidate| candidate.key.clone());
    }
    let path = |candidate: &Candidate| steps[candidate.step].leg.path.clone();
    Outcome { attempts: tried.iter().map(|candidate| (candidate.key.10.clone(), path(candidate))).collect(), excluded }
}

fn steps(world: &World, demand: &Demand) -> Vec<Step> {
    let places = places(&Asked { policy: &world.policy, demand, caller: &world.caller });
    let of_place = |(place, found): (usize, Place)| {
        let sort = found.sort;
        found.legs.into_iter().map(move |leg| {
            let wanted = match &leg.goal {
                Goal::Model(text) => read(text),
                Goal::Pool(pool) => {
                    Wanted { auto: false, provider: None, model: String::new(), pool: Some(pool.clone()) }
                }
            };
            Step { place, sort, leg, wanted }
        })
    };
    places.into_iter().enumerate().flat_map(of_place).collect()
}

/// Place by place, as long as there is nothing to try: whoever waits for a failure that the places before have not had
/// goes out.
fn leave_untriggered(
    world: &World,
    demand: &Demand,
    steps: &[Step],
    mut tried: Vec<Candidate>,
    excluded: &mut Vec<(String, &'static str)>,
) -> Vec<Candidate> {
    let catalog = world.catalog();
    let mut failures: Vec<ErrorClass> = Vec::new();
    for place in 0..=steps.last().map_or(0, |step| step.place) {
        if tried.iter().any(|candidate| candidate.key.0 < place) {
            break;
        }
        let leads = |on: &Triggers| place == 0 || failures.iter().any(|class| on.matches(*class, None));
        let (out, stay): (Vec<_>, Vec<_>) =
            tried.into_iter().partition(|candidate| candidate.key.0 == place && !candidate.on.iter().any(leads));
        tried = stay;
        excluded.extend(out.into_iter().map(|candidate| (candidate.key.10, "not_triggered")));
        let mut found = Vec::new();
        for step in steps.iter().filter(|step| step.place == place && leads(&step.leg.on)) {
            let named: Vec<&Endpoint> = catalog.endpoints().iter().filter(|it| names(&step.wanted, it)).collect();
            if named.is_empty() {
                found.push(ErrorClass::NotFound);
            }
            let why = |endpoint: &&Endpoint| {
                let first = codes(world, demand, step, endpoint).first().copied();
                first.or_else(|| ill(world, &step.leg.knobs, endpoint)).map(class)
            };
            found.extend(named.iter().filter_map(why));
        }
        failures.extend(found);
    }
    tried
}

/// As what a constraint that is not met has failed.
fn class(code: &str) -> ErrorClass {
    match code {
        "context_too_small" => ErrorClass::ContextOverflow,
        "feature_missing"
        | "degradation_off"
        | "feature_unverified"
        | "feature_not_proven"
        | "output_too_long"
        | "no_supported_protocol" => ErrorClass::UnsupportedFeature,
        "no_credential" => ErrorClass::Credential,
        "over_budget" | "price_unknown" | "price_too_high" => ErrorClass::Quota,
        "over_limit" => ErrorClass::RateLimitRequests,
        "cooling_down" | "gated_by_uptime" => ErrorClass::Overloaded,
        "unsupported_operation" | "other_provider" | "other_version" | "other_region" | "not_in_pool" => {
            ErrorClass::NotFound
        }
        _ => ErrorClass::Permission,
    }
}

/// Every hard constraint that keeps the endpoint out, in order; what decides is the first.
#[expect(clippy::too_many_lines, reason = "one question after the other, and none hidden behind a name")]
fn codes(world: &World, demand: &Demand, step: &Step, endpoint: &Endpoint) -> Vec<&'static str> {
    let (wanted, policy) = (&step.wanted, &step.leg.knobs);
    let mut codes = Vec::new();
    let mut unless = |holds: bool, code: &'static str| {
        if !holds {
            codes.push(code);
        }
    };
    unless(endpoint.operation() == Operation::Chat, "unsupported_operation");
    unless(endpoint.protocol().is_some() || endpoint.operation() != Operation::Chat, "no_supported_protocol");
    if !wanted.auto && wanted.pool.is_none() {
        let is_free = policy.prefix == Prefix::Start;
        let is_there = wanted.provider.as_deref().is_none_or(|provider| provider == endpoint.provider());
        unless(is_free || is_there, "other_provider");
        unless(version_fits(wanted, endpoint), "other_version");
        let region = ModelId::parse(&wanted.model).region();
        unless(
            region.is_none() || endpoint.upstream_id() == wanted.model || endpoint.region() == region,
            "other_region",
        );
    }
    let levels: &[Level] = &world.caller.levels;
    let books: Vec<&Rules> = policy.books.iter().chain(levels.iter().map(|level| &level.rules)).collect();
    let tier = endpoint.tier().as_str();
    let chosen = books.iter().any(|book| !book.require.tiers.is_empty());
    unless(chosen || endpoint.tier().is_standard() || asks_for(world, tier), "tier_not_requested");
    let tiers = |book: &Rules| book.require.tiers.is_empty() || book.require.tiers.iter().any(|it| it == tier);
    unless(books.iter().all(|book| tiers(book)), "tier_not_allowed");
    let of_catalog = || Preferences::embedded().auto().iter().any(|family| family == endpoint.family());
    let auto = &world.policy.auto;
    let in_pool = if auto.is_empty() { of_catalog() } else { any(auto, endpoint) };
    unless(!wanted.auto || in_pool, "not_in_pool");
    let named = match &wanted.pool {
        Some(pool) => pool.iter().any(|it| !it.to_string().starts_with('*') && any(std::slice::from_ref(it), endpoint)),
        None => wanted.provider.as_deref() == Some(endpoint.provider()),
    };
    unless(named || policy.unmetered || endpoint.is_metered_chat(), "not_metered");
    let reaching: Vec<_> = match &world.inventory {
        Some(inventory) => inventory.scopes.iter().filter(|scope| any(&scope.reaches, endpoint)).collect(),
        None => Vec::new(),
    };
    unless(world.inventory.is_none() || !reaching.is_empty(), "no_credential");
    let allows = |allow: &[Selector]| allow.is_empty() || any(allow, endpoint);
    unless(books.iter().all(|book| allows(&book.allow)), "not_allowed");
    unless(!books.iter().any(|book| any(&book.deny, endpoint)), "denied");
    let has = |feature: &Feature| endpoint.offer().support(*feature) == Support::Yes;
    unless(books.iter().all(|book| book.require.features.iter().all(has)), "feature_not_proven");
    let requires: Vec<&Require> = books.iter().map(|book| &book.require).collect();
    let ways: Vec<_> = if reaching.is_empty() { vec![None] } else { reaching.into_iter().map(Some).collect() };
    let way = |scope: Option<&switchback_plan::Scope>| {
        let known = |said: Option<bool>, catalog: Support| said.map_or(catalog, Support::from);
        let terms = scope.map(|scope| scope.terms.clone()).unwrap_or_default();
        let retention = known(terms.zero_retention, endpoint.row().data_policy.zero_retention);
        let trains = known(terms.trains, endpoint.row().data_policy.trains);
        let region = endpoint.region().or_else(|| scope.and_then(|scope| scope.region.as_deref()));
        let mut lacks = Vec::new();
        lacks.extend(
            requires
                .iter()
                .filter(|it| it.zero_retention && retention != Support::Yes)
                .map(|_| "retention_not_excluded"),
        );
        lacks.extend(
            requires.iter().filter(|it| it.no_training && trains != Support::No).map(|_| "training_not_excluded"),
        );
        lacks.extend(requires.iter().filter(|it| !it.admits_region(region)).map(|_| "region_not_allowed"));
        let lists = |wanted: &String| wanted.split('|').any(|one| terms.attributes.iter().any(|it| it == one));
        lacks.extend(requires.iter().filter(|it| !it.attributes.iter().all(lists)).map(|_| "attribute_missing"));
        lacks
    };
    let nearest = ways.into_iter().map(way).min_by_key(Vec::len);
    codes.extend(nearest.unwrap_or_default());
    codes.extend(feature_codes(policy, demand, endpoint));
    let ceilings = || books.iter().flat_map(|book| &book.require.max_price);
    let price = |kind: PriceKind| endpoint.row().prices.base.rate(kind).map(|rate| rate.pico_dollars() * 1_000_000);
    if ceilings().any(|(kind, most)| price(*kind).is_some_and(|price| u128::from(price) > most.pico_dollars())) {
        codes.push("price_too_high");
    }
    let cost = least_cost(world, policy, endpoint, demand);
    if levels.iter().any(|level| level.budget.zip(cost).is_some_and(|(left, cost)| cost > left)) {
        codes.push("over_budget");
    }
    let has_budget = levels.iter().any(|level| level.budget.is_some());
    if has_budget && !priced(endpoint) || ceilings().any(|(kind, _)| price(*kind).is_none()) {
        codes.push("price_unknown");
    }
    if books.iter().any(|book| book.limit.iter().any(|limit| is_beyond(world, limit, endpoint))) {
        codes.push("over_limit");
    }
    codes
}

fn is_beyond(world: &World, bound: &Threshold, endpoint: &Endpoint) -> bool {
    let is_meant = bound.of.is_empty() || any(&bound.of, endpoint);
    is_meant && measured(world, bound.metric, endpoint).is_some_and(|value| !bound.admits(value))
}

/// The metric of that name, else the latency or the uptime that the gate and the score look at.
fn measured(world: &World, metric: Metric, endpoint: &Endpoint) -> Option<f64> {
    let reading = world.readings.of(endpoint.id());
    let plain = || match metric.to_string().as_str() {
        "latency" => reading.latency_ms.map(|span| f64::from(u32::try_from(span.get()).unwrap())),
        "uptime" => reading.uptime.map(Ratio::get),
        _ => None,
    };
    reading.metrics.get(&metric).copied().or_else(plain)
}

fn feature_codes(policy: &Knobs, demand: &Demand, endpoint: &Endpoint) -> Vec<&'static str> {
    let verdict_of = |degrade| verdict(policy, demand, endpoint, degrade);
    let Some(Verdict::Impossible { reasons }) = verdict_of(!policy.no_degrade) else { return Vec::new() };
    if policy.no_degrade && !matches!(verdict_of(true), Some(Verdict::Impossible { .. })) {
        return vec!["degradation_off"];
    }
    let has = |test: fn(&MatchReason) -> bool| reasons.iter().any(test);
    let unverified = |reason: &MatchReason| reason.name() == "unverified";
    let mut codes = Vec::new();
    if reasons.iter().any(|reason| matches!(reason, MatchReason::Feature { .. }) && !unverified(reason)) {
        codes.push("feature_missing");
    }
    if reasons.iter().any(unverified) {
        codes.push("feature_unverified");
    }
    if has(|reason| matches!(reason, MatchReason::InputTooLong { .. })) {
        codes.push("context_too_small");
    }
    if has(|reason| matches!(reason, MatchReason::OutputTooLong { .. })) {
        codes.push("output_too_long");
    }
    codes
}

fn verdict(policy: &Knobs, demand: &Demand, endpoint: &Endpoint, degrade: bool) -> Option<Verdict> {
    let unknown = match policy.unknown {
        Unknown::Allow => switchback_capability::Unknown::Allow,
        Unknown::Deny => switchback_capability::Unknown::Reject,
    };
    let degradation = if degrade { Degradation::KeepRequired } else { Degradation::Never };
    let policy = MatchPolicy::default().unknown(unknown).degradation(degradation);
    Some(match_offer(demand.requirements(), demand.origin(), endpoint.protocol()?, endpoint.offer(), policy))
}

/// Of the worlds' providers, those that make their models themselves.
const FIRST_PARTIES: [&str; 2] = ["anthropic", "openai"];

/// Whether nothing is known, then the value, least first.
type SortKey = (bool, i128);

/// In the order of `docs/planning.md`.
type Key =
    (usize, switchback_capability::Cost, bool, usize, usize, bool, SortKey, (bool, u128), (bool, bool), bool, String);

fn key(world: &World, demand: &Demand, step: &Step, endpoint: &Endpoint) -> Key {
    let (wanted, policy) = (&step.wanted, &step.leg.knobs);
    let verdict = verdict(policy, demand, endpoint, !policy.no_degrade).unwrap();
    let is_named = !wanted.auto && wanted.pool.is_none();
    let untold = is_named
        && version(&wanted.model).is_some()
        && endpoint.upstream_id() != wanted.model
        && version(endpoint.upstream_id()).is_none();
    let (total, rest) = score(world, policy, demand, endpoint);
    let place = |selector: &Selector| any(std::slice::from_ref(selector), endpoint);
    (
        step.place,
        verdict.cost().unwrap(),
        wanted.provider.as_deref().is_some_and(|provider| provider != endpoint.provider()),
        policy.order.iter().position(place).unwrap_or(usize::MAX),
        policy.prefer.iter().filter(|bound| is_beyond(world, bound, endpoint)).count(),
        untold || verdict.unverified() != FeatureSet::EMPTY,
        sort_key(world, step, demand, endpoint),
        (total.is_none(), total.unwrap_or(rest)),
        (
            demand.origin().is_some() && demand.origin() != endpoint.protocol(),
            !FIRST_PARTIES.contains(&endpoint.provider()),
        ),
        is_named && endpoint.upstream_id() != wanted.model,
        endpoint.canonical().to_owned(),
    )
}

/// The default score in pico-dollars, if the price is known, and what it is without the price.
fn score(world: &World, policy: &Knobs, demand: &Demand, endpoint: &Endpoint) -> (Option<u128>, u128) {
    let reading = world.readings.of(endpoint.id());
    let uptime = reading.uptime.unwrap_or(policy.assume.uptime);
    let latency = reading.latency_ms.unwrap_or(policy.assume.latency_ms);
    let warmth = if policy.cold { Warmth::default() } else { reading.warmth.clone().unwrap_or_default() };
    let cost = expected(world, policy, demand, endpoint).map(Money::from_pico_dollars);
    let burden = policy.weights.second.pico_dollars() * u128::from(latency.get().saturating_sub(warmth.saves_ms.get()))
        / 1_000
        + policy.weights.failure.share(uptime.complement()).pico_dollars();
    let share = policy.weights.cost;
    let stay = warmth.stay.share(share).pico_dollars();
    let total = cost.map(|cost| (cost.share(share).pico_dollars() + burden).saturating_sub(stay));
    (total, burden.saturating_sub(stay))
}

fn sort_key(world: &World, step: &Step, demand: &Demand, endpoint: &Endpoint) -> SortKey {
    let policy = &step.leg.knobs;
    let reading = world.readings.of(endpoint.id());
    let whole = |value: u128| i128::try_from(value).unwrap();
    let (is_unknown, value) = match step.sort.by.to_string().as_str() {
        "score" => {
            let (total, rest) = score(world, policy, demand, endpoint);
            (total.is_none(), whole(total.unwrap_or(rest)))
        }
        "cost" => {
            let cost = expected(world, policy, demand, endpoint);
            // Of those without a price the rest of the order decides.
            (cost.is_none(), whole(cost.unwrap_or(0)))
        }
        "latency" => (false, i128::from(reading.latency_ms.unwrap_or(policy.assume.latency_ms).get())),
        "uptime" => {
            let uptime = reading.uptime.unwrap_or(policy.assume.uptime);
            (false, -i128::from(uptime.to_billionths()))
        }
        "requests" => {
            let requests = measured(world, step.sort.by.to_string().parse().unwrap(), endpoint);
            (requests.is_none(), requests.map_or(0, |requests| if requests > 5.5 { 6 } else { 5 }))
        }
        other => panic!("the worlds do not sort by {other}"),
    };
    (is_unknown, if step.sort.reverse { -value } else { value })
}

/// Expected cost in pico-dollars, by arithmetic on plain numbers. The worlds have no lists for long prompts.
fn expected(world: &World, policy: &Knobs, demand: &Demand, endpoint: &Endpoint) -> Option<u128> {
    let rate = |kind| Some(u128::from(endpoint.prices().base.rate(kind)?.pico_dollars()));
    let (input, output) = (rate(PriceKind::Input)?, rate(PriceKind::Output)?);
    let tokens = demand.expected_input().get();
    let believed = world.readings.of(endpoint.id()).cached_tokens.filter(|_| !policy.cold);
    let cached = believed.unwrap_or(Tokens::ZERO).get().min(tokens);
    let longest = demand.max_output().or_else(|| endpoint.offer().output_limit()).map_or(u64::MAX, Tokens::get);
    let answer = longest.min(policy.assume.output_tokens);
    let read = rate(PriceKind::CacheRead).unwrap_or(input);
    Some(read * u128::from(cached) + input * u128::from(tokens - cached) + output * u128::from(answer))
}

fn priced(endpoint: &Endpoint) -> bool {
    endpoint.prices().base.rate(PriceKind::Input).is_some() && endpoint.prices().base.rate(PriceKind::Output).is_some()
}

/// The least that a request costs, if that is known.
fn least_cost(world: &World, policy: &Knobs, endpoint: &Endpoint, demand: &Demand) -> Option<Money> {
    let rate = |kind| Some(u128::from(endpoint.prices().base.rate(kind)?.pico_dollars()));
    let (input, output) = (rate(PriceKind::Input)?, rate(PriceKind::Output)?);
    let read = rate(PriceKind::CacheRead).unwrap_or(input).min(input);
    let low = read * u128::from(demand.input().lower.get()) + output;
    Some(Money::from_pico_dollars(low.min(expected(world, policy, demand, endpoint)?)))
}

fn ill(world: &World, policy: &Knobs, endpoint: &Endpoint) -> Option<&'static str> {
    let reading = world.readings.of(endpoint.id());
    if reading.blocked_until.is_some_and(|until| until > NOW) {
        return Some("cooling_down");
    }
    let gate = policy.gate;
    (gate.on && reading.uptime.is_some_and(|uptime| uptime < gate.below)).then_some("gated_by_uptime")
}

/// Cooling ones last and by their end; gated ones by their success rate.
fn despair(world: &World, canonical: &str) -> (bool, u64, Reverse<Option<Ratio>>) {
    let reading = world.readings.of(switchback_catalog::EndpointId::of(canonical));
    match reading.blocked_until.filter(|until| *until > NOW) {
        Some(until) => (true, until.as_millis(), Reverse(None)),
        None => (false, 0, Reverse(reading.uptime)),
    }
}

fn read(text: &str) -> Wanted {
    if text == "auto" {
        return Wanted { auto: true, provider: None, model: String::new(), pool: None };
    }
    if let Some((segment, model)) = text.split_once('/') {
        // The worlds' strings name no authors, and no id in them has a slash.
        let known = aliases::resolve(Dialect::Native, segment).map(|provider| provider.as_str().to_owned());
        let provider = known.unwrap_or_else(|| segment.to_owned());
        return Wanted { auto: false, provider: Some(provider), model: model.to_owned(), pool: None };
    }
    Wanted { auto: false, provider: None, model: text.to_owned(), pool: None }
}

fn names(wanted: &Wanted, endpoint: &Endpoint) -> bool {
    if let Some(pool) = &wanted.pool {
        return any(pool, endpoint);
    }
    wanted.auto
        || endpoint.upstream_id() == wanted.model
        || family(endpoint.upstream_id()).as_str() == family(&wanted.model).as_str()
}

fn version(model: &str) -> Option<String> {
    let version = ModelId::parse(model).version()?.replace('-', "");
    (version != "latest").then_some(version)
}

fn version_fits(wanted: &Wanted, endpoint: &Endpoint) -> bool {
    match (version(&wanted.model), version(endpoint.upstream_id())) {
        (Some(wanted), Some(found)) => wanted == found,
        _ => true,
    }
}

fn asks_for(world: &World, tier: &str) -> bool {
    let field = world.request.option(switchback_ir::Key::ServiceTier);
    field.and_then(|field| field.value.as_text()).is_some_and(|text| text == *tier)
}

fn any(selectors: &[Selector], endpoint: &Endpoint) -> bool {
    selectors.iter().any(|selector| selector.matches(endpoint.provider(), endpoint.upstream_id(), endpoint.family()))
}
