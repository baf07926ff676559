//! An error without a protocol.

use crate::field::{Field, Key, Name, Owner};
use crate::{ErrorClass, Place, Protocol, RawJson, Text};

/// What an endpoint answers instead of a response: a class, a message, and every leaf that came along.
///
/// Flat, like [`crate::Request`]: the members of the body and of the error within it are [`fields`](Self::fields) in
/// the order of the source, so that it goes back into its own protocol as it came. It borrows from the bytes.
///
/// ```
/// use switchback_ir::{ApiError, ErrorClass, Key};
/// let error = ApiError::new(ErrorClass::NotFound, "no model `gpt-9`").with(Key::ErrorCode, "model_not_found");
/// assert_eq!(error.message().unwrap(), *"no model `gpt-9`");
/// assert_eq!(error.field(Key::ErrorCode).unwrap().value.as_str(), "\"model_not_found\"");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiError<'a> {
    /// The protocol that it was decoded from; none for an error made in code.
    pub origin: Option<Protocol>,
    /// What it is.
    pub class: ErrorClass,
    /// The HTTP status that came with it, if one did and is known.
    pub status: Option<u16>,
    /// How the body is written.
    pub shape: ErrorShape,
    /// Where the object with the error's members begins.
    pub place: Place,
    /// Its leaves in the order of the source: the owner is the body, the object is `error` for those within it.
    pub fields: Vec<Field<'a>>,
}

/// How the body of an error is written: what its own protocol needs to write it back as it was.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum ErrorShape {
    /// An object.
    #[default]
    Object,
    /// An object in a list of one, as Google writes it.
    List,
    /// No JSON, or other JSON than these: its one field is the text as the message.
    Text,
}

impl<'a> ApiError<'a> {
    /// An error made in code.
    pub fn new(class: ErrorClass, message: &str) -> Self {
        let shape = ErrorShape::Object;
        let error = Self { origin: None, class, status: None, shape, place: Place::NONE, fields: Vec::new() };
        error.with(Key::ErrorMessage, message)
    }

    /// Adds a leaf made in code.
    #[must_use]
    pub fn with(mut self, key: Key, value: &str) -> Self {
        self.fields.push(Field {
            owner: Owner::Request,
            object: "error",
            name: Name::Known { key, wire: "" },
            value: RawJson::string(value),
            place: Place::NONE,
        });
        self
    }

    /// The leaf of this key.
    pub fn field(&self, key: Key) -> Option<&Field<'a>> {
        self.fields.iter().find(|field| field.key() == Some(key))
    }

    /// The message for people.
    pub fn message(&self) -> Option<Text<'_>> {
        self.field(Key::ErrorMessage)?.value.as_text()
    }

    /// An error that owns everything.
    pub fn into_owned(self) -> ApiError<'static> {
        ApiError {
            origin: self.origin,
            class: self.class,
            status: self.status,
            shape: self.shape,
            place: self.place,
            fields: self.fields.into_iter().map(Field::into_owned).collect(),
        }
    }
}
