//! Decisions, written down so that they can be made again.

mod excerpt;
mod reading;

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, Serialize, de};
use switchback_capability::Ownership;
use switchback_catalog::EndpointId;
use switchback_units::Timestamp;

use crate::decision::excerpt::Excerpt;
use crate::decision::reading::{Read, Recorded, Recorder, Rewritten, RewrittenBefore};
use crate::policy::{Overlay, Route, Settings, Subject};
use crate::request::{Entry, System};
use crate::{Caller, Demand, Inputs, Inventory, Note, Plan, Policy, Rewriter, Signals, plan};

/// Everything that one plan was made of: what the request needs, the policy, the rows of the candidates, the
/// credentials, who asked, what the request says of its own routing, who holds the state that it refers to, every signal
/// that was read, the time and the seed. Never the text of a prompt: a value of the body that a policy looks at is withheld
/// where prompts stand.
///
/// As JSON it is one object with a `schema` version. It holds the rows and offers of the day, so that it is replayed alike
/// whatever the catalog says by then; only the code that plans is not in it.
///
/// ```
/// use switchback_catalog::Catalog;
/// use switchback_ir::{Request, Role, Shape, Text};
/// use switchback_plan::{Caller, DecisionRecord, Demand, Inputs, Policy, Signals, plan_recorded};
/// use switchback_units::Timestamp;
///
/// let mut request = Request::new("claude-haiku-4-5");
/// request.push_message(Role::User, Shape::Text, [Text::from("hello").into()]);
/// let (plan, record) = plan_recorded(&Inputs {
///     demand: &Demand::of(&request),
///     catalog: &Catalog::embedded(),
///     policy: &Policy::default(),
///     inventory: None,
///     caller: &Caller::default(),
///     signals: Signals::default(),
///     now: Timestamp::from_millis(1_795_000_000_000),
///     seed: 7,
///     overlay: None,
///     rewriter: None,
///     ownership: None,
///     lean: false,
/// });
/// let written = serde_json::to_string(&record)?;
/// assert!(!written.contains("hello"));
/// let read: DecisionRecord = serde_json::from_str(&written)?;
/// assert_eq!(serde_json::to_string(&read.replay()?)?, serde_json::to_string(&plan)?);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DecisionRecord {
    #[serde(deserialize_with = "schema")]
    schema: u32,
    /// The fingerprint of the plan that was made.
    plan: String,
    now: Timestamp,
    seed: u64,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    lean: bool,
    demand: Demand,
    /// Pointers of values that a policy looked at and that are not kept, since prompts stand there.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    withheld: Vec<String>,
    /// What the request needs after the rewrites of routes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    rewritten: Vec<Rewritten>,
    policy: Policy,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    overlay: Option<RecordedOverlay>,
    /// Who holds the state that the request refers to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    ownership: Option<Ownership>,
    caller: Caller,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    inventory: Option<Inventory>,
    catalog: Excerpt,
    signals: BTreeMap<EndpointId, Read>,
}

/// What a request said about its own routing, as a policy is written.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct RecordedOverlay {
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    no_fallback: bool,
    /// What its entries in the plan's notes are made of.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    asked: Vec<Asked>,
    /// How many other notes it gave the plan.
    #[serde(default)]
    notes: usize,
    routing: Policy,
}

/// [`Note::Asked`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Asked {
    system: System,
    entry: Entry,
}

/// A decision cannot be made again from its record.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Unreplayable {
    /// The policy looks at the prompt, and the record does not hold it.
    #[error("the policy looks at {0}, which a record does not hold since prompts stand there")]
    Withheld(String),
    /// The overlay gave the plan that many notes which no reader of requests made; a record does not hold those.
    #[error("the overlay gave the plan {0} notes of the embedder's own, which a record does not hold")]
    Notes(usize),
    /// The rows of the candidates are no catalog.
    #[error("the recorded rows are no catalog: {0}")]
    Catalog(String),
}

/// The same plan as [`plan`] makes, with the record of everything that it depends on. Cost: more than the plan, for a
/// lean one the explained one beside it; the catalog's fingerprint is computed the first time.
pub fn plan_recorded(inputs: &Inputs<'_>) -> (Plan, DecisionRecord) {
    let recorder = Recorder::new(inputs);
    let rewriter = inputs.rewriter.is_some().then_some(&recorder as &dyn Rewriter);
    let watched = Inputs { signals: Signals::of(&recorder), rewriter, ..*inputs };
    let made = plan(&watched);
    // What a lean plan leaves out was a candidate, too: a refusal and where a chain begins depend on it.
    let explained = inputs.lean.then(|| plan(&Inputs { lean: false, ..watched }));
    let catalog = Excerpt::of(inputs.catalog, explained.as_ref().unwrap_or(&made));
    let (signals, mut rewritten) = recorder.into_read();
    let subjects = subjects(inputs);
    let (demand, mut withheld) = inputs.demand.clone().without_prompts();
    for after in &mut rewritten {
        withheld.extend(after.withhold());
    }
    withheld.sort();
    withheld.dedup();
    let record = DecisionRecord {
        schema: DecisionRecord::SCHEMA,
        plan: made.fingerprint().to_string(),
        now: inputs.now,
        seed: inputs.seed,
        lean: inputs.lean,
        demand,
        withheld,
        rewritten,
        policy: inputs.policy.clone(),
        overlay: inputs.overlay.map(RecordedOverlay::of),
        ownership: inputs.ownership.filter(|ownership| !ownership.is_empty()).cloned(),
        caller: as_read(inputs.caller, &subjects),
        inventory: inputs.inventory.cloned(),
        catalog,
        signals,
    };
    (made, record)
}

impl DecisionRecord {
    /// The version of the written form.
    pub const SCHEMA: u32 = 1;

    /// The fingerprint of the plan that was made: what a replay's must be.
    pub fn fingerprint(&self) -> &str {
        &self.plan
    }

    /// The fingerprint of the whole catalog that the decision was made from, in hexadecimal digits.
    pub fn catalog(&self) -> &str {
        &self.catalog.fingerprint
    }

    /// Makes the decision again.
    ///
    /// # Errors
    /// When the record does not hold what the policy looks at or what the overlay noted, or its rows are damaged.
    pub fn replay(&self) -> Result<Plan, Unreplayable> {
        if !self.withheld.is_empty() {
            return Err(Unreplayable::Withheld(self.withheld.join(", ")));
        }
        if let Some(notes) = self.overlay.as_ref().map(|overlay| overlay.notes).filter(|notes| *notes > 0) {
            return Err(Unreplayable::Notes(notes));
        }
        let catalog = self.catalog.catalog().map_err(|error| Unreplayable::Catalog(error.to_string()))?;
        let signals = Recorded(&self.signals);
        let overlay = self.overlay.as_ref().map(RecordedOverlay::overlay);
        // With a rewriter, every leg that has rewrites was asked about.
        let before = RewrittenBefore(&self.rewritten);
        let rewriter = (!self.rewritten.is_empty()).then_some(&before as &dyn Rewriter);
        let mut plan = plan(&Inputs {
            demand: &self.demand,
            catalog: &catalog,
            policy: &self.policy,
            inventory: self.inventory.as_ref(),
            caller: &self.caller,
            signals: Signals::of(&signals),
            now: self.now,
            seed: self.seed,
            overlay: overlay.as_ref(),
            rewriter,
            ownership: self.ownership.as_ref(),
            lean: self.lean,
        });
        plan.body.others = self.catalog.others;
        Ok(plan)
    }
}

impl RecordedOverlay {
    fn of(overlay: &Overlay) -> Self {
        let Overlay { route, settings, no_fallback, notes } = overlay.clone();
        let total = notes.len();
        let asked: Vec<Asked> = notes.into_iter().filter_map(Asked::of).collect();
        let notes = total.saturating_sub(asked.len());
        Self { no_fallback, asked, notes, routing: Policy { route, settings, ..Policy::default() } }
    }

    fn overlay(&self) -> Overlay {
        let (route, settings): (Option<Route>, Settings) = (self.routing.route.clone(), self.routing.settings.clone());
        let notes = self.asked.iter().cloned().map(|Asked { system, entry }| Note::Asked { system, entry }).collect();
        Overlay { route, settings, no_fallback: self.no_fallback, notes }
    }
}

impl Asked {
    fn of(note: Note) -> Option<Self> {
        if let Note::Asked { system, entry } = note { Some(Self { system, entry }) } else { None }
    }
}

/// Everything that the policy and the request's own routing look at.
fn subjects<'a>(inputs: &Inputs<'a>) -> Vec<&'a Subject> {
    let mut subjects = Vec::new();
    let own = inputs.overlay.and_then(|overlay| overlay.route.as_ref());
    inputs.policy.routes().chain(own).for_each(|route| route.each_subject(&mut |subject| subjects.push(subject)));
    subjects
}

/// The caller without headers and metadata that nothing looks at.
fn as_read(caller: &Caller, subjects: &[&Subject]) -> Caller {
    let mut caller = caller.clone();
    caller.headers.retain(|name, _| subjects.iter().any(|read| matches!(read, Subject::Header(read) if read == name)));
    caller.metadata.retain(|key, _| subjects.iter().any(|read| matches!(read, Subject::Metadata(read) if read == key)));
    caller
}

fn schema<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u32, D::Error> {
    crate::schema::known("decision", DecisionRecord::SCHEMA, u32::deserialize(deserializer)?).map_err(de::Error::custom)
}
