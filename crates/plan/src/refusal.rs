use std::collections::BTreeMap;
use std::fmt;

use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

use crate::note::did_you_mean;
use crate::quote::Quoted;
use crate::{Constraint, Reason};

/// Why there is nothing to try, and what would help.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_enums, reason = "a new refusal should stop the build of every reader of plans")]
pub enum Refusal {
    /// The request names no model, and the policy names none to fall back to.
    NoModel,
    /// The conditions of the policy leave no route for the request.
    NoRoute,
    /// The catalog has no endpoints at all.
    EmptyCatalog,
    /// No model of the request and its chain is in the catalog.
    UnknownModel {
        /// The request's own model.
        model: String,
        /// Names that it may be a misspelling of.
        suggestions: Vec<String>,
    },
    /// The models are known, and every endpoint is excluded.
    NothingEligible {
        /// The smallest sets of constraints whose relaxing would leave something to try, the one that re-admits most
        /// endpoints first. Each set is enough by itself, and no smaller set is. Empty when nothing that can be
        /// relaxed would help.
        relax: Vec<Relaxation>,
    },
}

/// Constraints that would have to be relaxed together.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
#[non_exhaustive]
pub struct Relaxation {
    /// The constraints.
    pub constraints: Vec<Relaxed>,
    /// How many endpoints would be re-admitted.
    pub endpoints: usize,
    /// One of them, by its canonical text: the first.
    pub example: String,
}

/// One constraint as it would have to be relaxed: of one level, for one feature.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub struct Relaxed {
    /// The constraint.
    pub constraint: Constraint,
    /// Whose it is, or what it is about: a level, a feature, an entry of a list.
    pub subject: String,
}

/// How many sets a refusal lists.
const LISTED: usize = 3;

impl Relaxed {
    fn of(reason: &Reason) -> Self {
        let subject = match reason {
            Reason::OtherProvider { wanted } | Reason::OtherVersion { wanted } | Reason::OtherRegion { wanted } => {
                wanted.clone()
            }
            Reason::TierNotRequested(tier) => tier.to_string(),
            Reason::TierNotAllowed { level, tier } => format!("{level}: {tier}"),
            Reason::FeatureNotProven { level, feature } => format!("{level}: {feature}"),
            Reason::AttributeMissing { level, attribute } => format!("{level}: {attribute}"),
            Reason::PriceTooHigh { level, line, .. } => format!("{level}: {}", line.name()),
            Reason::OverLimit { level, limit } => format!("{level}: {}", limit.metric),
            Reason::NotMetered(billing) => billing.to_string(),
            Reason::Denied { level, selector } => format!("{level}: {selector}"),
            Reason::FeatureMissing { feature, .. } => feature.name().to_owned(),
            Reason::UnsupportedOperation(operation) => operation.to_string(),
            Reason::NotTriggered { on } => on.clone(),
            Reason::NotAllowed { level }
            | Reason::RetentionNotExcluded { level, .. }
            | Reason::TrainingNotExcluded { level, .. }
            | Reason::RegionNotAllowed { level, .. }
            | Reason::OverBudget { level, .. }
            | Reason::PriceUnknown { level } => level.clone(),
            Reason::NoSupportedProtocol
            | Reason::NotInPool
            | Reason::NoCredential
            | Reason::DegradationOff { .. }
            // One setting of the policy stands for all of them.
            | Reason::FeatureUnverified(_)
            | Reason::ContextTooSmall { .. }
            | Reason::OutputTooLong { .. }
            | Reason::CoolingDown { .. }
            | Reason::GatedByUptime { .. } => String::new(),
        };
        Self { constraint: reason.constraint(), subject }
    }
}

impl fmt::Display for Relaxed {
    /// `not_allowed (team search): add it to that list`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.constraint.code())?;
        if !self.subject.is_empty() {
            write!(f, " ({})", self.subject)?;
        }
        write!(f, ": {}", self.constraint.remedy())
    }
}

impl Serialize for Relaxed {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(3))?;
        map.serialize_entry("code", self.constraint.code())?;
        map.serialize_entry("subject", &self.subject)?;
        map.serialize_entry("remedy", self.constraint.remedy())?;
        map.end()
    }
}

/// The smallest sets of constraints that keep every candidate out.
///
/// A set re-admits a candidate when it holds every constraint that the candidate does not meet, so the smallest sets
/// are the smallest among the candidates' own. What an endpoint *is* cannot be relaxed: such candidates do not count.
pub(crate) fn minimal_relaxations<'a>(candidates: impl Iterator<Item = (&'a str, Vec<Reason>)>) -> Vec<Relaxation> {
    let mut sets: BTreeMap<Vec<Relaxed>, (usize, &'a str)> = BTreeMap::new();
    for (canonical, reasons) in candidates {
        let fixed = [Constraint::UnsupportedOperation, Constraint::NoSupportedProtocol];
        if reasons.is_empty() || reasons.iter().any(|reason| fixed.contains(&reason.constraint())) {
            continue;
        }
        let mut set: Vec<Relaxed> = reasons.iter().map(Relaxed::of).collect();
        set.sort();
        set.dedup();
        let (count, example) = sets.entry(set).or_insert((0, canonical));
        *count = count.saturating_add(1);
        *example = canonical.min(example);
    }
    let smallest = sets.keys().map(Vec::len).min().unwrap_or(0);
    let mut minimal: Vec<Relaxation> = sets
        .into_iter()
        .filter(|(set, _)| set.len() == smallest)
        .map(|(constraints, (endpoints, example))| Relaxation { constraints, endpoints, example: example.to_owned() })
        .collect();
    // Stable: among sets that re-admit equally many, the order of the constraints decides.
    minimal.sort_by_key(|relaxation| std::cmp::Reverse(relaxation.endpoints));
    minimal.truncate(LISTED);
    minimal
}

impl Refusal {
    /// `no_model`, `no_route`, `empty_catalog`, `unknown_model` or `nothing_eligible`.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NoModel => "no_model",
            Self::NoRoute => "no_route",
            Self::EmptyCatalog => "empty_catalog",
            Self::UnknownModel { .. } => "unknown_model",
            Self::NothingEligible { .. } => "nothing_eligible",
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoModel => f.write_str("the request names no model at `/model`; name one, or `auto`"),
            Self::NoRoute => f.write_str("no route of the policy is for this request; add one without a condition"),
            Self::EmptyCatalog => f.write_str("the catalog has no endpoints; import one, or use the embedded one"),
            Self::UnknownModel { model, suggestions } => {
                write!(f, "no model `{}` in the catalog", Quoted(model))?;
                did_you_mean(f, suggestions)
            }
            Self::NothingEligible { .. } => f.write_str("the model is known, and every endpoint of it is excluded"),
        }
    }
}

impl Serialize for Refusal {
    /// `{code, detail, suggestions | relax}`.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("code", self.code())?;
        map.serialize_entry("detail", &self.to_string())?;
        match self {
            Self::NoModel | Self::NoRoute | Self::EmptyCatalog => {}
            Self::UnknownModel { suggestions, .. } => map.serialize_entry("suggestions", suggestions)?,
            Self::NothingEligible { relax } => map.serialize_entry("relax", relax)?,
        }
        map.end()
    }
}
