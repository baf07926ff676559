use super::machine::{Encoder, encode_own};
use super::{Decoder, Stage, StreamError, StreamErrorKind};
use crate::Reply;
use crate::errors::{decode_exception, encode_error_event};
use crate::sse::{Frame, Framer};
use switchback_ir::{Action, Expression, Feature, FeatureSet, Limits, Protocol, RawJson, Step, Text};

/// Most bytes of a stream's beginning that are held back before the client gets any.
const HELD: usize = 64 << 10;

/// Turns an upstream's stream into the client's.
///
/// The contract: [`feed`](Self::feed) bytes in their order, split anywhere, and append what it writes to the client's
/// connection; at the end of the bytes [`finish`](Self::finish). After an error nothing more may be fed.
///
/// **Committed.** What only prepares an answer (`message_start`, the role's chunk, `response.created`, pings) is held
/// back until the first content, the reason to stop, or 64 KiB. An error before that leaves `out` empty, so that
/// another endpoint can be tried; an error after it is also written to the client, as its protocol does, and no
/// success follows.
///
/// Within one protocol and without stages every event is written again with all that it has; else the stream is
/// written anew from its steps. Memory: one event, and what [`BOUND`](super::BOUND) says.
#[derive(Debug)]
pub struct Transcoder<'c> {
    framer: Option<Framer>,
    decoder: Decoder,
    writing: Writing<'c>,
    stages: Vec<Box<dyn Stage>>,
    state: State,
}

/// The half that writes: apart from the half that reads, so that steps can go from one to the other.
#[derive(Debug)]
struct Writing<'c> {
    upstream: Protocol,
    reply: Reply<'c>,
    encoder: Encoder,
    /// What is held back; none once the client has bytes.
    held: Option<Vec<u8>>,
    losses: Vec<StreamLoss>,
    seen: FeatureSet,
    event: u64,
    rebuilds: bool,
    ended: bool,
    failed: Option<StreamErrorKind>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Open,
    Complete,
    Failed,
}

/// Something that a client's stream does not say; each kind once, where it came first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StreamLoss {
    /// What it is.
    pub feature: Feature,
    /// What became of it.
    pub action: Action,
    /// The event that it came in, counted from 0.
    pub event: u64,
}

impl<'c> Transcoder<'c> {
    /// A transcoder from `upstream` to the client that `reply` tells of.
    pub fn new(upstream: Protocol, framer: Framer, reply: Reply<'c>) -> Self {
        Self::with_limits(upstream, framer, reply, &Limits::default())
    }

    /// The same with limits on an event's nesting and leaves.
    pub fn with_limits(upstream: Protocol, framer: Framer, reply: Reply<'c>, limits: &Limits) -> Self {
        let client = reply.context.client;
        Self {
            framer: Some(framer),
            decoder: Decoder::new(upstream, limits),
            writing: Writing {
                upstream,
                reply,
                encoder: Encoder::new(client),
                held: Some(Vec::new()),
                losses: Vec::new(),
                seen: FeatureSet::EMPTY,
                event: 0,
                rebuilds: client != upstream,
                ended: false,
                failed: None,
            },
            stages: Vec::new(),
            state: State::Open,
        }
    }

    /// Adds a stage after those that are there.
    #[must_use]
    pub fn with_stage(mut self, stage: Box<dyn Stage>) -> Self {
        self.writing.rebuilds = true;
        self.stages.push(stage);
        self
    }

    /// Whether the client has been given bytes: from then on no other endpoint can take over.
    pub fn committed(&self) -> bool {
        self.writing.held.is_none()
    }

    /// Whether the stream is complete: the upstream said so.
    pub fn is_complete(&self) -> bool {
        self.state == State::Complete
    }

    /// What the client does not get, so far.
    pub fn losses(&self) -> &[StreamLoss] {
        &self.writing.losses
    }

    /// Takes bytes of the upstream; appends what the client gets.
    ///
    /// # Errors
    /// On bytes that are no stream of the upstream's protocol, and on an error that the upstream reports.
    pub fn feed(&mut self, bytes: &[u8], out: &mut Vec<u8>) -> Result<(), StreamError> {
        // Taken out while frames borrow from it.
        let Some(mut framer) = self.framer.take() else { return Ok(()) };
        let mut rest = bytes;
        let result = loop {
            match framer.next(&mut rest) {
                Ok(None) => break Ok(()),
                Ok(Some(frame)) => {
                    if let Err(error) = self.frame(&frame, out) {
                        break Err(error);
                    }
                }
                Err(error) => break Err(self.error(StreamErrorKind::Frame(error.to_string()))),
            }
        };
        self.framer = Some(framer);
        result.map_err(|error| self.fail(error, out))
    }

    /// Ends the stream: appends what is still held back, and gives what the client did not get.
    ///
    /// # Errors
    /// On a stream that was cut: its end was not told.
    pub fn finish(mut self, out: &mut Vec<u8>) -> Result<Vec<StreamLoss>, StreamError> {
        if let Some(mut framer) = self.framer.take()
            && self.state == State::Open
        {
            // Some servers leave out the empty line after the last event.
            if let Some(frame) = framer.finish()
                && let Err(error) = self.frame(&frame, out)
                && !matches!(error.kind(), StreamErrorKind::Malformed(_))
            {
                return Err(self.fail(error, out));
            }
        }
        if self.state == State::Open && self.decoder.is_finished() {
            // The reason to stop was told: only the mark of the end is missing.
            self.steps(out, |decoder_emit| decoder_emit(Step::End))?;
            self.state = State::Complete;
        }
        match self.state {
            State::Complete => {
                self.writing.commit(out);
                Ok(std::mem::take(&mut self.writing.losses))
            }
            State::Open => {
                let error = self.error(StreamErrorKind::Cut);
                Err(self.fail(error, out))
            }
            State::Failed => Err(self.error(self.writing.failed.clone().unwrap_or(StreamErrorKind::Cut))),
        }
    }

    fn error(&self, kind: StreamErrorKind) -> StreamError {
        StreamError::new(kind, self.decoder.events())
    }

    fn frame(&mut self, frame: &Frame<'_>, out: &mut Vec<u8>) -> Result<(), StreamError> {
        if frame.is_exception {
            return Err(self.error(StreamErrorKind::Upstream(exception(self.writing.upstream, frame))));
        }
        if self.state == State::Complete {
            // A mark of the end that only some hosts send, or pings; nothing that says anything may follow.
            let mark = frame.data.trim_ascii() == b"[DONE]";
            return if mark { Ok(()) } else { Err(self.error(StreamErrorKind::Order("an event after the end"))) };
        }
        let event = self.decoder.read(frame)?;
        self.writing.event = self.decoder.events().saturating_sub(1);
        let Self { decoder, writing, stages, .. } = self;
        let mut emitted = Ok(());
        let told = decoder.tell(&event, &mut |step| {
            if emitted.is_ok() {
                emitted = through(stages, step, &mut |step| writing.step(&step, out));
            }
        });
        let complete = self.writing.ended;
        if told.is_ok() && emitted.is_ok() && !self.writing.rebuilds {
            self.writing.own(&event, out);
        }
        self.decoder.recycle(event);
        told?;
        emitted.map_err(|kind| self.error(kind))?;
        if complete {
            self.state = State::Complete;
            self.writing.commit(out);
        }
        Ok(())
    }

    fn steps(&mut self, out: &mut Vec<u8>, tell: impl FnOnce(&mut dyn FnMut(Step<'_>))) -> Result<(), StreamError> {
        let Self { writing, stages, .. } = self;
        let mut emitted = Ok(());
        tell(&mut |step| {
            if emitted.is_ok() {
                emitted = through(stages, step, &mut |step| writing.step(&step, out));
            }
        });
        emitted.map_err(|kind| self.error(kind))
    }

    /// Ends the client's stream with an error, if it has begun.
    fn fail(&mut self, error: StreamError, out: &mut Vec<u8>) -> StreamError {
        if self.state != State::Failed {
            self.state = State::Failed;
            self.writing.failed = Some(error.kind().clone());
            if self.committed() {
                let told = error.api_error(self.writing.upstream);
                encode_error_event(&told, self.writing.reply.context.client, error.event(), out);
            }
        }
        error
    }
}

/// An exception of an AWS stream as an error object.
fn exception(upstream: Protocol, frame: &Frame<'_>) -> String {
    let error = decode_exception(upstream, frame.name, frame.data);
    let message = error.message();
    let message = RawJson::string(&message.as_ref().map(Text::word).unwrap_or_default());
    format!(r#"{{"type":{},"message":{}}}"#, RawJson::string(frame.name).as_str(), message.as_str())
}

/// Passes a step through the stages in their order.
fn through(
    stages: &mut [Box<dyn Stage>],
    step: Step<'_>,
    last: &mut dyn FnMut(Step<'_>) -> Result<(), StreamErrorKind>,
) -> Result<(), StreamErrorKind> {
    let Some((stage, rest)) = stages.split_first_mut() else { return last(step) };
    let mut result = Ok(());
    stage.step(step, &mut |step| {
        if result.is_ok() {
            result = through(rest, step, last);
        }
    });
    result
}

impl Writing<'_> {
    /// Takes a step: writes it where the stream is written anew, and knows by it how far the stream is.
    fn step(&mut self, step: &Step<'_>, out: &mut Vec<u8>) -> Result<(), StreamErrorKind> {
        let content = match step {
            Step::Failed { raw } => return Err(StreamErrorKind::Upstream(raw.as_str().to_owned())),
            Step::Lost { feature, .. } => {
                self.lose(*feature);
                false
            }
            Step::Open { kind: switchback_ir::Block::Reasoning, .. } => {
                self.lose(Feature::ReasoningShown);
                true
            }
            Step::Open { .. } | Step::Delta { .. } | Step::Finish { .. } => true,
            Step::End => {
                self.ended = true;
                true
            }
            Step::Start(_)
            | Step::Tier(_)
            | Step::Citation { .. }
            | Step::Logprobs { .. }
            | Step::Close { .. }
            | Step::Usage(_) => false,
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

    fn own(&mut self, event: &switchback_ir::Event<'_>, out: &mut Vec<u8>) {
        let Self { held, reply, upstream, .. } = self;
        encode_own(*upstream, event, reply, held.as_mut().unwrap_or(out));
        if self.held.as_ref().is_some_and(|held| held.len() > HELD) {
            self.commit(out);
        }
    }

    fn commit(&mut self, out: &mut Vec<u8>) {
        if let Some(held) = self.held.take() {
            out.extend_from_slice(&held);
        }
    }

    fn lose(&mut self, feature: Feature) {
        if !self.rebuilds || self.seen.contains(feature) {
            return;
        }
        let action = match self.reply.expression(feature, self.reply.context.client) {
            // A feature that the target has and that a stream has no steps for is lost all the same.
            Expression::Native => return,
            Expression::Noted => Action::Noted,
            Expression::Dropped | Expression::Refused => Action::Dropped,
        };
        self.seen.insert(feature);
        self.losses.push(StreamLoss { feature, action, event: self.event });
    }
}
