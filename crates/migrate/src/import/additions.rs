use serde::Serialize;
use serde::ser::SerializeStruct;
use switchback_catalog::{Catalog, Providers, Row};
use switchback_plan::Inventory;

/// What a configuration needs beyond the catalog.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Additions {
    /// Endpoints that the catalog does not have: deployments, hosts of one's own, models that it does not list.
    pub rows: Vec<Row>,
    /// The credentials that the configuration names, by opaque ids, and what each reaches. Empty where it names none.
    pub inventory: Inventory,
}

impl Additions {
    /// The catalog with the added endpoints.
    ///
    /// # Errors
    ///
    /// As [`Catalog::build`].
    pub fn extend(&self, catalog: &Catalog) -> Result<Catalog, switchback_catalog::Error> {
        let rows = catalog.rows().chain(&self.rows).cloned().collect();
        let aliases = catalog.aliases().map(|(alias, family)| (alias.to_owned(), family.to_owned())).collect();
        let mut extended = Catalog::build(rows, catalog.sources().to_vec(), Providers::embedded())?;
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
    #[serde(skip_serializing_if = "Option::is_none")]
    region: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    base_url: Option<&'a str>,
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
        region: row.region.as_deref(),
        base_url: row.base_url.as_deref(),
    }
}
