//! The laws of streams on every recorded one, where the recordings are there.
#![allow(
    clippy::panic,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "tests fail by panicking and say what they counted"
)]

use std::collections::BTreeMap;
use switchback_ir::{Protocol, RequestContext};
use switchback_protocol::Reply;
use switchback_protocol::law;
use switchback_testkit::{Ending, Recording, order, recordings};

fn context(client: Protocol) -> RequestContext {
    let mut context = RequestContext::new(client);
    context.stream_usage = true;
    context
}

/// Asks `law` of every recorded stream, and shows the first of what breaks.
fn every(law: impl Fn(&Recording) -> Result<(), String>) {
    let streams = recordings("stream");
    let broken: Vec<String> = streams
        .iter()
        .filter_map(|recording| {
            law(recording).err().map(|why| format!("{} {}: {why}", recording.protocol, recording.file))
        })
        .collect();
    let shown: Vec<&str> = broken.iter().take(25).map(|line| line.get(..700).unwrap_or(line)).collect();
    assert!(broken.is_empty(), "{} of {} broken\n{}", broken.len(), streams.len(), shown.join("\n"));
}

/// The same of every recorded stream and every client.
fn every_pair(law: impl Fn(&Recording, &Reply<'_>) -> Result<(), String>) {
    every(|recording| {
        for client in Protocol::ALL {
            let context = context(client);
            law(recording, &Reply::new(&context).created_at(1_763_683_200))
                .map_err(|why| format!("to {client}: {why}"))?;
        }
        Ok(())
    });
}

#[test]
fn a_stream_goes_back_into_its_own_protocol_as_it_came() {
    every(|recording| law::stream_identity(recording.protocol, &recording.body).map_err(|broken| broken.to_string()));
}

#[test]
fn any_byte_split_gives_the_same_stream() {
    every_pair(|recording, reply| {
        let there = law::stream_split(recording.protocol, reply, &recording.body, &[70, 1, 900]);
        there.map(|_| ()).map_err(|broken| broken.to_string())
    });
}

#[test]
fn what_is_remembered_of_an_event_changes_nothing() {
    every_pair(|recording, reply| {
        let there = law::stream_memory(recording.protocol, reply, &recording.body, &[1_460, 90]);
        there.map(|_| ()).map_err(|broken| broken.to_string())
    });
}

#[test]
fn folding_what_was_converted_is_converting_what_was_folded() {
    let counts = std::cell::RefCell::new(BTreeMap::<String, u32>::new());
    every_pair(|recording, reply| {
        if recording.protocol == reply.context.client {
            return Ok(());
        }
        let losses =
            law::stream_fold(recording.protocol, reply, &recording.body).map_err(|broken| broken.to_string())?;
        for loss in losses {
            let line = format!("{} to {}: {} {}", recording.protocol, reply.context.client, loss.feature, loss.action);
            *counts.borrow_mut().entry(line).or_default() += 1;
        }
        Ok(())
    });
    for (line, count) in counts.borrow().iter() {
        println!("{line} {count}");
    }
}

#[test]
fn converted_streams_are_in_order_and_end_once() {
    every_pair(|recording, reply| {
        let there =
            law::transcoded(recording.protocol, reply, &recording.body, &[]).map_err(|broken| broken.to_string())?;
        let own = recording.protocol == reply.context.client;
        match order(reply.context.client, &there.bytes) {
            Ok(Ending::Success) => Ok(()),
            // What a host sends of its own is passed on within its protocol.
            Err(_) if own && order(recording.protocol, &recording.body).is_err() => Ok(()),
            other => Err(format!("{other:?}")),
        }
    });
}

#[test]
fn a_cut_ends_in_an_error_and_never_in_a_success() {
    every_pair(|recording, reply| {
        let length = recording.body.len();
        // Every byte of a small stream is tried elsewhere.
        for cut in [length / 2, length.saturating_sub(3)] {
            let there = law::stream_terminal(recording.protocol, reply, &recording.body, cut)
                .map_err(|broken| broken.to_string())?;
            let own = recording.protocol == reply.context.client;
            let expected = if there.end.is_ok() { Ending::Success } else { Ending::Error };
            match order(reply.context.client, &there.bytes) {
                _ if there.bytes.is_empty() && there.end.is_err() => {}
                Ok(ending) if ending == expected => {}
                _ if own => {}
                other => return Err(format!("cut at {cut}: {other:?}, not {expected:?}")),
            }
        }
        Ok(())
    });
}
