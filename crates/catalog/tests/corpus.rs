//! The models that recorded requests name, in the embedded catalog.
#![allow(clippy::unwrap_used, clippy::disallowed_methods, reason = "tests read files and fail by panicking")]

mod shared;

use std::collections::BTreeMap;

use switchback_catalog::{Catalog, Endpoint};
use switchback_slug::family;

/// Recorded models that no source knows, with the number of their requests. None at present.
const UNKNOWN: &[(&str, usize)] = &[];

/// The `model` fields of the recorded requests of a protocol, with how often each occurs.
fn models(protocol: &str) -> Option<BTreeMap<String, usize>> {
    let mut models = BTreeMap::new();
    for entry in std::fs::read_dir(shared::folder()?.join("corpus").join(protocol).join("request")).unwrap() {
        let request: serde_json::Value =
            serde_json::from_slice(&std::fs::read(entry.unwrap().path()).unwrap()).unwrap();
        if let Some(model) = request.get("model").and_then(serde_json::Value::as_str) {
            *models.entry(model.to_owned()).or_insert(0) += 1;
        }
    }
    Some(models)
}

#[test]
fn every_recorded_model_is_found_at_the_vendor_that_recorded_it() {
    let catalog = Catalog::embedded();
    let mut unknown = Vec::new();
    for (protocol, vendor) in [("chat", "openai"), ("responses", "openai"), ("messages", "anthropic")] {
        let Some(models) = models(protocol) else { return };
        assert!(!models.is_empty());
        for (model, count) in models {
            let routable = |endpoint: &&Endpoint| endpoint.provider() == vendor && endpoint.is_routable();
            let exact = catalog.by_upstream_id(&model).any(|endpoint| routable(&endpoint));
            let by_family = catalog.by_family(family(&model).as_str()).any(|endpoint| routable(&endpoint));
            if !exact && !by_family {
                unknown.push((model, count));
            }
        }
    }
    let unknown: Vec<_> = unknown.iter().map(|(model, count)| (model.as_str(), *count)).collect();
    assert_eq!(unknown, UNKNOWN);
}
