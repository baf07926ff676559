use std::borrow::Cow;

/// Appends `text` to `out` with JSON escapes put on: exactly one layer, without quotes.
///
/// Only what must be escaped is: quotes, backslashes and control characters.
pub fn escape_into(text: &str, out: &mut Vec<u8>) {
    let bytes = text.as_bytes();
    let mut from = 0;
    for (at, byte) in bytes.iter().enumerate() {
        let short = match byte {
            b'"' => b'"',
            b'\\' => b'\\',
            b'\n' => b'n',
            b'\r' => b'r',
            b'\t' => b't',
            0x08 => b'b',
            0x0c => b'f',
            0x00..=0x1f => b'u',
            _ => continue,
        };
        out.extend_from_slice(bytes.get(from..at).unwrap_or(&[]));
        out.extend_from_slice(&[b'\\', short]);
        if short == b'u' {
            let hex = |nibble: u8| if nibble < 10 { b'0' + nibble } else { b'a' + nibble - 10 };
            out.extend_from_slice(&[b'0', b'0', hex(byte >> 4), hex(byte & 15)]);
        }
        from = at + 1;
    }
    out.extend_from_slice(bytes.get(from..).unwrap_or(&[]));
}

/// Takes one layer of JSON escapes off checked string content. `None` if a surrogate stands alone.
///
/// Borrows where there is nothing to take off.
///
/// ```
/// use switchback_ir::json::unescape;
/// assert_eq!(unescape(r#"a\n\u00e9"#).as_deref(), Some("a\né"));
/// assert_eq!(unescape(r#"\ud800"#), None);
/// ```
pub fn unescape(content: &str) -> Option<Cow<'_, str>> {
    if memchr::memchr(b'\\', content.as_bytes()).is_none() {
        return Some(Cow::Borrowed(content));
    }
    let mut out = String::with_capacity(content.len());
    unescape_into(content, &mut out).then_some(Cow::Owned(out))
}

/// As [`unescape`], appending to `out`; `false` if a surrogate stands alone (`out` then holds a part).
pub fn unescape_into(content: &str, out: &mut String) -> bool {
    unescape_pieces(content, &mut |piece| out.push_str(piece))
}

/// As [`unescape`], piece by piece and without allocating; `false` if a surrogate stands alone, behind what was visited.
pub fn unescape_pieces(content: &str, visit: &mut dyn FnMut(&str)) -> bool {
    let mut rest = content;
    while let Some(at) = memchr::memchr(b'\\', rest.as_bytes()) {
        visit(rest.get(..at).unwrap_or(""));
        let code = rest.as_bytes().get(at + 1).copied().unwrap_or(b'\\');
        let mut length = 2;
        let char = match code {
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'u' => {
                let Some((char, read)) = unicode(rest.get(at..).unwrap_or("")) else { return false };
                length = read;
                char
            }
            other => char::from(other),
        };
        visit(char.encode_utf8(&mut [0; 4]));
        rest = rest.get(at + length..).unwrap_or("");
    }
    visit(rest);
    true
}

/// The character of the `\u` escape that `text` begins with, and how many bytes it takes (6, or 12 for a pair).
fn unicode(text: &str) -> Option<(char, usize)> {
    let unit = |from: usize| {
        let escape = text.get(from..from + 6)?;
        u32::from_str_radix(escape.strip_prefix("\\u")?, 16).ok()
    };
    let first = unit(0)?;
    if let Some(char) = char::from_u32(first) {
        return Some((char, 6));
    }
    let second = unit(6)?;
    if !(0xd800..0xdc00).contains(&first) || !(0xdc00..0xe000).contains(&second) {
        return None;
    }
    char::from_u32(0x1_0000 + ((first - 0xd800) << 10) + (second - 0xdc00)).map(|char| (char, 12))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn escaping_is_what_serde_json_reads(text in any::<String>()) {
            let mut out = vec![b'"'];
            escape_into(&text, &mut out);
            out.push(b'"');
            prop_assert_eq!(serde_json::from_slice::<String>(&out).unwrap(), text.clone());
            let content = std::str::from_utf8(&out[1..out.len() - 1]).unwrap();
            prop_assert_eq!(unescape(content).unwrap(), text);
        }

        #[test]
        fn unescaping_agrees_with_serde_json(content in r#"([a-zé]|\\["\\/bfnrt]|\\u[0-9a-fA-F]{4}|\\ud8[0-3]f\\udc[0-9a-f]{2}){0,12}"#) {
            let reference = serde_json::from_str::<String>(&format!("\"{content}\"")).ok();
            prop_assert_eq!(unescape(&content).map(Cow::into_owned), reference);
        }
    }
}
