use switchback_migrate::System::Portkey;

use super::*;

fn check(name: &str, cases: &[(Asked, Outcome, &[&str])]) {
    let Some(moved) = Moved::shared(Portkey, name) else { return };
    for (asked, outcome, expected) in cases {
        assert_eq!(moved.order(asked, *outcome), *expected, "{name} {} {outcome:?}", asked.model);
    }
}

#[test]
fn a_fallback_without_codes_goes_on_after_any_failure() {
    // Two models in `override_params`, whatever the client asks for. The second takes 200,000 tokens after 128,000, so
    // that an overflow goes on as any other failure does.
    for name in ["01", "17", "18", "30", "31", "33", "34", "44", "45", "59", "63"] {
        let Some(moved) = Moved::shared(Portkey, name) else { return };
        for order in moved.orders(&ask("gpt-4o-mini")) {
            assert_eq!((order.len(), order[0].as_str()), (2, "openai/gpt-4o"), "{name}: {order:?}");
            assert!(order[1].starts_with("anthropic/claude-"), "{name}: {order:?}");
        }
        assert_eq!(moved.order(&ask("gpt-4o-mini"), status(401)).len(), 2, "{name}");
    }
    // The same model at two providers, whose windows are the same.
    let both: &[&str] = &["openai/gpt-4o", "azure-openai/gpt-4o"];
    for name in ["13", "49"] {
        if let Some(moved) = Moved::shared(Portkey, name) {
            moved.follows(&ask("gpt-4o"), but_overflow(both, &["openai/gpt-4o"]));
        }
    }
    // An integration whose name says nothing stays the first of the chain, at any provider of its model.
    check("15", &[(ask("x"), status(400), &["openai/gpt-4o", "anthropic/claude-3-opus-20240229"])]);
}

#[test]
fn a_fallback_with_codes_goes_on_after_those_alone() {
    // `on_status_codes: [429]`.
    check(
        "12",
        &[
            (ask("x"), status(429), &["openai/gpt-4o", "anthropic/claude-3-5-sonnet-20240620"]),
            (ask("x"), status(500), &["openai/gpt-4o"]),
            (ask("x"), timeout(), &["openai/gpt-4o"]),
        ],
    );
    // The request's own model at each provider.
    check(
        "46",
        &[
            (ask("gpt-4o"), status(429), &["openai/gpt-4o", "azure-openai/gpt-4o"]),
            (ask("gpt-4o"), status(503), &["openai/gpt-4o"]),
        ],
    );
}

#[test]
fn load_balancing_draws_one_target_and_is_no_failover() {
    for name in ["05", "24", "26", "47", "48", "75"] {
        let Some(moved) = Moved::shared(Portkey, name) else { return };
        let mut drawn = std::collections::BTreeSet::new();
        for seed in 0..30 {
            for order in moved.orders(&ask("x").seed(seed)) {
                assert_eq!(order.len(), 1, "{name}: {order:?}");
                drawn.extend(order);
            }
        }
        assert_eq!(drawn.len(), 2, "{name}: {drawn:?}");
    }
}

#[test]
fn strategies_nest() {
    // A draw among three, then OpenAI after any failure of the one that was drawn.
    let Some(moved) = Moved::shared(Portkey, "07") else { return };
    for seed in 0..20 {
        let order = moved.order(&ask("x").seed(seed), status(500));
        assert!(order[0].ends_with("/gemini-2.5-pro"), "{order:?}");
        assert_eq!(order[1..], ["openai/gpt-4.1"]);
    }
    // A draw between two chains.
    let Some(moved) = Moved::shared(Portkey, "08") else { return };
    for seed in 0..20 {
        let order = moved.order(&ask("x").seed(seed), status(429));
        let is_openai = order == ["openai/gpt-4o", "azure-openai/gpt-4o"];
        assert!(is_openai || order.iter().all(|tried| tried.contains("claude")), "{order:?}");
    }
}

#[test]
fn the_first_condition_that_holds_decides_else_the_default() {
    check(
        "23",
        &[
            (ask("x").metadata("complexity", "complex"), status(500), &["openai/o1"]),
            (ask("x").metadata("complexity", "simple"), status(500), &["openai/gpt-4o-mini"]),
            (ask("x"), status(500), &["openai/gpt-4o-mini"]),
        ],
    );
    check(
        "38",
        &[(ask("fastest"), status(500), &["openai/gpt-4o-mini"]), (ask("anything"), status(500), &["openai/gpt-4o"])],
    );
    // A parameter of the body, compared as a number.
    check(
        "39",
        &[
            (ask("x").value("/max_tokens", Value::Number(4001.0)), status(500), &["anthropic/claude-3-opus-20240229"]),
            (ask("x").value("/max_tokens", Value::Number(4000.0)), status(500), &["openai/gpt-4o-mini"]),
        ],
    );
    // Equality is strict: the text `true` is not the truth value.
    check("42", &[(ask("x").metadata("new_model_enabled", "true"), status(500), &["openai/gpt-3.5-turbo"])]);
}

#[test]
fn retries_follow_the_codes_and_no_more_than_five() {
    for (name, tries) in [("10", 6), ("22", 4), ("32", 6)] {
        let Some(moved) = Moved::shared(Portkey, name) else { return };
        assert_eq!(moved.walk(&ask("gpt-4o"), status(429)).len(), tries, "{name}");
        assert_eq!(moved.walk(&ask("gpt-4o"), status(400)).len(), 1, "{name}");
    }
    // `on_status_codes: [408]` alone.
    if let Some(moved) = Moved::shared(Portkey, "50") {
        assert_eq!(moved.walk(&ask("gpt-4o"), status(408)).len(), 4);
        assert_eq!(moved.walk(&ask("gpt-4o"), status(500)).len(), 1);
    }
}

#[test]
fn regular_expressions_and_lists_have_two_readings() {
    // As coded, comparisons behind `$regex` are not looked at, and neither is what stands behind `$or`.
    let text = r#"{"strategy":{"mode":"conditional","conditions":[
        {"query":{"metadata.a":{"$regex":"^x","$ne":"xy"}},"then":"one"}],"default":"two"},
        "targets":[{"name":"one","override_params":{"model":"@openai/gpt-4o"}},{"name":"two","override_params":{"model":"@openai/gpt-4.1"}}]}"#;
    let asked = ask("m").metadata("a", "xy");
    assert_eq!(Moved::new(Portkey, text).order(&asked, status(500)), ["openai/gpt-4.1"]);
    assert_eq!(Moved::read(Portkey, text, Choice::AsCoded).order(&asked, status(500)), ["openai/gpt-4o"]);
}
