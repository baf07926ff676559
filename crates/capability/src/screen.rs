use crate::ladder::{TABLE, rungs};
use crate::matching::{offered, unspoken};
use crate::{Offer, Policy, Requirements, Unknown, Verdict, match_offer};
use switchback_ir::{Feature, FeatureSet, Protocol};

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
    needs: &'n Requirements,
    origin: Option<Protocol>,
    policy: Policy,
    /// What has to be served as it is: no permitted step takes it out of the request.
    firm: FeatureSet,
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
        let firm = needs.features().iter().filter(|feature| !goes(*feature)).collect();
        Self { needs, origin, policy, firm }
    }

    /// Whether an endpoint with this offer may be able to serve the request: `false` is final, and what passes is
    /// matched. Allocates nothing.
    pub fn passes(&self, target: Protocol, offer: &Offer) -> bool {
        let mut inexpressible = if self.origin == Some(target) { FeatureSet::EMPTY } else { unspoken(target) };
        if offer.known_yes().contains(Feature::MidConversationSystem) {
            inexpressible.remove(Feature::MidConversationSystem);
        }
        let asked = self.firm.intersection(offered());
        let denied = match self.policy.unknown {
            Unknown::Reject => asked.difference(offer.known_yes()),
            Unknown::Allow | Unknown::Accept => asked.intersection(offer.known_no()),
        };
        let foreign = offer.owned_elsewhere().union(offer.owner_unknown());
        let lower = self.needs.input_at(target).lower;
        denied.is_empty()
            && self.firm.intersection(inexpressible.union(foreign)).is_empty()
            && offer.context().is_none_or(|limit| lower <= limit)
            && offer.input_limit().is_none_or(|limit| lower <= limit)
    }

    /// The verdict on an offer, as [`match_offer`] gives it.
    pub fn verdict(&self, target: Protocol, offer: &Offer) -> Verdict {
        match_offer(self.needs, self.origin, target, offer, self.policy)
    }
}
