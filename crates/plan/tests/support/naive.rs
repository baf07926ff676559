//! The planner as plainly as it can be written: look at every endpoint of the catalog, ask one question after the
//! other, sort by one long tuple. Slow, and without a word of explanation beyond the code.

use std::cmp::Reverse;

use switchback_capability::{Degradation, Policy as MatchPolicy, Reason as MatchReason, Support, Verdict, match_offer};
use switchback_catalog::{Endpoint, Operation, Preferences, PriceKind};
use switchback_ir::{Feature, FeatureSet};
use switchback_plan::{Assume, Demand, Gate, Level, Require, Rules, Selector, Shape, Threshold, Unknown, Weights};
use switchback_slug::{Dialect, ModelId, aliases, family};
use switchback_units::{Money, Ratio, Tokens};

use super::world::{NOW, World};

#[derive(Debug, PartialEq, Eq)]
pub struct Outcome {
    /// Canonical texts in order.
    pub attempts: Vec<String>,
    /// Canonical texts with the first code, ordered by text.
    pub excluded: Vec<(String, &'static str)>,
}

/// The settings at the top of a policy, with what holds where it says nothing.
struct Knobs {
    rules: Rules,
    order: Vec<Selector>,
    sort: String,
    weights: Weights,
    assume: Assume,
    gate: Gate,
    degrade: bool,
    unknown: Unknown,
    unmetered: bool,
    auto: Vec<Selector>,
}

impl Knobs {
    fn of(world: &World) -> Self {
        let settings = world.policy.settings.clone();
        Self {
            rules: settings.rules,
            order: settings.order.unwrap_or_default(),
            sort: settings.sort.unwrap_or_default().to_string(),
            weights: settings.weights.unwrap_or_default(),
            assume: settings.assume.unwrap_or_default(),
            gate: settings.gate.unwrap_or_default(),
            degrade: settings.degrade.is_none_or(|degrade| degrade.on),
            unknown: settings.unknown.unwrap_or_default(),
            unmetered: settings.unmetered.unwrap_or(false),
            auto: world.policy.auto.clone(),
        }
    }
}

/// A model string taken apart by hand.
struct Wanted {
    auto: bool,
    provider: Option<String>,
    model: String,
}

pub fn outcome(world: &World) -> Outcome {
    let catalog = world.catalog();
    let demand = Demand::of(&world.request);
    let mut strings: Vec<&str> = demand.model().into_iter().collect();
    for fallback in &world.policy.fallback {
        let Shape::Model(fallback) = &fallback.shape else { panic!("the worlds fall back to models") };
        if !strings.contains(&fallback.as_str()) {
            strings.push(fallback);
        }
    }
    let mut well = Vec::new();
    let mut unwell = Vec::new();
    let mut excluded = Vec::new();
    for endpoint in catalog.endpoints() {
        let mut first_reason = None;
        let mut admitted = None;
        for (step, string) in strings.iter().enumerate() {
            let wanted = read(string);
            if !names(&wanted, endpoint) {
                continue;
            }
            let codes = codes(world, &demand, &wanted, endpoint);
            if codes.is_empty() {
                admitted = Some((step, wanted));
                break;
            }
            first_reason = first_reason.or(Some(codes[0]));
        }
        match (admitted, first_reason) {
            (Some((step, wanted)), _) => {
                let row = key(world, &demand, step, &wanted, endpoint);
                match ill(world, endpoint) {
                    None => well.push(row),
                    Some(code) => unwell.push((row, code)),
                }
            }
            (None, Some(code)) => excluded.push((endpoint.canonical().to_owned(), code)),
            (None, None) => {}
        }
    }
    if well.is_empty() {
        let mut last: Vec<_> = unwell.into_iter().map(|(key, _)| (despair(world, &key.9), key)).collect();
        last.sort();
        return Outcome { attempts: last.into_iter().map(|(_, key)| key.9).collect(), excluded };
    }
    excluded.extend(unwell.into_iter().map(|(key, code)| (key.9, code)));
    excluded.sort();
    well.sort();
    Outcome { attempts: well.into_iter().map(|key| key.9).collect(), excluded }
}

/// Every hard constraint that keeps the endpoint out, in order; what decides is the first.
#[expect(clippy::too_many_lines, reason = "one question after the other, and none hidden behind a name")]
fn codes(world: &World, demand: &Demand, wanted: &Wanted, endpoint: &Endpoint) -> Vec<&'static str> {
    let mut codes = Vec::new();
    let mut unless = |holds: bool, code: &'static str| {
        if !holds {
            codes.push(code);
        }
    };
    let policy = Knobs::of(world);
    unless(endpoint.operation() == Operation::Chat, "unsupported_operation");
    unless(endpoint.protocol().is_some() || endpoint.operation() != Operation::Chat, "no_supported_protocol");
    if !wanted.auto {
        unless(wanted.provider.as_deref().is_none_or(|provider| provider == endpoint.provider()), "other_provider");
        unless(version_fits(wanted, endpoint), "other_version");
        let region = ModelId::parse(&wanted.model).region();
        unless(
            region.is_none() || endpoint.upstream_id() == wanted.model || endpoint.region() == region,
            "other_region",
        );
    }
    let levels: &[Level] = &world.caller.levels;
    let books: Vec<&Rules> = std::iter::once(&policy.rules).chain(levels.iter().map(|level| &level.rules)).collect();
    let tier = endpoint.tier().as_str();
    let chosen = books.iter().any(|book| !book.require.tiers.is_empty());
    unless(chosen || endpoint.tier().is_standard() || asks_for(world, tier), "tier_not_requested");
    let tiers = |book: &Rules| book.require.tiers.is_empty() || book.require.tiers.iter().any(|it| it == tier);
    unless(books.iter().all(|book| tiers(book)), "tier_not_allowed");
    let of_catalog = || Preferences::embedded().auto().iter().any(|family| family == endpoint.family());
    let in_pool = if policy.auto.is_empty() { of_catalog() } else { any(&policy.auto, endpoint) };
    unless(!wanted.auto || in_pool, "not_in_pool");
    unless(wanted.provider.is_some() || policy.unmetered || endpoint.is_metered_chat(), "not_metered");
    let reaching: Vec<_> = match &world.inventory {
        Some(inventory) => inventory.scopes.iter().filter(|scope| any(&scope.reaches, endpoint)).collect(),
        None => Vec::new(),
    };
    unless(world.inventory.is_none() || !reaching.is_empty(), "no_credential");
    let allows = |allow: &[Selector]| allow.is_empty() || any(allow, endpoint);
    unless(allows(&policy.rules.allow) && levels.iter().all(|level| allows(&level.rules.allow)), "not_allowed");
    unless(
        !any(&policy.rules.deny, endpoint) && !levels.iter().any(|level| any(&level.rules.deny, endpoint)),
        "denied",
    );
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
    codes.extend(feature_codes(world, demand, endpoint));
    let ceilings = || books.iter().flat_map(|book| &book.require.max_price);
    let price = |kind: PriceKind| endpoint.row().prices.base.rate(kind).map(|rate| rate.pico_dollars() * 1_000_000);
    if ceilings().any(|(kind, most)| price(*kind).is_some_and(|price| u128::from(price) > most.pico_dollars())) {
        codes.push("price_too_high");
    }
    let cost = least_cost(world, endpoint, demand);
    if levels.iter().any(|level| level.budget.zip(cost).is_some_and(|(left, cost)| cost > left)) {
        codes.push("over_budget");
    }
    let has_budget = levels.iter().any(|level| level.budget.is_some());
    if has_budget && !priced(endpoint) || ceilings().any(|(kind, _)| price(*kind).is_none()) {
        codes.push("price_unknown");
    }
    let reading = world.readings.of(endpoint.id());
    let beyond = |limit: &Threshold| reading.metrics.get(&limit.metric).is_some_and(|value| !limit.admits(*value));
    if books.iter().any(|book| book.limit.iter().any(beyond)) {
        codes.push("over_limit");
    }
    codes
}

fn feature_codes(world: &World, demand: &Demand, endpoint: &Endpoint) -> Vec<&'static str> {
    let Some(verdict) = verdict(world, demand, endpoint, Knobs::of(world).degrade) else { return Vec::new() };
    let Verdict::Impossible { reasons } = verdict else { return Vec::new() };
    if !Knobs::of(world).degrade && !matches!(verdict_of(world, demand, endpoint), Some(Verdict::Impossible { .. })) {
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

fn verdict_of(world: &World, demand: &Demand, endpoint: &Endpoint) -> Option<Verdict> {
    verdict(world, demand, endpoint, true)
}

fn verdict(world: &World, demand: &Demand, endpoint: &Endpoint, degrade: bool) -> Option<Verdict> {
    let unknown = match Knobs::of(world).unknown {
        Unknown::Allow => switchback_capability::Unknown::Allow,
        Unknown::Deny => switchback_capability::Unknown::Reject,
    };
    let degradation = if degrade { Degradation::KeepRequired } else { Degradation::Never };
    let policy = MatchPolicy::default().unknown(unknown).degradation(degradation);
    Some(match_offer(demand.requirements(), demand.origin(), endpoint.protocol()?, endpoint.offer(), policy))
}

type Key = (usize, switchback_capability::Cost, usize, bool, SortKey, (bool, u128), bool, bool, bool, String);
/// Of the worlds' providers, those that make their models themselves.
const FIRST_PARTIES: [&str; 2] = ["anthropic", "openai"];

type SortKey = (bool, u128, Reverse<Option<Ratio>>);

fn key(world: &World, demand: &Demand, step: usize, wanted: &Wanted, endpoint: &Endpoint) -> Key {
    let policy = Knobs::of(world);
    let verdict = verdict(world, demand, endpoint, policy.degrade).unwrap();
    let untold = !wanted.auto
        && version(&wanted.model).is_some()
        && endpoint.upstream_id() != wanted.model
        && version(endpoint.upstream_id()).is_none();
    let reading = world.readings.of(endpoint.id());
    let uptime = reading.uptime.unwrap_or(policy.assume.uptime);
    let latency = reading.latency_ms.unwrap_or(policy.assume.latency_ms);
    let warmth = reading.warmth.clone().unwrap_or_default();
    let cost = expected(world, demand, endpoint);
    let burden = policy.weights.second.pico_dollars() * u128::from(latency.get().saturating_sub(warmth.saves_ms.get()))
        / 1_000
        + policy.weights.failure.share(uptime.complement()).pico_dollars();
    let stay = warmth.stay.pico_dollars();
    let (total, rest) = (cost.map(|cost| (cost + burden).saturating_sub(stay)), burden.saturating_sub(stay));
    let sort = match policy.sort.as_str() {
        "score" => (false, 0, Reverse(None)),
        "cost" => (cost.is_none(), cost.unwrap_or(0), Reverse(None)),
        "latency" => (false, u128::from(latency.get()), Reverse(None)),
        "uptime" => (false, 0, Reverse(Some(uptime))),
        other => panic!("the worlds do not sort by {other}"),
    };
    (
        step,
        verdict.cost().unwrap(),
        policy.order.iter().position(|selector| any(std::slice::from_ref(selector), endpoint)).unwrap_or(usize::MAX),
        untold || verdict.unverified() != FeatureSet::EMPTY,
        sort,
        (total.is_none(), total.unwrap_or(rest)),
        demand.origin().is_some() && demand.origin() != endpoint.protocol(),
        !FIRST_PARTIES.contains(&endpoint.provider()),
        !wanted.auto && endpoint.upstream_id() != wanted.model,
        endpoint.canonical().to_owned(),
    )
}

/// Expected cost in pico-dollars, by arithmetic on plain numbers. The worlds have no lists for long prompts.
fn expected(world: &World, demand: &Demand, endpoint: &Endpoint) -> Option<u128> {
    let rate = |kind| Some(u128::from(endpoint.prices().base.rate(kind)?.pico_dollars()));
    let (input, output) = (rate(PriceKind::Input)?, rate(PriceKind::Output)?);
    let tokens = demand.expected_input().get();
    let cached = world.readings.of(endpoint.id()).cached_tokens.unwrap_or(Tokens::ZERO).get().min(tokens);
    let longest = demand.max_output().or_else(|| endpoint.offer().output_limit()).map_or(u64::MAX, Tokens::get);
    let answer = longest.min(Knobs::of(world).assume.output_tokens);
    let read = rate(PriceKind::CacheRead).unwrap_or(input);
    Some(read * u128::from(cached) + input * u128::from(tokens - cached) + output * u128::from(answer))
}

fn priced(endpoint: &Endpoint) -> bool {
    endpoint.prices().base.rate(PriceKind::Input).is_some() && endpoint.prices().base.rate(PriceKind::Output).is_some()
}

/// The least that a request costs, if that is known.
fn least_cost(world: &World, endpoint: &Endpoint, demand: &Demand) -> Option<Money> {
    let rate = |kind| Some(u128::from(endpoint.prices().base.rate(kind)?.pico_dollars()));
    let (input, output) = (rate(PriceKind::Input)?, rate(PriceKind::Output)?);
    let read = rate(PriceKind::CacheRead).unwrap_or(input).min(input);
    let low = read * u128::from(demand.input().lower.get()) + output;
    Some(Money::from_pico_dollars(low.min(expected(world, demand, endpoint)?)))
}

fn ill(world: &World, endpoint: &Endpoint) -> Option<&'static str> {
    let reading = world.readings.of(endpoint.id());
    if reading.blocked_until.is_some_and(|until| until > NOW) {
        return Some("cooling_down");
    }
    let gate = Knobs::of(world).gate;
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
        return Wanted { auto: true, provider: None, model: String::new() };
    }
    if let Some((segment, model)) = text.split_once('/') {
        // The worlds' strings name no authors, and no id in them has a slash.
        let known = aliases::resolve(Dialect::Native, segment).map(|provider| provider.as_str().to_owned());
        let provider = known.unwrap_or_else(|| segment.to_owned());
        return Wanted { auto: false, provider: Some(provider), model: model.to_owned() };
    }
    Wanted { auto: false, provider: None, model: text.to_owned() }
}

fn names(wanted: &Wanted, endpoint: &Endpoint) -> bool {
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
