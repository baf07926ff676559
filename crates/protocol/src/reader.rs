//! What the three decoders have in common: leaves, residue, limits, and the order of members.

use crate::envelope;
use crate::growth::{make_room, table};
use crate::table::{Row, Scope, bit};
use crate::tagged::Entered;
use switchback_ir::json::{Cursor, Fault, FaultKind, Kind};
use switchback_ir::{
    AllowedTool, At, CallKind, Feature, Field, JsonSchema, Key, Limits, Message, Name, Native, Opaque, OutputFormat,
    Owner, Part, PartKind, Place, Protocol, RawJson, Request, Role, Shape, Slot, Text, Tool, ToolChoice, ToolKind,
    ToolResult,
};

pub(crate) type Result<T> = std::result::Result<T, Fault>;

/// A request in the making, and the position in its source.
#[derive(Debug)]
pub(crate) struct Reader<'a> {
    pub(crate) cursor: Cursor<'a>,
    pub(crate) request: Request<'a>,
    pub(crate) protocol: Protocol,
    /// How many more entries the limit allows.
    nodes: u32,
    max_nodes: u32,
    /// What was kept for the last owner of each kind: the request itself, a message, a part, a tool.
    kept: [Kept; 4],
}

/// The members that were kept for one owner.
#[derive(Clone, Copy, Debug)]
struct Kept {
    /// Its index, and one more.
    next: u64,
    /// A [`bit`] for each name, which it may share with others: most names are new, and are not looked for among the
    /// fields.
    names: u64,
}

impl Kept {
    const NOTHING: Self = Self { next: 0, names: 0 };
}

/// How far a reader has come within a message or a tool.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Mark<'a> {
    cursor: Cursor<'a>,
    nodes: u32,
    parts: usize,
    fields: usize,
}

impl<'a> Reader<'a> {
    /// A reader at the beginning of a document.
    pub(crate) fn new(protocol: Protocol, cursor: Cursor<'a>, limits: &Limits) -> Self {
        let (messages, parts, fields) = (table(&cursor), table(&cursor), table(&cursor));
        Self::with_tables(protocol, cursor, Request { messages, parts, fields, ..Request::default() }, limits)
    }

    /// A reader that fills `tables`, which are empty.
    #[inline]
    pub(crate) fn with_tables(protocol: Protocol, cursor: Cursor<'a>, tables: Request<'a>, limits: &Limits) -> Self {
        let request = Request { origin: Some(protocol), ..tables };
        Self { cursor, request, protocol, nodes: limits.nodes, max_nodes: limits.nodes, kept: [Kept::NOTHING; 4] }
    }

    /// Ends the document, of which everything was read.
    pub(crate) fn end(&mut self) -> Result<()> {
        self.cursor.finish()?;
        self.request.sort_fields();
        Ok(())
    }

    /// Counts a table entry against the limit.
    #[inline]
    pub(crate) fn node(&mut self) -> Result<()> {
        let place = self.cursor.place();
        self.node_at(place)
    }

    /// As [`node`](Self::node), for an entry that begins at `place`.
    #[inline]
    fn node_at(&mut self, place: Place) -> Result<()> {
        match self.nodes.checked_sub(1) {
            Some(rest) => {
                self.nodes = rest;
                Ok(())
            }
            None => Err(self.too_many(place)),
        }
    }

    #[cold]
    fn too_many(&self, place: Place) -> Fault {
        let limit = FaultKind::Limit("messages, parts, tools and fields", self.max_nodes);
        Fault::new(limit, place.offset().unwrap_or(0))
    }

    /// What [`reset`](Self::reset) needs.
    pub(crate) fn mark(&self) -> Mark<'a> {
        let (parts, fields) = (self.request.parts.len(), self.request.fields.len());
        Mark { cursor: self.cursor, nodes: self.nodes, parts, fields }
    }

    /// Forgets the parts and fields that were read since.
    pub(crate) fn reset(&mut self, mark: Mark<'a>) {
        (self.cursor, self.nodes) = (mark.cursor, mark.nodes);
        self.request.parts.truncate(mark.parts);
        self.request.fields.truncate(mark.fields);
    }

    /// Reads the value of member `name` as a leaf: known to `scope`, blank, or residue.
    #[expect(clippy::inline_always, reason = "the table is known where it is asked, and the name need not be stored")]
    #[inline(always)]
    pub(crate) fn leaf(&mut self, scope: &'static Scope, owner: Owner, name: &Text<'a>) -> Result<()> {
        match scope.named(&name.word()) {
            Some(row) => self.known(scope, row, owner),
            None => self.residue(scope.object, owner, name.clone(), false),
        }
    }

    /// As [`leaf`](Self::leaf), for a member that is this row of `scope`.
    pub(crate) fn known(&mut self, scope: &'static Scope, row: &'static Row, owner: Owner) -> Result<()> {
        let kind = self.cursor.peek()?;
        if !row.kind.takes(kind) {
            return Err(self.cursor.type_fault(row.kind.expected()));
        }
        if !self.is_new(owner, row.bit) {
            self.refuse_twice(scope.object, owner, row.name, Some(row.key))?;
        }
        let place = self.cursor.place();
        let value = self.cursor.raw()?;
        let blank = kind == Kind::Null || (row.kind.empty_is_blank() && value.is_empty_container());
        // A breakpoint of a kind that no table knows is an option of its own protocol.
        let key = if is_known_breakpoint(row.key, value.as_str()) { row.key } else { Key::ProtocolOption };
        let name = || if blank { Name::Blank(Text::from(row.name)) } else { Name::Known { key, wire: row.name } };
        self.push(|| Field { owner, object: scope.object, name: name(), value, place })
    }

    /// Keeps a member as it is: unknown, or (`blank`) known to say nothing.
    #[inline(never)]
    pub(crate) fn residue(&mut self, object: &'static str, owner: Owner, name: Text<'a>, blank: bool) -> Result<()> {
        let place = self.cursor.place();
        let value = self.cursor.raw()?;
        let name = if blank {
            let bits = name.as_plain().map_or(u64::MAX, bit);
            self.is_new(owner, bits);
            Name::Blank(name)
        } else {
            Name::Unknown(name)
        };
        self.push(|| Field { owner, object, name, value, place })
    }

    /// Keeps a structural member that is `null` or empty, and says whether it was.
    pub(crate) fn blank(&mut self, object: &'static str, owner: Owner, name: &'static str) -> Result<bool> {
        let empty = self.cursor.is_blank()?;
        if empty {
            if !self.is_new(owner, bit(name)) {
                self.refuse_twice(object, owner, name, None)?;
            }
            self.residue(object, owner, Text::from(name), true)?;
        }
        Ok(empty)
    }

    #[expect(clippy::inline_always, reason = "as for parts")]
    #[inline(always)]
    pub(crate) fn push(&mut self, field: impl FnOnce() -> Field<'a>) -> Result<()> {
        self.node()?;
        make_room(&mut self.request.fields, |field| field.place, &self.cursor);
        self.request.fields.push(field());
        Ok(())
    }

    /// Notes a member with this [`bit`], and says whether its owner has none with the same before it; of an owner that
    /// others came after, it is not known.
    #[inline]
    fn is_new(&mut self, owner: Owner, bit: u64) -> bool {
        let (kind, next) = match owner {
            Owner::Request => (0, 1),
            Owner::Message(index) => (1, u64::from(index) + 1),
            Owner::Part(index) => (2, u64::from(index) + 1),
            Owner::Tool(index) => (3, u64::from(index) + 1),
        };
        let Some(kept) = self.kept.get_mut(kind) else { return false };
        if next > kept.next {
            *kept = Kept { next, names: 0 };
        }
        let new = next == kept.next && kept.names & bit == 0;
        kept.names |= bit;
        new
    }

    /// `key` is what the tables call the member, unless it is structure.
    #[inline(never)]
    fn refuse_twice(&mut self, object: &'static str, owner: Owner, wire: &'static str, key: Option<Key>) -> Result<()> {
        // Keys first, and before the owner, which are told apart at once.
        let same = |field: &Field<'_>| match &field.name {
            Name::Known { key: known, wire: other } => {
                key.is_none_or(|key| *known == key || *known == Key::ProtocolOption) && *other == wire
            }
            Name::Blank(blank) => *blank == *wire,
            Name::Unknown(_) => false,
        };
        // Back to the owner before this one: what was pushed since is its own, or its descendants'.
        let since = |field: &&Field<'_>| match (owner, field.owner) {
            (Owner::Request, _) | (Owner::Message(_), Owner::Part(_)) => true,
            (Owner::Message(ours), Owner::Message(other))
            | (Owner::Part(ours), Owner::Part(other))
            | (Owner::Tool(ours), Owner::Tool(other)) => other >= ours,
            (Owner::Message(_) | Owner::Part(_) | Owner::Tool(_), _) => false,
        };
        let mut fields = self.request.fields.iter().rev().take_while(since);
        if fields.any(|field| same(field) && field.owner == owner && field.object == object) {
            return Err(self.duplicate(wire));
        }
        Ok(())
    }

    #[cold]
    pub(crate) fn duplicate(&mut self, name: &str) -> Fault {
        let at = self.cursor.place().offset().unwrap_or(0);
        Fault::new(FaultKind::Duplicate(name.to_owned()), at)
    }

    /// Sets a structural member once.
    #[inline]
    pub(crate) fn once<T>(&mut self, slot: &mut Option<T>, name: &str, value: T) -> Result<()> {
        if slot.is_some() {
            return Err(self.duplicate(name));
        }
        *slot = Some(value);
        Ok(())
    }

    /// Fails if a structural member was already seen.
    pub(crate) fn refuse_second(&mut self, seen: bool, name: &str) -> Result<()> {
        if seen { Err(self.duplicate(name)) } else { Ok(()) }
    }

    /// The model of a response; what is no string is residue.
    pub(crate) fn response_model(&mut self) -> Result<()> {
        self.refuse_second(self.request.model.is_some(), "model")?;
        if self.cursor.peek()? != Kind::String {
            return self.residue("", Owner::Request, Text::from("model"), true);
        }
        self.request.model = Some(self.text()?);
        Ok(())
    }

    #[expect(clippy::inline_always, reason = "as for parts")]
    #[inline(always)]
    pub(crate) fn text(&mut self) -> Result<At<Text<'a>>> {
        let place = self.cursor.place();
        Ok(At { value: self.cursor.string()?, place })
    }

    #[inline]
    pub(crate) fn raw_at(&mut self) -> Result<At<RawJson<'a>>> {
        let place = self.cursor.place();
        Ok(At { value: self.cursor.raw()?, place })
    }

    #[expect(clippy::unused_self, reason = "read beside `self.duplicate` and the cursor's faults")]
    #[cold]
    pub(crate) fn missing(&self, name: &'static str, place: Place) -> Fault {
        Fault::new(FaultKind::Missing(name), place.offset().unwrap_or(0))
    }

    /// The text of member `name` of the object that comes next, or nothing where it has none.
    pub(crate) fn tag(&self, name: &str) -> Result<Option<Text<'a>>> {
        let Some(mut value) = self.cursor.look_ahead(name)? else { return Ok(None) };
        if value.peek()? == Kind::String { value.string().map(Some) } else { Ok(None) }
    }

    pub(crate) fn message_owner(&self) -> Owner {
        Owner::Message(u32::try_from(self.request.messages.len()).unwrap_or(u32::MAX))
    }

    /// Begins a message; its parts are those pushed until [`Reader::end_message`].
    #[inline]
    pub(crate) fn begin_message(&mut self, role: Role) -> Result<Message> {
        let here = self.untagged();
        self.begin_entered(role, &here)
    }

    /// As [`begin_message`](Self::begin_message), for an object that may have been entered.
    #[inline]
    pub(crate) fn begin_entered(&mut self, role: Role, entered: &Entered) -> Result<Message> {
        self.node_at(entered.place)?;
        Ok(Message {
            role,
            shape: Shape::Absent,
            slot: Slot::List,
            first_part: self.request.next_part(),
            part_count: 0,
            place: entered.place,
            role_place: Place::NONE,
            content_place: Place::NONE,
        })
    }

    #[inline]
    pub(crate) fn end_message(&mut self, mut message: Message) {
        message.part_count = self.request.next_part().saturating_sub(message.first_part);
        make_room(&mut self.request.messages, |message| message.place, &self.cursor);
        self.request.messages.push(message);
    }

    /// Ends a message of top-level instructions, which comes first in the IR wherever it stands.
    pub(crate) fn end_first_message(&mut self, mut message: Message) {
        message.part_count = self.request.next_part().saturating_sub(message.first_part);
        if !self.request.messages.is_empty() {
            for field in &mut self.request.fields {
                if let Owner::Message(index) = &mut field.owner {
                    *index = index.saturating_add(1);
                }
            }
        }
        self.request.messages.insert(0, message);
    }

    /// The members of an object that has nothing but leaves.
    pub(crate) fn leaf_members(&mut self, scope: &'static Scope, owner: Owner) -> Result<()> {
        let mut members = self.cursor.open_object()?;
        while let Some(name) = self.cursor.next_key(&mut members)? {
            self.leaf(scope, owner, &name)?;
        }
        Ok(())
    }

    /// An object of leaves that is member `name` of the body.
    #[inline(never)]
    pub(crate) fn options(&mut self, name: &'static str, scope: &'static Scope) -> Result<()> {
        if self.blank("", Owner::Request, name)? {
            return Ok(());
        }
        self.leaf_members(scope, Owner::Request)
    }

    /// A message whose one part is the value as it came.
    #[inline(never)]
    pub(crate) fn opaque_message(&mut self, role: Role, feature: Feature) -> Result<()> {
        let message = self.begin_message(role)?;
        self.opaque(feature)?;
        self.end_message(message);
        Ok(())
    }

    /// The next value as a part that only this protocol can carry.
    pub(crate) fn opaque(&mut self, feature: Feature) -> Result<()> {
        let place = self.cursor.place();
        let raw = self.cursor.raw()?;
        let sealed = (feature == Feature::ReasoningReplay).then(|| envelope::feature(self.protocol, &raw)).flatten();
        let (feature, raw) = (sealed.unwrap_or(feature), Native::new(self.protocol, raw));
        self.part(place, || PartKind::Opaque(Opaque { feature, raw }))?;
        Ok(())
    }

    /// Adds a part; returns its index.
    #[expect(
        clippy::inline_always,
        reason = "what is made goes into the table at once, and not through memory of its own"
    )]
    #[inline(always)]
    pub(crate) fn part(&mut self, place: Place, kind: impl FnOnce() -> PartKind<'a>) -> Result<u32> {
        self.node()?;
        let index = self.request.next_part();
        make_room(&mut self.request.parts, |part| part.place, &self.cursor);
        self.request.parts.push(Part::new(kind(), place));
        Ok(index)
    }

    pub(crate) fn part_mut(&mut self, index: u32) -> Option<&mut Part<'a>> {
        self.request.parts.get_mut(usize::try_from(index).ok()?)
    }

    /// Moves the last `count` parts before the `passed` ones in front of them, with the fields of both.
    ///
    /// Only for parts of the message that is being read: its fields are the last ones.
    pub(crate) fn bring_forward(&mut self, count: u32, passed: u32) {
        if count == 0 || passed == 0 {
            return;
        }
        let end = self.request.next_part();
        let (moved, first) = (end.saturating_sub(count), end.saturating_sub(count).saturating_sub(passed));
        let message = self.message_owner();
        let of_message = |field: &&mut Field<'_>| match field.owner {
            Owner::Part(index) => index >= first,
            Owner::Request | Owner::Message(_) | Owner::Tool(_) => field.owner == message,
        };
        for field in self.request.fields.iter_mut().rev().take_while(of_message) {
            if let Owner::Part(index) = &mut field.owner {
                *index = if *index >= moved { index.saturating_sub(passed) } else { index.saturating_add(count) };
            }
        }
        let parts = usize::try_from(first).ok().and_then(|first| self.request.parts.get_mut(first..));
        parts.unwrap_or_default().rotate_right(usize::try_from(count).unwrap_or(0));
    }

    /// Closes a part whose descendants are everything pushed since.
    pub(crate) fn close_part(&mut self, index: u32) {
        let descendants = self.request.next_part().saturating_sub(index).saturating_sub(1);
        if let Some(part) = self.part_mut(index) {
            part.descendants = descendants;
        }
    }

    /// An object whose member `member` is a text: a text part, or a refusal. `keep_type` remembers its `type` as
    /// spelled, where it is not the one that its encoder writes.
    pub(crate) fn text_part(
        &mut self,
        scope: &'static Scope,
        member: &'static str,
        keep_type: bool,
        entered: Entered,
    ) -> Result<()> {
        let place = entered.place;
        let owner = Owner::Part(self.request.next_part());
        let mut text = None;
        let mut members = if keep_type { self.back(&entered).cursor.open_object()? } else { self.enter(entered)? };
        while let Some(name) = self.cursor.next_key(&mut members)? {
            match &*name.word() {
                "type" if keep_type => self.residue("", owner, name.clone(), true)?,
                "type" => {
                    self.cursor.raw()?;
                }
                word if word == member => {
                    let value = self.cursor.string()?;
                    self.once(&mut text, member, value)?;
                }
                _ => self.leaf(scope, owner, &name)?,
            }
        }
        let text = text.ok_or_else(|| self.missing(member, place))?;
        let is_text = member == "text";
        self.part(place, || if is_text { PartKind::Text(text) } else { PartKind::Refusal { text, beside: false } })?;
        Ok(())
    }

    /// Where a message's role stands.
    #[inline(never)]
    pub(crate) fn role_member(&mut self, message: &mut Message) -> Result<()> {
        self.refuse_second(message.role_place != Place::NONE, "role")?;
        message.role_place = self.cursor.place();
        self.cursor.string()?;
        Ok(())
    }

    /// A content member that is a bare string, a list of parts (each read by `part`), or `null`.
    #[inline]
    pub(crate) fn content(&mut self, mut part: impl FnMut(&mut Self) -> Result<()>) -> Result<(Shape, Place)> {
        let place = self.cursor.place();
        let shape = match self.cursor.peek()? {
            Kind::String => {
                let text = self.cursor.string()?;
                self.part(place, || PartKind::Text(text))?;
                Shape::Text
            }
            Kind::Array => {
                let mut elements = self.cursor.open_array()?;
                while self.cursor.next_element(&mut elements)? {
                    part(self)?;
                }
                Shape::Parts
            }
            Kind::Null => {
                self.cursor.raw()?;
                Shape::Null
            }
            Kind::Bool | Kind::Number | Kind::Object => {
                return Err(self.cursor.type_fault("a string or an array of content parts"));
            }
        };
        Ok((shape, place))
    }

    /// A tool result without content yet, as the part that its content will follow.
    pub(crate) fn tool_result(&mut self, kind: CallKind, place: Place) -> Result<u32> {
        let result = ToolResult { call_id: None, kind, shape: Shape::Absent, content_place: Place::NONE };
        self.part(place, || PartKind::ToolResult(result))
    }

    pub(crate) fn result_call_id(&mut self, index: u32, name: &str) -> Result<()> {
        let seen = self.result_mut(index).is_some_and(|result| result.call_id.is_some());
        self.refuse_second(seen, name)?;
        let id = self.text()?;
        if let Some(result) = self.result_mut(index) {
            result.call_id = Some(id);
        }
        Ok(())
    }

    pub(crate) fn result_content(
        &mut self,
        index: u32,
        name: &str,
        part: impl FnMut(&mut Self) -> Result<()>,
    ) -> Result<()> {
        let seen = self.result_mut(index).is_some_and(|result| result.content_place != Place::NONE);
        self.refuse_second(seen, name)?;
        let (shape, place) = self.content(part)?;
        if let Some(result) = self.result_mut(index) {
            (result.shape, result.content_place) = (shape, place);
        }
        Ok(())
    }

    /// A tool that the provider defines, as it came.
    pub(crate) fn hosted(&mut self, feature: Feature) -> Result<Tool<'a>> {
        let raw = self.raw_at()?;
        let kind = ToolKind::Hosted { feature, raw: Native::new(self.protocol, raw.value) };
        Ok(Tool { kind, name: None, description: None, place: raw.place })
    }

    /// A web search: as it came, with what it says as leaves, for the other protocol that has one.
    pub(crate) fn web_search(&mut self, scope: &'static Scope, filters: Option<&'static Scope>) -> Result<Tool<'a>> {
        let owner = Owner::Tool(u32::try_from(self.request.tools.len()).unwrap_or(u32::MAX));
        let start = self.cursor;
        let tool = self.hosted(Feature::WebSearchTool)?;
        let end = std::mem::replace(&mut self.cursor, start);
        let mut members = self.cursor.open_object()?;
        while let Some(name) = self.cursor.next_key(&mut members)? {
            let inner = filters.filter(|filters| name == *filters.object);
            match inner {
                Some(filters) if self.cursor.peek()? == Kind::Object => self.leaf_members(filters, owner)?,
                _ if matches!(&*name.word(), "type" | "name") => {
                    self.cursor.raw()?;
                }
                _ => self.leaf(scope, owner, &name)?,
            }
        }
        self.cursor = end;
        Ok(tool)
    }

    /// A form of the answer whose object holds nothing but its `type`, and residue.
    pub(crate) fn plain_format(&mut self, scope: &'static Scope, format: OutputFormat<'a>) -> Result<OutputFormat<'a>> {
        let mut members = self.cursor.open_object()?;
        while let Some(name) = self.cursor.next_key(&mut members)? {
            if name == *"type" {
                self.cursor.raw()?;
            } else {
                self.leaf(scope, Owner::Request, &name)?;
            }
        }
        Ok(format)
    }

    /// The object of a schema for the answer; a `type` beside the schema is passed over.
    pub(crate) fn json_schema(&mut self, scope: &'static Scope) -> Result<JsonSchema<'a>> {
        let mut schema = JsonSchema::default();
        let mut members = self.cursor.open_object()?;
        while let Some(name) = self.cursor.next_key(&mut members)? {
            let word = name.word();
            let kind = self.cursor.peek()?;
            match (&*word, kind) {
                ("type", Kind::String) => {
                    self.cursor.raw()?;
                }
                ("name", Kind::String) => {
                    let text = self.text()?;
                    self.once(&mut schema.name, "name", text)?;
                }
                ("description", Kind::String) => {
                    let text = self.text()?;
                    self.once(&mut schema.description, "description", text)?;
                }
                ("schema", Kind::Object) => {
                    let raw = self.raw_at()?;
                    self.once(&mut schema.schema, "schema", raw)?;
                }
                ("strict", Kind::Bool) => {
                    let place = self.cursor.place();
                    let value = self.cursor.bool()?;
                    self.once(&mut schema.strict, "strict", At { value, place })?;
                }
                ("name" | "description" | "schema" | "strict", Kind::Null) => {
                    self.residue(scope.object, Owner::Request, name.clone(), true)?;
                }
                ("name" | "description", _) => return Err(self.cursor.type_fault("a string")),
                ("schema", _) => return Err(self.cursor.type_fault("an object")),
                ("strict", _) => return Err(self.cursor.type_fault("a boolean")),
                _ => self.leaf(scope, Owner::Request, &name)?,
            }
        }
        Ok(schema)
    }

    pub(crate) fn result_mut(&mut self, index: u32) -> Option<&mut ToolResult<'a>> {
        match &mut self.part_mut(index)?.kind {
            PartKind::ToolResult(result) => Some(result),
            PartKind::Text(_)
            | PartKind::Refusal { .. }
            | PartKind::Image(_)
            | PartKind::File(_)
            | PartKind::Audio { .. }
            | PartKind::ToolCall(_)
            | PartKind::Opaque(_) => None,
        }
    }
}

/// Whether a field is no prompt-cache breakpoint, or one of the kind that the tables know: `{"mode":"explicit"}`, or
/// `{"type":"ephemeral"}` of Messages.
#[inline]
fn is_known_breakpoint(key: Key, value: &str) -> bool {
    !matches!(key, Key::CacheBreakpoint | Key::CacheControl) || is_breakpoint(value)
}

#[inline(never)]
fn is_breakpoint(value: &str) -> bool {
    [("mode", "explicit"), ("type", "ephemeral")].into_iter().any(|(name, kind)| {
        let tag = Cursor::of(value).look_ahead(name).ok().flatten().and_then(string);
        tag.is_some_and(|tag| tag == *kind)
    })
}

/// The values of an object that has exactly the members `names`, in that order; nothing for any other value.
pub(crate) fn exact<'a, const N: usize>(mut cursor: Cursor<'a>, names: [&str; N]) -> Option<[Cursor<'a>; N]> {
    let mut values = names.map(|name| cursor.look_ahead(name).ok().flatten());
    let mut members = cursor.open_object().ok()?;
    let mut count = 0;
    while cursor.next_key(&mut members).ok()?.is_some() {
        cursor.raw().ok()?;
        count += 1;
    }
    (count == N && values.iter().all(Option::is_some)).then(|| values.each_mut().map(|value| value.unwrap_or(cursor)))
}

/// The string at the cursor, if there is one.
pub(crate) fn string(mut cursor: Cursor<'_>) -> Option<Text<'_>> {
    cursor.string().ok()
}

/// A choice among some tools, each read by `tool`; nothing if the mode or a tool is not understood.
pub(crate) fn allowed_tools<'a>(
    mode: Cursor<'a>,
    mut tools: Cursor<'a>,
    tool: impl Fn(Cursor<'a>) -> Option<AllowedTool<'a>>,
) -> Option<ToolChoice<'a>> {
    let required = match &*string(mode)?.word() {
        "auto" => false,
        "required" => true,
        _ => return None,
    };
    let mut list = Vec::new();
    let mut elements = tools.open_array().ok()?;
    while tools.next_element(&mut elements).ok()? {
        list.push(tool(tools)?);
        tools.raw().ok()?;
    }
    Some(ToolChoice::Allowed { required, tools: list })
}

/// What a tool that the provider defines is, by the beginning of its `type`.
pub(crate) fn hosted_feature(kind: &str) -> Feature {
    const PREFIXES: &[(&str, Feature)] = &[
        ("web_search", Feature::WebSearchTool),
        ("code_interpreter", Feature::CodeExecutionTool),
        ("code_execution", Feature::CodeExecutionTool),
        ("file_search", Feature::FileSearchTool),
        ("image_generation", Feature::ImageGenerationTool),
        ("computer", Feature::ComputerTool),
        ("mcp", Feature::McpTool),
    ];
    PREFIXES.iter().find(|(prefix, _)| kind.starts_with(prefix)).map_or(Feature::HostedTool, |(_, feature)| *feature)
}
