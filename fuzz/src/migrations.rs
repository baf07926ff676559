//! The laws of moving in: configurations and requests that anybody may have written.

use std::sync::OnceLock;

use switchback_catalog::{Catalog, Row};
use switchback_migrate::{Choice, Import, Incoming, Sanitizer, SourceFile, System};

/// A few providers of the embedded catalog: looking a policy over costs as much as there are endpoints.
fn small() -> Catalog {
    let embedded = Catalog::embedded();
    let is_kept = |row: &&Row| ["openai", "azure-openai", "anthropic"].contains(&row.provider.as_str());
    let rows = embedded.rows().filter(is_kept).cloned().collect();
    Catalog::build(rows, embedded.sources().to_vec(), embedded.providers().clone()).expect("a part of a catalog is one")
}

/// No text panics an import; what is read has an entry for every leaf, its policy reads back, and what it adds to the
/// catalog makes one that is read again.
pub fn import(system: System, text: &str) {
    static CATALOG: OnceLock<Catalog> = OnceLock::new();
    let catalog = CATALOG.get_or_init(small);
    let files = [SourceFile { name: "fuzzed", text }];
    for choice in [Choice::Documented, Choice::AsCoded] {
        let import = Import::new(system).with_choice(choice);
        let Ok(migration) = import.read(&files, catalog) else { return };
        let tree = import.tree(&files).expect("it was read");
        for leaf in tree.leaves() {
            assert!(migration.ledger.covering(&leaf.pointer).is_some(), "{}", leaf.pointer);
        }
        let json = serde_json::to_string(&migration.policy).expect("a policy is data");
        let again: switchback_plan::Policy = serde_json::from_str(&json).expect("what was written reads back");
        assert_eq!(again, migration.policy);
        if migration.catalog.rows.is_empty() {
            continue;
        }
        let extended = migration.catalog.extend(catalog).expect("the rows are apart").render();
        assert_eq!(Catalog::parse(&extended).expect("what was rendered is read").render(), extended);
    }
}

/// No request panics the sanitizer, and sanitizing twice equals once. The first line is the path, the second a header, the
/// rest the body.
pub fn sanitize(text: &str) {
    let mut parts = text.splitn(3, '\n');
    let (path, header, body) = (parts.next(), parts.next().unwrap_or(""), parts.next().unwrap_or(""));
    let (name, value) = header.split_once(':').unwrap_or((header, ""));
    for system in System::ALL {
        let headers = [(name, value)];
        let Ok(once) = Sanitizer::new(system).sanitize(&Incoming { headers: &headers, path, body: body.as_bytes() })
        else {
            continue;
        };
        let kept: Vec<(&str, &str)> =
            once.headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let incoming = Incoming { headers: &kept, path: once.path.as_deref(), body: &once.body };
        let twice = Sanitizer::new(system).sanitize(&incoming).expect("what comes out goes in");
        assert_eq!((once.headers, once.path, once.body), (twice.headers, twice.path, twice.body), "{system}");
    }
}
