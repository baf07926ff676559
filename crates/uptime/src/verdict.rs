use std::fmt;

use switchback_units::Timestamp;

use crate::feature::Feature;

/// Whether an endpoint may be called now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "a new verdict should stop the build of whoever decides by it")]
pub enum Verdict {
    /// It may.
    Pass,
    /// It has come back a short while ago and should have that many parts in a thousand of its traffic, from 100 to 999.
    Ramp(u16),
    /// It was out, and one call may find out whether it still is: take the place with [`crate::Endpoint::probe`], and
    /// have a second choice ready.
    Probe(Feature),
    /// It may not.
    Blocked(Block),
}

/// Why an endpoint may not be called, and until when at least.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "a pair")]
pub struct Block {
    /// Why.
    pub cause: Cause,
    /// When to look again.
    pub until: Timestamp,
}

/// Why an endpoint may not be called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "a new cause should stop the build of whoever explains it")]
pub enum Cause {
    /// It fails too often where this feature is used.
    Ejected(Feature),
    /// Most of the provider's endpoints are out, and of this one too little is known.
    ProviderDown,
    /// It asked for less.
    Throttled,
    /// It does not exist.
    Configuration,
    /// The credential was refused.
    Credential,
}

impl Cause {
    /// A stable name, for logs and metric labels.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Ejected(_) => "ejected",
            Self::ProviderDown => "provider_down",
            Self::Throttled => "throttled",
            Self::Configuration => "configuration",
            Self::Credential => "credential",
        }
    }
}

impl fmt::Display for Block {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.cause {
            Cause::Ejected(Feature::BASE) => f.write_str("fails too often")?,
            Cause::Ejected(feature) => write!(f, "fails too often with {feature}")?,
            Cause::ProviderDown => f.write_str("most of the provider's endpoints are out")?,
            Cause::Throttled => f.write_str("asked for less")?,
            Cause::Configuration => f.write_str("does not exist")?,
            Cause::Credential => f.write_str("the credential was refused")?,
        }
        write!(f, ", until {}", self.until)
    }
}
