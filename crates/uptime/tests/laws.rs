//! The laws of uptime, each over generated histories.
#![cfg(not(loom))]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    clippy::field_reassign_with_default,
    reason = "tests fail by panicking and start threads; the settings are non-exhaustive"
)]

use std::sync::Arc;

use proptest::prelude::*;
use switchback_units::{Millis, Ratio, Timestamp};
use switchback_uptime::{
    Block, Call, Cause, Counts, Endpoint, Feature, Features, Origin, Outcome, Settings, Target, Test, Uptime, Verdict,
    Version, Window, screen,
};

const START: u64 = 1_795_000_020_000;

fn at(millis: u64) -> Timestamp {
    Timestamp::from_millis(millis)
}

fn target(id: u64) -> Target {
    Target { endpoint: id, provider: id % 3, credential: id }
}

fn replica(replica: u64) -> Uptime {
    Uptime::with_origin(without_gates(), Origin { replica, incarnation: 1 })
}

/// Nothing is ever put out: a gate that closes leaves what was before out of its windows, and some laws are about counts.
fn without_gates() -> Settings {
    let mut settings = Settings::default();
    (settings.failures_in_a_row, settings.min_calls) = (u32::MAX, u64::MAX);
    settings
}

fn failure() -> Outcome {
    Outcome::Failure { retry_after: None }
}

#[derive(Clone, Copy, Debug)]
struct Event {
    pause: u64,
    endpoint: u64,
    replica: u64,
    features: Features,
    outcome: Outcome,
}

fn outcomes() -> impl Strategy<Value = Outcome> {
    prop_oneof![
        20 => Just(Outcome::Success),
        10 => Just(failure()),
        1 => (0..90_000_u64).prop_map(|ms| Outcome::Failure { retry_after: Some(Millis::new(ms)) }),
        2 => Just(Outcome::Breach(Features::BASE | Feature::JSON_SCHEMA)),
        1 => Just(Outcome::Unsupported(Features::BASE | Feature::TOOLS)),
        2 => (0..90_000_u64).prop_map(|ms| Outcome::Throttled { retry_after: Some(Millis::new(ms)) }),
        2 => Just(Outcome::Throttled { retry_after: None }),
        1 => Just(Outcome::Credential),
        1 => Just(Outcome::Configuration),
        1 => Just(Outcome::Neutral),
        1 => (0..90_000_u64, any::<bool>())
            .prop_map(|(ms, first_token)| Outcome::Cancelled { waited: Millis::new(ms), first_token }),
    ]
}

fn pauses() -> impl Strategy<Value = u64> {
    prop_oneof![30 => 0..300_u64, 8 => 0..8_000_u64, 2 => 0..100_000_u64, 1 => 0..2_000_000_u64]
}

fn events(outcomes: impl Strategy<Value = Outcome>, longest: usize) -> impl Strategy<Value = Vec<Event>> {
    let event =
        (pauses(), 0..4_u64, 0..3_u64, 0..16_u8, outcomes).prop_map(|(pause, endpoint, replica, feature, outcome)| {
            let features = Features::BASE.with(Feature::new(feature % 4).unwrap());
            Event { pause, endpoint, replica, features, outcome }
        });
    prop::collection::vec(event, 1..longest)
}

fn counted() -> impl Strategy<Value = Outcome> {
    prop_oneof![3 => Just(Outcome::Success), 1 => Just(failure())]
}

/// So seldom a failure that hardly any endpoint is still out at the end.
fn mostly_well() -> impl Strategy<Value = Outcome> {
    prop_oneof![60 => Just(Outcome::Success), 1 => Just(failure()), 1 => Just(Outcome::Throttled { retry_after: None })]
}

/// Plays events and writes down every verdict.
fn play(uptime: &Uptime, events: &[Event], start: u64) -> Vec<Verdict> {
    let mut now = start;
    events
        .iter()
        .map(|event| {
            now += event.pause;
            let endpoint = uptime.endpoint(target(event.endpoint), at(now));
            endpoint.sent(at(now));
            endpoint.record(&Call::new(event.outcome, at(now)).using(event.features), at(now));
            endpoint.check(event.features, at(now))
        })
        .collect()
}

fn end(events: &[Event], start: u64) -> u64 {
    start + events.iter().map(|event| event.pause).sum::<u64>()
}

/// Every count of every window.
fn all_counts(uptime: &Uptime, now: u64) -> Vec<Counts> {
    let counts = |endpoint: Arc<Endpoint>| {
        let windows = |feature| Window::ALL.map(|window| endpoint.counts(feature, window, at(now)));
        Feature::all().flat_map(windows).collect::<Vec<_>>()
    };
    (0..4).flat_map(|id| counts(uptime.endpoint(target(id), at(now)))).collect()
}

/// A time moved by a span.
fn shifted(verdict: Verdict, by: u64) -> Verdict {
    match verdict {
        Verdict::Blocked(Block { cause, until }) => {
            Verdict::Blocked(Block { cause, until: until.saturating_add(Millis::new(by)) })
        }
        other @ (Verdict::Pass | Verdict::Ramp(_) | Verdict::Probe(_)) => other,
    }
}

fn config() -> ProptestConfig {
    ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn merging_equals_recording_all_in_one_place(events in events(counted(), 100), order in any::<u64>()) {
        // Within the reach of an export: what is older than its windows nobody asks for.
        let events: Vec<_> = events.into_iter().map(|event| Event { pause: event.pause % 2_000, ..event }).collect();
        let (one, many) = (replica(9), [replica(0), replica(1), replica(2)]);
        let (mut now, mut blobs) = (START, Vec::new());
        for (index, event) in events.iter().enumerate() {
            now += event.pause;
            for uptime in [&one, &many[usize::try_from(event.replica).unwrap()]] {
                let call = Call::new(event.outcome, at(now)).using(event.features);
                uptime.endpoint(target(event.endpoint), at(now)).record(&call, at(now));
            }
            if index % 20 == 19 {
                blobs.extend(many.iter().map(|uptime| uptime.export_since(Version::NONE, at(now)).0));
            }
        }
        blobs.extend(many.iter().map(|uptime| uptime.export_since(Version::NONE, at(now)).0));
        let listener = replica(8);
        for blob in shuffled(&blobs, order) {
            listener.import(&blob, at(now)).unwrap();
        }
        let minute = |uptime: &Uptime| -> Vec<Counts> {
            let windows = |id| {
                let endpoint = uptime.endpoint(target(id), at(now));
                Feature::all().map(|feature| endpoint.counts(feature, Window::Minute, at(now))).collect::<Vec<_>>()
            };
            (0..4).flat_map(windows).collect()
        };
        prop_assert_eq!(minute(&listener), minute(&one));
    }

    #[test]
    fn merging_is_commutative_associative_and_idempotent(
        events in events(counted(), 80), first in any::<u64>(), second in any::<u64>(),
    ) {
        let many = [replica(0), replica(1), replica(2)];
        let (mut now, mut blobs) = (START, Vec::new());
        for event in &events {
            now += event.pause;
            let uptime = &many[usize::try_from(event.replica).unwrap()];
            let call = Call::new(event.outcome, at(now)).using(event.features);
            uptime.endpoint(target(event.endpoint), at(now)).record(&call, at(now));
            if event.pause % 11 == 0 {
                blobs.push(uptime.export_since(Version::NONE, at(now)).0);
            }
        }
        let heard = |order: &[Vec<u8>]| {
            let listener = Uptime::with_origin(without_gates(), Origin { replica: 8, incarnation: 1 });
            for blob in order {
                listener.import(blob, at(now)).unwrap();
            }
            all_counts(&listener, now)
        };
        let once = heard(&shuffled(&blobs, first));
        prop_assert_eq!(&heard(&shuffled(&blobs, second)), &once);
        let twice: Vec<_> = blobs.iter().chain(&shuffled(&blobs, first)).cloned().collect();
        prop_assert_eq!(&heard(&twice), &once);
    }

    #[test]
    fn moving_all_times_by_whole_buckets_changes_nothing(
        events in events(outcomes(), 120), minutes in 1..100_000_u64,
    ) {
        let by = minutes * 60_000;
        let here = play(&Uptime::new(Settings::default()), &events, START);
        let there = play(&Uptime::new(Settings::default()), &events, START + by);
        prop_assert_eq!(here.into_iter().map(|verdict| shifted(verdict, by)).collect::<Vec<_>>(), there);
    }

    #[test]
    fn the_number_of_a_bucket_may_wrap(events in events(outcomes(), 100), before in 0..2_000_u64) {
        // 2^24 buckets of 5 s, less a few: the same as the same history anywhere else.
        let wrap = (1 << 24) * 5_000 * 22;
        let start = wrap - before * 1_000 / 60_000 * 60_000;
        let base = wrap + 60_000_000 - wrap % 60_000;
        let start = start - start % 60_000;
        let there = play(&Uptime::new(Settings::default()), &events, start);
        let here = play(&Uptime::new(Settings::default()), &events, base);
        prop_assert_eq!(there.into_iter().map(|verdict| shifted(verdict, base - start)).collect::<Vec<_>>(), here);
    }

    #[test]
    fn time_that_goes_back_never_brings_back_what_expired(
        events in events(outcomes(), 100), back in 1..2_000_000_u64, idle in 0..(60 * 86_400_000_u64),
    ) {
        let uptime = Uptime::new(Settings::default());
        play(&uptime, &events, START);
        let now = end(&events, START) + idle;
        for id in 0..4 {
            let endpoint = uptime.endpoint(target(id), at(now));
            let seen = Window::ALL.map(|window| endpoint.counts(Feature::BASE, window, at(now)));
            let earlier = Window::ALL.map(|window| endpoint.counts(Feature::BASE, window, at(now - back)));
            prop_assert_eq!(seen, earlier);
            endpoint.record(&Call::new(failure(), at(now - back)), at(now - back));
            let counts = endpoint.counts(Feature::BASE, Window::QuarterHour, at(now));
            prop_assert!(counts.total() <= seen[2].total() + 1);
        }
    }

    #[test]
    fn a_gap_is_as_long_as_it_is(events in events(counted(), 100), days in 1..800_u64) {
        let uptime = Uptime::new(without_gates());
        play(&uptime, &events, START);
        let later = end(&events, START) + days * 86_400_000;
        prop_assert!(all_counts(&uptime, later).into_iter().all(|counts| counts == Counts::NONE));
        let endpoint = uptime.endpoint(target(0), at(later));
        endpoint.record(&Call::new(Outcome::Success, at(later)), at(later));
        prop_assert_eq!(endpoint.counts(Feature::BASE, Window::QuarterHour, at(later)), Counts::new(1, 0));
    }

    #[test]
    fn the_same_calls_within_a_bucket_decide_the_same_at_any_speed(
        successes in prop::collection::vec(any::<bool>(), 1..60), one in 0..80_u64, other in 0..80_u64,
    ) {
        let out = |pace: u64| {
            let endpoint = Uptime::new(Settings::default()).endpoint(target(1), at(START));
            successes.iter().zip(0..).map(|(success, index)| {
                let now = at(START + index * pace);
                endpoint.record(&Call::new(if *success { Outcome::Success } else { failure() }, now), now);
                endpoint.check(Features::BASE, now) == Verdict::Pass
            }).collect::<Vec<_>>()
        };
        prop_assert_eq!(out(one), out(other));
    }

    #[test]
    fn recording_within_a_bucket_is_order_insensitive(
        events in prop::collection::vec((0..4_u64, any::<bool>()), 1..60), order in any::<u64>(),
    ) {
        let counts = |events: &[(u64, bool)]| {
            let uptime = Uptime::new(without_gates());
            for (id, success) in events {
                let call = Call::new(if *success { Outcome::Success } else { failure() }, at(START));
                uptime.endpoint(target(*id), at(START)).record(&call, at(START));
            }
            all_counts(&uptime, START)
        };
        prop_assert_eq!(counts(&events), counts(&shuffled(&events, order)));
    }

    #[test]
    fn forgetting_the_idle_is_as_if_they_had_never_been(events in events(mostly_well(), 120), after in events(outcomes(), 60)) {
        let uptime = Uptime::new(Settings::default());
        play(&uptime, &events, START);
        let later = end(&events, START) + 3_600_000;
        uptime.sweep(at(later));
        let fresh = Uptime::new(Settings::default());
        // What is kept is what was said to be unsupported; refused credentials remember their level while they live.
        let known: Vec<_> = uptime.endpoints().iter().map(|endpoint| endpoint.target().endpoint).collect();
        for id in &known {
            let endpoint = uptime.known(*id).unwrap();
            prop_assert!(Feature::all().any(|feature| endpoint.unsupported_since(feature).is_some())
                || endpoint.check(Features::BASE, at(later)) != Verdict::Pass
                || Feature::all().any(|feature| endpoint.check(Features::BASE.with(feature), at(later)) != Verdict::Pass));
        }
        let after: Vec<_> = after.into_iter().filter(|event| !known.contains(&event.endpoint)).collect();
        prop_assume!(known.is_empty());
        prop_assert_eq!(play(&uptime, &after, later), play(&fresh, &after, later));
    }

    #[test]
    fn the_bound_on_endpoints_holds(ids in prop::collection::vec(any::<u64>(), 1..400), most in 16..64_usize) {
        let mut settings = Settings::default();
        settings.max_endpoints = most;
        let uptime = Uptime::new(settings);
        for (id, now) in ids.into_iter().zip(START..) {
            uptime.endpoint(target(id), at(now));
            prop_assert!(uptime.len() <= most);
        }
    }

    #[test]
    fn candidates_never_come_to_nothing(events in events(outcomes(), 120)) {
        let uptime = Uptime::new(Settings::default());
        play(&uptime, &events, START);
        let now = at(end(&events, START));
        let candidates: Vec<_> = (0..4).map(|id| uptime.endpoint(target(id), now)).collect();
        let mut out = Vec::new();
        let screening = screen(&candidates, Features::BASE | Feature::TOOLS, now, &mut out);
        let mut indices: Vec<_> = out.iter().map(|screened| screened.index).collect();
        indices.sort_unstable();
        prop_assert_eq!(indices, (0..4).collect::<Vec<_>>());
        prop_assert_eq!(screening.fail_open, screening.passing == 0);
        for (position, screened) in out.iter().enumerate() {
            prop_assert_eq!(matches!(screened.verdict, Verdict::Blocked(_)), position >= screening.passing);
        }
    }

    #[test]
    fn a_failure_never_raises_the_estimate_and_it_stays_a_ratio(
        events in events(counted(), 100), which in any::<prop::sample::Index>(),
    ) {
        let mut worse = events.clone();
        worse[which.index(events.len())].outcome = failure();
        let now = at(end(&events, START));
        let estimates = |events: &[Event]| {
            let uptime = Uptime::new(without_gates());
            play(&uptime, events, START);
            let of = |id| uptime.endpoint(target(id), now).estimate(Features::BASE | Feature::TOOLS, now);
            (0..4).map(of).collect::<Vec<_>>()
        };
        for (better, worse) in estimates(&events).into_iter().zip(estimates(&worse)) {
            prop_assert!(worse <= better);
            prop_assert!((Ratio::ZERO..=Ratio::ONE).contains(&better));
        }
    }

    #[test]
    fn a_success_never_ejects_and_a_failure_never_lets_in(events in events(counted(), 120)) {
        let uptime = Uptime::new(Settings::default());
        let mut now = START;
        for event in events {
            now += event.pause;
            let endpoint = uptime.endpoint(target(event.endpoint), at(now));
            let out = |verdict| matches!(verdict, Verdict::Blocked(Block { cause: Cause::Ejected(_), .. }) | Verdict::Probe(_));
            let before = out(endpoint.check(event.features, at(now)));
            endpoint.record(&Call::new(event.outcome, at(now)).using(event.features), at(now));
            let after = out(endpoint.check(event.features, at(now)));
            if event.outcome == Outcome::Success {
                prop_assert!(before || !after, "ejected by a success");
            } else if !uptime.is_frozen(at(now)) {
                prop_assert!(after || !before, "let in by a failure");
            }
        }
    }

    #[test]
    fn one_success_more_never_falls_short(total in 10..3_000_u64, failed in 0..300_u64) {
        let (test, counts) = (Test::new(90, 6_636), Counts::new(total, failed));
        prop_assert!(!test.falls_short(counts + Counts::new(1, 0)) || test.falls_short(counts));
        prop_assert!(!test.falls_short(counts) || test.falls_short(counts + Counts::new(1, 1)));
    }

    #[test]
    fn a_cooldown_never_shortens(events in events(outcomes(), 120)) {
        let uptime = Uptime::new(Settings::default());
        let (mut now, mut blocked) = (START, [0; 4]);
        for event in events {
            now += event.pause;
            let endpoint = uptime.endpoint(target(event.endpoint), at(now));
            endpoint.record(&Call::new(event.outcome, at(now)).using(event.features), at(now));
            let latest = &mut blocked[usize::try_from(event.endpoint).unwrap()];
            let verdict = endpoint.check(Features::BASE, at(now));
            if let Verdict::Blocked(Block { cause, until }) = verdict
                && !matches!(cause, Cause::Ejected(_) | Cause::ProviderDown)
            {
                *latest = until.as_millis().max(*latest);
            }
            if let Outcome::Throttled { retry_after: Some(span) } = event.outcome {
                *latest = (now + span.get()).max(*latest);
            }
            if *latest > now {
                let verdict = endpoint.check(Features::BASE, at(now));
                prop_assert!(matches!(verdict, Verdict::Blocked(_)), "{verdict:?} at {now}, blocked until {latest}");
            }
        }
    }

    #[test]
    fn a_replay_gives_the_same_bytes(events in events(outcomes(), 120)) {
        let origin = Origin { replica: 1, incarnation: 1 };
        let [one, other] = [0, 1].map(|_| Uptime::with_origin(Settings::default(), origin));
        prop_assert_eq!(play(&one, &events, START), play(&other, &events, START));
        let now = at(end(&events, START));
        prop_assert_eq!(one.export_since(Version::NONE, now), other.export_since(Version::NONE, now));
    }
}

/// The same in another order.
fn shuffled<T: Clone>(items: &[T], seed: u64) -> Vec<T> {
    let mut keyed: Vec<_> = items
        .iter()
        .zip(1_u64..)
        .map(|(item, index)| {
            ((seed ^ index.wrapping_mul(0x9E37_79B9_7F4A_7C15)).wrapping_mul(0xD6E8_FEB8_6659_FD93), item.clone())
        })
        .collect();
    keyed.sort_by_key(|(key, _)| *key);
    keyed.into_iter().map(|(_, item)| item).collect()
}

#[test]
fn two_threads_on_one_key_lose_no_count() {
    const CALLS: u64 = 100_000;
    let uptime = Uptime::new(without_gates());
    let endpoint = uptime.endpoint(target(1), at(START));
    std::thread::scope(|scope| {
        for offset in 0..2 {
            let endpoint = &endpoint;
            scope.spawn(move || {
                for index in 0..CALLS {
                    // Five minutes in all: buckets are replaced some sixty times while both write.
                    let now = at(START + index * 300_000 / CALLS);
                    let outcome = if index % 10 == offset { failure() } else { Outcome::Success };
                    endpoint.record(&Call::new(outcome, now), now);
                }
            });
        }
    });
    let counts = endpoint.counts(Feature::BASE, Window::QuarterHour, at(START + 300_000));
    assert_eq!(counts, Counts::new(2 * CALLS, 2 * CALLS / 10));
}

#[test]
fn the_types_are_shared_between_threads() {
    fn check<T: Send + Sync>() {}
    check::<Uptime>();
    check::<Endpoint>();
    check::<switchback_uptime::Snapshot>();
}
