use switchback_plan::{Quantity, Rest, Route, Selector, Shape, Sort, Split, Weight};
use switchback_slug::{Dialect, Provider, aliases, parse, resolve};

use super::known;
use crate::Concept;
use crate::import::Desk;
use crate::import::places::{Details, Place, segment};
use crate::import::table;
use crate::model::NoNames;
use crate::notes::shown;
use crate::source::Field;

/// The route of one router; nothing where its strategy is not known.
pub(super) fn route(desk: &mut Desk<'_>, field: Field<'_>) -> Option<Route> {
    for key in field.members() {
        table::note(desk, key, known::ROUTER);
    }
    if let Some(mappings) = field.get("model-mappings") {
        super::mappings(desk, mappings);
    }
    let mut route = match field.get_any(&["load-balance", "balance"]) {
        Some(balance) => {
            if balance.key == "balance" {
                desk.notes.exact(balance, Concept::Split, "`load-balance`, spelled as the documentation has it");
            }
            for kind in balance.members().filter(|kind| matches!(kind.key, "embedding" | "image")) {
                desk.notes.lost(
                    kind,
                    Concept::Split,
                    "how calls that are no chat are shared out",
                    "call the provider directly",
                );
            }
            balanced(desk, balance.get("chat").unwrap_or(balance))?
        }
        // The code's default: the fastest of these.
        None => {
            by_latency(["openai", "anthropic", "gemini"].iter().filter_map(|name| provider_route(desk, name)).collect())
        }
    };
    route.settings.retry = field.get("retries").and_then(|retries| super::retries(desk, retries));
    Some(route)
}

fn balanced(desk: &mut Desk<'_>, field: Field<'_>) -> Option<Route> {
    let strategy = field.get("strategy")?;
    let targets = field.get_any(&["providers", "models", "targets"]);
    let is_models = targets.is_some_and(|targets| targets.key == "models")
        || strategy.text().is_some_and(|name| name.starts_with("model"));
    let items: Vec<Field<'_>> = targets.into_iter().flat_map(Field::items).collect();
    match strategy.text().unwrap_or("") {
        "provider-weighted" | "weighted" | "model-weighted" => {
            desk.notes.exact(strategy, Concept::Split, "a split by weight");
            let routes: Vec<Route> = items.iter().filter_map(|item| weighted(desk, *item, is_models)).collect();
            check_sum(desk, strategy, &routes);
            let mut split = Split::default();
            split.routes = routes;
            split.rest = Rest::Drop;
            Some(Route::new(Shape::Split(split)))
        }
        "balanced-latency" | "latency" | "provider-latency" | "model-latency" => {
            let differs = "there the faster one of two drawn at random, by a moving average";
            desk.notes.near(strategy, Concept::Sort, "`sort` by `latency`", differs);
            Some(by_latency(items.iter().filter_map(|item| target(desk, *item, is_models)).collect()))
        }
        _ => {
            let meant = format!("strategy {}, which is not known", shown(strategy));
            let instead = "choose a `split` or a `sort`; the router is left out until then";
            desk.notes.lost_badly(strategy, Concept::Split, meant, instead);
            if let Some(targets) = targets {
                desk.notes.lost(targets, Concept::Providers, "what an unknown strategy chooses among", instead);
            }
            None
        }
    }
}

fn by_latency(routes: Vec<Route>) -> Route {
    let mut route = Route::new(Shape::Any(routes));
    let metric = switchback_plan::Metric::of(Quantity::Latency);
    route.settings.sort = Some(Sort::by(switchback_plan::Order::Metric(metric)));
    route
}

/// `{provider, weight}` or `{model, weight}`.
fn weighted(desk: &mut Desk<'_>, item: Field<'_>, is_model: bool) -> Option<Route> {
    let named = item.get_any(&["provider", "model"]).unwrap_or(item);
    let Some(mut route) = target(desk, named, is_model || named.key == "model") else {
        if let Some(share) = item.get("weight") {
            desk.notes.lost(share, Concept::Split, "the share of a target that is left out", "add the target first");
        }
        return None;
    };
    if let Some(share) = item.get("weight") {
        route.weight = share.number().and_then(Weight::nearest)?;
        desk.notes.exact(share, Concept::Split, "its share of the split");
    }
    Some(route)
}

/// The code takes decimals that sum to exactly 1, and nothing else.
fn check_sum(desk: &mut Desk<'_>, strategy: Field<'_>, routes: &[Route]) {
    let sum: u64 = routes.iter().map(|route| route.weight.millionths()).sum();
    if sum != Weight::ONE.millionths() {
        desk.notes.near(
            strategy,
            Concept::Split,
            "a split by weight",
            "the weights do not sum to 1, which the code refuses; here they are shares of their sum",
        );
    }
}

fn target(desk: &mut Desk<'_>, field: Field<'_>, is_model: bool) -> Option<Route> {
    if is_model {
        let text = spelled(desk, field, Dialect::HeliconeAiGateway);
        desk.notes.exact(field, Concept::Model, format!("`{text}`"));
        return Some(Route::model(text));
    }
    let route = provider_route(desk, field.text()?);
    match &route {
        Some(_) => desk.notes.exact(field, Concept::Providers, format!("the request's model at {}", shown(field))),
        None => desk.notes.lost_badly(
            field,
            Concept::Providers,
            format!("provider {}, which is not known", shown(field)),
            "add its endpoints to the catalog",
        ),
    }
    route
}

/// The request's model at one provider.
fn provider_route(desk: &mut Desk<'_>, name: &str) -> Option<Route> {
    let provider = aliases::resolve(Dialect::HeliconeAiGateway, name)?;
    let selector: Selector = segment(&provider).parse().ok()?;
    desk.places.add_scope(&selector.to_string(), Details::default());
    let mut route = Route::model("$model");
    route.settings.rules.allow = vec![selector];
    Some(route)
}

/// A model string in ours; as it is where its provider is not known.
pub(super) fn spelled(desk: &mut Desk<'_>, field: Field<'_>, dialect: Dialect) -> String {
    let text = field.text().unwrap_or("");
    let slug = parse(dialect, text);
    let Some(provider) = resolve(&slug, &NoNames).provider else { return text.to_owned() };
    let rest = slug.provider().map_or(text, |segment| {
        text.strip_prefix(segment.as_str()).and_then(|rest| rest.strip_prefix('/')).unwrap_or(text)
    });
    let place = Place { provider: Provider::from(provider.as_str()), model: rest.to_owned() };
    desk.place(field, &place, Details::default());
    place.text()
}
