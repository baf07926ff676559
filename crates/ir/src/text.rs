use crate::json::{Census, Cursor, Fault, Kind, escape_into, unescape, unescape_into, unescape_pieces};
use std::borrow::Cow;
use std::hint::cold_path;

/// A text as it travels: a slice of the source, or text made in code.
///
/// Text that was read keeps its escapes, so that moving it is copying a slice; only asking for its characters
/// unescapes. Equality compares what the text says, not how it is written.
#[derive(Clone, Debug)]
pub struct Text<'a>(Repr<'a>);

/// Three words: the tables of a request are made of texts, and moved about.
#[derive(Clone, Debug)]
enum Repr<'a> {
    Borrowed(Form, &'a str),
    Owned(Form, Box<str>),
}

/// How a text is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    /// The same characters with and without escapes.
    Verbatim,
    /// Checked string content with escapes.
    Escaped,
    /// Characters that may need escapes.
    Plain,
}

impl<'a> Text<'a> {
    /// Text made in code.
    ///
    /// ```
    /// let text = switchback_ir::Text::new("say \"hi\"");
    /// let mut out = Vec::new();
    /// text.write_content(&mut out);
    /// assert_eq!(out, br#"say \"hi\""#);
    /// ```
    pub fn new(text: impl Into<Cow<'a, str>>) -> Self {
        Self(match text.into() {
            Cow::Borrowed(text) => Repr::Borrowed(Form::Plain, text),
            Cow::Owned(text) => Repr::Owned(Form::Plain, text.into_boxed_str()),
        })
    }

    /// String content without quotes, checked by the cursor, that holds no escape.
    #[inline]
    pub(crate) fn verbatim(content: &'a str) -> Self {
        Self(Repr::Borrowed(Form::Verbatim, content))
    }

    /// String content without quotes, checked by the cursor, that holds escapes.
    #[inline]
    pub(crate) fn escaped(content: &'a str) -> Self {
        Self(Repr::Borrowed(Form::Escaped, content))
    }

    /// The characters, borrowed where nothing needs unescaping; `None` if a surrogate stands alone.
    #[inline]
    pub fn to_str(&self) -> Option<Cow<'_, str>> {
        match self.as_plain() {
            Some(text) => Some(Cow::Borrowed(text)),
            None => unescape(self.stored()),
        }
    }

    /// The characters where nothing needs unescaping.
    #[inline]
    pub fn as_plain(&self) -> Option<&str> {
        (self.form() != Form::Escaped).then(|| self.stored())
    }

    /// The string's content as it was read, escapes and all; `None` for text made in code.
    #[inline]
    pub fn as_read(&self) -> Option<&str> {
        (self.form() != Form::Plain).then(|| self.stored())
    }

    /// Calls `visit` with the characters piece by piece, without allocating; `false` if a surrogate stands alone.
    ///
    /// ```
    /// let mut length = 0;
    /// assert!(switchback_ir::Text::new("say \"hi\"").pieces(&mut |piece| length += piece.len()));
    /// assert_eq!(length, 8);
    /// ```
    pub fn pieces(&self, visit: &mut dyn FnMut(&str)) -> bool {
        match self.as_plain() {
            Some(text) => {
                visit(text);
                true
            }
            None => unescape_pieces(self.stored(), visit),
        }
    }

    /// As [`word`](Self::word), borrowed for as long as the text itself is.
    pub fn into_word(self) -> Cow<'a, str> {
        match self.0 {
            Repr::Borrowed(Form::Escaped, content) => unescape(content).unwrap_or_default(),
            Repr::Owned(Form::Escaped, content) => Cow::Owned(unescape(&content).unwrap_or_default().into_owned()),
            Repr::Borrowed(_, text) => Cow::Borrowed(text),
            Repr::Owned(_, text) => Cow::Owned(text.into()),
        }
    }

    /// The characters for comparison with known words; empty for text with a lone surrogate, which is no word.
    #[inline]
    pub fn word(&self) -> Cow<'_, str> {
        if let Some(text) = self.as_plain() {
            return Cow::Borrowed(text);
        }
        cold_path();
        unescape(self.stored()).unwrap_or_default()
    }

    /// Whether there is no character in it.
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.stored().is_empty()
    }

    /// The length in bytes as stored: an upper bound of the characters' own length, at most six times it.
    #[inline]
    pub fn stored_len(&self) -> usize {
        self.stored().len()
    }

    /// How many characters it has, without unescaping. A character outside the basic plane is one, a lone surrogate too.
    ///
    /// ```
    /// assert_eq!(switchback_ir::Text::new("naïve").char_count(), 5);
    /// ```
    pub fn char_count(&self) -> u64 {
        let stored = self.stored().as_bytes();
        let starts = |bytes: &[u8]| bytes.iter().filter(|byte| **byte & 0xC0 != 0x80).count();
        if self.form() != Form::Escaped {
            return starts(stored) as u64;
        }
        let (mut count, mut at) = (0, 0);
        while let Some(found) = memchr::memchr(b'\\', stored.get(at..).unwrap_or(&[])) {
            count += starts(stored.get(at..at + found).unwrap_or(&[]));
            let unicode = stored.get(at + found + 1) == Some(&b'u');
            // The second half of a pair is of the character that the first began.
            let second = unicode
                && matches!(stored.get(at + found + 2..at + found + 4), Some([b'd' | b'D', b'c'..=b'f' | b'C'..=b'F']));
            count += usize::from(!second);
            at += found + if unicode { 6 } else { 2 };
        }
        (count + starts(stored.get(at..).unwrap_or(&[]))) as u64
    }

    /// What kinds of characters it is made of, without unescaping where it can; `None` if a surrogate stands alone.
    pub fn census(&self) -> Option<Census> {
        match self.as_plain() {
            Some(text) => Some(Census::of(text)),
            None => Census::of_escaped(self.stored()),
        }
    }

    /// Appends the content with its escapes and without quotes.
    #[inline]
    pub fn write_content(&self, out: &mut Vec<u8>) {
        match self.as_read() {
            Some(content) => out.extend_from_slice(content.as_bytes()),
            None => escape_into(self.stored(), out),
        }
    }

    /// Appends the characters, without escapes; `false` if a surrogate stands alone (`out` then holds a part).
    pub fn write_characters(&self, out: &mut Vec<u8>) -> bool {
        match self.as_plain() {
            Some(text) => {
                out.extend_from_slice(text.as_bytes());
                true
            }
            None => unescape_into(self.stored(), out),
        }
    }

    /// Both sides of the first `separator`, without it.
    ///
    /// Escaped text is split where the character itself stands; an escape that spells it is not looked for.
    pub fn split_once(&self, separator: char) -> Option<(Self, Self)> {
        let at = self.stored().find(separator)?;
        Some((self.part(0, at)?, self.part(at + separator.len_utf8(), self.stored_len())?))
    }

    /// The text between `prefix` and `suffix`, if it begins and ends with them. Unescapes where it must.
    ///
    /// ```
    /// let text = switchback_ir::Text::new("data:image/png;base64");
    /// assert!(text.between("data:", ";base64").is_some_and(|media_type| media_type == *"image/png"));
    /// ```
    pub fn between(&self, prefix: &str, suffix: &str) -> Option<Self> {
        if self.form() == Form::Escaped {
            let plain = unescape(self.stored())?;
            return Some(Self::new(plain.strip_prefix(prefix)?.strip_suffix(suffix)?.to_owned()));
        }
        let length = self.stored().strip_prefix(prefix)?.strip_suffix(suffix)?.len();
        self.part(prefix.len(), prefix.len() + length)
    }

    /// Bytes `from..to` of the stored form; only for bounds that do not cut an escape.
    fn part(&self, from: usize, to: usize) -> Option<Self> {
        Some(Self(match &self.0 {
            Repr::Borrowed(form, text) => Repr::Borrowed(*form, text.get(from..to)?),
            Repr::Owned(form, text) => Repr::Owned(*form, text.get(from..to)?.into()),
        }))
    }

    /// A text that owns its characters.
    pub fn into_owned(self) -> Text<'static> {
        Text(match self.0 {
            Repr::Borrowed(form, text) => Repr::Owned(form, text.into()),
            Repr::Owned(form, text) => Repr::Owned(form, text),
        })
    }

    #[inline]
    fn form(&self) -> Form {
        let (Repr::Borrowed(form, _) | Repr::Owned(form, _)) = &self.0;
        *form
    }

    #[inline]
    fn stored(&self) -> &str {
        match &self.0 {
            Repr::Borrowed(_, text) => text,
            Repr::Owned(_, text) => text,
        }
    }
}

impl<'a> From<&'a str> for Text<'a> {
    fn from(text: &'a str) -> Self {
        Self::new(text)
    }
}

impl From<String> for Text<'_> {
    fn from(text: String) -> Self {
        Self::new(text)
    }
}

impl PartialEq for Text<'_> {
    fn eq(&self, other: &Self) -> bool {
        // Most often they are one text, and need not be unescaped to tell.
        if self.as_plain().is_some() == other.as_plain().is_some() && self.stored() == other.stored() {
            return true;
        }
        match (self.to_str(), other.to_str()) {
            (Some(ours), Some(theirs)) => ours == theirs,
            (None, None) => self.stored() == other.stored(),
            _ => false,
        }
    }
}

impl Eq for Text<'_> {}

impl PartialEq<str> for Text<'_> {
    #[inline]
    fn eq(&self, other: &str) -> bool {
        if let Some(text) = self.as_plain() {
            return text == other;
        }
        cold_path();
        unescape(self.stored()).is_some_and(|text| text == other)
    }
}

/// A JSON value as checked text: what is not looked into travels as it came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RawJson<'a>(Cow<'a, str>);

impl<'a> RawJson<'a> {
    /// Checks that `text` is one JSON value, and takes the white space around it off.
    ///
    /// ```
    /// use switchback_ir::RawJson;
    /// assert_eq!(RawJson::parse(" [1] ")?.as_str(), "[1]");
    /// assert!(RawJson::parse("[1").is_err());
    /// # Ok::<(), switchback_ir::json::Fault>(())
    /// ```
    pub fn parse(text: &'a str) -> Result<Self, Fault> {
        let mut cursor = Cursor::of(text);
        let raw = cursor.raw()?;
        cursor.finish()?;
        Ok(raw)
    }

    /// JSON text made in code for a boolean.
    pub fn bool(value: bool) -> Self {
        Self(Cow::Borrowed(if value { "true" } else { "false" }))
    }

    /// JSON text made in code for an unsigned integer.
    pub fn number(value: u64) -> Self {
        Self(Cow::Owned(value.to_string()))
    }

    /// JSON text made in code for a string.
    pub fn string(value: &str) -> Self {
        let mut out = vec![b'"'];
        escape_into(value, &mut out);
        out.push(b'"');
        // Escaping keeps UTF-8 valid: it adds ASCII before ASCII.
        Self(Cow::Owned(String::from_utf8(out).unwrap_or_default()))
    }

    pub(crate) fn checked(text: &'a str) -> Self {
        Self(Cow::Borrowed(text))
    }

    /// The JSON text.
    #[inline]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The kind of the value.
    #[inline]
    pub fn kind(&self) -> Kind {
        self.0.as_bytes().first().and_then(|byte| Kind::begun_by(*byte)).unwrap_or(Kind::Null)
    }

    /// Whether the value is `null`.
    #[inline]
    pub fn is_null(&self) -> bool {
        self.kind() == Kind::Null
    }

    /// Whether the value is `[]` or `{}`, whatever white space is in it.
    #[inline]
    pub fn is_empty_container(&self) -> bool {
        let [b'[' | b'{', rest @ ..] = self.as_str().as_bytes() else { return false };
        matches!(rest.trim_ascii_start(), [b']' | b'}'])
    }

    /// The truth of a boolean.
    pub fn as_bool(&self) -> Option<bool> {
        (self.kind() == Kind::Bool).then(|| self.as_str() == "true")
    }

    /// The value of a number that is an unsigned integer, however it is written (`16`, `16.0`, `1.6e1`).
    pub fn as_u64(&self) -> Option<u64> {
        Cursor::of(self.as_str()).count().or_else(|| self.as_whole())
    }

    /// As [`as_u64`](Self::as_u64), for what is not written by its digits alone.
    #[inline(never)]
    fn as_whole(&self) -> Option<u64> {
        let text = (self.kind() == Kind::Number).then(|| self.as_str())?;
        text.parse().ok().or_else(|| {
            let float: f64 = text.parse().ok()?;
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "checked to be in range")]
            (float.fract() == 0.0 && (0.0..9_007_199_254_740_992.0).contains(&float)).then_some(float as u64)
        })
    }

    /// The nearest double of a number; for comparisons with a bound, never for money.
    pub fn as_f64(&self) -> Option<f64> {
        (self.kind() == Kind::Number).then(|| self.as_str().parse().ok())?
    }

    /// The text of a string.
    pub fn as_text(&self) -> Option<Text<'_>> {
        let content = self.as_str().strip_prefix('"')?.strip_suffix('"')?;
        let escaped = memchr::memchr(b'\\', content.as_bytes()).is_some();
        Some(if escaped { Text::escaped(content) } else { Text::verbatim(content) })
    }

    /// The member `name` of an object, with its byte offset in this value. Cost: a scan up to it.
    pub fn member(&self, name: &str) -> Option<(RawJson<'_>, usize)> {
        let mut found = Cursor::of(&self.0).look_ahead(name).ok()??;
        let offset = found.place().offset()?;
        Some((found.raw().ok()?, offset))
    }

    /// The characters of a string, borrowed where nothing needs unescaping; nothing for another value, or if a surrogate
    /// stands alone.
    pub(crate) fn word(&self) -> Option<Cow<'_, str>> {
        match self.as_text()?.0 {
            Repr::Borrowed(Form::Escaped, content) => unescape(content),
            Repr::Borrowed(_, text) => Some(Cow::Borrowed(text)),
            // The cursor does not make what it reads.
            Repr::Owned(..) => None,
        }
    }

    /// Calls `visit` with the name, the value and the byte offset in this value of each member of an object; nothing for
    /// any other value.
    ///
    /// ```
    /// let object = switchback_ir::RawJson::parse(r#"{"a": 1}"#)?;
    /// object.members(|name, value, offset| assert_eq!((*name == *"a", value.as_u64(), offset), (true, Some(1), 6)));
    /// # Ok::<(), switchback_ir::json::Fault>(())
    /// ```
    pub fn members<'v>(&'v self, mut visit: impl FnMut(&Text<'v>, &RawJson<'v>, usize)) {
        let mut cursor = Cursor::of(&self.0);
        let Ok(mut members) = cursor.open_object() else { return };
        while let Ok(Some(name)) = cursor.next_key(&mut members) {
            let Some(offset) = cursor.place().offset() else { return };
            let Ok(value) = cursor.raw() else { return };
            visit(&name, &value, offset);
        }
    }

    /// Calls `visit` with each element of a list and its byte offset in this value; nothing for any other value.
    ///
    /// ```
    /// let list = switchback_ir::RawJson::parse(r#"[1, "b"]"#)?;
    /// let mut seen = Vec::new();
    /// list.elements(|element, offset| seen.push((element.as_str().to_owned(), offset)));
    /// assert_eq!(seen, [("1".to_owned(), 1), ("\"b\"".to_owned(), 4)]);
    /// # Ok::<(), switchback_ir::json::Fault>(())
    /// ```
    pub fn elements<'v>(&'v self, mut visit: impl FnMut(RawJson<'v>, usize)) {
        let mut cursor = Cursor::of(&self.0);
        let Ok(mut members) = cursor.open_array() else { return };
        while let Ok(true) = cursor.next_element(&mut members) {
            let Some(offset) = cursor.place().offset() else { return };
            let Ok(element) = cursor.raw() else { return };
            visit(element, offset);
        }
    }

    /// A value that owns its text.
    pub fn into_owned(self) -> RawJson<'static> {
        RawJson(Cow::Owned(self.0.into_owned()))
    }
}
