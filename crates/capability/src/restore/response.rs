use super::text::Trim;
use super::{Answer, Restore};
use crate::rewrite::ANSWER_TOOL;
use crate::tree::{Node, Tree, Turn};
use switchback_ir::{
    Action, Entry, Feature, Field, Key, Ledger, Name, Owner, Part, PartKind, Place, Protocol, RawJson, Response, Role,
    Shape, Slot, Text, ToolInput,
};

const UNCALLED: &str = "the model did not call the function that stands for the schema";
const UNFIT: &str = "the answer does not fit what was asked for";
const ARGUMENTS: &str = "the arguments do not fit the tool's schema";

impl Restore {
    /// Brings a whole answer into the client's shape, with an entry for what was left out and for what does not fit.
    /// Places are those of the answer's own bytes. An answer that needs nothing comes back as it is.
    pub fn response<'a>(&self, response: Response<'a>) -> (Response<'a>, Ledger) {
        let mut ledger = Ledger::new();
        if self.is_empty() {
            return (response, ledger);
        }
        let mut tree = Tree::of(&response.body);
        let chat = tree.origin == Some(Protocol::Chat);
        let mut rest = Vec::new();
        let mut output = Vec::new();
        for turn in tree.turns.drain(..) {
            if turn.message.slot == Slot::List && turn.message.role == Role::Assistant {
                output.push(turn);
            } else {
                rest.push(turn);
            }
        }
        let spoke: Vec<bool> = output.iter().map(|turn| !turn.parts.is_empty()).collect();
        let mut answered = false;
        // Each choice of Chat is a message; elsewhere all output is one answer.
        let size = if chat { 1 } else { output.len().max(1) };
        for choice in output.chunks_mut(size) {
            answered |= self.choice(choice, tree.origin, &mut ledger);
        }
        // An item that nothing is left of goes too; a choice of Chat stays a choice.
        let mut spoke = spoke.into_iter();
        output.retain(|turn| !spoke.next().unwrap_or(false) || chat || !turn.parts.is_empty());
        tree.turns = rest;
        tree.turns.extend(output);
        if answered {
            finish(&mut tree.options, "tool_use", "end_turn");
        }
        ledger.sort();
        (Response { body: tree.into_request() }, ledger)
    }

    /// Whether the call that stands for the answer became it.
    fn choice(&self, turns: &mut [Turn<'_>], origin: Option<Protocol>, ledger: &mut Ledger) -> bool {
        let answered = self.answer == Some(Answer::Call) && self.take_call(turns, origin, ledger);
        if self.answer == Some(Answer::Words) || !self.prefix.is_empty() {
            self.trim_words(turns, ledger);
        }
        if self.first_call {
            let calls = |node: &Node<'_>| matches!(node.part.kind, PartKind::ToolCall(_));
            let mut first = true;
            leave_out(turns, ledger, |node| calls(node) && !std::mem::take(&mut first));
        }
        if self.without_reasoning {
            for turn in turns.iter_mut() {
                turn.fields.retain(|field| !field.is_reasoning_text());
            }
            let sealed = |node: &Node<'_>| matches!(&node.part.kind, PartKind::Opaque(opaque) if opaque.feature == Feature::ReasoningReplay);
            leave_out(turns, ledger, sealed);
        }
        for (name, input, place) in calls(turns) {
            if !self.arguments_fit(name, &input) {
                flag(ledger, place, ARGUMENTS);
            }
        }
        answered
    }

    fn take_call(&self, turns: &mut [Turn<'_>], origin: Option<Protocol>, ledger: &mut Ledger) -> bool {
        let place = turns.first().map_or(Place::ROOT, |turn| turn.message.place);
        let Some((at, index)) = turns.iter().enumerate().find_map(|(at, turn)| Some((at, answer_of(turn)?))) else {
            flag(ledger, place, UNCALLED);
            return false;
        };
        let Some(turn) = turns.get_mut(at) else { return false };
        let Some(node) = turn.parts.get_mut(index) else { return false };
        let text = arguments(&node.part);
        if !self.answer_fits(&text.word()) {
            flag(ledger, node.part.place, UNFIT);
        }
        let place = node.part.place;
        // What a call says of itself as an item, a message says of itself.
        let of_item = |field: &Field<'_>| matches!(field.key(), Some(Key::ItemId | Key::ItemStatus));
        let kept: Vec<_> = std::mem::take(&mut node.fields).into_iter().filter(of_item).collect();
        *node = Node::text(text);
        node.part.place = place;
        turn.fields.extend(kept);
        let mut before = true;
        leave_out(turns, ledger, |node| {
            let answer = before && node.part.place == place && node.is_text();
            before &= !answer;
            !answer && matches!(node.part.kind, PartKind::Text(_) | PartKind::ToolCall(_))
        });
        if let Some(turn) = turns.get_mut(at) {
            turn.message.shape = if origin == Some(Protocol::Chat) { Shape::Text } else { Shape::Parts };
            finish(&mut turn.fields, "tool_calls", "stop");
            if origin == Some(Protocol::Responses) {
                into_message(turn);
            }
        }
        true
    }

    fn trim_words(&self, turns: &mut [Turn<'_>], ledger: &mut Ledger) {
        let checks = self.answer == Some(Answer::Words);
        let mut trim = Trim::new(&self.prefix, checks);
        let (mut whole, mut place) = (self.prefix.clone(), None);
        let mut texts: Vec<&mut Text<'_>> = Vec::new();
        for node in turns.iter_mut().flat_map(|turn| &mut turn.parts) {
            if let PartKind::Text(text) = &mut node.part.kind {
                place.get_or_insert(node.part.place);
                texts.push(text);
            }
        }
        let last = texts.len().saturating_sub(1);
        for (index, text) in texts.into_iter().enumerate() {
            let Some(before) = text.to_str() else { continue };
            let mut now = trim.push(&before);
            if index == last {
                now.push_str(&trim.finish());
            }
            whole.push_str(&now);
            if *now != *before {
                *text = Text::new(now);
            }
        }
        if let Some(place) = place.filter(|_| checks && !self.answer_fits(&whole)) {
            flag(ledger, place, UNFIT);
        }
    }
}

fn flag(ledger: &mut Ledger, place: Place, detail: &'static str) {
    let feature = Feature::SchemaUnmet;
    ledger.push(Entry { place, target: None, feature, action: Action::Noted, detail });
}

/// Takes parts out, with an entry for each.
fn leave_out(turns: &mut [Turn<'_>], ledger: &mut Ledger, mut goes: impl FnMut(&Node<'_>) -> bool) {
    for turn in turns {
        turn.parts.retain(|node| {
            let goes = goes(node);
            if goes {
                ledger.record(Action::Dropped, Feature::BesideAnswer, node.part.place);
            }
            !goes
        });
    }
}

/// The index of the call that stands for the answer.
fn answer_of(turn: &Turn<'_>) -> Option<usize> {
    turn.parts.iter().position(|node| node.part.as_call().is_some_and(|call| call.name == *ANSWER_TOOL))
}

/// A call is an item of its own in Responses; a message is one that says whose it is, and its id begins otherwise.
fn into_message(turn: &mut Turn<'_>) {
    for field in turn.fields.iter_mut().filter(|field| field.key() == Some(Key::ItemId)) {
        let id = field.value.as_text().map(Text::into_word).unwrap_or_default();
        field.value = RawJson::string(&format!("msg_{}", id.strip_prefix("fc_").unwrap_or(&id)));
    }
    turn.message.role_place = turn.message.place;
    turn.fields.extend(blank("type", "\"message\""));
    for node in turn.parts.iter_mut().filter(|node| node.is_text() && node.fields.is_empty()) {
        node.fields.extend(blank("annotations", "[]"));
    }
}

/// A member that says nothing and that the protocol's types require.
fn blank(name: &'static str, value: &'static str) -> Option<Field<'static>> {
    let (name, value) = (Name::Blank(Text::from(name)), RawJson::parse(value).ok()?);
    Some(Field { owner: Owner::Request, object: "", name, value, place: Place::NONE })
}

/// The arguments of a call as JSON text.
fn arguments<'a>(part: &Part<'a>) -> Text<'a> {
    match part.as_call().map(|call| &call.input) {
        Some(ToolInput::Encoded(text) | ToolInput::Custom(text)) => text.clone(),
        Some(ToolInput::Json(raw)) => Text::new(raw.as_str().to_owned()),
        None => Text::new(""),
    }
}

/// The calls with the text of their arguments.
fn calls<'t, 'a>(turns: &'t [Turn<'a>]) -> impl Iterator<Item = (&'t Text<'a>, String, Place)> {
    turns.iter().flat_map(|turn| &turn.parts).filter_map(|node| {
        let call = node.part.as_call()?;
        Some((&call.name, arguments(&node.part).word().into_owned(), call.input_place))
    })
}

/// The reason to stop, where it was a call that the client did not ask for.
fn finish(fields: &mut [Field<'_>], calls: &str, ends: &str) {
    for field in fields.iter_mut().filter(|field| field.key() == Some(Key::FinishReason)) {
        if field.value.as_text().is_some_and(|reason| reason == *calls) {
            field.value = RawJson::string(ends);
        }
    }
}
