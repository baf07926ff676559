use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use switchback_units::Money;

use crate::Rules;

/// Who asks, and what each level above them allows: organisation, team, developer, key.
///
/// ```
/// use switchback_plan::Caller;
///
/// let caller: Caller = serde_json::from_str(
///     r#"{"key": "k-17", "levels": [{"name": "team search", "deny": ["deepseek"], "budget": "0.25"}]}"#,
/// )?;
/// assert_eq!(caller.levels[0].name, "team search");
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[non_exhaustive]
pub struct Caller {
    /// The tenant's id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tenant: Option<String>,
    /// The API key's id, never the key.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// The id of whom the request is made for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub actor: Option<String>,
    /// The levels whose constraints hold, all of them together.
    pub levels: Vec<Level>,
    /// Labels that the embedder gave the request.
    pub tags: Vec<String>,
    /// Key-value metadata of the request.
    pub metadata: BTreeMap<String, String>,
    /// The headers that the embedder chose to show, names in lower case.
    pub headers: BTreeMap<String, String>,
}

/// One level above a caller and what it allows.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(from = "LevelFields", into = "LevelFields")]
#[non_exhaustive]
pub struct Level {
    /// The name that explanations use, such as `team search`.
    pub name: String,
    /// Its constraints.
    pub rules: Rules,
    /// What it may still spend; `None` for no limit. A request that is sure to cost more is not sent, and neither is
    /// one whose price is unknown.
    pub budget: Option<Money>,
    /// How many requests it may still send in its window; `None` for no limit.
    pub requests_left: Option<u64>,
    /// How many input tokens it may still send in its window; `None` for no limit.
    pub tokens_left: Option<u64>,
}

/// A level as it is written: its rules stand beside its name.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct LevelFields {
    name: String,
    #[serde(default)]
    allow: Vec<crate::Selector>,
    #[serde(default)]
    deny: Vec<crate::Selector>,
    #[serde(default)]
    require: crate::Require,
    #[serde(default)]
    limit: Vec<crate::Threshold>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    budget: Option<Money>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    requests_left: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    tokens_left: Option<u64>,
}

impl From<LevelFields> for Level {
    fn from(fields: LevelFields) -> Self {
        let LevelFields { name, allow, deny, require, limit, budget, requests_left, tokens_left } = fields;
        Self { name, rules: Rules { allow, deny, require, limit }, budget, requests_left, tokens_left }
    }
}

impl From<Level> for LevelFields {
    fn from(level: Level) -> Self {
        let Level { name, rules: Rules { allow, deny, require, limit }, budget, requests_left, tokens_left } = level;
        Self { name, allow, deny, require, limit, budget, requests_left, tokens_left }
    }
}
