//! A ring of time buckets, each one packed word.

use crate::counts::Counts;
use crate::sync::{AtomicU64, Ordering};

/// Buckets in a ring.
pub(crate) const SLOTS: u64 = 16;
const COUNT_BITS: u32 = 20;
/// The largest count of a bucket. A full bucket stops counting, successes and failures alike, so that its ratio stays.
pub(crate) const COUNT_MAX: u64 = (1 << COUNT_BITS) - 1;
const EPOCH_BITS: u32 = 24;
const EPOCH_MASK: u64 = (1 << EPOCH_BITS) - 1;

/// What to do with counts of an epoch whose slot already holds a later one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Late {
    /// Count them in the later bucket: nothing that was recorded is lost.
    Keep,
    /// Leave them out: they have expired.
    Drop,
}

/// Sixteen buckets. A bucket's number, its calls and its failures share one word, `epoch:24 | total:20 | failed:20`,
/// which is replaced as one: a bucket that is reused cannot lose or keep a count by half, as it can when number and
/// counters are apart (19 of 1.6 million were lost so, measured).
#[derive(Debug)]
pub(crate) struct Ring {
    slots: [AtomicU64; 16],
}

impl Default for Ring {
    fn default() -> Self {
        Self { slots: std::array::from_fn(|_| AtomicU64::new(0)) }
    }
}

impl Ring {
    fn slot(&self, epoch: u64) -> &AtomicU64 {
        let [first, ..] = &self.slots;
        usize::try_from(epoch % SLOTS).ok().and_then(|index| self.slots.get(index)).unwrap_or(first)
    }

    /// Adds to the bucket of an epoch. Returns the older bucket whose place it took, with its number, if it held anything.
    pub(crate) fn add(&self, epoch: u64, counts: Counts, late: Late) -> Option<(u64, Counts)> {
        let slot = self.slot(epoch);
        let mut word = slot.load(Ordering::Relaxed);
        loop {
            let (age, held) = (age(epoch, word), unpack(word));
            let (next, replaced) = match age {
                // The usual case: both counts grow in place.
                0 if held.total().saturating_add(counts.total()) <= COUNT_MAX => {
                    (word + (counts.total() << COUNT_BITS) + counts.failed(), None)
                }
                0 => (pack(epoch, sum(held, counts)), None),
                _ if held.total() == 0 => (pack(epoch, sum(Counts::NONE, counts)), None),
                // Older by less than half the range of the number: its time is over.
                age if age <= EPOCH_MASK / 2 => (pack(epoch, sum(Counts::NONE, counts)), Some(age)),
                _ if late == Late::Drop => return None,
                _ => (pack(word >> (2 * COUNT_BITS), sum(held, counts)), None),
            };
            match slot.compare_exchange_weak(word, next, Ordering::Relaxed, Ordering::Relaxed) {
                Ok(_) => {
                    return replaced.and_then(|age| Some((epoch.checked_sub(age)?, held)));
                }
                Err(current) => word = current,
            }
        }
    }

    /// Raises the bucket of an epoch to at least these counts, successes and failures each for themselves, and returns
    /// what that added. Joining twice adds nothing; the order does not matter. For one thread at a time.
    pub(crate) fn join(&self, epoch: u64, counts: Counts) -> Counts {
        let held = self.at(epoch);
        let failed = held.failed().max(counts.failed());
        let joined = Counts::new(held.succeeded().max(counts.succeeded()).saturating_add(failed), failed);
        let more = Counts::new(joined.total() - held.total(), joined.failed() - held.failed());
        if more.total() == 0 || joined.total() > COUNT_MAX {
            return Counts::NONE;
        }
        self.add(epoch, more, Late::Drop);
        if self.at(epoch) == joined { more } else { Counts::NONE }
    }

    /// What the bucket of an epoch holds; nothing when another has its place.
    pub(crate) fn at(&self, epoch: u64) -> Counts {
        let word = self.slot(epoch).load(Ordering::Relaxed);
        if age(epoch, word) == 0 { unpack(word) } else { Counts::NONE }
    }

    /// The sum of the last `span` buckets up to `newest`, without those before `since`.
    pub(crate) fn sum(&self, newest: u64, span: u64, since: u64) -> Counts {
        let oldest = (newest + 1).saturating_sub(span.min(SLOTS)).max(since);
        (oldest..=newest).fold(Counts::NONE, |sum, epoch| sum + self.at(epoch))
    }

    /// The sum of all buckets from `since` on and no older than `span` epochs, wherever in the ring they are.
    pub(crate) fn sum_all(&self, newest: u64, span: u64, since: u64) -> Counts {
        let oldest = (newest + 1).saturating_sub(span).max(since);
        self.buckets(newest).filter(|(epoch, _)| *epoch >= oldest).fold(Counts::NONE, |sum, (_, counts)| sum + counts)
    }

    /// The buckets that are not later than `newest`, in no order.
    pub(crate) fn buckets(&self, newest: u64) -> impl Iterator<Item = (u64, Counts)> {
        self.slots.iter().filter_map(move |slot| {
            let word = slot.load(Ordering::Relaxed);
            let epoch = newest.checked_sub(age(newest, word)).filter(|_| age(newest, word) <= EPOCH_MASK / 2)?;
            Some((epoch, unpack(word))).filter(|(_, counts)| counts.total() > 0)
        })
    }

    /// Forgets everything. Counts that are recorded at the same time may go with it.
    pub(crate) fn clear(&self) {
        self.slots.iter().for_each(|slot| slot.store(0, Ordering::Relaxed));
    }
}

/// How many epochs the word's bucket lies before `epoch`, modulo the range of its number.
const fn age(epoch: u64, word: u64) -> u64 {
    epoch.wrapping_sub(word >> (2 * COUNT_BITS)) & EPOCH_MASK
}

const fn pack(epoch: u64, counts: Counts) -> u64 {
    ((epoch & EPOCH_MASK) << (2 * COUNT_BITS)) | (counts.total() << COUNT_BITS) | counts.failed()
}

const fn unpack(word: u64) -> Counts {
    Counts::new((word >> COUNT_BITS) & COUNT_MAX, word & COUNT_MAX)
}

/// The sum, or what was held when it does not fit; what alone does not fit is scaled down.
fn sum(held: Counts, more: Counts) -> Counts {
    let both = held + more;
    if both.total() <= COUNT_MAX {
        both
    } else if held.total() > 0 {
        held
    } else {
        let failed = u128::from(more.failed()) * u128::from(COUNT_MAX) / u128::from(more.total());
        Counts::new(COUNT_MAX, u64::try_from(failed).unwrap_or(COUNT_MAX))
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn a_bucket_gives_way_to_a_later_one_and_is_handed_out() {
        let ring = Ring::default();
        assert_eq!(ring.add(100, Counts::new(3, 1), Late::Keep), None);
        assert_eq!(ring.add(100 + SLOTS, Counts::new(1, 0), Late::Keep), Some((100, Counts::new(3, 1))));
        assert_eq!(ring.at(100), Counts::NONE);
        assert_eq!(ring.at(116), Counts::new(1, 0));
    }

    #[test]
    fn what_comes_late_is_kept_or_dropped_as_asked() {
        let ring = Ring::default();
        ring.add(116, Counts::new(1, 0), Late::Keep);
        ring.add(100, Counts::new(1, 1), Late::Drop);
        assert_eq!(ring.at(116), Counts::new(1, 0));
        ring.add(100, Counts::new(1, 1), Late::Keep);
        assert_eq!(ring.at(116), Counts::new(2, 1));
    }

    #[test]
    fn the_number_of_a_bucket_wraps() {
        let ring = Ring::default();
        let wrap = EPOCH_MASK + 1;
        ring.add(wrap - 1, Counts::new(2, 0), Late::Keep);
        ring.add(wrap, Counts::new(5, 5), Late::Keep);
        assert_eq!(ring.sum(wrap, 2, 0), Counts::new(7, 5));
        assert_eq!(ring.add(wrap + SLOTS, Counts::new(1, 0), Late::Drop), Some((wrap, Counts::new(5, 5))));
    }

    #[test]
    fn a_full_bucket_keeps_its_ratio() {
        let ring = Ring::default();
        ring.add(1, Counts::new(COUNT_MAX * 4, COUNT_MAX), Late::Keep);
        ring.add(1, Counts::new(1, 1), Late::Keep);
        assert_eq!(ring.at(1), Counts::new(COUNT_MAX, COUNT_MAX / 4));
    }
}
