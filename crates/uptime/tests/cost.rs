//! What a key takes: no allocation on the way of a call, and a bounded size.
#![cfg(not(loom))]
#![allow(clippy::unwrap_used, reason = "tests fail by panicking")]

use std::hint::black_box;

use allocation_counter::measure;
use switchback_units::{Millis, Timestamp};
use switchback_uptime::{
    Call, Endpoint, Feature, Features, Metric, Outcome, Settings, Span, Target, Timing, Uptime, screen,
};

const START: u64 = 1_795_000_000_000;

fn at(millis: u64) -> Timestamp {
    Timestamp::from_millis(START + millis)
}

fn target(id: u64) -> Target {
    Target { endpoint: id, provider: id, credential: id }
}

#[test]
fn recording_checking_and_screening_allocate_nothing() {
    let uptime = Uptime::new(Settings::default());
    let candidates: Vec<_> = (0..8).map(|id| uptime.endpoint(target(id), at(0))).collect();
    let used = Features::BASE | Feature::TOOLS | Feature::STREAM | Feature::JSON_SCHEMA;
    let outcomes = [
        Outcome::Success,
        Outcome::Success,
        Outcome::Failure { retry_after: None },
        Outcome::Breach(Features::BASE | Feature::TOOLS),
        Outcome::Throttled { retry_after: None },
        Outcome::Neutral,
    ];
    let mut screened = Vec::with_capacity(8);
    // The first call with a feature makes its counters.
    for endpoint in &candidates {
        endpoint.record(&Call::new(Outcome::Success, at(0)).using(used), at(0));
    }
    let counted = measure(|| {
        for (index, outcome) in (0..20_000).zip(outcomes.into_iter().cycle()) {
            let now = at(index * 50);
            // The providers take turns, so that none is ever the last.
            if let Some(endpoint) = candidates.get(usize::try_from(index % 7).unwrap_or_default()) {
                endpoint.sent(now);
                endpoint.record(&Call::new(outcome, now).using(used), now);
            }
            black_box(screen(&candidates[..4], used, now, &mut screened));
        }
    });
    // What goes out asks its provider's endpoints for their state, which makes a list: a handful in a thousand seconds.
    let in_all = counted.count_total;
    assert!(in_all < 2_000, "{in_all}");
    let well = uptime.endpoint(target(100), at(0));
    well.record(&Call::new(Outcome::Success, at(0)).using(used), at(0));
    let counted = measure(|| {
        for index in 0..20_000 {
            let outcome = if index % 50 == 7 { Outcome::Failure { retry_after: None } } else { Outcome::Success };
            well.sent(at(index * 50));
            well.record(&Call::new(outcome, at(index * 50)).using(used), at(index * 50));
            black_box(well.check(used, at(index * 50)));
        }
    });
    assert_eq!(counted.count_total, 0);
}

#[test]
fn percentiles_of_a_snapshot_allocate_nothing() {
    let uptime = Uptime::new(Settings::default());
    let endpoint = uptime.endpoint(target(1), at(0));
    (0..500).for_each(|index| endpoint.observe(&Timing::new(Millis::new(200 + index)), at(index * 100)));
    let snapshot = uptime.snapshot(Span::Minute, at(50_000));
    let reading = snapshot.of(1).unwrap();
    let counted = measure(|| {
        for percent in 0..=100 {
            assert!(black_box(reading.latency(Metric::EndToEnd).percentile(percent)).is_some());
        }
    });
    assert_eq!(counted.count_total, 0);
}

#[test]
fn observing_allocates_nothing_once_warm() {
    let uptime = Uptime::new(Settings::default());
    let endpoint = uptime.endpoint(target(1), at(0));
    let observe = |index: u64| {
        let timing = Timing::new(Millis::new(900 + index % 400)).first_token(Millis::new(100 + index % 90));
        endpoint.observe(&timing.output_tokens(50 + index % 100), at(index * 25));
    };
    (0..30_000).for_each(observe);
    assert_eq!(measure(|| (30_000..60_000).for_each(observe)).count_total, 0);
}

/// The figures of docs/uptime.md.
#[test]
fn a_key_takes_what_the_document_says() {
    assert!(size_of::<Endpoint>() <= 800, "{}", size_of::<Endpoint>());
    let uptime = Uptime::new(Settings::default());
    let endpoint = uptime.endpoint(target(1), at(0));
    let feature = |feature: Feature| {
        let call = Call::new(Outcome::Success, at(0)).using(Features::BASE.with(feature));
        measure(|| endpoint.record(&call, at(0))).bytes_current
    };
    assert_eq!(feature(Feature::BASE), 0);
    assert!((1..=368).contains(&feature(Feature::TOOLS)), "{}", feature(Feature::STREAM));
    assert_eq!(feature(Feature::TOOLS), 0);

    // Two calls a second, times log-normal in shape: the usual 20 to 40 slots in use.
    for index in 0..1_200_u64 {
        let (a, b, c) = (index % 17, index % 13, index % 7);
        let timing = Timing::new(Millis::new(1_500 + a * a * 20)).first_token(Millis::new(300 + b * c * 9));
        endpoint.observe(&timing.output_tokens(60 + a * 8), at(index * 500));
    }
    let typical = endpoint.latency_bytes();
    assert!(typical <= 24 << 10, "{typical}");
    // The worst: every slot of every sketch in use.
    for index in 0..300_000_u64 {
        let spread = index.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 40;
        let timing = Timing::new(Millis::new(spread % (1 << 20))).first_token(Millis::new(spread % (1 << 19)));
        endpoint.observe(&timing.output_tokens(1 + spread % 9_000), at(600_000 + index));
    }
    let worst = endpoint.latency_bytes();
    assert!(worst <= 56 << 10, "{worst}");
    println!("endpoint {} B, latencies {typical} B, at worst {worst} B", size_of::<Endpoint>());
}
