use std::sync::LazyLock;

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use switchback_capability::Support;
use switchback_catalog::{
    Billing, Capability, Catalog, EndpointId, Operation, PriceKind, Prices, Providers, Row, Tier,
};
use switchback_ir::{
    Feature, Key, Media, Owner, Part, PartKind, Place, Protocol, RawJson, Request, Role, Shape, Text, Tool, ToolKind,
};
use switchback_plan::{
    Caller, Degrade, Demand, Gate, Inputs, Inventory, Level, Metric, Plan, Policy, Quantity, Reading, Readings,
    Require, Route, Rules, Scope, Selector, Signals, Sort, Threshold, Unknown, Warmth, plan,
};
use switchback_units::{Millis, Money, Rate, Ratio, Timestamp, Tokens};

pub const NOW: Timestamp = Timestamp::from_millis(1_795_000_000_000);

/// Parsed once: every world has a catalog.
static PROFILES: LazyLock<Providers> = LazyLock::new(Providers::embedded);

const PROVIDERS: [&str; 5] = ["anthropic", "azure-openai", "bedrock", "my-host", "openai"];
const MODELS: [&str; 6] = [
    "gpt-4o",
    "gpt-4o-2024-08-06",
    "gpt-4o-mini",
    "claude-haiku-4-5",
    "anthropic.claude-haiku-4-5-20251001-v1:0",
    "house-model",
];
const NAMES: [&str; 12] = [
    "gpt-4o",
    "gpt-4o",
    "gpt-4o-2024-08-06",
    "gpt-4o-2024-11-20",
    "openai/gpt-4o",
    "azure/gpt-4o",
    "claude-haiku-4-5",
    "aws/claude-haiku-4-5-20251001",
    "us.anthropic.claude-haiku-4-5-20251001-v1:0",
    "my-host/house-model",
    "auto",
    "no-such-model",
];
const SELECTORS: [&str; 8] =
    ["openai", "azure", "bedrock", "my-host", "*/gpt-4o", "*/gpt-4o*", "anthropic/*", "aws/anthropic.*"];

/// Everything that a plan depends on, owned.
#[derive(Clone, Debug)]
pub struct World {
    pub rows: Vec<Row>,
    pub request: Request<'static>,
    pub policy: Policy,
    pub inventory: Option<Inventory>,
    pub caller: Caller,
    pub readings: Readings,
}

impl World {
    pub fn catalog(&self) -> Catalog {
        Catalog::build(self.rows.clone(), Vec::new(), PROFILES.clone()).unwrap()
    }

    pub fn plan(&self) -> Plan {
        self.plan_with(&self.catalog(), &self.policy)
    }

    pub fn plan_with(&self, catalog: &Catalog, policy: &Policy) -> Plan {
        let demand = Demand::of(&self.request);
        plan(&Inputs {
            demand: &demand,
            catalog,
            policy,
            inventory: self.inventory.as_ref(),
            caller: &self.caller,
            signals: Signals::of(&self.readings),
            now: NOW,
            seed: 7,
            overlay: None,
            rewriter: None,
            ownership: None,
            lean: false,
        })
    }
}

pub fn worlds() -> impl Strategy<Value = World> {
    (vec(rows(), 0..10), requests(), policies(), option::of(inventories()), callers()).prop_flat_map(
        |(mut rows, request, policy, inventory, caller)| {
            rows.sort_by(|a, b| a.key().cmp(&b.key()));
            rows.dedup_by(|a, b| a.key() == b.key());
            let catalog = Catalog::build(rows.clone(), Vec::new(), PROFILES.clone()).unwrap();
            let ids: Vec<EndpointId> = catalog.endpoints().iter().map(switchback_catalog::Endpoint::id).collect();
            readings(ids).prop_map(move |readings| World {
                rows: rows.clone(),
                request: request.clone(),
                policy: policy.clone(),
                inventory: inventory.clone(),
                caller: caller.clone(),
                readings,
            })
        },
    )
}

/// Worlds with several endpoints to try: nobody forbids anything, and everything is a chat endpoint that is paid by
/// use.
pub fn friendly_worlds() -> impl Strategy<Value = World> {
    let names = select(vec!["gpt-4o", "auto", "claude-haiku-4-5", "openai/gpt-4o", "gpt-4o-2024-08-06"]);
    (worlds(), names).prop_map(|(mut world, name)| {
        for row in &mut world.rows {
            row.operation = Operation::Chat;
            row.billing = Billing::Metered;
            row.tier = Tier::STANDARD;
            if row.protocols.is_empty() {
                row.protocols = Protocol::ALL.to_vec();
            }
        }
        world.rows.sort_by(|a, b| a.key().cmp(&b.key()));
        world.rows.dedup_by(|a, b| a.key() == b.key());
        world.request.model = Some(switchback_ir::At::nowhere(name.into()));
        world.inventory = None;
        world.policy.auto = Vec::new();
        world.policy.settings.rules = Rules::default();
        world.caller = Caller::default();
        world
    })
}

fn rows() -> impl Strategy<Value = Row> {
    let what = (
        select(PROVIDERS.to_vec()),
        select(MODELS.to_vec()),
        option::weighted(0.2, select(vec!["us", "eu", "eu-west-1"])),
        prop_oneof![9 => Just(Tier::STANDARD), 1 => Just(Tier::FLEX)],
        subsequence(Protocol::ALL.to_vec(), 0..=3),
        prop_oneof![12 => Just(Operation::Chat), 1 => Just(Operation::Embedding)],
        prop_oneof![6 => Just(Billing::Metered), 1 => Just(Billing::Unknown), 1 => Just(Billing::Subscription)],
    );
    let facts = (
        option::weighted(0.9, 0_u64..4),
        option::weighted(0.9, 0_u64..4),
        option::weighted(0.3, 0_u64..2),
        option::weighted(0.5, select(vec![100_u64, 100_000])),
        option::weighted(0.3, select(vec![8_u64, 4_096])),
        supports(),
        supports(),
        supports(),
        supports(),
    );
    (what, facts).prop_map(|((provider, model, region, tier, protocols, operation, billing), facts)| {
        let (input, output, cache, context, max_output, tools, image, retention, trains) = facts;
        let mut row = Row::new(provider, model);
        row.region = region.map(str::to_owned);
        row.tier = tier;
        row.protocols = protocols;
        row.operation = operation;
        row.billing = billing;
        row.context_window = context.map(Tokens::new);
        row.max_output = max_output.map(Tokens::new);
        for (kind, price) in [(PriceKind::Input, input), (PriceKind::Output, output), (PriceKind::CacheRead, cache)] {
            if let Some(price) = price {
                row.prices.base.set(kind, Rate::from_pico_dollars(price * 1_000_000));
            }
        }
        row.capabilities.set(Capability::Tools, tools);
        row.capabilities.set(Capability::Image, image);
        row.data_policy.zero_retention = retention;
        row.data_policy.trains = trains;
        row
    })
}

fn supports() -> impl Strategy<Value = Support> {
    select(vec![Support::Yes, Support::Yes, Support::No, Support::Unknown])
}

fn requests() -> impl Strategy<Value = Request<'static>> {
    let name = option::weighted(0.97, select(NAMES.to_vec()));
    let features =
        (any::<bool>(), any::<bool>(), any::<bool>(), option::of(select(vec![16_u64, 9_000])), any::<bool>());
    (
        name,
        option::weighted(0.9, select(Protocol::ALL.to_vec())),
        features,
        prop_oneof![4 => Just(40_usize), 1 => Just(4_000)],
    )
        .prop_map(|(name, origin, (seed, image, tools, max_tokens, flex), length)| {
            let mut request = name.map_or_else(Request::default, Request::new);
            request.origin = origin;
            let mut parts: Vec<Part<'_>> = vec![Text::from("word ".repeat(length / 5)).into()];
            if image {
                parts.push(Part::new(PartKind::Image(Media::Url("https://example.com/cat.png".into())), Place::NONE));
            }
            request.push_message(Role::User, Shape::Parts, parts);
            if seed {
                request.set(Owner::Request, Key::Seed, RawJson::number(7));
            }
            if tools {
                request.tools.push(Tool {
                    kind: ToolKind::Function { parameters: None, legacy: false },
                    name: Some(switchback_ir::At::nowhere("look_up".into())),
                    description: None,
                    place: Place::NONE,
                });
            }
            if let Some(max_tokens) = max_tokens {
                request.set(Owner::Request, Key::MaxOutputTokens, RawJson::number(max_tokens));
            }
            if flex {
                request.set(Owner::Request, Key::ServiceTier, RawJson::string("flex"));
            }
            request
        })
}

fn selectors(most: usize) -> impl Strategy<Value = Vec<Selector>> {
    vec(select(SELECTORS.to_vec()), 0..=most).prop_map(|texts| texts.iter().map(|text| text.parse().unwrap()).collect())
}

fn some_selectors(weight: f64) -> impl Strategy<Value = Vec<Selector>> {
    option::weighted(weight, selectors(4)).prop_map(Option::unwrap_or_default)
}

fn requires() -> impl Strategy<Value = Require> {
    let regions = option::weighted(0.05, Just(vec!["eu".to_owned()])).prop_map(Option::unwrap_or_default);
    let listed = |word: &str| option::weighted(0.03, Just(vec![word.to_owned()])).prop_map(Option::unwrap_or_default);
    let features = option::weighted(0.05, Just(vec![Feature::Tools])).prop_map(Option::unwrap_or_default);
    let ceiling = option::weighted(0.05, select(vec![0_u128, 1_000_000]));
    let switches = (prop::bool::weighted(0.1), prop::bool::weighted(0.1));
    (switches, regions, listed("flex"), listed("soc2|gdpr"), features, ceiling).prop_map(
        |((zero_retention, no_training), regions, tiers, attributes, features, ceiling)| {
            let mut require = Require::default();
            (require.zero_retention, require.no_training, require.regions) = (zero_retention, no_training, regions);
            (require.tiers, require.attributes, require.features) = (tiers, attributes, features);
            let ceiling = ceiling.map(|pico| (PriceKind::Input, Money::from_pico_dollars(pico * 1_000_000)));
            require.max_price.extend(ceiling);
            require
        },
    )
}

fn limits() -> impl Strategy<Value = Vec<Threshold>> {
    let requests = Threshold::at_most(Metric::of(Quantity::Requests), 5.0);
    option::weighted(0.5, Just(vec![requests])).prop_map(Option::unwrap_or_default)
}

fn policies() -> impl Strategy<Value = Policy> {
    let lists =
        (some_selectors(0.2), some_selectors(0.2), requires(), some_selectors(0.4), some_selectors(0.2), limits());
    let switches = (
        select(vec!["score", "score", "cost", "latency", "uptime"]),
        prop::bool::weighted(0.8),
        prop::bool::weighted(0.8),
        prop::bool::weighted(0.8),
        prop::bool::weighted(0.3),
        vec(select(NAMES.to_vec()), 0..3),
    );
    (lists, switches).prop_map(
        |((allow, deny, require, order, auto, limit), (sort, gate, degrade, unknown, unmetered, chain))| {
            let mut policy = Policy::default();
            let settings = &mut policy.settings;
            settings.rules = Rules { allow, deny, require, limit };
            settings.order = Some(order);
            settings.sort = Some(Sort::by(sort.parse().unwrap()));
            settings.gate = Some(if gate { Gate::default() } else { Gate::off() });
            settings.degrade = Some(if degrade { Degrade::default() } else { Degrade::never() });
            settings.unknown = Some(if unknown { Unknown::Allow } else { Unknown::Deny });
            settings.unmetered = Some(unmetered);
            policy.auto = auto;
            policy.fallback = chain.into_iter().map(Route::model).collect();
            policy
        },
    )
}

fn inventories() -> impl Strategy<Value = Inventory> {
    let terms = (option::of(any::<bool>()), option::of(any::<bool>()), any::<bool>());
    let scope = (selectors(3), option::weighted(0.2, Just("eu".to_owned())), terms);
    vec(scope, 0..4).prop_map(|scopes| {
        let mut inventory = Inventory::default();
        for (index, (reaches, region, (zero_retention, trains, is_certified))) in scopes.into_iter().enumerate() {
            let mut scope = Scope::default();
            scope.id = format!("scope-{index}");
            scope.reaches = reaches;
            scope.region = region;
            (scope.terms.zero_retention, scope.terms.trains) = (zero_retention, trains);
            scope.terms.attributes.extend(is_certified.then(|| "gdpr".to_owned()));
            inventory.scopes.push(scope);
        }
        inventory
    })
}

fn callers() -> impl Strategy<Value = Caller> {
    let level = (some_selectors(0.2), some_selectors(0.2), requires(), option::weighted(0.4, 0_u128..3));
    vec(level, 0..3).prop_map(|levels| {
        let mut caller = Caller::default();
        for (index, (allow, deny, require, budget)) in levels.into_iter().enumerate() {
            let mut level = Level::default();
            level.name = format!("level {index}");
            level.rules = Rules { allow, deny, require, limit: Vec::new() };
            level.budget = budget.map(|budget| Money::from_pico_dollars(budget * 10_000_000));
            caller.levels.push(level);
        }
        caller
    })
}

fn readings(ids: Vec<EndpointId>) -> impl Strategy<Value = Readings> {
    let reading = (
        option::of(select(vec![0.2, 0.85, 0.9, 0.95, 1.0])),
        option::of(select(vec![100_u64, 1_000, 20_000])),
        option::weighted(0.2, select(vec![0_u64, 60_000])),
        option::weighted(0.3, select(vec![4_u64, 400])),
        option::weighted(0.3, (select(vec![0_u64, 90]), select(vec![0_u128, 500_000, 50_000_000]))),
        option::weighted(0.6, select(vec![5.0, 6.0])),
    );
    let most = ids.len();
    let chosen = if ids.is_empty() { Just(Vec::new()).boxed() } else { subsequence(ids, 0..=most).boxed() };
    (chosen, vec(reading, most)).prop_map(|(ids, readings)| {
        let mut table = Readings::default();
        for (id, (uptime, latency, blocked, cached, warmth, requests)) in ids.into_iter().zip(readings) {
            let mut reading = Reading::default();
            reading.uptime = uptime.and_then(|uptime| Ratio::new(uptime).ok());
            reading.latency_ms = latency.map(Millis::new);
            reading.blocked_until = blocked.map(|ms| NOW.saturating_add(Millis::new(ms)));
            reading.cached_tokens = cached.map(Tokens::new);
            reading.warmth = warmth.map(|(ms, stay)| Warmth {
                saves_ms: Millis::new(ms),
                stay: Money::from_pico_dollars(stay),
                ..Warmth::default()
            });
            reading.metrics.extend(requests.map(|requests| (Metric::of(Quantity::Requests), requests)));
            table.set(id, reading);
        }
        table
    })
}

/// A row whose every price is a tenth of what it was.
pub fn cheaper(row: &Row) -> Row {
    let mut prices = Prices::default();
    for (kind, rate) in row.prices.base.iter() {
        prices.base.set(kind, Rate::from_pico_dollars(rate.pico_dollars() / 10));
    }
    Row { prices, ..row.clone() }
}
