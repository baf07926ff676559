//! The gate of one endpoint against a model that keeps every call and decides by definitions.
#![cfg(not(loom))]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::many_single_char_names,
    reason = "tests fail by panicking; the formula has its letters"
)]

use std::sync::Arc;

use proptest::prelude::*;
use switchback_units::{Millis, Timestamp};
use switchback_uptime::{
    Call, Counts, Endpoint, Feature, Features, Outcome, Settings, Target, Test, Uptime, Verdict, Window,
};

const TARGET: Target = Target { endpoint: 1, provider: 2, credential: 3 };
const START: u64 = 1_795_000_000_000;

/// Whether the upper end of the Wilson interval lies below the limit, in exact rationals from its definition
/// `(p + z²/2n + z·√(p(1−p)/n + z²/4n²)) / (1 + z²/n) < a/b`, with `z² = Z/1000` and everything multiplied by `2000·n·b`.
fn wilson_upper_end_is_below(n: i128, s: i128, z: i128, a: i128, b: i128) -> bool {
    let gap = 2 * a * (1_000 * n + z) - 2_000 * b * s - z * b;
    gap > 0 && gap * gap * n > z * (4_000 * s * (n - s) + z * n) * b * b
}

#[test]
fn the_integer_test_is_the_wilson_interval() {
    for z in [6_636, 9_486] {
        let test = Test::new(90, z);
        for n in 1..=3_000_u64 {
            for failed in 0..=n {
                // Far from the limit both say the same for long stretches: look at all of the small, then near it.
                if n > 200 && failed.abs_diff(n / 10) > 60 {
                    continue;
                }
                let exact = wilson_upper_end_is_below(n.into(), (n - failed).into(), z.into(), 90, 100);
                assert_eq!(test.falls_short(Counts::new(n, failed)), exact, "{failed} of {n} failed, z² {z}");
            }
        }
    }
}

/// Every call, and the state of the gate in words.
#[derive(Debug, Default)]
struct Model {
    calls: Vec<(u64, bool)>,
    since: u64,
    in_a_row: u32,
    out: Option<Out>,
}

#[derive(Debug)]
struct Out {
    walk: i32,
    /// Read off the endpoint: the jitter is not modelled.
    until: u64,
}

impl Model {
    fn window(&self, now: u64, buckets: u64) -> (i128, i128) {
        let newest = now / 5_000;
        let within = self.calls.iter().filter(|(at, _)| {
            let bucket = at / 5_000;
            bucket >= self.since && bucket <= newest && bucket + buckets > newest
        });
        within.fold((0, 0), |(n, s), (_, success)| (n + 1, s + i128::from(*success)))
    }

    fn fails_too_often(&self, now: u64) -> bool {
        [(2, 9_486), (12, 6_636)].into_iter().any(|(buckets, z)| {
            let (n, s) = self.window(now, buckets);
            n >= 10 && wilson_upper_end_is_below(n, s, z, 90, 100)
        }) || {
            let (n, s) = self.window(now, 2);
            n >= 5 && s == 0
        }
    }

    /// Returns whether it goes out by this call.
    fn record(&mut self, success: bool, now: u64) -> bool {
        if let Some(out) = &mut self.out {
            out.walk += if success { 1 } else { -9 };
            if out.walk >= 10 {
                (self.out, self.since, self.in_a_row) = (None, now / 5_000 + 1, 0);
            } else if out.walk < 0 {
                out.walk = 0;
            }
            self.calls.push((now, success));
            return false;
        }
        self.calls.push((now, success));
        self.in_a_row = if success { 0 } else { self.in_a_row + 1 };
        !success && (self.in_a_row >= 5 || self.fails_too_often(now))
    }
}

/// Time passes, then a call ends.
fn steps() -> impl Strategy<Value = Vec<(u64, bool)>> {
    let pause = prop_oneof![8 => 0..400_u64, 2 => 0..6_000_u64, 1 => 0..30_000_u64];
    let success = prop_oneof![3 => Just(0.95), 2 => Just(0.6), 1 => Just(0.0)];
    prop::collection::vec((pause, success), 1..400).prop_flat_map(|steps| {
        let steps: Vec<_> = steps.into_iter().map(|(pause, p)| (Just(pause), prop::bool::weighted(p))).collect();
        steps
    })
}

fn call(success: bool, now: u64) -> Call {
    let outcome = if success { Outcome::Success } else { Outcome::Failure { retry_after: None } };
    Call::new(outcome, Timestamp::from_millis(now))
}

fn is_out(endpoint: &Arc<Endpoint>, now: u64) -> Option<u64> {
    match endpoint.check(Features::BASE, Timestamp::from_millis(now)) {
        Verdict::Pass | Verdict::Ramp(_) => None,
        Verdict::Probe(_) => Some(now),
        Verdict::Blocked(block) => Some(block.until.as_millis()),
    }
}

/// Without the quarter of an hour: that window's bounds are those of minutes, and the laws look at it.
fn settings() -> Settings {
    let mut settings = Settings::default();
    (settings.forgive_after, settings.max_flaps) = (Millis::from_secs(3_600), 0);
    settings
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_gate_does_what_the_model_does(steps in steps()) {
        let uptime = Uptime::new(settings());
        let mut now = START;
        let endpoint = uptime.endpoint(TARGET, Timestamp::from_millis(now));
        let mut model = Model::default();
        for (pause, success) in steps {
            now += pause;
            let went_out = model.record(success, now);
            endpoint.record(&call(success, now), Timestamp::from_millis(now));
            let until = is_out(&endpoint, now);
            let by_the_quarter_hour = !went_out && model.out.is_none() && until.is_some() && !success;
            if went_out || by_the_quarter_hour {
                let counts = endpoint.counts(Feature::BASE, Window::QuarterHour, Timestamp::from_millis(now));
                let slow = Test::new(90, 6_636).falls_short(counts);
                prop_assert!(went_out || slow, "out without a reason at {counts:?}");
                prop_assert!(until.is_some_and(|until| until >= now + 9_000), "in, or out for too short: {until:?}");
                model.out = Some(Out { walk: 0, until: until.unwrap() });
                continue;
            }
            prop_assert_eq!(until.is_some(), model.out.is_some(), "at {} after {:?}", now, success);
            if let (Some(out), Some(until)) = (&mut model.out, until) {
                prop_assert!(until.max(now) >= out.until.min(now), "an ejection never shortens");
                out.until = out.until.max(until);
            }
            for (window, buckets) in [(Window::TenSeconds, 2), (Window::Minute, 12)] {
                let counts = endpoint.counts(Feature::BASE, window, Timestamp::from_millis(now));
                let (n, s) = model.window(now, buckets);
                prop_assert_eq!((i128::from(counts.total()), i128::from(counts.succeeded())), (n, s));
            }
        }
    }
}
