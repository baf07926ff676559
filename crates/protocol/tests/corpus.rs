//! The laws on every recorded request, where the recordings are there.
#![allow(clippy::panic, clippy::print_stdout, reason = "tests fail by panicking and say what they counted")]

use std::collections::BTreeMap;
use switchback_ir::Protocol;
use switchback_protocol::law::{self, Verdict};
use switchback_testkit::requests;

#[test]
fn decoding_then_encoding_is_identity() {
    for recording in requests() {
        law::identity(recording.protocol, &recording.body, &law::plain)
            .unwrap_or_else(|broken| panic!("{}: {broken}", recording.file));
    }
}

#[test]
fn every_difference_is_reported_and_every_report_is_a_difference() {
    let mut broken = Vec::new();
    let mut counts: BTreeMap<(Protocol, Protocol), (u32, u32)> = BTreeMap::new();
    for recording in requests() {
        let from = recording.protocol;
        for to in Protocol::ALL.into_iter().filter(|to| *to != from) {
            let count = counts.entry((from, to)).or_default();
            match law::loss(from, to, &recording.body, &law::plain) {
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
    // Refusals are for what the mapping says must not be guessed, and rare.
    assert!(counts.values().all(|(converted, refused)| *refused * 10 <= *converted));
}
