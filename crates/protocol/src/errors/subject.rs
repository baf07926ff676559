//! What a refused request used that the endpoint does not do.

use crate::fields;
use switchback_ir::{ErrorClass, Feature, Protocol};

/// Parameters and the features that their use stands for. The last part of a path decides: `tools[0].strict`.
static PARAMS: &[(&str, Feature)] = &[
    ("audio", Feature::AudioOutput),
    ("audio_url", Feature::AudioUrl),
    ("background", Feature::Background),
    ("budget_tokens", Feature::ReasoningBudget),
    ("cache_control", Feature::CacheBreakpoint),
    ("container", Feature::Container),
    ("context_management", Feature::ContextManagement),
    ("conversation", Feature::Conversation),
    ("effort", Feature::ReasoningEffort),
    ("file_url", Feature::FileUrl),
    ("frequency_penalty", Feature::FrequencyPenalty),
    ("functions", Feature::LegacyFunctions),
    ("image_url", Feature::ImageUrl),
    ("include", Feature::Include),
    ("inference_geo", Feature::InferenceGeo),
    ("input_audio", Feature::AudioInput),
    ("json_object", Feature::JsonObject),
    ("json_schema", Feature::JsonSchema),
    ("logit_bias", Feature::LogitBias),
    ("logprobs", Feature::Logprobs),
    ("max_completion_tokens", Feature::MaxOutputTokens),
    ("max_output_tokens", Feature::MaxOutputTokens),
    ("max_tokens", Feature::MaxOutputTokens),
    ("max_tool_calls", Feature::MaxToolCalls),
    ("mcp_servers", Feature::McpTool),
    ("metadata", Feature::Metadata),
    ("modalities", Feature::AudioOutput),
    ("moderation", Feature::Moderation),
    ("n", Feature::SeveralChoices),
    ("output_config", Feature::JsonSchema),
    ("output_format", Feature::JsonSchema),
    ("parallel_tool_calls", Feature::ParallelToolCallsOff),
    ("prediction", Feature::Prediction),
    ("presence_penalty", Feature::PresencePenalty),
    ("previous_response_id", Feature::PreviousResponse),
    ("prompt_cache_key", Feature::PromptCacheKey),
    ("prompt_cache_retention", Feature::PromptCacheRetention),
    ("reasoning", Feature::ReasoningEffort),
    ("reasoning_effort", Feature::ReasoningEffort),
    ("response_format", Feature::JsonSchema),
    ("safety_identifier", Feature::EndUser),
    ("seed", Feature::Seed),
    ("service_tier", Feature::ServiceTier),
    ("speed", Feature::Speed),
    ("stop", Feature::StopSequences),
    ("stop_sequences", Feature::StopSequences),
    ("store", Feature::Store),
    ("stream", Feature::Streaming),
    ("stream_options", Feature::StreamOptions),
    ("strict", Feature::StrictTools),
    ("summary", Feature::ReasoningSummary),
    ("temperature", Feature::Temperature),
    ("text.format", Feature::JsonSchema),
    ("thinking", Feature::ReasoningBudget),
    ("tool_choice", Feature::ToolChoiceRequired),
    ("tools", Feature::Tools),
    ("top_k", Feature::TopK),
    ("top_logprobs", Feature::Logprobs),
    ("top_p", Feature::TopP),
    ("truncation", Feature::Truncation),
    ("user", Feature::EndUser),
    ("verbosity", Feature::Verbosity),
    ("video_url", Feature::VideoUrl),
    ("web_search_options", Feature::WebSearchOptions),
];

/// Wordings that name no parameter, in lower case; the first one decides.
static PHRASES: &[(&str, Feature)] = &[
    ("role 'system'", Feature::MidConversationSystem),
    ("role 'developer'", Feature::DeveloperRole),
    ("developer role", Feature::DeveloperRole),
    ("prefill", Feature::Prefill),
    ("tool_choice", Feature::ToolChoiceRequired),
    ("tool choice", Feature::ToolChoiceRequired),
    ("parallel tool", Feature::ParallelToolCallsOff),
    ("function tools", Feature::Tools),
    ("tool use", Feature::Tools),
    ("tool calling", Feature::Tools),
    ("function calling", Feature::Tools),
    ("support tools", Feature::Tools),
    ("json schema", Feature::JsonSchema),
    ("json_schema", Feature::JsonSchema),
    ("structured output", Feature::JsonSchema),
    ("json mode", Feature::JsonObject),
    ("json_object", Feature::JsonObject),
    ("image input", Feature::ImageBase64),
    ("vision", Feature::ImageBase64),
    ("image_url", Feature::ImageUrl),
    ("images", Feature::ImageBase64),
    ("pdf", Feature::FileBase64),
    ("document", Feature::FileBase64),
    ("audio input", Feature::AudioInput),
    ("video input", Feature::VideoBase64),
    ("system message", Feature::SystemText),
    ("system instruction", Feature::SystemText),
    ("extended thinking", Feature::ReasoningBudget),
    ("adaptive thinking", Feature::ReasoningAdaptive),
    ("reasoning", Feature::ReasoningEffort),
    ("thinking", Feature::ReasoningBudget),
    ("logprobs", Feature::Logprobs),
    ("output tokens", Feature::MaxOutputTokens),
    ("completion tokens", Feature::MaxOutputTokens),
    ("tokens you requested exceed", Feature::MaxOutputTokens),
    ("stream", Feature::Streaming),
];

/// The feature that an answer says it does not take: by parameter, else (where the class says that much) by wording.
pub(super) fn feature(protocol: Protocol, class: ErrorClass, param: Option<&str>, text: &str) -> Option<Feature> {
    if let Some(param) = param {
        let last = param.rsplit(['.', '/']).next().unwrap_or(param);
        let last = last.split('[').next().unwrap_or(last);
        let named = |name: &str| PARAMS.iter().find(|row| row.0 == name).map(|row| row.1);
        if let Some(feature) = named(param).or_else(|| named(last)) {
            return Some(feature);
        }
        // Messages words a refused member as `body.member: Extra inputs are not permitted`.
        let unknown = ["extra inputs", "unrecognized request argument", "unknown parameter", "cannot find field"];
        if unknown.iter().any(|phrase| text.contains(phrase))
            && !fields(protocol).iter().any(|field| field.name == last)
        {
            return Some(Feature::UnknownField);
        }
    }
    let by_wording = class == ErrorClass::UnsupportedFeature;
    let worded = PHRASES.iter().find(|row| by_wording && text.contains(row.0));
    worded.or_else(|| mentioned(text)).map(|row| row.1)
}

/// The first parameter that a message mentions without quotes; only names that are no words of the language.
fn mentioned(text: &str) -> Option<&'static (&'static str, Feature)> {
    let words = text.split(|character: char| !character.is_ascii_alphanumeric() && character != '_');
    words.filter(|word| word.contains('_')).find_map(|word| PARAMS.iter().find(|row| row.0 == word))
}

/// The first word in quotes that looks like a parameter, or the one before a colon at the start of the message.
pub(super) fn quoted(text: &str) -> Option<String> {
    let mut quoted = text.split(['\'', '`', '"']).skip(1).step_by(2);
    let before_colon = || text.split(':').next().filter(|_| text.contains(": extra inputs are not permitted"));
    let after_colon = || text.split("request argument supplied: ").nth(1)?.split_whitespace().next();
    let name = quoted.find(|name| is_param(name)).or_else(before_colon).or_else(after_colon)?;
    is_param(name).then(|| name.to_owned())
}

fn is_param(name: &str) -> bool {
    let shaped = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"_.[]".contains(&byte);
    (1..=60).contains(&name.len())
        && name.bytes().all(shaped)
        && name.starts_with(|first: char| first.is_ascii_lowercase())
}
