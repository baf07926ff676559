use crate::Candidate;
use crate::rendezvous::{are_equal_weights, fold};
use switchback_units::Money;

/// How much more than the cheapest a route may cost, in percent of it, for conversations to belong there. Wide enough that a
/// price list's usual differences between hosts of one model do not send all to one of them.
const NEAR_PERCENT: u128 = 110;

/// What it is worth that a conversation stays at its home, as a share of what the request costs there: what is measured has to
/// differ by more before it moves. With 0.15, as `LLM Gateway` has it for its score (2026), a noise of 10 % sent enough first
/// turns elsewhere to lose a hundredth of what affinity saves (`docs/affinity.md`).
const STAY_PERMILLE: u128 = 250;

/// A route as far as its conversations are concerned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Route {
    /// The route.
    pub candidate: Candidate,
    /// What the request costs there by the price list, with a cold cache; `None` when that is unknown. Nothing measured
    /// belongs in it: what changes by the minute, or from one replica to the next, would move conversations.
    pub price: Option<Money>,
    /// Whether it has a cache that does what its rule says ([`HitRate::is_trusted`](crate::HitRate::is_trusted)).
    pub trusted: bool,
}

/// Where a conversation belongs, of the routes that may be used: the rendezvous winner among those that cost at most a
/// tenth more than the cheapest. Without state, so that every replica says the same. No allocation.
///
/// Routes of unknown price stand aside while any price is known, those whose caches are not to be trusted while any is.
///
/// ```
/// use switchback_affinity::{Candidate, Route, home};
/// use switchback_units::Money;
/// let route = |id, pico| Route { candidate: Candidate::new(id), price: Some(Money::from_pico_dollars(pico)), trusted: true };
/// let routes = [route(1, 100), route(2, 105), route(3, 200)];
/// let homes: Vec<_> = (0..64).filter_map(|key| home(key, &routes)).collect();
/// assert!(homes.contains(&0) && homes.contains(&1) && !homes.contains(&2), "a third that is twice as dear has none");
/// assert_eq!(home(7, &[]), None);
/// ```
pub fn home(key: u128, routes: &[Route]) -> Option<usize> {
    let key = fold(key);
    let some_trusted = routes.iter().any(|route| route.trusted);
    let open = |route: &&Route| route.trusted || !some_trusted;
    let lowest = routes.iter().filter(open).filter_map(|route| route.price).min();
    let near = |route: &Route| match (route.price, lowest) {
        (Some(price), Some(lowest)) => {
            price.pico_dollars().saturating_mul(100) <= lowest.pico_dollars().saturating_mul(NEAR_PERCENT)
        }
        (None, None) => true,
        (None, Some(_)) | (Some(_), None) => false,
    };
    let equal = are_equal_weights(routes.iter().map(|route| route.candidate));
    let open = routes.iter().enumerate().filter(|(_, route)| open(route) && near(route));
    let places = open.map(|(at, route)| (route.candidate.draw(key, equal), route.candidate.id, at));
    places.min().map(|(_, _, at)| at)
}

/// What to take off the cost of a request at its home when routes are compared: it goes elsewhere only where that is less
/// by more than this.
///
/// ```
/// use switchback_affinity::stay;
/// use switchback_units::Money;
/// assert_eq!(stay(Money::from_pico_dollars(1_000)).pico_dollars(), 250);
/// ```
pub fn stay(cost: Money) -> Money {
    Money::from_pico_dollars(cost.pico_dollars() / 1000 * STAY_PERMILLE)
}
