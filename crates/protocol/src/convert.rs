//! The only place that sees more than one protocol.

use crate::names::{Names, UNCHANGED};
use crate::reader::Reader;
use crate::reply::Answer;
use crate::writer::{Carried, Encoding, Spell, spell_openai};
use crate::{Error, Reply, chat_completions, messages, responses, room};
use switchback_ir::json::{Cursor, Fault};
use switchback_ir::{
    Action, Entry, Expression, Feature, FeatureSet, Ledger, Limits, Protocol, Request, Response, Summary, TargetFacts,
    Use,
};

/// Reads a request body of `protocol`.
///
/// Borrows from `bytes`. Keeps everything: what the tables do not know becomes residue of its owner. Fails on bytes
/// that are not JSON, on values of a wrong type, on known members that stand twice or are missing, and on `limits`.
/// A well-formed body is never refused; whether another protocol can carry it is [`encode`]'s to say.
///
/// ```
/// use switchback_ir::{Limits, Protocol};
/// let body = br#"{"model":"gpt-5","messages":[{"role":"user","content":7}]}"#;
/// let error = switchback_protocol::decode(Protocol::Chat, body, &Limits::default()).unwrap_err();
/// assert_eq!(error.path(), "/messages/0/content");
/// assert_eq!(
///     error.to_string(),
///     "/messages/0/content: expected a string or an array of content parts, found a number, at byte 54",
/// );
/// ```
pub fn decode<'a>(protocol: Protocol, bytes: &'a [u8], limits: &Limits) -> Result<Request<'a>, Error> {
    let read = match protocol {
        Protocol::Chat => chat_completions::decode,
        Protocol::Responses => responses::decode,
        Protocol::Messages => messages::decode,
    };
    tables(protocol, bytes, limits, read)
}

/// The tables that `read` fills. They are handed out once, since they are large.
fn tables<'a>(
    protocol: Protocol,
    bytes: &'a [u8],
    limits: &Limits,
    read: fn(&mut Reader<'a>) -> Result<(), Fault>,
) -> Result<Request<'a>, Error> {
    let cursor = Cursor::new(bytes, limits).map_err(|fault| Error::new(fault, bytes))?;
    let mut reader = Reader::new(protocol, cursor, limits);
    match read(&mut reader).and_then(|()| reader.end()) {
        Ok(()) => Ok(reader.request),
        Err(fault) => Err(Error::new(fault, bytes)),
    }
}

/// Appends `request` to `out` as a body of `target`, and says in the ledger what did not travel.
///
/// Within the request's own protocol the body equals the source as JSON and the ledger is empty. Into another one,
/// each use of a feature has the action of [`Feature::expression`]; changes of meaning are not made here but in
/// `switchback-capability`. `Err` is the ledger of a refusal: nothing was appended.
///
/// Entries are in the order of their places. Cost: one pass over the request and one over its slices.
///
/// ```
/// use switchback_ir::{Limits, Protocol, TargetFacts};
/// let body = br#"{"model":"m","max_tokens":64,"top_k":5,"messages":[{"role":"user","content":"hi"}]}"#;
/// let request = switchback_protocol::decode(Protocol::Messages, body, &Limits::default())?;
/// let mut out = Vec::new();
/// let ledger = switchback_protocol::encode(&request, Protocol::Chat, &TargetFacts::default(), &mut out).unwrap();
/// assert_eq!(out, br#"{"model":"m","messages":[{"role":"user","content":"hi"}],"max_completion_tokens":64}"#);
/// assert_eq!(ledger.resolve(body)[0].path, "/top_k");
/// # Ok::<(), switchback_protocol::Error>(())
/// ```
pub fn encode(
    request: &Request<'_>,
    target: Protocol,
    facts: &TargetFacts,
    out: &mut Vec<u8>,
) -> Result<Ledger, Ledger> {
    let (start, names) = (out.len(), Names::of(request, target, facts));
    let names = names.as_ref().unwrap_or(&UNCHANGED);
    // Whether arguments are an object is found out where they are written, so that they are read once.
    let mut ledger = among(FeatureSet::EVERY.without(Feature::InvalidArguments), request, target, facts, names);
    if !ledger.is_refusal() {
        out.reserve(room::of_request(request));
        write(request, target, facts, names, out, &mut ledger);
    }
    if ledger.is_refusal() {
        out.truncate(start);
        return Err(losses(request, target, facts));
    }
    ledger.sort();
    Ok(ledger)
}

/// Writes a request body, and says in the ledger what is found out on the way.
pub(crate) fn write(
    request: &Request<'_>,
    target: Protocol,
    facts: &TargetFacts,
    names: &Names,
    out: &mut Vec<u8>,
    ledger: &mut Ledger,
) {
    let carried = Carried::of(request, target, facts);
    let spell: Spell = match target {
        Protocol::Chat | Protocol::Responses => spell_openai,
        Protocol::Messages => messages::spell,
    };
    let mut encoding = Encoding::new(request, &carried, facts, out, ledger, spell);
    encoding.names = names;
    match target {
        Protocol::Chat => encoding.chat(),
        Protocol::Responses => encoding.responses(),
        Protocol::Messages => encoding.messages(),
    }
}

/// What an encoding of `request` for `target` will report of the source, without encoding.
///
/// The same walk and table as [`encode`], which adds only what the target asks for and the source does not have.
pub fn losses(request: &Request<'_>, target: Protocol, facts: &TargetFacts) -> Ledger {
    let names = Names::of(request, target, facts);
    let names = names.as_ref().unwrap_or(&UNCHANGED);
    let mut ledger = among(FeatureSet::EVERY, request, target, facts, names);
    ledger.sort();
    ledger
}

/// The losses among the features of `asked`, in no order.
fn among(asked: FeatureSet, request: &Request<'_>, target: Protocol, facts: &TargetFacts, names: &Names) -> Ledger {
    let mut ledger = Ledger::new();
    if request.origin == Some(target) {
        return ledger;
    }
    let mut report = |used: Use| {
        if let Some(action) = action(facts.expression(used.feature, target, request)) {
            let Use { feature, place } = used;
            ledger.push(Entry { place, target: default_place(feature), feature, action, detail: "" });
        }
    };
    names.uses.iter().copied().for_each(&mut report);
    // Which names a target takes is a fact of its own, not of the feature.
    let by_rule: FeatureSet = [Feature::ToolName, Feature::CallId].into_iter().collect();
    let wanted = asked.difference(by_rule).difference(facts.native(target, request));
    request.uses_among(wanted, &mut report);
    ledger
}

/// Reads a response body of `protocol`, as [`decode`] reads a request.
///
/// ```
/// use switchback_ir::{Limits, Protocol, StopReason};
/// let body = br#"{"id":"msg_1","type":"message","role":"assistant","model":"claude",
///     "content":[{"type":"text","text":"hi"}],"stop_reason":"end_turn","usage":{"input_tokens":3,"output_tokens":1}}"#;
/// let response = switchback_protocol::decode_response(Protocol::Messages, body, &Limits::default())?;
/// assert_eq!(response.stop_reason(), Some(StopReason::End));
/// assert_eq!(response.usage().and_then(|usage| usage.total()), Some(4));
/// # Ok::<(), switchback_protocol::Error>(())
/// ```
pub fn decode_response<'a>(protocol: Protocol, bytes: &'a [u8], limits: &Limits) -> Result<Response<'a>, Error> {
    let read = match protocol {
        Protocol::Chat => chat_completions::decode_response,
        Protocol::Responses => responses::decode_response,
        Protocol::Messages => messages::decode_response,
    };
    Ok(Response { body: tables(protocol, bytes, limits, read)? })
}

/// Appends `response` to `out` as a body for the client that `reply` tells of, and says what did not travel.
///
/// Within one protocol the body equals the source as JSON, except for the model that the client is to see. Names and
/// ids that went upstream changed come back as the client knows them, and custom tools that went as functions come
/// back as custom tools. `Err` is the ledger of a response that is an error in the client's protocol: nothing was
/// appended.
///
/// ```
/// use switchback_ir::{Limits, Protocol, RequestContext};
/// use switchback_protocol::{Reply, decode_response, encode_response};
/// let body = br#"{"id":"msg_1","type":"message","role":"assistant","model":"claude",
///     "content":[{"type":"text","text":"hi"}],"stop_reason":"end_turn","usage":{"input_tokens":3,"output_tokens":1}}"#;
/// let response = decode_response(Protocol::Messages, body, &Limits::default())?;
/// let context = RequestContext::new(Protocol::Chat);
/// let mut out = Vec::new();
/// let ledger = encode_response(&response, &Reply::new(&context).created_at(7), &mut out).unwrap();
/// assert!(ledger.is_empty());
/// let text = String::from_utf8(out).unwrap();
/// assert!(text.contains(r#""choices":[{"index":0,"message":{"role":"assistant","content":"hi","refusal":null}"#));
/// assert!(text.ends_with(r#""usage":{"prompt_tokens":3,"completion_tokens":1,"total_tokens":4}}"#));
/// # Ok::<(), switchback_protocol::Error>(())
/// ```
pub fn encode_response(response: &Response<'_>, reply: &Reply<'_>, out: &mut Vec<u8>) -> Result<Ledger, Ledger> {
    let target = reply.context.client;
    // Whether arguments are an object is found out where they are written, so that they are read once.
    let asked = FeatureSet::EVERY.without(Feature::OutputArguments);
    let mut ledger = Ledger::new();
    let summary = response_among(asked, response, reply, &mut ledger);
    if ledger.is_refusal() {
        return Err(response_losses(response, reply));
    }
    out.reserve(room::of_answer(response, reply.context));
    match (target, &summary) {
        (Protocol::Chat, None) => chat_completions::encode_own(response, reply, out, &mut ledger),
        (Protocol::Responses, None) => responses::encode_own(response, reply, out, &mut ledger),
        (Protocol::Messages, None) => messages::encode_own(response, reply, out, &mut ledger),
        (Protocol::Chat, Some(summary)) => Answer::new(response, summary, reply, out, &mut ledger).chat(),
        (Protocol::Responses, Some(summary)) => Answer::new(response, summary, reply, out, &mut ledger).responses(),
        (Protocol::Messages, Some(summary)) => Answer::new(response, summary, reply, out, &mut ledger).messages(),
    }
    ledger.sort();
    Ok(ledger)
}

/// What an answer to the client that `reply` tells of will report of the response, without encoding.
pub fn response_losses(response: &Response<'_>, reply: &Reply<'_>) -> Ledger {
    let mut ledger = Ledger::new();
    response_among(FeatureSet::EVERY, response, reply, &mut ledger);
    ledger.sort();
    ledger
}

/// Writes the losses among the features of `asked` into `ledger`, in no order, and gives what a foreign answer is
/// written from; nothing of either within one protocol.
fn response_among<'r, 'a>(
    asked: FeatureSet,
    response: &'r Response<'a>,
    reply: &Reply<'_>,
    ledger: &mut Ledger,
) -> Option<Summary<'r, 'a>> {
    let target = reply.context.client;
    if response.origin() == Some(target) {
        return None;
    }
    Some(response.uses_among(asked.difference(reply.native(target)), &mut |used| {
        if let Some(action) = action(reply.expression(used.feature, target)) {
            ledger.record(action, used.feature, used.place);
        }
    }))
}

/// Where a default that is not written would stand in the source.
fn default_place(feature: Feature) -> Option<&'static str> {
    if feature == Feature::StoreByDefault {
        return Some("/store");
    }
    (feature == Feature::StreamUsageOff).then_some("/stream_options/include_usage")
}

pub(crate) const fn action(expression: Expression) -> Option<Action> {
    match expression {
        Expression::Native => None,
        Expression::Noted => Some(Action::Noted),
        Expression::Dropped => Some(Action::Dropped),
        Expression::Refused => Some(Action::Refused),
    }
}
