//! The laws on every recorded response, where the recordings are there.
#![allow(
    clippy::panic,
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "tests fail by panicking and say what they counted"
)]

use std::collections::BTreeMap;
use switchback_ir::Protocol;
use switchback_protocol::law::{self, Verdict};
use switchback_testkit::{Recording, recordings};

/// The recorded responses. An error body that a host sent with the status of success is none.
fn responses() -> Vec<Recording> {
    let is_error = |body: &[u8]| {
        let body: serde_json::Value = serde_json::from_slice(body).unwrap();
        body.get("error").is_some_and(|error| !error.is_null()) && body.get("choices").is_none()
    };
    let (errors, responses): (Vec<_>, Vec<_>) =
        recordings("response").into_iter().partition(|recording| is_error(&recording.body));
    println!("{} responses, {} error bodies among them left out", responses.len(), errors.len());
    assert!(errors.len() <= 1);
    responses
}

#[test]
fn decoding_then_encoding_is_identity() {
    let broken: Vec<String> = responses()
        .iter()
        .filter_map(|recording| {
            let broken = law::response_identity(recording.protocol, &recording.body).err()?;
            Some(format!("{}: {broken}", recording.file))
        })
        .collect();
    assert!(broken.is_empty(), "{} broken\n{}", broken.len(), broken.join("\n"));
}

#[test]
fn every_difference_is_reported_and_every_report_is_a_difference() {
    let mut broken = Vec::new();
    let mut counts: BTreeMap<(Protocol, Protocol), (u32, u32)> = BTreeMap::new();
    for recording in responses() {
        let from = recording.protocol;
        for to in Protocol::ALL.into_iter().filter(|to| *to != from) {
            let count = counts.entry((from, to)).or_default();
            match law::response_loss(from, to, &recording.body) {
                Ok(Verdict::Converted(_)) => count.0 += 1,
                Ok(Verdict::Refused(_)) => count.1 += 1,
                Err(error) => broken.push(format!("{} {from} to {to}: {error}", recording.file)),
            }
        }
    }
    for ((from, to), (converted, refused)) in &counts {
        println!("{from} to {to}: {converted} converted, {refused} refused");
    }
    assert!(broken.is_empty(), "{} broken\n{}", broken.len(), broken.join("\n"));
    assert!(counts.values().all(|(_, refused)| *refused == 0), "no recorded response failed");
}
