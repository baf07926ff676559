use crate::Requirements;
use std::fmt;
use std::str::FromStr;

/// A named reading of what a request depends on.
#[expect(clippy::exhaustive_enums, reason = "a decision: a new reading should stop the caller's build")]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Profile {
    /// Each feature at its own importance.
    #[default]
    Standard,
    /// Every feature is required: what `OpenRouter` calls `require_parameters`.
    RequireParameters,
    /// Every schema of the answer, a strict one too, may fall from JSON Schema to a JSON object to text, as Concentrate
    /// documents.
    Concentrate,
}

impl Profile {
    /// Every profile.
    pub const ALL: [Self; 3] = [Self::Standard, Self::RequireParameters, Self::Concentrate];

    /// `standard`, `require_parameters` or `concentrate`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Standard => "standard",
            Self::RequireParameters => "require_parameters",
            Self::Concentrate => "concentrate",
        }
    }

    /// The requirements under this reading.
    ///
    /// ```
    /// use switchback_capability::{Profile, Requirements};
    /// use switchback_ir::{Feature, Importance, Key, Owner, RawJson, Request};
    ///
    /// let mut request = Request::new("gpt-5");
    /// request.set(Owner::Request, Key::Seed, RawJson::number(7));
    /// let profile: Profile = "require_parameters".parse()?;
    /// let needs = profile.read(Requirements::of(&request));
    /// assert_eq!(needs.importance(Feature::Seed), Importance::Required);
    /// # Ok::<(), switchback_capability::UnknownProfile>(())
    /// ```
    #[must_use]
    pub fn read(self, needs: Requirements) -> Requirements {
        match self {
            Self::Standard => needs,
            Self::RequireParameters => needs.require_all(),
            Self::Concentrate => needs.with_falling_schemas(),
        }
    }
}

impl fmt::Display for Profile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The text names no profile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownProfile {
    found: String,
}

impl fmt::Display for UnknownProfile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "unknown profile `{}`; expected `standard`, `require_parameters` or `concentrate`", self.found)
    }
}

impl std::error::Error for UnknownProfile {}

impl FromStr for Profile {
    type Err = UnknownProfile;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let found = || UnknownProfile { found: text.chars().take(40).collect() };
        Self::ALL.into_iter().find(|profile| profile.name() == text).ok_or_else(found)
    }
}
