//! The walk that says what a response holds, read by the encoders' ledger.

use crate::json::Kind;
use crate::response::each_member;
use crate::usage::{Counts, Leaf, leaves};
use crate::uses::is_object;
use crate::{
    Feature, FeatureSet, Field, Key, Message, Name, Opaque, Owner, Part, PartKind, Place, Protocol, RawJson, Response,
    StopReason, Summary, ToolCall, ToolInput, Usage, Use, WebCitation, is_made_item_id,
};

impl<'a> Response<'a> {
    /// Calls `visit` for every use of a feature, as [`crate::Request::uses`] does for requests.
    ///
    /// What a Responses answer repeats of its request is none: whoever asked knows it.
    pub fn uses(&self, visit: &mut dyn FnMut(Use)) {
        let _known_elsewhere = self.uses_among(FeatureSet::EVERY, visit);
    }

    /// As [`uses`](Self::uses), for the features in `wanted` alone: what is not asked for is not looked for. Gives what
    /// it reads on the way.
    pub fn uses_among(&self, wanted: FeatureSet, visit: &mut dyn FnMut(Use)) -> Summary<'_, 'a> {
        let mut summary = Summary::of(self.body.owned_fields());
        let mut walk = Walk {
            response: self,
            summary: &mut summary,
            status: None,
            finish: None,
            incomplete: None,
            wanted,
            scratch: Vec::new(),
            visit,
            texts: 0,
            called: false,
            refused: false,
        };
        walk.walk();
        summary
    }

    /// The client's calls among the output of the first choice.
    pub fn has_calls(&self) -> bool {
        let mut messages = self.first_choice();
        messages.any(|(_, message)| self.body.parts_of(message).any(|(_, part)| part.as_call().is_some()))
    }
}

/// What a citation cites: a web page, by a place in the text or as a search result, or anything else.
fn citation(value: &RawJson<'_>) -> Feature {
    match WebCitation::read(value) {
        Some(page) if page.of_search => Feature::CitationWebSearch,
        Some(_) => Feature::CitationUrl,
        None => Feature::CitationOther,
    }
}

/// The first field of a key is the one that is asked for.
fn keep<'r, 'a>(slot: &mut Option<&'r Field<'a>>, field: &'r Field<'a>) {
    slot.get_or_insert(field);
}

/// The wire object of what stands beside the message of a choice.
const CHOICE: &str = "choice";

/// The message whose leaves and parts are looked at.
struct Spoken<'r> {
    message: &'r Message,
    is_last: bool,
}

struct Walk<'r, 'a, 'v> {
    response: &'r Response<'a>,
    summary: &'v mut Summary<'r, 'a>,
    /// The response's own leaves that say why it stopped.
    status: Option<&'r Field<'a>>,
    finish: Option<&'r Field<'a>>,
    incomplete: Option<&'r Field<'a>>,
    wanted: FeatureSet,
    /// Room for arguments without their escapes.
    scratch: Vec<u8>,
    visit: &'v mut dyn FnMut(Use),
    /// What came up among the parts of the first choice.
    texts: usize,
    called: bool,
    refused: bool,
}

impl<'r, 'a> Walk<'r, 'a, '_> {
    fn walk(&mut self) {
        let response = self.response;
        for field in self.summary.fields.of(Owner::Request) {
            self.leaf(field);
        }
        self.stop_reason();
        let several = response.origin() == Some(Protocol::Chat);
        for (at, (index, message)) in response.output().enumerate() {
            if several && at > 0 {
                self.extra_choice(index, message);
            } else {
                self.message(index, message);
            }
        }
        if self.called {
            self.call_order();
        }
        if self.refused {
            self.refusal_order();
        }
    }

    #[cold]
    fn extra_choice(&mut self, index: u32, message: &Message) {
        self.uses(Feature::ExtraChoice, message.place);
        for field in self.summary.fields.of(Owner::Message(index)) {
            if field.object == CHOICE && !field.value.is_null() {
                self.uses(Feature::ExtraChoice, field.place);
            }
        }
    }

    fn uses(&mut self, feature: Feature, place: Place) {
        if self.wanted.contains(feature) {
            self.tell(feature, place);
        }
    }

    /// Most of what a response holds needs no word.
    #[cold]
    fn tell(&mut self, feature: Feature, place: Place) {
        (self.visit)(Use { feature, place });
    }

    fn leaf(&mut self, field: &'r Field<'a>) {
        let (value, place, origin) = (&field.value, field.place, self.response.origin());
        let feature = match field.key() {
            Some(Key::ResponseId) => return keep(&mut self.summary.id, field),
            Some(Key::Status) => return keep(&mut self.status, field),
            Some(Key::FinishReason) => return keep(&mut self.finish, field),
            Some(Key::IncompleteDetails) => return keep(&mut self.incomplete, field),
            Some(Key::Usage) => return self.usage(field),
            Some(Key::ServiceTier) => return self.tier(value, place),
            Some(Key::StopDetails) => {
                keep(&mut self.summary.stop_details, field);
                return self.stop_details(value, place);
            }
            Some(Key::Created) => {
                keep(&mut self.summary.created, field);
                Feature::CreationTime
            }
            Some(Key::Fingerprint) => Feature::Fingerprint,
            Some(Key::StopSequence) => Feature::StopSequenceMatched,
            Some(Key::ResponseError) => Feature::FailedResponse,
            Some(Key::ResponseOption) => Feature::ResponseOption,
            // An echo of the request, which only a Responses answer gets back from its context.
            Some(Key::Metadata) if origin == Some(Protocol::Chat) => Feature::ResponseOption,
            Some(Key::Container) => Feature::Container,
            Some(Key::ContextManagement) if origin == Some(Protocol::Messages) => Feature::ContextManagement,
            // The rest is what the request said, or says what kind of body this is.
            Some(_) => return,
            None => return self.unknown(field),
        };
        self.uses(feature, place);
    }

    fn unknown(&mut self, field: &Field<'a>) {
        if matches!(field.name, Name::Unknown(_)) && !field.value.is_null() {
            self.uses(Feature::UnknownField, field.place);
        }
    }

    #[cold]
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

    #[inline(never)]
    fn tier(&mut self, value: &RawJson<'_>, place: Place) {
        self.summary.has_tier = true;
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

    #[inline(never)]
    fn usage(&mut self, field: &Field<'a>) {
        let Some(protocol) = self.response.origin() else { return };
        if field.value.kind() != Kind::Object {
            self.summary.usage = Some(Usage::default());
            return self.uses(Feature::UsageDetail, field.place);
        }
        let (mut counts, mut total) = (Counts::of(protocol), None);
        leaves(&field.value, |leaf| {
            if !counts.take(leaf) {
                self.usage_leaf(protocol, leaf, field.place.forward(leaf.offset), &mut total);
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

    /// A leaf of `usage` that is none of the counts; `total` is the last one of that name.
    fn usage_leaf(
        &mut self,
        protocol: Protocol,
        leaf: &Leaf<'_, '_>,
        place: Place,
        total: &mut Option<(Option<u64>, Place)>,
    ) {
        if leaf.count.is_none() && leaf.value().is_null() {
            return;
        }
        if protocol == Protocol::Messages && leaf.is("service_tier") {
            self.tier(&leaf.value(), place);
        } else if leaf.is("total_tokens") {
            if let Some((_, before)) = total.replace((leaf.count, place)) {
                self.uses(Feature::UsageDetail, before);
            }
        } else if leaf.count != Some(0) {
            // Nothing was used of what the target does not count, where there is none of it.
            self.uses(Feature::UsageDetail, place);
        }
    }

    /// Reads why it stopped, which other leaves depend on.
    fn stop_reason(&mut self) {
        let response = self.response;
        let Some(protocol) = response.origin() else { return };
        let told = match protocol {
            Protocol::Chat => {
                let first = response.output().next();
                first.and_then(|(index, _)| self.summary.fields.field(Owner::Message(index), Key::FinishReason))
            }
            Protocol::Responses => self.status,
            Protocol::Messages => self.finish,
        };
        let Some(told) = told else { return };
        let details = self.incomplete.map(|details| &details.value);
        let Some(stop) = StopReason::read(protocol, &told.value, details) else { return };
        self.summary.stop = Some(stop);
        let feature = match stop {
            StopReason::StopSequence => Feature::StopSequenceMatched,
            StopReason::ContextWindow => Feature::ContextWindowExceeded,
            StopReason::Pause => Feature::PauseTurn,
            StopReason::Unfinished => Feature::UnfinishedResponse,
            StopReason::Failed => Feature::FailedResponse,
            StopReason::Other => Feature::StopReasonOther,
            StopReason::End | StopReason::MaxTokens | StopReason::ToolUse | StopReason::Refusal => return,
        };
        self.uses(feature, told.place);
        if let Some(details) = self.incomplete.filter(|_| protocol == Protocol::Responses) {
            self.uses(feature, details.place);
        }
    }

    fn message(&mut self, index: u32, message: &'r Message) {
        let body = &self.response.body;
        let is_last = usize::try_from(index).ok().and_then(|at| at.checked_add(1)) == Some(body.messages.len());
        let (spoken, mut reasoned) = (Spoken { message, is_last }, false);
        for field in self.summary.fields.of(Owner::Message(index)) {
            self.message_leaf(field, &spoken, &mut reasoned);
        }
        for (at, part) in body.parts_of(message) {
            let is_text = part.is_said();
            if is_text && self.texts > 0 {
                self.uses(Feature::OutputBoundaries, part.place);
            }
            self.texts += usize::from(is_text);
            self.part(at, part, &spoken);
        }
    }

    /// Whether the message has a text that others can speak of.
    fn has_text(&self, spoken: &Spoken<'_>) -> bool {
        self.response.body.parts_of(spoken.message).any(|(_, part)| part.is_said())
    }

    /// `reasoned` says whether a field held the text of its reasoning.
    fn message_leaf(&mut self, field: &Field<'a>, spoken: &Spoken<'_>, reasoned: &mut bool) {
        let (value, place) = (&field.value, field.place);
        let feature = match field.key() {
            Some(Key::ItemId) => return self.item_id(value, place),
            Some(Key::ItemStatus) => return self.status(value, place, spoken),
            Some(Key::Citations) => return self.citations(value, place, self.has_text(spoken)),
            Some(Key::ChoiceLogprobs) => return self.choice_logprobs(value, place, spoken),
            Some(Key::ReasoningText) => {
                let first = !*reasoned && field.is_reasoning_text();
                *reasoned |= first;
                if first { Feature::ReasoningExtension } else { Feature::ReasoningExtensionOther }
            }
            Some(Key::ItemPhase) => Feature::ItemPhase,
            Some(Key::MessageName) => Feature::MessageName,
            Some(Key::AudioReference) => Feature::AudioOutput,
            Some(_) => return,
            None => return self.unknown(field),
        };
        self.uses(feature, place);
    }

    #[cold]
    fn choice_logprobs(&mut self, value: &RawJson<'a>, place: Place, spoken: &Spoken<'_>) {
        self.summary.has_logprobs = true;
        if value.kind() != Kind::Object {
            return self.uses(Feature::UnknownField, place);
        }
        let has_text = self.has_text(spoken);
        each_member(value, &mut |name, value, offset| {
            let place = place.forward(offset);
            match name {
                _ if value.is_null() => {}
                "content" if has_text && value.kind() == Kind::Array => {
                    self.uses(Feature::ResponseLogprobs, place);
                }
                "content" | "refusal" => self.uses(Feature::RefusalLogprobs, place),
                _ => self.uses(Feature::UnknownField, place),
            }
        });
    }

    /// An id that is made of the answer's own says nothing.
    #[inline(never)]
    fn item_id(&mut self, value: &RawJson<'_>, place: Place) {
        let response = self.summary.id_or_unknown();
        let made = value.as_text().is_some_and(|id| is_made_item_id(&id.word(), &response));
        if !made {
            self.uses(Feature::ItemId, place);
        }
    }

    /// An item is complete, except for the last one of an answer that is not.
    fn status(&mut self, value: &RawJson<'_>, place: Place, spoken: &Spoken<'_>) {
        // Most are, and most are written so.
        if value.as_str() != "\"completed\"" && !self.is_expected(value, spoken) {
            self.uses(Feature::ItemStatus, place);
        }
    }

    #[cold]
    fn is_expected(&self, status: &RawJson<'_>, spoken: &Spoken<'_>) -> bool {
        let carried = matches!(self.summary.stop, Some(StopReason::MaxTokens | StopReason::Refusal));
        let of_answer = self.status.and_then(|status| status.value.as_text()).filter(|_| carried && spoken.is_last);
        status.as_text().is_some_and(|status| status == *"completed" || of_answer.is_some_and(|told| told == status))
    }

    /// Each citation; one that has no text to stand in is of no page.
    #[cold]
    fn citations(&mut self, list: &RawJson<'_>, place: Place, has_text: bool) {
        self.summary.has_citations = true;
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

    fn part(&mut self, at: u32, part: &Part<'a>, spoken: &Spoken<'_>) {
        match &part.kind {
            PartKind::Text(_) => {}
            PartKind::Refusal { .. } => {
                self.refused = true;
                self.uses(Feature::RefusalText, part.place);
            }
            PartKind::ToolCall(call) => {
                self.called = true;
                self.call(call, part.place);
            }
            PartKind::Opaque(opaque) if opaque.feature == Feature::ReasoningReplay => {
                self.reasoning(opaque, part.place, spoken);
            }
            PartKind::Opaque(opaque) => self.uses(opaque.feature, part.place),
            PartKind::Image(_) | PartKind::File(_) | PartKind::Audio { .. } | PartKind::ToolResult(_) => {
                return self.uses(Feature::UnknownPart, part.place);
            }
        }
        for field in self.summary.fields.of(Owner::Part(at)) {
            self.part_leaf(field, part, spoken);
        }
    }

    fn part_leaf(&mut self, field: &Field<'a>, part: &Part<'a>, spoken: &Spoken<'_>) {
        match field.key() {
            Some(Key::Citations) => self.citations(&field.value, field.place, part.is_said()),
            Some(Key::OutputLogprobs) => self.part_logprobs(field, part),
            Some(Key::ItemId) => self.item_id(&field.value, field.place),
            Some(Key::ItemStatus) => self.status(&field.value, field.place, spoken),
            Some(Key::ToolCaller) => self.uses(Feature::ToolCaller, field.place),
            Some(Key::CacheBreakpoint | Key::CacheControl) => self.uses(Feature::UnknownField, field.place),
            Some(_) => {}
            None => self.unknown(field),
        }
    }

    #[cold]
    fn part_logprobs(&mut self, field: &Field<'a>, part: &Part<'a>) {
        self.summary.has_logprobs = true;
        if !field.value.is_empty_container() {
            let feature = if part.is_said() { Feature::ResponseLogprobs } else { Feature::RefusalLogprobs };
            self.uses(feature, field.place);
        }
    }

    #[inline(never)]
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
    #[inline(never)]
    fn reasoning(&mut self, opaque: &Opaque<'a>, place: Place, spoken: &Spoken<'_>) {
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
                "status" => self.status(value, place, spoken),
                _ => self.uses(Feature::ReasoningReplay, place),
            }
        });
    }

    /// Refusals that are not in the place where others have their one: after the texts, before the calls, or at the end.
    #[cold]
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
