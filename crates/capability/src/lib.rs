//! What a request needs and what an endpoint offers.
//!
//! ```
//! use switchback_capability::{Offer, Support};
//! use switchback_ir::Feature;
//! use switchback_units::Tokens;
//!
//! let offer = Offer::unknown().yes(Feature::Tools).no(Feature::Seed).context_window(Tokens::new(200_000));
//! assert_eq!(offer.support(Feature::Tools), Support::Yes);
//! assert_eq!(offer.support(Feature::JsonSchema), Support::Unknown);
//! ```

mod offer;

pub use offer::{Offer, Support};
