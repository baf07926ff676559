//! Well-formed bodies of every shape: nothing is lost in silence.
#![no_main]

use libfuzzer_sys::fuzz_target;
use switchback_fuzz::generated;

fuzz_target!(|entropy: &[u8]| generated::laws(entropy));
