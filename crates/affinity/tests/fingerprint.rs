//! What changes a fingerprint, and what does not.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests fail by panicking")]
#![cfg(feature = "ir")]

use proptest::prelude::*;
use switchback_affinity::{Fingerprint, PromptKey, Secret};
use switchback_ir::{Limits, Protocol};
use switchback_protocol::decode;

fn key() -> PromptKey {
    Secret::new([7; 32]).prompts_of(b"acme")
}

fn of(protocol: Protocol, body: &str) -> Fingerprint {
    Fingerprint::of(&decode(protocol, body.as_bytes(), &Limits::default()).unwrap(), &key())
}

fn chat(system: &str, turns: &[String], tool: &str) -> String {
    let turns: Vec<_> = turns
        .iter()
        .enumerate()
        .map(|(at, text)| {
            format!(r#"{{"role":"{}","content":"{text}"}}"#, if at % 2 == 0 { "user" } else { "assistant" })
        })
        .collect();
    format!(
        r#"{{"model":"m","messages":[{{"role":"system","content":"{system}"}},{}],"tools":[{{"type":"function","function":{{"name":"{tool}","parameters":{{"type":"object"}}}}}}]}}"#,
        turns.join(",")
    )
}

proptest! {
    #[test]
    fn a_change_shows_from_its_place_on_and_not_before(
        turns in proptest::collection::vec("[a-z ]{1,30}", 1..8), at in any::<prop::sample::Index>(),
    ) {
        let at = at.index(turns.len());
        let before = of(Protocol::Chat, &chat("s", &turns, "t"));
        let mut changed = turns.clone();
        changed[at].push('!');
        let after = of(Protocol::Chat, &chat("s", &changed, "t"));
        prop_assert_eq!((before.tools, before.system), (after.tools, after.system));
        for (index, (one, other)) in before.messages.iter().zip(&after.messages).enumerate() {
            prop_assert_eq!(one.hash == other.hash, index < at);
        }
    }

    #[test]
    fn equal_prompts_of_two_tenants_never_meet(turns in proptest::collection::vec("[a-z ]{1,30}", 1..4), a in any::<[u8; 4]>(), b in any::<[u8; 4]>()) {
        prop_assume!(a != b);
        let body = chat("s", &turns, "t");
        let request = decode(Protocol::Chat, body.as_bytes(), &Limits::default()).unwrap();
        let of = |tenant: &[u8]| Fingerprint::of(&request, &Secret::new([7; 32]).prompts_of(tenant));
        let (one, other) = (of(&a), of(&b));
        prop_assert!(one.tools.hash != other.tools.hash && one.system.hash != other.system.hash);
        prop_assert!(one.messages.iter().zip(&other.messages).all(|(one, other)| one.hash != other.hash));
    }

    #[test]
    fn two_texts_do_not_run_together(a in "[a-z]{1,8}", b in "[a-z]{1,8}") {
        let joined = of(Protocol::Chat, &chat("s", &[format!("{a}{b}")], "t"));
        let parted = of(Protocol::Chat, &format!(r#"{{"model":"m","messages":[{{"role":"system","content":"s"}},{{"role":"user","content":[{{"type":"text","text":"{a}"}},{{"type":"text","text":"{b}"}}]}}],"tools":[{{"type":"function","function":{{"name":"t","parameters":{{"type":"object"}}}}}}]}}"#));
        prop_assert_ne!(joined.messages.last(), parted.messages.last());
    }
}

#[test]
fn layers_fall_as_providers_let_them() {
    let base = of(Protocol::Chat, &chat("s", &["hi".into()], "t"));
    let tool = of(Protocol::Chat, &chat("s", &["hi".into()], "other"));
    assert!(tool.tools != base.tools && tool.system != base.system && tool.messages != base.messages);
    let system = of(Protocol::Chat, &chat("other", &["hi".into()], "t"));
    assert!(system.tools == base.tools && system.system != base.system && system.messages != base.messages);
    let effort = chat("s", &["hi".into()], "t").replace(r#""model":"m""#, r#""model":"m","reasoning_effort":"low""#);
    let effort = of(Protocol::Chat, &effort);
    assert!(effort.tools == base.tools && effort.system == base.system && effort.messages != base.messages);
}

/// One conversation with a tool call, as three clients write it.
const THREE: [(Protocol, &str); 3] = [
    (
        Protocol::Chat,
        r#"{"model":"m","messages":[{"role":"system","content":"be\nbrief"},{"role":"user","content":"weather?"},
        {"role":"assistant","content":"a look","tool_calls":[{"id":"c1","type":"function","function":{"name":"f","arguments":"{\"a\": 1}"}}]},
        {"role":"tool","tool_call_id":"c1","content":"sun"},{"role":"user","content":"thanks"}],
        "tools":[{"type":"function","function":{"name":"f","parameters":{"type":"object"}}}]}"#,
    ),
    (
        Protocol::Responses,
        r#"{"model":"m","instructions":"be\nbrief","input":[{"role":"user","content":"weather?"},
        {"type":"message","role":"assistant","content":[{"type":"output_text","text":"a look"}]},
        {"type":"function_call","call_id":"c1","name":"f","arguments":"{\"a\": 1}"},
        {"type":"function_call_output","call_id":"c1","output":"sun"},{"role":"user","content":"thanks"}],
        "tools":[{"type":"function","name":"f","parameters":{"type":"object"},"strict":false}]}"#,
    ),
    (
        Protocol::Messages,
        r#"{"model":"m","max_tokens":9,"system":"be\nbrief","messages":[{"role":"user","content":"weather?"},
        {"role":"assistant","content":[{"type":"text","text":"a look"},{"type":"tool_use","id":"c1","name":"f","input":{"a": 1}}]},
        {"role":"user","content":[{"type":"tool_result","tool_use_id":"c1","content":"sun"},{"type":"text","text":"thanks"}]}],
        "tools":[{"name":"f","input_schema":{"type":"object"}}]}"#,
    ),
];

#[test]
fn one_conversation_is_one_in_three_protocols() {
    let [chat, responses, messages] = THREE.map(|(protocol, body)| of(protocol, body));
    for other in [&responses, &messages] {
        assert_eq!((chat.tools, chat.system), (other.tools, other.system));
        assert_eq!(chat.messages.last(), other.messages.last());
        assert_eq!(chat.messages.first(), other.messages.first());
    }
}

proptest! {
    /// Arguments are hashed in blocks, those of a string through a buffer.
    #[test]
    fn arguments_are_the_same_as_a_string_and_as_an_object(text in "[a-zé\"\\\\\n ]{0,3000}") {
        let object = format!("{{\"a\": {}}}", serde_json::to_string(&text).unwrap());
        let string = serde_json::to_string(&object).unwrap();
        let chat = of(Protocol::Chat, &format!(r#"{{"model":"m","messages":[{{"role":"assistant","tool_calls":[{{"id":"c","type":"function","function":{{"name":"f","arguments":{string}}}}}]}}]}}"#));
        let messages = of(Protocol::Messages, &format!(r#"{{"model":"m","max_tokens":9,"messages":[{{"role":"assistant","content":[{{"type":"tool_use","id":"c","name":"f","input":{object}}}]}}]}}"#));
        prop_assert_eq!(chat.messages, messages.messages);
    }
}

#[test]
fn what_an_earlier_request_had_ends_before_the_assistants_last_turn() {
    let (protocol, body) = THREE[0];
    let request = decode(protocol, body.as_bytes(), &Limits::default()).unwrap();
    let fingerprint = Fingerprint::of(&request, &key());
    assert_eq!(fingerprint.earlier(&request), Some(fingerprint.messages[0]));
    assert_eq!(Some(fingerprint.whole()), fingerprint.messages.last().copied());
    assert_eq!(fingerprint.opening(&request), fingerprint.messages[0]);
    let mut used = fingerprint.clone();
    let key = key();
    let info = allocation_counter::measure(|| used.fill(&request, &key));
    assert_eq!((info.count_total, used), (0, fingerprint));
}
