//! What a policy says: routes, and the settings that hold on them.

mod condition;
mod degrade;
mod document;
mod metric;
mod overlay;
mod preference;
mod read;
mod rewrite;
mod route;
mod rules;
mod schema;
mod selector;
mod settings;
mod sort;
mod subject;
mod threshold;
mod value;

pub use condition::{Comparison, Condition, Pattern, Test};
pub use degrade::Degrade;
pub use document::Policy;
pub(crate) use metric::rising;
pub use metric::{Aggregate, Metric, Quantity, UnreadableMetric};
pub use overlay::Overlay;
pub use preference::{AffinityUse, Assume, Cooldown, Gate, GiveUp, Prefix, Unknown, Weights};
pub use read::UnreadablePolicy;
pub use rewrite::Rewrite;
pub use route::{Draw, Rest, Route, Shape, Split, Weight};
pub use rules::{Require, Rules};
pub use selector::{Selector, UnreadableSelector};
pub use settings::Settings;
pub use sort::{Order, Sort};
pub use subject::{Subject, UnreadableSubject};
pub use threshold::Threshold;
pub use value::Value;

pub(crate) use degrade::feature;
pub(crate) use settings::Effective;
pub(crate) use subject::Facts;
