//! What the request objects of three gateways have in common.

use switchback_plan::{Route, Triggers};

use super::Desk;
use crate::Concept;
use crate::model;
use crate::source::Field;

/// Notes what no mapper read as a part of the request that stays in it.
pub(super) fn keep_rest(desk: &mut Desk<'_>, root: Field<'_>, read: &[&str]) {
    for member in root.members().filter(|member| !read.contains(&member.key)) {
        if !desk.notes.knows(member) {
            desk.notes.exact_whole(member, Concept::Content, "a parameter of the request, which stays there");
        }
    }
}

/// A model string as a route, spelled as policies spell it.
pub(super) fn spelled(desk: &mut Desk<'_>, field: Field<'_>) -> Option<String> {
    let text = field.text()?;
    match model::spell(desk.system.dialect(), text, desk.integrations) {
        Ok(spelled) => {
            desk.notes.exact(field, Concept::Model, format!("`{}`", spelled.text));
            Some(spelled.text)
        }
        Err(reason) => {
            desk.notes.lost_badly(field, Concept::Model, reason, "replace it by the model that it stands for");
            None
        }
    }
}

/// The request's own model, then the others after any failure.
pub(super) fn chain<'t>(desk: &mut Desk<'_>, own: Route, items: impl Iterator<Item = Field<'t>>) -> Route {
    let mut routes = vec![own];
    for item in items {
        let named = item.get("model").unwrap_or(item);
        let Some(text) = spelled(desk, named) else { continue };
        let mut route = Route::model(text);
        route.on = Some(Triggers::any());
        routes.push(route);
    }
    Route::chain(routes)
}
