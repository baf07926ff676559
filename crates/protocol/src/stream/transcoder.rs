use super::machine::{encode_end, encode_failure};
use super::pattern::Filling;
use super::writing::Writing;
use super::{Decoder, Stage, StreamError, StreamErrorKind};
use crate::Reply;
use crate::sse::{Frame, Framer};
use switchback_ir::{Action, Event, Feature, Limits, Line, Protocol, Step, Usage};

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
    framer: Framer,
    way: Way<'c>,
}

/// The way of an event to the client: apart from the framer, since frames borrow from that.
#[derive(Debug)]
struct Way<'c> {
    decoder: Decoder,
    writing: Writing<'c>,
    stages: Vec<Box<dyn Stage>>,
    state: State,
    /// Whether the reason to stop is end enough.
    end_is_optional: bool,
    forgets: bool,
    failed: Option<StreamError>,
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
        let way = Way {
            decoder: Decoder::new(upstream, limits),
            writing: Writing::new(upstream, reply),
            stages: Vec::new(),
            state: State::Open,
            end_is_optional: false,
            forgets: false,
            failed: None,
        };
        Self { framer, way }
    }

    /// For hosts that leave out the mark of the end (`[DONE]`, `message_stop`): a stream that ends after the reason to
    /// stop was told is complete, and the client gets the mark. Without this it is a cut.
    #[must_use]
    pub fn with_optional_end(mut self) -> Self {
        self.way.end_is_optional = true;
        self
    }

    /// Adds a stage after those that are there.
    #[must_use]
    pub fn with_stage(mut self, stage: Box<dyn Stage>) -> Self {
        self.way.writing.rebuilds = true;
        self.way.stages.push(stage);
        self
    }

    /// Whether the client has been given bytes: from then on no other endpoint can take over.
    pub fn committed(&self) -> bool {
        self.way.writing.is_committed()
    }

    /// Whether the stream is complete: the upstream said so.
    pub fn is_complete(&self) -> bool {
        self.way.state == State::Complete
    }

    /// What the client does not get, so far.
    pub fn losses(&self) -> &[StreamLoss] {
        &self.way.writing.losses
    }

    /// What the upstream says was used, so far.
    pub const fn usage(&self) -> Option<Usage> {
        self.way.writing.usage
    }

    /// Takes bytes of the upstream; appends what the client gets.
    ///
    /// # Errors
    /// On bytes that are no stream of the upstream's protocol, and on an error that the upstream reports; the same
    /// again for whatever is fed after it.
    pub fn feed(&mut self, bytes: &[u8], out: &mut Vec<u8>) -> Result<(), StreamError> {
        let Self { framer, way } = self;
        if let Some(error) = &way.failed {
            return Err(error.clone());
        }
        let mut rest = bytes;
        loop {
            if way.forgets {
                framer.forget();
            }
            match framer.next(&mut rest) {
                Ok(None) => return Ok(()),
                Ok(Some(frame)) => way.frame(&frame, out)?,
                Err(error) => {
                    let error = way.error(StreamErrorKind::Frame(error.to_string()));
                    return Err(way.fail(error, out));
                }
            }
        }
    }

    /// Ends the stream: appends what is still held back, and gives what the client did not get.
    ///
    /// # Errors
    /// On a stream that was cut: its end was not told.
    pub fn finish(mut self, out: &mut Vec<u8>) -> Result<Vec<StreamLoss>, StreamError> {
        let Self { framer, way } = &mut self;
        if way.failed.is_none()
            // Some servers leave out the empty line after the last event.
            && let Some(frame) = framer.finish()
        {
            if Decoder::reads(&frame) {
                way.frame(&frame, out)?;
            } else if way.state == State::Open {
                let error = way.error(StreamErrorKind::Cut);
                return Err(way.fail(error, out));
            }
        }
        if way.state == State::Open && way.end_is_optional && way.decoder.is_finished() {
            way.end(out)?;
        }
        match (way.state, way.failed.take()) {
            (_, Some(error)) => Err(error),
            (State::Complete, None) => {
                way.writing.commit(out);
                Ok(std::mem::take(&mut way.writing.losses))
            }
            (State::Open, None) => {
                let error = way.error(StreamErrorKind::Cut);
                Err(way.fail(error, out))
            }
        }
    }

    /// A transcoder that looks at every event for itself, to hold against one that remembers the last.
    #[must_use]
    pub(crate) fn forgetful(mut self) -> Self {
        self.way.forgets = true;
        self
    }
}

impl Way<'_> {
    fn error(&self, kind: StreamErrorKind) -> StreamError {
        StreamError::new(kind, self.decoder.events())
    }

    /// Takes an event; an error of it has been told the client when this returns.
    fn frame(&mut self, frame: &Frame<'_>, out: &mut Vec<u8>) -> Result<(), StreamError> {
        if frame.is_exception {
            let error = StreamError::exception(self.writing.upstream, frame, self.decoder.events());
            return Err(self.fail(error, out));
        }
        if self.forgets {
            self.decoder.forget();
            self.writing.forget();
        }
        if self.state == State::Open
            && let Some(filling) = self.decoder.again(frame)
        {
            return self.again(&filling, frame, out);
        }
        self.writing.begin_event();
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
                self.decoder.keep(frame, &event);
                Ok(())
            }
            Err(error) => {
                let error = self.reported(error, event.snapshot.is_some(), frame);
                let as_it_came = matches!(error.kind(), StreamErrorKind::Upstream(_)) && !error.is_private();
                if own && as_it_came && self.writing.is_committed() && self.state == State::Open {
                    self.writing.own(&mut event, out);
                    self.failed = Some(error.clone());
                }
                Err(self.fail(error, out))
            }
        };
        self.decoder.recycle(event);
        result
    }

    /// Takes a delta that is like the event before it but for this filling.
    fn again(&mut self, filling: &Filling<'_>, frame: &Frame<'_>, out: &mut Vec<u8>) -> Result<(), StreamError> {
        let Self { decoder, writing, stages, .. } = self;
        writing.event = decoder.events().saturating_sub(1);
        let told = if stages.is_empty() {
            // What was lost with the event before has been told.
            writing.step(&decoder.memory().delta(filling), out)
        } else {
            let mut told = Ok(());
            decoder.memory().tell(filling, &mut |step| {
                if told.is_ok() {
                    told = through(stages, step, &mut |step| writing.step(&step, out));
                }
            });
            told
        };
        let told = told.map_err(|kind| StreamError::new(kind, self.writing.event)).and_then(|()| {
            let own = !self.writing.rebuilds;
            if own { self.writing.own_again(filling, frame, &mut self.decoder, out) } else { Ok(()) }
        });
        told.map_err(|error| {
            let error = self.reported(error, false, frame);
            self.fail(error, out)
        })
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
    fn reported(&self, error: StreamError, repeats: bool, frame: &Frame<'_>) -> StreamError {
        let StreamErrorKind::Upstream(raw) = error.kind() else { return error };
        // A failed response repeats all of the answer; its error is what counts.
        let whole = String::from_utf8_lossy(frame.data);
        let payload = if repeats { raw.as_str() } else { &whole };
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
        if self.failed.is_none() && self.writing.is_committed() && self.state == State::Open {
            encode_failure(self.writing.reply.context.client, &error, self.writing.sequence(), out);
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
