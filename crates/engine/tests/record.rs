//! Records of requests: what they hold, what they cost, and how they are shown.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    reason = "tests fail by panicking, and one reads a document"
)]

use switchback::catalog::{Billing, Catalog, PriceKind, PriceList, Prices, Providers, Row, Source, Tier};
use switchback::ir::{ErrorClass, RawJson, Usage};
use switchback::plan::{Cursor, Outcome, Step};
use switchback::protocol::decode_response;
use switchback::record::{Against, Answer, HEADERS, Metered, Observed, RequestRecord};
use switchback::units::{Money, Rate, Tokens};
use switchback::{Engine, Limits, Plan, Policy, Protocol, Situation, Timestamp, decode};

const NOW: Timestamp = Timestamp::from_millis(1_795_255_200_000);

fn at(millis: u64) -> Timestamp {
    Timestamp::from_millis(NOW.as_millis() + millis)
}

fn list(rates: &[(PriceKind, &str)]) -> PriceList {
    rates.iter().map(|(kind, dollars)| (*kind, Rate::per_million(dollars).unwrap().value)).collect()
}

fn row(provider: &str, model: &str, protocol: Protocol, prices: Prices) -> Row {
    let mut row = Row::new(provider, model);
    (row.protocols, row.billing, row.prices) = (vec![protocol], Billing::Metered, prices);
    row.max_output = Some(Tokens::new(4_000));
    row
}

/// Two models: one with a list for long prompts and a dearer class of service, one with every price of a cache.
fn engine() -> Engine {
    use PriceKind::{CacheRead, CacheWrite, CacheWrite1h, Input, Output, WebSearch};
    let mut house = Prices::from(list(&[(Input, "2.50"), (CacheRead, "0.25"), (Output, "10")]));
    house.set_above(Tokens::new(200_000), list(&[(Input, "5")]));
    let mut dear = row("openai", "house-1", Protocol::Chat, list(&[(Input, "5"), (Output, "20")]).into());
    dear.tier = Tier::PRIORITY;
    let cached = [(Input, "3"), (CacheRead, "0.30"), (CacheWrite, "3.75"), (CacheWrite1h, "6"), (Output, "15")];
    let mut other = Prices::from(list(&cached));
    other.base.set(WebSearch, Rate::from_decimal_per_unit("0.01").unwrap().value);
    let rows = vec![
        row("openai", "house-1", Protocol::Chat, house),
        dear,
        row("anthropic", "other-1", Protocol::Messages, other),
        row("mistral", "nameless-1", Protocol::Chat, Prices::default()),
    ];
    let (name, version, url) = ("list".to_owned(), "7".to_owned(), "https://example.com".to_owned());
    let source = Source { name, version, date: "2026-11-01".parse().unwrap(), url };
    let catalog = Catalog::build(rows, vec![source], Providers::embedded()).unwrap();
    let policy: Policy = serde_json::from_str(r#"{"fallback": ["other-1"]}"#).unwrap();
    Engine::new(catalog, policy)
}

fn plan(engine: &Engine, model: &str) -> Plan {
    let body = serde_json::json!({"model": model, "messages": [{"role": "user", "content": "hello"}]}).to_string();
    let request = decode(Protocol::Chat, body.as_bytes(), &Limits::default()).unwrap();
    engine.decide(&request, &Situation::at(NOW))
}

/// The record of a walk with these outcomes and answers.
fn record(engine: &Engine, model: &str, walk: Vec<(Outcome, Answer)>) -> RequestRecord {
    let plan = plan(engine, model);
    let (mut cursor, mut seen) = (Cursor::new(&plan), Observed::of_request("req-1"));
    for ((outcome, answer), millis) in walk.into_iter().zip((0..).step_by(1_000)) {
        let Step::Attempt(id) = cursor.next(at(millis)) else { panic!("{plan}") };
        if outcome == Outcome::Success {
            cursor.first_token(id, at(millis + 300)).unwrap();
            cursor.committed(id).unwrap();
        }
        cursor.report(id, outcome, at(millis + 900)).unwrap();
        seen = seen.with_attempt(id, answer);
    }
    cursor.next(at(5_000));
    engine.finish(&plan, &cursor, &seen, at(5_000))
}

fn usage(input: u64, cached: u64, output: u64) -> Metered {
    Usage { input: Some(input), cached: Some(cached), output: Some(output), ..Usage::default() }.into()
}

fn answer(usage: Metered) -> (Outcome, Answer) {
    (Outcome::Success, Answer::default().with_usage(usage).with_request_id("up-1"))
}

fn dollars(text: &str) -> Option<Money> {
    Money::from_decimal(text).ok().map(|parsed| parsed.value)
}

#[test]
fn an_answer_is_billed_line_by_line() {
    let record = record(&engine(), "house-1", vec![answer(usage(1_000, 400, 200))]);
    let bill = record.attempts[0].bill.as_ref().unwrap();
    let lines: Vec<_> = bill.lines().iter().map(|line| (line.kind, line.units.unwrap(), line.amount)).collect();
    assert_eq!(
        lines,
        [
            (PriceKind::Input, 600, dollars("0.0015")),
            (PriceKind::CacheRead, 400, dollars("0.0001")),
            (PriceKind::Output, 200, dollars("0.002")),
        ]
    );
    assert_eq!(record.cost.total.total, dollars("0.0036"));
    assert_eq!((record.prices[0].name.as_str(), record.prices[0].date.as_str()), ("list", "2026-11-01"));
    assert!(bill.lines().iter().all(|line| line.source == Some(0)));
}

#[test]
fn long_prompts_are_billed_by_their_own_list() {
    let record = record(&engine(), "house-1", vec![answer(usage(300_000, 0, 0))]);
    let line = &record.attempts[0].bill.as_ref().unwrap().lines()[0];
    assert_eq!((line.above, line.amount), (Some(Tokens::new(200_000)), dollars("1.5")));
    assert_eq!(record.attempts[0].against, Against::Above, "nobody expected that");
}

#[test]
fn lifetimes_of_the_cache_and_searches_have_prices_of_their_own() {
    let reported = r#"{"input_tokens": 100, "cache_read_input_tokens": 1000, "cache_creation_input_tokens": 300,
        "cache_creation": {"ephemeral_5m_input_tokens": 100, "ephemeral_1h_input_tokens": 200},
        "output_tokens": 10, "server_tool_use": {"web_search_requests": 3}, "service_tier": "standard"}"#;
    let usage = Metered::read(Protocol::Messages, &RawJson::parse(reported).unwrap());
    let record_total = |usage| record(&engine(), "other-1", vec![answer(usage)]).cost.total.total;
    // 100 × $3 + 1,000 × $0.30 + 100 × $3.75 + 200 × $6 + 10 × $15, per million, and three searches.
    assert_eq!(record_total(usage), dollars("0.032325"));

    let mut odd = Metered::nothing();
    (odd.input, odd.cache_write, odd.cache_write_1h) = (Some(300), Some(300), Some(500));
    assert_eq!(record_total(odd), dollars("0.0018"), "no more was kept for an hour than was written");
}

#[test]
fn the_class_of_service_that_answered_is_billed() {
    let engine = engine();
    let in_tier = |tier| record(&engine, "house-1", vec![answer(usage(1_000, 0, 0).in_tier(tier))]);
    assert_eq!(in_tier("default").cost.total.total, dollars("0.0025"));
    assert_eq!(in_tier("auto").cost.total.total, dollars("0.0025"));
    assert_eq!(in_tier("priority").cost.total.total, dollars("0.005"));
    let unknown = in_tier("scale");
    assert_eq!((unknown.attempts[0].bill.as_ref(), unknown.cost.total.total), (None, None));
}

#[test]
fn what_nobody_says_is_unknown_to_the_sum_that_it_belongs_to_and_to_no_other() {
    let engine = engine();
    let failed = |usage: Option<Metered>| {
        let mut answer = Answer::default();
        answer.usage = usage;
        (Outcome::failed(ErrorClass::Server).with_status(500), answer)
    };
    let record_of = |walk| record(&engine, "house-1", walk).cost;
    let cost = record_of(vec![failed(None), answer(usage(1_000, 0, 0))]);
    assert_eq!((cost.answer.total, cost.failed.total, cost.total.total), (dollars("0.003"), None, None));
    assert_eq!(cost.total.known.to_string(), "$0.003");
    let cost = record_of(vec![failed(Some(Metered::nothing())), answer(usage(1_000, 0, 0))]);
    assert_eq!((cost.failed.total, cost.total.total), (dollars("0"), dollars("0.003")));
    let cost = record_of(vec![failed(Some(usage(400, 0, 0))), answer(usage(1_000, 0, 0))]);
    assert_eq!((cost.failed.total, cost.total.total), (dollars("0.001"), dollars("0.004")));

    let unpriced = record(&engine, "nameless-1", vec![answer(usage(10, 0, 10))]);
    assert_eq!((unpriced.cost.total.total, unpriced.attempts[0].against), (None, Against::Unknown));
    let counted: Metered = Usage { input: Some(1_000), ..Usage::default() }.into();
    let partly = record(&engine, "house-1", vec![answer(counted)]);
    assert_eq!((partly.cost.total.total, partly.cost.total.known.to_string()), (None, "$0.0025".to_owned()));
}

#[test]
fn a_cut_answer_is_no_answer_but_has_been_served() {
    let engine = engine();
    let plan = plan(&engine, "house-1");
    let mut cursor = Cursor::new(&plan);
    let Step::Attempt(id) = cursor.next(NOW) else { panic!("{plan}") };
    cursor.committed(id).unwrap();
    let open = engine.finish(&plan, &cursor, &Observed::default(), NOW);
    assert_eq!((open.ending, open.served), (None, Some(0)));
    cursor.report(id, Outcome::failed(ErrorClass::Connection), at(9)).unwrap();
    let seen = Observed::default().with_attempt(id, Answer::default().with_usage(usage(1_000, 0, 0)));
    let record = engine.finish(&plan, &cursor, &seen, at(9));
    assert_eq!(
        (record.served, record.cost.answer.total, record.cost.failed.total),
        (Some(0), dollars("0"), dollars("0.0025"))
    );
}

#[test]
fn whole_answers_tell_their_usage_tier_and_searches() {
    let body = r#"{"id":"resp_1","object":"response","created_at":1,"status":"completed","model":"house-1","output":[],
        "service_tier":"priority","tool_usage":{"web_search":{"num_requests":2}},
        "usage":{"input_tokens":30,"input_tokens_details":{"cached_tokens":10},"output_tokens":5}}"#;
    let response = decode_response(Protocol::Responses, body.as_bytes(), &Limits::default()).unwrap();
    let mut expected = usage(30, 10, 5).in_tier("priority");
    expected.web_searches = Some(2);
    assert_eq!(Metered::of(&response), Some(expected));
    let silent = br#"{"id":"c","object":"chat.completion","choices":[]}"#;
    let response = decode_response(Protocol::Chat, silent, &Limits::default()).unwrap();
    assert_eq!(Metered::of(&response), None);
}

/// Records stay in accounts for years: what this version wrote is read by every later one.
#[test]
fn a_record_of_version_1_reads_back() {
    let failed = (Outcome::failed(ErrorClass::RateLimitTokens).with_status(429), Answer::default());
    let made = record(&engine(), "house-1", vec![failed, answer(usage(1_000, 400, 200))]);
    let golden = include_str!("golden/record-1.json");
    assert_eq!(serde_json::to_string_pretty(&made).unwrap(), golden.trim_end());
    assert_eq!(serde_json::from_str::<RequestRecord>(golden).unwrap(), made);
    let newer = golden.replacen("\"schema\": 1", "\"schema\": 2", 1);
    let error = serde_json::from_str::<RequestRecord>(&newer).unwrap_err().to_string();
    assert!(error.contains("schema version 2 of a record is unknown, expected 1"), "{error}");
}

#[test]
fn a_record_is_shown_in_headers() {
    let failed = (Outcome::failed(ErrorClass::RateLimitTokens).with_status(429), Answer::default());
    let headers = record(&engine(), "house-1", vec![failed, answer(usage(1_000, 400, 200))]).headers();
    let value = |name: &str| headers.iter().find(|header| header.0 == name).map(|header| header.1.as_str());
    for (name, expected) in [
        ("x-switchback-request-id", Some("req-1")),
        ("x-switchback-plan", None),
        ("x-switchback-requested", Some("house-1")),
        ("x-switchback-served", Some("anthropic/other-1")),
        ("x-switchback-protocol", Some("messages")),
        ("x-switchback-upstream-id", Some("up-1")),
        ("x-switchback-attempts", Some("2")),
        ("x-switchback-failed", Some("openai/house-1=rate_limit_tokens")),
        ("x-switchback-ending", Some("answered")),
        ("x-switchback-cost", Some("unknown")),
        ("x-switchback-cost-failed", Some("unknown")),
        ("x-switchback-prices", Some("list 2026-11-01")),
        ("x-switchback-duration-ms", Some("5000")),
    ] {
        assert_eq!(value(name), expected, "{name}");
    }
    assert!(headers.iter().all(|(name, _)| HEADERS.iter().any(|(known, _)| known == name)));
}

#[test]
fn headers_hold_nothing_that_could_end_them_and_nothing_without_bound() {
    let mut record = record(&engine(), "house-1", vec![answer(usage(1, 0, 1))]);
    record.requested = Some("a\r\nset-cookie: x=ż%".to_owned());
    record.request_id = Some("\u{1f422}".repeat(300));
    let headers = record.headers();
    let value = |name: &str| &headers.iter().find(|header| header.0 == name).unwrap().1;
    assert_eq!(value("x-switchback-requested"), "a%0d%0aset-cookie: x=%c5%bc%25");
    assert_eq!(value("x-switchback-request-id").len(), 510, "whole bytes up to 512");
    assert!(headers.iter().all(|(_, value)| value.bytes().all(|byte| (b' '..=b'~').contains(&byte))));
}

#[test]
fn the_document_lists_the_headers() {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/records.md");
    let document = std::fs::read_to_string(path).unwrap();
    let rows: Vec<String> = HEADERS.iter().map(|(name, when)| format!("| `{name}` | {when} |\n")).collect();
    assert!(document.contains(&rows.concat()), "docs/records.md has to hold:\n{}", rows.concat());
}
