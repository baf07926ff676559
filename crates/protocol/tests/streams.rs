//! Streams: what recurs as a bug of converters, each with a small stream made by hand.
//!
//! The number at the head of a test is the row of the mapping's second section, `row` that of its first.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::needless_pass_by_value,
    reason = "tests fail by panicking"
)]

use serde_json::{Value, json};
use switchback_ir::{Action, ErrorClass, Feature, Limits, Protocol, Renamed, RequestContext, Step};
use switchback_protocol::law::{self, Transcoded};
use switchback_protocol::sse::Framer;
use switchback_protocol::stream::{BOUND, Stage, StreamErrorKind, StreamLoss, Transcoder, fold};
use switchback_protocol::{Reply, ShownModel};
use switchback_testkit::{Ending, STREAMS, naive_frames, order};

use Protocol::{Chat, Messages, Responses};

/// Payloads as a stream of Chat Completions, with the mark of the end.
fn chat(chunks: &[Value]) -> Vec<u8> {
    let mut stream = Vec::new();
    for chunk in chunks {
        stream.extend(format!("data: {chunk}\n\n").into_bytes());
    }
    [stream, b"data: [DONE]\n\n".to_vec()].concat()
}

/// A chunk with one choice.
fn chunk(delta: Value, finish: Option<&str>) -> Value {
    json!({"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 5, "model": "m",
        "choices": [{"index": 0, "delta": delta, "finish_reason": finish}]})
}

fn call(index: u32, id: Option<&str>, name: Option<&str>, arguments: &str) -> Value {
    let mut call = json!({"index": index, "function": {"arguments": arguments}});
    if let Some(id) = id {
        call["id"] = json!(id);
        call["type"] = json!("function");
    }
    if let Some(name) = name {
        call["function"]["name"] = json!(name);
    }
    call
}

fn calls(calls: &[Value]) -> Value {
    chunk(json!({"tool_calls": calls}), None)
}

/// Events as a stream of Messages or Responses, named by their types.
fn named(events: &[Value]) -> Vec<u8> {
    events
        .iter()
        .flat_map(|event| format!("event: {}\ndata: {event}\n\n", event["type"].as_str().unwrap()).into_bytes())
        .collect()
}

/// A message around these blocks, each given as its beginning and its deltas.
fn message(blocks: &[(Value, Vec<Value>)], stop: &str) -> Vec<Value> {
    let mut events =
        vec![json!({"type": "message_start", "message": {"id": "msg_1", "type": "message", "role": "assistant",
        "model": "claude", "content": [], "stop_reason": null, "stop_sequence": null,
        "usage": {"input_tokens": 10, "cache_read_input_tokens": 7, "output_tokens": 1}}})];
    for (index, (block, deltas)) in blocks.iter().enumerate() {
        events.push(json!({"type": "content_block_start", "index": index, "content_block": block}));
        for delta in deltas {
            events.push(json!({"type": "content_block_delta", "index": index, "delta": delta}));
        }
        events.push(json!({"type": "content_block_stop", "index": index}));
    }
    events.push(json!({"type": "message_delta", "delta": {"stop_reason": stop, "stop_sequence": null}, "usage": {"output_tokens": 20}}));
    events.push(json!({"type": "message_stop"}));
    events
}

fn text_block(text: &str) -> (Value, Vec<Value>) {
    (json!({"type": "text", "text": ""}), vec![json!({"type": "text_delta", "text": text})])
}

fn tool_block(id: &str, name: &str, pieces: &[&str]) -> (Value, Vec<Value>) {
    let pieces = pieces.iter().map(|piece| json!({"type": "input_json_delta", "partial_json": piece}));
    (json!({"type": "tool_use", "id": id, "name": name, "input": {}}), pieces.collect())
}

/// A response with one text.
fn response(text: &[&str], status: &str) -> Vec<Value> {
    let whole = text.concat();
    let item = |status: &str, content: Value| json!({"id": "msg_1", "type": "message", "role": "assistant", "status": status, "content": content});
    let part = |text: &str| json!({"type": "output_text", "text": text, "annotations": [], "logprobs": []});
    let body = |status: &str, output: Value| {
        json!({"id": "resp_1", "object": "response", "created_at": 5, "model": "gpt", "status": status,
        "error": null, "incomplete_details": null, "output": output,
        "usage": {"input_tokens": 3, "input_tokens_details": {"cached_tokens": 0}, "output_tokens": 2, "output_tokens_details": {"reasoning_tokens": 0}, "total_tokens": 5}})
    };
    let mut events = vec![
        json!({"type": "response.created", "response": body("in_progress", json!([]))}),
        json!({"type": "response.output_item.added", "output_index": 0, "item": item("in_progress", json!([]))}),
        json!({"type": "response.content_part.added", "item_id": "msg_1", "output_index": 0, "content_index": 0, "part": part("")}),
    ];
    for piece in text {
        events.push(json!({"type": "response.output_text.delta", "item_id": "msg_1", "output_index": 0, "content_index": 0, "delta": piece, "logprobs": []}));
    }
    events.push(json!({"type": "response.output_text.done", "item_id": "msg_1", "output_index": 0, "content_index": 0, "text": whole, "logprobs": []}));
    events.push(json!({"type": "response.content_part.done", "item_id": "msg_1", "output_index": 0, "content_index": 0, "part": part(&whole)}));
    events.push(json!({"type": "response.output_item.done", "output_index": 0, "item": item("completed", json!([part(&whole)]))}));
    events.push(json!({"type": format!("response.{status}"), "response": body(status, json!([item("completed", json!([part(&whole)]))]))}));
    numbered(events)
}

fn numbered(events: Vec<Value>) -> Vec<Value> {
    let number = |(at, mut event): (usize, Value)| {
        event["sequence_number"] = json!(at);
        event
    };
    events.into_iter().enumerate().map(number).collect()
}

/// A context that shows usage.
fn client(protocol: Protocol) -> RequestContext {
    let mut context = RequestContext::new(protocol);
    context.stream_usage = true;
    context
}

/// Transcodes with this context; whole, in single bytes and in odd pieces, which must be alike.
fn transcode(from: Protocol, context: &RequestContext, stream: &[u8]) -> Transcoded {
    let reply = Reply::new(context).created_at(7);
    law::stream_split(from, &reply, stream, &[1]).unwrap();
    law::stream_split(from, &reply, stream, &[5, 3]).unwrap()
}

/// A complete stream, converted: in order, and it folds as its whole response converts.
fn converted(from: Protocol, to: Protocol, stream: &[u8]) -> Vec<u8> {
    let context = client(to);
    let there = transcode(from, &context, stream);
    assert_eq!(order(to, &there.bytes), Ok(Ending::Success), "{}", String::from_utf8_lossy(&there.bytes));
    if from != to {
        law::stream_fold(from, &Reply::new(&context).created_at(7), stream).unwrap();
    }
    there.bytes
}

/// A stream that ends badly: the kind of the error, its class, and what the client has got.
fn failed(from: Protocol, to: Protocol, stream: &[u8]) -> (StreamErrorKind, ErrorClass, Vec<u8>) {
    let there = transcode(from, &client(to), stream);
    let error = there.end.unwrap_err();
    if there.committed {
        assert_eq!(order(to, &there.bytes), Ok(Ending::Error), "{}", String::from_utf8_lossy(&there.bytes));
    } else {
        assert!(there.bytes.is_empty());
    }
    (error.kind().clone(), error.class(), there.bytes)
}

fn whole(protocol: Protocol, stream: &[u8]) -> Value {
    serde_json::from_slice(&fold(protocol, stream).unwrap().body).unwrap()
}

fn events(stream: &[u8]) -> Vec<Value> {
    let (frames, _) = naive_frames(stream);
    frames.iter().filter_map(|frame| serde_json::from_slice(&frame.data).ok()).collect()
}

fn types(stream: &[u8]) -> Vec<String> {
    events(stream).iter().map(|event| event["type"].as_str().unwrap_or_default().to_owned()).collect()
}

fn losses(from: Protocol, context: &RequestContext, stream: &[u8]) -> Vec<Feature> {
    transcode(from, context, stream).end.unwrap().iter().map(|loss| loss.feature).collect()
}

// Tool calls.

/// 10, row 91, row 92: parallel calls whose deltas come interleaved stay apart, whole and in order.
#[test]
fn interleaved_calls_stay_apart() {
    let stream = chat(&[
        chunk(json!({"role": "assistant", "content": null}), None),
        calls(&[call(0, Some("a"), Some("one"), "")]),
        calls(&[call(1, Some("b"), Some("two"), "")]),
        calls(&[call(0, None, None, "{\"x\":"), call(1, None, None, "{\"y\":")]),
        calls(&[call(1, None, None, "2}")]),
        calls(&[call(0, None, None, "1}")]),
        chunk(json!({}), Some("tool_calls")),
    ]);
    let message = whole(Messages, &converted(Chat, Messages, &stream));
    let expected = json!([{"type": "tool_use", "id": "a", "name": "one", "input": {"x": 1}}, {"type": "tool_use", "id": "b", "name": "two", "input": {"y": 2}}]);
    assert_eq!(message["content"], expected);
    assert_eq!(message["stop_reason"], "tool_use");
    let response = whole(Responses, &converted(Chat, Responses, &stream));
    assert_eq!(response["output"][0]["arguments"], "{\"x\":1}");
    assert_eq!(response["output"][1]["arguments"], "{\"y\":2}");
}

/// Row 91: several calls in one chunk, each with its arguments beside its id (21).
#[test]
fn several_calls_in_one_chunk_with_their_arguments() {
    let stream = chat(&[
        chunk(
            json!({"role": "assistant", "tool_calls": [call(0, Some("a"), Some("one"), "{\"x\":1}"), call(1, Some("b"), Some("two"), "{}")]}),
            None,
        ),
        chunk(json!({}), Some("tool_calls")),
    ]);
    let message = whole(Messages, &converted(Chat, Messages, &stream));
    assert_eq!(message["content"][0]["input"], json!({"x": 1}));
    assert_eq!(message["content"][1]["id"], "b");
    let response = converted(Chat, Responses, &stream);
    let deltas =
        events(&response).into_iter().filter(|event| event["type"] == "response.function_call_arguments.delta");
    assert_eq!(deltas.map(|event| event["delta"].clone()).collect::<Vec<_>>(), [json!("{\"x\":1}"), json!("{}")]);
}

/// Row 91: an index that comes again with another id is another call.
#[test]
fn an_index_that_is_used_again_is_another_call() {
    let stream = chat(&[
        calls(&[call(0, Some("a"), Some("one"), "{}")]),
        calls(&[call(0, Some("b"), Some("two"), "{\"y\":")]),
        calls(&[call(0, None, None, "2}")]),
        chunk(json!({}), Some("tool_calls")),
    ]);
    let there = transcode(Chat, &client(Messages), &stream);
    let message = whole(Messages, &there.bytes);
    assert_eq!(message["content"][1], json!({"type": "tool_use", "id": "b", "name": "two", "input": {"y": 2}}));
    assert_eq!(order(Messages, &there.bytes), Ok(Ending::Success));
}

/// A stage that changes nothing.
#[derive(Debug)]
struct Passing;

impl Stage for Passing {
    fn step(&mut self, step: Step<'_>, next: &mut dyn FnMut(Step<'_>)) {
        next(step);
    }
}

/// A call without a name was one whose name is empty for every client; streams of Messages and Responses end there.
#[test]
fn a_call_without_a_name_ends_the_stream() {
    let legacy = chunk(json!({"function_call": {"arguments": "{}"}}), None);
    let later = call(0, Some("a"), Some("one"), "{}");
    for bare in [
        calls(&[call(0, Some("a"), None, "{}")]),
        calls(&[call(0, Some("a"), Some(""), "")]),
        calls(&[later.clone(), call(1, None, None, "{}")]),
        legacy,
    ] {
        let stream = chat(&[
            chunk(json!({"role": "assistant", "content": "hi"}), None),
            bare,
            calls(std::slice::from_ref(&later)),
            chunk(json!({}), Some("tool_calls")),
        ]);
        for to in Protocol::ALL {
            assert_eq!(failed(Chat, to, &stream).0, StreamErrorKind::Order("a call without a name"), "{to}");
        }
        // Within the protocol steps count where a stage hears of them.
        let (context, mut out) = (client(Chat), Vec::new());
        let reply = Reply::new(&context);
        let transcoder = Transcoder::new(Chat, Framer::sse(&Limits::default()), reply);
        let error = transcoder.with_stage(Box::new(Passing)).feed(&stream, &mut out).unwrap_err();
        assert_eq!(*error.kind(), StreamErrorKind::Order("a call without a name"));
    }
}

/// 20: no arguments are an empty object.
#[test]
fn empty_arguments_are_an_empty_object() {
    let stream = chat(&[calls(&[call(0, Some("a"), Some("one"), "")]), chunk(json!({}), Some("tool_calls"))]);
    assert_eq!(whole(Messages, &converted(Chat, Messages, &stream))["content"][0]["input"], json!({}));
    assert_eq!(whole(Responses, &converted(Chat, Responses, &stream))["output"][0]["arguments"], "{}");
    let stream = named(&message(&[tool_block("a", "one", &[])], "tool_use"));
    let chat = whole(Chat, &converted(Messages, Chat, &stream));
    assert_eq!(chat["choices"][0]["message"]["tool_calls"][0]["function"]["arguments"], "{}");
}

/// 11, 13: each block begins and ends once, with indices that follow, whatever came between.
#[test]
fn blocks_begin_and_end_once() {
    let stream = chat(&[
        chunk(json!({"role": "assistant", "content": ""}), None),
        chunk(json!({"content": "a"}), None),
        calls(&[call(3, Some("x"), Some("one"), "{}")]),
        chunk(json!({}), Some("tool_calls")),
    ]);
    let there = converted(Chat, Messages, &stream);
    let starts: Vec<Value> = events(&there)
        .into_iter()
        .filter(|event| event["type"] == "content_block_start")
        .map(|event| event["index"].clone())
        .collect();
    assert_eq!(starts, [json!(0), json!(1)]);
    assert_eq!(types(&there).iter().filter(|kind| *kind == "message_start").count(), 1);
}

/// 14: the reason to stop follows the blocks: no phantom `tool_use`, and no `stop` after a call.
#[test]
fn the_reason_to_stop_follows_the_calls() {
    let called = chat(&[calls(&[call(0, Some("a"), Some("one"), "{}")]), chunk(json!({}), Some("stop"))]);
    assert_eq!(whole(Messages, &converted(Chat, Messages, &called))["stop_reason"], "tool_use");
    let phantom = chat(&[chunk(json!({"content": "hi"}), None), chunk(json!({}), Some("tool_calls"))]);
    assert_eq!(whole(Messages, &converted(Chat, Messages, &phantom))["stop_reason"], "end_turn");
    let chat = converted(Messages, Chat, &named(&message(&[tool_block("a", "one", &["{}"])], "end_turn")));
    let finishes: Vec<Value> = events(&chat)
        .iter()
        .map(|chunk| chunk["choices"][0]["finish_reason"].clone())
        .filter(|reason| !reason.is_null())
        .collect();
    assert_eq!(finishes, [json!("tool_calls")]);
}

/// Row 22: a custom tool that went upstream as a function comes back as a custom tool, its input unwrapped.
#[test]
fn custom_tools_are_unwrapped() {
    let stream = named(&message(&[tool_block("a", "patch", &["{\"inp", "ut\":\"say \\\"hi\\\"\"}"])], "tool_use"));
    let mut context = client(Responses);
    context.custom_tools.push("patch".to_owned());
    let item = whole(Responses, &transcode(Messages, &context, &stream).bytes)["output"][0].clone();
    assert_eq!((item["type"].clone(), item["input"].clone()), (json!("custom_tool_call"), json!("say \"hi\"")));
    let mut context = client(Chat);
    context.custom_tools.push("patch".to_owned());
    let there = transcode(Messages, &context, &stream).bytes;
    let custom = whole(Chat, &there)["choices"][0]["message"]["tool_calls"][0]["custom"].clone();
    assert_eq!(custom, json!({"name": "patch", "input": "say \"hi\""}));
}

/// Row 21, row 35: names and ids that went upstream changed come back as the client knows them.
#[test]
fn names_and_ids_come_back() {
    let stream = named(&message(&[tool_block("toolu_1", "get_weather_1f", &["{}"])], "tool_use"));
    let mut context = client(Chat);
    context.tool_names.push(Renamed { upstream: "get_weather_1f".to_owned(), client: "get weather".to_owned() });
    context.call_ids.push(Renamed { upstream: "toolu_1".to_owned(), client: "call|1".to_owned() });
    let call =
        whole(Chat, &transcode(Messages, &context, &stream).bytes)["choices"][0]["message"]["tool_calls"][0].clone();
    assert_eq!((call["id"].clone(), call["function"]["name"].clone()), (json!("call|1"), json!("get weather")));
}

// Usage.

/// 15, 16, 17, row 90: a chunk that is only about usage is read; all counts stand in `message_delta`, without those of
/// the cache in the input.
#[test]
fn usage_of_the_last_chunk_is_in_message_delta() {
    let usage = json!({"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 5, "model": "m", "choices": [],
        "usage": {"prompt_tokens": 100, "completion_tokens": 5, "total_tokens": 105, "prompt_tokens_details": {"cached_tokens": 40}}});
    let stream = chat(&[chunk(json!({"content": "hi"}), None), chunk(json!({}), Some("stop")), usage]);
    let there = events(&converted(Chat, Messages, &stream));
    let end = there.iter().find(|event| event["type"] == "message_delta").unwrap();
    assert_eq!(end["usage"], json!({"input_tokens": 60, "output_tokens": 5, "cache_read_input_tokens": 40}));
    assert_eq!(there[0]["message"]["usage"]["input_tokens"], 0);
    let back = whole(Chat, &converted(Messages, Chat, &named(&message(&[text_block("hi")], "end_turn"))));
    assert_eq!((back["usage"]["prompt_tokens"].clone(), back["usage"]["total_tokens"].clone()), (json!(17), json!(37)));
}

/// Row 90: a client of Chat that did not ask for usage gets none, from whatever upstream.
#[test]
fn usage_that_was_not_asked_for_is_hidden() {
    let mut usage = chunk(json!({"content": "hi"}), None);
    usage["usage"] = json!({"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2});
    let last =
        json!({"id": "chatcmpl-1", "object": "chat.completion.chunk", "choices": [], "usage": {"prompt_tokens": 1}});
    let own = chat(&[usage, chunk(json!({}), Some("stop")), last]);
    let context = RequestContext::new(Chat);
    let there = transcode(Chat, &context, &own);
    assert_eq!((events(&there.bytes).len(), there.end), (2, Ok(vec![])));
    let foreign = transcode(Messages, &context, &named(&message(&[text_block("hi")], "end_turn")));
    for stream in [&there.bytes, &foreign.bytes] {
        assert!(!String::from_utf8_lossy(stream).contains("usage"));
        assert!(stream.ends_with(b"data: [DONE]\n\n"));
    }
    let shown = transcode(Chat, &client(Chat), &own);
    assert_eq!(events(&shown.bytes), events(&own));
}

// Ends.

/// 18, row 95: without the mark of the end a stream is cut, unless the host is known to leave it out.
#[test]
fn a_missing_end_is_a_cut() {
    let full = chat(&[chunk(json!({"role": "assistant", "content": "hi"}), None), chunk(json!({}), Some("stop"))]);
    let no_mark = &full[..full.len() - b"data: [DONE]\n\n".len()];
    for to in Protocol::ALL {
        let (kind, class, _) = failed(Chat, to, no_mark);
        assert_eq!((kind, class), (StreamErrorKind::Cut, ErrorClass::Connection), "{to}");
        let context = client(to);
        let mut lenient =
            Transcoder::new(Chat, Framer::sse(&Limits::default()), Reply::new(&context)).with_optional_end();
        let mut out = Vec::new();
        lenient.feed(no_mark, &mut out).unwrap();
        lenient.finish(&mut out).unwrap();
        assert_eq!(order(to, &out), Ok(Ending::Success), "{to}");
    }
    let mut events = message(&[text_block("hi")], "end_turn");
    events.pop();
    for to in Protocol::ALL {
        assert_eq!(failed(Messages, to, &named(&events)).0, StreamErrorKind::Cut, "{to}");
    }
    let mut events = response(&["hi"], "completed");
    events.pop();
    for to in Protocol::ALL {
        assert_eq!(failed(Responses, to, &named(&events)).0, StreamErrorKind::Cut, "{to}");
    }
}

/// Row 95: the end of the bytes within an event is a cut; one that leaves out only the empty line is none.
#[test]
fn a_cut_within_an_event() {
    let stream = named(&message(&[text_block("hi")], "end_turn"));
    for to in Protocol::ALL {
        let context = client(to);
        for length in 0..stream.len() {
            law::stream_terminal(Messages, &Reply::new(&context).created_at(7), &stream, length).unwrap();
        }
    }
}

/// 18: the terminal event of Responses has all items, each of them with its own end.
#[test]
fn the_last_event_has_every_item() {
    let blocks = [text_block("a"), tool_block("t", "one", &["{\"x\":", "1}"]), text_block("b")];
    let there = events(&converted(Messages, Responses, &named(&message(&blocks, "tool_use"))));
    let output = there.last().unwrap()["response"]["output"].clone();
    assert_eq!(output.as_array().unwrap().len(), 3);
    assert_eq!(there.iter().filter(|event| event["type"] == "response.output_item.done").count(), 3);
}

/// 19, row 86: an upstream's error ends the client's stream with that error and nothing after it.
#[test]
fn an_error_of_the_upstream_ends_the_stream() {
    let mut events = message(&[text_block("hi")], "end_turn");
    events.truncate(3);
    let error = json!({"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}});
    events.push(error.clone());
    events.push(json!({"type": "message_stop"}));
    let (kind, class, chat) = failed(Messages, Chat, &named(&events));
    assert_eq!((kind, class), (StreamErrorKind::Upstream(error.to_string()), ErrorClass::Overloaded));
    let last = self::events(&chat).pop().unwrap();
    assert_eq!(
        last,
        json!({"error": {"message": "Overloaded", "type": "service_unavailable_error", "param": null, "code": null}})
    );
    let (_, _, responses) = failed(Messages, Responses, &named(&events));
    let all = self::events(&responses);
    let last = all.last().unwrap();
    assert_eq!((last["type"].clone(), last["message"].clone()), (json!("error"), json!("Overloaded")));
    assert_eq!(last["sequence_number"], all.len() as u64 - 1);
    let (_, _, own) = failed(Messages, Messages, &named(&events));
    assert_eq!(self::events(&own).pop().unwrap(), error);
}

/// Row 86: Chat's error within a chunk, Responses' `error` and `response.failed`.
#[test]
fn errors_of_every_protocol_are_seen() {
    let error = json!({"error": {"message": "slow down", "type": "rate_limit_error", "param": null, "code": "rate_limit_exceeded"}});
    let stream = [chat(&[chunk(json!({"content": "hi"}), None)]), format!("data: {error}\n\n").into_bytes()].concat();
    let stream = String::from_utf8(stream).unwrap().replace("data: [DONE]\n\n", "");
    let (_, class, there) = failed(Chat, Messages, stream.as_bytes());
    assert_eq!(class, ErrorClass::RateLimitRequests);
    assert_eq!(events(&there).pop().unwrap()["error"], json!({"type": "rate_limit_error", "message": "slow down"}));
    let begun: Vec<Value> = response(&["hi"], "completed").into_iter().take(4).collect();
    let flat = json!({"type": "error", "code": "server_error", "message": "boom", "param": null, "sequence_number": 4});
    let failing = json!({"type": "response.failed", "sequence_number": 4, "response": {"id": "resp_1", "object": "response", "status": "failed",
        "error": {"code": "server_error", "message": "boom"}, "output": []}});
    let silent = json!({"type": "response.failed", "sequence_number": 4, "response": {"id": "resp_1", "status": "failed", "error": null, "output": []}});
    for (last, message) in [(flat, "boom"), (failing, "boom"), (silent, "the response failed")] {
        let mut events = begun.clone();
        events.push(last.clone());
        for to in [Chat, Messages] {
            let (_, class, there) = failed(Responses, to, &named(&events));
            assert_eq!(class, ErrorClass::Server, "{last}");
            assert_eq!(self::events(&there).pop().unwrap()["error"]["message"], message);
        }
        let (_, _, own) = failed(Responses, Responses, &named(&events));
        assert_eq!(self::events(&own).pop().unwrap(), last);
    }
}

/// A credential is none of the client's affairs.
#[test]
fn a_refused_credential_is_not_shown() {
    let mut events = message(&[text_block("hi")], "end_turn");
    events.truncate(3);
    events
        .push(json!({"type": "error", "error": {"type": "authentication_error", "message": "invalid x-api-key sk-1"}}));
    for to in Protocol::ALL {
        let (_, class, there) = failed(Messages, to, &named(&events));
        assert_eq!(class, ErrorClass::Credential);
        let text = String::from_utf8(there).unwrap();
        assert!(!text.contains("sk-1") && !text.contains("authentication"), "{text}");
    }
}

/// Before the first content an error leaves nothing behind, so that another endpoint can answer.
#[test]
fn an_error_before_the_first_content_writes_nothing() {
    let error = json!({"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}});
    let start = message(&[], "end_turn").swap_remove(0);
    let stream = named(&[start, json!({"type": "ping"}), error]);
    for to in Protocol::ALL {
        let there = transcode(Messages, &client(to), &stream);
        assert_eq!((there.committed, there.bytes.len()), (false, 0), "{to}");
        assert_eq!(there.end.unwrap_err().class(), ErrorClass::Overloaded);
    }
}

/// A stream that its own protocol forbids ends with one error that names the event.
#[test]
fn a_stream_out_of_order_ends_with_an_error() {
    let good = message(&[text_block("hi")], "end_turn");
    let with = |at: usize, event: Value| {
        let mut events = good.clone();
        events.insert(at, event);
        named(&events)
    };
    let block = |index: u32| json!({"type": "content_block_start", "index": index, "content_block": {"type": "text", "text": ""}});
    for (stream, why) in [
        (with(2, block(1)), "`content_block_start` while a block is open or before the start"),
        (with(4, block(7)), "`content_block_start` out of the order of `index`"),
        (with(3, good[0].clone()), "a second `message_start`"),
        (with(4, json!({"type": "message_stop"})), "`message_stop` before `message_delta`"),
    ] {
        for to in Protocol::ALL {
            assert_eq!(failed(Messages, to, &stream).0, StreamErrorKind::Order(why));
        }
    }
    let early = b"data: [DONE]\n\n";
    assert_eq!(failed(Chat, Messages, early).0, StreamErrorKind::Order("`[DONE]` before `finish_reason`"));
    let mut gap = response(&["hi"], "completed");
    gap.remove(3);
    let why = "a `sequence_number` that does not follow the one before";
    assert_eq!(failed(Responses, Chat, &named(&gap)).0, StreamErrorKind::Order(why));
}

// Frames and events.

/// 38, row 96: CR, LF and CRLF, a byte order mark, comments, data in several lines, characters cut in the middle.
#[test]
fn frames_of_every_kind() {
    let plain = chat(&[chunk(json!({"content": "żółw 🐢"}), None), chunk(json!({}), Some("stop"))]);
    let expected = converted(Chat, Messages, &plain);
    let plain = String::from_utf8(plain).unwrap();
    for odd in [
        plain.replace('\n', "\r\n"),
        plain.replace('\n', "\r"),
        format!("\u{feff}: hello\n\n{plain}"),
        plain.replace("data: ", "data:"),
        plain.replace(",\"choices\"", "\ndata: ,\"choices\""),
    ] {
        assert_eq!(converted(Chat, Messages, odd.as_bytes()), expected);
    }
    assert!(String::from_utf8(expected).unwrap().contains("żółw 🐢"));
}

/// Row 94: an event that nobody knows is passed on within its protocol, and reported across.
#[test]
fn unknown_events_pass_within_and_are_reported_across() {
    let mut events = message(&[text_block("hi")], "end_turn");
    events.insert(2, json!({"type": "new_thing", "x": 1.50}));
    events.insert(4, json!({"type": "content_block_delta", "index": 0, "delta": {"type": "new_delta", "y": null}}));
    let stream = named(&events);
    law::stream_identity(Messages, &stream).unwrap();
    assert_eq!(losses(Messages, &client(Chat), &stream), [Feature::UnknownEvent]);
    let mut events = response(&["hi"], "completed");
    events.insert(2, json!({"type": "response.new_thing", "x": 1}));
    let stream = named(&numbered(events));
    law::stream_identity(Responses, &stream).unwrap();
    assert!(losses(Responses, &client(Messages), &stream).contains(&Feature::UnknownEvent));
}

/// Row 93: pings and obfuscation are kept within, consumed across without a loss, and never made up.
#[test]
fn pings_and_obfuscation() {
    let mut events = message(&[text_block("hi")], "end_turn");
    events.insert(1, json!({"type": "ping"}));
    let stream = named(&events);
    law::stream_identity(Messages, &stream).unwrap();
    assert!(losses(Messages, &client(Chat), &stream).is_empty());
    let mut first = chunk(json!({"content": "hi"}), None);
    first["obfuscation"] = json!("xyz");
    let stream = chat(&[first, chunk(json!({}), Some("stop"))]);
    law::stream_identity(Chat, &stream).unwrap();
    assert_eq!(losses(Chat, &client(Messages), &stream), [Feature::CreationTime]);
    assert!(!String::from_utf8(converted(Chat, Messages, &stream)).unwrap().contains("ping"));
}

// Content.

/// 2: a signature belongs to its provider; across protocols its loss is reported, within it is kept. 5: so is thinking
/// that is signed and empty, and redacted thinking.
#[test]
fn sealed_reasoning_stays_at_home() {
    let thinking = |text: &str| {
        (
            json!({"type": "thinking", "thinking": "", "signature": ""}),
            vec![
                json!({"type": "thinking_delta", "thinking": text}),
                json!({"type": "signature_delta", "signature": "sig=="}),
            ],
        )
    };
    let redacted = (json!({"type": "redacted_thinking", "data": "opaque"}), vec![]);
    let stream = named(&message(&[thinking("because"), thinking(""), redacted, text_block("hi")], "end_turn"));
    law::stream_identity(Messages, &stream).unwrap();
    assert_eq!(losses(Messages, &client(Chat), &stream), [Feature::ReasoningShown, Feature::ReasoningReplay]);
    assert_eq!(losses(Messages, &client(Responses), &stream), [Feature::ReasoningReplay]);
    let responses = whole(Responses, &transcode(Messages, &client(Responses), &stream).bytes);
    assert_eq!(responses["output"][0]["summary"][0]["text"], "because");
}

/// Row 47: reasoning is never the answer's text; Chat gets it in the extension when the client takes that.
#[test]
fn reasoning_goes_to_chat_only_in_the_extension() {
    let thinking = (
        json!({"type": "thinking", "thinking": "", "signature": ""}),
        vec![json!({"type": "thinking_delta", "thinking": "because"})],
    );
    let stream = named(&message(&[thinking, text_block("hi")], "end_turn"));
    let context = client(Chat);
    let plain = String::from_utf8(transcode(Messages, &context, &stream).bytes).unwrap();
    assert!(!plain.contains("because"));
    let reply = Reply::new(&context).with_reasoning_extension();
    let shown = law::stream_split(Messages, &reply, &stream, &[3]).unwrap();
    let message = whole(Chat, &shown.bytes)["choices"][0]["message"].clone();
    assert_eq!((message["reasoning_content"].clone(), message["content"].clone()), (json!("because"), json!("hi")));
    // A Messages stream has no date, and this reply gives none either: the ledger says that one was made up.
    let made = StreamLoss { feature: Feature::CreationTime, action: Action::Synthesised, event: 0 };
    assert_eq!(shown.end, Ok(vec![made]));
    let dated = law::stream_split(Messages, &reply.created_at(7), &stream, &[3]).unwrap();
    assert_eq!(dated.end, Ok(vec![]));
}

/// Hosts write the same reasoning in two members; it is said once.
#[test]
fn reasoning_in_two_members_is_said_once() {
    let stream = chat(&[
        chunk(json!({"role": "assistant", "reasoning": "be", "reasoning_content": "be"}), None),
        chunk(json!({"reasoning": "cause", "reasoning_content": "cause"}), None),
        chunk(json!({"content": "hi"}), None),
        chunk(json!({}), Some("stop")),
    ]);
    assert_eq!(whole(Messages, &converted(Chat, Messages, &stream))["content"][0]["thinking"], "because");
}

/// 27: a refusal is a refusal in every protocol.
#[test]
fn refusals_are_refusals() {
    let stream = chat(&[
        chunk(json!({"refusal": "I can"}), None),
        chunk(json!({"refusal": "not"}), None),
        chunk(json!({}), Some("stop")),
    ]);
    let message = whole(Messages, &converted(Chat, Messages, &stream));
    assert_eq!(
        (message["stop_reason"].clone(), message["stop_details"]["explanation"].clone()),
        (json!("refusal"), json!("I cannot"))
    );
    let response = whole(Responses, &converted(Chat, Responses, &stream));
    assert_eq!(response["output"][0]["content"][0], json!({"type": "refusal", "refusal": "I cannot"}));
    let filtered = chat(&[chunk(json!({"content": "hi"}), None), chunk(json!({}), Some("content_filter"))]);
    assert_eq!(whole(Messages, &converted(Chat, Messages, &filtered))["stop_reason"], "refusal");
    assert_eq!(
        whole(Responses, &converted(Chat, Responses, &filtered))["incomplete_details"]["reason"],
        "content_filter"
    );
}

/// The finish table: a full context window, a paused turn, the limit on output.
#[test]
fn reasons_to_stop() {
    for (stop, finish, lost) in [
        ("max_tokens", "length", None),
        ("model_context_window_exceeded", "length", Some(Feature::ContextWindowExceeded)),
        ("pause_turn", "stop", Some(Feature::PauseTurn)),
    ] {
        let stream = named(&message(&[text_block("hi")], stop));
        assert_eq!(whole(Chat, &converted(Messages, Chat, &stream))["choices"][0]["finish_reason"], finish);
        assert_eq!(losses(Messages, &client(Chat), &stream), Vec::from_iter(lost));
    }
    let mut events = response(&["hi"], "incomplete");
    events.last_mut().unwrap()["response"]["incomplete_details"] = json!({"reason": "max_output_tokens"});
    assert_eq!(whole(Messages, &converted(Responses, Messages, &named(&events)))["stop_reason"], "max_tokens");
}

/// Row 75: blocks of the provider's own tools are reported, and the blocks after them keep their order.
#[test]
fn server_tools_are_reported() {
    let server = (
        json!({"type": "server_tool_use", "id": "s", "name": "web_search", "input": {}}),
        vec![json!({"type": "input_json_delta", "partial_json": "{}"})],
    );
    let stream = named(&message(&[server, text_block("hi")], "end_turn"));
    assert_eq!(losses(Messages, &client(Responses), &stream), [Feature::ServerToolItem]);
    assert_eq!(whole(Responses, &converted(Messages, Responses, &stream))["output"].as_array().unwrap().len(), 1);
}

/// Row 73: a citation of a web page becomes an annotation.
#[test]
fn citations_become_annotations() {
    let cited = json!({"type": "citations_delta", "citation": {"type": "web_search_result_location", "url": "https://e.org", "title": "E", "cited_text": "x", "encrypted_index": "y"}});
    let (block, mut deltas) = text_block("hi");
    deltas.push(cited);
    let stream = named(&message(&[(block, deltas)], "end_turn"));
    let annotation =
        whole(Responses, &converted(Messages, Responses, &stream))["output"][0]["content"][0]["annotations"][0].clone();
    assert_eq!((annotation["url"].clone(), annotation["end_index"].clone()), (json!("https://e.org"), json!(2)));
    let chat = whole(Chat, &converted(Messages, Chat, &stream));
    assert_eq!(chat["choices"][0]["message"]["annotations"][0]["url_citation"]["url"], "https://e.org");
}

/// 41, row 59: log probabilities go between the two protocols that have them.
#[test]
fn logprobs_travel() {
    let mut first = chunk(json!({"content": "hi"}), None);
    let list = json!([{"token": "hi", "logprob": -0.5, "bytes": [104, 105], "top_logprobs": []}]);
    first["choices"][0]["logprobs"] = json!({"content": list, "refusal": null});
    let stream = chat(&[first, chunk(json!({}), Some("stop"))]);
    let response = whole(Responses, &converted(Chat, Responses, &stream));
    assert_eq!(response["output"][0]["content"][0]["logprobs"], list);
    assert!(losses(Chat, &client(Messages), &stream).contains(&Feature::ResponseLogprobs));
}

/// Row 62: further choices are reported; within the protocol they pass.
#[test]
fn further_choices_are_reported() {
    let mut other = chunk(json!({"content": "no"}), None);
    other["choices"][0]["index"] = json!(1);
    let stream = chat(&[chunk(json!({"content": "hi"}), None), other, chunk(json!({}), Some("stop"))]);
    law::stream_identity(Chat, &stream).unwrap();
    assert!(losses(Chat, &client(Messages), &stream).contains(&Feature::ExtraChoice));
    assert_eq!(
        whole(Messages, &converted(Chat, Messages, &stream))["content"],
        json!([{"type": "text", "text": "hi"}])
    );
}

/// The model that the client sees stands in every event that names one, within the protocol too.
#[test]
fn the_shown_model_stands_in_every_event() {
    let streams = [
        (Chat, chat(&[chunk(json!({"content": "hi"}), None), chunk(json!({}), Some("stop"))])),
        (Messages, named(&message(&[text_block("hi")], "end_turn"))),
        (Responses, named(&response(&["hi"], "completed"))),
    ];
    for (from, stream) in &streams {
        for to in Protocol::ALL {
            let mut context = client(to);
            context.model = Some("asked".to_owned());
            for (shown, expected) in [(ShownModel::Requested, "asked"), (ShownModel::Resolved("p/m"), "p/m")] {
                let there =
                    law::stream_split(*from, &Reply::new(&context).created_at(7).showing(shown), stream, &[9]).unwrap();
                let named = |event: &Value| {
                    [&event["model"], &event["message"]["model"], &event["response"]["model"]]
                        .into_iter()
                        .find(|model| model.is_string())
                        .cloned()
                };
                let models: Vec<Value> = events(&there.bytes).iter().filter_map(named).collect();
                assert!(
                    !models.is_empty() && models.iter().all(|model| model == expected),
                    "{from} to {to}: {models:?}"
                );
            }
        }
    }
}

// Bounds.

/// Row 92: what waits for another call is bounded, and so is the answer that Responses repeats.
#[test]
fn what_has_to_be_kept_is_bounded() {
    let piece = "x".repeat(1 << 20);
    for to in [Messages, Responses] {
        let context = client(to);
        let mut transcoder = Transcoder::new(Chat, Framer::sse(&Limits::default()), Reply::new(&context));
        let mut out = Vec::new();
        let begin = calls(&[call(0, Some("a"), Some("one"), ""), call(1, Some("b"), Some("two"), "")]);
        transcoder.feed(format!("data: {begin}\n\n").as_bytes(), &mut out).unwrap();
        let more = format!("data: {}\n\n", calls(&[call(1, None, None, &piece)]));
        let error = (0..=BOUND >> 20).find_map(|_| {
            let fed = transcoder.feed(more.as_bytes(), &mut out);
            if fed.is_ok() {
                out.clear();
            }
            fed.err()
        });
        assert!(matches!(error.unwrap().kind(), StreamErrorKind::Bound(_)), "{to}");
        assert!(types(&out).last().is_some_and(|kind| kind == "error"), "{to}");
    }
}

/// The text of an item's `done` event is told where no delta came, and once: an event like it tells nothing.
#[test]
fn a_whole_text_is_told_once() {
    let mut events = response(&["h"], "completed");
    let whole = events.remove(4);
    events.remove(3);
    events.insert(3, whole.clone());
    events.insert(3, whole);
    let stream = named(&numbered(events));
    for to in [Chat, Messages] {
        let there = converted(Responses, to, &stream);
        law::stream_memory(Responses, &Reply::new(&client(to)), &stream, &[]).unwrap();
        assert_eq!(String::from_utf8_lossy(&there).matches("\"h\"").count(), 1);
    }
}

/// A delta that is like the one before it is none of a block that has ended in between.
#[test]
fn a_delta_after_the_end_of_its_block_is_out_of_order() {
    let mut events = message(&[text_block("hi")], "end_turn");
    events.insert(3, events[2].clone());
    events.insert(5, events[2].clone());
    let (kind, ..) = failed(Messages, Chat, &named(&events));
    assert_eq!(kind, StreamErrorKind::Order("`content_block_delta` without an open block"));
    let mut events = response(&["h", "i", "j"], "completed");
    events[5]["sequence_number"] = json!(7);
    let (kind, ..) = failed(Responses, Chat, &named(&events));
    assert_eq!(kind, StreamErrorKind::Order("a `sequence_number` that does not follow the one before"));
}

/// Deltas of two calls in turn are none like the one before, for so long that nothing is remembered; then they are again.
#[test]
fn events_that_keep_differing_change_nothing() {
    let mut chunks =
        vec![calls(&[call(0, Some("a"), Some("one"), "[0")]), calls(&[call(1, Some("b"), Some("two"), "[0")])];
    chunks.extend((0..90).map(|at| calls(&[call(at % 2, None, None, ",1")])));
    chunks.extend((0..90).map(|_| calls(&[call(1, None, None, ",2")])));
    chunks.extend([
        calls(&[call(0, None, None, "]")]),
        calls(&[call(1, None, None, "]")]),
        chunk(json!({}), Some("tool_calls")),
    ]);
    let stream = chat(&chunks);
    for to in Protocol::ALL {
        law::stream_memory(Chat, &Reply::new(&client(to)), &stream, &[800]).unwrap();
    }
    let arguments = |call: usize| {
        whole(Chat, &stream)["choices"][0]["message"]["tool_calls"][call]["function"]["arguments"].clone()
    };
    assert_eq!(arguments(0), format!("[0{}]", ",1".repeat(45)));
    assert_eq!(arguments(1), format!("[0{}{}]", ",1".repeat(45), ",2".repeat(90)));
}

/// A payload of several lines has its line ends in the white space of its JSON, which stays within the event.
#[test]
fn payloads_of_several_lines_stay_one_event() {
    let stream = b"event: message_start\ndata: {\"type\":\"message_start\",\ndata: \"message\":{\"id\":\"m\",\"model\":\"c\",\"content\":[\ndata: ],\"usage\":{}}}\n\n\
        data: {\"type\":\"ping\",\"more\":[1,\ndata: 2]}\n\n\
        data: {\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"end_turn\"},\"usage\":{\ndata: }}\n\ndata: {\"type\":\"message_stop\"}\n\n";
    law::stream_identity(Messages, stream).unwrap();
}

/// In the steady state a delta costs no allocation, within a protocol and across, text as well as arguments. What is kept
/// grows by doubling, apart from which a delta of any size is free.
#[test]
fn a_delta_costs_no_allocation() {
    let text = |at: usize| json!({"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": format!("word \"{at}\"")}});
    let piece = |at: usize| json!({"type": "content_block_delta", "index": 0, "delta": {"type": "input_json_delta", "partial_json": format!("\"{at}\",")}});
    let begin = |block: Value| {
        vec![
            message(&[], "end_turn").swap_remove(0),
            json!({"type": "content_block_start", "index": 0, "content_block": block}),
        ]
    };
    let texts = begin(json!({"type": "text", "text": ""}));
    let arguments = begin(json!({"type": "tool_use", "id": "a", "name": "one", "input": {}}));
    let messages = |begin: Vec<Value>, delta: &dyn Fn(usize) -> Value| [begin, (0..900).map(delta).collect()].concat();
    let streams = [("text", named(&messages(texts, &text))), ("arguments", named(&messages(arguments, &piece)))];
    for (what, stream) in streams {
        for from in Protocol::ALL {
            let upstream = if from == Messages {
                stream.clone()
            } else {
                // It has no end, which does not matter here.
                law::transcoded(Messages, &Reply::new(&client(from)), &stream, &[]).unwrap().bytes
            };
            let text = String::from_utf8(upstream).unwrap();
            let frames: Vec<&str> = text.split_inclusive("\n\n").collect();
            for to in Protocol::ALL {
                let context = client(to);
                let mut transcoder = Transcoder::new(from, Framer::sse(&Limits::default()), Reply::new(&context));
                let mut out = Vec::with_capacity(1 << 20);
                let (warm, steady) = frames[..frames.len() - 1].split_at(500);
                for frame in warm {
                    transcoder.feed(frame.as_bytes(), &mut out).unwrap();
                }
                let counted = allocation_counter::measure(|| {
                    for frame in steady {
                        transcoder.feed(frame.as_bytes(), &mut out).unwrap();
                    }
                });
                // Responses keeps the text: it grows a few times over four hundred deltas.
                let grown = if to == Responses { 4 } else { 0 };
                assert!(
                    counted.count_total <= grown,
                    "{what} from {from} to {to}: {} allocations",
                    counted.count_total
                );
            }
        }
    }
}

/// Nor do deltas as vendors send them, padded, in packets that cut events.
#[test]
fn a_padded_delta_in_packets_costs_no_allocation() {
    for (stream, from, to) in STREAMS
        .iter()
        .flat_map(|stream| Protocol::ALL.into_iter().flat_map(move |from| Protocol::ALL.map(|to| (stream, from, to))))
    {
        let body = stream.of(900).body(from);
        let context = client(to);
        let mut transcoder = Transcoder::new(from, Framer::sse(&Limits::default()), Reply::new(&context));
        let mut out = Vec::with_capacity(1 << 20);
        let (warm, rest) = body.split_at(body.len() / 3);
        warm.chunks(1_460).for_each(|packet| transcoder.feed(packet, &mut out).unwrap());
        let counted = allocation_counter::measure(|| {
            rest[..body.len() / 3].chunks(1_460).for_each(|packet| transcoder.feed(packet, &mut out).unwrap());
        });
        // What is kept grows by doubling: the longest piece of a line that a packet cut, and the text for Responses.
        let grown = if to == Responses && from != Responses { 4 } else { 2 };
        assert!(counted.count_total <= grown, "{} from {from} to {to}: {}", stream.name, counted.count_total);
    }
}

// Folding.

/// Where the events say something else than the last one, the last one counts and a note says so.
#[test]
fn the_last_event_of_responses_counts() {
    let mut events = response(&["h", "i"], "completed");
    assert_eq!(fold(Responses, &named(&events)).unwrap().notes, []);
    events.last_mut().unwrap()["response"]["output"][0]["content"][0]["text"] = json!("ho");
    let folded = fold(Responses, &named(&events)).unwrap();
    assert_eq!(folded.body, events.last().unwrap()["response"].to_string().into_bytes());
    let notes: Vec<(&str, &str, &str)> =
        folded.notes.iter().map(|note| (note.path.as_str(), note.feature, note.action)).collect();
    assert_eq!(notes, [("/output/0/content/0/text", "stream_disagrees", "noted")]);
    events.last_mut().unwrap()["response"]["output"] = json!([]);
    assert_eq!(fold(Responses, &named(&events)).unwrap().notes.len(), 2);
}

/// A fold of half a stream is an error.
#[test]
fn half_a_stream_does_not_fold() {
    let stream = named(&message(&[text_block("hi")], "end_turn"));
    assert!(fold(Messages, &stream).is_ok());
    for length in 0..stream.len() - 2 {
        assert_eq!(fold(Messages, &stream[..length]).unwrap_err().kind(), &StreamErrorKind::Cut, "{length}");
    }
}
