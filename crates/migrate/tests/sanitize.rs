//! Sanitizing requests, by example.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests fail by panicking"
)]

use switchback_migrate::{Fidelity, Incoming, Sanitized, Sanitizer, System};

fn sanitize(system: System, headers: &[(&str, &str)], path: Option<&str>, body: &str) -> Sanitized {
    Sanitizer::new(system).sanitize(&Incoming { headers, path, body: body.as_bytes() }).unwrap()
}

fn body(sanitized: &Sanitized) -> &str {
    std::str::from_utf8(&sanitized.body).unwrap()
}

fn dump(sanitized: &Sanitized) -> String {
    let lines = sanitized.ledger.entries().iter();
    let lines: Vec<String> =
        lines.map(|entry| format!("{} {} {}", entry.path, entry.fidelity.name(), entry.detail)).collect();
    lines.join("\n")
}

#[test]
fn what_is_not_foreign_stays_byte_for_byte() {
    let text = "{ \"model\":\t\"gpt-4o\" ,\"x\" : 1.0e3, \"messages\":[ {\"a\":\"\\u0041\"} ]\n, \"num_retries\":1 }\n";
    let sanitized = sanitize(System::LiteLlm, &[("A", "b")], None, text);
    let expected = "{ \"model\":\t\"openai/gpt-4o\" ,\"x\" : 1.0e3, \"messages\":[ {\"a\":\"\\u0041\"} ] }\n";
    assert_eq!(body(&sanitized), expected);
    let first = sanitize(System::LiteLlm, &[], None, "{\"num_retries\":1, \"a\":2}");
    assert_eq!(body(&first), "{ \"a\":2}");
    let only = sanitize(System::LiteLlm, &[], None, "{\"num_retries\":1}");
    assert_eq!(body(&only), "{}");
}

#[test]
fn nested_labels_lose_only_the_proxys_own() {
    let sanitized = sanitize(System::LiteLlm, &[], None, r#"{"metadata": {"tags": ["a", "b"], "mine": 1}}"#);
    assert_eq!(body(&sanitized), r#"{"metadata": { "mine": 1}}"#);
    assert_eq!(sanitized.wishes.tags, ["a", "b"]);
    assert_eq!(sanitized.ledger.entries()[0].path, "/body/metadata/tags");
}

#[test]
fn a_providers_header_goes_into_the_model() {
    let bedrock = [("x-portkey-provider", "bedrock")];
    let sanitized =
        sanitize(System::Portkey, &bedrock, None, r#"{"model":"anthropic.claude-haiku-4-5-20251001-v1:0"}"#);
    assert_eq!(body(&sanitized), r#"{"model":"bedrock/claude-haiku-4-5"}"#, "{}", dump(&sanitized));
    let unknown = sanitize(System::Portkey, &[("x-portkey-provider", "@openai-prod")], None, r#"{"model":"gpt-4o"}"#);
    assert_eq!(unknown.ledger.entries()[0].fidelity, Fidelity::None);
    let request =
        Incoming { headers: &[("x-portkey-provider", "@openai-prod")], path: None, body: br#"{"model":"gpt-4o"}"# };
    let mapped = Sanitizer::new(System::Portkey).with_integration("@openai-prod", "openai").sanitize(&request).unwrap();
    assert_eq!(body(&mapped), r#"{"model":"openai/gpt-4o"}"#);
}

#[test]
fn helicones_list_is_a_chain_with_exclusions() {
    let sanitized = sanitize(System::Helicone, &[], None, r#"{"model":"!openai,gpt-4o/azure,claude-4.5-sonnet"}"#);
    assert_eq!(body(&sanitized), r#"{"model":"azure/gpt-4o"}"#, "{}", dump(&sanitized));
    assert_eq!(sanitized.wishes.deny, ["openai"]);
    assert_eq!(sanitized.wishes.chain.len(), 1);
}

#[test]
fn helicones_targets_lose_their_credentials() {
    let targets = r#"[{"target-url":"https://api.openai.com","headers":{"Authorization":"Bearer sk-abcdef123"},"onCodes":[{"from":400,"to":500}],"bodyKeyOverride":{"model":"gpt-4o"}},{"target-url":"https://x.openai.azure.com","headers":{"api-key":"hunter22"},"onCodes":[429]}]"#;
    let sanitized = sanitize(System::Helicone, &[("Helicone-Fallbacks", targets)], None, r#"{"model":"gpt-4o-mini"}"#);
    assert_eq!(body(&sanitized), r#"{"model":"openai/gpt-4o"}"#);
    assert_eq!(sanitized.wishes.chain[0].model, "azure/gpt-4o-mini");
    assert_eq!(sanitized.wishes.chain[0].on.to_string(), "400-500");
    let shown = format!("{sanitized:?}");
    assert!(!shown.contains("abcdef123") && !shown.contains("hunter22"), "{shown}");
}

#[test]
fn native_requests_of_tensorzero_become_responses() {
    let native = r#"{"model_name":"openai::gpt-4o","episode_id":"e","input":{"system":"Be brief.","messages":[
        {"role":"user","content":"Hi"},{"role":"assistant","content":[{"type":"tool_call","id":"c1","name":"t","arguments":{"x":1}}]},
        {"role":"user","content":[{"type":"tool_result","id":"c1","name":"t","result":"ok"},{"type":"template","name":"u","arguments":{"q":2}}]}]},
        "params":{"chat_completion":{"temperature":0.50,"max_tokens":9}},"stream":true}"#;
    let sanitized = sanitize(System::TensorZero, &[], Some("http://localhost:3000/inference"), native);
    assert_eq!(sanitized.path.as_deref(), Some("/v1/responses"));
    let expected = r#"{"model":"openai/gpt-4o","instructions":"Be brief.","input":[{"type":"message","role":"user","content":[{"type":"input_text","text":"Hi"}]},{"type":"function_call","call_id":"c1","name":"t","arguments":"{\"x\":1}"},{"type":"function_call_output","call_id":"c1","output":"ok"},{"type":"message","role":"user","content":[{"type":"input_text","text":"{\"q\":2}"}]}],"temperature":0.50,"max_output_tokens":9,"stream":true}"#;
    assert_eq!(body(&sanitized), expected);
    assert!(dump(&sanitized).contains("/body/input/messages none arguments of a template"), "{}", dump(&sanitized));
}

#[test]
fn vertex_keeps_its_terms_and_the_guides_reading_is_shown() {
    let sanitized = sanitize(System::LiteLlm, &[], None, r#"{"model":"vertex_ai/gemini-2.5-flash"}"#);
    assert_eq!(body(&sanitized), r#"{"model":"vertex/gemini-2.5-flash"}"#);
    let entry = &sanitized.ledger.entries()[0];
    assert_eq!(entry.fidelity, Fidelity::Ambiguous);
    assert!(entry.readings.iter().any(|reading| reading.name == "guide" && reading.detail.contains("ai-studio/")));
}

#[test]
fn a_body_that_is_no_object_is_refused_with_its_place() {
    let error = Sanitizer::new(System::Portkey)
        .sanitize(&Incoming { headers: &[], path: None, body: b"{\"a\":\n}" })
        .unwrap_err();
    assert_eq!(error.to_string(), "line 2, column 1: the body is not JSON: expected a value");
}
