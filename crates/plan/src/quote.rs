use std::fmt::{self, Display, Write};

/// Foreign text as people may be shown it: without control characters, so that a request's model cannot write to a
/// terminal, and cut short.
pub(crate) struct Quoted<'a>(pub(crate) &'a str);

/// Most characters that are shown.
const SHOWN: usize = 80;

impl Display for Quoted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for char in self.0.chars().take(SHOWN) {
            // Every other character is itself, quotes among them.
            if char.is_control() { write!(f, "{}", char.escape_debug())? } else { f.write_char(char)? }
        }
        if self.0.chars().nth(SHOWN).is_some() { f.write_str("…") } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_characters_and_long_text_are_not_shown() {
        assert_eq!(Quoted("gpt\u{1b}[31m\n").to_string(), "gpt\\u{1b}[31m\\n");
        assert_eq!(Quoted("größe-`x`").to_string(), "größe-`x`");
        assert_eq!(Quoted(&"x".repeat(81)).to_string(), format!("{}…", "x".repeat(80)));
    }
}
