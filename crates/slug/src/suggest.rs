use core::fmt;

use crate::{Dialect, Family, Provider, aliases, brand, family};

/// A string that the writer of another may have meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "a plain pair")]
pub struct Suggestion<'c> {
    /// One of the candidates.
    pub candidate: &'c str,
    /// Why it was picked.
    pub why: Why,
}

/// How a suggestion differs from the input.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Why {
    /// Only in separators or case.
    Separators,
    /// It names the author's own provider, where the input has the author: `google/…` for `ai-studio/…`.
    Author,
    /// It is another spelling of the same model, or the same model elsewhere.
    SameModel,
    /// In a few letters.
    Spelling,
}

impl Why {
    /// A stable name for logs and records.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Separators => "separators",
            Self::Author => "author",
            Self::SameModel => "same_model",
            Self::Spelling => "spelling",
        }
    }
}

impl fmt::Display for Suggestion<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.candidate)
    }
}

/// The `n` candidates that come closest to what was written, best first: "did you mean …". Compares without separators
/// (LLM Gateway's own rule), then by family key, then by letters; of equals the one of closest length comes first,
/// then the first in byte order. Nothing that is far off is suggested.
///
/// Takes time in the number of candidates; meant for the way to an error message.
///
/// ```
/// use switchback_slug::{Why, suggest};
///
/// let known = ["ai-studio/gemini-3.5-flash", "gemini-3.5-flash", "vertex/gemini-3.5-flash", "openai/gpt-4o"];
/// let found = suggest("google/gemini-3-5-flash", known, 2);
/// assert_eq!(found[0].candidate, "ai-studio/gemini-3.5-flash");
/// assert_eq!(found[0].why, Why::Author);
/// ```
pub fn suggest<'c>(input: &str, candidates: impl IntoIterator<Item = &'c str>, n: usize) -> Vec<Suggestion<'c>> {
    let wanted = Wanted::new(input);
    let mut found: Vec<(Why, usize, usize, &'c str)> = candidates
        .into_iter()
        .filter_map(|candidate| {
            let (why, distance) = wanted.compare(candidate)?;
            Some((why, distance, candidate.len().abs_diff(input.len()), candidate))
        })
        .collect();
    found.sort_unstable();
    found.dedup();
    found.into_iter().take(n).map(|(why, .., candidate)| Suggestion { candidate, why }).collect()
}

struct Wanted {
    squashed: Vec<u8>,
    key: Family,
    /// The author's own providers, when the input's first segment is an author.
    homes: Vec<Provider>,
}

impl Wanted {
    fn new(input: &str) -> Self {
        let author = input.split_once('/').and_then(|(segment, _)| brand::author_of_segment(segment));
        let homes = author.map(brand::homes).unwrap_or_default();
        Self { squashed: squash(input), key: family(input), homes }
    }

    /// How a candidate differs, and how far; `None` when it is far off.
    fn compare(&self, candidate: &str) -> Option<(Why, usize)> {
        let squashed = squash(candidate);
        let limit = (self.squashed.len() / 4).clamp(1, 4);
        let key = family(candidate);
        let distance = edit_distance(&self.squashed, &squashed, limit);
        if squashed == self.squashed {
            return Some((Why::Separators, 0));
        }
        if key == self.key {
            return Some(match self.home(candidate) {
                Some(home) => (Why::Author, home),
                None => (Why::SameModel, distance.unwrap_or(usize::MAX)),
            });
        }
        let by_key = || edit_distance(self.key.as_str().as_bytes(), key.as_str().as_bytes(), limit.min(2));
        distance.or_else(by_key).map(|distance| (Why::Spelling, distance))
    }

    /// Which of the author's own providers a candidate names, whatever its dialect.
    fn home(&self, candidate: &str) -> Option<usize> {
        let (segment, _) = candidate.split_once('/')?;
        let names = |home: &Provider| {
            Dialect::ALL.iter().any(|dialect| aliases::resolve(*dialect, segment).as_ref() == Some(home))
        };
        self.homes.iter().position(names)
    }
}

/// Lower-case letters and digits only.
fn squash(text: &str) -> Vec<u8> {
    text.bytes().filter(u8::is_ascii_alphanumeric).map(|byte| byte.to_ascii_lowercase()).collect()
}

/// The number of insertions, deletions, replacements and swaps of neighbours between two texts, when it is at most
/// `limit` (optimal string alignment).
fn edit_distance(left: &[u8], right: &[u8], limit: usize) -> Option<usize> {
    if left.len().abs_diff(right.len()) > limit {
        return None;
    }
    let width = right.len().saturating_add(1);
    let mut before: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..width).collect();
    let mut previous_left = None;
    for (row, byte) in left.iter().enumerate() {
        let mut this = Vec::with_capacity(width);
        this.push(row.saturating_add(1));
        let mut previous_right = None;
        for (column, other) in right.iter().enumerate() {
            let at = |cells: &[usize], column: usize| cells.get(column).copied().unwrap_or(usize::MAX);
            let mut cost = at(&last, column).saturating_add(usize::from(byte != other));
            cost = cost
                .min(at(&this, column).saturating_add(1))
                .min(at(&last, column.saturating_add(1)).saturating_add(1));
            if previous_left == Some(other) && previous_right == Some(byte) {
                cost = cost.min(at(&before, column.saturating_sub(1)).saturating_add(1));
            }
            this.push(cost);
            previous_right = Some(other);
        }
        if this.iter().min().is_some_and(|best| *best > limit) {
            return None;
        }
        (before, last) = (last, this);
        previous_left = Some(byte);
    }
    last.last().copied().filter(|distance| *distance <= limit)
}
