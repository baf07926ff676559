use crate::field::Key;
use crate::json::{Cursor, Kind, digits};
use crate::{At, Message, Owner, Protocol, RawJson, Request, Slot, Text};
use std::borrow::Cow;

/// A response in no protocol: what the model said, why it stopped, what it cost.
///
/// It is written with the tables of a [`Request`]: a message for each choice or output item, with its parts; every
/// other leaf is a field; and the tools, tool choice, format and options of [`Response::body`] are those that a
/// Responses answer repeats from its request.
///
/// ```
/// use switchback_ir::{Response, Role, Shape, StopReason, Text};
/// let mut response = Response::new("gpt-5");
/// response.body.push_message(Role::Assistant, Shape::Text, [Text::from("hello").into()]);
/// assert_eq!(response.choices().count(), 1);
/// assert_eq!(response.stop_reason(), None::<StopReason>);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Response<'a> {
    /// The tables.
    pub body: Request<'a>,
}

/// Why the model stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum StopReason {
    /// The answer is complete.
    End,
    /// One of the request's stop sequences came up.
    StopSequence,
    /// The limit on output was reached.
    MaxTokens,
    /// The context window was full.
    ContextWindow,
    /// It calls tools and waits for their results.
    ToolUse,
    /// The provider paused a long turn; the client is to send it back as it is.
    Pause,
    /// It refused, or a filter held the answer back.
    Refusal,
    /// The provider failed.
    Failed,
    /// The provider has not ended: queued, in progress, cancelled.
    Unfinished,
    /// A word that no table knows.
    Other,
}

impl StopReason {
    /// Every reason, in the order of the docs.
    pub const ALL: [Self; 10] = [
        Self::End,
        Self::StopSequence,
        Self::MaxTokens,
        Self::ContextWindow,
        Self::ToolUse,
        Self::Pause,
        Self::Refusal,
        Self::Failed,
        Self::Unfinished,
        Self::Other,
    ];

    /// What `finish_reason` of Chat Completions says.
    pub fn of_chat(word: &str) -> Self {
        match word {
            "stop" => Self::End,
            "length" => Self::MaxTokens,
            "tool_calls" | "function_call" => Self::ToolUse,
            "content_filter" => Self::Refusal,
            _ => Self::Other,
        }
    }

    /// What `stop_reason` of Messages says.
    pub fn of_messages(word: &str) -> Self {
        match word {
            "end_turn" => Self::End,
            "stop_sequence" => Self::StopSequence,
            "max_tokens" => Self::MaxTokens,
            "model_context_window_exceeded" => Self::ContextWindow,
            "tool_use" => Self::ToolUse,
            "pause_turn" => Self::Pause,
            "refusal" => Self::Refusal,
            _ => Self::Other,
        }
    }

    /// What `status` of Responses and the reason of its `incomplete_details` say.
    pub fn of_responses(status: &str, incomplete: &str) -> Self {
        match (status, incomplete) {
            ("completed", _) => Self::End,
            ("incomplete", "max_output_tokens") => Self::MaxTokens,
            ("incomplete", "content_filter") => Self::Refusal,
            ("failed", _) => Self::Failed,
            ("in_progress" | "queued" | "cancelled", _) => Self::Unfinished,
            _ => Self::Other,
        }
    }

    /// The `finish_reason` of Chat Completions that comes nearest.
    pub const fn chat(self) -> &'static str {
        match self {
            Self::MaxTokens | Self::ContextWindow => "length",
            Self::ToolUse => "tool_calls",
            Self::Refusal => "content_filter",
            Self::End | Self::StopSequence | Self::Pause | Self::Failed | Self::Unfinished | Self::Other => "stop",
        }
    }

    /// The `stop_reason` of Messages that comes nearest.
    pub const fn messages(self) -> &'static str {
        match self {
            Self::MaxTokens => "max_tokens",
            Self::ContextWindow => "model_context_window_exceeded",
            Self::ToolUse => "tool_use",
            Self::Refusal => "refusal",
            Self::StopSequence => "stop_sequence",
            Self::Pause => "pause_turn",
            Self::End | Self::Failed | Self::Unfinished | Self::Other => "end_turn",
        }
    }

    /// The `status` of Responses, and the reason of its `incomplete_details`, that come nearest.
    pub const fn responses(self) -> (&'static str, Option<&'static str>) {
        match self {
            Self::MaxTokens | Self::ContextWindow => ("incomplete", Some("max_output_tokens")),
            Self::Refusal => ("incomplete", Some("content_filter")),
            Self::Failed => ("failed", None),
            Self::Unfinished => ("in_progress", None),
            Self::End | Self::StopSequence | Self::ToolUse | Self::Pause | Self::Other => ("completed", None),
        }
    }
}

/// The id of an item that is made of the answer's own: the same answer has the same ids.
///
/// ```
/// use switchback_ir::{is_made_item_id, made_item_id};
/// assert_eq!(made_item_id("msg", "resp_1", 0), "msg_1_0");
/// assert!(is_made_item_id("msg_1_0", "resp_1") && !is_made_item_id("msg_2_0", "resp_1"));
/// ```
pub fn made_item_id(prefix: &str, response: &str, ordinal: usize) -> String {
    let stem = stem(response);
    // Twenty digits at most, and no growth on the way there.
    let mut id = String::with_capacity(prefix.len() + stem.len() + 22);
    for piece in [prefix, "_", stem, "_"] {
        id.push_str(piece);
    }
    let ordinal = u64::try_from(ordinal).unwrap_or(u64::MAX);
    id.extend(digits(ordinal, &mut [0; 20]).iter().map(|digit| char::from(*digit)));
    id
}

/// Whether [`made_item_id`] makes `id` for some item of the answer `response`: such an id says nothing of its own.
pub fn is_made_item_id(id: &str, response: &str) -> bool {
    let rest = ["msg_", "rs_", "fc_", "ctc_"].iter().find_map(|prefix| id.strip_prefix(prefix));
    let ordinal = rest.and_then(|rest| rest.strip_prefix(stem(response))).and_then(|rest| rest.strip_prefix('_'));
    ordinal.is_some_and(|digits| !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()))
}

fn stem(response: &str) -> &str {
    response.strip_prefix("resp_").unwrap_or(response)
}

/// Token counts of a response. Absent is not zero.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// Input tokens, those read from and written to the prompt cache included.
    pub input: Option<u64>,
    /// Input tokens that were read from the prompt cache.
    pub cached: Option<u64>,
    /// Input tokens that were written to the prompt cache.
    pub cache_write: Option<u64>,
    /// Output tokens, reasoning included.
    pub output: Option<u64>,
    /// Output tokens that were spent on reasoning.
    pub reasoning: Option<u64>,
}

/// Where a protocol keeps each count of its `usage`: the path of members below it.
struct UsagePaths {
    input: &'static [&'static str],
    cached: &'static [&'static str],
    cache_write: &'static [&'static str],
    output: &'static [&'static str],
    reasoning: &'static [&'static str],
}

const fn usage_paths(protocol: Protocol) -> UsagePaths {
    match protocol {
        Protocol::Chat => UsagePaths {
            input: &["prompt_tokens"],
            cached: &["prompt_tokens_details", "cached_tokens"],
            cache_write: &["prompt_tokens_details", "cache_write_tokens"],
            output: &["completion_tokens"],
            reasoning: &["completion_tokens_details", "reasoning_tokens"],
        },
        Protocol::Responses => UsagePaths {
            input: &["input_tokens"],
            cached: &["input_tokens_details", "cached_tokens"],
            cache_write: &["input_tokens_details", "cache_write_tokens"],
            output: &["output_tokens"],
            reasoning: &["output_tokens_details", "reasoning_tokens"],
        },
        Protocol::Messages => UsagePaths {
            input: &["input_tokens"],
            cached: &["cache_read_input_tokens"],
            cache_write: &["cache_creation_input_tokens"],
            output: &["output_tokens"],
            reasoning: &["output_tokens_details", "thinking_tokens"],
        },
    }
}

impl Usage {
    /// Reads a `usage` object of `protocol`.
    ///
    /// Messages counts the tokens of the prompt cache beside its input tokens, the other two within them.
    ///
    /// ```
    /// use switchback_ir::{Protocol, RawJson, Usage};
    /// let usage = RawJson::parse(r#"{"input_tokens":3,"cache_read_input_tokens":100,"output_tokens":5}"#)?;
    /// let usage = Usage::read(Protocol::Messages, &usage);
    /// assert_eq!((usage.input, usage.cached, usage.cache_write), (Some(103), Some(100), None));
    /// # Ok::<(), switchback_ir::json::Fault>(())
    /// ```
    pub fn read(protocol: Protocol, usage: &RawJson<'_>) -> Self {
        let mut counts = Counts::of(protocol);
        leaves(usage, |path, value, _| _ = counts.take(path, || value.as_u64()));
        counts.usage()
    }

    /// Where `protocol` keeps each count: its name here, and the path of members below `usage`.
    pub const fn paths(protocol: Protocol) -> [(&'static str, &'static [&'static str]); 5] {
        let UsagePaths { input, cached, cache_write, output, reasoning } = usage_paths(protocol);
        [
            ("input", input),
            ("cached", cached),
            ("cache_write", cache_write),
            ("output", output),
            ("reasoning", reasoning),
        ]
    }

    /// The paths below `usage` that [`Usage::read`] looks at, with the totals that follow from them.
    pub fn is_read(protocol: Protocol, path: &[&str]) -> bool {
        let paths = usage_paths(protocol);
        let total: &[&str] = &["total_tokens"];
        [paths.input, paths.cached, paths.cache_write, paths.output, paths.reasoning, total].contains(&path)
    }

    /// Input and output together, if both are known.
    pub fn total(&self) -> Option<u64> {
        Some(self.input?.saturating_add(self.output?))
    }

    /// Input tokens without those of the prompt cache, as Messages counts them.
    pub fn uncached_input(&self) -> Option<u64> {
        let within = self.cached.unwrap_or(0).saturating_add(self.cache_write.unwrap_or(0));
        self.input.map(|input| input.saturating_sub(within))
    }

    /// These counts, with those of `later` in the place of what it knows better: streams tell them in pieces.
    #[must_use]
    pub fn updated(self, later: Self) -> Self {
        Self {
            input: later.input.or(self.input),
            cached: later.cached.or(self.cached),
            cache_write: later.cache_write.or(self.cache_write),
            output: later.output.or(self.output),
            reasoning: later.reasoning.or(self.reasoning),
        }
    }
}

/// The counts of a `usage` object, as they come up.
pub(crate) struct Counts {
    protocol: Protocol,
    paths: [&'static [&'static str]; 5],
    found: [Option<u64>; 5],
}

impl Counts {
    pub(crate) const fn of(protocol: Protocol) -> Self {
        let UsagePaths { input, cached, cache_write, output, reasoning } = usage_paths(protocol);
        Self { protocol, paths: [input, cached, cache_write, output, reasoning], found: [None; 5] }
    }

    /// Whether a leaf of this path is one of the counts, which is `count` unless it came before.
    pub(crate) fn take(&mut self, path: &[&str], count: impl FnOnce() -> Option<u64>) -> bool {
        let mut slots = self.paths.iter().zip(&mut self.found);
        // The last names first, which are mostly of another length.
        let Some((_, slot)) = slots.find(|(known, _)| known.iter().rev().eq(path.iter().rev())) else { return false };
        *slot = slot.or_else(count);
        true
    }

    pub(crate) fn usage(self) -> Usage {
        let [input, cached, cache_write, output, reasoning] = self.found;
        let beside = match self.protocol {
            Protocol::Messages => cached.unwrap_or(0).saturating_add(cache_write.unwrap_or(0)),
            Protocol::Chat | Protocol::Responses => 0,
        };
        Usage { input: input.map(|input| input.saturating_add(beside)), cached, cache_write, output, reasoning }
    }
}

/// Calls `visit` with the path of each leaf of an object and of the objects in it, its value and its byte offset.
pub(crate) fn leaves(object: &RawJson<'_>, mut visit: impl FnMut(&[&str], &RawJson<'_>, usize)) {
    let mut leaf = |cursor: &mut Cursor<'_>, path: &[&str]| {
        let offset = cursor.place().offset()?;
        cursor.raw().ok().map(|value| visit(path, &value, offset))
    };
    let mut cursor = Cursor::of(object.as_str());
    let Ok(mut members) = cursor.open_object() else { return };
    while let Ok(Some(name)) = cursor.next_key(&mut members) {
        let name = name.word();
        if cursor.peek() != Ok(Kind::Object) {
            let Some(()) = leaf(&mut cursor, &[&name]) else { return };
            continue;
        }
        let Ok(mut members) = cursor.open_object() else { return };
        while let Ok(Some(inner)) = cursor.next_key(&mut members) {
            let Some(()) = leaf(&mut cursor, &[&name, &inner.word()]) else { return };
        }
    }
}

/// Calls `visit` with each member's name, its value, and its byte offset in the object.
pub(crate) fn each_member(object: &RawJson<'_>, visit: &mut dyn FnMut(&str, &RawJson<'_>, usize)) {
    object.members(|name, value, offset| visit(&name.word(), value, offset));
}

impl<'a> Response<'a> {
    /// A response made in code, with nothing said yet.
    pub fn new(model: impl Into<Text<'a>>) -> Self {
        Self { body: Request::new(model) }
    }

    /// The protocol that it was decoded from.
    pub fn origin(&self) -> Option<Protocol> {
        self.body.origin
    }

    /// The leaf of the response itself with this key.
    pub fn leaf(&self, key: Key) -> Option<&RawJson<'a>> {
        self.body.option(key).map(|field| &field.value)
    }

    /// Its id, as its provider gave it.
    pub fn id(&self) -> Option<Text<'_>> {
        self.leaf(Key::ResponseId)?.as_text()
    }

    /// Its id, or what stands for one that it does not have.
    pub fn id_or_unknown(&self) -> Cow<'_, str> {
        // Borrowed from the leaf, as nearly every id is.
        let id = self.leaf(Key::ResponseId).filter(|id| id.kind() == Kind::String);
        id.and_then(RawJson::word).unwrap_or(Cow::Borrowed("unknown"))
    }

    /// When it was made, in seconds since the Unix epoch; Messages does not say.
    pub fn created(&self) -> Option<u64> {
        self.leaf(Key::Created)?.as_f64().map(f64::trunc).and_then(|seconds| {
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "checked to be in range")]
            (0.0..9e15).contains(&seconds).then_some(seconds as u64)
        })
    }

    /// The model that answered.
    pub fn model(&self) -> Option<&At<Text<'a>>> {
        self.body.model.as_ref()
    }

    /// What was said: the choices of Chat, the output items of Responses, the one message of Messages.
    pub fn output(&self) -> impl Iterator<Item = (u32, &Message)> + Clone {
        (0..).zip(&self.body.messages).filter(|(_, message)| message.slot == Slot::List)
    }

    /// The output of the first choice, which is what another protocol can say of a response.
    pub fn first_choice(&self) -> impl Iterator<Item = (u32, &Message)> + Clone {
        self.output().take(if self.origin() == Some(Protocol::Chat) { 1 } else { usize::MAX })
    }

    /// The output of each choice. Only Chat has more than one; elsewhere all of the output is the one choice.
    pub fn choices(&self) -> impl Iterator<Item = Vec<(u32, &Message)>> {
        let several = self.origin() == Some(Protocol::Chat);
        let output: Vec<_> = self.output().collect();
        let size = if several { 1 } else { output.len().max(1) };
        let choices: Vec<Vec<_>> = output.chunks(size).map(<[_]>::to_vec).collect();
        choices.into_iter()
    }

    /// Why the first choice stopped, if it says.
    pub fn stop_reason(&self) -> Option<StopReason> {
        let reason = match self.origin()? {
            Protocol::Chat => {
                let (index, _) = self.output().next()?;
                let reason = self.body.field(Owner::Message(index), Key::FinishReason)?;
                StopReason::of_chat(&reason.value.as_text()?.word())
            }
            Protocol::Messages => StopReason::of_messages(&self.leaf(Key::FinishReason)?.as_text()?.word()),
            Protocol::Responses => {
                let details = self.leaf(Key::IncompleteDetails).and_then(|details| details.member("reason"));
                let why = details.as_ref().and_then(|(why, _)| why.as_text()).map(Text::into_word).unwrap_or_default();
                StopReason::of_responses(&self.leaf(Key::Status)?.as_text()?.word(), &why)
            }
        };
        Some(reason)
    }

    /// Its token counts, if it has any.
    pub fn usage(&self) -> Option<Usage> {
        Some(Usage::read(self.origin()?, self.leaf(Key::Usage)?))
    }

    /// A response that owns all that it holds.
    pub fn into_owned(self) -> Response<'static> {
        Response { body: self.body.into_owned() }
    }
}
