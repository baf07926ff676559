//! Reads the data files at compile time, so that look-ups need no start-up work and no allocation.

/// How many rows a table has: lines that are neither empty nor comments.
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

/// The rows of a table of `COLUMNS` columns that tabs separate; missing columns are empty.
#[expect(clippy::indexing_slicing, reason = "runs at compile time, where a bad index stops the build")]
pub(crate) const fn rows<const COLUMNS: usize, const ROWS: usize>(
    text: &'static str,
) -> [[&'static str; COLUMNS]; ROWS] {
    let mut table = [[""; COLUMNS]; ROWS];
    let mut rest = text.as_bytes();
    let mut row = 0;
    while !rest.is_empty() {
        let (line, after) = until(rest, b'\n');
        if is_row(line) {
            table[row] = columns(line);
            row += 1;
        }
        rest = after;
    }
    table
}

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

/// Declares a static table read from a data file.
macro_rules! table {
    ($(#[$meta:meta])* $name:ident: $columns:literal, $path:literal) => {
        $(#[$meta])*
        static $name: [[&str; $columns]; crate::tsv::count(include_str!($path))] = crate::tsv::rows(include_str!($path));
    };
}

pub(crate) use table;
