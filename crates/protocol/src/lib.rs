//! The three wire protocols of LLM APIs, read into and written from one IR.
//!
//! ```
//! use switchback_ir::{Limits, Protocol, TargetFacts};
//! let body = br#"{"model":"gpt-5","messages":[{"role":"user","content":"hello"}],"max_tokens":64}"#;
//! let request = switchback_protocol::decode(Protocol::Chat, body, &Limits::default())?;
//! let mut out = Vec::new();
//! let ledger = switchback_protocol::encode(&request, Protocol::Messages, &TargetFacts::default(), &mut out).unwrap();
//! assert_eq!(out, br#"{"model":"gpt-5","messages":[{"role":"user","content":"hello"}],"max_tokens":64}"#);
//! assert!(ledger.is_empty());
//! # Ok::<(), switchback_protocol::Error>(())
//! ```
//!
//! N decoders and N encoders, never a converter per pair. Guarantees: what is not carried is in the [`Ledger`]; within
//! one protocol nothing is lost at all; long strings, schemas, results and base64 move as slices; no panic on any
//! input; memory bounded by [`Limits`]. It opens no socket, and it never guesses a protocol unless asked
//! ([`detect`]).
//!
//! [`Ledger`]: switchback_ir::Ledger
//! [`Limits`]: switchback_ir::Limits

mod betas;
mod chat_completions;
mod context;
mod convert;
mod detect;
pub mod envelope;
mod error;
pub mod errors;
mod fields;
mod growth;
pub mod law;
mod media;
mod messages;
mod names;
mod reader;
mod reply;
mod responses;
mod room;
pub mod sse;
pub mod stream;
mod surroundings;
mod table;
mod tagged;
mod usage;
mod writer;

pub use betas::{Beta, betas};
pub use context::context;
pub use convert::{decode, decode_response, encode, encode_response, losses, response_losses};
pub use detect::{Detected, detect, detect_response, detect_stream};
pub use error::Error;
pub use fields::{WireField, fields, response_fields};
pub use reply::{Reply, ShownModel};
pub use surroundings::{Surroundings, surroundings, with_headers};
