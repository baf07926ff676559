//! Every string that the list of models offers is one that plans.
#![allow(clippy::unwrap_used, reason = "tests fail by panicking")]

use switchback::catalog::{Catalog, ModelList};
use switchback::{Engine, Limits, Protocol, Situation, Timestamp, decode};

#[test]
fn each_listed_string_plans() {
    let engine = Engine::default();
    let situation = Situation::at(Timestamp::from_millis(1_795_219_200_000));
    let list = ModelList::new(&Catalog::embedded(), |_| true);
    let mut stuck = Vec::new();
    for listed in list.entries() {
        let body = format!(r#"{{"model":"{}","messages":[{{"role":"user","content":"hi"}}]}}"#, listed.id);
        let request = decode(Protocol::Chat, body.as_bytes(), &Limits::default()).unwrap();
        if engine.decide(&request, &situation).attempts().is_empty() {
            stuck.push(listed.id.clone());
        }
    }
    assert!(list.entries().len() > 500, "only {} strings", list.entries().len());
    assert!(stuck.is_empty(), "{} of {}: {stuck:?}", stuck.len(), list.entries().len());
}
