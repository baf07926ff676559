//! Which provider a segment names, and how a system spells a provider: the table of `data/aliases.tsv`.
//!
//! Only whole segments match: `azure` never matches inside `azure_ai`, and case counts.

use core::ops::Range;

use crate::{Dialect, Provider, tsv};

tsv::table! {
    /// system, spelling, provider, use; sorted by system and spelling.
    ALIASES: 4 by 1, "../data/aliases.tsv"
}

/// Whose spelling of a provider it is: a dialect's, or a catalog's.
///
/// ```
/// use switchback_slug::{Dialect, aliases};
///
/// assert_eq!(aliases::System::from(Dialect::LiteLlm).as_str(), "litellm");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum System {
    /// The segments of a dialect's model strings.
    Dialect(Dialect),
    /// The provider ids of the models.dev catalog.
    ModelsDev,
    /// The values of `litellm_provider` in LiteLLM's price list, such as `vertex_ai-language-models`.
    LiteLlmCatalog,
}

impl System {
    /// The name that the alias table uses.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Dialect(dialect) => dialect.as_str(),
            Self::ModelsDev => "models.dev",
            Self::LiteLlmCatalog => "litellm-catalog",
        }
    }
}

impl From<Dialect> for System {
    fn from(dialect: Dialect) -> Self {
        Self::Dialect(dialect)
    }
}

/// The provider that `segment` names in a system, or `None` when the system has no such name.
///
/// ```
/// use switchback_slug::{Dialect, Provider, aliases};
///
/// assert_eq!(aliases::resolve(Dialect::Native, "aws"), Some(Provider::BEDROCK));
/// assert_eq!(aliases::resolve(Dialect::LiteLlm, "gemini"), Some(Provider::GOOGLE_AI_STUDIO));
/// assert_eq!(aliases::resolve(aliases::System::ModelsDev, "google"), Some(Provider::GOOGLE_AI_STUDIO));
/// // An author, not a provider.
/// assert_eq!(aliases::resolve(Dialect::Native, "google"), None);
/// ```
pub fn resolve(system: impl Into<System>, segment: &str) -> Option<Provider> {
    lookup(system.into(), segment).map(|[_, _, provider, _]| Provider::from_static(provider))
}

/// How a system spells a provider when it serves models of `brand` (`claude`, `gpt`, …), or `None` when it has no name
/// for it. Most systems have one spelling for all brands.
///
/// ```
/// use switchback_slug::{Dialect, Provider, aliases};
///
/// let vertex = Provider::VERTEX;
/// assert_eq!(aliases::spelling(Dialect::LiteLlm, &vertex, None), Some("vertex_ai"));
/// assert_eq!(aliases::spelling(Dialect::TensorZero, &vertex, Some("claude")), Some("gcp_vertex_anthropic"));
/// assert_eq!(aliases::spelling(Dialect::HeliconeAiGateway, &vertex, None), None);
/// ```
pub fn spelling(system: impl Into<System>, provider: &Provider, brand: Option<&str>) -> Option<&'static str> {
    let rows = rows_of(system.into()).filter(|[_, _, canonical, _]| *canonical == provider.as_str());
    let mut main = None;
    for [_, spelling, _, used_for] in rows {
        match *used_for {
            "main" => main = Some(*spelling),
            used_for if brand == Some(used_for) => return Some(spelling),
            _ => {}
        }
    }
    main
}

/// Every spelling of a system, with its provider, in byte order.
///
/// ```
/// use switchback_slug::{Dialect, Provider, aliases};
///
/// let names: Vec<_> = aliases::spellings(Dialect::Native).filter(|(_, p)| *p == Provider::COHERE).collect();
/// assert_eq!(names, [("cohere", Provider::COHERE)]);
/// ```
pub fn spellings(system: impl Into<System>) -> impl Iterator<Item = (&'static str, Provider)> {
    rows_of(system.into()).map(|[_, spelling, provider, _]| (*spelling, Provider::from_static(provider)))
}

/// Whether a system has a provider of that name.
pub(crate) fn is_spelling(system: impl Into<System>, segment: &str) -> bool {
    lookup(system.into(), segment).is_some()
}

/// Whether a system's model strings may hold a provider of that name, rather than only its configuration.
pub(crate) fn is_printable(system: impl Into<System>, segment: &str) -> bool {
    lookup(system.into(), segment).is_some_and(|[.., used_for]| !used_for.is_empty())
}

fn lookup(system: System, segment: &str) -> Option<&'static [&'static str; 4]> {
    ALIASES.find(range(system), segment)
}

fn rows_of(system: System) -> impl Iterator<Item = &'static [&'static str; 4]> {
    ALIASES.rows().get(range(system)).unwrap_or_default().iter()
}

/// Where a system's rows are.
fn range(system: System) -> Range<usize> {
    let (start, end) = match system {
        System::Dialect(dialect) => *DIALECTS.get(dialect as usize).unwrap_or(&(0, 0)),
        System::ModelsDev => MODELS_DEV,
        System::LiteLlmCatalog => LITELLM_CATALOG,
    };
    start..end
}

const MODELS_DEV: (usize, usize) = find_range(System::ModelsDev);
const LITELLM_CATALOG: (usize, usize) = find_range(System::LiteLlmCatalog);

/// Where each dialect's rows are, by declaration order.
static DIALECTS: [(usize, usize); Dialect::ALL.len()] = ranges();

#[expect(clippy::indexing_slicing, reason = "runs at compile time, where a bad index stops the build")]
const fn ranges() -> [(usize, usize); Dialect::ALL.len()] {
    let mut ranges = [(0, 0); Dialect::ALL.len()];
    let mut at = 0;
    while at < Dialect::ALL.len() {
        ranges[at] = find_range(System::Dialect(Dialect::ALL[at]));
        at += 1;
    }
    ranges
}

/// The first row of a system, and the row behind its last.
#[expect(clippy::indexing_slicing, reason = "runs at compile time, where a bad index stops the build")]
const fn find_range(system: System) -> (usize, usize) {
    let name = system.as_str().as_bytes();
    let rows = ALIASES.rows();
    let mut start = 0;
    while start < rows.len() && !same(rows[start][0].as_bytes(), name) {
        start += 1;
    }
    let mut end = start;
    while end < rows.len() && same(rows[end][0].as_bytes(), name) {
        end += 1;
    }
    (start, end)
}

/// String equality at compile time, where `==` is not to be had.
#[expect(clippy::indexing_slicing, reason = "runs at compile time, where a bad index stops the build")]
const fn same(left: &[u8], right: &[u8]) -> bool {
    let mut at = 0;
    while at < left.len() && at < right.len() && left[at] == right[at] {
        at += 1;
    }
    left.len() == right.len() && at == left.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_sorted_without_doubles() {
        for (row, next) in ALIASES.rows().iter().zip(ALIASES.rows().iter().skip(1)) {
            assert!((row[0], row[1]) < (next[0], next[1]), "{row:?} stands before {next:?}");
        }
    }

    #[test]
    fn every_system_of_the_table_is_known_and_every_cell_filled() {
        for [system, spelling, provider, _] in ALIASES.rows() {
            let known = system.parse::<Dialect>().is_ok() || ["models.dev", "litellm-catalog"].contains(system);
            assert!(known && !spelling.is_empty() && !provider.is_empty(), "{system} {spelling} {provider}");
        }
    }

    #[test]
    fn a_provider_prints_one_way_per_system_and_reads_back() {
        for [system, spelling_, provider, used_for] in ALIASES.rows() {
            if let (Ok(dialect), "main") = (system.parse::<Dialect>(), *used_for) {
                let provider = Provider::from_static(provider);
                assert_eq!(spelling(dialect, &provider, None), Some(*spelling_), "{system}");
                assert_eq!(resolve(dialect, spelling_), Some(provider), "{system}");
            }
        }
    }
}
