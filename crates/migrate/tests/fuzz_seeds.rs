//! The seeds and regressions of the fuzz targets, replayed by what the targets call.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::missing_panics_doc,
    clippy::disallowed_methods,
    unreachable_pub,
    reason = "tests fail by panicking, this one reads files, and the shared module is public to the fuzz targets"
)]

#[path = "../../../fuzz/src/migrations.rs"]
mod migrations;

use std::path::Path;

use switchback_migrate::System;

/// The texts of a target, seeds and regressions.
fn texts(target: &str) -> Vec<String> {
    let fuzz = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz");
    let folders = ["seeds", "regressions"].map(|kind| std::fs::read_dir(fuzz.join(kind).join(target)));
    let files = folders.into_iter().flatten().flatten().map(|file| file.unwrap().path());
    files.map(|file| std::fs::read_to_string(file).unwrap()).collect()
}

#[test]
fn seeds_of_every_system_keep_the_laws() {
    for system in System::ALL {
        let texts = texts(&format!("migrate_{system}"));
        assert!(!texts.is_empty(), "{system}");
        for text in &texts {
            migrations::import(system, text);
        }
    }
}

#[test]
fn seeds_of_requests_keep_the_laws() {
    let texts = texts("sanitize");
    assert!(!texts.is_empty());
    for text in &texts {
        migrations::sanitize(text);
    }
}
