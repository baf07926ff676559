use super::Position;
use crate::secret::{self, Credential};

/// A value, and where it stands.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Node {
    /// Where the value begins.
    pub at: Position,
    /// The value.
    pub value: Value,
    /// Its number in the tree, parents before children.
    pub(crate) id: u32,
}

/// What a value is.
#[derive(Clone, Debug, PartialEq)]
#[expect(
    clippy::exhaustive_enums,
    reason = "what the three formats share; a new kind should stop every reader's build"
)]
pub enum Value {
    /// Nothing: YAML's empty value, JSON's `null`.
    Null,
    /// True or false.
    Bool(bool),
    /// A number, as written but for TOML's and YAML's underscores.
    Number(String),
    /// Text; TOML's dates and times too.
    Text(String),
    /// Values in order.
    Sequence(Vec<Node>),
    /// Keys and values, in the order of the source; a key may be there twice.
    Mapping(Vec<Member>),
}

/// A key with its value.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Member {
    /// The key.
    pub key: String,
    /// Where the key begins.
    pub at: Position,
    /// The value.
    pub node: Node,
}

impl Node {
    pub(crate) const fn new(at: Position, value: Value) -> Self {
        Self { at, value, id: 0 }
    }

    /// Whether it has nothing below it.
    pub const fn is_leaf(&self) -> bool {
        match &self.value {
            Value::Sequence(items) => items.is_empty(),
            Value::Mapping(members) => members.is_empty(),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::Text(_) => true,
        }
    }

    /// What kind of value it is, for messages.
    pub const fn kind(&self) -> &'static str {
        match self.value {
            Value::Null => "nothing",
            Value::Bool(_) => "a boolean",
            Value::Number(_) => "a number",
            Value::Text(_) => "a string",
            Value::Sequence(_) => "a list",
            Value::Mapping(_) => "a table",
        }
    }

    /// Visits what is directly below, with its step of the JSON Pointer.
    pub(crate) fn children<'t>(&'t self, mut visit: impl FnMut(&str, &'t Self)) {
        match &self.value {
            Value::Sequence(items) => {
                for (index, item) in items.iter().enumerate() {
                    visit(&index.to_string(), item);
                }
            }
            Value::Mapping(members) => members.iter().for_each(|member| visit(&member.key, &member.node)),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::Text(_) => {}
        }
    }

    /// Replaces every secret below a key; `within` a table of them each text is one.
    pub(super) fn redact(&mut self, key: &str, within: bool) {
        let within_here = within || secret::is_secret_name(key);
        match &mut self.value {
            Value::Text(text) => {
                let name = if within { secret::TABLE } else { key };
                if let Some(Credential::Secret(secret)) = Credential::read(name, text) {
                    *text = secret::redacted(secret);
                }
            }
            Value::Sequence(items) => items.iter_mut().for_each(|item| item.redact(key, within)),
            Value::Mapping(members) => {
                for member in members.iter_mut() {
                    member.node.redact(&member.key, within_here);
                }
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }

    /// Numbers itself and everything below.
    pub(super) fn number(&mut self, next: &mut u32) {
        self.id = *next;
        *next = next.saturating_add(1);
        match &mut self.value {
            Value::Sequence(items) => items.iter_mut().for_each(|item| item.number(next)),
            Value::Mapping(members) => members.iter_mut().for_each(|member| member.node.number(next)),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::Text(_) => {}
        }
    }
}
