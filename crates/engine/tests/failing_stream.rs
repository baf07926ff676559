//! One stream that fails at every place, for every pair of upstream and client: the next endpoint answers as long as the
//! client has nothing, and after that there is exactly one end.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "tests fail by panicking"
)]

use serde_json::{Value, json};
use switchback::catalog::EndpointId;
use switchback::ir::{ErrorClass, RequestContext};
use switchback::plan::{Cursor, Ending, Itinerary, Outcome, Step, Stop};
use switchback::protocol::Reply;
use switchback::protocol::sse::Framer;
use switchback::protocol::stream::{Transcoder, fold};
use switchback::{Limits, Protocol, Timestamp};
use switchback_testkit::{entropy, order, recordings, unfold};

const NOW: Timestamp = Timestamp::from_millis(1_795_255_200_000);

/// How the first endpoint's stream fails after some of its bytes.
#[derive(Clone, Copy, Debug)]
enum Fails {
    /// The connection ends.
    Cut,
    /// The upstream says so.
    Says,
}

/// What a client got of a request, and how the walk went.
struct Served {
    bytes: Vec<u8>,
    cursor: Cursor,
    /// What the first endpoint alone gave the client.
    of_first: usize,
}

/// An answer of text and a call, as a whole body.
fn answer(protocol: Protocol) -> Value {
    let (text, arguments) = ("Let me look at that for you.", r#"{"city":"Bern"}"#);
    match protocol {
        Protocol::Chat => json!({"id": "chatcmpl-1", "object": "chat.completion", "created": 5, "model": "m",
            "choices": [{"index": 0, "finish_reason": "tool_calls", "message": {"role": "assistant", "content": text,
                "tool_calls": [{"id": "call_1", "type": "function", "function": {"name": "look", "arguments": arguments}}]}}],
            "usage": {"prompt_tokens": 3, "completion_tokens": 4, "total_tokens": 7}}),
        Protocol::Responses => json!({"id": "resp_1", "object": "response", "created_at": 5, "model": "m",
            "status": "completed", "output": [
                {"id": "msg_1", "type": "message", "role": "assistant", "status": "completed",
                    "content": [{"type": "output_text", "text": text, "annotations": []}]},
                {"id": "fc_1", "type": "function_call", "status": "completed", "call_id": "call_1", "name": "look",
                    "arguments": arguments}],
            "usage": {"input_tokens": 3, "output_tokens": 4, "total_tokens": 7}}),
        Protocol::Messages => json!({"id": "msg_1", "type": "message", "role": "assistant", "model": "m",
            "stop_reason": "tool_use", "stop_sequence": null, "content": [
                {"type": "text", "text": text},
                {"type": "tool_use", "id": "toolu_1", "name": "look", "input": {"city": "Bern"}}],
            "usage": {"input_tokens": 3, "output_tokens": 4}}),
    }
}

/// Streams of a protocol: made ones in several pieces, and short recorded ones that are complete.
fn streams(protocol: Protocol) -> Vec<Vec<u8>> {
    let made = (0..3).map(|case| unfold(protocol, &answer(protocol), &entropy(case)).unwrap());
    let is_short = |body: &Vec<u8>| body.len() < 12_000 && fold(protocol, body).is_ok();
    let recorded = recordings("stream").into_iter().filter(|recording| recording.protocol == protocol);
    made.chain(recorded.map(|recording| recording.body).filter(is_short).take(3)).collect()
}

/// Where the events of a stream end.
fn ends(stream: &[u8]) -> Vec<usize> {
    let is_end = |at: &usize| stream[..*at].ends_with(b"\n\n") || stream[..*at].ends_with(b"\r\n\r\n");
    (1..=stream.len()).filter(is_end).collect()
}

/// An error in the middle of a stream, as vendors write it.
fn error_event(protocol: Protocol, number: usize) -> Vec<u8> {
    let (name, error) = match protocol {
        Protocol::Chat => ("", json!({"error": {"message": "busy", "type": "server_error", "code": 503}})),
        Protocol::Responses => (
            "event: error\n",
            json!({"type": "error", "code": "server_error", "message": "busy", "param": null, "sequence_number": number}),
        ),
        Protocol::Messages => {
            ("event: error\n", json!({"type": "error", "error": {"type": "overloaded_error", "message": "busy"}}))
        }
    };
    format!("{name}data: {error}\n\n").into_bytes()
}

/// Walks two endpoints as a gateway does, with these bytes from each.
fn serve(client: Protocol, upstreams: [(Protocol, &[u8]); 2]) -> Served {
    let mut itinerary = Itinerary::default();
    itinerary.stops = vec![Stop::new(EndpointId::from(0)), Stop::new(EndpointId::from(1))];
    let mut cursor = Cursor::new(itinerary);
    let context = RequestContext::new(client);
    let (mut bytes, mut of_first) = (Vec::new(), 0);
    while let Step::Attempt(id) = cursor.next(NOW) {
        let (protocol, stream) = upstreams[id.index()];
        let reply = Reply::new(&context).created_at(7);
        let mut transcoder = Transcoder::new(protocol, Framer::sse(&Limits::default()), reply);
        let before = bytes.len();
        let mut result = Ok(());
        for piece in stream.chunks(97) {
            result = transcoder.feed(piece, &mut bytes);
            assert_eq!(transcoder.committed(), bytes.len() > before, "committed is that the client has bytes");
            if transcoder.committed() {
                cursor.committed(id).unwrap();
            }
            if result.is_err() {
                break;
            }
        }
        let result = result.and_then(|()| transcoder.finish(&mut bytes));
        if bytes.len() > before {
            cursor.committed(id).unwrap();
        }
        let outcome = result.map_or_else(|error| Outcome::failed(error.class()), |_| Outcome::Success);
        cursor.report(id, outcome, NOW).unwrap();
        if id.index() == 0 {
            of_first = bytes.len();
        }
    }
    Served { bytes, cursor, of_first }
}

/// Whether the client had nothing of the first endpoint, so that the second answered.
fn holds(client: Protocol, first: (Protocol, &[u8]), second: (Protocol, &[u8]), what: &str) -> bool {
    let served = serve(client, [first, second]);
    let ending = order(client, &served.bytes).unwrap_or_else(|why| panic!("{what}: {why}"));
    let attempts = served.cursor.attempts();
    let class = attempts[0].class().unwrap_or_else(|| panic!("{what}: it did not fail"));
    assert!(matches!(class, ErrorClass::Connection | ErrorClass::Server | ErrorClass::Overloaded), "{what}: {class}");
    if served.of_first == 0 {
        assert_eq!(attempts.len(), 2, "{what}: nothing was sent, so the next one is asked");
        assert_eq!(ending, switchback_testkit::Ending::Success, "{what}");
        assert_eq!(served.cursor.ending(), Some(Ending::Answered), "{what}");
    } else {
        assert_eq!(attempts.len(), 1, "{what}: no other endpoint after the client got bytes");
        assert_eq!(ending, switchback_testkit::Ending::Error, "{what}: exactly one end, and it is an error");
        assert_eq!(served.cursor.ending(), Some(Ending::Cut), "{what}");
    }
    served.of_first == 0
}

/// Fails one stream at every event, before it and within it.
fn fail_everywhere(protocol: Protocol, stream: &[u8], client: Protocol, second: (Protocol, &[u8])) -> (usize, usize) {
    let ends = ends(stream);
    let (mut moved, mut stayed) = (0, 0);
    let mut count = |moved_on: bool| if moved_on { moved += 1 } else { stayed += 1 };
    for (index, start) in std::iter::once(0).chain(ends.iter().copied()).take(ends.len()).enumerate() {
        for fails in [Fails::Cut, Fails::Says] {
            let mut bytes = stream[..start].to_vec();
            if matches!(fails, Fails::Says) {
                bytes.extend(error_event(protocol, index));
            }
            let what = format!("{protocol} to {client}, {fails:?} before event {index}");
            count(holds(client, (protocol, &bytes), second, &what));
        }
        let within = usize::midpoint(start, ends[index]);
        let what = format!("{protocol} to {client}, cut within event {index}");
        count(holds(client, (protocol, &stream[..within]), second, &what));
    }
    (moved, stayed)
}

#[test]
fn before_the_first_byte_another_endpoint_answers_and_after_it_there_is_exactly_one_end() {
    let (mut moved, mut stayed) = (0, 0);
    let mut others = Protocol::ALL.into_iter().cycle();
    for upstream in Protocol::ALL {
        for stream in streams(upstream) {
            for (client, other) in Protocol::ALL.into_iter().zip(others.clone()) {
                let whole = unfold(other, &answer(other), &entropy(9)).unwrap();
                let counts = fail_everywhere(upstream, &stream, client, (other, &whole));
                (moved, stayed) = (moved + counts.0, stayed + counts.1);
            }
            // Each client meets each protocol at the second endpoint.
            others.next();
        }
    }
    println!("{moved} moved on, {stayed} were cut");
    assert!(moved > 200 && stayed > 500, "{moved} moved on, {stayed} were cut");
}
