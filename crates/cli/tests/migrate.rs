//! `switchback migrate` and `switchback sanitize`.
#![allow(
    clippy::panic,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    reason = "tests fail by panicking"
)]

mod support;

use support::{file, switchback};

const CONFIG: &str = "model_list:
  - model_name: chat
    litellm_params: {model: openai/gpt-4o, api_key: sk-hidden12345}
  - model_name: spare
    litellm_params: {model: anthropic/claude-haiku-4-5, api_key: os.environ/ANTHROPIC_API_KEY}
router_settings:
  fallbacks: [{chat: [spare]}]
litellm_settings: {cache: true}
";

#[test]
fn a_configuration_is_one_document_and_its_policy_plans() {
    let config = file("migrate-config.yaml", CONFIG);
    let run = switchback(&["migrate", "litellm", &config, "--json"]).expect(0);
    assert!(!run.out.contains("hidden12345"));
    let document = run.json();
    assert_eq!(document["policy"]["groups"]["chat"][1]["model"], "spare");
    assert_eq!(document["catalog"]["inventory"]["scopes"][0]["id"], "ANTHROPIC_API_KEY");
    let entry =
        document["ledger"].as_array().unwrap().iter().find(|entry| entry["path"] == "/litellm_settings/cache").unwrap();
    assert_eq!(
        (entry["fidelity"].as_str(), entry["line"].as_u64(), entry["column"].as_u64()),
        (Some("none"), Some(8), Some(20))
    );
    let policy = file("migrate-policy.json", "");
    let request =
        file("migrate-request.json", r#"{"model": "chat", "messages": [{"role": "user", "content": "hello"}]}"#);
    switchback(&["migrate", "litellm", &config, "--save-policy", &policy]).expect(0);
    let run = switchback(&["plan", "--policy", &policy, "--now", "0", &request]).expect(0);
    let (first, second) = (run.out.find("gpt-4o").unwrap(), run.out.find("claude-haiku-4-5").unwrap());
    assert!(first < second, "{}", run.out);
}

/// The sample request is planned as `plan` plans it.
#[test]
fn what_the_sample_request_asks_for_holds() {
    let config = file("migrate-asked.yaml", CONFIG);
    let body = r#"{"model":"chat","messages":[{"role":"user","content":"hi"}],"provider":{"only":["anthropic"]}}"#;
    let request = file("migrate-asked.json", body);
    let document = switchback(&["migrate", "litellm", &config, "--json", "--request", &request]).expect(0).json();
    let tried = document["plan"]["attempts"].as_array().unwrap();
    assert!(!tried.is_empty() && tried.iter().all(|attempt| attempt["provider"] == "anthropic"), "{tried:?}");
    let odd = file("migrate-odd.json", &body.replace("[\"anthropic\"]", "7"));
    let run = switchback(&["migrate", "litellm", &config, "--request", &odd]).expect(2);
    assert!(run.err.contains(&format!("{odd}: /provider/only: expected an array, found 7")), "{}", run.err);
}

/// Deployments that no catalog lists, with keys, hosts and prices of their own, plan with what the import writes.
#[test]
fn what_the_catalog_lacks_is_written_for_plan() {
    let config = file(
        "migrate-own.yaml",
        "model_list:
  - model_name: own
    litellm_params: {model: azure/my-deployment, api_base: https://eu.example.com, api_key: os.environ/EU}
    model_info: {base_model: azure/gpt-4o, input_cost_per_token: 0.000001}
  - {model_name: own, litellm_params: {model: azure/my-deployment, api_base: https://us.example.com, api_key: os.environ/US}}
router_settings: {fallbacks: [{own: [missing]}]}
",
    );
    let [policy, catalog, state] = ["own-policy.json", "own-catalog.tsv", "own-state.json"].map(|name| file(name, ""));
    let saves = ["--save-policy", &policy, "--save-catalog", &catalog, "--save-state", &state];
    let run = switchback(&[&["migrate", "litellm", &config][..], &saves].concat()).expect(0);
    for part in
        ["What is odd about the policy", "groups.own.chain[1]", "error unknown_model", "Endpoints to add", "$1.00/M"]
    {
        assert!(run.out.contains(part), "{part} in {}", run.out);
    }
    let found = switchback(&["policy", "lint", "--catalog", &catalog, "--json", &policy]).expect(1).json();
    let document = switchback(&["migrate", "litellm", &config, "--json"]).expect(0).json();
    assert_eq!(document["findings"].as_array().unwrap().len(), 1);
    assert_eq!(document["findings"][0], found[0]);
    let request = file("own-request.json", r#"{"model": "own", "messages": [{"role": "user", "content": "hello"}]}"#);
    let with = ["--policy", &policy, "--catalog", &catalog, "--state", &state, "--now", "0"];
    let run = switchback(&[&["plan"][..], &with, &[&request]].concat()).expect(0);
    for part in ["my-deployment", "EU", "US"] {
        assert!(run.out.contains(part), "{part} in {}", run.out);
    }
}

/// A plan stands next to what the configuration says.
#[test]
fn a_plan_stands_next_to_what_the_configuration_says() {
    let config = file("migrate-next.yaml", CONFIG);
    let request = file("next-request.json", r#"{"model": "chat", "messages": [{"role": "user", "content": "hello"}]}"#);
    let run = switchback(&["migrate", "litellm", &config, "--request", &request]).expect(0);
    let (said, planned) = run
        .out
        .split_once("says of routes, and what is planned")
        .map(|(_, rest)| rest.split_once("\n\n").unwrap())
        .unwrap();
    assert!(said.is_empty() && planned.contains("`spare` follows `chat` after any failure"), "{planned}");
    assert!(planned.find("gpt-4o").unwrap() < planned.rfind("claude-haiku-4-5").unwrap(), "{planned}");
    let document = switchback(&["migrate", "litellm", &config, "--request", &request, "--json"]).expect(0).json();
    assert!(document["plan"]["attempts"].as_array().is_some_and(|attempts| attempts.len() > 1));
}

#[test]
fn a_report_is_for_people_and_strict_answers_no() {
    let config = file("migrate-report.yaml", CONFIG);
    let run = switchback(&["migrate", "litellm", &config, "--format", "markdown", "--strict"]).expect(1);
    for part in [
        "# Moving in from LiteLLM",
        "## What has no equivalent",
        "| 8:20 | /litellm_settings/cache |",
        "LITELLM_MASTER_KEY",
        "x-litellm-call-id",
    ] {
        assert!(run.out.contains(part), "{part} in {}", run.out);
    }
}

#[test]
fn what_cannot_be_read_is_said_with_its_place() {
    let config = file("broken.yaml", "a: [1\n");
    let run = switchback(&["migrate", "litellm", &config]).expect(2);
    assert!(run.err.contains("broken.yaml: line 2"), "{}", run.err);
    let run = switchback(&["migrate", "nobody", &config]).expect(2);
    assert!(run.err.contains("unknown system `nobody`"), "{}", run.err);
}

#[test]
fn a_request_is_sanitized_and_its_body_is_all_that_standard_output_has() {
    let headers = file(
        "headers.json",
        r#"{"x-portkey-provider": "@openai-prod", "x-portkey-api-key": "pk-1", "X-Mine": ["a", "b"]}"#,
    );
    let body = file("migrate-body.json", r#"{ "model":"gpt-4o" }"#);
    let arguments = ["sanitize", "--from", "portkey", "--headers", &headers, "--body", &body];
    let run = switchback(&[&arguments[..], &["--integration", "openai-prod=openai"]].concat()).expect(0);
    assert_eq!(run.out, r#"{ "model":"openai/gpt-4o" }"#);
    assert!(run.err.contains("X-Mine: a\nX-Mine: b\n"), "{}", run.err);
    let run =
        switchback(&[&arguments[..], &["--json", "--path", "https://api.portkey.ai/v1/chat/completions"]].concat())
            .expect(0);
    let document = run.json();
    assert_eq!(document["path"], "/v1/chat/completions");
    assert_eq!(document["headers"]["X-Mine"][1], "b");
    assert_eq!(document["ledger"].as_array().unwrap().len(), 3);
    assert!(!run.out.contains("pk-1"), "{}", run.out);
}
