//! Keys, beliefs and fingerprints, whatever they are made of.
#![no_main]

use libfuzzer_sys::fuzz_target;
use switchback_fuzz::affinity;

fuzz_target!(|bytes: &[u8]| affinity::laws(bytes));
