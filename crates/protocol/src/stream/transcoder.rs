use super::machine::{Encoder, encode_end, encode_failure, encode_own};
use super::{Decoder, Stage, StreamError, StreamErrorKind};
use crate::Reply;
use crate::chat_completions::stream::hide_usage;
use crate::sse::{Frame, Framer};
use switchback_ir::{
    Action, Block, Event, Expression, Feature, FeatureSet, Limits, Line, Protocol, RawJson, Start, Step, Usage,
};

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
    /// Whether the reason to stop is end enough.
    end_is_optional: bool,
    failed: Option<StreamError>,
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
    usage: Option<Usage>,
    event: u64,
    rebuilds: bool,
    ended: bool,
    /// The number after that of the last event, within Responses.
    sequence: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Open,
    Complete,
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

impl StreamLoss {
    /// The loss as a ledger writes it; its path is the number of the event.
    pub fn line(&self) -> Line {
        let (about, avoid) = (self.feature.about(), self.feature.avoid());
        Line {
            path: format!("/{}", self.event),
            target: None,
            feature: self.feature.name(),
            row: self.feature.mapping_row(),
            action: self.action.name(),
            severity: self.feature.importance().name(),
            detail: if avoid.is_empty() { about.to_owned() } else { format!("{about}; to avoid it: {avoid}") },
        }
    }
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
                usage: None,
                event: 0,
                rebuilds: client != upstream,
                ended: false,
                sequence: 0,
            },
            stages: Vec::new(),
            state: State::Open,
            end_is_optional: false,
            failed: None,
        }
    }

    /// For hosts that leave out the mark of the end (`[DONE]`, `message_stop`): a stream that ends after the reason to
    /// stop was told is complete, and the client gets the mark. Without this it is a cut.
    #[must_use]
    pub fn with_optional_end(mut self) -> Self {
        self.end_is_optional = true;
        self
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

    /// What the upstream says was used, so far.
    pub const fn usage(&self) -> Option<Usage> {
        self.writing.usage
    }

    /// Takes bytes of the upstream; appends what the client gets.
    ///
    /// # Errors
    /// On bytes that are no stream of the upstream's protocol, and on an error that the upstream reports; the same
    /// again for whatever is fed after it.
    pub fn feed(&mut self, bytes: &[u8], out: &mut Vec<u8>) -> Result<(), StreamError> {
        if let Some(error) = &self.failed {
            return Err(error.clone());
        }
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
                Err(error) => {
                    let error = self.error(StreamErrorKind::Frame(error.to_string()));
                    break Err(self.fail(error, out));
                }
            }
        };
        self.framer = Some(framer);
        result
    }

    /// Ends the stream: appends what is still held back, and gives what the client did not get.
    ///
    /// # Errors
    /// On a stream that was cut: its end was not told.
    pub fn finish(mut self, out: &mut Vec<u8>) -> Result<Vec<StreamLoss>, StreamError> {
        if let Some(mut framer) = self.framer.take()
            && self.failed.is_none()
            // Some servers leave out the empty line after the last event.
            && let Some(frame) = framer.finish()
        {
            if Decoder::reads(&frame) {
                self.frame(&frame, out)?;
            } else if self.state == State::Open {
                let error = self.error(StreamErrorKind::Cut);
                return Err(self.fail(error, out));
            }
        }
        if self.state == State::Open && self.end_is_optional && self.decoder.is_finished() {
            self.end(out)?;
        }
        match (self.state, self.failed.take()) {
            (_, Some(error)) => Err(error),
            (State::Complete, None) => {
                self.writing.commit(out);
                Ok(std::mem::take(&mut self.writing.losses))
            }
            (State::Open, None) => {
                let error = self.error(StreamErrorKind::Cut);
                Err(self.fail(error, out))
            }
        }
    }

    fn error(&self, kind: StreamErrorKind) -> StreamError {
        StreamError::new(kind, self.decoder.events())
    }

    /// Takes an event; an error of it has been told the client when this returns.
    fn frame(&mut self, frame: &Frame<'_>, out: &mut Vec<u8>) -> Result<(), StreamError> {
        if frame.is_exception {
            let error = StreamError::exception(self.writing.upstream, frame, self.decoder.events());
            return Err(self.fail(error, out));
        }
        let mut event = match self.decoder.read(frame) {
            Ok(event) => event,
            Err(error) => return Err(self.fail(error, out)),
        };
        self.writing.event = self.decoder.events().saturating_sub(1);
        let read = if self.state == State::Complete { self.after(&event) } else { self.tell(&event, out) };
        let own = !self.writing.rebuilds;
        let result = match read {
            Ok(()) => {
                // A second mark of the end says nothing.
                let repeats = self.state == State::Complete && event.plain.is_some() && self.is_chat();
                if own && !repeats {
                    self.writing.own(&mut event, out);
                }
                if self.writing.ended {
                    self.state = State::Complete;
                    self.writing.commit(out);
                }
                Ok(())
            }
            Err(error) => {
                let error = self.reported(error, &event, frame);
                let as_it_came = matches!(error.kind(), StreamErrorKind::Upstream(_)) && !error.is_private();
                if own && as_it_came && self.committed() && self.state == State::Open {
                    self.writing.own(&mut event, out);
                    self.failed = Some(error.clone());
                }
                Err(self.fail(error, out))
            }
        };
        self.decoder.recycle(event);
        result
    }

    fn is_chat(&self) -> bool {
        self.writing.upstream == Protocol::Chat
    }

    /// An event after the end: pings may come, and the mark of the end that some hosts send in every protocol.
    fn after(&mut self, event: &Event<'_>) -> Result<(), StreamError> {
        if event.plain.is_some() {
            return Ok(());
        }
        let mut says = false;
        let told = self.decoder.tell(event, &mut |_| says = true);
        if told.is_ok() && !says {
            return Ok(());
        }
        Err(StreamError::new(StreamErrorKind::Order("an event after the end"), self.writing.event))
    }

    fn tell(&mut self, event: &Event<'_>, out: &mut Vec<u8>) -> Result<(), StreamError> {
        let Self { decoder, writing, stages, .. } = self;
        let mut emitted = Ok(());
        let told = decoder.tell(event, &mut |step| {
            if emitted.is_ok() {
                emitted = through(stages, step, &mut |step| writing.step(&step, out));
            }
        });
        emitted.map_err(|kind| StreamError::new(kind, self.writing.event))?;
        told
    }

    /// An upstream's error with the payload that it came in, which tells more than the step.
    fn reported(&self, error: StreamError, event: &Event<'_>, frame: &Frame<'_>) -> StreamError {
        let StreamErrorKind::Upstream(raw) = error.kind() else { return error };
        // A failed response repeats all of the answer; its error is what counts.
        let whole = String::from_utf8_lossy(frame.data);
        let payload = if event.snapshot.is_some() { raw.as_str() } else { &whole };
        StreamError::upstream(self.writing.upstream, payload, self.writing.event)
    }

    /// Ends a stream whose upstream told the reason to stop and no more.
    fn end(&mut self, out: &mut Vec<u8>) -> Result<(), StreamError> {
        let Self { writing, stages, .. } = self;
        let ended = through(stages, Step::End, &mut |step| writing.step(&step, out));
        if let Err(kind) = ended {
            let error = self.error(kind);
            return Err(self.fail(error, out));
        }
        self.state = State::Complete;
        self.writing.commit(out);
        if !self.writing.rebuilds {
            encode_end(self.writing.reply.context.client, out);
        }
        Ok(())
    }

    /// Ends the client's stream with an error, if it has begun and is not at its end.
    fn fail(&mut self, error: StreamError, out: &mut Vec<u8>) -> StreamError {
        if self.failed.is_none() && self.committed() && self.state == State::Open {
            let Writing { encoder, sequence, rebuilds, reply, .. } = &self.writing;
            let sequence = if *rebuilds { encoder.sequence() } else { *sequence };
            encode_failure(reply.context.client, &error, sequence, out);
        }
        self.failed = Some(error.clone());
        error
    }
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

    fn own(&mut self, event: &mut Event<'_>, out: &mut Vec<u8>) {
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

    fn commit(&mut self, out: &mut Vec<u8>) {
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
