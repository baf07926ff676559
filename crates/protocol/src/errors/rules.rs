//! The table that sorts errors into classes.

use switchback_ir::ErrorClass;

/// One line of the table: an error that meets every condition which is not empty is of that class.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Rule {
    /// The stable name, for logs: what decided.
    pub name: &'static str,
    /// The class.
    pub class: ErrorClass,
    /// HTTP statuses, both ends included; an error whose status nobody knows meets it where there are words or phrases.
    pub status: &'static [(u16, u16)],
    /// A `type`, `code`, `status` or exception name in the body or the headers, in lower case; one of them.
    pub words: &'static [&'static str],
    /// A part of the message, in lower case; one of them.
    pub phrases: &'static [&'static str],
    /// Who says so, and what it means.
    pub about: &'static str,
}

const CLIENT: &[(u16, u16)] = &[(400, 499)];
const THROTTLED: &[(u16, u16)] = &[(413, 413), (429, 429), (498, 498), (503, 503), (529, 529)];
const ANY: &[(u16, u16)] = &[];

macro_rules! rules {
    ($($name:literal $class:ident ($status:expr) [$($word:literal),*] [$($phrase:literal),*] $about:literal;)*) => {
        /// Read from top to bottom; the first rule that an error meets decides.
        ///
        /// Specific before general: what a vendor's code or wording says overrules the status, since vendors send quota as
        /// 429 and 400, context overflow as 400, 413 and 500, and a missing model as 400. Sources: the error pages of the vendors'
        /// API references and recorded bodies, read 2026-11-21; messages are not a contract, and a phrase is here only where no
        /// code tells the case.
        pub(super) static RULES: &[Rule] = &[$(Rule {
            name: $name,
            class: ErrorClass::$class,
            status: $status,
            words: &[$($word),*],
            phrases: &[$($phrase),*],
            about: $about,
        },)*];
    };
}

rules! {
    // What Google calls RESOURCE_EXHAUSTED is many things, and its wording for a rate is that of others for a bill.
    "google_tokens" RateLimitTokens (ANY)
        ["resource_exhausted"]
        ["token_count", "tokens_per", "tokens per", "input_token", "output_token"]
        "Google: a token quota of a window";
    "google_requests" RateLimitRequests (ANY)
        ["resource_exhausted"]
        ["requests_per", "requests per", "_requests", "please retry in", "quota exceeded for"]
        "Google: a request quota of a window";
    "google_capacity" Overloaded (ANY)
        ["resource_exhausted"]
        ["out of capacity"]
        "Vertex AI: shared capacity is used up";
    "google_exhausted" RateLimitRequests (ANY)
        ["resource_exhausted"]
        []
        "Google: a quota that it does not name";
    // Money: never retried, whatever the status.
    "quota_code" Quota (ANY)
        ["insufficient_quota", "billing_error", "billing_hard_limit_reached", "billing_not_active",
         "insufficient_credits", "insufficient_balance", "insufficient_funds", "quota_exceeded",
         "credit_balance_too_low", "payment_required", "arrearage", "contract_spend_limit_reached",
         "enforced_spend_limit_reached", "linked_organization_spend_limit_reached",
         "linked_organization_billing_unavailable", "user_profile_not_billable", "user_profile_billing_not_authorized",
         "budget_exceeded", "servicequotaexceededexception"]
        []
        "credit, spending limit or bill, by code";
    "quota_phrase" Quota (CLIENT)
        []
        ["credit balance is too low", "exceeded your current quota", "insufficient credits", "insufficient credit",
         "insufficient balance", "insufficient quota", "requires more credits", "more credits are required",
         "out of credits", "billing hard limit", "specified api usage limits", "spending limit", "spend limit",
         "check your billing", "billing details", "exceeded your monthly", "used all available credits"]
        "the same, by wording: Anthropic (400), OpenRouter, DeepSeek, xAI";
    // Rates, before size: \"request too large ... tokens per minute\" is a rate.
    "concurrency" RateLimitConcurrency (THROTTLED)
        ["concurrency_limit_exceeded", "concurrent_limit_exceeded", "too_many_concurrent_requests",
         "ramp_limit_exceeded"]
        []
        "too many at once, or a rise that is too steep, by code";
    "concurrency_phrase" RateLimitConcurrency (THROTTLED)
        []
        ["concurren", "in parallel", "usage increase rate", "acceleration limit"]
        "the same, by wording";
    "token_rate" RateLimitTokens (THROTTLED)
        ["tokens", "tokens_usage_based", "token_rate_limit_exceeded", "tokens_per_minute"]
        []
        "OpenAI and Groq: `type` is what ran out";
    "token_rate_phrase" RateLimitTokens (THROTTLED)
        []
        ["tokens per min", "tokens per day", "tokens per hour", "(tpm)", "(tpd)", "token rate limit",
         "too many tokens, please wait", "input tokens per", "output tokens per"]
        "OpenAI, Anthropic, Azure, Bedrock, Groq";
    "overloaded_code" Overloaded (ANY)
        ["overloaded_error", "overloaded", "server_is_overloaded", "server_overloaded", "engine_overloaded",
         "service_unavailable", "service_unavailable_error", "service_tier_capacity_exceeded", "serviceunavailable", "serviceunavailableexception",
         "unavailable", "modelnotreadyexception", "capacity_exceeded", "slow_down", "cmek_context_unavailable",
         "cmek_key_unreachable", "compaction_unavailable"]
        []
        "no capacity now, by code";
    "capacity_phrase" Overloaded (&[(429, 429), (500, 599)])
        []
        ["overloaded", "capacity exceeded", "at capacity", "out of capacity", "over capacity", "no capacity",
         "high demand"]
        "the same, by wording: Mistral and Vertex send it as 429";
    // What is too much for the model or the service.
    "context_code" ContextOverflow (ANY)
        ["context_length_exceeded", "context_window_exceeded", "model_context_window_exceeded", "prompt_too_long",
         "exceed_context_size_error"]
        []
        "the context window, by code";
    "context_phrase" ContextOverflow (&[(400, 400), (413, 413), (422, 422), (500, 500)])
        []
        ["maximum context length", "prompt is too long", "input is too long", "exceed context limit",
         "exceeds the context window", "exceeds the model's context", "longer than the model's context",
         "context length exceeded", "exceeds the available context size",
         "exceeds the maximum number of tokens allowed", "maximum prompt length", "too many input tokens",
         "reduce the length of the messages", "exceeds the limit of tokens"]
        "the same, by wording: Anthropic, Bedrock, Google, xAI, Mistral, llama.cpp, vLLM";
    "size_code" TooLarge (ANY)
        ["request_too_large", "payload_too_large", "string_above_max_length", "array_above_max_length",
         "request_body_too_large_after_decoding", "available_tools_limit_exceeded", "image_dimensions_too_large",
         "image_too_large", "image_file_too_large"]
        []
        "bytes or counts, by code";
    "size_phrase" TooLarge (CLIENT)
        []
        ["request entity too large", "payload size exceeds", "exceeds the maximum allowed size", "image exceeds",
         "payload too large"]
        "the same, by wording";
    "policy_code" ContentPolicy (ANY)
        ["content_filter", "content_policy_violation", "responsibleaipolicyviolation",
         "image_content_policy_violation", "invalid_prompt", "bio_policy", "cyber_policy",
         "misalignment_policy_violation", "moderation_blocked", "prohibited_content", "data_inspection_failed",
         "datainspectionfailed", "guardrail_violation"]
        []
        "a filter, by code: OpenAI, Azure, DashScope";
    "policy_phrase" ContentPolicy (ANY)
        []
        ["content management policy", "content filtering policy", "content policy", "flagged as potentially violating",
         "rejected as a result of our safety system", "flagged by moderation", "input was flagged",
         "content exists risk"]
        "the same, by wording: Anthropic, Azure, OpenRouter, DeepSeek";
    // Who asks.
    "credential_code" Credential (ANY)
        ["invalid_api_key", "authentication_error", "unauthenticated", "invalid_authentication", "missing_api_key",
         "token_expired", "api_key_invalid", "unrecognizedclientexception", "invalidsignatureexception",
         "expiredtokenexception", "account_deactivated", "claude_code_key_creator_not_member"]
        []
        "the credential, by code";
    "credential_phrase" Credential (&[(400, 403)])
        []
        ["incorrect api key", "invalid api key", "invalid x-api-key", "api key not valid", "no auth credentials found",
         "no cookie auth credentials", "security token included in the request", "invalid subscription key",
         "missing bearer"]
        "the same, by wording: Google sends it as 400";
    // What is asked of it.
    "feature_no_endpoint" UnsupportedFeature (ANY)
        []
        ["no endpoints found that support", "no endpoints found that can handle"]
        "OpenRouter sends it as 404";
    "no_model_code" NotFound (ANY)
        ["model_not_found", "not_found_error", "deploymentnotfound", "resourcenotfoundexception", "not_found",
         "unknown_model", "invalid_model", "model_decommissioned", "model_not_available", "thread_not_found",
         "image_file_not_found"]
        []
        "no such model or object, by code";
    "no_model_phrase" NotFound (CLIENT)
        []
        ["no such model", "model not found", "unknown model", "model does not exist",
         "does not exist or you do not have access", "is not a valid model", "has been decommissioned",
         "model identifier is invalid", "no endpoints found", "on-demand throughput", "invalid model"]
        "the same, by wording: Bedrock, Mistral and OpenRouter send it as 400";
    "permission_code" Permission (ANY)
        ["permission_error", "permission_denied", "accessdeniedexception", "access_denied", "request_forbidden",
         "forbidden", "unsupported_country_region_territory", "data_residency_mismatch", "organization_on_hold",
         "organization_type_not_supported", "organization_restricted", "sandbox_egress_restricted",
         "cmek_key_disabled", "cmek_key_network_blocked", "user_profile_required"]
        []
        "closed to this credential, by code";
    "permission_phrase" Permission (&[(400, 403)])
        []
        ["must be verified to", "don't have access to the model", "not authorized to perform",
         "not authorized to invoke"]
        "the same, by wording";
    "unsupported_code" UnsupportedFeature (CLIENT)
        ["unsupported_parameter", "unsupported_value", "unsupported_feature", "unsupported_operation",
         "operationnotsupported", "unsupported_content_type", "unsupported_image_media_type", "unimplemented",
         "not_supported", "thread_unsupported_request", "unknown_parameter", "extra_forbidden"]
        []
        "the endpoint does not do it, by code";
    "output_limit" UnsupportedFeature (CLIENT)
        []
        ["maximum allowed number of output tokens", "completion tokens, whereas you provided",
         "tokens you requested exceed"]
        "more output than the model makes: another one may";
    "unsupported_phrase" UnsupportedFeature (CLIENT)
        []
        ["not supported", "unsupported parameter", "unsupported value", "does not support", "doesn't support",
         "do not support", "isn't supported", "no longer supported", "unrecognized request argument",
         "extra inputs are not permitted", "unknown parameter", "cannot find field", "not compatible with"]
        "the same, by wording";
    // Throttling that says no more than that, and times that ran out.
    "request_rate" RateLimitRequests (ANY)
        ["requests", "rate_limit_exceeded", "rate_limit_error", "rate_limited", "rate_limit", "too_many_requests",
         "toomanyrequests", "throttlingexception", "throttling", "throttled", "toomanyrequestsexception", "1300"]
        []
        "a request rate, or a rate that nobody names, by code";
    "request_rate_phrase" RateLimitRequests (THROTTLED)
        []
        ["rate limit", "too many requests", "requests per", "throttl"]
        "the same, by wording";
    "timeout_code" Timeout (ANY)
        ["timeout_error", "timeout", "request_timeout", "deadline_exceeded", "modeltimeoutexception",
         "gateway_timeout", "vector_store_timeout", "request_body_timeout"]
        []
        "time ran out, by code";
    "cancelled_code" Cancelled (ANY)
        ["cancelled", "request_cancelled", "client_closed_request"]
        []
        "nobody waits any more";
    // The status alone.
    "status_401" Credential (&[(401, 401)])
        []
        []
        "by status";
    "status_402" Quota (&[(402, 402)])
        []
        []
        "by status";
    "status_403" Permission (&[(403, 403), (407, 407), (451, 451)])
        []
        []
        "by status";
    "status_404" NotFound (&[(404, 405), (410, 410)])
        []
        []
        "by status";
    "status_408" Timeout (&[(408, 408), (504, 504), (524, 524)])
        []
        []
        "by status; 524 is Cloudflare's";
    "status_409" Server (&[(409, 409), (423, 425)])
        []
        []
        "by status: a lock, or Bedrock's model error; the vendors' SDKs retry it";
    "status_413" TooLarge (&[(413, 413), (431, 431)])
        []
        []
        "by status";
    "status_415" UnsupportedFeature (&[(415, 415), (501, 501)])
        []
        []
        "by status";
    "status_429" RateLimitRequests (&[(429, 429)])
        []
        []
        "by status";
    "status_499" Cancelled (&[(499, 499)])
        []
        []
        "by status";
    "status_503" Overloaded (&[(503, 503), (529, 529)])
        []
        []
        "by status; 529 is Anthropic's";
    "status_502" Connection (&[(502, 502), (520, 523), (525, 527), (530, 530)])
        []
        []
        "by status: a proxy reached nobody; 520 and on are Cloudflare's";
    "status_4xx" BadRequest (CLIENT)
        []
        []
        "by status";
    "status_5xx" Server (&[(500, 599)])
        []
        []
        "by status";
    // No status: an event of a stream, or a body kept without its answer.
    "server_code" Server (ANY)
        ["api_error", "server_error", "internal_server_error", "internal_error", "internal", "internalserverexception",
         "internalfailure", "modelerrorexception", "modelstreamerrorexception", "processing_error"]
        []
        "the provider failed, by code";
    "request_code" BadRequest (ANY)
        ["invalid_request_error", "invalid_request", "invalid_argument", "bad_request", "badrequest",
         "validationexception", "validation_error", "failed_precondition", "out_of_range", "conflict_error"]
        []
        "the request, by a code that says no more";
}
