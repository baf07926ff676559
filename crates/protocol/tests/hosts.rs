//! What hosts of Chat Completions send that its vendor does not.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests fail by panicking")]

use switchback_ir::{Limits, Protocol, RequestContext};
use switchback_protocol::sse::Framer;
use switchback_protocol::stream::{Transcoder, fold};
use switchback_protocol::{Reply, decode_response, encode_response, law};

fn answered(client: Protocol, body: &str) -> serde_json::Value {
    let response = decode_response(Protocol::Chat, body.as_bytes(), &Limits::default()).unwrap();
    let context = RequestContext::new(client);
    let mut out = Vec::new();
    encode_response(&response, &Reply::new(&context).created_at(1), &mut out).unwrap();
    serde_json::from_slice(&out).unwrap()
}

fn streamed(client: Protocol, choices: &[&str]) -> serde_json::Value {
    let context = RequestContext::new(client);
    let mut transcoder =
        Transcoder::new(Protocol::Chat, Framer::sse(&Limits::default()), Reply::new(&context).created_at(1));
    let mut out = Vec::new();
    for choice in choices {
        let chunk = format!(r#"data: {{"id":"c","created":1,"model":"m","choices":[{{"index":0,{choice}}}]}}"#);
        transcoder.feed(format!("{chunk}\n\n").as_bytes(), &mut out).unwrap();
    }
    transcoder.feed(b"data: [DONE]\n\n", &mut out).unwrap();
    transcoder.finish(&mut out).unwrap();
    serde_json::from_slice(&fold(client, &out).unwrap().body).unwrap()
}

#[test]
fn arguments_that_are_no_text() {
    let body = r#"{"id":"c","model":"m","choices":[{"index":0,"message":{"role":"assistant","content":null,
        "tool_calls":[{"id":"a","type":"function","function":{"name":"f","arguments":{"x":1.50}}}]},"finish_reason":"tool_calls"}]}"#;
    assert_eq!(answered(Protocol::Chat, body), serde_json::from_str::<serde_json::Value>(body).unwrap());
    assert_eq!(answered(Protocol::Messages, body)["content"][0]["input"].to_string(), r#"{"x":1.50}"#);
    assert_eq!(answered(Protocol::Responses, body)["output"][0]["arguments"], r#"{"x":1.50}"#);
    let request = r#"{"model":"m","messages":[{"role":"assistant","content":"","tool_calls":[{"id":"a","type":"function","function":{"name":"f","arguments":{"x":1}}}]}]}"#;
    law::identity(Protocol::Chat, request.as_bytes(), &law::plain).unwrap();
    let folded = streamed(
        Protocol::Messages,
        &[
            r#""delta":{"tool_calls":[{"index":0,"id":"a","function":{"name":"f","arguments":{"x":1.50}}}]}"#,
            r#""delta":{},"finish_reason":"tool_calls""#,
        ],
    );
    assert_eq!(folded["content"][0]["input"].to_string(), r#"{"x":1.50}"#);
}

#[test]
fn an_empty_reason_to_stop_is_none() {
    let folded = streamed(
        Protocol::Responses,
        &[
            r#""delta":{"content":"a"},"finish_reason":"""#,
            r#""delta":{"content":"b"},"finish_reason":"""#,
            r#""delta":{},"finish_reason":"length""#,
        ],
    );
    assert_eq!(folded["output"][0]["content"][0]["text"], "ab");
    assert_eq!(folded["incomplete_details"]["reason"], "max_output_tokens");
}

#[test]
fn content_in_parts_and_reasoning_twice() {
    let folded = streamed(
        Protocol::Messages,
        &[
            r#""delta":{"content":[{"type":"thinking","thinking":[{"type":"text","text":"hm"}]}]}"#,
            r#""delta":{"reasoning":"!","reasoning_content":"!"}"#,
            r#""delta":{"content":[{"type":"text","text":"yes"}]}"#,
            r#""delta":{},"finish_reason":"stop""#,
        ],
    );
    assert_eq!(folded["content"][0]["thinking"], "hm!");
    assert_eq!(folded["content"][1]["text"], "yes");
}
