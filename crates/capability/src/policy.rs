use crate::Class;
use switchback_ir::Importance;

/// What an unknown answer of an offer counts as.
#[expect(clippy::exhaustive_enums, reason = "a decision: a new reading should stop the caller's build")]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Unknown {
    /// As yes, and listed as unverified in the verdict.
    #[default]
    Allow,
    /// As no.
    Reject,
    /// As yes, and not listed.
    Accept,
}

/// How far a request may be changed so that an endpoint can serve it.
#[expect(clippy::exhaustive_enums, reason = "a decision: a new reading should stop the caller's build")]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Degradation {
    /// Not at all: what is not supported makes the match impossible.
    Never,
    /// What is [`Importance::Required`] may be said in another way ([`Class::Respell`], [`Class::Emulate`],
    /// [`Class::Recast`]) and is otherwise left alone; everything else may be approximated, weakened and dropped.
    #[default]
    KeepRequired,
    /// Whatever a rung of a ladder can do. Features that nothing can replace still make the match impossible.
    Anything,
}

impl Degradation {
    /// Whether a step of `class` may touch a feature of `importance`.
    pub(crate) const fn permits(self, class: Class, importance: Importance) -> bool {
        match self {
            Self::Never => false,
            Self::KeepRequired => match class {
                Class::Respell | Class::Emulate | Class::Recast => true,
                Class::Approximate | Class::Weaken | Class::Forgo | Class::Drop => {
                    !matches!(importance, Importance::Required)
                }
            },
            Self::Anything => true,
        }
    }
}

/// How a match decides what nobody knows, and how far it may go.
///
/// ```
/// use switchback_capability::{Degradation, Policy, Unknown};
/// let strict = Policy::default().unknown(Unknown::Reject).degradation(Degradation::Never);
/// assert_ne!(strict, Policy::default());
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Policy {
    /// What an unknown answer counts as; default [`Unknown::Allow`].
    pub unknown: Unknown,
    /// How far the request may be changed; default [`Degradation::KeepRequired`].
    pub degradation: Degradation,
}

impl Policy {
    /// The same policy with another reading of unknown answers.
    #[must_use]
    pub const fn unknown(self, unknown: Unknown) -> Self {
        Self { unknown, ..self }
    }

    /// The same policy with another limit on changes.
    #[must_use]
    pub const fn degradation(self, degradation: Degradation) -> Self {
        Self { degradation, ..self }
    }
}
