use serde::{Deserialize, Deserializer, Serialize, de};
use switchback_ir::ErrorClass;
use switchback_units::{Millis, Timestamp, Tokens};

use crate::{AttemptId, Because, Ending, Itinerary, Outcome, Stop, Timeouts, Try};

mod again;

/// Walks an [`Itinerary`] for one request: retries, credentials and failover, as a state machine without a clock.
///
/// The contract: ask [`next`](Self::next) what to do; after an attempt, [`report`](Self::report) how it went; say
/// [`committed`](Self::committed) as soon as the client got a byte of the answer. Times never go backwards. The rules
/// are those of `docs/planning.md`, section "Walking a plan". It owns everything, outlives the plan and the catalog, and
/// can be written down and read back at any time: as JSON it is one object with a `schema` version.
///
/// Cooldowns across requests are no concern of it: whoever keeps the signals is told the same outcomes.
///
/// Its memory grows with its attempts, of which there are at most [`MOST_ATTEMPTS`](Self::MOST_ATTEMPTS); a step takes
/// time in the stops times the attempts made.
///
/// ```
/// use switchback_catalog::EndpointId;
/// use switchback_ir::ErrorClass;
/// use switchback_plan::{Cursor, Itinerary, Outcome, Step, Stop};
/// use switchback_units::Timestamp;
///
/// let now = Timestamp::from_millis(0);
/// let mut itinerary = Itinerary::default();
/// itinerary.stops = vec![Stop::new(EndpointId::from(1)), Stop::new(EndpointId::from(2))];
///
/// let mut cursor = Cursor::new(itinerary);
/// let Step::Attempt(first) = cursor.next(now) else { panic!("it has stops") };
/// cursor.report(first, Outcome::failed(ErrorClass::Overloaded).with_status(503), now)?;
/// let Step::Attempt(second) = cursor.next(now) else { panic!("it has two") };
/// assert_eq!(cursor.attempt(second).map(|attempt| attempt.endpoint), Some(EndpointId::from(2)));
/// cursor.committed(second)?;
/// cursor.report(second, Outcome::failed(ErrorClass::Connection), now)?;
/// assert_eq!(cursor.next(now), Step::Done, "nothing follows a commit");
/// # Ok::<(), switchback_plan::NotUnderWay>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cursor {
    #[serde(deserialize_with = "schema")]
    schema: u32,
    itinerary: Itinerary,
    /// One for each stop.
    courses: Vec<Course>,
    tries: Vec<Try>,
    state: State,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum State {
    /// Nothing is under way.
    Idle,
    /// The last attempt is.
    UnderWay,
    Over(Ending),
}

/// What is to become of a stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Course {
    /// It has not been asked.
    Ahead,
    /// What failed before it led past it.
    Passed,
    /// It has been asked and is asked again before any other.
    Again { at: Timestamp, key: usize },
    /// It has been asked and is asked again when no other is left.
    Later { at: Timestamp, key: usize },
    /// It has been asked.
    Asked,
}

/// What to do next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "a new step should stop the build of every gateway")]
pub enum Step {
    /// Make this attempt; the same again while it is under way.
    Attempt(AttemptId),
    /// Nothing can be asked before this time.
    Wait(Timestamp),
    /// Nothing is left to ask: the client is to be told.
    Exhausted,
    /// The request is settled: the client has an answer, part of one, or is gone.
    Done,
}

/// What the cursor goes on to.
enum Choice {
    Start { stop: usize, key: usize },
    Wait(Timestamp),
    End(Ending),
}

/// The failure that decides where to go on.
#[derive(Clone, Copy)]
struct Cause {
    stop: usize,
    class: ErrorClass,
    status: Option<u16>,
}

/// A failure as it was reported.
#[derive(Clone, Copy)]
struct Failure {
    class: ErrorClass,
    status: Option<u16>,
    retry_after: Option<Millis>,
}

/// Something was said of an attempt that is not under way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("attempt {0} is not under way")]
pub struct NotUnderWay(AttemptId);

impl Cursor {
    /// The version of the written form.
    pub const SCHEMA: u32 = 1;

    /// How many attempts a cursor makes at the most, whatever its itinerary allows.
    pub const MOST_ATTEMPTS: u32 = 1_000;

    /// A cursor before the first attempt of an itinerary, or of a plan's.
    pub fn new(itinerary: impl Into<Itinerary>) -> Self {
        let itinerary = itinerary.into();
        let courses = vec![Course::Ahead; itinerary.stops.len()];
        Self { schema: Self::SCHEMA, itinerary, courses, tries: Vec::new(), state: State::Idle }
    }

    /// What to do at that time.
    pub fn next(&mut self, now: Timestamp) -> Step {
        match self.state {
            State::UnderWay => Step::Attempt(self.last_id()),
            State::Over(ending) if ending.is_failure() => Step::Exhausted,
            State::Over(_) => Step::Done,
            State::Idle => match self.choose(now) {
                Choice::Start { stop, key } => self.start(stop, key, now),
                Choice::Wait(until) => Step::Wait(until),
                Choice::End(ending) => {
                    self.state = State::Over(ending);
                    Step::Exhausted
                }
            },
        }
    }

    /// The client got the first byte of this attempt's answer: from now on there is no other attempt.
    ///
    /// # Errors
    /// When the attempt is not under way.
    pub fn committed(&mut self, attempt: AttemptId) -> Result<(), NotUnderWay> {
        self.under_way(attempt)?.committed = true;
        Ok(())
    }

    /// The first token of this attempt's answer came from upstream; the first time counts. Only for the record.
    ///
    /// # Errors
    /// When the attempt is not under way.
    pub fn first_token(&mut self, attempt: AttemptId, now: Timestamp) -> Result<(), NotUnderWay> {
        self.under_way(attempt)?.first_token.get_or_insert(now);
        Ok(())
    }

    /// How the attempt that is under way went.
    ///
    /// # Errors
    /// When the attempt is not under way.
    pub fn report(&mut self, attempt: AttemptId, outcome: Outcome, now: Timestamp) -> Result<(), NotUnderWay> {
        let under_way = self.under_way(attempt)?;
        (under_way.ended, under_way.outcome) = (Some(now), Some(outcome));
        let committed = under_way.committed;
        self.state = match outcome {
            Outcome::Success => State::Over(Ending::Answered),
            Outcome::Failed { class: ErrorClass::Cancelled, .. } => State::Over(Ending::Cancelled),
            Outcome::Failed { .. } if committed => State::Over(Ending::Cut),
            Outcome::Failed { class, status, retry_after } => {
                self.failed(Failure { class, status, retry_after }, now);
                State::Idle
            }
        };
        Ok(())
    }

    /// An attempt that was started.
    pub fn attempt(&self, id: AttemptId) -> Option<&Try> {
        self.tries.get(id.index())
    }

    /// Every attempt that was started, in order.
    pub fn attempts(&self) -> &[Try] {
        &self.tries
    }

    /// How the walk ended; `None` while it goes on.
    pub const fn ending(&self) -> Option<Ending> {
        match self.state {
            State::Over(ending) => Some(ending),
            State::Idle | State::UnderWay => None,
        }
    }

    /// When the first of the stops that were never asked because they are cooling down may be asked.
    pub fn waiting_until(&self) -> Option<Timestamp> {
        let cooling = self.itinerary.stops.iter().enumerate().filter(|(_, stop)| stop.not_before.is_some());
        let ahead = cooling.filter(|(index, _)| self.courses.get(*index) == Some(&Course::Ahead));
        ahead.filter_map(|(index, _)| self.open(index)).map(|(at, _)| at).min()
    }

    /// What it walks.
    pub const fn itinerary(&self) -> &Itinerary {
        &self.itinerary
    }

    fn choose(&self, now: Timestamp) -> Choice {
        if self.is_past_deadline(now) {
            return Choice::End(Ending::DeadlinePassed);
        }
        let most = self.itinerary.max_attempts.unwrap_or(u32::MAX).min(Self::MOST_ATTEMPTS);
        if count(self.tries.len()) >= most {
            return Choice::End(Ending::AttemptsSpent);
        }
        let cause = self.cause();
        if let Some(Course::Again { at, key }) = self.courses.get(cause.stop).copied() {
            return if at <= now { Choice::Start { stop: cause.stop, key } } else { Choice::Wait(at) };
        }
        let mut soonest: Option<Timestamp> = None;
        for index in 0..self.itinerary.stops.len() {
            let Some((at, key)) = self.open(index).filter(|_| self.leads_to(cause, index)) else { continue };
            if at <= now {
                return Choice::Start { stop: index, key };
            }
            soonest = Some(soonest.map_or(at, |soonest| soonest.min(at)));
        }
        match soonest.filter(|at| !self.is_past_deadline(*at)) {
            Some(at) => Choice::Wait(at),
            None => Choice::End(self.ending_of(cause)),
        }
    }

    /// How a walk ends that a failure led to no other stop.
    fn ending_of(&self, cause: Cause) -> Ending {
        let goes_on = |stop| self.itinerary.leg_of(stop).failover.matches(cause.class, cause.status);
        let stop = self.tries.last().and_then(|_| self.itinerary.stops.get(cause.stop));
        if stop.is_none_or(goes_on) { Ending::AllFailed } else { Ending::Unanswerable }
    }

    /// The last failure; before the first attempt, that the first stop is left alone.
    fn cause(&self) -> Cause {
        let failed = self.tries.last().and_then(|last| match last.outcome? {
            Outcome::Failed { class, status, .. } => Some(Cause { stop: last.stop, class, status }),
            Outcome::Success => None,
        });
        failed.unwrap_or(Cause { stop: 0, class: ErrorClass::Overloaded, status: None })
    }

    /// Whether a failure leads to a stop, by the rules of the legs.
    fn leads_to(&self, cause: Cause, index: usize) -> bool {
        let stops = &self.itinerary.stops;
        let (Some(from), Some(to)) = (stops.get(cause.stop), stops.get(index)) else { return false };
        cause.stop == index || self.itinerary.leads(from, to, cause.class, cause.status)
    }

    /// From when on, and with which credential, a stop may be asked that is not the one that failed last.
    fn open(&self, index: usize) -> Option<(Timestamp, usize)> {
        let stop = self.itinerary.stops.get(index)?;
        match *self.courses.get(index)? {
            Course::Ahead if self.overflows(stop) => None,
            Course::Ahead => Some((stop.not_before.unwrap_or(Timestamp::EPOCH), self.unused_key(stop)?)),
            Course::Later { at, key } => {
                stop.keys().nth(key).filter(|key| !self.is_refused(stop, *key)).map(|_| (at, key))
            }
            Course::Passed | Course::Again { .. } | Course::Asked => None,
        }
    }

    /// Whether a stop's window is known to be no larger than one that the request has overflowed.
    fn overflows(&self, stop: &Stop) -> bool {
        let overflowed = self.tries.iter().filter(|tried| tried.class() == Some(ErrorClass::ContextOverflow));
        let windows = overflowed.filter_map(|tried| self.itinerary.stops.get(tried.stop)?.window);
        windows.max().zip(stop.window).is_some_and(|(too_small, own): (Tokens, Tokens)| own <= too_small)
    }

    fn start(&mut self, index: usize, key: usize, now: Timestamp) -> Step {
        let Some(stop) = self.itinerary.stops.get(index) else { return Step::Exhausted };
        let cause = self.cause();
        let because = match self.courses.get(index) {
            _ if self.tries.is_empty() => Because::First,
            Some(Course::Again { .. } | Course::Later { .. }) => {
                let used = stop.keys().nth(key).is_some_and(|key| self.last_with(stop, key).is_some());
                if used { Because::Retry } else { Because::Credential }
            }
            _ => Because::Failover,
        };
        let started = Try {
            endpoint: stop.endpoint,
            stop: index,
            credential: stop.credentials.get(key).cloned(),
            number: count(self.tries_of(index).count()).saturating_add(1),
            because,
            timeouts: self.timeouts(stop, now),
            started: now,
            first_token: None,
            committed: false,
            ended: None,
            outcome: None,
            rests_until: Timestamp::EPOCH,
            rests_long: false,
        };
        let passed: Vec<bool> = (0..index).map(|before| !self.leads_to(cause, before)).collect();
        for (course, passed) in self.courses.iter_mut().zip(passed) {
            if passed && *course == Course::Ahead {
                *course = Course::Passed;
            }
        }
        if let Some(course) = self.courses.get_mut(index) {
            *course = Course::Asked;
        }
        self.tries.push(started);
        self.state = State::UnderWay;
        Step::Attempt(self.last_id())
    }

    /// The leg's timeouts, ended by the deadline.
    fn timeouts(&self, stop: &Stop, now: Timestamp) -> Timeouts {
        let timeouts = self.itinerary.leg_of(stop).timeouts;
        let left = self.itinerary.deadline.map(|deadline| deadline.saturating_since(now));
        let total_ms = timeouts.total_ms.into_iter().chain(left).min();
        Timeouts { total_ms, ..timeouts }
    }

    fn is_past_deadline(&self, at: Timestamp) -> bool {
        self.itinerary.deadline.is_some_and(|deadline| at >= deadline)
    }

    fn last_id(&self) -> AttemptId {
        AttemptId(count(self.tries.len()).saturating_sub(1))
    }

    fn under_way(&mut self, attempt: AttemptId) -> Result<&mut Try, NotUnderWay> {
        let is_last = self.state == State::UnderWay && attempt == self.last_id();
        self.tries.last_mut().filter(|_| is_last).ok_or(NotUnderWay(attempt))
    }
}

fn count(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

fn schema<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u32, D::Error> {
    let found = u32::deserialize(deserializer)?;
    crate::schema::known("cursor", Cursor::SCHEMA, found).map(|_| Cursor::SCHEMA).map_err(de::Error::custom)
}
