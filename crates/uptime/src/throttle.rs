//! How much an endpoint takes: what it said, and what was learned from its refusals.

use switchback_units::{Millis, Timestamp};

use crate::settings::Settings;

/// The limits of an endpoint that is up and wants less.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Throttle {
    cap: Option<Cap>,
    quota: Option<Quota>,
}

/// A learned cap: a rate that grows until the limit is felt again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Cap {
    /// Calls in a million seconds when it was cut.
    rate: u64,
    cut: Timestamp,
    /// When the next call would be due if calls came evenly, in microseconds: calls may run ahead of it by a second.
    due: u64,
}

/// What the endpoint's headers said is left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Quota {
    left: u64,
    reset: Timestamp,
}

const MICRO: u64 = 1_000_000;
/// How far calls may run ahead of their even pace.
const BURST_MICROS: u64 = MICRO;
/// One call in a minute: the least that is learned, so that the limit is felt again.
const LEAST_RATE: u64 = MICRO / 60;

impl Throttle {
    /// A call that was sent at `started` was refused while calls got through at `through` in a million seconds. Calls
    /// that were sent before the last cut belong to what caused it.
    pub(crate) fn refused(&mut self, started: Timestamp, through: u64, now: Timestamp, settings: &Settings) {
        if !settings.learn_cap || self.cap.is_some_and(|cap| started < cap.cut) {
            return;
        }
        let cut = through.saturating_mul(settings.cap_cut_permille) / 1_000;
        let rate = self.cap.map_or(cut, |cap| cut.min(cap.rate_at(now, settings))).max(LEAST_RATE);
        let due = self.cap.map_or(0, |cap| cap.due);
        self.cap = Some(Cap { rate, cut: now, due });
    }

    /// The endpoint said how many calls are left until its quota is reset. Answers that overtook each other are told
    /// apart by the reset: the later one counts, and of one period the least that was said. Returns when to go on, if
    /// nothing is left.
    pub(crate) fn quota(&mut self, left: u64, reset: Timestamp) -> Option<Timestamp> {
        let left = match self.quota {
            Some(known) if known.reset > reset => return None,
            Some(known) if known.reset == reset => left.min(known.left),
            Some(_) | None => left,
        };
        self.quota = Some(Quota { left, reset });
        (left == 0).then_some(reset)
    }

    /// A call is sent. Returns when to go on, if it took the last of the quota.
    pub(crate) fn sent(&mut self, now: Timestamp, settings: &Settings) -> Option<Timestamp> {
        if let Some(cap) = &mut self.cap {
            cap.due = cap.due.max(micros(now)).saturating_add(cap.interval(now, settings));
        }
        let quota = self.quota.as_mut().filter(|quota| quota.reset > now)?;
        quota.left = quota.left.saturating_sub(1);
        (quota.left == 0).then_some(quota.reset)
    }

    /// When the next call may be sent under the cap, if that is not yet.
    pub(crate) fn due(&self, now: Timestamp) -> Option<Timestamp> {
        let due = self.cap.map(|cap| Timestamp::from_millis(cap.due.saturating_sub(BURST_MICROS).div_ceil(1_000)));
        due.filter(|due| *due > now)
    }

    /// Forgets what no longer limits: a quota that was reset, and a cap that has grown eightfold without being felt. Returns
    /// whether anything is left.
    pub(crate) fn settle(&mut self, now: Timestamp, settings: &Settings) -> bool {
        self.quota = self.quota.filter(|quota| quota.reset > now);
        self.cap = self.cap.filter(|cap| cap.rate_at(now, settings) < cap.rate.saturating_mul(8));
        self.quota.is_some() || self.cap.is_some()
    }

    /// The learned cap in calls in a million seconds.
    pub(crate) fn rate(&self, now: Timestamp, settings: &Settings) -> Option<u64> {
        self.cap.map(|cap| cap.rate_at(now, settings))
    }
}

impl Cap {
    fn rate_at(self, now: Timestamp, settings: &Settings) -> u64 {
        let growth = u128::from(settings.cap_growth.get().max(1));
        // In thousandths, and no further than where the cap is forgotten anyway.
        let t = (u128::from(now.saturating_since(self.cut).get()) * 1_000 / growth).min(4_000);
        let permille = 1_000 + t / 7 + t * t * t / 1_000_000;
        u64::try_from(u128::from(self.rate) * permille / 1_000).unwrap_or(u64::MAX)
    }

    /// Microseconds between two calls.
    fn interval(self, now: Timestamp, settings: &Settings) -> u64 {
        (MICRO * MICRO).checked_div(self.rate_at(now, settings)).unwrap_or(u64::MAX)
    }
}

/// Calls in a million seconds.
pub(crate) fn per_million_seconds(calls: u64, span: Millis) -> u64 {
    calls.saturating_mul(1_000_000_000).checked_div(span.get()).unwrap_or(0)
}

fn micros(now: Timestamp) -> u64 {
    now.as_millis().saturating_mul(1_000)
}
