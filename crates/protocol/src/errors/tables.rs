//! The members of error bodies.
//!
//! Sources: `types/shared/error_object.py` and `types/responses/response_error_event.py` of the SDK `openai` 3.54.0,
//! `types/shared/error_response.py` of `anthropic` 2.12.0, read 2026-11-21; the flat shapes are those of servers that
//! follow a protocol in all but this.

use crate::table::{Scope, scope};
use switchback_ir::Protocol;

/// What stands beside `error` in Messages.
pub(crate) static ENVELOPE: Scope = scope!("" {
    "request_id" => ErrorRequestId: String,
});

/// What stands beside `error` in Chat Completions and Responses.
pub(crate) static OPENAI_ENVELOPE: Scope = scope!("" {});

/// `error` of Chat Completions and Responses.
pub(crate) static OPENAI: Scope = scope!("error" {
    "message" => ErrorMessage: String,
    "type" => ErrorType: String,
    "param" => ErrorParam: Any,
    "code" => ErrorCode: Any,
});

/// `error` of Messages.
pub(crate) static MESSAGES: Scope = scope!("error" {
    "type" => ErrorType: String,
    "message" => ErrorMessage: String,
});

/// A body that has no object `error`: the event of Responses, and what other servers send.
pub(crate) static FLAT: Scope = scope!("" {
    "message" => ErrorMessage: String,
    "error" => ErrorMessage: String,
    "detail" => ErrorMessage: String,
    "Message" => ErrorMessage: String,
    "msg" => ErrorMessage: String,
    "error_description" => ErrorMessage: String,
    "type" => ErrorType: String,
    "__type" => ErrorType: String,
    "code" => ErrorCode: Any,
    "param" => ErrorParam: Any,
});

/// What stands beside `error` in a protocol, and within it.
pub(crate) fn error_scopes(protocol: Protocol) -> (&'static Scope, &'static Scope) {
    match protocol {
        Protocol::Chat | Protocol::Responses => (&OPENAI_ENVELOPE, &OPENAI),
        Protocol::Messages => (&ENVELOPE, &MESSAGES),
    }
}
