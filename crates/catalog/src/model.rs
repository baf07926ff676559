use crate::{Catalog, Endpoint, Endpoints};

/// One model of a catalog: everything that shares a family key.
///
/// ```
/// use switchback_catalog::Catalog;
///
/// let catalog = Catalog::embedded();
/// let model = catalog.model("gpt-4o").expect("a known model");
/// assert_eq!(model.name(), Some("GPT-4o"));
/// assert!(model.endpoints().all(|endpoint| endpoint.family() == "gpt-4o"));
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Model<'c> {
    catalog: &'c Catalog,
    family: &'c str,
}

impl<'c> Model<'c> {
    pub(crate) const fn new(catalog: &'c Catalog, family: &'c str) -> Self {
        Self { catalog, family }
    }

    /// The family key.
    pub const fn family(&self) -> &'c str {
        self.family
    }

    /// Its endpoints, ordered by canonical text; never empty.
    pub fn endpoints(&self) -> Endpoints<'c> {
        self.catalog.by_family(self.family)
    }

    /// The name for people: its maker's, else the first one that a host gives it.
    pub fn name(&self) -> Option<&'c str> {
        let first_party = |endpoint: &&Endpoint| endpoint.is_first_party();
        let name = |endpoint: &'c Endpoint| endpoint.row().name.as_deref();
        // The undated id's name is the model's; a dated one's often carries the date.
        let plain =
            self.endpoints().filter(first_party).filter(|endpoint| endpoint.upstream_id().len() <= self.family.len());
        plain.chain(self.endpoints().filter(first_party)).chain(self.endpoints()).find_map(name)
    }
}
