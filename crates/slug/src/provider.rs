use core::fmt;
use std::borrow::Cow;

use crate::{Dialect, aliases, brand};

/// A provider: who runs the endpoint. The vocabulary is open; constants name the providers that code refers to, and the
/// alias table lists the rest. A provider is not an author: Anthropic's models are also served by `bedrock` and
/// `vertex`.
///
/// ```
/// use switchback_slug::Provider;
///
/// assert_eq!(Provider::BEDROCK.as_str(), "bedrock");
/// assert_eq!(Provider::from("my-own-host").to_string(), "my-own-host");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Provider(Cow<'static, str>);

macro_rules! known {
    ($($(#[$meta:meta])* $name:ident = $id:literal;)*) => {
        impl Provider {
            $($(#[$meta])* pub const $name: Self = Self(Cow::Borrowed($id));)*
        }
    };
}

known! {
    /// OpenAI.
    OPENAI = "openai";
    /// Anthropic.
    ANTHROPIC = "anthropic";
    /// Azure OpenAI: models by deployment name.
    AZURE_OPENAI = "azure-openai";
    /// Azure AI Foundry: other vendors' models on Azure.
    AZURE_FOUNDRY = "azure-foundry";
    /// Amazon Bedrock.
    BEDROCK = "bedrock";
    /// Google AI Studio, the Gemini API with a key. Its data terms differ from [`Provider::VERTEX`].
    GOOGLE_AI_STUDIO = "google-ai-studio";
    /// Google Vertex AI, Google's and partners' models.
    VERTEX = "vertex";
    /// xAI.
    XAI = "xai";
    /// Mistral AI.
    MISTRAL = "mistral";
    /// Cohere.
    COHERE = "cohere";
    /// Cloudflare Workers AI.
    CLOUDFLARE = "cloudflare";
    /// Hugging Face inference.
    HUGGINGFACE = "huggingface";
    /// Together AI.
    TOGETHER = "together";
    /// Fireworks AI.
    FIREWORKS = "fireworks";
    /// Groq.
    GROQ = "groq";
    /// Cerebras.
    CEREBRAS = "cerebras";
    /// DeepSeek.
    DEEPSEEK = "deepseek";
    /// DeepInfra.
    DEEPINFRA = "deepinfra";
    /// Novita AI.
    NOVITA = "novita";
    /// Moonshot AI.
    MOONSHOT = "moonshot";
    /// Z.ai.
    ZAI = "zai";
    /// Alibaba Cloud's DashScope (Model Studio), international.
    DASHSCOPE = "dashscope";
    /// Perplexity.
    PERPLEXITY = "perplexity";
    /// Nebius.
    NEBIUS = "nebius";
    /// SambaNova.
    SAMBANOVA = "sambanova";
    /// MiniMax.
    MINIMAX = "minimax";
    /// Ollama on a host of one's own.
    OLLAMA = "ollama";
    /// vLLM on a host of one's own.
    VLLM = "vllm";
    /// OpenRouter, as an upstream.
    OPENROUTER = "openrouter";
    /// Vercel AI Gateway, as an upstream.
    VERCEL = "vercel";
    /// LLM Gateway, as an upstream.
    LLMGATEWAY = "llmgateway";
    /// Helicone's hosted gateway, as an upstream.
    HELICONE = "helicone";
    /// Concentrate, as an upstream.
    CONCENTRATE = "concentrate";
}

impl Provider {
    pub(crate) const fn from_static(id: &'static str) -> Self {
        Self(Cow::Borrowed(id))
    }

    /// The canonical id.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Provider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<&str> for Provider {
    /// The provider of that canonical id, taken as it is: aliases are a dialect's, see [`crate::aliases::resolve`].
    fn from(id: &str) -> Self {
        Self(Cow::Owned(id.to_owned()))
    }
}

impl AsRef<str> for Provider {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

/// The segment of a model string that names a provider, as written, with the dialect that gives it its meaning.
///
/// ```
/// use switchback_slug::{Dialect, Provider, parse};
///
/// let slug = parse(Dialect::Native, "aws/claude-haiku-4-5");
/// let provider = slug.provider().expect("a provider is named");
/// assert_eq!(provider.as_str(), "aws");
/// assert_eq!(provider.resolve(), Some(Provider::BEDROCK));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ProviderRef<'a> {
    dialect: Dialect,
    segment: &'a str,
}

impl<'a> ProviderRef<'a> {
    pub(crate) const fn new(dialect: Dialect, segment: &'a str) -> Self {
        Self { dialect, segment }
    }

    /// Reads an entry of a field that lists providers, such as OpenRouter's and Vercel's `order`: a provider, and behind a
    /// slash the region or variant of its endpoint.
    ///
    /// ```
    /// use switchback_slug::{Dialect, Provider, ProviderRef};
    ///
    /// let (provider, endpoint) = ProviderRef::parse_entry(Dialect::OpenRouter, "google-vertex/europe");
    /// assert_eq!((provider.resolve(), endpoint), (Some(Provider::VERTEX), Some("europe")));
    /// ```
    pub fn parse_entry(dialect: Dialect, text: &'a str) -> (Self, Option<&'a str>) {
        match text.split_once('/') {
            Some((segment, endpoint)) => (Self { dialect, segment }, Some(endpoint)),
            None => (Self { dialect, segment: text }, None),
        }
    }

    /// The segment as written.
    pub const fn as_str(self) -> &'a str {
        self.segment
    }

    /// The dialect that the segment is written in.
    pub const fn dialect(self) -> Dialect {
        self.dialect
    }

    /// The provider that the alias table gives the whole segment, or `None`: a custom provider, an author put in a
    /// provider's place, or a mistake.
    ///
    /// For Portkey the segment is a name that its user chose, so a match is likely and not certain.
    pub fn resolve(self) -> Option<Provider> {
        aliases::resolve(self.dialect, self.segment)
    }

    /// Whose models the segment names, when it is an author in a provider's place.
    ///
    /// ```
    /// use switchback_slug::{Dialect, parse};
    ///
    /// let slug = parse(Dialect::Native, "meta-llama/Llama-3.2-1B-Instruct");
    /// assert_eq!(slug.provider().and_then(|segment| segment.author()), Some("meta"));
    /// ```
    pub fn author(self) -> Option<&'static str> {
        brand::author_of_segment(self.segment)
    }
}

impl fmt::Display for ProviderRef<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.segment)
    }
}
