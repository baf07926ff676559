use core::{
    cmp::Ordering,
    fmt,
    hash::{Hash, Hasher},
    str::FromStr,
};

use crate::RatioError;

/// A finite number from 0 to 1: a share, a success rate, a confidence. Totally ordered.
///
/// ```
/// use switchback_units::Ratio;
///
/// assert!(Ratio::new(0.9)? < Ratio::ONE);
/// assert!(Ratio::new(f64::NAN).is_err());
/// # Ok::<(), switchback_units::RatioError>(())
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct Ratio(f64);

impl Ratio {
    /// None of it.
    pub const ZERO: Self = Self(0.0);
    /// All of it.
    pub const ONE: Self = Self(1.0);

    /// The ratio of that value.
    ///
    /// # Errors
    /// When the value is not finite or lies outside 0 to 1.
    pub fn new(value: f64) -> Result<Self, RatioError> {
        // Adding zero turns -0.0 into 0.0, so that equal ratios have equal bits.
        if (0.0..=1.0).contains(&value) { Ok(Self(value + 0.0)) } else { Err(RatioError(())) }
    }

    /// The nearest ratio: values below 0 and NaN become 0, values above 1 become 1.
    ///
    /// ```
    /// use switchback_units::Ratio;
    ///
    /// assert_eq!(Ratio::clamped(1.2), Ratio::ONE);
    /// assert_eq!(Ratio::clamped(f64::NAN), Ratio::ZERO);
    /// ```
    pub fn clamped(value: f64) -> Self {
        if value.is_nan() { Self::ZERO } else { Self(value.clamp(0.0, 1.0) + 0.0) }
    }

    /// `part` of `whole`, or `None` when `whole` is zero or smaller than `part`.
    ///
    /// ```
    /// use switchback_units::Ratio;
    ///
    /// assert_eq!(Ratio::of(1, 4), Ratio::new(0.25).ok());
    /// assert_eq!(Ratio::of(1, 0), None);
    /// ```
    #[expect(clippy::cast_precision_loss, reason = "a quotient of counts is a float in any case")]
    pub fn of(part: u64, whole: u64) -> Option<Self> {
        if whole == 0 || part > whole { None } else { Some(Self::clamped(part as f64 / whole as f64)) }
    }

    /// The value, finite and from 0 to 1.
    pub const fn get(self) -> f64 {
        self.0
    }

    /// One minus the ratio.
    #[must_use]
    pub fn complement(self) -> Self {
        Self::clamped(1.0 - self.0)
    }

    /// The value in billionths, rounded to the nearest: 0 to 1,000,000,000.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the value is from 0 to 1e9")]
    pub fn to_billionths(self) -> u32 {
        // Exact, and without the call that rounding is where the processor has no instruction for it.
        let (scaled, whole) = (self.0 * 1e9, (self.0 * 1e9) as u32);
        if scaled - f64::from(whole) < 0.5 { whole } else { whole.saturating_add(1) }
    }
}

impl PartialEq for Ratio {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Ratio {}

impl PartialOrd for Ratio {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Ratio {
    fn cmp(&self, other: &Self) -> Ordering {
        self.0.total_cmp(&other.0)
    }
}

impl Hash for Ratio {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.to_bits().hash(state);
    }
}

impl fmt::Display for Ratio {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl FromStr for Ratio {
    type Err = RatioError;

    fn from_str(text: &str) -> Result<Self, RatioError> {
        text.parse().map_err(|_| RatioError(())).and_then(Self::new)
    }
}

impl TryFrom<f64> for Ratio {
    type Error = RatioError;

    fn try_from(value: f64) -> Result<Self, RatioError> {
        Self::new(value)
    }
}

impl From<Ratio> for f64 {
    fn from(ratio: Ratio) -> Self {
        ratio.0
    }
}
