//! The laws of streams on generated events, in orders that are allowed and in others.
#![allow(
    clippy::panic,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    unreachable_pub,
    reason = "tests fail by panicking, and the shared module is public to the fuzz targets"
)]

#[path = "../../../fuzz/src/streams.rs"]
mod streams;

use proptest::prelude::*;
use std::collections::BTreeMap;
use switchback_ir::{Limits, Step};
use switchback_protocol::law;
use switchback_protocol::sse::Framer;
use switchback_protocol::stream::Decoder;
use switchback_protocol::{Reply, stream::fold};
use switchback_testkit::entropy;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(192))]

    #[test]
    fn events_in_any_order_keep_the_laws(input in prop::collection::vec(any::<u8>(), 0..400)) {
        let (protocol, stream) = streams::events(&input);
        streams::laws(protocol, &stream);
    }

    #[test]
    fn cut_and_mangled_streams_keep_the_laws(input in prop::collection::vec(any::<u8>(), 0..400), at in any::<prop::sample::Index>(), byte in any::<u8>()) {
        let (protocol, mut stream) = streams::events(&input);
        let at = at.index(stream.len());
        stream[at] = byte;
        streams::laws(protocol, &stream);
        stream.truncate(at);
        streams::laws(protocol, &stream);
    }
}

/// What a step is, without what it says.
fn name(step: &Step<'_>) -> &'static str {
    match step {
        Step::Start(_) => "start",
        Step::Open { .. } => "open",
        Step::Delta { .. } => "delta",
        Step::Citation { .. } => "citation",
        Step::Logprobs { .. } => "logprobs",
        Step::Close { .. } => "close",
        Step::Usage(_) => "usage",
        Step::Tier(_) => "tier",
        Step::Finish { .. } => "finish",
        Step::Lost { .. } => "lost",
        Step::Failed { .. } => "failed",
        Step::End => "end",
    }
}

#[test]
fn the_generated_events_reach_most_steps_and_both_ends() {
    let mut seen = BTreeMap::<&str, u32>::new();
    for case in 0..200 {
        let (protocol, stream) = streams::events(&entropy(case));
        let mut framer = Framer::sse(&Limits::default());
        let mut decoder = Decoder::new(protocol, &Limits::default());
        let mut rest = stream.get(4..).unwrap();
        while let Ok(Some(frame)) = framer.next(&mut rest) {
            let Ok(event) = decoder.read(&frame) else { break };
            if decoder.tell(&event, &mut |step| *seen.entry(name(&step)).or_default() += 1).is_err() {
                *seen.entry("out of order").or_default() += 1;
                break;
            }
        }
        let whole = fold(protocol, stream.get(4..).unwrap());
        *seen.entry(if whole.is_ok() { "complete" } else { "not complete" }).or_default() += 1;
    }
    for step in [
        "start",
        "open",
        "delta",
        "close",
        "usage",
        "finish",
        "lost",
        "failed",
        "end",
        "out of order",
        "complete",
        "not complete",
    ] {
        assert!(seen.get(step).is_some_and(|count| *count >= 5), "{step}: {seen:?}");
    }
    let context = switchback_ir::RequestContext::new(switchback_ir::Protocol::Chat);
    assert!(law::transcoded(switchback_ir::Protocol::Chat, &Reply::new(&context), b"", &[]).unwrap().end.is_err());
}
