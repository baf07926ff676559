//! The seeds and regressions of the fuzz targets `policies` and `routings`, replayed by what the targets call.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::missing_panics_doc,
    clippy::disallowed_methods,
    unreachable_pub,
    reason = "tests fail by panicking, this one reads files, and the shared modules are public to the fuzz targets"
)]

#[path = "../../../fuzz/src/policies.rs"]
mod policies;
#[path = "../../../fuzz/src/routings.rs"]
mod routings;

use std::path::Path;

/// The inputs of a target; one without a regression has no folder of them.
fn inputs(target: &str) -> Vec<Vec<u8>> {
    let fuzz = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz");
    let folders = ["seeds", "regressions"].map(|kind| std::fs::read_dir(fuzz.join(kind).join(target)));
    let files = folders.into_iter().flatten().flatten().map(|file| file.unwrap().path());
    files.map(|file| std::fs::read(file).unwrap()).collect()
}

#[test]
fn seeds_of_policies_keep_their_promises() {
    let inputs = inputs("policies");
    let read = inputs.iter().filter(|bytes| policies::promises(std::str::from_utf8(bytes).unwrap())).count();
    assert!(read >= 12, "{read} of {} are policies", inputs.len());
}

#[test]
fn seeds_of_requests_keep_their_promises() {
    let inputs = inputs("routings");
    let say = inputs.iter().filter(|bytes| routings::promises(bytes)).count();
    assert!(say >= 6, "{say} of {} say something", inputs.len());
}
