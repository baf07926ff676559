use crate::json::pointers;
use crate::{Feature, Importance, Place};
use std::fmt;

/// What became of a value that did not travel as it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Action {
    /// The bytes are kept; their meaning is at risk, or something outside the body keeps it.
    Noted,
    /// The target asks for a value that the source does not have.
    Synthesised,
    /// Replaced by the nearest meaning that the target has.
    Degraded,
    /// Left out.
    Dropped,
    /// No body was made: leaving it out would change what is asked for.
    Refused,
}

impl Action {
    /// `noted`, `synthesised`, `degraded`, `dropped` or `refused`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Noted => "noted",
            Self::Synthesised => "synthesised",
            Self::Degraded => "degraded",
            Self::Dropped => "dropped",
            Self::Refused => "refused",
        }
    }
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// One line of a [`Ledger`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Where in the source; for a synthesised value the nearest ancestor that exists.
    pub place: Place,
    /// JSON Pointer in the target for a synthesised value; in the source for a default that is not written.
    pub target: Option<&'static str>,
    /// What it is about.
    pub feature: Feature,
    /// What became of it.
    pub action: Action,
    /// More than the feature's own [`about`](Feature::about) says; may be empty.
    pub detail: &'static str,
}

impl Entry {
    /// How much the loss matters: the feature's importance, except that what was only noted is cosmetic.
    pub fn severity(&self) -> Importance {
        match self.action {
            Action::Noted => Importance::Cosmetic,
            Action::Synthesised | Action::Degraded | Action::Dropped | Action::Refused => self.feature.importance(),
        }
    }
}

/// Everything that did not travel as it was. Owned, `Send`, and empty without allocating.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ledger {
    entries: Vec<Entry>,
}

impl Ledger {
    /// An empty ledger.
    pub const fn new() -> Self {
        Self { entries: Vec::new() }
    }

    /// Adds a line.
    pub fn push(&mut self, entry: Entry) {
        self.entries.push(entry);
    }

    /// Adds a line about a value of the source.
    pub fn record(&mut self, action: Action, feature: Feature, place: Place) {
        self.push(Entry { place, target: None, feature, action, detail: "" });
    }

    /// Adds a line about a value that the target asks for, `target` being its JSON Pointer there where that is fixed.
    pub fn synthesise(
        &mut self,
        feature: Feature,
        ancestor: Place,
        target: Option<&'static str>,
        detail: &'static str,
    ) {
        let action = Action::Synthesised;
        self.push(Entry { place: ancestor, target, feature, action, detail });
    }

    /// Puts the lines into the order of their places, then features, then actions.
    #[inline]
    pub fn sort(&mut self) {
        if self.entries.len() > 1 {
            self.sort_several();
        }
    }

    #[inline(never)]
    fn sort_several(&mut self) {
        self.entries.sort_by_key(|entry| (entry.place, entry.feature, entry.action));
    }

    /// The lines.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// Whether nothing was lost, noted or made up.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Whether a line says that no body was made.
    pub fn is_refusal(&self) -> bool {
        self.entries.iter().any(|entry| entry.action == Action::Refused)
    }

    /// The lines with the pointers of their places, by one scan of the source they speak of.
    pub fn resolve(&self, source: &[u8]) -> Vec<Line> {
        let offsets: Vec<usize> = self.entries.iter().map(|entry| entry.place.offset().unwrap_or(0)).collect();
        pointers(source, &offsets).into_iter().zip(&self.entries).map(|(path, entry)| Line::new(path, entry)).collect()
    }
}

/// A ledger entry with its path as text, in the shape that is serialised.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Line {
    /// JSON Pointer in the source.
    pub path: String,
    /// JSON Pointer in the target for a synthesised value; in the source for a default that is not written.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target: Option<&'static str>,
    /// Stable name of the feature.
    pub feature: &'static str,
    /// Row of the mapping table.
    pub row: &'static str,
    /// Stable name of the action.
    pub action: &'static str,
    /// `cosmetic`, `preferred` or `required`.
    pub severity: &'static str,
    /// What it is, and what would avoid it.
    pub detail: String,
}

impl Line {
    fn new(path: String, entry: &Entry) -> Self {
        let feature = entry.feature;
        let about = if entry.detail.is_empty() { feature.about() } else { entry.detail };
        let avoid =
            if feature.avoid().is_empty() { String::new() } else { format!("; to avoid it: {}", feature.avoid()) };
        Self {
            path,
            target: entry.target,
            feature: feature.name(),
            row: feature.mapping_row(),
            action: entry.action.name(),
            severity: entry.severity().name(),
            detail: format!("{about}{avoid}"),
        }
    }
}
