use crate::CacheRule;
use switchback_units::{Millis, Timestamp, Tokens};

/// Candidates that one set of the table holds.
const WAYS: usize = 4;

/// What a route is believed to hold of a prefix.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Belief {
    /// Until when, unless it is read again.
    pub expires: Timestamp,
    /// When that was last learned.
    pub seen: Timestamp,
    /// The hash of the prefix.
    pub prefix: u64,
    /// The route.
    pub candidate: u64,
    /// How many tokens; 0 where it turned out to hold none.
    pub tokens: Tokens,
}

/// What a response said of the cache.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// The hash of the prefix that the next request will have in common with this one.
    pub prefix: u64,
    /// The route that answered.
    pub candidate: u64,
    /// When its request began: lifetimes count from there.
    pub started: Timestamp,
    /// How long what it wrote or read lives.
    pub lifetime: Millis,
    /// Tokens that the route now holds: those read and those written, as its usage reports.
    pub held: Tokens,
}

/// A bounded memory of which route holds which prefix, for gateways that keep one.
///
/// A table of sets of four: a new belief takes the place of the one in its set that ends first. What two replicas
/// learned is joined by [`merge`](Self::merge), which is commutative, associative and idempotent. Only hashes are kept.
///
/// ```
/// use switchback_affinity::{Beliefs, Outcome};
/// use switchback_units::{Millis, Timestamp, Tokens};
/// let mut beliefs = Beliefs::with_capacity(1024);
/// let started = Timestamp::from_millis(1_000);
/// let lifetime = Millis::from_secs(300);
/// beliefs.record(Outcome { prefix: 1, candidate: 9, started, lifetime, held: Tokens::new(5_000) });
/// assert_eq!(beliefs.tokens(1, 9, started), Some(Tokens::new(5_000)));
/// assert_eq!(beliefs.tokens(1, 9, started.saturating_add(lifetime)), None, "it lives no longer");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Beliefs {
    sets: Vec<[Option<Belief>; WAYS]>,
}

impl Beliefs {
    /// A memory of at least so many beliefs: the next power of two, at least 4 and at most 2^24. 48 bytes each.
    pub fn with_capacity(beliefs: usize) -> Self {
        let sets = beliefs.div_ceil(WAYS).clamp(1, 1 << 22).next_power_of_two();
        Self { sets: vec![[None; WAYS]; sets] }
    }

    /// How many beliefs fit.
    pub fn capacity(&self) -> usize {
        self.sets.len() * WAYS
    }

    /// How many beliefs there are, the dead ones included.
    pub fn len(&self) -> usize {
        self.sets.iter().flatten().flatten().count()
    }

    /// Whether nothing has been learned.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// What `candidate` is believed to hold of `prefix` now.
    pub fn belief(&self, prefix: u64, candidate: u64, now: Timestamp) -> Option<&Belief> {
        let is_it = |belief: &&Belief| belief.prefix == prefix && belief.candidate == candidate;
        let found = self.sets.get(self.set_of(prefix))?.iter().flatten().find(is_it)?;
        (found.tokens.get() > 0 && found.expires > now).then_some(found)
    }

    /// The tokens of [`belief`](Self::belief).
    pub fn tokens(&self, prefix: u64, candidate: u64, now: Timestamp) -> Option<Tokens> {
        self.belief(prefix, candidate, now).map(|belief| belief.tokens)
    }

    /// Learns what a response said. The same response twice changes nothing.
    pub fn record(&mut self, outcome: Outcome) {
        self.insert(Belief {
            expires: outcome.started.saturating_add(outcome.lifetime),
            seen: outcome.started,
            prefix: outcome.prefix,
            candidate: outcome.candidate,
            tokens: outcome.held,
        });
    }

    /// Takes over what another replica learned.
    pub fn merge(&mut self, other: &Self) {
        for belief in other.sets.iter().flatten().flatten() {
            self.insert(*belief);
        }
    }

    fn set_of(&self, prefix: u64) -> usize {
        let mask = self.sets.len() as u64 - 1;
        // The table is never empty, and no longer than 2^22.
        usize::try_from((prefix ^ (prefix >> 32)) & mask).unwrap_or(0)
    }

    /// Keeps the later of two beliefs about the same, and the four of a set that were learned last: a join, for what is later
    /// about the same never falls behind what was kept before it.
    fn insert(&mut self, belief: Belief) {
        let at = self.set_of(belief.prefix);
        let Some(set) = self.sets.get_mut(at) else { return };
        let age = |belief: &Belief| (belief.seen, *belief);
        let same = |known: &Belief| known.prefix == belief.prefix && known.candidate == belief.candidate;
        if let Some(slot) = set.iter_mut().flatten().find(|known| same(known)) {
            if age(&belief) > age(slot) {
                *slot = belief;
            }
            return;
        }
        // `None` is less than every age, so an empty place goes first.
        if let Some(oldest) = set.iter_mut().min_by_key(|slot| slot.as_ref().map(age))
            && oldest.as_ref().map(age) < Some(age(&belief))
        {
            *oldest = Some(belief);
        }
    }
}

/// How often a route's cache holds what was expected: a Beta posterior in whole counts, which forgets.
///
/// ```
/// use switchback_affinity::HitRate;
/// let mut rate = HitRate::contractual();
/// assert_eq!(rate.millionths(), 900_000);
/// for _ in 0..30 {
///     rate.record(0, 10_000);
/// }
/// assert!(rate.millionths() < 300_000, "a provider that never reads its cache is found out");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HitRate {
    /// Hits and chances, in thousandths.
    hits: u32,
    chances: u32,
}

/// The weight at which both counts are halved. Longer, and a cache that stops to work would not be found out within thirty
/// responses after a long good time; shorter, and one that holds every second time would now and then pass for such.
const FORGET: u32 = 24_000;

impl HitRate {
    /// For a cache whose rules promise a hit: 9 of 10, with the weight of ten responses.
    pub const fn contractual() -> Self {
        Self { hits: 9000, chances: 10_000 }
    }

    /// For a cache that promises nothing: 6 of 10.
    pub const fn implicit() -> Self {
        Self { hits: 6000, chances: 10_000 }
    }

    /// What a rule promises.
    pub const fn of(rule: &CacheRule) -> Self {
        if rule.contractual { Self::contractual() } else { Self::implicit() }
    }

    /// Whether the cache is worth counting on: at least three hits of ten.
    pub fn is_trusted(&self) -> bool {
        self.millionths() >= 300_000
    }

    /// Learns from a response: tokens that were read, of those that were expected. Nothing where none were.
    pub fn record(&mut self, read: u64, expected: u64) {
        if expected == 0 {
            return;
        }
        let share = u128::from(read.min(expected)) * 1000 / u128::from(expected);
        self.hits = self.hits.saturating_add(u32::try_from(share).unwrap_or(1000));
        self.chances = self.chances.saturating_add(1000);
        if self.chances > FORGET {
            self.hits /= 2;
            self.chances /= 2;
        }
    }

    /// The mean, in millionths.
    pub fn millionths(&self) -> u32 {
        let mean = u64::from(self.hits) * 1_000_000 / u64::from(self.chances.max(1));
        u32::try_from(mean).unwrap_or(1_000_000)
    }
}
