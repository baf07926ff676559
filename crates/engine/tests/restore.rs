//! The way back of degraded requests, whole and as a stream, in every protocol of client and upstream.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests fail by panicking")]

use serde_json::{Value, json};
use switchback::RestoreStage;
use switchback::capability::{Offer, Policy, Requirements, Restore, apply, match_offer};
use switchback::ir::{Action, Feature, RequestContext};
use switchback::protocol::sse::Framer;
use switchback::protocol::stream::{StreamLoss, Transcoder, fold};
use switchback::protocol::{Reply, context, decode_response, encode_response};
use switchback::{Limits, Protocol, decode};

const ANSWER: &str = r#"{"n":7,"why":"it \"is\""}"#;

fn schema() -> Value {
    json!({"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"]})
}

/// A request for an answer that follows a schema, as clients of the protocol write it.
fn request(protocol: Protocol) -> Vec<u8> {
    let body = match protocol {
        Protocol::Chat => json!({
            "model": "m", "messages": [{"role": "user", "content": "a"}],
            "response_format": {"type": "json_schema", "json_schema": {"name": "n", "schema": schema()}},
        }),
        Protocol::Responses => json!({
            "model": "m", "input": "a",
            "text": {"format": {"type": "json_schema", "name": "n", "schema": schema(), "strict": false}},
        }),
        Protocol::Messages => json!({
            "model": "m", "max_tokens": 99, "messages": [{"role": "user", "content": "a"}],
            "output_config": {"format": {"type": "json_schema", "schema": schema()}},
        }),
    };
    serde_json::to_vec(&body).unwrap()
}

/// An answer that is a call, after some words.
fn answer(protocol: Protocol, arguments: &str) -> Value {
    let usage = json!({"prompt_tokens": 3, "completion_tokens": 4, "total_tokens": 7});
    let call = json!({"id": "call_1", "type": "function", "function": {"name": "answer", "arguments": arguments}});
    match protocol {
        Protocol::Chat => json!({
            "id": "r", "object": "chat.completion", "created": 1, "model": "m", "usage": usage,
            "choices": [{"index": 0, "finish_reason": "tool_calls",
                "message": {"role": "assistant", "content": "Here it is.", "tool_calls": [call]}}],
        }),
        Protocol::Responses => json!({
            "id": "resp_1", "object": "response", "created_at": 1, "model": "m", "status": "completed",
            "error": null, "incomplete_details": null, "tools": [], "parallel_tool_calls": true, "tool_choice": "auto",
            "output": [
                {"type": "message", "id": "msg_1", "role": "assistant", "status": "completed",
                    "content": [{"type": "output_text", "text": "Here it is.", "annotations": []}]},
                {"type": "function_call", "id": "fc_1", "call_id": "call_1", "name": "answer", "status": "completed",
                    "arguments": arguments},
            ],
        }),
        Protocol::Messages => json!({
            "id": "msg_1", "type": "message", "role": "assistant", "model": "m", "stop_reason": "tool_use",
            "stop_sequence": null, "usage": {"input_tokens": 3, "output_tokens": 4},
            "content": [
                {"type": "text", "text": "Here it is."},
                {"type": "tool_use", "id": "toolu_1", "name": "answer",
                    "input": serde_json::from_str::<Value>(arguments).unwrap()},
            ],
        }),
    }
}

/// The text of an answer, and why it stopped.
fn said(protocol: Protocol, body: &Value) -> (String, String) {
    let text = |value: &Value| value.as_str().unwrap_or_else(|| panic!("no text in {body}")).to_owned();
    match protocol {
        Protocol::Chat => {
            let choice = &body["choices"][0];
            assert_eq!(choice["message"].get("tool_calls"), None, "{body}");
            (text(&choice["message"]["content"]), text(&choice["finish_reason"]))
        }
        Protocol::Responses => {
            assert_eq!(body["output"].as_array().unwrap().len(), 1, "{body}");
            assert_eq!(body["output"][0]["type"], "message", "{body}");
            (text(&body["output"][0]["content"][0]["text"]), text(&body["status"]))
        }
        Protocol::Messages => {
            assert_eq!(body["content"].as_array().unwrap().len(), 1, "{body}");
            (text(&body["content"][0]["text"]), text(&body["stop_reason"]))
        }
    }
}

fn ended(protocol: Protocol) -> &'static str {
    match protocol {
        Protocol::Chat => "stop",
        Protocol::Responses => "completed",
        Protocol::Messages => "end_turn",
    }
}

/// The way back of a request for a schema at an endpoint that lacks some features, and what the client gets it in.
fn way_back(client: Protocol, upstream: Protocol, lacks: &[Feature]) -> (Restore, RequestContext) {
    let body = request(client);
    let request = decode(client, &body, &Limits::default()).unwrap();
    let offer = lacks.iter().fold(Offer::unknown(), |offer, feature| offer.no(*feature));
    let verdict = match_offer(&Requirements::of(&request), request.origin, upstream, &offer, Policy::default());
    let restore = Restore::of(&request, verdict.steps());
    assert!(!restore.is_empty(), "{verdict:?}");
    let record = serde_json::to_string(&restore).unwrap();
    assert_eq!(serde_json::from_str::<Restore>(&record).unwrap(), restore);
    let (ready, _) = apply(&request, verdict.steps());
    (restore, context(&ready, upstream, &offer.target_facts()))
}

fn restored(client: Protocol, upstream: Protocol, lacks: &[Feature], answer: &Value) -> (Value, Vec<Feature>) {
    let (restore, mut context) = way_back(client, upstream, lacks);
    context.client = client;
    let bytes = serde_json::to_vec(answer).unwrap();
    let response = decode_response(upstream, &bytes, &Limits::default()).unwrap();
    let (response, ledger) = restore.response(response);
    let mut out = Vec::new();
    encode_response(&response, &Reply::new(&context).created_at(1), &mut out).unwrap();
    (serde_json::from_slice(&out).unwrap(), ledger.entries().iter().map(|entry| entry.feature).collect())
}

fn pairs() -> impl Iterator<Item = (Protocol, Protocol)> {
    Protocol::ALL.into_iter().flat_map(|client| Protocol::ALL.into_iter().map(move |upstream| (client, upstream)))
}

#[test]
fn a_call_comes_back_as_the_text_that_the_client_asked_for() {
    for (client, upstream) in pairs() {
        let (body, flags) = restored(client, upstream, &[Feature::JsonSchema], &answer(upstream, ANSWER));
        let (text, reason) = said(client, &body);
        let value = |text: &str| serde_json::from_str::<Value>(text).unwrap();
        assert_eq!(value(&text), value(ANSWER), "{client} from {upstream}");
        assert_eq!(reason, ended(client), "{client} from {upstream}");
        assert_eq!(flags, [Feature::BesideAnswer], "{client} from {upstream}");
    }
}

#[test]
fn an_answer_that_does_not_fit_is_flagged_and_shown() {
    for (client, upstream) in pairs() {
        let (body, flags) = restored(client, upstream, &[Feature::JsonSchema], &answer(upstream, r#"{"n":"seven"}"#));
        assert!(said(client, &body).0.contains("seven"));
        assert_eq!(flags, [Feature::BesideAnswer, Feature::SchemaUnmet], "{client} from {upstream}");
    }
}

/// An answer of text alone.
fn words(protocol: Protocol, text: &str) -> Value {
    let mut body = answer(protocol, "{}");
    match protocol {
        Protocol::Chat => {
            body["choices"][0] = json!({"index": 0, "finish_reason": "stop",
                "message": {"role": "assistant", "content": text}});
        }
        Protocol::Responses => {
            let content = json!([{"type": "output_text", "text": text, "annotations": []}]);
            body["output"] = json!([{"type": "message", "id": "msg_1", "role": "assistant", "status": "completed",
                "content": content}]);
        }
        Protocol::Messages => {
            body["content"] = json!([{"type": "text", "text": text}]);
            body["stop_reason"] = json!("end_turn");
        }
    }
    body
}

#[test]
fn a_fence_comes_off_the_words() {
    let lacks = [Feature::JsonSchema, Feature::Tools, Feature::JsonObject];
    for (client, upstream) in pairs() {
        let fenced = format!("```json\n{ANSWER}\n```");
        let (body, flags) = restored(client, upstream, &lacks, &words(upstream, &fenced));
        assert_eq!(said(client, &body), (ANSWER.to_owned(), ended(client).to_owned()), "{client} from {upstream}");
        assert_eq!(flags, [], "{client} from {upstream}");
        let (_, flags) = restored(client, upstream, &lacks, &words(upstream, "I cannot."));
        assert_eq!(flags, [Feature::SchemaUnmet], "{client} from {upstream}");
    }
}

/// The stream of an upstream: words, then a call in pieces, or words in pieces alone.
fn stream(protocol: Protocol, pieces: &[&str], call: bool) -> Vec<u8> {
    let events = match protocol {
        Protocol::Chat => chat_stream(pieces, call),
        Protocol::Responses => responses_stream(pieces, call),
        Protocol::Messages => messages_stream(pieces, call),
    };
    let named = |event: &Value| match event["type"].as_str() {
        Some(name) => format!("event: {name}\ndata: {event}\n\n"),
        None => format!("data: {event}\n\n"),
    };
    let end = if protocol == Protocol::Chat { "data: [DONE]\n\n" } else { "" };
    (events.iter().map(named).collect::<String>() + end).into_bytes()
}

fn chat_stream(pieces: &[&str], call: bool) -> Vec<Value> {
    let chunk = |delta: Value, reason: Value| {
        json!({"id": "r", "object": "chat.completion.chunk", "created": 1, "model": "m",
            "choices": [{"index": 0, "delta": delta, "finish_reason": reason}]})
    };
    let mut events = vec![chunk(json!({"role": "assistant", "content": if call { "Here." } else { "" }}), Value::Null)];
    if call {
        let head = json!({"index": 0, "id": "c", "type": "function", "function": {"name": "answer", "arguments": ""}});
        events.push(chunk(json!({"tool_calls": [head]}), Value::Null));
    }
    events.extend(pieces.iter().map(|piece| {
        let arguments = json!({"tool_calls": [{"index": 0, "function": {"arguments": piece}}]});
        chunk(if call { arguments } else { json!({"content": piece}) }, Value::Null)
    }));
    events.push(chunk(json!({}), json!(if call { "tool_calls" } else { "stop" })));
    events
}

fn responses_stream(pieces: &[&str], call: bool) -> Vec<Value> {
    let response = |status: &str, output: &[Value]| {
        json!({"id": "resp_1", "object": "response", "created_at": 1, "model": "m", "status": status, "error": null,
            "incomplete_details": null, "tools": [], "parallel_tool_calls": true, "tool_choice": "auto",
            "output": output})
    };
    let text = |text: &str| json!({"type": "output_text", "text": text, "annotations": []});
    let message = |status: &str, content: &[Value]| json!({"type": "message", "id": "msg_1", "role": "assistant", "status": status, "content": content});
    let said: Vec<&str> = if call { vec!["Here."] } else { pieces.to_vec() };
    let mut output = vec![message("completed", &[text(&said.concat())])];
    let at = json!({"item_id": "msg_1", "output_index": 0, "content_index": 0});
    let mut events = vec![
        json!({"type": "response.created", "response": response("in_progress", &[])}),
        json!({"type": "response.output_item.added", "output_index": 0, "item": message("in_progress", &[])}),
        merged(&at, json!({"type": "response.content_part.added", "part": text("")})),
    ];
    let delta = |piece| merged(&at, json!({"type": "response.output_text.delta", "delta": piece, "logprobs": []}));
    events.extend(said.iter().map(delta));
    events.extend([
        merged(&at, json!({"type": "response.output_text.done", "text": said.concat(), "logprobs": []})),
        merged(&at, json!({"type": "response.content_part.done", "part": text(&said.concat())})),
        json!({"type": "response.output_item.done", "output_index": 0, "item": output[0]}),
    ]);
    if call {
        let item = |status: &str, arguments: &str| {
            json!({"type": "function_call", "id": "fc_1", "call_id": "call_1", "name": "answer", "status": status,
                "arguments": arguments})
        };
        output.push(item("completed", &pieces.concat()));
        let at = json!({"item_id": "fc_1", "output_index": 1});
        let kind = "response.function_call_arguments";
        events.push(json!({"type": "response.output_item.added", "output_index": 1, "item": item("in_progress", "")}));
        let delta = |piece| merged(&at, json!({"type": format!("{kind}.delta"), "delta": piece}));
        events.extend(pieces.iter().map(delta));
        events
            .push(merged(&at, json!({"type": format!("{kind}.done"), "name": "answer", "arguments": pieces.concat()})));
        events.push(json!({"type": "response.output_item.done", "output_index": 1, "item": output[1]}));
    }
    events.push(json!({"type": "response.completed", "response": response("completed", &output)}));
    for (number, event) in events.iter_mut().enumerate() {
        event["sequence_number"] = json!(number);
    }
    events
}

/// The members of both.
fn merged(at: &Value, mut event: Value) -> Value {
    event.as_object_mut().unwrap().extend(at.as_object().unwrap().clone());
    event
}

fn messages_stream(pieces: &[&str], call: bool) -> Vec<Value> {
    let message = json!({"id": "msg_1", "type": "message", "role": "assistant", "model": "m", "content": [],
        "stop_reason": null, "stop_sequence": null, "usage": {"input_tokens": 3, "output_tokens": 1}});
    let text = |piece: &str| json!({"type": "text_delta", "text": piece});
    let arguments = |piece: &str| json!({"type": "input_json_delta", "partial_json": piece});
    let block = |index: u32, block: Value, deltas: Vec<Value>| {
        let delta = |delta| json!({"type": "content_block_delta", "index": index, "delta": delta});
        let start = json!({"type": "content_block_start", "index": index, "content_block": block});
        let stop = json!({"type": "content_block_stop", "index": index});
        [start].into_iter().chain(deltas.into_iter().map(delta)).chain([stop]).collect::<Vec<_>>()
    };
    let mut events = vec![json!({"type": "message_start", "message": message})];
    let words = json!({"type": "text", "text": ""});
    if call {
        events.extend(block(0, words, vec![text("Here.")]));
        let head = json!({"type": "tool_use", "id": "toolu_1", "name": "answer", "input": {}});
        events.extend(block(1, head, pieces.iter().map(|piece| arguments(piece)).collect()));
    } else {
        events.extend(block(0, words, pieces.iter().map(|piece| text(piece)).collect()));
    }
    let delta = json!({"stop_reason": if call { "tool_use" } else { "end_turn" }, "stop_sequence": null});
    events.push(json!({"type": "message_delta", "delta": delta, "usage": {"output_tokens": 4}}));
    events.push(json!({"type": "message_stop"}));
    events
}

/// The client's stream, and what it does not say.
fn transcoded(client: Protocol, upstream: Protocol, lacks: &[Feature], bytes: &[u8]) -> (Vec<u8>, Vec<StreamLoss>) {
    let (restore, mut context) = way_back(client, upstream, lacks);
    context.client = client;
    let reply = Reply::new(&context).created_at(1);
    let framer = Framer::sse(&Limits::default());
    let mut transcoder = Transcoder::new(upstream, framer, reply).with_stage(Box::new(RestoreStage::new(restore)));
    let mut out = Vec::new();
    for byte in bytes {
        transcoder.feed(std::slice::from_ref(byte), &mut out).unwrap();
    }
    let losses = transcoder.finish(&mut out).unwrap();
    (out, losses)
}

#[test]
fn a_streamed_call_comes_back_as_streamed_text() {
    let pieces = [r#"{"n":7,"#, r#""why":"it \"#, r#""is\""}"#];
    for (client, upstream) in pairs() {
        let bytes = stream(upstream, &pieces, true);
        let (out, losses) = transcoded(client, upstream, &[Feature::JsonSchema], &bytes);
        let body: Value = serde_json::from_slice(&fold(client, &out).unwrap().body).unwrap();
        let want = (pieces.concat(), ended(client).to_owned());
        assert_eq!(said(client, &body), want, "{client} from {upstream}");
        let text = String::from_utf8(out).unwrap();
        assert!(text.contains(r#"{\"n\":7,""#) && !text.contains("Here."), "piece by piece: {text}");
        let beside = losses.iter().filter(|loss| loss.feature == Feature::BesideAnswer).count();
        assert_eq!(beside, 1, "{client} from {upstream}: {losses:?}");
        assert!(losses.iter().all(|loss| loss.feature != Feature::SchemaUnmet), "{losses:?}");
    }
}

#[test]
fn a_streamed_answer_that_does_not_fit_is_flagged_and_shown() {
    for (client, upstream) in pairs() {
        for pieces in [[r#"{"n":"#, r#""seven"}"#], ["{\"why\":", "\"seven\"}"]] {
            let bytes = stream(upstream, &pieces, true);
            let (out, losses) = transcoded(client, upstream, &[Feature::JsonSchema], &bytes);
            let flag = losses.iter().find(|loss| loss.feature == Feature::SchemaUnmet).unwrap();
            assert_eq!(flag.action, Action::Noted, "{client} from {upstream}");
            let body: Value = serde_json::from_slice(&fold(client, &out).unwrap().body).unwrap();
            assert_eq!(said(client, &body).0, pieces.concat(), "{client} from {upstream}");
        }
    }
}

#[test]
fn a_fence_comes_off_streamed_words() {
    let lacks = [Feature::JsonSchema, Feature::Tools, Feature::JsonObject];
    for (client, upstream) in pairs() {
        let bytes = stream(upstream, &["``", "`json\n", r#"{"n":"#, "7}", "\n``", "`"], false);
        let (out, losses) = transcoded(client, upstream, &lacks, &bytes);
        let body: Value = serde_json::from_slice(&fold(client, &out).unwrap().body).unwrap();
        let want = (r#"{"n":7}"#.to_owned(), ended(client).to_owned());
        assert_eq!(said(client, &body), want, "{client} from {upstream}");
        assert!(losses.iter().all(|loss| loss.feature != Feature::SchemaUnmet), "{losses:?}");
        let (_, losses) = transcoded(client, upstream, &lacks, &stream(upstream, &["I can", "not."], false));
        assert!(losses.iter().any(|loss| loss.feature == Feature::SchemaUnmet), "{client} from {upstream}");
    }
}
