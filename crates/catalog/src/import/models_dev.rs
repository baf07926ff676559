//! The JSON of <https://models.dev> (MIT): providers, each with its models.

use switchback_capability::Support;
use switchback_units::{Rate, Tokens};

use switchback_slug::aliases::System;

use super::fields::Fields;
use super::json::{self, Node};
use super::note::{NoteKind, Notes};
use super::operation::operation;
use super::{Import, merge_duplicates, modality_set, support, word};
use crate::{Billing, Capability, Error, Modality, PriceKind, PriceList, Providers, Row, Source, Status, Tier, names};

/// Fields of a provider that are read, and those that have no place in the catalog.
const PROVIDER: Fields = Fields {
    read: &["id", "name", "models", "npm", "api"],
    not_kept: &[
        ("env", "names of environment variables: credentials are the embedder's"),
        ("doc", "the provider's documentation"),
    ],
};

/// The same for a model.
const MODEL: Fields = Fields {
    read: &[
        "id",
        "name",
        "attachment",
        "reasoning",
        "temperature",
        "tool_call",
        "structured_output",
        "interleaved",
        "modalities",
        "limit",
        "cost",
        "knowledge",
        "release_date",
        "last_updated",
        "open_weights",
        "status",
        "experimental",
        "provider",
    ],
    not_kept: &[("family", "the source's own grouping; family keys come from the ids")],
};

const COST: &[(&str, PriceKind)] = &[
    ("input", PriceKind::Input),
    ("output", PriceKind::Output),
    ("cache_read", PriceKind::CacheRead),
    ("cache_write", PriceKind::CacheWrite),
    ("reasoning", PriceKind::Reasoning),
    ("input_audio", PriceKind::InputAudio),
    ("output_audio", PriceKind::OutputAudio),
];

/// The threshold of `context_over_200k`, in input tokens.
const OVER_200K: Tokens = Tokens::new(200_000);

/// Reads the models.dev catalog: `{provider: {models: {id: model}}}`.
///
/// Prices are dollars per million tokens. A capability that a row does not mention stays unknown; a modality that a
/// row does not list is absent when the row takes no attachments, and else unknown. How a row is paid for comes from
/// `providers`, since the source does not say.
///
/// # Errors
/// When the bytes are not JSON, or the document, a provider or a model is not an object.
///
/// ```
/// use switchback_catalog::{Capability, Providers, Source, import};
/// use switchback_capability::Support;
///
/// let json = br#"{"openai": {"id": "openai", "name": "OpenAI", "npm": "@ai-sdk/openai", "models": {"gpt-4o": {
///     "id": "gpt-4o", "name": "GPT-4o", "tool_call": true, "cost": {"input": 2.5, "output": 10},
///     "limit": {"context": 128000, "output": 16384}}}}}"#;
/// let source = Source {
///     name: "models.dev".into(), version: "test".into(), date: "2026-05".parse()?, url: "https://models.dev".into(),
/// };
/// let import = import::models_dev(json, source, &Providers::embedded())?;
/// let row = &import.rows[0];
/// assert_eq!(row.capabilities.support(Capability::Tools), Support::Yes);
/// assert_eq!(row.capabilities.support(Capability::JsonSchema), Support::Unknown);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn models_dev(json: &[u8], source: Source, providers: &Providers) -> Result<Import, Error> {
    let document = json::parse(json)?;
    let root = Node::root(&document);
    root.require_object()?;
    let mut reader = Reader { providers, notes: Notes::default(), rows: Vec::new(), listed: 0 };
    for (id, provider) in root.members() {
        provider.require_object()?;
        reader.provider(id, &provider)?;
    }
    let Reader { mut notes, rows, listed, .. } = reader;
    let rows = merge_duplicates(rows, &mut notes);
    Ok(Import { source, rows, rules: Vec::new(), aliases: Vec::new(), listed, notes: notes.finish() })
}

struct Reader<'p> {
    providers: &'p Providers,
    notes: Notes,
    rows: Vec<Row>,
    listed: usize,
}

/// What a provider says for all its models.
struct ProviderFacts<'a> {
    id: String,
    package: &'a str,
    api: Option<&'a str>,
}

impl Reader<'_> {
    fn provider(&mut self, id: &str, node: &Node<'_>) -> Result<(), Error> {
        PROVIDER.check("provider", node, &mut self.notes);
        let Some(models) = node.get("models") else { return Err(node.shape("a provider with `models`")) };
        models.require_object()?;
        let facts = ProviderFacts {
            id: names::provider(System::ModelsDev, id).to_string(),
            package: node.get("npm").and_then(|npm| npm.text(&mut self.notes)).unwrap_or_default(),
            api: node.get("api").and_then(|api| api.text(&mut self.notes)),
        };
        for (id, model) in models.members() {
            model.require_object()?;
            self.model(&facts, id, &model);
        }
        Ok(())
    }

    fn model(&mut self, provider: &ProviderFacts<'_>, id: &str, node: &Node<'_>) {
        self.listed = self.listed.saturating_add(1);
        MODEL.check("model", node, &mut self.notes);
        let mut row = Row::new(provider.id.as_str(), id);
        row.region = names::region(id);
        let notes = &mut self.notes;
        row.name = node.get("name").and_then(|name| name.text(notes)).map(str::to_owned);
        row.open_weights = support(node, "open_weights", notes);
        row.status = node.get("status").and_then(|status| word::<Status>(&status, "a known status", notes));
        row.released = node.get("release_date").and_then(|date| date.date(notes));
        row.updated = node.get("last_updated").and_then(|date| date.date(notes));
        row.knowledge = node.get("knowledge").and_then(|date| date.date(notes));
        limits(&mut row, node, notes);
        modalities(&mut row, node, notes);
        capabilities(&mut row, node, notes);
        prices(&mut row, node, notes);
        let (operation, inferred) = operation(id, row.output);
        if inferred {
            let detail = format!("operation {operation}, by a word of the id");
            notes.add(NoteKind::Inferred, detail, || node.pointer());
        }
        row.operation = operation;
        self.place(&mut row, provider, node);
        self.modes(&row, node);
        self.rows.push(row);
    }

    /// Protocols, base URL and billing: what depends on who serves the model.
    fn place(&mut self, row: &mut Row, provider: &ProviderFacts<'_>, node: &Node<'_>) {
        let own = node.get("provider");
        let text = |key: &'static str| own.as_ref().and_then(|own| own.get(key)?.value().as_str());
        if let Some(own) = &own {
            Fields { read: &["npm", "api"], not_kept: &[("shape", "the package's own name of a protocol")] }.check(
                "model provider",
                own,
                &mut self.notes,
            );
        }
        let package = text("npm").unwrap_or(provider.package);
        row.protocols = self.providers.protocols(&row.provider, &row.upstream_id, row.operation, package);
        if text("npm").is_some() && self.providers.provider(&row.provider).is_none() {
            row.protocols = self.providers.protocols("", &row.upstream_id, row.operation, package);
        }
        let known = row.protocols.iter().any(|p| self.providers.host(&row.provider, *p, &row.upstream_id).is_some());
        row.base_url = if known { None } else { text("api").or(provider.api).map(str::to_owned) };
        let free = row.prices.base.is_free();
        row.billing = match self.providers.provider(&row.provider) {
            Some(known) => known.billing(&row.upstream_id, free),
            None if row.prices.base.is_empty() || free => Billing::Unknown,
            None => Billing::Metered,
        };
    }

    /// `experimental.modes`: the same model in another tier, with its own prices.
    fn modes(&mut self, standard: &Row, node: &Node<'_>) {
        let Some(experimental) = node.get("experimental") else { return };
        let Some(modes) = experimental.get("modes") else { return };
        Fields::read(&["modes"]).check("experimental", &experimental, &mut self.notes);
        for (name, mode) in modes.members() {
            let mut row = standard.clone();
            let body = mode.get("provider").and_then(|provider| provider.get("body").map(|body| body.value().clone()));
            let field = |key: &str| body.as_ref().and_then(|body| body.get(key)?.as_str().map(str::to_owned));
            row.tier = match (field("service_tier"), field("speed")) {
                (Some(tier), _) => Tier::from(tier.as_str()),
                (None, Some(speed)) => Tier::from(speed.as_str()),
                (None, None) => Tier::from(name),
            };
            let list = mode.get("cost").map(|cost| price_list(&cost, &mut self.notes));
            row.prices = list.unwrap_or_default().into();
            let detail = format!("mode {name} as an endpoint of tier {}", row.tier);
            self.notes.add(NoteKind::Inferred, detail, || mode.pointer());
            self.rows.push(row);
        }
    }
}

fn limits(row: &mut Row, node: &Node<'_>, notes: &mut Notes) {
    let Some(limit) = node.get("limit") else { return };
    Fields::read(&["context", "input", "output"]).check("limit", &limit, notes);
    row.context_window = limit.get("context").and_then(|tokens| tokens.tokens(notes));
    row.max_input = limit.get("input").and_then(|tokens| tokens.tokens(notes));
    row.max_output = limit.get("output").and_then(|tokens| tokens.tokens(notes));
}

fn modalities(row: &mut Row, node: &Node<'_>, notes: &mut Notes) {
    let attachment = support(node, "attachment", notes);
    let Some(modalities) = node.get("modalities") else { return };
    Fields::read(&["input", "output"]).check("modalities", &modalities, notes);
    row.input = modalities.get("input").map(|list| modality_set(&list, notes));
    row.output = modalities.get("output").map(|list| modality_set(&list, notes));
    let unlisted = if attachment == Support::No { Support::No } else { Support::Unknown };
    for (capability, modality) in [
        (Capability::Image, Modality::Image),
        (Capability::Pdf, Modality::Pdf),
        (Capability::AudioInput, Modality::Audio),
        (Capability::VideoInput, Modality::Video),
    ] {
        let listed = row.input.is_some_and(|input| input.contains(modality));
        if listed && attachment == Support::No {
            let detail = format!("attachment false beside modality {modality}; the modality holds");
            notes.add(NoteKind::Contradiction, detail, || node.pointer());
        }
        row.capabilities.set(capability, if listed { Support::Yes } else { unlisted });
    }
    if let Some(output) = row.output {
        row.capabilities.set(Capability::AudioOutput, Support::from(output.contains(Modality::Audio)));
        row.capabilities.set(Capability::ImageOutput, Support::from(output.contains(Modality::Image)));
    }
}

fn capabilities(row: &mut Row, node: &Node<'_>, notes: &mut Notes) {
    for (key, capability) in [
        ("tool_call", Capability::Tools),
        ("structured_output", Capability::JsonSchema),
        ("reasoning", Capability::Reasoning),
        ("temperature", Capability::Temperature),
    ] {
        row.capabilities.set(capability, support(node, key, notes));
    }
    let Some(interleaved) = node.get("interleaved") else { return };
    if let Some(field) = interleaved.get("field") {
        row.reasoning_field = field.text(notes).map(str::to_owned);
        row.capabilities.set(Capability::Interleaved, Support::Yes);
    } else if let Some(flag) = interleaved.flag(notes) {
        row.capabilities.set(Capability::Interleaved, Support::from(flag));
    }
}

fn prices(row: &mut Row, node: &Node<'_>, notes: &mut Notes) {
    let Some(cost) = node.get("cost") else { return };
    row.prices.base = price_list(&cost, notes);
    let over_200k = cost.get("context_over_200k").map(|list| price_list(&list, notes));
    let tiers = cost.get("tiers");
    for tier in tiers.iter().flat_map(Node::elements) {
        let list = price_list(&tier, notes);
        match threshold(&tier, notes) {
            Some(threshold) => row.prices.set_above(threshold, list),
            None => tier.unreadable("a tier by context size", notes),
        }
    }
    match over_200k {
        // The source's older form of the same fact, whose threshold is rounded: `tiers` holds.
        Some(list) if row.prices.above().iter().any(|(_, tier)| *tier == list) => {}
        Some(_) if !row.prices.above().is_empty() => {
            let detail = "context_over_200k differs from every tier; the tiers hold";
            notes.add(NoteKind::Contradiction, detail, || cost.pointer());
        }
        Some(list) => row.prices.set_above(OVER_200K, list),
        None => {}
    }
}

fn threshold(tier: &Node<'_>, notes: &mut Notes) -> Option<Tokens> {
    let condition = tier.get("tier")?;
    let by_context = condition.get("type").is_some_and(|kind| kind.value().as_str() == Some("context"));
    if by_context { condition.get("size")?.tokens(notes) } else { None }
}

fn price_list(cost: &Node<'_>, notes: &mut Notes) -> PriceList {
    let mut list = PriceList::default();
    for (key, member) in cost.members() {
        match COST.iter().find(|(known, _)| *known == key) {
            Some((_, kind)) => {
                if let Some(rate) = member.rate(Rate::per_million, notes) {
                    list.set(*kind, rate);
                }
            }
            None if ["context_over_200k", "tiers", "tier"].contains(&key) => {}
            None => notes.add(NoteKind::UnknownField, format!("cost {key}"), || member.pointer()),
        }
    }
    list
}
