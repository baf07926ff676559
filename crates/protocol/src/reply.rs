//! What a client gets back: options of the way back, and what the three response encoders have in common.

use crate::convert::action;
use crate::usage::{write_chat_usage, write_messages_usage, write_responses_usage};
use std::borrow::Cow;
use switchback_ir::json::{Cursor, Kind, Writer, escape_into};
use switchback_ir::{
    Expression, Feature, FeatureSet, Field, Key, Ledger, Opaque, Owner, Part, PartKind, Place, Protocol, RawJson,
    RequestContext, Response, StopReason, Summary, Text, ToolCall, ToolInput, Usage, WebCitation,
};

/// How an answer is to look to the client. The default shows the model that the upstream names.
///
/// ```
/// use switchback_ir::{Protocol, RequestContext};
/// use switchback_protocol::{Reply, ShownModel};
/// let context = RequestContext::new(Protocol::Chat);
/// let reply = Reply::new(&context).showing(ShownModel::Resolved("openai/gpt-5")).created_at(1_763_683_200);
/// assert_eq!(reply.created, Some(1_763_683_200));
/// ```
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Reply<'c> {
    /// What the request said.
    pub context: &'c RequestContext,
    /// The model that the client sees.
    pub model: ShownModel<'c>,
    /// When the answer was made, in seconds since the Unix epoch, for a source that does not say (Messages). Without
    /// it the answer is dated 0, with an entry.
    pub created: Option<u64>,
    /// The id that the client sees, instead of the upstream's.
    pub id: Option<&'c str>,
    /// Whether Chat gets reasoning in the extension `reasoning_content`; else it is dropped with an entry.
    pub reasoning_extension: bool,
}

/// Which model an answer names.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ShownModel<'c> {
    /// The one that the upstream names.
    #[default]
    Upstream,
    /// The one that the client asked for.
    Requested,
    /// This one: `provider/model`, as the request was routed.
    Resolved(&'c str),
}

impl<'c> Reply<'c> {
    /// The default options over a context.
    pub const fn new(context: &'c RequestContext) -> Self {
        Self { context, model: ShownModel::Upstream, created: None, id: None, reasoning_extension: false }
    }

    /// Names the model that the client sees.
    #[must_use]
    pub const fn showing(self, model: ShownModel<'c>) -> Self {
        Self { model, ..self }
    }

    /// Dates an answer whose source does not, in seconds since the Unix epoch.
    #[must_use]
    pub const fn created_at(self, seconds: u64) -> Self {
        Self { created: Some(seconds), ..self }
    }

    /// Gives the answer an id.
    #[must_use]
    pub const fn with_id(self, id: &'c str) -> Self {
        Self { id: Some(id), ..self }
    }

    /// Carries reasoning to Chat in the extension `reasoning_content`.
    #[must_use]
    pub const fn with_reasoning_extension(self) -> Self {
        Self { reasoning_extension: true, ..self }
    }

    /// The model's name to write for an answer of the model `upstream`.
    pub(crate) fn model_name<'m>(&self, upstream: Option<&'m Text<'_>>) -> Option<Cow<'m, str>>
    where
        'c: 'm,
    {
        match self.model {
            ShownModel::Upstream => upstream.and_then(Text::to_str),
            ShownModel::Requested => self.context.model.as_deref().map(Cow::Borrowed).or_else(|| upstream?.to_str()),
            ShownModel::Resolved(model) => Some(Cow::Borrowed(model)),
        }
    }

    /// What needs no entry where it goes to `target`.
    pub(crate) fn native(&self, target: Protocol) -> FeatureSet {
        let mut native = FeatureSet::native_to(target);
        for feature in [Feature::ReasoningShown, Feature::ReasoningExtension] {
            if self.expression(feature, target) == Expression::Native {
                native.insert(feature);
            } else {
                native.remove(feature);
            }
        }
        native
    }

    /// What `feature` of a response becomes in `target`.
    pub(crate) fn expression(&self, feature: Feature, target: Protocol) -> Expression {
        let shown = self.reasoning_extension && target == Protocol::Chat;
        if shown && feature == Feature::ReasoningShown {
            return Expression::Native;
        }
        if !shown && target == Protocol::Chat && feature == Feature::ReasoningExtension {
            return Expression::Dropped;
        }
        feature.expression(target)
    }
}

/// A piece of an answer, in the order that it was said.
#[derive(Clone, Debug)]
pub(crate) enum Said<'r, 'a> {
    Text { part: u32, text: &'r Text<'a> },
    Refusal(Text<'r>),
    Reasoning(&'r Opaque<'a>),
    ReasoningText(Text<'r>),
    Call { part: u32, call: &'r ToolCall<'a> },
}

/// The pieces of the first choice that another protocol can say, and what is among them.
#[derive(Debug, Default)]
pub(crate) struct Pieces<'r, 'a> {
    pub(crate) list: Vec<Said<'r, 'a>>,
    pub(crate) texts: bool,
    pub(crate) calls: bool,
    pub(crate) refusals: bool,
}

impl<'r, 'a> Pieces<'r, 'a> {
    /// Puts the pieces where they are to stay, instead of moving them there.
    fn fill(&mut self, response: &'r Response<'a>, summary: &Summary<'r, 'a>) {
        self.list.reserve_exact(response.body.parts.len());
        for (index, message) in response.first_choice() {
            // Hosts write the same reasoning in several fields.
            let reasoning = summary.fields.of(Owner::Message(index)).iter().find(|field| field.is_reasoning_text());
            if let Some(text) = reasoning.and_then(|field| field.value.as_text()) {
                self.list.push(Said::ReasoningText(text));
            }
            for (at, part) in response.body.parts_of(message) {
                self.push(at, part);
            }
        }
        if let Some(details) = summary.stop_details {
            self.push_explanation(&details.value);
        }
    }

    fn push(&mut self, at: u32, part: &'r Part<'a>) {
        let PartKind::Text(text) = &part.kind else { return self.push_other(at, part) };
        // An empty text says nothing, and a stream would not have it.
        if !text.is_empty() {
            self.texts = true;
            self.list.push(Said::Text { part: at, text });
        }
    }

    #[inline(never)]
    fn push_other(&mut self, at: u32, part: &'r Part<'a>) {
        match &part.kind {
            PartKind::Refusal { text, .. } if text.is_empty() => {}
            PartKind::Refusal { text, .. } => {
                self.refusals = true;
                self.list.push(Said::Refusal(text.clone()));
            }
            PartKind::ToolCall(call) => {
                self.calls = true;
                self.list.push(Said::Call { part: at, call });
            }
            PartKind::Opaque(opaque) if opaque.feature == Feature::ReasoningReplay => {
                self.list.push(Said::Reasoning(opaque));
            }
            PartKind::Text(_)
            | PartKind::Opaque(_)
            | PartKind::Image(_)
            | PartKind::File(_)
            | PartKind::Audio { .. }
            | PartKind::ToolResult(_) => {}
        }
    }

    /// What the details of a stop say of a refusal.
    #[cold]
    fn push_explanation(&mut self, details: &RawJson<'_>) {
        let explained = details.member("explanation");
        if let Some(text) = explained.as_ref().and_then(|(text, _)| text.as_text()).filter(|text| !text.is_empty()) {
            self.refusals = true;
            self.list.push(Said::Refusal(text.into_owned()));
        }
    }
}

/// The texts of sealed reasoning that anybody may read, in order.
pub(crate) fn reasoning_texts(opaque: &Opaque<'_>, mut visit: impl FnMut(&Text<'_>)) {
    let Some(raw) = opaque.raw.for_protocol(opaque.raw.origin()) else { return };
    if let Some((thinking, _)) = raw.member("thinking") {
        if let Some(text) = thinking.as_text().filter(|text| !text.is_empty()) {
            visit(&text);
        }
        return;
    }
    for name in ["summary", "content"] {
        let Some((list, _)) = raw.member(name) else { continue };
        list.elements(|element, _| {
            let text = element.member("text").and_then(|(text, _)| text.as_text().map(Text::into_owned));
            if let Some(text) = text.filter(|text| !text.is_empty()) {
                visit(&text);
            }
        });
    }
}

/// The reason to stop, given what was said.
pub(crate) fn effective_reason(told: Option<StopReason>, calls: bool, refused: bool) -> StopReason {
    let told = told.filter(|told| *told != StopReason::ToolUse || calls).unwrap_or(StopReason::End);
    let open = matches!(told, StopReason::End | StopReason::Other);
    if calls && (open || told == StopReason::Unfinished) {
        StopReason::ToolUse
    } else if open && refused {
        StopReason::Refusal
    } else {
        told
    }
}

/// An answer being written for a foreign client.
#[derive(Debug)]
pub(crate) struct Answer<'e, 'a> {
    pub(crate) response: &'e Response<'a>,
    pub(crate) reply: &'e Reply<'e>,
    pub(crate) summary: &'e Summary<'e, 'a>,
    pub(crate) pieces: Pieces<'e, 'a>,
    /// Why it stopped, as its pieces say it: a protocol that says so by its items needs no word for it.
    pub(crate) reason: StopReason,
    pub(crate) json: Writer<'e>,
    pub(crate) ledger: &'e mut Ledger,
}

impl<'e, 'a> Answer<'e, 'a> {
    pub(crate) fn new(
        response: &'e Response<'a>,
        summary: &'e Summary<'e, 'a>,
        reply: &'e Reply<'e>,
        out: &'e mut Vec<u8>,
        ledger: &'e mut Ledger,
    ) -> Self {
        let (pieces, reason) = (Pieces::default(), StopReason::End);
        let mut answer = Self { response, reply, summary, pieces, reason, json: Writer::new(out), ledger };
        answer.pieces.fill(response, summary);
        answer.reason = effective_reason(summary.stop, answer.pieces.calls, answer.pieces.refusals);
        if summary.stop.is_none() {
            let target = match reply.context.client {
                Protocol::Chat => "/choices/0/finish_reason",
                Protocol::Responses => "/status",
                Protocol::Messages => "/stop_reason",
            };
            answer.ledger.synthesise(Feature::StopReasonAbsent, Place::ROOT, Some(target), "a reason to stop");
        }
        answer
    }

    /// The leaf of a message or a part with this key.
    pub(crate) fn leaf_of(&self, owner: Owner, key: Key) -> Option<&'e Field<'a>> {
        self.summary.fields.field(owner, key)
    }

    /// Says that a value of the source is not what it was in the target, as the table has it.
    pub(crate) fn lose(&mut self, feature: Feature, place: Place) {
        if let Some(action) = action(self.reply.expression(feature, self.reply.context.client)) {
            self.ledger.record(action, feature, place);
        }
    }

    /// The answer's id: the one asked for, else the upstream's; `ordinal` makes ids of items out of it.
    pub(crate) fn id(&self) -> Cow<'e, str> {
        self.reply.id.map_or_else(|| self.summary.id_or_unknown(), Cow::Borrowed)
    }

    pub(crate) fn write_id(&mut self) {
        match self.summary.id.filter(|id| self.reply.id.is_none() && is_plain_text(&id.value)) {
            Some(id) => self.json.raw(&id.value),
            None => self.write_other_id(),
        }
    }

    #[cold]
    fn write_other_id(&mut self) {
        self.json.str(&self.id());
        if self.reply.id.is_none() && self.response.id().is_none() {
            self.synthesise(Feature::IdentityAbsent, Key::ResponseId, "/id", "an id, which the target requires");
        }
    }

    pub(crate) fn write_model(&mut self) {
        let upstream = self.response.model().map(|model| &model.value);
        match upstream.filter(|model| self.reply.model == ShownModel::Upstream && model.as_plain().is_some()) {
            Some(model) => self.json.text(model),
            None => self.write_other_model(),
        }
    }

    #[cold]
    fn write_other_model(&mut self) {
        let name = self.reply.model_name(self.response.model().map(|model| &model.value));
        self.json.str(name.as_deref().unwrap_or("unknown"));
        if name.is_none() {
            let detail = "a model, which the target requires";
            self.ledger.synthesise(Feature::IdentityAbsent, Place::ROOT, Some("/model"), detail);
        }
    }

    /// When it was made: the source's word, else the caller's, else 0 with an entry.
    pub(crate) fn write_created(&mut self, target: &'static str) {
        match (self.summary.created, self.reply.created) {
            (Some(created), _) if created.value.kind() == Kind::Number => self.json.raw(&created.value),
            (_, Some(seconds)) => self.json.number(seconds),
            (_, None) => {
                self.json.number(0);
                let detail = "a time, which the target requires; none was given";
                self.synthesise(Feature::CreationTime, Key::Created, target, detail);
            }
        }
    }

    /// Says that the target has a value that the source's leaf does not give.
    #[cold]
    fn synthesise(&mut self, feature: Feature, leaf: Key, target: &'static str, detail: &'static str) {
        let place = self.response.body.option(leaf).map_or(Place::ROOT, |field| field.place);
        self.ledger.synthesise(feature, place, Some(target), detail);
    }

    /// Writes the token counts, with an entry if one that the target requires is not known.
    pub(crate) fn write_usage(&mut self, target: Protocol, usage: &Usage) {
        let told = usage.input.is_some() && usage.output.is_some();
        let detailed = usage.cached.is_some() && usage.cache_write.is_some() && usage.reasoning.is_some();
        if !told || target == Protocol::Responses && !detailed {
            let detail = "token counts, which the target requires and the source does not give";
            self.synthesise(Feature::UsageAbsent, Key::Usage, "/usage", detail);
        }
        match target {
            Protocol::Chat => write_chat_usage(&mut self.json, usage),
            Protocol::Responses => write_responses_usage(&mut self.json, usage),
            Protocol::Messages => write_messages_usage(&mut self.json, usage),
        }
    }

    /// The tier that served it, under the target's name.
    pub(crate) fn tier(&self, target: Protocol) -> Option<Cow<'e, str>> {
        if !self.summary.has_tier {
            return None;
        }
        let within;
        let tier = match self.response.origin()? {
            Protocol::Messages => {
                within = self.response.leaf(Key::Usage)?.member("service_tier")?.0;
                &within
            }
            Protocol::Chat | Protocol::Responses => self.response.leaf(Key::ServiceTier)?,
        };
        tier_name(&tier.as_text()?.word(), target).map(|name| Cow::Owned(name.to_owned()))
    }

    /// The texts, with their parts.
    pub(crate) fn texts(&self) -> impl Iterator<Item = (u32, &'e Text<'a>)> {
        let text =
            |piece: &Said<'e, 'a>| if let Said::Text { part, text } = piece { Some((*part, *text)) } else { None };
        self.pieces.list.iter().filter_map(text)
    }

    /// The client's name of the tool that is called.
    pub(crate) fn write_name(&mut self, call: &ToolCall<'_>) {
        self.json.key("name");
        write_name(&mut self.json, self.reply.context, &call.name);
    }

    /// The client's id of a call.
    pub(crate) fn write_call_id(&mut self, member: &str, part: u32, call: &ToolCall<'_>) {
        self.json.plain_key(member);
        write_call_id(&mut self.json, self.reply.context, call.id.as_ref().map(|id| &id.value), part);
        // That a legacy call has none, its own entry says.
        if call.id.is_none() && !call.legacy {
            let place = self.response.body.part(part).map_or(Place::ROOT, |part| part.place);
            let detail = "an id of the call, which the target requires";
            self.ledger.synthesise(Feature::IdentityAbsent, place, None, detail);
        }
    }

    /// Whether the call is one of a tool of the client's that takes free text.
    pub(crate) fn is_custom(&self, call: &ToolCall<'_>) -> bool {
        matches!(call.input, ToolInput::Custom(_)) || is_wrapped(self.reply.context, &call.name)
    }

    /// The free text of a custom tool's call, unwrapped where it went upstream as a function's only argument.
    pub(crate) fn write_custom_input(&mut self, call: &ToolCall<'_>) {
        match &call.input {
            ToolInput::Custom(text) => self.json.text(text),
            ToolInput::Json(raw) => match unwrapped(raw) {
                Some(text) => self.json.text(&text),
                None => self.json.string(|out| escape_into(raw.as_str(), out)),
            },
            ToolInput::Encoded(text) => {
                let word = text.word();
                match RawJson::parse(&word).ok().and_then(|raw| unwrapped(&raw)) {
                    Some(inner) => self.json.text(&inner),
                    None => self.json.text(text),
                }
            }
        }
    }

    /// The arguments as a JSON string that holds JSON.
    pub(crate) fn write_encoded_input(&mut self, call: &ToolCall<'_>) {
        match &call.input {
            ToolInput::Encoded(text) if text.is_empty() => self.json.word("{}"),
            ToolInput::Encoded(text) | ToolInput::Custom(text) => self.json.text(text),
            ToolInput::Json(raw) => self.json.string(|out| escape_into(raw.as_str(), out)),
        }
    }
}

/// Whether a value is a string that says the same however it is read.
fn is_plain_text(value: &RawJson<'_>) -> bool {
    value.kind() == Kind::String && !value.as_str().contains('\\')
}

/// Whether the upstream knows a custom tool of the client's by the name `upstream` as a function.
pub(crate) fn is_wrapped(context: &RequestContext, upstream: &Text<'_>) -> bool {
    !context.custom_tools.is_empty() && context.is_custom_tool(context.tool_name(&upstream.word()))
}

/// The text in `{"input": "…"}`, the form in which a custom tool goes to a protocol without such.
pub(crate) fn unwrapped(arguments: &RawJson<'_>) -> Option<Text<'static>> {
    arguments.member("input").and_then(|(input, _)| input.as_text().map(Text::into_owned))
}

/// Writes the client's name of a tool.
pub(crate) fn write_name(json: &mut Writer<'_>, context: &RequestContext, upstream: &Text<'_>) {
    if context.tool_names.is_empty() {
        return json.text(upstream);
    }
    json.str(context.tool_name(&upstream.word()));
}

/// Writes the client's id of a call; a call without one gets an id of its place in the answer.
pub(crate) fn write_call_id(json: &mut Writer<'_>, context: &RequestContext, id: Option<&Text<'_>>, ordinal: u32) {
    match id {
        Some(id) if context.call_ids.is_empty() => json.text(id),
        Some(id) => json.str(context.call_id(&id.word())),
        None => json.str(&format!("call_{ordinal}")),
    }
}

/// A service tier of another protocol under the target's name. Messages tells it at the beginning of a stream, when
/// others do not know it, and so gets none.
pub(crate) fn tier_name(tier: &str, target: Protocol) -> Option<&str> {
    match (tier, target) {
        (_, Protocol::Messages) => None,
        ("standard", Protocol::Chat | Protocol::Responses) => Some("default"),
        ("default" | "priority" | "auto" | "flex" | "scale" | "fast", _) => Some(tier),
        _ => None,
    }
}

/// The web pages that the citations in `list` name.
pub(crate) fn citations(list: &RawJson<'_>) -> Vec<WebCitation> {
    let mut found = Vec::new();
    let mut cursor = Cursor::of(list.as_str());
    let Ok(mut elements) = cursor.open_array() else { return found };
    while let Ok(true) = cursor.next_element(&mut elements) {
        let Ok(element) = cursor.raw() else { break };
        found.extend(WebCitation::read(&element));
    }
    found
}

/// Writes the members that both `OpenAI` protocols have, for a text of `length` characters that begins at `offset`.
pub(crate) fn write_citation(json: &mut Writer<'_>, page: &WebCitation, offset: u64, length: u64) {
    let (start, end) = page.span.unwrap_or((0, length));
    json.key("start_index");
    json.number(start.saturating_add(offset));
    json.key("end_index");
    json.number(end.saturating_add(offset));
    json.key("url");
    json.raw(&page.url);
    json.key("title");
    json.raw(&page.title);
}
