//! Another replica's counts, whatever they are.
#![no_main]

use libfuzzer_sys::fuzz_target;
use switchback_fuzz::imports;

fuzz_target!(|bytes: &[u8]| imports::import(bytes));
