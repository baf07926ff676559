//! Which endpoints a model string names.

use serde::Serialize;
use switchback_catalog::{Catalog, Endpoint};
use switchback_slug::{Dialect, ModelId, ProviderRef, parse};

/// A model string as the planner read it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
#[non_exhaustive]
pub struct Naming {
    /// The string as written.
    pub text: String,
    /// What it asks for.
    #[serde(flatten)]
    pub target: Target,
}

/// What a model string asks for.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[expect(clippy::exhaustive_enums, reason = "a new kind of request should stop the build of every reader")]
pub enum Target {
    /// Any model of the pool: the policy's, else the catalog's.
    Auto,
    /// One model.
    Model(NamedModel),
}

/// One model, and what the string pins of it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
#[non_exhaustive]
pub struct NamedModel {
    /// The model's part of the string.
    pub model: String,
    /// The family key that joins its spellings.
    pub family: String,
    /// The whole string, when no table knows the provider: an endpoint may list the model under just that, and the
    /// segment is then no provider's name.
    #[serde(skip)]
    pub(crate) listed_as: Option<String>,
    /// The provider that must serve it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub provider: Option<String>,
    /// The version that it must have, such as a date.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// The region that it must be served in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
}

impl Naming {
    /// Reads a model string in the native dialect: `auto`, `model`, `provider/model`.
    ///
    /// A first segment pins the provider: the one that the alias table gives it, else one of that very name. Only when
    /// it is the name of somebody who makes models and serves none under it, it is part of the model's own name, as in
    /// `meta-llama/Llama-3.2-1B-Instruct`. The catalog has no say in it, so that what a string means does not change
    /// with the endpoints that there are.
    ///
    /// ```
    /// use switchback_catalog::Catalog;
    /// use switchback_plan::{Naming, Target};
    ///
    /// let naming = Naming::read("aws/claude-haiku-4-5", &Catalog::embedded());
    /// let Target::Model(model) = naming.target else { panic!("it names a model") };
    /// assert_eq!(model.provider.as_deref(), Some("bedrock"));
    /// ```
    pub fn read(text: &str, catalog: &Catalog) -> Self {
        let slug = parse(Dialect::Native, text);
        if slug.is_auto() {
            return Self { text: text.to_owned(), target: Target::Auto };
        }
        let segment = slug.provider();
        let known = segment.and_then(ProviderRef::resolve);
        let (provider, model) = match (&known, segment) {
            (Some(provider), _) => (Some(provider.as_str().to_owned()), slug.model()),
            (None, Some(segment)) if segment.author().is_some() => (None, text),
            (None, segment) => (segment.map(|segment| segment.as_str().to_owned()), slug.model()),
        };
        let id = ModelId::parse(model);
        let target = Target::Model(NamedModel {
            model: model.to_owned(),
            listed_as: (provider.is_some() && known.is_none()).then(|| text.to_owned()),
            family: catalog.family_of(model).into_owned(),
            provider,
            version: pinned_version(&id).map(str::to_owned),
            region: id.region().map(str::to_owned),
        });
        Self { text: text.to_owned(), target }
    }

    /// The endpoints of the models that the string names, pinned or not, in no particular order and some of them perhaps
    /// twice.
    pub(crate) fn endpoints<'c>(&self, catalog: &'c Catalog) -> Vec<&'c Endpoint> {
        let mut found = Vec::new();
        self.each_endpoint(catalog, &mut |endpoint| found.push(endpoint));
        found
    }

    /// Calls back with the endpoints of the models that the string names, pinned or not, in no particular order and some
    /// of them perhaps twice.
    pub(crate) fn each_endpoint<'c>(&self, catalog: &'c Catalog, found: &mut impl FnMut(&'c Endpoint)) {
        match &self.target {
            Target::Auto => catalog.endpoints().iter().for_each(found),
            Target::Model(named) => {
                let ids = named.listed_as.iter().chain([&named.model]);
                let others = ids.flat_map(|id| catalog.by_upstream_id(id));
                catalog.by_family(&named.family).for_each(&mut *found);
                others.filter(|endpoint| endpoint.family() != named.family).for_each(found);
            }
        }
    }
}

impl NamedModel {
    /// Whether an endpoint's id is, byte for byte, what was asked for.
    pub(crate) fn is_spelled(&self, endpoint: &Endpoint) -> bool {
        endpoint.upstream_id() == self.model || self.is_listed(endpoint)
    }

    /// The provider that the endpoint would have to have and does not.
    pub(crate) fn other_provider(&self, endpoint: &Endpoint) -> Option<&str> {
        self.provider.as_deref().filter(|wanted| *wanted != endpoint.provider() && !self.is_listed(endpoint))
    }

    fn is_listed(&self, endpoint: &Endpoint) -> bool {
        self.listed_as.as_deref() == Some(endpoint.upstream_id())
    }

    /// Whether an endpoint may have the version that was asked for: the same one, or none that its id tells.
    pub(crate) fn version_of(&self, endpoint: &Endpoint) -> VersionMatch {
        let Some(wanted) = self.version.as_deref() else { return VersionMatch::Same };
        match pinned_version(&ModelId::parse(endpoint.upstream_id())) {
            _ if self.is_spelled(endpoint) => VersionMatch::Same,
            Some(version) if digits(version).eq(digits(wanted)) => VersionMatch::Same,
            Some(_) => VersionMatch::Other,
            None => VersionMatch::Untold,
        }
    }
}

/// How an endpoint's version compares with the one asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum VersionMatch {
    /// The same, or none was asked for.
    Same,
    /// The endpoint's id tells none: a moving alias, which may be the same.
    Untold,
    /// Another one.
    Other,
}

/// The version that an id pins; `latest` pins none.
fn pinned_version<'a>(id: &ModelId<'a>) -> Option<&'a str> {
    id.version().filter(|version| *version != "latest" && *version != "default")
}

/// `2024-08-06` and `20240806` are one date.
fn digits(version: &str) -> impl Iterator<Item = char> + '_ {
    version.chars().filter(|char| *char != '-')
}
