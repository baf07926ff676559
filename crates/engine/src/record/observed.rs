use switchback_ir::Line;
use switchback_plan::{AttemptId, Fingerprint};

use super::Metered;

/// What an embedder saw of a request that neither the plan nor the cursor knows.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Observed {
    /// The caller's id of the request.
    pub request_id: Option<String>,
    /// The plan's fingerprint, where it was taken.
    pub plan: Option<Fingerprint>,
    attempts: Vec<(AttemptId, Answer)>,
}

/// What an embedder saw of one attempt.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Answer {
    /// The upstream's id of the request.
    pub request_id: Option<String>,
    /// The model as the answer names it.
    pub model: Option<String>,
    /// What it says was used.
    pub usage: Option<Metered>,
    /// What did not travel as it was, on the way there and back.
    pub losses: Vec<Line>,
}

impl Observed {
    /// What was seen of a request that its caller knows by that id.
    pub fn of_request(id: impl Into<String>) -> Self {
        Self { request_id: Some(id.into()), ..Self::default() }
    }

    /// The same with what was seen of one attempt, in place of what was there.
    #[must_use]
    pub fn with_attempt(mut self, attempt: AttemptId, answer: Answer) -> Self {
        self.attempts.retain(|(known, _)| *known != attempt);
        self.attempts.push((attempt, answer));
        self
    }

    pub(super) fn attempt(&self, index: usize) -> Option<&Answer> {
        self.attempts.iter().find(|(id, _)| id.index() == index).map(|(_, answer)| answer)
    }
}

impl Answer {
    /// The same with what was used.
    #[must_use]
    pub fn with_usage(self, usage: impl Into<Metered>) -> Self {
        Self { usage: Some(usage.into()), ..self }
    }

    /// The same with the upstream's id of the request.
    #[must_use]
    pub fn with_request_id(self, id: impl Into<String>) -> Self {
        Self { request_id: Some(id.into()), ..self }
    }
}
