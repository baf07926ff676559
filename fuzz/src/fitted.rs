//! The whole way that `switchback convert` takes: decode, degrade, encode.

use switchback_ir::{Limits, Protocol, TargetFacts};
use switchback_protocol::law::{Converted, Outcome};
use switchback_protocol::{decode, encode};

/// One hop, with degradation between decoding and encoding.
pub fn fitted(from: Protocol, to: Protocol, facts: &TargetFacts, body: &[u8]) -> Result<Converted, Outcome> {
    let request = decode(from, body, &Limits::default()).map_err(|error| Outcome::Unreadable(error.to_string()))?;
    let (request, mut ledger) = switchback_capability::fit(request, to, facts);
    let mut out = Vec::new();
    match encode(&request, to, facts, &mut out) {
        Ok(encoded) => {
            encoded.entries().iter().cloned().for_each(|entry| ledger.push(entry));
            ledger.sort();
            Ok(Converted { body: out, lines: ledger.resolve(body) })
        }
        Err(refused) => Err(Outcome::Refused(refused.resolve(body))),
    }
}
