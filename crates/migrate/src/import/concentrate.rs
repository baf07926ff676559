//! Concentrate's `routing` object, in the three generations that are found in the wild (2026).

use switchback_plan::System;

use super::{Desk, request};
use crate::source::Field;

pub(super) fn import(desk: &mut Desk<'_>, root: Field<'_>) {
    request::import(desk, root, System::Concentrate);
}
