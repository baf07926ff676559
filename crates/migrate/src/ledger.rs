use serde::{Serialize, Serializer};
use switchback_ir::Importance;

use crate::Concept;

/// How far something carries over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[expect(clippy::exhaustive_enums, reason = "the four answers; a fifth should stop the build of every reader")]
pub enum Fidelity {
    /// It does the same here.
    Exact,
    /// It does nearly the same here; the detail says what differs.
    Approximate,
    /// Nothing here does it; `instead` says what to do.
    None,
    /// It can be read in more than one way; the entry lists the readings and which one was taken.
    Ambiguous,
}

impl Fidelity {
    /// Every answer, best first.
    pub const ALL: [Self; 4] = [Self::Exact, Self::Approximate, Self::None, Self::Ambiguous];

    /// `exact`, `approximate`, `none` or `ambiguous`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Exact => "exact",
            Self::Approximate => "approximate",
            Self::None => "none",
            Self::Ambiguous => "ambiguous",
        }
    }
}

/// One way to read an ambiguous entry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Reading {
    /// Whose reading it is: `documented`, `as_coded`, `guide`, or a short name.
    pub name: &'static str,
    /// What it would mean.
    pub detail: String,
    /// Whether the result follows it.
    pub taken: bool,
}

/// What became of one key of a configuration, or of one header or parameter of a request.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Entry {
    /// JSON Pointer into the source; of a request, below `/headers`, `/body` or `/path`.
    pub path: String,
    /// The file, where there are several.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    /// The line, from 1.
    pub line: u32,
    /// The column, from 1, in characters.
    pub column: u32,
    /// The key, header or parameter.
    pub key: String,
    /// What it is about.
    #[serde(rename = "feature")]
    pub concept: Concept,
    /// How far it carries over.
    pub fidelity: Fidelity,
    /// How much it matters that it does not, if it does not.
    #[serde(serialize_with = "name_of")]
    pub severity: Importance,
    /// What it became, or what it meant where it was.
    pub detail: String,
    /// What to do instead, where something is to do.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub instead: Option<String>,
    /// The readings of an ambiguous entry.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub readings: Vec<Reading>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the signature that serde calls")]
fn name_of<S: Serializer>(severity: &Importance, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(severity.name())
}

/// Everything that was found in a source, in its order.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(transparent)]
pub struct Ledger {
    entries: Vec<Entry>,
}

impl Ledger {
    pub(crate) const fn new(entries: Vec<Entry>) -> Self {
        Self { entries }
    }

    pub(crate) fn push(&mut self, entry: Entry) {
        self.entries.push(entry);
    }

    pub(crate) fn amend_last(&mut self, fidelity: Fidelity, severity: Importance, readings: Vec<Reading>) {
        if let Some(entry) = self.entries.last_mut() {
            (entry.fidelity, entry.severity, entry.readings) = (fidelity, severity, readings);
        }
    }

    pub(crate) fn sort(&mut self) {
        self.entries.sort_by_key(|entry| (entry.line, entry.column));
    }

    /// The entries, in the order of the source.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// How many entries have that fidelity.
    pub fn count(&self, fidelity: Fidelity) -> usize {
        self.entries.iter().filter(|entry| entry.fidelity == fidelity).count()
    }

    /// The entry that accounts for a pointer: its own, or the nearest above it. Cost: linear.
    ///
    /// ```
    /// use switchback_migrate::{Incoming, Sanitizer, System};
    ///
    /// let request = Incoming { headers: &[], path: None, body: br#"{"metadata": {"tags": ["a"]}}"# };
    /// let ledger = Sanitizer::new(System::LiteLlm).sanitize(&request)?.ledger;
    /// assert!(ledger.covering("/body/metadata/tags/0").is_some());
    /// # Ok::<(), switchback_migrate::Error>(())
    /// ```
    pub fn covering(&self, pointer: &str) -> Option<&Entry> {
        let mut up = pointer;
        loop {
            if let Some(entry) = self.entries.iter().rev().find(|entry| entry.path == up) {
                return Some(entry);
            }
            (up, _) = up.rsplit_once('/')?;
        }
    }
}
