//! Streams between protocols: bytes in, the client's events out, nothing in between but a state.
//!
//! A [`Transcoder`] is a decoder of the upstream's protocol, any number of [`Stage`]s over the neutral steps, and an
//! encoder of the client's protocol. It reads no clock and draws no ids; what it needs of the request is in the
//! [`Reply`].
//!
//! ```
//! use switchback_ir::{Limits, Protocol, RequestContext};
//! use switchback_protocol::stream::Transcoder;
//! use switchback_protocol::{Reply, sse::Framer};
//!
//! let context = RequestContext::new(Protocol::Chat);
//! let reply = Reply::new(&context).created_at(7);
//! let mut transcoder = Transcoder::new(Protocol::Messages, Framer::sse(&Limits::default()), reply);
//! let mut out = Vec::new();
//! for event in [
//!     r#"{"type":"message_start","message":{"id":"msg_1","model":"claude","content":[],"usage":{"input_tokens":3}}}"#,
//!     r#"{"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}"#,
//!     r#"{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"hi"}}"#,
//!     r#"{"type":"content_block_stop","index":0}"#,
//!     r#"{"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":1}}"#,
//!     r#"{"type":"message_stop"}"#,
//! ] {
//!     transcoder.feed(format!("data: {event}\n\n").as_bytes(), &mut out)?;
//! }
//! let losses = transcoder.finish(&mut out)?;
//! let text = String::from_utf8(out)?;
//! assert!(text.contains(r#""delta":{"content":"hi"}"#));
//! assert!(text.ends_with("data: [DONE]\n\n"));
//! assert!(losses.is_empty());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod failure;
mod fold;
mod machine;
mod memory;
mod opening;
mod pattern;
mod spoken;
mod transcoder;
mod unwrapping;
mod writing;

pub use failure::{StreamError, StreamErrorKind};
pub use fold::{Folded, fold};
pub use machine::{Decoder, Stage};
pub use transcoder::{StreamLoss, Transcoder};

pub(crate) use memory::Texts;
pub(crate) use opening::Opening;
pub(crate) use pattern::{Gap, Pattern};
pub(crate) use unwrapping::Unwrapping;

use crate::{Reply, decode_response, encode_response};
use switchback_ir::json::Writer;
use switchback_ir::{Block, Limits, Place, Protocol, RawJson, Step, Text};

/// Takes the steps that an event is told in.
pub(crate) type Emit<'e> = dyn FnMut(Step<'_>) + 'e;

/// Most bytes that an encoder keeps of one stream: blocks that wait for others, arguments that are unwrapped when
/// they are whole, and for Responses the answer itself. Past it the stream ends with an error.
pub const BOUND: usize = 32 << 20;

/// What is said of a stream past the bound.
pub(crate) const TOO_MUCH: &str = "more than 32 MiB that have to be kept until the end of a block or of the answer";

/// What a block is, without what only its beginning says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Known {
    Text,
    Refusal,
    Reasoning,
    Call,
    Custom,
}

impl Known {
    /// Whether it is only text, of which nothing is left when there is none.
    pub(crate) fn is_said(self) -> bool {
        matches!(self, Self::Text | Self::Reasoning)
    }

    /// The block that begins; calls begin with a name.
    pub(crate) fn block(self) -> Block<'static> {
        match self {
            Self::Text => Block::Text,
            Self::Refusal => Block::Refusal,
            Self::Reasoning => Block::Reasoning,
            Self::Call => Block::Call { id: None, name: Text::from(""), custom: false },
            Self::Custom => Block::Call { id: None, name: Text::from(""), custom: true },
        }
    }
}

/// Whole seconds of a time that may be written with a fraction.
pub(crate) fn seconds(value: &RawJson<'_>) -> Option<u64> {
    let seconds = value.as_f64()?.trunc();
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "checked to be in range")]
    (0.0..9e15).contains(&seconds).then_some(seconds as u64)
}

/// Writes the response that an event repeats, as the client is to see it. One that is no response goes as it came.
pub(crate) fn encode_snapshot(json: &mut Writer<'_>, protocol: Protocol, snapshot: &RawJson<'_>, reply: &Reply<'_>) {
    let Ok(response) = decode_response(protocol, snapshot.as_str().as_bytes(), &Limits::default()) else {
        return json.raw(snapshot);
    };
    let mut body = Vec::with_capacity(snapshot.as_str().len());
    match encode_response(&response, reply, &mut body) {
        Ok(_) => json.checked(&String::from_utf8_lossy(&body)),
        Err(_) => json.raw(snapshot),
    }
}

/// Tells which features a piece of an answer uses that not every protocol has: the piece is written as a body of
/// `protocol` and read as whole responses are, so that a stream loses what its whole response loses.
pub(crate) fn tell_uses(protocol: Protocol, place: Place, emit: &mut Emit<'_>, write: impl FnOnce(&mut Writer<'_>)) {
    let mut body = Vec::new();
    write(&mut Writer::new(&mut body));
    if let Ok(response) = decode_response(protocol, &body, &Limits::default()) {
        response.uses(&mut |used| emit(Step::Lost { feature: used.feature, place }));
    }
}
