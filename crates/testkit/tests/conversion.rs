//! The laws of conversion, asked of the whole way that `switchback convert` takes: decode, degrade, encode.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "tests fail by panicking and say what they counted"
)]

use std::collections::BTreeMap;
use switchback_ir::{Limits, Protocol, TargetFacts};
use switchback_protocol::law::{self, Converted, Outcome, Verdict};
use switchback_protocol::{decode, encode};
use switchback_testkit::requests;

fn fitted(from: Protocol, to: Protocol, facts: &TargetFacts, body: &[u8]) -> Result<Converted, Outcome> {
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

#[test]
fn within_a_protocol_nothing_is_degraded() {
    for recording in requests() {
        law::identity(recording.protocol, &recording.body, &fitted)
            .unwrap_or_else(|broken| panic!("{}: {broken}", recording.file));
    }
}

#[test]
fn what_degrades_and_what_is_lost_is_all_that_differs() {
    let mut broken = Vec::new();
    let mut counts: BTreeMap<(Protocol, Protocol), (u32, u32)> = BTreeMap::new();
    for recording in requests() {
        let from = recording.protocol;
        for to in Protocol::ALL.into_iter().filter(|to| *to != from) {
            let count = counts.entry((from, to)).or_default();
            match law::loss(from, to, &recording.body, &fitted) {
                Ok(Verdict::Converted(_)) => count.0 += 1,
                Ok(Verdict::Refused(_)) => count.1 += 1,
                Err(error) => broken.push(format!("{} to {to}: {error}", recording.file)),
            }
        }
    }
    for ((from, to), (converted, refused)) in &counts {
        println!("{from} to {to}: {converted} converted, {refused} refused");
    }
    assert!(broken.is_empty(), "{} broken\n{}", broken.len(), broken.join("\n"));
}
