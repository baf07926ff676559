use serde::Serialize;
use serde::ser::SerializeStruct;
use switchback_catalog::{Billing, Capabilities, Catalog, Date, Modalities, Operation, Prices, Row, Source, Tier};
use switchback_plan::Inventory;
use switchback_units::Tokens;

/// What a configuration needs beyond the catalog.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Additions {
    /// Endpoints that the catalog does not have: deployments, hosts of one's own, models that it does not list; and rows
    /// of the catalog for one credential of several, or with prices and facts of the configuration's own, which take the
    /// place of the catalog's.
    pub rows: Vec<Row>,
    /// The credentials that the configuration names, by opaque ids, and what each reaches. Empty where it names none.
    pub inventory: Inventory,
}

impl Additions {
    /// The catalog with the added endpoints; facts of the configuration's own are of a source `operator`.
    ///
    /// The catalog has to be the one that the configuration was read with: rows say which of its sources a fact is from.
    ///
    /// # Errors
    ///
    /// As [`Catalog::build`].
    pub fn extend(&self, catalog: &Catalog) -> Result<Catalog, switchback_catalog::Error> {
        let is_added = |row: &&Row| self.rows.iter().any(|added| added.key() == row.key());
        let rows = catalog.rows().filter(|row| !is_added(row)).chain(&self.rows).cloned().collect();
        let mut sources = catalog.sources().to_vec();
        // A configuration has no day: it is as new as the catalog that it is read with.
        if let Some((date, _)) = catalog.newest().filter(|_| !self.rows.is_empty()) {
            let text = |text: &str| text.to_owned();
            sources.push(Source { name: text("operator"), version: text("1"), date, url: String::new() });
        }
        let aliases = catalog.aliases().map(|(alias, family)| (alias.to_owned(), family.to_owned())).collect();
        let mut extended = Catalog::build(rows, sources, catalog.providers().clone())?;
        extended.set_aliases(aliases)?;
        Ok(extended)
    }

    /// Whether the catalog is enough and no credential was named.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty() && self.inventory.scopes.is_empty()
    }
}

/// A row as it is written: what an import knows of one.
#[derive(Serialize)]
struct Written<'a> {
    provider: &'a str,
    model: &'a str,
    family: std::borrow::Cow<'a, str>,
    protocols: Vec<&'static str>,
    /// `None` of what answers chat requests.
    #[serde(skip_serializing_if = "Option::is_none")]
    operation: Option<Operation>,
    /// `None` of the standard class of service.
    #[serde(skip_serializing_if = "Option::is_none")]
    tier: Option<&'a Tier>,
    /// `None` where it is not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    billing: Option<Billing>,
    #[serde(skip_serializing_if = "Option::is_none")]
    region: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    base_url: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    credential_scope: Option<&'a str>,
    #[serde(skip_serializing_if = "Prices::is_empty")]
    prices: &'a Prices,
    #[serde(skip_serializing_if = "Option::is_none")]
    context_window: Option<Tokens>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_input: Option<Tokens>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_output: Option<Tokens>,
    /// `None` where nothing is known of them.
    #[serde(skip_serializing_if = "Option::is_none")]
    capabilities: Option<Capabilities>,
    #[serde(skip_serializing_if = "Option::is_none")]
    input: Option<Modalities>,
    #[serde(skip_serializing_if = "Option::is_none")]
    output: Option<Modalities>,
    #[serde(skip_serializing_if = "Option::is_none")]
    deprecated: Option<Date>,
}

impl Serialize for Additions {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let rows: Vec<Written<'_>> = self.rows.iter().map(written).collect();
        let mut table = serializer.serialize_struct("Additions", 2)?;
        table.serialize_field("rows", &rows)?;
        table.serialize_field("inventory", &self.inventory)?;
        table.end()
    }
}

fn written(row: &Row) -> Written<'_> {
    Written {
        provider: &row.provider,
        model: &row.upstream_id,
        family: row.family(),
        protocols: row.protocols.iter().map(|protocol| protocol.name()).collect(),
        operation: Some(row.operation).filter(|operation| *operation != Operation::Chat),
        tier: Some(&row.tier).filter(|tier| !tier.is_standard()),
        billing: Some(row.billing).filter(|billing| *billing != Billing::Unknown),
        region: row.region.as_deref(),
        base_url: row.base_url.as_deref(),
        credential_scope: row.credential_scope.as_deref(),
        prices: &row.prices,
        context_window: row.context_window,
        max_input: row.max_input,
        max_output: row.max_output,
        capabilities: Some(row.capabilities).filter(|known| *known != Capabilities::default()),
        input: row.input,
        output: row.output,
        deprecated: row.deprecated,
    }
}
