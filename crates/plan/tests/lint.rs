//! What lint finds: each code with its place, on the smallest policy that shows it, and nothing on a sound one.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    reason = "tests fail by panicking and read files"
)]

use std::sync::LazyLock;

use switchback_catalog::Catalog;
use switchback_plan::{Finding, FindingCode, Policy, Severity, lint};

static CATALOG: LazyLock<Catalog> = LazyLock::new(Catalog::embedded);

fn findings(toml: &str) -> Vec<Finding> {
    let policy = Policy::from_toml(toml).unwrap_or_else(|error| panic!("{toml}: {error}"));
    lint(&policy, &CATALOG)
}

/// A policy, and the code, place and words of the one thing that is found.
type Case = (&'static str, FindingCode, &'static str, &'static str);

const CASES: &[Case] = &[
    (
        "groups.a = [\"gpt-5-mini\", \"b\"]\ngroups.b = [\"gpt-5-mini\", \"c\"]\ngroups.c = \"a\"",
        FindingCode::GroupCycle,
        "groups.a",
        "`a` → `b` → `c` → `a` leads back",
    ),
    (
        "groups.\"x/*\" = [\"gpt-5-mini\", \"y/$1\"]\ngroups.\"y/*\" = \"x/$1\"",
        FindingCode::GroupCycle,
        "groups.x/*",
        "`x/*` → `y/*` → `x/*`",
    ),
    (
        "route.split = [{ model = \"gpt-5-mini\", weight = 0 }, { model = \"gpt-5-nano\", weight = 0 }]",
        FindingCode::AllWeightsZero,
        "route",
        "give one a share",
    ),
    ("route.chain = [\"gpt-5-mini\", { any = [] }]", FindingCode::EmptyRoute, "route.chain[1]", "`any` is empty"),
    ("fallback = [\"gpt-5-minni\"]", FindingCode::UnknownModel, "fallback[0]", "did you mean `gpt-5-mini`"),
    ("route = \"opennai/gpt-5-mini\"", FindingCode::UnknownProvider, "route", "did you mean `openai`"),
    ("route = \"anthropic/gpt-5-mini\"", FindingCode::NotServed, "route", "`anthropic` does not serve"),
    ("auto = [\"openai/gpt-5-minni\"]", FindingCode::DeadPoolEntry, "auto[0]", "did you mean `openai/gpt-5-mini`"),
    ("route.pool = [\"azure\", \"opennai\"]", FindingCode::DeadPoolEntry, "route.pool[1]", "did you mean `openai`"),
    ("deny = [\"deepsek\"]", FindingCode::DeadSelector, "policy.deny[0]", "did you mean `deepseek`"),
    (
        "prefer = [{ metric = \"latency\", at_most = 5, of = [\"gooogle\"] }]",
        FindingCode::DeadSelector,
        "policy.prefer[0].of[0]",
        "names no endpoint",
    ),
    (
        "route = \"claude-haiku-4-5\"\nallow = [\"openai\"]",
        FindingCode::NothingAllowed,
        "route",
        "passes the lists at policy",
    ),
    ("allow = [\"openai\"]\ndeny = [\"openai\"]", FindingCode::NothingAllowed, "policy", "leave no endpoint"),
    (
        "route = { model = \"fast\", deny = [\"openai\"] }\ngroups.fast = \"openai/gpt-5-mini\"",
        FindingCode::NothingAllowed,
        "route",
        "passes the lists at route",
    ),
    (
        "route.first = [\"gpt-5-mini\", { model = \"gpt-5-nano\", if = { of = \"tags\", has_any = [\"a\"] } }]",
        FindingCode::ShadowedCondition,
        "route.first[1]",
        "route.first[0] holds before it",
    ),
    (
        "route.first = [{ model = \"gpt-5-mini\", if = { of = \"tenant\", eq = \"a\" } },
        { model = \"gpt-5-nano\", if = { all = [{ of = \"tenant\", eq = \"a\" }, { of = \"model\", eq = \"x\" }] } }]",
        FindingCode::ShadowedCondition,
        "route.first[1]",
        "never reached",
    ),
    (
        "route.first = [{ model = \"gpt-5-mini\", if = { of = \"tags\", has_any = [] } }, \"gpt-5-nano\"]",
        FindingCode::NeverHolds,
        "route.first[0]",
        "holds for no request",
    ),
    (
        "route.chain = [\"gpt-5-mini\", { model = \"gpt-5\", on = [] }]",
        FindingCode::NeverTriggered,
        "route.chain[1]",
        "no failure matches",
    ),
    (
        "route.chain = [{ model = \"gpt-5-mini\", on = [\"429\"] }, \"gpt-5\"]",
        FindingCode::IgnoredOn,
        "route.chain[0]",
        "nothing comes before",
    ),
    (
        "route.chain = [\"gpt-5-mini\", { model = \"gpt-5\", weight = 2 }]",
        FindingCode::IgnoredWeight,
        "route.chain[1]",
        "a share in a `split`",
    ),
    (
        "route.any = [\"gpt-5-mini\", { model = \"gpt-5\", sort = \"cost\" }]",
        FindingCode::IgnoredSetting,
        "route.any[1].sort",
        "as the `any` says",
    ),
    (
        "route = { model = \"gpt-5\", give_up = { after_attempts = 2 } }",
        FindingCode::IgnoredSetting,
        "route.give_up",
        "the top of the policy",
    ),
    (
        "route = [\"gpt-4.1\", \"gpt-4o\"]",
        FindingCode::WeakerFallback,
        "route.chain[1]",
        "a context window of 128000 tokens after one of",
    ),
    (
        "route = \"gpt-4.1\"\nfallback = [{ model = \"gpt-4o\", on = [\"context_overflow\"] }]",
        FindingCode::OverflowNotLarger,
        "fallback[0]",
        "take a longer model",
    ),
    (
        "route.chain = [\"gpt-5-mini\", \"gpt-5\", \"gpt-5-mini\"]",
        FindingCode::DuplicateRoute,
        "route.chain[2]",
        "the same as route.chain[0]",
    ),
    ("groups.\"a*b*\" = \"gpt-5-mini\"", FindingCode::OddGroupName, "groups.a*b*", "only the first `*`"),
    ("limit = [{ metric = \"latency\" }]", FindingCode::EmptyBounds, "policy.limit[0]", "every value passes"),
    (
        "prefer = [{ metric = \"latency\", at_least = 5, at_most = 4 }]",
        FindingCode::EmptyBounds,
        "policy.prefer[0]",
        "no value passes",
    ),
    ("sort = \"latency.sum\"", FindingCode::OddMetric, "policy.sort", "nobody can measure `latency.sum`"),
    (
        "limit = [{ metric = \"in_flight@5m\", at_most = 3 }]",
        FindingCode::OddMetric,
        "policy.limit[0]",
        "it is of this moment",
    ),
];

#[test]
fn each_case_has_its_one_finding() {
    for (toml, code, path, words) in CASES {
        let findings = findings(toml);
        let [finding] = findings.as_slice() else { panic!("{toml}\n{findings:#?}") };
        assert_eq!((finding.code, finding.path.as_str()), (*code, *path), "{toml}: {finding}");
        assert!(finding.message.contains(words), "{toml}: {finding}");
    }
}

#[test]
fn every_code_has_a_case() {
    let untested = FindingCode::ALL.iter().filter(|code| !CASES.iter().any(|(_, tested, ..)| tested == *code));
    // It is about the catalog; the example of `stale_catalog` shows it.
    assert_eq!(untested.collect::<Vec<_>>(), [&FindingCode::StaleCatalog]);
}

#[test]
fn what_is_sound_has_no_finding() {
    for toml in [
        "",
        "route = [\"claude-haiku-4-5\", \"gpt-5-mini\", \"gemini-2.5-flash\"]",
        "fallback = [\"$model\", \"auto\"]",
        // Within a group its own name is the catalog's model.
        "groups.gpt-5-mini = [\"azure/gpt-5-mini\", \"gpt-5-mini\"]",
        "groups.\"house/*\" = [\"azure/$1\", \"$1\"]\nroute = \"house/gpt-5-mini\"",
        "groups.\"gpt-5*\" = { chain = [\"openai/gpt-5$1\", \"azure/gpt-5$1\"] }",
        // A split's routes follow each other, so that `on` means something at each of them.
        "route.split = [{ model = \"openai/gpt-5-mini\", on = [\"any\"] }, \"azure/gpt-5-mini\"]",
        "route = { model = \"anthropic/gpt-5-mini\", prefix = \"start\" }",
        "route.first = [{ model = \"gpt-5-mini\", if = { of = \"tenant\", eq = \"a\" } },
        { model = \"gpt-5-mini\", if = { of = \"tenant\", eq = \"b\" } }, \"gpt-5-nano\"]",
    ] {
        assert_eq!(findings(toml), [], "{toml}");
    }
}

#[test]
fn a_policy_that_no_catalog_can_mend_is_refused_and_says_all_of_it() {
    for (toml, code, path, _) in CASES {
        let structural = [FindingCode::GroupCycle, FindingCode::AllWeightsZero, FindingCode::EmptyRoute];
        let checked = Policy::from_toml(toml).unwrap().check();
        match checked {
            Err(error) => {
                let first = error.findings().next().unwrap();
                assert_eq!((first.code, first.path.as_str()), (*code, *path));
                assert_eq!(error.to_string(), first.to_string());
            }
            Ok(()) => assert!(!structural.contains(code), "{toml}"),
        }
    }
    let both = "route.any = []\nfallback = [{ split = [{ model = \"a\", weight = 0 }] }]";
    let error = Policy::from_toml(both).unwrap().check().unwrap_err().to_string();
    assert!(error.ends_with("and 1 more"), "{error}");
}

#[test]
fn a_finding_reads_in_one_line_and_as_json() {
    let finding = &findings("deny = [\"deepsek\"]")[0];
    assert_eq!(
        finding.to_string(),
        "warning dead_selector at policy.deny[0]: `deepsek` names no endpoint of the catalog; did you mean `deepseek`?"
    );
    let json = serde_json::to_value(finding).unwrap();
    assert_eq!((json["severity"].as_str(), json["code"].as_str()), (Some("warning"), Some("dead_selector")));
    assert_eq!(json["path"], "policy.deny[0]");
    assert!(FindingCode::ALL.iter().map(|code| code.severity()).is_sorted(), "errors first");
    assert_eq!(Severity::Error.name(), "error");
}

/// The codes are an interface: the guide lists every one, with what it means and how bad it is.
#[test]
fn the_guide_lists_every_code() {
    let guide = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/policy.md")).unwrap();
    for code in FindingCode::ALL {
        let row = format!("| `{code}` | {} | {} |", code.severity().name(), code.about().trim_end_matches('.'));
        assert!(guide.contains(&row), "docs/policy.md lacks:\n{row}");
    }
}
