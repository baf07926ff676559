//! Groups that lead back to themselves.

use std::collections::BTreeMap;

use crate::legs::group;
use crate::lint::finding::Findings;
use crate::quote::Quoted;
use crate::{FindingCode, Policy, Route, Shape};

/// What `$1` is taken for: no name of a model or group has it.
const ANY_TEXT: &str = "\u{1}";

/// The groups that each group names, itself left out: within a group its own name is the catalog's model.
type References<'p> = BTreeMap<&'p str, Vec<&'p str>>;

pub(crate) fn look(policy: &Policy, findings: &mut Findings) {
    let references: References<'_> = policy
        .groups
        .iter()
        .map(|(name, route)| {
            let mut named = Vec::new();
            references_of(route, policy, &mut named);
            named.retain(|other| *other != name);
            (name.as_str(), named)
        })
        .collect();
    for name in policy.groups.keys() {
        if name.matches('*').count() > 1 {
            let message = "only the first `*` of a group's name stands for any text; take the others out";
            findings.add(FindingCode::OddGroupName, format!("groups.{name}"), message);
        }
        if let Some(cycle) = cycle(name, &references) {
            let names: Vec<String> = cycle.iter().map(|name| format!("`{}`", Quoted(name))).collect();
            let message = format!("{} leads back to where it began; take one of them out", names.join(" → "));
            findings.add(FindingCode::GroupCycle, format!("groups.{name}"), message);
        }
    }
}

fn references_of<'p>(route: &'p Route, policy: &'p Policy, named: &mut Vec<&'p str>) {
    if let Shape::Model(text) = &route.shape {
        let found = group(policy, &text.replace("$1", ANY_TEXT)).map(|(name, ..)| name);
        named.extend(found.filter(|name| !named.contains(name)));
    }
    route.children().iter().for_each(|child| references_of(child, policy, named));
}

/// The way from a group back to itself over groups that come after it by name, so that each cycle is found once, at
/// the first of its names.
fn cycle<'p>(start: &'p str, references: &References<'p>) -> Option<Vec<&'p str>> {
    let mut from: BTreeMap<&str, &'p str> = BTreeMap::new();
    let mut left = vec![start];
    while let Some(at) = left.pop() {
        for next in references.get(at).into_iter().flatten().copied() {
            if next == start {
                return Some(way_back(start, at, &from));
            }
            if next > start && !from.contains_key(next) {
                from.insert(next, at);
                left.push(next);
            }
        }
    }
    None
}

fn way_back<'p>(start: &'p str, last: &'p str, from: &BTreeMap<&str, &'p str>) -> Vec<&'p str> {
    let mut way = vec![start, last];
    let mut at = last;
    while let Some(before) = from.get(at).copied().filter(|_| at != start) {
        way.push(before);
        at = before;
    }
    way.reverse();
    way
}
