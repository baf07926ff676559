use crate::choose::Chooser;
use crate::ladder::{OF_THE_PROTOCOL, REJECTED_THOUGH_NOTED};
use crate::limits::{Limits, over_limit};
use crate::{Cause, Degradation, Offer, Policy, Reason, Requirements, Step, Support, TokenBounds, Unknown, Verdict};
use std::sync::LazyLock;
use switchback_ir::{Feature, FeatureSet, Place, Protocol, TargetFacts};

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
    Asked::of(needs, origin, target).verdict(needs, origin, offer, policy)
}

/// One request against many offers: [`match_offer`], with what depends on the request alone worked out once.
///
/// ```
/// use switchback_capability::{Matcher, Offer, Policy, Requirements, match_offer};
/// use switchback_ir::{Protocol, Request};
///
/// let (needs, offer) = (Requirements::of(&Request::new("gpt-5")), Offer::unknown());
/// let matcher = Matcher::new(&needs, None, Policy::default());
/// let verdict = match_offer(&needs, None, Protocol::Chat, &offer, Policy::default());
/// assert_eq!(matcher.verdict(Protocol::Chat, &offer), verdict);
/// ```
#[derive(Clone, Debug)]
pub struct Matcher<'n> {
    pub(crate) needs: &'n Requirements,
    pub(crate) origin: Option<Protocol>,
    pub(crate) policy: Policy,
    /// In the order of [`Protocol::ALL`].
    asked: [Asked; Protocol::ALL.len()],
}

impl<'n> Matcher<'n> {
    /// A matcher for the requests of one policy. Cost: a few dozen instructions.
    pub fn new(needs: &'n Requirements, origin: Option<Protocol>, policy: Policy) -> Self {
        Self { needs, origin, policy, asked: Protocol::ALL.map(|target| Asked::of(needs, origin, target)) }
    }

    /// Whether an endpoint that speaks `target` and has `offer` can serve the request, and what it takes.
    #[inline]
    pub fn verdict(&self, target: Protocol, offer: &Offer) -> Verdict {
        let Self { needs, origin, policy, .. } = *self;
        match self.asked.iter().find(|asked| asked.target == target) {
            Some(asked) => asked.verdict(needs, origin, offer, policy),
            None => match_offer(needs, origin, target, offer, policy),
        }
    }
}

/// What a request asks of endpoints that speak one protocol.
#[derive(Clone, Copy, Debug)]
struct Asked {
    target: Protocol,
    used: FeatureSet,
    /// What of that offers are asked for.
    offered: FeatureSet,
    /// What of it the protocol has no form for.
    inexpressible: FeatureSet,
    /// The input that has to fit.
    input: TokenBounds,
}

impl Asked {
    #[inline]
    fn of(needs: &Requirements, origin: Option<Protocol>, target: Protocol) -> Self {
        let used = needs.features();
        let inexpressible =
            if origin == Some(target) { FeatureSet::EMPTY } else { used.intersection(unspoken(target)) };
        Self { target, used, offered: used.intersection(offered()), inexpressible, input: needs.input_at(target) }
    }

    #[inline]
    fn verdict(&self, needs: &Requirements, origin: Option<Protocol>, offer: &Offer, policy: Policy) -> Verdict {
        let over_limit = over_limit(needs, offer.limits());
        let limits = Limits::of(offer.limits(), self.input);
        let is_blocked = self.is_blocked(offer, policy, over_limit);
        debug_assert_eq!(
            is_blocked,
            !self.used.intersection(blocked(origin, self.target, offer, policy, over_limit)).is_empty(),
            "one rule in two forms"
        );
        if is_blocked || !limits.fits(needs) {
            let barrier = Barrier::of(origin, self.target, offer, policy, over_limit);
            return degraded(needs, &barrier, limits, policy.degradation);
        }
        // Of what it uses nothing is blocked, so that nothing has to be taken out.
        let unverified = if policy.unknown == Unknown::Allow { self.open(offer) } else { FeatureSet::EMPTY };
        Verdict::Full { unverified }
    }

    /// Whether it uses anything of what [`blocked`] has.
    #[inline]
    fn is_blocked(&self, offer: &Offer, policy: Policy, over_limit: FeatureSet) -> bool {
        let foreign = offer.owned_elsewhere().union(offer.owner_unknown()).union(over_limit);
        let blocked = self.offered.intersection(offer.known_no()).union(self.used.intersection(foreign));
        !blocked.is_empty()
            || (!self.inexpressible.is_empty() && !inexpressible_there(self.inexpressible, offer).is_empty())
            || (policy.unknown == Unknown::Reject && !self.open(offer).is_empty())
    }

    /// What it uses and nobody knows the endpoint to have, or not to have.
    #[inline]
    fn open(&self, offer: &Offer) -> FeatureSet {
        self.offered.difference(offer.known_yes()).difference(offer.known_no())
    }
}

fn degraded(needs: &Requirements, barrier: &Barrier, limits: Limits, degradation: Degradation) -> Verdict {
    let choice = barrier.chooser(needs, degradation).choose();
    let reason = |feature| Reason::Feature { feature, place: place(needs, feature), cause: barrier.cause(feature) };
    let mut reasons: Vec<Reason> = choice.stuck.iter().map(reason).collect();
    let mut steps: Vec<Step> =
        choice.steps(needs).map(|step| Step { cause: barrier.cause(step.feature), ..step }).collect();
    let within = limits.settle(needs, &choice, barrier, degradation, &mut steps);
    reasons.extend(within.reasons);
    if !reasons.is_empty() {
        return Verdict::Impossible { reasons };
    }
    steps.sort_by_key(|step| (step.rewrite, step.feature));
    Verdict::Degraded { steps, unverified: barrier.unverified(within.left) }
}

pub(crate) fn place(needs: &Requirements, feature: Feature) -> Place {
    needs.need(feature).map_or(Place::NONE, |need| need.place)
}

/// What an endpoint cannot serve, and why.
pub(crate) struct Barrier {
    pub(crate) blocked: FeatureSet,
    pub(crate) unspoken: FeatureSet,
    inexpressible: FeatureSet,
    denied: FeatureSet,
    elsewhere: FeatureSet,
    unowned: FeatureSet,
    over_limit: FeatureSet,
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

/// What a request of `origin` may not use.
#[inline]
fn blocked(
    origin: Option<Protocol>,
    target: Protocol,
    offer: &Offer,
    policy: Policy,
    over_limit: FeatureSet,
) -> FeatureSet {
    let foreign = offer.owned_elsewhere().union(offer.owner_unknown());
    let blocked = inexpressible(origin, target, offer).union(denied(offer)).union(foreign).union(over_limit);
    match policy.unknown {
        Unknown::Allow | Unknown::Accept => blocked,
        Unknown::Reject => blocked.union(open(offer)),
    }
}

/// What `target` cannot say of a request of `origin`.
#[inline]
fn inexpressible(origin: Option<Protocol>, target: Protocol, offer: &Offer) -> FeatureSet {
    let inexpressible = if origin == Some(target) { FeatureSet::EMPTY } else { unspoken(target) };
    inexpressible_there(inexpressible, offer)
}

/// What of that an endpoint's word does not make expressible.
fn inexpressible_there(mut features: FeatureSet, offer: &Offer) -> FeatureSet {
    if offer.support(Feature::MidConversationSystem) == Support::Yes {
        features.remove(Feature::MidConversationSystem);
    }
    features
}

/// What the endpoint is known not to have.
#[inline]
fn denied(offer: &Offer) -> FeatureSet {
    offer.known_no().intersection(offered())
}

/// What nobody knows of it.
#[inline]
fn open(offer: &Offer) -> FeatureSet {
    offered().difference(offer.known_yes()).difference(offer.known_no())
}

impl Barrier {
    fn of(origin: Option<Protocol>, target: Protocol, offer: &Offer, policy: Policy, over_limit: FeatureSet) -> Self {
        let mut unspoken = unspoken(target);
        if offer.support(Feature::ReasoningText) != Support::Yes {
            // An extension of some vendors: no rewrite writes it to an endpoint that is not known to read it.
            unspoken.insert(Feature::ReasoningText);
        }
        let blocked = blocked(origin, target, offer, policy, over_limit);
        let inexpressible = inexpressible(origin, target, offer);
        let denied = denied(offer);
        let (elsewhere, unowned) = (offer.owned_elsewhere(), offer.owner_unknown());
        let unknown = if policy.unknown == Unknown::Accept { FeatureSet::EMPTY } else { open(offer) };
        Self { blocked, unspoken, inexpressible, denied, elsewhere, unowned, over_limit, unknown }
    }

    /// What only the protocol stands in the way of, for a target of which no more than `facts` is known.
    pub(crate) fn of_protocol(origin: Option<Protocol>, target: Protocol, facts: &TargetFacts) -> Self {
        let mut offer = Offer::unknown();
        if facts.mid_conversation_system {
            offer.set(Feature::MidConversationSystem, Support::Yes);
        }
        if facts.strict_schemas == Some(false) {
            offer.set(Feature::StrictTools, Support::No);
            offer.set(Feature::JsonSchemaStrict, Support::No);
        }
        let policy = Policy::default().unknown(Unknown::Accept);
        let mut barrier = Self::of(origin, target, &offer, policy, FeatureSet::EMPTY);
        if facts.min_output_tokens.is_some() {
            // Raised to the target's own least, whatever its protocol's is.
            barrier.blocked.remove(Feature::MaxOutputTokensSmall);
        }
        barrier
    }

    pub(crate) const fn chooser<'n>(&self, needs: &'n Requirements, degradation: Degradation) -> Chooser<'n> {
        Chooser { needs, blocked: self.blocked, unspoken: self.unspoken, degradation }
    }

    /// What a request that uses `features` would use unverified.
    fn unverified(&self, features: FeatureSet) -> FeatureSet {
        features.intersection(self.unknown).difference(self.blocked)
    }

    pub(crate) fn cause(&self, feature: Feature) -> Cause {
        let sets = [
            (self.inexpressible, Cause::NotExpressible),
            (self.denied, Cause::NotOffered),
            (self.elsewhere, Cause::OwnedElsewhere),
            (self.unowned, Cause::OwnerUnknown),
            (self.over_limit, Cause::OverLimit),
        ];
        sets.into_iter().find(|(set, _)| set.contains(feature)).map_or(Cause::Unverified, |(_, cause)| cause)
    }
}

/// What offers are asked for.
pub(crate) fn offered() -> FeatureSet {
    TABLES.offered
}

/// What `target` has no form for.
pub(crate) fn unspoken(target: Protocol) -> FeatureSet {
    let column = Protocol::ALL.iter().position(|protocol| *protocol == target).unwrap_or(0);
    TABLES.unspoken.get(column).copied().unwrap_or_default()
}
