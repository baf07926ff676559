use crate::Supplies;
use crate::part::part_feature;
use std::borrow::Cow;
use switchback_ir::{
    AllowedTool, At, CustomFormat, Feature, FeatureSet, Key, Media, Message, Native, OutputFormat, Part, PartKind,
    RawJson, Request, Role, Text, Tool, ToolChoice, ToolInput, ToolKind,
};

/// What a rewrite would leave behind, as far as it depends on more than the features in use.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct RequestShape {
    /// What the tool choice would ask for if every custom tool were a function.
    pub(crate) choice_among_functions: Option<Feature>,
    /// What the tool choice would ask for if only the allowed tools were listed.
    pub(crate) choice_when_filtered: Option<Feature>,
    /// Whether an effort is set, `none` included.
    pub(crate) effort: bool,
    /// Bytes that count for less than text until a rewrite makes them text: schemas, contexts, blocks.
    pub(crate) becomes_text: u64,
    /// Whether the schema of the answer can be the parameters of a function that must be called: it is of an object, and
    /// there is no other tool, no thinking (which allows no forced call; Messages API, 2026-11) and no prefill.
    pub(crate) schema_fits_tool: bool,
    /// Whether something of its sealed reasoning can be read.
    pub(crate) readable_reasoning: bool,
    /// The features of media by URL for every one of which the caller has the bytes.
    pub(crate) supplied_bytes: FeatureSet,
    /// The features of documents for every one of which the caller has the text.
    pub(crate) supplied_text: FeatureSet,
    /// The features of the parts behind the last text, where an assistant wrote it: without them it is a prefill.
    pub(crate) behind_last_text: FeatureSet,
}

impl RequestShape {
    pub(crate) fn of(request: &Request<'_>, features: FeatureSet) -> Self {
        let behind_last_text = behind_last_text(request);
        Self {
            choice_among_functions: choice_among_functions(request),
            choice_when_filtered: choice_when_filtered(request),
            effort: request.option(Key::Effort).is_some(),
            becomes_text: becomes_text(request),
            schema_fits_tool: behind_last_text.is_empty() && schema_fits_tool(request, features),
            readable_reasoning: features.contains(Feature::ReasoningReplay)
                && request.parts.iter().any(|part| !readable(part).is_empty()),
            supplied_bytes: FeatureSet::EMPTY,
            supplied_text: FeatureSet::EMPTY,
            behind_last_text,
        }
    }

    /// Notes what the caller has substitutes for.
    pub(crate) fn supply(&mut self, request: &Request<'_>, supplies: &Supplies<'_>) {
        let (mut bytes, mut text) = (FeatureSet::EMPTY, FeatureSet::EMPTY);
        let (mut no_bytes, mut no_text) = (FeatureSet::EMPTY, FeatureSet::EMPTY);
        for message in &request.messages {
            let end = message.first_part.saturating_add(message.part_count);
            for part in (message.first_part..end).filter_map(|index| request.part(index)) {
                let feature = part_feature(part);
                let has_bytes = supplies.bytes(part).is_some();
                // A document that an assistant sent would become text to be continued.
                let has_text = supplies.text(part).is_some() && message.role != Role::Assistant;
                if has_bytes {
                    bytes.insert(feature);
                } else {
                    no_bytes.insert(feature);
                }
                if has_text { text.insert(feature) } else { no_text.insert(feature) }
            }
        }
        self.supplied_bytes = bytes.difference(no_bytes);
        self.supplied_text = text.difference(no_text);
        self.becomes_text = self.becomes_text.saturating_add(supplies.text_bytes());
    }
}

/// What can be read of sealed reasoning: `thinking` of Messages, the texts of `summary` and `content` of Responses.
pub(crate) fn readable(part: &Part<'_>) -> String {
    let mut text = String::new();
    let PartKind::Opaque(opaque) = &part.kind else { return text };
    let raw = opaque.raw.for_protocol(opaque.raw.origin());
    let Some(raw) = raw.filter(|_| opaque.feature == Feature::ReasoningReplay) else { return text };
    let mut push = |value: &RawJson<'_>| {
        let word = value.as_text().and_then(|word| word.to_str().map(Cow::into_owned));
        text.extend(word.filter(|word| !word.is_empty()).map(|word| word + "\n"));
    };
    if let Some((thinking, _)) = raw.member("thinking") {
        push(&thinking);
    }
    for list in ["summary", "content"] {
        let Some((list, _)) = raw.member(list) else { continue };
        list.elements(|element, _| element.member("text").iter().for_each(|(text, _)| push(text)));
    }
    text.truncate(text.trim_end_matches('\n').len());
    text
}

fn schema_fits_tool(request: &Request<'_>, features: FeatureSet) -> bool {
    let Some(OutputFormat::JsonSchema(format)) = request.output_format.as_ref().map(|at| &at.value) else {
        return false;
    };
    let object = format.schema.as_ref().and_then(|schema| schema.value.member("type"));
    let object = object.is_some_and(|(kind, _)| kind.as_text().is_some_and(|kind| kind == *"object"));
    let hinders = [Feature::ReasoningBudget, Feature::ReasoningAdaptive, Feature::Prefill, Feature::AdditionalTools];
    let held = [Key::ParallelToolCalls, Key::WebSearchOptions, Key::McpServers, Key::PreviousResponse];
    object
        && request.tools.is_empty()
        && request.tool_choice.is_none()
        && hinders.iter().all(|feature| !features.contains(*feature))
        && held.iter().all(|key| request.option(*key).is_none())
}

fn choice<'r, 'a>(request: &'r Request<'a>) -> Option<&'r ToolChoice<'a>> {
    request.tool_choice.as_ref().map(|at| &at.value)
}

fn choice_among_functions(request: &Request<'_>) -> Option<Feature> {
    // A choice where nothing can be called stays one, whatever becomes of calls in the history.
    if request.tools.iter().all(|tool| matches!(tool.kind, ToolKind::Hosted { .. })) {
        return None;
    }
    match choice(request)? {
        ToolChoice::Auto | ToolChoice::Hosted(_) => None,
        ToolChoice::None => Some(Feature::ToolChoiceNone),
        ToolChoice::Required => Some(Feature::ToolChoiceRequired),
        ToolChoice::Function(_) | ToolChoice::Custom(_) => Some(Feature::ToolChoiceNamed),
        ToolChoice::Allowed { .. } => Some(Feature::ToolChoiceAllowed),
    }
}

fn choice_when_filtered(request: &Request<'_>) -> Option<Feature> {
    let Some(ToolChoice::Allowed { required, tools }) = choice(request) else { return None };
    let listed = |custom: bool| {
        request.tools.iter().any(|tool| {
            let kind = match tool.kind {
                ToolKind::Function { .. } => !custom,
                ToolKind::Custom { .. } => custom,
                ToolKind::Hosted { .. } => false,
            };
            kind && tool.name.as_ref().is_some_and(|name| allows(tools, &name.value))
        })
    };
    match (required, listed(false), listed(true)) {
        (true, true, _) => Some(Feature::ToolChoiceRequired),
        (true, false, true) => Some(Feature::ToolChoiceCustom),
        // A choice of a set without callable tools leaves nothing to choose.
        (false, _, _) | (true, false, false) => None,
    }
}

/// Whether a set of allowed tools names this one; names are unique whatever the kind.
pub(crate) fn allows(allowed: &[AllowedTool<'_>], name: &Text<'_>) -> bool {
    allowed.iter().any(|tool| match tool {
        AllowedTool::Function(allowed) | AllowedTool::Custom(allowed) => allowed == name,
        AllowedTool::Hosted(_) => false,
    })
}

fn becomes_text(request: &Request<'_>) -> u64 {
    let parts = request.parts.iter().map(|part| {
        if let PartKind::File(Media::Content(raw)) = &part.kind {
            native_len(raw)
        } else if let PartKind::Opaque(opaque) = &part.kind
            && opaque.feature == Feature::SearchResult
        {
            native_len(&opaque.raw)
        } else if let Some(ToolInput::Custom(input)) = part.as_call().map(|call| &call.input) {
            input.stored_len()
        } else {
            0
        }
    });
    let heads = request.fields.iter().filter(|field| matches!(field.key(), Some(Key::DocumentContext | Key::FileName)));
    let bytes = parts.sum::<usize>()
        + heads.map(|field| field.value.as_str().len()).sum::<usize>()
        + request.tools.iter().map(grammar_len).sum::<usize>()
        + schema_len(request);
    u64::try_from(bytes).unwrap_or(u64::MAX)
}

fn grammar_len(tool: &Tool<'_>) -> usize {
    match &tool.kind {
        ToolKind::Custom { format: Some(At { value: CustomFormat::Grammar { syntax, definition }, .. }) } => {
            syntax.stored_len() + definition.stored_len()
        }
        ToolKind::Custom { .. } | ToolKind::Function { .. } | ToolKind::Hosted { .. } => 0,
    }
}

fn schema_len(request: &Request<'_>) -> usize {
    let Some(OutputFormat::JsonSchema(schema)) = request.output_format.as_ref().map(|at| &at.value) else { return 0 };
    let description = schema.description.as_ref().map_or(0, |description| description.value.stored_len());
    schema.schema.as_ref().map_or(0, |schema| schema.value.as_str().len()) + description
}

fn native_len(raw: &Native<RawJson<'_>>) -> usize {
    raw.for_protocol(raw.origin()).map_or(0, |raw| raw.as_str().len())
}

/// What stands behind the last text of an assistant at the end of the conversation; empty where a text of somebody
/// else ends it, or where nothing stands behind.
fn behind_last_text(request: &Request<'_>) -> FeatureSet {
    let mut behind = None;
    for message in &request.messages {
        for (_, part) in request.parts_of(message) {
            match tail_of(message, part) {
                Tail::Prefill(becomes) => behind = Some(becomes),
                Tail::Text => behind = None,
                Tail::Behind(feature) => insert(&mut behind, feature),
            }
        }
        if message.part_count == 0 {
            insert(&mut behind, Feature::EmptyText);
        }
    }
    behind.unwrap_or_default()
}

fn insert(behind: &mut Option<FeatureSet>, feature: Feature) {
    if let Some(behind) = behind {
        behind.insert(feature);
    }
}

/// What a part at the end of the conversation is to whoever looks for a prefill.
enum Tail {
    /// A text of an assistant, or what becomes one once these features are rewritten.
    Prefill(FeatureSet),
    /// A text of somebody else.
    Text,
    /// Something that has to go before a text in front of it ends the conversation.
    Behind(Feature),
}

fn tail_of(message: &Message, part: &Part<'_>) -> Tail {
    let assistant = message.role == Role::Assistant;
    if let PartKind::Text(text) = &part.kind {
        return match (assistant, text.is_empty()) {
            (true, _) => Tail::Prefill(FeatureSet::EMPTY),
            (false, false) => Tail::Text,
            (false, true) => Tail::Behind(Feature::EmptyText),
        };
    }
    let feature = part_feature(part);
    match (BECOME_TEXT.contains(&feature), assistant) {
        (true, true) => Tail::Prefill([feature].into_iter().collect()),
        (true, false) => Tail::Text,
        (false, _) => Tail::Behind(feature),
    }
}

/// What is written as text where it cannot be carried.
pub(crate) const BECOME_TEXT: &[Feature] =
    &[Feature::Refusal, Feature::FileText, Feature::FileContent, Feature::SearchResult];
