//! TensorZero's own requests (`/inference`) as requests of Responses, the nearest form with typed input.

use serde_json::{Map, Value, json};
use switchback_ir::RawJson;

use super::body::{choose, remark};
use super::job::{Item, Job};
use super::read;
use super::splice::{Splice, text_of};
use super::table::{self, Rule, TENSORZERO_NATIVE};
use crate::Fidelity;
use crate::source::push_step;

/// The body of a request of Responses. Members are read once each; every one has an entry.
pub(super) fn turn(job: &mut Job<'_>, body: &mut Splice<'_>) -> Vec<u8> {
    let mut out = Map::new();
    for index in 0..body.members().len() {
        let Some(slot) = body.members().get(index) else { continue };
        let (key, at, value) = (slot.key.clone(), job.lines.at(slot.key_at), slot.value.clone());
        let mut path = "/body".to_owned();
        push_step(&mut path, &key);
        let item = Item { path, at, key: &key };
        if !turn_member(job, &mut out, &item, &value) {
            let rule = table::find(TENSORZERO_NATIVE, &key).unwrap_or(&table::UNKNOWN_TENSORZERO);
            let became = by_rule(job, &mut out, rule, &item, &value);
            job.note(&item, rule, became);
        }
    }
    if !out.contains_key("model") {
        out.insert("model".to_owned(), json!("auto"));
    }
    if let Some(address) = &mut job.address {
        "/v1/responses".clone_into(&mut address.path);
    }
    serde_json::to_vec(&Value::Object(out)).unwrap_or_default()
}

/// Turns what has a place of its own in Responses. Whether it was such a member.
fn turn_member(job: &mut Job<'_>, out: &mut Map<String, Value>, item: &Item<'_>, raw: &RawJson<'_>) -> bool {
    let Ok(value) = serde_json::from_str::<Value>(raw.as_str()) else { return false };
    let (name, value, became) = match item.key {
        "model_name" | "function_name" => {
            let Some(text) = text_of(raw) else { return false };
            let slug = format!("tensorzero::{}::{text}", item.key);
            let chosen = choose(job, item, &slug).unwrap_or(text);
            out.insert("model".to_owned(), Value::String(chosen));
            return true;
        }
        "input" => {
            let mut input = Input { job, item, items: Vec::new() };
            let instructions = input.turn(&value);
            let items = input.items;
            if let Some(instructions) = instructions {
                out.insert("instructions".to_owned(), Value::String(instructions));
            }
            ("input", Value::Array(items), "`instructions` and `input`")
        }
        "stream" => ("stream", value, "`stream`"),
        "parallel_tool_calls" => ("parallel_tool_calls", value, "`parallel_tool_calls`"),
        "tool_choice" => ("tool_choice", tool_choice(value), "`tool_choice`"),
        "additional_tools" => ("tools", tools(value), "`tools`"),
        "output_schema" => {
            let format = json!({"type": "json_schema", "name": "output", "schema": value, "strict": true});
            ("text", json!({"format": format}), "`text.format`")
        }
        _ => return false,
    };
    out.insert(name.to_owned(), value);
    remark(job, item, Fidelity::Exact, &format!("{became} of Responses"), "");
    true
}

fn by_rule(
    job: &mut Job<'_>,
    out: &mut Map<String, Value>,
    rule: &Rule,
    item: &Item<'_>,
    value: &RawJson<'_>,
) -> Result<String, String> {
    // The rules put what they keep into an object; what that gains is the request's.
    let Ok(mut gained) = Splice::read(b"{}") else { return Ok(String::new()) };
    let became = super::body::became(job, &mut gained, rule, item, value);
    let parameters: Map<String, Value> = serde_json::from_str(&gained.finish()).unwrap_or_default();
    for (name, value) in parameters {
        let name = if matches!(name.as_str(), "max_tokens" | "max_completion_tokens") {
            "max_output_tokens".to_owned()
        } else {
            name
        };
        out.entry(name).or_insert(value);
    }
    became
}

/// `auto`, `none` and `required` are the same; a tool by name is an object in both.
fn tool_choice(value: Value) -> Value {
    match value.get("specific").and_then(Value::as_str) {
        Some(name) => json!({"type": "function", "name": name}),
        None => value,
    }
}

fn tools(value: Value) -> Value {
    let Value::Array(mut tools) = value else { return value };
    for tool in &mut tools {
        if let Value::Object(tool) = tool {
            tool.entry("type").or_insert_with(|| json!("function"));
        }
    }
    Value::Array(tools)
}

/// TensorZero's typed input on its way.
struct Input<'j, 'a, 'i> {
    job: &'j mut Job<'a>,
    item: &'j Item<'i>,
    items: Vec<Value>,
}

impl Input<'_, '_, '_> {
    /// Turns the messages; gives the system text.
    fn turn(&mut self, input: &Value) -> Option<String> {
        for message in input.get("messages").and_then(Value::as_array).into_iter().flatten() {
            self.message(message);
        }
        match input.get("system") {
            Some(Value::String(text)) => Some(text.clone()),
            Some(Value::Null) | None => None,
            Some(arguments) => {
                self.report(
                    "/system",
                    "arguments of the system template, which its own gateway holds",
                    "send the prompt itself",
                );
                Some(arguments.to_string())
            }
        }
    }

    fn message(&mut self, message: &Value) {
        let role = message.get("role").and_then(Value::as_str).unwrap_or("user").to_owned();
        let mut parts = Vec::new();
        match message.get("content") {
            Some(Value::Array(blocks)) => blocks.iter().for_each(|block| self.block(block, &role, &mut parts)),
            Some(Value::String(text)) => parts.push(text_part(&role, text)),
            Some(Value::Null) | None => {}
            Some(arguments) => {
                self.report(
                    "/messages",
                    "arguments of a message's template, which its own gateway holds",
                    "send the text itself",
                );
                parts.push(text_part(&role, &arguments.to_string()));
            }
        }
        self.flush(&role, &mut parts);
    }

    fn flush(&mut self, role: &str, parts: &mut Vec<Value>) {
        if !parts.is_empty() {
            self.items.push(json!({"type": "message", "role": role, "content": std::mem::take(parts)}));
        }
    }

    fn block(&mut self, block: &Value, role: &str, parts: &mut Vec<Value>) {
        let text_at = |name: &str| block.get(name).and_then(Value::as_str);
        match (text_at("type").unwrap_or(""), text_at("text"), block.get("arguments")) {
            ("text", Some(text), _) => parts.push(text_part(role, text)),
            ("raw_text", _, _) => parts.push(text_part(role, text_at("value").unwrap_or(""))),
            ("tool_call", _, _) => {
                self.flush(role, parts);
                self.items.push(call(block));
            }
            ("tool_result", _, _) => {
                self.flush(role, parts);
                let id = text_at("id").unwrap_or("");
                self.items.push(
                    json!({"type": "function_call_output", "call_id": id, "output": text_at("result").unwrap_or("")}),
                );
            }
            ("text" | "template", _, Some(arguments)) => {
                self.report(
                    "/messages",
                    "arguments of a template, which its own gateway holds",
                    "send the text itself",
                );
                parts.push(text_part(role, &arguments.to_string()));
            }
            ("file" | "image", _, _) => match image(block) {
                Some(part) => parts.push(part),
                None => self.report(
                    "/messages",
                    "a file in a form that Responses has not",
                    "send it as an image or file of Responses",
                ),
            },
            (kind, _, _) => {
                let detail =
                    format!("a block {}, which requests of Responses have not", read::listed(&[kind.to_owned()]));
                self.report("/messages", &detail, "leave it out");
            }
        }
    }

    /// An entry about a part of the input, below the input's own.
    fn report(&mut self, below: &str, detail: &str, instead: &str) {
        let item = Item { path: format!("{}{below}", self.item.path), at: self.item.at, key: self.item.key };
        remark(self.job, &item, Fidelity::None, detail, instead);
    }
}

fn text_part(role: &str, text: &str) -> Value {
    json!({"type": if role == "assistant" { "output_text" } else { "input_text" }, "text": text})
}

fn call(block: &Value) -> Value {
    let arguments = match block.get("arguments").or_else(|| block.get("raw_arguments")) {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Null) | None => "{}".to_owned(),
        Some(arguments) => arguments.to_string(),
    };
    let text_at = |name: &str| block.get(name).and_then(Value::as_str).unwrap_or("");
    json!({"type": "function_call", "call_id": text_at("id"), "name": text_at("name"), "arguments": arguments})
}

/// An image by URL, or in base64.
fn image(block: &Value) -> Option<Value> {
    let text_at = |name: &str| block.get(name).and_then(Value::as_str);
    let url = match (text_at("url"), text_at("data"), text_at("mime_type")) {
        (Some(url), _, _) => url.to_owned(),
        (None, Some(data), Some(kind)) if kind.starts_with("image/") => format!("data:{kind};base64,{data}"),
        _ => return None,
    };
    Some(json!({"type": "input_image", "image_url": url}))
}
