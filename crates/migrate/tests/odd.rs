//! Configurations as people write them and no example shows: each with what went wrong over it.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests fail by panicking"
)]

use serde_json::{Value, json};
use switchback_catalog::Catalog;
use switchback_migrate::{Entry, Fidelity, Import, Incoming, Migration, Sanitizer, SourceFile, System};

fn import(system: System, text: &str) -> Migration {
    let catalog = Catalog::embedded();
    let migration = Import::new(system).read(&[SourceFile { name: "c", text }], &catalog).unwrap();
    migration.policy.check().unwrap_or_else(|error| panic!("{error}"));
    migration
}

fn policy(migration: &Migration) -> Value {
    serde_json::to_value(&migration.policy).unwrap()
}

fn entries<'m>(migration: &'m Migration, path: &str) -> Vec<&'m Entry> {
    migration.ledger.entries().iter().filter(|entry| entry.path == path).collect()
}

#[track_caller]
fn is(migration: &Migration, path: &str, fidelity: Fidelity, detail: &str) {
    let found = entries(migration, path);
    assert!(found.iter().any(|entry| entry.fidelity == fidelity && entry.detail.contains(detail)), "{path}: {found:?}");
}

/// A list for a name that only a pattern serves was called exact, and no route had it.
#[test]
fn what_follows_a_name_of_a_pattern_follows_it() {
    let text = r#"
model_list: [{model_name: "vertex_ai/gemini-*", litellm_params: {model: "vertex_ai/gemini-*"}},
  {model_name: big, litellm_params: {model: openai/gpt-4.1}}]
router_settings: {context_window_fallbacks: [{"vertex_ai/gemini-2.5-pro": [big]}], fallbacks: [{unserved: [big]}]}
"#;
    let policy = policy(&import(System::LiteLlm, text));
    let groups = &policy["groups"];
    assert_eq!(groups["vertex_ai/gemini-2.5-pro"][0]["model"], "vertex/gemini-2.5-pro");
    assert_eq!(groups["vertex_ai/gemini-2.5-pro"][1], json!({"model": "big", "on": ["context_overflow"]}));
    assert_eq!(groups["unserved"], "big");
}

/// Lists that lead back, which are bounded by a depth there, made a policy that no engine takes.
#[test]
fn fallbacks_in_a_circle_end_with_deployments() {
    let text = "
model_list: [{model_name: a, litellm_params: {model: openai/gpt-4o}}, {model_name: b, litellm_params: {model: openai/gpt-4.1}}]
router_settings: {model_group_alias: {c: a}, fallbacks: [{'*': [a, b, c]}]}
";
    let policy = policy(&import(System::LiteLlm, text));
    assert_eq!(policy["groups"]["a"][1]["model"], "b (its own deployments)");
    assert_eq!(policy["groups"]["b (its own deployments)"]["model"], "openai/gpt-4.1");
    assert_eq!(policy["groups"]["c"], "a");
    assert_eq!(policy["groups"]["a"].as_array().unwrap().len(), 2, "an alias of itself does not follow it");
    let policy = self::policy(&import(System::LiteLlm, "router_settings: {fallbacks: [{a: [a]}, {b: [c]}]}"));
    assert_eq!(policy["groups"], json!({"b": "c"}), "what only follows itself is nothing");
}

/// A deployment whose model string is another group's name led to that group and whatever follows it.
#[test]
fn a_deployment_is_never_another_group() {
    let text = "
model_list: [{model_name: openai/gpt-4o, litellm_params: {model: openai/gpt-4o}}, {model_name: chat, litellm_params: {model: openai/gpt-4o}}]
router_settings: {fallbacks: [{openai/gpt-4o: [chat]}]}
";
    let policy = policy(&import(System::LiteLlm, text));
    assert_eq!(policy["groups"]["chat"]["pool"], json!(["openai/gpt-4o"]));
    assert_eq!(policy["groups"]["openai/gpt-4o"][1]["model"], "chat");
}

/// Merge keys and anchors: three keys for one model, of which the second and third were lost.
#[test]
fn anchors_with_a_key_each_are_three_deployments() {
    let text = "
x-defaults: &p {model: openai/gpt-4o, api_key: os.environ/K1}
model_list:
  - {model_name: g, litellm_params: *p}
  - {model_name: g, litellm_params: {<<: *p, api_key: os.environ/K2}}
  - {model_name: g, litellm_params: {<<: *p, api_key: os.environ/K3, weight: 5}}
";
    let migration = import(System::LiteLlm, text);
    assert_eq!(policy(&migration)["groups"]["g"]["split"].as_array().unwrap().len(), 3);
    is(&migration, "/model_list/2/litellm_params/weight", Fidelity::None, "the first deployment of the group has none");
    is(&migration, "/x-defaults", Fidelity::None, "what anchors are written in");
}

/// Of two prices for one endpoint the second went without a word; a `#` in a key's name hid the endpoint.
#[test]
fn one_endpoint_has_one_price() {
    let text = "
model_list:
  - {model_name: a, litellm_params: {model: openai/gpt-4o, api_key: os.environ/K, input_cost_per_token: 0.000001}}
  - {model_name: b, litellm_params: {model: openai/gpt-4o, api_key: os.environ/K, input_cost_per_token: 0.000002}}
";
    is(
        &import(System::LiteLlm, text),
        "/model_list/1/litellm_params/model",
        Fidelity::Approximate,
        "the first that were stated",
    );
    let text = r#"{"strategy":{"mode":"fallback"},"targets":[{"virtual_key":"openai#1","override_params":{"model":"gpt-4o"}},
        {"virtual_key":"openai#2","override_params":{"model":"gpt-4o"}}]}"#;
    let catalog = Catalog::embedded();
    let files = [SourceFile { name: "c", text }];
    let named =
        Import::new(System::Portkey).with_integration("openai#1", "openai").with_integration("openai#2", "openai");
    let migration = named.read(&files, &catalog).unwrap();
    assert_eq!(migration.findings(&catalog).unwrap(), []);
    assert_eq!(policy(&migration)["route"][0]["allow"], json!(["openai/gpt-4o#openai-1"]));
}

/// A deployment's budget was for a day, whatever its duration said.
#[test]
fn a_budget_is_for_its_duration() {
    let text =
        "model_list: [{model_name: a, litellm_params: {model: openai/gpt-4o, max_budget: 5, budget_duration: 30d}}]";
    let migration = import(System::LiteLlm, text);
    assert_eq!(policy(&migration)["groups"]["a"]["limit"][0]["metric"], "spend.sum@720h");
    is(&migration, "/model_list/0/litellm_params/budget_duration", Fidelity::Exact, "window");
    let text = "model_list: [{model_name: a, litellm_params: {model: openai/gpt-4o, max_budget: 5}}]";
    is(&import(System::LiteLlm, text), "/model_list/0/litellm_params/max_budget", Fidelity::Approximate, "for ever");
}

/// A time that cannot be read was called one of a budget that is not there.
#[test]
fn a_duration_that_cannot_be_read_is_named() {
    let text =
        "model_list: [{model_name: a, litellm_params: {model: openai/gpt-4o, max_budget: 5, budget_duration: 1y}}]";
    let migration = import(System::LiteLlm, text);
    is(&migration, "/model_list/0/litellm_params/budget_duration", Fidelity::None, "a time that cannot be read");
    is(&migration, "/model_list/0/litellm_params/max_budget", Fidelity::Approximate, "a year");
}

/// Of entries behind one key, of which one states a price, all had it and none said so.
#[test]
fn what_one_entry_states_of_a_key_is_told_to_the_others() {
    let plain = "{model_name: plain, litellm_params: {model: openai/gpt-4o}}";
    let cheap = "{model_name: cheap, litellm_params: {model: openai/gpt-4o, input_cost_per_token: 0.000001}}";
    for both in [[plain, cheap], [cheap, plain]] {
        let migration = import(System::LiteLlm, &format!("model_list: [{}]", both.join(",")));
        is(&migration, "/model_list/1/litellm_params/model", Fidelity::Approximate, "the first that were stated hold");
        assert_eq!(migration.catalog.rows.len(), 1);
    }
    // A row of one's own takes what is stated later, too.
    let own = |facts: &str| {
        format!("{{model_name: own, litellm_params: {{model: openai/mine, api_base: 'http://h/v1'{facts}}}}}")
    };
    let text = format!("model_list: [{},{}]", own(""), own(", input_cost_per_token: 0.000001"));
    let migration = import(System::LiteLlm, &text);
    is(&migration, "/model_list/1/litellm_params/model", Fidelity::Approximate, "the first that were stated hold");
    assert_eq!(json!(migration.catalog)["rows"][0]["prices"]["base"].to_string(), r#"{"input":"0.000001"}"#);
    // The same model twice, of which nothing is said, is no difference; nor is what the catalog says.
    let text = format!("model_list: [{plain},{plain},{}]", cheap.replace("0.000001", "0.0000025"));
    for entry in import(System::LiteLlm, &text).ledger.entries() {
        assert_eq!(entry.fidelity, Fidelity::Exact, "{entry:?}");
    }
    // TensorZero's functions name models beside its providers.
    let text = r#"
[models.m]
routing = ["a"]
[models.m.providers.a]
type = "openai"
model_name = "gpt-4o"
cost = [{ pointer = "/usage/prompt_tokens", cost_per_million = 1 }]
[functions.f.variants.v]
type = "chat_completion"
model = "openai::gpt-4o"
"#;
    let migration = import(System::TensorZero, text);
    is(&migration, "/functions/f/variants/v/model", Fidelity::Approximate, "the first that were stated hold");
}

/// Rows were written without what they can do, and one that stated an ability alone was called metered.
#[test]
fn added_rows_are_written_whole() {
    let text = "
model_list:
  - {model_name: e, litellm_params: {model: openai/embed-own, api_base: 'http://h/v1'}, model_info: {mode: embedding}}
  - {model_name: v, litellm_params: {model: github_copilot/gpt-4o}, model_info: {supports_vision: true, supports_audio_input: false}}
  - {model_name: p, litellm_params: {model: github_copilot/gpt-4.1, input_cost_per_token: 0.000001}}
";
    let rows = json!(import(System::LiteLlm, text).catalog)["rows"].clone();
    assert_eq!((&rows[0]["operation"], &rows[0]["billing"]), (&json!("embedding"), &json!("metered")));
    assert_eq!(rows[1]["capabilities"]["image"], true);
    assert_eq!(rows[1]["capabilities"]["audio_input"], false);
    assert_eq!((&rows[1]["billing"], &rows[2]["billing"]), (&json!("subscription"), &json!("metered")));
    assert_eq!((&rows[1]["operation"], &rows[1]["tier"]), (&Value::Null, &Value::Null), "chat, of the standard class");
}

/// The host of `base_url` did not name the provider, as that of `api_base` does.
#[test]
fn a_host_names_its_provider_by_either_key() {
    for key in ["api_base", "base_url"] {
        let text = format!(
            "model_list: [{{model_name: a, litellm_params: {{model: my-llama, {key}: 'https://api.groq.com/openai/v1'}}}}]"
        );
        assert_eq!(policy(&import(System::LiteLlm, &text))["groups"]["a"]["model"], "groq/my-llama", "{key}");
    }
}

/// Requirements that cannot be read required nothing and were called exact.
#[test]
fn requirements_that_cannot_be_read_are_not_exact() {
    let text = r#"{"enabled":"yes","allowedCountries":"US","dataResidency":["EU","us",7],"blockApiTraining":"yes","requireSoc2":"yes",
        "requireGdpr":"true","requireIso27001":false,"blockedProviders":[{"a":1}],"zeroDataRetention":null}"#;
    let migration = import(System::LlmGateway, text);
    let policy = policy(&migration);
    assert_eq!(policy["require"]["attributes"], json!(["hq:us", "gdpr"]));
    assert_eq!(policy["require"]["regions"], json!(["eu", "us"]));
    is(&migration, "/enabled", Fidelity::None, "neither true nor false");
    is(&migration, "/allowedCountries", Fidelity::Exact, "`hq:us`");
    is(&migration, "/dataResidency", Fidelity::Exact, "`require.regions`");
    is(&migration, "/dataResidency/2", Fidelity::None, "cannot be read");
    for path in ["/blockApiTraining", "/requireSoc2"] {
        is(&migration, path, Fidelity::None, "neither true nor false");
        assert_eq!(entries(&migration, path).len(), 1);
    }
    is(&migration, "/requireGdpr", Fidelity::Exact, "`gdpr`");
    is(&migration, "/requireIso27001", Fidelity::Exact, "nothing is required");
    is(&migration, "/zeroDataRetention", Fidelity::Exact, "nothing is required");
    is(&migration, "/blockedProviders/0", Fidelity::None, "cannot be read");
}

/// Nodes of LLM Gateway that lead nowhere for want of a word were called exact.
#[test]
fn a_node_that_lacks_what_it_needs_is_not_exact() {
    let type_of = |node: &str| {
        let text = format!(r#"{{"entry":"a","nodes":[{{"id":"a",{node}}}]}}"#);
        let migration = import(System::LlmGateway, &text);
        assert_eq!(policy(&migration)["route"]["deny"], json!(["*"]), "{node}");
        migration
    };
    for node in [r#""type":"model""#, r#""type":"model","model":7"#] {
        is(&type_of(node), "/nodes/0/type", Fidelity::None, "names no model");
    }
    let classifier = r#""type":"classifier","cases":[{"value":"high","next":"b"}]"#;
    is(&type_of(classifier), "/nodes/0/type", Fidelity::None, "has no `else`");
    let unread = type_of(r#""type":"model","model":"gpt-4o","providers":[""]"#);
    is(&unread, "/nodes/0/providers", Fidelity::None, "none can be read");
}

/// A circle through the entry was read once for every hop that a request may make.
#[test]
fn a_circle_through_the_entry_is_read_once() {
    let on = r#"{"field":{"source":"header","path":"x"},"op":"exists","next":"m1"}"#;
    let off = r#"{"field":{"source":"header","path":"y"},"op":"exists","next":"m2"}"#;
    let text = format!(
        r#"{{"entry":"a","nodes":[{{"id":"a","type":"conditional","conditions":[{on}],"else":"b"}},
        {{"id":"b","type":"conditional","conditions":[{off}],"else":"a"}},
        {{"id":"m1","type":"model","model":"gpt-4o"}},{{"id":"m2","type":"model","model":"gpt-5-nano"}}]}}"#
    );
    let migration = import(System::LlmGateway, &text);
    for path in ["/nodes/0/conditions/0/op", "/nodes/1/conditions/0/next", "/nodes/2/model", "/nodes/3/type"] {
        assert_eq!(entries(&migration, path).len(), 1, "{path}: {:?}", entries(&migration, path));
    }
    is(&migration, "/nodes/1/else", Fidelity::None, "back to itself");
}

/// What stood in an entry that was left out was called unknown keys; empty keys were called unknown, too.
#[test]
fn what_is_left_out_is_left_out_as_a_whole() {
    let text = "
model_list:
  - {model_name: r, litellm_params: {model: auto_router/x, auto_router_config_path: r.json}, model_info: {mode: chat}}
  - {litellm_params: {model: openai/gpt-4o}}
router_settings:
";
    let migration = import(System::LiteLlm, text);
    is(&migration, "/model_list/0/litellm_params/auto_router_config_path", Fidelity::None, "left out");
    is(&migration, "/model_list/0/model_info/mode", Fidelity::None, "left out");
    is(&migration, "/model_list/1", Fidelity::None, "without a name");
    is(&migration, "/router_settings", Fidelity::Exact, "empty");
}

/// The best by a measurement was tried alone: nothing followed its failure.
#[test]
fn sorted_deployments_follow_each_other() {
    let text = "
model_list: [{model_name: g, litellm_params: {model: openai/gpt-4o}}, {model_name: g, litellm_params: {model: azure/gpt-4o}}]
router_settings: {routing_strategy: latency-based-routing}
";
    let policy = policy(&import(System::LiteLlm, text));
    assert_eq!(policy["groups"]["g"]["any"], json!(["openai/gpt-4o", "azure/gpt-4o"]));
}

/// A price was taken for every class of service, and `mode` kept facts from being read.
#[test]
fn facts_are_of_the_standard_class() {
    let text = "
model_list:
  - {model_name: e, litellm_params: {model: openai/text-embedding-3-small}, model_info: {mode: embedding, input_cost_per_token: '2e-8'}}
  - {model_name: g, litellm_params: {model: openai/gpt-4o, input_cost_per_token: 0.000002, output_cost_per_token: 8.0e-06}}
";
    let migration = import(System::LiteLlm, text);
    is(&migration, "/model_list/0/model_info/input_cost_per_token", Fidelity::Exact, "$0.02/M");
    is(&migration, "/model_list/1/litellm_params/output_cost_per_token", Fidelity::Exact, "$8.00/M");
    assert!(migration.catalog.rows.iter().all(|row| row.tier.is_standard()), "{:?}", migration.catalog.rows.len());
}

/// `TensorZero`: several places of a key, and prices told as differences.
#[test]
fn tensorzeros_keys_and_prices() {
    let text = r#"
[models.m]
routing = ["a", "b"]
[models.m.providers.a]
type = "openai"
model_name = "gpt-4o"
api_key_location = ["env::A", "env::B"]
cost = [{ pointer = "/usage/prompt_tokens_details/cached_tokens", cost_per_million = -1.125 },
  { pointer = "/usage/prompt_tokens", cost_per_million = 1.25, required = true }, { pointer = "/x", cost_per_unit = 1 }]
[models.m.providers.b]
type = "openai"
model_name = "gpt-4o"
api_key_location = { default = "dynamic::key", fallback = "env::C" }
[functions.f.variants.v]
type = "chat_completion"
model = "m"
retries = { num_retries = 2 }
"#;
    let migration = import(System::TensorZero, text);
    let scopes: Vec<&str> = migration.catalog.inventory.scopes.iter().map(|scope| scope.id.as_str()).collect();
    assert_eq!(scopes, ["A", "dynamic::key"]);
    assert_eq!(policy(&migration)["groups"]["m"][1]["allow"], json!(["openai/gpt-4o#dynamic::key"]));
    is(&migration, "/models/m/providers/a/cost/0", Fidelity::Exact, "`cache_read` $0.125/M");
    is(&migration, "/models/m/providers/a/cost/2", Fidelity::None, "no line");
    is(&migration, "/models/m/providers/b/api_key_location/fallback", Fidelity::Exact, "env::C");
    // The chain of providers is gone through anew there, each provider is asked anew here.
    is(&migration, "/functions/f/variants/v/retries/num_retries", Fidelity::Approximate, "gone through once each time");
}

/// Helicone: a mapping without a list, what is no chat, and a limit that was taken for a key.
#[test]
fn helicones_odd_forms() {
    let text = "
default-model-mapping: {gpt-4o: claude-haiku-4-5}
global: {rate-limit: {per-api-key: {capacity: 5, refill-frequency: 1s}}}
routers:
  a: {load-balance: {chat: {strategy: round-robin, providers: [openai]}, embedding: {strategy: latency, providers: [openai]}}}
  b: {load-balance: {chat: {strategy: weighted, providers: [{provider: mine, weight: '0.5'}, {provider: openai, weight: '0.5'}]}}}
";
    let migration = import(System::Helicone, text);
    assert_eq!(policy(&migration)["groups"]["gpt-4o"][1]["model"], "claude-haiku-4-5");
    assert!(migration.retired.is_empty(), "{:?}", migration.retired);
    is(&migration, "/routers/a/load-balance/embedding", Fidelity::None, "no chat");
    is(&migration, "/routers/a/load-balance/chat/providers", Fidelity::None, "an unknown strategy");
    is(&migration, "/routers/b/load-balance/chat/providers/0/weight", Fidelity::None, "left out");
}

/// Values that cannot be read counted as 0, or were passed over, and were called exact.
#[test]
fn what_cannot_be_read_is_not_exact() {
    let text = r#"{"strategy":{"mode":"fallback","on_status_codes":[429,"5xx"]},"retry":{"attempts":"many","on_status_codes":429},
        "targets":[{"provider":"openai"},{"provider":"anthropic"}]}"#;
    let migration = import(System::Portkey, text);
    is(&migration, "/strategy/on_status_codes/1", Fidelity::None, "cannot be read");
    is(&migration, "/retry/attempts", Fidelity::None, "not with such a value");
    is(&migration, "/retry/on_status_codes", Fidelity::Exact, "retry.on");
    assert_eq!(policy(&migration)["route"][1]["on"], json!(["429"]));
    let text = "router_settings: {enable_pre_call_checks: false, default_fallbacks: [a, {model: b}]}";
    let migration = import(System::LiteLlm, text);
    is(&migration, "/router_settings/enable_pre_call_checks", Fidelity::Approximate, "always so");
    is(&migration, "/router_settings/default_fallbacks/1", Fidelity::None, "cannot be read");
}

/// A Config that comes with a request is a part of its policy, under what its headers say.
#[test]
fn a_config_in_a_header_is_the_requests_policy() {
    let config = r#"{"strategy":{"mode":"fallback","on_status_codes":[429]},"request_timeout":9000,"cache":{"mode":"simple"},
        "targets":[{"provider":"openai","override_params":{"model":"gpt-4o"}},{"provider":"openai","api_key":"sk-second1","override_params":{"model":"gpt-4o"}}]}"#;
    let headers = [("x-portkey-config", config), ("x-portkey-request-timeout", "5000")];
    let incoming = Incoming { headers: &headers, path: None, body: br#"{"model":"gpt-4o-mini"}"# };
    let sanitized = Sanitizer::new(System::Portkey).sanitize(&incoming).unwrap();
    let policy = serde_json::to_value(&sanitized.policy).unwrap();
    assert_eq!(policy["route"][1]["on"], json!(["429"]));
    assert_eq!(policy["timeout"]["total_ms"], 5000);
    let lost = sanitized.ledger.entries().iter().find(|entry| entry.path == "/headers/x-portkey-config/cache").unwrap();
    assert_eq!((lost.fidelity, lost.line), (Fidelity::None, 1));
    assert!(!format!("{sanitized:?}").contains("sk-second1"));
}

/// A Config of unknown keys had an entry for itself beside the header's.
#[test]
fn unknown_keys_of_a_config_have_entries_of_their_own() {
    let headers = [("x-portkey-config", r#"{"a":"b"}"#)];
    let incoming = Incoming { headers: &headers, path: None, body: b"{}" };
    let sanitized = Sanitizer::new(System::Portkey).sanitize(&incoming).unwrap();
    let paths: Vec<&str> = sanitized.ledger.entries().iter().map(|entry| entry.path.as_str()).collect();
    assert_eq!(paths, ["/headers/x-portkey-config", "/headers/x-portkey-config/a"]);
}

/// Values that are not documented are named, and the others are read all the same.
#[test]
fn one_wrong_value_of_a_request_loses_nothing_else() {
    let text = r#"{"order":["azure"],"allow_fallbacks":"no","zdr":1,"sort":{"by":"speed"},"max_price":{"prompt":-1},"ignore":["openai"]}"#;
    let migration = import(System::OpenRouter, text);
    for path in ["/allow_fallbacks", "/zdr", "/sort/by", "/max_price/prompt"] {
        is(&migration, path, Fidelity::None, "not what is documented");
    }
    assert_eq!(policy(&migration)["order"], json!(["azure-openai"]));
    assert_eq!(policy(&migration)["deny"], json!(["openai"]));
}
