use std::fmt;

/// Whose fault an [`Error`] is and what kind of thing went wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The bytes are not JSON.
    Syntax,
    /// The JSON or the snapshot text is well formed and does not have the expected shape.
    Shape,
    /// Two rows have the same key: provider, upstream model id, region, tier and credential scope.
    DuplicateRow,
    /// Two different endpoints hash to the same id. Rename one of them, for instance by a credential scope.
    IdCollision,
    /// More rows, endpoints or bytes than the documented limits.
    TooLarge,
}

/// A catalog, a source or a data file that could not be read: what was found, what was expected, and where.
///
/// ```
/// use switchback_catalog::{Catalog, ErrorKind};
///
/// let error = Catalog::parse("no catalog").unwrap_err();
/// assert_eq!(error.kind(), ErrorKind::Shape);
/// assert_eq!(error.path(), "line 1");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}{}{detail}", .path, if .path.is_empty() { "" } else { ": " })]
pub struct Error {
    kind: ErrorKind,
    path: String,
    detail: String,
}

impl Error {
    pub(crate) fn new(kind: ErrorKind, path: impl Into<String>, detail: impl Into<String>) -> Self {
        Self { kind, path: path.into(), detail: detail.into() }
    }

    pub(crate) fn line(number: usize, detail: impl fmt::Display) -> Self {
        Self::new(ErrorKind::Shape, format!("line {number}"), detail.to_string())
    }

    /// What kind of thing went wrong.
    pub const fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// Where: a JSON Pointer for JSON, `line N` for a snapshot, a row's key for duplicates; empty for the whole input.
    pub fn path(&self) -> &str {
        &self.path
    }
}

/// Foreign text as error messages show it: in backticks and cut short.
pub(crate) fn quoted(text: &str) -> String {
    const SHOWN: usize = 60;
    let mut shown: String = text.chars().take(SHOWN).flat_map(char::escape_debug).collect();
    if text.chars().nth(SHOWN).is_some() {
        shown.push('…');
    }
    format!("`{shown}`")
}
