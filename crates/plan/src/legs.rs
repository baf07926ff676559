//! From a policy and a request to the legs of a plan: what to try, in which order, under which settings.

use std::borrow::Cow;
use std::sync::LazyLock;

use serde::Serialize;
use switchback_catalog::{Catalog, Endpoint};

use crate::policy::{Effective, Facts, Overlay, Policy, Rest, Rewrite, Route, Selector, Settings, Shape, Sort, Split};
use crate::{GiveUp, Leg, Naming, Rules, Triggers, draw};

/// One stretch of a plan: what a route of the policy leads to, and what holds there. Attempts name the leg that they
/// belong to.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct PlannedLeg {
    /// The route in the policy that led here: its name, or its place, such as `route.chain[1]`; `request` for the model
    /// that the request names.
    pub path: String,
    /// What it leads to.
    #[serde(flatten)]
    pub goal: Goal,
    /// Its place in the chain, from 0, and what leads here and on from here. Legs of one rank are sorted together.
    #[serde(flatten)]
    pub rules: Leg,
    /// What is changed in the request, in this order.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub rewrites: Vec<Rewrite>,
}

/// What a leg leads to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[expect(clippy::exhaustive_enums, reason = "a new kind of leg should stop the build of every reader")]
pub enum Goal {
    /// A model string, as it was read.
    Model(Naming),
    /// Endpoints by selectors.
    Pool(Vec<Selector>),
}

impl Goal {
    /// The model string, or the selectors with commas between them.
    pub fn text(&self) -> String {
        match self {
            Self::Model(naming) => naming.text.clone(),
            Self::Pool(pool) => pool.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "),
        }
    }

    /// The model string as it was read; none for a pool.
    pub const fn naming(&self) -> Option<&Naming> {
        match self {
            Self::Model(naming) => Some(naming),
            Self::Pool(_) => None,
        }
    }

    /// Calls back with the endpoints that it names, in no particular order and some of them perhaps twice.
    pub(crate) fn each_endpoint<'c>(&self, catalog: &'c Catalog, found: &mut impl FnMut(&'c Endpoint)) {
        match self {
            Self::Model(naming) => naming.each_endpoint(catalog, found),
            Self::Pool(pool) => {
                let all = catalog.endpoints().iter();
                all.filter(|endpoint| pool.iter().any(|selector| selector.names(endpoint))).for_each(found);
            }
        }
    }
}

/// Constraints of the policy, of a route, of the request or of one level of the caller.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Rulebook<'a> {
    pub(crate) level: Cow<'a, str>,
    pub(crate) rules: &'a Rules,
}

/// A leg with everything that planning looks at.
#[derive(Clone, Debug)]
pub(crate) struct Planned<'p> {
    pub(crate) rank: usize,
    pub(crate) path: Cow<'p, str>,
    pub(crate) goal: Goal,
    pub(crate) on: &'p Triggers,
    pub(crate) settings: Effective<'p>,
    /// What decides in its rank, which it may share with legs that have other settings.
    pub(crate) sort: &'p Sort,
    /// The constraints on the way from the top of the policy to here.
    pub(crate) books: Vec<Rulebook<'p>>,
    pub(crate) rewrites: Vec<&'p Rewrite>,
}

impl Planned<'_> {
    /// The part of it that a plan shows and a cursor walks.
    pub(crate) fn into_leg(self) -> PlannedLeg {
        let rules = Leg {
            rank: u32::try_from(self.rank).ok(),
            on: self.on.clone(),
            failover: self.settings.failover.clone(),
            retry: self.settings.retry.clone(),
            timeouts: *self.settings.timeout,
        };
        let rewrites = self.rewrites.into_iter().cloned().collect();
        PlannedLeg { path: self.path.into_owned(), goal: self.goal, rules, rewrites }
    }

    /// Whether another leg leads to the same under the same settings, so that this one adds nothing.
    fn repeats(&self, other: &Self) -> bool {
        self.goal == other.goal
            && self.on == other.on
            && self.settings == other.settings
            && self.books == other.books
            && self.rewrites == other.rewrites
    }
}

/// The legs of a plan, in order, and how they are walked.
#[derive(Clone, Debug)]
pub(crate) struct Legs<'p> {
    pub(crate) planned: Vec<Planned<'p>>,
    /// What decides within each rank.
    pub(crate) ranks: Vec<Effective<'p>>,
    pub(crate) give_up: GiveUp,
    /// Whether the policy leads further than a plan goes.
    pub(crate) cut: bool,
}

/// The most legs of a plan. Groups may name groups, so a small policy could lead to very many.
const MOST_LEGS: usize = 256;

/// How deep routes may lie within each other, groups included.
const DEEPEST: usize = 64;

/// How many routes one plan looks at. Legs that repeat others are left out, so that their number alone would not stop
/// groups that name groups twice each.
const MOST_VISITS: usize = 4_096;

/// What holds on the way to a route.
#[derive(Clone)]
struct Way<'p> {
    settings: Effective<'p>,
    books: Vec<Rulebook<'p>>,
    rewrites: Vec<&'p Rewrite>,
    /// What leads here, if the way says so.
    on: Option<&'p Triggers>,
    path: Cow<'p, str>,
    /// What `$1` stands for.
    capture: Option<String>,
    /// The groups that the way goes through.
    groups: Vec<&'p str>,
    /// Whether `$model` is the bare model name: the request's own route has been taken already.
    is_requested: bool,
    depth: usize,
    /// Whether the legs below share one rank.
    is_level: bool,
}

struct Walk<'p, 'f> {
    policy: &'p Policy,
    overlay: Option<&'p Overlay>,
    catalog: &'f Catalog,
    facts: Facts<'f>,
    seed: u64,
    /// How many routes were gone through.
    visits: usize,
    found: Legs<'p>,
}

/// The legs that a policy has for a request.
pub(crate) fn legs<'p>(
    policy: &'p Policy,
    overlay: Option<&'p Overlay>,
    catalog: &Catalog,
    facts: Facts<'_>,
    seed: u64,
) -> Legs<'p> {
    static REQUESTED: LazyLock<Route> = LazyLock::new(|| Route::model("$model"));

    let way = top(policy, overlay);
    let found = Legs { planned: Vec::new(), ranks: Vec::new(), give_up: *way.settings.give_up, cut: false };
    let mut walk = Walk { policy, overlay, catalog, facts, seed, visits: 0, found };
    match &policy.route {
        Some(route) => walk.visit(route, way.at("route")),
        None => walk.visit(&REQUESTED, way.at("request")),
    };
    let is_open = overlay.is_none_or(|overlay| !overlay.no_fallback);
    for (index, route) in policy.fallback.iter().enumerate().filter(|_| is_open) {
        walk.visit(route, way.at(format!("fallback[{index}]")));
    }
    walk.found
}

/// The way at the top of a policy: its settings, then those of the request.
fn top<'p>(policy: &'p Policy, overlay: Option<&'p Overlay>) -> Way<'p> {
    let way = Way {
        settings: Effective::default(),
        books: Vec::new(),
        rewrites: Vec::new(),
        on: None,
        path: Cow::Borrowed("policy"),
        capture: None,
        groups: Vec::new(),
        is_requested: false,
        depth: 0,
        is_level: false,
    };
    let way = way.under(&policy.settings);
    match overlay {
        Some(overlay) => way.at("request").under(&overlay.settings),
        None => way,
    }
}

impl<'p> Way<'p> {
    /// The same way at another place.
    fn at(&self, path: impl Into<Cow<'p, str>>) -> Self {
        Self { path: path.into(), ..self.clone() }
    }

    /// The way on through a table of settings.
    fn under(mut self, settings: &'p Settings) -> Self {
        self.settings = self.settings.under(settings);
        if !settings.rules.is_empty() {
            self.books.push(Rulebook { level: self.path.clone(), rules: &settings.rules });
        }
        self.rewrites.extend(settings.rewrite.as_ref().filter(|rewrite| !rewrite.is_empty()));
        self
    }

    /// The way on to one of the routes that this one is put together from.
    fn child(&self, shape: &str, index: usize) -> Self {
        let path = format!("{}.{shape}[{index}]", self.path);
        Self { depth: self.depth.saturating_add(1), ..self.at(path) }
    }
}

impl<'p> Walk<'p, '_> {
    /// Goes through a route, and says whether it leads anywhere.
    fn visit(&mut self, route: &'p Route, way: Way<'p>) -> bool {
        if route.when.as_ref().is_some_and(|when| !when.holds(&self.facts)) {
            return false;
        }
        self.visits = self.visits.saturating_add(1);
        if way.depth > DEEPEST || self.visits > MOST_VISITS {
            self.found.cut = true;
            return false;
        }
        let mut way = way;
        if let Some(name) = &route.name {
            way.path = Cow::Borrowed(name);
        }
        way.on = route.on.as_ref().or(way.on);
        let way = way.under(&route.settings);
        match &route.shape {
            Shape::Model(model) => self.model(model, way),
            Shape::Pool(pool) => self.leg(Goal::Pool(pool.clone()), way),
            Shape::Chain(routes) => self.chain(routes, &way),
            Shape::First(routes) => {
                let holds = |route: &&'p Route| route.when.as_ref().is_none_or(|when| when.holds(&self.facts));
                let first = routes.iter().enumerate().find(|(_, route)| holds(route));
                first.is_some_and(|(index, route)| self.visit(route, way.child("first", index)))
            }
            Shape::Any(routes) => self.any(routes, &way),
            Shape::Split(split) => self.split(split, &way),
        }
    }

    /// What leads to the whole leads to the first part that leads anywhere; each further part has its own triggers.
    fn chain(&mut self, routes: &'p [Route], way: &Way<'p>) -> bool {
        let mut leads = false;
        for (index, route) in routes.iter().enumerate() {
            let mut child = way.child("chain", index);
            if leads {
                child.on = None;
            }
            leads |= self.visit(route, child);
        }
        leads
    }

    fn any(&mut self, routes: &'p [Route], way: &Way<'p>) -> bool {
        let rank = self.found.ranks.len();
        if !way.is_level {
            self.found.ranks.push(way.settings);
        }
        let before = self.found.planned.len();
        let mut leads = false;
        for (index, route) in routes.iter().enumerate() {
            leads |= self.visit(route, Way { is_level: true, ..way.child("any", index) });
        }
        if !way.is_level && self.found.planned.len() == before {
            self.found.ranks.truncate(rank);
        }
        leads
    }

    fn split(&mut self, split: &'p Split, way: &Way<'p>) -> bool {
        let eligible = |route: &Route| route.when.as_ref().is_none_or(|when| when.holds(&self.facts));
        let mut left: Vec<(usize, &'p Route)> =
            split.routes.iter().enumerate().filter(|(_, route)| eligible(route)).collect();
        let draws = draw::Draws::new(split, &way.path, &self.facts, self.seed);
        let mut leads = false;
        while let Some(at) = draws.next(left.iter().map(|(_, route)| route.weight)) {
            let (index, route) = left.remove(at);
            let mut child = way.child("split", index);
            if leads {
                child.on = Some(way.settings.failover);
            }
            leads |= self.visit(route, child);
            if split.rest == Rest::Drop {
                break;
            }
        }
        leads
    }

    /// A model string: what the request names, a group, or a model of the catalog.
    fn model(&mut self, text: &'p str, way: Way<'p>) -> bool {
        if text != "$model" {
            let text = match &way.capture {
                Some(capture) if text.contains("$1") => Cow::Owned(text.replace("$1", capture)),
                _ => Cow::Borrowed(text),
            };
            return self.named(&text, way);
        }
        if let Some(route) = self.overlay.and_then(|overlay| overlay.route.as_ref())
            && !way.is_requested
        {
            return self.visit(route, Way { is_requested: true, ..way.at("request") });
        }
        self.facts.demand.model().is_some_and(|model| self.named(model, way))
    }

    fn named(&mut self, text: &str, way: Way<'p>) -> bool {
        let Some((name, capture, route)) = group(self.policy, text).filter(|(name, ..)| !way.groups.contains(name))
        else {
            return self.leg(Goal::Model(Naming::read(text, self.catalog)), way);
        };
        let mut way = way;
        way.groups.push(name);
        way.depth = way.depth.saturating_add(1);
        let path = format!("groups.{name}");
        self.visit(route, Way { capture: capture.or_else(|| way.capture.clone()), ..way.at(path) })
    }

    fn leg(&mut self, goal: Goal, way: Way<'p>) -> bool {
        if self.found.planned.len() >= MOST_LEGS {
            self.found.cut = true;
            return false;
        }
        let ranks = self.found.ranks.len();
        let shared = self.found.ranks.last().filter(|_| way.is_level);
        let leg = Planned {
            rank: if way.is_level { ranks.saturating_sub(1) } else { ranks },
            path: way.path,
            goal,
            on: way.on.unwrap_or(way.settings.failover),
            settings: way.settings,
            sort: shared.unwrap_or(&way.settings).sort,
            books: way.books,
            rewrites: way.rewrites,
        };
        if !self.found.planned.iter().any(|earlier| leg.repeats(earlier)) {
            if !way.is_level {
                self.found.ranks.push(leg.settings);
            }
            self.found.planned.push(leg);
        }
        true
    }
}

/// The group that a model string names: by its exact name, else by the longest pattern, with what its star stands for.
pub(crate) fn group<'p>(policy: &'p Policy, text: &str) -> Option<(&'p str, Option<String>, &'p Route)> {
    if let Some((name, route)) = policy.groups.get_key_value(text) {
        return Some((name, None, route));
    }
    let matching = policy.groups.iter().filter_map(|(name, route)| {
        let (head, tail) = name.split_once('*')?;
        let star = text.strip_prefix(head)?.strip_suffix(tail)?;
        Some((name.as_str(), Some(star.to_owned()), route))
    });
    // Of patterns of one length the first by name: the map is in order.
    matching.rev().max_by_key(|(name, ..)| name.len())
}
