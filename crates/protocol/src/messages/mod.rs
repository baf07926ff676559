//! Messages: `POST /v1/messages`.
//!
//! The tables follow the types of the vendor's Python SDK `anthropic` 2.12.0, its beta types included (read
//! 2026-11-21).

mod decode;
mod encode;
mod response;
pub(crate) mod stream;
pub(crate) mod stream_out;

pub(crate) use decode::decode;
pub(crate) use encode::spell;
pub(crate) use response::{decode_response, encode_own};

use crate::table::{Scope, scope};
use switchback_ir::Feature;

/// Every table of this protocol, for those who ask what is known.
pub(crate) static SCOPES: [&Scope; 15] = [
    &REQUEST,
    &METADATA,
    &THINKING,
    &OUTPUT_CONFIG,
    &FORMAT,
    &LEGACY_FORMAT,
    &TOOL_CHOICE,
    &MESSAGE,
    &TEXT,
    &IMAGE,
    &DOCUMENT,
    &SOURCE,
    &CALL,
    &TOOL,
    &WEB_SEARCH,
];

/// Leaves of the body.
pub(crate) static REQUEST: Scope = scope!("" {
    "max_tokens" => MaxOutputTokens: Number,
    "temperature" => Temperature: Number,
    "top_p" => TopP: Number,
    "top_k" => TopK: Number,
    "stop_sequences" => Stop: List,
    "stream" => Stream: Bool,
    "service_tier" => ServiceTier: String,
    "cache_control" => CacheBreakpoint: Object,
    "cache_control" => CacheControl: Object,
    "container" => Container: Any,
    "context_management" => ContextManagement: Object,
    "inference_geo" => InferenceGeo: String,
    "mcp_servers" => McpServers: List,
    "speed" => Speed: String,
    "anthropic_version" => ProtocolOption: String,
    "anthropic_beta" => ProtocolOption: List,
    "betas" => ProtocolOption: List,
    "billing_policy" => ProtocolOption: Any,
    "compaction" => ProtocolOption: Any,
    "diagnostics" => ProtocolOption: Any,
    "fallback_credit_token" => ProtocolOption: Any,
    "fallbacks" => ProtocolOption: Any,
    "thread" => ProtocolOption: Any,
    "user_profile_id" => ProtocolOption: String,
    "workspace_id" => ProtocolOption: String,
    // The limit that Chat Completions writes as `max_tokens`.
    "max_tokens" => LegacyMaxTokens: Number,
});

/// Leaves of `metadata`.
pub(crate) static METADATA: Scope = scope!("metadata" {
    "user_id" => SafetyIdentifier: String,
    // The older name that the other two protocols have beside it.
    "user_id" => User: String,
});

/// Leaves of `thinking`.
pub(crate) static THINKING: Scope = scope!("thinking" {
    "type" => Thinking: String,
    "budget_tokens" => ThinkingBudget: Number,
    "display" => ThinkingDisplay: String,
});

/// Leaves of `output_config`, outside its format.
pub(crate) static OUTPUT_CONFIG: Scope = scope!("output_config" {
    "effort" => Effort: String,
});

/// `output_config.format`, outside its schema.
pub(crate) static FORMAT: Scope = scope!("output_config/format" {});

/// The older top-level `output_format`, outside its schema.
pub(crate) static LEGACY_FORMAT: Scope = scope!("output_format" {});

/// `tool_choice`, outside what every choice has.
pub(crate) static TOOL_CHOICE: Scope = scope!("tool_choice" {});

/// A message, outside its role and content.
pub(crate) static MESSAGE: Scope = scope!("" {});

/// Leaves of a text block.
pub(crate) static TEXT: Scope = scope!("" {
    "cache_control" => CacheBreakpoint: Object,
    "cache_control" => CacheControl: Object,
    "citations" => Citations: List,
});

/// Leaves of an image block.
pub(crate) static IMAGE: Scope = scope!("" {
    "cache_control" => CacheBreakpoint: Object,
    "cache_control" => CacheControl: Object,
    "transformations" => ImageTransformations: Any,
});

/// Leaves of a document block.
pub(crate) static DOCUMENT: Scope = scope!("" {
    "cache_control" => CacheBreakpoint: Object,
    "cache_control" => CacheControl: Object,
    "title" => FileName: String,
    "context" => DocumentContext: String,
    "citations" => DocumentCitations: Object,
});

/// A source's object, outside its bytes.
pub(crate) static SOURCE: Scope = scope!("source" {});

/// Leaves of a tool call or result.
pub(crate) static CALL: Scope = scope!("" {
    "cache_control" => CacheBreakpoint: Object,
    "cache_control" => CacheControl: Object,
    "caller" => ToolCaller: Object,
    "toolset_name" => ToolCaller: String,
    "is_error" => ToolResultError: Bool,
});

/// Leaves of a tool.
pub(crate) static TOOL: Scope = scope!("" {
    "cache_control" => CacheBreakpoint: Object,
    "cache_control" => CacheControl: Object,
    "strict" => Strict: Bool,
    "allowed_callers" => AllowedCallers: List,
    "defer_loading" => DeferLoading: Bool,
    "eager_input_streaming" => ToolAnnotation: Bool,
    "input_examples" => ToolAnnotation: List,
});

/// Leaves of a web search.
pub(crate) static WEB_SEARCH: Scope = scope!("" {
    "allowed_domains" => AllowedDomains: List,
    "blocked_domains" => BlockedDomains: List,
    "user_location" => UserLocation: Object,
    "cache_control" => CacheBreakpoint: Object,
    "max_uses" => ProtocolOption: Number,
    "strict" => ProtocolOption: Bool,
    "allowed_callers" => ProtocolOption: List,
    "defer_loading" => ProtocolOption: Bool,
});

/// Leaves of a response.
pub(crate) static RESPONSE: Scope = scope!("" {
    "id" => ResponseId: Any,
    "type" => ResponseObject: Any,
    "stop_reason" => FinishReason: Any,
    "stop_sequence" => StopSequence: Any,
    "stop_details" => StopDetails: Any,
    "usage" => Usage: Any,
    "container" => Container: Any,
    "context_management" => ContextManagement: Any,
    "diagnostics" => ResponseOption: Any,
});

/// Leaves of a stream's event.
pub(crate) static EVENT: Scope = scope!("" {
    "type" => EventMember: Any,
    "index" => EventMember: Any,
    "content_block" => EventMember: Any,
    "usage" => Usage: Any,
    "error" => ResponseError: Any,
    "context_management" => ContextManagement: Any,
});

/// Leaves of an event's `delta`.
pub(crate) static DELTA: Scope = scope!("delta" {
    "type" => EventMember: Any,
    "text" => EventMember: Any,
    "partial_json" => EventMember: Any,
    "thinking" => EventMember: Any,
    "signature" => EventMember: Any,
    "citation" => EventMember: Any,
    "stop_reason" => FinishReason: Any,
    "stop_sequence" => StopSequence: Any,
    "stop_details" => StopDetails: Any,
    "container" => Container: Any,
});

/// What the loss of a block of type `kind` is called.
fn block_feature(kind: &str) -> Feature {
    match kind {
        "thinking" | "redacted_thinking" => Feature::ReasoningReplay,
        "search_result" => Feature::SearchResult,
        "container_upload" => Feature::ContainerUpload,
        "compaction" => Feature::ContextManagement,
        "server_tool_use" | "mcp_tool_use" | "tool_reference" => Feature::ServerToolItem,
        _ if kind.ends_with("_tool_result") => Feature::ServerToolItem,
        _ => Feature::UnknownPart,
    }
}
