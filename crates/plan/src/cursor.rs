use switchback_catalog::EndpointId;
use switchback_units::Timestamp;

use crate::{Plan, Reason};

/// Walks the attempts of one plan for one request: the failover, as a state machine without a clock.
///
/// The contract: ask [`next`](Self::next) what to do; after an attempt, [`report`](Self::report) how it went; say
/// [`committed`](Self::committed) as soon as the client got a byte of the answer. Times never go backwards. Attempts
/// are those of the plan, in its order, each at most once; after a commit there is no other. It owns everything, takes
/// a few words per attempt, and outlives the catalog that the plan was made from.
///
/// Cooldowns across requests are no concern of it: whoever keeps the signals is told the same outcomes.
///
/// ```
/// use switchback_plan::{Cursor, Inputs, Outcome, Step};
/// # use switchback_catalog::Catalog;
/// # use switchback_ir::{Request, Role, Shape, Text};
/// # use switchback_plan::{Caller, Demand, Policy, Signals, plan};
/// # use switchback_units::Timestamp;
/// # let mut request = Request::new("gpt-4o-mini");
/// # request.push_message(Role::User, Shape::Text, [Text::from("hello").into()]);
/// # let now = Timestamp::from_millis(0);
/// # let plan = plan(&Inputs {
/// #     demand: &Demand::of(&request), catalog: &Catalog::embedded(), policy: &Policy::default(), inventory: None,
/// #     caller: &Caller::default(), signals: Signals::default(), now, seed: 0,
/// # });
/// let mut cursor = Cursor::new(&plan);
/// let Step::Attempt(first) = cursor.next(now) else { panic!("the plan has attempts") };
/// cursor.report(first, Outcome::Unavailable)?;
/// let Step::Attempt(second) = cursor.next(now) else { panic!("it has several") };
/// assert_ne!(first, second);
/// cursor.committed(second)?;
/// cursor.report(second, Outcome::Unavailable)?;
/// assert_eq!(cursor.next(now), Step::Done, "nothing follows a commit");
/// # Ok::<(), switchback_plan::NotUnderWay>(())
/// ```
#[derive(Clone, Debug)]
pub struct Cursor {
    attempts: Vec<Waiting>,
    state: State,
}

/// An attempt that is still to come, the last one first.
#[derive(Clone, Copy, Debug)]
struct Waiting {
    endpoint: EndpointId,
    /// Before this it is not to be asked.
    not_before: Option<Timestamp>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// Nothing is under way.
    Idle,
    /// This endpoint was asked and the client has nothing yet.
    Trying(EndpointId),
    /// This endpoint's answer has begun to reach the client.
    Committed(EndpointId),
    /// The client has an answer, or an error that no other endpoint would change.
    Done,
}

/// What to do next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "a new step should stop the build of every gateway")]
pub enum Step {
    /// Ask this endpoint; the same again while it is under way.
    Attempt(EndpointId),
    /// Nothing can be asked before this time.
    Wait(Timestamp),
    /// Every attempt failed.
    Exhausted,
    /// The request is settled.
    Done,
}

/// How an attempt went.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Outcome {
    /// The client has the whole answer.
    Success,
    /// The endpoint could not be reached, was busy or failed: another may do better.
    Unavailable,
    /// The request itself is at fault, and would be anywhere.
    Rejected,
}

/// An outcome of an endpoint that is not under way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("endpoint {0} is not under way")]
pub struct NotUnderWay(EndpointId);

impl Cursor {
    /// A cursor before the first attempt.
    pub fn new(plan: &Plan) -> Self {
        let waiting = |attempt: &crate::Attempt| Waiting {
            endpoint: attempt.id(),
            not_before: match attempt.despite {
                Some(Reason::CoolingDown { until }) => Some(until),
                _ => None,
            },
        };
        Self { attempts: plan.attempts().iter().rev().map(waiting).collect(), state: State::Idle }
    }

    /// What to do at that time.
    pub fn next(&mut self, now: Timestamp) -> Step {
        match self.state {
            State::Trying(endpoint) | State::Committed(endpoint) => Step::Attempt(endpoint),
            State::Done => Step::Done,
            State::Idle => self.start(now),
        }
    }

    /// The client got the first byte of this endpoint's answer: from now on there is no other attempt.
    ///
    /// # Errors
    /// When the endpoint is not under way.
    pub fn committed(&mut self, endpoint: EndpointId) -> Result<(), NotUnderWay> {
        self.expect(endpoint)?;
        self.state = State::Committed(endpoint);
        Ok(())
    }

    /// How the attempt that is under way went.
    ///
    /// # Errors
    /// When the endpoint is not under way.
    pub fn report(&mut self, endpoint: EndpointId, outcome: Outcome) -> Result<(), NotUnderWay> {
        self.expect(endpoint)?;
        let is_committed = self.state == State::Committed(endpoint);
        self.state = match outcome {
            Outcome::Unavailable if !is_committed => State::Idle,
            Outcome::Success | Outcome::Unavailable | Outcome::Rejected => State::Done,
        };
        Ok(())
    }

    fn start(&mut self, now: Timestamp) -> Step {
        let Some(attempt) = self.attempts.last() else { return Step::Exhausted };
        if let Some(not_before) = attempt.not_before.filter(|not_before| *not_before > now) {
            return Step::Wait(not_before);
        }
        let endpoint = attempt.endpoint;
        self.attempts.pop();
        self.state = State::Trying(endpoint);
        Step::Attempt(endpoint)
    }

    fn expect(&self, endpoint: EndpointId) -> Result<(), NotUnderWay> {
        match self.state {
            State::Trying(known) | State::Committed(known) if known == endpoint => Ok(()),
            State::Trying(_) | State::Committed(_) | State::Idle | State::Done => Err(NotUnderWay(endpoint)),
        }
    }
}
