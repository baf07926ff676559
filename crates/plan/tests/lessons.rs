//! What the users of other gateways ran into, each as a law of this planner.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests fail by panicking")]

mod support;

use support::case::{case, row, three};
use support::world::NOW;
use switchback_catalog::PriceKind;
use switchback_ir::ErrorClass;
use switchback_plan::{Cursor, Outcome, Refusal, Step};
use switchback_units::{Rate, Tokens};

/// Not by affinity, by another spelling, by a group, by a fallback, by a pool or by `auto`.
#[test]
fn an_excluded_route_never_comes_back_through_affinity_alias_or_fallback() {
    let policy = r#"
        deny = ["azure"]
        auto = ["azure", "openai"]
        route = ["gpt-4o", "azure/gpt-4o", "azure-openai/gpt-4o", "fast", "auto"]
        groups.fast = { pool = ["azure-openai", "openai"] }
        fallback = [{ model = "azure/gpt-4o", allow = ["azure"] }]
    "#;
    let case = case("x", three("gpt-4o")).policy(policy);
    let case = case.reading("azure-openai", r#"{"cached_tokens": 9000, "warmth": {"stay": "100"}, "uptime": 1.0}"#);
    assert!(!case.providers().contains(&"azure-openai".to_owned()), "{:?}", case.providers());
    assert!(case.out().contains(&"azure-openai: denied".to_owned()), "{:?}", case.out());
}

#[test]
fn attempts_are_the_plans_and_none_repeats_unless_retry_says_so() {
    let policy = r#"
        route = ["gpt-4o", "openai/gpt-4o", { pool = ["openai", "azure"], sort = "latency" }]
        fallback = ["gpt-4o"]
    "#;
    for (policy, expected) in [(policy.to_owned(), 3), (format!("retry.attempts = 1\n{policy}"), 6)] {
        let plan = case("x", three("gpt-4o")).policy(&policy).plan();
        let mut cursor = Cursor::new(&plan);
        let (mut now, mut asked) = (NOW, Vec::new());
        loop {
            match cursor.next(now) {
                Step::Attempt(id) => {
                    asked.push(cursor.attempt(id).unwrap().endpoint);
                    cursor.report(id, Outcome::failed(ErrorClass::Server), now).unwrap();
                }
                Step::Wait(until) => now = until,
                Step::Exhausted | Step::Done => break,
            }
        }
        assert_eq!(asked.len(), expected, "{policy}");
        assert!(asked.iter().all(|endpoint| plan.attempts().iter().any(|attempt| attempt.id() == *endpoint)));
    }
}

#[test]
fn the_overflow_chain_serves_pre_emptive_and_returned_overflow_alike() {
    let policy = r#"fallback = [{ model = "gpt-4.1", on = ["context_overflow"] }, { model = "gpt-4o-mini", on = ["unavailable"] }]"#;
    let rows = || {
        let mut small = row("openai", "gpt-4o", "1");
        small.context_window = Some(Tokens::new(1_000));
        vec![small, row("openai", "gpt-4.1", "1"), row("openai", "gpt-4o-mini", "1")]
    };
    let mut foreseen = case("gpt-4o", rows()).policy(policy);
    foreseen.input = Some(Tokens::new(2_000));
    assert_eq!(foreseen.attempts()[0], "openai/gpt-4.1");
    let plan = case("gpt-4o", rows()).policy(policy).plan();
    let mut cursor = Cursor::new(&plan);
    let Step::Attempt(first) = cursor.next(NOW) else { panic!("nothing is asked") };
    cursor.report(first, Outcome::failed(ErrorClass::ContextOverflow), NOW).unwrap();
    let Step::Attempt(second) = cursor.next(NOW) else { panic!("nothing follows") };
    let endpoint = cursor.attempt(second).unwrap().endpoint;
    let follower = plan.attempts().iter().find(|attempt| attempt.id() == endpoint).unwrap();
    assert_eq!(follower.target_model(), "gpt-4.1");
}

#[test]
fn an_unknown_price_is_not_zero_and_a_price_of_zero_is_not_unknown() {
    let mut rows = three("gpt-4o");
    rows[0].prices = switchback_catalog::Prices::default();
    for kind in [PriceKind::Input, PriceKind::Output] {
        rows[2].prices.base.set(kind, Rate::from_pico_dollars(0));
    }
    let case = case("gpt-4o", rows);
    assert_eq!(case.providers(), ["my-host", "azure-openai", "openai"]);
    let plan = case.plan();
    let cost = |at: usize| plan.attempts()[at].cost.map(|cost| cost.expected.pico_dollars());
    assert_eq!((cost(0), cost(2)), (Some(0), None));
    let budget = case.caller(r#"{"levels": [{"name": "key", "budget": "0"}]}"#);
    assert_eq!(budget.providers(), ["my-host"]);
}

#[test]
fn a_tag_predicate_holds_on_fallbacks_too() {
    let policy = r#"
        fallback = [
            { model = "azure/gpt-4o", if = { of = "tags", has_any = ["internal"] } },
            { model = "my-host/gpt-4o", if = { of = "tags", has_none = ["internal"] } },
        ]
    "#;
    let providers = |caller: &str| case("openai/gpt-4o", three("gpt-4o")).policy(policy).caller(caller).providers();
    assert_eq!(providers(r#"{"tags": ["internal"]}"#), ["openai", "azure-openai"]);
    assert_eq!(providers(r#"{"tags": ["default"]}"#), ["openai", "my-host"]);
}

/// Tiers, and a split inside each: a draw never takes anybody out of its tier, and each tier is exhausted before the next.
#[test]
fn order_and_weights_compose() {
    let policy = r#"
        [[route.chain]]
        split = [{ model = "openai/gpt-4o", weight = 3 }, { model = "azure/gpt-4o", weight = 1 }]
        [[route.chain]]
        split = [{ model = "my-host/gpt-4o", weight = 1 }, { model = "groq/gpt-4o", weight = 1 }]
    "#;
    let mut rows = three("gpt-4o");
    rows.push(row("groq", "gpt-4o", "4"));
    let mut firsts = [0_u32; 2];
    let mut case = case("x", rows).policy(policy);
    for seed in 0..200 {
        case.seed = seed;
        let mut providers = case.providers();
        firsts[usize::from(providers[0] != "openai")] += 1;
        providers[..2].sort();
        providers[2..].sort();
        assert_eq!(providers, ["azure-openai", "openai", "groq", "my-host"]);
    }
    assert!((125..175).contains(&firsts[0]), "three of four: {firsts:?}");
}

#[test]
fn provider_names_match_whole_segments_only() {
    let rows = || vec![row("openai", "gpt-4o", "1"), row("azure-openai", "gpt-4o", "2"), row("open", "gpt-4o", "3")];
    assert_eq!(case("open/gpt-4o", rows()).providers(), ["open"]);
    let policy = r#"deny = ["open"]"#;
    assert_eq!(case("gpt-4o", rows()).policy(policy).providers(), ["openai", "azure-openai"]);
}

/// Two endpoints alike in everything: their canonical text decides, and the names of routes and levels say nothing.
#[test]
fn ties_break_by_a_declared_rule_and_never_by_a_display_name_or_the_order_of_a_map() {
    let rows =
        || vec![row("zeta-host", "gpt-4o", "1"), row("my-host", "gpt-4o", "1"), row("alpha-host", "gpt-4o", "1")];
    let named =
        |name: &str| format!("route = {{ pool = [\"zeta-host\", \"my-host\", \"alpha-host\"], name = \"{name}\" }}");
    for name in ["a", "z"] {
        assert_eq!(
            case("x", rows()).policy(&named(name)).providers(),
            ["alpha-host", "my-host", "zeta-host"],
            "{name}"
        );
    }
    let mut turned = rows();
    turned.reverse();
    assert_eq!(case("gpt-4o", turned).providers(), ["alpha-host", "my-host", "zeta-host"]);
}

#[test]
fn a_refusal_names_the_constraint_that_emptied_the_set() {
    let policy = r#"deny = ["openai", "azure", "my-host"]"#;
    let plan = case("gpt-4o", three("gpt-4o")).policy(policy).plan();
    let Some(Refusal::NothingEligible { relax }) = plan.refusal() else { panic!("{:?}", plan.refusal()) };
    for relaxation in relax {
        let [relaxed] = relaxation.constraints.as_slice() else { panic!("{relaxation:?}") };
        assert_eq!(relaxed.constraint.code(), "denied");
        assert!(relaxed.subject.starts_with("policy: "), "{relaxed}");
    }
    assert_eq!(case("gpt-4o", three("gpt-4o")).policy(policy).out().len(), 3, "and every endpoint says so too");
}

/// The plan reads the end that it is told, and waits for nothing shorter.
#[test]
fn a_cooldown_never_shortens_on_the_way_through_a_plan() {
    let until = NOW.as_millis() + 60_000;
    let case = case("openai/gpt-4o", three("gpt-4o")).policy("retry.attempts = 2");
    let plan = case.reading("openai", &format!("{{\"blocked_until\": {until}}}")).plan();
    let mut cursor = Cursor::new(&plan);
    let Step::Wait(wait) = cursor.next(NOW) else { panic!("it is asked while it cools down") };
    assert_eq!(wait.as_millis(), until);
}
