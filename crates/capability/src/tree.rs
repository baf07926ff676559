//! A request as nested values: what a rewrite edits, where the flat tables would need their ranges shifted.

use switchback_ir::{
    At, Field, Key, Message, Name, OutputFormat, Owner, Part, PartKind, Place, Protocol, RawJson, Request, Role, Shape,
    Slot, Text, Tool, ToolChoice,
};

#[derive(Debug)]
pub(crate) struct Tree<'a> {
    pub(crate) origin: Option<Protocol>,
    pub(crate) model: Option<At<Text<'a>>>,
    pub(crate) turns: Vec<Turn<'a>>,
    pub(crate) tools: Vec<ToolNode<'a>>,
    pub(crate) tool_choice: Option<At<ToolChoice<'a>>>,
    pub(crate) output_format: Option<At<OutputFormat<'a>>>,
    pub(crate) options: Vec<Field<'a>>,
}

/// A message with its fields and parts.
#[derive(Debug)]
pub(crate) struct Turn<'a> {
    pub(crate) message: Message,
    pub(crate) fields: Vec<Field<'a>>,
    pub(crate) parts: Vec<Node<'a>>,
}

/// A part with its fields and children.
#[derive(Debug)]
pub(crate) struct Node<'a> {
    pub(crate) part: Part<'a>,
    pub(crate) fields: Vec<Field<'a>>,
    pub(crate) children: Vec<Self>,
}

/// A tool with its fields.
#[derive(Debug)]
pub(crate) struct ToolNode<'a> {
    pub(crate) tool: Tool<'a>,
    pub(crate) fields: Vec<Field<'a>>,
}

impl<'a> Tree<'a> {
    pub(crate) fn of(request: &Request<'a>) -> Self {
        let turns = request.messages.iter().zip(0_u32..).map(|(message, index)| Turn {
            message: message.clone(),
            fields: request.fields_of(Owner::Message(index)).to_vec(),
            parts: request.parts_of(message).map(|(at, part)| node(request, at, part)).collect(),
        });
        let tools = request.tools.iter().zip(0_u32..).map(|(tool, index)| ToolNode {
            tool: tool.clone(),
            fields: request.fields_of(Owner::Tool(index)).to_vec(),
        });
        Self {
            origin: request.origin,
            model: request.model.clone(),
            turns: turns.collect(),
            tools: tools.collect(),
            tool_choice: request.tool_choice.clone(),
            output_format: request.output_format.clone(),
            options: request.fields_of(Owner::Request).to_vec(),
        }
    }

    pub(crate) fn into_request(self) -> Request<'a> {
        let mut request = Request {
            origin: self.origin,
            model: self.model,
            tool_choice: self.tool_choice,
            output_format: self.output_format,
            ..Request::default()
        };
        request.fields = self.options;
        for turn in self.turns {
            push_turn(&mut request, turn);
        }
        for (node, index) in self.tools.into_iter().zip(0_u32..) {
            request.tools.push(node.tool);
            push_fields(&mut request, Owner::Tool(index), node.fields);
        }
        request.sort_fields();
        request
    }

    pub(crate) fn option(&self, key: Key) -> Option<&Field<'a>> {
        self.options.iter().find(|field| field.key() == Some(key))
    }

    pub(crate) fn remove_options(&mut self, keys: &[Key]) {
        self.options.retain(|field| !field.key().is_some_and(|key| keys.contains(&key)));
    }

    /// Sets an option, in its own place where the request has it already; `blanks` are the names under which the
    /// protocols could hold it empty.
    pub(crate) fn set_option(&mut self, key: Key, value: RawJson<'a>, blanks: &[&str]) {
        if let Some(field) = self.options.iter_mut().find(|field| field.key() == Some(key)) {
            field.value = value;
            return;
        }
        self.fill(blanks);
        self.options.push(leaf(key, value));
    }

    /// Takes empty members out, since there is something to write in their place.
    pub(crate) fn fill(&mut self, blanks: &[&str]) {
        let empty = |field: &Field<'a>| match &field.name {
            Name::Blank(name) => blanks.iter().any(|blank| *name == **blank),
            Name::Known { .. } | Name::Unknown(_) => false,
        };
        self.options.retain(|field| !empty(field));
    }

    /// How many of the first turns are instructions, as [`Request::leading_instructions`] counts: what is no turn stands
    /// between them without ending them.
    pub(crate) fn leading(&self) -> usize {
        let prefix = self.turns.iter().take_while(|turn| turn.instructs() || turn.is_opaque());
        prefix.enumerate().filter(|(_, turn)| turn.instructs()).last().map_or(0, |(index, _)| index + 1)
    }

    /// Adds words to the instructions, behind those that are there.
    ///
    /// Messages has its instructions in one member, which the words join; elsewhere they are a message of their own,
    /// so that no text of the client is touched.
    pub(crate) fn instruct(&mut self, words: Vec<Node<'a>>) {
        let leading = self.leading();
        self.fill(&["system", "input", "messages"]);
        if self.origin == Some(Protocol::Messages) {
            let own = |turn: &&mut Turn<'a>| turn.message.slot == Slot::Instructions;
            if let Some(turn) = self.turns.iter_mut().take(leading).rev().find(own) {
                turn.parts.extend(words);
                return turn.reshape();
            }
        }
        let mut turn = Turn::made(Role::System, words);
        if self.origin == Some(Protocol::Messages) {
            turn.message.slot = Slot::Instructions;
            return self.turns.insert(0, turn);
        }
        self.turns.insert(leading, turn);
        self.list_input();
    }

    /// A whole `input` as a bare string becomes a message of a list, for lists of more than one.
    pub(crate) fn list_input(&mut self) {
        self.fill(&["input", "messages"]);
        for turn in &mut self.turns {
            if turn.message.slot == Slot::Input {
                turn.message.slot = Slot::List;
            }
        }
    }
}

impl<'a> Turn<'a> {
    /// A message made in code.
    pub(crate) fn made(role: Role, parts: Vec<Node<'a>>) -> Self {
        let message = Message {
            role,
            shape: Shape::Parts,
            slot: Slot::List,
            first_part: 0,
            part_count: 0,
            place: Place::NONE,
            role_place: Place::NONE,
            content_place: Place::NONE,
        };
        let mut turn = Self { message, fields: Vec::new(), parts };
        if matches!(turn.parts.as_slice(), [node] if node.is_text()) {
            turn.message.shape = Shape::Text;
        }
        turn.reshape();
        turn
    }

    pub(crate) fn instructs(&self) -> bool {
        matches!(self.message.role, Role::System | Role::Developer)
    }

    /// Whether it holds nothing but what only its own protocol can carry.
    pub(crate) fn is_opaque(&self) -> bool {
        let opaque = |node: &Node<'a>| matches!(node.part.kind, PartKind::Opaque(_));
        !self.parts.is_empty() && self.parts.iter().all(opaque)
    }

    /// Makes the shape one that can hold the parts.
    pub(crate) fn reshape(&mut self) {
        let beside = |node: &&Node<'a>| {
            !matches!(node.part.kind, PartKind::ToolCall(_) | PartKind::Refusal { beside: true, .. })
        };
        let content: Vec<&Node<'a>> = self.parts.iter().filter(beside).collect();
        self.message.shape = match (self.message.shape, content.as_slice()) {
            (Shape::Text, [node]) if node.is_text() => Shape::Text,
            (Shape::Null | Shape::Absent, []) => self.message.shape,
            (Shape::Text | Shape::Parts | Shape::Null | Shape::Absent, _) => Shape::Parts,
        };
    }
}

impl<'a> Node<'a> {
    /// A text made in code.
    pub(crate) fn text(text: impl Into<Text<'a>>) -> Self {
        Self { part: Part::from(text.into()), fields: Vec::new(), children: Vec::new() }
    }

    pub(crate) const fn is_text(&self) -> bool {
        matches!(self.part.kind, PartKind::Text(_))
    }

    pub(crate) fn field(&self, key: Key) -> Option<&Field<'a>> {
        self.fields.iter().find(|field| field.key() == Some(key))
    }
}

/// A leaf made in code; its owner is given when the tree is flattened.
pub(crate) fn leaf(key: Key, value: RawJson<'_>) -> Field<'_> {
    Field { owner: Owner::Request, object: "", name: Name::Known { key, wire: "" }, value, place: Place::NONE }
}

fn node<'a>(request: &Request<'a>, at: u32, part: &Part<'a>) -> Node<'a> {
    Node {
        part: part.clone(),
        fields: request.fields_of(Owner::Part(at)).to_vec(),
        children: request.children(at).map(|(at, child)| node(request, at, child)).collect(),
    }
}

fn push_turn<'a>(request: &mut Request<'a>, turn: Turn<'a>) {
    let index = u32::try_from(request.messages.len()).unwrap_or(u32::MAX);
    push_fields(request, Owner::Message(index), turn.fields);
    let first_part = request.next_part();
    for node in turn.parts {
        push_node(request, node);
    }
    let part_count = request.next_part().saturating_sub(first_part);
    request.messages.push(Message { first_part, part_count, ..turn.message });
}

fn push_node<'a>(request: &mut Request<'a>, node: Node<'a>) {
    let at = request.parts.len();
    let index = request.next_part();
    push_fields(request, Owner::Part(index), node.fields);
    request.parts.push(node.part);
    for child in node.children {
        push_node(request, child);
    }
    let descendants = request.next_part().saturating_sub(index).saturating_sub(1);
    if let Some(part) = request.parts.get_mut(at) {
        part.descendants = descendants;
    }
}

fn push_fields<'a>(request: &mut Request<'a>, owner: Owner, fields: Vec<Field<'a>>) {
    request.fields.extend(fields.into_iter().map(|field| Field { owner, ..field }));
}

/// Calls `edit` for every list of sibling parts, children before their parents' list.
pub(crate) fn each_list<'a>(parts: &mut Vec<Node<'a>>, edit: &mut impl FnMut(&mut Vec<Node<'a>>)) {
    for node in parts.iter_mut() {
        each_list(&mut node.children, edit);
    }
    edit(parts);
}

impl<'a> Tree<'a> {
    /// Calls `edit` for every part of every message, children included.
    pub(crate) fn each_part(&mut self, mut edit: impl FnMut(&mut Node<'a>)) {
        self.each_list(|parts| parts.iter_mut().for_each(&mut edit));
    }

    /// Calls `edit` for every list of sibling parts, and lets the messages' shapes follow.
    pub(crate) fn each_list(&mut self, mut edit: impl FnMut(&mut Vec<Node<'a>>)) {
        for turn in &mut self.turns {
            each_list(&mut turn.parts, &mut edit);
        }
    }

    /// Lets the shapes of the messages follow their parts.
    pub(crate) fn reshape(&mut self) {
        self.turns.iter_mut().for_each(Turn::reshape);
    }
}
