//! LiteLLM's `config.yaml`, by its source of 1.80.0 and the documentation of 2026-10.

mod deployment;
mod facts;
mod group;
mod known;
mod router;

use std::collections::BTreeMap;

use switchback_plan::Route;

use self::deployment::Deployment;
use self::router::Router;
use super::{Desk, table};
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
    let mut groups: BTreeMap<String, Route> = BTreeMap::new();
    for (name, deployments) in deployments {
        let own = group::route(desk, router, &name, &deployments);
        groups.insert(name.clone(), router.with_fallbacks(&name, own));
    }
    for (alias, target) in &router.aliases {
        groups.entry(alias.clone()).or_insert_with(|| Route::model(target.clone()));
    }
    desk.policy.groups = groups;
    // A group that clients do not name falls to the default list.
    desk.policy.fallback = router.defaults.iter().map(|model| Router::fallback(model, router.general())).collect();
}
