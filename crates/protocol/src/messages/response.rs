//! Whole responses of Messages.

use super::{MESSAGE, RESPONSE};
use crate::reader::{Reader, Result};
use crate::reply::{Answer, Reply, Said, reasoning_texts};
use crate::writer::{Carried, Encoding, first_two, message_owner};
use switchback_ir::json::{Kind, Writer};
use switchback_ir::{
    Feature, Ledger, Owner, Place, Protocol, Response, Role, Shape, StopReason, TargetFacts, Text, ToolCall, ToolInput,
};

/// Reads a response body.
pub(crate) fn decode_response(reader: &mut Reader<'_>) -> Result<()> {
    reader.message_response()?;
    Ok(())
}

impl Reader<'_> {
    fn message_response(&mut self) -> Result<()> {
        let mut message = self.begin_message(Role::Assistant)?;
        let mut members = self.cursor.open_object()?;
        while let Some(name) = self.cursor.next_key(&mut members)? {
            match &*name.word() {
                "model" => self.response_model()?,
                "role" => self.role_member(&mut message)?,
                "content" => {
                    self.refuse_second(message.content_place != Place::NONE, "content")?;
                    (message.shape, message.content_place) = self.content(Self::block)?;
                }
                _ => self.leaf(&RESPONSE, Owner::Request, &name)?,
            }
        }
        if message.content_place == Place::NONE {
            return Err(self.missing("content", message.place));
        }
        self.end_message(message);
        Ok(())
    }
}

/// Writes a response within the protocol.
pub(crate) fn encode_own(response: &Response<'_>, reply: &Reply<'_>, out: &mut Vec<u8>, ledger: &mut Ledger) {
    let facts = TargetFacts::default();
    let carried = Carried::of(&response.body, Protocol::Messages, &facts);
    let mut encoding = Encoding::new(&response.body, &carried, &facts, out, ledger, super::encode::spell);
    encoding.json.begin_object();
    encoding.response_head(&RESPONSE, reply);
    for (index, message) in response.body.messages.iter().enumerate() {
        if message.role_place != Place::NONE {
            encoding.json.key("role");
            encoding.json.word("assistant");
        }
        let parts = encoding.carried_parts(message);
        let first_two = first_two(parts.clone());
        if message.shape != Shape::Absent || first_two.0.is_some() {
            encoding.json.key("content");
            encoding.blocks(message.shape, first_two, parts);
        }
        encoding.leaves(message_owner(index), &MESSAGE);
    }
    encoding.json.end_object();
}

impl Answer<'_, '_> {
    /// Writes the response for a client of this protocol.
    pub(crate) fn messages(&mut self) {
        self.json.constant(r#"{"id":"#);
        self.write_id();
        self.json.constant(r#""type":"message","role":"assistant","model":"#);
        self.write_model();
        self.json.constant(r#""content":["#);
        self.message_content();
        let refusal = self.refusal();
        write_stop(&mut self.json, self.reason, &refusal);
        self.json.key("usage");
        let usage = self.summary.usage.unwrap_or_default();
        self.write_usage(Protocol::Messages, &usage);
        self.json.end_object();
    }

    /// The text of a refusal, which stands beside the reason to stop.
    fn refusal(&self) -> Vec<Text<'static>> {
        let text =
            |piece: &Said<'_, '_>| if let Said::Refusal(text) = piece { Some(text.clone().into_owned()) } else { None };
        if self.pieces.refusals { self.pieces.list.iter().filter_map(text).collect() } else { Vec::new() }
    }

    fn message_content(&mut self) {
        let pieces = std::mem::take(&mut self.pieces.list);
        for piece in &pieces {
            match piece {
                Said::Text { text, .. } => write_text_block(&mut self.json, text),
                Said::Refusal(_) => {}
                Said::ReasoningText(text) => write_thinking_block(&mut self.json, std::slice::from_ref(text)),
                Said::Reasoning(opaque) => {
                    let mut texts = Vec::new();
                    reasoning_texts(opaque, |text| texts.push(text.clone().into_owned()));
                    write_thinking_block(&mut self.json, &texts);
                }
                Said::Call { part, call } => self.call_block(*part, call),
            }
        }
        self.json.end_array();
        self.pieces.list = pieces;
    }

    fn call_block(&mut self, part: u32, call: &ToolCall<'_>) {
        self.json.begin_object();
        self.json.key("type");
        self.json.word("tool_use");
        self.write_call_id("id", part, call);
        self.write_name(call);
        self.json.key("input");
        let object = match &call.input {
            ToolInput::Json(raw) => {
                self.json.raw(raw);
                raw.kind() == Kind::Object
            }
            ToolInput::Encoded(text) => self.json.object_in(text),
            ToolInput::Custom(text) => {
                self.json.begin_object();
                self.json.key("input");
                self.json.text(text);
                self.json.end_object();
                true
            }
        };
        if !object {
            self.lose(Feature::OutputArguments, call.input_place);
        }
        self.json.end_object();
    }
}

fn write_text_block(json: &mut Writer<'_>, text: &Text<'_>) {
    json.constant(r#"{"type":"text","text":"#);
    json.text(text);
    json.end_object();
}

/// Thinking that no provider of this protocol signed: for people, never to be sent back.
fn write_thinking_block(json: &mut Writer<'_>, texts: &[Text<'_>]) {
    if texts.is_empty() {
        return;
    }
    json.begin_object();
    json.key("type");
    json.word("thinking");
    json.key("thinking");
    json.string(|out| {
        for (index, text) in texts.iter().enumerate() {
            if index > 0 {
                out.extend_from_slice(br"\n\n");
            }
            text.write_content(out);
        }
    });
    json.key("signature");
    json.word("");
    json.end_object();
}

/// Writes why the answer stopped.
pub(crate) fn write_stop(json: &mut Writer<'_>, reason: StopReason, refusal: &[Text<'_>]) {
    json.key("stop_reason");
    json.plain(reason.messages());
    json.constant(r#""stop_sequence":null"#);
    if !refusal.is_empty() {
        json.key("stop_details");
        json.begin_object();
        json.key("type");
        json.word("refusal");
        json.key("category");
        json.constant("null");
        json.key("explanation");
        json.string(|out| refusal.iter().for_each(|text| text.write_content(out)));
        json.end_object();
    }
}
