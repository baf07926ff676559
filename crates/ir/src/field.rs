use crate::{Place, RawJson, Text};

/// What a field belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Owner {
    /// The request as a whole.
    Request,
    /// A message, by its index.
    Message(u32),
    /// A content part, by its index.
    Part(u32),
    /// A tool, by its index.
    Tool(u32),
}

/// A leaf of a request that is the same fact in every protocol that has it, wherever each protocol writes it.
///
/// Structure (messages, parts, tools, choices, formats) has types of its own in [`crate::Request`]; a key says what a
/// single value means. Its wire name and place per protocol stand in the field tables of `switchback-protocol`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "each key is the field of that name; docs/mapping.md has the wire names")]
pub enum Key {
    // sampling and limits
    Temperature,
    TopP,
    TopK,
    FrequencyPenalty,
    PresencePenalty,
    Seed,
    LogitBias,
    Logprobs,
    TopLogprobs,
    Stop,
    MaxOutputTokens,
    LegacyMaxTokens,
    Choices,
    Prediction,
    Moderation,
    Truncation,
    Modalities,
    AudioOutput,
    Verbosity,
    // stream
    Stream,
    StreamUsage,
    StreamObfuscation,
    // tools
    ParallelToolCalls,
    MaxToolCalls,
    WebSearchOptions,
    McpServers,
    Strict,
    ToolAnnotation,
    AllowedCallers,
    DeferLoading,
    AllowedDomains,
    BlockedDomains,
    UserLocation,
    // reasoning
    Effort,
    ReasoningSummary,
    ReasoningContext,
    Thinking,
    ThinkingBudget,
    ThinkingDisplay,
    ReasoningText,
    // identity, tier, state
    SafetyIdentifier,
    User,
    Metadata,
    ServiceTier,
    Store,
    PreviousResponse,
    Conversation,
    Background,
    PromptTemplate,
    Include,
    ContextManagement,
    Container,
    InferenceGeo,
    Speed,
    // prompt cache
    CacheBreakpoint,
    /// `cache_control` in Chat Completions, a vendors' extension.
    CacheControl,
    PromptCacheKey,
    PromptCacheRetention,
    PromptCacheOptions,
    // messages, items and parts
    MessageName,
    ItemId,
    ItemStatus,
    ItemPhase,
    ToolCaller,
    ToolResultName,
    ToolResultError,
    ImageDetail,
    ImageTransformations,
    FileName,
    FileDetail,
    DocumentContext,
    DocumentCitations,
    Citations,
    OutputLogprobs,
    AudioReference,
    // headers, which stand in no body
    /// A feature of `anthropic-beta` that the body does not need.
    Beta,
    /// `anthropic-version`.
    ApiVersion,
    // responses
    ResponseId,
    /// `object` of Chat and Responses, `type` of Messages: the same in every response.
    ResponseObject,
    Created,
    Usage,
    /// `finish_reason` of Chat, `stop_reason` of Messages.
    FinishReason,
    StopSequence,
    StopDetails,
    Status,
    IncompleteDetails,
    ResponseError,
    Fingerprint,
    ChoiceIndex,
    ChoiceLogprobs,
    /// `output_text`, in which the vendor's SDK repeats the texts of a response.
    OutputCopy,
    /// A documented member of a stream's events; the wire name tells which.
    EventMember,
    /// A documented member of one protocol's responses that has no meaning of its own here.
    ResponseOption,
    // errors
    ErrorMessage,
    ErrorType,
    ErrorCode,
    ErrorParam,
    ErrorRequestId,
    /// A documented option of one protocol that has no meaning of its own here; the wire name tells which.
    ProtocolOption,
}

impl Key {
    /// One bit of sixty-four, which few other keys share: a set without it has no such key. A test of one word, where an
    /// exact set takes two.
    #[inline]
    pub const fn bit(self) -> u64 {
        1 << (self as u32 % 64)
    }
}

/// What a field is, as far as the tables know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Name<'a> {
    /// A modelled field. `wire` is its name in the protocol it came from; empty for a field made in code.
    Known {
        /// What it means.
        key: Key,
        /// How its own protocol writes it.
        wire: &'static str,
    },
    /// A known member written as `null`, `[]` or `{}`, or a spelled-out default: says nothing, kept for its own protocol.
    Blank(Text<'a>),
    /// A member that no table knows: kept for its own protocol, reported for every other.
    Unknown(Text<'a>),
}

/// One leaf value of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field<'a> {
    /// What it belongs to.
    pub owner: Owner,
    /// The wire object below the owner that it stands in (`reasoning`, `text/format`); empty for the owner itself.
    pub object: &'static str,
    /// What it is.
    pub name: Name<'a>,
    /// Its value as it came.
    pub value: RawJson<'a>,
    /// Where the value begins.
    pub place: Place,
}

/// The fields of a request by the kind of their owner: most messages and parts have none, and are not searched for.
#[derive(Clone, Copy, Debug)]
pub struct OwnedFields<'r, 'a> {
    fields: &'r [Field<'a>],
    /// Where the request's own fields end, then those of messages, then those of parts; the rest are those of tools.
    ends: [usize; 3],
    /// The [`bit`](Key::bit)s of the request's own modelled fields: most that is asked for is not there.
    keys: u64,
}

impl<'r, 'a> OwnedFields<'r, 'a> {
    /// `fields` in the order of [`Request::fields`](crate::Request::fields). Cost: one pass over them.
    pub(crate) fn new(fields: &'r [Field<'a>]) -> Self {
        let (mut keys, mut own) = (0, 0);
        for field in fields.iter().take_while(|field| field.owner == Owner::Request) {
            keys |= field.key().map_or(0, Key::bit);
            own += 1;
        }
        let ends = if own == fields.len() { [own; 3] } else { ends(fields, own) };
        Self { fields, ends, keys }
    }

    /// The [`bit`](Key::bit)s of the request's own fields.
    #[inline]
    pub fn keys(&self) -> u64 {
        self.keys
    }

    /// The field of the request itself with this key. Cost: constant where there is none.
    #[inline]
    pub fn option(&self, key: Key) -> Option<&'r Field<'a>> {
        if self.keys & key.bit() == 0 {
            return None;
        }
        self.of(Owner::Request).iter().find(|field| field.key() == Some(key))
    }

    /// The fields of one owner. Cost: a binary search among those of its kind, unless all are its own.
    #[inline]
    pub fn of(&self, owner: Owner) -> &'r [Field<'a>] {
        let [own, messages, parts] = self.ends;
        let (start, end) = match owner {
            Owner::Request => return self.fields.get(..own).unwrap_or_default(),
            Owner::Message(_) => (own, messages),
            Owner::Part(_) => (messages, parts),
            Owner::Tool(_) => (parts, self.fields.len()),
        };
        if start == end {
            return &[];
        }
        match self.fields.get(start..end).unwrap_or_default() {
            // All of one owner, as in most answers.
            fields @ [first, .., last] if first.owner == owner && last.owner == owner => fields,
            fields => owned_by(fields, owner),
        }
    }

    /// The field of one owner with this key. Cost: as of [`of`](Self::of).
    #[inline]
    pub fn field(&self, owner: Owner, key: Key) -> Option<&'r Field<'a>> {
        self.of(owner).iter().find(|field| field.key() == Some(key))
    }
}

/// Where the request's `own` fields end, those of messages, and those of parts.
#[inline(never)]
fn ends(fields: &[Field<'_>], own: usize) -> [usize; 3] {
    let run = |from: usize, of: fn(Owner) -> bool| {
        let rest = fields.get(from..).unwrap_or_default();
        from + rest.iter().take_while(|field| of(field.owner)).count()
    };
    let messages = run(own, |owner| matches!(owner, Owner::Message(_)));
    [own, messages, run(messages, |owner| matches!(owner, Owner::Part(_)))]
}

/// The fields of `owner` among `fields`, which are in its order.
pub(crate) fn owned_by<'r, 'a>(fields: &'r [Field<'a>], owner: Owner) -> &'r [Field<'a>] {
    let rest = fields.get(fields.partition_point(|field| field.owner < owner)..).unwrap_or(&[]);
    let count = rest.iter().take_while(|field| field.owner == owner).count();
    rest.get(..count).unwrap_or(&[])
}

impl Field<'_> {
    /// The key of a modelled field.
    pub fn key(&self) -> Option<Key> {
        match self.name {
            Name::Known { key, .. } => Some(key),
            Name::Blank(_) | Name::Unknown(_) => None,
        }
    }

    /// Whether its own protocol writes it as `name` in `object`. A blank or unknown member is none that is asked for.
    pub fn is(&self, object: &str, name: &str) -> bool {
        matches!(self.name, Name::Known { wire, .. } if wire == name) && self.object == object
    }

    /// Whether this is a vendor's extension that holds reasoning as plain text, and not in a structured or signed form.
    pub fn is_reasoning_text(&self) -> bool {
        let plain = |wire: &str| matches!(wire, "" | "reasoning_content" | "reasoning" | "reasoning_text");
        matches!(self.name, Name::Known { key: Key::ReasoningText, wire } if plain(wire))
            && self.value.as_text().is_some_and(|text| !text.is_empty())
    }

    pub(crate) fn into_owned(self) -> Field<'static> {
        Field {
            owner: self.owner,
            object: self.object,
            name: match self.name {
                Name::Known { key, wire } => Name::Known { key, wire },
                Name::Blank(name) => Name::Blank(name.into_owned()),
                Name::Unknown(name) => Name::Unknown(name.into_owned()),
            },
            value: self.value.into_owned(),
            place: self.place,
        }
    }
}
