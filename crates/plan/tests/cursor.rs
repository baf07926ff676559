//! How a cursor walks, one rule a test.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests fail by panicking"
)]

use switchback_catalog::EndpointId;
use switchback_ir::ErrorClass;
use switchback_plan::{
    AttemptId, Because, Cursor, Ending, Itinerary, Leg, Outcome, Retry, RetryAfter, Step, Stop, Timeouts, Triggers,
};
use switchback_units::{Millis, Ratio, Timestamp, Tokens};

const A: u64 = 1;
const B: u64 = 2;
const C: u64 = 3;

fn at(millis: u64) -> Timestamp {
    Timestamp::from_millis(millis)
}

fn stop(endpoint: u64) -> Stop {
    Stop::new(EndpointId::from(endpoint))
}

fn words(words: &[&str]) -> Triggers {
    Triggers::read(words.iter().copied()).unwrap()
}

/// `attempts` retries of what can be retried, with waits of 500, 1,000, 2,000 ms.
fn retries(attempts: u32) -> Retry {
    let mut retry = Retry::default();
    retry.attempts = attempts;
    retry.backoff.jitter = Ratio::ZERO;
    retry
}

fn way(leg: Leg, stops: Vec<Stop>) -> Itinerary {
    let mut way = Itinerary::default();
    (way.legs, way.stops) = (vec![leg], stops);
    way
}

fn failed(class: ErrorClass) -> Outcome {
    Outcome::failed(class)
}

/// A walk by hand: what is asked, and what is said.
struct Walk {
    cursor: Cursor,
    now: Timestamp,
}

impl Walk {
    fn new(way: Itinerary) -> Self {
        Self { cursor: Cursor::new(way), now: at(0) }
    }

    fn next(&mut self) -> Step {
        self.cursor.next(self.now)
    }

    /// The attempt that is to be made now.
    fn attempt(&mut self) -> AttemptId {
        let step = self.next();
        let Step::Attempt(id) = step else { panic!("expected an attempt at {}, found {step:?}", self.now) };
        id
    }

    /// What is asked now: the endpoint, the credential and why.
    fn asks(&mut self) -> (u64, Option<String>, Because) {
        let id = self.attempt();
        let tried = self.cursor.attempt(id).unwrap();
        (tried.endpoint.as_u64(), tried.credential.clone(), tried.because)
    }

    fn endpoint(&mut self) -> u64 {
        self.asks().0
    }

    fn says(&mut self, outcome: Outcome) {
        let id = self.attempt();
        self.cursor.report(id, outcome, self.now).unwrap();
    }

    /// Waits as long as it is told to, and says how long that was.
    fn waits(&mut self) -> u64 {
        let step = self.next();
        let Step::Wait(until) = step else { panic!("expected a wait at {}, found {step:?}", self.now) };
        let wait = until.saturating_since(self.now).get();
        self.now = until;
        wait
    }

    fn ends(&mut self) -> Ending {
        assert!(matches!(self.next(), Step::Exhausted | Step::Done), "{:?}", self.next());
        self.cursor.ending().unwrap()
    }
}

#[test]
fn an_endpoint_is_asked_again_with_growing_waits_and_then_left() {
    let mut walk = Walk::new(way(Leg::default().retry(retries(2)), vec![stop(A), stop(B)]));
    assert_eq!(walk.asks(), (A, None, Because::First));
    walk.says(failed(ErrorClass::Overloaded));
    assert_eq!(walk.waits(), 500);
    assert_eq!(walk.asks(), (A, None, Because::Retry));
    walk.says(failed(ErrorClass::Server));
    assert_eq!(walk.waits(), 1_000);
    walk.says(failed(ErrorClass::Server));
    assert_eq!(walk.asks(), (B, None, Because::Failover));
    walk.says(Outcome::Success);
    assert_eq!((walk.next(), walk.ends()), (Step::Done, Ending::Answered));
}

#[test]
fn each_kind_of_failure_has_its_own_count() {
    let mut retry = retries(1);
    retry.per.insert("timeout".parse().unwrap(), 2);
    let mut walk = Walk::new(way(Leg::default().retry(retry), vec![stop(A)]));
    for class in [ErrorClass::Timeout, ErrorClass::Server, ErrorClass::Timeout] {
        walk.says(failed(class));
        walk.waits();
    }
    walk.says(failed(ErrorClass::Timeout));
    assert_eq!(walk.ends(), Ending::AllFailed, "two retries after timeouts and one after another failure");
    assert_eq!(walk.cursor.attempts().len(), 4);
}

#[test]
fn a_wait_that_the_answer_asks_for_is_kept_to_the_millisecond() {
    let leg = |retry_after| {
        let mut retry = retries(1);
        retry.retry_after = retry_after;
        Leg::default().retry(retry)
    };
    let throttled = failed(ErrorClass::RateLimitRequests).with_retry_after(Millis::new(7_321));
    let mut walk = Walk::new(way(leg(RetryAfter::Honour), vec![stop(A)]));
    walk.says(throttled);
    assert_eq!(walk.waits(), 7_321);
    let mut walk = Walk::new(way(leg(RetryAfter::Ignore), vec![stop(A)]));
    walk.says(throttled);
    assert_eq!(walk.waits(), 500);
}

#[test]
fn who_asks_for_too_long_a_wait_is_left_and_comes_last_where_a_deadline_has_the_time() {
    let mut way = way(Leg::default().retry(retries(1)), vec![stop(A), stop(B)]);
    let long = failed(ErrorClass::RateLimitTokens).with_retry_after(Millis::from_secs(61));
    let mut walk = Walk::new(way.clone());
    walk.says(long);
    assert_eq!(walk.endpoint(), B);
    walk.says(failed(ErrorClass::NotFound));
    assert_eq!(walk.ends(), Ending::AllFailed, "nobody said that there is a minute to wait");

    way.deadline = Some(at(120_000));
    let mut walk = Walk::new(way.clone());
    walk.says(long);
    walk.says(failed(ErrorClass::NotFound));
    assert_eq!(walk.waits(), 61_000);
    assert_eq!(walk.asks(), (A, None, Because::Retry));

    way.deadline = Some(at(60_000));
    let mut walk = Walk::new(way);
    walk.says(long);
    walk.says(failed(ErrorClass::NotFound));
    assert_eq!(walk.ends(), Ending::AllFailed, "it would be too late");
}

#[test]
fn a_throttled_credential_gives_way_to_the_next_and_the_first_rested_comes_again() {
    let stops = vec![stop(A).with_credentials("p", &["one", "two"])];
    let mut walk = Walk::new(way(Leg::default().retry(retries(1)), stops));
    let key = |name: &str| Some(name.to_owned());
    assert_eq!(walk.asks(), (A, key("one"), Because::First));
    walk.says(failed(ErrorClass::RateLimitRequests).with_retry_after(Millis::new(9_000)));
    assert_eq!(walk.asks(), (A, key("two"), Because::Credential), "at once");
    walk.says(failed(ErrorClass::RateLimitRequests).with_retry_after(Millis::new(2_000)));
    assert_eq!(walk.waits(), 2_000);
    assert_eq!(walk.asks(), (A, key("two"), Because::Retry));
    walk.says(failed(ErrorClass::Quota));
    assert_eq!(walk.ends(), Ending::AllFailed);
}

#[test]
fn a_credential_that_is_refused_is_dead_at_its_provider_and_one_without_permission_at_its_endpoint() {
    let house = |endpoint| stop(endpoint).with_credentials("p", &["one", "two"]);
    let mut walk = Walk::new(way(Leg::default(), vec![house(A), house(B)]));
    walk.says(failed(ErrorClass::Credential).with_status(401));
    walk.says(failed(ErrorClass::Server));
    assert_eq!(walk.asks(), (B, Some("two".to_owned()), Because::Failover), "`one` is dead");
    walk.says(failed(ErrorClass::Permission));
    assert_eq!(walk.ends(), Ending::AllFailed);

    let other = stop(C).with_credentials("q", &["one"]);
    let mut walk = Walk::new(way(Leg::default(), vec![house(A), other, house(B)]));
    walk.says(failed(ErrorClass::Credential));
    walk.says(failed(ErrorClass::Credential));
    assert_eq!(walk.endpoint(), C, "of another provider");
    walk.says(failed(ErrorClass::Permission));
    assert_eq!(walk.ends(), Ending::AllFailed, "the last stop has no credential left");
}

#[test]
fn failures_lead_where_the_triggers_say() {
    let mut way = way(Leg::default().failover(words(&["unavailable"])), vec![]);
    way.legs.push(Leg::default().on(words(&["content_policy"])));
    way.legs.push(Leg::default().on(words(&["429"])));
    way.stops = vec![stop(A), stop(B).in_leg(1), stop(C).in_leg(2)];
    for (outcome, endpoint) in [
        (failed(ErrorClass::ContentPolicy).with_status(400), Some(B)),
        (failed(ErrorClass::RateLimitTokens).with_status(429), Some(C)),
        (failed(ErrorClass::Server).with_status(500), None),
    ] {
        let mut walk = Walk::new(way.clone());
        walk.says(outcome);
        match endpoint {
            Some(endpoint) => assert_eq!(walk.endpoint(), endpoint),
            None => assert_eq!(walk.ends(), Ending::AllFailed),
        }
    }
    let mut walk = Walk::new(way.clone());
    walk.says(failed(ErrorClass::BadRequest));
    assert_eq!((walk.next(), walk.ends()), (Step::Exhausted, Ending::Unanswerable), "nobody else would take it either");
}

#[test]
fn what_overflowed_one_window_is_not_sent_to_another_that_is_no_larger() {
    let sized = |endpoint, window| stop(endpoint).with_window(Tokens::new(window));
    let mut walk = Walk::new(way(Leg::default(), vec![sized(A, 128), sized(B, 128), stop(C), sized(4, 200)]));
    walk.says(failed(ErrorClass::ContextOverflow));
    assert_eq!(walk.endpoint(), C, "whose window nobody knows");
    walk.says(failed(ErrorClass::Server));
    assert_eq!(walk.endpoint(), 4);
}

#[test]
fn who_is_cooling_down_is_waited_for_when_nobody_else_is_left() {
    let stops = vec![stop(A).not_before(at(5_000)), stop(B), stop(C).not_before(at(3_000))];
    let mut walk = Walk::new(way(Leg::default(), stops.clone()));
    assert_eq!(walk.asks(), (B, None, Because::First));
    walk.says(failed(ErrorClass::Timeout));
    assert_eq!(walk.waits(), 3_000);
    assert_eq!(walk.endpoint(), C);
    walk.says(failed(ErrorClass::Timeout));
    assert_eq!(walk.waits(), 2_000);
    assert_eq!(walk.endpoint(), A);

    let mut hurried = way(Leg::default(), stops);
    hurried.deadline = Some(at(2_000));
    let mut walk = Walk::new(hurried);
    walk.says(failed(ErrorClass::Timeout));
    assert_eq!(walk.ends(), Ending::AllFailed);
    assert_eq!(walk.cursor.waiting_until(), Some(at(3_000)), "who was left may be asked then");
}

#[test]
fn nothing_follows_a_commit_and_a_stream_that_fails_before_is_a_failure_like_any_other() {
    let mut walk = Walk::new(way(Leg::default(), vec![stop(A), stop(B)]));
    let first = walk.attempt();
    walk.cursor.first_token(first, at(3)).unwrap();
    walk.says(failed(ErrorClass::Connection));
    let second = walk.attempt();
    assert_eq!(walk.cursor.committed(first).unwrap_err().to_string(), "attempt 0 is not under way");
    walk.cursor.committed(second).unwrap();
    walk.says(failed(ErrorClass::Connection));
    assert_eq!((walk.next(), walk.ends()), (Step::Done, Ending::Cut));
}

#[test]
fn when_the_client_is_gone_nothing_is_asked_any_more() {
    let leg = Leg::default().failover(Triggers::any());
    let mut walk = Walk::new(way(leg, vec![stop(A), stop(B)]));
    walk.says(failed(ErrorClass::Cancelled));
    assert_eq!((walk.next(), walk.ends()), (Step::Done, Ending::Cancelled));
}

#[test]
fn no_attempt_starts_at_the_deadline_or_lasts_beyond_it() {
    let mut timeouts = Timeouts::default();
    timeouts.total_ms = Some(Millis::new(700));
    let mut way = way(Leg::default().timeouts(timeouts).retry(retries(9)), vec![stop(A), stop(B)]);
    way.deadline = Some(at(1_000));
    let mut walk = Walk::new(way);
    let total = |walk: &mut Walk| {
        let id = walk.attempt();
        walk.cursor.attempt(id).unwrap().timeouts.total_ms.unwrap().get()
    };
    assert_eq!(total(&mut walk), 700);
    walk.says(failed(ErrorClass::Server));
    assert_eq!(walk.waits(), 500);
    assert_eq!(total(&mut walk), 500, "what is left to the deadline");
    walk.says(failed(ErrorClass::Server));
    assert_eq!(walk.endpoint(), B, "the next wait would last beyond it");
    walk.now = at(1_000);
    walk.says(failed(ErrorClass::Server));
    assert_eq!(walk.ends(), Ending::DeadlinePassed);
}

#[test]
fn there_are_no_more_attempts_than_allowed() {
    let mut way = way(Leg::default().retry(retries(1)), vec![stop(A), stop(B)]);
    way.max_attempts = Some(2);
    let mut walk = Walk::new(way);
    walk.says(failed(ErrorClass::Server));
    walk.waits();
    walk.says(failed(ErrorClass::Server));
    assert_eq!(walk.ends(), Ending::AttemptsSpent);
    assert_eq!(Walk::new(Itinerary::default()).ends(), Ending::AllFailed, "nothing to ask");
}

#[test]
fn an_endpoint_that_stands_there_twice_is_asked_once() {
    let twice = vec![stop(A), stop(A).in_leg(1), stop(B)];
    let mut walk = Walk::new(way(Leg::default(), twice));
    walk.says(failed(ErrorClass::Server));
    assert_eq!(walk.endpoint(), B);
}

/// Cursors outlive processes: what this version wrote is read by every later one.
#[test]
fn a_cursor_of_version_1_reads_back_and_goes_on() {
    let written = include_str!("golden/cursor-1.json");
    let mut way = way(Leg::default().retry(retries(1)), vec![stop(A).with_credentials("p", &["k"]), stop(B)]);
    (way.deadline, way.max_attempts, way.seed) = (Some(at(60_000)), Some(5), 7);
    let mut walk = Walk::new(way);
    walk.says(failed(ErrorClass::Overloaded).with_status(503).with_retry_after(Millis::new(1_500)));
    assert_eq!(serde_json::to_string_pretty(&walk.cursor).unwrap(), written.trim_end());
    let mut read: Cursor = serde_json::from_str(written).unwrap();
    assert_eq!(read, walk.cursor);
    assert_eq!(read.next(at(0)), Step::Wait(at(1_500)));
    let newer = written.replacen("\"schema\": 1", "\"schema\": 2", 1);
    let error = serde_json::from_str::<Cursor>(&newer).unwrap_err().to_string();
    assert!(error.contains("schema version 2 of a cursor is unknown, expected 1"), "{error}");
}

#[test]
fn a_cursor_is_sent_between_threads() {
    fn check<T: Send + Sync + Clone>() {}
    check::<Cursor>();
}
