//! The reader of JSON beside `serde_json`: on recorded traffic, on generated bodies, on what is broken in one place, and on
//! every alignment of what ends a run of text.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    unreachable_pub,
    reason = "tests fail by panicking, and the shared module is public to the fuzz targets"
)]

#[path = "../../../fuzz/src/readers.rs"]
mod readers;

use proptest::prelude::*;
use switchback_ir::Protocol;
use switchback_testkit::{bodies, recordings, responses};

/// What is written over a byte, or between two.
const BREAKS: &[u8] = b"\"\\{}[],:0 \n\x00\x1fux\xff\x80-e.tn";

/// The sizes of the reader's blocks, with a byte before and after.
const LENGTHS: [usize; 12] = [0, 1, 15, 16, 17, 31, 32, 33, 63, 64, 65, 130];

#[test]
fn recorded_traffic_reads_alike() {
    for kind in ["request", "response", "error"] {
        for recording in recordings(kind) {
            readers::agree(&recording.body);
        }
    }
}

fn protocols() -> impl Strategy<Value = Protocol> {
    prop::sample::select(&Protocol::ALL[..])
}

fn documents() -> impl Strategy<Value = Vec<u8>> {
    protocols().prop_flat_map(|protocol| prop_oneof![bodies(protocol), responses(protocol)])
}

proptest! {
    #[test]
    fn generated_bodies_read_alike(body in documents()) {
        readers::agree(&body);
    }

    #[test]
    fn broken_bodies_read_alike(
        mut body in documents(),
        at in any::<prop::sample::Index>(),
        broken in prop::sample::select(BREAKS),
        kind in 0..3,
    ) {
        let at = at.index(body.len());
        match kind {
            0 => body.truncate(at),
            1 => body[at] = broken,
            _ => body.insert(at, broken),
        }
        readers::agree(&body);
    }

    #[test]
    fn any_text_reads_alike(text in "[\"\\\\{}\\[\\]:,0-9eE.+ \n\ttrufalsn\u{e9}-]{0,80}") {
        readers::agree(text.as_bytes());
    }
}

/// A string whose one special piece begins after each number of bytes, before each number of others.
#[test]
fn every_alignment_reads_alike() {
    const PIECES: &[&str] = &[
        "",
        "\\n",
        "\\\\",
        "\\\"",
        "\\\\\\\"",
        "\\u00e9",
        "\\ud83d\\ude00",
        "\\ud800",
        "\\x",
        "\\u12g4",
        "\u{1f}",
        "é",
        "\"",
    ];
    for piece in PIECES {
        for before in 0..=66 {
            for after in LENGTHS {
                let text = format!("\"{}{piece}{}\"", "a".repeat(before), "b".repeat(after));
                readers::agree(text.as_bytes());
            }
        }
    }
}

/// Backslashes in a row, over the ends of blocks: an odd number escapes what follows.
#[test]
fn every_run_of_backslashes_reads_alike() {
    for before in 0..=66 {
        for run in 0..=9 {
            for end in ["\"", "n\"", "\" x"] {
                let text = format!("\"{}{}{end}", "a".repeat(before), "\\".repeat(run));
                readers::agree(text.as_bytes());
            }
        }
    }
}
