use crate::tree::{Node, Tree, Turn};
use switchback_ir::{PartKind, Role, Slot};

const MID_WORDS: &str = "[System instruction, given at this point of the conversation:]";
const LEADING_WORDS: &str = "[System instructions for this conversation:]";
const END_WORDS: &str = "[End of the system instruction.]";
const PREFILL_WORDS: &str = "Begin your answer with exactly this text, and go on from there:";

pub(super) fn developer_to_system(tree: &mut Tree<'_>) {
    for turn in &mut tree.turns {
        if turn.message.role == Role::Developer {
            turn.message.role = Role::System;
        }
    }
}

/// Each becomes marked text of the user in its place, or behind the tool results that follow it: nothing may stand
/// between a call and its results.
pub(super) fn mid_system_to_user(tree: &mut Tree<'_>) {
    let rest = tree.turns.split_off(tree.leading());
    let mut waiting = Vec::new();
    for mut turn in rest {
        if turn.instructs() {
            to_user(&mut turn, MID_WORDS);
            waiting.push(turn);
        } else {
            if !holds_results(&turn) {
                tree.turns.append(&mut waiting);
            }
            tree.turns.push(turn);
        }
    }
    tree.turns.append(&mut waiting);
}

pub(super) fn system_to_user(tree: &mut Tree<'_>) {
    let leading = tree.leading();
    for (index, turn) in tree.turns.iter_mut().enumerate() {
        if turn.instructs() {
            to_user(turn, if index < leading { LEADING_WORDS } else { MID_WORDS });
        }
    }
    tree.list_input();
}

/// The texts of the assistant that end the conversation become an instruction; what else those turns hold stays.
pub(super) fn prefill_to_instruction(tree: &mut Tree<'_>) {
    let mut begun: Vec<Node<'_>> = Vec::new();
    while let Some(turn) = tree.turns.last_mut()
        && turn.message.role == Role::Assistant
        && turn.parts.last().is_some_and(Node::is_text)
    {
        while turn.parts.last().is_some_and(Node::is_text) {
            begun.extend(turn.parts.pop());
        }
        turn.reshape();
        if turn.parts.is_empty() {
            tree.turns.pop();
        }
    }
    if begun.is_empty() {
        return;
    }
    begun.push(Node::text(PREFILL_WORDS));
    begun.reverse();
    for node in &mut begun {
        node.fields.clear();
    }
    begun.retain(|node| !node.part.is_empty_text());
    tree.instruct(begun);
}

fn to_user(turn: &mut Turn<'_>, words: &'static str) {
    turn.message.role = Role::User;
    turn.message.slot = Slot::List;
    turn.parts.insert(0, Node::text(words));
    turn.parts.push(Node::text(END_WORDS));
    turn.reshape();
}

fn holds_results(turn: &Turn<'_>) -> bool {
    turn.parts.iter().any(|node| matches!(node.part.kind, PartKind::ToolResult(_)))
}
