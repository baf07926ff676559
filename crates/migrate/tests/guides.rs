//! Every row of every mapping table of the five migration guides: input, result, line of the ledger.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    reason = "tests fail by panicking, and read files"
)]

#[path = "guides/helicone_to_concentrate.rs"]
mod helicone_to_concentrate;
#[path = "guides/litellm_to_concentrate.rs"]
mod litellm_to_concentrate;
#[path = "guides/litellm_to_llmgateway.rs"]
mod litellm_to_llmgateway;
#[path = "guides/portkey_to_concentrate.rs"]
mod portkey_to_concentrate;
#[path = "guides/tensorzero_to_concentrate.rs"]
mod tensorzero_to_concentrate;

use std::sync::OnceLock;

use switchback_catalog::Catalog;
use switchback_migrate::{Entry, Fidelity, Import, Incoming, Sanitizer, SourceFile, System, advice};
use switchback_slug::{Dialect, parse, print_in};
use switchback_testkit::shared;

/// A row of a guide's table, and what the importer or sanitizer makes of it.
struct Row {
    /// How the row begins in the guide.
    row: &'static str,
    cases: &'static [Case],
}

/// A guide, its rows, and its tables by the line that heads them, each with the number of its rows.
type Guide = (&'static str, &'static [Row], &'static [(&'static str, usize)]);

enum Case {
    /// A header: taken out (or kept under another name), with an entry.
    Header { name: &'static str, value: &'static str, fidelity: Fidelity, says: &'static str },
    /// A body: what it becomes, and the entry at a path.
    Body { body: &'static str, becomes: &'static str, path: &'static str, fidelity: Fidelity, says: &'static str },
    /// A configuration: the entry at a path.
    Config { text: &'static str, path: &'static str, fidelity: Fidelity, says: &'static str },
    /// A model string, and ours.
    Model { from: &'static str, to: &'static str },
    /// A model string of ours, and another gateway's.
    Printed { from: &'static str, dialect: Dialect, to: &'static str },
    /// A path or URL, and ours.
    Path { from: &'static str, to: &'static str },
    /// What is told to readers of answers and users of dashboards.
    Told { was: &'static str, now: &'static str },
}

const fn header(name: &'static str, value: &'static str, fidelity: Fidelity, says: &'static str) -> Case {
    Case::Header { name, value, fidelity, says }
}

const fn body(
    body: &'static str,
    becomes: &'static str,
    path: &'static str,
    fidelity: Fidelity,
    says: &'static str,
) -> Case {
    Case::Body { body, becomes, path, fidelity, says }
}

const fn config(text: &'static str, path: &'static str, fidelity: Fidelity, says: &'static str) -> Case {
    Case::Config { text, path, fidelity, says }
}

const fn model(from: &'static str, to: &'static str) -> Case {
    Case::Model { from, to }
}

const fn told(was: &'static str, now: &'static str) -> Case {
    Case::Told { was, now }
}

/// Checks one guide. `tables` are the lines that head its tables, each with the number of its rows.
fn check(guide: &str, system: System, rows: &[Row]) {
    let text = shared().map(|shared| std::fs::read_to_string(shared.join("guides").join(guide)).unwrap());
    for row in rows {
        if let Some(text) = &text {
            assert!(
                text.lines().any(|line| line.trim_start_matches("| ").starts_with(row.row)),
                "{guide} has no row {}",
                row.row
            );
        }
        assert!(!row.cases.is_empty(), "{}", row.row);
        row.cases.iter().for_each(|case| check_case(row.row, system, case));
    }
}

fn check_case(row: &str, system: System, case: &Case) {
    match case {
        Case::Header { name, value, fidelity, says } => {
            let headers = [(*name, *value)];
            let incoming = Incoming { headers: &headers, path: None, body: br#"{"model":"gpt-4o"}"# };
            let sanitized = Sanitizer::new(system).sanitize(&incoming).unwrap();
            let entry = only(row, sanitized.ledger.entries(), &format!("/headers/{name}"));
            judge(row, entry, *fidelity, says);
        }
        Case::Body { body, becomes, path, fidelity, says } => {
            let sanitized =
                Sanitizer::new(system).sanitize(&Incoming { headers: &[], path: None, body: body.as_bytes() }).unwrap();
            assert_eq!(std::str::from_utf8(&sanitized.body).unwrap(), *becomes, "{row}");
            judge(row, only(row, sanitized.ledger.entries(), path), *fidelity, says);
        }
        Case::Config { text, path, fidelity, says } => {
            let files = [SourceFile { name: "config", text }];
            let migration = Import::new(system).read(&files, catalog()).unwrap();
            judge(row, only(row, migration.ledger.entries(), path), *fidelity, says);
        }
        Case::Model { from, to } => {
            let body = format!(r#"{{"model":"{from}"}}"#);
            let sanitized =
                Sanitizer::new(system).sanitize(&Incoming { headers: &[], path: None, body: body.as_bytes() }).unwrap();
            assert_eq!(String::from_utf8(sanitized.body).unwrap(), format!(r#"{{"model":"{to}"}}"#), "{row}");
            let changed = sanitized.ledger.entries().iter().filter(|entry| entry.path == "/body/model").count();
            assert_eq!(changed, usize::from(from != to), "{row}");
        }
        Case::Printed { from, dialect, to } => {
            let printed = print_in(&parse(system.dialect(), from), *dialect, None).unwrap();
            assert_eq!(printed.text, *to, "{row}");
        }
        Case::Path { from, to } => {
            let sanitized =
                Sanitizer::new(system).sanitize(&Incoming { headers: &[], path: Some(from), body: b"" }).unwrap();
            assert_eq!(sanitized.path.as_deref(), Some(*to), "{row}");
        }
        Case::Told { was, now } => {
            let found: Vec<_> = advice(system).iter().filter(|advice| advice.was == *was).collect();
            assert!(found.iter().any(|advice| advice.now.contains(now)), "{row}: {found:?}");
        }
    }
}

fn catalog() -> &'static Catalog {
    static CATALOG: OnceLock<Catalog> = OnceLock::new();
    CATALOG.get_or_init(Catalog::embedded)
}

fn only<'e>(row: &str, entries: &'e [Entry], path: &str) -> &'e Entry {
    let found: Vec<&Entry> = entries.iter().filter(|entry| entry.path == path).collect();
    assert!(!found.is_empty(), "{row}: no entry at {path} in {entries:#?}");
    found[0]
}

fn judge(row: &str, entry: &Entry, fidelity: Fidelity, says: &str) {
    let told = format!("{} {}", entry.detail, entry.instead.as_deref().unwrap_or(""));
    assert_eq!(entry.fidelity, fidelity, "{row}: {told}");
    assert!(told.contains(says), "{row}: {told}");
}

#[test]
fn litellm_to_concentrate() {
    check("litellm-to-concentrate.txt", System::LiteLlm, litellm_to_concentrate::ROWS);
}

#[test]
fn litellm_to_llmgateway() {
    check("litellm-to-llmgateway.txt", System::LiteLlm, litellm_to_llmgateway::ROWS);
}

#[test]
fn portkey_to_concentrate() {
    check("portkey-to-concentrate.txt", System::Portkey, portkey_to_concentrate::ROWS);
}

#[test]
fn helicone_to_concentrate() {
    check("helicone-to-concentrate.txt", System::Helicone, helicone_to_concentrate::ROWS);
}

#[test]
fn tensorzero_to_concentrate() {
    check("tensorzero-to-concentrate.txt", System::TensorZero, tensorzero_to_concentrate::ROWS);
}

/// The tables of the guides by the line that heads them: every line below it, up to the table's end, is a row above.
#[test]
fn no_row_is_left_out() {
    let Some(shared) = shared() else { return };
    let tables: [Guide; 5] = [
        ("litellm-to-concentrate.txt", litellm_to_concentrate::ROWS, litellm_to_concentrate::TABLES),
        ("litellm-to-llmgateway.txt", litellm_to_llmgateway::ROWS, litellm_to_llmgateway::TABLES),
        ("portkey-to-concentrate.txt", portkey_to_concentrate::ROWS, portkey_to_concentrate::TABLES),
        ("helicone-to-concentrate.txt", helicone_to_concentrate::ROWS, helicone_to_concentrate::TABLES),
        ("tensorzero-to-concentrate.txt", tensorzero_to_concentrate::ROWS, tensorzero_to_concentrate::TABLES),
    ];
    let mut count = 0;
    for (guide, rows, heads) in tables {
        let text = std::fs::read_to_string(shared.join("guides").join(guide)).unwrap();
        let lines: Vec<&str> = text.lines().collect();
        for (head, length) in heads {
            let starts: Vec<usize> =
                lines.iter().enumerate().filter(|(_, line)| line.contains(head)).map(|(at, _)| at).collect();
            assert!(!starts.is_empty(), "{guide} has no table {head}");
            let below =
                lines[starts[0] + 1..].iter().filter(|line| !line.starts_with("|---") && !line.starts_with("| ---"));
            for line in below.take(*length) {
                let plain = line.trim_start_matches("| ");
                assert!(rows.iter().any(|row| plain.starts_with(row.row)), "{guide}: no test of {line}");
                count += 1;
            }
        }
    }
    println!("{count} rows of guides");
}
