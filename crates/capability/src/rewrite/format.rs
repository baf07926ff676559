use crate::tree::{Node, ToolNode, Tree, leaf};
use switchback_ir::json::{Cursor, Writer};
use switchback_ir::{At, JsonSchema, Key, OutputFormat, RawJson, Text, Tool, ToolChoice, ToolKind};

const SCHEMA_WORDS: &str = "Answer with one JSON object and nothing else: no explanation and no code fence. \
                            The object must be valid against this JSON Schema:\n";
const ANSWER_WORDS: &str = "Call this function once, with the whole answer as its arguments.";
const OBJECT_WORDS: &str = "Answer with one JSON object and nothing else: no explanation and no code fence.";

/// The name of the function that stands for a schema of the answer.
pub(crate) const ANSWER_TOOL: &str = "answer";

/// The schema becomes the parameters of the one function there is, which has to be called.
pub(super) fn schema_to_tool(tree: &mut Tree<'_>) {
    let holds_schema = |format: &mut At<OutputFormat<'_>>| matches!(&format.value, OutputFormat::JsonSchema(schema) if schema.schema.is_some());
    if !tree.tools.is_empty() {
        return;
    }
    let Some(At { value: OutputFormat::JsonSchema(schema), place }) = tree.output_format.take_if(holds_schema) else {
        return;
    };
    tree.fill(&["tools", "tool_choice", "functions", "function_call"]);
    let strict = schema.strict.is_some_and(|strict| strict.value);
    let about = schema.description.and_then(|at| at.value.to_str().map(std::borrow::Cow::into_owned));
    let words = about.map_or_else(|| ANSWER_WORDS.to_owned(), |about| format!("{ANSWER_WORDS} {about}"));
    let tool = Tool {
        kind: ToolKind::Function { parameters: schema.schema, legacy: false },
        name: Some(At { value: Text::new(ANSWER_TOOL), place }),
        description: Some(At { value: Text::new(words), place }),
        place,
    };
    // Said explicitly, since the protocols differ in what silence means.
    tree.tools.push(ToolNode { tool, fields: vec![leaf(Key::Strict, RawJson::bool(strict))] });
    tree.tool_choice = Some(At { value: ToolChoice::Required, place });
}

pub(super) fn schema_to_json_object(tree: &mut Tree<'_>) {
    if let Some(format) = schema_to_words(tree) {
        tree.output_format = Some(At { value: OutputFormat::JsonObject, place: format.place });
    }
}

pub(super) fn schema_to_text(tree: &mut Tree<'_>) {
    schema_to_words(tree);
}

pub(super) fn json_object_to_text(tree: &mut Tree<'_>) {
    if tree.output_format.take_if(|format| matches!(format.value, OutputFormat::JsonObject)).is_some() {
        tree.instruct(vec![Node::text(OBJECT_WORDS)]);
    }
}

pub(super) fn loosen_schema(tree: &mut Tree<'_>) {
    if let Some(At { value: OutputFormat::JsonSchema(schema), .. }) = &mut tree.output_format {
        schema.strict = None;
    }
}

/// The description moves into a schema that has none of its own.
pub(super) fn description_to_schema(tree: &mut Tree<'_>) {
    let Some(At { value: OutputFormat::JsonSchema(format), .. }) = &mut tree.output_format else { return };
    let Some(description) = format.description.take() else { return };
    if let Some(schema) = &mut format.schema
        && let Some(described) = with_description(&schema.value, &description.value)
    {
        schema.value = described;
    }
}

fn with_description(schema: &RawJson<'_>, description: &Text<'_>) -> Option<RawJson<'static>> {
    let mut cursor = Cursor::of(schema.as_str());
    let mut members = cursor.open_object().ok()?;
    let mut out = Vec::with_capacity(schema.as_str().len() + description.stored_len() + 20);
    let mut json = Writer::new(&mut out);
    json.begin_object();
    json.key("description");
    json.text(description);
    while let Some(key) = cursor.next_key(&mut members).ok()? {
        if key == *"description" {
            return None;
        }
        json.key_text(&key);
        json.raw(&cursor.raw().ok()?);
    }
    json.end_object();
    RawJson::parse(std::str::from_utf8(&out).ok()?).ok().map(RawJson::into_owned)
}

/// Takes the schema out of the format and puts it into the instructions, name and description with it.
fn schema_to_words<'a>(tree: &mut Tree<'a>) -> Option<At<OutputFormat<'a>>> {
    let format = tree.output_format.take_if(|format| matches!(format.value, OutputFormat::JsonSchema(_)))?;
    if let OutputFormat::JsonSchema(schema) = &format.value {
        tree.instruct(words(schema));
    }
    Some(format)
}

fn words<'a>(schema: &JsonSchema<'a>) -> Vec<Node<'a>> {
    let Some(body) = &schema.schema else { return vec![Node::text(OBJECT_WORDS)] };
    let mut text = SCHEMA_WORDS.to_owned();
    text.push_str(body.value.as_str());
    if let Some(description) =
        schema.description.as_ref().and_then(|at| at.value.to_str().map(std::borrow::Cow::into_owned))
    {
        text.push_str("\nWhat the object is for: ");
        text.push_str(&description);
    }
    vec![Node::text(text)]
}
