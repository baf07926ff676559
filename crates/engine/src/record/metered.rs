use serde::{Deserialize, Serialize};
use switchback_catalog::{Bill, PriceKind, Prices, Quantity, Row};
use switchback_ir::{Field, Key, Name, Owner, Protocol, RawJson, Response, Usage};
use switchback_units::Tokens;

/// What an answer says was used, as far as it has a price. What is `None` was not reported, which is not zero.
///
/// Counts are inclusive, as in [`Usage`]: input has what the cache served and took, output has reasoning.
///
/// ```
/// use switchback::ir::{Protocol, RawJson};
/// use switchback::record::Metered;
///
/// let usage = r#"{"input_tokens": 3, "cache_creation_input_tokens": 30, "output_tokens": 5,
///     "cache_creation": {"ephemeral_5m_input_tokens": 10, "ephemeral_1h_input_tokens": 20},
///     "server_tool_use": {"web_search_requests": 2}, "service_tier": "standard"}"#;
/// let metered = Metered::read(Protocol::Messages, &RawJson::parse(usage)?);
/// assert_eq!((metered.input, metered.cache_write, metered.cache_write_1h), (Some(33), Some(30), Some(20)));
/// assert_eq!((metered.web_searches, metered.tier.as_deref()), (Some(2), Some("standard")));
/// # Ok::<(), switchback::ir::json::Fault>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[non_exhaustive]
pub struct Metered {
    /// Input tokens, those read from and written to the prompt cache included.
    pub input: Option<u64>,
    /// Of these, read from the prompt cache.
    pub cached: Option<u64>,
    /// Of these, written to the prompt cache, with whatever lifetime.
    pub cache_write: Option<u64>,
    /// Of those written, with a lifetime of an hour.
    pub cache_write_1h: Option<u64>,
    /// Of the input, sound.
    pub input_audio: Option<u64>,
    /// Output tokens, reasoning included.
    pub output: Option<u64>,
    /// Of these, reasoning.
    pub reasoning: Option<u64>,
    /// Of these, sound.
    pub output_audio: Option<u64>,
    /// Searches of the web that the provider ran.
    pub web_searches: Option<u64>,
    /// The class of service that the answer names, in the provider's word.
    pub tier: Option<String>,
}

impl Metered {
    /// Nothing was used: for an attempt of which it is known that it costs nothing, such as one that never connected.
    pub fn nothing() -> Self {
        Self { input: Some(0), output: Some(0), ..Self::default() }
    }

    /// Reads a `usage` object of `protocol`.
    pub fn read(protocol: Protocol, usage: &RawJson<'_>) -> Self {
        let count = |outer: &str, name: &str| usage.member(outer)?.0.member(name)?.0.as_u64();
        let tier = usage.member("service_tier").and_then(|(tier, _)| Some(tier.as_text()?.word().into_owned()));
        let counts = Self { tier, ..Self::from(Usage::read(protocol, usage)) };
        match protocol {
            Protocol::Messages => Self {
                cache_write_1h: count("cache_creation", "ephemeral_1h_input_tokens"),
                web_searches: count("server_tool_use", "web_search_requests"),
                ..counts
            },
            Protocol::Chat => Self {
                input_audio: count("prompt_tokens_details", "audio_tokens"),
                output_audio: count("completion_tokens_details", "audio_tokens"),
                ..counts
            },
            Protocol::Responses => counts,
        }
    }

    /// Reads a whole answer: its usage, its class of service and the searches it counts. `None` without usage.
    pub fn of(response: &Response<'_>) -> Option<Self> {
        let usage = Self::read(response.origin()?, response.leaf(Key::Usage)?);
        let tier = response.leaf(Key::ServiceTier).and_then(|tier| Some(tier.as_text()?.word().into_owned()));
        let searches = counted_searches(response);
        Some(Self { tier: usage.tier.clone().or(tier), web_searches: usage.web_searches.or(searches), ..usage })
    }

    /// The same in that class of service.
    #[must_use]
    pub fn in_tier(self, tier: &str) -> Self {
        Self { tier: Some(tier.to_owned()), ..self }
    }

    /// What this costs by the prices of a catalog's row: the row of the class of service that answered.
    ///
    /// What a list has no price of its own for is part of what it is counted in: reasoning and sound. Cached input is
    /// not: where its price is unknown its cost is. A part that nobody reports is taken for none of the whole.
    ///
    /// ```
    /// use switchback::catalog::{PriceKind, Row};
    /// use switchback::units::Rate;
    /// use switchback::{ir::Usage, record::Metered};
    ///
    /// let mut row = Row::new("my-cluster", "llama-3.3-70b-instruct");
    /// row.prices.base.set(PriceKind::Input, Rate::per_million("0.60")?.value);
    /// let usage = Usage { input: Some(1_000), output: Some(10), ..Usage::default() };
    /// let bill = Metered::from(usage).bill(&row);
    /// assert_eq!((bill.known().to_string().as_str(), bill.total()), ("$0.0006", None), "output has no price");
    /// # Ok::<(), switchback::units::DecimalError>(())
    /// ```
    pub fn bill(&self, row: &Row) -> Bill {
        row.bill(self.prompt(), self.quantities(&row.prices))
    }

    /// What is billed, by the kinds that `prices` tells apart.
    fn quantities(&self, prices: &Prices) -> Vec<Quantity> {
        let prompt = self.prompt();
        let own = |kind, part: Option<u64>| if prices.rate(kind, prompt).is_some() { part.unwrap_or(0) } else { 0 };
        let (cached, written) = (self.cached.unwrap_or(0), self.cache_write.unwrap_or(0));
        let written_1h = self.cache_write_1h.unwrap_or(0).min(written);
        let input_audio = own(PriceKind::InputAudio, self.input_audio);
        let reasoning = own(PriceKind::Reasoning, self.reasoning);
        let output_audio = own(PriceKind::OutputAudio, self.output_audio);
        let without =
            |whole: Option<u64>, parts: [u64; 3]| whole.map(|whole| parts.into_iter().fold(whole, u64::saturating_sub));
        let request = prices.rate(PriceKind::Request, prompt).map_or(0, |_| u64::from(self.is_something()));
        [
            (PriceKind::Input, without(self.input, [cached, written, input_audio])),
            (PriceKind::InputAudio, Some(input_audio)),
            (PriceKind::CacheRead, Some(cached)),
            (PriceKind::CacheWrite, Some(written.saturating_sub(written_1h))),
            (PriceKind::CacheWrite1h, Some(written_1h)),
            (PriceKind::Output, without(self.output, [reasoning, output_audio, 0])),
            (PriceKind::Reasoning, Some(reasoning)),
            (PriceKind::OutputAudio, Some(output_audio)),
            (PriceKind::WebSearch, Some(self.web_searches.unwrap_or(0))),
            (PriceKind::Request, Some(request)),
        ]
        .map(|(kind, units)| Quantity { kind, units })
        .to_vec()
    }

    /// The length that decides between price lists; what is cached counts.
    fn prompt(&self) -> Tokens {
        Tokens::new(self.input.unwrap_or(0))
    }

    fn is_something(&self) -> bool {
        Self { tier: None, ..self.clone() } != Self::nothing()
    }
}

impl From<Usage> for Metered {
    fn from(usage: Usage) -> Self {
        let Usage { input, cached, cache_write, output, reasoning } = usage;
        Self { input, cached, cache_write, output, reasoning, ..Self::default() }
    }
}

/// Where an answer of Responses counts the provider's tools, beside its usage.
const COUNTS: &str = "tool_usage";

fn counted_searches(response: &Response<'_>) -> Option<u64> {
    let is_it = |field: &&Field<'_>| match &field.name {
        Name::Known { wire, .. } => *wire == COUNTS,
        Name::Blank(name) | Name::Unknown(name) => name.word() == COUNTS,
    };
    let tools = &response.body.fields_of(Owner::Request).iter().find(is_it)?.value;
    tools.member("web_search")?.0.member("num_requests")?.0.as_u64()
}
