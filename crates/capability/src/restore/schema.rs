//! Whether a value fits a JSON Schema: the part of the language that structured outputs take.
//!
//! Checked: `type`, `enum`, `const`, `properties`, `required`, `additionalProperties`, `items`, `prefixItems`, the limits
//! of lengths and numbers, `allOf`, `anyOf`, `oneOf`, `not`, and `$ref` within the schema. Everything else (`pattern`,
//! `format`, `if`, `$dynamicRef`, schemas elsewhere) is taken to hold: a flag says that the answer does not fit, and its
//! absence no more than that nothing of the above is broken. A full validator crate was looked at: it brings forty
//! packages, and resolvers of addresses that have to be switched off.

use serde_json::Value;

/// References followed and schemas nested at most: a schema may refer to itself.
const DEPTH: u32 = 64;

/// Whether `value` fits `schema`, as far as that is checked.
pub(super) fn fits(value: &Value, schema: &Value) -> bool {
    Checker { root: schema }.fits(value, schema, DEPTH)
}

struct Checker<'s> {
    root: &'s Value,
}

impl Checker<'_> {
    fn fits(&self, value: &Value, schema: &Value, depth: u32) -> bool {
        let Some(depth) = depth.checked_sub(1) else { return true };
        let Value::Object(rules) = schema else { return schema.as_bool().unwrap_or(true) };
        rules.iter().all(|(rule, argument)| self.holds(rule, argument, value, schema, depth))
    }

    fn holds(&self, rule: &str, argument: &Value, value: &Value, schema: &Value, depth: u32) -> bool {
        let fits = |schema: &Value| self.fits(value, schema, depth);
        let among = |argument: &Value| argument.as_array().into_iter().flatten().filter(|one| fits(one)).count();
        match rule {
            "$ref" => argument.as_str().and_then(|to| self.root.pointer(to.strip_prefix('#')?)).is_none_or(fits),
            "type" => match argument.as_array() {
                Some(types) => types.iter().any(|kind| is_of(value, kind)),
                None => is_of(value, argument),
            },
            "enum" => argument.as_array().is_none_or(|values| values.iter().any(|one| same(one, value))),
            "const" => same(argument, value),
            "allOf" => argument.as_array().is_none_or(|all| among(argument) == all.len()),
            "anyOf" => argument.as_array().is_none_or(|_| among(argument) > 0),
            "oneOf" => argument.as_array().is_none_or(|_| among(argument) == 1),
            "not" => !fits(argument),
            _ => self.members(rule, argument, value, schema, depth) && within(rule, argument, value),
        }
    }

    /// The rules about members and elements.
    fn members(&self, rule: &str, argument: &Value, value: &Value, schema: &Value, depth: u32) -> bool {
        match (rule, value) {
            ("required", Value::Object(members)) => {
                let names = argument.as_array().into_iter().flatten().filter_map(Value::as_str);
                names.into_iter().all(|name| members.contains_key(name))
            }
            ("properties", Value::Object(members)) => argument.as_object().is_none_or(|properties| {
                let fits = |(name, schema): (&String, &Value)| {
                    members.get(name).is_none_or(|member| self.fits(member, schema, depth))
                };
                properties.iter().all(fits)
            }),
            ("additionalProperties", Value::Object(members)) => {
                let named = |name: &str| schema.get("properties").is_some_and(|all| all.get(name).is_some());
                let patterns = schema.get("patternProperties").is_some();
                patterns || members.iter().all(|(name, member)| named(name) || self.fits(member, argument, depth))
            }
            ("prefixItems", Value::Array(elements)) => {
                let schemas = argument.as_array().into_iter().flatten();
                schemas.zip(elements).all(|(schema, element)| self.fits(element, schema, depth))
            }
            ("items", Value::Array(elements)) => {
                let before = schema.get("prefixItems").and_then(Value::as_array).map_or(0, Vec::len);
                elements.iter().skip(before).all(|element| self.fits(element, argument, depth))
            }
            _ => true,
        }
    }
}

fn is_of(value: &Value, kind: &Value) -> bool {
    match kind.as_str() {
        Some("object") => value.is_object(),
        Some("array") => value.is_array(),
        Some("string") => value.is_string(),
        Some("boolean") => value.is_boolean(),
        Some("null") => value.is_null(),
        Some("number") => value.is_number(),
        Some("integer") => value.as_f64().is_some_and(|number| number.fract() == 0.0),
        _ => true,
    }
}

/// Equal values; numbers by what they say and not how.
fn same(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Number(one), Value::Number(other)) => one == other || one.as_f64() == other.as_f64(),
        _ => one == other,
    }
}

/// The rules about sizes.
fn within(rule: &str, argument: &Value, value: &Value) -> bool {
    let Some(limit) = argument.as_f64() else { return true };
    let size = match (rule, value) {
        ("minLength" | "maxLength", Value::String(text)) => count(text.chars().count()),
        ("minItems" | "maxItems", Value::Array(elements)) => count(elements.len()),
        ("minProperties" | "maxProperties", Value::Object(members)) => count(members.len()),
        ("minimum" | "maximum" | "exclusiveMinimum" | "exclusiveMaximum", Value::Number(number)) => number.as_f64(),
        _ => return true,
    };
    size.is_none_or(|size| match rule {
        "minLength" | "minItems" | "minProperties" | "minimum" => size >= limit,
        "exclusiveMinimum" => size > limit,
        "exclusiveMaximum" => size < limit,
        _ => size <= limit,
    })
}

fn count(count: usize) -> Option<f64> {
    u32::try_from(count).ok().map(f64::from)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn each_rule_is_checked() {
        let cases = [
            (json!({"type": "object", "required": ["a"]}), json!({"a": 1}), json!({})),
            (json!({"properties": {"a": {"type": "integer"}}}), json!({"a": 1.0}), json!({"a": 1.5})),
            (json!({"properties": {"a": {}}, "additionalProperties": false}), json!({"a": 1}), json!({"b": 1})),
            (json!({"additionalProperties": {"type": "string"}}), json!({"b": "x"}), json!({"b": 1})),
            (json!({"type": ["string", "null"]}), json!(null), json!(1)),
            (json!({"enum": ["a", 1]}), json!(1.0), json!("b")),
            (json!({"const": {"a": [1]}}), json!({"a": [1]}), json!({"a": [2]})),
            (json!({"items": {"type": "number"}, "minItems": 1, "maxItems": 2}), json!([1]), json!([1, 2, 3])),
            (
                json!({"prefixItems": [{"type": "string"}], "items": {"type": "number"}}),
                json!(["a", 1]),
                json!(["a", "b"]),
            ),
            (json!({"minimum": 1, "exclusiveMaximum": 3}), json!(2), json!(3)),
            (json!({"minLength": 2, "maxLength": 3}), json!("éé"), json!("e")),
            (json!({"anyOf": [{"type": "string"}, {"type": "null"}]}), json!("a"), json!(1)),
            (json!({"oneOf": [{"type": "number"}, {"type": "integer"}]}), json!(1.5), json!(1)),
            (json!({"allOf": [{"minimum": 1}, {"maximum": 2}]}), json!(2), json!(3)),
            (json!({"not": {"type": "string"}}), json!(1), json!("a")),
            (json!({"$ref": "#/$defs/n", "$defs": {"n": {"type": "number"}}}), json!(1), json!("a")),
        ];
        for (schema, good, bad) in cases {
            assert!(fits(&good, &schema), "{good} fits {schema}");
            assert!(!fits(&bad, &schema), "{bad} does not fit {schema}");
        }
    }

    #[test]
    fn a_schema_of_itself_ends() {
        let schema = json!({"$ref": "#"});
        assert!(fits(&json!(1), &schema));
        let tree = json!({"type": "object", "properties": {"next": {"$ref": "#"}}});
        assert!(fits(&json!({"next": {"next": {}}}), &tree));
        assert!(!fits(&json!({"next": {"next": 1}}), &tree));
    }
}
