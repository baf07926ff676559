use super::{Fault, FaultKind};
use crate::{Limits, Place, RawJson, Text};
use std::fmt;

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

/// A reading position in a JSON document. `Copy`, so that looking ahead is a copy.
///
/// Every call either advances over valid JSON or fails; nothing is read twice unless the caller looks ahead.
#[derive(Clone, Copy, Debug)]
pub struct Cursor<'a> {
    text: &'a str,
    at: usize,
    depth: u32,
    max_depth: u32,
}

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
        let text =
            std::str::from_utf8(bytes).map_err(|error| Fault::new(FaultKind::Syntax("UTF-8"), error.valid_up_to()))?;
        Ok(Self { text, at: 0, depth: 0, max_depth: limits.depth.min(128) })
    }

    /// Starts at the root of text that is already known to be UTF-8.
    pub fn of(text: &'a str) -> Self {
        Self { text, at: 0, depth: 0, max_depth: 128 }
    }

    /// The kind of the next value.
    pub fn peek(&mut self) -> Result<Kind, Fault> {
        self.skip_space();
        match self.byte() {
            Some(b'"') => Ok(Kind::String),
            Some(b'{') => Ok(Kind::Object),
            Some(b'[') => Ok(Kind::Array),
            Some(b'n') => Ok(Kind::Null),
            Some(b't' | b'f') => Ok(Kind::Bool),
            Some(b'-' | b'0'..=b'9') => Ok(Kind::Number),
            _ => Err(self.syntax("a value")),
        }
    }

    /// Where the next value begins.
    pub fn place(&mut self) -> Place {
        self.skip_space();
        Place::at(self.at)
    }

    /// Reads a string.
    pub fn string(&mut self) -> Result<Text<'a>, Fault> {
        self.expect(Kind::String, "a string")?;
        let (content, escaped) = self.string_content()?;
        Ok(if escaped { Text::escaped(content) } else { Text::verbatim(content) })
    }

    /// Reads a boolean.
    pub fn bool(&mut self) -> Result<bool, Fault> {
        self.expect(Kind::Bool, "a boolean")?;
        let truth = self.byte() == Some(b't');
        self.literal(if truth { "true" } else { "false" })?;
        Ok(truth)
    }

    /// Reads any value as a checked slice.
    pub fn raw(&mut self) -> Result<RawJson<'a>, Fault> {
        self.skip_space();
        let start = self.at;
        self.skip_value()?;
        Ok(RawJson::checked(self.text.get(start..self.at).unwrap_or("")))
    }

    /// Reads a value of one kind as a checked slice; `expected` names the kind in the error.
    pub fn raw_of(&mut self, kind: Kind, expected: &'static str) -> Result<RawJson<'a>, Fault> {
        self.expect(kind, expected)?;
        self.raw()
    }

    /// Enters an object.
    pub fn open_object(&mut self) -> Result<Members, Fault> {
        self.expect(Kind::Object, "an object")?;
        self.open()
    }

    /// Enters an array.
    pub fn open_array(&mut self) -> Result<Members, Fault> {
        self.expect(Kind::Array, "an array")?;
        self.open()
    }

    /// The next member's name, with the cursor before its value; `None` after the last, with the object left.
    pub fn next_key(&mut self, members: &mut Members) -> Result<Option<Text<'a>>, Fault> {
        self.skip_space();
        if self.byte() == Some(b'}') {
            return Ok(self.close());
        }
        self.separator(members)?;
        if self.byte() != Some(b'"') {
            return Err(self.syntax("a member name in quotes"));
        }
        let key = self.string()?;
        self.skip_space();
        if self.byte() != Some(b':') {
            return Err(self.syntax("`:`"));
        }
        self.at += 1;
        self.skip_space();
        Ok(Some(key))
    }

    /// Whether another element follows, with the cursor before it; `false` after the last, with the array left.
    pub fn next_element(&mut self, members: &mut Members) -> Result<bool, Fault> {
        self.skip_space();
        if self.byte() == Some(b']') {
            self.close::<()>();
            return Ok(false);
        }
        self.separator(members)?;
        Ok(true)
    }

    /// A cursor at the value of member `name` of the object that comes next; this cursor does not move.
    ///
    /// Cost: one scan up to that member.
    pub fn look_ahead(&self, name: &str) -> Result<Option<Self>, Fault> {
        let mut ahead = *self;
        if ahead.peek()? != Kind::Object {
            return Ok(None);
        }
        let mut members = ahead.open_object()?;
        while let Some(key) = ahead.next_key(&mut members)? {
            if key == *name {
                return Ok(Some(ahead));
            }
            ahead.skip_value()?;
        }
        Ok(None)
    }

    /// Whether the next value is `null`, `[]` or `{}`; this cursor does not move. Cost: constant but for white space.
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
        if self.at == self.text.len() { Ok(()) } else { Err(self.syntax("the end of the input")) }
    }

    /// A fault at the next value: it is of another type than the protocol's.
    pub fn type_fault(&mut self, expected: &'static str) -> Fault {
        match self.peek() {
            Ok(found) => Fault::new(FaultKind::Type { expected, found }, self.at),
            Err(fault) => fault,
        }
    }

    fn expect(&mut self, kind: Kind, expected: &'static str) -> Result<(), Fault> {
        if self.peek()? == kind { Ok(()) } else { Err(self.type_fault(expected)) }
    }

    fn open(&mut self) -> Result<Members, Fault> {
        if self.depth >= self.max_depth {
            return Err(Fault::new(FaultKind::Limit("levels of nesting", self.max_depth), self.at));
        }
        self.depth += 1;
        self.at += 1;
        self.skip_space();
        Ok(Members { first: true })
    }

    fn close<T>(&mut self) -> Option<T> {
        self.depth = self.depth.saturating_sub(1);
        self.at += 1;
        None
    }

    fn separator(&mut self, members: &mut Members) -> Result<(), Fault> {
        if members.first {
            members.first = false;
            return Ok(());
        }
        if self.byte() != Some(b',') {
            return Err(self.syntax("`,` or the closing bracket"));
        }
        self.at += 1;
        self.skip_space();
        Ok(())
    }

    /// Checks and passes over one value. Iterative: nesting is bounded by `max_depth`, one bit a level.
    fn skip_value(&mut self) -> Result<(), Fault> {
        let floor = self.depth;
        let mut objects = 0_u128;
        let mut members = Members { first: true };
        self.enter_value(&mut objects, &mut members)?;
        while self.depth > floor {
            let more = if objects & 1 == 1 {
                self.next_key(&mut members)?.is_some()
            } else {
                self.next_element(&mut members)?
            };
            if more {
                self.enter_value(&mut objects, &mut members)?;
            } else {
                objects >>= 1;
                members.first = false;
            }
        }
        Ok(())
    }

    fn enter_value(&mut self, objects: &mut u128, members: &mut Members) -> Result<(), Fault> {
        match self.peek()? {
            Kind::Object => {
                *members = self.open()?;
                *objects = *objects << 1 | 1;
            }
            Kind::Array => {
                *members = self.open()?;
                *objects <<= 1;
            }
            Kind::String => {
                self.string_content()?;
            }
            Kind::Number => self.number()?,
            Kind::Null => self.literal("null")?,
            Kind::Bool => {
                self.bool()?;
            }
        }
        Ok(())
    }

    /// The content of the string at the cursor, without its quotes, and whether it holds escapes.
    fn string_content(&mut self) -> Result<(&'a str, bool), Fault> {
        let bytes = self.text.as_bytes();
        let start = self.at + 1;
        let mut at = start;
        let mut escaped = false;
        loop {
            let Some(found) = memchr::memchr2(b'"', b'\\', bytes.get(at..).unwrap_or(&[])) else {
                self.at = bytes.len();
                return Err(self.syntax("the end of a string"));
            };
            self.check_controls(at, at + found)?;
            at += found;
            if bytes.get(at) == Some(&b'"') {
                break;
            }
            escaped = true;
            at = self.escape(at)?;
        }
        self.at = at + 1;
        Ok((self.text.get(start..at).unwrap_or(""), escaped))
    }

    fn check_controls(&mut self, start: usize, end: usize) -> Result<(), Fault> {
        let run = self.text.as_bytes().get(start..end).unwrap_or(&[]);
        // The least byte, and not `any`: no early exit, so that the loop runs on vectors.
        if run.iter().fold(u8::MAX, |least, byte| least.min(*byte)) < 0x20 {
            self.at = start + run.iter().position(|byte| *byte < 0x20).unwrap_or(0);
            return Err(self.syntax("an escape for a control character in a string"));
        }
        Ok(())
    }

    /// Checks the escape whose backslash is at `at`; returns the offset after it.
    fn escape(&mut self, at: usize) -> Result<usize, Fault> {
        let bytes = self.text.as_bytes();
        let length = match bytes.get(at + 1) {
            Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => 2,
            Some(b'u') if bytes.get(at + 2..at + 6).is_some_and(|hex| hex.iter().all(u8::is_ascii_hexdigit)) => 6,
            _ => {
                self.at = at;
                return Err(self.syntax("a valid escape in a string"));
            }
        };
        Ok(at + length)
    }

    fn number(&mut self) -> Result<(), Fault> {
        if self.byte() == Some(b'-') {
            self.at += 1;
        }
        if self.byte() == Some(b'0') {
            self.at += 1;
        } else {
            self.digits()?;
        }
        if self.byte() == Some(b'.') {
            self.at += 1;
            self.digits()?;
        }
        if matches!(self.byte(), Some(b'e' | b'E')) {
            self.at += 1;
            if matches!(self.byte(), Some(b'+' | b'-')) {
                self.at += 1;
            }
            self.digits()?;
        }
        Ok(())
    }

    fn digits(&mut self) -> Result<(), Fault> {
        let start = self.at;
        while matches!(self.byte(), Some(b'0'..=b'9')) {
            self.at += 1;
        }
        if self.at == start { Err(self.syntax("a digit")) } else { Ok(()) }
    }

    fn literal(&mut self, word: &'static str) -> Result<(), Fault> {
        if self.text.as_bytes().get(self.at..self.at + word.len()) != Some(word.as_bytes()) {
            return Err(self.syntax("`true`, `false` or `null`"));
        }
        self.at += word.len();
        Ok(())
    }

    fn skip_space(&mut self) {
        while matches!(self.byte(), Some(b' ' | b'\n' | b'\t' | b'\r')) {
            self.at += 1;
        }
    }

    fn byte(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn syntax(&self, expected: &'static str) -> Fault {
        Fault::new(FaultKind::Syntax(expected), self.at)
    }
}
