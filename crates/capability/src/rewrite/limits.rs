use crate::limits::LEAST_OUTPUT;
use crate::tree::Tree;
use switchback_ir::{Key, RawJson};
use switchback_units::Tokens;

pub(super) fn raise_max_output(tree: &mut Tree<'_>) {
    bound(tree, |asked| asked.max(LEAST_OUTPUT.get()));
}

pub(super) fn lower_max_output(tree: &mut Tree<'_>, limit: Tokens) {
    bound(tree, |asked| asked.min(limit.get()));
}

/// One temperature serves the whole request, so the nearest that the endpoint takes is the value itself.
pub(super) fn clamp_temperature(tree: &mut Tree<'_>, thousandths: u16) {
    let text = format!("{}", f64::from(thousandths) / 1_000.0);
    let Ok(value) = RawJson::parse(&text).map(RawJson::into_owned) else { return };
    for field in &mut tree.options {
        if field.key() == Some(Key::Temperature) {
            field.value = value.clone();
        }
    }
}

fn bound(tree: &mut Tree<'_>, bounded: impl Fn(u64) -> u64) {
    for field in &mut tree.options {
        if matches!(field.key(), Some(Key::MaxOutputTokens | Key::LegacyMaxTokens))
            && let Some(asked) = field.value.as_u64()
            && bounded(asked) != asked
        {
            field.value = RawJson::number(bounded(asked));
        }
    }
}
