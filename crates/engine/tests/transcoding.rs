//! The way back by one call: whole and streamed, restore steps and names included.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests fail by panicking")]

use serde_json::{Value, json};
use switchback::capability::Support;
use switchback::catalog::{Billing, Capability, Catalog, Providers, Row};
use switchback::ir::ErrorClass;
use switchback::protocol::sse::Framer;
use switchback::protocol::stream::fold;
use switchback::{Engine, Limits, NoAnswer, Policy, Protocol, Situation, Timestamp, Upstream, decode};
use switchback_testkit::{entropy, unfold};

const NOW: Timestamp = Timestamp::from_millis(1_795_000_000_000);

/// A host of Messages that takes no schema of an answer.
fn engine() -> Engine {
    let mut row = Row::new("anthropic", "claude-haiku-4-5");
    row.protocols = vec![Protocol::Messages];
    row.billing = Billing::Metered;
    row.capabilities.set(Capability::JsonSchema, Support::No);
    row.capabilities.set(Capability::Tools, Support::Yes);
    Engine::new(Catalog::build(vec![row], Vec::new(), Providers::embedded()).unwrap(), Policy::default())
}

/// A request of Chat, made ready for that host: for an answer that follows a schema, or with a function to call.
fn upstream(engine: &Engine, schema: bool) -> Upstream {
    let mut body = json!({"model": "claude-haiku-4-5", "stream": true, "messages": [{"role": "user", "content": "a"}]});
    if schema {
        body["response_format"] = json!({"type": "json_schema", "json_schema": {"name": "n",
            "schema": {"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"]}}});
    } else {
        body["tools"] =
            json!([{"type": "function", "function": {"name": "look.up", "parameters": {"type": "object"}}}]);
    }
    let body = serde_json::to_vec(&body).unwrap();
    let request = decode(Protocol::Chat, &body, &Limits::default()).unwrap();
    let plan = engine.decide(&request, &Situation::at(NOW));
    let upstream = engine.prepare(&request, &plan, &plan.attempts()[0]).unwrap();
    assert_eq!(upstream.restore.is_empty(), !schema, "{plan}");
    assert!(upstream.context.stream);
    upstream
}

/// An answer that calls a function of those that were sent.
fn answer(name: &str, input: &Value) -> Value {
    json!({"id": "msg_1", "type": "message", "role": "assistant", "model": "claude-haiku-4-5-20251001",
        "stop_reason": "tool_use", "stop_sequence": null, "usage": {"input_tokens": 3, "output_tokens": 4},
        "content": [{"type": "tool_use", "id": "toolu_1", "name": name, "input": input}]})
}

/// The function that was sent: the client's own, or what stands for the schema.
fn function(upstream: &Upstream) -> String {
    let body: Value = serde_json::from_slice(&upstream.body).unwrap();
    body["tools"][0]["name"].as_str().unwrap().to_owned()
}

#[test]
fn an_answer_comes_back_in_the_clients_shape_whole_and_streamed() {
    let engine = engine();
    for schema in [true, false] {
        let upstream = upstream(&engine, schema);
        let sent = answer(&function(&upstream), &json!({"n": 7}));
        let back = engine.transcode(&upstream, NOW);
        let whole = back.whole(&serde_json::to_vec(&sent).unwrap()).unwrap();
        let bytes = unfold(Protocol::Messages, &sent, &entropy(1)).unwrap();
        let (mut stream, mut out) = (back.stream(Framer::sse(&Limits::default())), Vec::new());
        for piece in bytes.chunks(50) {
            stream.feed(piece, &mut out).unwrap();
        }
        let streamed = stream.usage().unwrap();
        stream.finish(&mut out).unwrap();

        for body in [&whole.body, &fold(Protocol::Chat, &out).unwrap().body] {
            let body: Value = serde_json::from_slice(body).unwrap();
            let message = &body["choices"][0]["message"];
            if schema {
                assert_eq!(message["content"], r#"{"n":7}"#, "the text that it asked for: {body}");
            } else {
                assert_eq!(message["tool_calls"][0]["function"]["name"], "look.up", "the client's own name: {body}");
            }
            assert_eq!(body["created"], 1_795_000_000, "{body}");
        }
        let usage = whole.answer.usage.unwrap();
        assert_eq!((usage.input, usage.output), (Some(3), Some(4)));
        assert_eq!((streamed.input, streamed.output), (Some(3), Some(4)));
        assert_eq!(whole.answer.model.as_deref(), Some("claude-haiku-4-5-20251001"));
    }
}

#[test]
fn what_is_no_answer_is_a_failure_of_the_endpoint() {
    let engine = engine();
    let upstream = upstream(&engine, true);
    let error = engine.transcode(&upstream, NOW).whole(b"<html>").unwrap_err();
    assert!(matches!(error, NoAnswer::Unreadable(_)), "{error}");
    assert_eq!(error.class(), ErrorClass::Server);
    assert!(error.to_string().starts_with("the upstream's answer cannot be read: "), "{error}");
}
