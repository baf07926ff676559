//! Rendezvous (highest random weight) hashing, in integers, with constants that never change: two replicas, two
//! builds and two versions send the same conversation to the same route.

/// A route that a conversation may be sent to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// Provider, region, credential, model and tier as one id: a cache crosses none of them.
    pub id: u64,
    weight: u16,
    /// `2^31 / weight`: a division for each candidate once, and none for each request.
    reciprocal: u32,
}

impl Candidate {
    /// A candidate with weight 1.
    pub const fn new(id: u64) -> Self {
        Self { id, weight: 1, reciprocal: 1 << 31 }
    }

    /// The same with a weight: its share of the conversations, against the other candidates' weights. 0 is the same as 1.
    #[must_use]
    pub const fn weighing(self, weight: u16) -> Self {
        let weight = if weight == 0 { 1 } else { weight };
        Self { weight, reciprocal: (1 << 31) / weight as u32, ..self }
    }

    /// Its weight, at least 1.
    pub const fn weight(self) -> u16 {
        self.weight
    }

    /// Its place in the order of a key: the least comes first.
    pub(crate) fn draw(self, key: u64, equal: bool) -> u64 {
        let mixed = mixed(key, self.id);
        // 39 bits, of which 7 make room for the reciprocal's 32.
        if equal { !mixed } else { (negative_log2(mixed) >> 7) * u64::from(self.reciprocal) }
    }
}

/// Whether all weights are the same: then no logarithm is needed.
pub(crate) fn are_equal_weights(candidates: impl IntoIterator<Item = Candidate>) -> bool {
    let mut weights = candidates.into_iter().map(|candidate| candidate.weight);
    let first = weights.next();
    weights.all(|weight| Some(weight) == first)
}

/// Which of the candidates a conversation belongs to; `None` without any. No allocation.
///
/// Each candidate's place depends on the key, its own id and its weight alone: taking one out moves only the
/// conversations that it had. Ties, which need equal hashes, break by id.
///
/// The wire contract: `x = fold(key) ^ id`, mixed by the finaliser of `SplitMix64`; the candidate with the least
/// `-log2((x + 1) / 2^64) / weight` comes first. The logarithm has 32 fraction bits and comes from a table of 257 values
/// with a straight line between them, within 2^-17 of the real one; without its last seven bits it is multiplied by
/// `2^31 / weight`, rounded down.
///
/// ```
/// use switchback_affinity::{Candidate, rank, winner};
/// let mut candidates = [Candidate::new(7), Candidate::new(8), Candidate::new(9)];
/// let first = winner(42, &candidates).map(|at| candidates[at]);
/// rank(42, &mut candidates);
/// assert_eq!(first, Some(candidates[0]));
/// assert_eq!(winner(42, &[]), None);
/// ```
pub fn winner(key: u128, candidates: &[Candidate]) -> Option<usize> {
    let key = fold(key);
    let weight = candidates.first()?.weight;
    // Four at a time, each pair by itself, so that no mix waits for the comparison before it. Weights are compared on the way,
    // for a loop of their own costs more.
    let (quads, rest) = candidates.as_chunks::<4>();
    let (mut best, mut differ, mut at) = ((0, 0), 0, 0);
    for [a, b, c, d] in quads {
        let early = greater((mixed(key, a.id), at), (mixed(key, b.id), at + 1));
        let late = greater((mixed(key, c.id), at + 2), (mixed(key, d.id), at + 3));
        best = greater(best, greater(early, late));
        differ |= (a.weight ^ weight) | (b.weight ^ weight) | (c.weight ^ weight) | (d.weight ^ weight);
        at += 4;
    }
    for candidate in rest {
        best = greater(best, (mixed(key, candidate.id), at));
        differ |= candidate.weight ^ weight;
        at += 1;
    }
    if differ == 0 {
        return Some(best.1);
    }
    let places = candidates.iter().map(|candidate| (candidate.draw(key, false), candidate.id));
    places.enumerate().min_by_key(|(_, place)| *place).map(|(at, _)| at)
}

/// The one with the greater hash, without a branch. The finaliser is one to one: equal hashes are of equal ids.
const fn greater(one: (u64, usize), other: (u64, usize)) -> (u64, usize) {
    (if other.0 > one.0 { other.0 } else { one.0 }, if other.0 > one.0 { other.1 } else { one.1 })
}

/// Candidates whose places [`rank`] keeps; of more they are made again for each comparison.
const FEW: usize = 16;

/// Puts the candidates into the order in which a conversation prefers them: the [`winner`], the winner without that one,
/// and so on. No allocation.
pub fn rank(key: u128, candidates: &mut [Candidate]) {
    let (key, equal) = (fold(key), are_equal_weights(candidates.iter().copied()));
    let place = |candidate: &Candidate| (u128::from(candidate.draw(key, equal)) << 64) | u128::from(candidate.id);
    let mut drawn = [(0, Candidate::new(0)); FEW];
    let Some(drawn) = drawn.get_mut(..candidates.len()) else {
        return candidates.sort_unstable_by_key(place);
    };
    for (slot, candidate) in drawn.iter_mut().zip(&*candidates) {
        *slot = (place(candidate), *candidate);
    }
    // Each counts those before it: with so few, comparing all costs half of what a sort loses by branches guessed wrong.
    for (at, (own, candidate)) in drawn.iter().enumerate() {
        let (earlier, later) = drawn.split_at(at);
        let before = earlier.iter().filter(|(other, _)| other <= own).count()
            + later.iter().filter(|(other, _)| other < own).count();
        if let Some(slot) = candidates.get_mut(before) {
            *slot = *candidate;
        }
    }
}

/// Where a key stands among those of a candidate, in thousandths: another order than that of [`winner`], so that of the keys
/// which a candidate wins each share has as many.
pub(crate) fn share_of(key: u64, id: u64) -> u16 {
    let drawn = mixed(!key, id) >> 32;
    u16::try_from((drawn * 1_000) >> 32).unwrap_or(0)
}

/// Both halves of a key as one word.
pub(crate) const fn fold(key: u128) -> u64 {
    #[expect(clippy::cast_possible_truncation, reason = "the low half is what is wanted")]
    let low = key as u64;
    (key >> 64) as u64 ^ low
}

const fn mixed(key: u64, id: u64) -> u64 {
    let x = key ^ id;
    let x = (x ^ (x >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let x = (x ^ (x >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    x ^ (x >> 31)
}

/// Fraction bits of a logarithm.
const FRACTION: u32 = 32;

/// `log2(1 + i/256)` for `i` in 0..=256, with [`FRACTION`] bits, made by squaring.
#[expect(clippy::indexing_slicing, reason = "evaluated by the compiler, which stops at an index out of bounds")]
const LOG2: [u64; 257] = {
    let mut table = [0; 257];
    let mut i = 0;
    while i <= 256 {
        // 1.62 fixed point, in [1, 2].
        let mut x = (1_u128 << 62) + ((i as u128) << 54);
        let mut log = 0_u64;
        let mut bit = 0;
        if i == 256 {
            log = 1 << FRACTION;
        }
        while bit < FRACTION && i < 256 {
            x = (x * x) >> 62;
            log <<= 1;
            if x >= 1 << 63 {
                log |= 1;
                x >>= 1;
            }
            bit += 1;
        }
        table[i] = log;
        i += 1;
    }
    table
};

/// `-log2((x + 1) / 2^64)`.
fn negative_log2(x: u64) -> u64 {
    let Some(x) = x.checked_add(1) else { return 0 };
    let zeros = x.leading_zeros();
    // The leading one shifted out, the fraction left-aligned.
    let fraction = (x << zeros) << 1;
    let [at, ..] = fraction.to_be_bytes();
    let at = usize::from(at);
    let (low, high) = (LOG2.get(at).copied().unwrap_or(0), LOG2.get(at + 1).copied().unwrap_or(0));
    let between = (fraction << 8) >> 32;
    let log = low + (((high - low) * between) >> 32);
    let whole = u64::from(63 - zeros) << FRACTION;
    (64 << FRACTION) - whole - log
}

/// What a candidate has to do now.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Load {
    /// Requests in flight.
    pub inflight: u32,
    /// Whether it takes no more for now.
    pub throttled: bool,
}

/// The first of the `ranked` candidates that is not overloaded: with at most 1.25 times its share of all requests in
/// flight, the new one included. `None` where all are throttled.
///
/// `loads` stand in the order of `ranked`. Where every candidate is over its share, the first that is not throttled.
/// The bound of consistent hashing with bounded loads (Mirrokni, Thorup, Zadimoghaddam 2017).
///
/// ```
/// use switchback_affinity::{Candidate, Load, admit};
/// let ranked = [Candidate::new(1), Candidate::new(2)];
/// let busy = Load { inflight: 9, ..Load::default() };
/// assert_eq!(admit(&ranked, &[busy, Load::default()]), Some(1));
/// assert_eq!(admit(&ranked, &[Load::default(), busy]), Some(0));
/// ```
pub fn admit(ranked: &[Candidate], loads: &[Load]) -> Option<usize> {
    let total = loads.iter().map(|load| u64::from(load.inflight)).sum::<u64>() + 1;
    let weights = ranked.iter().map(|candidate| u64::from(candidate.weight)).sum::<u64>().max(1);
    let open = || ranked.iter().zip(loads).enumerate().filter(|(_, (_, load))| !load.throttled);
    let within = |candidate: &Candidate, load: &Load| {
        let bound = (5 * total * u64::from(candidate.weight)).div_ceil(4 * weights);
        u64::from(load.inflight) < bound
    };
    let first = open().find(|(_, (candidate, load))| within(candidate, load)).or_else(|| open().next());
    first.map(|(at, _)| at)
}

/// Which of the derived keys a conversation gets, where an app's key sees more requests than a provider's cache takes.
///
/// `None` while one key is enough. `OpenAI`'s prompt-caching guide names about 15 requests a minute for a prefix and
/// key (read 2026-11); the number of keys grows in powers of two, so that half of the conversations stay.
///
/// ```
/// use switchback_affinity::derived;
/// assert_eq!(derived(7, 15, 15), None);
/// assert!(derived(7, 100, 15).is_some_and(|slot| slot < 8));
/// ```
pub fn derived(conversation: u128, requests_a_minute: u32, most: u32) -> Option<u32> {
    let slots = requests_a_minute.div_ceil(most.max(1)).checked_next_power_of_two().unwrap_or(1 << 31);
    let slot = mixed(fold(conversation), 0) & u64::from(slots - 1);
    if slots > 1 { u32::try_from(slot).ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wire_contract_is_what_it_was() {
        assert_eq!(LOG2.first(), Some(&0));
        assert_eq!(LOG2.last(), Some(&(1 << FRACTION)));
    }

    #[test]
    fn the_logarithm_is_one() {
        for x in [0, 1, 2, 255, 256, 1 << 20, (1 << 40) + 12345, u64::MAX / 3, u64::MAX - 1, u64::MAX] {
            #[expect(clippy::cast_precision_loss, reason = "compared within an error")]
            let (real, ours) = (64.0 - ((x as f64) + 1.0).log2(), negative_log2(x) as f64 / 4_294_967_296.0);
            assert!((real - ours).abs() < 1.0 / 131_072.0, "{x}: {real} {ours}");
        }
    }
}
