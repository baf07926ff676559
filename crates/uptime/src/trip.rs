//! The test of a success rate: exact, in integers.

use crate::counts::Counts;

/// How sure a window must be before its success rate counts as too low.
///
/// The test is the score test, whose inversion is the Wilson interval: with a limit of `a / b`, `n` calls and `s`
/// successes, `d = a·n − b·s` must be positive and `d² > z²·a·(b − a)·n`. That is: the upper end of the interval lies
/// below the limit. No root, no float: the same on every platform.
///
/// ```
/// use switchback_uptime::{Counts, Test};
///
/// let test = Test::new(90, 6_636);
/// assert!(!test.falls_short(Counts::new(20, 3)), "85 % of 20 may be bad luck");
/// assert!(test.falls_short(Counts::new(400, 60)), "85 % of 400 is not");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Test {
    percent: u8,
    z_squared_milli: u32,
}

impl Test {
    /// A success rate below `percent` (at most 100), for which one normal deviate of `√(z_squared_milli / 1000)` must
    /// speak: 6,636 is z = 2.576, one chance in 200 for a window that is exactly at the limit.
    pub const fn new(percent: u8, z_squared_milli: u32) -> Self {
        Self { percent: if percent > 100 { 100 } else { percent }, z_squared_milli }
    }

    /// Whether the counts' success rate lies below the limit for sure.
    pub fn falls_short(self, counts: Counts) -> bool {
        self.falls_short_pooled(counts, 0, Counts::NONE)
    }

    /// The same, with `weight` calls more that went as the parent's do: what is rarely used follows what it is part of,
    /// and does not fall short by a little noise of its own. The weight is at most the parent's calls.
    pub fn falls_short_pooled(self, counts: Counts, weight: u64, parent: Counts) -> bool {
        // Multiplied by the parent's calls, so that the shares stay whole: n' = n + m, s' = s + m·S/N.
        let weight = u128::from(weight.min(parent.total()));
        let scale = u128::from(parent.total()).max(1);
        let (a, b) = (u128::from(self.percent), 100_u128);
        let n = u128::from(counts.total()) + weight;
        let s_scaled = u128::from(counts.succeeded()) * scale + weight * u128::from(parent.succeeded());
        let Some(d) = (a * n * scale).checked_sub(b * s_scaled) else { return false };
        // At most 2^25 calls in a window: 2^57 for d, 2^124 for its square.
        let left = d.checked_mul(d).and_then(|square| square.checked_mul(1_000)).unwrap_or(u128::MAX);
        let right = u128::from(self.z_squared_milli) * a * (b - a);
        let right = right.saturating_mul(n).saturating_mul(scale).saturating_mul(scale);
        d > 0 && left > right
    }

    /// Whether the counts' raw success rate lies below the limit, sure or not.
    pub fn is_below(self, counts: Counts) -> bool {
        u128::from(self.percent) * u128::from(counts.total()) > 100 * u128::from(counts.succeeded())
    }
}
