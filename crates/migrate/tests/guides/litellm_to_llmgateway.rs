use switchback_migrate::Fidelity::Exact;
use switchback_slug::Dialect;

use super::{Case, Row, config, model};

pub(crate) const TABLES: &[(&str, usize)] = &[("| LiteLLM Model ", 4)];

const fn printed(from: &'static str, to: &'static str) -> Case {
    Case::Printed { from, dialect: Dialect::LlmGateway, to }
}

pub(crate) const ROWS: &[Row] = &[
    Row { row: "gpt-5.2 ", cases: &[printed("gpt-5.2", "openai/gpt-5.2"), model("gpt-5.2", "openai/gpt-5.2")] },
    Row {
        row: "claude-opus-4-5-20251101 ",
        cases: &[printed("claude-opus-4-5-20251101", "anthropic/claude-opus-4-5")],
    },
    Row {
        row: "gemini/gemini-3-flash-preview",
        cases: &[printed("gemini/gemini-3-flash-preview", "google-ai-studio/gemini-3-flash-preview")],
    },
    Row {
        row: "bedrock/claude-opus-4-5-20251101",
        cases: &[printed("bedrock/claude-opus-4-5-20251101", "aws-bedrock/claude-opus-4-5")],
    },
    Row {
        row: "model_list:",
        cases: &[config(
            "model_list:\n  - model_name: gpt-4\n    litellm_params: {model: gpt-4, api_key: sk-1}\n  - model_name: claude-3\n    litellm_params: {model: claude-3-sonnet-20240229, api_key: sk-ant-1}\n",
            "/model_list/1/litellm_params/model",
            Exact,
            "`anthropic/claude-3-sonnet-20240229`",
        )],
    },
];
