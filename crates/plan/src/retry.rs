use std::collections::BTreeMap;
use std::num::NonZeroU32;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use switchback_ir::ErrorClass;
use switchback_units::{Millis, Ratio};
use xxhash_rust::xxh3::xxh3_64_with_seed;

use crate::{Trigger, Triggers};

/// When and how often the same endpoint is asked again.
///
/// A retry counts against the words that its failure fell under, so `attempts = 1, per = { timeout = 2 }` allows one
/// retry after other failures and two after timeouts. Going on to another credential of the endpoint is no retry.
///
/// ```
/// use switchback_ir::ErrorClass;
/// use switchback_plan::Retry;
///
/// let retry: Retry = serde_json::from_str(r#"{"attempts": 2, "on": [429, "5xx"], "per": {"timeout": 1}}"#)?;
/// assert_eq!(retry.allowance(ErrorClass::Server, Some(503)), 2);
/// assert_eq!(retry.allowance(ErrorClass::Timeout, None), 1);
/// assert_eq!(retry.allowance(ErrorClass::BadRequest, Some(400)), 0);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[non_exhaustive]
pub struct Retry {
    /// Retries beyond the first try at the same endpoint. Default 0: what fails moves on.
    pub attempts: u32,
    /// The failures that are retried. Default `["unavailable", "rate_limit", "unknown"]`: those that the same request
    /// to the same endpoint may survive.
    pub on: Triggers,
    /// Counts for some failures in place of `attempts`, whether or not `on` has them. Of several words that match,
    /// the narrowest counts: a status before a class before a family before `any`.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub per: BTreeMap<Trigger, u32>,
    /// How long to wait before a retry, where the answer does not say.
    pub backoff: Backoff,
    /// What to do when the answer says how long to wait.
    pub retry_after: RetryAfter,
    /// The longest wait that an answer may ask for; one that asks for more is not retried but left. Default 60,000.
    pub retry_after_max_ms: Millis,
}

impl Retry {
    /// How many retries a failure is allowed, beyond the first try.
    pub fn allowance(&self, class: ErrorClass, status: Option<u16>) -> u32 {
        self.rule(class, status).1
    }

    /// The word of `per` that a failure falls under, `None` for `on`, and how many retries that allows.
    pub(crate) fn rule(&self, class: ErrorClass, status: Option<u16>) -> (Option<Trigger>, u32) {
        // In the order of the map, which is from narrow to wide.
        match self.per.iter().find(|(word, _)| word.matches(class, status)) {
            Some((word, count)) => (Some(*word), *count),
            None if self.on.matches(class, status) => (None, self.attempts),
            None => (None, 0),
        }
    }
}

impl Default for Retry {
    fn default() -> Self {
        Self {
            attempts: 0,
            on: Triggers::retryable(),
            per: BTreeMap::new(),
            backoff: Backoff::default(),
            retry_after: RetryAfter::default(),
            retry_after_max_ms: Millis::from_secs(60),
        }
    }
}

/// What to do when an answer says how long to wait (`retry-after`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[expect(clippy::exhaustive_enums, reason = "a yes or a no")]
pub enum RetryAfter {
    /// Wait that long, and not a moment less.
    #[default]
    Honour,
    /// Wait as long as the backoff says.
    Ignore,
}

/// How long to wait before a retry: longer from one to the next, and never the same for everybody.
///
/// The defaults are those of the `OpenAI` and Anthropic SDKs (`openai-python` and `anthropic-sdk-python`,
/// `_calculate_retry_timeout`, read 2026-11): half a second, doubled up to 8 seconds, up to a quarter less.
///
/// ```
/// use switchback_plan::Backoff;
/// use switchback_units::Millis;
///
/// let backoff = Backoff::default();
/// assert_eq!(backoff.longest(0), Millis::new(500));
/// assert_eq!(backoff.longest(9), Millis::new(8_000));
/// let wait = backoff.wait(2, 7);
/// assert!(wait >= Millis::new(1_500) && wait <= Millis::new(2_000));
/// assert_eq!(wait, backoff.wait(2, 7), "the same for the same seed");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[non_exhaustive]
pub struct Backoff {
    /// The wait before the first retry. Default 500.
    pub first_ms: Millis,
    /// How many times longer each wait is than the one before; 1 for waits of one length. Default 2.
    pub factor: NonZeroU32,
    /// The longest wait. Default 8,000.
    pub max_ms: Millis,
    /// The share of a wait that chance may take off, so that callers who failed together do not come back together.
    /// Default 0.25.
    pub jitter: Ratio,
}

impl Backoff {
    /// The wait before retry `retry` (the first is 0) with nothing taken off.
    pub fn longest(&self, retry: u32) -> Millis {
        let factor = u64::from(self.factor.get()).saturating_pow(retry);
        self.first_ms.saturating_mul(factor).min(self.max_ms)
    }

    /// The wait before retry `retry` (the first is 0), with what `seed` takes off: at least
    /// `(1 - jitter) * longest(retry)`, at most `longest(retry)`. The same on every machine.
    pub fn wait(&self, retry: u32, seed: u64) -> Millis {
        const BILLION: u64 = 1_000_000_000;
        let drawn = xxh3_64_with_seed(&retry.to_le_bytes(), seed) % (BILLION + 1);
        let longest = self.longest(retry);
        let share = u128::from(self.jitter.to_billionths()) * u128::from(drawn);
        let off = u128::from(longest.get()) * share / u128::from(BILLION * BILLION);
        longest.saturating_sub(Millis::new(u64::try_from(off).unwrap_or(u64::MAX)))
    }
}

impl Default for Backoff {
    fn default() -> Self {
        Self {
            first_ms: Millis::new(500),
            factor: NonZeroU32::MIN.saturating_add(1),
            max_ms: Millis::new(8_000),
            jitter: Ratio::clamped(0.25),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str) -> Result<Retry, String> {
        serde_json::from_str(json).map_err(|error| error.to_string())
    }

    #[test]
    fn the_empty_retry_is_the_default_and_writes_back_as_itself() {
        let retry = read("{}").unwrap();
        assert_eq!(retry, Retry::default());
        assert_eq!(retry.allowance(ErrorClass::Server, Some(500)), 0);
        let full = read(r#"{"attempts": 2, "per": {"429": 3, "rate_limit": 1, "any": 0}, "retry_after": "ignore"}"#);
        let full = full.unwrap();
        assert_eq!(read(&serde_json::to_string(&full).unwrap()).unwrap(), full);
    }

    #[test]
    fn the_narrowest_word_counts() {
        let per = r#"{"any": 1, "5xx": 5, "unavailable": 2, "server": 3, "500-504": 6, "503": 4}"#;
        let retry = read(&format!(r#"{{"per": {per}}}"#)).unwrap();
        for (class, status, count) in [
            (ErrorClass::Server, Some(503), 4),
            (ErrorClass::Server, Some(504), 6),
            (ErrorClass::Server, Some(599), 5),
            (ErrorClass::Server, None, 3),
            (ErrorClass::Timeout, None, 2),
            (ErrorClass::Quota, Some(402), 1),
        ] {
            assert_eq!(retry.allowance(class, status), count, "{class} {status:?}");
        }
    }

    #[test]
    fn mistakes_are_named() {
        for (json, what) in [
            (r#"{"attempt": 2}"#, "unknown field `attempt`"),
            (r#"{"per": {"!429": 2}}"#, "expected a kind of failure, found the exception `!429`"),
            (r#"{"backoff": {"factor": 0}}"#, "nonzero"),
            (r#"{"retry_after": "obey"}"#, "unknown variant `obey`"),
        ] {
            let error = read(json).unwrap_err();
            assert!(error.contains(what), "{json}: {error}");
        }
    }

    #[test]
    fn waits_grow_to_their_longest_and_never_overflow() {
        let backoff = Backoff { first_ms: Millis::MAX, max_ms: Millis::MAX, ..Backoff::default() };
        for retry in [0, 1, 63, 64, u32::MAX] {
            let (wait, longest) = (backoff.wait(retry, 3), backoff.longest(retry));
            assert!(wait <= longest && wait >= Millis::new(longest.get() / 4 * 3), "{retry}: {wait}");
        }
        let even = Backoff { factor: NonZeroU32::MIN, jitter: Ratio::ZERO, ..Backoff::default() };
        assert_eq!(even.wait(u32::MAX, 1), Millis::new(500));
    }
}
