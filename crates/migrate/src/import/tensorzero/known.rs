//! Keys of `tensorzero.toml` that no route is made of.

use crate::import::table::{Known, known};

const APPLICATION: &str = "move it into the application";
const OWN_TOOLS: &str = "nothing does it: keep experiments and evaluations in tools of your own";

/// At the top.
pub(super) const SECTIONS: &[Known] = known! {
    Lost Operation "gateway" => "how the gateway is run", "there is no gateway of TensorZero's to run";
    Dead Operation "clickhouse" => "where calls are stored", "take a copy before the gateway is torn down";
    Dead Operation "postgres" => "where keys and limits are stored", "there is no gateway of TensorZero's to run";
    Lost Experiment "metrics" => "what feedback measures", OWN_TOOLS;
    Lost Content "tools" => "tools that functions offer", "send them as `tools` of the request";
    Lost Experiment "evaluations" => "evaluations", OWN_TOOLS;
    Lost Experiment "optimizers" | "autopilot" => "optimisation", OWN_TOOLS;
    Lost Operation "object_storage" => "where files are kept", "send files with the request";
    Lost Rate "rate_limiting" =>
        "limits of calls, tokens or cost in a time",
        "set rate and spend limits per key; here `limit` bounds an endpoint";
    Lost Operation "embedding_models" => "models for embeddings", "call the provider directly";
    Lost Credential "provider_types" => "defaults of providers", "a matter of the credential's scope";
};

/// Of a model.
pub(super) const MODEL: &[Known] = known! {
    Dead Operation "skip_relay" => "answers without the relay", "there is no relay";
    Lost Experiment "namespace" => "which experiments may use it", "a condition of the policy may read metadata";
};

/// Of a provider of a model.
pub(super) const PROVIDER: &[Known] = known! {
    Lost Endpoint "project_id" => "the Google Cloud project", "a matter of the credential's scope";
    Lost CatalogFact "batch_cost" => "what batches cost", "set the price in the catalog row";
    Lost Rewrite "extra_body" => "edits of the upstream's body", "set them with `rewrite`";
    Lost Rewrite "extra_headers" => "headers for the upstream", "the embedder adds them";
    Dead Operation "discard_unknown_chunks" => "leaves out parts of streams", "what has no place is in the ledger";
    Dead Endpoint "allow_auto_detect_region" =>
        "takes the region from the environment", "a matter of the credential's scope";
    Lost Endpoint "api_type" =>
        "which of the provider's protocols is spoken", "the planner chooses by what the request needs";
    Lost Rewrite "parse_think_blocks" =>
        "reads reasoning out of the text", "reasoning is read by the endpoint's profile";
    Lost Endpoint "endpoint_name" => "the endpoint of SageMaker", "a matter of the credential's scope";
    Lost Endpoint "hosted_provider" => "which protocol the hosted model speaks", "set `protocols` in the catalog row";
    Lost Rewrite "provider_tools" => "the vendor's own tools", "send them as `tools` of the request";
    Lost Rewrite "include_encrypted_reasoning" => "asks for sealed reasoning", "ask for it in the request";
    Lost Rewrite "beta_*" => "features in preview", "ask for them in the request";
    Lost Rewrite "service_tier" => "the class of service", "`require.tiers`";
};

/// Of a function.
pub(super) const FUNCTION: &[Known] = known! {
    Lost Content "type" => "chat, or JSON by a schema", "ask for `response_format` in the request";
    Lost Content "output_schema" => "the schema of answers", "send it as `response_format` of the request";
    Lost Content "system_schema" | "user_schema" | "assistant_schema" =>
        "the schema of a template's arguments", APPLICATION;
    Lost Content "schemas" => "the schemas of templates' arguments", APPLICATION;
    Lost Content "tools" => "tools that the function offers", "send them as `tools` of the request";
    Lost Content "tool_choice" => "whether a tool is called", "send it as `tool_choice` of the request";
    Lost Content "parallel_tool_calls" =>
        "whether tools are called at once", "send it as `parallel_tool_calls` of the request";
    Dead Operation "description" => "a label", "drop it";
    Lost Experiment "evaluators" => "evaluations", OWN_TOOLS;
};

/// Of a variant.
pub(super) const VARIANT: &[Known] = known! {
    Lost Content "templates" | "input_wrappers" => "prompts that the gateway holds", APPLICATION;
    Lost Content "system_template" | "user_template" | "assistant_template" =>
        "a prompt that the gateway holds", APPLICATION;
    Lost Content "json_mode" => "how JSON is asked for", "send `response_format` in the request";
    Lost Rewrite "extra_body" => "edits of the upstream's body", "set them with `rewrite` on the route";
    Lost Rewrite "extra_headers" => "headers for the upstream", "the embedder adds them";
    Lost Rewrite "thinking_budget_tokens" => "how much the model may think", "ask for it in the request";
    Lost Experiment "embedding_model" => "finds examples", OWN_TOOLS;
    Lost Experiment "k" => "how many examples", OWN_TOOLS;
    Lost Experiment "candidates" => "variants that are all called", OWN_TOOLS;
    Lost Experiment "evaluator" => "judges the candidates", OWN_TOOLS;
    Lost Experiment "fuser" => "joins the candidates", OWN_TOOLS;
    Lost Attribution "namespace" => "which experiments may use it", "a condition of the policy may read metadata";
    Grave Experiment "timeout_s" => "how long candidates may take", OWN_TOOLS;
};

/// Of an experiment.
pub(super) const EXPERIMENT: &[Known] = known! {
    Lost Experiment "metric" => "what feedback the weights follow", OWN_TOOLS;
    Lost Experiment "update_period_s" => "how often the weights move", OWN_TOOLS;
    Lost Experiment "min_samples_per_variant" => "when the weights begin to move", OWN_TOOLS;
    Lost Experiment "min_prob" => "the least share of a candidate", OWN_TOOLS;
    Lost Experiment "delta" => "how sure the experiment must be", OWN_TOOLS;
    Lost Experiment "epsilon" => "how near the best is good enough", OWN_TOOLS;
    Lost Experiment "algorithm" => "how the weights move", OWN_TOOLS;
    Lost Experiment "namespaces" =>
        "experiments of their own by namespace", "a condition of the policy may read metadata";
};
