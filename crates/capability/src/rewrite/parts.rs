use crate::Supplies;
use crate::tree::{Node, Tree, Turn, each_list};
use switchback_ir::json::Cursor;
use switchback_ir::{Feature, Field, Key, Media, PartKind, RawJson, Role, Shape, Text};

const LIFTED_WORDS: &str = "[This part of the result follows in the next message of the user.]";
const LIFT_WORDS: &str = "[From the tool result above:]";
const OMITTED_WORDS: &str = "[A part that is not text is left out here.]";

pub(super) fn refusal_to_text(tree: &mut Tree<'_>) {
    tree.each_part(|node| {
        if let PartKind::Refusal { text, .. } = &node.part.kind {
            node.part.kind = PartKind::Text(text.clone());
            node.fields.retain(|field| !is_breakpoint(field));
        }
    });
    tree.reshape();
}

/// Text in place of a document that is text, under its title and context.
pub(super) fn document_to_text(tree: &mut Tree<'_>) {
    tree.each_part(|node| {
        let PartKind::File(media) = &node.part.kind else { return };
        let text = match media {
            Media::Text(text) => Some(text.clone()),
            Media::Content(raw) => raw.for_protocol(raw.origin()).map(|raw| Text::new(block_texts(raw))),
            Media::Url(_) | Media::DataUrl(_) | Media::Base64 { .. } | Media::Bare(_) | Media::FileId(_) => None,
        };
        if let Some(text) = text {
            into_document_text(node, text);
        }
    });
}

fn into_document_text<'a>(node: &mut Node<'a>, text: Text<'a>) {
    let mut head = String::new();
    for (key, label) in [(Key::FileName, "Document"), (Key::DocumentContext, "Context")] {
        if let Some(words) = node.field(key).and_then(|field| plain(&field.value)) {
            head.extend(["[", label, ": ", &words, "]\n"]);
        }
    }
    node.fields.retain(|field| is_breakpoint(field));
    // Text that is no characters (a lone surrogate) moves as it came, without its head.
    node.part.kind = PartKind::Text(match text.to_str() {
        Some(plain) if !head.is_empty() => Text::new(head + &plain),
        _ => text,
    });
}

/// The bytes that the caller has in the place of a URL.
pub(super) fn url_to_bytes<'a>(tree: &mut Tree<'a>, supplies: &Supplies<'a>) {
    tree.each_part(|node| {
        let Some((media_type, data)) = supplies.bytes(&node.part) else { return };
        let media = Media::Base64 { media_type: media_type.clone(), data: data.clone() };
        if let PartKind::Image(url) | PartKind::File(url) = &mut node.part.kind {
            *url = media;
        }
    });
}

/// The text that the caller has in the place of a document, under its title and context.
pub(super) fn file_to_text<'a>(tree: &mut Tree<'a>, supplies: &Supplies<'a>) {
    for turn in tree.turns.iter_mut().filter(|turn| turn.message.role != Role::Assistant) {
        each_list(&mut turn.parts, &mut |parts| {
            for node in parts.iter_mut() {
                if let Some(text) = supplies.text(&node.part).cloned() {
                    into_document_text(node, text);
                }
            }
        });
    }
}

/// The context of a document becomes text before it; nobody but a user has documents.
pub(super) fn context_to_text(tree: &mut Tree<'_>) {
    for turn in &mut tree.turns {
        let says = turn.message.role != Role::Assistant;
        each_list(&mut turn.parts, &mut |parts| {
            let mut out = Vec::with_capacity(parts.len());
            for mut node in parts.drain(..) {
                out.extend(take_context(&mut node).filter(|_| says));
                out.push(node);
            }
            *parts = out;
        });
        turn.reshape();
    }
}

fn take_context<'a>(node: &mut Node<'a>) -> Option<Node<'a>> {
    let context = node.field(Key::DocumentContext).and_then(|field| plain(&field.value));
    node.fields.retain(|field| field.key() != Some(Key::DocumentContext));
    context.map(|context| Node::text(format!("[Context of the next document: {context}]")))
}

/// A search result becomes text with its title and source.
pub(super) fn search_result_to_text(tree: &mut Tree<'_>) {
    tree.each_part(|node| {
        let PartKind::Opaque(opaque) = &node.part.kind else { return };
        let Some(raw) = opaque.raw.for_protocol(opaque.raw.origin()) else { return };
        if opaque.feature == Feature::SearchResult {
            node.part.kind = PartKind::Text(Text::new(search_result(raw)));
            // A breakpoint there is another thing than one on a text, which the endpoint may not have.
            node.fields.clear();
        }
    });
}

fn search_result(raw: &RawJson<'_>) -> String {
    let word = |name: &str| raw.member(name).and_then(|(value, _)| plain(&value));
    let mut text = format!("[Search result: {}]\n", word("title").unwrap_or_default());
    if let Some(source) = word("source") {
        text.extend(["Source: ", &source, "\n"]);
    }
    if let Some((content, _)) = raw.member("content") {
        text.push_str(&block_texts(&content));
    }
    text
}

/// The texts of content blocks, one a line; a bare string is one block.
fn block_texts(raw: &RawJson<'_>) -> String {
    if let Some(text) = plain(raw) {
        return text;
    }
    let mut lines = Vec::new();
    let mut cursor = Cursor::of(raw.as_str());
    let Ok(mut members) = cursor.open_array() else { return String::new() };
    while cursor.next_element(&mut members) == Ok(true) {
        let Ok(block) = cursor.raw() else { break };
        let text = block.member("text").and_then(|(text, _)| plain(&text));
        lines.push(text.unwrap_or_else(|| OMITTED_WORDS.to_owned()));
    }
    lines.join("\n")
}

/// The characters of a JSON string.
fn plain(raw: &RawJson<'_>) -> Option<String> {
    raw.as_text()?.to_str().map(std::borrow::Cow::into_owned)
}

/// Media move out of tool results into the user's turn: behind the results where they stand in one, into a message of
/// their own behind a run of result messages.
pub(super) fn lift_result_media(tree: &mut Tree<'_>) {
    let mut out: Vec<Turn<'_>> = Vec::with_capacity(tree.turns.len());
    let mut waiting = Vec::new();
    for mut turn in tree.turns.drain(..) {
        if turn.message.role != Role::Tool && !waiting.is_empty() {
            out.push(lifted_turn(std::mem::take(&mut waiting)));
        }
        let lifted = take_media(&mut turn);
        if turn.message.role == Role::Tool {
            waiting.extend(lifted);
        } else if !lifted.is_empty() {
            insert_behind_results(&mut turn, lifted);
        }
        out.push(turn);
    }
    if !waiting.is_empty() {
        out.push(lifted_turn(waiting));
    }
    tree.turns = out;
}

fn lifted_turn(media: Vec<Node<'_>>) -> Turn<'_> {
    let mut parts = vec![Node::text(LIFT_WORDS)];
    parts.extend(media);
    Turn::made(Role::User, parts)
}

fn insert_behind_results<'a>(turn: &mut Turn<'a>, media: Vec<Node<'a>>) {
    let is_result = |node: &Node<'a>| matches!(node.part.kind, PartKind::ToolResult(_));
    let behind = turn.parts.iter().rposition(is_result).map_or(0, |last| last + 1);
    let mut parts = turn.parts.split_off(behind);
    turn.parts.push(Node::text(LIFT_WORDS));
    turn.parts.extend(media);
    turn.parts.append(&mut parts);
    turn.reshape();
}

/// Takes images and documents out of the turn's results, and leaves words in their place.
fn take_media<'a>(turn: &mut Turn<'a>) -> Vec<Node<'a>> {
    let mut taken = Vec::new();
    for node in &mut turn.parts {
        let PartKind::ToolResult(result) = &mut node.part.kind else { continue };
        let before = taken.len();
        each_list(&mut node.children, &mut |children| {
            for child in children.iter_mut() {
                if matches!(child.part.kind, PartKind::Image(_) | PartKind::File(_)) {
                    taken.push(std::mem::replace(child, Node::text(LIFTED_WORDS)));
                }
            }
        });
        if taken.len() > before {
            result.shape = Shape::Parts;
        }
    }
    taken
}

fn is_breakpoint(field: &Field<'_>) -> bool {
    matches!(field.key(), Some(Key::CacheBreakpoint | Key::CacheControl))
}
