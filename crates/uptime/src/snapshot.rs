use switchback_units::{Ratio, Timestamp};

use crate::counts::Counts;
use crate::endpoint::{Endpoint, Target};
use crate::feature::{Feature, Features};
use crate::latency::{Metric, Span};
use crate::store::Uptime;
use crate::summary::Summary;
use crate::verdict::Verdict;
use crate::window::Window;

/// What was known of every endpoint at one time, worked out. Does not change, so that everything that is decided by it
/// is decided by the same; to be made once a second or so and shared.
///
/// ```
/// use switchback_units::{Millis, Timestamp};
/// use switchback_uptime::{Features, Metric, Settings, Span, Target, Timing, Uptime, Verdict};
///
/// let (uptime, now) = (Uptime::new(Settings::default()), Timestamp::from_millis(1_795_000_000_000));
/// let endpoint = uptime.endpoint(Target { endpoint: 7, provider: 1, credential: 1 }, now);
/// (0..20).for_each(|_| endpoint.observe(&Timing::new(Millis::new(300)), now));
///
/// let snapshot = uptime.snapshot(Span::Minute, now);
/// let reading = snapshot.of(7).expect("it is known");
/// assert_eq!(reading.verdict(Features::BASE), Verdict::Pass);
/// assert_eq!(reading.latency(Metric::EndToEnd).percentile(95), Some(300));
/// ```
#[derive(Clone, Debug)]
pub struct Snapshot {
    at: Timestamp,
    span: Span,
    readings: Vec<Reading>,
}

/// What was known of one endpoint.
#[derive(Clone, Debug)]
pub struct Reading {
    target: Target,
    features: Vec<FeatureReading>,
    latencies: [Summary; 4],
}

/// What was known of one feature of an endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct FeatureReading {
    /// The feature.
    pub feature: Feature,
    /// Whether calls that use it may be made.
    pub verdict: Verdict,
    /// What share of them may be expected to succeed.
    pub estimate: Ratio,
    /// What was counted in a quarter of an hour.
    pub counts: Counts,
    /// When such calls were last left out ([`Endpoint::last_out`]).
    pub last_out: Option<Timestamp>,
}

impl Uptime {
    /// What is known now, latencies over a span. Costs microseconds for each endpoint.
    pub fn snapshot(&self, span: Span, now: Timestamp) -> Snapshot {
        let readings = self.endpoints().iter().map(|endpoint| endpoint.reading(span, now)).collect();
        Snapshot { at: now, span, readings }
    }
}

impl Endpoint {
    /// What is known of this endpoint now.
    pub fn reading(&self, span: Span, now: Timestamp) -> Reading {
        let mut features = Vec::new();
        self.each_cell(|feature, _| {
            let used = Features::BASE.with(feature);
            features.push(FeatureReading {
                feature,
                verdict: self.check(used, now),
                estimate: self.estimate(used, now),
                counts: self.counts(feature, Window::QuarterHour, now),
                last_out: self.last_out(used),
            });
        });
        let latencies = Metric::ALL.map(|metric| self.latency(metric, span, now));
        Reading { target: self.target(), features, latencies }
    }
}

impl Snapshot {
    /// When it was made.
    pub const fn at(&self) -> Timestamp {
        self.at
    }

    /// The span that its latencies are of.
    pub const fn span(&self) -> Span {
        self.span
    }

    /// What was known of an endpoint.
    pub fn of(&self, endpoint: u64) -> Option<&Reading> {
        let at = self.readings.binary_search_by_key(&endpoint, |reading| reading.target.endpoint).ok()?;
        self.readings.get(at)
    }

    /// All, in the order of the endpoints' ids.
    pub fn readings(&self) -> &[Reading] {
        &self.readings
    }
}

impl Reading {
    /// Whose it is.
    pub const fn target(&self) -> Target {
        self.target
    }

    /// Each feature of which something is known.
    pub fn features(&self) -> &[FeatureReading] {
        &self.features
    }

    /// Whether a call that uses these features could be made: the strictest verdict of each.
    pub fn verdict(&self, used: Features) -> Verdict {
        let verdicts = self.used(used).map(|reading| reading.verdict);
        verdicts.max_by_key(strictness).unwrap_or(Verdict::Pass)
    }

    /// What share of calls that use these features may be expected to succeed: the lowest of each.
    pub fn estimate(&self, used: Features) -> Option<Ratio> {
        self.used(used).map(|reading| reading.estimate).min()
    }

    /// When calls that use these features were last left out: the latest of each.
    pub fn last_out(&self, used: Features) -> Option<Timestamp> {
        self.used(used).filter_map(|reading| reading.last_out).max()
    }

    /// What was measured; one load for each percentile.
    #[inline]
    pub fn latency(&self, metric: Metric) -> &Summary {
        let [first_token, end_to_end, inter_token, throughput] = &self.latencies;
        match metric {
            Metric::FirstToken => first_token,
            Metric::EndToEnd => end_to_end,
            Metric::InterToken => inter_token,
            Metric::Throughput => throughput,
        }
    }

    fn used(&self, used: Features) -> impl Iterator<Item = &FeatureReading> {
        self.features.iter().filter(move |reading| used.contains(reading.feature))
    }
}

fn strictness(verdict: &Verdict) -> (u8, u16, Timestamp) {
    match verdict {
        Verdict::Pass => (0, 0, Timestamp::EPOCH),
        Verdict::Ramp(share) => (1, 1_000_u16.saturating_sub(*share), Timestamp::EPOCH),
        Verdict::Probe(_) => (2, 0, Timestamp::EPOCH),
        Verdict::Blocked(block) => (3, 0, block.until),
    }
}
