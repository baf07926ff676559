//! The reader of JSON takes and reads what another reader does.
#![no_main]

use libfuzzer_sys::fuzz_target;
use switchback_fuzz::readers;

fuzz_target!(|bytes: &[u8]| readers::agree(bytes));
