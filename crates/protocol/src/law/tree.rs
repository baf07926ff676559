use super::canonical::list_of;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// A document whose values know where they stood, so that a rule may move them and a difference still has a path.
#[derive(Clone, Debug)]
pub struct Tree {
    /// JSON Pointer in the document as it came.
    pub path: String,
    /// The value.
    pub node: Node,
}

/// A value of a [`Tree`].
#[derive(Clone, Debug)]
pub enum Node {
    /// Anything but a list or an object, as JSON text; numbers by their text.
    Leaf(String),
    /// A list.
    List(Vec<Tree>),
    /// An object, by name.
    Object(BTreeMap<String, Tree>),
}

impl Node {
    /// Whether two values say the same, wherever they stand.
    pub fn same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Leaf(ours), Self::Leaf(theirs)) => ours == theirs,
            (Self::List(ours), Self::List(theirs)) => {
                ours.len() == theirs.len() && ours.iter().zip(theirs).all(|(a, b)| a.node.same(&b.node))
            }
            (Self::Object(ours), Self::Object(theirs)) => {
                ours.len() == theirs.len()
                    && ours.iter().zip(theirs).all(|((a, ours), (b, theirs))| a == b && ours.node.same(&theirs.node))
            }
            _ => false,
        }
    }
}

impl Tree {
    /// The document as it is.
    pub fn verbatim(value: &Value) -> Self {
        Self::read(value, String::new())
    }

    /// The value at a path of the document as it came.
    pub fn at(&self, path: &str) -> Option<&Self> {
        if self.path == path {
            return Some(self);
        }
        match &self.node {
            Node::Leaf(_) => None,
            Node::List(items) => items.iter().find_map(|item| item.at(path)),
            Node::Object(members) => members.values().find_map(|member| member.at(path)),
        }
    }

    /// The value as text, cut short.
    pub fn text(&self) -> String {
        let text = match &self.node {
            Node::Leaf(text) => text.clone(),
            Node::List(items) => format!("[{}]", items.iter().map(Self::text).collect::<Vec<_>>().join(",")),
            Node::Object(members) => {
                let member = |(name, member): (&String, &Self)| format!("{name}:{}", member.text());
                format!("{{{}}}", members.iter().map(member).collect::<Vec<_>>().join(","))
            }
        };
        text.chars().take(160).collect()
    }

    /// What tells elements of one list apart: role, type, and name or source.
    pub(super) fn kind(&self) -> (String, String, String) {
        let tag = |name| self.get(name).map(Self::text).unwrap_or_default();
        let name = self.get("name").or_else(|| self.get("function").and_then(|inner| inner.get("name")));
        let name = name.or_else(|| self.get("source"));
        // Where a type says what it is, no role does.
        let role = if self.get("type").is_none() { tag("role").replace("developer", "system") } else { String::new() };
        let name = name.filter(|_| role.is_empty()).map(Self::text).unwrap_or_default();
        (role, tag("type"), name)
    }

    /// The document without the values at these paths, and without elements of lists that nothing is left of, unless
    /// something stands there all the same (`made`).
    pub fn without(mut self, paths: &BTreeSet<&str>, made: &BTreeSet<&str>) -> Option<Self> {
        if paths.contains(self.path.as_str()) {
            return None;
        }
        let silent = |tree: &Self| match &tree.node {
            Node::Object(members) => {
                members.iter().all(|(name, value)| value.is_null() || matches!(name.as_str(), "type" | "role"))
            }
            Node::List(_) | Node::Leaf(_) => false,
        };
        self.node = match self.node {
            Node::Leaf(text) => Node::Leaf(text),
            Node::List(items) => {
                // A message without content says as much as one with an empty text.
                let bare = |item: &Self| {
                    matches!(item.word("role"), Some("user" | "system" | "developer")) && item.get("content").is_none()
                };
                let keep = |item: Self| {
                    let stays = silent(&item) || bare(&item) || made.contains(item.path.as_str());
                    item.without(paths, made).filter(|item| stays || !silent(item))
                };
                Node::List(items.into_iter().filter_map(keep).collect())
            }
            Node::Object(members) => {
                let keep = |(name, member): (String, Self)| {
                    let was_empty = member.is_empty();
                    let left = member.without(paths, made).filter(|member| was_empty || !member.is_empty())?;
                    Some((name, left))
                };
                Node::Object(members.into_iter().filter_map(keep).collect())
            }
        };
        Some(self)
    }

    /// How many values it has that hold no others.
    pub fn leaves(&self) -> usize {
        match &self.node {
            Node::Leaf(_) => 1,
            Node::List(items) => items.iter().map(Self::leaves).sum::<usize>().max(1),
            Node::Object(members) => members.values().map(Self::leaves).sum::<usize>().max(1),
        }
    }

    /// The document with marks in place of the messages and parts at these paths, which are like nothing else and keep
    /// their neighbours apart: something else stands there now.
    #[must_use]
    pub fn marked(mut self, paths: &BTreeSet<&str>) -> Self {
        for list in ["messages", "input", "content", "output"] {
            for item in list_of(&mut self, list) {
                let path = item.path.clone();
                let mark = Self { path: path.clone(), node: Node::Leaf("\"degraded\"".to_owned()) };
                let tag = if matches!(list, "messages" | "input") { "role" } else { "type" };
                let taken = std::mem::replace(item, mark.clone());
                *item = if paths.contains(path.as_str()) {
                    mark.clone().wrap([(tag, mark.clone()), ("content", mark)])
                } else {
                    taken.marked(paths)
                };
            }
        }
        self
    }

    fn read(value: &Value, path: String) -> Self {
        let node = match value {
            Value::Array(items) => {
                let item = |(index, item)| Self::read(item, format!("{path}/{index}"));
                Node::List(items.iter().enumerate().map(item).collect())
            }
            Value::Object(members) => {
                let escape = |name: &str| name.replace('~', "~0").replace('/', "~1");
                let member = |(name, member): (&String, _)| {
                    (name.clone(), Self::read(member, format!("{path}/{}", escape(name))))
                };
                Node::Object(members.iter().map(member).collect())
            }
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => Node::Leaf(value.to_string()),
        };
        Self { path, node }
    }

    pub(super) fn get(&self, name: &str) -> Option<&Self> {
        if let Node::Object(members) = &self.node { members.get(name) } else { None }
    }

    pub(super) fn members(&mut self) -> Option<&mut BTreeMap<String, Self>> {
        if let Node::Object(members) = &mut self.node { Some(members) } else { None }
    }

    pub(super) fn items(&mut self) -> Option<&mut Vec<Self>> {
        if let Node::List(items) = &mut self.node { Some(items) } else { None }
    }

    pub(super) fn take(&mut self, name: &str) -> Option<Self> {
        self.members()?.remove(name)
    }

    pub(super) fn put(&mut self, name: &str, value: Self) {
        if let Some(members) = self.members() {
            members.insert(name.to_owned(), value);
        }
    }

    pub(super) fn word(&self, name: &str) -> Option<&str> {
        match &self.get(name)?.node {
            Node::Leaf(text) => text.strip_prefix('"')?.strip_suffix('"'),
            Node::List(_) | Node::Object(_) => None,
        }
    }

    pub(super) fn is_string(&self) -> bool {
        matches!(&self.node, Node::Leaf(text) if text.starts_with('"'))
    }

    pub(super) fn is_empty(&self) -> bool {
        match &self.node {
            Node::Leaf(text) => text == "null",
            Node::List(items) => items.is_empty(),
            Node::Object(members) => members.is_empty(),
        }
    }

    /// Takes member `name` out if it is the JSON `text`.
    pub(super) fn drop_default(&mut self, name: &str, text: &str) {
        if matches!(self.get(name).map(|tree| &tree.node), Some(Node::Leaf(leaf)) if leaf == text) {
            self.take(name);
        }
    }

    /// Puts the JSON `text` in as member `name` where there is none.
    pub(super) fn fill_in(&mut self, name: &str, text: &str) {
        if self.get(name).is_none() {
            let value = Self { path: format!("{}/{name}", self.path), node: Node::Leaf(text.to_owned()) };
            self.put(name, value);
        }
    }

    /// An object at this value's place.
    pub(super) fn wrap(self, members: impl IntoIterator<Item = (&'static str, Self)>) -> Self {
        let node = Node::Object(members.into_iter().map(|(name, tree)| (name.to_owned(), tree)).collect());
        Self { path: self.path, node }
    }

    pub(super) fn leaf(path: &str, text: &str) -> Self {
        Self { path: path.to_owned(), node: Node::Leaf(format!("\"{text}\"")) }
    }

    pub(super) fn list(path: &str, items: Vec<Self>) -> Self {
        Self { path: path.to_owned(), node: Node::List(items) }
    }

    pub(super) fn is_null(&self) -> bool {
        matches!(&self.node, Node::Leaf(text) if text == "null")
    }

    pub(super) fn is_leaf(&self) -> bool {
        matches!(self.node, Node::Leaf(_))
    }
}
