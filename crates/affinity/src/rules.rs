//! How providers' prompt caches work: dated rows, each with its source. Pages disagree, and change; a caller's own row
//! comes before these.

use switchback_units::{Millis, Tokens};

/// How one provider's cache works for one group of models.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct CacheRule {
    /// Who serves the model: a provider of the catalog.
    pub provider: &'static str,
    /// What the model's family begins with; empty for all others of the provider.
    pub models: &'static str,
    /// The shortest prefix that is kept.
    pub minimum: Tokens,
    /// Prefixes are kept in steps of so many tokens beyond that; 1 where they are kept as they are marked.
    pub step: Tokens,
    /// How long an entry lives that nobody asks for a lifetime for, from the start of the request that wrote or read it.
    pub lifetime: Millis,
    /// The longer lifetime that can be asked for.
    pub extended: Option<Millis>,
    /// Whether reading an entry gives it its lifetime anew.
    pub refreshed: bool,
    /// The price of a token that is written, in thousandths of an uncached input token's.
    pub write: u32,
    /// The same for the longer lifetime.
    pub write_extended: u32,
    /// The price of a token that is read, in thousandths of an uncached input token's.
    pub read: u32,
    /// What decides where an entry ends.
    pub marking: Marking,
    /// Whom an entry serves.
    pub scope: Scope,
    /// Whether a hit can be relied on where the rules promise one, or only hoped for.
    pub contractual: bool,
    /// How many requests a minute that name the same `prompt_cache_key` find each other's prefixes; `None` where requests name
    /// no such key.
    pub key_rate: Option<u32>,
    /// Members of `usage` that report it: tokens read, and tokens written.
    pub usage: (&'static str, &'static str),
    /// Where it stands.
    pub source: &'static str,
    /// The day of the source, ISO 8601.
    pub date: &'static str,
}

/// What decides where a cached prefix ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Marking {
    /// The provider: every prefix that is long enough.
    Automatic,
    /// Breakpoints of the request: at most so many, each found again within so many blocks before it.
    Breakpoints {
        /// Most breakpoints of one request.
        most: u8,
        /// How many blocks back an earlier entry is looked for.
        lookback: u8,
    },
}

/// Whom a cache entry serves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// The workspace of the credential.
    Workspace,
    /// The organisation or account.
    Organisation,
    /// The project.
    Project,
    /// The end user that the request names.
    User,
}

const MINUTE: u64 = 60_000;
const HOUR: u64 = 60 * MINUTE;
const MESSAGES_USAGE: (&str, &str) = ("cache_read_input_tokens", "cache_creation_input_tokens");
const OPENAI_USAGE: (&str, &str) = ("cached_tokens", "cache_write_tokens");

const ANTHROPIC: CacheRule = CacheRule {
    provider: "anthropic",
    models: "",
    minimum: Tokens::new(1024),
    step: Tokens::new(1),
    lifetime: Millis::new(5 * MINUTE),
    extended: Some(Millis::new(HOUR)),
    refreshed: true,
    write: 1250,
    write_extended: 2000,
    read: 100,
    marking: Marking::Breakpoints { most: 4, lookback: 20 },
    scope: Scope::Workspace,
    contractual: true,
    key_rate: None,
    usage: MESSAGES_USAGE,
    source: "platform.claude.com, prompt caching",
    date: "2026-10",
};

const OPENAI: CacheRule = CacheRule {
    provider: "openai",
    models: "",
    minimum: Tokens::new(1024),
    step: Tokens::new(128),
    lifetime: Millis::new(5 * MINUTE),
    extended: Some(Millis::new(24 * HOUR)),
    refreshed: true,
    write: 1000,
    write_extended: 1000,
    read: 500,
    marking: Marking::Automatic,
    scope: Scope::Organisation,
    contractual: false,
    key_rate: Some(15),
    usage: OPENAI_USAGE,
    source: "developers.openai.com, prompt caching",
    date: "2026-10",
};

const OPENAI_5_6: CacheRule = CacheRule {
    models: "gpt-5.6",
    step: Tokens::new(1),
    lifetime: Millis::new(30 * MINUTE),
    extended: None,
    write: 1250,
    write_extended: 1250,
    read: 100,
    contractual: true,
    ..OPENAI
};

const GEMINI: CacheRule = CacheRule {
    provider: "google",
    models: "",
    minimum: Tokens::new(2048),
    step: Tokens::new(1),
    // Unspecified for implicit caches: half of what others promise.
    lifetime: Millis::new(3 * MINUTE),
    extended: Some(Millis::new(HOUR)),
    refreshed: false,
    write: 1000,
    write_extended: 1000,
    read: 100,
    marking: Marking::Automatic,
    scope: Scope::Project,
    contractual: false,
    key_rate: None,
    usage: ("cachedContentTokenCount", ""),
    source: "ai.google.dev, context caching",
    date: "2026-10",
};

/// One row a group; a provider's longer `models` comes before its shorter.
const RULES: &[CacheRule] = &[
    CacheRule { models: "claude-opus-5.5", minimum: Tokens::new(512), read: 50, ..ANTHROPIC },
    CacheRule { models: "claude-opus-5", minimum: Tokens::new(512), ..ANTHROPIC },
    CacheRule { models: "claude-fable-5.1", minimum: Tokens::new(512), read: 25, ..ANTHROPIC },
    CacheRule { models: "claude-fable-5", minimum: Tokens::new(512), ..ANTHROPIC },
    CacheRule { models: "claude-mythos-5.1", minimum: Tokens::new(512), read: 25, ..ANTHROPIC },
    CacheRule { models: "claude-mythos-5", minimum: Tokens::new(512), ..ANTHROPIC },
    CacheRule { models: "claude-opus-4.7", minimum: Tokens::new(2048), ..ANTHROPIC },
    CacheRule { models: "claude-opus-4.6", minimum: Tokens::new(4096), ..ANTHROPIC },
    CacheRule { models: "claude-opus-4.5", minimum: Tokens::new(4096), ..ANTHROPIC },
    CacheRule { models: "claude-haiku-4.5", minimum: Tokens::new(4096), ..ANTHROPIC },
    CacheRule { models: "claude-haiku-3.5", minimum: Tokens::new(2048), ..ANTHROPIC },
    ANTHROPIC,
    OPENAI_5_6,
    OPENAI,
    CacheRule { provider: "azure", source: "learn.microsoft.com, prompt caching", ..OPENAI_5_6 },
    CacheRule { provider: "azure", source: "learn.microsoft.com, prompt caching", ..OPENAI },
    CacheRule {
        provider: "bedrock",
        models: "claude-opus-4.5",
        minimum: Tokens::new(4096),
        scope: Scope::Organisation,
        usage: ("cacheReadInputTokens", "cacheWriteInputTokens"),
        source: "docs.aws.amazon.com/bedrock, prompt caching",
        ..ANTHROPIC
    },
    CacheRule {
        provider: "bedrock",
        scope: Scope::Organisation,
        usage: ("cacheReadInputTokens", "cacheWriteInputTokens"),
        source: "docs.aws.amazon.com/bedrock, prompt caching",
        ..ANTHROPIC
    },
    CacheRule { models: "gemini-2.5-flash", minimum: Tokens::new(1024), ..GEMINI },
    CacheRule { models: "gemini-3", minimum: Tokens::new(4096), ..GEMINI },
    GEMINI,
    CacheRule {
        provider: "vertex",
        models: "claude",
        scope: Scope::Organisation,
        source: "cloud.google.com, Claude on Vertex AI, prompt caching",
        ..ANTHROPIC
    },
    CacheRule { provider: "vertex", source: "cloud.google.com, context caching", ..GEMINI },
    CacheRule {
        provider: "deepseek",
        models: "",
        minimum: Tokens::new(64),
        step: Tokens::new(64),
        lifetime: Millis::new(4 * HOUR),
        extended: None,
        refreshed: true,
        write: 1000,
        write_extended: 1000,
        read: 20,
        marking: Marking::Automatic,
        scope: Scope::User,
        contractual: false,
        key_rate: None,
        usage: ("prompt_cache_hit_tokens", "prompt_cache_miss_tokens"),
        source: "api-docs.deepseek.com, context caching",
        date: "2026-07",
    },
];

/// Every row.
///
/// ```
/// use switchback_affinity::{CacheRule, rules};
/// assert!(rules().iter().all(|rule| rule.read < 1000 && rule.write >= 1000));
/// assert_eq!(CacheRule::of("anthropic", "claude-opus-4.5").map(|rule| rule.minimum.get()), Some(4096));
/// assert_eq!(CacheRule::of("openai", "gpt-4o").map(|rule| rule.write), Some(1000));
/// assert_eq!(CacheRule::of("nobody", "m"), None);
/// ```
pub const fn rules() -> &'static [CacheRule] {
    RULES
}

impl CacheRule {
    /// A row of a caller's own, to be filled in: a cache that keeps whatever is long enough, for five minutes, writes it for
    /// nothing and reads it at a tenth.
    ///
    /// ```
    /// use switchback_affinity::CacheRule;
    /// let mut rule = CacheRule::automatic("our-vllm");
    /// rule.read = 0;
    /// ```
    pub const fn automatic(provider: &'static str) -> Self {
        Self {
            provider,
            step: Tokens::new(1),
            read: 100,
            contractual: true,
            key_rate: None,
            source: "the caller",
            date: "",
            ..OPENAI
        }
    }

    /// The row of a provider and a model's family; the first that fits is the closest.
    pub fn of(provider: &str, family: &str) -> Option<&'static Self> {
        RULES.iter().find(|rule| rule.provider == provider && family.starts_with(rule.models))
    }

    /// How many of `tokens` can be kept: whole steps from the minimum on, nothing below it.
    ///
    /// ```
    /// use switchback_affinity::CacheRule;
    /// use switchback_units::Tokens;
    /// let rule = CacheRule::of("openai", "gpt-4o").unwrap();
    /// assert_eq!(rule.kept(Tokens::new(1023)), Tokens::new(0));
    /// assert_eq!(rule.kept(Tokens::new(1200)), Tokens::new(1152));
    /// ```
    pub fn kept(&self, tokens: Tokens) -> Tokens {
        match tokens.get().checked_sub(self.minimum.get()) {
            None => Tokens::new(0),
            Some(beyond) => {
                let step = self.step.get().max(1);
                Tokens::new(self.minimum.get() + beyond / step * step)
            }
        }
    }
}
