use crate::Position;

/// Why a configuration or a request could not be read. What can be read always imports.
///
/// The message says where and what was expected; it never repeats a value, which may be a secret.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}line {}, column {}: {detail}", file.as_ref().map(|file| format!("{file}: ")).unwrap_or_default(), at.line, at.column)]
pub struct Error {
    kind: ErrorKind,
    at: Position,
    file: Option<String>,
    detail: String,
}

/// Whose fault it is that something cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The text is not of the format.
    Syntax,
    /// A limit is passed: bytes, levels of nesting, values.
    Limit,
    /// Two files give one key different values.
    Conflict,
    /// The text is of the format and not a configuration of the system at all: its root is no table.
    Shape,
}

impl Error {
    pub(crate) fn new(kind: ErrorKind, at: Position, detail: impl Into<String>) -> Self {
        Self { kind, at, file: None, detail: detail.into() }
    }

    pub(crate) fn in_file(self, name: &str) -> Self {
        Self { file: self.file.or_else(|| Some(name.to_owned())), ..self }
    }

    /// Whose fault it is.
    pub const fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// Where it is.
    pub const fn position(&self) -> Position {
        self.at
    }

    /// The file that it is in, where a file was named.
    pub fn file(&self) -> Option<&str> {
        self.file.as_deref()
    }
}
