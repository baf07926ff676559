//! The published list of constraints: their order, their codes, and what to do about each.

macro_rules! constraints {
    ($($variant:ident $code:literal $about:literal $remedy:literal;)*) => {
        /// Something that an endpoint has to meet, in the order in which the planner checks: what comes first is what
        /// a plan names.
        ///
        /// The order is from what an endpoint is, over what the request and the levels above it demand, to what
        /// changes by the minute, so that the reason given is the one that changes least.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[expect(clippy::exhaustive_enums, reason = "a new constraint should stop the build of every reader of plans")]
        pub enum Constraint {
            $(#[doc = $about] $variant,)*
        }

        impl Constraint {
            /// Every constraint in the order of the checks.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The stable `snake_case` name that stands in plans, logs and metric labels when it is not met.
            pub const fn code(self) -> &'static str {
                match self {
                    $(Self::$variant => $code,)*
                }
            }

            /// What is wrong with an endpoint that does not meet it, in one line.
            pub const fn about(self) -> &'static str {
                match self {
                    $(Self::$variant => $about,)*
                }
            }

            /// What would re-admit the endpoint.
            pub const fn remedy(self) -> &'static str {
                match self {
                    $(Self::$variant => $remedy,)*
                }
            }
        }
    };
}

constraints! {
    UnsupportedOperation "unsupported_operation" "does something else than answer chat requests" "name a model that chats";
    NoSupportedProtocol "no_supported_protocol" "its host speaks none of the protocols for this model" "give the catalog an endpoint of it that speaks one";
    OtherProvider "other_provider" "the request names another provider" "name the model without a provider";
    OtherVersion "other_version" "the request names another version" "name the model without a version";
    OtherRegion "other_region" "the request names another region" "name the model without a region";
    TierNotRequested "tier_not_requested" "a class of service that has to be asked for" "ask for the tier in the request";
    TierNotAllowed "tier_not_allowed" "a class of service that is not among those required" "add its tier to the `require.tiers` of that level";
    NotInPool "not_in_pool" "the pool of `auto` does not have it" "add it to the policy's `auto`";
    NotMetered "not_metered" "not paid by use, or not known to be" "name its provider, or set the policy's `unmetered`";
    NoCredential "no_credential" "no credential reaches it" "give the inventory a scope that reaches it";
    NotAllowed "not_allowed" "a list of what is allowed does not name it" "add it to that `allow`";
    Denied "denied" "a list of what is denied names it" "take it out of that `deny`";
    FeatureNotProven "feature_not_proven" "not known to have a feature that is required of every endpoint" "take the feature out of that `require.features`";
    RetentionNotExcluded "retention_not_excluded" "not known to keep nothing" "state zero retention in the terms of a scope that reaches it, if the contract says so";
    TrainingNotExcluded "training_not_excluded" "not known to train on nothing" "state that it does not train in the terms of a scope that reaches it, if the contract says so";
    RegionNotAllowed "region_not_allowed" "not known to be in an allowed region" "add its region to those allowed";
    AttributeMissing "attribute_missing" "no contract is known to have a required attribute" "state the attribute in the terms of a scope that reaches it, if the contract has it";
    FeatureMissing "feature_missing" "lacks a feature that nothing less can stand for" "leave the feature out of the request";
    DegradationOff "degradation_off" "would take the request degraded only" "set the policy's `degrade`";
    FeatureUnverified "feature_unverified" "no source says whether it has a feature" "set the policy's `unknown` to `allow`";
    ContextTooSmall "context_too_small" "the input is longer than it takes" "shorten the input";
    OutputTooLong "output_too_long" "more output is asked for than it gives" "ask for less output, or set the policy's `degrade`";
    PriceTooHigh "price_too_high" "its list price is above a ceiling" "raise that `require.max_price`";
    OverBudget "over_budget" "the request costs more than a budget has left" "raise the budget";
    PriceUnknown "price_unknown" "a budget or a ceiling holds and the price is unknown" "give the catalog its price";
    OverLimit "over_limit" "a limit on what was measured is passed" "raise that `limit`, or wait";
    NotTriggered "not_triggered" "its route is for failures that nothing before it had" "widen the `on` of its route";
    CoolingDown "cooling_down" "it failed lately and is left alone for now" "wait";
    GatedByUptime "gated_by_uptime" "it fails too often" "lower the policy's `gate`, or wait until it does better";
}

impl Constraint {
    /// Whether it is about health, which changes by the minute: such constraints yield when nothing else is left, and
    /// no other ever does.
    pub const fn is_soft(self) -> bool {
        matches!(self, Self::CoolingDown | Self::GatedByUptime)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn codes_are_unique_and_snake_case() {
        let codes: BTreeSet<_> = Constraint::ALL.iter().map(|constraint| constraint.code()).collect();
        assert_eq!(codes.len(), Constraint::ALL.len());
        assert!(codes.iter().all(|code| code.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_')));
        assert!(Constraint::ALL.is_sorted());
    }
}
