//! Requests made for another gateway, without what only that gateway reads.

mod address;
mod body;
mod headers;
mod job;
mod native;
mod policy;
mod read;
mod splice;
mod table;
mod wish;

pub use wish::{Onward, Wishes};

pub(crate) use address::provider_of_url;
pub(crate) use read::{listed, millis};

use switchback_plan::Policy;

use crate::credential::Retired;
use crate::model::Integrations;
use crate::{Error, Ledger, System};

/// A request as a client of another gateway sends it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "a plain record that callers build")]
pub struct Incoming<'a> {
    /// Names and values, in order; names in any case.
    pub headers: &'a [(&'a str, &'a str)],
    /// The path, or the whole URL, where it is known.
    pub path: Option<&'a str>,
    /// The body; empty for none.
    pub body: &'a [u8],
}

/// A request without what only another gateway reads, and everything that was found in it.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Sanitized {
    /// The headers that stay, in order, values as they came.
    pub headers: Vec<(String, String)>,
    /// The path here.
    pub path: Option<String>,
    /// The body. What is not foreign is there byte for byte.
    pub body: Vec<u8>,
    /// What was asked of the gateway beyond an answer.
    pub wishes: Wishes,
    /// The wishes as a policy, but for what routes of another policy are chosen by: tags, metadata, the session.
    pub policy: Policy,
    /// One entry for each thing that was taken out or changed. A header's line is its place among the headers, from 1.
    pub ledger: Ledger,
    /// Credentials that are not needed any more.
    pub retired: Vec<Retired>,
}

/// Takes out of requests what only another gateway reads: its headers, parameters and paths, and its spelling of models.
///
/// ```
/// use switchback_migrate::{Incoming, Sanitizer, System};
///
/// let request = Incoming {
///     headers: &[("X-LiteLLM-Timeout", "30"), ("Content-Type", "application/json")],
///     path: Some("/chat/completions"),
///     body: br#"{"model": "bedrock/anthropic.claude-haiku-4-5-20251001-v1:0", "num_retries": 2, "messages": []}"#,
/// };
/// let sanitized = Sanitizer::new(System::LiteLlm).sanitize(&request)?;
/// assert_eq!(sanitized.body, br#"{"model": "bedrock/claude-haiku-4-5", "messages": []}"#);
/// assert_eq!(sanitized.headers, [("Content-Type".to_owned(), "application/json".to_owned())]);
/// assert_eq!(sanitized.path.as_deref(), Some("/v1/chat/completions"));
/// assert_eq!(sanitized.wishes.retry.map(|retry| retry.attempts), Some(2));
/// assert_eq!(sanitized.ledger.entries().len(), 4);
/// # Ok::<(), switchback_migrate::Error>(())
/// ```
///
/// Sanitizing what it gives back changes nothing. Values of credentials are nowhere in the ledger or the wishes.
#[derive(Clone, Debug)]
pub struct Sanitizer {
    system: System,
    integrations: Integrations,
}

impl Sanitizer {
    /// A sanitizer for requests of that system.
    pub const fn new(system: System) -> Self {
        Self { system, integrations: Integrations::new() }
    }

    /// Says which provider (by canonical id) an integration of Portkey's is of: `@openai-prod` is known to its user alone.
    #[must_use]
    pub fn with_integration(mut self, name: impl Into<String>, provider: impl Into<String>) -> Self {
        self.integrations.insert(name.into().trim_start_matches('@').to_owned(), provider.into());
        self
    }

    /// Sanitizes one request. Cost: linear in its size.
    ///
    /// # Errors
    ///
    /// A body that is not a JSON object.
    pub fn sanitize(&self, request: &Incoming<'_>) -> Result<Sanitized, Error> {
        job::Job::new(self.system, &self.integrations, request).run()
    }
}
