//! What conversion allocates: a handful of tables and one output, however long the body is.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "tests fail by panicking and say what they counted"
)]

use allocation_counter::measure;
use switchback_ir::{Limits, Protocol, RequestContext, TargetFacts};
use switchback_protocol::{Reply, decode, decode_response, encode, encode_response};
use switchback_testkit::{ANSWERS, PAYLOADS};

/// The most allocations of a payload, each growth of a table counted, into an output that begins empty.
fn most(payload: &str) -> u64 {
    match payload {
        "turn_1k" | "image_2m" => 8,
        "agent_20k" => 24,
        "history_500k" => 64,
        other => panic!("no bound for {other}"),
    }
}

fn directions() -> impl Iterator<Item = (Protocol, Protocol)> {
    let targets = |from| Protocol::ALL.into_iter().filter(move |to| *to != from).map(move |to| (from, to));
    Protocol::ALL.into_iter().flat_map(targets)
}

#[test]
fn a_request_is_converted_in_few_allocations() {
    for payload in PAYLOADS {
        for (from, to) in directions() {
            let (body, facts) = (payload.body(from), TargetFacts::default());
            let counted = measure(|| {
                let request = decode(from, &body, &Limits::default()).unwrap();
                let mut out = Vec::new();
                std::hint::black_box(encode(&request, to, &facts, &mut out).unwrap());
            });
            let (count, bytes) = (counted.count_total, counted.bytes_total);
            println!("{} {from} to {to}: {count} allocations, {bytes} bytes of {}", payload.name, body.len());
            assert!(count <= most(payload.name), "{} {from} to {to}: {count} allocations", payload.name);
            let bound = body.len() as u64 * 3 / 2 + 4096;
            assert!(bytes <= bound, "{} {from} to {to}: {bytes} bytes of at most {bound}", payload.name);
        }
    }
}

/// A made id of an item is a string of its own, where the answer has items.
#[test]
fn a_response_is_converted_in_few_allocations() {
    for answer in ANSWERS {
        for (from, to) in directions() {
            let (body, context) = (answer.body(from), RequestContext::new(to));
            let counted = measure(|| {
                let response = decode_response(from, &body, &Limits::default()).unwrap();
                let (reply, mut out) = (Reply::new(&context).created_at(7), Vec::new());
                std::hint::black_box(encode_response(&response, &reply, &mut out).unwrap());
            });
            let (count, bytes) = (counted.count_total, counted.bytes_total);
            println!("{} {from} to {to}: {count} allocations, {bytes} bytes of {}", answer.name, body.len());
            let items = if to == Protocol::Responses { answer.calls as u64 + 1 } else { 0 };
            assert!(count <= 16 + items, "{} {from} to {to}: {count} allocations", answer.name);
            let bound = body.len() as u64 * 2 + 6144;
            assert!(bytes <= bound, "{} {from} to {to}: {bytes} bytes of at most {bound}", answer.name);
        }
    }
}

#[test]
fn the_counter_counts() {
    assert_eq!(measure(|| drop(std::hint::black_box(vec![1_u8]))).count_total, 1);
}
