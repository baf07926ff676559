use std::fmt;

use crate::sketch::Sketch;

/// Values below which the median says little.
const LEAST_FOR_MEDIAN: u64 = 10;
/// Values below which the tails say little.
const LEAST_FOR_TAIL: u64 = 20;

/// Everything that is asked of a distribution, worked out once: every percentile is then one load.
#[derive(Clone, PartialEq, Eq)]
pub struct Summary {
    count: u64,
    censored: u64,
    mean: u64,
    percentiles: [u64; 101],
}

impl Default for Summary {
    fn default() -> Self {
        Self { count: 0, censored: 0, mean: 0, percentiles: [0; 101] }
    }
}

impl Summary {
    /// The summary of a sketch.
    pub fn of(sketch: &Sketch) -> Self {
        let mut percentiles = [0; 101];
        sketch.percentiles(0..=100, &mut percentiles);
        let mean = sketch.mean().unwrap_or_default();
        Self { count: sketch.count(), censored: sketch.censored(), mean, percentiles }
    }

    /// How many values there were.
    pub const fn count(&self) -> u64 {
        self.count
    }

    /// How many of them are lower bounds: calls that were given up.
    pub const fn censored(&self) -> u64 {
        self.censored
    }

    /// The mean, exact but for rounding down.
    pub fn mean(&self) -> Option<u64> {
        (self.count > 0).then_some(self.mean)
    }

    /// The least, exact.
    pub fn min(&self) -> Option<u64> {
        self.any(0)
    }

    /// The greatest, exact.
    pub fn max(&self) -> Option<u64> {
        self.any(100)
    }

    /// The percentile when enough is known: from 10 values on, and from 20 on outside the 11th to the 89th. The 0th and
    /// the 100th are the least and the greatest.
    #[inline]
    pub fn percentile(&self, percent: u8) -> Option<u64> {
        let least = match percent {
            0 | 100.. => 1,
            11..90 => LEAST_FOR_MEDIAN,
            1..11 | 90..100 => LEAST_FOR_TAIL,
        };
        if self.count < least { None } else { self.any(percent) }
    }

    /// The percentile, moved towards a prior as if the prior had been seen twenty times: `(n·q + 20·prior) / (n + 20)`.
    pub fn percentile_towards(&self, percent: u8, prior: u64) -> u64 {
        let value = self.any(percent).unwrap_or(prior);
        let sum = u128::from(self.count) * u128::from(value) + 20 * u128::from(prior);
        u64::try_from(sum / (u128::from(self.count) + 20)).unwrap_or(u64::MAX)
    }

    #[inline]
    fn any(&self, percent: u8) -> Option<u64> {
        if self.count == 0 { None } else { self.percentiles.get(usize::from(percent.min(100))).copied() }
    }
}

impl fmt::Debug for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [p50, p90, p99] = [50, 90, 99].map(|percent| self.any(percent));
        let mut debug = f.debug_struct("Summary");
        debug.field("count", &self.count).field("censored", &self.censored).field("mean", &self.mean);
        debug.field("p50", &p50).field("p90", &p90).field("p99", &p99).finish_non_exhaustive()
    }
}
