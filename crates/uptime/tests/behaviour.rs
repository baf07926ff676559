//! What the gate does, case by case.
#![cfg(not(loom))]
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests fail by panicking")]

use std::sync::Arc;

use switchback_units::{Millis, Timestamp};
use switchback_uptime::{
    Block, Call, Cause, Counts, Endpoint, Feature, Features, Origin, Outcome, Settings, Target, Timing, Uptime,
    Verdict, Version, Window,
};

const FAILURE: Outcome = Outcome::Failure { retry_after: None };
const WITH_TOOLS: Features = Features::BASE.with(Feature::TOOLS);

/// A clock and some endpoints: two at each of three providers, each provider with a credential of its own.
struct World {
    uptime: Uptime,
    endpoints: Vec<Arc<Endpoint>>,
    now: u64,
}

impl World {
    fn new() -> Self {
        let (uptime, now) = (Uptime::new(Settings::default()), 1_795_000_000_000);
        let target = |id: u64| Target { endpoint: id, provider: id / 2, credential: id / 2 };
        let endpoints = (0..6).map(|id| uptime.endpoint(target(id), Timestamp::from_millis(now))).collect();
        Self { uptime, endpoints, now }
    }

    fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.now)
    }

    fn record(&self, id: usize, outcome: Outcome, features: Features) {
        self.endpoints[id].record(&Call::new(outcome, self.now()).using(features), self.now());
    }

    fn many(&self, count: usize, id: usize, outcome: Outcome) {
        (0..count).for_each(|_| self.record(id, outcome, Features::BASE));
    }

    fn check(&self, id: usize, features: Features) -> Verdict {
        self.endpoints[id].check(features, self.now())
    }

    fn cause(&self, id: usize, features: Features) -> Option<Cause> {
        match self.check(id, features) {
            Verdict::Blocked(Block { cause, .. }) => Some(cause),
            Verdict::Pass | Verdict::Ramp(_) | Verdict::Probe(_) => None,
        }
    }

    fn until(&self, id: usize) -> u64 {
        match self.check(id, Features::BASE) {
            Verdict::Blocked(Block { until, .. }) => until.as_millis() - self.now,
            other @ (Verdict::Pass | Verdict::Ramp(_) | Verdict::Probe(_)) => panic!("{other:?}"),
        }
    }
}

#[test]
fn ejections_double_and_are_forgiven() {
    let mut world = World::new();
    let mut lengths = Vec::new();
    for _ in 0..7 {
        // The provider of the others answers, so that it is not our network.
        world.many(1, 2, Outcome::Success);
        world.many(5, 0, FAILURE);
        lengths.push(world.until(0));
        world.now += world.until(0);
        let flaps = lengths.len().min(3);
        world.many(10 * flaps - 1, 0, Outcome::Success);
        assert!(matches!(world.check(0, Features::BASE), Verdict::Probe(_)), "ten for each return, thirty at most");
        world.many(1, 0, Outcome::Success);
        assert!(matches!(world.check(0, Features::BASE), Verdict::Ramp(100)));
        world.now += 6_000;
    }
    let bases = [10_000_u64, 20_000, 40_000, 80_000, 160_000, 300_000, 300_000];
    for (length, base) in lengths.iter().zip(bases) {
        assert!(length.abs_diff(base) <= base / 10, "{lengths:?}");
    }
    world.now += 600_000;
    world.many(5, 0, FAILURE);
    assert!(world.until(0) <= 11_000, "a first one again");
}

#[test]
fn a_probe_is_one_at_a_time_and_its_place_is_never_lost() {
    let mut world = World::new();
    world.many(5, 0, FAILURE);
    world.now += world.until(0);
    assert_eq!(world.check(0, Features::BASE), Verdict::Probe(Feature::BASE));
    let place = world.endpoints[0].probe(world.now()).unwrap();
    assert!(world.endpoints[0].probe(world.now()).is_none());
    assert_eq!(world.cause(0, Features::BASE), Some(Cause::Ejected(Feature::BASE)));
    drop(place);
    assert!(world.endpoints[0].probe(world.now()).is_none(), "one a second");
    world.now += 1_000;
    let leaked = world.endpoints[0].probe(world.now()).unwrap();
    world.now += 60_000;
    assert!(world.endpoints[0].probe(world.now()).is_some(), "a lease runs out");
    drop(leaked);
    world.now += 1_000;
    world.record(0, FAILURE, Features::BASE);
    assert!(world.until(0) >= 18_000, "a probe that fails puts it out for longer");
}

#[test]
fn the_share_grows_back() {
    let mut world = World::new();
    world.many(5, 0, FAILURE);
    world.now += world.until(0);
    world.many(10, 0, Outcome::Success);
    let mut shares = Vec::new();
    for _ in 0..4 {
        shares.push(world.check(0, Features::BASE));
        world.now += 5_000;
    }
    assert_eq!(shares, [Verdict::Ramp(100), Verdict::Ramp(400), Verdict::Ramp(700), Verdict::Pass]);
}

#[test]
fn a_feature_fails_alone() {
    let world = World::new();
    world.many(20, 0, Outcome::Success);
    for _ in 0..5 {
        world.record(0, Outcome::Breach(WITH_TOOLS), WITH_TOOLS);
    }
    assert_eq!(world.cause(0, WITH_TOOLS), Some(Cause::Ejected(Feature::TOOLS)));
    assert_eq!(world.check(0, Features::BASE), Verdict::Pass);
    assert_eq!(world.endpoints[0].counts(Feature::BASE, Window::Minute, world.now()), Counts::new(25, 0));
    assert_eq!(world.endpoints[0].counts(Feature::TOOLS, Window::Minute, world.now()), Counts::new(5, 5));
}

#[test]
fn a_feature_that_is_said_to_be_missing_is_dated() {
    let world = World::new();
    world.record(0, Outcome::Unsupported(WITH_TOOLS), WITH_TOOLS);
    assert_eq!(world.endpoints[0].unsupported_since(Feature::TOOLS), Some(world.now()));
    assert_eq!(world.endpoints[0].unsupported_since(Feature::STREAM), None);
    assert_eq!(world.endpoints[0].counts(Feature::BASE, Window::Minute, world.now()), Counts::NONE);
}

#[test]
fn a_rare_feature_follows_its_parent() {
    let world = World::new();
    world.many(20, 0, Outcome::Success);
    for _ in 0..3 {
        world.record(0, Outcome::Breach(WITH_TOOLS), WITH_TOOLS);
    }
    assert_eq!(world.check(0, WITH_TOOLS), Verdict::Pass, "three failures beside a parent that is well");
}

#[test]
fn a_credential_goes_out_alone_and_everywhere() {
    let mut world = World::new();
    world.record(0, Outcome::Credential, Features::BASE);
    assert_eq!(world.cause(0, Features::BASE), Some(Cause::Credential));
    assert_eq!(world.cause(1, Features::BASE), Some(Cause::Credential), "the same credential");
    assert_eq!(world.check(2, Features::BASE), Verdict::Pass);
    assert_eq!(world.endpoints[0].counts(Feature::BASE, Window::Minute, world.now()), Counts::NONE);
    assert_eq!(world.until(0), 60_000);
    world.record(1, Outcome::Credential, Features::BASE);
    assert_eq!(world.until(0), 60_000, "sent before the cooldown: it says nothing new");
    world.now += 60_000;
    world.record(0, Outcome::Credential, Features::BASE);
    assert_eq!(world.until(0), 120_000);
}

#[test]
fn a_missing_model_is_left_out() {
    let mut world = World::new();
    world.record(0, Outcome::Configuration, Features::BASE);
    assert_eq!((world.cause(0, Features::BASE), world.until(0)), (Some(Cause::Configuration), 600_000));
    assert_eq!(world.check(1, Features::BASE), Verdict::Pass);
    world.now += 600_000;
    assert_eq!(world.check(0, Features::BASE), Verdict::Pass);
}

#[test]
fn throttling_is_no_failure() {
    let mut world = World::new();
    for _ in 0..50 {
        world.record(0, Outcome::Throttled { retry_after: Some(Millis::from_secs(7)) }, Features::BASE);
    }
    assert_eq!((world.cause(0, Features::BASE), world.until(0)), (Some(Cause::Throttled), 7_000));
    assert_eq!(world.endpoints[0].counts(Feature::BASE, Window::Minute, world.now()), Counts::NONE);
    world.now += 7_000;
    assert_eq!(world.check(0, Features::BASE), Verdict::Pass);
}

#[test]
fn what_the_headers_say_is_left_is_kept_to() {
    let mut world = World::new();
    let (endpoint, reset) = (Arc::clone(&world.endpoints[0]), Timestamp::from_millis(world.now + 20_000));
    endpoint.quota(2, reset, world.now());
    endpoint.sent(world.now());
    assert_eq!(world.check(0, Features::BASE), Verdict::Pass);
    endpoint.sent(world.now());
    assert_eq!(
        (world.cause(0, Features::BASE), world.until(0)),
        (Some(Cause::Throttled), 20_000),
        "before the first 429"
    );
    endpoint.quota(5, reset, world.now());
    assert_eq!(world.until(0), 20_000, "an answer that was overtaken does not bring it back");
    world.now += 20_000;
    assert_eq!(world.check(0, Features::BASE), Verdict::Pass);
}

#[test]
fn a_cap_is_learned_from_refusals() {
    let mut world = World::new();
    // Ten calls a second get through for a minute, then one is refused.
    for _ in 0..600 {
        world.record(0, Outcome::Success, Features::BASE);
        world.now += 100;
    }
    world.record(0, Outcome::Throttled { retry_after: None }, Features::BASE);
    let cap = world.endpoints[0].learned_cap(world.now()).unwrap();
    assert!((8_500_000..9_500_000).contains(&cap), "{cap} in a million seconds");
    let mut sent = 0;
    for _ in 0..1_000 {
        if world.check(0, Features::BASE) == Verdict::Pass {
            world.endpoints[0].sent(world.now());
            sent += 1;
        }
        world.now += 10;
    }
    assert!((85..=105).contains(&sent), "{sent} in ten seconds");
    world.now += 600_000;
    assert_eq!(world.check(0, Features::BASE), Verdict::Pass);
    world.endpoints[0].sent(world.now());
    assert_eq!(world.endpoints[0].learned_cap(world.now()), None, "a limit that is not felt any more is forgotten");
}

#[test]
fn a_provider_that_is_down_takes_its_unknown_endpoints_along() {
    let (uptime, now) = (Uptime::new(Settings::default()), Timestamp::from_millis(1_795_000_000_000));
    let endpoints: Vec<_> = (0..4)
        .map(|id| uptime.endpoint(Target { endpoint: id, provider: u64::from(id == 3), credential: 0 }, now))
        .collect();
    let record = |id: usize, outcome| endpoints[id].record(&Call::new(outcome, now), now);
    (0..5).for_each(|_| record(0, FAILURE));
    assert_eq!(endpoints[2].check(Features::BASE, now), Verdict::Pass, "one of three is not the provider");
    (0..5).for_each(|_| record(1, FAILURE));
    let Verdict::Blocked(block) = endpoints[2].check(Features::BASE, now) else {
        panic!("cold, and two of two are out")
    };
    assert_eq!(block.cause, Cause::ProviderDown);
    assert_eq!(endpoints[3].check(Features::BASE, now), Verdict::Pass, "another provider");
    assert_eq!(endpoints[2].check(Features::BASE, block.until), Verdict::Pass, "it does not outlast what it rests on");
}

#[test]
fn when_all_providers_fail_at_once_it_is_our_network() {
    let mut world = World::new();
    for id in [0, 2] {
        world.many(5, id, FAILURE);
    }
    assert!(!world.uptime.is_frozen(world.now()), "the third provider may be well");
    assert_eq!(world.cause(0, Features::BASE), Some(Cause::Ejected(Feature::BASE)));
    world.now += 2_000;
    world.many(5, 4, FAILURE);
    assert!(world.uptime.is_frozen(world.now()));
    let passes = |world: &World, id| matches!(world.check(id, Features::BASE), Verdict::Ramp(_) | Verdict::Pass);
    assert!([0, 2, 4].into_iter().all(|id| passes(&world, id)), "nothing stays out");
    let counted = world.endpoints[0].counts(Feature::BASE, Window::Minute, world.now());
    for _ in 0..20 {
        // It lasts as long as all of them fail.
        world.now += 2_000;
        for id in [0, 2, 4] {
            world.many(5, id, FAILURE);
        }
        assert!(world.uptime.is_frozen(world.now()) && passes(&world, 0), "and nothing goes out meanwhile");
    }
    assert!(world.endpoints[0].counts(Feature::BASE, Window::Minute, world.now()).total() <= counted.total());
    // Two are well again, one is not.
    world.now += 3_000;
    for id in [2, 4] {
        world.many(1, id, Outcome::Success);
    }
    world.now += 8_000;
    world.many(1, 0, FAILURE);
    assert_eq!(world.cause(0, Features::BASE), Some(Cause::Ejected(Feature::BASE)));
}

#[test]
fn a_client_that_waited_long_for_nothing_found_a_failure() {
    let world = World::new();
    for _ in 0..30 {
        let timing = Timing::new(Millis::from_secs(2)).first_token(Millis::new(500));
        world.endpoints[0].observe(&timing, world.now());
    }
    let cancelled = |ms, first_token| Outcome::Cancelled { waited: Millis::new(ms), first_token };
    world.many(9, 0, cancelled(1_400, false));
    world.many(9, 0, cancelled(9_000, true));
    assert_eq!(world.endpoints[0].counts(Feature::BASE, Window::Minute, world.now()), Counts::NONE);
    world.record(0, cancelled(1_700, false), Features::BASE);
    assert_eq!(world.endpoints[0].counts(Feature::BASE, Window::Minute, world.now()), Counts::new(1, 1));
}

#[test]
fn retry_after_is_the_least_that_an_ejection_lasts() {
    let world = World::new();
    world.many(4, 0, FAILURE);
    world.record(0, Outcome::Failure { retry_after: Some(Millis::from_secs(45)) }, Features::BASE);
    assert!((45_000..=49_500).contains(&world.until(0)), "{}", world.until(0));
}

#[test]
fn what_replicas_decide_is_a_hint() {
    let replica = |replica| Uptime::with_origin(Settings::default(), Origin { replica, incarnation: 1 });
    let (one, other) = (replica(1), replica(2));
    let target = Target { endpoint: 1, provider: 1, credential: 1 };
    let well = Target { endpoint: 2, provider: 2, credential: 2 };
    let mut now = Timestamp::from_millis(1_795_000_000_000);
    let record =
        |uptime: &Uptime, target, outcome, now| uptime.endpoint(target, now).record(&Call::new(outcome, now), now);
    (0..5).for_each(|_| record(&one, target, FAILURE, now));
    record(&other, well, Outcome::Success, now);
    other.import(&one.export_since(Version::NONE, now).0, now).unwrap();
    let there = other.endpoint(target, now);
    let Verdict::Blocked(block) = there.check(Features::BASE, now) else { panic!("it heard of five failures") };
    assert_eq!(block.cause, Cause::Ejected(Feature::BASE));

    // Only one of them probes at first; the other is three seconds behind.
    let until = |uptime: &Uptime, now| match uptime.endpoint(target, now).check(Features::BASE, now) {
        Verdict::Blocked(block) => block.until,
        other @ (Verdict::Pass | Verdict::Ramp(_) | Verdict::Probe(_)) => panic!("{other:?}"),
    };
    one.import(&other.export_since(Version::NONE, now).0, now).unwrap();
    let (mine, theirs) = (until(&one, now), until(&other, now));
    let apart = mine.saturating_since(theirs).max(theirs.saturating_since(mine));
    assert!((1_000..=5_000).contains(&apart.get()), "{mine} {theirs}");

    // What one finds out, the other learns.
    let (prober, listener) = if mine < theirs { (&one, &other) } else { (&other, &one) };
    now = mine.min(theirs);
    (0..10).for_each(|_| record(prober, target, Outcome::Success, now));
    listener.import(&prober.export_since(Version::NONE, now).0, now).unwrap();
    assert!(matches!(listener.endpoint(target, now).check(Features::BASE, now), Verdict::Ramp(_)));
}

#[test]
fn a_hint_against_all_evidence_is_not_followed() {
    let replica = |replica| Uptime::with_origin(Settings::default(), Origin { replica, incarnation: 1 });
    let (one, other) = (replica(1), replica(2));
    let target = Target { endpoint: 1, provider: 1, credential: 1 };
    let now = Timestamp::from_millis(1_795_000_000_000);
    for _ in 0..200 {
        other.endpoint(target, now).record(&Call::new(Outcome::Success, now), now);
    }
    for _ in 0..5 {
        one.endpoint(target, now).record(&Call::new(FAILURE, now), now);
    }
    other.import(&one.export_since(Version::NONE, now).0, now).unwrap();
    assert_eq!(other.endpoint(target, now).check(Features::BASE, now), Verdict::Pass);
}
