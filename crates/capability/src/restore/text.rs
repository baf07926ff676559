//! Taking what an instruction asked for off a text again, whole or as it comes.

/// A text on its way to the client: without the beginning that was asked for, and without a code fence around it.
#[derive(Clone, Debug)]
pub(super) struct Trim {
    /// What is still to be taken off the beginning.
    prefix: String,
    fence: Fence,
    held: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fence {
    /// It is not to be taken off.
    Kept,
    /// Nothing but white space and the beginning of a fence has come.
    Open,
    /// Within a fence.
    Within,
    /// There is none.
    Absent,
}

const MARK: &str = "```";

impl Trim {
    pub(super) fn new(prefix: &str, unfence: bool) -> Self {
        let fence = if unfence { Fence::Open } else { Fence::Kept };
        Self { prefix: prefix.to_owned(), fence, held: String::new() }
    }

    /// Whether whatever comes passes as it is.
    pub(super) fn is_done(&self) -> bool {
        self.prefix.is_empty() && self.held.is_empty() && matches!(self.fence, Fence::Kept | Fence::Absent)
    }

    /// What a piece lets through.
    pub(super) fn push(&mut self, piece: &str) -> String {
        self.held.push_str(piece);
        if !self.prefix.is_empty() && !self.take_prefix() {
            return String::new();
        }
        match self.fence {
            Fence::Kept | Fence::Absent => std::mem::take(&mut self.held),
            Fence::Open => self.open(),
            Fence::Within => self.within(),
        }
    }

    /// What is left at the end.
    pub(super) fn finish(&mut self) -> String {
        let rest = std::mem::take(&mut self.held);
        if self.fence == Fence::Within && rest.contains(MARK) { String::new() } else { rest }
    }

    /// Whether it is known what comes after the beginning.
    fn take_prefix(&mut self) -> bool {
        if self.held.len() < self.prefix.len() && self.prefix.starts_with(self.held.as_str()) {
            return false;
        }
        if let Some(rest) = self.held.strip_prefix(self.prefix.as_str()) {
            self.held = rest.to_owned();
        }
        self.prefix.clear();
        true
    }

    fn open(&mut self) -> String {
        let text = self.held.trim_start();
        if text.is_empty() || (text.len() < MARK.len() && MARK.starts_with(text)) {
            return String::new();
        }
        if !text.starts_with(MARK) {
            self.fence = Fence::Absent;
            return std::mem::take(&mut self.held);
        }
        // The rest of the line names a language.
        let Some((_, rest)) = text.split_once('\n') else { return String::new() };
        self.held = rest.to_owned();
        self.fence = Fence::Within;
        self.within()
    }

    /// All but what could be the end of the fence.
    fn within(&mut self) -> String {
        let text = self.held.trim_end();
        let text = text.strip_suffix(MARK).unwrap_or_else(|| text.trim_end_matches('`'));
        let keep = text.trim_end().len();
        let rest = self.held.split_off(keep);
        std::mem::replace(&mut self.held, rest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn whole(prefix: &str, text: &str) -> String {
        let mut trim = Trim::new(prefix, true);
        let head = trim.push(text);
        head + &trim.finish()
    }

    #[test]
    fn fences_and_beginnings_go() {
        assert_eq!(whole("", "```json\n{\"a\":1}\n```\n"), "{\"a\":1}");
        assert_eq!(whole("", "  ```\n{}```"), "{}");
        assert_eq!(whole("", "{\"a\":\"`\"}"), "{\"a\":\"`\"}");
        assert_eq!(whole("{\"a\":", "{\"a\":1}"), "1}");
        assert_eq!(whole("{\"a\":", "1}"), "1}");
        assert_eq!(whole("", ""), "");
    }

    proptest! {
        #[test]
        fn any_split_gives_the_same_text(text in "(```json\n)?[ab`\n{]{0,12}(\n```)?\n?", at in 0_usize..24) {
            let at = (0..=at.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
            let mut trim = Trim::new("ab", true);
            let (head, tail) = text.split_at(at);
            let split = trim.push(head) + &trim.push(tail) + &trim.finish();
            prop_assert_eq!(split, whole("ab", &text));
        }
    }
}
