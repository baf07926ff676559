//! The seeds of the fuzz target `offers`, in plain tests.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    unreachable_pub,
    reason = "tests fail by panicking, this one reads files, and the shared module is public to the fuzz target"
)]

#[path = "../../../fuzz/src/offers.rs"]
mod offers;

use std::path::Path;

#[test]
fn every_seed_keeps_what_a_verdict_promises() {
    let fuzz = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz");
    let mut replayed = 0;
    for kind in ["seeds", "regressions"] {
        // A target without a regression has no folder of them.
        for file in std::fs::read_dir(fuzz.join(kind).join("offers")).into_iter().flatten() {
            offers::promises(&std::fs::read(file.unwrap().path()).unwrap());
            replayed += 1;
        }
    }
    offers::promises(&[]);
    assert!(replayed > 5, "{replayed} replayed");
}
