use serde::{Deserialize, Serialize};

use crate::Selector;

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
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Rules {
    /// The only endpoints that may be used; empty for all.
    pub allow: Vec<Selector>,
    /// Endpoints that may not be used, whatever is allowed.
    pub deny: Vec<Selector>,
    /// Facts about what the provider does with the data, each of which must be known to hold: unknown never satisfies.
    pub require: Require,
}

/// Facts that must be known to hold for an endpoint, from the catalog or from the contract behind a credential.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Require {
    /// Nothing is kept after the answer.
    pub zero_retention: bool,
    /// Neither prompts nor answers train models.
    pub no_training: bool,
    /// The regions where inference may run, each matching itself and its parts: `eu` matches `eu-west-1`. Empty for
    /// anywhere.
    pub regions: Vec<String>,
}

impl Require {
    /// Whether `region` is one of the regions or a part of one.
    pub fn admits_region(&self, region: Option<&str>) -> bool {
        let within = |wanted: &str, region: &str| {
            region.strip_prefix(wanted).is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
        };
        self.regions.is_empty() || region.is_some_and(|region| self.regions.iter().any(|wanted| within(wanted, region)))
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
