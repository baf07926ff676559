//! The grammars. Each reader splits its input into slices that together are the whole input; none looks at a catalog,
//! and none allocates.

use crate::{
    Dialect, ProviderRef, aliases,
    slug::{Kind, ModelRef, Slug},
};

/// OpenRouter's variants (documentation, 2026-10). What else follows a colon belongs to the model.
const VARIANTS: [&str; 8] = ["free", "extended", "thinking", "online", "nitro", "floor", "exacto", "beta"];

/// Geographies of Bedrock's inference profiles and Azure's data zones (2026-10); `us-gov` and `global-standard` have a
/// region's shape.
pub(crate) const GEOGRAPHIES: [&str; 8] = ["us", "eu", "apac", "au", "jp", "global", "ca", "sa"];

/// First words of cloud regions.
const AREAS: [&str; 18] = [
    "us",
    "eu",
    "ap",
    "ca",
    "sa",
    "me",
    "af",
    "il",
    "mx",
    "cn",
    "europe",
    "asia",
    "northamerica",
    "southamerica",
    "australia",
    "africa",
    "global",
    "apac",
];

/// How LiteLLM selects an API of one provider (documentation and 1.80.0's source).
const ROUTES: [(&str, &[&str]); 3] =
    [("bedrock", &BEDROCK_ROUTES), ("azure", &["responses", "o_series", "gpt5_series"]), ("openai", &["responses"])];

/// APIs of Bedrock, and the model types that imported models name in front of their ARN.
const BEDROCK_ROUTES: [&str; 12] = [
    "agent",
    "agentcore",
    "async_invoke",
    "converse",
    "converse_like",
    "deepseek_r1",
    "invoke",
    "llama",
    "nova",
    "openai",
    "qwen2",
    "qwen3",
];

/// Qualities that LiteLLM's price list puts before an image's size.
const IMAGE_QUALITIES: [&str; 5] = ["hd", "standard", "low", "medium", "high"];

/// Reads a model string in the grammar of `dialect`. Total: every string has a reading, and printing it gives the same
/// bytes. Costs one pass, allocates nothing, and looks at no catalog; whether the provider and the model exist is for
/// [`crate::resolve`] to say.
///
/// ```
/// use switchback_slug::{Dialect, parse};
///
/// let slug = parse(Dialect::Native, "bedrock/claude-haiku-4-5");
/// assert_eq!(slug.provider().and_then(|provider| provider.resolve()).unwrap().as_str(), "bedrock");
/// assert_eq!(slug.model(), "claude-haiku-4-5");
/// ```
pub fn parse(dialect: Dialect, input: &str) -> Slug<'_> {
    let kind = match dialect {
        Dialect::HeliconeHosted => Kind::Chain,
        Dialect::LiteLlm => Kind::Batch,
        Dialect::Native
        | Dialect::LlmGateway
        | Dialect::Portkey
        | Dialect::HeliconeAiGateway
        | Dialect::TensorZero
        | Dialect::OpenRouter
        | Dialect::Vercel
        | Dialect::Bifrost => return entry(dialect, input),
    };
    if input.contains(',') { Slug { dialect, input, padding: ("", ""), kind } } else { entry(dialect, input) }
}

/// Reads one entry of a chain, or a string that is none.
pub(crate) fn entry(dialect: Dialect, input: &str) -> Slug<'_> {
    let (padding, kind) = match dialect {
        Dialect::Native => (("", ""), native(input)),
        Dialect::LlmGateway => (("", ""), llm_gateway(input)),
        Dialect::LiteLlm => (("", ""), lite_llm(input)),
        Dialect::Portkey => (("", ""), portkey(input)),
        Dialect::HeliconeHosted => {
            let (before, text, after) = trim(input);
            ((before, after), helicone_hosted(text))
        }
        Dialect::HeliconeAiGateway | Dialect::Bifrost => (("", ""), Kind::Model(provider_then_model(dialect, input))),
        Dialect::TensorZero => (("", ""), tensor_zero(input)),
        Dialect::OpenRouter => (("", ""), open_router(input)),
        Dialect::Vercel => (("", ""), Kind::Model(author_then_model(input))),
    };
    Slug { dialect, input, padding, kind }
}

fn native(input: &str) -> Kind<'_> {
    if input == "auto" { Kind::Auto } else { Kind::Model(provider_then_model(Dialect::Native, input)) }
}

/// `[provider "/"] model`, split at the first slash. An empty segment names nobody.
fn provider_then_model(dialect: Dialect, input: &str) -> ModelRef<'_> {
    match input.split_once('/') {
        Some((segment, model)) if !segment.is_empty() => {
            ModelRef { provider: Some(ProviderRef::new(dialect, segment)), model, ..ModelRef::default() }
        }
        _ => ModelRef { model: input, ..ModelRef::default() },
    }
}

/// `author "/" model`, split at the first slash.
fn author_then_model(input: &str) -> ModelRef<'_> {
    match input.split_once('/') {
        Some((author, model)) if !author.is_empty() => ModelRef { author: Some(author), model, ..ModelRef::default() },
        _ => ModelRef { model: input, ..ModelRef::default() },
    }
}

fn llm_gateway(input: &str) -> Kind<'_> {
    match (input, input.strip_prefix("dynamic/")) {
        ("auto", _) => return Kind::Auto,
        ("custom", _) => return Kind::Custom,
        (_, Some(name)) => return Kind::Dynamic { name },
        _ => {}
    }
    let mut model = provider_then_model(Dialect::LlmGateway, input);
    // A custom provider's ids may hold anything, so only a provider of the catalog has regions.
    let has_regions = model.provider.is_some_and(|name| aliases::is_spelling(Dialect::LlmGateway, name.as_str()));
    if has_regions && let Some((id, region)) = model.model.rsplit_once(':').filter(|(_, region)| is_region(region)) {
        model.model = id;
        model.region = Some(region);
    }
    Kind::Model(model)
}

fn lite_llm(input: &str) -> Kind<'_> {
    let (prefix, rest) = split_segments(input, image_settings);
    let named = rest.split_once('/').filter(|(segment, _)| aliases::is_spelling(Dialect::LiteLlm, segment));
    let mut model = ModelRef { prefix, model: rest, ..ModelRef::default() };
    if let Some((segment, rest)) = named {
        let (route, rest) = split_segments(rest, |rest| route_segment(segment, rest).or_else(|| image_settings(rest)));
        model.provider = Some(ProviderRef::new(Dialect::LiteLlm, segment));
        model.route = route.strip_suffix('/');
        model.model = rest;
    }
    if input.contains('*') { Kind::Wildcard(model) } else { Kind::Model(model) }
}

/// Splits off leading segments, their slashes included, for as long as `next` gives the length of one.
fn split_segments(input: &str, next: impl Fn(&str) -> Option<usize>) -> (&str, &str) {
    let mut rest = input;
    while let Some((_, after)) = next(rest).and_then(|len| rest.split_at_checked(len)) {
        rest = after;
    }
    input.split_at_checked(input.len().saturating_sub(rest.len())).unwrap_or(("", input))
}

/// The length of a leading route, region or commitment of a LiteLLM provider, its slash included.
fn route_segment(provider: &str, rest: &str) -> Option<usize> {
    let (segment, _) = rest.split_once('/')?;
    let routes = ROUTES.iter().find(|(name, _)| *name == provider).map(|(_, routes)| *routes)?;
    let regional = provider != "openai" && (is_region(segment) || is_commitment(segment));
    (regional || routes.contains(&segment)).then_some(segment.len().saturating_add(1))
}

/// The length of leading image settings, `[quality "/"] size ["/" steps]`, the last slash included.
fn image_settings(rest: &str) -> Option<usize> {
    // Most names begin otherwise, and this is on the way of every LiteLLM string.
    if !rest.starts_with(|c: char| c.is_ascii_digit() || matches!(c, 'm' | 'h' | 's' | 'l')) {
        return None;
    }
    let mut segments = rest.split('/');
    let mut len = 0_usize;
    let mut segment = segments.next()?;
    if IMAGE_QUALITIES.contains(&segment) {
        len = segment.len().saturating_add(1);
        segment = segments.next()?;
    }
    let (width, height) = segment.split_once("-x-")?;
    let is_side = |side: &str| side == "max" || is_digits(side);
    if !is_side(width) || !is_side(height) {
        return None;
    }
    len = len.saturating_add(segment.len()).saturating_add(1);
    let next = segments.next()?;
    if next.strip_suffix("-steps").is_some_and(is_steps) && segments.next().is_some() {
        len = len.saturating_add(next.len()).saturating_add(1);
    }
    Some(len)
}

fn is_steps(steps: &str) -> bool {
    steps == "max" || is_digits(steps)
}

fn is_commitment(segment: &str) -> bool {
    segment.strip_suffix("-month-commitment").is_some_and(is_digits)
}

/// Whether a segment names a geography or a region of AWS, Google Cloud, Azure or Alibaba Cloud, by its shape: an area,
/// then words of three letters or more joined by dashes, then perhaps one or two digits (`us-east-1`, `europe-west4`).
pub(crate) fn is_region(segment: &str) -> bool {
    let digits = segment.bytes().rev().take_while(u8::is_ascii_digit).count();
    let name = segment.get(..segment.len().saturating_sub(digits)).unwrap_or_default();
    let Some((area, places)) = name.split_once('-') else {
        return digits == 0 && (GEOGRAPHIES.contains(&segment) || segment == "singapore");
    };
    let is_place = |word: &str| word.len() > 2 && word.bytes().all(|byte| byte.is_ascii_lowercase());
    digits <= 2 && AREAS.contains(&area) && places.strip_suffix('-').unwrap_or(places).split('-').all(is_place)
}

fn portkey(input: &str) -> Kind<'_> {
    let integration = input.strip_prefix('@').and_then(|rest| rest.split_once('/'));
    Kind::Model(match integration {
        Some((segment, model)) if !segment.is_empty() => {
            let provider = Some(ProviderRef::new(Dialect::Portkey, segment));
            ModelRef { prefix: "@", provider, model, ..ModelRef::default() }
        }
        _ => ModelRef { model: input, ..ModelRef::default() },
    })
}

fn helicone_hosted(input: &str) -> Kind<'_> {
    if let Some(segment) = input.strip_prefix('!') {
        return Kind::Ignore { provider: ProviderRef::new(Dialect::HeliconeHosted, segment) };
    }
    let Some((model, rest)) = input.split_once('/') else {
        return Kind::Model(ModelRef { model: input, ..ModelRef::default() });
    };
    let (segment, deployment) = rest.split_once('/').map_or((rest, None), |(segment, name)| (segment, Some(name)));
    let provider = Some(ProviderRef::new(Dialect::HeliconeHosted, segment));
    Kind::Model(ModelRef { provider, model, deployment, ..ModelRef::default() })
}

fn tensor_zero(input: &str) -> Kind<'_> {
    if let Some(function) = input.strip_prefix("tensorzero::function_name::") {
        let (name, variant) = match function.split_once("::variant_name::") {
            Some((name, variant)) => (name, Some(variant)),
            None => (function, None),
        };
        return Kind::Function { name, variant };
    }
    let scopes = ["tensorzero::model_name::", "tensorzero::embedding_model_name::"];
    let scope = scopes.into_iter().find(|scope| input.starts_with(scope)).unwrap_or_default();
    let named = input.strip_prefix(scope).unwrap_or(input);
    // Only answers name the provider inside a configured model.
    let (named, deployment) = match named.split_once("::provider_name::") {
        Some((named, provider)) if !scope.is_empty() => (named, Some(provider)),
        _ => (named, None),
    };
    let mut model = ModelRef { prefix: scope, model: named, deployment, ..ModelRef::default() };
    if let Some((segment, rest)) = named.split_once("::")
        && aliases::is_printable(Dialect::TensorZero, segment)
    {
        model.provider = Some(ProviderRef::new(Dialect::TensorZero, segment));
        let responses = rest.strip_prefix("responses::").filter(|_| segment == "openai");
        model.route = responses.map(|_| "responses");
        model.model = responses.unwrap_or(rest);
    }
    Kind::Model(model)
}

fn open_router(input: &str) -> Kind<'_> {
    if input == "openrouter/auto" {
        return Kind::Auto;
    }
    let (prefix, rest) = input.strip_prefix('~').map_or(("", input), |rest| ("~", rest));
    let mut model = ModelRef { prefix, ..author_then_model(rest) };
    if let Some((id, variant)) = split_variant(model.model) {
        model.model = id;
        model.variant = Some(variant);
    }
    Kind::Model(model)
}

/// Splits off OpenRouter's variant, which stands after the last colon.
pub(crate) fn split_variant(model: &str) -> Option<(&str, &str)> {
    model.rsplit_once(':').filter(|(_, variant)| VARIANTS.contains(variant))
}

fn trim(input: &str) -> (&str, &str, &str) {
    let text = input.trim();
    let before = input.len().saturating_sub(input.trim_start().len());
    let (before, rest) = input.split_at_checked(before).unwrap_or(("", input));
    let (_, after) = rest.split_at_checked(text.len()).unwrap_or((rest, ""));
    (before, text, after)
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}
