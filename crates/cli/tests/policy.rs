//! `switchback policy`: what it finds in policies, and what it answers.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::disallowed_methods,
    clippy::indexing_slicing,
    reason = "tests fail by panicking, and write the files that they run on"
)]

mod support;

use support::{example, file, switchback};

const NOW: &str = "2026-11-21T12:00:00Z";

#[test]
fn a_sound_policy_has_no_findings() {
    let run = switchback(&["policy", "lint", "--now", NOW, &example("policies/house.toml")]).expect(0);
    assert_eq!(run.out, "no findings\n");
    let run = switchback(&["policy", "lint", "--json", "--now", NOW, &example("policies/house.toml")]).expect(0);
    assert_eq!(run.json(), serde_json::json!([]));
}

#[test]
fn errors_are_answered_with_no_and_warnings_are_not() {
    let policy = file("dead.toml", "route = [\"gpt-5-minni\", \"gpt-5\"]\n");
    let run = switchback(&["policy", "lint", "--now", NOW, &policy]).expect(1);
    assert!(run.out.contains("unknown_model") && run.out.contains("route.chain[0]"), "{}", run.out);
    let json = switchback(&["policy", "lint", "--json", "--now", NOW, &policy]).expect(1).json();
    assert_eq!(json[0]["severity"], "error");

    let policy = file("odd.toml", "deny = [\"deepsek\"]\n");
    let run = switchback(&["policy", "lint", "--now", NOW, &policy]).expect(0);
    assert!(run.out.contains("warning") && run.out.contains("did you mean `deepseek`?"), "{}", run.out);
}

#[test]
fn a_stale_catalog_is_a_warning_and_a_note_of_plans() {
    let later = "2027-06-01T00:00:00Z";
    let run = switchback(&["policy", "lint", "--now", later, &example("policies/house.toml")]).expect(0);
    assert!(run.out.contains("stale_catalog") && run.out.contains("import a newer one"), "{}", run.out);
    let plan = switchback(&["plan", "--json", "--now", later, &example("requests/chat-tools.json")]).expect(0).json();
    let codes: Vec<&str> =
        plan["notes"].as_array().unwrap().iter().map(|note| note["code"].as_str().unwrap()).collect();
    assert!(codes.contains(&"stale_catalog"), "{codes:?}");
}

#[test]
fn a_policy_that_cannot_work_is_not_planned_with() {
    let policy = file("cycle.toml", "groups.a = [\"gpt-5\", \"b\"]\ngroups.b = [\"gpt-5\", \"a\"]\n");
    let run = switchback(&["plan", "--policy", &policy, &example("requests/chat-tools.json")]).expect(2);
    assert!(run.err.contains("error group_cycle at groups.a: `a` → `b` → `a`"), "{}", run.err);
    assert!(run.err.contains("switchback policy lint"), "{}", run.err);
}

#[test]
fn a_recorded_decision_is_made_again_and_a_changed_one_is_told() {
    let record = support::folder("decisions").join("decision.json").display().to_string();
    let request = example("requests/messages-image.json");
    let plan =
        ["plan", "--json", "--now", NOW, "--policy", &example("policies/house.toml"), "--record", &record, &request];
    let planned = switchback(&plan).expect(0).json();
    let replayed = switchback(&["replay", "--json", &record]).expect(0).json();
    for (key, value) in replayed.as_object().unwrap() {
        assert_eq!(&planned[key], value, "{key}");
    }
    let written = std::fs::read_to_string(&record).unwrap();
    let fingerprint = planned["fingerprint"].as_str().unwrap();
    let other = file("other-decision.json", &written.replace(fingerprint, "0123456789abcdef"));
    let run = switchback(&["replay", &other]).expect(1);
    assert!(run.err.contains("the plan was 0123456789abcdef when it was recorded"), "{}", run.err);
}

#[test]
fn a_record_that_says_what_the_request_asked_for_is_replayed_and_one_without_prompts_is_warned_of() {
    let record = support::folder("asked-decisions").join("decision.json").display().to_string();
    let body = r#"{"model":"openai/gpt-4o","messages":[{"role":"user","content":"hi"}],"provider":{"sort":"price"}}"#;
    let request = file("asked.json", body);
    let run = switchback(&["plan", "--json", "--now", NOW, "--record", &record, &request]).expect(0);
    assert_eq!(run.err, "");
    let (planned, replayed) = (run.json(), switchback(&["replay", "--json", &record]).expect(0).json());
    assert_eq!(planned["notes"], replayed["notes"]);

    let looking =
        "route = { first = [{ if = { of = 'body.messages.0.content', eq = 'hi' }, model = 'gpt-4o' }, '$model'] }";
    let policy = file("looks.toml", looking);
    let run = switchback(&["plan", "--now", NOW, "--policy", &policy, "--record", &record, &request]).expect(0);
    assert!(run.err.starts_with(&format!("warning: {record} cannot be replayed: ")), "{}", run.err);
    assert!(run.err.contains("/messages/0/content"), "{}", run.err);
    switchback(&["replay", &record]).expect(2);
}

#[test]
fn two_policies_are_compared_over_requests() {
    let (before, after) = (file("before.toml", "order = [\"openai\"]\n"), file("after.toml", "order = [\"azure\"]\n"));
    let requests = example("requests");
    let json = switchback(&["policy", "diff", "--json", "--now", NOW, &before, &after, &requests]).expect(0).json();
    assert_eq!((json["requests"].as_u64(), json["skipped"].as_u64()), (Some(3), Some(0)));
    let file = example("requests/chat-tools.json");
    assert!(json["changes"][&file]["route"]["after"].as_str().unwrap().starts_with("azure-openai "), "{json}");
    let run = switchback(&["policy", "diff", "--now", NOW, &before, &after, &requests]).expect(0);
    assert!(run.out.contains("of 3 requests change: ") && run.out.contains("in route"), "{}", run.out);
    let run = switchback(&["policy", "diff", "--now", NOW, &before, &before, &requests]).expect(0);
    assert_eq!(run.out, "0 of 3 requests change; 0 files are no request that can be read\n");
}

#[test]
fn what_requests_ask_for_holds_under_both_policies() {
    let (before, after) = (file("ask-1.toml", "order = [\"openai\"]\n"), file("ask-2.toml", "order = [\"azure\"]\n"));
    let body = r#"{"model":"gpt-4o","messages":[{"role":"user","content":"hi"}],"provider":{"only":["azure"]}}"#;
    let request = file("ask-only.json", body);
    let diff = ["policy", "diff", "--json", "--now", NOW, &before, &after, &request];
    let json = switchback(&diff).expect(0).json();
    assert_eq!((json["requests"].as_u64(), json["changes"].as_object().unwrap().len()), (Some(1), 0), "{json}");
    let unread = switchback(&[&diff[..], &["--request-routing", "none"]].concat()).expect(0).json();
    assert!(unread["changes"][&request]["route"].is_object(), "{unread}");
}

#[test]
fn what_is_known_beside_the_requests_holds_under_both_policies() {
    let policies = [file("known-1.toml", ""), file("known-2.toml", "require.attributes = [\"sworn\"]\n")];
    let scopes = r#"{"inventory": {"scopes": [{"id": "a", "reaches": ["openai"]},
        {"id": "b", "reaches": ["openai"], "terms": {"attributes": ["sworn"]}}]}}"#;
    let (state, request) = (file("known.json", scopes), example("requests/chat-tools.json"));
    let [before, after] = &policies;
    let run = switchback(&["policy", "diff", "--now", NOW, "--state", &state, before, after, &request]).expect(0);
    assert!(run.out.contains("credentials  a, b    b\n"), "{}", run.out);
}

#[test]
fn a_request_that_cannot_be_read_is_named() {
    let policy = file("named.toml", "");
    let toml = example("policies/house.toml");
    let run = switchback(&["policy", "diff", &policy, &policy, &toml]).expect(2);
    assert!(run.err.contains(&format!("{toml}: ")), "{}", run.err);

    let folder = support::folder("requests");
    let write = |name: &str, body: &str| std::fs::write(folder.join(name), body).unwrap();
    write("good.json", r#"{"model":"gpt-4o","messages":[{"role":"user","content":"hi"}]}"#);
    write("odd.json", r#"{"model":"gpt-4o","messages":[{"role":"user","content":"hi"}],"routing":{"metric":"speed"}}"#);
    write("torn.json", r#"{"model":"gpt-4o","messages":["#);
    let run = switchback(&["policy", "diff", "--now", NOW, &policy, &policy, &folder.display().to_string()]).expect(0);
    assert_eq!(run.out, "0 of 1 requests change; 2 files are no request that can be read\n");
    assert!(
        run.err.contains("odd.json: /routing/metric: expected cost") && run.err.contains("torn.json: "),
        "{}",
        run.err
    );
    let odd = folder.join("odd.json").display().to_string();
    let run = switchback(&["policy", "diff", &policy, &policy, &odd]).expect(2);
    assert!(run.err.contains("/routing/metric") && run.err.contains("--request-routing none"), "{}", run.err);
}
