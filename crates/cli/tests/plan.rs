//! `switchback plan`: what it prints, and what it answers to requests that nobody can serve.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::disallowed_methods,
    clippy::indexing_slicing,
    reason = "tests fail by panicking, and write the files that they run on"
)]

mod support;

use support::{example, file, switchback, with_input};

const NOW: &str = "2026-11-21T12:00:00Z";

#[test]
fn a_plan_is_text_for_people_with_every_endpoint_accounted_for() {
    let run = switchback(&["plan", "--now", NOW, &example("requests/messages-image.json")]).expect(0);
    assert!(
        run.out.starts_with("read as messages because it has a top-level `system`\nclaude-haiku-4-5 in messages\n")
    );
    for expected in ["attempts (sorted by score)", "left out", "other endpoints of the catalog", "access is unverified"]
    {
        assert!(run.out.contains(expected), "{expected}: {}", run.out);
    }
    assert!(!run.out.contains('\u{1b}'), "no colour where no terminal is");
    assert_eq!(run.err, "");
}

#[test]
fn a_plan_as_json_is_one_document_and_the_same_every_time() {
    let arguments = ["plan", "--json", "--now", NOW, "--seed", "7", &example("requests/chat-tools.json")];
    let (first, second) = (switchback(&arguments).expect(0), switchback(&arguments).expect(0));
    assert_eq!(first.out, second.out);
    let plan = first.json();
    assert_eq!((plan["schema"].as_u64(), plan["seed"].as_u64()), (Some(1), Some(7)));
    assert_eq!(plan["read_as"]["protocol"], "chat");
    assert_eq!(plan["fingerprint"].as_str().unwrap().len(), 16);
    let attempts = plan["attempts"].as_array().unwrap();
    assert!(attempts.iter().any(|attempt| attempt["provider"] == "openai" && attempt["protocol"] == "chat"));
    assert!(attempts.iter().all(|attempt| attempt["fit"] != "impossible"));
    assert!(plan["excluded"].as_array().unwrap().iter().all(|out| out["reason"]["code"].is_string()));
}

#[test]
fn a_page_is_written_beside_what_is_printed() {
    let page = file("plan.html", "");
    let request = example("requests/chat-tools.json");
    let run = switchback(&["plan", "--now", NOW, "--html", &page, &request]).expect(0);
    let html = std::fs::read_to_string(&page).unwrap();
    let fingerprint = run.out.lines().last().unwrap().strip_prefix("plan ").unwrap();
    assert!(html.starts_with("<!doctype html>") && html.contains(fingerprint), "{fingerprint}");
    assert_eq!(run.out, switchback(&["plan", "--now", NOW, &request]).expect(0).out);
    let run = switchback(&["plan", "--html", "no/such/folder/plan.html", &request]).expect(2);
    assert!(run.err.contains("no/such/folder/plan.html: cannot be written"), "{}", run.err);
}

#[test]
fn the_protocol_is_taken_from_the_flag_or_the_shape_and_said() {
    let body = r#"{"model":"gpt-4o-mini","messages":[{"role":"user","content":"hi"}],"max_tokens":9}"#;
    let run = with_input(&["plan", "-"], body).expect(0);
    assert!(run.out.starts_with("read as chat because it has `messages`"), "{}", run.out);
    let run = with_input(&["plan", "--protocol", "messages", "-"], body).expect(0);
    assert!(run.out.starts_with("read as messages because `--protocol` says so"), "{}", run.out);
}

#[test]
fn a_policy_and_a_state_decide() {
    let policy = example("policies/house.toml");
    let state = example("states/house.json");
    let arguments = [
        "plan",
        "--json",
        "--now",
        NOW,
        "--policy",
        &policy,
        "--state",
        &state,
        &example("requests/messages-image.json"),
    ];
    let plan = switchback(&arguments).expect(0).json();
    let first = &plan["attempts"][0];
    assert_eq!((&first["provider"], &first["credentials"][0]), (&"anthropic".into(), &"anthropic-main".into()));
    assert_eq!(first["health"]["latency_ms"], 620);
    assert_eq!(plan["legs"].as_array().unwrap().len(), 2);
    let codes: Vec<&str> =
        plan["excluded"].as_array().unwrap().iter().map(|out| out["reason"]["code"].as_str().unwrap()).collect();
    assert!(codes.contains(&"no_credential"), "{codes:?}");
    assert!(plan["notes"].as_array().unwrap().is_empty(), "with an inventory, access is verified");
}

#[test]
fn the_same_policy_in_json_gives_the_same_plan() {
    let toml = file("same.toml", "sort = \"cost\"\ndeny = [\"openrouter\"]\n");
    let json = file("same.json", r#"{"sort": "cost", "deny": ["openrouter"]}"#);
    let request = example("requests/chat-tools.json");
    let plan = |policy: &str| switchback(&["plan", "--json", "--now", NOW, "--policy", policy, &request]).expect(0).out;
    assert_eq!(plan(&toml), plan(&json));
}

#[test]
fn headers_of_the_state_are_read_in_any_case() {
    let policy =
        file("header.toml", "[[route.first]]\nif = { of = \"header.x-plan\", eq = \"pro\" }\nmodel = \"gpt-4.1\"\n");
    let state = file("header.json", r#"{"caller": {"headers": {"X-Plan": "pro"}}}"#);
    let request = example("requests/chat-tools.json");
    let plan = switchback(&["plan", "--json", "--policy", &policy, "--state", &state, &request]).expect(0).json();
    assert_eq!(plan["legs"][0]["model"]["text"], "gpt-4.1");
}

#[test]
fn signals_that_name_no_endpoint_are_not_passed_over_in_silence() {
    let state = file("strangers.json", r#"{"signals": {"openai gpt-9 chat - standard -": {"uptime": 0.5}}}"#);
    let run = switchback(&["plan", "--state", &state, &example("requests/chat-tools.json")]).expect(0);
    assert_eq!(run.err, "warning: 1 of the state's signals name no endpoint of the catalog\n");
}

#[test]
fn an_unknown_model_is_refused_with_suggestions() {
    let run = with_input(&["plan", "-"], r#"{"model":"gpt-4o-mimi","messages":[]}"#).expect(1);
    assert!(
        run.out.contains("refused: no model `gpt-4o-mimi` in the catalog; did you mean `gpt-4o-mini`"),
        "{}",
        run.out
    );
    let run = with_input(&["plan", "--json", "-"], r#"{"model":"gpt-4o-mimi","messages":[]}"#).expect(1);
    assert_eq!(run.json()["refusal"]["code"], "unknown_model");
    assert_eq!(run.json()["refusal"]["suggestions"][0], "gpt-4o-mini");
}

#[test]
fn a_model_name_cannot_write_to_the_terminal() {
    let body = r#"{"model":"gpt\u001b[31m-5","messages":[]}"#;
    let run = with_input(&["plan", "-"], body).expect(1);
    assert!(!run.out.contains('\u{1b}') && run.out.contains("gpt\\u{1b}[31m-5"), "{}", run.out);
    assert_eq!(
        with_input(&["plan", "--json", "-"], body).expect(1).json()["legs"][0]["model"]["text"],
        "gpt\u{1b}[31m-5"
    );
}

#[test]
fn nothing_eligible_names_what_to_relax() {
    let policy = file("closed.toml", "deny = [\"*\"]\n");
    let run = switchback(&["plan", "--json", "--policy", &policy, &example("requests/chat-tools.json")]).expect(1);
    let refusal = &run.json()["refusal"];
    assert_eq!(refusal["code"], "nothing_eligible");
    assert_eq!(refusal["relax"][0]["constraints"][0]["code"], "denied");
    assert_eq!(refusal["relax"][0]["constraints"][0]["subject"], "policy: *");
    let run = switchback(&["plan", "--policy", &policy, &example("requests/chat-tools.json")]).expect(1);
    assert!(run.out.contains("denied (policy: *): take it out of that `deny`"), "{}", run.out);
}

#[test]
fn no_model_and_an_empty_catalog_are_refusals_of_their_own() {
    let run = with_input(&["plan", "--json", "-"], r#"{"messages":[{"role":"user","content":"hi"}]}"#);
    assert_ne!(run.status, 0);
    let empty = file("empty.tsv", "switchback-catalog\t1\n");
    let run = switchback(&["plan", "--catalog", &empty, &example("requests/chat-tools.json")]).expect(1);
    assert!(run.out.contains("the catalog has no endpoints"), "{}", run.out);
}

#[test]
fn auto_takes_any_model_of_the_pool() {
    let policy = file("pool.toml", "auto = [\"anthropic/claude-haiku-4-5\", \"openai/gpt-5-mini\"]\n");
    let body = r#"{"model":"auto","messages":[{"role":"user","content":"hi"}]}"#;
    let plan = with_input(&["plan", "--json", "--policy", &policy, "-"], body).expect(0).json();
    for attempt in plan["attempts"].as_array().unwrap() {
        assert!(["anthropic", "openai"].contains(&attempt["provider"].as_str().unwrap()), "{attempt}");
    }
    assert_eq!(plan["others"], 0, "for `auto` every endpoint is a candidate");
}

#[test]
fn what_a_request_says_of_its_own_routing_is_read_and_shown() {
    let body = r#"{"model":"anthropic/claude-haiku-4.5","messages":[{"role":"user","content":"hi"}],
        "provider":{"only":["amazon-bedrock"],"srot":"price"}}"#;
    let run = with_input(&["plan", "--now", NOW, "-"], body).expect(0);
    // Long notes are broken into lines.
    let out = run.out.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(out.contains("/provider/only: exact, becomes allow = bedrock"), "{out}");
    assert!(out.contains("unknown member; did you mean `sort`?"), "{out}");
    let plan = with_input(&["plan", "--json", "--now", NOW, "-"], body).expect(0).json();
    assert!(plan["attempts"].as_array().unwrap().iter().all(|attempt| attempt["provider"] == "bedrock"));
    assert_eq!(plan["request_routing"]["taken"][0], "/provider");
    let unread = with_input(&["plan", "--json", "--now", NOW, "--request-routing", "none", "-"], body).expect(0).json();
    assert!(unread["request_routing"].is_null());
}

#[test]
fn a_malformed_member_is_named_with_what_was_expected() {
    let body = r#"{"model":"gpt-4o","messages":[],"routing":{"provider":{"interval":"5m","sort":"cost"}}}"#;
    let run = with_input(&["plan", "-"], body).expect(2);
    assert!(run.err.contains("/routing/provider/interval: expected 15 minutes or more"), "{}", run.err);
    assert!(run.err.contains("--request-routing none"), "{}", run.err);
}
