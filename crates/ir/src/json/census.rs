//! What kinds of characters a text is made of, counted sixty-four bytes at a time.

use super::escape::unescape_pieces;
use super::scan::{LONG, at_most, escaped, gather, lanes};
use wide::u8x16;

/// How many characters of each kind a text has, and how many runs of the kinds where runs count: what its tokens are
/// estimated from.
///
/// ```
/// use switchback_ir::Census;
///
/// let census = Census::of("say it 3 times!");
/// assert_eq!((census.letters, census.words, census.digits), (10, 3, 1));
/// assert_eq!((census.spaces, census.gaps, census.marks), (3, 3, 1));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_structs, reason = "every character is of one kind: a new one should stop every build")]
pub struct Census {
    /// Letters of ASCII.
    pub letters: u64,
    /// Runs of letters.
    pub words: u64,
    /// Digits of ASCII.
    pub digits: u64,
    /// Blanks, tabs, ends of lines.
    pub spaces: u64,
    /// Runs of those.
    pub gaps: u64,
    /// Everything else of ASCII, control characters among it.
    pub marks: u64,
    /// Runs of those.
    pub clusters: u64,
    /// Characters of two bytes in UTF-8: accents, Cyrillic, Greek, Arabic, Hebrew.
    pub two: u64,
    /// Characters of three: most other scripts.
    pub three: u64,
    /// Characters of four: emoji, rare scripts.
    pub four: u64,
}

impl Census {
    /// The counts of a text. Cost: some three instructions a byte, no allocation.
    pub fn of(text: &str) -> Self {
        let mut counter = Counter::default();
        let (blocks, rest) = text.as_bytes().as_chunks::<LONG>();
        let last = (!rest.is_empty()).then(|| filled(rest));
        blocks.iter().chain(&last).for_each(|block| counter.add(block, Coded::default()));
        counter.census
    }

    /// The counts of the characters that the content of a JSON string says; `None` if a surrogate stands alone.
    pub(crate) fn of_escaped(content: &str) -> Option<Self> {
        let (mut counter, mut carried) = (Counter::default(), 0);
        let (blocks, rest) = content.as_bytes().as_chunks::<LONG>();
        let last = (!rest.is_empty()).then(|| filled(rest));
        for block in blocks.iter().chain(&last) {
            let (coded, carry) = Coded::of(block, carried);
            if coded.by_number {
                return Self::of_pieces(content);
            }
            counter.add(block, coded);
            carried = carry;
        }
        Some(counter.census)
    }

    /// As [`of_escaped`](Self::of_escaped), where characters are given by their numbers: unescaped into blocks.
    fn of_pieces(content: &str) -> Option<Self> {
        let (mut counter, mut block, mut length) = (Counter::default(), [OF_NO_KIND; LONG], 0);
        let whole = unescape_pieces(content, &mut |piece| {
            let mut piece = piece.as_bytes();
            while !piece.is_empty() {
                let (now, later) = piece.split_at(piece.len().min(LONG - length));
                if let Some(room) = block.get_mut(length..length + now.len()) {
                    room.copy_from_slice(now);
                }
                (length, piece) = (length + now.len(), later);
                if length == LONG {
                    counter.add(&block, Coded::default());
                    length = 0;
                }
            }
        });
        if length > 0 {
            counter.add(&filled(block.get(..length).unwrap_or(&[])), Coded::default());
        }
        whole.then_some(counter.census)
    }
}

/// A byte inside a character, which counts nothing.
const OF_NO_KIND: u8 = 0x80;

fn filled(rest: &[u8]) -> [u8; LONG] {
    let mut block = [OF_NO_KIND; LONG];
    for (byte, found) in block.iter_mut().zip(rest) {
        *byte = *found;
    }
    block
}

/// Where escapes stand in a block of sixty-four bytes, one bit a byte.
#[derive(Clone, Copy, Default)]
struct Coded {
    /// The backslashes that escape what follows them: no characters of their own.
    marks: u64,
    /// What follows those.
    codes: u64,
    /// Those of the codes that are spaces: `n`, `r`, `t`, `f`.
    spaces: u64,
    /// Whether one of the codes is a `u`, which four digits follow.
    by_number: bool,
}

impl Coded {
    /// Those of a block, and whether its last byte escapes the next one's first.
    #[inline]
    fn of(bytes: &[u8; LONG], carried: u64) -> (Self, u64) {
        let lanes = lanes(bytes);
        let is = |byte: u8| gather(lanes, |lane| lane.simd_eq(u8x16::splat(byte)));
        let slashes = is(b'\\');
        if slashes | carried == 0 {
            return (Self::default(), 0);
        }
        let (codes, carry) = escaped(slashes, carried);
        let spaces = gather(lanes, |lane| at_most((lane | u8x16::splat(0x20)) - u8x16::splat(b'a'), 25)) & !is(b'b');
        let by_number = codes & is(b'u') != 0;
        (Self { marks: slashes & !codes, codes, spaces: spaces & codes, by_number }, carry)
    }
}

/// The kinds that come in runs, one bit a byte of a block.
#[derive(Clone, Copy, Default)]
struct Runs {
    letters: u64,
    spaces: u64,
    marks: u64,
}

#[derive(Default)]
struct Counter {
    census: Census,
    /// Those of the block before.
    before: Runs,
}

impl Counter {
    #[inline]
    fn add(&mut self, bytes: &[u8; LONG], coded: Coded) {
        let lanes = lanes(bytes);
        let from =
            |first: u8, last: u8| move |lane: u8x16| at_most(lane - u8x16::splat(first), last.wrapping_sub(first));
        let letters = gather(lanes, |lane| from(b'a', b'z')(lane | u8x16::splat(0x20))) & !coded.codes;
        let digits = gather(lanes, from(b'0', b'9'));
        let blank = |lane: u8x16| lane.simd_eq(u8x16::splat(b' ')) | from(b'\t', b'\r')(lane);
        let spaces = gather(lanes, blank) | coded.spaces;
        let wide = gather(lanes, |lane| lane);
        let marks = !(letters | digits | spaces | wide | coded.marks);
        let (now, census) = (Runs { letters, spaces, marks }, &mut self.census);
        // What a code stands for follows what is before its backslash.
        let begun = |now: u64, before: u64| {
            now & !((now << 1 | before >> 63) & !coded.codes | (now << 2 | before >> 62) & coded.codes)
        };
        census.letters += count(letters);
        census.words += count(begun(letters, self.before.letters));
        census.digits += count(digits);
        census.spaces += count(spaces);
        census.gaps += count(begun(spaces, self.before.spaces));
        census.marks += count(marks);
        census.clusters += count(begun(marks, self.before.marks));
        if wide != 0 {
            let least = |byte: u8| gather(lanes, |lane| lane.max(u8x16::splat(byte)).simd_eq(lane));
            let (two, three, four) = (least(0xc0), least(0xe0), least(0xf0));
            census.two += count(two & !three);
            census.three += count(three & !four);
            census.four += count(four);
        }
        self.before = now;
    }
}

#[inline]
fn count(bits: u64) -> u64 {
    u64::from(bits.count_ones())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Text;
    use crate::json::escape_into;
    use proptest::prelude::*;

    /// Character by character.
    fn naive(text: &str) -> Census {
        let chars = |is: fn(&char) -> bool| u64::try_from(text.chars().filter(is).count()).unwrap();
        let runs = |is: fn(&char) -> bool| {
            let runs = text.split(|char: char| !is(&char)).filter(|run| !run.is_empty());
            u64::try_from(runs.count()).unwrap()
        };
        let space: fn(&char) -> bool = |char| matches!(char, ' ' | '\t'..='\r');
        let mark: fn(&char) -> bool =
            |char| char.is_ascii() && !char.is_ascii_alphanumeric() && !matches!(char, ' ' | '\t'..='\r');
        Census {
            letters: chars(char::is_ascii_alphabetic),
            words: runs(char::is_ascii_alphabetic),
            digits: chars(char::is_ascii_digit),
            spaces: chars(space),
            gaps: runs(space),
            marks: chars(mark),
            clusters: runs(mark),
            two: chars(|char| char.len_utf8() == 2),
            three: chars(|char| char.len_utf8() == 3),
            four: chars(|char| char.len_utf8() == 4),
        }
    }

    /// Texts with every kind next to every other, some longer than a block.
    fn texts() -> impl Strategy<Value = String> {
        prop_oneof!["[a-z0-9 ,.\n\t\"\\\\/\u{8}\u{c}\u{0}\u{7f}é漢🐢]{0,300}", "[\\\\n\"u]{0,200}", any::<String>(),]
    }

    proptest! {
        #[test]
        fn counting_in_blocks_is_counting(text in texts()) {
            prop_assert_eq!(Census::of(&text), naive(&text));
        }

        #[test]
        fn escapes_count_as_what_they_say(text in texts()) {
            let mut content = Vec::new();
            escape_into(&text, &mut content);
            let content = String::from_utf8(content).unwrap();
            prop_assert_eq!(Census::of_escaped(&content), Some(naive(&text)));
            let slashes = content.replace('/', "\\/").replace('é', "\\u00e9").replace('🐢', "\\ud83d\\udc22");
            prop_assert_eq!(Census::of_escaped(&slashes), Some(naive(&text)));
            prop_assert_eq!(Text::new(text.as_str()).census(), Some(naive(&text)));
        }
    }

    #[test]
    fn a_lone_surrogate_has_no_count() {
        assert_eq!(Census::of_escaped("a\\ud800"), None);
    }
}
