//! What each rewrite makes of a body: bytes in, steps, bytes out, and the ledger with its pointers.

#![allow(clippy::unwrap_used, clippy::panic, clippy::needless_pass_by_value, reason = "tests fail by panicking")]

use serde_json::{Value, json};
use switchback_capability::{Degradation, Offer, Policy, Requirements, apply, fit, match_offer};
use switchback_ir::{Feature, Ledger, Limits, Protocol, TargetFacts};

/// What became of a body: the body in the target's form, the steps, and the ledger as `path feature action`.
struct Outcome {
    body: Value,
    steps: Vec<String>,
    lines: Vec<String>,
}

/// Matches, degrades under the policy that permits everything, and encodes in strict mode.
fn degrade(from: Protocol, body: Value, to: Protocol, offer: &Offer) -> Outcome {
    let source = serde_json::to_vec(&body).unwrap();
    let request = switchback_protocol::decode(from, &source, &Limits::default()).unwrap();
    let policy = Policy::default().degradation(Degradation::Anything);
    let verdict = match_offer(&Requirements::of(&request), request.origin, to, offer, policy);
    assert!(verdict.cost().is_some(), "{verdict:?}");
    let (ready, ledger) = apply(&request, verdict.steps());
    let mut out = Vec::new();
    let rest = switchback_protocol::encode(&ready, to, &offer.target_facts(), &mut out).unwrap();
    assert!(!switchback_ir::Fidelity::Strict.rejects(&rest), "{rest:?}");
    let steps = verdict.steps().iter().map(|step| format!("{} {}", step.name(), step.feature)).collect();
    Outcome { body: serde_json::from_slice(&out).unwrap(), steps, lines: lines(&ledger, &source) }
}

/// Converts with the default profile, which leaves the rest to the encoder.
fn convert(from: Protocol, body: Value, to: Protocol) -> Outcome {
    let source = serde_json::to_vec(&body).unwrap();
    let request = switchback_protocol::decode(from, &source, &Limits::default()).unwrap();
    let (ready, ledger) = fit(request, to, &TargetFacts::default());
    let mut out = Vec::new();
    switchback_protocol::encode(&ready, to, &TargetFacts::default(), &mut out).unwrap();
    Outcome { body: serde_json::from_slice(&out).unwrap(), steps: Vec::new(), lines: lines(&ledger, &source) }
}

fn lines(ledger: &Ledger, source: &[u8]) -> Vec<String> {
    ledger.resolve(source).iter().map(|line| format!("{} {} {}", line.path, line.feature, line.action)).collect()
}

fn chat(members: Value) -> Value {
    with(json!({"model": "m", "messages": [{"role": "user", "content": "hi"}]}), members)
}

fn messages(members: Value) -> Value {
    with(json!({"model": "m", "max_tokens": 100, "messages": [{"role": "user", "content": "hi"}]}), members)
}

fn with(mut body: Value, members: Value) -> Value {
    let Value::Object(members) = members else { panic!("members are an object") };
    body.as_object_mut().unwrap().extend(members);
    body
}

const SCHEMA: &str = r#"{"type":"object","properties":{"n":{"type":"integer"}}}"#;

fn schema() -> Value {
    let schema: Value = serde_json::from_str(SCHEMA).unwrap();
    json!({"response_format": {"type": "json_schema", "json_schema": {"name": "n", "schema": schema, "strict": true}}})
}

#[test]
fn a_schema_becomes_a_function_that_has_to_be_called() {
    let parameters: Value = serde_json::from_str(SCHEMA).unwrap();
    let words = "Call this function once, with the whole answer as its arguments.";
    let outcome = |to| degrade(Protocol::Chat, chat(schema()), to, &Offer::unknown().no(Feature::JsonSchema));
    let in_chat = outcome(Protocol::Chat);
    assert_eq!(in_chat.steps, ["schema_to_tool json_schema"]);
    let function = json!({"name": "answer", "description": words, "parameters": parameters, "strict": true});
    assert_eq!(in_chat.body["tools"], json!([{"type": "function", "function": function}]));
    assert_eq!((&in_chat.body["tool_choice"], in_chat.body.get("response_format")), (&json!("required"), None));
    assert_eq!(in_chat.lines[0], "/response_format json_schema degraded");

    let in_responses = outcome(Protocol::Responses);
    assert_eq!(in_responses.body["tools"][0]["name"], "answer");
    assert_eq!(in_responses.body["tool_choice"], "required");
    let in_messages = outcome(Protocol::Messages);
    assert_eq!(in_messages.body["tools"][0]["input_schema"], parameters);
    assert_eq!(in_messages.body["tool_choice"], json!({"type": "any"}));
}

#[test]
fn a_schema_beside_tools_or_thinking_is_asked_for_in_words() {
    let tool = json!({"type": "function", "function": {"name": "f"}});
    let offer = Offer::unknown().no(Feature::JsonSchema);
    let outcome = degrade(Protocol::Chat, with(chat(schema()), json!({"tools": [tool]})), Protocol::Chat, &offer);
    assert_eq!(outcome.steps, ["schema_to_json_object json_schema"]);
    let body = messages(json!({
        "thinking": {"type": "adaptive"},
        "output_config": {"format": {"type": "json_schema", "schema": {"type": "object"}}},
    }));
    let outcome = degrade(Protocol::Messages, body, Protocol::Messages, &offer);
    assert_eq!(outcome.steps, ["schema_to_text json_schema"]);
}

#[test]
fn calls_one_at_a_time_need_no_word_of_the_request() {
    let tool = json!({"type": "function", "function": {"name": "f"}});
    let body = chat(json!({"tools": [tool], "parallel_tool_calls": false}));
    let offer = Offer::unknown().no(Feature::ParallelToolCallsOff);
    let outcome = degrade(Protocol::Chat, body, Protocol::Messages, &offer);
    assert_eq!(outcome.steps, ["keep_first_call parallel_tool_calls_off"]);
    assert_eq!(outcome.body.get("tool_choice"), None);
    assert_eq!(outcome.lines, ["/parallel_tool_calls parallel_tool_calls_off degraded"]);
}

#[test]
fn a_schema_becomes_a_json_object_with_the_schema_in_the_instructions() {
    let offer = Offer::unknown().no(Feature::JsonSchema).no(Feature::Tools);
    let outcome = degrade(Protocol::Chat, chat(schema()), Protocol::Chat, &offer);
    assert_eq!(outcome.steps, ["schema_to_json_object json_schema"]);
    assert_eq!(outcome.body["response_format"], json!({"type": "json_object"}));
    assert_eq!(outcome.body["messages"][0]["role"], "system");
    let words = outcome.body["messages"][0]["content"].as_str().unwrap();
    assert!(words.starts_with("Answer with one JSON object") && words.ends_with(SCHEMA), "{words}");
    assert_eq!(outcome.body["messages"][1], json!({"role": "user", "content": "hi"}));
    assert_eq!(
        outcome.lines,
        [
            "/response_format json_schema degraded",
            "/response_format/json_schema/name json_schema_name degraded",
            "/response_format/json_schema/strict json_schema_strict degraded",
        ]
    );
}

#[test]
fn without_json_objects_a_schema_becomes_text() {
    let offer = Offer::unknown().no(Feature::JsonSchema).no(Feature::JsonObject).no(Feature::Tools);
    let outcome = degrade(Protocol::Chat, chat(schema()), Protocol::Chat, &offer);
    assert_eq!(outcome.steps, ["schema_to_text json_schema"]);
    assert_eq!(outcome.body.get("response_format"), None);
    assert!(outcome.body["messages"][0]["content"].as_str().unwrap().ends_with(SCHEMA));
}

#[test]
fn the_description_of_a_schema_moves_into_it_where_messages_has_none() {
    let format = |schema: Value| {
        let named = json!({"name": "n", "description": "the answer", "schema": schema});
        chat(json!({"response_format": {"type": "json_schema", "json_schema": named}}))
    };
    let schema = |outcome: &Outcome| outcome.body["output_config"]["format"]["schema"].clone();
    let outcome = convert(Protocol::Chat, format(json!({"type": "object"})), Protocol::Messages);
    assert_eq!(schema(&outcome), json!({"description": "the answer", "type": "object"}));
    assert_eq!(outcome.lines, ["/response_format/json_schema/description json_schema_description degraded"]);
    let described = convert(Protocol::Chat, format(json!({"description": "own"})), Protocol::Messages);
    assert_eq!(schema(&described), json!({"description": "own"}));
}

#[test]
fn instructions_of_messages_are_joined_and_keep_their_own_text() {
    let body = messages(json!({
        "system": "be brief",
        "output_config": {"format": {"type": "json_schema", "schema": {"type": "object"}}},
    }));
    let offer = Offer::unknown().no(Feature::JsonSchema).no(Feature::Tools);
    let outcome = degrade(Protocol::Messages, body, Protocol::Messages, &offer);
    assert_eq!(outcome.steps, ["schema_to_text json_schema"], "Messages has no JSON objects");
    assert_eq!(outcome.body["system"][0], json!({"type": "text", "text": "be brief"}));
    assert!(outcome.body["system"][1]["text"].as_str().unwrap().ends_with(r#"{"type":"object"}"#));
    assert_eq!(outcome.body["messages"].as_array().unwrap().len(), 1);
}

#[test]
fn json_is_asked_for_in_words_where_messages_has_no_json_object() {
    let outcome =
        convert(Protocol::Chat, chat(json!({"response_format": {"type": "json_object"}})), Protocol::Messages);
    assert!(outcome.body["system"].as_str().unwrap().starts_with("Answer with one JSON object"));
    assert_eq!(outcome.lines, ["/response_format json_object degraded"]);
}

#[test]
fn a_system_message_between_turns_becomes_marked_text_of_the_user() {
    let body = json!({"model": "m", "messages": [
        {"role": "system", "content": "first"},
        {"role": "user", "content": "hi"},
        {"role": "assistant", "content": null, "tool_calls": [
            {"id": "c", "type": "function", "function": {"name": "f", "arguments": "{}"}},
        ]},
        {"role": "system", "content": "speak French"},
        {"role": "tool", "tool_call_id": "c", "content": "42"},
        {"role": "user", "content": "and?"},
    ]});
    let outcome = convert(Protocol::Chat, body, Protocol::Messages);
    assert_eq!(outcome.body["system"], "first");
    let turns = outcome.body["messages"].as_array().unwrap();
    assert_eq!(turns[1]["role"], "assistant");
    assert_eq!(turns[2]["content"][0]["type"], "tool_result", "a result follows its call");
    assert_eq!(
        turns[3],
        json!({"role": "user", "content": [
            {"type": "text", "text": "[System instruction, given at this point of the conversation:]"},
            {"type": "text", "text": "speak French"},
            {"type": "text", "text": "[End of the system instruction.]"},
        ]})
    );
    assert_eq!(outcome.lines, ["/messages/3 mid_conversation_system degraded"]);
}

#[test]
fn a_developer_is_a_system_where_there_is_no_developer() {
    let body = json!({"model": "m", "messages": [
        {"role": "developer", "content": "be brief"}, {"role": "user", "content": "hi"},
    ]});
    let offer = Offer::unknown().no(Feature::DeveloperRole);
    let outcome = degrade(Protocol::Chat, body, Protocol::Chat, &offer);
    assert_eq!(outcome.body["messages"][0], json!({"role": "system", "content": "be brief"}));
    assert_eq!(outcome.lines, ["/messages/0/role developer_role degraded"]);
}

#[test]
fn instructions_become_text_of_the_user_where_a_model_takes_none() {
    let body = with(json!({"instructions": "be brief", "input": "hi"}), json!({"model": "m"}));
    let outcome = degrade(Protocol::Responses, body, Protocol::Responses, &Offer::unknown().no(Feature::SystemText));
    assert_eq!(outcome.steps, ["system_to_user system_text"]);
    assert_eq!(outcome.body.get("instructions"), None);
    let input = outcome.body["input"].as_array().unwrap();
    assert_eq!(input[0]["role"], "user");
    assert_eq!(input[0]["content"][1]["text"], "be brief");
    assert_eq!(input[1]["content"], "hi");
}

#[test]
fn a_prefill_becomes_an_instruction() {
    let body = messages(json!({"messages": [
        {"role": "user", "content": "hi"}, {"role": "assistant", "content": "{\"n\":"},
    ]}));
    let outcome = degrade(Protocol::Messages, body, Protocol::Messages, &Offer::unknown().no(Feature::Prefill));
    assert_eq!(outcome.steps, ["prefill_to_instruction prefill"]);
    assert_eq!(outcome.body["messages"], json!([{"role": "user", "content": "hi"}]));
    assert_eq!(outcome.body["system"][1]["text"], "{\"n\":");
    assert_eq!(outcome.lines, ["/messages/1 prefill degraded"]);
}

#[test]
fn efforts_and_budgets_become_the_nearest_that_the_target_has() {
    let minimal = convert(Protocol::Chat, chat(json!({"reasoning_effort": "minimal"})), Protocol::Messages);
    assert_eq!(minimal.body["output_config"]["effort"], "low");
    assert_eq!(minimal.lines, ["/reasoning_effort reasoning_effort_minimal degraded"]);

    for (budget, effort) in [(1_024, "low"), (4_095, "low"), (4_096, "medium"), (16_383, "medium"), (16_384, "high")] {
        let body = messages(json!({"thinking": {"type": "enabled", "budget_tokens": budget}}));
        let outcome = convert(Protocol::Messages, body, Protocol::Chat);
        assert_eq!(outcome.body["reasoning_effort"], effort, "{budget}");
        assert_eq!(
            outcome.lines,
            ["/thinking/type reasoning_budget degraded", "/thinking/budget_tokens reasoning_budget degraded"]
        );
    }

    let adaptive = messages(json!({"thinking": {"type": "adaptive"}}));
    assert_eq!(convert(Protocol::Messages, adaptive, Protocol::Responses).body["reasoning"]["effort"], "high");
    let beside = messages(json!({"thinking": {"type": "adaptive"}, "output_config": {"effort": "low"}}));
    assert_eq!(convert(Protocol::Messages, beside, Protocol::Chat).body["reasoning_effort"], "low");

    let offer = Offer::unknown().no(Feature::ReasoningOff);
    let off = degrade(Protocol::Chat, chat(json!({"reasoning_effort": "none"})), Protocol::Chat, &offer);
    assert_eq!(off.body["reasoning_effort"], "low");
}

#[test]
fn shown_thinking_becomes_a_summary() {
    let body = messages(json!({"thinking": {"type": "adaptive", "display": "summarized"}}));
    let outcome = convert(Protocol::Messages, body, Protocol::Responses);
    assert_eq!(outcome.body["reasoning"], json!({"effort": "high", "summary": "auto"}));
}

#[test]
fn a_small_limit_is_raised_for_responses_and_a_large_one_lowered_to_the_endpoints() {
    let raised = convert(Protocol::Chat, chat(json!({"max_completion_tokens": 3})), Protocol::Responses);
    assert_eq!(raised.body["max_output_tokens"], 16);
    assert_eq!(raised.lines, ["/max_completion_tokens max_output_tokens_small degraded"]);

    let offer = Offer::unknown().max_output(8_192.into());
    let lowered = degrade(Protocol::Chat, chat(json!({"max_completion_tokens": 9_000})), Protocol::Chat, &offer);
    assert_eq!(lowered.steps, ["lower_max_output max_output_tokens"]);
    assert_eq!(lowered.body["max_completion_tokens"], 8_192);
    assert_eq!(lowered.lines, ["/max_completion_tokens max_output_tokens degraded"]);
}

fn function(name: &str) -> Value {
    json!({"type": "function", "function": {"name": name, "parameters": {"type": "object"}}})
}

#[test]
fn custom_tools_are_wrapped_as_functions_with_their_calls_and_results() {
    let body = json!({
        "model": "m",
        "messages": [
            {"role": "user", "content": "hi"},
            {"role": "assistant", "content": null, "tool_calls": [
                {"id": "c", "type": "custom", "custom": {"name": "shell", "input": "echo \"x\"\n"}},
            ]},
            {"role": "tool", "tool_call_id": "c", "content": "x"},
        ],
        "tools": [{"type": "custom", "custom": {"name": "shell", "description": "runs", "format":
            {"type": "grammar", "grammar": {"syntax": "regex", "definition": ".*"}}}}],
        "tool_choice": {"type": "custom", "custom": {"name": "shell"}},
    });
    let outcome = convert(Protocol::Chat, body, Protocol::Messages);
    let tool = &outcome.body["tools"][0];
    assert_eq!(tool["description"], "runs\n\n`input` must follow this regex grammar:\n.*");
    assert_eq!(tool["input_schema"]["required"], json!(["input"]));
    assert_eq!(outcome.body["messages"][1]["content"][0]["input"], json!({"input": "echo \"x\"\n"}));
    assert_eq!(outcome.body["messages"][2]["content"][0]["type"], "tool_result");
    assert_eq!(outcome.body["tool_choice"], json!({"type": "tool", "name": "shell"}));
    assert_eq!(
        outcome.lines,
        [
            "/messages/1/tool_calls/0 custom_tool_call degraded",
            "/messages/2 custom_tool_call degraded",
            "/tools/0 custom_tool degraded",
            "/tool_choice tool_choice_custom degraded",
        ]
    );
}

#[test]
fn a_choice_among_some_tools_lists_only_those() {
    let choice = json!({"type": "allowed_tools", "allowed_tools":
        {"mode": "required", "tools": [{"type": "function", "function": {"name": "g"}}]}});
    let body = chat(json!({"tools": [function("f"), function("g")], "tool_choice": choice}));
    let outcome = convert(Protocol::Chat, body, Protocol::Messages);
    assert_eq!(outcome.body["tools"].as_array().unwrap().len(), 1);
    assert_eq!(outcome.body["tools"][0]["name"], "g");
    assert_eq!(outcome.body["tool_choice"], json!({"type": "any"}));
    assert_eq!(
        outcome.lines,
        ["/tools/0 tool_choice_allowed degraded", "/tool_choice tool_choice_allowed degraded"],
        "the tool that is no longer listed has a line of its own"
    );
}

#[test]
fn a_named_choice_falls_to_the_only_tool_and_then_to_auto() {
    let choice = json!({"type": "function", "function": {"name": "g"}});
    let body = chat(json!({"tools": [function("f"), function("g")], "tool_choice": choice}));
    let only = Offer::unknown().no(Feature::ToolChoiceNamed);
    let outcome = degrade(Protocol::Chat, body.clone(), Protocol::Chat, &only);
    assert_eq!(outcome.steps, ["named_to_only tool_choice_named"]);
    assert_eq!((&outcome.body["tools"], &outcome.body["tool_choice"]), (&json!([function("g")]), &json!("required")));

    let outcome = degrade(Protocol::Chat, body, Protocol::Chat, &only.no(Feature::ToolChoiceRequired));
    assert_eq!(outcome.body.get("tool_choice"), None);
}

#[test]
fn strict_tools_are_loosened() {
    let mut tool = function("f");
    tool["function"]["strict"] = json!(true);
    let offer = Offer::unknown().no(Feature::StrictTools);
    let outcome = degrade(Protocol::Chat, chat(json!({"tools": [tool]})), Protocol::Chat, &offer);
    assert_eq!(outcome.body["tools"][0]["function"]["strict"], false);
    assert_eq!(outcome.lines, ["/tools/0/function/strict strict_tools degraded"]);
}

#[test]
fn legacy_functions_become_tools_with_ids() {
    let body = json!({
        "model": "m",
        "messages": [
            {"role": "assistant", "content": null, "function_call": {"name": "f", "arguments": "{}"}},
            {"role": "function", "name": "f", "content": "42"},
        ],
        "functions": [{"name": "f"}],
    });
    let outcome = degrade(Protocol::Chat, body, Protocol::Chat, &Offer::unknown().no(Feature::LegacyFunctions));
    assert_eq!(outcome.body.get("functions"), None);
    assert_eq!(outcome.body["tools"][0]["function"]["name"], "f");
    let id = &outcome.body["messages"][0]["tool_calls"][0]["id"];
    assert_eq!(outcome.body["messages"][1]["tool_call_id"], *id);
    assert_eq!(outcome.body["messages"][1]["role"], "tool");
}

#[test]
fn images_of_tool_results_move_into_a_message_behind_all_results() {
    let image = |n: u32| json!({"type": "image", "source": {"type": "url", "url": format!("https://x/{n}.png")}});
    let result = |id: &str, n: u32| json!({"type": "tool_result", "tool_use_id": id, "content": [{"type": "text", "text": "see"}, image(n)]});
    let call = |id: &str| json!({"type": "tool_use", "id": id, "name": "f", "input": {}});
    let body = messages(json!({"messages": [
        {"role": "user", "content": "hi"},
        {"role": "assistant", "content": [call("a"), call("b")]},
        {"role": "user", "content": [result("a", 1), result("b", 2), {"type": "text", "text": "so?"}]},
    ]}));
    let outcome = convert(Protocol::Messages, body, Protocol::Chat);
    let turns = outcome.body["messages"].as_array().unwrap();
    assert_eq!((&turns[2]["role"], &turns[3]["role"]), (&json!("tool"), &json!("tool")));
    assert_eq!(turns[2]["content"][0]["text"], "see");
    let lifted: Vec<_> = turns[4]["content"].as_array().unwrap().iter().map(|part| part["type"].clone()).collect();
    assert_eq!(lifted, ["text", "image_url", "image_url", "text"]);
    assert_eq!(
        outcome.lines,
        [
            "/messages/2/content/0/content/1 tool_result_image degraded",
            "/messages/2/content/1/content/1 tool_result_image degraded",
        ]
    );
}

#[test]
fn documents_and_search_results_become_text() {
    let body = messages(json!({"messages": [{"role": "user", "content": [
        {"type": "document", "source": {"type": "text", "media_type": "text/plain", "data": "words"}, "title": "a.txt",
            "context": "of 2026"},
        {"type": "search_result", "source": "https://x", "title": "X", "content": [{"type": "text", "text": "found"}]},
        {"type": "text", "text": "hi"},
    ]}]}));
    let outcome = convert(Protocol::Messages, body, Protocol::Chat);
    let parts = outcome.body["messages"][0]["content"].as_array().unwrap();
    let texts: Vec<_> = parts.iter().map(|part| part["text"].as_str().unwrap()).collect();
    assert_eq!(
        texts,
        [
            "[Context of the next document: of 2026]",
            "[Document: a.txt]\nwords",
            "[Search result: X]\nSource: https://x\nfound",
            "hi",
        ]
    );
    assert_eq!(
        outcome.lines,
        [
            "/messages/0/content/0 file_text degraded",
            "/messages/0/content/0/context document_context degraded",
            "/messages/0/content/1 search_result degraded",
        ]
    );
}

#[test]
fn a_refusal_in_the_history_becomes_text() {
    let body = json!({"model": "m", "messages": [
        {"role": "user", "content": "hi"},
        {"role": "assistant", "content": null, "refusal": "I will not."},
        {"role": "user", "content": "please"},
    ]});
    let outcome = convert(Protocol::Chat, body, Protocol::Messages);
    assert_eq!(outcome.body["messages"][1]["content"], json!([{"type": "text", "text": "I will not."}]));
    assert_eq!(outcome.lines, ["/messages/1/refusal refusal degraded"]);
}

#[test]
fn a_cache_breakpoint_can_lose_its_lifetime_alone() {
    let block = json!({"type": "text", "text": "hi", "cache_control": {"type": "ephemeral", "ttl": "1h"}});
    let body = messages(json!({"messages": [{"role": "user", "content": [block]}]}));
    let outcome = degrade(Protocol::Messages, body, Protocol::Messages, &Offer::unknown().no(Feature::CacheTtl));
    assert_eq!(outcome.body["messages"][0]["content"][0]["cache_control"], json!({"type": "ephemeral"}));
    assert_eq!(outcome.lines, ["/messages/0/content/0/cache_control/ttl cache_ttl dropped"]);
}

#[test]
fn a_message_that_loses_every_part_goes_too() {
    let audio = json!({"type": "input_audio", "input_audio": {"data": "AAAA", "format": "wav"}});
    let body = json!({"model": "m", "messages": [
        {"role": "user", "content": [audio]}, {"role": "user", "content": "hi"},
    ]});
    let outcome = degrade(Protocol::Chat, body, Protocol::Messages, &Offer::unknown());
    assert_eq!(outcome.body["messages"], json!([{"role": "user", "content": "hi"}]));
    assert_eq!(outcome.lines, ["/messages/0/content/0 audio_input dropped"]);
}

/// What can be read of sealed reasoning goes where an endpoint is known to read it, and nowhere else.
#[test]
fn sealed_reasoning_is_read_out_where_the_endpoint_reads_it() {
    let thinking = json!({"type": "thinking", "thinking": "hm", "signature": "s"});
    let redacted = json!({"type": "redacted_thinking", "data": "x"});
    let call = json!({"type": "tool_use", "id": "c", "name": "f", "input": {}});
    let body = messages(json!({"tools": [{"name": "f", "input_schema": {"type": "object"}}], "messages": [
        {"role": "user", "content": "hi"},
        {"role": "assistant", "content": [thinking, redacted, call]},
        {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "c", "content": "r"}]},
    ]}));
    let knows = Offer::unknown().yes(Feature::ReasoningText);
    let read = degrade(Protocol::Messages, body.clone(), Protocol::Chat, &knows);
    assert_eq!(read.steps, ["sealed_to_text reasoning_replay"]);
    assert_eq!(read.body["messages"][1]["reasoning_content"], "hm");
    assert_eq!(read.body["messages"][1]["tool_calls"][0]["id"], "c");
    let lines = ["/messages/1/content/0", "/messages/1/content/1"];
    assert_eq!(read.lines, lines.map(|path| format!("{path} reasoning_replay degraded")));
    for to in [Protocol::Chat, Protocol::Responses] {
        let left_out = degrade(Protocol::Messages, body.clone(), to, &Offer::unknown());
        assert_eq!(left_out.steps, ["drop reasoning_replay"]);
        assert!(!left_out.body.to_string().contains("hm"));
    }
}

#[test]
fn thoughts_of_one_turn_are_one_text_beside_its_answer() {
    let thought = |id: &str, text: &str| {
        json!({"type": "reasoning", "id": id, "encrypted_content": "sealed",
            "summary": [{"type": "summary_text", "text": text}]})
    };
    let body = json!({"model": "m", "input": [
        {"role": "user", "content": "hi"},
        thought("rs_1", "first"),
        {"type": "function_call", "call_id": "c", "name": "f", "arguments": "{}"},
        thought("rs_2", "then"),
        {"role": "assistant", "content": "yes"},
        {"role": "user", "content": "sure?"},
        thought("rs_3", "of nothing"),
    ]});
    let knows = Offer::unknown().yes(Feature::ReasoningText);
    let read = degrade(Protocol::Responses, body, Protocol::Chat, &knows);
    assert_eq!(read.steps, ["sealed_to_text reasoning_replay"]);
    assert_eq!(read.body["messages"][1]["reasoning_content"], "first\nthen");
    assert_eq!(read.body["messages"].to_string().matches("reasoning_content").count(), 1);
    assert_eq!(read.lines.len(), 3);
}
