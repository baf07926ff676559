//! The laws over recorded requests, against what the encoders really write.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "tests fail by panicking and say what they counted"
)]

use proptest::prelude::*;
use switchback_capability::{Degradation, Offer, Policy, Requirements, Verdict, apply, fit, match_offer};
use switchback_ir::{Action, Feature, Fidelity, Limits, Protocol, Request, TargetFacts};
use switchback_testkit::{bodies, requests};

/// Endpoints of a kind that exists: everything known, nothing known, no structured output, no tools, no reasoning, text
/// alone.
fn offers() -> Vec<Offer> {
    let mut everything = Offer::unknown();
    for feature in Feature::OF_REQUESTS {
        everything = everything.yes(*feature);
    }
    let without = |features: &[Feature]| features.iter().fold(everything, |offer, feature| offer.no(*feature));
    vec![
        everything,
        Offer::unknown(),
        without(&[Feature::JsonSchema]),
        without(&[Feature::JsonSchema, Feature::JsonObject]),
        without(&[Feature::Tools, Feature::ToolCalls]),
        without(&[
            Feature::ReasoningEffort,
            Feature::ReasoningBudget,
            Feature::ReasoningAdaptive,
            Feature::ReasoningOff,
        ]),
        without(&[Feature::ImageUrl, Feature::ImageBase64, Feature::FileBase64, Feature::AudioInput]),
        without(&[Feature::SystemText, Feature::Prefill, Feature::Temperature, Feature::StopSequences]),
        without(&[Feature::StrictTools, Feature::ToolChoiceNamed, Feature::ToolChoiceRequired]),
        everything.max_output(64.into()),
        everything.context_window(8.into()),
    ]
}

#[test]
fn every_verdict_over_the_corpus_holds_in_the_encoder() {
    let (mut full, mut degraded, mut impossible) = (0_usize, 0_usize, 0_usize);
    for recorded in requests() {
        let request = switchback_protocol::decode(recorded.protocol, &recorded.body, &Limits::default()).unwrap();
        let needs = Requirements::of(&request);
        for (target, offer) in
            Protocol::ALL.into_iter().flat_map(|target| offers().into_iter().map(move |o| (target, o)))
        {
            let anything = Policy::default().degradation(Degradation::Anything);
            let verdict = match_offer(&needs, request.origin, target, &offer, Policy::default());
            holds(&recorded.file, &request, target, &offer, &verdict);
            match &verdict {
                Verdict::Full { .. } => full += 1,
                Verdict::Degraded { .. } => degraded += 1,
                Verdict::Impossible { reasons } => {
                    assert!(!reasons.is_empty(), "{}", recorded.file);
                    impossible += 1;
                    let verdict = match_offer(&needs, request.origin, target, &offer, anything);
                    holds(&recorded.file, &request, target, &offer, &verdict);
                }
            }
        }
    }
    println!("full {full}, degraded {degraded}, impossible {impossible}");
}

/// What a verdict promises: the steps are taken once, the result is a full match, and its encoding loses nothing.
fn holds(name: &str, request: &Request<'_>, target: Protocol, offer: &Offer, verdict: &Verdict) {
    if verdict.cost().is_none() {
        return;
    }
    let case = || format!("{name} to {target}: {:?}", verdict.steps());
    let (ready, ledger) = apply(request, verdict.steps());
    assert_eq!(verdict.is_full(), ledger.is_empty(), "{}", case());
    assert_eq!(apply(&ready, verdict.steps()).0, ready, "{}", case());
    let again = match_offer(&Requirements::of(&ready), request.origin, target, offer, Policy::default());
    assert!(again.is_full(), "{again:?}\n{}", case());
    let mut body = Vec::new();
    let losses = switchback_protocol::encode(&ready, target, &offer.target_facts(), &mut body);
    let losses = losses.unwrap_or_else(|refused| panic!("{refused:?}\n{}", case()));
    assert!(!Fidelity::Strict.rejects(&losses), "{losses:?}\n{}", case());
    if let Err(error) = switchback_protocol::decode(target, &body, &Limits::default()) {
        panic!("{error}\n{}\n{}", case(), String::from_utf8_lossy(&body));
    }
}

#[test]
fn a_recorded_request_is_full_within_its_own_protocol() {
    for recorded in requests() {
        let request = switchback_protocol::decode(recorded.protocol, &recorded.body, &Limits::default()).unwrap();
        let needs = Requirements::of(&request);
        let verdict = match_offer(&needs, request.origin, recorded.protocol, &Offer::unknown(), Policy::default());
        assert!(verdict.is_full(), "{}: {verdict:?}", recorded.file);
    }
}

/// What `fit` leaves is what the encoder reports, and every entry of either names a value of the source.
#[test]
fn fitting_the_corpus_changes_only_what_its_ledger_says() {
    let (mut changed, mut refused) = (0_usize, 0_usize);
    for recorded in requests() {
        let request = switchback_protocol::decode(recorded.protocol, &recorded.body, &Limits::default()).unwrap();
        for target in Protocol::ALL {
            let (fitted, ledger) = fit(request.clone(), target, &TargetFacts::default());
            assert_eq!(fitted == request, ledger.is_empty(), "{} to {target}", recorded.file);
            assert!(
                ledger.entries().iter().all(|entry| entry.action == Action::Degraded && entry.place.offset().is_some())
            );
            changed += usize::from(!ledger.is_empty());
            let mut body = Vec::new();
            match switchback_protocol::encode(&fitted, target, &TargetFacts::default(), &mut body) {
                Ok(losses) => assert!(
                    losses.entries().iter().all(|entry| entry.place.offset().is_some()),
                    "{} to {target}: {losses:?}",
                    recorded.file
                ),
                Err(_) => refused += 1,
            }
        }
    }
    println!("changed {changed}, refused by the encoder {refused}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    /// What nobody records: bodies with every member, part and odd value that a protocol has a name for.
    #[test]
    fn every_verdict_over_generated_bodies_holds_in_the_encoder(
        (from, body) in prop::sample::select(Protocol::ALL.to_vec())
            .prop_flat_map(|from| (Just(from), bodies(from))),
        target in prop::sample::select(Protocol::ALL.to_vec()),
        offer in prop::sample::select(offers()),
        degradation in prop::sample::select(vec![Degradation::KeepRequired, Degradation::Anything]),
    ) {
        let request = switchback_protocol::decode(from, &body, &Limits::default()).unwrap();
        let policy = Policy::default().degradation(degradation);
        let verdict = match_offer(&Requirements::of(&request), request.origin, target, &offer, policy);
        holds(&String::from_utf8_lossy(&body), &request, target, &offer, &verdict);
    }
}
