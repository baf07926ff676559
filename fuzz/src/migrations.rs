//! The laws of moving in: configurations and requests that anybody may have written.

use std::sync::OnceLock;

use switchback_catalog::Catalog;
use switchback_migrate::{Choice, Import, Incoming, Sanitizer, SourceFile, System};

/// No text panics an import; what is read has an entry for every leaf, and its policy reads back.
pub fn import(system: System, text: &str) {
    static CATALOG: OnceLock<Catalog> = OnceLock::new();
    let catalog = CATALOG.get_or_init(Catalog::embedded);
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
