//! Server-Sent Events on bytes.

use super::{Frame, FrameError, FrameErrorKind};
use memchr::{memchr, memchr2};
use switchback_ir::Limits;

#[derive(Debug)]
pub(super) struct SseParser {
    limit: u32,
    state: State,
    /// Bytes taken so far.
    offset: u64,
    /// The beginning of a line whose end has not come.
    line: Vec<u8>,
    /// What has come of the event that is under way.
    block: Block,
    /// The values of that event which do not lie in the bytes that are fed now.
    kept: Kept,
    head: Head,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// The first line, which may begin with a byte order mark.
    FirstLine,
    /// Within a line.
    Line,
    /// After a CR at the end of the bytes: an LF belongs to it.
    AfterCr,
    Failed(FrameError),
}

#[derive(Clone, Copy, Debug, Default)]
struct Block {
    /// Where its first line begins; none while there is no line but comments.
    start: Option<u64>,
    /// Bytes of its lines, without their ends.
    size: u64,
    has_data: bool,
    has_id: bool,
    retry: Option<u64>,
}

#[derive(Debug, Default)]
struct Kept {
    /// They are those of an event that the caller has, and so may go.
    is_given: bool,
    name: Vec<u8>,
    data: Vec<u8>,
    id: Vec<u8>,
}

/// Values of the event under way that lie in the bytes that are fed now.
#[derive(Debug, Default)]
struct Fresh<'b> {
    name: Option<&'b [u8]>,
    data: Option<&'b [u8]>,
    id: Option<&'b [u8]>,
}

/// How the last event began: most events of a stream begin alike, and then only the end of their payload is looked for.
#[derive(Debug, Default)]
struct Head {
    /// The bytes of its lines up to its payload, which is its last line; none where it is not of that form.
    bytes: Vec<u8>,
    name: String,
}

/// Most bytes of a beginning that is remembered.
const LONGEST: usize = 1 << 10;

/// What ends a line and the event after it.
const ENDS: [&[u8]; 2] = [b"\n\n", b"\r\n\r\n"];

const BOM: &[u8] = b"\xEF\xBB\xBF";

impl SseParser {
    pub(super) fn new(limits: &Limits) -> Self {
        Self {
            limit: limits.event_bytes,
            state: State::FirstLine,
            offset: 0,
            line: Vec::new(),
            block: Block::default(),
            kept: Kept::default(),
            head: Head::default(),
        }
    }

    pub(super) fn next<'s, 'b: 's>(&'s mut self, rest: &mut &'b [u8]) -> Result<Option<Frame<'s>>, FrameError> {
        if let State::Failed(error) = self.state {
            return Err(error);
        }
        self.kept.forget_given();
        let (offset, bytes) = (self.offset, *rest);
        // Nothing of an event has come: comments have no part in it.
        let begins = self.state == State::Line && self.line.is_empty() && self.block.start.is_none();
        if begins && let Some((payload, length)) = self.payload(bytes) {
            self.take(rest, length);
            return Ok(Some(Frame { offset, ..Frame::new(&self.head.name, payload) }));
        }
        let mut fresh = Fresh::default();
        match self.event(rest, &mut fresh) {
            Ok(true) => {
                if begins && self.block.start == Some(offset) {
                    self.learn(bytes.get(..bytes.len() - rest.len()).unwrap_or_default(), &fresh);
                }
                Ok(Some(self.give(&fresh)))
            }
            Ok(false) => {
                self.kept.keep(&mut fresh);
                Ok(None)
            }
            Err(error) => {
                self.state = State::Failed(error);
                Err(error)
            }
        }
    }

    pub(super) fn finish(&mut self) -> Option<Frame<'_>> {
        if matches!(self.state, State::Failed(_)) {
            return None;
        }
        self.kept.forget_given();
        let line = std::mem::take(&mut self.line);
        let mut fresh = Fresh::default();
        if !line.is_empty() {
            self.field(&line, &mut fresh);
        }
        self.kept.keep(&mut fresh);
        self.block.start.is_some().then(|| self.give(&Fresh::default()))
    }

    /// Forgets how the last event began.
    pub(super) fn forget(&mut self) {
        self.head.bytes.clear();
    }

    pub(super) const fn offset(&self) -> u64 {
        self.offset
    }

    /// The payload of the event that `bytes` begin with, and the event's length, if it begins as the last one did and lies
    /// whole in them.
    fn payload<'b>(&self, bytes: &'b [u8]) -> Option<(&'b [u8], usize)> {
        if self.head.bytes.is_empty() {
            return None;
        }
        let rest = bytes.strip_prefix(&*self.head.bytes)?;
        let (payload, end) = rest.split_at_checked(memchr2(b'\r', b'\n', rest)?)?;
        let length = self.head.bytes.len() + payload.len();
        let end = ENDS.iter().find(|ends| end.starts_with(ends))?;
        // A blank behind the colon is no part of the payload.
        let whole = self.head.bytes.ends_with(b" ") || !payload.starts_with(b" ");
        (whole && length as u64 <= u64::from(self.limit)).then_some((payload, length + end.len()))
    }

    /// Learns how an event of these bytes begins, if its payload is its last line and it sets nothing but a name.
    fn learn(&mut self, event: &[u8], fresh: &Fresh<'_>) {
        self.head.bytes.clear();
        let sets_more = self.block.has_id || self.block.retry.is_some() || !self.kept.is_empty();
        let name = std::str::from_utf8(fresh.name.unwrap_or_default());
        let (Some(payload), Ok(name), false) = (fresh.data, name, sets_more) else { return };
        let line = ENDS.iter().rev().find_map(|end| event.strip_suffix(*end));
        let Some((head, last)) = line.and_then(|line| line.split_at_checked(line.len().checked_sub(payload.len())?))
        else {
            return;
        };
        // The payload itself, and not other bytes that say the same, behind a colon, without which the line would go on.
        let behind = head.ends_with(b"data:") || head.ends_with(b"data: ");
        if behind && std::ptr::eq(last, payload) && head.len() <= LONGEST {
            self.head.bytes.extend_from_slice(head);
            self.head.name.clear();
            self.head.name.push_str(name);
        }
    }

    /// Takes lines until one ends an event; `false` where the bytes end first.
    fn event<'b>(&mut self, rest: &mut &'b [u8], fresh: &mut Fresh<'b>) -> Result<bool, FrameError> {
        loop {
            if self.state == State::AfterCr && !rest.is_empty() {
                self.state = State::Line;
                if rest.first() == Some(&b'\n') {
                    self.take(rest, 1);
                }
            }
            let Some(end) = memchr2(b'\r', b'\n', rest) else {
                self.check(rest.len())?;
                let beginning = self.take(rest, rest.len());
                self.line.extend_from_slice(beginning);
                return Ok(false);
            };
            self.check(end)?;
            let line = self.take(rest, end);
            let ends_event = self.end_line(line, fresh);
            self.take_line_end(rest);
            if ends_event {
                return Ok(true);
            }
        }
    }

    /// Takes a whole line's last (often only) piece; whether it ends an event.
    fn end_line<'b>(&mut self, piece: &'b [u8], fresh: &mut Fresh<'b>) -> bool {
        if self.line.is_empty() {
            return self.field(piece, fresh);
        }
        // A line that came in pieces: its values are copied, since its buffer is needed for the next one.
        self.line.extend_from_slice(piece);
        let line = std::mem::take(&mut self.line);
        let mut short = Fresh::default();
        self.kept.keep(fresh);
        let ends_event = self.field(&line, &mut short);
        self.kept.keep(&mut short);
        self.line = line;
        self.line.clear();
        ends_event
    }

    /// Reads one line; whether it ends an event.
    fn field<'b>(&mut self, line: &'b [u8], fresh: &mut Fresh<'b>) -> bool {
        let start = self.offset.saturating_sub(line.len() as u64);
        let line = if self.state == State::FirstLine { line.strip_prefix(BOM).unwrap_or(line) } else { line };
        self.state = State::Line;
        if line.is_empty() {
            let ends_event = self.block.has_data;
            if !ends_event {
                self.block = Block::default();
                self.kept.clear();
                *fresh = Fresh::default();
            }
            return ends_event;
        }
        let colon = memchr(b':', line).unwrap_or(line.len());
        if colon == 0 {
            return false;
        }
        self.block.start.get_or_insert(start);
        self.block.size = self.block.size.saturating_add(line.len() as u64);
        let (field, value) = line.split_at_checked(colon).unwrap_or((line, &[]));
        let value = value.strip_prefix(b":").unwrap_or(value);
        let value = value.strip_prefix(b" ").unwrap_or(value);
        self.value(field, value, fresh);
        false
    }

    fn value<'b>(&mut self, field: &[u8], value: &'b [u8], fresh: &mut Fresh<'b>) {
        match field {
            b"data" if self.block.has_data => {
                if let Some(first) = fresh.data.take() {
                    self.kept.data.extend_from_slice(first);
                }
                self.kept.data.push(b'\n');
                self.kept.data.extend_from_slice(value);
            }
            b"data" => {
                self.block.has_data = true;
                fresh.data = Some(value);
            }
            b"event" => fresh.name = Some(value),
            b"id" if memchr(0, value).is_none() => {
                self.block.has_id = true;
                fresh.id = Some(value);
            }
            b"retry" if !value.is_empty() && value.iter().all(u8::is_ascii_digit) => {
                self.block.retry = std::str::from_utf8(value).ok().and_then(|digits| digits.parse().ok());
            }
            _ => {}
        }
    }

    /// The event that has ended, and an empty one after it.
    fn give<'s, 'b: 's>(&'s mut self, fresh: &Fresh<'b>) -> Frame<'s> {
        let block = std::mem::take(&mut self.block);
        self.kept.is_given = true;
        let id = fresh.id.unwrap_or(&self.kept.id);
        Frame {
            name: std::str::from_utf8(fresh.name.unwrap_or(&self.kept.name)).unwrap_or("\u{fffd}"),
            data: fresh.data.unwrap_or(&self.kept.data),
            id: std::str::from_utf8(id).ok().filter(|_| block.has_id),
            retry: block.retry,
            is_exception: false,
            offset: block.start.unwrap_or(self.offset),
        }
    }

    fn take<'b>(&mut self, rest: &mut &'b [u8], count: usize) -> &'b [u8] {
        let (taken, left) = rest.split_at_checked(count).unwrap_or((rest, &[]));
        *rest = left;
        self.offset = self.offset.saturating_add(taken.len() as u64);
        taken
    }

    fn take_line_end(&mut self, rest: &mut &[u8]) {
        match *rest {
            [b'\r', b'\n', ..] => {
                self.take(rest, 2);
            }
            [b'\r'] => {
                self.take(rest, 1);
                self.state = State::AfterCr;
            }
            _ => {
                self.take(rest, 1);
            }
        }
    }

    /// Fails if `more` bytes of the line under way make the event too long, at the byte that is one too many.
    fn check(&self, more: usize) -> Result<(), FrameError> {
        let before = self.block.size.saturating_add(self.line.len() as u64);
        let room = u64::from(self.limit).saturating_sub(before);
        if more as u64 <= room {
            return Ok(());
        }
        Err(FrameError::new(FrameErrorKind::TooLong(self.limit), self.offset.saturating_add(room)))
    }
}

impl Kept {
    fn forget_given(&mut self) {
        if std::mem::take(&mut self.is_given) {
            self.clear();
        }
    }

    fn is_empty(&self) -> bool {
        self.name.is_empty() && self.data.is_empty() && self.id.is_empty()
    }

    fn clear(&mut self) {
        self.name.clear();
        self.data.clear();
        self.id.clear();
    }

    /// Copies what lies in bytes that will be gone.
    fn keep(&mut self, fresh: &mut Fresh<'_>) {
        for (value, buffer) in [(fresh.name.take(), &mut self.name), (fresh.id.take(), &mut self.id)] {
            if let Some(value) = value {
                buffer.clear();
                buffer.extend_from_slice(value);
            }
        }
        if let Some(data) = fresh.data.take() {
            self.data.extend_from_slice(data);
        }
    }
}
