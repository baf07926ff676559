//! What the gate measured decides: an endpoint that is out is left out with its reason, and when all are, the plan says so.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests fail by panicking")]

use switchback::uptime::{Call, Feature, Features, Outcome, Settings, Span, Target, Uptime};
use switchback::{Engine, Limits, Measured, Plan, Protocol, Signals, Situation, Timestamp, decode};

const NOW: Timestamp = Timestamp::from_millis(1_795_219_200_000);

fn plan(engine: &Engine, uptime: &Uptime, body: &str) -> Plan {
    let request = decode(Protocol::Chat, body.as_bytes(), &Limits::default()).unwrap();
    let snapshot = uptime.snapshot(Span::Minute, NOW);
    let measured = Measured::new(&snapshot, uptime.settings());
    engine.decide(&request, &Situation::at(NOW).with_signals(Signals::of(&measured)))
}

fn fail(uptime: &Uptime, endpoint: u64, outcome: Outcome, features: Features) {
    let endpoint = uptime.endpoint(Target { endpoint, provider: endpoint, credential: endpoint }, NOW);
    (0..5).for_each(|_| endpoint.record(&Call::new(outcome, NOW).using(features), NOW));
}

fn reasons(plan: &Plan, endpoint: u64) -> Vec<&'static str> {
    let of = plan.excluded().iter().filter(|excluded| excluded.endpoint.id().as_u64() == endpoint);
    of.map(|excluded| excluded.reason.code()).collect()
}

const BODY: &str = r#"{"model":"claude-haiku-4-5","messages":[{"role":"user","content":"hi"}]}"#;
const FAILURE: Outcome = Outcome::Failure { retry_after: None };

#[test]
fn what_is_out_is_left_out_with_its_reason() {
    let (engine, uptime) = (Engine::default(), Uptime::new(Settings::default()));
    let first = plan(&engine, &uptime, BODY).attempts()[0].endpoint.id().as_u64();
    // Another provider is known and well, so that it is not our network.
    fail(&uptime, 1, Outcome::Success, Features::BASE);
    fail(&uptime, first, FAILURE, Features::BASE);
    let without = plan(&engine, &uptime, BODY);
    assert_eq!(reasons(&without, first), ["gated_by_uptime"]);
    assert!(without.attempts().iter().all(|attempt| attempt.endpoint.id().as_u64() != first));
}

#[test]
fn a_feature_that_is_out_leaves_the_rest_in() {
    let (engine, uptime) = (Engine::default(), Uptime::new(Settings::default()));
    let tools = BODY
        .replace("]}", r#"],"tools":[{"type":"function","function":{"name":"f","parameters":{"type":"object"}}}]}"#);
    let first = plan(&engine, &uptime, &tools).attempts()[0].endpoint.id().as_u64();
    let used = Features::BASE | Feature::TOOLS;
    fail(&uptime, first, Outcome::Breach(used), used);
    assert_eq!(reasons(&plan(&engine, &uptime, &tools), first), ["gated_by_uptime"]);
    assert!(reasons(&plan(&engine, &uptime, BODY), first).is_empty());
}

#[test]
fn when_all_are_out_the_plan_says_so() {
    let (engine, uptime) = (Engine::default(), Uptime::new(Settings::default()));
    let all: Vec<_> =
        plan(&engine, &uptime, BODY).attempts().iter().map(|attempt| attempt.endpoint.id().as_u64()).collect();
    fail(&uptime, 1, Outcome::Success, Features::BASE);
    for endpoint in all {
        fail(&uptime, endpoint, FAILURE, Features::BASE);
    }
    let open = plan(&engine, &uptime, BODY);
    assert!(!open.attempts().is_empty());
    assert!(open.notes().contains(&switchback::plan::Note::LastResort), "{:?}", open.notes());
}
