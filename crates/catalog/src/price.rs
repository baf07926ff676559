use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};
use switchback_units::{Rate, Tokens};

use crate::words::words;
words! {
    /// What a price is for. The unit is part of the kind: a token unless it says otherwise.
    #[non_exhaustive]
    pub enum PriceKind as "price" {
        /// An input token that no cache served.
        Input = "input",
        /// An output token.
        Output = "output",
        /// An input token read from the prompt cache.
        CacheRead = "cache_read",
        /// An input token written to the prompt cache with the provider's default lifetime (5 minutes at Anthropic).
        CacheWrite = "cache_write",
        /// An input token written to the prompt cache for an hour.
        CacheWrite1h = "cache_write_1h",
        /// An output token of reasoning, where it costs another price than other output.
        Reasoning = "reasoning",
        /// An input token of sound.
        InputAudio = "input_audio",
        /// An output token of sound.
        OutputAudio = "output_audio",
        /// An input token of sound read from the prompt cache.
        CacheReadAudio = "cache_read_audio",
        /// An input token of sound written to the prompt cache.
        CacheWriteAudio = "cache_write_audio",
        /// An input token of an image.
        InputImageToken = "input_image_token",
        /// An output token of an image.
        OutputImageToken = "output_image_token",
        /// An input token of an image read from the prompt cache.
        CacheReadImage = "cache_read_image",
        /// A request.
        Request = "request",
        /// A web search that the provider runs.
        WebSearch = "web_search",
        /// An image sent.
        InputImage = "input_image",
        /// An image made.
        OutputImage = "output_image",
        /// A pixel sent.
        InputPixel = "input_pixel",
        /// A pixel made.
        OutputPixel = "output_pixel",
        /// A character sent.
        InputCharacter = "input_character",
        /// A character made.
        OutputCharacter = "output_character",
        /// A second of input.
        InputSecond = "input_second",
        /// A second of output.
        OutputSecond = "output_second",
        /// A second of sound sent.
        InputAudioSecond = "input_audio_second",
        /// A second of video sent.
        InputVideoSecond = "input_video_second",
        /// A second of video made.
        OutputVideoSecond = "output_video_second",
        /// A page read.
        Page = "page",
    }
}

impl PriceKind {
    /// Whether the unit is a token, which people price by the million.
    pub const fn is_per_token(self) -> bool {
        matches!(
            self,
            Self::Input
                | Self::Output
                | Self::CacheRead
                | Self::CacheWrite
                | Self::CacheWrite1h
                | Self::Reasoning
                | Self::InputAudio
                | Self::OutputAudio
                | Self::CacheReadAudio
                | Self::CacheWriteAudio
                | Self::InputImageToken
                | Self::OutputImageToken
                | Self::CacheReadImage
        )
    }
}

/// Rates by kind. A kind that is not there has an unknown price, which is neither zero nor infinite.
///
/// ```
/// use switchback_catalog::{PriceKind, PriceList};
/// use switchback_units::Rate;
///
/// let mut list = PriceList::default();
/// list.set(PriceKind::Input, Rate::per_million("2.50")?.value);
/// assert_eq!(list.rate(PriceKind::Input).map(|rate| rate.to_string()).as_deref(), Some("$2.50/M"));
/// assert_eq!(list.rate(PriceKind::Output), None);
/// # Ok::<(), switchback_units::DecimalError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct PriceList {
    /// Sorted by kind, each at most once.
    rates: Vec<(PriceKind, Rate)>,
}

impl PriceList {
    /// Sets the rate of `kind`, over what was there.
    pub fn set(&mut self, kind: PriceKind, rate: Rate) {
        match self.rates.binary_search_by_key(&kind, |(kind, _)| *kind) {
            Ok(at) => {
                if let Some(entry) = self.rates.get_mut(at) {
                    entry.1 = rate;
                }
            }
            Err(at) => self.rates.insert(at, (kind, rate)),
        }
    }

    /// The rate of `kind`; `None` when unknown.
    pub fn rate(&self, kind: PriceKind) -> Option<Rate> {
        self.iter().find(|(known, _)| *known == kind).map(|(_, rate)| rate)
    }

    /// Every known rate, ordered by kind.
    pub fn iter(&self) -> impl Iterator<Item = (PriceKind, Rate)> {
        self.rates.iter().copied()
    }

    /// Whether no price is known.
    pub fn is_empty(&self) -> bool {
        self.rates.is_empty()
    }

    /// Whether at least one price is known and every known one is zero.
    pub fn is_free(&self) -> bool {
        !self.is_empty() && self.iter().all(|(_, rate)| rate == Rate::ZERO)
    }
}

impl FromIterator<(PriceKind, Rate)> for PriceList {
    fn from_iter<I: IntoIterator<Item = (PriceKind, Rate)>>(rates: I) -> Self {
        let mut list = Self::default();
        for (kind, rate) in rates {
            list.set(kind, rate);
        }
        list
    }
}

impl Serialize for PriceList {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.iter())
    }
}

/// The prices of an endpoint: a base list, dearer lists for long prompts, and the discount for batches.
///
/// A list for long prompts holds only the kinds that change; the base list gives the rest.
///
/// ```
/// use switchback_catalog::{PriceKind, PriceList, Prices};
/// use switchback_units::{Rate, Tokens};
///
/// let rate = |text| Rate::per_million(text).map(|parsed| parsed.value);
/// let mut prices = Prices::default();
/// prices.base.set(PriceKind::Input, rate("2.50")?);
/// prices.base.set(PriceKind::Output, rate("15")?);
/// prices.set_above(Tokens::new(272_000), PriceList::from_iter([(PriceKind::Input, rate("5")?)]));
///
/// assert_eq!(prices.rate(PriceKind::Input, Tokens::new(272_000)), Some(rate("2.50")?));
/// assert_eq!(prices.rate(PriceKind::Input, Tokens::new(272_001)), Some(rate("5")?));
/// assert_eq!(prices.rate(PriceKind::Output, Tokens::new(272_001)), Some(rate("15")?));
/// # Ok::<(), switchback_units::DecimalError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Prices {
    /// What holds unless a list below says otherwise.
    pub base: PriceList,
    /// What holds in the provider's batch API, which Switchback prices and does not route to.
    pub batch: PriceList,
    /// Sorted by threshold, each at most once.
    above: Vec<(Tokens, PriceList)>,
}

impl Prices {
    /// Sets the list for prompts of more than `threshold` input tokens.
    pub fn set_above(&mut self, threshold: Tokens, list: PriceList) {
        match self.above.binary_search_by_key(&threshold, |(threshold, _)| *threshold) {
            Ok(at) => {
                if let Some(entry) = self.above.get_mut(at) {
                    entry.1 = list;
                }
            }
            Err(at) => self.above.insert(at, (threshold, list)),
        }
    }

    /// The lists for prompts of more input tokens than their threshold, the lowest threshold first.
    pub fn above(&self) -> &[(Tokens, PriceList)] {
        &self.above
    }

    /// The rate of `kind` in a request of that many input tokens; `None` when unknown.
    ///
    /// The highest threshold that the prompt exceeds decides, for the whole request: that is how the providers that
    /// have such lists bill (`OpenAI` and Google price lists, read through models.dev, 2026-05).
    pub fn rate(&self, kind: PriceKind, input: Tokens) -> Option<Rate> {
        self.rate_and_threshold(kind, input).map(|(rate, _)| rate)
    }

    /// Calls back with every rate in a request of that many input tokens; of two of one kind the later holds.
    #[inline]
    pub fn each_rate(&self, input: Tokens, visit: &mut impl FnMut(PriceKind, Rate)) {
        let mut all = |list: &PriceList| list.iter().for_each(|(kind, rate)| visit(kind, rate));
        all(&self.base);
        self.above.iter().filter(|(threshold, _)| input > *threshold).for_each(|(_, list)| all(list));
    }

    /// As [`rate`](Self::rate), with the threshold of the list that it is from; `None` for the base list.
    pub fn rate_and_threshold(&self, kind: PriceKind, input: Tokens) -> Option<(Rate, Option<Tokens>)> {
        self.above
            .iter()
            .rev()
            .filter(|(threshold, _)| input > *threshold)
            .find_map(|(threshold, list)| Some((list.rate(kind)?, Some(*threshold))))
            .or_else(|| Some((self.base.rate(kind)?, None)))
    }

    /// Whether nothing is known.
    pub fn is_empty(&self) -> bool {
        self.base.is_empty() && self.batch.is_empty() && self.above.is_empty()
    }
}

impl From<PriceList> for Prices {
    /// Prices with no other list than the base.
    fn from(base: PriceList) -> Self {
        Self { base, ..Self::default() }
    }
}

impl Serialize for Prices {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("base", &self.base)?;
        if !self.batch.is_empty() {
            map.serialize_entry("batch", &self.batch)?;
        }
        for (threshold, list) in &self.above {
            map.serialize_entry(&format!("above_{threshold}"), list)?;
        }
        map.end()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rate(dollars: &str) -> Rate {
        Rate::per_million(dollars).unwrap().value
    }

    #[test]
    fn unknown_is_neither_free_nor_zero() {
        assert!(!PriceList::default().is_free());
        assert!(PriceList::from_iter([(PriceKind::Input, Rate::ZERO)]).is_free());
        assert!(!PriceList::from_iter([(PriceKind::Input, Rate::ZERO), (PriceKind::Output, rate("1"))]).is_free());
    }

    #[test]
    fn the_highest_threshold_that_is_exceeded_decides() {
        let mut prices = Prices::default();
        prices.base.set(PriceKind::Input, rate("1"));
        prices.set_above(Tokens::new(200), PriceList::from_iter([(PriceKind::Input, rate("3"))]));
        prices.set_above(Tokens::new(100), PriceList::from_iter([(PriceKind::Input, rate("2"))]));
        prices.set_above(Tokens::new(300), PriceList::from_iter([(PriceKind::Output, rate("9"))]));
        for (input, expected) in [(0, "1"), (100, "1"), (101, "2"), (200, "2"), (201, "3"), (301, "3")] {
            assert_eq!(prices.rate(PriceKind::Input, Tokens::new(input)), Some(rate(expected)), "{input}");
            let mut last = None;
            prices.each_rate(Tokens::new(input), &mut |kind, rate| {
                last = if kind == PriceKind::Input { Some(rate) } else { last };
            });
            assert_eq!(last, Some(rate(expected)), "{input}");
        }
        assert_eq!(prices.rate(PriceKind::Output, Tokens::new(300)), None);
        assert_eq!(prices.rate(PriceKind::Output, Tokens::new(301)), Some(rate("9")));
    }

    #[test]
    fn setting_a_kind_twice_keeps_the_last() {
        let list = PriceList::from_iter([
            (PriceKind::Output, rate("1")),
            (PriceKind::Input, rate("2")),
            (PriceKind::Output, rate("3")),
        ]);
        assert_eq!(list.iter().collect::<Vec<_>>(), [(PriceKind::Input, rate("2")), (PriceKind::Output, rate("3"))]);
    }
}
