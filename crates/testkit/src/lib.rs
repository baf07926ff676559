//! What the tests of several crates share: generated request bodies, and the corpus of recorded ones.
//!
//! Not published, and used from `tests/` only. The generators are tested themselves: they reach every feature that a
//! request of a protocol can use.
#![allow(
    clippy::panic,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    clippy::print_stdout,
    clippy::missing_panics_doc,
    reason = "a test tool: it reads files and the environment, and fails by panicking"
)]

mod answer;
mod automata;
mod chat;
mod corpus;
mod frames;
mod messages;
mod payload;
mod responses;
mod source;
mod unfold;

pub use answer::{response, responses};
pub use automata::{Ending, order};
pub use corpus::{Recording, recordings, requests, shared};
pub use frames::{NaiveFrame, aws_frame, naive_frames};
pub use payload::{ANSWERS, Answer, PAYLOADS, Payload, STREAMS, Streamed, Words};
pub use source::{Source, entropy};
pub use unfold::unfold;

use proptest::prelude::*;
use switchback_ir::Protocol;

/// A request body of `protocol` out of entropy: the same bytes give the same body, and fewer bytes a smaller one.
///
/// The body is well-formed: every member that the protocol requires is there and every known member has its type.
/// Beyond that anything goes, whether or not a vendor would take it: unknown members, roles and types, `null`s, empty
/// lists, orphan results, escapes, odd numbers, members in any order.
pub fn body(protocol: Protocol, entropy: &[u8]) -> Vec<u8> {
    let mut source = Source::new(entropy);
    let value = match protocol {
        Protocol::Chat => chat::body(&mut source),
        Protocol::Responses => responses::body(&mut source),
        Protocol::Messages => messages::body(&mut source),
    };
    serde_json::to_vec(&value).unwrap()
}

/// Generated request bodies of `protocol`; they shrink.
pub fn bodies(protocol: Protocol) -> impl Strategy<Value = Vec<u8>> {
    prop::collection::vec(any::<u8>(), 0..600).prop_map(move |entropy| body(protocol, &entropy))
}
