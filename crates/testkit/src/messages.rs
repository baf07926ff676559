use crate::Source;
use serde_json::{Value, json};

pub(crate) fn body(s: &mut Source<'_>) -> Value {
    let members = vec![
        ("model", Some(s.name())),
        ("max_tokens", Some(s.count())),
        ("system", s.maybe(2, |s| content(s, text_block))),
        ("messages", Some(Value::from(s.list(6, message)))),
        ("tools", s.maybe(2, |s| Value::from(s.list(3, tool)))),
        ("tool_choice", s.maybe(3, tool_choice)),
        ("thinking", s.maybe(3, thinking)),
        ("output_config", s.maybe(3, output_config)),
        ("output_format", s.maybe(24, format)),
        ("metadata", s.maybe(8, |s| s.of(&[json!({"user_id": "u\"1"}), json!({}), json!({"user_id": null, "x": 1})]))),
        ("stop_sequences", s.maybe(6, |s| s.of(&[json!(["END"]), json!([]), json!(["a", "b\n"])]))),
        ("temperature", s.maybe(4, Source::number)),
        ("top_p", s.maybe(8, Source::number)),
        ("top_k", s.maybe(8, Source::number)),
        ("stream", s.maybe(3, Source::bool)),
        ("service_tier", s.maybe(8, |s| s.of(&["auto", "standard_only"]).into())),
        ("cache_control", s.maybe(12, cache_control)),
        ("container", s.maybe(24, |s| s.of(&[json!("container_1"), json!({"id": "c"})]))),
        ("context_management", s.maybe(24, |_| json!({"edits": [{"type": "clear_tool_uses_20250919"}]}))),
        ("inference_geo", s.maybe(24, |_| json!("us"))),
        ("speed", s.maybe(24, |_| json!("fast"))),
        ("mcp_servers", s.maybe(24, |_| json!([{"type": "url", "url": "https://example.com", "name": "n"}]))),
        ("anthropic_version", s.maybe(24, |_| json!("bedrock-2023-05-31"))),
    ];
    s.object(members)
}

fn cache_control(s: &mut Source<'_>) -> Value {
    s.of(&[json!({"type": "ephemeral"}), json!({"type": "ephemeral", "ttl": "1h"})])
}

fn thinking(s: &mut Source<'_>) -> Value {
    s.of(&[
        json!({"type": "enabled", "budget_tokens": 2048}),
        json!({"type": "adaptive"}),
        json!({"type": "disabled"}),
        json!({"type": "adaptive", "display": "omitted"}),
        json!({"type": "between_tools"}),
        json!({}),
    ])
}

fn output_config(s: &mut Source<'_>) -> Value {
    let members =
        vec![("effort", s.maybe(2, |s| s.of(&["low", "max", "future"]).into())), ("format", s.maybe(2, format))];
    s.object(members)
}

fn format(s: &mut Source<'_>) -> Value {
    if s.one_in(8) {
        return json!({"type": "future"});
    }
    let schema = s.schema();
    s.object(vec![("type", Some(json!("json_schema"))), ("schema", Some(schema))])
}

fn message(s: &mut Source<'_>) -> Value {
    let role = s.of(&["user", "assistant", "user", "assistant", "user", "system", "narrator"]);
    let block = match role {
        "assistant" => assistant_block,
        "user" => user_block,
        _ => text_block,
    };
    let content = content(s, block);
    s.object(vec![("role", Some(json!(role))), ("content", Some(content))])
}

fn content(s: &mut Source<'_>, block: fn(&mut Source<'_>) -> Value) -> Value {
    if s.one_in(3) { s.text() } else { Value::from(s.list(4, block)) }
}

fn text_block(s: &mut Source<'_>) -> Value {
    let members = vec![
        ("type", Some(json!("text"))),
        ("text", Some(s.text())),
        ("cache_control", s.maybe(8, cache_control)),
        ("citations", s.maybe(12, |s| s.of(&[json!([]), json!([{"type": "char_location", "cited_text": "c"}])]))),
    ];
    s.object(members)
}

fn user_block(s: &mut Source<'_>) -> Value {
    match s.below(9) {
        3 => image(s),
        4 => document(s),
        5..=6 => result(s),
        7 => s.of(&[
            json!({"type": "search_result", "source": "u", "title": "t", "content": [{"type": "text", "text": "x"}]}),
            json!({"type": "container_upload", "file_id": "file_1"}),
            json!({"type": "future_block", "x": 1}),
        ]),
        _ => text_block(s),
    }
}

fn image(s: &mut Source<'_>) -> Value {
    let source = s.of(&[
        json!({"type": "base64", "media_type": "image/png", "data": "iVBORw0KGgo="}),
        json!({"type": "url", "url": "https://example.com/a.png"}),
        json!({"type": "file", "file_id": "file_1"}),
        json!({"type": "future"}),
    ]);
    let members = vec![
        ("type", Some(json!("image"))),
        ("source", Some(source)),
        ("cache_control", s.maybe(8, cache_control)),
        ("transformations", s.maybe(16, |_| json!({"resize": "auto"}))),
    ];
    s.object(members)
}

fn document(s: &mut Source<'_>) -> Value {
    let source = s.of(&[
        json!({"type": "base64", "media_type": "application/pdf", "data": "JVBERi0="}),
        json!({"type": "url", "url": "https://example.com/a.pdf"}),
        json!({"type": "text", "media_type": "text/plain", "data": "plain\ntext"}),
        json!({"type": "content", "content": [{"type": "text", "text": "x"}]}),
        json!({"type": "file", "file_id": "file_1"}),
    ]);
    let members = vec![
        ("type", Some(json!("document"))),
        ("source", Some(source)),
        ("title", s.maybe(2, Source::name)),
        ("context", s.maybe(6, Source::text)),
        ("citations", s.maybe(6, |_| json!({"enabled": true}))),
        ("cache_control", s.maybe(12, cache_control)),
    ];
    s.object(members)
}

fn result(s: &mut Source<'_>) -> Value {
    let content = match s.below(4) {
        0 => Some(s.text()),
        1 => None,
        _ => Some(Value::from(s.list(3, |s| match s.below(5) {
            3 => image(s),
            4 => document(s),
            _ => text_block(s),
        }))),
    };
    let members = vec![
        ("type", Some(json!("tool_result"))),
        ("tool_use_id", Some(s.call_id(&["toolu_1", "toolu_2"]))),
        ("content", content),
        ("is_error", s.maybe(4, Source::bool)),
        ("cache_control", s.maybe(12, cache_control)),
    ];
    s.object(members)
}

fn assistant_block(s: &mut Source<'_>) -> Value {
    match s.below(8) {
        0..=2 => text_block(s),
        3..=5 => {
            let members = vec![
                ("type", Some(json!("tool_use"))),
                ("id", Some(s.call_id(&["toolu_1", "toolu_2"]))),
                ("name", Some(s.tool_name())),
                ("input", Some(s.any_object(2))),
                ("cache_control", s.maybe(12, cache_control)),
                ("caller", s.maybe(16, |_| json!({"type": "direct"}))),
            ];
            s.object(members)
        }
        6 => s.of(&[
            json!({"type": "thinking", "thinking": "hm\n", "signature": "sig=="}),
            json!({"type": "redacted_thinking", "data": "gAAA"}),
            json!({"type": "redacted_thinking", "data": "switchback.1.responses.eyJ0eXBlIjoicmVhc29uaW5nIiwiaWQiOiJyc18xIiwic3VtbWFyeSI6W10sImVuY3J5cHRlZF9jb250ZW50IjoiZ0FBQSJ9"}),
        ]),
        _ => s.of(&[
            json!({"type": "server_tool_use", "id": "srvtoolu_1", "name": "web_search", "input": {"query": "q"}}),
            json!({"type": "web_search_tool_result", "tool_use_id": "srvtoolu_1", "content": []}),
        ]),
    }
}

fn tool(s: &mut Source<'_>) -> Value {
    if s.one_in(8) {
        let members = vec![
            ("type", Some(s.of(&["web_search_20250305", "web_search_20260209"]).into())),
            ("name", Some(json!("web_search"))),
            ("allowed_domains", s.maybe(3, |_| json!(["example.com"]))),
            ("blocked_domains", s.maybe(6, |_| json!(["example.org"]))),
            ("user_location", s.maybe(3, |_| json!({"type": "approximate", "city": "Delft"}))),
            ("max_uses", s.maybe(4, Source::count)),
            ("cache_control", s.maybe(8, cache_control)),
        ];
        return s.object(members);
    }
    if s.one_in(6) {
        let kind =
            s.of(&["tool_search_tool_regex_20251119", "bash_20250124", "code_execution_20250825", "computer_20250124"]);
        return json!({"type": kind, "name": "hosted"});
    }
    let members = vec![
        ("type", s.maybe(6, |_| json!("custom"))),
        ("name", Some(s.tool_name())),
        ("description", s.maybe(2, Source::text)),
        ("input_schema", Some(s.schema())),
        ("strict", s.maybe(5, Source::bool)),
        ("cache_control", s.maybe(8, cache_control)),
        ("defer_loading", s.maybe(16, Source::bool)),
        ("input_examples", s.maybe(16, |_| json!([{"city": "x"}]))),
    ];
    s.object(members)
}

fn tool_choice(s: &mut Source<'_>) -> Value {
    s.of(&[
        json!({"type": "auto"}),
        json!({"type": "any"}),
        json!({"type": "none"}),
        json!({"type": "tool", "name": "alpha"}),
        json!({"type": "auto", "disable_parallel_tool_use": true}),
        json!({"type": "any", "disable_parallel_tool_use": false}),
        json!({"type": "none", "disable_parallel_tool_use": true}),
        json!({"type": "future"}),
    ])
}
