//! The published JSON Schema is what the types say; `SWITCHBACK_BLESS=1` writes it anew.
#![allow(clippy::unwrap_used, clippy::disallowed_methods, reason = "tests fail by panicking and read files")]

use switchback_plan::Policy;

const PATH: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/policy.schema.json");

#[test]
fn the_published_schema_is_up_to_date() {
    let schema = serde_json::to_string_pretty(&Policy::json_schema()).unwrap() + "\n";
    if std::env::var_os("SWITCHBACK_BLESS").is_some() {
        std::fs::write(PATH, &schema).unwrap();
    }
    let published = std::fs::read_to_string(PATH).unwrap_or_default();
    assert!(published == schema, "run `SWITCHBACK_BLESS=1 cargo test -p switchback-plan --test schema`");
}
