//! Providers as they are, whatever a gate believes of them.

use switchback_units::Millis;
use switchback_uptime::{Feature, Features, Outcome};

use crate::random::{Chance, Random};
use crate::scenario::{Limit, Phase, Provider, Scenario};

/// One provider, driven.
#[derive(Debug)]
pub(crate) struct Simulated {
    success: Chance,
    latency_ms: u64,
    phases: Vec<Befalls>,
    bucket: Option<Bucket>,
}

#[derive(Debug)]
struct Befalls {
    from: u64,
    to: u64,
    success: Chance,
    at_end: Chance,
    /// How long of every how long.
    beat: Option<(u64, u64)>,
    feature: Option<Feature>,
}

/// A token bucket, in millionths of a call.
#[derive(Debug)]
struct Bucket {
    per_ms: u64,
    burst: u64,
    left: u64,
    at: u64,
    retry_after: Option<Millis>,
}

const CALL: u64 = 1_000_000;

/// What became of a call, and after how many milliseconds.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Answer {
    pub(crate) outcome: Outcome,
    pub(crate) after: u64,
}

impl Simulated {
    pub(crate) fn new(provider: &Provider, scenario: &Scenario) -> Self {
        let concerns = |phase: &&Phase| phase.providers.is_empty() || phase.providers.contains(&provider.name);
        Self {
            success: Chance::of(provider.success),
            latency_ms: provider.latency_ms,
            phases: scenario.phases.iter().filter(concerns).map(Befalls::new).collect(),
            bucket: provider.limit.as_ref().map(Bucket::new),
        }
    }

    /// A call, at a time in milliseconds from the start.
    pub(crate) fn call(&mut self, used: Features, now: u64, random: &mut Random) -> Answer {
        // Half to twice the median, so that answers overtake each other.
        let latency = self.latency_ms / 2 + random.below(self.latency_ms + self.latency_ms / 2 + 1);
        if let Some(bucket) = &mut self.bucket
            && !bucket.take(now)
        {
            return Answer { outcome: Outcome::Throttled { retry_after: bucket.retry_after }, after: latency / 4 };
        }
        if !random.chance(self.success_at(now)) {
            return Answer { outcome: Outcome::Failure { retry_after: None }, after: latency / 2 };
        }
        let mut broken = Features::BASE;
        for phase in self.phases.iter().filter(|phase| phase.holds(now)) {
            if let Some(feature) = phase.feature.filter(|feature| used.contains(*feature))
                && !random.chance(phase.success_at(now))
            {
                broken = broken.with(feature);
            }
        }
        let outcome = if broken == Features::BASE { Outcome::Success } else { Outcome::Breach(broken) };
        Answer { outcome, after: latency }
    }

    /// The share of calls that succeed, features apart.
    pub(crate) fn success_at(&self, now: u64) -> Chance {
        let latest = self.phases.iter().rfind(|phase| phase.feature.is_none() && phase.holds(now));
        latest.map_or(self.success, |phase| phase.success_at(now))
    }
}

impl Befalls {
    fn new(phase: &Phase) -> Self {
        Self {
            from: phase.from * 1_000,
            to: phase.to * 1_000,
            success: Chance::of(phase.success),
            at_end: Chance::of(phase.success_at_end.unwrap_or(phase.success)),
            beat: phase.lasts.zip(phase.period).map(|(lasts, period)| (lasts * 1_000, period * 1_000)),
            feature: phase.feature.and_then(Feature::new),
        }
    }

    fn holds(&self, now: u64) -> bool {
        let on = |(lasts, period): (u64, u64)| (now - self.from).checked_rem(period).is_none_or(|at| at < lasts);
        (self.from..self.to).contains(&now) && self.beat.is_none_or(on)
    }

    fn success_at(&self, now: u64) -> Chance {
        if self.success == self.at_end {
            return self.success;
        }
        self.success.towards(self.at_end, now.saturating_sub(self.from), self.to - self.from)
    }
}

impl Bucket {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to small positive numbers")]
    fn new(limit: &Limit) -> Self {
        let micro = |calls: f64| (calls.clamp(0.0, 1e6) * 1e6) as u64;
        let burst = micro(limit.burst).max(CALL);
        let retry_after = limit.retry_after_ms.map(Millis::new);
        Self { per_ms: micro(limit.per_second) / 1_000, burst, left: burst, at: 0, retry_after }
    }

    fn take(&mut self, now: u64) -> bool {
        self.left = (self.left + (now - self.at) * self.per_ms).min(self.burst);
        self.at = now;
        let taken = self.left.checked_sub(CALL);
        self.left = taken.unwrap_or(self.left);
        taken.is_some()
    }
}
