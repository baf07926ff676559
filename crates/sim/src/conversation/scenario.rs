//! What is simulated of conversations: a section of a scenario.

use serde::Deserialize;

/// Conversations instead of single requests: what caches hold of them, and what that costs.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[non_exhaustive]
pub struct Conversations {
    /// How many are under way at any time.
    pub live: u64,
    /// How many turns one has, at the mean; from 1 to twice that less 1, all alike.
    pub turns: u64,
    /// Applications, each with instructions and tools of its own that its conversations begin with.
    pub apps: u64,
    /// The share of conversations of the first application; 0 for as many as any other has.
    pub hot: f64,
    /// Tokens of an application's instructions and tools.
    pub app_tokens: u64,
    /// Tokens that a turn adds.
    pub turn_tokens: u64,
    /// Seconds from an answer to the next turn, at the mean; exponential.
    pub gap_s: u64,
    /// The share of gaps that are long: from half to three halves of `long_gap_s`.
    pub long_gaps: f64,
    /// Seconds of a long gap.
    pub long_gap_s: u64,
    /// List prices of an uncached token by provider; the last one holds for the rest.
    pub prices: Vec<f64>,
    /// The price of a token that is written to a cache, in list prices.
    pub write: f64,
    /// The price of a token that is read from one.
    pub read: f64,
    /// How long a cache keeps what was written or read.
    pub lifetime_s: u64,
    /// By how much a score that is measured anew for every request is off: the standard deviation, as a share.
    pub noise: f64,
    /// The share of the time that a provider is down, by itself.
    pub outages: f64,
    /// How long such an outage lasts.
    pub outage_s: u64,
    /// How often replicas tell each other what they believe, where they do.
    pub merge_s: u64,
    /// What a conversation's affinity key is made of.
    pub key: KeyOf,
    /// Whether routes over their share of the requests in flight are passed over.
    pub bounded: bool,
    /// Requests a minute of one upstream key that one machine of a provider serves; what comes beyond goes to another.
    pub per_key: Option<u32>,
    /// When the first provider's cache stops to hold anything, and when it holds again.
    pub lies: Option<(u64, u64)>,
    /// Rules to compare with.
    pub against: Vec<Routing>,
}

impl Default for Conversations {
    /// Chats of eight turns with 6,000 tokens before them, at three hosts of one model.
    fn default() -> Self {
        Self {
            live: 300,
            turns: 8,
            apps: 20,
            hot: 0.0,
            app_tokens: 6_000,
            turn_tokens: 1_500,
            gap_s: 60,
            long_gaps: 0.12,
            long_gap_s: 600,
            prices: vec![1.0, 1.02, 1.05],
            write: 1.25,
            read: 0.1,
            lifetime_s: 300,
            noise: 0.1,
            outages: 0.02,
            outage_s: 120,
            merge_s: 5,
            key: KeyOf::Conversation,
            bounded: false,
            per_key: None,
            lies: None,
            against: Vec::new(),
        }
    }
}

impl Conversations {
    /// What makes no sense, in words.
    pub(crate) fn validate(&self) -> Result<(), String> {
        let numbers = [
            ("live", self.live, 100_000),
            ("turns", self.turns, 1_000),
            ("apps", self.apps, 100_000),
            ("app_tokens", self.app_tokens, 1_000_000),
            ("turn_tokens", self.turn_tokens, 1_000_000),
            ("gap_s", self.gap_s, 86_400),
            ("long_gap_s", self.long_gap_s, 864_000),
            ("lifetime_s", self.lifetime_s, 864_000),
            ("outage_s", self.outage_s, 86_400),
            ("merge_s", self.merge_s, 86_400),
        ];
        match numbers.into_iter().find(|(_, number, most)| !(1..=*most).contains(number)) {
            Some((name, number, most)) => Err(format!("`{name}` of {number} in conversations, expected 1 to {most}")),
            None if self.prices.is_empty() => Err("no prices in conversations".to_owned()),
            None => Ok(()),
        }
    }
}

/// What an affinity key is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(clippy::exhaustive_enums, reason = "what is simulated")]
pub enum KeyOf {
    /// Each conversation has its own.
    Conversation,
    /// All conversations of an application send the same `prompt_cache_key`.
    App,
}

/// Who decides where a turn goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(clippy::exhaustive_enums, reason = "the rules that are built")]
pub enum Routing {
    /// Any provider, each time.
    Random,
    /// The best score of the moment, whatever caches hold.
    Best,
    /// Each replica keeps a conversation where it last sent it itself.
    Sticky,
    /// Switchback, and what each replica learned of single prompts by itself.
    Local,
    /// The same, told to each other every `merge_s`.
    Merged,
    /// Switchback without the bound on requests in flight.
    Unbounded,
    /// Switchback with one upstream key for all conversations of an application.
    Undivided,
    /// Who knows what every cache holds.
    Perfect,
}

impl Routing {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Random => "random",
            Self::Best => "best",
            Self::Sticky => "sticky",
            Self::Local => "local",
            Self::Merged => "merged",
            Self::Unbounded => "unbounded",
            Self::Undivided => "undivided",
            Self::Perfect => "perfect",
        }
    }
}
