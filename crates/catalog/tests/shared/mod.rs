//! The folder of reference data beside the repository, where there is one.
#![allow(
    clippy::disallowed_methods,
    clippy::panic,
    dead_code,
    reason = "tests read files, and each uses a part of this module"
)]

use std::path::PathBuf;

/// The folder: `SWITCHBACK_SHARED`, else `../shared` beside the workspace. Prints a skip when it is missing, and fails
/// when `CI` is `true`.
pub(crate) fn folder() -> Option<PathBuf> {
    let default = || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared"));
    let folder = std::env::var_os("SWITCHBACK_SHARED").map_or_else(default, PathBuf::from);
    if folder.is_dir() {
        return Some(folder);
    }
    assert!(std::env::var_os("CI").is_none_or(|ci| ci != "true"), "no shared folder at {}", folder.display());
    println!("skipped: no shared folder at {}", folder.display());
    None
}

/// The bytes of a file in it.
pub(crate) fn read(path: &str) -> Option<Vec<u8>> {
    let path = folder()?.join(path);
    Some(std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display())))
}
