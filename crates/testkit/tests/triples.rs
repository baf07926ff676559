//! The same request, written by people in two or three protocols: what is converted from one equals what was written in
//! the other, except for what `triples.txt` lists with its reason.
//!
//! `SWITCHBACK_LIST=1 cargo test -p switchback-testkit --test triples -- --nocapture` prints what is not listed.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::disallowed_methods,
    unreachable_pub,
    reason = "tests fail by panicking, this one reads files, and the shared module is public to the fuzz targets"
)]

#[path = "../../../fuzz/src/fitted.rs"]
mod fitted;

use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use switchback_ir::{Protocol, TargetFacts};
use switchback_protocol::law::{Change, Difference, Order, Outcome, Tree, canonical, differences};
use switchback_testkit::shared;

/// `case from to change pointer`, the pointer being one of the converted body in canonical form.
fn differing(folder: &Path) -> BTreeMap<String, String> {
    let case = folder.file_name().unwrap().to_string_lossy().into_owned();
    let body = |protocol: Protocol| std::fs::read(folder.join(format!("{protocol}.json"))).ok();
    let written: BTreeMap<Protocol, Vec<u8>> =
        Protocol::ALL.into_iter().filter_map(|protocol| Some((protocol, body(protocol)?))).collect();
    let mut found = BTreeMap::new();
    for (from, source) in &written {
        for (to, theirs) in written.iter().filter(|(to, _)| *to != from) {
            let pair = format!("{case} {from} {to}");
            match fitted::fitted(*from, *to, &TargetFacts::default(), source) {
                Ok(made) => {
                    let seen = compared(*to, &made.body, theirs);
                    found.extend(seen.into_iter().map(|seen| (format!("{pair} {}", line(&seen)), seen.seen)));
                }
                Err(outcome) => drop(found.insert(format!("{pair} {}", refusal(&outcome)), outcome.to_string())),
            }
        }
    }
    found
}

fn compared(protocol: Protocol, made: &[u8], written: &[u8]) -> Vec<Difference> {
    let mut made: Value = serde_json::from_slice(made).unwrap();
    let written: Value = serde_json::from_slice(written).unwrap();
    // Which model is asked is the author's choice in each protocol, and no conversion changes it.
    made["model"] = written["model"].clone();
    let tree = |value: &Value| canonical(protocol, Tree::verbatim(value));
    differences(&tree(&made), &tree(&written), Order::Kept)
}

fn line(difference: &Difference) -> String {
    let change = match difference.change {
        Change::Changed => "other",
        Change::Removed => "not-written",
        Change::Added => "not-made",
    };
    format!("{change} {}", difference.at)
}

fn refusal(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Refused(_) => "refused".to_owned(),
        Outcome::Unreadable(error) => panic!("{error}"),
    }
}

/// The listed differences: a reason on a line of its own, and below it, indented, what it explains.
fn listed() -> BTreeSet<String> {
    let mut reason = "";
    let mut all = BTreeSet::new();
    for line in include_str!("triples.txt").lines().filter(|line| !line.is_empty()) {
        match line.strip_prefix("    ") {
            Some(difference) => {
                assert!(!reason.is_empty(), "no reason above `{difference}`");
                assert!(all.insert(difference.to_owned()), "`{difference}` stands twice");
            }
            None => reason = line,
        }
    }
    all
}

#[test]
fn what_is_converted_is_what_people_wrote_except_where_a_reason_is_given() {
    let Some(shared) = shared() else { return };
    let mut folders: Vec<_> =
        std::fs::read_dir(shared.join("corpus/triples")).unwrap().map(|entry| entry.unwrap().path()).collect();
    folders.sort();
    let found: BTreeMap<String, String> = folders.iter().flat_map(|folder| differing(folder)).collect();
    let listed = listed();
    let news: Vec<_> = found.iter().filter(|(line, _)| !listed.contains(*line)).collect();
    if std::env::var_os("SWITCHBACK_LIST").is_some() {
        for (line, seen) in &news {
            println!("    {line} <{seen}>");
        }
    }
    let gone: Vec<_> = listed.iter().filter(|line| !found.contains_key(*line)).collect();
    println!("{} cases, {} differences", folders.len(), found.len());
    assert!(news.is_empty(), "not listed: {news:#?}");
    assert!(gone.is_empty(), "listed, and no longer seen: {gone:#?}");
}
