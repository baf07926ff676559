//! The ladders: what can stand in for a feature that an endpoint cannot serve, from the best stand-in to the worst.
//!
//! One table, [`TABLE`], read by the chooser, by [`apply`](crate::apply) and by the docs. A feature without a row of
//! its own can be dropped, unless it is one of [`IRREPLACEABLE`].

use crate::Rewrite;
use crate::shape::RequestShape;
use switchback_ir::{Feature, FeatureSet};

/// When a rewrite leaves something behind.
#[derive(Clone, Copy, Debug)]
pub(crate) enum When {
    /// In any case.
    Always,
    /// Where the request uses this.
    Uses(Feature),
    /// Where the request uses this, and keeps it.
    Keeps(Feature),
    /// Where no effort is set.
    NoEffort,
    /// Where the tool choice is this once every custom tool is a function.
    ChoiceAmongFunctions,
    /// Where the tool choice is this once only the allowed tools are listed.
    ChoiceWhenFiltered,
}

/// A feature that a rewrite leaves in the request where it was not before.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Gain {
    pub(crate) feature: Feature,
    pub(crate) when: When,
}

const fn always(feature: Feature) -> Gain {
    Gain { feature, when: When::Always }
}

const fn when(when: When, feature: Feature) -> Gain {
    Gain { feature, when }
}

/// One rung: what it replaces, what else goes with it, and what it leaves behind.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rung {
    pub(crate) feature: Feature,
    pub(crate) rewrite: Rewrite,
    /// What else the request no longer uses afterwards.
    pub(crate) also: &'static [Feature],
    pub(crate) gains: &'static [Gain],
    /// No more tokens than the lower bound of the input grows by for each use, words to the model mostly.
    pub(crate) words: u64,
}

impl Rung {
    /// Everything that the request no longer uses afterwards.
    pub(crate) fn removes(&self) -> FeatureSet {
        self.also.iter().copied().chain([self.feature]).collect()
    }

    /// Whether it is the same rewrite with the same effect, chosen for another feature perhaps.
    pub(crate) fn settles_like(&self, other: &Self) -> bool {
        self.rewrite == other.rewrite && self.removes() == other.removes()
    }

    /// Whether it can be taken in a request of this shape, whatever the endpoint has.
    pub(crate) fn applies(&self, shape: &RequestShape) -> bool {
        let needs = |rewrite, fits| self.rewrite != rewrite || fits;
        needs(Rewrite::SchemaToTool, shape.schema_fits_tool)
            && needs(Rewrite::SealedToText, shape.readable_reasoning)
            && needs(Rewrite::UrlToBytes, shape.supplied_bytes.contains(self.feature))
            && needs(Rewrite::FileToText, shape.supplied_text.contains(self.feature))
    }

    /// What it leaves behind in a request of `used` features that will keep those in `kept`.
    pub(crate) fn gains(&self, used: FeatureSet, kept: FeatureSet, shape: &RequestShape) -> FeatureSet {
        let filtered = match shape.choice_when_filtered {
            Some(Feature::ToolChoiceCustom) if !kept.contains(Feature::CustomTool) => Some(Feature::ToolChoiceRequired),
            choice => choice,
        };
        let holds = |gain: &&Gain| match gain.when {
            When::Always => true,
            When::Uses(other) => used.contains(other),
            When::Keeps(other) => kept.contains(other),
            When::NoEffort => !shape.effort,
            When::ChoiceAmongFunctions => shape.choice_among_functions == Some(gain.feature),
            When::ChoiceWhenFiltered => filtered == Some(gain.feature),
        };
        self.gains.iter().filter(holds).map(|gain| gain.feature).collect()
    }
}

const fn rung(
    feature: Feature,
    rewrite: Rewrite,
    also: &'static [Feature],
    gains: &'static [Gain],
    words: u64,
) -> Rung {
    Rung { feature, rewrite, also, gains, words }
}

use Feature as F;
use Rewrite as W;

/// Words to the model are constants below this many tokens at the rate of the lower bound.
const WORDS: u64 = 40;

/// What the first tool costs in tokens at most, at the rate of the lower bound.
const TOOL_WORDS: u64 = 250;

/// What a schema asks for besides itself.
const SCHEMA: &[Feature] = &[
    F::JsonSchemaName,
    F::JsonSchemaDescription,
    F::JsonSchemaStrict,
    F::JsonSchemaStrictByDefault,
    F::JsonSchemaLoose,
];

/// What else goes with a strict schema.
const WITH_STRICT: &[Feature] =
    &[F::JsonSchema, F::JsonSchemaName, F::JsonSchemaDescription, F::JsonSchemaStrict, F::JsonSchemaLoose];

/// What a schema asks for as the parameters of a function that must be called.
const AS_TOOL: &[Gain] =
    &[always(F::Tools), always(F::ToolChoiceRequired), when(When::Uses(F::JsonSchemaStrict), F::StrictTools)];

/// What goes when no function can be called.
const FUNCTIONS: &[Feature] = &[
    F::StrictTools,
    F::StrictByDefault,
    F::ToolChoiceNone,
    F::ToolChoiceRequired,
    F::ToolChoiceNamed,
    F::ToolChoiceCustom,
    F::ToolChoiceAllowed,
    F::ParallelToolCallsOff,
    F::ParallelToolCallsUnused,
];

/// What goes with the custom tools.
const CHOICES: &[Feature] = &[
    F::ToolChoiceNone,
    F::ToolChoiceRequired,
    F::ToolChoiceNamed,
    F::ToolChoiceCustom,
    F::ToolChoiceAllowed,
    F::ParallelToolCallsOff,
    F::ParallelToolCallsUnused,
];

/// An effort that goes leaves a `thinking: disabled` beside it, which then counts.
const WITHOUT_EFFORT: &[Gain] = &[when(When::Keeps(F::ReasoningOffIgnored), F::ReasoningOff)];

/// What a tool choice is among functions alone.
const AMONG_FUNCTIONS: &[Gain] = &[
    when(When::Uses(F::ParallelToolCallsUnused), F::ParallelToolCallsOff),
    when(When::Uses(F::CustomTool), F::Tools),
    when(When::Uses(F::CustomToolCall), F::ToolCalls),
    when(When::ChoiceAmongFunctions, F::ToolChoiceNone),
    when(When::ChoiceAmongFunctions, F::ToolChoiceRequired),
    when(When::ChoiceAmongFunctions, F::ToolChoiceNamed),
    when(When::ChoiceAmongFunctions, F::ToolChoiceAllowed),
];

/// What a tool choice is among the allowed tools alone.
const FILTERED: &[Gain] =
    &[when(When::ChoiceWhenFiltered, F::ToolChoiceRequired), when(When::ChoiceWhenFiltered, F::ToolChoiceCustom)];

/// Every rung that is not a plain drop, and every drop that takes more than its feature along. For one feature the
/// best comes first; among equals of the documented order the earlier row wins.
pub(crate) const TABLE: &[Rung] = &[
    rung(F::DeveloperRole, W::DeveloperToSystem, &[], &[], 0),
    rung(F::MidConversationSystem, W::MidSystemToUser, &[], &[], WORDS),
    rung(F::JsonSchema, W::SchemaToTool, SCHEMA, AS_TOOL, WORDS + TOOL_WORDS),
    rung(F::JsonSchema, W::SchemaToJsonObject, SCHEMA, &[always(F::JsonObject), always(F::SystemText)], WORDS),
    rung(F::JsonSchema, W::SchemaToText, SCHEMA, &[always(F::SystemText)], WORDS),
    rung(F::JsonObject, W::JsonObjectToText, &[], &[always(F::SystemText)], WORDS),
    rung(F::JsonSchemaDescription, W::DescriptionToSchema, &[], &[], 0),
    rung(F::JsonSchemaStrict, W::SchemaToTool, WITH_STRICT, AS_TOOL, WORDS + TOOL_WORDS),
    rung(F::JsonSchemaStrict, W::LoosenSchema, &[], &[], 0),
    rung(F::StrictTools, W::LoosenTools, &[], &[], 0),
    rung(F::CustomTool, W::CustomToFunction, &[F::CustomToolCall, F::ToolChoiceCustom], AMONG_FUNCTIONS, WORDS),
    rung(F::CustomToolCall, W::CustomToFunction, &[F::CustomTool, F::ToolChoiceCustom], AMONG_FUNCTIONS, WORDS),
    rung(F::ToolChoiceCustom, W::CustomToFunction, &[F::CustomTool, F::CustomToolCall], AMONG_FUNCTIONS, WORDS),
    rung(F::ToolChoiceCustom, W::ToolChoiceToAuto, &[], &[], 0),
    rung(F::LegacyFunctions, W::LegacyToTools, &[], &[always(F::Tools), always(F::ToolCalls)], 0),
    rung(F::ToolChoiceAllowed, W::AllowedToFilter, &[], FILTERED, 0),
    rung(F::ToolChoiceNamed, W::NamedToOnly, &[], &[always(F::ToolChoiceRequired)], 0),
    rung(F::ToolChoiceRequired, W::ToolChoiceToAuto, &[], &[], 0),
    rung(
        F::ToolChoiceNone,
        W::ToolChoiceToAuto,
        &[F::ParallelToolCallsUnused],
        &[when(When::Uses(F::ParallelToolCallsUnused), F::ParallelToolCallsOff)],
        0,
    ),
    rung(F::ParallelToolCallsOff, W::KeepFirstCall, &[], &[], 0),
    rung(F::ImageUrl, W::UrlToBytes, &[], &[always(F::ImageBase64)], 0),
    rung(F::FileUrl, W::UrlToBytes, &[], &[always(F::FileBase64)], 0),
    rung(F::FileUrl, W::FileToText, &[], &[], WORDS),
    rung(F::FileBase64, W::FileToText, &[], &[], WORDS),
    rung(F::FileData, W::FileToText, &[], &[], WORDS),
    rung(F::ToolResultImage, W::LiftResultMedia, &[F::ToolResultFile], &[], WORDS),
    rung(F::ToolResultFile, W::LiftResultMedia, &[F::ToolResultImage], &[], WORDS),
    rung(F::DocumentContext, W::ContextToText, &[], &[], WORDS),
    rung(F::FileText, W::DocumentToText, &[], &[], WORDS),
    rung(F::FileContent, W::DocumentToText, &[], &[], WORDS),
    rung(F::SearchResult, W::SearchResultToText, &[], &[], WORDS),
    rung(F::Refusal, W::RefusalToText, &[], &[], 0),
    rung(F::Prefill, W::PrefillToInstruction, &[], &[always(F::SystemText)], WORDS),
    rung(
        F::SystemText,
        W::SystemToUser,
        &[F::DeveloperRole, F::SystemBoundaries, F::MidConversationSystem],
        &[],
        WORDS,
    ),
    rung(F::ReasoningEffortMinimal, W::MinimalToLow, &[], &[always(F::ReasoningEffort)], 0),
    rung(F::ReasoningEffortMinimal, W::Drop, &[], WITHOUT_EFFORT, 0),
    rung(F::ReasoningEffortOther, W::Drop, &[], WITHOUT_EFFORT, 0),
    rung(F::ReasoningEffort, W::Drop, &[], WITHOUT_EFFORT, 0),
    rung(F::ReasoningReplay, W::SealedToText, &[], &[always(F::ReasoningText)], 0),
    rung(F::ReasoningOff, W::OffToLow, &[], &[always(F::ReasoningEffort)], 0),
    rung(F::ReasoningOff, W::Drop, &[F::ReasoningOffIgnored], &[], 0),
    rung(F::ReasoningBudget, W::BudgetToEffort, &[], &[when(When::NoEffort, F::ReasoningEffort)], 0),
    rung(F::ReasoningAdaptive, W::AdaptiveToEffort, &[], &[when(When::NoEffort, F::ReasoningEffort)], 0),
    rung(F::ReasoningDisplay, W::DisplayToSummary, &[], &[always(F::ReasoningSummary)], 0),
    rung(F::MaxOutputTokensSmall, W::RaiseMaxOutput, &[], &[always(F::MaxOutputTokens)], 0),
    rung(F::MaxOutputTokensSmall, W::Drop, &[F::MaxOutputTokensDuplicate], &[], 0),
    rung(F::MaxOutputTokens, W::Drop, &[F::MaxOutputTokensDuplicate], &[], 0),
    rung(F::EndUser, W::Drop, &[F::EndUserDuplicate], &[], 0),
    rung(F::Tools, W::Drop, FUNCTIONS, &[], 0),
    rung(F::CustomTool, W::Drop, CHOICES, &[], 0),
    rung(F::WebSearchTool, W::Drop, &[F::WebSearchDomains, F::WebSearchBlockedDomains, F::WebSearchLocation], &[], 0),
];

/// What nothing stands in for, and what a request cannot be without: it is served or the match is impossible.
///
/// State and files that a provider holds, several answers, arguments that no object can hold, and whether the answer
/// is a stream.
pub(crate) const IRREPLACEABLE: &[Feature] = &[
    F::ImageFileId,
    F::VideoFileId,
    F::FileId,
    F::InvalidArguments,
    F::SeveralChoices,
    F::Background,
    F::PromptTemplate,
    F::PreviousResponse,
    F::Conversation,
    F::ItemReference,
    F::Streaming,
];

/// What cannot be dropped because a rung of its own does better in any case.
pub(crate) const NEVER_DROPPED: &[Feature] = &[
    F::SystemText,
    F::DeveloperRole,
    F::MidConversationSystem,
    F::JsonSchema,
    F::JsonObject,
    F::Refusal,
    F::StrictTools,
    F::ToolChoiceNone,
    F::LegacyFunctions,
    F::ParallelToolCallsOff,
    F::Prefill,
];

/// What only a protocol can lack: its table answers, and no offer does.
///
/// The shape of the wire, residue that no offer can know, and values that say nothing beside another.
pub(crate) const OF_THE_PROTOCOL: &[Feature] = &[
    F::SystemBoundaries,
    F::ItemId,
    F::ItemStatus,
    F::ItemPhase,
    F::EmptyText,
    F::AssistantTextBoundaries,
    F::TurnBoundaries,
    F::UnknownRole,
    F::UnknownPart,
    F::UnknownField,
    F::FileName,
    F::FileNameAbsent,
    F::Refusal,
    F::Citations,
    F::OutputLogprobs,
    F::StrictByDefault,
    F::ToolChoiceWithoutTools,
    F::ParallelToolCallsUnused,
    F::ToolCallOrder,
    F::ToolResultName,
    F::ToolName,
    F::CallId,
    F::ToolResultOrder,
    F::ToolCaller,
    F::InvalidArguments,
    F::ReasoningOffIgnored,
    F::JsonSchemaName,
    F::JsonSchemaDescription,
    F::JsonSchemaLoose,
    F::JsonSchemaStrictByDefault,
    F::WebSearchDomains,
    F::WebSearchBlockedDomains,
    F::WebSearchLocation,
    F::ToolAnnotationsShared,
    F::OutputFormatOther,
    F::MaxOutputTokensDuplicate,
    F::EndUserDuplicate,
    F::StoreByDefault,
    F::StreamUsageOff,
    F::CacheControlExtension,
    F::ProtocolOption,
    F::BetaHeader,
    F::EnvelopeOfMessages,
    F::EnvelopeOfResponses,
];

/// What a protocol's table calls noted, and a vendor rejects: rewritten for this protocol all the same.
pub(crate) const REJECTED_THOUGH_NOTED: &[(Feature, switchback_ir::Protocol)] =
    &[(F::MaxOutputTokensSmall, switchback_ir::Protocol::Responses)];

/// A plain drop of a feature without a row for it.
const fn plain_drop(feature: Feature) -> Rung {
    rung(feature, Rewrite::Drop, &[], &[], 0)
}

/// The rungs of a feature's own ladder, the best first.
pub(crate) fn rungs(feature: Feature) -> impl Iterator<Item = Rung> {
    let rows = || TABLE.iter().copied().filter(move |rung| rung.feature == feature);
    let drops = !IRREPLACEABLE.contains(&feature)
        && !NEVER_DROPPED.contains(&feature)
        && !rows().any(|rung| rung.rewrite == Rewrite::Drop);
    rows().chain(drops.then(|| plain_drop(feature)))
}

/// What can stand in for `feature` where an endpoint cannot serve it, the best first; empty where nothing can.
///
/// ```
/// use switchback_capability::{Rewrite, ladder};
/// use switchback_ir::Feature;
/// let rungs = [Rewrite::SchemaToTool, Rewrite::SchemaToJsonObject, Rewrite::SchemaToText];
/// assert_eq!(ladder(Feature::JsonSchema).collect::<Vec<_>>(), rungs);
/// assert_eq!(ladder(Feature::SeveralChoices).count(), 0);
/// ```
pub fn ladder(feature: Feature) -> impl Iterator<Item = Rewrite> {
    rungs(feature).map(|rung| rung.rewrite)
}
