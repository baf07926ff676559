//! The laws of matching and degrading, over requests and offers of every shape.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests fail by panicking")]

mod support;

use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{TestCaseError, TestRunner};
use std::collections::BTreeSet;
use support::{cases, features, offers, policies, protocols, requests, supplies};
use switchback_capability::{
    Class, Degradation, Offer, OfferIndex, Owner, OwnerId, Ownership, Policy, Requirements, Rewrite, Screen, Step,
    Support, Verdict, apply_with, fit, match_offer,
};
use switchback_ir::{Action, Entry, Feature, FeatureSet, Fidelity, Importance, Ledger, Protocol, Request, TargetFacts};

fn verdict(request: &Request<'_>, target: Protocol, offer: &Offer, policy: Policy) -> Verdict {
    match_offer(&needs(request), request.origin, target, offer, policy)
}

fn needs(request: &Request<'_>) -> Requirements {
    Requirements::of(request).with_supplies(request, &supplies(request))
}

/// Takes the steps with the substitutes that the caller of [`needs`] has.
fn apply<'a>(request: &Request<'a>, steps: &[Step]) -> (Request<'a>, Ledger) {
    apply_with(request, steps, &supplies(request))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(90))]

    #[test]
    fn a_degraded_request_is_a_full_match(
        (request, offer) in cases(), target in protocols(), policy in policies(),
    ) {
        if let Verdict::Degraded { steps, unverified } = verdict(&request, target, &offer, policy) {
            let (degraded, ledger) = apply(&request, &steps);
            let again = verdict(&degraded, target, &offer, policy);
            prop_assert!(again.is_full(), "{again:?} after {steps:?}\n{ledger:?}\nof {degraded:?}");
            let more = again.unverified().difference(unverified);
            prop_assert!(more.is_empty(), "{:?} was not foreseen", more.iter().collect::<Vec<_>>());
        }
    }

    #[test]
    fn degrading_twice_equals_once(
        (request, offer) in cases(), target in protocols(), policy in policies(),
    ) {
        let verdict = verdict(&request, target, &offer, policy);
        let (once, ledger) = apply(&request, verdict.steps());
        let (twice, rest) = apply(&once, verdict.steps());
        prop_assert_eq!(&once, &twice);
        prop_assert!(rest.is_empty(), "{:?}", rest);
        prop_assert_eq!(ledger.is_empty(), once == request, "what changed is in the ledger, and nothing else");
    }

    #[test]
    fn the_order_of_the_steps_is_irrelevant((request, offer) in cases(), target in protocols()) {
        let verdict = verdict(&request, target, &offer, anything());
        let mut steps = verdict.steps().to_vec();
        steps.reverse();
        prop_assert_eq!(apply(&request, verdict.steps()), apply(&request, &steps));
    }

    /// One more yes, and one limit less, can only help.
    #[test]
    fn adding_to_an_offer_never_worsens_a_verdict(
        (request, offer) in cases(), target in protocols(), policy in policies(), feature in features(),
    ) {
        let mut more = offer;
        more.set(feature, Support::Yes);
        let (before, after) = (verdict(&request, target, &offer, policy), verdict(&request, target, &more, policy));
        prop_assert!(after.rank() <= before.rank(), "{after:?} after {before:?}");
        more.set_max_output(None);
        more.set_context_window(None);
        prop_assert!(verdict(&request, target, &more, policy).rank() <= after.rank());
    }

    /// What a screen keeps out could not be served.
    #[test]
    fn a_screen_keeps_out_only_what_is_impossible(
        (request, offer) in cases(), target in protocols(), policy in policies(),
    ) {
        let needs = needs(&request);
        let screen = Screen::new(&needs, request.origin, policy);
        let verdict = screen.verdict(target, &offer);
        prop_assert_eq!(&verdict, &match_offer(&needs, request.origin, target, &offer, policy));
        if !screen.passes(target, &offer) {
            prop_assert_eq!(verdict.name(), "impossible");
        }
    }

    /// Offers held against a request together, and each alone.
    #[test]
    fn an_index_says_what_each_offer_says_alone(
        request in requests(), policy in policies(), some in proptest::collection::vec((protocols(), offers()), 0..150),
        owned in any::<bool>(),
    ) {
        let needs = needs(&request);
        let mut some = some;
        if owned {
            let ownership = Ownership::resolve(&request, &mut |_| Owner::Known(OwnerId(0)));
            for (at, (_, offer)) in some.iter_mut().enumerate() {
                *offer = ownership.seen_from(OwnerId(at as u64 % 2), offer);
            }
        }
        let screen = Screen::new(&needs, request.origin, policy);
        let index = OfferIndex::of(&some);
        let alone = |holds: &dyn Fn(Protocol, &Offer) -> bool| -> Vec<usize> {
            (0..some.len()).filter(|at| holds(some[*at].0, &some[*at].1)).collect()
        };
        let full = index.full(&screen);
        prop_assert_eq!(full.iter().collect::<Vec<_>>(), alone(&|target, offer| screen.verdict(target, offer).is_full()));
        let passing = index.passing(&screen);
        prop_assert_eq!(passing.iter().collect::<Vec<_>>(), alone(&|target, offer| screen.passes(target, offer)));
        prop_assert!((0..some.len() + 70).all(|at| full.contains(at) == full.iter().any(|other| other == at)));
        prop_assert_eq!((index.len(), full.len()), (some.len(), full.iter().count()));
    }

    /// More offers to choose from: the best verdict of a set never gets worse.
    #[test]
    fn adding_an_offer_never_worsens_the_best_verdict(
        request in requests(), target in protocols(), some in proptest::collection::vec(offers(), 1..4), one in offers(),
    ) {
        let rank = |offer: &Offer| verdict(&request, target, offer, Policy::default()).rank();
        let before = some.iter().map(rank).min();
        let after = some.iter().chain([&one]).map(rank).min();
        prop_assert!(after <= before);
    }

    #[test]
    fn unknown_is_not_no((request, offer) in cases(), target in protocols(), feature in features()) {
        // A known yes to system messages between turns overrules a protocol's table, and what is an extension of some
        // vendors is written only where it is known.
        if [Feature::MidConversationSystem, Feature::ReasoningText].contains(&feature) {
            return Ok(());
        }
        let mut offer = offer;
        offer.set(feature, Support::Unknown);
        let known = offer.yes(feature);
        let (open, settled) = (
            verdict(&request, target, &offer, Policy::default()),
            verdict(&request, target, &known, Policy::default()),
        );
        prop_assert_eq!(open.steps(), settled.steps());
        prop_assert_eq!(open.cost(), settled.cost());
        let doubt: FeatureSet = [feature].into_iter().collect();
        prop_assert_eq!(open.unverified().difference(doubt), settled.unverified());
    }

    #[test]
    fn what_is_required_is_never_lost((request, offer) in cases(), target in protocols()) {
        let needs = needs(&request);
        let verdict = match_offer(&needs, request.origin, target, &offer, Policy::default());
        for step in verdict.steps().iter().filter(|step| step.importance == Importance::Required) {
            prop_assert!(step.class() <= Class::Recast, "{step}");
        }
        let (_, ledger) = apply(&request, verdict.steps());
        for entry in ledger.entries().iter().filter(|entry| entry.action == Action::Dropped) {
            prop_assert!(entry.feature.importance() < Importance::Required, "{entry:?}");
        }
    }

    #[test]
    fn a_caller_that_requires_everything_loses_nothing((request, offer) in cases(), target in protocols()) {
        let needs = needs(&request).require_all();
        let policy = Policy::default().degradation(Degradation::Never);
        prop_assert!(match_offer(&needs, request.origin, target, &offer, policy).steps().is_empty());
        let verdict = match_offer(&needs, request.origin, target, &offer, Policy::default());
        prop_assert!(verdict.steps().iter().all(|step| step.class() <= Class::Recast));
    }

    /// The planner and the encoder agree: what is full, or was degraded, is written in strict mode.
    #[test]
    fn a_full_or_degraded_request_is_written_without_a_loss(
        (request, offer) in cases(), target in protocols(), policy in policies(),
    ) {
        let verdict = verdict(&request, target, &offer, policy);
        if verdict.cost().is_none() {
            return Ok(());
        }
        let (degraded, _) = apply(&request, verdict.steps());
        let mut body = Vec::new();
        let ledger = switchback_protocol::encode(&degraded, target, &offer.target_facts(), &mut body);
        let ledger = ledger.map_err(|refused| TestCaseError::fail(format!("{refused:?}")))?;
        prop_assert!(!Fidelity::Strict.rejects(&ledger), "{ledger:?}");
        // Made in code, a request of its own protocol can hold what the protocol never has.
        let parsed = serde_json::from_slice::<serde_json::Value>(&body);
        prop_assert!(request.origin == Some(target) || parsed.is_ok(), "{parsed:?} {}", String::from_utf8_lossy(&body));
    }

    /// Nothing stands in the way of an impossible match that a permitted step would remove.
    #[test]
    fn every_impossible_match_has_a_reason(
        (request, offer) in cases(), target in protocols(), policy in policies(),
    ) {
        if let Verdict::Impossible { reasons } = verdict(&request, target, &offer, policy) {
            prop_assert!(!reasons.is_empty());
            prop_assert!(reasons.iter().all(|reason| !reason.name().is_empty()));
        }
    }

    /// Converting takes every step that says a thing in another way, and leaves the rest to the encoder.
    #[test]
    fn fitting_leaves_only_what_no_step_replaces(request in requests(), target in protocols()) {
        let before = request.clone();
        let facts = TargetFacts::default();
        let (fitted, ledger) = fit(request, target, &facts);
        if before.origin == Some(target) {
            prop_assert_eq!(&fitted, &before);
            prop_assert!(ledger.is_empty());
        }
        // A choice among tools, and a limit on calls, go with the last tool that they speak of.
        let goes_along = |entry: &Entry| {
            entry.feature.name().starts_with("tool_choice") || entry.feature.name().starts_with("parallel_tool_calls")
        };
        prop_assert!(ledger.entries().iter().all(|entry| entry.action == Action::Degraded || goes_along(entry)));
        let (again, rest) = fit(fitted.clone(), target, &facts);
        prop_assert_eq!(&again, &fitted);
        prop_assert!(rest.is_empty(), "{:?}", rest);
    }

    /// A decision record holds all that a decision depends on.
    #[test]
    fn records_read_back_as_what_was_written(
        (request, offer) in cases(), target in protocols(), policy in policies(), feature in features(),
    ) {
        let needs = needs(&request).with_importance(feature, Importance::Required);
        let verdict = match_offer(&needs, request.origin, target, &offer, policy);
        prop_assert_eq!(&recorded(&needs), &needs);
        prop_assert_eq!(recorded(&offer), offer);
        prop_assert_eq!(recorded(&verdict), verdict);
    }
}

fn recorded<T: serde::Serialize + serde::de::DeserializeOwned>(value: &T) -> T {
    serde_json::from_str(&serde_json::to_string(value).unwrap()).unwrap()
}

fn anything() -> Policy {
    Policy::default().degradation(Degradation::Anything)
}

/// The generators reach the whole table, each outcome and each rewrite: what they do not reach, no law speaks of.
#[test]
fn the_generators_reach_every_feature_verdict_and_rewrite() {
    let mut runner = TestRunner::deterministic();
    let (mut features, mut rewrites) = (FeatureSet::EMPTY, BTreeSet::new());
    let mut outcomes = BTreeSet::new();
    for _ in 0..6_000 {
        let case = (cases(), protocols(), policies()).new_tree(&mut runner).unwrap();
        let ((request, offer), target, policy) = case.current();
        features = features.union(request.features());
        let verdict = verdict(&request, target, &offer, policy);
        outcomes.insert(verdict.name());
        let (_, ledger) = apply(&request, verdict.steps());
        if !ledger.is_empty() {
            rewrites.extend(verdict.steps().iter().map(Step::name));
        }
    }
    let missed: Vec<_> = Feature::OF_REQUESTS.iter().filter(|feature| !features.contains(**feature)).collect();
    assert!(missed.is_empty(), "features never generated: {missed:?}");
    let missed: Vec<_> = Rewrite::ALL.iter().filter(|rewrite| !rewrites.contains(rewrite.name())).collect();
    assert!(missed.is_empty(), "rewrites never taken: {missed:?}");
    assert_eq!(outcomes.into_iter().collect::<Vec<_>>(), ["degraded", "full", "impossible"]);
}

#[test]
fn a_record_with_a_name_that_nobody_knows_is_an_error() {
    let error = serde_json::from_str::<Offer>(r#"{"yes":["tool"],"no":[]}"#).unwrap_err();
    assert_eq!(error.to_string(), "invalid value: string \"tool\", expected the name of a feature at line 1 column 15");
    let error = serde_json::from_str::<Offer>(r#"{"yes":["tools"],"no":["tools"]}"#).unwrap_err();
    assert_eq!(error.to_string(), "`tools` is both in `yes` and in `no`");
    let step = r#"{"step":"improve","feature":"tools","place":null,"cause":"not_offered","importance":"required"}"#;
    let error = serde_json::from_str::<Step>(step).unwrap_err();
    assert_eq!(error.to_string(), "invalid value: string \"improve\", expected the name of a step");
}

#[test]
fn what_a_decision_holds_can_cross_threads() {
    fn crosses<T: Send + Sync + 'static>() {}
    crosses::<(Requirements, Offer, Policy, Verdict, Step)>();
}
