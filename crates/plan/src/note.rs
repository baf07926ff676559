use std::fmt;

use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};
use switchback_catalog::{Catalog, Date};
use switchback_units::Timestamp;

use crate::quote::Quoted;
use crate::request::{Entry, System};

/// Something about a whole plan that a reader should know.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Note {
    /// There is no inventory: nobody checked that the endpoints can be reached.
    AccessUnverified,
    /// A model string that names a provider of which the catalog has no endpoint.
    UnknownProvider {
        /// The provider's name.
        provider: String,
        /// Names that it may be a misspelling of.
        suggestions: Vec<String>,
    },
    /// A model string whose first segment is the name of somebody who makes models and serves none under it, so that
    /// it is read as part of the model's name.
    NotAProvider {
        /// The segment.
        segment: String,
    },
    /// A model string that names no model of the catalog.
    UnknownModel {
        /// The string.
        model: String,
        /// Names that it may be a misspelling of.
        suggestions: Vec<String>,
    },
    /// Nothing was left but endpoints that fail too often or are cooling down, so the least bad of them are tried.
    LastResort,
    /// A share of the requests tries another eligible endpoint first, and this is one of them.
    Explored {
        /// Which was moved to the front, by its canonical text.
        endpoint: String,
    },
    /// The newest source of the catalog is old: prices and models have changed since.
    StaleCatalog {
        /// Its day, where the sources say so.
        newest: Date,
        /// How many days before the plan that was.
        days: u64,
    },
    /// The policy leads to more legs than a plan may have, or its routes lie too deep; the rest was left out.
    RoutesCut,
    /// The rewrites of a leg make a body that cannot be read: the request goes there as it is.
    NotRewritten {
        /// The leg, by the path of its route.
        leg: String,
    },
    /// The request itself says something about its routing.
    Asked {
        /// In whose words.
        system: System,
        /// What it says, and what became of it.
        entry: Entry,
    },
}

impl Note {
    /// The stable `snake_case` name.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::AccessUnverified => "access_unverified",
            Self::UnknownProvider { .. } => "unknown_provider",
            Self::NotAProvider { .. } => "not_a_provider",
            Self::UnknownModel { .. } => "unknown_model",
            Self::LastResort => "last_resort",
            Self::Explored { .. } => "explored",
            Self::StaleCatalog { .. } => "stale_catalog",
            Self::RoutesCut => "routes_cut",
            Self::NotRewritten { .. } => "not_rewritten",
            Self::Asked { .. } => "asked",
        }
    }
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AccessUnverified => {
                f.write_str("access is unverified: no inventory says which endpoints the credentials reach")
            }
            Self::UnknownProvider { provider, suggestions } => {
                write!(f, "no provider `{}` in the catalog", Quoted(provider))?;
                did_you_mean(f, suggestions)
            }
            Self::NotAProvider { segment } => {
                let segment = Quoted(segment);
                write!(f, "`{segment}` makes models and is no provider, so it is read as part of the model's name")
            }
            Self::UnknownModel { model, suggestions } => {
                write!(f, "no model `{}` in the catalog", Quoted(model))?;
                did_you_mean(f, suggestions)
            }
            Self::LastResort => {
                f.write_str("every endpoint that fits fails too often or is cooling down; the least bad are tried")
            }
            Self::Explored { endpoint } => write!(f, "exploration: {endpoint} is tried first"),
            Self::StaleCatalog { newest, days } => {
                write!(f, "the newest source of the catalog is of {newest}, {days} days before; import a newer one")
            }
            Self::RoutesCut => {
                f.write_str("the policy's routes are too many or too deep for one plan; the rest is left out")
            }
            Self::NotRewritten { leg } => {
                let leg = Quoted(leg);
                write!(f, "the rewrites of {leg} make a body that cannot be read, so the request goes there as it is")
            }
            Self::Asked { system, entry } => write!(f, "the request says, as for {system}: {entry}"),
        }
    }
}

impl Serialize for Note {
    /// `{code, detail}`.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("code", self.code())?;
        map.serialize_entry("detail", &self.to_string())?;
        if let Self::UnknownModel { suggestions, .. } | Self::UnknownProvider { suggestions, .. } = self {
            map.serialize_entry("suggestions", suggestions)?;
        }
        map.end()
    }
}

/// After so many days a catalog is called stale: models.dev changes daily, prices of a model every few months.
const STALE_AFTER_DAYS: u64 = 90;

const MS_PER_DAY: u64 = 86_400_000;

/// The note that the catalog is stale, where it is.
pub(crate) fn stale(catalog: &Catalog, now: Timestamp) -> Option<Note> {
    let (newest, at) = catalog.newest()?;
    let days = now.saturating_since(at).get() / MS_PER_DAY;
    (days > STALE_AFTER_DAYS).then_some(Note::StaleCatalog { newest, days })
}

/// `; did you mean a, b or c?`, or nothing.
pub(crate) fn did_you_mean(f: &mut fmt::Formatter<'_>, names: &[String]) -> fmt::Result {
    match names.split_last() {
        None => Ok(()),
        Some((only, [])) => write!(f, "; did you mean `{only}`?"),
        Some((last, first)) => {
            let first: Vec<String> = first.iter().map(|name| format!("`{name}`")).collect();
            write!(f, "; did you mean {} or `{last}`?", first.join(", "))
        }
    }
}
