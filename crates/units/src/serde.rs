//! Plain forms for files and records: integers, and decimal strings for what is money.

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
    Millis: get, new;
    Tokens: get, new;
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
