//! Moving in from another LLM gateway: its configurations and requests as a policy, with everything that is lost listed.
//!
//! ```
//! use switchback_migrate::{Incoming, Sanitizer, System};
//!
//! let request = Incoming {
//!     headers: &[("Helicone-Auth", "Bearer sk-helicone-1234"), ("Helicone-Cache-Seed", "u1")],
//!     path: Some("https://oai.helicone.ai/v1/chat/completions"),
//!     body: br#"{"model":"gpt-4o-mini"}"#,
//! };
//! let sanitized = Sanitizer::new(System::Helicone).sanitize(&request)?;
//! assert_eq!(sanitized.body, br#"{"model":"openai/gpt-4o-mini","prompt_cache_key":"u1"}"#);
//! assert!(sanitized.headers.is_empty());
//! assert_eq!(sanitized.retired[0].name, "helicone-auth");
//! # Ok::<(), switchback_migrate::Error>(())
//! ```
//!
//! # Guarantees
//!
//! - **Pure and deterministic.** Text in, data out: no file, environment, clock or network.
//! - **Nothing is lost in silence.** Every key of a configuration, and every header and parameter that is taken out of a
//!   request, has an entry with its line and column: exact, approximate, none or ambiguous. What no mapper reads becomes an
//!   entry by construction.
//! - **No secret comes out.** Values of credentials are in no policy, ledger, report or error; references to them are.
//! - **Bounded.** [`Limits`] hold for bytes, nesting and values, with what YAML's aliases stand for counted each time.

#![expect(clippy::doc_markdown, reason = "product names such as LiteLLM and OpenRouter are words, not code")]

mod advice;
mod concept;
mod credential;
mod error;
mod import;
mod ledger;
mod model;
mod notes;
mod report;
mod sanitize;
mod secret;
mod source;
mod system;

pub use advice::{Advice, AdviceKind, advice};
pub use concept::Concept;
pub use credential::{Retired, RetiredKind, retired_variables};
pub use error::{Error, ErrorKind};
pub use import::{Additions, Choice, Import, Migration};
pub use ledger::{Entry, Fidelity, Ledger, Reading};
pub use report::{Layout, Report};
pub use sanitize::{Incoming, Onward, Sanitized, Sanitizer, Wishes};
pub use source::{Format, Leaf, Limits, Member, Node, Position, SourceFile, Tree, Value};
pub use system::{System, UnknownSystem};
