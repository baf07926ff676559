//! Look-ups in tables that are sorted by words: which row does a name begin with?

/// The row with the most words that `words` begins with. The first column holds words that dashes join; the table is
/// sorted by them, word by word.
pub(crate) fn longest<'w, const COLUMNS: usize>(
    table: &'static [[&'static str; COLUMNS]],
    words: &(impl Iterator<Item = &'w str> + Clone),
) -> Option<&'static [&'static str; COLUMNS]> {
    let wanted = words.clone().next()?;
    let start = table.partition_point(|row| first_word(row) < wanted);
    let same_first = table.iter().skip(start).take_while(|row| first_word(row) == wanted);
    same_first.filter(|row| starts_with(words.clone(), key(row))).max_by_key(|row| key(row).len())
}

/// Whether `words` begins with the words of `prefix`, which dashes join.
pub(crate) fn starts_with<'w>(mut words: impl Iterator<Item = &'w str>, prefix: &str) -> bool {
    prefix.split('-').all(|word| words.next() == Some(word))
}

fn key<const COLUMNS: usize>(row: &[&'static str; COLUMNS]) -> &'static str {
    row.first().copied().unwrap_or_default()
}

fn first_word<const COLUMNS: usize>(row: &[&'static str; COLUMNS]) -> &'static str {
    let key = key(row);
    key.split_once('-').map_or(key, |(first, _)| first)
}

#[cfg(test)]
pub(crate) fn assert_sorted<const COLUMNS: usize>(table: &'static [[&'static str; COLUMNS]]) {
    for (row, next) in table.iter().zip(table.iter().skip(1)) {
        assert!(key(row).split('-').le(key(next).split('-')), "{row:?} stands before {next:?}");
    }
}
