//! The laws of the planner over policies that are trees.
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
use proptest::strategy::ValueTree;
use support::naive::{self, Outcome};
use support::relax::check_relaxations;
use support::world::{World, cheaper, tree_worlds, worlds};
use switchback_plan::{Attempt, Itinerary, Note, Order, Overlay, Plan, Route, Rules, Selector, Settings, Shape, Sort};
use switchback_units::Ratio;

fn canonical(plan: &Plan) -> Vec<&str> {
    plan.attempts().iter().map(|attempt| attempt.endpoint.canonical()).collect()
}

fn is_last_resort(plan: &Plan) -> bool {
    plan.notes().contains(&Note::LastResort)
}

/// Few cases by default, so that a run takes seconds; `PROPTEST_CASES` asks for more.
fn config() -> ProptestConfig {
    let cases = if std::env::var_os("PROPTEST_CASES").is_some() { ProptestConfig::default().cases } else { 96 };
    ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn the_plan_of_a_tree_is_what_the_naive_planner_finds(world in tree_worlds()) {
        prop_assert_eq!(Outcome::of(&world.plan()), naive::outcome(&world));
    }

    #[test]
    fn a_tree_does_not_see_the_order_of_the_catalog(world in tree_worlds()) {
        let mut turned = world.clone();
        turned.rows.reverse();
        let json = |world: &World| serde_json::to_string(&world.plan()).unwrap();
        prop_assert_eq!(json(&world), json(&turned));
    }

    #[test]
    fn a_tree_has_every_candidate_once_and_a_refusal_only_when_it_has_no_attempt(world in tree_worlds()) {
        let (plan, catalog) = (world.plan(), world.catalog());
        let mut seen: BTreeMap<&str, usize> = BTreeMap::new();
        for canonical in canonical(&plan).into_iter().chain(plan.excluded().iter().map(|out| out.endpoint.canonical())) {
            *seen.entry(canonical).or_default() += 1;
        }
        prop_assert!(seen.values().all(|count| *count == 1), "{seen:?}");
        prop_assert_eq!(seen.len() + plan.others(), catalog.endpoints().len());
        prop_assert_eq!(plan.refusal().is_some(), plan.attempts().is_empty());
    }

    /// Whoever is not needed by what comes after may go: of the first place, where nothing waits for its failures.
    #[test]
    fn relaxing_what_the_refusal_of_a_tree_names_re_admits(world in tree_worlds()) {
        check_relaxations(&world)?;
    }

    #[test]
    fn removing_a_loser_of_a_tree_keeps_the_rest(world in tree_worlds(), pick in any::<prop::sample::Index>()) {
        let plan = world.plan();
        if plan.attempts().len() < 2 || is_last_resort(&plan) {
            return Ok(());
        }
        let loser = plan.attempts()[1..][pick.index(plan.attempts().len() - 1)].endpoint.row().key();
        let first = &plan.attempts()[0];
        if first.endpoint.row().key() == loser {
            return Ok(());
        }
        let mut less = world.clone();
        less.rows.retain(|row| row.key() != loser);
        let rest: Vec<&str> = plan
            .attempts()
            .iter()
            .filter(|attempt| attempt.endpoint.row().key() != loser)
            .map(|attempt| attempt.endpoint.canonical())
            .collect();
        let less = less.plan();
        prop_assert_eq!(canonical(&less), rest);
    }

    #[test]
    fn cheaper_or_healthier_never_ranks_worse_in_a_tree(
        mut world in tree_worlds(), pick in any::<prop::sample::Index>(), is_cheaper in any::<bool>(),
    ) {
        sort_by_score(&mut world);
        let before = world.plan();
        if before.attempts().is_empty() || is_last_resort(&before) {
            return Ok(());
        }
        let chosen = pick.get(before.attempts()).clone();
        let mut after = world.clone();
        if is_cheaper {
            for row in after.rows.iter_mut().filter(|row| row.key() == chosen.endpoint.row().key()) {
                *row = cheaper(row);
            }
        } else {
            let mut reading = world.readings.of(chosen.id());
            reading.uptime = Some(Ratio::ONE);
            after.readings.set(chosen.id(), reading);
        }
        prop_assert!(place(&after.plan(), &chosen) <= place(&before, &chosen));
    }

    /// What a route, the request or a level above the caller says of what may be used holds for every attempt.
    #[test]
    fn no_route_relaxes_the_rules_of_the_top(world in tree_worlds()) {
        let plan = world.plan();
        let books = || std::iter::once(&world.policy.settings.rules).chain(world.caller.levels.iter().map(|it| &it.rules));
        for attempt in plan.attempts() {
            prop_assert!(books().all(|rules| admits(rules, attempt)), "{}", attempt.endpoint.canonical());
        }
    }

    #[test]
    fn the_rules_of_a_request_only_tighten(world in tree_worlds(), other in worlds()) {
        let catalog = world.catalog();
        let mut overlay = Overlay::default();
        overlay.settings.rules = other.policy.settings.rules;
        let (loose, tight) = (world.plan(), world.plan_under(&catalog, &world.policy, Some(&overlay)));
        for attempt in tight.attempts() {
            prop_assert!(admits(&overlay.settings.rules, attempt));
            let code = loose.excluded().iter().find(|out| out.endpoint.id() == attempt.id()).map(|out| out.reason.code());
            // Health yields, and a place whose failures change leads elsewhere; a hard constraint never does.
            let may = [None, Some("cooling_down"), Some("gated_by_uptime"), Some("not_triggered")];
            prop_assert!(may.contains(&code), "{code:?}");
        }
    }

    #[test]
    fn the_itinerary_of_a_tree_is_its_plan(world in tree_worlds()) {
        let plan = world.plan();
        let itinerary = Itinerary::from(&plan);
        let stops: Vec<_> = itinerary.stops.iter().map(|stop| stop.endpoint).collect();
        let attempts: Vec<_> = plan.attempts().iter().map(Attempt::id).collect();
        prop_assert_eq!(stops, attempts);
    }

    #[test]
    fn a_tree_is_read_as_it_is_written(world in tree_worlds()) {
        let json = serde_json::to_string(&world.policy).unwrap();
        prop_assert_eq!(serde_json::from_str::<switchback_plan::Policy>(&json).unwrap(), world.policy);
    }
}

fn admits(rules: &Rules, attempt: &Attempt) -> bool {
    let endpoint = &attempt.endpoint;
    let named = |selector: &Selector| selector.matches(endpoint.provider(), endpoint.upstream_id(), endpoint.family());
    (rules.allow.is_empty() || rules.allow.iter().any(named)) && !rules.deny.iter().any(named)
}

/// The place of an endpoint among the attempts, last if it is none.
fn place(plan: &Plan, chosen: &Attempt) -> usize {
    plan.attempts().iter().position(|attempt| attempt.id() == chosen.id()).unwrap_or(usize::MAX)
}

/// The default score everywhere.
fn sort_by_score(world: &mut World) {
    fn each(route: &mut Route) {
        route.settings.sort = route.settings.sort.map(|_| Sort::by(Order::Score));
        match &mut route.shape {
            Shape::Model(_) | Shape::Pool(_) => {}
            Shape::Chain(routes) | Shape::First(routes) | Shape::Any(routes) => routes.iter_mut().for_each(each),
            Shape::Split(split) => split.routes.iter_mut().for_each(each),
        }
    }
    let policy = &mut world.policy;
    policy.settings.sort = None;
    policy.route.iter_mut().chain(&mut policy.fallback).chain(policy.groups.values_mut()).for_each(each);
}

/// The generator reaches every shape, every setting and what the laws are about.
#[test]
fn the_trees_are_varied() {
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    let mut count = |what: &str| *seen.entry(what.to_owned()).or_default() += 1;
    for _ in 0..600 {
        let world = tree_worlds().new_tree(&mut runner).unwrap().current();
        let json = serde_json::to_value(&world.policy).unwrap();
        each_key(&json, &mut count);
        let plan = world.plan();
        plan.excluded().iter().for_each(|out| count(out.reason.code()));
        if plan.attempts().len() > 2 {
            count("several");
        }
        if plan.attempts().iter().any(|attempt| !attempt.also.is_empty()) {
            count("also");
        }
        if plan.legs().iter().any(|leg| leg.path.starts_with("groups.")) {
            count("in a group");
        }
        plan.refusal().iter().for_each(|refusal| count(refusal.code()));
        plan.notes().iter().for_each(|note| count(note.code()));
    }
    let shapes = ["chain", "first", "any", "split", "pool", "model", "by", "rest", "if", "on", "weight", "name"];
    let settings = serde_json::to_value(Settings::default()).unwrap();
    assert!(settings.as_object().unwrap().is_empty(), "a setting that is not optional: {settings}");
    let settings = [
        "allow",
        "deny",
        "require",
        "limit",
        "rewrite",
        "order",
        "prefer",
        "sort",
        "weights",
        "assume",
        "gate",
        "degrade",
        "unknown",
        "unmetered",
        "prefix",
        "failover",
        "retry",
        "timeout",
        "give_up",
        "affinity",
        "cooldown",
        "explore",
    ];
    let found = ["several", "also", "in a group", "not_triggered", "no_route", "last_resort", "over_limit"];
    for what in shapes.iter().chain(&settings).chain(&found) {
        assert!(seen.get(*what).is_some_and(|count| *count > 2), "{what} too rarely: {seen:?}");
    }
}

fn each_key(value: &serde_json::Value, count: &mut impl FnMut(&str)) {
    match value {
        serde_json::Value::Object(members) => members.iter().for_each(|(key, value)| {
            count(key);
            each_key(value, count);
        }),
        serde_json::Value::Array(items) => items.iter().for_each(|item| each_key(item, count)),
        serde_json::Value::String(_) => count("model"),
        serde_json::Value::Null | serde_json::Value::Bool(_) | serde_json::Value::Number(_) => {}
    }
}
