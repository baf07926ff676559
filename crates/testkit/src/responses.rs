use crate::Source;
use serde_json::{Value, json};

pub(crate) fn body(s: &mut Source<'_>) -> Value {
    let input = if s.one_in(5) { s.text() } else { Value::from(s.list(7, item)) };
    let members = vec![
        ("model", Some(s.name())),
        ("input", Some(input)),
        ("instructions", s.maybe(3, Source::text)),
        ("tools", s.maybe(2, |s| Value::from(s.list(3, tool)))),
        ("tool_choice", s.maybe(3, tool_choice)),
        ("text", s.maybe(3, text)),
        ("reasoning", s.maybe(3, reasoning)),
        ("include", s.maybe(5, include)),
        ("stream_options", s.maybe(12, |s| s.of(&[json!({"include_obfuscation": false}), json!({})]))),
        ("temperature", s.maybe(4, Source::number)),
        ("top_p", s.maybe(8, Source::number)),
        ("top_logprobs", s.maybe(12, Source::number)),
        ("max_output_tokens", s.maybe(3, Source::count)),
        ("stream", s.maybe(3, Source::bool)),
        ("parallel_tool_calls", s.maybe(4, Source::bool)),
        ("max_tool_calls", s.maybe(12, Source::count)),
        ("safety_identifier", s.maybe(12, Source::text)),
        ("user", s.maybe(12, Source::text)),
        ("metadata", s.maybe(12, |s| s.any_object(1))),
        ("service_tier", s.maybe(8, |s| s.of(&["auto", "default", "flex"]).into())),
        ("store", s.maybe(3, Source::bool)),
        ("previous_response_id", s.maybe(24, |_| json!("resp_1"))),
        ("conversation", s.maybe(24, |_| json!({"id": "conv_1"}))),
        ("background", s.maybe(24, Source::bool)),
        ("prompt", s.maybe(24, |_| json!({"id": "pmpt_1"}))),
        ("truncation", s.maybe(12, |s| s.of(&["auto", "disabled"]).into())),
        ("moderation", s.maybe(24, |s| s.any_object(1))),
        ("context_management", s.maybe(24, |_| json!([{"type": "compaction"}]))),
        ("prompt_cache_key", s.maybe(12, Source::text)),
        ("prompt_cache_retention", s.maybe(16, |_| json!("24h"))),
        ("prompt_cache_options", s.maybe(16, |_| json!({"mode": "explicit"}))),
        ("access_programs", s.maybe(24, |_| json!({"cyber": "standard"}))),
    ];
    s.object(members)
}

fn text(s: &mut Source<'_>) -> Value {
    let format = s.maybe(1, |s| match s.below(5) {
        0 => json!({"type": "text"}),
        1 => json!({"type": "json_object"}),
        2 => json!({"type": "future"}),
        _ => {
            let members = vec![
                ("type", Some(json!("json_schema"))),
                ("name", Some(s.name())),
                ("description", s.maybe(3, Source::text)),
                ("schema", Some(s.schema())),
                ("strict", s.maybe(2, Source::bool)),
            ];
            s.object(members)
        }
    });
    let verbosity = s.maybe(4, |s| s.of(&["low", "high"]).into());
    s.object(vec![("format", format), ("verbosity", verbosity)])
}

fn reasoning(s: &mut Source<'_>) -> Value {
    let members = vec![
        ("effort", s.maybe(1, |s| s.of(&["low", "none", "minimal", "max", "future"]).into())),
        ("summary", s.maybe(4, |s| s.of(&["auto", "detailed"]).into())),
        ("generate_summary", s.maybe(16, |_| json!("auto"))),
        ("context", s.maybe(12, |_| json!("all_turns"))),
        ("mode", s.maybe(12, |_| json!("pro"))),
    ];
    s.object(members)
}

fn include(s: &mut Source<'_>) -> Value {
    let mut asked = s.list(3, |s| {
        s.of(&["message.output_text.logprobs", "reasoning.encrypted_content", "file_search_call.results", "future"])
            .into()
    });
    asked.sort_by_key(Value::to_string);
    asked.dedup();
    Value::from(asked)
}

fn item(s: &mut Source<'_>) -> Value {
    match s.below(12) {
        0 | 6 => message(s, "user"),
        1 => message(s, "assistant"),
        2 => message(s, "system"),
        3 => message(s, "developer"),
        4 | 7 => call(s),
        5 | 8 => output(s),
        9 => s.of(&[
            json!({"type": "reasoning", "id": "rs_1", "summary": [], "encrypted_content": "gAAA"}),
            json!({"type": "reasoning", "id": "rs_3", "summary": [], "encrypted_content": "switchback.1.messages.eyJ0eXBlIjoidGhpbmtpbmciLCJ0aGlua2luZyI6ImhtXG4iLCJzaWduYXR1cmUiOiJzaWc9PSJ9"}),
            json!({"type": "reasoning", "id": "rs_2", "summary": [{"type": "summary_text", "text": "thought"}]}),
        ]),
        10 => s.of(&[
            json!({"type": "web_search_call", "id": "ws_1", "status": "completed", "action": {"type": "search", "query": "q"}}),
            json!({"type": "mcp_call", "id": "mcp_1", "name": "n", "arguments": "{}", "server_label": "s"}),
            json!({"type": "future_item", "x": [1, 2]}),
            json!({"type": "additional_tools", "role": "developer", "tools": []}),
        ]),
        _ => match s.below(4) {
            0 => json!({"type": "item_reference", "id": "msg_1"}),
            1 => json!({"type": "compaction", "encrypted_content": "x"}),
            _ => message(s, "user"),
        },
    }
}

fn message(s: &mut Source<'_>, role: &str) -> Value {
    let assistant = role == "assistant";
    let content = if s.one_in(2) {
        Value::from(s.list(3, |s| if assistant { output_part(s) } else { input_part(s, role == "user") }))
    } else {
        s.text()
    };
    let members = vec![
        ("type", s.maybe(2, |_| json!("message")).filter(Value::is_string)),
        ("role", Some(json!(role))),
        ("content", Some(content)),
        ("id", s.maybe(6, |_| json!("msg_1"))),
        ("status", s.maybe(6, |_| json!("completed"))),
        ("phase", s.maybe(12, |_| json!("final_answer"))),
    ];
    s.object(members)
}

fn output_part(s: &mut Source<'_>) -> Value {
    if s.one_in(8) {
        return json!({"type": "refusal", "refusal": "no"});
    }
    let members = vec![
        ("type", Some(s.of(&["output_text", "output_text", "input_text"]).into())),
        ("text", Some(s.text())),
        ("annotations", s.maybe(4, |s| s.of(&[json!([]), json!([{"type": "url_citation", "url": "u"}])]))),
        ("logprobs", s.maybe(8, |s| s.of(&[json!([]), json!([{"token": "a"}])]))),
    ];
    s.object(members)
}

fn breakpoint(s: &mut Source<'_>) -> Option<Value> {
    s.maybe(8, |s| s.of(&[json!({"mode": "explicit"}), json!({"mode": "explicit", "ttl": "12h"})]))
}

fn input_part(s: &mut Source<'_>, rich: bool) -> Value {
    match if rich { s.below(7) } else { 0 } {
        3 => {
            let bytes = s.of(&[
                ("image_url", "https://example.com/a.png"),
                ("image_url", "data:image/png;base64,iVBORw0KGgo="),
                ("image_url", "data:text/plain,x"),
                ("file_id", "file-1"),
            ]);
            let members = vec![
                ("type", Some(json!("input_image"))),
                (bytes.0, Some(json!(bytes.1))),
                ("detail", s.maybe(2, |s| s.of(&["auto", "original"]).into())),
                ("prompt_cache_breakpoint", breakpoint(s)),
            ];
            s.object(members)
        }
        4 => {
            let bytes = s.of(&[
                ("file_url", "https://example.com/a.pdf"),
                ("file_data", "data:application/pdf;base64,JVBERi0="),
                ("file_data", "JVBERi0="),
                ("file_id", "file-1"),
            ]);
            let members = vec![
                ("type", Some(json!("input_file"))),
                (bytes.0, Some(json!(bytes.1))),
                ("filename", s.maybe(2, Source::name)),
                ("detail", s.maybe(8, |_| json!("high"))),
            ];
            s.object(members)
        }
        5 => json!({"type": "future_part", "x": 1}),
        _ => {
            let members = vec![
                ("type", Some(s.of(&["input_text", "input_text", "text"]).into())),
                ("text", Some(s.text())),
                ("prompt_cache_breakpoint", breakpoint(s)),
            ];
            s.object(members)
        }
    }
}

fn call(s: &mut Source<'_>) -> Value {
    let id = s.call_id(&["call_1", "call_2", "call_3"]);
    if s.one_in(6) {
        return json!({"type": "custom_tool_call", "call_id": id, "name": "patch", "input": "*** Begin"});
    }
    let arguments = s.of(&["{}", "{\"city\": \"Łódź\\n\", \"n\": 1.50}", "", "{\"cut\": "]);
    let members = vec![
        ("type", Some(json!("function_call"))),
        ("call_id", Some(json!(id))),
        ("name", Some(s.tool_name())),
        ("arguments", Some(json!(arguments))),
        ("id", s.maybe(3, |_| json!("fc_1"))),
        ("status", s.maybe(3, |_| json!("completed"))),
        ("caller", s.maybe(16, |_| json!({"type": "direct"}))),
        ("namespace", s.maybe(16, Source::name)),
    ];
    s.object(members)
}

fn output(s: &mut Source<'_>) -> Value {
    let output = if s.one_in(2) { Value::from(s.list(3, |s| input_part(s, true))) } else { s.text() };
    let members = vec![
        ("type", Some(s.of(&["function_call_output", "function_call_output", "custom_tool_call_output"]).into())),
        ("call_id", Some(s.call_id(&["call_1", "call_2", "call_3"]))),
        ("output", Some(output)),
        ("id", s.maybe(6, |_| json!("fco_1"))),
        ("status", s.maybe(6, |_| json!("completed"))),
    ];
    s.object(members)
}

fn tool(s: &mut Source<'_>) -> Value {
    match s.below(8) {
        0..=4 => {
            let members = vec![
                ("type", Some(json!("function"))),
                ("name", Some(s.tool_name())),
                ("description", s.maybe(2, Source::text)),
                ("parameters", s.maybe(1, Source::schema)),
                ("strict", s.maybe(2, Source::bool)),
                ("defer_loading", s.maybe(12, Source::bool)),
                ("output_schema", s.maybe(12, Source::schema)),
                ("allowed_callers", s.maybe(12, |_| json!(["direct"]))),
            ];
            s.object(members)
        }
        5 => {
            let format = s.maybe(2, |s| {
                s.of(&[
                    json!({"type": "text"}),
                    json!({"type": "grammar", "syntax": "lark", "definition": "start: \"a\""}),
                ])
            });
            s.object(vec![("type", Some(json!("custom"))), ("name", Some(json!("patch"))), ("format", format)])
        }
        6 if s.one_in(2) => {
            let filters = s.maybe(2, |s| s.object(vec![("allowed_domains", Some(json!(["example.com"])))]));
            let members = vec![
                ("type", Some(s.of(&["web_search", "web_search_preview", "web_search_2025_08_26"]).into())),
                ("filters", filters),
                ("user_location", s.maybe(3, |_| json!({"type": "approximate", "city": "Delft"}))),
                ("search_context_size", s.maybe(4, |_| json!("low"))),
            ];
            s.object(members)
        }
        _ => {
            let kind = s.of(&[
                "tool_search",
                "code_interpreter",
                "file_search",
                "image_generation",
                "computer_use_preview",
                "mcp",
                "local_shell",
            ]);
            s.object(vec![("type", Some(json!(kind)))])
        }
    }
}

fn tool_choice(s: &mut Source<'_>) -> Value {
    s.of(&[
        json!("auto"),
        json!("none"),
        json!("required"),
        json!({"type": "function", "name": "alpha"}),
        json!({"type": "custom", "name": "patch"}),
        json!({"type": "allowed_tools", "mode": "required", "tools": [{"type": "function", "name": "alpha"}]}),
        json!({"type": "web_search"}),
    ])
}
