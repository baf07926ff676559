use core::{fmt, ops::Mul, str::FromStr};

use crate::{DecimalError, DecimalErrorKind, Money, Parsed, Tokens, decimal};

/// Decimal places of a pico-dollar.
const PICO: u32 = 12;
/// A rate per million, in dollars, times ten to this is the rate per unit in pico-dollars.
const MICRO: u32 = 6;
/// What [`Rate`] prints behind the number.
const PER_MILLION: &str = "/M";

/// A price per unit (a token, a request, an image, a second), never negative, in whole pico-dollars.
///
/// Prints dollars per million units, exactly, since that is how price lists read.
///
/// ```
/// use switchback_units::{Rate, Tokens};
///
/// let rate = Rate::from_decimal_per_unit("2.5e-06")?.value;
/// assert_eq!(rate, Rate::per_million("2.5")?.value);
/// assert_eq!(rate.to_string(), "$2.50/M");
/// assert_eq!((rate * Tokens::new(1_000)).to_string(), "$0.0025");
/// # Ok::<(), switchback_units::DecimalError>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Rate(u64);

impl Rate {
    /// Free of charge, which is not the same as an unknown price.
    pub const ZERO: Self = Self(0);
    /// The largest rate, about 18.4 million dollars per unit.
    pub const MAX: Self = Self(u64::MAX);

    /// The rate of that many pico-dollars per unit.
    pub const fn from_pico_dollars(pico: u64) -> Self {
        Self(pico)
    }

    /// Reads dollars per unit from a non-negative JSON number (`0.0000025`, `2.5e-06`), never through a float. A value
    /// finer than a pico-dollar is rounded half to even and flagged.
    ///
    /// # Errors
    /// With the byte offset, when the text is empty, negative, not a JSON number, or above [`Rate::MAX`].
    ///
    /// ```
    /// use switchback_units::Rate;
    ///
    /// assert_eq!(Rate::from_decimal_per_unit("0.0000025")?.value, Rate::from_pico_dollars(2_500_000));
    /// assert!(Rate::from_decimal_per_unit("0.0000000000015")?.rounded);
    /// # Ok::<(), switchback_units::DecimalError>(())
    /// ```
    pub fn from_decimal_per_unit(dollars: &str) -> Result<Parsed<Self>, DecimalError> {
        read(dollars, PICO)
    }

    /// Reads dollars per million units from a non-negative JSON number (`0.132`), never through a float. A value finer
    /// than a pico-dollar per unit is rounded half to even and flagged.
    ///
    /// # Errors
    /// As [`Rate::from_decimal_per_unit`].
    ///
    /// ```
    /// use switchback_units::Rate;
    ///
    /// assert_eq!(Rate::per_million("0.132")?.value, Rate::from_pico_dollars(132_000));
    /// # Ok::<(), switchback_units::DecimalError>(())
    /// ```
    pub fn per_million(dollars: &str) -> Result<Parsed<Self>, DecimalError> {
        read(dollars, MICRO)
    }

    /// Pico-dollars per unit.
    pub const fn pico_dollars(self) -> u64 {
        self.0
    }

    /// The sum, or `None` when it does not fit.
    pub const fn checked_add(self, other: Self) -> Option<Self> {
        match self.0.checked_add(other.0) {
            Some(sum) => Some(Self(sum)),
            None => None,
        }
    }

    /// The sum, at most [`Rate::MAX`].
    #[must_use]
    pub const fn saturating_add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }

    /// The difference, at least zero.
    #[must_use]
    pub const fn saturating_sub(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }

    /// Prints the exact rate in dollars per unit as a plain decimal number, the form that
    /// [`Rate::from_decimal_per_unit`] reads.
    ///
    /// ```
    /// use switchback_units::Rate;
    ///
    /// assert_eq!(Rate::from_pico_dollars(2_500_000).display_decimal_per_unit().to_string(), "0.0000025");
    /// ```
    pub fn display_decimal_per_unit(self) -> impl fmt::Display {
        decimal::Scaled { value: u128::from(self.0), scale: PICO }
    }
}

fn read(dollars: &str, scale: u32) -> Result<Parsed<Rate>, DecimalError> {
    let parsed = decimal::parse_scaled(dollars, scale, u128::from(u64::MAX))?;
    // `parse_scaled` checked the bound, so the fallback is never taken.
    Ok(parsed.map(|pico| Rate(u64::try_from(pico).unwrap_or(u64::MAX))))
}

impl fmt::Display for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("$")?;
        decimal::write_scaled(f, u128::from(self.0), MICRO, 2)?;
        f.write_str(PER_MILLION)
    }
}

impl FromStr for Rate {
    type Err = DecimalError;

    /// Reads what [`Rate`] prints: `$2.50/M`, the dollar sign optional. A value finer than a pico-dollar per unit is
    /// refused here, since nothing could report the rounding; [`Rate::per_million`] takes it.
    fn from_str(text: &str) -> Result<Self, DecimalError> {
        let (number, prefix) = text.strip_prefix('$').map_or((text, 0), |rest| (rest, 1));
        let Some(number) = number.strip_suffix(PER_MILLION) else {
            return Err(DecimalError::new(DecimalErrorKind::MissingUnit, text.len()));
        };
        let parsed = Self::per_million(number).map_err(|error| error.after(prefix))?;
        if parsed.rounded { Err(DecimalError::new(DecimalErrorKind::TooFine, prefix)) } else { Ok(parsed.value) }
    }
}

impl Mul<Tokens> for Rate {
    type Output = Money;

    /// What that many tokens cost; exact, and never overflows.
    fn mul(self, tokens: Tokens) -> Money {
        self * tokens.get()
    }
}

impl Mul<u64> for Rate {
    type Output = Money;

    /// What that many units (requests, images, seconds) cost; exact, and never overflows.
    fn mul(self, units: u64) -> Money {
        // The product of two 64-bit numbers fits 128 bits.
        Money::from_pico_dollars(u128::from(self.0).wrapping_mul(u128::from(units)))
    }
}
