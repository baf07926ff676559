//! Bounds of a request's input tokens from bytes and content kinds, without a tokenizer.

use switchback_ir::{Media, Part, PartKind, RawJson, Request, Text, ToolInput, ToolKind};
use switchback_units::Tokens;

/// A lower and, where there is one, an upper bound of a request's input tokens.
///
/// Error model: byte-pair encodings of the last years spend, over a whole prompt, between one token per eight bytes
/// (long English words, indentation) and one token per two bytes (digits, base64, scripts outside Latin); each
/// message, part and tool adds a few tokens of framing. The bounds are those two rates with the framing at both
/// ends. Media in the body count at the vendors' published least and most per image or page; what stands elsewhere
/// (URLs, file ids, state at the provider, tools of the provider) has no upper bound.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
pub struct TokenBounds {
    /// No prompt of these bytes has fewer tokens.
    pub lower: Tokens,
    /// No prompt of these bytes has more; `None` where something outside the body counts too.
    pub upper: Option<Tokens>,
}

/// Bytes of text per token at most.
const BYTES_PER_TOKEN_MOST: u64 = 8;
/// Bytes of text per token at least.
const BYTES_PER_TOKEN_LEAST: u64 = 2;
/// Tokens of framing per message, part, tool and field of structure, at most.
const FRAMING: u64 = 16;
/// Tokens of an image, at most: the largest published tiling of the two vendors (2026-11).
const IMAGE_MOST: u64 = 5_000;
/// Bytes of base64 per token of a document, at least: a dense PDF page of 3 KB counts 3,000 tokens as text and image.
const DOCUMENT_BYTES_PER_TOKEN: u64 = 1;

impl TokenBounds {
    /// The bounds of `request`. Cost: one pass over the tables; no text is looked into.
    pub fn of(request: &Request<'_>) -> Self {
        let mut count = Counter::default();
        for part in &request.parts {
            count.part(part);
        }
        for tool in &request.tools {
            count.framing();
            count.optional(tool.name.as_ref().map(|at| &at.value));
            count.optional(tool.description.as_ref().map(|at| &at.value));
            match &tool.kind {
                ToolKind::Function { parameters: Some(parameters), .. } => count.json(&parameters.value),
                ToolKind::Function { parameters: None, .. } | ToolKind::Custom { .. } => {}
                ToolKind::Hosted { .. } => count.elsewhere(),
            }
        }
        if let Some(format) = &request.output_format
            && let switchback_ir::OutputFormat::JsonSchema(schema) = &format.value
            && let Some(schema) = &schema.schema
        {
            // A schema steers decoding at some vendors and stands in the prompt at others.
            count.maybe_json(&schema.value);
        }
        let messages = u64::try_from(request.messages.len()).unwrap_or(u64::MAX);
        count.frames = count.frames.saturating_add(messages);
        count.fields(request);
        count.bounds()
    }

    /// Whether a window of `limit` tokens is certainly too small.
    pub fn exceeds(self, limit: Tokens) -> bool {
        self.lower > limit
    }
}

#[derive(Default)]
struct Counter {
    /// Bytes that are certainly in the prompt.
    sure: u64,
    /// Bytes that may be.
    maybe: u64,
    frames: u64,
    images: u64,
    documents: u64,
    elsewhere: bool,
}

impl Counter {
    fn framing(&mut self) {
        self.frames = self.frames.saturating_add(1);
    }

    const fn elsewhere(&mut self) {
        self.elsewhere = true;
    }

    fn sure(&mut self, bytes: usize) {
        self.sure = self.sure.saturating_add(u64::try_from(bytes).unwrap_or(u64::MAX));
    }

    fn maybe(&mut self, bytes: usize) {
        self.maybe = self.maybe.saturating_add(u64::try_from(bytes).unwrap_or(u64::MAX));
    }

    /// Stored text may hold escapes: `\u00e9` is six bytes for a character that is two.
    fn text(&mut self, text: &Text<'_>) {
        let stored = text.stored_len();
        self.sure(stored / 6);
        self.maybe(stored - stored / 6);
    }

    fn plain(&mut self, text: &Text<'_>) {
        match text.to_str() {
            Some(std::borrow::Cow::Borrowed(plain)) => self.sure(plain.len()),
            Some(std::borrow::Cow::Owned(_)) | None => self.text(text),
        }
    }

    fn optional(&mut self, text: Option<&Text<'_>>) {
        if let Some(text) = text {
            self.maybe(text.stored_len());
        }
    }

    fn json(&mut self, raw: &RawJson<'_>) {
        // Vendors print tool schemas in forms of their own, shorter ones among them.
        self.maybe(raw.as_str().len());
    }

    fn maybe_json(&mut self, raw: &RawJson<'_>) {
        self.maybe(raw.as_str().len());
    }

    fn part(&mut self, part: &Part<'_>) {
        self.framing();
        match &part.kind {
            PartKind::Text(text) | PartKind::Refusal { text, .. } => self.plain(text),
            PartKind::Image(media) => self.image(media),
            PartKind::File(media) => self.file(media),
            PartKind::ToolCall(call) => {
                self.maybe(call.name.stored_len());
                match &call.input {
                    ToolInput::Encoded(text) | ToolInput::Custom(text) => self.maybe(text.stored_len()),
                    ToolInput::Json(raw) => self.json(raw),
                }
            }
            PartKind::ToolResult(_) => {}
            PartKind::Audio { .. } | PartKind::Opaque(_) => self.elsewhere(),
        }
    }

    fn image(&mut self, media: &Media<'_>) {
        self.images = self.images.saturating_add(1);
        if matches!(media, Media::FileId(_)) {
            self.elsewhere();
        }
    }

    fn file(&mut self, media: &Media<'_>) {
        match media {
            Media::Text(text) => self.plain(text),
            Media::Content(_) | Media::Url(_) | Media::FileId(_) => self.elsewhere(),
            Media::Base64 { data, .. } | Media::Bare(data) | Media::DataUrl(data) => {
                let bytes = u64::try_from(data.stored_len()).unwrap_or(u64::MAX);
                self.documents = self.documents.saturating_add(bytes / DOCUMENT_BYTES_PER_TOKEN);
            }
        }
    }

    /// State at the provider counts, and no body says how much.
    fn fields(&mut self, request: &Request<'_>) {
        use switchback_ir::Key;
        let held =
            [Key::PreviousResponse, Key::Conversation, Key::PromptTemplate, Key::WebSearchOptions, Key::McpServers];
        if held.iter().any(|key| request.option(*key).is_some()) {
            self.elsewhere();
        }
    }

    fn bounds(&self) -> TokenBounds {
        let text = self.sure.saturating_add(self.maybe).div_ceil(BYTES_PER_TOKEN_LEAST);
        let upper = text
            .saturating_add(self.frames.saturating_add(1).saturating_mul(FRAMING))
            .saturating_add(self.images.saturating_mul(IMAGE_MOST))
            .saturating_add(self.documents);
        TokenBounds {
            lower: Tokens::new(self.sure / BYTES_PER_TOKEN_MOST),
            upper: (!self.elsewhere).then(|| Tokens::new(upper)),
        }
    }
}
