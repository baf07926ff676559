use crate::{Field, OwnedFields, StopReason, Usage};
use std::borrow::Cow;

/// What [`Response::uses_among`](crate::Response::uses_among) reads on the way: what an answer in another protocol is
/// written from.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Summary<'r, 'a> {
    /// As [`Response::stop_reason`](crate::Response::stop_reason).
    pub stop: Option<StopReason>,
    /// As [`Response::usage`](crate::Response::usage).
    pub usage: Option<Usage>,
    /// The fields by their owners.
    pub fields: OwnedFields<'r, 'a>,
    /// The response's own leaf [`Key::ResponseId`](crate::Key::ResponseId).
    pub id: Option<&'r Field<'a>>,
    /// The response's own leaf [`Key::Created`](crate::Key::Created).
    pub created: Option<&'r Field<'a>>,
    /// The response's own leaf [`Key::StopDetails`](crate::Key::StopDetails).
    pub stop_details: Option<&'r Field<'a>>,
    /// Whether it names a service tier, in a leaf of its own or in its `usage`.
    pub has_tier: bool,
    /// Whether a message or a part of the first choice has citations.
    pub has_citations: bool,
    /// Whether a message or a part of the first choice has log probabilities.
    pub has_logprobs: bool,
}

impl<'r, 'a> Summary<'r, 'a> {
    /// Its id, or what stands for one that it does not have.
    pub fn id_or_unknown(&self) -> Cow<'r, str> {
        self.id.and_then(|id| id.value.word()).unwrap_or(Cow::Borrowed("unknown"))
    }

    pub(crate) const fn of(fields: OwnedFields<'r, 'a>) -> Self {
        Self {
            stop: None,
            usage: None,
            fields,
            id: None,
            created: None,
            stop_details: None,
            has_tier: false,
            has_citations: false,
            has_logprobs: false,
        }
    }
}
