//! Tokens without a tokenizer: bytes times a factor for each kind of text, calibrated by what providers report.

use switchback_units::Tokens;

/// A kind of text, by how many tokens a byte of it makes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TextClass {
    /// Prose: a quarter of a token for a byte of ASCII, and 0.55 for any other.
    Prose,
    /// JSON and code: 0.3, and 0.55.
    Code,
    /// Base64 and references, which no model reads as text: images are counted otherwise.
    Opaque,
}

/// Millionths of a token: sums of them do not depend on how a text was cut.
pub(crate) const MICRO: u64 = 1_000_000;

impl TextClass {
    /// Estimated tokens of a text, in millionths. Cost: a pass over a quarter of it.
    pub(crate) fn micro_tokens(self, text: &[u8]) -> u64 {
        let narrow = match self {
            Self::Prose => 250_000,
            Self::Code => 300_000,
            Self::Opaque => return 0,
        };
        let wide = wide_bytes(text);
        (text.len() as u64 - wide).saturating_mul(narrow).saturating_add(wide.saturating_mul(550_000))
    }

    /// Estimated tokens of a text, before anything is learned.
    ///
    /// ```
    /// use switchback_affinity::TextClass;
    /// assert_eq!(TextClass::Prose.tokens("four letters a token").get(), 5);
    /// ```
    pub fn tokens(self, text: &str) -> Tokens {
        Tokens::new(self.micro_tokens(text.as_bytes()) / MICRO)
    }
}

/// How many bytes are not ASCII: of long texts a quarter is looked at, evenly spread. To look at all of them took as long as
/// hashing them, and the factor that they are multiplied by is a rougher guess.
fn wide_bytes(text: &[u8]) -> u64 {
    const BLOCK: usize = 4096;
    const SAMPLE: usize = BLOCK / 4;
    let wide = |block: &[u8]| {
        let sample = block.get(..SAMPLE).unwrap_or(block);
        if sample.is_ascii() {
            return 0;
        }
        let wide = sample.iter().filter(|byte| !byte.is_ascii()).count() as u64;
        wide * block.len() as u64 / sample.len() as u64
    };
    text.chunks(BLOCK).map(wide).sum()
}

/// What a model family's tokens turn out to be against the estimates: a ratio of two sums.
///
/// ```
/// use switchback_affinity::Calibration;
/// use switchback_units::Tokens;
/// let mut learned = Calibration::default();
/// assert_eq!(learned.correct(Tokens::new(100)), Tokens::new(100));
/// for _ in 0..100 {
///     learned.record(Tokens::new(1000), Tokens::new(1200));
/// }
/// assert_eq!(learned.correct(Tokens::new(100)), Tokens::new(119));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Calibration {
    estimated: u64,
    reported: u64,
}

impl Default for Calibration {
    /// Estimates are right, with the weight of 4,096 tokens.
    fn default() -> Self {
        Self { estimated: 4096, reported: 4096 }
    }
}

impl Calibration {
    /// Learns from the usage of one response. The sums are halved now and then, so that the past is forgotten.
    pub fn record(&mut self, estimated: Tokens, reported: Tokens) {
        self.estimated = self.estimated.saturating_add(estimated.get().min(1 << 32));
        self.reported = self.reported.saturating_add(reported.get().min(1 << 32));
        if self.estimated > 1 << 40 {
            self.estimated /= 2;
            self.reported /= 2;
        }
    }

    /// An estimate as it is likely to be reported: at least a quarter and at most four times it.
    pub fn correct(&self, estimated: Tokens) -> Tokens {
        let value = u128::from(estimated.get()) * u128::from(self.reported) / u128::from(self.estimated.max(1));
        let value = u64::try_from(value).unwrap_or(u64::MAX);
        Tokens::new(value.clamp(estimated.get() / 4, estimated.get().saturating_mul(4)))
    }
}
