//! Configurations of other gateways as policies.

mod additions;
mod concentrate;
mod desk;
mod helicone;
mod leaf;
mod litellm;
mod llmgateway;
mod openrouter;
mod places;
mod portkey;
mod request;
mod table;
mod tensorzero;

use std::collections::BTreeSet;

use switchback_catalog::{Catalog, Providers};
use switchback_plan::{Finding, Policy, lint};

pub use additions::Additions;

pub(crate) use desk::Desk;

use crate::credential::Retired;
use crate::model::Integrations;
use crate::{Error, ErrorKind, Format, Ledger, Limits, SourceFile, System, Tree};

/// Which reading of an ambiguous key the result follows, where documentation and code of the other gateway differ.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_enums, reason = "the two readings that there are")]
pub enum Choice {
    /// What its documentation says.
    #[default]
    Documented,
    /// What its code does.
    AsCoded,
}

impl Choice {
    /// `documented` or `as_coded`, as entries of the ledger name readings.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Documented => "documented",
            Self::AsCoded => "as_coded",
        }
    }
}

/// A configuration as a policy, with what the catalog lacks for it and everything that was found.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Migration {
    /// The system that it was of.
    pub system: System,
    /// The policy.
    pub policy: Policy,
    /// Endpoints that the catalog does not have, and the credentials that the configuration names.
    pub catalog: Additions,
    /// What became of every key.
    pub ledger: Ledger,
    /// Credentials and environment variables that are not needed any more.
    pub retired: Vec<Retired>,
}

impl Migration {
    /// What `lint` finds in the policy, over the catalog that the configuration was read with and what it adds to it:
    /// what is odd there was odd where it comes from.
    ///
    /// ```
    /// use switchback_catalog::Catalog;
    /// use switchback_migrate::{Import, SourceFile, System};
    ///
    /// let text = "{model_list: [{model_name: a, litellm_params: {model: openai/gpt-4o}}],
    ///              router_settings: {fallbacks: [{a: [b]}]}}";
    /// let catalog = Catalog::embedded();
    /// let migration = Import::new(System::LiteLlm).read(&[SourceFile { name: "c.yaml", text }], &catalog)?;
    /// let findings = migration.findings(&catalog).expect("its rows are apart");
    /// assert_eq!(findings[0].path, "groups.a.chain[1]");
    /// # Ok::<(), switchback_migrate::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`Additions::extend`].
    pub fn findings(&self, catalog: &Catalog) -> Result<Vec<Finding>, switchback_catalog::Error> {
        if self.catalog.rows.is_empty() {
            return Ok(lint(&self.policy, catalog));
        }
        Ok(lint(&self.policy, &self.catalog.extend(catalog)?))
    }
}

/// Reads configurations of one system.
///
/// ```
/// use switchback_catalog::Catalog;
/// use switchback_migrate::{Import, SourceFile, System};
///
/// let text = "
/// model_list:
///   - model_name: chat
///     litellm_params: {model: openai/gpt-4o, api_key: os.environ/OPENAI_API_KEY}
///   - model_name: spare
///     litellm_params: {model: anthropic/claude-haiku-4-5, api_key: sk-ant-api03-x7Qp}
/// router_settings:
///   fallbacks: [{chat: [spare]}]
/// ";
/// let import = Import::new(System::LiteLlm);
/// let migration = import.read(&[SourceFile { name: "config.yaml", text }], &Catalog::embedded())?;
/// let policy = serde_json::to_string(&migration.policy).expect("a policy is data");
/// assert!(policy.contains(r#""chat":[{"model":"openai/gpt-4o"#), "{policy}");
/// assert!(!format!("{migration:?}").contains("x7Qp"));
/// # Ok::<(), switchback_migrate::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Import {
    system: System,
    choice: Choice,
    limits: Limits,
    format: Option<Format>,
    integrations: Integrations,
}

impl Import {
    /// An import of that system's configurations, by their documented reading.
    pub fn new(system: System) -> Self {
        let (choice, limits) = (Choice::default(), Limits::default());
        Self { system, choice, limits, format: None, integrations: Integrations::new() }
    }

    /// Chooses the reading of ambiguous keys.
    #[must_use]
    pub fn with_choice(self, choice: Choice) -> Self {
        Self { choice, ..self }
    }

    /// Sets what a configuration may be at most.
    #[must_use]
    pub fn with_limits(self, limits: Limits) -> Self {
        Self { limits, ..self }
    }

    /// Says what the files are written in, where it is not what the system's own are.
    #[must_use]
    pub fn with_format(self, format: Format) -> Self {
        Self { format: Some(format), ..self }
    }

    /// Says which provider (by canonical id) an integration of Portkey's is of: `@openai-prod` is known to its user alone.
    #[must_use]
    pub fn with_integration(mut self, name: impl Into<String>, provider: impl Into<String>) -> Self {
        self.integrations.insert(name.into().trim_start_matches('@').to_owned(), provider.into());
        self
    }

    /// Reads one configuration, in one file or several. What can be read always imports; what it loses is in the ledger.
    ///
    /// # Errors
    ///
    /// As [`Tree::read`], and [`ErrorKind::Shape`] for what is no table.
    pub fn read(&self, files: &[SourceFile<'_>], catalog: &Catalog) -> Result<Migration, Error> {
        let tree = self.tree(files)?;
        // Mappers never see a secret, so that none can come out of them.
        let plain = tree.without_secrets();
        let first = self.map(&tree, &plain, catalog, BTreeSet::new());
        let shared = first.places.shared();
        // Which models several credentials reach is known at the end, and said where each is first read.
        let desk = if shared.is_empty() { first } else { self.map(&tree, &plain, catalog, shared) };
        Ok(desk.close(&tree))
    }

    fn map<'d>(&'d self, tree: &Tree, plain: &Tree, catalog: &'d Catalog, shared: BTreeSet<String>) -> Desk<'d> {
        let places = places::Places::new(catalog, shared);
        let mut desk = Desk::new(self.system, self.choice, &self.integrations, places);
        let root = plain.field();
        desk.sweep_credentials(tree);
        match self.system {
            System::LiteLlm => litellm::import(&mut desk, root),
            System::Portkey => portkey::import(&mut desk, root),
            System::TensorZero => tensorzero::import(&mut desk, root),
            System::Helicone => helicone::import(&mut desk, root),
            System::LlmGateway => llmgateway::import(&mut desk, root),
            System::Concentrate => concentrate::import(&mut desk, root),
            System::OpenRouter => openrouter::import(&mut desk, root),
        }
        desk
    }

    /// Reads the files as a tree alone: what the ledger's pointers point into.
    ///
    /// # Errors
    ///
    /// As [`Import::read`].
    pub fn tree(&self, files: &[SourceFile<'_>]) -> Result<Tree, Error> {
        let tree = Tree::read(files, self.format.unwrap_or_else(|| self.system.format()), &self.limits)?;
        let root = tree.field();
        if root.is_table() || root.is_null() {
            return Ok(tree);
        }
        let detail = format!("found {}, expected a configuration of {}", root.node.kind(), self.system.title());
        Err(Error::new(ErrorKind::Shape, root.at, detail))
    }
}

/// A Config that came with a request of Portkey's. Its credentials stay the gateway's to choose, so that none are told
/// apart.
pub(crate) fn inline_config(integrations: &Integrations, config: crate::source::Field<'_>) -> (Policy, Ledger) {
    let import = Import { integrations: integrations.clone(), ..Import::new(System::Portkey) };
    let tree = Tree::of(config.node.clone());
    let nothing = Catalog::build(Vec::new(), Vec::new(), Providers::default());
    let Ok(nothing) = nothing else { return (Policy::default(), Ledger::default()) };
    let plain = tree.without_secrets();
    let migration = import.map(&tree, &plain, &nothing, BTreeSet::new()).close(&tree);
    (migration.policy, migration.ledger)
}
