//! What is known of one feature of one endpoint: its counts and its gate.

use std::sync::OnceLock;

use switchback_units::{Millis, Timestamp};

use crate::counts::Counts;
use crate::gate::Gate;
use crate::settings::Settings;
use crate::sync::{AtomicU32, AtomicU64, Mutex, Ordering};
use crate::window::{FAST_WIDTH, Rings, Window, epoch};

/// A pause after which the numbers of buckets could come round: the rings are cleared.
const LONG_PAUSE: Millis = Millis::from_secs(180 * 86_400);

/// Counts and gate. The path of a success is one exchange and three loads.
#[derive(Debug, Default)]
pub(crate) struct Cell {
    own: Rings,
    /// The sum of what other replicas counted; there only when one has.
    imported: OnceLock<Box<Rings>>,
    /// The latest time that was seen: time never goes back.
    seen: AtomicU64,
    /// The first fast bucket that counts: what was before the gate closed is history.
    since: AtomicU64,
    failures_in_a_row: AtomicU32,
    /// When the feature was last said to be missing; zero when never.
    unsupported: AtomicU64,
    pub(crate) gate: Mutex<Gate>,
}

impl Cell {
    /// The time, or the latest that was seen if that is later.
    pub(crate) fn advance(&self, now: Timestamp) -> Timestamp {
        let seen = Timestamp::from_millis(self.seen.load(Ordering::Relaxed));
        if now <= seen {
            return seen;
        }
        if now.saturating_since(seen) > LONG_PAUSE && seen > Timestamp::EPOCH {
            self.own.clear();
            if let Some(imported) = self.imported.get() {
                imported.clear();
            }
        }
        self.seen.fetch_max(now.as_millis(), Ordering::Relaxed);
        now
    }

    /// The latest time that was seen.
    pub(crate) fn seen(&self) -> Timestamp {
        Timestamp::from_millis(self.seen.load(Ordering::Relaxed))
    }

    /// Counts a success. Returns the time by this cell.
    pub(crate) fn succeed(&self, now: Timestamp) -> Timestamp {
        let now = self.advance(now);
        self.own.record(epoch(now), Counts::new(1, 0), self.since());
        if self.failures_in_a_row.load(Ordering::Relaxed) != 0 {
            self.failures_in_a_row.store(0, Ordering::Relaxed);
        }
        now
    }

    /// Counts a failure. Returns the time by this cell and how many it makes in a row.
    pub(crate) fn fail(&self, now: Timestamp) -> (Timestamp, u32) {
        let now = self.advance(now);
        self.own.record(epoch(now), Counts::new(1, 1), self.since());
        (now, self.failures_in_a_row.fetch_add(1, Ordering::Relaxed).saturating_add(1))
    }

    /// Takes note of a failure that is not held against it. Returns how many it makes in a row.
    pub(crate) fn fail_uncounted(&self) -> u32 {
        self.failures_in_a_row.fetch_add(1, Ordering::Relaxed).saturating_add(1)
    }

    fn since(&self) -> u64 {
        self.since.load(Ordering::Relaxed)
    }

    /// What all replicas counted in a window.
    pub(crate) fn counts(&self, now: Timestamp, window: Window) -> Counts {
        let (epoch, since) = (epoch(now), self.since());
        let own = self.own.window(epoch, window, since);
        self.imported.get().map_or(own, |imported| own + imported.imported(epoch, window, since))
    }

    /// What this replica counted in a window.
    pub(crate) fn own_counts(&self, now: Timestamp, window: Window) -> Counts {
        self.own.window(epoch(now), window, self.since())
    }

    /// Calls that got through here of late, in a million seconds: the higher of the rates of ten seconds and a minute.
    pub(crate) fn through(&self, now: Timestamp) -> u64 {
        let rate = |window, buckets: u64| {
            let span = (buckets - 1) * FAST_WIDTH + now.as_millis() % FAST_WIDTH + 1;
            crate::throttle::per_million_seconds(self.own_counts(now, window).succeeded(), Millis::new(span))
        };
        rate(Window::TenSeconds, 2).max(rate(Window::Minute, 12))
    }

    /// Whether the counts say that it fails too often. A feature borrows calls of its parent.
    pub(crate) fn falls_short(&self, now: Timestamp, parent: Option<&Self>, settings: &Settings) -> bool {
        settings.scales().any(|scale| {
            let counts = self.counts(now, scale.window);
            let parent = parent.map_or(Counts::NONE, |parent| parent.counts(now, scale.window));
            let borrowed = settings.borrowed_calls.min(parent.total());
            let enough = counts.failed() > 0 && counts.total().saturating_add(borrowed) >= settings.min_calls;
            enough && scale.test.falls_short_pooled(counts, borrowed, parent)
        })
    }

    /// Whether ten seconds saw nothing but failures, and enough of them: failures in a row across replicas, whose order
    /// is not known.
    pub(crate) fn only_fails(&self, now: Timestamp, settings: &Settings) -> bool {
        let counts = self.counts(now, Window::TenSeconds);
        counts.succeeded() == 0 && counts.failed() >= u64::from(settings.failures_in_a_row.max(1))
    }

    /// Whether any window's raw rate is below the threshold: enough to believe another replica's ejection.
    pub(crate) fn seems_short(&self, now: Timestamp, settings: &Settings) -> bool {
        settings.scales().any(|scale| scale.test.is_below(self.counts(now, scale.window)))
    }

    /// The gate as it stands.
    pub(crate) fn gate(&self) -> Gate {
        *self.gate.lock()
    }

    /// Leaves what was counted so far out of every window.
    pub(crate) fn begin_anew(&self, now: Timestamp) {
        self.since.fetch_max(epoch(now) + 1, Ordering::Relaxed);
        self.failures_in_a_row.store(0, Ordering::Relaxed);
    }

    /// The endpoint said that it has no such feature.
    pub(crate) fn mark_unsupported(&self, now: Timestamp) {
        self.unsupported.fetch_max(now.as_millis(), Ordering::Relaxed);
    }

    /// When it last said so.
    pub(crate) fn unsupported_since(&self) -> Option<Timestamp> {
        let at = self.unsupported.load(Ordering::Relaxed);
        (at > 0).then_some(Timestamp::from_millis(at))
    }

    /// Whether it is as if it had never been used: nothing counted in any window, in, and no ejection to remember.
    pub(crate) fn is_forgotten(&self, now: Timestamp, settings: &Settings) -> bool {
        let idle = now.saturating_since(self.seen()) > Window::QuarterHour.width();
        idle && match self.gate() {
            Gate::Ejected { .. } => false,
            Gate::Passing { closed, .. } => {
                closed.is_none_or(|closed| now.saturating_since(closed) >= settings.forgive_after)
            }
        }
    }

    /// What this replica counted, bucket by bucket.
    pub(crate) fn own(&self) -> &Rings {
        &self.own
    }

    /// The sum of what others counted.
    pub(crate) fn imported(&self) -> &Rings {
        self.imported.get_or_init(Box::default)
    }
}
