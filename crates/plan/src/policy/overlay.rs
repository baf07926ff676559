use crate::policy::{Route, Settings};

/// What one request says about its own routing: a part of a policy that holds for it alone.
///
/// Its constraints hold beside those of the policy and of every level, so that a request narrows what it may use and
/// never widens it; its preferences take the place of the policy's.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Overlay {
    /// What stands for the model that the request names, such as a chain of models.
    pub route: Option<Route>,
    /// What holds for the request.
    pub settings: Settings,
    /// Whether the policy's `fallback` is left out.
    pub no_fallback: bool,
}
