use std::fmt;
use std::hash::{Hash, Hasher};

use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};
use switchback_capability::{Cause, Support};
use switchback_catalog::{Billing, Operation, PriceKind, Tier};
use switchback_ir::{ErrorClass, Feature};
use switchback_units::{Money, Ratio, Timestamp, Tokens};

use crate::Constraint;
use crate::quote::Quoted;

/// A [`Constraint`] that an endpoint did not meet, with the evidence.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_enums, reason = "a new reason should stop the build of every reader of plans")]
pub enum Reason {
    /// The endpoint does something else than answer chat requests.
    UnsupportedOperation(Operation),
    /// Its host speaks none of the protocols for this model.
    NoSupportedProtocol,
    /// The request names another provider.
    OtherProvider {
        /// The provider that the request names.
        wanted: String,
    },
    /// The request names another version of the model.
    OtherVersion {
        /// The version that the request names.
        wanted: String,
    },
    /// The request names another region.
    OtherRegion {
        /// The region that the request names.
        wanted: String,
    },
    /// It is a class of service that has to be asked for.
    TierNotRequested(Tier),
    /// It is a class of service that is not among those required.
    TierNotAllowed {
        /// Who requires others.
        level: String,
        /// Its tier.
        tier: Tier,
    },
    /// The pool of `auto` does not have it.
    NotInPool,
    /// It is not paid by use, and the request names no provider.
    NotMetered(Billing),
    /// No credential reaches it.
    NoCredential,
    /// A list of what is allowed does not name it.
    NotAllowed {
        /// Whose list: `policy`, or a level of the caller.
        level: String,
    },
    /// A list of what is denied names it.
    Denied {
        /// Whose list: `policy`, or a level of the caller.
        level: String,
        /// The entry that names it.
        selector: String,
    },
    /// It is not known to have a feature that is required of every endpoint.
    FeatureNotProven {
        /// Who requires it.
        level: String,
        /// The feature.
        feature: Feature,
    },
    /// It is not known to keep nothing.
    RetentionNotExcluded {
        /// Who requires it: `policy`, or a level of the caller.
        level: String,
        /// What is known.
        known: Support,
    },
    /// It is not known to train on nothing.
    TrainingNotExcluded {
        /// Who requires it: `policy`, or a level of the caller.
        level: String,
        /// What is known.
        known: Support,
    },
    /// It is not known to be in one of the regions.
    RegionNotAllowed {
        /// Who requires it: `policy`, or a level of the caller.
        level: String,
        /// The regions that are allowed.
        regions: Vec<String>,
    },
    /// The request needs a feature that the endpoint does not have, and nothing less would do.
    FeatureMissing {
        /// What is needed.
        feature: Feature,
        /// Why it cannot be served.
        cause: Cause,
    },
    /// The request would have to be degraded, and the policy forbids it.
    DegradationOff {
        /// How many steps it would take.
        steps: usize,
        /// What would be degraded first.
        first: Feature,
    },
    /// The request needs a feature of which no source says whether the endpoint has it, and the policy takes that for
    /// a no.
    FeatureUnverified(Feature),
    /// The shortest that the input can be is longer than the context window or the limit on input.
    ContextTooSmall {
        /// Tokens that the request has at least.
        needs: Tokens,
        /// Tokens that the endpoint takes.
        limit: Tokens,
    },
    /// The request asks for a longer answer than the endpoint gives, and lowering the limit is not permitted.
    OutputTooLong {
        /// Tokens that the request asks for.
        asked: Tokens,
        /// Tokens that the endpoint gives.
        limit: Tokens,
    },
    /// No contract is known to have a required attribute.
    AttributeMissing {
        /// Who requires it.
        level: String,
        /// The attribute, with its alternatives.
        attribute: String,
    },
    /// Its list price is above a ceiling.
    PriceTooHigh {
        /// Whose ceiling.
        level: String,
        /// The price line.
        line: PriceKind,
        /// The price, per million tokens or per unit.
        price: Money,
        /// The ceiling, in the same unit.
        ceiling: Money,
    },
    /// A level's budget is spent.
    OverBudget {
        /// Whose budget.
        level: String,
        /// What the request costs at least.
        cost: Money,
        /// What is left.
        left: Money,
    },
    /// A level has a budget, and what the request would cost is unknown.
    PriceUnknown {
        /// Whose budget.
        level: String,
    },
    /// A limit on what was measured is passed.
    OverLimit {
        /// Whose limit.
        level: String,
        /// What was measured.
        limit: LimitPassed,
    },
    /// Its route is for failures that nothing before it had.
    NotTriggered {
        /// The failures that lead to it.
        on: String,
    },
    /// It failed lately and is not to be asked for now.
    CoolingDown {
        /// Until when.
        until: Timestamp,
    },
    /// It fails too often.
    GatedByUptime {
        /// The success rate that was measured.
        uptime: Ratio,
        /// What the gate asks for.
        gate: Ratio,
    },
}

/// What was measured beyond a limit.
#[derive(Clone, Debug)]
#[expect(clippy::exhaustive_structs, reason = "a name and a value")]
pub struct LimitPassed {
    /// The metric, or what a level has left.
    pub metric: String,
    /// Its value.
    pub value: f64,
}

impl PartialEq for LimitPassed {
    fn eq(&self, other: &Self) -> bool {
        self.metric == other.metric && self.value.to_bits() == other.value.to_bits()
    }
}

impl Eq for LimitPassed {}

impl Hash for LimitPassed {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (&self.metric, self.value.to_bits()).hash(state);
    }
}

impl Reason {
    /// What a failure of that kind would be called, so that a route that waits for it is taken at once.
    pub(crate) const fn class(&self) -> ErrorClass {
        match self {
            Self::ContextTooSmall { .. } => ErrorClass::ContextOverflow,
            Self::FeatureMissing { .. }
            | Self::DegradationOff { .. }
            | Self::FeatureUnverified(_)
            | Self::FeatureNotProven { .. }
            | Self::OutputTooLong { .. }
            | Self::NoSupportedProtocol => ErrorClass::UnsupportedFeature,
            Self::NoCredential => ErrorClass::Credential,
            Self::OverBudget { .. } | Self::PriceUnknown { .. } | Self::PriceTooHigh { .. } => ErrorClass::Quota,
            Self::OverLimit { .. } => ErrorClass::RateLimitRequests,
            Self::CoolingDown { .. } | Self::GatedByUptime { .. } => ErrorClass::Overloaded,
            Self::UnsupportedOperation(_)
            | Self::OtherProvider { .. }
            | Self::OtherVersion { .. }
            | Self::OtherRegion { .. }
            | Self::NotInPool => ErrorClass::NotFound,
            Self::TierNotRequested(_)
            | Self::TierNotAllowed { .. }
            | Self::NotMetered(_)
            | Self::NotAllowed { .. }
            | Self::Denied { .. }
            | Self::RetentionNotExcluded { .. }
            | Self::TrainingNotExcluded { .. }
            | Self::RegionNotAllowed { .. }
            | Self::AttributeMissing { .. }
            | Self::NotTriggered { .. } => ErrorClass::Permission,
        }
    }

    /// The constraint that was not met.
    pub const fn constraint(&self) -> Constraint {
        match self {
            Self::UnsupportedOperation(_) => Constraint::UnsupportedOperation,
            Self::NoSupportedProtocol => Constraint::NoSupportedProtocol,
            Self::OtherProvider { .. } => Constraint::OtherProvider,
            Self::OtherVersion { .. } => Constraint::OtherVersion,
            Self::OtherRegion { .. } => Constraint::OtherRegion,
            Self::TierNotRequested(_) => Constraint::TierNotRequested,
            Self::TierNotAllowed { .. } => Constraint::TierNotAllowed,
            Self::NotInPool => Constraint::NotInPool,
            Self::NotMetered(_) => Constraint::NotMetered,
            Self::NoCredential => Constraint::NoCredential,
            Self::NotAllowed { .. } => Constraint::NotAllowed,
            Self::Denied { .. } => Constraint::Denied,
            Self::FeatureNotProven { .. } => Constraint::FeatureNotProven,
            Self::RetentionNotExcluded { .. } => Constraint::RetentionNotExcluded,
            Self::TrainingNotExcluded { .. } => Constraint::TrainingNotExcluded,
            Self::RegionNotAllowed { .. } => Constraint::RegionNotAllowed,
            Self::AttributeMissing { .. } => Constraint::AttributeMissing,
            Self::FeatureMissing { .. } => Constraint::FeatureMissing,
            Self::DegradationOff { .. } => Constraint::DegradationOff,
            Self::FeatureUnverified(_) => Constraint::FeatureUnverified,
            Self::ContextTooSmall { .. } => Constraint::ContextTooSmall,
            Self::OutputTooLong { .. } => Constraint::OutputTooLong,
            Self::PriceTooHigh { .. } => Constraint::PriceTooHigh,
            Self::OverBudget { .. } => Constraint::OverBudget,
            Self::PriceUnknown { .. } => Constraint::PriceUnknown,
            Self::OverLimit { .. } => Constraint::OverLimit,
            Self::NotTriggered { .. } => Constraint::NotTriggered,
            Self::CoolingDown { .. } => Constraint::CoolingDown,
            Self::GatedByUptime { .. } => Constraint::GatedByUptime,
        }
    }

    /// The stable `snake_case` name, for logs and metric labels.
    ///
    /// ```
    /// use switchback_plan::Reason;
    /// assert_eq!(Reason::NoCredential.code(), "no_credential");
    /// ```
    pub const fn code(&self) -> &'static str {
        self.constraint().code()
    }

    /// Whose constraint it is, where a level of the caller or the policy made it.
    pub fn level(&self) -> Option<&str> {
        match self {
            Self::NotAllowed { level }
            | Self::Denied { level, .. }
            | Self::RetentionNotExcluded { level, .. }
            | Self::TrainingNotExcluded { level, .. }
            | Self::RegionNotAllowed { level, .. }
            | Self::TierNotAllowed { level, .. }
            | Self::FeatureNotProven { level, .. }
            | Self::AttributeMissing { level, .. }
            | Self::PriceTooHigh { level, .. }
            | Self::OverLimit { level, .. }
            | Self::OverBudget { level, .. }
            | Self::PriceUnknown { level } => Some(level),
            Self::UnsupportedOperation(_)
            | Self::NoSupportedProtocol
            | Self::OtherProvider { .. }
            | Self::OtherVersion { .. }
            | Self::OtherRegion { .. }
            | Self::TierNotRequested(_)
            | Self::NotInPool
            | Self::NotMetered(_)
            | Self::NoCredential
            | Self::FeatureMissing { .. }
            | Self::DegradationOff { .. }
            | Self::FeatureUnverified(_)
            | Self::ContextTooSmall { .. }
            | Self::OutputTooLong { .. }
            | Self::NotTriggered { .. }
            | Self::CoolingDown { .. }
            | Self::GatedByUptime { .. } => None,
        }
    }
}

impl fmt::Display for Reason {
    /// The evidence in one line, lower case.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnsupportedOperation(operation) => write!(f, "its operation is {operation}"),
            Self::NoSupportedProtocol => f.write_str("its host speaks neither chat, responses nor messages"),
            Self::OtherProvider { wanted } => write!(f, "the request names provider {}", Quoted(wanted)),
            Self::OtherVersion { wanted } => write!(f, "the request names version {}", Quoted(wanted)),
            Self::OtherRegion { wanted } => write!(f, "the request names region {}", Quoted(wanted)),
            Self::TierNotRequested(tier) => write!(f, "its tier {tier} was not asked for"),
            Self::TierNotAllowed { level, tier } => write!(f, "{level} requires another tier, its is {tier}"),
            Self::NotInPool => f.write_str("the pool of `auto` does not have it"),
            Self::NotMetered(billing) => write!(f, "its billing is {billing}"),
            Self::NoCredential => f.write_str("no scope of the inventory reaches it"),
            Self::NotAllowed { level } => write!(f, "{level} does not allow it"),
            Self::Denied { level, selector } => write!(f, "{level} denies `{selector}`"),
            Self::FeatureNotProven { level, feature } => {
                write!(f, "{level} requires {feature}, which it is not known to have")
            }
            Self::RetentionNotExcluded { level, known } => {
                write!(f, "{level} requires zero retention, known is {known}")
            }
            Self::TrainingNotExcluded { level, known } => {
                write!(f, "{level} requires that nothing is trained on the data, known to train: {known}")
            }
            Self::RegionNotAllowed { level, regions } => write!(f, "{level} requires region {}", regions.join(" or ")),
            Self::AttributeMissing { level, attribute } => {
                write!(f, "{level} requires {}, which no contract states", Quoted(attribute))
            }
            Self::FeatureMissing { feature, cause } => match cause {
                Cause::NotExpressible => write!(f, "its protocol cannot express {feature}"),
                Cause::NotOffered | Cause::Unverified => write!(f, "it does not have {feature}"),
                Cause::OverLimit => write!(f, "the request asks for more {feature} than it takes"),
                Cause::OwnedElsewhere => write!(f, "{feature} belongs to another endpoint"),
                Cause::OwnerUnknown => write!(f, "nobody knows whom {feature} belongs to"),
            },
            Self::DegradationOff { steps: 1, first } => write!(f, "{first} would be degraded"),
            Self::DegradationOff { steps, first } => {
                write!(f, "{first} and {} more would be degraded", steps.saturating_sub(1))
            }
            Self::FeatureUnverified(feature) => write!(f, "nobody says whether it has {feature}"),
            Self::ContextTooSmall { needs, limit } => write!(f, "needs at least {needs} tokens, takes {limit}"),
            Self::OutputTooLong { asked, limit } => write!(f, "{asked} tokens of output asked for, it gives {limit}"),
            Self::PriceTooHigh { level, line, price, ceiling } => {
                let unit = if line.is_per_token() { " per million" } else { "" };
                write!(f, "{} costs {price}{unit}, {level} allows {ceiling}", line.name())
            }
            Self::OverBudget { level, cost, left } => write!(f, "costs at least {cost}, {level} has {left} left"),
            Self::PriceUnknown { level } => write!(f, "{level} has a budget or a ceiling and the price is unknown"),
            Self::OverLimit { level, limit } => {
                write!(f, "{} is {}, beyond what {level} allows", limit.metric, limit.value)
            }
            Self::NotTriggered { on } => write!(f, "its route is for {on}, and nothing before it failed so"),
            Self::CoolingDown { until } => write!(f, "not to be asked until {until}"),
            Self::GatedByUptime { uptime, gate } => write!(f, "success rate {uptime} is below {gate}"),
        }
    }
}

impl Serialize for Reason {
    /// `{code, detail, remedy}`, and `level` where a level made the constraint.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("code", self.code())?;
        if let Some(level) = self.level() {
            map.serialize_entry("level", level)?;
        }
        map.serialize_entry("detail", &self.to_string())?;
        map.serialize_entry("remedy", self.constraint().remedy())?;
        map.end()
    }
}
