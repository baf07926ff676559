use crate::part::part_feature;
use crate::shape::allows;
use crate::tree::{ToolNode, Tree, each_list, leaf};
use switchback_ir::{
    AllowedTool, At, CallKind, CustomFormat, Feature, Key, Native, Part, PartKind, Place, RawJson, Text, Tool,
    ToolCall, ToolChoice, ToolInput, ToolKind,
};

/// What a custom tool's function takes.
const INPUT_SCHEMA: &str =
    r#"{"type":"object","properties":{"input":{"type":"string"}},"required":["input"],"additionalProperties":false}"#;

pub(super) fn loosen(tree: &mut Tree<'_>) {
    for field in tree.tools.iter_mut().flat_map(|node| &mut node.fields) {
        if field.key() == Some(Key::Strict) && field.value.as_bool() == Some(true) {
            field.value = RawJson::bool(false);
        }
    }
}

pub(super) fn custom_to_function(tree: &mut Tree<'_>) {
    for node in &mut tree.tools {
        if let ToolKind::Custom { format } = &node.tool.kind {
            let grammar = format.as_ref().and_then(|at| grammar_words(&at.value));
            to_function(node, grammar.as_deref());
        }
    }
    for turn in &mut tree.turns {
        let mut wrapped = false;
        each_list(&mut turn.parts, &mut |parts| {
            for node in parts.iter_mut().filter(|node| part_feature(&node.part) == Feature::CustomToolCall) {
                wrap_call(&mut node.part);
                node.fields.retain(|field| field.key() != Some(Key::ItemId));
                wrapped = true;
            }
        });
        if wrapped {
            // Ids of items are bound to the item's type, and nobody has to send them back.
            turn.fields.retain(|field| field.key() != Some(Key::ItemId));
        }
    }
    match tree.tool_choice.as_mut().map(|at| &mut at.value) {
        Some(choice @ ToolChoice::Custom(_)) => {
            if let ToolChoice::Custom(name) = std::mem::replace(choice, ToolChoice::Auto) {
                *choice = ToolChoice::Function(name);
            }
        }
        Some(ToolChoice::Allowed { tools, .. }) => tools.iter_mut().for_each(allow_function),
        _ => {}
    }
}

fn to_function(node: &mut ToolNode<'_>, grammar: Option<&str>) {
    let place = node.tool.place;
    let parameters = RawJson::parse(INPUT_SCHEMA).ok().map(|value| At { value, place });
    node.tool.kind = ToolKind::Function { parameters, legacy: false };
    if let Some(grammar) = grammar {
        let before = node.tool.description.as_ref().and_then(|at| at.value.to_str());
        let text = before.map_or_else(|| grammar.to_owned(), |before| format!("{before}\n\n{grammar}"));
        node.tool.description = Some(At { value: Text::new(text), place });
    }
    // Said explicitly, since the protocols differ in what silence means.
    if !node.fields.iter().any(|field| field.key() == Some(Key::Strict)) {
        node.fields.push(leaf(Key::Strict, RawJson::bool(false)));
    }
}

fn grammar_words(format: &CustomFormat<'_>) -> Option<String> {
    match format {
        CustomFormat::Grammar { syntax, definition } => {
            let (syntax, definition) = (syntax.to_str()?, definition.to_str()?);
            Some(format!("`input` must follow this {syntax} grammar:\n{definition}"))
        }
        CustomFormat::Text | CustomFormat::Other(_) => None,
    }
}

fn wrap_call(part: &mut Part<'_>) {
    if let PartKind::ToolCall(call) = &mut part.kind
        && let ToolInput::Custom(text) = &call.input
    {
        call.input = wrapped(text);
    }
    if let PartKind::ToolResult(result) = &mut part.kind {
        result.kind = CallKind::Function;
    }
}

/// `{"input":"…"}` with the text's own escapes.
fn wrapped<'a>(text: &Text<'_>) -> ToolInput<'a> {
    let mut bytes = br#"{"input":""#.to_vec();
    text.write_content(&mut bytes);
    bytes.extend_from_slice(br#""}"#);
    let json = String::from_utf8(bytes).unwrap_or_default();
    RawJson::parse(&json).map_or_else(|_| ToolInput::Encoded(Text::new("{}")), |raw| ToolInput::Json(raw.into_owned()))
}

fn allow_function(tool: &mut AllowedTool<'_>) {
    if let AllowedTool::Custom(name) = tool {
        *tool = AllowedTool::Function(std::mem::replace(name, Text::new("")));
    }
}

/// Functions of the legacy list become tools; calls and results without ids get one and the same, in order.
pub(super) fn legacy_to_tools(tree: &mut Tree<'_>) {
    tree.fill(&["tools"]);
    for node in &mut tree.tools {
        if let ToolKind::Function { legacy, .. } = &mut node.tool.kind {
            *legacy = false;
        }
    }
    let mut calls = 0_u32;
    tree.each_part(|node| {
        if let PartKind::ToolCall(call) = &mut node.part.kind
            && call.legacy
        {
            calls += 1;
            modernise(call, calls);
        } else if let PartKind::ToolResult(result) = &mut node.part.kind
            && result.kind == CallKind::Legacy
        {
            result.kind = CallKind::Function;
            result.call_id.get_or_insert_with(|| legacy_id(calls));
        }
    });
}

fn modernise(call: &mut ToolCall<'_>, ordinal: u32) {
    call.legacy = false;
    call.id.get_or_insert_with(|| legacy_id(ordinal));
}

fn legacy_id<'a>(ordinal: u32) -> At<Text<'a>> {
    At { value: Text::new(format!("call_legacy_{ordinal}")), place: Place::NONE }
}

pub(super) fn allowed_to_filter(tree: &mut Tree<'_>) {
    let Some(ToolChoice::Allowed { required, tools: allowed }) = tree.tool_choice.as_ref().map(|at| &at.value) else {
        return;
    };
    let required = *required;
    tree.tools.retain(|node| match &node.tool.kind {
        ToolKind::Function { .. } | ToolKind::Custom { .. } => {
            named(&node.tool).is_some_and(|name| allows(allowed, name))
        }
        ToolKind::Hosted { raw, .. } => allows_hosted(allowed, raw),
    });
    match &mut tree.tool_choice {
        Some(choice) if required && tree.tools.iter().any(|node| is_callable(&node.tool)) => {
            choice.value = ToolChoice::Required;
        }
        choice => *choice = None,
    }
    settle_choice(tree);
}

pub(super) fn named_to_only(tree: &mut Tree<'_>) {
    let Some(ToolChoice::Function(chosen)) = tree.tool_choice.as_ref().map(|at| &at.value) else { return };
    let is_chosen = |node: &ToolNode<'_>| {
        matches!(node.tool.kind, ToolKind::Function { .. }) && named(&node.tool).is_some_and(|name| name == chosen)
    };
    if tree.tools.iter().any(is_chosen) {
        tree.tools.retain(is_chosen);
    }
    if let Some(choice) = &mut tree.tool_choice {
        choice.value = ToolChoice::Required;
    }
}

/// The answer's further calls are left out on the way back.
pub(super) fn keep_first_call(tree: &mut Tree<'_>) {
    tree.options.retain(|field| field.key() != Some(Key::ParallelToolCalls) || field.value.as_bool() != Some(false));
}

/// A choice among no tools, and a limit on parallel calls of none, say nothing and are rejected.
pub(super) fn settle_choice(tree: &mut Tree<'_>) {
    if !tree.tools.iter().any(|node| is_callable(&node.tool)) {
        tree.tool_choice.take_if(|choice| !matches!(choice.value, ToolChoice::Hosted(_)));
        tree.remove_options(&[Key::ParallelToolCalls]);
    }
}

fn named<'t, 'a>(tool: &'t Tool<'a>) -> Option<&'t Text<'a>> {
    tool.name.as_ref().map(|name| &name.value)
}

pub(super) const fn is_callable(tool: &Tool<'_>) -> bool {
    !matches!(tool.kind, ToolKind::Hosted { .. })
}

fn allows_hosted(allowed: &[AllowedTool<'_>], listed: &Native<RawJson<'_>>) -> bool {
    allowed.iter().any(|tool| matches!(tool, AllowedTool::Hosted(tool) if same_type(tool, listed)))
}

fn same_type(allowed: &Native<RawJson<'_>>, listed: &Native<RawJson<'_>>) -> bool {
    let kind = |raw: &Native<RawJson<'_>>| {
        let (kind, _) = raw.for_protocol(raw.origin())?.member("type")?;
        Some(kind.as_str().to_owned())
    };
    kind(allowed).is_some() && kind(allowed) == kind(listed)
}
