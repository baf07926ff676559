//! Routes that are made of no others.

use std::collections::BTreeSet;

use switchback_plan::{Route, Shape};

/// Visits each below a route, or the route itself.
pub(super) fn each(route: &mut Route, visit: &mut impl FnMut(&mut Route)) {
    let children: &mut [Route] = match &mut route.shape {
        Shape::Model(_) | Shape::Pool(_) => return visit(route),
        Shape::Chain(routes) | Shape::First(routes) | Shape::Any(routes) => routes,
        Shape::Split(split) => &mut split.routes,
    };
    for child in children {
        each(child, visit);
    }
}

/// Takes what the route of group `own` names for the catalog's models, also where other groups have these names.
pub(super) fn no_group(route: &mut Route, own: &str, groups: &BTreeSet<String>) {
    each(route, &mut |leaf| {
        let Shape::Model(model) = &leaf.shape else { return };
        if model == own || !groups.contains(model) {
            return;
        }
        let text = if model.contains('/') { model.clone() } else { format!("*/{model}") };
        if let Ok(selector) = text.parse() {
            leaf.shape = Shape::Pool(vec![selector]);
        }
    });
}
