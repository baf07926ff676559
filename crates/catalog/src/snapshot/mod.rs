//! The text form of a catalog: one line per row, tab-separated, in a fixed order, so that a change of one fact is a
//! change of one line. The format is described in `docs/catalog.md`.

mod parse;
mod render;

pub(crate) use parse::parse;
pub(crate) use render::render;

use crate::{Row, Source};

/// The first line; the number is the version of the format.
const HEADER: &str = "switchback-catalog\t1";

/// What a snapshot's text holds.
pub(crate) struct Snapshot {
    pub(crate) rows: Vec<Row>,
    pub(crate) sources: Vec<Source>,
    pub(crate) aliases: Vec<(String, String)>,
}
