use switchback_catalog::EndpointId;
use switchback_ir::{ErrorClass, Feature, FeatureSet};
use switchback_plan::{Affinity, Aggregate, Latency, Metrics, Quantity, Recovery};
use switchback_units::{Millis, Ratio, Timestamp, Tokens};
use switchback_uptime::{Cause, Feature as Used, Features, Metric, Outcome, Settings, Snapshot, Uptime, Verdict};

/// What the planner calls a feature, and what the gate counts it under.
const FEATURES: &[(Feature, Used)] = &[
    (Feature::Streaming, Used::STREAM),
    (Feature::Tools, Used::TOOLS),
    (Feature::CustomTool, Used::TOOLS),
    (Feature::ToolCalls, Used::TOOLS),
    (Feature::JsonSchema, Used::JSON_SCHEMA),
    (Feature::ImageUrl, Used::VISION),
    (Feature::ImageBase64, Used::VISION),
    (Feature::ImageDataUrl, Used::VISION),
    (Feature::ImageFileId, Used::VISION),
    (Feature::VideoUrl, Used::VISION),
    (Feature::VideoBase64, Used::VISION),
    (Feature::VideoFileId, Used::VISION),
    (Feature::AudioInput, Used::AUDIO),
    (Feature::AudioUrl, Used::AUDIO),
    (Feature::AudioOutput, Used::AUDIO),
    (Feature::ReasoningEffort, Used::REASONING),
    (Feature::ReasoningBudget, Used::REASONING),
    (Feature::ReasoningAdaptive, Used::REASONING),
    (Feature::CacheBreakpoint, Used::CACHE),
    (Feature::PromptCacheKey, Used::CACHE),
];

/// A snapshot of `switchback-uptime`, whose endpoints go by the ids of the catalog, as the planner's signals.
///
/// An endpoint that the gate has put out reads below the gate's threshold, and one that is in never does, whatever a short
/// window says: the planner's own gate then follows the hysteresis of this one. Throttling, refused credentials and missing
/// models are cooldowns.
///
/// ```
/// use switchback::catalog::EndpointId;
/// use switchback::plan::Uptime as _;
/// use switchback::uptime::{Call, Outcome, Settings, Span, Target, Uptime};
/// use switchback::{Measured, Timestamp, ir::FeatureSet};
///
/// let (uptime, now) = (Uptime::new(Settings::default()), Timestamp::from_millis(1_795_000_000_000));
/// let id = EndpointId::of("openai gpt-4o chat - standard -");
/// let endpoint = uptime.endpoint(Target { endpoint: id.as_u64(), provider: 1, credential: 1 }, now);
/// (0..5).for_each(|_| endpoint.record(&Call::new(Outcome::Failure { retry_after: None }, now), now));
///
/// let snapshot = uptime.snapshot(Span::Minute, now);
/// let rate = Measured::new(&snapshot, uptime.settings()).success_rate(id, FeatureSet::EMPTY, now);
/// assert!(rate.is_some_and(|rate| rate.get() < 0.9));
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Measured<'a> {
    snapshot: &'a Snapshot,
    threshold: u64,
    probed: Option<EndpointId>,
    gates: Option<&'a Uptime>,
}

impl<'a> Measured<'a> {
    /// The signals of a snapshot.
    pub const fn new(snapshot: &'a Snapshot, settings: &Settings) -> Self {
        Self { snapshot, threshold: settings.threshold_percent as u64, probed: None, gates: None }
    }

    /// The same for a request that may probe an endpoint, since it has taken the place
    /// ([`switchback_uptime::Endpoint::probe`]). It reads as if it were well: by what it did before it was out, it would come
    /// after the others and never be tried.
    #[must_use]
    pub const fn probing(self, endpoint: EndpointId) -> Self {
        Self { probed: Some(endpoint), ..self }
    }

    /// The same with gates and cooldowns as they are when they are asked for, and not as they were when the snapshot was
    /// taken.
    #[must_use]
    pub const fn with_gates(self, uptime: &'a Uptime) -> Self {
        Self { gates: Some(uptime), ..self }
    }

    fn verdict(&self, endpoint: EndpointId, used: Features, now: Timestamp) -> Option<Verdict> {
        match self.gates {
            Some(gates) => gates.known(endpoint.as_u64()).map(|endpoint| endpoint.check(used, now)),
            None => self.snapshot.of(endpoint.as_u64()).map(|reading| reading.verdict(used)),
        }
    }

    /// What share of calls may be expected to succeed; of an endpoint that is younger than the snapshot, as far as any is.
    fn estimate(&self, endpoint: EndpointId, used: Features, now: Timestamp) -> Option<Ratio> {
        match self.snapshot.of(endpoint.as_u64()) {
            Some(reading) => reading.estimate(used),
            None => self.gates?.known(endpoint.as_u64()).map(|endpoint| endpoint.estimate(Features::BASE, now)),
        }
    }
}

impl switchback_plan::Uptime for Measured<'_> {
    fn success_rate(&self, endpoint: EndpointId, features: FeatureSet, now: Timestamp) -> Option<Ratio> {
        let used = used(features);
        let estimate = self.estimate(endpoint, used, now)?;
        let is_out = match self.verdict(endpoint, used, now)? {
            Verdict::Pass | Verdict::Ramp(_) => false,
            Verdict::Probe(_) if self.probed == Some(endpoint) => return Some(Ratio::ONE),
            Verdict::Probe(_) => true,
            Verdict::Blocked(block) => matches!(block.cause, Cause::Ejected(_) | Cause::ProviderDown),
        };
        let threshold = Ratio::of(self.threshold.min(100), 100).unwrap_or(Ratio::ONE);
        let below = Ratio::of(self.threshold.min(100).saturating_sub(1), 100).unwrap_or_default();
        Some(if is_out { estimate.min(below) } else { estimate.max(threshold) })
    }

    fn blocked_until(&self, endpoint: EndpointId, now: Timestamp) -> Option<Timestamp> {
        match self.verdict(endpoint, Features::BASE, now)? {
            Verdict::Blocked(block) if !matches!(block.cause, Cause::Ejected(_) | Cause::ProviderDown) => {
                Some(block.until).filter(|until| *until > now)
            }
            Verdict::Blocked(_) | Verdict::Pass | Verdict::Ramp(_) | Verdict::Probe(_) => None,
        }
    }

    fn recovery(&self, endpoint: EndpointId, features: FeatureSet, now: Timestamp) -> Option<Recovery> {
        let used = used(features);
        let since = match self.gates {
            Some(gates) => gates.known(endpoint.as_u64())?.last_out(used)?,
            None => self.snapshot.of(endpoint.as_u64())?.last_out(used)?,
        };
        let permille = match self.verdict(endpoint, used, now)? {
            Verdict::Ramp(permille) => permille,
            Verdict::Pass | Verdict::Probe(_) | Verdict::Blocked(_) => 1_000,
        };
        Some(Recovery { since, permille })
    }
}

impl Latency for Measured<'_> {
    fn first_token(&self, endpoint: EndpointId, _: Timestamp) -> Option<Millis> {
        self.snapshot.of(endpoint.as_u64())?.latency(Metric::FirstToken).percentile(50).map(Millis::new)
    }
}

impl Metrics for Measured<'_> {
    /// Latency, end-to-end latency and throughput of the snapshot's span; a median where no aggregate is asked for.
    fn metric(&self, endpoint: EndpointId, metric: switchback_plan::Metric, _: Timestamp) -> Option<f64> {
        if metric.window.is_some_and(|window| window != self.snapshot.span().length()) {
            return None;
        }
        let (kept, unit) = match metric.quantity {
            Quantity::Latency => (Metric::FirstToken, 1.0),
            Quantity::EndToEnd => (Metric::EndToEnd, 1.0),
            // Kept as tokens in ten seconds.
            Quantity::Throughput => (Metric::Throughput, 0.1),
            Quantity::Uptime
            | Quantity::Requests
            | Quantity::InputTokens
            | Quantity::OutputTokens
            | Quantity::TotalTokens
            | Quantity::InFlight
            | Quantity::Spend => return None,
        };
        let summary = self.snapshot.of(endpoint.as_u64())?.latency(kept);
        let value = match metric.aggregate {
            None => summary.percentile(50),
            Some(Aggregate::Percentile(percent)) => summary.percentile(percent),
            Some(Aggregate::Mean) => summary.mean(),
            Some(Aggregate::Least) => summary.min(),
            Some(Aggregate::Greatest) => summary.max(),
            Some(Aggregate::Sum) => None,
        }?;
        // A span or a rate of a call, far below 2^32.
        u32::try_from(value).ok().map(|value| f64::from(value) * unit)
    }
}

/// Nothing is known of prompt caches here.
impl Affinity for Measured<'_> {
    fn cached_tokens(&self, _: EndpointId, _: Timestamp) -> Option<Tokens> {
        None
    }
}

/// What the gate counts a request's features under.
pub fn used(features: FeatureSet) -> Features {
    FEATURES.iter().filter(|(feature, _)| features.contains(*feature)).map(|(_, used)| *used).collect()
}

/// What a failed call means to the gate. `used` are the features that were sent: of an unsupported one it is not said which,
/// so it counts on the only one beside the base, and on none when there are several.
///
/// ```
/// use switchback::ir::ErrorClass;
/// use switchback::outcome;
/// use switchback::uptime::{Features, Outcome};
///
/// assert_eq!(outcome(ErrorClass::Permission, Features::BASE, None), Outcome::Credential);
/// assert_eq!(outcome(ErrorClass::Server, Features::BASE, None), Outcome::Failure { retry_after: None });
/// ```
pub fn outcome(class: ErrorClass, used: Features, retry_after: Option<Millis>) -> Outcome {
    match class {
        ErrorClass::Timeout | ErrorClass::Connection | ErrorClass::Server => Outcome::Failure { retry_after },
        // The provider is up and says when to come back; without that it is down like any other.
        ErrorClass::Overloaded if retry_after.is_none() => Outcome::Failure { retry_after },
        ErrorClass::Overloaded
        | ErrorClass::RateLimitRequests
        | ErrorClass::RateLimitTokens
        | ErrorClass::RateLimitConcurrency => Outcome::Throttled { retry_after },
        ErrorClass::Credential | ErrorClass::Permission | ErrorClass::Quota => Outcome::Credential,
        ErrorClass::NotFound => Outcome::Configuration,
        ErrorClass::UnsupportedFeature if used.iter().count() == 2 => Outcome::Unsupported(used),
        ErrorClass::UnsupportedFeature
        | ErrorClass::Cancelled
        | ErrorClass::ContextOverflow
        | ErrorClass::TooLarge
        | ErrorClass::ContentPolicy
        | ErrorClass::BadRequest
        | ErrorClass::Unknown => Outcome::Neutral,
    }
}
