//! The laws of streams on bytes that an upstream of Responses may send.
#![no_main]

use libfuzzer_sys::fuzz_target;
use switchback_fuzz::streams;
use switchback_ir::Protocol;

fuzz_target!(|bytes: &[u8]| streams::laws(Protocol::Responses, bytes));
