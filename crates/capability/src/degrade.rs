use crate::ladder::rungs;
use crate::rewrite::{drop_features, rewrite};
use crate::tree::Tree;
use crate::{Rewrite, Step, Supplies};
use switchback_ir::{Action, Entry, Feature, FeatureSet, Key, Ledger, Place, Request, Use};

/// Rounds after which steps have nothing left to do: a drop can bare what an earlier rewrite is for, once.
const ROUNDS: usize = 3;

/// Takes the steps of a degraded verdict, and says what became of every value that they touched.
///
/// The steps are taken in their own order, whatever the order of the slice; taking them twice equals taking them once,
/// with an empty ledger the second time. A request that needs none of it comes back as it is. Entries are in the order
/// of their places.
///
/// ```
/// use switchback_capability::{Offer, Policy, Requirements, apply, match_offer};
/// use switchback_ir::{Feature, Key, Owner, Protocol, RawJson, Request};
///
/// let mut request = Request::new("gpt-5");
/// request.set(Owner::Request, Key::Effort, RawJson::string("minimal"));
/// let needs = Requirements::of(&request);
/// let offer = Offer::unknown().no(Feature::ReasoningEffortMinimal);
/// let verdict = match_offer(&needs, None, Protocol::Chat, &offer, Policy::default());
///
/// let (degraded, ledger) = apply(&request, verdict.steps());
/// assert_eq!(degraded.option(Key::Effort).map(|effort| effort.value.as_str()), Some("\"low\""));
/// assert_eq!(ledger.entries()[0].feature, Feature::ReasoningEffortMinimal);
/// assert_eq!(apply(&degraded, verdict.steps()).0, degraded);
/// ```
pub fn apply<'a>(request: &Request<'a>, steps: &[Step]) -> (Request<'a>, Ledger) {
    apply_with(request, steps, &Supplies::new())
}

/// [`apply`] for a caller that holds substitutes: the steps `url_to_bytes` and `file_to_text` put them in.
pub fn apply_with<'a>(request: &Request<'a>, steps: &[Step], supplies: &Supplies<'a>) -> (Request<'a>, Ledger) {
    if steps.is_empty() {
        return (request.clone(), Ledger::new());
    }
    let mut steps: Vec<(Rewrite, Feature)> = steps.iter().map(|step| (step.rewrite, step.feature)).collect();
    steps.sort_unstable();
    steps.dedup();
    let drops = steps.iter().filter(|(rewrite, _)| *rewrite == Rewrite::Drop);
    let drops = drops.fold(FeatureSet::EMPTY, |drops, (rewrite, feature)| drops.union(touched(*rewrite, *feature)));
    let mut ledger = Ledger::new();
    let mut current = request.clone();
    for _ in 0..ROUNDS {
        let mut next = current.clone();
        // One rewrite may have been chosen for several features: it is taken once, and reported for each of them.
        for chosen in steps.chunk_by(|before, after| before.0 == after.0) {
            next = take(next, chosen, supplies, &mut ledger);
        }
        next = leave_out(next, drops, &mut ledger);
        if next == current {
            break;
        }
        current = next;
    }
    ledger.sort();
    (current, ledger)
}

fn take<'a>(
    request: Request<'a>,
    chosen: &[(Rewrite, Feature)],
    supplies: &Supplies<'a>,
    ledger: &mut Ledger,
) -> Request<'a> {
    let Some((step, feature)) = chosen.first().copied().filter(|(step, _)| *step != Rewrite::Drop) else {
        return request;
    };
    let touched = chosen.iter().fold(FeatureSet::EMPTY, |all, (step, feature)| all.union(touched(*step, *feature)));
    let mut tree = Tree::of(&request);
    rewrite(&mut tree, step, supplies);
    let next = tree.into_request();
    if next == request {
        return request;
    }
    // A lower limit is still a limit: nothing ceases to be used, and the value changes all the same.
    let keeps = matches!(step, Rewrite::LowerMaxOutput(_) | Rewrite::ClampTemperature(_) | Rewrite::LowerEffort(_));
    let still = if keeps { Vec::new() } else { uses(&next, touched) };
    for used in uses(&request, touched) {
        if !still.contains(&used) && !chosen_alike(used, &request, &next) {
            record(ledger, &request, used, Action::Degraded, step.about());
        }
    }
    unlisted(&request, &next, (step, feature), touched, ledger);
    next
}

/// Whether a choice says the same after all: any tool, or none, among other tools.
fn chosen_alike(used: Use, request: &Request<'_>, next: &Request<'_>) -> bool {
    request.tool_choice_feature() == Some(used.feature) && request.tool_choice == next.tool_choice
}

/// Tools that a step takes off the list, and what goes with the last of them: the choice, the limit on parallel calls.
fn unlisted(
    request: &Request<'_>,
    next: &Request<'_>,
    (step, feature): (Rewrite, Feature),
    touched: FeatureSet,
    ledger: &mut Ledger,
) {
    for tool in &request.tools {
        if !next.tools.iter().any(|left| left.place == tool.place) {
            record(ledger, request, Use { feature, place: tool.place }, Action::Degraded, step.about());
        }
    }
    if next.tool_choice.is_none()
        && let (Some(choice), Some(gone)) = (&request.tool_choice, request.tool_choice_feature())
        && !touched.contains(gone)
    {
        record(ledger, request, Use { feature: gone, place: choice.place }, Action::Dropped, "");
    }
    if next.option(Key::ParallelToolCalls).is_none()
        && let Some(limit) = request.option(Key::ParallelToolCalls)
        && let Some(feature) = request.feature_of(limit)
        && !touched.contains(feature)
    {
        record(ledger, request, Use { feature, place: limit.place }, Action::Dropped, "");
    }
}

fn leave_out<'a>(request: Request<'a>, drops: FeatureSet, ledger: &mut Ledger) -> Request<'a> {
    let dropped = uses(&request, drops);
    if dropped.is_empty() {
        return request;
    }
    for used in dropped {
        record(ledger, &request, used, Action::Dropped, "");
    }
    drop_features(&request, drops)
}

/// What a rewrite takes out of a request when it is chosen for `feature`.
fn touched(rewrite: Rewrite, feature: Feature) -> FeatureSet {
    let removes = rungs(feature).find(|rung| rung.rewrite == rewrite).map(|rung| rung.removes());
    removes.unwrap_or_else(|| [feature].into_iter().collect())
}

fn uses(request: &Request<'_>, of: FeatureSet) -> Vec<Use> {
    let mut found = Vec::new();
    request.uses_among(of, &mut |used| found.push(used));
    found
}

/// What an earlier step made has no place in the source, and was reported by that step.
fn record(ledger: &mut Ledger, request: &Request<'_>, used: Use, action: Action, detail: &'static str) {
    if used.place != Place::NONE || request.origin.is_none() {
        ledger.push(Entry { place: used.place, target: None, feature: used.feature, action, detail });
    }
}
