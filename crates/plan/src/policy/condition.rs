use std::cmp::Ordering;

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::policy::subject::Facts;
use crate::policy::{Subject, Value};

/// When a route is taken: a test of one value of the request, or several conditions put together.
///
/// A test names what it looks at with `of` and holds when all of its comparisons do. A value that the request does not
/// have fails every comparison but `ne`, `nin`, `has_none` and `exists = false`.
///
/// ```
/// use switchback_plan::Condition;
///
/// let condition: Condition = toml::from_str(r#"
///     all = [
///         { of = "metadata.plan", in = ["pro", "enterprise"] },
///         { not = { of = "tags", has_any = ["internal"] } },
///     ]
/// "#)?;
/// assert!(matches!(condition, Condition::All(ref parts) if parts.len() == 2));
/// # Ok::<(), toml::de::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
#[expect(clippy::exhaustive_enums, reason = "the connectives of a boolean expression")]
pub enum Condition {
    /// Every one of them; an empty list holds.
    All(Vec<Self>),
    /// One of them at least; an empty list does not hold.
    Any(Vec<Self>),
    /// The opposite.
    Not(Box<Self>),
    /// One value of the request.
    Test(Test),
}

/// What one value of the request must be. Several comparisons must all hold.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Test {
    /// What is looked at.
    pub of: Subject,
    /// The comparisons.
    pub comparisons: Vec<Comparison>,
}

macro_rules! comparisons {
    ($($(#[doc = $doc:literal])* $variant:ident $key:ident: $type:ty;)*) => {
        /// One comparison. For tags and features, which have several values, one value that compares is enough, and for
        /// the negative ones none may.
        #[derive(Clone, Debug, PartialEq)]
        #[expect(clippy::exhaustive_enums, reason = "a new comparison should stop the build of importers")]
        pub enum Comparison {
            $($(#[doc = $doc])* $variant($type),)*
        }

        /// A condition as it is written.
        #[derive(Default, Serialize, Deserialize, JsonSchema)]
        #[serde(deny_unknown_fields, default)]
        #[schemars(rename = "Condition")]
        pub(crate) struct Fields {
            /// Conditions that must all hold.
            #[serde(skip_serializing_if = "Option::is_none")]
            all: Option<Vec<Condition>>,
            /// Conditions of which one must hold.
            #[serde(skip_serializing_if = "Option::is_none")]
            any: Option<Vec<Condition>>,
            /// A condition that must not hold.
            #[serde(skip_serializing_if = "Option::is_none")]
            not: Option<Box<Condition>>,
            /// What the comparisons beside it look at.
            #[serde(skip_serializing_if = "Option::is_none")]
            of: Option<Subject>,
            $($(#[doc = $doc])* #[serde(skip_serializing_if = "Option::is_none")] $key: Option<$type>,)*
        }

        impl Fields {
            fn comparisons(&mut self) -> Vec<Comparison> {
                [$(self.$key.take().map(Comparison::$variant),)*].into_iter().flatten().collect()
            }

            fn set(&mut self, comparison: Comparison) {
                match comparison {
                    $(Comparison::$variant(value) => self.$key = Some(value),)*
                }
            }
        }
    };
}

comparisons! {
    /// Equal, of the same kind.
    Eq eq: Value;
    /// Not equal, or absent.
    Ne ne: Value;
    /// Greater, as numbers.
    Gt gt: Value;
    /// Greater or equal, as numbers.
    Gte gte: Value;
    /// Less, as numbers.
    Lt lt: Value;
    /// Less or equal, as numbers.
    Lte lte: Value;
    /// Equal to one of them.
    In r#in: Vec<Value>;
    /// Equal to none of them, or absent.
    Nin nin: Vec<Value>;
    /// A regular expression that is found anywhere in the value.
    Matches matches: Pattern;
    /// A text that the value contains.
    Contains contains: String;
    /// Whether there is a value.
    Exists exists: bool;
    /// One of these is among the values.
    HasAny has_any: Vec<Value>;
    /// All of these are among the values.
    HasAll has_all: Vec<Value>;
    /// None of these is among the values.
    HasNone has_none: Vec<Value>;
}

/// A regular expression in the syntax of the `regex` crate: linear in time, without look-around and back-references.
#[derive(Clone, Debug)]
pub struct Pattern(regex::Regex);

impl Pattern {
    /// Compiles it.
    ///
    /// # Errors
    /// When the text is no regular expression, or one that would take more than a megabyte.
    pub fn new(text: &str) -> Result<Self, String> {
        let built = regex::RegexBuilder::new(text).size_limit(1 << 20).build();
        built.map(Self).map_err(|error| error.to_string())
    }

    /// As it is written.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }
}

impl PartialEq for Pattern {
    fn eq(&self, other: &Self) -> bool {
        self.as_str() == other.as_str()
    }
}

impl Serialize for Pattern {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for Pattern {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::new(&String::deserialize(deserializer)?).map_err(de::Error::custom)
    }
}

impl Condition {
    /// Whether it holds for a request.
    pub(crate) fn holds(&self, facts: &Facts<'_>) -> bool {
        match self {
            Self::All(parts) => parts.iter().all(|part| part.holds(facts)),
            Self::Any(parts) => parts.iter().any(|part| part.holds(facts)),
            Self::Not(part) => !part.holds(facts),
            Self::Test(test) => {
                let values = facts.values(&test.of);
                test.comparisons.iter().all(|comparison| comparison.holds(&values))
            }
        }
    }

    /// Shows every subject that it looks at.
    pub(crate) fn each_subject<'c>(&'c self, visit: &mut dyn FnMut(&'c Subject)) {
        match self {
            Self::All(parts) | Self::Any(parts) => parts.iter().for_each(|part| part.each_subject(visit)),
            Self::Not(part) => part.each_subject(visit),
            Self::Test(test) => visit(&test.of),
        }
    }
}

impl Comparison {
    fn holds(&self, values: &[Value]) -> bool {
        let ordered = |bound: &Value, wanted: &[Ordering]| {
            values.iter().any(|value| value.order(bound).is_some_and(|order| wanted.contains(&order)))
        };
        match self {
            Self::Eq(wanted) => values.contains(wanted),
            Self::Ne(unwanted) => !values.contains(unwanted),
            Self::Gt(bound) => ordered(bound, &[Ordering::Greater]),
            Self::Gte(bound) => ordered(bound, &[Ordering::Greater, Ordering::Equal]),
            Self::Lt(bound) => ordered(bound, &[Ordering::Less]),
            Self::Lte(bound) => ordered(bound, &[Ordering::Less, Ordering::Equal]),
            Self::In(wanted) | Self::HasAny(wanted) => wanted.iter().any(|wanted| values.contains(wanted)),
            Self::Nin(unwanted) | Self::HasNone(unwanted) => !unwanted.iter().any(|value| values.contains(value)),
            Self::HasAll(wanted) => wanted.iter().all(|wanted| values.contains(wanted)),
            Self::Matches(pattern) => values.iter().any(|value| pattern.0.is_match(&value.as_text())),
            Self::Contains(part) => values.iter().any(|value| value.as_text().contains(part.as_str())),
            Self::Exists(expected) => values.is_empty() != *expected,
        }
    }
}

impl TryFrom<Fields> for Condition {
    type Error = String;

    fn try_from(mut fields: Fields) -> Result<Self, String> {
        let comparisons = fields.comparisons();
        match (fields.all, fields.any, fields.not, fields.of) {
            (Some(parts), None, None, None) if comparisons.is_empty() => Ok(Self::All(parts)),
            (None, Some(parts), None, None) if comparisons.is_empty() => Ok(Self::Any(parts)),
            (None, None, Some(part), None) if comparisons.is_empty() => Ok(Self::Not(part)),
            (None, None, None, Some(of)) if !comparisons.is_empty() => Ok(Self::Test(Test { of, comparisons })),
            _ => Err("expected one of `all`, `any` and `not`, or `of` with what it is compared to".to_owned()),
        }
    }
}

impl From<Condition> for Fields {
    fn from(condition: Condition) -> Self {
        match condition {
            Condition::All(parts) => Self { all: Some(parts), ..Self::default() },
            Condition::Any(parts) => Self { any: Some(parts), ..Self::default() },
            Condition::Not(part) => Self { not: Some(part), ..Self::default() },
            Condition::Test(test) => {
                let mut fields = Self { of: Some(test.of), ..Self::default() };
                test.comparisons.into_iter().for_each(|comparison| fields.set(comparison));
                fields
            }
        }
    }
}

impl Serialize for Condition {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Fields::from(self.clone()).serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Condition {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::try_from(Fields::deserialize(deserializer)?).map_err(de::Error::custom)
    }
}
