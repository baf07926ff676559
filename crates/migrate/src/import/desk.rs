use switchback_plan::{Policy, Selector};

use super::places::{Details, Place, Places};
use super::{Choice, Migration};
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
    pub(crate) places: Places<'c>,
    retired: Vec<Retired>,
}

impl<'c> Desk<'c> {
    pub(crate) fn new(system: System, choice: Choice, integrations: &'c Integrations, places: Places<'c>) -> Self {
        Self {
            system,
            choice,
            integrations,
            notes: Notes::new(),
            policy: Policy::default(),
            places,
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

    /// Makes sure that a place can be planned for, as [`Places::add`] does, and notes at the field that names it where
    /// another entry says otherwise what it costs or does. What names it apart, where it has to be.
    pub(crate) fn place(&mut self, field: Field<'_>, place: &Place, details: Details) -> Option<Selector> {
        let added = self.places.add(place, details);
        if added.is_known_otherwise {
            let differs =
                "another entry behind the same key says other facts of it, or none; the first that were stated hold";
            self.notes.near(field, Concept::CatalogFact, &format!("`{}`", place.text()), differs);
        }
        added.apart
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

    pub(crate) fn close(self, tree: &Tree) -> Migration {
        Migration {
            system: self.system,
            policy: self.policy,
            catalog: self.places.close(),
            ledger: self.notes.close(tree),
            retired: self.retired,
        }
    }
}

impl Desk<'_> {
    /// What a list comes to, which is exact but for the elements that cannot be read; one value may stand without a list.
    pub(crate) fn list<'t, T>(
        &mut self,
        field: Field<'t>,
        concept: Concept,
        became: &str,
        read: impl Fn(Field<'t>) -> Option<T>,
    ) -> Vec<T> {
        let mut values = Vec::new();
        for element in field.values() {
            match read(element) {
                Some(value) => values.push(value),
                None => {
                    self.notes.lost_badly(element, concept, "a value that cannot be read here", "write it otherwise");
                }
            }
        }
        if !values.is_empty() || field.node.is_blank() {
            self.notes.exact_whole(field, concept, became);
        }
        values
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
