//! What is remembered of the last event, so that the next one like it is read by comparison.

use super::Emit;
use super::pattern::digits;
use super::pattern::{Filling, Gap, Pattern};
use crate::sse::Frame;
use std::ops::Range;
use switchback_ir::json::Kind;
use switchback_ir::{Event, Feature, Field, Name, Owner, Place, Step, Text};

/// Most bytes of an event that is remembered; those of a longer one are none that every delta repeats.
const LONGEST: usize = 64 << 10;

/// After so many events that were remembered in vain, none is for the next [`PAUSE`]: in the stream of a host whose every
/// event says something else (its usage so far, for instance) remembering would only cost.
const PATIENCE: u8 = 4;
const PAUSE: u8 = 32;

/// The members, each with its object, in which a protocol's deltas hold their text: what it says, beside that it says
/// anything, changes nothing of what else the event tells.
pub(crate) type Texts = &'static [(&'static str, &'static str)];

/// A member of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Leaf {
    owner: Owner,
    object: &'static str,
    name: &'static str,
}

/// The last event, if it told one delta and nothing else but what not every protocol has.
///
/// Such an event leaves the decoder as it was, so that the same bytes with another text tell the same with that text: the
/// next event is held against these bytes, and only where it differs from them is it read as a document.
#[derive(Debug, Default)]
pub(crate) struct Memory {
    /// Whether the event is one to remember.
    known: bool,
    name: String,
    pattern: Pattern,
    block: u32,
    /// The leaf that holds the text.
    text: Option<Leaf>,
    /// What was told to be lost before the delta and after it.
    lost: [Vec<(Feature, Place)>; 2],
    /// Whether something was told that another event like it may not tell, or the event is not remembered anyway.
    new: bool,
    /// How many events were remembered since one was like the one before it; from [`PATIENCE`] on, how long none is.
    vain: u8,
}

impl Memory {
    /// Forgets the event: another one is read.
    pub(crate) fn forget(&mut self) {
        (self.known, self.text) = (false, None);
        self.lost.iter_mut().for_each(Vec::clear);
        if self.vain >= PATIENCE {
            self.vain = if self.vain < PATIENCE + PAUSE { self.vain + 1 } else { PATIENCE - 1 };
        }
        self.new = self.vain >= PATIENCE;
    }

    /// Takes in what `event` tells; `texts` are the leaves that a delta's text may stand in.
    pub(crate) fn note(&mut self, event: &Event<'_>, texts: Texts, step: &Step<'_>) {
        match step {
            _ if self.new => {}
            Step::Lost { feature, place } => {
                let [before, after] = &mut self.lost;
                if self.text.is_some() { after } else { before }.push((*feature, *place));
            }
            Step::Delta { block, text } if self.text.is_none() => {
                self.block = *block;
                self.text = source(event, texts, text);
                self.new |= self.text.is_none();
            }
            Step::Start(_)
            | Step::Open { .. }
            | Step::Delta { .. }
            | Step::Citation { .. }
            | Step::Logprobs { .. }
            | Step::Close { .. }
            | Step::Usage(_)
            | Step::Tier(_)
            | Step::Finish { .. }
            | Step::Failed { .. }
            | Step::End => self.new = true,
        }
    }

    /// Remembers the event that was told last, if it is one to remember.
    pub(crate) fn keep(&mut self, frame: &Frame<'_>, event: &Event<'_>) {
        let (Some(text), false) = (self.text, self.new || frame.data.len() > LONGEST) else { return };
        let Ok(payload) = std::str::from_utf8(frame.data) else { return };
        self.pattern.learn([b"", b""], payload, text.changes(event));
        self.name.clear();
        self.name.push_str(frame.name);
        self.known = true;
        self.vain += 1;
    }

    /// Says that an event was like the one that is remembered.
    pub(crate) fn prove(&mut self) {
        self.vain = 0;
    }

    /// What changed, if `frame` is otherwise the event that is remembered.
    pub(crate) fn compare<'a>(&self, frame: &Frame<'a>) -> Option<Filling<'a>> {
        if !self.known || frame.name != self.name {
            return None;
        }
        // An event without text is no delta.
        self.pattern.read(frame.data).filter(|filling| !filling.text.is_empty())
    }

    /// The leaf that holds the text of the event that is remembered.
    pub(crate) fn text(&self) -> Option<Leaf> {
        self.text
    }

    /// Tells what the remembered event tells, with this filling.
    pub(crate) fn tell(&self, filling: &Filling<'_>, emit: &mut Emit<'_>) {
        let [before, after] = &self.lost;
        let lost = |lost: &[(Feature, Place)], emit: &mut Emit<'_>| {
            for (feature, place) in lost {
                emit(Step::Lost { feature: *feature, place: self.pattern.place(*place, filling) });
            }
        };
        lost(before, emit);
        emit(self.delta(filling));
        lost(after, emit);
    }

    /// The delta that the remembered event tells, with this filling.
    pub(crate) fn delta<'f>(&self, filling: &Filling<'f>) -> Step<'f> {
        Step::Delta { block: self.block, text: filling.text.clone() }
    }
}

impl Leaf {
    /// What changes of `event` from one to the next, where this leaf is its text: the values, and where they stand.
    pub(crate) fn changes(self, event: &Event<'_>) -> impl Iterator<Item = (Gap, Range<usize>)> {
        event.body.fields.iter().filter_map(move |field| {
            let start = field.place.offset()?;
            Some((self.gap(field)?, start..start + field.value.as_str().len()))
        })
    }

    fn gap(self, field: &Field<'_>) -> Option<Gap> {
        let leaf = Self::of(field)?;
        let head = |name| leaf == Self { owner: Owner::Request, object: "", name };
        if leaf == self {
            Some(Gap::Text)
        } else if head("sequence_number")
            && digits(field.value.as_str().as_bytes()).is_some_and(|(_, rest)| rest.is_empty())
        {
            Some(Gap::Number)
        } else if head("obfuscation") && field.value.kind() == Kind::String {
            Some(Gap::Padding)
        } else {
            None
        }
    }

    fn of(field: &Field<'_>) -> Option<Self> {
        let Name::Known { wire, .. } = field.name else { return None };
        Some(Self { owner: field.owner, object: field.object, name: wire })
    }
}

/// The leaf among `texts` that `text` is the content of: these very bytes, since others may say the same.
fn source(event: &Event<'_>, texts: Texts, text: &Text<'_>) -> Option<Leaf> {
    let content = text.as_read()?;
    let is_it = |field: &&Field<'_>| {
        let value = field.value.as_str();
        value
            .strip_prefix('"')
            .and_then(|value| value.strip_suffix('"'))
            .is_some_and(|value| std::ptr::eq(value, content))
    };
    let leaf = event.body.fields.iter().find(is_it).and_then(Leaf::of)?;
    texts.contains(&(leaf.object, leaf.name)).then_some(leaf)
}
