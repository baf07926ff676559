//! What reading a request's own routing promises.
#![no_main]

use libfuzzer_sys::fuzz_target;
use switchback_fuzz::routings;

fuzz_target!(|bytes: &[u8]| {
    routings::promises(bytes);
});
