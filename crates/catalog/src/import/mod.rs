//! Importers: the bytes of a public catalog to rows, with a note for everything that was not taken over.
//!
//! An importer is a pure function. It fails only when the whole document is not what it should be; a field that
//! cannot be read leaves its value unknown and a [`Note`] behind, so that nothing is dropped silently.

mod json;
mod models_dev;
mod note;
mod operation;

pub use models_dev::models_dev;
pub use note::{Note, NoteKind};

use crate::{Row, Source};
use note::Notes;

/// What an importer read from one source.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Import {
    /// The source that the rows' provenance calls 0.
    pub source: Source,
    /// The rows, ordered by key, each key once.
    pub rows: Vec<Row>,
    /// Other names of models that the source gives: alias and upstream id.
    pub aliases: Vec<(String, String)>,
    /// How many rows the source lists; more than `rows` when it lists one endpoint twice.
    pub listed: usize,
    /// What was not taken over as it stood.
    pub notes: Vec<Note>,
}

/// Rows by key, each key once: a later row of the same key fills the gaps of the first.
fn merge_duplicates(rows: Vec<Row>, notes: &mut Notes) -> Vec<Row> {
    let mut sorted = rows;
    // Stable: among equal keys the source's order decides.
    sorted.sort_by(|a, b| a.key().cmp(&b.key()));
    let mut merged: Vec<Row> = Vec::with_capacity(sorted.len());
    for row in sorted {
        match merged.last_mut().filter(|last| last.key() == row.key()) {
            Some(first) => {
                let key = first.key().to_string();
                notes.add(NoteKind::Duplicate, format!("{key} is listed again"), || key);
            }
            None => merged.push(row),
        }
    }
    merged
}
