//! The vocabulary of the field tables: which leaf of a protocol's body means what.

use switchback_ir::Key;
use switchback_ir::json::Kind;

/// The leaves of one wire object.
#[derive(Debug)]
pub(crate) struct Scope {
    /// The object's path below its owner; empty for the owner's own object.
    pub(crate) object: &'static str,
    /// Its leaves. The first row of a key is how the protocol writes it when it comes from another one.
    pub(crate) rows: &'static [Row],
    /// The first row of a wire name: comparisons that the compiler orders, by length first.
    pub(crate) find: fn(&str) -> Option<&'static Row>,
    /// The keys of the rows, one bit each.
    pub(crate) keys: u128,
}

/// One leaf.
#[derive(Debug)]
pub(crate) struct Row {
    /// The wire name.
    pub(crate) name: &'static str,
    /// What it means.
    pub(crate) key: Key,
    /// What kinds of value the protocol has here.
    pub(crate) kind: Accepts,
}

/// What a leaf may be. `null` is accepted everywhere and says nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Accepts {
    /// A boolean.
    Bool,
    /// A number.
    Number,
    /// A string.
    String,
    /// A list; an empty one says nothing.
    List,
    /// An object; an empty one says nothing.
    Object,
    /// An object whose presence alone says something.
    Switch,
    /// A string, or a list of them; an empty list says nothing.
    Texts,
    /// Anything.
    Any,
}

impl Accepts {
    /// What an error says was expected, if a value of this kind is not accepted.
    pub(crate) fn rejects(self, kind: Kind) -> Option<&'static str> {
        let (accepted, expected) = match self {
            Self::Bool => (kind == Kind::Bool, "a boolean"),
            Self::Number => (kind == Kind::Number, "a number"),
            Self::String => (kind == Kind::String, "a string"),
            Self::List => (kind == Kind::Array, "an array"),
            Self::Object | Self::Switch => (kind == Kind::Object, "an object"),
            Self::Texts => (matches!(kind, Kind::String | Kind::Array), "a string or an array of strings"),
            Self::Any => (true, ""),
        };
        (!accepted && kind != Kind::Null).then_some(expected)
    }

    /// Whether `[]` and `{}` say nothing here.
    pub(crate) fn empty_is_blank(self) -> bool {
        matches!(self, Self::List | Self::Object | Self::Texts)
    }
}

impl Scope {
    /// The row of a wire name.
    pub(crate) fn named(&self, name: &str) -> Option<&'static Row> {
        (self.find)(name)
    }

    /// The row of a key: how this protocol writes it.
    #[inline]
    pub(crate) fn keyed(&self, key: Key) -> Option<&'static Row> {
        // Most that is asked for stands in another object.
        if self.keys >> key as u32 & 1 == 0 {
            return None;
        }
        self.rows.iter().find(|row| row.key == key)
    }
}

/// Writes a table row as `"name" => Key: Accepts`.
macro_rules! scope {
    ($object:literal { $($name:literal => $key:ident: $kind:ident),* $(,)? }) => {
        $crate::table::Scope {
            object: $object,
            rows: &[$($crate::table::Row {
                name: $name,
                key: switchback_ir::Key::$key,
                kind: $crate::table::Accepts::$kind,
            }),*],
            find: {
                #[allow(unreachable_patterns, clippy::match_single_binding, reason = "names that stand twice, tables without rows")]
                fn find(name: &str) -> Option<&'static $crate::table::Row> {
                    match name {
                        $($name => Some(&$crate::table::Row {
                            name: $name,
                            key: switchback_ir::Key::$key,
                            kind: $crate::table::Accepts::$kind,
                        }),)*
                        _ => None,
                    }
                }
                find
            },
            keys: 0 $(| 1 << switchback_ir::Key::$key as u32)*,
        }
    };
}
pub(crate) use scope;
