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
use switchback_ir::{Limits, Protocol, RequestContext, Step};
use switchback_protocol::law;
use switchback_protocol::sse::Framer;
use switchback_protocol::stream::Decoder;
use switchback_protocol::{Reply, ShownModel, stream::fold};
use switchback_testkit::{STREAMS, entropy};

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

/// What may happen to a stream on its way.
#[derive(Clone, Debug)]
enum Change {
    Again(prop::sample::Index),
    Without(prop::sample::Index),
    Swapped(prop::sample::Index),
    Byte(prop::sample::Index, u8),
    Inserted(prop::sample::Index, &'static str),
}

fn change() -> impl Strategy<Value = Change> {
    let index = any::<prop::sample::Index>;
    let bytes = prop::sample::select(&b"\"\\{}[],: \n\r\t09eanu\x00\x80\xc3\xff"[..]);
    let inserted = prop::sample::select(
        &[" ", "\n", "\r\n", "\ndata: ", "id: 1\n", ": c\n", "\\ud800", "\\n", "é", "1", ".0", "99999999999999999999"]
            [..],
    );
    prop_oneof![
        index().prop_map(Change::Again),
        index().prop_map(Change::Without),
        index().prop_map(Change::Swapped),
        (index(), bytes).prop_map(|(at, byte)| Change::Byte(at, byte)),
        (index(), inserted).prop_map(|(at, text)| Change::Inserted(at, text)),
    ]
}

/// The stream with these changes, each where it may count most: among its deltas.
fn changed(stream: &[u8], changes: &[Change]) -> Vec<u8> {
    let text = String::from_utf8(stream.to_vec()).unwrap();
    let mut events: Vec<Vec<u8>> = text.split_inclusive("\n\n").map(|event| event.as_bytes().to_vec()).collect();
    for change in changes {
        match change {
            Change::Again(at) => {
                let at = at.index(events.len());
                events.insert(at, events[at].clone());
            }
            Change::Without(at) => {
                events.remove(at.index(events.len() - 1));
            }
            Change::Swapped(at) => {
                let at = at.index(events.len() - 1);
                events.swap(at, at + 1);
            }
            Change::Byte(at, byte) => {
                let event = at.index(events.len());
                let at = at.index(events[event].len());
                events[event][at] = *byte;
            }
            Change::Inserted(at, text) => {
                let event = at.index(events.len());
                let at = at.index(events[event].len());
                events[event].splice(at..at, text.bytes());
            }
        }
    }
    events.concat()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(250))]

    /// Deltas as vendors send them, one like the other, and what then comes between them.
    #[test]
    fn what_is_remembered_of_an_event_changes_nothing(
        from in prop::sample::select(&Protocol::ALL[..]),
        to in prop::sample::select(&Protocol::ALL[..]),
        kind in prop::sample::select(STREAMS),
        changes in prop::collection::vec(change(), 0..4),
        sizes in prop::collection::vec(1_usize..700, 0..4),
    ) {
        let stream = changed(&kind.of(8).body(from), &changes);
        let mut context = RequestContext::new(to);
        context.stream_usage = true;
        for reply in [Reply::new(&context), Reply::new(&context).showing(ShownModel::Resolved("m")).with_id("i").created_at(3)] {
            law::stream_memory(from, &reply, &stream, &sizes).unwrap();
        }
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
    let context = RequestContext::new(Protocol::Chat);
    assert!(law::transcoded(Protocol::Chat, &Reply::new(&context), b"", &[]).unwrap().end.is_err());
}
