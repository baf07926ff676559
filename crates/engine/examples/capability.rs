//! `switchback-capability` alone: what has to change so that an endpoint without schemas can serve a request that asks for one.
//!
//! `cargo run -p switchback --example capability`

use switchback_capability::{Offer, Policy, Requirements, apply, match_offer};
use switchback_ir::{At, Feature, JsonSchema, OutputFormat, Protocol, Request};

fn main() {
    let mut request = Request::new("gpt-5");
    request.output_format = Some(At::nowhere(OutputFormat::JsonSchema(JsonSchema::default())));
    let needs = Requirements::of(&request);

    let offer = Offer::unknown().yes(Feature::JsonObject).no(Feature::JsonSchema);
    let verdict = match_offer(&needs, request.origin, Protocol::Chat, &offer, Policy::default());
    for step in verdict.steps() {
        println!("{step}");
    }
    let (degraded, ledger) = apply(&request, verdict.steps());
    let now = match_offer(&Requirements::of(&degraded), None, Protocol::Chat, &offer, Policy::default());
    println!("full after it: {}, changes: {}", now.is_full(), ledger.entries().len());
}
