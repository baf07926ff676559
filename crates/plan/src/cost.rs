use serde::Serialize;
use switchback_catalog::{Endpoint, PriceKind, Prices};
use switchback_units::{Money, Rate, Tokens};

use crate::{Assume, Demand};

/// What a request is expected to cost at an endpoint, and between which amounts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[expect(clippy::exhaustive_structs, reason = "an interval with its expectation, nothing to add")]
pub struct Cost {
    /// The shortest input, read from the cache where there is a price for that, and an answer of one token.
    pub low: Money,
    /// The expected input, with what the cache is expected to hold, and an answer of the expected length.
    pub expected: Money,
    /// The longest input and the longest answer that the request and the endpoint allow; `None` when one of them has
    /// no bound.
    pub high: Option<Money>,
}

/// The rates of one endpoint for a prompt of one length.
#[derive(Clone, Copy)]
struct Rates {
    input: Rate,
    output: Rate,
    cache_read: Rate,
    cache_write: Rate,
    request: Rate,
}

impl Rates {
    /// `None` when the price of input or output is unknown: then the cost is, too.
    fn of(prices: &Prices, prompt: Tokens) -> Option<Self> {
        let (mut input, mut output, mut cache_read, mut cache_write, mut request) = (None, None, None, None, None);
        prices.each_rate(prompt, &mut |kind, rate| {
            let line = if kind == PriceKind::Input {
                &mut input
            } else if kind == PriceKind::Output {
                &mut output
            } else if kind == PriceKind::CacheRead {
                &mut cache_read
            } else if kind == PriceKind::CacheWrite {
                &mut cache_write
            } else if kind == PriceKind::Request {
                &mut request
            } else {
                return;
            };
            *line = Some(rate);
        });
        let input = input?;
        Some(Self {
            input,
            output: output?,
            cache_read: cache_read.unwrap_or(input),
            cache_write: cache_write.unwrap_or(input),
            request: request.unwrap_or(Rate::ZERO),
        })
    }

    fn cost(&self, input: Money, output: Tokens) -> Money {
        input.saturating_add(self.output * output).saturating_add(self.request * 1)
    }
}

impl Cost {
    /// The cost of a request at an endpoint, of whose prompt `cached` tokens are expected in the cache; `None` when
    /// the price of input or output is unknown, which is neither zero nor infinite.
    pub(crate) fn of(endpoint: &Endpoint, demand: &Demand, assume: &Assume, cached: Tokens) -> Option<Self> {
        let longest = demand.max_output().or_else(|| endpoint.offer().output_limit());
        let usual = Tokens::new(assume.output_tokens);
        let usual = longest.map_or(usual, |longest| usual.min(longest));
        let answers = |tokens: Tokens| Tokens::new(tokens.get().saturating_mul(demand.choices()));
        let (input, prices) = (demand.input(), endpoint.prices());
        let rates = Rates::of(prices, demand.expected_input())?;
        // Most price lists are one for prompts of every length.
        let is_one = prices.above().is_empty();
        let rates_of = |prompt| if is_one { Some(rates) } else { Rates::of(prices, prompt) };

        let cached = cached.min(demand.expected_input());
        let fresh = demand.expected_input().saturating_sub(cached);
        let prompt = (rates.cache_read * cached).saturating_add(rates.input * fresh);
        let expected = rates.cost(prompt, answers(usual));

        let least = rates_of(input.lower)?;
        let low = least.cost(least.input.min(least.cache_read) * input.lower, answers(Tokens::new(1)));

        let high = longest.zip(input.upper).and_then(|(longest, upper)| {
            let rates = rates_of(upper)?;
            let dearest = if demand.writes_cache() { rates.input.max(rates.cache_write) } else { rates.input };
            Some(rates.cost(dearest * upper, answers(longest)))
        });
        // Expectation and bounds come from different lines of a price list, so they are put in order here.
        Some(Self { low: low.min(expected), expected, high: high.map(|high| high.max(expected)) })
    }
}
