//! State that a provider holds: who may serve a request that needs it, and what a caller can supply instead.

#![allow(clippy::unwrap_used, reason = "tests fail by panicking")]

use serde_json::{Value, json};
use std::collections::BTreeMap;
use switchback_capability::{
    Offer, Owner, OwnerId, Ownership, Policy, Requirements, Supplies, Supply, Verdict, apply, apply_with, each_held,
    match_offer, supply_history,
};
use switchback_ir::{Feature, Limits, PartKind, Protocol, Request};

fn decoded(protocol: Protocol, body: &Value) -> Request<'static> {
    let body = serde_json::to_vec(body).unwrap();
    switchback_protocol::decode(protocol, &body, &Limits::default()).unwrap().into_owned()
}

fn encoded(request: &Request<'_>, protocol: Protocol) -> Value {
    let mut body = Vec::new();
    switchback_protocol::encode(request, protocol, &Offer::unknown().target_facts(), &mut body).unwrap();
    serde_json::from_slice(&body).unwrap()
}

/// The verdict of an endpoint of the request's own protocol.
fn verdict(request: &Request<'_>, ownership: &Ownership, endpoint: u64) -> Verdict {
    let offer = ownership.seen_from(OwnerId(endpoint), &Offer::unknown());
    let origin = request.origin.unwrap();
    match_offer(&Requirements::of(request), request.origin, origin, &offer, Policy::default())
}

fn reasons(verdict: &Verdict) -> Vec<String> {
    let Verdict::Impossible { reasons } = verdict else { return Vec::new() };
    reasons.iter().map(ToString::to_string).collect()
}

#[test]
fn every_kind_of_state_is_found_with_its_id() {
    let responses = decoded(
        Protocol::Responses,
        &json!({
            "previous_response_id": "resp_1",
            "conversation": {"id": "conv_1"},
            "prompt": {"id": "pmpt_1"},
            "tools": [{"type": "file_search", "vector_store_ids": ["vs_1", "vs_2"]}],
            "input": [
                {"type": "item_reference", "id": "msg_1"},
                {"type": "reasoning", "id": "rs_1", "summary": [], "encrypted_content": "sealed"},
                {"role": "user", "content": [
                    {"type": "input_image", "file_id": "file_1"}, {"type": "input_file", "file_id": "file_2"},
                ]},
            ],
        }),
    );
    let messages = decoded(
        Protocol::Messages,
        &json!({
            "max_tokens": 9,
            "container": "container_1",
            "messages": [
                {"role": "user", "content": [{"type": "container_upload", "file_id": "file_3"}]},
                {"role": "assistant", "content": [{"type": "thinking", "thinking": "hm", "signature": "signed"}]},
            ],
        }),
    );
    let mut found = BTreeMap::<&str, Vec<String>>::new();
    let chat = decoded(
        Protocol::Chat,
        &json!({"messages": [{"role": "user", "content": [
            {"type": "video_url", "video_url": {"url": "ms://video_1"}}, {"type": "video_url", "video_url": "ms://video_2"},
        ]}]}),
    );
    for request in [&responses, &messages, &chat] {
        each_held(request, &mut |held| {
            found.entry(held.feature.name()).or_default().push(held.id.unwrap().into_owned());
        });
    }
    let found: Vec<String> = found.iter().map(|(feature, ids)| format!("{feature} {}", ids.join(" "))).collect();
    assert_eq!(
        found,
        [
            "container container_1",
            "container_upload file_3",
            "conversation conv_1",
            "file_id file_2",
            "file_search_tool vs_1 vs_2",
            "image_file_id file_1",
            "item_reference msg_1",
            "previous_response resp_1",
            "prompt_template pmpt_1",
            "reasoning_replay sealed signed",
            "video_file_id ms://video_1 ms://video_2",
        ]
    );
}

#[test]
fn only_the_owner_serves_what_it_holds() {
    let request = decoded(Protocol::Responses, &json!({"input": "a", "previous_response_id": "resp_1"}));
    let known = Ownership::resolve(&request, &mut |_| Owner::Known(OwnerId(1)));
    assert!(verdict(&request, &known, 1).is_full());
    assert_eq!(reasons(&verdict(&request, &known, 2)), ["previous_response: owned_elsewhere"]);
    let unknown = Ownership::resolve(&request, &mut |_| Owner::Unknown);
    assert_eq!(reasons(&verdict(&request, &unknown, 1)), ["previous_response: owner_unknown"]);
    let anyone = Ownership::resolve(&request, &mut |_| Owner::Anyone);
    assert!(anyone.is_empty() && verdict(&request, &anyone, 2).is_full());
}

#[test]
fn sealed_reasoning_of_others_is_left_out() {
    let thinking = json!({"type": "thinking", "thinking": "hm", "signature": "signed"});
    let request = decoded(
        Protocol::Messages,
        &json!({"max_tokens": 9, "messages": [
            {"role": "assistant", "content": [thinking, {"type": "text", "text": "yes"}]},
            {"role": "user", "content": "sure?"},
        ]}),
    );
    for owner in [Owner::Known(OwnerId(1)), Owner::Unknown] {
        let ownership = Ownership::resolve(&request, &mut |_| owner);
        let verdict = verdict(&request, &ownership, 2);
        assert_eq!(verdict.steps().len(), 1);
        let (ready, ledger) = apply(&request, verdict.steps());
        assert_eq!(ledger.entries()[0].feature, Feature::ReasoningReplay);
        let text = json!([{"type": "text", "text": "yes"}]);
        assert_eq!(encoded(&ready, Protocol::Messages)["messages"][0]["content"], text);
    }
}

#[test]
fn state_of_two_owners_is_served_by_neither() {
    let file = |id: &str| json!({"type": "input_file", "file_id": id});
    let content = json!([{"role": "user", "content": [file("a"), file("b")]}]);
    let request = decoded(Protocol::Responses, &json!({"input": content}));
    let mut next = 0;
    let ownership = Ownership::resolve(&request, &mut |_| {
        next += 1;
        Owner::Known(OwnerId(next))
    });
    assert_eq!(reasons(&verdict(&request, &ownership, 1)), ["file_id: owned_elsewhere"]);
    assert_eq!(reasons(&verdict(&request, &ownership, 2)), ["file_id: owned_elsewhere"]);
    let record = serde_json::to_string(&ownership).unwrap();
    assert_eq!(serde_json::from_str::<Ownership>(&record).unwrap(), ownership);
}

#[test]
fn a_history_takes_the_place_of_its_id() {
    let request = decoded(
        Protocol::Responses,
        &json!({"instructions": "be brief", "input": "and in winter?", "previous_response_id": "resp_1"}),
    );
    let history = decoded(
        Protocol::Responses,
        &json!({"instructions": "be long", "input": [
            {"role": "user", "content": "how warm is it in summer?"},
            {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "30 degrees"}]},
        ]}),
    );
    let (whole, ledger) = supply_history(&request, &history);
    assert_eq!(ledger.entries().len(), 1);
    let needs = Requirements::of(&whole);
    let verdict = match_offer(&needs, whole.origin, Protocol::Messages, &Offer::unknown(), Policy::default());
    let (ready, _) = apply(&whole, verdict.steps());
    let body = encoded(&ready, Protocol::Messages);
    assert_eq!(body["system"], "be brief");
    let roles: Vec<&str> = body["messages"].as_array().unwrap().iter().filter_map(|m| m["role"].as_str()).collect();
    assert_eq!(roles, ["user", "assistant", "user"]);
    let foreign = decoded(Protocol::Chat, &json!({"messages": [{"role": "user", "content": "a"}]}));
    assert_eq!(supply_history(&request, &foreign), (request, switchback_ir::Ledger::new()));
}

#[test]
fn substitutes_are_used_where_the_endpoint_cannot_read_the_original() {
    let request = decoded(
        Protocol::Responses,
        &json!({"input": [{"role": "user", "content": [
            {"type": "input_image", "image_url": "https://example.com/a.png"},
            {"type": "input_file", "filename": "b.pdf", "file_data": "data:application/pdf;base64,JVBERi0="},
        ]}]}),
    );
    let mut supplies = Supplies::new();
    for part in &request.parts {
        let supply = if matches!(part.kind, PartKind::Image(_)) {
            Supply::Bytes { media_type: "image/png".into(), data: "iVBORw0K".into() }
        } else {
            Supply::Text("the second page".into())
        };
        supplies.insert(part.place, supply);
    }
    let offer = Offer::unknown().no(Feature::ImageUrl).no(Feature::FileBase64);
    let verdict_of =
        |needs: &Requirements| match_offer(needs, request.origin, Protocol::Chat, &offer, Policy::default());
    let bare = Requirements::of(&request);
    assert_eq!(reasons(&verdict_of(&bare)), ["image_url: not_offered", "file_base64: not_offered"]);

    let verdict = verdict_of(&bare.with_supplies(&request, &supplies));
    let names: Vec<&str> = verdict.steps().iter().map(switchback_capability::Step::name).collect();
    assert_eq!(names, ["url_to_bytes", "file_to_text"]);
    let (ready, ledger) = apply_with(&request, verdict.steps(), &supplies);
    assert_eq!(ledger.entries().len(), 2);
    let content = &encoded(&ready, Protocol::Chat)["messages"][0]["content"];
    assert_eq!(content[0]["image_url"]["url"], "data:image/png;base64,iVBORw0K");
    assert_eq!(content[1], json!({"type": "text", "text": "[Document: b.pdf]\nthe second page"}));
    assert!(verdict_of(&Requirements::of(&ready)).is_full());
}
