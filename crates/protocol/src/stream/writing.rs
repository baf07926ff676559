//! The half of a transcoder that writes.

use super::machine::{Encoder, encode_own};
use super::pattern::{Filling, Pattern};
use super::transcoder::StreamLoss;
use super::{Decoder, StreamError, StreamErrorKind};
use crate::Reply;
use crate::chat_completions::stream::hide_usage;
use crate::sse::{Frame, Printer};
use switchback_ir::{Action, Block, Event, Expression, Feature, FeatureSet, Protocol, RawJson, Start, Step, Usage};

/// Most bytes of a stream's beginning that are held back before the client gets any.
const HELD: usize = 64 << 10;

/// The half that writes: apart from the half that reads, so that steps can go from one to the other.
#[derive(Debug)]
pub(super) struct Writing<'c> {
    pub(super) upstream: Protocol,
    pub(super) reply: Reply<'c>,
    encoder: Encoder,
    /// What is held back; none once the client has bytes.
    held: Option<Vec<u8>>,
    pub(super) losses: Vec<StreamLoss>,
    seen: FeatureSet,
    pub(super) usage: Option<Usage>,
    /// The number of the event that is told.
    pub(super) event: u64,
    /// Whether the stream is written anew from its steps, and not event by event.
    pub(super) rebuilds: bool,
    pub(super) ended: bool,
    /// The number after that of the last event, within Responses.
    sequence: u64,
    /// The last event as it was written within its protocol, and whether it is one to write again.
    own: Pattern,
    own_is_known: bool,
}

impl<'c> Writing<'c> {
    pub(super) fn new(upstream: Protocol, reply: Reply<'c>) -> Self {
        let client = reply.context.client;
        Self {
            upstream,
            reply,
            encoder: Encoder::new(client),
            held: Some(Vec::new()),
            losses: Vec::new(),
            seen: FeatureSet::EMPTY,
            usage: None,
            event: 0,
            rebuilds: client != upstream,
            ended: false,
            sequence: 0,
            own: Pattern::default(),
            own_is_known: false,
        }
    }

    /// Whether the client has bytes.
    pub(super) const fn is_committed(&self) -> bool {
        self.held.is_none()
    }

    /// The number of the next event, where the protocol counts them.
    pub(super) fn sequence(&self) -> u64 {
        if self.rebuilds { self.encoder.sequence() } else { self.sequence }
    }

    /// An event begins that is not like the last one.
    pub(super) fn begin_event(&mut self) {
        self.own_is_known = false;
    }

    /// Forgets what was remembered of how events were written.
    pub(super) fn forget(&mut self) {
        self.own_is_known = false;
        self.encoder.forget();
    }

    /// Takes a step: writes it where the stream is written anew, and knows by it how far the stream is.
    pub(super) fn step(&mut self, step: &Step<'_>, out: &mut Vec<u8>) -> Result<(), StreamErrorKind> {
        let content = match step {
            Step::Failed { raw } => return Err(StreamErrorKind::Upstream(raw.as_str().to_owned())),
            Step::Lost { feature, .. } => {
                self.lose(*feature);
                false
            }
            Step::Open { kind: Block::Call { custom: true, .. }, .. } => {
                self.lose(Feature::OutputCustomCall);
                true
            }
            Step::Open { .. } | Step::Delta { .. } | Step::Finish { .. } => true,
            Step::End => {
                self.ended = true;
                true
            }
            Step::Start(start) => {
                self.make_up(start);
                false
            }
            Step::Usage(usage) => {
                self.usage = Some(self.usage.unwrap_or_default().updated(*usage));
                false
            }
            Step::Tier(_) | Step::Citation { .. } | Step::Logprobs { .. } | Step::Close { .. } => false,
        };
        if content && !self.rebuilds {
            // What was held back goes before the event that is written after its steps.
            self.commit(out);
        }
        if !self.rebuilds {
            return Ok(());
        }
        let Self { held, encoder, reply, .. } = self;
        let target = held.as_mut().unwrap_or(out);
        encoder.step(step, reply, target).map_err(StreamErrorKind::Bound)?;
        if content || self.held.as_ref().is_some_and(|held| held.len() > HELD) {
            self.commit(out);
        }
        Ok(())
    }

    pub(super) fn own(&mut self, event: &mut Event<'_>, out: &mut Vec<u8>) {
        let Self { held, reply, upstream, sequence, .. } = self;
        if *upstream == Protocol::Chat && !reply.context.stream_usage && hide_usage(event) {
            return;
        }
        if let Some(number) = event.member("", "sequence_number").and_then(RawJson::as_u64) {
            *sequence = number.saturating_add(1);
        }
        encode_own(*upstream, event, reply, held.as_mut().unwrap_or(out));
        if self.held.as_ref().is_some_and(|held| held.len() > HELD) {
            self.commit(out);
        }
    }

    /// Writes an event of the client's own protocol that is like the last one but for this filling.
    pub(super) fn own_again(
        &mut self,
        filling: &Filling<'_>,
        frame: &Frame<'_>,
        decoder: &mut Decoder,
        out: &mut Vec<u8>,
    ) -> Result<(), StreamError> {
        if self.own_is_known {
            self.own.write(out, |gap, out| filling.write(gap, out));
            if let Some(number) = filling.number {
                self.sequence = number.saturating_add(1);
            }
            return Ok(());
        }
        let mut event = decoder.decode(frame)?;
        let start = out.len();
        self.own(&mut event, out);
        decoder.recycle(event);
        self.learn(decoder, frame.name, out.get(start..).unwrap_or_default());
        Ok(())
    }

    /// Learns how an event that has just been written is written: what changes of it is found by reading it.
    fn learn(&mut self, decoder: &mut Decoder, name: &str, written: &[u8]) {
        let mut head = Vec::new();
        Printer::new(&mut head).begin(name);
        let payload = written.strip_prefix(&*head).and_then(|rest| rest.strip_suffix(b"\n\n"));
        let (Some(payload), Some(text)) = (payload, decoder.memory().text()) else { return };
        let Ok(event) = decoder.decode(&Frame::new(name, payload)) else { return };
        if let Ok(payload) = std::str::from_utf8(payload) {
            self.own.learn([&head, b"\n\n"], payload, text.changes(&event));
            self.own_is_known = true;
        }
        decoder.recycle(event);
    }

    pub(super) fn commit(&mut self, out: &mut Vec<u8>) {
        if let Some(held) = self.held.take() {
            out.extend_from_slice(&held);
        }
    }

    /// Says what the client's protocol requires of a beginning and nobody gave.
    fn make_up(&mut self, start: &Start<'_>) {
        if !self.rebuilds {
            return;
        }
        let Reply { context, id, created, .. } = self.reply;
        let named = (id.is_some() || start.id.is_some()) && self.reply.model_name(start.model.as_ref()).is_some();
        let dated = context.client == Protocol::Messages || created.is_some() || start.created.is_some();
        for (given, feature) in [(named, Feature::IdentityAbsent), (dated, Feature::CreationTime)] {
            if !given {
                self.losses.push(StreamLoss { feature, action: Action::Synthesised, event: self.event });
            }
        }
    }

    fn lose(&mut self, feature: Feature) {
        if !self.rebuilds || self.seen.contains(feature) {
            return;
        }
        let client = self.reply.context.client;
        let action = match self.reply.expression(feature, client) {
            Expression::Native if self.upstream != client || travels(feature, client) => return,
            Expression::Noted => Action::Noted,
            Expression::Native | Expression::Dropped | Expression::Refused => Action::Dropped,
        };
        self.seen.insert(feature);
        self.losses.push(StreamLoss { feature, action, event: self.event });
    }
}

/// Whether the steps of a stream carry what `protocol` has: what another protocol has too, and the reasons to stop.
fn travels(feature: Feature, protocol: Protocol) -> bool {
    let elsewhere = |other: Protocol| other != protocol && feature.expression(other) == Expression::Native;
    let reason = matches!(
        feature,
        Feature::PauseTurn
            | Feature::ContextWindowExceeded
            | Feature::StopSequenceMatched
            | Feature::UnfinishedResponse
    );
    reason || Protocol::ALL.into_iter().any(elsewhere)
}
