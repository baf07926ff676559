//! A histogram of values with a bounded relative error.

/// Sub-buckets of an octave, as a power of two.
const SUB_BITS: u32 = 4;
const SUB: u64 = 1 << SUB_BITS;
/// Values from here on share the last slot; their maximum is exact all the same.
const RANGE_BITS: u32 = 20;
/// Slots: sixteen of one unit, then sixteen for each of sixteen octaves.
pub(crate) const SLOTS: usize = ((RANGE_BITS - SUB_BITS + 1) << SUB_BITS) as usize;
/// Slots in use from which a plain array is smaller than a list.
const SPARSE: usize = 64;

/// Counts of values in slots that grow with them: sixteen to an octave, so that a slot's middle is within 3.2 % of every
/// value in it. Integers only, the same on every platform; two sketches merge by adding.
///
/// Small sketches list the slots in use; large ones are an array.
///
/// ```
/// use switchback_uptime::Sketch;
///
/// let mut sketch = Sketch::default();
/// (1..=1_000).for_each(|value| sketch.insert(value));
/// assert_eq!((sketch.percentile(0), sketch.percentile(100)), (Some(1), Some(1_000)));
/// let median = sketch.percentile(50).expect("not empty");
/// assert!(median.abs_diff(500) * 1_000 <= 500 * 32);
/// ```
#[derive(Clone, Debug, Default)]
pub struct Sketch {
    slots: Slots,
    count: u64,
    censored: u64,
    sum: u64,
    min: u64,
    max: u64,
}

#[derive(Clone, Debug)]
enum Slots {
    Sparse(Vec<(u16, u32)>),
    Dense(Box<[u32; SLOTS]>),
}

impl Default for Slots {
    fn default() -> Self {
        Self::Sparse(Vec::new())
    }
}

impl Sketch {
    /// Adds a value.
    pub fn insert(&mut self, value: u64) {
        self.slots.add(slot(value), 1);
        self.min = if self.count == 0 { value } else { self.min.min(value) };
        self.max = self.max.max(value);
        self.count = self.count.saturating_add(1);
        self.sum = self.sum.saturating_add(value);
    }

    /// Adds a value of which only a lower bound is known: it would have become more. It is counted at the bound, so that
    /// a provider that hangs does not look quick, and told apart by [`Sketch::censored`].
    pub fn insert_censored(&mut self, at_least: u64) {
        self.insert(at_least);
        self.censored = self.censored.saturating_add(1);
    }

    /// Adds all of another.
    pub fn merge(&mut self, other: &Self) {
        if other.count == 0 {
            return;
        }
        other.slots.each(|slot, count| self.slots.add(slot, count));
        self.min = if self.count == 0 { other.min } else { self.min.min(other.min) };
        self.max = self.max.max(other.max);
        self.count = self.count.saturating_add(other.count);
        self.censored = self.censored.saturating_add(other.censored);
        self.sum = self.sum.saturating_add(other.sum);
    }

    /// Empties it and keeps its memory.
    pub fn clear(&mut self) {
        match &mut self.slots {
            Slots::Sparse(list) => list.clear(),
            Slots::Dense(all) => all.fill(0),
        }
        (self.count, self.censored, self.sum, self.min, self.max) = (0, 0, 0, 0, 0);
    }

    /// How many values it holds.
    pub const fn count(&self) -> u64 {
        self.count
    }

    /// How many of them are lower bounds.
    pub const fn censored(&self) -> u64 {
        self.censored
    }

    /// The sum of the values, exact.
    pub const fn sum(&self) -> u64 {
        self.sum
    }

    /// The mean, rounded down; exact up to that.
    pub const fn mean(&self) -> Option<u64> {
        self.sum.checked_div(self.count)
    }

    /// The percentile by nearest rank, within 3.2 % of the true one for values below 2^20; the 0th and the 100th, the
    /// least and the greatest value, are exact. Above 100 is taken as 100. `None` when empty.
    pub fn percentile(&self, percent: u8) -> Option<u64> {
        let mut all = [0];
        self.percentiles(percent..=percent, &mut all);
        let [value] = all;
        (self.count > 0).then_some(value)
    }

    /// Percentiles in rising order, in one pass.
    pub(crate) fn percentiles(&self, which: std::ops::RangeInclusive<u8>, out: &mut [u64]) {
        let mut wanted = which.zip(out.iter_mut()).peekable();
        let mut seen = 0_u64;
        self.slots.each(|slot, count| {
            seen = seen.saturating_add(u64::from(count));
            while let Some((percent, value)) = wanted.next_if(|(percent, _)| rank(*percent, self.count) <= seen) {
                *value = match percent {
                    0 => self.min,
                    100.. => self.max,
                    _ => middle(slot).clamp(self.min, self.max),
                };
            }
        });
        // Slots saturate; what is left over lies at the end.
        wanted.for_each(|(_, value)| *value = self.max);
    }

    /// Bytes on the heap.
    pub fn heap_bytes(&self) -> usize {
        match &self.slots {
            Slots::Sparse(list) => list.capacity() * size_of::<(u16, u32)>(),
            Slots::Dense(_) => size_of::<[u32; SLOTS]>(),
        }
    }
}

impl Slots {
    fn add(&mut self, slot: u16, count: u32) {
        match self {
            Self::Dense(all) => {
                if let Some(held) = all.get_mut(usize::from(slot)) {
                    *held = held.saturating_add(count);
                }
            }
            Self::Sparse(list) => match list.binary_search_by_key(&slot, |(slot, _)| *slot) {
                Ok(at) => {
                    if let Some((_, held)) = list.get_mut(at) {
                        *held = held.saturating_add(count);
                    }
                }
                Err(at) if list.len() < SPARSE => list.insert(at, (slot, count)),
                Err(_) => {
                    let mut dense = Box::new([0; SLOTS]);
                    for (slot, count) in list.iter().copied().chain([(slot, count)]) {
                        if let Some(held) = dense.get_mut(usize::from(slot)) {
                            *held = count;
                        }
                    }
                    *self = Self::Dense(dense);
                }
            },
        }
    }

    /// Slots in use, in rising order.
    fn each(&self, mut act: impl FnMut(u16, u32)) {
        match self {
            Self::Sparse(list) => list.iter().for_each(|(slot, count)| act(*slot, *count)),
            Self::Dense(all) => {
                for (slot, count) in (0_u16..).zip(all.iter()).filter(|(_, count)| **count > 0) {
                    act(slot, *count);
                }
            }
        }
    }
}

/// The slot of a value.
fn slot(value: u64) -> u16 {
    let value = value.min((1 << RANGE_BITS) - 1);
    let Some(octave) = value.checked_ilog2().and_then(|log| log.checked_sub(SUB_BITS)) else {
        return u16::try_from(value).unwrap_or_default();
    };
    let within = (value >> octave) - SUB;
    u16::try_from(SUB * u64::from(octave + 1) + within).unwrap_or_default()
}

/// The middle of a slot's values.
fn middle(slot: u16) -> u64 {
    let slot = u64::from(slot);
    let Some(octave) = (slot / SUB).checked_sub(1) else { return slot };
    let least = (SUB + slot % SUB) << octave;
    least + (((1 << octave) - 1) >> 1)
}

/// Which value in order a percentile is, from 1.
fn rank(percent: u8, count: u64) -> u64 {
    let rank = (u128::from(percent.min(100)) * u128::from(count)).div_ceil(100);
    u64::try_from(rank).unwrap_or(count).max(1)
}
