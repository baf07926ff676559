use super::tools::{is_callable, settle_choice};
use crate::part::{leaf_features, part_feature, part_leaf_features};
use crate::tree::{Node, ToolNode, Tree, Turn};
use switchback_ir::json::{Cursor, Writer};
use switchback_ir::{
    CustomFormat, Feature, FeatureSet, Field, OutputFormat, PartKind, RawJson, Request, Role, Shape, ToolKind,
};

/// Leaves out every value that asks for one of `features`, in one pass; a message that nothing is left of goes too.
pub(crate) fn drop_features<'a>(request: &Request<'a>, features: FeatureSet) -> Request<'a> {
    let mut tree = Tree::of(request);
    let dropping = Dropping { request, features };
    tree.options = dropping.leaves(tree.options);
    dropping.tools(&mut tree);
    dropping.tool_choice(&mut tree);
    dropping.format(&mut tree);
    tree.turns.retain_mut(|turn| dropping.keeps_turn(turn));
    tree.into_request()
}

struct Dropping<'r, 'a> {
    request: &'r Request<'a>,
    features: FeatureSet,
}

impl<'a> Dropping<'_, 'a> {
    fn drops(&self, features: FeatureSet) -> bool {
        !self.features.intersection(features).is_empty()
    }

    fn leaves(&self, fields: Vec<Field<'a>>) -> Vec<Field<'a>> {
        self.kept(fields, |field| leaf_features(self.request, field))
    }

    /// A leaf goes with any of its features, except that a breakpoint can lose its lifetime alone.
    fn kept(&self, fields: Vec<Field<'a>>, of: impl Fn(&Field<'a>) -> FeatureSet) -> Vec<Field<'a>> {
        let keep = |mut field: Field<'a>| {
            let mut dropped = of(&field).intersection(self.features);
            if dropped.contains(Feature::CacheTtl) {
                dropped.remove(Feature::CacheTtl);
                field.value = without_member(&field.value, "ttl");
            }
            dropped.is_empty().then_some(field)
        };
        fields.into_iter().filter_map(keep).collect()
    }

    fn tools(&self, tree: &mut Tree<'a>) {
        let callable = |tree: &Tree<'a>| tree.tools.iter().any(|node| is_callable(&node.tool));
        let before = callable(tree);
        tree.tools.retain_mut(|node| {
            node.fields = self.leaves(std::mem::take(&mut node.fields));
            self.keeps_tool(node)
        });
        if before && !callable(tree) {
            settle_choice(tree);
        }
    }

    fn keeps_tool(&self, node: &mut ToolNode<'a>) -> bool {
        let feature = match &mut node.tool.kind {
            ToolKind::Function { legacy: true, .. } => Feature::LegacyFunctions,
            ToolKind::Function { legacy: false, .. } => Feature::Tools,
            ToolKind::Custom { format } => {
                let unknown = |format: &CustomFormat<'_>| matches!(format, CustomFormat::Other(_));
                if self.features.contains(Feature::UnknownField) {
                    format.take_if(|format| unknown(&format.value));
                }
                Feature::CustomTool
            }
            ToolKind::Hosted { feature, .. } => *feature,
        };
        !self.features.contains(feature)
    }

    fn tool_choice(&self, tree: &mut Tree<'a>) {
        if self.request.tool_choice_feature().is_some_and(|choice| self.features.contains(choice)) {
            tree.tool_choice = None;
        }
    }

    fn format(&self, tree: &mut Tree<'a>) {
        match tree.output_format.as_mut().map(|format| &mut format.value) {
            Some(OutputFormat::Other(_)) if self.features.contains(Feature::OutputFormatOther) => {
                tree.output_format = None;
            }
            Some(OutputFormat::JsonSchema(schema)) => {
                schema.name.take_if(|_| self.features.contains(Feature::JsonSchemaName));
                schema.description.take_if(|_| self.features.contains(Feature::JsonSchemaDescription));
                schema.strict.take_if(|strict| {
                    let feature = if strict.value { Feature::JsonSchemaStrict } else { Feature::JsonSchemaLoose };
                    self.features.contains(feature)
                });
            }
            Some(OutputFormat::Text | OutputFormat::JsonObject | OutputFormat::Other(_)) | None => {}
        }
    }

    /// Whether anything is left of a message.
    fn keeps_turn(&self, turn: &mut Turn<'a>) -> bool {
        turn.fields = self.leaves(std::mem::take(&mut turn.fields));
        let (before, role) = (turn.parts.len(), turn.message.role);
        turn.parts.retain_mut(|node| self.keeps_part(node, role));
        let lost = turn.parts.len() < before;
        if lost {
            turn.reshape();
        }
        !(lost && turn.parts.is_empty())
    }

    fn keeps_part(&self, node: &mut Node<'a>, role: Role) -> bool {
        let part = &node.part;
        node.fields =
            self.kept(std::mem::take(&mut node.fields), |field| part_leaf_features(self.request, field, part, role));
        let before = node.children.len();
        node.children.retain_mut(|child| !self.drops(result_features(child)) && self.keeps_part(child, role));
        if let PartKind::ToolResult(result) = &mut node.part.kind
            && node.children.len() < before
        {
            result.shape = Shape::Parts;
        }
        node.is_text() || !self.features.contains(part_feature(&node.part))
    }
}

/// What a part of a tool result stands for besides itself.
fn result_features(child: &Node<'_>) -> FeatureSet {
    let image = matches!(child.part.kind, PartKind::Image(_)).then_some(Feature::ToolResultImage);
    let file = matches!(child.part.kind, PartKind::File(_)).then_some(Feature::ToolResultFile);
    image.into_iter().chain(file).collect()
}

/// The value without one member, the others as they came.
fn without_member(value: &RawJson<'_>, name: &str) -> RawJson<'static> {
    let mut out = Vec::with_capacity(value.as_str().len());
    // The value was checked when it was read; a fault cannot occur, and would leave the value as it is.
    let Some(()) = copy_without(value, name, &mut out) else { return value.clone().into_owned() };
    let text = String::from_utf8(out).unwrap_or_default();
    RawJson::parse(&text).map_or_else(|_| value.clone().into_owned(), RawJson::into_owned)
}

fn copy_without(value: &RawJson<'_>, name: &str, out: &mut Vec<u8>) -> Option<()> {
    let mut cursor = Cursor::of(value.as_str());
    let mut members = cursor.open_object().ok()?;
    let mut json = Writer::new(out);
    json.begin_object();
    while let Some(key) = cursor.next_key(&mut members).ok()? {
        let member = cursor.raw().ok()?;
        if key != *name {
            json.key_text(&key);
            json.raw(&member);
        }
    }
    json.end_object();
    Some(())
}
