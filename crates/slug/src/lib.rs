//! Model strings of LLM gateways: ten dialects, and one model behind many spellings.
//!
//! ```
//! use switchback_slug::{Dialect, Provider, family, parse, print_in};
//!
//! let slug = parse(Dialect::LiteLlm, "bedrock/us.anthropic.claude-haiku-4-5-20251001-v1:0");
//! assert_eq!(slug.provider().and_then(|provider| provider.resolve()), Some(Provider::BEDROCK));
//! assert_eq!((slug.region(), slug.version()), (Some("us"), Some("20251001")));
//! assert_eq!(slug.family(), Some(family("claude-4.5-haiku")));
//! assert_eq!(slug.to_string(), slug.input());
//! assert_eq!(print_in(&slug, Dialect::Native, None)?.text, "bedrock/claude-haiku-4-5");
//! # Ok::<(), switchback_slug::NoSpelling>(())
//! ```
//!
//! # Steps
//!
//! - [`parse`] takes a string apart by the grammar of a [`Dialect`], into a [`Slug`] of slices; [`ModelId`] takes the
//!   upstream's own id apart further.
//! - [`aliases`] tells which [`Provider`] a segment names, and how a system spells a provider.
//! - [`family`] gives the key that joins the spellings of one model.
//! - [`resolve`] puts the three together with what a catalog knows ([`ModelNames`]), and says what the reading rests on.
//! - [`print_in`] gives the string of another dialect, or a typed reason why there is none; [`suggest`] what was meant.
//!
//! The grammars, the rules of the keys and what disagrees with real catalogs are in `docs/slugs.md`.
//!
//! # Guarantees
//!
//! - Parsing is total: it never fails and never panics, allocates nothing, and looks at no catalog. An unknown provider is
//!   a value, not an error.
//! - Printing a slug gives its input back, byte for byte; a slug printed in another dialect reads back as the same
//!   provider and model.
//! - Provider names match whole segments only. A version suffix never eats a family number.
//! - A family key is its own key, and never depends on a catalog.
//!
//! # Features
//!
//! - `serde` (off by default): [`Dialect`], [`Provider`] and [`Family`] as plain strings.

#![expect(clippy::doc_markdown, reason = "product names such as LiteLLM and OpenRouter are words, not code")]

pub mod aliases;
mod brand;
mod dialect;
mod display;
mod error;
mod family;
mod model_id;
mod names;
mod parse;
mod pattern;
mod prefix;
mod print;
mod provider;
mod resolve;
#[cfg(feature = "serde")]
mod serde;
mod slug;
mod suggest;
mod tsv;

pub use dialect::Dialect;
pub use error::{NoSpelling, UnknownDialect};
pub use family::{Family, family};
pub use model_id::ModelId;
pub use names::ModelNames;
pub use parse::parse;
pub use pattern::Pattern;
pub use print::{Beside, Printed, print_in};
pub use provider::{Provider, ProviderRef};
pub use resolve::{Confidence, Evidence, Listing, Resolution, resolve};
pub use slug::{Kind, ModelRef, Slug};
pub use suggest::{Suggestion, Why, suggest};
