//! The policy examples: each is sound, fits the published schema, and is walked through the failures that happen, with
//! what comes of it in `golden/policies.txt`. `SWITCHBACK_BLESS=1` writes that file anew.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    reason = "tests fail by panicking and read files"
)]

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::PathBuf;

use switchback::ir::ErrorClass;
use switchback::plan::{Caller, Cursor, Explain, Inventory, Itinerary, Outcome, Policy, Readings, Signals, Step, lint};
use switchback::units::Millis;
use switchback::{Catalog, Engine, Limits, Plan, Protocol, Situation, Timestamp, decode};

const NOW: Timestamp = Timestamp::from_millis(1_795_000_000_000);
const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");
const GOLDEN: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/policies.txt");

/// What every example is asked; the model where another than this shows what the policy is for.
const MODELS: [(&str, &str); 6] = [
    ("budget", "auto"),
    ("groups", "house/gpt-4.1"),
    ("start-at", "azure/gpt-5-mini"),
    ("zero-retention", "claude-haiku-4-5"),
    ("regions", "claude-haiku-4-5"),
    ("house", "claude-haiku-4-5"),
];

/// A failure at every attempt, with the waits that a client would sit through.
const FAILURES: [(&str, ErrorClass, u16); 5] = [
    ("429", ErrorClass::RateLimitRequests, 429),
    ("500", ErrorClass::Server, 500),
    ("timeout", ErrorClass::Timeout, 408),
    ("overflow", ErrorClass::ContextOverflow, 400),
    ("content policy", ErrorClass::ContentPolicy, 400),
];

fn examples() -> BTreeMap<String, Policy> {
    let files = std::fs::read_dir(PathBuf::from(ROOT).join("examples/policies")).unwrap();
    let read = |path: PathBuf| {
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(text.starts_with("# "), "{} says what it is for", path.display());
        let policy = Policy::from_toml(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        (path.file_stem().unwrap().to_str().unwrap().to_owned(), policy)
    };
    files.map(|file| read(file.unwrap().path())).collect()
}

#[test]
fn every_example_is_sound() {
    let catalog = Catalog::embedded();
    let examples = examples();
    assert!(examples.len() >= 20, "{} examples", examples.len());
    for (name, policy) in examples {
        assert_eq!(lint(&policy, &catalog), [], "{name}");
    }
}

#[test]
fn the_guide_links_every_example() {
    let guide = std::fs::read_to_string(PathBuf::from(ROOT).join("docs/policy.md")).unwrap();
    for name in examples().keys() {
        assert!(guide.contains(&format!("(../examples/policies/{name}.toml)")), "docs/policy.md does not link {name}");
    }
}

/// Six credentials, so that what is reached is what a gateway would reach, and the measurements of two of them.
fn inventory() -> Inventory {
    serde_json::from_str(
        r#"{"scopes": [
            {"id": "anthropic-main", "reaches": ["anthropic"], "terms": {"zero_retention": true, "trains": false}},
            {"id": "openai-main", "reaches": ["openai"]},
            {"id": "azure-eu", "reaches": ["azure"], "region": "eu-west-1", "terms": {"attributes": ["gdpr"]}},
            {"id": "aws-eu", "reaches": ["bedrock/anthropic.*", "bedrock/eu.*"], "region": "eu-central-1",
                "terms": {"zero_retention": true, "trains": false, "attributes": ["gdpr", "soc2"]}},
            {"id": "google-main", "reaches": ["google", "vertex"]}
        ]}"#,
    )
    .unwrap()
}

fn caller() -> Caller {
    serde_json::from_str(
        r#"{"actor": "u-1", "tags": ["internal"], "metadata": {"session": "s-1"}, "headers": {"x-plan": "pro"}}"#,
    )
    .unwrap()
}

fn readings() -> Readings {
    serde_json::from_str(
        r#"{
            "openai gpt-5-mini chat - standard -": {"latency_ms": 400, "metrics": {"throughput.p50@5m": 20}},
            "azure-openai gpt-5-mini chat - standard -": {"latency_ms": 900, "metrics": {"requests@1m": 1200}}
        }"#,
    )
    .unwrap()
}

fn decide(policy: Policy, model: &str) -> Plan {
    let body = format!(r#"{{"model":"{model}","messages":[{{"role":"user","content":"hello"}}],"max_tokens":900}}"#);
    let request = decode(Protocol::Chat, body.as_bytes(), &Limits::default()).unwrap();
    let (inventory, caller, readings) = (inventory(), caller(), readings());
    let situation = Situation::at(NOW)
        .with_inventory(&inventory)
        .with_caller(&caller)
        .with_signals(Signals::of(&readings))
        .with_seed(7);
    Engine::new(Catalog::embedded(), policy).decide(&request, &situation)
}

/// The endpoints asked, one after the other, when each fails alike, with the waits in between.
fn walk(plan: &Plan, class: ErrorClass, status: u16) -> String {
    let names: BTreeMap<_, _> = plan
        .attempts()
        .iter()
        .map(|attempt| (attempt.id(), format!("{}/{}", attempt.endpoint.provider(), attempt.endpoint.upstream_id())))
        .collect();
    let (mut cursor, mut now, mut way) = (Cursor::new(Itinerary::from(plan)), NOW, Vec::new());
    loop {
        match cursor.next(now) {
            Step::Attempt(id) => {
                way.push(names[&cursor.attempt(id).unwrap().endpoint].clone());
                now = now.saturating_add(Millis::new(100));
                cursor.report(id, Outcome::failed(class).with_status(status), now).unwrap();
            }
            Step::Wait(until) => {
                way.push(format!("({} ms)", until.saturating_since(now).get()));
                now = until;
            }
            Step::Exhausted | Step::Done => return way.join(" → "),
        }
    }
}

fn shown(name: &str, policy: Policy) -> String {
    let model = MODELS.iter().find(|(example, _)| *example == name).map_or("gpt-5-mini", |(_, model)| model);
    let plan = decide(policy, model);
    let mut out = format!("== {name}: {model}\n");
    for attempt in plan.attempts() {
        let leg = plan.leg(attempt).unwrap();
        let (provider, id) = (attempt.endpoint.provider(), attempt.endpoint.upstream_id());
        writeln!(out, "{provider}/{id} in {}, {}, for {}", attempt.protocol, attempt.fit(), leg.path).unwrap();
    }
    let mut left: BTreeMap<&str, usize> = BTreeMap::new();
    plan.excluded().iter().for_each(|excluded| *left.entry(excluded.reason.code()).or_default() += 1);
    let left: Vec<String> = left.iter().map(|(code, count)| format!("{count} {code}")).collect();
    writeln!(out, "left out: {}", left.join(", ")).unwrap();
    if let Some(refusal) = plan.refusal() {
        writeln!(out, "refused: {}", refusal.code()).unwrap();
    }
    for (failure, class, status) in FAILURES {
        writeln!(out, "{failure}: {}", walk(&plan, class, status)).unwrap();
    }
    assert!(!Explain::default().render(&plan).is_empty());
    out
}

#[test]
fn every_example_is_walked_as_written() {
    let made: Vec<String> = examples().into_iter().map(|(name, policy)| shown(&name, policy)).collect();
    let made = made.join("\n");
    if std::env::var_os("SWITCHBACK_BLESS").is_some() {
        std::fs::write(GOLDEN, &made).unwrap();
    }
    let golden = std::fs::read_to_string(GOLDEN).unwrap_or_default();
    for (made, golden) in made.split("\n\n").zip(golden.split("\n\n")) {
        assert_eq!(made, golden, "`SWITCHBACK_BLESS=1 cargo test -p switchback --test policies` writes it anew");
    }
    assert_eq!(made.len(), golden.len());
}
