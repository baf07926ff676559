//! What went wrong, in the words that every crate shares.

use std::fmt;
use std::str::FromStr;

/// What kind of failure an answer is, whatever the vendor calls it.
///
/// The closed set that failover, availability and clients' errors are decided by; how an answer is sorted into it is
/// `switchback-protocol`'s table. Each class has a stable `snake_case` code, fit for logs and metric labels.
///
/// ```
/// use switchback_ir::ErrorClass;
/// assert_eq!(ErrorClass::RateLimitTokens.code(), "rate_limit_tokens");
/// // An empty account stays empty, but another provider has an account of its own.
/// assert!(!ErrorClass::Quota.retries_same());
/// assert!(ErrorClass::Quota.tries_other());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ErrorClass {
    /// The caller gave up: nobody waits for an answer any more.
    Cancelled,
    /// No answer, or no end of it, in the time allowed (408, 504, `timeout_error`).
    Timeout,
    /// No connection, or one that ended before the answer did: an upstream cut.
    Connection,
    /// The input, or the input and the output asked for, exceed the model's context window.
    ContextOverflow,
    /// The body is too large in bytes, or holds more of something than the endpoint takes (413).
    TooLarge,
    /// A filter of the provider refused the input or the output.
    ContentPolicy,
    /// The credential is missing, wrong, revoked or of another host (401).
    Credential,
    /// The credential is good and may not do this: model, region or organisation is closed to it (403).
    Permission,
    /// The request is malformed, or a value of it is out of range.
    BadRequest,
    /// The endpoint knows what is asked and does not do it: a parameter, a modality, a tool, a role.
    UnsupportedFeature,
    /// No such model, deployment, path or stored object (404).
    NotFound,
    /// The provider failed (500, `api_error`, a malformed answer).
    Server,
    /// The provider has no capacity for anybody now (503, 529, `overloaded_error`).
    Overloaded,
    /// Too many requests a minute, day or other window; also a 429 that does not say of what.
    RateLimitRequests,
    /// Too many tokens a minute, day or other window.
    RateLimitTokens,
    /// Too many requests at the same time, or a rise that is too steep.
    RateLimitConcurrency,
    /// No credit, a spending limit, an unpaid bill or a used-up plan: time alone does not help (402, some 429).
    Quota,
    /// Nothing in the answer says what it is.
    Unknown,
}

/// Whose doing a failure is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Party {
    /// The request's or its sender's: it would fail at any endpoint of its kind.
    Caller,
    /// The account's at this provider: its credential, permissions, limits or credit.
    Account,
    /// The provider's or the network's: what counts against an endpoint's availability.
    Provider,
}

impl Party {
    /// `caller`, `account` or `provider`.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Caller => "caller",
            Self::Account => "account",
            Self::Provider => "provider",
        }
    }
}

impl ErrorClass {
    /// Every class.
    pub const ALL: [Self; 18] = [
        Self::Cancelled,
        Self::Timeout,
        Self::Connection,
        Self::ContextOverflow,
        Self::TooLarge,
        Self::ContentPolicy,
        Self::Credential,
        Self::Permission,
        Self::BadRequest,
        Self::UnsupportedFeature,
        Self::NotFound,
        Self::Server,
        Self::Overloaded,
        Self::RateLimitRequests,
        Self::RateLimitTokens,
        Self::RateLimitConcurrency,
        Self::Quota,
        Self::Unknown,
    ];

    /// The stable code.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Cancelled => "cancelled",
            Self::Timeout => "timeout",
            Self::Connection => "connection",
            Self::ContextOverflow => "context_overflow",
            Self::TooLarge => "too_large",
            Self::ContentPolicy => "content_policy",
            Self::Credential => "credential",
            Self::Permission => "permission",
            Self::BadRequest => "bad_request",
            Self::UnsupportedFeature => "unsupported_feature",
            Self::NotFound => "not_found",
            Self::Server => "server",
            Self::Overloaded => "overloaded",
            Self::RateLimitRequests => "rate_limit_requests",
            Self::RateLimitTokens => "rate_limit_tokens",
            Self::RateLimitConcurrency => "rate_limit_concurrency",
            Self::Quota => "quota",
            Self::Unknown => "unknown",
        }
    }

    /// One line for people.
    pub const fn about(self) -> &'static str {
        match self {
            Self::Cancelled => "the caller gave up",
            Self::Timeout => "no answer in the time allowed",
            Self::Connection => "no connection, or one that ended before the answer did",
            Self::ContextOverflow => "input and output exceed the context window",
            Self::TooLarge => "the body is too large",
            Self::ContentPolicy => "a content filter refused the input or the output",
            Self::Credential => "the credential is missing or wrong",
            Self::Permission => "the credential may not do this",
            Self::BadRequest => "the request is malformed or a value is out of range",
            Self::UnsupportedFeature => "the endpoint does not do what is asked",
            Self::NotFound => "no such model, deployment or object",
            Self::Server => "the provider failed",
            Self::Overloaded => "the provider has no capacity now",
            Self::RateLimitRequests => "too many requests in a window",
            Self::RateLimitTokens => "too many tokens in a window",
            Self::RateLimitConcurrency => "too many requests at the same time",
            Self::Quota => "no credit, or a spending limit is reached",
            Self::Unknown => "nothing says what it is",
        }
    }

    /// Whose doing it is.
    pub const fn party(self) -> Party {
        match self {
            Self::Cancelled
            | Self::ContextOverflow
            | Self::TooLarge
            | Self::ContentPolicy
            | Self::BadRequest
            | Self::UnsupportedFeature => Party::Caller,
            Self::Credential
            | Self::Permission
            | Self::NotFound
            | Self::RateLimitRequests
            | Self::RateLimitTokens
            | Self::RateLimitConcurrency
            | Self::Quota => Party::Account,
            Self::Timeout | Self::Connection | Self::Server | Self::Overloaded | Self::Unknown => Party::Provider,
        }
    }

    /// Whether the same request to the same endpoint may succeed, after the wait that the answer asks for.
    pub const fn retries_same(self) -> bool {
        matches!(
            self,
            Self::Timeout
                | Self::Connection
                | Self::Server
                | Self::Overloaded
                | Self::RateLimitRequests
                | Self::RateLimitTokens
                | Self::RateLimitConcurrency
                | Self::Unknown
        )
    }

    /// Whether another endpoint may serve the request as it is.
    ///
    /// Not where the caller gave up or the request is malformed. A context, a filter, a size or a feature differs
    /// between endpoints, so those may: the planner knows which endpoints have what.
    pub const fn tries_other(self) -> bool {
        !matches!(self, Self::Cancelled | Self::BadRequest)
    }

    /// Whether it is one of the three rate limits.
    pub const fn is_rate_limit(self) -> bool {
        matches!(self, Self::RateLimitRequests | Self::RateLimitTokens | Self::RateLimitConcurrency)
    }
}

impl fmt::Display for ErrorClass {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl serde::Serialize for ErrorClass {
    /// Its code.
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.code())
    }
}

impl<'de> serde::Deserialize<'de> for ErrorClass {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let code = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        code.parse().map_err(serde::de::Error::custom)
    }
}

/// The text is no code of an [`ErrorClass`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown error class `{found}`")]
pub struct UnknownErrorClass {
    found: String,
}

impl FromStr for ErrorClass {
    type Err = UnknownErrorClass;

    /// Reads a class's [`code`](ErrorClass::code).
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|class| class.code() == text)
            .ok_or_else(|| UnknownErrorClass { found: text.chars().take(40).collect() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_read_back() {
        for class in ErrorClass::ALL {
            assert_eq!(class.code().parse(), Ok(class));
            assert_eq!(serde_json::to_string(&class).unwrap(), format!("\"{class}\""));
            assert_eq!(serde_json::from_str::<ErrorClass>(&format!("\"{class}\"")).unwrap(), class);
        }
        assert!("rate_limit".parse::<ErrorClass>().is_err());
    }

    #[test]
    fn what_the_caller_did_wrong_is_not_sent_again_to_the_same_endpoint() {
        for class in ErrorClass::ALL {
            assert!(class.party() != Party::Caller || !class.retries_same(), "{class}");
            assert!(class.party() != Party::Provider || class.tries_other(), "{class}");
            assert!(!class.is_rate_limit() || class.retries_same(), "{class}");
        }
        assert!(!ErrorClass::Quota.retries_same());
    }
}
