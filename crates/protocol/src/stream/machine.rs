use super::memory::{Memory, Texts};
use super::pattern::Filling;
use super::{Emit, StreamError, StreamErrorKind};
use crate::errors::encode_error_event;
use crate::sse::{Frame, Printer};
use crate::{Error, Reply, chat_completions, messages, responses};
use switchback_ir::{ApiError, ErrorClass, Event, Ledger, Limits, Protocol, RawJson, Request, Step};

/// A stage between decoder and encoder: it takes steps and gives steps, in their order.
///
/// The restore steps of capability matching are such stages. A stage sees every step once, [`Step::End`] last, and may
/// hold steps back until then.
pub trait Stage: std::fmt::Debug + Send {
    /// Takes a step; gives any number to `next`.
    fn step(&mut self, step: Step<'_>, next: &mut dyn FnMut(Step<'_>));
}

/// Reads the events of a stream and tells what they say.
///
/// ```
/// use switchback_ir::{Limits, Protocol, Step};
/// use switchback_protocol::{sse::Frame, stream::Decoder};
/// let mut decoder = Decoder::new(Protocol::Chat, &Limits::default());
/// let chunk = br#"{"id":"c","model":"m","choices":[{"index":0,"delta":{"content":"hi"}}]}"#;
/// let mut texts = Vec::new();
/// let event = decoder.read(&Frame::new("", chunk))?;
/// decoder.tell(&event, &mut |step| {
///     if let Step::Delta { text, .. } = step {
///         texts.push(text.word().into_owned());
///     }
/// })?;
/// assert_eq!(texts, ["hi"]);
/// # Ok::<(), switchback_protocol::stream::StreamError>(())
/// ```
#[derive(Debug)]
pub struct Decoder {
    protocol: Protocol,
    limits: Limits,
    interpreter: Interpreter,
    tables: Request<'static>,
    events: u64,
    memory: Memory,
}

#[derive(Debug)]
enum Interpreter {
    Chat(chat_completions::stream::Interpreter),
    Responses(responses::stream::Interpreter),
    Messages(messages::stream::Interpreter),
}

impl Decoder {
    /// A decoder at the beginning of a stream.
    pub fn new(protocol: Protocol, limits: &Limits) -> Self {
        let interpreter = match protocol {
            Protocol::Chat => Interpreter::Chat(chat_completions::stream::Interpreter::default()),
            Protocol::Responses => Interpreter::Responses(responses::stream::Interpreter::default()),
            Protocol::Messages => Interpreter::Messages(messages::stream::Interpreter::default()),
        };
        Self {
            protocol,
            limits: *limits,
            interpreter,
            tables: Request::default(),
            events: 0,
            memory: Memory::default(),
        }
    }

    /// Reads an event.
    ///
    /// # Errors
    /// On a payload that is none of the protocol.
    pub fn read<'a>(&mut self, frame: &Frame<'a>) -> Result<Event<'a>, StreamError> {
        self.memory.forget();
        self.events += 1;
        self.decode(frame)
    }

    /// Reads an event without counting it.
    pub(crate) fn decode<'a>(&mut self, frame: &Frame<'a>) -> Result<Event<'a>, StreamError> {
        let event = self.events.saturating_sub(1);
        let malformed = |why: String| StreamError::new(StreamErrorKind::Malformed(why), event);
        let data = std::str::from_utf8(frame.data).map_err(|error| malformed(error.to_string()))?;
        let tables = std::mem::take(&mut self.tables);
        let decoded = match self.protocol {
            // Some hosts end a stream of any protocol as Chat does.
            Protocol::Chat => chat_completions::stream::decode_event(data, tables, &self.limits)
                .map(|event| Event { name: frame.name, ..event }),
            _ if data.trim() == chat_completions::stream::DONE => {
                Ok(Event { name: frame.name, plain: Some(data), body: tables, snapshot: None })
            }
            Protocol::Responses => responses::stream::decode_event(frame.name, data, tables, &self.limits),
            Protocol::Messages => messages::stream::decode_event(frame.name, data, tables, &self.limits),
        };
        decoded.map_err(|fault| malformed(Error::new(fault, frame.data).to_string()))
    }

    /// Whether the payload of an event that the end of the bytes may have cut is whole.
    pub(crate) fn reads(frame: &Frame<'_>) -> bool {
        let Ok(data) = std::str::from_utf8(frame.data) else { return false };
        frame.is_exception || data.trim() == chat_completions::stream::DONE || RawJson::parse(data).is_ok()
    }

    /// Tells what an event says, given what came before it.
    ///
    /// # Errors
    /// On an event that may not come at its place.
    pub fn tell(&mut self, event: &Event<'_>, emit: &mut Emit<'_>) -> Result<(), StreamError> {
        let Self { memory, interpreter, .. } = self;
        let texts = interpreter.texts();
        let emit = &mut |step: Step<'_>| {
            memory.note(event, texts, &step);
            emit(step);
        };
        let told = match interpreter {
            Interpreter::Chat(interpreter) => interpreter.interpret(event, emit),
            _ if event.plain.is_some() => Ok(()),
            Interpreter::Responses(interpreter) => interpreter.interpret(event, emit),
            Interpreter::Messages(interpreter) => interpreter.interpret(event, emit),
        };
        told.map_err(|why| StreamError::new(StreamErrorKind::Order(why), self.events.saturating_sub(1)))
    }

    /// Remembers an event that was read and told, so that [`again`](Self::again) knows the next one like it.
    pub(crate) fn keep(&mut self, frame: &Frame<'_>, event: &Event<'_>) {
        self.memory.keep(frame, event);
    }

    /// Takes an event that is like the last one but for its text, as reading and telling it would. Nothing for any other,
    /// which is then to be read.
    pub(crate) fn again<'a>(&mut self, frame: &Frame<'a>) -> Option<Filling<'a>> {
        let short = frame.data.len() <= usize::try_from(self.limits.bytes).unwrap_or(usize::MAX);
        let filling = self.memory.compare(frame).filter(|_| short)?;
        if let Interpreter::Responses(interpreter) = &mut self.interpreter
            && let Some(number) = filling.number
            && !interpreter.follows(number)
        {
            return None;
        }
        self.memory.prove();
        self.events += 1;
        Some(filling)
    }

    /// What the last event tells, and what is remembered of it.
    pub(crate) const fn memory(&self) -> &Memory {
        &self.memory
    }

    /// Forgets the last event, so that the next one is read whatever it is.
    pub(crate) fn forget(&mut self) {
        self.memory.forget();
    }

    /// Takes the tables of an event back for the next one.
    pub fn recycle(&mut self, event: Event<'_>) {
        self.tables = event.recycled();
    }

    /// Whether the reason to stop has been told: what follows is at most usage and the end.
    pub fn is_finished(&self) -> bool {
        match &self.interpreter {
            Interpreter::Chat(interpreter) => interpreter.is_finished(),
            Interpreter::Responses(interpreter) => interpreter.is_finished(),
            Interpreter::Messages(interpreter) => interpreter.is_finished(),
        }
    }

    /// How many events have been read.
    pub const fn events(&self) -> u64 {
        self.events
    }
}

impl Interpreter {
    const fn texts(&self) -> Texts {
        match self {
            Self::Chat(_) => chat_completions::stream::TEXTS,
            Self::Responses(_) => responses::stream::TEXTS,
            Self::Messages(_) => messages::stream::TEXTS,
        }
    }
}

/// Writes steps for a client.
#[derive(Debug)]
pub(crate) enum Encoder {
    Chat(chat_completions::stream_out::Encoder),
    Responses(responses::stream_out::Encoder),
    Messages(messages::stream_out::Encoder),
}

impl Encoder {
    pub(crate) fn new(protocol: Protocol) -> Self {
        match protocol {
            Protocol::Chat => Self::Chat(chat_completions::stream_out::Encoder::default()),
            Protocol::Responses => Self::Responses(responses::stream_out::Encoder::default()),
            Protocol::Messages => Self::Messages(messages::stream_out::Encoder::default()),
        }
    }

    pub(crate) fn step(&mut self, step: &Step<'_>, reply: &Reply<'_>, out: &mut Vec<u8>) -> Result<(), &'static str> {
        match self {
            Self::Chat(encoder) => encoder.step(step, reply, out),
            Self::Responses(encoder) => encoder.step(step, reply, out),
            Self::Messages(encoder) => encoder.step(step, reply, out),
        }
    }

    /// Forgets what was remembered of how events were written.
    pub(crate) fn forget(&mut self) {
        match self {
            Self::Chat(encoder) => encoder.forget(),
            Self::Responses(encoder) => encoder.forget(),
            Self::Messages(encoder) => encoder.forget(),
        }
    }

    /// The number of the next event, where the protocol counts them.
    pub(crate) fn sequence(&self) -> u64 {
        match self {
            Self::Chat(_) | Self::Messages(_) => 0,
            Self::Responses(encoder) => encoder.sequence(),
        }
    }
}

/// Writes an event within its protocol.
pub(crate) fn encode_own(protocol: Protocol, event: &Event<'_>, reply: &Reply<'_>, out: &mut Vec<u8>) {
    let mut ledger = Ledger::new();
    match protocol {
        _ if event.plain.is_some() => chat_completions::stream::encode_own_event(event, reply, out, &mut ledger),
        Protocol::Chat => chat_completions::stream::encode_own_event(event, reply, out, &mut ledger),
        Protocol::Responses => responses::stream::encode_own_event(event, reply, out, &mut ledger),
        Protocol::Messages => messages::stream::encode_own_event(event, reply, out, &mut ledger),
    }
}

/// Ends a client's stream with an error: the upstream's own words, unless they are about a credential.
///
/// `sequence` is the number of the event, for a protocol that counts them.
pub(crate) fn encode_failure(client: Protocol, error: &StreamError, sequence: u64, out: &mut Vec<u8>) {
    let hidden = ApiError::new(ErrorClass::Server, "the upstream failed during the stream");
    let error = if error.is_private() { &hidden } else { error.api_error() };
    encode_error_event(error, client, sequence, out);
}

/// Ends a client's stream whose upstream has left out the mark of the end.
pub(crate) fn encode_end(client: Protocol, out: &mut Vec<u8>) {
    match client {
        Protocol::Chat => Printer::new(out).frame("", chat_completions::stream::DONE.as_bytes()),
        Protocol::Messages => Printer::new(out).frame("message_stop", br#"{"type":"message_stop"}"#),
        // Its last event tells the reason to stop too.
        Protocol::Responses => {}
    }
}
