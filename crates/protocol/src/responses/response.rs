//! Whole responses of Responses.

use super::RESPONSE;
use crate::reader::{Reader, Result};
use crate::reply::{Answer, Reply, Said, citations, reasoning_texts, write_citation};
use crate::writer::{Carried, Encoding, spell_openai};
use switchback_ir::json::{Kind, Writer};
use switchback_ir::{
    Field, Key, Ledger, Owner, Place, Protocol, RawJson, RequestContext, Response, Slot, StopReason, Summary,
    TargetFacts, Text, ToolCall, write_made_item_id,
};

/// Reads a response body.
pub(crate) fn decode_response(reader: &mut Reader<'_>) -> Result<()> {
    let mut output = false;
    let mut members = reader.cursor.open_object()?;
    while let Some(name) = reader.cursor.next_key(&mut members)? {
        match &*name.word() {
            "model" => reader.response_model()?,
            "output" => {
                reader.refuse_second(output, "output")?;
                output = true;
                reader.output()?;
            }
            // An echo, in the forms that requests of all times have.
            "instructions" if reader.cursor.peek()? != Kind::String => {
                reader.residue("", Owner::Request, name.clone(), true)?;
            }
            word => match RESPONSE.named(word) {
                Some(row) => reader.known(&RESPONSE, row, Owner::Request)?,
                None => reader.request_member(&name)?,
            },
        }
    }
    if !output {
        return Err(reader.missing("output", Place::ROOT));
    }
    Ok(())
}

impl Reader<'_> {
    fn output(&mut self) -> Result<()> {
        let mut elements = self.cursor.open_array()?;
        while self.cursor.next_element(&mut elements)? {
            self.item()?;
        }
        Ok(())
    }
}

/// Writes a response within the protocol.
pub(crate) fn encode_own(response: &Response<'_>, reply: &Reply<'_>, out: &mut Vec<u8>, ledger: &mut Ledger) {
    let facts = TargetFacts::default();
    let carried = Carried::of(&response.body, Protocol::Responses, &facts);
    let mut encoding = Encoding::new(&response.body, &carried, &facts, out, ledger, spell_openai);
    encoding.json.begin_object();
    encoding.response_head(&RESPONSE, reply);
    encoding.response_instructions();
    encoding.json.key("output");
    encoding.json.begin_array();
    for (index, message) in response.body.messages.iter().enumerate() {
        if message.slot == Slot::List {
            encoding.response_message(index, message);
        }
    }
    encoding.json.end_array();
    encoding.response_options();
    encoding.json.end_object();
}

impl<'e, 'a> Answer<'e, 'a> {
    /// Writes the response for a client of this protocol.
    pub(crate) fn responses(&mut self) {
        let (status, incomplete) = self.responses_status();
        self.json.constant(r#"{"id":"#);
        self.write_id();
        self.json.constant(r#""object":"response","created_at":"#);
        self.write_created("/created_at");
        self.json.constant(r#""model":"#);
        self.write_model();
        write_status(&mut self.json, status, incomplete);
        self.json.constant(r#""output":["#);
        self.output();
        write_echo(&mut self.json, self.reply.context);
        if let Some(tier) = self.tier(Protocol::Responses) {
            self.json.key("service_tier");
            self.json.str(&tier);
        }
        if let Some(usage) = self.summary.usage {
            self.json.key("usage");
            self.write_usage(Protocol::Responses, &usage);
        } else {
            self.json.constant(r#""usage":null"#);
        }
        self.json.end_object();
    }

    /// A refusal that says why is a complete answer; one without a word is a filter's.
    fn responses_status(&self) -> (&'static str, Option<&'static str>) {
        if self.reason == StopReason::Refusal && self.pieces.refusals {
            ("completed", None)
        } else {
            self.reason.responses()
        }
    }

    /// The pieces as items: texts and refusals in a row are the content of one message. Only a message that ends the
    /// answer can be incomplete: of a call, a stream cannot know that it is the last.
    fn output(&mut self) {
        let (status, _) = self.responses_status();
        let pieces = std::mem::take(&mut self.pieces.list);
        let id = self.id();
        let last = if status == "incomplete" { "incomplete" } else { "completed" };
        let is_content = |piece: &Said<'_, '_>| matches!(piece, Said::Text { .. } | Said::Refusal(_));
        let mut ordinal = 0;
        let mut runs = pieces.chunk_by(|before, after| is_content(before) && is_content(after)).peekable();
        while let Some(run) = runs.next() {
            let status = if runs.peek().is_none() { last } else { "completed" };
            match run {
                [Said::Call { part, call }] => {
                    let prefix = if self.is_custom(call) { "ctc" } else { "fc" };
                    self.call_item(|out| write_made_item_id(prefix, &id, ordinal, out), *part, call);
                }
                [Said::Reasoning(opaque)] => {
                    let mut texts = Vec::new();
                    reasoning_texts(opaque, |text| texts.push(text.clone().into_owned()));
                    // Nothing of it that others may read: no item.
                    if texts.is_empty() {
                        continue;
                    }
                    let id = |out: &mut Vec<u8>| write_made_item_id("rs", &id, ordinal, out);
                    write_reasoning_item(&mut self.json, id, &texts);
                }
                [Said::ReasoningText(text)] => {
                    let id = |out: &mut Vec<u8>| write_made_item_id("rs", &id, ordinal, out);
                    write_reasoning_item(&mut self.json, id, std::slice::from_ref(text));
                }
                content => {
                    let id = |out: &mut Vec<u8>| write_made_item_id("msg", &id, ordinal, out);
                    open_message_item(&mut self.json, id, status);
                    for piece in content {
                        self.content_part(piece);
                    }
                    self.json.end_array();
                    self.json.end_object();
                }
            }
            ordinal += 1;
        }
        self.json.end_array();
        self.pieces.list = pieces;
    }

    fn content_part(&mut self, piece: &Said<'_, '_>) {
        match piece {
            Said::Text { part, text } => {
                let Summary { has_citations, has_logprobs, .. } = *self.summary;
                let cited = if has_citations { self.text_citations(*part) } else { None };
                let logprobs = if has_logprobs { self.logprobs(*part) } else { None };
                write_text_part(&mut self.json, text, cited, logprobs.as_ref());
            }
            Said::Refusal(text) => {
                self.json.begin_object();
                self.json.key("type");
                self.json.word("refusal");
                self.json.key("refusal");
                self.json.text(text);
                self.json.end_object();
            }
            Said::Reasoning(_) | Said::ReasoningText(_) | Said::Call { .. } => {}
        }
    }

    /// The citations of a text, or those of its Chat message, which speak of its one text.
    #[cold]
    fn text_citations(&self, part: u32) -> Option<&'e RawJson<'a>> {
        let of_message = || {
            let (first, _) = self.texts_first()?;
            (first == part).then(|| self.first_message_field(Key::Citations)).flatten()
        };
        self.leaf_of(Owner::Part(part), Key::Citations).or_else(of_message).map(|field| &field.value)
    }

    fn texts_first(&self) -> Option<(u32, u32)> {
        let (_, message) = self.response.output().next()?;
        let first = self.response.body.parts_of(message).find(|(_, part)| part.is_said())?;
        Some((first.0, message.first_part))
    }

    fn first_message_field(&self, key: Key) -> Option<&'e Field<'a>> {
        let (index, _) = self.response.output().next()?;
        self.leaf_of(Owner::Message(index), key)
    }

    /// The log probabilities of the choice, which speak of its one text.
    #[cold]
    fn logprobs(&self, part: u32) -> Option<RawJson<'static>> {
        let (first, _) = self.texts_first()?;
        let content = self.first_message_field(Key::ChoiceLogprobs)?.value.member("content")?.0.into_owned();
        (first == part && !content.is_null()).then_some(content)
    }

    /// `id` appends the item's id, with its escapes.
    fn call_item(&mut self, id: impl FnOnce(&mut Vec<u8>), part: u32, call: &ToolCall<'_>) {
        let custom = self.is_custom(call);
        self.json.constant(r#"{"id":"#);
        self.json.string(id);
        self.json.key("type");
        self.json.plain(if custom { "custom_tool_call" } else { "function_call" });
        self.json.key("status");
        self.json.word("completed");
        self.write_call_id("call_id", part, call);
        self.write_name(call);
        if custom {
            self.json.key("input");
            self.write_custom_input(call);
        } else {
            self.json.key("arguments");
            self.write_encoded_input(call);
        }
        self.json.end_object();
    }
}

/// Opens a message item up to its content; `id` appends its id, with its escapes.
pub(crate) fn open_message_item(json: &mut Writer<'_>, id: impl FnOnce(&mut Vec<u8>), status: &'static str) {
    json.constant(r#"{"id":"#);
    json.string(id);
    json.constant(r#""type":"message","role":"assistant","status":"#);
    json.plain(status);
    json.constant(r#""content":["#);
}

/// Writes a text of an answer.
pub(crate) fn write_text_part(
    json: &mut Writer<'_>,
    text: &Text<'_>,
    cited: Option<&RawJson<'_>>,
    logprobs: Option<&RawJson<'_>>,
) {
    json.constant(r#"{"type":"output_text","text":"#);
    json.text(text);
    match cited {
        Some(list) => write_text_citations(json, text, list),
        None => json.constant(r#""annotations":[]"#),
    }
    match logprobs {
        Some(list) => {
            json.key("logprobs");
            json.raw(list);
        }
        None => json.constant(r#""logprobs":[]"#),
    }
    json.end_object();
}

#[cold]
fn write_text_citations(json: &mut Writer<'_>, text: &Text<'_>, list: &RawJson<'_>) {
    json.constant(r#""annotations":["#);
    let found = citations(list);
    let length = if found.is_empty() { 0 } else { text.word().chars().count() as u64 };
    for citation in found {
        json.begin_object();
        json.constant(r#""type":"url_citation""#);
        write_citation(json, &citation, 0, length);
        json.end_object();
    }
    json.end_array();
}

/// Writes reasoning as the summary of an item; `id` appends its id, with its escapes.
fn write_reasoning_item(json: &mut Writer<'_>, id: impl FnOnce(&mut Vec<u8>), texts: &[Text<'_>]) {
    json.constant(r#"{"id":"#);
    json.string(id);
    json.constant(r#""type":"reasoning","summary":["#);
    for text in texts {
        json.constant(r#"{"type":"summary_text","text":"#);
        json.text(text);
        json.end_object();
    }
    json.end_array();
    json.end_object();
}

/// Writes whether the answer is complete.
pub(crate) fn write_status(json: &mut Writer<'_>, status: &'static str, incomplete: Option<&'static str>) {
    json.key("status");
    json.plain(status);
    match incomplete {
        Some(reason) => {
            json.constant(r#""error":null,"incomplete_details":{"reason":"#);
            json.plain(reason);
            json.end_object();
        }
        None => json.constant(r#""error":null,"incomplete_details":null"#),
    }
}

/// Members that every response has, and what is written with the protocol's default where the request does not say. Each
/// in its own place of the program, where it is a few moves: in a loop it is copied by a call.
macro_rules! echo_defaults {
    ($($name:literal: $default:literal),* $(,)?) => {
        fn write_defaults(json: &mut Writer<'_>, context: &RequestContext) {
            $(match context.echoed($name) {
                Some(value) => write_echoed(json, $name, value),
                None => json.constant(concat!("\"", $name, "\":", $default)),
            })*
        }

        fn has_default(name: &str) -> bool {
            matches!(name, $($name)|*)
        }
    };
}

echo_defaults! {
    "instructions": "null",
    "metadata": "{}",
    "parallel_tool_calls": "true",
    "temperature": "null",
    "tool_choice": "\"auto\"",
    "tools": "[]",
    "top_p": "null",
}

#[inline(never)]
fn write_echoed(json: &mut Writer<'_>, name: &str, value: &RawJson<'_>) {
    json.plain_key(name);
    json.raw(value);
}

/// Writes what the answer repeats of its request. The tier is none of it: it is the one that served.
pub(crate) fn write_echo(json: &mut Writer<'_>, context: &RequestContext) {
    write_defaults(json, context);
    for (name, value) in &context.echo {
        if name != "service_tier" && !has_default(name) {
            write_echoed(json, name, value);
        }
    }
}
