use crate::tree::{Node, Tree};
use switchback_ir::{At, JsonSchema, OutputFormat};

const SCHEMA_WORDS: &str = "Answer with one JSON object and nothing else: no explanation and no code fence. \
                            The object must be valid against this JSON Schema:\n";
const OBJECT_WORDS: &str = "Answer with one JSON object and nothing else: no explanation and no code fence.";

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
