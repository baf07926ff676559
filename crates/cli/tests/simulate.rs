//! `switchback simulate`.
#![allow(
    clippy::panic,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    reason = "tests fail by panicking, and this one reads what was written"
)]

mod support;

use support::switchback;

const SCENARIO: &str = r#"
name = "down & <up>"
about = "the first of two goes down"
seconds = 120
rate = 10.0
seeds = 3
providers = [{ name = "a" }, { name = "b" }]
against = ["raw"]
phase = [{ providers = ["a"], from = 30, to = 60, success = 0.0 }]

[[variant]]
name = "10/s"
expect = [{ metric = "calls_to_eject", stat = "median", at_most = 20.0 }]
"#;

fn file(name: &str, text: &str) -> String {
    let path = std::env::temp_dir().join(format!("switchback-simulate-{}-{name}", std::process::id()));
    std::fs::write(&path, text).unwrap();
    path.to_str().unwrap().to_owned()
}

#[test]
fn a_scenario_is_run_and_drawn() {
    let (scenario, page) = (file("one.toml", SCENARIO), file("one.html", ""));
    let run = switchback(&["simulate", &scenario, "--json", "--html", &page]).expect(0);
    let report = run.json();
    assert_eq!((report["scenario"].as_str(), report["rows"][1]["rule"].as_str()), (Some("down & <up>"), Some("raw")));
    assert_eq!(report["expectations"][0]["met"], true);
    let page = std::fs::read_to_string(page).unwrap();
    assert!(page.contains("<h1>down &amp; &lt;up&gt;</h1>") && page.contains("<svg") && page.ends_with("</html>\n"));
    assert!(!page.contains("<script") && !page.contains("http"), "one file that asks for nothing");

    let again = switchback(&["simulate", &scenario, "--json", "--alone"]).expect(0).json();
    assert_eq!(again["rows"][0], report["rows"][0], "the same seeds, the same figures");
}

#[test]
fn what_is_expected_and_missed_is_an_answer_of_no() {
    let missed = SCENARIO.replace("at_most = 20.0", "at_most = 1.0");
    let run = switchback(&["simulate", &file("missed.toml", &missed), "--seeds", "1"]).expect(1);
    assert!(run.out.contains("MISSED 10/s: median of calls_to_eject is "), "{}", run.out);
}

#[test]
fn what_makes_no_sense_is_said() {
    let odd = SCENARIO.replace("to = 60", "to = 20");
    let run = switchback(&["simulate", &file("odd.toml", &odd)]).expect(2);
    assert!(run.err.contains("a phase from 30 to 20"), "{}", run.err);
    let unknown = SCENARIO.replace("seeds = 3", "seed = 3");
    let run = switchback(&["simulate", &file("unknown.toml", &unknown)]).expect(2);
    assert!(run.err.contains("unknown field `seed`"), "{}", run.err);
}
