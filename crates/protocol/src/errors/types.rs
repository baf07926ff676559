//! The types of errors, and the statuses that go with them.

use switchback_ir::{ErrorClass, Protocol};

/// A type of error in both vocabularies, with the HTTP status that each sends with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ErrorType {
    /// `error.type` of Messages.
    pub messages: &'static str,
    /// The status of Messages.
    pub messages_status: u16,
    /// `error.type` of Chat Completions and Responses.
    pub openai: &'static str,
    /// The status of Chat Completions and Responses.
    pub openai_status: u16,
}

const fn row(messages: &'static str, messages_status: u16, openai: &'static str, openai_status: u16) -> ErrorType {
    ErrorType { messages, messages_status, openai, openai_status }
}

impl ErrorType {
    /// The type and the status of `protocol`.
    pub fn column(&self, protocol: Protocol) -> (&'static str, u16) {
        match protocol {
            Protocol::Chat | Protocol::Responses => (self.openai, self.openai_status),
            Protocol::Messages => (self.messages, self.messages_status),
        }
    }
}

/// The nine types that the vendor's SDK `anthropic` 2.12.0 knows an error object by (`types/shared/error_object.py`),
/// each with the one word that stands for it in the `OpenAI` protocols, whose SDK leaves the word open. One to one, so
/// that a type goes there and comes back. Read 2026-11-21.
static TYPES: [ErrorType; 9] = [
    row("invalid_request_error", 400, "invalid_request_error", 400),
    row("authentication_error", 401, "authentication_error", 401),
    // OpenAI itself sends 429, which its SDK retries; credit does not come back by itself.
    row("billing_error", 402, "insufficient_quota", 402),
    row("permission_error", 403, "permission_error", 403),
    row("not_found_error", 404, "not_found_error", 404),
    row("rate_limit_error", 429, "rate_limit_error", 429),
    row("timeout_error", 504, "timeout_error", 504),
    row("api_error", 500, "server_error", 500),
    row("overloaded_error", 529, "service_unavailable_error", 503),
];

/// Every type, in table order.
pub fn error_types() -> &'static [ErrorType] {
    &TYPES
}

/// The table's row of a type of `protocol`.
pub(crate) fn named_row(name: &str, protocol: Protocol) -> Option<&'static ErrorType> {
    TYPES.iter().find(|row| row.column(protocol).0 == name)
}

/// Whether two protocols name errors by the same words.
pub(crate) fn same_types(one: Protocol, other: Protocol) -> bool {
    let words = |protocol| match protocol {
        Protocol::Chat | Protocol::Responses => 0,
        Protocol::Messages => 1,
    };
    words(one) == words(other)
}

/// A class's type (by its Messages name), status where it is not the type's own, and `code` in the `OpenAI` protocols.
struct ClassRow {
    messages: &'static str,
    status: Option<u16>,
    code: Option<&'static str>,
}

fn class_row(class: ErrorClass) -> ClassRow {
    let (messages, status, code) = match class {
        ErrorClass::Cancelled => ("invalid_request_error", Some(499), Some("request_cancelled")),
        ErrorClass::Timeout => ("timeout_error", None, Some("timeout")),
        ErrorClass::Connection => ("api_error", Some(502), Some("server_error")),
        ErrorClass::ContextOverflow => ("invalid_request_error", None, Some("context_length_exceeded")),
        ErrorClass::TooLarge => ("invalid_request_error", Some(413), Some("request_too_large")),
        ErrorClass::ContentPolicy => ("invalid_request_error", None, Some("content_policy_violation")),
        ErrorClass::Credential => ("authentication_error", None, Some("invalid_api_key")),
        ErrorClass::Permission => ("permission_error", None, None),
        ErrorClass::BadRequest => ("invalid_request_error", None, None),
        ErrorClass::UnsupportedFeature => ("invalid_request_error", None, Some("unsupported_value")),
        ErrorClass::NotFound => ("not_found_error", None, Some("model_not_found")),
        ErrorClass::Server | ErrorClass::Unknown => ("api_error", None, Some("server_error")),
        ErrorClass::Overloaded => ("overloaded_error", None, Some("server_is_overloaded")),
        ErrorClass::RateLimitRequests | ErrorClass::RateLimitTokens | ErrorClass::RateLimitConcurrency => {
            ("rate_limit_error", None, Some("rate_limit_exceeded"))
        }
        ErrorClass::Quota => ("billing_error", None, Some("insufficient_quota")),
    };
    ClassRow { messages, status, code }
}

/// The table's row for a class.
pub(crate) fn type_row(class: ErrorClass) -> &'static ErrorType {
    let name = class_row(class).messages;
    TYPES.iter().find(|row| row.messages == name).unwrap_or(&TYPES[0])
}

/// The `type` by which `protocol` names errors of a class.
///
/// ```
/// use switchback_ir::{ErrorClass, Protocol};
/// use switchback_protocol::errors::error_type;
/// assert_eq!(error_type(ErrorClass::Overloaded, Protocol::Messages), "overloaded_error");
/// assert_eq!(error_type(ErrorClass::Overloaded, Protocol::Chat), "service_unavailable_error");
/// ```
pub fn error_type(class: ErrorClass, protocol: Protocol) -> &'static str {
    type_row(class).column(protocol).0
}

/// The HTTP status with which `protocol` sends errors of a class.
pub fn error_status(class: ErrorClass, protocol: Protocol) -> u16 {
    let own = type_row(class).column(protocol).1;
    class_row(class).status.unwrap_or(own)
}

/// The `code` by which the `OpenAI` protocols name errors of a class, where they have one.
pub fn error_code(class: ErrorClass) -> Option<&'static str> {
    class_row(class).code
}

/// The status of an answer of `from` as a client of `to` knows it: 529 and 503 are the same, the rest stays.
///
/// ```
/// use switchback_ir::Protocol::{Chat, Messages, Responses};
/// use switchback_protocol::errors::status_between;
/// assert_eq!(status_between(529, Messages, Chat), 503);
/// assert_eq!(status_between(503, Responses, Messages), 529);
/// assert_eq!(status_between(413, Messages, Chat), 413);
/// ```
pub fn status_between(status: u16, from: Protocol, to: Protocol) -> u16 {
    TYPES.iter().find(|row| row.column(from).1 == status).map_or(status, |row| row.column(to).1)
}
