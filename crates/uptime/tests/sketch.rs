//! The laws of sketches, against the sorted values.
#![cfg(not(loom))]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests fail by panicking")]

use proptest::prelude::*;
use switchback_units::{Millis, Timestamp};
use switchback_uptime::{Metric, Settings, Sketch, Span, Summary, Target, Timing, Uptime};

fn values() -> impl Strategy<Value = Vec<u64>> {
    let value = prop_oneof![0..40_u64, 0..2_000_u64, 0..(1_u64 << 20)];
    prop::collection::vec(value, 1..400)
}

fn sketch(values: &[u64]) -> Sketch {
    let mut sketch = Sketch::default();
    for value in values {
        sketch.insert(*value);
    }
    sketch
}

/// By nearest rank.
fn true_percentile(sorted: &[u64], percent: u8) -> u64 {
    let rank = (usize::from(percent) * sorted.len()).div_ceil(100).max(1);
    sorted[rank - 1]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_percentile_is_within_the_stated_error(values in values()) {
        let (mut sorted, sketch) = (values.clone(), sketch(&values));
        sorted.sort_unstable();
        let summary = Summary::of(&sketch);
        let mut last = 0;
        for percent in 0..=100 {
            let (truth, found) = (true_percentile(&sorted, percent), sketch.percentile(percent).unwrap());
            // 1/32 = 3.125 %.
            prop_assert!(found.abs_diff(truth) * 32 <= truth, "p{percent}: {found} for {truth}");
            prop_assert!(found >= last, "percentiles rise");
            if let Some(summarised) = summary.percentile(percent) {
                prop_assert_eq!(summarised, found);
            }
            last = found;
        }
        prop_assert_eq!((summary.min(), summary.max()), (sorted.first().copied(), sorted.last().copied()));
        prop_assert_eq!(summary.mean(), Some(values.iter().sum::<u64>() / u64::try_from(values.len()).unwrap()));
    }

    #[test]
    fn merging_equals_inserting_all(one in values(), other in values()) {
        let (mut merged, mut turned) = (sketch(&one), sketch(&other));
        merged.merge(&sketch(&other));
        turned.merge(&sketch(&one));
        let all = Summary::of(&sketch(&[one, other].concat()));
        prop_assert_eq!(&Summary::of(&merged), &all);
        prop_assert_eq!(&Summary::of(&turned), &all);
    }

    #[test]
    fn a_span_holds_what_lies_in_its_buckets(calls in prop::collection::vec((0..40_000_u64, 1..2_000_u64), 1..100)) {
        let uptime = Uptime::new(Settings::default());
        let mut now = 1_795_000_020_000;
        let endpoint =
            uptime.endpoint(Target { endpoint: 1, provider: 1, credential: 1 }, Timestamp::from_millis(now));
        let mut seen = Vec::new();
        for (pause, total) in calls {
            now += pause;
            endpoint.observe(&Timing::new(Millis::new(total)), Timestamp::from_millis(now));
            seen.push((now, total));
        }
        let within = |width: u64, count: u64| {
            let kept = seen.iter().filter(|(at, _)| at / width + count > now / width);
            kept.map(|(_, total)| *total).collect::<Vec<_>>()
        };
        let minute = endpoint.latency(Metric::EndToEnd, Span::Minute, Timestamp::from_millis(now));
        prop_assert_eq!(minute, Summary::of(&sketch(&within(10_000, 6))));
        // Of five minutes the oldest may be there by the minute or by its tens of seconds.
        let five = endpoint.latency(Metric::EndToEnd, Span::FiveMinutes, Timestamp::from_millis(now)).count();
        let (least, most) = (within(60_000, 5).len(), within(60_000, 6).len());
        let five = usize::try_from(five).unwrap();
        prop_assert!((least..=most).contains(&five), "{five} not in {least}..={most}");
    }
}

#[test]
fn what_was_given_up_is_not_quick() {
    let uptime = Uptime::new(Settings::default());
    let now = Timestamp::from_millis(1_795_000_020_000);
    let endpoint = uptime.endpoint(Target { endpoint: 1, provider: 1, credential: 1 }, now);
    for _ in 0..90 {
        endpoint.observe(&Timing::new(Millis::new(900)).first_token(Millis::new(200)).output_tokens(71), now);
    }
    for _ in 0..10 {
        endpoint.observe(&Timing::given_up(Millis::from_secs(30)), now);
    }
    let first_token = endpoint.latency(Metric::FirstToken, Span::Minute, now);
    assert_eq!((first_token.count(), first_token.censored()), (100, 10));
    assert_eq!(first_token.percentile(99), Some(30_000));
    let per_ten_seconds = endpoint.latency(Metric::Throughput, Span::Minute, now);
    assert_eq!((per_ten_seconds.count(), per_ten_seconds.max()), (90, Some(1_014)));
    assert_eq!(endpoint.latency(Metric::InterToken, Span::Minute, now).min(), Some(1_000), "10 ms in units of 10 µs");
    assert_eq!(endpoint.tokens(Span::Minute, now), (90 * 71, Millis::new(90 * 700)));
}

#[test]
fn few_values_say_little() {
    let few = Summary::of(&sketch(&[100; 9]));
    assert_eq!((few.percentile(50), few.percentile(95), few.min()), (None, None, Some(100)));
    let some = Summary::of(&sketch(&[100; 19]));
    assert_eq!((some.percentile(50), some.percentile(95)), (Some(100), None));
    assert_eq!(few.percentile_towards(50, 400), (9 * 100 + 20 * 400) / 29);
}
