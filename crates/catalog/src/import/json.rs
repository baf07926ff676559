//! Reading JSON with its place at hand. Catalog files are read seldom, so a tree is good enough here.

use serde_json::{Map, Value};
use switchback_units::{Rate, Tokens};

use super::note::{NoteKind, Notes};
use crate::error::quoted;
use crate::{Date, Error, ErrorKind};

/// Parses a document; the depth is bounded by the parser (128).
pub(super) fn parse(bytes: &[u8]) -> Result<Value, Error> {
    serde_json::from_slice(bytes).map_err(|error| {
        let place = format!("line {} column {}", error.line(), error.column());
        let reason = error.to_string();
        let reason = reason.split(" at line ").next().unwrap_or_default();
        Error::new(ErrorKind::Syntax, place, format!("malformed JSON: {reason}"))
    })
}

/// What a node's pointer ends in.
#[derive(Clone, Copy)]
enum Step<'a> {
    Key(&'a str),
    At(usize),
}

/// A value and the way to it; the pointer's text is made only when something has to be reported.
#[derive(Clone, Copy)]
pub(super) struct Node<'a> {
    value: &'a Value,
    step: Step<'a>,
    parent: Option<&'a Self>,
}

impl<'a> Node<'a> {
    /// The document.
    pub(super) const fn root(value: &'a Value) -> Self {
        Self { value, step: Step::At(0), parent: None }
    }

    /// The value as it is.
    pub(super) const fn value(&self) -> &'a Value {
        self.value
    }

    /// The JSON Pointer.
    pub(super) fn pointer(&self) -> String {
        let Some(parent) = self.parent else { return String::new() };
        let start = parent.pointer();
        match self.step {
            Step::Key(key) => format!("{start}/{}", key.replace('~', "~0").replace('/', "~1")),
            Step::At(index) => format!("{start}/{index}"),
        }
    }

    /// The object that the document cannot do without.
    pub(super) fn require_object(&self) -> Result<&'a Map<String, Value>, Error> {
        self.value.as_object().ok_or_else(|| self.shape("an object"))
    }

    /// An error that says what was expected here.
    pub(super) fn shape(&self, expected: &str) -> Error {
        Error::new(ErrorKind::Shape, self.pointer(), format!("expected {expected}, found {}", describe(self.value)))
    }

    /// The member of that name; `None` when there is none or it is null.
    pub(super) fn get<'b>(&'b self, key: &'b str) -> Option<Node<'b>> {
        let value = self.value.get(key).filter(|value| !value.is_null())?;
        Some(Node { value, step: Step::Key(key), parent: Some(self) })
    }

    /// The members of an object, in source order.
    pub(super) fn members(&self) -> impl Iterator<Item = (&str, Node<'_>)> {
        let members = self.value.as_object().into_iter().flatten();
        members.map(move |(key, value)| (key.as_str(), Node { value, step: Step::Key(key), parent: Some(self) }))
    }

    /// The elements of an array.
    pub(super) fn elements(&self) -> impl Iterator<Item = Node<'_>> {
        let elements = self.value.as_array().into_iter().flatten();
        elements.enumerate().map(move |(at, value)| Node { value, step: Step::At(at), parent: Some(self) })
    }

    /// Notes that the value is not what the source documents.
    pub(super) fn unreadable(&self, expected: &str, notes: &mut Notes) {
        let name = match self.step {
            Step::Key(key) => key,
            Step::At(_) => "element",
        };
        let detail = format!("{name}: expected {expected}, found {}", describe(self.value));
        notes.add(NoteKind::Unreadable, detail, || self.pointer());
    }

    /// A text.
    pub(super) fn text(&self, notes: &mut Notes) -> Option<&'a str> {
        let text = self.value.as_str();
        if text.is_none() {
            self.unreadable("a string", notes);
        }
        text
    }

    /// Yes or no.
    pub(super) fn flag(&self, notes: &mut Notes) -> Option<bool> {
        let flag = self.value.as_bool();
        if flag.is_none() {
            self.unreadable("a boolean", notes);
        }
        flag
    }

    /// A date.
    pub(super) fn date(&self, notes: &mut Notes) -> Option<Date> {
        let date = self.value.as_str().and_then(|text| text.parse().ok());
        if date.is_none() {
            self.unreadable("a date", notes);
        }
        date
    }

    /// A count of tokens, in which 0 stands for "not stated".
    pub(super) fn tokens(&self, notes: &mut Notes) -> Option<Tokens> {
        match self.whole_number() {
            Some(0) => {
                let name = if let Step::Key(key) = self.step { key } else { "limit" };
                notes.add(NoteKind::Placeholder, format!("{name}: 0, read as not stated"), || self.pointer());
                None
            }
            Some(count) => Some(Tokens::new(count)),
            None => {
                self.unreadable("a count", notes);
                None
            }
        }
    }

    /// A whole number, also when it is written as `4096.0` or `1e5`.
    pub(super) fn whole_number(&self) -> Option<u64> {
        let number = self.value.as_number()?;
        if let Some(count) = number.as_u64() {
            return Some(count);
        }
        // Money reads decimals exactly: a count of dollars without a remainder is a count.
        let parsed = switchback_units::Money::from_decimal(&number.to_string()).ok()?;
        let pico = parsed.value.pico_dollars();
        let whole = !parsed.rounded && pico.is_multiple_of(1_000_000_000_000);
        if whole { u64::try_from(pico / 1_000_000_000_000).ok() } else { None }
    }

    /// A price in the unit that `read` takes, from a number or from decimal text.
    pub(super) fn rate(
        &self,
        read: fn(&str) -> Result<switchback_units::Parsed<Rate>, switchback_units::DecimalError>,
        notes: &mut Notes,
    ) -> Option<Rate> {
        let text = match self.value {
            Value::Number(number) => number.to_string(),
            Value::String(text) => text.clone(),
            Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => {
                self.unreadable("a price", notes);
                return None;
            }
        };
        let Ok(parsed) = read(&text) else {
            self.unreadable("a price that is not negative", notes);
            return None;
        };
        if parsed.rounded {
            notes.add(NoteKind::Rounded, "price finer than a pico-dollar per unit", || self.pointer());
        }
        Some(parsed.value)
    }
}

/// A value for messages: its type, and its text when it is short.
fn describe(value: &Value) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Bool(flag) => flag.to_string(),
        Value::Number(number) => quoted(&number.to_string()),
        Value::String(text) => quoted(text),
        Value::Array(_) => "an array".to_owned(),
        Value::Object(_) => "an object".to_owned(),
    }
}
