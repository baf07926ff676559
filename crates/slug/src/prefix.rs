//! Look-ups by the words that a name begins with.

use crate::tsv::Table;

/// The row with the most words that `words` begins with. Keys are words that dashes join; in byte order a dash comes
/// before every letter and digit, so that rows with the same first word stand together.
pub(crate) fn longest<'w, const COLUMNS: usize, const ROWS: usize>(
    table: &'static Table<COLUMNS, ROWS>,
    words: &(impl Iterator<Item = &'w str> + Clone),
) -> Option<&'static [&'static str; COLUMNS]> {
    let rows = rows_of(table, words.clone().next()?);
    rows.filter(|row| starts_with(words.clone(), table.key_of(row))).max_by_key(|row| table.key_of(row).len())
}

/// The rows whose first word is `word`.
pub(crate) fn rows_of<const COLUMNS: usize, const ROWS: usize>(
    table: &'static Table<COLUMNS, ROWS>,
    word: &str,
) -> impl Iterator<Item = &'static [&'static str; COLUMNS]> {
    let is_first_word = move |row: &&'static [&'static str; COLUMNS]| {
        table.key_of(row).strip_prefix(word).is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
    };
    table.from(0..ROWS, word).iter().take_while(is_first_word)
}

/// Whether `words` begins with the words of `prefix`, which dashes join.
pub(crate) fn starts_with<'w>(mut words: impl Iterator<Item = &'w str>, prefix: &str) -> bool {
    // Most comparisons end at the first word.
    let Some(rest) = words.next().and_then(|first| prefix.strip_prefix(first)) else { return false };
    rest.is_empty() || rest.strip_prefix('-').is_some_and(|rest| rest.split('-').all(|word| words.next() == Some(word)))
}

#[cfg(test)]
pub(crate) fn assert_sorted<const COLUMNS: usize, const ROWS: usize>(table: &'static Table<COLUMNS, ROWS>) {
    for (row, next) in table.rows().iter().zip(table.rows().iter().skip(1)) {
        assert!(table.key_of(row) <= table.key_of(next), "{row:?} stands before {next:?}");
    }
}
