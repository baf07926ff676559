use super::{Kind, pointer};
use std::fmt;

/// Why an input could not be read, with the byte offset; [`Fault::pointer`] tells the path.
///
/// One word wide, so that what reads without a fault returns in registers.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{} at byte {}", .0.kind, .0.offset)]
pub struct Fault(Box<Found>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Found {
    kind: FaultKind,
    offset: usize,
}

/// The kinds of [`Fault`].
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum FaultKind {
    /// The bytes are not JSON; what was expected.
    Syntax(&'static str),
    /// A value of another type than the protocol's.
    Type {
        /// What the protocol has here.
        expected: &'static str,
        /// What was found.
        found: Kind,
    },
    /// A member that the protocol requires is not there.
    Missing(&'static str),
    /// A member that the protocol knows stands twice in one object.
    Duplicate(String),
    /// A limit of [`crate::Limits`] was passed: its name and value.
    Limit(&'static str, u32),
}

impl Fault {
    /// A fault at a byte offset.
    #[cold]
    pub fn new(kind: FaultKind, offset: usize) -> Self {
        Self(Box::new(Found { kind, offset }))
    }

    /// What is wrong.
    pub fn kind(&self) -> &FaultKind {
        &self.0.kind
    }

    /// The byte offset in the input.
    pub fn offset(&self) -> usize {
        self.0.offset
    }

    /// The JSON Pointer of the value that the fault is in, by one scan of the source.
    pub fn pointer(&self, source: &[u8]) -> String {
        pointer(source, self.0.offset)
    }
}

impl fmt::Display for FaultKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Syntax(expected) => write!(f, "not JSON: expected {expected}"),
            Self::Type { expected, found } => write!(f, "expected {expected}, found {found}"),
            Self::Missing(name) => write!(f, "member `{name}` is missing"),
            Self::Duplicate(name) => {
                write!(f, "member `{}` stands twice", name.chars().take(60).collect::<String>())
            }
            Self::Limit(name, limit) => write!(f, "more than {limit} {name}, the configured limit"),
        }
    }
}
