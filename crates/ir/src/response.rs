use crate::field::Key;
use crate::json::{digits, escape_into};
use crate::{At, Message, Owner, Protocol, RawJson, Request, Slot, Text, Usage};

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

    /// What a response of `protocol` says: `told` is its `finish_reason`, `stop_reason` or `status`, `details` its
    /// `incomplete_details`, which only Responses has.
    pub(crate) fn read(protocol: Protocol, told: &RawJson<'_>, details: Option<&RawJson<'_>>) -> Option<Self> {
        let text = told.as_text()?;
        let word = text.word();
        Some(match protocol {
            Protocol::Chat => Self::of_chat(&word),
            Protocol::Messages => Self::of_messages(&word),
            Protocol::Responses => {
                let why = details.and_then(|details| details.member("reason"));
                let why = why.as_ref().and_then(|(why, _)| why.word()).unwrap_or_default();
                Self::of_responses(&word, &why)
            }
        })
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

/// Appends what [`made_item_id`] makes as the content of a JSON string, without an allocation of its own.
///
/// ```
/// use switchback_ir::{made_item_id, write_made_item_id};
/// let mut out = Vec::new();
/// write_made_item_id("fc", "resp_1", 12, &mut out);
/// assert_eq!(out, made_item_id("fc", "resp_1", 12).as_bytes());
/// out.clear();
/// write_made_item_id("fc", "resp_\"", 12, &mut out);
/// assert_eq!(out, br#"fc_\"_12"#);
/// ```
pub fn write_made_item_id(prefix: &'static str, response: &str, ordinal: usize, out: &mut Vec<u8>) {
    out.extend_from_slice(prefix.as_bytes());
    out.push(b'_');
    escape_into(stem(response), out);
    out.push(b'_');
    out.extend_from_slice(digits(u64::try_from(ordinal).unwrap_or(u64::MAX), &mut [0; 20]));
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
        let protocol = self.origin()?;
        let told = match protocol {
            Protocol::Chat => {
                let (index, _) = self.output().next()?;
                &self.body.field(Owner::Message(index), Key::FinishReason)?.value
            }
            Protocol::Messages => self.leaf(Key::FinishReason)?,
            Protocol::Responses => self.leaf(Key::Status)?,
        };
        StopReason::read(protocol, told, self.leaf(Key::IncompleteDetails))
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
