use std::fmt;

use serde::ser::SerializeStruct;
use serde::{Serialize, Serializer};

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[expect(clippy::exhaustive_enums, reason = "what stops a policy, and what does not")]
pub enum Severity {
    /// It can never work.
    Error,
    /// It does something else than it seems to.
    Warning,
}

impl Severity {
    /// `error` or `warning`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
        }
    }
}

macro_rules! codes {
    ($($variant:ident $name:literal $severity:ident $about:literal;)*) => {
        /// What a finding is about.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum FindingCode {
            $(#[doc = $about] $variant,)*
        }

        impl FindingCode {
            /// Every code, errors first.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The stable `snake_case` name.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }

            /// What it means, in one line.
            pub const fn about(self) -> &'static str {
                match self { $(Self::$variant => $about,)* }
            }

            /// How bad it is.
            pub const fn severity(self) -> Severity {
                match self { $(Self::$variant => Severity::$severity,)* }
            }
        }
    };
}

codes! {
    GroupCycle "group_cycle" Error "A group leads back to itself by way of others.";
    AllWeightsZero "all_weights_zero" Error "No route of a split is ever drawn.";
    EmptyRoute "empty_route" Error "A route is put together from nothing.";
    UnknownModel "unknown_model" Error "A model string names no model of the catalog and no group.";
    UnknownProvider "unknown_provider" Error "A model string names a provider of which the catalog has no endpoint.";
    NotServed "not_served" Error "A model is pinned to a provider that does not serve it.";
    DeadPoolEntry "dead_pool_entry" Error "An entry of a `pool` or of `auto` names no endpoint.";
    NothingAllowed "nothing_allowed" Error "What `allow` and `deny` leave of a route's endpoints is nothing.";
    DeadSelector "dead_selector" Warning "An entry of a list names no endpoint.";
    ShadowedCondition "shadowed_condition" Warning "An alternative is never reached: an earlier one always holds before it.";
    NeverHolds "never_holds" Warning "A condition holds for no request.";
    NeverTriggered "never_triggered" Warning "No failure leads to a route of a chain.";
    IgnoredOn "ignored_on" Warning "`on` at a route that nothing comes before.";
    IgnoredWeight "ignored_weight" Warning "`weight` at a route that is not of a split.";
    IgnoredSetting "ignored_setting" Warning "A setting at a place where it has no effect.";
    WeakerFallback "weaker_fallback" Warning "A fallback takes less than what it stands in for.";
    OverflowNotLarger "overflow_not_larger" Warning "A route for requests that are too long has no larger context window.";
    DuplicateRoute "duplicate_route" Warning "The same route stands twice at one place.";
    OddGroupName "odd_group_name" Warning "A group's name has a second `*`, which stands for itself.";
    EmptyBounds "empty_bounds" Warning "Bounds that every value passes, or none.";
    OddMetric "odd_metric" Warning "A measurement that nobody can make.";
    StaleCatalog "stale_catalog" Warning "The newest source of the catalog is old.";
}

impl fmt::Display for FindingCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Something wrong or odd about a policy.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub struct Finding {
    /// Where in the policy: `route.chain[1]`, `groups.fast.split[0].deny[2]`; `policy` for the whole.
    pub path: String,
    /// What it is about.
    pub code: FindingCode,
    /// What is wrong and what to do, for people.
    pub message: String,
}

impl Finding {
    /// How bad it is.
    pub const fn severity(&self) -> Severity {
        self.code.severity()
    }
}

impl fmt::Display for Finding {
    /// `error unknown_model at route.chain[1]: no model …`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { path, code, message } = self;
        write!(f, "{} {code} at {path}: {message}", self.severity().name())
    }
}

impl Serialize for Finding {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut fields = serializer.serialize_struct("Finding", 4)?;
        fields.serialize_field("severity", &self.severity())?;
        fields.serialize_field("code", self.code.name())?;
        fields.serialize_field("path", &self.path)?;
        fields.serialize_field("message", &self.message)?;
        fields.end()
    }
}

/// A policy that cannot be worked with, whatever the catalog.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{first}{}", more(.rest.len()))]
pub struct InvalidPolicy {
    first: Finding,
    rest: Vec<Finding>,
}

fn more(rest: usize) -> String {
    if rest == 0 { String::new() } else { format!(", and {rest} more") }
}

impl InvalidPolicy {
    pub(crate) fn of(findings: Vec<Finding>) -> Result<(), Self> {
        let mut findings = findings.into_iter();
        match findings.next() {
            Some(first) => Err(Self { first, rest: findings.collect() }),
            None => Ok(()),
        }
    }

    /// What is wrong, by path.
    pub fn findings(&self) -> impl Iterator<Item = &Finding> {
        std::iter::once(&self.first).chain(&self.rest)
    }
}

/// Findings as they are made.
#[derive(Debug, Default)]
pub(crate) struct Findings(Vec<Finding>);

impl Findings {
    pub(crate) fn add(&mut self, code: FindingCode, path: impl Into<String>, message: impl Into<String>) {
        self.0.push(Finding { path: path.into(), code, message: message.into() });
    }

    pub(crate) fn sorted(mut self) -> Vec<Finding> {
        self.0.sort();
        self.0
    }
}
