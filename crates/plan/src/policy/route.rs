use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::MapAccess;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::policy::settings::Keys;
use crate::policy::{Condition, Selector, Settings, Subject};
use crate::{Triggers, quote::Quoted};

/// Where requests go: a model, a pool of endpoints, or several routes put together, with the settings that hold there.
///
/// A text is a model: a name of the catalog, `provider/model`, `auto`, the name of a group of the policy, or `$model`
/// for what the request names. A list is a chain.
///
/// ```
/// use switchback_plan::{Route, Shape};
///
/// #[derive(serde::Deserialize)]
/// struct Document {
///     route: Route,
/// }
/// let document: Document = toml::from_str(r#"
///     [[route.chain]]
///     split = [{ model = "openai/gpt-4o", weight = 0.9 }, { model = "azure/gpt-4o", weight = 0.1 }]
///     [[route.chain]]
///     model = "claude-haiku-4-5"
///     on = ["rate_limit", "5xx"]
/// "#)?;
/// assert!(matches!(document.route.shape, Shape::Chain(ref routes) if routes.len() == 2));
/// # Ok::<(), toml::de::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Route {
    /// What it leads to.
    pub shape: Shape,
    /// The name that plans use for it; else they use its place in the policy.
    pub name: Option<String>,
    /// When it is taken; else always.
    pub when: Option<Condition>,
    /// Which failures of what comes before it in a chain lead here. Default the `failover` that holds here.
    pub on: Option<Triggers>,
    /// Its share in a split. Default 1.
    pub weight: Weight,
    /// What holds here.
    pub settings: Settings,
}

/// What a route leads to.
#[derive(Clone, Debug, PartialEq)]
#[expect(clippy::exhaustive_enums, reason = "a new shape should stop the build of every importer")]
pub enum Shape {
    /// A model string.
    Model(String),
    /// The endpoints that these name, all of them at one place of the chain.
    Pool(Vec<Selector>),
    /// One after the other.
    Chain(Vec<Route>),
    /// The first whose condition holds.
    First(Vec<Route>),
    /// All at one place of the chain: whatever they lead to is sorted together.
    Any(Vec<Route>),
    /// One drawn by weight.
    Split(Split),
}

/// Routes of which one is drawn.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Split {
    /// The routes, with their weights.
    pub routes: Vec<Route>,
    /// What the draw depends on: equal values draw the same route. Where the request has none of them, or with an
    /// empty list, the seed decides.
    pub by: Vec<Subject>,
    /// What becomes of the routes that were not drawn.
    pub rest: Rest,
    /// How the draw is made.
    pub draw: Draw,
}

/// What becomes of the routes of a split that were not drawn.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[expect(clippy::exhaustive_enums, reason = "the two things that gateways do")]
pub enum Rest {
    /// They follow, drawn by weight among those left.
    #[default]
    Follow,
    /// They are not tried.
    Drop,
}

/// How a split is drawn.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[expect(clippy::exhaustive_enums, reason = "one for each system whose draws are reproduced")]
pub enum Draw {
    /// By xxh3-64 of the split's place in the policy and the values.
    #[default]
    Xxh3,
    /// As `TensorZero` draws a variant: by the first four bytes of SHA-256 of the split's name and the first value.
    Tensorzero,
}

/// A share in a split, in millionths, written as a number from 0 to 1,000,000,000. 0 is never drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Weight(u64);

impl Weight {
    /// The usual weight.
    pub const ONE: Self = Self(1_000_000);

    /// Of so many millionths.
    pub const fn from_millionths(millionths: u64) -> Self {
        Self(millionths)
    }

    /// In millionths.
    pub const fn millionths(self) -> u64 {
        self.0
    }

    /// The nearest weight to a number from 0 to 1e9; `None` for another.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "from 0 to 1e15")]
    pub fn nearest(number: f64) -> Option<Self> {
        (0.0..=1e9).contains(&number).then(|| Self((number * 1e6).round() as u64))
    }
}

impl Default for Weight {
    fn default() -> Self {
        Self::ONE
    }
}

impl Route {
    /// A route to what that says.
    pub fn new(shape: Shape) -> Self {
        let settings = Settings::default();
        Self { shape, name: None, when: None, on: None, weight: Weight::ONE, settings }
    }

    /// A route to a model.
    pub fn model(model: impl Into<String>) -> Self {
        Self::new(Shape::Model(model.into()))
    }

    /// A route to one after the other.
    pub fn chain(routes: impl IntoIterator<Item = Self>) -> Self {
        Self::new(Shape::Chain(routes.into_iter().collect()))
    }

    /// The routes that it is put together from.
    pub fn children(&self) -> &[Self] {
        match &self.shape {
            Shape::Model(_) | Shape::Pool(_) => &[],
            Shape::Chain(routes) | Shape::First(routes) | Shape::Any(routes) => routes,
            Shape::Split(split) => &split.routes,
        }
    }

    /// Shows every subject that it and the routes below look at.
    pub(crate) fn each_subject<'r>(&'r self, visit: &mut dyn FnMut(&'r Subject)) {
        if let Some(when) = &self.when {
            when.each_subject(visit);
        }
        if let Shape::Split(split) = &self.shape {
            split.by.iter().for_each(&mut *visit);
        }
        self.children().iter().for_each(|route| route.each_subject(visit));
    }

    /// Whether it is nothing but what its shape says, so that it can be written short.
    fn is_plain(&self) -> bool {
        self.name.is_none()
            && self.when.is_none()
            && self.on.is_none()
            && self.weight == Weight::ONE
            && self.settings == Settings::default()
    }
}

impl From<&str> for Route {
    fn from(model: &str) -> Self {
        Self::model(model)
    }
}

/// A route as a table.
#[derive(Default, Serialize, JsonSchema)]
#[schemars(rename = "RouteTable", deny_unknown_fields)]
struct Table {
    /// A model: a name of the catalog, `provider/model`, `auto`, a group, or `$model`.
    #[serde(skip_serializing_if = "Option::is_none")]
    model: Option<String>,
    /// Endpoints, all at one place of the chain.
    #[serde(skip_serializing_if = "Option::is_none")]
    pool: Option<Vec<Selector>>,
    /// Routes, one after the other.
    #[serde(skip_serializing_if = "Option::is_none")]
    chain: Option<Vec<Route>>,
    /// Routes of which the first is taken whose `if` holds.
    #[serde(skip_serializing_if = "Option::is_none")]
    first: Option<Vec<Route>>,
    /// Routes that are sorted together.
    #[serde(skip_serializing_if = "Option::is_none")]
    any: Option<Vec<Route>>,
    /// Routes of which one is drawn by weight.
    #[serde(skip_serializing_if = "Option::is_none")]
    split: Option<Vec<Route>>,
    /// What a split's draw depends on; else the seed.
    #[serde(skip_serializing_if = "Option::is_none")]
    by: Option<Vec<Subject>>,
    /// What becomes of a split's other routes. Default `follow`.
    #[serde(skip_serializing_if = "Option::is_none")]
    rest: Option<Rest>,
    /// How a split is drawn. Default `xxh3`.
    #[serde(skip_serializing_if = "Option::is_none")]
    draw: Option<Draw>,
    /// The name that plans use for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    /// When it is taken.
    #[serde(skip_serializing_if = "Option::is_none")]
    r#if: Option<Condition>,
    /// Which failures of what comes before lead here. Default the `failover` that holds here.
    #[serde(skip_serializing_if = "Option::is_none")]
    on: Option<Triggers>,
    /// Its share in a split, a number from 0. Default 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<f64>")]
    weight: Option<Weight>,
    #[serde(flatten)]
    settings: Settings,
}

impl Keys for Table {
    fn names() -> Vec<&'static str> {
        let own =
            ["model", "pool", "chain", "first", "any", "split", "by", "rest", "draw", "name", "if", "on", "weight"];
        own.into_iter().chain(Settings::names()).collect()
    }

    fn take<'de, A: MapAccess<'de>>(&mut self, key: &str, map: &mut A) -> Result<bool, A::Error> {
        match key {
            "model" => self.model = Some(map.next_value()?),
            "pool" => self.pool = Some(map.next_value()?),
            "chain" => self.chain = Some(map.next_value()?),
            "first" => self.first = Some(map.next_value()?),
            "any" => self.any = Some(map.next_value()?),
            "split" => self.split = Some(map.next_value()?),
            "by" => self.by = Some(map.next_value()?),
            "rest" => self.rest = Some(map.next_value()?),
            "draw" => self.draw = Some(map.next_value()?),
            "name" => self.name = Some(map.next_value()?),
            "if" => self.r#if = Some(map.next_value()?),
            "on" => self.on = Some(map.next_value()?),
            "weight" => self.weight = Some(map.next_value()?),
            key => return self.settings.take(key, map),
        }
        Ok(true)
    }
}

impl TryFrom<Table> for Route {
    type Error = String;

    fn try_from(table: Table) -> Result<Self, String> {
        let Table { model, pool, chain, first, any, split, by, rest, draw, name, r#if, on, weight, settings } = table;
        let is_split = split.is_some();
        if !is_split && (by.is_some() || rest.is_some() || draw.is_some()) {
            return Err("`by`, `rest` and `draw` belong to a `split`".to_owned());
        }
        let split = split.map(|routes| {
            let (by, rest, draw) = (by.unwrap_or_default(), rest.unwrap_or_default(), draw.unwrap_or_default());
            Shape::Split(Split { routes, by, rest, draw })
        });
        let shapes = [
            model.map(Shape::Model),
            pool.map(Shape::Pool),
            chain.map(Shape::Chain),
            first.map(Shape::First),
            any.map(Shape::Any),
            split,
        ];
        let mut shapes = shapes.into_iter().flatten();
        let (Some(shape), None) = (shapes.next(), shapes.next()) else {
            return Err("a route has one of `model`, `pool`, `chain`, `first`, `any` and `split`".to_owned());
        };
        Ok(Self { shape, name, when: r#if, on, weight: weight.unwrap_or_default(), settings })
    }
}

impl From<Route> for Table {
    fn from(route: Route) -> Self {
        let weight = (route.weight != Weight::ONE).then_some(route.weight);
        let mut table = Self {
            name: route.name,
            r#if: route.when,
            on: route.on,
            weight,
            settings: route.settings,
            ..Self::default()
        };
        match route.shape {
            Shape::Model(model) => table.model = Some(model),
            Shape::Pool(pool) => table.pool = Some(pool),
            Shape::Chain(routes) => table.chain = Some(routes),
            Shape::First(routes) => table.first = Some(routes),
            Shape::Any(routes) => table.any = Some(routes),
            Shape::Split(Split { routes, by, rest, draw }) => {
                table.split = Some(routes);
                table.by = (!by.is_empty()).then_some(by);
                table.rest = (rest != Rest::default()).then_some(rest);
                table.draw = (draw != Draw::default()).then_some(draw);
            }
        }
        table
    }
}

impl Serialize for Route {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match &self.shape {
            Shape::Model(model) if self.is_plain() => serializer.serialize_str(model),
            Shape::Chain(routes) if self.is_plain() => routes.serialize(serializer),
            Shape::Model(_) | Shape::Chain(_) | Shape::Pool(_) | Shape::First(_) | Shape::Any(_) | Shape::Split(_) => {
                Table::from(self.clone()).serialize(serializer)
            }
        }
    }
}

impl<'de> Deserialize<'de> for Route {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(RouteVisitor)
    }
}

struct RouteVisitor;

impl<'de> de::Visitor<'de> for RouteVisitor {
    type Value = Route;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a route: a model, a list of routes to try in order, or a table")
    }

    fn visit_str<E: de::Error>(self, model: &str) -> Result<Route, E> {
        if model.is_empty() { Err(E::custom("a model's name is empty")) } else { Ok(Route::model(model)) }
    }

    fn visit_seq<A: de::SeqAccess<'de>>(self, mut seq: A) -> Result<Route, A::Error> {
        let mut routes = Vec::new();
        while let Some(route) = seq.next_element()? {
            routes.push(route);
        }
        Ok(Route::chain(routes))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Route, A::Error> {
        read_keys::<Table, A>(map)?.try_into().map_err(de::Error::custom)
    }
}

/// Reads a table key by key. An unknown key and one that stands twice are errors.
pub(crate) fn read_keys<'de, K: Keys, A: MapAccess<'de>>(mut map: A) -> Result<K, A::Error> {
    let mut table = K::default();
    let mut seen: Vec<Cow<'de, str>> = Vec::new();
    while let Some(key) = map.next_key::<Cow<'de, str>>()? {
        if seen.contains(&key) {
            return Err(de::Error::custom(format!("`{}` stands here twice", Quoted(&key))));
        }
        if !table.take(&key, &mut map)? {
            return Err(de::Error::custom(unknown_key(&key, &K::names())));
        }
        seen.push(key);
    }
    Ok(table)
}

/// What is said of a key that does not exist.
pub(crate) fn unknown_key(key: &str, known: &[&str]) -> String {
    let near = switchback_slug::suggest(key, known.iter().copied(), 1);
    let hint = near.first().map(|near| format!("; did you mean `{}`?", near.candidate));
    let hint = hint.unwrap_or_else(|| format!("; expected one of {}", known.join(", ")));
    format!("unknown key `{}`{hint}", Quoted(key))
}

/// Reads a whole table of that kind.
pub(crate) struct TableVisitor<K>(pub(crate) PhantomData<K>);

impl<'de, K: Keys> de::Visitor<'de> for TableVisitor<K> {
    type Value = K;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a table")
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<K, A::Error> {
        read_keys(map)
    }
}

impl Serialize for Weight {
    #[expect(clippy::cast_precision_loss, reason = "weights are small numbers with few digits")]
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.0.is_multiple_of(1_000_000) {
            serializer.serialize_u64(self.0 / 1_000_000)
        } else {
            serializer.serialize_f64(self.0 as f64 / 1e6)
        }
    }
}

impl<'de> Deserialize<'de> for Weight {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let number = serde_json::Number::deserialize(deserializer)?;
        let weight = number.as_f64().and_then(Self::nearest);
        weight.ok_or_else(|| de::Error::custom(format!("expected a weight from 0 to 1e9, found {number}")))
    }
}

impl JsonSchema for Route {
    fn schema_name() -> Cow<'static, str> {
        Cow::Borrowed("Route")
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let table = generator.subschema_for::<Table>();
        let chain = generator.subschema_for::<Vec<Self>>();
        json_schema!({
            "description": "a model, a list of routes to try in order, or a table",
            "anyOf": [{ "type": "string", "minLength": 1 }, chain, table],
        })
    }
}
