//! The walk that says what a response holds, read by the encoders' ledger.

use crate::json::{Cursor, Kind};
use crate::{
    Feature, Field, Key, Message, Name, Opaque, Owner, Part, PartKind, Place, Protocol, RawJson, Response, StopReason,
    ToolInput, Usage, Use,
};

impl Response<'_> {
    /// Calls `visit` for every use of a feature, as [`crate::Request::uses`] does for requests.
    ///
    /// What a Responses answer repeats of its request is none: whoever asked knows it.
    pub fn uses(&self, visit: &mut dyn FnMut(Use)) {
        Walk { response: self, visit }.walk();
    }

    /// The client's calls among the output of the first choice.
    pub fn has_calls(&self) -> bool {
        let messages = self.choices().next().unwrap_or_default();
        messages.iter().any(|(_, message)| self.body.parts_of(message).any(|(_, part)| part.as_call().is_some()))
    }
}

/// A citation that says which web page it cites, by a place in the text or as a search result.
fn citation(value: &RawJson<'_>) -> Feature {
    let kind = value.member("type").and_then(|(kind, _)| kind.as_text().map(|text| text.word().into_owned()));
    match kind.as_deref() {
        Some("url_citation") => Feature::CitationUrl,
        Some("web_search_result_location") => Feature::CitationWebSearch,
        _ => Feature::CitationOther,
    }
}

/// Calls `visit` with each element of a list and its byte offset in it; nothing for any other value.
fn elements<'v>(list: &'v RawJson<'_>, mut visit: impl FnMut(RawJson<'v>, usize)) {
    let mut cursor = Cursor::of(list.as_str());
    let Ok(mut members) = cursor.open_array() else { return };
    while let Ok(true) = cursor.next_element(&mut members) {
        let Some(offset) = cursor.place().offset() else { return };
        let Ok(element) = cursor.raw() else { return };
        visit(element, offset);
    }
}

/// Calls `visit` with the path of each leaf below an object, its value and its byte offset.
fn leaves(object: &RawJson<'_>, visit: &mut dyn FnMut(&[&str], &RawJson<'_>, usize)) {
    each_member(object, 0, &mut |name, value, offset| {
        if value.kind() == Kind::Object {
            each_member(value, offset, &mut |inner, value, offset| visit(&[name, inner], value, offset));
        } else {
            visit(&[name], value, offset);
        }
    });
}

fn each_member(object: &RawJson<'_>, base: usize, visit: &mut dyn FnMut(&str, &RawJson<'_>, usize)) {
    let mut cursor = Cursor::of(object.as_str());
    let Ok(mut members) = cursor.open_object() else { return };
    while let Ok(Some(name)) = cursor.next_key(&mut members) {
        let Some(offset) = cursor.place().offset() else { return };
        let Ok(value) = cursor.raw() else { return };
        visit(&name.word(), &value, base + offset);
    }
}

struct Walk<'r, 'a, 'v> {
    response: &'r Response<'a>,
    visit: &'v mut dyn FnMut(Use),
}

impl<'a> Walk<'_, 'a, '_> {
    fn walk(&mut self) {
        let response = self.response;
        for field in response.body.fields_of(Owner::Request) {
            self.leaf(field);
        }
        self.stop_reason();
        let mut choices = response.choices();
        let mut texts = 0;
        for (index, message) in choices.next().into_iter().flatten() {
            self.message(index, message, &mut texts);
        }
        for (_, message) in choices.flatten() {
            self.uses(Feature::ExtraChoice, message.place);
        }
        self.call_order();
    }

    fn uses(&mut self, feature: Feature, place: Place) {
        (self.visit)(Use { feature, place });
    }

    fn leaf(&mut self, field: &Field<'a>) {
        let (value, place) = (&field.value, field.place);
        match field.key() {
            Some(Key::Usage) => self.usage(field),
            Some(Key::Fingerprint) => self.uses(Feature::Fingerprint, place),
            Some(Key::Created) => self.uses(Feature::CreationTime, place),
            Some(Key::ServiceTier) => self.tier(value, place),
            Some(Key::StopSequence) => self.uses(Feature::StopSequenceMatched, place),
            Some(Key::StopDetails) => each_member(value, 0, &mut |name, value, offset| {
                let feature = match name {
                    "explanation" => Feature::RefusalText,
                    _ => Feature::StopDetails,
                };
                if name != "type" && !value.is_null() {
                    self.uses(feature, place.forward(offset));
                }
            }),
            Some(Key::ResponseError) => self.uses(Feature::FailedResponse, place),
            Some(Key::ResponseOption) => self.uses(Feature::ResponseOption, place),
            Some(Key::Container) => self.uses(Feature::Container, place),
            Some(Key::ContextManagement) if self.response.origin() == Some(Protocol::Messages) => {
                self.uses(Feature::ContextManagement, place);
            }
            // The rest is what the request said, or says what kind of body this is.
            Some(_) => {}
            None => self.unknown(field),
        }
    }

    fn unknown(&mut self, field: &Field<'a>) {
        if matches!(field.name, Name::Unknown(_)) && !field.value.is_null() {
            self.uses(Feature::UnknownField, field.place);
        }
    }

    fn tier(&mut self, value: &RawJson<'_>, place: Place) {
        let word = value.as_text().map(|text| text.word().into_owned()).unwrap_or_default();
        let known = matches!(word.as_str(), "default" | "standard" | "priority" | "auto");
        self.uses(if known { Feature::ServedTier } else { Feature::ServedTierOther }, place);
    }

    fn usage(&mut self, field: &Field<'a>) {
        let Some(protocol) = self.response.origin() else { return };
        let usage = Usage::read(protocol, &field.value);
        leaves(&field.value, &mut |path, value, offset| {
            let place = field.place.forward(offset);
            let silent = value.is_null() || value.as_u64() == Some(0);
            match path {
                _ if silent => {}
                ["service_tier"] => self.tier(value, place),
                // The split of a number that stands beside it.
                _ if Usage::is_read(protocol, path) => {}
                _ => self.uses(Feature::UsageDetail, place),
            }
        });
        if usage.cache_write.is_some_and(|tokens| tokens > 0) {
            self.uses(Feature::UsageCacheWrite, field.place);
        }
    }

    fn stop_reason(&mut self) {
        let response = self.response;
        let Some(reason) = response.stop_reason() else { return };
        let told = match response.origin() {
            Some(Protocol::Chat) => response
                .output()
                .next()
                .and_then(|(index, _)| response.body.field(Owner::Message(index), Key::FinishReason)),
            Some(Protocol::Responses) => {
                response.body.option(Key::IncompleteDetails).or_else(|| response.body.option(Key::Status))
            }
            Some(Protocol::Messages) | None => response.body.option(Key::FinishReason),
        };
        let place = told.map_or(Place::ROOT, |field| field.place);
        match reason {
            StopReason::ContextWindow => self.uses(Feature::ContextWindowExceeded, place),
            StopReason::Pause => self.uses(Feature::PauseTurn, place),
            StopReason::Unfinished => self.uses(Feature::UnfinishedResponse, place),
            StopReason::Failed => self.uses(Feature::FailedResponse, place),
            StopReason::Other => self.uses(Feature::StopReasonOther, place),
            StopReason::End
            | StopReason::StopSequence
            | StopReason::MaxTokens
            | StopReason::ToolUse
            | StopReason::Refusal => {}
        }
    }

    fn message(&mut self, index: u32, message: &Message, texts: &mut usize) {
        let body = &self.response.body;
        for field in body.fields_of(Owner::Message(index)) {
            self.message_leaf(field);
        }
        for (at, part) in body.parts_of(message) {
            let is_text = matches!(part.kind, PartKind::Text(_));
            if is_text && *texts > 0 {
                self.uses(Feature::OutputBoundaries, part.place);
            }
            *texts += usize::from(is_text);
            self.part(at, part);
        }
    }

    fn message_leaf(&mut self, field: &Field<'a>) {
        let (value, place) = (&field.value, field.place);
        match field.key() {
            Some(Key::ItemId) => self.uses(Feature::ItemId, place),
            Some(Key::ItemStatus) => self.status(value, place),
            Some(Key::ItemPhase) => self.uses(Feature::ItemPhase, place),
            Some(Key::MessageName) => self.uses(Feature::MessageName, place),
            Some(Key::Citations) => self.citations(value, place),
            Some(Key::AudioReference) => self.uses(Feature::AudioOutput, place),
            Some(Key::ReasoningText) => self.uses(Feature::ReasoningExtension, place),
            Some(Key::ChoiceLogprobs) => each_member(value, 0, &mut |name, value, offset| {
                let place = place.forward(offset);
                match name {
                    _ if value.is_null() => {}
                    "content" => self.uses(Feature::ResponseLogprobs, place),
                    "refusal" => self.uses(Feature::RefusalLogprobs, place),
                    _ => self.uses(Feature::UnknownField, place),
                }
            }),
            Some(_) => {}
            None => self.unknown(field),
        }
    }

    fn status(&mut self, value: &RawJson<'_>, place: Place) {
        if !value.as_text().is_some_and(|status| status == *"completed") {
            self.uses(Feature::ItemStatus, place);
        }
    }

    fn citations(&mut self, list: &RawJson<'_>, place: Place) {
        elements(list, |element, offset| {
            let feature = citation(&element);
            self.uses(feature, place.forward(offset));
            if feature == Feature::CitationWebSearch {
                for name in ["cited_text", "encrypted_index"] {
                    if let Some((value, inner)) = element.member(name)
                        && !value.is_null()
                    {
                        self.uses(Feature::CitationDetail, place.forward(offset + inner));
                    }
                }
            }
        });
    }

    fn part(&mut self, at: u32, part: &Part<'a>) {
        match &part.kind {
            PartKind::Text(_) => {}
            PartKind::Refusal { .. } => self.uses(Feature::RefusalText, part.place),
            PartKind::ToolCall(call) => match &call.input {
                ToolInput::Custom(_) => self.uses(Feature::CustomToolCall, part.place),
                ToolInput::Encoded(text) if !crate::uses::is_object(&text.word()) => {
                    self.uses(Feature::OutputArguments, call.input_place);
                }
                ToolInput::Encoded(_) | ToolInput::Json(_) if call.legacy => {
                    self.uses(Feature::LegacyFunctions, part.place);
                }
                ToolInput::Encoded(_) | ToolInput::Json(_) => {}
            },
            PartKind::Opaque(opaque) if opaque.feature == Feature::ReasoningReplay => {
                self.reasoning(opaque, part.place);
            }
            PartKind::Opaque(opaque) => self.uses(opaque.feature, part.place),
            PartKind::Image(_) | PartKind::File(_) | PartKind::Audio { .. } | PartKind::ToolResult(_) => {
                self.uses(Feature::UnknownPart, part.place);
            }
        }
        for field in self.response.body.fields_of(Owner::Part(at)) {
            match field.key() {
                Some(Key::Citations) => self.citations(&field.value, field.place),
                Some(Key::OutputLogprobs) if !field.value.is_empty_container() => {
                    self.uses(Feature::ResponseLogprobs, field.place);
                }
                Some(Key::ItemId) => self.uses(Feature::ItemId, field.place),
                Some(Key::ItemStatus) => self.status(&field.value, field.place),
                Some(Key::ToolCaller) => self.uses(Feature::ToolCaller, field.place),
                Some(_) => {}
                None => self.unknown(field),
            }
        }
    }

    /// What of the reasoning can be read elsewhere, and what is sealed for its own provider.
    fn reasoning(&mut self, opaque: &Opaque<'a>, place: Place) {
        let Some(raw) = opaque.raw.for_protocol(opaque.raw.origin()) else { return };
        each_member(raw, 0, &mut |name, value, offset| {
            let place = place.forward(offset);
            let empty = value.is_null() || value.is_empty_container() || value.as_text().is_some_and(|t| t.is_empty());
            match name {
                "type" => {}
                _ if empty => {}
                "thinking" | "summary" | "content" => self.uses(Feature::ReasoningShown, place),
                "id" => self.uses(Feature::ItemId, place),
                "status" => self.status(value, place),
                _ => self.uses(Feature::ReasoningReplay, place),
            }
        });
    }

    /// Text after a call, whose place Chat cannot keep.
    fn call_order(&mut self) {
        let response = self.response;
        let choice = response.choices().next().unwrap_or_default();
        let mut called = false;
        for (_, part) in choice.iter().flat_map(|(_, message)| response.body.parts_of(message)) {
            called |= part.as_call().is_some();
            if called && matches!(part.kind, PartKind::Text(_)) {
                self.uses(Feature::ToolCallOrder, part.place);
            }
        }
    }
}
