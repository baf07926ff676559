//! The laws of streams on events that are read one by one and come in any order.
#![no_main]

use libfuzzer_sys::fuzz_target;
use switchback_fuzz::streams;

fuzz_target!(|bytes: &[u8]| {
    let (protocol, stream) = streams::events(bytes);
    streams::laws(protocol, &stream);
});
