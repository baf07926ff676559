//! What other replicas counted, kept apart by who counted it.

use std::collections::BTreeMap;

use switchback_units::{Millis, Timestamp};

use crate::hash::mix_all;
use crate::store::Origin;
use crate::window::{Rings, Window};

/// How long after its last word a replica counts as living.
const LIVING: Millis = Millis::from_secs(30);

/// The other replicas.
#[derive(Debug, Default)]
pub(crate) struct Peers {
    by_origin: BTreeMap<Origin, Peer>,
    cells: usize,
}

#[derive(Debug)]
struct Peer {
    heard: Timestamp,
    cells: BTreeMap<(u64, u8), Box<Rings>>,
}

impl Peers {
    /// Takes note that a replica lives. False when there are too many to know it.
    pub(crate) fn hear(&mut self, origin: Origin, now: Timestamp, most: usize) -> bool {
        if let Some(peer) = self.by_origin.get_mut(&origin) {
            peer.heard = peer.heard.max(now);
            return true;
        }
        if self.by_origin.len() >= most {
            self.forget_silent(now);
        }
        if self.by_origin.len() >= most {
            return false;
        }
        self.by_origin.insert(origin, Peer { heard: now, cells: BTreeMap::new() });
        true
    }

    /// What a replica counted of a feature of an endpoint; `None` when there are too many to keep it.
    pub(crate) fn cell(&mut self, origin: Origin, key: (u64, u8), most: usize) -> Option<&Rings> {
        let peer = self.by_origin.get_mut(&origin)?;
        if !peer.cells.contains_key(&key) {
            if self.cells >= most {
                return None;
            }
            self.cells += 1;
        }
        Some(peer.cells.entry(key).or_default())
    }

    /// Forgets replicas of which nothing is in any window any more.
    pub(crate) fn forget_silent(&mut self, now: Timestamp) {
        self.by_origin.retain(|_, peer| now.saturating_since(peer.heard) <= Window::QuarterHour.width());
        self.cells = self.by_origin.values().map(|peer| peer.cells.len()).sum();
    }

    /// How many living replicas come before `own` for a key.
    pub(crate) fn before(&self, key: u64, level: u8, own: u64, now: Timestamp) -> u64 {
        let rank = |replica| (mix_all([key, u64::from(level), replica]), replica);
        let living = self.by_origin.iter().filter(|(_, peer)| now.saturating_since(peer.heard) <= LIVING);
        let before = living.filter(|(origin, _)| rank(origin.replica) < rank(own));
        u64::try_from(before.count()).unwrap_or(u64::MAX)
    }
}
