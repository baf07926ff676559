//! Where a policy leads, as plainly as `docs/policy.md` says it: every shape gives a list of places, a chain is one list
//! behind the other, and `any` is one place. Nothing is left out for being there twice, and nothing is cut.

use switchback_plan::{
    Assume, Caller, Comparison, Condition, Demand, Draw, Gate, Policy, Prefix, Rest, Route, Rules, Selector, Settings,
    Shape, Sort, Split, Subject, Threshold, Triggers, Unknown, Value, Weights,
};
use xxhash_rust::xxh3::xxh3_64;

/// The seed of every world.
pub const SEED: u64 = 7;

/// What holds at a route, with what holds where nobody says anything.
#[derive(Clone, Debug, Default)]
pub struct Knobs {
    /// Of the policy, the request and every route on the way: all of them hold.
    pub books: Vec<Rules>,
    pub order: Vec<Selector>,
    pub prefer: Vec<Threshold>,
    pub sort: Sort,
    pub weights: Weights,
    pub assume: Assume,
    pub gate: Gate,
    pub no_degrade: bool,
    pub unknown: Unknown,
    pub unmetered: bool,
    pub prefix: Prefix,
    pub failover: Triggers,
    pub cold: bool,
}

impl Knobs {
    /// The same below a table of settings: the innermost that says it counts, and rules add up.
    pub fn under(&self, inner: &Settings) -> Self {
        fn or<T: Clone>(inner: Option<&T>, outer: &T) -> T {
            inner.unwrap_or(outer).clone()
        }
        let mut books = self.books.clone();
        books.push(inner.rules.clone());
        Self {
            books,
            order: or(inner.order.as_ref(), &self.order),
            prefer: or(inner.prefer.as_ref(), &self.prefer),
            sort: or(inner.sort.as_ref(), &self.sort),
            weights: or(inner.weights.as_ref(), &self.weights),
            assume: or(inner.assume.as_ref(), &self.assume),
            gate: or(inner.gate.as_ref(), &self.gate),
            no_degrade: inner.degrade.as_ref().map_or(self.no_degrade, |degrade| !degrade.on),
            unknown: or(inner.unknown.as_ref(), &self.unknown),
            unmetered: or(inner.unmetered.as_ref(), &self.unmetered),
            prefix: or(inner.prefix.as_ref(), &self.prefix),
            failover: or(inner.failover.as_ref(), &self.failover),
            cold: inner.affinity.as_ref().map_or(self.cold, |affinity| !affinity.on),
        }
    }
}

/// What a leg leads to.
#[derive(Clone, Debug)]
pub enum Goal {
    Model(String),
    Pool(Vec<Selector>),
}

/// One stretch of the way.
#[derive(Clone, Debug)]
pub struct Leg {
    pub goal: Goal,
    pub path: String,
    /// Which failures of what comes before lead here.
    pub on: Triggers,
    pub knobs: Knobs,
}

/// Legs that are sorted together, and by what.
#[derive(Clone, Debug)]
pub struct Place {
    pub sort: Sort,
    pub legs: Vec<Leg>,
}

/// Everything that decides where a policy leads.
pub struct Asked<'a> {
    pub policy: &'a Policy,
    pub demand: &'a Demand,
    pub caller: &'a Caller,
}

/// The way to a route.
#[derive(Clone)]
struct Way {
    knobs: Knobs,
    path: String,
    star: Option<String>,
    groups: Vec<String>,
}

/// Every place that the policy leads to, in order.
pub fn places(asked: &Asked<'_>) -> Vec<Place> {
    let knobs = Knobs::default().under(&asked.policy.settings);
    let way = |path: String| Way { knobs: knobs.clone(), path, star: None, groups: Vec::new() };
    let mut places = match &asked.policy.route {
        Some(route) => follow(asked, route, None, way("route".to_owned())),
        None => follow(asked, &Route::model("$model"), None, way("request".to_owned())),
    };
    for (index, route) in asked.policy.fallback.iter().enumerate() {
        places.extend(follow(asked, route, None, way(format!("fallback[{index}]"))));
    }
    places
}

fn follow(asked: &Asked<'_>, route: &Route, on: Option<Triggers>, mut way: Way) -> Vec<Place> {
    if route.when.as_ref().is_some_and(|when| !holds(when, asked)) {
        return Vec::new();
    }
    let on = route.on.clone().or(on);
    way.knobs = way.knobs.under(&route.settings);
    way.path = route.name.clone().unwrap_or(way.path);
    let below = |shape: &str, index: usize| Way { path: format!("{}.{shape}[{index}]", way.path), ..way.clone() };
    match &route.shape {
        Shape::Model(text) => model(asked, text, on, way),
        Shape::Pool(pool) => vec![alone(Goal::Pool(pool.clone()), on, way)],
        Shape::Chain(parts) => {
            let parts = parts.iter().enumerate().map(|(index, part)| (part, below("chain", index), None));
            in_turn(asked, parts.collect(), on.as_ref())
        }
        Shape::First(parts) => {
            let mut parts = parts.iter().enumerate();
            let first = parts.find(|(_, part)| part.when.as_ref().is_none_or(|when| holds(when, asked)));
            first.map_or_else(Vec::new, |(index, part)| follow(asked, part, on, below("first", index)))
        }
        Shape::Any(parts) => {
            let parts = parts.iter().enumerate();
            let found = parts.flat_map(|(index, part)| follow(asked, part, on.clone(), below("any", index)));
            let legs: Vec<Leg> = found.flat_map(|place| place.legs).collect();
            // What is sorted together is sorted by what holds for the whole.
            if legs.is_empty() { Vec::new() } else { vec![Place { sort: way.knobs.sort, legs }] }
        }
        Shape::Split(split) => {
            let order = drawn(asked, split, &way.path);
            let after = Some(way.knobs.failover.clone());
            let parts = order.into_iter().map(|index| (&split.routes[index], below("split", index), after.clone()));
            in_turn(asked, parts.collect(), on.as_ref())
        }
    }
}

/// One after the other: what leads to the whole leads to the first that leads anywhere.
fn in_turn(asked: &Asked<'_>, parts: Vec<(&Route, Way, Option<Triggers>)>, on: Option<&Triggers>) -> Vec<Place> {
    let mut places: Vec<Place> = Vec::new();
    for (part, way, after) in parts {
        let on = if places.is_empty() { on.cloned() } else { after };
        places.extend(follow(asked, part, on, way));
    }
    places
}

fn model(asked: &Asked<'_>, text: &str, on: Option<Triggers>, way: Way) -> Vec<Place> {
    let text = match (text, &way.star) {
        ("$model", _) => match asked.demand.model() {
            Some(model) => model.to_owned(),
            None => return Vec::new(),
        },
        (text, Some(star)) => text.replace("$1", star),
        (text, None) => text.to_owned(),
    };
    let groups = &asked.policy.groups;
    let mut fitting: Vec<(&String, Option<String>)> =
        groups.keys().filter_map(|name| Some((name, star(name, &text)?))).collect();
    // The exact name, then the longest pattern, then the first by name.
    fitting.sort_by_key(|(name, star)| (star.is_some(), usize::MAX - name.len(), name.to_owned()));
    match fitting.into_iter().next() {
        Some((name, star)) if !way.groups.contains(name) => {
            let mut inside = Way { path: format!("groups.{name}"), ..way };
            inside.groups.push(name.clone());
            inside.star = star.or(inside.star);
            follow(asked, &groups[name], on, inside)
        }
        _ => vec![alone(Goal::Model(text), on, way)],
    }
}

/// Whether a group's name fits a text, and what its star stands for.
#[expect(clippy::option_option, reason = "it fits or not, and has a star or not")]
fn star(name: &str, text: &str) -> Option<Option<String>> {
    if name == text {
        return Some(None);
    }
    let (head, tail) = name.split_once('*')?;
    let fits = text.len() >= head.len() + tail.len() && text.starts_with(head) && text.ends_with(tail);
    fits.then(|| text.strip_prefix(head).and_then(|text| text.strip_suffix(tail)).map(str::to_owned))
}

fn alone(goal: Goal, on: Option<Triggers>, way: Way) -> Place {
    let on = on.unwrap_or_else(|| way.knobs.failover.clone());
    Place { sort: way.knobs.sort, legs: vec![Leg { goal, path: way.path, on, knobs: way.knobs }] }
}

/// The parts of a split in the order in which they are drawn: the point that the key falls on, as a share of 2^64, is
/// looked for on a line on which every part is as long as its weight; then on the line of those left.
fn drawn(asked: &Asked<'_>, split: &Split, path: &str) -> Vec<usize> {
    assert_eq!(split.draw, Draw::Xxh3, "the worlds draw by xxh3");
    let values: Vec<String> =
        split.by.iter().filter_map(|subject| Some(values(subject, asked).first()?.as_text().into_owned())).collect();
    let key = if values.is_empty() { format!("{path}\0{SEED}") } else { format!("{path}\0\0{}", values.join("\0")) };
    let point = u128::from(xxh3_64(key.as_bytes()));
    let mut left: Vec<usize> = (0..split.routes.len())
        .filter(|index| split.routes[*index].when.as_ref().is_none_or(|when| holds(when, asked)))
        .collect();
    let weight = |index: usize| u128::from(split.routes[index].weight.millionths());
    let mut order = Vec::new();
    loop {
        let total: u128 = left.iter().map(|index| weight(*index)).sum();
        let mut end = 0;
        let chosen = left.iter().position(|index| {
            end += weight(*index);
            point * total < end << 64
        });
        let Some(chosen) = chosen else { return order };
        order.push(left.remove(chosen));
        if split.rest == Rest::Drop {
            return order;
        }
    }
}

fn holds(condition: &Condition, asked: &Asked<'_>) -> bool {
    match condition {
        Condition::All(parts) => !parts.iter().any(|part| !holds(part, asked)),
        Condition::Any(parts) => parts.iter().any(|part| holds(part, asked)),
        Condition::Not(part) => !holds(part, asked),
        Condition::Test(test) => {
            let found = values(&test.of, asked);
            test.comparisons.iter().all(|comparison| match comparison {
                Comparison::Eq(wanted) => found.iter().any(|value| value == wanted),
                Comparison::Ne(unwanted) => found.iter().all(|value| value != unwanted),
                Comparison::In(wanted) | Comparison::HasAny(wanted) => found.iter().any(|value| wanted.contains(value)),
                Comparison::Exists(expected) => found.is_empty() != *expected,
                Comparison::Gt(bound) => found.iter().any(|value| value.as_number() > bound.as_number()),
                other => panic!("the worlds do not compare by {other:?}"),
            })
        }
    }
}

fn values(subject: &Subject, asked: &Asked<'_>) -> Vec<Value> {
    let texts: Vec<String> = match subject {
        Subject::InputTokens => return vec![Value::count(asked.demand.expected_input().get())],
        Subject::Model => asked.demand.model().into_iter().map(str::to_owned).collect(),
        Subject::Tags => asked.caller.tags.clone(),
        Subject::Metadata(key) => asked.caller.metadata.get(key).cloned().into_iter().collect(),
        other => panic!("the worlds do not look at {other}"),
    };
    texts.iter().map(|text| Value::text(text)).collect()
}
