//! `Responses` into the other protocols and back: nothing is lost in silence.
#![no_main]

use libfuzzer_sys::{fuzz_mutator, fuzz_target};
use switchback_fuzz::{bodies, fitted, mutate};
use switchback_ir::Protocol;
use switchback_protocol::law;

fuzz_target!(|bytes: &[u8]| {
    bodies::loss(Protocol::Responses, bytes, &law::plain);
    bodies::loss(Protocol::Responses, bytes, &fitted::fitted);
});
fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| { mutate::json(data, size, max_size, seed) });
