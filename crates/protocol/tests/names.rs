//! Names and ids that a target does not take.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests fail by panicking")]

use proptest::prelude::*;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use switchback_ir::{Ledger, Limits, NameRule, Protocol, Request, RequestContext, TargetFacts, Text};
use switchback_protocol::{context, decode, encode};
use switchback_testkit::bodies;

fn names(request: &Request<'_>) -> Vec<(&'static str, String)> {
    let mut names = Vec::new();
    request.names(&mut |used, text| names.push((used.feature.name(), text.to_str().unwrap().into_owned())));
    names
}

/// What goes upstream, what came of it, and the context.
fn hop(from: Protocol, to: Protocol, facts: &TargetFacts, body: &[u8]) -> Option<(Vec<u8>, Ledger, RequestContext)> {
    let request = decode(from, body, &Limits::default()).unwrap();
    let mut out = Vec::new();
    let ledger = encode(&request, to, facts, &mut out).ok()?;
    Some((out, ledger, context(&request, to, facts)))
}

proptest! {
    #[test]
    fn every_name_that_goes_upstream_is_taken_and_comes_back(
        (from, body) in prop::sample::select(&Protocol::ALL[..]).prop_flat_map(|p| (Just(p), bodies(p))),
        to in prop::sample::select(&Protocol::ALL[..]),
        length in 24_u32..100,
    ) {
        let facts = TargetFacts::default().with_tool_name(NameRule::tool_name(to).with_length(length));
        let Some((out, _, context)) = hop(from, to, &facts, &body) else { return Ok(()) };
        let (source, sent) = (decode(from, &body, &Limits::default()).unwrap(), decode(to, &out, &Limits::default()).unwrap());
        let known: BTreeSet<_> = names(&source).into_iter().collect();
        for (feature, name) in names(&sent) {
            let rule = if feature == "tool_name" { facts.tool_name_rule(to) } else { facts.call_id_rule(to) };
            prop_assert!(from == to || rule.takes(&Text::new(name.clone())), "{}", name);
            let back = if feature == "tool_name" { context.tool_name(&name) } else { context.call_id(&name) };
            // A call without an id gets one on the way out.
            prop_assert!(known.contains(&(feature, back.to_owned())) || (feature == "call_id" && back == name), "{}", name);
        }
        for renamed in context.tool_names.iter().chain(&context.call_ids) {
            prop_assert!(from != to && renamed.upstream != renamed.client);
        }
    }

    #[test]
    fn no_two_names_become_one(
        tools in prop::collection::btree_set("[a-z._ -]{1,40}|[a-zA-Z]{60,70}", 1..8),
        length in 24_u32..66,
    ) {
        let functions: Vec<Value> = tools.iter().map(|name| json!({"type": "function", "function": {"name": name}})).collect();
        let body = json!({"messages": [], "tools": functions}).to_string();
        let facts = TargetFacts::default().with_tool_name(NameRule::EVERYWHERE.with_length(length));
        let (out, ledger, context) = hop(Protocol::Chat, Protocol::Messages, &facts, body.as_bytes()).unwrap();
        let sent = decode(Protocol::Messages, &out, &Limits::default()).unwrap();
        let upstream: BTreeSet<String> = names(&sent).into_iter().map(|(_, name)| name).collect();
        prop_assert_eq!(upstream.len(), tools.len());
        let back: BTreeSet<String> = upstream.iter().map(|name| context.tool_name(name).to_owned()).collect();
        prop_assert_eq!(&back, &tools);
        // Each that was renamed is noted where it stands, and each that was not stays.
        let lines = ledger.resolve(body.as_bytes());
        for (at, name) in tools.iter().enumerate() {
            let path = format!("/tools/{at}/function/name");
            let noted = lines.iter().any(|line| line.path == path && line.feature == "tool_name" && line.action == "noted");
            prop_assert_eq!(noted, !upstream.contains(name));
            prop_assert_eq!(noted, !facts.tool_name_rule(Protocol::Messages).takes(&Text::new(name.clone())));
        }
    }
}

const BODY: &str = r#"{"max_tokens":9,"tools":[{"name":"mcp__files__read.all","input_schema":{"type":"object"}}],
    "tool_choice":{"type":"tool","name":"mcp__files__read.all"},
    "messages":[{"role":"assistant","content":[{"type":"tool_use","id":"t:1","name":"mcp__files__read.all","input":{}}]},
    {"role":"user","content":[{"type":"tool_result","tool_use_id":"t:1","content":"x"}]}]}"#;

#[test]
fn one_name_is_the_same_wherever_it_stands() {
    let facts = TargetFacts::default().with_call_id(NameRule::EVERYWHERE);
    for to in [Protocol::Chat, Protocol::Responses] {
        let (out, ledger, context) = hop(Protocol::Messages, to, &facts, BODY.as_bytes()).unwrap();
        let sent = decode(to, &out, &Limits::default()).unwrap();
        let upstream: BTreeSet<_> = names(&sent).into_iter().collect();
        assert_eq!(upstream.len(), 2, "{}", String::from_utf8(out).unwrap());
        assert_eq!((context.tool_names.len(), context.call_ids.len()), (1, 1));
        let places: Vec<_> =
            ledger.resolve(BODY.as_bytes()).into_iter().map(|line| (line.feature, line.path)).collect();
        for place in [
            ("tool_name", "/tools/0/name"),
            ("tool_name", "/tool_choice"),
            ("tool_name", "/messages/0/content/0/name"),
            ("call_id", "/messages/0/content/0/id"),
            ("call_id", "/messages/1/content/0/tool_use_id"),
        ] {
            assert!(places.iter().any(|(feature, path)| (*feature, path.as_str()) == place), "{place:?} in {places:?}");
        }
    }
}

#[test]
fn within_a_protocol_every_name_stays() {
    let (out, ledger, context) =
        hop(Protocol::Messages, Protocol::Messages, &TargetFacts::default(), BODY.as_bytes()).unwrap();
    assert_eq!(serde_json::from_slice::<Value>(&out).unwrap(), serde_json::from_str::<Value>(BODY).unwrap());
    assert!(ledger.is_empty() && context.tool_names.is_empty() && context.call_ids.is_empty());
}

#[test]
fn a_name_that_is_already_taken_is_not_made() {
    let body = |tools: &[&str]| {
        let tools: Vec<Value> =
            tools.iter().map(|name| json!({"type": "function", "function": {"name": name}})).collect();
        json!({"messages": [], "tools": tools}).to_string()
    };
    let of = |tools: &[&str]| {
        hop(Protocol::Chat, Protocol::Messages, &TargetFacts::default(), body(tools).as_bytes()).unwrap().2
    };
    let first = of(&["a b"]).tool_names[0].upstream.clone();
    let second = of(&["a b", &first]).tool_names[0].upstream.clone();
    assert_ne!(first, second);
    // The order does not matter, nor what else is there.
    assert_eq!(of(&[&first, "a b"]).tool_names[0].upstream, second);
    assert_eq!(of(&["c d", "a b", "e"]).tool_name(&first), "a b");
}
