use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::policy::{Metric, Selector};

/// A bound on something that was measured of an endpoint.
///
/// As a preference it puts endpoints behind the others, as a limit it leaves them out; in both, what nobody measured is
/// within bounds.
///
/// ```
/// use switchback_plan::Threshold;
///
/// let threshold: Threshold = toml::from_str(r#"
///     metric = "requests@1m"
///     at_most = 900
///     of = ["azure"]
/// "#)?;
/// assert!(threshold.admits(900.0) && !threshold.admits(901.0));
/// # Ok::<(), toml::de::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Threshold {
    /// What is looked at.
    pub metric: Metric,
    /// The greatest value within bounds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_most: Option<f64>,
    /// The least value within bounds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_least: Option<f64>,
    /// The endpoints that it is about; empty for all.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub of: Vec<Selector>,
}

impl Threshold {
    /// At most that much of a metric, for every endpoint.
    pub const fn at_most(metric: Metric, bound: f64) -> Self {
        Self { metric, at_most: Some(bound), at_least: None, of: Vec::new() }
    }

    /// At least that much of a metric, for every endpoint.
    pub const fn at_least(metric: Metric, bound: f64) -> Self {
        Self { metric, at_most: None, at_least: Some(bound), of: Vec::new() }
    }

    /// The same for those endpoints only.
    #[must_use]
    pub fn of(self, of: Vec<Selector>) -> Self {
        Self { of, ..self }
    }

    /// Whether a value is within bounds.
    pub fn admits(&self, value: f64) -> bool {
        self.at_most.is_none_or(|bound| value <= bound) && self.at_least.is_none_or(|bound| value >= bound)
    }
}
