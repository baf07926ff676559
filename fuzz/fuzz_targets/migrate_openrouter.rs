//! Configurations of another gateway import without a panic, every leaf accounted for.
#![no_main]

use libfuzzer_sys::fuzz_target;
use switchback_fuzz::migrations;
use switchback_migrate::System;

fuzz_target!(|text: &str| migrations::import(System::OpenRouter, text));
