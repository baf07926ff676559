//! Brands and their authors: `data/brands.tsv`, `data/vendors.tsv`, `data/authors.tsv`.

use crate::{Dialect, Provider, prefix, tsv};

tsv::table! {
    /// prefix, author, order, short, digits, v.
    BRANDS: 6 by 0, "../data/brands.tsv"
}
tsv::table! {
    /// words, author.
    VENDORS: 2 by 0, "../data/vendors.tsv"
}
tsv::table! {
    /// author, openrouter, vercel, home, litellm; sorted by author.
    AUTHORS: 5 by 0, "../data/authors.tsv"
}

/// A maker's naming habits, found by the words that a name begins with.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Brand {
    pub(crate) prefix: &'static str,
    pub(crate) author: &'static str,
    pub(crate) order: Order,
    /// Four digits at the end are a date of the same model.
    pub(crate) has_snapshots: bool,
    /// Two digits are a major and a minor number.
    pub(crate) splits_digits: bool,
    pub(crate) v: Letter,
}

/// Where the version number stands in a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Order {
    AsWritten,
    NumberFirst,
    TierFirst,
}

/// The letter `v` before a version number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Letter {
    AsWritten,
    /// Keys leave it out.
    Silent,
    /// Keys have it.
    Spoken,
}

/// The brand with the longest prefix of whole words that `words` begins with.
pub(crate) fn brand<'w>(words: &(impl Iterator<Item = &'w str> + Clone)) -> Option<Brand> {
    let [prefix, author, order, short, digits, v] = prefix::longest(&BRANDS, words)?;
    let order = match *order {
        "number" => Order::NumberFirst,
        "tier" => Order::TierFirst,
        _ => Order::AsWritten,
    };
    let v = match *v {
        "silent" => Letter::Silent,
        "spoken" => Letter::Spoken,
        _ => Letter::AsWritten,
    };
    Some(Brand { prefix, author, order, has_snapshots: *short == "snapshot", splits_digits: *digits == "split", v })
}

/// How many words at the front spell an author, when a brand follows them.
pub(crate) fn vendor_words<'w>(words: &(impl Iterator<Item = &'w str> + Clone)) -> Option<usize> {
    let [spelling, _] = prefix::longest(&VENDORS, words)?;
    let longest = spelling.split('-').count();
    (1..=longest).rev().find(|len| brand(&words.clone().skip(*len)).is_some())
}

/// Whether a word before a dot or a dash spells an author, in lower case.
pub(crate) fn is_vendor(word: &str) -> bool {
    VENDORS.find(0..VENDORS.rows().len(), word).is_some()
}

/// Our name for the author that a whole segment spells, as in `meta-llama/…`.
pub(crate) fn author_of_segment(segment: &str) -> Option<&'static str> {
    let segment = segment.to_ascii_lowercase();
    VENDORS.find(0..VENDORS.rows().len(), &segment).map(|[_, author]| *author)
}

/// How a dialect that names authors spells one.
pub(crate) fn author_spelling(author: &str, dialect: Dialect) -> Option<&'static str> {
    let [_, openrouter, vercel, ..] = author_row(author)?;
    let spelling = if dialect == Dialect::Vercel { *vercel } else { *openrouter };
    Some(spelling).filter(|spelling| !spelling.is_empty())
}

/// The provider that is an author's own API.
pub(crate) fn home(author: &str) -> Option<Provider> {
    let [_, _, _, home, _] = author_row(author)?;
    provider(home)
}

/// The provider that LiteLLM takes an author's bare model names to.
pub(crate) fn litellm_home(author: &str) -> Option<Provider> {
    let [.., litellm] = author_row(author)?;
    provider(litellm)
}

fn provider(cell: &'static str) -> Option<Provider> {
    Some(cell).filter(|id| !id.is_empty()).map(Provider::from_static)
}

/// The providers that are the author's own: its API and, for Google, Vertex.
pub(crate) fn homes(author: &str) -> Vec<Provider> {
    let mut homes: Vec<Provider> = [home(author), litellm_home(author)].into_iter().flatten().collect();
    homes.dedup();
    homes
}

fn author_row(author: &str) -> Option<&'static [&'static str; 5]> {
    AUTHORS.find(0..AUTHORS.rows().len(), author)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_are_sorted() {
        prefix::assert_sorted(&BRANDS);
        prefix::assert_sorted(&VENDORS);
        prefix::assert_sorted(&AUTHORS);
    }

    #[test]
    fn every_author_of_a_brand_or_vendor_has_a_row() {
        for [_, author, ..] in BRANDS.rows() {
            assert!(author_row(author).is_some(), "{author}");
        }
        for [_, author] in VENDORS.rows() {
            assert!(author_row(author).is_some(), "{author}");
        }
    }
}
