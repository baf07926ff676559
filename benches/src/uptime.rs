//! The gate on the way of a call. Yardsticks: an atomic load, a `fetch_add`.

use std::hint::black_box;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use criterion::Criterion;
use switchback_units::{Millis, Timestamp};
use switchback_uptime::{
    Call, Endpoint, Feature, Features, Metric, Outcome, Settings, Span, Target, Timing, Uptime, Verdict, Version,
    screen,
};

const START: u64 = 1_795_000_000_000;

fn at(millis: u64) -> Timestamp {
    Timestamp::from_millis(START + millis)
}

/// Endpoints that have seen a minute of traffic with four features.
fn world(count: u64) -> (Uptime, Vec<Arc<Endpoint>>, Features) {
    let uptime = Uptime::new(Settings::default());
    let target = |id| Target { endpoint: id, provider: id, credential: id };
    let endpoints: Vec<_> = (0..count).map(|id| uptime.endpoint(target(id), at(0))).collect();
    let used = Features::BASE | Feature::STREAM | Feature::TOOLS | Feature::JSON_SCHEMA;
    for endpoint in &endpoints {
        for index in 0..600 {
            endpoint.record(&Call::new(Outcome::Success, at(index * 100)).using(used), at(index * 100));
            endpoint
                .observe(&Timing::new(Millis::new(500 + index)).first_token(Millis::new(100 + index)), at(index * 100));
        }
    }
    (uptime, endpoints, used)
}

pub(crate) fn gate(criterion: &mut Criterion) {
    let (uptime, endpoints, used) = world(8);
    let counter = AtomicU64::new(0);
    let first = endpoints.first().unwrap();
    let mut group = criterion.benchmark_group("uptime/record");
    group.bench_function("fetch_add", |bencher| bencher.iter(|| counter.fetch_add(black_box(1), Ordering::Relaxed)));
    let mut calls = 600_000_u64;
    group.bench_function("success", |bencher| {
        bencher.iter(|| {
            // A thousand calls a millisecond would be too kind: ten thousand a second.
            calls += 1;
            let now = at(calls / 10);
            black_box(first).record(&Call::new(Outcome::Success, now), now);
        });
    });
    let mut calls = 100_000_000_u64;
    group.bench_function("success_four_features", |bencher| {
        bencher.iter(|| {
            calls += 1;
            let now = at(calls / 10);
            black_box(first).record(&Call::new(Outcome::Success, now).using(used), now);
        });
    });
    let mut calls = 200_000_000_u64;
    group.bench_function("one_in_fifty_fails", |bencher| {
        bencher.iter(|| {
            calls += 1;
            let (now, failed) = (at(calls / 10), calls.is_multiple_of(50));
            let outcome = if failed { Outcome::Failure { retry_after: None } } else { Outcome::Success };
            black_box(first).record(&Call::new(outcome, now), now);
        });
    });
    let mut calls = 300_000_000_u64;
    group.bench_function("success_by_id", |bencher| {
        bencher.iter(|| {
            calls += 1;
            let now = at(calls / 10);
            uptime.known(black_box(3)).unwrap().record(&Call::new(Outcome::Success, now), now);
        });
    });
    let mut calls = 400_000_000_u64;
    group.bench_function("timing", |bencher| {
        bencher.iter(|| {
            calls += 1;
            let timing = Timing::new(Millis::new(900 + calls % 500)).first_token(Millis::new(100 + calls % 90));
            black_box(first).observe(&timing.output_tokens(200), at(calls / 10));
        });
    });
    group.finish();
}

pub(crate) fn check(criterion: &mut Criterion) {
    let (_, endpoints, used) = world(8);
    let first = endpoints.first().unwrap();
    let now = at(61_000);
    assert!(endpoints.iter().all(|endpoint| endpoint.check(used, now) == Verdict::Pass));
    let words: Vec<AtomicU64> = (0..32).map(AtomicU64::new).collect();
    let mut group = criterion.benchmark_group("uptime/check");
    group.bench_function("load", |bencher| bencher.iter(|| black_box(&words).first().unwrap().load(Ordering::Relaxed)));
    group.bench_function("one", |bencher| bencher.iter(|| black_box(first).check(black_box(used), now)));
    group.bench_function("8_candidates_4_features", |bencher| {
        bencher.iter(|| {
            black_box(&endpoints).iter().filter(|one| one.check(black_box(used), now) == Verdict::Pass).count()
        });
    });
    group.bench_function("32_loads", |bencher| {
        bencher.iter(|| black_box(&words).iter().map(|word| word.load(Ordering::Relaxed)).sum::<u64>());
    });
    let mut out = Vec::with_capacity(8);
    group.bench_function("screen_8_candidates", |bencher| {
        bencher.iter(|| screen(black_box(&endpoints), used, now, &mut out));
    });
    group.finish();
}

pub(crate) fn read(criterion: &mut Criterion) {
    let (uptime, endpoints, _) = world(1_000);
    let now = at(59_950);
    let snapshot = uptime.snapshot(Span::Minute, now);
    let reading = snapshot.of(500).unwrap();
    assert!(reading.latency(Metric::FirstToken).percentile(95).is_some());
    let word = AtomicU64::new(7);
    let mut group = criterion.benchmark_group("uptime/read");
    group.bench_function("load", |bencher| bencher.iter(|| black_box(&word).load(Ordering::Relaxed)));
    group.bench_function("percentile", |bencher| {
        bencher.iter(|| black_box(reading).latency(Metric::FirstToken).percentile(black_box(95)));
    });
    group.bench_function("look_up_of_1000_and_percentile", |bencher| {
        bencher.iter(|| snapshot.of(black_box(500)).map(|reading| reading.latency(Metric::FirstToken).percentile(95)));
    });
    group.bench_function("percentile_without_snapshot", |bencher| {
        let endpoint = endpoints.get(500).unwrap();
        bencher.iter(|| black_box(endpoint).latency(Metric::FirstToken, Span::Minute, now).percentile(95));
    });
    group.sample_size(20);
    group.bench_function("snapshot_of_1000", |bencher| bencher.iter(|| uptime.snapshot(Span::Minute, now)));
    let (all, _) = uptime.export_since(Version::NONE, now);
    group.bench_function("export_1000", |bencher| bencher.iter(|| uptime.export_since(Version::NONE, now)));
    let other = Uptime::new(Settings::default());
    group.bench_function("import_1000", |bencher| bencher.iter(|| other.import(black_box(&all), now)));
    group.finish();
}
