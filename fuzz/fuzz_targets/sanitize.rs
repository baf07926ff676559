//! Requests for another gateway lose what only that reads, once and for all.
#![no_main]

use libfuzzer_sys::fuzz_target;
use switchback_fuzz::migrations;

fuzz_target!(|text: &str| migrations::sanitize(text));
