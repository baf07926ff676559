use crate::Effort;
use crate::shape::readable;
use crate::tree::{Node, Tree, Turn, leaf};
use switchback_ir::{Feature, Key, PartKind, RawJson, Role};

/// Budgets below this many tokens are a low effort. The thresholds are this project's: vendors publish none, and other
/// converters draw the lines at 1,024 and 8,192 tokens, or divide the budget by the answer's limit (sources read
/// 2026-08).
const MEDIUM_FROM: u64 = 4_096;
/// Budgets of this many tokens and more are a high effort.
const HIGH_FROM: u64 = 16_384;

/// What adaptive thinking reasons with when no effort is set (vendor's documentation of effort, 2026-11).
const ADAPTIVE_EFFORT: &str = "high";

pub(super) fn minimal_to_low(tree: &mut Tree<'_>) {
    if word(tree, Key::Effort).as_deref() == Some("minimal") {
        set_effort(tree, RawJson::string("low"));
    }
}

pub(super) fn off_to_low(tree: &mut Tree<'_>) {
    let effort = word(tree, Key::Effort);
    let disabled = word(tree, Key::Thinking).as_deref() == Some("disabled");
    if effort.is_none() && disabled {
        tree.remove_options(&[Key::Thinking]);
    }
    if effort.as_deref() == Some("none") || (effort.is_none() && disabled) {
        set_effort(tree, RawJson::string("low"));
    }
}

pub(super) fn budget_to_effort(tree: &mut Tree<'_>) {
    let budget = tree.option(Key::ThinkingBudget).map(|field| field.value.as_u64());
    let thinking = word(tree, Key::Thinking);
    let enabled = thinking.as_deref() == Some("enabled");
    if budget.is_none() && !enabled {
        return;
    }
    // A budget beside `disabled` budgets nothing.
    if tree.option(Key::Effort).is_none() && thinking.as_deref() != Some("disabled") {
        let effort = budget.flatten().map_or("medium", effort_of);
        set_effort(tree, RawJson::string(effort));
    }
    tree.remove_options(&[Key::ThinkingBudget]);
    if enabled {
        tree.remove_options(&[Key::Thinking]);
    }
}

fn effort_of(budget: u64) -> &'static str {
    match budget {
        0..MEDIUM_FROM => "low",
        MEDIUM_FROM..HIGH_FROM => "medium",
        HIGH_FROM.. => "high",
    }
}

pub(super) fn adaptive_to_effort(tree: &mut Tree<'_>) {
    if word(tree, Key::Thinking).as_deref() != Some("adaptive") {
        return;
    }
    tree.remove_options(&[Key::Thinking]);
    if tree.option(Key::Effort).is_none() {
        set_effort(tree, RawJson::string(ADAPTIVE_EFFORT));
    }
}

pub(super) fn display_to_summary(tree: &mut Tree<'_>) {
    let Some(display) = word(tree, Key::ThinkingDisplay) else {
        return tree.remove_options(&[Key::ThinkingDisplay]);
    };
    tree.remove_options(&[Key::ThinkingDisplay]);
    if display == "summarized" && tree.option(Key::ReasoningSummary).is_none() {
        tree.set_option(Key::ReasoningSummary, RawJson::string("auto"), &["summary"]);
    }
}

pub(super) fn lower_effort(tree: &mut Tree<'_>, limit: Effort) {
    if word(tree, Key::Effort).and_then(|word| Effort::from_name(&word)).is_some_and(|asked| asked > limit) {
        set_effort(tree, RawJson::string(limit.name()));
    }
}

fn set_effort(tree: &mut Tree<'_>, effort: RawJson<'static>) {
    tree.set_option(Key::Effort, effort, &["effort", "reasoning_effort"]);
}

fn word(tree: &Tree<'_>, key: Key) -> Option<String> {
    tree.option(key)?.value.as_text().map(|text| text.word().into_owned())
}

/// Sealed reasoning leaves its turns, and what can be read of it goes into a field of the first of them that says
/// something. Turns that follow each other are one: Responses has an item for each thought and each call.
pub(super) fn sealed_to_text(tree: &mut Tree<'_>) {
    let mut run = Vec::new();
    for turn in std::mem::take(&mut tree.turns) {
        if turn.message.role == Role::Assistant {
            run.push(turn);
            continue;
        }
        tree.turns.extend(unsealed(std::mem::take(&mut run)));
        tree.turns.push(turn);
    }
    tree.turns.extend(unsealed(run));
}

fn unsealed(mut run: Vec<Turn<'_>>) -> Vec<Turn<'_>> {
    let mut texts = Vec::new();
    run.retain_mut(|turn| {
        let before = turn.parts.len();
        turn.parts.retain(|node| {
            let sealed = is_sealed(node);
            texts.extend(sealed.then(|| readable(&node.part)).filter(|text| !text.is_empty()));
            !sealed
        });
        let lost = turn.parts.len() < before;
        if lost {
            turn.reshape();
        }
        !(lost && turn.parts.is_empty())
    });
    if let Some(turn) = run.first_mut().filter(|_| !texts.is_empty()) {
        turn.fields.push(leaf(Key::ReasoningText, RawJson::string(&texts.join("\n"))));
    }
    run
}

fn is_sealed(node: &Node<'_>) -> bool {
    matches!(&node.part.kind, PartKind::Opaque(opaque) if opaque.feature == Feature::ReasoningReplay)
}
