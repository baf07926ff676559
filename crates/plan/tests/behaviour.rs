//! One rule of the planner a test, over catalogs of a few rows.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests fail by panicking")]

use switchback_capability::Support;
use switchback_catalog::{Billing, Capability, Catalog, EndpointId, PriceKind, Providers, Row, Tier};
use switchback_ir::{Key, Owner, Protocol, RawJson, Request, Role, Shape, Text};
use switchback_plan::{
    CacheKey, Caller, Demand, Inputs, Inventory, Note, Plan, Policy, Reading, Readings, Refusal, Signals, Warmth, plan,
};
use switchback_units::{Money, Rate, Ratio, Timestamp, Tokens};

const NOW: Timestamp = Timestamp::from_millis(1_795_000_000_000);

/// A chat endpoint that is paid by use, at that price per million tokens.
fn row(provider: &str, model: &str, dollars: &str) -> Row {
    let mut row = Row::new(provider, model);
    row.protocols = vec![Protocol::Chat];
    row.billing = Billing::Metered;
    for kind in [PriceKind::Input, PriceKind::Output] {
        row.prices.base.set(kind, Rate::per_million(dollars).unwrap().value);
    }
    for capability in [Capability::Tools, Capability::Temperature, Capability::JsonSchema] {
        row.capabilities.set(capability, Support::Yes);
    }
    row
}

struct Setup {
    rows: Vec<Row>,
    request: Request<'static>,
    policy: Policy,
    inventory: Option<Inventory>,
    caller: Caller,
    readings: Readings,
}

fn setup(model: &'static str, rows: Vec<Row>) -> Setup {
    let mut request = Request::new(model);
    request.origin = Some(Protocol::Chat);
    request.push_message(Role::User, Shape::Text, [Text::from("hello there").into()]);
    let (policy, caller, readings) = (Policy::default(), Caller::default(), Readings::default());
    Setup { rows, request, policy, inventory: None, caller, readings }
}

impl Setup {
    fn policy(mut self, json: &str) -> Self {
        self.policy = serde_json::from_str(json).unwrap();
        self
    }

    fn caller(mut self, json: &str) -> Self {
        self.caller = serde_json::from_str(json).unwrap();
        self
    }

    fn inventory(mut self, json: &str) -> Self {
        self.inventory = Some(serde_json::from_str(json).unwrap());
        self
    }

    fn reading(mut self, canonical: &str, uptime: f64, blocked_ms: u64) -> Self {
        let blocked_until = (blocked_ms > 0).then(|| NOW.saturating_add(blocked_ms.into_span()));
        let uptime = Ratio::new(uptime).ok();
        let mut reading = Reading::default();
        (reading.uptime, reading.blocked_until) = (uptime, blocked_until);
        self.readings.set(EndpointId::of(canonical), reading);
        self
    }

    fn plan(&self) -> Plan {
        self.plan_for(&Demand::of(&self.request))
    }

    fn plan_for(&self, demand: &Demand) -> Plan {
        let catalog = Catalog::build(self.rows.clone(), Vec::new(), Providers::embedded()).unwrap();
        plan(&Inputs {
            demand,
            catalog: &catalog,
            policy: &self.policy,
            inventory: self.inventory.as_ref(),
            caller: &self.caller,
            signals: Signals::of(&self.readings),
            now: NOW,
            seed: 0,
            overlay: None,
            rewriter: None,
            ownership: None,
            lean: false,
        })
    }
}

trait IntoSpan {
    fn into_span(self) -> switchback_units::Millis;
}

impl IntoSpan for u64 {
    fn into_span(self) -> switchback_units::Millis {
        switchback_units::Millis::new(self)
    }
}

fn attempts(plan: &Plan) -> Vec<String> {
    let name =
        |attempt: &switchback_plan::Attempt| format!("{}/{}", attempt.endpoint.provider(), attempt.target_model());
    plan.attempts().iter().map(name).collect()
}

fn codes(plan: &Plan) -> Vec<(String, &'static str)> {
    plan.excluded()
        .iter()
        .map(|out| (format!("{}/{}", out.endpoint.provider(), out.endpoint.upstream_id()), out.reason.code()))
        .collect()
}

fn excluded(name: &str, code: &'static str) -> (String, &'static str) {
    (name.to_owned(), code)
}

#[test]
fn a_bare_model_goes_to_every_provider_of_its_family_cheapest_first() {
    let rows = vec![
        row("bedrock", "anthropic.claude-haiku-4-5-20251001-v1:0", "3"),
        row("anthropic", "claude-haiku-4-5", "1"),
        row("openrouter", "anthropic/claude-haiku-4.5", "2"),
        row("openai", "gpt-4o", "1"),
    ];
    let plan = setup("claude-haiku-4-5", rows).plan();
    assert_eq!(
        attempts(&plan),
        [
            "anthropic/claude-haiku-4-5",
            "openrouter/anthropic/claude-haiku-4.5",
            "bedrock/anthropic.claude-haiku-4-5-20251001-v1:0"
        ]
    );
    assert_eq!(plan.others(), 1);
}

#[test]
fn a_provider_in_the_model_string_is_a_pin() {
    let rows = || vec![row("openai", "gpt-4o", "5"), row("azure-openai", "gpt-4o", "1")];
    let plan = setup("openai/gpt-4o", rows()).plan();
    assert_eq!(attempts(&plan), ["openai/gpt-4o"]);
    assert_eq!(codes(&plan), [excluded("azure-openai/gpt-4o", "other_provider")]);
    // An alias is the same provider; a name that merely begins like one is not.
    assert_eq!(attempts(&setup("azure/gpt-4o", rows()).plan()), ["azure-openai/gpt-4o"]);
    let plan = setup("open/gpt-4o", rows()).plan();
    assert!(plan.attempts().is_empty());
    let note = "no provider `open` in the catalog";
    assert!(plan.notes().iter().any(|it| it.to_string().starts_with(note)), "{:?}", plan.notes());
}

#[test]
fn an_author_in_the_providers_place_is_part_of_the_models_name() {
    let rows =
        vec![row("together", "meta-llama/Llama-3.2-1B-Instruct", "1"), row("groq", "llama-3.2-1b-instruct", "2")];
    let plan = setup("meta-llama/Llama-3.2-1B-Instruct", rows).plan();
    assert_eq!(attempts(&plan), ["together/meta-llama/Llama-3.2-1B-Instruct", "groq/llama-3.2-1b-instruct"]);
    assert!(plan.notes().contains(&Note::NotAProvider { segment: "meta-llama".to_owned() }));
}

#[test]
fn an_id_with_a_slash_is_found_as_it_is_listed() {
    let rows = vec![row("chutes", "SomeLab/Their-Model-7B", "1"), row("somelab", "Their-Model-7B", "2")];
    let plan = setup("SomeLab/Their-Model-7B", rows).plan();
    assert_eq!(attempts(&plan), ["chutes/SomeLab/Their-Model-7B"]);
}

#[test]
fn a_named_version_excludes_others_and_ranks_untold_ones_after_it() {
    let rows = vec![
        row("openai", "gpt-4o-2024-08-06", "9"),
        row("openai", "gpt-4o-2024-11-20", "1"),
        row("azure-openai", "gpt-4o", "1"),
        row("my-host", "gpt-4o-20240806", "8"),
    ];
    let plan = setup("gpt-4o-2024-08-06", rows).plan();
    assert_eq!(attempts(&plan), ["my-host/gpt-4o-20240806", "openai/gpt-4o-2024-08-06", "azure-openai/gpt-4o"]);
    assert!(plan.attempts()[2].version_untold);
    assert_eq!(plan.attempts()[2].fit(), "unverified");
    assert_eq!(codes(&plan), [excluded("openai/gpt-4o-2024-11-20", "other_version")]);
}

#[test]
fn a_named_region_is_kept() {
    let mut eu = row("bedrock", "eu.anthropic.claude-haiku-4-5-20251001-v1:0", "1");
    eu.region = Some("eu".to_owned());
    let mut us = row("bedrock", "us.anthropic.claude-haiku-4-5-20251001-v1:0", "9");
    us.region = Some("us".to_owned());
    let rows = vec![eu, us, row("anthropic", "claude-haiku-4-5-20251001", "1")];
    let plan = setup("us.anthropic.claude-haiku-4-5-20251001-v1:0", rows).plan();
    assert_eq!(attempts(&plan), ["bedrock/us.anthropic.claude-haiku-4-5-20251001-v1:0"]);
    assert!(codes(&plan).iter().all(|(_, code)| *code == "other_region"));
}

#[test]
fn a_tier_has_to_be_asked_for() {
    let mut flex = row("openai", "gpt-5", "1");
    flex.tier = Tier::FLEX;
    let mut setup = setup("gpt-5", vec![row("openai", "gpt-5", "2"), flex]);
    assert_eq!(codes(&setup.plan()), [excluded("openai/gpt-5", "tier_not_requested")]);
    setup.request.set(Owner::Request, Key::ServiceTier, RawJson::string("flex"));
    assert_eq!(setup.plan().attempts().len(), 2);
}

#[test]
fn what_is_not_paid_by_use_serves_only_who_names_its_provider() {
    let mut plan_row = row("github-copilot", "gpt-4o", "0");
    plan_row.billing = Billing::Subscription;
    let rows = || vec![row("openai", "gpt-4o", "1"), plan_row.clone()];
    assert_eq!(codes(&setup("gpt-4o", rows()).plan()), [excluded("github-copilot/gpt-4o", "not_metered")]);
    assert_eq!(attempts(&setup("github-copilot/gpt-4o", rows()).plan()), ["github-copilot/gpt-4o"]);
    assert_eq!(setup("gpt-4o", rows()).policy(r#"{"unmetered": true}"#).plan().attempts().len(), 2);
}

#[test]
fn the_fallback_comes_after_the_whole_model() {
    let rows =
        vec![row("openai", "gpt-4o", "50"), row("azure-openai", "gpt-4o", "60"), row("openai", "gpt-4o-mini", "1")];
    let plan = setup("gpt-4o", rows).policy(r#"{"fallback": ["gpt-4o-mini", "gpt-4o"]}"#).plan();
    assert_eq!(attempts(&plan), ["openai/gpt-4o", "azure-openai/gpt-4o", "openai/gpt-4o-mini"]);
    assert_eq!(plan.attempts()[2].leg, 1);
    assert_eq!(plan.legs().len(), 2, "a model is tried once");
}

#[test]
fn an_order_comes_before_the_price_and_after_a_full_match() {
    let mut no_tools = row("groq", "gpt-4o", "1");
    no_tools.capabilities.set(Capability::Temperature, Support::No);
    let rows = vec![row("openai", "gpt-4o", "1"), row("azure-openai", "gpt-4o", "9"), no_tools];
    let mut setup = setup("gpt-4o", rows).policy(r#"{"order": ["groq", "azure"]}"#);
    setup.request.set(Owner::Request, Key::Temperature, RawJson::parse("0.5").unwrap().into_owned());
    assert_eq!(attempts(&setup.plan()), ["azure-openai/gpt-4o", "openai/gpt-4o", "groq/gpt-4o"]);
    assert_eq!(setup.plan().attempts()[2].fit(), "degraded");
    let strict = setup.policy(r#"{"degrade": false}"#);
    assert_eq!(codes(&strict.plan()), [excluded("groq/gpt-4o", "degradation_off")]);
}

#[test]
fn an_unknown_price_is_neither_zero_nor_infinite() {
    let mut unknown = row("aaa-host", "gpt-4o", "1");
    unknown.prices = switchback_catalog::Prices::default();
    let rows = vec![unknown, row("openai", "gpt-4o", "900")];
    let plan = setup("gpt-4o", rows.clone()).plan();
    assert_eq!(attempts(&plan), ["openai/gpt-4o", "aaa-host/gpt-4o"]);
    assert_eq!(plan.attempts()[1].cost, None);
    // A budget cannot hold for what has no price.
    let plan = setup("gpt-4o", rows).caller(r#"{"levels": [{"name": "team", "budget": "1000"}]}"#).plan();
    assert_eq!(codes(&plan), [excluded("aaa-host/gpt-4o", "price_unknown")]);
}

#[test]
fn a_budget_excludes_what_is_sure_to_cost_more() {
    let rows = vec![row("openai", "gpt-4o", "900"), row("azure-openai", "gpt-4o", "1")];
    let plan = setup("gpt-4o", rows).caller(r#"{"levels": [{"name": "team", "budget": "0.0001"}]}"#).plan();
    assert_eq!(codes(&plan), [excluded("openai/gpt-4o", "over_budget")]);
    assert_eq!(plan.excluded()[0].reason.level(), Some("team"));
}

#[test]
fn a_contract_supplies_what_the_catalog_does_not_know_and_unknown_never_satisfies() {
    let rows = vec![row("openai", "gpt-4o", "1"), row("azure-openai", "gpt-4o", "2")];
    let inventory = r#"{"scopes": [
        {"id": "plain", "reaches": ["openai", "azure"]},
        {"id": "contract", "reaches": ["azure"], "terms": {"zero_retention": true}}
    ]}"#;
    let plan = setup("gpt-4o", rows).inventory(inventory).policy(r#"{"require": {"zero_retention": true}}"#).plan();
    assert_eq!(attempts(&plan), ["azure-openai/gpt-4o"]);
    assert_eq!(plan.attempts()[0].credentials, ["contract"]);
    assert_eq!(codes(&plan), [excluded("openai/gpt-4o", "retention_not_excluded")]);
}

#[test]
fn levels_only_tighten() {
    let rows = vec![row("openai", "gpt-4o", "1"), row("azure-openai", "gpt-4o", "2")];
    let caller =
        r#"{"levels": [{"name": "organisation", "allow": ["openai"]}, {"name": "key", "allow": ["openai", "azure"]}]}"#;
    let plan = setup("gpt-4o", rows).caller(caller).plan();
    assert_eq!(attempts(&plan), ["openai/gpt-4o"]);
    assert_eq!(plan.excluded()[0].reason.to_string(), "organisation does not allow it");
}

#[test]
fn when_all_are_unwell_the_least_bad_are_tried_and_the_plan_says_so() {
    let rows = vec![row("openai", "gpt-4o", "1"), row("azure-openai", "gpt-4o", "2"), row("my-host", "gpt-4o", "3")];
    let bad = setup("gpt-4o", rows)
        .reading("openai gpt-4o chat - standard -", 0.2, 0)
        .reading("azure-openai gpt-4o chat - standard -", 0.7, 0)
        .reading("my-host gpt-4o chat - standard -", 0.9, 60_000);
    let plan = bad.plan();
    assert_eq!(attempts(&plan), ["azure-openai/gpt-4o", "openai/gpt-4o", "my-host/gpt-4o"]);
    assert!(plan.notes().contains(&Note::LastResort));
    let despite: Vec<_> = plan.attempts().iter().map(|it| it.despite.as_ref().unwrap().code()).collect();
    assert_eq!(despite, ["gated_by_uptime", "gated_by_uptime", "cooling_down"]);
    // One that is well, and the others are left out.
    let plan = bad.reading("openai gpt-4o chat - standard -", 0.99, 0).plan();
    assert_eq!(attempts(&plan), ["openai/gpt-4o"]);
    assert_eq!(plan.excluded().len(), 2);
}

#[test]
fn a_refusal_names_the_smallest_set_that_would_help() {
    let rows = vec![row("openai", "gpt-4o", "1"), row("azure-openai", "gpt-4o", "2")];
    let policy = r#"{"allow": ["my-host"], "deny": ["openai"]}"#;
    let refused = setup("gpt-4o", rows).policy(policy);
    let plan = refused.plan();
    let Some(Refusal::NothingEligible { relax }) = plan.refusal() else { panic!("{:?}", plan.refusal()) };
    let lines: Vec<String> = relax[0].constraints.iter().map(ToString::to_string).collect();
    assert_eq!((relax.len(), lines), (1, vec!["not_allowed (policy): add it to that `allow`".to_owned()]));
    assert_eq!((relax[0].endpoints, relax[0].example.as_str()), (1, "azure-openai gpt-4o chat - standard -"));
    // What it names is enough, and the other list by itself is not.
    assert_eq!(attempts(&refused.policy(r#"{"deny": ["openai"]}"#).plan()), ["azure-openai/gpt-4o"]);
    let rows = vec![row("openai", "gpt-4o", "1"), row("azure-openai", "gpt-4o", "2")];
    assert!(setup("gpt-4o", rows).policy(r#"{"allow": ["my-host"]}"#).plan().attempts().is_empty());
}

#[test]
fn nothing_that_can_be_relaxed_helps_an_endpoint_that_does_not_chat() {
    let mut embedding = row("openai", "text-embedding-3-small", "1");
    embedding.operation = switchback_catalog::Operation::Embedding;
    embedding.protocols = Vec::new();
    let plan = setup("text-embedding-3-small", vec![embedding]).plan();
    assert_eq!(plan.refusal(), Some(&Refusal::NothingEligible { relax: Vec::new() }));
    assert_eq!(codes(&plan), [excluded("openai/text-embedding-3-small", "unsupported_operation")]);
}

#[test]
fn a_limit_on_output_that_the_caller_requires_is_not_lowered() {
    let mut short = row("openai", "gpt-4o", "1");
    short.max_output = Some(Tokens::new(100));
    let mut setup = setup("gpt-4o", vec![short]);
    setup.request.set(Owner::Request, Key::MaxOutputTokens, RawJson::number(4_000));
    let demand = Demand::of(&setup.request);
    assert_eq!(setup.plan_for(&demand).attempts()[0].fit(), "degraded");
    let required = demand.requirements().clone().require_all();
    let plan = setup.plan_for(&demand.with_requirements(required));
    assert_eq!(codes(&plan), [excluded("openai/gpt-4o", "output_too_long")]);
}

#[test]
fn a_window_that_is_surely_too_small_is_left_out_before_anybody_is_asked() {
    let mut small = row("openai", "gpt-4o", "1");
    small.context_window = Some(Tokens::new(100));
    let setup = setup("gpt-4o", vec![small, row("azure-openai", "gpt-4o", "2")]);
    let plan = setup.plan_for(&Demand::of(&setup.request).with_input(Tokens::new(101)));
    assert_eq!(codes(&plan), [excluded("openai/gpt-4o", "context_too_small")]);
    assert_eq!(plan.excluded()[0].reason.to_string(), "needs at least 101 tokens, takes 100");
}

/// `docs/planning.md` is the published list.
/// What waits for a failure is taken at once where that failure is foreseen, and stays out where another is.
#[test]
fn a_route_for_overflows_is_taken_when_the_input_is_too_long_and_not_else() {
    let rows = || {
        let mut small = row("openai", "gpt-4o", "1");
        small.context_window = Some(Tokens::new(0));
        vec![small, row("openai", "gpt-4o-mini", "1")]
    };
    let overflow = r#"{"fallback": [{"model": "gpt-4o-mini", "on": ["context_overflow"]}]}"#;
    assert_eq!(attempts(&setup("gpt-4o", rows()).policy(overflow).plan()), ["openai/gpt-4o-mini"]);
    let denied = r#"{"deny": ["*/gpt-4o"], "fallback": [{"model": "gpt-4o-mini", "on": ["context_overflow"]}]}"#;
    let plan = setup("gpt-4o", rows()).policy(denied).plan();
    assert!(attempts(&plan).is_empty());
    assert_eq!(plan.excluded().iter().map(|it| it.reason.code()).collect::<Vec<_>>(), ["denied", "not_triggered"]);
}

#[test]
fn every_code_and_note_is_documented() {
    let docs = include_str!("../../../docs/planning.md");
    for constraint in switchback_plan::Constraint::ALL {
        let line = format!("| `{}` | {} |", constraint.code(), constraint.about());
        assert!(docs.contains(&line), "docs/planning.md lacks: {line} {} |", constraint.remedy());
    }
    let notes = ["access_unverified", "last_resort", "not_a_provider", "unknown_model", "unknown_provider"];
    let refusals = ["no_model", "empty_catalog", "unknown_model", "nothing_eligible"];
    assert!(notes.iter().chain(&refusals).all(|code| docs.contains(&format!("`{code}`"))));
}

#[test]
fn a_conversation_stays_where_it_is_warm_for_what_that_is_worth() {
    let rows = vec![row("azure", "gpt-4o", "3"), row("openai", "gpt-4o", "2.9")];
    let mut setup = setup("gpt-4o", rows);
    let providers = |plan: &Plan| -> Vec<String> {
        plan.attempts().iter().map(|attempt| attempt.endpoint.provider().to_owned()).collect()
    };
    assert_eq!(providers(&setup.plan()), ["openai", "azure"]);
    let azure = setup.plan().attempts()[1].id();
    let warmth = Warmth {
        since: Some(NOW),
        saves: Money::from_pico_dollars(5_000_000_000),
        stay: Money::from_pico_dollars(200_000_000),
        cache_key: Some(CacheKey { key: "00ff".to_owned(), why: "session".to_owned() }),
        ..Warmth::default()
    };
    let cached_tokens = Some(Tokens::new(1));
    let reading = Reading { cached_tokens, warmth: Some(warmth.clone()), ..Reading::default() };
    setup.readings.set(azure, reading.clone());
    let plan = setup.plan();
    assert_eq!(providers(&plan), ["azure", "openai"]);
    assert_eq!(plan.attempts()[0].warmth, Some(Box::new(warmth.clone())));
    assert!(plan.to_string().contains("1 token warm since 2026-11-18T11:06:40Z, which saves $0.0050\n"), "{plan}");
    let json = serde_json::to_value(&plan).unwrap();
    assert_eq!(json["attempts"][0]["warmth"]["cache_key"]["why"], "session");
    // No more than that: what is dearer by more than staying is worth comes second.
    let stay = Money::from_pico_dollars(1_000_000);
    setup.readings.set(azure, Reading { warmth: Some(Warmth { stay, ..warmth }), ..reading });
    assert_eq!(providers(&setup.plan()), ["openai", "azure"]);
}

#[test]
fn the_text_says_each_leg_once_and_what_they_share_once() {
    let policy = r#"{
        "retry": {"attempts": 2, "on": [429, "5xx"]},
        "timeout": {"first_token_ms": "8s", "total_ms": "2m"},
        "give_up": {"after_attempts": 6},
        "fallback": [{"model": "gpt-4.1", "on": ["context_overflow"], "rewrite": {"drop": ["seed"]}}, "absent"]
    }"#;
    let rows = vec![row("openai", "gpt-4o", "1"), row("azure-openai", "gpt-4o", "2"), row("openai", "gpt-4.1", "3")];
    let text = setup("gpt-4o", rows).policy(policy).plan().to_string();
    let legs = "gpt-4o in chat
  leg 1: gpt-4o; attempts 1 to 2
  leg 2: gpt-4.1 on context_overflow; attempt 3; drop seed
  leg 3: absent on failure; nothing to try
  all: retry twice on 429, 5xx, waiting 500 ms to 8 s; at most 2 min, first token 8 s; given up
       after 6 attempts
";
    assert!(text.starts_with(legs), "{text}");
    let plain = setup("gpt-4o", vec![row("openai", "gpt-4o", "1")]).plan().to_string();
    assert!(
        plain.starts_with("gpt-4o in chat\n\n1 attempt"),
        "no line for the one leg that is as it always is: {plain}"
    );
}
