use std::fmt;

use serde::{Deserialize, Serialize};
use switchback_catalog::EndpointId;
use switchback_ir::ErrorClass;
use switchback_units::{Millis, Timestamp};

use crate::Timeouts;

/// Which of a cursor's attempts: they are counted from 0 in the order in which they start.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct AttemptId(pub(crate) u32);

impl AttemptId {
    /// How many attempts started before it.
    pub const fn index(self) -> usize {
        self.0 as usize
    }
}

impl fmt::Display for AttemptId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

/// One attempt that a [`Cursor`](crate::Cursor) started, and what came of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Try {
    /// The endpoint to ask.
    pub endpoint: EndpointId,
    /// Which of the itinerary's stops it is.
    pub stop: usize,
    /// The id of the credential to use; `None` for the one that the embedder has.
    pub credential: Option<String>,
    /// How often this stop has been asked, this time included.
    pub number: u32,
    /// Why it was started.
    pub because: Because,
    /// How long it may take; never longer than to the deadline.
    pub timeouts: Timeouts,
    /// When it started.
    pub started: Timestamp,
    /// When the first token of its answer came, where somebody said so.
    pub first_token: Option<Timestamp>,
    /// Whether the client got a byte of its answer.
    pub committed: bool,
    /// When it ended.
    pub ended: Option<Timestamp>,
    /// What came of it; `None` while it is under way.
    pub outcome: Option<Outcome>,
    /// From when on its credential may be used here again.
    pub(crate) rests_until: Timestamp,
    /// Whether that is later than the policy's longest wait.
    pub(crate) rests_long: bool,
}

/// Why an attempt was started.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(clippy::exhaustive_enums, reason = "a new reason should stop the build of every reader of records")]
pub enum Because {
    /// It is the first.
    First,
    /// An endpoint failed, or is left alone, and this is where that leads.
    Failover,
    /// Another credential of the same endpoint was throttled, out of credit or refused.
    Credential,
    /// The same endpoint failed, and the policy asks it again.
    Retry,
}

impl Because {
    /// `first`, `failover`, `credential` or `retry`.
    pub const fn code(self) -> &'static str {
        match self {
            Self::First => "first",
            Self::Failover => "failover",
            Self::Credential => "credential",
            Self::Retry => "retry",
        }
    }
}

/// How an attempt went.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(clippy::exhaustive_enums, reason = "an answer or none")]
pub enum Outcome {
    /// The client has the whole answer.
    Success,
    /// It has not. A stream that failed at its start, before the client got a byte, is such a failure like any other.
    Failed {
        /// What went wrong.
        class: ErrorClass,
        /// The upstream's HTTP status, where it gave one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        status: Option<u16>,
        /// How long the answer asks to wait.
        #[serde(default, rename = "retry_after_ms", skip_serializing_if = "Option::is_none")]
        retry_after: Option<Millis>,
    },
}

impl Outcome {
    /// A failure of that class, of which nothing else is known.
    pub const fn failed(class: ErrorClass) -> Self {
        Self::Failed { class, status: None, retry_after: None }
    }

    /// The same with the upstream's HTTP status; a success stays one.
    #[must_use]
    pub const fn with_status(self, status: u16) -> Self {
        match self {
            Self::Failed { class, retry_after, .. } => Self::Failed { class, status: Some(status), retry_after },
            Self::Success => self,
        }
    }

    /// The same with the wait that the answer asks for; a success stays one.
    #[must_use]
    pub const fn with_retry_after(self, wait: Millis) -> Self {
        match self {
            Self::Failed { class, status, .. } => Self::Failed { class, status, retry_after: Some(wait) },
            Self::Success => self,
        }
    }

    /// What went wrong, if anything did.
    pub const fn class(self) -> Option<ErrorClass> {
        match self {
            Self::Failed { class, .. } => Some(class),
            Self::Success => None,
        }
    }
}

impl Try {
    /// What went wrong, if it failed.
    pub fn class(&self) -> Option<ErrorClass> {
        self.outcome.and_then(Outcome::class)
    }

    /// When its endpoint may be asked again, where its answer said so.
    pub fn retry_at(&self) -> Option<Timestamp> {
        match self.outcome? {
            Outcome::Failed { retry_after, .. } => Some(self.ended?.saturating_add(retry_after?)),
            Outcome::Success => None,
        }
    }
}

/// How a walk ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(clippy::exhaustive_enums, reason = "a new ending should stop the build of every gateway")]
pub enum Ending {
    /// The client has the whole answer.
    Answered,
    /// The answer broke off after the client had got part of it.
    Cut,
    /// The client gave up.
    Cancelled,
    /// The last failure leads nowhere: no other endpoint would change it, or the policy says so.
    Unanswerable,
    /// Every endpoint failed, or cannot be asked in time.
    AllFailed,
    /// As many attempts were made as there may be.
    AttemptsSpent,
    /// The deadline passed.
    DeadlinePassed,
}

impl Ending {
    /// The stable `snake_case` name.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Answered => "answered",
            Self::Cut => "cut",
            Self::Cancelled => "cancelled",
            Self::Unanswerable => "unanswerable",
            Self::AllFailed => "all_failed",
            Self::AttemptsSpent => "attempts_spent",
            Self::DeadlinePassed => "deadline_passed",
        }
    }

    /// Whether the client is still to be told that there is no answer.
    pub const fn is_failure(self) -> bool {
        match self {
            Self::Answered | Self::Cut | Self::Cancelled => false,
            Self::Unanswerable | Self::AllFailed | Self::AttemptsSpent | Self::DeadlinePassed => true,
        }
    }
}
