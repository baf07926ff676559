//! What a policy's rewrites make of a request that is sent.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests fail by panicking")]

use switchback::{Engine, Situation, decode};
use switchback_catalog::Catalog;
use switchback_ir::{Limits, Protocol};
use switchback_plan::{Note, Policy};
use switchback_units::Timestamp;

const BODY: &[u8] = br#"{"model":"gpt-4o-mini","messages":[{"role":"user","content":"hello"}],"seed":7}"#;

/// The notes of a plan under the policy, by code, and the body of its first attempt.
fn sent(policy: &str) -> (Vec<Note>, serde_json::Value) {
    let engine = Engine::new(Catalog::embedded(), Policy::from_toml(policy).unwrap());
    let request = decode(Protocol::Chat, BODY, &Limits::default()).unwrap();
    let plan = engine.decide(&request, &Situation::at(Timestamp::from_millis(1_795_000_000_000)));
    let upstream = engine.prepare(&request, &plan, &plan.attempts()[0]).unwrap();
    (plan.notes().to_vec(), serde_json::from_slice(&upstream.body).unwrap())
}

#[test]
fn a_rewrite_is_sent() {
    let (notes, body) =
        sent("allow = [\"openai\"]\nroute = { model = \"gpt-4o-mini\", rewrite = { set = { seed = 8 } } }");
    assert_eq!(body["seed"], 8);
    assert!(!notes.iter().any(|note| note.code() == "not_rewritten"), "{notes:?}");
}

#[test]
fn a_rewrite_that_breaks_the_body_is_left_out_and_the_plan_says_so() {
    let policy =
        "allow = [\"openai\"]\nroute = { model = \"gpt-4o-mini\", rewrite = { set = { messages = 7, seed = 8 } } }";
    let (notes, body) = sent(policy);
    assert_eq!(body["seed"], 7);
    assert!(notes.contains(&Note::NotRewritten { leg: "route".to_owned() }), "{notes:?}");
}
