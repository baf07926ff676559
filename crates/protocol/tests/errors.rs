//! Errors: every recorded and every publicly documented one is sorted right, and nothing panics the sorting.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    reason = "tests fail by panicking, and this one reads vectors from a file"
)]

use proptest::prelude::*;
use serde_json::Value;
use std::collections::BTreeSet;
use switchback_ir::{ErrorClass, Protocol};
use switchback_protocol::errors::{
    RateLimits, classify, error_code, error_status, error_type, error_types, rules, status_between,
};
use switchback_testkit::recordings;
use switchback_units::Timestamp;

const NO_HEADERS: [(&str, &str); 0] = [];

/// Bodies that vendors document or that people reported in public, with their classes.
fn vectors() -> Vec<Value> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/errors/public.json");
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

fn bytes(body: &Value) -> Vec<u8> {
    body.as_str().map_or_else(|| serde_json::to_vec(body).unwrap(), |text| text.as_bytes().to_vec())
}

#[test]
fn documented_errors_are_sorted() {
    let mut wrong = Vec::new();
    let mut used = BTreeSet::new();
    for vector in vectors() {
        let status = vector["status"].as_u64().map(|status| u16::try_from(status).unwrap());
        let protocol: Protocol = vector["protocol"].as_str().unwrap().parse().unwrap();
        let headers: Vec<(String, String)> = vector["headers"]
            .as_object()
            .map(|headers| {
                headers.iter().map(|(name, value)| (name.clone(), value.as_str().unwrap().to_owned())).collect()
            })
            .unwrap_or_default();
        let found = classify(protocol, status, headers, &bytes(&vector["body"]));
        used.insert(found.rule);
        let feature = found.feature.map(switchback_ir::Feature::name);
        if found.class.code() != vector["class"] || feature != vector["feature"].as_str() {
            wrong.push(format!("{}: {} by {} ({feature:?})\n  {vector}", vector["provider"], found.class, found.rule));
        }
    }
    assert!(wrong.is_empty(), "{} wrong\n{}", wrong.len(), wrong.join("\n"));
    assert!(used.len() > 35, "the vectors reach most rules: {}", used.len());
}

#[test]
fn recorded_errors_are_sorted() {
    let expected = [
        ("invalid_image", ErrorClass::BadRequest, None),
        ("Invalid schema for response_format", ErrorClass::BadRequest, Some("json_schema")),
        ("Invalid file data", ErrorClass::BadRequest, None),
        ("Function tools with reasoning_effort", ErrorClass::UnsupportedFeature, Some("tools")),
        ("'top_p' is not supported", ErrorClass::UnsupportedFeature, Some("top_p")),
        ("Could not finish the message", ErrorClass::BadRequest, Some("max_output_tokens")),
        ("below minimum value", ErrorClass::BadRequest, Some("max_output_tokens")),
        ("role 'system'", ErrorClass::UnsupportedFeature, Some("mid_conversation_system")),
        ("DeploymentNotFound", ErrorClass::NotFound, None),
    ];
    for recording in recordings("error") {
        let text = String::from_utf8(recording.body.clone()).unwrap();
        let (_, class, feature) = expected.iter().find(|row| text.contains(row.0)).unwrap_or_else(|| panic!("{text}"));
        let found = classify(recording.protocol, None, NO_HEADERS, &recording.body);
        let found_feature = found.feature.map(switchback_ir::Feature::name);
        assert_eq!((found.class, found_feature), (*class, *feature), "{}: {} {found:?}", recording.file, found.rule);
    }
}

#[test]
fn rules_have_names_of_their_own_and_lower_case_conditions() {
    let names: BTreeSet<_> = rules().iter().map(|rule| rule.name).collect();
    assert_eq!(names.len(), rules().len());
    for rule in rules() {
        assert!(!rule.status.is_empty() || !rule.words.is_empty() || !rule.phrases.is_empty(), "{}", rule.name);
        for text in rule.words.iter().chain(rule.phrases) {
            assert_eq!(*text, text.to_lowercase(), "{}", rule.name);
        }
    }
}

#[test]
fn types_go_to_the_other_protocols_and_come_back() {
    for row in error_types() {
        let same = |other: &&switchback_protocol::errors::ErrorType| {
            other.messages == row.messages || other.openai == row.openai
        };
        assert_eq!(error_types().iter().filter(same).count(), 1, "{row:?}");
    }
    for class in ErrorClass::ALL {
        for protocol in Protocol::ALL {
            let body = serde_json::json!({"error": {"type": error_type(class, protocol), "code": error_code(class)}});
            let found = classify(protocol, Some(error_status(class, protocol)), NO_HEADERS, &bytes(&body)).class;
            assert_eq!(error_type(found, protocol), error_type(class, protocol), "{class}");
            assert!(found.retries_same() == class.retries_same() || class == ErrorClass::Unknown, "{class} {found}");
        }
    }
}

#[test]
fn only_the_overloaded_status_differs_between_protocols() {
    for status in 400..600 {
        for from in Protocol::ALL {
            for to in Protocol::ALL {
                let there = status_between(status, from, to);
                let differs = (from == Protocol::Messages) != (to == Protocol::Messages);
                assert_eq!(
                    there != status,
                    differs
                        && (status == 529 && from == Protocol::Messages || status == 503 && to == Protocol::Messages)
                );
            }
        }
    }
}

proptest! {
    #[test]
    fn no_bytes_panic_the_sorting(body: Vec<u8>, status in proptest::option::of(0_u16..1000), name in "[a-z-]{0,30}", value: Vec<u8>) {
        for protocol in Protocol::ALL {
            classify(protocol, status, [(name.as_bytes(), &value[..])], &body);
        }
    }

    #[test]
    fn no_header_panics_the_limits(values in prop::collection::vec("[0-9a-zA-Z:,. -]{0,40}", 8), now: u64) {
        let names = ["retry-after", "retry-after-ms", "x-should-retry", "x-ratelimit-reset-tokens", "x-ratelimit-reset",
            "anthropic-ratelimit-tokens-reset", "x-ratelimit-remaining-requests", "anthropic-ratelimit-unified-status"];
        let now = Timestamp::from_millis(now);
        let limits = RateLimits::of(names.iter().zip(&values), now);
        prop_assert!(limits.retry_at.is_none_or(|at| at >= now), "a wait never lies in the past");
    }

    #[test]
    fn a_body_in_a_body_is_sorted_alike(at in 0_usize..60) {
        let vectors = vectors();
        let vector = &vectors[at % vectors.len()];
        let inner = String::from_utf8(bytes(&vector["body"])).unwrap();
        prop_assume!(inner.starts_with('{') && vector["headers"].is_null() && vector["status"].is_u64());
        let status = vector["status"].as_u64().and_then(|status| u16::try_from(status).ok());
        let wrapped = serde_json::json!({"error": {"message": format!("upstream said {inner}"), "provider": "x"}});
        let protocol = vector["protocol"].as_str().unwrap().parse().unwrap();
        prop_assert_eq!(
            classify(protocol, status, NO_HEADERS, &bytes(&wrapped)).class,
            classify(protocol, status, NO_HEADERS, inner.as_bytes()).class
        );
    }
}
