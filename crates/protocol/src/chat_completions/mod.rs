//! Chat Completions: `POST /v1/chat/completions`.
//!
//! The tables follow the types of the vendor's Python SDK `openai` 3.54.0 (read 2026-11-21), with the extensions that
//! compatible hosts and gateways add to requests: `top_k`, `cache_control`, `reasoning_content` and its kin.

mod decode;
mod encode;
mod response;
pub(crate) mod stream;
pub(crate) mod stream_out;
mod tools;

pub(crate) use decode::decode;
pub(crate) use response::{decode_response, encode_own};

use crate::table::{Scope, scope};

/// Every table of this protocol, for those who ask what is known.
pub(crate) static SCOPES: [&Scope; 16] = [
    &REQUEST,
    &STREAM_OPTIONS,
    &MESSAGE,
    &RESULT,
    &PART,
    &IMAGE,
    &FILE,
    &AUDIO,
    &CALL,
    &CALL_FUNCTION,
    &CALL_CUSTOM,
    &TOOL,
    &FUNCTION,
    &CUSTOM,
    &FORMAT,
    &SCHEMA,
];

/// Leaves of the body.
pub(crate) static REQUEST: Scope = scope!("" {
    "temperature" => Temperature: Number,
    "top_p" => TopP: Number,
    "frequency_penalty" => FrequencyPenalty: Number,
    "presence_penalty" => PresencePenalty: Number,
    "seed" => Seed: Number,
    "logit_bias" => LogitBias: Object,
    "logprobs" => Logprobs: Bool,
    "top_logprobs" => TopLogprobs: Number,
    "stop" => Stop: Texts,
    "max_completion_tokens" => MaxOutputTokens: Number,
    "max_tokens" => LegacyMaxTokens: Number,
    "n" => Choices: Number,
    "stream" => Stream: Bool,
    "parallel_tool_calls" => ParallelToolCalls: Bool,
    "reasoning_effort" => Effort: String,
    "verbosity" => Verbosity: String,
    "safety_identifier" => SafetyIdentifier: String,
    "user" => User: String,
    "metadata" => Metadata: Object,
    "service_tier" => ServiceTier: String,
    "store" => Store: Bool,
    "prediction" => Prediction: Object,
    "moderation" => Moderation: Object,
    "modalities" => Modalities: List,
    "audio" => AudioOutput: Object,
    "web_search_options" => WebSearchOptions: Switch,
    "prompt_cache_key" => PromptCacheKey: String,
    "prompt_cache_retention" => PromptCacheRetention: String,
    "prompt_cache_options" => PromptCacheOptions: Object,
    // How this protocol writes `thinking: {type: disabled}` of Messages: `reasoning_effort: none`.
    "reasoning_effort" => Thinking: Any,
});

/// Leaves of `stream_options`.
pub(crate) static STREAM_OPTIONS: Scope = scope!("stream_options" {
    "include_usage" => StreamUsage: Bool,
    "include_obfuscation" => StreamObfuscation: Bool,
});

/// Leaves of a message.
pub(crate) static MESSAGE: Scope = scope!("" {
    "name" => MessageName: String,
    "annotations" => Citations: List,
    "audio" => AudioReference: Object,
    "reasoning_content" => ReasoningText: Any,
    "reasoning" => ReasoningText: Any,
    "reasoning_text" => ReasoningText: Any,
    "reasoning_details" => ReasoningText: Any,
    "reasoning_signature" => ReasoningText: Any,
});

/// Leaves of a message that is a tool's result.
pub(crate) static RESULT: Scope = scope!("" {
    "name" => ToolResultName: String,
});

/// Leaves of a content part.
pub(crate) static PART: Scope = scope!("" {
    "prompt_cache_breakpoint" => CacheBreakpoint: Object,
    "cache_control" => CacheControl: Object,
});

/// Leaves of an image part's `image_url`.
pub(crate) static IMAGE: Scope = scope!("image_url" {
    "detail" => ImageDetail: String,
});

/// Leaves of a file part's `file`.
pub(crate) static FILE: Scope = scope!("file" {
    "filename" => FileName: String,
});

/// An audio part's `input_audio` has no leaves beside its bytes and format.
pub(crate) static AUDIO: Scope = scope!("input_audio" {});

/// A tool call, outside its `function`.
pub(crate) static CALL: Scope = scope!("" {});

/// A tool call's `function`.
pub(crate) static CALL_FUNCTION: Scope = scope!("function" {});

/// A tool call's `custom`.
pub(crate) static CALL_CUSTOM: Scope = scope!("custom" {});

/// A tool, outside its `function`.
pub(crate) static TOOL: Scope = scope!("" {
    "cache_control" => CacheControl: Object,
});

/// Leaves of a tool's `function`.
pub(crate) static FUNCTION: Scope = scope!("function" {
    "strict" => Strict: Bool,
});

/// A tool's `custom`.
pub(crate) static CUSTOM: Scope = scope!("custom" {});

/// `response_format`, outside its schema.
pub(crate) static FORMAT: Scope = scope!("response_format" {});

/// `response_format.json_schema`.
pub(crate) static SCHEMA: Scope = scope!("response_format/json_schema" {});

/// Leaves of a response.
pub(crate) static RESPONSE: Scope = scope!("" {
    "id" => ResponseId: Any,
    "object" => ResponseObject: Any,
    "created" => Created: Any,
    "usage" => Usage: Any,
    "service_tier" => ServiceTier: Any,
    "system_fingerprint" => Fingerprint: Any,
    "moderation" => ResponseOption: Any,
    "metadata" => Metadata: Any,
});

/// Leaves of a choice, outside its message.
pub(crate) static CHOICE: Scope = scope!("choice" {
    "index" => ChoiceIndex: Any,
    "finish_reason" => FinishReason: Any,
    "logprobs" => ChoiceLogprobs: Any,
});

/// Leaves of a chunk of a stream.
pub(crate) static CHUNK: Scope = scope!("" {
    "id" => ResponseId: Any,
    "object" => ResponseObject: Any,
    "created" => Created: Any,
    "usage" => Usage: Any,
    "service_tier" => ServiceTier: Any,
    "system_fingerprint" => Fingerprint: Any,
    "obfuscation" => EventMember: Any,
    "error" => ResponseError: Any,
});

/// Leaves of a chunk's `delta`.
pub(crate) static DELTA: Scope = scope!("delta" {
    "role" => EventMember: Any,
    "content" => EventMember: Any,
    "refusal" => EventMember: Any,
    "reasoning_content" => ReasoningText: Any,
    "reasoning" => ReasoningText: Any,
    "reasoning_text" => ReasoningText: Any,
    "reasoning_details" => ReasoningText: Any,
    "reasoning_signature" => ReasoningText: Any,
    "audio" => AudioReference: Any,
    "annotations" => Citations: List,
});

/// Leaves of a delta's legacy `function_call`.
pub(crate) static DELTA_CALL: Scope = scope!("delta/function_call" {
    "name" => EventMember: Any,
    "arguments" => EventMember: Any,
});

/// Leaves of a piece of a call.
pub(crate) static CALL_DELTA: Scope = scope!("" {
    "index" => EventMember: Any,
    "id" => EventMember: Any,
    "type" => EventMember: Any,
});

/// Leaves of a piece of a function's call.
pub(crate) static CALL_DELTA_FUNCTION: Scope = scope!("function" {
    "name" => EventMember: Any,
    "arguments" => EventMember: Any,
});

/// Leaves of a piece of a custom tool's call.
pub(crate) static CALL_DELTA_CUSTOM: Scope = scope!("custom" {
    "name" => EventMember: Any,
    "input" => EventMember: Any,
});
