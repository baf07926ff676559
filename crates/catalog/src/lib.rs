//! Models, endpoints, prices and capabilities of LLM providers: importers for public catalogs, one embedded snapshot,
//! and fast look-up.
//!
//! ```
//! use switchback_capability::Support;
//! use switchback_catalog::{Catalog, PriceKind};
//! use switchback_ir::{Feature, Protocol};
//! use switchback_units::Tokens;
//!
//! let catalog = Catalog::embedded();
//! let endpoint = catalog
//!     .by_family("claude-haiku-4-5")
//!     .find(|endpoint| endpoint.provider() == "bedrock" && endpoint.protocol() == Some(Protocol::Messages))
//!     .expect("Bedrock serves it");
//!
//! let input = endpoint.prices().rate(PriceKind::Input, Tokens::new(1_000)).expect("a known price");
//! assert!((input * Tokens::new(1_000)).pico_dollars() > 0);
//! assert_eq!(endpoint.offer().support(Feature::Tools), Support::Yes);
//! // Bedrock takes images of Claude requests only in the body.
//! assert_eq!(endpoint.offer().support(Feature::ImageUrl), Support::No);
//! assert_eq!(catalog.host(endpoint).map(|host| host.path.as_str()), Some("/model/{model}/invoke"));
//! ```
//!
//! # Main types
//!
//! - [`Catalog`]: an immutable, indexed set of [`Endpoint`]s: one for each protocol that a host speaks for a [`Row`].
//! - [`import`]: bytes of models.dev, LiteLLM's price list, OpenRouter's `/models` or the vendors' pages → rows and notes;
//!   [`merge`] joins them with the source of every field and a list of conflicts.
//! - [`Providers`] and [`Host`]: who speaks which protocol for which models, and what the host wants beside the body.
//! - [`Preferences`]: performance tiers and the `auto` pool, opinions apart from the facts.
//! - [`ModelList`]: what `GET /v1/models` should say to a caller. [`lint`]: what is odd about a catalog.
//!
//! # Guarantees
//!
//! - **Pure.** No file, socket, clock or randomness: the snapshot is part of the binary, importers take bytes.
//! - **Three-valued.** What no source says is unknown: never no, never zero, never free.
//! - **Exact.** Prices are integers of pico-dollars, read from decimal text; what had to be rounded is noted.
//! - **Nothing dropped silently.** A field that is not taken over is a note with its place.
//! - **Deterministic.** Endpoints are ordered by canonical text; the order of rows never shows; the same catalog renders
//!   to the same bytes.
//! - **Bounded.** JSON deeper than 128 levels and more than [`Catalog::MAX_ENDPOINTS`] endpoints are refused.
//!
//! It invents nothing: no model, price or capability is here that a dated source does not state. `docs/catalog.md` has the
//! sources, the rules, what is unknown, and the figures.

#![expect(clippy::doc_markdown, reason = "product names such as LiteLLM and OpenRouter are words, not code")]

mod bill;
mod billing;
mod capability;
mod catalog;
mod date;
mod endpoint;
mod error;
mod host;
pub mod import;
mod index;
mod lint;
mod list;
mod merge;
mod modality;
mod model;
mod model_names;
mod names;
mod offer;
mod operation;
mod pattern;
mod preferences;
mod price;
mod provenance;
mod row;
mod rule;
mod snapshot;
mod statement;
mod status;
mod tier;
mod words;

pub use bill::{Bill, BillLine, Quantity};
pub use billing::Billing;
pub use capability::{Capabilities, Capability};
pub use catalog::{Catalog, Endpoints};
pub use date::{Date, UnreadableDate};
pub use endpoint::{Endpoint, EndpointId, UnreadableEndpointId};
pub use error::{Error, ErrorKind};
pub use host::{Auth, Framing, Host, ModelPlace, Provider, Providers};
pub use lint::{Finding, FindingKind, lint};
pub use list::{Listed, ModelList};
pub use merge::{Conflict, Merged, merge};
pub use modality::{Modalities, Modality};
pub use model::Model;
pub use operation::Operation;
pub use preferences::Preferences;
pub use price::{PriceKind, PriceList, Prices};
pub use provenance::{Fact, Field, Provenance, Source, SourceIndex};
pub use row::{DataPolicy, Row, RowKey};
pub use statement::Statement;
pub use status::Status;
pub use tier::Tier;
pub use words::UnknownWord;
