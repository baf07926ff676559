//! The JSON of OpenRouter's `GET /api/v1/models`.

use switchback_capability::Support;
use switchback_units::Rate;

use super::fields::Fields;
use super::json::{self, Node};
use super::note::{NoteKind, Notes};
use super::operation::operation;
use super::{Import, merge_duplicates, word};
use crate::{Billing, Capability, Error, Modalities, Modality, PriceKind, Providers, Row, Source};

const PROVIDER: &str = "openrouter";

const MODEL: Fields = Fields {
    read: &[
        "id",
        "name",
        "canonical_slug",
        "context_length",
        "architecture",
        "pricing",
        "top_provider",
        "supported_parameters",
        "expiration_date",
        "knowledge_cutoff",
    ],
    not_kept: &[
        ("created", "when OpenRouter added the model, which is not when it came out"),
        ("description", "text for people"),
        ("hugging_face_id", "where the weights are"),
        ("per_request_limits", "limits of an account"),
        ("default_parameters", "defaults that requests override"),
        ("links", "addresses of other answers"),
        ("supported_voices", "of speech"),
        ("reasoning", "defaults of reasoning"),
    ],
};

const ARCHITECTURE: Fields = Fields {
    read: &["input_modalities", "output_modalities"],
    not_kept: &[
        ("modality", "says the same as the two lists"),
        ("tokenizer", "no estimate uses it"),
        ("instruct_type", "templates are the host's"),
    ],
};

const TOP_PROVIDER: Fields = Fields {
    read: &["max_completion_tokens"],
    not_kept: &[
        ("context_length", "of the host that OpenRouter prefers today"),
        ("is_moderated", "of the host that OpenRouter prefers today"),
    ],
};

/// Prices in dollars per unit.
const PRICES: &[(&str, PriceKind)] = &[
    ("prompt", PriceKind::Input),
    ("completion", PriceKind::Output),
    ("input_cache_read", PriceKind::CacheRead),
    ("input_cache_write", PriceKind::CacheWrite),
    ("internal_reasoning", PriceKind::Reasoning),
    ("audio", PriceKind::InputAudio),
    ("request", PriceKind::Request),
    ("image", PriceKind::InputImage),
    ("web_search", PriceKind::WebSearch),
];

/// Prices whose zero means that there is no price of that kind, not that it is free.
const ZERO_IS_NONE: &[&str] = &["internal_reasoning", "request", "image", "web_search", "audio", "input_cache_write"];

/// Request parameters and what a model that takes them can do. The list of a model is complete, so that what it leaves
/// out the model does not take.
const PARAMETERS: &[(&str, Capability)] = &[
    ("tools", Capability::Tools),
    ("tool_choice", Capability::ToolChoice),
    ("structured_outputs", Capability::JsonSchema),
    ("response_format", Capability::JsonObject),
    ("reasoning", Capability::Reasoning),
    ("temperature", Capability::Temperature),
    ("top_p", Capability::TopP),
    ("top_k", Capability::TopK),
    ("seed", Capability::Seed),
    ("stop", Capability::Stop),
    ("frequency_penalty", Capability::FrequencyPenalty),
    ("presence_penalty", Capability::PresencePenalty),
    ("logit_bias", Capability::LogitBias),
    ("logprobs", Capability::Logprobs),
];

/// Parameters that newer lists name and older ones leave out: their absence says nothing.
const NEWER_PARAMETERS: &[(&str, Capability)] = &[
    ("parallel_tool_calls", Capability::ParallelTools),
    ("reasoning_effort", Capability::Effort),
    ("verbosity", Capability::Verbosity),
];

/// Parameters that are about no capability of the catalog.
const OTHER_PARAMETERS: &[&str] = &[
    "max_tokens",
    "max_completion_tokens",
    "include_reasoning",
    "min_p",
    "top_a",
    "top_logprobs",
    "repetition_penalty",
    "web_search_options",
];

/// Reads OpenRouter's list of models: `{"data": [model]}`, prices in dollars per unit as text.
///
/// The provider of every row is `openrouter`. `canonical_slug` becomes an alias. A negative price, with which OpenRouter
/// marks a price that depends on where a router sends the request, stays unknown.
///
/// # Errors
/// When the bytes are not JSON, `data` is missing or a model is not an object with an `id`.
///
/// ```
/// use switchback_catalog::{Capability, Providers, Source, import};
/// use switchback_capability::Support;
///
/// let json = br#"{"data": [{"id": "lab/model", "context_length": 8192, "supported_parameters": ["tools"],
///     "pricing": {"prompt": "0.00003", "completion": "0.00006"}}]}"#;
/// let source = Source {
///     name: "openrouter".into(), version: "test".into(), date: "2026-11".parse()?, url: "https://openrouter.ai".into(),
/// };
/// let import = import::openrouter(json, source, &Providers::embedded())?;
/// assert_eq!(import.rows[0].capabilities.support(Capability::Tools), Support::Yes);
/// assert_eq!(import.rows[0].capabilities.support(Capability::Seed), Support::No);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn openrouter(json: &[u8], source: Source, providers: &Providers) -> Result<Import, Error> {
    let document = json::parse(json)?;
    let root = Node::root(&document);
    root.require_object()?;
    let Some(data) = root.get("data") else { return Err(root.shape("an object with `data`")) };
    if !data.value().is_array() {
        return Err(data.shape("an array of models"));
    }
    let mut notes = Notes::default();
    Fields { read: &["data"], not_kept: &[("links", "addresses of other pages"), ("total_count", "of all pages")] }
        .check("answer", &root, &mut notes);
    let (mut rows, mut aliases) = (Vec::new(), Vec::new());
    for model in data.elements() {
        model.require_object()?;
        let id = model.get("id").and_then(|id| id.value().as_str());
        let id = id.ok_or_else(|| model.shape("a model with an `id`"))?;
        MODEL.check("model", &model, &mut notes);
        rows.push(row(id, &model, providers, &mut notes));
        let slug = model.get("canonical_slug").and_then(|slug| slug.text(&mut notes));
        if let Some(slug) = slug.filter(|slug| *slug != id) {
            aliases.push((slug.to_owned(), id.to_owned()));
        }
    }
    let listed = rows.len();
    let rows = merge_duplicates(rows, &mut notes);
    Ok(Import { source, rows, aliases, listed, notes: notes.finish(), rules: Vec::new() })
}

fn row(id: &str, node: &Node<'_>, providers: &Providers, notes: &mut Notes) -> Row {
    let mut row = Row::new(PROVIDER, id);
    row.name = node.get("name").and_then(|name| name.text(notes)).map(str::to_owned);
    row.context_window = node.get("context_length").and_then(|tokens| tokens.tokens(notes));
    row.deprecated = node.get("expiration_date").and_then(|date| date.date(notes));
    row.knowledge = node.get("knowledge_cutoff").and_then(|date| date.date(notes));
    if let Some(top) = node.get("top_provider") {
        TOP_PROVIDER.check("top_provider", &top, notes);
        row.max_output = top.get("max_completion_tokens").and_then(|tokens| tokens.tokens(notes));
    }
    modalities(&mut row, node, notes);
    parameters(&mut row, node, notes);
    prices(&mut row, node, notes);
    let (operation, inferred) = operation(id, row.output);
    if inferred {
        notes.add(NoteKind::Inferred, format!("operation {operation}, by a word of the id"), || node.pointer());
    }
    row.operation = operation;
    row.protocols = providers.protocols(PROVIDER, id, operation, "");
    let free = row.prices.base.is_free();
    row.billing = providers.provider(PROVIDER).map_or(Billing::Unknown, |known| known.billing(id, free));
    row
}

fn modalities(row: &mut Row, node: &Node<'_>, notes: &mut Notes) {
    let Some(architecture) = node.get("architecture") else { return };
    ARCHITECTURE.check("architecture", &architecture, notes);
    let mut set = |key: &str| -> Option<Modalities> {
        let list = architecture.get(key)?;
        Some(list.elements().filter_map(|element| modality(&element, notes)).collect())
    };
    row.input = set("input_modalities");
    row.output = set("output_modalities");
    let Some(input) = row.input else { return };
    for (capability, modality) in [
        (Capability::Image, Modality::Image),
        (Capability::AudioInput, Modality::Audio),
        (Capability::VideoInput, Modality::Video),
    ] {
        row.capabilities.set(capability, Support::from(input.contains(modality)));
    }
    if let Some(output) = row.output {
        row.capabilities.set(Capability::AudioOutput, Support::from(output.contains(Modality::Audio)));
        row.capabilities.set(Capability::ImageOutput, Support::from(output.contains(Modality::Image)));
    }
}

/// OpenRouter's words are ours but for the plural of one.
fn modality(element: &Node<'_>, notes: &mut Notes) -> Option<Modality> {
    if element.value().as_str() == Some("embeddings") {
        return Some(Modality::Embedding);
    }
    word(element, "a known modality", notes)
}

fn parameters(row: &mut Row, node: &Node<'_>, notes: &mut Notes) {
    let Some(list) = node.get("supported_parameters") else { return };
    let names: Vec<_> = list.elements().filter_map(|element| element.text(notes)).collect();
    for (name, capability) in PARAMETERS {
        row.capabilities.set(*capability, Support::from(names.contains(name)));
    }
    for (_, capability) in NEWER_PARAMETERS.iter().filter(|(name, _)| names.contains(name)) {
        row.capabilities.set(*capability, Support::Yes);
    }
    let known = |name: &&str| PARAMETERS.iter().chain(NEWER_PARAMETERS).any(|(known, _)| known == name);
    for name in names.iter().filter(|name| !known(name)) {
        let kind = if OTHER_PARAMETERS.contains(name) { NoteKind::NotKept } else { NoteKind::UnknownField };
        notes.add(kind, format!("parameter {name}: no capability of the catalog"), || list.pointer());
    }
}

fn prices(row: &mut Row, node: &Node<'_>, notes: &mut Notes) {
    let Some(pricing) = node.get("pricing") else { return };
    for (key, member) in pricing.members() {
        let Some((_, kind)) = PRICES.iter().find(|(known, _)| *known == key) else {
            notes.add(NoteKind::UnknownField, format!("pricing {key}"), || member.pointer());
            continue;
        };
        let Some(rate) = member.rate(Rate::from_decimal_per_unit, notes) else { continue };
        if rate == Rate::ZERO && ZERO_IS_NONE.contains(&key) {
            notes.add(NoteKind::Placeholder, format!("{key}: 0, read as no such price"), || member.pointer());
        } else {
            row.prices.base.set(*kind, rate);
        }
    }
}
