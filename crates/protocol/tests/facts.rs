//! Facts about a target overrule the table.
#![allow(clippy::unwrap_used, reason = "tests fail by panicking")]

use proptest::prelude::*;
use serde_json::Value;
use switchback_ir::{Limits, Protocol, TargetFacts, Temperature};
use switchback_protocol::{decode, encode, losses};
use switchback_testkit::bodies;

fn facts() -> impl Strategy<Value = TargetFacts> {
    let some = |facts: TargetFacts, (temperature, least, strict): (Option<u8>, Option<u64>, Option<bool>)| {
        let mut facts = facts;
        facts.temperature_maximum = temperature.map(|tenths| Temperature::new(f64::from(tenths) / 10.0).unwrap());
        facts.min_output_tokens = least;
        facts.strict_schemas = strict;
        facts
    };
    (prop::option::of(0_u8..30), prop::option::of(1_u64..2000), any::<Option<bool>>())
        .prop_map(move |choice| some(TargetFacts::default(), choice))
}

fn converted(from: Protocol, to: Protocol, facts: &TargetFacts, body: &[u8]) -> Option<(Value, Vec<&'static str>)> {
    let request = decode(from, body, &Limits::default()).unwrap();
    let mut out = Vec::new();
    let ledger = encode(&request, to, facts, &mut out).ok()?;
    let foreseen = losses(&request, to, facts);
    assert!(foreseen.entries().iter().all(|entry| ledger.entries().contains(entry)));
    let dropped = ledger.entries().iter().filter(|entry| entry.action.name() == "dropped");
    let dropped = dropped.map(|entry| entry.feature.name()).collect();
    Some((serde_json::from_slice(&out).unwrap(), dropped))
}

/// Every `strict: true` in a body.
fn strict(value: &Value) -> usize {
    match value {
        Value::Array(items) => items.iter().map(strict).sum(),
        Value::Object(members) => {
            usize::from(members.get("strict") == Some(&Value::Bool(true))) + members.values().map(strict).sum::<usize>()
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => 0,
    }
}

proptest! {
    #[test]
    fn what_a_fact_forbids_is_left_out_and_reported(
        (from, body) in prop::sample::select(&Protocol::ALL[..]).prop_flat_map(|p| (Just(p), bodies(p))),
        to in prop::sample::select(&Protocol::ALL[..]),
        facts in facts(),
    ) {
        let Some((sent, dropped)) = converted(from, to, &facts, &body) else { return Ok(()) };
        if from == to {
            prop_assert_eq!(sent, serde_json::from_slice::<Value>(&body).unwrap());
            return Ok(());
        }
        if let Some(maximum) = facts.temperature_maximum {
            let asked = serde_json::from_slice::<Value>(&body).unwrap().get("temperature").and_then(Value::as_f64);
            let over = asked.is_some_and(|asked| asked > maximum.get());
            prop_assert_eq!(sent.get("temperature").is_some(), asked.is_some() && !over);
            prop_assert_eq!(dropped.iter().any(|feature| feature.starts_with("temperature")), over);
        }
        let lax = facts.strict_schemas == Some(false);
        prop_assert!(!lax || strict(&sent) == 0, "{}", sent);
        let said = dropped.contains(&"strict_tools") || dropped.contains(&"json_schema_strict");
        prop_assert!(lax || !said);
    }
}
