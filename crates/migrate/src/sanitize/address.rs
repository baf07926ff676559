//! Where a request is sent: paths and hosts of other gateways.

use switchback_slug::Provider;

use crate::System;

/// What a path, or a whole URL, becomes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Address {
    /// The path here, with the query.
    pub(crate) path: String,
    /// The provider that the host stood for.
    pub(crate) provider: Option<Provider>,
    /// Whether a host was named, which the path here does not say.
    pub(crate) had_host: bool,
    /// Whether it is TensorZero's own request form.
    pub(crate) is_native_inference: bool,
    /// A route that the path named: Helicone's `/router/<name>/…`.
    pub(crate) route: Option<String>,
    /// The path has no counterpart here.
    pub(crate) has_no_counterpart: bool,
}

/// Endings of paths that stand under `/v1` here.
const SURFACES: &[&str] = &[
    "/chat/completions",
    "/responses",
    "/messages",
    "/messages/count_tokens",
    "/completions",
    "/embeddings",
    "/models",
    "/responses/health",
    "/images/generations",
    "/audio/transcriptions",
    "/audio/speech",
    "/moderations",
    "/rerank",
];

/// Proxies of Helicone by host, as of 2025-07.
const HELICONE_HOSTS: &[(&str, &str)] = &[
    ("oai.helicone.ai", "openai"),
    ("oai.hconeai.com", "openai"),
    ("anthropic.helicone.ai", "anthropic"),
    ("anthropic.hconeai.com", "anthropic"),
    ("groq.helicone.ai", "groq"),
    ("together.helicone.ai", "together"),
    ("openrouter.helicone.ai", "openrouter"),
    ("fireworks.helicone.ai", "fireworks"),
    ("perplexity.helicone.ai", "perplexity"),
    ("deepseek.helicone.ai", "deepseek"),
    ("mistral.helicone.ai", "mistral"),
    ("x.helicone.ai", "xai"),
    ("nebius.helicone.ai", "nebius"),
    ("novita.helicone.ai", "novita"),
    ("deepinfra.helicone.ai", "deepinfra"),
    ("gateway.helicone.ai", ""),
    ("ai-gateway.helicone.ai", ""),
];

/// Upstream hosts, whole or by their ending.
const UPSTREAM_HOSTS: &[(&str, &str)] = &[
    ("api.openai.com", "openai"),
    ("api.anthropic.com", "anthropic"),
    (".openai.azure.com", "azure-openai"),
    (".services.ai.azure.com", "azure-foundry"),
    (".inference.ai.azure.com", "azure-foundry"),
    ("generativelanguage.googleapis.com", "google-ai-studio"),
    ("aiplatform.googleapis.com", "vertex"),
    ("-aiplatform.googleapis.com", "vertex"),
    ("api.groq.com", "groq"),
    ("api.together.xyz", "together"),
    ("api.fireworks.ai", "fireworks"),
    ("api.mistral.ai", "mistral"),
    ("api.deepseek.com", "deepseek"),
    ("api.x.ai", "xai"),
    ("api.cohere.ai", "cohere"),
    ("api.cohere.com", "cohere"),
    ("api.perplexity.ai", "perplexity"),
    ("api.deepinfra.com", "deepinfra"),
    ("api.novita.ai", "novita"),
    ("api.cerebras.ai", "cerebras"),
    ("openrouter.ai", "openrouter"),
];

/// The provider behind a URL or a host.
pub(crate) fn provider_of_url(url: &str) -> Option<Provider> {
    let host = host_of(url)?;
    if host.starts_with("bedrock-runtime.") && host.ends_with(".amazonaws.com") {
        return Some(Provider::BEDROCK);
    }
    let is = |known: &str| if known.starts_with(['.', '-']) { host.ends_with(known) } else { host == known };
    let known = UPSTREAM_HOSTS.iter().chain(HELICONE_HOSTS).find(|(known, _)| is(known));
    known.map(|(_, provider)| *provider).filter(|provider| !provider.is_empty()).map(Provider::from)
}

fn host_of(url: &str) -> Option<String> {
    let rest = behind_scheme(url.trim()).unwrap_or_else(|| url.trim());
    let authority = rest.split(['/', '?', '#']).next()?;
    let host = authority.rsplit('@').next()?.split(':').next()?;
    (!host.is_empty()).then(|| host.to_ascii_lowercase())
}

/// What stands behind `https://` or another scheme; nothing of a text that begins otherwise, such as a path with a URL in
/// it.
fn behind_scheme(text: &str) -> Option<&str> {
    let (scheme, rest) = text.split_once("://")?;
    let is_scheme = scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.'));
    is_scheme.then_some(rest)
}

/// Reads a path or URL of another gateway. Reading what it gives back changes nothing.
pub(crate) fn read(system: System, text: &str) -> Address {
    let text = text.trim();
    let (host, rest) = match behind_scheme(text) {
        Some(rest) => match rest.find('/') {
            Some(at) => (rest.get(..at), rest.get(at..).unwrap_or("/")),
            None => (Some(rest), "/"),
        },
        None => (None, text),
    };
    let (path, query) = rest.split_once('?').map_or((rest, None), |(path, query)| (path, Some(query)));
    let native = system == System::TensorZero && path.trim_end_matches('/') == "/inference";
    let no_counterpart =
        system == System::TensorZero && ["/batch_inference", "/feedback"].iter().any(|own| path.starts_with(own));
    let (route, path) = helicone_route(system, path);
    let path = if native { "/v1/responses".to_owned() } else { under_v1(&path) };
    Address {
        path: query.map_or_else(|| path.clone(), |query| format!("{path}?{query}")),
        provider: host.filter(|_| system == System::Helicone).and_then(provider_of_url),
        had_host: host.is_some(),
        is_native_inference: native,
        route,
        has_no_counterpart: no_counterpart,
    }
}

/// The ai-gateway's `/router/<name>/…` and `/ai/…`.
fn helicone_route(system: System, path: &str) -> (Option<String>, String) {
    if system != System::Helicone {
        return (None, path.to_owned());
    }
    if let Some((name, rest)) = path.strip_prefix("/router/").and_then(|rest| rest.split_once('/')) {
        return (Some(name.to_owned()), format!("/{rest}"));
    }
    (None, path.strip_prefix("/ai/").map_or_else(|| path.to_owned(), |rest| format!("/{rest}")))
}

/// The path with `/v1` in front and nothing of the other gateway: no `/api`, no `/openai`.
fn under_v1(path: &str) -> String {
    let path = if path.starts_with('/') { path.to_owned() } else { format!("/{path}") };
    let known = |rest: &str| {
        SURFACES.contains(&rest) || rest == "/" || rest.starts_with("/responses/") || rest.starts_with("/models/")
    };
    for prefix in ["/openai/v1", "/api/v1", "/api", "/openai", "/v1", ""] {
        let Some(rest) = path.strip_prefix(prefix) else { continue };
        let rest = if rest.is_empty() { "/" } else { rest.trim_end_matches('/') };
        let rest = if rest.is_empty() { "/" } else { rest };
        if known(rest) {
            return if rest == "/" { "/v1".to_owned() } else { format!("/v1{rest}") };
        }
    }
    path
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_surface_ends_up_under_v1() {
        for (system, path, expected) in [
            (System::LiteLlm, "/chat/completions", "/v1/chat/completions"),
            (System::LiteLlm, "/v1/chat/completions", "/v1/chat/completions"),
            (System::LiteLlm, "http://localhost:4000", "/v1"),
            (System::OpenRouter, "https://openrouter.ai/api/v1/chat/completions", "/v1/chat/completions"),
            (System::Concentrate, "/api/v1/responses?x=1", "/v1/responses?x=1"),
            (System::TensorZero, "/openai/v1/chat/completions", "/v1/chat/completions"),
            (System::TensorZero, "/inference", "/v1/responses"),
            (System::Helicone, "https://oai.helicone.ai/v1/chat/completions", "/v1/chat/completions"),
            (System::Helicone, "/router/prod/chat/completions", "/v1/chat/completions"),
            (System::Helicone, "/ai/chat/completions", "/v1/chat/completions"),
            (System::Portkey, "https://api.portkey.ai/v1", "/v1"),
            (System::LiteLlm, "/my/own/path", "/my/own/path"),
        ] {
            let address = read(system, path);
            assert_eq!(address.path, expected, "{system} {path}");
            assert_eq!(read(system, &address.path).path, address.path, "{system} {path} again");
        }
    }

    #[test]
    fn hosts_stand_for_providers() {
        assert_eq!(
            read(System::Helicone, "https://anthropic.helicone.ai/v1/messages").provider,
            Some(Provider::ANTHROPIC)
        );
        assert_eq!(provider_of_url("https://x.openai.azure.com/openai"), Some(Provider::AZURE_OPENAI));
        assert_eq!(provider_of_url("https://us-east5-aiplatform.googleapis.com"), Some(Provider::VERTEX));
        assert_eq!(provider_of_url("https://bedrock-runtime.us-east-1.amazonaws.com"), Some(Provider::BEDROCK));
        assert_eq!(provider_of_url("https://evil-api.openai.com.example.org"), None);
        assert_eq!(provider_of_url("http://localhost:8000/v1"), None);
    }
}
