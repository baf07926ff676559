//! Importers: the bytes of a public catalog to rows, with a note for everything that was not taken over.
//!
//! An importer is a pure function. It fails only when the whole document is not what it should be; a field that
//! cannot be read leaves its value unknown and a [`Note`] behind, so that nothing is dropped silently.

mod fields;
mod json;
mod litellm;
mod models_dev;
mod note;
mod openrouter;
mod operation;
mod vendor_docs;

pub use litellm::litellm;
pub use models_dev::models_dev;
pub use note::{Note, NoteKind};
pub use openrouter::openrouter;
pub use vendor_docs::vendor_docs;

use std::str::FromStr;

use switchback_capability::Support;

use crate::merge::unite;
use crate::rule::Rule;
use crate::{Modalities, Row, Source};
use json::Node;
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
    /// Facts about families of models, applied after the rows are merged.
    pub(crate) rules: Vec<Rule>,
}

/// Rows by key, each key once, with a note for every row that is not the first of its key and for every difference.
fn merge_duplicates(rows: Vec<Row>, notes: &mut Notes) -> Vec<Row> {
    let listed = rows.len();
    let (rows, conflicts) = unite(rows);
    for _ in rows.len()..listed {
        notes.add(NoteKind::Duplicate, "a row of the same key; it fills the gaps of the first", String::new);
    }
    for conflict in conflicts {
        let detail = format!("{} listed twice with different values; the first holds", conflict.field);
        notes.add(NoteKind::Contradiction, detail, || conflict.row);
    }
    rows
}

/// The modalities that a list names.
fn modality_set(list: &Node<'_>, notes: &mut Notes) -> Modalities {
    list.elements().filter_map(|element| word(&element, "a known modality", notes)).collect()
}

/// What a flag says; unknown when it is not there.
fn support(node: &Node<'_>, key: &str, notes: &mut Notes) -> Support {
    node.get(key).and_then(|flag| flag.flag(notes)).map_or(Support::Unknown, Support::from)
}

/// A word of a vocabulary.
fn word<T: FromStr>(node: &Node<'_>, expected: &str, notes: &mut Notes) -> Option<T> {
    let word = node.value().as_str().and_then(|text| text.parse().ok());
    if word.is_none() {
        node.unreadable(expected, notes);
    }
    word
}
