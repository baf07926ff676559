//! Hosts that speak Chat Completions with words of their own: their bodies decode, keep every word within the protocol,
//! and say by path what another one does not have. Recorded ones are among those of `corpus.rs`.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests fail by panicking")]

use switchback_ir::{Protocol, TargetFacts};
use switchback_protocol::law;

/// Options of hosts beside those of the vendor, with numbers and spaces that a reader could lose.
const OPTIONS: &[(&str, &str)] = &[
    ("top_k", "40"),
    ("top_a", "0.10"),
    ("min_p", "0.050"),
    ("repetition_penalty", "1.10"),
    ("length_penalty", "1e0"),
    ("best_of", "1"),
    ("use_beam_search", "false"),
    ("ignore_eos", "true"),
    ("stop_token_ids", "[ 1, 2 ]"),
    ("guided_json", r#"{"type" : "object"}"#),
    ("chat_template_kwargs", r#"{"enable_thinking" : false}"#),
    ("enable_thinking", "true"),
    ("thinking", r#"{"type":"enabled" , "budget_tokens":2048}"#),
    ("thinking_budget", "2048"),
    ("reasoning", r#"{"effort":"high","exclude" : false}"#),
    ("include_reasoning", "true"),
    ("provider", r#"{"order":["a","b"],"allow_fallbacks" : true}"#),
    ("models", r#"["m1","m2"]"#),
    ("route", r#""fallback""#),
    ("transforms", r#"["middle-out"]"#),
    ("plugins", r#"[{"id":"web"}]"#),
    ("usage", r#"{"include":true}"#),
    ("extra_body", r#"{"a":{"b":[1.50 , null]}}"#),
    ("safe_prompt", "false"),
    ("random_seed", "7"),
];

/// Members of messages: reasoning that hosts hand out and take back, and marks of their own.
const MEMBERS: &[(&str, &str, &str)] = &[
    ("reasoning_content", r#""hm\u00e9""#, "reasoning_text"),
    ("reasoning", r#""hm""#, "reasoning_text"),
    ("reasoning_details", r#"[{"type":"reasoning.text","text":"hm","signature" : null}]"#, "reasoning_text"),
    ("thinking", r#""hm""#, "unknown_field"),
    ("thinking_blocks", r#"[{"type":"thinking","thinking":"hm","signature":"s"}]"#, "unknown_field"),
    ("provider_specific_fields", r#"{"a" : 1.50}"#, "unknown_field"),
    ("prefix", "true", "unknown_field"),
];

/// Parts of hosts: sound and videos by where their bytes are, and what nobody knows.
const PARTS: &[(&str, &str)] = &[
    (r#"{"type":"video_url","video_url":{"url":"https://a.example/v.mp4","fps" : 1.50}}"#, "video_url"),
    (r#"{"type":"video_url","video_url":{"url":"data:video/mp4;base64,AAAA"}}"#, "video_base64"),
    (r#"{"video_url":"data:video/mp4;base64,AAAA","type":"video_url"}"#, "video_base64"),
    (r#"{"type":"file","file":{"file_data":"data:video/mp4;base64,AAAA","filename":"v"}}"#, "video_base64"),
    (r#"{"type":"audio_url","audio_url":{"url":"http://a.example/a.wav"}}"#, "audio_url"),
    (r#"{"type":"audio_url","audio_url":{"url":"data:audio/wav;base64,AAAA"}}"#, "audio_input"),
    (r#"{"type":"file","file":{"file_data":"data:audio/wav;base64,AAAA","filename":"a"}}"#, "audio_input"),
    (r#"{"type":"video_url","video_url":{"frames" : 1.50}}"#, "unknown_part"),
    (r#"{"type":"image_embeds","image_embeds":"AAAA"}"#, "unknown_part"),
];

#[test]
fn a_video_that_a_provider_holds_is_for_that_provider_alone() {
    for source in [r#""ms://file_1""#, r#"{"url":"ms://file_1"}"#] {
        let part = format!(r#"{{"type":"video_url","video_url":{source}}}"#);
        let body = format!(r#"{{"model":"m","messages":[{{"role":"user","content":[{part}]}}]}}"#);
        law::identity(Protocol::Chat, body.as_bytes(), &law::plain).unwrap();
        for to in [Protocol::Responses, Protocol::Messages] {
            let refused = law::plain(Protocol::Chat, to, &TargetFacts::default(), body.as_bytes()).unwrap_err();
            assert_eq!(refused.to_string(), "refused: `video_file_id` at `/messages/0/content/0`");
        }
    }
}

/// The body within its protocol has the member as it came; in each other it is gone, and the ledger says where it was.
fn kept_and_reported(body: &str, member: &str, path: &str, feature: &str) {
    law::identity(Protocol::Chat, body.as_bytes(), &law::plain).unwrap();
    let own = law::plain(Protocol::Chat, Protocol::Chat, &TargetFacts::default(), body.as_bytes()).unwrap();
    assert!(String::from_utf8(own.body).unwrap().contains(member), "{member}");
    for to in [Protocol::Responses, Protocol::Messages] {
        law::loss(Protocol::Chat, to, body.as_bytes(), &law::plain).unwrap();
        let made = law::plain(Protocol::Chat, to, &TargetFacts::default(), body.as_bytes()).unwrap();
        let line = made.lines.iter().find(|line| line.path == path).unwrap_or_else(|| panic!("{path} to {to}"));
        assert_eq!((line.feature, line.action), (feature, "dropped"), "{path} to {to}");
    }
}

#[test]
fn options_of_hosts_are_kept_and_reported_across() {
    for (name, value) in OPTIONS {
        let member = format!("\"{name}\":{value}");
        let body = format!(r#"{{"model":"m","messages":[{{"role":"user","content":"x"}}],{member}}}"#);
        kept_and_reported(&body, &member, &format!("/{name}"), "unknown_field");
    }
}

#[test]
fn members_of_messages_are_kept_and_reported_across() {
    for (name, value, feature) in MEMBERS {
        let member = format!("\"{name}\":{value}");
        let assistant = format!(r#"{{"role":"assistant","content":"a",{member}}}"#);
        let body = format!(r#"{{"model":"m","messages":[{assistant},{{"role":"user","content":"x"}}]}}"#);
        kept_and_reported(&body, &member, &format!("/messages/0/{name}"), feature);
    }
}

#[test]
fn members_of_parts_and_tools_are_kept_and_reported_across() {
    for (part, feature) in PARTS {
        let text = r#"{"type":"text","text":"x"}"#;
        let body = format!(r#"{{"model":"m","messages":[{{"role":"user","content":[{part},{text}]}}]}}"#);
        kept_and_reported(&body, part, "/messages/0/content/0", feature);
    }

    let tool = r#"{"type":"browser_search","depth" : 1.50}"#;
    let body = format!(r#"{{"model":"m","messages":[],"tools":[{tool}]}}"#);
    kept_and_reported(&body, tool, "/tools/0", "hosted_tool");

    let member = r#""cache":1"#;
    let tool = format!(r#"{{"type":"function","function":{{"name":"f",{member}}}}}"#);
    let body = format!(r#"{{"model":"m","messages":[],"tools":[{tool}]}}"#);
    kept_and_reported(&body, member, "/tools/0/function/cache", "unknown_field");
}

#[test]
fn what_hosts_leave_out_is_no_error() {
    let bodies = [
        r#"{"messages":[{"role":"user","content":"no model, as some hosts put it into the path"}]}"#,
        r#"{"model":"m","messages":[{"role":"assistant","tool_calls":[{"id":"a","function":{"name":"f","arguments":"{}"}}]}]}"#,
        r#"{"model":"m","messages":[{"role":"assistant","content":null,"tool_calls":[]},{"role":"tool","content":"r"}]}"#,
        r#"{"model":"m","messages":[{"role":"tool","tool_call_id":"a","content":null}],"tools":null,"stop":null}"#,
    ];
    for body in bodies {
        law::identity(Protocol::Chat, body.as_bytes(), &law::plain).unwrap();
        for to in [Protocol::Responses, Protocol::Messages] {
            law::loss(Protocol::Chat, to, body.as_bytes(), &law::plain)
                .unwrap_or_else(|broken| panic!("{body}: {broken}"));
        }
    }
}
