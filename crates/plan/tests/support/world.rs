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
    AffinityUse, Caller, Condition, Degrade, Demand, Gate, Inputs, Inventory, Level, Metric, Overlay, Plan, Policy,
    Prefix, Quantity, Reading, Readings, Require, Rest, Route, Rules, Scope, Selector, Settings, Shape as Tree,
    Signals, Sort, Split, Threshold, Triggers, Unknown, Warmth, Weight, plan,
};
use switchback_units::{Millis, Money, Rate, Ratio, Timestamp, Tokens};

pub use super::tree::SEED;

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
const NAMES: [&str; 15] = [
    "fast",
    "house/gpt-4o",
    "gpt-4o-mini",
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
        self.plan_under(catalog, policy, None)
    }

    pub fn plan_under(&self, catalog: &Catalog, policy: &Policy, overlay: Option<&Overlay>) -> Plan {
        let demand = Demand::of(&self.request);
        plan(&Inputs {
            demand: &demand,
            catalog,
            policy,
            inventory: self.inventory.as_ref(),
            caller: &self.caller,
            signals: Signals::of(&self.readings),
            now: NOW,
            seed: SEED,
            overlay,
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

/// Worlds whose policies are trees.
///
/// Boxed, as all strategies for trees are: what is built of so many by value does not fit the stack of a test's thread.
pub fn tree_worlds() -> BoxedStrategy<World> {
    let switches = (prop::bool::weighted(0.7), prop::bool::weighted(0.1));
    let world = (worlds().boxed(), trees(), switches).prop_map(|(mut world, policy, (is_friendly, is_ill))| {
        if is_friendly {
            make_friendly(&mut world);
        }
        if is_ill {
            for (place, endpoint) in world.catalog().endpoints().iter().enumerate() {
                let mut reading = world.readings.of(endpoint.id());
                reading.uptime = Ratio::new(if place % 3 == 0 { 0.4 } else { 0.6 }).ok();
                world.readings.set(endpoint.id(), reading);
            }
        }
        world.policy = policy;
        world
    });
    world.boxed()
}

/// Worlds with several endpoints to try: nobody forbids anything, and everything is a chat endpoint that is paid by
/// use.
pub fn friendly_worlds() -> impl Strategy<Value = World> {
    let names = select(vec!["gpt-4o", "auto", "claude-haiku-4-5", "openai/gpt-4o", "gpt-4o-2024-08-06"]);
    (worlds(), names).prop_map(|(mut world, name)| {
        make_friendly(&mut world);
        world.request.model = Some(switchback_ir::At::nowhere(name.into()));
        world.policy.auto = Vec::new();
        world.policy.settings.rules = Rules::default();
        world
    })
}

/// Nobody but the policy forbids anything, and everything is a chat endpoint that is paid by use.
fn make_friendly(world: &mut World) {
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
    world.inventory = None;
    world.caller.levels.clear();
}

/// The groups' names, and models as routes name them: of the catalog, of groups, and what the request says.
const GROUPS: [&str; 5] = ["fast", "house/*", "house/gpt*", "gpt-4o", "*-mini"];
const TARGETS: [&str; 12] = [
    "$model",
    "$model",
    "gpt-4o",
    "openai/gpt-4o",
    "claude-haiku-4-5",
    "my-host/house-model",
    "auto",
    "fast",
    "house/gpt-4o",
    "gpt-4o-mini",
    "azure/$1",
    "$1",
];

fn trees() -> BoxedStrategy<Policy> {
    let groups = prop::collection::btree_map(select(GROUPS.to_vec()), routes(), 0..4);
    let rest = (some_selectors(0.1), root_settings());
    (option::weighted(0.8, routes()), vec(routes(), 0..3), groups, rest)
        .prop_map(|(route, fallback, groups, (auto, settings))| {
            let mut policy = Policy::default();
            (policy.route, policy.fallback, policy.auto, policy.settings) = (route, fallback, auto, settings);
            policy.groups = groups.into_iter().map(|(name, route)| (name.to_owned(), route)).collect();
            policy
        })
        .boxed()
}

/// Plans, trials and degraded matches allowed more often than by default, so that there is something to order.
fn root_settings() -> BoxedStrategy<Settings> {
    (settings(), any::<bool>())
        .prop_map(|(mut settings, unmetered)| {
            settings.unmetered = Some(unmetered);
            settings
        })
        .boxed()
}

fn routes() -> BoxedStrategy<Route> {
    let model = select(TARGETS.to_vec()).prop_map(|model| Tree::Model(model.to_owned()));
    let pool = vec(select(SELECTORS.to_vec()), 1..3)
        .prop_map(|texts| Tree::Pool(texts.iter().map(|text| text.parse().unwrap()).collect()));
    let leaf = dressed(prop_oneof![4 => model, 1 => pool]);
    leaf.prop_recursive(3, 12, 4, |inner| {
        let several = vec(inner, 0..4);
        let split = (several.clone(), 0..3_usize, any::<bool>()).prop_map(|(routes, by, drops)| {
            let mut split = Split::default();
            split.routes = routes;
            split.by = ["metadata.plan", "model"][..by].iter().map(|subject| subject.parse().unwrap()).collect();
            split.rest = if drops { Rest::Drop } else { Rest::Follow };
            Tree::Split(split)
        });
        dressed(prop_oneof![
            several.clone().prop_map(Tree::Chain),
            several.clone().prop_map(Tree::First),
            several.prop_map(Tree::Any),
            split,
        ])
    })
    .boxed()
}

/// A shape with everything that may stand beside it.
fn dressed(shape: impl Strategy<Value = Tree> + 'static) -> BoxedStrategy<Route> {
    let triggers = select(vec![
        &["context_overflow"][..],
        &["rate_limit", "5xx"],
        &["any", "!context_overflow"],
        &["not_found"],
        &["auth"],
        &["unavailable"],
        &[],
    ]);
    let beside = (
        option::weighted(0.2, conditions()),
        option::weighted(0.25, triggers),
        select(vec![1_000_000_u64, 1_000_000, 250_000, 0]),
        option::weighted(0.1, Just("named".to_owned())),
        option::weighted(0.3, settings()),
    );
    (shape, beside)
        .prop_map(|(shape, (when, on, weight, name, settings))| {
            let mut route = Route::new(shape);
            (route.when, route.name, route.weight) = (when, name, Weight::from_millionths(weight));
            route.on = on.map(|words| Triggers::read(words.iter().copied()).unwrap());
            route.settings = settings.unwrap_or_default();
            route
        })
        .boxed()
}

fn conditions() -> BoxedStrategy<Condition> {
    let tests = [
        r#"{"of": "tags", "has_any": ["internal"]}"#,
        r#"{"of": "metadata.plan", "eq": "pro"}"#,
        r#"{"of": "metadata.plan", "in": ["pro", "free"]}"#,
        r#"{"of": "metadata.plan", "exists": false}"#,
        r#"{"of": "input_tokens", "gt": 100}"#,
        r#"{"of": "model", "ne": "gpt-4o"}"#,
    ];
    let test = select(tests.to_vec()).prop_map(|json| serde_json::from_str::<Condition>(json).unwrap());
    test.prop_recursive(1, 4, 2, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..3).prop_map(Condition::All),
            vec(inner.clone(), 0..3).prop_map(Condition::Any),
            inner.prop_map(|part| Condition::Not(Box::new(part))),
        ]
    })
    .boxed()
}

/// Each of the settings of a table, now and then.
fn settings() -> BoxedStrategy<Settings> {
    let (some, rare) = (0.15, 0.05);
    let metric = |quantity| Metric::of(quantity);
    let prefer = select(vec![
        Threshold::at_most(metric(Quantity::Requests), 5.0),
        Threshold::at_most(metric(Quantity::Latency), 1_000.0),
        Threshold::at_least(metric(Quantity::Uptime), 0.95).of(vec!["azure".parse().unwrap()]),
    ]);
    let sort = (select(vec!["score", "cost", "latency", "uptime", "requests"]), prop::bool::weighted(0.2));
    let first = (
        some_selectors(rare),
        some_selectors(rare),
        option::weighted(some, requires()),
        option::weighted(some, Just(vec![Threshold::at_most(metric(Quantity::Requests), 5.0)])),
        option::weighted(some, selectors(3)),
        option::weighted(some, vec(prefer, 0..3)),
        option::weighted(some, sort),
    );
    let second = (
        option::weighted(rare, any::<bool>()),
        option::weighted(some, any::<bool>()),
        option::weighted(rare, any::<bool>()),
        option::weighted(rare, any::<bool>()),
        option::weighted(some, any::<bool>()),
        option::weighted(some, select(vec!["[]", r#"["any"]"#, r#"["rate_limit"]"#])),
        option::weighted(some, any::<bool>()),
        option::weighted(some, select(REST.to_vec())),
    );
    (first, second)
        .prop_map(|(first, second)| {
            let (allow, deny, require, limit, order, prefer, sort) = first;
            let (degrade, gate, unknown, unmetered, prefix, failover, affinity, rest) = second;
            let mut settings: Settings = rest.map_or_else(Settings::default, |json| {
                let policy: Policy = serde_json::from_str(json).unwrap();
                policy.settings
            });
            let (require, limit) = (require.unwrap_or_default(), limit.unwrap_or_default());
            settings.rules = Rules { allow, deny, require, limit };
            (settings.order, settings.prefer) = (order, prefer);
            settings.sort = sort.map(|(by, reverse)| Sort { by: by.parse().unwrap(), reverse });
            settings.degrade = degrade.map(|on| if on { Degrade::default() } else { Degrade::never() });
            settings.gate = gate.map(|on| if on { Gate::default() } else { Gate::off() });
            settings.unknown = unknown.map(|allow| if allow { Unknown::Allow } else { Unknown::Deny });
            settings.unmetered = unmetered;
            settings.prefix = prefix.map(|start| if start { Prefix::Start } else { Prefix::Pin });
            settings.failover = failover.map(|json| serde_json::from_str(json).unwrap());
            settings.affinity = affinity.map(|on| {
                let mut affinity = AffinityUse::default();
                affinity.on = on;
                affinity
            });
            settings
        })
        .boxed()
}

/// What is set by its text: weights and assumptions, and what a plan only carries.
const REST: [&str; 6] = [
    r#"{"weights": {"cost": 0.5, "second": "0", "failure": "1"}}"#,
    r#"{"assume": {"latency_ms": 10, "uptime": 0.5, "output_tokens": 9}}"#,
    r#"{"retry": {"attempts": 2}, "timeout": {"total_ms": 9000}}"#,
    r#"{"cooldown": {"failures": 3}, "give_up": {"after_attempts": 4}}"#,
    r#"{"rewrite": {"set": {"temperature": 0}}}"#,
    r#"{"explore": 0}"#,
];

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
    (vec(level, 0..3), 0..4_usize).prop_map(|(levels, plan)| {
        let mut caller = Caller::default();
        caller.tags.extend((plan % 2 == 0).then(|| "internal".to_owned()));
        let plans = ["pro", "free", "trial"];
        caller.metadata.extend(plans.get(plan).map(|plan| ("plan".to_owned(), (*plan).to_owned())));
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
