use switchback_plan::{Finding, Severity, lint, stale_catalog};

use crate::arguments::{self, PolicyAction};
use crate::failure::{Answer, Failure};
use crate::table::Table;
use crate::{input, output};

pub(crate) fn run(options: &arguments::Policy) -> Result<Answer, Failure> {
    match &options.action {
        PolicyAction::Lint(options) => look_over(options),
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
