use serde::{Deserialize, Serialize};
use switchback_capability::Support;
use switchback_catalog::{DataPolicy, Endpoint};

use crate::{Require, Selector};

/// The credentials that exist and what each can reach. Ids only, never a secret.
///
/// With no inventory at all, every plan says that access is unverified; with one, an endpoint that no scope reaches is
/// excluded as `no_credential`.
///
/// ```
/// use switchback_plan::Inventory;
///
/// let inventory: Inventory = serde_json::from_str(
///     r#"{"scopes": [{"id": "team-openai", "reaches": ["openai"], "terms": {"zero_retention": true}}]}"#,
/// )?;
/// assert_eq!(inventory.scopes[0].id, "team-openai");
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[non_exhaustive]
pub struct Inventory {
    /// The credential scopes.
    pub scopes: Vec<Scope>,
}

/// One credential, or several that are worth the same.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Scope {
    /// An opaque id, shown in plans and logs.
    pub id: String,
    /// The endpoints that it reaches.
    pub reaches: Vec<Selector>,
    /// Where it sends instead of the provider's own base URL.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub base_url: Option<String>,
    /// The region that it is bound to, where the endpoint names none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    /// What its contract says beyond the catalog.
    #[serde(default)]
    pub terms: Terms,
}

/// What a contract says about data; what it leaves out is as the catalog says.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[non_exhaustive]
pub struct Terms {
    /// Whether nothing is kept after the answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub zero_retention: Option<bool>,
    /// Whether prompts or answers train models.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trains: Option<bool>,
    /// What else is known of it, in words that policies require: `soc2`, `gdpr`, `quantization:fp8`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub attributes: Vec<String>,
}

impl Inventory {
    /// The scopes that reach an endpoint, in the order of the inventory. An endpoint that is bound to a scope is
    /// reached by that one only.
    pub fn reaching<'i>(&'i self, endpoint: &'i Endpoint) -> impl Iterator<Item = &'i Scope> {
        self.scopes.iter().filter(move |scope| {
            endpoint.credential_scope().is_none_or(|bound| bound == scope.id)
                && scope.reaches.iter().any(|selector| selector.names(endpoint))
        })
    }
}

/// One way to an endpoint, as far as data rules look at it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Access<'i> {
    pub(crate) policy: DataPolicy,
    pub(crate) region: Option<&'i str>,
    pub(crate) attributes: &'i [String],
}

impl<'i> Access<'i> {
    pub(crate) fn new(endpoint: &'i Endpoint, scope: Option<&'i Scope>) -> Self {
        let said = |fact: Option<bool>| fact.map_or(Support::Unknown, Support::from);
        let said = |fact: fn(&Terms) -> Option<bool>| said(scope.and_then(|scope| fact(&scope.terms)));
        let catalog = endpoint.row().data_policy;
        let policy = DataPolicy {
            zero_retention: said(|terms| terms.zero_retention).or(catalog.zero_retention),
            trains: said(|terms| terms.trains).or(catalog.trains),
        };
        let region = endpoint.region().or_else(|| scope.and_then(|scope| scope.region.as_deref()));
        Self { policy, region, attributes: scope.map_or(&[], |scope| &scope.terms.attributes) }
    }

    /// The required facts that are not known to hold.
    pub(crate) fn missing(&self, require: &Require) -> impl Iterator<Item = MissingFact> + use<> {
        let attribute =
            require.missing_attribute(self.attributes).map(|found| MissingFact::Attribute(found.to_owned()));
        let DataPolicy { zero_retention, trains } = self.policy;
        let keeps = require.zero_retention && zero_retention != Support::Yes;
        let trained_on = require.no_training && trains != Support::No;
        let elsewhere = !require.admits_region(self.region);
        let facts = [
            keeps.then_some(MissingFact::ZeroRetention(zero_retention)),
            trained_on.then_some(MissingFact::NoTraining(trains)),
            elsewhere.then_some(MissingFact::Region),
            attribute,
        ];
        facts.into_iter().flatten()
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum MissingFact {
    ZeroRetention(Support),
    NoTraining(Support),
    Region,
    Attribute(String),
}
