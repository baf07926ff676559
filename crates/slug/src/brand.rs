//! Brands and their authors: `data/brands.tsv`, `data/vendors.tsv`, `data/authors.tsv`.

use crate::{prefix, tsv};

tsv::table! {
    /// prefix, author, order, short, digits.
    BRANDS: 5, "../data/brands.tsv"
}
tsv::table! {
    /// words, author.
    VENDORS: 2, "../data/vendors.tsv"
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
}

/// Where the version number stands in a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Order {
    AsWritten,
    NumberFirst,
    TierFirst,
}

/// The brand with the longest prefix of whole words that `words` begins with.
pub(crate) fn brand<'w>(words: &(impl Iterator<Item = &'w str> + Clone)) -> Option<Brand> {
    let [prefix, author, order, short, digits] = prefix::longest(&BRANDS, words)?;
    let order = match *order {
        "number" => Order::NumberFirst,
        "tier" => Order::TierFirst,
        _ => Order::AsWritten,
    };
    Some(Brand { prefix, author, order, has_snapshots: *short == "snapshot", splits_digits: *digits == "split" })
}

/// How many words at the front spell an author, when a brand follows them.
pub(crate) fn vendor_words<'w>(words: &(impl Iterator<Item = &'w str> + Clone)) -> Option<usize> {
    let [spelling, _] = prefix::longest(&VENDORS, words)?;
    let longest = spelling.split('-').count();
    (1..=longest).rev().find(|len| brand(&words.clone().skip(*len)).is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_are_sorted() {
        prefix::assert_sorted(&BRANDS);
        prefix::assert_sorted(&VENDORS);
    }
}
