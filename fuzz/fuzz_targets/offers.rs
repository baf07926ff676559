//! What is full or was degraded matches as full and encodes without a loss.
#![no_main]

use libfuzzer_sys::fuzz_target;
use switchback_fuzz::offers;

fuzz_target!(|entropy: &[u8]| offers::promises(entropy));
