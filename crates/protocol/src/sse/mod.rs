//! Streams as bytes: Server-Sent Events and AWS event streams, cut into frames and printed.
//!
//! A frame is one event as the transport has it: a name and a payload, not yet looked into. [`Framer`] takes bytes as
//! they come, split anywhere, and yields frames; [`Printer`] writes them.
//!
//! ```
//! use switchback_ir::Limits;
//! use switchback_protocol::sse::Framer;
//! let mut framer = Framer::sse(&Limits::default());
//! let mut payloads = Vec::new();
//! for mut bytes in [&b"event: ping\nda"[..], b"ta: {\"type\":", b"\"ping\"}\n\n"] {
//!     while let Some(frame) = framer.next(&mut bytes)? {
//!         payloads.push((frame.name.to_owned(), frame.data.to_vec()));
//!     }
//! }
//! assert_eq!(payloads, [("ping".to_owned(), br#"{"type":"ping"}"#.to_vec())]);
//! assert!(framer.finish().is_none(), "nothing was cut");
//! # Ok::<(), switchback_protocol::sse::FrameError>(())
//! ```

mod aws;
mod frame;
mod framer;
mod parser;
mod printer;

pub use frame::{Frame, FrameError, FrameErrorKind};
pub use framer::Framer;
pub use printer::Printer;
