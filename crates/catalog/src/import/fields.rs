use super::json::Node;
use super::note::{NoteKind, Notes};

/// Which members of an object an importer reads, and which have no place in the catalog and why.
pub(super) struct Fields {
    pub(super) read: &'static [&'static str],
    pub(super) not_kept: &'static [(&'static str, &'static str)],
}

impl Fields {
    /// Fields that are all read.
    pub(super) const fn read(read: &'static [&'static str]) -> Self {
        Self { read, not_kept: &[] }
    }

    /// Notes every member that is not read.
    pub(super) fn check(&self, what: &str, node: &Node<'_>, notes: &mut Notes) {
        for (key, member) in node.members().filter(|(key, _)| !self.read.contains(key)) {
            self.note(what, key, &member, notes);
        }
    }

    /// Notes one member that is not read.
    pub(super) fn note(&self, what: &str, key: &str, member: &Node<'_>, notes: &mut Notes) {
        let reason = self.not_kept.iter().find(|(known, _)| *known == key).map(|(_, reason)| reason);
        let (kind, detail) = match reason {
            Some(reason) => (NoteKind::NotKept, format!("{what} {key}: {reason}")),
            None => (NoteKind::UnknownField, format!("{what} {key}")),
        };
        notes.add(kind, detail, || member.pointer());
    }
}
