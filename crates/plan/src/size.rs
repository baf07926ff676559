//! How long a request is expected to be, in tokens, without a tokenizer. The bounds are `switchback-capability`'s.

use switchback_ir::{
    CustomFormat, Feature, Media, Opaque, OutputFormat, PartKind, RawJson, Request, Tool, ToolInput, ToolKind,
};
use switchback_units::Tokens;

/// Bytes of text per token, expected: English prose has a little more, code and other scripts a little less.
const BYTES_PER_TOKEN: u64 = 4;
/// An image, expected: between `OpenAI`'s low detail (85) and the most that Anthropic counts for one (1,600), vendors'
/// guides of 2026-10.
const IMAGE: u64 = 800;
/// A document, expected: three pages at 2,000 tokens (Anthropic's PDF guide, 2026-10, says 1,500 to 3,000 a page).
const FILE: u64 = 6_000;
/// Sound, expected: half a minute at ten tokens a second (`OpenAI`'s audio guide, 2026-10).
const AUDIO: u64 = 300;
/// A video, expected: half a minute at 300 tokens a second (Gemini's guide to tokens, 2026-10).
const VIDEO: u64 = 9_000;
/// What a message costs beside its text: role and separators.
const MESSAGE: u64 = 4;

/// How many input tokens a request has, estimated from the length of its texts, schemas and media. Linear in the
/// number of parts and tools; texts are not looked into.
pub(crate) fn expected_input(request: &Request<'_>) -> Tokens {
    let (mut bytes, mut tokens) = (0_u64, MESSAGE.saturating_mul(length(request.messages.len())));
    for part in &request.parts {
        let (text, media) = part_size(&part.kind);
        bytes = bytes.saturating_add(text);
        tokens = tokens.saturating_add(media);
    }
    for tool in &request.tools {
        bytes = bytes.saturating_add(tool_bytes(tool));
    }
    if let Some(OutputFormat::JsonSchema(format)) = request.output_format.as_ref().map(|format| &format.value) {
        bytes = bytes.saturating_add(format.schema.as_ref().map_or(0, |schema| raw(&schema.value)));
    }
    Tokens::new(tokens.saturating_add(bytes / BYTES_PER_TOKEN))
}

/// Bytes of text, and tokens of what is not text.
fn part_size(kind: &PartKind<'_>) -> (u64, u64) {
    match kind {
        PartKind::Text(text) | PartKind::Refusal { text, .. } | PartKind::File(Media::Text(text)) => {
            (length(text.stored_len()), 0)
        }
        PartKind::Image(_) => (0, IMAGE),
        PartKind::File(_) => (0, FILE),
        PartKind::Audio { .. } | PartKind::Opaque(Opaque { feature: Feature::AudioUrl, .. }) => (0, AUDIO),
        PartKind::ToolCall(call) => {
            let input = match &call.input {
                ToolInput::Encoded(text) | ToolInput::Custom(text) => length(text.stored_len()),
                ToolInput::Json(json) => raw(json),
            };
            (length(call.name.stored_len()).saturating_add(input), 0)
        }
        // Its content are parts of their own.
        PartKind::ToolResult(_) => (0, 0),
        PartKind::Opaque(Opaque {
            feature: Feature::VideoUrl | Feature::VideoBase64 | Feature::VideoFileId, ..
        }) => (0, VIDEO),
        PartKind::Opaque(opaque) => (opaque.raw.for_protocol(opaque.raw.origin()).map_or(0, raw), 0),
    }
}

fn tool_bytes(tool: &Tool<'_>) -> u64 {
    let name = tool.name.as_ref().map_or(0, |name| name.value.stored_len());
    let description = tool.description.as_ref().map_or(0, |description| description.value.stored_len());
    let body = match &tool.kind {
        ToolKind::Function { parameters, .. } => parameters.as_ref().map_or(0, |schema| raw(&schema.value)),
        ToolKind::Custom { format } => match format.as_ref().map(|format| &format.value) {
            Some(CustomFormat::Grammar { definition, .. }) => length(definition.stored_len()),
            Some(CustomFormat::Text | CustomFormat::Other(_)) | None => 0,
        },
        ToolKind::Hosted { raw: object, .. } => object.for_protocol(object.origin()).map_or(0, raw),
    };
    length(name).saturating_add(length(description)).saturating_add(body)
}

fn raw(json: &RawJson<'_>) -> u64 {
    length(json.as_str().len())
}

fn length(bytes: usize) -> u64 {
    u64::try_from(bytes).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use switchback_ir::{Part, Place, Role, Shape, Text};

    #[test]
    fn text_counts_by_its_bytes_and_images_by_the_piece() {
        let mut request = Request::new("gpt-5");
        request.push_message(Role::User, Shape::Text, [Text::from("x".repeat(1_200)).into()]);
        assert_eq!(expected_input(&request), Tokens::new(304));
        let image = Part::new(PartKind::Image(Media::Url("https://example.com/cat.png".into())), Place::NONE);
        request.push_message(Role::User, Shape::Parts, [image]);
        assert_eq!(expected_input(&request), Tokens::new(304 + 4 + 800));
    }
}
