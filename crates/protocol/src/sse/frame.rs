/// One event of a stream as its transport has it.
///
/// Borrows from the bytes that were fed where the whole event lies in them, else from the framer's buffer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Frame<'a> {
    /// The event's name; empty where it has none (`message`, as browsers call it). A name that is not UTF-8 is `�`.
    pub name: &'a str,
    /// The payload: the `data` lines joined by `\n`. Usually UTF-8, which nobody has checked yet.
    pub data: &'a [u8],
    /// The `id` that this event sets, if it is UTF-8 without NUL.
    pub id: Option<&'a str>,
    /// How long a client is to wait before it connects again, in milliseconds.
    pub retry: Option<u64>,
    /// An exception of an AWS event stream: `name` is its type, and nothing follows.
    pub is_exception: bool,
    /// Where in the stream the event begins, in bytes from its start.
    pub offset: u64,
}

impl<'a> Frame<'a> {
    /// An event that has only a name and a payload.
    pub const fn new(name: &'a str, data: &'a [u8]) -> Self {
        Self { name, data, id: None, retry: None, is_exception: false, offset: 0 }
    }
}

/// Why a stream could not be cut into frames. The framer that gave it stays failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{kind}, at byte {offset} of the stream")]
pub struct FrameError {
    kind: FrameErrorKind,
    offset: u64,
}

/// What is wrong with a stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FrameErrorKind {
    /// An event is longer than [`Limits::event_bytes`](switchback_ir::Limits::event_bytes).
    #[error("an event of more than {0} bytes, the configured limit")]
    TooLong(u32),
    /// The lengths in the prelude of an AWS frame contradict each other.
    #[error("a frame whose lengths do not fit together")]
    Lengths,
    /// A checksum of an AWS frame is wrong.
    #[error("a frame whose checksum is {computed:08x}, not the {expected:08x} that it says")]
    Checksum {
        /// What the frame says.
        expected: u32,
        /// What its bytes give.
        computed: u32,
    },
    /// The headers of an AWS frame cannot be read.
    #[error("a frame with malformed headers")]
    Headers,
    /// The `bytes` of a chunk are not base64.
    #[error("a chunk whose `bytes` are not base64")]
    Base64,
}

impl FrameError {
    pub(super) const fn new(kind: FrameErrorKind, offset: u64) -> Self {
        Self { kind, offset }
    }

    /// What is wrong.
    pub const fn kind(&self) -> FrameErrorKind {
        self.kind
    }

    /// Where, in bytes from the start of the stream.
    pub const fn offset(&self) -> u64 {
        self.offset
    }
}
