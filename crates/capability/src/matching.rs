use crate::choose::Chooser;
use crate::ladder::{OF_THE_PROTOCOL, REJECTED_THOUGH_NOTED, Rewrite};
use crate::{Cause, Degradation, Offer, Policy, Reason, Requirements, Step, Support, TokenBounds, Unknown, Verdict};
use std::sync::LazyLock;
use switchback_ir::{Feature, FeatureSet, Place, Protocol, TargetFacts};
use switchback_units::Tokens;

/// Whether an endpoint that speaks `target` and has `offer` can serve a request, and what it takes.
///
/// `origin` is the request's own protocol: within it everything can be said, and only the offer counts. What only a
/// protocol can lack (item ids, boundaries, empty texts) is never asked of the offer. A match that is full allocates
/// nothing.
///
/// The steps of a degraded verdict are the cheapest there are, by [`Cost`](crate::Cost): the caller applies them with
/// [`apply`](crate::apply) and gets a request that this function calls full.
///
/// ```
/// use switchback_capability::{Offer, Policy, Requirements, Verdict, match_offer};
/// use switchback_ir::{Feature, Key, Owner, Protocol, RawJson, Request};
///
/// let mut request = Request::new("claude");
/// request.set(Owner::Request, Key::Seed, RawJson::number(7));
/// let needs = Requirements::of(&request);
/// let verdict = match_offer(&needs, Some(Protocol::Chat), Protocol::Messages, &Offer::unknown(), Policy::default());
/// let Verdict::Degraded { steps, .. } = verdict else { panic!("Messages has no seed") };
/// assert_eq!(steps[0].to_string(), "drop seed (preferred, not_expressible)");
/// ```
pub fn match_offer(
    needs: &Requirements,
    origin: Option<Protocol>,
    target: Protocol,
    offer: &Offer,
    policy: Policy,
) -> Verdict {
    let barrier = Barrier::of(origin, target, offer, policy);
    let limits = Limits::of(offer, needs.input_at(target));
    if needs.features().intersection(barrier.blocked).is_empty() && limits.fits(needs) {
        return Verdict::Full { unverified: barrier.unverified(needs.features()) };
    }
    degraded(needs, &barrier, limits, policy.degradation)
}

fn degraded(needs: &Requirements, barrier: &Barrier, limits: Limits, degradation: Degradation) -> Verdict {
    let choice = barrier.chooser(needs, degradation).choose();
    let reason = |feature| Reason::Feature { feature, place: place(needs, feature), cause: barrier.cause(feature) };
    let mut reasons: Vec<Reason> = choice.stuck.iter().map(reason).collect();
    let mut steps: Vec<Step> =
        choice.steps(needs).map(|step| Step { cause: barrier.cause(step.feature), ..step }).collect();
    let lower = limits.needed.lower.saturating_add(Tokens::new(choice.growth(needs)));
    reasons.extend(limits.input_reason(lower));
    if !choice.drops_output() {
        match limits.output_step(needs, lower, choice.raises_output(), degradation) {
            Ok(step) => {
                if step.is_some_and(|step| step.rewrite == Rewrite::Drop) {
                    steps.retain(|step| step.rewrite != Rewrite::RaiseMaxOutput);
                }
                steps.extend(step);
            }
            Err(reason) => reasons.push(reason),
        }
    }
    if !reasons.is_empty() {
        return Verdict::Impossible { reasons };
    }
    steps.sort_by_key(|step| (step.rewrite, step.feature));
    Verdict::Degraded { steps, unverified: barrier.unverified(choice.left) }
}

fn place(needs: &Requirements, feature: Feature) -> Place {
    needs.need(feature).map_or(Place::NONE, |need| need.place)
}

/// What an endpoint cannot serve, and why.
pub(crate) struct Barrier {
    pub(crate) blocked: FeatureSet,
    unspoken: FeatureSet,
    inexpressible: FeatureSet,
    denied: FeatureSet,
    unknown: FeatureSet,
}

/// Feature sets that depend on a protocol alone, made once.
struct Tables {
    unspoken: [FeatureSet; Protocol::ALL.len()],
    offered: FeatureSet,
}

static TABLES: LazyLock<Tables> = LazyLock::new(|| {
    let all: FeatureSet = Feature::ALL.iter().copied().collect();
    let rejected = |protocol: Protocol| -> FeatureSet {
        REJECTED_THOUGH_NOTED.iter().filter(|(_, by)| *by == protocol).map(|(feature, _)| *feature).collect()
    };
    Tables {
        unspoken: Protocol::ALL
            .map(|protocol| all.difference(FeatureSet::expressed_by(protocol)).union(rejected(protocol))),
        offered: all.difference(OF_THE_PROTOCOL.iter().copied().collect()),
    }
});

impl Barrier {
    fn of(origin: Option<Protocol>, target: Protocol, offer: &Offer, policy: Policy) -> Self {
        let unspoken = unspoken(target);
        let mut inexpressible = if origin == Some(target) { FeatureSet::EMPTY } else { unspoken };
        if offer.support(Feature::MidConversationSystem) == Support::Yes {
            inexpressible.remove(Feature::MidConversationSystem);
        }
        let offered = TABLES.offered;
        let denied = offer.known_no().intersection(offered);
        let open = offered.difference(offer.known_yes()).difference(offer.known_no());
        let blocked = inexpressible.union(denied);
        match policy.unknown {
            Unknown::Allow => Self { blocked, unspoken, inexpressible, denied, unknown: open },
            Unknown::Accept => Self { blocked, unspoken, inexpressible, denied, unknown: FeatureSet::EMPTY },
            Unknown::Reject => Self { blocked: blocked.union(open), unspoken, inexpressible, denied, unknown: open },
        }
    }

    /// What only the protocol stands in the way of, for a target of which no more than `facts` is known.
    pub(crate) fn of_protocol(origin: Option<Protocol>, target: Protocol, facts: &TargetFacts) -> Self {
        let mut offer = Offer::unknown();
        if facts.mid_conversation_system {
            offer.set(Feature::MidConversationSystem, Support::Yes);
        }
        Self::of(origin, target, &offer, Policy::default().unknown(Unknown::Accept))
    }

    pub(crate) const fn chooser<'n>(&self, needs: &'n Requirements, degradation: Degradation) -> Chooser<'n> {
        Chooser { needs, blocked: self.blocked, unspoken: self.unspoken, degradation }
    }

    /// What a request that uses `features` would use unverified.
    fn unverified(&self, features: FeatureSet) -> FeatureSet {
        features.intersection(self.unknown).difference(self.blocked)
    }

    pub(crate) fn cause(&self, feature: Feature) -> Cause {
        if self.inexpressible.contains(feature) {
            Cause::NotExpressible
        } else if self.denied.contains(feature) {
            Cause::NotOffered
        } else {
            Cause::Unverified
        }
    }
}

/// What `target` has no form for.
fn unspoken(target: Protocol) -> FeatureSet {
    let column = Protocol::ALL.iter().position(|protocol| *protocol == target).unwrap_or(0);
    TABLES.unspoken.get(column).copied().unwrap_or_default()
}

/// The endpoint's limits in tokens, and the input that has to fit them.
#[derive(Clone, Copy)]
struct Limits {
    input: Option<Tokens>,
    output: Option<Tokens>,
    context: Option<Tokens>,
    /// The input.
    needed: TokenBounds,
}

/// The least answer worth asking for, and the least that Responses takes (vendor's API description, 2026-08).
const LEAST_OUTPUT: Tokens = Tokens::new(16);

impl Limits {
    fn of(offer: &Offer, needed: TokenBounds) -> Self {
        Self { input: offer.input_limit(), output: offer.output_limit(), context: offer.context(), needed }
    }

    /// Whether the input at its lower bound and the output asked for are within every known limit.
    fn fits(self, needs: &Requirements) -> bool {
        let lower = self.needed.lower;
        self.input_reason(lower).is_none()
            && needs.max_output().is_none_or(|asked| self.room(lower).is_none_or(|room| asked <= room))
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
        let importance = needs.importance(feature);
        let careful = self.needed.upper.and_then(|upper| self.room(upper.max(lower)));
        let limit = [careful, Some(room)].into_iter().flatten().find(|limit| *limit >= LEAST_OUTPUT);
        // Where no limit is worth asking for, the endpoint's own is left to hold.
        let rewrite = limit.map_or(Rewrite::Drop, Rewrite::LowerMaxOutput);
        if !degradation.permits(rewrite.class(), importance) {
            return Err(Reason::OutputTooLong { asked, limit: room });
        }
        Ok(Some(Step { rewrite, feature, place: place(needs, feature), cause: Cause::OverLimit, importance }))
    }
}
