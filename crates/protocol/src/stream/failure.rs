use crate::errors::decode_error;
use std::fmt;
use switchback_ir::{ApiError, ErrorClass, Limits, Protocol};

/// Why a stream ended badly, and where.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct StreamError {
    kind: StreamErrorKind,
    event: u64,
}

/// What went wrong with a stream.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum StreamErrorKind {
    /// The bytes are no event stream, or an event is over the limit.
    Frame(String),
    /// A payload is not JSON, or not of its protocol.
    Malformed(String),
    /// An event that may not come at its place.
    Order(&'static str),
    /// The upstream reported an error: the error object, as it came; of an AWS exception its type and message.
    Upstream(String),
    /// The bytes ended before the answer did.
    Cut,
    /// More had to be kept than the bound allows.
    Bound(&'static str),
}

impl StreamError {
    pub(crate) const fn new(kind: StreamErrorKind, event: u64) -> Self {
        Self { kind, event }
    }

    /// What went wrong.
    pub const fn kind(&self) -> &StreamErrorKind {
        &self.kind
    }

    /// The event, counted from 0; for a cut, how many had come.
    pub const fn event(&self) -> u64 {
        self.event
    }

    /// The error as a value, for failover and for the client: what an upstream reported as it worded it, anything else
    /// in words of our own. A stream that was cut is [`ErrorClass::Connection`], one that cannot be read
    /// [`ErrorClass::Server`].
    pub fn api_error(&self, upstream: Protocol) -> ApiError<'static> {
        let (class, message) = match &self.kind {
            StreamErrorKind::Upstream(error) => {
                let body = match upstream {
                    Protocol::Chat | Protocol::Responses => format!(r#"{{"error":{error}}}"#),
                    Protocol::Messages => format!(r#"{{"type":"error","error":{error}}}"#),
                };
                return decode_error(upstream, None, body.as_bytes(), &Limits::default()).into_owned();
            }
            StreamErrorKind::Cut => {
                (ErrorClass::Connection, "the upstream's stream ended before the answer was complete")
            }
            StreamErrorKind::Frame(_)
            | StreamErrorKind::Malformed(_)
            | StreamErrorKind::Order(_)
            | StreamErrorKind::Bound(_) => (ErrorClass::Server, "the upstream's stream could not be read"),
        };
        ApiError::new(class, message)
    }
}

impl fmt::Display for StreamError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.kind {
            StreamErrorKind::Frame(why) | StreamErrorKind::Malformed(why) => f.write_str(why)?,
            StreamErrorKind::Order(why) | StreamErrorKind::Bound(why) => f.write_str(why)?,
            StreamErrorKind::Upstream(_) => f.write_str("the upstream reported an error")?,
            StreamErrorKind::Cut => f.write_str("the stream ended before the answer was complete")?,
        }
        write!(f, ", at event {}", self.event)
    }
}
