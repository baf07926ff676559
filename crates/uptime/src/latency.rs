//! How long calls took: sketches over time.

use switchback_units::{Millis, Timestamp};

use crate::endpoint::Endpoint;
use crate::sketch::Sketch;
use crate::summary::Summary;

/// Something that is measured of a call that succeeded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Metric {
    /// Time to the first token, in milliseconds.
    FirstToken,
    /// Time to the end, in milliseconds.
    EndToEnd,
    /// Mean time between two tokens of a call, in units of 10 µs.
    InterToken,
    /// Tokens of a call in ten seconds of generation. Calls of fewer than 32 output tokens are left out.
    Throughput,
}

impl Metric {
    /// All.
    pub const ALL: [Self; 4] = [Self::FirstToken, Self::EndToEnd, Self::InterToken, Self::Throughput];
}

/// How far back latencies are looked at. Whole buckets: up to a bucket (10 s, 60 s) shorter than the name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Span {
    /// A minute, of six buckets.
    Minute,
    /// Five minutes.
    FiveMinutes,
}

impl Span {
    /// How long it is.
    pub const fn length(self) -> Millis {
        match self {
            Self::Minute => Millis::from_secs(60),
            Self::FiveMinutes => Millis::from_secs(300),
        }
    }
}

/// What was measured of one call.
///
/// ```
/// use switchback_units::{Millis, Timestamp};
/// use switchback_uptime::{Metric, Settings, Span, Target, Timing, Uptime};
///
/// let (uptime, now) = (Uptime::new(Settings::default()), Timestamp::from_millis(1_795_000_000_000));
/// let endpoint = uptime.endpoint(Target { endpoint: 1, provider: 1, credential: 1 }, now);
/// for first_token in 1..=100 {
///     let timing = Timing::new(Millis::new(2_000)).first_token(Millis::new(first_token)).output_tokens(100);
///     endpoint.observe(&timing, now);
/// }
/// let summary = endpoint.latency(Metric::FirstToken, Span::Minute, now);
/// assert_eq!((summary.min(), summary.max(), summary.mean()), (Some(1), Some(100), Some(50)));
/// assert!(summary.percentile(95).is_some_and(|p95| p95.abs_diff(95) <= 3));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Timing {
    /// To the end, or to when it was given up.
    pub total: Millis,
    /// To the first token, if one came.
    pub first_token: Option<Millis>,
    /// Tokens that came out, as far as is known.
    pub output_tokens: Option<u64>,
    /// Whether it was given up: then what is missing would have taken longer than it had.
    pub censored: bool,
}

impl Timing {
    /// A call that ended.
    pub const fn new(total: Millis) -> Self {
        Self { total, first_token: None, output_tokens: None, censored: false }
    }

    /// A call that was given up, by a time-out or by the client.
    pub const fn given_up(total: Millis) -> Self {
        Self { total, first_token: None, output_tokens: None, censored: true }
    }

    /// The same with when the first token came.
    #[must_use]
    pub const fn first_token(self, after: Millis) -> Self {
        Self { first_token: Some(after), ..self }
    }

    /// The same with how many tokens came out.
    #[must_use]
    pub const fn output_tokens(self, tokens: u64) -> Self {
        Self { output_tokens: Some(tokens), ..self }
    }
}

const FAST_WIDTH: u64 = 10_000;
const SLOW_WIDTH: u64 = 60_000;
const FOLD: u64 = SLOW_WIDTH / FAST_WIDTH;
/// Below that a rate of tokens says more of the start than of the endpoint.
const LEAST_TOKENS: u64 = 32;

/// Six buckets of ten seconds and five of a minute, each a sketch of every metric.
#[derive(Debug, Default)]
pub(crate) struct Latency {
    seen: Timestamp,
    fast: [Bucket; 6],
    slow: [Bucket; 5],
}

#[derive(Clone, Debug, Default)]
struct Bucket {
    epoch: u64,
    sketches: [Sketch; 4],
    tokens: u64,
    generation: u64,
}

impl Bucket {
    fn restart(&mut self, epoch: u64) {
        self.epoch = epoch;
        self.sketches.iter_mut().for_each(Sketch::clear);
        (self.tokens, self.generation) = (0, 0);
    }

    fn merge(&mut self, other: &Self) {
        for (own, other) in self.sketches.iter_mut().zip(&other.sketches) {
            own.merge(other);
        }
        self.tokens = self.tokens.saturating_add(other.tokens);
        self.generation = self.generation.saturating_add(other.generation);
    }

    fn observe(&mut self, timing: &Timing) {
        let [first_token, end_to_end, inter_token, throughput] = &mut self.sketches;
        let add = |sketch: &mut Sketch, value: u64, censored: bool| {
            if censored { sketch.insert_censored(value) } else { sketch.insert(value) }
        };
        match timing.first_token {
            Some(after) => first_token.insert(after.get()),
            None if timing.censored => first_token.insert_censored(timing.total.get()),
            None => {}
        }
        add(end_to_end, timing.total.get(), timing.censored);
        let (Some(first), Some(tokens)) = (timing.first_token, timing.output_tokens) else { return };
        let generation = timing.total.saturating_sub(first).get();
        if let Some(gap) = generation.saturating_mul(100).checked_div(tokens.saturating_sub(1)) {
            inter_token.insert(gap);
        }
        if tokens >= LEAST_TOKENS
            && let Some(rate) = tokens.saturating_mul(10_000).checked_div(generation)
        {
            throughput.insert(rate);
            self.tokens = self.tokens.saturating_add(tokens);
            self.generation = self.generation.saturating_add(generation);
        }
    }
}

impl Latency {
    fn observe(&mut self, timing: &Timing, now: Timestamp) {
        self.seen = self.seen.max(now);
        let epoch = self.seen.as_millis() / FAST_WIDTH;
        let Some(bucket) = pick(&mut self.fast, epoch) else { return };
        if bucket.epoch != epoch {
            let minute = bucket.epoch / FOLD;
            if let Some(slow) = pick(&mut self.slow, minute) {
                if slow.epoch < minute {
                    slow.restart(minute);
                }
                if slow.epoch == minute {
                    slow.merge(bucket);
                }
            }
            bucket.restart(epoch);
        }
        bucket.observe(timing);
    }

    /// Everything in a span, as one bucket.
    fn within(&mut self, span: Span, now: Timestamp) -> Bucket {
        self.seen = self.seen.max(now);
        let epoch = self.seen.as_millis() / FAST_WIDTH;
        let (minute, fast_span) = (epoch / FOLD, if span == Span::Minute { FOLD } else { 5 * FOLD });
        let mut sum = Bucket::default();
        self.fast.iter().filter(|bucket| bucket.epoch + fast_span > epoch).for_each(|bucket| sum.merge(bucket));
        if span == Span::FiveMinutes {
            self.slow.iter().filter(|bucket| bucket.epoch + 5 > minute).for_each(|bucket| sum.merge(bucket));
        }
        sum
    }

    fn bytes(&self) -> usize {
        let sketches = self.fast.iter().chain(&self.slow).flat_map(|bucket| &bucket.sketches);
        size_of::<Self>() + sketches.map(Sketch::heap_bytes).sum::<usize>()
    }
}

fn pick<const N: usize>(buckets: &mut [Bucket; N], epoch: u64) -> Option<&mut Bucket> {
    let count = u64::try_from(N).unwrap_or(1).max(1);
    buckets.get_mut(usize::try_from(epoch % count).unwrap_or_default())
}

impl Endpoint {
    /// Notes how long a call took. For calls that succeeded or were given up; a quick failure is no quick answer.
    ///
    /// Takes the endpoint's own lock. Allocates while its sketches grow: no more once each of its eleven buckets has seen
    /// its values.
    pub fn observe(&self, timing: &Timing, now: Timestamp) {
        self.latency.get_or_init(Box::default).lock().observe(timing, now);
    }

    /// What was measured in a span. Costs microseconds: take a [`crate::Snapshot`] to ask often.
    pub fn latency(&self, metric: Metric, span: Span, now: Timestamp) -> Summary {
        let Some(latency) = self.latency.get() else { return Summary::default() };
        let within = latency.lock().within(span, now);
        let [first_token, end_to_end, inter_token, throughput] = &within.sketches;
        Summary::of(match metric {
            Metric::FirstToken => first_token,
            Metric::EndToEnd => end_to_end,
            Metric::InterToken => inter_token,
            Metric::Throughput => throughput,
        })
    }

    /// Tokens that came out in a span and the time that they took after the first: their quotient is the throughput,
    /// each call weighing as its tokens do.
    pub fn tokens(&self, span: Span, now: Timestamp) -> (u64, Millis) {
        let Some(latency) = self.latency.get() else { return (0, Millis::ZERO) };
        let within = latency.lock().within(span, now);
        (within.tokens, Millis::new(within.generation))
    }

    /// Bytes that the sketches take.
    pub fn latency_bytes(&self) -> usize {
        self.latency.get().map_or(0, |latency| latency.lock().bytes())
    }

    /// The 99th percentile of the time to the first token, if enough is known.
    pub(crate) fn slowest_first_token(&self, now: Timestamp) -> Option<Millis> {
        self.latency(Metric::FirstToken, Span::FiveMinutes, now).percentile(99).map(Millis::new)
    }
}
