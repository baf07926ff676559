//! The importers on the public catalogs, and on inputs that are not what they should be.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests fail by panicking")]

mod shared;

use switchback_capability::Support;
use switchback_catalog::import::{self, Import, NoteKind};
use switchback_catalog::{Billing, Capability, Error, ErrorKind, Operation, PriceKind, Providers, Row, Source, merge};
use switchback_ir::Protocol;
use switchback_units::Tokens;

type Importer = fn(&[u8], Source, &Providers) -> Result<Import, Error>;

fn source(name: &str) -> Source {
    Source { name: name.to_owned(), version: "1".to_owned(), date: "2026".parse().unwrap(), url: String::new() }
}

fn read(importer: Importer, json: &[u8]) -> Result<Import, Error> {
    importer(json, source("test"), &Providers::embedded())
}

fn row<'i>(import: &'i Import, provider: &str, id: &str) -> &'i Row {
    let found =
        import.rows.iter().find(|row| row.provider == provider && row.upstream_id == id && row.tier.is_standard());
    found.unwrap_or_else(|| panic!("no row {provider}/{id}"))
}

fn price(row: &Row, kind: PriceKind) -> Option<String> {
    row.prices.base.rate(kind).map(|rate| rate.to_string())
}

fn count(import: &Import, kind: NoteKind) -> usize {
    import.notes.iter().filter(|note| note.kind == kind).map(|note| note.count).sum()
}

#[test]
fn every_row_of_models_dev_imports() {
    let Some(json) = shared::read("catalogs/models-dev.json") else { return };
    let import = read(import::models_dev, &json).unwrap();
    assert_eq!(import.listed, 4_803);
    // 22 modes become rows of their own, and 12 Claude rows of Vertex are listed by two of its providers.
    assert_eq!(import.rows.len(), 4_803 + 22 - count(&import, NoteKind::Duplicate));
    assert_eq!(count(&import, NoteKind::Duplicate), 12);
    assert_eq!(count(&import, NoteKind::UnknownField), 0);
    // Dates that the calendar does not have: 2025-02-31 twice, 2025-25-11.
    assert_eq!(count(&import, NoteKind::Unreadable), 3);
}

#[test]
fn models_dev_prices_are_exact_and_plans_are_not_metered() {
    let Some(json) = shared::read("catalogs/models-dev.json") else { return };
    let import = read(import::models_dev, &json).unwrap();
    let gpt = row(&import, "openai", "gpt-5.4");
    assert_eq!(price(gpt, PriceKind::Input).as_deref(), Some("$2.50/M"));
    let (threshold, above) = &gpt.prices.above()[0];
    assert_eq!(threshold.get(), 272_000);
    assert_eq!(above.rate(PriceKind::Output).unwrap().to_string(), "$22.50/M");
    assert_eq!(gpt.protocols, [Protocol::Chat, Protocol::Responses]);
    // A float that stands for 0.05 in the source: 0.04999999999999999.
    assert_eq!(price(row(&import, "bedrock", "google.gemma-3-12b-it"), PriceKind::Input).as_deref(), Some("$0.05/M"));
    let free = import.rows.iter().filter(|row| row.prices.base.is_free());
    assert!(free.clone().count() >= 426);
    assert!(free.clone().all(|row| row.billing != Billing::Metered));
    for (provider, billing) in [("zai-coding-plan", Billing::Subscription), ("github-models", Billing::Trial)] {
        assert!(import.rows.iter().filter(|row| row.provider == provider).all(|row| row.billing == billing));
    }
}

#[test]
fn embeddings_that_claim_to_write_text_are_no_chat_models() {
    let Some(json) = shared::read("catalogs/models-dev.json") else { return };
    let import = read(import::models_dev, &json).unwrap();
    let embeddings = import.rows.iter().filter(|row| row.upstream_id.to_ascii_lowercase().contains("embed"));
    assert!(embeddings.clone().count() >= 43);
    assert!(embeddings.clone().all(|row| row.operation == Operation::Embedding && row.protocols.is_empty()));
}

#[test]
fn every_key_of_litellm_imports() {
    let Some(json) = shared::read("catalogs/litellm-model-prices.json") else { return };
    let import = read(import::litellm, &json).unwrap();
    assert_eq!(import.listed, 1_759);
    assert_eq!(count(&import, NoteKind::Skipped), 1);
    assert_eq!(count(&import, NoteKind::UnknownField), 0);
    let tiers = import.rows.iter().filter(|row| ["flex", "priority"].contains(&row.tier.as_str())).count();
    assert_eq!(import.rows.len(), 1_759 - 1 + tiers - count(&import, NoteKind::Duplicate));
    let sonnet = row(&import, "anthropic", "claude-sonnet-4-20250514");
    assert_eq!(price(sonnet, PriceKind::CacheWrite1h).as_deref(), Some("$6.00/M"));
    assert_eq!(sonnet.capabilities.support(Capability::JsonSchema), Support::Unknown);
    assert_eq!(row(&import, "azure-openai", "gpt-4o-2024-08-06").region.as_deref(), None);
    let eu = import.rows.iter().any(|row| row.provider == "azure-openai" && row.region.as_deref() == Some("eu"));
    assert!(eu, "azure/eu/… names a region");
}

#[test]
fn openrouter_says_what_a_model_takes_and_what_it_does_not() {
    // Made for this test, in the form that OpenRouter's documentation gives (read 2026-11-21).
    let json = br#"{"data": [
        {"id": "lab/one", "canonical_slug": "lab/one-2026-01-01", "name": "Lab: One", "created": 1, "context_length": 8192,
         "architecture": {"modality": "text+image->text", "input_modalities": ["text", "image"],
                          "output_modalities": ["text"], "tokenizer": "GPT", "instruct_type": null},
         "pricing": {"prompt": "0.00003", "completion": "0.00006", "request": "0", "input_cache_read": "0.000001"},
         "top_provider": {"context_length": 8192, "max_completion_tokens": 4096, "is_moderated": true},
         "per_request_limits": null, "supported_parameters": ["tools", "tool_choice", "temperature", "max_tokens"]},
        {"id": "openrouter/auto", "name": "Auto", "pricing": {"prompt": "-1", "completion": "-1"}},
        {"id": "lab/one:free", "name": "One (free)", "pricing": {"prompt": "0", "completion": "0"}}
    ]}"#;
    let import = read(import::openrouter, json).unwrap();
    let one = row(&import, "openrouter", "lab/one");
    assert_eq!(price(one, PriceKind::Input).as_deref(), Some("$30.00/M"));
    assert_eq!(price(one, PriceKind::Request), None);
    assert_eq!(one.max_output.map(Tokens::get), Some(4096));
    for (capability, support) in [
        (Capability::Tools, Support::Yes),
        (Capability::Image, Support::Yes),
        (Capability::Seed, Support::No),
        (Capability::Pdf, Support::Unknown),
        (Capability::Effort, Support::Unknown),
    ] {
        assert_eq!(one.capabilities.support(capability), support, "{capability}");
    }
    assert_eq!(import.aliases, [("lab/one-2026-01-01".to_owned(), "lab/one".to_owned())]);
    assert_eq!(row(&import, "openrouter", "openrouter/auto").prices.base.rate(PriceKind::Input), None);
    assert_eq!(row(&import, "openrouter", "lab/one:free").billing, Billing::Trial);
}

#[test]
fn what_is_no_catalog_is_refused_with_its_place() {
    let cases: [(Importer, &[u8], ErrorKind, &str); 9] = [
        (import::models_dev, b"", ErrorKind::Syntax, "line 1 column 0: malformed JSON: EOF while parsing a value"),
        (import::models_dev, b"[1]", ErrorKind::Shape, "expected an object, found an array"),
        (import::models_dev, br#"{"a": 1}"#, ErrorKind::Shape, "/a: expected an object, found `1`"),
        (
            import::models_dev,
            br#"{"a": {}}"#,
            ErrorKind::Shape,
            "/a: expected a provider with `models`, found an object",
        ),
        (
            import::models_dev,
            br#"{"a": {"models": {"x/y": null}}}"#,
            ErrorKind::Shape,
            "/a/models/x~1y: expected an object, found null",
        ),
        (import::litellm, br#"{"a": []}"#, ErrorKind::Shape, "/a: expected an object, found an array"),
        (import::openrouter, b"{}", ErrorKind::Shape, "expected an object with `data`, found an object"),
        (
            import::openrouter,
            br#"{"data": {}}"#,
            ErrorKind::Shape,
            "/data: expected an array of models, found an object",
        ),
        (
            import::openrouter,
            br#"{"data": [{}]}"#,
            ErrorKind::Shape,
            "/data/0: expected a model with an `id`, found an object",
        ),
    ];
    for (importer, json, kind, text) in cases {
        let error = read(importer, json).unwrap_err();
        assert_eq!((error.kind(), error.to_string().as_str()), (kind, text));
    }
}

#[test]
fn a_field_that_cannot_be_read_leaves_a_note_and_an_unknown_fact() {
    let json = br#"{"lab": {"models": {"m": {
        "tool_call": "yes", "cost": {"input": -1, "output": "dear"}, "limit": {"context": 1.5, "output": 4096.0},
        "modalities": {"input": ["text", "smell"], "output": 3}, "surprise": true}}}}"#;
    let import = read(import::models_dev, json).unwrap();
    let row = row(&import, "lab", "m");
    assert_eq!(row.capabilities.support(Capability::Tools), Support::Unknown);
    assert!(row.prices.is_empty());
    assert_eq!((row.context_window, row.max_output.map(Tokens::get)), (None, Some(4096)));
    let paths: Vec<_> = import.notes.iter().map(|note| (note.kind, note.path.as_str())).collect();
    for expected in [
        (NoteKind::Unreadable, "/lab/models/m/tool_call"),
        (NoteKind::Unreadable, "/lab/models/m/cost/input"),
        (NoteKind::Unreadable, "/lab/models/m/cost/output"),
        (NoteKind::Unreadable, "/lab/models/m/limit/context"),
        (NoteKind::Unreadable, "/lab/models/m/modalities/input/1"),
        (NoteKind::UnknownField, "/lab/models/m/surprise"),
    ] {
        assert!(paths.contains(&expected), "{expected:?} not in {paths:?}");
    }
}

#[test]
fn deep_and_odd_json_is_refused_or_read_and_never_a_panic() {
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    let odd = r#"{"": {"models": {"": {"cost": {"input": 1e400, "tiers": [1, {"tier": {"type": "context", "size": -3}}]}}}}}"#;
    for importer in [import::models_dev as Importer, import::litellm, import::openrouter] {
        assert_eq!(read(importer, deep.as_bytes()).unwrap_err().kind(), ErrorKind::Syntax);
        let _ = read(importer, odd.as_bytes());
    }
}

#[test]
fn the_first_source_holds_and_the_later_ones_fill_gaps() {
    let first =
        read(import::models_dev, br#"{"lab": {"models": {"m": {"cost": {"input": 1}, "tool_call": true}}}}"#).unwrap();
    let second = read(
        import::models_dev,
        br#"{"lab": {"models": {"m": {"cost": {"input": 2, "output": 3}, "reasoning": true}, "n": {}}}}"#,
    );
    let merged = merge(vec![first, second.unwrap()]);
    assert_eq!(merged.rows.len(), 2);
    let row = &merged.rows[0];
    assert_eq!(
        (price(row, PriceKind::Input).as_deref(), price(row, PriceKind::Output).as_deref()),
        (Some("$1.00/M"), Some("$3.00/M"))
    );
    let from = |field: &str| row.provenance.source(field.parse().unwrap());
    assert_eq!((from("price.input"), from("price.output"), from("capability.reasoning")), (0, 1, 1));
    let conflicts: Vec<_> =
        merged.conflicts.iter().map(|c| (c.field.to_string(), c.kept.as_str(), c.other.as_str())).collect();
    assert_eq!(conflicts, [("price.input".to_owned(), "$1.00/M", "$2.00/M")]);
}
