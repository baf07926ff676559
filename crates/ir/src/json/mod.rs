//! JSON without a tree: a checking cursor over bytes, escaping in one layer, pointers on demand, and a writer.
//!
//! Everything that reads or writes JSON text in Switchback's hot path goes through this module, so that its inside can
//! change without touching a decoder. RFC 8259, with two strictnesses: control characters must be escaped, and the
//! input must be UTF-8. Lone surrogate escapes (`"\ud800"`) are lexically valid JSON and are kept as they are.

mod census;
mod cursor;
mod escape;
mod fault;
mod pointer;
mod scan;
mod write;

pub use census::Census;
pub use cursor::{Cursor, Kind, Members, Position};
pub use escape::{escape_into, unescape, unescape_into, unescape_pieces};
pub use fault::{Fault, FaultKind};
pub use pointer::{pointer, pointers};
pub use write::Writer;
pub(crate) use write::digits;
