use std::ops::Range;

use switchback_ir::json::{Cursor, Fault, Kind, escape_into};
use switchback_ir::{Limits, RawJson};

/// The members of a JSON object with their places, to change some and leave every other byte as it is.
pub(crate) struct Splice<'a> {
    text: &'a str,
    /// Where the object opens and closes, braces included.
    object: Range<usize>,
    members: Vec<Slot<'a>>,
    added: Vec<(String, String)>,
}

/// One member.
pub(crate) struct Slot<'a> {
    pub(crate) key: String,
    pub(crate) key_at: usize,
    pub(crate) value_at: usize,
    pub(crate) value: RawJson<'a>,
    fate: Fate,
}

enum Fate {
    Kept,
    Removed,
    Replaced(String),
}

impl<'a> Splice<'a> {
    /// Reads an object. Fails on anything else, and on what is no JSON.
    pub(crate) fn read(bytes: &'a [u8]) -> Result<Self, Fault> {
        let mut cursor = Cursor::new(bytes, &Limits::default())?;
        let text = std::str::from_utf8(bytes).unwrap_or("");
        let start = cursor.place().offset().unwrap_or(0);
        // Checked as a whole first, on a copy of the cursor.
        let object = { cursor }.raw_of(Kind::Object, "an object")?;
        let end = start + object.as_str().len();
        let mut members = Vec::new();
        let mut progress = cursor.open_object()?;
        let mut before = start + 1;
        while let Some(key) = cursor.next_key(&mut progress)? {
            let key_at = before + text.get(before..).and_then(|rest| rest.find('"')).unwrap_or(0);
            let value_at = cursor.place().offset().unwrap_or(0);
            let value = cursor.raw()?;
            before = value_at + value.as_str().len();
            members.push(Slot { key: key.word().into_owned(), key_at, value_at, value, fate: Fate::Kept });
        }
        cursor.finish()?;
        Ok(Self { text, object: start..end, members, added: Vec::new() })
    }

    pub(crate) fn members(&self) -> &[Slot<'a>] {
        &self.members
    }

    /// The last member of a name that is still there.
    pub(crate) fn get(&self, key: &str) -> Option<&Slot<'a>> {
        self.members.iter().rev().find(|slot| slot.key == key && !matches!(slot.fate, Fate::Removed))
    }

    pub(crate) fn remove(&mut self, index: usize) {
        self.set(index, Fate::Removed);
    }

    /// Gives a member another value, which has to be JSON.
    pub(crate) fn replace(&mut self, index: usize, json: String) {
        self.set(index, Fate::Replaced(json));
    }

    /// Adds a member, unless one of that name is there. Whether it was added.
    pub(crate) fn add(&mut self, key: &str, json: String) -> bool {
        let is_new = self.get(key).is_none() && self.added.iter().all(|(added, _)| added != key);
        if is_new {
            self.added.push((key.to_owned(), json));
        }
        is_new
    }

    fn set(&mut self, index: usize, fate: Fate) {
        if let Some(slot) = self.members.get_mut(index) {
            slot.fate = fate;
        }
    }

    /// The text with the changes: what was not changed is there byte for byte, separators included.
    pub(crate) fn finish(&self) -> String {
        let mut out = String::with_capacity(self.text.len());
        out.push_str(self.slice(0..self.object.start + 1));
        let mut before = self.object.start + 1;
        let mut is_first = true;
        for slot in &self.members {
            let end = slot.value_at + slot.value.as_str().len();
            let separator = self.slice(before..slot.key_at);
            before = end;
            let json = match &slot.fate {
                Fate::Removed => continue,
                Fate::Kept => slot.value.as_str(),
                Fate::Replaced(json) => json,
            };
            // A comma belongs to the member before it, which the first one that is kept does not have.
            match separator.split_once(',') {
                Some((_, behind)) if is_first => out.push_str(behind),
                Some(_) | None => out.push_str(separator),
            }
            is_first = false;
            out.push_str(self.slice(slot.key_at..slot.value_at));
            out.push_str(json);
        }
        self.push_added(&mut out, is_first);
        out.push_str(self.slice(before..self.text.len()));
        out
    }

    fn push_added(&self, out: &mut String, mut is_first: bool) {
        for (key, json) in &self.added {
            out.push_str(if is_first { "" } else { "," });
            is_first = false;
            out.push_str(&string(key));
            out.push(':');
            out.push_str(json);
        }
    }

    fn slice(&self, range: Range<usize>) -> &'a str {
        self.text.get(range).unwrap_or("")
    }
}

/// A JSON string.
pub(crate) fn string(text: &str) -> String {
    let mut out = vec![b'"'];
    escape_into(text, &mut out);
    out.push(b'"');
    String::from_utf8(out).unwrap_or_default()
}

/// The text of a JSON string; nothing for any other value.
pub(crate) fn text_of(value: &RawJson<'_>) -> Option<String> {
    match value.kind() {
        Kind::String => value.as_text().and_then(|text| text.to_str().map(std::borrow::Cow::into_owned)),
        Kind::Null | Kind::Bool | Kind::Number | Kind::Array | Kind::Object => None,
    }
}
