use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Whose words a request's routing is written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(clippy::exhaustive_enums, reason = "a new system should stop the build of everybody who tells them apart")]
pub enum System {
    /// Concentrate AI: `routing`, an object, in three generations.
    Concentrate,
    /// LLM Gateway: `routing`, a word; `free_models_only`, `no_reasoning`, `x-no-fallback`, `x-session-id`.
    #[serde(rename = "llmgateway")]
    LlmGateway,
    /// `OpenRouter`: `provider`, `models`, `fallbacks`, `route`, `session_id`, and the variants behind model names.
    #[serde(rename = "openrouter")]
    OpenRouter,
    /// Vercel AI Gateway: `providerOptions.gateway`.
    Vercel,
}

impl System {
    /// Every system.
    pub const ALL: [Self; 4] = [Self::Concentrate, Self::LlmGateway, Self::OpenRouter, Self::Vercel];

    /// `concentrate`, `llmgateway`, `openrouter` or `vercel`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Concentrate => "concentrate",
            Self::LlmGateway => "llmgateway",
            Self::OpenRouter => "openrouter",
            Self::Vercel => "vercel",
        }
    }
}

impl fmt::Display for System {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for System {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let known = Self::ALL.into_iter().find(|system| system.name() == text);
        known.ok_or_else(|| format!("expected one of {}", Self::ALL.map(Self::name).join(", ")))
    }
}

/// Which account of a system is followed where two of them differ.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_enums, reason = "what is said and what is done")]
pub enum ReadAs {
    /// What its guides say.
    Documented,
    /// What its later publications say that it does.
    #[default]
    AsCoded,
}

impl ReadAs {
    /// `documented` or `as-coded`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Documented => "documented",
            Self::AsCoded => "as-coded",
        }
    }
}

impl fmt::Display for ReadAs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for ReadAs {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let known = [Self::Documented, Self::AsCoded].into_iter().find(|reading| reading.name() == text);
        known.ok_or_else(|| "expected documented or as-coded".to_owned())
    }
}
