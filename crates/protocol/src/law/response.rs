//! The laws of whole responses.

use super::{Broken, Converted, Outcome, Tree, Trip, Verdict, canonical_response, identity, is_reorder};
use crate::{Reply, context, decode_response, encode_response};
use switchback_ir::{
    Expression, Feature, FeatureSet, Ledger, Limits, Line, Protocol, RequestContext, Response, TargetFacts, ToolInput,
};

/// Plain conversion of a response: decode and encode, with the options and the context of `reply`.
pub fn plain_response(from: Protocol, reply: &Reply<'_>, body: &[u8]) -> Result<Converted, Outcome> {
    let limits = Limits::default();
    let response = decode_response(from, body, &limits).map_err(|error| Outcome::Unreadable(error.to_string()))?;
    let mut out = Vec::new();
    let resolve = |ledger: Ledger| ledger.resolve(body);
    match encode_response(&response, reply, &mut out) {
        Ok(ledger) => Ok(Converted { body: out, lines: resolve(ledger) }),
        Err(ledger) => Err(Outcome::Refused(resolve(ledger))),
    }
}

/// The context of a request that `response` may be the answer to: what a Responses answer repeats of its request, and
/// the tools that are called with free text.
///
/// For the laws, which have no request: what a client asked with comes back to it, whoever answers.
pub fn response_context(response: &Response<'_>) -> RequestContext {
    let mut made = context(&response.body, Protocol::Responses, &TargetFacts::default());
    for part in &response.body.parts {
        if let Some(call) = part.as_call()
            && matches!(call.input, ToolInput::Custom(_))
        {
            made.custom_tools.extend(call.name.to_str().map(std::borrow::Cow::into_owned));
        }
    }
    made
}

/// X → IR → X of a response equals the input as JSON, with an empty ledger.
///
/// ```
/// use switchback_ir::Protocol;
/// use switchback_protocol::law;
/// let body = br#"{"id":"c","choices":[{"index":0,"message":{"content":"hi","x_unknown":1.50}}]}"#;
/// law::response_identity(Protocol::Chat, body).unwrap();
/// ```
pub fn response_identity(protocol: Protocol, body: &[u8]) -> Result<(), Broken> {
    let context = RequestContext::new(protocol);
    identity(protocol, body, &|from, _, _, body| plain_response(from, &Reply::new(&context), body))
}

/// X → Y → X of a response: as [`super::loss`] for requests, with the canonical form of responses.
///
/// The client of the way back has asked what the response says that it was asked ([`response_context`]), and shows
/// reasoning in Chat's extension if the source does.
pub fn response_loss(from: Protocol, to: Protocol, body: &[u8]) -> Result<Verdict, Broken> {
    let response = decode_response(from, body, &Limits::default())
        .map_err(|error| Broken { law: "a body that decodes for identity converts", seen: error.to_string() })?;
    let features = features(&response);
    let (target, source) = (RequestContext::new(to), response_context(&response));
    let mut way_back = Reply::new(&source);
    if features.contains(Feature::ReasoningExtension) {
        way_back = way_back.with_reasoning_extension();
    }
    let trip = Trip {
        there: &|body| plain_response(from, &Reply::new(&target), body),
        back: &|body| plain_response(to, &way_back, body),
        named: &|back| back,
        canonical: &|tree| canonical_response(from, tree),
        aligned: &aligned,
        fills: true,
        takes: &|| takes(from, features),
    };
    trip.run(body)
}

fn features(response: &Response<'_>) -> FeatureSet {
    let mut set = FeatureSet::EMPTY;
    response.uses(&mut |used| set.insert(used.feature));
    set
}

/// Whether a protocol takes what its own answer holds; one that holds what only the others take (arguments that are no
/// object in Messages) may lose it on the way back, which the first hop cannot know.
fn takes(protocol: Protocol, features: FeatureSet) -> bool {
    let carries =
        |feature: Feature, protocol| matches!(feature.expression(protocol), Expression::Native | Expression::Noted);
    features
        .iter()
        .all(|feature| carries(feature, protocol) || !Protocol::ALL.into_iter().any(|other| carries(feature, other)))
}

/// Texts that became one are compared as one.
fn aligned(tree: Tree, lines: &[Line]) -> Tree {
    let joined = lines.iter().any(|line| line.feature == Feature::OutputBoundaries.name());
    if joined || lines.iter().any(is_reorder) { tree.joined() } else { tree }
}
