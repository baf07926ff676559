//! Bounds of a request's input tokens from its bytes and content kinds, without a tokenizer.

use switchback_ir::{
    Census, Feature, Key, Media, OutputFormat, Part, PartKind, Protocol, Request, Text, ToolInput, ToolKind,
};
use switchback_units::Tokens;

/// A lower and, where there is one, an upper bound of a request's input tokens.
///
/// Error model, for byte-pair encodings of 2023 to 2026: text is cut before it is encoded, so that no token spans two
/// words. A word is at least one token, or one for every twelve letters, and at most one for every four. Digits go in groups of one to three. Punctuation may join its neighbours or stand alone. A character outside ASCII is
/// between a fraction of a token and one, two or four, by its length in UTF-8. Each message, part and tool adds framing
/// that only the upper bound counts, and so does what vendors print in forms of their own: tools, calls, schemas.
///
/// An image counts at the vendors' most, a document in the body at one token a byte. What stands elsewhere (files by id
/// or URL, audio, state and tools of the provider, sealed reasoning) has no upper bound.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
pub struct TokenBounds {
    /// The prompt has at least as many tokens.
    pub lower: Tokens,
    /// The prompt has at most as many tokens; `None` where something outside the body counts too.
    pub upper: Option<Tokens>,
}

/// Parts of a token that bounds are summed in.
const SCALE: u64 = 20;

/// Framing of a message, a part, a tool or a call, at most: role marks, separators, names of fields.
const FRAMING: u64 = 12;
/// The prompt that vendors of Messages put before the first tool, at least and at most (vendor's table of tool use by
/// model, 2026-11: 264 to 804).
const TOOL_PROMPT: (u64, u64) = (250, 850);
/// An image, at most: the largest tiling of the two vendors (their vision guides, 2026-11).
const IMAGE: u64 = 5_000;

impl TokenBounds {
    /// The bounds of `request`. Cost: one pass over its text, without allocating.
    pub fn of(request: &Request<'_>) -> Self {
        let frames = u64::try_from(request.messages.len().saturating_add(1)).unwrap_or(u64::MAX);
        let mut count = Counter { frames, ..Counter::default() };
        request.parts.iter().for_each(|part| count.part(part));
        count.tools(request);
        count.format(request);
        // State at the provider counts, and no body says how much.
        let held =
            [Key::PreviousResponse, Key::Conversation, Key::PromptTemplate, Key::WebSearchOptions, Key::McpServers];
        count.elsewhere |= held.iter().any(|key| request.option(*key).is_some());
        count.bounds()
    }

    /// The same bounds where the request goes to an endpoint that speaks `target`, with what its vendors put before
    /// `tools` tools.
    #[must_use]
    #[inline]
    pub fn at(self, target: Protocol, tools: u32) -> Self {
        if target != Protocol::Messages || tools == 0 {
            return self;
        }
        let (least, most) = TOOL_PROMPT;
        Self {
            lower: self.lower.saturating_add(Tokens::new(least)),
            upper: self.upper.map(|upper| upper.saturating_add(Tokens::new(most))),
        }
    }
}

#[derive(Default)]
struct Counter {
    /// In parts of a token.
    lower: u64,
    /// In parts of a token.
    upper: u64,
    frames: u64,
    elsewhere: bool,
}

impl Counter {
    fn part(&mut self, part: &Part<'_>) {
        self.frames = self.frames.saturating_add(1);
        match &part.kind {
            PartKind::Text(text) | PartKind::Refusal { text, .. } => self.text(text),
            PartKind::Image(media) => self.image(media),
            PartKind::File(media) => self.file(media),
            PartKind::ToolCall(call) => {
                self.printed(measure(&call.name));
                self.printed(match &call.input {
                    ToolInput::Encoded(text) | ToolInput::Custom(text) => measure(text),
                    ToolInput::Json(raw) => weigh(raw.as_str()),
                });
            }
            PartKind::ToolResult(_) => {}
            PartKind::Audio { .. } | PartKind::Opaque(_) => self.elsewhere = true,
        }
    }

    fn tools(&mut self, request: &Request<'_>) {
        for tool in &request.tools {
            self.frames = self.frames.saturating_add(2);
            tool.name.iter().chain(&tool.description).for_each(|at| self.text(&at.value));
            match &tool.kind {
                ToolKind::Function { parameters: Some(parameters), .. } => {
                    self.printed(weigh(parameters.value.as_str()));
                }
                ToolKind::Function { parameters: None, .. } | ToolKind::Custom { .. } => {}
                ToolKind::Hosted { .. } => self.elsewhere = true,
            }
        }
    }

    /// A schema steers decoding at some vendors and stands in the prompt at others.
    fn format(&mut self, request: &Request<'_>) {
        if let Some(OutputFormat::JsonSchema(schema)) = request.output_format.as_ref().map(|at| &at.value) {
            self.frames = self.frames.saturating_add(4);
            if let Some(schema) = &schema.schema {
                self.upper = self.upper.saturating_add(weigh(schema.value.as_str()).1);
            }
        }
    }

    fn image(&mut self, media: &Media<'_>) {
        self.upper = self.upper.saturating_add(IMAGE * SCALE);
        self.elsewhere |= matches!(media, Media::FileId(_));
    }

    fn file(&mut self, media: &Media<'_>) {
        self.frames = self.frames.saturating_add(2);
        // Sound and moving images are counted by their length, which no byte tells.
        self.elsewhere |= matches!(media.file_feature(), Feature::VideoBase64 | Feature::AudioInput);
        match media {
            Media::Text(text) => self.text(text),
            Media::Content(_) | Media::Url(_) | Media::FileId(_) => self.elsewhere = true,
            Media::Base64 { data, .. } | Media::Bare(data) | Media::DataUrl(data) => {
                let bytes = u64::try_from(data.stored_len()).unwrap_or(u64::MAX);
                self.upper = self.upper.saturating_add(bytes.saturating_mul(SCALE));
            }
        }
    }

    /// Text that is in the prompt as it is.
    fn text(&mut self, text: &Text<'_>) {
        let (lower, upper) = measure(text);
        self.lower = self.lower.saturating_add(lower);
        self.upper = self.upper.saturating_add(upper);
    }

    /// Text that is in the prompt in some form, half of its words at least.
    fn printed(&mut self, (lower, upper): (u64, u64)) {
        self.lower = self.lower.saturating_add(lower / 2);
        self.upper = self.upper.saturating_add(upper);
    }

    fn bounds(&self) -> TokenBounds {
        let framing = self.frames.saturating_mul(FRAMING);
        let upper = self.upper.div_ceil(SCALE).saturating_add(framing);
        TokenBounds { lower: Tokens::new(self.lower / SCALE), upper: (!self.elsewhere).then(|| Tokens::new(upper)) }
    }
}

/// The bounds of a text, in parts of a token.
fn measure(text: &Text<'_>) -> (u64, u64) {
    // A lone surrogate has no characters to look at; any byte may be a token.
    let stored = || u64::try_from(text.stored_len()).unwrap_or(u64::MAX);
    text.census().map_or_else(|| (0, stored().saturating_mul(SCALE)), bounds)
}

/// The bounds of some characters, in parts of a token.
fn weigh(text: &str) -> (u64, u64) {
    bounds(Census::of(text))
}

/// The least and the most tokens, in parts of one.
fn bounds(census: Census) -> (u64, u64) {
    let Census { letters, words, digits, spaces, gaps, marks, clusters, two, three, four } = census;
    // A word is a token, save contractions and the like; long words are more.
    let least_words = (18 * words).max(letters / 12 * SCALE);
    // A word of n letters is at most n / 4 tokens rounded up, which adds three eighths to a word on average.
    let most_words = letters * SCALE / 4 + words * SCALE * 3 / 8;
    // One space belongs to the word behind it.
    let most_spaces = gaps * 4 + (spaces - gaps) * SCALE / 4;
    let lower = least_words + digits / 3 * SCALE + clusters * 3 + two * 4 + three * 7 + four * 10;
    let upper = most_words + most_spaces + (digits + marks + two + three * 2 + four * 4) * SCALE;
    (lower.min(upper), upper)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Counts of public tokenizers for a few texts (`cl100k_base` and `o200k_base`, their vendors' documentation).
    #[test]
    fn known_counts_lie_within() {
        for (text, tokens) in
            [("tiktoken is great!", 6), ("Hello world", 2), ("antidisestablishmentarianism", 6), ("", 0)]
        {
            let (lower, upper) = weigh(text);
            assert!((lower / SCALE..=upper.div_ceil(SCALE)).contains(&tokens), "{text}: {lower} {upper}");
        }
    }

    proptest! {
        #[test]
        fn bounds_are_ordered_and_at_most_one_token_a_byte(text in any::<String>()) {
            let (lower, upper) = weigh(&text);
            prop_assert!(lower <= upper);
            prop_assert!(upper <= u64::try_from(text.len() + 1).unwrap() * SCALE);
        }

        #[test]
        fn more_text_is_never_fewer_tokens(head in "[ -~é漢]{0,40}", tail in "[ -~é漢]{0,40}") {
            let (whole, part) = (weigh(&format!("{head}{tail}")), weigh(&head));
            prop_assert!(whole.1 >= part.1);
            prop_assert!(whole.0 >= part.0);
        }
    }
}
