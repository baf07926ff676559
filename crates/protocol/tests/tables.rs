//! The tables hold wherever a feature comes from: generated bodies of every protocol into every other.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "tests fail by panicking and say what they counted"
)]

use std::collections::{BTreeMap, BTreeSet};
use switchback_ir::{Action, Expression, Feature, Limits, Name, Protocol, TargetFacts};
use switchback_protocol::{decode, encode, fields};
use switchback_testkit::{body, entropy, requests};

const CASES: u64 = 400;

/// Calls `visit` with every ledger of generated bodies of every protocol in every other.
fn ledgers(facts: &TargetFacts, mut visit: impl FnMut(Protocol, Protocol, &[(Feature, Action)])) {
    for case in 0..CASES {
        for from in Protocol::ALL {
            let body = body(from, &entropy(case));
            let request = decode(from, &body, &Limits::default()).unwrap();
            for to in Protocol::ALL.into_iter().filter(|to| *to != from) {
                let mut out = Vec::new();
                let ledger = encode(&request, to, facts, &mut out).unwrap_or_else(|refused| refused);
                let lines: Vec<_> = ledger.entries().iter().map(|entry| (entry.feature, entry.action)).collect();
                visit(from, to, &lines);
            }
        }
    }
}

fn action(expression: Expression) -> Option<Action> {
    match expression {
        Expression::Native => None,
        Expression::Noted => Some(Action::Noted),
        Expression::Dropped => Some(Action::Dropped),
        Expression::Refused => Some(Action::Refused),
    }
}

/// One action for a feature, a target and its facts, whichever protocol it comes from; what is made up for a target is
/// no action on a feature of the source.
#[test]
fn the_action_depends_on_the_feature_the_target_and_its_facts_only() {
    let mut sources: BTreeMap<(Feature, Protocol), BTreeSet<Protocol>> = BTreeMap::new();
    for facts in [TargetFacts::default(), TargetFacts::default().with_mid_conversation_system(true)] {
        ledgers(&facts, |from, to, lines| {
            for (feature, found) in lines.iter().filter(|(_, action)| *action != Action::Synthesised) {
                let taken = *feature == Feature::MidConversationSystem && facts.mid_conversation_system;
                let expected = if taken { None } else { action(feature.expression(to)) };
                assert_eq!(Some(*found), expected, "`{feature}` from {from} to {to}");
                sources.entry((*feature, to)).or_default().insert(from);
            }
        });
    }
    let shared = sources.values().filter(|from| from.len() > 1).count();
    println!("{} features and targets, {shared} from two protocols", sources.len());
    assert!(shared > 40, "only {shared} features came from two protocols");
}

/// What the mapping calls 1:1 yields no entry in either direction, and the bodies do use it.
#[test]
fn what_every_protocol_has_yields_no_entry() {
    let everywhere = |feature: &Feature| {
        Protocol::ALL.into_iter().all(|protocol| feature.expression(protocol) == Expression::Native)
    };
    let native: BTreeSet<Feature> = Feature::OF_REQUESTS.iter().copied().filter(everywhere).collect();
    assert!(native.len() >= 20, "{native:?}");
    ledgers(&TargetFacts::default(), |from, to, lines| {
        let said = lines.iter().find(|(feature, action)| native.contains(feature) && *action != Action::Synthesised);
        assert_eq!(said, None, "{from} to {to}");
    });
    for from in Protocol::ALL {
        let used = (0..CASES).flat_map(|case| {
            let body = body(from, &entropy(case));
            decode(from, &body, &Limits::default()).unwrap().features().iter().collect::<Vec<_>>()
        });
        let used: BTreeSet<Feature> = used.filter(|feature| native.contains(feature)).collect();
        let missing: Vec<_> = native.difference(&used).collect();
        assert!(missing.is_empty(), "no body of {from} uses {missing:?}");
    }
}

/// A name that a table knows is never residue: what is unknown has a name that no table of its protocol has.
#[test]
fn a_modelled_field_never_travels_as_residue() {
    let tables: BTreeMap<Protocol, BTreeSet<(&str, &str)>> = Protocol::ALL
        .into_iter()
        .map(|protocol| (protocol, fields(protocol).iter().map(|field| (field.object, field.name)).collect()))
        .collect();
    let mut residue = 0;
    let mut check = |protocol: Protocol, body: &[u8], source: &str| {
        for field in decode(protocol, body, &Limits::default()).unwrap().fields {
            let Name::Unknown(name) = &field.name else { continue };
            residue += 1;
            let known = tables[&protocol].contains(&(field.object, &*name.word()));
            assert!(!known, "{source}: `{}` below `{}` of {:?}", name.word(), field.object, field.owner);
        }
    };
    for case in 0..CASES {
        for protocol in Protocol::ALL {
            check(protocol, &body(protocol, &entropy(case)), "generated");
        }
    }
    for recording in requests() {
        check(recording.protocol, &recording.body, &recording.file);
    }
    assert!(residue > 100, "only {residue} unknown members");
}

/// Each row of requests is reached by what the generators make: as a feature of that row, or of the one that has it.
#[test]
fn generated_bodies_reach_every_row() {
    let mut reached = BTreeSet::new();
    for case in 0..CASES {
        for from in Protocol::ALL {
            let body = body(from, &entropy(case));
            let features = decode(from, &body, &Limits::default()).unwrap().features();
            reached.extend(features.iter().map(Feature::mapping_row));
        }
    }
    // Without a feature of their own: a breakpoint on a tool is one in a place (69), results are text and parts (35), ids
    // are ids whether or not they match (35), sealed reasoning is one thing whoever sealed it and wherever it stands (48).
    let elsewhere = [(26, "69"), (37, "35"), (41, "35"), (49, "48"), (51, "48")];
    for row in (1..=70).chain([97]) {
        let other = elsewhere.iter().find(|(own, _)| *own == row).map(|(_, other)| (*other).to_owned());
        let name = other.unwrap_or_else(|| row.to_string());
        assert!(reached.contains(name.as_str()), "no body has row {row}");
    }
}
