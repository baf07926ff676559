use crate::Candidate;
use crate::rendezvous::{fold, share_of};
use switchback_units::{Millis, Money};

/// How much more than the cheapest a route may cost, in thousandths of it, for conversations to belong there. Wide enough that a
/// price list's usual differences between hosts of one model do not send all to one of them.
const NEAR_PERMILLE: u128 = 1_100;

/// How much of its conversations a route loses for being dearer, in parts of what it is dearer by: 5 % dearer, 10 % fewer. With
/// 4 instead, hosts at 1.00, 1.02 and 1.05 no longer stay below 1.25 fair shares through every outage (`docs/affinity.md`).
const LESS_FOR_PRICE: u128 = 2;

/// How long a turn takes, to tell by their number when a conversation began. Between the usual pause (a minute) and the mean of
/// all pauses (two). In the simulation 80 to 100 s save about the same (`docs/affinity.md`).
const TURN: Millis = Millis::from_secs(90);

/// What it is worth that a conversation stays at its home, as a share of what the request costs there: what is measured has to
/// differ by more before it moves. With 0.15, as `LLM Gateway` has it for its score (2026), a noise of 10 % sent enough first
/// turns elsewhere to lose a hundredth of what affinity saves (`docs/affinity.md`).
const STAY_PERMILLE: u128 = 250;

/// A conversation, as far as a request tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "what a home depends on beside the routes")]
pub struct Conversation {
    /// Its affinity key.
    pub key: u128,
    /// How often its user has spoken, the request's own turn included; 1 where the request does not say.
    pub turns: u32,
}

/// A route as far as its conversations are concerned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "what a home depends on")]
pub struct Route {
    /// The route.
    pub candidate: Candidate,
    /// What the request costs there by the price list, with a cold cache; `None` when that is unknown. Nothing measured
    /// belongs in it: what changes by the minute, or from one replica to the next, would move conversations.
    pub price: Option<Money>,
    /// Whether it has a cache that does what its rule says ([`HitRate::is_trusted`](crate::HitRate::is_trusted)).
    pub trusted: bool,
    /// What became of it when it was out; `None` where it never was.
    pub recovery: Option<Recovery>,
}

/// A route that was out and may be used again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "what a home depends on")]
pub struct Recovery {
    /// How long ago it went out.
    pub out: Millis,
    /// Parts in a thousand of its conversations that it should have for now.
    pub permille: u16,
}

impl Route {
    /// A route that has always been in, at a price.
    pub const fn new(candidate: Candidate, price: Option<Money>) -> Self {
        Self { candidate, price, trusted: true, recovery: None }
    }

    /// Whether it may be a conversation's home by when that began. One that is older than the outage was moved by it, and is
    /// warm where it went: every replica knows about when the outage began, and none when it ended for the others. Of those
    /// that are younger, a route that is being let in again has some, always the same.
    fn keeps(&self, conversation: &Conversation) -> bool {
        self.recovery.is_none_or(|Recovery { out, permille }| {
            let age = TURN.saturating_mul(u64::from(conversation.turns));
            age <= out && share_of(fold(conversation.key), self.candidate.id) < permille
        })
    }
}

/// Where a conversation belongs, of the routes that may be used: the rendezvous winner among those that cost at most a
/// tenth more than the cheapest, of which the dearer have fewer. Without state, so that every replica says the same. No
/// allocation.
///
/// Routes of unknown price stand aside while any price is known, those whose caches are not to be trusted while any is, and
/// those that were out when the conversation had begun while any was not.
///
/// ```
/// use switchback_affinity::{Candidate, Conversation, Recovery, Route, home};
/// use switchback_units::{Millis, Money};
/// let route = |id, pico| Route::new(Candidate::new(id), Some(Money::from_pico_dollars(pico)));
/// let routes = [route(1, 100), route(2, 105), route(3, 200)];
/// let of = |key, turns| Conversation { key, turns };
/// let homes: Vec<_> = (0..64).filter_map(|key| home(&of(key, 1), &routes)).collect();
/// assert!(homes.contains(&0) && homes.contains(&1) && !homes.contains(&2), "a third that is twice as dear has none");
/// assert_eq!(home(&of(7, 1), &[]), None);
///
/// let recovery = Some(Recovery { out: Millis::from_secs(400), permille: 1000 });
/// let back = [Route { recovery, ..routes[0] }, routes[1]];
/// let young: Vec<_> = (0..64).filter(|key| home(&of(*key, 3), &back) == Some(0)).collect();
/// assert!(!young.is_empty(), "what began after the outage belongs there again");
/// assert!(young.iter().all(|key| home(&of(*key, 9), &back) == Some(1)), "what was moved by it stays where it is");
/// ```
pub fn home(conversation: &Conversation, routes: &[Route]) -> Option<usize> {
    let standing = |route: &Route| (route.trusted, route.keeps(conversation));
    let best = routes.iter().map(standing).max()?;
    let open = || routes.iter().enumerate().filter(move |(_, route)| standing(route) == best);
    let lowest = open().filter_map(|(_, route)| route.price).min();
    let key = fold(conversation.key);
    let places = open().filter_map(|(at, route)| {
        let place = u128::from(route.candidate.draw(key, false)).checked_mul(handicap(route.price, lowest)?)?;
        Some((place, route.candidate.id, at))
    });
    places.min().map(|(_, _, at)| at)
}

/// By how many thousandths a route's place is put back for its price; `None` where it is too dear to be a home.
fn handicap(price: Option<Money>, lowest: Option<Money>) -> Option<u128> {
    let Some(lowest) = lowest.map(Money::pico_dollars) else { return Some(1_000) };
    let price = price?.pico_dollars();
    let dearer = if price == lowest { 1_000 } else { price.saturating_mul(1_000).checked_div(lowest)? };
    (price.saturating_mul(1_000) <= lowest.saturating_mul(NEAR_PERMILLE))
        .then(|| 1_000 + LESS_FOR_PRICE * dearer.saturating_sub(1_000))
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
