//! LiteLLM's `config.yaml`, by its source of 1.80.0 and the documentation of 2026-10.

mod budget;
mod deployment;
mod facts;
mod group;
mod known;
mod router;

use std::collections::{BTreeMap, BTreeSet};

use switchback_plan::{Route, Shape};

use self::deployment::Deployment;
use self::router::Router;
use super::{Desk, leaf, table};
use crate::Concept;
use crate::source::Field;

pub(super) fn import(desk: &mut Desk<'_>, root: Field<'_>) {
    let router = Router::read(desk, root);
    let deployments = root.get("model_list").map(|list| deployments(desk, list)).unwrap_or_default();
    groups(desk, &router, deployments);
    for section in root.members() {
        match section.key {
            "model_list" | "router_settings" | "litellm_settings" => {}
            "general_settings" => section.members().for_each(|key| {
                table::note(desk, key, known::GENERAL);
            }),
            "environment_variables" => environment(desk, section),
            _ => {
                table::note(desk, section, known::SECTIONS);
            }
        }
    }
}

fn environment(desk: &mut Desk<'_>, section: Field<'_>) {
    for variable in section.members() {
        desk.retire(variable.key, crate::RetiredKind::Variable);
        let became = "an environment variable of the proxy";
        desk.notes.lost(variable, Concept::Operation, became, "set it where the new gateway needs it, or retire it");
    }
}

/// The deployments by the name that clients call, in the order of the file.
fn deployments<'t>(desk: &mut Desk<'_>, list: Field<'t>) -> Vec<(String, Vec<Deployment<'t>>)> {
    let mut groups: Vec<(String, Vec<Deployment<'t>>)> = Vec::new();
    for item in list.items() {
        let Some((name, deployment)) = Deployment::read(desk, item) else { continue };
        match groups.iter_mut().find(|(known, _)| *known == name) {
            Some((_, group)) => group.push(deployment),
            None => groups.push((name, vec![deployment])),
        }
    }
    groups
}

fn groups(desk: &mut Desk<'_>, router: &Router, deployments: Vec<(String, Vec<Deployment<'_>>)>) {
    let mut own: BTreeMap<String, Route> = BTreeMap::new();
    for (name, deployments) in deployments {
        let route = group::route(desk, router, &name, &deployments);
        own.insert(name, route);
    }
    let names: BTreeSet<String> = own.keys().cloned().collect();
    // A deployment's model is the catalog's, also where another group has its name.
    for (name, route) in &mut own {
        leaf::no_group(route, name, &names);
    }
    for name in router.listed() {
        let is_of = |group: &String| group == name || group.split_once('/').is_some_and(|(_, plain)| plain == name);
        if !own.keys().any(is_of) {
            // Of an alias, of a pattern, or of nothing that is served: what follows is all there is then.
            let found = own.get(router.named(name)).cloned().or_else(|| by_pattern(&own, name));
            own.insert(name.to_owned(), found.unwrap_or_else(|| Route::chain([])));
        }
    }
    let mut groups = with_followers(router, &own);
    for (alias, target) in &router.aliases {
        groups.entry(alias.clone()).or_insert_with(|| Route::model(target.clone()));
    }
    desk.policy.groups = groups;
    // A group that clients do not name falls to the default list.
    desk.policy.fallback = router.defaults.iter().map(|model| Router::fallback(model, router.general())).collect();
}

/// Each group with what follows it. What would lead back in a circle, which there is bounded by a depth, is followed by
/// none of its own.
fn with_followers(router: &Router, own: &BTreeMap<String, Route>) -> BTreeMap<String, Route> {
    let mut groups = BTreeMap::new();
    for (name, route) in own {
        let is_served = *route != Route::chain([]);
        let mut chain: Vec<Route> = Some(route.clone()).filter(|_| is_served).into_iter().collect();
        for (next, on) in router.followers(name).into_iter().filter(|(next, _)| router.named(next) != name) {
            let next = router.named(&next).to_owned();
            let is_circle = leads(router, own, &next, name);
            let called = if is_circle { format!("{next} (its own deployments)") } else { next.clone() };
            if let Some(alone) = own.get(&next).filter(|_| is_circle) {
                groups.insert(called.clone(), alone.clone());
            }
            let mut step = Router::fallback(&called, on);
            if chain.is_empty() {
                step.on = None;
            }
            chain.push(step);
        }
        // A name that nothing serves, and nothing but itself follows, is none.
        if !chain.is_empty() {
            groups.insert(name.clone(), if chain.len() == 1 { chain.remove(0) } else { Route::chain(chain) });
        }
    }
    groups
}

/// Whether what follows one group comes by another.
fn leads(router: &Router, own: &BTreeMap<String, Route>, from: &str, to: &str) -> bool {
    let (mut seen, mut left) = (BTreeSet::new(), vec![from.to_owned()]);
    while let Some(at) = left.pop() {
        if at == to {
            return true;
        }
        if own.contains_key(&at) && seen.insert(at.clone()) {
            left.extend(router.followers(&at).iter().map(|(next, _)| router.named(next).to_owned()));
        }
    }
    false
}

/// The route of the pattern that a name falls under, the longest first.
fn by_pattern(own: &BTreeMap<String, Route>, name: &str) -> Option<Route> {
    let fits = |pattern: &str| {
        let (start, end) = pattern.split_once('*')?;
        name.strip_prefix(start)?.strip_suffix(end)
    };
    let found = own.iter().filter_map(|(pattern, route)| Some((pattern.len(), fits(pattern)?, route)));
    let (_, star, route) = found.max_by_key(|(length, ..)| *length)?;
    let mut route = route.clone();
    leaf::each(&mut route, &mut |leaf| {
        if let Shape::Model(model) = &mut leaf.shape {
            *model = model.replace("$1", star);
        }
    });
    Some(route)
}
