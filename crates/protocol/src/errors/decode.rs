use super::classify::{classify, classify_with};
use super::tables::{FLAT, error_scopes};
use crate::reader::Result;
use crate::table::Scope;
use switchback_ir::json::{Cursor, Fault, FaultKind, Kind};
use switchback_ir::{ApiError, ErrorShape, Field, Limits, Name, Owner, Place, Protocol, RawJson, Text};

const NO_HEADERS: [(&str, &str); 0] = [];

/// Reads the body of an error answer of `protocol`, or the payload of an error event of its streams.
///
/// Never fails: an error must not hide behind another one. A body that is no JSON object, or more than `limits`, is
/// its own message. The class is that of [`classify`] without headers; a caller that has them may set it anew.
///
/// ```
/// use switchback_ir::{ErrorClass, Key, Limits, Protocol};
/// use switchback_protocol::errors::decode_error;
/// let body = br#"{"error":{"message":"slow down","type":"requests","param":null,"code":"rate_limit_exceeded"}}"#;
/// let error = decode_error(Protocol::Chat, Some(429), body, &Limits::default());
/// assert_eq!(error.class, ErrorClass::RateLimitRequests);
/// assert_eq!(error.message().unwrap(), *"slow down");
/// assert!(error.field(Key::ErrorParam).is_none(), "`null` says nothing");
/// ```
pub fn decode_error<'a>(protocol: Protocol, status: Option<u16>, body: &'a [u8], limits: &Limits) -> ApiError<'a> {
    let found = classify(protocol, status, NO_HEADERS, body);
    let error = ApiError {
        origin: Some(protocol),
        class: found.class,
        status: status.or(found.status),
        shape: ErrorShape::Object,
        place: Place::ROOT,
        fields: Vec::new(),
    };
    match read(protocol, &error, body, limits) {
        Ok(read) => read,
        Err(_) => text(&error, body),
    }
}

/// Reads an exception of an AWS event stream: its type and payload, as [`Frame`](crate::sse::Frame) has them.
///
/// ```
/// use switchback_ir::{ErrorClass, Protocol};
/// use switchback_protocol::errors::decode_exception;
/// let error = decode_exception(Protocol::Messages, "throttlingException", br#"{"message":"Too many requests"}"#);
/// assert_eq!(error.class, ErrorClass::RateLimitRequests);
/// ```
pub fn decode_exception(protocol: Protocol, name: &str, payload: &[u8]) -> ApiError<'static> {
    let class = classify_with(protocol, name, payload).class;
    let payload = decode_error(protocol, None, payload, &Limits::default());
    let message = payload.message();
    let message = message.as_ref().map(Text::word).unwrap_or_default();
    let mut error = ApiError::new(class, if message.is_empty() { name } else { &message });
    error.status = payload.status;
    error
}

fn read<'a>(protocol: Protocol, error: &ApiError<'a>, body: &'a [u8], limits: &Limits) -> Result<ApiError<'a>> {
    let cursor = Cursor::new(body, limits)?;
    let mut reader = Reader { cursor, error: error.clone(), nodes: limits.nodes };
    if reader.cursor.peek()? == Kind::Array {
        reader.error.shape = ErrorShape::List;
        let mut elements = reader.cursor.open_array()?;
        if reader.cursor.next_element(&mut elements)? {
            reader.body(protocol)?;
        }
        if reader.error.fields.is_empty() || reader.cursor.next_element(&mut elements)? {
            return Err(reader.cursor.type_fault("a list of one error"));
        }
    } else {
        reader.body(protocol)?;
    }
    reader.cursor.finish()?;
    Ok(reader.error)
}

/// A body that is its own message.
fn text<'a>(error: &ApiError<'a>, body: &'a [u8]) -> ApiError<'a> {
    let value = RawJson::string(&String::from_utf8_lossy(body));
    let name = Name::Known { key: switchback_ir::Key::ErrorMessage, wire: "" };
    let field = Field { owner: Owner::Request, object: "", name, value, place: Place::ROOT };
    ApiError { shape: ErrorShape::Text, fields: vec![field], ..error.clone() }
}

struct Reader<'a> {
    cursor: Cursor<'a>,
    error: ApiError<'a>,
    nodes: u32,
}

impl<'a> Reader<'a> {
    fn body(&mut self, protocol: Protocol) -> Result<()> {
        self.error.place = self.cursor.place();
        let nested = match self.cursor.look_ahead("error")? {
            Some(error) => error.peek()? == Kind::Object && !error.is_blank()?,
            None => false,
        };
        let (around, within) = error_scopes(protocol);
        let around = if nested { around } else { &FLAT };
        let mut members = self.cursor.open_object()?;
        while let Some(name) = self.cursor.next_key(&mut members)? {
            let is_error = nested && name == *"error" && self.cursor.peek()? == Kind::Object;
            if is_error && self.error.fields.iter().all(|field| field.object.is_empty()) {
                self.object(within)?;
            } else {
                self.leaf(around, name)?;
            }
        }
        Ok(())
    }

    fn object(&mut self, scope: &'static Scope) -> Result<()> {
        self.error.place = self.cursor.place();
        let mut members = self.cursor.open_object()?;
        while let Some(name) = self.cursor.next_key(&mut members)? {
            self.leaf(scope, name)?;
        }
        Ok(())
    }

    fn leaf(&mut self, scope: &'static Scope, name: Text<'a>) -> Result<()> {
        let place = self.cursor.place();
        let kind = self.cursor.peek()?;
        let value = self.cursor.raw()?;
        let word = name.word();
        // The same in every error: it tells nothing.
        let is_mark = scope.object.is_empty() && matches!(&*word, "type" | "object") && value.as_str() == "\"error\"";
        let row = scope.named(&word).filter(|row| row.kind.takes(kind));
        let is_first = |key| self.error.field(key).is_none();
        let name = match row {
            Some(_) if kind == Kind::Null => Name::Blank(name),
            Some(row) if !is_mark && is_first(row.key) => Name::Known { key: row.key, wire: row.name },
            _ if is_mark => Name::Blank(name),
            _ => Name::Unknown(name),
        };
        let Some(nodes) = self.nodes.checked_sub(1) else {
            return Err(Fault::new(FaultKind::Limit("fields", 0), place.offset().unwrap_or(0)));
        };
        self.nodes = nodes;
        self.error.fields.push(Field { owner: Owner::Request, object: scope.object, name, value, place });
        Ok(())
    }
}
