use crate::Source;
use serde_json::{Value, json};

pub(crate) fn body(s: &mut Source<'_>) -> Value {
    let members = vec![
        ("model", Some(s.name())),
        ("messages", Some(Value::from(s.list(6, message)))),
        ("tools", s.maybe(2, |s| Value::from(s.list(3, tool)))),
        ("functions", s.maybe(16, |s| Value::from(s.list(2, function)))),
        ("tool_choice", s.maybe(3, tool_choice)),
        ("function_call", s.maybe(24, |s| s.of(&[json!("auto"), json!("none"), json!({"name": "alpha"})]))),
        ("response_format", s.maybe(3, response_format)),
        ("reasoning_effort", s.maybe(4, |s| s.of(&["low", "none", "minimal", "max", "future"]).into())),
        ("temperature", s.maybe(4, Source::number)),
        ("top_p", s.maybe(8, Source::number)),
        ("frequency_penalty", s.maybe(12, Source::number)),
        ("presence_penalty", s.maybe(12, Source::number)),
        ("seed", s.maybe(12, Source::number)),
        ("logit_bias", s.maybe(12, |s| s.of(&[json!({"15": 1.0}), json!({})]))),
        ("logprobs", s.maybe(8, Source::bool)),
        ("top_logprobs", s.maybe(12, Source::number)),
        ("stop", s.maybe(8, |s| s.of(&[json!("END"), json!(["a", "b\n"]), json!([])]))),
        ("max_completion_tokens", s.maybe(3, Source::count)),
        ("max_tokens", s.maybe(4, Source::count)),
        ("n", s.maybe(12, |s| s.of(&[json!(1), json!(2)]))),
        ("stream", s.maybe(3, Source::bool)),
        ("stream_options", s.maybe(6, stream_options)),
        ("parallel_tool_calls", s.maybe(4, Source::bool)),
        ("verbosity", s.maybe(12, |s| s.of(&["low", "high"]).into())),
        ("safety_identifier", s.maybe(12, Source::text)),
        ("user", s.maybe(12, Source::text)),
        ("metadata", s.maybe(12, |s| s.any_object(1))),
        ("service_tier", s.maybe(8, |s| s.of(&["auto", "default", "flex"]).into())),
        ("store", s.maybe(6, Source::bool)),
        ("prediction", s.maybe(16, |_| json!({"type": "content", "content": "x"}))),
        ("moderation", s.maybe(24, |s| s.any_object(1))),
        ("modalities", s.maybe(16, |s| s.of(&[json!(["text"]), json!(["text", "audio"]), json!(["text", "image"])]))),
        ("audio", s.maybe(16, |_| json!({"voice": "alloy", "format": "wav"}))),
        ("web_search_options", s.maybe(12, |s| s.of(&[json!({}), json!({"search_context_size": "low"})]))),
        ("prompt_cache_key", s.maybe(12, Source::text)),
        ("prompt_cache_retention", s.maybe(16, |_| json!("24h"))),
        ("prompt_cache_options", s.maybe(16, |_| json!({"mode": "explicit"}))),
    ];
    let mut body = s.object(members);
    // The older list beside the newer one has no order among them, and nobody sends both.
    if body.get("tools").is_some_and(Value::is_array) {
        body.as_object_mut().unwrap().shift_remove("functions");
    }
    body
}

fn stream_options(s: &mut Source<'_>) -> Value {
    let members = vec![("include_usage", s.maybe(2, Source::bool)), ("include_obfuscation", s.maybe(3, Source::bool))];
    s.object(members)
}

fn message(s: &mut Source<'_>) -> Value {
    match s.below(10) {
        0 | 5 | 6 => plain(s, "user"),
        1 => plain(s, "system"),
        2 => plain(s, "developer"),
        3 | 7 => assistant(s),
        4 | 8 => result(s),
        _ => match s.below(3) {
            0 => json!({"role": "function", "name": "alpha", "content": "done"}),
            1 => s.object(vec![("role", Some(json!("critic"))), ("content", Some(json!("hm")))]),
            _ => plain(s, "user"),
        },
    }
}

fn plain(s: &mut Source<'_>, role: &str) -> Value {
    let members = vec![
        ("role", Some(json!(role))),
        ("content", Some(content(s, role == "user"))),
        ("name", s.maybe(12, Source::name)),
    ];
    s.object(members)
}

fn content(s: &mut Source<'_>, rich: bool) -> Value {
    if s.one_in(2) {
        return Value::from(s.list(3, |s| if rich { part(s) } else { text_part(s) }));
    }
    s.text()
}

fn text_part(s: &mut Source<'_>) -> Value {
    let members = vec![
        ("type", Some(json!("text"))),
        ("text", Some(s.text())),
        (
            "prompt_cache_breakpoint",
            s.maybe(8, |s| s.of(&[json!({"mode": "explicit"}), json!({"mode": "explicit", "ttl": "30m"})])),
        ),
        (
            "cache_control",
            s.maybe(12, |s| s.of(&[json!({"type": "ephemeral"}), json!({"type": "ephemeral", "ttl": "1h"})])),
        ),
    ];
    s.object(members)
}

fn part(s: &mut Source<'_>) -> Value {
    match s.below(8) {
        3 => {
            let url = s.of(&[
                "https://example.com/a.png?b=c,d",
                "data:image/png;base64,iVBORw0KGgo=",
                "data:image/svg+xml,<svg/>",
            ]);
            let inner = vec![("url", Some(json!(url))), ("detail", s.maybe(3, |s| s.of(&["auto", "low"]).into()))];
            let image = s.object(inner);
            s.object(vec![("type", Some(json!("image_url"))), ("image_url", Some(image))])
        }
        4 => {
            let bytes = s.of(&[
                ("file_data", "data:application/pdf;base64,JVBERi0="),
                ("file_data", "JVBERi0="),
                ("file_id", "file-1"),
            ]);
            let inner = vec![(bytes.0, Some(json!(bytes.1))), ("filename", s.maybe(2, Source::name))];
            let file = s.object(inner);
            s.object(vec![("type", Some(json!("file"))), ("file", Some(file))])
        }
        5 => json!({"type": "input_audio", "input_audio": {"data": "UklGRg==", "format": "wav"}}),
        6 => s.of(&[
            json!({"type": "video_url", "video_url": {"url": "https://example.com/v.mp4"}}),
            json!({"type": "video_url", "video_url": {"url": "data:video/mp4;base64,AAAA"}}),
            json!({"type": "video_url", "video_url": "ms://file_1"}),
            json!({"type": "audio_url", "audio_url": {"url": "https://example.com/a.wav"}}),
            json!({"type": "file", "file": {"file_data": "data:video/mp4;base64,AAAA"}}),
            json!({"type": "image_embeds", "image_embeds": "AAAA"}),
        ]),
        _ => text_part(s),
    }
}

fn assistant(s: &mut Source<'_>) -> Value {
    let content = match s.below(4) {
        0 => Some(s.text()),
        1 => Some(Value::from(s.list(3, text_part))),
        2 => Some(Value::Null),
        _ => None,
    };
    let members = vec![
        ("role", Some(json!("assistant"))),
        ("content", content),
        ("tool_calls", s.maybe(2, |s| Value::from(s.list(3, call)))),
        ("refusal", s.maybe(8, Source::text)),
        ("function_call", s.maybe(24, |_| json!({"name": "alpha", "arguments": "{\"a\":1}"}))),
        ("annotations", s.maybe(12, |s| s.of(&[json!([]), json!([{"type": "url_citation"}])]))),
        ("audio", s.maybe(24, |_| json!({"id": "audio_1"}))),
        ("reasoning_content", s.maybe(12, Source::text)),
        (
            "reasoning_details",
            s.maybe(16, |s| {
                s.of(&[
                    json!([{"type": "reasoning.encrypted", "data": "switchback.1.messages.eyJ0eXBlIjoidGhpbmtpbmciLCJ0aGlua2luZyI6ImhtXG4iLCJzaWduYXR1cmUiOiJzaWc9PSJ9"}]),
                    json!([{"type": "reasoning.text", "text": "hm"}]),
                ])
            }),
        ),
        ("name", s.maybe(16, Source::name)),
    ];
    let mut message = s.object(members);
    if message.get("tool_calls").is_some_and(Value::is_array) {
        message.as_object_mut().unwrap().shift_remove("function_call");
    }
    message
}

fn call(s: &mut Source<'_>) -> Value {
    let id = s.maybe(1, |s| s.call_id(&["call_1", "call_2", "toolu_3"])).filter(Value::is_string);
    let id = id.or_else(|| Some(json!("call_1")));
    if s.one_in(6) {
        return json!({"id": id, "type": "custom", "custom": {"name": "patch", "input": "*** Begin"}});
    }
    let arguments = s.of(&["{}", "{\"city\": \"Łódź\\n\", \"n\": 1.50}", "", "{\"cut\": ", "[1]"]);
    let called = vec![("name", Some(s.tool_name())), ("arguments", Some(json!(arguments)))];
    let function = s.object(called);
    s.object(vec![("id", id), ("type", Some(json!("function"))), ("function", Some(function))])
}

fn result(s: &mut Source<'_>) -> Value {
    let members = vec![
        ("role", Some(json!("tool"))),
        ("tool_call_id", Some(s.call_id(&["call_1", "call_2", "toolu_3"]))),
        ("content", Some(content(s, false))),
        ("name", s.maybe(12, Source::tool_name)),
    ];
    s.object(members)
}

fn function(s: &mut Source<'_>) -> Value {
    let members = vec![
        ("name", Some(s.tool_name())),
        ("description", s.maybe(2, Source::text)),
        ("parameters", s.maybe(1, Source::schema)),
        ("strict", s.maybe(4, Source::bool)),
    ];
    s.object(members)
}

fn tool(s: &mut Source<'_>) -> Value {
    match s.below(8) {
        0..=5 => {
            let inner = function(s);
            s.object(vec![("type", Some(json!("function"))), ("function", Some(inner))])
        }
        6 => {
            let format = s.maybe(2, |s| {
                s.of(&[
                    json!({"type": "text"}),
                    json!({"type": "grammar", "grammar": {"syntax": "lark", "definition": "start: \"a\""}}),
                    json!({"type": "future"}),
                ])
            });
            let inner =
                vec![("name", Some(json!("patch"))), ("description", s.maybe(2, Source::text)), ("format", format)];
            let custom = s.object(inner);
            json!({"type": "custom", "custom": custom})
        }
        _ => json!({"type": "browser", "browser": {"headless": true}}),
    }
}

fn tool_choice(s: &mut Source<'_>) -> Value {
    s.of(&[
        json!("auto"),
        json!("none"),
        json!("required"),
        json!({"type": "function", "function": {"name": "alpha"}}),
        json!({"type": "custom", "custom": {"name": "patch"}}),
        json!({"type": "allowed_tools", "allowed_tools": {"mode": "auto", "tools": [{"type": "function", "function": {"name": "alpha"}}]}}),
        json!({"type": "future"}),
        json!("future"),
    ])
}

fn response_format(s: &mut Source<'_>) -> Value {
    match s.below(5) {
        0 => json!({"type": "text"}),
        1 => json!({"type": "json_object"}),
        2 => json!({"type": "future", "x": 1}),
        _ => {
            let inner = vec![
                ("name", Some(s.name())),
                ("description", s.maybe(3, Source::text)),
                ("schema", Some(s.schema())),
                ("strict", s.maybe(2, Source::bool)),
            ];
            let schema = s.object(inner);
            s.object(vec![("type", Some(json!("json_schema"))), ("json_schema", Some(schema))])
        }
    }
}
