use std::fmt;

use serde::{Deserialize, Serialize};

use crate::quote::Quoted;

/// How well something that a request says is carried over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(clippy::exhaustive_enums, reason = "the whole, a part, nothing")]
pub enum Carried {
    /// It means the same here.
    Exact,
    /// The nearest that there is; the reason says what differs.
    Approximate,
    /// Nothing here means that; the reason says why, or what to use instead.
    Nothing,
}

impl Carried {
    /// `exact`, `approximate` or `nothing`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Exact => "exact",
            Self::Approximate => "approximate",
            Self::Nothing => "nothing",
        }
    }
}

/// One thing that a request says about its routing, and what became of it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Entry {
    /// Where: a JSON Pointer of the body, or `header ` and a header's name.
    pub path: String,
    /// How well it is carried over.
    pub carried: Carried,
    /// What it became, in the words of a policy; empty for nothing.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub becomes: String,
    /// What differs, and what would help; empty where nothing does.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub why: String,
}

impl fmt::Display for Entry {
    /// `/provider/sort: exact, becomes sort = cost`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", Quoted(&self.path), self.carried.name())?;
        if !self.becomes.is_empty() {
            write!(f, ", becomes {}", Quoted(&self.becomes))?;
        }
        if self.why.is_empty() { Ok(()) } else { write!(f, "; {}", self.why) }
    }
}

/// What a request says about its routing cannot be read: where, and what was expected there.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}: expected {expected}, found {found}", Quoted(.path))]
pub struct UnreadableRouting {
    path: String,
    expected: String,
    found: String,
}

impl UnreadableRouting {
    pub(crate) fn new(path: impl Into<String>, expected: impl Into<String>, found: impl fmt::Display) -> Self {
        Self { path: path.into(), expected: expected.into(), found: found.to_string() }
    }

    /// Where: a JSON Pointer of the body, or `header ` and a header's name.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// What was expected there.
    pub fn expected(&self) -> &str {
        &self.expected
    }
}
