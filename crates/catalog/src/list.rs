use serde::Serialize;
use serde_json::{Value, json};
use switchback_ir::Protocol;
use switchback_slug::{Dialect, ModelNames, Provider, aliases, family};
use switchback_units::{Timestamp, Tokens};

use crate::{Catalog, Date, Endpoint, Model, Status};

/// A model string that a caller can send, with what lists say of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Listed {
    /// The string: `auto`, a model's bare name, or `provider/name` in the native dialect.
    pub id: String,
    /// The name for people.
    pub name: String,
    /// Who makes the model; the provider where that is not known; `switchback` for `auto`.
    pub owned_by: String,
    /// When it came out, when a source says.
    pub released: Option<Date>,
    /// When it is or was withdrawn, when a source says.
    pub deprecated: Option<Date>,
    /// Whether a source calls it deprecated or dates its end.
    pub is_deprecated: bool,
    /// The largest prompt that one of the endpoints takes.
    pub max_input: Option<Tokens>,
    /// The longest answer that one of the endpoints gives.
    pub max_output: Option<Tokens>,
}

/// The model strings that a caller can send, in the order of an answer to `GET /v1/models`.
///
/// ```
/// use switchback_catalog::{Catalog, ModelList};
/// use switchback_ir::Protocol;
///
/// let catalog = Catalog::embedded();
/// let list = ModelList::new(&catalog, |endpoint| endpoint.provider() == "anthropic");
/// assert!(list.entries().iter().any(|entry| entry.id == "claude-haiku-4-5"));
/// assert!(list.entries().iter().any(|entry| entry.id == "anthropic/claude-haiku-4-5"));
/// assert!(list.to_json(Protocol::Messages).contains(r#""type":"model""#));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModelList {
    entries: Vec<Listed>,
}

impl ModelList {
    /// The strings that reach at least one endpoint for which `reachable` holds, in the native dialect: `auto` when one
    /// of its models can be reached, then every model by its bare name, each followed by its providers. Only endpoints
    /// that chat, are paid by use and speak a protocol of ours count, as for every bare name. A provider goes by its name
    /// in the native dialect, or by its canonical id where that has none.
    pub fn new(catalog: &Catalog, reachable: impl Fn(&Endpoint) -> bool) -> Self {
        let counts = |endpoint: &&Endpoint| endpoint.is_routable() && reachable(endpoint);
        let mut entries = Vec::new();
        let in_pool = |family: &String| catalog.by_family(family).any(|endpoint| counts(&endpoint));
        if catalog.preferences().auto().iter().any(in_pool) {
            entries.push(auto());
        }
        for model in catalog.models() {
            let endpoints: Vec<&Endpoint> = model.endpoints().filter(counts).collect();
            if endpoints.is_empty() {
                continue;
            }
            let bare = bare_name(catalog, &model);
            entries.push(listed(bare.clone(), &model, &endpoints));
            let mut rest = endpoints.as_slice();
            while let Some(first) = rest.first() {
                // Endpoints are ordered by provider first.
                let len = rest.iter().take_while(|endpoint| endpoint.provider() == first.provider()).count();
                let (of_provider, others) = rest.split_at_checked(len).unwrap_or((rest, &[]));
                let provider = Provider::from(first.provider());
                let brand = family(model.family()).brand();
                let segment = aliases::spelling(Dialect::Native, &provider, brand).unwrap_or_else(|| first.provider());
                entries.push(listed(format!("{segment}/{bare}"), &model, of_provider));
                rest = others;
            }
        }
        Self { entries }
    }

    /// The strings, in order.
    pub fn entries(&self) -> &[Listed] {
        &self.entries
    }

    /// The body of the answer in the shape of the API that the caller speaks: Anthropic's for Messages, else OpenAI's
    /// (fields as in the Python SDKs `anthropic` 2.12.0 and `openai` 3.54.0, 2026-11). One page, whatever its length.
    pub fn to_json(&self, protocol: Protocol) -> String {
        let body = if protocol == Protocol::Messages { self.anthropic() } else { self.openai() };
        body.to_string()
    }

    fn openai(&self) -> Value {
        let model = |entry: &Listed| {
            json!({
                "id": entry.id,
                "object": "model",
                "created": entry.released.map_or(0, seconds),
                "owned_by": entry.owned_by,
                "shutdown_date": entry.deprecated,
            })
        };
        json!({"object": "list", "data": self.entries.iter().map(model).collect::<Vec<_>>()})
    }

    fn anthropic(&self) -> Value {
        let model = |entry: &Listed| {
            json!({
                "type": "model",
                "id": entry.id,
                "display_name": entry.name,
                // The epoch stands for an unknown date, as the API documents.
                "created_at": entry.released.map_or_else(|| "1970-01-01T00:00:00Z".to_owned(), Date::to_rfc3339),
                "lifecycle": if entry.is_deprecated { "deprecated" } else { "active" },
                "retires_at": entry.deprecated.map(Date::to_rfc3339),
                "max_input_tokens": entry.max_input,
                "max_tokens": entry.max_output,
            })
        };
        json!({
            "data": self.entries.iter().map(model).collect::<Vec<_>>(),
            "has_more": false,
            "first_id": self.entries.first().map(|entry| &entry.id),
            "last_id": self.entries.last().map(|entry| &entry.id),
        })
    }
}

fn auto() -> Listed {
    Listed {
        id: "auto".to_owned(),
        name: "Auto".to_owned(),
        owned_by: "switchback".to_owned(),
        released: None,
        deprecated: None,
        is_deprecated: false,
        max_input: None,
        max_output: None,
    }
}

/// What people call the model: its maker's own id where that has no path and no date, else the family key.
fn bare_name(catalog: &Catalog, model: &Model<'_>) -> String {
    let key = family(model.family());
    let makers = catalog.providers().iter().filter(|provider| provider.first_party);
    let ids = makers.flat_map(|provider| catalog.ids(&key, &Provider::from(provider.id.as_str())));
    let plain = |id: &&str| !id.contains(['/', ':', '@']) && family(id).as_str() == model.family();
    ids.filter(plain).min_by_key(|id| (id.len(), *id)).map_or_else(|| model.family().to_owned(), str::to_owned)
}

fn listed(id: String, model: &Model<'_>, endpoints: &[&Endpoint]) -> Listed {
    let rows = || endpoints.iter().map(|endpoint| endpoint.row());
    let provider = endpoints.first().map_or("", |endpoint| endpoint.provider());
    let ended =
        |endpoint: &&Endpoint| endpoint.row().status == Some(Status::Deprecated) || endpoint.row().deprecated.is_some();
    Listed {
        id,
        name: model.name().unwrap_or_else(|| model.family()).to_owned(),
        owned_by: family(model.family()).author().unwrap_or(provider).to_owned(),
        released: rows().filter_map(|row| row.released).min(),
        // While one endpoint goes on, the model does.
        deprecated: if endpoints.iter().all(ended) { rows().filter_map(|row| row.deprecated).max() } else { None },
        is_deprecated: endpoints.iter().all(ended),
        max_input: rows().filter_map(|row| row.max_input.or(row.context_window)).max(),
        max_output: rows().filter_map(|row| row.max_output).max(),
    }
}

fn seconds(date: Date) -> u64 {
    date.to_rfc3339().parse::<Timestamp>().map_or(0, |time| time.as_millis() / 1_000)
}
