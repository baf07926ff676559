use crate::errors::{decode_error, decode_exception};
use crate::sse::Frame;
use std::fmt;
use switchback_ir::{ApiError, ErrorClass, Limits, Protocol};

/// Why a stream ended badly, and where.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct StreamError {
    kind: StreamErrorKind,
    event: u64,
    error: Box<ApiError<'static>>,
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
    /// The upstream reported an error: its payload, as it came.
    Upstream(String),
    /// The bytes ended before the answer did.
    Cut,
    /// More had to be kept than the bound allows.
    Bound(&'static str),
}

impl StreamError {
    pub(crate) fn new(kind: StreamErrorKind, event: u64) -> Self {
        let class = if kind == StreamErrorKind::Cut { ErrorClass::Connection } else { ErrorClass::Server };
        let error = Box::new(ApiError::new(class, kind.client_message()));
        Self { kind, event, error }
    }

    /// An error that an upstream of `protocol` reports in `payload`.
    pub(crate) fn upstream(protocol: Protocol, payload: &str, event: u64) -> Self {
        let error = decode_error(protocol, None, payload.as_bytes(), &Limits::default()).into_owned();
        Self { kind: StreamErrorKind::Upstream(payload.to_owned()), event, error: Box::new(error) }
    }

    /// An exception of an AWS event stream.
    pub(crate) fn exception(protocol: Protocol, frame: &Frame<'_>, event: u64) -> Self {
        let kind = StreamErrorKind::Upstream(String::from_utf8_lossy(frame.data).into_owned());
        Self { kind, event, error: Box::new(decode_exception(protocol, frame.name, frame.data)) }
    }

    /// What went wrong.
    pub const fn kind(&self) -> &StreamErrorKind {
        &self.kind
    }

    /// What kind of failure it is, for failover: a cut is [`ErrorClass::Connection`], a stream that cannot be read
    /// [`ErrorClass::Server`], and what the upstream reports is sorted by its own words.
    pub const fn class(&self) -> ErrorClass {
        self.error.class
    }

    /// The error as a body could say it: the upstream's own, or one made for what was found.
    pub const fn api_error(&self) -> &ApiError<'static> {
        &self.error
    }

    /// The event, counted from 0; for a cut, how many had come.
    pub const fn event(&self) -> u64 {
        self.event
    }

    /// Whether it is about the credential of whoever asks the upstream, which is none of the client's affairs.
    pub(crate) fn is_private(&self) -> bool {
        self.class() == ErrorClass::Credential
    }
}

impl StreamErrorKind {
    /// The error's text for a client.
    fn client_message(&self) -> &'static str {
        match self {
            Self::Cut => "the upstream's stream ended before the answer was complete",
            Self::Upstream(_) => "the upstream failed during the stream",
            Self::Frame(_) | Self::Malformed(_) | Self::Order(_) | Self::Bound(_) => {
                "the upstream's stream could not be read"
            }
        }
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
