use std::collections::{BTreeMap, BTreeSet};

use serde_json::json;
use switchback_plan::{Rest, Route, Selector, Shape, Split, Subject, Weight};
use switchback_slug::{Dialect, aliases};

use super::says_nothing;
use crate::Concept;
use crate::import::desk::{condition, holds_secret, json as plain};
use crate::import::places::segment;
use crate::import::{Desk, request};
use crate::notes::shown;
use crate::source::Field;

/// The most nodes that a request passes, there as here.
const MOST_HOPS: usize = 50;

/// A graph of nodes. Those that several branches lead to become groups, so that the policy is no larger than the graph.
struct Graph<'t> {
    nodes: BTreeMap<&'t str, Field<'t>>,
    /// How many branches lead to each.
    reached: BTreeMap<&'t str, usize>,
    /// By name; nothing where one is being read, so that whoever comes by is in a circle.
    groups: BTreeMap<String, Option<Route>>,
    /// Those that were come by.
    passed: BTreeSet<&'t str>,
}

/// The graph of a dynamic route (documentation of 2026-10).
pub(super) fn read(desk: &mut Desk<'_>, root: Field<'_>) {
    let list = root.get("nodes").into_iter().flat_map(Field::items);
    let nodes: BTreeMap<&str, Field<'_>> = list.filter_map(|node| Some((node.get("id")?.text()?, node))).collect();
    let mut reached: BTreeMap<&str, usize> = BTreeMap::new();
    // The entry leads somewhere too: a circle through it would be read once for every turn otherwise.
    for next in nodes.values().flat_map(|node| branches(*node)).chain(root.get("entry")) {
        if let Some(id) = next.text() {
            *reached.entry(id).or_default() += 1;
        }
    }
    let mut graph = Graph { nodes, reached, groups: BTreeMap::new(), passed: BTreeSet::new() };
    if let Some(entry) = root.get("entry") {
        desk.policy.route = Some(graph.follow(desk, entry, 0));
    }
    for (id, node) in &graph.nodes {
        if !graph.passed.contains(id) {
            let meant = format!("`{}`, a node that no branch leads to", crate::secret::shown("", id));
            desk.notes.lost(*node, Concept::Condition, meant, "drop it, or lead a branch to it");
        }
    }
    let groups = graph.groups.into_iter().filter_map(|(name, route)| Some((name, route?)));
    desk.policy.groups.extend(groups);
}

/// Where a node leads.
fn branches(node: Field<'_>) -> Vec<Field<'_>> {
    let list = |key: &str| {
        node.get(key).into_iter().flat_map(Field::items).filter_map(|branch| branch.get("next")).collect::<Vec<_>>()
    };
    let mut all = list("conditions");
    all.extend(list("splits"));
    all.extend(node.get("else"));
    all
}

impl<'t> Graph<'t> {
    /// The route that a branch leads to.
    fn follow(&mut self, desk: &mut Desk<'_>, next: Field<'t>, hops: usize) -> Route {
        let Some((id, node)) = next.text().and_then(|id| Some((id, *self.nodes.get(id)?))) else {
            return lost(desk, next, &format!("{}, which is no node", shown(next)), "name a node of the graph");
        };
        let group = format!("dynamic/{id}");
        let read = self.groups.get(&group);
        if hops > MOST_HOPS || read == Some(&None) {
            return lost(desk, next, "a branch that leads too deep, or back to itself", "end it earlier");
        }
        desk.notes.exact(next, Concept::Condition, format!("leads to {}", shown(next)));
        if self.reached.get(id).copied().unwrap_or(0) < 2 {
            return self.node(desk, node, hops);
        }
        if read.is_none() {
            self.groups.insert(group.clone(), None);
            let route = self.node(desk, node, hops);
            self.groups.insert(group.clone(), Some(route));
        }
        Route::model(group)
    }

    fn node(&mut self, desk: &mut Desk<'_>, node: Field<'t>, hops: usize) -> Route {
        if let Some(id) = node.get("id") {
            self.passed.extend(id.text());
            desk.notes.exact(id, Concept::Group, "a place of the graph");
        }
        let Some(kind) = node.get("type") else {
            return lost(desk, node, "a node without a type", "say what it does");
        };
        let (concept, became) = match kind.text() {
            Some("classifier") => return self.classifier(desk, node, kind, hops),
            Some("conditional") => (Concept::Condition, "the first route whose condition holds"),
            Some("percentage") => {
                (Concept::Split, "a split by the conversation, of which only the drawn route is tried")
            }
            Some("model") if node.get("model").and_then(Field::text).is_none() => {
                return lost(desk, kind, "a model node that names no model", "name its model");
            }
            Some("model") => (Concept::Model, "a model, at some providers or all"),
            Some("end") => (Concept::Condition, "no route: the request is refused"),
            _ => {
                let meant = format!("node type {}, which is not known", shown(kind));
                return lost(desk, kind, &meant, "replace the node");
            }
        };
        desk.notes.exact(kind, concept, became);
        match kind.text() {
            Some("conditional") => self.conditional(desk, node, hops),
            Some("percentage") => self.percentage(desk, node, hops),
            Some("model") => model(desk, node).unwrap_or_else(refusal),
            _ => refusal(),
        }
    }

    /// A node that asks a model about each prompt. Without a verdict it goes by its `else`, there as here.
    fn classifier(&mut self, desk: &mut Desk<'_>, node: Field<'t>, kind: Field<'t>, hops: usize) -> Route {
        let instead = "judge in front of the planner, and hand the verdict over as metadata to branch on";
        let next = node.get("else");
        let meant = match next {
            Some(_) => "a classifier that judges each prompt: its `else` is taken",
            None => "a classifier that judges each prompt and has no `else`: every request is refused",
        };
        desk.notes.lost_badly(kind, Concept::Experiment, meant, instead);
        for part in ["kind", "on", "cases"].iter().filter_map(|key| node.get(key)) {
            desk.notes.lost(
                part,
                Concept::Experiment,
                "what the classifier looks at, and where its verdict leads",
                instead,
            );
        }
        next.map_or_else(refusal, |next| self.follow(desk, next, hops + 1))
    }

    fn conditional(&mut self, desk: &mut Desk<'_>, node: Field<'t>, hops: usize) -> Route {
        let mut first = Vec::new();
        for branch in node.get("conditions").into_iter().flat_map(Field::items) {
            let when = test(desk, branch);
            let Some(next) = branch.get("next") else { continue };
            let mut route = self.follow(desk, next, hops + 1);
            // The route may have a condition of its own only as a group, which is a model here.
            route.when = when;
            first.push(route);
        }
        first.extend(node.get("else").map(|next| self.follow(desk, next, hops + 1)));
        if first.is_empty() { refusal() } else { Route::new(Shape::First(first)) }
    }

    fn percentage(&mut self, desk: &mut Desk<'_>, node: Field<'t>, hops: usize) -> Route {
        let mut split = Split::default();
        split.rest = Rest::Drop;
        split.by = SESSION.iter().filter_map(|subject| subject.parse::<Subject>().ok()).collect();
        for branch in node.get("splits").into_iter().flat_map(Field::items) {
            let Some(next) = branch.get("next") else { continue };
            let mut route = self.follow(desk, next, hops + 1);
            if let Some(field) = branch.get("weight")
                && let Some(weight) = field.number().and_then(Weight::nearest)
            {
                route.weight = weight;
                desk.notes.exact(field, Concept::Split, "its share of the split");
            }
            split.routes.push(route);
        }
        if split.routes.is_empty() { refusal() } else { Route::new(Shape::Split(split)) }
    }
}

/// A route that leaves nothing, whatever is asked for. No policy has a route without any.
fn refusal() -> Route {
    let mut route = Route::model("$model");
    route.settings.rules.deny.extend("*".parse::<Selector>());
    route
}

/// A branch that leads nowhere, which the source does not mean.
fn lost(desk: &mut Desk<'_>, field: Field<'_>, meant: &str, instead: &str) -> Route {
    desk.notes.lost_badly(field, Concept::Condition, meant, instead);
    refusal()
}

/// What tells conversations apart there, in this order.
const SESSION: &[&str] = &[
    "header.x-session-id",
    "header.x-session-affinity",
    "header.session_id",
    "header.session-id",
    "body.prompt_cache_key",
    "body.user",
];

fn model(desk: &mut Desk<'_>, node: Field<'_>) -> Option<Route> {
    let text = request::spelled(desk, node.get("model")?)?;
    let mut route = Route::model(text);
    let mut providers: Vec<Selector> = Vec::new();
    let given = node.get("providers");
    for provider in given.into_iter().flat_map(Field::values) {
        let Some(name) = provider.text() else { continue };
        let known = aliases::resolve(Dialect::LlmGateway, name);
        if let Ok(selector) = known.as_ref().map_or(name, |known| segment(known)).parse::<Selector>() {
            desk.notes.exact(provider, Concept::Providers, format!("`allow` and `order`: `{selector}`"));
            providers.push(selector);
        }
    }
    if providers.is_empty() {
        if let Some(given) = given.filter(|given| !says_nothing(*given)) {
            return Some(lost(desk, given, "providers of which none can be read", "write their names"));
        }
    } else {
        route.settings.rules.allow.clone_from(&providers);
        route.settings.order = Some(providers);
    }
    Some(route)
}

/// `{field: {source, path}, op, value}`.
fn test(desk: &mut Desk<'_>, branch: Field<'_>) -> Option<switchback_plan::Condition> {
    let field = branch.get("field");
    let part = |key: &str| field.and_then(|field| field.get(key)).and_then(Field::text).unwrap_or("");
    let (source, path) = (part("source"), part("path"));
    let of = match (source, path) {
        ("header", name) => format!("header.{name}"),
        ("body", "model") => "model".to_owned(),
        ("body", path) => format!("body.{path}"),
        ("metadata", "orgId") => "tenant".to_owned(),
        ("metadata", "apiKeyId") => "key".to_owned(),
        (_, path) => format!("metadata.{path}"),
    };
    if let Some(field) = field {
        desk.notes.exact_whole(field, Concept::Condition, format!("looks at `{of}`"));
    }
    let op = branch.get("op");
    let word = op.and_then(Field::text).unwrap_or("");
    let value = branch.get("value");
    let compared = value.filter(|value| !holds_secret(*value)).map_or(serde_json::Value::Null, plain);
    let written = match word {
        "eq" => json!({"of": of, "eq": compared}),
        "neq" => json!({"of": of, "ne": compared}),
        "in" => json!({"of": of, "in": compared}),
        "contains" => json!({"of": of, "contains": compared}),
        "gt" => json!({"of": of, "gt": compared}),
        "lt" => json!({"of": of, "lt": compared}),
        "exists" => json!({"of": of, "exists": true}),
        _ => serde_json::Value::Null,
    };
    let read = condition(written);
    if let Some(op) = op {
        match &read {
            Some(_) => desk.notes.exact(op, Concept::Condition, format!("comparison `{word}`")),
            None => desk.notes.lost_badly(
                op,
                Concept::Condition,
                "a comparison that cannot be read",
                "the branch is never taken until it is written otherwise",
            ),
        }
    }
    if let (Some(value), Some(_)) = (value, &read) {
        desk.notes.exact_whole(value, Concept::Condition, "what it is compared to");
    }
    read.or_else(|| condition(json!({"any": []})))
}
