//! Portkey's Config objects, by its documentation and gateway source of 2025-07 to 2026-10.

mod known;
mod query;
mod target;

use switchback_plan::Triggers;

use super::Desk;
use crate::source::Field;

pub(super) fn import(desk: &mut Desk<'_>, root: Field<'_>) {
    // A target is one endpoint: what follows its failure is another target, or nothing.
    desk.policy.settings.failover = Some(Triggers::none());
    if let Some(mut route) = target::route(desk, root) {
        let settings = std::mem::take(&mut route.settings);
        let outer = std::mem::replace(&mut desk.policy.settings, settings);
        desk.policy.settings.failover = outer.failover;
        let is_request = matches!(&route.shape, switchback_plan::Shape::Model(model) if model == "$model");
        desk.policy.route = (!is_request).then_some(route);
    }
}
