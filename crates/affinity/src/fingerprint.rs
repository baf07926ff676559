use crate::TextClass;
use crate::tokens::MICRO;
use switchback_ir::{
    Key, Media, Message, Owner, Part, PartKind, Protocol, RawJson, Request, Role, Text, ToolInput, ToolKind,
};
use switchback_units::Tokens;
use xxhash_rust::xxh3::Xxh3;

/// The layered fingerprint of a prompt: what a provider's cache would find again.
///
/// Three chains, as providers invalidate them: a change of a tool changes all three, one of the instructions the last
/// two, one in a message only what comes from there on. Take it of the request that is encoded for the endpoint, since
/// a change of protocol can change the prompt.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fingerprint {
    /// The tools.
    pub tools: Layer,
    /// The tools and the instructions.
    pub system: Layer,
    /// After each message: all that came up to its end.
    pub messages: Vec<Layer>,
}

/// A prefix of a prompt.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Layer {
    /// The hash of all of it.
    pub hash: u128,
    /// Estimated tokens of all of it.
    pub tokens: Tokens,
}

/// Leaves that a model reads, or that a provider's cache depends on. Breakpoints mark a prompt and are not in it; ids
/// and states of items are for their protocol.
const READ: &[Key] = &[
    Key::Strict,
    Key::ToolAnnotation,
    Key::MessageName,
    Key::ToolResultName,
    Key::ToolResultError,
    Key::ImageDetail,
    Key::ImageTransformations,
    Key::FileName,
    Key::FileDetail,
    Key::DocumentContext,
    Key::DocumentCitations,
    Key::ReasoningText,
];

/// Options of a request whose change keeps only the credit for tools and instructions (Anthropic's page on prompt
/// caching, 2026-10).
const BEFORE_MESSAGES: &[Key] = &[Key::Effort, Key::Thinking, Key::ThinkingBudget, Key::ParallelToolCalls];

impl Fingerprint {
    /// The fingerprint of a request. Cost: one pass over its bytes; the only allocation is [`Self::messages`].
    ///
    /// ```
    /// use switchback_affinity::Fingerprint;
    /// use switchback_ir::{Request, Role, Shape, Text};
    /// let mut request = Request::new("claude");
    /// request.push_message(Role::System, Shape::Text, [Text::from("Be brief.").into()]);
    /// request.push_message(Role::User, Shape::Text, [Text::from("hello").into()]);
    /// let before = Fingerprint::of(&request);
    /// request.push_message(Role::Assistant, Shape::Text, [Text::from("hi").into()]);
    /// let after = Fingerprint::of(&request);
    /// assert_eq!((before.system, before.messages.last()), (after.system, after.messages.first()));
    /// ```
    pub fn of(request: &Request<'_>) -> Self {
        let mut fingerprint = Self { messages: Vec::with_capacity(request.messages.len()), ..Self::default() };
        fingerprint.fill(request);
        fingerprint
    }

    /// The same into one that was used before: no allocation once it has grown.
    pub fn fill(&mut self, request: &Request<'_>) {
        self.messages.clear();
        let mut chain = Chain::default();
        for (index, tool) in (0_u32..).zip(&request.tools) {
            chain.tag(b't');
            let texts = [tool.name.as_ref(), tool.description.as_ref()];
            texts.into_iter().flatten().for_each(|text| chain.text(&text.value));
            match &tool.kind {
                ToolKind::Function { parameters, .. } => {
                    if let Some(parameters) = parameters {
                        chain.raw(&parameters.value);
                    }
                }
                ToolKind::Custom { .. } => chain.tag(b'c'),
                ToolKind::Hosted { raw, .. } => {
                    raw.for_protocol(raw.origin()).into_iter().for_each(|raw| chain.raw(raw));
                }
            }
            chain.fields(request, Owner::Tool(index));
        }
        self.tools = chain.layer();
        let leading = request.leading_instructions();
        for (index, message) in (0_u32..).zip(request.messages.iter().take(leading)) {
            chain.message(request, index, message);
        }
        self.system = chain.layer();
        for key in BEFORE_MESSAGES {
            request.option(*key).into_iter().for_each(|field| chain.raw(&field.value));
        }
        for (index, message) in (0_u32..).zip(&request.messages).skip(leading) {
            chain.message(request, index, message);
            self.messages.push(chain.layer());
        }
    }

    /// What a conversation begins with: tools, instructions and the first user turn. All of its requests share it.
    pub fn opening(&self, request: &Request<'_>) -> Layer {
        let turns = request.messages.iter().skip(request.leading_instructions());
        let first = turns.zip(&self.messages).find(|(message, _)| message.role == Role::User);
        first.map_or(self.system, |(_, layer)| *layer)
    }

    /// All but the last user turn and what follows it: what an earlier request of the conversation had.
    pub fn history(&self, request: &Request<'_>) -> Layer {
        let turns = request.messages.iter().skip(request.leading_instructions());
        let last = turns.map(|message| message.role == Role::User).collect::<Vec<_>>().iter().rposition(|user| *user);
        match last.and_then(|last| last.checked_sub(1)).and_then(|before| self.messages.get(before)) {
            Some(layer) => *layer,
            None => self.system,
        }
    }
}

/// A hash in progress, with the tokens that it has seen.
#[derive(Default)]
struct Chain {
    hasher: Xxh3,
    micro_tokens: u64,
}

impl Chain {
    fn layer(&self) -> Layer {
        Layer { hash: self.hasher.digest128(), tokens: Tokens::new(self.micro_tokens / MICRO) }
    }

    /// Ends a piece: this byte is in no UTF-8 text, so that no two sequences of pieces run together alike.
    fn tag(&mut self, tag: u8) {
        self.hasher.update(&[0xFF, tag]);
    }

    fn str(&mut self, text: &str, class: TextClass) {
        self.hasher.update(text.as_bytes());
        self.micro_tokens = self.micro_tokens.saturating_add(class.micro_tokens(text));
    }

    fn text_of(&mut self, text: &Text<'_>, class: TextClass) {
        if !text.pieces(&mut |piece| self.str(piece, class)) {
            // A surrogate that stands alone: the text has no characters, only its escapes.
            let mut content = Vec::with_capacity(text.stored_len());
            text.write_content(&mut content);
            self.hasher.update(&content);
        }
        self.tag(b'.');
    }

    fn text(&mut self, text: &Text<'_>) {
        self.text_of(text, TextClass::Prose);
    }

    fn raw(&mut self, raw: &RawJson<'_>) {
        self.str(raw.as_str(), TextClass::Code);
        self.tag(b'.');
    }

    fn fields(&mut self, request: &Request<'_>, owner: Owner) {
        for field in request.fields_of(owner) {
            let read = field.key().is_some_and(|key| READ.contains(&key));
            // What is written out and means the same as nothing is nothing.
            let silent = field.value.as_bool() == Some(false) || field.value.as_str() == "\"auto\"";
            if read && !silent {
                self.tag(b'f');
                self.raw(&field.value);
            }
        }
    }

    fn message(&mut self, request: &Request<'_>, index: u32, message: &Message) {
        self.fields(request, Owner::Message(index));
        for (at, part) in request.parts_of(message) {
            self.part(request, at, part, message.role);
        }
    }

    /// A part under its speaker: where one message ends and the next of the same speaker begins differs between
    /// protocols.
    fn part(&mut self, request: &Request<'_>, at: u32, part: &Part<'_>, role: Role) {
        self.tag(match role {
            Role::System | Role::Developer => b's',
            Role::User | Role::Tool => b'u',
            Role::Assistant => b'a',
            Role::Unknown => b'x',
        });
        match &part.kind {
            PartKind::Text(text) | PartKind::Refusal { text, .. } => self.text(text),
            PartKind::Image(media) | PartKind::File(media) => self.media(media),
            PartKind::Audio { data, format } => {
                self.text(format);
                self.opaque(data);
            }
            PartKind::ToolCall(call) => {
                self.tag(b'(');
                call.id.iter().for_each(|id| self.text(&id.value));
                self.text(&call.name);
                match &call.input {
                    ToolInput::Encoded(text) | ToolInput::Custom(text) => self.text_of(text, TextClass::Code),
                    ToolInput::Json(raw) => self.raw(raw),
                }
            }
            PartKind::ToolResult(result) => {
                self.tag(b')');
                result.call_id.iter().for_each(|id| self.text(&id.value));
                for (child, inner) in request.children(at) {
                    self.part(request, child, inner, role);
                }
            }
            PartKind::Opaque(opaque) => {
                if let Some(raw) = opaque.raw.for_protocol(opaque.raw.origin()) {
                    self.raw(raw);
                }
            }
        }
        self.fields(request, Owner::Part(at));
    }

    fn media(&mut self, media: &Media<'_>) {
        match media {
            Media::Url(text) | Media::DataUrl(text) | Media::Bare(text) => self.opaque(text),
            Media::Base64 { media_type, data } => {
                self.text(media_type);
                self.opaque(data);
            }
            Media::Text(text) => self.text(text),
            Media::FileId(id) => {
                for protocol in Protocol::ALL {
                    id.for_protocol(protocol).into_iter().for_each(|id| self.opaque(id));
                }
            }
            Media::Content(raw) => raw.for_protocol(raw.origin()).into_iter().for_each(|raw| self.raw(raw)),
        }
    }

    /// Bytes that a model does not read as text.
    fn opaque(&mut self, text: &Text<'_>) {
        self.text_of(text, TextClass::Opaque);
    }
}
