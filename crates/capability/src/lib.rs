//! What a request needs, what an endpoint offers, and the smallest change that makes the two meet.
//!
//! ```
//! use switchback_capability::{Offer, Policy, Requirements, apply, match_offer};
//! use switchback_ir::{At, Feature, JsonSchema, OutputFormat, Protocol, Request};
//!
//! let mut request = Request::new("gpt-5");
//! request.output_format = Some(At::nowhere(OutputFormat::JsonSchema(JsonSchema::default())));
//!
//! // The endpoint knows JSON objects, and no schemas.
//! let offer = Offer::unknown().yes(Feature::JsonObject).no(Feature::JsonSchema);
//! let needs = Requirements::of(&request);
//! let verdict = match_offer(&needs, request.origin, Protocol::Chat, &offer, Policy::default());
//! assert_eq!(verdict.steps()[0].name(), "schema_to_json_object");
//!
//! // The degraded request needs no more than the offer.
//! let (degraded, ledger) = apply(&request, verdict.steps());
//! let needs = Requirements::of(&degraded);
//! assert!(match_offer(&needs, request.origin, Protocol::Chat, &offer, Policy::default()).is_full());
//! assert_eq!(ledger.entries().len(), 1);
//! ```
//!
//! [`Requirements`] are read off a request, an [`Offer`] comes from a catalog, [`match_offer`] gives a [`Verdict`],
//! [`apply`] takes its [`Step`]s, [`Restore`] brings the answer back, and [`fit`] is all of it for a plain conversion
//! between protocols.
//!
//! Guarantees: unknown is not no; the degradation is the cheapest by one total order ([`Cost`]) and never touches what
//! is required in a way that loses it, unless the [`Policy`] says so; a degraded request is a full match; every change
//! is in the ledger. It knows no models and no prices, and reads no text of the request except to move it.

mod choose;
mod degrade;
#[cfg(test)]
mod document;
mod effort;
mod fit;
mod history;
mod index;
mod ladder;
mod limits;
mod matching;
mod need;
mod offer;
mod owner;
mod part;
mod policy;
mod profile;
mod quantity;
mod restore;
mod rewrite;
mod screen;
mod serial;
mod shape;
mod supply;
mod tokens;
mod tree;
mod verdict;

pub use degrade::{apply, apply_with};
pub use effort::Effort;
pub use fit::fit;
pub use history::supply_history;
pub use index::{OfferIndex, Positions};
pub use ladder::ladder;
pub use matching::{Matcher, match_offer};
pub use need::{Need, Requirements};
pub use offer::{Offer, Support, TemperatureRange};
pub use owner::{Held, Owner, OwnerId, Ownership, each_held};
pub use policy::{Degradation, Policy, Unknown};
pub use profile::{Profile, UnknownProfile};
pub use restore::{Restore, RestoreStream};
pub use rewrite::{Class, Rewrite};
pub use screen::Screen;
pub use supply::{Supplies, Supply};
pub use tokens::TokenBounds;
pub use verdict::{Cause, Cost, Reason, Step, Verdict};
