//! Mutates bodies as JSON trees, so that what comes out is still a body of some sort.

use libfuzzer_sys::fuzzer_mutate;
use serde_json::{Map, Value};
use std::sync::OnceLock;

/// A `fuzz_mutator!`: three times in four one change to the tree, else libFuzzer's own mutation of the bytes.
pub fn json(data: &mut [u8], size: usize, max_size: usize, seed: u32) -> usize {
    let mut random = Random(u64::from(seed) | 1 << 40);
    let mutated = match data.get(..size).map(serde_json::from_slice::<Value>) {
        Some(Ok(mut document)) if random.below(4) != 0 => {
            for _ in 0..=random.below(3) {
                change(&mut document, &mut random);
            }
            document.to_string()
        }
        _ => return fuzzer_mutate(data, size, max_size),
    };
    match data.get_mut(..mutated.len()) {
        Some(place) if mutated.len() <= max_size => place.copy_from_slice(mutated.as_bytes()),
        _ => return fuzzer_mutate(data, size, max_size),
    }
    mutated.len()
}

/// Changes one value, somewhere in the tree.
fn change(document: &mut Value, random: &mut Random) {
    let mut left = random.below(count(document));
    if let Some(value) = nth(document, &mut left) {
        match value {
            Value::Array(elements) if random.below(3) != 0 => change_elements(elements, random),
            Value::Object(members) if random.below(3) != 0 => change_members(members, random),
            _ => *value = any_value(random),
        }
    }
}

fn change_elements(elements: &mut Vec<Value>, random: &mut Random) {
    let at = random.below(elements.len() + 1);
    match random.below(4) {
        0 if at < elements.len() => drop(elements.remove(at)),
        1 if at < elements.len() => elements.insert(at, elements[at].clone()),
        2 if at < elements.len() => elements.swap(0, at),
        _ => elements.insert(at, any_value(random)),
    }
}

fn change_members(members: &mut Map<String, Value>, random: &mut Random) {
    let at = random.below(members.len() + 1);
    let name = members.keys().nth(at).cloned();
    match (random.below(3), name) {
        (0, Some(name)) => drop(members.shift_remove(&name)),
        (1, Some(name)) => drop(members.insert(name, any_value(random))),
        _ => {
            let (name, value) = &vocabulary().members[random.below(vocabulary().members.len())];
            members.insert(name.clone(), value.clone());
        }
    }
}

/// A value from any seed of any protocol, or one at the edge of its type.
fn any_value(random: &mut Random) -> Value {
    const EDGES: &[&str] = &["null", "true", "0", "-1", "1.50", "1e400", "18446744073709551616", "\"\"", "[]", "{}"];
    let members = &vocabulary().members;
    if random.below(3) == 0 {
        return serde_json::from_str(EDGES[random.below(EDGES.len())]).unwrap_or_default();
    }
    members[random.below(members.len())].1.clone()
}

/// Every member of every seed body.
struct Vocabulary {
    members: Vec<(String, Value)>,
}

fn vocabulary() -> &'static Vocabulary {
    static VOCABULARY: OnceLock<Vocabulary> = OnceLock::new();
    VOCABULARY.get_or_init(|| {
        let mut members = Vec::new();
        for seed in SEEDS {
            collect(&serde_json::from_str(seed).unwrap_or_default(), &mut members);
        }
        Vocabulary { members }
    })
}

fn collect(value: &Value, into: &mut Vec<(String, Value)>) {
    match value {
        Value::Array(elements) => elements.iter().for_each(|element| collect(element, into)),
        Value::Object(members) => {
            for (name, member) in members {
                into.push((name.clone(), member.clone()));
                collect(member, into);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn count(value: &Value) -> usize {
    1 + match value {
        Value::Array(elements) => elements.iter().map(count).sum::<usize>(),
        Value::Object(members) => members.values().map(count).sum(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => 0,
    }
}

/// The value at a place in document order.
fn nth<'v>(value: &'v mut Value, left: &mut usize) -> Option<&'v mut Value> {
    if *left == 0 {
        return Some(value);
    }
    *left -= 1;
    match value {
        Value::Array(elements) => elements.iter_mut().find_map(|element| nth(element, left)),
        Value::Object(members) => members.values_mut().find_map(|member| nth(member, left)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => None,
    }
}

/// Xorshift: libFuzzer gives the seed, so that a run repeats.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 11).unwrap_or_default() % limit.max(1)
    }
}

const SEEDS: &[&str] = &[
    include_str!("../seeds/chat/allowed.json"),
    include_str!("../seeds/chat/legacy.json"),
    include_str!("../seeds/chat/options.json"),
    include_str!("../seeds/chat/parts.json"),
    include_str!("../seeds/chat/tools.json"),
    include_str!("../seeds/messages/blocks.json"),
    include_str!("../seeds/messages/options.json"),
    include_str!("../seeds/messages/tools.json"),
    include_str!("../seeds/response_chat/calls.json"),
    include_str!("../seeds/response_chat/compat.json"),
    include_str!("../seeds/response_chat/text.json"),
    include_str!("../seeds/response_responses/items.json"),
    include_str!("../seeds/response_responses/incomplete.json"),
    include_str!("../seeds/response_responses/failed.json"),
    include_str!("../seeds/response_messages/blocks.json"),
    include_str!("../seeds/response_messages/refusal.json"),
    include_str!("../seeds/response_messages/stopped.json"),
    include_str!("../seeds/responses/items.json"),
    include_str!("../seeds/responses/options.json"),
    include_str!("../seeds/responses/state.json"),
    include_str!("../seeds/responses/tools.json"),
];
