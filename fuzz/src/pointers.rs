//! The law of places: the pointer that a scan prints for an offset is the way to the value that stands there.

use serde_json::Value;
use switchback_ir::json::{pointer, pointers};

/// Any bytes, any offsets, in any order: one scan answers as one scan each would.
pub fn agree(bytes: &[u8]) {
    let offsets: Vec<usize> = bytes.iter().map(|byte| usize::from(*byte)).chain([0, bytes.len(), usize::MAX]).collect();
    let together = pointers(bytes, &offsets);
    for (offset, answer) in offsets.iter().zip(together) {
        assert_eq!(answer, pointer(bytes, *offset), "at {offset}");
    }
}

/// A document, written with the pointer of every value noted down, is answered with these pointers.
pub fn lead_back(bytes: &[u8]) {
    let Ok(document) = serde_json::from_slice::<Value>(bytes) else { return };
    let mut written = Written::default();
    written.value(&document, "");
    let offsets: Vec<usize> = written.places.iter().map(|(offset, _)| *offset).collect();
    let expected: Vec<&str> = written.places.iter().map(|(_, path)| path.as_str()).collect();
    assert_eq!(pointers(written.text.as_bytes(), &offsets), expected, "{}", written.text);
}

#[derive(Default)]
struct Written {
    text: String,
    places: Vec<(usize, String)>,
}

impl Written {
    fn value(&mut self, value: &Value, path: &str) {
        self.places.push((self.text.len(), path.to_owned()));
        match value {
            Value::Array(elements) => {
                self.text.push('[');
                for (index, element) in elements.iter().enumerate() {
                    self.separate(index);
                    self.value(element, &format!("{path}/{index}"));
                }
                self.text.push(']');
            }
            Value::Object(members) => {
                self.text.push('{');
                for (index, (name, member)) in members.iter().enumerate() {
                    self.separate(index);
                    self.text.push_str(&Value::from(name.as_str()).to_string());
                    self.text.push_str(" : ");
                    self.value(member, &format!("{path}/{}", name.replace('~', "~0").replace('/', "~1")));
                }
                self.text.push('}');
            }
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {
                self.text.push_str(&value.to_string());
            }
        }
    }

    fn separate(&mut self, index: usize) {
        self.text.push_str(if index == 0 { " " } else { " ,\n" });
    }
}
