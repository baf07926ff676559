use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::Path;

use serde::Serialize;
use switchback_capability::fit;
use switchback_ir::{Limits, Line, Protocol, TargetFacts};
use switchback_protocol::law::{self, Converted, Outcome, Verdict};
use switchback_protocol::{decode, detect, encode};

use crate::failure::{Answer, Failure};
use crate::table::Table;
use crate::{arguments, input, losses, output};

/// What was found in recorded traffic.
#[derive(Default, Serialize)]
struct Report {
    /// Requests read, by protocol.
    requests: BTreeMap<&'static str, usize>,
    /// Files that are not requests, with the reason.
    skipped: Vec<Skipped>,
    /// For each pair of protocols: how many requests were converted, refused, and converted without loss.
    pairs: Vec<Pair>,
    /// What each target would lose, and in how many requests.
    losses: Vec<Loss>,
    /// For each law: how often it was tried, and where it is broken.
    laws: BTreeMap<&'static str, Law>,
}

#[derive(Serialize)]
struct Skipped {
    file: String,
    because: String,
}

#[derive(Serialize)]
struct Pair {
    from: &'static str,
    to: &'static str,
    converted: usize,
    /// Converted with nothing dropped or degraded.
    lossless: usize,
    refused: usize,
}

#[derive(Serialize)]
struct Loss {
    to: &'static str,
    feature: &'static str,
    action: &'static str,
    severity: &'static str,
    requests: usize,
    /// The first of them.
    example: String,
}

#[derive(Default, Serialize)]
struct Law {
    tried: usize,
    broken: Vec<Broken>,
}

#[derive(Serialize)]
struct Broken {
    file: String,
    law: &'static str,
    seen: String,
}

const IDENTITY: &str = "identity";
const LOSS: &str = "loss";

pub(crate) fn run(options: &arguments::Audit) -> Result<Answer, Failure> {
    let targets = if options.to.is_empty() { Protocol::ALL.to_vec() } else { options.to.clone() };
    let files = input::files(&options.paths, "json")?;
    let mut audit = Audit { targets, report: Report::default(), pairs: BTreeMap::new(), losses: BTreeMap::new() };
    for file in &files {
        audit.file(file)?;
    }
    let report = audit.finish();
    if options.json {
        output::json(&report)?;
    } else {
        output::text(&render(&report))?;
    }
    if report.requests.is_empty() {
        let hint = "an audit reads recorded request bodies, one JSON document a file";
        return Err(Failure::usage(format!("no request among {} files", files.len())).hint(hint));
    }
    let broken = report.laws.values().any(|law| !law.broken.is_empty());
    Ok(if broken { Answer::No } else { Answer::Done })
}

struct Audit {
    targets: Vec<Protocol>,
    report: Report,
    pairs: BTreeMap<(Protocol, Protocol), Pair>,
    losses: BTreeMap<(Protocol, &'static str, &'static str), Loss>,
}

impl Audit {
    fn file(&mut self, file: &Path) -> Result<(), Failure> {
        let source = input::read(file)?;
        let protocol = folder_protocol(file).unwrap_or_else(|| detect(&source.bytes).protocol);
        match readable(protocol, &source.bytes) {
            Ok(()) => self.request(file, protocol, &source.bytes),
            Err(because) => self.report.skipped.push(Skipped { file: file.display().to_string(), because }),
        }
        Ok(())
    }

    fn request(&mut self, file: &Path, from: Protocol, body: &[u8]) {
        *self.report.requests.entry(from.name()).or_default() += 1;
        self.judge(file, IDENTITY, law::identity(from, body, &hop));
        for to in self.targets.clone() {
            if to == from {
                continue;
            }
            let verdict = law::loss(from, to, body, &hop);
            self.count(file, from, to, verdict.as_ref().ok());
            self.judge(file, LOSS, verdict.map(|_| ()));
        }
    }

    fn judge(&mut self, file: &Path, law: &'static str, found: Result<(), law::Broken>) {
        let entry = self.report.laws.entry(law).or_default();
        entry.tried = entry.tried.saturating_add(1);
        if let Err(broken) = found {
            entry.broken.push(Broken { file: file.display().to_string(), law: broken.law, seen: broken.seen });
        }
    }

    fn count(&mut self, file: &Path, from: Protocol, to: Protocol, verdict: Option<&Verdict>) {
        let none = Pair { from: from.name(), to: to.name(), converted: 0, lossless: 0, refused: 0 };
        let pair = self.pairs.entry((from, to)).or_insert(none);
        let lines = match verdict {
            None => return,
            Some(Verdict::Converted(lines)) => {
                pair.converted = pair.converted.saturating_add(1);
                let is_loss = |line: &Line| ["dropped", "degraded"].contains(&line.action);
                pair.lossless = pair.lossless.saturating_add(usize::from(!lines.iter().any(is_loss)));
                lines
            }
            Some(Verdict::Refused(lines)) => {
                pair.refused = pair.refused.saturating_add(1);
                lines
            }
        };
        let mut seen: Vec<(&str, &str)> = Vec::new();
        for line in lines {
            if !seen.contains(&(line.feature, line.action)) {
                seen.push((line.feature, line.action));
                self.lose(file, to, line);
            }
        }
    }

    fn lose(&mut self, file: &Path, to: Protocol, line: &Line) {
        let Line { feature, action, severity, .. } = *line;
        let example = file.display().to_string();
        let first = Loss { to: to.name(), feature, action, severity, requests: 0, example };
        let loss = self.losses.entry((to, feature, action)).or_insert(first);
        loss.requests = loss.requests.saturating_add(1);
    }

    /// Losses by target, the most frequent first.
    fn finish(self) -> Report {
        let mut losses: Vec<Loss> = self.losses.into_values().collect();
        losses.sort_by(|a, b| (a.to, b.requests, a.feature).cmp(&(b.to, a.requests, b.feature)));
        Report { pairs: self.pairs.into_values().collect(), losses, ..self.report }
    }
}

/// The protocol that the nearest folder is named after: `recorded/messages/request/1.json`. Where no folder is, the
/// file's shape tells, and that cannot always tell Messages from Chat Completions.
fn folder_protocol(file: &Path) -> Option<Protocol> {
    let folders = file.ancestors().skip(1).filter_map(|folder| folder.file_name()?.to_str());
    folders.into_iter().find_map(|folder| folder.parse().ok())
}

/// Whether the body is a request of that protocol: it decodes, and it has what a request is about.
fn readable(protocol: Protocol, body: &[u8]) -> Result<(), String> {
    let request = decode(protocol, body, &Limits::default()).map_err(|error| error.to_string())?;
    if request.model.is_none() || request.messages.is_empty() && request.fields.is_empty() {
        return Err("it names no model, so it is no request".to_owned());
    }
    Ok(())
}

/// A conversion as `switchback convert` does it: what cannot be said is first made sayable.
fn hop(from: Protocol, to: Protocol, facts: &TargetFacts, body: &[u8]) -> Result<Converted, Outcome> {
    let request = decode(from, body, &Limits::default()).map_err(|error| Outcome::Unreadable(error.to_string()))?;
    let (fitted, degraded) = fit(request, to, facts);
    let mut out = Vec::new();
    match encode(&fitted, to, facts, &mut out) {
        Ok(ledger) => Ok(Converted { body: out, lines: losses::joined(degraded, &ledger).resolve(body) }),
        Err(refusal) => Err(Outcome::Refused(losses::joined(degraded, &refusal).resolve(body))),
    }
}

fn render(report: &Report) -> String {
    let requests: Vec<String> = report.requests.iter().map(|(protocol, count)| format!("{count} {protocol}")).collect();
    let mut out = format!("requests: {}; {} files skipped\n\n", requests.join(", "), report.skipped.len());
    let mut pairs = Table::new(["FROM", "TO", "CONVERTED", "LOSSLESS", "REFUSED"]);
    for pair in &report.pairs {
        let counts = [pair.converted, pair.lossless, pair.refused].map(|count| count.to_string());
        pairs.row([pair.from.to_owned(), pair.to.to_owned()].into_iter().chain(counts).collect());
    }
    out.push_str(&pairs.render());
    out.push('\n');
    let mut losses = Table::new(["TO", "FEATURE", "ACTION", "SEVERITY", "REQUESTS", "FIRST IN"]);
    for loss in &report.losses {
        let Loss { to, feature, action, severity, requests, example } = loss;
        let cells = [*to, *feature, *action, *severity, &requests.to_string(), example];
        losses.row(cells.map(str::to_owned).to_vec());
    }
    out.push_str(&losses.render());
    out.push('\n');
    for (name, law) in &report.laws {
        // Writing to a string cannot fail.
        let _ = writeln!(out, "law {name}: tried {} times, broken {} times", law.tried, law.broken.len());
        for broken in &law.broken {
            let _ = writeln!(out, "  {}: {}: {}", broken.file, broken.law, broken.seen);
        }
    }
    out
}
