use std::fmt::{self, Write};

use switchback_catalog::Row;
use switchback_ir::Importance;
use switchback_plan::Finding;

use crate::{AdviceKind, Entry, Fidelity, Ledger, Migration, Retired, Sanitized, System, advice, retired_variables};

/// A migration told to people: what carries over, what changes meaning, what to do by hand and where.
///
/// ```
/// use switchback_catalog::Catalog;
/// use switchback_migrate::{Import, Layout, Report, SourceFile, System};
///
/// let text = "litellm_settings: {num_retries: 2, cache: true}";
/// let migration = Import::new(System::LiteLlm).read(&[SourceFile { name: "c.yaml", text }], &Catalog::embedded())?;
/// let report = Report::of_import(&migration).render(Layout::Markdown);
/// assert!(report.contains("1 exact, 0 approximate, 1 without an equivalent, 0 ambiguous"), "{report}");
/// # Ok::<(), switchback_migrate::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Report<'a> {
    system: System,
    ledger: &'a Ledger,
    retired: Vec<Retired>,
    rows: &'a [Row],
    findings: Vec<Finding>,
}

/// What a report is written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_enums, reason = "one for terminals, one for pages")]
pub enum Layout {
    /// Plain text.
    Text,
    /// Markdown, with tables.
    Markdown,
}

impl<'a> Report<'a> {
    /// The report of an imported configuration.
    pub fn of_import(migration: &'a Migration) -> Self {
        Self { rows: &migration.catalog.rows, ..Self::new(migration.system, &migration.ledger, &migration.retired) }
    }

    /// The report of a sanitized request.
    pub fn of_request(system: System, sanitized: &'a Sanitized) -> Self {
        Self::new(system, &sanitized.ledger, &sanitized.retired)
    }

    /// With what `policy lint` finds in the imported policy, as [`Migration::findings`] lists it.
    #[must_use]
    pub fn with_findings(self, findings: Vec<Finding>) -> Self {
        Self { findings, ..self }
    }

    fn new(system: System, ledger: &'a Ledger, found: &[Retired]) -> Self {
        let mut retired = found.to_vec();
        retired.extend(
            retired_variables(system).into_iter().filter(|usual| found.iter().all(|known| known.name != usual.name)),
        );
        Self { system, ledger, retired, rows: &[], findings: Vec::new() }
    }

    /// The report as text.
    pub fn render(&self, layout: Layout) -> String {
        let mut out = String::new();
        // Writing to a string cannot fail.
        let _ = Page { out: &mut out, layout }.report(self);
        out
    }
}

struct Page<'o> {
    out: &'o mut String,
    layout: Layout,
}

impl Page<'_> {
    fn report(&mut self, report: &Report<'_>) -> fmt::Result {
        self.heading(1, &format!("Moving in from {}", report.system.title()))?;
        let [exact, near, none, open] = Fidelity::ALL.map(|fidelity| report.ledger.count(fidelity));
        self.paragraph(&format!("{exact} exact, {near} approximate, {none} without an equivalent, {open} ambiguous."))?;
        let is_grave = |entry: &&Entry| entry.severity == Importance::Required && entry.fidelity != Fidelity::Exact;
        let of = |fidelity| move |entry: &&Entry| entry.fidelity == fidelity;
        self.entries("Look at these first", report, is_grave)?;
        self.entries("What can be read in more than one way", report, of(Fidelity::Ambiguous))?;
        self.entries("What changes its meaning", report, of(Fidelity::Approximate))?;
        self.entries("What has no equivalent", report, of(Fidelity::None))?;
        self.entries("What carries over", report, of(Fidelity::Exact))?;
        self.findings(&report.findings)?;
        self.rows(report.rows)?;
        self.retired(&report.retired)?;
        self.advice(report.system, AdviceKind::Answer, "What code must stop reading in answers")?;
        self.advice(report.system, AdviceKind::Client, "How clients call")?;
        self.advice(report.system, AdviceKind::Surface, "What takes the place of the dashboard")
    }

    fn entries(&mut self, title: &str, report: &Report<'_>, is_shown: impl Fn(&&Entry) -> bool) -> fmt::Result {
        let entries: Vec<&Entry> = report.ledger.entries().iter().filter(is_shown).collect();
        if entries.is_empty() {
            return Ok(());
        }
        self.heading(2, title)?;
        let rows = entries.iter().map(|entry| {
            let file = entry.file.as_ref().map(|file| format!("{file}:")).unwrap_or_default();
            vec![
                format!("{file}{}:{}", entry.line, entry.column),
                entry.path.clone(),
                told(entry),
                entry.instead.clone().unwrap_or_default(),
            ]
        });
        self.table(&["where", "key", "what", "what to do"], rows.collect())
    }

    fn findings(&mut self, findings: &[Finding]) -> fmt::Result {
        if findings.is_empty() {
            return Ok(());
        }
        self.heading(2, "What is odd about the policy, as it was where it comes from")?;
        let row = |finding: &Finding| {
            vec![
                finding.path.clone(),
                format!("{} {}", finding.severity().name(), finding.code),
                finding.message.clone(),
            ]
        };
        self.table(&["where in the policy", "finding", "what"], findings.iter().map(row).collect())
    }

    fn rows(&mut self, rows: &[Row]) -> fmt::Result {
        if rows.is_empty() {
            return Ok(());
        }
        self.heading(2, "Endpoints to add to the catalog")?;
        let row = |row: &Row| {
            let prices = row.prices.base.iter().map(|(kind, rate)| format!("{kind} {rate}"));
            vec![row.key().to_string(), row.base_url.clone().unwrap_or_default(), prices.collect::<Vec<_>>().join(", ")]
        };
        self.table(&["endpoint", "base URL", "prices"], rows.iter().map(row).collect())
    }

    fn retired(&mut self, retired: &[Retired]) -> fmt::Result {
        if retired.is_empty() {
            return Ok(());
        }
        self.heading(2, "Credentials and variables that can be retired")?;
        self.paragraph("Comment them out until the move is verified from end to end; then remove them.")?;
        self.table(&["name", "when"], retired.iter().map(|one| vec![one.name.clone(), one.when.to_owned()]).collect())
    }

    fn advice(&mut self, system: System, kind: AdviceKind, title: &str) -> fmt::Result {
        let rows: Vec<Vec<String>> = advice(system)
            .iter()
            .filter(|advice| advice.kind == kind)
            .map(|advice| vec![advice.was.to_owned(), advice.now.to_owned()])
            .collect();
        if rows.is_empty() {
            return Ok(());
        }
        self.heading(2, title)?;
        self.table(&["was", "now"], rows)
    }

    fn heading(&mut self, level: usize, text: &str) -> fmt::Result {
        match self.layout {
            Layout::Markdown => writeln!(self.out, "{} {text}\n", "#".repeat(level)),
            Layout::Text => {
                writeln!(self.out, "{text}\n{}", if level == 1 { "=" } else { "-" }.repeat(text.chars().count()))
            }
        }
    }

    fn paragraph(&mut self, text: &str) -> fmt::Result {
        writeln!(self.out, "{text}\n")
    }

    fn table(&mut self, head: &[&str], rows: Vec<Vec<String>>) -> fmt::Result {
        match self.layout {
            Layout::Markdown => {
                writeln!(self.out, "| {} |\n|{}", head.join(" | "), "---|".repeat(head.len()))?;
                for row in rows {
                    let cells: Vec<String> =
                        row.iter().map(|cell| cell.replace('|', "\\|").replace('\n', " ")).collect();
                    writeln!(self.out, "| {} |", cells.join(" | "))?;
                }
            }
            Layout::Text => {
                for row in rows {
                    let mut cells = row.into_iter().filter(|cell| !cell.is_empty());
                    writeln!(self.out, "{}", cells.next().unwrap_or_default())?;
                    for cell in cells {
                        writeln!(self.out, "    {cell}")?;
                    }
                }
            }
        }
        writeln!(self.out)
    }
}

/// An entry's detail, with the readings of an ambiguous one.
fn told(entry: &Entry) -> String {
    let readings: Vec<String> = entry
        .readings
        .iter()
        .map(|reading| format!("{}{}: {}", reading.name, if reading.taken { " (taken)" } else { "" }, reading.detail))
        .collect();
    if readings.is_empty() { entry.detail.clone() } else { format!("{}; {}", entry.detail, readings.join("; ")) }
}
