use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Changes to a request's body before it is sent, in the protocol that the request came in: members by name, or, with
/// a leading slash, values by JSON Pointer. Applied in the order `drop`, `default`, `set`.
///
/// ```
/// use switchback_plan::Rewrite;
///
/// let rewrite: Rewrite = toml::from_str(r#"
///     drop = ["logit_bias"]
///     default = { temperature = 0.2 }
///     set = { max_tokens = 512 }
/// "#)?;
/// let mut body = serde_json::json!({"model": "m", "max_tokens": 9000, "logit_bias": {}});
/// rewrite.apply(&mut body);
/// assert_eq!(body, serde_json::json!({"model": "m", "max_tokens": 512, "temperature": 0.2}));
/// # Ok::<(), toml::de::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[non_exhaustive]
pub struct Rewrite {
    /// Values that take the place of the request's own.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub set: BTreeMap<String, Value>,
    /// Values for what the request leaves out.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub default: BTreeMap<String, Value>,
    /// What is taken out.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub drop: Vec<String>,
}

impl Rewrite {
    /// Whether it changes nothing.
    pub fn is_empty(&self) -> bool {
        self.set.is_empty() && self.default.is_empty() && self.drop.is_empty()
    }

    /// Changes a body. A path through something that is no object changes nothing; missing objects on the way to a
    /// value that is set are made.
    pub fn apply(&self, body: &mut Value) {
        for path in &self.drop {
            let (parents, last) = split(path);
            let parent = parents.iter().try_fold(&mut *body, |value, name| value.get_mut(name.as_str()));
            if let Some(Value::Object(members)) = parent {
                members.shift_remove(&last);
            }
        }
        for (path, value) in &self.default {
            put(body, path, value, false);
        }
        for (path, value) in &self.set {
            put(body, path, value, true);
        }
    }
}

fn put(body: &mut Value, path: &str, value: &Value, replace: bool) {
    let (parents, last) = split(path);
    let mut at = body;
    for name in &parents {
        let Value::Object(members) = at else { return };
        at = members.entry(name.as_str()).or_insert_with(|| Value::Object(serde_json::Map::new()));
    }
    if let Value::Object(members) = at
        && (replace || members.get(&last).is_none_or(Value::is_null))
    {
        members.insert(last, value.clone());
    }
}

/// The members on the way, and the last one. A path without a leading slash is one member's name.
fn split(path: &str) -> (Vec<String>, String) {
    let Some(pointer) = path.strip_prefix('/') else { return (Vec::new(), path.to_owned()) };
    let mut names: Vec<String> = pointer.split('/').map(|name| name.replace("~1", "/").replace("~0", "~")).collect();
    let last = names.pop().unwrap_or_default();
    (names, last)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn paths_are_followed_and_made_and_never_forced() {
        let rewrite: Rewrite = serde_json::from_value(json!({
            "drop": ["/a/b", "/model/x", "gone"],
            "default": {"/a/c": 1, "present": 2},
            "set": {"/new/deep/value": true, "/model/name": "no", "a/b": 3},
        }))
        .unwrap();
        let mut body = json!({"model": "m", "a": {"b": 0, "d": 4}, "present": 5});
        rewrite.apply(&mut body);
        let expected = json!({
            "model": "m", "a": {"d": 4, "c": 1}, "present": 5, "new": {"deep": {"value": true}}, "a/b": 3,
        });
        assert_eq!(body, expected);
        let once = body.clone();
        rewrite.apply(&mut body);
        assert_eq!(body, once, "twice is once");
    }
}
