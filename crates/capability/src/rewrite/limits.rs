use crate::tree::Tree;
use switchback_ir::{Key, RawJson};
use switchback_units::Tokens;

/// The least that Responses takes (vendor's API description, 2026-08).
const LEAST: u64 = 16;

pub(super) fn raise_max_output(tree: &mut Tree<'_>) {
    bound(tree, |asked| asked.max(LEAST));
}

pub(super) fn lower_max_output(tree: &mut Tree<'_>, limit: Tokens) {
    bound(tree, |asked| asked.min(limit.get()));
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
