//! What each row of the mapping becomes: `rows.json` has at least one case for each row of requests, named after what
//! converters are known to get wrong there, with the body, what must stand in its place, and the whole ledger.
//!
//! A body is put into one that says nothing else: a model, a message, a limit, and that the answer is not to be stored;
//! `null` takes one of these out. What every conversion says of the last two stands in the ledgers of their own rows only.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    unreachable_pub,
    reason = "tests fail by panicking, and share a module with the fuzz targets"
)]

#[path = "../../../fuzz/src/fitted.rs"]
mod fitted;

use fitted::fitted;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};
use switchback_ir::{Protocol, TargetFacts};
use switchback_protocol::law::{self, Outcome};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    /// The row of the mapping.
    row: String,
    /// The recurrent bug that it is a regression of, if it is one of those.
    bug: Option<u32>,
    /// What is got wrong.
    symptom: String,
    from: String,
    to: String,
    body: Map<String, Value>,
    #[serde(default)]
    facts: Map<String, Value>,
    /// What stands where in the target.
    #[serde(default)]
    want: BTreeMap<String, Value>,
    /// What does not stand there.
    #[serde(default)]
    absent: Vec<String>,
    /// The whole ledger, in any order: path, feature, action.
    ledger: Vec<String>,
    #[serde(default)]
    refused: bool,
}

fn cases() -> Vec<Case> {
    serde_json::from_str(include_str!("rows.json")).unwrap()
}

impl Case {
    fn source(&self, from: Protocol) -> Value {
        let mut body = match from {
            Protocol::Chat => {
                json!({"model": "m", "messages": [{"role": "user", "content": "x"}], "max_completion_tokens": 64})
            }
            Protocol::Responses => json!({"model": "m", "input": "x", "max_output_tokens": 64, "store": false}),
            Protocol::Messages => {
                json!({"model": "m", "messages": [{"role": "user", "content": "x"}], "max_tokens": 64})
            }
        };
        let members = body.as_object_mut().unwrap();
        for (name, value) in &self.body {
            if value.is_null() {
                members.shift_remove(name);
            } else {
                members.insert(name.clone(), value.clone());
            }
        }
        body
    }

    fn target_facts(&self) -> TargetFacts {
        let facts = TargetFacts::default();
        self.facts.iter().fold(facts, |facts, (name, value)| match name.as_str() {
            "mid_conversation_system" => facts.with_mid_conversation_system(value.as_bool().unwrap()),
            "max_tokens" => facts.with_max_tokens(value.as_u64().unwrap()),
            name => panic!("no fact `{name}`"),
        })
    }

    /// What is wrong, if anything is.
    fn check(&self) -> Result<(), String> {
        let (from, to) = (self.from.parse().unwrap(), self.to.parse().unwrap());
        let source = self.source(from).to_string();
        let lines = match fitted(from, to, &self.target_facts(), source.as_bytes()) {
            Ok(_) if self.refused => return Err("not refused".to_owned()),
            Ok(made) => {
                self.stands(&serde_json::from_slice(&made.body).unwrap())?;
                made.lines
            }
            Err(Outcome::Refused(lines)) if self.refused => {
                lines.into_iter().filter(|line| line.action == "refused").collect()
            }
            Err(outcome) => return Err(outcome.to_string()),
        };
        let own_rows = ["61", "67"];
        let told: BTreeSet<String> = lines
            .iter()
            .filter(|line| self.row == line.row || !own_rows.contains(&line.row))
            .map(|line| format!("{} {} {}", line.path, line.feature, line.action))
            .collect();
        let expected: BTreeSet<String> = self.ledger.iter().cloned().collect();
        if told != expected {
            return Err(format!("the ledger says {told:?}"));
        }
        // With other facts the way back is another.
        if from != to && self.facts.is_empty() {
            law::loss(from, to, source.as_bytes(), &fitted).map_err(|broken| broken.to_string())?;
        }
        Ok(())
    }

    fn stands(&self, made: &Value) -> Result<(), String> {
        for (pointer, value) in &self.want {
            let found = made.pointer(pointer);
            if found != Some(value) {
                return Err(format!("`{pointer}` is {found:?} in {made}"));
            }
        }
        match self.absent.iter().find(|pointer| made.pointer(pointer).is_some()) {
            Some(pointer) => Err(format!("`{pointer}` is there in {made}")),
            None => Ok(()),
        }
    }
}

#[test]
fn each_case_becomes_what_its_row_says() {
    let broken: Vec<String> = cases()
        .iter()
        .filter_map(|case| {
            let broken = case.check().err()?;
            Some(format!("row {}, {} to {}, {}: {broken}", case.row, case.from, case.to, case.symptom))
        })
        .collect();
    assert!(broken.is_empty(), "{} broken\n{}", broken.len(), broken.join("\n"));
}

#[test]
fn each_row_of_requests_and_each_recurrent_bug_of_theirs_has_a_case() {
    let cases = cases();
    let rows: BTreeSet<&str> = cases.iter().map(|case| case.row.as_str()).collect();
    let missing: Vec<u32> = (1..=70).chain([97]).filter(|row| !rows.contains(row.to_string().as_str())).collect();
    assert!(missing.is_empty(), "no case of rows {missing:?}");
    // The rest of the 41 are bugs of responses and streams.
    let of_requests = [1..=9, 12..=12, 20..=20, 22..=23, 25..=26, 28..=37, 39..=41];
    let bugs: BTreeSet<u32> = cases.iter().filter_map(|case| case.bug).collect();
    let missing: Vec<u32> = of_requests.into_iter().flatten().filter(|bug| !bugs.contains(bug)).collect();
    assert!(missing.is_empty(), "no case of bugs {missing:?}");
}

#[test]
fn numbers_and_the_order_of_arguments_survive_as_text() {
    let arguments = r#"{"n": 1.50, "b":1e400,"a":[ ]}"#;
    let call = json!({"id": "a", "type": "function", "function": {"name": "f", "arguments": arguments}});
    let body = json!({"model": "m", "messages": [{"role": "assistant", "tool_calls": [call]}]}).to_string();
    let made = fitted(Protocol::Chat, Protocol::Messages, &TargetFacts::default(), body.as_bytes()).unwrap();
    let made = String::from_utf8(made.body).unwrap();
    assert!(made.contains(&format!(r#""input":{arguments}"#)), "{made}");
    let back = fitted(Protocol::Messages, Protocol::Responses, &TargetFacts::default(), made.as_bytes()).unwrap();
    let back: Value = serde_json::from_slice(&back.body).unwrap();
    assert_eq!(back["input"][0]["arguments"], arguments);
}
