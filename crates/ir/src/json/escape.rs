use super::scan;
use std::borrow::Cow;

/// Appends `text` to `out` with JSON escapes put on: exactly one layer, without quotes.
///
/// Only what must be escaped is: quotes, backslashes and control characters.
pub fn escape_into(text: &str, out: &mut Vec<u8>) {
    let bytes = text.as_bytes();
    if bytes.len() <= scan::LONG && scan::is_plain(bytes) {
        return out.extend_from_slice(bytes);
    }
    rewrite(bytes, out, scan::unsafe_in_strings, |at, sink| {
        let byte = *bytes.get(at)?;
        match *CODES.get(usize::from(byte))? {
            0 => {
                let hex = |nibble: u8| if nibble < 10 { b'0' + nibble } else { b'a' + nibble - 10 };
                sink.write([b'\\', b'u', b'0', b'0', hex(byte >> 4), hex(byte & 15)]);
            }
            code if code == byte => {
                // It stays, and begins what is copied next.
                sink.write([b'\\']);
                return Some(at);
            }
            code => sink.write([b'\\', code]),
        }
        Some(at + 1)
    });
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
    let mut out = Vec::with_capacity(content.len());
    // Escapes are ASCII, and what stands for one is a whole character: the text stays UTF-8.
    unescape_into(content, &mut out).then(|| String::from_utf8(out).ok().map(Cow::Owned))?
}

/// As [`unescape`], appending to `out`; `false` if a surrogate stands alone (`out` then holds a part).
pub fn unescape_into(content: &str, out: &mut Vec<u8>) -> bool {
    let bytes = content.as_bytes();
    let mut carried = 0;
    let escapes = |block: &[u8; scan::LONG]| {
        let slashes = scan::backslashes(block);
        let escaped;
        (escaped, carried) = scan::escaped(slashes, carried);
        slashes & !escaped
    };
    rewrite(bytes, out, escapes, |at, sink| {
        let code = *bytes.get(at + 1)?;
        let meaning = *MEANINGS.get(usize::from(code))?;
        if code == b'u' {
            let (char, read) = unicode(content.get(at..)?)?;
            for byte in char.encode_utf8(&mut [0; 4]).bytes() {
                sink.write([byte]);
            }
            return Some(at + read);
        }
        if meaning == code {
            // It stays, and begins what is copied next.
            return Some(at + 1);
        }
        sink.write([meaning]);
        Some(at + 2)
    })
}

/// Appends `bytes` to `out`, with what `replace` writes in the place of those that `marks` finds, block by block. It is
/// given the offset of each, and says from where the copying goes on; nothing ends the rewriting, which is then `false`.
///
/// Room that was reserved is used, and none is asked for that is not needed.
fn rewrite(
    bytes: &[u8],
    out: &mut Vec<u8>,
    mut marks: impl FnMut(&[u8; scan::LONG]) -> u64,
    mut replace: impl FnMut(usize, &mut Sink<'_>) -> Option<usize>,
) -> bool {
    let at = out.len();
    out.resize(at + bytes.len(), 0);
    let mut sink = Sink { room: out, at };
    let (mut from, mut base, mut whole) = (0_usize, 0, true);
    while base < bytes.len() && whole {
        let filled;
        let block = if let Some(block) = scan::block(bytes, base) {
            block
        } else {
            filled = scan::filled(bytes, base);
            &filled
        };
        let mut marked = marks(block);
        while marked != 0 {
            let at = base + marked.trailing_zeros() as usize;
            marked &= marked - 1;
            // The second half of a pair was read with the first.
            if at < from {
                continue;
            }
            sink.run(bytes, from, at);
            let Some(next) = replace(at, &mut sink) else {
                whole = false;
                break;
            };
            from = next;
        }
        base += scan::LONG;
    }
    if whole {
        sink.run(bytes, from, bytes.len());
    }
    sink.room.truncate(sink.at);
    whole
}

/// The bytes that are copied at once where a run is no longer.
const RUN: usize = 2 * scan::SHORT;

/// Room that is being filled. Short runs are copied as whole blocks, which is an instruction or two; what is too much of
/// them is overwritten by what follows.
struct Sink<'o> {
    /// Filled up to `at`; what lies behind it is overwritten or cut off.
    room: &'o mut Vec<u8>,
    at: usize,
}

// What is not inlined gets the offset by value, so that it stays in a register.
impl Sink<'_> {
    #[inline]
    fn run(&mut self, bytes: &[u8], from: usize, to: usize) {
        let length = to.saturating_sub(from);
        if length <= RUN
            && let Some(run) = scan::block::<RUN>(bytes, from)
            && (self.room.len() - self.at >= RUN || stretch(self.room, self.at))
            && let Some(room) = self.ahead()
        {
            *room = *run;
            self.at += length;
        } else {
            self.at = put(self.room, self.at, bytes.get(from..to).unwrap_or_default());
        }
    }

    #[inline]
    fn write<const N: usize>(&mut self, bytes: [u8; N]) {
        match self.ahead() {
            Some(room) => {
                *room = bytes;
                self.at += N;
            }
            None => self.at = put(self.room, self.at, &bytes),
        }
    }

    /// The next `N` bytes of the room, if it has so many.
    #[inline]
    fn ahead<const N: usize>(&mut self) -> Option<&mut [u8; N]> {
        self.room.get_mut(self.at..)?.first_chunk_mut()
    }
}

/// Whether there is room for a run behind `at`, where more was reserved.
#[cold]
fn stretch(room: &mut Vec<u8>, at: usize) -> bool {
    let most = room.capacity().min(at + 16 * RUN);
    let enough = most - at >= RUN;
    if enough {
        room.resize(most, 0);
    }
    enough
}

/// Writes exactly these bytes at `at`, and says where they end.
#[inline(never)]
fn put(room: &mut Vec<u8>, at: usize, bytes: &[u8]) -> usize {
    let end = at + bytes.len();
    if room.len() < end {
        room.resize(end, 0);
    }
    if let Some(room) = room.get_mut(at..end) {
        room.copy_from_slice(bytes);
    }
    end
}

/// What stands behind the backslash for a byte that is escaped; nothing where it is told by its number.
const CODES: [u8; 256] = table(
    false,
    [(b'"', b'"'), (b'\\', b'\\'), (b'\n', b'n'), (b'\r', b'r'), (b'\t', b't'), (0x08, b'b'), (0x0c, b'f')],
);

/// What a byte behind a backslash stands for: itself, unless it is one of these.
const MEANINGS: [u8; 256] = table(true, [(b'n', b'\n'), (b'r', b'\r'), (b't', b'\t'), (b'b', 0x08), (b'f', 0x0c)]);

#[expect(clippy::indexing_slicing, reason = "the compiler runs it; a byte is less than 256")]
const fn table<const N: usize>(others_stay: bool, pairs: [(u8, u8); N]) -> [u8; 256] {
    let (mut table, mut byte, mut at) = ([0; 256], 0, 0_usize);
    while others_stay && byte < u8::MAX {
        table[byte as usize] = byte;
        byte += 1;
    }
    while at < N {
        table[pairs[at].0 as usize] = pairs[at].1;
        at += 1;
    }
    table
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

    #[test]
    fn every_byte_is_escaped_at_every_place_in_a_block() {
        for byte in 0..128 {
            for before in [0, 1, 15, 16, 31, 32, 63, 64, 65] {
                let text = format!("{}{}é", "a".repeat(before), char::from(byte));
                let mut out = vec![b'"'];
                escape_into(&text, &mut out);
                out.push(b'"');
                assert_eq!(serde_json::from_slice::<String>(&out).unwrap(), text);
            }
        }
    }

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
        fn unescaping_agrees_with_serde_json(content in r#"([a-zé]|\\["\\/bfnrt]|\\u[0-9a-fA-F]{4}|\\ud8[0-3]f\\udc[0-9a-f]{2}){0,40}"#) {
            let reference = serde_json::from_str::<String>(&format!("\"{content}\"")).ok();
            prop_assert_eq!(unescape(&content).map(Cow::into_owned), reference);
        }
    }
}
