use switchback_capability::{Support, apply};
use switchback_ir::{At, Feature, Ledger, Place, Protocol, Request, TargetFacts, Text};
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
    let (mut request, degraded) = apply(request, attempt.steps());
    let place = request.model.as_ref().map_or(Place::NONE, |model| model.place);
    request.model = Some(At { value: Text::from(attempt.target_model().to_owned()), place });
    let mut body = Vec::new();
    match encode(&request, attempt.protocol, &facts(attempt), &mut body) {
        Ok(encoded) => {
            let surroundings = surroundings(&request, attempt.protocol);
            Ok(Upstream { protocol: attempt.protocol, body, surroundings, degraded, encoded })
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

/// What the catalog knows of the endpoint that its protocol does not tell.
fn facts(attempt: &Attempt) -> TargetFacts {
    let offer = attempt.endpoint.offer();
    let limit = offer.output_limit().map_or(u64::MAX, switchback_units::Tokens::get);
    TargetFacts::default()
        .with_mid_conversation_system(offer.support(Feature::MidConversationSystem) == Support::Yes)
        .with_max_tokens(limit.min(TargetFacts::DEFAULT_MAX_TOKENS))
}
