use switchback_capability::{Restore, apply};
use switchback_ir::{At, Ledger, Place, Protocol, Request, Text};
use switchback_plan::Attempt;
use switchback_protocol::{Surroundings, encode, surroundings};

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

pub(crate) fn prepare(request: &Request<'_>, attempt: &Attempt) -> Result<Upstream, Ledger> {
    let restore = Restore::of(request, attempt.steps());
    let (mut request, degraded) = apply(request, attempt.steps());
    let place = request.model.as_ref().map_or(Place::NONE, |model| model.place);
    request.model = Some(At { value: Text::from(attempt.target_model().to_owned()), place });
    let mut body = Vec::new();
    match encode(&request, attempt.protocol, &attempt.endpoint.offer().target_facts(), &mut body) {
        Ok(encoded) => {
            let surroundings = surroundings(&request, attempt.protocol);
            Ok(Upstream { protocol: attempt.protocol, body, surroundings, restore, degraded, encoded })
        }
        Err(refusal) => Err(joined(degraded, &refusal)),
    }
}

fn joined(mut first: Ledger, second: &Ledger) -> Ledger {
    for entry in second.entries() {
        first.push(entry.clone());
    }
    first.sort();
    first
}
