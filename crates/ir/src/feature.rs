//! The one table of what a request can use and what each protocol can express.
//!
//! Encoders, the ledger, capability matching and the docs read this table; nothing else decides what happens to a
//! feature in a protocol. The rows and the words are those of the mapping reference of 2026-08, checked against the
//! vendors' Python SDK types `openai` 3.54.0 and `anthropic` 2.12.0 (2026-11-21).

use crate::Protocol;
use std::fmt;

/// How a protocol expresses a feature that another protocol's request uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Expression {
    /// Carried with its meaning; no ledger entry.
    Native,
    /// Carried, or made good by something outside the body, with its meaning at risk; a `noted` entry.
    Noted,
    /// Not expressible: left out, with a `dropped` entry.
    Dropped,
    /// Not expressible, and leaving it out would change what the request asks for: no body, a `refused` entry.
    Refused,
}

/// How much a request depends on a feature, unless its caller says otherwise.
///
/// It orders degradations (the least important goes first) and gives a ledger entry its severity.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Importance {
    /// Hints: the answer is the same without it, only slower, dearer or less well labelled.
    Cosmetic,
    /// The answer is likely to be worse or different without it, but still an answer to this request.
    Preferred,
    /// Without it the answer is to another question.
    Required,
}

impl Importance {
    /// `cosmetic`, `preferred` or `required`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Cosmetic => "cosmetic",
            Self::Preferred => "preferred",
            Self::Required => "required",
        }
    }
}

struct Row {
    name: &'static str,
    mapping: &'static str,
    importance: Importance,
    expression: [Expression; 3],
    about: &'static str,
    avoid: &'static str,
}

macro_rules! features {
    (
        requests { $($request:ident $rn:literal $rw:literal $ri:ident [$rc:ident $rr:ident $rm:ident] $ra:literal $rv:literal;)* }
        responses { $($response:ident $an:literal $aw:literal $ai:ident [$ac:ident $ar:ident $am:ident] $aa:literal $av:literal;)* }
    ) => {
        /// Something that a request or a response uses, with a stable `snake_case` name fit for logs and metric labels.
        ///
        /// One enum for the ledger and for capability matching, so that the planner foresees exactly what an encoder
        /// will report. The variants are documented by the table itself: see [`Feature::about`].
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(u8)]
        pub enum Feature {
            $(#[doc = $ra] $request,)*
            $(#[doc = $aa] $response,)*
        }

        impl Feature {
            /// Every feature, in table order.
            pub const ALL: &'static [Self] = &[$(Self::$request,)* $(Self::$response,)*];

            /// Those that a request can use.
            pub const OF_REQUESTS: &'static [Self] = &[$(Self::$request,)*];

            /// Those that only responses and streams have.
            pub const OF_RESPONSES: &'static [Self] = &[$(Self::$response,)*];
        }

        const TABLE: &[Row] = &[
            $(features!(@row $rn $rw $ri [$rc $rr $rm] $ra $rv),)*
            $(features!(@row $an $aw $ai [$ac $ar $am] $aa $av),)*
        ];
    };
    (@row $name:literal $mapping:literal $importance:ident [$c:ident $r:ident $m:ident] $about:literal $avoid:literal) => {
        Row {
            name: $name,
            mapping: $mapping,
            importance: Importance::$importance,
            expression: [symbol::$c, symbol::$r, symbol::$m],
            about: $about,
            avoid: $avoid,
        }
    };
}

/// One-letter names that keep the table readable as columns.
mod symbol {
    use super::Expression;
    pub(super) const N: Expression = Expression::Native;
    pub(super) const T: Expression = Expression::Noted;
    pub(super) const D: Expression = Expression::Dropped;
    pub(super) const R: Expression = Expression::Refused;
}

features! { requests {
    // instructions and messages: rows 1-10
    SystemText "system_text" "1" Required [N N N] "system instructions before the first turn" "";
    DeveloperRole "developer_role" "3" Cosmetic [N N D] "the role name `developer`, where the target has only `system`" "send the instructions with role `system`";
    SystemBoundaries "system_boundaries" "2" Cosmetic [N N T] "several leading system messages, which become blocks of one" "send one system message with several parts";
    MidConversationSystem "mid_conversation_system" "4" Required [T T R] "a system message after the first turn, which some protocols and models do not take" "move the text into a user turn, or name a target that supports system turns";
    MessageName "message_name" "5" Cosmetic [N D D] "the `name` of a message's author" "write the name into the text";
    ItemId "item_id" "6" Cosmetic [D N D] "the `id` of an input item" "leave item ids out of the history";
    ItemStatus "item_status" "6" Cosmetic [D N D] "the `status` of an input item" "leave item status out of the history";
    ItemPhase "item_phase" "6" Preferred [D N D] "the `phase` of an assistant message" "route to an endpoint that speaks Responses";
    EmptyText "empty_text" "8" Cosmetic [N N T] "an empty text, which says nothing; the target rejects it, so it is left out" "leave empty text parts out";
    Prefill "prefill" "9" Preferred [T T N] "an assistant message at the end, whose text is to be continued" "ask for the beginning in an instruction";
    AssistantTextBoundaries "assistant_text_boundaries" "10" Cosmetic [T T T] "several texts in one assistant message, which Responses takes as one message each" "join the texts";
    TurnBoundaries "turn_boundaries" "7" Cosmetic [N T N] "consecutive assistant messages, which Responses has as one run of items" "";
    UnknownRole "unknown_role" "97" Required [D D D] "a message or item whose role or type no table knows" "route to an endpoint that speaks the request's own protocol";
    AdditionalTools "additional_tools" "24" Required [D N D] "tools added in the middle of the input" "list the tools at the top of the request";

    // content parts: rows 11-18
    ImageUrl "image_url" "11" Required [N N N] "an image by URL" "";
    ImageBase64 "image_base64" "12" Required [N N N] "an image in the body" "";
    ImageDataUrl "image_data_url" "12" Required [N N D] "a `data:` URL that is not `data:<media type>;base64,<data>`" "write the image as a base64 data URL";
    ImageFileId "image_file_id" "13" Required [R R R] "an image by file id, which only the provider that holds it can read" "send the image by URL or in the body";
    ImageDetail "image_detail" "14" Cosmetic [N N D] "the `detail` of an image" "leave `detail` out";
    ImageTransformations "image_transformations" "14" Preferred [D D N] "transformations of an image" "transform the image before sending it";
    FileBase64 "file_base64" "15" Required [N N N] "a document in the body" "";
    FileData "file_data" "15" Required [N N D] "document bytes without a media type" "write the document as a base64 data URL";
    FileUrl "file_url" "15" Required [D N N] "a document by URL" "send the document in the body";
    FileId "file_id" "15" Required [R R R] "a document by file id, which only the provider that holds it can read" "send the document in the body";
    FileText "file_text" "15" Required [D D N] "a document given as plain text" "send the text as a text part";
    FileContent "file_content" "15" Required [D D N] "a document given as content blocks" "send the blocks as parts of the message";
    FileName "file_name" "15" Cosmetic [N N N] "the name or title of a document" "";
    FileNameAbsent "file_name_absent" "15" Cosmetic [N N T] "a document without a name, where the source's protocol asks for one" "name the document";
    FileDetail "file_detail" "15" Cosmetic [D N D] "the `detail` of a document" "leave `detail` out";
    DocumentContext "document_context" "15" Preferred [D D N] "text about a document beside its content" "write the context into the message";
    DocumentCitations "document_citations" "15" Preferred [D D N] "citations asked of a document" "ask for quotations in the message";
    AudioInput "audio_input" "16" Required [N D D] "audio in the body" "send a transcript";
    AudioUrl "audio_url" "16" Required [N D D] "audio by URL, in a vendors' extension of Chat" "send a transcript";
    VideoUrl "video_url" "17" Required [N D D] "a video by URL, in a vendors' extension of Chat" "send pictures or a transcript";
    VideoBase64 "video_base64" "17" Required [N D D] "a video in the body, in a vendors' extension of Chat" "send pictures or a transcript";
    VideoFileId "video_file_id" "17" Required [R R R] "a video by file id, which only the provider that holds it can read" "send the video by URL or in the body";
    AudioOutput "audio_output" "17" Required [N D D] "spoken answers: `modalities`, `audio`" "ask for text";
    ImageOutput "image_output" "17" Required [N D D] "pictures in the answer: `modalities` with `image`" "ask for text, or call an image API";
    SearchResult "search_result" "18" Required [D D N] "a search result block" "send the result as text";
    ContainerUpload "container_upload" "18" Required [D D N] "a file put into a container" "send the file in the body";
    Refusal "refusal" "72" Preferred [N N D] "a refusal of an earlier assistant turn" "write the refusal as text";
    Citations "citations" "73" Preferred [D D D] "citations or annotations of an earlier assistant text" "leave citations out of the history";
    OutputLogprobs "output_logprobs" "59" Cosmetic [D N D] "log probabilities of an earlier assistant text" "leave them out of the history";
    ServerToolItem "server_tool_item" "75" Required [D D D] "a call or result of a tool that the provider ran" "leave server-tool items out of the history, or stay with their provider";
    UnknownPart "unknown_part" "97" Required [D D D] "a content part whose type no table knows" "route to an endpoint that speaks the request's own protocol";

    // tools: rows 19-32
    Tools "tools" "19" Required [N N N] "function tools" "";
    StrictTools "strict_tools" "20" Required [N N N] "a tool whose arguments must fit its schema" "";
    StrictByDefault "strict_by_default" "20" Preferred [T N T] "a tool without `strict`, which Responses tries to make strict and the target does not" "set `strict` explicitly";
    CustomTool "custom_tool" "22" Required [N N D] "a tool that takes free text or a grammar" "define a function with one string parameter";
    WebSearchTool "web_search_tool" "23" Required [D T T] "web search run by the provider, each in its own way" "define a function tool, or stay with a provider that searches";
    WebSearchDomains "web_search_domains" "23" Required [D N N] "the domains that a web search is limited to" "name the domains in the instructions";
    WebSearchBlockedDomains "web_search_blocked_domains" "23" Required [D D N] "domains that a web search leaves out" "name the domains that are allowed";
    WebSearchLocation "web_search_location" "23" Preferred [D N N] "where the user of a web search is" "say it in the instructions";
    WebSearchOptions "web_search_options" "23" Required [N D D] "web search asked for in the way of Chat's own search models and hosts" "route to an endpoint that speaks Chat";
    CodeExecutionTool "code_execution_tool" "24" Required [D D D] "code run by the provider" "define a function tool, or stay with a provider that runs code";
    FileSearchTool "file_search_tool" "24" Required [D D D] "file search run by the provider" "define a function tool, or stay with its provider";
    ImageGenerationTool "image_generation_tool" "24" Required [D D D] "image generation run by the provider" "stay with a provider that makes images";
    ComputerTool "computer_tool" "24" Required [D D D] "computer use" "stay with a provider that has it";
    McpTool "mcp_tool" "24" Required [D D D] "an MCP server called by the provider" "call the server in the client and define its tools as functions";
    HostedTool "hosted_tool" "24" Required [D D D] "another tool that the provider defines" "define a function tool, or stay with its provider";
    ToolAnnotations "tool_annotations" "25" Preferred [D D D] "examples, output schema or streaming of a tool, callers and searches of its own provider" "leave them out";
    ToolAnnotationsShared "tool_annotations_shared" "25" Preferred [D T T] "a tool that only the model calls, or that is loaded later, which Responses and Messages have under one name" "leave them out";
    ToolChoiceNone "tool_choice_none" "27" Required [N N N] "tools that may not be called" "";
    ToolChoiceRequired "tool_choice_required" "28" Required [N N N] "a call to any tool is forced" "";
    ToolChoiceNamed "tool_choice_named" "29" Required [N N N] "a call to one function is forced" "";
    ToolChoiceCustom "tool_choice_custom" "30" Required [N N D] "a call to one custom tool is forced" "define the tool as a function";
    ToolChoiceAllowed "tool_choice_allowed" "30" Required [N N D] "a choice among some of the tools" "list only the allowed tools";
    ToolChoiceHosted "tool_choice_hosted" "30" Required [D D D] "a call to a tool of the provider is forced" "define the tool as a function";
    ToolChoiceWithoutTools "tool_choice_without_tools" "32" Cosmetic [D D D] "a tool choice in a request without tools" "leave the tool choice out";
    ParallelToolCallsOff "parallel_tool_calls_off" "31" Preferred [N N N] "at most one tool call a turn" "";
    ToolName "tool_name" "21" Cosmetic [T T T] "a tool's name that the target does not take, replaced by one that it does; the request's context keeps it" "name tools with at most 64 letters, digits, `_` and `-`";
    ParallelToolCallsUnused "parallel_tool_calls_unused" "31" Cosmetic [N N D] "parallel tool calls set where no tool may be called" "leave `parallel_tool_calls` out";

    // calls and results: rows 33-42
    ToolCalls "tool_calls" "35" Required [N N N] "tool calls and results in the history" "";
    CallId "call_id" "35" Cosmetic [T T T] "a call's id that the target does not take, replaced by one that it does; the request's context keeps it" "leave the ids as their provider made them";
    ToolCallOrder "tool_call_order" "36" Preferred [T N N] "text after a tool call, whose place in the turn the target cannot keep" "put the text before the calls";
    InvalidArguments "invalid_arguments" "34" Required [N N R] "tool arguments that are not a JSON object" "repair the arguments in the history";
    CustomToolCall "custom_tool_call" "40" Required [N N D] "a call of a custom tool, or its result" "define the tool as a function";
    ToolCaller "tool_caller" "25" Cosmetic [D D D] "the caller or namespace of a tool call" "leave it out of the history";
    ToolResultError "tool_result_error" "39" Preferred [D D N] "a tool result marked as an error" "say in the result's text that the call failed";
    ToolResultImage "tool_result_image" "38" Required [D N N] "an image in a tool result" "send the image in a user message after the result";
    ToolResultFile "tool_result_file" "38" Required [D N N] "a document in a tool result" "send the document in a user message after the result";
    ToolResultName "tool_result_name" "5" Cosmetic [N D D] "the tool's name beside its result" "leave `name` out";
    ToolResultOrder "tool_result_order" "33" Cosmetic [T N N] "content before a tool result in one user turn, which comes after it in the target" "put tool results first";
    LegacyFunctions "legacy_functions" "42" Cosmetic [N T T] "`functions` and `function_call`, which become tools" "use `tools` and `tool_choice`";

    // reasoning: rows 43-52
    ReasoningEffort "reasoning_effort" "43" Preferred [N N N] "a reasoning effort" "";
    ReasoningEffortMinimal "reasoning_effort_minimal" "43" Preferred [N N D] "reasoning effort `minimal`" "use `low`";
    ReasoningEffortOther "reasoning_effort_other" "43" Preferred [N N D] "a reasoning effort that the target does not name" "use `low`, `medium` or `high`";
    ReasoningOff "reasoning_off" "45" Preferred [N N N] "reasoning turned off" "";
    ReasoningOffIgnored "reasoning_off_ignored" "45" Cosmetic [D D N] "thinking turned off beside an effort" "send the one that is meant";
    ReasoningBudget "reasoning_budget" "44" Preferred [D D N] "a token budget for reasoning" "use a reasoning effort";
    ReasoningAdaptive "reasoning_adaptive" "45" Preferred [D D N] "reasoning as long as the model finds fit" "use a reasoning effort";
    ReasoningDisplay "reasoning_display" "46" Cosmetic [D D N] "how thinking is shown" "leave `display` out";
    ReasoningSummary "reasoning_summary" "46" Cosmetic [D N D] "a summary of the reasoning" "leave `summary` out";
    ReasoningContext "reasoning_context" "52" Preferred [D N D] "which reasoning is kept, and the reasoning mode" "leave `context` and `mode` out";
    ReasoningReplay "reasoning_replay" "48" Preferred [D D D] "reasoning of an earlier turn, sealed by its provider" "stay with the provider that sealed it";
    EnvelopeOfMessages "envelope_of_messages" "49" Preferred [D D N] "reasoning sealed by a provider that speaks Messages, in an envelope" "stay with the provider that sealed it, or let the target carry envelopes";
    EnvelopeOfResponses "envelope_of_responses" "50" Preferred [D N D] "reasoning sealed by a provider that speaks Responses, in an envelope" "stay with the provider that sealed it, or let the target carry envelopes";
    ReasoningText "reasoning_text" "47" Preferred [N D D] "reasoning of an earlier turn in a vendor's extension field" "leave it out of the history";

    // output format, sampling, limits: rows 53-63
    JsonSchema "json_schema" "53" Preferred [N N N] "an answer that follows a JSON Schema" "";
    JsonSchemaName "json_schema_name" "53" Cosmetic [N N T] "the name of a response schema, which Messages does not have" "";
    JsonSchemaDescription "json_schema_description" "53" Cosmetic [N N D] "the description of a response schema" "put it in the schema's own `description`";
    JsonSchemaStrict "json_schema_strict" "53" Required [N N T] "a response schema that must be followed exactly, as Messages always does" "";
    JsonSchemaStrictByDefault "json_schema_strict_by_default" "53" Preferred [T T N] "a response schema without `strict`, which Messages always follows exactly and the target need not" "";
    JsonSchemaLoose "json_schema_loose" "53" Cosmetic [N N D] "a response schema that need not be followed exactly" "leave `strict` out";
    JsonObject "json_object" "54" Required [N N D] "an answer that is some JSON object" "use a JSON Schema, or ask for JSON in the instructions";
    OutputFormatOther "output_format_other" "97" Required [D D D] "a response format that no table knows" "use `text`, `json_object` or `json_schema`";
    Verbosity "verbosity" "55" Cosmetic [N N D] "the length of the answer" "ask for it in the instructions";
    Temperature "temperature" "56" Preferred [N N T] "a sampling temperature, which newer models of Messages no longer take" "";
    TemperatureAboveOne "temperature_above_one" "56" Preferred [N N D] "a temperature above 1, where the target ends at 1" "use a temperature of at most 1";
    TopP "top_p" "57" Preferred [N N T] "nucleus sampling, which newer models of Messages no longer take" "";
    TopK "top_k" "57" Preferred [D D N] "sampling from the k likeliest tokens" "use `top_p`";
    FrequencyPenalty "frequency_penalty" "58" Preferred [N D D] "a frequency penalty" "leave it out";
    PresencePenalty "presence_penalty" "58" Preferred [N D D] "a presence penalty" "leave it out";
    Seed "seed" "58" Preferred [N D D] "a sampling seed" "leave it out";
    LogitBias "logit_bias" "58" Preferred [N D D] "a bias on tokens" "leave it out";
    Logprobs "logprobs" "59" Required [N N D] "log probabilities of the answer" "route to an endpoint that returns them";
    StopSequences "stop_sequences" "60" Required [N D N] "texts that end the answer" "cut the answer in the client";
    MaxOutputTokens "max_output_tokens" "61" Preferred [N N N] "a limit on the answer's length" "";
    MaxOutputTokensSmall "max_output_tokens_small" "61" Preferred [T T T] "a limit below 16 tokens, which Responses rejects" "ask for at least 16 tokens";
    MaxOutputTokensDuplicate "max_output_tokens_duplicate" "61" Cosmetic [N D D] "`max_tokens` beside `max_completion_tokens`" "send only `max_completion_tokens`";
    SeveralChoices "several_choices" "62" Required [N R R] "more than one answer to the same request" "send the request several times";
    Prediction "prediction" "63" Cosmetic [N D D] "predicted output" "leave it out";
    Moderation "moderation" "63" Required [N N D] "moderation of input or output" "call a moderation API";
    Truncation "truncation" "63" Preferred [D N D] "truncation of a context that is too long" "shorten the input";
    Background "background" "63" Required [R N R] "an answer computed in the background" "leave `background` out";
    PromptTemplate "prompt_template" "63" Required [R N R] "a prompt stored at the provider" "send the prompt's text";
    MaxToolCalls "max_tool_calls" "63" Required [D N D] "a limit on calls of the provider's tools" "leave it out";
    ContextManagement "context_management" "63" Preferred [D D D] "the provider edits or compacts the context" "manage the context in the client";
    Container "container" "63" Required [D D N] "a container of the provider" "leave it out";
    InferenceGeo "inference_geo" "63" Required [D D N] "where inference may run" "choose an endpoint in the region";
    Speed "speed" "63" Cosmetic [D D N] "a faster mode of inference" "leave it out";
    ProtocolOption "protocol_option" "63" Preferred [D D D] "another documented option of the request's own protocol" "leave it out";

    // identity, tier, state, cache: rows 64-70
    EndUser "end_user" "64" Cosmetic [N N N] "an id of the end user" "";
    EndUserDuplicate "end_user_duplicate" "64" Cosmetic [N N D] "`user` beside `safety_identifier`" "send only `safety_identifier`";
    Metadata "metadata" "65" Cosmetic [N N D] "key-value metadata of the request" "keep it in the client";
    ServiceTier "service_tier" "66" Required [N N D] "a service tier that the target does not name" "leave `service_tier` out";
    ServiceTierAuto "service_tier_auto" "66" Cosmetic [N N N] "service tier `auto`" "";
    ServiceTierStandard "service_tier_standard" "66" Required [D D N] "service tier `standard_only`" "leave `service_tier` out";
    Store "store" "67" Required [N N D] "the answer is to be stored at the provider" "keep the answer in the client";
    StoreOff "store_off" "67" Cosmetic [N N T] "the answer is not to be stored, which the target never does" "";
    StoreByDefault "store_by_default" "67" Cosmetic [T N T] "storage left to Responses' default, which is on; the target's is off" "set `store` explicitly";
    PreviousResponse "previous_response" "68" Required [R N R] "state held by the provider: an earlier response" "send the whole history";
    Conversation "conversation" "68" Required [R N R] "state held by the provider: a conversation" "send the whole history";
    ItemReference "item_reference" "68" Required [R N R] "state held by the provider: an item by reference" "send the item";
    Include "include" "63" Preferred [D N D] "extra output asked for by `include`" "leave it out";
    IncludeReasoning "include_reasoning" "50" Preferred [D N T] "sealed reasoning asked for; Messages always returns it" "leave it out";
    CacheBreakpoint "cache_breakpoint" "69" Cosmetic [N N N] "a prompt-cache breakpoint" "";
    CacheBreakpointPlace "cache_breakpoint_place" "69" Cosmetic [D D N] "a prompt-cache breakpoint where the target has none: a tool, a call, a result, the whole request" "put the breakpoint on a text or image part";
    CacheBreakpointAssistant "cache_breakpoint_assistant" "69" Cosmetic [N D N] "a prompt-cache breakpoint in an assistant message" "put the breakpoint on a user message";
    CacheControlExtension "cache_control_extension" "69" Cosmetic [N T T] "`cache_control` in Chat, a vendors' extension, read as a prompt-cache breakpoint" "use `prompt_cache_breakpoint`";
    CacheTtl "cache_ttl" "69" Cosmetic [T T T] "the lifetime of a cache breakpoint; no two protocols have one in common" "leave the TTL out";
    PromptCacheKey "prompt_cache_key" "70" Cosmetic [N N D] "a key that groups requests for the prompt cache" "leave it out";
    PromptCacheRetention "prompt_cache_retention" "70" Cosmetic [N N D] "how long the prompt cache keeps a prefix" "leave it out";
    PromptCacheOptions "prompt_cache_options" "70" Cosmetic [N N D] "options of the prompt cache" "leave them out";

    // the stream and the rest
    Streaming "streaming" "90" Required [N N N] "the answer as a stream" "";
    StreamUsage "stream_usage" "90" Cosmetic [N T T] "token usage in the stream, which the target always sends" "";
    StreamUsageOff "stream_usage_off" "90" Cosmetic [N T T] "a stream without usage, which the target always sends" "set `stream_options.include_usage`";
    StreamOptions "stream_options" "93" Cosmetic [N N D] "obfuscation of the stream" "leave it out";
    BetaHeader "beta_header" "63" Preferred [D D N] "a feature in beta that the client's headers ask for" "leave the feature out of `anthropic-beta`";
    UnknownField "unknown_field" "97" Preferred [D D D] "a field that no table knows" "route to an endpoint that speaks the request's own protocol";
} responses {
    // responses: rows 71-83
    StopSequenceMatched "stop_sequence_matched" "71" Preferred [D D N] "the stop sequence that ended the answer" "stay with Messages to learn which one it was";
    ContextWindowExceeded "context_window_exceeded" "71" Preferred [D D N] "the context window was full, which the target cannot tell from the output limit" "compare the usage with the model's context window";
    PauseTurn "pause_turn" "71" Required [D D N] "a paused turn that the client is to send back as it is" "leave the provider's own tools out of the request";
    UnfinishedResponse "unfinished_response" "71" Required [D N D] "a response that is not complete: queued, in progress, cancelled" "ask for it in the foreground";
    FailedResponse "failed_response" "71" Required [R N R] "a response that failed, with its error" "treat the response as an error";
    StopReasonOther "stop_reason_other" "71" Preferred [D D D] "a reason to stop that no table knows" "route to an endpoint that speaks the client's own protocol";
    StopReasonAbsent "stop_reason_absent" "71" Cosmetic [N N N] "no reason to stop, where the target requires one; the answer is taken for complete" "";
    StopDetails "stop_details" "71" Cosmetic [D D N] "more about why the answer stopped" "";
    RefusalText "refusal_text" "72" Required [N N N] "the text of a refusal" "";
    RefusalOrder "refusal_order" "72" Cosmetic [T N T] "a refusal among other output, or one of several; in the target they are one beside it" "";
    CitationUrl "citation_url" "73" Preferred [N N D] "a citation of a web page by its place in the text" "read citations from an endpoint's own protocol";
    CitationWebSearch "citation_web_search" "73" Preferred [T T N] "a citation of a search result, which becomes one of its web page" "";
    CitationDetail "citation_detail" "73" Cosmetic [D D N] "the cited text and the sealed index of a citation" "";
    CitationOther "citation_other" "73" Preferred [D D D] "a citation of something that is no web page" "read citations from an endpoint's own protocol";
    OutputBoundaries "output_boundaries" "74" Cosmetic [T N N] "several texts, which become one" "";
    ExtraChoice "extra_choice" "62" Required [N D D] "a further answer to the same request" "ask for one answer";
    ReasoningShown "reasoning_shown" "47" Preferred [D N N] "the text or summary of the reasoning" "read it from an endpoint's own protocol";
    ReasoningExtension "reasoning_extension" "47" Preferred [N N N] "reasoning in a vendor's extension field" "";
    ReasoningExtensionOther "reasoning_extension_other" "47" Cosmetic [D D D] "the same reasoning in a further, structured or signed extension field" "";
    OutputCustomCall "output_custom_call" "40" Required [N N T] "a call of a custom tool, which becomes one of a function with one string" "define the tool as a function";
    OutputArguments "output_arguments" "34" Required [N N D] "arguments of a call that are no JSON object" "check the arguments, or ask for strict tools";
    ResponseLogprobs "response_logprobs" "59" Required [N N D] "log probabilities of the answer's tokens" "ask an endpoint whose protocol has them";
    RefusalLogprobs "refusal_logprobs" "59" Cosmetic [N D D] "log probabilities of tokens that are no text of the answer: a refusal's, a call's" "";
    Fingerprint "fingerprint" "76" Cosmetic [N D D] "the fingerprint of the system that answered" "";
    CreationTime "creation_time" "76" Cosmetic [N N D] "when the response was made" "";
    ServedTier "served_tier" "66" Cosmetic [N N D] "the service tier that answered" "";
    ServedTierOther "served_tier_other" "66" Cosmetic [D D D] "a service tier that the target does not name" "";
    IdentityAbsent "identity_absent" "76" Cosmetic [N N N] "an id or a model that the target requires and the source does not give" "";
    ResponseOption "response_option" "77" Cosmetic [D D D] "another documented member of a response" "";
    UsageCacheWrite "usage_cache_write" "80" Cosmetic [N N N] "tokens written to the prompt cache" "";
    UsageInconsistent "usage_inconsistent" "78" Cosmetic [T T T] "more tokens from and into the prompt cache than input tokens, which they are part of" "";
    UsageDetail "usage_detail" "82" Cosmetic [D D D] "a token count that the target does not have" "";
    UsageAbsent "usage_absent" "79" Cosmetic [N N N] "a token count that the target requires and nobody knows" "";

    SchemaUnmet "schema_unmet" "53" Preferred [T T T] "an answer that does not fit the schema that the client asked for, where no provider saw to it" "route to an endpoint that follows schemas";
    BesideAnswer "beside_answer" "53" Preferred [D D D] "text, calls or reasoning beside the answer in the shape that the client asked for" "route to an endpoint that takes the request as it is";

    // errors: rows 84-86
    ErrorMessage "error_message" "84" Required [N N N] "the message of an error" "";
    ErrorType "error_type" "84" Preferred [N N N] "the type of an error, which becomes the nearest one of the target" "";
    ErrorCode "error_code" "84" Preferred [N N D] "the `code` of an error" "tell errors by their type";
    ErrorParam "error_param" "84" Preferred [N N D] "the parameter that an error is about" "read it in the message";
    ErrorRequestId "error_request_id" "84" Cosmetic [D D N] "the request's id in an error" "";
    ErrorShape "error_shape" "84" Cosmetic [T T T] "an error of another shape than its protocol's, whose message is carried" "";

    // streams: rows 87-96
    UnknownEvent "unknown_event" "94" Preferred [D D D] "a stream event that no table knows" "stream from an endpoint that speaks the client's own protocol";
    StreamDisagrees "stream_disagrees" "88" Preferred [T T T] "a stream whose last event says something else than the events before it" "";
}}

impl Feature {
    /// The stable name, for ledgers, logs and metric labels.
    ///
    /// ```
    /// assert_eq!(switchback_ir::Feature::TopK.name(), "top_k");
    /// ```
    pub fn name(self) -> &'static str {
        self.row().map_or("", |row| row.name)
    }

    /// The feature of this [`name`](Self::name), if there is one. Cost: linear in the table.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|feature| feature.name() == name)
    }

    /// One line for people.
    pub fn about(self) -> &'static str {
        self.row().map_or("", |row| row.about)
    }

    /// What a caller can do so that nothing is lost; empty where nothing needs to be done.
    pub fn avoid(self) -> &'static str {
        self.row().map_or("", |row| row.avoid)
    }

    /// The row of `docs/mapping.md` that it belongs to.
    pub fn mapping_row(self) -> &'static str {
        self.row().map_or("", |row| row.mapping)
    }

    /// How much a request depends on it by default.
    pub fn importance(self) -> Importance {
        self.row().map_or(Importance::Required, |row| row.importance)
    }

    /// How `target` expresses it when it comes from a request of another protocol.
    ///
    /// Within its own protocol everything is [`Expression::Native`].
    ///
    /// ```
    /// use switchback_ir::{Expression, Feature, Protocol};
    /// assert_eq!(Feature::TopK.expression(Protocol::Messages), Expression::Native);
    /// assert_eq!(Feature::TopK.expression(Protocol::Chat), Expression::Dropped);
    /// assert_eq!(Feature::SeveralChoices.expression(Protocol::Messages), Expression::Refused);
    /// ```
    pub fn expression(self, target: Protocol) -> Expression {
        self.row().map_or(Expression::Refused, |row| in_column(row.expression, target))
    }

    /// The table has a row for every variant by construction (one macro writes both).
    fn row(self) -> Option<&'static Row> {
        TABLE.get(self as usize)
    }
}

impl fmt::Display for Feature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

const WORDS: usize = 4;

/// A set of features: four words, `Copy`, no allocation.
///
/// ```
/// use switchback_ir::{Feature, FeatureSet};
/// let mut set = FeatureSet::EMPTY;
/// set.insert(Feature::Seed);
/// assert!(set.contains(Feature::Seed));
/// assert_eq!(set.iter().collect::<Vec<_>>(), [Feature::Seed]);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct FeatureSet {
    words: [u64; WORDS],
}

const _: () = assert!(Feature::ALL.len() <= WORDS * 64, "FeatureSet has too few words");

// Inlined across crates: a match is a few dozen of these, and takes as long as the calls would.
impl FeatureSet {
    /// No feature.
    pub const EMPTY: Self = Self { words: [0; WORDS] };

    /// Every feature.
    pub const EVERY: Self = filled(None, true);

    /// Every feature that `protocol` expresses natively, or with no more than a note, whoever asks.
    pub const fn expressed_by(protocol: Protocol) -> Self {
        const SETS: [FeatureSet; 3] = columns(true);
        in_column(SETS, protocol)
    }

    /// Every feature that `protocol` expresses natively, whoever asks: of these no ledger speaks.
    pub const fn native_to(protocol: Protocol) -> Self {
        const SETS: [FeatureSet; 3] = columns(false);
        in_column(SETS, protocol)
    }

    /// Adds `feature`.
    #[inline]
    pub fn insert(&mut self, feature: Feature) {
        if let Some(word) = self.words.get_mut(feature as usize / 64) {
            *word |= 1 << (feature as usize % 64);
        }
    }

    /// Takes `feature` out.
    #[inline]
    pub fn remove(&mut self, feature: Feature) {
        if let Some(word) = self.words.get_mut(feature as usize / 64) {
            *word &= !(1 << (feature as usize % 64));
        }
    }

    /// This set without `feature`.
    #[must_use]
    pub fn without(mut self, feature: Feature) -> Self {
        self.remove(feature);
        self
    }

    /// Whether `feature` is in the set.
    #[inline]
    pub fn contains(&self, feature: Feature) -> bool {
        self.words.get(feature as usize / 64).is_some_and(|word| word >> (feature as usize % 64) & 1 == 1)
    }

    /// Whether the set holds nothing.
    #[inline]
    pub fn is_empty(self) -> bool {
        self == Self::EMPTY
    }

    /// How many features it holds.
    pub fn len(self) -> usize {
        self.words.iter().map(|word| word.count_ones() as usize).sum()
    }

    /// What both sets hold.
    #[must_use]
    #[inline]
    pub fn intersection(self, other: Self) -> Self {
        self.zip(other, |a, b| a & b)
    }

    /// What either set holds.
    #[must_use]
    #[inline]
    pub fn union(self, other: Self) -> Self {
        self.zip(other, |a, b| a | b)
    }

    /// What this set holds and `other` does not.
    #[must_use]
    #[inline]
    pub fn difference(self, other: Self) -> Self {
        self.zip(other, |a, b| a & !b)
    }

    /// The members in table order. Cost: by how many there are.
    pub fn iter(self) -> impl Iterator<Item = Feature> {
        let rows = Feature::ALL.chunks(64).zip(self.words);
        rows.flat_map(|(row, word)| ones(word).filter_map(|bit| row.get(bit).copied()))
    }

    #[inline]
    fn zip(self, other: Self, f: impl Fn(u64, u64) -> u64) -> Self {
        let mut words = self.words;
        for (word, theirs) in words.iter_mut().zip(other.words) {
            *word = f(*word, theirs);
        }
        Self { words }
    }
}

/// The numbers of the bits that are set, from the lowest.
fn ones(mut word: u64) -> impl Iterator<Item = usize> {
    std::iter::from_fn(move || {
        let bit = (word != 0).then(|| word.trailing_zeros() as usize)?;
        word &= word - 1;
        Some(bit)
    })
}

/// The sets of the protocols, in the order of the table's columns.
const fn columns(noted: bool) -> [FeatureSet; 3] {
    [
        filled(Some(Protocol::Chat), noted),
        filled(Some(Protocol::Responses), noted),
        filled(Some(Protocol::Messages), noted),
    ]
}

const fn in_column<T: Copy>([chat, responses, messages]: [T; 3], protocol: Protocol) -> T {
    match protocol {
        Protocol::Chat => chat,
        Protocol::Responses => responses,
        Protocol::Messages => messages,
    }
}

/// What a protocol expresses natively, and with `noted` what it expresses with a note; without a protocol everything.
#[expect(clippy::indexing_slicing, reason = "the compiler runs it, and has asserted that the words suffice")]
const fn filled(protocol: Option<Protocol>, noted: bool) -> FeatureSet {
    let (mut words, mut bit, mut rows) = ([0; WORDS], 0, TABLE);
    while let [row, rest @ ..] = rows {
        let has = match protocol {
            None => true,
            Some(protocol) => match in_column(row.expression, protocol) {
                Expression::Native => true,
                Expression::Noted => noted,
                Expression::Dropped | Expression::Refused => false,
            },
        };
        words[bit / 64] |= (has as u64) << (bit % 64);
        (bit, rows) = (bit + 1, rest);
    }
    FeatureSet { words }
}

impl FromIterator<Feature> for FeatureSet {
    fn from_iter<I: IntoIterator<Item = Feature>>(features: I) -> Self {
        let mut set = Self::EMPTY;
        for feature in features {
            set.insert(feature);
        }
        set
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn names_are_unique_and_snake_case() {
        let names: BTreeSet<_> = Feature::ALL.iter().map(|f| f.name()).collect();
        assert_eq!(names.len(), Feature::ALL.len());
        assert!(
            names
                .iter()
                .all(|n| !n.is_empty() && n.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_'))
        );
    }

    #[test]
    fn what_is_lost_says_how_to_avoid_it() {
        for feature in Feature::ALL {
            let lost = Protocol::ALL
                .iter()
                .any(|p| matches!(feature.expression(*p), Expression::Dropped | Expression::Refused));
            assert!(!lost || !feature.avoid().is_empty() || feature.importance() == Importance::Cosmetic, "{feature}");
        }
    }

    #[test]
    fn sets_hold_what_was_put_in() {
        for feature in Feature::ALL {
            let mut set = FeatureSet::EMPTY;
            set.insert(*feature);
            assert_eq!((set.len(), set.iter().next()), (1, Some(*feature)));
            set.remove(*feature);
            assert!(set.is_empty());
        }
    }
}
