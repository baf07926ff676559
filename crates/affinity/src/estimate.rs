use crate::CacheRule;
use switchback_units::{Millis, Money, Rate, Tokens};

/// A part in a million.
const MILLION: u128 = 1_000_000;

/// The size of a prompt, as far as caches care.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Prompt {
    /// Estimated input tokens.
    pub input: Tokens,
    /// Tokens up to the last breakpoint; all of them where the provider marks by itself.
    pub marked: Tokens,
    /// Tokens that an earlier request of the conversation had in common: all but the last user turn.
    pub history: Tokens,
    /// Estimated output tokens.
    pub output: Tokens,
}

/// What a candidate costs and how fast it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Facts {
    /// The price of an uncached input token.
    pub input: Rate,
    /// The price of an output token.
    pub output: Rate,
    /// How its cache works; none where it has none.
    pub rule: Option<CacheRule>,
    /// Tokens believed to be cached, before they are floored to what the rule keeps.
    pub believed: Tokens,
    /// How likely that is, in millionths.
    pub likely: u32,
    /// The time before any token is read, in microseconds.
    pub setup: u64,
    /// The time to read one uncached token, in nanoseconds.
    pub prefill: u64,
    /// The time to write one output token, in microseconds.
    pub decode: u64,
}

/// What a request is expected to cost at a candidate.
///
/// With hit probability `q`, `h` cached tokens of `L`, and `M` marked ones: `q·(read·h + write·(M−h) + (L−max(M,h))) +
/// (1−q)·(write·M + (L−M))` input tokens, and the output. What a cold route would have to write is in it, so that no
/// bonus for staying is needed. In whole pico-dollars; no floats.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Estimate {
    /// Input and output.
    pub money: Money,
    /// Until the answer is complete.
    pub time: Millis,
    /// Cached tokens that were counted on: what the rule keeps of the belief.
    pub cached: Tokens,
    /// Against the same candidate with a cold cache.
    pub saving: Saving,
}

/// What a warm cache saves.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Saving {
    /// Money; nothing where writing costs more than reading saves.
    pub money: Money,
    /// Time to the first token.
    pub time: Millis,
}

impl Estimate {
    /// The estimate for `prompt` at a candidate.
    ///
    /// ```
    /// use switchback_affinity::{CacheRule, Estimate, Facts, Prompt};
    /// use switchback_units::{Rate, Tokens};
    /// let prompt = Prompt { input: Tokens::new(20_000), marked: Tokens::new(20_000), ..Prompt::default() };
    /// let facts = |believed| Facts {
    ///     input: Rate::per_million("3").unwrap().value,
    ///     output: Rate::per_million("15").unwrap().value,
    ///     rule: CacheRule::of("anthropic", "claude-sonnet-4.5").copied(),
    ///     believed: Tokens::new(believed),
    ///     likely: 1_000_000,
    ///     setup: 0,
    ///     prefill: 0,
    ///     decode: 0,
    /// };
    /// let (warm, cold) = (Estimate::of(&prompt, &facts(20_000)), Estimate::of(&prompt, &facts(0)));
    /// assert_eq!((warm.money.to_string(), cold.money.to_string()), ("$0.006".to_owned(), "$0.075".to_owned()));
    /// assert_eq!(warm.saving.money, cold.money.saturating_sub(warm.money));
    /// ```
    pub fn of(prompt: &Prompt, facts: &Facts) -> Self {
        let cached = facts.cached(prompt);
        let warm = facts.money(prompt, cached);
        let cold = facts.money(prompt, Tokens::new(0));
        let (warm_time, cold_time) = (facts.first_token(prompt, cached), facts.first_token(prompt, Tokens::new(0)));
        let writing = u128::from(facts.decode) * u128::from(prompt.output.get()) * 1000;
        Self {
            money: warm,
            time: millis(warm_time + writing),
            cached,
            saving: Saving { money: cold.saturating_sub(warm), time: millis(cold_time.saturating_sub(warm_time)) },
        }
    }

    /// Money and time as one amount, a second being worth `second`.
    pub fn worth(&self, second: Money) -> Money {
        let time = second.saturating_mul(self.time.get()).pico_dollars() / 1000;
        self.money.saturating_add(Money::from_pico_dollars(time))
    }
}

impl Facts {
    /// What can be counted on of the belief.
    fn cached(&self, prompt: &Prompt) -> Tokens {
        let believed = Tokens::new(self.believed.get().min(prompt.input.get()));
        self.rule.map_or(Tokens::new(0), |rule| rule.kept(believed))
    }

    fn money(&self, prompt: &Prompt, cached: Tokens) -> Money {
        let (read, write) = self.rule.map_or((1000, 1000), |rule| (u128::from(rule.read), u128::from(rule.write)));
        let [all, marked, cached] = [prompt.input, prompt.marked, cached].map(|tokens| u128::from(tokens.get()));
        let marked = marked.min(all);
        let likely = if cached == 0 { 0 } else { u128::from(self.likely).min(MILLION) };
        // In thousandths of a token's price.
        let hit = read * cached + write * marked.saturating_sub(cached) + 1000 * (all - marked.max(cached).min(all));
        let miss = write * marked + 1000 * (all - marked);
        let input = (likely * hit + (MILLION - likely) * miss).saturating_mul(u128::from(self.input.pico_dollars()))
            / (1000 * MILLION);
        let output = u128::from(self.output.pico_dollars()) * u128::from(prompt.output.get());
        Money::from_pico_dollars(input.saturating_add(output))
    }

    /// In nanoseconds.
    fn first_token(&self, prompt: &Prompt, cached: Tokens) -> u128 {
        let likely = u128::from(self.likely).min(MILLION);
        let saved = likely * u128::from(cached.get()) / MILLION;
        let read = u128::from(prompt.input.get()).saturating_sub(saved);
        u128::from(self.setup) * 1000 + u128::from(self.prefill) * read
    }
}

fn millis(nanoseconds: u128) -> Millis {
    Millis::new(u64::try_from(nanoseconds / 1_000_000).unwrap_or(u64::MAX))
}
