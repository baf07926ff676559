//! One body for each thing that broke, with the symptom.
#![allow(clippy::unwrap_used, reason = "tests fail by panicking")]

use switchback_ir::Protocol;
use switchback_protocol::law;

fn holds(from: Protocol, body: &str) {
    law::identity(from, body.as_bytes(), &law::plain).unwrap();
    for to in Protocol::ALL.into_iter().filter(|to| *to != from) {
        law::loss(from, to, body.as_bytes(), &law::plain).unwrap();
    }
}

#[test]
fn an_images_member_in_a_file_part_came_back_as_the_files_bytes() {
    let part = r#"{"type":"input_file","file_data":"data:text/plain;base64,eA==","image_url":"u","filename":"f"}"#;
    holds(Protocol::Responses, &format!(r#"{{"model":"m","input":[{{"role":"user","content":[{part}]}}]}}"#));
}

#[test]
fn an_item_whose_type_is_no_string_lost_it_unreported() {
    holds(Protocol::Responses, r#"{"model":"m","input":[{"type":0,"role":"user","content":"x"}]}"#);
}

#[test]
fn an_older_format_before_the_newer_one_was_refused_as_a_duplicate() {
    let format = r#"{"type":"json_schema","schema":{"type":"object"}}"#;
    let body = format!(
        r#"{{"model":"m","max_tokens":20,"messages":[],"output_format":{format},"output_config":{{"format":{format}}}}}"#
    );
    holds(Protocol::Messages, &body);
}

#[test]
fn two_breakpoints_on_one_part_were_written_under_one_name() {
    let part = r#"{"type":"text","text":"x","prompt_cache_breakpoint":{"mode":"explicit"},"cache_control":{"type":"ephemeral"}}"#;
    holds(Protocol::Chat, &format!(r#"{{"model":"m","messages":[{{"role":"user","content":[{part}]}}]}}"#));
}

#[test]
fn the_result_of_a_custom_tool_stayed_behind_without_its_call() {
    let body = r#"{"model":"m","messages":[
        {"role":"assistant","tool_calls":[{"id":"c","type":"custom","custom":{"name":"patch","input":"x"}}]},
        {"role":"tool","tool_call_id":"c","content":"done"}]}"#;
    holds(Protocol::Chat, body);
    let there = law::plain(Protocol::Chat, Protocol::Messages, &switchback_ir::TargetFacts::default(), body.as_bytes());
    assert!(!String::from_utf8(there.unwrap().body).unwrap().contains("tool_result"));
}
