use thiserror::Error;

use crate::{Dialect, Provider};

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

/// Why a model string has no spelling in another dialect.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum NoSpelling {
    /// The target has no string that lets it choose the model.
    #[error("{target} has no `auto`")]
    NoAuto {
        /// The target.
        target: Dialect,
    },
    /// The string names a route, a function or an endpoint of the source's configuration, not a model.
    #[error("`{text}` names a part of the configuration of {source_dialect}, not a model")]
    Configured {
        /// The string.
        text: String,
        /// Whose configuration.
        source_dialect: Dialect,
    },
    /// A model string of the target names one model; the entries print one by one.
    #[error("a model string of {target} names one model, not a list")]
    NoList {
        /// The target.
        target: Dialect,
    },
    /// The target cannot rule a provider out in a model string.
    #[error("{target} cannot rule a provider out in a model string")]
    NoExclusion {
        /// The target.
        target: Dialect,
    },
    /// The target has no wildcards.
    #[error("{target} has no wildcards")]
    NoWildcard {
        /// The target.
        target: Dialect,
    },
    /// Nobody knows which provider the segment names.
    #[error("`{segment}` names no known provider")]
    UnknownProvider {
        /// The segment.
        segment: String,
    },
    /// The target does not have the provider.
    #[error("{target} does not have the provider {provider}")]
    NoProvider {
        /// The provider.
        provider: Provider,
        /// The target.
        target: Dialect,
    },
    /// A model string of the target has to name a provider, and the source does not.
    #[error("a model string of {target} has to name a provider")]
    ProviderRequired {
        /// The target.
        target: Dialect,
        /// The provider that is the maker's own API, for a caller who wants to pin it.
        home: Option<Provider>,
    },
    /// The target names models by author, and the author is not known.
    #[error("who makes `{model}` is not known to {target}")]
    NoAuthor {
        /// The model.
        model: String,
        /// The target.
        target: Dialect,
    },
    /// The id says nothing about the model: an ARN of a custom model, a Vertex endpoint.
    #[error("`{model}` does not say which model it is")]
    Opaque {
        /// The id.
        model: String,
    },
    /// The source names no model: `provider/` alone.
    #[error("no model is named")]
    NoModel,
    /// The target would read the only string there is as another provider or model.
    #[error("{target} would read `{text}` as something else")]
    Ambiguous {
        /// The string.
        text: String,
        /// The target.
        target: Dialect,
    },
}

impl NoSpelling {
    /// A stable name for logs and records.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NoAuto { .. } => "no_auto",
            Self::Configured { .. } => "configured",
            Self::NoList { .. } => "no_list",
            Self::NoExclusion { .. } => "no_exclusion",
            Self::NoWildcard { .. } => "no_wildcard",
            Self::UnknownProvider { .. } => "unknown_provider",
            Self::NoProvider { .. } => "no_provider",
            Self::ProviderRequired { .. } => "provider_required",
            Self::NoAuthor { .. } => "no_author",
            Self::Opaque { .. } => "opaque_id",
            Self::NoModel => "no_model",
            Self::Ambiguous { .. } => "ambiguous",
        }
    }
}
