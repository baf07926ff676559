//! The chooser against a search through every subset of rungs.

use super::*;
use crate::ladder::{OF_THE_PROTOCOL, TABLE, rungs};
use crate::shape::RequestShape;
use proptest::prelude::*;
use proptest::sample::subsequence;
use switchback_ir::Request;

/// Requirements of nothing but these features, with a shape that such a request could have; `supplied` where the caller
/// has substitutes for all media, and the schema could be of an object.
fn needs(features: &[Feature], choice: Option<Feature>, supplied: bool) -> Requirements {
    let uses = |feature: Feature| features.contains(&feature);
    let effort = EXCLUSIVE.first().is_some_and(|group| group.iter().any(|feature| uses(*feature)));
    let custom = uses(Feature::ToolChoiceCustom);
    let shape = RequestShape {
        effort,
        choice_among_functions: if uses(Feature::ToolChoiceAllowed) {
            Some(Feature::ToolChoiceAllowed)
        } else {
            choice.filter(|_| custom)
        },
        choice_when_filtered: match choice {
            _ if !uses(Feature::ToolChoiceAllowed) => None,
            Some(Feature::ToolChoiceNamed) if uses(Feature::CustomTool) => Some(Feature::ToolChoiceCustom),
            choice => choice.map(|_| Feature::ToolChoiceRequired),
        },
        schema_fits_tool: supplied && !features.iter().any(|feature| BESIDE_A_TOOL.contains(feature)),
        supplied_bytes: MEDIA.iter().copied().filter(|_| supplied).collect(),
        supplied_text: MEDIA.iter().copied().filter(|_| supplied).collect(),
        ..RequestShape::default()
    };
    Requirements::of(&Request::default()).with_features(features.iter().copied().collect(), shape)
}

/// What a caller can have substitutes for.
const MEDIA: &[Feature] = &[Feature::ImageUrl, Feature::FileUrl, Feature::FileBase64, Feature::FileData];

/// What keeps a schema from becoming the one tool of a request.
const BESIDE_A_TOOL: &[Feature] = &[
    Feature::Tools,
    Feature::CustomTool,
    Feature::LegacyFunctions,
    Feature::ToolChoiceNone,
    Feature::ToolChoiceRequired,
    Feature::ToolChoiceNamed,
    Feature::ToolChoiceCustom,
    Feature::ToolChoiceAllowed,
    Feature::ParallelToolCallsOff,
    Feature::ParallelToolCallsUnused,
    Feature::StrictTools,
    Feature::ReasoningBudget,
    Feature::ReasoningAdaptive,
    Feature::Prefill,
];

/// Every rung that could be of use to these requirements, gains included.
fn reachable(needs: &Requirements, blocked: FeatureSet) -> Vec<Rung> {
    let used = needs.features();
    let mut open: Vec<Feature> = used.intersection(blocked).iter().collect();
    let (mut seen, mut found) = (FeatureSet::EMPTY, Vec::<Rung>::new());
    while let Some(feature) = open.pop() {
        if seen.contains(feature) {
            continue;
        }
        seen.insert(feature);
        for rung in rungs(feature).filter(|rung| rung.applies(&needs.shape)) {
            open.extend(rung.gains.iter().map(|gain| gain.feature).filter(|gain| blocked.contains(*gain)));
            found.push(rung);
        }
    }
    found
}

/// The least cost of any subset of rungs that leaves nothing blocked, by trying them all.
fn oracle(chooser: &Chooser<'_>, rungs: &[Rung]) -> Option<Cost> {
    let used = chooser.needs.features();
    (0_u32..1 << rungs.len())
        .filter_map(|mask| {
            let subset = rungs.iter().enumerate().filter(|(bit, _)| mask >> bit & 1 == 1).map(|(_, rung)| *rung);
            let picks: Vec<Pick> = weighed(chooser, subset.collect());
            let permitted =
                picks.iter().all(|pick| chooser.degradation.permits(pick.rung.rewrite.class(), pick.importance));
            let clear = chooser.barred(chooser.left(&picks)).is_empty();
            // A rung is taken for what is in the way, never for what it would take along.
            let present = used.union(chooser.gained(&picks)).intersection(chooser.blocked);
            let idle = picks.iter().any(|pick| !present.contains(pick.rung.feature) && !revealed(pick));
            (permitted && clear && !idle).then(|| picks.iter().map(Pick::cost).sum())
        })
        .min()
}

/// A drop that takes what would reveal its feature along leaves no trace of it.
fn revealed(pick: &Pick) -> bool {
    pick.rung.rewrite == Rewrite::Drop && pick.rung.feature == Feature::ReasoningOff
}

/// The importance of a rung is that of the most important feature that it removes; what another rung left behind is as
/// important as what that one removed.
fn weighed(chooser: &Chooser<'_>, rungs: Vec<Rung>) -> Vec<Pick> {
    let used = chooser.needs.features();
    let mut picks: Vec<Pick> = rungs
        .into_iter()
        .map(|rung| Pick {
            rung,
            importance: chooser.needs.most_important(rung.removes()).unwrap_or(Importance::Cosmetic),
        })
        .collect();
    for _ in 0..picks.len() {
        let before = picks.clone();
        for pick in &mut picks {
            let kept = used.difference(removed(&before));
            let inherited = before.iter().filter_map(|other| {
                let left = other.rung.gains(used, kept, &chooser.needs.shape).intersection(pick.rung.removes());
                left.iter().map(|gain| gain.importance().max(other.importance)).max()
            });
            let inherited = inherited.max();
            pick.importance = pick.importance.max(inherited.unwrap_or(Importance::Cosmetic));
        }
    }
    picks
}

/// Features whose ladders are longer than a drop, or touch each other.
fn interesting() -> Vec<Feature> {
    let mut all: Vec<Feature> = TABLE.iter().flat_map(|rung| rung.also.iter().copied().chain([rung.feature])).collect();
    all.extend([Feature::Seed, Feature::StopSequences, Feature::SeveralChoices]);
    all.sort_unstable();
    all.dedup();
    // Never blocked; and a value that counts only once another is gone, which is settled when it does.
    let apart = [Feature::SystemBoundaries, Feature::StrictByDefault, Feature::ReasoningOffIgnored];
    all.retain(|feature| !apart.contains(feature));
    all
}

/// Features of which a request has one at most, since one field says which.
const EXCLUSIVE: &[&[Feature]] = &[
    &[Feature::ReasoningEffort, Feature::ReasoningEffortMinimal, Feature::ReasoningEffortOther, Feature::ReasoningOff],
    &[
        Feature::ToolChoiceNone,
        Feature::ToolChoiceRequired,
        Feature::ToolChoiceNamed,
        Feature::ToolChoiceCustom,
        Feature::ToolChoiceAllowed,
    ],
    &[Feature::ReasoningOff, Feature::ReasoningBudget, Feature::ReasoningAdaptive],
    &[Feature::JsonSchema, Feature::JsonObject],
    &[Feature::JsonSchemaStrict, Feature::JsonSchemaLoose],
    &[Feature::MaxOutputTokens, Feature::MaxOutputTokensSmall],
];

/// Features that a request has only together with another.
const IMPLIED: &[(Feature, Feature)] = &[
    (Feature::StrictTools, Feature::Tools),
    (Feature::ToolChoiceNone, Feature::Tools),
    (Feature::ToolChoiceRequired, Feature::Tools),
    (Feature::ToolChoiceNamed, Feature::Tools),
    (Feature::ToolChoiceCustom, Feature::CustomTool),
    (Feature::JsonSchemaName, Feature::JsonSchema),
    (Feature::JsonSchemaDescription, Feature::JsonSchema),
    (Feature::JsonSchemaStrict, Feature::JsonSchema),
    (Feature::JsonSchemaLoose, Feature::JsonSchema),
];

/// The features with those that they imply.
fn completed(mut used: Vec<Feature>) -> Vec<Feature> {
    let implied = IMPLIED.iter().filter(|(feature, _)| used.contains(feature)).map(|(_, implied)| *implied);
    used.extend(implied.collect::<Vec<_>>());
    used.sort_unstable();
    used.dedup();
    used
}

fn can_be(used: &[Feature]) -> bool {
    EXCLUSIVE.iter().all(|group| group.iter().filter(|feature| used.contains(feature)).count() <= 1)
}

fn importances() -> impl Strategy<Value = Vec<Importance>> {
    let one = proptest::sample::select(vec![Importance::Required, Importance::Preferred, Importance::Cosmetic]);
    proptest::collection::vec(one, 12)
}

fn choices() -> impl Strategy<Value = Option<Feature>> {
    let kinds = [Feature::ToolChoiceNone, Feature::ToolChoiceRequired, Feature::ToolChoiceNamed];
    proptest::option::of(proptest::sample::select(kinds.to_vec()))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn no_subset_of_rungs_is_cheaper(
        used in subsequence(interesting(), 1..6).prop_map(completed).prop_filter("one field says one thing", |used| can_be(used)),
        barred in subsequence(interesting(), 0..30),
        own in any::<bool>(),
        importances in importances(),
        anything in any::<bool>(),
        choice in choices(),
        supplied in any::<bool>(),
    ) {
        let mut needs = needs(&used, choice, supplied);
        if own {
            for (feature, importance) in used.iter().zip(importances) {
                needs = needs.with_importance(*feature, importance);
            }
        }
        let degradation = if anything { Degradation::Anything } else { Degradation::KeepRequired };
        // Half of what is used is blocked too, or most cases would be full matches.
        let blocked: FeatureSet = barred.into_iter().chain(used.iter().copied().step_by(2)).collect();
        let blocked = blocked.difference(OF_THE_PROTOCOL.iter().copied().collect());
        let chooser = Chooser { needs: &needs, blocked, unspoken: FeatureSet::EMPTY, degradation };
        let rungs = reachable(&needs, blocked);
        prop_assume!(rungs.len() <= 10);
        let choice = chooser.choose();
        let found = choice.stuck.is_empty().then(|| choice.picks.iter().map(Pick::cost).sum::<Cost>());
        prop_assert_eq!(found, oracle(&chooser, &rungs), "{:?}", choice.picks.iter().map(|p| (p.rung.rewrite, p.rung.feature)).collect::<Vec<_>>());
    }
}
