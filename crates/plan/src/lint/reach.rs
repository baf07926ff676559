//! Which endpoints routes lead to, and what that says about lists and fallbacks.

use std::collections::BTreeMap;

use switchback_capability::Support;
use switchback_catalog::{Catalog, Endpoint};
use switchback_ir::{ErrorClass, Feature};
use switchback_units::Tokens;

use crate::legs::group;
use crate::lint::finding::Findings;
use crate::lint::place::{Place, shape_name};
use crate::{FindingCode, Naming, Policy, Prefix, Route, Rules, Selector, Shape, Target};

/// What a policy's names stand for in a catalog.
pub(crate) struct Reach<'a> {
    policy: &'a Policy,
    pub(crate) catalog: &'a Catalog,
}

/// The endpoints of a route by canonical text; `None` when they depend on the request.
type Endpoints<'a> = Option<BTreeMap<&'a str, &'a Endpoint>>;

impl<'a> Reach<'a> {
    pub(crate) const fn new(policy: &'a Policy, catalog: &'a Catalog) -> Self {
        Self { policy, catalog }
    }

    /// How a model string reads that stands in a group or in none; `None` where it names a group or depends on the
    /// request.
    pub(crate) fn naming(&self, text: &str, within: Option<&str>) -> Option<Naming> {
        let depends = text == "$model" || (within.is_some() && text.contains("$1"));
        let is_group = group(self.policy, text).is_some_and(|(name, ..)| Some(name) != within);
        (!depends && !is_group).then(|| Naming::read(text, self.catalog))
    }

    /// The endpoints that a model string may lead to.
    pub(crate) fn of_naming(&self, naming: &Naming, prefix: Prefix) -> Vec<&'a Endpoint> {
        let Target::Model(named) = &naming.target else { return Vec::new() };
        let serves = |endpoint: &&Endpoint| prefix == Prefix::Start || named.other_provider(endpoint).is_none();
        naming.endpoints(self.catalog).into_iter().filter(serves).collect()
    }

    /// The endpoints that a selector names, in whichever scope.
    pub(crate) fn of_selector(&self, selector: &Selector) -> Vec<&'a Endpoint> {
        let all = match selector.parts() {
            (Some(provider), ..) => self.catalog.by_provider(provider),
            (None, ..) => self.catalog.endpoints(),
        };
        all.iter().filter(|endpoint| selector.names_in_any_scope(endpoint)).collect()
    }

    /// The endpoints that a route leads to. Each group is gone through once.
    fn of_route(&self, route: &Route, within: Option<&'a str>, prefix: Prefix) -> Endpoints<'a> {
        let mut seen: Vec<&str> = within.into_iter().collect();
        let mut found = BTreeMap::new();
        self.collect(route, prefix, &mut seen, &mut found).then_some(found)
    }

    /// Whether the endpoints below do not depend on the request.
    fn collect(
        &self,
        route: &Route,
        prefix: Prefix,
        seen: &mut Vec<&'a str>,
        found: &mut BTreeMap<&'a str, &'a Endpoint>,
    ) -> bool {
        let prefix = route.settings.prefix.unwrap_or(prefix);
        let by_text = |endpoint: &'a Endpoint| (endpoint.canonical(), endpoint);
        match &route.shape {
            Shape::Model(text) if text == "$model" || text.contains("$1") => false,
            Shape::Model(text) => {
                if let Some((name, _, route)) = group(self.policy, text).filter(|(name, ..)| !seen.contains(name)) {
                    seen.push(name);
                    return self.collect(route, prefix, seen, found);
                }
                let naming = Naming::read(text, self.catalog);
                found.extend(self.of_naming(&naming, prefix).into_iter().map(by_text));
                naming.target != Target::Auto
            }
            Shape::Pool(pool) => {
                found.extend(pool.iter().flat_map(|selector| self.of_selector(selector)).map(by_text));
                true
            }
            Shape::Chain(routes) | Shape::First(routes) | Shape::Any(routes) => {
                routes.iter().all(|route| self.collect(route, prefix, seen, found))
            }
            Shape::Split(split) => split.routes.iter().all(|route| self.collect(route, prefix, seen, found)),
        }
    }
}

pub(crate) fn look<'a>(policy: &Policy, places: &[Place<'a>], reach: &Reach<'a>, findings: &mut Findings) {
    lists(policy, places, reach, findings);
    for place in places {
        if let Shape::Chain(routes) = &place.route.shape {
            let path = |index| format!("{}.{}[{index}]", place.path, shape_name(&place.route.shape));
            let routes: Vec<(String, &Route)> =
                routes.iter().enumerate().map(|(index, route)| (path(index), route)).collect();
            fallbacks(&routes, place, reach, findings);
        }
    }
    let top = places.iter().filter(|place| place.group.is_none() && place.parent.is_none());
    let top: Vec<&Place<'a>> = top.collect();
    if let (Some(route), Some(first)) = (&policy.route, top.first()) {
        let head = match &route.shape {
            // What the chain's first route is not, has been said of the chain.
            Shape::Chain(routes) => routes.first().unwrap_or(route),
            Shape::Model(_) | Shape::Pool(_) | Shape::First(_) | Shape::Any(_) | Shape::Split(_) => route,
        };
        let rest = top.iter().skip(1).map(|place| (place.path.clone(), place.route));
        let routes: Vec<(String, &Route)> = std::iter::once(("route".to_owned(), head)).chain(rest).collect();
        fallbacks(&routes, first, reach, findings);
    }
}

/// Routes of which the lists leave nothing.
fn lists<'a>(policy: &Policy, places: &[Place<'a>], reach: &Reach<'a>, findings: &mut Findings) {
    let top = [("policy".to_owned(), &policy.settings.rules)];
    let all = reach.catalog.endpoints();
    if !all.is_empty() && !all.iter().any(|endpoint| is_allowed(endpoint, &top)) {
        let message = "`allow` and `deny` leave no endpoint of the catalog; take an entry out of `deny`, or allow more";
        findings.add(FindingCode::NothingAllowed, "policy", message);
        return;
    }
    for place in places.iter().filter(|place| place.route.children().is_empty()) {
        let endpoints = reach.of_route(place.route, place.group, place.prefix).unwrap_or_default();
        if endpoints.is_empty() || endpoints.values().any(|endpoint| is_allowed(endpoint, &place.rules)) {
            continue;
        }
        let (count, at) = (endpoints.len(), refuses(&endpoints, &place.rules));
        let message = format!("none of its {count} endpoints passes {at}; allow one of them, or take the route out");
        findings.add(FindingCode::NothingAllowed, &place.path, message);
    }
}

fn is_allowed(endpoint: &Endpoint, rules: &[(String, &Rules)]) -> bool {
    rules.iter().all(|(_, rules)| passes(endpoint, rules))
}

fn passes(endpoint: &Endpoint, rules: &Rules) -> bool {
    let names = |selector: &Selector| selector.names(endpoint);
    (rules.allow.is_empty() || rules.allow.iter().any(names)) && !rules.deny.iter().any(names)
}

/// The first list that leaves nothing by itself, else all of them.
fn refuses(endpoints: &BTreeMap<&str, &Endpoint>, rules: &[(String, &Rules)]) -> String {
    let alone = rules.iter().find(|(_, rules)| !endpoints.values().any(|endpoint| passes(endpoint, rules)));
    match alone {
        Some((path, _)) => format!("the lists at {path}"),
        None => "all lists on the way together".to_owned(),
    }
}

/// What a chain's first route takes and a later one does not.
fn fallbacks<'a>(routes: &[(String, &Route)], place: &Place<'a>, reach: &Reach<'a>, findings: &mut Findings) {
    let of = |route: &Route| {
        let found = reach.of_route(route, place.group, place.prefix).filter(|found| !found.is_empty());
        found.map(|found| Strength::of(&found))
    };
    let Some(((_, first), rest)) = routes.split_first() else { return };
    let Some(primary) = of(first) else { return };
    for (path, route) in rest {
        let Some(fallback) = of(route) else { continue };
        let matches = |class| route.on.as_ref().is_some_and(|on| on.matches(class, None));
        if matches(ErrorClass::ContextOverflow) && !matches(ErrorClass::Server) {
            if let (Some(ours), Some(theirs)) = (fallback.window, primary.window)
                && ours <= theirs
            {
                let message = format!("what overflows {theirs} tokens does not fit into {ours}; take a longer model");
                findings.add(FindingCode::OverflowNotLarger, path, message);
            }
            continue;
        }
        let lacks = fallback.lacks(&primary);
        if !lacks.is_empty() {
            let message = format!(
                "weaker than what it stands in for: {}; requests that need it end with the first route",
                lacks.join(", ")
            );
            findings.add(FindingCode::WeakerFallback, path, message);
        }
    }
}

/// The features whose absence is told of fallbacks.
const TOLD: [Feature; 3] = [Feature::Tools, Feature::ImageBase64, Feature::JsonSchema];

/// The most that the endpoints of a route take.
struct Strength {
    /// The longest that is known.
    window: Option<Tokens>,
    features: [Support; 3],
}

impl Strength {
    fn of(endpoints: &BTreeMap<&str, &Endpoint>) -> Self {
        let windows = endpoints.values().filter_map(|endpoint| endpoint.row().context_window);
        let support = |feature| {
            let known = endpoints.values().map(|endpoint| endpoint.offer().support(feature));
            known.fold(Support::No, |best, support| match (best, support) {
                (Support::Yes, _) | (_, Support::Yes) => Support::Yes,
                (Support::Unknown, _) | (_, Support::Unknown) => Support::Unknown,
                (Support::No, Support::No) => Support::No,
            })
        };
        Self { window: windows.max(), features: TOLD.map(support) }
    }

    fn lacks(&self, primary: &Self) -> Vec<String> {
        let mut lacks = Vec::new();
        if let (Some(ours), Some(theirs)) = (self.window, primary.window)
            && ours < theirs
        {
            lacks.push(format!("a context window of {ours} tokens after one of {theirs}"));
        }
        let features = TOLD.iter().zip(self.features.iter().zip(&primary.features));
        for (feature, _) in features.filter(|(_, (ours, theirs))| **ours == Support::No && **theirs == Support::Yes) {
            lacks.push(format!("no `{feature}`"));
        }
        lacks
    }
}
