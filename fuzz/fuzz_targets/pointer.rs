//! The pointer of a place is where the value stands.
#![no_main]

use libfuzzer_sys::fuzz_target;
use switchback_fuzz::pointers;

fuzz_target!(|bytes: &[u8]| {
    pointers::agree(bytes);
    pointers::lead_back(bytes);
});
