//! Whole responses row by row: what converters of others got wrong, each as a test. Rows are those of `docs/mapping.md`.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests fail by panicking"
)]

use serde_json::{Value, json};
use switchback_ir::{Limits, Line, Protocol, RawJson, Renamed, RequestContext};
use switchback_protocol::{Reply, ShownModel, decode_response, encode_response, law};

const CHAT: Protocol = Protocol::Chat;
const RESPONSES: Protocol = Protocol::Responses;
const MESSAGES: Protocol = Protocol::Messages;

/// The body and the ledger for a client that `reply` tells of; the laws hold on the way.
fn answered(from: Protocol, body: &Value, reply: &Reply<'_>) -> (Value, Vec<Line>) {
    let bytes = body.to_string();
    law::response_identity(from, bytes.as_bytes()).unwrap();
    for to in Protocol::ALL.into_iter().filter(|to| *to != from) {
        law::response_loss(from, to, bytes.as_bytes()).unwrap();
    }
    let made = law::plain_response(from, reply, bytes.as_bytes()).unwrap();
    (serde_json::from_slice(&made.body).unwrap(), made.lines)
}

fn convert(from: Protocol, to: Protocol, body: &Value) -> (Value, Vec<Line>) {
    answered(from, body, &Reply::new(&RequestContext::new(to)))
}

fn entries(lines: &[Line]) -> Vec<(&str, &str, &str)> {
    lines.iter().map(|line| (line.path.as_str(), line.feature, line.action)).collect()
}

fn reports(lines: &[Line], path: &str, feature: &str, action: &str) {
    assert!(entries(lines).contains(&(path, feature, action)), "{path} {feature} {action}: {:?}", entries(lines));
}

fn silent(lines: &[Line]) {
    let lost: Vec<_> = lines.iter().filter(|line| line.action == "dropped").collect();
    assert!(lost.is_empty(), "{lost:?}");
}

fn chat(message: &Value, finish: &str) -> Value {
    json!({"id": "c1", "object": "chat.completion", "created": 5, "model": "m",
        "choices": [{"index": 0, "message": message, "finish_reason": finish}]})
}

fn responses(output: &Value, status: &str, reason: Option<&str>) -> Value {
    let details = reason.map(|reason| json!({"reason": reason}));
    json!({"id": "resp_1", "object": "response", "created_at": 5, "model": "m", "status": status,
        "incomplete_details": details, "output": output})
}

fn messages(content: &Value, stop: &str) -> Value {
    json!({"id": "msg_1", "type": "message", "role": "assistant", "model": "m", "content": content,
        "stop_reason": stop, "stop_sequence": null, "usage": {"input_tokens": 3, "output_tokens": 1}})
}

fn text(text: &str) -> Value {
    json!({"type": "text", "text": text})
}

fn output_text(text: &str) -> Value {
    json!({"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": text, "annotations": []}]})
}

fn finish(body: &Value) -> &str {
    body["choices"][0]["finish_reason"].as_str().unwrap()
}

#[test]
fn the_finish_table_from_messages() {
    let call = json!({"type": "tool_use", "id": "t", "name": "f", "input": {}});
    for (stop, to_chat, (status, reason), lost) in [
        ("end_turn", "stop", ("completed", None), None),
        ("stop_sequence", "stop", ("completed", None), Some("stop_sequence_matched")),
        ("max_tokens", "length", ("incomplete", Some("max_output_tokens")), None),
        (
            "model_context_window_exceeded",
            "length",
            ("incomplete", Some("max_output_tokens")),
            Some("context_window_exceeded"),
        ),
        ("tool_use", "tool_calls", ("completed", None), None),
        ("pause_turn", "stop", ("completed", None), Some("pause_turn")),
        ("refusal", "content_filter", ("incomplete", Some("content_filter")), None),
        ("mystery", "stop", ("completed", None), Some("stop_reason_other")),
    ] {
        let content = if stop == "tool_use" { json!([call]) } else { json!([text("x")]) };
        let (body, lines) = convert(MESSAGES, CHAT, &messages(&content, stop));
        assert_eq!(finish(&body), to_chat, "{stop}");
        match lost {
            Some(feature) => reports(&lines, "/stop_reason", feature, "dropped"),
            None => silent(&lines),
        }
        let (body, _) = convert(MESSAGES, RESPONSES, &messages(&content, stop));
        assert_eq!(
            (body["status"].as_str(), body["incomplete_details"]["reason"].as_str()),
            (Some(status), reason),
            "{stop}"
        );
    }
}

#[test]
fn the_finish_table_into_messages() {
    for (reason, stop) in
        [("stop", "end_turn"), ("length", "max_tokens"), ("content_filter", "refusal"), ("mystery", "end_turn")]
    {
        let (body, _) = convert(CHAT, MESSAGES, &chat(&json!({"role": "assistant", "content": "x"}), reason));
        assert_eq!(body["stop_reason"], stop, "{reason}");
    }
    for (status, reason, stop, to_chat, lost) in [
        ("completed", None, "end_turn", "stop", None),
        ("incomplete", Some("max_output_tokens"), "max_tokens", "length", None),
        ("incomplete", Some("content_filter"), "refusal", "content_filter", None),
        ("cancelled", None, "end_turn", "stop", Some("unfinished_response")),
        ("queued", None, "end_turn", "stop", Some("unfinished_response")),
        ("in_progress", None, "end_turn", "stop", Some("unfinished_response")),
    ] {
        let source = responses(&json!([output_text("x")]), status, reason);
        let (body, lines) = convert(RESPONSES, MESSAGES, &source);
        assert_eq!(body["stop_reason"], stop, "{status} {reason:?}");
        if let Some(feature) = lost {
            reports(&lines, "/status", feature, "dropped");
        }
        assert_eq!(finish(&convert(RESPONSES, CHAT, &source).0), to_chat, "{status} {reason:?}");
    }
}

#[test]
fn a_failed_response_is_no_answer_elsewhere() {
    let mut body = responses(&json!([]), "failed", None);
    body["error"] = json!({"code": "server_error", "message": "no"});
    let response = decode_response(RESPONSES, body.to_string().leak().as_bytes(), &Limits::default()).unwrap();
    for client in [CHAT, MESSAGES] {
        let (context, mut out) = (RequestContext::new(client), Vec::new());
        let ledger = encode_response(&response, &Reply::new(&context), &mut out).unwrap_err();
        assert!(ledger.is_refusal() && out.is_empty());
    }
}

#[test]
fn a_call_is_what_makes_the_reason_tool_use() {
    let call = json!({"id": "call_1", "type": "function", "function": {"name": "f", "arguments": "{\"a\": 1.50}"}});
    let forced = chat(&json!({"role": "assistant", "content": null, "tool_calls": [call]}), "stop");
    let (body, _) = convert(CHAT, MESSAGES, &forced);
    assert_eq!((&body["stop_reason"], &body["content"][0]["type"]), (&json!("tool_use"), &json!("tool_use")));
    let (body, _) = convert(CHAT, MESSAGES, &chat(&json!({"role": "assistant", "content": "x"}), "tool_calls"));
    assert_eq!(body["stop_reason"], "end_turn", "no block, no tool_use");
    let item = json!({"type": "function_call", "call_id": "call_1", "name": "f", "arguments": "{}"});
    let (body, _) = convert(RESPONSES, CHAT, &responses(&json!([item]), "completed", None));
    assert_eq!((finish(&body), &body["choices"][0]["message"]["content"]), ("tool_calls", &Value::Null));
}

#[test]
fn a_refusal_has_three_shapes() {
    let sources = [
        (CHAT, chat(&json!({"role": "assistant", "content": null, "refusal": "I cannot."}), "stop")),
        (
            RESPONSES,
            responses(
                &json!([{"type": "message", "role": "assistant", "content": [{"type": "refusal", "refusal": "I cannot."}]}]),
                "completed",
                None,
            ),
        ),
        (MESSAGES, {
            let mut body = messages(&json!([]), "refusal");
            body["stop_details"] = json!({"type": "refusal", "category": null, "explanation": "I cannot."});
            body
        }),
    ];
    for (from, source) in sources {
        for to in Protocol::ALL.into_iter().filter(|to| *to != from) {
            let (body, lines) = convert(from, to, &source);
            assert!(!entries(&lines).iter().any(|entry| entry.1 == "refusal_text"), "{from} to {to}: {lines:?}");
            match to {
                Protocol::Chat => {
                    assert_eq!(body["choices"][0]["message"]["refusal"], "I cannot.");
                    assert_eq!(finish(&body), "stop");
                }
                Protocol::Responses => {
                    assert_eq!(body["output"][0]["content"][0], json!({"type": "refusal", "refusal": "I cannot."}));
                    assert_eq!(
                        (&body["status"], &body["output"][0]["status"]),
                        (&json!("completed"), &json!("completed"))
                    );
                }
                Protocol::Messages => {
                    assert_eq!(
                        (&body["stop_reason"], &body["stop_details"]["explanation"]),
                        (&json!("refusal"), &json!("I cannot."))
                    );
                }
            }
        }
    }
}

#[test]
fn input_tokens_are_inclusive_in_two_protocols_and_exclusive_in_one() {
    let mut body = messages(&json!([text("x")]), "end_turn");
    body["usage"] = json!({"input_tokens": 3, "cache_read_input_tokens": 100, "cache_creation_input_tokens": 20,
        "cache_creation": {"ephemeral_5m_input_tokens": 20, "ephemeral_1h_input_tokens": 0},
        "output_tokens": 5, "output_tokens_details": {"thinking_tokens": 2}});
    let (chat_body, lines) = convert(MESSAGES, CHAT, &body);
    assert_eq!(
        chat_body["usage"],
        json!({"prompt_tokens": 123, "completion_tokens": 5, "total_tokens": 128,
            "prompt_tokens_details": {"cached_tokens": 100, "cache_write_tokens": 20},
            "completion_tokens_details": {"reasoning_tokens": 2}})
    );
    reports(&lines, "/usage/cache_creation/ephemeral_5m_input_tokens", "usage_detail", "dropped");
    let (back, _) = convert(CHAT, MESSAGES, &chat_body);
    assert_eq!((&back["usage"]["input_tokens"], &back["usage"]["cache_read_input_tokens"]), (&json!(3), &json!(100)));
}

#[test]
fn absent_is_not_zero() {
    let body = messages(&json!([text("x")]), "end_turn");
    let (made, lines) = convert(MESSAGES, CHAT, &body);
    assert_eq!(made["usage"], json!({"prompt_tokens": 3, "completion_tokens": 1, "total_tokens": 4}));
    assert!(!entries(&lines).iter().any(|entry| entry.1 == "usage_absent"));
    // Where the target requires a count that nobody knows, the ledger says that it is made up.
    let (made, lines) = convert(MESSAGES, RESPONSES, &body);
    assert_eq!(made["usage"]["output_tokens_details"]["reasoning_tokens"], 0);
    reports(&lines, "/usage", "usage_absent", "synthesised");
    let (_, lines) = convert(CHAT, MESSAGES, &chat(&json!({"role": "assistant", "content": "x"}), "stop"));
    reports(&lines, "", "usage_absent", "synthesised");
}

#[test]
fn a_total_that_counts_more_and_counts_of_one_protocol_are_reported() {
    let mut body = chat(&json!({"role": "assistant", "content": "x"}), "stop");
    body["usage"] = json!({"prompt_tokens": 1, "completion_tokens": 2, "total_tokens": 9,
        "prompt_tokens_details": {"audio_tokens": 4}, "completion_tokens_details": {"accepted_prediction_tokens": 0}});
    let (_, lines) = convert(CHAT, MESSAGES, &body);
    reports(&lines, "/usage/total_tokens", "usage_detail", "dropped");
    reports(&lines, "/usage/prompt_tokens_details/audio_tokens", "usage_detail", "dropped");
    assert!(!entries(&lines).iter().any(|entry| entry.0.ends_with("accepted_prediction_tokens")));
    body["usage"] = json!({"prompt_tokens": 1, "completion_tokens": 2, "prompt_tokens_details": {"cached_tokens": 7}});
    let (made, lines) = convert(CHAT, MESSAGES, &body);
    assert_eq!(made["usage"]["input_tokens"], 0);
    reports(&lines, "/usage", "usage_inconsistent", "noted");
}

#[test]
fn several_texts_are_one_choice_and_calls_stay_in_it() {
    let call = json!({"type": "function_call", "call_id": "call_1", "name": "f", "arguments": "{}"});
    let source =
        responses(&json!([output_text("one "), output_text("two"), call, output_text("!")]), "completed", None);
    let (body, lines) = convert(RESPONSES, CHAT, &source);
    assert_eq!(body["choices"].as_array().unwrap().len(), 1);
    let message = &body["choices"][0]["message"];
    assert_eq!((&message["content"], &message["tool_calls"][0]["id"]), (&json!("one two!"), &json!("call_1")));
    reports(&lines, "/output/1/content/0", "output_boundaries", "noted");
    reports(&lines, "/output/3/content/0", "tool_call_order", "noted");
    let (body, _) = convert(RESPONSES, MESSAGES, &source);
    let kinds: Vec<_> = body["content"].as_array().unwrap().iter().map(|block| block["type"].clone()).collect();
    assert_eq!(kinds, ["text", "text", "tool_use", "text"], "order is kept where it can be");
}

#[test]
fn a_further_choice_is_reported_and_never_merged() {
    let mut body = chat(&json!({"role": "assistant", "content": "first"}), "stop");
    let second = json!({"index": 1, "message": {"role": "assistant", "content": "second"}, "finish_reason": "length"});
    body["choices"].as_array_mut().unwrap().push(second);
    let (made, lines) = convert(CHAT, MESSAGES, &body);
    assert_eq!((&made["content"], &made["stop_reason"]), (&json!([text("first")]), &json!("end_turn")));
    reports(&lines, "/choices/1/message", "extra_choice", "dropped");
    reports(&lines, "/choices/1/finish_reason", "extra_choice", "dropped");
}

#[test]
fn citations_move_with_their_text() {
    let cited = |text: &str, page: &str| {
        json!({"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": text, "annotations": [
            {"type": "url_citation", "start_index": 1, "end_index": 3, "url": page, "title": "T"},
            {"type": "file_citation", "file_id": "f", "filename": "n", "index": 0}]}]})
    };
    let source = responses(&json!([cited("żółw ", "https://a"), cited("two", "https://b")]), "completed", None);
    let (body, lines) = convert(RESPONSES, CHAT, &source);
    let found: Vec<_> = body["choices"][0]["message"]["annotations"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| (one["url_citation"]["url"].clone(), one["url_citation"]["start_index"].clone()))
        .collect();
    assert_eq!(found, [(json!("https://a"), json!(1)), (json!("https://b"), json!(6))], "in characters");
    reports(&lines, "/output/0/content/0/annotations/1", "citation_other", "dropped");
    let block = json!({"type": "text", "text": "four", "citations": [{"type": "web_search_result_location",
        "url": "https://a", "title": "T", "cited_text": "q", "encrypted_index": "E"}]});
    let (body, lines) = convert(MESSAGES, RESPONSES, &messages(&json!([block]), "end_turn"));
    assert_eq!(
        body["output"][0]["content"][0]["annotations"],
        json!([{"type": "url_citation", "start_index": 0, "end_index": 4, "url": "https://a", "title": "T"}])
    );
    reports(&lines, "/content/0/citations/0/encrypted_index", "citation_detail", "dropped");
}

#[test]
fn log_probabilities_go_with_the_text() {
    let list = json!([{"token": "x", "logprob": -0.50, "bytes": [120], "top_logprobs": []}]);
    let mut body = chat(&json!({"role": "assistant", "content": "x"}), "stop");
    body["choices"][0]["logprobs"] = json!({"content": list, "refusal": null});
    let (made, lines) = convert(CHAT, RESPONSES, &body);
    assert_eq!(made["output"][0]["content"][0]["logprobs"], list);
    silent(&lines);
    let (back, _) = convert(RESPONSES, CHAT, &made);
    assert_eq!(back["choices"][0]["logprobs"]["content"], list);
    let (_, lines) = convert(CHAT, MESSAGES, &body);
    reports(&lines, "/choices/0/logprobs/content", "response_logprobs", "dropped");
}

#[test]
fn reasoning_stays_sealed_with_its_provider() {
    let blocks = json!([
        {"type": "thinking", "thinking": "hm", "signature": "sig"},
        {"type": "thinking", "thinking": "", "signature": "sig2"},
        {"type": "redacted_thinking", "data": "gAAA"},
        text("x")]);
    let source = messages(&blocks, "end_turn");
    let (own, lines) = convert(MESSAGES, MESSAGES, &source);
    assert_eq!((&own, lines.len()), (&source, 0), "signed and empty stays as it is");
    let (body, lines) = convert(MESSAGES, RESPONSES, &source);
    let items = body["output"].as_array().unwrap();
    assert_eq!(items.len(), 2, "what nobody else can read is no item: {items:?}");
    assert_eq!(items[0]["summary"], json!([{"type": "summary_text", "text": "hm"}]));
    assert!(!body.to_string().contains("sig") && !body.to_string().contains("gAAA"));
    for path in ["/content/0/signature", "/content/1/signature", "/content/2/data"] {
        reports(&lines, path, "reasoning_replay", "dropped");
    }
    let (body, lines) = convert(MESSAGES, CHAT, &source);
    assert_eq!(body["choices"][0]["message"]["content"], "x", "never as visible text");
    reports(&lines, "/content/0/thinking", "reasoning_shown", "dropped");

    let item = json!({"type": "reasoning", "id": "rs_9", "encrypted_content": "gAAA",
        "summary": [{"type": "summary_text", "text": "a"}, {"type": "summary_text", "text": "b"}]});
    let (body, lines) = convert(RESPONSES, MESSAGES, &responses(&json!([item, output_text("x")]), "completed", None));
    assert_eq!(body["content"][0], json!({"type": "thinking", "thinking": "a\n\nb", "signature": ""}));
    reports(&lines, "/output/0/encrypted_content", "reasoning_replay", "dropped");
    reports(&lines, "/output/0/id", "item_id", "dropped");
}

#[test]
fn an_extension_of_chat_carries_reasoning_where_it_is_wanted() {
    let source = messages(&json!([{"type": "thinking", "thinking": "hm", "signature": "s"}, text("x")]), "end_turn");
    let context = RequestContext::new(CHAT);
    let (body, _) = answered(MESSAGES, &source, &Reply::new(&context).with_reasoning_extension());
    assert_eq!(body["choices"][0]["message"]["reasoning_content"], "hm");
    let message = json!({"role": "assistant", "content": "x", "reasoning_content": "hm", "reasoning": "hm",
        "reasoning_details": [{"type": "reasoning.text", "text": "hm"}]});
    let (body, lines) = convert(CHAT, MESSAGES, &chat(&message, "stop"));
    assert_eq!(body["content"].as_array().unwrap().len(), 2, "thought once: {body}");
    reports(&lines, "/choices/0/message/reasoning_details", "reasoning_extension_other", "dropped");
    let signed = json!({"role": "assistant", "content": "x", "reasoning_signature": "c2ln"});
    let (body, _) = convert(CHAT, MESSAGES, &chat(&signed, "stop"));
    assert_eq!(body["content"], json!([text("x")]), "a signature is no thought");
}

#[test]
fn items_of_the_providers_tools_are_reported() {
    let search = json!({"type": "web_search_call", "id": "ws_1", "status": "completed", "action": {"type": "search"}});
    let (body, lines) = convert(RESPONSES, CHAT, &responses(&json!([search, output_text("x")]), "completed", None));
    assert_eq!((&body["choices"][0]["message"]["content"], finish(&body)), (&json!("x"), "stop"));
    reports(&lines, "/output/0", "server_tool_item", "dropped");
    let used = json!({"type": "server_tool_use", "id": "s", "name": "web_search", "input": {}});
    let (body, lines) = convert(MESSAGES, RESPONSES, &messages(&json!([used, text("x")]), "end_turn"));
    assert_eq!(body["output"].as_array().unwrap().len(), 1);
    reports(&lines, "/content/0", "server_tool_item", "dropped");
}

#[test]
fn a_legacy_call_becomes_a_call() {
    let call = json!({"name": "f", "arguments": "{\"a\":1}"});
    let source = chat(&json!({"role": "assistant", "content": null, "function_call": call}), "function_call");
    let (body, lines) = convert(CHAT, MESSAGES, &source);
    assert_eq!((&body["content"][0]["input"], &body["stop_reason"]), (&json!({"a": 1}), &json!("tool_use")));
    reports(&lines, "/choices/0/message/function_call", "legacy_functions", "noted");
}

#[test]
fn names_ids_and_custom_tools_come_back_as_the_client_knows_them() {
    let mut context = RequestContext::new(CHAT);
    context.tool_names.push(Renamed { upstream: "patch_1".to_owned(), client: "patch it".to_owned() });
    context.call_ids.push(Renamed { upstream: "toolu_1".to_owned(), client: "call-ä".to_owned() });
    context.custom_tools.push("patch it".to_owned());
    let call = json!({"type": "tool_use", "id": "toolu_1", "name": "patch_1", "input": {"input": "*** \"Begin\"\n"}});
    let (body, lines) = answered(MESSAGES, &messages(&json!([call]), "tool_use"), &Reply::new(&context).created_at(5));
    assert_eq!(
        body["choices"][0]["message"]["tool_calls"][0],
        json!({"id": "call-ä", "type": "custom", "custom": {"name": "patch it", "input": "*** \"Begin\"\n"}})
    );
    assert_eq!(entries(&lines), []);
    let custom = json!({"type": "custom_tool_call", "call_id": "c", "name": "patch", "input": "x"});
    let (body, lines) = convert(RESPONSES, MESSAGES, &responses(&json!([custom]), "completed", None));
    assert_eq!((&body["content"][0]["input"], &body["stop_reason"]), (&json!({"input": "x"}), &json!("tool_use")));
    reports(&lines, "/output/0", "output_custom_call", "noted");
}

#[test]
fn arguments_that_are_no_object_are_reported_and_no_arguments_are_an_empty_one() {
    let call = |arguments: &str| {
        let call = json!({"id": "c", "type": "function", "function": {"name": "f", "arguments": arguments}});
        chat(&json!({"role": "assistant", "content": null, "tool_calls": [call]}), "tool_calls")
    };
    let (body, lines) = convert(CHAT, MESSAGES, &call(""));
    assert_eq!(body["content"][0]["input"], json!({}));
    silent(&lines.into_iter().filter(|line| line.feature != "creation_time").collect::<Vec<_>>());
    let (_, lines) = convert(CHAT, MESSAGES, &call("{\"cut\": "));
    reports(&lines, "/choices/0/message/tool_calls/0/function/arguments", "output_arguments", "dropped");
    let (body, _) = convert(CHAT, RESPONSES, &call("{\"cut\": "));
    assert_eq!(body["output"][0]["arguments"], "{\"cut\": ");
}

#[test]
fn the_client_sees_the_model_that_it_is_to_see() {
    let mut context = RequestContext::new(CHAT);
    context.model = Some("my-alias".to_owned());
    let own = chat(&json!({"role": "assistant", "content": "x"}), "stop");
    let foreign = messages(&json!([text("x")]), "end_turn");
    for (from, body) in [(CHAT, &own), (MESSAGES, &foreign)] {
        let shown = |model| answered(from, body, &Reply::new(&context).showing(model)).0["model"].clone();
        assert_eq!(shown(ShownModel::Upstream), "m");
        assert_eq!(shown(ShownModel::Requested), "my-alias");
        assert_eq!(shown(ShownModel::Resolved("openai/m")), "openai/m");
        let (made, _) = answered(from, body, &Reply::new(&context).with_id("mine"));
        assert_eq!(made["id"], "mine");
    }
    let reply = Reply::new(&context).showing(ShownModel::Requested);
    let body = json!({"id": null, "model": null, "choices": []});
    let made = law::plain_response(CHAT, &reply.with_id("mine"), body.to_string().as_bytes()).unwrap();
    assert_eq!(String::from_utf8(made.body).unwrap(), r#"{"model":"my-alias","id":"mine","choices":[]}"#);
}

#[test]
fn what_nobody_knows_is_made_up_and_said() {
    let (body, lines) = convert(MESSAGES, CHAT, &json!({"content": []}));
    assert_eq!((&body["id"], &body["model"], &body["created"]), (&json!("unknown"), &json!("unknown"), &json!(0)));
    let made: Vec<_> = lines.iter().map(|line| (line.feature, line.target.unwrap())).collect();
    for expected in [
        ("identity_absent", "/id"),
        ("identity_absent", "/model"),
        ("creation_time", "/created"),
        ("stop_reason_absent", "/choices/0/finish_reason"),
    ] {
        assert!(made.contains(&expected), "{expected:?} in {made:?}");
    }
    let context = RequestContext::new(CHAT);
    let (body, lines) = answered(MESSAGES, &messages(&json!([]), "end_turn"), &Reply::new(&context).created_at(7));
    assert_eq!((&body["created"], entries(&lines)), (&json!(7), vec![]));
}

#[test]
fn a_responses_client_gets_back_what_it_asked() {
    let mut context = RequestContext::new(RESPONSES);
    for (name, value) in [
        ("temperature", "0.50"),
        ("tools", r#"[{"type":"web_search"}]"#),
        ("truncation", r#""auto""#),
        ("service_tier", r#""auto""#),
    ] {
        context.echo.push((name.to_owned(), RawJson::parse(value).unwrap()));
    }
    let mut source = chat(&json!({"role": "assistant", "content": "x"}), "stop");
    source["service_tier"] = json!("flex");
    let bytes = source.to_string();
    let made = law::plain_response(CHAT, &Reply::new(&context), bytes.as_bytes()).unwrap();
    let made = String::from_utf8(made.body).unwrap();
    for part in [
        r#""temperature":0.50"#,
        r#""tools":[{"type":"web_search"}]"#,
        r#""truncation":"auto""#,
        r#""instructions":null"#,
        r#""tool_choice":"auto""#,
        r#""top_p":null"#,
        r#""created_at":5"#,
        r#""service_tier":"flex""#,
    ] {
        assert!(made.contains(part), "{part} in {made}");
    }
    assert_eq!(made.matches("service_tier").count(), 1, "the tier that served, not the one asked for");
}

#[test]
fn oddities_of_compatible_hosts_are_kept_and_reported() {
    let body = json!({"id": "c", "created": 1, "model": "m", "prompt_filter_results": [{"prompt_index": 0}],
        "choices": [{"index": 0, "finish_reason": "content_filter", "content_filter_results": {"hate": {"filtered": true}}}]});
    let (made, lines) = convert(CHAT, MESSAGES, &body);
    assert_eq!((&made["content"], &made["stop_reason"]), (&json!([]), &json!("refusal")));
    reports(&lines, "/prompt_filter_results", "unknown_field", "dropped");
    reports(&lines, "/choices/0/content_filter_results", "unknown_field", "dropped");
    let (made, _) = convert(CHAT, MESSAGES, &json!({"choices": [{"message": {"content": "no role"}}]}));
    assert_eq!(made["content"], json!([text("no role")]));
}

#[test]
fn unknown_members_and_words_stay_byte_for_byte_in_their_protocol() {
    let body = r#"{"x_new":[1.50, "\u00e9"],"id":"msg_1","content":[{"type":"future","n":1e0}],"stop_reason":"future","usage":{"input_tokens":1,"x":{"y":2.0}}}"#;
    let context = RequestContext::new(MESSAGES);
    let made = law::plain_response(MESSAGES, &Reply::new(&context), body.as_bytes()).unwrap();
    let made = String::from_utf8(made.body).unwrap();
    for part in [r#""x_new":[1.50, "\u00e9"]"#, r#"{"type":"future","n":1e0}"#, r#""x":{"y":2.0}"#, r#""future""#] {
        assert!(made.contains(part), "{part} in {made}");
    }
    let (_, lines) = convert(MESSAGES, CHAT, &serde_json::from_str(body).unwrap());
    for (path, feature) in [
        ("/x_new", "unknown_field"),
        ("/content/0", "unknown_part"),
        ("/stop_reason", "stop_reason_other"),
        ("/usage/x/y", "usage_detail"),
    ] {
        reports(&lines, path, feature, "dropped");
    }
}
