use super::cursor::{DEPTH, nested, space};
use super::escape_into;
use crate::{RawJson, Text};
use std::ops::Range;

/// Writes compact JSON into the caller's buffer and keeps count of the commas.
///
/// The caller keeps the brackets balanced; values that come in as [`RawJson`] and [`Text`] go out as they are.
///
/// ```
/// use switchback_ir::json::Writer;
/// let mut out = Vec::new();
/// let mut json = Writer::new(&mut out);
/// json.begin_object();
/// json.key("a");
/// json.str("b\n");
/// json.end_object();
/// assert_eq!(out, br#"{"a":"b\n"}"#);
/// ```
#[derive(Debug)]
pub struct Writer<'o> {
    out: &'o mut Vec<u8>,
    comma: bool,
}

impl<'o> Writer<'o> {
    /// A writer at the end of `out`.
    pub fn new(out: &'o mut Vec<u8>) -> Self {
        Self { out, comma: false }
    }

    /// How long the buffer is: where the next value goes, behind its comma.
    pub fn written(&self) -> usize {
        self.out.len()
    }

    /// Opens an object as the next value.
    pub fn begin_object(&mut self) {
        self.value();
        self.out.push(b'{');
        self.comma = false;
    }

    /// Closes the object.
    pub fn end_object(&mut self) {
        self.out.push(b'}');
        self.comma = true;
    }

    /// Opens an array as the next value.
    pub fn begin_array(&mut self) {
        self.value();
        self.out.push(b'[');
        self.comma = false;
    }

    /// Closes the array.
    pub fn end_array(&mut self) {
        self.out.push(b']');
        self.comma = true;
    }

    /// Writes JSON that stands in the program, or a piece of it with the brackets and names that it opens:
    /// `{"role":"user","content":`.
    ///
    /// ```
    /// use switchback_ir::json::Writer;
    /// let mut out = Vec::new();
    /// let mut json = Writer::new(&mut out);
    /// json.constant(r#"{"a":["#);
    /// json.constant("{}");
    /// json.number(1);
    /// json.end_array();
    /// json.key("b");
    /// json.constant("null");
    /// json.end_object();
    /// assert_eq!(out, br#"{"a":[{},1],"b":null}"#);
    /// ```
    #[expect(clippy::inline_always, reason = "as for names")]
    #[inline(always)]
    pub fn constant(&mut self, json: &'static str) {
        self.value();
        self.out.extend_from_slice(json.as_bytes());
        self.comma = !matches!(json.as_bytes().last(), Some(b':' | b'[' | b'{'));
    }

    /// Writes a member name that needs no escapes and stands in the program; [`plain_key`](Self::plain_key) is for others.
    #[expect(
        clippy::inline_always,
        reason = "names stand in the program: copied by a move or two, where a call copies bytes"
    )]
    #[inline(always)]
    pub fn key(&mut self, name: &str) {
        self.value();
        self.quoted(name, *b"\":");
        self.comma = false;
    }

    /// Writes a member name that needs no escapes.
    pub fn plain_key(&mut self, name: &str) {
        self.plain(name);
        self.out.push(b':');
        self.comma = false;
    }

    /// Writes a member name that came from a document.
    pub fn key_text(&mut self, name: &Text<'_>) {
        self.text(name);
        self.out.push(b':');
        self.comma = false;
    }

    /// Writes a checked slice.
    pub fn raw(&mut self, value: &RawJson<'_>) {
        self.value();
        self.out.extend_from_slice(value.as_str().as_bytes());
    }

    /// Writes a string value.
    pub fn text(&mut self, value: &Text<'_>) {
        self.string(|out| value.write_content(out));
    }

    /// Writes a text that needs no escapes as a string value.
    pub fn plain(&mut self, text: &str) {
        self.value();
        self.out.reserve(text.len() + 3);
        self.out.push(b'"');
        self.out.extend_from_slice(text.as_bytes());
        self.out.push(b'"');
    }

    /// Writes a word that needs no escapes and stands in the program as a string value; [`plain`](Self::plain) is for
    /// others.
    #[expect(clippy::inline_always, reason = "as for names")]
    #[inline(always)]
    pub fn word(&mut self, word: &'static str) {
        self.value();
        self.quoted(word, *b"\"");
    }

    /// A quote, `word` and `end`: where the word stands in the program, one look for room and a move or two.
    #[expect(clippy::inline_always, reason = "as for names")]
    #[inline(always)]
    fn quoted<const N: usize>(&mut self, word: &str, end: [u8; N]) {
        let (mut bytes, length) = ([0; 40], 1 + word.len() + N);
        if let Some((first, rest)) = bytes.get_mut(..length).and_then(<[u8]>::split_first_mut)
            && let Some((middle, last)) = rest.split_at_mut_checked(word.len())
        {
            *first = b'"';
            middle.copy_from_slice(word.as_bytes());
            last.copy_from_slice(&end);
            self.out.extend_from_slice(bytes.get(..length).unwrap_or_default());
        } else {
            self.out.push(b'"');
            self.out.extend_from_slice(word.as_bytes());
            self.out.extend_from_slice(&end);
        }
    }

    /// Writes plain text as a string value.
    pub fn str(&mut self, value: &str) {
        self.string(|out| escape_into(value, out));
    }

    /// Writes a string value whose escaped content `content` appends.
    pub fn string(&mut self, content: impl FnOnce(&mut Vec<u8>)) {
        self.value();
        self.out.push(b'"');
        content(self.out);
        self.out.push(b'"');
    }

    /// Writes the JSON object that the characters of `text` are, one layer of escaping taken off; `{}` and `false` for
    /// any other text. No characters at all stand for an object without members.
    ///
    /// ```
    /// use switchback_ir::{Text, json::Writer};
    /// let mut out = Vec::new();
    /// assert!(Writer::new(&mut out).object_in(&Text::new(r#" {"a":"\n"} "#)));
    /// assert!(!Writer::new(&mut out).object_in(&Text::new("[]")));
    /// assert_eq!(out, br#"{"a":"\n"}{}"#);
    /// ```
    pub fn object_in(&mut self, text: &Text<'_>) -> bool {
        self.value();
        let start = self.out.len();
        // Text that is no characters is no argument of anything, and nobody's to repair.
        let whole = text.write_characters(self.out);
        let written = self.out.get(start..).unwrap_or_default();
        let object = whole.then(|| object(written)).flatten();
        let blank = || std::str::from_utf8(written).is_ok_and(|text| text.trim().is_empty());
        let valid = object.is_some() || !whole || blank();
        match object {
            Some(found) if found.len() == written.len() => {}
            Some(found) => {
                self.out.truncate(start + found.end);
                self.out.drain(start..start + found.start);
            }
            None => {
                self.out.truncate(start);
                self.out.extend_from_slice(b"{}");
            }
        }
        valid
    }

    /// Writes a boolean.
    pub fn bool(&mut self, value: bool) {
        self.value();
        self.out.extend_from_slice(if value { b"true" } else { b"false" });
    }

    /// Writes an unsigned integer.
    ///
    /// ```
    /// use switchback_ir::json::Writer;
    /// let mut out = Vec::new();
    /// let mut json = Writer::new(&mut out);
    /// json.begin_array();
    /// json.number(0);
    /// json.number(1_050);
    /// json.number(u64::MAX);
    /// json.end_array();
    /// assert_eq!(out, b"[0,1050,18446744073709551615]");
    /// ```
    pub fn number(&mut self, value: u64) {
        self.value();
        match u8::try_from(value) {
            // Most counts of an answer are zero.
            Ok(digit @ 0..=9) => self.out.push(b'0' + digit),
            _ => self.digits(value),
        }
    }

    /// Copies as many bytes as any number has, of which the number's own stay: to copy a few takes a call.
    fn digits(&mut self, value: u64) {
        let mut buffer = [0; 20];
        let end = self.out.len() + digits(value, &mut buffer).len();
        self.out.extend_from_slice(&buffer);
        self.out.truncate(end);
    }

    /// Writes JSON text that the caller knows to be valid: a constant, or a piece of a checked value.
    pub fn checked(&mut self, json: &str) {
        self.value();
        self.out.extend_from_slice(json.as_bytes());
    }

    #[inline]
    fn value(&mut self) {
        if self.comma {
            self.out.push(b',');
        }
        self.comma = true;
    }
}

/// The decimal digits of `value`, at the beginning of `buffer`: formatting takes longer than a whole delta of a
/// stream, which has its number in it.
#[inline]
pub(crate) fn digits(value: u64, buffer: &mut [u8; 20]) -> &[u8] {
    let length = value.checked_ilog10().map_or(1, |power| power as usize + 1);
    let digits = buffer.get_mut(..length).unwrap_or_default();
    let mut rest = value;
    for digit in digits.iter_mut().rev() {
        *digit = b'0' + u8::try_from(rest % 10).unwrap_or(0);
        rest /= 10;
    }
    digits
}

/// Where the object is that `text` holds, if it holds one and white space around it.
///
/// It is UTF-8, since it was: escapes are ASCII, and what they stand for are whole characters.
fn object(text: &[u8]) -> Option<Range<usize>> {
    let start = space(text, 0);
    let end = (text.get(start) == Some(&b'{')).then(|| nested(text, start, 0, DEPTH).ok()).flatten()?;
    (space(text, end) == text.len()).then_some(start..end)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn numbers_are_written_in_decimal(value in any::<u64>(), digits in 0_u32..20) {
            let value = value % 10_u64.pow(digits);
            let mut out = Vec::new();
            Writer::new(&mut out).number(value);
            prop_assert_eq!(out, value.to_string().into_bytes());
        }
    }

    #[test]
    fn the_bounds_of_numbers_are_written() {
        assert_eq!(digits(0, &mut [0; 20]), b"0");
        assert_eq!(digits(u64::MAX, &mut [0; 20]), u64::MAX.to_string().as_bytes());
    }
}
