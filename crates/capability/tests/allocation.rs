//! A full match and a screen allocate nothing, nor does the way back of a delta; reading what a request needs makes room once,
//! for arguments without their escapes.

#![allow(clippy::unwrap_used, reason = "tests fail by panicking")]

use serde_json::json;
use switchback_capability::{Offer, Policy, Requirements, RestoreStream, Screen, match_offer};
use switchback_ir::{Block, Feature, Limits, Protocol, RawJson, Step, Text};

/// A coding agent's request of about 20 KB: tools, calls with escaped arguments, results with code, a schema, reasoning.
fn agent() -> Vec<u8> {
    let code = "fn main() {\n\tprintln!(\"hello\");\n}\n".repeat(12);
    let tool = |index: usize| {
        let parameters = json!({"type": "object", "properties": {"path": {"type": "string", "description": "where"}}});
        json!({"type": "function", "function": {"name": format!("tool_{index}"), "parameters": parameters}})
    };
    let mut messages = vec![json!({"role": "system", "content": "Be brief. ".repeat(300)})];
    for index in 0..12 {
        let arguments = json!({"path": "src/main.rs", "text": code}).to_string();
        let function = json!({"name": "tool_1", "arguments": arguments});
        let call = json!({"id": format!("c{index}"), "type": "function", "function": function});
        messages.push(json!({"role": "assistant", "content": null, "tool_calls": [call]}));
        messages.push(json!({"role": "tool", "tool_call_id": format!("c{index}"), "content": code}));
    }
    let format = json!({"type": "json_schema", "json_schema": {"name": "n", "schema": {"type": "object"}}});
    let body = json!({
        "model": "m", "messages": messages, "tools": (0..12).map(tool).collect::<Vec<_>>(), "tool_choice": "required",
        "response_format": format, "reasoning_effort": "high", "service_tier": "auto", "temperature": 0.5,
        "max_completion_tokens": 900, "stream": true, "seed": 7,
    });
    serde_json::to_vec(&body).unwrap()
}

#[test]
fn the_way_to_a_full_match_allocates_nothing() {
    let body = agent();
    assert!((18_000..30_000).contains(&body.len()), "{} bytes", body.len());
    let request = switchback_protocol::decode(Protocol::Chat, &body, &Limits::default()).unwrap();
    let offer = Offer::unknown().yes(Feature::Tools).context_window(200_000.into());
    // The tables are made once for all requests.
    let needs = Requirements::of(&request);
    assert!(match_offer(&needs, request.origin, Protocol::Chat, &offer, Policy::default()).is_full());
    let counted = allocation_counter::measure(|| {
        std::hint::black_box(Requirements::of(std::hint::black_box(&request)));
    });
    assert!(counted.count_total <= 1, "{} allocations", counted.count_total);
    let counted = allocation_counter::measure(|| {
        let screen = Screen::new(&needs, request.origin, Policy::default());
        std::hint::black_box(screen.passes(Protocol::Chat, &offer));
        std::hint::black_box(match_offer(&needs, request.origin, Protocol::Chat, &offer, Policy::default()));
    });
    assert_eq!(counted.count_total, 0);
}

/// A delta of an answer that is checked and handed over costs nothing but the growth of what is kept for the check.
#[test]
fn a_restored_delta_costs_no_allocation() {
    for answer in ["words", "call"] {
        let record = format!(
            r#"{{"version":1,"answer":"{answer}","schema":null,"tools":[],"prefix":"","first_call":false,"without_reasoning":false}}"#
        );
        let mut stream = RestoreStream::new(serde_json::from_str(&record).unwrap());
        let name = Text::from("answer");
        let kind = if answer == "call" { Block::Call { id: None, name, custom: false } } else { Block::Text };
        let delta = RawJson::parse(r#""{\"a\": \"\\n\"}""#).unwrap();
        let mut shown = 0;
        let mut told = |step: Step<'_>| shown += usize::from(matches!(step, Step::Delta { .. }));
        stream.step(Step::Open { block: 0, kind }, &mut told);
        stream.step(Step::Delta { block: 0, text: delta.as_text().unwrap() }, &mut told);
        let counted = allocation_counter::measure(|| {
            for _ in 0..900 {
                stream.step(Step::Delta { block: 0, text: delta.as_text().unwrap() }, &mut told);
            }
        });
        // It grows by doubling, to 12 KB.
        assert!(counted.count_total <= 12, "{answer}: {} allocations", counted.count_total);
        assert_eq!(shown, 901, "{answer}");
    }
}
