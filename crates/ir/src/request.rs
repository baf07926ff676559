use crate::field::{Field, Key, OwnedFields, Owner, owned_by};
use crate::{At, Part, Place, Protocol, RawJson, Text, Tool, ToolChoice};

/// A request in no protocol: what is asked, in what order, with every leaf that came along.
///
/// Flat: one table each of messages, parts, tools and fields, with index ranges, so that the number of allocations
/// does not grow with the number of messages. It borrows from the bytes it was decoded from.
///
/// ```
/// use switchback_ir::{Message, Request, Role, Shape, Text};
/// let mut request = Request::new("gpt-5");
/// request.push_message(Role::User, Shape::Text, [Text::from("hello").into()]);
/// assert_eq!(request.messages.len(), 1);
/// assert_eq!(request.parts_of(&request.messages[0]).count(), 1);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Request<'a> {
    /// The protocol that it was decoded from; none for a request made in code.
    pub origin: Option<Protocol>,
    /// The model as the client wrote it.
    pub model: Option<At<Text<'a>>>,
    /// Messages and items in order; top-level instructions come first.
    pub messages: Vec<Message>,
    /// The parts of all messages, in document order; a part's descendants follow it.
    pub parts: Vec<Part<'a>>,
    /// The tools that may be called.
    pub tools: Vec<Tool<'a>>,
    /// Which tool must or may be called.
    pub tool_choice: Option<At<ToolChoice<'a>>>,
    /// The form that the answer must have.
    pub output_format: Option<At<OutputFormat<'a>>>,
    /// Every other leaf, sorted by owner and place.
    pub fields: Vec<Field<'a>>,
}

/// Who speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Role {
    /// Instructions.
    System,
    /// Instructions, where the protocol distinguishes the application from the platform.
    Developer,
    /// The user.
    User,
    /// The model.
    Assistant,
    /// The result of a tool call, where it is a message or item of its own.
    Tool,
    /// A role or item that no table knows: its one part is [`crate::PartKind::Opaque`].
    Unknown,
}

/// How a content is written: what its own protocol needs to write it back as it was.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Shape {
    /// A bare string.
    Text,
    /// A list of parts.
    #[default]
    Parts,
    /// `null`.
    Null,
    /// No content member.
    Absent,
}

/// Where in its protocol's body a message stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Slot {
    /// In the list of messages or items.
    #[default]
    List,
    /// In the top-level member for instructions: `system` of Messages, `instructions` of Responses.
    Instructions,
    /// It is the whole `input` of Responses, as a bare string.
    Input,
}

/// One message or item: a role and a range of parts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// Who speaks.
    pub role: Role,
    /// How the content is written.
    pub shape: Shape,
    /// Where in the body it stands.
    pub slot: Slot,
    /// Index of its first part.
    pub first_part: u32,
    /// Number of table entries from there, descendants included.
    pub part_count: u32,
    /// Where the message begins.
    pub place: Place,
    /// Where its `role` value begins, or nowhere.
    pub role_place: Place,
    /// Where its content begins, or nowhere.
    pub content_place: Place,
}

/// The form that the answer must have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OutputFormat<'a> {
    /// Plain text, said explicitly.
    Text,
    /// Some JSON object.
    JsonObject,
    /// JSON that follows a schema.
    JsonSchema(JsonSchema<'a>),
    /// A form that no table knows, as it came; only for its own protocol.
    Other(RawJson<'a>),
}

/// A schema for the answer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct JsonSchema<'a> {
    /// A name for the schema; the two `OpenAI` protocols require one.
    pub name: Option<At<Text<'a>>>,
    /// What the schema is for.
    pub description: Option<At<Text<'a>>>,
    /// The schema as it came.
    pub schema: Option<At<RawJson<'a>>>,
    /// Whether it must be followed exactly.
    pub strict: Option<At<bool>>,
    /// Whether Messages writes it as the older top-level `output_format`.
    pub legacy: bool,
}

impl<'a> Request<'a> {
    /// A request made in code, with no messages yet.
    pub fn new(model: impl Into<Text<'a>>) -> Self {
        Self { model: Some(At::nowhere(model.into())), ..Self::default() }
    }

    /// Adds a message made in code.
    pub fn push_message(&mut self, role: Role, shape: Shape, parts: impl IntoIterator<Item = Part<'a>>) {
        let first_part = self.next_part();
        self.parts.extend(parts);
        let part_count = self.next_part().saturating_sub(first_part);
        self.messages.push(Message {
            role,
            shape,
            slot: Slot::List,
            first_part,
            part_count,
            place: Place::NONE,
            role_place: Place::NONE,
            content_place: Place::NONE,
        });
    }

    /// Sets a leaf made in code, in the place that [`Request::fields`] keeps it.
    pub fn set(&mut self, owner: Owner, key: Key, value: RawJson<'a>) {
        self.fields.retain(|field| field.owner != owner || field.key() != Some(key));
        let name = crate::field::Name::Known { key, wire: "" };
        let at = self.fields.partition_point(|field| field.owner <= owner);
        self.fields.insert(at, Field { owner, object: "", name, value, place: Place::NONE });
    }

    /// The index that the next part will have.
    pub fn next_part(&self) -> u32 {
        u32::try_from(self.parts.len()).unwrap_or(u32::MAX)
    }

    /// Puts [`Request::fields`] into its documented order; decoders call it once at the end.
    pub fn sort_fields(&mut self) {
        let order = |field: &Field<'_>| (field.owner, field.place);
        let sorted = self.fields.windows(2).position(|pair| matches!(pair, [a, b] if order(a) > order(b)));
        let Some(sorted) = sorted.map(|last| last + 1) else { return };
        let (head, tail) = self.fields.split_at(sorted);
        // Members of the body behind its messages: in order among themselves, they all go before the messages' own.
        let before = tail.first().map_or(0, |first| head.partition_point(|field| order(field) <= order(first)));
        let fits = tail.is_sorted_by_key(order)
            && tail.last().zip(head.get(before)).is_some_and(|(last, next)| order(last) < order(next));
        let moved = tail.len();
        match self.fields.get_mut(before..) {
            Some(fields) if fits => fields.rotate_right(moved),
            _ => self.fields.sort_by_key(order),
        }
    }

    /// The fields of one owner. Cost: a binary search.
    pub fn fields_of(&self, owner: Owner) -> &[Field<'a>] {
        owned_by(&self.fields, owner)
    }

    /// The fields by the kind of their owner, for those who ask for many owners. Cost: one pass over them.
    pub fn owned_fields(&self) -> OwnedFields<'_, 'a> {
        OwnedFields::new(&self.fields)
    }

    /// The field of `owner` with this key.
    pub fn field(&self, owner: Owner, key: Key) -> Option<&Field<'a>> {
        self.fields_of(owner).iter().find(|field| field.key() == Some(key))
    }

    /// The field of the request itself with this key. Cost: the request's own fields, which come first.
    pub fn option(&self, key: Key) -> Option<&Field<'a>> {
        let mut own = self.fields.iter().take_while(|field| field.owner == Owner::Request);
        own.find(|field| field.key() == Some(key))
    }

    /// The limit on the answer's length, in tokens, where one is named.
    pub fn max_output_tokens(&self) -> Option<u64> {
        [Key::MaxOutputTokens, Key::LegacyMaxTokens].into_iter().find_map(|key| self.option(key)?.value.as_u64())
    }

    /// The top-level parts of a message with their indices; descendants are stepped over.
    pub fn parts_of(&self, message: &Message) -> Parts<'_, 'a> {
        Parts { table: &self.parts, at: message.first_part, end: message.first_part.saturating_add(message.part_count) }
    }

    /// The direct children of the part at `index`.
    pub fn children(&self, index: u32) -> Parts<'_, 'a> {
        let count = self.part(index).map_or(0, |part| part.descendants);
        let at = index.saturating_add(1);
        Parts { table: &self.parts, at, end: at.saturating_add(count) }
    }

    /// The part at `index` of the table.
    pub fn part(&self, index: u32) -> Option<&Part<'a>> {
        self.parts.get(usize::try_from(index).ok()?)
    }

    /// How many of the first messages are instructions before the first turn.
    ///
    /// What is no turn (an unknown role, sealed reasoning) stands between instructions without ending them.
    pub fn leading_instructions(&self) -> usize {
        let instructs = |message: &Message| matches!(message.role, Role::System | Role::Developer);
        let opaque = |message: &Message| {
            message.part_count > 0
                && self.parts_of(message).all(|(_, part)| matches!(part.kind, crate::PartKind::Opaque(_)))
        };
        let mut leading = 0;
        for (index, message) in self.messages.iter().enumerate() {
            if instructs(message) {
                leading = index + 1;
            } else if !opaque(message) {
                break;
            }
        }
        leading
    }

    /// A request that owns everything.
    pub fn into_owned(self) -> Request<'static> {
        Request {
            origin: self.origin,
            model: self.model.map(|at| At { value: at.value.into_owned(), place: at.place }),
            messages: self.messages,
            parts: self.parts.into_iter().map(Part::into_owned).collect(),
            tools: self.tools.into_iter().map(Tool::into_owned).collect(),
            tool_choice: self.tool_choice.map(|at| At { value: at.value.into_owned(), place: at.place }),
            output_format: self.output_format.map(|at| At { value: at.value.into_owned(), place: at.place }),
            fields: self.fields.into_iter().map(Field::into_owned).collect(),
        }
    }
}

impl OutputFormat<'_> {
    fn into_owned(self) -> OutputFormat<'static> {
        match self {
            Self::Text => OutputFormat::Text,
            Self::JsonObject => OutputFormat::JsonObject,
            Self::JsonSchema(schema) => OutputFormat::JsonSchema(JsonSchema {
                name: schema.name.map(|at| At { value: at.value.into_owned(), place: at.place }),
                description: schema.description.map(|at| At { value: at.value.into_owned(), place: at.place }),
                schema: schema.schema.map(|at| At { value: at.value.into_owned(), place: at.place }),
                strict: schema.strict,
                legacy: schema.legacy,
            }),
            Self::Other(raw) => OutputFormat::Other(raw.into_owned()),
        }
    }
}

/// Iterates over sibling parts with their table indices.
#[derive(Clone, Debug)]
pub struct Parts<'r, 'a> {
    table: &'r [Part<'a>],
    at: u32,
    end: u32,
}

impl<'r, 'a> Iterator for Parts<'r, 'a> {
    type Item = (u32, &'r Part<'a>);

    fn next(&mut self) -> Option<Self::Item> {
        if self.at >= self.end {
            return None;
        }
        let index = self.at;
        let part = self.table.get(usize::try_from(index).ok()?)?;
        self.at = index.saturating_add(1).saturating_add(part.descendants);
        Some((index, part))
    }
}
