//! Routes that lead nowhere, are never drawn, never triggered, or stand there twice.

use std::collections::BTreeMap;

use switchback_ir::ErrorClass;

use crate::lint::finding::Findings;
use crate::lint::place::{Place, shape_name};
use crate::{FindingCode, Policy, Route, Shape, Triggers, Weight};

pub(crate) fn look(policy: &Policy, places: &[Place<'_>], findings: &mut Findings) {
    for place in places {
        emptiness(place, findings);
        weight(place, findings);
        on(place, findings);
        let shape = shape_name(&place.route.shape);
        duplicates(place.route.children(), &format!("{}.{shape}", place.path), findings);
    }
    duplicates(&policy.fallback, "fallback", findings);
}

fn emptiness(place: &Place<'_>, findings: &mut Findings) {
    let is_empty = match &place.route.shape {
        Shape::Model(model) => model.is_empty(),
        Shape::Pool(pool) => pool.is_empty(),
        Shape::Chain(_) | Shape::First(_) | Shape::Any(_) | Shape::Split(_) => place.route.children().is_empty(),
    };
    let shape = shape_name(&place.route.shape);
    if is_empty {
        let message = format!("this `{shape}` is empty and leads nowhere; give it a route or take it out");
        findings.add(FindingCode::EmptyRoute, &place.path, message);
    }
}

fn weight(place: &Place<'_>, findings: &mut Findings) {
    if let Shape::Split(split) = &place.route.shape
        && !split.routes.is_empty()
        && split.routes.iter().all(|route| route.weight.millionths() == 0)
    {
        let message = "every weight of this split is 0, so that nothing is ever drawn; give one a share";
        findings.add(FindingCode::AllWeightsZero, &place.path, message);
    }
    let is_of_split = place.parent.is_some_and(|parent| matches!(parent.shape, Shape::Split(_)));
    if place.route.weight != Weight::ONE && !is_of_split {
        let message = "`weight` is a share in a `split`, and this route is not of one; take it out";
        findings.add(FindingCode::IgnoredWeight, &place.path, message);
    }
}

fn on(place: &Place<'_>, findings: &mut Findings) {
    let Some(on) = &place.route.on else { return };
    if place.is_head {
        let message = "nothing comes before this route, so that no failure can lead to it; take its `on` out";
        findings.add(FindingCode::IgnoredOn, &place.path, message);
    } else if !can_match(on) {
        let message = "no failure matches this `on`, so that the route is never tried; name one, such as `any`";
        findings.add(FindingCode::NeverTriggered, &place.path, message);
    }
}

/// Whether some failure matches.
fn can_match(on: &Triggers) -> bool {
    let mut statuses = std::iter::once(None).chain((400..=599).map(Some));
    !on.is_empty() && statuses.any(|status| ErrorClass::ALL.iter().any(|class| on.matches(*class, status)))
}

/// Routes that are the same but for their names and shares.
fn duplicates(routes: &[Route], path: &str, findings: &mut Findings) {
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    for (index, route) in routes.iter().enumerate() {
        let bare = Route { name: None, weight: Weight::ONE, ..route.clone() };
        // Routes are written by the same code that plans are recorded with, which never fails for them.
        let Ok(text) = serde_json::to_string(&bare) else { continue };
        match seen.get(&text) {
            Some(first) => {
                let message = format!("the same as {path}[{first}], and adds nothing to it; `retry` asks again");
                findings.add(FindingCode::DuplicateRoute, format!("{path}[{index}]"), message);
            }
            None => {
                seen.insert(text, index);
            }
        }
    }
}
