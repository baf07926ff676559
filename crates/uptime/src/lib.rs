//! How well LLM endpoints do, and whether to leave them alone for now: success rates by feature, latency percentiles, and a
//! gate that neither flaps nor sleeps. Replicas merge what they counted.
//!
//! ```
//! use switchback_units::Timestamp;
//! use switchback_uptime::{Call, Feature, Features, Outcome, Settings, Target, Uptime, Verdict};
//!
//! let (uptime, now) = (Uptime::new(Settings::default()), Timestamp::from_millis(1_795_000_000_000));
//! let endpoint = uptime.endpoint(Target { endpoint: 1, provider: 10, credential: 100 }, now);
//!
//! // Tool calls come back broken; all else is well.
//! let tools = Features::BASE | Feature::TOOLS;
//! for _ in 0..5 {
//!     endpoint.record(&Call::new(Outcome::Breach(tools), now).using(tools), now);
//! }
//! let Verdict::Blocked(block) = endpoint.check(tools, now) else { panic!("five in a row") };
//! assert_eq!(block.to_string(), "fails too often with tools, until 2026-11-18T11:06:50.350Z");
//! assert_eq!(endpoint.check(Features::BASE, now), Verdict::Pass);
//! ```
//!
//! [`Uptime`] holds an [`Endpoint`] for each id; ids are opaque, and nothing here knows what they stand for. A [`Call`]
//! with its [`Outcome`] goes in; [`Endpoint::check`] and [`screen()`] say what may be called, [`Endpoint::probe`] who
//! finds out whether it is back, a [`Snapshot`] what to plan by. [`Uptime::export_since`] and [`Uptime::import`] are for
//! replicas.
//!
//! # Guarantees
//!
//! - **The time is an argument**, in milliseconds; a step back counts as no step. No randomness but a hash of the key.
//! - **The same everywhere.** The gate is integers only: equal histories give equal verdicts and equal bytes.
//! - **No lock where all is well.** Recording a success is one exchange of a word, a check four loads. Gates that are out,
//!   caps and latencies have small locks, one for each endpoint.
//! - **Unknown is allowed**, and candidates never come to nothing: when all are out, the least bad are tried, and the
//!   answer says so.
//! - **Bounded.** Endpoints, replicas and what is kept of them have limits in [`Settings`]; what is idle is forgotten
//!   without a trace.
//! - **A merge is a join**: commutative, associative, idempotent. Bytes of others may be hostile.
//!
//! What is measured, why it is so, and the figures: `docs/uptime.md`; the bytes: `docs/uptime-format.md`.

mod cell;
mod cooldown;
mod counts;
mod endpoint;
mod error;
mod feature;
mod format;
mod gate;
mod group;
mod hash;
mod latency;
mod merge;
mod outcome;
mod peer;
mod ring;
mod screen;
mod settings;
mod sketch;
mod snapshot;
mod store;
mod summary;
mod sync;
mod throttle;
mod trip;
mod verdict;
mod window;

pub use counts::Counts;
pub use endpoint::{Endpoint, Probe, Target};
pub use error::ImportError;
pub use feature::{Feature, Features};
pub use latency::{Metric, Span, Timing};
pub use merge::{Imported, Version};
pub use outcome::{Call, Outcome};
pub use screen::{Screened, Screening, screen};
pub use settings::{Scale, Sensitivity, Settings};
pub use sketch::Sketch;
pub use snapshot::{FeatureReading, Reading, Snapshot};
pub use store::{Origin, Uptime};
pub use summary::Summary;
pub use trip::Test;
pub use verdict::{Block, Cause, Verdict};
pub use window::Window;
