use std::fmt;

use crate::Effort;
use crate::limits::LEAST_OUTPUT;
use switchback_ir::{Feature, FeatureSet, NameRule, TargetFacts, Temperature};
use switchback_units::{Millis, Tokens};

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

/// The temperatures that an endpoint takes, in thousandths; never empty. Ordered by the least, then by the most.
///
/// ```
/// use switchback_capability::TemperatureRange;
/// assert_eq!(TemperatureRange::new(0, 1_000).map(|range| range.nearest(1_500)), Some(1_000));
/// assert!(TemperatureRange::new(2, 1).is_none());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TemperatureRange {
    least: u16,
    most: u16,
}

impl TemperatureRange {
    /// From the least to the most, both in thousandths and included; `None` where the least is more than the most.
    pub const fn new(least: u16, most: u16) -> Option<Self> {
        if least <= most { Some(Self { least, most }) } else { None }
    }

    /// The least, in thousandths.
    pub const fn least(self) -> u16 {
        self.least
    }

    /// The most, in thousandths.
    pub const fn most(self) -> u16 {
        self.most
    }

    /// The most, unless it is the most that can be said.
    fn maximum(self) -> Option<Temperature> {
        if self.most == u16::MAX { None } else { Temperature::new(f64::from(self.most) / 1_000.0) }
    }

    /// The temperature in the range that is nearest to this one; in thousandths.
    pub fn nearest(self, thousandths: u16) -> u16 {
        thousandths.clamp(self.least, self.most)
    }
}

/// The limits of an offer; what is `None` is unknown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct OfferLimits {
    pub(crate) context_window: Option<Tokens>,
    pub(crate) max_input: Option<Tokens>,
    pub(crate) max_output: Option<Tokens>,
    pub(crate) temperature: Option<TemperatureRange>,
    pub(crate) max_effort: Option<Effort>,
    pub(crate) max_tools: Option<u32>,
    pub(crate) max_tool_name: Option<u32>,
    pub(crate) max_cache_ttl: Option<Millis>,
}

impl OfferLimits {
    const UNKNOWN: Self = Self {
        context_window: None,
        max_input: None,
        max_output: None,
        temperature: None,
        max_effort: None,
        max_tools: None,
        max_tool_name: None,
        max_cache_ttl: None,
    };
}

/// What an endpoint supports, feature by feature, and its limits.
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
    limits: OfferLimits,
    /// State of the request that another endpoint holds.
    owned_elsewhere: FeatureSet,
    /// State of the request of which nobody knows who holds it.
    owner_unknown: FeatureSet,
}

impl Offer {
    /// An offer of which nothing is known.
    pub const fn unknown() -> Self {
        Self {
            yes: FeatureSet::EMPTY,
            no: FeatureSet::EMPTY,
            limits: OfferLimits::UNKNOWN,
            owned_elsewhere: FeatureSet::EMPTY,
            owner_unknown: FeatureSet::EMPTY,
        }
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
        self.limits.context_window = Some(tokens);
        self
    }

    /// The same offer with a limit on input tokens alone, where the provider states one beside the context window.
    #[must_use]
    pub const fn max_input(mut self, tokens: Tokens) -> Self {
        self.limits.max_input = Some(tokens);
        self
    }

    /// The same offer with a limit on output tokens.
    #[must_use]
    pub const fn max_output(mut self, tokens: Tokens) -> Self {
        self.limits.max_output = Some(tokens);
        self
    }

    /// The same offer with a range of temperatures.
    #[must_use]
    pub const fn temperature(mut self, range: TemperatureRange) -> Self {
        self.limits.temperature = Some(range);
        self
    }

    /// The same offer with a highest reasoning effort.
    #[must_use]
    pub const fn max_effort(mut self, effort: Effort) -> Self {
        self.limits.max_effort = Some(effort);
        self
    }

    /// The same offer with a limit on how many tools a request lists.
    #[must_use]
    pub const fn max_tools(mut self, tools: u32) -> Self {
        self.limits.max_tools = Some(tools);
        self
    }

    /// The same offer with a limit on the length of a tool's name in characters. No request is over it: the encoder
    /// of another protocol than the request's replaces longer names, and the request's context brings them back.
    #[must_use]
    pub const fn max_tool_name(mut self, characters: u32) -> Self {
        self.limits.max_tool_name = Some(characters);
        self
    }

    /// The same offer with a longest lifetime of prompt-cache breakpoints.
    #[must_use]
    pub const fn max_cache_ttl(mut self, ttl: Millis) -> Self {
        self.limits.max_cache_ttl = Some(ttl);
        self
    }

    /// The same offer to a request whose state others hold: see [`Ownership::seen_from`](crate::Ownership::seen_from).
    #[must_use]
    pub(crate) const fn with_foreign(mut self, elsewhere: FeatureSet, unknown: FeatureSet) -> Self {
        self.owned_elsewhere = elsewhere;
        self.owner_unknown = unknown;
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
        self.limits.context_window = tokens;
    }

    /// Sets or forgets the limit on input tokens.
    pub const fn set_max_input(&mut self, tokens: Option<Tokens>) {
        self.limits.max_input = tokens;
    }

    /// Sets or forgets the limit on output tokens.
    pub const fn set_max_output(&mut self, tokens: Option<Tokens>) {
        self.limits.max_output = tokens;
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
    /// let lax = Offer::unknown().no(Feature::StrictTools).no(Feature::JsonSchemaStrict);
    /// assert_eq!(lax.target_facts().strict_schemas, Some(false));
    /// let few = Offer::unknown().no(Feature::MaxOutputTokensSmall);
    /// assert_eq!(few.target_facts().min_output_tokens, Some(16));
    /// ```
    pub fn target_facts(&self) -> TargetFacts {
        let facts = TargetFacts::default()
            .with_mid_conversation_system(self.support(Feature::MidConversationSystem) == Support::Yes);
        let facts = match self.limits.max_tool_name {
            Some(length) => facts.with_tool_name(NameRule::EVERYWHERE.with_length(length)),
            None => facts,
        };
        // One fact for both: where only one is denied, its own step loosens it.
        let lax = [Feature::StrictTools, Feature::JsonSchemaStrict].map(|strict| self.support(strict) == Support::No);
        let facts = if lax == [true; 2] { facts.with_strict_schemas(false) } else { facts };
        let facts = match self.limits.temperature.and_then(TemperatureRange::maximum) {
            Some(maximum) => facts.with_temperature_maximum(maximum),
            None => facts,
        };
        let facts = if self.support(Feature::MaxOutputTokensSmall) == Support::No {
            facts.with_min_output_tokens(LEAST_OUTPUT.get())
        } else {
            facts
        };
        match self.limits.max_output {
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

    /// The limits alone.
    pub(crate) const fn limits(&self) -> &OfferLimits {
        &self.limits
    }

    /// The context window in tokens, input and output together; `None` when unknown.
    pub const fn context(&self) -> Option<Tokens> {
        self.limits.context_window
    }

    /// The limit on input tokens alone; `None` when no source states one.
    pub const fn input_limit(&self) -> Option<Tokens> {
        self.limits.max_input
    }

    /// The limit on output tokens; `None` when unknown.
    pub const fn output_limit(&self) -> Option<Tokens> {
        self.limits.max_output
    }

    /// The temperatures that it takes; `None` when unknown.
    pub const fn temperatures(&self) -> Option<TemperatureRange> {
        self.limits.temperature
    }

    /// The highest reasoning effort that it takes; `None` when unknown.
    pub const fn effort_limit(&self) -> Option<Effort> {
        self.limits.max_effort
    }

    /// The limit on the number of tools; `None` when unknown.
    pub const fn tool_limit(&self) -> Option<u32> {
        self.limits.max_tools
    }

    /// The limit on the length of a tool's name in characters; `None` when unknown.
    pub const fn tool_name_limit(&self) -> Option<u32> {
        self.limits.max_tool_name
    }

    /// The longest lifetime of prompt-cache breakpoints; `None` when unknown.
    pub const fn cache_ttl_limit(&self) -> Option<Millis> {
        self.limits.max_cache_ttl
    }

    /// State of the request that another endpoint holds.
    pub const fn owned_elsewhere(&self) -> FeatureSet {
        self.owned_elsewhere
    }

    /// State of the request of which nobody knows who holds it.
    pub const fn owner_unknown(&self) -> FeatureSet {
        self.owner_unknown
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
