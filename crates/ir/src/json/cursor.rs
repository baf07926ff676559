use super::scan::{self, Content};
use super::{Fault, FaultKind};
use crate::{Limits, Place, RawJson, Text};
use std::fmt;
use std::hint::cold_path;

/// The kind of a JSON value, told by its first byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `null`
    Null,
    /// `true` or `false`
    Bool,
    /// a number
    Number,
    /// a string
    String,
    /// an array
    Array,
    /// an object
    Object,
}

impl Kind {
    /// The kind of the values that begin with `byte`: looked up, since the kinds of an object's members are as good as
    /// random, and a jump for each is not foreseen.
    #[inline]
    pub(crate) fn begun_by(byte: u8) -> Option<Self> {
        static KINDS: [Option<Kind>; 256] = kinds();
        KINDS.get(usize::from(byte)).copied().flatten()
    }
}

/// The kind of value that each byte begins.
const fn kinds() -> [Option<Kind>; 256] {
    let mut kinds = [None; 256];
    let mut rest: &mut [Option<Kind>] = &mut kinds;
    let mut byte = 0_u8;
    while let Some((kind, others)) = rest.split_first_mut() {
        *kind = match byte {
            b'"' => Some(Kind::String),
            b'{' => Some(Kind::Object),
            b'[' => Some(Kind::Array),
            b'n' => Some(Kind::Null),
            b't' | b'f' => Some(Kind::Bool),
            b'-' | b'0'..=b'9' => Some(Kind::Number),
            _ => None,
        };
        byte = byte.wrapping_add(1);
        rest = others;
    }
    kinds
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Null => "null",
            Self::Bool => "a boolean",
            Self::Number => "a number",
            Self::String => "a string",
            Self::Array => "an array",
            Self::Object => "an object",
        })
    }
}

/// A reading position in a JSON document: at a value, or behind one. `Copy`, so that looking ahead is a copy.
///
/// Every call either advances over valid JSON or fails; nothing is read twice unless the caller looks ahead.
#[derive(Clone, Copy, Debug)]
pub struct Cursor<'a> {
    text: &'a str,
    at: usize,
    depth: u32,
    max_depth: u32,
}

/// Where a cursor stands, to come back to.
#[derive(Clone, Copy, Debug)]
pub struct Position {
    at: usize,
    depth: u32,
}

/// The most levels of nesting, whatever is configured.
pub(super) const DEPTH: u32 = 128;

const SEPARATOR: &str = "`,` or the closing bracket";

/// Progress through an array or object that was opened.
#[derive(Debug)]
pub struct Members {
    first: bool,
}

impl<'a> Cursor<'a> {
    /// Starts at the root of a document. Fails on more bytes than `limits` allow and on bytes that are not UTF-8.
    ///
    /// ```
    /// use switchback_ir::{Limits, json::{Cursor, Kind}};
    /// let mut cursor = Cursor::new(br#" {"a": [1, 2]} "#, &Limits::default())?;
    /// assert_eq!(cursor.peek()?, Kind::Object);
    /// let raw = cursor.raw()?;
    /// cursor.finish()?;
    /// assert_eq!(raw.as_str(), r#"{"a": [1, 2]}"#);
    /// # Ok::<(), switchback_ir::json::Fault>(())
    /// ```
    pub fn new(bytes: &'a [u8], limits: &Limits) -> Result<Self, Fault> {
        if bytes.len() > usize::try_from(limits.bytes).unwrap_or(usize::MAX) {
            return Err(Fault::new(FaultKind::Limit("bytes", limits.bytes), 0));
        }
        let text = simdutf8::basic::from_utf8(bytes).or_else(|_| std::str::from_utf8(bytes));
        let text = text.map_err(|error| Fault::new(FaultKind::Syntax("UTF-8"), error.valid_up_to()))?;
        Ok(Self { max_depth: limits.depth.min(DEPTH), ..Self::of(text) })
    }

    /// Starts at the root of text that is already known to be UTF-8.
    pub fn of(text: &'a str) -> Self {
        Self { text, at: space(text.as_bytes(), 0), depth: 0, max_depth: DEPTH }
    }

    /// The kind of the next value.
    #[inline]
    pub fn peek(&self) -> Result<Kind, Fault> {
        match self.byte().and_then(Kind::begun_by) {
            Some(kind) => Ok(kind),
            None => Err(syntax("a value", self.at)),
        }
    }

    /// Where it stands: where the next value begins, or directly behind the one that was read.
    #[inline]
    pub fn place(&self) -> Place {
        Place::at(self.at)
    }

    /// Where it stands.
    #[inline]
    pub fn position(&self) -> Position {
        Position { at: self.at, depth: self.depth }
    }

    /// Goes back to where it stood.
    #[inline]
    pub fn reset(&mut self, Position { at, depth }: Position) {
        (self.at, self.depth) = (at, depth);
    }

    /// How many bytes were read, and how many there are.
    #[inline]
    pub fn progress(&self) -> (usize, usize) {
        (self.at, self.text.len())
    }

    /// Reads a string.
    #[expect(clippy::inline_always, reason = "as for names")]
    #[inline(always)]
    pub fn string(&mut self) -> Result<Text<'a>, Fault> {
        self.expect(b'"', "a string")?;
        let start = self.at + 1;
        let Content { end, escaped } = string(self.text.as_bytes(), start)?;
        self.at = end + 1;
        self.content(start, end, escaped)
    }

    /// Reads a boolean.
    #[inline]
    pub fn bool(&mut self) -> Result<bool, Fault> {
        if self.peek()? != Kind::Bool {
            return Err(self.type_fault("a boolean"));
        }
        let truth = self.byte() == Some(b't');
        self.at = literal(self.text.as_bytes(), self.at, if truth { "true" } else { "false" })?;
        Ok(truth)
    }

    /// Passes over any value, and gives it as an unsigned integer if it is one.
    #[inline]
    pub(crate) fn skip_count(&mut self) -> Result<Option<u64>, Fault> {
        match self.count() {
            Some(count) => Ok(Some(count)),
            None => self.other_count(),
        }
    }

    #[inline(never)]
    fn other_count(&mut self) -> Result<Option<u64>, Fault> {
        Ok(self.raw()?.as_u64())
    }

    /// Reads an unsigned integer that is written by its digits alone; of any other value nothing is read.
    #[inline]
    pub(crate) fn count(&mut self) -> Option<u64> {
        let bytes = self.text.as_bytes();
        let (mut value, mut at) = (0_u64, self.at);
        while let Some(digit @ b'0'..=b'9') = bytes.get(at) {
            value = value.checked_mul(10)?.checked_add(u64::from(digit - b'0'))?;
            at += 1;
        }
        let padded = bytes.get(self.at) == Some(&b'0') && at > self.at + 1;
        let whole = at > self.at && !padded && !matches!(bytes.get(at), Some(b'.' | b'e' | b'E'));
        whole.then(|| {
            self.at = at;
            value
        })
    }

    /// Reads any value as a checked slice.
    #[inline]
    pub fn raw(&mut self) -> Result<RawJson<'a>, Fault> {
        let start = self.at;
        self.skip_value()?;
        let Some(value) = self.text.get(start..self.at) else { return Err(syntax("a value", start)) };
        Ok(RawJson::checked(value))
    }

    /// Reads a value of one kind as a checked slice; `expected` names the kind in the error.
    #[inline]
    pub fn raw_of(&mut self, kind: Kind, expected: &'static str) -> Result<RawJson<'a>, Fault> {
        if self.peek()? != kind {
            return Err(self.type_fault(expected));
        }
        self.raw()
    }

    /// Enters an object.
    #[inline]
    pub fn open_object(&mut self) -> Result<Members, Fault> {
        self.expect(b'{', "an object")?;
        self.open()
    }

    /// Enters an array.
    #[inline]
    pub fn open_array(&mut self) -> Result<Members, Fault> {
        self.expect(b'[', "an array")?;
        self.open()
    }

    /// The next member's name, with the cursor before its value; `None` after the last, with the object left.
    #[expect(
        clippy::inline_always,
        reason = "what it gives stays in registers, where a call stores it and its caller waits to load it"
    )]
    #[inline(always)]
    pub fn next_key(&mut self, members: &mut Members) -> Result<Option<Text<'a>>, Fault> {
        let bytes = self.text.as_bytes();
        let at = if bytes.get(self.at) == Some(&b',') && !members.first {
            self.at + 1
        } else {
            self.skip_space();
            if self.byte() == Some(b'}') {
                self.close();
                return Ok(None);
            }
            separator(bytes, self.at, members)?
        };
        let (start, Content { end, escaped }, next) = name(bytes, at)?;
        self.at = next;
        self.content(start, end, escaped).map(Some)
    }

    /// Whether another element follows, with the cursor before it; `false` after the last, with the array left.
    #[inline]
    pub fn next_element(&mut self, members: &mut Members) -> Result<bool, Fault> {
        self.skip_space();
        if self.byte() == Some(b']') {
            self.close();
            return Ok(false);
        }
        self.at = separator(self.text.as_bytes(), self.at, members)?;
        Ok(true)
    }

    /// A cursor at the value of member `name` of the object that comes next; this cursor does not move.
    ///
    /// Cost: one scan up to that member.
    #[inline]
    pub fn look_ahead(&self, name: &str) -> Result<Option<Self>, Fault> {
        let mut ahead = *self;
        if ahead.peek()? != Kind::Object {
            return Ok(None);
        }
        let mut members = ahead.open_object()?;
        while let Some(found) = ahead.next_key(&mut members)? {
            if found == *name {
                return Ok(Some(ahead));
            }
            ahead.skip_value()?;
        }
        Ok(None)
    }

    /// Whether the next value is `null`, `[]` or `{}`; this cursor does not move. Cost: constant but for white space.
    #[inline]
    pub fn is_blank(&self) -> Result<bool, Fault> {
        let mut ahead = *self;
        Ok(match ahead.peek()? {
            Kind::Null => true,
            Kind::Array | Kind::Object => {
                ahead.open()?;
                matches!(ahead.byte(), Some(b']' | b'}'))
            }
            Kind::Bool | Kind::Number | Kind::String => false,
        })
    }

    /// Ends the document: only white space may follow.
    pub fn finish(mut self) -> Result<(), Fault> {
        self.skip_space();
        if self.at == self.text.len() { Ok(()) } else { Err(syntax("the end of the input", self.at)) }
    }

    /// A fault at the next value: it is of another type than the protocol's.
    #[cold]
    pub fn type_fault(&self, expected: &'static str) -> Fault {
        match self.peek() {
            Ok(found) => Fault::new(FaultKind::Type { expected, found }, self.at),
            Err(fault) => fault,
        }
    }

    #[inline]
    fn expect(&self, first: u8, expected: &'static str) -> Result<(), Fault> {
        if self.byte() == Some(first) { Ok(()) } else { Err(self.type_fault(expected)) }
    }

    /// Enters the container at the cursor, past its bracket and the space behind it.
    #[inline]
    fn open(&mut self) -> Result<Members, Fault> {
        if self.depth >= self.max_depth {
            return Err(too_deep(self.max_depth, self.at));
        }
        self.depth += 1;
        self.at = space(self.text.as_bytes(), self.at + 1);
        Ok(Members { first: true })
    }

    #[inline]
    fn close(&mut self) {
        // What closes was opened.
        self.depth = self.depth.wrapping_sub(1);
        self.at += 1;
    }

    /// Checks and passes over one value.
    #[inline]
    fn skip_value(&mut self) -> Result<(), Fault> {
        let bytes = self.text.as_bytes();
        match bytes.get(self.at) {
            Some(b'"') => self.at = string(bytes, self.at + 1)?.end + 1,
            Some(b'-' | b'0'..=b'9') => self.at = number(bytes, self.at)?,
            Some(b'n') => self.at = literal(bytes, self.at, "null")?,
            Some(b't') => self.at = literal(bytes, self.at, "true")?,
            Some(b'f') => self.at = literal(bytes, self.at, "false")?,
            _ => self.at = nested(bytes, self.at, self.depth, self.max_depth)?,
        }
        Ok(())
    }

    /// The content of a string that was passed over.
    #[inline]
    fn content(&self, start: usize, end: usize, escaped: bool) -> Result<Text<'a>, Fault> {
        // Quotes stand around it, so that it cuts no character.
        let Some(content) = self.text.get(start..end) else { return Err(syntax("a string", start)) };
        Ok(if escaped { Text::escaped(content) } else { Text::verbatim(content) })
    }

    #[inline]
    fn skip_space(&mut self) {
        self.at = space(self.text.as_bytes(), self.at);
    }

    #[inline]
    fn byte(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }
}

// What follows are steps from an offset to the next: kept in a register, where a field of the cursor would be stored and
// loaded again at every step.

/// Past the white space at `at`.
#[inline]
pub(super) fn space(bytes: &[u8], at: usize) -> usize {
    if bytes.get(at).is_some_and(|byte| *byte <= b' ') {
        cold_path();
        return long_space(bytes, at);
    }
    at
}

#[inline(never)]
fn long_space(bytes: &[u8], mut at: usize) -> usize {
    while matches!(bytes.get(at), Some(b' ' | b'\n' | b'\t' | b'\r')) {
        at += 1;
    }
    at
}

/// Past the comma at `at`, unless the first of the `members` comes there.
#[inline]
fn separator(bytes: &[u8], at: usize, members: &mut Members) -> Result<usize, Fault> {
    if members.first {
        members.first = false;
        return Ok(at);
    }
    if bytes.get(at) != Some(&b',') {
        return Err(syntax(SEPARATOR, at));
    }
    Ok(space(bytes, at + 1))
}

/// Where the content of the member's name at `at` begins, the content, and where the member's value begins.
#[expect(clippy::inline_always, reason = "a call takes as long as what it does for a short string")]
#[inline(always)]
fn name(bytes: &[u8], at: usize) -> Result<(usize, Content, usize), Fault> {
    let start = past(bytes, at, b'"', "a member name in quotes")?;
    let content = string(bytes, start)?;
    let colon = past(bytes, content.end + 1, b':', "`:`")?;
    Ok((start, content, space(bytes, colon)))
}

/// Past the white space at `at` and the byte `wanted` behind it, which mostly comes at once.
#[inline]
fn past(bytes: &[u8], at: usize, wanted: u8, expected: &'static str) -> Result<usize, Fault> {
    if bytes.get(at) == Some(&wanted) {
        return Ok(at + 1);
    }
    cold_path();
    let at = long_space(bytes, at);
    if bytes.get(at) == Some(&wanted) { Ok(at + 1) } else { Err(syntax(expected, at)) }
}

/// The string content from `start` on.
#[expect(clippy::inline_always, reason = "a call takes as long as what it does for a short string")]
#[inline(always)]
fn string(bytes: &[u8], start: usize) -> Result<Content, Fault> {
    if let Some(end) = scan::short_string(bytes, start) {
        return Ok(Content { end, escaped: false });
    }
    // Not rare: but a call, and what is short goes on in one piece.
    cold_path();
    long_string(bytes, start)
}

#[inline(never)]
fn long_string(bytes: &[u8], start: usize) -> Result<Content, Fault> {
    scan::long_string(bytes, start).map_err(|(expected, at)| syntax(expected, at))
}

/// Past the value at `at`, `depth` levels below the root. Iterative: nesting is bounded by
/// `max_depth`, which is at most 128, one bit a level.
pub(super) fn nested(bytes: &[u8], mut at: usize, mut depth: u32, max_depth: u32) -> Result<usize, Fault> {
    let floor = depth;
    let mut objects = 0_u128;
    loop {
        if objects & 1 == 1 {
            at = name(bytes, at)?.2;
        }
        match bytes.get(at) {
            Some(b'"') => at = string(bytes, at + 1)?.end + 1,
            Some(bracket @ (b'{' | b'[')) => {
                if depth >= max_depth {
                    return Err(too_deep(max_depth, at));
                }
                let object = *bracket == b'{';
                at = space(bytes, at + 1);
                if bytes.get(at) != Some(if object { &b'}' } else { &b']' }) {
                    depth += 1;
                    objects = objects << 1 | u128::from(object);
                    continue;
                }
                at += 1;
            }
            Some(b'-' | b'0'..=b'9') => at = number(bytes, at)?,
            Some(b'n') => at = literal(bytes, at, "null")?,
            Some(b't') => at = literal(bytes, at, "true")?,
            Some(b'f') => at = literal(bytes, at, "false")?,
            _ => return Err(syntax("a value", at)),
        }
        // Every container that ends here, until another value follows.
        loop {
            if depth == floor {
                return Ok(at);
            }
            at = space(bytes, at);
            let object = objects & 1 == 1;
            match bytes.get(at) {
                Some(b',') => {
                    at = space(bytes, at + 1);
                    break;
                }
                Some(b'}') if object => {}
                Some(b']') if !object => {}
                _ => return Err(syntax(SEPARATOR, at)),
            }
            at += 1;
            depth -= 1;
            objects >>= 1;
        }
    }
}

/// Past the number at `at`.
fn number(bytes: &[u8], at: usize) -> Result<usize, Fault> {
    let whole = at + usize::from(bytes.get(at) == Some(&b'-'));
    let mut at = if bytes.get(whole) == Some(&b'0') { whole + 1 } else { digits(bytes, whole)? };
    if bytes.get(at) == Some(&b'.') {
        at = digits(bytes, at + 1)?;
    }
    if matches!(bytes.get(at), Some(b'e' | b'E')) {
        at += 1;
        at = digits(bytes, at + usize::from(matches!(bytes.get(at), Some(b'+' | b'-'))))?;
    }
    Ok(at)
}

/// Past the digits at `at`, of which there must be one.
#[inline]
fn digits(bytes: &[u8], at: usize) -> Result<usize, Fault> {
    let rest = bytes.get(at..).unwrap_or(&[]);
    match rest.iter().position(|byte| !byte.is_ascii_digit()).unwrap_or(rest.len()) {
        0 => Err(syntax("a digit", at)),
        count => Ok(at + count),
    }
}

/// Past the literal `word` at `at`.
#[inline]
fn literal(bytes: &[u8], at: usize, word: &'static str) -> Result<usize, Fault> {
    let end = at + word.len();
    if bytes.get(at..end) == Some(word.as_bytes()) { Ok(end) } else { Err(syntax("`true`, `false` or `null`", at)) }
}

#[cold]
fn too_deep(max_depth: u32, at: usize) -> Fault {
    Fault::new(FaultKind::Limit("levels of nesting", max_depth), at)
}

#[cold]
fn syntax(expected: &'static str, at: usize) -> Fault {
    Fault::new(FaultKind::Syntax(expected), at)
}
