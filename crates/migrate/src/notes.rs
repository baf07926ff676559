use std::collections::BTreeMap;

use switchback_ir::Importance;

use crate::source::Field;
use crate::{Concept, Entry, Fidelity, Ledger, Node, Reading, Tree, secret};

/// What mappers note about the fields of a tree while they read it. What nobody noted becomes an entry of its own when
/// the notes are closed, so that no key is lost by an omission.
pub(crate) struct Notes {
    notes: Vec<Note>,
}

struct Note {
    id: u32,
    /// Whether everything below the field is accounted for too.
    whole: bool,
    concept: Concept,
    fidelity: Fidelity,
    severity: Importance,
    detail: String,
    instead: Option<String>,
    readings: Vec<Reading>,
}

impl Notes {
    pub(crate) const fn new() -> Self {
        Self { notes: Vec::new() }
    }

    /// The field does the same here. Of a container this accounts for the container alone.
    pub(crate) fn exact(&mut self, field: Field<'_>, concept: Concept, became: impl Into<String>) {
        self.add(field, false, concept, Fidelity::Exact, became.into(), None);
    }

    /// The field does the same here, with everything below it.
    pub(crate) fn exact_whole(&mut self, field: Field<'_>, concept: Concept, became: impl Into<String>) {
        self.add(field, true, concept, Fidelity::Exact, became.into(), None);
    }

    /// The field, with everything below it, does nearly the same here; `differs` says what does not.
    pub(crate) fn near(&mut self, field: Field<'_>, concept: Concept, became: &str, differs: &str) {
        self.add(field, true, concept, Fidelity::Approximate, format!("{became}; {differs}"), None);
    }

    /// Nothing here does what the field, with everything below it, does.
    pub(crate) fn lost(
        &mut self,
        field: Field<'_>,
        concept: Concept,
        meant: impl Into<String>,
        instead: impl Into<String>,
    ) {
        self.add(field, true, concept, Fidelity::None, meant.into(), Some(instead.into()));
    }

    /// As [`Notes::lost`], of something without which requests go elsewhere or data is handled otherwise.
    pub(crate) fn lost_badly(
        &mut self,
        field: Field<'_>,
        concept: Concept,
        meant: impl Into<String>,
        instead: impl Into<String>,
    ) {
        self.lost(field, concept, meant, instead);
        self.weigh(Importance::Required);
    }

    /// The field, with everything below it, can be read in more than one way.
    pub(crate) fn ambiguous(
        &mut self,
        field: Field<'_>,
        concept: Concept,
        detail: impl Into<String>,
        readings: Vec<Reading>,
    ) {
        self.add(field, true, concept, Fidelity::Ambiguous, detail.into(), None);
        if let Some(note) = self.notes.last_mut() {
            note.readings = readings;
        }
    }

    /// Adds advice to the last note.
    pub(crate) fn advise(&mut self, instead: impl Into<String>) {
        if let Some(note) = self.notes.last_mut() {
            note.instead = Some(instead.into());
        }
    }

    /// Whether something was noted about the field itself.
    pub(crate) fn knows(&self, field: Field<'_>) -> bool {
        self.notes.iter().any(|note| note.id == field.node.id)
    }

    /// Adds advice to what was noted about the field as a credential.
    pub(crate) fn advise_on_credential(&mut self, field: Field<'_>, instead: &str) {
        let is_meant = |note: &&mut Note| note.id == field.node.id && note.concept == Concept::Credential;
        if let Some(note) = self.notes.iter_mut().rev().find(is_meant) {
            note.instead = Some(instead.to_owned());
        }
    }

    /// Sets how much the last note matters.
    pub(crate) fn weigh(&mut self, severity: Importance) {
        if let Some(note) = self.notes.last_mut() {
            note.severity = severity;
        }
    }

    fn add(
        &mut self,
        field: Field<'_>,
        whole: bool,
        concept: Concept,
        fidelity: Fidelity,
        detail: String,
        instead: Option<String>,
    ) {
        let severity = match fidelity {
            Fidelity::Exact => Importance::Cosmetic,
            Fidelity::Approximate | Fidelity::None | Fidelity::Ambiguous => Importance::Preferred,
        };
        let whole = whole || field.node.is_leaf();
        let (id, readings) = (field.node.id, Vec::new());
        self.notes.push(Note { id, whole, concept, fidelity, severity, detail, instead, readings });
    }

    /// The ledger: every note with its place, and an entry for each key that nobody noted.
    pub(crate) fn close(self, tree: &Tree) -> Ledger {
        let mut by_node: BTreeMap<u32, Vec<Note>> = BTreeMap::new();
        for note in self.notes {
            by_node.entry(note.id).or_default().push(note);
        }
        let mut walk = Walk { tree, by_node, pointer: String::new(), entries: Vec::new() };
        walk.visit(tree.field(), tree.node_count(), false);
        Ledger::new(walk.entries)
    }
}

struct Walk<'t> {
    tree: &'t Tree,
    by_node: BTreeMap<u32, Vec<Note>>,
    pointer: String,
    entries: Vec<Entry>,
}

impl<'t> Walk<'t> {
    /// Visits a field whose subtree ends before node `end`.
    fn visit(&mut self, field: Field<'t>, end: u32, accounted: bool) {
        let is_noted_within = self.by_node.range(field.node.id..end).next().is_some();
        let mut accounted = accounted;
        for note in self.by_node.remove(&field.node.id).unwrap_or_default() {
            accounted |= note.whole;
            self.enter(field, note);
        }
        // Of the root every key is told by itself.
        let is_told_whole = !is_noted_within && !self.pointer.is_empty();
        if !accounted && (field.node.is_leaf() || is_told_whole) {
            self.enter(field, if field.node.is_blank() { blank(field.node.id) } else { unread(field.node.id, false) });
            accounted = true;
        }
        self.visit_members(field, end, accounted);
        self.visit_items(field, end, accounted);
    }

    fn visit_members(&mut self, field: Field<'t>, end: u32, accounted: bool) {
        let members: Vec<Field<'t>> = field.members().collect();
        for (index, member) in members.iter().enumerate() {
            let later = members.get(index + 1..).unwrap_or_default();
            let end = later.first().map_or(end, |next| next.node.id);
            let step = self.pointer.len();
            crate::source::push_step(&mut self.pointer, member.key);
            // Readers take the last of several members of one name.
            let is_shadowed = later.iter().any(|other| other.key == member.key);
            if is_shadowed && !accounted {
                self.enter(*member, unread(member.node.id, true));
            }
            self.visit(*member, end, accounted || is_shadowed);
            self.pointer.truncate(step);
        }
    }

    fn visit_items(&mut self, field: Field<'t>, end: u32, accounted: bool) {
        let items: Vec<Field<'t>> = field.items().collect();
        for (index, item) in items.iter().enumerate() {
            let end = items.get(index + 1).map_or(end, |next| next.node.id);
            let step = self.pointer.len();
            crate::source::push_step(&mut self.pointer, &index.to_string());
            self.visit(*item, end, accounted);
            self.pointer.truncate(step);
        }
    }

    fn enter(&mut self, field: Field<'t>, note: Note) {
        self.entries.push(Entry {
            path: self.pointer.clone(),
            file: self.tree.file_of(field.at).map(str::to_owned),
            line: field.at.line,
            column: field.at.column,
            key: field.key.to_owned(),
            concept: note.concept,
            fidelity: note.fidelity,
            severity: note.severity,
            detail: note.detail,
            instead: note.instead,
            readings: note.readings,
        });
    }
}

/// Of a key that nobody looked at, and that says nothing.
fn blank(id: u32) -> Note {
    let (concept, fidelity, severity) = (Concept::Unknown, Fidelity::Exact, Importance::Cosmetic);
    let (detail, readings) = ("nothing: it is empty".to_owned(), Vec::new());
    Note { id, whole: true, concept, fidelity, severity, detail, instead: None, readings }
}

fn unread(id: u32, is_shadowed: bool) -> Note {
    let (detail, instead) = if is_shadowed {
        ("the same key stands again below, and the last one counts", "remove one of the two")
    } else {
        (
            "nothing here reads a key of this name, or not with such a value",
            "check its spelling; what it did has to be set up by hand",
        )
    };
    Note {
        id,
        whole: true,
        concept: Concept::Unknown,
        fidelity: Fidelity::None,
        severity: Importance::Preferred,
        detail: detail.to_owned(),
        instead: Some(instead.to_owned()),
        readings: Vec::new(),
    }
}

/// A value as an entry may show it: short, in backticks, and never a secret.
pub(crate) fn shown(field: Field<'_>) -> String {
    match field.scalar() {
        Some(text) => format!("`{}`", secret::shown(field.key, &text)),
        None => field.node.kind().to_owned(),
    }
}

impl Node {
    /// Whether it is `null` or holds nothing.
    pub(crate) fn is_blank(&self) -> bool {
        match &self.value {
            crate::Value::Null => true,
            crate::Value::Text(text) => text.is_empty(),
            crate::Value::Sequence(items) => items.is_empty(),
            crate::Value::Mapping(members) => members.is_empty(),
            crate::Value::Bool(_) | crate::Value::Number(_) => false,
        }
    }
}
