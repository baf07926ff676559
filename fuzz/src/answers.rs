//! The laws of whole responses, asked of bytes that may be none.

use serde::de::IgnoredAny;
use serde_json::Value;
use switchback_ir::{Limits, Protocol};
use switchback_protocol::{decode_response, law};

/// No bytes panic a decoder; what it reads encodes back as it was, converts into the other protocols and back, and every
/// difference is in the ledger.
pub fn laws(from: Protocol, bytes: &[u8]) {
    let Ok(_) = decode_response(from, bytes, &Limits::default()) else { return };
    assert!(serde_json::from_slice::<IgnoredAny>(bytes).is_ok(), "decoded, and is no JSON");
    // `Value` cannot hold an unpaired surrogate, and the laws compare by it.
    if serde_json::from_slice::<Value>(bytes).is_err() {
        return;
    }
    law::response_identity(from, bytes).unwrap_or_else(|broken| panic!("{from}: {broken}"));
    for to in Protocol::ALL.into_iter().filter(|to| *to != from) {
        law::response_loss(from, to, bytes).unwrap_or_else(|broken| panic!("{from} → {to}: {broken}"));
    }
}
