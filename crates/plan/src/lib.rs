//! Where an LLM request may go, in which order, and why: a pure planner.
//!
//! [`plan()`] takes what a request needs ([`Demand`]), the endpoints that exist, the credentials that reach them, who
//! asks, a [`Policy`] and whatever was measured, and returns a [`Plan`]: ordered attempts with the steps that degrade
//! the request for each, and every other candidate with the first [`Constraint`] that it does not meet.
//!
//! ```
//! use switchback_catalog::Catalog;
//! use switchback_ir::{Protocol, Request, Role, Shape, Text};
//! use switchback_plan::{Caller, Demand, Inputs, Policy, Signals, plan};
//! use switchback_units::Timestamp;
//!
//! let mut request = Request::new("anthropic/claude-haiku-4-5");
//! request.origin = Some(Protocol::Messages);
//! request.push_message(Role::User, Shape::Text, [Text::from("hello").into()]);
//!
//! let (demand, catalog) = (Demand::of(&request), Catalog::embedded());
//! let (policy, caller) = (Policy::default(), Caller::default());
//! let plan = plan(&Inputs {
//!     demand: &demand,
//!     catalog: &catalog,
//!     policy: &policy,
//!     inventory: None,
//!     caller: &caller,
//!     signals: Signals::default(),
//!     now: Timestamp::from_millis(0),
//!     seed: 0,
//!     overlay: None,
//!     rewriter: None,
//!     ownership: None,
//!     lean: false,
//! });
//! assert_eq!(plan.attempts()[0].endpoint.provider(), "anthropic");
//! assert!(plan.excluded().iter().any(|excluded| excluded.reason.code() == "other_provider"));
//! println!("{plan}");
//! ```
//!
//! What a request says about its own routing, in the words of another gateway, is read by a [`RequestReader`] into an
//! [`Overlay`].
//!
//! # Guarantees
//!
//! - **Pure and deterministic.** No clock, no randomness, no I/O; the same inputs give the same bytes, whatever order
//!   the catalog's rows came in. Ties break by the endpoints' canonical texts.
//! - **Complete.** Every endpoint of a model that the request or the policy names appears once, as an attempt or with
//!   the reason why not; the rest of the catalog is one number.
//! - **Hard constraints hold.** Nothing relaxes pins, lists, data rules or budgets; only health yields, when nothing
//!   else is left, and the plan says so. A [`Refusal`] names the smallest sets of constraints that would have to go.
//! - **Absolute scores.** No term of the default score depends on another candidate.
//!
//! It sends nothing, keeps nothing, and guesses no model's quality.

mod caller;
mod checks;
mod constraint;
mod cost;
mod cursor;
mod decision;
mod demand;
mod difference;
mod draw;
mod explain;
mod filter;
mod inventory;
mod itinerary;
mod legs;
mod lint;
mod naming;
mod note;
mod order;
mod owner;
mod page;
mod phrase;
mod plan;
mod planner;
mod policy;
mod preset;
mod quote;
mod reason;
mod refusal;
mod request;
mod retention;
mod retry;
mod schema;
mod score;
mod signal;
mod size;
mod suggest;
mod timeout;
mod tried;
mod trigger;

pub use caller::{Caller, Level};
pub use constraint::Constraint;
pub use cost::Cost;
pub use cursor::{Cursor, NotUnderWay, Step};
pub use decision::{DecisionRecord, Unreplayable, plan_recorded};
pub use demand::Demand;
pub use difference::{Change, Difference};
pub use explain::{Explain, Paint};
pub use inventory::{Inventory, Scope, Terms};
pub use itinerary::{Itinerary, Leg, Stop};
pub use legs::{Goal, PlannedLeg};
pub use lint::{Finding, FindingCode, InvalidPolicy, Severity, lint, stale_catalog};
pub use naming::{NamedModel, Naming, Target};
pub use note::Note;
pub use owner::owner_id;
pub use plan::{Attempt, Excluded, Fingerprint, Plan};
pub use planner::{Inputs, Rewriter, plan};
pub use policy::{
    AffinityUse, Aggregate, Assume, Comparison, Condition, Cooldown, Degrade, Draw, Gate, GiveUp, Metric, Order,
    Overlay, Pattern, Policy, Prefix, Quantity, Require, Rest, Rewrite, Route, Rules, Selector, Settings, Shape, Sort,
    Split, Subject, Test, Threshold, Unknown, UnreadableMetric, UnreadablePolicy, UnreadableSelector,
    UnreadableSubject, Value, Weight, Weights,
};
pub use reason::{LimitPassed, Reason};
pub use refusal::{Refusal, Relaxation, Relaxed};
pub use request::{Carried, Entry, ReadAs, RequestReader, Routing, Session, System, UnreadableRouting};
pub use retry::{Backoff, Retry, RetryAfter};
pub use score::{Health, Score};
pub use signal::{
    Affinity, CacheKey, Latency, Metrics, Reading, Readings, Recovery, Signals, Unmeasured, Uptime, Warmth,
};
pub use timeout::Timeouts;
pub use tried::{AttemptId, Because, Ending, Outcome, Try};
pub use trigger::{Trigger, Triggers, UnreadableTrigger};
