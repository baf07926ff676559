//! Text in markup.

use std::fmt::{self, Display, Formatter, Write};

/// Text that stays text wherever it stands, in an element or in a quoted attribute, whoever wrote it.
pub(super) struct Safe<T>(pub(super) T);

impl<T: Display> Display for Safe<T> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(Escaper(f), "{}", self.0)
    }
}

struct Escaper<'a, 'f>(&'a mut Formatter<'f>);

impl Write for Escaper<'_, '_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        text.chars().try_for_each(|char| match char {
            '&' => self.0.write_str("&amp;"),
            '<' => self.0.write_str("&lt;"),
            '>' => self.0.write_str("&gt;"),
            '"' => self.0.write_str("&quot;"),
            '\'' => self.0.write_str("&#39;"),
            // HTML has no way to write most control characters, and overrides of direction reorder what people read.
            char if char.is_control() => write!(self.0, "{}", char.escape_debug()),
            '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => write!(self.0, "{}", char.escape_unicode()),
            char => self.0.write_char(char),
        })
    }
}

/// A foreign name, which may be written in either direction without turning what stands around it.
pub(super) struct Name<T>(pub(super) T);

impl<T: Display> Display for Name<T> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "<bdi>{}</bdi>", Safe(&self.0))
    }
}

/// A term of a `<dl>` with its value, which is escaped.
pub(super) fn fact(term: &str, value: impl Display, out: &mut String) -> fmt::Result {
    writeln!(out, "<div><dt>{term}</dt><dd>{}</dd></div>", Name(value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_ends_a_place_is_left() {
        let hostile = "\"><script>alert('1')</script>&\u{0}\u{1b}\u{202e}";
        let safe = Safe(hostile).to_string();
        assert_eq!(safe, "&quot;&gt;&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt;&amp;\\0\\u{1b}\\u{202e}");
        assert_eq!(Name("a<b").to_string(), "<bdi>a&lt;b</bdi>");
    }
}
