use crate::rendezvous::fold;
use crate::tokens::MICRO;
use crate::{PromptKey, TextClass};
use switchback_ir::{
    Key, Media, Message, Owner, Part, PartKind, Protocol, RawJson, Request, Role, Text, Tool, ToolInput, ToolKind,
};
use switchback_units::Tokens;
use twox_hash::XxHash3_128;

/// The layered fingerprint of a prompt: what a provider's cache would find again.
///
/// It is no name of the prompt for anybody else: the hash is keyed by tenant, so that equal prompts of two tenants never
/// meet, and it does not leave the gateway. It is not made to hold against a tenant that would deceive itself.
///
/// Texts are hashed as they are written between their quotes, since that is what goes upstream and is there to be hashed
/// without a copy. One text in two spellings (`é` and `\u00e9`) is therefore two: a client keeps to one, and where it does
/// not, something warm is taken for cold and never the reverse.
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

impl Layer {
    /// The hash as what [`Beliefs`](crate::Beliefs) go by.
    pub const fn prefix(self) -> u64 {
        fold(self.hash)
    }
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
    /// The fingerprint of a request. Cost: one pass over its bytes; the only allocations are [`Self::messages`], and texts
    /// that were made in code.
    ///
    /// ```
    /// use switchback_affinity::{Fingerprint, Secret};
    /// use switchback_ir::{Request, Role, Shape, Text};
    /// let key = Secret::new([7; 32]).prompts_of(b"acme");
    /// let mut request = Request::new("claude");
    /// request.push_message(Role::System, Shape::Text, [Text::from("Be brief.").into()]);
    /// request.push_message(Role::User, Shape::Text, [Text::from("hello").into()]);
    /// let before = Fingerprint::of(&request, &key);
    /// request.push_message(Role::Assistant, Shape::Text, [Text::from("hi").into()]);
    /// let after = Fingerprint::of(&request, &key);
    /// assert_eq!((before.system, before.messages.last()), (after.system, after.messages.first()));
    /// let other = Secret::new([7; 32]).prompts_of(b"another tenant");
    /// assert_ne!(Fingerprint::of(&request, &other).system, after.system);
    /// ```
    pub fn of(request: &Request<'_>, key: &PromptKey) -> Self {
        let mut fingerprint = Self { messages: Vec::with_capacity(request.messages.len()), ..Self::default() };
        fingerprint.fill(request, key);
        fingerprint
    }

    /// The same into one that was used before: no allocation once it has grown.
    pub fn fill(&mut self, request: &Request<'_>, key: &PromptKey) {
        self.messages.clear();
        let mut chain = Chain::new(key);
        for (index, tool) in (0_u32..).zip(&request.tools) {
            chain.tool(request, index, tool);
        }
        self.tools = chain.layer();
        let leading = request.leading_instructions();
        for (index, message) in (0_u32..).zip(request.messages.iter().take(leading)) {
            chain.message(request, index, message);
        }
        self.system = chain.layer();
        for key in BEFORE_MESSAGES {
            request.option(*key).into_iter().for_each(|field| chain.raw(b'o', &field.value));
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

    /// What the last request of the conversation had: all before the last turn of the assistant; `None` for a first request.
    pub fn earlier(&self, request: &Request<'_>) -> Option<Layer> {
        let turns = request.messages.get(request.leading_instructions()..)?;
        let last = turns.iter().rposition(|message| message.role == Role::Assistant)?;
        let start = turns.get(..last)?.iter().rposition(|message| message.role != Role::Assistant);
        Some(start.and_then(|before| self.messages.get(before)).map_or(self.system, |layer| *layer))
    }

    /// All of it: what the next request of the conversation will have in common with this one.
    pub fn whole(&self) -> Layer {
        self.messages.last().copied().unwrap_or(self.system)
    }
}

/// Bytes of a call's arguments that are hashed at once.
const BLOCK: usize = 1024;

/// A hash in progress, with the tokens that it has seen.
///
/// Each leaf is hashed by itself, in one go over the slice where it stands, and joined to what came before by a multiplication:
/// a layer is then the state as it is, where ending a streaming hash at each message cost more than the bytes.
struct Chain<'k> {
    key: &'k PromptKey,
    state: u128,
    micro_tokens: u64,
}

impl<'k> Chain<'k> {
    fn new(key: &'k PromptKey) -> Self {
        Self { key, state: key.start, micro_tokens: 0 }
    }

    const fn layer(&self) -> Layer {
        Layer { hash: self.state, tokens: Tokens::new(self.micro_tokens / MICRO) }
    }

    /// Joins a leaf, or with a hash of 0 a mark. One to one in the state for every leaf, and the keyed hashes of leaves
    /// are as good as random, so two chains meet by chance alone; the multiplier is odd and secret.
    fn join(&mut self, tag: u8, hash: u128) {
        let mixed = (self.state ^ hash).wrapping_mul(self.key.multiplier);
        self.state = mixed.rotate_left(64).wrapping_add(u128::from(tag));
    }

    fn bytes(&mut self, tag: u8, bytes: &[u8]) {
        // The secret is as long as any: this cannot fail.
        self.join(tag, XxHash3_128::oneshot_with_secret(&self.key.secret, bytes).unwrap_or(0));
    }

    fn count(&mut self, text: &[u8], class: TextClass) {
        self.micro_tokens = self.micro_tokens.saturating_add(class.micro_tokens(text));
    }

    /// A text as it is written between quotes: what goes upstream, and no byte of it is copied or unescaped.
    fn text_of(&mut self, tag: u8, text: &Text<'_>, class: TextClass) {
        if let Some(content) = text.as_read() {
            self.count(content.as_bytes(), class);
            self.bytes(tag, content.as_bytes());
            return;
        }
        // Made in code: written as it will be.
        let mut content = Vec::with_capacity(text.stored_len());
        text.write_content(&mut content);
        self.count(text.as_plain().unwrap_or("").as_bytes(), class);
        self.bytes(tag, &content);
    }

    fn text(&mut self, tag: u8, text: &Text<'_>) {
        self.text_of(tag, text, TextClass::Prose);
    }

    fn raw(&mut self, tag: u8, raw: &RawJson<'_>) {
        self.count(raw.as_str().as_bytes(), TextClass::Code);
        self.bytes(tag, raw.as_str().as_bytes());
    }

    /// Arguments are an object in one protocol, and in the others a string that holds it: what counts is the characters of
    /// the object, which for a string go through a buffer, the escapes undone. Both are hashed in blocks of that size.
    fn arguments(&mut self, input: &ToolInput<'_>) {
        let text = match input {
            ToolInput::Json(raw) => {
                return raw.as_str().as_bytes().chunks(BLOCK).for_each(|block| self.block(block));
            }
            ToolInput::Encoded(text) | ToolInput::Custom(text) => text,
        };
        let (mut buffer, mut filled) = ([0; BLOCK], 0);
        let whole = text.pieces(&mut |piece| {
            for bytes in piece.as_bytes().chunks(BLOCK) {
                filled = self.buffered(&mut buffer, filled, bytes);
            }
        });
        if let Some(rest) = buffer.get(..filled).filter(|rest| !rest.is_empty()) {
            self.block(rest);
        }
        if !whole {
            // A surrogate that stands alone: the text has no characters, only its escapes.
            self.text_of(b'!', text, TextClass::Code);
        }
    }

    fn block(&mut self, block: &[u8]) {
        self.count(block, TextClass::Code);
        self.bytes(b'.', block);
    }

    /// Adds at most a block to a buffer that holds less than one, and hashes it when it is full. Returns what it holds then.
    fn buffered(&mut self, buffer: &mut [u8; BLOCK], filled: usize, bytes: &[u8]) -> usize {
        let (now, later) = bytes.split_at(bytes.len().min(BLOCK - filled));
        let end = filled + now.len();
        if let Some(room) = buffer.get_mut(filled..end) {
            room.copy_from_slice(now);
        }
        if end < BLOCK {
            return end;
        }
        self.block(buffer);
        if let Some(room) = buffer.get_mut(..later.len()) {
            room.copy_from_slice(later);
        }
        later.len()
    }

    fn tool(&mut self, request: &Request<'_>, index: u32, tool: &Tool<'_>) {
        self.join(b't', 0);
        tool.name.iter().for_each(|name| self.text(b'n', &name.value));
        tool.description.iter().for_each(|description| self.text(b'd', &description.value));
        match &tool.kind {
            ToolKind::Function { parameters, .. } => {
                if let Some(parameters) = parameters {
                    self.raw(b'p', &parameters.value);
                }
            }
            ToolKind::Custom { .. } => self.join(b'c', 0),
            ToolKind::Hosted { raw, .. } => {
                raw.for_protocol(raw.origin()).into_iter().for_each(|raw| self.raw(b'h', raw));
            }
        }
        self.fields(request, Owner::Tool(index));
    }

    fn fields(&mut self, request: &Request<'_>, owner: Owner) {
        for field in request.fields_of(owner) {
            let read = field.key().is_some_and(|key| READ.contains(&key));
            // What is written out and means the same as nothing is nothing.
            let silent = field.value.as_bool() == Some(false) || field.value.as_str() == "\"auto\"";
            if read && !silent {
                self.raw(b'f', &field.value);
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
        let speaker = match role {
            Role::System | Role::Developer => b's',
            Role::User | Role::Tool => b'u',
            Role::Assistant => b'a',
            Role::Unknown => b'x',
        };
        match &part.kind {
            PartKind::Text(text) | PartKind::Refusal { text, .. } => self.text(speaker, text),
            PartKind::Image(media) | PartKind::File(media) => self.media(speaker, media),
            PartKind::Audio { data, format } => {
                self.text(speaker, format);
                self.opaque(b'.', data);
            }
            PartKind::ToolCall(call) => {
                self.join(b'(', 0);
                call.id.iter().for_each(|id| self.text(b'i', &id.value));
                self.text(b'n', &call.name);
                self.arguments(&call.input);
            }
            PartKind::ToolResult(result) => {
                self.join(b')', 0);
                result.call_id.iter().for_each(|id| self.text(b'i', &id.value));
                for (child, inner) in request.children(at) {
                    self.part(request, child, inner, role);
                }
            }
            PartKind::Opaque(opaque) => {
                if let Some(raw) = opaque.raw.for_protocol(opaque.raw.origin()) {
                    self.raw(speaker, raw);
                }
            }
        }
        self.fields(request, Owner::Part(at));
    }

    fn media(&mut self, tag: u8, media: &Media<'_>) {
        match media {
            Media::Url(text) | Media::DataUrl(text) | Media::Bare(text) => self.opaque(tag, text),
            Media::Base64 { media_type, data } => {
                self.text(tag, media_type);
                self.opaque(b'.', data);
            }
            Media::Text(text) => self.text(tag, text),
            Media::FileId(id) => {
                for protocol in Protocol::ALL {
                    id.for_protocol(protocol).into_iter().for_each(|id| self.opaque(tag, id));
                }
            }
            Media::Content(raw) => raw.for_protocol(raw.origin()).into_iter().for_each(|raw| self.raw(tag, raw)),
        }
    }

    /// Bytes that a model does not read as text.
    fn opaque(&mut self, tag: u8, text: &Text<'_>) {
        self.text_of(tag, text, TextClass::Opaque);
    }
}
