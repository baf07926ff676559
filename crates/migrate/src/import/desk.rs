use std::collections::BTreeMap;

use switchback_catalog::{Billing, Catalog, Row};
use switchback_ir::Protocol;
use switchback_plan::{Policy, Scope, Selector};
use switchback_slug::{Dialect, Provider, aliases, family};

use super::{Additions, Choice, Migration};
use crate::credential::{GATEWAY, Retired, RetiredKind, UPSTREAM};
use crate::model::Integrations;
use crate::notes::Notes;
use crate::secret::Credential;
use crate::source::Field;
use crate::{Concept, Reading, System, Tree, Value};

/// Where a configuration is read: what mappers fill.
pub(crate) struct Desk<'c> {
    pub(crate) system: System,
    pub(crate) choice: Choice,
    pub(crate) integrations: &'c Integrations,
    pub(crate) notes: Notes,
    pub(crate) policy: Policy,
    catalog: &'c Catalog,
    rows: Vec<Row>,
    scopes: BTreeMap<String, Scope>,
    /// What no credential was named for.
    open: Vec<Selector>,
    retired: Vec<Retired>,
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
    pub(crate) region: Option<String>,
    /// The model behind a deployment.
    pub(crate) base_model: Option<String>,
}

impl<'c> Desk<'c> {
    pub(crate) fn new(system: System, choice: Choice, integrations: &'c Integrations, catalog: &'c Catalog) -> Self {
        Self {
            system,
            choice,
            integrations,
            notes: Notes::new(),
            policy: Policy::default(),
            catalog,
            rows: Vec::new(),
            scopes: BTreeMap::new(),
            open: Vec::new(),
            retired: Vec::new(),
        }
    }

    /// Two readings of a field, one of which the result follows. Whether that is the code's.
    pub(crate) fn two_readings(
        &mut self,
        field: Field<'_>,
        concept: Concept,
        documented: impl Into<String>,
        as_coded: impl Into<String>,
    ) -> bool {
        let follows_code = self.choice == Choice::AsCoded;
        let readings = vec![
            Reading { name: Choice::Documented.name(), detail: documented.into(), taken: !follows_code },
            Reading { name: Choice::AsCoded.name(), detail: as_coded.into(), taken: follows_code },
        ];
        let detail = format!("documentation and code differ; read as {}", self.choice.name());
        self.notes.ambiguous(field, concept, detail, readings);
        follows_code
    }

    /// Notes every secret and every name of one, before anything else looks at the tree.
    pub(crate) fn sweep_credentials(&mut self, tree: &Tree) {
        self.sweep(tree.field(), false);
    }

    fn sweep(&mut self, field: Field<'_>, within: bool) {
        let is_secret_table = crate::secret::is_secret_name(field.key) && field.is_table();
        if let Some(text) = field.text() {
            let name = if within { crate::secret::TABLE } else { field.key };
            if let Some(credential) = Credential::read(name, text) {
                self.note_credential(field, credential);
            }
        }
        field.members().for_each(|member| self.sweep(member, within || is_secret_table));
        field.items().for_each(|item| self.sweep(item, within || is_secret_table));
    }

    fn note_credential(&mut self, field: Field<'_>, credential: Credential<'_>) {
        match credential {
            Credential::Variable(name) => {
                self.retire(name, RetiredKind::Variable);
                if crate::secret::is_credential_name(field.key) {
                    let became = format!("a credential by its name, `{name}`; the variable itself is not read");
                    self.notes.exact(field, Concept::Credential, became);
                }
            }
            Credential::Reference(name) => {
                if crate::secret::is_credential_name(field.key) {
                    self.retire(name, RetiredKind::Reference);
                    self.notes.exact(field, Concept::Credential, format!("a credential by its name, `{name}`"));
                }
            }
            Credential::Secret(secret) => {
                let shown = crate::secret::redacted(secret);
                self.retire(&format!("`{}` in line {}", field.key, field.at.line), RetiredKind::Inline);
                let became = format!("a secret, `{shown}`, of which nothing is kept");
                self.notes.near(field, Concept::Credential, &became, "the route names a credential without it");
                self.notes.advise("put it where the new gateway keeps credentials, and out of this file");
            }
            Credential::Absent => {
                if crate::secret::is_credential_name(field.key) && !field.node.is_blank() {
                    self.notes.exact(field, Concept::Credential, "no credential");
                }
            }
        }
    }

    pub(crate) fn retire(&mut self, name: &str, kind: RetiredKind) {
        let upper = name.to_ascii_uppercase();
        let is_gateways = ["MASTER", "DATABASE", "LITELLM", "PORTKEY", "HELICONE", "TENSORZERO"]
            .iter()
            .any(|own| upper.contains(own));
        let when = if is_gateways { GATEWAY } else { UPSTREAM };
        let retired = Retired { name: name.to_owned(), kind, when };
        if !self.retired.contains(&retired) {
            self.retired.push(retired);
        }
    }

    /// Makes sure that a place can be planned for: an endpoint of the catalog, or one that is added to it.
    pub(crate) fn add_place(&mut self, place: &Place, details: Details) {
        self.add_row(place, &details);
        let selector = if place.model.contains(['*', '$']) { place.provider.to_string() } else { place.text() };
        self.add_scope(&selector, details);
    }

    /// Says which credential reaches what a selector names.
    pub(crate) fn add_scope(&mut self, selector: &str, details: Details) {
        let Ok(selector) = selector.parse::<Selector>() else { return };
        let base_url = details.base_url.filter(|url| !crate::secret::looks_secret(url));
        let id = details.credential.or_else(|| base_url.as_ref().map(|_| selector.to_string()));
        let Some(id) = id else {
            self.open.push(selector);
            return;
        };
        let scope = self.scopes.entry(id.clone()).or_default();
        scope.id = id;
        if !scope.reaches.contains(&selector) {
            scope.reaches.push(selector);
        }
        scope.base_url = scope.base_url.take().or(base_url);
        scope.region = scope.region.take().or(details.region);
    }

    /// The scopes; with any at all, what no credential was named for is reached by one of its own.
    fn inventory(scopes: BTreeMap<String, Scope>, mut open: Vec<Selector>) -> switchback_plan::Inventory {
        let mut inventory = switchback_plan::Inventory::default();
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
            let mut scope = Scope::default();
            "environment".clone_into(&mut scope.id);
            scope.reaches = open;
            inventory.scopes.push(scope);
        }
        inventory
    }

    fn add_row(&mut self, place: &Place, details: &Details) {
        let provider = place.provider.as_str();
        let serves = |endpoint: &&switchback_catalog::Endpoint| endpoint.provider() == provider;
        let key = family(&place.model).to_string();
        let is_listed = self
            .catalog
            .by_upstream_id(&place.model)
            .chain(self.catalog.by_family(&key))
            .any(|endpoint| serves(&endpoint));
        let is_added = self.rows.iter().any(|row| row.provider == provider && row.upstream_id == place.model);
        if is_listed || is_added || place.model.contains(['*', '$']) {
            return;
        }
        let mut row = Row::new(provider, place.model.clone());
        row.family = details.base_model.as_deref().map(|model| family(model).to_string());
        // Hosts of one's own speak Chat Completions.
        row.protocols = vec![if details.base_url.is_some() { Protocol::Chat } else { self.protocol_of(provider) }];
        row.billing = Billing::Metered;
        row.region.clone_from(&details.region);
        row.base_url.clone_from(&details.base_url);
        self.rows.push(row);
    }

    /// Chat Completions where a provider speaks it, or is not known; else what it speaks.
    fn protocol_of(&self, provider: &str) -> Protocol {
        let mut spoken: Vec<Protocol> =
            self.catalog.by_provider(provider).iter().filter_map(switchback_catalog::Endpoint::protocol).collect();
        spoken.sort_unstable_by_key(|protocol| (*protocol != Protocol::Chat, *protocol));
        spoken.first().copied().unwrap_or(Protocol::Chat)
    }

    pub(crate) fn close(self, tree: &Tree) -> Migration {
        let inventory = Self::inventory(self.scopes, self.open);
        Migration {
            system: self.system,
            policy: self.policy,
            catalog: Additions { rows: self.rows, inventory },
            ledger: self.notes.close(tree),
            retired: self.retired,
        }
    }
}

/// A condition, written as policies write it.
pub(crate) fn condition(written: serde_json::Value) -> Option<switchback_plan::Condition> {
    serde_json::from_value(written).ok()
}

/// Whether a secret stands in a value, or below it.
pub(crate) fn holds_secret(field: Field<'_>) -> bool {
    let own = field.text().is_some_and(|text| matches!(Credential::read(field.key, text), Some(Credential::Secret(_))));
    own || crate::secret::is_secret_name(field.key) && !field.is_null()
        || field.members().any(holds_secret)
        || field.items().any(holds_secret)
}

impl Desk<'_> {
    /// A value for a rewrite; nothing where a secret stands in it, which is noted.
    pub(crate) fn parameter(&mut self, field: Field<'_>) -> Option<serde_json::Value> {
        if !holds_secret(field) {
            return Some(json(field));
        }
        if !self.notes.knows(field) {
            let meant = "a parameter with a secret in it, of which nothing is kept";
            self.notes.lost_badly(
                field,
                Concept::Credential,
                meant,
                "keep the secret where the new gateway keeps credentials",
            );
        }
        None
    }
}

/// A value as JSON, for rewrites.
pub(crate) fn json(field: Field<'_>) -> serde_json::Value {
    match &field.node.value {
        Value::Null => serde_json::Value::Null,
        Value::Bool(truth) => serde_json::Value::Bool(*truth),
        Value::Number(text) => serde_json::from_str(text)
            .unwrap_or_else(|_| text.parse::<f64>().map_or(serde_json::Value::Null, Into::into)),
        Value::Text(text) => serde_json::Value::String(text.clone()),
        Value::Sequence(_) => field.items().map(json).collect(),
        Value::Mapping(_) => field.members().map(|member| (member.key.to_owned(), json(member))).collect(),
    }
}
