//! Whether, when and with which credential the stop that failed is asked again.

use switchback_catalog::EndpointId;
use switchback_ir::ErrorClass;
use switchback_units::{Millis, Timestamp};
use xxhash_rust::xxh3::xxh3_64_with_seed;

use super::{Course, Cursor, Failure, count};
use crate::{Because, Outcome, RetryAfter, Stop, Trigger, Try};

impl Cursor {
    /// Decides what becomes of the stop that failed.
    pub(super) fn failed(&mut self, failure: Failure, now: Timestamp) {
        let Some(index) = self.tries.last().map(|last| last.stop) else { return };
        let rest = self.rest(index, failure.retry_after, now);
        if let (Some(last), Some((until, long))) = (self.tries.last_mut(), rest) {
            (last.rests_until, last.rests_long) = (until, long);
        }
        let course = self.after(index, failure, now).unwrap_or(Course::Asked);
        if let Some(known) = self.courses.get_mut(index) {
            *known = course;
        }
    }

    /// Another credential at once, else a retry, else nothing.
    fn after(&self, index: usize, failure: Failure, now: Timestamp) -> Option<Course> {
        let stop = self.itinerary.stops.get(index)?;
        let next_key = self.unused_key(stop).filter(|_| is_of_the_credential(failure.class));
        next_key.map(|key| Course::Again { at: now, key }).or_else(|| self.retry(index, stop, failure))
    }

    /// Until when a credential of a stop is not to be used there again, and whether that is longer than is waited for.
    fn rest(&self, index: usize, asked: Option<Millis>, now: Timestamp) -> Option<(Timestamp, bool)> {
        let stop = self.itinerary.stops.get(index)?;
        let retry = &self.itinerary.leg_of(stop).retry;
        let asked = asked.filter(|asked| retry.retry_after == RetryAfter::Honour && *asked > Millis::ZERO);
        let wait = asked.unwrap_or_else(|| {
            let retries = self.tries_of(index).filter(|tried| tried.because == Because::Retry).count();
            retry.backoff.wait(count(retries), self.seed_of(stop.endpoint))
        });
        Some((now.saturating_add(wait), asked.is_some_and(|asked| asked > retry.retry_after_max_ms)))
    }

    /// When a stop is asked again with a credential that was used there, if it is.
    fn retry(&self, index: usize, stop: &Stop, failure: Failure) -> Option<Course> {
        let (word, allowed) = self.itinerary.leg_of(stop).retry.rule(failure.class, failure.status);
        if self.retries_under(index, stop, word) >= allowed {
            return None;
        }
        let (key, last) = self.rested_key(stop, failure.class)?;
        let at = last.rests_until;
        match last.rests_long {
            _ if self.is_past_deadline(at) => None,
            false => Some(Course::Again { at, key }),
            // A wait beyond the longest one is only taken where a deadline says that there is time for it.
            true => self.itinerary.deadline.map(|_| Course::Later { at, key }),
        }
    }

    /// The credential to ask a stop again with: the same, or where that is throttled or refused the one that has rested
    /// first.
    fn rested_key(&self, stop: &Stop, class: ErrorClass) -> Option<(usize, &Try)> {
        let last = self.tries.last()?;
        let usable = stop.keys().enumerate().filter(|(_, key)| !self.is_refused(stop, *key));
        let mut tried = usable.filter_map(|(index, key)| Some((index, self.last_with(stop, key)?)));
        if is_of_the_credential(class) {
            tried.min_by_key(|(_, tried)| tried.rests_until)
        } else {
            tried.find(|(_, tried)| tried.credential == last.credential)
        }
    }

    /// How many retries a stop has had after failures that fell under that word of the policy.
    fn retries_under(&self, index: usize, stop: &Stop, word: Option<Trigger>) -> u32 {
        let retry = &self.itinerary.leg_of(stop).retry;
        let under = |tried: &Try| match tried.outcome {
            Some(Outcome::Failed { class, status, .. }) => retry.rule(class, status).0 == word,
            Some(Outcome::Success) | None => false,
        };
        let retries = self.tries_of(index).zip(self.tries_of(index).skip(1));
        count(retries.filter(|(failed, again)| again.because == Because::Retry && under(failed)).count())
    }

    pub(super) fn tries_of(&self, index: usize) -> impl Iterator<Item = &Try> {
        self.tries.iter().filter(move |tried| tried.stop == index)
    }

    fn seed_of(&self, endpoint: EndpointId) -> u64 {
        xxh3_64_with_seed(&endpoint.as_u64().to_le_bytes(), self.itinerary.seed)
    }

    /// The first of a stop's credentials that its endpoint has not been asked with and that nobody refused.
    pub(super) fn unused_key(&self, stop: &Stop) -> Option<usize> {
        stop.keys().position(|key| self.last_with(stop, key).is_none() && !self.is_refused(stop, key))
    }

    pub(super) fn last_with(&self, stop: &Stop, key: Option<&str>) -> Option<&Try> {
        let with = |tried: &&Try| tried.endpoint == stop.endpoint && tried.credential.as_deref() == key;
        self.tries.iter().rev().find(with)
    }

    /// Whether a credential is known to be of no use at a stop: a provider does not know it, or this endpoint is closed
    /// to it.
    pub(super) fn is_refused(&self, stop: &Stop, key: Option<&str>) -> bool {
        self.tries.iter().filter(|tried| tried.credential.as_deref() == key).any(|tried| match tried.class() {
            Some(ErrorClass::Credential | ErrorClass::Permission) if tried.endpoint == stop.endpoint => true,
            // A name means the same credential at one provider only; what has no name may differ from stop to stop.
            Some(ErrorClass::Credential) if key.is_some() && !stop.provider.is_empty() => {
                self.itinerary.stops.get(tried.stop).is_some_and(|refused| refused.provider == stop.provider)
            }
            _ => false,
        })
    }
}

/// Whether another credential of the same endpoint may do better.
const fn is_of_the_credential(class: ErrorClass) -> bool {
    class.is_rate_limit() || matches!(class, ErrorClass::Quota | ErrorClass::Credential | ErrorClass::Permission)
}
