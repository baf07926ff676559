use serde::Serialize;

use crate::System;

/// Something that held or named a secret, and is not needed once the move is verified.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[non_exhaustive]
pub struct Retired {
    /// An environment variable, or where a secret stands; never the secret.
    pub name: String,
    /// What it is.
    pub kind: RetiredKind,
    /// When it can go.
    pub when: &'static str,
}

/// What a retired credential is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum RetiredKind {
    /// An environment variable.
    Variable,
    /// A secret written into a configuration.
    Inline,
    /// A header or parameter of requests.
    InRequest,
    /// A name that the other gateway resolves: an integration, a virtual key, a dynamic key.
    Reference,
}

/// The gateway's own: nothing else reads it.
pub(crate) const GATEWAY: &str = "once no client calls the other gateway";
/// An upstream's.
pub(crate) const UPSTREAM: &str =
    "where the new gateway owns upstream credentials; where you run it yourself, it moves there";

impl Retired {
    pub(crate) fn in_request(name: &str) -> Self {
        Self { name: name.to_ascii_lowercase(), kind: RetiredKind::InRequest, when: GATEWAY }
    }
}

/// Environment variables that go with a system, by the migration guides (2026-10).
///
/// ```
/// use switchback_migrate::{System, retired_variables};
///
/// assert!(retired_variables(System::LiteLlm).iter().any(|retired| retired.name == "LITELLM_MASTER_KEY"));
/// ```
pub fn retired_variables(system: System) -> Vec<Retired> {
    let own: &[&str] = match system {
        System::LiteLlm => &["LITELLM_API_KEY", "LITELLM_MASTER_KEY", "LITELLM_SALT_KEY", "DATABASE_URL"],
        System::Portkey => &["PORTKEY_API_KEY"],
        System::Helicone => &["HELICONE_API_KEY"],
        System::TensorZero => &["TENSORZERO_API_KEY", "TENSORZERO_CLICKHOUSE_URL"],
        System::LlmGateway => &["LLM_GATEWAY_API_KEY"],
        System::Concentrate => &["CONCENTRATE_API_KEY"],
        System::OpenRouter => &["OPENROUTER_API_KEY"],
    };
    let upstream: &[&str] = match system {
        System::LiteLlm | System::Portkey | System::Helicone | System::TensorZero => {
            &["OPENAI_API_KEY", "ANTHROPIC_API_KEY", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AZURE_API_KEY"]
        }
        System::LlmGateway | System::Concentrate | System::OpenRouter => &[],
    };
    let retired = |name: &&str, when| Retired { name: (*name).to_owned(), kind: RetiredKind::Variable, when };
    own.iter().map(|name| retired(name, GATEWAY)).chain(upstream.iter().map(|name| retired(name, UPSTREAM))).collect()
}
