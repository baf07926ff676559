//! From what catalogs say of a model and what a host carries to an [`Offer`].

use std::sync::LazyLock;

use switchback_capability::{Offer, Support};
use switchback_ir::{Feature, FeatureSet, Protocol};

use crate::{Capabilities, Capability, Host};

/// Carried by whoever speaks the protocol, so that only a model can lack it.
///
/// The shape of the wire (instructions, turns, boundaries, streaming, the limit on output) and what every
/// implementation of the API documents; everything else stays unknown until a host profile says it.
const CORE: &[Feature] = &[
    Feature::SystemText,
    Feature::SystemBoundaries,
    Feature::EmptyText,
    Feature::AssistantTextBoundaries,
    Feature::TurnBoundaries,
    Feature::ImageBase64,
    Feature::AudioInput,
    Feature::AudioOutput,
    Feature::Tools,
    Feature::ToolCalls,
    Feature::ToolCallOrder,
    Feature::ToolResultOrder,
    Feature::ToolChoiceNone,
    Feature::ToolChoiceRequired,
    Feature::ToolChoiceNamed,
    Feature::ParallelToolCallsOff,
    Feature::LegacyFunctions,
    Feature::StrictByDefault,
    Feature::ReasoningEffort,
    Feature::ReasoningOff,
    Feature::JsonSchema,
    Feature::JsonSchemaName,
    Feature::JsonObject,
    Feature::Temperature,
    Feature::TopP,
    Feature::MaxOutputTokens,
    Feature::MaxOutputTokensSmall,
    Feature::MaxOutputTokensDuplicate,
    Feature::ServiceTierAuto,
    Feature::StoreOff,
    Feature::StoreByDefault,
    Feature::Streaming,
    Feature::StreamUsage,
    Feature::StreamUsageOff,
];

/// Carried, besides the core, by whoever speaks Chat, Responses or Messages, in this order.
const CORE_OF: [&[Feature]; 3] = [
    &[
        Feature::MidConversationSystem,
        Feature::ImageUrl,
        Feature::StopSequences,
        Feature::FrequencyPenalty,
        Feature::PresencePenalty,
        Feature::ReasoningText,
    ],
    &[Feature::MidConversationSystem, Feature::ImageUrl, Feature::StrictTools, Feature::ItemId],
    &[
        Feature::StopSequences,
        Feature::TopK,
        Feature::ToolResultError,
        Feature::ToolResultImage,
        Feature::FileBase64,
        Feature::ReasoningBudget,
        Feature::Prefill,
    ],
];

/// Features that a model has only with the capability: unknown while the capability is.
const NEEDS: &[(Capability, &[Feature])] = &[
    (
        Capability::Tools,
        &[
            Feature::Tools,
            Feature::ToolCalls,
            Feature::ToolCallOrder,
            Feature::ToolResultError,
            Feature::ToolResultImage,
            Feature::ToolResultFile,
            Feature::ToolResultName,
            Feature::ToolResultOrder,
            Feature::StrictTools,
            Feature::StrictByDefault,
            Feature::CustomTool,
            Feature::CustomToolCall,
            Feature::AdditionalTools,
            Feature::ToolAnnotations,
            Feature::ToolAnnotationsShared,
            Feature::ToolChoiceNone,
            Feature::ToolChoiceRequired,
            Feature::ToolChoiceNamed,
            Feature::ToolChoiceCustom,
            Feature::ToolChoiceAllowed,
            Feature::ParallelToolCallsOff,
            Feature::LegacyFunctions,
        ],
    ),
    (
        Capability::ToolChoice,
        &[
            Feature::ToolChoiceNone,
            Feature::ToolChoiceRequired,
            Feature::ToolChoiceNamed,
            Feature::ToolChoiceCustom,
            Feature::ToolChoiceAllowed,
        ],
    ),
    (Capability::ParallelTools, &[Feature::ParallelToolCallsOff]),
    (
        Capability::JsonSchema,
        &[
            Feature::JsonSchema,
            Feature::JsonSchemaName,
            Feature::JsonSchemaDescription,
            Feature::JsonSchemaStrict,
            Feature::JsonSchemaLoose,
        ],
    ),
    (Capability::JsonObject, &[Feature::JsonObject]),
    (
        Capability::Image,
        &[
            Feature::ImageUrl,
            Feature::ImageBase64,
            Feature::ImageDataUrl,
            Feature::ImageFileId,
            Feature::ImageDetail,
            Feature::ImageTransformations,
            Feature::ToolResultImage,
        ],
    ),
    (
        Capability::Pdf,
        &[
            Feature::FileBase64,
            Feature::FileData,
            Feature::FileUrl,
            Feature::FileId,
            Feature::FileDetail,
            Feature::FileName,
            Feature::ToolResultFile,
        ],
    ),
    (Capability::AudioInput, &[Feature::AudioInput, Feature::AudioUrl]),
    (Capability::VideoInput, &[Feature::VideoUrl, Feature::VideoBase64, Feature::VideoFileId]),
    (Capability::AudioOutput, &[Feature::AudioOutput]),
    (Capability::ImageOutput, &[Feature::ImageOutput]),
    (
        Capability::Reasoning,
        &[
            Feature::ReasoningEffort,
            Feature::ReasoningEffortMinimal,
            Feature::ReasoningEffortOther,
            Feature::ReasoningBudget,
            Feature::ReasoningAdaptive,
            Feature::ReasoningDisplay,
            Feature::ReasoningSummary,
            Feature::ReasoningContext,
            Feature::IncludeReasoning,
        ],
    ),
    (Capability::Effort, &[Feature::ReasoningEffort, Feature::ReasoningEffortMinimal, Feature::ReasoningEffortOther]),
    (Capability::Interleaved, &[Feature::ReasoningText]),
    (Capability::Temperature, &[Feature::Temperature]),
    (Capability::Prefill, &[Feature::Prefill]),
    (Capability::WebSearch, &[Feature::WebSearchTool, Feature::WebSearchOptions]),
    (Capability::ComputerUse, &[Feature::ComputerTool]),
    (Capability::PromptCaching, &[Feature::CacheBreakpoint, Feature::CacheBreakpointPlace, Feature::CacheTtl]),
];

/// Features that a model lacks when a source denies the capability, and that are not in doubt while none does.
///
/// The sampling parameters go with the temperature: OpenAI's reasoning guide lists them together as not supported, and
/// recorded requests of `top_p` to a model without temperature were answered with an error.
const UNLESS: &[(Capability, &[Feature])] = &[
    (
        Capability::Temperature,
        &[
            Feature::TemperatureAboveOne,
            Feature::TopP,
            Feature::TopK,
            Feature::FrequencyPenalty,
            Feature::PresencePenalty,
            Feature::LogitBias,
            Feature::Logprobs,
        ],
    ),
    (Capability::TopP, &[Feature::TopP]),
    (Capability::TopK, &[Feature::TopK]),
    (Capability::Seed, &[Feature::Seed]),
    (Capability::Stop, &[Feature::StopSequences]),
    (Capability::FrequencyPenalty, &[Feature::FrequencyPenalty]),
    (Capability::PresencePenalty, &[Feature::PresencePenalty]),
    (Capability::LogitBias, &[Feature::LogitBias]),
    (Capability::Logprobs, &[Feature::Logprobs]),
    (Capability::Verbosity, &[Feature::Verbosity]),
    (Capability::SystemText, &[Feature::SystemText, Feature::SystemBoundaries, Feature::MidConversationSystem]),
    (Capability::Streaming, &[Feature::Streaming]),
];

/// Features that a capability's *yes* adds where neither the core nor the host profile says anything.
const GIVES: &[(Capability, &[Feature])] = &[
    (Capability::TopK, &[Feature::TopK]),
    (Capability::Seed, &[Feature::Seed]),
    (Capability::LogitBias, &[Feature::LogitBias]),
    (Capability::Logprobs, &[Feature::Logprobs]),
    (Capability::Verbosity, &[Feature::Verbosity]),
    (Capability::PromptCaching, &[Feature::CacheBreakpoint]),
];

/// The tables as sets, made once.
struct Sets {
    core: [FeatureSet; 3],
    needs: Vec<(Capability, FeatureSet)>,
    unless: Vec<(Capability, FeatureSet)>,
    gives: Vec<(Capability, FeatureSet)>,
}

static SETS: LazyLock<Sets> = LazyLock::new(|| {
    let set = |features: &[Feature]| features.iter().copied().collect::<FeatureSet>();
    let table = |table: &[(Capability, &[Feature])]| {
        table.iter().map(|(capability, features)| (*capability, set(features))).collect()
    };
    let core = set(CORE);
    Sets {
        core: CORE_OF.map(|features| core.union(set(features))),
        needs: table(NEEDS),
        unless: table(UNLESS),
        gives: table(GIVES),
    }
});

/// The offer, limits aside, of a model behind a protocol and, where there is one, a host profile.
///
/// A feature is there when its host carries it and the model has what it needs; absent when either denies it;
/// otherwise unknown. That is the three-valued *and*.
pub(crate) fn offer(capabilities: Capabilities, protocol: Protocol, host: Option<&Host>) -> Offer {
    let sets = &*SETS;
    let column = Protocol::ALL.iter().position(|known| *known == protocol);
    let core = column.and_then(|column| sets.core.get(column)).copied().unwrap_or_default();
    let (mut carried, mut no) = host.map_or((core, FeatureSet::EMPTY), |host| (core.union(host.yes), host.no));
    let mut unknown = FeatureSet::EMPTY;
    for (capability, features) in &sets.needs {
        match capabilities.support(*capability) {
            Support::Yes => {}
            Support::No => no = no.union(*features),
            Support::Unknown => unknown = unknown.union(*features),
        }
    }
    for (capability, features) in &sets.unless {
        if capabilities.support(*capability) == Support::No {
            no = no.union(*features);
        }
    }
    for (capability, features) in &sets.gives {
        if capabilities.support(*capability) == Support::Yes {
            carried = carried.union(*features);
        }
    }
    let yes = carried.difference(unknown).difference(no);
    let mut offer = Offer::unknown();
    for feature in yes.union(no).iter() {
        offer.set(feature, Support::from(yes.contains(feature)));
    }
    offer
}
