//! Whole responses as streams, and back.
#![allow(
    clippy::panic,
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "tests fail by panicking and say what they counted"
)]

use serde_json::Value;
use switchback_ir::{Protocol, RequestContext};
use switchback_protocol::stream::fold;
use switchback_protocol::{Reply, law};
use switchback_testkit::{Ending, entropy, order, recordings, response, unfold};

/// Without what says nothing: nulls, empty texts and empty lists.
fn said(value: Value) -> Value {
    match value {
        Value::Object(members) => Value::Object(
            members
                .into_iter()
                .filter(|(_, value)| !matches!(value, Value::Null) && *value != "" && *value != Value::Array(vec![]))
                .map(|(name, value)| (name, said(value)))
                .collect(),
        ),
        Value::Array(items) => Value::Array(items.into_iter().map(said).collect()),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => value,
    }
}

/// Unfolds and folds; whether the body is one that a stream can say.
fn there_and_back(protocol: Protocol, body: &[u8], case: u64) -> Result<bool, String> {
    let whole: Value = serde_json::from_slice(body).unwrap();
    let Some(stream) = unfold(protocol, &whole, &entropy(case)) else { return Ok(false) };
    let folded = fold(protocol, &stream).map_err(|error| error.to_string())?;
    let back: Value = serde_json::from_slice(&folded.body).unwrap();
    if said(back.clone()) != said(whole.clone()) {
        return Err(format!("{whole}\n became \n{back}"));
    }
    if !folded.notes.is_empty() {
        return Err(format!("{:?}", folded.notes));
    }
    law::stream_identity(protocol, &stream).map_err(|broken| broken.to_string())?;
    for to in Protocol::ALL.into_iter().filter(|to| *to != protocol) {
        let mut context = RequestContext::new(to);
        context.stream_usage = true;
        let there = law::transcoded(protocol, &Reply::new(&context).created_at(1), &stream, &[97])
            .map_err(|broken| broken.to_string())?;
        let ending = order(to, &there.bytes);
        if ending != Ok(Ending::Success) {
            return Err(format!("to {to}: {ending:?}, {:?}", there.end));
        }
    }
    Ok(true)
}

#[test]
fn folding_what_was_unfolded_is_the_recorded_response() {
    let responses = recordings("response");
    let (mut said, mut broken) = (0, Vec::new());
    for (case, recording) in (0..).zip(&responses) {
        match there_and_back(recording.protocol, &recording.body, case) {
            Ok(whole) => said += usize::from(whole),
            Err(why) => broken.push(format!("{} {}: {why}", recording.protocol, recording.file)),
        }
    }
    println!("{said} of {} responses were unfolded", responses.len());
    let shown: Vec<&str> = broken.iter().take(12).map(|line| line.get(..900).unwrap_or(line)).collect();
    assert!(broken.is_empty(), "{} broken\n{}", broken.len(), shown.join("\n"));
    assert!(said * 10 >= responses.len() * 9);
}

#[test]
fn folding_what_was_unfolded_is_the_generated_response() {
    let (mut said, mut unreadable) = (0, 0);
    for protocol in Protocol::ALL {
        for case in 0..150 {
            match there_and_back(protocol, &response(protocol, &entropy(case)), case) {
                Ok(whole) => said += u32::from(whole),
                // What contradicts itself (two items of one place, a name that is a list) is no stream.
                Err(why) if why.contains(", at event ") => unreadable += 1,
                Err(why) => panic!("{protocol} {case}: {why}"),
            }
        }
    }
    println!("{said} unfolded, {unreadable} not read as streams");
    assert!(said >= 60);
}
