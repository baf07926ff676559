//! However a stream of Server-Sent Events is split, its frames are those of a plain reader.
#![no_main]

use libfuzzer_sys::fuzz_target;
use switchback_fuzz::frames;

fuzz_target!(|bytes: &[u8]| frames::sse_split(bytes));
