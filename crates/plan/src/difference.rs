use serde::Serialize;
use switchback_units::Money;

use crate::{Attempt, Plan};

/// What is otherwise for one request under another policy. What is the same is left out.
///
/// ```
/// use switchback_catalog::Catalog;
/// use switchback_plan::{Caller, Demand, Difference, Inputs, Policy, Signals, plan};
/// use switchback_units::Timestamp;
///
/// let (demand, catalog) = (Demand::of(&switchback_ir::Request::new("gpt-5-mini")), Catalog::embedded());
/// let under = |policy: &str| {
///     plan(&Inputs {
///         demand: &demand,
///         catalog: &catalog,
///         policy: &Policy::from_toml(policy).expect("a policy"),
///         inventory: None,
///         caller: &Caller::default(),
///         signals: Signals::default(),
///         now: Timestamp::from_millis(1_795_000_000_000),
///         seed: 0,
///         overlay: None,
///         rewriter: None,
///         ownership: None,
///         lean: false,
///     })
/// };
/// let (before, after) = (under("order = ['openai']"), under("order = ['azure']"));
/// let difference = Difference::between(&before, &after).expect("another route");
/// assert!(difference.route.expect("a change").after.starts_with("azure-openai gpt-5-mini"));
/// assert_eq!(Difference::between(&before, &before), None);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Difference {
    /// The first endpoint to try, by its canonical text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub route: Option<Change<String>>,
    /// What the first attempt is expected to cost; none where that is unknown or nothing is tried.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cost: Option<Change<Option<Money>>>,
    /// The steps that degrade the request for it: `drop seed`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub steps: Option<Change<Vec<String>>>,
    /// Why it is refused; none where it is not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refusal: Option<Change<Option<&'static str>>>,
    /// What is tried after the first, in order.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fallbacks: Option<Change<Vec<String>>>,
}

/// A value that is another one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[expect(clippy::exhaustive_structs, reason = "before and after, and nothing to add")]
pub struct Change<T> {
    /// Under the first policy.
    pub before: T,
    /// Under the second.
    pub after: T,
}

impl<T: PartialEq> Change<T> {
    fn between(before: T, after: T) -> Option<Self> {
        (before != after).then_some(Self { before, after })
    }
}

impl Difference {
    /// What `after` does otherwise than `before`; `None` where neither a person nor a bill could tell.
    pub fn between(before: &Plan, after: &Plan) -> Option<Self> {
        let refusal = |plan: &Plan| plan.refusal().map(crate::Refusal::code);
        let difference = Self {
            route: Change::between(first(before, route), first(after, route)),
            cost: Change::between(first(before, cost), first(after, cost)),
            steps: Change::between(first(before, steps), first(after, steps)),
            refusal: Change::between(refusal(before), refusal(after)),
            fallbacks: Change::between(fallbacks(before), fallbacks(after)),
        };
        (difference != Self::default()).then_some(difference)
    }
}

fn first<T: Default>(plan: &Plan, of: fn(&Attempt) -> T) -> T {
    plan.attempts().first().map(of).unwrap_or_default()
}

fn route(attempt: &Attempt) -> String {
    attempt.endpoint.canonical().to_owned()
}

fn cost(attempt: &Attempt) -> Option<Money> {
    attempt.cost.map(|cost| cost.expected)
}

fn steps(attempt: &Attempt) -> Vec<String> {
    attempt.steps().iter().map(|step| format!("{} {}", step.name(), step.feature)).collect()
}

fn fallbacks(plan: &Plan) -> Vec<String> {
    plan.attempts().iter().skip(1).map(route).collect()
}
