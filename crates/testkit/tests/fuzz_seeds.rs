//! The seeds and regressions of the body targets on the whole way (decode, degrade, encode).
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::disallowed_methods,
    unreachable_pub,
    dead_code,
    reason = "tests fail by panicking, this one reads files, and the shared modules are public to the fuzz targets"
)]

#[path = "../../../fuzz/src/bodies.rs"]
mod bodies;
#[path = "../../../fuzz/src/fitted.rs"]
mod fitted;

use std::path::Path;
use switchback_ir::Protocol;

#[test]
fn bodies_lose_nothing_in_silence_on_the_whole_way() {
    let fuzz = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz");
    let mut replayed = 0;
    for protocol in Protocol::ALL {
        for kind in ["seeds", "regressions"] {
            // A target without a regression has no folder of them.
            for file in std::fs::read_dir(fuzz.join(kind).join(protocol.name())).into_iter().flatten() {
                bodies::loss(protocol, &std::fs::read(file.unwrap().path()).unwrap(), &fitted::fitted);
                replayed += 1;
            }
        }
    }
    assert!(replayed > 10, "{replayed} replayed");
}
