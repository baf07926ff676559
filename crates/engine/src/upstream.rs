use std::borrow::Cow;

use switchback_capability::{Restore, apply};
use switchback_ir::{
    Action, At, Entry, Expression, Feature, Key, Ledger, Owner, Place, Protocol, RawJson, Request, RequestContext,
    TargetFacts, Text,
};
use switchback_plan::{Attempt, Plan};
use switchback_protocol::{Surroundings, context, encode, surroundings};

use crate::rewrite::rewritten;

/// A body for an endpoint, and what became of everything that it does not carry as it was.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Upstream {
    /// The protocol of the body.
    pub protocol: Protocol,
    /// The body.
    pub body: Vec<u8>,
    /// Its method, path and headers; credentials are the embedder's to add.
    pub surroundings: Surroundings,
    /// What the way back needs of the client's request.
    pub context: RequestContext,
    /// What has to be done with the answer so that the client gets the shape that it asked for.
    pub restore: Restore,
    /// What the attempt's steps changed, ordered by place: foreseen, and listed in the plan.
    pub degraded: Ledger,
    /// What the encoder noted or made up, ordered by place. It drops, degrades and refuses nothing that the planner
    /// called full or has degraded.
    pub encoded: Ledger,
}

impl Upstream {
    /// Both ledgers as one, ordered by place.
    pub fn ledger(&self) -> Ledger {
        joined(self.degraded.clone(), &self.encoded)
    }
}

pub(crate) fn prepare(request: &Request<'_>, plan: &Plan, attempt: &Attempt) -> Result<Upstream, Ledger> {
    let client = request;
    let rewrites: Vec<_> = plan.leg(attempt).into_iter().flat_map(|leg| &leg.rewrites).collect();
    // What cannot be read after its rewrites was planned without them, too.
    let request = match rewrites.as_slice() {
        [] => Cow::Borrowed(request),
        rewrites => rewritten(request, rewrites).map_or(Cow::Borrowed(request), Cow::Owned),
    };
    let named = request.option(Key::PromptCacheKey).is_some();
    let restore = Restore::of(&request, attempt.steps());
    let (mut request, mut degraded) = apply(&request, attempt.steps());
    if attempt.stateless {
        forget(&mut request, attempt.protocol, &mut degraded);
    }
    let place = request.model.as_ref().map_or(Place::NONE, |model| model.place);
    request.model = Some(At { value: Text::from(attempt.target_model().to_owned()), place });
    // Instead of the client's own where the steps left one, and where there was none if the protocol has a place for it.
    let has = request.option(Key::PromptCacheKey).is_some();
    let takes = has || (!named && Feature::PromptCacheKey.expression(attempt.protocol) == Expression::Native);
    if let Some(cache_key) = attempt.warmth.as_ref().and_then(|warmth| warmth.cache_key.as_ref()).filter(|_| takes) {
        request.set(Owner::Request, Key::PromptCacheKey, RawJson::string(&cache_key.key));
    }
    let mut body = Vec::new();
    let facts = attempt.endpoint.offer().target_facts();
    match encode(&request, attempt.protocol, &facts, &mut body) {
        Ok(encoded) => {
            let as_it_came = rewrites.is_empty() && attempt.steps().is_empty();
            let mut context = context(client, attempt.protocol, &facts);
            if !as_it_came {
                name_as_sent(&mut context, &request, attempt.protocol, &facts);
            }
            let surroundings = surroundings(&request, attempt.protocol);
            Ok(Upstream { protocol: attempt.protocol, body, surroundings, context, restore, degraded, encoded })
        }
        Err(refusal) => Err(joined(degraded, &refusal)),
    }
}

/// Takes the names of tools and calls from what was sent: steps and rewrites add some, and what stands for one that the
/// target does not take depends on the others.
fn name_as_sent(client: &mut RequestContext, sent: &Request<'_>, protocol: Protocol, facts: &TargetFacts) {
    let sent = context(sent, protocol, facts);
    (client.tool_names, client.call_ids) = (sent.tool_names, sent.call_ids);
}

/// Turns storage off, where the request turns it on and where the protocol has it on by default.
fn forget(request: &mut Request<'_>, protocol: Protocol, ledger: &mut Ledger) {
    let store = request.option(Key::Store).map(|field| (field.value.as_bool(), field.place));
    let asked = store.is_some_and(|(stored, _)| stored == Some(true));
    // Chat and Messages store nothing unless they are asked to (mapping row 67).
    if asked || (protocol == Protocol::Responses && store.is_none()) {
        request.set(Owner::Request, Key::Store, RawJson::bool(false));
        ledger.push(Entry {
            place: store.map_or(Place::NONE, |(_, place)| place),
            target: Some("/store"),
            feature: if asked { Feature::Store } else { Feature::StoreByDefault },
            action: if asked { Action::Degraded } else { Action::Synthesised },
            detail: "storage is turned off, since zero retention is required",
        });
        ledger.sort();
    }
}

pub(crate) fn joined(mut first: Ledger, second: &Ledger) -> Ledger {
    for entry in second.entries() {
        first.push(entry.clone());
    }
    first.sort();
    first
}
