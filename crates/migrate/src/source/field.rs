use std::borrow::Cow;

use super::{Node, Position, Value};

/// A value with the key that it stands under: what mappers read.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Field<'t> {
    /// The key; for an element of a list, the list's.
    pub(crate) key: &'t str,
    /// Where the key stands; for an element, where the element does.
    pub(crate) at: Position,
    pub(crate) node: &'t Node,
}

impl<'t> Field<'t> {
    pub(super) const fn root(node: &'t Node) -> Self {
        Self::of("", node)
    }

    /// A value under a key, where its own place is the key's too.
    pub(crate) const fn of(key: &'t str, node: &'t Node) -> Self {
        Self { key, at: node.at, node }
    }

    /// The member of that name; the last one, where there are several.
    pub(crate) fn get(self, key: &str) -> Option<Self> {
        self.members().filter(|member| member.key == key).last()
    }

    /// The first of these members that is there.
    pub(crate) fn get_any(self, keys: &[&str]) -> Option<Self> {
        keys.iter().find_map(|key| self.get(key))
    }

    /// The members of a table; none of anything else.
    pub(crate) fn members(self) -> impl Iterator<Item = Self> {
        let members = if let Value::Mapping(members) = &self.node.value { members.as_slice() } else { &[] };
        members.iter().map(|member| Self { key: &member.key, at: member.at, node: &member.node })
    }

    /// The elements of a list; none of anything else.
    pub(crate) fn items(self) -> impl Iterator<Item = Self> {
        let items = if let Value::Sequence(items) = &self.node.value { items.as_slice() } else { &[] };
        items.iter().map(move |node| Self { key: self.key, at: node.at, node })
    }

    /// The elements of a list, or a scalar by itself.
    pub(crate) fn values(self) -> impl Iterator<Item = Self> {
        self.items().chain(Some(self).filter(|field| field.scalar().is_some()))
    }

    /// A string.
    pub(crate) fn text(self) -> Option<&'t str> {
        if let Value::Text(text) = &self.node.value { Some(text) } else { None }
    }

    /// Any scalar as text; nothing for `null` and containers.
    pub(crate) fn scalar(self) -> Option<Cow<'t, str>> {
        match &self.node.value {
            Value::Text(text) | Value::Number(text) => Some(Cow::Borrowed(text)),
            Value::Bool(true) => Some(Cow::Borrowed("true")),
            Value::Bool(false) => Some(Cow::Borrowed("false")),
            Value::Null | Value::Sequence(_) | Value::Mapping(_) => None,
        }
    }

    /// A finite number, also one in a string, as configurations of several systems have them.
    pub(crate) fn number(self) -> Option<f64> {
        self.digits()?.parse().ok().filter(|number: &f64| number.is_finite())
    }

    /// A whole number from 0 on, also one in a string.
    pub(crate) fn whole(self) -> Option<u64> {
        self.digits()?.parse().ok()
    }

    fn digits(self) -> Option<&'t str> {
        if let Value::Number(text) | Value::Text(text) = &self.node.value { Some(text.trim()) } else { None }
    }

    /// A boolean, also one in a string.
    pub(crate) fn truth(self) -> Option<bool> {
        match &self.node.value {
            Value::Bool(truth) => Some(*truth),
            Value::Text(text) if text.eq_ignore_ascii_case("true") => Some(true),
            Value::Text(text) if text.eq_ignore_ascii_case("false") => Some(false),
            Value::Null | Value::Number(_) | Value::Text(_) | Value::Sequence(_) | Value::Mapping(_) => None,
        }
    }

    pub(crate) const fn is_table(self) -> bool {
        matches!(self.node.value, Value::Mapping(_))
    }

    pub(crate) const fn is_list(self) -> bool {
        matches!(self.node.value, Value::Sequence(_))
    }

    pub(crate) const fn is_null(self) -> bool {
        matches!(self.node.value, Value::Null)
    }
}
