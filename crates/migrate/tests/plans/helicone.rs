//! Two real configurations; the others are written in the style of its documentation (ai-gateway and gateway headers,
//! read 2025-07).

use switchback_migrate::System::Helicone;

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
    moved.follows(&ask("any").metadata("router", "other"), always(&[]));
}

#[test]
fn providers_by_latency_serve_the_requests_own_model() {
    // `latency` picks one of the providers that serve the model; there is no failover, only the health monitor.
    let Some(moved) = Moved::shared(Helicone, "sidecar") else { return };
    moved.follows(&ask("gpt-4o"), always(&["openai/gpt-4o"]));
    assert!(moved.order(&ask("claude-haiku-4-5"), timeout())[0].starts_with("anthropic/claude-haiku-4-5"));
}

#[test]
fn weights_draw_one_and_its_retries_are_all_that_follows() {
    let text = "
routers:
  prod:
    load-balance: {chat: {strategy: model-weighted, models: [{model: openai/gpt-4o, weight: '0.75'}, {model: anthropic/claude-haiku-4-5, weight: '0.25'}]}}
    retries: {strategy: exponential, min-delay: 1s, max-delay: 30s, max-retries: 2, factor: 2}
discover: {monitor: {health: {type: error-ratio, ratio: 0.10, window: 60s, grace_period: {min_requests: 20}}}}
";
    let moved = Moved::new(Helicone, text);
    let mut drawn = [0, 0];
    for seed in 0..80 {
        let asked = ask("any").seed(seed);
        let tried = moved.walk(&asked, status(500));
        // Two retries of what was drawn, and no other.
        assert_eq!(tried.len(), 3, "{tried:?}");
        drawn[usize::from(tried[0].starts_with("anthropic"))] += 1;
        for order in moved.orders(&asked) {
            assert_eq!(order, [tried[0].as_str()]);
        }
    }
    assert!(drawn[0] > 2 * drawn[1] && drawn[1] > 5, "{drawn:?}");
}

#[test]
fn weights_of_providers_draw_among_those_that_serve_the_model() {
    // `provider-weighted`, also called `weighted`; the request's own model at the one that is drawn.
    for strategy in ["provider-weighted", "weighted"] {
        let text = format!(
            "routers: {{r: {{load-balance: {{chat: {{strategy: {strategy}, providers: [{{provider: openai, weight: '1'}}]}}}}}}}}"
        );
        Moved::new(Helicone, &text).follows(&ask("gpt-4o"), always(&["openai/gpt-4o"]));
    }
}

#[test]
fn mappings_take_a_models_place_in_their_order() {
    // `default-model-mapping` holds for every router: what follows the model, in order, after any failure.
    let moved = Moved::new(Helicone, "default-model-mapping: {gpt-4o-mini: [anthropic/claude-3-5-haiku-20241022]}");
    let [first, second] = ["gpt-4o-mini", "claude-3-5-haiku"];
    for order in moved.orders(&ask("gpt-4o-mini")) {
        assert!(order[0].ends_with(first) && order[1].contains(second) && order.len() == 2, "{order:?}");
    }
    // What takes a model's place is a model: models that take each other's place were a circle, which no engine takes.
    let text = "default-model-mapping: {gpt-4o-mini: [claude-haiku-4-5], claude-haiku-4-5: [gpt-4o-mini, gpt-4o], gpt-4o: [gpt-4.1]}";
    let moved = Moved::new(Helicone, text);
    moved.policy.check().unwrap();
    for outcome in [status(429), status(500), timeout()] {
        let order = moved.order(&ask("claude-haiku-4-5"), outcome);
        assert!(order[0].contains("haiku") && order[1].ends_with("gpt-4o-mini"), "{order:?}");
        assert!(order[2].ends_with("gpt-4o") && order.len() == 3, "{order:?}");
    }
    // A router's own `model-mappings`: a provider without the model serves what it is mapped to, so that either
    // provider may be the faster one.
    let text = "routers: {r: {model-mappings: {gpt-4o: [claude-haiku-4-5]}, load-balance: {chat: {strategy: latency, providers: [PROVIDER]}}}}";
    for (provider, model) in [("openai", "openai/gpt-4o"), ("anthropic", "anthropic/claude-haiku-4-5")] {
        let order = Moved::new(Helicone, &text.replace("PROVIDER", provider)).order(&ask("gpt-4o"), status(500));
        assert!(order[0].starts_with(model), "{order:?}");
    }
}

#[test]
fn a_router_without_a_balance_takes_the_fastest_of_three_providers() {
    // The code's default: `balanced-latency` over openai, anthropic and gemini.
    let moved = Moved::new(Helicone, "routers: {r: {request-style: openai}}");
    moved.follows(&ask("gpt-4o"), always(&["openai/gpt-4o"]));
    assert!(moved.order(&ask("gemini-2.5-pro"), status(500))[0].starts_with("google-ai-studio/gemini-2.5-pro"));
    assert!(moved.order(&ask("llama-3.3-70b-versatile"), status(500)).is_empty(), "none of the three serves it");
}

#[test]
fn retries_follow_what_may_pass_and_nothing_else() {
    // The documentation spells `base`, `max` and `enabled`; the code `min-delay`, `max-delay`.
    for (retries, tries) in [
        ("{strategy: constant, delay: 1s, max-retries: 3}", 4),
        ("{enabled: true, base: 100ms, max: 2s, max-retries: 1}", 2),
        ("{enabled: false, max-retries: 5}", 1),
    ] {
        let text = format!(
            "routers: {{r: {{load-balance: {{chat: {{strategy: latency, providers: [openai]}}}}, retries: {retries}}}}}"
        );
        let moved = Moved::new(Helicone, &text);
        for outcome in [status(429), status(500), timeout()] {
            assert_eq!(moved.walk(&ask("gpt-4o"), outcome).len(), tries, "{retries} {outcome:?}");
        }
        assert_eq!(moved.walk(&ask("gpt-4o"), overflow()).len(), 1);
    }
}

#[test]
fn a_comma_list_is_a_chain_without_what_it_rules_out() {
    // The gateway's `model` list: each in order, `!p` leaves a provider out for all of them.
    let (moved, asked) =
        Moved::request(Helicone, &[], r#"{"model":"gpt-4o/openai,claude-haiku-4-5/anthropic,!azure"}"#);
    for order in moved.orders(&asked).iter().take(3) {
        assert!(order[0].starts_with("openai/gpt-4o"), "{order:?}");
        assert!(order.last().unwrap().starts_with("anthropic/claude-haiku-4-5"), "{order:?}");
    }
    let (moved, asked) = Moved::request(Helicone, &[], r#"{"model":"gpt-4o,!azure,!openrouter"}"#);
    assert!(moved.order(&asked, status(500)).iter().all(|tried| !tried.starts_with("azure-openai")));
}

#[test]
fn targets_follow_by_the_codes_of_the_one_before() {
    // `Helicone-Fallbacks`: the codes of the first target lead to the second, and none but those.
    let targets = r#"[{"target-url":"https://api.openai.com","onCodes":[429,{"from":500,"to":503}],"bodyKeyOverride":{"model":"gpt-4o"}},
        {"target-url":"https://api.anthropic.com","bodyKeyOverride":{"model":"claude-haiku-4-5"}}]"#;
    let (moved, asked) = Moved::request(Helicone, &[("Helicone-Fallbacks", targets)], r#"{"model":"gpt-4o"}"#);
    let tried = |outcome| moved.order(&asked, outcome).iter().any(|tried| tried.starts_with("anthropic/"));
    assert!(tried(status(429)) && tried(status(500)) && tried(status(503)));
    assert!(!tried(status(401)) && !tried(overflow()), "400 and 401 are none of its codes");
    assert!(!tried(timeout()), "a timeout has no status");
}

#[test]
fn the_token_limit_handler_sends_overflows_on_and_nothing_else() {
    // `fallback`: the further models of the list are for prompts that are too long.
    let headers = [("Helicone-Token-Limit-Exception-Handler", "fallback")];
    let (moved, asked) = Moved::request(Helicone, &headers, r#"{"model":"gpt-4o-mini,gpt-4.1"}"#);
    let tried = |outcome| moved.order(&asked, outcome).iter().any(|tried| tried.contains("gpt-4.1"));
    assert!(tried(overflow()) && !tried(status(500)) && !tried(status(429)) && !tried(timeout()));
}

#[test]
fn retry_headers_ask_the_same_endpoint_again() {
    // `Helicone-Retry-Num`: that many more, of what is asked anyway.
    let headers = [("Helicone-Retry-Enabled", "true"), ("Helicone-Retry-Num", "2")];
    let (moved, asked) = Moved::request(Helicone, &headers, r#"{"model":"gpt-4o/openai"}"#);
    let tried = moved.walk(&asked, status(500));
    assert!(tried.len() >= 3 && tried[..3].iter().all(|tried| tried.starts_with("openai/gpt-4o")), "{tried:?}");
}
