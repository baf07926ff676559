//! The laws of conversion, asked of bytes that may be no body at all.

use serde::de::IgnoredAny;
use serde_json::Value;
use switchback_ir::{Limits, Protocol, Request};
use switchback_protocol::{decode, law};

/// No bytes panic a decoder; what it reads is JSON to another reader too, and encodes back as it was.
pub fn identity(protocol: Protocol, bytes: &[u8]) {
    if read(protocol, bytes).is_some() {
        law::identity(protocol, bytes, &law::plain).unwrap_or_else(|broken| panic!("{protocol}: {broken}"));
    }
}

/// What decodes converts into the other protocols and back by `hop`, and every difference is in the ledger.
pub fn loss(from: Protocol, bytes: &[u8], hop: &law::Hop<'_>) {
    if read(from, bytes).is_some() {
        for to in Protocol::ALL.into_iter().filter(|to| *to != from) {
            law::loss(from, to, bytes, hop).unwrap_or_else(|broken| panic!("{from} → {to}: {broken}"));
        }
    }
}

/// The request, if the bytes are one and the laws' own reader can hold it.
fn read(protocol: Protocol, bytes: &[u8]) -> Option<Request<'_>> {
    match decode(protocol, bytes, &Limits::default()) {
        Ok(request) => {
            assert!(serde_json::from_slice::<IgnoredAny>(bytes).is_ok(), "decoded, and is no JSON");
            // `Value` cannot hold an unpaired surrogate, and the laws compare by it.
            serde_json::from_slice::<Value>(bytes).is_ok().then_some(request)
        }
        Err(error) => {
            assert!(error.path().is_empty() || error.path().starts_with('/'), "no pointer: {}", error.path());
            assert!(error.offset() <= bytes.len(), "{error}: beyond the end");
            None
        }
    }
}
