/// Whether `text` matches `pattern`, in which `*` stands for any run of characters, none included.
///
/// Linear in `text` for one star and at worst the product of both lengths: a later star never makes an earlier one
/// take more.
pub(crate) fn matches(pattern: &str, text: &str) -> bool {
    let (pattern, text) = (pattern.as_bytes(), text.as_bytes());
    let (mut p, mut t) = (0, 0);
    // Where to go on after a mismatch: behind the last star, one byte of text further.
    let mut retry: Option<(usize, usize)> = None;
    loop {
        match (pattern.get(p), text.get(t)) {
            (Some(b'*'), _) => {
                p = p.saturating_add(1);
                retry = Some((p, t));
            }
            (Some(expected), Some(found)) if expected == found => {
                p = p.saturating_add(1);
                t = t.saturating_add(1);
            }
            (None, None) => return true,
            (_, None) => return false,
            (_, Some(_)) => match retry {
                Some((star, from)) => {
                    p = star;
                    t = from.saturating_add(1);
                    retry = Some((star, t));
                }
                None => return false,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stands_for_any_run() {
        for (pattern, text) in [
            ("*", ""),
            ("*", "anything"),
            ("gpt-*", "gpt-4o"),
            ("*-pro", "gpt-5-pro"),
            ("*.anthropic.*", "us.anthropic.claude"),
            ("a*b*c", "a--b--b--c"),
            ("", ""),
            ("exact", "exact"),
        ] {
            assert!(matches(pattern, text), "{pattern} {text}");
        }
        for (pattern, text) in [
            ("gpt-*", "xgpt-4o"),
            ("*-pro", "gpt-5-pro-max"),
            ("a*b*c", "acb"),
            ("", "a"),
            ("exact", "exactly"),
            ("exactly", "exact"),
        ] {
            assert!(!matches(pattern, text), "{pattern} {text}");
        }
    }
}
