//! What is counted: limits of an endpoint that are no features, and what becomes of a request that is over them.

#![allow(clippy::unwrap_used, clippy::needless_pass_by_value, reason = "tests fail by panicking")]

use serde_json::{Value, json};
use switchback_capability::{
    Degradation, Effort, Offer, Policy, Requirements, TemperatureRange, Verdict, apply, match_offer,
};
use switchback_ir::{Feature, Limits, Protocol, Request};
use switchback_units::Millis;

fn request(body: &Value) -> Request<'static> {
    let body = serde_json::to_vec(body).unwrap();
    switchback_protocol::decode(Protocol::Chat, &body, &Limits::default()).unwrap().into_owned()
}

fn verdict(request: &Request<'_>, offer: &Offer) -> Verdict {
    match_offer(&Requirements::of(request), request.origin, Protocol::Chat, offer, Policy::default())
}

/// The steps, or the reasons, as text.
fn said(verdict: &Verdict) -> Vec<String> {
    match verdict {
        Verdict::Full { .. } => Vec::new(),
        Verdict::Degraded { steps, .. } => steps.iter().map(ToString::to_string).collect(),
        Verdict::Impossible { reasons } => reasons.iter().map(ToString::to_string).collect(),
    }
}

/// What the request becomes: its body, once it is a full match.
fn degraded(request: &Request<'_>, offer: &Offer) -> Value {
    let (ready, _) = apply(request, verdict(request, offer).steps());
    assert!(verdict(&ready, offer).is_full());
    let mut body = Vec::new();
    switchback_protocol::encode(&ready, Protocol::Chat, &offer.target_facts(), &mut body).unwrap();
    serde_json::from_slice(&body).unwrap()
}

#[test]
fn a_temperature_becomes_the_nearest_in_range() {
    let request = request(&json!({"messages": [], "temperature": 1.5}));
    let offer = Offer::unknown().temperature(TemperatureRange::new(0, 1_000).unwrap());
    assert_eq!(
        said(&verdict(&request, &offer)),
        ["clamp_temperature temperature_above_one (preferred, over_limit) to 1"]
    );
    assert_eq!(degraded(&request, &offer)["temperature"], 1);
    let fixed = Offer::unknown().temperature(TemperatureRange::new(700, 700).unwrap());
    assert_eq!(degraded(&request, &fixed)["temperature"], 0.7);
    // Nearest, and not had: it goes.
    let none = offer.no(Feature::Temperature);
    assert_eq!(degraded(&request, &none).get("temperature"), None);
}

#[test]
fn an_effort_is_lowered_to_the_most_that_there_is() {
    let offer = Offer::unknown().max_effort(Effort::Medium);
    let asked = request(&json!({"messages": [], "reasoning_effort": "xhigh"}));
    assert_eq!(degraded(&asked, &offer)["reasoning_effort"], "medium");
    let low = request(&json!({"messages": [], "reasoning_effort": "low"}));
    assert!(verdict(&low, &offer).is_full());
    let needs = Requirements::of(&asked).require([Feature::ReasoningEffort]);
    let refused = match_offer(&needs, asked.origin, Protocol::Chat, &offer, Policy::default());
    assert_eq!(said(&refused), ["reasoning_effort: over_limit"]);
}

#[test]
fn an_effort_that_a_step_makes_is_lowered_too() {
    let body = br#"{"max_tokens":40000,"messages":[],"thinking":{"type":"enabled","budget_tokens":32000}}"#;
    let request = switchback_protocol::decode(Protocol::Messages, body, &Limits::default()).unwrap();
    let offer = Offer::unknown().max_effort(Effort::Medium);
    let steps = said(&verdict(&request, &offer));
    assert_eq!(
        steps,
        [
            "budget_to_effort reasoning_budget (preferred, not_expressible)",
            "lower_effort reasoning_effort (preferred, over_limit) to medium",
        ]
    );
    assert_eq!(degraded(&request, &offer)["reasoning_effort"], "medium");
}

fn tools(names: &[&str]) -> Value {
    let tool = |name: &&str| json!({"type": "function", "function": {"name": name}});
    json!(names.iter().map(tool).collect::<Vec<_>>())
}

#[test]
fn too_many_tools_are_not_served() {
    let request = request(&json!({"messages": [], "tools": tools(&["a", "b", "c"])}));
    let offer = Offer::unknown().max_tools(2);
    assert_eq!(said(&verdict(&request, &offer)), ["tools: over_limit"]);
    assert!(verdict(&request, &Offer::unknown().max_tools(3)).is_full());
}

#[test]
fn long_names_of_tools_are_the_encoders() {
    let long = "read_the_file_at_the_path_that_is_given_and_return_its_lines";
    let tool = |name: &str| json!({"type": "function", "name": name, "strict": false});
    let body =
        serde_json::to_vec(&json!({"input": "a", "store": false, "tools": [tool(long), tool("short")]})).unwrap();
    let request = switchback_protocol::decode(Protocol::Responses, &body, &Limits::default()).unwrap();
    let offer = Offer::unknown().max_tool_name(32);
    assert!(verdict(&request, &offer).is_full());
    let body = degraded(&request, &offer);
    let name = |index: usize| body["tools"][index]["function"]["name"].as_str().unwrap().len();
    assert_eq!((name(0), name(1)), (32, 5));
}

#[test]
fn a_cache_lifetime_over_the_longest_goes_alone() {
    let block = json!({"type": "text", "text": "a", "cache_control": {"type": "ephemeral", "ttl": "1h"}});
    let body = json!({"max_tokens": 9, "messages": [{"role": "user", "content": [block]}]});
    let body = serde_json::to_vec(&body).unwrap();
    let request = switchback_protocol::decode(Protocol::Messages, &body, &Limits::default()).unwrap();
    let at = |minutes: u64| {
        let offer = Offer::unknown().max_cache_ttl(Millis::new(minutes * 60_000));
        match_offer(&Requirements::of(&request), request.origin, Protocol::Messages, &offer, Policy::default())
    };
    assert!(at(60).is_full());
    assert_eq!(said(&at(5)), ["drop cache_ttl (cosmetic, over_limit)"]);
}

#[test]
fn without_degradation_a_limit_is_a_reason() {
    let request = request(&json!({"messages": [], "temperature": 1.5}));
    let range = TemperatureRange::new(0, 1_000).unwrap();
    let offer = Offer::unknown().temperature(range);
    let policy = Policy::default().degradation(Degradation::Never);
    let verdict = match_offer(&Requirements::of(&request), request.origin, Protocol::Chat, &offer, policy);
    assert_eq!(said(&verdict), ["temperature_above_one: over_limit"]);
}
