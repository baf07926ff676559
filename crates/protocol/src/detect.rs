use crate::sse::Framer;
use switchback_ir::json::{Cursor, Kind};
use switchback_ir::{Limits, Protocol, Text};

/// The protocol that a request body looks like, and what told.
///
/// For the command line, which says what it took; a gateway knows the protocol from the path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Detected {
    /// The protocol.
    pub protocol: Protocol,
    /// What in the body told, for people.
    pub reason: &'static str,
}

/// Members that only one protocol's requests have, each with the words for people.
const SIGNS: &[(&str, Protocol, &str)] = &[
    ("input", Protocol::Responses, "it has `input`"),
    ("previous_response_id", Protocol::Responses, "it has `previous_response_id`"),
    ("instructions", Protocol::Responses, "it has `instructions`"),
    ("system", Protocol::Messages, "it has a top-level `system`"),
    ("stop_sequences", Protocol::Messages, "it has `stop_sequences`"),
    ("thinking", Protocol::Messages, "it has `thinking`"),
    ("anthropic_version", Protocol::Messages, "it has `anthropic_version`"),
    ("output_config", Protocol::Messages, "it has `output_config`"),
];

/// Members of tools, tool choices and parts that tell Messages from Chat Completions.
const MESSAGES_WORDS: &[&str] = &["input_schema", "tool_use", "tool_result", "tool_use_id", "thinking", "source"];

/// Tells the protocol of a request body by its shape. An ambiguous shape is read as Chat Completions.
///
/// ```
/// use switchback_ir::Protocol;
/// let detected = switchback_protocol::detect(br#"{"model":"m","input":"hi"}"#);
/// assert_eq!(detected.protocol, Protocol::Responses);
/// assert_eq!(detected.reason, "it has `input`");
/// ```
pub fn detect(body: &[u8]) -> Detected {
    let chat = |reason| Detected { protocol: Protocol::Chat, reason };
    let Ok(text) = std::str::from_utf8(body) else { return chat("it is not UTF-8") };
    let root = Cursor::of(text);
    let has = |name: &str| root.look_ahead(name).ok().flatten();
    if let Some((_, protocol, reason)) = SIGNS.iter().find(|(name, _, _)| has(name).is_some()) {
        return Detected { protocol: *protocol, reason };
    }
    let messages = has("messages").is_some() && has("max_tokens").is_some();
    if messages && ["messages", "tools", "tool_choice"].into_iter().filter_map(has).any(speaks_messages) {
        return Detected { protocol: Protocol::Messages, reason: "its parts or tools are those of Messages" };
    }
    if has("messages").is_some() && has("tools").is_some_and(names_its_tools) {
        return Detected { protocol: Protocol::Messages, reason: "its tools have their names beside their types" };
    }
    chat(if has("messages").is_some() { "it has `messages` and no sign of another protocol" } else { "nothing told" })
}

/// The protocol of a whole response, told by its shape; nothing for what is none.
///
/// ```
/// use switchback_ir::Protocol;
/// use switchback_protocol::detect_response;
/// assert_eq!(detect_response(br#"{"id":"c","choices":[]}"#), Some(Protocol::Chat));
/// assert_eq!(detect_response(br#"{"type":"message","role":"assistant","content":[]}"#), Some(Protocol::Messages));
/// assert_eq!(detect_response(br#"{"model":"m","messages":[]}"#), None);
/// ```
pub fn detect_response(body: &[u8]) -> Option<Protocol> {
    let root = Cursor::of(std::str::from_utf8(body).ok()?);
    let word = |name: &str| root.look_ahead(name).ok().flatten().and_then(|mut value| value.string().ok());
    let kind_of = |name: &str| root.look_ahead(name).ok().flatten().and_then(|value| value.peek().ok());
    let list = |name: &str| kind_of(name) == Some(Kind::Array);
    if list("choices") {
        return Some(Protocol::Chat);
    }
    if list("output") && word("object").is_some_and(|object| object == *"response") {
        return Some(Protocol::Responses);
    }
    (list("content") && word("type").is_some_and(|kind| kind == *"message")).then_some(Protocol::Messages)
}

/// The protocol of a recorded stream of Server-Sent Events, told by the first event that has one; nothing for what is
/// none.
///
/// ```
/// use switchback_ir::Protocol;
/// use switchback_protocol::detect_stream;
/// assert_eq!(detect_stream(b"data: {\"type\":\"response.created\"}\n\n"), Some(Protocol::Responses));
/// assert_eq!(detect_stream(b"event: ping\ndata: {\"type\":\"ping\"}\n\n"), Some(Protocol::Messages));
/// assert_eq!(detect_stream(b"data: {\"choices\":[]}\n\n"), Some(Protocol::Chat));
/// assert_eq!(detect_stream(b"{}"), None);
/// ```
pub fn detect_stream(stream: &[u8]) -> Option<Protocol> {
    let mut framer = Framer::sse(&Limits::default());
    let mut rest = stream;
    while let Ok(Some(frame)) = framer.next(&mut rest) {
        let Ok(text) = std::str::from_utf8(frame.data) else { continue };
        let root = Cursor::of(text);
        let kind = root.look_ahead("type").ok().flatten().and_then(|mut kind| kind.string().ok());
        match kind.as_ref().map(Text::word).as_deref() {
            Some(kind) if kind.starts_with("response.") => return Some(Protocol::Responses),
            Some("message_start" | "ping") => return Some(Protocol::Messages),
            None if matches!(root.look_ahead("choices"), Ok(Some(_))) => return Some(Protocol::Chat),
            _ => {}
        }
    }
    None
}

/// Whether a member that only Messages has stands anywhere in the value.
fn speaks_messages(cursor: Cursor<'_>) -> bool {
    match cursor.peek() {
        Ok(Kind::Array) => any_element(cursor, speaks_messages),
        Ok(Kind::Object) => {
            let kind = cursor.look_ahead("type").ok().flatten().and_then(|mut value| value.string().ok());
            MESSAGES_WORDS.iter().any(|word| {
                kind.as_ref().is_some_and(|kind| *kind == **word) || matches!(cursor.look_ahead(word), Ok(Some(_)))
            }) || kind.is_some_and(|kind| matches!(&*kind.word(), "any" | "tool"))
                || matches!(cursor.look_ahead("content"), Ok(Some(content)) if speaks_messages(content))
        }
        _ => false,
    }
}

/// Whether a tool's name stands in the tool itself; Chat Completions has it one object further in.
fn names_its_tools(tools: Cursor<'_>) -> bool {
    any_element(tools, |tool| matches!(tool.look_ahead("name"), Ok(Some(_))))
}

fn any_element(mut cursor: Cursor<'_>, holds: impl Fn(Cursor<'_>) -> bool) -> bool {
    let Ok(mut elements) = cursor.open_array() else { return false };
    while let Ok(true) = cursor.next_element(&mut elements) {
        if holds(cursor) {
            return true;
        }
        if cursor.raw().is_err() {
            return false;
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shape_tells() {
        let cases: [(&[u8], Protocol); 6] = [
            (br#"{"model":"m","messages":[{"role":"user","content":"x"}],"max_tokens":9}"#, Protocol::Chat),
            (br#"{"messages":[],"tools":[{"type":"web_search_20250305","name":"web_search"}]}"#, Protocol::Messages),
            (br#"{"messages":[],"tools":[{"type":"function","function":{"name":"f"}}]}"#, Protocol::Chat),
            (br#"{"input":[],"tools":[{"type":"function","name":"f"}]}"#, Protocol::Responses),
            (
                br#"{"max_tokens":1,"messages":[{"role":"user","content":[{"type":"tool_result"}]}]}"#,
                Protocol::Messages,
            ),
            (b"nonsense", Protocol::Chat),
        ];
        for (body, protocol) in cases {
            assert_eq!(detect(body).protocol, protocol, "{}", String::from_utf8_lossy(body));
        }
    }
}
