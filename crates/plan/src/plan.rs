use std::fmt;
use std::sync::Arc;

use serde::ser::{SerializeMap, SerializeSeq};
use serde::{Serialize, Serializer};
use switchback_capability::{Step, Verdict};
use switchback_catalog::{Endpoint, EndpointId, Source};
use switchback_ir::Protocol;
use switchback_units::{Timestamp, Tokens};
use xxhash_rust::xxh3::xxh3_64;

use crate::{Cost, GiveUp, Health, Note, PlannedLeg, Reason, Refusal, Score, Sort, Warmth};

/// Where a request goes: attempts in order, every other candidate with the reason why it is left out, and what else a
/// reader should know. Made by [`plan`](crate::plan()); owned, `Send`, and the same bytes for the same inputs.
///
/// As JSON it is one object with a `schema` version; `docs/planning.md` lists its fields.
#[derive(Clone, Debug)]
pub struct Plan {
    pub(crate) body: Body,
}

/// Everything of a plan but its fingerprint, which is the hash of this.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Body {
    pub(crate) schema: u32,
    pub(crate) legs: Vec<PlannedLeg>,
    #[serde(serialize_with = "protocol")]
    pub(crate) protocol: Option<Protocol>,
    pub(crate) sort: Sort,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) policy: Option<String>,
    pub(crate) give_up: GiveUp,
    pub(crate) now: Timestamp,
    pub(crate) seed: u64,
    #[serde(serialize_with = "sources")]
    pub(crate) catalog: Arc<[Source]>,
    pub(crate) attempts: Vec<Attempt>,
    pub(crate) excluded: Vec<Excluded>,
    pub(crate) others: usize,
    pub(crate) notes: Vec<Note>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) refusal: Option<Refusal>,
}

/// One endpoint to try.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Attempt {
    /// The endpoint.
    pub endpoint: Endpoint,
    /// The protocol to encode the request in.
    pub protocol: Protocol,
    /// How well it fits, with the steps that degrade the request for it.
    pub verdict: Verdict,
    /// Whether the request names a version that the endpoint's id does not tell: it may be another one.
    pub version_untold: bool,
    /// The ids of the credential scopes that may be used; empty without an inventory.
    pub credentials: Vec<String>,
    /// Which of the plan's legs named it, by its place.
    pub leg: usize,
    /// Other legs that admit it, each with failures of its own that lead there.
    pub also: Vec<usize>,
    /// What it is expected to cost; `None` when the price is unknown.
    pub cost: Option<Cost>,
    /// How many input tokens are expected to be read from its prompt cache; `None` when nobody says.
    pub cached: Option<Tokens>,
    /// Why they are expected there, and what they are worth; `None` when nobody says.
    pub warmth: Option<Box<Warmth>>,
    /// What was measured of it.
    pub health: Health,
    /// The parts of its score.
    pub score: Score,
    /// Whether the provider must keep nothing of it: storage is turned off when the request is prepared.
    pub stateless: bool,
    /// The soft constraint that it does not meet, when it is tried because nothing else is left.
    pub despite: Option<Reason>,
}

/// One endpoint that is left out.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Excluded {
    /// The endpoint.
    pub endpoint: Endpoint,
    /// The first constraint that it does not meet.
    pub reason: Reason,
}

/// A short name of a plan for logs: xxh3-64 of its JSON without this field. Equal plans have equal fingerprints.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Fingerprint(u64);

impl Fingerprint {
    /// The fingerprint as a number.
    pub const fn as_u64(self) -> u64 {
        self.0
    }
}

impl fmt::Display for Fingerprint {
    /// Sixteen hexadecimal digits.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

impl Serialize for Fingerprint {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl Plan {
    /// The version of the JSON form.
    pub const SCHEMA: u32 = 1;

    /// A short name for logs. Cost: it serialises the plan, which takes longer than making it; keep what it returns.
    pub fn fingerprint(&self) -> Fingerprint {
        // Serialising to a vector fails only for maps with keys that are no strings, and a plan has none.
        let canonical = serde_json::to_vec(&self.body).unwrap_or_default();
        Fingerprint(xxh3_64(&canonical))
    }

    /// What is tried, in order: what the request names, what the policy makes of it, and its fallbacks.
    pub fn legs(&self) -> &[PlannedLeg] {
        &self.body.legs
    }

    /// The leg of an attempt.
    pub fn leg(&self, attempt: &Attempt) -> Option<&PlannedLeg> {
        self.body.legs.get(attempt.leg)
    }

    /// The version of the policy that it was made with, where the policy names one.
    pub fn policy(&self) -> Option<&str> {
        self.body.policy.as_deref()
    }

    /// When the request is given up.
    pub const fn give_up(&self) -> GiveUp {
        self.body.give_up
    }

    /// The protocol that the request came in.
    pub const fn protocol(&self) -> Option<Protocol> {
        self.body.protocol
    }

    /// What decided among endpoints of the first leg that fit equally well.
    pub const fn sort(&self) -> Sort {
        self.body.sort
    }

    /// The time that it was made for.
    pub const fn now(&self) -> Timestamp {
        self.body.now
    }

    /// The seed that it was made with.
    pub const fn seed(&self) -> u64 {
        self.body.seed
    }

    /// The sources of the catalog that it was made from.
    pub fn catalog(&self) -> &[Source] {
        &self.body.catalog
    }

    /// What to try, in order; empty exactly when there is a [`refusal`](Self::refusal).
    pub fn attempts(&self) -> &[Attempt] {
        &self.body.attempts
    }

    /// Every other endpoint of the models that the request, its chain or its policy names, ordered by canonical text.
    pub fn excluded(&self) -> &[Excluded] {
        &self.body.excluded
    }

    /// How many endpoints of the catalog serve other models.
    pub const fn others(&self) -> usize {
        self.body.others
    }

    /// What else a reader should know.
    pub fn notes(&self) -> &[Note] {
        &self.body.notes
    }

    /// Why there is nothing to try, and what would help.
    pub const fn refusal(&self) -> Option<&Refusal> {
        self.body.refusal.as_ref()
    }
}

impl PartialEq for Plan {
    fn eq(&self, other: &Self) -> bool {
        self.fingerprint() == other.fingerprint()
    }
}

impl Eq for Plan {}

impl Attempt {
    /// `full`, `unverified` or `degraded`.
    pub fn fit(&self) -> &'static str {
        match &self.verdict {
            Verdict::Full { unverified } if unverified.is_empty() && !self.version_untold => "full",
            Verdict::Full { .. } => "unverified",
            Verdict::Degraded { .. } | Verdict::Impossible { .. } => "degraded",
        }
    }

    /// The steps that degrade the request for this endpoint, in order.
    pub fn steps(&self) -> &[Step] {
        self.verdict.steps()
    }

    /// The endpoint's id.
    pub fn id(&self) -> EndpointId {
        self.endpoint.id()
    }

    /// The model as the endpoint spells it: what the upstream request names.
    pub fn target_model(&self) -> &str {
        self.endpoint.upstream_id()
    }
}

impl Serialize for Plan {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Whole<'a> {
            fingerprint: Fingerprint,
            #[serde(flatten)]
            body: &'a Body,
        }
        Whole { fingerprint: self.fingerprint(), body: &self.body }.serialize(serializer)
    }
}

impl Serialize for Attempt {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        identity(&mut map, &self.endpoint)?;
        map.serialize_entry("credentials", &self.credentials)?;
        map.serialize_entry("leg", &self.leg)?;
        if !self.also.is_empty() {
            map.serialize_entry("also", &self.also)?;
        }
        map.serialize_entry("fit", self.fit())?;
        map.serialize_entry("unverified", &Names(self))?;
        map.serialize_entry("steps", &Steps(self.steps()))?;
        map.serialize_entry("cost", &self.cost)?;
        map.serialize_entry("cached_tokens", &self.cached)?;
        if let Some(warmth) = &self.warmth {
            map.serialize_entry("warmth", warmth)?;
        }
        map.serialize_entry("health", &self.health)?;
        map.serialize_entry("score", &self.score)?;
        map.serialize_entry("score_total", &self.score.total())?;
        if self.stateless {
            map.serialize_entry("stateless", &true)?;
        }
        if let Some(despite) = &self.despite {
            map.serialize_entry("despite", despite)?;
        }
        map.end()
    }
}

impl Serialize for Excluded {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        identity(&mut map, &self.endpoint)?;
        map.serialize_entry("reason", &self.reason)?;
        map.end()
    }
}

/// The fields that tell an endpoint apart, and the text that ties break by.
fn identity<M: SerializeMap>(map: &mut M, endpoint: &Endpoint) -> Result<(), M::Error> {
    map.serialize_entry("endpoint", &endpoint.id())?;
    map.serialize_entry("canonical", endpoint.canonical())?;
    map.serialize_entry("provider", endpoint.provider())?;
    map.serialize_entry("model", endpoint.upstream_id())?;
    map.serialize_entry("protocol", &endpoint.protocol().map(Protocol::name))?;
    map.serialize_entry("region", &endpoint.region())?;
    map.serialize_entry("tier", endpoint.tier())
}

/// What is not known of an attempt, by name.
struct Names<'a>(&'a Attempt);

impl Serialize for Names<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let version = self.0.version_untold.then_some("version");
        let features = self.0.verdict.unverified();
        serializer.collect_seq(version.into_iter().chain(features.iter().map(switchback_ir::Feature::name)))
    }
}

struct Steps<'a>(&'a [Step]);

impl Serialize for Steps<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Line<'a> {
            step: &'a str,
            feature: &'a str,
            importance: &'a str,
            cause: &'a str,
        }
        let mut seq = serializer.serialize_seq(Some(self.0.len()))?;
        for step in self.0 {
            seq.serialize_element(&Line {
                step: step.name(),
                feature: step.feature.name(),
                importance: step.importance.name(),
                cause: step.cause.name(),
            })?;
        }
        seq.end()
    }
}

#[expect(clippy::ref_option, clippy::trivially_copy_pass_by_ref, reason = "the signature that serde asks for")]
fn protocol<S: Serializer>(protocol: &Option<Protocol>, serializer: S) -> Result<S::Ok, S::Error> {
    protocol.map(Protocol::name).serialize(serializer)
}

fn sources<S: Serializer>(sources: &Arc<[Source]>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(sources.iter())
}
