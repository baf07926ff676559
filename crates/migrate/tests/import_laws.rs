//! The laws of importing, over trees made of the words of every system.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests fail by panicking"
)]

use std::sync::OnceLock;

use proptest::prelude::*;
use serde_json::{Map, Value, json};
use switchback_catalog::Catalog;
use switchback_migrate::{Choice, Format, Import, Layout, Migration, Report, SourceFile, System};
use switchback_plan::Policy;

/// Keys that mappers read, some that they do not, and some that hold secrets.
const KEYS: &[&str] = &[
    "model_list",
    "model_name",
    "litellm_params",
    "model_info",
    "model",
    "order",
    "weight",
    "rpm",
    "tags",
    "router_settings",
    "litellm_settings",
    "general_settings",
    "fallbacks",
    "context_window_fallbacks",
    "num_retries",
    "retry_policy",
    "cooldown_time",
    "routing_strategy",
    "model_group_alias",
    "strategy",
    "mode",
    "targets",
    "conditions",
    "query",
    "then",
    "default",
    "provider",
    "virtual_key",
    "override_params",
    "drop_params",
    "retry",
    "attempts",
    "on_status_codes",
    "cb_config",
    "request_timeout",
    "name",
    "metadata.a",
    "$eq",
    "$and",
    "$regex",
    "routers",
    "load-balance",
    "chat",
    "providers",
    "retries",
    "discover",
    "monitor",
    "health",
    "ratio",
    "default-model-mapping",
    "models",
    "functions",
    "variants",
    "type",
    "experimentation",
    "candidate_variants",
    "fallback_variants",
    "timeouts",
    "streaming",
    "ttft_ms",
    "entry",
    "nodes",
    "id",
    "splits",
    "next",
    "else",
    "field",
    "source",
    "path",
    "op",
    "value",
    "routing",
    "sort",
    "interval",
    "only",
    "ignore",
    "max_price",
    "preferred_max_latency",
    "quantizations",
    "a",
    "b",
    "x",
    "unheard-of",
];

const TEXTS: &[&str] = &[
    "a",
    "b",
    "x",
    "openai/gpt-4o",
    "openai::gpt-4o",
    "@openai-prod/gpt-4o",
    "azure/d",
    "*",
    "openai/*",
    "fallback",
    "loadbalance",
    "conditional",
    "single",
    "static",
    "chat_completion",
    "provider-weighted",
    "latency",
    "os.environ/KEY",
    "429",
    "5",
    "0.5",
    "true",
    "(",
    "15m",
    "cost",
    "p95_latency",
    "model",
    "percentage",
    "conditional",
    "header",
    "eq",
    "auto",
    "",
    "é\u{202e}",
    "sk-1",
];

/// What no output may show.
const SECRET: &str = "sk-Zq9hiddenvalueZq9";

fn tree() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        4 => prop::sample::select(TEXTS).prop_map(|text| json!(text)),
        1 => prop::sample::select(&[0.0, 1.0, 3.0, 0.5, 1e300, -1.0, 86_400.0][..]).prop_map(|number| json!(number)),
        1 => any::<bool>().prop_map(|truth| json!(truth)),
        1 => Just(Value::Null),
        1 => Just(json!(SECRET)),
    ];
    leaf.prop_recursive(7, 60, 5, |inner| {
        let member = (prop::sample::select(KEYS), inner.clone());
        prop_oneof![
            1 => prop::collection::vec(inner.clone(), 0..4).prop_map(Value::Array),
            3 => prop::collection::vec(member, 0..5).prop_map(|members| {
                Value::Object(members.into_iter().map(|(key, value)| (key.to_owned(), value)).collect::<Map<_, _>>())
            }),
            1 => inner.prop_map(|value| json!({"api_key": SECRET, "password": "Zq9hidden", "model_list": [{"litellm_params": value}]})),
        ]
    })
}

fn catalog() -> &'static Catalog {
    static CATALOG: OnceLock<Catalog> = OnceLock::new();
    CATALOG.get_or_init(Catalog::embedded)
}

fn import(system: System, choice: Choice, text: &str) -> (Import, Migration) {
    let import = Import::new(system).with_choice(choice).with_format(Format::Json);
    let migration = import.read(&[SourceFile { name: "x.json", text }], catalog()).unwrap();
    (import, migration)
}

fn system() -> impl Strategy<Value = System> {
    prop::sample::select(&System::ALL[..])
}

fn choice() -> impl Strategy<Value = Choice> {
    prop::sample::select(&[Choice::Documented, Choice::AsCoded][..])
}

/// A document: always a table.
fn document() -> impl Strategy<Value = String> {
    prop::collection::vec((prop::sample::select(KEYS), tree()), 0..5).prop_map(|members| {
        let members: Map<String, Value> = members.into_iter().map(|(key, value)| (key.to_owned(), value)).collect();
        Value::Object(members).to_string()
    })
}

proptest! {
    #[test]
    fn every_leaf_is_accounted_for(system in system(), choice in choice(), text in document()) {
        let (import, migration) = import(system, choice, &text);
        let tree = import.tree(&[SourceFile { name: "x.json", text: &text }]).unwrap();
        for leaf in tree.leaves() {
            prop_assert!(migration.ledger.covering(&leaf.pointer).is_some(), "{} of {}", leaf.pointer, text);
        }
    }

    #[test]
    fn no_secret_comes_out(system in system(), choice in choice(), text in document()) {
        let (_, migration) = import(system, choice, &text);
        let report = Report::of_import(&migration);
        let shown = format!("{migration:?} {} {}", report.render(Layout::Text), report.render(Layout::Markdown));
        prop_assert!(!shown.contains("Zq9hidden"), "{text}");
    }

    #[test]
    fn a_policy_reads_back_and_the_same_text_imports_alike(system in system(), choice in choice(), text in document()) {
        let (_, migration) = import(system, choice, &text);
        let json = serde_json::to_string(&migration.policy).unwrap();
        let again: Policy = serde_json::from_str(&json).map_err(|error| TestCaseError::fail(format!("{error}: {json}")))?;
        prop_assert_eq!(&again, &migration.policy);
        let (_, repeated) = import(system, choice, &text);
        prop_assert_eq!(repeated, migration);
    }

    #[test]
    fn no_text_panics_a_reader(text in "[\\[\\]{}:,&*<! \n\"'a-c0-9#|>-]{0,60}") {
        for system in System::ALL {
            for format in [Format::Yaml, Format::Toml, Format::Json] {
                let _ = Import::new(system).with_format(format).read(&[SourceFile { name: "x", text: &text }], catalog());
            }
        }
    }
}
