use std::fmt;
use std::str::FromStr;

use serde::{Serialize, Serializer};

/// A calendar date as catalogs give it: a year, often with a month, sometimes with a day.
///
/// Prints and reads ISO 8601: `2026`, `2026-05`, `2026-05-21`. Orders by the first day that it can mean, a shorter
/// date before a longer one.
///
/// ```
/// use switchback_catalog::Date;
///
/// let date: Date = "2026-05".parse()?;
/// assert!(date < "2026-05-21".parse()?);
/// assert_eq!(date.to_string(), "2026-05");
/// # Ok::<(), switchback_catalog::UnreadableDate>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Date {
    year: u16,
    /// 1 to 12, or 0 for none.
    month: u8,
    /// 1 to 31, or 0 for none.
    day: u8,
}

/// The text is not an ISO 8601 date.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected a date like `2026-05-21`, `2026-05` or `2026`")]
pub struct UnreadableDate(());

impl Date {
    /// The four-digit year.
    pub const fn year(self) -> u16 {
        self.year
    }

    /// The month, 1 to 12, when the source names one.
    pub const fn month(self) -> Option<u8> {
        if self.month == 0 { None } else { Some(self.month) }
    }

    /// The day, 1 to 31, when the source names one.
    pub const fn day(self) -> Option<u8> {
        if self.day == 0 { None } else { Some(self.day) }
    }

    /// The date as RFC 3339 midnight, with the first month and day where the source names none.
    ///
    /// ```
    /// let date: switchback_catalog::Date = "2026-05".parse()?;
    /// assert_eq!(date.to_rfc3339(), "2026-05-01T00:00:00Z");
    /// # Ok::<(), switchback_catalog::UnreadableDate>(())
    /// ```
    pub fn to_rfc3339(self) -> String {
        format!("{:04}-{:02}-{:02}T00:00:00Z", self.year, self.month.max(1), self.day.max(1))
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}", self.year)?;
        for part in [self.month(), self.day()].into_iter().flatten() {
            write!(f, "-{part:02}")?;
        }
        Ok(())
    }
}

impl FromStr for Date {
    type Err = UnreadableDate;

    fn from_str(text: &str) -> Result<Self, UnreadableDate> {
        let mut parts = text.split('-');
        let year = number(parts.next(), 4, 9999)?.ok_or(UnreadableDate(()))?;
        let month = number(parts.next(), 2, 12)?.unwrap_or(0);
        let day = number(parts.next(), 2, days_in_month(year, month))?.unwrap_or(0);
        if parts.next().is_some() {
            return Err(UnreadableDate(()));
        }
        let (Ok(month), Ok(day)) = (u8::try_from(month), u8::try_from(day)) else {
            return Err(UnreadableDate(()));
        };
        Ok(Self { year, month, day })
    }
}

/// One to `max` in exactly that many digits; `None` when there is no part.
fn number(part: Option<&str>, digits: usize, max: u16) -> Result<Option<u16>, UnreadableDate> {
    let Some(part) = part else { return Ok(None) };
    if part.len() != digits || !part.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(UnreadableDate(()));
    }
    match part.parse() {
        Ok(value) if (1..=max).contains(&value) => Ok(Some(value)),
        Ok(_) | Err(_) => Err(UnreadableDate(())),
    }
}

fn days_in_month(year: u16, month: u16) -> u16 {
    let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    match month {
        2 if leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

impl Serialize for Date {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_print_as_they_were_read() {
        for text in ["2026", "2026-05", "2026-05-21", "2024-02-29", "0001-12-31"] {
            assert_eq!(text.parse::<Date>().unwrap().to_string(), text);
        }
    }

    #[test]
    fn what_is_no_date_is_refused() {
        for text in ["", "26", "2026-", "2026-13", "2026-00", "2026-02-30", "2023-02-29", "2026-05-21T", "2026-5", "x"]
        {
            assert!(text.parse::<Date>().is_err(), "{text}");
        }
    }

    #[test]
    fn order_follows_the_calendar() {
        let mut dates: Vec<Date> = ["2026-05-21", "2025", "2026-05", "2026"].map(|d| d.parse().unwrap()).to_vec();
        dates.sort();
        let texts: Vec<_> = dates.iter().map(Date::to_string).collect();
        assert_eq!(texts, ["2025", "2026", "2026-05", "2026-05-21"]);
    }
}
