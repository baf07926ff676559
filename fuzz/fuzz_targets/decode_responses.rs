//! `Responses`: no bytes panic the decoder, and what decodes encodes back as it was.
#![no_main]

use libfuzzer_sys::{fuzz_mutator, fuzz_target};
use switchback_fuzz::{bodies, mutate};
use switchback_ir::Protocol;

fuzz_target!(|bytes: &[u8]| bodies::identity(Protocol::Responses, bytes));
fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| { mutate::json(data, size, max_size, seed) });
