//! Generated whole responses.

mod chat;
mod messages;
mod responses;

use crate::Source;
use proptest::prelude::*;
use serde_json::Value;
use switchback_ir::Protocol;

/// A response body of `protocol` out of entropy, as [`crate::body`] makes requests: well-formed, and beyond that
/// whatever a host may send: unknown members and words, odd counts, `null`s, missing ids and messages, members in any
/// order.
pub fn response(protocol: Protocol, entropy: &[u8]) -> Vec<u8> {
    let mut source = Source::new(entropy);
    let value = match protocol {
        Protocol::Chat => chat::answer(&mut source),
        Protocol::Responses => responses::answer(&mut source),
        Protocol::Messages => messages::answer(&mut source),
    };
    serde_json::to_vec(&value).unwrap()
}

/// Generated response bodies of `protocol`; they shrink.
pub fn responses(protocol: Protocol) -> impl Strategy<Value = Vec<u8>> {
    prop::collection::vec(any::<u8>(), 0..400).prop_map(move |entropy| response(protocol, &entropy))
}

/// An id, which some hosts leave out.
fn id(s: &mut Source<'_>, id: &str) -> Option<Value> {
    (!s.one_in(12)).then(|| id.into())
}

/// A number of tokens, zero often.
fn tokens(s: &mut Source<'_>) -> Value {
    s.of(&[0, 3, 17, 100, 4096].map(Value::from))
}

/// A list of log probabilities.
fn logprobs(s: &mut Source<'_>) -> Value {
    Value::from(s.list(2, |s| {
        let top = s.list(1, |_| serde_json::json!({"token": "b", "logprob": -2.50, "bytes": [98]}));
        serde_json::json!({"token": "a", "logprob": -0.5, "bytes": null, "top_logprobs": top})
    }))
}
