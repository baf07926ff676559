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
    /// JSON Pointer of the value itself: for one that is new, where it would stand in the first document.
    pub at: String,
    /// What is there now, cut short, for people.
    pub seen: String,
}

impl Difference {
    fn here(tree: &Tree, change: Change, seen: String) -> Self {
        Self { path: tree.path.clone(), change, at: tree.path.clone(), seen }
    }
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

/// The smallest differences between two documents. Elements of lists of different kinds are aligned, so that
/// one that is gone is one difference and not a shift of all that follow.
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
        _ => found.push(Difference::here(before, Change::Changed, after.text())),
    }
}

fn removed(tree: &Tree) -> Difference {
    Difference::here(tree, Change::Removed, tree.text())
}

fn added(parent: &Tree, name: &str, tree: &Tree) -> Difference {
    let at = format!("{}/{name}", parent.path);
    Difference { path: parent.path.clone(), change: Change::Added, at, seen: format!("{name}: {}", tree.text()) }
}

fn compare_lists(parent: &Tree, ours: &[Tree], theirs: &[Tree], found: &mut Vec<Difference>) {
    if ours.len() == theirs.len() && ours.iter().zip(theirs).all(|(ours, theirs)| ours.kind() == theirs.kind()) {
        return ours.iter().zip(theirs).for_each(|(ours, theirs)| compare(ours, theirs, found));
    }
    let start = found.len();
    let mut from = (0, 0);
    for (at, other) in common(ours, theirs).into_iter().chain([(ours.len(), theirs.len())]) {
        let gap = (ours.get(from.0..at).unwrap_or(&[]), theirs.get(from.1..other).unwrap_or(&[]));
        close_gap(parent, gap.0, gap.1, found);
        from = (at + 1, other + 1);
    }
    let here = found.split_off(start);
    found.extend(without_moves(here, &parent.path));
}

/// An element that is gone from one place of a list and new in another has moved: one difference, where it was.
fn without_moves(mut here: Vec<Difference>, list: &str) -> Vec<Difference> {
    let gone: Vec<String> = here
        .iter()
        .filter(|difference| difference.change == Change::Removed)
        .map(|difference| format!("element: {}", difference.seen))
        .collect();
    for seen in gone {
        let new = |d: &Difference| d.change == Change::Added && d.path == list && d.seen == seen;
        if let Some(at) = here.iter().position(new) {
            here.remove(at);
        }
    }
    here
}

/// Between two elements that are the same: elements of one kind are compared in order, the rest is gone or new.
fn close_gap(parent: &Tree, ours: &[Tree], theirs: &[Tree], found: &mut Vec<Difference>) {
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

/// A longest common subsequence, as pairs of indices. Quadratic: for the documents of tests.
fn common(ours: &[Tree], theirs: &[Tree]) -> Vec<(usize, usize)> {
    let width = theirs.len() + 1;
    let mut lengths = vec![0_u32; (ours.len() + 1) * width];
    let length = |lengths: &[u32], at: usize, other: usize| lengths.get(at * width + other).copied().unwrap_or(0);
    for (at, item) in ours.iter().enumerate().rev() {
        for (other, candidate) in theirs.iter().enumerate().rev() {
            let best = if item.node.same(&candidate.node) {
                length(&lengths, at + 1, other + 1) + 1
            } else {
                length(&lengths, at + 1, other).max(length(&lengths, at, other + 1))
            };
            if let Some(cell) = lengths.get_mut(at * width + other) {
                *cell = best;
            }
        }
    }
    let (mut at, mut other, mut pairs) = (0, 0, Vec::new());
    while let (Some(item), Some(candidate)) = (ours.get(at), theirs.get(other)) {
        if item.node.same(&candidate.node) {
            pairs.push((at, other));
            (at, other) = (at + 1, other + 1);
        } else if length(&lengths, at + 1, other) >= length(&lengths, at, other + 1) {
            at += 1;
        } else {
            other += 1;
        }
    }
    pairs
}
