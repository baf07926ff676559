use std::collections::BTreeMap;

use switchback_plan::{Draw, Rest, Retry, Rewrite, Route, Shape, Split, Subject, Triggers, Weight};
use switchback_slug::{Dialect, parse, resolve};

use super::{known, model};
use crate::Concept;
use crate::import::Desk;
use crate::import::places::{Details, Place};
use crate::import::table;
use crate::model::NoNames;
use crate::notes::shown;
use crate::sanitize::millis;
use crate::source::Field;

/// `[functions.NAME]`: a draw among its variants by episode, those not drawn following, then the fallback variants.
pub(super) fn group(desk: &mut Desk<'_>, field: Field<'_>, models: &[&str]) {
    for key in field.members() {
        table::note(desk, key, known::FUNCTION);
    }
    let mut variants: BTreeMap<&str, Route> = BTreeMap::new();
    for variant in field.get("variants").into_iter().flat_map(Field::members) {
        if let Some(route) = variant_route(desk, variant, models) {
            variants.insert(variant.key, route);
        }
    }
    let plan = Sampling::read(desk, field, &variants);
    let Some(route) = plan.route(field.key, &variants) else { return };
    desk.policy.groups.insert(format!("tensorzero::function_name::{}", field.key), route);
    if !models.contains(&field.key) {
        let function = Route::model(format!("tensorzero::function_name::{}", field.key));
        desk.policy.groups.insert(field.key.to_owned(), function);
    }
}

fn variant_route(desk: &mut Desk<'_>, field: Field<'_>, models: &[&str]) -> Option<Route> {
    for key in field.members() {
        table::note(desk, key, known::VARIANT);
    }
    let kind = field.get("type");
    if let Some(kind) = kind
        && kind.text() != Some("chat_completion")
    {
        let meant = format!("variant type {}, which takes several calls or examples of its own", shown(kind));
        desk.notes.lost_badly(
            kind,
            Concept::Experiment,
            meant,
            "the variant is left out: call its parts in the application",
        );
        return None;
    }
    if let Some(kind) = kind {
        desk.notes.exact(kind, Concept::Group, "one call of a model");
    }
    let named = field.get("model")?;
    let text = model_string(desk, named, models)?;
    let mut route = Route::model(text);
    route.name = Some(field.key.to_owned());
    let group = named.text().and_then(|name| desk.policy.groups.get(name));
    let is_chain = group.is_some_and(|route| matches!(route.shape, Shape::Chain(_)));
    route.settings.retry = field.get("retries").map(|retries| retry(desk, retries, is_chain));
    let timeouts = model::timeouts(desk, field.get("timeouts"));
    route.settings.timeout = (!timeouts.is_empty()).then_some(timeouts);
    route.settings.failover = Some(Triggers::none());
    let mut rewrite = Rewrite::default();
    for param in field.members().filter(|param| PARAMETERS.contains(&param.key)) {
        let Some(value) = desk.parameter(param) else { continue };
        rewrite.default.insert(param.key.to_owned(), value);
        desk.notes.exact_whole(param, Concept::Rewrite, format!("`rewrite.default.{}`", param.key));
    }
    route.settings.rewrite = (!rewrite.is_empty()).then_some(rewrite);
    Some(route)
}

/// Parameters of requests that a variant may set for those that leave them out.
const PARAMETERS: &[&str] = &[
    "temperature",
    "top_p",
    "max_tokens",
    "presence_penalty",
    "frequency_penalty",
    "seed",
    "stop_sequences",
    "reasoning_effort",
    "service_tier",
    "verbosity",
];

/// A configured model, or `provider::model`.
fn model_string(desk: &mut Desk<'_>, field: Field<'_>, models: &[&str]) -> Option<String> {
    let text = field.text()?;
    if models.contains(&text) {
        desk.notes.exact(field, Concept::Model, format!("group `{text}`"));
        return Some(text.to_owned());
    }
    let slug = parse(Dialect::TensorZero, text);
    let Some(provider) = resolve(&slug, &NoNames).provider else {
        let meant = format!("{}, which is no model of this file and names no provider", shown(field));
        desk.notes.lost_badly(
            field,
            Concept::Model,
            meant,
            "import the file that has it too; the variant is left out until then",
        );
        return None;
    };
    let place = Place { provider, model: slug.model().to_owned() };
    desk.place(field, &place, Details::default());
    let became = place.text();
    desk.notes.exact(field, Concept::Model, format!("`{became}`"));
    if let Some(route) = slug.route() {
        desk.notes.advise(format!("asks for `{route}`: here the client's own protocol decides"));
    }
    Some(became)
}

fn retry(desk: &mut Desk<'_>, field: Field<'_>, is_chain: bool) -> Retry {
    let mut retry = Retry::default();
    retry.on = Triggers::any();
    for part in field.members() {
        match part.key {
            "num_retries" => {
                let Some(count) = part.whole().and_then(|count| u32::try_from(count).ok()) else { continue };
                retry.attempts = count;
                let became = format!("`retry.attempts` {} after any failure", retry.attempts);
                if is_chain && retry.attempts > 0 {
                    let differs =
                        "there the model's providers are gone through once each time, here each is asked again";
                    desk.notes.near(part, Concept::Retry, &became, differs);
                } else {
                    desk.notes.exact(part, Concept::Retry, became);
                }
            }
            "max_delay_s" => {
                let Some(seconds) = part.number().filter(|seconds| *seconds >= 0.0) else { continue };
                retry.backoff.max_ms = millis(seconds * 1000.0);
                desk.notes.exact(
                    part,
                    Concept::Retry,
                    format!("`retry.backoff.max_ms` {}", retry.backoff.max_ms.get()),
                );
            }
            _ => {}
        }
    }
    retry
}

/// How a function chooses among its variants.
#[derive(Debug, Default)]
struct Sampling {
    weights: BTreeMap<String, Weight>,
    fallbacks: Vec<String>,
}

impl Sampling {
    fn read(desk: &mut Desk<'_>, field: Field<'_>, variants: &BTreeMap<&str, Route>) -> Self {
        let mut sampling = Self::default();
        match field.get("experimentation") {
            Some(experiment) => sampling.experiment(desk, experiment, variants),
            None => sampling.legacy(desk, field, variants),
        }
        if sampling.weights.is_empty() && sampling.fallbacks.is_empty() {
            sampling.weights = variants.keys().map(|name| ((*name).to_owned(), Weight::ONE)).collect();
        }
        let has_weights = !sampling.weights.is_empty();
        sampling.weights.retain(|_, weight| weight.millionths() > 0);
        if has_weights && sampling.weights.is_empty() && sampling.fallbacks.is_empty() {
            let meant =
                "a function of which no variant that is read has a weight above 0; TensorZero refuses one without any";
            let instead = "give a variant a weight above 0, or name `fallback_variants`; it is left out until then";
            desk.notes.lost_badly(field, Concept::Split, meant, instead);
        }
        sampling
    }

    fn experiment(&mut self, desk: &mut Desk<'_>, field: Field<'_>, variants: &BTreeMap<&str, Route>) {
        let kind = field.get("type");
        match kind.and_then(Field::text) {
            Some("static" | "static_weights" | "uniform") => {
                if let Some(kind) = kind {
                    desk.notes.exact(kind, Concept::Split, "a split by episode, drawn as TensorZero draws it");
                }
            }
            _ => {
                if let Some(kind) = kind {
                    let meant = format!("an experiment of type {}, which moves its weights by feedback", shown(kind));
                    desk.notes.lost_badly(kind, Concept::Experiment, meant, "an even split of its candidates until you set weights; keep the feedback loop in tools of your own");
                }
            }
        }
        for part in field.members() {
            match part.key {
                "candidate_variants" => self.candidates(desk, part, variants),
                "fallback_variants" => {
                    for name in part.items() {
                        self.fallback(desk, name, variants);
                    }
                }
                _ => {
                    table::note(desk, part, known::EXPERIMENT);
                }
            }
        }
    }

    /// A list, or a table of weights.
    fn candidates(&mut self, desk: &mut Desk<'_>, field: Field<'_>, variants: &BTreeMap<&str, Route>) {
        for name in field.items() {
            let Some(text) = name.text() else { continue };
            if exists(desk, name, text, variants) {
                self.weights.insert(text.to_owned(), Weight::ONE);
                desk.notes.exact(name, Concept::Split, "an even share of the split");
            }
        }
        for share in field.members() {
            if !exists(desk, share, share.key, variants) {
                continue;
            }
            self.share(desk, share, share.key);
        }
    }

    fn fallback(&mut self, desk: &mut Desk<'_>, name: Field<'_>, variants: &BTreeMap<&str, Route>) {
        let Some(text) = name.text() else { return };
        if exists(desk, name, text, variants) {
            self.fallbacks.push(text.to_owned());
            desk.notes.exact(name, Concept::Chain, "follows the split after any failure");
        }
    }

    /// `weight` on the variants themselves. Where any has one, those without are the fallback variants; there in the order
    /// of a hash map, here in that of the file.
    fn legacy(&mut self, desk: &mut Desk<'_>, field: Field<'_>, variants: &BTreeMap<&str, Route>) {
        let all: Vec<Field<'_>> = field.get("variants").into_iter().flat_map(Field::members).collect();
        let mut unweighted = Vec::new();
        for variant in all.iter().filter(|variant| variants.contains_key(variant.key)) {
            match variant.get("weight") {
                Some(share) => self.share(desk, share, variant.key),
                None => unweighted.push(variant.key.to_owned()),
            }
        }
        if all.iter().any(|variant| variant.get("weight").is_some()) {
            self.fallbacks.extend(unweighted);
        }
    }

    /// The weight of a variant. One of 0 disables it: it is drawn only by who names it (`sample_weighted` of the source of
    /// 2026-04).
    fn share(&mut self, desk: &mut Desk<'_>, share: Field<'_>, variant: &str) {
        let Some(number) = share.number() else { return };
        let Some(weight) = Weight::nearest(number) else { return };
        // A weight too small for millionths is still drawn.
        let least = Weight::from_millionths(u64::from(number > 0.0));
        self.weights.insert(variant.to_owned(), weight.max(least));
        let became = if number > 0.0 { "its share of the split" } else { "no share: it is never drawn" };
        desk.notes.exact(share, Concept::Split, became);
    }

    /// The function's route; nothing where no variant is left. The draw depends on the split's name and the episode; variants
    /// are taken in the order of their names, as there.
    fn route(&self, function: &str, variants: &BTreeMap<&str, Route>) -> Option<Route> {
        let mut routes: Vec<Route> = Vec::new();
        for (name, weight) in &self.weights {
            if let Some(route) = variants.get(name.as_str()) {
                let mut route = route.clone();
                route.weight = if self.weights.len() > 1 { *weight } else { Weight::ONE };
                routes.push(route);
            }
        }
        let drawn = if routes.len() > 1 { Some(split(function, routes)) } else { routes.pop() };
        let mut chain: Vec<Route> = drawn.into_iter().collect();
        for name in &self.fallbacks {
            if let Some(route) = variants.get(name.as_str()) {
                let mut route = route.clone();
                route.on = (!chain.is_empty()).then(Triggers::any);
                chain.push(route);
            }
        }
        if chain.len() > 1 { Some(Route::chain(chain)) } else { chain.pop() }
    }
}

/// A draw by the episode, as `TensorZero` makes it, those not drawn following.
fn split(function: &str, routes: Vec<Route>) -> Route {
    let mut split = Split::default();
    split.routes = routes;
    split.by = "metadata.episode_id".parse::<Subject>().ok().into_iter().collect();
    split.rest = Rest::Follow;
    split.draw = Draw::Tensorzero;
    let mut route = Route::new(Shape::Split(split));
    route.name = Some(function.to_owned());
    route.settings.failover = Some(Triggers::any());
    route
}

fn exists(desk: &mut Desk<'_>, field: Field<'_>, name: &str, variants: &BTreeMap<&str, Route>) -> bool {
    let is_known = variants.contains_key(name);
    if !is_known {
        desk.notes.lost_badly(
            field,
            Concept::Split,
            format!("variant `{}`, which was left out or is not there", crate::secret::shown("", name)),
            "choose another",
        );
    }
    is_known
}
