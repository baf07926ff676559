//! What providers' caches hold, whatever anyone believes.

use std::collections::{BTreeMap, VecDeque};

use crate::conversation::scenario::Conversations;
use crate::random::Random;

/// The caches of one provider.
#[derive(Debug, Default)]
pub(crate) struct Cache {
    /// When an entry ends, by machine and prefix.
    entries: BTreeMap<(u64, u64), u64>,
    /// When an upstream key's requests of the last minute came.
    recent: BTreeMap<u64, VecDeque<u64>>,
}

const MINUTE: u64 = 60_000;

impl Cache {
    /// The machine that a request of an upstream key is sent to: the key's own up to what one takes in a minute, and
    /// beyond that any of as many as the key needs.
    pub(crate) fn machine(&mut self, key: u64, now: u64, per_key: Option<u32>, random: &mut Random) -> u64 {
        let Some(most) = per_key.map(u64::from) else { return 0 };
        let recent = self.recent.entry(key).or_default();
        while recent.front().is_some_and(|at| at + MINUTE <= now) {
            recent.pop_front();
        }
        recent.push_back(now);
        let needed = u64::try_from(recent.len()).unwrap_or(1).div_ceil(most.max(1));
        key.wrapping_add(random.below(needed))
    }

    pub(crate) fn holds(&self, machine: u64, prefix: u64, now: u64) -> bool {
        self.entries.get(&(machine, prefix)).is_some_and(|until| *until > now)
    }

    pub(crate) fn write(&mut self, machine: u64, prefixes: [u64; 2], until: u64) {
        for prefix in prefixes {
            let end = self.entries.entry((machine, prefix)).or_insert(until);
            *end = until.max(*end);
        }
    }

    pub(crate) fn forget(&mut self, now: u64) {
        self.entries.retain(|_, until| *until > now);
    }
}

/// What a prompt costs, in millionths of what a token lists at with the cheapest provider: `read` tokens from the cache,
/// the rest written to it.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "prices are clamped to small positive numbers"
)]
pub(crate) fn cost(conversations: &Conversations, price: f64, input: u64, read: u64) -> u64 {
    let micro = |share: f64| (price * share.clamp(0.0, 1e3) * 1e6) as u64;
    micro(conversations.read) * read + micro(conversations.write) * (input - read)
}
