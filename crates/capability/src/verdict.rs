use crate::rewrite::Parameter;
use crate::{Class, Rewrite};
use std::fmt;
use switchback_ir::{Feature, FeatureSet, Importance, Place};
use switchback_units::Tokens;

/// Whether an endpoint can serve a request, and what it takes.
#[expect(clippy::exhaustive_enums, reason = "a new outcome should stop the caller's build")]
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// As it is.
    Full {
        /// What the request uses and nobody knows the endpoint to have.
        unverified: FeatureSet,
    },
    /// After these steps, which [`apply`](crate::apply) takes.
    Degraded {
        /// The smallest degradation that will do, in the order in which it is applied.
        steps: Vec<Step>,
        /// What the degraded request uses and nobody knows the endpoint to have.
        unverified: FeatureSet,
    },
    /// Not at all.
    Impossible {
        /// Everything that stands in the way, in the order of the feature table.
        reasons: Vec<Reason>,
    },
}

impl Verdict {
    /// `full`, `degraded` or `impossible`.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Full { .. } => "full",
            Self::Degraded { .. } => "degraded",
            Self::Impossible { .. } => "impossible",
        }
    }

    /// Whether the endpoint can serve the request as it is.
    pub const fn is_full(&self) -> bool {
        matches!(self, Self::Full { .. })
    }

    /// The steps to take; none for a full match, and none that would help for an impossible one.
    pub fn steps(&self) -> &[Step] {
        match self {
            Self::Degraded { steps, .. } => steps,
            Self::Full { .. } | Self::Impossible { .. } => &[],
        }
    }

    /// What the request would use there and nobody knows the endpoint to have.
    pub const fn unverified(&self) -> FeatureSet {
        match self {
            Self::Full { unverified } | Self::Degraded { unverified, .. } => *unverified,
            Self::Impossible { .. } => FeatureSet::EMPTY,
        }
    }

    /// How much is lost on the way: [`Cost::ZERO`] for a full match, `None` for an impossible one.
    pub fn cost(&self) -> Option<Cost> {
        match self {
            Self::Full { .. } => Some(Cost::ZERO),
            Self::Degraded { steps, .. } => Some(steps.iter().map(Step::cost).sum()),
            Self::Impossible { .. } => None,
        }
    }

    /// A key that sorts verdicts from best to worst: full and verified, full with fewer unverified features, the
    /// least degraded, impossible.
    ///
    /// ```
    /// use switchback_capability::Verdict;
    /// use switchback_ir::FeatureSet;
    /// let full = Verdict::Full { unverified: FeatureSet::EMPTY };
    /// assert!(full.rank() < Verdict::Impossible { reasons: Vec::new() }.rank());
    /// ```
    pub fn rank(&self) -> (bool, Cost, usize) {
        (self.cost().is_none(), self.cost().unwrap_or(Cost::ZERO), self.unverified().len())
    }
}

/// One change of a request so that an endpoint can serve it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Step {
    /// What is done.
    pub rewrite: Rewrite,
    /// The feature that the endpoint cannot serve.
    pub feature: Feature,
    /// The first value that asks for it.
    pub place: Place,
    /// Why it cannot.
    pub cause: Cause,
    /// How much the request depends on what the step touches.
    pub importance: Importance,
}

impl Step {
    /// The stable name of what is done: [`Rewrite::name`].
    pub const fn name(&self) -> &'static str {
        self.rewrite.name()
    }

    /// How much the change takes away.
    pub fn class(&self) -> Class {
        self.rewrite.class()
    }

    /// What the step adds to the cost of a degradation.
    pub fn cost(&self) -> Cost {
        Cost::of(self.importance, self.class())
    }
}

impl fmt::Display for Step {
    /// `drop seed (preferred, not_offered)`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (name, feature) = (self.name(), self.feature);
        write!(f, "{name} {feature} ({}, {})", self.importance.name(), self.cause.name())?;
        match self.rewrite.parameter() {
            Parameter::None => Ok(()),
            Parameter::Tokens(tokens) => write!(f, " to {tokens}"),
            Parameter::Thousandths(thousandths) => write!(f, " to {}", f64::from(thousandths) / 1_000.0),
            Parameter::Effort(effort) => write!(f, " to {effort}"),
        }
    }
}

/// Why a feature cannot be served.
#[expect(clippy::exhaustive_enums, reason = "a new cause should stop the caller's build")]
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Cause {
    /// The endpoint's protocol cannot express it.
    NotExpressible,
    /// The endpoint is known not to have it.
    NotOffered,
    /// Nobody knows whether the endpoint has it, and the policy takes that for a no.
    Unverified,
    /// It asks for more than the endpoint's limit.
    OverLimit,
    /// State that another endpoint holds.
    OwnedElsewhere,
    /// State that a provider holds, and nobody knows which.
    OwnerUnknown,
}

impl Cause {
    /// Every cause.
    pub const ALL: [Self; 6] = [
        Self::NotExpressible,
        Self::NotOffered,
        Self::Unverified,
        Self::OverLimit,
        Self::OwnedElsewhere,
        Self::OwnerUnknown,
    ];

    /// `not_expressible`, `not_offered`, `unverified`, `over_limit`, `owned_elsewhere` or `owner_unknown`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::NotExpressible => "not_expressible",
            Self::NotOffered => "not_offered",
            Self::Unverified => "unverified",
            Self::OverLimit => "over_limit",
            Self::OwnedElsewhere => "owned_elsewhere",
            Self::OwnerUnknown => "owner_unknown",
        }
    }

    /// The cause of this [`name`](Self::name).
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|cause| cause.name() == name)
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// One thing that makes a match impossible.
#[expect(clippy::exhaustive_enums, reason = "a new reason should stop the caller's build")]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Reason {
    /// A feature that the endpoint cannot serve and that no permitted step replaces.
    Feature {
        /// The feature.
        feature: Feature,
        /// The first value that asks for it.
        place: Place,
        /// Why it cannot be served.
        cause: Cause,
    },
    /// The input alone, at its lower bound, is larger than the endpoint takes.
    InputTooLong {
        /// At least this many tokens.
        lower: Tokens,
        /// The endpoint's limit.
        limit: Tokens,
    },
    /// More output is asked for than the endpoint gives, and lowering it is not permitted.
    OutputTooLong {
        /// The tokens asked for.
        asked: Tokens,
        /// The endpoint's limit.
        limit: Tokens,
    },
}

impl Reason {
    /// The stable name: the cause of a feature's reason, `input_too_long` or `output_too_long`.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Feature { cause, .. } => cause.name(),
            Self::InputTooLong { .. } => "input_too_long",
            Self::OutputTooLong { .. } => "output_too_long",
        }
    }

    /// The feature that it is about, where it is about one.
    pub const fn feature(&self) -> Option<Feature> {
        match self {
            Self::Feature { feature, .. } => Some(*feature),
            Self::InputTooLong { .. } => None,
            Self::OutputTooLong { .. } => Some(Feature::MaxOutputTokens),
        }
    }

    /// The value that asks for it; the root for what the whole request asks for.
    pub const fn place(&self) -> Place {
        match self {
            Self::Feature { place, .. } => *place,
            Self::InputTooLong { .. } | Self::OutputTooLong { .. } => Place::ROOT,
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Feature { feature, cause, .. } => write!(f, "{feature}: {cause}"),
            Self::InputTooLong { lower, limit } => {
                write!(f, "input_too_long: at least {lower} tokens, the limit is {limit}")
            }
            Self::OutputTooLong { asked, limit } => {
                write!(f, "output_too_long: {asked} tokens asked for, the limit is {limit}")
            }
        }
    }
}

/// How much a degradation takes away: a count of its steps by importance and class.
///
/// Costs compare by the number of steps that touch the most important features in the worst class, then by the next
/// class, then by the next importance: first *importance*, then *class*, then *count*. The order is total and
/// additive, so that the cheapest degradation of independent features is the sum of the cheapest of each.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Cost([u16; Self::CELLS]);

impl Cost {
    const CELLS: usize = 3 * Class::ALL.len();

    /// Nothing is lost.
    pub const ZERO: Self = Self([0; Self::CELLS]);

    /// One step of `class` on a feature of `importance`.
    pub(crate) fn of(importance: Importance, class: Class) -> Self {
        let row = match importance {
            Importance::Required => 0,
            Importance::Preferred => 1,
            Importance::Cosmetic => 2,
        };
        let column = Class::ALL.iter().rev().position(|known| *known == class).unwrap_or(0);
        let mut cost = Self::ZERO;
        if let Some(cell) = cost.0.get_mut(row * Class::ALL.len() + column) {
            *cell = 1;
        }
        cost
    }

    /// How many steps it counts.
    pub fn steps(self) -> usize {
        self.0.iter().map(|cell| usize::from(*cell)).sum()
    }
}

impl std::ops::Add for Cost {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        let mut sum = self;
        for (cell, more) in sum.0.iter_mut().zip(other.0) {
            *cell = cell.saturating_add(more);
        }
        sum
    }
}

impl std::iter::Sum for Cost {
    fn sum<I: Iterator<Item = Self>>(costs: I) -> Self {
        costs.fold(Self::ZERO, |sum, cost| sum + cost)
    }
}
