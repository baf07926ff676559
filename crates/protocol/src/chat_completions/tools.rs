//! Tools, the choice among them, and the form of the answer.

use super::{CUSTOM, FORMAT, FUNCTION, SCHEMA, TOOL};
use crate::growth::make_room;
use crate::reader::{Reader, Result, exact, hosted_feature, string};
use switchback_ir::json::{Cursor, Kind};
use switchback_ir::{
    AllowedTool, At, CustomFormat, Feature, Native, OutputFormat, Owner, Protocol, Text, Tool, ToolChoice, ToolKind,
};

impl<'a> Reader<'a> {
    #[inline(never)]
    pub(super) fn tools(&mut self, list: &'static str) -> Result<()> {
        if self.blank("", Owner::Request, list)? {
            return Ok(());
        }
        let legacy = list == "functions";
        let same = |tool: &Tool<'_>| matches!(tool.kind, ToolKind::Function { legacy: true, .. }) == legacy;
        self.refuse_second(self.request.tools.iter().any(same), list)?;
        let mut elements = self.cursor.open_array()?;
        while self.cursor.next_element(&mut elements)? {
            self.node()?;
            let place = self.cursor.place();
            let owner = Owner::Tool(u32::try_from(self.request.tools.len()).unwrap_or(u32::MAX));
            let tool = if legacy {
                self.function(owner, true)?
            } else {
                let kind = self.tag("type")?;
                match kind.as_ref().map(Text::word).as_deref() {
                    Some("function") if self.is_object("function")? => self.wrapped_tool(owner, "function")?,
                    Some("custom") if self.is_object("custom")? => self.wrapped_tool(owner, "custom")?,
                    Some(kind) if kind.starts_with("web_search") => self.hosted(Feature::WebSearchOptions)?,
                    kind => self.hosted(hosted_feature(kind.unwrap_or("")))?,
                }
            };
            make_room(&mut self.request.tools, |tool| tool.place, &self.cursor);
            self.request.tools.push(Tool { place, ..tool });
        }
        Ok(())
    }

    fn wrapped_tool(&mut self, owner: Owner, member: &'static str) -> Result<Tool<'a>> {
        let place = self.cursor.place();
        let mut tool = None;
        let mut members = self.cursor.open_object()?;
        while let Some(name) = self.cursor.next_key(&mut members)? {
            match &*name.word() {
                "type" => {
                    self.cursor.raw()?;
                }
                word if word == member => {
                    let value = if member == "function" { self.function(owner, false)? } else { self.custom(owner)? };
                    self.once(&mut tool, member, value)?;
                }
                _ => self.leaf(&TOOL, owner, &name)?,
            }
        }
        tool.ok_or_else(|| self.missing(member, place))
    }

    fn function(&mut self, owner: Owner, legacy: bool) -> Result<Tool<'a>> {
        let place = self.cursor.place();
        let (mut called, mut description, mut parameters) = (None, None, None);
        let mut members = self.cursor.open_object()?;
        while let Some(name) = self.cursor.next_key(&mut members)? {
            match &*name.word() {
                "name" => {
                    let text = self.text()?;
                    self.once(&mut called, "name", text)?;
                }
                "description" if self.cursor.peek()? == Kind::String => {
                    let text = self.text()?;
                    self.once(&mut description, "description", text)?;
                }
                "parameters" if self.cursor.peek()? == Kind::Object => {
                    let raw = self.raw_at()?;
                    self.once(&mut parameters, "parameters", raw)?;
                }
                "description" | "parameters" if self.cursor.peek()? == Kind::Null => {
                    self.residue(FUNCTION.object, owner, name.clone(), true)?;
                }
                _ => self.leaf(&FUNCTION, owner, &name)?,
            }
        }
        let name = called.ok_or_else(|| self.missing("name", place))?;
        Ok(Tool { kind: ToolKind::Function { parameters, legacy }, name: Some(name), description, place })
    }

    fn custom(&mut self, owner: Owner) -> Result<Tool<'a>> {
        let place = self.cursor.place();
        let (mut called, mut description, mut format) = (None, None, None);
        let mut members = self.cursor.open_object()?;
        while let Some(name) = self.cursor.next_key(&mut members)? {
            match &*name.word() {
                "name" => {
                    let text = self.text()?;
                    self.once(&mut called, "name", text)?;
                }
                "description" if self.cursor.peek()? == Kind::String => {
                    let text = self.text()?;
                    self.once(&mut description, "description", text)?;
                }
                "format" if self.cursor.peek()? == Kind::Object => {
                    let value = self.custom_format()?;
                    self.once(&mut format, "format", value)?;
                }
                "description" | "format" if self.cursor.peek()? == Kind::Null => {
                    self.residue(CUSTOM.object, owner, name.clone(), true)?;
                }
                _ => self.leaf(&CUSTOM, owner, &name)?,
            }
        }
        let name = called.ok_or_else(|| self.missing("name", place))?;
        Ok(Tool { kind: ToolKind::Custom { format }, name: Some(name), description, place })
    }

    /// `{"type":"text"}`, or `{"type":"grammar","grammar":{…}}`; anything else is kept as it came.
    fn custom_format(&mut self) -> Result<At<CustomFormat<'a>>> {
        let cursor = self.cursor;
        let raw = self.raw_at()?;
        let grammar = || {
            let [kind, grammar] = exact(cursor, ["type", "grammar"])?;
            let [syntax, definition] = exact(grammar, ["syntax", "definition"])?;
            (string(kind)? == *"grammar").then_some(())?;
            Some(CustomFormat::Grammar { syntax: string(syntax)?, definition: string(definition)? })
        };
        let text = || exact(cursor, ["type"]).and_then(|[kind]| string(kind)).filter(|kind| *kind == *"text");
        let value = match text() {
            Some(_) => CustomFormat::Text,
            None => grammar().unwrap_or_else(|| CustomFormat::Other(Native::new(Protocol::Chat, raw.value))),
        };
        Ok(At { value, place: raw.place })
    }

    #[inline(never)]
    pub(super) fn tool_choice(&mut self) -> Result<()> {
        if self.blank("", Owner::Request, "tool_choice")? {
            return Ok(());
        }
        self.refuse_second(self.request.tool_choice.is_some(), "tool_choice")?;
        let cursor = self.cursor;
        let raw = self.raw_at()?;
        let value = match (raw.value.kind(), string(cursor)) {
            (_, Some(word)) if word == *"auto" => Some(ToolChoice::Auto),
            (_, Some(word)) if word == *"none" => Some(ToolChoice::None),
            (_, Some(word)) if word == *"required" => Some(ToolChoice::Required),
            (Kind::Object, _) => object_choice(cursor),
            (Kind::String, _) => None,
            _ => return Err({ cursor }.type_fault("a string or an object")),
        };
        let value = value.unwrap_or_else(|| ToolChoice::Hosted(Native::new(Protocol::Chat, raw.value)));
        self.request.tool_choice = Some(At { value, place: raw.place });
        Ok(())
    }

    /// `function_call` is a tool choice where there are legacy functions and no newer choice; else it is residue.
    #[inline(never)]
    pub(super) fn legacy_choice(&mut self, cursor: Cursor<'a>) -> Result<()> {
        let choice = match string(cursor) {
            Some(word) if word == *"auto" => Some(ToolChoice::Auto),
            Some(word) if word == *"none" => Some(ToolChoice::None),
            _ => exact(cursor, ["name"]).and_then(|[name]| string(name)).map(ToolChoice::Function),
        };
        if let Some(value) = choice
            && self.only_legacy_tools()
        {
            self.request.tool_choice = Some(At { value, place: cursor.place() });
            return Ok(());
        }
        self.residue_at(cursor, "function_call")
    }

    pub(super) fn only_legacy_tools(&self) -> bool {
        let legacy = |tool: &Tool<'_>| matches!(tool.kind, ToolKind::Function { legacy: true, .. });
        !self.request.tools.is_empty() && self.request.tools.iter().all(legacy)
    }

    /// Keeps a member that was passed over as residue.
    #[inline(never)]
    pub(super) fn residue_at(&mut self, cursor: Cursor<'a>, name: &'static str) -> Result<()> {
        let blank = cursor.peek()? == Kind::Null
            || (name == "tool_choice" && string(cursor).is_some_and(|word| word == *"auto"));
        let end = std::mem::replace(&mut self.cursor, cursor);
        self.residue("", Owner::Request, Text::from(name), blank)?;
        self.cursor = end;
        Ok(())
    }

    #[inline(never)]
    pub(super) fn response_format(&mut self) -> Result<()> {
        if self.blank("", Owner::Request, "response_format")? {
            return Ok(());
        }
        self.refuse_second(self.request.output_format.is_some(), "response_format")?;
        let place = self.cursor.place();
        let kind = self.tag("type")?;
        let value = match kind.as_ref().map(Text::word).as_deref() {
            Some("text") => self.plain_format(&FORMAT, OutputFormat::Text)?,
            Some("json_object") => self.plain_format(&FORMAT, OutputFormat::JsonObject)?,
            Some("json_schema") if self.is_object("json_schema")? => self.schema_format()?,
            _ => OutputFormat::Other(self.cursor.raw_of(Kind::Object, "an object")?),
        };
        self.request.output_format = Some(At { value, place });
        Ok(())
    }

    fn schema_format(&mut self) -> Result<OutputFormat<'a>> {
        let mut schema = None;
        let mut members = self.cursor.open_object()?;
        while let Some(name) = self.cursor.next_key(&mut members)? {
            match &*name.word() {
                "type" => {
                    self.cursor.raw()?;
                }
                "json_schema" => {
                    let value = self.json_schema(&SCHEMA)?;
                    self.once(&mut schema, "json_schema", value)?;
                }
                _ => self.leaf(&FORMAT, Owner::Request, &name)?,
            }
        }
        Ok(OutputFormat::JsonSchema(schema.unwrap_or_default()))
    }
}

/// A choice written as an object; nothing where it holds more than the tables know.
fn object_choice(cursor: Cursor<'_>) -> Option<ToolChoice<'_>> {
    if let Some([_, allowed]) = exact(cursor, ["type", "allowed_tools"]) {
        let [mode, tools] = exact(allowed, ["mode", "tools"])?;
        return crate::reader::allowed_tools(mode, tools, |tool| {
            named(tool, "function")
                .map(AllowedTool::Function)
                .or_else(|| named(tool, "custom").map(AllowedTool::Custom))
        });
    }
    named(cursor, "function").map(ToolChoice::Function).or_else(|| named(cursor, "custom").map(ToolChoice::Custom))
}

/// The name in `{"type": member, member: {"name": …}}`.
fn named<'a>(cursor: Cursor<'a>, member: &str) -> Option<Text<'a>> {
    let [kind, inner] = exact(cursor, ["type", member])?;
    let [name] = exact(inner, ["name"])?;
    (string(kind)? == *member).then(|| string(name))?
}
