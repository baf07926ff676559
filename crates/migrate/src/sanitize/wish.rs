use std::collections::BTreeMap;

use serde::Serialize;
use switchback_plan::{Retry, Timeouts, Triggers};

/// What a request asked of its gateway beyond an answer, read from foreign headers and parameters: what a policy has to
/// say in their place.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Wishes {
    /// Further models in order, each step with the failures that lead to it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub chain: Vec<Onward>,
    /// Nothing but the first route.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub no_fallback: bool,
    /// When and how often the same endpoint is asked again.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retry: Option<Retry>,
    /// How long an attempt may take.
    #[serde(skip_serializing_if = "Timeouts::is_empty")]
    pub timeouts: Timeouts,
    /// What tagged routes are chosen by: the caller's tags.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<String>,
    /// What routes are chosen by: the caller's metadata.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub metadata: BTreeMap<String, String>,
    /// Where inference may run.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub regions: Vec<String>,
    /// Providers that may not be used, by canonical id.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub deny: Vec<String>,
    /// What the conversation is known by: the caller's actor.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub session: Option<String>,
    /// The one variant of a function that was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub variant: Option<String>,
    /// A router or Config that was named, whose text is another source's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub config: Option<String>,
}

/// A step of a chain.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Onward {
    /// The model to go on to, in our form.
    pub model: String,
    /// The failures that lead to it.
    pub on: Triggers,
    /// Whether these failures lead here and nowhere else, as LiteLLM's lists for one kind of failure do.
    pub is_exclusive: bool,
}
