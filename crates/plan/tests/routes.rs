//! Where routes lead, one rule a test.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests fail by panicking")]

mod support;

use std::fmt::Write;

use support::case::{Case, case, row, three};
use switchback_capability::Support;
use switchback_catalog::{Billing, Capability};
use switchback_plan::{Note, Refusal, Value};
use switchback_units::Tokens;

/// A model for each letter, at openai.
fn letters(letters: &str) -> Vec<switchback_catalog::Row> {
    letters.chars().map(|letter| row("openai", &format!("model-{letter}"), "1")).collect()
}

/// The models tried, by their letters.
fn tried(case: &Case) -> String {
    let plan = case.plan();
    plan.attempts().iter().filter_map(|attempt| attempt.target_model().chars().last()).collect()
}

#[test]
fn a_chain_in_a_chain_is_one_list() {
    let policy = r#"route = ["model-a", ["model-b", ["model-c"]], "model-d"]"#;
    assert_eq!(tried(&case("x", letters("abcd")).policy(policy)), "abcd");
}

#[test]
fn what_leads_to_a_whole_leads_to_its_first_part_that_leads_anywhere() {
    let policy = r#"
        [[fallback]]
        on = ["context_overflow"]
        chain = [{ model = "model-b", if = { of = "tags", has_any = ["x"] } }, "model-c", "model-d"]
    "#;
    let plan = case("model-a", letters("abcd")).policy(policy).plan();
    let on: Vec<String> = plan.legs()[1..].iter().map(|leg| leg.rules.on.to_string()).collect();
    assert_eq!(on[0], "context_overflow", "model-b is not there, so that model-c comes first");
    assert!(on[1].starts_with("any"), "{on:?}");
    let split = r#"
        [[fallback]]
        on = ["context_overflow"]
        split = [{ first = [{ model = "model-b", if = { of = "tags", has_any = ["x"] } }], weight = 1e9 }, "model-c"]
    "#;
    let plan = case("model-a", letters("abc")).policy(split).plan();
    assert_eq!(plan.legs()[1].rules.on.to_string(), "context_overflow");
}

#[test]
fn a_first_without_a_match_leads_nowhere() {
    let nothing = r#"route = { first = [{ model = "model-a", if = { of = "tags", has_any = ["x"] } }] }"#;
    assert_eq!(case("model-a", letters("a")).policy(nothing).plan().refusal(), Some(&Refusal::NoRoute));
    let after = format!("{nothing}\nfallback = [\"model-b\"]");
    assert_eq!(tried(&case("model-a", letters("ab")).policy(&after)), "b");
}

#[test]
fn a_split_whose_weights_are_all_zero_leads_nowhere() {
    let policy = r#"
        route = { split = [{ model = "model-a", weight = 0 }, { model = "model-b", weight = 0 }] }
        fallback = ["model-c"]
    "#;
    assert_eq!(tried(&case("x", letters("abc")).policy(policy)), "c");
}

/// The same draw from another way to it: the point of each key as a share of the whole.
#[test]
fn the_shares_of_a_split_are_exact_over_keys() {
    let policy = r#"
        [route]
        split = [{ model = "model-a", weight = 0.7 }, { model = "model-b", weight = 0.2 }, { model = "model-c", weight = 0.1 }]
        by = ["metadata.session"]
        rest = "drop"
    "#;
    let mut case = case("x", letters("abc")).policy(policy);
    let mut counts = [0_u32; 3];
    for session in 0..10_000 {
        case.caller.metadata.insert("session".to_owned(), format!("session-{session}"));
        let point = xxhash_rust::xxh3::xxh3_64(format!("route\0\0session-{session}").as_bytes());
        let tenths = (u128::from(point) * 10) >> 64;
        let expected = usize::from(tenths >= 7) + usize::from(tenths >= 9);
        counts[expected] += 1;
        // Planning all of them would take long; every hundredth is planned.
        if session % 100 == 0 {
            assert_eq!(tried(&case), ["a", "b", "c"][expected], "session-{session}");
        }
    }
    // Three standard deviations of 10,000 draws are at most 138.
    for (count, expected) in counts.iter().zip([7_000_u32, 2_000, 1_000]) {
        assert!(count.abs_diff(expected) < 138, "{counts:?}");
    }
}

#[test]
fn what_is_sorted_together_is_sorted_by_what_holds_for_the_whole() {
    let policy = r#"
        [route]
        sort = "latency"
        any = [{ pool = ["openai"], sort = "throughput" }, { pool = ["azure"], sort = "cost" }, "my-host/gpt-4o"]
    "#;
    let quick = |latency: u32| format!(r#"{{"latency_ms": {latency}, "metrics": {{"throughput": 9}}}}"#);
    let case = case("x", three("gpt-4o")).policy(policy);
    let case = case.reading("openai", &quick(300)).reading("azure-openai", &quick(100)).reading("my-host", &quick(200));
    assert_eq!(case.providers(), ["azure-openai", "my-host", "openai"]);
}

#[test]
fn what_no_order_names_comes_behind_what_another_part_puts_first() {
    let policy = r#"route = { any = ["openai/gpt-4o", { pool = ["azure", "my-host"], order = ["my-host"] }] }"#;
    assert_eq!(case("x", three("gpt-4o")).policy(policy).providers(), ["my-host", "openai", "azure-openai"]);
}

#[test]
fn the_innermost_setting_counts_and_rules_add_up() {
    let policy = r#"
        sort = "cost"
        deny = ["openai"]
        [route]
        sort = { by = "cost", reverse = true }
        chain = [{ pool = ["openai", "azure", "my-host", "groq"], deny = ["groq"] }, { model = "gpt-4o", sort = "cost" }]
    "#;
    let mut rows = three("gpt-4o");
    rows.push(row("groq", "gpt-4o", "4"));
    let case = case("x", rows).policy(policy);
    assert_eq!(case.providers(), ["my-host", "azure-openai", "groq"]);
    assert_eq!(case.plan().attempts()[2].leg, 1, "denied by one route and not by the next");
    assert_eq!(case.out(), ["openai: denied"]);
}

#[test]
fn within_a_group_its_own_name_is_the_catalogs() {
    let policy = r#"
        groups."gpt-4o" = ["azure/gpt-4o", "$model", "model-a"]
        groups."model-*" = ["azure/gpt-4o", "gpt-4o"]
    "#;
    let mut rows = three("gpt-4o");
    rows.extend(letters("a"));
    let plan = case("gpt-4o", rows).policy(policy).plan();
    let legs: Vec<String> = plan.legs().iter().map(|leg| format!("{} {}", leg.path, leg.goal.text())).collect();
    assert_eq!(
        legs,
        ["groups.gpt-4o.chain[0] azure/gpt-4o", "groups.gpt-4o.chain[1] gpt-4o"],
        "the other group leads to the same, and not to itself again"
    );
}

#[test]
fn the_exact_name_comes_before_the_longest_pattern() {
    let policy = r#"
        groups."h*" = "model-a"
        groups."house/*" = "model-b"
        groups."house/x" = "model-c"
    "#;
    for (model, letter) in [("hello", "a"), ("house/y", "b"), ("house/x", "c")] {
        assert_eq!(tried(&case(model, letters("abc")).policy(policy)), letter, "{model}");
    }
}

/// Groups of two that name the next twice: 2^30 ways to one endpoint.
#[test]
fn a_small_policy_cannot_lead_over_very_many_routes() {
    let mut policy = "route = \"g0\"\nfallback = [\"model-b\"]\n".to_owned();
    for step in 0..30 {
        writeln!(policy, "groups.g{step} = [\"g{next}\", \"g{next}\"]", next = step + 1).unwrap();
    }
    policy.push_str("groups.g30 = \"model-a\"\n");
    let case = case("x", letters("ab")).policy(&policy);
    assert_eq!(tried(&case), "a");
    assert!(case.plan().notes().contains(&Note::RoutesCut));
}

#[test]
fn there_are_at_most_256_legs_and_the_plan_says_so() {
    let names: Vec<String> = (0..300).map(|at| format!("\"host-{at}/model-a\"")).collect();
    let policy = format!("route = [{}]", names.join(", "));
    let plan = case("x", letters("a")).policy(&policy).plan();
    assert_eq!(plan.legs().len(), 256);
    assert!(plan.notes().contains(&Note::RoutesCut));
}

#[test]
fn what_lies_too_deep_is_left_out_and_what_comes_after_it_is_not() {
    let mut policy = "route = \"g0\"\nfallback = [\"model-b\"]\n".to_owned();
    for step in 0..70 {
        writeln!(policy, "groups.g{step} = \"g{}\"", step + 1).unwrap();
    }
    policy.push_str("groups.g70 = \"model-a\"\n");
    let case = case("x", letters("ab")).policy(&policy);
    assert_eq!(tried(&case), "b");
    assert!(case.plan().notes().contains(&Note::RoutesCut));
}

/// A route fails for its own reasons, also where another admits the same endpoint.
#[test]
fn a_route_is_taken_for_the_reasons_that_the_one_before_has_nothing() {
    let policy = |on: &str| {
        format!(
            "route = {{ model = \"gpt-4o\", allow = [\"groq\"] }}\nfallback = [{{ model = \"gpt-4o\", on = [\"{on}\"] }}]"
        )
    };
    let rows = || vec![row("openai", "gpt-4o", "1")];
    assert_eq!(case("x", rows()).policy(&policy("auth")).providers(), ["openai"]);
    assert_eq!(case("x", rows()).policy(&policy("context_overflow")).out(), ["openai: not_triggered"]);
}

#[test]
fn a_route_that_was_not_taken_has_not_failed() {
    let policy = r#"
        route = "gone"
        fallback = [
            { model = "model-a", on = ["context_overflow"], deny = ["openai"] },
            { model = "model-b", on = ["auth"] },
            { model = "model-c", on = ["not_found"] },
        ]
    "#;
    assert_eq!(tried(&case("x", letters("abc")).policy(policy)), "c");
}

#[test]
fn a_last_resort_that_waits_for_another_failure_comes_last() {
    let policy = |on: &str| format!("fallback = [{{ model = \"model-b\", on = [\"{on}\"] }}]");
    let sick = |policy: &str| {
        let rows = vec![row("openai", "model-a", "1"), row("groq", "model-b", "1")];
        let case = case("model-a", rows).policy(policy);
        case.reading("openai", r#"{"uptime": 0.5}"#).reading("groq", r#"{"uptime": 0.8}"#)
    };
    assert_eq!(tried(&sick(&policy("unavailable"))), "ba", "the least bad first");
    assert_eq!(tried(&sick(&policy("context_overflow"))), "ab");
}

/// A plan that is not paid by use serves who names its provider: the endpoint's own, whatever else is named.
#[test]
fn a_named_provider_speaks_for_its_own_endpoints_only() {
    let rows = || {
        let mut trial = row("my-host", "gpt-4o", "0");
        trial.billing = Billing::Subscription;
        vec![row("openai", "gpt-4o", "1"), trial]
    };
    let started = case("openai/gpt-4o", rows()).policy("prefix = 'start'");
    assert_eq!(
        (started.providers(), started.out()),
        (vec!["openai".to_owned()], vec!["my-host: not_metered".to_owned()])
    );
    let any_host = case("x", rows()).policy(r#"route = { pool = ["*/gpt-4o"] }"#);
    assert_eq!(any_host.out(), ["my-host: not_metered"]);
    let named = case("x", rows()).policy(r#"route = { pool = ["*/gpt-4o", "my-host"] }"#);
    assert_eq!(named.providers(), ["my-host", "openai"]);
}

#[test]
fn what_is_unknown_stays_behind_in_whichever_direction() {
    let mut rows = three("gpt-4o");
    rows[1].prices = switchback_catalog::Prices::default();
    for sort in ["score", "cost"] {
        let policy = format!("sort = {{ by = \"{sort}\", reverse = true }}");
        let case = case("gpt-4o", rows.clone()).policy(&policy);
        assert_eq!(case.providers(), ["my-host", "openai", "azure-openai"], "{sort}");
    }
}

#[test]
fn a_rewrite_changes_what_the_request_needs() {
    let mut rows = three("gpt-4o");
    rows[0].capabilities.set(Capability::JsonSchema, Support::No);
    let case_of_text = case("gpt-4o", rows.clone());
    assert_eq!((case_of_text.providers()[0].as_str(), case_of_text.plan().attempts()[0].fit()), ("openai", "full"));
    let rewriting = r#"rewrite.set.response_format = { type = "json_schema", json_schema = { name = "answer" } }"#;
    let plan = case_of_text.policy(rewriting).plan();
    let fits: Vec<(&str, &str)> = plan.attempts().iter().map(|it| (it.endpoint.provider(), it.fit())).collect();
    assert_eq!(fits, [("azure-openai", "full"), ("my-host", "full"), ("openai", "degraded")]);
    let strict = case("gpt-4o", rows).policy(&format!("degrade = false\n{rewriting}"));
    assert_eq!(strict.out(), ["openai: degradation_off"]);
}

/// Whether a request with these facts meets a condition.
fn meets(condition: &str) -> bool {
    let policy = format!("route = {{ first = [{{ model = \"model-a\", if = {condition} }}, \"model-b\"] }}");
    let caller = r#"{"tags": ["internal", "beta"], "tenant": "acme", "key": "k1",
        "metadata": {"plan": "pro", "seats": "12", "empty": ""}, "headers": {"x-plan": "Gold"}}"#;
    let mut case = case("gpt-4o", letters("ab")).policy(&policy).caller(caller);
    case.input = Some(Tokens::new(8_000));
    case.values = vec![
        ("/stream".to_owned(), Value::Bool(true)),
        ("/temperature".to_owned(), Value::Number(0.5)),
        ("/limit".to_owned(), Value::text("100")),
    ];
    tried(&case) == "a"
}

#[test]
fn conditions_mean_what_the_reference_says() {
    let holds = [
        // Equality knows kinds; order takes text that is a number for one.
        r#"{ of = "metadata.plan", eq = "pro" }"#,
        r#"{ of = "metadata.seats", gt = 9 }"#,
        r#"{ of = "metadata.seats", gte = "12" }"#,
        r#"{ of = "body.limit", lt = 100.5 }"#,
        r#"{ of = "body.temperature", eq = 0.5 }"#,
        r#"{ of = "body.stream", eq = true }"#,
        r#"{ of = "input_tokens", gt = 7999, lte = 8000 }"#,
        r#"{ of = "header.X-Plan", eq = "Gold" }"#,
        r#"{ of = "tenant", in = ["acme", "other"] }"#,
        r#"{ of = "model", matches = "^gpt-" }"#,
        r#"{ of = "header.x-plan", matches = "(?i)gold" }"#,
        r#"{ of = "body.temperature", matches = "^0\\.5$" }"#,
        r#"{ of = "metadata.plan", contains = "r" }"#,
        r#"{ of = "tags", has_all = ["beta", "internal"] }"#,
        r#"{ of = "tags", has_any = ["beta", "x"] }"#,
        r#"{ of = "tags", eq = "beta" }"#,
        r#"{ of = "metadata.empty", exists = true }"#,
        r#"{ of = "protocol", eq = "chat" }"#,
        // What is missing.
        r#"{ of = "metadata.gone", ne = "x" }"#,
        r#"{ of = "metadata.gone", nin = ["x"] }"#,
        r#"{ of = "metadata.gone", has_none = ["x"] }"#,
        r#"{ of = "metadata.gone", exists = false }"#,
        r#"{ not = { of = "metadata.gone", eq = "x" } }"#,
        "{ all = [] }",
        r#"{ any = [{ of = "tenant", eq = "x" }, { of = "key", eq = "k1" }] }"#,
    ];
    let fails = [
        r#"{ of = "metadata.seats", eq = 12 }"#,
        r#"{ of = "body.stream", eq = "true" }"#,
        r#"{ of = "body.stream", gt = 0 }"#,
        r#"{ of = "metadata.plan", gt = 0 }"#,
        r#"{ of = "metadata.plan", lt = 0 }"#,
        r#"{ of = "header.x-plan", eq = "gold" }"#,
        r#"{ of = "model", matches = "^mini" }"#,
        r#"{ of = "tags", ne = "beta" }"#,
        r#"{ of = "tags", has_none = ["beta"] }"#,
        r#"{ of = "tags", has_all = ["beta", "x"] }"#,
        r#"{ of = "input_tokens", gt = 7999, lt = 8000 }"#,
        r#"{ of = "metadata.gone", eq = "" }"#,
        r#"{ of = "metadata.gone", in = ["x"] }"#,
        r#"{ of = "metadata.gone", lt = 1 }"#,
        r#"{ of = "metadata.gone", matches = "" }"#,
        r#"{ of = "metadata.gone", contains = "" }"#,
        r#"{ of = "metadata.gone", has_any = ["x"] }"#,
        r#"{ of = "metadata.gone", exists = true }"#,
        r#"{ of = "body.gone", exists = true }"#,
        "{ any = [] }",
    ];
    for condition in holds {
        assert!(meets(condition), "{condition} should hold");
    }
    for condition in fails {
        assert!(!meets(condition), "{condition} should not hold");
    }
}

/// Whoever is well on a route that waits for another kind of failure is no reason to leave the unwell out.
#[test]
fn health_yields_where_only_an_untriggered_route_is_well() {
    let rows = || vec![row("openai", "model-a", "1"), row("my-host", "model-b", "1")];
    let policy = "route = \"model-a\"\nfallback = [{ model = \"model-b\", on = [\"content_policy\"] }]";
    let plan = case("x", rows()).policy(policy).reading("openai", r#"{"uptime": 0.2}"#);
    assert_eq!((plan.providers(), plan.out()), (vec!["openai".to_owned()], vec!["my-host: not_triggered".to_owned()]));
    assert!(plan.plan().notes().contains(&Note::LastResort));
}

/// The presets compare candidates, so that the law of losers does not hold for them; here is the case of each.
#[test]
fn llm_gateway_is_relative_and_a_losers_going_changes_the_rest() {
    let rows = vec![row("openai", "gpt-4o", "10"), row("azure-openai", "gpt-4o", "12"), row("my-host", "gpt-4o", "1")];
    let readings = |case: Case| {
        let case = case.reading("openai", r#"{"uptime": 0.8}"#).reading("azure-openai", r#"{"uptime": 1.0}"#);
        case.policy("sort = \"llm_gateway\"\ngate.on = false")
    };
    let dying = |case: Case| readings(case).reading("my-host", r#"{"uptime": 0.2}"#);
    let with = dying(case("gpt-4o", rows.clone())).providers();
    let without = readings(case("gpt-4o", rows[..2].to_vec())).providers();
    assert_eq!(with, ["openai", "azure-openai", "my-host"]);
    assert_eq!(without, ["azure-openai", "openai"]);
}

#[test]
fn inverse_square_price_is_drawn_and_a_losers_going_changes_the_rest() {
    let policy = r#"sort = "inverse_square_price""#;
    let first = |rows: Vec<switchback_catalog::Row>, seed| case("gpt-4o", rows).policy(policy).seed(seed).providers();
    let (mut changed, mut cheapest) = (0, 0);
    for seed in 0..200 {
        let all = first(three("gpt-4o"), seed);
        cheapest += u32::from(all[0] == "openai");
        let loser = all[2].clone();
        let less: Vec<_> = three("gpt-4o").into_iter().filter(|row| row.provider != loser).collect();
        changed += u32::from(first(less, seed) != all[..2]);
    }
    // 1 : 1/4 : 1/9, so that the cheapest has 36 of 49.
    assert!((125..170).contains(&cheapest), "{cheapest}");
    assert!(changed > 0);
}

/// Nothing is known of any price, so that prices decide nothing and uptime does.
#[test]
fn llm_gateway_without_a_price_goes_by_the_rest() {
    let unpriced = |provider: &str| {
        let mut row = row(provider, "gpt-4o", "1");
        row.prices = switchback_catalog::Prices::default();
        row
    };
    let rows = vec![unpriced("openai"), unpriced("azure-openai")];
    let case = case("gpt-4o", rows).reading("openai", r#"{"uptime": 0.8}"#);
    assert_eq!(case.policy("sort = \"llm_gateway\"\ngate.on = false").providers(), ["azure-openai", "openai"]);
}

/// What is unknown stays behind what is known in either direction.
#[test]
fn inverse_square_price_reversed_keeps_the_unknown_last() {
    let mut unpriced = row("openai", "gpt-4o", "1");
    unpriced.prices = switchback_catalog::Prices::default();
    let rows = vec![unpriced, row("azure-openai", "gpt-4o", "1"), row("my-host", "gpt-4o", "2")];
    let providers =
        case("gpt-4o", rows).policy(r#"sort = { by = "inverse_square_price", reverse = true }"#).providers();
    assert_eq!(providers.last().map(String::as_str), Some("openai"));
}
