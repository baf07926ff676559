//! The way back: the client's shape for the answer to a degraded request.

mod response;
mod schema;
mod stream;
mod text;

use crate::{Rewrite, Step};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use switchback_ir::{OutputFormat, PartKind, Request, Role, Text, ToolKind};

pub use stream::RestoreStream;

/// What has to be done with an answer so that the client gets the shape that it asked for: the inverse of the steps that
/// were taken. Owned, serialisable, and without prompt text but the schemas that answers are checked against and the
/// beginning of an answer that an assistant's message gave.
///
/// An answer that does not fit its schema is handed over and flagged: a `schema_unmet` entry, in streams as a step of
/// that name. Calls of custom tools and renamed ones come back through the request's context; a limit on the answer's
/// length that was raised is not enforced here.
///
/// ```
/// use switchback_capability::{Offer, Policy, Requirements, Restore, match_offer};
/// use switchback_ir::{At, Feature, JsonSchema, OutputFormat, Protocol, RawJson, Request};
///
/// let schema = RawJson::parse(r#"{"type":"object"}"#)?;
/// let schema = JsonSchema { schema: Some(At::nowhere(schema)), ..JsonSchema::default() };
/// let mut request = Request::new("gpt-5");
/// request.output_format = Some(At::nowhere(OutputFormat::JsonSchema(schema)));
/// let offer = Offer::unknown().no(Feature::JsonSchema);
/// let verdict = match_offer(&Requirements::of(&request), None, Protocol::Chat, &offer, Policy::default());
///
/// let restore = Restore::of(&request, verdict.steps());
/// assert!(!restore.is_empty());
/// assert!(Restore::of(&request, &[]).is_empty());
/// # Ok::<(), switchback_ir::json::Fault>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Record", into = "Record")]
pub struct Restore {
    answer: Option<Answer>,
    /// The schema of the answer, as JSON text.
    schema: Option<String>,
    /// Tools whose arguments are checked, with their schemas as JSON text.
    tools: Vec<(String, String)>,
    /// The beginning that the client has already.
    prefix: String,
    first_call: bool,
    without_reasoning: bool,
}

/// How the JSON that the client asked for comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Answer {
    /// As the arguments of the one function.
    Call,
    /// As text, perhaps in a fence.
    Words,
}

/// The record of a [`Restore`].
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Record {
    /// The version of the record.
    version: u32,
    answer: Option<Answer>,
    schema: Option<String>,
    tools: Vec<(String, String)>,
    prefix: String,
    first_call: bool,
    without_reasoning: bool,
}

impl From<Restore> for Record {
    fn from(restore: Restore) -> Self {
        let Restore { answer, schema, tools, prefix, first_call, without_reasoning } = restore;
        Self { version: Restore::VERSION, answer, schema, tools, prefix, first_call, without_reasoning }
    }
}

impl TryFrom<Record> for Restore {
    type Error = String;

    fn try_from(record: Record) -> Result<Self, String> {
        let Record { version, answer, schema, tools, prefix, first_call, without_reasoning } = record;
        if version != Self::VERSION {
            return Err(format!("restore of version {version}; this one reads version {}", Self::VERSION));
        }
        Ok(Self { answer, schema, tools, prefix, first_call, without_reasoning })
    }
}

impl Restore {
    /// The version of the record.
    pub const VERSION: u32 = 1;

    /// The way back from `steps`, taken in `request`: the request as the client sent it, before [`apply`](crate::apply).
    pub fn of(request: &Request<'_>, steps: &[Step]) -> Self {
        let mut restore = Self::default();
        for step in steps {
            restore.undo(request, step.rewrite);
        }
        restore
    }

    #[expect(clippy::wildcard_enum_match_arm, reason = "every other rewrite has no inverse, and its table says so")]
    fn undo(&mut self, request: &Request<'_>, rewrite: Rewrite) {
        match rewrite {
            Rewrite::SchemaToTool => {
                self.answer = Some(Answer::Call);
                self.schema = schema(request);
            }
            Rewrite::SchemaToJsonObject | Rewrite::SchemaToText | Rewrite::LoosenSchema => {
                self.answer = Some(Answer::Words);
                self.schema = schema(request);
            }
            // What a schema fell to is checked against the schema.
            Rewrite::JsonObjectToText => {
                self.answer = Some(Answer::Words);
            }
            Rewrite::LoosenTools => self.tools = tools(request),
            Rewrite::PrefillToInstruction => self.prefix = prefill(request),
            Rewrite::KeepFirstCall => self.first_call = true,
            Rewrite::OffToLow => self.without_reasoning = true,
            _ => {}
        }
    }

    /// Whether answers pass as they are.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Whether the JSON text of an answer is what was asked for.
    fn answer_fits(&self, text: &str) -> bool {
        match &self.schema {
            Some(schema) => text_fits(text, schema),
            None => serde_json::from_str::<serde_json::Value>(text).is_ok_and(|value| value.is_object()),
        }
    }

    /// Whether the arguments of a call are what the tool asks for.
    fn arguments_fit(&self, name: &Text<'_>, arguments: &str) -> bool {
        let tool = self.tools.iter().find(|(tool, _)| *name == **tool);
        tool.is_none_or(|(_, schema)| text_fits(arguments, schema))
    }
}

fn text_fits(text: &str, schema: &str) -> bool {
    let Ok(schema) = serde_json::from_str(schema) else { return true };
    serde_json::from_str(text).is_ok_and(|value| schema::fits(&value, &schema))
}

fn schema(request: &Request<'_>) -> Option<String> {
    let Some(OutputFormat::JsonSchema(format)) = request.output_format.as_ref().map(|at| &at.value) else {
        return None;
    };
    format.schema.as_ref().map(|schema| schema.value.as_str().to_owned())
}

fn tools(request: &Request<'_>) -> Vec<(String, String)> {
    let schemas = request.tools.iter().filter_map(|tool| {
        let ToolKind::Function { parameters: Some(parameters), .. } = &tool.kind else { return None };
        let name = tool.name.as_ref()?.value.to_str()?.into_owned();
        Some((name, parameters.value.as_str().to_owned()))
    });
    schemas.collect()
}

/// The texts of the assistant that end the conversation.
fn prefill(request: &Request<'_>) -> String {
    let Some(last) = request.messages.last().filter(|message| message.role == Role::Assistant) else {
        return String::new();
    };
    let parts: Vec<Option<Cow<'_, str>>> = request
        .parts_of(last)
        .map(|(_, part)| if let PartKind::Text(text) = &part.kind { text.to_str() } else { None })
        .collect();
    let texts = parts.rsplit(Option::is_none).next().unwrap_or_default();
    texts.iter().flatten().map(AsRef::as_ref).collect()
}
