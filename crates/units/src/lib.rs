//! The value types that every Switchback crate shares: [`Timestamp`] and [`Millis`], [`Tokens`], [`Ratio`],
//! [`Money`] and [`Rate`].
//!
//! ```
//! use switchback_units::{Rate, Tokens};
//!
//! let input = Rate::per_million("2.50")?.value;
//! let cost = input * Tokens::new(4_920);
//! assert_eq!(cost.to_string(), "$0.0123");
//! # Ok::<(), switchback_units::DecimalError>(())
//! ```
//!
//! # Guarantees
//!
//! - **Exact.** Prices are read from decimal text into integer pico-dollars, never through a float. A source value
//!   that is finer than a pico-dollar is rounded half to even and [`Parsed::rounded`] says so.
//! - **No overflow.** Arithmetic is checked or saturating, and named accordingly.
//! - **Total order.** Every type is `Ord`, `Eq` and `Hash`, [`Ratio`] included: it holds no NaN.
//! - `Display` and `FromStr` are inverses: what a type prints, it reads back as the same value.
//!
//! The crate reads no clock: a [`Timestamp`] comes from the caller.
//!
//! # Features
//!
//! - `serde` (off by default): times, spans and tokens are plain integers, a ratio is a number, and [`Money`] and
//!   [`Rate`] are decimal strings in dollars and dollars per unit (`"0.0123"`, `"0.0000025"`). A span may also be read
//!   from text with its unit (`"30s"`).
//! - `schema` (off by default): the JSON Schema of those forms, by `schemars`.

mod decimal;
mod error;
mod money;
mod rate;
mod ratio;
#[cfg(feature = "schema")]
mod schema;
#[cfg(feature = "serde")]
mod serde;
mod time;
mod tokens;

pub use decimal::Parsed;
pub use error::{DecimalError, DecimalErrorKind, RatioError, TimeError};
pub use money::Money;
pub use rate::Rate;
pub use ratio::Ratio;
pub use time::{Millis, Timestamp};
pub use tokens::Tokens;
