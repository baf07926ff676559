//! The protocol-neutral form of an LLM request, and the ledger of what does not survive a change of protocol.
//!
//! This crate is data: what a request says ([`Request`]), what it uses and what each protocol can express
//! ([`Feature`], [`Request::uses`]), and what became of everything that did not travel ([`Ledger`]). Reading and
//! writing the three wire protocols is `switchback-protocol`; changing what a request asks for is
//! `switchback-capability`.
//!
//! ```
//! use switchback_ir::{Expression, Feature, Protocol};
//! // Messages has no sampling seed; a converter must say so.
//! assert_eq!(Feature::Seed.expression(Protocol::Messages), Expression::Dropped);
//! ```
//!
//! Guarantees: no I/O, no clock, no randomness; no panic on any input; memory bounded by [`Limits`] and a small
//! multiple of the input. It does not validate what a vendor would reject, and it knows no models.

pub mod json;

mod citation;
mod content;
mod context;
mod error_body;
mod error_class;
mod event;
mod facts;
mod feature;
mod field;
mod ledger;
mod limits;
mod names;
mod options;
mod place;
mod protocol;
mod request;
mod response;
mod response_uses;
mod summary;
mod text;
mod tool;
mod usage;
mod uses;

pub use citation::WebCitation;
pub use content::{CallKind, Media, Native, Opaque, Part, PartKind, ToolCall, ToolInput, ToolResult};
pub use context::{Renamed, RequestContext};
pub use error_body::{ApiError, ErrorShape};
pub use error_class::{ErrorClass, Party, UnknownErrorClass};
pub use event::{Block, Event, Start, Step};
pub use facts::{Fidelity, TargetFacts, Temperature};
pub use feature::{Expression, Feature, FeatureSet, Importance};
pub use field::{Field, Key, Name, OwnedFields, Owner};
pub use json::Census;
pub use ledger::{Action, Entry, Ledger, Line};
pub use limits::Limits;
pub use names::NameRule;
pub use place::{At, Place};
pub use protocol::{Protocol, UnknownProtocol};
pub use request::{JsonSchema, Message, OutputFormat, Parts, Request, Role, Shape, Slot};
pub use response::{Response, StopReason, is_made_item_id, made_item_id, write_made_item_id};
pub use summary::Summary;
pub use text::{RawJson, Text};
pub use tool::{AllowedTool, CustomFormat, Tool, ToolChoice, ToolKind};
pub use usage::Usage;
pub use uses::Use;
