//! Real configurations: every file imports, every leaf is accounted for, no secret comes out.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests fail by panicking"
)]

mod support;

use std::collections::BTreeMap;

use support::configs;
use switchback_catalog::Catalog;
use switchback_migrate::{Choice, Fidelity, Import, SourceFile, System, Value};
use switchback_plan::Policy;

#[test]
fn every_file_imports_and_every_leaf_is_accounted_for() {
    let catalog = Catalog::embedded();
    let mut counts: BTreeMap<System, [usize; 4]> = BTreeMap::new();
    for config in configs() {
        for choice in [Choice::Documented, Choice::AsCoded] {
            let import = Import::new(config.system).with_choice(choice);
            let files = [SourceFile { name: &config.name, text: &config.text }];
            let migration = import.read(&files, &catalog).unwrap_or_else(|error| panic!("{}: {error}", config.name));
            for leaf in import.tree(&files).unwrap().leaves() {
                assert!(migration.ledger.covering(&leaf.pointer).is_some(), "{} {}", config.name, leaf.pointer);
            }
            for entry in migration.ledger.entries() {
                assert!(entry.line >= 1 && entry.column >= 1 && !entry.detail.is_empty(), "{entry:?}");
                assert_eq!(
                    entry.readings.iter().filter(|reading| reading.taken).count(),
                    usize::from(!entry.readings.is_empty()),
                    "{entry:?}"
                );
                assert_eq!(entry.fidelity == Fidelity::Ambiguous, !entry.readings.is_empty(), "{entry:?}");
            }
            if choice == Choice::Documented {
                let sums = counts.entry(config.system).or_default();
                for (at, fidelity) in Fidelity::ALL.into_iter().enumerate() {
                    sums[at] += migration.ledger.count(fidelity);
                }
            }
        }
    }
    for (system, [exact, approximate, none, ambiguous]) in counts {
        println!("{system}: {exact} exact, {approximate} approximate, {none} none, {ambiguous} ambiguous");
    }
}

#[test]
fn a_policy_reads_back_as_it_was_written() {
    let catalog = Catalog::embedded();
    for config in configs() {
        let files = [SourceFile { name: &config.name, text: &config.text }];
        let policy = Import::new(config.system).read(&files, &catalog).unwrap().policy;
        let json = serde_json::to_string(&policy).unwrap();
        let again: Policy =
            serde_json::from_str(&json).unwrap_or_else(|error| panic!("{}: {error}\n{json}", config.name));
        assert_eq!(again, policy, "{}", config.name);
    }
}

#[test]
fn no_secret_comes_out() {
    let catalog = Catalog::embedded();
    for config in configs() {
        let import = Import::new(config.system);
        let files = [SourceFile { name: &config.name, text: &config.text }];
        let migration = import.read(&files, &catalog).unwrap();
        let shown = format!("{migration:?} {}", serde_json::to_string(&migration.ledger).unwrap());
        for leaf in import.tree(&files).unwrap().leaves() {
            let Value::Text(text) = &leaf.node.value else { continue };
            let key = leaf.pointer.rsplit('/').next().unwrap();
            let is_secret = key.ends_with("api_key")
                || key.contains("password")
                || key.contains("master_key")
                || text.starts_with("sk-");
            let is_name = text.starts_with("os.environ/") || text.len() < 5 || ["none", "..."].contains(&text.as_str());
            assert!(!is_secret || is_name || !shown.contains(text.as_str()), "{} shows {key}", config.name);
        }
    }
}
