use crate::{Policy, Prefix, Route, Rules, Shape};

/// One route of a policy, with what holds there.
#[derive(Clone, Debug)]
pub(crate) struct Place<'p> {
    pub(crate) path: String,
    pub(crate) route: &'p Route,
    /// The route that this one is a part of.
    pub(crate) parent: Option<&'p Route>,
    /// The group that it stands in.
    pub(crate) group: Option<&'p str>,
    /// Whether nothing that could fail comes before it, wherever the request goes: groups may stand anywhere.
    pub(crate) is_head: bool,
    /// Whether it is sorted together with its neighbours.
    pub(crate) is_level: bool,
    /// The rules on the way here, its own among them, with their places.
    pub(crate) rules: Vec<(String, &'p Rules)>,
    pub(crate) prefix: Prefix,
}

/// Every route of a policy, each before those that it is put together from.
pub(crate) fn places(policy: &Policy) -> Vec<Place<'_>> {
    let mut places = Vec::new();
    let top = |path: String, route| Place {
        path,
        route,
        parent: None,
        group: None,
        is_head: false,
        is_level: false,
        rules: vec![("policy".to_owned(), &policy.settings.rules)],
        prefix: policy.settings.prefix.unwrap_or_default(),
    };
    if let Some(route) = &policy.route {
        collect(Place { is_head: true, ..top("route".to_owned(), route) }, &mut places);
    }
    for (index, route) in policy.fallback.iter().enumerate() {
        collect(top(format!("fallback[{index}]"), route), &mut places);
    }
    for (name, route) in &policy.groups {
        let place = Place { group: Some(name), ..top(format!("groups.{name}"), route) };
        collect(place, &mut places);
    }
    places
}

fn collect<'p>(mut place: Place<'p>, places: &mut Vec<Place<'p>>) {
    let settings = &place.route.settings;
    if !settings.rules.is_empty() {
        place.rules.push((place.path.clone(), &settings.rules));
    }
    place.prefix = settings.prefix.unwrap_or(place.prefix);
    let children: Vec<Place<'p>> =
        place.route.children().iter().enumerate().map(|(index, route)| place.child(index, route)).collect();
    places.push(place);
    for child in children {
        collect(child, places);
    }
}

impl<'p> Place<'p> {
    fn child(&self, index: usize, route: &'p Route) -> Self {
        let shape = shape_name(&self.route.shape);
        let may_come_later = match &self.route.shape {
            Shape::Chain(_) => index > 0,
            // Those that are not drawn follow.
            Shape::Split(split) => split.rest == crate::Rest::Follow,
            Shape::First(_) | Shape::Any(_) | Shape::Model(_) | Shape::Pool(_) => false,
        };
        Self {
            path: format!("{}.{shape}[{index}]", self.path),
            route,
            parent: Some(self.route),
            is_head: self.is_head && !may_come_later,
            is_level: self.is_level || matches!(self.route.shape, Shape::Any(_)),
            ..self.clone()
        }
    }

    /// The text of a route to a model.
    pub(crate) fn model(&self) -> Option<&'p str> {
        match &self.route.shape {
            Shape::Model(model) => Some(model),
            Shape::Pool(_) | Shape::Chain(_) | Shape::First(_) | Shape::Any(_) | Shape::Split(_) => None,
        }
    }
}

/// The key that a shape is written under.
pub(crate) const fn shape_name(shape: &Shape) -> &'static str {
    match shape {
        Shape::Model(_) => "model",
        Shape::Pool(_) => "pool",
        Shape::Chain(_) => "chain",
        Shape::First(_) => "first",
        Shape::Any(_) => "any",
        Shape::Split(_) => "split",
    }
}
