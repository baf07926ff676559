use std::borrow::Cow;
use std::collections::BTreeMap;
use std::iter::FusedIterator;
use std::sync::{Arc, OnceLock};

use switchback_capability::Offer;
use switchback_ir::Protocol;
use switchback_units::Timestamp;
use xxhash_rust::xxh3::xxh3_64;

use crate::endpoint::{Endpoint, EndpointId};
use crate::error::{Error, ErrorKind, quoted};
use crate::host::{Host, Providers};
use crate::index::Index;
use crate::merge::Merged;
use crate::model::Model;
use crate::offer::offer;
use crate::preferences::Preferences;
use crate::provenance::Source;
use crate::row::Row;
use crate::snapshot;
use crate::{Capabilities, Date};

/// The snapshot that comes with the crate: what `switchback catalog import` rendered from the sources it names.
const EMBEDDED: &str = include_str!("../data/snapshot.tsv");

/// An immutable, indexed set of endpoints with the sources it was read from.
///
/// Endpoints are in the order of their canonical texts, and every look-up yields them in that order; the order in
/// which rows came in never shows.
///
/// ```
/// use switchback_catalog::Catalog;
///
/// let catalog = Catalog::embedded();
/// let providers: Vec<_> = catalog.by_family("gpt-4o").map(|endpoint| endpoint.provider()).collect();
/// assert!(providers.contains(&"openai"));
/// assert!(providers.is_sorted());
/// ```
#[derive(Clone, Debug)]
pub struct Catalog {
    sources: Arc<[Source]>,
    /// The day of the newest source, and when it began.
    newest: Option<(Date, Timestamp)>,
    /// Sorted by canonical text.
    endpoints: Vec<Endpoint>,
    /// Sorted by alias.
    aliases: Vec<(String, String)>,
    providers: Providers,
    preferences: Preferences,
    fingerprint: OnceLock<u64>,
    by_id: Vec<(EndpointId, u32)>,
    by_family: Index,
    by_upstream_id: Index,
}

impl Catalog {
    /// The most endpoints that a catalog holds: 2^20, some 200 times the largest public one.
    pub const MAX_ENDPOINTS: usize = 1 << 20;

    /// The catalog that comes with the crate. Cost: a few milliseconds; keep it.
    #[expect(clippy::expect_used, clippy::missing_panics_doc, reason = "the input is a constant that a test parses")]
    pub fn embedded() -> Self {
        // INVARIANT (embedded data): the file is part of the source; `the_embedded_snapshot_parses` upholds it.
        Self::parse(EMBEDDED).expect("the embedded snapshot parses")
    }

    /// Reads the text that [`render`](Self::render) writes, with the embedded host profiles.
    ///
    /// # Errors
    /// With the line, when a line has not the form that `docs/catalog.md` describes; as [`build`](Self::build) for
    /// duplicates.
    pub fn parse(text: &str) -> Result<Self, Error> {
        Self::parse_with(text, Providers::embedded())
    }

    /// The same with other host profiles.
    ///
    /// # Errors
    /// As [`parse`](Self::parse).
    pub fn parse_with(text: &str, providers: Providers) -> Result<Self, Error> {
        let snapshot = snapshot::parse(text)?;
        let mut catalog = Self::build(snapshot.rows, snapshot.sources, providers)?;
        catalog.set_aliases(snapshot.aliases)?;
        Ok(catalog)
    }

    /// Builds a catalog: one endpoint for each protocol of each row, and one without a protocol for a row that has
    /// none.
    ///
    /// # Errors
    /// [`ErrorKind::DuplicateRow`] when two rows have the same key (merge them first), [`ErrorKind::IdCollision`] when
    /// two endpoints hash to one id, [`ErrorKind::TooLarge`] above [`MAX_ENDPOINTS`](Self::MAX_ENDPOINTS).
    pub fn build(rows: Vec<Row>, sources: Vec<Source>, providers: Providers) -> Result<Self, Error> {
        let mut endpoints = expand(rows, &providers);
        if endpoints.len() > Self::MAX_ENDPOINTS {
            let detail = format!("{} endpoints, expected at most {}", endpoints.len(), Self::MAX_ENDPOINTS);
            return Err(Error::new(ErrorKind::TooLarge, "", detail));
        }
        endpoints.sort_by(|a, b| a.canonical().cmp(b.canonical()));
        let positioned = || endpoints.iter().zip(0_u32..);
        let mut by_id: Vec<_> = positioned().map(|(endpoint, at)| (endpoint.id(), at)).collect();
        by_id.sort_unstable();
        refuse_twins(&endpoints, &by_id)?;
        Ok(Self {
            by_family: Index::new(positioned().map(|(endpoint, at)| (endpoint.family(), at))),
            by_upstream_id: Index::new(positioned().map(|(endpoint, at)| (endpoint.upstream_id(), at))),
            by_id,
            newest: newest(&sources),
            sources: sources.into(),
            endpoints,
            aliases: Vec::new(),
            providers,
            preferences: Preferences::embedded(),
            fingerprint: OnceLock::new(),
        })
    }

    /// Builds a catalog of what [`merge`](crate::merge) made, aliases included.
    ///
    /// # Errors
    /// As [`build`](Self::build) and [`set_aliases`](Self::set_aliases).
    pub fn from_merged(merged: Merged, providers: Providers) -> Result<Self, Error> {
        let family = |id: &str| switchback_slug::family(id).to_string();
        let aliases = merged.aliases.into_iter().map(|(alias, id)| (alias, family(&id))).collect();
        let mut catalog = Self::build(merged.rows, merged.sources, providers)?;
        catalog.set_aliases(aliases)?;
        Ok(catalog)
    }

    /// Gives models other names: pairs of an alias and a family key.
    ///
    /// # Errors
    /// [`ErrorKind::Shape`] when one alias stands for two families.
    pub fn set_aliases(&mut self, mut aliases: Vec<(String, String)>) -> Result<(), Error> {
        aliases.sort();
        aliases.dedup();
        if let Some(((alias, _), _)) = aliases.iter().zip(aliases.iter().skip(1)).find(|(a, b)| a.0 == b.0) {
            return Err(Error::new(ErrorKind::Shape, format!("alias {alias}"), "stands for two families; keep one"));
        }
        self.aliases = aliases;
        self.fingerprint = OnceLock::new();
        Ok(())
    }

    /// Puts another offer in the place of the one that row and host profile make: for a decision that is replayed with
    /// what was known then. Whether there is such an endpoint. The fingerprint, which is of rows and profiles, stays.
    pub fn set_offer(&mut self, id: EndpointId, offer: Offer) -> bool {
        let at = self.by_id.binary_search_by_key(&id, |(id, _)| *id).ok().and_then(|at| self.by_id.get(at));
        let endpoint = at.and_then(|(_, position)| self.endpoints.get_mut(usize::try_from(*position).ok()?));
        endpoint.map(|endpoint| endpoint.set_offer(offer)).is_some()
    }

    /// The compact text form: one line per row, sorted, fit for version control. The same catalog always renders to
    /// the same bytes, and [`parse`](Self::parse) reads them back.
    pub fn render(&self) -> String {
        snapshot::render(self)
    }

    /// A version for records: xxh3-64 of the rendered text, the host profiles and the preferences. The same facts and
    /// opinions have the same fingerprint in every process. Computed once, a few milliseconds; later calls are free.
    ///
    /// ```
    /// use switchback_catalog::Catalog;
    ///
    /// let catalog = Catalog::embedded();
    /// assert_eq!(Catalog::parse(&catalog.render())?.fingerprint(), catalog.fingerprint());
    /// # Ok::<(), switchback_catalog::Error>(())
    /// ```
    pub fn fingerprint(&self) -> u64 {
        *self.fingerprint.get_or_init(|| {
            let opinions = [self.providers.fingerprint(), self.preferences.fingerprint()];
            xxh3_64(format!("{}{opinions:?}", self.render()).as_bytes())
        })
    }

    /// Where the facts come from, in the order that provenance counts.
    pub fn sources(&self) -> &[Source] {
        &self.sources
    }

    /// The day of the newest source and the time that it began, where there are sources.
    pub const fn newest(&self) -> Option<(Date, Timestamp)> {
        self.newest
    }

    /// The same, shared: what plans keep of the catalog that they were made from.
    pub fn shared_sources(&self) -> Arc<[Source]> {
        Arc::clone(&self.sources)
    }

    /// Every endpoint, ordered by canonical text.
    pub fn endpoints(&self) -> &[Endpoint] {
        &self.endpoints
    }

    /// Every row once, in the order of the first of its endpoints.
    pub fn rows(&self) -> impl Iterator<Item = &Row> {
        let mut rows: Vec<&Row> = self.endpoints.iter().map(Endpoint::row).collect();
        rows.sort_by_key(|row| row.key());
        rows.dedup_by_key(|row| row.key());
        rows.into_iter()
    }

    /// The providers and their host profiles.
    pub const fn providers(&self) -> &Providers {
        &self.providers
    }

    /// Which models rank first by performance and which ones `auto` may choose.
    pub const fn preferences(&self) -> &Preferences {
        &self.preferences
    }

    /// Puts other opinions in the place of the embedded ones.
    pub fn set_preferences(&mut self, preferences: Preferences) {
        self.preferences = preferences;
        self.fingerprint = OnceLock::new();
    }

    /// The host profile behind an endpoint, where one is known.
    pub fn host(&self, endpoint: &Endpoint) -> Option<&Host> {
        self.providers.host(endpoint.provider(), endpoint.protocol()?, endpoint.upstream_id())
    }

    /// The aliases and their family keys, ordered by alias.
    pub fn aliases(&self) -> impl Iterator<Item = (&str, &str)> {
        self.aliases.iter().map(|(alias, family)| (alias.as_str(), family.as_str()))
    }

    /// The family key that an alias stands for.
    pub fn alias(&self, name: &str) -> Option<&str> {
        let at = self.aliases.binary_search_by(|(alias, _)| alias.as_str().cmp(name)).ok()?;
        self.aliases.get(at).map(|(_, family)| family.as_str())
    }

    /// The family key of a model string: what an alias stands for, else the key of [`switchback_slug::family`], which is
    /// looked up where an endpoint lists the very string, since its rules take longer. Logarithmic.
    ///
    /// ```
    /// use switchback_catalog::Catalog;
    ///
    /// assert_eq!(Catalog::embedded().family_of("claude-4.5-haiku"), "claude-haiku-4-5");
    /// ```
    pub fn family_of<'c>(&'c self, model: &str) -> Cow<'c, str> {
        if let Some(family) = self.alias(model) {
            return Cow::Borrowed(family);
        }
        let mut listed = self.by_upstream_id(model).filter(|endpoint| endpoint.row().family.is_none());
        match listed.next() {
            Some(endpoint) => Cow::Borrowed(endpoint.family()),
            None => Cow::Owned(switchback_slug::family(model).to_string()),
        }
    }

    /// The endpoint with that id. Logarithmic.
    pub fn endpoint(&self, id: EndpointId) -> Option<&Endpoint> {
        let at = self.by_id.binary_search_by_key(&id, |(id, _)| *id).ok()?;
        let (_, position) = self.by_id.get(at)?;
        self.at(*position)
    }

    /// The endpoints of one model at all providers, by its family key. Logarithmic.
    pub fn by_family(&self, family: &str) -> Endpoints<'_> {
        self.found(&self.by_family, family, Endpoint::family)
    }

    /// The endpoints of one provider, by its canonical id. Logarithmic.
    pub fn by_provider(&self, provider: &str) -> &[Endpoint] {
        // The canonical text begins with the provider, so that its endpoints are neighbours.
        let start = self.endpoints.partition_point(|endpoint| endpoint.provider() < provider);
        let rest = self.endpoints.get(start..).unwrap_or_default();
        let len = rest.partition_point(|endpoint| endpoint.provider() == provider);
        rest.get(..len).unwrap_or_default()
    }

    /// The endpoints that some provider calls exactly this. Logarithmic.
    pub fn by_upstream_id(&self, id: &str) -> Endpoints<'_> {
        self.found(&self.by_upstream_id, id, Endpoint::upstream_id)
    }

    /// The model with that family key. Logarithmic.
    pub fn model(&self, family: &str) -> Option<Model<'_>> {
        let endpoint = self.by_family(family).next()?;
        Some(Model::new(self, endpoint.family()))
    }

    /// Every model once, in byte order of the family keys.
    pub fn models(&self) -> impl Iterator<Item = Model<'_>> {
        let mut families: Vec<_> = self.endpoints.iter().map(Endpoint::family).collect();
        families.sort_unstable();
        families.dedup();
        families.into_iter().map(|family| Model::new(self, family))
    }

    fn found<'c>(&'c self, index: &'c Index, text: &str, of: fn(&Endpoint) -> &str) -> Endpoints<'c> {
        let (positions, is_exact) = (index.find(text), index.is_exact);
        let mut endpoints = Endpoints { catalog: self, positions, text: "", of, is_exact };
        // The text is borrowed from the catalog, so that the result does not hold on to the query.
        let known = endpoints.positions.iter().filter_map(|(_, at)| self.at(*at)).map(of).find(|known| *known == text);
        match known {
            Some(known) => endpoints.text = known,
            None => endpoints.positions = &[],
        }
        endpoints
    }

    fn at(&self, position: u32) -> Option<&Endpoint> {
        self.endpoints.get(usize::try_from(position).ok()?)
    }
}

/// Endpoints in the order of their canonical texts: what a look-up yields.
#[derive(Clone, Debug)]
pub struct Endpoints<'c> {
    catalog: &'c Catalog,
    positions: &'c [(u64, u32)],
    text: &'c str,
    of: fn(&Endpoint) -> &str,
    is_exact: bool,
}

impl<'c> Iterator for Endpoints<'c> {
    type Item = &'c Endpoint;

    fn next(&mut self) -> Option<&'c Endpoint> {
        loop {
            let ((_, position), rest) = self.positions.split_first()?;
            self.positions = rest;
            let endpoint = self.catalog.at(*position)?;
            // Two texts of one hash are next to impossible, and told apart all the same.
            if self.is_exact || (self.of)(endpoint) == self.text {
                return Some(endpoint);
            }
        }
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (0, Some(self.positions.len()))
    }
}

impl FusedIterator for Endpoints<'_> {}

fn newest(sources: &[Source]) -> Option<(Date, Timestamp)> {
    let date = sources.iter().map(|source| source.date).max()?;
    Some((date, date.to_rfc3339().parse().ok()?))
}

fn expand(rows: Vec<Row>, providers: &Providers) -> Vec<Endpoint> {
    let mut endpoints = Vec::with_capacity(rows.len().saturating_mul(2));
    let mut offers = Offers::default();
    for row in rows {
        let row = Arc::new(row);
        let family: Arc<str> = Arc::from(row.family().as_ref());
        let first_party = providers.provider(&row.provider).is_some_and(|provider| provider.first_party);
        let mut expand = |protocol, offer| {
            let endpoint = Endpoint::new(Arc::clone(&row), protocol, Arc::clone(&family), offer);
            endpoints.push(endpoint.of_first_party(first_party));
        };
        if row.protocols.is_empty() {
            let offer = limits(Offer::unknown(), &row);
            expand(None, offer);
        }
        // In the order of the canonical texts, so that a rendered catalog comes in sorted.
        let mut protocols = row.protocols.clone();
        protocols.sort_unstable_by_key(|protocol| protocol.name());
        for protocol in protocols {
            let host = providers.host(&row.provider, protocol, &row.upstream_id);
            let offer = limits(offers.of(&row, protocol, host), &row);
            let about = providers.statements().iter().filter(|said| said.is_about(&row.provider, protocol, &family));
            let offer = about.fold(offer, |offer, said| said.apply(offer));
            expand(Some(protocol), offer);
        }
    }
    endpoints
}

/// Offers already derived: a catalog has thousands of endpoints and a few hundred different offers.
#[derive(Default)]
struct Offers(BTreeMap<(Capabilities, Protocol, Option<usize>), Offer>);

impl Offers {
    fn of(&mut self, row: &Row, protocol: Protocol, host: Option<&Host>) -> Offer {
        let key = (row.capabilities, protocol, host.map(|host| host.ordinal));
        *self.0.entry(key).or_insert_with(|| offer(row.capabilities, protocol, host))
    }
}

fn limits(mut offer: Offer, row: &Row) -> Offer {
    offer.set_context_window(row.context_window);
    offer.set_max_input(row.max_input);
    offer.set_max_output(row.max_output);
    offer
}

fn refuse_twins(endpoints: &[Endpoint], by_id: &[(EndpointId, u32)]) -> Result<(), Error> {
    let text = |at: &u32| usize::try_from(*at).ok().and_then(|at| endpoints.get(at)).map_or("", Endpoint::canonical);
    let twins = by_id.iter().zip(by_id.iter().skip(1)).find(|((a, _), (b, _))| a == b);
    let Some(((id, a), (_, b))) = twins else { return Ok(()) };
    let (first, second) = (text(a), text(b));
    if first == second {
        return Err(Error::new(ErrorKind::DuplicateRow, first, "is there twice; merge the rows first"));
    }
    let detail = format!("has the same id {id} as {}; give one a credential scope", quoted(second));
    Err(Error::new(ErrorKind::IdCollision, first, detail))
}
