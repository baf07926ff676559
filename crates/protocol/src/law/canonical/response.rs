use super::{
    chat_message, content_list, drop_empty_texts, drop_silent, list_of, one_by_one, prune, rename, response_item,
};
use crate::law::{Node, Tree};
use std::collections::BTreeMap;
use switchback_ir::{Protocol, Usage, is_made_item_id};

/// The canonical form of a response body, as [`super::canonical`] is of a request's.
///
/// Each rule stands in `docs/canonical.md` with its reason.
pub fn canonical_response(protocol: Protocol, mut tree: Tree) -> Tree {
    prune(&mut tree);
    // What kind of body this is, whoever reads it knows.
    for tag in ["object", "type", "role"] {
        tree.take(tag);
    }
    if let Some(usage) = tree.take("usage") {
        tree.put("usage", counted(protocol, usage));
    }
    match protocol {
        Protocol::Chat => chat_answer(&mut tree),
        Protocol::Responses => responses_answer(&mut tree),
        Protocol::Messages => messages_answer(&mut tree),
    }
    for list in ["choices", "output", "content"] {
        if tree.get(list).is_some_and(Tree::is_empty) {
            tree.take(list);
        }
    }
    prune(&mut tree);
    tree
}

/// Counts of zero of what only one protocol counts, and a total that is the sum, say nothing more.
fn counted(protocol: Protocol, mut usage: Tree) -> Tree {
    let modelled = |path: &[&str]| Usage::is_read(protocol, path);
    let zero = |tree: &Tree| matches!(&tree.node, Node::Leaf(text) if text == "0");
    if let Some(members) = usage.members() {
        for (name, member) in members.iter_mut() {
            if let Some(details) = member.members() {
                details.retain(|inner, count| modelled(&[name, inner]) || !zero(count));
            }
        }
        members.retain(|name, count| modelled(&[name]) || !zero(count) && !count.is_empty());
    }
    let count = |name: &str| match &usage.get(name)?.node {
        Node::Leaf(text) => text.parse::<u64>().ok(),
        Node::List(_) | Node::Object(_) => None,
    };
    let sum = |input: &str, output: &str| Some(count(input)?.saturating_add(count(output)?));
    let total = sum("prompt_tokens", "completion_tokens").or_else(|| sum("input_tokens", "output_tokens"));
    if protocol != Protocol::Messages && total.is_some() && count("total_tokens") == total {
        usage.take("total_tokens");
    }
    usage
}

fn chat_answer(tree: &mut Tree) {
    if let Some(choices) = tree.members().and_then(|members| members.get_mut("choices")).and_then(Tree::items) {
        choices.iter_mut().for_each(choice);
        choices.retain(|choice| !choice.is_empty());
    }
}

fn choice(choice: &mut Tree) {
    // The list says the order.
    choice.take("index");
    let empty = Tree { path: choice.path.clone(), node: Node::Object(BTreeMap::new()) };
    let mut message = choice.take("message").unwrap_or(empty);
    if message.get("role").is_none() {
        let role = Tree::leaf(&message.path, "assistant");
        message.put("role", role);
    }
    let name = ["reasoning_content", "reasoning", "reasoning_text"];
    if let Some(held) = name.into_iter().find(|name| message.get(name).is_some_and(Tree::is_string)) {
        rename(&mut message, held, "reasoning_content");
    }
    message.drop_default("refusal", "\"\"");
    chat_message(&mut message);
    message.drop_default("role", "\"assistant\"");
    let message = message.joined();
    let refused = part_of(&message, "content", "refusal");
    choice.put("message", message);
    match choice.word("finish_reason") {
        Some("function_call" | "tool_calls" | "stop") => drop(choice.take("finish_reason")),
        // With its text it is a complete answer.
        Some("content_filter") if refused => drop(choice.take("finish_reason")),
        Some(_) | None => {}
    }
}

/// Whether a list has an element of this type.
fn part_of(tree: &Tree, list: &str, kind: &str) -> bool {
    match tree.get(list).map(|list| &list.node) {
        Some(Node::List(items)) => items.iter().any(|item| item.word("type") == Some(kind)),
        Some(Node::Leaf(_) | Node::Object(_)) | None => false,
    }
}

fn responses_answer(tree: &mut Tree) {
    // The vendor's SDK repeats the texts there.
    tree.take("output_text");
    tree.drop_default("tool_choice", "\"auto\"");
    tree.drop_default("parallel_tool_calls", "true");
    let id = tree.word("id").unwrap_or("unknown").to_owned();
    let status = tree.word("status").map(str::to_owned);
    let mut refused = false;
    if let Some(items) = tree.members().and_then(|members| members.get_mut("output")).and_then(Tree::items) {
        let last = items.len().saturating_sub(1);
        for (at, item) in items.iter_mut().enumerate() {
            output_item(item, &id, status.as_deref().filter(|_| at == last));
        }
        *items = std::mem::take(items).into_iter().flat_map(pieces).collect();
        refused = items.iter().any(|item| part_of(item, "content", "refusal"));
    }
    drop_silent(tree, "output");
    tree.drop_default("status", "\"completed\"");
    let filtered = tree.get("incomplete_details").and_then(|details| details.word("reason")) == Some("content_filter");
    if refused && filtered {
        tree.take("status");
        tree.take("incomplete_details");
    }
}

/// An id made of the answer's own, and a status that is the answer's, say nothing of the item.
fn output_item(item: &mut Tree, response: &str, status: Option<&str>) {
    if item.word("id").is_some_and(|id| is_made_item_id(id, response)) {
        item.take("id");
    }
    if item.word("status").is_some_and(|word| word == "completed" || Some(word) == status) {
        item.take("status");
    }
    response_item(item);
    // As little said as by an empty text.
    let empty = |part: &Tree| part.word("refusal").is_some_and(str::is_empty);
    if let Some(parts) = item.members().and_then(|members| members.get_mut("content")).and_then(Tree::items) {
        parts.retain(|part| !empty(part));
    }
}

/// A message as one item per part, and reasoning as one text, whether of its summary or its content.
fn pieces(mut item: Tree) -> Vec<Tree> {
    match item.word("type") {
        Some("reasoning") => {
            let lists = ["summary", "content"].map(|list| item.take(list));
            let said = |text: &Tree| text.word("text").is_none_or(|text| !text.is_empty());
            let mut texts = lists.into_iter().flatten().flat_map(elements).filter(said);
            if let Some(mut first) = texts.next() {
                texts.for_each(|text| first.append_text(&text, "text", r"\n\n"));
                first.take("type");
                item.put("summary", first);
            }
            let silent = matches!(&item.node, Node::Object(members) if members.len() < 2);
            if silent { Vec::new() } else { vec![item] }
        }
        _ if item.word("role") == Some("assistant") => one_by_one(item),
        _ => vec![item],
    }
}

fn elements(tree: Tree) -> Vec<Tree> {
    match tree.node {
        Node::List(items) => items,
        Node::Leaf(_) | Node::Object(_) => vec![tree],
    }
}

fn messages_answer(tree: &mut Tree) {
    content_list(tree, "content");
    drop_empty_texts(tree, "content");
    for block in list_of(tree, "content") {
        // Unsigned: for people, as if there were no signature.
        block.drop_default("signature", "\"\"");
        block.drop_default("thinking", "\"\"");
    }
    if let Some(items) = tree.members().and_then(|members| members.get_mut("content")).and_then(Tree::items) {
        items.retain(|block| block.word("type") != Some("thinking") || block.members_count() > 1);
    }
    let explained =
        tree.get("stop_details").and_then(|details| details.word("explanation")).is_some_and(|t| !t.is_empty());
    match tree.word("stop_reason") {
        Some("end_turn" | "tool_use") => drop(tree.take("stop_reason")),
        Some("refusal") if explained => drop(tree.take("stop_reason")),
        Some(_) | None => {}
    }
    if let Some(mut details) = tree.take("stop_details") {
        details.take("type");
        details.drop_default("explanation", "\"\"");
        if !details.is_empty() {
            tree.put("stop_details", details);
        }
    }
}

impl Tree {
    /// The document with the texts of each of its answers as one, with their citations and log probabilities, where
    /// their boundaries are known to have changed.
    #[must_use]
    pub fn joined(mut self) -> Self {
        for list in ["output", "content"] {
            if let Some(items) = self.members().and_then(|members| members.get_mut(list)).and_then(Self::items) {
                *items = join(std::mem::take(items), "text");
                *items = join(std::mem::take(items), "refusal");
            }
        }
        self
    }

    fn members_count(&self) -> usize {
        match &self.node {
            Node::Object(members) => members.len(),
            Node::Leaf(_) | Node::List(_) => 0,
        }
    }
}

/// The part of this type that an element is, or holds alone.
fn part_in<'t>(item: &'t mut Tree, kind: &str) -> Option<&'t mut Tree> {
    if item.word("type") == Some(kind) {
        return Some(item);
    }
    match item.members()?.get_mut("content")?.items()?.as_mut_slice() {
        [part] if part.word("type") == Some(kind) => Some(part),
        _ => None,
    }
}

/// The elements, with those of a type as the first of them.
fn join(items: Vec<Tree>, kind: &str) -> Vec<Tree> {
    let (mut left, mut first): (Vec<Tree>, Option<usize>) = (Vec::new(), None);
    for mut item in items {
        let target = first.and_then(|at| left.get_mut(at)).and_then(|item| part_in(item, kind));
        match (part_in(&mut item, kind), target) {
            (Some(part), Some(target)) => append(target, part, kind),
            (Some(_), None) => {
                first = Some(left.len());
                left.push(item);
            }
            (None, _) => left.push(item),
        }
    }
    left
}

fn append(target: &mut Tree, text: &mut Tree, member: &str) {
    let before = target.characters();
    target.append_text(text, member, "");
    for list in ["annotations", "logprobs", "citations"] {
        let Some(mut theirs) = text.take(list) else { continue };
        for element in theirs.items().into_iter().flatten() {
            shift(element, before);
        }
        match target.members().and_then(|members| members.get_mut(list)).and_then(Tree::items) {
            Some(ours) => ours.extend(elements(theirs)),
            None => target.put(list, theirs),
        }
    }
}

/// Moves a citation by the characters that came before its text.
fn shift(citation: &mut Tree, by: u64) {
    for name in ["start_index", "end_index"] {
        if let Some(Node::Leaf(text)) = citation.members().and_then(|m| m.get_mut(name)).map(|tree| &mut tree.node)
            && let Ok(index) = text.parse::<u64>()
        {
            *text = index.saturating_add(by).to_string();
        }
    }
}

impl Tree {
    /// Puts the text of another part, after what parts them, behind this one's.
    fn append_text(&mut self, other: &Self, member: &str, between: &str) {
        let (ours, theirs) = (self.members().and_then(|members| members.get_mut(member)), other.get(member));
        if let (Some(Node::Leaf(ours)), Some(Node::Leaf(theirs))) =
            (ours.map(|tree| &mut tree.node), theirs.map(|tree| &tree.node))
        {
            ours.pop();
            ours.push_str(between);
            ours.push_str(theirs.strip_prefix('"').unwrap_or(theirs));
        }
    }

    /// How many characters the text of a part has.
    fn characters(&self) -> u64 {
        let text = match self.get("text").map(|text| &text.node) {
            Some(Node::Leaf(leaf)) => serde_json::from_str::<String>(leaf).unwrap_or_default(),
            _ => String::new(),
        };
        text.chars().count() as u64
    }
}
