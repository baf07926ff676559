use switchback_migrate::Fidelity::{Ambiguous, Approximate, Exact, None};

use super::{Case, Row, config, header, model, told};

pub(crate) const TABLES: &[(&str, usize)] = &[
    ("Portkey headerConcentrate", 13),
    ("portkey-ai parameter", 10),
    ("Portkey response header", 4),
    ("Portkey config key", 10),
    ("AuthorProvider serving the request", 5),
    ("PortkeyConcentrate AI", 1),
    ("Portkey dashboard surface", 8),
    ("Portkey Admin concept", 11),
];

pub(crate) const ROWS: &[Row] = &[
    Row { row: "x-portkey-api-keyStandard", cases: &[header("x-portkey-api-key", "pk-1", Approximate, "sk-cn-v1-")] },
    Row {
        row: "x-portkey-provider, x-portkey-virtual-keyDrop",
        cases: &[
            header("x-portkey-provider", "openai", Exact, "`provider/model`"),
            header("x-portkey-virtual-key", "anthropic", Exact, "`provider/model`"),
        ],
    },
    Row {
        row: "x-portkey-config",
        cases: &[
            header("x-portkey-config", "{\"retry\":{\"attempts\":3}}", Exact, "Concentrate has no Config"),
            header("x-portkey-config", "pc-saved-1", None, "whose text is not here"),
        ],
    },
    Row { row: "x-portkey-trace-idOptional", cases: &[header("x-portkey-trace-id", "t", Exact, "X-Request-Id")] },
    Row {
        row: "x-portkey-metadataDrop",
        cases: &[header("x-portkey-metadata", "{\"_user\":\"u\"}", Approximate, "a key per user, team")],
    },
    Row {
        row: "x-portkey-cache-force-refreshNo",
        cases: &[header("x-portkey-cache-force-refresh", "true", None, "providers' own")],
    },
    Row {
        row: "x-portkey-cache-namespaceprompt_cache_key",
        cases: &[header("x-portkey-cache-namespace", "n", Approximate, "prompt_cache_key")],
    },
    Row {
        row: "x-portkey-request-timeout",
        cases: &[header("x-portkey-request-timeout", "5000", Exact, "HTTP client")],
    },
    Row {
        row: "x-portkey-forward-headers, x-portkey-sensitive-headers",
        cases: &[
            header("x-portkey-forward-headers", "[\"a\"]", None, "not supported"),
            header("x-portkey-sensitive-headers", "[\"a\"]", None, "not applicable"),
        ],
    },
    Row {
        row: "x-portkey-custom-host",
        cases: &[header("x-portkey-custom-host", "http://h", None, "not supported at Concentrate")],
    },
    Row {
        row: "x-portkey-azure-*",
        cases: &[
            header("x-portkey-azure-resource-name", "r", None, "`azure/<model>`"),
            header("x-portkey-azure-deployment-id", "d", Approximate, "`azure/<model>`"),
            header("x-portkey-azure-model-name", "gpt-4o", Exact, "`azure/<model>`"),
        ],
    },
    Row {
        row: "x-portkey-vertex-*",
        cases: &[
            header("x-portkey-vertex-project-id", "p", Exact, "`vertex/<model>`"),
            header("x-portkey-vertex-region", "europe-west1", Exact, "require.regions"),
        ],
    },
    Row {
        row: "x-portkey-aws-*",
        cases: &[
            header("x-portkey-aws-secret-access-key", "abcdefgh", Approximate, "owns the upstream credentials"),
            header("x-portkey-aws-region", "us-east-1", Exact, "`bedrock/<model>`"),
        ],
    },
    Row { row: "api_key / apiKey", cases: &[told("api_key", "OpenAI SDK")] },
    Row { row: "virtual_key / virtualKey", cases: &[told("virtual_key", "drop it")] },
    Row { row: "configx-portkey-config", cases: &[told("config", "parameters of the body")] },
    Row { row: "providerx-portkey-provider", cases: &[told("provider", "model string")] },
    Row { row: "trace_id / traceID", cases: &[told("trace_id", "X-Request-Id")] },
    Row { row: "metadatax-portkey-metadata", cases: &[told("metadata", "by key")] },
    Row { row: "cache_force_refresh / cacheForceRefresh", cases: &[told("cache_force_refresh", "drop it")] },
    Row { row: "cache_namespace / cacheNamespace", cases: &[told("cache_namespace", "prompt_cache_key")] },
    Row { row: "custom_host / customHost", cases: &[told("custom_host", "not supported")] },
    Row { row: "forward_headers / forwardHeaders", cases: &[told("forward_headers", "not supported")] },
    Row { row: "x-portkey-trace-idX-Request-Id", cases: &[told("x-portkey-trace-id", "X-Request-Id")] },
    Row { row: "x-portkey-cache-status", cases: &[told("x-portkey-cache-status", "cached_tokens")] },
    Row {
        row: "x-portkey-provider, x-portkey-last-used-option-indexNo header",
        cases: &[told("x-portkey-provider", "no header"), told("x-portkey-last-used-option-index", "no header")],
    },
    Row { row: "Rate-limit headersStandard", cases: &[told("rate-limit headers", "X-RateLimit-*")] },
    Row {
        row: "strategy: { mode: \"fallback\" }",
        cases: &[config(
            r#"{"strategy":{"mode":"fallback"},"targets":[{"provider":"openai"},{"provider":"anthropic"}]}"#,
            "/strategy/mode",
            Exact,
            "a chain",
        )],
    },
    Row {
        row: "strategy: { mode: \"loadbalance\" }",
        cases: &[config(
            r#"{"strategy":{"mode":"loadbalance"},"targets":[{"provider":"openai","weight":0.7},{"provider":"anthropic"}]}"#,
            "/strategy/mode",
            Exact,
            "a split",
        )],
    },
    Row {
        row: "strategy: { mode: \"conditional\" }",
        cases: &[config(
            r#"{"strategy":{"mode":"conditional","conditions":[{"query":{"metadata.a":{"$eq":"b"}},"then":"x"}],"default":"x"},"targets":[{"name":"x","provider":"openai"}]}"#,
            "/strategy/conditions/0/query/metadata.a/$eq",
            Exact,
            "comparison `eq`",
        )],
    },
    Row {
        row: "cache: { mode: \"simple\" | \"semantic\", max_age }",
        cases: &[config(r#"{"cache":{"mode":"semantic","max_age":60}}"#, "/cache", None, "no semantic cache")],
    },
    Row {
        row: "retry: { attempts, on_status_codes }",
        cases: &[
            config(
                r#"{"retry":{"attempts":3,"on_status_codes":[429]}}"#,
                "/retry/attempts",
                Exact,
                "`retry.attempts` 3",
            ),
            config(
                r#"{"retry":{"attempts":3,"on_status_codes":[429]}}"#,
                "/retry/on_status_codes",
                Exact,
                "`retry.on`",
            ),
        ],
    },
    Row {
        row: "request_timeoutSet via",
        cases: &[config(r#"{"request_timeout":10000}"#, "/request_timeout", Exact, "`timeout.total_ms` 10000")],
    },
    Row {
        row: "override_params",
        cases: &[config(
            r#"{"override_params":{"temperature":0.1}}"#,
            "/override_params/temperature",
            Exact,
            "`rewrite.set.temperature`",
        )],
    },
    Row {
        row: "virtual_key inside a target",
        cases: &[config(r#"{"virtual_key":"openai-prod"}"#, "/virtual_key", Ambiguous, "say which provider")],
    },
    Row {
        row: "custom_host inside a target",
        cases: &[config(
            r#"{"provider":"openai","custom_host":"http://h/v1"}"#,
            "/custom_host",
            Approximate,
            "Concentrate does not support it",
        )],
    },
    Row {
        row: "guardrailsGuardrails",
        cases: &[
            config(r#"{"input_guardrails":["g"]}"#, "/input_guardrails", None, "Guardrails & Redaction"),
            told("guardrails", "Guardrails"),
        ],
    },
    Row {
        row: "Anthropic (claude-haiku-4-5)Anthropic",
        cases: &[model("@anthropic/claude-haiku-4-5", "anthropic/claude-haiku-4-5")],
    },
    Row {
        row: "Anthropic (same model, different host)AWS Bedrock",
        cases: &[model("@bedrock/anthropic.claude-haiku-4-5-20251001-v1:0", "bedrock/claude-haiku-4-5")],
    },
    Row {
        row: "Anthropic (same model, different host)Azure",
        cases: &[model("@azure-openai/claude-haiku-4-5", "azure/claude-haiku-4-5")],
    },
    Row {
        row: "Google (gemini-3.5-flash)Google AI Studio",
        cases: &[model("@google/gemini-3.5-flash", "ai-studio/gemini-3.5-flash")],
    },
    Row {
        row: "Meta (llama-3-8b-instruct)AWS Bedrock",
        cases: &[model("@bedrock/meta.llama3-8b-instruct-v1:0", "bedrock/llama-3-8b-instruct")],
    },
    Row {
        row: "model: \"auto\" inside a Config strategy",
        cases: &[
            model("auto", "auto"),
            config(r#"{"override_params":{"model":"auto"}}"#, "/override_params/model", Exact, "`auto`"),
        ],
    },
    Row { row: "Logs (full request/response)", cases: &[told("logs", "log of each request")] },
    Row { row: "Traces (trace_id-grouped)", cases: &[told("traces", "previous_response_id")] },
    Row { row: "Metadata filters", cases: &[told("metadata filters", "a key for each user")] },
    Row { row: "Feedback API", cases: &[told("feedback API", "nothing does it today")] },
    Row { row: "Analytics", cases: &[told("analytics", "by key, team")] },
    Row {
        row: "Rate Limits / Usage Limits Policies",
        cases: &[told("rate limit and usage limit policies", "each key")],
    },
    Row { row: "Audit LogsAvailable", cases: &[told("audit logs", "dashboard")] },
    Row { row: "Log Exports", cases: &[told("log exports", "dashboard")] },
    Row { row: "WorkspaceTeam", cases: &[told("workspace", "team")] },
    Row {
        row: "Virtual Key / Provider Integration",
        cases: &[told("virtual key, provider integration", "not exposed")],
    },
    Row { row: "ConfigBody params", cases: &[told("config", "parameters of the body")] },
    Row { row: "API Key", cases: &[told("API key", "developer, team or organisation")] },
    Row {
        row: "Rate Limits / Usage Limits PolicyPer-key",
        cases: &[told("rate limit and usage limit policies", "each key")],
    },
    Row {
        row: "User / User Invite / Workspace Member",
        cases: &[told("user, user invite, workspace member", "members")],
    },
    Row { row: "SCIM Workspace Mappings", cases: &[told("SCIM workspace mappings", "enterprise")] },
    Row {
        row: "Prompts / Partials / Labels / Collections",
        cases: &[
            told("prompts, partials, labels, collections", "nothing does it today"),
            config(r#"{"prompt_id":"p"}"#, "/prompt_id", None, "into the application"),
        ],
    },
    Row { row: "GuardrailsGuardrails & Redaction", cases: &[told("guardrails", "Guardrails & Redaction")] },
    Row { row: "Secret References", cases: &[told("secret references", "not applicable")] },
    Row {
        row: "Confirm the base URL is",
        cases: &[Case::Path { from: "https://api.portkey.ai/v1/chat/completions", to: "/v1/chat/completions" }],
    },
];
