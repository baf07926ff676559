//! A cursor walks as one that works everything out anew each time.
#![no_main]

use libfuzzer_sys::fuzz_target;
use switchback_fuzz::walks;

fuzz_target!(|entropy: &[u8]| {
    walks::promises(entropy);
});
