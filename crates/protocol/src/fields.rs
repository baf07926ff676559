use crate::table::Scope;
use crate::{chat_completions, messages, responses};
use switchback_ir::{Key, Protocol};

/// A leaf of a protocol's request or response body: where it stands and what it means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WireField {
    /// The wire object below its owner (the body, a message, a part or a tool); empty for the owner itself.
    pub object: &'static str,
    /// Its wire name.
    pub name: &'static str,
    /// What it means.
    pub key: Key,
}

/// The leaves that the decoder of `protocol` knows and its encoder writes, in table order.
///
/// A name can stand twice in one object where another protocol's key is written under it.
///
/// ```
/// use switchback_ir::{Key, Protocol};
/// let fields = switchback_protocol::fields(Protocol::Messages);
/// assert!(fields.iter().any(|field| field.name == "stop_sequences" && field.key == Key::Stop));
/// ```
pub fn fields(protocol: Protocol) -> Vec<WireField> {
    let scopes = match protocol {
        Protocol::Chat => &chat_completions::SCOPES[..],
        Protocol::Responses => &responses::SCOPES[..],
        Protocol::Messages => &messages::SCOPES[..],
    };
    leaves(scopes)
}

/// The leaves of a response of `protocol`, its choices included, in table order. Messages, items and parts have those of
/// requests ([`fields`]); so has what a Responses answer repeats of its request.
///
/// ```
/// use switchback_ir::{Key, Protocol};
/// let fields = switchback_protocol::response_fields(Protocol::Messages);
/// assert!(fields.iter().any(|field| field.name == "stop_reason" && field.key == Key::FinishReason));
/// ```
pub fn response_fields(protocol: Protocol) -> Vec<WireField> {
    match protocol {
        Protocol::Chat => leaves(&[&chat_completions::RESPONSE, &chat_completions::CHOICE]),
        Protocol::Responses => leaves(&[&responses::RESPONSE]),
        Protocol::Messages => leaves(&[&messages::RESPONSE]),
    }
}

fn leaves(scopes: &[&'static Scope]) -> Vec<WireField> {
    let rows = |scope: &&'static Scope| {
        let object = scope.object;
        scope.rows.iter().map(move |row| WireField { object, name: row.name, key: row.key })
    };
    scopes.iter().flat_map(rows).collect()
}
