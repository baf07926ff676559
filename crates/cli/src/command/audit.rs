use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::Path;

use serde::Serialize;
use switchback_capability::fit;
use switchback_ir::{Limits, Line, Protocol, RequestContext, TargetFacts};
use switchback_protocol::law::{self, Converted, Outcome, Verdict};
use switchback_protocol::stream::{StreamLoss, fold};
use switchback_protocol::{Reply, decode, decode_response, detect, detect_response, detect_stream, encode};

use crate::failure::{Answer, Failure};
use crate::table::Table;
use crate::{arguments, input, losses, output};

/// What was found in recorded traffic.
#[derive(Default, Serialize)]
struct Report {
    /// Requests read, by protocol.
    requests: BTreeMap<&'static str, usize>,
    /// Responses read, by protocol.
    responses: BTreeMap<&'static str, usize>,
    /// Streams read, by protocol.
    streams: BTreeMap<&'static str, usize>,
    /// Files that are none of these, with the reason.
    skipped: Vec<Skipped>,
    /// For each kind of body and pair of protocols: how many bodies were converted, refused, and converted without loss.
    pairs: Vec<Pair>,
    /// What each target would lose, and in how many requests, responses and streams.
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
    kind: &'static str,
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
    responses: usize,
    streams: usize,
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

/// What the laws speak of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Request,
    Response,
    Stream,
}

impl Kind {
    const fn name(self) -> &'static str {
        match self {
            Self::Request => "request",
            Self::Response => "response",
            Self::Stream => "stream",
        }
    }

    /// The names of the laws of identity and loss.
    const fn laws(self) -> [&'static str; 2] {
        match self {
            Self::Request => ["identity", "loss"],
            Self::Response => ["response_identity", "response_loss"],
            Self::Stream => ["stream_identity", "stream_fold"],
        }
    }

    fn identity(self, protocol: Protocol, body: &[u8]) -> Result<(), law::Broken> {
        match self {
            Self::Request => law::identity(protocol, body, &hop),
            Self::Response => law::response_identity(protocol, body),
            Self::Stream => law::stream_identity(protocol, body),
        }
    }

    fn loss(self, from: Protocol, to: Protocol, body: &[u8]) -> Result<Verdict, law::Broken> {
        match self {
            Self::Request => law::loss(from, to, body, &hop),
            Self::Response => law::response_loss(from, to, body),
            Self::Stream => {
                // A client that gets all that there is: usage is not for the record to hide.
                let mut context = RequestContext::new(to);
                context.stream_usage = true;
                let losses = law::stream_fold(from, &Reply::new(&context), body)?;
                Ok(Verdict::Converted(losses.iter().map(StreamLoss::line).collect()))
            }
        }
    }
}

pub(crate) fn run(options: &arguments::Audit) -> Result<Answer, Failure> {
    let targets = if options.to.is_empty() { Protocol::ALL.to_vec() } else { options.to.clone() };
    let files = input::files(&options.paths, &["json", "sse"])?;
    let mut audit = Audit { targets, report: Report::default(), pairs: BTreeMap::new(), losses: BTreeMap::new() };
    for file in &files {
        audit.file(file)?;
    }
    let report = audit.finish();
    if options.json {
        output::json(&report)?;
    } else {
        output::text(&render(&report))?;
        for Skipped { file, because } in &report.skipped {
            output::remark(&format!("skipped {file}: {because}"))?;
        }
    }
    if report.requests.is_empty() && report.responses.is_empty() && report.streams.is_empty() {
        let hint =
            "an audit reads recorded request and response bodies, one JSON document a file, and streams (`*.sse`)";
        return Err(Failure::usage(format!("no request, response or stream among {} files", files.len())).hint(hint));
    }
    let broken = report.laws.values().any(|law| !law.broken.is_empty());
    Ok(if broken { Answer::No } else { Answer::Done })
}

struct Audit {
    targets: Vec<Protocol>,
    report: Report,
    pairs: BTreeMap<(Kind, Protocol, Protocol), Pair>,
    losses: BTreeMap<(Protocol, &'static str, &'static str), Loss>,
}

impl Audit {
    fn file(&mut self, file: &Path) -> Result<(), Failure> {
        let source = input::read(file)?;
        let named = folder_protocol(file);
        let kind = if file.extension().is_some_and(|extension| extension == "sse") {
            Kind::Stream
        } else if in_folder(file, "response") || detect_response(&source.bytes).is_some() {
            Kind::Response
        } else {
            Kind::Request
        };
        let protocol = match kind {
            Kind::Request => named.unwrap_or_else(|| detect(&source.bytes).protocol),
            Kind::Response => detect_response(&source.bytes).or(named).unwrap_or(Protocol::Chat),
            Kind::Stream => detect_stream(&source.bytes).or(named).unwrap_or(Protocol::Chat),
        };
        match readable(kind, protocol, &source.bytes) {
            Ok(()) => self.body(file, kind, protocol, &source.bytes),
            Err(because) => self.report.skipped.push(Skipped { file: file.display().to_string(), because }),
        }
        Ok(())
    }

    fn body(&mut self, file: &Path, kind: Kind, from: Protocol, body: &[u8]) {
        let read = match kind {
            Kind::Request => &mut self.report.requests,
            Kind::Response => &mut self.report.responses,
            Kind::Stream => &mut self.report.streams,
        };
        let count = read.entry(from.name()).or_default();
        *count = count.saturating_add(1);
        let [identity, loss] = kind.laws();
        self.judge(file, identity, kind.identity(from, body));
        for to in self.targets.clone() {
            if to == from {
                continue;
            }
            let verdict = kind.loss(from, to, body);
            self.count(file, kind, (from, to), verdict.as_ref().ok());
            self.judge(file, loss, verdict.map(|_| ()));
        }
    }

    fn judge(&mut self, file: &Path, law: &'static str, found: Result<(), law::Broken>) {
        let entry = self.report.laws.entry(law).or_default();
        entry.tried = entry.tried.saturating_add(1);
        if let Err(broken) = found {
            entry.broken.push(Broken { file: file.display().to_string(), law: broken.law, seen: broken.seen });
        }
    }

    fn count(&mut self, file: &Path, kind: Kind, (from, to): (Protocol, Protocol), verdict: Option<&Verdict>) {
        let none = Pair { kind: kind.name(), from: from.name(), to: to.name(), converted: 0, lossless: 0, refused: 0 };
        let pair = self.pairs.entry((kind, from, to)).or_insert(none);
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
                self.lose(file, kind, to, line);
            }
        }
    }

    fn lose(&mut self, file: &Path, kind: Kind, to: Protocol, line: &Line) {
        let Line { feature, action, severity, .. } = *line;
        let example = file.display().to_string();
        let first = Loss { to: to.name(), feature, action, severity, requests: 0, responses: 0, streams: 0, example };
        let loss = self.losses.entry((to, feature, action)).or_insert(first);
        let count = match kind {
            Kind::Request => &mut loss.requests,
            Kind::Response => &mut loss.responses,
            Kind::Stream => &mut loss.streams,
        };
        *count = count.saturating_add(1);
    }

    /// Losses by target, the most frequent first.
    fn finish(self) -> Report {
        let mut losses: Vec<Loss> = self.losses.into_values().collect();
        let bodies = |loss: &Loss| loss.requests.saturating_add(loss.responses).saturating_add(loss.streams);
        losses.sort_by(|a, b| (a.to, bodies(b), a.feature).cmp(&(b.to, bodies(a), b.feature)));
        Report { pairs: self.pairs.into_values().collect(), losses, ..self.report }
    }
}

/// The protocol that the nearest folder is named after: `recorded/messages/request/1.json`. Where no folder is, the
/// file's shape tells, and that cannot always tell Messages from Chat Completions.
fn folder_protocol(file: &Path) -> Option<Protocol> {
    let folders = file.ancestors().skip(1).filter_map(|folder| folder.file_name()?.to_str());
    folders.into_iter().find_map(|folder| folder.parse().ok())
}

/// Whether the file lies in a folder of that name: `recorded/messages/response/1.json`.
fn in_folder(file: &Path, name: &str) -> bool {
    file.ancestors().skip(1).any(|folder| folder.file_name().is_some_and(|folder| folder == name))
}

/// Whether the body is one of that kind and protocol: it decodes, and a request has what a request is about.
fn readable(kind: Kind, protocol: Protocol, body: &[u8]) -> Result<(), String> {
    match kind {
        Kind::Request => {}
        Kind::Response => {
            return decode_response(protocol, body, &Limits::default()).map(|_| ()).map_err(|error| error.to_string());
        }
        Kind::Stream => return fold(protocol, body).map(|_| ()).map_err(|error| error.to_string()),
    }
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
    let counted = |read: &BTreeMap<&str, usize>| {
        let each: Vec<String> = read.iter().map(|(protocol, count)| format!("{count} {protocol}")).collect();
        if each.is_empty() { "none".to_owned() } else { each.join(", ") }
    };
    let [requests, responses, streams] = [&report.requests, &report.responses, &report.streams].map(counted);
    let skipped = report.skipped.len();
    let mut out =
        format!("requests: {requests}; responses: {responses}; streams: {streams}; {skipped} files skipped\n\n");
    let mut pairs = Table::new(["KIND", "FROM", "TO", "CONVERTED", "LOSSLESS", "REFUSED"]);
    for pair in &report.pairs {
        let counts = [pair.converted, pair.lossless, pair.refused].map(|count| count.to_string());
        pairs.row([pair.kind, pair.from, pair.to].map(str::to_owned).into_iter().chain(counts).collect());
    }
    out.push_str(&pairs.render());
    out.push('\n');
    let mut losses =
        Table::new(["TO", "FEATURE", "ACTION", "SEVERITY", "REQUESTS", "RESPONSES", "STREAMS", "FIRST IN"]);
    for loss in &report.losses {
        let Loss { to, feature, action, severity, requests, responses, streams, example } = loss;
        let [requests, responses, streams] = [requests, responses, streams].map(usize::to_string);
        let cells = [*to, *feature, *action, *severity, &requests, &responses, &streams, example];
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
