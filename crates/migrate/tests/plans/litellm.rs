use switchback_migrate::System::LiteLlm;

use super::*;

fn check(name: &str, cases: &[(Asked, Outcome, &[&str])]) {
    let Some(moved) = Moved::shared(LiteLlm, name) else { return };
    for (asked, outcome, expected) in cases {
        assert_eq!(moved.order(asked, *outcome), *expected, "{name} {} {outcome:?}", asked.model);
    }
}

#[test]
fn one_deployment_is_asked_as_often_as_it_may_be_and_nothing_follows() {
    // An alias for another model's name: the proxy asks Ollama, whatever the client calls it.
    check("aliases_config", &[(ask("gpt-4"), status(500), &["ollama/llama2"])]);
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
    check(
        "docs-004-docs-proxy-configs",
        &[(ask("anthropic-claude"), timeout(), &["bedrock/anthropic.claude-instant-v1"])],
    );
    // Azure and Bedrock under one name.
    if let Some(moved) = Moved::shared(LiteLlm, "docs-014") {
        let mut order = moved.order(&ask("gpt-4"), status(429));
        order.sort();
        assert_eq!(order, ["azure-openai/gpt-4", "bedrock/anthropic.claude-v2"]);
    }
    // The first deployment has `rpm`, so that `rpm` shares the group out; the one without counts as 0 and is never drawn.
    check("load_balancer", &[(ask("gpt-3.5-turbo").seed(7), status(500), &["openai/gpt-3.5-turbo"])]);
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
    for name in ["docs-007-docs-proxy-model-access-guide", "docs-010-docs-proxy-reliability"] {
        let Some(moved) = Moved::shared(LiteLlm, name) else { return };
        let (asked, expected): (Asked, &[&str]) = match name {
            "docs-007-docs-proxy-model-access-guide" => {
                (ask("my-custom-model"), &["openai/gpt-4o-mini", "openai/gpt-4o"])
            }
            _ => (ask("gpt-3.5-turbo"), &["azure-openai/<your-deployment-name>", "azure-openai/gpt-4-ca"]),
        };
        for outcome in [status(429), status(500), status(400), timeout()] {
            assert_eq!(moved.order(&asked, outcome), expected, "{name} {outcome:?}");
        }
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
    check(
        "docs-012-docs-proxy-tag-routing",
        &[
            (ask("gpt-4").tag("free"), status(500), &["openai/fake"]),
            (ask("gpt-4").tag("paid"), status(500), &["openai/gpt-4o"]),
            (ask("gpt-4"), status(500), &["openai/gpt-4o"]),
            (ask("gpt-4").tag("unheard-of"), status(500), &["openai/gpt-4o"]),
        ],
    );
    // Without a default, a tag that matches nothing is refused, and no tag at all matches everything.
    check(
        "enterprise_config",
        &[
            (ask("gpt-4").tag("teamA"), status(500), &["openai/fake"]),
            (ask("gpt-4").tag("teamB"), status(500), &[]),
            (ask("gpt-4"), status(500), &["openai/fake"]),
        ],
    );
}

#[test]
fn aliases_and_wildcards_lead_to_what_they_name() {
    check("docs-015", &[(ask("qwen-code"), status(429), &["anthropic/claude-3-5-sonnet-20241022"])]);
    check("docs-005", &[(ask("wildcard-models/gpt-4o-mini"), status(500), &["openai/gpt-4o-mini"])]);
    check("docs-016", &[(ask("anthropic/claude-haiku-4-5"), status(500), &["anthropic/claude-haiku-4-5"])]);
    check("docs-008", &[(ask("openai/gpt-4.1"), timeout(), &["openai/gpt-4.1"])]);
    // The exact name comes before the pattern.
    check("pass_through_config", &[(ask("claude-special-alias"), status(500), &["anthropic/claude-3-haiku-20240307"])]);
}
