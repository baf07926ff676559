use switchback_migrate::System::LiteLlm;

use super::*;

/// What the configuration of that name tries after each of the four failures.
#[track_caller]
fn check(name: &str, asked: &Asked, after: After<'_>) {
    if let Some(moved) = Moved::shared(LiteLlm, name) {
        moved.follows(asked, after);
    }
}

#[test]
fn one_deployment_is_asked_as_often_as_it_may_be_and_nothing_follows() {
    // An alias for another model's name: the proxy asks Ollama, whatever the client calls it.
    check("aliases_config", &ask("gpt-4"), always(&["ollama/llama2"]));
    check("aliases_config", &ask("text-davinci-003"), always(&["ollama/zephyr"]));
    // One deployment of each name, without lists: the error comes back.
    check("simple_config", &ask("gpt-3.5-turbo"), always(&["openai/gpt-3.5-turbo"]));
    check("docs-003", &ask("gpt-4o-mini"), always(&["openai/gpt-4o-mini"]));
    check("spend_tracking", &ask("fake-openai-endpoint"), always(&["openai/fake"]));
    check("tool_permission", &ask("claude-3-5-sonnet"), always(&["anthropic/claude-3-5-sonnet-20241022"]));
    // `max_retries: 4` of the deployment: five tries after what a retry may survive, one after an overflow.
    if let Some(moved) = Moved::shared(LiteLlm, "azure_config") {
        for outcome in [status(429), status(500), timeout()] {
            assert_eq!(moved.walk(&ask("gpt-4-team1"), outcome).len(), 5, "{outcome:?}");
        }
        assert_eq!(moved.walk(&ask("gpt-4-team1"), overflow()).len(), 1);
    }
    // `num_retries: 5` of the module counts for groups with one deployment.
    if let Some(moved) = Moved::shared(LiteLlm, "oai_misc_config") {
        assert_eq!(moved.walk(&ask("gpt-3.5-turbo-end-user-test"), timeout()).len(), 6);
        // The list for overflows names a group that is not there, so that the error comes back.
        assert_eq!(moved.walk(&ask("gpt-3.5-turbo-end-user-test"), overflow()).len(), 1);
    }
}

#[test]
fn deployments_of_one_name_are_a_group_and_the_others_follow() {
    // Two Azure deployments of `gpt-4o`, drawn by `rpm` 6 : 6; a failure goes on to the one that was not drawn.
    let Some(moved) = Moved::shared(LiteLlm, "docs-004-docs-proxy-configs") else { return };
    let mut firsts = std::collections::BTreeSet::new();
    for seed in 0..40 {
        let mut order = moved.order(&ask("gpt-4o").seed(seed), status(500));
        firsts.insert(order[0].clone());
        order.sort();
        assert_eq!(order, ["azure-openai/gpt-4o-ca", "azure-openai/gpt-4o-eu"]);
    }
    assert_eq!(firsts.len(), 2, "either is drawn first");
    // Two spellings of one Bedrock model under two names.
    check("docs-004-docs-proxy-configs", &ask("anthropic-claude"), always(&["bedrock/anthropic.claude-instant-v1"]));
    // Azure and Bedrock under one name.
    if let Some(moved) = Moved::shared(LiteLlm, "docs-014") {
        let mut order = moved.order(&ask("gpt-4"), status(429));
        order.sort();
        assert_eq!(order, ["azure-openai/gpt-4", "bedrock/anthropic.claude-v2"]);
    }
    // The first deployment has `rpm`, so that `rpm` shares the group out; the one without counts as 0 and is never drawn.
    check("load_balancer", &ask("gpt-3.5-turbo").seed(7), always(&["openai/gpt-3.5-turbo"]));
    // Usage-based routing between two credentials of one model: both are asked, each with its own.
    if let Some(moved) = Moved::shared(LiteLlm, "docs-013") {
        let mut scopes = moved.scopes(&ask("gpt-5.1-codex"), status(429));
        scopes.sort();
        scopes.dedup();
        assert_eq!(scopes, ["AZURE_API_KEY_EASTUS", "AZURE_API_KEY_WESTEUROPE"]);
    }
}

#[test]
fn fallbacks_follow_the_whole_group_after_any_failure() {
    // Both models have windows of 128,000 tokens.
    let both: &[&str] = &["openai/gpt-4o-mini", "openai/gpt-4o"];
    check("docs-007", &ask("my-custom-model"), but_overflow(both, &["openai/gpt-4o-mini"]));
    // Windows that nobody knows: an overflow goes on as any failure does, since the file has no list for overflows.
    let azure: &[&str] = &["azure-openai/<your-deployment-name>", "azure-openai/gpt-4-ca"];
    check("docs-010", &ask("gpt-3.5-turbo"), always(azure));
    // A 400 of another kind goes on, too: `fallbacks` are for any failure.
    if let Some(moved) = Moved::shared(LiteLlm, "docs-007") {
        assert_eq!(moved.order(&ask("my-custom-model"), status(400)), both);
    }
}

#[test]
fn overflow_lists_take_overflows_alone_and_nothing_else_follows_them() {
    // With a list for overflows, the general list does not follow an overflow, also of a group without an entry.
    let text = "model_list:
  - {model_name: small, litellm_params: {model: openai/gpt-4}}
  - {model_name: large, litellm_params: {model: openai/gpt-4.1}}
  - {model_name: other, litellm_params: {model: anthropic/claude-haiku-4-5}}
  - {model_name: last, litellm_params: {model: openai/gpt-4o-mini}}
router_settings:
  fallbacks: [{small: [other]}, {other: [last]}]
  context_window_fallbacks: [{small: [large]}]
";
    let moved = Moved::new(LiteLlm, text);
    assert_eq!(moved.order(&ask("small"), overflow()), ["openai/gpt-4", "openai/gpt-4.1"]);
    // A fallback's own fallbacks follow it, as the router calls itself for it.
    assert_eq!(
        moved.order(&ask("small"), status(500)),
        ["openai/gpt-4", "anthropic/claude-haiku-4-5", "openai/gpt-4o-mini"]
    );
    assert_eq!(moved.order(&ask("other"), overflow()), ["anthropic/claude-haiku-4-5"]);
}

#[test]
fn orders_are_tiers_where_documented_and_the_lowest_alone_as_coded() {
    let text = "model_list:
  - {model_name: g, litellm_params: {model: openai/gpt-4o, order: 2}}
  - {model_name: g, litellm_params: {model: azure/gpt-4o, order: 1}}
router_settings: {enable_pre_call_checks: true}
";
    let documented = Moved::new(LiteLlm, text);
    assert_eq!(documented.order(&ask("g"), status(500)), ["azure-openai/gpt-4o", "openai/gpt-4o"]);
    let coded = Moved::read(LiteLlm, text, Choice::AsCoded);
    assert_eq!(coded.order(&ask("g"), status(500)), ["azure-openai/gpt-4o"]);
}

#[test]
fn tags_choose_deployments_and_default_takes_the_rest() {
    // `free` and `paid` are tags of their own; requests without tags go to the deployment tagged `default`.
    let tagged = "docs-012-docs-proxy-tag-routing";
    check(tagged, &ask("gpt-4").tag("free"), always(&["openai/fake"]));
    check(tagged, &ask("gpt-4").tag("paid"), always(&["openai/gpt-4o"]));
    check(tagged, &ask("gpt-4"), always(&["openai/gpt-4o"]));
    check(tagged, &ask("gpt-4").tag("unheard-of"), always(&["openai/gpt-4o"]));
    // Without a default, a tag that matches nothing is refused, and no tag at all matches everything.
    check("enterprise_config", &ask("gpt-4").tag("teamA"), always(&["openai/fake"]));
    check("enterprise_config", &ask("gpt-4").tag("teamB"), always(&[]));
    check("enterprise_config", &ask("gpt-4"), always(&["openai/fake"]));
}

#[test]
fn aliases_and_wildcards_lead_to_what_they_name() {
    check("docs-015", &ask("qwen-code"), always(&["anthropic/claude-3-5-sonnet-20241022"]));
    check("docs-005", &ask("wildcard-models/gpt-4o-mini"), always(&["openai/gpt-4o-mini"]));
    check("docs-016", &ask("anthropic/claude-haiku-4-5"), always(&["anthropic/claude-haiku-4-5"]));
    check("docs-008", &ask("openai/gpt-4.1"), always(&["openai/gpt-4.1"]));
    // The exact name comes before the pattern.
    check("pass_through_config", &ask("claude-special-alias"), always(&["anthropic/claude-3-haiku-20240307"]));
}
