use crate::json::{Cursor, Kind};
use crate::{Protocol, RawJson, Text};

/// Token counts of a response. Absent is not zero.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// Input tokens, those read from and written to the prompt cache included.
    pub input: Option<u64>,
    /// Input tokens that were read from the prompt cache.
    pub cached: Option<u64>,
    /// Input tokens that were written to the prompt cache.
    pub cache_write: Option<u64>,
    /// Output tokens, reasoning included.
    pub output: Option<u64>,
    /// Output tokens that were spent on reasoning.
    pub reasoning: Option<u64>,
}

/// Where a protocol keeps each count of its `usage`, in the order of [`Usage`].
struct Paths {
    /// The path of members below it.
    paths: [&'static [&'static str]; 5],
    /// The count that has this name: comparisons that the compiler orders, by length first.
    find: fn(&str) -> Option<Count>,
}

/// One of the counts.
struct Count {
    /// Its index in [`Paths`].
    index: usize,
    /// The member that holds the object in which it stands, if that is not `usage` itself.
    within: Option<&'static str>,
}

/// Writes the paths as `index => "name"`, with `in "member"` for those one level below.
macro_rules! paths {
    ($($index:literal => $name:literal $(in $within:literal)?),* $(,)?) => {
        Paths {
            paths: [$(&[$($within,)? $name]),*],
            find: {
                fn find(name: &str) -> Option<Count> {
                    match name {
                        $($name => Some(Count { index: $index, within: paths!(@within $($within)?) }),)*
                        _ => None,
                    }
                }
                find
            },
        }
    };
    (@within) => { None };
    (@within $within:literal) => { Some($within) };
}

const fn usage_paths(protocol: Protocol) -> &'static Paths {
    const CHAT: &Paths = &paths! {
        0 => "prompt_tokens",
        1 => "cached_tokens" in "prompt_tokens_details",
        2 => "cache_write_tokens" in "prompt_tokens_details",
        3 => "completion_tokens",
        4 => "reasoning_tokens" in "completion_tokens_details",
    };
    const RESPONSES: &Paths = &paths! {
        0 => "input_tokens",
        1 => "cached_tokens" in "input_tokens_details",
        2 => "cache_write_tokens" in "input_tokens_details",
        3 => "output_tokens",
        4 => "reasoning_tokens" in "output_tokens_details",
    };
    const MESSAGES: &Paths = &paths! {
        0 => "input_tokens",
        1 => "cache_read_input_tokens",
        2 => "cache_creation_input_tokens",
        3 => "output_tokens",
        4 => "thinking_tokens" in "output_tokens_details",
    };
    match protocol {
        Protocol::Chat => CHAT,
        Protocol::Responses => RESPONSES,
        Protocol::Messages => MESSAGES,
    }
}

impl Usage {
    /// Reads a `usage` object of `protocol`.
    ///
    /// Messages counts the tokens of the prompt cache beside its input tokens, the other two within them.
    ///
    /// ```
    /// use switchback_ir::{Protocol, RawJson, Usage};
    /// let usage = RawJson::parse(r#"{"input_tokens":3,"cache_read_input_tokens":100,"output_tokens":5}"#)?;
    /// let usage = Usage::read(Protocol::Messages, &usage);
    /// assert_eq!((usage.input, usage.cached, usage.cache_write), (Some(103), Some(100), None));
    /// # Ok::<(), switchback_ir::json::Fault>(())
    /// ```
    pub fn read(protocol: Protocol, usage: &RawJson<'_>) -> Self {
        let mut counts = Counts::of(protocol);
        leaves(usage, |leaf| _ = counts.take(leaf));
        counts.usage()
    }

    /// Where `protocol` keeps each count: its name here, and the path of members below `usage`.
    pub const fn paths(protocol: Protocol) -> [(&'static str, &'static [&'static str]); 5] {
        let [input, cached, cache_write, output, reasoning] = usage_paths(protocol).paths;
        [
            ("input", input),
            ("cached", cached),
            ("cache_write", cache_write),
            ("output", output),
            ("reasoning", reasoning),
        ]
    }

    /// The paths below `usage` that [`Usage::read`] looks at, with the totals that follow from them.
    pub fn is_read(protocol: Protocol, path: &[&str]) -> bool {
        path == ["total_tokens"] || usage_paths(protocol).paths.contains(&path)
    }

    /// Input and output together, if both are known.
    pub fn total(&self) -> Option<u64> {
        Some(self.input?.saturating_add(self.output?))
    }

    /// Input tokens without those of the prompt cache, as Messages counts them.
    pub fn uncached_input(&self) -> Option<u64> {
        let within = self.cached.unwrap_or(0).saturating_add(self.cache_write.unwrap_or(0));
        self.input.map(|input| input.saturating_sub(within))
    }

    /// These counts, with those of `later` in the place of what it knows better: streams tell them in pieces.
    #[must_use]
    pub fn updated(self, later: Self) -> Self {
        Self {
            input: later.input.or(self.input),
            cached: later.cached.or(self.cached),
            cache_write: later.cache_write.or(self.cache_write),
            output: later.output.or(self.output),
            reasoning: later.reasoning.or(self.reasoning),
        }
    }
}

/// The counts of a `usage` object, as they come up.
pub(crate) struct Counts {
    protocol: Protocol,
    paths: &'static Paths,
    found: [Option<u64>; 5],
}

impl Counts {
    pub(crate) const fn of(protocol: Protocol) -> Self {
        Self { protocol, paths: usage_paths(protocol), found: [None; 5] }
    }

    /// Whether a leaf is one of the counts, and says it; the first one does.
    pub(crate) fn take(&mut self, leaf: &Leaf<'_, '_>) -> bool {
        let Some(Count { index, within }) = (self.paths.find)(leaf.name) else { return false };
        if !leaf.stands(within) {
            return false;
        }
        let Some(slot) = self.found.get_mut(index) else { return false };
        *slot = slot.or(leaf.count);
        leaf.count.is_some()
    }

    pub(crate) fn usage(self) -> Usage {
        let [input, cached, cache_write, output, reasoning] = self.found;
        let beside = match self.protocol {
            Protocol::Messages => cached.unwrap_or(0).saturating_add(cache_write.unwrap_or(0)),
            Protocol::Chat | Protocol::Responses => 0,
        };
        Usage { input: input.map(|input| input.saturating_add(beside)), cached, cache_write, output, reasoning }
    }
}

/// A leaf of an object, or of an object in it.
pub(crate) struct Leaf<'n, 'v> {
    /// The member that holds the object in which it stands, if that is not the outer one.
    within: Option<&'n Text<'v>>,
    name: &'n str,
    /// The outer object, and where in it the value begins and ends.
    object: &'v str,
    pub(crate) offset: usize,
    end: usize,
    /// The value as an unsigned integer, if it is one.
    pub(crate) count: Option<u64>,
}

impl<'v> Leaf<'_, 'v> {
    /// The value: cut out only where it is asked for, as counts need not be.
    pub(crate) fn value(&self) -> RawJson<'v> {
        RawJson::checked(self.object.get(self.offset..self.end).unwrap_or("null"))
    }

    /// Whether it stands in the outer object under this name.
    pub(crate) fn is(&self, name: &str) -> bool {
        self.within.is_none() && self.name == name
    }

    /// Whether it stands in the object that member `within` holds, or in the outer one.
    fn stands(&self, within: Option<&str>) -> bool {
        match (self.within, within) {
            (Some(outer), Some(within)) => *outer == *within,
            (outer, within) => outer.is_none() && within.is_none(),
        }
    }
}

/// Calls `visit` with each leaf of an object and of the objects in it.
pub(crate) fn leaves<'v>(object: &'v RawJson<'_>, mut visit: impl FnMut(&Leaf<'_, 'v>)) {
    let object = object.as_str();
    let mut cursor = Cursor::of(object);
    let Ok(mut members) = cursor.open_object() else { return };
    let mut outer = None;
    loop {
        let Ok(next) = cursor.next_key(&mut members) else { return };
        let Some(name) = next else {
            let Some((_, behind)) = outer.take() else { return };
            members = behind;
            continue;
        };
        if outer.is_none() && cursor.peek() == Ok(Kind::Object) {
            let Ok(inner) = cursor.open_object() else { return };
            outer = Some((name, std::mem::replace(&mut members, inner)));
            continue;
        }
        let (offset, _) = cursor.progress();
        let Ok(count) = cursor.skip_count() else { return };
        let (end, _) = cursor.progress();
        let within = outer.as_ref().map(|(name, _)| name);
        visit(&Leaf { within, name: &name.word(), object, offset, end, count });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_count_is_what_the_number_is_however_it_is_written() {
        let most = u64::MAX.to_string();
        for number in
            ["0", "7", "980", &most, "18446744073709551616", "16.0", "1.6e1", "1E1", "0.5", "-1", "-0", "\"5\""]
        {
            let usage = format!(r#"{{"output_tokens": {number}, "x": {{"output_tokens": 3}}}}"#);
            let read = Usage::read(Protocol::Messages, &RawJson::parse(&usage).unwrap()).output;
            assert_eq!(read, RawJson::parse(number).unwrap().as_u64(), "{number}");
        }
    }
}
