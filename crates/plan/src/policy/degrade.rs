use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use switchback_capability::Profile;
use switchback_ir::Feature;
use switchback_slug::suggest;

/// Whether and how far a request may be degraded where no endpoint takes it as it is.
///
/// Written as `true`, `false`, or a table: `{ profile = "concentrate", required = ["json_schema"] }`.
///
/// ```
/// use switchback_plan::Degrade;
///
/// let never: Degrade = serde_json::from_str("false")?;
/// assert!(!never.on);
/// let partly: Degrade = serde_json::from_str(r#"{"required": ["seed"]}"#)?;
/// assert!(partly.on && partly.required.len() == 1);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Degrade {
    /// Whether at all. Default true.
    pub on: bool,
    /// Which features may be degraded: see `docs/degradation.md`.
    pub profile: Profile,
    /// Features that may not be, whatever the profile says.
    pub required: Vec<Feature>,
}

impl Degrade {
    /// Not at all.
    pub const fn never() -> Self {
        Self { on: false, profile: Profile::Standard, required: Vec::new() }
    }
}

impl Default for Degrade {
    fn default() -> Self {
        Self { on: true, profile: Profile::default(), required: Vec::new() }
    }
}

/// The table form.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[schemars(rename = "DegradeTable")]
struct Fields {
    /// Whether a request may be degraded at all.
    on: bool,
    /// `standard`, `require_parameters` or `concentrate`.
    profile: String,
    /// Names of features that may not be degraded.
    required: Vec<String>,
}

impl Default for Fields {
    fn default() -> Self {
        Degrade::default().into()
    }
}

impl From<Degrade> for Fields {
    fn from(degrade: Degrade) -> Self {
        let required = degrade.required.iter().map(|feature| feature.name().to_owned()).collect();
        Self { on: degrade.on, profile: degrade.profile.name().to_owned(), required }
    }
}

impl TryFrom<Fields> for Degrade {
    type Error = String;

    fn try_from(fields: Fields) -> Result<Self, String> {
        let profile =
            fields.profile.parse().map_err(|error: switchback_capability::UnknownProfile| error.to_string())?;
        let required = fields.required.iter().map(|name| feature(name)).collect::<Result<_, _>>()?;
        Ok(Self { on: fields.on, profile, required })
    }
}

/// The feature of that name.
///
/// # Errors
/// Names the nearest one.
pub(crate) fn feature(name: &str) -> Result<Feature, String> {
    Feature::from_name(name).ok_or_else(|| {
        let known = Feature::ALL.iter().map(|feature| feature.name());
        let near = suggest(name, known, 1);
        let hint = near.first().map(|near| format!("; did you mean `{}`?", near.candidate));
        let name: String = name.chars().take(60).collect();
        format!("unknown feature `{name}`{}", hint.unwrap_or_else(|| "; docs/mapping.md lists them".to_owned()))
    })
}

impl Serialize for Degrade {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.profile == Profile::default() && self.required.is_empty() {
            return serializer.serialize_bool(self.on);
        }
        Fields::from(self.clone()).serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Degrade {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(DegradeVisitor)
    }
}

struct DegradeVisitor;

impl<'de> de::Visitor<'de> for DegradeVisitor {
    type Value = Degrade;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("true, false, or a table with `on`, `profile` and `required`")
    }

    fn visit_bool<E: de::Error>(self, on: bool) -> Result<Degrade, E> {
        Ok(Degrade { on, ..Degrade::default() })
    }

    fn visit_map<A: de::MapAccess<'de>>(self, map: A) -> Result<Degrade, A::Error> {
        Fields::deserialize(de::value::MapAccessDeserializer::new(map))?.try_into().map_err(de::Error::custom)
    }
}

impl JsonSchema for Degrade {
    fn schema_name() -> Cow<'static, str> {
        Cow::Borrowed("Degrade")
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "whether and how far a request may be degraded",
            "anyOf": [{ "type": "boolean" }, generator.subschema_for::<Fields>()],
        })
    }
}
