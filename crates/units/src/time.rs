use core::{fmt, str::FromStr, time::Duration};

use crate::TimeError;

const MS_PER_DAY: u64 = 86_400_000;
/// Days of 400 Gregorian years, after which the calendar repeats.
const DAYS_PER_ERA: u64 = 146_097;
/// Days from 0000-03-01, where the computation starts its years, to 1970-01-01.
const DAYS_TO_EPOCH: u64 = 719_468;

/// A point in time: whole milliseconds since 1970-01-01T00:00:00Z, leap seconds not counted. It always comes from the
/// caller; nothing here reads a clock.
///
/// Prints RFC 3339 in UTC; reads that, or a plain count of milliseconds.
///
/// ```
/// use switchback_units::{Millis, Timestamp};
///
/// let now: Timestamp = "2026-11-21T10:00:00Z".parse()?;
/// assert_eq!(now, Timestamp::from_millis(1_795_255_200_000));
/// assert_eq!(now.saturating_add(Millis::new(250)).to_string(), "2026-11-21T10:00:00.250Z");
/// # Ok::<(), switchback_units::TimeError>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(u64);

impl Timestamp {
    /// 1970-01-01T00:00:00Z.
    pub const EPOCH: Self = Self(0);
    /// The last instant; what saturating arithmetic stops at.
    pub const MAX: Self = Self(u64::MAX);

    /// That many milliseconds after the epoch.
    pub const fn from_millis(millis: u64) -> Self {
        Self(millis)
    }

    /// Milliseconds since the epoch.
    pub const fn as_millis(self) -> u64 {
        self.0
    }

    /// The instant that much later, or `None` when it does not fit.
    pub const fn checked_add(self, span: Millis) -> Option<Self> {
        match self.0.checked_add(span.0) {
            Some(sum) => Some(Self(sum)),
            None => None,
        }
    }

    /// The instant that much later, at most [`Timestamp::MAX`].
    #[must_use]
    pub const fn saturating_add(self, span: Millis) -> Self {
        Self(self.0.saturating_add(span.0))
    }

    /// The instant that much earlier, at least the epoch.
    #[must_use]
    pub const fn saturating_sub(self, span: Millis) -> Self {
        Self(self.0.saturating_sub(span.0))
    }

    /// The span since `earlier`, or `None` when `earlier` is later.
    pub const fn checked_since(self, earlier: Self) -> Option<Millis> {
        match self.0.checked_sub(earlier.0) {
            Some(span) => Some(Millis(span)),
            None => None,
        }
    }

    /// The span since `earlier`, zero when `earlier` is later.
    pub const fn saturating_since(self, earlier: Self) -> Millis {
        Millis(self.0.saturating_sub(earlier.0))
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day) = civil_of_days(self.0 / MS_PER_DAY);
        let ms = self.0 % MS_PER_DAY;
        let (hour, minute, second) = (ms / 3_600_000, ms / 60_000 % 60, ms / 1_000 % 60);
        write!(f, "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}")?;
        match ms % 1_000 {
            0 => f.write_str("Z"),
            ms => write!(f, ".{ms:03}Z"),
        }
    }
}

impl FromStr for Timestamp {
    type Err = TimeError;

    /// Reads RFC 3339 in UTC (`2026-11-21T10:00:00Z`, up to three decimals of a second) or a count of milliseconds.
    fn from_str(text: &str) -> Result<Self, TimeError> {
        if let Ok(millis) = unsigned(text, 0, "a count of milliseconds") {
            return Ok(Self(millis));
        }
        let mut reader = Reader { text, at: 0 };
        let (year, month, day) = reader.date()?;
        reader.expect('T')?;
        let ms = reader.time_of_day()?;
        reader.expect('Z')?;
        if reader.at < text.len() {
            return Err(TimeError::new(reader.at, "the end of the text"));
        }
        let days = days_of_civil(year, month, day).ok_or_else(|| TimeError::new(0, "a year from 1970 on that fits"))?;
        let millis = days.checked_mul(MS_PER_DAY).and_then(|millis| millis.checked_add(ms));
        millis.map(Self).ok_or_else(|| TimeError::new(0, "a year that fits"))
    }
}

/// A span of time in whole milliseconds. Prints as `1500ms`; reads that and, since people write spans in files, whole
/// seconds, minutes and hours: `30s`, `2m`, `1h`.
///
/// ```
/// use switchback_units::Millis;
///
/// assert_eq!(Millis::from_secs(30), "30000ms".parse()?);
/// assert_eq!(Millis::from_secs(120), "2m".parse()?);
/// # Ok::<(), switchback_units::TimeError>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Millis(u64);

impl Millis {
    /// No time at all.
    pub const ZERO: Self = Self(0);
    /// The longest span; what saturating arithmetic stops at.
    pub const MAX: Self = Self(u64::MAX);

    /// That many milliseconds.
    pub const fn new(millis: u64) -> Self {
        Self(millis)
    }

    /// That many seconds, at most [`Millis::MAX`].
    pub const fn from_secs(seconds: u64) -> Self {
        Self(seconds.saturating_mul(1_000))
    }

    /// The count of milliseconds.
    pub const fn get(self) -> u64 {
        self.0
    }

    /// The sum, or `None` when it does not fit.
    pub const fn checked_add(self, other: Self) -> Option<Self> {
        match self.0.checked_add(other.0) {
            Some(sum) => Some(Self(sum)),
            None => None,
        }
    }

    /// The sum, at most [`Millis::MAX`].
    #[must_use]
    pub const fn saturating_add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }

    /// The difference, at least zero.
    #[must_use]
    pub const fn saturating_sub(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }

    /// That many times the span, at most [`Millis::MAX`].
    #[must_use]
    pub const fn saturating_mul(self, times: u64) -> Self {
        Self(self.0.saturating_mul(times))
    }
}

impl From<Millis> for Duration {
    fn from(span: Millis) -> Self {
        Self::from_millis(span.0)
    }
}

impl fmt::Display for Millis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}ms", self.0)
    }
}

impl FromStr for Millis {
    type Err = TimeError;

    /// Reads a whole number and its unit: `500ms`, `30s`, `2m`, `1h`.
    fn from_str(text: &str) -> Result<Self, TimeError> {
        let unit_at = text.bytes().take_while(u8::is_ascii_digit).count();
        let (count, unit) = text.split_at_checked(unit_at).unwrap_or((text, ""));
        let millis_per_unit = match unit {
            "ms" => 1,
            "s" => 1_000,
            "m" => 60_000,
            "h" => 3_600_000,
            _ => return Err(TimeError::new(unit_at, "a unit: `ms`, `s`, `m` or `h`")),
        };
        let count = unsigned(count, 0, "a count of milliseconds, seconds, minutes or hours")?;
        count.checked_mul(millis_per_unit).map(Self).ok_or_else(|| TimeError::new(0, "a span that fits"))
    }
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
}

impl Reader<'_> {
    fn date(&mut self) -> Result<(u64, u64, u64), TimeError> {
        let year_digits = self.count_digits();
        if year_digits < 4 {
            return Err(TimeError::new(self.at, "a year of four digits or more"));
        }
        let year = self.number(year_digits, 1970..=u64::MAX, "a year from 1970 on")?;
        self.expect('-')?;
        let month = self.number(2, 1..=12, "a month from 01 to 12")?;
        self.expect('-')?;
        let day = self.number(2, 1..=days_in_month(year, month), "a day of that month")?;
        Ok((year, month, day))
    }

    fn time_of_day(&mut self) -> Result<u64, TimeError> {
        let hour = self.number(2, 0..=23, "an hour from 00 to 23")?;
        self.expect(':')?;
        let minute = self.number(2, 0..=59, "a minute from 00 to 59")?;
        self.expect(':')?;
        let second = self.number(2, 0..=59, "a second from 00 to 59")?;
        let ms = if self.eat('.') { self.fraction()? } else { 0 };
        Ok(((hour * 60 + minute) * 60 + second) * 1_000 + ms)
    }

    fn fraction(&mut self) -> Result<u64, TimeError> {
        let digits = self.count_digits();
        let scale = match digits {
            1 => 100,
            2 => 10,
            3 => 1,
            _ => return Err(TimeError::new(self.at, "one to three digits")),
        };
        Ok(self.number(digits, 0..=999, "milliseconds")?.saturating_mul(scale))
    }

    fn number(
        &mut self,
        digits: usize,
        range: core::ops::RangeInclusive<u64>,
        expected: &'static str,
    ) -> Result<u64, TimeError> {
        let end = self.at.saturating_add(digits);
        let text = self.text.get(self.at..end).ok_or_else(|| TimeError::new(self.at, expected))?;
        let value = unsigned(text, self.at, expected)?;
        if !range.contains(&value) {
            return Err(TimeError::new(self.at, expected));
        }
        self.at = end;
        Ok(value)
    }

    fn expect(&mut self, wanted: char) -> Result<(), TimeError> {
        let expected = match wanted {
            '-' => "`-`",
            'T' => "`T`",
            ':' => "`:`",
            _ => "`Z`",
        };
        if self.eat(wanted) { Ok(()) } else { Err(TimeError::new(self.at, expected)) }
    }

    fn eat(&mut self, wanted: char) -> bool {
        let found = self.text.get(self.at..).is_some_and(|rest| rest.starts_with(wanted));
        if found {
            self.at = self.at.saturating_add(wanted.len_utf8());
        }
        found
    }

    fn count_digits(&self) -> usize {
        let rest = self.text.as_bytes().get(self.at..).unwrap_or_default();
        rest.iter().take_while(|byte| byte.is_ascii_digit()).count()
    }
}

/// Digits only: the standard parser would also take a plus sign.
fn unsigned(text: &str, at: usize, expected: &'static str) -> Result<u64, TimeError> {
    let error = TimeError::new(at, expected);
    if text.bytes().all(|byte| byte.is_ascii_digit()) { text.parse().map_err(|_| error) } else { Err(error) }
}

fn days_in_month(year: u64, month: u64) -> u64 {
    let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    match month {
        2 if leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Year, month and day of a day counted from 1970-01-01, by Howard Hinnant's `civil_from_days`
/// (<https://howardhinnant.github.io/date_algorithms.html>): years start in March, so the leap day comes last.
fn civil_of_days(days: u64) -> (u64, u64, u64) {
    let days = days + DAYS_TO_EPOCH;
    let (era, day_of_era) = (days / DAYS_PER_ERA, days % DAYS_PER_ERA);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
    (era * 400 + year_of_era + u64::from(month <= 2), month, day)
}

/// The inverse of [`civil_of_days`]; `None` before 1970 and where the count does not fit.
fn days_of_civil(year: u64, month: u64, day: u64) -> Option<u64> {
    let year = year.checked_sub(u64::from(month <= 2))?;
    let (era, year_of_era) = (year / 400, year % 400);
    let shifted_month = if month > 2 { month - 3 } else { month + 9 };
    let day_of_year = (153 * shifted_month + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era.checked_mul(DAYS_PER_ERA)?.checked_add(day_of_era)?.checked_sub(DAYS_TO_EPOCH)
}
