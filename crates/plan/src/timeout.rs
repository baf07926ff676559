use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use switchback_units::Millis;

/// How long one attempt may take, phase by phase. What is absent has no limit here; the embedder's own limits stand.
///
/// The engine has no clock: whoever sends the request measures these and reports a
/// [`timeout`](switchback_ir::ErrorClass::Timeout) when one has passed. Each is a whole number of milliseconds or a
/// text such as `"30s"`.
///
/// ```
/// use switchback_plan::Timeouts;
/// use switchback_units::Millis;
///
/// let timeouts: Timeouts = serde_json::from_str(r#"{"total_ms": "2m", "first_token_ms": 8000}"#)?;
/// assert_eq!((timeouts.total_ms, timeouts.connect_ms), (Some(Millis::new(120_000)), None));
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[non_exhaustive]
pub struct Timeouts {
    /// From the start of the attempt to the end of its answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub total_ms: Option<Millis>,
    /// From the start of the attempt until the connection stands, TLS included.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub connect_ms: Option<Millis>,
    /// From the start of the attempt to the first token of its answer; only of streams.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first_token_ms: Option<Millis>,
    /// Between two pieces of the answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub idle_ms: Option<Millis>,
}

impl Timeouts {
    /// These, with what they leave open taken from `outer`.
    #[must_use]
    pub fn or(self, outer: Self) -> Self {
        Self {
            total_ms: self.total_ms.or(outer.total_ms),
            connect_ms: self.connect_ms.or(outer.connect_ms),
            first_token_ms: self.first_token_ms.or(outer.first_token_ms),
            idle_ms: self.idle_ms.or(outer.idle_ms),
        }
    }

    /// Whether there is no limit.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}
