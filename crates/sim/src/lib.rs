//! A deterministic simulation of LLM providers, replicas and traffic, driving the real gate of `switchback-uptime` and the real
//! affinity of `switchback-affinity`.
//!
//! A [`Scenario`] is a TOML file: providers with success, latency and limits, phases in which something befalls them,
//! traffic, replicas that tell each other what they know over a network that loses and delays, and what is expected of
//! the gate. [`simulate()`] runs it on a virtual clock, with a seed, against the real crate and against simple rules that
//! others use, and reports [`Figure`]s; [`html()`] draws what happened.
//!
//! The scenarios that come with the crate are in `scenarios/`; what they are for and what they come to is in
//! `docs/uptime.md`, and of conversations in `docs/affinity.md`.

mod conversation;
mod error;
mod picture;
mod provider;
mod random;
mod report;
mod rule;
mod run;
mod scenario;
mod tally;
mod timeline;

pub use conversation::{Conversations, KeyOf, Routing};
pub use error::ScenarioError;
pub use picture::html;
pub use report::{Checked, Options, Report, Row, simulate};
pub use scenario::{Expectation, Feature, Limit, Merge, Naive, Phase, Provider, Scenario, Sensitivity, Variant};
pub use tally::{Figure, Metric, Stat};
pub use timeline::{Timeline, Track};
