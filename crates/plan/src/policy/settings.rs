use std::sync::LazyLock;

use schemars::JsonSchema;
use serde::Serialize;
use serde::de::MapAccess;
use switchback_units::Ratio;

use crate::policy::{
    AffinityUse, Assume, Cooldown, Degrade, Gate, GiveUp, Prefix, Rewrite, Rules, Selector, Sort, Threshold, Unknown,
    Weights,
};
use crate::{Retry, Timeouts, Triggers};

/// Reads the keys of one kind of table. What a table has in common with others is one set of keys, read here as there.
pub(crate) trait Keys: Default {
    /// Every key, for suggestions.
    fn names() -> Vec<&'static str>;

    /// Reads the value of a key that belongs to it; `false` when the key does not.
    fn take<'de, A: MapAccess<'de>>(&mut self, key: &str, map: &mut A) -> Result<bool, A::Error>;
}

macro_rules! settings {
    ($($(#[doc = $doc:literal])* $key:ident: $type:ty;)*) => {
        /// What can be said at the top of a policy and at any of its routes, where it holds for what is below unless
        /// that says otherwise.
        ///
        /// Lists of `allow`, `deny`, `require` and `limit` do not replace each other: all that stand on the way from
        /// the top to a model hold together, and so do the rewrites, the outermost first. Everything else is taken
        /// from the innermost place that says it.
        #[derive(Clone, Debug, Default, PartialEq, Serialize, JsonSchema)]
        #[serde(default)]
        #[non_exhaustive]
        pub struct Settings {
            /// What an endpoint must be.
            #[serde(flatten)]
            pub rules: Rules,
            /// What is changed in the request before it is sent.
            #[serde(skip_serializing_if = "Option::is_none")]
            pub rewrite: Option<Rewrite>,
            $($(#[doc = $doc])* #[serde(skip_serializing_if = "Option::is_none")] pub $key: Option<$type>,)*
        }

        /// The settings that hold at one place: every one of them, from the innermost table that says it.
        #[derive(Clone, Copy, Debug, PartialEq)]
        pub(crate) struct Effective<'p> {
            $(pub(crate) $key: &'p $type,)*
        }

        /// What holds where nobody says anything.
        struct Defaults {
            $($key: $type,)*
        }

        static DEFAULTS: LazyLock<Defaults> = LazyLock::new(|| Defaults { $($key: Default::default(),)* });

        impl Default for Effective<'_> {
            fn default() -> Self {
                let defaults = &*DEFAULTS;
                Self { $($key: &defaults.$key,)* }
            }
        }

        impl<'p> Effective<'p> {
            /// The same with what an inner table says.
            pub(crate) fn under(mut self, inner: &'p Settings) -> Self {
                $(if let Some(value) = &inner.$key {
                    self.$key = value;
                })*
                self
            }
        }

        impl Keys for Settings {
            fn names() -> Vec<&'static str> {
                vec!["allow", "deny", "require", "limit", "rewrite", $(stringify!($key),)*]
            }

            fn take<'de, A: MapAccess<'de>>(&mut self, key: &str, map: &mut A) -> Result<bool, A::Error> {
                match key {
                    "allow" => self.rules.allow = map.next_value()?,
                    "deny" => self.rules.deny = map.next_value()?,
                    "require" => self.rules.require = map.next_value()?,
                    "limit" => self.rules.limit = map.next_value()?,
                    "rewrite" => self.rewrite = Some(map.next_value()?),
                    $(stringify!($key) => self.$key = Some(map.next_value()?),)*
                    _ => return Ok(false),
                }
                Ok(true)
            }
        }
    };
}

settings! {
    /// Endpoints to try before all others of the same place in the chain, in this order.
    order: Vec<Selector>;
    /// Bounds on live measurements, beyond which an endpoint comes after those within them.
    prefer: Vec<Threshold>;
    /// What decides among endpoints that fit equally well. Default the score.
    sort: Sort;
    /// What the default score weighs.
    weights: Weights;
    /// What is taken for true where nothing was measured or said.
    assume: Assume;
    /// Whether endpoints that fail too often are left out.
    gate: Gate;
    /// Whether, and how far, a request may be degraded where no endpoint takes it as it is. Default true.
    degrade: Degrade;
    /// What to do about a feature of which no source says whether the endpoint has it.
    unknown: Unknown;
    /// Whether endpoints that are not paid by use (plans, trials, unknown) may serve a model that no provider was
    /// named for. Default false; a named provider is taken at its word.
    unmetered: bool;
    /// What a provider before a model means.
    prefix: Prefix;
    /// Which failures of an endpoint lead to the next one of the same place in the chain. `[]` for none.
    failover: Triggers;
    /// When and how often the same endpoint is asked again.
    retry: Retry;
    /// How long an attempt may take.
    timeout: Timeouts;
    /// When the whole request is given up. Only the outermost one counts.
    give_up: GiveUp;
    /// Whether and by what a conversation stays where its prompt is cached.
    affinity: AffinityUse;
    /// When an endpoint that fails is left alone for a while.
    cooldown: Cooldown;
    /// The share of requests that try another of the eligible endpoints first, so that something is known of all.
    /// Drawn with the seed. Default 0.
    explore: Ratio;
}
