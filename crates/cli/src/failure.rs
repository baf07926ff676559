use std::fmt;
use std::process::ExitCode;

/// How a command that ran to its end ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    /// Done: exit status 0.
    Done,
    /// The answer is "no": exit status 1. What was refused has been said.
    No,
}

impl From<Answer> for ExitCode {
    fn from(answer: Answer) -> Self {
        match answer {
            Answer::Done => Self::SUCCESS,
            Answer::No => Self::FAILURE,
        }
    }
}

/// Input that cannot be used, or output that cannot be written: exit status 2.
#[derive(Debug, thiserror::Error)]
#[error("{place}{what}")]
pub(crate) struct Failure {
    place: Place,
    what: String,
    hint: Option<String>,
}

/// Where it went wrong: a file, standard input, or nowhere in particular.
#[derive(Debug)]
struct Place(Option<String>);

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Some(place) => write!(f, "{place}: "),
            None => Ok(()),
        }
    }
}

impl Failure {
    /// Something wrong with a file or with standard input.
    pub(crate) fn at(place: impl fmt::Display, what: impl fmt::Display) -> Self {
        Self { place: Place(Some(place.to_string())), what: what.to_string(), hint: None }
    }

    /// Something wrong with an argument.
    pub(crate) fn usage(what: impl fmt::Display) -> Self {
        Self { place: Place(None), what: what.to_string(), hint: None }
    }

    /// The same with what may help.
    pub(crate) fn hint(self, hint: impl Into<String>) -> Self {
        Self { hint: Some(hint.into()), ..self }
    }

    /// What may help.
    pub(crate) fn hint_text(&self) -> Option<&str> {
        self.hint.as_deref()
    }

    /// 2.
    #[expect(clippy::unused_self, reason = "every failure has the same status, and callers need not know")]
    pub(crate) fn status(&self) -> ExitCode {
        ExitCode::from(2)
    }
}
