//! OpenRouter's request objects: `provider` and what stands beside it, by its documentation of 2026-08 to 2026-10.

use switchback_plan::{Order, Sort, System};

use super::{Desk, request};
use crate::source::Field;

pub(super) fn import(desk: &mut Desk<'_>, root: Field<'_>) {
    request::import(desk, root, System::OpenRouter);
    let settings = &mut desk.policy.settings;
    if settings.order.is_none() {
        // What it does where nothing is asked.
        settings.sort.get_or_insert(Sort::by(Order::InverseSquarePrice));
    }
}
