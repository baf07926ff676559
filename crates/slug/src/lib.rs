//! Model strings of LLM gateways: ten dialects, one model behind many spellings.
//!
//! [`parse`] takes a string apart by the grammar of a [`Dialect`]; it is total, allocates nothing and looks at no
//! catalog. What the parts mean is a separate step: [`aliases`] tells which provider a segment names.
//!
//! ```
//! use switchback_slug::{Dialect, Provider, parse};
//!
//! let slug = parse(Dialect::Native, "aws/claude-haiku-4-5");
//! assert_eq!(slug.model(), "claude-haiku-4-5");
//! assert_eq!(slug.provider().and_then(|provider| provider.resolve()), Some(Provider::BEDROCK));
//! assert_eq!(slug.to_string(), "aws/claude-haiku-4-5");
//! ```

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
