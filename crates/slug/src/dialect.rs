use core::{fmt, str::FromStr};

use crate::error::UnknownDialect;

/// Whose grammar a model string is written in. It is always an explicit argument, because the same string means
/// different things in different systems: `openai/gpt-4o` is provider and model for LiteLLM, author and model for
/// OpenRouter, and model and provider (in that order) for Helicone.
///
/// ```
/// use switchback_slug::Dialect;
///
/// let dialect: Dialect = "helicone-ai-gateway".parse()?;
/// assert_eq!(dialect.to_string(), "helicone-ai-gateway");
/// # Ok::<(), switchback_slug::UnknownDialect>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Dialect {
    /// Ours, which is Concentrate's: `auto`, `model`, `provider/model`.
    Native,
    /// LLM Gateway: `auto`, `custom`, `dynamic/name`, `model`, `provider/model[:region]`.
    LlmGateway,
    /// LiteLLM: `[provider/]rest`, where `rest` is arbitrary and may be a wildcard.
    LiteLlm,
    /// Portkey: `@integration/rest` or `rest`.
    Portkey,
    /// Helicone's hosted gateway: `model[/provider[/deployment]]`, `!provider`, chains by comma.
    HeliconeHosted,
    /// Helicone's open-source ai-gateway in Rust: `provider/model`.
    HeliconeAiGateway,
    /// TensorZero: `tensorzero::function_name::…`, `tensorzero::model_name::…`, `shorthand::model`.
    TensorZero,
    /// OpenRouter: `[~]author/model[:variant]`.
    OpenRouter,
    /// Vercel AI Gateway: `author/model`.
    Vercel,
    /// Bifrost: `[provider/]rest`; `provider/` alone is the same model at that provider.
    Bifrost,
}

impl Dialect {
    /// Every dialect, in declaration order.
    pub const ALL: [Self; 10] = [
        Self::Native,
        Self::LlmGateway,
        Self::LiteLlm,
        Self::Portkey,
        Self::HeliconeHosted,
        Self::HeliconeAiGateway,
        Self::TensorZero,
        Self::OpenRouter,
        Self::Vercel,
        Self::Bifrost,
    ];

    /// The name that [`Dialect`] prints and reads.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Native => "native",
            Self::LlmGateway => "llmgateway",
            Self::LiteLlm => "litellm",
            Self::Portkey => "portkey",
            Self::HeliconeHosted => "helicone",
            Self::HeliconeAiGateway => "helicone-ai-gateway",
            Self::TensorZero => "tensorzero",
            Self::OpenRouter => "openrouter",
            Self::Vercel => "vercel",
            Self::Bifrost => "bifrost",
        }
    }
}

impl fmt::Display for Dialect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Dialect {
    type Err = UnknownDialect;

    fn from_str(text: &str) -> Result<Self, UnknownDialect> {
        Self::ALL.into_iter().find(|dialect| dialect.as_str() == text).ok_or_else(|| UnknownDialect::new(text))
    }
}
