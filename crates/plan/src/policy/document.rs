use std::collections::BTreeMap;
use std::marker::PhantomData;

use schemars::JsonSchema;
use serde::de::MapAccess;
use serde::{Deserialize, Deserializer, Serialize, de};

use crate::policy::route::TableVisitor;
use crate::policy::settings::Keys;
use crate::policy::{Route, Selector, Settings, Subject};
use crate::schema::known;

/// Where requests may go and what is preferred: plain data, written as TOML or JSON. `docs/policy.md` is the guide,
/// `docs/policy.schema.json` the schema.
///
/// The default sends a request to the model that it names: full matches first, degradation on, an uptime gate at 90 %,
/// the default score. Unknown keys are errors with a suggestion.
///
/// ```
/// use switchback_plan::{Order, Policy, Sort};
///
/// let policy = Policy::from_toml(r#"
///     route = ["claude-haiku-4-5", "gpt-5-mini", "gemini-2.5-flash"]
///     degrade = false
///     require.zero_retention = true
///     retry = { attempts = 2, on = [429, "5xx"] }
/// "#)?;
/// assert!(!policy.settings.degrade.as_ref().unwrap().on);
///
/// let error = Policy::from_toml("sortt = 'cost'").unwrap_err();
/// assert!(error.to_string().contains("did you mean `sort`"), "{error}");
/// # Ok::<(), switchback_plan::UnreadablePolicy>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[serde(default)]
#[schemars(deny_unknown_fields)]
#[non_exhaustive]
pub struct Policy {
    /// The version of this schema: 1.
    #[schemars(range(min = 1, max = 1))]
    pub schema: u32,
    /// A name of the policy's own version, for plans and records: a commit, a date.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// Where requests go. Default the model that the request names.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub route: Option<Route>,
    /// Where requests go when the route has nothing left, in order.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub fallback: Vec<Route>,
    /// Routes by the model names that requests and other routes use for them, one `*` in a name standing for any text,
    /// which `$1` in the models below repeats. The exact name comes before the longest pattern. Within a group its own
    /// name is the catalog's model.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub groups: BTreeMap<String, Route>,
    /// The endpoints that `auto` chooses from; empty for the catalog's own pool.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub auto: Vec<Selector>,
    /// What holds everywhere, unless a route says otherwise.
    #[serde(flatten)]
    pub settings: Settings,
}

impl Policy {
    /// The version of the schema that this release writes.
    pub const SCHEMA: u32 = 1;

    /// The JSON Pointers of the body that conditions and splits look at, each once, in order: what
    /// [`Demand::with_values`](crate::Demand::with_values) is to be given. Empty for most policies.
    pub fn body_pointers(&self) -> Vec<&str> {
        let mut subjects: Vec<&Subject> = Vec::new();
        self.routes().for_each(|route| route.each_subject(&mut |subject| subjects.push(subject)));
        let mut pointers: Vec<&str> = subjects.into_iter().filter_map(Subject::pointer).collect();
        pointers.sort_unstable();
        pointers.dedup();
        pointers
    }

    /// The routes at its top: the route, the fallbacks, the groups.
    pub(crate) fn routes(&self) -> impl Iterator<Item = &Route> {
        self.route.iter().chain(&self.fallback).chain(self.groups.values())
    }
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            schema: Self::SCHEMA,
            version: None,
            route: None,
            fallback: Vec::new(),
            groups: BTreeMap::new(),
            auto: Vec::new(),
            settings: Settings::default(),
        }
    }
}

impl Keys for Policy {
    fn names() -> Vec<&'static str> {
        let own = ["schema", "version", "route", "fallback", "groups", "auto"];
        own.into_iter().chain(Settings::names()).collect()
    }

    fn take<'de, A: MapAccess<'de>>(&mut self, key: &str, map: &mut A) -> Result<bool, A::Error> {
        match key {
            "schema" => self.schema = map.next_value::<Schema>()?.0,
            "version" => self.version = Some(map.next_value()?),
            "route" => self.route = Some(map.next_value()?),
            "fallback" => self.fallback = map.next_value()?,
            "groups" => self.groups = map.next_value()?,
            "auto" => self.auto = map.next_value()?,
            key => return self.settings.take(key, map),
        }
        Ok(true)
    }
}

impl<'de> Deserialize<'de> for Policy {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(TableVisitor(PhantomData))
    }
}

/// A version of the schema that this release reads.
struct Schema(u32);

impl<'de> Deserialize<'de> for Schema {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let found = u32::deserialize(deserializer)?;
        // What is written from here on is written in this version.
        known("policy", Policy::SCHEMA, found).map(|_| Self(Policy::SCHEMA)).map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use switchback_units::Ratio;

    use super::*;
    use crate::Gate;

    fn read(json: &str) -> Result<Policy, String> {
        Policy::from_json(json).map_err(|error| error.to_string())
    }

    #[test]
    fn the_empty_policy_is_the_default_and_writes_back_as_itself() {
        let policy = read("{}").unwrap();
        assert_eq!(policy, Policy::default());
        assert_eq!(serde_json::to_string(&policy).unwrap(), r#"{"schema":1}"#);
    }

    #[test]
    fn the_gate_keeps_its_threshold_when_it_is_off() {
        let gate = read(r#"{"gate": {"on": false, "below": 0.75}}"#).unwrap().settings.gate.unwrap();
        assert_eq!((gate.on, gate.below), (false, Ratio::clamped(0.75)));
        assert!(!gate.closes_on(Ratio::ZERO) && Gate::at(gate.below).closes_on(Ratio::ZERO));
        assert!(!Gate::default().closes_on(Ratio::clamped(0.9)), "the threshold itself passes");
    }

    #[test]
    fn mistakes_are_named_with_what_was_meant() {
        for (json, what) in [
            (r#"{"sorts": "cost"}"#, "unknown key `sorts`; did you mean `sort`?"),
            (r#"{"sort": "price"}"#, "`price`"),
            (r#"{"schema": 2}"#, "schema version 2 of a policy is unknown, expected 1"),
            (
                r#"{"allow": ["/x"]}"#,
                "expected `provider`, `provider@region`, `provider/model` or `*/model`, with `#scope` or without, found `/x`",
            ),
            (r#"{"route": {"chian": []}}"#, "unknown key `chian`; did you mean `chain`?"),
            (r#"{"route": {"model": "a", "pool": []}}"#, "a route has one of"),
            (r#"{"route": {"chain": [{"modle": "x"}]}}"#, "did you mean `model`?"),
            (r#"{"route": 7}"#, "a route"),
            (r#"{"route": ""}"#, "name is empty"),
            (r#"{"retry": {"attemps": 1}}"#, "did you mean `attempts`?"),
            (r#"{"sort": "cost", "sort": "score"}"#, "`sort` stands here twice"),
            (r#"{"route": {"model": "a", "by": ["tags"]}}"#, "belong to a `split`"),
        ] {
            let error = read(json).unwrap_err();
            assert!(error.contains(what), "{json}: {error}");
            assert!(error.contains("line 1"), "{json}: {error}");
        }
    }
}
