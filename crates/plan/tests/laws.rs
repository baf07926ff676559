//! The laws of the planner, each over generated worlds, and the planner against one that is written plainly.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::field_reassign_with_default,
    clippy::disallowed_methods,
    reason = "tests fail by panicking and take the number of cases from outside; the types are non-exhaustive"
)]

mod support;

use std::collections::BTreeMap;

use proptest::prelude::*;
use support::naive::{self, Outcome};
use support::relax::check_relaxations;
use support::world::{World, cheaper, friendly_worlds, worlds};
use switchback_catalog::Catalog;
use switchback_plan::{Attempt, Constraint, Itinerary, Metric, Note, Order, Plan, Quantity, Reason, Sort};
use switchback_units::Ratio;

fn canonical(plan: &Plan) -> Vec<&str> {
    plan.attempts().iter().map(|attempt| attempt.endpoint.canonical()).collect()
}

fn json(plan: &Plan) -> String {
    serde_json::to_string(plan).unwrap()
}

fn is_last_resort(plan: &Plan) -> bool {
    plan.notes().contains(&Note::LastResort)
}

/// Few cases by default, so that a run takes seconds; `PROPTEST_CASES` asks for more.
fn config() -> ProptestConfig {
    let cases = if std::env::var_os("PROPTEST_CASES").is_some() { ProptestConfig::default().cases } else { 64 };
    ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn the_plan_is_what_the_naive_planner_finds(world in worlds()) {
        prop_assert_eq!(Outcome::of(&world.plan()), naive::outcome(&world));
    }

    #[test]
    fn the_order_of_the_catalog_is_irrelevant(world in worlds()) {
        let mut turned = world.clone();
        turned.rows.reverse();
        prop_assert_eq!(json(&world.plan()), json(&turned.plan()));
    }

    #[test]
    fn equal_inputs_give_equal_bytes_and_the_fingerprint_tells_plans_apart(world in worlds(), other in worlds()) {
        let plan = world.plan();
        prop_assert_eq!(json(&plan), json(&world.plan()));
        let other = other.plan();
        prop_assert_eq!(plan.fingerprint() == other.fingerprint(), json(&plan) == json(&other));
    }

    #[test]
    fn every_endpoint_is_an_attempt_or_excluded_or_counted(world in worlds()) {
        let (plan, catalog) = (world.plan(), world.catalog());
        let mut seen: BTreeMap<&str, usize> = BTreeMap::new();
        for canonical in canonical(&plan).into_iter().chain(plan.excluded().iter().map(|out| out.endpoint.canonical())) {
            *seen.entry(canonical).or_default() += 1;
        }
        prop_assert!(seen.values().all(|count| *count == 1), "{seen:?}");
        prop_assert_eq!(seen.len() + plan.others(), catalog.endpoints().len());
    }

    #[test]
    fn there_is_a_refusal_exactly_when_there_is_nothing_to_try(world in worlds()) {
        let plan = world.plan();
        prop_assert_eq!(plan.refusal().is_some(), plan.attempts().is_empty());
    }

    /// Last resorts are all that is left, so none of them is a loser.
    #[test]
    fn removing_a_loser_keeps_the_rest(world in friendly_worlds(), pick in any::<prop::sample::Index>()) {
        let plan = world.plan();
        if plan.attempts().len() < 2 || is_last_resort(&plan) {
            return Ok(());
        }
        let losers: Vec<String> = canonical(&plan)[1..].iter().map(|text| (*text).to_owned()).collect();
        let loser = pick.get(&losers);
        let row = plan.attempts().iter().find(|attempt| attempt.endpoint.canonical() == loser).unwrap().endpoint.row();
        // Endpoints that differ in protocol only come and go together; the winner must stay.
        if plan.attempts()[0].endpoint.row().key() == row.key() {
            return Ok(());
        }
        let mut less = world.clone();
        less.rows.retain(|kept| kept.key() != row.key());
        let rest: Vec<String> = plan
            .attempts()
            .iter()
            .filter(|attempt| attempt.endpoint.row().key() != row.key())
            .map(|attempt| attempt.endpoint.canonical().to_owned())
            .collect();
        let less = less.plan();
        prop_assert_eq!(canonical(&less), rest);
    }

    #[test]
    fn a_cheaper_endpoint_never_ranks_worse(mut world in friendly_worlds(), pick in any::<prop::sample::Index>()) {
        world.policy.settings.sort = Some(Sort::by(if pick.index(2) == 0 { Order::Score } else { Order::Cost }));
        let before = world.plan();
        if before.attempts().is_empty() {
            return Ok(());
        }
        let chosen = pick.get(before.attempts()).clone();
        let mut after = world.clone();
        for row in &mut after.rows {
            if row.key() == chosen.endpoint.row().key() {
                *row = cheaper(row);
            }
        }
        prop_assert!(place(&after.plan(), &chosen) <= place(&before, &chosen));
    }

    #[test]
    fn a_healthier_endpoint_never_ranks_worse(mut world in friendly_worlds(), pick in any::<prop::sample::Index>()) {
        let uptime = Order::Metric(Metric::of(Quantity::Uptime));
        world.policy.settings.sort = Some(Sort::by(if pick.index(2) == 0 { Order::Score } else { uptime }));
        let before = world.plan();
        if before.attempts().is_empty() || is_last_resort(&before) {
            return Ok(());
        }
        let chosen = pick.get(before.attempts()).clone();
        let mut reading = world.readings.of(chosen.id());
        reading.uptime = Some(Ratio::ONE);
        let mut after = world.clone();
        after.readings.set(chosen.id(), reading);
        prop_assert!(place(&after.plan(), &chosen) <= place(&before, &chosen));
    }

    #[test]
    fn affinity_reorders_and_never_brings_back(world in worlds()) {
        let mut cold = world.clone();
        for endpoint in world.catalog().endpoints() {
            let mut reading = cold.readings.of(endpoint.id());
            (reading.cached_tokens, reading.warmth) = (None, None);
            cold.readings.set(endpoint.id(), reading);
        }
        let (warm, cold) = (world.plan(), cold.plan());
        let sorted = |plan: &Plan| {
            let mut texts: Vec<String> = canonical(plan).into_iter().map(str::to_owned).collect();
            texts.sort();
            texts
        };
        prop_assert_eq!(sorted(&warm), sorted(&cold));
    }

    /// Whatever is preferred, switched off or left over: lists, data rules and pins hold for every attempt.
    #[test]
    fn nothing_relaxes_a_hard_constraint(world in worlds()) {
        let plan = world.plan();
        let books = || std::iter::once(world.policy.settings.rules.clone()).chain(world.caller.levels.iter().map(|level| level.rules.clone()));
        for attempt in plan.attempts() {
            let endpoint = &attempt.endpoint;
            let named = |selector: &switchback_plan::Selector| {
                selector.matches(endpoint.provider(), endpoint.upstream_id(), endpoint.family())
            };
            prop_assert!(!attempt.verdict.steps().iter().any(|_| !world.policy.settings.degrade.as_ref().unwrap().on));
            for rules in books() {
                prop_assert!(rules.allow.is_empty() || rules.allow.iter().any(named));
                prop_assert!(!rules.deny.iter().any(named));
                let unproven = rules.require.zero_retention
                    && world.inventory.is_none()
                    && endpoint.row().data_policy.zero_retention != switchback_capability::Support::Yes;
                prop_assert!(!unproven);
            }
        }
    }

    /// Adding a level can only take attempts away.
    #[test]
    fn another_level_only_tightens(world in worlds(), other in worlds()) {
        let mut tighter = world.clone();
        tighter.caller.levels.extend(other.caller.levels);
        let (loose, tight) = (world.plan(), tighter.plan());
        prop_assert!(is_last_resort(&tight) || canonical(&tight).iter().all(|text| canonical(&loose).contains(text)));
    }

    /// Whatever is reported: attempts are the plan's, in its order, none twice, and none after a commit.
    /// What a cursor walks is the plan, in its order; how it walks is `cursor_laws.rs`.
    #[test]
    fn an_itinerary_has_the_attempts_of_the_plan(world in worlds()) {
        let plan = world.plan();
        let itinerary = Itinerary::from(&plan);
        let stops: Vec<_> = itinerary.stops.iter().map(|stop| (stop.endpoint, stop.credentials.clone())).collect();
        let attempts: Vec<_> = plan.attempts().iter().map(|attempt| (attempt.id(), attempt.credentials.clone())).collect();
        prop_assert_eq!(stops, attempts);
        for (stop, attempt) in itinerary.stops.iter().zip(plan.attempts()) {
            let cooling = matches!(attempt.despite, Some(Reason::CoolingDown { .. }));
            prop_assert_eq!(stop.not_before.is_some(), cooling);
        }
    }

    /// The sets are as small as they can be: no candidate lacks fewer, and each set is one candidate's own.
    #[test]
    fn a_refusal_names_a_minimal_set(world in worlds()) {
        check_relaxations(&world)?;
    }
}

/// The place of an endpoint among the attempts, last if it is none.
fn place(plan: &Plan, chosen: &Attempt) -> usize {
    plan.attempts().iter().position(|attempt| attempt.id() == chosen.id()).unwrap_or(usize::MAX)
}

/// The generator reaches what the laws are about.
#[test]
fn the_worlds_are_varied() {
    use proptest::strategy::ValueTree;
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let mut codes: BTreeMap<&str, usize> = BTreeMap::new();
    let (mut several, mut resorts, mut degraded) = (0, 0, 0);
    for round in 0..1_000 {
        let world: World = if round % 3 == 0 {
            friendly_worlds().new_tree(&mut runner).unwrap().current()
        } else {
            worlds().new_tree(&mut runner).unwrap().current()
        };
        let plan = world.plan();
        several += usize::from(plan.attempts().len() > 2);
        resorts += usize::from(is_last_resort(&plan));
        degraded += usize::from(plan.attempts().iter().any(|attempt| attempt.fit() == "degraded"));
        for excluded in plan.excluded() {
            *codes.entry(excluded.reason.code()).or_default() += 1;
        }
        if let Some(refusal) = plan.refusal() {
            *codes.entry(refusal.code()).or_default() += 1;
        }
    }
    // A limit on output can be lowered unless the caller says that it is required, and no fallback of these worlds waits
    // for a failure; both have tests of their own.
    let elsewhere = [Constraint::OutputTooLong, Constraint::NotTriggered];
    let expected = Constraint::ALL.iter().filter(|it| !elsewhere.contains(it));
    let missing: Vec<_> = expected.map(|it| it.code()).filter(|code| !codes.contains_key(code)).collect();
    assert!(missing.is_empty(), "never excluded by {missing:?}: {codes:?}");
    assert!(several > 60 && resorts > 5 && degraded > 30, "{several} {resorts} {degraded} {codes:?}");
    assert!(
        ["no_model", "empty_catalog", "unknown_model", "nothing_eligible"].iter().all(|code| codes.contains_key(code))
    );
}

#[test]
fn a_plan_is_send_and_sync() {
    fn check<T: Send + Sync>() {}
    check::<Plan>();
    check::<Catalog>();
}
