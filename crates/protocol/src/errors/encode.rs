use super::types::{ErrorType, error_code, named_row, same_types, type_row};
use crate::sse::Printer;
use switchback_ir::json::{Kind, Writer};
use switchback_ir::{Action, ApiError, ErrorClass, ErrorShape, Feature, Field, Key, Ledger, Name, Place, Protocol};

/// Appends `error` to `out` as a body of `target`, and says in the ledger what did not travel.
///
/// Within the error's own protocol it is written as it came, member by member. Into another one it has the target's
/// shape: the message as it is; the type that the [table](super::error_types) has for it; `code` and `param` between
/// the two protocols that have them; the request's id where there is a place for it.
///
/// ```
/// use switchback_ir::{Limits, Protocol};
/// use switchback_protocol::errors::{decode_error, encode_error};
/// let body = br#"{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"},"request_id":"r"}"#;
/// let error = decode_error(Protocol::Messages, Some(529), body, &Limits::default());
/// let mut out = Vec::new();
/// let ledger = encode_error(&error, Protocol::Chat, &mut out);
/// assert_eq!(
///     out,
///     br#"{"error":{"message":"Overloaded","type":"service_unavailable_error","param":null,"code":null}}"#,
/// );
/// assert_eq!(ledger.resolve(body)[0].path, "/request_id");
/// ```
pub fn encode_error(error: &ApiError<'_>, target: Protocol, out: &mut Vec<u8>) -> Ledger {
    if error.origin == Some(target) {
        own(error, out);
        return Ledger::new();
    }
    let mut encoding = Encoding { error, target, json: Writer::new(out), ledger: Ledger::new() };
    encoding.json.begin_object();
    match target {
        Protocol::Chat | Protocol::Responses => {
            encoding.json.key("error");
            encoding.json.begin_object();
            encoding.message();
            encoding.kind();
            encoding.leaf(Key::ErrorParam, "param", Feature::ErrorParam);
            encoding.leaf(Key::ErrorCode, "code", Feature::ErrorCode);
            encoding.json.end_object();
        }
        Protocol::Messages => {
            encoding.json.key("type");
            encoding.json.word("error");
            encoding.json.key("error");
            encoding.json.begin_object();
            encoding.kind();
            encoding.message();
            encoding.json.end_object();
            encoding.leaf(Key::ErrorRequestId, "request_id", Feature::ErrorRequestId);
        }
    }
    encoding.json.end_object();
    encoding.finish()
}

/// Appends `error` to `out` as the event that ends a stream of `target` with an error; nothing may follow it.
///
/// `sequence_number` is that of the event in Responses, which has one; the others ignore it. Responses' event has no
/// place for the type: where the error has no code, the class's own code says it.
///
/// ```
/// use switchback_ir::{ApiError, ErrorClass, Protocol};
/// use switchback_protocol::errors::encode_error_event;
/// let error = ApiError::new(ErrorClass::Server, "upstream closed the stream");
/// let mut out = Vec::new();
/// encode_error_event(&error, Protocol::Responses, 7, &mut out);
/// let expected = "event: error\ndata: {\"type\":\"error\",\"code\":\"server_error\",\
///     \"message\":\"upstream closed the stream\",\"param\":null,\"sequence_number\":7}\n\n";
/// assert_eq!(String::from_utf8(out).unwrap(), expected);
/// ```
pub fn encode_error_event(error: &ApiError<'_>, target: Protocol, sequence_number: u64, out: &mut Vec<u8>) -> Ledger {
    let mut printer = Printer::new(out);
    printer.begin(match target {
        Protocol::Chat => "",
        Protocol::Responses | Protocol::Messages => "error",
    });
    // An error that came as the body of an answer is no event of Responses, whose events have another shape.
    let is_marked = error.fields.iter().any(|field| field.object.is_empty() && matches!(field.name, Name::Blank(_)));
    let is_event = error.shape == ErrorShape::Object && (target != Protocol::Responses || is_marked);
    let is_own = error.origin == Some(target) && is_event;
    let ledger = match target {
        Protocol::Responses if !is_own => flat(error, sequence_number, printer.payload()),
        Protocol::Chat | Protocol::Responses | Protocol::Messages if is_own => {
            own(error, printer.payload());
            Ledger::new()
        }
        Protocol::Chat | Protocol::Responses | Protocol::Messages => {
            let foreign = ApiError { origin: None, ..error.clone() };
            encode_error(if error.origin == Some(target) { &foreign } else { error }, target, printer.payload())
        }
    };
    printer.end();
    ledger
}

/// Appends `error` to `out` as the `error` object of a failed response of Responses: a code of the vendor's list, which
/// is closed, and the message.
///
/// ```
/// use switchback_ir::{ApiError, ErrorClass};
/// use switchback_protocol::errors::encode_response_error;
/// let mut out = Vec::new();
/// encode_response_error(&ApiError::new(ErrorClass::RateLimitTokens, "slow down"), &mut out);
/// assert_eq!(out, br#"{"code":"rate_limit_exceeded","message":"slow down"}"#);
/// ```
pub fn encode_response_error(error: &ApiError<'_>, out: &mut Vec<u8>) -> Ledger {
    let target = Protocol::Responses;
    let mut encoding = Encoding { error, target, json: Writer::new(out), ledger: Ledger::new() };
    encoding.json.begin_object();
    encoding.json.key("code");
    let code = error.field(Key::ErrorCode);
    let text = code.and_then(|code| code.value.as_text());
    let listed = text.as_ref().and_then(|text| RESPONSE_CODES.iter().find(|listed| *text == ***listed));
    if listed.is_none() {
        encoding.record(Action::Degraded, Feature::ErrorCode, code);
    }
    encoding.json.str(listed.copied().unwrap_or_else(|| response_code(error.class)));
    encoding.message();
    encoding.json.end_object();
    encoding.finish()
}

/// The codes of `types/responses/response_error.py` of the SDK `openai` 3.54.0, read 2026-11-21.
static RESPONSE_CODES: [&str; 21] = [
    "server_error",
    "rate_limit_exceeded",
    "invalid_prompt",
    "data_residency_mismatch",
    "bio_policy",
    "misalignment_policy_violation",
    "vector_store_timeout",
    "invalid_image",
    "invalid_image_format",
    "invalid_base64_image",
    "invalid_image_url",
    "image_too_large",
    "image_too_small",
    "image_parse_error",
    "image_content_policy_violation",
    "invalid_image_mode",
    "image_file_too_large",
    "unsupported_image_media_type",
    "empty_image_file",
    "failed_to_download_image",
    "image_file_not_found",
];

fn response_code(class: ErrorClass) -> &'static str {
    if class.is_rate_limit() {
        return "rate_limit_exceeded";
    }
    if class == ErrorClass::ContentPolicy { "invalid_prompt" } else { "server_error" }
}

/// The event of Responses, which has its members beside its type.
fn flat(error: &ApiError<'_>, sequence_number: u64, out: &mut Vec<u8>) -> Ledger {
    let target = Protocol::Responses;
    let mut encoding = Encoding { error, target, json: Writer::new(out), ledger: Ledger::new() };
    encoding.json.begin_object();
    encoding.json.key("type");
    encoding.json.word("error");
    if error.field(Key::ErrorCode).is_some() {
        encoding.leaf(Key::ErrorCode, "code", Feature::ErrorCode);
        encoding.record(Action::Dropped, Feature::ErrorType, error.field(Key::ErrorType));
    } else {
        encoding.json.key("code");
        match error_code(error.class) {
            Some(code) => encoding.json.str(code),
            None => encoding.json.str(type_row(error.class).openai),
        }
        encoding.record(Action::Degraded, Feature::ErrorType, error.field(Key::ErrorType));
    }
    encoding.message();
    encoding.leaf(Key::ErrorParam, "param", Feature::ErrorParam);
    encoding.json.key("sequence_number");
    encoding.json.number(sequence_number);
    encoding.json.end_object();
    encoding.finish()
}

/// Writes the members as they came.
fn own(error: &ApiError<'_>, out: &mut Vec<u8>) {
    if error.shape == ErrorShape::Text {
        let text = error.message();
        out.extend_from_slice(text.as_ref().map(switchback_ir::Text::word).unwrap_or_default().as_bytes());
        return;
    }
    let mut json = Writer::new(out);
    if error.shape == ErrorShape::List {
        json.begin_array();
    }
    json.begin_object();
    let mut within = false;
    for field in &error.fields {
        if field.object.is_empty() == within {
            if within {
                json.end_object();
            } else {
                json.key("error");
                json.begin_object();
            }
            within = !within;
        }
        match &field.name {
            Name::Known { wire, .. } => json.key(wire),
            Name::Blank(name) | Name::Unknown(name) => json.key_text(name),
        }
        json.raw(&field.value);
    }
    if within {
        json.end_object();
    }
    json.end_object();
    if error.shape == ErrorShape::List {
        json.end_array();
    }
}

struct Encoding<'e, 'a> {
    error: &'e ApiError<'a>,
    target: Protocol,
    json: Writer<'e>,
    ledger: Ledger,
}

impl<'e, 'a> Encoding<'e, 'a> {
    fn message(&mut self) {
        self.json.key("message");
        let Some(field) = self.error.field(Key::ErrorMessage) else {
            self.json.str(self.error.class.about());
            let detail = "a message, which the target requires";
            return self.ledger.synthesise(Feature::ErrorMessage, self.error.place, Some("/error/message"), detail);
        };
        self.json.raw(&field.value);
        // Told where it stood when it was no member `message` of `error`.
        let usual = !field.object.is_empty() && matches!(field.name, Name::Known { wire: "message", .. });
        if !usual {
            self.record(Action::Noted, Feature::ErrorShape, Some(field));
        }
    }

    /// The type: as it came between the protocols that share their words, else by the table.
    fn kind(&mut self) {
        self.json.key("type");
        let field = self.error.field(Key::ErrorType);
        let row = self.row(field);
        let shares = self.error.origin.is_some_and(|origin| same_types(origin, self.target));
        if let Some(field) = field.filter(|_| shares) {
            return self.json.raw(&field.value);
        }
        let (word, _) = row.column(self.target);
        self.json.str(word);
        match (field, self.error.origin) {
            (Some(field), Some(origin)) => {
                let comes_back = field.value.as_text().is_some_and(|text| text == *row.column(origin).0);
                if !comes_back {
                    self.record(Action::Degraded, Feature::ErrorType, Some(field));
                }
            }
            (None, Some(_)) => {
                let detail = "a type, which the target requires";
                let place = self.blank("type").map_or(self.error.place, |field| field.place);
                self.ledger.synthesise(Feature::ErrorType, place, Some("/error/type"), detail);
            }
            (_, None) => {}
        }
    }

    /// The table's row for the type; for one that is not in it, or says no more than that the request is at fault, the
    /// row of the class. Credit that is used up is always called so, since clients retry a rate limit.
    fn row(&self, field: Option<&Field<'_>>) -> &'static ErrorType {
        let text = field.and_then(|field| field.value.as_text());
        let named = text.zip(self.error.origin).and_then(|(text, origin)| named_row(&text.word(), origin));
        let tells = |row: &&ErrorType| row.messages != "invalid_request_error" && self.error.class != ErrorClass::Quota;
        named.filter(tells).unwrap_or_else(|| type_row(self.error.class))
    }

    /// A member that is a string or `null` in the target.
    fn leaf(&mut self, key: Key, name: &str, feature: Feature) {
        self.json.key(name);
        let Some(field) = self.error.field(key) else { return self.json.constant("null") };
        match field.value.kind() {
            Kind::String => self.json.raw(&field.value),
            Kind::Number => {
                self.json.str(field.value.as_str());
                self.record(Action::Noted, feature, Some(field));
            }
            Kind::Null | Kind::Bool | Kind::Array | Kind::Object => {
                self.json.constant("null");
                self.record(Action::Dropped, feature, Some(field));
            }
        }
    }

    fn blank(&self, name: &str) -> Option<&'e Field<'a>> {
        let error: &'e ApiError<'a> = self.error;
        error
            .fields
            .iter()
            .find(|field| field.object == "error" && matches!(&field.name, Name::Blank(blank) if *blank == *name))
    }

    fn record(&mut self, action: Action, feature: Feature, field: Option<&Field<'_>>) {
        if let Some(field) = field.filter(|field| field.place != Place::NONE) {
            self.ledger.record(action, feature, field.place);
        }
    }

    /// Adds what the target has no place for.
    fn finish(mut self) -> Ledger {
        let error: &'e ApiError<'a> = self.error;
        for field in &error.fields {
            let feature = match &field.name {
                Name::Known { key: Key::ErrorCode, .. } => Feature::ErrorCode,
                Name::Known { key: Key::ErrorParam, .. } => Feature::ErrorParam,
                Name::Known { key: Key::ErrorRequestId, .. } => Feature::ErrorRequestId,
                Name::Unknown(_) if !field.value.is_null() => Feature::UnknownField,
                Name::Known { .. } | Name::Blank(_) | Name::Unknown(_) => continue,
            };
            if feature.expression(self.target) == switchback_ir::Expression::Dropped {
                self.record(Action::Dropped, feature, Some(field));
            }
        }
        self.ledger.sort();
        self.ledger
    }
}
