use serde::Serialize;

use crate::Note;
use crate::policy::{Route, Settings};

/// What one request says about its own routing: a part of a policy that holds for it alone.
///
/// Its constraints hold beside those of the policy and of every level, so that a request narrows what it may use and
/// never widens it; its preferences take the place of the policy's.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Overlay {
    /// What stands for the model that the request names, such as a chain of models.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub route: Option<Route>,
    /// What holds for the request.
    #[serde(flatten)]
    pub settings: Settings,
    /// Whether the policy's `fallback` is left out.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub no_fallback: bool,
    /// What its plan says about it.
    #[serde(skip)]
    pub notes: Vec<Note>,
}
