use crate::matching::Barrier;
use crate::{Cause, Degradation, Requirements, Rewrite, Step, TokenBounds, apply};
use switchback_ir::{Action, Entry, Feature, Key, Ledger, Protocol, RawJson, Request, TargetFacts};

/// Makes a request sayable in `target` where the two protocols mean different things: what a conversion does between
/// decoding and encoding.
///
/// It is a match against a target that has everything its protocol can say, with every degradation permitted, and the
/// steps taken that put one meaning in the place of another: effort `minimal`, budgets, system messages in the middle,
/// custom tools, images in tool results. What no step replaces stays in the request, for the encoder to drop or refuse
/// with an entry of its own. A limit on the answer below the least of `facts` is raised to it. Within the request's own
/// protocol nothing changes.
///
/// ```
/// use switchback_capability::fit;
/// use switchback_ir::{Key, Owner, Protocol, RawJson, Request, TargetFacts};
///
/// let mut request = Request::new("claude");
/// request.set(Owner::Request, Key::Effort, RawJson::string("minimal"));
/// let (request, ledger) = fit(request, Protocol::Messages, &TargetFacts::default());
/// assert_eq!(request.option(Key::Effort).map(|effort| effort.value.as_str()), Some("\"low\""));
/// assert_eq!(ledger.entries().len(), 1);
/// ```
pub fn fit<'a>(request: Request<'a>, target: Protocol, facts: &TargetFacts) -> (Request<'a>, Ledger) {
    if request.origin == Some(target) {
        return (request, Ledger::new());
    }
    let (request, raised) = raise_output(request, facts);
    let (request, mut ledger) = fit_features(request, target, facts);
    for entry in raised {
        ledger.push(entry);
    }
    ledger.sort();
    (request, ledger)
}

/// A limit on the answer's length below the least that the target takes becomes that.
fn raise_output<'a>(mut request: Request<'a>, facts: &TargetFacts) -> (Request<'a>, Vec<Entry>) {
    let (detail, feature) =
        ("a limit on the answer below the target's least, which it becomes", Feature::MaxOutputTokensSmall);
    let mut entries = Vec::new();
    let Some(least) = facts.min_output_tokens else { return (request, entries) };
    for field in &mut request.fields {
        let limit = matches!(field.key(), Some(Key::MaxOutputTokens | Key::LegacyMaxTokens));
        if limit && field.value.as_u64().is_some_and(|asked| asked < least) {
            field.value = RawJson::number(least);
            entries.push(Entry { place: field.place, target: None, feature, action: Action::Degraded, detail });
        }
    }
    (request, entries)
}

/// What of a fit depends on features alone.
fn fit_features<'a>(request: Request<'a>, target: Protocol, facts: &TargetFacts) -> (Request<'a>, Ledger) {
    let barrier = Barrier::of_protocol(request.origin, target, facts);
    if request.features().intersection(barrier.blocked).is_empty() {
        return (request, Ledger::new());
    }
    let needs = Requirements::read(&request, TokenBounds::default());
    let chooser = barrier.chooser(&needs, Degradation::Anything);
    let cause = |step: Step| Step { cause: Cause::NotExpressible, ..step };
    let steps: Vec<Step> =
        chooser.choose().steps(&needs).filter(|step| step.rewrite != Rewrite::Drop).map(cause).collect();
    if steps.is_empty() { (request, Ledger::new()) } else { apply(&request, &steps) }
}
