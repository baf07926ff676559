//! The laws of affinity, over generated keys, routes and prompts.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::float_cmp, reason = "tests fail by panicking")]

use proptest::prelude::*;
use switchback_affinity::{
    AffinityKey, Beliefs, CacheRule, Candidate, Conversation, Estimate, Facts, Load, Memory, Outcome, Prompt, Recovery,
    Route, Secret, SeedSource, Seeds, Usage, admit, home, rank, rules, winner,
};
use switchback_units::{Millis, Money, Rate, Timestamp, Tokens};

fn candidates(ids: &[u64], weights: &[u16]) -> Vec<Candidate> {
    ids.iter().zip(weights).map(|(id, weight)| Candidate::new(*id).weighing(*weight)).collect()
}

fn some_routes() -> impl Strategy<Value = Vec<Candidate>> {
    proptest::collection::btree_map(any::<u64>(), 0_u16..20, 1..9).prop_map(|routes| {
        candidates(&routes.keys().copied().collect::<Vec<_>>(), &routes.into_values().collect::<Vec<_>>())
    })
}

fn outcomes() -> impl Strategy<Value = Vec<Outcome>> {
    let outcome = (0_u64..40, 0_u64..4, 0_u64..10_000, prop_oneof![Just(0_u64), 1024..9000_u64]);
    proptest::collection::vec(outcome, 0..60).prop_map(|outcomes| {
        let make = |(prefix, candidate, started, held)| Outcome {
            prefix,
            candidate,
            started: Timestamp::from_millis(started),
            lifetime: Millis::from_secs(300),
            held: Tokens::new(held),
        };
        outcomes.into_iter().map(make).collect()
    })
}

fn learned(outcomes: &[Outcome]) -> Beliefs {
    let mut beliefs = Beliefs::with_capacity(16);
    for outcome in outcomes {
        beliefs.record(*outcome);
    }
    beliefs
}

fn merged(first: &Beliefs, second: &Beliefs) -> Beliefs {
    let mut both = first.clone();
    both.merge(second);
    both
}

/// Sets hold their beliefs in no order.
fn sorted(beliefs: &Beliefs) -> String {
    let mut lines: Vec<_> = format!("{beliefs:#?}").lines().map(str::to_owned).collect();
    lines.sort();
    lines.join("\n")
}

fn facts(rule: CacheRule, believed: u64, likely: u32) -> Facts {
    Facts {
        input: Rate::from_pico_dollars(3_000_000),
        output: Rate::from_pico_dollars(15_000_000),
        rule: Some(rule),
        believed: Tokens::new(believed),
        likely,
        setup: 200_000,
        prefill: 30_000,
        decode: 10_000,
    }
}

/// Prices within and beyond a tenth of each other, caches that work and others, outages of late and long ago.
fn some_homes() -> impl Strategy<Value = Vec<Route>> {
    let recovery =
        (0_u64..2_000, 0_u16..=1_000).prop_map(|(out, permille)| Recovery { out: Millis::from_secs(out), permille });
    let route = (90_u128..130, any::<bool>(), proptest::option::of(recovery)).prop_map(|(price, trusted, recovery)| {
        Route { trusted, recovery, ..Route::new(Candidate::new(0), Some(Money::from_pico_dollars(price))) }
    });
    (some_routes(), proptest::collection::vec(route, 9)).prop_map(|(candidates, routes)| {
        candidates.into_iter().zip(routes).map(|(candidate, route)| Route { candidate, ..route }).collect()
    })
}

proptest! {
    #[test]
    fn equal_keys_of_two_tenants_never_meet(a in any::<Vec<u8>>(), b in any::<Vec<u8>>(), seed in proptest::collection::vec(any::<u8>(), 1..40)) {
        prop_assume!(a != b);
        let secret = Secret::new([3; 32]);
        let key = |tenant: &[u8]| AffinityKey::of(&Seeds { tenant, user: Some(&seed), ..Seeds::default() }, &secret).unwrap();
        prop_assert_ne!(key(&a).hash(), key(&b).hash());
        // Nor do lengths run together: what one tenant's name ends with is not what the seed begins with.
        let split = |tenant: &[u8], user: &[u8]| AffinityKey::of(&Seeds { tenant, user: Some(user), ..Seeds::default() }, &secret).unwrap();
        let joined = [a.as_slice(), seed.as_slice()].concat();
        if !a.is_empty() {
            prop_assert_ne!(split(&a, &seed).hash(), split(b"", &joined).hash());
        }
    }

    #[test]
    fn nothing_raw_goes_upstream(seed in "[a-z]{6,40}") {
        let key = AffinityKey::of(&Seeds { session: Some(seed.as_bytes()), ..Seeds::default() }, &Secret::new([1; 32])).unwrap();
        let sent = key.upstream(Some(u32::MAX));
        prop_assert!(sent.len() <= 64 && !sent.contains(&seed));
    }

    #[test]
    fn the_order_is_total_and_does_not_depend_on_the_order_given(key in any::<u128>(), routes in some_routes(), turn in any::<prop::sample::Index>()) {
        let mut ranked = routes.clone();
        rank(key, &mut ranked);
        let mut other = routes.clone();
        other.rotate_left(turn.index(routes.len()));
        rank(key, &mut other);
        prop_assert_eq!(ranked, other);
    }

    #[test]
    fn taking_a_route_out_moves_only_what_it_had(key in any::<u128>(), routes in some_routes(), gone in any::<prop::sample::Index>()) {
        let mut ranked = routes.clone();
        rank(key, &mut ranked);
        let gone = routes[gone.index(routes.len())].id;
        let mut without: Vec<_> = routes.into_iter().filter(|route| route.id != gone).collect();
        rank(key, &mut without);
        ranked.retain(|route| route.id != gone);
        prop_assert_eq!(ranked, without);
    }

    #[test]
    fn the_winner_is_the_first_of_the_order(key in any::<u128>(), routes in some_routes()) {
        let mut ranked = routes.clone();
        rank(key, &mut ranked);
        prop_assert_eq!(winner(key, &routes).map(|at| routes[at]), ranked.first().copied());
    }

    /// Candidates in another order, and one that is not the home taken away unless it was the cheapest: the same home.
    #[test]
    fn a_home_depends_on_no_order_and_on_no_loser(
        key in any::<u128>(), turns in 1_u32..20, routes in some_homes(),
        turn in any::<prop::sample::Index>(), gone in any::<prop::sample::Index>(),
    ) {
        let conversation = Conversation { key, turns };
        let found = home(&conversation, &routes).map(|at| routes[at]);
        prop_assert!(found.is_some());
        let mut turned = routes.clone();
        turned.rotate_left(turn.index(routes.len()));
        prop_assert_eq!(home(&conversation, &turned).map(|at| turned[at]), found);
        let gone = routes[gone.index(routes.len())];
        let left: Vec<Route> = routes.iter().copied().filter(|route| *route != gone).collect();
        // Which are near to the cheapest, and how far they are put back, hangs on the cheapest of those that are chosen among.
        let never_out = |route: &Route| route.recovery.is_none() && found.is_some_and(|found| found.trusted == route.trusted);
        let cheaper = |route: &Route| never_out(route) && route.price <= gone.price;
        if Some(gone) != found && left.iter().any(cheaper) {
            prop_assert_eq!(home(&conversation, &left).map(|at| left[at]), found);
        }
    }

    /// The same events give the same memory, byte for byte.
    #[test]
    fn a_replay_gives_the_same_memory(events in proptest::collection::vec((0_u64..6, 0_u64..900_000, 0_u64..9_000, 0_u64..9_000), 0..60)) {
        let learn = || {
            let mut memory = Memory::default().with_beliefs(Beliefs::with_capacity(16));
            for (candidate, at, expected, read) in &events {
                memory.observe(&Usage {
                    candidate: *candidate,
                    started: Timestamp::from_millis(*at),
                    lifetime: Millis::from_secs(300),
                    expected: Tokens::new(*expected),
                    estimated: Tokens::new(*expected + 1),
                    input: Tokens::new(*read + 1),
                    read: Tokens::new(*read),
                    prefix: *at % 7,
                    ..Usage::default()
                }, &rules()[0]);
            }
            format!("{memory:?}")
        };
        prop_assert_eq!(learn(), learn());
    }

    #[test]
    fn admission_never_takes_a_throttled_route(routes in some_routes(), loads in proptest::collection::vec((0_u32..50, any::<bool>()), 9)) {
        let loads: Vec<_> = loads.into_iter().map(|(inflight, throttled)| Load { inflight, throttled }).take(routes.len()).collect();
        match admit(&routes, &loads) {
            Some(at) => prop_assert!(!loads[at].throttled),
            None => prop_assert!(loads.iter().all(|load| load.throttled)),
        }
    }

    #[test]
    fn merging_is_a_join(a in outcomes(), b in outcomes(), c in outcomes()) {
        let (a, b, c) = (learned(&a), learned(&b), learned(&c));
        prop_assert_eq!(sorted(&merged(&a, &b)), sorted(&merged(&b, &a)));
        prop_assert_eq!(sorted(&merged(&merged(&a, &b), &c)), sorted(&merged(&a, &merged(&b, &c))));
        prop_assert_eq!(sorted(&merged(&a, &a)), sorted(&a));
    }

    #[test]
    fn memory_stays_within_its_bound(all in outcomes()) {
        let beliefs = learned(&all);
        prop_assert!(beliefs.len() <= beliefs.capacity());
        prop_assert_eq!(beliefs.capacity(), 16);
    }

    #[test]
    fn an_expired_cache_scores_zero(all in outcomes(), prefix in 0_u64..40, candidate in 0_u64..4) {
        let later = Timestamp::from_millis(10_000 + 300_000);
        prop_assert_eq!(learned(&all).tokens(prefix, candidate, later), None);
    }

    #[test]
    fn a_longer_shared_prefix_never_costs_more(
        rule in prop::sample::select(rules().to_vec()), input in 0_u64..200_000, marked in 0_u64..200_000,
        shorter in 0_u64..200_000, more in 0_u64..50_000, likely in 0_u32..=1_000_000,
    ) {
        let prompt = Prompt { input: Tokens::new(input), marked: Tokens::new(marked), output: Tokens::new(100), ..Prompt::default() };
        let (short, long) = (Estimate::of(&prompt, &facts(rule, shorter, likely)), Estimate::of(&prompt, &facts(rule, shorter + more, likely)));
        prop_assert!(long.money <= short.money && long.time <= short.time);
        let second = Money::from_pico_dollars(1_000_000_000);
        prop_assert!(long.worth(second) <= short.worth(second));
    }

    #[test]
    fn nothing_believed_costs_the_list_price(input in 0_u64..200_000) {
        let prompt = Prompt { input: Tokens::new(input), ..Prompt::default() };
        let estimate = Estimate::of(&prompt, &facts(*CacheRule::of("openai", "gpt-4o").unwrap(), 0, 1_000_000));
        prop_assert_eq!(estimate.money.pico_dollars(), u128::from(input) * 3_000_000);
        prop_assert_eq!(estimate.saving.money, Money::default());
    }
}

#[test]
fn the_best_seed_is_taken() {
    let all = Seeds {
        tenant: b"t",
        model: "m",
        prompt_cache_key: Some(b"a"),
        session: Some(b"b"),
        conversation: Some(b"c"),
        user: Some(b"d"),
        prefix: Some(5),
        api_key: Some(b"e"),
    };
    let source = |seeds: &Seeds<'_>| AffinityKey::of(seeds, &Secret::new([0; 32])).map(AffinityKey::source);
    assert_eq!(source(&all), Some(SeedSource::PromptCacheKey));
    let all = Seeds { prompt_cache_key: Some(b""), ..all };
    assert_eq!(source(&all), Some(SeedSource::Session), "an empty key is none");
    let all = Seeds { session: None, ..all };
    assert_eq!(source(&all), Some(SeedSource::Conversation));
    let all = Seeds { conversation: None, ..all };
    assert_eq!(source(&all), Some(SeedSource::User));
    let all = Seeds { user: None, ..all };
    assert_eq!(source(&all), Some(SeedSource::Prefix));
    let all = Seeds { prefix: None, ..all };
    assert_eq!(source(&all), Some(SeedSource::ApiKey));
}

#[test]
fn shares_follow_the_weights() {
    let routes = candidates(&[11, 22, 33, 44], &[1, 2, 3, 4]);
    for routes in [routes.clone(), routes.iter().map(|route| route.weighing(1)).collect()] {
        let (mut won, keys) = ([0_u32; 4], 40_000_u32);
        for key in 0..keys {
            let mut ranked = routes.clone();
            rank(u128::from(key).wrapping_mul(0x9E37_79B9_7F4A_7C15_F39C_C060_5CED_C834), &mut ranked);
            won[routes.iter().position(|route| route.id == ranked[0].id).unwrap()] += 1;
        }
        let total: u32 = routes.iter().map(|route| u32::from(route.weight())).sum();
        for (route, won) in routes.iter().zip(won) {
            let share = f64::from(route.weight()) / f64::from(total);
            let sigma = (f64::from(keys) * share * (1.0 - share)).sqrt();
            let expected = f64::from(keys) * share;
            assert!((f64::from(won) - expected).abs() < 3.5 * sigma, "{route:?}: {won} of {expected}");
        }
    }
}

/// The shares of homes by price, and of a route that is let in again: within 3.5 standard deviations.
#[test]
fn homes_follow_prices_and_what_is_let_in_again() {
    let keys = 40_000_u32;
    let shares = |routes: &[Route], turns| {
        let mut won = [0_u32; 2];
        for key in 0..keys {
            let key = u128::from(key).wrapping_mul(0x9E37_79B9_7F4A_7C15_F39C_C060_5CED_C834);
            won[home(&Conversation { key, turns }, routes).unwrap()] += 1;
        }
        won.map(|won| f64::from(won) / f64::from(keys))
    };
    let route = |id, pico| Route::new(Candidate::new(id), Some(Money::from_pico_dollars(pico)));
    let near = |found: f64, share: f64| {
        let sigma = (share * (1.0 - share) / f64::from(keys)).sqrt();
        assert!((found - share).abs() < 3.5 * sigma, "{found}, expected {share}");
    };
    near(shares(&[route(1, 100), route(2, 105)], 1)[0], 1.1 / 2.1);
    let ten_minutes = |permille| Some(Recovery { out: Millis::from_secs(600), permille });
    let back = |permille| [Route { recovery: ten_minutes(permille), ..route(1, 100) }, route(2, 100)];
    near(shares(&back(1_000), 6)[0], 0.5);
    near(shares(&back(100), 6)[0], 0.05);
    assert_eq!(shares(&back(1_000), 7)[0], 0.0, "older than the outage");
    let [one, other] = back(1_000);
    let both = [one, Route { recovery: ten_minutes(1_000), ..other }];
    near(shares(&both, 8)[0], 0.5);
}

/// Fixed for ever: replicas of two versions must agree. The orders were also computed by another program, in floats.
#[test]
fn golden_orders() {
    let order = |key: u128, weights: &[u16]| {
        let mut routes = candidates(&[1, 2, 3, 4, 5], weights);
        rank(key, &mut routes);
        routes.into_iter().map(|route| route.id).collect::<Vec<_>>()
    };
    let key = AffinityKey::of(
        &Seeds { tenant: b"acme", model: "m", session: Some(b"s1"), ..Seeds::default() },
        &Secret::new([7; 32]),
    );
    assert_eq!(key.unwrap().upstream(None), "a9cf37c2de8feba43bc5e99509748da7");
    assert_eq!(order(0, &[1; 5]), GOLDEN[0]);
    assert_eq!(order(1, &[1; 5]), GOLDEN[1]);
    assert_eq!(order(u128::MAX, &[1; 5]), GOLDEN[2]);
    assert_eq!(order(42, &[1, 2, 3, 4, 5]), GOLDEN[3]);
}

const GOLDEN: [[u64; 5]; 4] = [[2, 4, 5, 1, 3], [3, 5, 4, 2, 1], [2, 4, 5, 1, 3], [2, 5, 4, 3, 1]];

#[test]
fn nothing_is_allocated_on_the_way_of_a_request() {
    let routes = candidates(&[1, 2, 3, 4, 5, 6, 7, 8], &[1, 2, 1, 2, 1, 2, 1, 2]);
    let loads = [Load { inflight: 3, throttled: false }; 8];
    let mut beliefs = Beliefs::with_capacity(1024);
    let outcome = Outcome {
        prefix: 1,
        candidate: 2,
        started: Timestamp::from_millis(5),
        lifetime: Millis::new(9),
        held: Tokens::new(2048),
    };
    let prompt = Prompt { input: Tokens::new(9000), marked: Tokens::new(9000), ..Prompt::default() };
    let price = Some(Money::from_pico_dollars(100));
    let homes: Vec<_> = routes.iter().map(|candidate| Route::new(*candidate, price)).collect();
    let equal = [Candidate::new(1), Candidate::new(2), Candidate::new(3)];
    let info = allocation_counter::measure(|| {
        std::hint::black_box((
            winner(77, &routes),
            winner(77, &equal),
            home(&Conversation { key: 77, turns: 3 }, &homes),
        ));
        let mut ranked = [Candidate::new(0); 8];
        ranked.copy_from_slice(&routes);
        rank(77, &mut ranked);
        std::hint::black_box(admit(&ranked, &loads));
        beliefs.record(outcome);
        for route in &ranked {
            let believed = beliefs.tokens(1, route.id, Timestamp::from_millis(6)).unwrap_or_default();
            std::hint::black_box(Estimate::of(&prompt, &facts(rules()[0], believed.get(), 900_000)));
        }
    });
    assert_eq!(info.count_total, 0);
}
