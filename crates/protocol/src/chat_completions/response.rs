//! Whole responses of Chat Completions.

use super::{CHOICE, RESPONSE};
use crate::reader::{Reader, Result};
use crate::reply::{Answer, Reply, Said, citations, reasoning_texts, write_citation};
use crate::writer::{Carried, Encoding, message_owner, spell_openai};
use switchback_ir::json::Writer;
use switchback_ir::{Key, Ledger, Owner, Place, Protocol, RawJson, Response, Role, StopReason, TargetFacts, Text};

/// Reads a response body.
pub(crate) fn decode_response(reader: &mut Reader<'_>) -> Result<()> {
    let mut choices = false;
    let mut members = reader.cursor.open_object()?;
    while let Some(name) = reader.cursor.next_key(&mut members)? {
        match &*name.word() {
            "model" => reader.response_model()?,
            "choices" => {
                reader.refuse_second(choices, "choices")?;
                choices = true;
                reader.choices()?;
            }
            _ => reader.leaf(&RESPONSE, Owner::Request, &name)?,
        }
    }
    if !choices {
        return Err(reader.missing("choices", Place::ROOT));
    }
    Ok(())
}

impl Reader<'_> {
    fn choices(&mut self) -> Result<()> {
        let mut elements = self.cursor.open_array()?;
        while self.cursor.next_element(&mut elements)? {
            self.choice()?;
        }
        Ok(())
    }

    fn choice(&mut self) -> Result<()> {
        let owner = self.message_owner();
        let index = self.request.messages.len();
        let mut members = self.cursor.open_object()?;
        while let Some(name) = self.cursor.next_key(&mut members)? {
            if name == *"message" {
                self.refuse_second(self.request.messages.len() > index, "message")?;
                let message = self.untagged();
                self.message(Role::Assistant, message)?;
            } else {
                self.leaf(&CHOICE, owner, &name)?;
            }
        }
        if self.request.messages.len() == index {
            // A filter of some hosts leaves the message out.
            let mut message = self.begin_message(Role::Assistant)?;
            message.place = Place::NONE;
            self.end_message(message);
        }
        Ok(())
    }
}

/// Writes a response within the protocol.
pub(crate) fn encode_own(response: &Response<'_>, reply: &Reply<'_>, out: &mut Vec<u8>, ledger: &mut Ledger) {
    let facts = TargetFacts::default();
    let carried = Carried::of(&response.body, Protocol::Chat, &facts);
    let mut encoding = Encoding::new(&response.body, &carried, &facts, out, ledger, spell_openai);
    encoding.json.begin_object();
    encoding.response_head(&RESPONSE, reply);
    encoding.json.key("choices");
    encoding.json.begin_array();
    for (index, message) in response.body.messages.iter().enumerate() {
        encoding.json.begin_object();
        if message.place != Place::NONE {
            encoding.json.key("message");
            encoding.chat_assistant(index, std::slice::from_ref(message), message.role_place != Place::NONE);
        }
        encoding.leaves(message_owner(index), &CHOICE);
        encoding.json.end_object();
    }
    encoding.json.end_array();
    encoding.json.end_object();
}

impl Answer<'_, '_> {
    /// Writes the response for a client of this protocol.
    pub(crate) fn chat(&mut self) {
        self.json.constant(r#"{"id":"#);
        self.write_id();
        self.json.constant(r#""object":"chat.completion","created":"#);
        self.write_created("/created");
        self.json.constant(r#""model":"#);
        self.write_model();
        self.json.constant(r#""choices":[{"index":0,"message":{"role":"assistant","content":"#);
        self.chat_content();
        self.chat_reasoning();
        self.chat_annotations();
        self.chat_tool_calls();
        self.json.end_object();
        self.chat_logprobs();
        self.json.key("finish_reason");
        self.json.plain(self.chat_finish());
        self.json.end_object();
        self.json.end_array();
        if let Some(tier) = self.tier(Protocol::Chat) {
            self.json.key("service_tier");
            self.json.str(&tier);
        }
        if let Some(usage) = self.summary.usage {
            self.json.key("usage");
            self.write_usage(Protocol::Chat, &usage);
        }
        self.json.end_object();
    }

    /// A refusal that says why is a complete answer; one without a word is a filter's.
    fn chat_finish(&self) -> &'static str {
        if self.reason == StopReason::Refusal && self.pieces.refusals { "stop" } else { self.reason.chat() }
    }

    /// The texts as one, and the refusal beside them.
    fn chat_content(&mut self) {
        let pieces = &self.pieces;
        if !pieces.texts && (pieces.refusals || pieces.calls) {
            self.json.constant("null");
        } else {
            self.json.string(|out| {
                for piece in &pieces.list {
                    if let Said::Text { text, .. } = piece {
                        text.write_content(out);
                    }
                }
            });
        }
        if !pieces.refusals {
            return self.json.constant(r#""refusal":null"#);
        }
        self.json.key("refusal");
        self.json.string(|out| {
            for piece in &pieces.list {
                if let Said::Refusal(text) = piece {
                    text.write_content(out);
                }
            }
        });
    }

    fn chat_reasoning(&mut self) {
        if !self.reply.reasoning_extension {
            return;
        }
        let mut shown: Vec<Text<'static>> = Vec::new();
        for piece in &self.pieces.list {
            match piece {
                Said::Reasoning(opaque) => reasoning_texts(opaque, |text| shown.push(text.clone().into_owned())),
                Said::ReasoningText(text) => shown.push(text.clone().into_owned()),
                Said::Text { .. } | Said::Refusal(_) | Said::Call { .. } => {}
            }
        }
        if !shown.is_empty() {
            self.json.key("reasoning_content");
            self.json.string(|out| shown.iter().for_each(|text| text.write_content(out)));
        }
    }

    fn chat_annotations(&mut self) {
        if !self.summary.has_citations {
            return;
        }
        let cites = |part| self.leaf_of(Owner::Part(part), Key::Citations).is_some();
        if !self.texts().any(|(part, _)| cites(part)) {
            return;
        }
        let mut open = false;
        let mut offset = 0;
        let pieces = std::mem::take(&mut self.pieces.list);
        for piece in &pieces {
            let Said::Text { part, text } = *piece else { continue };
            let length = text.word().chars().count() as u64;
            let list = self.leaf_of(Owner::Part(part), Key::Citations);
            for citation in list.map(|list| citations(&list.value)).unwrap_or_default() {
                if !open {
                    open = true;
                    self.json.key("annotations");
                    self.json.begin_array();
                }
                self.json.begin_object();
                self.json.key("type");
                self.json.word("url_citation");
                self.json.key("url_citation");
                self.json.begin_object();
                write_citation(&mut self.json, &citation, offset, length);
                self.json.end_object();
                self.json.end_object();
            }
            offset += length;
        }
        self.pieces.list = pieces;
        if open {
            self.json.end_array();
        }
    }

    fn chat_tool_calls(&mut self) {
        if !self.pieces.calls {
            return;
        }
        self.json.key("tool_calls");
        self.json.begin_array();
        let pieces = std::mem::take(&mut self.pieces.list);
        for piece in &pieces {
            let Said::Call { part, call } = *piece else { continue };
            let custom = self.is_custom(call);
            let kind = if custom { "custom" } else { "function" };
            self.json.begin_object();
            self.write_call_id("id", part, call);
            self.json.key("type");
            self.json.plain(kind);
            self.json.plain_key(kind);
            self.json.begin_object();
            self.write_name(call);
            if custom {
                self.json.key("input");
                self.write_custom_input(call);
            } else {
                self.json.key("arguments");
                self.write_encoded_input(call);
            }
            self.json.end_object();
            self.json.end_object();
        }
        self.json.end_array();
        self.pieces.list = pieces;
    }

    fn chat_logprobs(&mut self) {
        if !self.summary.has_logprobs {
            return self.json.constant(r#""logprobs":null"#);
        }
        let lists = self
            .texts()
            .filter_map(|(part, _)| self.leaf_of(Owner::Part(part), Key::OutputLogprobs).map(|field| &field.value));
        let lists: Vec<&RawJson<'_>> = lists.filter(|list| !list.is_null() && !list.is_empty_container()).collect();
        self.json.key("logprobs");
        if lists.is_empty() {
            return self.json.constant("null");
        }
        self.json.begin_object();
        self.json.key("content");
        join_lists(&mut self.json, &lists);
        self.json.key("refusal");
        self.json.constant("null");
        self.json.end_object();
    }
}

/// Writes the elements of several lists as one.
fn join_lists(json: &mut Writer<'_>, lists: &[&RawJson<'_>]) {
    json.begin_array();
    for list in lists {
        let inner = list.as_str().trim().strip_prefix('[').and_then(|list| list.strip_suffix(']')).map(str::trim);
        if let Some(inner) = inner.filter(|inner| !inner.is_empty()) {
            json.checked(inner);
        }
    }
    json.end_array();
}
