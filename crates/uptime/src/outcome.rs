use switchback_units::{Millis, Timestamp};

use crate::feature::Features;

/// How a call ended, as far as the endpoint's availability is concerned. Which status code or error means what is for
/// the caller to say; the usual reading stands at each case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "a new outcome should stop the build of whoever classifies")]
pub enum Outcome {
    /// It ended as it should: a 2xx that is whole, a stream with its terminal event.
    Success,
    /// The endpoint failed: no connection, 5xx, 529 without a time to retry after, a time-out before the first token or
    /// between two, a stream that was cut, a body that cannot be read. Counts on everything that was used.
    Failure {
        /// When the endpoint said to come back. An ejection that this failure causes lasts at least that long, within
        /// the limits of [`crate::Settings`].
        retry_after: Option<Millis>,
    },
    /// A 2xx that breaks what these features promise: output that misses its schema, tool arguments that are no JSON, a
    /// forced tool that was not called. Counts as a failure of these features and as a success of all else.
    Breach(Features),
    /// A 400 that names features which the endpoint does not have. Counts as a failure of these features only, and is
    /// kept with its date: see [`crate::Endpoint::unsupported_since`].
    Unsupported(Features),
    /// The endpoint is up and wants less: 429, and 503 or 529 with a time to retry after. Not in the success rate.
    Throttled {
        /// When the endpoint said to come back.
        retry_after: Option<Millis>,
    },
    /// The key is wrong, empty or not allowed: 401, 402, 403. Counts against the credential, on every endpoint that uses
    /// it, and never against endpoint or provider.
    Credential,
    /// The endpoint does not exist: 404 for the model. Leaves the endpoint out for [`crate::Settings::configuration_cooldown`].
    Configuration,
    /// The request's own fault, or a refusal: 400, 413, 422, a content filter. Says nothing of the endpoint.
    Neutral,
    /// The client went away. Says nothing of the endpoint, unless it had waited three times the 99th percentile of the
    /// time to the first token and seen none: then it is a failure.
    Cancelled {
        /// How long it had waited.
        waited: Millis,
        /// Whether a token had come.
        first_token: bool,
    },
}

/// A call that ended.
///
/// ```
/// use switchback_units::Timestamp;
/// use switchback_uptime::{Call, Feature, Features, Outcome};
///
/// let call = Call::new(Outcome::Success, Timestamp::from_millis(5_000)).using(Features::BASE | Feature::TOOLS);
/// assert!(call.features.contains(Feature::TOOLS));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Call {
    /// How it ended.
    pub outcome: Outcome,
    /// What it used: the features that were sent, after degradation.
    pub features: Features,
    /// When it was sent. What was sent before an ejection says nothing about whether the endpoint has recovered.
    pub started: Timestamp,
}

impl Call {
    /// A call that used nothing in particular.
    pub const fn new(outcome: Outcome, started: Timestamp) -> Self {
        Self { outcome, features: Features::BASE, started }
    }

    /// The same with the features that it used.
    #[must_use]
    pub const fn using(self, features: Features) -> Self {
        Self { features, ..self }
    }
}
