//! What an answer's headers say about rate limits.

use switchback_units::{Millis, Timestamp};

/// When to ask again, and what is left of each limit, as an answer's headers say it.
///
/// Every header is optional and none is trusted: a value that cannot be read is passed over with a line in
/// [`ignored`](Self::ignored).
///
/// ```
/// use switchback_protocol::errors::{RateLimits, Window};
/// use switchback_units::Timestamp;
/// let now: Timestamp = "2026-11-21T10:00:00Z".parse()?;
/// let headers = [
///     ("Retry-After", "Sat, 21 Nov 2026 10:00:30 GMT"),
///     ("x-ratelimit-remaining-tokens", "0"),
///     ("x-ratelimit-reset-tokens", "1m6.5s"),
/// ];
/// let limits = RateLimits::of(headers, now);
/// assert_eq!(limits.retry_at, Some("2026-11-21T10:00:30Z".parse()?));
/// let tokens = limits.window(Window::Tokens).unwrap();
/// assert_eq!(tokens.remaining, Some(0));
/// assert_eq!(tokens.reset, Some("2026-11-21T10:01:06.500Z".parse()?));
/// # Ok::<(), switchback_units::TimeError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct RateLimits {
    /// When the answer says to ask again: `retry-after-ms` before `retry-after`.
    pub retry_at: Option<Timestamp>,
    /// Whether it says to ask again at all: `x-should-retry`.
    pub should_retry: Option<bool>,
    /// What it says of each limit, in the order of [`Window`].
    pub limits: Vec<Limit>,
    /// Headers whose values could not be read; at most 16.
    pub ignored: Vec<Ignored>,
    /// `retry_at` is `retry-after-ms`, which is finer.
    is_exact: bool,
}

/// What a limit counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Window {
    /// Requests.
    Requests,
    /// Tokens, or input and output together.
    Tokens,
    /// Input tokens.
    InputTokens,
    /// Output tokens.
    OutputTokens,
    /// A plan's use, in no unit: Anthropic's `unified` limits.
    Plan,
}

/// One limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limit {
    /// What it counts.
    pub window: Window,
    /// The most there can be.
    pub limit: Option<u64>,
    /// What is left.
    pub remaining: Option<u64>,
    /// When there is all of it again.
    pub reset: Option<Timestamp>,
}

/// A header that could not be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Ignored {
    /// Its name, or the beginning that it shares with others.
    pub header: &'static str,
    /// What was expected.
    pub expected: &'static str,
}

/// Which of a limit's three values a header holds.
#[derive(Clone, Copy)]
enum Value {
    Limit,
    Remaining,
    Reset,
    /// `rejected` means that nothing is left.
    Status,
}

/// Most headers listed as ignored.
const IGNORED: usize = 16;
/// No value that is read is longer.
const LONGEST: usize = 64;

impl RateLimits {
    /// Reads headers, given in any order and case; `now` is when the answer came.
    pub fn of<N: AsRef<[u8]>, V: AsRef<[u8]>>(headers: impl IntoIterator<Item = (N, V)>, now: Timestamp) -> Self {
        let mut limits = Self::default();
        for (name, value) in headers {
            limits.read(name.as_ref(), value.as_ref(), now);
        }
        limits
    }

    /// What the headers say of one limit.
    pub fn window(&self, window: Window) -> Option<&Limit> {
        self.limits.iter().find(|limit| limit.window == window)
    }

    /// When a request may be admitted again: what the answer says, else the last reset of what ran out.
    pub fn readmission(&self) -> Option<Timestamp> {
        let ran_out = self.limits.iter().filter(|limit| limit.remaining == Some(0));
        self.retry_at.or_else(|| ran_out.filter_map(|limit| limit.reset).max())
    }

    /// Whether tokens ran out and requests did not.
    pub(super) fn only_tokens_ran_out(&self) -> bool {
        let ran_out = |tokens: bool| {
            self.limits.iter().any(|limit| {
                let counts_tokens = matches!(limit.window, Window::Tokens | Window::InputTokens | Window::OutputTokens);
                limit.remaining == Some(0) && counts_tokens == tokens
            })
        };
        ran_out(true) && !ran_out(false)
    }

    pub(super) fn read(&mut self, name: &[u8], value: &[u8], now: Timestamp) {
        let Ok(name) = std::str::from_utf8(name) else { return };
        if name.len() > LONGEST {
            return;
        }
        let name = name.to_ascii_lowercase();
        let value = std::str::from_utf8(value).ok().map(str::trim).filter(|value| value.len() <= LONGEST);
        let value = value.unwrap_or_default();
        match name.as_str() {
            "retry-after-ms" => match decimal(value, 1) {
                Some(wait) => (self.retry_at, self.is_exact) = (Some(now.saturating_add(wait)), true),
                None => self.ignore("retry-after-ms", "a count of milliseconds"),
            },
            "retry-after" => match retry_after(value, now) {
                Some(at) if !self.is_exact => self.retry_at = Some(at),
                Some(_) => {}
                None => self.ignore("retry-after", "seconds or an HTTP date"),
            },
            "x-should-retry" => match value {
                "true" => self.should_retry = Some(true),
                "false" => self.should_retry = Some(false),
                _ => self.ignore("x-should-retry", "`true` or `false`"),
            },
            _ => self.limit(&name, value, now),
        }
    }

    fn limit(&mut self, name: &str, value: &str, now: Timestamp) {
        let Some((header, window, kind)) = limit_header(name) else { return };
        let read = self.change(window, |limit| {
            match kind {
                Value::Limit => limit.limit = Some(value.parse().ok()?),
                // Several limits of one window: the scarcer one counts.
                Value::Remaining => limit.remaining = Some(least(limit.remaining, value.parse().ok()?)),
                Value::Reset => limit.reset = limit.reset.max(Some(reset(value, now)?)),
                Value::Status if value == "rejected" => limit.remaining = Some(0),
                Value::Status => {}
            }
            Some(())
        });
        if read.is_none() {
            let expected = if matches!(kind, Value::Reset) { "a duration or a time" } else { "a count" };
            self.ignore(header, expected);
        }
    }

    /// Changes what is known of a limit.
    fn change(&mut self, window: Window, change: impl FnOnce(&mut Limit) -> Option<()>) -> Option<()> {
        let at = self.limits.partition_point(|limit| limit.window < window);
        if let Some(limit) = self.limits.get_mut(at).filter(|limit| limit.window == window) {
            return change(limit);
        }
        let mut limit = Limit { window, limit: None, remaining: None, reset: None };
        change(&mut limit)?;
        self.limits.insert(at, limit);
        Some(())
    }

    fn ignore(&mut self, header: &'static str, expected: &'static str) {
        if self.ignored.len() < IGNORED {
            self.ignored.push(Ignored { header, expected });
        }
    }
}

fn least(seen: Option<u64>, left: u64) -> u64 {
    seen.map_or(left, |seen| seen.min(left))
}

/// What a header's name says: which limit, and which of its values.
///
/// `x-ratelimit-{limit,remaining,reset}-{requests,tokens}[-…]` (`OpenAI`, Azure, Groq and those that follow them),
/// `anthropic-ratelimit-{requests,tokens,input-tokens,output-tokens}-{limit,remaining,reset}` and
/// `anthropic-ratelimit-unified-[…-]{status,reset}`; read 2026-11-21.
fn limit_header(name: &str) -> Option<(&'static str, Window, Value)> {
    let kind_of = |word: &str| match word {
        "limit" => Some(Value::Limit),
        "remaining" => Some(Value::Remaining),
        "reset" => Some(Value::Reset),
        "status" => Some(Value::Status),
        _ => None,
    };
    if let Some(rest) = name.strip_prefix("anthropic-ratelimit-") {
        let (window, kind) = rest.rsplit_once('-')?;
        let kind = kind_of(kind)?;
        let window = match window {
            "requests" => Window::Requests,
            "tokens" => Window::Tokens,
            "input-tokens" => Window::InputTokens,
            "output-tokens" => Window::OutputTokens,
            _ if window.starts_with("unified") => Window::Plan,
            _ => return None,
        };
        return Some(("anthropic-ratelimit-…", window, kind));
    }
    let rest = name.strip_prefix("x-ratelimit-")?;
    let (kind, window) = rest.split_once('-').unwrap_or((rest, "requests"));
    let kind = kind_of(kind).filter(|kind| !matches!(kind, Value::Status))?;
    let window = if window.contains("tokens") {
        Window::Tokens
    } else if window.contains("req") {
        Window::Requests
    } else {
        return None;
    };
    Some(("x-ratelimit-…", window, kind))
}

/// `retry-after`: seconds, or one of the three forms of an HTTP date (RFC 9110, sections 10.2.3 and 5.6.7). A date that
/// is past means now.
fn retry_after(value: &str, now: Timestamp) -> Option<Timestamp> {
    decimal(value, 1_000).map(|wait| now.saturating_add(wait)).or_else(|| Some(http_date(value, now)?.max(now)))
}

/// A reset: a duration from now, an RFC 3339 time, or a count of seconds from now, of seconds or milliseconds since 1970.
fn reset(value: &str, now: Timestamp) -> Option<Timestamp> {
    if let Some(wait) = duration(value) {
        return Some(now.saturating_add(wait));
    }
    if value.contains('T') {
        return rfc3339(value);
    }
    let wait = decimal(value, 1_000)?;
    Some(match wait.get() {
        ..1_000_000_000_000 => now.saturating_add(wait),
        seconds @ 1_000_000_000_000..1_000_000_000_000_000 => Timestamp::from_millis(seconds),
        thousandfold => Timestamp::from_millis(thousandfold / 1_000),
    })
}

/// RFC 3339 with any zone and any count of decimals, of which milliseconds are kept.
fn rfc3339(value: &str) -> Option<Timestamp> {
    let (moment, zone) = match value.strip_suffix(['Z', 'z']) {
        Some(moment) => (moment, "+00:00"),
        None => value.split_at_checked(value.len().checked_sub(6)?)?,
    };
    let (sign, zone) = zone.split_at_checked(1)?;
    let (hours, minutes) = zone.split_once(':')?;
    let zone = Millis::from_secs(digits(hours)?.checked_mul(3_600)?.checked_add(digits(minutes)?.checked_mul(60)?)?);
    let (seconds, fraction) = moment.split_once('.').unwrap_or((moment, "0"));
    let fraction = fraction.get(..3).unwrap_or(fraction);
    let local: Timestamp = format!("{seconds}.{fraction}Z").parse().ok()?;
    match sign {
        "+" => Some(local.saturating_sub(zone)),
        "-" => local.checked_add(zone),
        _ => None,
    }
}

/// A duration as Go prints it: `6m0s`, `20ms`, `1h2m3.5s`.
fn duration(value: &str) -> Option<Millis> {
    let mut rest = value;
    let mut total = Millis::ZERO;
    while !rest.is_empty() {
        let end = rest.find(|character: char| !character.is_ascii_digit() && character != '.')?;
        let (number, tail) = rest.split_at_checked(end)?;
        let unit = tail.find(|character: char| character.is_ascii_digit()).unwrap_or(tail.len());
        let (unit, tail) = tail.split_at_checked(unit)?;
        let scale = match unit {
            "d" => 86_400_000,
            "h" => 3_600_000,
            "m" => 60_000,
            "s" => 1_000,
            "ms" => 1,
            // Finer than a millisecond: none.
            "us" | "µs" | "ns" => 0,
            _ => return None,
        };
        total = total.saturating_add(decimal(number, scale)?);
        rest = tail;
    }
    (!value.is_empty()).then_some(total)
}

/// A decimal number of units of `scale` milliseconds, exact to the millisecond below.
fn decimal(value: &str, scale: u64) -> Option<Millis> {
    let (whole, fraction) = value.split_once('.').unwrap_or((value, "0"));
    let whole = digits(whole)?.saturating_mul(scale);
    let fraction = fraction.get(..6).unwrap_or(fraction);
    let parts = 10_u64.checked_pow(u32::try_from(fraction.len()).ok()?)?;
    let fraction = digits(fraction)?.checked_mul(scale)?.checked_div(parts)?;
    Some(Millis::new(whole.saturating_add(fraction)))
}

/// Digits and nothing else; the most there can be where they do not fit.
fn digits(value: &str) -> Option<u64> {
    let is_number = !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| value.parse().unwrap_or(u64::MAX))
}

/// `Sun, 06 Nov 1994 08:49:37 GMT`, `Sunday, 06-Nov-94 08:49:37 GMT` or `Sun Nov  6 08:49:37 1994`.
fn http_date(value: &str, now: Timestamp) -> Option<Timestamp> {
    let value = value.strip_suffix(" GMT").unwrap_or(value);
    let words: Vec<&str> = value.split([' ', ',', '-']).filter(|word| !word.is_empty()).collect();
    let (day, month, year, time) = match *words.as_slice() {
        [_, day, month, year, time] if digits(day).is_some() => (day, month, year, time),
        [_, month, day, time, year] => (day, month, year, time),
        _ => return None,
    };
    let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let month = months.iter().position(|name| *name == month)? + 1;
    let (day, year) = (digits(day)?, full_year(year, now)?);
    // The standard allows a leap second, which no timestamp here has.
    let time = time.strip_suffix(":60").map_or_else(|| time.to_owned(), |time| format!("{time}:59"));
    format!("{year:04}-{month:02}-{day:02}T{time}Z").parse().ok()
}

/// A year of two digits is the latest one with these digits that is at most 50 years ahead.
fn full_year(year: &str, now: Timestamp) -> Option<u64> {
    let number = digits(year)?;
    if year.len() != 2 {
        return (year.len() == 4).then_some(number);
    }
    let text = now.to_string();
    let this_year = digits(text.split('-').next()?)?;
    let candidate = this_year / 100 * 100 + number;
    let late = candidate > this_year + 50;
    let early = candidate + 50 < this_year;
    Some(if late {
        candidate - 100
    } else if early {
        candidate + 100
    } else {
        candidate
    })
}

#[cfg(test)]
mod tests;
