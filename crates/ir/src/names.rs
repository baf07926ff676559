use crate::{AllowedTool, Feature, Key, Owner, Part, PartKind, Place, Protocol, Request, Text, ToolChoice, Use};

/// What a target takes as the name of a tool or the id of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct NameRule {
    /// The most characters.
    pub length: u32,
    /// Whether it must be a word: at least one character, and only ASCII letters, digits, `_` and `-`.
    pub word: bool,
}

impl NameRule {
    /// What every protocol takes.
    pub const EVERYWHERE: Self = Self { length: 64, word: true };

    /// Everything: for a target that is known to take any name.
    pub const ANYTHING: Self = Self { length: u32::MAX, word: false };

    /// What `protocol` documents for the names of tools: 64 characters in Chat Completions (`FunctionObject.name`) and
    /// 128 in Responses (`FunctionToolParam.name`, `maxLength`) by the vendor's API description of 2026-08, 128 in
    /// Messages (its error says `^[a-zA-Z0-9_-]{1,128}$`); the same characters in all three.
    pub const fn tool_name(protocol: Protocol) -> Self {
        let length = match protocol {
            Protocol::Chat => 64,
            Protocol::Responses | Protocol::Messages => 128,
        };
        Self { length, word: true }
    }

    /// What `protocol` takes as the id of a call: at most 64 characters of any kind in Chat Completions and Responses
    /// (the vendor's errors `string_above_max_length` of 2026-08; those of 2025 said 40 in Chat Completions), and words
    /// of any length in Messages (its error says `^[a-zA-Z0-9_-]+$`, 2026-07).
    pub const fn call_id(protocol: Protocol) -> Self {
        match protocol {
            Protocol::Chat | Protocol::Responses => Self { length: 64, word: false },
            Protocol::Messages => Self { length: u32::MAX, word: true },
        }
    }

    /// The same rule for another number of characters.
    #[must_use]
    pub const fn with_length(self, length: u32) -> Self {
        Self { length, ..self }
    }

    /// Whether `name` keeps the rule. A text without characters of its own (a surrogate stands alone) is let through,
    /// since nothing could stand for it on the way back.
    ///
    /// ```
    /// use switchback_ir::{NameRule, Protocol, Text};
    /// let rule = NameRule::tool_name(Protocol::Chat);
    /// assert!(rule.takes(&Text::new("get_weather")));
    /// assert!(!rule.takes(&Text::new("get weather")) && !rule.takes(&Text::new("x".repeat(65))));
    /// ```
    pub fn takes(self, name: &Text<'_>) -> bool {
        let Some(name) = name.to_str() else { return true };
        let is_word = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
        let limit = usize::try_from(self.length).unwrap_or(usize::MAX);
        // Characters are counted only where there could be too many of them.
        let fits = name.len() <= limit || name.chars().nth(limit).is_none();
        fits && (!self.word || (!name.is_empty() && name.bytes().all(is_word)))
    }
}

impl Request<'_> {
    /// Calls `visit` for the name of every tool and the id of every call, wherever it stands: in the list of tools, in
    /// the choice among them, in calls and in results.
    ///
    /// Each comes as a use of [`Feature::ToolName`] or [`Feature::CallId`] at the place of its value; names in a choice
    /// at the place of the choice. What the provider's own tools are called is theirs. Cost: one pass over the tables.
    ///
    /// ```
    /// use switchback_ir::{At, Feature, Request, Text, Tool, ToolKind};
    /// let kind = ToolKind::Function { parameters: None, legacy: false };
    /// let mut request = Request::new("m");
    /// let name = Some(At::nowhere(Text::new("f")));
    /// request.tools.push(Tool { kind, name, description: None, place: switchback_ir::Place::NONE });
    /// let mut seen = Vec::new();
    /// request.names(&mut |used, text| seen.push((used.feature, text.word().into_owned())));
    /// assert_eq!(seen, [(Feature::ToolName, "f".to_owned())]);
    /// ```
    pub fn names(&self, visit: &mut dyn FnMut(Use, &Text<'_>)) {
        let named = |place: Place| Use { feature: Feature::ToolName, place };
        for name in self.tools.iter().filter_map(|tool| tool.name.as_ref()) {
            visit(named(name.place), &name.value);
        }
        if let Some(choice) = &self.tool_choice {
            chosen(&choice.value, &mut |name| visit(named(choice.place), name));
        }
        for (index, part) in (0..).zip(&self.parts) {
            self.names_of_part(index, part, visit);
        }
    }

    fn names_of_part(&self, index: u32, part: &Part<'_>, visit: &mut dyn FnMut(Use, &Text<'_>)) {
        let id = match &part.kind {
            PartKind::ToolCall(call) => {
                visit(Use { feature: Feature::ToolName, place: call.name_place }, &call.name);
                &call.id
            }
            PartKind::ToolResult(result) => {
                if let Some(field) = self.field(Owner::Part(index), Key::ToolResultName)
                    && let Some(name) = field.value.as_text()
                {
                    visit(Use { feature: Feature::ToolName, place: field.place }, &name);
                }
                &result.call_id
            }
            PartKind::Text(_)
            | PartKind::Refusal { .. }
            | PartKind::Image(_)
            | PartKind::File(_)
            | PartKind::Audio { .. }
            | PartKind::Opaque(_) => return,
        };
        if let Some(id) = id {
            visit(Use { feature: Feature::CallId, place: id.place }, &id.value);
        }
    }
}

/// The names in a choice.
fn chosen(choice: &ToolChoice<'_>, visit: &mut dyn FnMut(&Text<'_>)) {
    match choice {
        ToolChoice::Function(name) | ToolChoice::Custom(name) => visit(name),
        ToolChoice::Allowed { tools, .. } => {
            for tool in tools {
                if let AllowedTool::Function(name) | AllowedTool::Custom(name) = tool {
                    visit(name);
                }
            }
        }
        ToolChoice::Auto | ToolChoice::None | ToolChoice::Required | ToolChoice::Hosted(_) => {}
    }
}
