//! What a policy reads and changes of a request's body: by way of the body itself, so that members mean what they mean on
//! the wire. Only policies that ask for it pay for it.

use serde_json::Value;
use switchback_ir::{Limits, Protocol, Request, TargetFacts};
use switchback_plan::{Demand, Policy, Rewrite, Rewriter};
use switchback_protocol::{decode, encode};

/// What a request needs, with the values that the policy's conditions look at.
pub(crate) fn demand(request: &Request<'_>, policy: &Policy) -> Demand {
    let demand = Demand::of(request);
    let pointers = policy.body_pointers();
    if pointers.is_empty() {
        return demand;
    }
    let body = body(request).unwrap_or_default();
    let scalar = |pointer: &str| switchback_plan::Value::of_json(body.pointer(pointer)?);
    demand.with_values(pointers.into_iter().filter_map(|pointer| Some((pointer.to_owned(), scalar(pointer)?))))
}

/// The request as its own protocol writes it.
fn body(request: &Request<'_>) -> Option<Value> {
    let mut bytes = Vec::new();
    encode(request, protocol(request), &TargetFacts::default(), &mut bytes).ok()?;
    serde_json::from_slice(&bytes).ok()
}

/// A request that was made in code is read as Chat.
fn protocol(request: &Request<'_>) -> Protocol {
    request.origin.unwrap_or(Protocol::Chat)
}

/// The request after rewrites, in their order; itself without any.
///
/// `None` when they make a body that cannot be read.
pub(crate) fn rewritten<'r>(request: &Request<'r>, rewrites: &[&Rewrite]) -> Option<Request<'r>> {
    if rewrites.is_empty() {
        return Some(request.clone());
    }
    let mut body = body(request)?;
    for rewrite in rewrites {
        rewrite.apply(&mut body);
    }
    let bytes = serde_json::to_vec(&body).ok()?;
    decode(protocol(request), &bytes, &Limits::default()).ok().map(Request::into_owned)
}

/// A request whose demand after rewrites is asked for.
pub(crate) struct Rewriting<'r, 'a> {
    pub(crate) request: &'r Request<'a>,
}

impl Rewriter for Rewriting<'_, '_> {
    fn rewritten(&self, rewrites: &[&Rewrite]) -> Option<Demand> {
        rewritten(self.request, rewrites).map(|request| Demand::of(&request))
    }
}
