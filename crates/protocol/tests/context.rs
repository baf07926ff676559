//! What the way back needs of a request.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests fail by panicking")]

use proptest::prelude::*;
use serde_json::Value;
use switchback_ir::{Limits, Protocol, RequestContext, TargetFacts};
use switchback_protocol::{context, decode};
use switchback_testkit::bodies;

fn of(from: Protocol, to: Protocol, body: &[u8]) -> RequestContext {
    context(&decode(from, body, &Limits::default()).unwrap(), to, &TargetFacts::default())
}

proptest! {
    #[test]
    fn what_a_response_repeats_is_what_the_client_wrote(body in bodies(Protocol::Responses)) {
        let context = of(Protocol::Responses, Protocol::Chat, &body);
        let source: Value = serde_json::from_slice(&body).unwrap();
        for (name, value) in &context.echo {
            prop_assert_eq!(&serde_json::from_str::<Value>(value.as_str()).unwrap(), &source[name]);
        }
        for name in ["instructions", "tools", "tool_choice", "temperature", "reasoning", "text", "metadata", "store"] {
            let written = source.get(name).is_some_and(|value| !value.is_null());
            prop_assert_eq!(context.echoed(name).is_some(), written, "{}", name);
        }
        for name in ["input", "include", "stream", "model", "moderation"] {
            prop_assert!(context.echoed(name).is_none());
        }
    }

    #[test]
    fn a_context_survives_its_record(
        (from, body) in prop::sample::select(&Protocol::ALL[..]).prop_flat_map(|p| (Just(p), bodies(p))),
        to in prop::sample::select(&Protocol::ALL[..]),
    ) {
        let context = of(from, to, &body);
        let record = serde_json::to_string(&context).unwrap();
        prop_assert_eq!(serde_json::from_str::<RequestContext>(&record).unwrap(), context);
    }
}

#[test]
fn usage_in_a_stream_goes_to_whom_it_is_due() {
    let chat = |options: &str| {
        let body = format!(r#"{{"messages":[],"stream":true{options}}}"#);
        of(Protocol::Chat, Protocol::Messages, body.as_bytes()).stream_usage
    };
    assert!(!chat(""));
    assert!(!chat(r#","stream_options":{"include_usage":false}"#));
    assert!(chat(r#","stream_options":{"include_usage":true}"#));
    assert!(of(Protocol::Messages, Protocol::Chat, br#"{"messages":[]}"#).stream_usage);
    assert!(of(Protocol::Responses, Protocol::Chat, b"{}").stream_usage);
}

#[test]
fn one_stop_text_and_a_list_of_them_read_alike() {
    let stops = |stop: &str| {
        let body = format!(r#"{{"messages":[],"stop":{stop}}}"#);
        of(Protocol::Chat, Protocol::Messages, body.as_bytes()).stop_sequences
    };
    assert_eq!(stops(r#""a\n""#), ["a\n"]);
    assert_eq!(stops(r#"["a", 7, "\ud800", "b"]"#), ["a", "b"]);
    assert!(stops("null").is_empty());
}

#[test]
fn tools_that_take_free_text_are_told_from_functions() {
    let body = br#"{"tools":[{"type":"custom","name":"patch"},{"type":"function","name":"f"}]}"#;
    let context = of(Protocol::Responses, Protocol::Messages, body);
    assert!(context.is_custom_tool("patch") && !context.is_custom_tool("f"));
}
