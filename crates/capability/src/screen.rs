use crate::ladder::{TABLE, rungs};
use crate::matching::{offered, unspoken};
use crate::offer::OfferLimits;
use crate::{Matcher, Offer, Policy, Requirements, Unknown, Verdict};
use switchback_ir::{Feature, FeatureSet, Protocol};
use switchback_units::Tokens;

/// One request against many offers: what depends on the request alone is worked out once, and most offers that cannot
/// serve it are told in a few instructions.
///
/// ```
/// use switchback_capability::{Degradation, Offer, Policy, Requirements, Screen};
/// use switchback_ir::{Feature, Key, Owner, Protocol, RawJson, Request};
///
/// let mut request = Request::new("gpt-5");
/// request.set(Owner::Request, Key::Seed, RawJson::number(7));
/// let needs = Requirements::of(&request);
/// let screen = Screen::new(&needs, None, Policy::default().degradation(Degradation::Never));
/// let offers = [Offer::unknown(), Offer::unknown().no(Feature::Seed)];
/// let serve: Vec<&Offer> = offers.iter().filter(|offer| screen.passes(Protocol::Chat, offer)).collect();
/// assert_eq!(serve, [&Offer::unknown()]);
/// ```
#[derive(Clone, Debug)]
pub struct Screen<'n> {
    pub(crate) matcher: Matcher<'n>,
    /// What has to be served as it is: no permitted step takes it out of the request.
    pub(crate) firm: FeatureSet,
    /// What of that an offer is asked for.
    asked: FeatureSet,
    targets: [Target; 3],
}

/// What can be told of a protocol before an offer is looked at.
#[derive(Clone, Copy, Debug)]
struct Target {
    protocol: Protocol,
    /// Whether it has a form for everything firm.
    spoken: Spoken,
    /// The fewest input tokens that the request can be.
    input: Tokens,
}

impl Target {
    fn has_room(&self, limits: &OfferLimits) -> bool {
        limits.context_window.is_none_or(|limit| self.input <= limit)
            && limits.max_input.is_none_or(|limit| self.input <= limit)
    }
}

/// Whether a protocol has a form for some features.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Spoken {
    /// For all but a system message between turns.
    pub(crate) speaks: bool,
    /// Whether it needs the endpoint's word that it takes such a message.
    pub(crate) asks_system: bool,
}

/// Whether `target` has a form for the `needed` features of a request of `origin`.
pub(crate) fn spoken(origin: Option<Protocol>, target: Protocol, needed: FeatureSet) -> Spoken {
    let unspoken = if origin == Some(target) { FeatureSet::EMPTY } else { unspoken(target) };
    let mut missing = needed.intersection(unspoken);
    let asks_system = missing.contains(Feature::MidConversationSystem);
    missing.remove(Feature::MidConversationSystem);
    Spoken { speaks: missing.is_empty(), asks_system }
}

impl<'n> Screen<'n> {
    /// A screen for the requests of one policy. Cost: one pass over the ladders.
    pub fn new(needs: &'n Requirements, origin: Option<Protocol>, policy: Policy) -> Self {
        let permits = |rung: &crate::ladder::Rung, importance| {
            rung.applies(&needs.shape) && policy.degradation.permits(rung.rewrite.class(), importance)
        };
        let goes = |feature: Feature| {
            let along = TABLE.iter().filter(|rung| rung.also.contains(&feature));
            let mut rungs = rungs(feature).chain(along.copied());
            rungs.any(|rung| permits(&rung, needs.importance(feature)))
        };
        let firm: FeatureSet = needs.features().iter().filter(|feature| !goes(*feature)).collect();
        let targets = Protocol::ALL.map(|protocol| {
            let spoken = spoken(origin, protocol, firm);
            Target { protocol, spoken, input: needs.input_at(protocol).lower }
        });
        let matcher = Matcher::new(needs, origin, policy);
        Self { matcher, firm, asked: firm.intersection(offered()), targets }
    }

    /// Whether an endpoint with this offer may be able to serve the request: `false` is final, and what passes is
    /// matched. Allocates nothing.
    pub fn passes(&self, target: Protocol, offer: &Offer) -> bool {
        let Some(known) = self.target(target) else { return false };
        let denied = match self.matcher.policy.unknown {
            Unknown::Reject => self.asked.difference(offer.known_yes()),
            Unknown::Allow | Unknown::Accept => self.asked.intersection(offer.known_no()),
        };
        known.spoken.speaks
            && denied.is_empty()
            && (!known.spoken.asks_system || offer.known_yes().contains(Feature::MidConversationSystem))
            && self.firm.intersection(offer.owned_elsewhere().union(offer.owner_unknown())).is_empty()
            && known.has_room(offer.limits())
    }

    /// Whether the input may be within the limits of an offer.
    pub(crate) fn has_room(&self, target: Protocol, limits: &OfferLimits) -> bool {
        self.target(target).is_some_and(|known| known.has_room(limits))
    }

    fn target(&self, target: Protocol) -> Option<&Target> {
        self.targets.iter().find(|known| known.protocol == target)
    }

    /// The verdict on an offer, as [`match_offer`](crate::match_offer) gives it.
    pub fn verdict(&self, target: Protocol, offer: &Offer) -> Verdict {
        self.matcher.verdict(target, offer)
    }
}
