//! A pure decision engine for LLM gateways: where a request goes, in which form, and why.
//!
//! An [`Engine`] holds a catalog and a policy. [`Engine::decide`] makes an explained [`Plan`] of a request,
//! [`Engine::prepare`] the body for one of its attempts, [`Engine::transcode`] the client's answer from the upstream's,
//! [`Engine::finish`] the [record] of what became of it. None opens a socket, reads a clock or draws a random number: time,
//! seed, credentials' ids and whatever was measured come in as a [`Situation`].
//!
//! A [`Live`] engine is one for a server: it learns from outcomes ([`Live::observe`]), and its policy and catalog can be
//! replaced while it is used.
//!
//! ```
//! use switchback::{Engine, Limits, Protocol, Situation, Timestamp, decode};
//!
//! let body = br#"{"model":"claude-haiku-4-5","messages":[{"role":"user","content":"hello"}]}"#;
//! let request = decode(Protocol::Chat, body, &Limits::default())?;
//! let engine = Engine::default();
//! let plan = engine.decide(&request, &Situation::at(Timestamp::from_millis(1_795_000_000_000)));
//! println!("{plan}");
//!
//! let first = &plan.attempts()[0];
//! let upstream = engine.prepare(&request, &plan, first).expect("the planner foresees what an encoder refuses");
//! assert!(upstream.body.starts_with(b"{"));
//! # Ok::<(), switchback::Error>(())
//! ```
//!
//! The crates behind it can each be used alone: `switchback-slug`, `-ir`, `-protocol`, `-capability`, `-catalog` and
//! `-plan` are re-exported as modules.

mod client_error;
mod engine;
mod live;
mod measured;
pub mod record;
mod restore;
mod rewrite;
mod transcoding;
mod upstream;
mod warm;

pub use client_error::{AllFailed, Case, ClientError, ErrorOptions, Exhaustion, Failed, Failure};
pub use engine::{Engine, Situation};
pub use live::{Decision, Live, RefusedPolicy};
pub use measured::{Measured, outcome, used};
pub use restore::RestoreStage;
pub use transcoding::{NoAnswer, Transcoded, Transcoding};
pub use upstream::Upstream;
pub use warm::{Conversations, Said, Speaker, Warm};

pub use switchback_catalog::Catalog;
pub use switchback_ir::{Ledger, Limits, Protocol, Request};
pub use switchback_plan::{
    Attempt, Caller, Inventory, Overlay, Plan, Policy, RequestReader, Routing, Signals, UnreadableRouting,
};
pub use switchback_protocol::{Error, Surroundings, decode, encode, with_headers};
pub use switchback_units::Timestamp;

pub use switchback_affinity as affinity;
pub use switchback_capability as capability;
pub use switchback_catalog as catalog;
pub use switchback_ir as ir;
pub use switchback_plan as plan;
pub use switchback_protocol as protocol;
pub use switchback_slug as slug;
pub use switchback_units as units;
pub use switchback_uptime as uptime;
