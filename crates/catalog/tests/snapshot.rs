//! The committed snapshot is what the importers render from the public catalogs.
#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "tests fail by panicking and write the snapshot when asked to"
)]

mod shared;

use switchback_catalog::{Catalog, Providers, Source, import};

/// What `data/snapshot.tsv` is rendered from.
fn from_sources() -> Option<Catalog> {
    let providers = Providers::embedded();
    let source = Source {
        name: "models.dev".to_owned(),
        version: "1.0.398".to_owned(),
        date: "2026-05-21".parse().unwrap(),
        url: "https://models.dev".to_owned(),
    };
    let json = shared::read("catalogs/models-dev.json")?;
    let mut import = import::models_dev(&json, source, &providers).unwrap();
    import.rows.retain(|row| providers.provider(&row.provider).is_some_and(|provider| provider.embedded));
    Some(Catalog::build(import.rows, vec![import.source], providers).unwrap())
}

#[test]
fn the_embedded_snapshot_is_what_the_importers_render() {
    let Some(catalog) = from_sources() else { return };
    let text = catalog.render();
    if std::env::var_os("SWITCHBACK_WRITE_SNAPSHOT").is_some() {
        std::fs::write(concat!(env!("CARGO_MANIFEST_DIR"), "/data/snapshot.tsv"), &text).unwrap();
        return;
    }
    let embedded = Catalog::embedded().render();
    let differing = embedded.lines().zip(text.lines()).find(|(a, b)| a != b);
    assert_eq!(differing, None, "render it again with SWITCHBACK_WRITE_SNAPSHOT=1");
    assert_eq!(embedded.len(), text.len(), "render it again with SWITCHBACK_WRITE_SNAPSHOT=1");
}

#[test]
fn the_embedded_snapshot_covers_the_major_providers() {
    let catalog = Catalog::embedded();
    assert!(catalog.endpoints().len() >= 500, "{}", catalog.endpoints().len());
}
