//! The figures of `docs/catalog.md` that a comment marks as checked.
#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    clippy::indexing_slicing,
    reason = "tests read files and fail by panicking"
)]

mod shared;

use std::collections::BTreeSet;

use switchback_catalog::{Capability, Catalog, Field, Operation, Providers, Source, import, merge};

/// The paragraph behind the n-th `checked` mark, on one line.
fn paragraph(n: usize) -> String {
    let docs = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/catalog.md")).unwrap();
    let text = docs.split("<!-- checked -->\n").nth(n + 1).unwrap().split("\n\n").next().unwrap();
    text.replace('\n', " ")
}

fn source(name: &str) -> Source {
    Source { name: name.to_owned(), version: "1".to_owned(), date: "2026".parse().unwrap(), url: String::new() }
}

#[test]
fn the_snapshot_holds_what_the_docs_say() {
    let catalog = Catalog::embedded();
    let text = paragraph(0);
    let providers: BTreeSet<_> = catalog.rows().map(|row| row.provider.as_str()).collect();
    let chat = |operation: Operation| operation == Operation::Chat;
    let none: Vec<_> = catalog.rows().filter(|row| chat(row.operation) && row.protocols.is_empty()).collect();
    let others = catalog.rows().filter(|row| !chat(row.operation)).count();
    let (rows, endpoints, models) = (catalog.rows().count(), catalog.endpoints().len(), catalog.models().count());
    for expected in [
        format!("It holds {rows} rows, {endpoints} endpoints and {models} models of {} providers.", providers.len()),
        format!("{} chat rows are behind hosts", none.len()),
        format!("{} of Bedrock", none.iter().filter(|row| row.provider == "bedrock").count()),
        format!("{} withdrawn models of Perplexity", none.iter().filter(|row| row.provider == "perplexity").count()),
        format!("{others} rows do something else than chat"),
    ] {
        assert!(text.contains(&expected), "`{expected}` is not in: {text}");
    }
}

#[test]
fn the_sources_hold_what_the_docs_say() {
    let (Some(models_dev), Some(litellm)) =
        (shared::read("catalogs/models-dev.json"), shared::read("catalogs/litellm-model-prices.json"))
    else {
        return;
    };
    let providers = Providers::embedded();
    let models_dev = import::models_dev(&models_dev, source("models.dev"), &providers).unwrap();
    let litellm = import::litellm(&litellm, source("litellm"), &providers).unwrap();
    let text = paragraph(1);
    let none = models_dev.rows.iter().filter(|row| row.operation == Operation::Chat && row.protocols.is_empty());
    for expected in [
        format!("lists {} rows.", models_dev.listed),
        format!("so that {} rows come out", models_dev.rows.len()),
        format!("{} of them are chat rows that speak", none.count()),
        format!("LiteLLM 1.80.0 lists {} keys", litellm.listed),
        format!("{} rows come out, tiers included", litellm.rows.len()),
    ] {
        assert!(text.contains(&expected), "`{expected}` is not in: {text}");
    }
    let mut merged = merge(vec![import::vendor_docs(None, &providers).unwrap(), models_dev, litellm]);
    let all = std::mem::take(&mut merged.conflicts);
    merged.retain_embedded(&providers);
    let rows: BTreeSet<_> = merged.rows.iter().map(|row| row.key().to_string()).collect();
    let fields: Vec<Field> = all.iter().filter(|conflict| rows.contains(&conflict.row)).map(|c| c.field).collect();
    let count = |names: &[&str]| {
        let names: Vec<Field> = names.iter().map(|name| name.parse().unwrap()).collect();
        fields.iter().filter(|field| names.contains(field)).count()
    };
    let (output, input) = (count(&["price.output"]), count(&["price.input"]));
    let (cache, limits) = (count(&["price.cache_read", "price.cache_write"]), count(&["max_output"]));
    let capabilities = Capability::ALL.iter().copied().map(Field::Capability).collect::<Vec<_>>();
    let capabilities = fields.iter().filter(|field| capabilities.contains(field)).count();
    let others = fields.len() - output - input - cache - limits - capabilities;
    let expected = format!(
        "the sources differ in {} fields: {output} output prices, {input} input prices, {cache} prices of cached tokens, \
         {limits} limits on output, {capabilities} capabilities, and {others} others.",
        fields.len()
    );
    assert!(paragraph(2).contains(&expected), "`{expected}` is not in: {}", paragraph(2));
}
