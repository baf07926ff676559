//! Two rings, three windows.

use switchback_units::Timestamp;

use crate::counts::Counts;
use crate::ring::{Late, Ring};

/// Width of a fast bucket in milliseconds: the finest scale is two of them.
pub(crate) const FAST_WIDTH: u64 = 5_000;
/// Width of a slow bucket in milliseconds.
pub(crate) const SLOW_WIDTH: u64 = 60_000;
/// Fast buckets in a slow one.
pub(crate) const FOLD: u64 = SLOW_WIDTH / FAST_WIDTH;
/// Slow buckets in the widest window; one less than the ring has, so that the oldest is whole.
pub(crate) const SLOW_SPAN: u64 = 15;

/// How far back counts are summed. A window ends with the bucket that `now` lies in, so it is shorter than its name by up
/// to one bucket: 5 s for the first two, 60 s for the last.
///
/// ```
/// use switchback_uptime::Window;
///
/// assert_eq!(Window::ALL.map(|window| window.width().get()), [10_000, 60_000, 900_000]);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Window {
    /// Ten seconds: sees an outage at ten requests a second and more in about as long.
    TenSeconds,
    /// A minute.
    Minute,
    /// A quarter of an hour: for what is asked every ten seconds or less.
    QuarterHour,
}

impl Window {
    /// All, the narrowest first.
    pub const ALL: [Self; 3] = [Self::TenSeconds, Self::Minute, Self::QuarterHour];

    /// The width that it is named for.
    pub const fn width(self) -> switchback_units::Millis {
        switchback_units::Millis::new(match self {
            Self::TenSeconds => 2 * FAST_WIDTH,
            Self::Minute => FOLD * FAST_WIDTH,
            Self::QuarterHour => SLOW_SPAN * SLOW_WIDTH,
        })
    }
}

/// The number of the fast bucket of a time.
pub(crate) const fn epoch(now: Timestamp) -> u64 {
    now.as_millis() / FAST_WIDTH
}

/// Sixteen buckets of 5 s and sixteen of 60 s, 256 bytes.
#[derive(Debug, Default)]
pub(crate) struct Rings {
    pub(crate) fast: Ring,
    pub(crate) slow: Ring,
}

impl Rings {
    /// Counts a call. Only the fast bucket is touched; a bucket that has to give way is folded into its minute by
    /// whoever replaces it, so that a call is one exchange. Buckets before `since` are not folded.
    pub(crate) fn record(&self, epoch: u64, counts: Counts, since: u64) {
        if let Some((old, counts)) = self.fast.add(epoch, counts, Late::Keep)
            && old >= since
        {
            self.slow.add(old / FOLD, counts, Late::Drop);
        }
    }

    /// What was counted in a window that ends at a fast bucket, without buckets before `since`.
    pub(crate) fn window(&self, epoch: u64, window: Window, since: u64) -> Counts {
        match window {
            Window::TenSeconds => self.fast.sum(epoch, 2, since),
            Window::Minute => self.fast.sum(epoch, FOLD, since),
            Window::QuarterHour => {
                let folded = self.slow.sum(epoch / FOLD, SLOW_SPAN, since / FOLD);
                folded + self.fast.sum_all(epoch, SLOW_SPAN * FOLD, since)
            }
        }
    }

    /// All of a minute: what was folded, and what still stands in fast buckets.
    pub(crate) fn minute(&self, epoch: u64, minute: u64) -> Counts {
        let within = self.fast.buckets(epoch).filter(|(epoch, _)| epoch / FOLD == minute);
        within.fold(self.slow.at(minute), |sum, (_, counts)| sum + counts)
    }

    /// The same as [`Rings::window`] for counts that came by the minute too, as those of other replicas do. A minute in
    /// which `since` lies is left out, since its counts cannot be told apart.
    pub(crate) fn imported(&self, epoch: u64, window: Window, since: u64) -> Counts {
        match window {
            Window::TenSeconds | Window::Minute => self.window(epoch, window, since),
            Window::QuarterHour => self.slow.sum(epoch / FOLD, SLOW_SPAN, since.div_ceil(FOLD)),
        }
    }

    /// Forgets everything.
    pub(crate) fn clear(&self) {
        self.fast.clear();
        self.slow.clear();
    }
}

/// Every interleaving: `RUSTFLAGS="--cfg loom" cargo test --release -p switchback-uptime --lib`.
#[cfg(all(test, loom))]
mod interleavings {
    use super::*;
    use loom::sync::Arc;
    use loom::thread;

    /// Two writers and a reader while a bucket gives way twice: nothing is lost, nothing counts twice, and no sum is more
    /// than what was recorded.
    #[test]
    fn a_bucket_that_is_reused_loses_no_count() {
        loom::model(|| {
            let rings = Arc::new(Rings::default());
            rings.record(12, Counts::new(1, 1), 0);
            let writers = [28, 44].map(|epoch| {
                let rings = Arc::clone(&rings);
                thread::spawn(move || rings.record(epoch, Counts::new(1, 0), 0))
            });
            let seen = rings.window(44, Window::QuarterHour, 0);
            // A bucket on its way to its minute is in neither for a moment; it is never in both.
            assert!(seen.total() <= 3 && seen.failed() <= 1);
            for writer in writers {
                writer.join().unwrap();
            }
            assert_eq!(rings.window(44, Window::QuarterHour, 0), Counts::new(3, 1));
        });
    }

    #[test]
    fn two_writers_of_one_bucket_lose_no_count() {
        loom::model(|| {
            let rings = Arc::new(Rings::default());
            let writers = [0, 1].map(|failed| {
                let rings = Arc::clone(&rings);
                thread::spawn(move || rings.record(3, Counts::new(1, failed), 0))
            });
            for writer in writers {
                writer.join().unwrap();
            }
            assert_eq!(rings.window(3, Window::Minute, 0), Counts::new(2, 1));
        });
    }
}
