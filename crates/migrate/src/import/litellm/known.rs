//! Keys of LiteLLM that no route is made of.

use crate::import::table::{Known, known};

const KEY_LIMITS: &str = "set rate and spend limits per key";
const DASHBOARD: &str = "logs and figures of the new gateway; there is no callback to wire up";
const NO_STORE: &str = "no answers are stored; prompts are cached by providers, `prompt_cache_key` seeds that";
const NO_PROXY: &str = "there is no proxy to run";
const GUARDS: &str = "set guardrails up at the gateway (Concentrate: Guardrails & Redaction)";

/// Beside `model_name` and `litellm_params`.
pub(super) const ENTRY: &[Known] = known! {
    Lost Operation "access_groups" => "who may use the group", "give keys their own `allow`";
    Dead Operation "model_group" => "a label", "drop it";
};

/// Of `litellm_params`.
pub(super) const PARAMS: &[Known] = known! {
    Dead Endpoint "api_version" => "the version of Azure's API", "the gateway knows the versions of its endpoints";
    Dead Credential "organization" => "the upstream account's organisation", "a matter of the credential's scope";
    Lost Endpoint "vertex_ai_project" | "vertex_project" =>
        "the Google Cloud project", "a matter of the credential's scope";
    Lost Credential "tenant_id" | "client_id" | "azure_*" =>
        "how Azure is authenticated", "a matter of the credential's scope";
    Lost Credential "aws_*" => "how AWS is authenticated", "a matter of the credential's scope";
    Lost Operation "s3_*" => "where batches are kept", "set batches up with the provider";
    Dead Budget "budget_duration" => "the time of a budget that is not there", "drop it, or say the budget";
    Dead Endpoint "custom_llm_provider" => "the provider", "the model string names it";
    Dead Credential "litellm_credential_name" => "a stored credential", "the id of the credential's scope";
    Lost CatalogFact "input_cost_per_*" => "what input costs", "set the price in the catalog row";
    Lost CatalogFact "output_cost_per_*" => "what output costs", "set the price in the catalog row";
    Lost CatalogFact "cache_*_input_token_cost" => "what cached input costs", "set the price in the catalog row";
    Lost Rewrite "extra_headers" => "headers for the upstream", "the embedder adds them";
    Lost Rewrite "extra_body" => "members for the upstream's body", "set them with `rewrite`";
    Lost Rewrite "additional_drop_params" => "parameters to leave out", "list them in `rewrite.drop`";
    Always Rewrite "drop_params" => "leaves out what the model does not take", "degradation, on by default";
    Lost Operation "use_in_pass_through" => "passes requests through untouched", "call the provider directly";
    Lost Rate "max_parallel_requests" => "how many requests may be under way", "add a `limit` of `in_flight`";
    Lost Rate "itpm" => "input tokens a minute", "add a `limit` of `input_tokens.sum@1m`";
    Lost Rate "otpm" => "output tokens a minute", "add a `limit` of `output_tokens.sum@1m`";
    Dead Operation "mock_*" => "answers without a model, for tests", "mock in the client";
    Grave Experiment "adaptive_router_config" | "auto_router_*" =>
        "a router that judges each prompt", "name the model, or sort a pool by `score`";
    Grave Guardrail "guardrails" => "checks of what goes in and comes out", GUARDS;
    Lost Rewrite "merge_reasoning_content_in_choices" =>
        "shows reasoning as text", "reasoning comes in the client's own protocol";
    Lost Rate "tpm" => "tokens a minute", "add a `limit` of `total_tokens.sum@1m`";
};

/// Of `model_info`.
pub(super) const INFO: &[Known] = known! {
    Dead CatalogFact "mode" => "what the model is for", "the catalog says what an endpoint does";
    Dead Operation "version" | "description" => "a label", "drop it";
    Lost CatalogFact "supports_*" =>
        "what the model can do", "set the capability in the catalog row, where the catalog lacks the model";
    Lost CatalogFact "input_cost_per_*" => "what input costs", "set the price in the catalog row";
    Lost CatalogFact "output_cost_per_*" => "what output costs", "set the price in the catalog row";
    Lost CatalogFact "cache_*" => "what cached input costs", "set the price in the catalog row";
    Lost CatalogFact "max_*" => "how much the model takes", "set the limit in the catalog row";
    Lost Experiment "adaptive_router_preferences" =>
        "what a judging router makes of the model", "name the model, or sort a pool by `score`";
    Lost Operation "access_groups" => "who may use the group", "give keys their own `allow`";
    Lost Trigger "allowed_fails*" => "how many failures cool this deployment down", "set `cooldown` on its route";
    Lost Attribution "team_*" => "the team that the model belongs to", "give keys their own `allow`";
    Dead Operation "health_check_*" => "how the deployment is probed", "the gate goes by real traffic";
};

/// Of `router_settings`.
pub(super) const ROUTER: &[Known] = known! {
    Dead Operation "redis_*" =>
        "where replicas share their counts", "replicas of the new gateway share theirs by their own means";
    Dead Operation "cache_params" => "how counts are kept", "whoever measures decides that";
    Lost Cache "cache_responses" => "stores answers", NO_STORE;
    Dead Operation "client_ttl" => "how long HTTP clients are kept", NO_PROXY;
    Dead Observability "debug_level" | "set_verbose" => "how much is logged", NO_PROXY;
    Lost Rate "default_max_parallel_requests" => "how many requests may be under way", "add a `limit` of `in_flight`";
    Lost Operation "default_priority" =>
        "the place in the proxy's queue", "there is no queue; order calls in the application";
    Lost Rewrite "default_litellm_params" =>
        "parameters for every deployment", "set them with `rewrite` at the top of the policy";
    Lost Observability "alerting_config" => "where alerts go", DASHBOARD;
    Grave Sort "routing_groups" =>
        "strategies for groups of groups", "set `sort` or `split` on each group; this was seen in types only";
    Dead Operation "max_retries" => "retries of the HTTP client", "set `retry`";
    Lost Operation "tag_routing_prefix" =>
        "a beginning that tags must have", "hand the tags to the planner as conditions name them";
    Lost Operation "retry_after" => "the least wait before a retry", "set `retry.backoff.first_ms`";
    Lost Operation "assistants_config" => "the assistants API", "call the provider directly";
    Dead Operation "ignore_invalid_deployments" =>
        "starts although a deployment is wrong", "a policy is checked when it is loaded";
    Always Operation "enable_weighted_failover" => "draws again among the rest", "`rest = \"follow\"`";
};

/// Of `litellm_settings`, but for what routing reads.
pub(super) const MODULE: &[Known] = known! {
    Dead Observability "set_verbose" => "how much is logged", NO_PROXY;
    Dead Observability "json_logs" => "the form of logs", NO_PROXY;
    Dead Observability "telemetry" => "sends usage to LiteLLM", NO_PROXY;
    Lost Observability "success_callback" => "logs of answers", DASHBOARD;
    Lost Observability "failure_callback" => "logs of failures", DASHBOARD;
    Lost Observability "service_callback" => "logs of the proxy's own services", DASHBOARD;
    Lost Observability "callbacks" => "hooks for logs, metrics or storage", DASHBOARD;
    Lost Observability "callback_settings" => "settings of hooks", DASHBOARD;
    Grave Observability "turn_off_message_logging" =>
        "keeps prompts out of logs", "switch request logging off for the key or organisation";
    Grave Observability "redact_*" =>
        "keeps data out of logs", "switch request logging off for the key or organisation";
    Lost Observability "custom_prometheus_*" => "labels of metrics", DASHBOARD;
    Dead Observability "disable_end_user_cost_tracking*" => "leaves users out of metrics", DASHBOARD;
    Lost Observability "include_cost_in_streaming_usage" =>
        "adds cost to a stream's usage", "cost is recorded for each request";
    Lost Observability "langfuse_*" => "where logs go", DASHBOARD;
    Lost Observability "default_team_settings" =>
        "logging of each team", "a key for each team; figures roll up by key";
    Lost Operation "default_internal_user_params" => "what new users may do", "give keys their own limits";
    Lost Cache "cache" => "stores answers", NO_STORE;
    Lost Cache "cache_params" => "how answers are stored", NO_STORE;
    Lost Cache "enable_caching_on_provider_specific_optional_params" => "what tells stored answers apart", NO_STORE;
    Lost Budget "max_budget" => "the proxy's budget", KEY_LIMITS;
    Lost Budget "budget_duration" | "internal_user_budget_duration" => "the time that a budget is for", KEY_LIMITS;
    Lost Budget "max_internal_user_budget" => "a user's budget", KEY_LIMITS;
    Lost Rewrite "model_group_settings" =>
        "which groups get the client's headers", "the embedder decides which headers go on";
    Always Rewrite "modify_params" =>
        "mends requests that a provider would refuse", "conversion re-shapes, with a ledger";
    Grave Guardrail "guardrails" => "checks of what goes in and comes out", GUARDS;
    Lost Operation "ssl_verify" => "whether certificates are checked", "a matter of the embedder's HTTP client";
    Dead Operation "force_ipv4" => "a setting of the HTTP client", "a matter of the embedder's HTTP client";
    Lost Operation "public_model_groups" => "which groups are shown", "keep groups out of the list that clients see";
    Lost Operation "mcp_*" => "servers of tools", "keep them in the application";
    Lost Operation "enable_json_schema_validation" =>
        "checks answers against their schema", "check them in the application";
    Lost Operation "key_generation_settings" => "who may make keys", "keys are made in the dashboard";
    Lost Operation "upperbound_key_generate_params" => "what keys may be given", "keys are made in the dashboard";
};

/// Of `general_settings`.
pub(super) const GENERAL: &[Known] = known! {
    Dead Credential "master_key" => "the proxy's own key", "retire it: there is no proxy to administer";
    Dead Credential "database_url" =>
        "where keys and spend are kept", "retire it with the proxy, once spend logs are exported";
    Dead Operation "database_*" => "how the database is used", NO_PROXY;
    Lost Operation "store_model_in_db" =>
        "keeps further models in the database", "export those models too: this file does not have them";
    Lost Observability "store_prompts_in_spend_logs" =>
        "logs prompts", "switch request logging on for the key or organisation";
    Dead Operation "disable_*" | "enable_*" | "use_*" | "allow_*" => "a switch of the proxy", NO_PROXY;
    Dead Operation "proxy_*" => "how the proxy is run", NO_PROXY;
    Dead Operation "background_health_checks" => "probes deployments", "the gate goes by real traffic";
    Dead Operation "health_check_*" => "how deployments are probed", "the gate goes by real traffic";
    Lost Observability "alerting" => "where alerts go", DASHBOARD;
    Lost Observability "alerting_*" | "alert_*" => "when alerts go out", DASHBOARD;
    Lost Observability "spend_report_frequency" => "reports of spend", DASHBOARD;
    Lost Observability "otel" => "exports traces", DASHBOARD;
    Lost Operation "custom_auth" => "checks keys in code of one's own", "check keys in front of the gateway";
    Lost Operation "custom_*" => "code of one's own in the proxy", "put it in front of the gateway";
    Lost Credential "litellm_key_header_name" => "the header that keys come in", "send `Authorization: Bearer`";
    Lost Rewrite "forward_*" => "passes the client's headers on", "the embedder decides which headers go on";
    Lost Operation "pass_through_endpoints" => "paths that go to an upstream untouched", "call the upstream directly";
    Lost Rate "max_parallel_requests" | "global_max_parallel_requests" =>
        "how many requests may be under way", KEY_LIMITS;
    Lost Operation "max_*" => "a limit of the proxy", KEY_LIMITS;
    Lost Attribution "user_*" => "which header names the user", "a key for each user; figures roll up by key";
    Lost Operation "infer_model_from_keys" => "adds models for the keys that are set", "name the models";
    Lost Operation "completion_model" => "one model for every request", "set `route` at the top of the policy";
    Lost Credential "key_management_*" => "where secrets are kept", "keep secrets where the new gateway keeps them";
    Lost Operation "role_permissions" => "who may do what", "keys and their levels";
    Dead Operation "ui_access_mode" => "who sees the dashboard", NO_PROXY;
    Lost Observability "maximum_spend_logs_retention_period" => "how long logs are kept", DASHBOARD;
    Dead Operation "supported_db_objects" => "what the database keeps", NO_PROXY;
};

/// At the top.
pub(super) const SECTIONS: &[Known] = known! {
    Dead Operation "x-*" => "what anchors are written in, for other keys to repeat", "drop it";
    Grave Guardrail "guardrails" => "checks of what goes in and comes out", GUARDS;
    Lost Operation "finetune_settings" => "fine-tuning through the proxy", "call the provider directly";
    Lost Operation "files_settings" => "files through the proxy", "call the provider directly";
    Lost Operation "assistant_settings" => "assistants through the proxy", "call the provider directly";
    Lost Operation "mcp_*" => "servers of tools", "keep them in the application";
    Lost Operation "vector_store_registry" => "stores to search in", "keep them in the application";
    Lost Operation "search_tools" => "tools for searching", "use the providers' own web search";
    Lost Content "prompts" => "prompts that the proxy holds", "move them into the application";
    Grave Guardrail "policies" | "policy_attachments" => "which guardrails hold for whom", GUARDS;
    Lost Credential "credential_list" => "stored credentials", "keep secrets where the new gateway keeps them";
    Lost Observability "callback_settings" => "settings of hooks", DASHBOARD;
    Dead Operation "litellm_license" => "the licence", NO_PROXY;
    Grave Operation "include" => "further files", "import those files too: this one does not have what they say";
    Lost Operation "model_group_alias" =>
        "other names of groups, at a level where nothing reads them", "move it into `router_settings`";
    Dead Operation "worker_registry" => "where workers are", NO_PROXY;
};
