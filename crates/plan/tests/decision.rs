//! A recorded decision is made again byte for byte, and older records keep loading.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    clippy::field_reassign_with_default,
    reason = "tests fail by panicking, and take the number of cases and files from outside"
)]

mod support;

use std::cell::Cell;
use std::collections::BTreeMap;

use proptest::prelude::*;
use support::world::{NOW, World, worlds};
use switchback_capability::{Owner as Holder, Ownership, Support};
use switchback_catalog::Catalog;
use switchback_ir::{Field, Key, Name, Owner, Place, Protocol, RawJson, Request, Text};
use switchback_plan::{
    Caller, Cursor, DecisionRecord, Demand, Inputs, Note, Overlay, Plan, Policy, Refusal, RequestReader, Rewrite,
    Rewriter, Route, Signals, Unreplayable, Value, owner_id, plan, plan_recorded,
};

fn json(value: &impl serde::Serialize) -> String {
    serde_json::to_string(value).unwrap()
}

/// Written, read, and made again, without anything but the record.
fn replayed(record: &DecisionRecord) -> Plan {
    let read: DecisionRecord = serde_json::from_str(&json(record)).unwrap();
    assert_eq!(json(&read), json(record), "a record reads back as itself");
    read.replay().unwrap()
}

/// What the request needs after rewrites: here, the same with another model's name.
struct Renamed<'a>(&'a Demand, Cell<usize>);

impl Rewriter for Renamed<'_> {
    fn rewritten(&self, rewrites: &[&Rewrite]) -> Option<Demand> {
        self.1.set(self.1.get() + 1);
        (rewrites.len() < 3).then(|| self.0.clone().with_model(format!("after-{}", rewrites.len())))
    }
}

fn with_inputs<T>(world: &World, overlay: Option<&Overlay>, lean: bool, decide: impl FnOnce(&Inputs<'_>) -> T) -> T {
    let (demand, catalog) = (Demand::of(&world.request), world.catalog());
    decide(&Inputs {
        demand: &demand,
        catalog: &catalog,
        policy: &world.policy,
        inventory: world.inventory.as_ref(),
        caller: &world.caller,
        signals: Signals::of(&world.readings),
        now: NOW,
        seed: 7,
        overlay,
        rewriter: None,
        ownership: None,
        lean,
    })
}

fn config() -> ProptestConfig {
    let cases = if std::env::var_os("PROPTEST_CASES").is_some() { ProptestConfig::default().cases } else { 64 };
    ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn a_replay_gives_the_same_bytes(
        world in worlds(),
        closed in any::<bool>(),
        lean in any::<bool>(),
        model in "[a-z]{2,6}(-4o|-mini)?",
    ) {
        let mut overlay = Overlay::default();
        (overlay.no_fallback, overlay.route) = (closed, closed.then(|| Route::chain([model.as_str().into(), "$model".into()])));
        for overlay in [None, Some(&overlay)] {
            let (made, bare, record) = with_inputs(&world, overlay, lean, |inputs| {
                let (made, record) = plan_recorded(inputs);
                (made, plan(inputs), record)
            });
            prop_assert_eq!(json(&made), json(&bare), "recording changes nothing");
            prop_assert_eq!(record.fingerprint(), made.fingerprint().to_string());
            prop_assert_eq!(json(&replayed(&record)), json(&made));
        }
    }
}

fn decided(catalog: &Catalog, policy: &str, demand: &Demand, caller: &Caller) -> (Plan, DecisionRecord) {
    let policy = Policy::from_toml(policy).unwrap();
    let rewriter = Renamed(demand, Cell::new(0));
    plan_recorded(&Inputs { rewriter: Some(&rewriter), ..inputs(demand, catalog, &policy, caller) })
}

fn inputs<'a>(demand: &'a Demand, catalog: &'a Catalog, policy: &'a Policy, caller: &'a Caller) -> Inputs<'a> {
    Inputs {
        demand,
        catalog,
        policy,
        inventory: None,
        caller,
        signals: Signals::default(),
        now: NOW,
        seed: 0,
        overlay: None,
        rewriter: None,
        ownership: None,
        lean: false,
    }
}

fn demand(model: &str) -> Demand {
    Demand::of(&Request::new(model.to_owned()))
}

#[test]
fn names_that_are_not_there_are_suggested_again() {
    let catalog = Catalog::embedded();
    for model in ["gpt-4o-mimi", "opnai/gpt-4o", "anthropic/gpt-4o", "meta-llama/nothing", "auto", "gpt-5.6"] {
        let (made, record) = decided(&catalog, "fallback = [\"claude-hiku-4-5\"]", &demand(model), &Caller::default());
        assert_eq!(json(&replayed(&record)), json(&made), "{model}");
    }
    let (made, record) = decided(&Catalog::embedded(), "", &demand("no-such-thing-at-all"), &Caller::default());
    assert_eq!(json(&replayed(&record)), json(&made));
}

/// What explains is not in a lean plan, and yet decides how it comes out again.
#[test]
fn a_lean_refusal_is_made_again() {
    let demand = demand("gpt-4o");
    let policy =
        Policy::from_toml("deny = ['*']\nfallback = [{ model = 'gpt-4o-mini', on = ['overloaded'] }]").unwrap();
    let (catalog, caller) = (Catalog::embedded(), Caller::default());
    let (made, record) = plan_recorded(&Inputs { lean: true, ..inputs(&demand, &catalog, &policy, &caller) });
    assert_eq!(made.refusal().map(Refusal::code), Some("nothing_eligible"), "{made}");
    assert_eq!(json(&replayed(&record)), json(&made));
}

/// A request that says something about its routing, and refers to state that somebody holds.
#[test]
fn what_a_request_asks_and_who_holds_its_state_are_kept() {
    let mut request = Request { origin: Some(Protocol::Responses), ..Request::new("gpt-4o") };
    request.set(Owner::Request, Key::PreviousResponse, RawJson::string("resp_1"));
    let mut asked = Request::new("openai/gpt-4o");
    let value = RawJson::parse(r#"{"sort": "price", "srot": "price"}"#).unwrap();
    let name = Name::Unknown(Text::from("provider"));
    asked.fields.push(Field { owner: Owner::Request, object: "", name, value, place: Place::NONE });
    let routing = RequestReader::default().read(&asked, &BTreeMap::new()).unwrap().unwrap();
    let ownership = Ownership::resolve(&request, &mut |_| Holder::Known(owner_id("openai", None)));
    assert!(!ownership.is_empty() && routing.entries.len() > 1);
    let (demand, catalog, policy, caller) =
        (Demand::of(&request), Catalog::embedded(), Policy::default(), Caller::default());
    let inputs = inputs(&demand, &catalog, &policy, &caller);
    let asked = Inputs { overlay: Some(&routing.overlay), ownership: Some(&ownership), ..inputs };
    let (made, record) = plan_recorded(&asked);
    assert_eq!(made.notes().iter().filter(|note| note.code() == "asked").count(), routing.entries.len());
    assert!(made.attempts().iter().all(|attempt| attempt.endpoint.provider() == "openai"), "{made}");
    assert_eq!(json(&replayed(&record)), json(&made));

    // Notes of the embedder's own are counted, and said to be missing.
    let mut noted = Overlay::default();
    noted.notes.push(Note::RoutesCut);
    let (_, record) = plan_recorded(&Inputs { overlay: Some(&noted), ..inputs });
    assert_eq!(record.replay().unwrap_err(), Unreplayable::Notes(1));
}

#[test]
fn the_offers_of_the_day_are_kept() {
    let mut catalog = Catalog::embedded();
    let ids: Vec<_> = catalog.by_family("gpt-4o").map(|endpoint| (endpoint.id(), *endpoint.offer())).collect();
    for (id, mut offer) in ids {
        offer.set(switchback_ir::Feature::Tools, Support::No);
        assert!(catalog.set_offer(id, offer));
    }
    let (made, record) = decided(&catalog, "require.features = [\"tools\"]", &demand("gpt-4o"), &Caller::default());
    assert!(made.refusal().is_some());
    assert_eq!(json(&replayed(&record)), json(&made));
}

#[test]
fn rewrites_and_what_they_come_to_are_kept() {
    let policy = "route = { model = \"gpt-4o\", rewrite = { drop = [\"tools\"] } }";
    let (made, record) = decided(&Catalog::embedded(), policy, &demand("gpt-4o"), &Caller::default());
    assert!(json(&record).contains("after-1"));
    assert_eq!(json(&replayed(&record)), json(&made));
}

#[test]
fn rewrites_that_nobody_was_asked_about_say_nothing_in_a_replay() {
    let policy = Policy::from_toml("route = { model = \"gpt-4o\", rewrite = { drop = [\"tools\"] } }").unwrap();
    let (demand, catalog, caller) = (demand("gpt-4o"), Catalog::embedded(), Caller::default());
    let (made, record) = plan_recorded(&inputs(&demand, &catalog, &policy, &caller));
    assert!(!made.notes().iter().any(|note| note.code() == "not_rewritten"), "{made}");
    assert_eq!(json(&replayed(&record)), json(&made));
}

#[test]
fn only_what_is_looked_at_is_kept_and_prompts_never() {
    let caller: Caller = serde_json::from_str(
        r#"{"headers": {"x-plan": "pro", "authorization": "Bearer hush"}, "metadata": {"plan": "pro", "note": "private"}}"#,
    )
    .unwrap();
    let policy = r#"
        [[route.first]]
        if = { all = [{ of = "header.x-plan", eq = "pro" }, { of = "body.stream", exists = false }] }
        model = "gpt-4o"
        [[route.first]]
        model = "gpt-4o-mini"
    "#;
    let (made, record) = decided(&Catalog::embedded(), policy, &demand("gpt-4o"), &caller);
    let written = json(&record);
    assert!(written.contains("x-plan") && !written.contains("hush") && !written.contains("private"), "{written}");
    assert_eq!(json(&replayed(&record)), json(&made));

    let values = [
        ("/messages/0/content".to_owned(), Value::text("my secret")),
        ("/messagesx".to_owned(), Value::Number(0.1 + 0.2)),
        ("/stream".to_owned(), Value::Bool(true)),
    ];
    let (_, record) = decided(&Catalog::embedded(), "", &demand("gpt-4o").with_values(values), &caller);
    assert!(!json(&record).contains("my secret") && json(&record).contains("messagesx"));
    assert_eq!(record.replay().unwrap_err(), Unreplayable::Withheld("/messages/0/content".to_owned()));
}

const GOLDEN: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/");

/// Made of rows of its own, so that the embedded catalog may change.
fn golden_decision() -> (Plan, DecisionRecord) {
    let text = "switchback-catalog\t1\nprovider\topenai\nrow\tgpt-4o\tGPT-4o\tapi=chat,responses\tbilling=metered\tctx=128000\tprice=input 2.50,output 10.00\tyes=tools\nprovider\tazure-openai\nrow\tgpt-4o\tGPT-4o\tapi=chat\tbilling=metered\tctx=128000\tprice=input 2.50,output 10.00\tyes=tools\n";
    let policy =
        "version = \"golden\"\norder = [\"azure\"]\nrequire.max_price = { output = \"15\" }\ndeny = [\"deepseek\"]";
    decided(&Catalog::parse(text).unwrap(), policy, &demand("gpt-4o"), &Caller::default())
}

/// Records outlive releases: what each version wrote is read by every later one, and planned alike as long as planning
/// is the same. `SWITCHBACK_BLESS=1` writes those of this version anew.
#[test]
fn what_older_versions_wrote_loads() {
    let (made, record) = golden_decision();
    let own = format!("{GOLDEN}decision-{}.json", DecisionRecord::SCHEMA);
    let written = serde_json::to_string_pretty(&record).unwrap() + "\n";
    if std::env::var_os("SWITCHBACK_BLESS").is_some() {
        std::fs::write(&own, &written).unwrap();
    }
    assert!(
        std::fs::read_to_string(&own).unwrap_or_default() == written,
        "{own} is out of date; `SWITCHBACK_BLESS=1` writes it"
    );
    for version in 1..=DecisionRecord::SCHEMA {
        let text = std::fs::read_to_string(format!("{GOLDEN}decision-{version}.json")).unwrap();
        let read: DecisionRecord = serde_json::from_str(&text).unwrap();
        assert_eq!(json(&read.replay().unwrap()), json(&made), "version {version}");
    }
    let newer = written.replacen("\"schema\": 1", "\"schema\": 2", 1);
    let error = serde_json::from_str::<DecisionRecord>(&newer).unwrap_err().to_string();
    assert!(error.contains("schema version 2 of a decision is unknown, expected 1"), "{error}");
    for version in 1..=Cursor::SCHEMA {
        let text = std::fs::read_to_string(format!("{GOLDEN}cursor-{version}.json")).unwrap();
        assert!(!serde_json::from_str::<Cursor>(&text).unwrap().attempts().is_empty(), "version {version}");
    }
    for version in 1..=Policy::SCHEMA {
        let text = std::fs::read_to_string(format!("{GOLDEN}policy-{version}.toml")).unwrap();
        let policy = Policy::from_toml(&text).unwrap();
        assert_eq!((policy.schema, policy.check()), (Policy::SCHEMA, Ok(())), "version {version}");
        let read: Policy = Policy::from_json(&json(&policy)).unwrap();
        assert_eq!(read, policy, "version {version} is written as this version and reads back");
    }
}
