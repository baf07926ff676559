use switchback_migrate::System::Helicone;
use switchback_migrate::{Incoming, Sanitizer};

use super::*;

#[test]
fn the_name_in_the_path_chooses_the_router() {
    // `model-latency`: whichever is faster; nothing was measured, so that the assumed figures decide.
    let Some(moved) = Moved::shared(Helicone, "local") else { return };
    let order = moved.order(&ask("any").metadata("router", "latency"), status(500));
    assert!(order[0] == "openai/gpt-4o-mini" || order[0].contains("claude-3-7-sonnet"), "{order:?}");
    let order = moved.order(&ask("any").metadata("router", "my-router"), status(500));
    assert!(order.iter().all(|tried| tried.contains("claude-3-7-sonnet")), "{order:?}");
    // A router that is not there has no route.
    assert!(moved.order(&ask("any").metadata("router", "other"), status(500)).is_empty());
}

#[test]
fn providers_by_latency_serve_the_requests_own_model() {
    let Some(moved) = Moved::shared(Helicone, "sidecar") else { return };
    assert_eq!(moved.order(&ask("gpt-4o"), timeout()), ["openai/gpt-4o"]);
    assert!(moved.order(&ask("claude-haiku-4-5"), timeout())[0].starts_with("anthropic/claude-haiku-4-5"));
}

#[test]
fn weights_draw_one_provider_and_mappings_follow_a_model() {
    let text = "
default-model-mapping: {gpt-4o-mini: [anthropic/claude-3-5-haiku, gemini/gemini-2.0-flash]}
routers:
  prod:
    load-balance: {chat: {strategy: model-weighted, models: [{model: openai/gpt-4o, weight: '0.75'}, {model: anthropic/claude-haiku-4-5, weight: '0.25'}]}}
    retries: {strategy: exponential, min-delay: 1s, max-delay: 30s, max-retries: 2, factor: 2}
discover: {monitor: {health: {type: error-ratio, ratio: 0.10, window: 60s, grace_period: {min_requests: 20}}}}
";
    let moved = Moved::new(Helicone, text);
    let mut drawn = [0, 0];
    for seed in 0..80 {
        let tried = moved.walk(&ask("any").seed(seed), status(500));
        // Two retries of what was drawn, and no other.
        assert_eq!(tried.len(), 3, "{tried:?}");
        drawn[usize::from(tried[0].starts_with("anthropic"))] += 1;
    }
    assert!(drawn[0] > 2 * drawn[1] && drawn[1] > 5, "{drawn:?}");
    let mapped = Moved::new(Helicone, "default-model-mapping: {gpt-4o-mini: [anthropic/claude-3-5-haiku-20241022]}");
    let order = mapped.order(&ask("gpt-4o-mini"), status(500));
    assert_eq!(order.len(), 2, "{order:?}");
    assert!(order[0].ends_with("/gpt-4o-mini") && order[1].contains("claude-3-5-haiku"), "{order:?}");
}

#[test]
fn lists_and_targets_of_requests_are_chains() {
    let catalog = embedded();
    let targets = r#"[{"target-url":"https://api.openai.com","onCodes":[{"from":400,"to":500}],"bodyKeyOverride":{"model":"gpt-4o"}},{"target-url":"https://api.anthropic.com","bodyKeyOverride":{"model":"claude-haiku-4-5"}}]"#;
    let incoming = Incoming { headers: &[("Helicone-Fallbacks", targets)], path: None, body: br#"{"model":"gpt-4o"}"# };
    let sanitized = Sanitizer::new(Helicone).sanitize(&incoming).unwrap();
    let policy = serde_json::to_string(&sanitized.policy).unwrap();
    // The codes of the first target lead to the second.
    assert!(policy.contains(r#"["$model",{"model":"anthropic/claude-haiku-4-5","on":["400-500"]}]"#), "{policy}");
    assert!(!catalog.endpoints().is_empty());
}
