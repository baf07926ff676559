//! Responses: `POST /v1/responses`.
//!
//! The tables follow the types of the vendor's Python SDK `openai` 3.54.0 (read 2026-11-21).

mod decode;
mod encode;
mod response;
pub(crate) mod stream;
pub(crate) mod stream_out;

pub(crate) use decode::decode;
pub(crate) use response::{decode_response, encode_own};

use crate::table::{Scope, scope};
use switchback_ir::Feature;

/// Every table of this protocol, for those who ask what is known.
pub(crate) static SCOPES: [&Scope; 12] = [
    &REQUEST,
    &STREAM_OPTIONS,
    &REASONING,
    &TEXT,
    &FORMAT,
    &MESSAGE,
    &CALL,
    &PART,
    &FILE,
    &TOOL,
    &WEB_SEARCH,
    &WEB_FILTERS,
];

/// Leaves of the body.
pub(crate) static REQUEST: Scope = scope!("" {
    "temperature" => Temperature: Number,
    "top_p" => TopP: Number,
    "top_logprobs" => TopLogprobs: Number,
    "max_output_tokens" => MaxOutputTokens: Number,
    "stream" => Stream: Bool,
    "parallel_tool_calls" => ParallelToolCalls: Bool,
    "max_tool_calls" => MaxToolCalls: Number,
    "safety_identifier" => SafetyIdentifier: String,
    "user" => User: String,
    "metadata" => Metadata: Object,
    "service_tier" => ServiceTier: String,
    "store" => Store: Bool,
    "previous_response_id" => PreviousResponse: String,
    "conversation" => Conversation: Any,
    "background" => Background: Bool,
    "prompt" => PromptTemplate: Object,
    "truncation" => Truncation: String,
    "moderation" => Moderation: Object,
    "context_management" => ContextManagement: List,
    "prompt_cache_key" => PromptCacheKey: String,
    "prompt_cache_retention" => PromptCacheRetention: String,
    "prompt_cache_options" => PromptCacheOptions: Object,
    "access_programs" => ProtocolOption: Object,
    "background_options" => ProtocolOption: Object,
    "image" => ProtocolOption: Object,
    // The limit that Chat Completions writes as `max_tokens`.
    "max_output_tokens" => LegacyMaxTokens: Number,
});

/// Leaves of `stream_options`.
pub(crate) static STREAM_OPTIONS: Scope = scope!("stream_options" {
    "include_obfuscation" => StreamObfuscation: Bool,
});

/// Leaves of `reasoning`.
pub(crate) static REASONING: Scope = scope!("reasoning" {
    "effort" => Effort: String,
    "summary" => ReasoningSummary: String,
    "generate_summary" => ReasoningSummary: String,
    "context" => ReasoningContext: String,
    "mode" => ReasoningContext: String,
    // How this protocol writes `thinking: {type: disabled}` of Messages: `effort: none`.
    "effort" => Thinking: Any,
});

/// Leaves of `text`, outside its format.
pub(crate) static TEXT: Scope = scope!("text" {
    "verbosity" => Verbosity: String,
});

/// `text.format`, outside what every schema has.
pub(crate) static FORMAT: Scope = scope!("text/format" {});

/// Leaves of a message item.
pub(crate) static MESSAGE: Scope = scope!("" {
    "id" => ItemId: String,
    "status" => ItemStatus: String,
    "phase" => ItemPhase: String,
});

/// Leaves of a call or result item.
pub(crate) static CALL: Scope = scope!("" {
    "id" => ItemId: String,
    "status" => ItemStatus: String,
    "caller" => ToolCaller: Object,
    "namespace" => ToolCaller: String,
    "name" => ToolResultName: String,
});

/// Leaves of a content part.
pub(crate) static PART: Scope = scope!("" {
    "detail" => ImageDetail: String,
    "filename" => FileName: String,
    "annotations" => Citations: List,
    "logprobs" => OutputLogprobs: List,
    "prompt_cache_breakpoint" => CacheBreakpoint: Object,
    "prompt_cache_breakpoint" => CacheControl: Object,
});

/// Leaves of a file part, whose `detail` is another than an image's.
pub(crate) static FILE: Scope = scope!("" {
    "detail" => FileDetail: String,
    "filename" => FileName: String,
    "prompt_cache_breakpoint" => CacheBreakpoint: Object,
    "prompt_cache_breakpoint" => CacheControl: Object,
});

/// Leaves of a tool.
pub(crate) static TOOL: Scope = scope!("" {
    "strict" => Strict: Bool,
    "allowed_callers" => AllowedCallers: List,
    "defer_loading" => DeferLoading: Bool,
    "output_schema" => ToolAnnotation: Object,
});

/// Leaves of a web search, outside its filters.
pub(crate) static WEB_SEARCH: Scope = scope!("" {
    "user_location" => UserLocation: Object,
    "search_context_size" => ProtocolOption: String,
    "search_content_types" => ProtocolOption: List,
    "external_web_access" => ProtocolOption: Bool,
});

/// Leaves of a web search's `filters`.
pub(crate) static WEB_FILTERS: Scope = scope!("filters" {
    "allowed_domains" => AllowedDomains: List,
});

/// Leaves of a response that no request has; the others repeat the request's.
pub(crate) static RESPONSE: Scope = scope!("" {
    "id" => ResponseId: Any,
    "object" => ResponseObject: Any,
    "created_at" => Created: Any,
    "status" => Status: Any,
    "error" => ResponseError: Any,
    "incomplete_details" => IncompleteDetails: Any,
    "usage" => Usage: Any,
    "output_text" => OutputCopy: Any,
    "completed_at" => ResponseOption: Any,
    // A result here, and not what the request asked for.
    "moderation" => ResponseOption: Any,
    "billing" => ResponseOption: Any,
    "tool_usage" => ResponseOption: Any,
    "input_transformations" => ResponseOption: Any,
    "prompt_cache_diagnostics" => ResponseOption: Any,
    "frequency_penalty" => ResponseOption: Any,
    "presence_penalty" => ResponseOption: Any,
});

/// Leaves of a stream's event.
pub(crate) static EVENT: Scope = scope!("" {
    "type" => EventMember: Any,
    "sequence_number" => EventMember: Any,
    "item_id" => EventMember: Any,
    "output_index" => EventMember: Any,
    "content_index" => EventMember: Any,
    "summary_index" => EventMember: Any,
    "annotation_index" => EventMember: Any,
    "delta" => EventMember: Any,
    "text" => EventMember: Any,
    "refusal" => EventMember: Any,
    "arguments" => EventMember: Any,
    "input" => EventMember: Any,
    "name" => EventMember: Any,
    "code" => EventMember: Any,
    "item" => EventMember: Any,
    "part" => EventMember: Any,
    "annotation" => EventMember: Any,
    "logprobs" => OutputLogprobs: Any,
    "obfuscation" => EventMember: Any,
    "error" => ResponseError: Any,
    "message" => EventMember: Any,
    "param" => EventMember: Any,
});

/// Types of items that a provider's own tools put into the input and output.
const SERVER_ITEMS: &[&str] = &[
    "apply_patch_call",
    "apply_patch_call_output",
    "code_interpreter_call",
    "computer_call",
    "computer_call_output",
    "file_search_call",
    "image_generation_call",
    "local_shell_call",
    "local_shell_call_output",
    "mcp_approval_request",
    "mcp_approval_response",
    "mcp_call",
    "mcp_list_tools",
    "program",
    "program_output",
    "shell_call",
    "shell_call_output",
    "tool_search_call",
    "tool_search_output",
    "web_search_call",
];

/// What the loss of an item of type `kind` is called.
fn item_feature(kind: &str) -> Feature {
    match kind {
        "reasoning" => Feature::ReasoningReplay,
        "item_reference" => Feature::ItemReference,
        "additional_tools" => Feature::AdditionalTools,
        "compaction" | "compaction_trigger" | "context_compaction" => Feature::ContextManagement,
        _ if SERVER_ITEMS.contains(&kind) => Feature::ServerToolItem,
        _ => Feature::UnknownRole,
    }
}
