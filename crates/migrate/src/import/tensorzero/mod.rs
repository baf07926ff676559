//! TensorZero's `tensorzero.toml`, by its source and documentation of 2026-04.

mod cost;
mod function;
mod known;
mod model;

use switchback_plan::Triggers;

use super::{Desk, table};
use crate::source::Field;

pub(super) fn import(desk: &mut Desk<'_>, root: Field<'_>) {
    // A provider of a model is one endpoint: what follows its failure is the next provider, or the next variant.
    desk.policy.settings.failover = Some(Triggers::none());
    let models: Vec<&str> = root.get("models").into_iter().flat_map(Field::members).map(|model| model.key).collect();
    for model in root.get("models").into_iter().flat_map(Field::members) {
        model::group(desk, model);
    }
    // Functions look at the models that they name.
    for function in root.get("functions").into_iter().flat_map(Field::members) {
        function::group(desk, function, &models);
    }
    for section in root.members().filter(|section| !matches!(section.key, "models" | "functions")) {
        table::note(desk, section, known::SECTIONS);
    }
}
