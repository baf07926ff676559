use super::{Node, Tree};
use std::collections::BTreeSet;
use std::fmt;

/// How a value differs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Change {
    /// Another value stands in its place.
    Changed,
    /// It is gone.
    Removed,
    /// Something is there that was not; the path is the nearest value that was.
    Added,
}

/// One difference between two documents, at a path of the first.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Difference {
    /// JSON Pointer in the first document.
    pub path: String,
    /// How it differs.
    pub change: Change,
    /// What is there now, cut short, for people.
    pub seen: String,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let verb = match self.change {
            Change::Changed => "changed",
            Change::Removed => "removed",
            Change::Added => "added below",
        };
        write!(f, "{verb} `{}`: {}", self.path, self.seen)
    }
}

/// The smallest differences between two documents. Elements of lists are aligned, so that one that is gone is one
/// difference and not a shift of all that follow.
pub fn differences(before: &Tree, after: &Tree) -> Vec<Difference> {
    let mut found = Vec::new();
    compare(before, after, &mut found);
    found
}

fn compare(before: &Tree, after: &Tree, found: &mut Vec<Difference>) {
    match (&before.node, &after.node) {
        (Node::Object(ours), Node::Object(theirs)) => {
            let names: BTreeSet<&String> = ours.keys().chain(theirs.keys()).collect();
            for name in names {
                match (ours.get(name), theirs.get(name)) {
                    (Some(ours), Some(theirs)) => compare(ours, theirs, found),
                    (Some(ours), None) => found.push(removed(ours)),
                    (None, Some(theirs)) => found.push(added(before, name, theirs)),
                    (None, None) => {}
                }
            }
        }
        (Node::List(ours), Node::List(theirs)) => compare_lists(before, ours, theirs, found),
        (ours, theirs) if ours.same(theirs) => {}
        _ => found.push(Difference { path: before.path.clone(), change: Change::Changed, seen: after.text() }),
    }
}

fn removed(tree: &Tree) -> Difference {
    Difference { path: tree.path.clone(), change: Change::Removed, seen: tree.text() }
}

fn added(parent: &Tree, name: &str, tree: &Tree) -> Difference {
    Difference { path: parent.path.clone(), change: Change::Added, seen: format!("{name}: {}", tree.text()) }
}

fn compare_lists(parent: &Tree, ours: &[Tree], theirs: &[Tree], found: &mut Vec<Difference>) {
    let mut next = 0;
    let mut gap = Vec::new();
    for item in ours {
        let rest = theirs.get(next..).unwrap_or(&[]);
        match rest.iter().position(|other| other.node.same(&item.node)) {
            Some(at) => {
                close_gap(parent, &gap, rest.get(..at).unwrap_or(&[]), found);
                gap.clear();
                next += at + 1;
            }
            None => gap.push(item),
        }
    }
    close_gap(parent, &gap, theirs.get(next..).unwrap_or(&[]), found);
}

/// Between two elements that are the same: elements of one kind are compared in order, the rest is gone or new.
fn close_gap(parent: &Tree, ours: &[&Tree], theirs: &[Tree], found: &mut Vec<Difference>) {
    let mut next = 0;
    for item in ours {
        let rest = theirs.get(next..).unwrap_or(&[]);
        match rest.iter().position(|other| other.kind() == item.kind()) {
            Some(at) => {
                for other in rest.get(..at).unwrap_or(&[]) {
                    found.push(added(parent, "element", other));
                }
                if let Some(other) = rest.get(at) {
                    compare(item, other, found);
                }
                next += at + 1;
            }
            None => found.push(removed(item)),
        }
    }
    for other in theirs.get(next..).unwrap_or(&[]) {
        found.push(added(parent, "element", other));
    }
}
