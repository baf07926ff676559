//! Plain forms for files and records: integers, and decimal strings for what is money. Spans read as text too.

use core::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::{DecimalError, DecimalErrorKind, Millis, Money, Parsed, Rate, Ratio, Timestamp, Tokens};

macro_rules! as_integer {
    ($($type:ty: $to:ident, $from:ident;)*) => {$(
        impl Serialize for $type {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_u64(self.$to())
            }
        }

        impl<'de> Deserialize<'de> for $type {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                u64::deserialize(deserializer).map(Self::$from)
            }
        }
    )*};
}

as_integer! {
    Timestamp: as_millis, from_millis;
    Tokens: get, new;
}

impl Serialize for Millis {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u64(self.get())
    }
}

impl<'de> Deserialize<'de> for Millis {
    /// A whole number of milliseconds, or a text with its unit.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Span)
    }
}

struct Span;

impl<'de> de::Visitor<'de> for Span {
    type Value = Millis;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a whole number of milliseconds, or a text such as `500ms`, `30s`, `2m`")
    }

    fn visit_u64<E: de::Error>(self, millis: u64) -> Result<Millis, E> {
        Ok(Millis::new(millis))
    }

    fn visit_i64<E: de::Error>(self, millis: i64) -> Result<Millis, E> {
        let found = de::Unexpected::Signed(millis);
        u64::try_from(millis).map(Millis::new).map_err(|_| E::invalid_value(found, &self))
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Millis, E> {
        text.parse().map_err(E::custom)
    }

    /// The form in which `serde_json` hands over numbers that keep their text.
    fn visit_map<A: de::MapAccess<'de>>(self, map: A) -> Result<Millis, A::Error> {
        let number = serde_json::Number::deserialize(de::value::MapAccessDeserializer::new(map))
            .map_err(|_| de::Error::invalid_type(de::Unexpected::Map, &self))?;
        let found = || de::Error::invalid_value(de::Unexpected::Other(&number.to_string()), &self);
        number.as_u64().map(Millis::new).ok_or_else(found)
    }
}

impl Serialize for Ratio {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_f64(self.get())
    }
}

impl<'de> Deserialize<'de> for Ratio {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        f64::deserialize(deserializer).and_then(|value| Self::new(value).map_err(de::Error::custom))
    }
}

impl Serialize for Money {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.display_decimal())
    }
}

impl<'de> Deserialize<'de> for Money {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(DecimalText { read: Self::from_decimal, expected: "dollars as a decimal string" })
    }
}

impl Serialize for Rate {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.display_decimal_per_unit())
    }
}

impl<'de> Deserialize<'de> for Rate {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let expected = "dollars per unit as a decimal string";
        deserializer.deserialize_str(DecimalText { read: Self::from_decimal_per_unit, expected })
    }
}

/// Reads a decimal string; what is finer than a pico-dollar is refused, since nothing could report the rounding.
struct DecimalText<T> {
    read: fn(&str) -> Result<Parsed<T>, DecimalError>,
    expected: &'static str,
}

impl<T> de::Visitor<'_> for DecimalText<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.expected)
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<T, E> {
        match (self.read)(text) {
            Ok(Parsed { value, rounded: false }) => Ok(value),
            Ok(_) => Err(E::custom(DecimalError::new(DecimalErrorKind::TooFine, 0))),
            Err(error) => Err(E::custom(error)),
        }
    }
}
