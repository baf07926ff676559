use core::{cmp::Ordering, fmt};

use crate::error::{DecimalError, DecimalErrorKind};

/// A value read from decimal text, and whether it had to be rounded to fit the type's unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_structs, reason = "a plain pair: both halves are all there is to know")]
pub struct Parsed<T> {
    /// The value, rounded half to even where the source was finer than the unit.
    pub value: T,
    /// Whether the source was finer than the unit, so that `value` is not exactly what it said.
    pub rounded: bool,
}

impl<T> Parsed<T> {
    pub(crate) fn map<U>(self, f: impl FnOnce(T) -> U) -> Parsed<U> {
        Parsed { value: f(self.value), rounded: self.rounded }
    }
}

/// The parts of a non-negative JSON number: `integer [ "." fraction ] [ ("e" | "E") exponent ]`.
struct Number<'a> {
    integer: &'a [u8],
    fraction: &'a [u8],
    /// Saturated: beyond `i64` every non-zero value is too large or rounds to zero anyway.
    exponent: i64,
}

/// Reads a non-negative JSON number and returns it times ten to the `scale`, as an integer of at most `max`.
pub(crate) fn parse_scaled(text: &str, scale: u32, max: u128) -> Result<Parsed<u128>, DecimalError> {
    let number = Reader { text, at: 0 }.number()?;
    let too_large = DecimalError::new(DecimalErrorKind::TooLarge, 0);
    let value = number.scaled(scale).ok_or(too_large)?;
    if value.value > max { Err(too_large) } else { Ok(value) }
}

impl Number<'_> {
    /// `None` when the value does not fit.
    fn scaled(&self, scale: u32) -> Option<Parsed<u128>> {
        // How many digits, counted from the first, stand before the scaled decimal point.
        let integer_digits = i64::try_from(self.integer.len()).unwrap_or(i64::MAX);
        let kept = integer_digits.saturating_add(self.exponent).saturating_add(i64::from(scale));
        let mut value: u128 = 0;
        let mut first_dropped = 0;
        let mut rest_dropped = false;
        let mut position: i64 = 0;
        for byte in self.integer.iter().chain(self.fraction) {
            let digit = byte.saturating_sub(b'0');
            match position.cmp(&kept) {
                Ordering::Less => value = value.checked_mul(10)?.checked_add(u128::from(digit))?,
                Ordering::Equal => first_dropped = digit,
                Ordering::Greater => rest_dropped |= digit != 0,
            }
            position = position.saturating_add(1);
        }
        while position < kept && value != 0 {
            value = value.checked_mul(10)?;
            position = position.saturating_add(1);
        }
        let up = first_dropped > 5 || (first_dropped == 5 && (rest_dropped || value % 2 == 1));
        let value = if up { value.checked_add(1)? } else { value };
        Some(Parsed { value, rounded: first_dropped != 0 || rest_dropped })
    }
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Reader<'a> {
    fn number(mut self) -> Result<Number<'a>, DecimalError> {
        match self.peek() {
            None => return Err(DecimalError::new(DecimalErrorKind::Empty, 0)),
            Some(b'-') => return Err(DecimalError::new(DecimalErrorKind::Negative, 0)),
            Some(_) => {}
        }
        let integer = self.digits()?;
        if let [b'0', _, ..] = integer {
            // JSON allows no leading zero: `007` is more likely a mangled field than a price.
            return Err(DecimalError::new(DecimalErrorKind::Unexpected('0'), 0));
        }
        let fraction = if self.eat(b'.') { self.digits()? } else { &[] };
        let exponent = if self.eat(b'e') || self.eat(b'E') { self.exponent()? } else { 0 };
        if self.at < self.text.len() { Err(self.unexpected()) } else { Ok(Number { integer, fraction, exponent }) }
    }

    fn exponent(&mut self) -> Result<i64, DecimalError> {
        let negative = self.eat(b'-');
        if !negative {
            self.eat(b'+');
        }
        let magnitude = self
            .digits()?
            .iter()
            .fold(0_i64, |sum, digit| sum.saturating_mul(10).saturating_add(i64::from(digit.saturating_sub(b'0'))));
        Ok(if negative { magnitude.saturating_neg() } else { magnitude })
    }

    /// One digit or more.
    fn digits(&mut self) -> Result<&'a [u8], DecimalError> {
        let rest = self.text.as_bytes().get(self.at..).unwrap_or_default();
        let len = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
        if len == 0 {
            return Err(self.unexpected());
        }
        self.at = self.at.saturating_add(len);
        Ok(rest.get(..len).unwrap_or_default())
    }

    fn eat(&mut self, byte: u8) -> bool {
        let found = self.peek() == Some(byte);
        if found {
            self.at = self.at.saturating_add(1);
        }
        found
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn unexpected(&self) -> DecimalError {
        // Reading stops only after ASCII bytes, so `at` is a character boundary.
        let found = self.text.get(self.at..).and_then(|rest| rest.chars().next());
        DecimalError::new(found.map_or(DecimalErrorKind::MissingDigit, DecimalErrorKind::Unexpected), self.at)
    }
}

/// A value that prints as itself divided by ten to the `scale`, exactly.
pub(crate) struct Scaled {
    pub(crate) value: u128,
    pub(crate) scale: u32,
}

impl fmt::Display for Scaled {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_scaled(f, self.value, self.scale, 0)
    }
}

/// Writes `value` divided by ten to the `scale`, exactly, with at least `min_fraction` digits after the point.
pub(crate) fn write_scaled(
    f: &mut impl fmt::Write,
    value: u128,
    scale: u32,
    min_fraction: usize,
) -> Result<(), fmt::Error> {
    let unit = 10_u128.saturating_pow(scale);
    write!(f, "{}", value / unit)?;
    let mut fraction = value % unit;
    let mut width = usize::try_from(scale).unwrap_or(usize::MAX);
    while width > min_fraction && fraction.is_multiple_of(10) {
        fraction /= 10;
        width = width.saturating_sub(1);
    }
    if width == 0 { Ok(()) } else { write!(f, ".{fraction:0width$}") }
}

/// `value` divided by ten to the `places`, rounded half to even.
pub(crate) fn divide_half_even(value: u128, places: u32) -> u128 {
    let unit = 10_u128.saturating_pow(places);
    let (quotient, rest) = (value / unit, value % unit);
    let up = rest > unit / 2 || (rest == unit / 2 && places > 0 && quotient % 2 == 1);
    quotient.saturating_add(u128::from(up))
}
