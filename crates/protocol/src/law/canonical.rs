mod response;

pub use response::canonical_response;

use super::{Node, Tree};
use crate::table::Scope;
use crate::{chat_completions, messages, responses};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use switchback_ir::{Protocol, TargetFacts};

/// The canonical form of a request body: what the protocol's documentation says is the same is written the same.
///
/// Each rule stands in `docs/canonical.md` with its reason.
pub fn canonical(protocol: Protocol, mut tree: Tree) -> Tree {
    prune(&mut tree);
    match protocol {
        Protocol::Chat => chat_form(&mut tree),
        Protocol::Responses => responses_form(&mut tree),
        Protocol::Messages => messages_form(&mut tree),
    }
    for list in ["messages", "input"] {
        if tree.get(list).is_some_and(Tree::is_empty) {
            tree.take(list);
        }
    }
    tree
}

/// Members whose content is the caller's own JSON, in which nothing is pruned.
const VERBATIM: &[&str] =
    &["parameters", "input_schema", "schema", "output_schema", "input", "metadata", "logit_bias", "web_search_options"];

/// `null`, `[]` and `{}` say nothing as members of a protocol's own objects.
fn prune(tree: &mut Tree) {
    match &mut tree.node {
        Node::Leaf(_) => {}
        Node::List(items) => items.iter_mut().for_each(prune),
        Node::Object(members) => {
            for (name, member) in members.iter_mut() {
                // `input` is a list of items at the root of Responses, and the caller's own JSON in a tool call.
                let own =
                    VERBATIM.contains(&name.as_str()) && !(name == "input" && matches!(member.node, Node::List(_)));
                if !own {
                    prune(member);
                }
            }
            members.retain(|name, member| !(member.is_null() || member.is_empty() && says_nothing_empty(name)));
        }
    }
}

/// Members of the protocols' own objects that hold a list or an object, and say nothing when it is empty.
const CONTAINERS: &[&str] = &[
    "cache_control",
    "content",
    "format",
    "functions",
    "include",
    "input",
    "instructions",
    "messages",
    "output_config",
    "output_format",
    "reasoning",
    "response_format",
    "stream_options",
    "system",
    "text",
    "thinking",
    "tool_calls",
    "tool_choice",
    "tools",
];

fn says_nothing_empty(name: &str) -> bool {
    let tables = [&chat_completions::SCOPES[..], &responses::SCOPES[..], &messages::SCOPES[..]];
    let leaf = |scope: &&Scope| scope.named(name).is_some_and(|row| row.kind.empty_is_blank());
    CONTAINERS.contains(&name) || tables.into_iter().flatten().any(leaf)
}

fn rename(tree: &mut Tree, old: &str, new: &str) {
    if tree.get(new).is_none()
        && let Some(value) = tree.take(old)
    {
        tree.put(new, value);
    }
}

/// A bare string is a list of one text part.
fn content_list(message: &mut Tree, member: &str) {
    let Some(content) = message.take(member) else { return };
    let path = content.path.clone();
    let list = if content.is_string() {
        let tag = Tree::leaf(&path, "text");
        let text = content.clone();
        Tree::list(&path, vec![content.wrap([("type", tag), ("text", text)])])
    } else {
        content
    };
    message.put(member, list);
}

/// The text of arguments is JSON; no text is an empty object.
fn arguments(call: &mut Tree) {
    let Some(text) = call.take("arguments") else { return };
    let path = text.path.clone();
    let parsed = match &text.node {
        Node::Leaf(leaf) => serde_json::from_str::<String>(leaf).ok().and_then(|inner| {
            if inner.trim().is_empty() {
                Some(Value::Object(serde_json::Map::new()))
            } else {
                serde_json::from_str(&inner).ok()
            }
        }),
        Node::List(_) | Node::Object(_) => None,
    };
    let value = parsed.map_or(text, |value| Tree { node: opaque(&value), path });
    call.put("arguments", value);
}

/// A value inside another value's text: it has no places of its own.
fn opaque(value: &Value) -> Node {
    Node::Leaf(sorted(value))
}

/// JSON text with sorted names.
fn sorted(value: &Value) -> String {
    match value {
        Value::Object(members) => {
            let members: BTreeMap<_, _> = members.iter().collect();
            let member =
                |(name, value): (&&String, &&Value)| format!("{}:{}", Value::from(name.as_str()), sorted(value));
            format!("{{{}}}", members.iter().map(member).collect::<Vec<_>>().join(","))
        }
        Value::Array(items) => format!("[{}]", items.iter().map(sorted).collect::<Vec<_>>().join(",")),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => value.to_string(),
    }
}

fn has_tools(tree: &Tree) -> bool {
    tree.get("tools").is_some()
}

/// Defaults that Chat Completions and Responses document alike.
fn openai_defaults(tree: &mut Tree) {
    tree.drop_default("parallel_tool_calls", "true");
    tree.drop_default("stream", "false");
    tree.drop_default("background", "false");
    if has_tools(tree) {
        tree.drop_default("tool_choice", "\"auto\"");
    }
    rename(tree, "user", "safety_identifier");
}

fn chat_form(tree: &mut Tree) {
    openai_defaults(tree);
    legacy_functions(tree);
    rename(tree, "max_tokens", "max_completion_tokens");
    tree.drop_default("n", "1");
    tree.drop_default("logprobs", "false");
    tree.drop_default("store", "false");
    if tree.get("modalities").is_some_and(|modalities| modalities.text() == "[\"text\"]") {
        tree.take("modalities");
    }
    if let Some(stop) = tree.take("stop") {
        let path = stop.path.clone();
        tree.put("stop", if stop.is_leaf() { Tree::list(&path, vec![stop]) } else { stop });
    }
    if tree.get("response_format").and_then(|format| format.word("type")) == Some("text") {
        tree.take("response_format");
    }
    let format = tree.members().and_then(|members| members.get_mut("response_format"));
    if let Some(schema) = format.and_then(|format| format.members()?.get_mut("json_schema")) {
        named_schema(schema);
    }
    for tool in list_of(tree, "tools") {
        if let Some(mut function) = tool.take("function") {
            function.drop_default("strict", "false");
            parameters(&mut function, "parameters");
            tool.put("function", function);
        }
    }
    for message in list_of(tree, "messages") {
        chat_message(message);
    }
    leading_one_by_one(tree, "messages");
    merge_turns(tree, "messages", &["assistant"]);
    drop_silent(tree, "messages");
}

pub(super) fn list_of<'t>(tree: &'t mut Tree, name: &str) -> &'t mut [Tree] {
    tree.members().and_then(|members| members.get_mut(name)).and_then(Tree::items).map_or(&mut [], Vec::as_mut_slice)
}

/// No parameters is an object without properties.
fn parameters(function: &mut Tree, member: &str) {
    let bare = match function.get(member).map(|tree| &tree.node) {
        Some(Node::Object(members)) => members.iter().all(|(name, value)| match name.as_str() {
            "type" => matches!(&value.node, Node::Leaf(leaf) if leaf == "\"object\""),
            "properties" => value.is_empty(),
            _ => false,
        }),
        None | Some(_) => false,
    };
    if bare {
        function.take(member);
    }
}

/// The name that a schema must have, and the schema that takes anything, where there is none.
fn named_schema(format: &mut Tree) {
    format.fill_in("name", "\"response\"");
    if format.get("schema").is_none() {
        let path = format.path.clone();
        format.put("schema", Tree { path, node: Node::Object(BTreeMap::new()) });
    }
}

fn legacy_functions(tree: &mut Tree) {
    if let Some(functions) = tree.take("functions")
        && let Node::List(items) = functions.node
    {
        let wrap = |function: Tree| {
            let tag = Tree::leaf(&function.path, "function");
            function.clone().wrap([("type", tag), ("function", function)])
        };
        let mut tools: Vec<Tree> = items.into_iter().map(wrap).collect();
        if tree.get("tools").is_none() {
            // Among older functions only the older choice chooses.
            tree.take("tool_choice");
        }
        if let Some(Node::List(newer)) = tree.take("tools").map(|tools| tools.node) {
            tools = newer.into_iter().chain(tools).collect();
        }
        tree.put("tools", Tree::list(&functions.path, tools));
        if tree.get("tool_choice").is_none()
            && let Some(choice) = tree.take("function_call")
        {
            let tag = Tree::leaf(&choice.path, "function");
            let newer =
                if choice.is_leaf() { choice } else { choice.clone().wrap([("type", tag), ("function", choice)]) };
            tree.put("tool_choice", newer);
        }
        tree.drop_default("tool_choice", "\"auto\"");
    }
}

fn chat_message(message: &mut Tree) {
    content_list(message, "content");
    if let Some(call) = message.take("function_call") {
        let tag = Tree::leaf(&call.path, "function");
        let path = call.path.clone();
        message.put("tool_calls", Tree::list(&path, vec![call.clone().wrap([("type", tag), ("function", call)])]));
    }
    if let Some(refusal) = message.take("refusal") {
        let path = refusal.path.clone();
        let part = refusal.clone().wrap([("type", Tree::leaf(&path, "refusal")), ("refusal", refusal)]);
        match message.members().and_then(|members| members.get_mut("content")).and_then(Tree::items) {
            Some(parts) => parts.push(part),
            None => message.put("content", Tree::list(&path, vec![part])),
        }
    }
    if message.word("role") == Some("function") {
        let path = message.get("role").map(|role| role.path.clone()).unwrap_or_default();
        message.put("role", Tree::leaf(&path, "tool"));
    }
    for call in list_of(message, "tool_calls") {
        // Some hosts leave the type out; the member beside it says it.
        let kind = ["function", "custom"].into_iter().find(|member| call.get(member).is_some());
        if let Some(kind) = kind {
            let path = call.path.clone();
            call.put("type", Tree::leaf(&path, kind));
        }
        if let Some(mut function) = call.take("function") {
            arguments(&mut function);
            call.put("function", function);
        }
    }
    no_content_is_empty_text(message);
    let calls = message.get("tool_calls").is_some();
    let role = message.word("role").map(str::to_owned);
    if calls || matches!(role.as_deref(), Some("tool" | "assistant")) {
        drop_empty_texts(message, "content");
    }
    for part in list_of(message, "content") {
        if let Some(mut image) = part.take("image_url") {
            image.drop_default("detail", "\"auto\"");
            part.put("image_url", image);
        }
        breakpoint_extension(part);
    }
}

/// `cache_control`, a vendors' extension, is the prompt-cache breakpoint.
fn breakpoint_extension(part: &mut Tree) {
    rename(part, "cache_control", "prompt_cache_breakpoint");
}

/// A user's or system's message without content is one with an empty text.
fn no_content_is_empty_text(message: &mut Tree) {
    if matches!(message.word("role"), Some("user" | "system" | "developer")) && message.get("content").is_none() {
        let path = message.path.clone();
        let empty = Tree { path: path.clone(), node: Node::Object(BTreeMap::new()) };
        let part = empty.wrap([("type", Tree::leaf(&path, "text")), ("text", Tree::leaf(&path, ""))]);
        message.put("content", Tree::list(&path, vec![part]));
    }
}

fn drop_empty_texts(message: &mut Tree, member: &str) {
    let empty =
        |part: &Tree| matches!(part.get("text").map(|text| &text.node), Some(Node::Leaf(leaf)) if leaf == "\"\"");
    if let Some(items) = message.members().and_then(|members| members.get_mut(member)).and_then(Tree::items) {
        items.retain(|part| !empty(part));
        if items.is_empty() {
            message.take(member);
        }
    }
}

/// Leading instructions are one message per part, however they are grouped.
fn leading_one_by_one(tree: &mut Tree, list: &str) {
    let Some(items) = tree.members().and_then(|members| members.get_mut(list)).and_then(Tree::items) else { return };
    // A turn of which nothing is left (its sealed reasoning did not travel) is none.
    let said = |item: &Tree| match item.get("content").map(|content| &content.node) {
        Some(Node::List(parts)) => !parts.is_empty() || item.get("tool_calls").is_some(),
        Some(Node::Leaf(_) | Node::Object(_)) => true,
        None => item.get("tool_calls").is_some(),
    };
    let turn = |item: &Tree| {
        matches!(item.word("role"), Some("user" | "assistant" | "tool" | "function")) && said(item)
            || matches!(item.word("type"), Some(kind) if kind.contains("tool_call") || kind.starts_with("function_call"))
    };
    let end = items.iter().position(turn).unwrap_or(items.len());
    let rest = items.split_off(end);
    let leading = std::mem::take(items);
    items.extend(leading.into_iter().flat_map(one_by_one).chain(rest));
}

/// A message as one message per part of its content; a message of one part keeps its other members.
fn one_by_one(mut message: Tree) -> Vec<Tree> {
    let parts = list_of(&mut message, "content").to_vec();
    if parts.len() < 2 {
        return vec![message];
    }
    let path = message.get("content").map(|content| content.path.clone()).unwrap_or_default();
    let alone = |(index, part): (usize, Tree)| {
        let mut one = if index == 0 { message.clone() } else { Tree { path: part.path.clone(), ..message.clone() } };
        one.put("content", Tree::list(&path, vec![part]));
        one
    };
    parts.into_iter().enumerate().map(alone).collect()
}

/// Consecutive messages of these roles are one turn: their parts and calls in order.
fn merge_turns(tree: &mut Tree, list: &str, roles: &[&str]) {
    let Some(items) = tree.members().and_then(|members| members.get_mut(list)).and_then(Tree::items) else { return };
    let mut merged: Vec<Tree> = Vec::with_capacity(items.len());
    for item in std::mem::take(items) {
        let role = item.word("role").filter(|role| roles.contains(role)).map(str::to_owned);
        match merged.last_mut() {
            Some(turn) if role.is_some() && turn.word("role").map(str::to_owned) == role => absorb(turn, item),
            _ => merged.push(item),
        }
    }
    *items = merged;
}

/// An assistant message with neither content nor calls says nothing.
fn drop_silent(tree: &mut Tree, list: &str) {
    if let Some(items) = tree.members().and_then(|members| members.get_mut(list)).and_then(Tree::items) {
        items.retain(|item| {
            let only_role = matches!(&item.node, Node::Object(members) if members.len() == 1);
            !(only_role && item.word("role") == Some("assistant"))
        });
    }
}

fn absorb(last: &mut Tree, item: Tree) {
    let Node::Object(members) = item.node else { return };
    for (name, value) in members {
        match last.members().and_then(|members| members.get_mut(&name)) {
            None => last.put(&name, value),
            Some(ours) => {
                if let (Node::List(ours), Node::List(theirs)) = (&mut ours.node, value.node) {
                    ours.extend(theirs);
                }
            }
        }
    }
}

fn responses_form(tree: &mut Tree) {
    openai_defaults(tree);
    if let Some(mut text) = tree.take("text") {
        if text.get("format").and_then(|format| format.word("type")) == Some("text") {
            text.take("format");
        }
        let format = text.members().and_then(|members| members.get_mut("format"));
        if let Some(schema) = format.filter(|format| format.word("type") == Some("json_schema")) {
            named_schema(schema);
        }
        if !text.is_empty() {
            tree.put("text", text);
        }
    }
    for tool in list_of(tree, "tools") {
        parameters(tool, "parameters");
        tool.drop_default("defer_loading", "false");
        web_search(tool, "web_search");
    }
    input_list(tree);
    for item in list_of(tree, "input") {
        response_item(item);
    }
    leading_one_by_one(tree, "input");
    // Each text of an assistant turn is an item of its own.
    if let Some(items) = tree.members().and_then(|members| members.get_mut("input")).and_then(Tree::items) {
        let split = |item: Tree| if item.word("role") == Some("assistant") { one_by_one(item) } else { vec![item] };
        *items = std::mem::take(items).into_iter().flat_map(split).collect();
    }
    drop_silent(tree, "input");
    // Asking twice is asking once.
    let mut seen = BTreeSet::new();
    if let Some(items) = tree.members().and_then(|members| members.get_mut("include")).and_then(Tree::items) {
        items.retain(|item| seen.insert(item.text()));
    }
}

/// A bare `input` is one user message, and `instructions` is the first system message.
fn input_list(tree: &mut Tree) {
    let mut items = Vec::new();
    let path = tree.get("input").or_else(|| tree.get("instructions")).map(|value| value.path.clone());
    for (member, role) in [("instructions", "system"), ("input", "user")] {
        match tree.take(member) {
            Some(text) if text.is_string() => {
                let tag = Tree::leaf(&text.path, role);
                items.push(text.clone().wrap([("role", tag), ("content", text)]));
            }
            Some(Tree { node: Node::List(list), .. }) => items.extend(list),
            Some(other) => tree.put(member, other),
            None => {}
        }
    }
    if let Some(path) = path {
        tree.put("input", Tree::list(&path, items));
    }
}

fn response_item(item: &mut Tree) {
    item.drop_default("type", "\"message\"");
    content_list(item, "content");
    content_list(item, "output");
    if item.get("type").is_none() {
        no_content_is_empty_text(item);
    }
    if matches!(item.word("type"), Some("function_call_output" | "custom_tool_call_output")) {
        drop_empty_texts(item, "output");
        // What kind of tool answers is said by the call.
        let path = item.get("type").map(|tag| tag.path.clone()).unwrap_or_default();
        item.put("type", Tree::leaf(&path, "function_call_output"));
    }
    if item.word("role") == Some("assistant") {
        drop_empty_texts(item, "content");
    }
    if item.word("type") == Some("function_call") {
        arguments(item);
    }
    for member in ["content", "output"] {
        for part in list_of(item, member) {
            if matches!(part.word("type"), Some("input_text" | "output_text")) {
                let path = part.get("type").map(|tag| tag.path.clone()).unwrap_or_default();
                part.put("type", Tree::leaf(&path, "text"));
            }
            part.drop_default("detail", "\"auto\"");
        }
    }
}

/// The versions of web search are one tool.
fn web_search(tool: &mut Tree, kind: &str) {
    if let Some(tag) = tool.get("type").filter(|_| tool.word("type").is_some_and(|kind| kind.starts_with("web_search")))
    {
        let path = tag.path.clone();
        tool.put("type", Tree::leaf(&path, kind));
        if let Some(path) = tool.get("name").map(|name| name.path.clone()) {
            tool.put("name", Tree::leaf(&path, "web_search"));
        }
    }
}

/// An image at a `data:` URL is one in the body.
fn data_source(part: &mut Tree) {
    let image = part.word("type") == Some("image");
    let Some(source) = part.members().and_then(|members| members.get_mut("source")).filter(|_| image) else { return };
    let url = source.word("url").and_then(|url| url.strip_prefix("data:"));
    let Some((media_type, data)) = url.and_then(|url| url.split_once(";base64,")) else { return };
    let (media_type, data) = (media_type.to_owned(), data.to_owned());
    let path = source.path.clone();
    source.take("url");
    for (name, text) in [("type", "base64"), ("media_type", &media_type), ("data", &data)] {
        source.put(name, Tree::leaf(&path, text));
    }
}

fn messages_form(tree: &mut Tree) {
    tree.drop_default("stream", "false");
    if let Some(mut choice) = tree.take("tool_choice") {
        choice.drop_default("disable_parallel_tool_use", "false");
        let only = choice.members().is_some_and(|members| members.len() == 1);
        if !(only && choice.word("type") == Some("auto") && has_tools(tree)) {
            tree.put("tool_choice", choice);
        }
    }
    let newer = tree.get("output_config").is_some_and(|config| config.get("format").is_some());
    if !newer && let Some(format) = tree.take("output_format") {
        let path = format.path.clone();
        let mut config = tree.take("output_config").unwrap_or(Tree { path, node: Node::Object(BTreeMap::new()) });
        config.put("format", format);
        tree.put("output_config", config);
    }
    for tool in list_of(tree, "tools") {
        web_search(tool, "web_search_20250305");
        tool.drop_default("type", "\"custom\"");
        tool.drop_default("strict", "false");
        tool.drop_default("defer_loading", "false");
        parameters(tool, "input_schema");
    }
    if let Some(system) = tree.take("system") {
        let path = system.path.clone();
        let tag = Tree::leaf(&path, "system");
        let first = system.clone().wrap([("role", tag), ("content", system)]);
        let rest = tree.take("messages").map(|messages| messages.node);
        let mut items = vec![first];
        if let Some(Node::List(rest)) = rest {
            items.extend(rest);
        }
        tree.put("messages", Tree::list("/messages", items));
    }
    // Required, and filled in by a conversion where it is missing.
    tree.fill_in("max_tokens", &TargetFacts::DEFAULT_MAX_TOKENS.to_string());
    for message in list_of(tree, "messages") {
        content_list(message, "content");
        for part in list_of(message, "content") {
            data_source(part);
            if part.word("type") == Some("tool_result") {
                part.drop_default("is_error", "false");
                content_list(part, "content");
                drop_empty_texts(part, "content");
                list_of(part, "content").iter_mut().for_each(data_source);
            }
        }
    }
    leading_one_by_one(tree, "messages");
    merge_turns(tree, "messages", &["user", "assistant"]);
}
