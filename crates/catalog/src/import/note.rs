use std::collections::BTreeMap;

use serde::Serialize;

use crate::words::words;

words! {
    /// Why something of a source is not in the rows as it stood.
    #[non_exhaustive]
    pub enum NoteKind as "kind of note" {
        /// A documented field that the catalog has no place for.
        NotKept = "not_kept",
        /// A field that the importer does not know: the source has grown.
        UnknownField = "unknown_field",
        /// A value of another type or form than documented; the fact stays unknown.
        Unreadable = "unreadable",
        /// A price finer than a pico-dollar per unit, rounded half to even.
        Rounded = "rounded",
        /// A value that stands for "not stated", such as a context window of 0; the fact stays unknown.
        Placeholder = "placeholder",
        /// A row that the source lists again with the same key; the first fills its gaps from the later ones.
        Duplicate = "duplicate",
        /// Two statements of the source that contradict each other; the detail says which one holds.
        Contradiction = "contradiction",
        /// A fact that the source does not state and that a documented rule supplied.
        Inferred = "inferred",
        /// An entry that is no model.
        Skipped = "skipped",
    }
}

/// One kind of thing that was not taken over as it stood, with the first place and the number of places.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Note {
    /// JSON Pointer of the first place.
    pub path: String,
    /// Why.
    pub kind: NoteKind,
    /// What, for people; the same for every place.
    pub detail: String,
    /// In how many places.
    pub count: usize,
}

/// Notes being collected, one for each kind and detail.
#[derive(Debug, Default)]
pub(super) struct Notes(BTreeMap<(NoteKind, String), (String, usize)>);

impl Notes {
    /// Adds one place to the note.
    pub(super) fn add(&mut self, kind: NoteKind, detail: impl Into<String>, path: impl FnOnce() -> String) {
        let entry = self.0.entry((kind, detail.into())).or_insert_with(|| (path(), 0));
        entry.1 = entry.1.saturating_add(1);
    }

    /// The notes, ordered by kind and detail.
    pub(super) fn finish(self) -> Vec<Note> {
        let note = |((kind, detail), (path, count))| Note { path, kind, detail, count };
        self.0.into_iter().map(note).collect()
    }
}
