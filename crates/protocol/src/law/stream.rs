//! The laws of streams.

use super::{Broken, Difference, Order, Outcome, Tree, canonical_response, differences, plain_response};
use crate::Reply;
use crate::sse::Framer;
use crate::stream::{Stage, StreamError, StreamErrorKind, StreamLoss, Transcoder, fold};
use serde_json::Value;
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};
use switchback_ir::{Limits, Protocol, RequestContext, Step};

/// What a stream became: the client's bytes, and how it ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transcoded {
    /// What the client gets.
    pub bytes: Vec<u8>,
    /// The losses of a complete stream, or why it ended badly.
    pub end: Result<Vec<StreamLoss>, StreamError>,
    /// Whether the client was given bytes before the end.
    pub committed: bool,
    /// Whether the client has the whole answer, whatever the upstream said after it.
    pub complete: bool,
}

/// Feeds a stream to a transcoder in pieces of these sizes, over and over; without sizes, whole.
///
/// # Errors
/// When bytes are written before the transcoder says that it is committed, or after its first error.
pub fn transcoded(from: Protocol, reply: &Reply<'_>, stream: &[u8], sizes: &[usize]) -> Result<Transcoded, Broken> {
    fed(Transcoder::new(from, Framer::sse(&Limits::default()), *reply), stream, sizes)
}

fn fed(mut transcoder: Transcoder<'_>, stream: &[u8], sizes: &[usize]) -> Result<Transcoded, Broken> {
    let mut bytes = Vec::new();
    let mut turns = sizes.iter().cycle();
    let mut rest = stream;
    while !rest.is_empty() {
        let size = turns.next().map_or(rest.len(), |size| (*size).clamp(1, rest.len()));
        let (piece, tail) = rest.split_at_checked(size).unwrap_or((rest, &[]));
        rest = tail;
        let fed = transcoder.feed(piece, &mut bytes);
        if !transcoder.committed() && !bytes.is_empty() {
            let seen = String::from_utf8_lossy(&bytes).into_owned();
            return Err(Broken { law: "no byte before the commitment", seen });
        }
        let Err(error) = fed else { continue };
        let (written, committed, complete) = (bytes.len(), transcoder.committed(), transcoder.is_complete());
        let again = transcoder.feed(tail, &mut bytes);
        let end = transcoder.finish(&mut bytes);
        if again.as_ref() != Err(&error) || end.as_ref() != Err(&error) || bytes.len() != written {
            return Err(Broken { law: "nothing follows an error", seen: format!("{error}, {again:?}, {end:?}") });
        }
        return Ok(Transcoded { bytes, end: Err(error), committed, complete });
    }
    // The end may bring the last event, and with it the commitment.
    let complete = transcoder.is_complete();
    let end = transcoder.finish(&mut bytes);
    Ok(Transcoded { committed: !bytes.is_empty(), complete: complete || end.is_ok(), bytes, end })
}

/// X → X of a complete stream has the same events, as names and JSON, and loses nothing.
///
/// ```
/// use switchback_ir::Protocol;
/// let stream = b"data: {\"id\":\"c\",\"choices\":[{\"index\":0,\"delta\":{\"x\":1.50},\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n";
/// switchback_protocol::law::stream_identity(Protocol::Chat, stream).unwrap();
/// ```
pub fn stream_identity(protocol: Protocol, stream: &[u8]) -> Result<(), Broken> {
    let law = "a stream goes back into its own protocol as it came";
    let mut context = RequestContext::new(protocol);
    context.stream_usage = true;
    let there = transcoded(protocol, &Reply::new(&context), stream, &[])?;
    match &there.end {
        Ok(losses) if losses.is_empty() => {}
        end => return Err(Broken { law, seen: format!("{end:?}") }),
    }
    let (before, after) = (events(stream), events(&there.bytes));
    match before.iter().zip(&after).position(|(before, after)| before != after) {
        None if before.len() == after.len() => Ok(()),
        None => Err(Broken { law, seen: format!("{} events, not {}", after.len(), before.len()) }),
        Some(at) => Err(Broken { law, seen: format!("event {at}: {:?}, not {:?}", after.get(at), before.get(at)) }),
    }
}

/// However the bytes are split, the client gets the same bytes and the stream ends alike.
pub fn stream_split(from: Protocol, reply: &Reply<'_>, stream: &[u8], sizes: &[usize]) -> Result<Transcoded, Broken> {
    let whole = transcoded(from, reply, stream, &[])?;
    let split = transcoded(from, reply, stream, sizes)?;
    if whole.bytes == split.bytes && whole.end == split.end {
        return Ok(whole);
    }
    Err(Broken { law: "any byte split gives the same stream", seen: format!("{:?}, not {:?}", split.end, whole.end) })
}

/// An event that is held against the one before it, which makes most of them cheap, is read and written as one that is
/// looked at for itself: the client gets the same, stages are told the same at the same places, the stream ends alike.
pub fn stream_memory(from: Protocol, reply: &Reply<'_>, stream: &[u8], sizes: &[usize]) -> Result<Transcoded, Broken> {
    let begin = || Transcoder::new(from, Framer::sse(&Limits::default()), *reply);
    let (remembering, forgetting) = (fed(begin(), stream, sizes)?, fed(begin().forgetful(), stream, &[])?);
    if remembering != forgetting {
        let seen = format!("{:?}, not {:?}", remembering.end, forgetting.end);
        return Err(Broken { law: "what is remembered of an event changes nothing", seen });
    }
    let told = |transcoder: Transcoder<'_>| {
        let told = Told::default();
        let there = fed(transcoder.with_stage(Box::new(told.clone())), stream, sizes)?;
        Ok((there, told.lines()))
    };
    let (remembering_steps, forgetting_steps) = (told(begin())?, told(begin().forgetful())?);
    if remembering_steps == forgetting_steps {
        return Ok(remembering);
    }
    let seen = format!("{:?}, not {:?}", remembering_steps.1, forgetting_steps.1);
    Err(Broken { law: "what is remembered of an event changes nothing that stages are told", seen })
}

/// A stage that passes on all steps, and writes down what they were.
#[derive(Clone, Debug, Default)]
struct Told(Arc<Mutex<Vec<String>>>);

impl Told {
    fn lines(&self) -> Vec<String> {
        self.0.lock().map(|lines| lines.clone()).unwrap_or_default()
    }
}

impl Stage for Told {
    fn step(&mut self, step: Step<'_>, next: &mut dyn FnMut(Step<'_>)) {
        if let Ok(mut lines) = self.0.lock() {
            lines.push(format!("{step:?}"));
        }
        next(step);
    }
}

/// Converting a complete stream and folding it gives what folding and converting gives, after the canonical form of
/// responses; and what the stream loses is what the whole response loses.
///
/// A stream whose response the client's protocol refuses, or whose end says something else than its events, says
/// nothing about either.
pub fn stream_fold(from: Protocol, reply: &Reply<'_>, stream: &[u8]) -> Result<Vec<StreamLoss>, Broken> {
    let to = reply.context.client;
    let broken = |law, seen| Err(Broken { law, seen });
    let complete = "a complete stream folds and converts";
    let folded = match fold(from, stream) {
        Ok(folded) => folded,
        Err(error) => return broken(complete, error.to_string()),
    };
    let there = transcoded(from, reply, stream, &[])?;
    let losses = match there.end {
        Ok(losses) => losses,
        Err(error) => return broken(complete, error.to_string()),
    };
    let whole = match plain_response(from, reply, &folded.body) {
        Err(Outcome::Refused(_)) => return Ok(losses),
        // A whole answer of Messages cannot hold such arguments, a stream does not know them before they are whole.
        Ok(whole) if whole.lines.iter().any(|line| line.feature == "output_arguments") => return Ok(losses),
        Ok(whole) => whole,
        Err(outcome @ Outcome::Unreadable(_)) => return broken(complete, outcome.to_string()),
    };
    if !folded.notes.is_empty() {
        return Ok(losses);
    }
    let back = match fold(to, &there.bytes) {
        Ok(back) if back.notes.is_empty() => back,
        other => return broken("a converted stream folds", format!("{other:?}")),
    };
    let tree = |body: &[u8]| {
        canonical_response(to, Tree::verbatim(&serde_json::from_slice::<Value>(body).unwrap_or_default()))
    };
    let found = differences(&tree(&whole.body), &tree(&back.body), Order::Kept);
    if !found.is_empty() {
        let seen = found.iter().map(Difference::to_string).collect::<Vec<_>>().join(", ");
        return broken("folding what was converted is converting what was folded", seen);
    }
    let name = |loss: &StreamLoss| (loss.feature.name(), loss.action.name());
    let reported = |action: &str| matches!(action, "dropped" | "noted");
    let of_stream = losses.iter().map(name).filter(|(feature, action)| *feature != "unknown_event" && reported(action));
    let of_stream: BTreeSet<_> = of_stream.collect();
    let lines = whole.lines.iter().filter(|line| reported(line.action));
    let of_whole: BTreeSet<_> = lines.map(|line| (line.feature, line.action)).collect();
    if of_stream == of_whole {
        return Ok(losses);
    }
    let only = |one: &BTreeSet<_>, other: &BTreeSet<_>| format!("{:?}", one.difference(other).collect::<Vec<_>>());
    let seen =
        format!("only the stream: {}, only the whole: {}", only(&of_stream, &of_whole), only(&of_whole, &of_stream));
    broken("a stream loses what its whole response loses", seen)
}

/// A stream that was cut after `length` bytes ends in an error and never in a success, and the client gets nothing
/// before the commitment. A cut that leaves out only the line ends after the last event is none.
pub fn stream_terminal(from: Protocol, reply: &Reply<'_>, stream: &[u8], length: usize) -> Result<Transcoded, Broken> {
    let law = "a cut ends in an error";
    let (cut, rest) = stream.split_at_checked(length).unwrap_or((stream, &[]));
    let there = transcoded(from, reply, cut, &[])?;
    let whole = rest.iter().all(|byte| matches!(byte, b'\r' | b'\n'));
    match &there.end {
        Ok(_) if whole => Ok(there),
        Err(error) if *error.kind() == StreamErrorKind::Cut => Ok(there),
        end => Err(Broken { law, seen: format!("cut at {length}: {end:?}") }),
    }
}

/// The events of a stream: names, and payloads as JSON where they are.
fn events(stream: &[u8]) -> Vec<(String, Value)> {
    let mut framer = Framer::sse(&Limits::default());
    let mut rest = stream;
    let mut found = Vec::new();
    let read = |name: &str, data: &[u8]| {
        let text = || Value::String(String::from_utf8_lossy(data).into_owned());
        (name.to_owned(), serde_json::from_slice(data).unwrap_or_else(|_| text()))
    };
    while let Ok(Some(frame)) = framer.next(&mut rest) {
        found.push(read(frame.name, frame.data));
    }
    found.extend(framer.finish().map(|frame| read(frame.name, frame.data)));
    found
}
