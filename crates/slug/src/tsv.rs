//! The data files as tables, read at compile time, so that look-ups need no start-up work and no allocation.

use core::ops::Range;

/// Rows of text in which one column, the key, is sorted in byte order, within ranges at least.
#[derive(Debug)]
pub(crate) struct Table<const COLUMNS: usize, const ROWS: usize> {
    rows: [[&'static str; COLUMNS]; ROWS],
    /// The first eight bytes of each key as a number: comparing numbers is several times faster than comparing texts, and
    /// most keys differ in them.
    prefixes: [u64; ROWS],
    key: usize,
}

impl<const COLUMNS: usize, const ROWS: usize> Table<COLUMNS, ROWS> {
    /// Reads a data file: a row per line that is neither empty nor a comment, columns apart by tabs; missing columns are
    /// empty.
    #[expect(clippy::indexing_slicing, reason = "runs at compile time, where a bad index stops the build")]
    pub(crate) const fn read(text: &'static str, key: usize) -> Self {
        let mut table = Self { rows: [[""; COLUMNS]; ROWS], prefixes: [0; ROWS], key };
        let mut rest = text.as_bytes();
        let mut row = 0;
        while !rest.is_empty() {
            let (line, after) = until(rest, b'\n');
            if is_row(line) {
                table.rows[row] = columns(line);
                table.prefixes[row] = prefix(table.rows[row][key]);
                row += 1;
            }
            rest = after;
        }
        table
    }

    /// Every row, in the file's order.
    pub(crate) const fn rows(&'static self) -> &'static [[&'static str; COLUMNS]] {
        &self.rows
    }

    /// The rows of a range from the first one whose key is not before `key`.
    pub(crate) fn from(&'static self, range: Range<usize>, key: &str) -> &'static [[&'static str; COLUMNS]] {
        let rows = self.rows.get(range.clone()).unwrap_or_default();
        let prefixes = self.prefixes.get(range).unwrap_or_default();
        let wanted = prefix(key);
        let mut start = prefixes.partition_point(|prefix| *prefix < wanted);
        while rows.get(start).is_some_and(|row| self.key_of(row) < key) {
            start = start.saturating_add(1);
        }
        rows.get(start..).unwrap_or_default()
    }

    /// The row of a range with exactly this key.
    pub(crate) fn find(&'static self, range: Range<usize>, key: &str) -> Option<&'static [&'static str; COLUMNS]> {
        self.from(range, key).first().filter(|row| self.key_of(row) == key)
    }

    /// A row's key.
    pub(crate) fn key_of(&self, row: &[&'static str; COLUMNS]) -> &'static str {
        row.get(self.key).copied().unwrap_or_default()
    }
}

/// How many rows a data file has.
pub(crate) const fn count(text: &'static str) -> usize {
    let mut rest = text.as_bytes();
    let mut rows = 0;
    while !rest.is_empty() {
        let (line, after) = until(rest, b'\n');
        if is_row(line) {
            rows += 1;
        }
        rest = after;
    }
    rows
}

/// Declares a static table of so many columns, one of them the key, read from a data file.
macro_rules! table {
    ($(#[$meta:meta])* $name:ident: $columns:literal by $key:literal, $path:literal) => {
        $(#[$meta])*
        static $name: crate::tsv::Table<$columns, { crate::tsv::count(include_str!($path)) }> =
            crate::tsv::Table::read(include_str!($path), $key);
    };
}

pub(crate) use table;

#[expect(clippy::indexing_slicing, reason = "runs at compile time, where a bad index stops the build")]
const fn columns<const COLUMNS: usize>(line: &'static [u8]) -> [&'static str; COLUMNS] {
    let mut columns = [""; COLUMNS];
    let mut rest = line;
    let mut column = 0;
    while column < COLUMNS {
        let (cell, after) = until(rest, b'\t');
        columns[column] = utf8(cell);
        rest = after;
        column += 1;
    }
    columns
}

/// The first eight bytes as a number that orders as they do; shorter texts are filled with zeros.
const fn prefix(text: &str) -> u64 {
    let mut prefix = 0;
    let mut rest = text.as_bytes();
    let mut at = 0;
    while at < 8 {
        prefix <<= 8;
        if let [first, after @ ..] = rest {
            prefix |= *first as u64;
            rest = after;
        }
        at += 1;
    }
    prefix
}

/// The bytes before the first `stop`, and those after it.
const fn until(bytes: &'static [u8], stop: u8) -> (&'static [u8], &'static [u8]) {
    let mut rest = bytes;
    let mut at = 0;
    while let [first, after @ ..] = rest {
        if *first == stop {
            return (bytes.split_at(at).0, after);
        }
        rest = after;
        at += 1;
    }
    (bytes, rest)
}

const fn is_row(line: &[u8]) -> bool {
    !matches!(line, [] | [b'#', ..])
}

#[expect(clippy::panic, reason = "runs at compile time, where it stops the build")]
const fn utf8(bytes: &'static [u8]) -> &'static str {
    match core::str::from_utf8(bytes) {
        Ok(text) => text,
        Err(_) => panic!("a data file is not UTF-8"),
    }
}
