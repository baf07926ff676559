//! One live engine under many threads: nothing is lost while policy and catalog are replaced, what is under way keeps what it
//! began with, and what was learned outlives it.
//!
//! `SWITCHBACK_SECONDS=60 cargo test -p switchback --test live -- --nocapture sixty` is the long run, with 1,000
//! replacements (docs/testing.md).
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    clippy::disallowed_types,
    clippy::print_stdout,
    reason = "tests fail by panicking, and this one has threads, a clock and figures"
)]

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use switchback::affinity::Secret;
use switchback::catalog::{Billing, Catalog, EndpointId, PriceKind, Providers, Row};
use switchback::ir::ErrorClass;
use switchback::plan::{Cursor, Outcome, Step};
use switchback::record::{Metered, Observed};
use switchback::units::{Millis, Rate};
use switchback::uptime::{Feature, Settings, Uptime, Window};
use switchback::{
    Conversations, Engine, Limits, Live, Overlay, Policy, Protocol, Request, RequestReader, Situation, Speaker,
    Timestamp, decode,
};

const NOW: Timestamp = Timestamp::from_millis(1_795_000_000_000);
const HOSTS: [&str; 3] = ["azure", "google", "openai"];
const BODY: &str = r#"{"model":"gpt-4o","messages":[{"role":"user","content":"hello"}]}"#;

/// Three hosts of one model at that price.
fn catalog(dollars: &str) -> Catalog {
    let rows = HOSTS.map(|provider| {
        let mut row = Row::new(provider, "gpt-4o");
        row.protocols = vec![Protocol::Chat];
        row.billing = Billing::Metered;
        for kind in [PriceKind::Input, PriceKind::Output] {
            row.prices.base.set(kind, Rate::per_million(dollars).unwrap().value);
        }
        row
    });
    Catalog::build(rows.into(), Vec::new(), Providers::embedded()).unwrap()
}

fn policy(version: &str) -> Policy {
    Policy::from_toml(&format!("version = '{version}'\nretry = {{ attempts = 2, on = [429, '5xx'] }}")).unwrap()
}

fn live() -> Live {
    let engine = Engine::new(catalog("1"), policy("0"));
    Live::with_conversations(engine, Uptime::new(Settings::default()), Conversations::new(Secret::new([7; 32])))
}

fn request() -> Request<'static> {
    decode(Protocol::Chat, BODY.as_bytes(), &Limits::default()).unwrap()
}

fn usage() -> Metered {
    Metered::from(switchback::ir::Usage { input: Some(1_000_000), output: Some(0), ..Default::default() })
}

/// Calls that the gate counted, of all hosts, in a quarter of an hour.
fn counted(live: &Live, now: Timestamp) -> (u64, u64) {
    let counts = live.uptime().endpoints().into_iter().map(|gate| gate.counts(Feature::BASE, Window::QuarterHour, now));
    counts.fold((0, 0), |(total, failed), counts| (total + counts.total(), failed + counts.failed()))
}

/// What all threads did.
#[derive(Default)]
struct Tally {
    decisions: AtomicU64,
    observations: AtomicU64,
    failures: AtomicU64,
    swaps: AtomicU64,
    over: AtomicBool,
}

/// The time of the run: a real clock over a fixed beginning.
fn clock(started: Instant) -> Timestamp {
    NOW.saturating_add(Millis::new(u64::try_from(started.elapsed().as_millis()).unwrap()))
}

/// Serves requests until the run is over: every answer is priced by the catalog that planned it.
fn serve(live: &Live, tally: &Tally, thread: u64, started: Instant) {
    let request = request();
    let tenant = thread.to_le_bytes();
    let speaker = Speaker { tenant: &tenant, session: Some(b"s"), ..Speaker::default() };
    for turn in 0_u64.. {
        if tally.over.load(Ordering::Relaxed) {
            return;
        }
        let situation = Situation::at(clock(started)).with_seed(turn);
        let decision = live.decide(&request, &situation, &speaker);
        tally.decisions.fetch_add(1, Ordering::Relaxed);
        let planned = decision.plan.policy().map(str::to_owned);
        assert_eq!(planned.as_deref(), decision.engine.policy().version.as_deref(), "one state decides");
        let mut cursor = Cursor::new(&decision.plan);
        while let Step::Attempt(id) = cursor.next(clock(started)) {
            let fails = (turn * 31 + thread * 7 + u64::try_from(id.index()).unwrap()).is_multiple_of(64);
            let outcome = if fails { Outcome::failed(ErrorClass::Server) } else { Outcome::Success };
            live.sent(&decision, &cursor.attempts()[id.index()]);
            std::thread::yield_now();
            cursor.report(id, outcome, clock(started)).unwrap();
            live.observe(&decision, &cursor.attempts()[id.index()], (!fails).then(usage).as_ref());
            tally.observations.fetch_add(1, Ordering::Relaxed);
            tally.failures.fetch_add(u64::from(fails), Ordering::Relaxed);
        }
        let seen = Observed::of_request("r");
        let record = decision.engine.finish(&decision.plan, &cursor, &seen, clock(started));
        assert_eq!(record.policy, planned, "and the record says which");
        assert!(live.version() >= decision.version, "versions never go back");
    }
}

/// Replaces policy and catalog in turns; each text that is no policy is refused and changes nothing.
fn replace(live: &Live, tally: &Tally, swaps: u64, pause: Duration) {
    for swap in 1..=swaps {
        if swap % 2 == 0 {
            live.set_catalog(catalog(["1", "2", "3"][usize::try_from(swap % 3).unwrap()]));
        } else {
            live.set_policy(policy(&swap.to_string())).unwrap();
        }
        let before = (live.version(), live.engine().policy().clone());
        live.load_policy("version = 'broken'\nsortt = 'cost'").unwrap_err();
        live.load_policy("version = 'broken'\ngroups.a = ['b']\ngroups.b = ['a']").unwrap_err();
        assert_eq!((live.version(), live.engine().policy()), (before.0, &before.1), "refused whole");
        tally.swaps.fetch_add(1, Ordering::Relaxed);
        std::thread::sleep(pause);
    }
    tally.over.store(true, Ordering::Relaxed);
}

#[test]
fn sixty_four_threads_lose_nothing_while_policy_and_catalog_are_replaced() {
    let seconds: u64 = std::env::var("SWITCHBACK_SECONDS").map_or(0, |seconds| seconds.parse().unwrap());
    let (swaps, whole) =
        if seconds == 0 { (50, Duration::from_millis(1_500)) } else { (1_000, Duration::from_secs(seconds)) };
    let (live, tally, started) = (live(), Tally::default(), Instant::now());
    std::thread::scope(|scope| {
        for thread in 0..64 {
            let (live, tally) = (live.clone(), &tally);
            scope.spawn(move || serve(&live, tally, thread, started));
        }
        let pause = whole / u32::try_from(swaps).unwrap();
        replace(&live, &tally, swaps, pause);
    });
    let load = |count: &AtomicU64| count.load(Ordering::Relaxed);
    let (observations, failures) = (load(&tally.observations), load(&tally.failures));
    let (total, failed) = counted(&live, clock(started));
    println!(
        "{:?}: {} decisions, {observations} observations, {} replacements, {} lost",
        started.elapsed(),
        load(&tally.decisions),
        load(&tally.swaps),
        observations.abs_diff(total)
    );
    assert_eq!((total, failed), (observations, failures), "no observation is lost or counted twice");
    assert_eq!((live.version(), load(&tally.swaps)), (swaps, swaps), "no replacement is lost");
    assert!(failures > 0 && load(&tally.decisions) > swaps, "it did something");
}

#[test]
fn replacements_of_policy_and_catalog_at_once_undo_nothing_of_each_other() {
    let live = live();
    std::thread::scope(|scope| {
        for half in 0..8 {
            let live = live.clone();
            scope.spawn(move || {
                for swap in 0..50 {
                    if half % 2 == 0 {
                        live.set_policy(policy(&format!("{half}.{swap}"))).unwrap();
                    } else {
                        live.set_catalog(catalog("2"));
                    }
                }
            });
        }
    });
    assert_eq!(live.version(), 400);
    assert!(live.engine().policy().version.as_deref().unwrap().ends_with(".49"));
}

#[test]
fn what_is_under_way_keeps_its_catalog_and_policy() {
    let live = live();
    let decision = live.decide(&request(), &Situation::at(NOW), &Speaker::default());
    let mut cursor = Cursor::new(&decision.plan);
    let Step::Attempt(first) = cursor.next(NOW) else { panic!("{}", decision.plan) };
    assert_eq!(live.set_engine(&Engine::new(catalog("7"), policy("1"))), 1);
    cursor.report(first, Outcome::failed(ErrorClass::Connection), NOW).unwrap();
    let Step::Attempt(second) = cursor.next(NOW) else { panic!("it goes on") };
    cursor.report(second, Outcome::Success, NOW).unwrap();

    let answer = switchback::record::Answer::default().with_usage(usage());
    let seen = Observed::of_request("r").with_attempt(second, answer);
    let record = decision.engine.finish(&decision.plan, &cursor, &seen, NOW);
    let cost = |record: &switchback::record::RequestRecord| record.cost.answer.total.unwrap().to_string();
    assert_eq!(
        (record.policy.as_deref(), cost(&record).as_str()),
        (Some("0"), "$1.00"),
        "the price that it began with"
    );
    let next = live.decide(&request(), &Situation::at(NOW), &Speaker::default());
    assert_eq!((next.version, next.plan.policy()), (1, Some("1")));
}

/// Fails calls of the endpoint that comes first until the gate closes on it.
fn put_out(live: &Live) -> EndpointId {
    let decide = || live.decide(&request(), &Situation::at(NOW), &Speaker::default());
    let first = decide().plan.attempts()[0].id();
    // Others are well, so that it is not our network.
    for (outcome, calls) in [(Outcome::Success, 5), (Outcome::failed(ErrorClass::Server), 5)] {
        for _ in 0..calls {
            let decision = decide();
            let fails = outcome.class().is_some();
            let at = decision.plan.attempts().iter().position(|attempt| (attempt.id() == first) == fails).unwrap();
            let mut cursor = Cursor::new(&decision.plan);
            let Step::Attempt(id) = cursor.next(NOW) else { panic!("{}", decision.plan) };
            cursor.report(id, outcome, NOW).unwrap();
            let mut tried = cursor.attempts()[0].clone();
            (tried.stop, tried.endpoint) = (at, decision.plan.attempts()[at].id());
            live.observe(&decision, &tried, None);
        }
    }
    first
}

#[test]
fn a_lean_plan_may_be_the_one_that_finds_out_whether_an_endpoint_is_back() {
    let live = live();
    let first = put_out(&live);
    let lean = |now| live.decide(&request(), &Situation::at(now).lean(), &Speaker::default());
    assert!(!lean(NOW).is_probe(), "its time is not over");
    let (probing, other) = (lean(NOW.saturating_add(Millis::from_secs(600))), lean(NOW));
    assert!(probing.is_probe() && probing.plan.attempts()[0].id() == first, "{}", probing.plan);
    assert!(!other.is_probe() && other.plan.attempts().iter().all(|attempt| attempt.id() != first), "{}", other.plan);
}

#[test]
fn the_session_that_a_request_names_tells_its_conversation() {
    let live = live();
    let body = BODY.replace("\"messages\"", "\"session_id\":\"s-1\",\"models\":[\"openai/gpt-4o\"],\"messages\"");
    let decide = |speaker: &Speaker<'_>| {
        let mut request = decode(Protocol::Chat, body.as_bytes(), &Limits::default()).unwrap();
        let reader = RequestReader::default();
        let (decision, routing) = live.decide_as_asked(&mut request, &Situation::at(NOW), reader, speaker).unwrap();
        assert!(request.fields.is_empty() && routing.is_some(), "no provider sees it");
        decision.warm.key()
    };
    let named = Speaker { session: Some(b"s-1"), ..Speaker::default() };
    let other = Speaker { session: Some(b"s-2"), ..Speaker::default() };
    assert!(decide(&Speaker::default()).is_some() && decide(&Speaker::default()) == decide(&named));
    assert_ne!(decide(&other), decide(&named), "a speaker's own session comes first");
}

/// What goes elsewhere anyway neither probes nor keeps others from it.
#[test]
fn a_request_that_would_not_begin_at_an_endpoint_leaves_its_probe_to_others() {
    let live = live();
    let first = put_out(&live);
    let host = live.engine().catalog().endpoint(first).unwrap().provider().to_owned();
    let mut elsewhere = Overlay::default();
    let others = HOSTS.iter().filter(|other| !host.starts_with(**other));
    elsewhere.settings.order = Some(others.map(|other| other.parse().unwrap()).collect());
    let later = Situation::at(NOW.saturating_add(Millis::from_secs(600)));
    let other = live.decide(&request(), &later.with_overlay(&elsewhere), &Speaker::default());
    assert!(!other.is_probe() && other.plan.attempts()[0].id() != first, "{}", other.plan);
    let probing = live.decide(&request(), &later, &Speaker::default());
    assert!(probing.is_probe() && probing.plan.attempts()[0].id() == first, "{}", probing.plan);
}

#[test]
fn what_was_learned_outlives_a_replacement_and_decides_at_once() {
    let live = live();
    let decide = |live: &Live, now| live.decide(&request(), &Situation::at(now), &Speaker::default());
    let first = put_out(&live);
    let gated = |plan: &switchback::Plan| -> Vec<EndpointId> {
        let excluded = plan.excluded().iter().filter(|excluded| excluded.reason.code() == "gated_by_uptime");
        excluded.map(|excluded| excluded.endpoint.id()).collect()
    };
    assert_eq!(gated(&decide(&live, NOW).plan), [first], "no snapshot has to be awaited");
    live.set_engine(&Engine::new(catalog("2"), policy("1")));
    assert_eq!(gated(&decide(&live, NOW).plan), [first], "the endpoint is the same under another catalog");

    // When its time is over one request finds out whether it is back, and no other at that time.
    let later = NOW.saturating_add(Millis::from_secs(600));
    let (probing, other) = (decide(&live, later), decide(&live, later));
    assert!(probing.is_probe() && probing.plan.attempts()[0].id() == first, "{}", probing.plan);
    assert!(!other.is_probe() && gated(&other.plan) == [first], "{}", other.plan);
}
