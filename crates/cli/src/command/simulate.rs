use std::fmt::Write;

use switchback_plan::Paint;
use switchback_sim::{Checked, Metric, Options, Report, Scenario, html, simulate};

use crate::failure::{Answer, Failure};
use crate::table::Table;
use crate::{arguments, input, output};

pub(crate) fn run(options: &arguments::Simulate) -> Result<Answer, Failure> {
    let paths = input::files(&options.scenarios, &["toml"])?;
    if options.html.is_some() && paths.len() != 1 {
        return Err(Failure::usage(format!("`--html` takes one scenario, found {}", paths.len())));
    }
    let mut run = Options::default();
    run.seeds = options.seeds;
    run.alone = options.alone;
    let mut reports = Vec::new();
    for path in &paths {
        let source = input::read(path)?;
        let text = String::from_utf8(source.bytes).map_err(|error| Failure::at(&source.name, error.utf8_error()))?;
        let scenario = Scenario::parse(&text).map_err(|error| Failure::at(&source.name, error))?;
        let report = simulate(&scenario, run);
        if !options.json {
            output::text(&text_of(&report, output::paint()))?;
        }
        reports.push(report);
    }
    if options.json {
        // One scenario is one object, several are an array.
        match reports.as_slice() {
            [report] => output::json(report)?,
            several => output::json(&several)?,
        }
    }
    if let (Some(path), Some(report)) = (&options.html, reports.first()) {
        output::file(path, html(report).as_bytes())?;
    }
    Ok(if reports.iter().all(Report::is_met) { Answer::Done } else { Answer::No })
}

/// The columns that people look at first; the rest is in the JSON.
const COLUMNS: [(&str, Metric); 9] = [
    ("EJECTIONS", Metric::Ejections),
    ("A DAY", Metric::EjectionsPerDay),
    ("OUT AFTER s", Metric::SecondsToEject),
    ("CALLS", Metric::CallsToEject),
    ("WASTED", Metric::Wasted),
    ("OF ALL", Metric::WastedOfAll),
    ("FAILED", Metric::UserFailures),
    ("BACK AFTER s", Metric::SecondsToReadmit),
    ("SERVED", Metric::ServedShare),
];

/// The same of conversations.
const OF_CONVERSATIONS: [(&str, Metric); 9] = [
    ("COST", Metric::Cost),
    ("SAVED", Metric::SavedShare),
    ("CACHED", Metric::CachedShare),
    ("MAX SHARE", Metric::MaxShare),
    ("OVER BOUND", Metric::OverBound),
    ("WARM PROBES", Metric::WarmProbes),
    ("FAILED", Metric::Failed),
    ("ANSWERS", Metric::AnswersToDistrust),
    ("LATE", Metric::LateShare),
];

fn text_of(report: &Report, paint: Paint) -> String {
    let mut text = format!("{}: {}\n\n", report.scenario, report.about);
    let mut heads = ["VARIANT", "RULE", "", "", "", "", "", "", "", "", ""];
    let columns = match report.rows.first() {
        Some(row) if row.figures.contains_key(&Metric::Cost) => OF_CONVERSATIONS,
        _ => COLUMNS,
    };
    for (head, (name, _)) in heads.iter_mut().skip(2).zip(columns) {
        *head = name;
    }
    let mut table = Table::new(heads);
    for row in &report.rows {
        let figure = |metric: &Metric| row.figures.get(metric).copied().unwrap_or_default();
        let cells = columns.iter().map(|(_, metric)| {
            // Rare events have a mean; all else a middle.
            let value = figure(metric);
            number(if matches!(metric, Metric::EjectionsPerDay) { value.mean } else { value.median })
        });
        table.row([row.variant.clone(), row.rule.clone()].into_iter().chain(cells).collect());
    }
    text.push_str(&table.render());
    for checked in &report.expectations {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{}", line(checked, paint));
    }
    text.push('\n');
    text
}

fn line(checked: &Checked, paint: Paint) -> String {
    let (colour, word) = if checked.met { ("\u{1b}[32m", "met   ") } else { ("\u{1b}[1;31m", "MISSED") };
    let word = if paint == Paint::Ansi { format!("{colour}{word}\u{1b}[0m") } else { word.to_owned() };
    let found = number(checked.found.unwrap_or(f64::INFINITY));
    let stat = format!("{:?}", checked.stat).to_lowercase();
    format!("{word} {}: {stat} of {} is {found}, {}", checked.variant, checked.metric.name(), checked.bound)
}

fn number(value: f64) -> String {
    match value {
        value if !value.is_finite() => "never".to_owned(),
        value if value.fract().abs() < 1e-9 => format!("{value:.0}"),
        value if value >= 10.0 => format!("{value:.1}"),
        value => format!("{value:.4}"),
    }
}
