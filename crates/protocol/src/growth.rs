//! How tables grow: by what the document foretells, so that they grow a few times however long it is.

use switchback_ir::Place;
use switchback_ir::json::Cursor;

/// Makes room in a full table for as many entries as the rest of the document will have, if it goes on as it did for the
/// latter half of those that are there; `place` is where an entry begins.
#[inline]
pub(crate) fn make_room<T>(table: &mut Vec<T>, place: impl Fn(&T) -> Place + Copy, cursor: &Cursor<'_>) {
    // A loop, so that the compiler knows of the room, and makes an entry where it belongs instead of moving it there.
    while table.len() == table.capacity() {
        grow(table, place, cursor);
    }
}

#[cold]
#[inline(never)]
fn grow<T>(table: &mut Vec<T>, place: impl Fn(&T) -> Place, cursor: &Cursor<'_>) {
    let half = table.get(table.len() / 2).and_then(|entry| place(entry).offset()).unwrap_or(0);
    let room = match table.len() {
        0 => first::<T>(cursor),
        held => more(held, half, cursor.progress()),
    };
    table.reserve_exact(room);
}

/// An empty table with room for the entries of a short document.
#[inline]
pub(crate) fn table<T>(cursor: &Cursor<'_>) -> Vec<T> {
    Vec::with_capacity(first::<T>(cursor))
}

/// How many entries there is room for at first: as many as a short document has, in no more than a kilobyte.
fn first<T>(cursor: &Cursor<'_>) -> usize {
    let (read, whole) = cursor.progress();
    ((whole - read) / 64).min(1_024 / size_of::<T>()).max(4)
}

/// How many entries more than `held`, half of which came since `half`. A few say little, so that steps are bounded.
fn more(held: usize, half: usize, (read, whole): (usize, usize)) -> usize {
    let latter = held - held / 2;
    let foreseen = latter.saturating_mul(whole - read) / read.saturating_sub(half).max(1);
    let most = held.saturating_mul(if held < 16 { 8 } else { 32 });
    // A sixteenth more, since no document goes on quite as it began.
    (foreseen + foreseen / 16).clamp(held / 4, most) + 4
}
