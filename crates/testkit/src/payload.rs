//! Request and response bodies for measurements, the same on every run and machine: one conversation, written in each
//! protocol as its clients and providers write it.

mod answer;
mod stream;

pub use answer::{ANSWERS, Answer};
pub use stream::{STREAMS, Streamed};

use serde_json::{Value, json};
use switchback_ir::Protocol;

/// A kind of request that gateways carry.
///
/// ```
/// use switchback_ir::Protocol;
/// use switchback_testkit::PAYLOADS;
/// let turn = &PAYLOADS[0];
/// assert_eq!((turn.name, turn.body(Protocol::Chat)), ("turn_1k", turn.body(Protocol::Chat)));
/// ```
#[derive(Debug)]
pub struct Payload {
    /// Part of the benches' ids.
    pub name: &'static str,
    /// About how large the body is in every protocol.
    pub bytes: usize,
    conversation: fn() -> Conversation,
}

/// A turn of 1 KB, an agent's 20 KB with twelve tools and code to escape, a session of 500 KB, an image of 2 MB.
pub const PAYLOADS: &[Payload] = &[
    Payload { name: "turn_1k", bytes: 1_000, conversation: turn },
    Payload { name: "agent_20k", bytes: 20_000, conversation: agent },
    Payload { name: "history_500k", bytes: 500_000, conversation: history },
    Payload { name: "image_2m", bytes: 2_000_000, conversation: image },
];

impl Payload {
    /// The body in a protocol.
    pub fn body(&self, protocol: Protocol) -> Vec<u8> {
        let conversation = (self.conversation)();
        let body = match protocol {
            Protocol::Chat => chat(&conversation),
            Protocol::Responses => responses(&conversation),
            Protocol::Messages => messages(&conversation),
        };
        body.to_string().into_bytes()
    }
}

struct Conversation {
    system: String,
    tools: usize,
    turns: Vec<Turn>,
}

enum Turn {
    User(String),
    Image(String),
    Assistant(String),
    Call { id: String, input: Value },
    Result { id: String, text: String },
}

/// A question with some text around it.
fn turn() -> Conversation {
    let mut words = Words(1);
    Conversation { system: words.prose(300), tools: 0, turns: vec![Turn::User(words.prose(480))] }
}

/// A coding agent: twelve tools, and code with quotes, tabs and line ends to escape.
fn agent() -> Conversation {
    let mut words = Words(2);
    let mut turns = vec![Turn::User(words.prose(600))];
    for round in 0..4 {
        turns.extend(words.call(round, 600, 800));
    }
    turns.push(Turn::User(words.prose(300)));
    Conversation { system: words.prose(4_000), tools: 12, turns }
}

/// A long session of the same.
fn history() -> Conversation {
    let mut words = Words(3);
    let mut turns = Vec::new();
    for round in 0..180 {
        turns.push(Turn::User(words.prose(250)));
        turns.extend(words.call(round, 700, 1_000));
        turns.push(Turn::Assistant(words.prose(200)));
    }
    turns.push(Turn::User(words.prose(200)));
    Conversation { system: words.prose(4_000), tools: 12, turns }
}

/// One large picture.
fn image() -> Conversation {
    let mut words = Words(4);
    let turns = vec![Turn::Image(words.base64(2_000_000)), Turn::User(words.prose(200))];
    Conversation { system: words.prose(300), tools: 0, turns }
}

fn chat(conversation: &Conversation) -> Value {
    let mut all = vec![json!({"role": "system", "content": conversation.system})];
    all.extend(conversation.turns.iter().map(|turn| match turn {
        Turn::User(text) => json!({"role": "user", "content": text}),
        Turn::Image(data) => json!({"role": "user", "content": [
            {"type": "image_url", "image_url": {"url": format!("data:image/png;base64,{data}")}}]}),
        Turn::Assistant(text) => json!({"role": "assistant", "content": text}),
        Turn::Call { id, input } => json!({"role": "assistant", "content": null, "tool_calls": [
            {"id": id, "type": "function", "function": {"name": "edit_0", "arguments": input.to_string()}}]}),
        Turn::Result { id, text } => json!({"role": "tool", "tool_call_id": id, "content": text}),
    }));
    let function = |tool: Tool| {
        json!({"type": "function", "function": {
        "name": tool.name, "description": tool.description, "strict": false, "parameters": tool.schema}})
    };
    with_tools(json!({"model": "gpt-5", "max_completion_tokens": 4096, "messages": all}), conversation, function)
}

fn responses(conversation: &Conversation) -> Value {
    let mut all = vec![json!({"role": "system", "content": conversation.system})];
    all.extend(conversation.turns.iter().map(|turn| match turn {
        Turn::User(text) => json!({"role": "user", "content": text}),
        Turn::Image(data) => json!({"role": "user", "content": [
            {"type": "input_image", "detail": "auto", "image_url": format!("data:image/png;base64,{data}")}]}),
        Turn::Assistant(text) => json!({"role": "assistant", "content": text}),
        Turn::Call { id, input } => {
            json!({"type": "function_call", "call_id": id, "name": "edit_0", "arguments": input.to_string()})
        }
        Turn::Result { id, text } => json!({"type": "function_call_output", "call_id": id, "output": text}),
    }));
    let function = |tool: Tool| {
        json!({
        "type": "function", "name": tool.name, "description": tool.description, "strict": false,
        "parameters": tool.schema})
    };
    with_tools(
        json!({"model": "gpt-5", "max_output_tokens": 4096, "store": false, "input": all}),
        conversation,
        function,
    )
}

fn messages(conversation: &Conversation) -> Value {
    let all: Vec<_> = conversation
        .turns
        .iter()
        .map(|turn| match turn {
            Turn::User(text) => json!({"role": "user", "content": text}),
            Turn::Image(data) => json!({"role": "user", "content": [
            {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": data}}]}),
            Turn::Assistant(text) => json!({"role": "assistant", "content": text}),
            Turn::Call { id, input } => json!({"role": "assistant", "content": [
            {"type": "tool_use", "id": id, "name": "edit_0", "input": input}]}),
            Turn::Result { id, text } => json!({"role": "user", "content": [
            {"type": "tool_result", "tool_use_id": id, "content": text}]}),
        })
        .collect();
    let function = |tool: Tool| {
        json!({
        "name": tool.name, "description": tool.description, "input_schema": tool.schema})
    };
    with_tools(
        json!({"model": "claude-haiku-4-5", "max_tokens": 4096, "system": conversation.system, "messages": all}),
        conversation,
        function,
    )
}

fn with_tools(mut body: Value, conversation: &Conversation, print: impl Fn(Tool) -> Value) -> Value {
    if conversation.tools > 0 {
        let tools: Vec<_> = (0..conversation.tools).map(|index| print(Tool::generate(index))).collect();
        body.as_object_mut().unwrap().insert("tools".to_owned(), tools.into());
    }
    body
}

struct Tool {
    name: String,
    description: String,
    schema: Value,
}

impl Tool {
    fn generate(index: usize) -> Self {
        let mut words = Words(100 + index as u64);
        let schema = json!({
            "type": "object",
            "properties": {
                "path": {"type": "string", "description": words.prose(60)},
                "text": {"type": "string", "description": words.prose(60)},
                "lines": {"type": "array", "items": {"type": "integer", "minimum": 1}},
                "mode": {"enum": ["insert", "replace", "remove"]},
            },
            "required": ["path", "text"],
            "additionalProperties": false,
        });
        Self { name: format!("edit_{index}"), description: words.prose(120), schema }
    }
}

/// Text from a seed.
#[derive(Debug)]
pub struct Words(u64);

impl Words {
    /// Other text for every seed.
    pub const fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % limit
    }

    fn fill(&mut self, bytes: usize, pieces: &[&str]) -> String {
        let mut text = String::new();
        while text.len() < bytes {
            text.push_str(pieces.get(self.next(pieces.len())).unwrap());
        }
        text
    }

    /// Words of at least so many bytes, some of them not ASCII.
    pub fn prose(&mut self, bytes: usize) -> String {
        const PIECES: &[&str] =
            &["the ", "route ", "request ", "goes ", "where ", "it ", "costs ", "least; ", "naïve ", "and ", "waits. "];
        self.fill(bytes, PIECES)
    }

    /// Lines of code of at least so many bytes, with quotes, backslashes, tabs and line ends.
    pub fn code(&mut self, bytes: usize) -> String {
        const PIECES: &[&str] = &[
            "fn main() {\n",
            "\tlet name = \"value\";\n",
            "    println!(\"{name}\\n\");\n",
            "    if a < b && c != '\\'' { return; }\n",
            "}\n\n",
            "// a comment that is as long as comments are\n",
            "    self.entries.iter().filter(|entry| entry.place.is_some()).count()\n",
        ];
        self.fill(bytes, PIECES)
    }

    fn base64(&mut self, bytes: usize) -> String {
        const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
        (0..bytes / 4 * 4).map(|_| char::from(*LETTERS.get(self.next(64)).unwrap())).collect()
    }

    fn call(&mut self, round: usize, input: usize, result: usize) -> [Turn; 2] {
        let id = format!("call_{round:06}");
        let call = json!({"path": format!("src/file_{round}.rs"), "text": self.code(input), "lines": [1, 20]});
        [Turn::Call { id: id.clone(), input: call }, Turn::Result { id, text: self.code(result) }]
    }
}
