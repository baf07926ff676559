//! The JSON Schema of the plain forms.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

use crate::{Millis, Money, Rate, Ratio, Timestamp, Tokens};

macro_rules! inline_schema {
    ($($type:ty as $name:literal: $schema:tt)*) => {$(
        impl JsonSchema for $type {
            fn inline_schema() -> bool {
                true
            }

            fn schema_name() -> Cow<'static, str> {
                Cow::Borrowed($name)
            }

            fn json_schema(_generator: &mut SchemaGenerator) -> Schema {
                json_schema!($schema)
            }
        }
    )*};
}

inline_schema! {
    Timestamp as "Timestamp": { "type": "integer", "minimum": 0 }
    Tokens as "Tokens": { "type": "integer", "minimum": 0 }
    Millis as "Millis": {
        "anyOf": [{ "type": "integer", "minimum": 0 }, { "type": "string", "pattern": "^[0-9]+(ms|s|m|h)$" }]
    }
    Ratio as "Ratio": { "type": "number", "minimum": 0, "maximum": 1 }
    Money as "Money": { "type": "string", "pattern": "^(0|[1-9][0-9]*)(\\.[0-9]+)?([eE][+-]?[0-9]+)?$" }
    Rate as "Rate": { "type": "string", "pattern": "^(0|[1-9][0-9]*)(\\.[0-9]+)?([eE][+-]?[0-9]+)?$" }
}
