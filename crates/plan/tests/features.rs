//! The features of the table in `docs/features.md` that no other test shows, and that the table holds what it says.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    reason = "tests fail by panicking and read the sources"
)]

mod support;

use std::path::Path;

use support::case::{case, row, three};
use support::world::NOW;
use switchback_capability::Support;
use switchback_catalog::{Capability, Tier};
use switchback_ir::ErrorClass;
use switchback_plan::{Cursor, Note, Outcome, Overlay, Policy, Step};
use switchback_units::Tokens;

#[test]
fn a_prefix_pins_or_starts() {
    let pinned = case("my-host/gpt-4o", three("gpt-4o"));
    assert_eq!(pinned.providers(), ["my-host"]);
    let started = pinned.policy("prefix = 'start'");
    assert_eq!(started.providers(), ["my-host", "openai", "azure-openai"]);
}

#[test]
fn a_group_is_a_name_for_a_route() {
    let policy = r#"groups."fast" = ["azure/gpt-4o", "openai/gpt-4o"]"#;
    assert_eq!(case("fast", three("gpt-4o")).policy(policy).providers(), ["azure-openai", "openai"]);
}

#[test]
fn a_wildcard_group_repeats_what_its_star_stands_for() {
    let policy = r#"groups."house/*" = ["my-host/$1", "$1"]"#;
    let case = case("house/gpt-4o", three("gpt-4o")).policy(policy);
    assert_eq!(case.providers(), ["my-host", "openai", "azure-openai"]);
}

#[test]
fn a_host_of_ones_own_is_a_row_of_the_catalog_and_a_scope() {
    let inventory = r#"{"scopes": [{"id": "vllm", "reaches": ["my-host"], "base_url": "http://10.0.0.7:8000/v1"}]}"#;
    let case = case("gpt-4o", three("gpt-4o")).inventory(inventory);
    assert_eq!(case.plan().attempts()[0].credentials, ["vllm"]);
    assert_eq!(case.out(), ["azure-openai: no_credential", "openai: no_credential"]);
}

#[test]
fn auto_chooses_from_the_policys_pool() {
    let case = case("auto", three("gpt-4o")).policy(r#"auto = ["azure", "my-host/gpt-4o"]"#);
    assert_eq!(
        (case.providers(), case.out()),
        (vec!["azure-openai".into(), "my-host".into()], vec!["openai: not_in_pool".into()])
    );
}

#[test]
fn each_sort_puts_its_best_first() {
    let sorted = |sort: &str| {
        let reading = |latency: u32, rate: u32, uptime: &str, busy: u32, slow: u32| {
            format!(
                r#"{{"latency_ms": {latency}, "uptime": {uptime}, "metrics":
                {{"throughput": {rate}, "in_flight": {busy}, "latency.p95@15m": {slow}, "total_tokens@1m": {busy}}}}}"#
            )
        };
        case("gpt-4o", three("gpt-4o"))
            .policy(&format!("sort = \"{sort}\""))
            .reading("openai", &reading(300, 50, "0.99", 9, 2_000))
            .reading("azure-openai", &reading(100, 20, "0.95", 1, 3_000))
            .reading("my-host", &reading(200, 90, "1.0", 5, 1_000))
            .providers()
    };
    assert_eq!(sorted("cost"), ["openai", "azure-openai", "my-host"]);
    assert_eq!(sorted("latency"), ["azure-openai", "my-host", "openai"]);
    assert_eq!(sorted("throughput"), ["my-host", "openai", "azure-openai"]);
    assert_eq!(sorted("uptime"), ["my-host", "openai", "azure-openai"]);
    assert_eq!(sorted("in_flight"), ["azure-openai", "my-host", "openai"]);
    assert_eq!(sorted("total_tokens@1m"), ["azure-openai", "my-host", "openai"]);
    // A percentile and a window are measurements of their own.
    assert_eq!(sorted("latency.p95@15m"), ["my-host", "openai", "azure-openai"]);
    assert_eq!(
        sorted("latency.p95@1h"),
        ["openai", "my-host", "azure-openai"],
        "not measured, so that the score decides"
    );
}

#[test]
fn a_preference_puts_behind_and_never_out() {
    let policy = r#"prefer = [{ metric = "throughput.p50@5m", at_least = 40 }]"#;
    let case = case("gpt-4o", three("gpt-4o")).policy(policy);
    let case = case.reading("openai", r#"{"metrics": {"throughput.p50@5m": 39}}"#);
    assert_eq!(
        case.reading("my-host", r#"{"metrics": {"throughput.p50@5m": 40}}"#).providers(),
        ["azure-openai", "my-host", "openai"]
    );
}

#[test]
fn equal_keys_draw_the_same_whatever_the_seed() {
    let policy =
        r#"route = { split = ["openai/gpt-4o", "azure/gpt-4o", "my-host/gpt-4o"], by = ["actor"], rest = "drop" }"#;
    let drawn = |actor: u32, seed| {
        let caller = format!(r#"{{"actor": "actor-{actor}"}}"#);
        case("x", three("gpt-4o")).policy(policy).caller(&caller).seed(seed).providers()
    };
    let all: Vec<_> = (0..12).map(|actor| drawn(actor, 1)).collect();
    assert!((0..12).all(|actor| drawn(actor, 2) == all[actor as usize]));
    assert!(all.iter().any(|it| *it != all[0]) && all.iter().all(|it| it.len() == 1), "{all:?}");
    let seeded = |seed| case("x", three("gpt-4o")).policy(policy).seed(seed).providers();
    assert!((0..12).any(|seed| seeded(seed) != seeded(12)), "without the key the seed draws");
}

#[test]
fn exploration_is_a_share_drawn_with_the_seed_and_never_takes_a_warm_conversation() {
    let case = case("gpt-4o", three("gpt-4o")).policy("explore = 0.25");
    let explored =
        |case: &support::case::Case| case.plan().notes().iter().any(|note| matches!(note, Note::Explored { .. }));
    let mut case = case;
    let mut count = 0;
    for seed in 0..400 {
        case.seed = seed;
        let is_explored = explored(&case);
        assert_eq!(case.providers()[0] != "openai", is_explored);
        count += u32::from(is_explored);
    }
    assert!((70..130).contains(&count), "{count} of 400");
    let mut warm = case.reading("openai", r#"{"cached_tokens": 5}"#);
    assert!((0..40).all(|seed| {
        warm.seed = seed;
        !explored(&warm)
    }));
}

#[test]
fn a_cached_prompt_costs_what_the_cache_costs() {
    let mut rows = three("gpt-4o");
    rows[1].prices.base.set(switchback_catalog::PriceKind::CacheRead, switchback_units::Rate::from_pico_dollars(0));
    let mut case = case("gpt-4o", rows).policy("sort = 'cost'\nassume.output_tokens = 1");
    case.input = Some(Tokens::new(10_000));
    assert_eq!(case.providers()[0], "openai");
    assert_eq!(case.reading("azure-openai", r#"{"cached_tokens": 9000}"#).providers()[0], "azure-openai");
}

#[test]
fn a_ceiling_leaves_out_what_is_dearer_or_of_unknown_price() {
    let mut rows = three("gpt-4o");
    rows[0].prices = switchback_catalog::Prices::default();
    let case = case("gpt-4o", rows).policy(r#"require.max_price = { output = "2" }"#);
    assert_eq!(case.providers(), ["azure-openai"]);
    assert_eq!(case.out(), ["my-host: price_too_high", "openai: price_unknown"]);
}

#[test]
fn lists_allow_and_deny_and_a_limit_leaves_out_for_now() {
    let policy = r#"
        allow = ["openai", "azure/gpt-4o", "my-host"]
        deny = ["my-*/*", "my-host"]
        limit = [{ metric = "requests@1m", at_most = 900, of = ["azure"] }]
    "#;
    let case = case("gpt-4o", three("gpt-4o")).policy(policy);
    let case = case.reading("azure-openai", r#"{"metrics": {"requests@1m": 901}}"#);
    assert_eq!(case.out(), ["azure-openai: over_limit", "my-host: denied"]);
}

#[test]
fn contracts_have_attributes_training_and_quantisation_and_unknown_never_satisfies() {
    let inventory = r#"{"scopes": [
        {"id": "a", "reaches": ["openai"], "terms": {"trains": false, "attributes": ["soc2", "hq:us", "quantization:fp8"]}},
        {"id": "b", "reaches": ["azure"], "terms": {"attributes": ["soc2"]}},
        {"id": "c", "reaches": ["my-host"], "region": "eu-west-1"}
    ]}"#;
    let out = |require: &str| {
        case("gpt-4o", three("gpt-4o")).inventory(inventory).policy(&format!("require = {require}")).out()
    };
    assert_eq!(
        out("{ no_training = true }"),
        ["azure-openai: training_not_excluded", "my-host: training_not_excluded"]
    );
    let missing = ["azure-openai: attribute_missing", "my-host: attribute_missing"];
    assert_eq!(out(r#"{ attributes = ["quantization:fp8|quantization:bf16"] }"#), missing);
    assert_eq!(out(r#"{ attributes = ["soc2", "hq:us"] }"#), missing);
    assert_eq!(out(r#"{ regions = ["eu"] }"#), ["azure-openai: region_not_allowed", "openai: region_not_allowed"]);
}

#[test]
fn tags_route_with_and_or_and_not() {
    let policy = r#"
        [[route.first]]
        if = { all = [{ of = "tags", has_all = ["eu", "paid"] }, { of = "tags", has_none = ["beta"] }] }
        model = "my-host/gpt-4o"
        [[route.first]]
        if = { of = "tags", has_any = ["eu"] }
        model = "azure/gpt-4o"
        [[route.first]]
        model = "openai/gpt-4o"
    "#;
    for (tags, provider) in [
        (r#"["eu", "paid"]"#, "my-host"),
        (r#"["eu", "paid", "beta"]"#, "azure-openai"),
        (r#"["paid"]"#, "openai"),
        ("[]", "openai"),
    ] {
        let caller = format!(r#"{{"tags": {tags}}}"#);
        assert_eq!(case("x", three("gpt-4o")).policy(policy).caller(&caller).providers(), [provider], "{tags}");
    }
}

#[test]
fn a_route_for_refused_content_is_taken_for_that_alone() {
    let policy = r#"
        failover = ["content_policy", "unavailable"]
        fallback = [{ model = "gpt-4o-mini", on = ["content_policy"] }]
    "#;
    let rows = vec![row("openai", "gpt-4o", "1"), row("my-host", "gpt-4o-mini", "1")];
    let plan = case("gpt-4o", rows).policy(policy).plan();
    for (class, follows) in [(ErrorClass::ContentPolicy, true), (ErrorClass::Server, false)] {
        let mut cursor = Cursor::new(&plan);
        let Step::Attempt(id) = cursor.next(NOW) else { panic!("nothing is asked") };
        cursor.report(id, Outcome::failed(class), NOW).unwrap();
        assert_eq!(matches!(cursor.next(NOW), Step::Attempt(_)), follows, "{class:?}");
    }
}

#[test]
fn a_request_can_go_without_fallback() {
    let policy = r#"fallback = ["gpt-4o-mini"]"#;
    let rows = vec![row("openai", "gpt-4o", "1"), row("my-host", "gpt-4o-mini", "1")];
    let mut case = case("gpt-4o", rows).policy(policy);
    assert_eq!(case.providers(), ["openai", "my-host"]);
    let mut overlay = Overlay::default();
    overlay.no_fallback = true;
    case.overlay = Some(overlay);
    assert_eq!(case.providers(), ["openai"]);
}

#[test]
fn a_class_of_service_is_a_hard_constraint() {
    let mut rows = three("gpt-4o");
    rows[2].tier = Tier::FLEX;
    let case = case("gpt-4o", rows).policy(r#"require.tiers = ["flex"]"#);
    assert_eq!((case.providers(), case.out().len()), (vec!["my-host".to_owned()], 2));
    assert!(case.out().iter().all(|out| out.ends_with("tier_not_allowed")), "{:?}", case.out());
}

#[test]
fn strict_takes_unknown_for_no_and_degrades_nothing() {
    let mut rows = three("gpt-4o");
    rows[0].capabilities.set(Capability::JsonSchema, Support::Unknown);
    rows[1].capabilities.set(Capability::JsonSchema, Support::No);
    let policy = r#"
        degrade = false
        unknown = "deny"
        rewrite.set.response_format = { type = "json_schema" }
    "#;
    let case = case("gpt-4o", rows).policy(policy);
    assert_eq!((case.providers(), case.out().len()), (vec!["my-host".to_owned()], 2));
}

#[test]
fn every_attempt_shows_its_score_and_every_other_why_it_is_out() {
    let plan = case("gpt-4o", three("gpt-4o")).policy(r#"deny = ["my-host"]"#).plan();
    let json = serde_json::to_value(&plan).unwrap();
    assert!(
        json["attempts"][0]["score"]["cost"].is_string() && json["attempts"][0]["score_total"].is_string(),
        "{json}"
    );
    let reason = &json["excluded"][0]["reason"];
    assert_eq!((&reason["code"], &reason["level"]), (&"denied".into(), &"policy".into()));
    assert!(reason["remedy"].as_str().unwrap().contains("deny"), "{reason}");
}

/// One row of the table: its number, what is said, and the tests.
struct Documented<'a> {
    number: u32,
    how: &'a str,
    tests: &'a str,
}

fn documented(text: &str) -> Vec<Documented<'_>> {
    let rows = text.lines().filter_map(|line| {
        let mut cells = line.strip_prefix("| ")?.split(" | ");
        let number = cells.next()?.parse().ok()?;
        let (_, how, tests) = (cells.next()?, cells.next()?, cells.next()?);
        Some(Documented { number, how, tests: tests.trim_end_matches([' ', '|']) })
    });
    rows.collect()
}

/// What stands between backticks.
fn quoted(text: &str) -> impl Iterator<Item = &str> {
    text.split('`').skip(1).step_by(2)
}

#[test]
fn every_feature_is_documented_with_policies_that_read_and_tests_that_are_there() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let text = std::fs::read_to_string(root.join("docs/features.md")).unwrap();
    let rows = documented(&text);
    let numbers: Vec<u32> = rows.iter().map(|row| row.number).collect();
    assert_eq!(numbers, (1..=69).collect::<Vec<_>>());
    for Documented { number, how, tests } in rows {
        for policy in quoted(how).filter(|code| code.contains(" = ")) {
            let read = Policy::from_toml(&policy.replace("; ", "\n").replace("\\|", "|"));
            assert!(read.is_ok(), "row {number}: `{policy}`: {}", read.unwrap_err());
        }
        assert!(quoted(tests).count() > 0 || number == 12, "row {number} has no test");
        for test in quoted(tests) {
            let (file, name) = test.split_once("::").unwrap_or_else(|| panic!("row {number}: `{test}`"));
            let source = std::fs::read_to_string(root.join("crates").join(file));
            let source = source.unwrap_or_else(|error| panic!("row {number}: crates/{file}: {error}"));
            assert!(source.contains(&format!("fn {name}(")), "row {number}: no test `{name}` in crates/{file}");
        }
    }
}
