//! The cheapest way down the ladders.

use crate::ladder::{Rung, TABLE, rungs};
use crate::shape::BECOME_TEXT;
use crate::{Cause, Cost, Degradation, Effort, Requirements, Rewrite, Step};
use std::cmp::Reverse;
use std::sync::LazyLock;
use switchback_ir::{Feature, FeatureSet, Importance};

/// Looks for the cheapest set of rungs after which a request uses nothing that is blocked.
///
/// The order of [`Cost`] is additive and the ladders of different features touch only where one rung settles several:
/// so those few are tried in every combination, and every other feature is settled by itself. The tests hold this
/// against a search through every subset of rungs.
pub(crate) struct Chooser<'n> {
    pub(crate) needs: &'n Requirements,
    /// What the request may not use.
    pub(crate) blocked: FeatureSet,
    /// What no rung may leave behind, because the target has no form for it: within its own protocol a request can
    /// hold what a made one cannot say.
    pub(crate) unspoken: FeatureSet,
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

/// How many rungs that settle several features are tried in every combination; a request that could use more of them
/// gets a way down that works and may not be the cheapest.
const MOST_JOINT: usize = 5;

/// The features that have one way down, a drop that touches no other feature, or none: no search is spent on them.
static PLAIN: LazyLock<FeatureSet> = LazyLock::new(|| {
    let plain = |rung: &Rung| rung.rewrite == Rewrite::Drop && rung.also.is_empty() && rung.gains.is_empty();
    Feature::ALL.iter().copied().filter(|feature| rungs(*feature).all(|rung| plain(&rung))).collect()
});

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

    fn rank(&self) -> (usize, Cost) {
        (self.stuck.len(), cost(self.picks.iter().copied()))
    }

    pub(crate) fn raises_output(&self) -> bool {
        self.picks.iter().any(|pick| pick.rung.rewrite == Rewrite::RaiseMaxOutput)
    }

    /// The most effort that a step makes of a budget or of adaptive reasoning, and how important that is.
    pub(crate) fn most_effort(&self) -> Option<(Effort, Importance)> {
        let makes = [Rewrite::BudgetToEffort, Rewrite::AdaptiveToEffort];
        let made = self.picks.iter().filter(|pick| makes.contains(&pick.rung.rewrite));
        made.map(|pick| (Effort::High, pick.importance)).max()
    }

    /// Whether the limit on the answer's length goes altogether.
    pub(crate) fn drops_output(&self) -> bool {
        let limits = [Feature::MaxOutputTokens, Feature::MaxOutputTokensSmall];
        self.picks.iter().any(|pick| pick.rung.rewrite == Rewrite::Drop && limits.contains(&pick.rung.feature))
    }
}

impl Chooser<'_> {
    pub(crate) fn choose(&self) -> Choice {
        let joint = self.joint();
        let open = self.needs.features().intersection(self.blocked);
        let mut features: Vec<Feature> = open.difference(*PLAIN).iter().collect();
        let forwards = self.best(&joint, &features);
        features.reverse();
        // What one feature's way leaves behind another's may remove anyway: so the later of two looks at the earlier.
        let backwards = self.best(&joint, &features);
        if backwards.rank() < forwards.rank() { backwards } else { forwards }
    }

    fn best(&self, joint: &[Vec<Pick>], features: &[Feature]) -> Choice {
        let starts = (1_u32..1 << joint.len()).map(|mask| self.from(&chosen(joint, mask), features));
        starts.fold(self.from(&[], features), |best, next| if next.rank() < best.rank() { next } else { best })
    }

    /// The ways that settle several blocked features at once: none for most requests, one for the rest.
    fn joint(&self) -> Vec<Vec<Pick>> {
        let blocked = self.needs.features().intersection(self.blocked);
        let mut joint: Vec<Vec<Pick>> = Vec::new();
        for rung in TABLE.iter().filter(|rung| blocked.contains(rung.feature)) {
            let same = |way: &Vec<Pick>| way.first().is_some_and(|pick| pick.rung.settles_like(rung));
            if rung.removes().intersection(blocked).len() > 1 && joint.len() < MOST_JOINT && !joint.iter().any(same) {
                joint.extend(self.way(*rung, Importance::Cosmetic, FeatureSet::EMPTY));
            }
        }
        joint
    }

    /// Settles what these picks leave open, each feature by itself, and takes out what became superfluous.
    fn from(&self, start: &[Pick], features: &[Feature]) -> Choice {
        let mut picks = start.to_vec();
        let mut stuck = FeatureSet::EMPTY;
        for feature in features {
            self.settle(*feature, self.needs.importance(*feature), &mut picks, &mut stuck);
        }
        self.prune(&mut picks);
        self.drop_plainly(&mut picks, &mut stuck);
        if self.bares_prefill(&picks) {
            self.settle(Feature::Prefill, Feature::Prefill.importance(), &mut picks, &mut stuck);
        }
        let picks = merged(picks);
        let left = self.left(&picks);
        Choice { picks, stuck, left }
    }

    /// Settles the features that have one way down and touch no other.
    fn drop_plainly(&self, picks: &mut Vec<Pick>, stuck: &mut FeatureSet) {
        let open = self.needs.features().intersection(self.blocked).intersection(*PLAIN);
        for feature in open.difference(removed(picks)).iter() {
            let importance = self.needs.importance(feature);
            match rungs(feature).next() {
                Some(rung) if self.degradation.permits(rung.rewrite.class(), importance) => {
                    picks.push(Pick { rung, importance });
                }
                _ => stuck.insert(feature),
            }
        }
    }

    /// What the request will use after these.
    pub(crate) fn left(&self, picks: &[Pick]) -> FeatureSet {
        let removed = removed(picks);
        let mut left = self.needs.features().union(self.gained(picks)).difference(removed);
        if self.bares_prefill(picks) && !removed.contains(Feature::Prefill) {
            left.insert(Feature::Prefill);
        }
        left
    }

    /// What these leave behind of their own.
    fn gained(&self, picks: &[Pick]) -> FeatureSet {
        let used = self.needs.features();
        let kept = used.difference(removed(picks));
        let gains = |pick: &Pick| pick.rung.gains(used, kept, &self.needs.shape);
        picks.iter().fold(FeatureSet::EMPTY, |gained, pick| gained.union(gains(pick)))
    }

    /// What of these features the request may not use, or not begin to use.
    fn barred(&self, left: FeatureSet) -> FeatureSet {
        let begun = left.difference(self.needs.features());
        left.intersection(self.blocked).union(begun.intersection(self.unspoken))
    }

    /// Whether these leave an assistant's text at the end of the conversation, where something stood behind it.
    fn bares_prefill(&self, picks: &[Pick]) -> bool {
        let behind = self.needs.shape.behind_last_text;
        let takes = |pick: &&Pick| pick.rung.rewrite == Rewrite::Drop || BECOME_TEXT.contains(&pick.rung.feature);
        let mut gone = picks.iter().filter(takes).fold(FeatureSet::EMPTY, |gone, pick| gone.union(pick.rung.removes()));
        if gone.contains(Feature::ToolCalls) {
            // What was made a plain call first went with the plain calls.
            let plain = [Feature::CustomToolCall, Feature::LegacyFunctions].into_iter().collect();
            gone = gone.union(removed(picks).intersection(plain));
        }
        !behind.is_empty() && behind.difference(gone).is_empty()
    }

    fn settle(&self, feature: Feature, importance: Importance, picks: &mut Vec<Pick>, stuck: &mut FeatureSet) {
        if removed(picks).contains(feature) || !self.blocked.contains(feature) {
            return;
        }
        match self.cheapest(feature, importance, FeatureSet::EMPTY, picks) {
            Some(way) => picks.extend(way),
            None => stuck.insert(feature),
        }
    }

    /// The rungs down from `feature` that add least to what was picked, and do not come back to one of those `above`.
    fn cheapest(
        &self,
        feature: Feature,
        importance: Importance,
        mut above: FeatureSet,
        picked: &[Pick],
    ) -> Option<Vec<Pick>> {
        above.insert(feature);
        let mut ways: Vec<_> = rungs(feature).filter_map(|rung| self.way(rung, importance, above)).collect();
        if ways.len() < 2 {
            return ways.pop();
        }
        // Of two that cost the same, the one that settles more is the cheaper in the end.
        let open = self.needs.features().intersection(self.blocked);
        let settles = |way: &[Pick]| removed(way).intersection(open).len();
        let with = |way: &[Pick]| cost(merged(picked.iter().chain(way).copied().collect()));
        ways.into_iter().min_by_key(|way| (with(way), Reverse(settles(way))))
    }

    /// One rung, and what its gains cost where they are blocked too.
    fn way(&self, rung: Rung, importance: Importance, above: FeatureSet) -> Option<Vec<Pick>> {
        if !rung.applies(&self.needs.shape) {
            return None;
        }
        let used = self.needs.features();
        let removes = rung.removes();
        let touched = self.needs.most_important(removes);
        let importance = touched.map_or(importance, |touched| touched.max(importance));
        if !self.degradation.permits(rung.rewrite.class(), importance) {
            return None;
        }
        let mut way = vec![Pick { rung, importance }];
        let kept = used.difference(self.blocked).difference(removes);
        let gains = rung.gains(used, kept, &self.needs.shape);
        let gains = gains.intersection(self.blocked).union(gains.intersection(self.unspoken).difference(used));
        if !gains.intersection(above).is_empty() {
            return None;
        }
        // Also where the request uses it already: what is left behind there is as important as what it stands for.
        for gain in gains.iter() {
            way.extend(self.cheapest(gain, importance.max(gain.importance()), above, &[])?);
        }
        Some(way)
    }

    /// Takes out, the dearest first, what is not needed beside the rest.
    fn prune(&self, picks: &mut Vec<Pick>) {
        let clear = |picks: &[Pick]| self.barred(self.left(picks));
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
    }
}

/// The ways whose bits are set, as one.
fn chosen(ways: &[Vec<Pick>], mask: u32) -> Vec<Pick> {
    let set = |bit: usize| mask >> bit & 1 == 1;
    ways.iter().enumerate().filter(|(bit, _)| set(*bit)).flat_map(|(_, way)| way.iter().copied()).collect()
}

/// Each pick once, at its highest importance, in the order of application.
fn merged(mut picks: Vec<Pick>) -> Vec<Pick> {
    picks.sort_by_key(|pick| (pick.rung.rewrite, pick.rung.feature, Reverse(pick.importance)));
    picks.dedup_by_key(|pick| (pick.rung.rewrite, pick.rung.feature));
    picks
}

fn cost(picks: impl IntoIterator<Item = Pick>) -> Cost {
    picks.into_iter().map(|pick| pick.cost()).sum()
}

fn removed(picks: &[Pick]) -> FeatureSet {
    picks.iter().fold(FeatureSet::EMPTY, |removed, pick| removed.union(pick.rung.removes()))
}

#[cfg(test)]
mod tests;
