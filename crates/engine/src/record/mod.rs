//! What became of a request, for accounts and for looking into it.
//!
//! [`Engine::finish`] makes a [`RequestRecord`] of a plan, the cursor that walked it, and what the embedder saw
//! ([`Observed`]); [`Metered`] is what an answer says was used.

mod cost;
mod headers;
mod metered;
mod observed;

use serde::{Deserialize, Serialize};
use switchback_catalog::{Bill, Endpoint, EndpointId, Tier};
use switchback_ir::{ErrorClass, Line};
use switchback_plan::{Attempt, Because, Cursor, Ending, Outcome, Plan, Try};
use switchback_units::{Millis, Timestamp};

use crate::Engine;

pub use cost::{Against, Costs, Predicted, PriceSource, Sum};
pub use headers::HEADERS;
pub use metered::Metered;
pub use observed::{Answer, Observed};

/// What became of a request: every attempt, what was changed for it, what it used and what that cost, to the pico-dollar.
///
/// Made by [`Engine::finish`]. As JSON it is one object with a `schema` version, which every later version reads;
/// `docs/records.md` lists its fields. It holds ids, names, counts and money, and nothing of what was said.
///
/// `None` means unknown throughout, and unknown is never counted as nothing: a total is unknown when a part of it is, and
/// `known` beside it says what was spent at the least.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct RequestRecord {
    /// The version of this form: 1.
    #[serde(deserialize_with = "schema")]
    pub schema: u32,
    /// The caller's id of the request.
    pub request_id: Option<String>,
    /// The plan's fingerprint, sixteen hexadecimal digits, where the embedder took it.
    pub plan: Option<String>,
    /// The version of the policy that made the plan, where the policy names one.
    pub policy: Option<String>,
    /// The sources of the catalog that the plan was made from, each as its name and its version.
    pub catalog: Vec<String>,
    /// The protocol that the client speaks.
    pub protocol: Option<String>,
    /// The model that the plan begins with: the client's, as it is written for the catalog, or what the policy has in its
    /// place.
    pub requested: Option<String>,
    /// Which of the attempts the client has its answer from, or the part of one that it got.
    pub served: Option<usize>,
    /// How it ended; `None` while it goes on.
    pub ending: Option<Ending>,
    /// When the first attempt started.
    pub started: Option<Timestamp>,
    /// When the record was made.
    pub finished: Timestamp,
    /// Every attempt, in order.
    pub attempts: Vec<AttemptRecord>,
    /// What it cost.
    pub cost: Costs,
    /// The sources of the prices, by the numbers that the bills' lines give.
    pub prices: Vec<PriceSource>,
}

/// One attempt of a [`RequestRecord`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct AttemptRecord {
    /// The endpoint's id.
    pub endpoint: EndpointId,
    /// Who serves it; empty when the plan does not have the endpoint.
    pub provider: String,
    /// The model as the provider spells it.
    pub model: String,
    /// The model as the answer names it.
    pub answered_as: Option<String>,
    /// The protocol that it was asked in.
    pub protocol: Option<String>,
    /// Its region, where the provider sells regions apart.
    pub region: Option<String>,
    /// The class of service that was asked for.
    pub tier: String,
    /// The id of the credential; `None` for the embedder's own.
    pub credential: Option<String>,
    /// How often this endpoint had been asked, this time included.
    pub number: u32,
    /// Why it was made.
    pub because: Because,
    /// The upstream's id of the request.
    pub upstream_request_id: Option<String>,
    /// When it started.
    pub started: Timestamp,
    /// When the first token came.
    pub first_token: Option<Timestamp>,
    /// When it ended.
    pub ended: Option<Timestamp>,
    /// Whether the client got a byte of its answer.
    pub committed: bool,
    /// What came of it; `None` while it goes on.
    pub outcome: Option<Outcome>,
    /// How the request was degraded for it: the steps of the plan, each with the feature.
    pub degraded: Vec<String>,
    /// What did not travel as it was.
    pub losses: Vec<Loss>,
    /// What the answer says was used; `None` when it does not say.
    pub usage: Option<Metered>,
    /// What that costs; `None` when nobody says what was used, or what the class of service costs that answered.
    pub bill: Option<Bill>,
    /// What it was expected to cost.
    pub predicted: Option<Predicted>,
    /// Where the cost lies in that interval.
    pub against: Against,
}

/// What did not travel as it was: a line of a ledger, without its words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Loss {
    /// JSON Pointer in the source.
    pub path: String,
    /// Stable name of the feature.
    pub feature: String,
    /// Stable name of the action.
    pub action: String,
    /// `cosmetic`, `preferred` or `required`.
    pub severity: String,
}

impl Engine {
    /// The record of a request: of a plan of this engine, the cursor that walked it, and what the embedder saw.
    ///
    /// Pure, and can be made at any time: a cursor that is still under way gives the record so far.
    ///
    /// ```
    /// use switchback::plan::{Cursor, Outcome, Step};
    /// use switchback::record::{Answer, Metered, Observed};
    /// use switchback::{Engine, Limits, Protocol, Situation, Timestamp, decode};
    ///
    /// let body = br#"{"model":"gpt-4o-mini","messages":[{"role":"user","content":"hello"}]}"#;
    /// let request = decode(Protocol::Chat, body, &Limits::default())?;
    /// let (engine, now) = (Engine::default(), Timestamp::from_millis(1_795_000_000_000));
    /// let plan = engine.decide(&request, &Situation::at(now));
    /// let mut cursor = Cursor::new(&plan);
    /// let Step::Attempt(first) = cursor.next(now) else { panic!("it has attempts") };
    /// cursor.report(first, Outcome::Success, now)?;
    ///
    /// let usage = Metered::from(switchback::ir::Usage { input: Some(1_000), output: Some(200), ..Default::default() });
    /// let seen = Observed::of_request("req-1").with_attempt(first, Answer::default().with_usage(usage));
    /// let record = engine.finish(&plan, &cursor, &seen, now);
    /// assert_eq!(record.cost.total.total.map(|cost| cost.to_string()).as_deref(), Some("$0.00027"));
    /// assert!(record.headers().contains(&("x-switchback-cost", "0.00027".to_owned())));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn finish(&self, plan: &Plan, cursor: &Cursor, seen: &Observed, now: Timestamp) -> RequestRecord {
        let nothing_seen = Answer::default();
        let attempts: Vec<AttemptRecord> = (0..)
            .zip(cursor.attempts())
            .map(|(at, tried)| self.attempt_record(plan, tried, seen.attempt(at).unwrap_or(&nothing_seen)))
            .collect();
        let prices = cost::sources(plan.catalog(), &attempts);
        RequestRecord {
            schema: RequestRecord::SCHEMA,
            request_id: seen.request_id.clone(),
            plan: seen.plan.map(|fingerprint| fingerprint.to_string()),
            policy: plan.policy().map(str::to_owned),
            catalog: plan.catalog().iter().map(|source| format!("{} {}", source.name, source.version)).collect(),
            protocol: plan.protocol().map(|protocol| protocol.name().to_owned()),
            requested: plan.legs().first().map(|leg| leg.goal.text()),
            served: attempts.iter().position(|attempt| attempt.committed || attempt.is_answer()),
            ending: cursor.ending(),
            started: attempts.first().map(|attempt| attempt.started),
            finished: now,
            cost: Costs::of(&attempts),
            attempts,
            prices,
        }
    }

    fn attempt_record(&self, plan: &Plan, tried: &Try, answer: &Answer) -> AttemptRecord {
        let planned = plan.attempts().iter().find(|attempt| attempt.id() == tried.endpoint);
        let endpoint = planned.map(|attempt| &attempt.endpoint);
        let bill = answer.usage.as_ref().zip(endpoint).and_then(|(usage, endpoint)| self.bill(plan, endpoint, usage));
        let predicted = planned.and_then(|attempt| attempt.cost).map(Predicted::from);
        AttemptRecord {
            endpoint: tried.endpoint,
            provider: endpoint.map(Endpoint::provider).unwrap_or_default().to_owned(),
            model: endpoint.map(Endpoint::upstream_id).unwrap_or_default().to_owned(),
            answered_as: answer.model.clone(),
            protocol: planned.map(|attempt| attempt.protocol.name().to_owned()),
            region: endpoint.and_then(Endpoint::region).map(str::to_owned),
            tier: endpoint.map_or(&Tier::STANDARD, Endpoint::tier).to_string(),
            credential: tried.credential.clone(),
            number: tried.number,
            because: tried.because,
            upstream_request_id: answer.request_id.clone(),
            started: tried.started,
            first_token: tried.first_token,
            ended: tried.ended,
            committed: tried.committed,
            outcome: tried.outcome,
            degraded: planned.map(degraded).unwrap_or_default(),
            losses: answer.losses.iter().map(Loss::from).collect(),
            usage: answer.usage.clone(),
            against: Against::of(bill.as_ref().and_then(Bill::total), predicted),
            bill,
            predicted,
        }
    }

    /// What usage costs at an endpoint, or at the same one in the class of service that answered.
    fn bill(&self, plan: &Plan, endpoint: &Endpoint, usage: &Metered) -> Option<Bill> {
        let answered = usage.tier.as_deref().and_then(tier).unwrap_or_else(|| endpoint.tier().clone());
        let row = if answered == *endpoint.tier() {
            endpoint.row()
        } else {
            // Prices of another catalog than the plan's would be of another version than the record says.
            let siblings = self.catalog().by_upstream_id(endpoint.upstream_id());
            let is_it = |other: &&Endpoint| {
                (other.provider(), other.region(), other.tier()) == (endpoint.provider(), endpoint.region(), &answered)
            };
            siblings.into_iter().filter(|_| self.catalog().sources() == plan.catalog()).find(is_it)?.row()
        };
        Some(usage.bill(row))
    }
}

impl RequestRecord {
    /// The version of the written form.
    pub const SCHEMA: u32 = 1;

    /// How long it took, from the first attempt to the record.
    pub fn duration(&self) -> Option<Millis> {
        self.started.map(|started| self.finished.saturating_since(started))
    }
}

impl AttemptRecord {
    /// Whether the client has its whole answer from it.
    pub fn is_answer(&self) -> bool {
        self.outcome == Some(Outcome::Success)
    }

    /// What went wrong, if anything did.
    pub fn class(&self) -> Option<ErrorClass> {
        self.outcome.and_then(Outcome::class)
    }
}

impl From<&Line> for Loss {
    fn from(line: &Line) -> Self {
        Self {
            path: line.path.clone(),
            feature: line.feature.to_owned(),
            action: line.action.to_owned(),
            severity: line.severity.to_owned(),
        }
    }
}

fn degraded(attempt: &Attempt) -> Vec<String> {
    attempt.steps().iter().map(|step| format!("{}:{}", step.name(), step.feature.name())).collect()
}

/// The catalog's class of service for what an answer calls it; `None` for `auto`, which names none.
///
/// `OpenAI` calls the standard one `default`, Anthropic `standard`, as recorded answers show.
fn tier(word: &str) -> Option<Tier> {
    match word {
        "auto" => None,
        "default" => Some(Tier::STANDARD),
        other => Some(Tier::from(other)),
    }
}

fn schema<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<u32, D::Error> {
    let found = u32::deserialize(deserializer)?;
    if found == RequestRecord::SCHEMA {
        return Ok(found);
    }
    let expected = RequestRecord::SCHEMA;
    Err(serde::de::Error::custom(format!("schema version {found} of a record is unknown, expected {expected}")))
}
