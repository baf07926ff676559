//! The JSON Schema of what is written as text.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

use schemars::transform::{RecursiveTransform, Transform};

use crate::policy::{Condition, Metric, Pattern, Policy, Quantity, Selector, Subject, Value, condition};

impl Policy {
    /// The JSON Schema (draft 2020-12) of a policy: `docs/policy.schema.json`.
    pub fn json_schema() -> serde_json::Value {
        let mut schema = schemars::schema_for!(Self);
        RecursiveTransform(first_paragraph).transform(&mut schema);
        schema.to_value()
    }
}

/// Examples in Rust say nothing to whoever writes TOML.
fn first_paragraph(schema: &mut Schema) {
    let text = schema.get("description").and_then(serde_json::Value::as_str);
    if let Some((first, _)) = text.and_then(|text| text.split_once("\n\n")) {
        let first = first.to_owned();
        schema.insert("description".to_owned(), first.into());
    }
}

macro_rules! as_text {
    ($($type:ident $about:literal $pattern:expr;)*) => {$(
        impl JsonSchema for $type {
            fn schema_name() -> Cow<'static, str> {
                Cow::Borrowed(stringify!($type))
            }

            fn json_schema(_generator: &mut SchemaGenerator) -> Schema {
                json_schema!({ "description": $about, "type": "string", "pattern": $pattern })
            }
        }
    )*};
}

as_text! {
    Selector "endpoints: `provider`, `provider/model` or `*/model`, `*` for any text; a provider's `@region` and, last, a `#scope` may stand behind" "^[^/#]([^/]*[^/@#])?(/.*[^#])?$";
    Metric "a measurement: `quantity`, `quantity.aggregate`, either with `@window`" Metric::pattern();
    Subject "something of a request" "^(model|protocol|tags|tenant|key|actor|input_tokens|features|(header|metadata|body)\\..+)$";
    Pattern "a regular expression" ".*";
}

impl Metric {
    /// A regular expression for its text.
    pub(crate) fn pattern() -> String {
        let names: Vec<&str> = Quantity::ALL.iter().map(|quantity| quantity.name()).collect();
        format!("^({})(\\.(avg|min|max|sum|p[0-9]{{1,3}}))?(@[0-9]+(ms|s|m|h))?$", names.join("|"))
    }
}

impl JsonSchema for Value {
    fn schema_name() -> Cow<'static, str> {
        Cow::Borrowed("Scalar")
    }

    fn json_schema(_generator: &mut SchemaGenerator) -> Schema {
        json_schema!({ "description": "a scalar to compare with", "type": ["string", "number", "boolean"] })
    }
}

impl JsonSchema for Condition {
    fn schema_name() -> Cow<'static, str> {
        condition::Fields::schema_name()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        condition::Fields::json_schema(generator)
    }
}
