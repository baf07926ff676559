//! The scenarios that come with the crate: all are read, and a few are short enough to run here. All of them, with all
//! seeds, are one command: `docs/uptime.md`.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    reason = "tests fail by panicking, and this one reads files"
)]

use std::path::Path;

use switchback_sim::{Conversations, Metric, Options, Report, Scenario, html, simulate};

fn scenario(name: &str) -> Scenario {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios").join(name);
    Scenario::parse(&std::fs::read_to_string(path).unwrap()).unwrap()
}

/// One variant alone, so that a debug build takes seconds.
fn first_variant(name: &str) -> Scenario {
    let mut scenario = scenario(name);
    scenario.variants.truncate(1);
    scenario
}

fn run(scenario: &Scenario) -> Report {
    simulate(scenario, Options::default().seeds(3).alone())
}

#[test]
fn every_scenario_is_read() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios");
    let files = std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().file_name().into_string().unwrap());
    let scenarios: Vec<_> = files.map(|name| scenario(&name)).collect();
    assert!(scenarios.len() >= 12);
    assert!(scenarios.iter().all(|scenario| !scenario.variants.is_empty()));
}

#[test]
fn the_short_ones_come_out_as_expected() {
    for name in ["cold_start.toml", "our_network.toml", "total_outage.toml", "regional.toml"] {
        let report = run(&first_variant(name));
        let missed: Vec<_> = report.expectations.iter().filter(|checked| !checked.met).collect();
        assert!(missed.is_empty() && !report.expectations.is_empty(), "{name}: {missed:?}");
    }
}

#[test]
fn the_same_seed_gives_the_same_report() {
    let mut scenario = first_variant("hard_down.toml");
    (scenario.seconds, scenario.replicas, scenario.seeds) = (900, 3, 1);
    let text = |scenario: &Scenario| {
        let report = simulate(scenario, Options::default());
        (serde_json::to_string(&report).unwrap(), html(&report))
    };
    assert_eq!(text(&scenario), text(&scenario));
}

#[test]
fn recorded_traffic_comes_when_it_came() {
    let scenario = Scenario::parse(
        r#"
        name = "recorded"
        about = "three requests"
        seconds = 10
        seeds = 1
        providers = [{ name = "a", success = 1.0 }]
        recorded = [0, 10, 5000]
        "#,
    );
    let report = run(&scenario.unwrap());
    let calls = &report.timelines[0].1.tracks[0].calls;
    assert_eq!(calls.iter().map(|(calls, _)| calls).sum::<u64>(), 3);
    assert_eq!((calls[0].0, calls[5_000 / 42].0), (2, 1), "columns of 42 ms");
    assert!(report.rows[0].figures[&Metric::Wasted].max <= 0.0);
}

/// A half-hour of few conversations, so that a debug build takes seconds.
fn few(name: &str, change: impl Fn(&mut Conversations)) -> Report {
    let mut scenario = first_variant(name);
    (scenario.seconds, scenario.seeds) = (1_800, 1);
    let conversations = scenario.variants[0].conversations.as_mut().unwrap();
    (conversations.live, conversations.apps) = (60, 4);
    change(conversations);
    simulate(&scenario, Options::default())
}

#[test]
fn conversations_save_nearly_all_without_state_and_the_same_each_time() {
    let report = few("conversations.toml", |_| {});
    let figure = |rule: &str, metric| report.rows.iter().find(|row| row.rule == rule).unwrap().figures[&metric].median;
    assert!(figure("switchback", Metric::SavedShare) > 0.9, "{report:?}");
    assert!(figure("sticky", Metric::SavedShare) < 0.6 && figure("best", Metric::SavedShare) < 0.6);
    assert!(figure("merged", Metric::SavedShare) > figure("local", Metric::SavedShare));
    assert_eq!(figure("random", Metric::SavedShare).to_string(), "0");
    assert!(figure("switchback", Metric::MaxShare) < 1.25);
    let again = few("conversations.toml", |_| {});
    assert_eq!(serde_json::to_string(&report).unwrap(), serde_json::to_string(&again).unwrap());
}

#[test]
fn a_cache_that_holds_nothing_is_found_out() {
    let report = few("conversations_lies.toml", |conversations| conversations.lies = Some((300, 1_700)));
    assert!(report.rows[0].figures[&Metric::AnswersToDistrust].max <= 30.0, "{report:?}");
    assert!(report.rows[0].figures[&Metric::LateShare].max < 0.15, "{report:?}");
}

#[test]
fn what_makes_no_sense_in_conversations_is_refused() {
    let text = "name = \"n\"\nabout = \"\"\nseconds = 9\nproviders = [{ name = \"a\" }]\nconversations = { live = 0 }";
    let error = Scenario::parse(text).unwrap_err();
    assert_eq!(error.to_string(), "`live` of 0 in conversations, expected 1 to 100000");
}
