//! Keys of `tensorzero.toml` that no route is made of.

use crate::Concept::{Attribution, CatalogFact, Content, Credential, Endpoint, Experiment, Operation, Rate, Rewrite};
use crate::import::table::Weight::{Dead, Grave, Lost};
use crate::import::table::{Known, known};

const APPLICATION: &str = "move it into the application";
const OWN_TOOLS: &str = "nothing does it: keep experiments and evaluations in tools of your own";

/// At the top.
pub(super) const SECTIONS: &[Known] = &[
    known("gateway", Lost, Operation, "how the gateway is run", "there is no gateway of TensorZero's to run"),
    known("clickhouse", Dead, Operation, "where calls are stored", "take a copy before the gateway is torn down"),
    known(
        "postgres",
        Dead,
        Operation,
        "where keys and limits are stored",
        "there is no gateway of TensorZero's to run",
    ),
    known("metrics", Lost, Experiment, "what feedback measures", OWN_TOOLS),
    known("tools", Lost, Content, "tools that functions offer", "send them as `tools` of the request"),
    known("evaluations", Lost, Experiment, "evaluations", OWN_TOOLS),
    known("optimizers", Lost, Experiment, "optimisation", OWN_TOOLS),
    known("autopilot", Lost, Experiment, "optimisation", OWN_TOOLS),
    known("object_storage", Lost, Operation, "where files are kept", "send files with the request"),
    known(
        "rate_limiting",
        Lost,
        Rate,
        "limits of calls, tokens or cost in a time",
        "set rate and spend limits per key; here `limit` bounds an endpoint",
    ),
    known("embedding_models", Lost, Operation, "models for embeddings", "call the provider directly"),
    known("provider_types", Lost, Credential, "defaults of providers", "a matter of the credential's scope"),
];

/// Of a model.
pub(super) const MODEL: &[Known] = &[
    known("skip_relay", Dead, Operation, "answers without the relay", "there is no relay"),
    known("namespace", Lost, Experiment, "which experiments may use it", "a condition of the policy may read metadata"),
];

/// Of a provider of a model.
pub(super) const PROVIDER: &[Known] = &[
    known("project_id", Lost, Endpoint, "the Google Cloud project", "a matter of the credential's scope"),
    known("batch_cost", Lost, CatalogFact, "what batches cost", "set the price in the catalog row"),
    known("extra_body", Lost, Rewrite, "edits of the upstream's body", "set them with `rewrite`"),
    known("extra_headers", Lost, Rewrite, "headers for the upstream", "the embedder adds them"),
    known(
        "discard_unknown_chunks",
        Dead,
        Operation,
        "leaves out parts of streams",
        "what has no place is in the ledger",
    ),
    known(
        "allow_auto_detect_region",
        Dead,
        Endpoint,
        "takes the region from the environment",
        "a matter of the credential's scope",
    ),
    known(
        "api_type",
        Lost,
        Endpoint,
        "which of the provider's protocols is spoken",
        "the planner chooses by what the request needs",
    ),
    known(
        "parse_think_blocks",
        Lost,
        Rewrite,
        "reads reasoning out of the text",
        "reasoning is read by the endpoint's profile",
    ),
    known("endpoint_name", Lost, Endpoint, "the endpoint of SageMaker", "a matter of the credential's scope"),
    known(
        "hosted_provider",
        Lost,
        Endpoint,
        "which protocol the hosted model speaks",
        "set `protocols` in the catalog row",
    ),
    known("provider_tools", Lost, Rewrite, "the vendor's own tools", "send them as `tools` of the request"),
    known("include_encrypted_reasoning", Lost, Rewrite, "asks for sealed reasoning", "ask for it in the request"),
    known("beta_*", Lost, Rewrite, "features in preview", "ask for them in the request"),
    known("service_tier", Lost, Rewrite, "the class of service", "`require.tiers`"),
];

/// Of a function.
pub(super) const FUNCTION: &[Known] = &[
    known("type", Lost, Content, "chat, or JSON by a schema", "ask for `response_format` in the request"),
    known("output_schema", Lost, Content, "the schema of answers", "send it as `response_format` of the request"),
    known("system_schema", Lost, Content, "the schema of a template's arguments", APPLICATION),
    known("user_schema", Lost, Content, "the schema of a template's arguments", APPLICATION),
    known("assistant_schema", Lost, Content, "the schema of a template's arguments", APPLICATION),
    known("schemas", Lost, Content, "the schemas of templates' arguments", APPLICATION),
    known("tools", Lost, Content, "tools that the function offers", "send them as `tools` of the request"),
    known("tool_choice", Lost, Content, "whether a tool is called", "send it as `tool_choice` of the request"),
    known(
        "parallel_tool_calls",
        Lost,
        Content,
        "whether tools are called at once",
        "send it as `parallel_tool_calls` of the request",
    ),
    known("description", Dead, Operation, "a label", "drop it"),
    known("evaluators", Lost, Experiment, "evaluations", OWN_TOOLS),
];

/// Of a variant.
pub(super) const VARIANT: &[Known] = &[
    known("templates", Lost, Content, "prompts that the gateway holds", APPLICATION),
    known("system_template", Lost, Content, "a prompt that the gateway holds", APPLICATION),
    known("user_template", Lost, Content, "a prompt that the gateway holds", APPLICATION),
    known("assistant_template", Lost, Content, "a prompt that the gateway holds", APPLICATION),
    known("input_wrappers", Lost, Content, "prompts that the gateway holds", APPLICATION),
    known("json_mode", Lost, Content, "how JSON is asked for", "send `response_format` in the request"),
    known("extra_body", Lost, Rewrite, "edits of the upstream's body", "set them with `rewrite` on the route"),
    known("extra_headers", Lost, Rewrite, "headers for the upstream", "the embedder adds them"),
    known("thinking_budget_tokens", Lost, Rewrite, "how much the model may think", "ask for it in the request"),
    known("embedding_model", Lost, Experiment, "finds examples", OWN_TOOLS),
    known("k", Lost, Experiment, "how many examples", OWN_TOOLS),
    known("candidates", Lost, Experiment, "variants that are all called", OWN_TOOLS),
    known("evaluator", Lost, Experiment, "judges the candidates", OWN_TOOLS),
    known("fuser", Lost, Experiment, "joins the candidates", OWN_TOOLS),
    known(
        "namespace",
        Lost,
        Attribution,
        "which experiments may use it",
        "a condition of the policy may read metadata",
    ),
    known("timeout_s", Grave, Experiment, "how long candidates may take", OWN_TOOLS),
];

/// Of an experiment.
pub(super) const EXPERIMENT: &[Known] = &[
    known("metric", Lost, Experiment, "what feedback the weights follow", OWN_TOOLS),
    known("update_period_s", Lost, Experiment, "how often the weights move", OWN_TOOLS),
    known("min_samples_per_variant", Lost, Experiment, "when the weights begin to move", OWN_TOOLS),
    known("min_prob", Lost, Experiment, "the least share of a candidate", OWN_TOOLS),
    known("delta", Lost, Experiment, "how sure the experiment must be", OWN_TOOLS),
    known("epsilon", Lost, Experiment, "how near the best is good enough", OWN_TOOLS),
    known("algorithm", Lost, Experiment, "how the weights move", OWN_TOOLS),
    known(
        "namespaces",
        Lost,
        Experiment,
        "experiments of their own by namespace",
        "a condition of the policy may read metadata",
    ),
];
