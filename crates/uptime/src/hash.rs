//! One mixing function, for jitter, shards and the order of replicas.

/// The finalizer of splitmix64 (Steele, Lea, Flood 2014): every bit of the input reaches every bit of the output.
pub(crate) const fn mix(value: u64) -> u64 {
    let value = value.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let value = (value ^ (value >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let value = (value ^ (value >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    value ^ (value >> 31)
}

/// Several values in one.
pub(crate) fn mix_all<const N: usize>(values: [u64; N]) -> u64 {
    values.into_iter().fold(0, |hash, value| mix(hash ^ value))
}
