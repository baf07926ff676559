//! Model strings print back as they were read, in every dialect.
#![no_main]

use libfuzzer_sys::fuzz_target;
use switchback_fuzz::slugs;

fuzz_target!(|text: &str| slugs::print_back(text));
