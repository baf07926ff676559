//! What a refusal says would help, done.

use proptest::prelude::*;
use switchback_plan::{Constraint, Degrade, Level, Plan, Refusal, Relaxation, Relaxed, Route, Rules, Shape, Unknown};

use super::world::World;

/// Each set of a refusal leaves something to try once it is relaxed: its example, but for one that is unwell.
pub fn check_relaxations(world: &World) -> Result<(), TestCaseError> {
    let plan = world.plan();
    let Some(Refusal::NothingEligible { relax }) = plan.refusal() else { return Ok(()) };
    for relaxation in relax {
        let Some(relaxed) = relaxed(world, relaxation) else { continue };
        let plan = relaxed.plan();
        prop_assert!(!plan.attempts().is_empty(), "{:?} {}", relaxation, plan);
        prop_assert!(has(&plan, &relaxation.example), "{:?} {}", relaxation, plan);
    }
    Ok(())
}

/// Whether it is tried, or gives way to another endpoint since it is unwell.
fn has(plan: &Plan, canonical: &str) -> bool {
    let unwell = plan.excluded().iter().filter(|out| out.reason.constraint().is_soft()).map(|out| &out.endpoint);
    plan.attempts().iter().map(|attempt| &attempt.endpoint).chain(unwell).any(|it| it.canonical() == canonical)
}

/// The world with those constraints relaxed, or nothing where that takes another request or endpoint.
fn relaxed(world: &World, relaxation: &Relaxation) -> Option<World> {
    let mut world = world.clone();
    for Relaxed { constraint, subject, .. } in &relaxation.constraints {
        match constraint {
            Constraint::NotInPool => world.policy.auto = vec!["*".parse().unwrap()],
            Constraint::NotMetered => each_settings(&mut world, &mut |settings| settings.unmetered = Some(true)),
            Constraint::NoCredential => world.inventory = None,
            Constraint::DegradationOff => {
                each_settings(&mut world, &mut |settings| settings.degrade = Some(Degrade::default()));
            }
            Constraint::FeatureUnverified => {
                each_settings(&mut world, &mut |settings| settings.unknown = Some(Unknown::Allow));
            }
            Constraint::NotTriggered => {
                each_route(&mut world, &mut |route| route.on = Some(std::iter::once("any".parse().unwrap()).collect()));
            }
            Constraint::NotAllowed => at_level(&mut world, subject, &mut |rules| rules.allow.clear()),
            Constraint::Denied => {
                let (name, selector) = subject.split_once(": ").unwrap();
                let keep = |rules: &mut Rules| rules.deny.retain(|entry| entry.to_string() != selector);
                at_level(&mut world, name, &mut { keep });
            }
            Constraint::RetentionNotExcluded => {
                at_level(&mut world, subject, &mut |rules| rules.require.zero_retention = false);
            }
            Constraint::TrainingNotExcluded => {
                at_level(&mut world, subject, &mut |rules| rules.require.no_training = false);
            }
            Constraint::RegionNotAllowed => at_level(&mut world, subject, &mut |rules| rules.require.regions.clear()),
            Constraint::OverBudget => levels(&mut world, subject).for_each(|level| level.budget = None),
            Constraint::PriceUnknown => {
                at_level(&mut world, subject, &mut |rules| rules.require.max_price.clear());
                levels(&mut world, subject).for_each(|level| level.budget = None);
            }
            Constraint::UnsupportedOperation
            | Constraint::NoSupportedProtocol
            | Constraint::OtherProvider
            | Constraint::OtherVersion
            | Constraint::OtherRegion
            | Constraint::TierNotRequested
            | Constraint::FeatureMissing
            | Constraint::ContextTooSmall
            | Constraint::OutputTooLong
            | Constraint::CoolingDown
            | Constraint::TierNotAllowed
            | Constraint::FeatureNotProven
            | Constraint::AttributeMissing
            | Constraint::PriceTooHigh
            | Constraint::OverLimit
            | Constraint::GatedByUptime => return None,
        }
    }
    Some(world)
}

fn levels<'w>(world: &'w mut World, name: &str) -> impl Iterator<Item = &'w mut Level> {
    world.caller.levels.iter_mut().filter(move |level| level.name == name)
}

/// Changes the rules of the caller's level of that name, or of the policy, or of every route, whose places have names
/// of their own.
fn at_level(world: &mut World, name: &str, change: &mut dyn FnMut(&mut Rules)) {
    if name == "policy" {
        return change(&mut world.policy.settings.rules);
    }
    if world.caller.levels.iter().any(|level| level.name == name) {
        return levels(world, name).for_each(|level| change(&mut level.rules));
    }
    each_route(world, &mut |route| change(&mut route.settings.rules));
}

fn each_settings(world: &mut World, change: &mut dyn FnMut(&mut switchback_plan::Settings)) {
    change(&mut world.policy.settings);
    each_route(world, &mut |route| change(&mut route.settings));
}

fn each_route(world: &mut World, change: &mut dyn FnMut(&mut Route)) {
    let policy = &mut world.policy;
    let routes = policy.route.iter_mut().chain(&mut policy.fallback).chain(policy.groups.values_mut());
    for route in routes {
        below(route, change);
    }
}

fn below(route: &mut Route, change: &mut dyn FnMut(&mut Route)) {
    change(route);
    let children = match &mut route.shape {
        Shape::Model(_) | Shape::Pool(_) => return,
        Shape::Chain(routes) | Shape::First(routes) | Shape::Any(routes) => routes,
        Shape::Split(split) => &mut split.routes,
    };
    for route in children {
        below(route, change);
    }
}
