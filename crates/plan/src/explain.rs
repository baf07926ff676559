//! A plan as text for people. Rendering only: everything shown is in the plan.

use std::fmt::{self, Display, Write};

use switchback_catalog::Endpoint;
use switchback_ir::Protocol;
use switchback_units::Money;

use crate::quote::Quoted;
use crate::{Attempt, Cost, Excluded, Naming, Plan, Refusal, Target, Warmth};

/// Whether text is for a terminal that shows colour.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "colour or none")]
pub enum Paint {
    /// Plain text.
    #[default]
    Plain,
    /// ANSI escape sequences.
    Ansi,
}

/// How much of a plan to show: long lists end in one counted line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Explain {
    /// Colour or none.
    pub paint: Paint,
    /// The most attempts to show; default 20.
    pub attempts: usize,
    /// The most excluded endpoints to show; default 20.
    pub excluded: usize,
}

impl Default for Explain {
    fn default() -> Self {
        Self { paint: Paint::Plain, attempts: 20, excluded: 20 }
    }
}

impl Explain {
    /// The same with colour or without.
    #[must_use]
    pub const fn paint(self, paint: Paint) -> Self {
        Self { paint, ..self }
    }

    /// Shows everything.
    #[must_use]
    pub const fn whole(self) -> Self {
        Self { attempts: usize::MAX, excluded: usize::MAX, ..self }
    }

    /// The plan as text, with a line end at the end.
    pub fn render(&self, plan: &Plan) -> String {
        let mut out = String::with_capacity(4_096);
        // Writing to a string cannot fail.
        let _ = self.write(plan, &mut out);
        out
    }

    fn write(&self, plan: &Plan, out: &mut String) -> fmt::Result {
        self.header(plan, out)?;
        match plan.refusal() {
            Some(refusal) => self.refusal(refusal, out)?,
            None => self.attempts(plan, out)?,
        }
        self.excluded(plan, out)?;
        if plan.others() > 0 {
            writeln!(out, "\n{} other endpoints of the catalog serve other models.", plan.others())?;
        }
        for note in plan.notes() {
            writeln!(out, "{} {note}", self.faint("note:"))?;
        }
        writeln!(out, "{} {}", self.faint("plan"), plan.fingerprint())
    }

    fn header(&self, plan: &Plan, out: &mut String) -> fmt::Result {
        let model = plan.legs().first().map_or_else(|| "no model".to_owned(), |leg| leg.goal.text());
        write!(out, "{}", self.strong(&Quoted(&model).to_string()))?;
        if let Some(protocol) = plan.protocol() {
            write!(out, " in {protocol}")?;
        }
        if let Some(reading) = plan.legs().first().and_then(|leg| leg.goal.naming()).and_then(reading) {
            write!(out, ": {}", Quoted(&reading))?;
        }
        out.push('\n');
        for leg in plan.legs().iter().skip(1) {
            writeln!(out, "  then {} on {}", Quoted(&leg.goal.text()), leg.rules.on)?;
        }
        for source in plan.catalog() {
            let line = format!("catalog {} {} of {}", source.name, source.version, source.date);
            writeln!(out, "{}", self.faint(&line))?;
        }
        Ok(())
    }

    fn attempts(&self, plan: &Plan, out: &mut String) -> fmt::Result {
        let total = plan.attempts().len();
        writeln!(out, "\n{} (sorted by {})", self.strong(&counted(total, "attempt")), plan.sort())?;
        let head = ["#", "provider", "model", "protocol", "match", "expected cost", "score", "health"];
        let mut table = Table::new(&head);
        for (rank, attempt) in plan.attempts().iter().enumerate().take(self.attempts) {
            table.row(attempt_row(rank, attempt));
        }
        table.write(out, self)?;
        rest(total, self.attempts, "more attempts", out)?;
        let mut remarked: Vec<(String, Vec<usize>)> = Vec::new();
        for (attempt, rank) in plan.attempts().iter().take(self.attempts).zip(1..) {
            let remarks = remarks(attempt);
            match remarked.iter_mut().find(|(known, _)| *known == remarks) {
                Some((_, ranks)) => ranks.push(rank),
                None if remarks.is_empty() => {}
                None => remarked.push((remarks, vec![rank])),
            }
        }
        for (remarks, ranks) in remarked {
            writeln!(out, "  {}: {remarks}", listed(&ranks))?;
        }
        Ok(())
    }

    fn excluded(&self, plan: &Plan, out: &mut String) -> fmt::Result {
        let total = plan.excluded().len();
        if total == 0 {
            return Ok(());
        }
        writeln!(out, "\n{}", self.strong(&format!("{} left out", counted(total, "endpoint"))))?;
        let mut table = Table::new(&["", "provider", "model", "protocol", "reason", "because"]);
        // Those that failed last came nearest, and a reader looks for them.
        let mut nearest: Vec<&Excluded> = plan.excluded().iter().collect();
        nearest.sort_by_key(|excluded| std::cmp::Reverse(excluded.reason.constraint()));
        let shown = self.excluded.min(total);
        for excluded in nearest.iter().take(shown) {
            table.row(excluded_row(excluded));
        }
        table.write(out, self)?;
        let hidden = nearest.get(shown..).unwrap_or_default();
        if hidden.is_empty() { Ok(()) } else { writeln!(out, "  and {} more: {}", hidden.len(), by_code(hidden)) }
    }

    fn refusal(&self, refusal: &Refusal, out: &mut String) -> fmt::Result {
        writeln!(out, "\n{} {refusal} ({})", self.strong("refused:"), refusal.code())?;
        let Refusal::NothingEligible { relax } = refusal else { return Ok(()) };
        if relax.is_empty() {
            return writeln!(out, "  nothing that can be relaxed would help");
        }
        for relaxation in relax {
            let endpoints = counted(relaxation.endpoints, "endpoint");
            writeln!(out, "  to re-admit {endpoints} ({}), relax together:", relaxation.example)?;
            for relaxed in &relaxation.constraints {
                writeln!(out, "    {relaxed}")?;
            }
        }
        Ok(())
    }

    fn strong(&self, text: &str) -> String {
        self.escape("\u{1b}[1m", text)
    }

    fn faint(&self, text: &str) -> String {
        self.escape("\u{1b}[2m", text)
    }

    fn escape(&self, start: &str, text: &str) -> String {
        match self.paint {
            Paint::Plain => text.to_owned(),
            Paint::Ansi => format!("{start}{text}\u{1b}[0m"),
        }
    }
}

impl Display for Plan {
    /// As [`Explain`] renders it by default.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&Explain::default().render(self))
    }
}

/// What the model string was read as, where that is more than a model's name.
fn reading(naming: &Naming) -> Option<String> {
    let named = match &naming.target {
        Target::Auto => return Some("any model of the pool".to_owned()),
        Target::Model(named) => named,
    };
    let mut parts = Vec::new();
    if named.family != naming.text {
        parts.push(format!("model {}", named.family));
    }
    if let Some(provider) = &named.provider {
        parts.push(format!("pinned to {provider}"));
    }
    if let Some(version) = &named.version {
        parts.push(format!("version {version}"));
    }
    if let Some(region) = &named.region {
        parts.push(format!("region {region}"));
    }
    (!parts.is_empty()).then(|| parts.join(", "))
}

fn attempt_row(rank: usize, attempt: &Attempt) -> Vec<String> {
    let total = attempt.score.total().map_or_else(|| "unknown".to_owned(), money);
    vec![
        rank.saturating_add(1).to_string(),
        place(&attempt.endpoint),
        attempt.target_model().to_owned(),
        attempt.protocol.to_string(),
        attempt.fit().to_owned(),
        attempt.cost.map_or_else(|| "unknown".to_owned(), cost),
        total,
        health(attempt),
    ]
}

fn excluded_row(excluded: &Excluded) -> Vec<String> {
    vec![
        String::new(),
        place(&excluded.endpoint),
        excluded.endpoint.upstream_id().to_owned(),
        excluded.endpoint.protocol().map_or("-", Protocol::name).to_owned(),
        excluded.reason.code().to_owned(),
        excluded.reason.to_string(),
    ]
}

/// `bedrock`, `bedrock eu`, `openai (flex)`.
fn place(endpoint: &Endpoint) -> String {
    let provider = endpoint.provider();
    let place = endpoint.region().map_or_else(|| provider.to_owned(), |region| format!("{provider} {region}"));
    let tier = endpoint.tier();
    if tier.is_standard() { place } else { format!("{place} ({tier})") }
}

/// `$0.0012 ($0.00013 to $0.041)`.
fn cost(cost: Cost) -> String {
    let high = cost.high.map_or_else(|| "no bound".to_owned(), money);
    format!("{} ({} to {high})", money(cost.expected), money(cost.low))
}

/// At least two digits that say something: `$1.25`, `$0.00034`.
fn money(amount: Money) -> String {
    let says_something = |places: &usize| {
        let unit = u32::try_from(*places).ok().and_then(|places| 10_u128.checked_pow(12_u32.saturating_sub(places)));
        unit.is_some_and(|unit| amount.pico_dollars() / unit >= 10)
    };
    let places = (2..12).find(says_something).unwrap_or(2);
    format!("{amount:.places$}")
}

fn health(attempt: &Attempt) -> String {
    let mut parts = Vec::new();
    if let Some(uptime) = attempt.health.uptime {
        parts.push(format!("up {:.1} %", uptime.get() * 100.0));
    }
    if let Some(latency) = attempt.health.latency_ms {
        parts.push(latency.to_string());
    }
    if parts.is_empty() { "not measured".to_owned() } else { parts.join(", ") }
}

/// What is not as it should be with an attempt, in one line.
fn remarks(attempt: &Attempt) -> String {
    let mut parts: Vec<String> = attempt.steps().iter().map(ToString::to_string).collect();
    if !attempt.verdict.unverified().is_empty() {
        let names: Vec<&str> = attempt.verdict.unverified().iter().map(switchback_ir::Feature::name).collect();
        parts.push(format!("nobody says whether it has {}", names.join(", ")));
    }
    if attempt.version_untold {
        parts.push("its id does not tell the version".to_owned());
    }
    parts.extend(attempt.warmth.as_ref().and_then(|warmth| warm(attempt, warmth)));
    if let Some(despite) = &attempt.despite {
        parts.push(format!("tried although {despite}"));
    }
    if !attempt.credentials.is_empty() {
        parts.push(format!("with {}", attempt.credentials.join(" or ")));
    }
    parts.join("; ")
}

/// `20000 tokens warm since 2026-11-21T10:00:00.000Z, which saves $0.069 and 800 ms`; `None` of a cold endpoint.
fn warm(attempt: &Attempt, warmth: &Warmth) -> Option<String> {
    let tokens = attempt.cached.filter(|tokens| tokens.get() > 0)?;
    let since = warmth.since.map_or_else(|| "by the conversation's place".to_owned(), |since| format!("since {since}"));
    Some(format!("{tokens} tokens warm {since}, which saves {} and {}", money(warmth.saves), warmth.saves_ms))
}

/// How many there are of each code, in the order of the list.
fn by_code(excluded: &[&Excluded]) -> String {
    let counts: Vec<String> = excluded
        .chunk_by(|a, b| a.reason.constraint() == b.reason.constraint())
        .filter_map(|run| Some(format!("{} {}", run.len(), run.first()?.reason.code())))
        .collect();
    counts.join(", ")
}

/// `1, 3 to 7`.
fn listed(ranks: &[usize]) -> String {
    let runs = ranks.chunk_by(|a, b| a.saturating_add(1) == *b);
    let run = |run: &[usize]| match (run.first(), run.last()) {
        (Some(first), Some(last)) if first != last => format!("{first} to {last}"),
        (first, _) => first.map(usize::to_string).unwrap_or_default(),
    };
    runs.map(run).collect::<Vec<_>>().join(", ")
}

fn counted(count: usize, noun: &str) -> String {
    if count == 1 { format!("1 {noun}") } else { format!("{count} {noun}s") }
}

fn rest(total: usize, shown: usize, what: &str, out: &mut String) -> fmt::Result {
    match total.saturating_sub(shown) {
        0 => Ok(()),
        hidden => writeln!(out, "  and {hidden} {what}"),
    }
}

/// Columns as wide as their widest cell.
struct Table {
    rows: Vec<Vec<String>>,
}

impl Table {
    fn new(head: &[&str]) -> Self {
        Self { rows: vec![head.iter().map(|cell| (*cell).to_owned()).collect()] }
    }

    fn row(&mut self, cells: Vec<String>) {
        self.rows.push(cells);
    }

    fn write(&self, out: &mut String, explain: &Explain) -> fmt::Result {
        let columns = self.rows.iter().map(Vec::len).max().unwrap_or(0);
        let width = |column: usize| {
            self.rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count()).max().unwrap_or(0)
        };
        let widths: Vec<usize> = (0..columns).map(width).collect();
        for (index, row) in self.rows.iter().enumerate() {
            let mut line = String::new();
            for (cell, width) in row.iter().zip(&widths) {
                write!(line, "  {cell:<width$}")?;
            }
            let line = line.trim_end();
            writeln!(out, "{}", if index == 0 { explain.faint(line) } else { line.to_owned() })?;
        }
        Ok(())
    }
}
