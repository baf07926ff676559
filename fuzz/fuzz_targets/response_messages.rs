//! Answers of `Messages`: no bytes panic the decoder, they encode back, and nothing is lost in silence across.
#![no_main]

use libfuzzer_sys::{fuzz_mutator, fuzz_target};
use switchback_fuzz::{answers, mutate};
use switchback_ir::Protocol;

fuzz_target!(|bytes: &[u8]| answers::laws(Protocol::Messages, bytes));
fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| { mutate::json(data, size, max_size, seed) });
