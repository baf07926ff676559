//! LiteLLM's `model_prices_and_context_window.json` (MIT): one object for each model string.

use std::collections::BTreeMap;

use switchback_capability::Support;
use switchback_ir::Protocol;
use switchback_slug::aliases::{self, System};
use switchback_slug::{Dialect, Provider, ProviderRef, Slug};
use switchback_units::{Rate, Tokens};

use super::fields::Fields;
use super::json::{self, Node};
use super::note::{NoteKind, Notes};
use super::operation::operation as operation_of;
use super::{Import, merge_duplicates, modality_set, support};
use crate::{
    Billing, Capability, Error, Modality, Operation, PriceKind, PriceList, Prices, Providers, Row, Source, Tier,
};

/// Where a price field goes.
#[derive(Clone, Copy)]
enum List {
    Base,
    Batch,
    /// Prompts of more than that many input tokens.
    Above(u64),
    /// A service tier of its own.
    Tier(&'static str),
}

/// Price fields in dollars per unit.
const PRICES: &[(&str, List, PriceKind)] = &[
    ("input_cost_per_token", List::Base, PriceKind::Input),
    ("output_cost_per_token", List::Base, PriceKind::Output),
    ("cache_read_input_token_cost", List::Base, PriceKind::CacheRead),
    ("cache_creation_input_token_cost", List::Base, PriceKind::CacheWrite),
    ("cache_creation_input_token_cost_above_1hr", List::Base, PriceKind::CacheWrite1h),
    ("output_cost_per_reasoning_token", List::Base, PriceKind::Reasoning),
    ("input_cost_per_audio_token", List::Base, PriceKind::InputAudio),
    ("output_cost_per_audio_token", List::Base, PriceKind::OutputAudio),
    ("cache_read_input_audio_token_cost", List::Base, PriceKind::CacheReadAudio),
    ("cache_creation_input_audio_token_cost", List::Base, PriceKind::CacheWriteAudio),
    ("input_cost_per_image_token", List::Base, PriceKind::InputImageToken),
    ("output_cost_per_image_token", List::Base, PriceKind::OutputImageToken),
    ("cache_read_input_image_token_cost", List::Base, PriceKind::CacheReadImage),
    ("input_cost_per_request", List::Base, PriceKind::Request),
    ("input_cost_per_query", List::Base, PriceKind::Request),
    ("input_cost_per_image", List::Base, PriceKind::InputImage),
    ("output_cost_per_image", List::Base, PriceKind::OutputImage),
    ("input_cost_per_pixel", List::Base, PriceKind::InputPixel),
    ("output_cost_per_pixel", List::Base, PriceKind::OutputPixel),
    ("input_cost_per_character", List::Base, PriceKind::InputCharacter),
    ("output_cost_per_character", List::Base, PriceKind::OutputCharacter),
    ("input_cost_per_second", List::Base, PriceKind::InputSecond),
    ("output_cost_per_second", List::Base, PriceKind::OutputSecond),
    ("input_cost_per_audio_per_second", List::Base, PriceKind::InputAudioSecond),
    ("input_cost_per_video_per_second", List::Base, PriceKind::InputVideoSecond),
    ("output_cost_per_video_per_second", List::Base, PriceKind::OutputVideoSecond),
    ("ocr_cost_per_page", List::Base, PriceKind::Page),
    ("input_cost_per_token_batches", List::Batch, PriceKind::Input),
    ("output_cost_per_token_batches", List::Batch, PriceKind::Output),
    ("input_cost_per_token_above_128k_tokens", List::Above(128_000), PriceKind::Input),
    ("output_cost_per_token_above_128k_tokens", List::Above(128_000), PriceKind::Output),
    ("input_cost_per_character_above_128k_tokens", List::Above(128_000), PriceKind::InputCharacter),
    ("output_cost_per_character_above_128k_tokens", List::Above(128_000), PriceKind::OutputCharacter),
    ("input_cost_per_image_above_128k_tokens", List::Above(128_000), PriceKind::InputImage),
    ("input_cost_per_audio_per_second_above_128k_tokens", List::Above(128_000), PriceKind::InputAudioSecond),
    ("input_cost_per_video_per_second_above_128k_tokens", List::Above(128_000), PriceKind::InputVideoSecond),
    ("input_cost_per_token_above_200k_tokens", List::Above(200_000), PriceKind::Input),
    ("output_cost_per_token_above_200k_tokens", List::Above(200_000), PriceKind::Output),
    ("cache_read_input_token_cost_above_200k_tokens", List::Above(200_000), PriceKind::CacheRead),
    ("cache_creation_input_token_cost_above_200k_tokens", List::Above(200_000), PriceKind::CacheWrite),
    ("input_cost_per_token_flex", List::Tier("flex"), PriceKind::Input),
    ("output_cost_per_token_flex", List::Tier("flex"), PriceKind::Output),
    ("cache_read_input_token_cost_flex", List::Tier("flex"), PriceKind::CacheRead),
    ("input_cost_per_token_priority", List::Tier("priority"), PriceKind::Input),
    ("output_cost_per_token_priority", List::Tier("priority"), PriceKind::Output),
    ("cache_read_input_token_cost_priority", List::Tier("priority"), PriceKind::CacheRead),
];

/// Older names of prices, read only where the usual field is absent.
const OLD_PRICES: &[(&str, List, PriceKind)] = &[
    ("input_cost_per_token_cache_hit", List::Base, PriceKind::CacheRead),
    ("input_cost_per_token_batch_requests", List::Batch, PriceKind::Input),
];

const CAPABILITIES: &[(&str, Capability)] = &[
    ("supports_function_calling", Capability::Tools),
    ("supports_tool_choice", Capability::ToolChoice),
    ("supports_parallel_function_calling", Capability::ParallelTools),
    ("supports_response_schema", Capability::JsonSchema),
    ("supports_vision", Capability::Image),
    ("supports_pdf_input", Capability::Pdf),
    ("supports_audio_input", Capability::AudioInput),
    ("supports_video_input", Capability::VideoInput),
    ("supports_audio_output", Capability::AudioOutput),
    ("supports_reasoning", Capability::Reasoning),
    ("supports_prompt_caching", Capability::PromptCaching),
    ("supports_assistant_prefill", Capability::Prefill),
    ("supports_system_messages", Capability::SystemText),
    ("supports_native_streaming", Capability::Streaming),
    ("supports_web_search", Capability::WebSearch),
    ("supports_computer_use", Capability::ComputerUse),
    ("supports_url_context", Capability::UrlContext),
    ("supports_service_tier", Capability::ServiceTier),
];

const OPERATIONS: &[(&str, Operation)] = &[
    ("chat", Operation::Chat),
    ("responses", Operation::Chat),
    ("completion", Operation::Completion),
    ("embedding", Operation::Embedding),
    ("image_generation", Operation::Image),
    ("video_generation", Operation::Video),
    ("audio_transcription", Operation::Transcription),
    ("audio_speech", Operation::Speech),
    ("rerank", Operation::Rerank),
    ("moderation", Operation::Moderation),
    ("ocr", Operation::Ocr),
    ("search", Operation::Search),
    ("vector_store", Operation::Other),
];

/// Members that are read outside the tables above, and those without a place in the catalog.
const MODEL: Fields = Fields {
    read: &[
        "litellm_provider",
        "mode",
        "max_input_tokens",
        "max_output_tokens",
        "deprecation_date",
        "supported_endpoints",
        "supported_modalities",
        "supported_output_modalities",
        "tiered_pricing",
    ],
    not_kept: &[
        ("max_tokens", "a legacy field that means input or output"),
        ("source", "the vendor's page that the source read"),
        ("metadata", "remarks for people"),
        ("rpm", "a rate limit of an account"),
        ("tpm", "a rate limit of an account"),
        ("rpd", "a rate limit of an account"),
        ("supported_regions", "a list beside the row; regions are rows of their own"),
        ("supported_resolutions", "sizes of images and videos"),
        ("supports_image_input", "of embeddings and videos"),
        ("supports_embedding_image_input", "of embeddings"),
        ("output_vector_size", "of embeddings"),
        ("tool_use_system_prompt_tokens", "tokens that tools add; no estimate uses it yet"),
        ("search_context_cost_per_query", "web search priced by a size that requests choose"),
        ("citation_cost_per_token", "of one model"),
        ("annotation_cost_per_page", "of OCR"),
        ("code_interpreter_cost_per_session", "of a tool that the provider runs"),
        ("file_search_cost_per_1k_calls", "of a tool that the provider runs"),
        ("file_search_cost_per_gb_per_day", "storage"),
        ("vector_store_cost_per_gb_per_day", "storage"),
        ("computer_use_input_cost_per_1k_tokens", "of one model"),
        ("computer_use_output_cost_per_1k_tokens", "of one model"),
        ("input_dbu_cost_per_token", "a price in another currency"),
        ("output_dbu_cost_per_token", "a price in another currency"),
        ("output_db_cost_per_token", "a price in another currency"),
        ("max_audio_length_hours", "a limit of inputs that are not text"),
        ("max_audio_per_prompt", "a limit of inputs that are not text"),
        ("max_images_per_prompt", "a limit of inputs that are not text"),
        ("max_video_length", "a limit of inputs that are not text"),
        ("max_videos_per_prompt", "a limit of inputs that are not text"),
        ("max_pdf_size_mb", "a limit of inputs that are not text"),
        ("max_query_tokens", "of reranking"),
        ("max_document_chunks_per_query", "of reranking"),
        ("max_tokens_per_document_chunk", "of reranking"),
        ("input_cost_per_video_per_second_above_15s_interval", "of video embeddings"),
        ("input_cost_per_video_per_second_above_8s_interval", "of video embeddings"),
        ("output_cost_per_image_premium_image", "a quality of images"),
        ("output_cost_per_image_above_512_and_512_pixels", "a size of images"),
        ("output_cost_per_image_above_512_and_512_pixels_and_premium_image", "a size of images"),
        ("output_cost_per_image_above_1024_and_1024_pixels", "a size of images"),
        ("output_cost_per_image_above_1024_and_1024_pixels_and_premium_image", "a size of images"),
    ],
};

/// The entry that documents the fields.
const SAMPLE: &str = "sample_spec";

/// Reads LiteLLM's price list: `{model string: facts}`, prices in dollars per unit.
///
/// Keys are parsed in the LiteLLM dialect; the provider is what `litellm_provider` names. `flex` and `priority` prices
/// become rows of that tier. `max_input_tokens` is taken as the input limit that it says it is. `json_schema` of
/// Claude models stays unknown, because LiteLLM counts its own emulation by a tool.
///
/// # Errors
/// When the bytes are not JSON or not an object of objects.
pub fn litellm(json: &[u8], source: Source, providers: &Providers) -> Result<Import, Error> {
    let document = json::parse(json)?;
    let root = Node::root(&document);
    root.require_object()?;
    let mut reader = Reader { providers, notes: Notes::default(), rows: Vec::new(), listed: 0 };
    for (key, entry) in root.members() {
        entry.require_object()?;
        reader.listed = reader.listed.saturating_add(1);
        if key == SAMPLE {
            reader.notes.add(NoteKind::Skipped, "the entry that documents the fields", || entry.pointer());
        } else {
            reader.entry(key, &entry);
        }
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

impl Reader<'_> {
    fn entry(&mut self, key: &str, node: &Node<'_>) {
        let slug = switchback_slug::parse(Dialect::LiteLlm, key);
        let provider = self.provider(&slug, node);
        let operation = self.operation(slug.model(), node);
        let mut row = Row::new(provider.as_str(), upstream_id(&slug, operation));
        row.operation = operation;
        row.region = slug.region().map(str::to_owned);
        row.tier = commitment(&slug).map_or(Tier::STANDARD, Tier::from);
        let notes = &mut self.notes;
        row.max_input = node.get("max_input_tokens").and_then(|tokens| tokens.tokens(notes));
        row.max_output = node.get("max_output_tokens").and_then(|tokens| tokens.tokens(notes));
        row.deprecated = node.get("deprecation_date").and_then(|date| date.date(notes));
        row.input = node.get("supported_modalities").map(|list| modality_set(&list, notes));
        row.output = node.get("supported_output_modalities").map(|list| modality_set(&list, notes));
        if let Some(output) = row.output {
            row.capabilities.set(Capability::ImageOutput, Support::from(output.contains(Modality::Image)));
        }
        capabilities(&mut row, node, notes);
        self.place(&mut row, node);
        let tiers = self.prices(&mut row, node);
        row.billing = self.billing(&row);
        for (tier, list) in tiers {
            let mut row = Row { tier: Tier::from(tier), prices: Prices::from(list), ..row.clone() };
            row.billing = self.billing(&row);
            self.rows.push(row);
        }
        self.rows.push(row);
    }

    /// By `mode`, which calls chat what is no chat: words of the id know better there.
    fn operation(&mut self, id: &str, node: &Node<'_>) -> Operation {
        let mode = operation(node, &mut self.notes);
        match operation_of(id, None) {
            (by_id, true) if mode == Operation::Chat && by_id != Operation::Chat => {
                let detail = format!("mode chat of what is {by_id} by a word of the id, which holds");
                self.notes.add(NoteKind::Contradiction, detail, || node.pointer());
                by_id
            }
            _ => mode,
        }
    }

    /// By `litellm_provider`, else by the key's first segment.
    fn provider(&mut self, slug: &Slug<'_>, node: &Node<'_>) -> Provider {
        let named = node.get("litellm_provider").and_then(|name| name.text(&mut self.notes));
        let Some(named) = named else {
            return slug.provider().and_then(ProviderRef::resolve).unwrap_or_else(|| Provider::from(""));
        };
        aliases::resolve(System::LiteLlmCatalog, named)
            .or_else(|| aliases::resolve(Dialect::LiteLlm, named))
            .unwrap_or_else(|| Provider::from(named))
    }

    /// Protocols: by host profile, else by the endpoints that the row lists, else Chat, which is what LiteLLM speaks to
    /// a provider that it has no other way for.
    fn place(&mut self, row: &mut Row, node: &Node<'_>) {
        let listed = self.listed_protocols(node);
        let known = self.providers.provider(&row.provider).is_some_and(|provider| !provider.hosts.is_empty());
        if row.operation != Operation::Chat {
            return;
        }
        if !known {
            row.protocols = listed;
            return;
        }
        row.protocols = self.providers.protocols(&row.provider, &row.upstream_id, row.operation, "");
        if !listed.is_empty() && listed != row.protocols {
            let detail = "supported_endpoints differ from the host profile, which holds";
            self.notes.add(NoteKind::Contradiction, detail, || node.pointer());
        }
    }

    fn listed_protocols(&mut self, node: &Node<'_>) -> Vec<Protocol> {
        let Some(list) = node.get("supported_endpoints") else { return Vec::new() };
        let endpoints: Vec<_> = list.elements().filter_map(|element| element.text(&mut self.notes)).collect();
        Protocol::ALL.into_iter().filter(|protocol| endpoints.contains(&protocol.path())).collect()
    }

    /// Reads every price, and returns those of other tiers.
    fn prices(&mut self, row: &mut Row, node: &Node<'_>) -> BTreeMap<&'static str, PriceList> {
        let mut above: BTreeMap<u64, PriceList> = BTreeMap::new();
        let mut tiers: BTreeMap<&'static str, PriceList> = BTreeMap::new();
        for (key, member) in node.members() {
            let Some((_, list, kind)) = PRICES.iter().chain(OLD_PRICES).find(|(known, ..)| *known == key) else {
                if !MODEL.read.contains(&key) && !CAPABILITIES.iter().any(|(known, _)| *known == key) {
                    MODEL.note("model", key, &member, &mut self.notes);
                }
                continue;
            };
            let Some(rate) = member.rate(Rate::from_decimal_per_unit, &mut self.notes) else { continue };
            let old = OLD_PRICES.iter().any(|(known, ..)| *known == key);
            let prices = match list {
                List::Base => &mut row.prices.base,
                List::Batch => &mut row.prices.batch,
                List::Above(threshold) => above.entry(*threshold).or_default(),
                List::Tier(tier) => tiers.entry(*tier).or_default(),
            };
            if !old || prices.rate(*kind).is_none() {
                prices.set(*kind, rate);
            }
        }
        for (threshold, list) in above {
            row.prices.set_above(Tokens::new(threshold), list);
        }
        if let Some(tiered) = node.get("tiered_pricing") {
            self.tiered(row, &tiered);
        }
        tiers
    }

    /// `tiered_pricing`: lists by a range of input tokens, the first of which is the base.
    fn tiered(&mut self, row: &mut Row, tiered: &Node<'_>) {
        for tier in tiered.elements() {
            let Some(start) = tier.get("range").and_then(|range| range.elements().next()?.whole_number()) else {
                tier.unreadable("a tier with a range", &mut self.notes);
                continue;
            };
            let mut list = PriceList::default();
            for (key, member) in tier.members().filter(|(key, _)| *key != "range") {
                match PRICES.iter().find(|(known, list, _)| *known == key && matches!(list, List::Base)) {
                    Some((.., kind)) => {
                        if let Some(rate) = member.rate(Rate::from_decimal_per_unit, &mut self.notes) {
                            list.set(*kind, rate);
                        }
                    }
                    None => MODEL.note("tier", key, &member, &mut self.notes),
                }
            }
            if start == 0 {
                row.prices.base = list;
            } else {
                row.prices.set_above(Tokens::new(start), list);
            }
        }
    }

    fn billing(&self, row: &Row) -> Billing {
        if switchback_slug::ModelId::parse(&row.upstream_id).is_tuned() {
            // The price of all fine-tunes of a base: no model has that id, so that no bare name may reach it.
            return Billing::Unknown;
        }
        let free = row.prices.base.is_free();
        match self.providers.provider(&row.provider) {
            Some(known) => known.billing(&row.upstream_id, free),
            None if row.prices.base.is_empty() || free => Billing::Unknown,
            None => Billing::Metered,
        }
    }
}

/// The model as the provider spells it. Sizes and qualities of images stand before the name and tell rows apart, so
/// that they stay.
fn upstream_id<'a>(slug: &Slug<'a>, operation: Operation) -> &'a str {
    let model = slug.model();
    if operation != Operation::Image && !model.is_empty() {
        return model;
    }
    let provider = slug.provider().map_or("", |provider| provider.as_str());
    let rest = slug.input().strip_prefix(provider).and_then(|rest| rest.strip_prefix('/'));
    rest.unwrap_or_else(|| slug.input())
}

/// Bedrock's `1-month-commitment`, which is a way to pay and has a price of its own.
fn commitment<'a>(slug: &Slug<'a>) -> Option<&'a str> {
    slug.route()?.split('/').find(|segment| segment.ends_with("-commitment"))
}

fn operation(node: &Node<'_>, notes: &mut Notes) -> Operation {
    let Some(mode) = node.get("mode") else { return Operation::Other };
    let known = OPERATIONS.iter().find(|(name, _)| mode.value().as_str() == Some(name));
    if known.is_none() {
        mode.unreadable("a known mode", notes);
    }
    known.map_or(Operation::Other, |(_, operation)| *operation)
}

fn capabilities(row: &mut Row, node: &Node<'_>, notes: &mut Notes) {
    for (key, capability) in CAPABILITIES {
        row.capabilities.set(*capability, support(node, key, notes));
    }
    let claude = switchback_slug::family(&row.upstream_id).brand() == Some("claude");
    if claude && row.capabilities.support(Capability::JsonSchema) == Support::Yes {
        let detail = "supports_response_schema of a Claude model: LiteLLM counts its emulation by a tool";
        notes.add(NoteKind::NotKept, detail, || node.pointer());
        row.capabilities.set(Capability::JsonSchema, Support::Unknown);
    }
}
