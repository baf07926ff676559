//! The rewrites there are, and how much each takes away.

use crate::Effort;
use std::fmt;
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

/// What a rewrite takes.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Parameter {
    None,
    Tokens(Tokens),
    Thousandths(u16),
    Effort(Effort),
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
            /// The temperature, in thousandths, is the nearest that the endpoint takes.
            ClampTemperature(u16),
            /// The reasoning effort is lowered to the most that the endpoint takes.
            LowerEffort(Effort),
            /// What asks for the feature is left out.
            Drop,
        }

        impl Rewrite {
            /// Every rewrite that takes no parameter, in the order in which they are applied; the others come between
            /// the last two.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)* Self::Drop];

            /// The stable `snake_case` name, for logs and metric labels.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)*
                    Self::LowerMaxOutput(_) => "lower_max_output",
                    Self::ClampTemperature(_) => "clamp_temperature",
                    Self::LowerEffort(_) => "lower_effort",
                    Self::Drop => "drop",
                }
            }

            /// How much it takes away.
            pub const fn class(self) -> Class {
                match self {
                    $(Self::$variant => Class::$class,)*
                    Self::LowerMaxOutput(_) | Self::ClampTemperature(_) | Self::LowerEffort(_) => Class::Approximate,
                    Self::Drop => Class::Drop,
                }
            }

            /// One line for people.
            pub const fn about(self) -> &'static str {
                match self {
                    $(Self::$variant => $about,)*
                    Self::LowerMaxOutput(_) => "the limit on the answer's length is lowered to what the endpoint gives",
                    Self::ClampTemperature(_) => "the temperature becomes the nearest that the endpoint takes",
                    Self::LowerEffort(_) => "the reasoning effort becomes the most that the endpoint takes",
                    Self::Drop => "what asks for the feature is left out",
                }
            }

            /// What it takes besides its name.
            pub(crate) const fn parameter(self) -> Parameter {
                match self {
                    $(Self::$variant)|* | Self::Drop => Parameter::None,
                    Self::LowerMaxOutput(tokens) => Parameter::Tokens(tokens),
                    Self::ClampTemperature(thousandths) => Parameter::Thousandths(thousandths),
                    Self::LowerEffort(effort) => Parameter::Effort(effort),
                }
            }

            /// What is to be done with the answer so that the client gets the shape that it asked for; empty where
            /// nothing is to be done or nothing can.
            pub const fn inverse(self) -> &'static str {
                match self {
                    $(Self::$variant => $inverse,)*
                    Self::LowerMaxOutput(_) | Self::ClampTemperature(_) | Self::LowerEffort(_) | Self::Drop => "",
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
    SchemaToTool "schema_to_tool" Emulate
        "the schema becomes a function, and a call of it is required" "the arguments of the call are the JSON text that the client expects; check it against the schema";
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
    KeepFirstCall "keep_first_call" Emulate
        "nothing in the request says that tools are called one at a time" "of several calls in the answer the first is kept";
    UrlToBytes "url_to_bytes" Respell
        "an image or document by URL is sent in the body, where the caller supplied its bytes" "";
    FileToText "file_to_text" Emulate
        "a document becomes a text part, where the caller supplied its text" "";
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
    SealedToText "sealed_to_text" Emulate
        "what can be read of sealed reasoning goes into the vendors' extension field of its turn, and the seal is left out" "";
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
