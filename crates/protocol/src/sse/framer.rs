use super::aws::AwsParser;
use super::parser::SseParser;
use super::{Frame, FrameError};
use switchback_ir::Limits;

/// Cuts the bytes of a stream into frames.
///
/// The contract: feed the bytes in their order, in pieces of any size, by calling [`next`](Self::next) until it gives
/// nothing; then [`finish`](Self::finish). How the bytes were split never shows in the frames. After an error it stays
/// failed, and gives the same error again.
///
/// Memory: what has come of an unfinished event, at most twice
/// [`Limits::event_bytes`] and their growth; the buffers are kept for the next event, so that frames cost no
/// allocation once they have grown. An event that lies whole in one piece and has one `data` line is not copied.
#[derive(Debug)]
pub struct Framer {
    machine: Machine,
}

#[derive(Debug)]
enum Machine {
    Sse(SseParser),
    Aws(AwsParser),
}

impl Framer {
    /// Server-Sent Events, as the WHATWG HTML standard reads them (section 9.2.6, read 2026-11-21): lines end in CR, LF
    /// or CRLF; one byte order mark at the start, comments, and fields that it does not know are passed over; an event
    /// without a `data` line is none.
    pub fn sse(limits: &Limits) -> Self {
        Self { machine: Machine::Sse(SseParser::new(limits)) }
    }

    /// AWS event-stream frames (`application/vnd.amazon.eventstream`), as Bedrock answers.
    ///
    /// A frame's name is its `:event-type`, or its exception's type. The `bytes` of a `chunk` are decoded from base64:
    /// the payload is then what the model's own API sends, and the frame has no name.
    pub fn aws(limits: &Limits) -> Self {
        Self { machine: Machine::Aws(AwsParser::new(limits)) }
    }

    /// The framing that a `content-type` names: AWS frames for theirs, else Server-Sent Events.
    ///
    /// ```
    /// use switchback_ir::Limits;
    /// use switchback_protocol::sse::Framer;
    /// let framer = Framer::of_content_type("application/vnd.amazon.eventstream", &Limits::default());
    /// assert!(format!("{framer:?}").contains("Aws"));
    /// ```
    pub fn of_content_type(content_type: &str, limits: &Limits) -> Self {
        let essence = content_type.split(';').next().unwrap_or_default().trim();
        if essence.eq_ignore_ascii_case("application/vnd.amazon.eventstream") {
            Self::aws(limits)
        } else {
            Self::sse(limits)
        }
    }

    /// The next frame; takes the bytes that it looked at off `rest`. `None` when `rest` is used up and more is needed.
    ///
    /// # Errors
    /// On an event over the limit, and on AWS frames that are malformed.
    pub fn next<'s, 'b: 's>(&'s mut self, rest: &mut &'b [u8]) -> Result<Option<Frame<'s>>, FrameError> {
        match &mut self.machine {
            Machine::Sse(parser) => parser.next(rest),
            Machine::Aws(parser) => parser.next(rest),
        }
    }

    /// What the end of the stream cut: the event as far as it came, its last line read as though it were whole.
    ///
    /// `None` where the last event was whole. Some servers leave out the empty line after the last event: whether the
    /// frame is good for something is the reader's to say. Nothing may be fed after this.
    pub fn finish(&mut self) -> Option<Frame<'_>> {
        match &mut self.machine {
            Machine::Sse(parser) => parser.finish(),
            Machine::Aws(parser) => parser.finish(),
        }
    }

    /// Forgets what makes the next event cheap, and nothing that changes it.
    pub(crate) fn forget(&mut self) {
        match &mut self.machine {
            Machine::Sse(parser) => parser.forget(),
            Machine::Aws(_) => {}
        }
    }

    /// Bytes fed and looked at so far.
    pub fn offset(&self) -> u64 {
        match &self.machine {
            Machine::Sse(parser) => parser.offset(),
            Machine::Aws(parser) => parser.offset(),
        }
    }
}
