use std::collections::BTreeMap;

use serde::Deserialize;
use switchback_capability::fit;
use switchback_ir::{Action, Fidelity, Ledger, Limits, NameRule, Protocol, RequestContext, TargetFacts, Temperature};
use switchback_protocol::errors::{decode_error, encode_error};
use switchback_protocol::sse::Framer;
use switchback_protocol::stream::{StreamError, StreamErrorKind, StreamLoss, Transcoder};
use switchback_protocol::{
    Reply, ShownModel, Surroundings, context, decode, decode_response, encode, encode_response, surroundings,
    with_headers,
};

use crate::arguments::{self, Kind, Shown};
use crate::failure::{Answer, Failure};
use crate::{input, losses, output};

/// Facts about a target, as their file holds them.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Facts {
    call_id_length: Option<u32>,
    envelopes: bool,
    max_tokens: Option<u64>,
    mid_conversation_system: bool,
    min_output_tokens: Option<u64>,
    strict_schemas: Option<bool>,
    temperature_maximum: Option<f64>,
    tool_name_length: Option<u32>,
}

pub(crate) fn run(options: &arguments::Convert) -> Result<Answer, Failure> {
    about_requests(options)?;
    if options.kind == Kind::Stream {
        return stream(options);
    }
    let facts = facts(options)?;
    let source = input::read(&options.file)?;
    let converted = match options.kind {
        Kind::Request => request(options, &facts, &source)?,
        Kind::Response | Kind::Stream => response(options, &source)?,
        Kind::Error => Ok(error(options, &source)),
    };
    let (made, ledger) = match converted {
        Ok((made, ledger)) => (Some(made), ledger),
        Err(refusal) => (None, refusal),
    };
    losses::write(&ledger, &source.bytes, options.losses.as_deref())?;
    let fidelity = if options.strict { Fidelity::Strict } else { Fidelity::Lenient };
    match made {
        Some(mut made) if !fidelity.rejects(&ledger) => {
            if let (Some(file), Some((surroundings, _))) = (&options.surroundings, &made.around) {
                output::json_file(file, surroundings)?;
            }
            if let (Some(file), Some((_, context))) = (&options.save_context, &made.around) {
                output::json_file(file, context)?;
            }
            made.body.push(b'\n');
            output::bytes(&made.body)?;
            Ok(Answer::Done)
        }
        Some(_) => no(&format!("`--strict` forbids what {} would lose; no body was written", options.to)),
        None => no(&format!("{} cannot say this {}; no body was written", options.to, options.kind.name())),
    }
}

/// Files that nothing would be written to are not asked for in silence.
fn about_requests(options: &arguments::Convert) -> Result<(), Failure> {
    let asked = [("--surroundings", &options.surroundings), ("--save-context", &options.save_context)];
    let asked = asked.into_iter().find(|(_, file)| file.is_some() && options.kind != Kind::Request);
    match asked {
        Some((flag, _)) => {
            Err(Failure::usage(format!("`{flag}` is about requests, and `--kind` is {}", options.kind.name())))
        }
        None => Ok(()),
    }
}

/// The ledger has the particulars.
fn no(why: &str) -> Result<Answer, Failure> {
    output::remark(&format!("refused: {why}"))?;
    Ok(Answer::No)
}

/// What a conversion makes.
struct Made {
    body: Vec<u8>,
    /// What a request has beside its body.
    around: Option<(Surroundings, RequestContext)>,
}

/// What was made, with the ledger of all that it does not carry, or the ledger of a refusal. The outer error is a body
/// that cannot be read.
type Converted = Result<(Made, Ledger), Ledger>;

/// The value of a header that came: one, or one for each time that it stood there.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Values {
    One(String),
    Several(Vec<String>),
}

impl Values {
    fn list(&self) -> &[String] {
        match self {
            Self::One(value) => std::slice::from_ref(value),
            Self::Several(values) => values,
        }
    }
}

fn request(options: &arguments::Convert, facts: &TargetFacts, source: &input::Source) -> Result<Converted, Failure> {
    let request =
        decode(options.from, &source.bytes, &Limits::default()).map_err(|error| Failure::at(&source.name, error))?;
    let headers: BTreeMap<String, Values> =
        options.headers.as_deref().map(input::read_json).transpose()?.unwrap_or_default();
    let named = |(name, values)| Values::list(values).iter().map(move |value| (String::as_str(name), value.as_str()));
    let request = with_headers(request, headers.iter().flat_map(named));
    let context = context(&request, options.to, facts);
    let (fitted, degraded) = fit(request, options.to, facts);
    let mut body = Vec::with_capacity(source.bytes.len());
    Ok(match encode(&fitted, options.to, facts, &mut body) {
        Ok(ledger) => {
            let around = Some((surroundings(&fitted, options.to), context));
            Ok((Made { body, around }, losses::joined(degraded, &ledger)))
        }
        Err(refusal) => Err(losses::joined(degraded, &refusal)),
    })
}

/// A response for the client that the context tells of.
fn response(options: &arguments::Convert, source: &input::Source) -> Result<Converted, Failure> {
    let context = context_of(options)?;
    let response = decode_response(options.from, &source.bytes, &Limits::default())
        .map_err(|error| Failure::at(&source.name, error))?;
    let id = options.id_seed.filter(|_| response.id().is_none()).map(|seed| made_id(options.to, seed));
    let mut reply = reply(options, &context);
    reply.id = id.as_deref();
    let mut body = Vec::with_capacity(source.bytes.len());
    Ok(encode_response(&response, &reply, &mut body).map(|ledger| (Made { body, around: None }, ledger)))
}

fn reply<'c>(options: &'c arguments::Convert, context: &'c RequestContext) -> Reply<'c> {
    let model = match &options.shown_model {
        Shown::Upstream => ShownModel::Upstream,
        Shown::Requested => ShownModel::Requested,
        Shown::Resolved(model) => ShownModel::Resolved(model),
    };
    let seconds = input::now(options.now).as_millis() / 1000;
    Reply::new(context).showing(model).created_at(seconds)
}

/// A stream for the client that the context tells of. One that ends badly is written as the client would get it.
///
/// Without a context a client of Chat is taken to have asked for usage, so that what was recorded is what is compared.
fn stream(options: &arguments::Convert) -> Result<Answer, Failure> {
    let source = input::read(&options.file)?;
    let mut context = context_of(options)?;
    context.stream_usage |= options.context.is_none();
    let mut transcoder = Transcoder::new(options.from, Framer::sse(&Limits::default()), reply(options, &context));
    let mut body = Vec::with_capacity(source.bytes.len());
    let fed = transcoder.feed(&source.bytes, &mut body);
    let so_far = transcoder.losses().to_vec();
    let (lost, error) = match fed.and_then(|()| transcoder.finish(&mut body)) {
        Ok(lost) => (lost, None),
        Err(error) => (so_far, Some(error)),
    };
    let strict = options.strict
        && lost.iter().any(|loss| matches!(loss.action, Action::Dropped | Action::Degraded | Action::Refused));
    losses::write_lines(lost.iter().map(StreamLoss::line).collect(), options.losses.as_deref())?;
    if !strict {
        output::bytes(&body)?;
    }
    match error {
        Some(error) if is_of_the_upstream(&error) => no(&error.to_string()),
        Some(error) => Err(Failure::at(&source.name, error)),
        None if strict => no(&format!("`--strict` forbids what {} would lose; no stream was written", options.to)),
        None => Ok(Answer::Done),
    }
}

/// Whether the stream is one, and ends badly.
const fn is_of_the_upstream(error: &StreamError) -> bool {
    matches!(error.kind(), StreamErrorKind::Upstream(_) | StreamErrorKind::Cut | StreamErrorKind::Bound(_))
}

/// What was saved of the request, whose client is the one that the answer is for.
fn context_of(options: &arguments::Convert) -> Result<RequestContext, Failure> {
    let Some(file) = &options.context else { return Ok(RequestContext::new(options.to)) };
    let context: RequestContext = input::read_json(file)?;
    if context.client == options.to {
        return Ok(context);
    }
    let (client, to) = (context.client, options.to);
    Err(Failure::usage(format!("`--context` is of a client that speaks {client}, and `--to` is {to}")))
}

/// An id as the protocol's own look, out of a number.
fn made_id(protocol: Protocol, seed: u64) -> String {
    let prefix = match protocol {
        Protocol::Chat => "chatcmpl-",
        Protocol::Responses => "resp_",
        Protocol::Messages => "msg_",
    };
    format!("{prefix}{seed:016x}")
}

/// An error has no reason to be refused: whatever came is one.
fn error(options: &arguments::Convert, source: &input::Source) -> (Made, Ledger) {
    let error = decode_error(options.from, options.status, &source.bytes, &Limits::default());
    let mut body = Vec::with_capacity(source.bytes.len());
    let ledger = encode_error(&error, options.to, &mut body);
    (Made { body, around: None }, ledger)
}

fn facts(options: &arguments::Convert) -> Result<TargetFacts, Failure> {
    let read = options.target.as_deref().map(input::read_json::<Facts>).transpose()?.unwrap_or_default();
    let temperature = |value: f64| {
        let unusable = || Failure::usage(format!("`temperature_maximum` is {value}; expected a number from 0 up"));
        Temperature::new(value).ok_or_else(unusable)
    };
    let mut facts = TargetFacts::default().with_mid_conversation_system(read.mid_conversation_system);
    facts.envelopes = read.envelopes;
    facts.max_tokens = options.max_tokens.or(read.max_tokens);
    facts.min_output_tokens = read.min_output_tokens;
    facts.strict_schemas = read.strict_schemas;
    facts.temperature_maximum = read.temperature_maximum.map(temperature).transpose()?;
    facts.tool_name = read.tool_name_length.map(|length| NameRule::tool_name(options.to).with_length(length));
    facts.call_id = read.call_id_length.map(|length| NameRule::call_id(options.to).with_length(length));
    Ok(facts)
}
