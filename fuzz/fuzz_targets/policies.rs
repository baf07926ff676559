//! What planning promises, whatever the policy.
#![no_main]

use libfuzzer_sys::fuzz_target;
use switchback_fuzz::policies;

fuzz_target!(|text: &str| {
    policies::promises(text);
});
