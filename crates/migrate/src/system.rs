use std::fmt;
use std::str::FromStr;

use switchback_slug::Dialect;

use crate::Format;

/// A gateway to move in from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum System {
    /// LiteLLM's proxy: `config.yaml`.
    LiteLlm,
    /// Portkey: Config objects.
    Portkey,
    /// Helicone: request headers, and the YAML of its open-source ai-gateway.
    Helicone,
    /// TensorZero: `tensorzero.toml`.
    TensorZero,
    /// LLM Gateway: dynamic routes, and the routing fields of requests.
    LlmGateway,
    /// Concentrate: the `routing` object of requests, in its three generations.
    Concentrate,
    /// OpenRouter: the `provider` object of requests, and what stands beside it.
    OpenRouter,
}

/// The name is no system's.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "unknown system `{found}`, expected one of litellm, portkey, helicone, tensorzero, llmgateway, concentrate, openrouter"
)]
pub struct UnknownSystem {
    found: String,
}

impl System {
    /// Every system, in declaration order.
    pub const ALL: [Self; 7] = [
        Self::LiteLlm,
        Self::Portkey,
        Self::Helicone,
        Self::TensorZero,
        Self::LlmGateway,
        Self::Concentrate,
        Self::OpenRouter,
    ];

    /// The name that the command line takes.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::LiteLlm => "litellm",
            Self::Portkey => "portkey",
            Self::Helicone => "helicone",
            Self::TensorZero => "tensorzero",
            Self::LlmGateway => "llmgateway",
            Self::Concentrate => "concentrate",
            Self::OpenRouter => "openrouter",
        }
    }

    /// The name for people.
    pub const fn title(self) -> &'static str {
        match self {
            Self::LiteLlm => "LiteLLM",
            Self::Portkey => "Portkey",
            Self::Helicone => "Helicone",
            Self::TensorZero => "TensorZero",
            Self::LlmGateway => "LLM Gateway",
            Self::Concentrate => "Concentrate",
            Self::OpenRouter => "OpenRouter",
        }
    }

    /// What its configurations are written in.
    pub const fn format(self) -> Format {
        match self {
            Self::LiteLlm | Self::Helicone => Format::Yaml,
            Self::TensorZero => Format::Toml,
            Self::Portkey | Self::LlmGateway | Self::Concentrate | Self::OpenRouter => Format::Json,
        }
    }

    /// The grammar of the model strings in its requests.
    pub const fn dialect(self) -> Dialect {
        match self {
            Self::LiteLlm => Dialect::LiteLlm,
            Self::Portkey => Dialect::Portkey,
            Self::Helicone => Dialect::HeliconeHosted,
            Self::TensorZero => Dialect::TensorZero,
            Self::LlmGateway => Dialect::LlmGateway,
            Self::Concentrate => Dialect::Native,
            Self::OpenRouter => Dialect::OpenRouter,
        }
    }
}

impl fmt::Display for System {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for System {
    type Err = UnknownSystem;

    fn from_str(text: &str) -> Result<Self, UnknownSystem> {
        let known = Self::ALL.into_iter().find(|system| system.as_str() == text);
        known.ok_or_else(|| UnknownSystem { found: text.chars().take(40).collect() })
    }
}
