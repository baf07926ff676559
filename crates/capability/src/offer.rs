use std::fmt;

use switchback_ir::{Feature, FeatureSet, TargetFacts};
use switchback_units::Tokens;

/// What is known of a feature at an endpoint. Unknown is a third answer and never means no.
#[expect(clippy::exhaustive_enums, reason = "three-valued by definition; a fourth answer should stop every build")]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Support {
    /// A source says that the endpoint has it.
    Yes,
    /// A source says that the endpoint does not have it.
    No,
    /// No source says either.
    #[default]
    Unknown,
}

impl Support {
    /// `yes`, `no` or `unknown`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Yes => "yes",
            Self::No => "no",
            Self::Unknown => "unknown",
        }
    }

    /// What `self` says, or, where it says nothing, what `other` does.
    ///
    /// ```
    /// use switchback_capability::Support;
    /// assert_eq!(Support::Unknown.or(Support::No), Support::No);
    /// assert_eq!(Support::Yes.or(Support::No), Support::Yes);
    /// ```
    #[must_use]
    pub const fn or(self, other: Self) -> Self {
        match self {
            Self::Unknown => other,
            Self::Yes | Self::No => self,
        }
    }
}

impl From<bool> for Support {
    fn from(answer: bool) -> Self {
        if answer { Self::Yes } else { Self::No }
    }
}

impl fmt::Display for Support {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// What an endpoint supports, feature by feature, and its limits in tokens.
///
/// A feature is known to be there, known to be absent, or unknown; it is never both. A limit that is `None` is
/// unknown, not unlimited.
///
/// ```
/// use switchback_capability::{Offer, Support};
/// use switchback_ir::Feature;
/// use switchback_units::Tokens;
///
/// let mut offer = Offer::unknown().yes(Feature::Tools).max_output(Tokens::new(16_384));
/// offer.set(Feature::Tools, Support::No);
/// assert_eq!(offer.support(Feature::Tools), Support::No);
/// assert!(!offer.known_yes().contains(Feature::Tools));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Offer {
    /// Disjoint from `no`: every writer goes through `set`.
    yes: FeatureSet,
    no: FeatureSet,
    context_window: Option<Tokens>,
    max_input: Option<Tokens>,
    max_output: Option<Tokens>,
}

impl Offer {
    /// An offer of which nothing is known.
    pub const fn unknown() -> Self {
        Self { yes: FeatureSet::EMPTY, no: FeatureSet::EMPTY, context_window: None, max_input: None, max_output: None }
    }

    /// The same offer with `feature` known to be there.
    #[must_use]
    pub fn yes(mut self, feature: Feature) -> Self {
        self.set(feature, Support::Yes);
        self
    }

    /// The same offer with `feature` known to be absent.
    #[must_use]
    pub fn no(mut self, feature: Feature) -> Self {
        self.set(feature, Support::No);
        self
    }

    /// The same offer with a context window: input and output tokens together.
    #[must_use]
    pub const fn context_window(mut self, tokens: Tokens) -> Self {
        self.context_window = Some(tokens);
        self
    }

    /// The same offer with a limit on input tokens alone, where the provider states one beside the context window.
    #[must_use]
    pub const fn max_input(mut self, tokens: Tokens) -> Self {
        self.max_input = Some(tokens);
        self
    }

    /// The same offer with a limit on output tokens.
    #[must_use]
    pub const fn max_output(mut self, tokens: Tokens) -> Self {
        self.max_output = Some(tokens);
        self
    }

    /// Records what is known of `feature`, over what was recorded before.
    pub fn set(&mut self, feature: Feature, support: Support) {
        self.yes.remove(feature);
        self.no.remove(feature);
        match support {
            Support::Yes => self.yes.insert(feature),
            Support::No => self.no.insert(feature),
            Support::Unknown => {}
        }
    }

    /// Sets or forgets the context window.
    pub const fn set_context_window(&mut self, tokens: Option<Tokens>) {
        self.context_window = tokens;
    }

    /// Sets or forgets the limit on input tokens.
    pub const fn set_max_input(&mut self, tokens: Option<Tokens>) {
        self.max_input = tokens;
    }

    /// Sets or forgets the limit on output tokens.
    pub const fn set_max_output(&mut self, tokens: Option<Tokens>) {
        self.max_output = tokens;
    }

    /// What is known of `feature`. Constant time.
    pub fn support(&self, feature: Feature) -> Support {
        if self.yes.contains(feature) {
            Support::Yes
        } else if self.no.contains(feature) {
            Support::No
        } else {
            Support::Unknown
        }
    }

    /// What an encoder has to know of an endpoint with this offer, so that it says what the match foresaw.
    ///
    /// ```
    /// use switchback_capability::Offer;
    /// use switchback_ir::Feature;
    /// assert!(!Offer::unknown().target_facts().mid_conversation_system);
    /// assert!(Offer::unknown().yes(Feature::MidConversationSystem).target_facts().mid_conversation_system);
    /// ```
    pub fn target_facts(&self) -> TargetFacts {
        let facts = TargetFacts::default()
            .with_mid_conversation_system(self.support(Feature::MidConversationSystem) == Support::Yes);
        match self.max_output {
            Some(limit) if limit.get() < TargetFacts::DEFAULT_MAX_TOKENS => facts.with_max_tokens(limit.get()),
            _ => facts,
        }
    }

    /// The features known to be there.
    pub const fn known_yes(&self) -> FeatureSet {
        self.yes
    }

    /// The features known to be absent.
    pub const fn known_no(&self) -> FeatureSet {
        self.no
    }

    /// The context window in tokens, input and output together; `None` when unknown.
    pub const fn context(&self) -> Option<Tokens> {
        self.context_window
    }

    /// The limit on input tokens alone; `None` when no source states one.
    pub const fn input_limit(&self) -> Option<Tokens> {
        self.max_input
    }

    /// The limit on output tokens; `None` when unknown.
    pub const fn output_limit(&self) -> Option<Tokens> {
        self.max_output
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_feature_is_yes_or_no_or_unknown_and_never_two() {
        for first in [Support::Yes, Support::No, Support::Unknown] {
            for second in [Support::Yes, Support::No, Support::Unknown] {
                for feature in Feature::ALL {
                    let mut offer = Offer::unknown();
                    offer.set(*feature, first);
                    offer.set(*feature, second);
                    assert_eq!(offer.support(*feature), second);
                    assert!(offer.known_yes().intersection(offer.known_no()).is_empty());
                }
            }
        }
    }

    #[test]
    fn setting_one_feature_leaves_the_others() {
        let offer = Offer::unknown().yes(Feature::Tools).no(Feature::Seed);
        assert_eq!((offer.known_yes().len(), offer.known_no().len()), (1, 1));
        assert_eq!(offer.support(Feature::TopK), Support::Unknown);
    }

    #[test]
    fn limits_are_unknown_until_set_and_can_be_forgotten() {
        let mut offer = Offer::unknown();
        assert_eq!((offer.context(), offer.input_limit(), offer.output_limit()), (None, None, None));
        offer.set_max_input(Some(Tokens::new(3)));
        offer.set_context_window(Some(Tokens::new(5)));
        offer.set_max_output(Some(Tokens::new(2)));
        assert_eq!(offer, Offer::unknown().max_input(3.into()).context_window(5.into()).max_output(2.into()));
        offer.set_context_window(None);
        assert_eq!(offer.context(), None);
    }

    #[test]
    fn only_unknown_yields_to_another_answer() {
        for first in [Support::Yes, Support::No] {
            for second in [Support::Yes, Support::No, Support::Unknown] {
                assert_eq!(first.or(second), first);
                assert_eq!(Support::Unknown.or(second), second);
            }
        }
    }
}
