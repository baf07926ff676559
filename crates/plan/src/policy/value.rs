use std::borrow::Cow;
use std::cmp::Ordering;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// A scalar that a condition compares: text, a number or a truth value. Equal only to its own kind, so that `8000` and
/// `"8000"` differ; in order comparisons text that is a number counts as one.
#[derive(Clone, Debug, PartialEq)]
#[expect(clippy::exhaustive_enums, reason = "the scalars of JSON but null, which counts as absent")]
pub enum Value {
    /// Text.
    Text(Box<str>),
    /// A finite number.
    Number(f64),
    /// A truth value.
    Bool(bool),
}

impl Value {
    /// A text.
    pub fn text(text: &str) -> Self {
        Self::Text(text.into())
    }

    /// A count; exact below 2^53.
    #[expect(clippy::cast_precision_loss, reason = "counts of tokens are far below 2^53")]
    pub fn count(count: u64) -> Self {
        Self::Number(count as f64)
    }

    /// A scalar of JSON; `None` for null, arrays and objects.
    pub fn of_json(value: &serde_json::Value) -> Option<Self> {
        match value {
            serde_json::Value::String(text) => Some(Self::text(text)),
            serde_json::Value::Number(number) => number.as_f64().filter(|number| number.is_finite()).map(Self::Number),
            serde_json::Value::Bool(bool) => Some(Self::Bool(*bool)),
            serde_json::Value::Null | serde_json::Value::Array(_) | serde_json::Value::Object(_) => None,
        }
    }

    /// The value as text: what patterns look at and what splits are drawn by.
    pub fn as_text(&self) -> Cow<'_, str> {
        match self {
            Self::Text(text) => Cow::Borrowed(text),
            Self::Number(number) => Cow::Owned(number.to_string()),
            Self::Bool(true) => Cow::Borrowed("true"),
            Self::Bool(false) => Cow::Borrowed("false"),
        }
    }

    /// The value as a number, where it is one or a text that reads as one.
    pub fn as_number(&self) -> Option<f64> {
        match self {
            Self::Text(text) => text.trim().parse().ok().filter(|number: &f64| number.is_finite()),
            Self::Number(number) => Some(*number),
            Self::Bool(_) => None,
        }
    }

    /// The order of two numbers; `None` unless both are.
    pub(crate) fn order(&self, other: &Self) -> Option<Ordering> {
        self.as_number()?.partial_cmp(&other.as_number()?)
    }
}

/// Whether a number is whole, and comes back to the bit when it is written so: not one too large, and not the zero below
/// zero.
#[expect(clippy::cast_possible_truncation, clippy::cast_precision_loss, reason = "told by the way back")]
fn is_written_whole(number: f64) -> bool {
    number.abs() < 9e15 && ((number as i64) as f64).to_bits() == number.to_bits()
}

impl Serialize for Value {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Text(text) => serializer.serialize_str(text),
            // A whole number is written without a fraction, so that it reads as what was written.
            #[expect(clippy::cast_possible_truncation, reason = "whole and below 2^53")]
            Self::Number(number) if is_written_whole(*number) => serializer.serialize_i64(*number as i64),
            Self::Number(number) => serializer.serialize_f64(*number),
            Self::Bool(bool) => serializer.serialize_bool(*bool),
        }
    }
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let json = serde_json::Value::deserialize(deserializer)?;
        Self::of_json(&json).ok_or_else(|| de::Error::custom("expected a text, a number or true or false"))
    }
}
