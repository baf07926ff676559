//! Error bodies in three protocols: identity, loss, and the events that end a stream.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    reason = "tests fail by panicking, and this one reads vectors from a file"
)]

use proptest::prelude::*;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use switchback_ir::{ApiError, ErrorClass, Key, Limits, Line, Protocol, RequestContext};
use switchback_protocol::errors::{
    decode_error, decode_exception, encode_error, encode_error_event, encode_response_error, error_types,
};
use switchback_protocol::sse::{Framer, Printer};
use switchback_protocol::stream::Transcoder;
use switchback_protocol::{Reply, law};
use switchback_testkit::{aws_frame, recordings};

fn convert(from: Protocol, to: Protocol, body: &Value) -> (Value, Vec<Line>) {
    let body = serde_json::to_vec(body).unwrap();
    let mut out = Vec::new();
    let ledger = encode_error(&decode_error(from, None, &body, &Limits::default()), to, &mut out);
    (serde_json::from_slice(&out).unwrap(), ledger.resolve(&body))
}

fn entries(lines: &[Line]) -> Vec<(&str, &str, &str)> {
    lines.iter().map(|line| (line.path.as_str(), line.feature, line.action)).collect()
}

#[test]
fn the_nine_types_of_messages_map_both_ways() {
    for row in error_types() {
        let body = json!({"type": "error", "error": {"type": row.messages, "message": "m"}, "request_id": null});
        let (chat, lines) = convert(Protocol::Messages, Protocol::Chat, &body);
        assert_eq!(chat, json!({"error": {"message": "m", "type": row.openai, "param": null, "code": null}}));
        assert_eq!(lines, []);
        let (back, lines) = convert(Protocol::Chat, Protocol::Messages, &chat);
        assert_eq!((back, lines.len()), (body, 0));
    }
}

#[test]
fn code_and_param_are_lost_on_messages_and_said_so() {
    let body =
        json!({"error": {"message": "m", "type": "tokens", "param": "max_tokens", "code": "rate_limit_exceeded"}});
    let (messages, lines) = convert(Protocol::Chat, Protocol::Messages, &body);
    assert_eq!(
        messages,
        json!({"type": "error", "error": {"type": "rate_limit_error", "message": "m"}, "request_id": null})
    );
    let expected = [
        ("/error/type", "error_type", "degraded"),
        ("/error/param", "error_param", "dropped"),
        ("/error/code", "error_code", "dropped"),
    ];
    assert_eq!(entries(&lines), expected);
    let (responses, lines) = convert(Protocol::Chat, Protocol::Responses, &body);
    assert_eq!((responses, lines.len()), (body, 0));
}

#[test]
fn odd_shapes_get_the_targets_shape() {
    let message = |from, body: &Value| convert(from, Protocol::Messages, body).0["error"].clone();
    for (body, kind, text) in [
        (json!({"error": "no such model"}), "not_found_error", "no such model"),
        (json!({"detail": "Unauthorized"}), "api_error", "Unauthorized"),
        (json!({"message": "Requests rate limit exceeded"}), "rate_limit_error", "Requests rate limit exceeded"),
        (json!([{"error": {"code": 404, "message": "none", "status": "NOT_FOUND"}}]), "not_found_error", "none"),
        (
            json!({"error": {"code": "content_filter", "message": "no", "innererror": {}}}),
            "invalid_request_error",
            "no",
        ),
        (json!({"error": {}}), "api_error", "nothing says what it is"),
    ] {
        let found = message(Protocol::Chat, &body);
        assert_eq!((&found["type"], &found["message"]), (&json!(kind), &json!(text)), "{body}");
    }
    let page = b"<html><title>502 Bad Gateway</title></html>";
    let error = decode_error(Protocol::Chat, None, page, &Limits::default());
    assert_eq!((error.class, error.status), (ErrorClass::Connection, Some(502)));
    let mut out = Vec::new();
    encode_error(&error, Protocol::Chat, &mut out);
    assert_eq!(out, page);
}

#[test]
fn a_body_over_the_limits_is_its_own_message() {
    let body = br#"{"error":{"message":"m","type":"overloaded_error","a":1,"b":2}}"#;
    let error = decode_error(Protocol::Messages, None, body, &Limits::default().with_nodes(3));
    assert_eq!(error.class, ErrorClass::Overloaded);
    assert_eq!(error.message().unwrap(), *std::str::from_utf8(body).unwrap());
}

#[test]
fn recorded_errors_go_back_as_they_came_and_lose_nothing_in_silence() {
    for recording in recordings("error") {
        law::error_identity(recording.protocol, &recording.body)
            .unwrap_or_else(|broken| panic!("{}: {broken}", recording.file));
        for to in Protocol::ALL.into_iter().filter(|to| *to != recording.protocol) {
            law::error_loss(recording.protocol, to, &recording.body)
                .unwrap_or_else(|broken| panic!("{}: {broken}", recording.file));
        }
    }
}

#[test]
fn documented_errors_go_back_as_they_came_and_lose_nothing_in_silence() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/errors/public.json");
    let vectors: Vec<Value> = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    let mut converted = 0;
    for vector in &vectors {
        let body = vector["body"].as_str().map_or_else(|| vector["body"].to_string(), str::to_owned);
        for protocol in Protocol::ALL {
            law::error_identity(protocol, body.as_bytes()).unwrap_or_else(|broken| panic!("{body}: {broken}"));
            let is_standard = vector["body"]["error"].is_object();
            for to in Protocol::ALL.into_iter().filter(|to| is_standard && *to != protocol) {
                law::error_loss(protocol, to, body.as_bytes()).unwrap_or_else(|broken| panic!("{body}: {broken}"));
                converted += 1;
            }
        }
    }
    assert!(converted > 400, "{converted}");
}

/// The frames of one event, as name and payload.
fn event(error: &ApiError<'_>, target: Protocol) -> (String, Value) {
    let mut out = Vec::new();
    encode_error_event(error, target, 5, &mut out);
    let mut framer = Framer::sse(&Limits::default());
    let mut rest = &out[..];
    let frame = framer.next(&mut rest).unwrap().unwrap();
    let found = (frame.name.to_owned(), serde_json::from_slice(frame.data).unwrap());
    assert_eq!(framer.next(&mut rest), Ok(None), "one event");
    assert_eq!(framer.finish(), None);
    found
}

#[test]
fn an_error_in_a_stream_is_an_error_in_every_other() {
    let body = br#"{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}"#;
    let error = decode_error(Protocol::Messages, None, body, &Limits::default());
    assert_eq!(event(&error, Protocol::Messages), ("error".to_owned(), serde_json::from_slice(body).unwrap()));
    let chat =
        json!({"error": {"message": "Overloaded", "type": "service_unavailable_error", "param": null, "code": null}});
    assert_eq!(event(&error, Protocol::Chat), (String::new(), chat));
    let responses = json!({"type": "error", "code": "server_is_overloaded", "message": "Overloaded", "param": null, "sequence_number": 5});
    assert_eq!(event(&error, Protocol::Responses), ("error".to_owned(), responses.clone()));

    let bytes = responses.to_string();
    let back = decode_error(Protocol::Responses, None, bytes.as_bytes(), &Limits::default());
    assert_eq!(back.class, ErrorClass::Overloaded);
    assert_eq!(event(&back, Protocol::Responses), ("error".to_owned(), responses));
    assert_eq!(
        event(&back, Protocol::Messages).1["error"],
        json!({"type": "overloaded_error", "message": "Overloaded"})
    );
    let text = decode_error(Protocol::Chat, None, b"gone", &Limits::default());
    assert_eq!(event(&text, Protocol::Chat).1["error"]["message"], "gone", "text is no payload");
}

#[test]
fn a_failed_response_names_a_listed_code() {
    let code = |error: &ApiError<'_>| {
        let mut out = Vec::new();
        encode_response_error(error, &mut out);
        serde_json::from_slice::<Value>(&out).unwrap()["code"].as_str().unwrap().to_owned()
    };
    let codes: BTreeSet<_> = ErrorClass::ALL.into_iter().map(|class| code(&ApiError::new(class, "m"))).collect();
    assert_eq!(codes.into_iter().collect::<Vec<_>>(), ["invalid_prompt", "rate_limit_exceeded", "server_error"]);
    assert_eq!(code(&ApiError::new(ErrorClass::ContentPolicy, "m").with(Key::ErrorCode, "bio_policy")), "bio_policy");
}

#[test]
fn exceptions_of_aws_streams_are_errors() {
    for (name, payload, class, message) in [
        (
            "throttlingException",
            r#"{"message":"Too many requests"}"#,
            ErrorClass::RateLimitRequests,
            "Too many requests",
        ),
        ("modelStreamErrorException", r#"{"message":"m","originalStatusCode":500}"#, ErrorClass::Server, "m"),
        (
            "validationException",
            r#"{"message":"Input is too long for requested model."}"#,
            ErrorClass::ContextOverflow,
            "Input is too long for requested model.",
        ),
        ("InternalFailure", "", ErrorClass::Server, "InternalFailure"),
    ] {
        let error = decode_exception(Protocol::Messages, name, payload.as_bytes());
        assert_eq!((error.class, error.message().unwrap()), (class, message.into()), "{name}");
    }
}

/// What a client of `target` gets of a stream of Messages that ends in this, and the error.
fn ended(target: Protocol, begins: bool, framer: Framer, end: &[u8]) -> (String, ApiError<'static>) {
    let context = RequestContext::new(target);
    let mut transcoder = Transcoder::new(Protocol::Messages, framer, Reply::new(&context));
    let mut stream = Vec::new();
    let mut printer = Printer::new(&mut stream);
    if begins {
        let usage = r#""usage":{"input_tokens":1,"output_tokens":1}"#;
        let start = r#"{"type":"message_start","message":{"id":"m","type":"message","role":"assistant","model":"x","content":[],"stop_reason":null,"stop_sequence":null,"#;
        printer.frame("message_start", format!("{start}{usage}}}}}").as_bytes());
        printer.frame(
            "content_block_start",
            br#"{"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}"#,
        );
        printer.frame(
            "content_block_delta",
            br#"{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"hi"}}"#,
        );
    }
    stream.extend_from_slice(end);
    let mut out = Vec::new();
    let error = match transcoder.feed(&stream, &mut out) {
        Err(error) => error,
        Ok(()) => transcoder.finish(&mut out).unwrap_err(),
    };
    (String::from_utf8(out).unwrap(), error.api_error().clone())
}

#[test]
fn an_error_of_an_upstreams_stream_ends_the_clients_with_what_it_is() {
    let sse = || Framer::sse(&Limits::default());
    let end = b"event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\",\"message\":\"Overloaded\"}}\n\n";
    for (target, told) in [
        (
            Protocol::Chat,
            r#"data: {"error":{"message":"Overloaded","type":"service_unavailable_error","param":null,"code":null}}"#,
        ),
        (Protocol::Responses, r#""code":"server_is_overloaded","message":"Overloaded""#),
        (Protocol::Messages, r#"data: {"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}"#),
    ] {
        let (out, error) = ended(target, true, sse(), end);
        let last = out.trim_end().rsplit("\n\n").next().unwrap();
        assert!(last.contains(told), "{out}");
        assert_eq!(error.class, ErrorClass::Overloaded);
        let (out, error) = ended(target, false, sse(), end);
        assert_eq!((out.as_str(), error.class), ("", ErrorClass::Overloaded), "nothing had reached the client");
        let (out, error) = ended(target, true, sse(), b"");
        assert!(out.contains("ended before the answer was complete") && !out.contains("[DONE]"), "{out}");
        assert_eq!(error.class, ErrorClass::Connection);
    }
    let headers = [(":exception-type", "throttlingException"), (":message-type", "exception")];
    let exception = aws_frame(&headers, br#"{"message":"Too many tokens, please wait before trying again."}"#);
    let (out, error) = ended(Protocol::Chat, false, Framer::aws(&Limits::default()), &exception);
    assert_eq!((out.as_str(), error.class), ("", ErrorClass::RateLimitTokens));
}

/// Error objects with and without what protocols have, in any order.
fn bodies() -> impl Strategy<Value = Value> {
    let scalar = prop_oneof![
        Just(json!(null)),
        Just(json!("rate_limit_exceeded")),
        Just(json!("overloaded_error")),
        Just(json!("insufficient_quota")),
        Just(json!("invalid_request_error")),
        Just(json!("prompt is too long")),
        Just(json!("max_tokens")),
        Just(json!(429)),
        Just(json!(true)),
        Just(json!({"a": [1.50]})),
    ];
    let name = prop::sample::select(vec!["message", "type", "param", "code", "status", "details", "x"]);
    let members = || prop::collection::vec((name.clone(), scalar.clone()), 0..6);
    let around = prop::sample::select(vec!["request_id", "y", "object"]);
    (members(), prop::collection::vec((around, scalar.clone()), 0..3), any::<bool>()).prop_map(
        |(within, around, first)| {
            let mut body = serde_json::Map::new();
            let error = within.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
            if first {
                body.insert("type".to_owned(), json!("error"));
            }
            body.insert("error".to_owned(), Value::Object(error));
            body.extend(around.into_iter().map(|(name, value)| (name.to_owned(), value)));
            Value::Object(body)
        },
    )
}

proptest! {
    #[test]
    fn an_error_goes_back_into_its_own_protocol_as_it_came(body in bodies()) {
        for protocol in Protocol::ALL {
            law::error_identity(protocol, body.to_string().as_bytes()).unwrap();
        }
    }

    #[test]
    fn every_difference_of_an_error_is_reported(body in bodies()) {
        let filled = body["error"].as_object().is_some_and(|error| !error.is_empty());
        for from in Protocol::ALL.into_iter().filter(|_| filled) {
            for to in Protocol::ALL.into_iter().filter(|to| *to != from) {
                if let Err(broken) = law::error_loss(from, to, body.to_string().as_bytes()) {
                    panic!("{from} to {to}: {body}: {broken}");
                }
            }
        }
    }

    #[test]
    fn any_bytes_are_an_error(body: Vec<u8>, status in proptest::option::of(0_u16..1000)) {
        for from in Protocol::ALL {
            let error = decode_error(from, status, &body, &Limits::default());
            for to in Protocol::ALL {
                let mut out = Vec::new();
                encode_error(&error, to, &mut out);
                prop_assert!(from == to || serde_json::from_slice::<Value>(&out).is_ok());
                out.clear();
                encode_error_event(&error, to, 0, &mut out);
            }
        }
    }
}
