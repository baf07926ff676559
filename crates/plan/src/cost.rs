use serde::Serialize;
use switchback_catalog::{Endpoint, PriceKind};
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
struct Rates {
    input: Rate,
    output: Rate,
    cache_read: Rate,
    cache_write: Rate,
    request: Rate,
}

impl Rates {
    /// `None` when the price of input or output is unknown: then the cost is, too.
    fn of(endpoint: &Endpoint, prompt: Tokens) -> Option<Self> {
        let rate = |kind| endpoint.prices().rate(kind, prompt);
        let input = rate(PriceKind::Input)?;
        Some(Self {
            input,
            output: rate(PriceKind::Output)?,
            cache_read: rate(PriceKind::CacheRead).unwrap_or(input),
            cache_write: rate(PriceKind::CacheWrite).unwrap_or(input),
            request: rate(PriceKind::Request).unwrap_or(Rate::ZERO),
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
        let input = demand.input();

        let rates = Rates::of(endpoint, input.lower)?;
        let low = rates.cost(rates.input.min(rates.cache_read) * input.lower, answers(Tokens::new(1)));

        let rates = Rates::of(endpoint, demand.expected_input())?;
        let cached = cached.min(demand.expected_input());
        let fresh = demand.expected_input().saturating_sub(cached);
        let prompt = (rates.cache_read * cached).saturating_add(rates.input * fresh);
        let expected = rates.cost(prompt, answers(usual));

        let high = longest.zip(input.upper).and_then(|(longest, upper)| {
            let rates = Rates::of(endpoint, upper)?;
            let dearest = if demand.writes_cache() { rates.input.max(rates.cache_write) } else { rates.input };
            Some(rates.cost(dearest * upper, answers(longest)))
        });
        // Expectation and bounds come from different lines of a price list, so they are put in order here.
        Some(Self { low: low.min(expected), expected, high: high.map(|high| high.max(expected)) })
    }
}
