use crate::{At, Feature, Native, Place, RawJson, Text};

/// A tool that the model may call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tool<'a> {
    /// What it is.
    pub kind: ToolKind<'a>,
    /// Its name; absent only for tools of the provider.
    pub name: Option<At<Text<'a>>>,
    /// What it does.
    pub description: Option<At<Text<'a>>>,
    /// Where it begins.
    pub place: Place,
}

/// What a tool is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ToolKind<'a> {
    /// A function with a JSON Schema for its arguments.
    Function {
        /// The schema as it came.
        parameters: Option<At<RawJson<'a>>>,
        /// Whether it stood in the legacy list `functions` of Chat.
        legacy: bool,
    },
    /// A tool that takes free text, or text of a grammar.
    Custom {
        /// The form of the text.
        format: Option<At<CustomFormat<'a>>>,
    },
    /// A tool that the provider defines, as it came.
    Hosted {
        /// What kind of tool it is.
        feature: Feature,
        /// The whole object.
        raw: Native<RawJson<'a>>,
    },
}

/// The form of a custom tool's input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CustomFormat<'a> {
    /// Any text.
    Text,
    /// Text of a grammar.
    Grammar {
        /// `lark` or `regex`.
        syntax: Text<'a>,
        /// The grammar.
        definition: Text<'a>,
    },
    /// A form that no table knows, as it came.
    Other(Native<RawJson<'a>>),
}

/// Which tool must or may be called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ToolChoice<'a> {
    /// The model decides.
    Auto,
    /// No tool.
    None,
    /// Some tool.
    Required,
    /// This function. `legacy` where it stood in `function_call` of Chat.
    Function(Text<'a>),
    /// This custom tool.
    Custom(Text<'a>),
    /// One of these, or none of them unless `required`.
    Allowed {
        /// Whether one must be called.
        required: bool,
        /// The tools, each as its own protocol names it.
        tools: Vec<AllowedTool<'a>>,
    },
    /// A tool of the provider, or a choice that no table knows, as it came.
    Hosted(Native<RawJson<'a>>),
}

/// A tool in a choice among some.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AllowedTool<'a> {
    /// A function by name.
    Function(Text<'a>),
    /// A custom tool by name.
    Custom(Text<'a>),
    /// A tool of the provider, as it came.
    Hosted(Native<RawJson<'a>>),
}

impl Tool<'_> {
    pub(crate) fn into_owned(self) -> Tool<'static> {
        Tool {
            kind: self.kind.into_owned(),
            name: self.name.map(|at| At { value: at.value.into_owned(), place: at.place }),
            description: self.description.map(|at| At { value: at.value.into_owned(), place: at.place }),
            place: self.place,
        }
    }
}

impl ToolKind<'_> {
    fn into_owned(self) -> ToolKind<'static> {
        match self {
            Self::Function { parameters, legacy } => ToolKind::Function {
                parameters: parameters.map(|at| At { value: at.value.into_owned(), place: at.place }),
                legacy,
            },
            Self::Custom { format } => {
                ToolKind::Custom { format: format.map(|at| At { value: at.value.into_owned(), place: at.place }) }
            }
            Self::Hosted { feature, raw } => ToolKind::Hosted { feature, raw: raw.map(RawJson::into_owned) },
        }
    }
}

impl CustomFormat<'_> {
    fn into_owned(self) -> CustomFormat<'static> {
        match self {
            Self::Text => CustomFormat::Text,
            Self::Grammar { syntax, definition } => {
                CustomFormat::Grammar { syntax: syntax.into_owned(), definition: definition.into_owned() }
            }
            Self::Other(raw) => CustomFormat::Other(raw.map(RawJson::into_owned)),
        }
    }
}

impl ToolChoice<'_> {
    pub(crate) fn into_owned(self) -> ToolChoice<'static> {
        match self {
            Self::Auto => ToolChoice::Auto,
            Self::None => ToolChoice::None,
            Self::Required => ToolChoice::Required,
            Self::Function(name) => ToolChoice::Function(name.into_owned()),
            Self::Custom(name) => ToolChoice::Custom(name.into_owned()),
            Self::Allowed { required, tools } => {
                ToolChoice::Allowed { required, tools: tools.into_iter().map(AllowedTool::into_owned).collect() }
            }
            Self::Hosted(raw) => ToolChoice::Hosted(raw.map(RawJson::into_owned)),
        }
    }
}

impl AllowedTool<'_> {
    fn into_owned(self) -> AllowedTool<'static> {
        match self {
            Self::Function(name) => AllowedTool::Function(name.into_owned()),
            Self::Custom(name) => AllowedTool::Custom(name.into_owned()),
            Self::Hosted(raw) => AllowedTool::Hosted(raw.map(RawJson::into_owned)),
        }
    }
}
