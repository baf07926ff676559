use switchback_migrate::Fidelity::{Ambiguous, Approximate, Exact, None};

use super::{Case, Row, body, config, header, model, told};

pub(crate) const TABLES: &[(&str, usize)] = &[
    ("LiteLLM request header", 9),
    ("LiteLLM response header", 8),
    ("LiteLLM config.yaml concept", 10),
    ("AuthorProvider serving the request", 5),
    ("LiteLLMConcentrate AI", 1),
    ("LiteLLM surface", 7),
];

pub(crate) const ROWS: &[Row] = &[
    Row {
        row: "Authorization: Bearer sk-...",
        cases: &[header("Authorization", "Bearer sk-abc123", Approximate, "sk-cn-v1-")],
    },
    Row {
        row: "X-Litellm-Key (custom key header)",
        cases: &[header("X-Litellm-Key", "Bearer sk-abc123", Approximate, "Authorization: Bearer")],
    },
    Row {
        row: "x-litellm-timeout, x-litellm-stream-timeout",
        cases: &[
            header("x-litellm-timeout", "30", Exact, "HTTP client"),
            header("x-litellm-stream-timeout", "2.5", Approximate, "HTTP client"),
        ],
    },
    Row {
        row: "x-litellm-num-retries",
        cases: &[header("x-litellm-num-retries", "3", Exact, "no retries per request: there drop it")],
    },
    Row {
        row: "x-litellm-tags",
        cases: &[header("x-litellm-tags", "team-a,prod", Approximate, "issue a key per condition")],
    },
    Row {
        row: "x-litellm-spend-logs-metadata",
        cases: &[header("x-litellm-spend-logs-metadata", "{\"feature\":\"x\"}", None, "issue a key per user")],
    },
    Row {
        row: "x-litellm-enable-message-redaction",
        cases: &[header("x-litellm-enable-message-redaction", "true", None, "Zero Data Retention")],
    },
    Row {
        row: "x-litellm-customer-id, x-litellm-end-user-id",
        cases: &[
            header("x-litellm-customer-id", "c", None, "issue a key per user"),
            header("x-litellm-end-user-id", "u", None, "issue a key per user"),
        ],
    },
    Row {
        row: "anthropic-version, anthropic-beta",
        cases: &[
            header("anthropic-version", "2023-06-01", Exact, "managed for you"),
            header("anthropic-beta", "x-2026", Approximate, "Concentrate handles the header"),
        ],
    },
    Row {
        row: "openai-organization",
        cases: &[header("openai-organization", "org-1", None, "owns the upstream account")],
    },
    Row { row: "x-litellm-call-id", cases: &[told("x-litellm-call-id", "X-Request-Id")] },
    Row {
        row: "x-litellm-response-cost, x-litellm-key-spend",
        cases: &[told("x-litellm-response-cost", "no header"), told("x-litellm-key-spend", "no header")],
    },
    Row {
        row: "x-litellm-model-id, x-litellm-model-group, x-litellm-model-api-base",
        cases: &[
            told("x-litellm-model-id", "no header"),
            told("x-litellm-model-group", "no header"),
            told("x-litellm-model-api-base", "no header"),
        ],
    },
    Row {
        row: "x-litellm-attempted-retries, x-litellm-attempted-fallbacks, x-litellm-max-fallbacks",
        cases: &[
            told("x-litellm-attempted-retries", "automatic"),
            told("x-litellm-attempted-fallbacks", "automatic"),
            told("x-litellm-max-fallbacks", "automatic"),
        ],
    },
    Row {
        row: "x-litellm-response-duration-ms, x-litellm-overhead-duration-ms",
        cases: &[
            told("x-litellm-response-duration-ms", "latency is recorded"),
            told("x-litellm-overhead-duration-ms", "latency is recorded"),
        ],
    },
    Row { row: "x-litellm-version", cases: &[told("x-litellm-version", "not applicable")] },
    Row { row: "x-ratelimit-*", cases: &[told("x-ratelimit-*", "X-RateLimit-*")] },
    Row { row: "llm_provider-*", cases: &[told("llm_provider-*", "not passed on")] },
    Row {
        row: "model_list[].model_name (public alias)",
        cases: &[config(
            "model_list: [{model_name: my-chat-model, litellm_params: {model: bedrock/anthropic.claude-instant-v1}}]",
            "/model_list/0/model_name",
            Exact,
            "group `my-chat-model`",
        )],
    },
    Row {
        row: "router_settings.routing_strategy: latency-based-routing",
        cases: &[config(
            "router_settings: {routing_strategy: latency-based-routing}",
            "/router_settings/routing_strategy",
            Approximate,
            "`sort` by `latency`",
        )],
    },
    Row {
        row: "router_settings.routing_strategy: cost-based-routing",
        cases: &[config(
            "router_settings: {routing_strategy: cost-based-routing}",
            "/router_settings/routing_strategy",
            Approximate,
            "`sort` by `cost`",
        )],
    },
    Row {
        row: "router_settings.routing_strategy: simple-shuffle / least-busy / usage-based-routing-v2",
        cases: &[
            config(
                "router_settings: {routing_strategy: simple-shuffle}",
                "/router_settings/routing_strategy",
                Exact,
                "a split",
            ),
            config(
                "router_settings: {routing_strategy: least-busy}",
                "/router_settings/routing_strategy",
                Exact,
                "`in_flight`",
            ),
            config(
                "router_settings: {routing_strategy: usage-based-routing-v2}",
                "/router_settings/routing_strategy",
                Exact,
                "`total_tokens@1m`",
            ),
        ],
    },
    Row {
        row: "fallbacks / context_window_fallbacks (ordered)",
        cases: &[
            config(
                "router_settings: {fallbacks: [{a: [b]}]}",
                "/router_settings/fallbacks/0/a/0",
                Exact,
                "`b` follows `a` after any failure",
            ),
            config(
                "router_settings: {context_window_fallbacks: [{a: [b]}]}",
                "/router_settings/context_window_fallbacks/0/a/0",
                Exact,
                "too long",
            ),
            body(
                r#"{"model":"a","fallbacks":["b"]}"#,
                r#"{"model":"a"}"#,
                "/body/fallbacks",
                Exact,
                "routing.model.fallbacks",
            ),
            body(
                r#"{"model":"a","context_window_fallbacks":[{"a":["b"]}]}"#,
                r#"{"model":"a"}"#,
                "/body/context_window_fallbacks",
                Exact,
                "routing.model.fallbacks",
            ),
        ],
    },
    Row {
        row: "num_retries, retry_policy, cooldown_time",
        cases: &[
            config("router_settings: {num_retries: 2}", "/router_settings/num_retries", Exact, "`retry.attempts` 2"),
            config(
                "router_settings: {retry_policy: {TimeoutErrorRetries: 3}}",
                "/router_settings/retry_policy/TimeoutErrorRetries",
                Exact,
                "`retry.per.timeout` 3",
            ),
            config(
                "router_settings: {retry_policy: {InternalServerErrorRetries: 3}}",
                "/router_settings/retry_policy/InternalServerErrorRetries",
                Ambiguous,
                "documentation and code differ",
            ),
            config(
                "router_settings: {cooldown_time: 30}",
                "/router_settings/cooldown_time",
                Exact,
                "`cooldown.for_ms` 30000",
            ),
        ],
    },
    Row {
        row: "timeout / stream_timeout",
        cases: &[
            config("router_settings: {timeout: 10}", "/router_settings/timeout", Exact, "`timeout.total_ms` 10000"),
            config(
                "router_settings: {stream_timeout: 0.5}",
                "/router_settings/stream_timeout",
                Exact,
                "`timeout.first_token_ms` 500",
            ),
        ],
    },
    Row {
        row: "max_budget / budget_duration (per key / user / team)",
        cases: &[
            config("litellm_settings: {max_budget: 100}", "/litellm_settings/max_budget", None, "spend limits per key"),
            config(
                "litellm_settings: {budget_duration: 30d}",
                "/litellm_settings/budget_duration",
                None,
                "spend limits per key",
            ),
        ],
    },
    Row {
        row: "rpm / tpm / max_parallel_requests",
        cases: &[
            config(
                "model_list: [{model_name: a, litellm_params: {model: openai/gpt-4o, rpm: 6}}]",
                "/model_list/0/litellm_params/rpm",
                Exact,
                "its share of the split",
            ),
            config(
                "model_list: [{model_name: a, litellm_params: {model: openai/gpt-4o, tpm: 6}}]\nrouter_settings: {routing_strategy: usage-based-routing-v2}",
                "/model_list/0/litellm_params/tpm",
                Exact,
                "`limit`",
            ),
            config(
                "general_settings: {max_parallel_requests: 5}",
                "/general_settings/max_parallel_requests",
                None,
                "limits per key",
            ),
        ],
    },
    Row {
        row: "litellm_params.api_key / api_base (upstream credentials)",
        cases: &[
            config(
                "model_list: [{model_name: a, litellm_params: {model: openai/gpt-4o, api_key: sk-x1}}]",
                "/model_list/0/litellm_params/api_key",
                Approximate,
                "`sk-…redacted`",
            ),
            config(
                "model_list: [{model_name: a, litellm_params: {model: openai/gpt-4o, api_key: os.environ/K}}]",
                "/model_list/0/litellm_params/api_key",
                Exact,
                "`K`",
            ),
            config(
                "model_list: [{model_name: a, litellm_params: {model: openai/gpt-4o, api_base: 'http://h/v1'}}]",
                "/model_list/0/litellm_params/api_base",
                Exact,
                "base URL",
            ),
        ],
    },
    Row {
        row: "general_settings.master_key",
        cases: &[config(
            "general_settings: {master_key: sk-1234}",
            "/general_settings/master_key",
            Approximate,
            "no proxy to administer",
        )],
    },
    Row {
        row: "Anthropic (claude-haiku-4-5)Anthropic",
        cases: &[model("anthropic/claude-haiku-4-5", "anthropic/claude-haiku-4-5")],
    },
    Row {
        row: "Anthropic (same model, different host)AWS Bedrock",
        cases: &[model("bedrock/anthropic.claude-haiku-4-5-20251001-v1:0", "bedrock/claude-haiku-4-5")],
    },
    Row {
        row: "Anthropic (same model, different host)Azure",
        cases: &[model("azure/claude-haiku-4-5", "azure/claude-haiku-4-5")],
    },
    Row {
        row: "Google (gemini-3.5-flash)Google AI Studio",
        cases: &[model("gemini/gemini-3.5-flash", "ai-studio/gemini-3.5-flash")],
    },
    Row {
        row: "Meta (llama-3-8b-instruct)AWS Bedrock",
        cases: &[model("bedrock/meta.llama3-8b-instruct-v1:0", "bedrock/llama-3-8b-instruct")],
    },
    Row {
        row: "routing_strategy in router_settings",
        cases: &[config(
            "router_settings: {routing_strategy: cost-based-routing}",
            "/router_settings/routing_strategy",
            Approximate,
            "`sort` by `cost`",
        )],
    },
    Row { row: "Spend logs (per request/response, in Postgres)", cases: &[told("spend logs", "log of each request")] },
    Row {
        row: "x-litellm-spend-logs-metadata breakdowns",
        cases: &[told("spend by x-litellm-spend-logs-metadata", "by key, team and organisation")],
    },
    Row {
        row: "Tag-based spend (x-litellm-tags)",
        cases: &[told("spend by tag (x-litellm-tags)", "by key, team and organisation")],
    },
    Row {
        row: "Customer / end-user spend (x-litellm-customer-id)",
        cases: &[told("spend by customer (x-litellm-customer-id)", "a key for each customer")],
    },
    Row { row: "Per-key / user / team budgets", cases: &[told("budgets per key, user and team", "spend limits")] },
    Row {
        row: "success_callback / failure_callback",
        cases: &[
            told("success_callback, failure_callback", "built in"),
            config(
                "litellm_settings: {success_callback: [langfuse]}",
                "/litellm_settings/success_callback",
                None,
                "no callback",
            ),
        ],
    },
    Row { row: "Virtual key management (/key/generate)", cases: &[told("virtual keys (/key/generate)", "dashboard")] },
    Row {
        row: "Watch the base-URL path.",
        cases: &[Case::Path { from: "http://localhost:4000/chat/completions", to: "/v1/chat/completions" }],
    },
];
