//! Bytes of other replicas: the form that is documented, the seeds and regressions of the fuzz target, and what is broken.
#![cfg(not(loom))]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    clippy::field_reassign_with_default,
    unreachable_pub,
    reason = "tests fail by panicking, this one reads files, and the shared module is public to the fuzz target"
)]

#[path = "../../../fuzz/src/imports.rs"]
mod imports;

use std::path::Path;

use proptest::prelude::*;
use switchback_units::{Millis, Timestamp};
use switchback_uptime::{
    Call, Cause, Counts, Feature, Features, Origin, Outcome, Settings, Target, Uptime, Verdict, Version, Window,
};

const NOW: u64 = 1_795_000_060_000;

fn at(millis: u64) -> Timestamp {
    Timestamp::from_millis(millis)
}

fn target() -> Target {
    Target { endpoint: 0x0102, provider: 3, credential: 4 }
}

/// Two calls a minute ago, one with tools that failed, and a cooldown.
fn exported() -> Vec<u8> {
    let uptime = Uptime::with_origin(Settings::default(), Origin { replica: 7, incarnation: 9 });
    let endpoint = uptime.endpoint(target(), at(NOW - 60_000));
    let tools = Features::BASE | Feature::TOOLS;
    endpoint.record(&Call::new(Outcome::Success, at(NOW - 50_000)), at(NOW - 50_000));
    endpoint.record(&Call::new(Outcome::Breach(tools), at(NOW)).using(tools), at(NOW));
    endpoint.record(&Call::new(Outcome::Throttled { retry_after: Some(Millis::new(100)) }, at(NOW)), at(NOW));
    uptime.export_since(Version::NONE, at(NOW)).0
}

/// The example of docs/uptime-format.md, byte for byte: other implementations read this.
#[test]
fn the_bytes_are_the_documented_ones() {
    let digit = |nibble: u8| char::from_digit(nibble.into(), 16).unwrap();
    let written: String = exported().into_iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect();
    let document = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/uptime-format.md");
    let document = std::fs::read_to_string(document).unwrap();
    let example = document.split("```hex").nth(1).and_then(|rest| rest.split("```").next()).unwrap();
    let example: String =
        example.lines().map(|line| line.split('#').next().unwrap_or_default().replace(' ', "")).collect();
    assert_eq!(written, example);
}

#[test]
fn what_is_broken_says_where() {
    let blob = exported();
    let error = |bytes: &[u8]| Uptime::new(Settings::default()).import(bytes, at(NOW)).unwrap_err().to_string();
    assert_eq!(error(b"SBUQ"), "at byte 0: no counts of a replica, expected `SBUP`");
    assert_eq!(error(&blob[..blob.len() - 1]), format!("at byte {}: cut short", blob.len() - 1));
    let mut other = blob.clone();
    other[5] ^= 1;
    assert_eq!(error(&other), "at byte 5: layout 0x53c11, expected 0x53c10");
    let twice = [&blob[..], &blob[33..]].concat();
    assert_eq!(error(&twice), format!("at byte {}: out of order, or twice", blob.len()));
    let mut long = blob[..33].to_vec();
    long.extend([0; 24]);
    long.extend([0x80, 0x00]);
    assert_eq!(error(&long), "at byte 57: a number that is too long");
}

#[test]
fn nobody_can_block_an_endpoint_for_ever() {
    let uptime = Uptime::with_origin(Settings::default(), Origin { replica: 7, incarnation: 1 });
    let far = at(NOW + 40 * 365 * 86_400_000);
    uptime.endpoint(target(), far).record(&Call::new(Outcome::Credential, far), far);
    let (blob, _) = uptime.export_since(Version::NONE, far);
    let here = Uptime::new(Settings::default());
    here.import(&blob, at(NOW)).unwrap();
    let Verdict::Blocked(block) = here.endpoint(target(), at(NOW)).check(Features::BASE, at(NOW)) else {
        panic!("the cooldown is taken over")
    };
    assert_eq!((block.cause, block.until), (Cause::Credential, at(NOW + 900_000)), "the longest that it can be");
}

#[test]
fn what_comes_from_the_future_or_is_forgotten_is_left_out() {
    let uptime = Uptime::with_origin(Settings::default(), Origin { replica: 7, incarnation: 1 });
    uptime.endpoint(target(), at(NOW)).record(&Call::new(Outcome::Success, at(NOW)), at(NOW));
    let (blob, _) = uptime.export_since(Version::NONE, at(NOW));
    for (shift, minute) in [(0, 1), (-4_000, 0), (-60_000, 0), (30_000, 1), (120_000, 0)] {
        let here = Uptime::new(Settings::default());
        let now = at(NOW.checked_add_signed(shift).unwrap());
        here.import(&blob, now).unwrap();
        let counts = here.endpoint(target(), now).counts(Feature::BASE, Window::Minute, now);
        assert_eq!(counts, Counts::new(minute, 0), "{shift}");
    }
}

#[test]
fn seeds_and_regressions_keep_the_laws() {
    let fuzz = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz");
    let folders = ["seeds", "regressions"].map(|kind| std::fs::read_dir(fuzz.join(kind).join("uptime")));
    let files: Vec<_> = folders.into_iter().flatten().flatten().map(|file| file.unwrap().path()).collect();
    assert!(!files.is_empty());
    for file in files {
        imports::import(&std::fs::read(file).unwrap());
    }
    imports::import(&exported());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_bytes_panic_an_import(flips in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..6), cut in any::<prop::sample::Index>()) {
        let mut blob = exported();
        for (at, byte) in flips {
            let at = at.index(blob.len());
            blob[at] = byte;
        }
        imports::import(&blob[..=cut.index(blob.len())]);
        imports::import(&blob);
    }
}
