//! What the way back needs of a request, taken from it before anything is rewritten.

use crate::convert;
use crate::names::{Names, UNCHANGED};
use switchback_ir::json::{Cursor, Kind};
use switchback_ir::{
    Field, Key, Ledger, Message, Owner, Protocol, RawJson, Request, RequestContext, Slot, TargetFacts, Text, Tool,
    ToolKind,
};

/// The members of a Responses request that its response repeats.
///
/// The type `Response` of the vendor's Python SDK `openai` 3.54.0 (read 2026-11-21), and `store`, which the API sends
/// besides (recorded traffic). `moderation` stands in both and is a result there, not an echo.
const ECHOED: &[&str] = &[
    "access_programs",
    "background",
    "conversation",
    "image",
    "instructions",
    "max_output_tokens",
    "max_tool_calls",
    "metadata",
    "parallel_tool_calls",
    "previous_response_id",
    "prompt",
    "prompt_cache_key",
    "prompt_cache_options",
    "prompt_cache_retention",
    "reasoning",
    "safety_identifier",
    "service_tier",
    "store",
    "temperature",
    "text",
    "tool_choice",
    "tools",
    "top_logprobs",
    "top_p",
    "truncation",
    "user",
];

/// What the way back from `target` needs of `request`: the client's own request, before anything is rewritten.
///
/// `facts` are those that [`encode`](crate::encode) gets. A request made in code has no client protocol, and its
/// answer is left in the target's. Cost: a pass over tools and options, and over the history's names.
///
/// ```
/// use switchback_ir::{Limits, Protocol, TargetFacts};
/// let body = br#"{"model":"m","messages":[],"stop":["END"],"stream":true}"#;
/// let request = switchback_protocol::decode(Protocol::Chat, body, &Limits::default())?;
/// let context = switchback_protocol::context(&request, Protocol::Messages, &TargetFacts::default());
/// assert_eq!(context.stop_sequences, ["END"]);
/// assert!(context.stream && !context.stream_usage);
/// # Ok::<(), switchback_protocol::Error>(())
/// ```
pub fn context(request: &Request<'_>, target: Protocol, facts: &TargetFacts) -> RequestContext {
    let client = request.origin.unwrap_or(target);
    let is_true = |key: Key| request.option(key).and_then(|field| field.value.as_bool()) == Some(true);
    let mut context = RequestContext::new(client);
    context.model = request.model.as_ref().and_then(|model| owned(&model.value));
    context.stream = is_true(Key::Stream);
    context.stream_usage |= is_true(Key::StreamUsage);
    context.stop_sequences = request.option(Key::Stop).map(stop_sequences).unwrap_or_default();
    context.custom_tools = request.tools.iter().filter_map(custom_tool).collect();
    if request.origin == Some(Protocol::Responses) {
        context.echo = echo(request, facts);
    }
    if let Some(names) = Names::of(request, target, facts) {
        names.into_context(&mut context);
    }
    context
}

/// The characters; nothing for a text that has none (a surrogate that stands alone).
fn owned(text: &Text<'_>) -> Option<String> {
    text.to_str().map(std::borrow::Cow::into_owned)
}

/// One text, or a list of them.
fn stop_sequences(field: &Field<'_>) -> Vec<String> {
    if let Some(text) = field.value.as_text() {
        return owned(&text).into_iter().collect();
    }
    let mut cursor = Cursor::of(field.value.as_str());
    let mut texts = Vec::new();
    let Ok(mut elements) = cursor.open_array() else { return texts };
    while let Ok(true) = cursor.next_element(&mut elements) {
        match cursor.peek() {
            Ok(Kind::String) => texts.extend(cursor.string().ok().as_ref().and_then(owned)),
            _ if cursor.raw().is_err() => return texts,
            _ => {}
        }
    }
    texts
}

fn custom_tool(tool: &Tool<'_>) -> Option<String> {
    let custom = matches!(tool.kind, ToolKind::Custom { .. });
    tool.name.as_ref().filter(|_| custom).and_then(|name| owned(&name.value))
}

/// The members that a response repeats, as the client wrote them: its request without the input, encoded again.
fn echo(request: &Request<'_>, facts: &TargetFacts) -> Vec<(String, RawJson<'static>)> {
    let mut head = Request {
        origin: request.origin,
        tools: request.tools.clone(),
        tool_choice: request.tool_choice.clone(),
        output_format: request.output_format.clone(),
        ..Request::default()
    };
    let options = |field: &&Field<'_>| matches!(field.owner, Owner::Request | Owner::Tool(_));
    head.fields = request.fields.iter().filter(options).cloned().collect();
    if let Some(first) = request.messages.first().filter(|message| message.slot == Slot::Instructions) {
        head.parts = request.parts_of(first).map(|(_, part)| part.clone()).collect();
        head.messages.push(Message { first_part: 0, ..first.clone() });
    }
    let (mut body, mut ledger) = (Vec::new(), Ledger::new());
    convert::write(&head, Protocol::Responses, facts, &UNCHANGED, &mut body, &mut ledger);
    members(&body).unwrap_or_default()
}

/// The members of `body` that a response repeats; `null` says nothing.
fn members(body: &[u8]) -> Option<Vec<(String, RawJson<'static>)>> {
    let mut cursor = Cursor::of(std::str::from_utf8(body).ok()?);
    let mut members = cursor.open_object().ok()?;
    let mut repeated = Vec::new();
    while let Some(name) = cursor.next_key(&mut members).ok()? {
        let value = cursor.raw().ok()?;
        if let Some(name) = ECHOED.iter().find(|echoed| name == ***echoed)
            && !value.is_null()
        {
            repeated.push(((*name).to_owned(), value.into_owned()));
        }
    }
    Some(repeated)
}
