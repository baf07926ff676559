use std::borrow::Cow;
use std::fmt;

use serde::{Serialize, Serializer};

/// A provider's class of service, as the provider names it. Open: what we do not know is kept as it is.
///
/// ```
/// use switchback_catalog::Tier;
///
/// assert_eq!(Tier::from("priority"), Tier::PRIORITY);
/// assert!(Tier::default().is_standard());
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Tier(Cow<'static, str>);

impl Tier {
    /// What a request gets when it names no tier.
    pub const STANDARD: Self = Self(Cow::Borrowed("standard"));
    /// Cheaper and slower, served when there is room.
    pub const FLEX: Self = Self(Cow::Borrowed("flex"));
    /// Dearer and faster.
    pub const PRIORITY: Self = Self(Cow::Borrowed("priority"));
    /// A faster mode of inference of the same model, asked for by `speed`.
    pub const FAST: Self = Self(Cow::Borrowed("fast"));

    /// The tier's name.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it is what a request gets when it names no tier.
    pub fn is_standard(&self) -> bool {
        *self == Self::STANDARD
    }
}

impl Default for Tier {
    fn default() -> Self {
        Self::STANDARD
    }
}

impl From<&str> for Tier {
    fn from(name: &str) -> Self {
        [Self::STANDARD, Self::FLEX, Self::PRIORITY, Self::FAST]
            .into_iter()
            .find(|tier| tier.as_str() == name)
            .unwrap_or_else(|| Self(Cow::Owned(name.to_owned())))
    }
}

impl fmt::Display for Tier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Serialize for Tier {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}
