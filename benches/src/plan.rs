//! Decisions on a parsed request, over catalogs of several sizes. Yardstick: `IgnoredAny` over the request's body, which is
//! what reading it costs at the least.

use std::hint::black_box;

use criterion::Criterion;
use switchback::{Engine, Situation, decode};
use switchback_ir::{Limits, Protocol};
use switchback_plan::{Cursor, Demand, Itinerary, Plan, Policy};

use switchback_testkit::PAYLOADS;

use crate::market::{MODEL, NOW, catalog, decide};

pub(crate) fn deciding(criterion: &mut Criterion) {
    let payload = PAYLOADS.iter().find(|payload| payload.name == "agent_20k").unwrap();
    let body = payload.body(Protocol::Chat);
    let request = decode(Protocol::Chat, &body, &Limits::default()).unwrap();
    let demand = Demand::of(&request).with_model(MODEL);
    let mut group = criterion.benchmark_group("plan/decide");
    group.bench_function("IgnoredAny", |bencher| {
        bencher.iter(|| serde_json::from_slice::<serde::de::IgnoredAny>(black_box(&body)).unwrap());
    });
    for (served, all, name) in [(10, 10, "10"), (100, 100, "100"), (10, 5_000, "10_of_5000")] {
        let catalog = catalog(served, all);
        let decide = |lean| decide(&demand, &catalog, lean);
        assert_eq!(decide(false).attempts().len(), served);
        group.bench_function(name, |bencher| bencher.iter(|| decide(black_box(false))));
        group.bench_function(format!("{name}/lean"), |bencher| bencher.iter(|| decide(black_box(true))));
    }
    group.finish();
    whole_way(criterion, &body);
    walk(criterion);
}

/// From the client's bytes to the bytes for the first attempt.
fn whole_way(criterion: &mut Criterion, body: &[u8]) {
    let engine = Engine::default();
    let way = || {
        let request = decode(Protocol::Chat, black_box(body), &Limits::default()).unwrap();
        let plan = engine.decide(&request, &Situation::at(NOW));
        let first = plan.attempts().first().unwrap();
        engine.prepare(&request, &plan, first).unwrap()
    };
    assert!(!way().body.is_empty());
    let mut group = criterion.benchmark_group("plan/whole_way");
    group.bench_function("IgnoredAny", |bencher| {
        bencher.iter(|| serde_json::from_slice::<serde::de::IgnoredAny>(black_box(body)).unwrap());
    });
    group.bench_function("20k", |bencher| bencher.iter(way));
    group.finish();
}

/// A cursor over ten attempts of which the first two fail.
fn walk(criterion: &mut Criterion) {
    use switchback_ir::ErrorClass;
    use switchback_plan::{Outcome, Step};

    let engine = Engine::new(catalog(10, 10), Policy::default());
    let body = br#"{"model":"claude-haiku-4-5","messages":[{"role":"user","content":"hello"}]}"#;
    let request = decode(Protocol::Chat, body, &Limits::default()).unwrap();
    let plan: Plan = engine.decide(&request, &Situation::at(NOW));
    let mut group = criterion.benchmark_group("plan/cursor");
    group.bench_function("three_attempts", |bencher| {
        bencher.iter(|| {
            let mut cursor = Cursor::new(Itinerary::from(black_box(&plan)));
            for outcome in [Outcome::failed(ErrorClass::Server), Outcome::failed(ErrorClass::Timeout), Outcome::Success]
            {
                let Step::Attempt(id) = cursor.next(NOW) else { panic!("there are ten") };
                cursor.report(id, outcome, NOW).unwrap();
            }
            cursor
        });
    });
    group.finish();
}
