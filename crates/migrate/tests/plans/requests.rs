//! Request objects of `OpenRouter` and Concentrate in the style of their documentation (read 2026-08 to 2026-10); neither
//! has files to collect.

use switchback_migrate::System::{Concentrate, OpenRouter};

use super::*;

#[test]
fn models_of_openrouter_follow_each_other_after_any_failure() {
    let text = r#"{"model":"openai/gpt-4o","models":["anthropic/claude-haiku-4.5"],"provider":{"only":["openai","anthropic"],"sort":"price"}}"#;
    let moved = Moved::new(OpenRouter, text);
    // `models`: on any error, a refused or malformed request too.
    for outcome in [status(400), status(401), status(429), status(500), timeout()] {
        let order = moved.order(&ask("gpt-4o"), outcome);
        assert!(order[0].starts_with("openai/gpt-4o"), "{order:?}");
        assert!(order.last().unwrap().starts_with("anthropic/claude-haiku-4-5"), "{outcome:?} {order:?}");
    }
    // A window of 200,000 after one of 128,000.
    assert!(moved.order(&ask("gpt-4o"), overflow()).last().unwrap().starts_with("anthropic/"));
}

#[test]
fn an_order_without_fallbacks_is_the_only_order() {
    let moved = Moved::new(OpenRouter, r#"{"provider":{"order":["azure","openai"],"allow_fallbacks":false}}"#);
    for outcome in [status(429), status(500), timeout()] {
        assert_eq!(moved.providers(&ask("gpt-4o"), outcome), ["azure-openai", "openai"], "{outcome:?}");
    }
    // With fallbacks, others follow what is listed.
    let open = Moved::new(OpenRouter, r#"{"provider":{"order":["azure"],"ignore":["openai"]}}"#);
    let providers = open.providers(&ask("gpt-4o"), status(500));
    assert!(providers[0] == "azure-openai" && providers.len() > 1, "{providers:?}");
    assert!(!providers.contains(&"openai".to_owned()), "{providers:?}");
}

#[test]
fn no_fallbacks_without_an_order_is_one_endpoint() {
    let moved = Moved::new(OpenRouter, r#"{"provider":{"allow_fallbacks":false,"sort":"price"}}"#);
    for outcome in [status(429), status(500), timeout(), overflow()] {
        assert_eq!(moved.walk(&ask("gpt-4o"), outcome).len(), 1, "{outcome:?}");
    }
}

#[test]
fn only_and_ignore_are_lists_of_providers() {
    let only = Moved::new(OpenRouter, r#"{"provider":{"only":["azure"]}}"#);
    for outcome in [status(429), status(500), timeout()] {
        assert_eq!(only.providers(&ask("gpt-4o"), outcome), ["azure-openai"], "{outcome:?}");
    }
    let both = Moved::new(OpenRouter, r#"{"provider":{"only":["azure","openai"],"ignore":["azure"]}}"#);
    assert_eq!(both.providers(&ask("gpt-4o"), status(500)), ["openai"]);
}

#[test]
fn a_sort_by_price_or_floor_puts_the_cheapest_first() {
    let cheapest = |text: &str, model: &'static str| Moved::new(OpenRouter, text).order(&ask(model), status(500));
    let sorted = cheapest(r#"{"model":"openai/gpt-oss-120b","provider":{"sort":"price"}}"#, "gpt-oss-120b");
    assert_eq!(cheapest(r#"{"model":"openai/gpt-oss-120b:floor"}"#, "gpt-oss-120b"), sorted);
    assert!(sorted.len() > 1, "{sorted:?}");
}

#[test]
fn a_ceiling_on_prices_leaves_out_what_is_dearer() {
    // gpt-4o costs $2.50 and $10 a million; nothing is below one dollar.
    let low = Moved::new(OpenRouter, r#"{"provider":{"max_price":{"prompt":1,"completion":2}}}"#);
    low.follows(&ask("gpt-4o"), always(&[]));
    assert!(!low.order(&ask("gpt-4o-mini"), status(500)).is_empty());
}

#[test]
fn data_rules_hold_by_known_facts_alone() {
    // Nothing says that an endpoint keeps no data, or how its weights are rounded: none is left.
    for rule in [r#""zdr":true"#, r#""quantizations":["fp8"]"#, r#""data_collection":"deny""#] {
        Moved::new(OpenRouter, &format!(r#"{{"provider":{{{rule}}}}}"#)).follows(&ask("gpt-oss-120b"), always(&[]));
    }
    assert!(!Moved::new(OpenRouter, r#"{"provider":{"zdr":false}}"#).order(&ask("gpt-4o"), status(500)).is_empty());
}

#[test]
fn a_preference_never_leaves_out() {
    let plain = Moved::new(OpenRouter, r#"{"provider":{"only":["azure","openai"]}}"#);
    let text = r#"{"provider":{"only":["azure","openai"],"preferred_max_latency":{"p90":0.001},"preferred_min_throughput":100000}}"#;
    let mut preferred = Moved::new(OpenRouter, text).providers(&ask("gpt-4o"), status(500));
    let mut providers = plain.providers(&ask("gpt-4o"), status(500));
    preferred.sort();
    providers.sort();
    assert_eq!(preferred, providers);
}

#[test]
fn models_without_a_model_begin_with_the_first() {
    // `models` alone; and the `fallbacks` of /messages, which have objects.
    let first =
        Moved::new(OpenRouter, r#"{"models":["openai/gpt-4o-mini","openai/gpt-4o"],"provider":{"only":["openai"]}}"#);
    let order = first.order(&ask("whatever"), status(500));
    assert!(
        order[0].starts_with("openai/gpt-4o-mini") && order.last().unwrap().starts_with("openai/gpt-4o"),
        "{order:?}"
    );
    let text = r#"{"model":"anthropic/claude-haiku-4.5","fallbacks":[{"model":"openai/gpt-4o"}],"provider":{"only":["anthropic","openai"]}}"#;
    let order = Moved::new(OpenRouter, text).order(&ask("claude-haiku-4-5"), status(429));
    assert!(
        order[0].starts_with("anthropic/claude-haiku-4-5") && order.last().unwrap().starts_with("openai/gpt-4o"),
        "{order:?}"
    );
}

#[test]
fn concentrates_providers_are_an_order_or_a_list_of_what_may_be_used() {
    let text = r#"{"model":"gpt-4o","routing":{"provider":{"fallbacks":["azure"]},"model":{"fallbacks":["claude-haiku-4-5"]}}}"#;
    // The guides: an order, which others follow.
    let documented = Moved::new(Concentrate, text).order(&ask("gpt-4o"), status(500));
    assert!(
        documented[0].starts_with("azure-openai/") && documented.iter().any(|tried| tried.starts_with("openai/")),
        "{documented:?}"
    );
    assert!(documented.last().unwrap().contains("claude-haiku"), "{documented:?}");
    // Later public facts: a list of what may be used.
    let coded = Moved::read(Concentrate, text, Choice::AsCoded).order(&ask("gpt-4o"), status(500));
    assert!(coded.iter().all(|tried| tried.starts_with("azure-openai/")), "{coded:?}");
}

#[test]
fn concentrates_models_follow_in_order_on_any_provider_error() {
    let text = r#"{"model":"openai/gpt-4o-mini","routing":{"model":{"fallbacks":["openai/gpt-4o","anthropic/claude-haiku-4-5"]}}}"#;
    let moved = Moved::new(Concentrate, text);
    // A provider before the model is pinned, so the guides. Windows of 128,000, 128,000 and 200,000.
    let all: &[&str] = &["openai/gpt-4o-mini", "openai/gpt-4o", "anthropic/claude-haiku-4-5"];
    for outcome in [status(429), status(500), timeout()] {
        let mut tried = moved.order(&ask("openai/gpt-4o-mini"), outcome);
        // Dated ids of one model stand beside it, and one id behind two protocols.
        tried.retain(|tried| all.contains(&tried.as_str()));
        tried.dedup();
        assert_eq!(tried, all, "{outcome:?}");
    }
    let tried = moved.order(&ask("openai/gpt-4o-mini"), overflow());
    assert!(tried[0] == all[0] && tried.last().unwrap().starts_with("anthropic/"), "{tried:?}");
}

#[test]
fn a_pinned_provider_is_the_only_one_by_the_guides_and_the_first_by_later_facts() {
    let text = r#"{"model":"azure/gpt-4o","routing":{}}"#;
    let pinned = Moved::new(Concentrate, text);
    let started = Moved::read(Concentrate, text, Choice::AsCoded);
    for outcome in [status(429), status(500), timeout()] {
        assert_eq!(pinned.providers(&ask("azure/gpt-4o"), outcome), ["azure-openai"], "{outcome:?}");
        let tried = started.providers(&ask("azure/gpt-4o"), outcome);
        assert!(tried[0] == "azure-openai" && tried.len() > 1, "{outcome:?} {tried:?}");
    }
}

#[test]
fn concentrates_sorts_are_by_cost_latency_and_uptime() {
    // The same candidates in another order; without measurements latency and uptime leave it to the tie's key.
    let of = |sort: &str| {
        let text =
            format!(r#"{{"model":"gpt-oss-120b","routing":{{"provider":{{"sort":"{sort}","interval":"1 hour"}}}}}}"#);
        let mut tried = Moved::new(Concentrate, &text).order(&ask("gpt-oss-120b"), status(500));
        let first = tried[0].clone();
        tried.sort();
        (first, tried)
    };
    let (cheapest, all) = of("cost");
    for sort in ["latency", "p95_e2e_latency", "uptime"] {
        assert_eq!(of(sort).1, all, "{sort}");
    }
    let floor = Moved::new(OpenRouter, r#"{"model":"x","provider":{"sort":"price"}}"#);
    assert_eq!(floor.order(&ask("gpt-oss-120b"), status(500))[0], cheapest);
}

#[test]
fn the_first_generation_asks_one_provider_and_no_other() {
    // `strategy`, `metric`, `interval` (2026-02): the least or the greatest, without failover.
    let text = r#"{"model":"gpt-oss-120b","routing":{"strategy":"min","metric":"cost","interval":"15m"}}"#;
    let moved = Moved::new(Concentrate, text);
    for outcome in [status(429), status(500), timeout(), overflow()] {
        assert_eq!(moved.walk(&ask("gpt-oss-120b"), outcome).len(), 1, "{outcome:?}");
    }
    // The second generation has no `strategy`, and goes on.
    let second = Moved::new(Concentrate, r#"{"model":"gpt-oss-120b","routing":{"metric":"cost","interval":"15m"}}"#);
    assert!(second.walk(&ask("gpt-oss-120b"), status(500)).len() > 1);
    assert_eq!(second.order(&ask("gpt-oss-120b"), status(500))[0], moved.order(&ask("gpt-oss-120b"), status(500))[0]);
}

#[test]
fn auto_is_a_pool_that_its_sort_orders() {
    let text = r#"{"model":"gpt-4o-mini","routing":{"model":{"fallbacks":["auto"],"sort":"cost"}}}"#;
    let moved = Moved::new(Concentrate, text);
    let order = moved.order(&ask("gpt-4o-mini"), status(500));
    assert!(order[0].contains("gpt-4o-mini"), "{order:?}");
    let models: std::collections::BTreeSet<&str> = order.iter().filter_map(|tried| tried.rsplit('/').next()).collect();
    assert!(models.len() > 3, "the pool follows: {order:?}");
    // Documented, and not applied by later public facts: the pool follows either way.
    assert!(Moved::read(Concentrate, text, Choice::AsCoded).order(&ask("gpt-4o-mini"), status(500)).len() > 3);
}

#[test]
fn a_request_without_routing_goes_by_the_defaults() {
    // Uptime gate, degradation and failover are on without a word.
    for text in [r#"{"model":"gpt-4o"}"#, r#"{"model":"gpt-4o","routing":{"provider":{"interval":"15m"}}}"#] {
        let moved = Moved::new(Concentrate, text);
        for outcome in [status(429), status(500), timeout()] {
            assert!(moved.providers(&ask("gpt-4o"), outcome).len() > 1, "{text} {outcome:?}");
        }
        assert_eq!(moved.walk(&ask("gpt-4o"), status(400)).len(), 1);
    }
}
