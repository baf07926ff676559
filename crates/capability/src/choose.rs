//! The cheapest way down the ladders.

use crate::ladder::{Rewrite, Rung, rungs};
use crate::need::BECOME_TEXT;
use crate::{Cause, Cost, Degradation, Requirements, Step};
use switchback_ir::{Feature, FeatureSet, Importance};

/// Looks for the cheapest set of rungs after which a request uses nothing that is blocked.
///
/// The order of [`Cost`] is additive and the ladders of different features touch only where one rung removes several:
/// so each feature is settled by itself, and what a later rung made superfluous is taken out at the end. The tests
/// hold this against a search through every subset.
pub(crate) struct Chooser<'n> {
    pub(crate) needs: &'n Requirements,
    pub(crate) blocked: FeatureSet,
    pub(crate) degradation: Degradation,
}

/// A rung that was chosen, and how much the request depends on what it touches.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pick {
    pub(crate) rung: Rung,
    pub(crate) importance: Importance,
}

/// What was found.
#[derive(Debug)]
pub(crate) struct Choice {
    pub(crate) picks: Vec<Pick>,
    /// What nothing permitted replaces.
    pub(crate) stuck: FeatureSet,
    /// What the request will use.
    pub(crate) left: FeatureSet,
}

impl Pick {
    fn cost(&self) -> Cost {
        Cost::of(self.importance, self.rung.rewrite.class())
    }
}

impl Choice {
    /// The choice as steps; their cause is the caller's to say.
    pub(crate) fn steps(&self, needs: &Requirements) -> impl Iterator<Item = Step> {
        self.picks.iter().map(|pick| {
            let feature = pick.rung.feature;
            let place = needs.need(feature).map_or(switchback_ir::Place::NONE, |need| need.place);
            Step { rewrite: pick.rung.rewrite, feature, place, cause: Cause::NotOffered, importance: pick.importance }
        })
    }

    /// At most how many tokens the lower bound of the input grows by.
    pub(crate) fn growth(&self, needs: &Requirements) -> u64 {
        let uses = |feature: Feature| needs.need(feature).map_or(1, |need| u64::from(need.count));
        let words: u64 = self.picks.iter().map(|pick| pick.rung.words * uses(pick.rung.feature)).sum();
        if words == 0 { 0 } else { words + needs.shape.becomes_text }
    }

    pub(crate) fn raises_output(&self) -> bool {
        self.picks.iter().any(|pick| pick.rung.rewrite == Rewrite::RaiseMaxOutput)
    }

    pub(crate) fn removes(&self, feature: Feature) -> bool {
        self.picks.iter().any(|pick| pick.rung.removes().contains(feature))
    }
}

impl Chooser<'_> {
    pub(crate) fn choose(&self) -> Choice {
        let mut picks = Vec::new();
        let mut stuck = FeatureSet::EMPTY;
        for feature in self.needs.features().intersection(self.blocked).iter() {
            self.settle(feature, self.needs.importance(feature), &mut picks, &mut stuck);
        }
        if self.bares_prefill(&picks) {
            self.settle(Feature::Prefill, Feature::Prefill.importance(), &mut picks, &mut stuck);
        }
        self.prune(&mut picks);
        let left = self.left(&picks);
        Choice { picks, stuck, left }
    }

    /// What the request will use after these.
    pub(crate) fn left(&self, picks: &[Pick]) -> FeatureSet {
        let used = self.needs.features();
        let removed = removed(picks);
        let kept = used.difference(removed);
        let mut left = used;
        for pick in picks {
            left = left.union(pick.rung.gains(used, kept, &self.needs.shape));
        }
        left = left.difference(removed);
        if self.bares_prefill(picks) && !removed.contains(Feature::Prefill) {
            left.insert(Feature::Prefill);
        }
        left
    }

    /// Whether these leave an assistant's text at the end of the conversation, where something stood behind it.
    fn bares_prefill(&self, picks: &[Pick]) -> bool {
        let behind = self.needs.shape.behind_last_text;
        let gone =
            picks.iter().filter(|pick| pick.rung.rewrite == Rewrite::Drop || BECOME_TEXT.contains(&pick.rung.feature));
        let gone = gone.fold(FeatureSet::EMPTY, |gone, pick| gone.union(pick.rung.removes()));
        !behind.is_empty() && behind.difference(gone).is_empty()
    }

    fn settle(&self, feature: Feature, importance: Importance, picks: &mut Vec<Pick>, stuck: &mut FeatureSet) {
        if removed(picks).contains(feature) || !self.blocked.contains(feature) {
            return;
        }
        match self.cheapest(feature, importance) {
            Some(way) => picks.extend(way),
            None => stuck.insert(feature),
        }
    }

    /// The cheapest rungs down from `feature`. The ladders have no cycles, so this ends.
    fn cheapest(&self, feature: Feature, importance: Importance) -> Option<Vec<Pick>> {
        let ways = rungs(feature).filter_map(|rung| self.way(rung, importance));
        ways.min_by_key(|way| way.iter().map(Pick::cost).sum::<Cost>())
    }

    /// One rung, and what its gains cost where they are blocked too.
    fn way(&self, rung: Rung, importance: Importance) -> Option<Vec<Pick>> {
        let used = self.needs.features();
        let removes = rung.removes();
        let importance = self.importance(removes).map_or(importance, |touched| touched.max(importance));
        if !self.degradation.permits(rung.rewrite.class(), importance) {
            return None;
        }
        let mut way = vec![Pick { rung, importance }];
        let kept = used.difference(self.blocked).difference(removes);
        let gains = rung.gains(used, kept, &self.needs.shape);
        for gain in gains.intersection(self.blocked).difference(used).iter() {
            way.extend(self.cheapest(gain, importance)?);
        }
        Some(way)
    }

    /// How much the request depends on the most important of `features` that it uses.
    fn importance(&self, features: FeatureSet) -> Option<Importance> {
        features.intersection(self.needs.features()).iter().map(|feature| self.needs.importance(feature)).max()
    }

    /// Takes out, the dearest first, what is not needed beside the rest.
    fn prune(&self, picks: &mut Vec<Pick>) {
        let clear = |picks: &[Pick]| self.left(picks).intersection(self.blocked);
        let open = clear(picks);
        let mut order: Vec<(Cost, Rewrite, Feature)> =
            picks.iter().map(|pick| (pick.cost(), pick.rung.rewrite, pick.rung.feature)).collect();
        order.sort_by(|a, b| b.cmp(a));
        for (_, rewrite, feature) in order {
            let same = |pick: &Pick| pick.rung.rewrite == rewrite && pick.rung.feature == feature;
            let without: Vec<Pick> = picks.iter().copied().filter(|pick| !same(pick)).collect();
            if clear(&without).difference(open).is_empty() {
                *picks = without;
            }
        }
        picks.sort_by_key(|pick| (pick.rung.rewrite, pick.rung.feature));
        picks.dedup_by_key(|pick| (pick.rung.rewrite, pick.rung.feature));
    }
}

fn removed(picks: &[Pick]) -> FeatureSet {
    picks.iter().fold(FeatureSet::EMPTY, |removed, pick| removed.union(pick.rung.removes()))
}
