use crate::Concept;
use crate::import::Desk;
use crate::source::Field;

/// Keys that nothing here does, or that are always so here: what they did and what to do.
pub(super) struct Known {
    /// Their names; with `*` at the end every name that begins so.
    pub(super) keys: &'static [&'static str],
    pub(super) weight: Weight,
    pub(super) concept: Concept,
    pub(super) meant: &'static str,
    pub(super) instead: &'static str,
}

/// How much a key matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Weight {
    /// It concerned the other gateway alone.
    Dead,
    /// It is missed.
    Lost,
    /// Requests go elsewhere, or data is handled otherwise, without it.
    Grave,
    /// It is so here too, always.
    Always,
}

/// A table of known keys: `weight concept "key" | "other key" => "what it did", "what to do";`.
macro_rules! known {
    ($($weight:ident $concept:ident $($key:literal)|+ => $meant:expr, $instead:expr;)*) => {
        &[$(Known {
            keys: &[$($key),+],
            weight: $crate::import::table::Weight::$weight,
            concept: $crate::Concept::$concept,
            meant: $meant,
            instead: $instead,
        },)*]
    };
}

pub(super) use known;

/// Notes a field by its row. Whether the table has one.
pub(super) fn note(desk: &mut Desk<'_>, field: Field<'_>, table: &[Known]) -> bool {
    let own = table.iter().find(|known| known.keys.contains(&field.key));
    let begins = |key: &&str| key.strip_suffix('*').is_some_and(|prefix| field.key.starts_with(prefix));
    let Some(known) = own.or_else(|| table.iter().find(|known| known.keys.iter().any(&begins))) else {
        return false;
    };
    // A credential has been noted as one; what to do about it is the table's to say.
    if desk.notes.knows(field) {
        desk.notes.advise_on_credential(field, known.instead);
        return true;
    }
    match known.weight {
        Weight::Dead => {
            desk.notes.lost(field, known.concept, known.meant, known.instead);
            desk.notes.weigh(switchback_ir::Importance::Cosmetic);
        }
        Weight::Lost => desk.notes.lost(field, known.concept, known.meant, known.instead),
        Weight::Grave => desk.notes.lost_badly(field, known.concept, known.meant, known.instead),
        Weight::Always => desk.notes.exact_whole(field, known.concept, format!("{}: {}", known.meant, known.instead)),
    }
    true
}
