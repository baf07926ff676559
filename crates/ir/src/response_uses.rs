//! The walk that says what a response holds, read by the encoders' ledger.

use crate::field::OwnedFields;
use crate::json::Kind;
use crate::response::{Counts, each_member, leaves};
use crate::uses::is_object;
use crate::{
    Feature, FeatureSet, Field, Key, Message, Name, Opaque, Owner, Part, PartKind, Place, Protocol, RawJson, Response,
    StopReason, Text, ToolCall, ToolInput, Usage, Use, WebCitation, is_made_item_id,
};

impl Response<'_> {
    /// Calls `visit` for every use of a feature, as [`crate::Request::uses`] does for requests.
    ///
    /// What a Responses answer repeats of its request is none: whoever asked knows it.
    pub fn uses(&self, visit: &mut dyn FnMut(Use)) {
        let _known_elsewhere = self.uses_among(FeatureSet::EVERY, visit);
    }

    /// As [`uses`](Self::uses), for the features in `wanted` alone: what is not asked for is not looked for. Gives what
    /// it reads on the way.
    pub fn uses_among(&self, wanted: FeatureSet, visit: &mut dyn FnMut(Use)) -> Summary {
        let summary = Summary { stop: self.stop_reason(), usage: None };
        let mut walk =
            Walk { response: self, fields: self.body.owned_fields(), summary, wanted, scratch: Vec::new(), visit };
        walk.walk();
        walk.summary
    }

    /// The client's calls among the output of the first choice.
    pub fn has_calls(&self) -> bool {
        let mut messages = self.first_choice();
        messages.any(|(_, message)| self.body.parts_of(message).any(|(_, part)| part.as_call().is_some()))
    }
}

/// What [`Response::uses_among`] reads on the way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// As [`Response::stop_reason`].
    pub stop: Option<StopReason>,
    /// As [`Response::usage`].
    pub usage: Option<Usage>,
}

/// What a citation cites: a web page, by a place in the text or as a search result, or anything else.
fn citation(value: &RawJson<'_>) -> Feature {
    match WebCitation::read(value) {
        Some(page) if page.of_search => Feature::CitationWebSearch,
        Some(_) => Feature::CitationUrl,
        None => Feature::CitationOther,
    }
}

/// The wire object of what stands beside the message of a choice.
const CHOICE: &str = "choice";

/// What the leaves of a message and its parts depend on.
struct MessageFacts {
    has_text: bool,
    is_last: bool,
    /// Whether a field held the text of its reasoning.
    reasoned: bool,
}

struct Walk<'r, 'a, 'v> {
    response: &'r Response<'a>,
    fields: OwnedFields<'r, 'a>,
    summary: Summary,
    wanted: FeatureSet,
    /// Room for arguments without their escapes.
    scratch: Vec<u8>,
    visit: &'v mut dyn FnMut(Use),
}

impl<'a> Walk<'_, 'a, '_> {
    fn walk(&mut self) {
        let response = self.response;
        for field in self.fields.of(Owner::Request) {
            self.leaf(field);
        }
        self.stop_reason();
        let mut texts = 0;
        for (index, message) in response.first_choice() {
            self.message(index, message, &mut texts);
        }
        let first = response.first_choice().count();
        for (index, message) in response.output().skip(first) {
            self.uses(Feature::ExtraChoice, message.place);
            for field in self.fields.of(Owner::Message(index)) {
                if field.object == CHOICE && !field.value.is_null() {
                    self.uses(Feature::ExtraChoice, field.place);
                }
            }
        }
        self.call_order();
        self.refusal_order();
    }

    fn uses(&mut self, feature: Feature, place: Place) {
        if self.wanted.contains(feature) {
            (self.visit)(Use { feature, place });
        }
    }

    fn leaf(&mut self, field: &Field<'a>) {
        let (value, place) = (&field.value, field.place);
        match field.key() {
            Some(Key::Usage) => self.usage(field),
            Some(Key::Fingerprint) => self.uses(Feature::Fingerprint, place),
            Some(Key::Created) => self.uses(Feature::CreationTime, place),
            Some(Key::ServiceTier) => self.tier(value, place),
            Some(Key::StopSequence) => self.uses(Feature::StopSequenceMatched, place),
            Some(Key::StopDetails) => self.stop_details(value, place),
            Some(Key::ResponseError) => self.uses(Feature::FailedResponse, place),
            Some(Key::ResponseOption) => self.uses(Feature::ResponseOption, place),
            // An echo of the request, which only a Responses answer gets back from its context.
            Some(Key::Metadata) if self.response.origin() == Some(Protocol::Chat) => {
                self.uses(Feature::ResponseOption, place);
            }
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

    fn stop_details(&mut self, value: &RawJson<'a>, place: Place) {
        if value.kind() != Kind::Object {
            return self.uses(Feature::StopDetails, place);
        }
        each_member(value, &mut |name, value, offset| match name {
            "type" => {}
            _ if value.is_null() => {}
            "explanation" if value.kind() == Kind::String => self.uses(Feature::RefusalText, place.forward(offset)),
            _ => self.uses(Feature::StopDetails, place.forward(offset)),
        });
    }

    fn tier(&mut self, value: &RawJson<'_>, place: Place) {
        let word = value.word().unwrap_or_default();
        let messages = self.response.origin() == Some(Protocol::Messages);
        let feature = match (&*word, messages) {
            ("standard", true) | ("default" | "auto" | "flex" | "scale" | "fast", false) | ("priority", _) => {
                Feature::ServedTier
            }
            _ => Feature::ServedTierOther,
        };
        self.uses(feature, place);
    }

    fn usage(&mut self, field: &Field<'a>) {
        let Some(protocol) = self.response.origin() else { return };
        if field.value.kind() != Kind::Object {
            self.summary.usage = Some(Usage::default());
            return self.uses(Feature::UsageDetail, field.place);
        }
        let (mut counts, mut total) = (Counts::of(protocol), None);
        leaves(&field.value, |path, value, offset| {
            let place = field.place.forward(offset);
            let count = value.as_u64();
            let known = counts.take(path, || count) && count.is_some();
            match path {
                _ if value.is_null() => {}
                ["service_tier"] if protocol == Protocol::Messages => self.tier(value, place),
                ["total_tokens"] => {
                    if let Some((_, before)) = total.replace((count, place)) {
                        self.uses(Feature::UsageDetail, before);
                    }
                }
                _ if known => {}
                // Nothing was used of what the target does not count.
                _ if count == Some(0) => {}
                _ => self.uses(Feature::UsageDetail, place),
            }
        });
        let usage = counts.usage();
        self.summary.usage = Some(usage);
        // Some hosts count more in the total than input and output.
        if let Some((count, place)) = total
            && (count.is_none() || count != usage.total())
        {
            self.uses(Feature::UsageDetail, place);
        }
        let within = usage.cached.unwrap_or(0).saturating_add(usage.cache_write.unwrap_or(0));
        if usage.input.is_some_and(|input| input < within) {
            self.uses(Feature::UsageInconsistent, field.place);
        }
        if usage.cache_write.is_some_and(|tokens| tokens > 0) {
            self.uses(Feature::UsageCacheWrite, field.place);
        }
    }

    fn stop_reason(&mut self) {
        let response = self.response;
        let feature = match self.summary.stop {
            Some(StopReason::StopSequence) => Feature::StopSequenceMatched,
            Some(StopReason::ContextWindow) => Feature::ContextWindowExceeded,
            Some(StopReason::Pause) => Feature::PauseTurn,
            Some(StopReason::Unfinished) => Feature::UnfinishedResponse,
            Some(StopReason::Failed) => Feature::FailedResponse,
            Some(StopReason::Other) => Feature::StopReasonOther,
            Some(StopReason::End | StopReason::MaxTokens | StopReason::ToolUse | StopReason::Refusal) | None => return,
        };
        let first = response.output().next().map_or(Owner::Request, |(index, _)| Owner::Message(index));
        let own = |key| response.body.option(key);
        let told = match response.origin() {
            Some(Protocol::Chat) => [self.fields.field(first, Key::FinishReason), None],
            Some(Protocol::Responses) => [own(Key::Status), own(Key::IncompleteDetails)],
            Some(Protocol::Messages) | None => [own(Key::FinishReason), None],
        };
        for field in told.into_iter().flatten() {
            self.uses(feature, field.place);
        }
    }

    fn message(&mut self, index: u32, message: &Message, texts: &mut usize) {
        let body = &self.response.body;
        let mut facts = MessageFacts {
            has_text: body.parts_of(message).any(|(_, part)| part.is_said()),
            is_last: usize::try_from(index).ok().and_then(|at| at.checked_add(1)) == Some(body.messages.len()),
            reasoned: false,
        };
        for field in self.fields.of(Owner::Message(index)) {
            self.message_leaf(field, &mut facts);
        }
        for (at, part) in body.parts_of(message) {
            let is_text = part.is_said();
            if is_text && *texts > 0 {
                self.uses(Feature::OutputBoundaries, part.place);
            }
            *texts += usize::from(is_text);
            self.part(at, part, &facts);
        }
    }

    fn message_leaf(&mut self, field: &Field<'a>, facts: &mut MessageFacts) {
        let (value, place) = (&field.value, field.place);
        match field.key() {
            Some(Key::ItemId) => self.item_id(value, place),
            Some(Key::ItemStatus) => self.status(value, place, facts),
            Some(Key::ItemPhase) => self.uses(Feature::ItemPhase, place),
            Some(Key::MessageName) => self.uses(Feature::MessageName, place),
            Some(Key::Citations) => self.citations(value, place, facts.has_text),
            Some(Key::AudioReference) => self.uses(Feature::AudioOutput, place),
            Some(Key::ReasoningText) => {
                let first = !facts.reasoned && field.is_reasoning_text();
                facts.reasoned |= first;
                let more = if first { Feature::ReasoningExtension } else { Feature::ReasoningExtensionOther };
                self.uses(more, place);
            }
            Some(Key::ChoiceLogprobs) if value.kind() != Kind::Object => self.uses(Feature::UnknownField, place),
            Some(Key::ChoiceLogprobs) => each_member(value, &mut |name, value, offset| {
                let place = place.forward(offset);
                match name {
                    _ if value.is_null() => {}
                    "content" if facts.has_text && value.kind() == Kind::Array => {
                        self.uses(Feature::ResponseLogprobs, place);
                    }
                    "content" | "refusal" => self.uses(Feature::RefusalLogprobs, place),
                    _ => self.uses(Feature::UnknownField, place),
                }
            }),
            Some(_) => {}
            None => self.unknown(field),
        }
    }

    /// An id that is made of the answer's own says nothing.
    fn item_id(&mut self, value: &RawJson<'_>, place: Place) {
        let response = self.response.id_or_unknown();
        let made = value.as_text().is_some_and(|id| is_made_item_id(&id.word(), &response));
        if !made {
            self.uses(Feature::ItemId, place);
        }
    }

    /// An item is complete, except for the last one of an answer that is not.
    fn status(&mut self, value: &RawJson<'_>, place: Place, facts: &MessageFacts) {
        let carried = matches!(self.summary.stop, Some(StopReason::MaxTokens | StopReason::Refusal));
        let of_answer = self.response.leaf(Key::Status).and_then(RawJson::as_text).filter(|_| carried);
        let expected =
            |status: &Text<'_>| *status == *"completed" || facts.is_last && of_answer.as_ref() == Some(status);
        if !value.as_text().as_ref().is_some_and(expected) {
            self.uses(Feature::ItemStatus, place);
        }
    }

    /// Each citation; one that has no text to stand in is of no page.
    fn citations(&mut self, list: &RawJson<'_>, place: Place, has_text: bool) {
        if list.kind() != Kind::Array {
            return self.uses(Feature::CitationOther, place);
        }
        list.elements(|element, offset| {
            let feature = if has_text { citation(&element) } else { Feature::CitationOther };
            let place = place.forward(offset);
            self.uses(feature, place);
            if feature != Feature::CitationOther {
                self.citation_details(&element, place);
            }
        });
    }

    /// What a citation says beside its page and its place.
    fn citation_details(&mut self, element: &RawJson<'_>, place: Place) {
        each_member(element, &mut |name, value, offset| {
            let place = place.forward(offset);
            match name {
                _ if value.is_null() => {}
                "type" | "url" | "title" | "start_index" | "end_index" => {}
                "url_citation" => each_member(value, &mut |name, value, offset| {
                    let known = matches!(name, "url" | "title" | "start_index" | "end_index");
                    if !known && !value.is_null() {
                        self.uses(Feature::UnknownField, place.forward(offset));
                    }
                }),
                "cited_text" | "encrypted_index" => self.uses(Feature::CitationDetail, place),
                _ => self.uses(Feature::UnknownField, place),
            }
        });
    }

    fn part(&mut self, at: u32, part: &Part<'a>, facts: &MessageFacts) {
        match &part.kind {
            PartKind::Text(_) => {}
            PartKind::Refusal { .. } => self.uses(Feature::RefusalText, part.place),
            PartKind::ToolCall(call) => self.call(call, part.place),
            PartKind::Opaque(opaque) if opaque.feature == Feature::ReasoningReplay => {
                self.reasoning(opaque, part.place, facts);
            }
            PartKind::Opaque(opaque) => self.uses(opaque.feature, part.place),
            PartKind::Image(_) | PartKind::File(_) | PartKind::Audio { .. } | PartKind::ToolResult(_) => {
                return self.uses(Feature::UnknownPart, part.place);
            }
        }
        for field in self.fields.of(Owner::Part(at)) {
            match field.key() {
                Some(Key::Citations) => self.citations(&field.value, field.place, part.is_said()),
                Some(Key::OutputLogprobs) if field.value.is_empty_container() => {}
                Some(Key::OutputLogprobs) if part.is_said() => self.uses(Feature::ResponseLogprobs, field.place),
                Some(Key::OutputLogprobs) => self.uses(Feature::RefusalLogprobs, field.place),
                Some(Key::ItemId) => self.item_id(&field.value, field.place),
                Some(Key::ItemStatus) => self.status(&field.value, field.place, facts),
                Some(Key::ToolCaller) => self.uses(Feature::ToolCaller, field.place),
                Some(Key::CacheBreakpoint | Key::CacheControl) => self.uses(Feature::UnknownField, field.place),
                Some(_) => {}
                None => self.unknown(field),
            }
        }
    }

    fn call(&mut self, call: &ToolCall<'a>, place: Place) {
        let object = match &call.input {
            ToolInput::Custom(_) => return self.uses(Feature::OutputCustomCall, place),
            ToolInput::Encoded(text) => {
                !self.wanted.contains(Feature::OutputArguments) || is_object(text, &mut self.scratch)
            }
            ToolInput::Json(raw) => raw.kind() == Kind::Object,
        };
        if !object {
            self.uses(Feature::OutputArguments, call.input_place);
        }
        if call.legacy {
            self.uses(Feature::LegacyFunctions, place);
        }
    }

    /// What of the reasoning can be read elsewhere, and what is sealed for its own provider.
    fn reasoning(&mut self, opaque: &Opaque<'a>, place: Place, facts: &MessageFacts) {
        let Some(raw) = opaque.raw.for_protocol(opaque.raw.origin()) else { return };
        each_member(raw, &mut |name, value, offset| {
            let place = place.forward(offset);
            let empty = value.is_empty_container() || value.as_text().is_some_and(|t| t.is_empty());
            match name {
                "type" => {}
                _ if value.is_null() => {}
                "thinking" | "summary" | "content" | "signature" | "encrypted_content" | "data" if empty => {}
                "thinking" | "summary" | "content" => self.uses(Feature::ReasoningShown, place),
                "id" => self.item_id(value, place),
                "status" => self.status(value, place, facts),
                _ => self.uses(Feature::ReasoningReplay, place),
            }
        });
    }

    /// Refusals that are not in the place where others have their one: after the texts, before the calls, or at the end.
    fn refusal_order(&mut self) {
        let response = self.response;
        if response.origin() != Some(Protocol::Responses) {
            return;
        }
        let (mut refusal, mut called): (Option<Place>, bool) = (None, false);
        for (_, part) in response.output().flat_map(|(_, message)| response.body.parts_of(message)) {
            let is_refusal = matches!(part.kind, PartKind::Refusal { .. });
            let foreign = matches!(&part.kind, PartKind::Opaque(opaque) if opaque.feature != Feature::ReasoningReplay);
            if let Some(before) = refusal.filter(|_| is_refusal || !foreign) {
                self.uses(Feature::RefusalOrder, before);
                refusal = None;
            }
            if is_refusal && called {
                self.uses(Feature::RefusalOrder, part.place);
            } else if is_refusal {
                refusal = Some(part.place);
            }
            called |= part.as_call().is_some();
        }
    }

    /// Text after a call, whose place Chat cannot keep.
    fn call_order(&mut self) {
        let response = self.response;
        let mut called = false;
        for (_, part) in response.first_choice().flat_map(|(_, message)| response.body.parts_of(message)) {
            called |= part.as_call().is_some();
            if called && part.is_said() {
                self.uses(Feature::ToolCallOrder, part.place);
            }
        }
    }
}
