use core::{fmt, iter::Sum, str::FromStr};

use crate::{DecimalError, DecimalErrorKind, Parsed, Ratio, decimal};

/// Decimal places of a pico-dollar.
const SCALE: u32 = 12;

/// An amount of US dollars, never negative, in whole pico-dollars (10⁻¹² dollars).
///
/// Prints the exact amount as people read money: a dollar sign, at least two decimals, no trailing zeros. A precision
/// rounds half to even: `{:.4}`.
///
/// ```
/// use switchback_units::Money;
///
/// let cost = Money::from_pico_dollars(12_300_000_000);
/// assert_eq!(cost.to_string(), "$0.0123");
/// assert_eq!(format!("{cost:.3}"), "$0.012");
/// assert_eq!("$0.0123".parse(), Ok(cost));
/// assert_eq!(Money::from_pico_dollars(1_500_000_000_000).to_string(), "$1.50");
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Money(u128);

impl Money {
    /// Nothing.
    pub const ZERO: Self = Self(0);
    /// The largest amount; what saturating arithmetic stops at.
    pub const MAX: Self = Self(u128::MAX);

    /// The amount of that many pico-dollars.
    pub const fn from_pico_dollars(pico: u128) -> Self {
        Self(pico)
    }

    /// Reads an amount in dollars from a non-negative JSON number, without a currency sign. Exact to a pico-dollar;
    /// a finer source is rounded half to even and flagged.
    ///
    /// ```
    /// use switchback_units::Money;
    ///
    /// assert_eq!(Money::from_decimal("1.5e-2")?.value.to_string(), "$0.015");
    /// # Ok::<(), switchback_units::DecimalError>(())
    /// ```
    pub fn from_decimal(dollars: &str) -> Result<Parsed<Self>, DecimalError> {
        Ok(decimal::parse_scaled(dollars, SCALE, u128::MAX)?.map(Self))
    }

    /// The amount in pico-dollars.
    pub const fn pico_dollars(self) -> u128 {
        self.0
    }

    /// The sum, or `None` when it does not fit.
    pub const fn checked_add(self, other: Self) -> Option<Self> {
        match self.0.checked_add(other.0) {
            Some(sum) => Some(Self(sum)),
            None => None,
        }
    }

    /// The difference, or `None` when it would be negative.
    pub const fn checked_sub(self, other: Self) -> Option<Self> {
        match self.0.checked_sub(other.0) {
            Some(rest) => Some(Self(rest)),
            None => None,
        }
    }

    /// The sum, at most [`Money::MAX`].
    #[must_use]
    pub const fn saturating_add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }

    /// The difference, at least zero.
    #[must_use]
    pub const fn saturating_sub(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }

    /// That many times the amount, at most [`Money::MAX`].
    #[must_use]
    pub const fn saturating_mul(self, times: u64) -> Self {
        let (high, times) = (self.0 >> 64, widen(times));
        // The product of two 64-bit numbers fits 128 bits, and most amounts fit 64.
        Self(if high == 0 { self.0.wrapping_mul(times) } else { self.0.saturating_mul(times) })
    }

    /// The given share of the amount, rounded down. The share is taken to nine decimals, so the result is the same on
    /// every machine.
    ///
    /// ```
    /// use switchback_units::{Money, Ratio};
    ///
    /// let half = Ratio::new(0.5)?;
    /// assert_eq!(Money::from_pico_dollars(9).share(half), Money::from_pico_dollars(4));
    /// # Ok::<(), switchback_units::RatioError>(())
    /// ```
    #[must_use]
    pub fn share(self, share: Ratio) -> Self {
        const BILLION: u64 = 1_000_000_000;
        if share == Ratio::ONE {
            return self;
        }
        let billionths = u64::from(share.to_billionths());
        let (whole, rest) = self.div_rem(BILLION);
        let parts = u128::from(rest.wrapping_mul(billionths) / BILLION);
        Self(whole).saturating_mul(billionths).saturating_add(Self(parts))
    }

    /// One of that many equal parts, rounded down; the whole where that is 0.
    ///
    /// ```
    /// use switchback_units::Money;
    ///
    /// assert_eq!(Money::from_pico_dollars(1_999).part_of(1_000), Money::from_pico_dollars(1));
    /// ```
    #[must_use]
    pub fn part_of(self, parts: u64) -> Self {
        Self(self.div_rem(parts.max(1)).0)
    }

    /// Most amounts fit 64 bits, whose division is many times faster.
    fn div_rem(self, divisor: u64) -> (u128, u64) {
        if let Ok(amount) = u64::try_from(self.0) {
            return (u128::from(amount / divisor), amount % divisor);
        }
        let wide = u128::from(divisor);
        // What is left of a division is below its divisor.
        (self.0 / wide, u64::try_from(self.0 % wide).unwrap_or(0))
    }

    /// The amount in dollars as the nearest float: for scores and charts, never for accounts.
    #[expect(clippy::cast_precision_loss, reason = "documented as the nearest float")]
    pub fn to_dollars_lossy(self) -> f64 {
        self.0 as f64 / 1e12
    }

    /// Prints the exact amount in dollars as a plain decimal number, the form that [`Money::from_decimal`] reads.
    ///
    /// ```
    /// use switchback_units::Money;
    ///
    /// assert_eq!(Money::from_pico_dollars(1_500_000_000_000).display_decimal().to_string(), "1.5");
    /// ```
    pub fn display_decimal(self) -> impl fmt::Display {
        decimal::Scaled { value: self.0, scale: SCALE }
    }
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("$")?;
        let places = f.precision().and_then(|places| u32::try_from(places).ok()).filter(|places| *places < SCALE);
        match places {
            Some(places) => {
                let rounded = decimal::divide_half_even(self.0, SCALE.saturating_sub(places));
                decimal::write_scaled(f, rounded, places, usize::try_from(places).unwrap_or(0))
            }
            None => decimal::write_scaled(f, self.0, SCALE, f.precision().unwrap_or(2).min(12)),
        }
    }
}

impl FromStr for Money {
    type Err = DecimalError;

    /// Reads dollars, with or without a dollar sign. A value finer than a pico-dollar is refused here, since nothing
    /// could report the rounding; [`Money::from_decimal`] takes it.
    fn from_str(text: &str) -> Result<Self, DecimalError> {
        let (digits, prefix) = text.strip_prefix('$').map_or((text, 0), |rest| (rest, 1));
        let parsed = Self::from_decimal(digits).map_err(|error| error.after(prefix))?;
        if parsed.rounded { Err(DecimalError::new(DecimalErrorKind::TooFine, prefix)) } else { Ok(parsed.value) }
    }
}

impl Sum for Money {
    /// Saturating.
    fn sum<I: Iterator<Item = Self>>(amounts: I) -> Self {
        amounts.fold(Self::ZERO, Self::saturating_add)
    }
}

const fn widen(value: u64) -> u128 {
    value as u128
}
