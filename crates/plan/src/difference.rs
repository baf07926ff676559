use serde::Serialize;
use switchback_units::Money;

use crate::{Attempt, Plan, PlannedLeg, phrase};

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
    /// What the policy changes in the request for it: `drop logit_bias`, `set max_tokens = 512`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rewrites: Option<Change<Vec<String>>>,
    /// Whether its provider must keep nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stateless: Option<Change<bool>>,
    /// The ids of the credential scopes that it may use.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub credentials: Option<Change<Vec<String>>>,
    /// What holds for it beyond the default: which failures lead on, retries, limits of time, when the request is given
    /// up.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rules: Option<Change<Vec<String>>>,
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
    /// What `after` does otherwise than `before`; `None` where the first attempt is the same, and so are the endpoints
    /// after it and their order. What else is otherwise for those, whose turn may never come, is not told.
    pub fn between(before: &Plan, after: &Plan) -> Option<Self> {
        let refusal = |plan: &Plan| plan.refusal().map(crate::Refusal::code);
        let difference = Self {
            route: Change::between(first(before, route), first(after, route)),
            cost: Change::between(first(before, cost), first(after, cost)),
            steps: Change::between(first(before, steps), first(after, steps)),
            rewrites: Change::between(rewrites(before), rewrites(after)),
            stateless: Change::between(first(before, stateless), first(after, stateless)),
            credentials: Change::between(first(before, credentials), first(after, credentials)),
            rules: Change::between(rules(before), rules(after)),
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

const fn stateless(attempt: &Attempt) -> bool {
    attempt.stateless
}

fn credentials(attempt: &Attempt) -> Vec<String> {
    attempt.credentials.clone()
}

/// The leg of the first attempt.
fn leg(plan: &Plan) -> Option<&PlannedLeg> {
    plan.legs().get(plan.attempts().first()?.leg)
}

fn rewrites(plan: &Plan) -> Vec<String> {
    leg(plan).into_iter().flat_map(|leg| &leg.rewrites).flat_map(phrase::changes).collect()
}

fn rules(plan: &Plan) -> Vec<String> {
    let Some(leg) = leg(plan) else { return Vec::new() };
    let given_up = phrase::give_up(plan.give_up()).map(|when| format!("given up {when}"));
    phrase::rules(&leg.rules).into_iter().chain(given_up).collect()
}

fn fallbacks(plan: &Plan) -> Vec<String> {
    plan.attempts().iter().skip(1).map(route).collect()
}

#[cfg(test)]
mod tests {
    use switchback_catalog::Catalog;
    use switchback_ir::Request;
    use switchback_units::Timestamp;

    use super::*;
    use crate::{Caller, Demand, Inputs, Inventory, Policy, Signals, plan};

    fn under(policy: &str) -> Plan {
        let inventory: Inventory = serde_json::from_str(
            r#"{"scopes": [{"id": "a", "reaches": ["openai"], "terms": {"zero_retention": true}},
                {"id": "b", "reaches": ["openai"], "terms": {"zero_retention": true, "attributes": ["sworn"]}}]}"#,
        )
        .unwrap();
        plan(&Inputs {
            demand: &Demand::of(&Request::new("gpt-5-mini")),
            catalog: &Catalog::embedded(),
            policy: &Policy::from_toml(policy).unwrap(),
            inventory: Some(&inventory),
            caller: &Caller::default(),
            signals: Signals::default(),
            now: Timestamp::from_millis(1_795_000_000_000),
            seed: 0,
            overlay: None,
            rewriter: None,
            ownership: None,
            lean: false,
        })
    }

    /// One policy changes one thing of the first attempt, and that is what is told.
    #[test]
    fn each_thing_that_a_policy_changes_of_an_attempt_is_told() {
        let before = under("");
        for (policy, expected) in [
            (
                "rewrite = { drop = ['logit_bias'], set = { max_tokens = 512 } }",
                r#"{"rewrites":{"before":[],"after":["drop logit_bias","set max_tokens = 512"]}}"#,
            ),
            ("require.zero_retention = true", r#"{"stateless":{"before":false,"after":true}}"#),
            ("require.attributes = ['sworn']", r#"{"credentials":{"before":["a","b"],"after":["b"]}}"#),
            (
                "retry = { attempts = 2, on = [429] }",
                r#"{"rules":{"before":[],"after":["retry twice on 429, waiting 500 ms to 8 s"]}}"#,
            ),
            ("give_up = { after_attempts = 3 }", r#"{"rules":{"before":[],"after":["given up after 3 attempts"]}}"#),
        ] {
            let difference = Difference::between(&before, &under(policy)).unwrap_or_default();
            assert_eq!(serde_json::to_string(&difference).unwrap(), expected, "{policy}");
        }
        assert_eq!(Difference::between(&before, &under("version = 'new'")), None);
    }
}
