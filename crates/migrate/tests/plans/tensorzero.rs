use std::collections::BTreeSet;

use switchback_ir::Importance;
use switchback_migrate::Migration;
use switchback_migrate::System::TensorZero;

use super::*;

#[track_caller]
fn check(name: &str, model: &'static str, after: After<'_>) {
    if let Some(moved) = Moved::shared(TensorZero, name) {
        moved.follows(&ask(model), after);
    }
}

#[test]
fn a_function_with_one_variant_is_its_model() {
    // One variant: always sampled. One provider of its model: nothing follows it, whatever the failure.
    let mini: &[&str] = &["openai/gpt-4o-mini"];
    check("examples-docs-guides-quickstart", "tensorzero::function_name::generate_haiku", always(mini));
    check("examples-guides-episodes", "analyze_haiku", always(mini));
    check("examples-guides-datasets", "draft_email", always(mini));
    check("examples-guides-providers-anthropic", "my_function_name", always(&["anthropic/claude-haiku-4-5"]));
    check("examples-guides-providers-azure", "gpt_5_mini", always(&["azure-openai/gpt-5-mini"]));
    check("examples-guides-providers-gcp", "my_function_name", always(&["vertex/claude-haiku-4-5@20251001"]));
    check("examples-guides-providers-openai-compatible", "my_function_name", always(&["openai/llama3.1"]));
    check("examples-guides-providers-vllm", "my_function_name", always(&["vllm/meta-llama/Llama-3.1-8B-Instruct"]));
    check("examples-guides-providers-sglang", "llama", always(&["sglang/my-sglang-model"]));
    check("examples-integrations-langgraph", "chatbot", always(mini));
    check("examples-haiku", "judge_haiku", always(&["openai/gpt-4o-2024-08-06"]));
    check(
        "crates-tensorzero-core-tests-load",
        "tensorzero::model_name::gpt-4.1-mini",
        always(&["openai/gpt-4.1-mini"]),
    );
}

#[test]
fn what_was_not_drawn_follows_a_draw() {
    // An adaptive experiment is an even split until weights are set. Of four variants with two models those that were
    // not drawn follow; Claude Haiku 4.5 takes no longer prompts than Sonnet, so that an overflow ends there.
    let Some(moved) = Moved::shared(TensorZero, "examples-blog-bandits") else { return };
    let [after_429, after_500, after_timeout, _] = moved.orders(&ask("extract_entities"));
    for mut order in [after_429, after_500, after_timeout] {
        order.sort();
        order.dedup();
        assert_eq!(order, ["anthropic/claude-haiku-4-5", "anthropic/claude-sonnet-4-5"]);
    }
}

#[test]
fn retries_of_a_variant_follow_any_failure() {
    // `num_retries = 2`: three tries, also after what no retry can mend.
    let Some(moved) = Moved::shared(TensorZero, "examples-multimodal") else { return };
    for outcome in [status(429), status(500), status(400), timeout()] {
        assert_eq!(moved.walk(&ask("classify_document"), outcome).len(), 3, "{outcome:?}");
    }
}

#[test]
fn variants_that_were_not_drawn_follow_without_replacement() {
    // Two variants without weights: an even draw, then the other one.
    let Some(moved) = Moved::shared(TensorZero, "examples-workflow_evaluations") else { return };
    let mut firsts = BTreeSet::new();
    for seed in 0..40 {
        let mut order = moved.order(&ask("compact_context").seed(seed), status(500));
        firsts.insert(order[0].clone());
        order.sort();
        assert_eq!(order, ["anthropic/claude-haiku-4-5", "openai/gpt-4.1-mini"]);
    }
    assert_eq!(firsts.len(), 2);
}

#[test]
fn providers_then_variants_then_fallback_variants() {
    let text = r#"
[models.m]
routing = ["a", "b"]
[models.m.providers.a]
type = "openai"
model_name = "gpt-4o"
[models.m.providers.b]
type = "azure"
deployment_id = "gpt-4o"
endpoint = "https://x.openai.azure.com"
[functions.f]
type = "chat"
[functions.f.variants.v]
type = "chat_completion"
model = "m"
[functions.f.variants.w]
type = "chat_completion"
model = "anthropic::claude-haiku-4-5"
[functions.f.experimentation]
type = "static"
candidate_variants = { v = 1.0 }
fallback_variants = ["w"]
"#;
    let moved = Moved::new(TensorZero, text);
    let expected = ["openai/gpt-4o", "azure-openai/gpt-4o", "anthropic/claude-haiku-4-5"];
    // No status filter: any error moves on.
    for outcome in [status(400), status(401), status(429), status(500), timeout()] {
        assert_eq!(moved.order(&ask("f"), outcome), expected, "{outcome:?}");
    }
}

#[test]
fn one_episode_draws_one_variant() {
    let text = r#"
[functions.f]
type = "chat"
[functions.f.variants.a]
type = "chat_completion"
model = "openai::gpt-4o"
weight = 0.5
[functions.f.variants.b]
type = "chat_completion"
model = "anthropic::claude-haiku-4-5"
weight = 0.5
"#;
    let moved = Moved::new(TensorZero, text);
    let first =
        |episode, seed| moved.order(&ask("f").metadata("episode_id", episode).seed(seed), status(500))[0].clone();
    for episode in ["e1", "e2", "e3"] {
        assert_eq!(first(episode, 1), first(episode, 2), "{episode}");
    }
}

/// A function `f` of variants `a`, `b` and `c` with what each says of its weight, and what stands below the function.
fn weighted(weights: [&str; 3], below: &str) -> Migration {
    let models = ["openai::gpt-4o", "anthropic::claude-haiku-4-5", "openai::gpt-4o-mini"];
    let variant = |((name, model), weight)| {
        format!("[functions.f.variants.{name}]\ntype = \"chat_completion\"\nmodel = \"{model}\"\n{weight}\n")
    };
    let variants: Vec<String> = ["a", "b", "c"].iter().zip(models).zip(weights).map(variant).collect();
    let text = variants.concat() + below;
    let migration = Import::new(TensorZero).read(&[SourceFile { name: "c", text: &text }], embedded()).unwrap();
    migration.policy.check().unwrap();
    migration
}

/// The models of what is tried first, and all that is tried in the order of the first draw, over many draws.
fn draws(migration: Migration) -> (BTreeSet<String>, Vec<String>) {
    let moved = Moved { policy: migration.policy, inventory: Inventory::default(), catalog: Cow::Borrowed(embedded()) };
    let order = |seed| moved.order(&ask("f").seed(seed), status(500));
    ((0..40).map(|seed| order(seed)[0].clone()).collect(), order(0))
}

const OPENAI: &str = "openai/gpt-4o";
const ANTHROPIC: &str = "anthropic/claude-haiku-4-5";
const MINI: &str = "openai/gpt-4o-mini";

#[test]
fn a_variant_of_weight_0_is_never_tried() {
    // Disabled: it does not follow another either.
    let (firsts, order) = draws(weighted(["weight = 1", "weight = 0", "weight = 0.0"], ""));
    assert_eq!((firsts, order), (BTreeSet::from([OPENAI.to_owned()]), vec![OPENAI.to_owned()]));
    // A weight that millionths cannot hold is one.
    let (firsts, _) = draws(weighted(["weight = 1e-9", "weight = 1e-9", "weight = 0"], ""));
    assert_eq!(firsts, BTreeSet::from([OPENAI.to_owned(), ANTHROPIC.to_owned()]));
    // Where none has a share the fallback variants are taken by rank; those of weight 0 were drawn evenly.
    let ranked = "[functions.f.experimentation]\ntype = \"static\"\ncandidate_variants = { a = 0 }\nfallback_variants = [\"c\", \"b\"]";
    let (firsts, order) = draws(weighted([""; 3], ranked));
    assert_eq!((firsts, order), (BTreeSet::from([MINI.to_owned()]), vec![MINI.to_owned(), ANTHROPIC.to_owned()]));
    // And without those nothing is left, which TensorZero refuses; it made a split that no engine takes.
    let none = weighted(["weight = 0"; 3], "");
    assert!(none.policy.groups.is_empty(), "{:?}", none.policy.groups);
    let refused = none.ledger.entries().iter().find(|entry| entry.path == "/functions/f").unwrap();
    assert!(refused.detail.contains("weight above 0") && refused.severity == Importance::Required, "{refused:?}");
}

#[test]
fn variants_without_a_weight_are_fallbacks_of_those_with_one() {
    // They were never tried.
    let (firsts, order) = draws(weighted(["", "weight = 0.5", ""], ""));
    let expected = [ANTHROPIC, OPENAI, MINI].map(str::to_owned);
    assert_eq!((firsts, order), (BTreeSet::from([ANTHROPIC.to_owned()]), expected.to_vec()));
    // Also where the others are disabled.
    let (_, order) = draws(weighted(["weight = 0", "", ""], ""));
    assert_eq!(order, [ANTHROPIC, MINI]);
    // Where none has any they are drawn evenly.
    let (firsts, _) = draws(weighted([""; 3], ""));
    assert_eq!(firsts.len(), 3);
    // Fallback variants alone leave no candidates.
    let alone = "[functions.f.experimentation]\ntype = \"uniform\"\nfallback_variants = [\"b\"]";
    let (firsts, order) = draws(weighted([""; 3], alone));
    assert_eq!((firsts.len(), order), (1, vec![ANTHROPIC.to_owned()]));
}
