use crate::{Feature, Field, Owner, Place, Protocol, RawJson, Request, StopReason, Text, Usage};

/// One event of a stream, read: what its own protocol needs to write it again.
///
/// What it *says* is told step by step ([`Step`]) by the decoder, which knows what came before it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Event<'a> {
    /// The name that the transport gave it; empty where it has none.
    pub name: &'a str,
    /// Its leaves; a message for each choice of a Chat chunk, and a part for each piece of a call in it.
    pub body: Request<'a>,
    /// The whole response that some events repeat, as it came.
    pub snapshot: Option<crate::At<RawJson<'a>>>,
    /// A payload that is no object of its protocol (`[DONE]`), as it came.
    pub plain: Option<&'a str>,
}

/// What an event of a stream says, in no protocol.
///
/// A complete stream is `Start`, then blocks (`Open`, any number of `Delta`s, `Close`; several may be open at a
/// time), then `Finish`, and last `End`. `Usage` and `Lost` come anywhere.
#[derive(Clone, Debug, PartialEq)]
pub enum Step<'s> {
    /// The answer begins.
    Start(Start<'s>),
    /// A block begins. Blocks are counted from 0 in the order of their beginnings.
    Open {
        /// Its number.
        block: u32,
        /// What it is.
        kind: Block<'s>,
    },
    /// More of a block: text, or the text of a call's arguments.
    Delta {
        /// Its number.
        block: u32,
        /// What comes next.
        text: Text<'s>,
    },
    /// A citation in a block of text, as its protocol writes it.
    Citation {
        /// The block's number.
        block: u32,
        /// The citation.
        raw: RawJson<'s>,
    },
    /// Log probabilities of the tokens that came last, or come next, in a block of text: a list.
    Logprobs {
        /// The block's number.
        block: u32,
        /// The list.
        raw: RawJson<'s>,
    },
    /// A block is whole.
    Close {
        /// Its number.
        block: u32,
    },
    /// Token counts, as far as they are known now.
    Usage(Usage),
    /// The service tier, where the beginning did not tell it.
    Tier(Text<'s>),
    /// Why the model stopped.
    Finish {
        /// The reason.
        reason: StopReason,
        /// The stop sequence that came up, where the protocol says which.
        sequence: Option<Text<'s>>,
    },
    /// Something that not every protocol has. A protocol that has it may get it by other steps, or not at all.
    Lost {
        /// What it is.
        feature: Feature,
        /// Where in the event.
        place: Place,
    },
    /// The upstream failed; nothing follows.
    Failed {
        /// The error as its protocol writes it.
        raw: RawJson<'s>,
    },
    /// The stream is complete.
    End,
}

/// The facts of an answer that begins.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Start<'s> {
    /// Its id.
    pub id: Option<Text<'s>>,
    /// The model that answers.
    pub model: Option<Text<'s>>,
    /// When it was made, in seconds since the Unix epoch.
    pub created: Option<u64>,
    /// The service tier.
    pub tier: Option<Text<'s>>,
}

/// What a block of a stream is.
#[derive(Clone, Debug, PartialEq)]
pub enum Block<'s> {
    /// Text of the answer.
    Text,
    /// Why the model refuses.
    Refusal,
    /// Reasoning that may be read.
    Reasoning,
    /// A call; the deltas are the text of its arguments, or of a custom tool's input.
    Call {
        /// The id that its result will name.
        id: Option<Text<'s>>,
        /// The tool's name.
        name: Text<'s>,
        /// Whether the tool takes free text.
        custom: bool,
    },
}

impl<'a> Event<'a> {
    /// The value of the leaf that is written `name` in `object`, of the event itself.
    pub fn member(&self, object: &str, name: &str) -> Option<&RawJson<'a>> {
        self.member_of(Owner::Request, object, name).map(|field| &field.value)
    }

    /// The leaf that `owner` writes as `name` in `object`.
    pub fn member_of(&self, owner: Owner, object: &str, name: &str) -> Option<&Field<'a>> {
        self.body.fields_of(owner).iter().find(|field| field.is(object, name))
    }

    /// The protocol that it was decoded from.
    pub fn origin(&self) -> Option<Protocol> {
        self.body.origin
    }

    /// Takes the tables back, emptied, for the next event: a stream's events then cost no allocation.
    #[must_use]
    pub fn recycled(self) -> Request<'static> {
        let Request { mut messages, mut parts, mut tools, mut fields, .. } = self.body;
        messages.clear();
        parts.clear();
        tools.clear();
        fields.clear();
        // Collecting an emptied vector into one of the same layout keeps its memory.
        Request {
            messages,
            parts: parts.into_iter().map(crate::Part::into_owned).collect(),
            tools: tools.into_iter().map(crate::Tool::into_owned).collect(),
            fields: fields.into_iter().map(Field::into_owned).collect(),
            ..Request::default()
        }
    }
}
