//! What a cursor promises, on random itineraries and outcomes, against one that keeps no state.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    unreachable_pub,
    reason = "tests fail by panicking, this one reads files, and the shared modules are public to the fuzz target"
)]

#[path = "../../../fuzz/src/naive_walk.rs"]
mod naive_walk;
#[path = "../../../fuzz/src/walks.rs"]
mod walks;

use std::collections::BTreeMap;
use std::num::NonZeroU32;
use std::path::Path;

use proptest::prelude::*;
use switchback_plan::{Backoff, Because, Step};
use switchback_units::{Millis, Ratio};

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    /// Attempts, waits and endings agree; nothing before its time, after a commit or past the deadline; it terminates.
    #[test]
    fn a_cursor_walks_as_one_that_works_everything_out_anew(entropy in prop::collection::vec(any::<u8>(), 0..400)) {
        walks::promises(&entropy);
    }

    #[test]
    fn waits_stay_within_their_jitter_and_are_equal_for_equal_seeds(
        first in 0_u64..100_000, most in 0_u64..100_000, factor in 1_u32..20, jitter in 0.0..=1.0_f64, retry in 0_u32..70,
        seed in any::<u64>(),
    ) {
        let mut backoff = Backoff::default();
        (backoff.first_ms, backoff.max_ms) = (Millis::new(first), Millis::new(most));
        (backoff.factor, backoff.jitter) = (NonZeroU32::new(factor).unwrap(), Ratio::clamped(jitter));
        let (wait, longest) = (backoff.wait(retry, seed), backoff.longest(retry));
        let naive = (0..retry).fold(u128::from(first), |wait, _| (wait * u128::from(factor)).min(1 << 64));
        prop_assert_eq!(u128::from(longest.get()), naive.min(u128::from(most)));
        let least = longest.get() - longest.get() * u64::from(backoff.jitter.to_billionths()) / 1_000_000_000;
        prop_assert!(wait <= longest && wait.get() >= least, "{wait} of {longest}, at least {least}");
        prop_assert_eq!(wait, backoff.wait(retry, seed));
        prop_assert!(backoff.longest(retry + 1) >= longest);
    }
}

/// The generator reaches every ending, every reason to start, every kind of step, and long walks.
#[test]
fn the_walks_reach_the_rare_shapes() {
    let mut seen: BTreeMap<&str, usize> = BTreeMap::new();
    for case in 0..6_000 {
        let walked = walks::promises(&switchback_testkit::entropy(case));
        let mut saw = |what| *seen.entry(what).or_default() += 1;
        saw(walked.cursor.ending().unwrap().code());
        walked.cursor.attempts().iter().for_each(|tried| saw(tried.because.code()));
        if walked.waits > 0 {
            saw("waited");
        }
        if walked.cursor.attempts().len() > 6 {
            saw("long");
        }
        let later = |pair: &[switchback_plan::Try]| pair[0].stop != pair[1].stop && pair[1].because == Because::Retry;
        if walked.cursor.attempts().windows(2).any(later) {
            saw("came back");
        }
        if walked.cursor.attempts().windows(2).any(|pair| pair[1].stop < pair[0].stop) {
            saw("went back");
        }
        let mut cursor = walked.cursor;
        assert_eq!(cursor.next(switchback_units::Timestamp::MAX) == Step::Exhausted, walked.exhausted);
    }
    let shapes = [
        "answered",
        "cut",
        "cancelled",
        "unanswerable",
        "all_failed",
        "attempts_spent",
        "deadline_passed",
        "first",
        "failover",
        "credential",
        "retry",
        "waited",
        "long",
        "came back",
        "went back",
    ];
    for shape in shapes {
        assert!(seen.get(shape).is_some_and(|count| *count >= 5), "{shape}: {seen:?}");
    }
}

#[test]
fn every_seed_keeps_what_a_cursor_promises() {
    let fuzz = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz");
    let mut replayed = 0;
    for kind in ["seeds", "regressions"] {
        // A target without a regression has no folder of them.
        for file in std::fs::read_dir(fuzz.join(kind).join("walks")).into_iter().flatten() {
            walks::promises(&std::fs::read(file.unwrap().path()).unwrap());
            replayed += 1;
        }
    }
    assert!(replayed > 5, "{replayed} replayed");
}
