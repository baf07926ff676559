use core::fmt;

/// Why a decimal text was not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum DecimalErrorKind {
    /// The text is empty.
    Empty,
    /// The text starts with a minus sign; prices and amounts are never negative.
    Negative,
    /// A character that the grammar does not allow there.
    Unexpected(char),
    /// The text ends where a digit has to follow.
    MissingDigit,
    /// The value does not fit the type.
    TooLarge,
    /// The value is finer than the type's unit and the caller did not ask for rounding.
    TooFine,
    /// A rate without its `/M`.
    MissingUnit,
}

/// A decimal text that is not a non-negative JSON number or does not fit, with the byte where reading stopped.
///
/// ```
/// use switchback_units::{DecimalErrorKind, Rate};
///
/// let error = Rate::per_million("1.2x").unwrap_err();
/// assert_eq!(error.kind(), DecimalErrorKind::Unexpected('x'));
/// assert_eq!(error.offset(), 3);
/// assert_eq!(error.to_string(), "unexpected `x` at byte 3");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DecimalError {
    kind: DecimalErrorKind,
    offset: usize,
}

impl DecimalError {
    pub(crate) const fn new(kind: DecimalErrorKind, offset: usize) -> Self {
        Self { kind, offset }
    }

    /// The same error in a text that `prefix` more bytes precede.
    pub(crate) const fn after(self, prefix: usize) -> Self {
        Self { kind: self.kind, offset: self.offset.saturating_add(prefix) }
    }

    /// What was wrong.
    pub const fn kind(&self) -> DecimalErrorKind {
        self.kind
    }

    /// Byte offset, from the start of the text, of what was wrong.
    pub const fn offset(&self) -> usize {
        self.offset
    }
}

impl fmt::Display for DecimalError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let offset = self.offset;
        match self.kind {
            DecimalErrorKind::Empty => write!(f, "expected a decimal number, found nothing"),
            DecimalErrorKind::Negative => {
                write!(f, "expected a number that is not negative, found `-` at byte {offset}")
            }
            DecimalErrorKind::Unexpected(found) => write!(f, "unexpected `{}` at byte {offset}", found.escape_debug()),
            DecimalErrorKind::MissingDigit => write!(f, "expected a digit at byte {offset}"),
            DecimalErrorKind::TooFine => write!(f, "number finer than a pico-dollar at byte {offset}"),
            DecimalErrorKind::MissingUnit => write!(f, "expected the unit `/M` at byte {offset}"),
            DecimalErrorKind::TooLarge => write!(f, "number too large at byte {offset}"),
        }
    }
}

impl core::error::Error for DecimalError {}

/// A number that is not finite or lies outside 0 to 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RatioError(pub(crate) ());

impl fmt::Display for RatioError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("expected a finite number from 0 to 1")
    }
}

impl core::error::Error for RatioError {}

/// A text that is neither RFC 3339 in UTC nor a count of milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TimeError {
    offset: usize,
    expected: &'static str,
}

impl TimeError {
    pub(crate) const fn new(offset: usize, expected: &'static str) -> Self {
        Self { offset, expected }
    }

    /// Byte offset, from the start of the text, of what was wrong.
    pub const fn offset(&self) -> usize {
        self.offset
    }
}

impl fmt::Display for TimeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "expected {} at byte {}", self.expected, self.offset)
    }
}

impl core::error::Error for TimeError {}
