//! Finding the bytes that matter in strings, on vectors: one look for what is short, sixty-four bytes at a time for the rest.
//!
//! The vectors are those of the `wide` crate: SSE2, NEON or SIMD128 where the target has them, else plain code with the
//! same answers. Nothing is chosen at run time.

use wide::u8x16;

/// A vector's bytes.
pub(super) const SHORT: usize = 16;
/// A block's bytes: one bit of a word each.
pub(super) const LONG: usize = 64;

/// String content that is no JSON: what was expected, and where.
pub(super) type Broken = (&'static str, usize);

/// The end of string content that was checked: the offset of its closing quote, and whether it holds escapes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Content {
    pub(super) end: usize,
    pub(super) escaped: bool,
}

/// The end of string content that begins at `start`, behind the opening quote, if it is short and plain, as most is:
/// names and words. [`long_string`] has the last word on everything else.
#[inline]
pub(super) fn short_string(bytes: &[u8], start: usize) -> Option<usize> {
    let block = block::<{ 2 * SHORT }>(bytes, start)?;
    let marked = marked_in(block.first_chunk()?) | marked_in(block.last_chunk()?) << SHORT;
    let length = marked.trailing_zeros() as usize;
    (block.get(length) == Some(&b'"')).then_some(start + length)
}

/// Checks the string content that begins at `start`, behind the opening quote.
pub(super) fn long_string(bytes: &[u8], start: usize) -> Result<Content, Broken> {
    let end = plain(bytes, start);
    match bytes.get(end) {
        Some(b'"') => Ok(Content { end, escaped: false }),
        Some(b'\\') => escaped_string(bytes, end).map(|end| Content { end, escaped: true }),
        Some(_) => Err((CONTROL, end)),
        None => Err((UNENDED, end)),
    }
}

/// Whether a string can hold the bytes as they are.
#[inline]
pub(super) fn is_plain(bytes: &[u8]) -> bool {
    if bytes.len() < SHORT { !bytes.iter().any(|byte| is_marked(*byte)) } else { plain(bytes, 0) == bytes.len() }
}

/// The offset, from `at` on, of the first quote, backslash or control character; the length if there is none.
fn plain(bytes: &[u8], mut at: usize) -> usize {
    for block in bytes.get(at..).unwrap_or_default().as_chunks::<LONG>().0 {
        let marked = unsafe_in_strings(block);
        if marked != 0 {
            return at + marked.trailing_zeros() as usize;
        }
        at += LONG;
    }
    plain_rest(bytes, at)
}

fn is_marked(byte: u8) -> bool {
    byte < 0x20 || matches!(byte, b'"' | b'\\')
}

/// As [`plain`], where less than a long block is left: in short ones, of which the last overlaps what was seen.
fn plain_rest(bytes: &[u8], mut at: usize) -> usize {
    while let Some(block) = block::<SHORT>(bytes, at) {
        let marked = marked_in(block);
        if marked != 0 {
            return at + marked.trailing_zeros() as usize;
        }
        at += SHORT;
    }
    let Some(last) = bytes.last_chunk::<SHORT>() else {
        let rest = bytes.get(at..).unwrap_or(&[]);
        return at + rest.iter().position(|byte| is_marked(*byte)).unwrap_or(rest.len());
    };
    let seen = (at + SHORT).saturating_sub(bytes.len());
    let marked = marked_in(last) >> seen;
    if marked == 0 { bytes.len() } else { at + marked.trailing_zeros() as usize }
}

/// The end of string content that holds escapes, from the first backslash on.
///
/// Escapes are told from their content by the parity of backslashes in a row, a block at a time, and never one by one:
/// code in JSON has one every ten bytes.
fn escaped_string(bytes: &[u8], start: usize) -> Result<usize, Broken> {
    let (mut at, mut carried) = (start, 0);
    loop {
        let whole = block::<LONG>(bytes, at);
        let block = whole.map_or_else(|| Block::of(&filled(bytes, at)), Block::of);
        match block.step(bytes, at, carried)? {
            Step::Closed { length } => return Ok(at + length),
            Step::Open { .. } if whole.is_none() => return Err((UNENDED, bytes.len())),
            Step::Open { carry } => (at, carried) = (at + LONG, carry),
        }
    }
}

/// What became of a block.
enum Step {
    /// The string ends in it, after so many bytes.
    Closed { length: usize },
    /// It goes on; the lowest bit says whether the block's last byte escapes what comes next.
    Open { carry: u64 },
}

/// What sixty-four bytes of string content hold, one bit a byte.
struct Block {
    quotes: u64,
    slashes: u64,
    controls: u64,
}

impl Block {
    #[inline]
    fn of(bytes: &[u8; LONG]) -> Self {
        let lanes = lanes(bytes);
        Self {
            quotes: gather(lanes, |lane| lane.simd_eq(u8x16::splat(b'"'))),
            slashes: gather(lanes, slash),
            controls: gather(lanes, |lane| at_most(lane, 0x1f)),
        }
    }

    /// Goes through the block, which begins at `at`; `carried` says whether its first byte is escaped.
    #[inline]
    fn step(&self, bytes: &[u8], at: usize, carried: u64) -> Result<Step, Broken> {
        if self.slashes | carried == 0 {
            let stops = self.quotes | self.controls;
            let length = stops.trailing_zeros() as usize;
            return match stops {
                0 => Ok(Step::Open { carry: 0 }),
                _ if self.quotes & lowest(stops) != 0 => Ok(Step::Closed { length }),
                _ => Err((CONTROL, at + length)),
            };
        }
        let (escaped, carry) = escaped(self.slashes, carried);
        let quotes = self.quotes & !escaped;
        let inside = below(quotes);
        let controls = self.controls & !escaped & inside;
        // Quotes and backslashes, which most escapes are for where JSON stands in JSON, need no second look.
        let mut letters = escaped & !(self.quotes | self.slashes) & inside & below(controls);
        while letters != 0 {
            let letter = at + letters.trailing_zeros() as usize;
            if !is_code(bytes, letter) {
                return Err((ESCAPE, letter - 1));
            }
            letters &= letters - 1;
        }
        if controls != 0 {
            return Err((CONTROL, at + controls.trailing_zeros() as usize));
        }
        let length = quotes.trailing_zeros() as usize;
        Ok(if quotes == 0 { Step::Open { carry } } else { Step::Closed { length } })
    }
}

/// Whether what stands at `at` may follow a backslash, quotes and backslashes apart.
#[inline]
fn is_code(bytes: &[u8], at: usize) -> bool {
    match bytes.get(at) {
        Some(b'b' | b'f' | b'n' | b'r' | b't' | b'/') => true,
        Some(b'u') => bytes.get(at + 1..at + 5).is_some_and(|hex| hex.iter().all(u8::is_ascii_hexdigit)),
        _ => false,
    }
}

const CONTROL: &str = "an escape for a control character in a string";
const ESCAPE: &str = "a valid escape in a string";
const UNENDED: &str = "the end of a string";

/// Which bytes a backslash escapes (`carried`: the first one), and whether the block's last byte is one that escapes the next block's first.
///
/// A run of backslashes escapes what follows it if it is odd: subtracting the bits where runs begin carries through each
/// run, and the parity of where the carry comes out tells its length.
#[inline]
pub(super) fn escaped(slashes: u64, carried: u64) -> (u64, u64) {
    const ODD: u64 = 0xAAAA_AAAA_AAAA_AAAA;
    let potential = slashes & !carried;
    let codes = ((potential << 1) | ODD).wrapping_sub(potential) ^ ODD;
    (codes ^ (slashes | carried), (codes & slashes) >> 63)
}

/// One bit a byte of `bytes`, for what a JSON string cannot hold as it is.
#[inline]
pub(super) fn unsafe_in_strings(bytes: &[u8; LONG]) -> u64 {
    match marks(bytes) {
        0 => 0,
        _ => gather(lanes(bytes), mark),
    }
}

/// One bit a byte of `bytes`, for backslashes.
#[inline]
pub(super) fn backslashes(bytes: &[u8; LONG]) -> u64 {
    gather(lanes(bytes), slash)
}

/// The bytes from `at` on, filled up with blanks, which neither end a string nor may follow a backslash.
pub(super) fn filled(bytes: &[u8], at: usize) -> [u8; LONG] {
    let mut block = [b' '; LONG];
    let rest = bytes.get(at..).unwrap_or(&[]);
    if let Some(room) = block.get_mut(..rest.len()) {
        room.copy_from_slice(rest);
    }
    block
}

/// The `N` bytes from `at` on, if there are so many.
#[inline]
pub(super) fn block<const N: usize>(bytes: &[u8], at: usize) -> Option<&[u8; N]> {
    bytes.get(at..)?.first_chunk()
}

/// The bits below the lowest one; all of them where there is none.
#[inline]
fn below(bits: u64) -> u64 {
    lowest(bits).wrapping_sub(1)
}

/// The lowest bit alone.
#[inline]
fn lowest(bits: u64) -> u64 {
    bits & bits.wrapping_neg()
}

/// Whether a quote, a backslash or a control character is among the bytes: not zero.
#[inline]
fn marks(bytes: &[u8; LONG]) -> u32 {
    let [a, b, c, d] = lanes(bytes);
    let least = turned(a).min(turned(b)).min(turned(c).min(turned(d)));
    let slashes = (slash(a) | slash(b)) | (slash(c) | slash(d));
    (at_most(least, b' ') | slashes).to_bitmask()
}

/// One bit a byte, for quotes, backslashes and control characters.
#[inline]
fn marked_in(bytes: &[u8; SHORT]) -> u32 {
    mark(u8x16::new(*bytes)).to_bitmask()
}

#[inline]
fn mark(lane: u8x16) -> u8x16 {
    at_most(turned(lane), b' ') | slash(lane)
}

/// The bytes with one bit turned that makes a space of a quote, the only byte that becomes one: then the control
/// characters and the quote are those up to the space.
#[inline]
fn turned(lane: u8x16) -> u8x16 {
    lane ^ u8x16::splat(b'"' ^ b' ')
}

#[inline]
pub(super) fn at_most(lane: u8x16, most: u8) -> u8x16 {
    lane.min(u8x16::splat(most)).simd_eq(lane)
}

#[inline]
fn slash(lane: u8x16) -> u8x16 {
    lane.simd_eq(u8x16::splat(b'\\'))
}

#[inline]
pub(super) fn lanes(bytes: &[u8; LONG]) -> [u8x16; 4] {
    let mut lanes = [u8x16::splat(0); 4];
    for (lane, chunk) in lanes.iter_mut().zip(bytes.as_chunks::<SHORT>().0) {
        *lane = u8x16::new(*chunk);
    }
    lanes
}

#[inline]
pub(super) fn gather(lanes: [u8x16; 4], mark: impl Fn(u8x16) -> u8x16) -> u64 {
    let [a, b, c, d] = lanes.map(|lane| u64::from(mark(lane).to_bitmask()));
    a | b << 16 | c << 32 | d << 48
}
