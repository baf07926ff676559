//! However an AWS event stream is split, its frames and errors are those of the whole.
#![no_main]

use libfuzzer_sys::fuzz_target;
use switchback_fuzz::frames;

fuzz_target!(|bytes: &[u8]| frames::aws_frames(bytes));
