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

/// Whether the order of messages, items and parts says something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// It does.
    Kept,
    /// It is known to have changed.
    Changed,
}

/// The smallest differences between two documents. Elements of lists of different kinds are aligned, so that
/// one that is gone is one difference and not a shift of all that follow.
pub fn differences(before: &Tree, after: &Tree, order: Order) -> Vec<Difference> {
    let mut found = Vec::new();
    compare(before, after, order, &mut found);
    found
}

fn compare(before: &Tree, after: &Tree, order: Order, found: &mut Vec<Difference>) {
    match (&before.node, &after.node) {
        (Node::Object(ours), Node::Object(theirs)) => {
            let names: BTreeSet<&String> = ours.keys().chain(theirs.keys()).collect();
            for name in names {
                match (ours.get(name), theirs.get(name)) {
                    (Some(Tree { node: Node::List(items), .. }), Some(Tree { node: Node::List(others), path: _ }))
                        if order == Order::Changed && REORDERED.contains(&name.as_str()) =>
                    {
                        compare_sets(before, items, others, found);
                    }
                    (Some(ours), Some(theirs)) => compare(ours, theirs, order, found),
                    (Some(ours), None) => found.push(removed(ours)),
                    (None, Some(theirs)) => found.push(added(before, name, theirs)),
                    (None, None) => {}
                }
            }
        }
        (Node::List(ours), Node::List(theirs)) => compare_lists(before, ours, theirs, order, found),
        (ours, theirs) if ours.same(theirs) => {}
        _ => found.push(Difference::here(before, Change::Changed, after.text())),
    }
}

/// The lists whose order a conversion can change.
const REORDERED: &[&str] = &["messages", "input", "output", "content"];

/// Lists whose order says nothing: what is the same is taken out first, then each element is compared with the one of its
/// kind that differs least.
fn compare_sets(parent: &Tree, ours: &[Tree], theirs: &[Tree], found: &mut Vec<Difference>) {
    let mut left: Vec<&Tree> = theirs.iter().collect();
    let mut other: Vec<&Tree> = Vec::new();
    for item in ours {
        match left.iter().position(|candidate| distance(item, candidate, Order::Changed) == 0) {
            Some(at) => drop(left.remove(at)),
            None => other.push(item),
        }
    }
    for item in other {
        let alike = left.iter().enumerate().filter(|(_, candidate)| candidate.kind() == item.kind());
        let apart = alike.map(|(at, candidate)| (distance(item, candidate, Order::Changed), at)).min();
        match apart {
            Some((_, at)) => compare(item, left.remove(at), Order::Changed, found),
            None => found.push(removed(item)),
        }
    }
    found.extend(left.into_iter().map(|new| added(parent, "element", new)));
}

fn removed(tree: &Tree) -> Difference {
    Difference::here(tree, Change::Removed, tree.text())
}

fn added(parent: &Tree, name: &str, tree: &Tree) -> Difference {
    let at = format!("{}/{name}", parent.path);
    Difference { path: parent.path.clone(), change: Change::Added, at, seen: format!("{name}: {}", tree.text()) }
}

fn compare_lists(parent: &Tree, ours: &[Tree], theirs: &[Tree], order: Order, found: &mut Vec<Difference>) {
    if ours.len() == theirs.len() && ours.iter().zip(theirs).all(|(ours, theirs)| ours.kind() == theirs.kind()) {
        return ours.iter().zip(theirs).for_each(|(ours, theirs)| compare(ours, theirs, order, found));
    }
    let start = found.len();
    let mut from = (0, 0);
    // Short lists are aligned as well as can be; between the equal elements of long ones there are short lists.
    let anchors = if ours.len() * theirs.len() > ALIGNED { common(ours, theirs) } else { Vec::new() };
    for (at, other) in anchors.into_iter().chain([(ours.len(), theirs.len())]) {
        let gap = (ours.get(from.0..at).unwrap_or(&[]), theirs.get(from.1..other).unwrap_or(&[]));
        close_gap(parent, gap, order, found);
        from = (at + 1, other + 1);
    }
    let here = found.split_off(start);
    found.extend(without_moves(here, &parent.path));
}

/// Lists of at most this many pairs of elements are aligned without anchors.
const ALIGNED: usize = 400;

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

/// Between two elements that are the same: elements of one kind are compared in order, the rest is gone or new, with as
/// few differences as there can be.
fn close_gap(parent: &Tree, (ours, theirs): (&[Tree], &[Tree]), order: Order, found: &mut Vec<Difference>) {
    let mut from = (0, 0);
    for (at, other) in nearest(ours, theirs, order).into_iter().chain([(ours.len(), theirs.len())]) {
        found.extend(ours.get(from.0..at).unwrap_or(&[]).iter().map(removed));
        found.extend(theirs.get(from.1..other).unwrap_or(&[]).iter().map(|other| added(parent, "element", other)));
        if let (Some(item), Some(other)) = (ours.get(at), theirs.get(other)) {
            compare(item, other, order, found);
        }
        from = (at + 1, other + 1);
    }
}

/// Elements of one kind in order, as pairs of indices, such that least of all leaves is gone, new or other.
fn nearest(ours: &[Tree], theirs: &[Tree], order: Order) -> Vec<(usize, usize)> {
    let steps = alignment(ours, theirs, order);
    let (mut at, mut other, mut pairs) = (0, 0, Vec::new());
    while at < ours.len() && other < theirs.len() {
        match steps.get(at * (theirs.len() + 1) + other) {
            Some((_, Step::Pair)) => {
                pairs.push((at, other));
                (at, other) = (at + 1, other + 1);
            }
            Some((_, Step::Gone)) => at += 1,
            Some((_, Step::New)) | None => other += 1,
        }
    }
    pairs
}

/// What comes next in the best alignment of the rest of two lists.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Step {
    Pair,
    Gone,
    New,
}

/// For every two ends of the lists, the leaves that differ at best and the first step to there; by rows of `ours`.
fn alignment(ours: &[Tree], theirs: &[Tree], order: Order) -> Vec<(usize, Step)> {
    let width = theirs.len() + 1;
    let mut steps = vec![(0, Step::New); (ours.len() + 1) * width];
    let costs =
        |steps: &[(usize, Step)], at: usize, other: usize| steps.get(at * width + other).map_or(0, |step| step.0);
    for at in (0..=ours.len()).rev() {
        let item = ours.get(at);
        for other in (0..=theirs.len()).rev() {
            let candidate = theirs.get(other);
            let alike = item.zip(candidate).filter(|(item, candidate)| item.kind() == candidate.kind());
            let choices = [
                alike.map(|(item, candidate)| {
                    (costs(&steps, at + 1, other + 1) + distance(item, candidate, order), Step::Pair)
                }),
                item.map(|item| (costs(&steps, at + 1, other) + item.leaves(), Step::Gone)),
                candidate.map(|candidate| (costs(&steps, at, other + 1) + candidate.leaves(), Step::New)),
            ];
            if let (Some(cell), Some(least)) = (steps.get_mut(at * width + other), choices.into_iter().flatten().min())
            {
                *cell = least;
            }
        }
    }
    steps
}

/// How much two values differ, in leaves.
fn distance(ours: &Tree, theirs: &Tree, order: Order) -> usize {
    match (&ours.node, &theirs.node) {
        (our_node, their_node) if our_node.same(their_node) => 0,
        (Node::Object(_), Node::Object(_)) | (Node::List(_), Node::List(_)) if order == Order::Changed => {
            let mut found = Vec::new();
            compare(ours, theirs, order, &mut found);
            found.len()
        }
        (Node::Object(ours), Node::Object(theirs)) => {
            let names: BTreeSet<&String> = ours.keys().chain(theirs.keys()).collect();
            let apart = |name: &&String| match (ours.get(*name), theirs.get(*name)) {
                (Some(ours), Some(theirs)) => distance(ours, theirs, order),
                (Some(alone), None) | (None, Some(alone)) => alone.leaves(),
                (None, None) => 0,
            };
            names.iter().map(apart).sum()
        }
        (Node::List(ours), Node::List(theirs)) => alignment(ours, theirs, order).first().map_or(0, |step| step.0),
        _ => ours.leaves().max(theirs.leaves()),
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
