//! AWS event-stream frames.
//!
//! Layout (AWS SDK documentation "Event stream encoding", read 2026-11-21): total length and headers' length, four bytes
//! each, big-endian; CRC-32 of those eight; headers; payload; CRC-32 of everything before it.

use super::{Frame, FrameError, FrameErrorKind};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use switchback_ir::Limits;
use switchback_ir::json::{Cursor, Kind};

const PRELUDE: usize = 12;
/// The prelude and the checksum at the end.
const OVERHEAD: usize = PRELUDE + 4;

#[derive(Debug)]
pub(super) struct AwsParser {
    limit: u32,
    failed: Option<FrameError>,
    offset: u64,
    /// The beginning of a frame whose end has not come.
    buffer: Vec<u8>,
    /// It is that of a frame that the caller has, and so may go.
    is_given: bool,
    /// The payload of a chunk.
    decoded: Vec<u8>,
}

/// A frame that is whole.
enum Whole<'b> {
    /// It lies in the bytes that are fed now.
    Fed(&'b [u8]),
    /// It lies in the buffer.
    Kept,
}

impl AwsParser {
    pub(super) fn new(limits: &Limits) -> Self {
        Self {
            limit: limits.event_bytes,
            failed: None,
            offset: 0,
            buffer: Vec::new(),
            is_given: false,
            decoded: Vec::new(),
        }
    }

    pub(super) fn next<'s, 'b: 's>(&'s mut self, rest: &mut &'b [u8]) -> Result<Option<Frame<'s>>, FrameError> {
        if let Some(error) = self.failed {
            return Err(error);
        }
        if std::mem::take(&mut self.is_given) {
            self.buffer.clear();
        }
        let bytes: &'s [u8] = match self.fill(rest) {
            Ok(None) => return Ok(None),
            Ok(Some(Whole::Fed(bytes))) => bytes,
            Ok(Some(Whole::Kept)) => {
                self.is_given = true;
                &self.buffer
            }
            Err(error) => {
                self.failed = Some(error);
                return Err(error);
            }
        };
        let offset = self.offset.saturating_sub(bytes.len() as u64);
        let frame = read(bytes, &mut self.decoded).map_err(|kind| FrameError::new(kind, offset));
        self.failed = frame.as_ref().err().copied();
        frame.map(|frame| Some(Frame { offset, ..frame }))
    }

    pub(super) fn finish(&mut self) -> Option<Frame<'_>> {
        if self.failed.is_some() || self.is_given || self.buffer.is_empty() {
            return None;
        }
        let offset = self.offset.saturating_sub(self.buffer.len() as u64);
        Some(Frame { offset, ..Frame::new("", &self.buffer) })
    }

    pub(super) const fn offset(&self) -> u64 {
        self.offset
    }

    fn fill<'b>(&mut self, rest: &mut &'b [u8]) -> Result<Option<Whole<'b>>, FrameError> {
        if self.buffer.is_empty() && rest.len() >= PRELUDE {
            let length = self.frame_length(rest, self.offset)?;
            if rest.len() >= length {
                return Ok(Some(Whole::Fed(self.take(rest, length))));
            }
        }
        if self.buffer.len() < PRELUDE {
            self.keep(rest, PRELUDE);
        }
        if self.buffer.len() < PRELUDE {
            return Ok(None);
        }
        let start = self.offset.saturating_sub(self.buffer.len() as u64);
        let length = self.frame_length(&self.buffer, start)?;
        self.keep(rest, length);
        Ok((self.buffer.len() == length).then_some(Whole::Kept))
    }

    /// Takes what the buffer lacks of `length` bytes, as far as there is.
    fn keep(&mut self, rest: &mut &[u8], length: usize) {
        let lacking = length.saturating_sub(self.buffer.len()).min(rest.len());
        let piece = self.take(rest, lacking);
        self.buffer.extend_from_slice(piece);
    }

    fn take<'b>(&mut self, rest: &mut &'b [u8], count: usize) -> &'b [u8] {
        let (taken, left) = rest.split_at_checked(count).unwrap_or((rest, &[]));
        *rest = left;
        self.offset = self.offset.saturating_add(taken.len() as u64);
        taken
    }

    /// How long the frame is whose prelude this is; checked before anything is kept for it.
    fn frame_length(&self, prelude: &[u8], start: u64) -> Result<usize, FrameError> {
        let fail = |kind| FrameError::new(kind, start);
        let mut reader = Reader { bytes: prelude };
        let lengths = prelude.get(..8).unwrap_or_default();
        let (total, headers, expected) = (reader.u32(), reader.u32(), reader.u32());
        let (Some(total), Some(headers), Some(expected)) = (total, headers, expected) else {
            return Err(fail(FrameErrorKind::Lengths));
        };
        let computed = crc32fast::hash(lengths);
        if computed != expected {
            return Err(fail(FrameErrorKind::Checksum { expected, computed }));
        }
        if total > self.limit {
            return Err(fail(FrameErrorKind::TooLong(self.limit)));
        }
        let length = usize::try_from(total).unwrap_or(usize::MAX);
        let least = usize::try_from(headers).unwrap_or(usize::MAX).saturating_add(OVERHEAD);
        if length < least { Err(fail(FrameErrorKind::Lengths)) } else { Ok(length) }
    }
}

/// Reads a whole frame.
fn read<'f>(bytes: &'f [u8], decoded: &'f mut Vec<u8>) -> Result<Frame<'f>, FrameErrorKind> {
    let (body, mut checksum) = split(bytes, bytes.len().saturating_sub(4));
    let expected = checksum.u32().ok_or(FrameErrorKind::Lengths)?;
    let computed = crc32fast::hash(body);
    if computed != expected {
        return Err(FrameErrorKind::Checksum { expected, computed });
    }
    let (prelude, rest) = split(body, PRELUDE);
    let mut lengths = Reader { bytes: prelude };
    let headers = lengths.u32().and_then(|_| lengths.u32()).ok_or(FrameErrorKind::Lengths)?;
    let (headers, payload) = split(rest.bytes, usize::try_from(headers).unwrap_or(usize::MAX));
    let headers = Headers::read(headers).ok_or(FrameErrorKind::Headers)?;
    let payload = payload.bytes;
    match headers.message_type {
        "exception" => Ok(Frame { is_exception: true, ..Frame::new(headers.exception_type, payload) }),
        "error" => {
            let message = if payload.is_empty() { headers.error_message.as_bytes() } else { payload };
            Ok(Frame { is_exception: true, ..Frame::new(headers.error_code, message) })
        }
        _ if headers.event_type == "chunk" => chunk(payload, decoded),
        _ => Ok(Frame::new(headers.event_type, payload)),
    }
}

/// Takes the payload of a chunk out of its base64; a chunk of another shape stays as it is.
fn chunk<'f>(payload: &'f [u8], decoded: &'f mut Vec<u8>) -> Result<Frame<'f>, FrameErrorKind> {
    let plain = Frame::new("chunk", payload);
    let Ok(text) = std::str::from_utf8(payload) else { return Ok(plain) };
    let Ok(Some(mut value)) = Cursor::of(text).look_ahead("bytes") else { return Ok(plain) };
    if value.peek() != Ok(Kind::String) {
        return Ok(plain);
    }
    let Ok(encoded) = value.string() else { return Ok(plain) };
    decoded.clear();
    STANDARD.decode_vec(encoded.word().as_bytes(), decoded).map_err(|_| FrameErrorKind::Base64)?;
    Ok(Frame::new("", decoded))
}

/// The headers that say what a frame is.
#[derive(Default)]
struct Headers<'f> {
    message_type: &'f str,
    event_type: &'f str,
    exception_type: &'f str,
    error_code: &'f str,
    error_message: &'f str,
}

impl<'f> Headers<'f> {
    fn read(bytes: &'f [u8]) -> Option<Self> {
        let mut reader = Reader { bytes };
        let mut headers = Self::default();
        while !reader.bytes.is_empty() {
            let length = usize::from(reader.u8()?);
            let name = reader.take(length)?;
            let value = reader.header_value()?;
            let slot = match name {
                b":message-type" => &mut headers.message_type,
                b":event-type" => &mut headers.event_type,
                b":exception-type" => &mut headers.exception_type,
                b":error-code" => &mut headers.error_code,
                b":error-message" => &mut headers.error_message,
                _ => continue,
            };
            *slot = std::str::from_utf8(value).ok()?;
        }
        Some(headers)
    }
}

/// Both sides of a position, the second one to be read on.
fn split(bytes: &[u8], at: usize) -> (&[u8], Reader<'_>) {
    let (left, right) = bytes.split_at_checked(at).unwrap_or((bytes, &[]));
    (left, Reader { bytes: right })
}

/// Big-endian numbers and slices from the front of some bytes.
struct Reader<'f> {
    bytes: &'f [u8],
}

impl<'f> Reader<'f> {
    /// A header's value; empty for those that are no strings.
    fn header_value(&mut self) -> Option<&'f [u8]> {
        let length = match self.u8()? {
            0 | 1 => 0,
            2 => 1,
            3 => 2,
            4 => 4,
            5 | 8 => 8,
            9 => 16,
            kind @ (6 | 7) => {
                let length = usize::from(u16::from_be_bytes(*self.take(2)?.first_chunk()?));
                let value = self.take(length)?;
                return Some(if kind == 7 { value } else { &[] });
            }
            _ => return None,
        };
        self.take(length)?;
        Some(&[])
    }

    fn u8(&mut self) -> Option<u8> {
        self.take(1)?.first().copied()
    }

    fn u32(&mut self) -> Option<u32> {
        Some(u32::from_be_bytes(*self.take(4)?.first_chunk()?))
    }

    fn take(&mut self, count: usize) -> Option<&'f [u8]> {
        let (taken, rest) = self.bytes.split_at_checked(count)?;
        self.bytes = rest;
        Some(taken)
    }
}
