use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::ser::SerializeMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::policy::Metric;

/// What decides among endpoints that fit equally well, the best first. Whatever it is, the default score decides among
/// equals, and the endpoints' canonical texts among those.
///
/// Written as what it sorts by, or as a table with that and `reverse`:
///
/// ```
/// use switchback_plan::{Metric, Order, Quantity, Sort};
///
/// #[derive(serde::Deserialize)]
/// struct Document {
///     sort: Sort,
/// }
/// let by_cost: Document = toml::from_str(r#"sort = "cost""#)?;
/// assert_eq!(by_cost.sort, Sort::by(Order::Cost));
/// let slowest: Document = toml::from_str(r#"sort = { by = "latency", reverse = true }"#)?;
/// assert_eq!(slowest.sort, Sort { by: Order::Metric(Metric::of(Quantity::Latency)), reverse: true });
/// # Ok::<(), toml::de::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_structs, reason = "what to sort by, and in which direction")]
pub struct Sort {
    /// What to sort by.
    pub by: Order,
    /// Whether the worst comes first.
    pub reverse: bool,
}

/// What endpoints are sorted by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_enums, reason = "a new way to sort should stop the build of every planner")]
pub enum Order {
    /// The default score, lowest first: what a request is expected to cost in money, waiting and failures.
    #[default]
    Score,
    /// The expected cost, lowest first; unknown prices after known ones.
    Cost,
    /// A measurement, the better value first; what nobody measured after what somebody did, but for latency and uptime
    /// without aggregate and window, which have an assumed value.
    Metric(Metric),
    /// The published score of LLM Gateway, lowest first (`preset.rs` has its formula and source). Relative: it compares
    /// with the best of the candidates.
    LlmGateway,
    /// As `OpenRouter` balances by default: one endpoint is drawn by the inverse square of its price, the rest follow by
    /// price. Relative, and drawn with the seed.
    InverseSquarePrice,
}

impl Sort {
    /// By that, the best first.
    pub const fn by(by: Order) -> Self {
        Self { by, reverse: false }
    }
}

const WORDS: [(&str, Order); 4] = [
    ("score", Order::Score),
    ("cost", Order::Cost),
    ("llm_gateway", Order::LlmGateway),
    ("inverse_square_price", Order::InverseSquarePrice),
];

impl fmt::Display for Order {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Metric(metric) => metric.fmt(f),
            Self::Score | Self::Cost | Self::LlmGateway | Self::InverseSquarePrice => {
                f.write_str(WORDS.iter().find(|(_, order)| order == self).map_or("", |(name, _)| name))
            }
        }
    }
}

impl FromStr for Order {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let word = WORDS.iter().find(|(name, _)| *name == text).map(|(_, order)| *order);
        word.map_or_else(
            || {
                let words = WORDS.map(|(name, _)| name).join(", ");
                text.parse().map(Self::Metric).map_err(|error| format!("{error}, or {words}"))
            },
            Ok,
        )
    }
}

impl fmt::Display for Sort {
    /// `cost`, `latency.p95 reversed`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.by.fmt(f)?;
        if self.reverse { f.write_str(" reversed") } else { Ok(()) }
    }
}

impl Serialize for Sort {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if !self.reverse {
            return serializer.collect_str(&self.by);
        }
        let mut map = serializer.serialize_map(Some(2))?;
        map.serialize_entry("by", &self.by.to_string())?;
        map.serialize_entry("reverse", &true)?;
        map.end()
    }
}

impl<'de> Deserialize<'de> for Sort {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(SortVisitor)
    }
}

struct SortVisitor;

impl<'de> de::Visitor<'de> for SortVisitor {
    type Value = Sort;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("what to sort by, or a table with `by` and `reverse`")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Sort, E> {
        text.parse().map(Sort::by).map_err(E::custom)
    }

    fn visit_map<A: de::MapAccess<'de>>(self, map: A) -> Result<Sort, A::Error> {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Fields {
            by: String,
            #[serde(default)]
            reverse: bool,
        }
        let fields = Fields::deserialize(de::value::MapAccessDeserializer::new(map))?;
        let by = fields.by.parse().map_err(de::Error::custom)?;
        Ok(Sort { by, reverse: fields.reverse })
    }
}

impl JsonSchema for Sort {
    fn schema_name() -> Cow<'static, str> {
        Cow::Borrowed("Sort")
    }

    fn json_schema(_generator: &mut SchemaGenerator) -> Schema {
        let by = json_schema!({ "type": "string", "anyOf": [
            { "enum": WORDS.map(|(name, _)| name) },
            { "pattern": Metric::pattern() },
        ]});
        json_schema!({
            "description": "what decides among endpoints that fit equally well",
            "anyOf": [by, {
                "type": "object",
                "properties": { "by": by, "reverse": { "type": "boolean", "default": false } },
                "required": ["by"],
                "additionalProperties": false,
            }],
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_order_reads_as_it_is_written() {
        for text in ["score", "cost", "llm_gateway", "inverse_square_price", "latency", "throughput.p50@5m"] {
            let json = format!("\"{text}\"");
            let sort: Sort = serde_json::from_str(&json).unwrap();
            assert_eq!(serde_json::to_string(&sort).unwrap(), json);
            let reversed = Sort { reverse: true, ..sort };
            let json = serde_json::to_string(&reversed).unwrap();
            assert_eq!(serde_json::from_str::<Sort>(&json).unwrap(), reversed);
        }
    }

    #[test]
    fn what_is_no_order_is_refused() {
        let error = serde_json::from_str::<Sort>("\"price\"").unwrap_err().to_string();
        assert!(error.contains("`price`") && error.contains("cost"), "{error}");
        let error = serde_json::from_str::<Sort>("{\"buy\": \"cost\"}").unwrap_err().to_string();
        assert!(error.contains("unknown field `buy`"), "{error}");
    }
}
