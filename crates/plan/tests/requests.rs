//! What requests say about their own routing: each row of `docs/requests.md` as a case with its overlay and its plan, and
//! the laws of reading. `SWITCHBACK_BLESS=1` writes the cases' outcomes anew.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    clippy::disallowed_types,
    unreachable_pub,
    reason = "tests fail by panicking, and read the files that they run on"
)]

use std::collections::BTreeMap;

use proptest::prelude::*;
use serde_json::{Value, json};
use switchback_capability::Support;
use switchback_catalog::{Billing, Capability, Catalog, PriceKind, Providers, Row};
use switchback_ir::{Field, Key, Name, Owner, Place, Protocol, RawJson, Request, Role, Shape, Text};
use switchback_plan::{
    Caller, Carried, Demand, Inputs, Inventory, Overlay, Plan, Policy, ReadAs, RequestReader, Routing, Signals, System,
    UnreadableRouting, plan,
};
use switchback_units::{Rate, Timestamp};

const CASES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/requests.json");

fn row(provider: &str, model: &str, region: Option<&str>, dollars: &str) -> Row {
    let mut row = Row::new(provider, model);
    row.protocols = vec![Protocol::Chat];
    row.billing = Billing::Metered;
    row.region = region.map(Into::into);
    for kind in [PriceKind::Input, PriceKind::Output] {
        row.prices.base.set(kind, Rate::per_million(dollars).unwrap().value);
    }
    for capability in [Capability::Tools, Capability::Temperature, Capability::JsonSchema] {
        row.capabilities.set(capability, Support::Yes);
    }
    row
}

fn catalog() -> Catalog {
    let rows = vec![
        row("openai", "gpt-4o", None, "5"),
        row("azure-openai", "gpt-4o", Some("eu-west-1"), "4"),
        row("azure-openai", "gpt-4o", Some("us-east-1"), "3"),
        row("anthropic", "claude-haiku-4-5", None, "2"),
        row("bedrock", "anthropic.claude-haiku-4-5-20251001-v1:0", Some("eu"), "1"),
        row("openrouter", "openai/gpt-4o", None, "0"),
    ];
    Catalog::build(rows, Vec::new(), Providers::embedded()).unwrap()
}

/// Scopes that reach everything, one of them with every attribute.
fn inventory() -> Inventory {
    serde_json::from_value(json!({ "scopes": [
        { "id": "plain", "reaches": ["*"] },
        { "id": "sworn", "reaches": ["azure-openai"], "terms": {
            "zero_retention": true, "trains": false,
            "attributes": ["quantization:fp8", "distillable_text", "implicit-caching"],
        } },
    ] }))
    .unwrap()
}

fn field(object: &'static str, name: Name<'static>, value: &Value) -> Field<'static> {
    let value = RawJson::parse(&value.to_string()).unwrap().into_owned();
    Field { owner: Owner::Request, object, name, value, place: Place::NONE }
}

/// The request with those members; the few that protocols have themselves under their keys.
fn request(body: &Value) -> Request<'static> {
    let mut request = Request { origin: Some(Protocol::Chat), ..Request::default() };
    for (name, value) in body.as_object().unwrap() {
        let known = |key, wire| Name::Known { key, wire };
        let field = match name.as_str() {
            "model" => {
                let model = Text::from(value.as_str().unwrap().to_owned());
                request.model = Request::new(model).model;
                continue;
            }
            "metadata" => field("metadata", known(Key::User, "user_id"), &value["user_id"]),
            "service_tier" => field("", known(Key::ServiceTier, "service_tier"), value),
            "prompt_cache_key" => field("", known(Key::PromptCacheKey, "prompt_cache_key"), value),
            "user" => field("", known(Key::User, "user"), value),
            name => field("", Name::Unknown(Text::from(name.to_owned())), value),
        };
        request.fields.push(field);
    }
    request.push_message(Role::User, Shape::Text, [Text::from("hello there").into()]);
    request.sort_fields();
    request
}

fn headers(value: Option<&Value>) -> BTreeMap<String, String> {
    value.map(|value| serde_json::from_value(value.clone()).unwrap()).unwrap_or_default()
}

fn plan_of(request: &Request<'_>, overlay: Option<&Overlay>) -> Plan {
    plan_under(&Policy::default(), request, overlay)
}

fn plan_under(policy: &Policy, request: &Request<'_>, overlay: Option<&Overlay>) -> Plan {
    let (catalog, inventory) = (catalog(), inventory());
    plan(&Inputs {
        demand: &Demand::of(request),
        catalog: &catalog,
        policy,
        inventory: Some(&inventory),
        caller: &Caller::default(),
        signals: Signals::default(),
        now: Timestamp::from_millis(1_795_000_000_000),
        seed: 0,
        overlay,
        rewriter: None,
        ownership: None,
        lean: false,
    })
}

fn attempts(plan: &Plan) -> Vec<String> {
    plan.attempts().iter().map(|attempt| attempt.endpoint.canonical().to_owned()).collect()
}

fn reader(case: &Value) -> RequestReader {
    let reader = RequestReader::default();
    let reader = match case["reading"].as_str() {
        Some(reading) => reader.reading(reading.parse().unwrap()),
        None => reader,
    };
    case["system"].as_str().map_or(reader, |system| reader.of(system.parse().unwrap()))
}

/// What a case came to, in the words of its file.
fn outcome(case: &Value) -> Value {
    let mut request = request(&case["body"]);
    let read = match reader(case).read(&request, &headers(case.get("headers"))) {
        Ok(read) => read,
        Err(error) => return json!({ "error": error.to_string() }),
    };
    let Some(routing) = read else { return json!({ "read": "nothing" }) };
    routing.strip(&mut request);
    let left: Vec<String> = request.fields.iter().map(|field| field.value.as_str().to_owned()).collect();
    let plan = plan_of(&request, Some(&routing.overlay));
    let notes = plan.notes().iter().filter(|note| note.code() == "asked").count();
    assert_eq!(notes, routing.entries.len(), "the plan says all of it");
    json!({
        "system": routing.system.name(),
        "overlay": serde_json::to_value(&routing.overlay).unwrap(),
        "entries": routing.entries.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "session": routing.session.as_ref().map(|session| format!("{} from {}", session.key, session.path)),
        "taken": routing.taken,
        "left": left,
        "attempts": attempts(&plan),
    })
}

#[test]
fn every_documented_input_is_read_as_it_is() {
    let mut cases: Vec<Value> = serde_json::from_str(&std::fs::read_to_string(CASES).unwrap()).unwrap();
    let is_blessing = std::env::var_os("SWITCHBACK_BLESS").is_some();
    for case in &mut cases {
        let found = outcome(case);
        if is_blessing {
            case["outcome"] = found;
        } else {
            assert_eq!(case["outcome"], found, "{}: {found:#}", case["name"]);
        }
    }
    if is_blessing {
        std::fs::write(CASES, format!("{}\n", serde_json::to_string_pretty(&cases).unwrap())).unwrap();
    }
}

fn read(body: &Value) -> Result<Option<Routing>, UnreadableRouting> {
    RequestReader::default().read(&request(body), &BTreeMap::new())
}

/// How a gateway reads the provider before a model is said of the request's own models and of no others.
#[test]
fn what_a_policy_pins_stays_pinned() {
    let policy = Policy::from_toml("fallback = ['bedrock/claude-haiku-4-5']").unwrap();
    for body in [
        json!({"model": "azure/gpt-4o", "routing": {"metric": "cost"}}),
        json!({"model": "azure/gpt-4o", "no_reasoning": false}),
    ] {
        let routing = read(&body).unwrap().unwrap();
        let tried = attempts(&plan_under(&policy, &request(&body), Some(&routing.overlay)));
        assert!(tried.iter().any(|tried| tried.starts_with("openai ")), "{tried:?}");
        assert!(tried.last().unwrap().starts_with("bedrock "), "{tried:?}");
    }
}

#[test]
fn every_metric_of_concentrate_is_read() {
    let plain = ["cost", "performance", "latency", "uptime", "throughput", "total_requests"];
    let tokens = ["input_tokens", "output_tokens", "total_tokens"];
    let mut names: Vec<String> = plain.into_iter().chain(tokens).map(str::to_owned).collect();
    for what in ["latency", "e2e_latency"] {
        names.extend(["avg", "min", "max"].map(|how| format!("{how}_{what}")));
        names.extend((0..=100).map(|percent| format!("p{percent}_{what}")));
    }
    for name in names {
        let routing = read(&json!({"model": "gpt-4o", "routing": {"metric": name}})).unwrap().unwrap();
        let sort = routing.overlay.settings.sort.unwrap().to_string();
        if let Some((how, "latency")) = name.split_once('_') {
            assert_eq!(sort, format!("latency.{how}@15m"));
        }
        assert!(routing.entries.iter().all(|entry| entry.carried != Carried::Nothing), "{name}");
    }
    let error = read(&json!({"model": "gpt-4o", "routing": {"metric": "p101_latency"}})).unwrap_err();
    assert_eq!(error.path(), "/routing/metric");
}

/// A value for any member, mostly of the kind that some member has.
fn any_json() -> impl Strategy<Value = Value> {
    let words = [
        "cost",
        "price",
        "auto",
        "deny",
        "none",
        "azure",
        "openai/flex",
        "azure/eu",
        "gpt-4o",
        "p50_latency",
        "1 hour",
        "flex",
        "vision",
        "min",
        "",
        "/",
        "a/b:nitro",
    ];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        (-3_i64..100).prop_map(Value::from),
        proptest::sample::select(words.to_vec()).prop_map(Value::from),
        ".{0,6}".prop_map(Value::from),
    ];
    let members = [
        "provider",
        "model",
        "sort",
        "interval",
        "fallbacks",
        "strategy",
        "metric",
        "order",
        "only",
        "ignore",
        "by",
        "allow_fallbacks",
        "max_price",
        "prompt",
        "request",
        "p50",
        "quantizations",
        "zdr",
        "data_collection",
        "preferred_max_latency",
        "partition",
        "gateway",
        "models",
        "has",
        "serviceTier",
        "zeroDataRetention",
        "x~/y",
    ];
    leaf.prop_recursive(4, 24, 4, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::vec((proptest::sample::select(members.to_vec()), inner), 0..5)
                .prop_map(|members| Value::Object(members.into_iter().map(|(name, v)| (name.to_owned(), v)).collect())),
        ]
    })
}

fn any_body() -> impl Strategy<Value = Value> {
    let members = [
        "routing",
        "provider",
        "models",
        "fallbacks",
        "route",
        "session_id",
        "free_models_only",
        "no_reasoning",
        "providerOptions",
        "service_tier",
        "plugins",
        "prompt_cache_key",
        "user",
    ];
    let models = ["gpt-4o", "openai/gpt-4o", "openai/gpt-4o:nitro", "azure/gpt-4o:eu", "auto", "", "~a/b-latest:free"];
    let model = proptest::sample::select(models.to_vec());
    let members = prop::collection::vec((proptest::sample::select(members.to_vec()), any_json()), 0..3);
    (model, members).prop_map(|(model, members)| {
        let mut body = json!({ "model": model });
        for (name, value) in members {
            body[name] = value;
        }
        body
    })
}

fn any_reader() -> impl Strategy<Value = RequestReader> {
    let systems: Vec<Option<System>> = System::ALL.into_iter().map(Some).chain([None]).collect();
    (proptest::sample::select(systems), any::<bool>()).prop_map(|(system, is_documented)| {
        let reading = if is_documented { ReadAs::Documented } else { ReadAs::AsCoded };
        let reader = RequestReader::default().reading(reading);
        system.map_or(reader, |system| reader.of(system))
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 192, ..ProptestConfig::default() })]

    #[test]
    fn reading_never_panics_and_says_where_it_fails(body in any_body(), reader in any_reader()) {
        let request = request(&body);
        match reader.read(&request, &BTreeMap::new()) {
            Ok(None) => {}
            Ok(Some(routing)) => {
                let mut stripped = request.clone();
                routing.strip(&mut stripped);
                let again = reader.read(&stripped, &BTreeMap::new()).unwrap();
                prop_assert!(again.is_none_or(|again| again.taken.is_empty()), "nothing is left to take");
            }
            Err(error) => {
                let is_there = error.path().starts_with("header ") || error.path() == "/model"
                    || body.pointer(error.path()).is_some();
                prop_assert!(is_there, "{error}");
                prop_assert!(!error.expected().is_empty());
            }
        }
    }

    #[test]
    fn what_a_request_adds_only_tightens(body in any_body(), reader in any_reader()) {
        let request = request(&body);
        let Ok(Some(routing)) = reader.read(&request, &BTreeMap::new()) else { return Ok(()) };
        let mut rules = Overlay::default();
        rules.settings.rules = routing.overlay.settings.rules;
        // A class of service is asked for, and one that nobody asks for is left out.
        rules.settings.rules.require.tiers.clear();
        let (with, without) = (attempts(&plan_of(&request, Some(&rules))), attempts(&plan_of(&request, None)));
        prop_assert!(with.iter().all(|attempt| without.contains(attempt)), "{with:?} {without:?}");
    }
}

#[test]
fn names_read_as_they_are_printed() {
    for system in System::ALL {
        assert_eq!(system.to_string().parse(), Ok(system));
    }
    for reading in [ReadAs::Documented, ReadAs::AsCoded] {
        assert_eq!(reading.to_string().parse(), Ok(reading));
    }
    assert!("concentrat".parse::<System>().is_err() && "coded".parse::<ReadAs>().is_err());
}
