use std::borrow::Cow;
use std::fmt;

use serde::Serialize;
use serde::ser::SerializeMap;
use switchback_capability::Support;
use switchback_ir::Protocol;
use switchback_units::Tokens;

use crate::provenance::Provenance;
use crate::{Billing, Capabilities, Date, Modalities, Operation, Prices, Status, Tier};

/// One model at one provider, as a source lists it: what becomes one [`Endpoint`](crate::Endpoint) for each protocol.
///
/// A plain record, for importers and for people who add models of their own.
///
/// ```
/// use switchback_catalog::{Billing, Catalog, Providers, Row};
/// use switchback_ir::Protocol;
///
/// let mut row = Row::new("my-cluster", "llama-3.3-70b-instruct");
/// row.protocols = vec![Protocol::Chat];
/// row.billing = Billing::Metered;
/// let catalog = Catalog::build(vec![row], vec![], Providers::embedded())?;
/// assert_eq!(catalog.endpoints().len(), 1);
/// # Ok::<(), switchback_catalog::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// The canonical id of the provider that serves the model.
    pub provider: String,
    /// The model as the provider's API spells it, byte for byte.
    pub upstream_id: String,
    /// The family key where it is known already; else it is computed from the upstream id, some 3 µs each.
    pub family: Option<String>,
    /// The region that the row is for, where the provider sells regions apart (`us`, `eu`, `eu-west-1`).
    pub region: Option<String>,
    /// The class of service.
    pub tier: Tier,
    /// The credentials that can reach it, when not all can: an opaque id, never a secret.
    pub credential_scope: Option<String>,
    /// The protocols that the host speaks for this model; empty when it speaks none of ours.
    pub protocols: Vec<Protocol>,
    /// The name for people.
    pub name: Option<String>,
    /// What it does.
    pub operation: Operation,
    /// How it is paid for.
    pub billing: Billing,
    /// What it costs.
    pub prices: Prices,
    /// Input and output tokens together.
    pub context_window: Option<Tokens>,
    /// Input tokens alone, where the provider limits them.
    pub max_input: Option<Tokens>,
    /// Output tokens.
    pub max_output: Option<Tokens>,
    /// What it can do.
    pub capabilities: Capabilities,
    /// What it reads, when a source says.
    pub input: Option<Modalities>,
    /// What it writes, when a source says.
    pub output: Option<Modalities>,
    /// The vendor's extension field that carries reasoning text on Chat, such as `reasoning_content`.
    pub reasoning_field: Option<String>,
    /// A base URL of the row's own, where it differs from its host profile's.
    pub base_url: Option<String>,
    /// Whether the weights are published.
    pub open_weights: Support,
    /// Where it is in its life.
    pub status: Option<Status>,
    /// When it came out.
    pub released: Option<Date>,
    /// When the source last changed the row.
    pub updated: Option<Date>,
    /// When it is or was withdrawn.
    pub deprecated: Option<Date>,
    /// How far its training data reach.
    pub knowledge: Option<Date>,
    /// What the provider does with the data.
    pub data_policy: DataPolicy,
    /// Which source said what.
    pub provenance: Provenance,
}

impl Row {
    /// A row of which nothing is known but where the model is and what it is called there.
    pub fn new(provider: impl Into<String>, upstream_id: impl Into<String>) -> Self {
        Self {
            provider: provider.into(),
            upstream_id: upstream_id.into(),
            family: None,
            region: None,
            tier: Tier::STANDARD,
            credential_scope: None,
            protocols: Vec::new(),
            name: None,
            operation: Operation::Chat,
            billing: Billing::Unknown,
            prices: Prices::default(),
            context_window: None,
            max_input: None,
            max_output: None,
            capabilities: Capabilities::default(),
            input: None,
            output: None,
            reasoning_field: None,
            base_url: None,
            open_weights: Support::Unknown,
            status: None,
            released: None,
            updated: None,
            deprecated: None,
            knowledge: None,
            data_policy: DataPolicy::default(),
            provenance: Provenance::default(),
        }
    }

    /// The family key: the known one, else the one of the upstream id.
    pub fn family(&self) -> Cow<'_, str> {
        match &self.family {
            Some(family) => Cow::Borrowed(family),
            None => Cow::Owned(switchback_slug::family(&self.upstream_id).to_string()),
        }
    }

    /// Takes from another row of the same model what this one leaves open, as [`merge`](crate::merge) does, with where
    /// it comes from. What tells the rows apart stays.
    ///
    /// ```
    /// use switchback_catalog::{PriceKind, Row};
    /// use switchback_units::{Rate, Tokens};
    ///
    /// let mut listed = Row::new("openai", "gpt-4o");
    /// listed.max_output = Some(Tokens::new(16_384));
    /// listed.prices.base.set(PriceKind::Input, Rate::per_million("2.50")?.value);
    /// let mut own = Row::new("openai", "gpt-4o");
    /// own.prices.base.set(PriceKind::Input, Rate::per_million("2")?.value);
    /// own.fill(&listed);
    /// assert_eq!(own.max_output, listed.max_output);
    /// assert_eq!(own.prices.base.rate(PriceKind::Input), Some(Rate::per_million("2")?.value));
    /// # Ok::<(), switchback_units::DecimalError>(())
    /// ```
    pub fn fill(&mut self, known: &Self) {
        crate::merge::fill(self, known);
    }

    /// What tells rows apart.
    pub fn key(&self) -> RowKey<'_> {
        RowKey {
            provider: &self.provider,
            upstream_id: &self.upstream_id,
            region: self.region.as_deref(),
            tier: &self.tier,
            credential_scope: self.credential_scope.as_deref(),
        }
    }
}

/// What tells rows apart: everything of an endpoint's tuple but the protocol. Orders field by field.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub struct RowKey<'a> {
    /// The canonical id of the provider.
    pub provider: &'a str,
    /// The model as the provider spells it.
    pub upstream_id: &'a str,
    /// The region, when there is one.
    pub region: Option<&'a str>,
    /// The class of service.
    pub tier: &'a Tier,
    /// The credential scope, when there is one.
    pub credential_scope: Option<&'a str>,
}

impl fmt::Display for RowKey<'_> {
    /// For messages: `provider/model`, then what is not the default.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.provider, self.upstream_id)?;
        if let Some(region) = self.region {
            write!(f, " region {region}")?;
        }
        if !self.tier.is_standard() {
            write!(f, " tier {}", self.tier)?;
        }
        match self.credential_scope {
            Some(scope) => write!(f, " scope {scope}"),
            None => Ok(()),
        }
    }
}

/// What a provider does with prompts and answers: facts that default to unknown, and unknown never satisfies a
/// constraint. What a contract adds belongs to the caller's inventory, not here.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct DataPolicy {
    /// Whether nothing is kept after the answer.
    pub zero_retention: Support,
    /// Whether prompts or answers train models.
    pub trains: Support,
}

impl DataPolicy {
    /// Whether no fact is known.
    pub fn is_unknown(&self) -> bool {
        *self == Self::default()
    }
}

impl Serialize for DataPolicy {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(2))?;
        map.serialize_entry("zero_retention", self.zero_retention.name())?;
        map.serialize_entry("trains", self.trains.name())?;
        map.end()
    }
}
