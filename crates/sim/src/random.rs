//! Chance, from a seed.

/// xoshiro256** (Blackman, Vigna 2018), seeded by splitmix64. Twenty lines of our own, since the figures in the documents
/// have to come out the same for ever, and no crate promises that of its streams.
#[derive(Clone, Debug)]
pub(crate) struct Random([u64; 4]);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        let mut state = seed;
        Self(std::array::from_fn(|_| {
            state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
            let value = (state ^ (state >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
            let value = (value ^ (value >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
            value ^ (value >> 31)
        }))
    }

    pub(crate) fn next(&mut self) -> u64 {
        let [a, b, c, d] = &mut self.0;
        let result = b.wrapping_mul(5).rotate_left(7).wrapping_mul(9);
        let shifted = *b << 17;
        *c ^= *a;
        *d ^= *b;
        *b ^= *c;
        *a ^= *d;
        *c ^= shifted;
        *d = d.rotate_left(45);
        result
    }

    /// From 0 to `limit - 1`; 0 when the limit is 0.
    pub(crate) fn below(&mut self, limit: u64) -> u64 {
        let product = u128::from(self.next()) * u128::from(limit);
        u64::try_from(product >> 64).unwrap_or_default()
    }

    /// True with a chance.
    pub(crate) fn chance(&mut self, chance: Chance) -> bool {
        self.next() >> 32 < chance.0
    }
}

/// A probability in parts of 2^32.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Chance(u64);

impl Chance {
    pub(crate) const ALWAYS: Self = Self(1 << 32);

    /// The nearest; below 0 is 0, above 1 is 1.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "from 0 to 2^32")]
    pub(crate) fn of(probability: f64) -> Self {
        Self((probability.clamp(0.0, 1.0) * 4_294_967_296.0).round() as u64)
    }

    /// In thousandths.
    pub(crate) const fn permille(self) -> u64 {
        (self.0 * 1_000) >> 32
    }

    /// On the way from this to another, `part` of `whole`.
    pub(crate) const fn towards(self, other: Self, part: u64, whole: u64) -> Self {
        if whole == 0 {
            return other;
        }
        let (here, there) = (self.0 / 256 * (whole - part), other.0 / 256 * part);
        Self((here + there) / whole * 256)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_stream_is_the_published_one() {
        // Of the reference implementation, state 1, 2, 3, 4.
        let mut random = Random([1, 2, 3, 4]);
        assert_eq!([random.next(), random.next(), random.next()], [11_520, 0, 1_509_978_240]);
    }

    #[test]
    fn chances_come_out() {
        let mut random = Random::new(7);
        let hits = (0..100_000).filter(|_| random.chance(Chance::of(0.85))).count();
        assert!((84_500..85_500).contains(&hits), "{hits}");
        assert!((0..1_000).all(|_| random.chance(Chance::ALWAYS) && random.below(3) < 3));
    }
}
