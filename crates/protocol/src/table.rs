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
    /// The first row of a key: a jump, where a search takes as long as a row.
    pub(crate) of_key: fn(Key) -> Option<&'static Row>,
    /// The bits of the rows' keys.
    pub(crate) keys: u64,
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
    /// The [`bit`] of the name.
    pub(crate) bit: u64,
}

/// The bit of a member's name, one of sixty-four, which it may share with others.
pub(crate) const fn bit(name: &str) -> u64 {
    match name.as_bytes() {
        [first, .., last] => 1 << ((name.len() * 5 + *first as usize + *last as usize * 3) % 64),
        _ => 1,
    }
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
    /// Whether a value of this kind is accepted.
    #[inline]
    pub(crate) fn takes(self, kind: Kind) -> bool {
        const fn set(kinds: &[Kind]) -> u32 {
            match kinds {
                [first, rest @ ..] => 1 << *first as u32 | set(rest),
                [] => 1 << Kind::Null as u32,
            }
        }
        // A shift, where a comparison for each type is a jump.
        let taken = match self {
            Self::Bool => const { set(&[Kind::Bool]) },
            Self::Number => const { set(&[Kind::Number]) },
            Self::String => const { set(&[Kind::String]) },
            Self::List => const { set(&[Kind::Array]) },
            Self::Object | Self::Switch => const { set(&[Kind::Object]) },
            Self::Texts => const { set(&[Kind::String, Kind::Array]) },
            Self::Any => u32::MAX,
        };
        taken >> kind as u32 & 1 == 1
    }

    /// What an error says was expected.
    #[cold]
    pub(crate) fn expected(self) -> &'static str {
        match self {
            Self::Bool => "a boolean",
            Self::Number => "a number",
            Self::String => "a string",
            Self::List => "an array",
            Self::Object | Self::Switch => "an object",
            Self::Texts => "a string or an array of strings",
            Self::Any => "a value",
        }
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
        if self.keys & key.bit() == 0 { None } else { (self.of_key)(key) }
    }
}

/// Writes a table row as `"name" => Key: Accepts`.
macro_rules! scope {
    ($object:literal { $($name:literal => $key:ident: $kind:ident),* $(,)? }) => {
        $crate::table::Scope {
            object: $object,
            rows: &[$($crate::table::row!($name => $key: $kind)),*],
            find: {
                #[allow(unreachable_patterns, clippy::match_single_binding, reason = "names that stand twice, tables without rows")]
                fn find(name: &str) -> Option<&'static $crate::table::Row> {
                    match name {
                        $($name => Some(const { &$crate::table::row!($name => $key: $kind) }),)*
                        _ => None,
                    }
                }
                find
            },
            of_key: {
                #[allow(unreachable_patterns, clippy::match_single_binding, reason = "keys that stand twice, tables without rows")]
                #[allow(clippy::wildcard_enum_match_arm, reason = "a table has a few of all keys")]
                fn of_key(key: switchback_ir::Key) -> Option<&'static $crate::table::Row> {
                    match key {
                        $(switchback_ir::Key::$key => Some(const { &$crate::table::row!($name => $key: $kind) }),)*
                        _ => None,
                    }
                }
                of_key
            },
            keys: 0 $(| switchback_ir::Key::$key.bit())*,
        }
    };
}
macro_rules! row {
    ($name:literal => $key:ident: $kind:ident) => {
        $crate::table::Row {
            name: $name,
            key: switchback_ir::Key::$key,
            kind: $crate::table::Accepts::$kind,
            bit: $crate::table::bit($name),
        }
    };
}
pub(crate) use row;
pub(crate) use scope;
