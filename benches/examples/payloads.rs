//! Writes the request bodies of the benches into a folder, for measurements of other programs.
#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a tool beside the benches: it reads its arguments and writes files, and fails by panicking"
)]

use std::path::PathBuf;
use switchback_ir::Protocol;
use switchback_testkit::PAYLOADS;

fn main() {
    let folder = PathBuf::from(std::env::args().nth(1).unwrap());
    for payload in PAYLOADS {
        for protocol in Protocol::ALL {
            std::fs::write(folder.join(format!("{}.{protocol}.json", payload.name)), payload.body(protocol)).unwrap();
        }
    }
}
