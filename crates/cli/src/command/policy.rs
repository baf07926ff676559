use std::collections::BTreeMap;
use std::path::Path;

use serde::Serialize;
use switchback::{Engine, Situation, decode};
use switchback_ir::Limits;
use switchback_plan::{Change, Difference, Finding, Plan, Severity, lint, stale_catalog};
use switchback_protocol::{detect, detect_response};

use crate::arguments::{self, PolicyAction};
use crate::asked::Asked;
use crate::failure::{Answer, Failure};
use crate::state::State;
use crate::table::Table;
use crate::{input, output};

pub(crate) fn run(options: &arguments::Policy) -> Result<Answer, Failure> {
    match &options.action {
        PolicyAction::Lint(options) => look_over(options),
        PolicyAction::Diff(options) => compare(options),
    }
}

fn look_over(options: &arguments::PolicyLint) -> Result<Answer, Failure> {
    let policy = input::any_policy(&options.policy)?;
    let catalog = input::catalog(options.catalog.as_deref())?;
    let mut findings = lint(&policy, &catalog);
    findings.extend(stale_catalog(&catalog, input::now(options.now)));
    if options.json {
        output::json(&findings)?;
    } else {
        output::text(&listed(&findings))?;
    }
    let is_error = |finding: &Finding| finding.severity() == Severity::Error;
    Ok(if findings.iter().any(is_error) { Answer::No } else { Answer::Done })
}

fn listed(findings: &[Finding]) -> String {
    if findings.is_empty() {
        return "no findings\n".to_owned();
    }
    let mut table = Table::new(["SEVERITY", "CODE", "WHERE", "WHAT"]);
    for finding in findings {
        let cells = [finding.severity().name(), finding.code.name(), &finding.path, &finding.message];
        table.row(cells.map(str::to_owned).to_vec());
    }
    table.render()
}

/// What two policies do otherwise over a set of requests.
#[derive(Default, Serialize)]
struct Comparison {
    requests: usize,
    /// Files that are no request, or none that can be read.
    skipped: usize,
    /// How many requests change in each way.
    counts: BTreeMap<&'static str, usize>,
    changes: BTreeMap<String, Difference>,
}

fn compare(options: &arguments::PolicyDiff) -> Result<Answer, Failure> {
    let before = Engine::new(input::catalog(options.catalog.as_deref())?, input::policy(Some(&options.before))?);
    let after = before.with_policy(input::policy(Some(&options.after))?);
    let state = State::read(options.state.as_deref(), before.catalog())?;
    let situation = state.situation(input::now(options.now), options.seed);
    let mut comparison = Comparison::default();
    for file in input::files(&options.paths, &["json"])? {
        match plans(&file, &options.asked, [&before, &after], &situation) {
            Ok(Some([was, is])) => comparison.add(&file, Difference::between(&was, &is)),
            Ok(None) => comparison.skipped += 1,
            Err(failure) if options.paths.contains(&file) => return Err(failure),
            // Of a folder the others are looked at nevertheless.
            Err(failure) => {
                output::remark(&format!("warning: {failure}"))?;
                comparison.skipped += 1;
            }
        }
    }
    if comparison.requests == 0 {
        return Err(Failure::usage(format!("no request among {} files", comparison.skipped)));
    }
    if options.json {
        output::json(&comparison)?;
    } else {
        output::text(&compared(&comparison))?;
    }
    Ok(Answer::Done)
}

impl Comparison {
    fn add(&mut self, file: &Path, difference: Option<Difference>) {
        self.requests += 1;
        let Some(difference) = difference else { return };
        for what in changed(&difference) {
            *self.counts.entry(what).or_default() += 1;
        }
        self.changes.insert(file.display().to_string(), difference);
    }
}

/// The plans for the request in a file by each engine, under what the request says about its own routing; none for a file
/// that holds something else.
fn plans(
    file: &Path,
    asked: &Asked,
    engines: [&Engine; 2],
    situation: &Situation<'_>,
) -> Result<Option<[Plan; 2]>, Failure> {
    let source = input::read(file)?;
    if detect_response(&source.bytes).is_some() {
        return Ok(None);
    }
    let request = decode(detect(&source.bytes).protocol, &source.bytes, &Limits::default());
    let mut request = request.map_err(|error| Failure::at(&source.name, error))?;
    if request.model.is_none() || request.messages.is_empty() {
        return Ok(None);
    }
    let routing = asked.read(&mut request, &situation.caller.headers, &source.name)?;
    let mut situation = *situation;
    if let Some(routing) = &routing {
        situation = situation.with_overlay(&routing.overlay);
    }
    Ok(Some(engines.map(|engine| engine.decide(&request, &situation))))
}

/// What of a request changes.
fn changed(difference: &Difference) -> Vec<&'static str> {
    let parts = [
        (difference.route.is_some(), "route"),
        (difference.cost.is_some(), "cost"),
        (difference.steps.is_some(), "steps"),
        (difference.rewrites.is_some(), "rewrites"),
        (difference.stateless.is_some(), "stateless"),
        (difference.credentials.is_some(), "credentials"),
        (difference.rules.is_some(), "rules"),
        (difference.refusal.is_some(), "refusal"),
        (difference.fallbacks.is_some(), "fallbacks"),
    ];
    parts.into_iter().filter(|(is_changed, _)| *is_changed).map(|(_, what)| what).collect()
}

fn compared(comparison: &Comparison) -> String {
    let mut table = Table::new(["REQUEST", "WHAT", "BEFORE", "AFTER"]);
    for (file, difference) in &comparison.changes {
        let Difference { route, cost, steps, rewrites, stateless, credentials, rules, refusal, fallbacks, .. } =
            difference;
        let money = |money: &Option<_>| {
            money.map_or_else(|| "unknown".to_owned(), |money: switchback_units::Money| money.to_string())
        };
        let list = |list: &Vec<String>| list.join(", ");
        let rows = [
            cells("route", route.as_ref(), String::clone),
            cells("cost", cost.as_ref(), money),
            cells("steps", steps.as_ref(), list),
            cells("rewrites", rewrites.as_ref(), list),
            cells("stateless", stateless.as_ref(), bool::to_string),
            cells("credentials", credentials.as_ref(), list),
            cells("rules", rules.as_ref(), list),
            cells("refusal", refusal.as_ref(), |code| code.unwrap_or_default().to_owned()),
            cells("fallbacks", fallbacks.as_ref(), |all| format!("{} more", all.len())),
        ];
        for [what, before, after] in rows.into_iter().flatten() {
            table.row(vec![file.clone(), what, before, after]);
        }
    }
    let counts: Vec<String> = comparison.counts.iter().map(|(what, count)| format!("{count} in {what}")).collect();
    let counts = if counts.is_empty() { String::new() } else { format!(": {}", counts.join(", ")) };
    let (changes, requests, skipped) = (comparison.changes.len(), comparison.requests, comparison.skipped);
    let table = if changes == 0 { String::new() } else { table.render() };
    format!("{table}{changes} of {requests} requests change{counts}; {skipped} files are no request that can be read\n")
}

fn cells<T>(what: &str, change: Option<&Change<T>>, show: impl Fn(&T) -> String) -> Option<[String; 3]> {
    let shown = |value: &T| Some(show(value)).filter(|text| !text.is_empty()).unwrap_or_else(|| "-".to_owned());
    change.map(|Change { before, after }| [what.to_owned(), shown(before), shown(after)])
}
