//! Bytes that event after event repeats, and the gaps between them for what changes.

use std::ops::Range;
use switchback_ir::json::{Cursor, Writer};
use switchback_ir::{Place, Text};

/// What changes from one delta of a block to the next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Gap {
    /// The delta's text.
    Text,
    /// The event's number.
    Number,
    /// A string that hides how long the text is.
    Padding,
}

/// What stands in the gaps of one event.
#[derive(Clone, Debug)]
pub(crate) struct Filling<'a> {
    pub(crate) text: Text<'a>,
    pub(crate) number: Option<u64>,
    pub(crate) padding: Option<Text<'a>>,
}

/// An event without what changes. Its bytes are read and written in their order, one comparison or one copy for each run
/// of them: equal bytes mean the same, so that nothing in them is looked at again.
#[derive(Debug, Default)]
pub(crate) struct Pattern {
    bytes: Vec<u8>,
    gaps: Vec<Hole>,
    /// Whether only brackets follow the last gap: white space between them says nothing, and some vendors pad with it.
    loose: bool,
}

#[derive(Clone, Debug)]
struct Hole {
    gap: Gap,
    /// Where in the pattern's bytes it is.
    at: usize,
    /// Where the value was in the payload that the pattern was learnt from.
    value: Range<usize>,
}

impl Pattern {
    /// Becomes the pattern of an event of which `payload` is what it says, and `before` and `after` the transport's.
    /// `gaps` are the values in it that change, in any order.
    pub(crate) fn learn(
        &mut self,
        [before, after]: [&[u8]; 2],
        payload: &str,
        gaps: impl IntoIterator<Item = (Gap, Range<usize>)>,
    ) {
        self.gaps.clear();
        self.gaps.extend(gaps.into_iter().map(|(gap, value)| Hole { gap, at: 0, value }));
        self.gaps.sort_unstable_by_key(|hole| hole.value.start);
        self.bytes.clear();
        self.bytes.extend_from_slice(before);
        let mut from = 0;
        for hole in &mut self.gaps {
            let run = payload.get(from..hole.value.start).unwrap_or_default();
            self.bytes.extend_from_slice(run.as_bytes());
            (hole.at, from) = (self.bytes.len(), hole.value.end);
        }
        let rest = payload.get(from..).unwrap_or_default();
        self.loose = rest.bytes().all(|byte| matches!(byte, b'}' | b']') || is_space(byte));
        self.bytes.extend_from_slice(rest.as_bytes());
        self.bytes.extend_from_slice(after);
    }

    /// Begins a pattern that is written and not learnt: an event without its gaps comes into the bytes, then
    /// [`gap`](Self::gap) for each.
    pub(crate) fn anew(&mut self) -> &mut Vec<u8> {
        self.gaps.clear();
        self.bytes.clear();
        &mut self.bytes
    }

    /// Says where a gap is, behind those that were said before.
    pub(crate) fn gap(&mut self, gap: Gap, at: usize) {
        self.gaps.push(Hole { gap, at, value: 0..0 });
    }

    /// What an event of this pattern holds; nothing for any other event, and for one that is not to be read by patterns.
    pub(crate) fn read<'a>(&self, data: &'a [u8]) -> Option<Filling<'a>> {
        let mut filling = Filling { text: Text::from(""), number: None, padding: None };
        let (mut from, mut rest) = (0, data);
        for hole in &self.gaps {
            rest = rest.strip_prefix(self.bytes.get(from..hole.at)?)?;
            from = hole.at;
            match hole.gap {
                Gap::Text => (filling.text, rest) = string(rest)?,
                Gap::Number => {
                    let (number, behind) = digits(rest)?;
                    (filling.number, rest) = (Some(number), behind);
                }
                Gap::Padding => {
                    let (padding, behind) = string(rest)?;
                    (filling.padding, rest) = (Some(padding), behind);
                }
            }
        }
        let ours = self.bytes.get(from..)?;
        (rest == ours || self.loose && dense(rest).eq(dense(ours))).then_some(filling)
    }

    /// Appends an event of this pattern; `fill` writes what stands in each gap.
    pub(crate) fn write(&self, out: &mut Vec<u8>, mut fill: impl FnMut(Gap, &mut Vec<u8>)) {
        let mut from = 0;
        for hole in &self.gaps {
            out.extend_from_slice(self.bytes.get(from..hole.at).unwrap_or_default());
            fill(hole.gap, out);
            from = hole.at;
        }
        out.extend_from_slice(self.bytes.get(from..).unwrap_or_default());
    }

    /// Where in an event with this filling that is which stood at `place` of the event that the pattern was learnt from.
    pub(crate) fn place(&self, place: Place, filling: &Filling<'_>) -> Place {
        let Some(offset) = place.offset() else { return place };
        let before = self.gaps.iter().filter(|hole| hole.value.start < offset);
        let moved = before.fold(offset, |offset, hole| offset + filling.length(hole.gap) - hole.value.len());
        Place::at(moved)
    }
}

impl Filling<'_> {
    /// Writes the value that stands in a gap.
    pub(crate) fn write(&self, gap: Gap, out: &mut Vec<u8>) {
        let mut json = Writer::new(out);
        match gap {
            Gap::Text => json.text(&self.text),
            Gap::Number => self.number.iter().for_each(|number| json.number(*number)),
            Gap::Padding => self.padding.iter().for_each(|padding| json.text(padding)),
        }
    }

    /// How many bytes of JSON the value is.
    fn length(&self, gap: Gap) -> usize {
        let quoted = |text: &Text<'_>| text.stored_len() + 2;
        match gap {
            Gap::Text => quoted(&self.text),
            Gap::Number => self.number.map_or(0, |number| number.to_string().len()),
            Gap::Padding => self.padding.as_ref().map_or(0, quoted),
        }
    }
}

fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\n' | b'\t' | b'\r')
}

/// `bytes` without white space.
fn dense(bytes: &[u8]) -> impl Iterator<Item = u8> {
    bytes.iter().copied().filter(|byte| !is_space(*byte))
}

/// The string that `bytes` begin with, and what follows it.
fn string(bytes: &[u8]) -> Option<(Text<'_>, &[u8])> {
    let text = std::str::from_utf8(bytes).ok().filter(|text| text.starts_with('"'))?;
    let mut cursor = Cursor::of(text);
    let string = cursor.string().ok()?;
    Some((string, bytes.get(cursor.progress().0..)?))
}

/// The number that `bytes` begin with, written as an integer is and small enough to be exact, and what follows it.
pub(crate) fn digits(bytes: &[u8]) -> Option<(u64, &[u8])> {
    let length = bytes.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let (digits, rest) = bytes.split_at_checked(length)?;
    let plain = length == 1 || (2..=15).contains(&length) && !digits.starts_with(b"0");
    plain.then(|| (digits.iter().fold(0, |number, digit| 10 * number + u64::from(digit - b'0')), rest))
}
