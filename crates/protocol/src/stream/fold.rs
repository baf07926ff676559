//! A stream as the whole response that it amounts to.

use super::spoken::{self, Spoken};
use super::{Decoder, StreamError, StreamErrorKind};
use crate::sse::{Frame, Framer};
use serde_json::{Map, Value, json};
use switchback_ir::{Feature, Limits, Line, Protocol, Step};

/// A stream's whole response.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Folded {
    /// The response, as JSON.
    pub body: Vec<u8>,
    /// Where the stream said something else before than the response says now: `noted` entries, whose paths lead into
    /// the body.
    pub notes: Vec<Line>,
}

/// Folds a complete stream of `protocol` into its whole response.
///
/// For Responses it is what the last event carries; where the deltas before it said something else, a note says so. It
/// builds a tree, for tests, caches and records; a proxy that passes a stream on does not need it.
///
/// ```
/// use switchback_ir::Protocol;
/// let stream = b"data: {\"id\":\"c\",\"object\":\"chat.completion.chunk\",\"created\":1,\"model\":\"m\",\"choices\":[{\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":\"hi\"},\"finish_reason\":null}]}\n\n\
///     data: {\"id\":\"c\",\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n";
/// let folded = switchback_protocol::stream::fold(Protocol::Chat, stream)?;
/// let text = String::from_utf8(folded.body)?;
/// assert!(text.contains(r#""content":"hi""#) && text.contains(r#""finish_reason":"stop""#));
/// assert!(folded.notes.is_empty());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// On bytes that are no stream of the protocol, on an error in it, and on a stream without an end.
pub fn fold(protocol: Protocol, stream: &[u8]) -> Result<Folded, StreamError> {
    let mut framer = Framer::sse(&Limits::default());
    let mut folder = Folder::new(protocol);
    let mut rest = stream;
    loop {
        match framer.next(&mut rest) {
            Ok(Some(frame)) => folder.frame(&frame)?,
            Ok(None) => break,
            Err(error) => {
                let kind = StreamErrorKind::Frame(error.to_string());
                return Err(StreamError::new(kind, folder.decoder.events()));
            }
        }
    }
    if let Some(frame) = framer.finish().filter(Decoder::reads) {
        folder.frame(&frame)?;
    }
    folder.finish()
}

struct Folder {
    protocol: Protocol,
    /// Watches over the order of the events.
    decoder: Decoder,
    whole: Option<Value>,
    /// The text of arguments, by block, until they are whole.
    arguments: Vec<(usize, String)>,
    spoken: Spoken,
    notes: Vec<Line>,
    complete: bool,
}

impl Folder {
    fn new(protocol: Protocol) -> Self {
        Self {
            protocol,
            decoder: Decoder::new(protocol, &Limits::default()),
            whole: None,
            arguments: Vec::new(),
            spoken: Spoken::default(),
            notes: Vec::new(),
            complete: false,
        }
    }

    fn frame(&mut self, frame: &Frame<'_>) -> Result<(), StreamError> {
        let event = self.decoder.read(frame)?;
        let (mut failed, mut ended, mut says) = (None, false, false);
        let told = self.decoder.tell(&event, &mut |step| {
            says = true;
            match step {
                Step::Failed { raw } => failed = Some(raw.as_str().to_owned()),
                Step::End => ended = true,
                Step::Start(_)
                | Step::Open { .. }
                | Step::Delta { .. }
                | Step::Citation { .. }
                | Step::Logprobs { .. }
                | Step::Close { .. }
                | Step::Usage(_)
                | Step::Tier(_)
                | Step::Finish { .. }
                | Step::Lost { .. } => {}
            }
        });
        told?;
        let (plain, number) = (event.plain.is_some(), self.decoder.events().saturating_sub(1));
        self.decoder.recycle(event);
        if let Some(payload) = failed {
            return Err(StreamError::upstream(self.protocol, &payload, number));
        }
        let was_complete = self.complete;
        self.complete |= ended;
        if was_complete {
            let after = StreamErrorKind::Order("an event after the end");
            return if plain || !says { Ok(()) } else { Err(StreamError::new(after, number)) };
        }
        if plain {
            return Ok(());
        }
        let event: Value = serde_json::from_slice(frame.data)
            .map_err(|error| StreamError::new(StreamErrorKind::Malformed(error.to_string()), number))?;
        match self.protocol {
            Protocol::Chat => self.chunk(event),
            Protocol::Responses => self.response_event(event),
            Protocol::Messages => self.message_event(&event),
        }
        Ok(())
    }

    fn finish(mut self) -> Result<Folded, StreamError> {
        self.settle();
        let error = StreamError::new(StreamErrorKind::Cut, self.decoder.events());
        match self.whole {
            Some(whole) if self.complete => {
                self.notes.extend(self.spoken.disagreements(&whole));
                Ok(Folded { body: whole.to_string().into_bytes(), notes: self.notes })
            }
            _ => Err(error),
        }
    }

    /// A message that only calls or refuses has no content, where the first chunk had an empty one.
    fn settle(&mut self) {
        let Some(whole) = self.whole.as_mut() else { return };
        let Some(choices) = whole.get_mut("choices").and_then(Value::as_array_mut) else { return };
        // The first that speaks need not be the first.
        choices.sort_by_key(|choice| choice.get("index").and_then(Value::as_u64));
        for choice in choices {
            let Some(message) = choice.get_mut("message").and_then(Value::as_object_mut) else { continue };
            let said = |name: &str| message.get(name).is_some_and(|value| !value.is_null());
            if message.get("content") == Some(&json!("")) && (said("tool_calls") || said("refusal")) {
                message.insert("content".to_owned(), Value::Null);
            }
        }
    }

    fn response_event(&mut self, mut event: Value) {
        let kind = event.get("type").and_then(Value::as_str).unwrap_or_default();
        if matches!(kind, "response.completed" | "response.incomplete") {
            self.whole = event.get_mut("response").map(Value::take);
        } else {
            self.spoken.event(&event);
        }
    }

    fn message_event(&mut self, event: &Value) {
        let index = event.get("index").and_then(Value::as_u64).and_then(|index| usize::try_from(index).ok());
        match event.get("type").and_then(Value::as_str).unwrap_or_default() {
            "message_start" => self.whole = event.get("message").cloned(),
            "content_block_start" => {
                if let (Some(content), Some(block)) = (self.content(), event.get("content_block")) {
                    content.push(block.clone());
                }
            }
            "content_block_delta" => {
                if let (Some(index), Some(delta)) = (index, event.get("delta")) {
                    self.message_delta(index, delta);
                }
            }
            "content_block_stop" => {
                if let Some(index) = index {
                    self.end_arguments(index);
                }
            }
            "message_delta" => {
                for object in [event.get("delta"), Some(event)] {
                    self.merge(object);
                }
            }
            _ => {}
        }
    }

    fn content(&mut self) -> Option<&mut Vec<Value>> {
        self.whole.as_mut()?.get_mut("content")?.as_array_mut()
    }

    fn message_delta(&mut self, index: usize, delta: &Value) {
        let text = |name: &str| delta.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
        if delta.get("type").and_then(Value::as_str) == Some("input_json_delta") {
            match self.arguments.iter_mut().find(|(block, _)| *block == index) {
                Some((_, arguments)) => arguments.push_str(&text("partial_json")),
                None => self.arguments.push((index, text("partial_json"))),
            }
            return;
        }
        let Some(block) = self.content().and_then(|content| content.get_mut(index)).and_then(Value::as_object_mut)
        else {
            return;
        };
        match delta.get("type").and_then(Value::as_str).unwrap_or_default() {
            "text_delta" => append(block, "text", &text("text")),
            "thinking_delta" => append(block, "thinking", &text("thinking")),
            "signature_delta" => append(block, "signature", &text("signature")),
            "citations_delta" => {
                let list = block.entry("citations").or_insert_with(|| json!([]));
                if let (Some(list), Some(citation)) = (list.as_array_mut(), delta.get("citation")) {
                    list.push(citation.clone());
                }
            }
            _ => {}
        }
    }

    fn end_arguments(&mut self, index: usize) {
        let Some(at) = self.arguments.iter().position(|(block, _)| *block == index) else { return };
        let (_, text) = self.arguments.swap_remove(at);
        let text = if text.is_empty() { "{}".to_owned() } else { text };
        let input = serde_json::from_str(&text).unwrap_or_else(|_| {
            self.notes.push(spoken::note(format!("/content/{index}/input"), Feature::OutputArguments));
            json!({})
        });
        if let Some(block) = self.content().and_then(|content| content.get_mut(index)).and_then(Value::as_object_mut) {
            block.insert("input".to_owned(), input);
        }
    }

    /// Takes over the members of a `message_delta`; its usage is counted up to here.
    fn merge(&mut self, object: Option<&Value>) {
        let Some(whole) = self.whole.as_mut().and_then(Value::as_object_mut) else { return };
        for (name, value) in object.and_then(Value::as_object).into_iter().flatten() {
            match (name.as_str(), whole.get_mut(name).and_then(Value::as_object_mut), value) {
                ("type" | "delta", _, _) => {}
                ("usage", Some(usage), Value::Object(later)) => {
                    usage.extend(later.iter().map(|(name, count)| (name.clone(), count.clone())));
                }
                _ => {
                    whole.insert(name.clone(), value.clone());
                }
            }
        }
    }

    fn chunk(&mut self, mut chunk: Value) {
        let whole = self.whole.get_or_insert_with(|| json!({"choices": []}));
        let Some(object) = chunk.as_object_mut() else { return };
        let choices = object.remove("choices");
        let Some(whole) = whole.as_object_mut() else { return };
        for (name, value) in object.iter() {
            match name.as_str() {
                "obfuscation" => {}
                "object" => {
                    whole.insert(name.clone(), json!("chat.completion"));
                }
                _ if value.is_null() && whole.contains_key(name) => {}
                _ => {
                    whole.insert(name.clone(), value.clone());
                }
            }
        }
        let Some(all) = whole.get_mut("choices").and_then(Value::as_array_mut) else { return };
        for choice in choices.as_ref().and_then(Value::as_array).into_iter().flatten() {
            let index = choice.get("index").cloned().unwrap_or_else(|| json!(0));
            if !all.iter().any(|known| known.get("index") == Some(&index)) {
                all.push(json!({"index": index, "message": {"role": "assistant", "content": null, "refusal": null},
                    "logprobs": null, "finish_reason": null}));
            }
            let known = all.iter_mut().find(|known| known.get("index") == Some(&index));
            if let Some(known) = known.and_then(Value::as_object_mut) {
                merge_choice(known, choice);
            }
        }
    }
}

fn append(object: &mut Map<String, Value>, name: &str, text: &str) {
    let before = object.get(name).and_then(Value::as_str).unwrap_or_default();
    let joined = format!("{before}{text}");
    object.insert(name.to_owned(), Value::String(joined));
}

fn merge_choice(known: &mut Map<String, Value>, choice: &Value) {
    for (name, value) in choice.as_object().into_iter().flatten() {
        match name.as_str() {
            "index" => {}
            "delta" => {
                if let Some(message) = known.get_mut("message").and_then(Value::as_object_mut) {
                    merge_delta(message, value);
                }
            }
            "logprobs" => merge_logprobs(known, value),
            _ if value.is_null() => {}
            _ => {
                known.insert(name.clone(), value.clone());
            }
        }
    }
}

fn merge_logprobs(known: &mut Map<String, Value>, value: &Value) {
    let Some(later) = value.as_object() else { return };
    let lists = known.entry("logprobs").or_insert(Value::Null);
    if lists.is_null() {
        *lists = json!({"content": null, "refusal": null});
    }
    for (name, list) in later {
        let Some(more) = list.as_array() else { continue };
        match lists.get_mut(name).and_then(Value::as_array_mut) {
            Some(before) => before.extend(more.iter().cloned()),
            None => lists[name.as_str()] = list.clone(),
        }
    }
}

fn merge_delta(message: &mut Map<String, Value>, delta: &Value) {
    for (name, value) in delta.as_object().into_iter().flatten() {
        match (name.as_str(), value) {
            (_, Value::Null) => {}
            ("role", value) => {
                message.insert(name.clone(), value.clone());
            }
            ("tool_calls", Value::Array(calls)) => {
                let all = message.entry("tool_calls").or_insert_with(|| json!([]));
                if let Some(all) = all.as_array_mut() {
                    for call in calls {
                        merge_call(all, call);
                    }
                }
            }
            ("function_call", Value::Object(call)) => {
                let whole = message.entry("function_call").or_insert_with(|| json!({"name": "", "arguments": ""}));
                if let Some(whole) = whole.as_object_mut() {
                    merge_texts(whole, call);
                }
            }
            (_, Value::String(text)) => append(message, name, text),
            (_, Value::Array(list)) => match message.get_mut(name).and_then(Value::as_array_mut) {
                Some(before) => before.extend(list.iter().cloned()),
                None => {
                    message.insert(name.clone(), value.clone());
                }
            },
            (_, value) => {
                message.insert(name.clone(), value.clone());
            }
        }
    }
}

fn merge_call(all: &mut Vec<Value>, call: &Value) {
    let position = call.get("index").and_then(Value::as_u64).and_then(|index| usize::try_from(index).ok());
    let position = position.unwrap_or_else(|| all.len().saturating_sub(1)).min(all.len());
    if position == all.len() {
        all.push(json!({}));
    }
    let Some(known) = all.get_mut(position).and_then(Value::as_object_mut) else { return };
    if call.get("custom").is_some_and(Value::is_object) {
        known.entry("type").or_insert_with(|| json!("custom"));
    }
    for (name, value) in call.as_object().into_iter().flatten() {
        match (name.as_str(), value) {
            ("index", _) | (_, Value::Null) => {}
            ("function" | "custom", Value::Object(pieces)) => {
                let whole = known.entry(name.as_str()).or_insert_with(|| json!({}));
                if let Some(whole) = whole.as_object_mut() {
                    merge_texts(whole, pieces);
                }
            }
            _ => {
                known.insert(name.clone(), value.clone());
            }
        }
    }
}

/// A name comes once; arguments and inputs come in pieces.
fn merge_texts(whole: &mut Map<String, Value>, pieces: &Map<String, Value>) {
    for (name, value) in pieces {
        match (name.as_str(), value.as_str()) {
            ("arguments" | "input", Some(text)) => append(whole, name, text),
            (_, Some("")) => {}
            _ if value.is_null() => {}
            _ => {
                whole.insert(name.clone(), value.clone());
            }
        }
    }
}
