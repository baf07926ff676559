//! The seeds and regressions of the fuzz target, replayed by what the target calls.
#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    unreachable_pub,
    reason = "tests fail by panicking, this one reads files, and the shared module is public to the fuzz target"
)]

#[path = "../../../fuzz/src/slugs.rs"]
mod slugs;

use std::path::Path;

#[test]
fn seeds_print_back() {
    let fuzz = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz");
    let folders = ["seeds", "regressions"].map(|kind| std::fs::read_dir(fuzz.join(kind).join("slug")));
    let files: Vec<_> = folders.into_iter().flatten().flatten().map(|file| file.unwrap().path()).collect();
    assert!(!files.is_empty());
    for file in files {
        slugs::print_back(&std::fs::read_to_string(file).unwrap());
    }
}
