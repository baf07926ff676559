use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use switchback_catalog::PriceKind;
use switchback_ir::Feature;
use switchback_units::Money;

use crate::policy::degrade::feature;
use crate::policy::selector::within;
use crate::policy::{Selector, Threshold};

/// What an endpoint must be, whatever is preferred: the hard constraints of a policy, or of one level above a caller.
///
/// Rules only tighten. Several sets hold together: an endpoint must pass every one of them, so no level can give back
/// what another took.
///
/// ```
/// use switchback_plan::Rules;
///
/// let rules = Rules { deny: vec!["deepseek".parse()?], ..Rules::default() };
/// assert!(rules.allow.is_empty(), "an empty list allows everything");
/// # Ok::<(), switchback_plan::UnreadableSelector>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Rules {
    /// The only endpoints that may be used; empty for all.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub allow: Vec<Selector>,
    /// Endpoints that may not be used, whatever is allowed.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub deny: Vec<Selector>,
    /// Facts about what the provider does with the data, each of which must be known to hold: unknown never satisfies.
    #[serde(skip_serializing_if = "Require::is_empty")]
    pub require: Require,
    /// Bounds on live measurements, such as requests a minute or dollars a day. What nobody measured is within them,
    /// and the plan notes it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub limit: Vec<Threshold>,
}

/// Facts that must be known to hold for an endpoint, from the catalog or from the contract behind a credential.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[non_exhaustive]
pub struct Require {
    /// Nothing is kept after the answer. What a request asks to be kept (stored state, background work, a day of cache,
    /// files by id) is turned off where leaving it out loses nothing, and refused where it would.
    #[serde(skip_serializing_if = "is_false")]
    pub zero_retention: bool,
    /// Neither prompts nor answers train models.
    #[serde(skip_serializing_if = "is_false")]
    pub no_training: bool,
    /// The regions where inference may run, each matching itself and its parts: `eu` matches `eu-west-1`. Empty for
    /// anywhere.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub regions: Vec<String>,
    /// The classes of service that may be used, such as `standard`, `flex` or `priority`; empty for whatever the
    /// request asks for. One that is listed need not be asked for by the request.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tiers: Vec<String>,
    /// Attributes that the terms of a credential scope must list: `soc2`, `quantization:fp8`. Alternatives stand in one
    /// text with `|` between them. Empty for none.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub attributes: Vec<String>,
    /// Features that the endpoint must be known to have, whether or not the request uses them; names as in
    /// `docs/mapping.md`.
    #[serde(skip_serializing_if = "Vec::is_empty", with = "features")]
    #[schemars(with = "Vec<String>")]
    pub features: Vec<Feature>,
    /// The highest list price by price line (`input`, `output`, `request`, …: the names of the catalog), in dollars per
    /// million tokens, or per unit where the line counts something else.
    #[serde(skip_serializing_if = "BTreeMap::is_empty", with = "ceilings")]
    #[schemars(with = "BTreeMap<String, String>")]
    pub max_price: BTreeMap<PriceKind, Money>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the signature that serde asks for")]
const fn is_false(switch: &bool) -> bool {
    !*switch
}

impl Rules {
    /// Whether they hold for every endpoint.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

impl Require {
    /// Whether nothing is required.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Whether `region` is one of the regions or a part of one.
    pub fn admits_region(&self, region: Option<&str>) -> bool {
        self.regions.is_empty() || region.is_some_and(|region| self.regions.iter().any(|wanted| within(wanted, region)))
    }

    /// The first attribute that none of `known` is, nor one of its alternatives.
    pub fn missing_attribute(&self, known: &[String]) -> Option<&str> {
        let has = |wanted: &&String| wanted.split('|').any(|one| known.iter().any(|known| known == one.trim()));
        self.attributes.iter().find(|wanted| !has(wanted)).map(String::as_str)
    }
}

/// Features by their names.
mod features {
    use super::{Deserialize, Deserializer, Feature, Serializer, de, feature};

    pub(super) fn serialize<S: Serializer>(features: &[Feature], serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(features.iter().map(|feature| feature.name()))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Feature>, D::Error> {
        let names = Vec::<String>::deserialize(deserializer)?;
        names.iter().map(|name| feature(name).map_err(de::Error::custom)).collect()
    }
}

/// Prices by the names of their lines.
mod ceilings {
    use super::{BTreeMap, Deserialize, Deserializer, Money, PriceKind, Serializer, de};

    pub(super) fn serialize<S: Serializer>(
        prices: &BTreeMap<PriceKind, Money>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.collect_map(prices.iter().map(|(kind, price)| (kind.name(), price)))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<BTreeMap<PriceKind, Money>, D::Error> {
        let prices = BTreeMap::<String, Money>::deserialize(deserializer)?;
        let known = |name: &str| PriceKind::ALL.iter().find(|kind| kind.name() == name).copied();
        let unknown = |name: &str| {
            let names: Vec<&str> = PriceKind::ALL.iter().map(|kind| kind.name()).collect();
            de::Error::custom(format!("unknown price line `{name}`; expected one of {}", names.join(", ")))
        };
        prices.into_iter().map(|(name, price)| Ok((known(&name).ok_or_else(|| unknown(&name))?, price))).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_region_admits_itself_and_its_parts_and_nothing_unknown() {
        let require = Require { regions: vec!["eu".to_owned(), "us-east-1".to_owned()], ..Require::default() };
        for (region, expected) in [
            (Some("eu"), true),
            (Some("eu-west-1"), true),
            (Some("europe"), false),
            (Some("us-east-1"), true),
            (Some("us"), false),
            (None, false),
        ] {
            assert_eq!(require.admits_region(region), expected, "{region:?}");
        }
        assert!(Require::default().admits_region(None));
    }
}
