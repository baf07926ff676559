use switchback_migrate::System::{Concentrate, LlmGateway, OpenRouter};

use super::*;

#[test]
fn models_of_openrouter_follow_each_other_after_any_failure() {
    let text = r#"{"model":"openai/gpt-4o","models":["anthropic/claude-haiku-4.5"],"provider":{"only":["openai","anthropic"],"sort":"price"}}"#;
    let moved = Moved::new(OpenRouter, text);
    let order = moved.order(&ask("gpt-4o"), status(400));
    assert!(order.iter().take_while(|tried| tried.starts_with("openai/gpt-4o")).count() >= 1, "{order:?}");
    assert!(order.last().unwrap().starts_with("anthropic/claude-haiku-4-5"), "{order:?}");
}

#[test]
fn an_order_without_fallbacks_is_the_only_order() {
    let text = r#"{"provider":{"order":["azure","openai"],"allow_fallbacks":false}}"#;
    let moved = Moved::new(OpenRouter, text);
    let mut providers: Vec<String> = moved
        .order(&ask("gpt-4o"), status(500))
        .iter()
        .map(|tried| tried.split('/').next().unwrap().to_owned())
        .collect();
    providers.dedup();
    assert_eq!(providers, ["azure-openai", "openai"]);
    let open = Moved::new(OpenRouter, r#"{"provider":{"order":["azure"],"ignore":["openai"]}}"#);
    let order = open.order(&ask("gpt-4o"), status(500));
    assert!(
        order[0].starts_with("azure-openai/") && order.iter().all(|tried| !tried.starts_with("openai/")),
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
fn dynamic_routes_branch_by_header_and_split_by_session() {
    let text = r#"{"entry":"tier","nodes":[
        {"id":"tier","type":"conditional","conditions":[{"field":{"source":"header","path":"x-user-tier"},"op":"eq","value":"paid","next":"good"}],"else":"split"},
        {"id":"split","type":"percentage","splits":[{"weight":90,"next":"cheap"},{"weight":10,"next":"good"}]},
        {"id":"good","type":"model","model":"gpt-4o","providers":["azure","openai"]},
        {"id":"cheap","type":"model","model":"gpt-4o-mini","providers":["openai"]}]}"#;
    let moved = Moved::new(LlmGateway, text);
    let mut paid = ask("dynamic/support");
    paid.headers.push(("x-user-tier", "paid"));
    let order = moved.order(&paid, status(500));
    assert!(
        order[0].starts_with("azure-openai/gpt-4o") && order.iter().all(|tried| tried.contains("/gpt-4o")),
        "{order:?}"
    );
    let mut drawn = [0, 0];
    for seed in 0..80 {
        let order = moved.order(&ask("dynamic/support").seed(seed), status(500));
        drawn[usize::from(!order[0].contains("mini"))] += 1;
    }
    assert!(drawn[0] > 4 * drawn[1] && drawn[1] > 0, "{drawn:?}");
}

#[test]
fn a_graph_that_ends_or_turns_in_a_circle_refuses() {
    let end = r#"{"entry":"a","nodes":[{"id":"a","type":"conditional","conditions":[{"field":{"source":"body","path":"x"},"op":"exists","next":"m"}],"else":"e"},{"id":"e","type":"end"},{"id":"m","type":"model","model":"gpt-4o"}]}"#;
    assert!(Moved::new(LlmGateway, end).order(&ask("dynamic/a"), status(500)).is_empty());
    let circle = r#"{"entry":"a","nodes":[{"id":"a","type":"percentage","splits":[{"weight":1,"next":"b"}]},{"id":"b","type":"percentage","splits":[{"weight":1,"next":"a"}]}]}"#;
    assert!(Moved::new(LlmGateway, circle).order(&ask("dynamic/a"), status(500)).is_empty());
}
