use switchback_migrate::Fidelity::{Approximate, Exact, None};

use super::{Case, Row, header, model, told};

pub(crate) const TABLES: &[(&str, usize)] = &[
    ("Helicone headerConcentrate", 19),
    ("Helicone response header", 5),
    ("AuthorProvider serving the request", 5),
    ("Helicone AI GatewayConcentrate AI", 1),
    ("Helicone dashboard surface", 7),
];

const TARGETS: &str = "[{\"target-url\":\"https://api.openai.com\"},{\"target-url\":\"https://api.anthropic.com\",\"bodyKeyOverride\":{\"model\":\"claude-haiku-4-5\"}}]";

pub(crate) const ROWS: &[Row] = &[
    Row {
        row: "Helicone-AuthStandard",
        cases: &[header("Helicone-Auth", "Bearer sk-helicone-1", Approximate, "sk-cn-v1-")],
    },
    Row {
        row: "Helicone-Target-URL, Helicone-OpenAI-Api-Base",
        cases: &[
            header("Helicone-Target-URL", "https://api.openai.com", Exact, "model string"),
            header("Helicone-OpenAI-Api-Base", "https://x.openai.azure.com", Exact, "azure-openai"),
        ],
    },
    Row { row: "Helicone-User-Id", cases: &[header("Helicone-User-Id", "u", None, "a key per user, team")] },
    Row {
        row: "Helicone-Session-Id, Helicone-Session-Path, Helicone-Session-Name",
        cases: &[
            header("Helicone-Session-Id", "s", Approximate, "previous_response_id"),
            header("Helicone-Session-Path", "/a", None, "previous_response_id"),
            header("Helicone-Session-Name", "n", None, "previous_response_id"),
        ],
    },
    Row {
        row: "Helicone-Property-[Name]",
        cases: &[header("Helicone-Property-Feature", "summarizer", None, "nothing does it today")],
    },
    Row { row: "Helicone-Prompt-Id", cases: &[header("Helicone-Prompt-Id", "p", None, "nothing does it today")] },
    Row {
        row: "Helicone-Model-Override",
        cases: &[header("Helicone-Model-Override", "gpt-4", None, "cost is that of the resolved model")],
    },
    Row {
        row: "Helicone-Fallbacksrouting",
        cases: &[header("Helicone-Fallbacks", TARGETS, Exact, "routing.model.fallbacks")],
    },
    Row {
        row: "Helicone-Cache-Enabled, Cache-Control",
        cases: &[
            header("Helicone-Cache-Enabled", "true", None, "5m and 1h"),
            header("Cache-Control", "max-age=60", None, "5m and 1h"),
        ],
    },
    Row { row: "Helicone-Cache-Seed", cases: &[header("Helicone-Cache-Seed", "u", Approximate, "prompt_cache_key")] },
    Row {
        row: "Helicone-Cache-Bucket-Max-Size",
        cases: &[header("Helicone-Cache-Bucket-Max-Size", "3", None, "not applicable")],
    },
    Row {
        row: "Helicone-Retry-Enabled, helicone-retry-num",
        cases: &[
            header("Helicone-Retry-Enabled", "true", Exact, "90 %"),
            header("helicone-retry-num", "3", Exact, "90 %"),
            header("helicone-retry-factor", "2", Exact, "90 %"),
            header("helicone-retry-min-timeout", "1000", Exact, "90 %"),
            header("helicone-retry-max-timeout", "10000", Exact, "90 %"),
        ],
    },
    Row {
        row: "Helicone-RateLimit-PolicyPer-key",
        cases: &[header("Helicone-RateLimit-Policy", "10;w=1000;u=cents;s=user", None, "per key")],
    },
    Row {
        row: "Helicone-Token-Limit-Exception-Handler",
        cases: &[
            header("Helicone-Token-Limit-Exception-Handler", "truncate", None, "in the application"),
            header("Helicone-Token-Limit-Exception-Handler", "middle-out", None, "in the application"),
            header("Helicone-Token-Limit-Exception-Handler", "fallback", Approximate, "too long"),
        ],
    },
    Row {
        row: "Helicone-Moderations-Enabled, Helicone-LLM-Security-Enabled",
        cases: &[
            header("Helicone-Moderations-Enabled", "true", None, "Guardrails & Redaction"),
            header("Helicone-LLM-Security-Enabled", "true", None, "Guardrails & Redaction"),
        ],
    },
    Row {
        row: "Helicone-Omit-Request, Helicone-Omit-Response",
        cases: &[
            header("Helicone-Omit-Request", "true", None, "request logging off"),
            header("Helicone-Omit-Response", "true", None, "request logging off"),
        ],
    },
    Row {
        row: "Helicone-Posthog-Key, Helicone-Posthog-Host",
        cases: &[
            header("Helicone-Posthog-Key", "k", None, "not built in"),
            header("Helicone-Posthog-Host", "h", None, "not built in"),
        ],
    },
    Row {
        row: "Helicone-Stream-Force-Format",
        cases: &[header("Helicone-Stream-Force-Format", "true", None, "not needed")],
    },
    Row { row: "Helicone-Request-Id", cases: &[header("Helicone-Request-Id", "r", Exact, "X-Request-Id")] },
    Row { row: "Helicone-IdX-Request-Id", cases: &[told("Helicone-Id", "X-Request-Id")] },
    Row { row: "Helicone-Cache (HIT / MISS)", cases: &[told("Helicone-Cache", "cached_tokens")] },
    Row { row: "Helicone-Cache-Bucket-Idx", cases: &[told("Helicone-Cache-Bucket-Idx", "no answers are stored")] },
    Row { row: "Helicone-Fallback-Index", cases: &[told("Helicone-Fallback-Index", "no header")] },
    Row {
        row: "Helicone-RateLimit-Limit, Helicone-RateLimit-Remaining, Helicone-RateLimit-Policy",
        cases: &[
            told("Helicone-RateLimit-Limit", "X-RateLimit-*"),
            told("Helicone-RateLimit-Remaining", "X-RateLimit-*"),
            told("Helicone-RateLimit-Policy", "X-RateLimit-*"),
        ],
    },
    Row {
        row: "Anthropic (claude-haiku-4-5)Anthropic",
        cases: &[model("claude-haiku-4-5/anthropic", "anthropic/claude-haiku-4-5")],
    },
    Row {
        row: "Anthropic (same model, different host)AWS Bedrock",
        cases: &[model("claude-haiku-4-5/bedrock", "bedrock/claude-haiku-4-5")],
    },
    Row {
        row: "Anthropic (same model, different host)Azure",
        cases: &[model("claude-haiku-4-5/azure", "azure/claude-haiku-4-5")],
    },
    Row {
        row: "Google (gemini-3.5-flash)Google AI Studio",
        cases: &[model("gemini-3.5-flash/google-ai-studio", "ai-studio/gemini-3.5-flash")],
    },
    Row {
        row: "Meta (llama-3-8b-instruct)AWS Bedrock",
        cases: &[model("llama-3-8b-instruct/bedrock", "bedrock/llama-3-8b-instruct")],
    },
    Row { row: "auto (Helicone", cases: &[model("auto", "auto")] },
    Row { row: "Requests log", cases: &[told("requests log", "log of each request")] },
    Row { row: "Users / User-Id breakdown", cases: &[told("users, user-id breakdown", "a key for each user")] },
    Row { row: "Properties drilldown", cases: &[told("properties drilldown", "nothing does it today")] },
    Row { row: "Sessions trace view", cases: &[told("sessions trace view", "previous_response_id")] },
    Row { row: "Cache hit rate", cases: &[told("cache hit rate", "for each request")] },
    Row { row: "Cost dashboard", cases: &[told("cost dashboard", "by key, team")] },
    Row { row: "Rate-limit policies", cases: &[told("rate-limit policies", "each key")] },
    Row {
        row: "Confirm the base URL is",
        cases: &[Case::Path { from: "https://oai.helicone.ai/v1/chat/completions", to: "/v1/chat/completions" }],
    },
];
