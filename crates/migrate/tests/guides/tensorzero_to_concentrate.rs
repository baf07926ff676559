use switchback_migrate::Fidelity::{Approximate, Exact, None};

use super::{Case, Row, body, config, header, model, told};

pub(crate) const TABLES: &[(&str, usize)] = &[
    ("| TensorZero header ", 2),
    ("tensorzero::-prefixed body fields", 13),
    ("| TensorZero response field", 5),
    ("| TensorZero concept", 8),
    ("| TensorZero | Concentrate AI |", 4),
    ("| Author | Provider serving", 4),
    ("| TensorZero surface | Concentrate equivalent", 7),
    ("| TensorZero surface | TensorZero path", 4),
];

const FUNCTION: &str = "[functions.f]\ntype = \"chat\"\n[functions.f.variants.a]\ntype = \"chat_completion\"\nmodel = \"openai::gpt-4o\"\nsystem_template = \"x\"\n[functions.f.variants.b]\ntype = \"chat_completion\"\nmodel = \"anthropic::claude-haiku-4-5\"\n[functions.f.experimentation]\ntype = \"static\"\ncandidate_variants = { a = 0.9, b = 0.1 }\nfallback_variants = [\"b\"]\n";

const CHAIN: &str = "[models.m]\nrouting = [\"x\", \"y\"]\n[models.m.providers.x]\ntype = \"openai\"\nmodel_name = \"gpt-4o\"\n[models.m.providers.y]\ntype = \"azure\"\ndeployment_id = \"d\"\nendpoint = \"https://e.openai.azure.com\"\n";

const fn parameter(text: &'static str, path: &'static str, says: &'static str) -> Case {
    body(text, "{}", path, None, says)
}

pub(crate) const ROWS: &[Row] = &[
    Row {
        row: "Authorization: Bearer sk-t0-...",
        cases: &[header("Authorization", "Bearer sk-t0-1", Approximate, "sk-cn-v1-")],
    },
    Row {
        row: "tensorzero-otlp-traces-extra-header-*",
        cases: &[
            header("tensorzero-otlp-traces-extra-header-x", "1", None, "tracing layer"),
            header("tensorzero-otlp-traces-extra-attribute-x", "1", None, "tracing layer"),
            header("tensorzero-otlp-traces-extra-resource-x", "1", None, "tracing layer"),
        ],
    },
    Row {
        row: "tensorzero::episode_id",
        cases: &[parameter(
            r#"{"tensorzero::episode_id":"e"}"#,
            "/body/tensorzero::episode_id",
            "previous_response_id",
        )],
    },
    Row {
        row: "tensorzero::variant_name",
        cases: &[body(
            r#"{"tensorzero::variant_name":"v"}"#,
            "{}",
            "/body/tensorzero::variant_name",
            Approximate,
            "`provider/model`",
        )],
    },
    Row {
        row: "tensorzero::cache_options",
        cases: &[parameter(
            r#"{"tensorzero::cache_options":{"enabled":"on"}}"#,
            "/body/tensorzero::cache_options",
            "prompt_cache_key",
        )],
    },
    Row {
        row: "tensorzero::credentials",
        cases: &[body(
            r#"{"tensorzero::credentials":{"k":"sk-1"}}"#,
            "{}",
            "/body/tensorzero::credentials",
            Approximate,
            "owns the upstream credentials",
        )],
    },
    Row {
        row: "tensorzero::tags",
        cases: &[parameter(r#"{"tensorzero::tags":{"a":"b"}}"#, "/body/tensorzero::tags", "a key per user")],
    },
    Row {
        row: "tensorzero::namespace",
        cases: &[parameter(
            r#"{"tensorzero::namespace":"n"}"#,
            "/body/tensorzero::namespace",
            "choose in the application",
        )],
    },
    Row {
        row: "tensorzero::params",
        cases: &[body(
            r#"{"tensorzero::params":{"chat_completion":{"temperature":0.5}}}"#,
            r#"{"temperature":0.5}"#,
            "/body/tensorzero::params",
            Exact,
            "directly in the body",
        )],
    },
    Row {
        row: "tensorzero::extra_body",
        cases: &[
            body(
                r#"{"tensorzero::extra_body":[{"pointer":"/seed","value":7}]}"#,
                r#"{"seed":7}"#,
                "/body/tensorzero::extra_body",
                Approximate,
                "directly in the body",
            ),
            body(
                r#"{"tensorzero::extra_body":[{"variant_name":"v","pointer":"/seed","value":7}]}"#,
                "{}",
                "/body/tensorzero::extra_body",
                None,
                "directly in the body",
            ),
        ],
    },
    Row {
        row: "tensorzero::extra_headers",
        cases: &[parameter(r#"{"tensorzero::extra_headers":[]}"#, "/body/tensorzero::extra_headers", "not applicable")],
    },
    Row {
        row: "tensorzero::provider_tools",
        cases: &[parameter(
            r#"{"tensorzero::provider_tools":[{"tool":{"type":"x"}}]}"#,
            "/body/tensorzero::provider_tools",
            "use `tools`",
        )],
    },
    Row {
        row: "tensorzero::dryrun",
        cases: &[parameter(r#"{"tensorzero::dryrun":true}"#, "/body/tensorzero::dryrun", "Zero Data Retention")],
    },
    Row {
        row: "tensorzero::include_raw_response",
        cases: &[
            parameter(
                r#"{"tensorzero::include_raw_response":true}"#,
                "/body/tensorzero::include_raw_response",
                "drop it",
            ),
            parameter(r#"{"tensorzero::include_raw_usage":true}"#, "/body/tensorzero::include_raw_usage", "drop it"),
        ],
    },
    Row {
        row: "tensorzero::deny_unknown_fields",
        cases: &[parameter(
            r#"{"tensorzero::deny_unknown_fields":true}"#,
            "/body/tensorzero::deny_unknown_fields",
            "drop it",
        )],
    },
    Row { row: "episode_id |", cases: &[told("episode_id", "previous_response_id")] },
    Row { row: "tensorzero_cost |", cases: &[told("tensorzero_cost", "no field")] },
    Row {
        row: "tensorzero_raw_response, tensorzero_raw_usage, tensorzero_extra_content",
        cases: &[
            told("tensorzero_raw_response", "no field"),
            told("tensorzero_raw_usage", "no field"),
            told("tensorzero_extra_content", "no field"),
        ],
    },
    Row { row: "Request / trace id", cases: &[told("request or trace id", "X-Request-Id")] },
    Row { row: "Rate-limit headers", cases: &[told("rate-limit headers", "X-RateLimit-*")] },
    Row {
        row: "Function (tensorzero::function_name::my_fn",
        cases: &[
            config(FUNCTION, "/functions/f/variants/a/system_template", None, "into the application"),
            told("function", "called directly"),
        ],
    },
    Row {
        row: "Variant (a concrete model",
        cases: &[
            config(FUNCTION, "/functions/f/variants/a/model", Exact, "`openai/gpt-4o`"),
            told("variant", "`provider/model`"),
        ],
    },
    Row {
        row: "Variant sampling for A/B testing",
        cases: &[
            config(FUNCTION, "/functions/f/experimentation/candidate_variants/a", Exact, "share of the split"),
            told("variant sampling", "no splits"),
        ],
    },
    Row {
        row: "Variant fallbacks",
        cases: &[
            config(FUNCTION, "/functions/f/experimentation/fallback_variants/0", Exact, "after any failure"),
            told("variant fallbacks", "routing.model.fallbacks"),
        ],
    },
    Row { row: "Episode (episode_id grouping", cases: &[told("episode", "previous_response_id")] },
    Row {
        row: "Feedback API (/feedback",
        cases: &[told("feedback API", "nothing does it today"), told("/feedback", "nothing does it today")],
    },
    Row { row: "cache_options |", cases: &[told("cache_options", "prompt_cache_key")] },
    Row {
        row: "Provider fallbacks inside a configured model",
        cases: &[
            config(CHAIN, "/models/m/routing/1", Exact, "place 2 of the chain"),
            told("provider fallbacks of a model", "routing.provider.fallbacks"),
        ],
    },
    Row {
        row: "tensorzero::model_name::openai::gpt-4o |",
        cases: &[model("tensorzero::model_name::openai::gpt-4o", "openai/gpt-4o")],
    },
    Row {
        row: "tensorzero::model_name::anthropic::claude-... |",
        cases: &[model("tensorzero::model_name::anthropic::claude-haiku-4-5", "anthropic/claude-haiku-4-5")],
    },
    Row { row: "openai::gpt-4o (native model_name)", cases: &[model("openai::gpt-4o", "openai/gpt-4o")] },
    Row { row: "tensorzero::function_name::my_fn |", cases: &[model("tensorzero::function_name::my_fn", "auto")] },
    Row {
        row: "Anthropic (claude-haiku-4-5) |",
        cases: &[model("tensorzero::model_name::anthropic::claude-haiku-4-5", "anthropic/claude-haiku-4-5")],
    },
    Row {
        row: "Anthropic (same model, different host) |",
        cases: &[config(
            "[models.m]\nrouting = [\"b\"]\n[models.m.providers.b]\ntype = \"aws_bedrock\"\nmodel_id = \"anthropic.claude-haiku-4-5-20251001-v1:0\"\n",
            "/models/m/providers/b/type",
            Exact,
            "`bedrock`",
        )],
    },
    Row {
        row: "Google (gemini-3.5-flash) |",
        cases: &[model(
            "tensorzero::model_name::google_ai_studio_gemini::gemini-3.5-flash",
            "ai-studio/gemini-3.5-flash",
        )],
    },
    Row {
        row: "Meta (llama-3-8b-instruct) |",
        cases: &[config(
            "[models.m]\nrouting = [\"b\"]\n[models.m.providers.b]\ntype = \"aws_bedrock\"\nmodel_id = \"meta.llama3-8b-instruct-v1:0\"\n",
            "/models/m/providers/b/type",
            Exact,
            "`bedrock`",
        )],
    },
    Row { row: "Inference observability", cases: &[told("inference observability", "log of each request")] },
    Row { row: "tensorzero_cost / usage tracking", cases: &[told("tensorzero_cost, usage tracking", "by key, team")] },
    Row { row: "tags-based filtering", cases: &[told("filtering by tags", "by key, team")] },
    Row { row: "Episodes (multi-step grouping)", cases: &[told("episode", "previous_response_id")] },
    Row { row: "OTLP trace export", cases: &[told("OTLP trace export", "tracing layer")] },
    Row {
        row: "Feedback API / evaluations / experiments",
        cases: &[
            told("feedback, evaluations, experiments", "nothing does it today"),
            config("[metrics.m]\ntype = \"float\"\n", "/metrics", None, "keep experiments and evaluations"),
        ],
    },
    Row {
        row: "Rate limits (api_key_public_id scope)",
        cases: &[told("rate limits by api_key_public_id", "each key")],
    },
    Row {
        row: "Native inference |",
        cases: &[
            Case::Path { from: "http://localhost:3000/inference", to: "/v1/responses" },
            told("/inference", "/v1/responses"),
        ],
    },
    Row {
        row: "OpenAI-compatible |",
        cases: &[Case::Path { from: "/openai/v1/chat/completions", to: "/v1/chat/completions" }],
    },
    Row { row: "Batch inference |", cases: &[told("/batch_inference", "nothing does it today")] },
    Row { row: "Feedback |", cases: &[told("/feedback", "nothing does it today")] },
];
