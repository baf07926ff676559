//! LLM Gateway: graphs of dynamic routes, compliance policies, and the routing fields of requests, by its public
//! documentation and source of 2026-10.

mod compliance;
mod graph;

use switchback_plan::{Gate, Order, Prefix, Sort, System};

use super::{Desk, request};
use crate::source::Field;

pub(super) fn import(desk: &mut Desk<'_>, root: Field<'_>) {
    let policy = root.get("providerCompliancePolicy").or_else(|| compliance::is_policy(root).then_some(root));
    if let Some(policy) = policy {
        compliance::read(desk, policy);
    }
    let graph = root.get("graph").unwrap_or(root);
    if graph.get("nodes").is_some() {
        desk.policy.settings.sort = Some(Sort::by(Order::LlmGateway));
        graph::read(desk, graph);
    } else if policy.is_none() {
        request::import(desk, root, System::LlmGateway);
        desk.policy.settings.sort.get_or_insert(Sort::by(Order::LlmGateway));
        // A provider before the model is left below 90 % uptime.
        if desk.policy.settings.prefix == Some(Prefix::Start) {
            desk.policy.settings.gate = Some(Gate::default());
        }
    }
}

/// Whether a list of names is not there or empty, which restricts nothing; anything else that holds no names cannot be read.
fn says_nothing(list: Field<'_>) -> bool {
    list.is_null() || list.is_list() && list.node.is_blank()
}
