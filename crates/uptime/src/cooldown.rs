//! A time until which something is left alone; it never moves earlier.

use switchback_units::{Millis, Timestamp};

use crate::sync::{AtomicU64, Ordering};

/// The end of a cooldown in one atomic. Zero is none.
#[derive(Debug)]
pub(crate) struct Cooldown(AtomicU64);

impl Default for Cooldown {
    fn default() -> Self {
        Self(AtomicU64::new(0))
    }
}

impl Cooldown {
    /// Lasts at least until then.
    pub(crate) fn extend(&self, until: Timestamp) {
        self.0.fetch_max(until.as_millis(), Ordering::Relaxed);
    }

    /// Its end, if that is still to come.
    pub(crate) fn end(&self, now: Timestamp) -> Option<Timestamp> {
        let end = Timestamp::from_millis(self.0.load(Ordering::Relaxed));
        (end > now).then_some(end)
    }

    /// Its end, even if that has passed; the epoch when there never was one.
    pub(crate) fn latest(&self) -> Timestamp {
        Timestamp::from_millis(self.0.load(Ordering::Relaxed))
    }

    /// A span from now, at most `longest`.
    pub(crate) fn extend_by(&self, now: Timestamp, span: Millis, longest: Millis) {
        self.extend(now.saturating_add(span.min(longest)));
    }
}
