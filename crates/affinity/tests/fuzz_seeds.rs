//! The seeds of the fuzz target `affinity`, in plain tests.
#![cfg(feature = "ir")]
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    unreachable_pub,
    reason = "tests fail by panicking, this one reads files, and the shared module is public to the fuzz target"
)]

#[path = "../../../fuzz/src/affinity.rs"]
mod affinity;

use std::path::Path;

#[test]
fn every_seed_keeps_the_laws() {
    let fuzz = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz");
    let mut replayed = 0;
    for kind in ["seeds", "regressions"] {
        // A target without a regression has no folder of them.
        for file in std::fs::read_dir(fuzz.join(kind).join("affinity")).into_iter().flatten() {
            affinity::laws(&std::fs::read(file.unwrap().path()).unwrap());
            replayed += 1;
        }
    }
    affinity::laws(&[]);
    assert!(replayed > 5, "{replayed} replayed");
}
