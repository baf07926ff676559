use crate::{chat_completions, messages, responses};
use switchback_ir::{Key, Protocol};

/// A leaf of a protocol's request body: where it stands and what it means.
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
    let leaves = |scope: &&'static crate::table::Scope| {
        let object = scope.object;
        scope.rows.iter().map(move |row| WireField { object, name: row.name, key: row.key })
    };
    scopes.iter().flat_map(leaves).collect()
}
