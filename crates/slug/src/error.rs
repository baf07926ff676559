use thiserror::Error;

/// A name that is no dialect's.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error(
    "unknown dialect `{found}`, expected one of native, llmgateway, litellm, portkey, helicone, helicone-ai-gateway, tensorzero, openrouter, vercel, bifrost"
)]
pub struct UnknownDialect {
    found: String,
}

impl UnknownDialect {
    /// Longest part of the input that the message repeats, in characters.
    const SHOWN: usize = 40;

    pub(crate) fn new(found: &str) -> Self {
        Self { found: found.chars().take(Self::SHOWN).collect() }
    }
}
