//! What is counted: whether a request is within an endpoint's limits, and the steps that bring it there.

use crate::choose::Choice;
use crate::matching::{Barrier, place};
use crate::offer::OfferLimits;
use crate::{Cause, Degradation, Effort, Reason, Requirements, Rewrite, Step, TemperatureRange, TokenBounds};
use switchback_ir::{Feature, FeatureSet, Importance};
use switchback_units::Tokens;

/// The least answer worth asking for, and the least that Responses takes (vendor's API description, 2026-08).
pub(crate) const LEAST_OUTPUT: Tokens = Tokens::new(16);

/// The features under which a request lists tools.
const LISTED: &[Feature] = &[
    Feature::Tools,
    Feature::LegacyFunctions,
    Feature::CustomTool,
    Feature::WebSearchTool,
    Feature::WebSearchOptions,
    Feature::CodeExecutionTool,
    Feature::FileSearchTool,
    Feature::ImageGenerationTool,
    Feature::ComputerTool,
    Feature::McpTool,
    Feature::HostedTool,
];

/// The features that ask for more than the offer's limits, where leaving the feature out is all that can be done.
#[inline]
pub(crate) fn over_limit(needs: &Requirements, offer: &OfferLimits) -> FeatureSet {
    let mut over = FeatureSet::EMPTY;
    // An endpoint without room for one tool has none for a tool that a step would make.
    if offer.max_tools.is_some_and(|limit| needs.quantities.tools.max(1) > limit) {
        over = LISTED.iter().copied().collect();
    }
    if let (Some(limit), Some(asked)) = (offer.max_cache_ttl, needs.quantities.cache_ttl)
        && asked > limit
    {
        over.insert(Feature::CacheTtl);
    }
    over
}

/// The endpoint's limits, and the input that has to fit them.
#[derive(Clone, Copy)]
pub(crate) struct Limits {
    input: Option<Tokens>,
    output: Option<Tokens>,
    context: Option<Tokens>,
    temperature: Option<TemperatureRange>,
    effort: Option<Effort>,
    /// The input.
    needed: TokenBounds,
}

/// What is left to say once the limits are settled.
pub(crate) struct Within {
    pub(crate) reasons: Vec<Reason>,
    /// What the request will use.
    pub(crate) left: FeatureSet,
}

impl Limits {
    #[inline]
    pub(crate) const fn of(offer: &OfferLimits, needed: TokenBounds) -> Self {
        Self {
            input: offer.max_input,
            output: offer.max_output,
            context: offer.context_window,
            temperature: offer.temperature,
            effort: offer.max_effort,
            needed,
        }
    }

    /// Whether the input at its lower bound, the output asked for and every other quantity are within the limits.
    #[inline]
    pub(crate) fn fits(self, needs: &Requirements) -> bool {
        let lower = self.needed.lower;
        self.input_reason(lower).is_none()
            && needs.max_output().is_none_or(|asked| self.room(lower).is_none_or(|room| asked <= room))
            && self.nearest_temperature(needs).is_none()
            && self.effort.is_none_or(|limit| needs.quantities.effort.is_none_or(|asked| asked <= limit))
    }

    /// Adds the steps that bring what was chosen within the limits.
    pub(crate) fn settle(
        self,
        needs: &Requirements,
        choice: &Choice,
        barrier: &Barrier,
        degradation: Degradation,
        steps: &mut Vec<Step>,
    ) -> Within {
        let mut within = Within { reasons: Vec::new(), left: choice.left };
        let lower = self.needed.lower.saturating_add(Tokens::new(choice.growth(needs)));
        within.reasons.extend(self.input_reason(lower));
        if !choice.drops_output() {
            match self.output_step(needs, lower, choice.raises_output(), degradation) {
                Ok(step) => {
                    if step.is_some_and(|step| step.rewrite == Rewrite::Drop) {
                        steps.retain(|step| step.rewrite != Rewrite::RaiseMaxOutput);
                    }
                    steps.extend(step);
                }
                Err(reason) => within.reasons.push(reason),
            }
        }
        let rest = [self.effort_step(needs, choice), self.temperature_step(needs, barrier, &mut within.left)];
        for step in rest.into_iter().flatten() {
            if degradation.permits(step.class(), step.importance) {
                steps.push(step);
            } else {
                let Step { feature, place, cause, .. } = step;
                within.reasons.push(Reason::Feature { feature, place, cause });
            }
        }
        within
    }

    fn input_reason(self, lower: Tokens) -> Option<Reason> {
        let limit = [self.input, self.context].into_iter().flatten().filter(|limit| lower > *limit).min()?;
        Some(Reason::InputTooLong { lower, limit })
    }

    /// The most output beside `input` tokens of input.
    fn room(self, input: Tokens) -> Option<Tokens> {
        let beside = self.context.map(|context| context.saturating_sub(input));
        [self.output, beside].into_iter().flatten().min()
    }

    /// Lowers the output asked for, where it is over a limit: to what is left beside the upper bound of the input if
    /// that is an answer worth asking for, else beside the lower, else to whatever the endpoint gives.
    fn output_step(
        self,
        needs: &Requirements,
        lower: Tokens,
        raised: bool,
        degradation: Degradation,
    ) -> Result<Option<Step>, Reason> {
        let (Some(asked), Some(room)) = (needs.max_output(), self.room(lower)) else { return Ok(None) };
        let asked = if raised { asked.max(LEAST_OUTPUT) } else { asked };
        if asked <= room {
            return Ok(None);
        }
        let used = |feature: &Feature| needs.features().contains(*feature);
        let feature = [Feature::MaxOutputTokens, Feature::MaxOutputTokensSmall].into_iter().find(used);
        let feature = feature.unwrap_or(Feature::MaxOutputTokens);
        let careful = self.needed.upper.and_then(|upper| self.room(upper.max(lower)));
        let limit = [careful, Some(room)].into_iter().flatten().find(|limit| *limit >= LEAST_OUTPUT);
        // Where no limit is worth asking for, the endpoint's own is left to hold.
        let step = step(needs, limit.map_or(Rewrite::Drop, Rewrite::LowerMaxOutput), feature);
        if !degradation.permits(step.class(), step.importance) {
            return Err(Reason::OutputTooLong { asked, limit: room });
        }
        Ok(Some(step))
    }

    /// Lowers an effort that is over the limit: the request's own, or one that a step makes of something else.
    fn effort_step(self, needs: &Requirements, choice: &Choice) -> Option<Step> {
        let limit = self.effort?;
        let made = choice.most_effort();
        let most = needs.quantities.effort.into_iter().chain(made.map(|(effort, _)| effort)).max()?;
        if most <= limit || !choice.left.contains(Feature::ReasoningEffort) {
            return None;
        }
        let step = step(needs, Rewrite::LowerEffort(limit), Feature::ReasoningEffort);
        match made {
            // What a step makes is as important as what it makes it of.
            Some((_, importance)) if !needs.features().contains(Feature::ReasoningEffort) => {
                Some(Step { importance, ..step })
            }
            _ => Some(step),
        }
    }

    /// What the temperature has to become.
    fn nearest_temperature(self, needs: &Requirements) -> Option<u16> {
        let asked = needs.quantities.temperature?;
        let nearest = self.temperature?.nearest(asked);
        (nearest != asked).then_some(nearest)
    }

    fn temperature_step(self, needs: &Requirements, barrier: &Barrier, left: &mut FeatureSet) -> Option<Step> {
        let nearest = self.nearest_temperature(needs)?;
        let asked = [Feature::Temperature, Feature::TemperatureAboveOne];
        let feature = asked.into_iter().find(|feature| left.contains(*feature))?;
        let becomes = if nearest > 1_000 { Feature::TemperatureAboveOne } else { Feature::Temperature };
        left.remove(feature);
        let begins = becomes != feature && barrier.unspoken.contains(becomes);
        if barrier.blocked.contains(becomes) || begins {
            return Some(step(needs, Rewrite::Drop, feature));
        }
        left.insert(becomes);
        Some(step(needs, Rewrite::ClampTemperature(nearest), feature))
    }
}

fn step(needs: &Requirements, rewrite: Rewrite, feature: Feature) -> Step {
    let importance: Importance = needs.importance(feature);
    Step { rewrite, feature, place: place(needs, feature), cause: Cause::OverLimit, importance }
}
