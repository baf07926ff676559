use std::collections::{BTreeMap, BTreeSet};

use switchback_catalog::{Billing, Catalog, Fact, Field, Operation, Provenance, Providers, Row, SourceIndex};
use switchback_ir::Protocol;
use switchback_plan::{Inventory, Scope, Selector};
use switchback_slug::{Dialect, Provider, aliases, family};
use switchback_units::Rate;

use super::Additions;

/// The endpoints and credentials that a configuration names.
pub(crate) struct Places<'c> {
    catalog: &'c Catalog,
    rows: Vec<Row>,
    scopes: BTreeMap<String, Scope>,
    /// What tells scopes of one id apart, by id.
    identities: BTreeMap<String, String>,
    /// What no credential was named for.
    open: Vec<Selector>,
    /// The scopes that reach each model string; `None` is whatever the environment has.
    reached: BTreeMap<String, BTreeSet<Option<String>>>,
    /// The model strings that several scopes reach, by an earlier reading.
    shared: BTreeSet<String>,
    /// The keys of rows of which no entry has stated anything yet.
    plain: BTreeSet<String>,
}

/// A model at a provider, by the provider's own id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) provider: Provider,
    pub(crate) model: String,
}

impl Place {
    /// The model string for a policy.
    pub(crate) fn text(&self) -> String {
        format!("{}/{}", segment(&self.provider), self.model)
    }

    /// Whether it stands for many models.
    fn is_pattern(&self) -> bool {
        self.model.contains(['*', '$'])
    }
}

/// How policies write a provider.
pub(crate) fn segment(provider: &Provider) -> &str {
    aliases::spelling(Dialect::Native, provider, None).unwrap_or(provider.as_str())
}

/// What a configuration says of a place beyond its name.
#[derive(Clone, Debug, Default)]
pub(crate) struct Details {
    /// The name of the credential; never the credential.
    pub(crate) credential: Option<String>,
    pub(crate) base_url: Option<String>,
    /// The name of the base URL, where only that is known.
    pub(crate) base_name: Option<String>,
    pub(crate) region: Option<String>,
    /// The model behind a deployment.
    pub(crate) base_model: Option<String>,
    /// What the configuration says that the model costs and does, over what the catalog says.
    pub(crate) facts: Option<Box<Row>>,
}

impl Details {
    /// A base URL may hold a password.
    fn without_secrets(self) -> Self {
        let is_plain = |url: &String| !crate::secret::looks_secret(url) && !crate::secret::is_redacted(url);
        Self { base_url: self.base_url.filter(is_plain), ..self }
    }

    /// Where it is, for people: a host, the name of a base URL, a region.
    fn whereabouts(&self) -> Option<&str> {
        let host = self.base_url.as_deref().map(|url| url.split_once("://").map_or(url, |(_, rest)| rest));
        let host = host.and_then(|rest| rest.split(['/', '?', '#']).next()).filter(|host| !host.is_empty());
        host.or(self.base_name.as_deref()).or(self.region.as_deref())
    }

    fn identity(&self) -> String {
        let Self { credential, base_url, base_name, region, .. } = self;
        format!("{credential:?} {base_url:?} {base_name:?} {region:?}")
    }
}

/// What became of a place.
#[derive(Debug)]
pub(crate) struct Added {
    /// What names it apart from the same model behind other credentials, where there are any.
    pub(crate) apart: Option<Selector>,
    /// Whether another entry says other facts of the same endpoint, or only one of the two says any.
    pub(crate) is_known_otherwise: bool,
}

/// Whether two rows say the same, whoever says it.
fn says_same(one: &Row, other: &Row) -> bool {
    Row { provenance: other.provenance.clone(), ..one.clone() } == *other
}

/// The scope of what names no credential beside others that do.
const ENVIRONMENT: &str = "environment";

impl<'c> Places<'c> {
    /// `shared` is what an earlier reading of the same configuration found in [`Places::shared`].
    pub(super) const fn new(catalog: &'c Catalog, shared: BTreeSet<String>) -> Self {
        Self {
            catalog,
            rows: Vec::new(),
            scopes: BTreeMap::new(),
            identities: BTreeMap::new(),
            open: Vec::new(),
            reached: BTreeMap::new(),
            shared,
            plain: BTreeSet::new(),
        }
    }

    pub(crate) const fn providers(&self) -> &'c Providers {
        self.catalog.providers()
    }

    /// The model strings that several credentials or hosts reach: each of those is an endpoint of its own.
    pub(super) fn shared(&self) -> BTreeSet<String> {
        self.reached.iter().filter(|(_, scopes)| scopes.len() > 1).map(|(text, _)| text.clone()).collect()
    }

    /// Makes sure that a place can be planned for: an endpoint of the catalog, or one that is added to it.
    pub(crate) fn add(&mut self, place: &Place, details: Details) -> Added {
        let details = details.without_secrets();
        let text = place.text();
        let id = self.scope_id(&details);
        if !place.is_pattern() {
            self.reached.entry(text.clone()).or_default().insert(id.clone());
        }
        let bound = self.shared.contains(&text).then(|| id.clone().unwrap_or_else(|| ENVIRONMENT.to_owned()));
        let is_known_otherwise = self.add_row(place, &details, bound.as_deref());
        let selector = if place.is_pattern() { place.provider.to_string() } else { text.clone() };
        self.reach(&selector, bound.clone().or(id), &details);
        let apart = bound.and_then(|scope| format!("{text}#{scope}").parse().ok());
        Added { apart, is_known_otherwise }
    }

    /// Says which credential reaches what a selector names.
    pub(crate) fn add_scope(&mut self, selector: &str, details: Details) {
        let details = details.without_secrets();
        let id = self.scope_id(&details);
        self.reach(selector, id, &details);
    }

    fn reach(&mut self, selector: &str, id: Option<String>, details: &Details) {
        let Ok(selector) = selector.parse::<Selector>() else { return };
        let Some(id) = id else {
            self.open.push(selector);
            return;
        };
        let scope = self.scopes.entry(id.clone()).or_default();
        scope.id = id;
        if !scope.reaches.contains(&selector) {
            scope.reaches.push(selector);
        }
        if scope.base_url.is_none() {
            scope.base_url.clone_from(&details.base_url);
        }
        if scope.region.is_none() {
            scope.region.clone_from(&details.region);
        }
    }

    /// The id of a credential at a host: its name, with the host where one name is used for several. Nothing where
    /// neither is known.
    fn scope_id(&mut self, details: &Details) -> Option<String> {
        let host = details.base_url.as_ref().or(details.base_name.as_ref()).and_then(|_| details.whereabouts());
        // Behind the sign, selectors name a scope.
        let name = details.credential.as_deref().or(host)?.replace('#', "-");
        let apart = details.whereabouts().map(|whereabouts| format!("{name}@{whereabouts}"));
        let numbered = (2_u32..).map(|number| format!("{name}-{number}"));
        let identity = details.identity();
        let mut ids = std::iter::once(name.clone()).chain(apart).chain(numbered);
        ids.find(|id| *self.identities.entry(id.clone()).or_insert_with(|| identity.clone()) == identity)
    }

    /// Adds the rows of a place. Whether another entry says something else of one of them.
    ///
    /// Of what entries state of one row the first holds, also for those that state nothing.
    fn add_row(&mut self, place: &Place, details: &Details, bound: Option<&str>) -> bool {
        if place.is_pattern() {
            return false;
        }
        let listed = self.listed(place);
        let is_new = listed.is_empty();
        let rows = if is_new { vec![self.unlisted(place, details)] } else { listed };
        let mut is_known_otherwise = false;
        for mut known in rows {
            known.credential_scope = bound.map(str::to_owned);
            if bound.is_some() && details.base_url.is_some() {
                known.base_url.clone_from(&details.base_url);
                known.provenance.set(Field::Fact(Fact::BaseUrl), self.operator());
            }
            // A price is of the standard class of service.
            let facts = details.facts.as_deref().filter(|_| known.tier.is_standard());
            let row = facts.map(|facts| self.stated(facts, &known));
            is_known_otherwise |= self.keep(row, known, is_new || bound.is_some());
        }
        is_known_otherwise
    }

    /// Keeps a row as an entry states it, or, where the catalog lacks it, as it is known. Whether another entry has it
    /// otherwise.
    fn keep(&mut self, stated: Option<Row>, known: Row, is_lacking: bool) -> bool {
        let key = known.key().to_string();
        let added = self.rows.iter_mut().find(|added| added.key() == known.key());
        match (added, stated) {
            (Some(added), stated) => {
                let differs = !says_same(added, stated.as_ref().unwrap_or(&known));
                if let Some(row) = stated
                    && self.plain.remove(&key)
                {
                    *added = row;
                }
                differs
            }
            (None, Some(row)) => {
                let differs = self.plain.remove(&key) && !says_same(&row, &known);
                self.rows.push(row);
                differs
            }
            (None, None) => {
                self.plain.insert(key);
                self.rows.extend(Some(known).filter(|_| is_lacking));
                false
            }
        }
    }

    /// What the configuration states of a known row: its facts, and the known ones where it says nothing.
    fn stated(&self, facts: &Row, known: &Row) -> Row {
        let mut row = Row {
            provider: known.provider.clone(),
            upstream_id: known.upstream_id.clone(),
            family: known.family.clone(),
            region: known.region.clone(),
            tier: known.tier.clone(),
            credential_scope: known.credential_scope.clone(),
            provenance: Provenance::of(self.operator()),
            ..facts.clone()
        };
        // Who states a price pays by it; else the place is paid for as it is known to be.
        let has_price = facts.prices.base.iter().any(|(_, rate)| rate > Rate::ZERO);
        row.billing = if has_price { Billing::Metered } else { Billing::Unknown };
        row.fill(known);
        row
    }

    /// The catalog's rows of a place: by the id, else one by the family, under the id.
    fn listed(&self, place: &Place) -> Vec<Row> {
        let by_id = self.rows_of(place.provider.as_str(), |row| row.upstream_id == place.model);
        if by_id.is_empty() { self.like(place, &place.model).into_iter().collect() } else { by_id }
    }

    /// A row of the same family at the same provider, under the place's id.
    fn like(&self, place: &Place, model: &str) -> Option<Row> {
        let key = family(model).to_string();
        let rows = self.rows_of(place.provider.as_str(), |row| row.family() == key);
        let plain = |row: &&Row| row.tier.is_standard() && row.region.is_none();
        let like = rows.iter().find(plain).or_else(|| rows.first())?;
        Some(Row { upstream_id: place.model.clone(), family: Some(key), ..like.clone() })
    }

    fn rows_of(&self, provider: &str, is_meant: impl Fn(&Row) -> bool) -> Vec<Row> {
        let mut rows: Vec<&Row> =
            self.catalog.by_provider(provider).iter().map(switchback_catalog::Endpoint::row).collect();
        rows.retain(|row| is_meant(row));
        rows.sort_by_key(|row| row.key());
        rows.dedup_by_key(|row| row.key());
        rows.into_iter().cloned().collect()
    }

    /// A row of what the catalog does not list: as the model behind the deployment, where that is known.
    fn unlisted(&self, place: &Place, details: &Details) -> Row {
        let provider = place.provider.as_str();
        let base = details.base_model.as_deref().map(|model| model.rsplit_once('/').map_or(model, |(_, model)| model));
        let mut row = base.and_then(|base| self.like(place, base)).unwrap_or_else(|| {
            let mut row = Row::new(provider, place.model.clone());
            row.family = base.map(|model| family(model).to_string());
            row.billing = Billing::Metered;
            row.operation = Operation::Chat;
            // Hosts of one's own speak Chat Completions.
            row.protocols = vec![if details.base_url.is_some() { Protocol::Chat } else { self.protocol_of(provider) }];
            row.provenance = Provenance::of(self.operator());
            row
        });
        row.region.clone_from(&details.region);
        row.base_url.clone_from(&details.base_url);
        row
    }

    /// The source that [`Additions::extend`] adds behind the catalog's own.
    fn operator(&self) -> SourceIndex {
        SourceIndex::try_from(self.catalog.sources().len()).unwrap_or(SourceIndex::MAX)
    }

    /// Chat Completions where a provider speaks it, or is not known; else what it speaks.
    fn protocol_of(&self, provider: &str) -> Protocol {
        let mut spoken: Vec<Protocol> =
            self.catalog.by_provider(provider).iter().filter_map(switchback_catalog::Endpoint::protocol).collect();
        spoken.sort_unstable_by_key(|protocol| (*protocol != Protocol::Chat, *protocol));
        spoken.first().copied().unwrap_or(Protocol::Chat)
    }

    /// The rows, and the scopes; with any at all, what no credential was named for is reached by one of its own.
    pub(super) fn close(self) -> Additions {
        let Self { rows, scopes, mut open, .. } = self;
        let mut inventory = Inventory::default();
        open.retain(|selector| {
            let text = selector.to_string();
            let provider = text.split('/').next().unwrap_or("");
            let reaches = |known: &Selector| known.to_string() == text || known.to_string() == provider;
            !scopes.values().any(|scope| scope.reaches.iter().any(reaches))
        });
        inventory.scopes = scopes.into_values().collect();
        if !inventory.scopes.is_empty() && !open.is_empty() {
            open.sort();
            open.dedup();
            let scope = inventory.scopes.iter_mut().find(|scope| scope.id == ENVIRONMENT);
            if let Some(scope) = scope {
                scope.reaches.extend(open);
            } else {
                let mut scope = Scope::default();
                ENVIRONMENT.clone_into(&mut scope.id);
                scope.reaches = open;
                inventory.scopes.push(scope);
            }
        }
        Additions { rows, inventory }
    }
}
