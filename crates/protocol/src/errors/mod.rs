//! Errors: what an answer that is none means, and how each protocol says it.
//!
//! ```
//! use switchback_ir::{ErrorClass, Protocol};
//! use switchback_protocol::errors::classify;
//! let body = br#"{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}"#;
//! let found = classify(Protocol::Messages, Some(529), [("retry-after", "3")], body);
//! assert_eq!(found.class, ErrorClass::Overloaded);
//! assert!(found.class.tries_other());
//! ```

mod classify;
mod decode;
mod encode;
mod facts;
mod limits;
mod rules;
mod subject;
mod tables;
mod types;

pub use classify::{Classified, classify, rules};
pub use decode::{decode_error, decode_exception};
pub use encode::{encode_error, encode_error_event, encode_response_error};
pub use limits::{Ignored, Limit, RateLimits, Window};
pub use rules::Rule;
pub use types::{ErrorType, error_code, error_status, error_type, error_types, status_between};
