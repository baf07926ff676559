//! The members of a request's body that routing is read from, and readers of their values that say what they expect.

use serde_json::{Map, Number, Value};
use switchback_ir::{Field, Name, Owner, Request};
use switchback_slug::suggest;

use super::UnreadableRouting;

type Read<T> = Result<T, UnreadableRouting>;

/// A value and where it stands.
#[derive(Clone, Debug)]
pub(crate) struct Node<'v> {
    pub(crate) path: String,
    pub(crate) value: &'v Value,
}

/// The wire name of a field that stands at the top of the body.
pub(crate) fn top_name<'f>(field: &'f Field<'_>) -> Option<std::borrow::Cow<'f, str>> {
    if field.owner != Owner::Request || !field.object.is_empty() {
        return None;
    }
    match &field.name {
        Name::Known { wire, .. } => Some((*wire).into()),
        Name::Unknown(name) | Name::Blank(name) => name.to_str(),
    }
}

fn field<'r, 'a>(request: &'r Request<'a>, name: &str) -> Option<&'r Field<'a>> {
    let is_named = |field: &&Field<'_>| top_name(field).is_some_and(|own| own == name);
    request.fields_of(Owner::Request).iter().rev().find(is_named)
}

/// Whether the body has a member of that name at its top, be it `null`.
pub(crate) fn is_there(request: &Request<'_>, name: &str) -> bool {
    field(request, name).is_some()
}

/// The value of a member at the top of the body, the last of that name; `null` counts as absent.
pub(crate) fn member(request: &Request<'_>, name: &str) -> Read<Option<Value>> {
    let Some(field) = field(request, name) else { return Ok(None) };
    let value: Value = serde_json::from_str(field.value.as_str()).map_err(|_| {
        let expected = "JSON at most 128 levels deep and without lone surrogates";
        UnreadableRouting::new(format!("/{name}"), expected, "something else")
    })?;
    Ok(Some(value).filter(|value| !value.is_null()))
}

impl<'v> Node<'v> {
    pub(crate) fn new(path: impl Into<String>, value: &'v Value) -> Self {
        Self { path: path.into(), value }
    }

    pub(crate) fn wrong<T>(&self, expected: impl Into<String>) -> Read<T> {
        Err(UnreadableRouting::new(&self.path, expected, kind(self.value)))
    }

    /// The member of that name, where it is there and not `null`; nothing of what is no object.
    pub(crate) fn get(&self, name: &str) -> Option<Self> {
        let value = self.value.get(name).filter(|value| !value.is_null())?;
        Some(Self { path: self.below(name), value })
    }

    fn below(&self, name: &str) -> String {
        format!("{}/{}", self.path, name.replace('~', "~0").replace('/', "~1"))
    }

    pub(crate) fn object(&self) -> Read<&'v Map<String, Value>> {
        self.value.as_object().map_or_else(|| self.wrong("an object"), Ok)
    }

    /// The members of an object that are none of `known`, each with the name that it may be a misspelling of.
    pub(crate) fn strangers(&self, known: &[&str]) -> Read<Vec<(String, Option<String>)>> {
        let names = self.object()?.keys().filter(|name| !known.contains(&name.as_str()));
        let near = |name: &str| suggest(name, known.iter().copied(), 1).first().map(|near| near.candidate.to_owned());
        Ok(names.map(|name| (self.below(name), near(name))).collect())
    }

    pub(crate) fn text(&self) -> Read<&'v str> {
        match self.value.as_str() {
            Some(text) if !text.is_empty() => Ok(text),
            _ => self.wrong("a text"),
        }
    }

    pub(crate) fn bool(&self) -> Read<bool> {
        self.value.as_bool().map_or_else(|| self.wrong("true or false"), Ok)
    }

    pub(crate) fn word<'w>(&self, words: &[&'w str]) -> Read<&'w str> {
        let found = self.value.as_str().and_then(|text| words.iter().find(|word| **word == text));
        found.copied().map_or_else(|| self.wrong(format!("one of {}", words.join(", "))), Ok)
    }

    /// A number from 0 that stays finite in other units.
    pub(crate) fn amount(&self) -> Read<f64> {
        let number = self.value.as_number().and_then(Number::as_f64);
        let number = number.filter(|number| (0.0..=1e12).contains(number));
        number.map_or_else(|| self.wrong("a number from 0 to 1e12"), Ok)
    }

    pub(crate) fn elements(&self) -> Read<Vec<Self>> {
        let Some(array) = self.value.as_array() else { return self.wrong("an array") };
        let element = |(index, value)| Self { path: format!("{}/{index}", self.path), value };
        Ok(array.iter().enumerate().map(element).collect())
    }

    /// The texts of an array, each with its place.
    pub(crate) fn texts(&self) -> Read<Vec<(String, &'v str)>> {
        self.elements()?.into_iter().map(|element| Ok((element.path.clone(), element.text()?))).collect()
    }
}

/// What is there, for an error: a word or a number itself, the kind of everything else.
fn kind(value: &Value) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Bool(bool) => bool.to_string(),
        Value::Number(number) => number.to_string().chars().take(40).collect(),
        Value::String(text) => format!("`{}`", crate::quote::Quoted(text)),
        Value::Array(_) => "an array".to_owned(),
        Value::Object(_) => "an object".to_owned(),
    }
}
