//! Model strings of other gateways in ours.

use std::collections::BTreeMap;

use switchback_slug::{
    Beside, Dialect, Family, Kind, ModelNames, NoSpelling, Provider, Slug, aliases, family, parse, print_in,
};

/// A catalog that lists nothing: what strings mean by their grammar and the alias tables alone.
pub(crate) struct NoNames;

impl ModelNames for NoNames {
    fn ids(&self, _family: &Family, _provider: &Provider) -> Vec<&str> {
        Vec::new()
    }

    fn providers(&self, _family: &Family) -> Vec<Provider> {
        Vec::new()
    }
}

/// Which provider each integration of Portkey's stands for, by the name that its user chose.
pub(crate) type Integrations = BTreeMap<String, String>;

/// A model string in our own form, and what it does not say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Spelled {
    pub(crate) text: String,
    /// What the source said and the string does not: `region us`, `version 20240620`.
    pub(crate) beside: Vec<String>,
    pub(crate) region: Option<String>,
    /// The provider changes data terms in one of the guides' readings.
    pub(crate) is_vertex: bool,
}

/// Writes a model string of another gateway in ours. Writing the result again changes nothing: where it would, the string
/// is refused as ambiguous.
pub(crate) fn spell(dialect: Dialect, text: &str, integrations: &Integrations) -> Result<Spelled, String> {
    let spelled = spell_once(dialect, text, integrations)?;
    match spell_once(dialect, &spelled.text, integrations) {
        Ok(again) if again.text != spelled.text => {
            Err(format!("`{}` would be read again as `{}`", spelled.text, again.text))
        }
        Ok(_) | Err(_) => Ok(spelled),
    }
}

fn spell_once(dialect: Dialect, text: &str, integrations: &Integrations) -> Result<Spelled, String> {
    let slug = parse(dialect, text);
    if dialect == Dialect::Portkey {
        return spell_portkey(&slug, text, integrations);
    }
    if !is_foreign(&slug, text) {
        return Ok(unchanged(text));
    }
    print(&slug)
}

/// Whether the string is one that only its own gateway reads.
fn is_foreign(slug: &Slug<'_>, text: &str) -> bool {
    if slug.dialect() == Dialect::TensorZero {
        return text.contains("::");
    }
    if slug.dialect() == Dialect::HeliconeHosted {
        let names_provider = slug.provider().is_some_and(|segment| segment.resolve().is_some());
        return names_provider || !matches!(slug.kind(), Kind::Model(_));
    }
    slug.dialect() != Dialect::Native
}

fn unchanged(text: &str) -> Spelled {
    Spelled { text: text.to_owned(), beside: Vec::new(), region: None, is_vertex: false }
}

/// `@name/rest`: the name is an integration's, known from a map, or by chance a provider's own.
fn spell_portkey(slug: &Slug<'_>, text: &str, integrations: &Integrations) -> Result<Spelled, String> {
    let Some((name, rest)) = text.strip_prefix('@').and_then(|text| text.split_once('/')) else {
        return Ok(unchanged(text));
    };
    match integrations.get(name) {
        Some(provider) => at_provider(&Provider::from(provider.as_str()), rest),
        None => print(slug).map_err(|reason| format!("{reason}; say which provider the integration `{name}` is of")),
    }
}

/// A provider's model by the provider's own id.
pub(crate) fn at_provider(provider: &Provider, model: &str) -> Result<Spelled, String> {
    if let Some(segment) = aliases::spelling(Dialect::Portkey, provider, None) {
        let text = format!("@{segment}/{model}");
        return print(&parse(Dialect::Portkey, &text));
    }
    let segment = aliases::spelling(Dialect::Native, provider, None).unwrap_or(provider.as_str());
    Ok(unchanged(&format!("{segment}/{model}")))
}

fn print(slug: &Slug<'_>) -> Result<Spelled, String> {
    let is_vertex = slug.provider().and_then(switchback_slug::ProviderRef::resolve) == Some(Provider::VERTEX);
    let (text, beside) = match print_in(slug, Dialect::Native, None) {
        Ok(printed) => (printed.text, printed.beside),
        // A provider that only its alias table has: its canonical name will do.
        Err(NoSpelling::NoProvider { provider, .. }) => (format!("{provider}/{}", slug.model()), Vec::new()),
        Err(reason) => return Err(reason.to_string()),
    };
    let text = with_dashes(text);
    let region =
        beside.iter().find_map(|beside| if let Beside::Region(region) = beside { Some(region.clone()) } else { None });
    let beside = beside.iter().map(|beside| format!("{} {}", beside.code(), beside.text())).collect();
    Ok(Spelled { text, beside, region, is_vertex })
}

/// Spells a model as its family key does where dashes are all that differs: Bedrock's `llama3-8b` is `llama-3-8b` elsewhere.
fn with_dashes(text: String) -> String {
    let (provider, model) = text.rsplit_once('/').map_or(("", text.as_str()), |(provider, model)| (provider, model));
    let key = family(model);
    let same = |a: &str, b: &str| a.chars().filter(|c| *c != '-').eq(b.chars().filter(|c| *c != '-'));
    if key.as_str() == model || !same(key.as_str(), model) {
        return text;
    }
    if provider.is_empty() { key.to_string() } else { format!("{provider}/{key}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spelled(dialect: Dialect, text: &str) -> String {
        spell(dialect, text, &Integrations::new()).map_or_else(|reason| format!("! {reason}"), |spelled| spelled.text)
    }

    #[test]
    fn the_guides_rows_of_model_strings() {
        for (dialect, text, expected) in [
            (Dialect::LiteLlm, "bedrock/anthropic.claude-haiku-4-5-20251001-v1:0", "bedrock/claude-haiku-4-5"),
            (Dialect::LiteLlm, "vertex_ai/gemini-2.5-flash", "vertex/gemini-2.5-flash"),
            (Dialect::LiteLlm, "gemini/gemini-3.5-flash", "ai-studio/gemini-3.5-flash"),
            (Dialect::LiteLlm, "gpt-4o", "openai/gpt-4o"),
            (Dialect::LiteLlm, "my-chat-model", "my-chat-model"),
            (Dialect::LiteLlm, "groq/llama-3.3-70b-versatile", "groq/llama-3.3-70b-versatile"),
            (Dialect::TensorZero, "tensorzero::model_name::openai::gpt-4o", "openai/gpt-4o"),
            (Dialect::TensorZero, "openai::gpt-4o", "openai/gpt-4o"),
            (Dialect::Portkey, "@bedrock/anthropic.claude-haiku-4-5-20251001-v1:0", "bedrock/claude-haiku-4-5"),
            (Dialect::Portkey, "gpt-4o", "gpt-4o"),
            (Dialect::HeliconeHosted, "gpt-4o/azure", "azure/gpt-4o"),
            (Dialect::HeliconeHosted, "gpt-4o-mini", "gpt-4o-mini"),
            (Dialect::OpenRouter, "anthropic/claude-haiku-4.5", "claude-haiku-4.5"),
        ] {
            assert_eq!(spelled(dialect, text), expected, "{dialect} {text}");
        }
    }
}
