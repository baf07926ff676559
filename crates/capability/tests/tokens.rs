//! The token bounds against the usage that vendors recorded.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::cast_precision_loss,
    reason = "a test that fails by panicking and says what it measured"
)]

use serde_json::Value;
use std::collections::BTreeMap;
use switchback_capability::Requirements;
use switchback_ir::{Limits, PartKind, Request, ToolKind};
use switchback_testkit::{Recording, requests, shared};

/// The input tokens that the answer to a recorded request reports, cached ones included.
#[expect(clippy::disallowed_methods, reason = "a test reads its data")]
fn recorded(recording: &Recording) -> Option<u64> {
    let corpus = shared()?.join("corpus");
    let folders = [recording.protocol.name(), "chat-compat"];
    let read = |kind: &str, name: &str| {
        folders.iter().find_map(|folder| std::fs::read_to_string(corpus.join(folder).join(kind).join(name)).ok())
    };
    let response = read("response", &recording.file);
    let stream = read("stream", &recording.file.replace(".json", ".sse")).unwrap_or_default();
    let events = stream.lines().filter_map(|line| line.strip_prefix("data:"));
    let bodies = response.iter().map(String::as_str).chain(events);
    bodies.filter_map(|body| serde_json::from_str::<Value>(body).ok()).filter_map(|body| input(&body)).next_back()
}

fn input(body: &Value) -> Option<u64> {
    let usage = [&body["usage"], &body["response"]["usage"], &body["message"]["usage"]];
    let usage = usage.into_iter().find(|usage| usage.is_object())?;
    let field = |name: &str| usage[name].as_u64().unwrap_or(0);
    // Chat and Responses count cached tokens in; Messages counts them apart.
    let apart = field("cache_read_input_tokens") + field("cache_creation_input_tokens");
    Some(field("prompt_tokens") + field("input_tokens") + apart).filter(|tokens| *tokens > 0)
}

/// What a request holds besides text, for figures of its own.
fn kind(request: &Request<'_>) -> &'static str {
    let any = |is: fn(&PartKind<'_>) -> bool| request.parts.iter().any(|part| is(&part.kind));
    if any(|kind| matches!(kind, PartKind::Image(_))) {
        "images"
    } else if any(|kind| matches!(kind, PartKind::File(_) | PartKind::Audio { .. })) {
        "documents and audio"
    } else if request.tools.iter().any(|tool| matches!(tool.kind, ToolKind::Hosted { .. })) {
        "tools of the provider"
    } else if any(|kind| matches!(kind, PartKind::Opaque(_))) {
        "parts by reference or sealed"
    } else {
        "text"
    }
}

fn is_text(request: &Request<'_>) -> bool {
    request
        .parts
        .iter()
        .all(|part| !matches!(part.kind, PartKind::Image(_) | PartKind::File(_) | PartKind::Audio { .. }))
}

#[test]
fn recorded_usage_lies_within_the_bounds() {
    let (mut within, mut outside, mut open) = (0_usize, Vec::new(), 0_usize);
    let (mut over, mut under) = (Vec::new(), Vec::new());
    let mut kinds = BTreeMap::<&str, (usize, usize, usize)>::new();
    for recording in requests() {
        let Some(tokens) = recorded(&recording) else { continue };
        let request = switchback_protocol::decode(recording.protocol, &recording.body, &Limits::default()).unwrap();
        let bounds = Requirements::of(&request).input_at(recording.protocol);
        let of_kind = kinds.entry(kind(&request)).or_default();
        let Some(upper) = bounds.upper else {
            of_kind.2 += 1;
            open += 1;
            assert!(bounds.lower.get() <= tokens, "{}: {bounds:?}, recorded {tokens}", recording.file);
            continue;
        };
        if (bounds.lower.get()..=upper.get()).contains(&tokens) {
            within += 1;
            of_kind.0 += 1;
        } else {
            of_kind.1 += 1;
            outside.push(format!("{} {}: {bounds:?}, recorded {tokens}", recording.protocol, recording.file));
        }
        if is_text(&request) && recording.body.len() > 1_000 {
            over.push(upper.get() as f64 / tokens as f64);
            under.push(bounds.lower.get() as f64 / tokens as f64);
        }
    }
    if within == 0 {
        return;
    }
    let mean = |ratios: &[f64]| ratios.iter().sum::<f64>() / ratios.len() as f64;
    println!("within {within}, outside {}, without an upper bound {open}", outside.len());
    for line in &outside {
        println!("{line}");
    }
    for (kind, (within, outside, open)) in &kinds {
        println!("{kind}: within {within}, outside {outside}, without an upper bound {open}");
    }
    println!("{} texts over 1 KB: upper/true {:.2}, lower/true {:.2}", over.len(), mean(&over), mean(&under));
    assert!(outside.len() * 100 <= within, "{}", outside.join("\n"));
    assert!(mean(&over) <= 2.0 && mean(&under) >= 0.5);
}
