//! What the events of a Responses stream said of the answer, beside what its last event says.

use serde_json::Value;
use std::collections::BTreeMap;
use switchback_ir::{Action, Feature, Line};

/// The texts that deltas have spelt, by where they stand in the answer.
#[derive(Debug, Default)]
pub(super) struct Spoken {
    texts: BTreeMap<Slot, String>,
    /// The type of each item that was added.
    items: BTreeMap<u64, String>,
}

/// Where a text stands: the item, the list in it, the part in that, and the member.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Slot {
    item: u64,
    list: &'static str,
    part: u64,
    member: &'static str,
}

impl Spoken {
    /// Takes in an event.
    pub(super) fn event(&mut self, event: &Value) {
        let number = |name: &str| event.get(name).and_then(Value::as_u64).unwrap_or_default();
        let item = number("output_index");
        let (list, part, member) = match event.get("type").and_then(Value::as_str).unwrap_or_default() {
            "response.output_item.added" => {
                let kind = event.pointer("/item/type").and_then(Value::as_str).unwrap_or_default();
                self.items.insert(item, kind.to_owned());
                return;
            }
            "response.output_text.delta" | "response.reasoning_text.delta" => {
                ("content", number("content_index"), "text")
            }
            "response.refusal.delta" => ("content", number("content_index"), "refusal"),
            "response.reasoning_summary_text.delta" => ("summary", number("summary_index"), "text"),
            "response.function_call_arguments.delta" => ("", 0, "arguments"),
            "response.custom_tool_call_input.delta" => ("", 0, "input"),
            _ => return,
        };
        let text = self.texts.entry(Slot { item, list, part, member }).or_default();
        text.push_str(event.get("delta").and_then(Value::as_str).unwrap_or_default());
    }

    /// Where `whole` says something else.
    pub(super) fn disagreements(&self, whole: &Value) -> Vec<Line> {
        let differs = |path: &str, said: &str| whole.pointer(path).and_then(Value::as_str) != Some(said);
        let items = self.items.iter().map(|(item, kind)| (format!("/output/{item}/type"), kind));
        let texts = self.texts.iter().map(|(slot, text)| (slot.path(), text));
        let wrong = items.chain(texts).filter(|(path, said)| differs(path, said));
        wrong.map(|(path, _)| note(path, Feature::StreamDisagrees)).collect()
    }
}

impl Slot {
    fn path(&self) -> String {
        let Self { item, list, part, member } = self;
        if list.is_empty() {
            format!("/output/{item}/{member}")
        } else {
            format!("/output/{item}/{list}/{part}/{member}")
        }
    }
}

/// A `noted` entry at `path` of the whole response.
pub(super) fn note(path: String, feature: Feature) -> Line {
    Line {
        path,
        target: None,
        feature: feature.name(),
        row: feature.mapping_row(),
        action: Action::Noted.name(),
        severity: feature.importance().name(),
        detail: feature.about().to_owned(),
    }
}
