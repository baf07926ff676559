use std::fmt;
use std::ops::BitOr;

/// Something that a call may use and that may fail on its own: tools can be broken at an endpoint that answers all else.
///
/// There are sixteen. Nine have names here; the rest are the caller's own. [`Feature::BASE`] is used by every call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Feature(u8);

impl Feature {
    /// How many there are.
    pub const COUNT: usize = 16;
    /// What every call uses: that an answer comes at all.
    pub const BASE: Self = Self(0);
    /// Streaming.
    pub const STREAM: Self = Self(1);
    /// Tool calls.
    pub const TOOLS: Self = Self(2);
    /// Output by a JSON schema.
    pub const JSON_SCHEMA: Self = Self(3);
    /// Images in the input.
    pub const VISION: Self = Self(4);
    /// Audio in or out.
    pub const AUDIO: Self = Self(5);
    /// Input near the limit of the context.
    pub const LONG_CONTEXT: Self = Self(6);
    /// Reasoning.
    pub const REASONING: Self = Self(7);
    /// Prompt caching.
    pub const CACHE: Self = Self(8);

    const NAMES: [&'static str; 9] =
        ["base", "stream", "tools", "json_schema", "vision", "audio", "long_context", "reasoning", "cache"];

    /// The feature with that number, `None` from sixteen on.
    pub const fn new(number: u8) -> Option<Self> {
        if number < 16 { Some(Self(number)) } else { None }
    }

    /// Its number, from 0 to 15.
    pub const fn number(self) -> u8 {
        self.0
    }

    pub(crate) fn index(self) -> usize {
        usize::from(self.0)
    }

    /// Every feature, in the order of their numbers.
    pub fn all() -> impl Iterator<Item = Self> {
        (0..16).map(Self)
    }
}

impl fmt::Display for Feature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match Self::NAMES.get(self.index()) {
            Some(name) => f.write_str(name),
            None => write!(f, "feature_{}", self.0),
        }
    }
}

/// A set of features. [`Feature::BASE`] is in every set.
///
/// ```
/// use switchback_uptime::{Feature, Features};
///
/// let used = Features::BASE | Feature::TOOLS | Feature::STREAM;
/// assert!(used.contains(Feature::BASE) && used.contains(Feature::TOOLS));
/// assert_eq!(used.iter().map(|feature| feature.to_string()).collect::<Vec<_>>(), ["base", "stream", "tools"]);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Features(u32);

impl Features {
    /// Nothing but what every call uses.
    pub const BASE: Self = Self(1);

    /// The set with one more.
    #[must_use]
    pub const fn with(self, feature: Feature) -> Self {
        Self(self.0 | 1 << feature.0)
    }

    /// Whether it is in the set.
    pub const fn contains(self, feature: Feature) -> bool {
        self.0 & (1 << feature.0) != 0
    }

    /// Those in the set, in the order of their numbers.
    pub fn iter(self) -> impl Iterator<Item = Feature> {
        let mut left = self.0;
        std::iter::from_fn(move || {
            let number = u8::try_from(left.trailing_zeros()).ok().and_then(Feature::new)?;
            left &= left - 1;
            Some(number)
        })
    }

    pub(crate) const fn bits(self) -> u32 {
        self.0
    }
}

impl Default for Features {
    fn default() -> Self {
        Self::BASE
    }
}

impl BitOr<Feature> for Features {
    type Output = Self;

    fn bitor(self, feature: Feature) -> Self {
        self.with(feature)
    }
}

impl FromIterator<Feature> for Features {
    fn from_iter<I: IntoIterator<Item = Feature>>(features: I) -> Self {
        features.into_iter().fold(Self::BASE, Self::with)
    }
}
