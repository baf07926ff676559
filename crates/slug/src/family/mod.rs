//! One key for the many spellings of one model.

mod rules;
mod words;

use core::{fmt, str::FromStr};

use crate::{ModelId, Provider, brand, model_id::is_short_date};

/// The longest text, in bytes, that the rules look at; they take time in its square at worst.
const LONGEST: usize = 512;

/// The normal form that joins the spellings of one model: case, separators, order of words, geography, vendor, path,
/// date, revision, quantisation and client-side markers are gone; what tells models apart stays.
///
/// A key names a model, not a build of it: `gpt-4o` and `gpt-4o-2024-11-20` share one, and the date is
/// [`ModelId::version`]. Fine-tunes and opaque ARNs are models of their own and keep their whole id.
///
/// Keys order by their text. A key is its own key: [`family`] of what it prints is the same key.
///
/// ```
/// use switchback_slug::family;
///
/// let key = family("claude-haiku-4-5");
/// for spelling in ["claude-4.5-haiku", "us.anthropic.claude-haiku-4-5-20251001-v1:0", "claude-haiku-4-5[1m]"] {
///     assert_eq!(family(spelling), key);
/// }
/// assert_ne!(family("gpt-4o"), family("gpt-4o-mini"));
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Family(Box<str>);

impl Family {
    /// The key's text: lower-case words joined by dashes, or a fine-tune's or ARN's whole id.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The brand that the name begins with, such as `claude` or `text-embedding-3`, when it is a known one.
    pub fn brand(&self) -> Option<&'static str> {
        rules::brand_of_key(&self.0).map(|brand| brand.prefix)
    }

    /// Who makes models of this brand, by our own name for them.
    pub fn author(&self) -> Option<&'static str> {
        rules::brand_of_key(&self.0).map(|brand| brand.author)
    }

    /// The provider that is the maker's own API, where there is one: a bare name of this brand is at home there.
    pub fn home(&self) -> Option<Provider> {
        brand::home(self.author()?)
    }

    /// The key without a date of four digits at its end, when there is one: `deepseek-r1` for `deepseek-r1-0528`. Such
    /// digits name a release of its own for most makers, so only a catalog can say that the two are one.
    pub fn undated(&self) -> Option<Self> {
        let (head, tail) = self.0.rsplit_once('-')?;
        is_short_date(tail).then(|| Self(head.into()))
    }

    /// The other key that a host may mean, with `instruct` at its end or without: `llama-3-1-8b` is Meta's base model,
    /// and for several hosts the instructed one.
    #[must_use]
    pub fn instructed(&self) -> Self {
        let other = self.0.strip_suffix("-instruct").map_or_else(|| format!("{self}-instruct"), str::to_owned);
        Self(other.into())
    }
}

/// The family key of a model's id, written in any dialect's or host's manner, without a provider in front. Total, and
/// no catalog is looked at: the rules and small tables of words decide (`data/brands.tsv`, `data/words.tsv`,
/// `data/synonyms.tsv`). A text of more than 512 bytes is no model's name, and its own key.
///
/// ```
/// use switchback_slug::family;
///
/// assert_eq!(family("accounts/fireworks/models/llama-v3p1-8b-instruct"), family("meta.llama3-1-8b-instruct-v1:0"));
/// ```
pub fn family(model: &str) -> Family {
    let id = ModelId::parse(model);
    if id.is_opaque() || id.is_tuned() || model.len() > LONGEST {
        return Family(model.into());
    }
    let text = words::normal_text(&id);
    let mut words = words::split(&text);
    rules::apply(&mut words);
    if words.is_empty() { Family(model.into()) } else { Family(words.join("-").into()) }
}

impl fmt::Display for Family {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for Family {
    type Err = core::convert::Infallible;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(family(text))
    }
}

impl AsRef<str> for Family {
    fn as_ref(&self) -> &str {
        &self.0
    }
}
