//! What a cursor promises, on itineraries and outcomes that are made of the input, one choice a byte.

use crate::naive_walk::{self, Failed, Next};
use std::num::NonZeroU32;
use switchback_catalog::EndpointId;
use switchback_ir::ErrorClass;
use switchback_plan::{
    AttemptId, Because, Cursor, Ending, Itinerary, Leg, Outcome, Retry, RetryAfter, Step, Stop, Timeouts, Triggers,
};
use switchback_testkit::Source;
use switchback_units::{Millis, Ratio, Timestamp, Tokens};

/// What a walk came to, for tests of the generator.
#[derive(Clone, Debug)]
pub struct Walked {
    pub cursor: Cursor,
    pub waits: usize,
    pub exhausted: bool,
}

/// One walk out of the bytes.
///
/// # Panics
/// Where a promise is broken.
pub fn promises(entropy: &[u8]) -> Walked {
    let mut source = Source::new(entropy);
    let way = itinerary(&mut source);
    let mut walk = Walk { cursor: Cursor::new(way.clone()), way, past: Vec::new(), now: Timestamp::EPOCH, waits: 0 };
    walk.pass_time(&mut source);
    let bound = most_attempts(&walk.way);
    let exhausted = loop {
        match walk.step(&mut source) {
            Step::Attempt(id) => walk.ask(id, &mut source),
            Step::Wait(until) => walk.wait(until, &mut source),
            Step::Exhausted => break true,
            Step::Done => break false,
        }
        assert!(walk.cursor.attempts().len() <= bound, "{} attempts, at most {bound}", walk.cursor.attempts().len());
        walk.write_and_read(&mut source);
    };
    walk.over(exhausted, &mut source);
    Walked { cursor: walk.cursor, waits: walk.waits, exhausted }
}

struct Walk {
    cursor: Cursor,
    way: Itinerary,
    past: Vec<Failed>,
    now: Timestamp,
    waits: usize,
}

impl Walk {
    /// What the cursor says, held against what the naive one says of the same past.
    fn step(&mut self, source: &mut Source<'_>) -> Step {
        let step = self.cursor.next(self.now);
        if self.cursor.attempts().last().is_none_or(|last| last.outcome.is_some()) && step != Step::Done {
            let expected = naive_walk::next(&self.way, &self.past, self.now);
            match step {
                Step::Wait(until) => assert_eq!(expected, Next::Wait(until)),
                Step::Exhausted => assert_eq!(expected, Next::Nothing),
                Step::Attempt(_) | Step::Done => panic!("nothing is under way, and {step:?}"),
            }
        } else if let Step::Attempt(id) = step {
            let attempt = self.cursor.attempt(id).expect("an attempt is there");
            let expected = naive_walk::next(&self.way, &self.past, self.now);
            assert_eq!(expected, Next::Ask(attempt.stop, attempt.credential.clone()));
            assert_eq!(id.index(), self.past.len());
        }
        if source.one_in(4) {
            assert_eq!(self.cursor.next(self.now), step, "asking again changes nothing");
        }
        step
    }

    /// Makes an attempt, checks that it may be made, and says how it went.
    fn ask(&mut self, id: AttemptId, source: &mut Source<'_>) {
        self.may_start(id);
        self.pass_time(source);
        let started = self.cursor.attempts().len();
        assert_eq!(self.cursor.next(self.now), Step::Attempt(id), "it is under way, whatever the time");
        assert_eq!(self.cursor.attempts().len(), started);
        if source.one_in(4) {
            self.cursor.first_token(id, self.now).expect("it is under way");
        }
        let committed = source.one_in(20);
        if committed {
            self.cursor.committed(id).expect("it is under way");
        }
        let outcome = outcome(source);
        self.cursor.report(id, outcome, self.now).expect("it is under way");
        assert!(self.cursor.report(id, outcome, self.now).is_err() && self.cursor.committed(id).is_err());
        let attempt = self.cursor.attempt(id).expect("an attempt is there");
        match outcome {
            Outcome::Failed { class, status, retry_after } if !committed && class != ErrorClass::Cancelled => {
                let (stop, credential) = (attempt.stop, attempt.credential.clone());
                self.past.push(Failed { stop, credential, class, status, retry_after, ended: self.now });
            }
            Outcome::Success | Outcome::Failed { .. } => {
                assert_eq!(self.cursor.next(self.now), Step::Done, "nothing follows a commit, an answer or a goodbye");
            }
        }
    }

    fn may_start(&self, id: AttemptId) {
        let (before, attempt) = match self.cursor.attempts().split_last() {
            Some((last, before)) if before.len() == id.index() => (before, last),
            _ => panic!("attempt {id} is not the last"),
        };
        let stop = &self.way.stops[attempt.stop];
        assert_eq!(attempt.endpoint, stop.endpoint);
        match &attempt.credential {
            Some(credential) => assert!(stop.credentials.contains(credential), "{credential} is not of this stop"),
            None => assert!(stop.credentials.is_empty()),
        }
        assert!(attempt.started == self.now && self.way.deadline.is_none_or(|deadline| self.now < deadline));
        assert!(stop.not_before.is_none_or(|not_before| self.now >= not_before), "it is left alone");
        let left = self.way.deadline.map(|deadline| deadline.saturating_since(self.now));
        assert!(left.is_none_or(|left| attempt.timeouts.total_ms.is_some_and(|total| total <= left)));
        let known = before
            .iter()
            .any(|earlier| earlier.endpoint == attempt.endpoint && earlier.credential == attempt.credential);
        assert_eq!(known, attempt.because == Because::Retry, "only a retry repeats an endpoint and a credential");
        assert_eq!(attempt.because == Because::First, before.is_empty());
        let last = before.last().map(|last| last.stop == attempt.stop);
        assert!(attempt.because != Because::Credential || last == Some(true));
    }

    /// Comes too early, then in time or late.
    fn wait(&mut self, until: Timestamp, source: &mut Source<'_>) {
        assert!(until > self.now && self.way.deadline.is_none_or(|deadline| until < deadline));
        self.waits += 1;
        if source.one_in(3) {
            self.now = until.saturating_sub(Millis::new(1));
            assert_eq!(self.cursor.next(self.now), Step::Wait(until), "too early");
        }
        self.now = until;
        if source.one_in(3) {
            self.pass_time(source);
        }
    }

    fn over(&mut self, exhausted: bool, source: &mut Source<'_>) {
        let ending = self.cursor.ending().expect("it is over");
        assert_eq!(ending.is_failure(), exhausted);
        let last = self.cursor.attempts().last().cloned();
        match ending {
            Ending::Answered => assert_eq!(last.and_then(|last| last.outcome), Some(Outcome::Success)),
            Ending::Cut => assert!(last.is_some_and(|last| last.committed && last.class().is_some())),
            Ending::Cancelled => assert!(last.is_some_and(|last| last.class() == Some(ErrorClass::Cancelled))),
            Ending::DeadlinePassed => assert!(self.way.deadline.is_some_and(|deadline| self.now >= deadline)),
            Ending::Unanswerable => assert!(last.is_some()),
            Ending::AllFailed | Ending::AttemptsSpent => {}
        }
        assert!(self.cursor.attempts().iter().all(|tried| tried.ended.is_some()));
        let step = self.cursor.next(self.now);
        self.pass_time(source);
        assert_eq!(self.cursor.next(self.now), step, "what is over stays over");
    }

    fn pass_time(&mut self, source: &mut Source<'_>) {
        let span = source.of(&[0, 0, 1, 20, 400, 3_000, 60_000, 300_000, u64::MAX]);
        // The end of time is only reached where the input insists.
        let span = if span == u64::MAX && !source.one_in(8) { 5 } else { span };
        self.now = self.now.saturating_add(Millis::new(span));
    }

    /// A cursor outlives its process.
    fn write_and_read(&mut self, source: &mut Source<'_>) {
        if source.one_in(8) {
            let written = serde_json::to_string(&self.cursor).expect("a cursor is written");
            let read: Cursor = serde_json::from_str(&written).expect("a cursor is read back");
            assert_eq!(read, self.cursor);
            self.cursor = read;
        }
    }
}

/// What no walk exceeds: each stop once with each credential, and its retries.
fn most_attempts(way: &Itinerary) -> usize {
    let retries = |stop: &Stop| {
        let retry = &way.leg_of(stop).retry;
        retry.per.values().fold(retry.attempts, |sum, count| sum.saturating_add(*count))
    };
    let stops = way
        .stops
        .iter()
        .map(|stop| stop.credentials.len().max(1).saturating_add(usize::try_from(retries(stop)).unwrap_or(usize::MAX)));
    let most = stops.fold(0_usize, usize::saturating_add);
    most.min(usize::try_from(way.max_attempts.unwrap_or(u32::MAX)).unwrap_or(usize::MAX))
}

fn itinerary(source: &mut Source<'_>) -> Itinerary {
    let mut way = Itinerary::default();
    way.legs = (0..=source.below(3)).map(|_| leg(source)).collect();
    way.stops = (0..source.below(7)).map(|_| stop(source)).collect();
    // Endpoints are each there once, as a plan has them; now and then not.
    if !source.one_in(6) {
        for (stop, endpoint) in way.stops.iter_mut().zip(1_u64..) {
            stop.endpoint = EndpointId::from(endpoint);
        }
    }
    way.deadline = source
        .one_in(2)
        .then(|| Timestamp::from_millis(source.of(&[10_000_000, 0, 1_000, 90_000, 10_000_000, 10_000_000])));
    way.max_attempts = source.one_in(5).then(|| source.of(&[0, 1, 2, 3, 5]));
    way.seed = u64::try_from(source.below(256)).unwrap_or(0);
    way
}

fn leg(source: &mut Source<'_>) -> Leg {
    let (on, failover) = (triggers(source), triggers(source));
    let mut leg = Leg::default().on(on).failover(failover).retry(retry(source)).timeouts(timeouts(source));
    leg.rank = source.one_in(3).then(|| source.of(&[0, 1]));
    leg
}

fn timeouts(source: &mut Source<'_>) -> Timeouts {
    let mut timeouts = Timeouts::default();
    timeouts.total_ms = source.one_in(3).then(|| Millis::new(source.of(&[1, 2_000, 60_000])));
    timeouts.idle_ms = source.one_in(3).then(|| Millis::new(500));
    timeouts
}

fn triggers(source: &mut Source<'_>) -> Triggers {
    let lists: &[&[&str]] = &[
        &["any"],
        &["any", "!bad_request", "!cancelled"],
        &["rate_limit", "5xx"],
        &["context_overflow"],
        &["unavailable", "!timeout"],
        &["429", "quota", "auth"],
        &["500-502", "content_policy"],
        &[],
    ];
    if source.one_in(2) {
        return Triggers::default();
    }
    Triggers::read(source.of(lists).iter().copied()).expect("a list of words")
}

fn retry(source: &mut Source<'_>) -> Retry {
    let mut retry = Retry::default();
    retry.attempts = source.of(&[0, 1, 2, 3]);
    retry.on = if source.one_in(2) { Triggers::retryable() } else { triggers(source) };
    for _ in 0..source.below(3) {
        let word = source.of(&["timeout", "429", "5xx", "auth", "rate_limit", "any", "context_overflow", "quota"]);
        retry.per.insert(word.parse().expect("a word"), source.of(&[0, 1, 2, 5]));
    }
    if source.one_in(3) {
        retry.backoff.first_ms = Millis::new(source.of(&[0, 1, 100, 5_000]));
        retry.backoff.factor = NonZeroU32::new(source.of(&[1, 2, 10])).unwrap_or(NonZeroU32::MIN);
        retry.backoff.jitter = source.of(&[Ratio::ZERO, Ratio::ONE, Ratio::clamped(0.5)]);
    }
    if source.one_in(4) {
        retry.retry_after = RetryAfter::Ignore;
    }
    if source.one_in(2) {
        retry.retry_after_max_ms = Millis::new(source.of(&[0, 1_000, 7_200_000]));
    }
    retry
}

fn stop(source: &mut Source<'_>) -> Stop {
    let endpoint = EndpointId::from(u64::try_from(source.below(4)).unwrap_or(0));
    let keys: &[&[&str]] = &[&[], &["a"], &["b"], &["a", "b"], &["c", "a", "b"]];
    let (provider, keys) = (source.of(&["", "p", "q"]), source.of(keys));
    let mut stop = Stop::new(endpoint).in_leg(source.below(4)).with_credentials(provider, keys);
    if source.one_in(5) {
        stop.also = vec![source.below(4)];
    }
    if source.one_in(4) {
        stop = stop.not_before(Timestamp::from_millis(source.of(&[1, 300, 4_000, 100_000])));
    }
    if source.one_in(2) {
        stop = stop.with_window(Tokens::new(source.of(&[1, 8, 128])));
    }
    stop
}

fn outcome(source: &mut Source<'_>) -> Outcome {
    if source.one_in(12) {
        return Outcome::Success;
    }
    let common =
        [ErrorClass::Server, ErrorClass::RateLimitRequests, ErrorClass::Credential, ErrorClass::ContextOverflow];
    let class = if source.one_in(2) { source.of(&common) } else { source.of(&ErrorClass::ALL) };
    let mut outcome = Outcome::failed(class);
    if source.one_in(2) {
        outcome = outcome.with_status(source.of(&[429, 500, 503, 400, 402, 529]));
    }
    if source.one_in(3) {
        outcome = outcome.with_retry_after(Millis::new(source.of(&[0, 1, 1_000, 59_000, 120_000, 900_000, u64::MAX])));
    }
    outcome
}
