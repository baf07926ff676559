//! The part of a catalog that a decision depends on.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::json;
use switchback_capability::Offer;
use switchback_catalog::{Catalog, Endpoint, EndpointId, Error, Preferences, Providers, Row};

use crate::{Goal, Note, Plan, Refusal, Target};

/// The rows of the candidates, and whatever else of the catalog the plan shows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Excerpt {
    /// Of the whole catalog.
    pub(super) fingerprint: String,
    /// How many endpoints of the whole catalog serve other models.
    pub(super) others: usize,
    /// A snapshot, line by line: the rows of the candidates, and one row for each name that the plan suggests.
    snapshot: Vec<String>,
    /// What each endpoint offers: its host's profile may be another one by now.
    offers: BTreeMap<EndpointId, Offer>,
    /// The providers that make the models that they serve.
    first_party: Vec<String>,
    /// The families that `auto` chooses from.
    auto: Vec<String>,
}

impl Excerpt {
    pub(super) fn of(catalog: &Catalog, plan: &Plan) -> Self {
        let kept: BTreeMap<&str, &Endpoint> =
            kept(catalog, plan).into_iter().map(|kept| (kept.canonical(), kept)).collect();
        let mut rows: Vec<Row> = kept.values().map(|endpoint| endpoint.row().clone()).collect();
        rows.sort_by(|a, b| a.key().cmp(&b.key()));
        rows.dedup_by(|a, b| a.key() == b.key());
        let all =
            catalog.endpoints().iter().filter(|endpoint| rows.iter().any(|row| row.key() == endpoint.row().key()));
        let offers: BTreeMap<EndpointId, Offer> = all.map(|endpoint| (endpoint.id(), *endpoint.offer())).collect();
        let providers: BTreeSet<&str> = kept.values().map(|endpoint| endpoint.provider()).collect();
        let first_party =
            |provider: &&str| catalog.providers().provider(provider).is_some_and(|provider| provider.first_party);
        let first_party = providers.into_iter().filter(first_party).map(str::to_owned).collect();
        let names: Vec<&str> = named(plan).map(|named| named.model.as_str()).collect();
        let aliases = catalog.aliases().filter(|(alias, _)| names.contains(alias));
        let aliases = aliases.map(|(alias, family)| (alias.to_owned(), family.to_owned())).collect();
        // Each row is there once and each alias is of a catalog, which is all that could be refused.
        let snapshot = Catalog::build(rows, catalog.sources().to_vec(), Providers::default()).and_then(|mut part| {
            part.set_aliases(aliases)?;
            Ok(part.render().lines().map(str::to_owned).collect())
        });
        Self {
            fingerprint: format!("{:016x}", catalog.fingerprint()),
            others: plan.others(),
            snapshot: snapshot.unwrap_or_default(),
            offers,
            first_party,
            auto: catalog.preferences().auto().to_vec(),
        }
    }

    /// A catalog that plans alike.
    pub(super) fn catalog(&self) -> Result<Catalog, Error> {
        let provider = |id: &String| json!({ "id": id, "name": id, "billing": "unknown", "first_party": true });
        let providers: Vec<_> = self.first_party.iter().map(provider).collect();
        let providers = json!({ "about": [], "packages": {}, "providers": providers }).to_string();
        let opinions =
            json!({ "about": [], "date": "1970", "sources": [], "performance": {}, "auto": self.auto }).to_string();
        let text = self.snapshot.join("\n");
        let mut catalog = Catalog::parse_with(&text, Providers::from_json(providers.as_bytes())?)?;
        catalog.set_preferences(Preferences::from_json(opinions.as_bytes())?);
        for (id, offer) in &self.offers {
            catalog.set_offer(*id, *offer);
        }
        Ok(catalog)
    }
}

/// The candidates, an endpoint for each name that the plan suggests and each provider that it knows, and one more where
/// that is nothing: a catalog without the candidates of a request is not an empty one.
fn kept<'c>(catalog: &'c Catalog, plan: &'c Plan) -> Vec<&'c Endpoint> {
    let attempts = plan.attempts().iter().map(|attempt| &attempt.endpoint);
    let mut kept: Vec<&Endpoint> = attempts.chain(plan.excluded().iter().map(|out| &out.endpoint)).collect();
    let known = named(plan).filter_map(|named| named.provider.as_deref());
    kept.extend(known.filter_map(|provider| catalog.by_provider(provider).first()));
    kept.extend(suggested(plan).into_iter().filter_map(|name| called(name, catalog)));
    kept.extend(catalog.endpoints().first().filter(|_| kept.is_empty()));
    kept
}

fn named(plan: &Plan) -> impl Iterator<Item = &crate::NamedModel> {
    plan.legs().iter().filter_map(|leg| match &leg.goal {
        Goal::Model(naming) => match &naming.target {
            Target::Model(named) => Some(named),
            Target::Auto => None,
        },
        Goal::Pool(_) => None,
    })
}

/// The names that the plan says may have been meant.
fn suggested(plan: &Plan) -> Vec<&str> {
    let notes = plan.notes().iter().filter_map(|note| {
        if let Note::UnknownModel { suggestions, .. } | Note::UnknownProvider { suggestions, .. } = note {
            Some(suggestions)
        } else {
            None
        }
    });
    let refusal = match plan.refusal() {
        Some(Refusal::UnknownModel { suggestions, .. }) => Some(suggestions),
        Some(_) | None => None,
    };
    notes.chain(refusal).flatten().map(String::as_str).collect()
}

/// An endpoint that makes a name known: of a family, of a provider's model, or of a provider.
fn called<'c>(name: &str, catalog: &'c Catalog) -> Option<&'c Endpoint> {
    let model = || {
        let (provider, id) = name.split_once('/')?;
        catalog.by_provider(provider).iter().find(|endpoint| endpoint.upstream_id() == id)
    };
    let of_provider = catalog.by_provider(name).first();
    catalog.by_family(name).next().into_iter().chain(model()).chain(of_provider).next()
}
