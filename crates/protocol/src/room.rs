//! How much room a body takes: what an encoder reserves, so that its output is allocated once.
//!
//! Each constant is what the longest of the three protocols writes around such a thing.

use switchback_ir::{
    At, CustomFormat, Key, Media, Native, OutputFormat, PartKind, RawJson, Request, RequestContext, Response, Text,
    ToolInput, ToolKind,
};

/// About how many bytes `request` takes in any protocol, and hardly ever less.
pub(crate) fn of_request(request: &Request<'_>) -> usize {
    let text = |text: Option<&At<Text<'_>>>| text.map_or(0, |text| text.value.stored_len());
    let fields = request.fields.iter().map(|field| 40 + field.value.as_str().len());
    let tools = request.tools.iter().map(|tool| {
        let body = match &tool.kind {
            ToolKind::Function { parameters, .. } => parameters.as_ref().map_or(0, |at| at.value.as_str().len()),
            ToolKind::Custom { format } => format.as_ref().map_or(0, |at| format_room(&at.value)),
            ToolKind::Hosted { raw, .. } => raw.for_protocol(raw.origin()).map_or(0, |raw| raw.as_str().len()),
        };
        110 + text(tool.name.as_ref()) + text(tool.description.as_ref()) + body
    });
    let schema = match request.output_format.as_ref().map(|format| &format.value) {
        Some(OutputFormat::JsonSchema(schema)) => {
            let body = schema.schema.as_ref().map_or(0, |at| at.value.as_str().len());
            120 + body + text(schema.name.as_ref()) + text(schema.description.as_ref())
        }
        Some(OutputFormat::Other(raw)) => raw.as_str().len(),
        Some(OutputFormat::Text | OutputFormat::JsonObject) | None => 0,
    };
    let parts = request.parts.iter().map(|part| part_room(&part.kind));
    // Braces, the model, a tool choice, and what a target asks for.
    let head = 384 + text(request.model.as_ref()) + 40 * request.messages.len();
    head + schema + fields.chain(tools).chain(parts).sum::<usize>()
}

/// As [`of_request`], for a response and what it repeats of its request.
pub(crate) fn of_answer(response: &Response<'_>, context: &RequestContext) -> usize {
    let echo = context.echo.iter().map(|(name, value)| 4 + name.len() + value.as_str().len());
    // An id of an item is made of the answer's.
    let id = response.leaf(Key::ResponseId).map_or(0, |id| id.as_str().len());
    let items = 64 + response.body.parts.len().saturating_mul(64 + id);
    1_024 + items + of_request(&response.body) + echo.sum::<usize>()
}

fn format_room(format: &CustomFormat<'_>) -> usize {
    match format {
        CustomFormat::Text => 0,
        CustomFormat::Grammar { syntax, definition } => 64 + syntax.stored_len() + definition.stored_len(),
        CustomFormat::Other(raw) => raw.for_protocol(raw.origin()).map_or(0, |raw| raw.as_str().len()),
    }
}

fn part_room(part: &PartKind<'_>) -> usize {
    let raw = |raw: &Native<RawJson<'_>>| raw.for_protocol(raw.origin()).map_or(0, |raw| raw.as_str().len());
    match part {
        PartKind::Text(text) | PartKind::Refusal { text, .. } => 40 + text.stored_len(),
        PartKind::Image(media) | PartKind::File(media) => 76 + media_room(media),
        PartKind::Audio { data, format } => 76 + data.stored_len() + format.stored_len(),
        PartKind::ToolCall(call) => {
            let input = match &call.input {
                ToolInput::Encoded(text) | ToolInput::Custom(text) => text.stored_len(),
                // Code has a byte to escape in six; to count them takes as long as to write them.
                ToolInput::Json(raw) => raw.as_str().len() + raw.as_str().len() / 4,
            };
            80 + input + call.name.stored_len() + call.id.as_ref().map_or(0, |id| id.value.stored_len())
        }
        PartKind::ToolResult(result) => 48 + result.call_id.as_ref().map_or(0, |id| id.value.stored_len()),
        PartKind::Opaque(opaque) => 2 + raw(&opaque.raw),
    }
}

fn media_room(media: &Media<'_>) -> usize {
    match media {
        Media::Url(text) | Media::DataUrl(text) | Media::Bare(text) | Media::Text(text) => text.stored_len(),
        Media::Base64 { media_type, data } => media_type.stored_len() + data.stored_len(),
        Media::FileId(id) => id.for_protocol(id.origin()).map_or(0, Text::stored_len),
        Media::Content(raw) => raw.for_protocol(raw.origin()).map_or(0, |raw| raw.as_str().len()),
    }
}
