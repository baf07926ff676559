//! Conditions that never hold, and alternatives that are never reached.

use crate::lint::finding::Findings;
use crate::lint::place::Place;
use crate::{Comparison, Condition, FindingCode, Route, Shape};

pub(crate) fn look(places: &[Place<'_>], findings: &mut Findings) {
    for place in places {
        if place.route.when.as_ref().and_then(always) == Some(false) {
            let message = "this `if` holds for no request, so that the route is never taken; take one of the two out";
            findings.add(FindingCode::NeverHolds, &place.path, message);
        }
        if let Shape::First(routes) = &place.route.shape {
            alternatives(routes, &place.path, findings);
        }
    }
}

fn alternatives(routes: &[Route], path: &str, findings: &mut Findings) {
    for (index, route) in routes.iter().enumerate() {
        let shadow = routes.iter().take(index).position(|earlier| covers(earlier.when.as_ref(), route.when.as_ref()));
        if let Some(shadow) = shadow {
            let message = format!("never reached: whenever it would hold, {path}.first[{shadow}] holds before it");
            findings.add(FindingCode::ShadowedCondition, format!("{path}.first[{index}]"), message);
        }
    }
}

/// Whether one holds whenever another does, as far as their form shows.
fn covers(one: Option<&Condition>, other: Option<&Condition>) -> bool {
    match (one, other) {
        (None, _) => true,
        (Some(one), _) if always(one) == Some(true) => true,
        (Some(_), None) => false,
        (Some(one), Some(other)) => follows(one, other),
    }
}

/// Whether `one` follows from `other`, as far as their form shows.
fn follows(one: &Condition, other: &Condition) -> bool {
    let by_parts = match other {
        Condition::All(parts) => parts.iter().any(|part| follows(one, part)),
        Condition::Any(parts) => !parts.is_empty() && parts.iter().all(|part| follows(one, part)),
        Condition::Not(_) | Condition::Test(_) => false,
    };
    let by_one = match one {
        Condition::Any(parts) => parts.contains(other),
        Condition::All(_) | Condition::Not(_) | Condition::Test(_) => false,
    };
    one == other || by_parts || by_one
}

/// Whether it holds for every request or for none; `None` when that depends.
fn always(condition: &Condition) -> Option<bool> {
    let all = |parts: &[Condition], neutral: bool| {
        let mut known: Vec<Option<bool>> = parts.iter().map(always).collect();
        known.push(Some(neutral));
        if known.contains(&Some(!neutral)) {
            Some(!neutral)
        } else if known.contains(&None) {
            None
        } else {
            Some(neutral)
        }
    };
    match condition {
        Condition::All(parts) => all(parts, true),
        Condition::Any(parts) => all(parts, false),
        Condition::Not(part) => always(part).map(|holds| !holds),
        Condition::Test(test) => test.comparisons.iter().any(never).then_some(false),
    }
}

/// Whether no value compares.
fn never(comparison: &Comparison) -> bool {
    match comparison {
        Comparison::In(wanted) | Comparison::HasAny(wanted) => wanted.is_empty(),
        Comparison::Gt(bound) | Comparison::Gte(bound) | Comparison::Lt(bound) | Comparison::Lte(bound) => {
            bound.as_number().is_none()
        }
        Comparison::Eq(_)
        | Comparison::Ne(_)
        | Comparison::Nin(_)
        | Comparison::Matches(_)
        | Comparison::Contains(_)
        | Comparison::Exists(_)
        | Comparison::HasAll(_)
        | Comparison::HasNone(_) => false,
    }
}
