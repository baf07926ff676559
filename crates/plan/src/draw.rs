//! How a split is drawn: by what the request has, else by the seed, and never by chance.

use sha2::{Digest, Sha256};
use xxhash_rust::xxh3::xxh3_64;

use crate::policy::{Draw, Facts, Split, Weight};

/// The draws of one split for one request.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Draws {
    /// Where in the whole of the weights the draw falls, in parts of 2^64.
    point: u64,
}

impl Draws {
    /// The draws of a split at that place of the policy.
    pub(crate) fn new(split: &Split, path: &str, facts: &Facts<'_>, seed: u64) -> Self {
        let values: Vec<String> = split
            .by
            .iter()
            .filter_map(|subject| facts.values(subject).first().map(|value| value.as_text().into_owned()))
            .collect();
        let point = match (values.first(), split.draw) {
            (None, _) => xxh3_64(format!("{path}\0{seed}").as_bytes()),
            (Some(_), Draw::Xxh3) => xxh3_64(format!("{path}\0\0{}", values.join("\0")).as_bytes()),
            (Some(value), Draw::Tensorzero) => tensorzero(path, value),
        };
        Self { point }
    }

    /// The place of the route that is drawn among those with these weights; `None` when all of them are 0.
    ///
    /// Every draw of one request falls on the same share of what is left, so that taking a route away keeps the order
    /// of those behind it.
    pub(crate) fn next(self, weights: impl Iterator<Item = Weight> + Clone) -> Option<usize> {
        let total: u128 = weights.clone().map(|weight| u128::from(weight.millionths())).sum();
        // A weight is at most 1e15, so that the product is far below 2^128 for as many routes as memory holds.
        let mut left = u128::from(self.point).saturating_mul(total) >> 64;
        for (index, weight) in weights.enumerate() {
            let weight = u128::from(weight.millionths());
            if left < weight {
                return Some(index);
            }
            left = left.saturating_sub(weight);
        }
        None
    }
}

/// The share that `TensorZero` draws for a function and an episode: the first four bytes, big-endian, of SHA-256 of the
/// function's name and the episode's id, over 2^32 - 1 (`get_uniform_value` of its source, read 2026-11-21). An id that
/// is a UUID is hashed as its sixteen bytes.
fn tensorzero(function: &str, episode: &str) -> u64 {
    let mut hasher = Sha256::new();
    hasher.update(function.as_bytes());
    match uuid(episode) {
        Some(bytes) => hasher.update(bytes),
        None => hasher.update(episode.as_bytes()),
    }
    let hash: [u8; 32] = hasher.finalize().into();
    let [a, b, c, d, ..] = hash;
    // Both halves alike: a share of 2^32 - 1 as one of 2^64 - 1.
    let share = u64::from(u32::from_be_bytes([a, b, c, d]));
    share << 32 | share
}

/// The bytes of a UUID in its usual form.
fn uuid(text: &str) -> Option<[u8; 16]> {
    let groups: Vec<usize> = text.split('-').map(str::len).collect();
    if groups != [8, 4, 4, 4, 12] {
        return None;
    }
    let digits: String = text.chars().filter(|char| *char != '-').collect();
    digits.chars().all(|char| char.is_ascii_hexdigit()).then_some(())?;
    u128::from_str_radix(&digits, 16).ok().map(u128::to_be_bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(point: u64, weights: &[f64]) -> Option<usize> {
        Draws { point }.next(weights.iter().map(|weight| Weight::nearest(*weight).unwrap()))
    }

    #[test]
    fn each_route_gets_its_share_exactly() {
        let weights = [0.7, 0.0, 0.2, 0.1];
        let mut counts = [0_u32; 4];
        for step in 0..1_000_u64 {
            counts[drawn(step * (u64::MAX / 1_000) + 1_000, &weights).unwrap()] += 1;
        }
        assert_eq!(counts, [700, 0, 200, 100]);
    }

    #[test]
    fn the_ends_are_in_reach_and_no_weight_is_no_draw() {
        assert_eq!(drawn(0, &[1.0, 1.0]), Some(0));
        assert_eq!(drawn(u64::MAX, &[1.0, 1.0]), Some(1));
        assert_eq!(drawn(u64::MAX, &[1e9, 1e9, 0.0]), Some(1));
        assert_eq!(drawn(7, &[0.0, 0.0]), None);
        assert_eq!(drawn(7, &[]), None);
    }

    /// Computed with Python's `hashlib` and `uuid`.
    #[test]
    fn tensorzero_is_reproduced() {
        let episode = "0192ced0-947e-74b3-a3d7-02fd2c54d637";
        assert_eq!(tensorzero("draft", episode) >> 32, GOLDEN_UUID);
        assert_eq!(tensorzero("draft", "not-a-uuid") >> 32, GOLDEN_TEXT);
    }

    const GOLDEN_UUID: u64 = 35_301_467;
    const GOLDEN_TEXT: u64 = 2_726_637_352;
}
