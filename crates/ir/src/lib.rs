//! IR.
mod feature;
mod protocol;
pub use feature::{Expression, Feature, FeatureSet, Importance};
pub use protocol::{Protocol, UnknownProtocol};
