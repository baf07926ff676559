//! What planning promises, whatever the policy: of text that is one, in TOML or JSON.

use std::collections::BTreeSet;

use switchback_catalog::{Billing, Catalog, PriceKind, Providers, Row};
use switchback_ir::{ErrorClass, Key, Owner, Protocol, RawJson, Request, Role, Shape, Text};
use switchback_plan::{
    Attempt, Caller, Cursor, Demand, Difference, Inputs, Itinerary, Outcome, Plan, Policy, Signals, Step, lint, plan,
    plan_recorded,
};
use switchback_units::{Rate, Timestamp};

const NOW: Timestamp = Timestamp::from_millis(1_795_000_000_000);

/// More steps than any walk takes: a plan has at most some attempts an endpoint, each asked again a few times.
const MOST_STEPS: usize = 100_000;

/// Whether the text was a policy, having held what planning promises against it.
///
/// # Panics
/// Where a promise is broken.
pub fn promises(text: &str) -> bool {
    let read = if text.trim_start().starts_with('{') { Policy::from_json } else { Policy::from_toml };
    let policy = match read(text) {
        Ok(policy) => policy,
        Err(error) => {
            assert!(!error.to_string().is_empty());
            return false;
        }
    };
    let written = serde_json::to_string(&policy).expect("a policy is written");
    assert_eq!(Policy::from_json(&written).expect("what was written is read"), policy, "{written}");
    let catalog = catalog();
    lint(&policy, &catalog);
    if policy.check().is_ok() {
        for request in requests() {
            plans(&policy, &catalog, &Demand::of(&request));
        }
    }
    true
}

fn plans(policy: &Policy, catalog: &Catalog, demand: &Demand) {
    let caller = Caller::default();
    let inputs = |lean| Inputs {
        demand,
        catalog,
        policy,
        inventory: None,
        caller: &caller,
        signals: Signals::default(),
        now: NOW,
        seed: 7,
        overlay: None,
        rewriter: None,
        ownership: None,
        lean,
    };
    let (whole, record) = plan_recorded(&inputs(false));
    let again = plan(&inputs(false));
    assert_eq!(serde_json::to_string(&whole).expect("text"), serde_json::to_string(&again).expect("text"));
    assert_eq!(Difference::between(&whole, &again), None);
    if let Ok(replayed) = record.replay() {
        assert_eq!(replayed, whole, "a replay is another plan");
    }
    let tried = |plan: &Plan| plan.attempts().iter().map(Attempt::id).collect::<Vec<_>>();
    assert_eq!(tried(&whole), tried(&plan(&inputs(true))), "a lean plan tries something else");

    let ids: BTreeSet<_> =
        tried(&whole).into_iter().chain(whole.excluded().iter().map(|out| out.endpoint.id())).collect();
    let listed = whole.attempts().len() + whole.excluded().len();
    assert_eq!(ids.len(), listed, "an endpoint is there twice");
    assert_eq!(listed + whole.others(), catalog.endpoints().len(), "an endpoint is not accounted for");
    assert_eq!(whole.refusal().is_some(), whole.attempts().is_empty());
    for attempt in whole.attempts() {
        let Attempt { endpoint, .. } = attempt;
        let is_denied = policy.settings.rules.deny.iter().any(|denied| {
            // Which region or scope it names, nobody outside is told.
            let is_anywhere = denied.parts().2.is_none() && !denied.to_string().contains('@');
            is_anywhere && denied.matches(endpoint.provider(), endpoint.upstream_id(), endpoint.family())
        });
        assert!(!is_denied, "{} is tried", endpoint.canonical());
        assert!(attempt.leg < whole.legs().len() && attempt.verdict.cost().is_some());
    }
    assert!(!whole.to_string().is_empty() && whole.to_html().starts_with("<!"));
    for class in [ErrorClass::Server, ErrorClass::RateLimitRequests, ErrorClass::ContextOverflow] {
        walk(&whole, class);
    }
}

/// A walk on which everything fails ends, and tries nothing that the plan does not.
fn walk(plan: &Plan, class: ErrorClass) {
    let mut cursor = Cursor::new(Itinerary::from(plan));
    let mut now = NOW;
    for _ in 0..MOST_STEPS {
        match cursor.next(now) {
            Step::Attempt(id) => cursor.report(id, Outcome::failed(class), now).expect("it was just begun"),
            Step::Wait(until) => {
                assert!(until > now, "a wait that is over");
                now = until;
            }
            Step::Exhausted | Step::Done => return,
        }
    }
    panic!("a walk without an end");
}

fn requests() -> [Request<'static>; 2] {
    let mut plain = Request::new("m-small");
    plain.origin = Some(Protocol::Chat);
    plain.push_message(Role::User, Shape::Text, [Text::from("hello").into()]);
    let mut seeded = Request::new("beta/m-large");
    seeded.origin = Some(Protocol::Messages);
    seeded.set(Owner::Request, Key::Seed, RawJson::number(7));
    seeded.push_message(Role::User, Shape::Text, [Text::from("hello").into()]);
    [plain, seeded]
}

/// Two models at three hosts, one of them in two regions.
fn catalog() -> Catalog {
    let row = |provider: &str, model: &str, protocol, region: Option<&str>, price: u64| {
        let mut row = Row::new(provider, model);
        row.protocols = vec![protocol];
        row.billing = Billing::Metered;
        row.region = region.map(str::to_owned);
        row.prices.base.set(PriceKind::Input, Rate::from_pico_dollars(price));
        row.prices.base.set(PriceKind::Output, Rate::from_pico_dollars(price * 5));
        row
    };
    let rows = vec![
        row("alpha", "m-small", Protocol::Chat, None, 1_000_000),
        row("beta", "m-small", Protocol::Messages, Some("eu"), 900_000),
        row("beta", "m-small", Protocol::Messages, Some("us"), 800_000),
        row("gamma", "m-small", Protocol::Responses, None, 1_000_000),
        row("alpha", "m-large", Protocol::Chat, None, 3_000_000),
        row("beta", "m-large", Protocol::Messages, Some("eu"), 3_000_000),
    ];
    Catalog::build(rows, Vec::new(), Providers::embedded()).expect("six rows are a catalog")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn policies_are_told_from_other_text() {
        assert!(promises("") && promises("{\"route\": {\"chain\": [\"m-small\", \"m-large\"]}}"));
        assert!(!promises("route = [") && !promises("{"));
    }
}
