/// Where something stands in a source: line and column count from 1, columns in characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub struct Position {
    /// Which of the files, from 0.
    pub file: u16,
    /// The line.
    pub line: u32,
    /// The column.
    pub column: u32,
}

impl Position {
    /// The first character of the first file.
    pub const START: Self = Self { file: 0, line: 1, column: 1 };

    pub(crate) const fn new(file: u16, line: u32, column: u32) -> Self {
        Self { file, line, column }
    }
}

/// The beginnings of a text's lines, to turn byte offsets into positions.
pub(crate) struct Lines<'a> {
    text: &'a str,
    starts: Vec<usize>,
    file: u16,
}

impl<'a> Lines<'a> {
    pub(crate) fn new(text: &'a str, file: u16) -> Self {
        let after_breaks = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n').map(|(at, _)| at + 1);
        Self { text, starts: std::iter::once(0).chain(after_breaks).collect(), file }
    }

    /// The position of a byte. Cost: logarithmic in the lines, linear in the line.
    pub(crate) fn at(&self, offset: usize) -> Position {
        let line = self.starts.partition_point(|start| *start <= offset).max(1);
        let start = self.starts.get(line - 1).copied().unwrap_or(0);
        let column = self.text.get(start..offset).map_or(0, |before| before.chars().count());
        Position::new(self.file, saturate(line), saturate(column + 1))
    }

    /// The position of a byte, or of what follows the comma that comes next, but for white space.
    pub(crate) fn at_or_behind_comma(&self, offset: usize) -> Position {
        const SPACE: [char; 4] = [' ', '\t', '\r', '\n'];
        let rest = self.text.get(offset..).and_then(|rest| rest.trim_start_matches(SPACE).strip_prefix(','));
        let behind = rest.map(|rest| rest.trim_start_matches(SPACE));
        self.at(behind.map_or(offset, |behind| self.text.len() - behind.len()))
    }
}

pub(crate) fn saturate(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

/// Appends a step to a JSON Pointer (RFC 6901).
pub(crate) fn push_step(pointer: &mut String, step: &str) {
    pointer.push('/');
    for c in step.chars() {
        match c {
            '~' => pointer.push_str("~0"),
            '/' => pointer.push_str("~1"),
            c => pointer.push(c),
        }
    }
}
