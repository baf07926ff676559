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
