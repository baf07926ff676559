use core::fmt;

/// A LiteLLM wildcard, such as `openai/*` or `*meta.llama3*`: every `*` stands for any text, as long as possible.
///
/// As in LiteLLM's router a pattern has to match from the start of a name and need not reach its end.
///
/// ```
/// use switchback_slug::Pattern;
///
/// let pattern = Pattern::new("openai/*");
/// let captures = pattern.captures("openai/gpt-4o").expect("it matches");
/// assert_eq!(captures, ["gpt-4o"]);
/// assert_eq!(Pattern::new("azure/eu-*").substitute(&captures), "azure/eu-gpt-4o");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Pattern<'a> {
    text: &'a str,
}

impl<'a> Pattern<'a> {
    /// The pattern of that text. A text without `*` matches every name that starts with it.
    pub const fn new(text: &'a str) -> Self {
        Self { text }
    }

    /// The pattern as written.
    pub const fn as_str(self) -> &'a str {
        self.text
    }

    /// What each `*` stands for in `name`, or `None` when the pattern does not match. Linear in both texts.
    pub fn captures(self, name: &str) -> Option<Vec<&str>> {
        let mut literals = self.text.split('*');
        let rest = name.strip_prefix(literals.next()?)?;
        let literals: Vec<&str> = literals.collect();
        // From the right: each literal at its last possible place gives the earlier stars the longest texts.
        let mut captures = Vec::with_capacity(literals.len());
        let mut left = rest;
        let mut stops = Vec::with_capacity(literals.len());
        for literal in literals.iter().rev() {
            let at = left.rfind(literal)?;
            let (before, _) = left.split_at_checked(at)?;
            stops.push((at, literal.len()));
            left = before;
        }
        let mut start = 0_usize;
        for (at, len) in stops.into_iter().rev() {
            captures.push(rest.get(start..at)?);
            start = at.saturating_add(len);
        }
        Some(captures)
    }

    /// The text with its stars replaced by `captures` in order; a star without a capture stays.
    #[must_use]
    pub fn substitute(self, captures: &[&str]) -> String {
        let mut captures = captures.iter();
        let mut text = String::with_capacity(self.text.len());
        for (index, literal) in self.text.split('*').enumerate() {
            if index > 0 {
                text.push_str(captures.next().copied().unwrap_or("*"));
            }
            text.push_str(literal);
        }
        text
    }

    /// How specific the pattern is; of several that match, LiteLLM takes the greatest. It compares the length of the
    /// regular expression that it makes of the pattern, then how many special characters that has
    /// (`calculate_pattern_specificity`, 1.80.0).
    pub fn specificity(self) -> impl Ord + fmt::Debug + use<> {
        let mut length = 0_usize;
        let mut special = 0_usize;
        for c in self.text.chars() {
            let (chars, specials) = match c {
                // `*` becomes `(.*)`.
                '*' => (4, 3),
                // Escaped with a backslash, which counts as special, as do some of the characters themselves.
                '+' | '?' | '\\' | '^' | '$' | '|' | '(' | ')' => (2, 2),
                '.' | '-' | '[' | ']' | '{' | '}' | '&' | '~' | '#' | ' ' | '\t' | '\n' | '\r' => (2, 1),
                _ => (1, 0),
            };
            length = length.saturating_add(chars);
            special = special.saturating_add(specials);
        }
        (length, special)
    }
}

impl fmt::Display for Pattern<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.text)
    }
}
