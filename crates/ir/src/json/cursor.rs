use super::{Fault, FaultKind, scan};
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
        Ok(Self { text, at: 0, depth: 0, max_depth: limits.depth.min(128) })
    }

    /// Starts at the root of text that is already known to be UTF-8.
    pub fn of(text: &'a str) -> Self {
        Self { text, at: 0, depth: 0, max_depth: 128 }
    }

    /// The kind of the next value.
    #[inline]
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

    /// How many bytes were read, and how many there are.
    pub fn progress(&self) -> (usize, usize) {
        (self.at, self.text.len())
    }

    /// Reads a string.
    pub fn string(&mut self) -> Result<Text<'a>, Fault> {
        self.expect(b'"', "a string")?;
        let (content, escaped) = self.string_content()?;
        Ok(if escaped { Text::escaped(content) } else { Text::verbatim(content) })
    }

    /// Reads a boolean.
    pub fn bool(&mut self) -> Result<bool, Fault> {
        if self.peek()? != Kind::Bool {
            return Err(self.type_fault("a boolean"));
        }
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
        if self.peek()? != kind {
            return Err(self.type_fault(expected));
        }
        self.raw()
    }

    /// Enters an object.
    pub fn open_object(&mut self) -> Result<Members, Fault> {
        self.expect(b'{', "an object")?;
        self.open()
    }

    /// Enters an array.
    pub fn open_array(&mut self) -> Result<Members, Fault> {
        self.expect(b'[', "an array")?;
        self.open()
    }

    /// The next member's name, with the cursor before its value; `None` after the last, with the object left.
    pub fn next_key(&mut self, members: &mut Members) -> Result<Option<Text<'a>>, Fault> {
        let name = self.next_name(members)?;
        Ok(name.map(|(content, escaped)| if escaped { Text::escaped(content) } else { Text::verbatim(content) }))
    }

    /// Whether another element follows, with the cursor before it; `false` after the last, with the array left.
    pub fn next_element(&mut self, members: &mut Members) -> Result<bool, Fault> {
        self.skip_space();
        if self.byte() == Some(b']') {
            self.close();
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
        while let Some((content, escaped)) = ahead.next_name(&mut members)? {
            let found = if escaped { Text::escaped(content) == *name } else { content == name };
            if found {
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
    #[cold]
    pub fn type_fault(&mut self, expected: &'static str) -> Fault {
        match self.peek() {
            Ok(found) => Fault::new(FaultKind::Type { expected, found }, self.at),
            Err(fault) => fault,
        }
    }

    #[inline]
    fn expect(&mut self, first: u8, expected: &'static str) -> Result<(), Fault> {
        self.skip_space();
        if self.byte() == Some(first) { Ok(()) } else { Err(self.type_fault(expected)) }
    }

    fn open(&mut self) -> Result<Members, Fault> {
        self.enter()?;
        Ok(Members { first: true })
    }

    /// Enters a container, past its bracket and the space behind it.
    fn enter(&mut self) -> Result<(), Fault> {
        if self.depth >= self.max_depth {
            return Err(Fault::new(FaultKind::Limit("levels of nesting", self.max_depth), self.at));
        }
        self.depth += 1;
        self.at += 1;
        self.skip_space();
        Ok(())
    }

    fn close(&mut self) {
        self.depth = self.depth.saturating_sub(1);
        self.at += 1;
    }

    #[inline]
    fn separator(&mut self, members: &mut Members) -> Result<(), Fault> {
        if members.first {
            members.first = false;
            return Ok(());
        }
        if self.byte() != Some(b',') {
            return Err(self.syntax(SEPARATOR));
        }
        self.at += 1;
        self.skip_space();
        Ok(())
    }

    /// Checks and passes over one value. Iterative: nesting is bounded by `max_depth`, one bit a level.
    fn skip_value(&mut self) -> Result<(), Fault> {
        let floor = self.depth;
        let mut objects = 0_u128;
        loop {
            self.skip_space();
            match self.byte() {
                Some(b'"') => {
                    self.pass_string()?;
                }
                Some(b'{') => {
                    self.enter()?;
                    objects = objects << 1 | 1;
                    if self.byte() != Some(b'}') {
                        self.pass_name()?;
                        continue;
                    }
                }
                Some(b'[') => {
                    self.enter()?;
                    objects <<= 1;
                    if self.byte() != Some(b']') {
                        continue;
                    }
                }
                Some(b'-' | b'0'..=b'9') => self.number()?,
                Some(b'n') => self.literal("null")?,
                Some(b't') => self.literal("true")?,
                Some(b'f') => self.literal("false")?,
                _ => return Err(self.syntax("a value")),
            }
            if self.leave_ended(floor, &mut objects)? {
                return Ok(());
            }
        }
    }

    /// After a value: leaves every container that ends here, down to `floor`; `false` where another value follows.
    fn leave_ended(&mut self, floor: u32, objects: &mut u128) -> Result<bool, Fault> {
        while self.depth > floor {
            self.skip_space();
            let object = *objects & 1 == 1;
            match self.byte() {
                Some(b'}') if object => self.close(),
                Some(b']') if !object => self.close(),
                Some(b',') => {
                    self.at += 1;
                    self.skip_space();
                    if object {
                        self.pass_name()?;
                    }
                    return Ok(false);
                }
                _ => return Err(self.syntax(SEPARATOR)),
            }
            *objects >>= 1;
        }
        Ok(true)
    }

    /// As [`next_key`](Self::next_key): the name's content, and whether it holds escapes.
    #[inline]
    fn next_name(&mut self, members: &mut Members) -> Result<Option<(&'a str, bool)>, Fault> {
        self.skip_space();
        if self.byte() == Some(b'}') {
            self.close();
            return Ok(None);
        }
        self.separator(members)?;
        let start = self.at + 1;
        let content = self.pass_name()?;
        Ok(Some((self.text.get(start..content.end).unwrap_or(""), content.escaped)))
    }

    /// Passes over a member's name and the colon behind it.
    #[inline]
    fn pass_name(&mut self) -> Result<scan::Content, Fault> {
        if self.byte() != Some(b'"') {
            return Err(self.syntax("a member name in quotes"));
        }
        let content = self.pass_string()?;
        self.skip_space();
        if self.byte() != Some(b':') {
            return Err(self.syntax("`:`"));
        }
        self.at += 1;
        self.skip_space();
        Ok(content)
    }

    /// The content of the string at the cursor, without its quotes, and whether it holds escapes.
    #[inline]
    fn string_content(&mut self) -> Result<(&'a str, bool), Fault> {
        let start = self.at + 1;
        let content = self.pass_string()?;
        Ok((self.text.get(start..content.end).unwrap_or(""), content.escaped))
    }

    /// Passes over the string at the cursor.
    #[inline]
    fn pass_string(&mut self) -> Result<scan::Content, Fault> {
        let start = self.at + 1;
        let Some(end) = scan::short_string(self.text.as_bytes(), start) else { return self.pass_long_string(start) };
        self.at = end + 1;
        Ok(scan::Content { end, escaped: false })
    }

    #[inline(never)]
    fn pass_long_string(&mut self, start: usize) -> Result<scan::Content, Fault> {
        match scan::long_string(self.text.as_bytes(), start) {
            Ok(content) => {
                self.at = content.end + 1;
                Ok(content)
            }
            Err((expected, at)) => {
                self.at = at;
                Err(self.syntax(expected))
            }
        }
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

    #[inline]
    fn skip_space(&mut self) {
        while matches!(self.byte(), Some(b' ' | b'\n' | b'\t' | b'\r')) {
            self.at += 1;
        }
    }

    #[inline]
    fn byte(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    #[cold]
    fn syntax(&self, expected: &'static str) -> Fault {
        Fault::new(FaultKind::Syntax(expected), self.at)
    }
}
