//! The seeds and regressions of the fuzz targets, replayed by what the targets call.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::disallowed_methods,
    clippy::indexing_slicing,
    unreachable_pub,
    reason = "tests fail by panicking, this one reads files, and the shared modules are public to the fuzz targets"
)]

#[path = "../../../fuzz/src/answers.rs"]
mod answers;
#[path = "../../../fuzz/src/bodies.rs"]
mod bodies;
#[path = "../../../fuzz/src/frames.rs"]
mod frames;
#[path = "../../../fuzz/src/pointers.rs"]
mod pointers;
#[path = "../../../fuzz/src/readers.rs"]
mod readers;
#[path = "../../../fuzz/src/streams.rs"]
mod streams;

use std::path::Path;
use switchback_ir::Protocol;
use switchback_protocol::law;

fn each(folder: &str, law: impl Fn(&[u8])) {
    let fuzz = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz");
    let mut replayed = 0;
    for kind in ["seeds", "regressions"] {
        // A target without a regression has no folder of them.
        for file in std::fs::read_dir(fuzz.join(kind).join(folder)).into_iter().flatten() {
            law(&std::fs::read(file.unwrap().path()).unwrap());
            replayed += 1;
        }
    }
    assert!(replayed > 0, "no seeds in {folder}");
}

#[test]
fn bodies_decode_and_encode_back() {
    for protocol in Protocol::ALL {
        each(protocol.name(), |bytes| bodies::identity(protocol, bytes));
    }
}

#[test]
fn bodies_lose_nothing_in_silence() {
    for protocol in Protocol::ALL {
        each(protocol.name(), |bytes| bodies::loss(protocol, bytes, &law::plain));
    }
}

#[test]
fn answers_come_back_and_lose_nothing_in_silence() {
    for protocol in Protocol::ALL {
        each(&format!("response_{protocol}"), |bytes| answers::laws(protocol, bytes));
    }
}

#[test]
fn streams_keep_their_laws() {
    for protocol in Protocol::ALL {
        each(&format!("stream_{protocol}"), |bytes| streams::laws(protocol, bytes));
    }
    each("stream_events", |bytes| {
        let (protocol, stream) = streams::events(bytes);
        streams::laws(protocol, &stream);
    });
}

#[test]
fn pointers_lead_to_their_values() {
    each("pointer", |bytes| {
        pointers::agree(bytes);
        pointers::lead_back(bytes);
    });
    for protocol in Protocol::ALL {
        each(protocol.name(), pointers::lead_back);
    }
}

#[test]
fn the_reader_reads_what_another_does() {
    each("reader", readers::agree);
    for protocol in Protocol::ALL {
        each(protocol.name(), readers::agree);
        each(&format!("response_{protocol}"), readers::agree);
    }
}

#[test]
fn splits_of_streams_never_show() {
    each("sse_split", frames::sse_split);
    each("aws_frames", frames::aws_frames);
}
