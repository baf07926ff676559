//! What an option of a request asks for.

use crate::json::{Cursor, Kind};
use crate::{Feature, Field, Key, RawJson, Request, Text, Tool, ToolChoice, ToolKind};

impl Request<'_> {
    #[expect(
        clippy::too_many_lines,
        clippy::match_same_arms,
        reason = "a table, one line a key: split or merged, the reader has two places to look"
    )]
    pub(crate) fn option_feature(&self, key: Key, field: &Field<'_>) -> Option<Feature> {
        let value = &field.value;
        let word = || value.as_text().map(Text::into_word).unwrap_or_default();
        Some(match key {
            Key::Temperature if value.as_f64().is_some_and(|t| t > 1.0) => Feature::TemperatureAboveOne,
            Key::Temperature => Feature::Temperature,
            Key::TopP => Feature::TopP,
            Key::TopK => Feature::TopK,
            Key::FrequencyPenalty => Feature::FrequencyPenalty,
            Key::PresencePenalty => Feature::PresencePenalty,
            Key::Seed => Feature::Seed,
            Key::LogitBias => Feature::LogitBias,
            Key::Logprobs if value.as_bool() == Some(false) => return None,
            Key::Logprobs | Key::TopLogprobs => Feature::Logprobs,
            Key::Stop => Feature::StopSequences,
            Key::LegacyMaxTokens if self.option(Key::MaxOutputTokens).is_some() => Feature::MaxOutputTokensDuplicate,
            Key::MaxOutputTokens | Key::LegacyMaxTokens if value.as_u64().is_some_and(|n| n < 16) => {
                Feature::MaxOutputTokensSmall
            }
            Key::MaxOutputTokens | Key::LegacyMaxTokens => Feature::MaxOutputTokens,
            Key::Choices if value.as_u64() == Some(1) => return None,
            Key::Choices => Feature::SeveralChoices,
            Key::Prediction => Feature::Prediction,
            Key::Moderation => Feature::Moderation,
            Key::Truncation => Feature::Truncation,
            Key::Modalities => return modality(value),
            Key::AudioOutput | Key::AudioReference => Feature::AudioOutput,
            Key::Verbosity => Feature::Verbosity,
            Key::Stream if value.as_bool() == Some(true) => Feature::Streaming,
            Key::Stream => return None,
            Key::StreamUsage => Feature::StreamUsage,
            Key::StreamObfuscation => Feature::StreamOptions,
            Key::ParallelToolCalls => return self.parallel_tool_calls(value.as_bool()),
            Key::MaxToolCalls => Feature::MaxToolCalls,
            Key::WebSearchOptions => Feature::WebSearchOptions,
            Key::AllowedDomains => Feature::WebSearchDomains,
            Key::BlockedDomains => Feature::WebSearchBlockedDomains,
            Key::UserLocation => Feature::WebSearchLocation,
            Key::McpServers => Feature::McpTool,
            Key::Effort => match &*word() {
                "none" => Feature::ReasoningOff,
                "minimal" => Feature::ReasoningEffortMinimal,
                "low" | "medium" | "high" | "xhigh" | "max" => Feature::ReasoningEffort,
                _ => Feature::ReasoningEffortOther,
            },
            Key::Thinking => match &*word() {
                "enabled" => Feature::ReasoningBudget,
                "adaptive" => Feature::ReasoningAdaptive,
                "disabled" if self.option(Key::Effort).is_some() => Feature::ReasoningOffIgnored,
                "disabled" => Feature::ReasoningOff,
                _ => Feature::ProtocolOption,
            },
            Key::ThinkingBudget => Feature::ReasoningBudget,
            Key::ThinkingDisplay => Feature::ReasoningDisplay,
            Key::ReasoningSummary => Feature::ReasoningSummary,
            Key::ReasoningContext => Feature::ReasoningContext,
            Key::User if self.option(Key::SafetyIdentifier).is_some() => Feature::EndUserDuplicate,
            Key::SafetyIdentifier | Key::User => Feature::EndUser,
            Key::Metadata => Feature::Metadata,
            Key::ServiceTier => match &*word() {
                "auto" => Feature::ServiceTierAuto,
                "standard_only" => Feature::ServiceTierStandard,
                _ => Feature::ServiceTier,
            },
            Key::Store if value.as_bool() == Some(true) => Feature::Store,
            Key::Store => Feature::StoreOff,
            Key::PreviousResponse => Feature::PreviousResponse,
            Key::Conversation => Feature::Conversation,
            Key::Background if value.as_bool() == Some(false) => return None,
            Key::Background => Feature::Background,
            Key::PromptTemplate => Feature::PromptTemplate,
            Key::Include => match &*word() {
                "message.output_text.logprobs" => Feature::Logprobs,
                "reasoning.encrypted_content" => Feature::IncludeReasoning,
                _ => Feature::Include,
            },
            Key::ContextManagement => Feature::ContextManagement,
            Key::Container => Feature::Container,
            Key::InferenceGeo => Feature::InferenceGeo,
            Key::Speed => Feature::Speed,
            Key::CacheBreakpoint | Key::CacheControl => Feature::CacheBreakpointPlace,
            Key::PromptCacheKey => Feature::PromptCacheKey,
            Key::PromptCacheRetention => Feature::PromptCacheRetention,
            Key::PromptCacheOptions => Feature::PromptCacheOptions,
            Key::MessageName => Feature::MessageName,
            Key::ItemId => Feature::ItemId,
            Key::ItemStatus => Feature::ItemStatus,
            Key::ItemPhase => Feature::ItemPhase,
            Key::ToolCaller => Feature::ToolCaller,
            Key::ToolResultName => Feature::ToolResultName,
            Key::ToolResultError if value.as_bool() == Some(false) => return None,
            Key::ToolResultError => Feature::ToolResultError,
            Key::ImageDetail if word() == "auto" => return None,
            Key::ImageDetail => Feature::ImageDetail,
            Key::ImageTransformations => Feature::ImageTransformations,
            Key::FileName => Feature::FileName,
            Key::FileDetail => Feature::FileDetail,
            Key::DocumentContext => Feature::DocumentContext,
            Key::DocumentCitations => Feature::DocumentCitations,
            Key::Citations => Feature::Citations,
            Key::OutputLogprobs => Feature::OutputLogprobs,
            Key::ReasoningText => Feature::ReasoningText,
            Key::Strict if value.as_bool() == Some(true) => Feature::StrictTools,
            Key::Strict => return None,
            Key::DeferLoading if value.as_bool() == Some(false) => return None,
            Key::DeferLoading if self.searches_tools() => Feature::ToolAnnotations,
            Key::AllowedCallers if !is_direct(value) => Feature::ToolAnnotations,
            Key::AllowedCallers | Key::DeferLoading => Feature::ToolAnnotationsShared,
            Key::ToolAnnotation => Feature::ToolAnnotations,
            Key::ProtocolOption => Feature::ProtocolOption,
            Key::Beta => Feature::BetaHeader,
            // It says how the source is to be read, which was done.
            Key::ApiVersion => return None,
            // Of responses, which no request has.
            Key::ResponseId
            | Key::ResponseObject
            | Key::Created
            | Key::Usage
            | Key::FinishReason
            | Key::StopSequence
            | Key::StopDetails
            | Key::Status
            | Key::IncompleteDetails
            | Key::ResponseError
            | Key::Fingerprint
            | Key::ChoiceIndex
            | Key::ChoiceLogprobs
            | Key::OutputCopy
            | Key::EventMember
            | Key::ResponseOption
            | Key::ErrorMessage
            | Key::ErrorType
            | Key::ErrorCode
            | Key::ErrorParam
            | Key::ErrorRequestId => return None,
        })
    }

    /// The feature that the tool choice stands for, if it asks for anything.
    pub fn tool_choice_feature(&self) -> Option<Feature> {
        let functions = self.tools.iter().any(|tool| matches!(tool.kind, ToolKind::Function { .. }));
        Some(match self.choice()? {
            ToolChoice::Hosted(_) => Feature::ToolChoiceHosted,
            _ if !self.callable_tools() => Feature::ToolChoiceWithoutTools,
            ToolChoice::Custom(_) => Feature::ToolChoiceCustom,
            ToolChoice::Allowed { .. } => Feature::ToolChoiceAllowed,
            _ if !functions => Feature::ToolChoiceCustom,
            ToolChoice::Auto => return None,
            ToolChoice::None => Feature::ToolChoiceNone,
            ToolChoice::Required => Feature::ToolChoiceRequired,
            ToolChoice::Function(_) => Feature::ToolChoiceNamed,
        })
    }

    fn parallel_tool_calls(&self, allowed: Option<bool>) -> Option<Feature> {
        let functions = self.tools.iter().any(|tool| matches!(tool.kind, ToolKind::Function { .. }));
        let callable = functions && !matches!(self.choice(), Some(ToolChoice::None));
        match allowed {
            Some(true) | None => None,
            Some(false) if callable => Some(Feature::ParallelToolCallsOff),
            Some(false) => Some(Feature::ParallelToolCallsUnused),
        }
    }

    /// Whether the provider's own search loads deferred tools; it stays with its provider, and they with it.
    fn searches_tools(&self) -> bool {
        let search = |tool: &Tool<'_>| match &tool.kind {
            ToolKind::Hosted { raw, .. } => raw
                .for_protocol(raw.origin())
                .and_then(|raw| raw.member("type"))
                .is_some_and(|(kind, _)| kind.as_text().is_some_and(|kind| kind.word().starts_with("tool_search"))),
            ToolKind::Function { .. } | ToolKind::Custom { .. } => false,
        };
        self.tools.iter().any(search)
    }

    fn choice(&self) -> Option<&ToolChoice<'_>> {
        self.tool_choice.as_ref().map(|at| &at.value)
    }

    fn callable_tools(&self) -> bool {
        self.tools.iter().any(|tool| !matches!(tool.kind, ToolKind::Hosted { .. }))
    }
}

/// What an answer of these modalities needs; text alone is the default. No model draws and speaks in one answer.
fn modality(list: &RawJson<'_>) -> Option<Feature> {
    let (mut images, mut text_alone) = (false, list.kind() == Kind::Array);
    list.elements(|element, _| {
        let word = element.as_text().map(Text::into_word).unwrap_or_default();
        images |= word == "image";
        text_alone &= word == "text";
    });
    match (text_alone, images) {
        (true, _) => None,
        (false, true) => Some(Feature::ImageOutput),
        (false, false) => Some(Feature::AudioOutput),
    }
}

/// Whether only the model calls a tool: the one caller that protocols have in common.
fn is_direct(callers: &RawJson<'_>) -> bool {
    let mut cursor = Cursor::of(callers.as_str());
    let Ok(mut elements) = cursor.open_array() else { return false };
    while let Ok(more) = cursor.next_element(&mut elements) {
        if !more {
            return true;
        }
        if !cursor.string().is_ok_and(|caller| caller == *"direct") {
            return false;
        }
    }
    false
}
