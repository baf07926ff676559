use std::fmt;
use switchback_ir::json::{Fault, FaultKind};

/// Why a body could not be read, with the JSON Pointer and the byte offset.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{}: {}, at byte {}", Path(path), fault.kind(), fault.offset())]
pub struct Error {
    path: String,
    #[source]
    fault: Fault,
}

impl Error {
    pub(crate) fn new(fault: Fault, source: &[u8]) -> Self {
        Self { path: fault.pointer(source), fault }
    }

    /// What is wrong.
    pub fn kind(&self) -> &FaultKind {
        self.fault.kind()
    }

    /// JSON Pointer of the value that is wrong, or of the innermost value around it.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Byte offset in the body.
    pub fn offset(&self) -> usize {
        self.fault.offset()
    }
}

/// A pointer as people read it: the root has a name.
struct Path<'p>(&'p str);

impl fmt::Display for Path<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() { f.write_str("(root)") } else { f.write_str(self.0) }
    }
}
