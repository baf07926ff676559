use std::ops::{Add, AddAssign};

use switchback_units::Ratio;

/// How many calls ended, and how many of them failed.
///
/// ```
/// use switchback_uptime::Counts;
///
/// let counts = Counts::new(20, 3);
/// assert_eq!((counts.total(), counts.failed(), counts.succeeded()), (20, 3, 17));
/// assert_eq!(counts + Counts::new(5, 0), Counts::new(25, 3));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Counts {
    total: u64,
    failed: u64,
}

impl Counts {
    /// Nothing ended yet.
    pub const NONE: Self = Self { total: 0, failed: 0 };

    /// `total` calls of which `failed` failed; more failures than calls are taken as all of them.
    pub const fn new(total: u64, failed: u64) -> Self {
        Self { total, failed: if failed > total { total } else { failed } }
    }

    /// Calls that ended.
    pub const fn total(self) -> u64 {
        self.total
    }

    /// Calls that failed, at most the total.
    pub const fn failed(self) -> u64 {
        self.failed
    }

    /// Calls that succeeded.
    pub const fn succeeded(self) -> u64 {
        self.total - self.failed
    }

    /// The raw share of calls that succeeded, `None` when none ended.
    pub fn rate(self) -> Option<Ratio> {
        Ratio::of(self.succeeded(), self.total)
    }
}

impl Add for Counts {
    type Output = Self;

    /// Saturating.
    fn add(self, other: Self) -> Self {
        Self::new(self.total.saturating_add(other.total), self.failed.saturating_add(other.failed))
    }
}

impl AddAssign for Counts {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}
