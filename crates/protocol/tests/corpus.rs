//! The laws on every recorded request, where the recordings are there.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "tests fail by panicking, and this one reads files"
)]

use std::collections::BTreeMap;
use std::path::PathBuf;
use switchback_ir::Protocol;
use switchback_protocol::law::{self, Verdict};

/// The folder of recorded traffic, or nothing outside CI.
fn corpus() -> Option<PathBuf> {
    let shared = std::env::var("SWITCHBACK_SHARED")
        .map_or_else(|_| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared"), PathBuf::from);
    let corpus = shared.join("corpus");
    if corpus.is_dir() {
        return Some(corpus);
    }
    assert!(std::env::var("CI").as_deref() != Ok("true"), "no recorded traffic at {}", corpus.display());
    println!("skipped: no recorded traffic at {}", corpus.display());
    None
}

fn requests() -> Vec<(Protocol, String, Vec<u8>)> {
    let Some(corpus) = corpus() else { return Vec::new() };
    let folders = [
        ("chat", Protocol::Chat),
        ("chat-compat", Protocol::Chat),
        ("responses", Protocol::Responses),
        ("messages", Protocol::Messages),
    ];
    let mut all = Vec::new();
    for (folder, protocol) in folders {
        for file in std::fs::read_dir(corpus.join(folder).join("request")).unwrap() {
            let path = file.unwrap().path();
            all.push((protocol, path.display().to_string(), std::fs::read(&path).unwrap()));
        }
    }
    all
}

#[test]
fn decoding_then_encoding_is_identity() {
    for (protocol, file, body) in requests() {
        law::identity(protocol, &body, &law::plain).unwrap_or_else(|broken| panic!("{file}: {broken}"));
    }
}

#[test]
fn every_difference_is_reported_and_every_report_is_a_difference() {
    let mut broken = Vec::new();
    let mut counts: BTreeMap<(Protocol, Protocol), (u32, u32)> = BTreeMap::new();
    for (from, file, body) in requests() {
        for to in Protocol::ALL.into_iter().filter(|to| *to != from) {
            let count = counts.entry((from, to)).or_default();
            match law::loss(from, to, &body, &law::plain) {
                Ok(Verdict::Converted(_)) => count.0 += 1,
                Ok(Verdict::Refused(_)) => count.1 += 1,
                Err(error) => broken.push(format!("{file} → {to}: {error}")),
            }
        }
    }
    for ((from, to), (converted, refused)) in &counts {
        println!("{from} → {to}: {converted} converted, {refused} refused");
    }
    assert!(broken.is_empty(), "{} broken\n{}", broken.len(), broken.join("\n"));
    // Refusals are for what the mapping says must not be guessed, and rare.
    assert!(counts.values().all(|(converted, refused)| *refused * 10 <= *converted));
}
