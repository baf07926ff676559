//! A plan as text for people. Rendering only: everything shown is in the plan.

use std::fmt::{self, Display, Write};

use switchback_ir::Protocol;

use crate::quote::Quoted;
use crate::{Attempt, Excluded, GiveUp, Plan, PlannedLeg, Refusal, phrase};

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
            filled(&format!("{} {note}", self.faint("note:")), "  ", out)?;
        }
        writeln!(out, "{} {}", self.faint("plan"), plan.fingerprint())
    }

    fn header(&self, plan: &Plan, out: &mut String) -> fmt::Result {
        write!(out, "{}", self.strong(&Quoted(&phrase::subject(plan)).to_string()))?;
        if let Some(protocol) = plan.protocol() {
            write!(out, " in {protocol}")?;
        }
        if let Some(reading) = plan.legs().first().and_then(|leg| leg.goal.naming()).and_then(phrase::reading) {
            write!(out, ": {}", Quoted(&reading))?;
        }
        out.push('\n');
        let is_plain = |leg: &PlannedLeg| leg_rules(leg).is_empty();
        if plan.legs().len() > 1 || !plan.legs().iter().all(is_plain) || plan.give_up() != GiveUp::default() {
            legs(plan, out)?;
        }
        if let Some(version) = plan.policy() {
            writeln!(out, "{}", self.faint(&format!("policy {}", Quoted(version))))?;
        }
        for source in plan.catalog() {
            let line = format!("catalog {}", phrase::source(source, plan.now()));
            writeln!(out, "{}", self.faint(&line))?;
        }
        Ok(())
    }

    fn attempts(&self, plan: &Plan, out: &mut String) -> fmt::Result {
        let total = plan.attempts().len();
        let (number, sort) = (phrase::counted(total, "attempt"), plan.sort());
        writeln!(out, "\n{} (sorted by {sort})", self.strong(&number))?;
        let head = ["#", "provider", "model", "protocol", "match", "expected cost", "score", "health"];
        let mut table = Table::new(&head);
        for (rank, attempt) in plan.attempts().iter().enumerate().take(self.attempts) {
            table.row(attempt_row(rank, attempt));
        }
        table.write(out, self)?;
        rest(total, self.attempts, "more attempts", out)?;
        let mut remarked: Vec<(String, Vec<usize>)> = Vec::new();
        for (attempt, rank) in plan.attempts().iter().take(self.attempts).zip(1..) {
            for remark in remarks(attempt) {
                match remarked.iter_mut().find(|(known, _)| *known == remark) {
                    Some((_, ranks)) => ranks.push(rank),
                    None => remarked.push((remark, vec![rank])),
                }
            }
        }
        for (remark, ranks) in remarked {
            filled(&format!("  {}: {remark}", phrase::listed(&ranks)), "     ", out)?;
        }
        Ok(())
    }

    fn excluded(&self, plan: &Plan, out: &mut String) -> fmt::Result {
        let total = plan.excluded().len();
        if total == 0 {
            return Ok(());
        }
        writeln!(out, "\n{}", self.strong(&format!("{} left out", phrase::counted(total, "endpoint"))))?;
        let mut table = Table::new(&["", "provider", "model", "protocol", "reason", "because"]);
        let nearest = phrase::nearest_first(plan);
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
            let endpoints = phrase::counted(relaxation.endpoints, "endpoint");
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

/// One line for each leg: what it leads to, what leads there, the attempts it has, and the rules on the way. What holds
/// for all of them is said once.
fn legs(plan: &Plan, out: &mut String) -> fmt::Result {
    let rules: Vec<Vec<String>> = plan.legs().iter().map(leg_rules).collect();
    let (first, others) = rules.split_first().map_or((&[][..], &[][..]), |(first, others)| (first.as_slice(), others));
    let shared: Vec<&String> = first.iter().filter(|rule| others.iter().all(|rules| rules.contains(rule))).collect();
    for (index, (leg, rules)) in plan.legs().iter().zip(&rules).enumerate() {
        let mut line = format!("  leg {}: {}", index.saturating_add(1), Quoted(&phrase::goal(&leg.goal)));
        match index.checked_sub(1).and_then(|before| plan.legs().get(before)) {
            Some(before) if before.rules.rank.is_some() && before.rules.rank == leg.rules.rank => {
                line.push_str(", sorted with the one before");
            }
            Some(_) => write!(line, " on {}", phrase::triggers(&leg.rules.on))?,
            None => {}
        }
        match phrase::attempts_of(plan, index).as_slice() {
            [] => line.push_str("; nothing to try"),
            [only] => write!(line, "; attempt {only}")?,
            several => write!(line, "; attempts {}", phrase::listed(several))?,
        }
        for rule in rules.iter().filter(|rule| !shared.contains(rule)) {
            write!(line, "; {rule}")?;
        }
        filled(&line, "         ", out)?;
    }
    let given_up = phrase::give_up(plan.give_up()).map(|when| format!("given up {when}"));
    let all: Vec<&str> = shared.into_iter().chain(&given_up).map(String::as_str).collect();
    if all.is_empty() { Ok(()) } else { filled(&format!("  all: {}", all.join("; ")), "       ", out) }
}

fn attempt_row(rank: usize, attempt: &Attempt) -> Vec<String> {
    let total = attempt.score.total().map_or_else(|| "unknown".to_owned(), phrase::money);
    vec![
        rank.saturating_add(1).to_string(),
        phrase::place(&attempt.endpoint),
        attempt.target_model().to_owned(),
        attempt.protocol.to_string(),
        attempt.fit().to_owned(),
        attempt.cost.map_or_else(|| "unknown".to_owned(), phrase::cost),
        total,
        phrase::health(attempt),
    ]
}

fn excluded_row(excluded: &Excluded) -> Vec<String> {
    vec![
        String::new(),
        phrase::place(&excluded.endpoint),
        excluded.endpoint.upstream_id().to_owned(),
        excluded.endpoint.protocol().map_or("-", Protocol::name).to_owned(),
        excluded.reason.code().to_owned(),
        excluded.reason.to_string(),
    ]
}

/// What else is to be said of an attempt, one phrase each.
fn remarks(attempt: &Attempt) -> Vec<String> {
    let mut parts: Vec<String> = attempt.steps().iter().map(ToString::to_string).collect();
    let unverified = phrase::unverified(attempt);
    if !unverified.is_empty() {
        parts.push(format!("nobody says whether it has {}", unverified.join(", ")));
    }
    parts.extend(attempt.warmth.as_ref().and_then(|warmth| phrase::warm(attempt, warmth)));
    if let Some(despite) = &attempt.despite {
        parts.push(format!("tried although {despite}"));
    }
    if !attempt.also.is_empty() {
        let legs: Vec<usize> = attempt.also.iter().map(|leg| leg.saturating_add(1)).collect();
        parts.push(format!("also by leg {}", phrase::listed(&legs)));
    }
    if attempt.stateless {
        parts.push("the provider is to keep nothing of it".to_owned());
    }
    if !attempt.credentials.is_empty() {
        parts.push(format!("with {}", attempt.credentials.join(" or ")));
    }
    parts
}

/// How many there are of each code, in the order of the list.
fn by_code(excluded: &[&Excluded]) -> String {
    let counts: Vec<String> = excluded
        .chunk_by(|a, b| a.reason.constraint() == b.reason.constraint())
        .filter_map(|run| Some(format!("{} {}", run.len(), run.first()?.reason.code())))
        .collect();
    counts.join(", ")
}

/// What holds on a leg beyond the default, and what is changed in the request for it.
fn leg_rules(leg: &PlannedLeg) -> Vec<String> {
    let changes = leg.rewrites.iter().flat_map(phrase::changes);
    phrase::rules(&leg.rules).into_iter().chain(changes).map(|rule| Quoted(&rule).to_string()).collect()
}

/// The widest line of running text.
const WIDTH: usize = 100;

/// Words in lines of at most [`WIDTH`], where no word is longer; all but the first line start with `indent`.
fn filled(text: &str, indent: &str, out: &mut String) -> fmt::Result {
    let start = text.len() - text.trim_start().len();
    let (margin, text) = text.split_at_checked(start).unwrap_or(("", text));
    let mut line = margin.to_owned();
    let mut is_empty = true;
    for word in text.split(' ') {
        if !is_empty && line.chars().count() + 1 + word.chars().count() > WIDTH {
            writeln!(out, "{line}")?;
            indent.clone_into(&mut line);
            is_empty = true;
        }
        if !is_empty {
            line.push(' ');
        }
        line.push_str(word);
        is_empty = false;
    }
    writeln!(out, "{line}")
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
