//! Models, endpoints, prices and capabilities of LLM providers: importers for public catalogs, one embedded snapshot,
//! and fast look-up.

#![expect(clippy::doc_markdown, reason = "product names such as LiteLLM and OpenRouter are words, not code")]

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
mod status;
mod tier;
mod words;

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
pub use status::Status;
pub use tier::Tier;
pub use words::UnknownWord;
