//! The ladders: what can stand in for a feature that an endpoint cannot serve, from the best stand-in to the worst.
//!
//! One table, [`TABLE`], read by the chooser, by [`apply`](crate::apply) and by the docs. A feature without a row of
//! its own can be dropped, unless it is one of [`IRREPLACEABLE`].

use crate::need::RequestShape;
use std::fmt;
use switchback_ir::{Feature, FeatureSet};
use switchback_units::Tokens;

/// How much a rewrite takes away, from least to most.
#[expect(clippy::exhaustive_enums, reason = "a decision: a new class should stop the caller's build")]
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Class {
    /// The same meaning in a form that the endpoint has.
    Respell,
    /// The meaning is conveyed by other means, mostly in words to the model.
    Emulate,
    /// The words are kept and their standing is not: instructions come from the user.
    Recast,
    /// The nearest value that the endpoint has.
    Approximate,
    /// Still asked for in the request's form, no longer guaranteed.
    Weaken,
    /// Asked for in words alone; nothing at the endpoint sees to it.
    Forgo,
    /// Left out.
    Drop,
}

impl Class {
    /// Every class, from least to most.
    pub const ALL: [Self; 7] =
        [Self::Respell, Self::Emulate, Self::Recast, Self::Approximate, Self::Weaken, Self::Forgo, Self::Drop];

    /// `respell`, `emulate`, `recast`, `approximate`, `weaken`, `forgo` or `drop`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Respell => "respell",
            Self::Emulate => "emulate",
            Self::Recast => "recast",
            Self::Approximate => "approximate",
            Self::Weaken => "weaken",
            Self::Forgo => "forgo",
            Self::Drop => "drop",
        }
    }
}

impl fmt::Display for Class {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

macro_rules! rewrites {
    ($($variant:ident $name:literal $class:ident $about:literal $inverse:literal;)*) => {
        /// A change of a request. Each is a function of the request alone, and does nothing the second time.
        #[expect(clippy::exhaustive_enums, reason = "a new rewrite should stop the build of whoever renders them")]
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Rewrite {
            $(#[doc = $about] $variant,)*
            /// The limit on the answer's length is lowered to what the endpoint gives.
            LowerMaxOutput(Tokens),
            /// What asks for the feature is left out.
            Drop,
        }

        impl Rewrite {
            /// Every rewrite that takes no parameter, in the order in which they are applied.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)* Self::Drop];

            /// The stable `snake_case` name, for logs and metric labels.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)*
                    Self::LowerMaxOutput(_) => "lower_max_output",
                    Self::Drop => "drop",
                }
            }

            /// How much it takes away.
            pub const fn class(self) -> Class {
                match self {
                    $(Self::$variant => Class::$class,)*
                    Self::LowerMaxOutput(_) => Class::Approximate,
                    Self::Drop => Class::Drop,
                }
            }

            /// One line for people.
            pub const fn about(self) -> &'static str {
                match self {
                    $(Self::$variant => $about,)*
                    Self::LowerMaxOutput(_) => "the limit on the answer's length is lowered to what the endpoint gives",
                    Self::Drop => "what asks for the feature is left out",
                }
            }

            /// What is to be done with the answer so that the client gets the shape that it asked for; empty where
            /// nothing is to be done or nothing can.
            pub const fn inverse(self) -> &'static str {
                match self {
                    $(Self::$variant => $inverse,)*
                    Self::LowerMaxOutput(_) | Self::Drop => "",
                }
            }
        }
    };
}

rewrites! {
    // The order is the order of application: a rewrite may only leave behind what a later one removes.
    DeveloperToSystem "developer_to_system" Respell
        "role `developer` becomes `system`" "";
    MidSystemToUser "mid_system_to_user" Emulate
        "a system message after the first turn becomes marked text of the user" "";
    SchemaToJsonObject "schema_to_json_object" Forgo
        "the schema goes into the instructions, and the answer must be some JSON object" "the answer is the JSON text that the client expects; check it against the schema";
    SchemaToText "schema_to_text" Forgo
        "the schema goes into the instructions, and the answer is free text" "take a fence off the answer and check it against the schema";
    JsonObjectToText "json_object_to_text" Emulate
        "JSON is asked for in the instructions, and the answer is free text" "take a fence off the answer and check that it is JSON";
    DescriptionToSchema "description_to_schema" Respell
        "the description of the schema moves into the schema" "";
    LoosenSchema "loosen_schema" Weaken
        "the schema need not be followed exactly" "check the answer against the schema";
    LoosenTools "loosen_tools" Weaken
        "arguments of tools need not fit their schemas" "check arguments against the schema";
    CustomToFunction "custom_to_function" Emulate
        "a custom tool becomes a function with one string, `input`; a grammar goes into its description" "a call of the function becomes a call of the custom tool, with `input` as its text";
    LegacyToTools "legacy_to_tools" Respell
        "`functions` and `function_call` become tools and calls with ids" "a tool call becomes `function_call`";
    AllowedToFilter "allowed_to_filter" Emulate
        "only the allowed tools are listed" "";
    NamedToOnly "named_to_only" Emulate
        "only the named tool is listed, and a call is required" "";
    ToolChoiceToAuto "tool_choice_to_auto" Weaken
        "the model decides whether to call a tool" "";
    LiftResultMedia "lift_result_media" Emulate
        "images and documents of a tool result move into a message of the user after it" "";
    ContextToText "context_to_text" Emulate
        "the context of a document becomes text before it" "";
    DocumentToText "document_to_text" Emulate
        "a document given as text becomes a text part" "";
    SearchResultToText "search_result_to_text" Emulate
        "a search result becomes a text part with its source and title" "";
    RefusalToText "refusal_to_text" Respell
        "a refusal in the history becomes text" "";
    PrefillToInstruction "prefill_to_instruction" Emulate
        "the beginning of the answer is asked for in the instructions" "take the beginning off the answer";
    SystemToUser "system_to_user" Recast
        "instructions become marked text of the user" "";
    MinimalToLow "minimal_to_low" Approximate
        "reasoning effort `minimal` becomes `low`" "";
    OffToLow "off_to_low" Approximate
        "reasoning that was turned off becomes effort `low`" "leave reasoning out of the answer";
    BudgetToEffort "budget_to_effort" Approximate
        "a reasoning budget becomes an effort: below 4,096 tokens `low`, below 16,384 `medium`, else `high`" "";
    AdaptiveToEffort "adaptive_to_effort" Approximate
        "adaptive reasoning becomes the effort beside it, or `high`, which is its documented default" "";
    DisplayToSummary "display_to_summary" Approximate
        "`summarized` thinking becomes summary `auto`; `omitted` is the default without a summary" "";
    RaiseMaxOutput "raise_max_output" Approximate
        "a limit on the answer below 16 tokens becomes 16" "cut the answer at the client's limit";
}

impl fmt::Display for Rewrite {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

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

/// What a schema asks for besides itself.
const SCHEMA: &[Feature] = &[F::JsonSchemaName, F::JsonSchemaDescription, F::JsonSchemaStrict, F::JsonSchemaLoose];

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
    rung(F::JsonSchema, W::SchemaToJsonObject, SCHEMA, &[always(F::JsonObject), always(F::SystemText)], WORDS),
    rung(F::JsonSchema, W::SchemaToText, SCHEMA, &[always(F::SystemText)], WORDS),
    rung(F::JsonObject, W::JsonObjectToText, &[], &[always(F::SystemText)], WORDS),
    rung(F::JsonSchemaDescription, W::DescriptionToSchema, &[], &[], 0),
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
];

/// What nothing stands in for, and what a request cannot be without: it is served or the match is impossible.
///
/// State and files that a provider holds, several answers, arguments that no object can hold, and whether the answer
/// is a stream.
pub(crate) const IRREPLACEABLE: &[Feature] = &[
    F::ImageFileId,
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
    F::OutputFormatOther,
    F::MaxOutputTokensDuplicate,
    F::EndUserDuplicate,
    F::StoreByDefault,
    F::StreamUsageOff,
    F::CacheControlExtension,
    F::ProtocolOption,
    F::BetaHeader,
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
/// assert_eq!(ladder(Feature::JsonSchema).collect::<Vec<_>>(), [Rewrite::SchemaToJsonObject, Rewrite::SchemaToText]);
/// assert_eq!(ladder(Feature::SeveralChoices).count(), 0);
/// ```
pub fn ladder(feature: Feature) -> impl Iterator<Item = Rewrite> {
    rungs(feature).map(|rung| rung.rewrite)
}
